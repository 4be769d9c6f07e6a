//! The day of a drill, set up to be played under any decisions.

use crate::faults::Incidents;
use crate::rng::Luck;
use crate::scenario::model::{Condition, Drill, Expectation, ExpectedOf, Id, Lever, Rule, Scenario};
use crate::time::Span;
use crate::workload::arrivals::Demand;
use std::sync::Arc;

/// What the desk does by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plan {
    /// All of its written plan.
    Written,
    /// Only rules with `auto: true`, and what levers say.
    Levers,
}

/// The day of a drill.
#[derive(Debug)]
pub struct Set {
    /// The drill.
    pub drill: Drill,
    /// The day as it was written, under its plan. It ends when the drill does, and no `stop_if` ends it sooner.
    written: Arc<Scenario>,
    /// The same day with the levers as rules that act when they are told to.
    played: Arc<Scenario>,
    /// The place of the first lever among the rules.
    first_lever: usize,
    demand: &'static Demand,
    /// What is broken in the day that is played.
    incidents: Incidents,
    /// The seed.
    pub seed: u64,
}

impl Set {
    /// The day of a scenario with a drill; `None` if it has none.
    pub fn new(scenario: &Scenario, seed: u64) -> Option<Arc<Self>> {
        let drill = scenario.drill.as_deref()?.clone();
        let mut written = Scenario { stop_if: Vec::new(), drill: None, ..scenario.clone() };
        written.expect = drill.expect.iter().filter_map(measure).collect();
        let mut played = written.clone();
        let plan = &mut Arc::make_mut(&mut played.desk).plan;
        plan.updates = None;
        plan.rules.retain(|rule| rule.auto);
        let first_lever = plan.rules.len();
        let as_rule = |lever: &Lever| Rule::new(lever.name.clone(), Condition::Said, Span::ZERO, lever.actions.clone());
        plan.rules.extend(drill.levers.iter().map(as_rule));
        // One demand a drill, which is as long as its process: an engine borrows it, and rewinding makes new engines.
        let demand = Box::leak(Box::new(Demand::new(&written)));
        let incidents = Incidents::new(&written, Luck::new(seed, 0));
        let (written, played) = (Arc::new(written), Arc::new(played));
        Some(Arc::new(Self { drill, written, played, first_lever, demand, incidents, seed }))
    }

    /// The day under one of the two plans.
    pub(super) fn day(&self, plan: Plan) -> &Arc<Scenario> {
        match plan {
            Plan::Written => &self.written,
            Plan::Levers => &self.played,
        }
    }

    /// The day as it was written.
    pub fn scenario(&self) -> &Arc<Scenario> {
        &self.written
    }

    /// Whether there is a plan to compare with.
    pub(super) fn has_plan(&self) -> bool {
        let plan = &self.written.desk.plan;
        plan.updates.is_some() || plan.rules.iter().any(|rule| !rule.auto)
    }

    pub(super) fn incidents(&self) -> &Incidents {
        &self.incidents
    }

    pub(super) fn demand(&self) -> &'static Demand {
        self.demand
    }

    /// The rule that a lever is.
    pub(super) fn rule_of(&self, lever: Id<Lever>) -> usize {
        self.first_lever + lever.index()
    }

    /// The luck of the how-manieth day: zero is the one that is played.
    pub(super) fn luck(&self, run: u64) -> Luck {
        Luck::new(self.seed, run)
    }
}

/// The expectation of the day that something expected of participants is.
fn measure(expected: &crate::scenario::model::Expected) -> Option<Expectation> {
    match &expected.of {
        ExpectedOf::Measure(expectation) => Some((**expectation).clone()),
        ExpectedOf::Lever { .. } | ExpectedOf::Observe(_) => None,
    }
}
