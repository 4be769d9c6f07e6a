//! What people do in the workspace beside writing: press a button, send a form, write `/command`.

use super::hooks;
use super::outbox::{VERIFICATION_TOKEN, What};
use super::state::{APP, Channel, Kind, TEAM, show, ts};
use super::{Slack, elements, views};
use crate::mocks::vendor::{Delivery, DeliveryOutcome, Effect};
use crate::time::{Span, Time};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A trigger opens a form within this time, and once.
const TRIGGER: Span = Span::from_secs(3);
/// Triggers that are kept at one time.
const MAX_TRIGGERS: usize = 1_000;
/// The workspace's name in addresses.
pub(super) const DOMAIN: &str = "holdline";

/// The triggers that are out: when each was given, and whether it was used.
#[derive(Debug, Default)]
pub(super) struct Triggers {
    given: u64,
    out: BTreeMap<u64, (Time, bool)>,
}

impl Triggers {
    fn give(&mut self, now: Time) -> String {
        self.given += 1;
        self.out.insert(self.given, (now, false));
        if self.out.len() > MAX_TRIGGERS {
            self.out.pop_first();
        }
        format!("{}.00000001.mocktrigger", self.given)
    }

    /// Uses a trigger. `Err` is Slack's word.
    pub(super) fn take(&mut self, id: &str, now: Time) -> Result<(), &'static str> {
        let number = id.strip_suffix(".00000001.mocktrigger").and_then(|number| number.parse().ok());
        let found = number.and_then(|number: u64| self.out.get_mut(&number)).ok_or("invalid_trigger_id")?;
        if found.1 {
            return Err("exchanged_trigger_id");
        }
        if now.since(found.0) > TRIGGER {
            return Err("expired_trigger_id");
        }
        found.1 = true;
        Ok(())
    }
}

/// The part of a message that somebody uses.
pub(super) struct Press<'a> {
    pub(super) user: &'a str,
    pub(super) channel: &'a str,
    pub(super) at: i64,
    pub(super) action_id: &'a str,
    pub(super) value: Option<&'a str>,
}

impl Slack {
    /// Somebody writes `/command text` in a channel. `None`: the app does not listen.
    pub(super) fn commanded(
        &mut self,
        user: &str,
        channel: &str,
        command: &str,
        text: &str,
        now: Time,
    ) -> Option<Effect> {
        let key = self.hooks.open(channel, user, None, now);
        let room = self.workspace.channels.get(channel)?;
        let payload = json!({
            "token": VERIFICATION_TOKEN, "team_id": TEAM, "team_domain": DOMAIN, "channel_id": room.id,
            "channel_name": name(room), "user_id": user, "user_name": self.workspace.users.get(user)?.name,
            "command": command, "text": text, "api_app_id": APP, "is_enterprise_install": "false",
            "response_url": hooks::address(&self.origin, key), "trigger_id": self.triggers.give(now),
        });
        self.outbox.send(What::Command, &payload, Some(key.to_string()), None, now)
    }

    /// Somebody uses a button or a menu of a message. `None`: the app does not listen, or there is no such message.
    pub(super) fn pressed(&mut self, press: &Press<'_>, now: Time) -> Option<Effect> {
        let key = self.hooks.open(press.channel, press.user, Some(press.at), now);
        let mut payload = self.person_acts("block_actions", press.user, now);
        let room = self.workspace.channels.get(press.channel)?;
        let message = room.find(press.at)?;
        let mut shown = room.show(press.at).unwrap_or_else(|| show(message, press.at));
        shown["app_id"] = json!(APP);
        let mut container = json!({
            "type": "message", "message_ts": ts(press.at), "channel_id": room.id,
            "is_ephemeral": message.only_for.is_some(),
        });
        if let Some(root) = message.thread {
            container["thread_ts"] = json!(ts(root));
        }
        payload["container"] = container;
        payload["channel"] = json!({"id": room.id, "name": name(room)});
        payload["message"] = shown;
        payload["state"] = json!({"values": {}});
        payload["response_url"] = json!(hooks::address(&self.origin, key));
        let blocks =
            message.parts.iter().find(|(name, _)| *name == "blocks").map_or(&Value::Null, |(_, blocks)| blocks);
        let micros = self.workspace.epoch.unix_micros(now);
        payload["actions"] = json!([action(blocks, press.action_id, press.value, micros)]);
        self.outbox.send(What::Interaction, &payload, None, None, now)
    }

    /// Somebody uses a button or a menu of a form or of the home tab. `None`: there is no such view.
    pub(super) fn pressed_in_view(
        &mut self,
        user: &str,
        view: &str,
        action_id: &str,
        value: Option<&str>,
        now: Time,
    ) -> Option<Effect> {
        let mut shown = self.views.get(view)?.clone();
        let used = action(&shown["blocks"], action_id, value, self.workspace.epoch.unix_micros(now));
        let mut filled_in = json!({});
        if let (Some(block), Some(value)) = (used["block_id"].as_str(), value) {
            filled_in[block][action_id] = json!(value);
        }
        shown["state"] = json!({"values": views::state(&shown, &filled_in)});
        let mut payload = self.person_acts("block_actions", user, now);
        payload["container"] = json!({"type": "view", "view_id": view});
        payload["view"] = shown;
        payload["actions"] = json!([used]);
        self.outbox.send(What::Interaction, &payload, None, None, now)
    }

    /// Somebody closes a form. `None`: there is none, or the app does not ask to be told.
    pub(super) fn closed_by(&mut self, user: &str, view: &str, now: Time) -> Option<Effect> {
        let shown = self.views.get(view)?.clone();
        self.views.close(view);
        let mut payload = self.person_acts("view_closed", user, now);
        let told = shown["notify_on_close"] == true;
        payload["view"] = shown;
        payload["is_cleared"] = json!(false);
        told.then(|| self.outbox.send(What::Interaction, &payload, None, None, now))?
    }

    /// Somebody uses a shortcut: of the whole workspace, or of a message.
    pub(super) fn takes_shortcut(
        &mut self,
        user: &str,
        callback: &str,
        on: Option<(&str, i64)>,
        now: Time,
    ) -> Option<Effect> {
        let kind = if on.is_some() { "message_action" } else { "shortcut" };
        let mut payload = self.person_acts(kind, user, now);
        payload["callback_id"] = json!(callback);
        payload["action_ts"] = json!(ts(self.workspace.epoch.unix_micros(now)));
        if let Some((channel, at)) = on {
            let key = self.hooks.open(channel, user, Some(at), now);
            let room = self.workspace.channels.get(channel)?;
            payload["channel"] = json!({"id": room.id, "name": name(room)});
            payload["message_ts"] = json!(ts(at));
            payload["message"] = room.show(at)?;
            payload["response_url"] = json!(hooks::address(&self.origin, key));
        }
        self.outbox.send(What::Interaction, &payload, None, None, now)
    }

    /// Somebody sends a form. `values` are its state, by block and action.
    pub(super) fn submitted(&mut self, user: &str, view: &str, values: &Value, now: Time) -> Option<Effect> {
        let mut shown = self.views.get(view)?.clone();
        shown["state"] = json!({"values": views::state(&shown, values)});
        let urls = self.response_urls(user, &shown, now);
        let mut payload = self.person_acts("view_submission", user, now);
        payload["view"] = shown;
        payload["response_urls"] = json!(urls);
        self.outbox.send(What::Interaction, &payload, Some(view.to_owned()), None, now)
    }

    /// An address to answer to for each menu of channels in a form that asks for one.
    fn response_urls(&mut self, user: &str, view: &Value, now: Time) -> Vec<Value> {
        let mut urls = Vec::new();
        for block in view["blocks"].as_array().into_iter().flatten() {
            for element in elements::of(block).filter(|element| element["response_url_enabled"] == true) {
                let (Some(block), Some(action)) = (block["block_id"].as_str(), element["action_id"].as_str()) else {
                    continue;
                };
                let held = &view["state"]["values"][block][action];
                let named = held["selected_conversation"].as_str().or_else(|| held["selected_channel"].as_str());
                if let Some(channel) = named.and_then(|named| self.workspace.reach(named, now)) {
                    let key = self.hooks.open(&channel, user, None, now);
                    urls.push(json!({
                        "block_id": block, "action_id": action, "channel_id": channel,
                        "response_url": hooks::address(&self.origin, key),
                    }));
                }
            }
        }
        urls
    }

    /// What every interaction of a person says.
    fn person_acts(&mut self, kind: &str, user: &str, now: Time) -> Value {
        let name = self.workspace.users.get(user).map_or("", |user| user.name.as_str());
        json!({
            "type": kind,
            "user": {"id": user, "username": name, "name": name, "team_id": TEAM},
            "api_app_id": APP, "token": VERIFICATION_TOKEN,
            "trigger_id": self.triggers.give(now),
            "team": {"id": TEAM, "domain": DOMAIN}, "enterprise": null, "is_enterprise_install": false,
        })
    }

    /// What the app answered at once: words for who wrote a command, the next form for who sent one.
    pub(super) fn answered(&mut self, delivery: &Delivery, outcome: &DeliveryOutcome, now: Time) -> Vec<Effect> {
        let Some(hook) = delivery.call.as_deref().filter(|_| outcome.status == Some(200)) else { return Vec::new() };
        let body: Value = serde_json::from_slice(&outcome.body).unwrap_or_default();
        if delivery.kind == What::Interaction.word() {
            self.views.answered(hook, &body);
            return Vec::new();
        }
        let text = String::from_utf8_lossy(&outcome.body);
        let said = match body.is_object() {
            true => body,
            false if text.trim().is_empty() => return Vec::new(),
            false => json!({"text": text}),
        };
        let hook = hook.parse().ok().and_then(|key| self.hooks.get(key)).cloned();
        hook.and_then(|hook| hooks::apply(self, &hook, &said, now).ok()).unwrap_or_default()
    }
}

fn name(room: &Channel) -> &str {
    match room.kind {
        Kind::Public => &room.name,
        Kind::Direct(_) => "directmessage",
    }
}

/// The action as Slack tells it: what the element is, and what was chosen.
fn action(blocks: &Value, action_id: &str, value: Option<&str>, micros: i64) -> Value {
    let nothing = (&Value::Null, &Value::Null);
    let (block, element) = elements::find(blocks, action_id).unwrap_or(nothing);
    let value = value.or_else(|| elements::usual(element));
    let mut action = elements::holding(element, value);
    action["action_id"] = json!(action_id);
    action["block_id"] = json!(block.as_str().unwrap_or("b1"));
    action["action_ts"] = json!(ts(micros));
    if let Some(words) = elements::words(element, value).filter(|_| action.get("value").is_some()) {
        action["text"] = words.clone();
    }
    action
}
