//! What people do in the workspace beside writing: press a button, send a form, write `/command`.

use super::hooks;
use super::outbox::{VERIFICATION_TOKEN, What};
use super::state::{APP, Channel, Kind, Message, TEAM, show, ts};
use super::{Slack, views};
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
        payload["actions"] = json!([action(message, press, self.workspace.epoch.unix_micros(now))]);
        self.outbox.send(What::Interaction, &payload, None, None, now)
    }

    /// Somebody sends a form. `values` are its state, by block and action.
    pub(super) fn submitted(&mut self, user: &str, view: &str, values: &Value, now: Time) -> Option<Effect> {
        let mut shown = self.views.get(view)?.clone();
        shown["state"] = json!({"values": views::state(values)});
        let mut payload = self.person_acts("view_submission", user, now);
        payload["view"] = shown;
        payload["response_urls"] = json!([]);
        self.outbox.send(What::Interaction, &payload, Some(view.to_owned()), None, now)
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
fn action(message: &Message, press: &Press<'_>, micros: i64) -> Value {
    let (block, element) = element(message, press.action_id).unwrap_or_default();
    let kind = element["type"].as_str().unwrap_or("button");
    let mut action = json!({
        "type": kind, "action_id": press.action_id, "block_id": block.as_str().unwrap_or("b1"), "action_ts": ts(micros),
    });
    let value = press.value.or_else(|| element["value"].as_str());
    let chosen = || {
        let options = element["options"].as_array().into_iter().flatten();
        let found = options.clone().find(|option| option["value"].as_str() == value).or_else(|| options.clone().next());
        found.cloned().unwrap_or_else(|| json!({"text": {"type": "plain_text", "text": value}, "value": value}))
    };
    match kind {
        "static_select" | "external_select" | "overflow" | "radio_buttons" => action["selected_option"] = chosen(),
        "multi_static_select" | "checkboxes" => action["selected_options"] = json!([chosen()]),
        "users_select" => action["selected_user"] = json!(value),
        "channels_select" => action["selected_channel"] = json!(value),
        "conversations_select" => action["selected_conversation"] = json!(value),
        "datepicker" => action["selected_date"] = json!(value),
        "timepicker" => action["selected_time"] = json!(value),
        _ => {
            if !element["text"].is_null() {
                action["text"] = element["text"].clone();
            }
            action["value"] = json!(value);
        }
    }
    action
}

/// The block and the element of a message that an action names.
fn element(message: &Message, action_id: &str) -> Option<(Value, Value)> {
    let blocks = message.parts.iter().find(|(name, _)| *name == "blocks").and_then(|(_, blocks)| blocks.as_array())?;
    blocks.iter().find_map(|block| {
        let many = block["elements"].as_array().into_iter().flatten();
        let found = many.chain([&block["accessory"]]).find(|element| element["action_id"] == action_id)?;
        Some((block["block_id"].clone(), found.clone()))
    })
}
