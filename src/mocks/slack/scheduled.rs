//! `chat.scheduleMessage` and what belongs to it: messages that appear later.

use super::methods::{Call, Outcome, PAGE, page};
use super::state::{BOT_USER, Message, show, ts};
use super::{Slack, chat, rooms};
use crate::mocks::vendor::Effect;
use crate::time::{Span, Time};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How far ahead a message may be (Slack's own limit: 120 days).
const FARTHEST: i64 = 120 * 86_400;
/// Messages that wait at one time.
const MAX_WAITING: usize = 10_000;

/// A message that waits.
#[derive(Debug)]
struct Waiting {
    channel: String,
    message: Message,
    made: i64,
}

/// All that wait, by the second at which they appear and their number.
#[derive(Debug, Default)]
pub(super) struct Scheduled {
    waiting: BTreeMap<(i64, u64), Waiting>,
    numbered: u64,
}

impl Scheduled {
    /// When the next one appears; `start`: Unix seconds at the scenario's start.
    pub(super) fn next_wake(&self, start: i64) -> Option<Time> {
        let ((at, _), _) = self.waiting.first_key_value()?;
        Some(Time::ZERO + Span::from_secs(at - start))
    }
}

/// Those appear that are due.
pub(super) fn wake(slack: &mut Slack, now: Time) -> Vec<Effect> {
    let mut effects = Vec::new();
    let unix = slack.settings.epoch.unix_secs(now);
    while let Some(first) = slack.scheduled.waiting.first_entry().filter(|first| first.key().0 <= unix) {
        let Waiting { channel, message, .. } = first.remove();
        let room = slack.workspace.channels.get(&channel);
        if room.is_some_and(|room| rooms::may_write(room).is_ok()) {
            drop(chat::publish(slack, &channel, message, now, &mut effects));
        }
    }
    effects
}

fn id(number: u64) -> String {
    format!("Q{number:010}")
}

pub(super) fn schedule(call: &mut Call<'_>) -> Outcome {
    let channel = call.channel()?;
    let at = call.args.text("post_at").ok_or("invalid_time")?;
    // SDKs in Python send whole seconds, others a fraction that counts for nothing.
    let at: i64 = at.split('.').next().and_then(|seconds| seconds.parse().ok()).ok_or("invalid_time")?;
    let unix = call.slack.settings.epoch.unix_secs(call.now);
    if at <= unix {
        return Err("time_in_past");
    }
    if at - unix > FARTHEST {
        return Err("time_too_far");
    }
    rooms::may_write(call.slack.workspace.channels.get(&channel).ok_or("channel_not_found")?)?;
    let (text, parts) = chat::content(call)?;
    let mut message = Message::new(BOT_USER, &text, chat::thread(call, &channel)?);
    message.parts = parts;
    let scheduled = &mut call.slack.scheduled;
    if scheduled.waiting.len() >= MAX_WAITING {
        return Err("restricted_too_many");
    }
    scheduled.numbered += 1;
    let number = scheduled.numbered;
    let mut shown = show(&message, 0);
    if let Some(fields) = shown.as_object_mut() {
        fields.shift_remove("ts");
        fields.insert("type".to_owned(), json!("delayed_message"));
    }
    scheduled.waiting.insert((at, number), Waiting { channel: channel.clone(), message, made: unix });
    Ok(json!({"channel": channel, "scheduled_message_id": id(number), "post_at": at, "message": shown}))
}

pub(super) fn delete(call: &mut Call<'_>) -> Outcome {
    let channel = call.room()?;
    let named = call.args.text("scheduled_message_id").ok_or("invalid_scheduled_message_id")?;
    let waiting = &mut call.slack.scheduled.waiting;
    let found = waiting.iter().find(|((_, number), one)| one.channel == channel && id(*number) == named);
    let key = found.map(|(key, _)| *key).ok_or("invalid_scheduled_message_id")?;
    waiting.remove(&key);
    Ok(json!({}))
}

pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    let channel = call
        .args
        .text("channel")
        .map(|named| call.slack.workspace.channel_id(&named).map(str::to_owned).ok_or("invalid_channel"));
    let channel = channel.transpose()?;
    let bound = |name: &str| call.args.text(name).and_then(|text| text.split('.').next()?.parse::<i64>().ok());
    let (oldest, latest) = (bound("oldest").unwrap_or(i64::MIN), bound("latest").unwrap_or(i64::MAX));
    let chosen = call.slack.scheduled.waiting.iter().filter(|((at, _), one)| {
        (oldest..=latest).contains(at) && channel.as_ref().is_none_or(|channel| *channel == one.channel)
    });
    let shown = |((at, number), one): (&(i64, u64), &Waiting)| {
        let mut shown = json!({
            "id": id(*number), "channel_id": one.channel, "post_at": at, "date_created": one.made, "text": one.message.text,
        });
        if let Some(root) = one.message.thread {
            shown["thread_ts"] = json!(ts(root));
        }
        shown
    };
    let all: Vec<Value> = chosen.map(shown).collect();
    let (some, next) = page(&call.args, &all, PAGE)?;
    Ok(json!({"scheduled_messages": some, "response_metadata": {"next_cursor": next}}))
}
