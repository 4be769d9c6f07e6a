//! How the target behaves towards a dependency: how often it calls, whether it heeds Retry-After, whether its gaps grow.

use crate::observation::Reply;
use crate::scenario::model::{Dependency, Id};
use crate::seam::ContactId;
use crate::time::{Span, Time};
use std::collections::BTreeMap;

/// Counters of one dependency in one segment.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Calls {
    /// Made.
    pub made: u32,
    /// Failed or timed out.
    pub failed: u32,
    /// Made before a Retry-After had passed.
    pub too_early: u32,
    /// Failed calls in the worst minute.
    pub hammering: u32,
    /// Gaps between retries that could be compared with the one before.
    pub gaps: u32,
    /// Of these, those that grew by at least half.
    pub grew: u32,
}

impl Calls {
    fn with(mut self, other: Self) -> Self {
        self.made += other.made;
        self.failed += other.failed;
        self.too_early += other.too_early;
        self.hammering = self.hammering.max(other.hammering);
        self.gaps += other.gaps;
        self.grew += other.grew;
        self
    }
}

/// One request as observed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    /// Whom the desk asked.
    pub of: Id<Dependency>,
    /// For which contact.
    pub contact: Option<ContactId>,
    /// How it ended.
    pub reply: Reply,
    /// It repeats an earlier one.
    pub retry: bool,
    /// Before a Retry-After had passed.
    pub too_early: bool,
}

/// Contacts whose retries are followed at one time; beyond them gaps go unmeasured, never memory.
const FOLLOWED: usize = 4_096;

/// All requests of a run.
#[derive(Debug)]
pub(super) struct Requests {
    segments: usize,
    calls: Vec<Calls>,
    minute: Vec<(i64, u32)>,
    gaps: BTreeMap<(Id<Dependency>, ContactId), (Time, Span)>,
}

impl Requests {
    /// Nothing yet.
    pub(super) fn new(dependencies: usize, segments: usize) -> Self {
        Self {
            segments,
            calls: vec![Calls::default(); dependencies * segments],
            minute: vec![(0, 0); dependencies],
            gaps: BTreeMap::new(),
        }
    }
    /// A request at `at`, in `segment`.
    pub(super) fn see(&mut self, at: Time, segment: usize, seen: &Seen) {
        let calls = &mut self.calls[seen.of.index() * self.segments + segment];
        calls.made += 1;
        calls.too_early += u32::from(seen.too_early);
        let failed = seen.reply != Reply::Good;
        if failed {
            calls.failed += 1;
            let minute = at.micros() / Span::MINUTE.micros();
            let count = &mut self.minute[seen.of.index()];
            *count = if count.0 == minute { (minute, count.1 + 1) } else { (minute, 1) };
            calls.hammering = calls.hammering.max(count.1);
        }
        let Some(contact) = seen.contact else { return };
        let key = (seen.of, contact);
        if seen.retry
            && let Some((last, before)) = self.gaps.get(&key).copied()
        {
            let gap = at.since(last);
            if before > Span::ZERO {
                calls.gaps += 1;
                calls.grew += u32::from(gap.micros() * 2 >= before.micros() * 3);
            }
            self.gaps.insert(key, (at, gap));
        } else if failed && self.gaps.len() < FOLLOWED {
            self.gaps.insert(key, (at, Span::ZERO));
        }
        if !failed {
            self.gaps.remove(&key);
        }
    }
    /// A contact is over: its gaps are of no more use.
    pub(super) fn forget(&mut self, contact: ContactId) {
        if self.gaps.is_empty() {
            return;
        }
        for of in 0..self.minute.len() {
            self.gaps.remove(&(Id::new(of), contact));
        }
    }
    /// What these segments came to.
    pub(super) fn over(&self, of: Id<Dependency>, segments: &[usize]) -> Calls {
        segments.iter().fold(Calls::default(), |sum, s| sum.with(self.calls[of.index() * self.segments + s]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_that_double_are_a_backoff_and_gaps_that_stay_are_none() {
        for (gaps, grew) in [([1, 2, 4], 2), ([1, 1, 1], 0)] {
            let mut requests = Requests::new(1, 1);
            let mut seen = Seen {
                of: Id::new(0),
                contact: Some(ContactId::new(3, 0)),
                reply: Reply::Failed,
                retry: false,
                too_early: false,
            };
            let mut at = Time::ZERO;
            requests.see(at, 0, &seen);
            seen.retry = true;
            for gap in gaps {
                at += Span::from_secs(gap);
                requests.see(at, 0, &seen);
            }
            let calls = requests.over(Id::new(0), &[0]);
            assert_eq!((calls.made, calls.gaps, calls.grew, calls.hammering), (4, 2, grew, 4));
        }
    }
}
