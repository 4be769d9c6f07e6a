//! The wall-clock driver: waits on the next entry of the agenda or on the wire, whichever comes first.

use super::between::{self, Interception};
use super::hear::News;
use super::setup;
use super::stage::Stage;
use super::status::Status;
use super::target::{Failed, Program, Target};
use super::warm::{self, Told};
use super::wire::{WireDesk, contact_of};
use crate::engine::Engine;
use crate::engine::modelled::ModelledDesk;
use crate::faults::Incidents;
use crate::measure::{Collector, RunFigures, Windows};
use crate::mocks::clock::Clock;
use crate::mocks::journal::{Event, EventKind};
use crate::observation::{Observation, Observer};
use crate::report::journal::{self, Header, Journal};
use crate::rng::Luck;
use crate::scenario::Scenario;
use crate::time::{Span, Time};
use crate::workload::arrivals::Demand;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, mpsc};

/// What to rehearse.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The day.
    pub scenario: Arc<Scenario>,
    /// The seed; a rehearsal is run 0 of it.
    pub seed: u64,
    /// Scenario seconds in a second.
    pub pace: f64,
    /// The run's folder.
    pub folder: PathBuf,
    /// The name of the plan, for the journal.
    pub plan: String,
    /// A target may be on another machine.
    pub allow_remote: bool,
    /// What is intercepted, if anything is.
    pub intercept: Option<Interception>,
}

/// What came of it.
#[derive(Debug)]
pub struct Rehearsed {
    /// The figures.
    pub figures: RunFigures,
    /// What went wrong with the target, in one line.
    pub failed: Option<Failed>,
    /// A person ended it.
    pub interrupted: bool,
    /// What people should be told: such as ports that were taken.
    pub notes: Vec<String>,
}

/// Everything that is watched of a rehearsal.
struct Watching {
    collector: Collector,
    journal: Journal<File>,
    status: Status,
    told: Told,
}

impl Observer for Watching {
    fn observe(&mut self, at: Time, seen: &Observation) {
        self.told.observe(at, seen);
        self.collector.observe(at, seen);
        self.journal.observe(at, seen);
        self.status.observe(at, seen);
    }
}

/// How often people are shown where it stands.
const SHOW_EVERY: Duration = Duration::from_millis(250);

/// Rehearses a day. `show` is given a few lines now and then; `stop` ends the day early.
pub async fn rehearse(
    settings: Settings,
    stop: Arc<Notify>,
    show: impl FnMut(Time, &dyn Fn(bool) -> Vec<String>),
) -> Result<Rehearsed, String> {
    let scenario = settings.scenario.clone();
    let luck = Luck::new(settings.seed, 0);
    let incidents = Arc::new(Incidents::new(&scenario, luck));
    let from = scenario.warm_start.map_or(Time::ZERO, |wire| wire.from);
    let clock = Clock::waiting_at(from, settings.pace);
    let demand = Demand::new(&scenario);
    let mut engine = begin(&settings, &demand, &incidents, luck)?;
    let mut stage = setup::mocks(&scenario, &incidents, &clock, luck, settings.allow_remote).await?;
    let front = between::start(&mut stage.mocks, &settings).await?;
    let mut notes = stage.mocks.notes().to_vec();
    let events = stage.mocks.events().ok_or("the mocks' events are taken already")?;
    if scenario.warm_start.is_some() {
        let told = engine.observer_mut().told;
        let handed = format!("handed over to the wire: {}", warm::set_up(engine.world(), told, &mut stage));
        engine.observer_mut().journal.note(from, &handed);
        notes.push(handed);
    }
    let (mut program, listens) = match setup::named(&scenario) {
        Some(named) => named,
        None => setup::reference(&scenario, &settings.folder, settings.pace)?,
    };
    let between = front.map(|front| between::lead(&front, &settings, &mut program, &listens)).transpose()?;
    program.env = environment(&stage, between, program.env);
    let name = program.command.first().cloned().unwrap_or_default();
    let target =
        match start(&program, &settings.folder.join("target.log"), setup::connected(&stage, &listens), &stop).await {
            Ok(Some(target)) => target,
            Ok(None) => {
                stage.mocks.shutdown().await;
                engine.stop(None);
                return Ok(Rehearsed { figures: finish(engine), failed: None, interrupted: true, notes });
            }
            Err(failed) => {
                stage.mocks.shutdown().await;
                engine.see(from, Observation::TargetTrouble { kind: failed.trouble });
                engine.observer_mut().journal.note(from, &failed.why);
                engine.stop(None);
                return Ok(Rehearsed { figures: finish(engine), failed: Some(failed), interrupted: false, notes });
            }
        };
    setup::subscribe(&stage, &listens);
    warm::carry_on(engine.world(), &stage, &listens);
    // The challenge of the events address is answered before the first customer comes.
    tokio::time::sleep(Duration::from_millis(200)).await;
    clock.begin(from);
    let mut day = Day { engine, stage, clock, incidents, events, show, wanted_stop: stop };
    let (failed, interrupted, target) = day.play(target, &name).await;
    let missed = day.stage.mocks.missed();
    if missed > 0 {
        // In the journal like everything else that was seen, so that a report made again from it is void as well.
        let now = day.engine.now();
        day.engine.see(now, Observation::Missed { events: missed });
    }
    target.end().await;
    day.stage.mocks.end().await;
    day.hear_the_last();
    let Day { engine, stage, .. } = day;
    notes.extend(stage.judge.unmet());
    Ok(Rehearsed { figures: finish(engine), failed, interrupted, notes })
}

/// Starts the target and waits until it is ready and `connected`; `None`: a person ended that.
async fn start(
    program: &Program,
    log: &Path,
    connected: impl Future<Output = ()>,
    stop: &Notify,
) -> Result<Option<Target>, Failed> {
    let mut target = Target::start(program, log)?;
    let ready = tokio::select! {
        ready = target.ready(program, connected) => ready.map(|()| true),
        () = stop.notified() => Ok(false),
    };
    match ready {
        Ok(true) => Ok(Some(target)),
        Ok(false) => {
            target.end().await;
            Ok(None)
        }
        Err(failed) => {
            target.end().await;
            Err(failed)
        }
    }
}

/// The target's environment: the mocks' exports, under what the scenario says itself.
fn environment(
    stage: &Stage,
    between: Option<Vec<(String, String)>>,
    own: BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let mut env = setup::environment(stage);
    env.extend(between.into_iter().flatten());
    env.extend(own);
    env
}

/// The day up to where the wire takes over: nothing of it, or its simulated part.
fn begin<'d>(
    settings: &Settings,
    demand: &'d Demand,
    incidents: &Arc<Incidents>,
    luck: Luck,
) -> Result<Engine<'d, WireDesk, Watching>, String> {
    let (scenario, observer) = (&settings.scenario, watching(settings)?);
    let Some(wire) = scenario.warm_start else {
        return Ok(Engine::new(scenario, demand, incidents.clone(), luck, WireDesk::default(), observer));
    };
    let modelled = ModelledDesk::new(scenario, incidents.clone());
    let mut engine = Engine::new(scenario, demand, incidents.clone(), luck, modelled, observer);
    // Whatever happens at that very moment is the wire's.
    engine.advance(wire.from - Span::from_micros(1));
    if engine.close() < wire.from {
        return Err(format!(
            "a `stop_if` ends the simulated day {} after its start: `--from` must be sooner",
            engine.close()
        ));
    }
    engine.close_at(wire.to);
    let heard = warm::starts(engine.world(), wire.from);
    Ok(engine.hand_over(WireDesk { heard }))
}

fn watching(settings: &Settings) -> Result<Watching, String> {
    let scenario = &settings.scenario;
    let path = settings.folder.join("journal.jsonl");
    let cannot = |e: std::io::Error| format!("{} cannot be written: {e}", path.display());
    let header = Header {
        holdline_journal: journal::FORMAT,
        scenario: scenario.hash.clone(),
        seed: settings.seed,
        run: 0,
        plan: settings.plan.clone(),
        mode: "rehearse".to_owned(),
        pace: settings.pace,
        warm_start: scenario.warm_start,
    };
    let journal = File::create(&path).and_then(|file| Journal::begin(file, &header)).map_err(cannot)?;
    let collector = Collector::new(scenario, &Windows::of(scenario));
    Ok(Watching { collector, journal, status: Status::new(scenario), told: Told::default() })
}

fn finish(engine: Engine<'_, WireDesk, Watching>) -> RunFigures {
    let (watching, close) = engine.finish();
    if let Err(error) = watching.journal.close(close) {
        tracing::error!(%error, "the journal is not complete");
    }
    watching.collector.finish(close)
}

/// A day at play.
struct Day<'d, S> {
    engine: Engine<'d, WireDesk, Watching>,
    stage: Stage,
    clock: Clock,
    incidents: Arc<Incidents>,
    events: mpsc::Receiver<Event>,
    show: S,
    wanted_stop: Arc<Notify>,
}

impl<S: FnMut(Time, &dyn Fn(bool) -> Vec<String>)> Day<'_, S> {
    /// Plays until nothing is due, the target fails, or a person ends it: (failure, interrupted, the target).
    async fn play(&mut self, mut target: Target, name: &str) -> (Option<Failed>, bool, Target) {
        let mut ticks = tokio::time::interval(SHOW_EVERY);
        let stop = self.wanted_stop.clone();
        self.carry_out();
        loop {
            if self.is_over() {
                self.catch_up();
                self.hear_what_waits();
                return (None, false, target);
            }
            // Nothing may be due until the close, and a target may still answer those who wait for it.
            let next = self.engine.next_at().unwrap_or(self.engine.close());
            let due = self.clock.wall_until(next);
            tokio::select! {
                biased;
                () = stop.notified() => {
                    self.hear_what_waits();
                    self.engine.stop(None);
                    return (None, true, target);
                }
                failed = target.exited(name) => {
                    self.hear_what_waits();
                    let now = self.clock.now();
                    self.engine.see(now, Observation::TargetTrouble { kind: failed.trouble });
                    self.engine.observer_mut().journal.note(now, &failed.why);
                    self.engine.stop(None);
                    return (Some(failed), false, target);
                }
                () = tokio::time::sleep(due) => {
                    self.catch_up();
                }
                Some(event) = self.events.recv() => {
                    let now = self.catch_up();
                    self.hear(event, now);
                }
                _ = ticks.tick() => self.show(),
            }
        }
    }

    /// The day is over at the close, or when its time is and nobody is left to serve.
    fn is_over(&self) -> bool {
        let (now, scenario) = (self.clock.now(), &self.stage.scenario);
        now >= self.engine.close() || now >= scenario.end() && self.engine.world().open_contacts() == 0
    }

    /// Plays everything that is due, and says how late it was. Gives the moment up to which nothing is due any more: what is
    /// heard then is heard at that moment, since by a later look at the clock something else may have come before it.
    fn catch_up(&mut self) -> Time {
        loop {
            let now = self.clock.now();
            let Some(due) = self.engine.next_at().filter(|due| *due <= now) else { return now };
            self.engine.play_next(now);
            self.engine.see(due, Observation::Late { by: now.since(due) });
            self.carry_out();
        }
    }

    fn hear(&mut self, event: Event, now: Time) {
        let now = now.min(self.engine.close());
        let news = self.stage.hear(event);
        self.keep_notes(now);
        for news in news {
            match news {
                News::Act(act) => self.engine.desk_does(now, act),
                News::Seen(seen) => self.engine.see(now, seen),
            }
            self.carry_out();
            self.stage.offer_is_over();
        }
    }

    /// What the target did up to now, of which word has come already.
    fn hear_what_waits(&mut self) {
        // A target that floods is not waited for.
        for _ in 0..self.events.len() {
            let Ok(event) = self.events.try_recv() else { return };
            let now = self.catch_up();
            self.hear(event, now);
        }
    }

    /// Requests from before the close are told when they end, be it with the mocks: those that hung to the last are no less
    /// asked than others. Whatever else comes then comes too late.
    fn hear_the_last(&mut self) {
        let close = self.engine.close();
        while let Ok(event) = self.events.try_recv() {
            if matches!(&event.kind, EventKind::Request(seen) if seen.at < close) {
                self.hear(event, close);
            }
        }
    }

    /// Keeps what was said and exchanged, for the stories of contacts.
    fn keep_notes(&mut self, now: Time) {
        for note in self.stage.take_notes() {
            self.engine.observer_mut().journal.note(now, note);
        }
    }

    /// What customers and people did in the last step, at the mocks.
    fn carry_out(&mut self) {
        for (_, act, who) in std::mem::take(&mut self.engine.desk.heard) {
            let contact = self.engine.world().contact(contact_of(act));
            let (line, team) = match contact {
                Some(contact) => (contact.line, contact.met_person.then_some(contact.team)),
                None => (None, None),
            };
            self.stage.carry_out(act, who, line, team);
        }
        self.keep_notes(self.engine.now());
    }

    fn show(&mut self) {
        let now = self.clock.now();
        let (scenario, incidents) = (&self.stage.scenario, &self.incidents);
        let status = &self.engine.observer_mut().status;
        (self.show)(now, &|whole| {
            if whole { status.lines(scenario, incidents, now) } else { vec![status.line(scenario, incidents, now)] }
        });
    }
}
