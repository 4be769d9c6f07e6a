//! F4: the engine. One agenda of timed events, one world, a front desk behind the seam. The engine knows no clock: the
//! virtual driver ([`run`]) jumps to the next event, a rehearsal or drill advances it as far as its clock has come.

pub mod agenda;
pub mod conservation;
pub mod modelled;
pub mod plans;
pub mod runs;
#[cfg(test)]
mod smoke;
pub mod watch;

use crate::faults::Incidents;
use crate::observation::{Observation, Observer};
use crate::rng::Luck;
use crate::scenario::model::Scenario;
use crate::seam::{CustomerAct, DeskAct};
use crate::time::Time;
use crate::workload::arrivals::{Arrivals, Demand};
use crate::world::{Outside, Wake, World};
use agenda::{Agenda, Luggage};
use conservation::Conservation;
use modelled::ModelledDesk;
use std::sync::Arc;
use watch::Watch;

/// A front desk behind the seam: the modelled one, or the wire to a target.
pub trait FrontDesk {
    /// What it wants to be woken with.
    type Timer: Copy;
    /// Before the first contact.
    fn begin(&mut self, now: Time, says: &mut Says<Self::Timer>);
    /// A customer, or one of the desk's people, does something.
    fn hear(&mut self, now: Time, act: &CustomerAct, world: &World, says: &mut Says<Self::Timer>);
    /// A timer is due.
    fn due(&mut self, now: Time, timer: Self::Timer, world: &World, says: &mut Says<Self::Timer>);
    /// Whether all it ever does is to put whoever starts into the queue: then it needs not be asked.
    fn only_queues(&self) -> bool {
        false
    }
}

/// What a front desk says in one step.
#[derive(Debug)]
pub struct Says<T> {
    /// What it does.
    pub acts: Vec<DeskAct>,
    /// What it wants to be woken with, and when.
    pub timers: Vec<(Time, T)>,
    /// What observers should know of it.
    pub seen: Vec<Observation>,
}

impl<T> Default for Says<T> {
    fn default() -> Self {
        Self { acts: Vec::new(), timers: Vec::new(), seen: Vec::new() }
    }
}

/// Something that is due.
#[derive(Clone, Copy, Debug)]
enum Event {
    World(Wake),
    /// A timer of the desk, by its place among the luggage: it is several times as large as a wake of the world.
    Desk(u32),
    Watch,
}

/// One running day.
pub struct Engine<'d, D: FrontDesk, O: Observer> {
    arrivals: Arrivals<'d>,
    agenda: Agenda<Event>,
    timers: Luggage<D::Timer>,
    world: World,
    /// The front desk.
    pub desk: D,
    observer: O,
    heard: Vec<CustomerAct>,
    says: Says<D::Timer>,
    watch: Watch,
    now: Time,
    close: Time,
    steps: u64,
    conservation: Conservation,
    only_queues: bool,
}

/// What the world says to the engine in one step.
struct Step<'a, O, T> {
    now: Time,
    agenda: &'a mut Agenda<Event>,
    heard: &'a mut Vec<CustomerAct>,
    says: &'a mut Says<T>,
    only_queues: bool,
    observer: &'a mut O,
    watch: &'a mut Watch,
    conservation: &'a mut Conservation,
}

impl<O: Observer, T> Outside for Step<'_, O, T> {
    #[inline]
    fn wake(&mut self, at: Time, wake: Wake) {
        self.agenda.add(at, Event::World(wake));
    }
    // As with what is seen: the kind is known where it is done, and most of it concerns no desk that only queues.
    #[inline(always)]
    fn act(&mut self, act: CustomerAct) {
        match act {
            _ if !self.only_queues => self.heard.push(act),
            CustomerAct::Start { contact, .. } => self.says.acts.push(DeskAct::Queue { contact }),
            _ => {}
        }
    }
    // Where something is seen it is known what: inlined to the end, an observer's choice by kind costs nothing.
    #[inline(always)]
    fn see(&mut self, seen: Observation) {
        self.observer.observe(self.now, &seen);
        self.watch.observe(self.now, &seen);
        if cfg!(debug_assertions) {
            self.conservation.observe(self.now, &seen);
        }
    }
}

/// How often, in steps, a debug build holds the whole state against itself.
const FULL_CHECK_EVERY: u64 = 512;

impl<'d, D: FrontDesk, O: Observer> Engine<'d, D, O> {
    /// A day that is about to start.
    pub fn new(
        scenario: &Arc<Scenario>,
        demand: &'d Demand,
        incidents: Arc<Incidents>,
        luck: Luck,
        desk: D,
        observer: O,
    ) -> Self {
        let mut engine = Self {
            only_queues: desk.only_queues(),
            arrivals: Arrivals::new(demand, luck),
            agenda: Agenda::default(),
            timers: Luggage::default(),
            world: World::new(scenario.clone(), incidents, luck),
            desk,
            observer,
            heard: Vec::new(),
            says: Says::default(),
            watch: Watch::new(scenario),
            now: Time::ZERO,
            close: scenario.close(),
            steps: 0,
            conservation: Conservation::default(),
        };
        engine.begin();
        engine
    }

    fn begin(&mut self) {
        self.desk.begin(Time::ZERO, &mut self.says);
        if let Some(first) = self.watch.first() {
            self.agenda.add(first, Event::Watch);
        }
        self.step(Time::ZERO, |world, step| world.begin(step));
    }

    /// Hands the rest of the day to another front desk (a warm start): the world goes on as it is, with everything that is
    /// due in it. What the desk so far knew, and what it waited for, goes with it.
    pub fn hand_over<E: FrontDesk>(mut self, desk: E) -> Engine<'d, E, O> {
        let mut agenda = Agenda::default();
        while let Some(at) = self.agenda.next_at() {
            match self.agenda.take() {
                Some(event @ (Event::World(_) | Event::Watch)) => agenda.add(at, event),
                Some(Event::Desk(_)) | None => {}
            }
        }
        let mut engine = Engine {
            only_queues: desk.only_queues(),
            arrivals: self.arrivals,
            agenda,
            timers: Luggage::default(),
            world: self.world,
            desk,
            observer: self.observer,
            heard: Vec::new(),
            says: Says::default(),
            watch: self.watch,
            now: self.now,
            close: self.close,
            steps: self.steps,
            conservation: self.conservation,
        };
        engine.desk.begin(engine.now, &mut engine.says);
        engine.step(engine.now, |_, _| {});
        engine
    }

    /// When something is due next; `None` when the day is over.
    #[inline]
    pub fn next_at(&self) -> Option<Time> {
        let arrival = self.arrivals.next_at();
        let event = self.agenda.next_at();
        let next = match (arrival, event) {
            (Some(a), Some(e)) => Some(a.min(e)),
            (a, e) => a.or(e),
        };
        next.filter(|at| *at < self.close)
    }

    /// The latest moment it has played.
    pub fn now(&self) -> Time {
        self.now
    }

    /// The state of the world.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// Whoever observes.
    pub fn observer_mut(&mut self) -> &mut O {
        &mut self.observer
    }

    /// Plays the next thing that is due, if it is due by `until`. Agenda before arrivals among equal times.
    #[inline]
    pub fn play_next(&mut self, until: Time) -> bool {
        let arrival = self.arrivals.next_at().unwrap_or(Time::NEVER);
        let event = self.agenda.next_at().unwrap_or(Time::NEVER);
        let at = arrival.min(event);
        if at > until || at >= self.close {
            return false;
        }
        debug_assert!(at >= self.now, "time never runs back");
        if arrival < event {
            if let Some(arrival) = self.arrivals.take() {
                self.step(at, |world, step| world.arrive(arrival, step));
            }
        } else if let Some(event) = self.agenda.take() {
            match event {
                Event::World(wake) => self.step(at, |world, step| world.wake(at, wake, step)),
                Event::Desk(slot) => {
                    let timer = self.timers.fetch(slot);
                    self.desk.due(at, timer, &self.world, &mut self.says);
                    self.step(at, |_, _| {});
                }
                Event::Watch => self.watch_due(at),
            }
        }
        true
    }

    /// Plays everything that is due by `until`.
    pub fn advance(&mut self, until: Time) {
        while self.play_next(until) {}
    }

    /// The desk did something by itself (a rehearsal hears it over the wire).
    pub fn desk_does(&mut self, now: Time, act: DeskAct) {
        let now = now.max(self.now);
        self.says.acts.push(act);
        self.step(now, |_, _| {});
    }

    /// Tells the observers something that the driver saw.
    pub fn see(&mut self, now: Time, seen: Observation) {
        let now = now.max(self.now);
        self.now = now;
        self.observer.observe(now, &seen);
    }

    /// The moment at which the day is over, an early end included.
    pub fn close(&self) -> Time {
        self.close
    }

    /// The day is over at this moment already, if it is not sooner.
    pub fn close_at(&mut self, at: Time) {
        self.close = self.close.min(at);
    }

    /// Ends the day now.
    pub fn stop(&mut self, by: Option<u16>) {
        self.see(self.now, Observation::Stopped { by });
        self.close = self.now;
    }

    /// The end of the day: what is open is counted, and the observer handed back.
    pub fn finish(mut self) -> (O, Time) {
        let close = self.close;
        self.now = close;
        let now = self.now;
        let mut step = Step {
            now,
            agenda: &mut self.agenda,
            heard: &mut self.heard,
            says: &mut self.says,
            only_queues: self.only_queues,
            observer: &mut self.observer,
            watch: &mut self.watch,
            conservation: &mut self.conservation,
        };
        self.world.close(now, &mut step);
        if cfg!(debug_assertions) {
            self.conservation.check(self.world.open_contacts());
        }
        (self.observer, close)
    }

    fn watch_due(&mut self, at: Time) {
        if let Some(which) = self.watch.look(at) {
            self.now = at;
            return self.stop(Some(which));
        }
        self.agenda.add(at + watch::LOOK_EVERY, Event::Watch);
        self.now = at;
    }

    /// One step: the world moves, the desk answers what it hears until both are quiet, levels are told.
    #[inline]
    fn step(&mut self, now: Time, first: impl FnOnce(&mut World, &mut Step<O, D::Timer>)) {
        self.now = now;
        let mut step = Step {
            now,
            agenda: &mut self.agenda,
            heard: &mut self.heard,
            says: &mut self.says,
            only_queues: self.only_queues,
            observer: &mut self.observer,
            watch: &mut self.watch,
            conservation: &mut self.conservation,
        };
        first(&mut self.world, &mut step);
        self.until_quiet(now);
    }

    /// The common end of every step. Not inlined: one copy of it stays near the processor.
    #[inline(never)]
    fn until_quiet(&mut self, now: Time) {
        let mut step = Step {
            now,
            agenda: &mut self.agenda,
            heard: &mut self.heard,
            says: &mut self.says,
            only_queues: self.only_queues,
            observer: &mut self.observer,
            watch: &mut self.watch,
            conservation: &mut self.conservation,
        };
        let mut next = 0;
        loop {
            for index in 0..step.says.acts.len() {
                // The act that every contact meets is read where it lies; a copy of the whole would be waited for.
                match step.says.acts[index] {
                    DeskAct::Queue { contact } => self.world.queue(now, contact, &mut step),
                    act => self.world.desk_does(now, act, &mut step),
                }
            }
            step.says.acts.clear();
            // Nearly always there is nothing, and then even an empty drain is felt.
            if !step.says.timers.is_empty() {
                for (at, timer) in step.says.timers.drain(..) {
                    step.agenda.add(at, Event::Desk(self.timers.leave(timer)));
                }
            }
            if !step.says.seen.is_empty() {
                // Lent out and put back, so that a busy bot's desk allocates nothing here.
                let mut seen = std::mem::take(&mut step.says.seen);
                seen.drain(..).for_each(|one| step.see(one));
                step.says.seen = seen;
            }
            let Some(act) = step.heard.get(next) else { break };
            next += 1;
            self.desk.hear(now, act, &self.world, step.says);
        }
        step.heard.clear();
        self.world.settle(&mut step);
        if cfg!(debug_assertions) {
            self.steps += 1;
            if self.steps.is_multiple_of(FULL_CHECK_EVERY) {
                self.world.check();
                self.conservation.check(self.world.open_contacts());
            }
        }
    }
}

/// Plays a whole day of the modelled desk in virtual time and hands the observer back with the moment of the close.
pub fn run<O: Observer>(scenario: &Arc<Scenario>, demand: &Demand, seed: u64, run: u64, observer: O) -> (O, Time) {
    let luck = Luck::new(seed, run);
    let incidents = Arc::new(Incidents::new(scenario, luck));
    let desk = ModelledDesk::new(scenario, incidents.clone());
    let mut engine = Engine::new(scenario, demand, incidents, luck, desk, observer);
    engine.advance(Time::NEVER);
    engine.finish()
}
