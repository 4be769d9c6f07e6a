//! Requests and tokens a minute: buckets that fill evenly, one pair a model. They tell of themselves in the headers of
//! every answer, and where they are enforced, a target's own storm of retries earns its 429s.

use super::error::Error;
use crate::scenario::model;
use crate::time::{Span, Time};
use serde::Deserialize;

/// What a model allows in a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Requests.
    pub requests: u64,
    /// Tokens.
    pub tokens: u64,
}

impl Limits {
    /// What a scenario says of every model, if it does: what it leaves open is as the shipped last entry has it.
    pub fn of(written: &model::Limits) -> Option<Self> {
        let (requests, tokens) = (written.requests_per_minute, written.tokens_per_minute);
        let usual = Table::shipped().of("");
        (requests.is_some() || tokens.is_some()).then(|| Self {
            requests: requests.map_or(usual.requests, u64::from),
            tokens: tokens.map_or(usual.tokens, u64::from),
        })
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    models: Vec<String>,
    requests_per_minute: u64,
    tokens_per_minute: u64,
}

/// Used where the data have no last entry; a test keeps it from being used.
const FALLBACK: Limits = Limits { requests: 10_000, tokens: 2_000_000 };

/// The limits of all models, from `mocks/openai/limits.yaml`.
#[derive(Clone, Debug)]
pub(super) struct Table(Vec<Entry>);

impl Table {
    pub(super) fn shipped() -> Self {
        let text = include_str!("../../../mocks/openai/limits.yaml");
        Self(serde_yaml::from_str(text).expect("the shipped limits are tested"))
    }

    /// What the model of this listed name allows.
    pub(super) fn of(&self, model: &str) -> Limits {
        let fits = |entry: &&Entry| entry.models.is_empty() || entry.models.iter().any(|name| name == model);
        self.0
            .iter()
            .find(fits)
            .map_or(FALLBACK, |entry| Limits { requests: entry.requests_per_minute, tokens: entry.tokens_per_minute })
    }
}

/// What is left of a minute's amount.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    limit: f64,
    level: f64,
    at: Time,
}

impl Bucket {
    fn full(limit: u64, now: Time) -> Self {
        Self { limit: limit as f64, level: limit as f64, at: now }
    }

    fn refill(&mut self, now: Time) {
        let minutes = now.since(self.at).secs_f64().max(0.0) / 60.0;
        self.level = (self.level + minutes * self.limit).min(self.limit);
        self.at = now;
    }

    /// How long until there is so much; `None`: there is.
    fn wait(&self, amount: f64) -> Option<Span> {
        let missing = amount - self.level;
        (missing > 0.0).then(|| Span::from_secs_f64(missing / self.limit.max(1.0) * 60.0))
    }

    fn take(&mut self, amount: f64) {
        self.level = (self.level - amount).max(0.0);
    }

    fn count(&self) -> Count {
        let reset = Span::from_secs_f64((self.limit - self.level) / self.limit.max(1.0) * 60.0);
        Count { limit: self.limit as u64, remaining: self.level as u64, reset }
    }
}

/// How one amount stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) limit: u64,
    pub(super) remaining: u64,
    /// How long until all of it is there again.
    pub(super) reset: Span,
}

/// How a model's amounts stand after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) requests: Count,
    pub(super) tokens: Count,
}

/// The buckets of one model.
#[derive(Clone, Debug)]
pub(super) struct Limiter {
    requests: Bucket,
    tokens: Bucket,
}

impl Limiter {
    pub(super) fn new(limits: Limits, now: Time) -> Self {
        Self { requests: Bucket::full(limits.requests, now), tokens: Bucket::full(limits.tokens, now) }
    }

    /// Takes a request of so many tokens for this model; where it is `enforced`, only if there is room.
    pub(super) fn take(&mut self, model: &str, tokens: u64, now: Time, enforced: bool) -> Result<(), Error> {
        self.requests.refill(now);
        self.tokens.refill(now);
        if enforced {
            for (what, unit, bucket, amount) in
                [("requests", "RPM", &self.requests, 1.0), ("tokens", "TPM", &self.tokens, tokens as f64)]
            {
                if let Some(wait) = bucket.wait(amount) {
                    return Err(refusal(model, what, unit, bucket, amount, wait));
                }
            }
        }
        self.requests.take(1.0);
        self.tokens.take(tokens as f64);
        Ok(())
    }

    pub(super) fn standing(&self) -> Standing {
        Standing { requests: self.requests.count(), tokens: self.tokens.count() }
    }
}

fn refusal(model: &str, what: &'static str, unit: &str, bucket: &Bucket, amount: f64, wait: Span) -> Error {
    let (limit, used) = (bucket.limit, (bucket.limit - bucket.level).ceil());
    if amount > limit {
        let message = format!(
            "Request too large for {model} in organization org-mock on {what} per min ({unit}): Limit {limit}, Requested \
             {amount}. The input or output tokens must be reduced in order to run successfully."
        );
        return Error::rate_limit(what, message, None);
    }
    let message = format!(
        "Rate limit reached for {model} in organization org-mock on {what} per min ({unit}): Limit {limit}, Used {used}, \
         Requested {amount}. Please try again in {}.",
        duration(wait)
    );
    Error::rate_limit(what, message, Some(wait))
}

/// A length of time as the rate-limit headers write it: `8.64s`, `6ms`, `1m0s`.
pub(super) fn duration(span: Span) -> String {
    let millis = span.micros().max(0).div_euclid(1_000);
    let (minutes, seconds, rest) = (millis / 60_000, millis / 1_000 % 60, millis % 1_000);
    let decimals = if rest == 0 { String::new() } else { format!(".{rest:03}") };
    let (seconds_text, decimals) = (seconds.to_string(), decimals.trim_end_matches('0'));
    match (minutes, seconds) {
        (0, 0) => millis.to_string() + "ms",
        (0, _) => [&seconds_text, decimals, "s"].concat(),
        _ => [&minutes.to_string(), "m", &seconds_text, decimals, "s"].concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Time {
        Time::ZERO + Span::from_secs(seconds)
    }

    #[test]
    fn the_shipped_table_has_an_answer_for_every_model() {
        let table = Table::shipped();
        assert_eq!(table.of("gpt-4o-mini").requests, 30_000);
        assert_eq!(table.of("nobody"), Limits { requests: 10_000, tokens: 30_000_000 });
        assert!(table.0.last().is_some_and(|entry| entry.models.is_empty()));
        assert!(table.0.iter().all(|entry| entry.requests_per_minute > 0 && entry.tokens_per_minute > 0));
    }

    #[test]
    fn a_storm_of_requests_earns_its_refusals_and_time_fills_the_bucket() {
        let mut limiter = Limiter::new(Limits { requests: 3, tokens: 1_000 }, at(0));
        let mut take = |seconds: i64| limiter.take("m", 10, at(seconds), true);
        assert!((0..3).all(|_| take(0).is_ok()));
        let refused = take(0).expect_err("the fourth in a minute of three");
        assert_eq!((refused.status, refused.wait), (429, Some(Span::from_secs(20))));
        let text = refused.body();
        assert!(text.contains("Limit 3, Used 3, Requested 1. Please try again in 20s."), "{text}");
        assert!(text.contains(r#""type":"requests""#) && text.contains(r#""code":"rate_limit_exceeded""#), "{text}");
        assert!(take(19).is_err() && take(20).is_ok() && take(20).is_err());
        assert!((0..3).all(|_| take(200).is_ok()) && take(200).is_err(), "it never holds more than a minute's");
    }

    #[test]
    fn tokens_are_an_amount_of_their_own() {
        let mut limiter = Limiter::new(Limits { requests: 100, tokens: 600 }, at(0));
        assert!(limiter.take("m", 500, at(0), true).is_ok());
        let refused = limiter.take("m", 200, at(0), true).expect_err("700 of 600");
        assert!(refused.body().contains(r#""type":"tokens""#));
        assert_eq!(refused.wait, Some(Span::from_secs(10)));
        let never = limiter.take("m", 601, at(0), true).expect_err("more than a minute holds");
        assert_eq!(never.wait, None);
        let standing = limiter.standing();
        assert_eq!((standing.tokens.remaining, standing.requests.remaining), (100, 99));
        assert_eq!(standing.tokens.reset, Span::from_secs(50));
    }

    #[test]
    fn where_nothing_is_enforced_the_headers_still_count() {
        let mut limiter = Limiter::new(Limits { requests: 2, tokens: 100 }, at(0));
        assert!((0..5).all(|_| limiter.take("m", 50, at(0), false).is_ok()));
        assert_eq!((limiter.standing().requests.remaining, limiter.standing().tokens.remaining), (0, 0));
    }

    #[test]
    fn durations_read_as_the_vendor_writes_them() {
        let texts = [(0, "0ms"), (6, "6ms"), (8_640, "8.64s"), (20_000, "20s"), (60_000, "1m0s"), (90_500, "1m30.5s")];
        for (millis, text) in texts {
            assert_eq!(duration(Span::from_millis(millis)), text);
        }
    }
}
