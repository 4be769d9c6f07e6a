//! The circuit breaker of a webhook: a target that fails too often is left alone for a moment.

use crate::time::{Span, Time};
use std::collections::VecDeque;

/// Over how long errors are counted.
const WINDOW: Span = Span::from_secs(300);
/// So many errors open it, whatever their share.
const ERRORS: usize = 1_000;
/// So large a share of errors opens it, in tenths, of at least so many deliveries.
const TENTHS: usize = 7;
const AT_LEAST: usize = 100;
/// How long nothing is sent before one delivery is let through to try.
const PAUSE: Span = Span::from_secs(5);
/// Deliveries that are remembered.
const KEPT: usize = 10_000;

/// What became of the last deliveries, and whether more are sent.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    ended: VecDeque<(Time, bool)>,
    /// Nothing is sent before this moment.
    open_until: Option<Time>,
}

impl Breaker {
    /// Whether a delivery is sent now. What is not, is never sent.
    pub(super) fn lets_through(&mut self, now: Time) -> bool {
        match self.open_until {
            Some(until) if now < until => false,
            Some(_) => {
                // One goes out to try; the next must wait for what becomes of it.
                self.open_until = Some(now + PAUSE);
                true
            }
            None => true,
        }
    }

    /// A delivery ended well, or not.
    pub(super) fn note(&mut self, well: bool, now: Time) {
        if well && self.open_until.take().is_some() {
            self.ended.clear();
        }
        self.ended.push_back((now, well));
        while self.ended.len() > KEPT || self.ended.front().is_some_and(|(at, _)| now.since(*at) > WINDOW) {
            self.ended.pop_front();
        }
        let (all, errors) = (self.ended.len(), self.ended.iter().filter(|(_, well)| !well).count());
        if !well && (errors > ERRORS || (all >= AT_LEAST && errors * 10 > all * TENTHS)) {
            self.open_until = Some(now + PAUSE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Time {
        Time::ZERO + Span::from_secs(seconds)
    }

    #[test]
    fn it_opens_at_many_errors_and_closes_at_a_success() {
        let mut breaker = Breaker::default();
        (0..99).for_each(|_| breaker.note(false, at(1)));
        assert!(breaker.lets_through(at(1)), "too few to judge");
        breaker.note(false, at(1));
        assert!(!breaker.lets_through(at(2)));
        assert!(breaker.lets_through(at(6)), "one tries");
        assert!(!breaker.lets_through(at(6)), "and only one");
        breaker.note(false, at(7));
        assert!(!breaker.lets_through(at(11)));
        assert!(breaker.lets_through(at(12)));
        breaker.note(true, at(12));
        assert!((0..200).all(|_| breaker.lets_through(at(12))));
    }

    #[test]
    fn a_target_that_mostly_works_is_sent_everything() {
        let mut breaker = Breaker::default();
        (0..900).for_each(|n| breaker.note(n % 10 < 4, at(n)));
        assert!(breaker.lets_through(at(900)));
        let opened = (0..1_001).any(|_| {
            breaker.note(true, at(900));
            breaker.note(false, at(900));
            !breaker.lets_through(at(900))
        });
        assert!(opened, "a thousand errors are too many");
    }
}
