//! `chat.startStream`, `appendStream`, `stopStream`: a message that grows while people read it. It counts as posted when it
//! is whole, as whoever streams it means it.

use super::chat::{self, seen};
use super::methods::{Call, Outcome};
use super::state::{BOT_USER, Kind, Message, moment, show, ts};
use serde_json::json;

pub(super) fn start(call: &mut Call<'_>) -> Outcome {
    let channel = call.room()?;
    let thread = chat::thread(call, &channel)?;
    match call.slack.workspace.channels.get(&channel).map(|room| &room.kind) {
        // In direct messages it is an answer to somebody, and plain who reads it.
        Some(Kind::Direct(_)) if thread.is_none() => return Err("invalid_thread_ts"),
        Some(Kind::Public) => {
            call.args.text("recipient_team_id").ok_or("missing_recipient_team_id")?;
            call.args.text("recipient_user_id").ok_or("missing_recipient_user_id")?;
        }
        _ => {}
    }
    call.counts(&channel)?;
    let mut message = Message::new(BOT_USER, &more(call)?, thread);
    message.streaming = true;
    let at = call.slack.workspace.store(&channel, message, call.now).ok_or("channel_not_found")?;
    Ok(json!({"channel": channel, "ts": ts(at)}))
}

pub(super) fn append(call: &mut Call<'_>) -> Outcome {
    let text = more(call)?;
    if text.is_empty() && call.args.list("chunks").is_none() {
        return Err("no_text");
    }
    let (channel, at) = streaming(call)?;
    grow(call, &channel, at, &text)?;
    Ok(json!({"channel": channel, "ts": ts(at)}))
}

pub(super) fn stop(call: &mut Call<'_>) -> Outcome {
    let text = more(call)?;
    let (channel, at) = streaming(call)?;
    let blocks =
        call.args.list("blocks").map(|blocks| chat::with_ids(blocks.as_array().map_or(&[][..], Vec::as_slice)));
    grow(call, &channel, at, &text)?;
    let slack = &mut *call.slack;
    let room = slack.workspace.channels.get_mut(&channel).ok_or("channel_not_found")?;
    let message = room.messages.get_mut(&at).ok_or("message_not_found")?;
    message.streaming = false;
    message.parts.extend(blocks.map(|blocks| ("blocks", blocks)));
    let (shown, thread) = (show(message, at), message.thread);
    if shown["blocks"].is_array() || shown["text"] != "" {
        call.effects.push(seen(room.label(), at, thread, &shown, false));
    }
    let room = slack.workspace.channels.get(&channel).ok_or("channel_not_found")?;
    call.effects.extend(slack.events.message(&mut slack.outbox, room, at, shown.clone(), None, call.now));
    Ok(json!({"channel": channel, "ts": ts(at), "message": shown}))
}

/// What is added: `markdown_text`, or what people read among the `chunks`: texts, and a line for each step of a plan.
fn more(call: &Call<'_>) -> Result<String, &'static str> {
    let mut text = call.args.text("markdown_text").unwrap_or_default();
    if call.args.bad_list("chunks") {
        return Err("invalid_arguments");
    }
    let chunks = call.args.list("chunks").unwrap_or_default();
    let growing = || {
        let room = call.slack.workspace.channel(&call.args.text("channel")?)?;
        room.messages.get(&moment(&call.args.text("ts")?)?)
    };
    let before = growing().map_or("", |message| message.text.as_str());
    for chunk in chunks.as_array().into_iter().flatten() {
        match chunk["type"].as_str() {
            Some("markdown_text") => text.push_str(chunk["text"].as_str().unwrap_or_default()),
            Some("task_update" | "plan_update") => {
                for words in ["title", "details", "output"].into_iter().filter_map(|field| chunk[field].as_str()) {
                    // A step is told again when its state changes.
                    if !before.contains(words) && !text.contains(words) {
                        let ends = if text.is_empty() { before } else { &text };
                        let line = if ends.is_empty() || ends.ends_with('\n') { "" } else { "\n" };
                        text = [&text, line, words, "\n"].concat();
                    }
                }
            }
            _ => {}
        }
    }
    Ok(text)
}

/// The message that is still growing.
fn streaming(call: &mut Call<'_>) -> Result<(String, i64), &'static str> {
    let channel = call.room()?;
    let at = call.args.text("ts").as_deref().and_then(moment).ok_or("message_not_found")?;
    let room = call.slack.workspace.channels.get(&channel).ok_or("channel_not_found")?;
    match room.messages.get(&at) {
        None => Err("message_not_found"),
        Some(message) if message.user != BOT_USER => Err("message_not_owned_by_app"),
        Some(message) if !message.streaming => Err("message_not_in_streaming_state"),
        Some(_) => Ok((channel, at)),
    }
}

fn grow(call: &mut Call<'_>, channel: &str, at: i64, text: &str) -> Result<(), &'static str> {
    let room = call.slack.workspace.channels.get_mut(channel).ok_or("channel_not_found")?;
    let message = room.messages.get_mut(&at).ok_or("message_not_found")?;
    if message.text.len() + text.len() > chat::MAX_BYTES {
        return Err("msg_too_long");
    }
    message.text.push_str(text);
    Ok(())
}
