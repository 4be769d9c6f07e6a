//! Contacts are conserved: every one that is offered is turned away, gives up, moves, is dropped, ends, or is open.
//! Counted from the observations in tests and debug builds.

use crate::observation::{Observation, Observer};
use crate::time::Time;

/// The counts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Conservation {
    offered: u64,
    gone: u64,
    last: Time,
}

impl Observer for Conservation {
    fn observe(&mut self, at: Time, seen: &Observation) {
        assert!(at >= self.last, "time never runs back: {at} after {}", self.last);
        self.last = at;
        match seen {
            Observation::Offered { .. } => self.offered += 1,
            Observation::Blocked { .. }
            | Observation::GaveUp { .. }
            | Observation::Moved { .. }
            | Observation::Dropped { .. }
            | Observation::Ended { .. } => self.gone += 1,
            Observation::Answered { who, .. } | Observation::Served { who, .. } => {
                assert!(who.started <= at, "nothing is answered before it arrived");
            }
            _ => {}
        }
    }
}

impl Conservation {
    /// Holds the counts against the contacts that are open.
    ///
    /// # Panics
    /// When a contact was lost or made twice: a defect of ours.
    pub fn check(&self, open: usize) {
        assert_eq!(self.offered, self.gone + open as u64, "contacts are conserved");
    }
}
