//! Whether an observation speaks only of what its scenario has. A journal may have been damaged, or put together by hand: a
//! place in a list that is too short is said with its line, and never looked up.

use crate::observation::{Door, Observation, Who};
use crate::scenario::Scenario;
use crate::scenario::model::{Channel, Dependency, Id, Reason, Segment, Team};
use crate::seam::Source;

/// Refuses an observation of something that this scenario does not have.
///
/// # Errors
/// The sentence says what there is no such of.
pub(super) fn belongs(seen: &Observation, scenario: &Scenario) -> Result<(), String> {
    use Observation as O;
    let known = Known(scenario);
    match seen {
        O::Offered { who, .. }
        | O::Entered { who }
        | O::WaitsAgain { who }
        | O::Queued { who }
        | O::Placeholder { who }
        | O::Apology { who }
        | O::Duplicate { who }
        | O::Misdirected { who }
        | O::Served { who, .. }
        | O::GaveUp { who, .. }
        | O::Ended { who, .. }
        | O::Dropped { who }
        | O::Silence { who, .. }
        | O::Unserved { who }
        | O::KeptAway { who }
        | O::SelfServed { who }
        | O::Lost { who }
        | O::StillOpen { who }
        | O::Rated { who, .. }
        | O::CallbackAccepted { who } => known.who(who),
        O::Blocked { who, door } => {
            known.who(who)?;
            match door {
                Door::Broken(of) | Door::Busy(of) => known.dependency(*of),
                _ => Ok(()),
            }
        }
        O::Answered { who, source, .. } => {
            known.who(who)?;
            match source {
                Source::Model(of) => known.dependency(*of),
                Source::Person(team) => known.team(*team),
                Source::Faq { .. } | Source::Unknown => Ok(()),
            }
        }
        O::Taken { who, team } | O::PutBack { who, team } | O::Handled { who, team, .. } => {
            known.who(who)?;
            known.team(*team)
        }
        O::Moved { who, to, .. } => {
            known.who(who)?;
            known.channel(*to)
        }
        O::Request { of, who, .. } | O::Repeated { of, who, .. } => {
            who.as_ref().map_or(Ok(()), |who| known.who(who))?;
            known.dependency(*of)
        }
        O::Retried { of, .. } | O::Noticed { of, .. } | O::Update { over: of, .. } => known.dependency(*of),
        O::Carried { channel, over } => {
            known.channel(*channel)?;
            over.map_or(Ok(()), |over| known.dependency(over))
        }
        O::CalledPersonally { segment } => known.segment(*segment),
        O::People { team, .. } | O::Overtime { team, .. } | O::Busy { team, .. } => known.team(*team),
        O::Level { channel, .. } => known.channel(*channel),
        O::Began { window } | O::Over { window } => {
            let all = scenario.surges.len() + scenario.outages.len() + scenario.absences.len();
            within(usize::from(*window), all, "disturbance")
        }
        O::Rule { rule, .. } => within(usize::from(*rule), scenario.desk.plan.rules.len(), "rule"),
        O::Stopped { by } => by.map_or(Ok(()), |by| within(usize::from(by), scenario.stop_if.len(), "`stop_if`")),
        O::Late { .. } | O::Missed { .. } | O::Egress { .. } | O::TargetTrouble { .. } => Ok(()),
    }
}

/// What the scenario has.
struct Known<'a>(&'a Scenario);

impl Known<'_> {
    fn who(&self, who: &Who) -> Result<(), String> {
        self.channel(who.channel)?;
        self.reason(who.reason)?;
        self.segment(who.segment)
    }
    fn channel(&self, id: Id<Channel>) -> Result<(), String> {
        within(id.index(), self.0.desk.channels.len(), "channel")
    }
    fn reason(&self, id: Id<Reason>) -> Result<(), String> {
        within(id.index(), self.0.desk.reasons.len(), "reason")
    }
    fn segment(&self, id: Id<Segment>) -> Result<(), String> {
        within(id.index(), self.0.desk.customers.segments.len(), "segment")
    }
    fn team(&self, id: Id<Team>) -> Result<(), String> {
        within(id.index(), self.0.desk.teams.len(), "team")
    }
    fn dependency(&self, id: Id<Dependency>) -> Result<(), String> {
        within(id.index(), self.0.desk.dependencies.len(), "dependency")
    }
}

fn within(index: usize, all: usize, what: &str) -> Result<(), String> {
    if index < all {
        return Ok(());
    }
    Err(format!("it speaks of {what} {index} (counted from 0), and the scenario has {all}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::fixture::{day, who};

    #[test]
    fn what_the_scenario_lacks_is_refused_wherever_it_is_named() {
        let day = day();
        let sound = who(1, 0, 5);
        assert_eq!(belongs(&Observation::Entered { who: sound }, &day), Ok(()));
        let nowhere = Who { channel: Id::new(77), ..sound };
        let (nobody, nothing) = (Id::new(77), Id::new(77));
        for (seen, what) in [
            (Observation::Entered { who: nowhere }, "channel 77"),
            (Observation::Queued { who: Who { reason: Id::new(77), ..sound } }, "reason 77"),
            (Observation::Served { who: Who { segment: Id::new(77), ..sound }, waited: Default::default() }, "segment"),
            (Observation::Taken { who: sound, team: nobody }, "team 77"),
            (Observation::People { team: nobody, scheduled: 1, present: 1 }, "team 77"),
            (Observation::Blocked { who: sound, door: Door::Broken(nothing) }, "dependency 77"),
            (Observation::Noticed { of: nothing, down: true }, "dependency 77"),
            (Observation::Began { window: 77 }, "disturbance 77"),
            (Observation::Rule { rule: 77, on: true }, "rule 77"),
        ] {
            let refused = belongs(&seen, &day).expect_err("the day has no such thing");
            assert!(refused.contains(what) && refused.contains("the scenario has"), "{refused}");
        }
    }
}
