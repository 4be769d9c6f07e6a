//! `conversations.*` that change a channel: who is in it, what it is called, whether it is still used.

use super::conversations::show;
use super::methods::{Call, Outcome};
use super::state::{BOT_USER, Channel, Kind, moment};
use serde_json::{Value, json};

/// Characters of a topic or purpose (Slack's own limit).
const MAX_ABOUT: usize = 250;
/// People who are invited at one time (Slack's own limit).
const MAX_INVITED: usize = 1_000;

pub(super) fn archive(call: &mut Call<'_>) -> Outcome {
    let channel = public(call)?;
    if channel.archived {
        return Err("already_archived");
    }
    channel.archived = true;
    Ok(json!({}))
}

pub(super) fn unarchive(call: &mut Call<'_>) -> Outcome {
    let channel = public(call)?;
    if !channel.archived {
        return Err("not_archived");
    }
    channel.archived = false;
    Ok(json!({}))
}

pub(super) fn join(call: &mut Call<'_>) -> Outcome {
    let channel = used(call)?;
    let new = channel.absent.remove(BOT_USER);
    let mut body = json!({"channel": show(channel)});
    if !new {
        body["warning"] = json!("already_in_channel");
        body["response_metadata"] = json!({"warnings": ["already_in_channel"]});
    }
    Ok(body)
}

pub(super) fn leave(call: &mut Call<'_>) -> Outcome {
    let channel = used(call)?;
    Ok(if channel.absent.insert(BOT_USER.to_owned()) { json!({}) } else { json!({"not_in_channel": true}) })
}

pub(super) fn invite(call: &mut Call<'_>) -> Outcome {
    let users = call.args.text("users").ok_or("no_user")?;
    let users: Vec<&str> = users.split(',').map(str::trim).filter(|user| !user.is_empty()).collect();
    match users.as_slice() {
        [] => return Err("no_user"),
        [BOT_USER] => return Err("cant_invite_self"),
        users if users.len() > MAX_INVITED => return Err("too_many_users"),
        users if users.iter().any(|user| !call.slack.workspace.users.contains_key(*user)) => {
            return Err("user_not_found");
        }
        _ => {}
    }
    let channel = joined(call)?;
    let new = users.iter().filter(|user| channel.absent.remove(**user)).count();
    if new == 0 { Err("already_in_channel") } else { Ok(json!({"channel": show(channel)})) }
}

pub(super) fn kick(call: &mut Call<'_>) -> Outcome {
    let user = call.args.text("user").ok_or("user_not_found")?;
    if user == BOT_USER {
        return Err("cant_kick_self");
    }
    if !call.slack.workspace.users.contains_key(&user) {
        return Err("user_not_found");
    }
    let channel = joined(call)?;
    if channel.absent.insert(user) { Ok(json!({})) } else { Err("not_in_channel") }
}

pub(super) fn rename(call: &mut Call<'_>) -> Outcome {
    let name = super::conversations::name(call)?;
    let id = joined(call)?.id.clone();
    if call.slack.workspace.channel_id(&name).is_some_and(|other| other != id) {
        return Err("name_taken");
    }
    call.slack.workspace.rename(&id, &name);
    Ok(json!({"channel": call.slack.workspace.channels.get(&id).map(show)}))
}

pub(super) fn set_topic(call: &mut Call<'_>) -> Outcome {
    set(call, "topic", |channel| &mut channel.topic)
}

pub(super) fn set_purpose(call: &mut Call<'_>) -> Outcome {
    set(call, "purpose", |channel| &mut channel.purpose)
}

fn set(call: &mut Call<'_>, what: &str, place: fn(&mut Channel) -> &mut String) -> Outcome {
    let words = call.args.text(what).unwrap_or_default();
    if words.chars().count() > MAX_ABOUT {
        return Err("too_long");
    }
    let channel = joined(call)?;
    *place(channel) = words.clone();
    Ok(json!({what: words, "channel": show(channel)}))
}

/// Nobody here counts what is unread.
pub(super) fn mark(call: &mut Call<'_>) -> Outcome {
    call.args.text("ts").as_deref().and_then(moment).ok_or("invalid_timestamp")?;
    call.room().map(|_| json!({}))
}

/// A direct conversation is closed until somebody writes again.
pub(super) fn close(call: &mut Call<'_>) -> Outcome {
    let id = call.room()?;
    match call.slack.workspace.channels.get(&id).map(|channel| &channel.kind) {
        Some(Kind::Direct(_)) => Ok(json!({})),
        Some(Kind::Public) => Err("method_not_supported_for_channel_type"),
        None => Err("channel_not_found"),
    }
}

/// Why the bot may not write in a channel, if it may not.
pub(super) fn may_write(channel: &Channel) -> Result<(), &'static str> {
    match channel {
        Channel { archived: true, .. } => Err("is_archived"),
        channel if channel.absent.contains(BOT_USER) => Err("not_in_channel"),
        _ => Ok(()),
    }
}

/// The public channel that an argument names.
fn public<'a>(call: &'a mut Call<'_>) -> Result<&'a mut Channel, &'static str> {
    let id = call.room()?;
    let channel = call.slack.workspace.channels.get_mut(&id).ok_or("channel_not_found")?;
    if channel.kind == Kind::Public { Ok(channel) } else { Err("method_not_supported_for_channel_type") }
}

/// The same, if it is still used.
fn used<'a>(call: &'a mut Call<'_>) -> Result<&'a mut Channel, &'static str> {
    public(call).and_then(|channel| if channel.archived { Err("is_archived") } else { Ok(channel) })
}

/// The same, if the bot is in it.
fn joined<'a>(call: &'a mut Call<'_>) -> Result<&'a mut Channel, &'static str> {
    used(call).and_then(|channel| may_write(channel).map(|()| channel))
}

/// A topic or purpose as a channel shows it.
pub(super) fn about(words: &str) -> Value {
    json!({"value": words, "creator": if words.is_empty() { "" } else { BOT_USER }, "last_set": 0})
}
