//! `chat.*`: what the target writes.

use super::methods::{Call, Outcome};
use super::state::{BOT_USER, Message, moment, show, ts};
use super::{Quirk, Slack, blocks, rooms};
use crate::mocks::vendor::{Effect, Seen};
use crate::time::Time;
use serde_json::{Value, json};

/// Slack cuts longer texts; we refuse them, as it does where `msg_too_long` is documented.
const MAX_TEXT: usize = 40_000;
/// Bytes of a message that grows.
pub(super) const MAX_BYTES: usize = 160_000;
/// Attachments of a message (Slack's own limit).
const MAX_ATTACHMENTS: usize = 100;
/// What carries text beside `text`.
const PARTS: [&str; 2] = ["blocks", "attachments"];
/// Those parts of a message that are there, by name.
pub(super) type Parts = Vec<(&'static str, Value)>;

pub(super) fn post_message(call: &mut Call<'_>) -> Outcome {
    let channel = call.channel()?;
    let (text, parts) = content(call)?;
    let thread = thread(call, &channel)?;
    rooms::may_write(call.slack.workspace.channels.get(&channel).ok_or("channel_not_found")?)?;
    call.counts(&channel)?;
    let mut message = Message::new(BOT_USER, &text, thread);
    message.parts = parts;
    let metadata = metadata(call)?;
    message.metadata.clone_from(&metadata);
    if call.quirk == Quirk::LosesMessages {
        let at = call.slack.workspace.stamp(&channel, call.now).ok_or("channel_not_found")?;
        return Ok(json!({"channel": channel, "ts": ts(at), "message": show(&message, at)}));
    }
    let published = publish(call.slack, &channel, message, call.now, &mut call.effects);
    let (at, mut shown) = published.ok_or("channel_not_found")?;
    if let Some(metadata) = metadata {
        shown["metadata"] = metadata;
    }
    Ok(json!({"channel": channel, "ts": ts(at), "message": shown}))
}

/// The bot's message appears: people see it, and the app itself is told. Gives its moment and how it is shown; `None`: there
/// is no such channel.
pub(super) fn publish(
    slack: &mut Slack,
    channel: &str,
    message: Message,
    now: Time,
    effects: &mut Vec<Effect>,
) -> Option<(i64, Value)> {
    let thread = message.thread;
    let at = slack.workspace.store(channel, message, now)?;
    let room = slack.workspace.channels.get(channel)?;
    let shown = show(room.messages.get(&at)?, at);
    effects.push(seen(room.label(), at, thread, &shown, false));
    effects.extend(slack.events.message(&mut slack.outbox, room, at, shown.clone(), None, now));
    Some((at, shown))
}

/// A message that one person sees and that no history has.
pub(super) fn whisper(
    slack: &mut Slack,
    channel: &str,
    message: Message,
    now: Time,
    effects: &mut Vec<Effect>,
) -> Option<i64> {
    let at = slack.workspace.stamp(channel, now)?;
    let room = slack.workspace.channels.get_mut(channel)?;
    effects.push(seen(room.label(), at, message.thread, &show(&message, at), false));
    room.whisper(at, message);
    Some(at)
}

pub(super) fn post_ephemeral(call: &mut Call<'_>) -> Outcome {
    let channel = call.channel()?;
    let user = call.args.text("user").ok_or("user_not_in_channel")?;
    if !call.slack.workspace.users.contains_key(&user) {
        return Err("user_not_in_channel");
    }
    let (text, parts) = content(call)?;
    let mut message = Message::new(BOT_USER, &text, thread(call, &channel)?);
    message.parts = parts;
    message.only_for = Some(user);
    let at = whisper(call.slack, &channel, message, call.now, &mut call.effects).ok_or("channel_not_found")?;
    Ok(json!({"message_ts": ts(at)}))
}

pub(super) fn update(call: &mut Call<'_>) -> Outcome {
    let channel = call.room()?;
    let at = own_message(call, &channel, "cant_update_message")?;
    let (text, mut parts) = content(call)?;
    // What the call does not name stays; an empty list takes it away.
    let room = call.slack.workspace.channels.get(&channel).ok_or("channel_not_found")?;
    let before = room.messages.get(&at).map_or(&[][..], |message| &message.parts);
    parts.extend(before.iter().filter(|(name, _)| !call.args.has(name)).cloned());
    let metadata = metadata(call)?;
    let shown = replace(call.slack, &channel, at, text.clone(), parts, call.now, &mut call.effects)?;
    if let Some(room) = call.slack.workspace.channels.get_mut(&channel).filter(|_| metadata.is_some())
        && let Some(message) = room.find_mut(at)
    {
        message.metadata = metadata;
    }
    Ok(json!({"channel": channel, "ts": ts(at), "text": text, "message": shown}))
}

/// Puts other words in the place of the bot's message; gives how it is shown.
pub(super) fn replace(
    slack: &mut Slack,
    channel: &str,
    at: i64,
    text: String,
    parts: Parts,
    now: Time,
    effects: &mut Vec<Effect>,
) -> Outcome {
    let edited = slack.workspace.epoch.unix_micros(now);
    let room = slack.workspace.channels.get_mut(channel).ok_or("channel_not_found")?;
    let message = room.find_mut(at).ok_or("message_not_found")?;
    let before = show(message, at);
    (message.text, message.parts, message.edited) = (text, parts, Some(edited));
    let (shown, thread, hidden) = (show(message, at), message.thread, message.only_for.is_some());
    effects.push(seen(room.label(), at, thread, &shown, true));
    if !hidden {
        let event_at = slack.workspace.stamp(channel, now).ok_or("channel_not_found")?;
        let room = slack.workspace.channels.get(channel).ok_or("channel_not_found")?;
        let event = json!({
            "type": "message", "subtype": "message_changed", "hidden": true, "ts": ts(event_at), "message": shown,
            "previous_message": before,
        });
        effects.extend(slack.events.message(&mut slack.outbox, room, event_at, event, None, now));
    }
    Ok(shown)
}

pub(super) fn delete(call: &mut Call<'_>) -> Outcome {
    let channel = call.room()?;
    let at = own_message(call, &channel, "cant_delete_message")?;
    take_away(call.slack, &channel, at, call.now, &mut call.effects).ok_or("message_not_found")?;
    Ok(json!({"channel": channel, "ts": ts(at)}))
}

/// The message is gone. `None`: there was none.
pub(super) fn take_away(slack: &mut Slack, channel: &str, at: i64, now: Time, effects: &mut Vec<Effect>) -> Option<()> {
    let removed = slack.workspace.channels.get_mut(channel)?.remove(at)?;
    if removed.only_for.is_some() {
        return Some(());
    }
    let before = show(&removed, at);
    let event_at = slack.workspace.stamp(channel, now)?;
    let room = slack.workspace.channels.get(channel)?;
    let event = json!({
        "type": "message", "subtype": "message_deleted", "hidden": true, "ts": ts(event_at), "deleted_ts": ts(at),
        "previous_message": before,
    });
    effects.extend(slack.events.message(&mut slack.outbox, room, event_at, event, None, now));
    Some(())
}

pub(super) fn permalink(call: &mut Call<'_>) -> Outcome {
    let channel = call.room()?;
    let at = call.args.text("message_ts").as_deref().and_then(moment).ok_or("message_not_found")?;
    let room = call.slack.workspace.channels.get(&channel).ok_or("channel_not_found")?;
    if !room.messages.contains_key(&at) {
        return Err("message_not_found");
    }
    Ok(json!({"channel": channel, "permalink": format!("{}/archives/{channel}/p{at}", call.origin)}))
}

/// The bot's own message that `ts` names.
fn own_message(call: &Call<'_>, channel: &str, not_mine: &'static str) -> Result<i64, &'static str> {
    let at = call.args.text("ts").as_deref().and_then(moment).ok_or("message_not_found")?;
    let room = call.slack.workspace.channels.get(channel).ok_or("channel_not_found")?;
    let message = room.messages.get(&at).ok_or("message_not_found")?;
    if message.user == BOT_USER { Ok(at) } else { Err(not_mine) }
}

/// What the app keeps with a message, if it says so.
fn metadata(call: &Call<'_>) -> Result<Option<Value>, &'static str> {
    let Some(metadata) = call.args.object("metadata") else { return Ok(None) };
    if metadata["event_type"].is_string() && metadata["event_payload"].is_object() {
        Ok(Some(metadata))
    } else {
        Err("invalid_metadata_schema")
    }
}

/// Text and the parts that carry text; one of them there must be.
pub(super) fn content(call: &Call<'_>) -> Result<(String, Parts), &'static str> {
    let args = &call.args;
    if args.bad_list("blocks") {
        return Err("invalid_blocks_format");
    }
    if args.bad_list("attachments") {
        return Err("invalid_attachments");
    }
    let text = args.text("text").or_else(|| args.text("markdown_text")).unwrap_or_default();
    checked(text, PARTS.into_iter().filter_map(|name| Some((name, args.list(name)?))))
}

/// The same of a JSON body.
pub(super) fn content_of(payload: &Value) -> Result<(String, Parts), &'static str> {
    let text = payload["text"].as_str().unwrap_or_default().to_owned();
    let filled = |value: &Value| value.as_array().is_some_and(|items| !items.is_empty());
    checked(text, PARTS.into_iter().filter(|name| filled(&payload[*name])).map(|name| (name, payload[name].clone())))
}

fn checked(text: String, parts: impl Iterator<Item = (&'static str, Value)>) -> Result<(String, Parts), &'static str> {
    let mut parts: Parts = parts.collect();
    if text.is_empty() && parts.is_empty() {
        return Err("no_text");
    }
    if text.chars().count() > MAX_TEXT {
        return Err("msg_too_long");
    }
    for (name, part) in &mut parts {
        match (*name, &part) {
            ("blocks", Value::Array(blocks)) if !blocks::are_valid(blocks) => return Err("invalid_blocks"),
            ("blocks", Value::Array(blocks)) => *part = with_ids(blocks),
            ("attachments", Value::Array(all)) if all.len() > MAX_ATTACHMENTS => return Err("too_many_attachments"),
            _ => {}
        }
    }
    Ok((text, parts))
}

/// Blocks and their elements, named where the app has not named them.
pub(super) fn with_ids(blocks: &[Value]) -> Value {
    let missing = |one: &Value, name: &str| one.is_object() && one[name].as_str().is_none_or(str::is_empty);
    let mut blocks = blocks.to_vec();
    for (n, block) in (1..).zip(&mut blocks) {
        if missing(block, "block_id") {
            block["block_id"] = json!(format!("b{n}"));
        }
        if block["type"] == "actions" || block["type"] == "context_actions" {
            let elements = block.get_mut("elements").and_then(Value::as_array_mut).into_iter().flatten();
            for (m, element) in (1..).zip(elements).filter(|(_, element)| missing(element, "action_id")) {
                element["action_id"] = json!(format!("a{n}.{m}"));
            }
        }
    }
    Value::Array(blocks)
}

/// The root of the thread to answer in. An answer to a reply goes to the reply's thread, as in Slack.
pub(super) fn thread(call: &Call<'_>, channel: &str) -> Result<Option<i64>, &'static str> {
    let Some(named) = call.args.text("thread_ts") else { return Ok(None) };
    let at = moment(&named).ok_or("invalid_thread_ts")?;
    let room = call.slack.workspace.channels.get(channel).ok_or("channel_not_found")?;
    let root = room.messages.get(&at).ok_or("thread_not_found")?;
    Ok(Some(root.thread.unwrap_or(at)))
}

pub(super) fn seen(label: &str, at: i64, thread: Option<i64>, shown: &Value, replaces: bool) -> Effect {
    Effect::Seen(Seen::Message {
        channel: label.to_owned(),
        ts: ts(at),
        thread: thread.map(ts),
        text: readable(shown),
        replaces,
    })
}

/// Everything in a message that people can read: its text, and what blocks and attachments add to it.
fn readable(shown: &Value) -> String {
    let mut text = shown["text"].as_str().unwrap_or_default().to_owned();
    let mut found = Vec::new();
    for name in PARTS {
        collect(&shown[name], &mut found, 0);
    }
    for words in found {
        if !text.contains(&words) {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(&words);
        }
    }
    text
}

/// The deepest blocks that are read; Slack's own are far flatter.
const MAX_DEPTH: usize = 32;

fn collect(value: &Value, found: &mut Vec<String>, depth: usize) {
    if depth > MAX_DEPTH {
        return;
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, found, depth + 1)),
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(words) if matches!(name.as_str(), "text" | "pretext" | "title" | "alt_text") => {
                        found.push(words.clone());
                    }
                    other => collect(other, found, depth + 1),
                }
            }
        }
        _ => {}
    }
}
