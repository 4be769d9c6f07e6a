//! The same day three times: with no decision, under the written plan, and as it was played; each with the same injects.

use super::run::{self, Pull, Run, Watcher};
use super::set::{Plan, Set};
use super::state::{LOOK_EVERY, Standing, State};
use crate::engine::watch::Watch;
use crate::observation::{Observation, Observer};
use crate::scenario::model::{Absence, Id, Inject, Live, Trigger};
use crate::time::{Span, Time};
use std::sync::Arc;

/// One of the three.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Day {
    /// Nobody decides anything.
    Nothing,
    /// The written plan plays itself.
    Plan,
    /// What was decided.
    Played,
}

impl Day {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Plan => "plan",
            Self::Played => "played",
        }
    }

    pub(super) fn plan(self) -> Plan {
        match self {
            Self::Plan => Plan::Written,
            Self::Nothing | Self::Played => Plan::Levers,
        }
    }
}

/// What was done to the desk in an exercise.
#[derive(Clone, Debug)]
pub(super) struct Script {
    pub(super) pulls: Vec<Pull>,
    /// The injects that make people missing, as they were sent, in that order.
    pub(super) sent: Vec<(Time, Id<Inject>)>,
    /// Those of them that were sent unless somebody did something, and were not because somebody did; with their moment.
    pub(super) spared: Vec<(Time, Id<Inject>)>,
    /// Those that wait for a state of the desk: evaluated anew in every day.
    pub(super) anew: Vec<Id<Inject>>,
    /// It was broken off then.
    pub(super) end: Option<Time>,
}

impl Script {
    /// Of what was played so far.
    pub(super) fn of(state: &State) -> Self {
        let drill = &state.set.drill;
        let (mut sent, mut spared, mut anew) = (Vec::new(), Vec::new(), Vec::new());
        for piece in &state.pieces {
            let Some(of) = piece.of.filter(|of| !drill.injects[of.index()].absences.is_empty()) else { continue };
            if piece.due.is_none() && !piece.by_hand {
                anew.push(of);
            }
            match (piece.state, piece.due) {
                (Standing::Fired(at), _) => sent.push((at, of)),
                (Standing::Spared, Some(due)) => spared.push((due, of)),
                _ => {}
            }
        }
        sent.sort_by_key(|(at, _)| *at);
        let pulls = state.made.iter().filter_map(|made| made.pull).map(|(pull, _)| pull).collect();
        let end = (state.now < state.end()).then_some(state.now);
        Self { pulls, sent, spared, anew, end }
    }

    /// Of a day in which nobody does anything and every inject is sent that can be.
    pub(super) fn unattended(set: &Set) -> Self {
        let injects = set.drill.injects.iter().enumerate();
        let (mut sent, mut anew) = (Vec::new(), Vec::new());
        for (n, inject) in injects {
            match inject.due() {
                Some(due) => sent.push((due, Id::new(n))),
                None => anew.push(Id::new(n)),
            }
        }
        sent.sort_by_key(|(at, _)| *at);
        Self { pulls: Vec::new(), sent, spared: Vec::new(), anew, end: None }
    }

    /// The people that injects make missing, as far as that is known before the day, and the injects that are evaluated.
    fn absences(&self, set: &Set, day: Day, run: u64) -> (Vec<Absence>, Vec<Id<Inject>>) {
        // The day that was played is as it was.
        let as_it_was = day == Day::Played && run == 0;
        let anew = if as_it_was { Vec::new() } else { self.anew.clone() };
        let spared = if day == Day::Played { &[][..] } else { &self.spared[..] };
        let mut fixed: Vec<(Time, Id<Inject>)> =
            self.sent.iter().chain(spared).copied().filter(|(_, inject)| !anew.contains(inject)).collect();
        fixed.sort_by_key(|(at, _)| *at);
        let missing =
            fixed.iter().flat_map(|(at, inject)| run::from(*at, &set.drill.injects[inject.index()].absences, set));
        (missing.collect(), anew)
    }
}

/// A day that was played to its end.
pub(super) struct Over<O> {
    /// Who watched.
    pub(super) watched: O,
    /// When it closed.
    pub(super) close: Time,
    /// The injects that were evaluated in it and sent, and when.
    pub(super) sent: Vec<(Id<Inject>, Time)>,
}

/// Plays one of the three days, of the how-manieth seed.
pub(super) fn play<O: Observer + 'static>(
    set: &Arc<Set>,
    day: Day,
    nth: u64,
    script: &Script,
    watcher: Watcher<O>,
) -> Over<O> {
    let (absences, anew) = script.absences(set, day, nth);
    let conditions: Vec<Live> = anew.iter().filter_map(|inject| live(set, *inject)).cloned().collect();
    let channels = set.scenario().desk.channels.len();
    let watched = conditions.clone();
    let both: Watcher<(Watch, O)> = Arc::new(move || (Watch::of(channels, &watched), watcher()));
    let mut run = Run::new(set, day.plan(), nth, both, absences);
    if day == Day::Played {
        script.pulls.iter().for_each(|pull| run.pull(*pull));
    }
    let end = script.end.unwrap_or(set.scenario().end());
    let mut since: Vec<Option<Time>> = vec![None; conditions.len()];
    let mut sent = vec![None; conditions.len()];
    let mut now = Time::ZERO;
    while now < end && sent.contains(&None) {
        now = end.min(now + LOOK_EVERY);
        run.advance(now);
        for (n, live) in conditions.iter().enumerate() {
            if sent[n].is_some() {
                continue;
            }
            if run.observer().0.figure(now, n).unwrap_or(0.0) <= live.above {
                since[n] = None;
            } else if now.since(*since[n].get_or_insert(now)) >= live.held_for {
                sent[n] = Some(now);
                run.miss(now, &set.drill.injects[anew[n].index()].absences);
            }
        }
    }
    let ((_, watched), close) = run.finish(script.end);
    let sent = anew.into_iter().zip(sent).filter_map(|(inject, at)| Some((inject, at?))).collect();
    Over { watched, close, sent }
}

fn live(set: &Set, inject: Id<Inject>) -> Option<&Live> {
    match &set.drill.injects[inject.index()].trigger {
        Trigger::When(live) => Some(live),
        Trigger::At(_) | Trigger::Unless { .. } => None,
    }
}

/// How many wait, or are not done with, on each channel, over time.
#[derive(Clone, Debug)]
pub(super) struct Lines {
    every: Span,
    /// Of a channel what is not done with counts, not who waits.
    backlog: Vec<bool>,
    now: Vec<u32>,
    pub(super) channels: Vec<Vec<u32>>,
}

impl Lines {
    pub(super) fn new(every: Span, backlog: Vec<bool>) -> Self {
        let channels = backlog.len();
        Self { every, backlog, now: vec![0; channels], channels: vec![Vec::new(); channels] }
    }

    /// Until a moment, which is the last point if it is one.
    pub(super) fn catch_up(&mut self, to: Time) {
        let points = (to.micros() / self.every.micros() + 1).max(0) as usize;
        for (line, now) in self.channels.iter_mut().zip(&self.now) {
            if line.len() < points {
                line.resize(points, *now);
            }
        }
    }
}

impl Observer for Lines {
    fn observe(&mut self, at: Time, seen: &Observation) {
        if let Observation::Level { channel, waiting, backlog, .. } = *seen {
            self.catch_up(at);
            let index = channel.index();
            self.now[index] = if self.backlog[index] { backlog } else { waiting };
        }
    }
}
