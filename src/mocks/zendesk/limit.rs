//! Requests a minute, and the headers that tell of them.

use crate::mocks::vendor::Reply;
use crate::time::{Span, Time};

/// What the headers name where nothing is enforced: the Suite Professional plan's limit.
const NAMED: u32 = 700;

/// Counts the requests of the current minute.
#[derive(Debug)]
pub(super) struct Limiter {
    limit: Option<u32>,
    minute: i64,
    used: u32,
}

impl Limiter {
    pub(super) fn new(limit: Option<u32>) -> Self {
        Self { limit, minute: 0, used: 0 }
    }

    /// Takes a request: `Err` with the time until the next minute if there are too many.
    pub(super) fn take(&mut self, now: Time) -> Result<(), Span> {
        let minute = now.micros().div_euclid(Span::MINUTE.micros());
        if minute != self.minute {
            self.minute = minute;
            self.used = 0;
        }
        if self.limit.is_some_and(|limit| self.used >= limit) {
            return Err(self.rest(now));
        }
        self.used = self.used.saturating_add(1);
        Ok(())
    }

    fn rest(&self, now: Time) -> Span {
        let next = Time::from_micros((self.minute + 1).saturating_mul(Span::MINUTE.micros()));
        next.since(now)
    }

    /// The headers on every reply.
    pub(super) fn mark(&self, reply: Reply, now: Time) -> Reply {
        let limit = self.limit.unwrap_or(NAMED);
        let left = limit.saturating_sub(self.used);
        reply
            .with("x-rate-limit", limit.to_string())
            .with("x-rate-limit-remaining", left.to_string())
            .with("ratelimit-limit", limit.to_string())
            .with("ratelimit-remaining", left.to_string())
            .with("ratelimit-reset", seconds(self.rest(now)).to_string())
    }
}

/// Whole seconds, rounded up, at least one.
pub(super) fn seconds(wait: Span) -> i64 {
    (wait.micros() + 999_999).div_euclid(1_000_000).max(1)
}
