use super::*;
use crate::mocks::vendor::{Body, Effect, Seen};
use hyper::header::{AUTHORIZATION, HeaderValue};
use hyper::{HeaderMap, Method};
use serde_json::{Value, json};

mod anthropic;
mod chat;
mod others;
mod responses;

fn request(method: Method, path: &str, body: impl Into<hyper::body::Bytes>) -> Request {
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, HeaderValue::from_static("Bearer sk-mock"));
    Request { method, path: path.into(), query: String::new(), headers, body: body.into() }
}

fn ask(model: &mut OpenAi, request: &Request) -> (u16, Value, Vec<Effect>) {
    let Handled { reply, effects, .. } = model.handle(request, Time::ZERO);
    let Body::Full(bytes) = reply.body else { panic!("not a stream") };
    (reply.status, serde_json::from_slice(&bytes).expect("always JSON"), effects)
}

fn nonce_of(effects: &[Effect]) -> Option<&str> {
    match effects {
        [Effect::Seen(Seen::Completion { nonce, .. })] => nonce.as_deref(),
        other => panic!("one completion: {other:?}"),
    }
}

/// The events of a stream: name and data.
fn events(body: &Body) -> Vec<(String, Value)> {
    let Body::Stream(chunks) = body else { panic!("a stream is wanted") };
    let event = |bytes: &[u8]| {
        let text = std::str::from_utf8(bytes).expect("text").strip_suffix("\n\n").expect("a whole event").to_owned();
        let (name, data) = match text.split_once('\n') {
            Some((name, data)) => (name.trim_start_matches("event: ").to_owned(), data.to_owned()),
            None => (String::new(), text),
        };
        let data = data.strip_prefix("data: ").expect("data");
        (name, serde_json::from_str(data).unwrap_or(Value::Null))
    };
    chunks.iter().map(|(_, bytes)| event(bytes)).collect()
}

fn header<'a>(handled: &'a Handled, name: &str) -> Option<&'a str> {
    handled.reply.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
}
