//! `chat.*`: what the target writes.

use super::Quirk;
use super::methods::{Call, Outcome};
use super::state::{BOT_USER, Message, moment, show, ts};
use crate::mocks::vendor::{Effect, Seen};
use serde_json::{Value, json};

/// Slack cuts longer texts; we refuse them, as it does where `msg_too_long` is documented.
const MAX_TEXT: usize = 40_000;
/// What carries text beside `text`.
const PARTS: [&str; 2] = ["blocks", "attachments"];
/// Those parts of a message that are there, by name.
type Parts = Vec<(&'static str, Value)>;

pub(super) fn post_message(call: &mut Call<'_>) -> Outcome {
    let channel = call.channel()?;
    let (text, parts) = content(call)?;
    let thread = thread(call, &channel)?;
    let mut message = Message::new(BOT_USER, &text, thread);
    message.parts = parts;
    if call.quirk == Quirk::LosesMessages {
        let at = call.slack.workspace.stamp(&channel, call.now).ok_or("channel_not_found")?;
        return Ok(json!({"channel": channel, "ts": ts(at), "message": show(&message, at)}));
    }
    let at = call.slack.workspace.store(&channel, message, call.now).ok_or("channel_not_found")?;
    let slack = &mut *call.slack;
    let room = slack.workspace.channels.get(&channel).ok_or("channel_not_found")?;
    let shown = room.messages.get(&at).map(|message| show(message, at)).ok_or("internal_error")?;
    call.effects.push(seen(room.label(), at, thread, &shown, false));
    call.effects.extend(slack.events.message(room, at, shown.clone(), None, call.now));
    Ok(json!({"channel": channel, "ts": ts(at), "message": shown}))
}

pub(super) fn post_ephemeral(call: &mut Call<'_>) -> Outcome {
    let channel = call.channel()?;
    let user = call.args.text("user").ok_or("user_not_in_channel")?;
    if !call.slack.workspace.users.contains_key(&user) {
        return Err("user_not_in_channel");
    }
    let (text, parts) = content(call)?;
    let thread = thread(call, &channel)?;
    let at = call.slack.workspace.stamp(&channel, call.now).ok_or("channel_not_found")?;
    let mut message = Message::new(BOT_USER, &text, thread);
    message.parts = parts;
    let room = call.slack.workspace.channels.get(&channel).ok_or("channel_not_found")?;
    call.effects.push(seen(room.label(), at, thread, &show(&message, at), false));
    Ok(json!({"message_ts": ts(at)}))
}

pub(super) fn update(call: &mut Call<'_>) -> Outcome {
    let channel = call.channel()?;
    let at = own_message(call, &channel, "cant_update_message")?;
    let (text, parts) = content(call)?;
    let slack = &mut *call.slack;
    let edited = slack.workspace.epoch.unix_micros(call.now);
    let room = slack.workspace.channels.get_mut(&channel).ok_or("channel_not_found")?;
    let message = room.messages.get_mut(&at).ok_or("message_not_found")?;
    let before = show(message, at);
    message.text.clone_from(&text);
    message.parts = parts;
    message.edited = Some(edited);
    let (shown, thread) = (show(message, at), message.thread);
    let event_at = slack.workspace.stamp(&channel, call.now).ok_or("channel_not_found")?;
    let room = slack.workspace.channels.get(&channel).ok_or("channel_not_found")?;
    call.effects.push(seen(room.label(), at, thread, &shown, true));
    let event = json!({
        "type": "message", "subtype": "message_changed", "hidden": true, "ts": ts(event_at), "message": shown,
        "previous_message": before,
    });
    call.effects.extend(slack.events.message(room, event_at, event, None, call.now));
    Ok(json!({"channel": channel, "ts": ts(at), "text": text, "message": shown}))
}

pub(super) fn delete(call: &mut Call<'_>) -> Outcome {
    let channel = call.channel()?;
    let at = own_message(call, &channel, "cant_delete_message")?;
    let slack = &mut *call.slack;
    let room = slack.workspace.channels.get_mut(&channel).ok_or("channel_not_found")?;
    let before = room.messages.remove(&at).map(|message| show(&message, at)).ok_or("message_not_found")?;
    let event_at = slack.workspace.stamp(&channel, call.now).ok_or("channel_not_found")?;
    let room = slack.workspace.channels.get(&channel).ok_or("channel_not_found")?;
    let event = json!({
        "type": "message", "subtype": "message_deleted", "hidden": true, "ts": ts(event_at), "deleted_ts": ts(at),
        "previous_message": before,
    });
    call.effects.extend(slack.events.message(room, event_at, event, None, call.now));
    Ok(json!({"channel": channel, "ts": ts(at)}))
}

pub(super) fn permalink(call: &mut Call<'_>) -> Outcome {
    let channel = call.channel()?;
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

/// Text and the parts that carry text; one of them there must be.
fn content(call: &Call<'_>) -> Result<(String, Parts), &'static str> {
    let args = &call.args;
    if args.bad_list("blocks") {
        return Err("invalid_blocks_format");
    }
    if args.bad_list("attachments") {
        return Err("invalid_attachments");
    }
    let text = args.text("text").or_else(|| args.text("markdown_text")).unwrap_or_default();
    let parts: Vec<_> = PARTS.into_iter().filter_map(|name| Some((name, args.list(name)?))).collect();
    if text.is_empty() && parts.is_empty() {
        return Err("no_text");
    }
    if text.chars().count() > MAX_TEXT {
        return Err("msg_too_long");
    }
    Ok((text, parts))
}

/// The root of the thread to answer in. An answer to a reply goes to the reply's thread, as in Slack.
fn thread(call: &Call<'_>, channel: &str) -> Result<Option<i64>, &'static str> {
    let Some(named) = call.args.text("thread_ts") else { return Ok(None) };
    let at = moment(&named).ok_or("invalid_thread_ts")?;
    let room = call.slack.workspace.channels.get(channel).ok_or("channel_not_found")?;
    let root = room.messages.get(&at).ok_or("thread_not_found")?;
    Ok(Some(root.thread.unwrap_or(at)))
}

fn seen(label: &str, at: i64, thread: Option<i64>, shown: &Value, replaces: bool) -> Effect {
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
