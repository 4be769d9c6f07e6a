//! What was open when a run was killed, told apart as at the end of a day (see `World::close`), from the journal alone.

use crate::observation::{Observation, Observer, Who};
use crate::seam::ContactId;
use crate::time::{Span, Time};
use std::collections::BTreeMap;

/// The contacts that are open.
#[derive(Clone, Debug, Default)]
pub struct Unfinished {
    /// Who it is, and whether the desk has answered or its people know of it.
    open: BTreeMap<ContactId, (Who, bool)>,
}

impl Observer for Unfinished {
    fn observe(&mut self, _at: Time, seen: &Observation) {
        match seen {
            Observation::Entered { who } => drop(self.open.insert(who.contact, (*who, false))),
            Observation::Queued { who } | Observation::Answered { who, .. } | Observation::Taken { who, .. } => {
                if let Some((_, known)) = self.open.get_mut(&who.contact) {
                    *known = true;
                }
            }
            Observation::GaveUp { who, .. }
            | Observation::Moved { who, .. }
            | Observation::Dropped { who }
            | Observation::Ended { who, .. } => drop(self.open.remove(&who.contact)),
            _ => {}
        }
    }
}

impl Unfinished {
    /// At a sudden end: lost is what the desk accepted and forgot, if it had as long as `drain`; the rest is still open.
    pub fn at(&self, end: Time, drain: Span) -> impl Iterator<Item = Observation> {
        self.open.values().map(move |(who, known)| {
            let lost = !known && end.since(who.started) >= drain;
            if lost { Observation::Lost { who: *who } } else { Observation::StillOpen { who: *who } }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::model::Id;

    #[test]
    fn what_was_forgotten_is_told_apart_from_what_is_open() {
        let at = |second| Time::ZERO + Span::from_secs(second);
        let who = |slot: u32, second| Who {
            contact: ContactId::new(slot, 0),
            customer: u64::from(slot),
            channel: Id::new(0),
            reason: Id::new(0),
            segment: Id::new(0),
            started: at(second),
            attempt: 1,
        };
        let mut unfinished = Unfinished::default();
        for (slot, second) in [(0, 1), (1, 2), (2, 3), (3, 55)] {
            unfinished.observe(at(second), &Observation::Entered { who: who(slot, second) });
        }
        unfinished.observe(at(5), &Observation::Queued { who: who(1, 2) });
        unfinished.observe(at(5), &Observation::GaveUp { who: who(2, 3), waited: Span::from_secs(2) });
        let said: Vec<(u32, bool)> = unfinished
            .at(at(60), Span::from_secs(20))
            .filter_map(|seen| match seen {
                Observation::Lost { who } => Some((who.contact.slot(), true)),
                Observation::StillOpen { who } => Some((who.contact.slot(), false)),
                _ => None,
            })
            .collect();
        assert_eq!(said, [(0, true), (1, false), (3, false)]);
    }
}
