//! The Events API: what the workspace tells the target, signed, retried and marked as Slack does it.

use super::Settings;
use super::state::{APP, BOT_USER, Channel, Kind, TEAM, ts};
use crate::mocks::form;
use crate::mocks::sign;
use crate::mocks::stamp::Epoch;
use crate::mocks::vendor::{Delivery, DeliveryOutcome, Effect, OnRetry};
use crate::time::{Span, Time};
use hyper::Method;
use hyper::body::Bytes;
use serde_json::{Value, json};

/// The old token in every event, which targets ought to ignore.
const VERIFICATION_TOKEN: &str = "mock-verification-token";

/// Writes and signs events.
#[derive(Debug)]
pub(super) struct Outbox {
    url: Option<String>,
    secret: String,
    deadline: Span,
    retries: Vec<Span>,
    epoch: Epoch,
    written: u64,
    challenges: u64,
    verified: Option<bool>,
}

impl Outbox {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            url: settings.events_url.clone(),
            secret: settings.signing_secret.clone(),
            deadline: settings.deadline,
            retries: settings.retries.clone(),
            epoch: settings.epoch,
            written: 0,
            challenges: 0,
            verified: None,
        }
    }

    /// Subscribes the target: the first thing it gets is the challenge.
    pub(super) fn subscribe(&mut self, url: &str, now: Time) -> Effect {
        self.url = Some(url.to_owned());
        self.verified = None;
        self.challenges += 1;
        let body = json!({
            "token": VERIFICATION_TOKEN, "challenge": self.challenge(), "type": "url_verification",
        });
        Effect::Deliver(self.deliver(url.to_owned(), &body, Vec::new(), None, now))
    }

    /// Nobody is told any more.
    pub(super) fn unsubscribe(&mut self) {
        self.url = None;
    }

    /// Signs with this secret and tries again after these waits from now on.
    pub(super) fn signs_with(&mut self, secret: &str, retries: &[Span]) {
        secret.clone_into(&mut self.secret);
        self.retries = retries.to_vec();
    }

    fn challenge(&self) -> String {
        format!("holdline-challenge-{:08}", self.challenges)
    }

    /// Whether the target gave the challenge back; `None`: not answered yet.
    pub(super) fn verified(&self) -> Option<bool> {
        self.verified
    }

    /// Looks for the challenge in the reply to it.
    pub(super) fn delivered(&mut self, delivery: &Delivery, outcome: &DeliveryOutcome) {
        let body: Value = serde_json::from_slice(&delivery.body).unwrap_or_default();
        if body["type"] == "url_verification" && body["challenge"] == self.challenge().as_str() {
            let reply = String::from_utf8_lossy(&outcome.body);
            self.verified = Some(outcome.status == Some(200) && reply.contains(&self.challenge()));
        }
    }

    /// A message event: `message` is the message as the channel shows it, with its subtype if it has one.
    pub(super) fn message(
        &mut self,
        channel: &Channel,
        at: i64,
        mut message: Value,
        tag: Option<u64>,
        now: Time,
    ) -> Option<Effect> {
        message["channel"] = json!(channel.id);
        message["event_ts"] = json!(ts(at));
        message["channel_type"] = json!(match channel.kind {
            Kind::Public => "channel",
            Kind::Direct(_) => "im",
        });
        self.event(&message, tag, now)
    }

    /// An event in its envelope; `None` where nobody has subscribed.
    pub(super) fn event(&mut self, event: &Value, tag: Option<u64>, now: Time) -> Option<Effect> {
        let url = self.url.clone()?;
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
        Some(Effect::Deliver(self.deliver(url, &body, self.retries.clone(), tag, now)))
    }

    fn deliver(&self, url: String, body: &Value, retries: Vec<Span>, tag: Option<u64>, now: Time) -> Delivery {
        let body = Bytes::from(body.to_string());
        let mut headers = vec![
            ("content-type".to_owned(), "application/json".to_owned()),
            ("user-agent".to_owned(), "Slackbot 1.0 (+https://api.slack.com/robots)".to_owned()),
        ];
        headers.extend(signature(&self.secret, self.epoch.unix_secs(now), &body));
        let (secret, epoch, signed) = (self.secret.clone(), self.epoch, body.clone());
        let on_retry = OnRetry::new(move |last, now| {
            if form::header(&last.headers, "x-slack-no-retry") == Some("1") {
                return None;
            }
            let mut headers = signature(&secret, epoch.unix_secs(now), &signed);
            headers.push(("x-slack-retry-num".to_owned(), last.tries.to_string()));
            headers.push(("x-slack-retry-reason".to_owned(), reason(last).to_owned()));
            Some(headers)
        });
        Delivery {
            kind: "event",
            url,
            method: Method::POST,
            headers,
            body,
            deadline: self.deadline,
            on_retry: (!retries.is_empty()).then_some(on_retry),
            retries,
            call: None,
            tag,
        }
    }
}

/// The two headers that prove an event comes from Slack; each try has its own.
fn signature(secret: &str, unix: i64, body: &[u8]) -> Vec<(String, String)> {
    vec![
        ("x-slack-request-timestamp".to_owned(), unix.to_string()),
        ("x-slack-signature".to_owned(), sign::slack(secret, unix, body)),
    ]
}

/// Slack's word for why it tries again.
fn reason(last: &DeliveryOutcome) -> &'static str {
    const WORDS: [&str; 5] = ["http_timeout", "http_error", "connection_failed", "ssl_error", "too_many_redirects"];
    let error = last.error.as_deref().unwrap_or_default().to_lowercase();
    let said = WORDS.into_iter().find(|word| error.starts_with(word));
    match last.status {
        Some(300..=399) => "too_many_redirects",
        Some(_) => "http_error",
        None if error.contains("timed out") => "http_timeout",
        None => said.unwrap_or("unknown_error"),
    }
}
