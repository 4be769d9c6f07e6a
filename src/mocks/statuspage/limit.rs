//! Statuspage's limit of requests in a minute. The figures are data, `mocks/statuspage/limits.yaml`.

use crate::time::{Span, Time};
use serde::Deserialize;
use std::collections::VecDeque;

/// How many in how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// So many requests.
    pub requests: usize,
    /// In so many seconds of the scenario, whichever they are.
    pub in_s: u32,
}

impl Limits {
    /// The shipped ones.
    pub fn shipped() -> Self {
        let text = include_str!("../../../mocks/statuspage/limits.yaml");
        serde_yaml::from_str(text).unwrap_or_else(|e| panic!("the shipped limits of Statuspage are tested: {e}"))
    }
}

/// Remembers the requests that count.
#[derive(Debug)]
pub(super) struct Limiter {
    limits: Option<Limits>,
    /// When each came, the first first; never more than there may be.
    came: VecDeque<Time>,
}

impl Limiter {
    pub(super) fn new(limits: Option<Limits>) -> Self {
        Self { limits, came: VecDeque::new() }
    }

    /// Takes a request; `Err`: there were too many, and so long is to wait.
    pub(super) fn take(&mut self, now: Time) -> Result<(), Span> {
        let Some(Limits { requests, in_s }) = self.limits else { return Ok(()) };
        let within = Span::from_secs(i64::from(in_s));
        while self.came.front().is_some_and(|at| *at + within <= now) {
            self.came.pop_front();
        }
        if self.came.len() >= requests {
            return Err(self.came.front().map_or(within, |at| (*at + within).since(now)));
        }
        self.came.push_back(now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_storm_is_refused_until_its_first_requests_are_a_minute_old() {
        let limits = Limits::shipped();
        let mut limiter = Limiter::new(Some(limits));
        let at = |seconds: i64| Time::ZERO + Span::from_secs(seconds);
        assert_eq!((0..100).filter(|n| limiter.take(at(n / 4)).is_ok()).count(), limits.requests);
        assert_eq!(limiter.take(at(50)), Err(Span::from_secs(10)));
        assert_eq!((limiter.take(at(60)), limiter.take(at(61))), (Ok(()), Ok(())));
        assert!((0..1_000).all(|_| Limiter::new(None).take(at(0)).is_ok()));
    }
}
