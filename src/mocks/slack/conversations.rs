//! `conversations.*`: channels and what stands in them.

use super::methods::{Call, Outcome, PAGE, page};
use super::rooms::about;
use super::state::{BOT_USER, Channel, Kind, moment};
use serde_json::{Value, json};

/// Characters of a channel's name, and channels that an app may make.
const MAX_NAME: usize = 80;
const MAX_CHANNELS: usize = 10_000;

pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    let types = call.args.text("types").unwrap_or_else(|| "public_channel".to_owned());
    let wanted = |channel: &Channel| {
        let kind = match channel.kind {
            Kind::Public => "public_channel",
            Kind::Direct(_) => "im",
        };
        types.split(',').any(|word| word.trim() == kind)
    };
    let without_archived = call.args.on("exclude_archived");
    let chosen =
        call.slack.workspace.channels.values().filter(|one| wanted(one) && !(one.archived && without_archived));
    let all: Vec<Value> = chosen.map(show).collect();
    let (channels, next) = page(&call.args, &all, PAGE)?;
    Ok(json!({"channels": channels, "response_metadata": {"next_cursor": next}}))
}

/// The name that a channel is to have.
pub(super) fn name(call: &Call<'_>) -> Result<String, &'static str> {
    let name = call.args.text("name").ok_or("invalid_name_required")?;
    let plain = |c: char| c.is_alphanumeric() && !c.is_uppercase() || "-_".contains(c);
    let fits = name.chars().count() <= MAX_NAME && name.chars().all(plain);
    if fits { Ok(name) } else { Err("invalid_name_specials") }
}

/// Only who makes it is in a new channel.
pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    let name = name(call)?;
    if call.slack.workspace.channel_id(&name).is_some() {
        return Err("name_taken");
    }
    if call.slack.workspace.channels.len() >= MAX_CHANNELS {
        return Err("restricted_action");
    }
    let id = call.slack.workspace.add_channel(&name, call.now);
    let others = call.slack.workspace.users.keys().filter(|user| *user != BOT_USER).cloned().collect();
    if let Some(channel) = call.slack.workspace.channels.get_mut(&id) {
        channel.absent = others;
    }
    Ok(json!({"channel": call.slack.workspace.channels.get(&id).map(show)}))
}

pub(super) fn info(call: &mut Call<'_>) -> Outcome {
    let channel = known(call)?;
    Ok(json!({"channel": show(channel)}))
}

pub(super) fn members(call: &mut Call<'_>) -> Outcome {
    let channel = known(call)?;
    let all: Vec<String> = match &channel.kind {
        Kind::Direct(user) => vec![BOT_USER.to_owned(), user.clone()],
        Kind::Public => {
            call.slack.workspace.users.keys().filter(|user| !channel.absent.contains(*user)).cloned().collect()
        }
    };
    let (members, next) = page(&call.args, &all, PAGE)?;
    Ok(json!({"members": members, "response_metadata": {"next_cursor": next}}))
}

pub(super) fn open(call: &mut Call<'_>) -> Outcome {
    let users = call.args.text("users");
    let named = users.or_else(|| call.args.text("channel")).ok_or("users_list_not_supplied")?;
    if named.contains(',') {
        return Err("not_enough_users");
    }
    let before = call.slack.workspace.channel_id(&named).is_some();
    let id = call.slack.workspace.reach(&named, call.now).ok_or("user_not_found")?;
    let mut body = json!({"channel": {"id": id}});
    if call.args.on("return_im") {
        body["channel"] = call.slack.workspace.channels.get(&id).map(show).unwrap_or_default();
    }
    if before {
        body["no_op"] = json!(true);
        body["already_open"] = json!(true);
    }
    Ok(body)
}

/// Newest first, without replies.
pub(super) fn history(call: &mut Call<'_>) -> Outcome {
    let channel = joined(call)?;
    let window = Window::read(call)?;
    let from = cursor(call)?.unwrap_or(i64::MAX);
    let all = channel.messages.range(..=from).rev();
    let all = all.filter(|(at, message)| message.thread.is_none() && window.holds(**at)).map(|(at, _)| *at);
    messages(call, channel, all, PAGE)
}

/// The root, then its replies, oldest first.
pub(super) fn replies(call: &mut Call<'_>) -> Outcome {
    let channel = joined(call)?;
    let window = Window::read(call)?;
    let named = call.args.text("ts").as_deref().and_then(moment).ok_or("thread_not_found")?;
    let root = channel.messages.get(&named).ok_or("thread_not_found")?.thread.unwrap_or(named);
    let from = cursor(call)?.unwrap_or(root).max(root);
    let all = channel.messages.range(from..);
    let all = all.filter(|(at, message)| **at == root || (message.thread == Some(root) && window.holds(**at)));
    messages(call, channel, all.map(|(at, _)| *at), MAX_PAGE)
}

/// Messages of a page at the most.
const MAX_PAGE: usize = 1_000;
/// A cursor names the message with which the next page begins, so that newer ones shift nothing.
const CURSOR: &str = "next_ts:";

fn cursor(call: &Call<'_>) -> Result<Option<i64>, &'static str> {
    let Some(cursor) = call.args.text("cursor") else { return Ok(None) };
    cursor.strip_prefix(CURSOR).and_then(|at| at.parse().ok()).map(Some).ok_or("invalid_cursor")
}

fn messages(call: &Call<'_>, channel: &Channel, all: impl Iterator<Item = i64>, size: usize) -> Outcome {
    let limit = call.args.number("limit").filter(|limit| *limit > 0).map_or(size, |limit| limit.min(MAX_PAGE));
    let mut all = all.peekable();
    let page: Vec<i64> = all.by_ref().take(limit).collect();
    let next = all.peek().map_or_else(String::new, |at| format!("{CURSOR}{at}"));
    let with_metadata = call.args.on("include_all_metadata");
    let shown: Vec<Value> = page
        .into_iter()
        .filter_map(|at| {
            let mut shown = channel.show(at)?;
            if with_metadata && let Some(metadata) = channel.messages.get(&at)?.metadata.as_ref() {
                shown["metadata"] = metadata.clone();
            }
            Some(shown)
        })
        .collect();
    let more = !next.is_empty();
    Ok(json!({"messages": shown, "has_more": more, "pin_count": 0, "response_metadata": {"next_cursor": next}}))
}

/// The moments between `oldest` and `latest`.
struct Window {
    oldest: Option<i64>,
    latest: Option<i64>,
    inclusive: bool,
}

impl Window {
    fn read(call: &Call<'_>) -> Result<Self, &'static str> {
        let bound = |name: &str, word: &'static str| match call.args.text(name) {
            None => Ok(None),
            Some(text) => moment(&text).map(Some).ok_or(word),
        };
        Ok(Self {
            oldest: bound("oldest", "invalid_ts_oldest")?,
            latest: bound("latest", "invalid_ts_latest")?,
            inclusive: call.args.on("inclusive"),
        })
    }

    fn holds(&self, at: i64) -> bool {
        let late = self.oldest.is_none_or(|oldest| at > oldest || (self.inclusive && at == oldest));
        late && self.latest.is_none_or(|latest| at < latest || (self.inclusive && at == latest))
    }
}

/// The channel that the call is about.
fn known<'a>(call: &'a Call<'_>) -> Result<&'a Channel, &'static str> {
    call.slack.workspace.channels.get(&call.room()?).ok_or("channel_not_found")
}

/// The same, if the bot may read it.
fn joined<'a>(call: &'a Call<'_>) -> Result<&'a Channel, &'static str> {
    known(call).and_then(|channel| if channel.absent.contains(BOT_USER) { Err("not_in_channel") } else { Ok(channel) })
}

/// A channel as Slack shows it.
pub(super) fn show(channel: &Channel) -> Value {
    match &channel.kind {
        Kind::Direct(user) => json!({
            "id": channel.id, "created": channel.created, "is_im": true, "is_channel": false, "is_archived": false,
            "user": user, "is_user_deleted": false, "is_open": true,
        }),
        Kind::Public => json!({
            "id": channel.id, "name": channel.name, "name_normalized": channel.name, "created": channel.created,
            "creator": BOT_USER, "is_channel": true, "is_group": false, "is_im": false, "is_mpim": false,
            "is_private": false, "is_archived": channel.archived, "is_general": false, "is_shared": false,
            "is_member": !channel.absent.contains(BOT_USER), "topic": about(&channel.topic),
            "purpose": about(&channel.purpose),
        }),
    }
}
