//! What only a price wants to know: who stayed on, and which contacts the plan compensates.

use super::levels::Track;
use crate::observation::Who;
use crate::scenario::model::{Action, Compensation, Id, Scenario, Team};
use crate::time::{Span, Time};

/// What is followed of a run for its price.
#[derive(Debug)]
pub(super) struct Price {
    /// The plan compensates: how contacts end is of interest.
    pub watches: bool,
    /// By team: how many stay on. Empty where the plan asks nobody to.
    pub overtime: Vec<Track>,
    promises: Vec<Promise>,
}

/// A compensation of the plan.
#[derive(Debug)]
struct Promise {
    rule: u16,
    what: Compensation,
    on: bool,
    /// When its rule was undone last.
    off: Option<Time>,
    /// Contacts that get it, by segment of the time line.
    contacts: Vec<u32>,
}

impl Price {
    /// Of a day that is cut into so many segments.
    pub(super) fn of(scenario: &Scenario, segments: usize) -> Self {
        let rules = scenario.desk.plan.rules.iter().enumerate();
        let actions: Vec<(u16, &Action)> =
            rules.flat_map(|(n, rule)| rule.actions.iter().map(move |action| (n as u16, action))).collect();
        let promise = |(rule, action): &(u16, &Action)| match action {
            Action::Compensate(what) => {
                Some(Promise { rule: *rule, what: *what, on: false, off: None, contacts: vec![0; segments] })
            }
            _ => None,
        };
        let promises: Vec<Promise> = actions.iter().filter_map(promise).collect();
        let asks = actions.iter().any(|(_, action)| matches!(action, Action::Overtime { .. }));
        let teams = if asks { scenario.desk.teams.len() } else { 0 };
        Self { watches: !promises.is_empty(), overtime: vec![Track::new(segments); teams], promises }
    }

    /// A rule of the plan acted, or was undone.
    pub(super) fn rule(&mut self, at: Time, rule: u16, on: bool) {
        for promise in self.promises.iter_mut().filter(|promise| promise.rule == rule) {
            promise.on = on;
            if !on {
                promise.off = Some(at);
            }
        }
    }

    /// So many of a team stay on.
    pub(super) fn overtime(&mut self, at: Time, segment: usize, team: Id<Team>, people: u32) {
        if let Some(track) = self.overtime.get_mut(team.index()) {
            track.set(at, segment, [people, 0, 0]);
        }
    }

    /// A contact is over: after so much waiting, or without having been served. Its segment is that of its start.
    #[inline(never)]
    pub(super) fn over(&mut self, who: &Who, waited: Option<Span>, segment: usize) {
        for promise in &mut self.promises {
            let what = promise.what;
            let meant = what.segment.is_none_or(|s| s == who.segment) && what.channel.is_none_or(|c| c == who.channel);
            let met = promise.on || promise.off.is_some_and(|off| off > who.started);
            if meant && met && waited.is_none_or(|waited| waited > what.late) {
                promise.contacts[segment] += 1;
            }
        }
    }

    /// What is given to the contacts of these segments.
    pub(super) fn given(&self, segments: &[usize]) -> f64 {
        let of = |promise: &Promise| {
            let contacts: u32 = segments.iter().map(|segment| promise.contacts[*segment]).sum();
            f64::from(contacts) * promise.what.each
        };
        self.promises.iter().map(of).sum()
    }
}
