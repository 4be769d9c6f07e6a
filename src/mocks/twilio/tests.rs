//! Calls from the first ring to the last, and the REST API, as Twilio documents them.

mod api;
mod calls;
mod connections;
mod crowd;
mod moves;
mod people;
mod records;
mod streams;

use super::*;
use crate::mocks::form::Form;
use crate::mocks::vendor::{Body, Seen};
use hyper::{HeaderMap, Method, body::Bytes};
use serde_json::Value;

const CALLER: &str = "+15005551234";
const DESK: &str = "+15005550006";
const VOICE: &str = "http://target:8080/voice/start?x=1";

fn at(seconds: i64) -> Time {
    Time::ZERO + Span::from_secs(seconds)
}

fn desk() -> Twilio {
    Twilio::new(Settings { numbers: vec![(DESK.to_owned(), Some(VOICE.to_owned()))], ..Settings::default() })
}

/// What customers see of the effects; how long it was silent is told of every call, and asked for by those who want it.
fn seen(effects: &[Effect]) -> Vec<Seen> {
    effects
        .iter()
        .filter_map(|effect| if let Effect::Seen(seen) = effect { Some(seen.clone()) } else { None })
        .filter(|seen| !matches!(seen, Seen::Silence { .. }))
        .collect()
}

/// How long a call that is over was silent while its caller waited.
fn silence(effects: &[Effect]) -> Option<Span> {
    effects.iter().find_map(|effect| match effect {
        Effect::Seen(Seen::Silence { length, .. }) => Some(*length),
        _ => None,
    })
}

/// The requests to the target.
fn asked(effects: &[Effect]) -> Vec<Delivery> {
    let of = |effect: &Effect| if let Effect::Deliver(delivery) = effect { Some(delivery.clone()) } else { None };
    effects.iter().filter_map(of).collect()
}

/// The only request to the target.
fn only(effects: &[Effect]) -> Delivery {
    let mut all = asked(effects);
    assert_eq!(all.len(), 1, "one request: {all:?}");
    all.remove(0)
}

fn sent(delivery: &Delivery) -> Form {
    Form::parse(&delivery.body)
}

fn outcome(status: Option<u16>, body: &str) -> DeliveryOutcome {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", "text/xml; charset=utf-8".parse().expect("plain ASCII"));
    let error = status.is_none().then(|| "timed out".to_owned());
    DeliveryOutcome { status, headers, body: Bytes::from(body.to_owned()), error, tries: 1 }
}

/// The target answers with these verbs.
fn reply(twilio: &mut Twilio, delivery: &Delivery, verbs: &str, now: Time) -> Vec<Effect> {
    twilio.delivered(delivery, &outcome(Some(200), &format!("<Response>{verbs}</Response>")), now)
}

/// A call whose first instructions are these.
fn call(twilio: &mut Twilio, verbs: &str) -> (String, Vec<Effect>) {
    let (sid, effects) = twilio.incoming_call(CALLER, DESK, Some(7), at(0));
    let effects = reply(twilio, &only(&effects), verbs, at(0));
    (sid, effects)
}

fn heard(call: &str, text: &str) -> Seen {
    Seen::Heard { call: call.to_owned(), text: text.to_owned() }
}

fn ended(call: &str, in_order: bool) -> Seen {
    Seen::CallEnded { call: call.to_owned(), in_order }
}

fn rest(twilio: &mut Twilio, method: Method, path: &str, form: &[(&str, &str)]) -> (u16, Value, Vec<Effect>) {
    use base64::Engine as _;
    let account = &Settings::default().account;
    let credentials = base64::engine::general_purpose::STANDARD.encode(format!("{account}:mock-twilio-auth-token"));
    let mut headers = HeaderMap::new();
    headers.insert("authorization", format!("Basic {credentials}").parse().expect("plain ASCII"));
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let above = if path.starts_with("/Accounts") { String::new() } else { format!("/Accounts/{account}") };
    let request = Request {
        method,
        path: format!("/2010-04-01{above}{path}"),
        query: query.to_owned(),
        headers,
        body: Bytes::from(Form::from_pairs(webhooks::fields(form)).encode()),
    };
    let handled = twilio.handle(&request, at(0));
    let Body::Full(bytes) = &handled.reply.body else { return (0, Value::Null, Vec::new()) };
    let body = if bytes.is_empty() { Ok(Value::Null) } else { serde_json::from_slice(bytes) };
    (handled.reply.status, body.expect("a vendor's reply is JSON"), handled.effects)
}
