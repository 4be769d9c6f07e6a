//! Chat: what Slack's events say.

use serde_json::Value;
use std::collections::{BTreeSet, VecDeque};

/// A message that somebody other than a bot wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) event: String,
    pub(super) channel: String,
    pub(super) user: String,
    pub(super) ts: String,
    /// The thread it answers in.
    pub(super) thread: Option<String>,
    pub(super) text: String,
    /// It is a direct message.
    pub(super) direct: bool,
}

/// The message of an `event_callback`; `None` where it is no message of a person.
pub(super) fn message(envelope: &Value) -> Option<Message> {
    let event = &envelope["event"];
    let text = |name: &str| event[name].as_str().map(str::to_owned);
    let bots = !event["bot_id"].is_null() || event["subtype"].as_str().is_some_and(|kind| kind != "thread_broadcast");
    if event["type"] != "message" || bots {
        return None;
    }
    let ts = text("ts")?;
    Some(Message {
        event: envelope["event_id"].as_str().unwrap_or_default().to_owned(),
        channel: text("channel")?,
        user: text("user")?,
        thread: text("thread_ts").filter(|thread| *thread != ts),
        ts,
        text: text("text").unwrap_or_default(),
        direct: event["channel_type"] == "im",
    })
}

/// Events that came already: Slack sends one again whose acknowledgement it did not get.
#[derive(Debug, Default)]
pub(super) struct Seen {
    known: BTreeSet<String>,
    in_order: VecDeque<String>,
}

/// So many events are remembered.
const REMEMBERED: usize = 10_000;

impl Seen {
    /// Whether it is new; from now on it is known.
    pub(super) fn is_new(&mut self, event: &str) -> bool {
        if event.is_empty() {
            return true;
        }
        if !self.known.insert(event.to_owned()) {
            return false;
        }
        self.in_order.push_back(event.to_owned());
        if self.in_order.len() > REMEMBERED
            && let Some(oldest) = self.in_order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event(more: Value) -> Value {
        let mut event = json!({"type": "message", "user": "U1", "channel": "C1", "ts": "1.2", "text": "hi"});
        if let (Some(event), Value::Object(more)) = (event.as_object_mut(), more) {
            event.extend(more);
        }
        json!({"type": "event_callback", "event_id": "Ev1", "event": event})
    }

    #[test]
    fn only_what_people_write_counts() {
        let top = message(&event(json!({}))).expect("a message");
        assert_eq!((top.ts.as_str(), top.thread, top.direct), ("1.2", None, false));
        let reply = message(&event(json!({"thread_ts": "1.1", "channel_type": "im"}))).expect("a message");
        assert_eq!((reply.thread.as_deref(), reply.direct), (Some("1.1"), true));
        assert_eq!(message(&event(json!({"thread_ts": "1.2"}))).and_then(|m| m.thread), None, "a root of its own");
        assert_eq!(message(&event(json!({"bot_id": "B1"}))), None);
        assert_eq!(message(&event(json!({"subtype": "message_changed"}))), None);
        assert_eq!(message(&event(json!({"type": "reaction_added"}))), None);
        assert_eq!(message(&json!([])), None);
    }

    #[test]
    fn an_event_that_comes_twice_is_known() {
        let mut seen = Seen::default();
        assert!(seen.is_new("Ev1") && !seen.is_new("Ev1"));
        for n in 0..=REMEMBERED {
            assert!(seen.is_new(&format!("E{n}")));
        }
        assert!(seen.is_new("Ev1"), "it is long ago");
    }
}
