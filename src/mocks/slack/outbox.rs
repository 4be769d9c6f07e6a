//! What the workspace sends to the app, and on which way: posted to the app's URLs, signed, or as envelopes on its sockets.

use super::Settings;
use super::socket_mode::{GROUP, Links};
use crate::mocks::form::{self, Form};
use crate::mocks::sign;
use crate::mocks::socket::route;
use crate::mocks::stamp::Epoch;
use crate::mocks::vendor::{Delivery, DeliveryOutcome, Effect, OnRetry};
use crate::time::{Span, Time};
use hyper::Method;
use hyper::body::Bytes;
use serde_json::{Value, json};

/// The old token in everything that is sent, which targets ought to ignore.
pub(super) const VERIFICATION_TOKEN: &str = "mock-verification-token";

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// Something happened.
    Event,
    /// Somebody pressed a button or sent a form.
    Interaction,
    /// Somebody wrote `/command`.
    Command,
}

impl What {
    /// The journal's word.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Interaction => "interactive",
            Self::Command => "slash_command",
        }
    }

    /// The envelope's word.
    fn envelope(self) -> &'static str {
        match self {
            Self::Event => "events_api",
            Self::Interaction => "interactive",
            Self::Command => "slash_commands",
        }
    }

    /// How it is posted: events as JSON, interactions as JSON in a form's `payload`, commands as a form.
    fn posted(self, payload: &Value) -> (&'static str, Bytes) {
        const FORM: &str = "application/x-www-form-urlencoded";
        match self {
            Self::Event => ("application/json", Bytes::from(payload.to_string())),
            Self::Interaction => {
                let form = Form::from_pairs(vec![("payload".to_owned(), payload.to_string())]);
                (FORM, Bytes::from(form.encode()))
            }
            Self::Command => {
                let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                let fields = payload.as_object().into_iter().flatten();
                let pairs = fields.map(|(name, value)| (name.clone(), text(value))).collect();
                (FORM, Bytes::from(Form::from_pairs(pairs).encode()))
            }
        }
    }
}

/// Where the app listens; `None`: nowhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Urls {
    /// For events.
    pub events: Option<String>,
    /// For buttons and forms.
    pub interactivity: Option<String>,
    /// For slash commands.
    pub commands: Option<String>,
}

/// Writes and signs what is sent.
#[derive(Debug)]
pub(super) struct Outbox {
    pub(super) urls: Urls,
    pub(super) links: Links,
    secret: String,
    deadline: Span,
    retries: Vec<Span>,
    /// Everything goes over sockets, also while none is open.
    by_socket: bool,
    epoch: Epoch,
    envelopes: u64,
}

impl Outbox {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            urls: settings.urls.clone(),
            links: Links::new(settings),
            secret: settings.signing_secret.clone(),
            deadline: settings.deadline,
            retries: settings.retries.clone(),
            by_socket: settings.by_socket,
            epoch: settings.epoch,
            envelopes: 0,
        }
    }

    /// Signs with this secret and tries again after these waits from now on.
    pub(super) fn signs_with(&mut self, secret: &str, retries: &[Span]) {
        secret.clone_into(&mut self.secret);
        self.retries = retries.to_vec();
    }

    /// Everything goes over sockets from now on.
    pub(super) fn by_socket(&mut self) {
        self.by_socket = true;
    }

    /// Whether what happens goes over sockets now.
    pub(super) fn uses_sockets(&self) -> bool {
        self.by_socket || self.links.any()
    }

    /// Whether the app hears of events at all.
    pub(super) fn listens(&self) -> bool {
        self.uses_sockets() || self.urls.events.is_some()
    }

    /// Sends something the way that the app listens; `None`: it does not. `hook` comes back with the delivery.
    pub(super) fn send(
        &mut self,
        what: What,
        payload: &Value,
        hook: Option<String>,
        tag: Option<u64>,
        now: Time,
    ) -> Option<Effect> {
        let retries = if what == What::Event { self.retries.clone() } else { Vec::new() };
        let mut delivery = if self.uses_sockets() {
            self.envelope(what, payload, retries)
        } else {
            let url = match what {
                What::Event => &self.urls.events,
                What::Interaction => &self.urls.interactivity,
                What::Command => &self.urls.commands,
            };
            self.post(what, url.clone()?, payload, retries, now)
        };
        (delivery.call, delivery.tag) = (hook, tag);
        Some(Effect::Deliver(delivery))
    }

    /// Posted and signed.
    pub(super) fn post(&self, what: What, url: String, payload: &Value, retries: Vec<Span>, now: Time) -> Delivery {
        let (content_type, body) = what.posted(payload);
        let mut headers = vec![
            ("content-type".to_owned(), content_type.to_owned()),
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
        let on_retry = (!retries.is_empty()).then_some(on_retry);
        self.delivery(what, url, headers, body, retries, on_retry)
    }

    /// On one of the sockets. An envelope that is not answered in time is sent again as an event is posted again.
    fn envelope(&mut self, what: What, payload: &Value, retries: Vec<Span>) -> Delivery {
        self.envelopes += 1;
        let id = format!("00000000-0000-4000-9000-{:012x}", self.envelopes);
        let mut envelope = json!({
            "envelope_id": id, "payload": payload, "type": what.envelope(),
            "accepts_response_payload": what != What::Event,
        });
        if what == What::Event {
            envelope["retry_attempt"] = json!(0);
            envelope["retry_reason"] = json!("");
        }
        let body = Bytes::from(envelope.to_string());
        let on_retry = OnRetry::new(|_, _| Some(Vec::new())).with_body(move |last| {
            let mut again = envelope.clone();
            again["retry_attempt"] = json!(last.tries);
            again["retry_reason"] = json!(if reason(last) == "http_timeout" { "timeout" } else { "error" });
            Bytes::from(again.to_string())
        });
        let on_retry = (!retries.is_empty()).then_some(on_retry);
        self.delivery(what, route(GROUP, &id), Vec::new(), body, retries, on_retry)
    }

    fn delivery(
        &self,
        what: What,
        url: String,
        headers: Vec<(String, String)>,
        body: Bytes,
        retries: Vec<Span>,
        on_retry: Option<OnRetry>,
    ) -> Delivery {
        let (method, deadline, kind) = (Method::POST, self.deadline, what.word());
        Delivery { kind, url, method, headers, body, deadline, retries, on_retry, call: None, tag: None }
    }
}

/// The two headers that prove that a request comes from Slack; each try has its own.
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
