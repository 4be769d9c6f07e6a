//! `reactions.*`: the smallest answer there is.

use super::methods::{Call, Outcome, PAGE, page};
use super::state::{BOT_USER, Message, moment};
use serde_json::json;

/// More kinds of reactions than Slack allows on a message.
const MAX_KINDS: usize = 50;

pub(super) fn add(call: &mut Call<'_>) -> Outcome {
    let name = name(call)?;
    let message = message(call)?;
    if message.reactions.len() >= MAX_KINDS && !message.reactions.contains_key(&name) {
        return Err("too_many_emoji");
    }
    let new = message.reactions.entry(name).or_default().insert(BOT_USER.to_owned());
    if new { Ok(json!({})) } else { Err("already_reacted") }
}

pub(super) fn remove(call: &mut Call<'_>) -> Outcome {
    let name = name(call)?;
    let message = message(call)?;
    let users = message.reactions.get_mut(&name).ok_or("no_reaction")?;
    if !users.remove(BOT_USER) {
        return Err("no_reaction");
    }
    if users.is_empty() {
        message.reactions.remove(&name);
    }
    Ok(json!({}))
}

pub(super) fn get(call: &mut Call<'_>) -> Outcome {
    let channel = call.room()?;
    let at = call.args.text("timestamp").as_deref().and_then(moment).ok_or("message_not_found")?;
    let room = call.slack.workspace.channels.get(&channel).ok_or("channel_not_found")?;
    let shown = room.show(at).ok_or("message_not_found")?;
    Ok(json!({"type": "message", "channel": channel, "message": shown}))
}

/// What somebody (the bot, if nobody is named) has reacted to, the newest first.
pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    let user = call.args.text("user").unwrap_or_else(|| BOT_USER.to_owned());
    if !call.slack.workspace.users.contains_key(&user) {
        return Err("user_not_found");
    }
    let mut all: Vec<(i64, &str)> = Vec::new();
    for channel in call.slack.workspace.channels.values() {
        let his = channel.messages.iter().filter(|(_, one)| one.reactions.values().any(|users| users.contains(&user)));
        all.extend(his.map(|(at, _)| (*at, channel.id.as_str())));
    }
    all.sort_unstable_by(|one, other| other.cmp(one));
    let (some, next) = page(&call.args, &all, PAGE)?;
    let shown = some.into_iter().filter_map(|(at, channel)| {
        let message = call.slack.workspace.channels.get(channel)?.show(at)?;
        Some(json!({"type": "message", "channel": channel, "message": message}))
    });
    let items: Vec<_> = shown.collect();
    Ok(json!({"items": items, "response_metadata": {"next_cursor": next}}))
}

fn name(call: &Call<'_>) -> Result<String, &'static str> {
    let name = call.args.text("name").ok_or("no_reaction")?;
    let name = name.trim_matches(':');
    let good = name.len() <= 100 && name.chars().all(|c| c.is_alphanumeric() || "_+-':".contains(c));
    if name.is_empty() || !good { Err("invalid_name") } else { Ok(name.to_owned()) }
}

fn message<'a>(call: &'a mut Call<'_>) -> Result<&'a mut Message, &'static str> {
    let channel = call.room()?;
    let at = call.args.text("timestamp").as_deref().and_then(moment).ok_or("bad_timestamp")?;
    let room = call.slack.workspace.channels.get_mut(&channel).ok_or("channel_not_found")?;
    room.messages.get_mut(&at).ok_or("message_not_found")
}
