//! How the target behaves towards a dependency: how often it calls, whether it heeds Retry-After, whether its gaps grow.

use super::retries::{Retries, grew};
use crate::observation::{Again, Reply};
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
    /// Side effects made again.
    pub repeated: u32,
}

impl Calls {
    fn with(mut self, other: Self) -> Self {
        self.made += other.made;
        self.failed += other.failed;
        self.too_early += other.too_early;
        self.hammering = self.hammering.max(other.hammering);
        self.gaps += other.gaps;
        self.grew += other.grew;
        self.repeated += other.repeated;
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
    /// Retries are told apart by the call, not only by the contact.
    by_call: bool,
    /// How retries are spaced, where the same call is known again.
    pub(super) retries: Retries,
}

impl Requests {
    /// Nothing yet.
    pub(super) fn new(dependencies: usize, segments: usize) -> Self {
        Self {
            segments,
            calls: vec![Calls::default(); dependencies * segments],
            minute: vec![(0, 0); dependencies],
            gaps: BTreeMap::new(),
            by_call: false,
            retries: Retries::new(dependencies),
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
        let Some(contact) = seen.contact.filter(|_| !self.by_call) else { return };
        let key = (seen.of, contact);
        if seen.retry
            && let Some((last, before)) = self.gaps.get(&key).copied()
        {
            let gap = at.since(last);
            if before > Span::ZERO {
                calls.gaps += 1;
                calls.grew += u32::from(grew(gap, before));
            }
            self.gaps.insert(key, (at, gap));
        } else if failed && self.gaps.len() < FOLLOWED {
            self.gaps.insert(key, (at, Span::ZERO));
        }
        if !failed {
            self.gaps.remove(&key);
        }
    }
    /// A retry of a call that is known again, in `segment`.
    pub(super) fn retried(
        &mut self,
        segment: usize,
        of: Id<Dependency>,
        from: (Option<ContactId>, Time),
        again: &Again,
    ) {
        self.by_call = true;
        // A pause that a vendor asked for says nothing of the target's own.
        if let Some(before) = again.before.filter(|_| !again.asked) {
            let calls = &mut self.calls[of.index() * self.segments + segment];
            calls.gaps += 1;
            calls.grew += u32::from(grew(again.pause, before));
        }
        self.retries.see(of, from.0, from.1, again);
    }
    /// A side effect was made again.
    pub(super) fn repeated(&mut self, of: Id<Dependency>, segment: usize) {
        self.calls[of.index() * self.segments + segment].repeated += 1;
    }
    /// A contact is over: its gaps are of no more use.
    pub(super) fn forget(&mut self, contact: ContactId) {
        self.retries.forget(contact);
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

    #[test]
    fn where_calls_are_told_apart_their_own_pauses_count_but_not_those_asked_for() {
        let mut requests = Requests::new(1, 1);
        let (contact, of) = (Some(ContactId::new(3, 0)), Id::new(0));
        let again = |pause, before, asked| Again {
            pause: Span::from_secs(pause),
            before: Some(Span::from_secs(before)),
            asked,
        };
        let mut at = Time::ZERO;
        for (pause, before, asked) in [(2, 1, false), (4, 2, false), (5, 5, true), (5, 5, true), (5, 5, false)] {
            at += Span::from_secs(pause);
            requests.retried(0, of, (contact, at), &again(pause, before, asked));
            requests.see(at, 0, &Seen { of, contact, reply: Reply::Failed, retry: true, too_early: false });
        }
        let calls = requests.over(of, &[0]);
        assert_eq!((calls.made, calls.gaps, calls.grew), (5, 3, 2));
    }
}
