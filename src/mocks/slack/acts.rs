//! What customers and people do in the workspace, called by the rehearsal.

use super::Slack;
use super::state::{BOT_USER, Kind, Message, TEAM, moment, show, ts};
use crate::mocks::vendor::Effect;
use crate::time::Time;
use serde_json::json;

/// A message that somebody wrote.
#[derive(Clone, Debug)]
pub struct Posted {
    /// Its timestamp, which is its id; `None`: there is no such channel.
    pub ts: Option<String>,
    /// The event to the target, if it has subscribed.
    pub effects: Vec<Effect>,
}

impl Slack {
    /// A new member of the workspace, by name; gives the user's id.
    pub fn add_user(&mut self, name: &str) -> String {
        self.workspace.add_user(name)
    }

    /// A channel of that name, made if there is none; gives its id.
    pub fn add_channel(&mut self, name: &str, now: Time) -> String {
        self.workspace.add_channel(name, now)
    }

    /// Sends events to this address from now on, beginning with the challenge.
    pub fn set_events_url(&mut self, url: &str, now: Time) -> Effect {
        self.events.subscribe(&mut self.outbox, url, now)
    }

    /// Whether the target gave the last challenge back; `None`: not answered yet.
    pub fn events_url_verified(&self) -> Option<bool> {
        self.events.verified()
    }

    /// Everything goes over Socket Mode from now on, also while no connection is open.
    pub fn use_sockets(&mut self) {
        self.settings.by_socket = true;
        self.outbox.by_socket();
    }

    /// A customer writes. `channel` is a name, an id, or the customer's own id for a direct message; `thread` is the
    /// `ts` of the message answered to; `tag` comes back with the delivery.
    pub fn customer_posts(
        &mut self,
        user: &str,
        channel: &str,
        text: &str,
        thread: Option<&str>,
        tag: Option<u64>,
        now: Time,
    ) -> Posted {
        self.post(user, channel, text, thread, tag, now)
    }

    /// A person of the desk writes.
    pub fn person_posts(&mut self, user: &str, channel: &str, text: &str, thread: Option<&str>, now: Time) -> Posted {
        self.post(user, channel, text, thread, None, now)
    }

    fn post(
        &mut self,
        user: &str,
        channel: &str,
        text: &str,
        thread: Option<&str>,
        tag: Option<u64>,
        now: Time,
    ) -> Posted {
        let nothing = Posted { ts: None, effects: Vec::new() };
        let Some(channel) = self.workspace.reach(channel, now) else { return nothing };
        let message = Message::new(user, text, thread.and_then(moment));
        let Some(at) = self.workspace.store(&channel, message, now) else { return nothing };
        let Some(room) = self.workspace.channels.get(&channel) else { return nothing };
        let Some(message) = room.messages.get(&at) else { return nothing };
        let mut event = show(message, at);
        event["client_msg_id"] = json!(format!("00000000-0000-4000-8000-{at:012x}"));
        if let Some(root) = message.thread
            && let Some(parent) = room.messages.get(&root)
        {
            event["parent_user_id"] = json!(parent.user);
        }
        event["user_team"] = json!(TEAM);
        let mentioned = matches!(room.kind, Kind::Public) && text.contains(&format!("<@{BOT_USER}>"));
        let mut effects: Vec<Effect> =
            self.events.message(&mut self.outbox, room, at, event.clone(), tag, now).into_iter().collect();
        if mentioned {
            event["type"] = json!("app_mention");
            event["channel"] = json!(channel);
            event["event_ts"] = json!(ts(at));
            effects.extend(self.events.event(&mut self.outbox, &event, None, now));
        }
        Posted { ts: Some(ts(at)), effects }
    }
}
