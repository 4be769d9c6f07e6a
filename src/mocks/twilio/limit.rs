//! Twilio's limit of requests at one time. The figures are data, `mocks/twilio/limits.yaml`.

use crate::time::{Span, Time};
use serde::Deserialize;
use std::collections::VecDeque;

/// How many at one time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// So many requests at one time.
    pub concurrent: usize,
    /// How long each takes, in milliseconds of the scenario: a mock itself needs none.
    pub takes_ms: u32,
}

impl Limits {
    /// The shipped ones.
    pub fn shipped() -> Self {
        let text = include_str!("../../../mocks/twilio/limits.yaml");
        serde_yaml::from_str(text).unwrap_or_else(|e| panic!("the shipped limits of Twilio are tested: {e}"))
    }
}

/// Counts the requests under way.
#[derive(Debug)]
pub(super) struct Limiter {
    limits: Option<Limits>,
    /// When each will be done, the first first.
    done: VecDeque<Time>,
}

impl Limiter {
    pub(super) fn new(limits: Option<Limits>) -> Self {
        Self { limits, done: VecDeque::new() }
    }

    /// A request comes: how many are under way with it; `Err`: there are as many already as there may be.
    pub(super) fn enter(&mut self, now: Time) -> Result<usize, usize> {
        while self.done.front().is_some_and(|done| *done <= now) {
            self.done.pop_front();
        }
        let Some(limits) = self.limits else { return Ok(1) };
        if self.done.len() >= limits.concurrent {
            return Err(self.done.len());
        }
        self.done.push_back(now + Span::from_millis(i64::from(limits.takes_ms)));
        Ok(self.done.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_storm_is_refused_until_requests_are_done() {
        let limits = Limits::shipped();
        let mut limiter = Limiter::new(Some(limits));
        assert_eq!((0..200).filter(|_| limiter.enter(Time::ZERO).is_ok()).count(), limits.concurrent);
        assert_eq!(limiter.enter(Time::ZERO), Err(limits.concurrent));
        let later = Time::ZERO + Span::from_millis(i64::from(limits.takes_ms));
        assert_eq!((limiter.enter(later), limiter.enter(later)), (Ok(1), Ok(2)));
        let mut free = Limiter::new(None);
        assert!((0..1_000).all(|_| free.enter(Time::ZERO) == Ok(1)));
    }
}
