//! Socket Mode: the app opens a WebSocket, and what would be posted to its URLs comes as envelopes on it.
//!
//! Like Slack: an app that has a socket open gets nothing over HTTP; of several sockets each envelope goes to one; the app
//! answers by the envelope's id; a socket is warned and then replaced after some hours.

use super::methods::{Call, Outcome};
use super::state::APP;
use super::{SOCKET, Settings};
use crate::mocks::answer;
use crate::mocks::form::Form;
use crate::mocks::socket::{Frame, Opening, Say, SocketId};
use crate::mocks::vendor::{Body, Effect, Handled, Note, Reply, Request};
use crate::time::{Span, Time};
use hyper::body::Bytes;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The group of an app's sockets.
pub(super) const GROUP: &str = "app";
/// An app may have so many sockets; one more is told so and closed.
const MAX_OPEN: usize = 10;
/// How long before its end a socket is warned.
const WARNING: Span = Span::from_secs(10);
/// Longer ids of envelopes are none of ours.
const MAX_ID: usize = 64;

/// The app's sockets.
#[derive(Debug)]
pub(super) struct Links {
    tickets: u64,
    open: BTreeMap<SocketId, Link>,
    ping_every: Span,
    refresh_after: Span,
}

#[derive(Debug)]
struct Link {
    ends: Time,
    warned: bool,
}

impl Links {
    pub(super) fn new(settings: &Settings) -> Self {
        let Settings { socket_ping: ping_every, socket_refresh: refresh_after, .. } = *settings;
        Self { tickets: 0, open: BTreeMap::new(), ping_every, refresh_after }
    }

    /// Whether an envelope would find a socket.
    pub(super) fn any(&self) -> bool {
        !self.open.is_empty()
    }

    /// Turns a request for `/link/?ticket=…` into a socket.
    pub(super) fn accept(&self, request: &Request) -> Handled {
        let form = Form::parse(request.query.as_bytes());
        let known = |ticket: &str| ticket.parse::<u64>().is_ok_and(|number| (1..=self.tickets).contains(&number));
        if !form.filled("ticket").and_then(|ticket| ticket.strip_prefix("mock-")).is_some_and(known) {
            return answer::text(404, "no such ticket\n").alone();
        }
        let opening = Opening { ping_every: Some(self.ping_every), outlives_reset: true, ..Opening::of(GROUP, SOCKET) };
        Reply { status: 101, headers: Vec::new(), body: Body::Socket(Box::new(opening)) }.alone()
    }

    /// Greets a socket that has opened.
    pub(super) fn opened(&mut self, id: SocketId, now: Time) -> Vec<Effect> {
        if self.open.len() >= MAX_OPEN {
            return disconnect(id, "too_many_websockets", true);
        }
        self.open.insert(id, Link { ends: now + self.refresh_after, warned: false });
        let hello = json!({
            "type": "hello", "num_connections": self.open.len(), "connection_info": {"app_id": APP},
            "debug_info": {
                "host": "applink-mock", "build_number": 1,
                "approximate_connection_time": self.refresh_after.secs_f64() as i64,
            },
        });
        vec![Effect::Socket(id, Say::text(hello.to_string()))]
    }

    /// Takes the answer to an envelope: `{envelope_id, payload?}`. Everything else is let go, as Slack does.
    pub(super) fn said(id: SocketId, frame: Frame) -> Vec<Effect> {
        let Frame::Text(text) = frame else { return Vec::new() };
        let Ok(mut said) = serde_json::from_str::<Value>(&text) else { return Vec::new() };
        let Some(envelope) = said["envelope_id"].as_str().filter(|id| id.len() <= MAX_ID).map(str::to_owned) else {
            return Vec::new();
        };
        let payload = said.get_mut("payload").map(Value::take).filter(|payload| !payload.is_null());
        let fields =
            [("socket", json!(id.0)), ("envelope_id", json!(envelope)), ("has_payload", json!(payload.is_some()))];
        let body = payload.map_or_else(Bytes::new, |payload| Bytes::from(payload.to_string()));
        vec![Effect::Note(Note::of("socket_ack", fields)), Effect::Answered(envelope, body)]
    }

    /// The socket is closed.
    pub(super) fn closed(&mut self, id: SocketId) {
        self.open.remove(&id);
    }

    /// When the next socket is warned or replaced.
    pub(super) fn next_wake(&self) -> Option<Time> {
        self.open.values().map(Link::due).min()
    }

    /// Warns and replaces those whose time has come.
    pub(super) fn wake(&mut self, now: Time) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.open.retain(|id, link| {
            if link.due() > now {
                return true;
            }
            let over = link.warned;
            link.warned = true;
            effects.extend(disconnect(*id, if over { "refresh_requested" } else { "warning" }, over));
            !over
        });
        effects
    }
}

impl Link {
    fn due(&self) -> Time {
        if self.warned { self.ends } else { self.ends - WARNING }
    }
}

fn disconnect(id: SocketId, reason: &str, over: bool) -> Vec<Effect> {
    let text = json!({"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-mock"}}).to_string();
    let mut effects = vec![Effect::Socket(id, Say::text(text))];
    effects.extend(over.then(|| Effect::Socket(id, Say::Close(1000, String::new()))));
    effects
}

/// `apps.connections.open`: an address on the host that the client used.
pub(super) fn open(call: &mut Call<'_>) -> Outcome {
    let links = &mut call.slack.outbox.links;
    links.tickets += 1;
    let host = match call.origin.split_once("://") {
        Some(("https", host)) => format!("wss://{host}"),
        Some((_, host)) => format!("ws://{host}"),
        None => return Err("internal_error"),
    };
    Ok(json!({"url": format!("{host}/link/?ticket=mock-{}&app_id={APP}", links.tickets)}))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: SocketId = SocketId(1);

    fn said(effects: &[Effect]) -> Vec<String> {
        let texts = effects.iter().map(|effect| match effect {
            Effect::Socket(_, Say::Frames(frames)) => match &frames[0].1 {
                Frame::Text(text) => serde_json::from_str::<Value>(text).expect("JSON")["reason"].to_string(),
                other => format!("{other:?}"),
            },
            Effect::Socket(_, Say::Close(code, _)) => code.to_string(),
            other => format!("{other:?}"),
        });
        texts.collect()
    }

    #[test]
    fn a_socket_is_warned_and_then_replaced() {
        let mut links = Links::new(&Settings { socket_refresh: Span::MINUTE, ..Settings::default() });
        let at = |seconds| Time::ZERO + Span::from_secs(seconds);
        links.opened(ONE, at(0));
        assert_eq!(links.next_wake(), Some(at(50)));
        assert!(links.wake(at(49)).is_empty());
        assert_eq!(said(&links.wake(at(50))), ["\"warning\""]);
        assert_eq!((links.next_wake(), links.any()), (Some(at(60)), true));
        assert_eq!(said(&links.wake(at(61))), ["\"refresh_requested\"", "1000"]);
        assert_eq!((links.next_wake(), links.any()), (None, false));
    }

    #[test]
    fn an_eleventh_socket_is_too_many() {
        let mut links = Links::new(&Settings::default());
        for n in 1..=10 {
            assert_eq!(links.opened(SocketId(n), Time::ZERO).len(), 1);
        }
        assert_eq!(said(&links.opened(SocketId(11), Time::ZERO)), ["\"too_many_websockets\"", "1000"]);
        links.closed(ONE);
        assert_eq!(links.opened(SocketId(12), Time::ZERO).len(), 1);
    }

    #[test]
    fn only_an_envelopes_id_is_an_answer() {
        for nonsense in ["{", "[]", "{}", r#"{"envelope_id":7}"#, r#"{"type":"ping"}"#] {
            assert!(Links::said(ONE, Frame::Text(nonsense.to_owned())).is_empty(), "{nonsense}");
        }
        let answer = Links::said(ONE, Frame::Text(r#"{"envelope_id":"e1","payload":{"text":"hi"}}"#.to_owned()));
        let [Effect::Note(note), Effect::Answered(id, body)] = answer.as_slice() else { panic!("{answer:?}") };
        assert_eq!((note.kind, id.as_str(), &body[..]), ("socket_ack", "e1", br#"{"text":"hi"}"#.as_slice()));
    }
}
