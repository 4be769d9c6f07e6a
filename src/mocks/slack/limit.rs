//! Slack's own limits: calls of a method in a minute by its tier, and messages to a channel. Their figures are data,
//! `mocks/slack/limits.yaml`.

use crate::scenario::model;
use crate::time::Time;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Channels and webhooks whose use is counted at one time; then those that are full again are forgotten.
const MAX_PLACES: usize = 10_000;

/// So many in a minute, and so many at once before that shows.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Limit {
    per_minute: f64,
    burst: f64,
}

/// The figures.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// By tier, 1 to 4.
    tiers: BTreeMap<u8, Limit>,
    /// The tier of each method; one that is not named has none.
    methods: BTreeMap<String, u8>,
    /// Messages to one channel.
    messages: Limit,
    /// Messages through one incoming webhook.
    webhook: Limit,
    /// Events that the app is sent.
    pub(super) events: super::quota::Figures,
    /// What single methods allow, where a scenario says so.
    #[serde(skip)]
    single: BTreeMap<String, Limit>,
}

impl Limits {
    /// The shipped ones.
    pub fn shipped() -> Self {
        let text = include_str!("../../../mocks/slack/limits.yaml");
        serde_yaml::from_str(text).unwrap_or_else(|e| panic!("the shipped limits of Slack are tested: {e}"))
    }

    /// With what a scenario says in place of the shipped figures: a minute's number may come at once, and no more.
    pub fn with(mut self, written: &model::Limits) -> Self {
        let of = |number: u32| Limit { per_minute: f64::from(number), burst: f64::from(number) };
        if let Some(messages) = written.messages_per_minute {
            (self.messages, self.webhook) = (of(messages), of(messages));
        }
        self.single.extend(written.calls_per_minute.iter().map(|(method, calls)| (method.clone(), of(*calls))));
        if let Some(events) = written.events_per_hour {
            self.events.per_hour = u64::from(events);
        }
        self
    }

    /// With the shipped figures in place of those of these names, as the control API has them.
    pub(super) fn without(mut self, names: &[&str]) -> Self {
        let shipped = Self::shipped();
        for name in names {
            match *name {
                "messages_per_minute" => (self.messages, self.webhook) = (shipped.messages, shipped.webhook),
                "calls_per_minute" => self.single.clear(),
                "events_per_hour" => self.events = shipped.events,
                _ => {}
            }
        }
        self
    }

    /// Messages to a channel in a minute, events in an hour, and calls in a minute of the methods that have a limit of their own.
    pub(super) fn shown(&self) -> (f64, u64, BTreeMap<&str, f64>) {
        let single = self.single.iter().map(|(method, limit)| (method.as_str(), limit.per_minute));
        (self.messages.per_minute, self.events.per_hour, single.collect())
    }

    fn of_method(&self, method: &str) -> Option<Limit> {
        let by_tier = || self.tiers.get(self.methods.get(method)?).copied();
        self.single.get(method).copied().or_else(by_tier)
    }
}

/// What is left of one limit.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    left: f64,
    at: Time,
}

/// Counts the app's calls. Without limits it lets everything pass.
#[derive(Debug, Default)]
pub(super) struct Meter {
    limits: Option<Arc<Limits>>,
    methods: BTreeMap<&'static str, Bucket>,
    places: BTreeMap<String, Bucket>,
}

impl Meter {
    /// With these limits, nothing used yet.
    pub(super) fn new(limits: Option<Arc<Limits>>) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Counts a call of a method; `Err`: so many seconds to wait.
    pub(super) fn call(&mut self, method: &'static str, now: Time) -> Result<(), u64> {
        let Some(limits) = &self.limits else { return Ok(()) };
        let Some(limit) = limits.of_method(method) else { return Ok(()) };
        take(self.methods.entry(method).or_insert(Bucket { left: limit.burst, at: now }), limit, now)
    }

    /// Counts a message to a channel.
    pub(super) fn message(&mut self, channel: &str, now: Time) -> Result<(), u64> {
        match &self.limits {
            None => Ok(()),
            Some(limits) => self.place(channel, limits.messages, now),
        }
    }

    /// Counts a message through an incoming webhook.
    pub(super) fn webhook(&mut self, path: &str, now: Time) -> Result<(), u64> {
        match &self.limits {
            None => Ok(()),
            Some(limits) => self.place(path, limits.webhook, now),
        }
    }

    fn place(&mut self, name: &str, limit: Limit, now: Time) -> Result<(), u64> {
        if self.places.len() >= MAX_PLACES && !self.places.contains_key(name) {
            self.places.retain(|_, bucket| filled(*bucket, limit, now) < limit.burst);
            if self.places.len() >= MAX_PLACES {
                self.places.clear();
            }
        }
        take(self.places.entry(name.to_owned()).or_insert(Bucket { left: limit.burst, at: now }), limit, now)
    }
}

fn filled(bucket: Bucket, limit: Limit, now: Time) -> f64 {
    (bucket.left + now.since(bucket.at).secs_f64() * limit.per_minute / 60.0).min(limit.burst)
}

fn take(bucket: &mut Bucket, limit: Limit, now: Time) -> Result<(), u64> {
    *bucket = Bucket { left: filled(*bucket, limit, now), at: now };
    if bucket.left >= 1.0 {
        bucket.left -= 1.0;
        return Ok(());
    }
    let wait = (1.0 - bucket.left) * 60.0 / limit.per_minute;
    // A whisker less than one is one that rounding has touched.
    Err((wait - 1e-6).ceil().max(1.0) as u64)
}

#[cfg(test)]
mod tests {
    use super::super::methods;
    use super::*;
    use crate::time::Span;

    #[test]
    fn a_storm_is_refused_and_told_for_how_long() {
        let mut meter = Meter::new(Some(Arc::new(Limits::shipped())));
        let at = |seconds| Time::ZERO + Span::from_secs(seconds);
        let burst = (0..10_000).take_while(|_| meter.message("C1", at(0)).is_ok()).count();
        assert_eq!(burst as f64, Limits::shipped().messages.burst);
        assert_eq!((meter.message("C1", at(0)), meter.message("C2", at(0))), (Err(1), Ok(())));
        assert_eq!((meter.message("C1", at(1)), meter.message("C1", at(1))), (Ok(()), Err(1)));
        let burst = (0..10_000).take_while(|_| meter.call("users.list", at(0)).is_ok()).count();
        assert_eq!(burst as f64, Limits::shipped().tiers[&2].burst);
        assert_eq!(meter.call("users.list", at(0)), Err(3), "20 a minute");
        assert_eq!(meter.call("users.list", at(3)), Ok(()));
    }

    #[test]
    fn what_a_scenario_says_takes_the_place_of_the_shipped_figures() {
        let written = model::Limits {
            messages_per_minute: Some(2),
            calls_per_minute: vec![("conversations.replies".to_owned(), 1)],
            events_per_hour: Some(7),
            ..model::Limits::default()
        };
        let limits = Limits::shipped().with(&written);
        assert_eq!(limits.events.per_hour, 7);
        let mut meter = Meter::new(Some(Arc::new(limits)));
        let at = |seconds| Time::ZERO + Span::from_secs(seconds);
        assert_eq!([0, 0, 0, 30].map(|s| meter.message("C1", at(s))), [Ok(()), Ok(()), Err(30), Ok(())]);
        assert_eq!([0, 0, 60].map(|s| meter.call("conversations.replies", at(s))), [Ok(()), Err(60), Ok(())]);
        assert!((0..300).all(|_| meter.call("conversations.history", at(0)).is_ok()), "as usual");
    }

    #[test]
    fn without_limits_everything_passes() {
        let mut meter = Meter::new(None);
        assert!((0..10_000).all(|_| meter.message("C1", Time::ZERO).is_ok()));
    }

    #[test]
    fn every_method_of_the_data_exists_and_has_its_tier() {
        let limits = Limits::shipped();
        assert!(limits.tiers.keys().copied().eq(1..=4));
        for (method, tier) in &limits.methods {
            assert!(methods::find(&format!("/api/{method}")).is_some() && limits.tiers.contains_key(tier), "{method}");
        }
    }

    #[test]
    fn the_places_that_are_counted_are_bounded() {
        let mut meter = Meter::new(Some(Arc::new(Limits::shipped())));
        for n in 0..MAX_PLACES + 10 {
            assert!(meter.message(&format!("C{n}"), Time::ZERO).is_ok());
        }
        assert!(meter.places.len() <= MAX_PLACES);
    }
}
