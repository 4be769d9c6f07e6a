//! One day of a drill in the engine: levers take effect when they are due, and people are missing from the moment an inject
//! says so.

use super::set::{Plan, Set};
use crate::engine::Engine;
use crate::engine::modelled::ModelledDesk;
use crate::faults::Incidents;
use crate::observation::Observer;
use crate::rng::{Luck, What};
use crate::scenario::model::{Absence, Action, Id, Lever, Window};
use crate::seam::DeskAct;
use crate::time::{Span, Time};
use std::sync::Arc;

/// A lever that was pulled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pull {
    /// When it works, if it does.
    pub(super) works_at: Time,
    /// Which.
    pub(super) lever: Id<Lever>,
    /// The how-manieth pull of this lever, from zero: its luck is drawn by this.
    pub(super) nth: u32,
}

/// Makes whoever watches a day.
pub(super) type Watcher<O> = Arc<dyn Fn() -> O + Send + Sync>;

/// A day that runs.
pub(super) struct Run<O: Observer> {
    set: Arc<Set>,
    plan: Plan,
    luck: Luck,
    watcher: Watcher<O>,
    /// What injects added, with windows of this day.
    absences: Vec<Absence>,
    /// By when they work.
    pulls: Vec<Pull>,
    /// So many of them took effect.
    done: usize,
    /// Which rules levers have switched on.
    on: Vec<bool>,
    engine: Engine<'static, ModelledDesk, O>,
}

impl<O: Observer> Run<O> {
    /// The how-manieth day, before its start. These people will be missing because of injects.
    pub(super) fn new(set: &Arc<Set>, plan: Plan, run: u64, watcher: Watcher<O>, absences: Vec<Absence>) -> Self {
        let luck = set.luck(run);
        let engine = engine(set, plan, luck, &absences, watcher());
        let on = vec![false; set.day(plan).desk.plan.rules.len()];
        Self { set: set.clone(), plan, luck, watcher, absences, pulls: Vec::new(), done: 0, on, engine }
    }

    /// Plays everything that is due by then.
    pub(super) fn advance(&mut self, to: Time) {
        while let Some(pull) = self.pulls.get(self.done).copied().filter(|pull| pull.works_at <= to) {
            self.engine.advance(pull.works_at);
            self.done += 1;
            self.take_effect(pull);
        }
        self.engine.advance(to);
    }

    /// A lever is pulled; it works at its moment, which has not been played yet or is the latest that was.
    pub(super) fn pull(&mut self, pull: Pull) {
        let place = self.pulls.partition_point(|other| other.works_at <= pull.works_at).max(self.done);
        self.pulls.insert(place, pull);
    }

    /// Whether luck lets a pull work: by its name, so that it is the same in every replay of this day.
    pub(super) fn works(&self, pull: Pull) -> bool {
        let chance = self.set.drill.levers[pull.lever.index()].chance;
        self.luck.chance(pull.lever.index() as u64, What::Lever, u64::from(pull.nth)) < chance
    }

    fn take_effect(&mut self, pull: Pull) {
        if !self.works(pull) {
            return;
        }
        let set = self.set.clone();
        let lever = &set.drill.levers[pull.lever.index()];
        let (rule, on) = match lever.undoes {
            Some(other) => (set.rule_of(other), false),
            None => (set.rule_of(pull.lever), true),
        };
        let is_on = std::mem::replace(&mut self.on[rule], on);
        if on && is_on {
            // What it set is set; what it says is said again.
            for action in &lever.actions {
                if let Action::Post(over) = *action {
                    self.engine.desk_does(pull.works_at, DeskAct::PostUpdate { over, all_clear: false, next_by: None });
                }
            }
            return;
        }
        self.engine.tell(pull.works_at, |desk, now, world, says| desk.switch(now, rule, on, world, says));
    }

    /// People are missing from now on. Who is missing is decided before a day begins, so the day is played again up to now:
    /// until now it is the same.
    pub(super) fn miss(&mut self, now: Time, absences: &[Absence]) {
        if absences.is_empty() {
            return;
        }
        self.absences.extend(from(now, absences, &self.set));
        self.engine = engine(&self.set, self.plan, self.luck, &self.absences, (self.watcher)());
        self.done = 0;
        self.on.fill(false);
        self.advance(now);
    }

    /// Who watches.
    pub(super) fn observer(&self) -> &O {
        self.engine.observer()
    }

    /// Who watches, to be told something.
    pub(super) fn observer_mut(&mut self) -> &mut O {
        self.engine.observer_mut()
    }

    /// Ends the day, at this moment if it goes on after it; hands back who watched, and when it ended.
    pub(super) fn finish(mut self, end: Option<Time>) -> (O, Time) {
        let last = end.unwrap_or(self.engine.close());
        // What is due at this very moment belongs to it; a lever that would have worked later does not.
        self.engine.close_at(last + Span::from_micros(1));
        self.advance(last);
        self.engine.finish()
    }
}

/// What an inject that is sent at a moment does to the people of the day.
pub(super) fn from(sent: Time, absences: &[Absence], set: &Set) -> Vec<Absence> {
    let (later, close) = (sent.since(Time::ZERO), set.scenario().close());
    let of_day = |absence: &Absence| {
        let window = Window { from: absence.window.from + later, to: close.min(absence.window.to + later) };
        Absence { window, ..absence.clone() }
    };
    absences.iter().map(of_day).filter(|one| one.window.from < one.window.to).collect()
}

fn engine<O: Observer>(
    set: &Set,
    plan: Plan,
    luck: Luck,
    absences: &[Absence],
    observer: O,
) -> Engine<'static, ModelledDesk, O> {
    let mut day = set.day(plan).clone();
    if !absences.is_empty() {
        Arc::make_mut(&mut day).absences.extend_from_slice(absences);
    }
    let incidents = Arc::new(Incidents::new(&day, luck));
    let desk = ModelledDesk::new(&day, incidents.clone());
    Engine::new(&day, set.demand(), incidents, luck, desk, observer)
}
