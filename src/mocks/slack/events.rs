//! The Events API: what happened, in Slack's envelope, and the challenge that comes first.

use super::outbox::{Outbox, VERIFICATION_TOKEN, What};
use super::quota::{Fate, Figures, Quota};
use super::state::{APP, BOT_USER, Channel, Kind, TEAM, ts};
use crate::mocks::socket;
use crate::mocks::stamp::Epoch;
use crate::mocks::vendor::{Delivery, DeliveryOutcome, Effect, Note};
use crate::time::Time;
use serde_json::{Value, json};

/// Numbers events and challenges.
#[derive(Debug)]
pub(super) struct Events {
    epoch: Epoch,
    written: u64,
    challenges: u64,
    verified: Option<bool>,
    quota: Quota,
}

impl Events {
    pub(super) fn new(epoch: Epoch, figures: Option<Figures>) -> Self {
        Self { epoch, written: 0, challenges: 0, verified: None, quota: Quota::new(figures) }
    }

    /// Other limits of what the app is sent, from now on.
    pub(super) fn limit(&mut self, figures: Option<Figures>) {
        self.quota.set(figures);
    }

    /// Subscribes the target: the first thing it gets is the challenge.
    pub(super) fn subscribe(&mut self, outbox: &mut Outbox, url: &str, now: Time) -> Effect {
        outbox.urls.events = Some(url.to_owned());
        self.verified = None;
        self.quota.switch_on();
        self.challenges += 1;
        let body = json!({"token": VERIFICATION_TOKEN, "challenge": self.challenge(), "type": "url_verification"});
        Effect::Deliver(outbox.post(What::Event, url.to_owned(), &body, Vec::new(), now))
    }

    fn challenge(&self) -> String {
        format!("holdline-challenge-{:08}", self.challenges)
    }

    /// Whether the target gave the challenge back; `None`: not answered yet.
    pub(super) fn verified(&self) -> Option<bool> {
        self.verified
    }

    /// Looks for the challenge in the reply to it. An event that was not acknowledged may be the one that switches them off.
    pub(super) fn delivered(&mut self, delivery: &Delivery, outcome: &DeliveryOutcome, now: Time) -> Option<Effect> {
        if delivery.kind != What::Event.word() {
            return None;
        }
        let body: Value = serde_json::from_slice(&delivery.body).unwrap_or_default();
        if body["type"] == "url_verification" && body["challenge"] == self.challenge().as_str() {
            let reply = String::from_utf8_lossy(&outcome.body);
            self.verified = Some(outcome.status == Some(200) && reply.contains(&self.challenge()));
        }
        let well = outcome.status.is_some_and(|status| (200..300).contains(&status));
        // Addresses are switched off, not sockets.
        let posted = body["type"] == "event_callback" && socket::routed(&delivery.url).is_none();
        let off = posted && self.quota.ended(outcome.tries, well, now);
        off.then(|| Effect::Note(Note::of("events_disabled", [("api_app_id", json!(APP)), ("team_id", json!(TEAM))])))
    }

    /// The app is told that it gets no more events for now. It is told at its address; over sockets nobody documents it.
    fn limited(&self, outbox: &Outbox, now: Time) -> Option<Effect> {
        let unix = self.epoch.unix_secs(now);
        let body = json!({
            "token": VERIFICATION_TOKEN, "type": "app_rate_limited", "team_id": TEAM, "api_app_id": APP,
            "minute_rate_limited": unix - unix.rem_euclid(60),
        });
        let url = outbox.urls.events.clone().filter(|_| !outbox.links.any())?;
        Some(Effect::Deliver(outbox.post(What::Event, url, &body, Vec::new(), now)))
    }

    /// A message event: `message` is the message as the channel shows it, with its subtype if it has one.
    pub(super) fn message(
        &mut self,
        outbox: &mut Outbox,
        channel: &Channel,
        at: i64,
        mut message: Value,
        tag: Option<u64>,
        now: Time,
    ) -> Option<Effect> {
        if channel.absent.contains(BOT_USER) {
            return None;
        }
        message["channel"] = json!(channel.id);
        message["event_ts"] = json!(ts(at));
        message["channel_type"] = json!(match channel.kind {
            Kind::Public => "channel",
            Kind::Direct(_) => "im",
        });
        self.event(outbox, &message, tag, now)
    }

    /// An event in its envelope; `None` where nobody listens.
    pub(super) fn event(&mut self, outbox: &mut Outbox, event: &Value, tag: Option<u64>, now: Time) -> Option<Effect> {
        if outbox.listens() {
            match self.quota.event(!outbox.uses_sockets(), now) {
                Fate::Sent => {}
                Fate::Limited => return self.limited(outbox, now),
                Fate::Dropped => return None,
            }
        }
        self.written += 1;
        let body = json!({
            "token": VERIFICATION_TOKEN,
            "team_id": TEAM,
            "context_team_id": TEAM,
            "context_enterprise_id": null,
            "api_app_id": APP,
            "event": event,
            "type": "event_callback",
            "event_id": format!("Ev{:08}", self.written),
            "event_time": self.epoch.unix_secs(now),
            "authorizations": [{
                "enterprise_id": null, "team_id": TEAM, "user_id": BOT_USER, "is_bot": true, "is_enterprise_install": false,
            }],
            "is_ext_shared_channel": false,
            "event_context": format!("4-{:08}", self.written),
        });
        outbox.send(What::Event, &body, None, tag, now)
    }
}
