//! Requests a minute, and the headers that tell of them.

use crate::mocks::vendor::Reply;
use crate::time::{Span, Time};
use std::collections::BTreeMap;

/// What the headers name where nothing is enforced: the Suite Enterprise plan's limit.
pub(super) const NAMED: u32 = 700;
/// Incremental exports a minute (Zendesk's documented limit).
const EXPORTS: u32 = 10;
/// Updates of one ticket in ten minutes (Zendesk's documented limit, which is for each user).
const UPDATES: u32 = 30;
const UPDATES_IN: Span = Span::from_secs(600);

/// Counts the requests of the current minute, and those to what has limits of its own.
#[derive(Debug)]
pub(super) struct Limiter {
    limit: Option<u32>,
    minute: i64,
    used: u32,
    exports: u32,
    /// Updates of each ticket in these ten minutes.
    updates: BTreeMap<u64, u32>,
    ten_minutes: i64,
}

impl Limiter {
    pub(super) fn new(limit: Option<u32>) -> Self {
        Self { limit, minute: 0, used: 0, exports: 0, updates: BTreeMap::new(), ten_minutes: 0 }
    }

    /// Takes a request: `Err` with the time until the next minute if there are too many.
    pub(super) fn take(&mut self, now: Time) -> Result<(), Span> {
        let minute = now.micros().div_euclid(Span::MINUTE.micros());
        if minute != self.minute {
            self.minute = minute;
            self.used = 0;
            self.exports = 0;
        }
        if self.limit.is_some_and(|limit| self.used >= limit) {
            return Err(self.rest(now));
        }
        self.used = self.used.saturating_add(1);
        Ok(())
    }

    /// Takes a request from what has a limit of its own: else the words of Zendesk and the time until there is more.
    pub(super) fn take_of(&mut self, endpoint: &str, ids: &[u64], now: Time) -> Result<(), (&'static str, Span)> {
        if self.limit.is_none() {
            return Ok(());
        }
        match (endpoint, ids) {
            ("incremental.tickets" | "incremental.users" | "incremental.organizations", _) => {
                self.exports += 1;
                let text = "Number of allowed incremental export API requests per minute exceeded";
                if self.exports > EXPORTS { Err((text, self.rest(now))) } else { Ok(()) }
            }
            ("tickets.update", [ticket]) => {
                let part = now.micros().div_euclid(UPDATES_IN.micros());
                if part != self.ten_minutes {
                    self.ten_minutes = part;
                    self.updates.clear();
                }
                let made = self.updates.entry(*ticket).or_default();
                *made += 1;
                let next = Time::from_micros((part + 1).saturating_mul(UPDATES_IN.micros()));
                let text = "Rate limit for ticket updates exceeded, please wait before updating this ticket again";
                if *made > UPDATES { Err((text, next.since(now))) } else { Ok(()) }
            }
            _ => Ok(()),
        }
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
