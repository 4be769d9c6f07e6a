//! Addresses that take messages without a token: incoming webhooks, and the `response_url` of an interaction.

use super::chat;
use super::state::{BOT_USER, Message, moment};
use super::{PAGES, Slack};
use crate::mocks::answer;
use crate::mocks::form::{self, Form, path_parts};
use crate::mocks::vendor::{Effect, Handled, Reply, Request};
use crate::time::{Span, Time};
use serde_json::Value;
use std::collections::BTreeMap;

/// A `response_url` may be used so often and for so long.
const USES: u8 = 5;
const LIFE: Span = Span::from_secs(30 * 60);
/// Those that are open at one time: then the oldest goes.
const MAX_OPEN: usize = 10_000;

/// What a `response_url` answers to.
#[derive(Clone, Debug)]
pub(super) struct Hook {
    /// The channel's id.
    pub(super) channel: String,
    /// Who acted.
    pub(super) user: String,
    /// The message with the button, if it was one.
    pub(super) message: Option<i64>,
    left: u8,
    until: Time,
}

/// The open ones, by the last part of their address.
#[derive(Debug, Default)]
pub(super) struct Hooks {
    made: u64,
    open: BTreeMap<u64, Hook>,
}

impl Hooks {
    /// A new one; gives its key.
    pub(super) fn open(&mut self, channel: &str, user: &str, message: Option<i64>, now: Time) -> u64 {
        self.made += 1;
        let (channel, user) = (channel.to_owned(), user.to_owned());
        self.open.insert(self.made, Hook { channel, user, message, left: USES, until: now + LIFE });
        if self.open.len() > MAX_OPEN {
            self.open.pop_first();
        }
        self.made
    }

    /// What it answers to, used or not.
    pub(super) fn get(&self, key: u64) -> Option<&Hook> {
        self.open.get(&key)
    }

    /// Uses it once. `Err` is Slack's word.
    fn take(&mut self, key: u64, now: Time) -> Result<Hook, &'static str> {
        let hook = self.open.get_mut(&key).ok_or("used_url")?;
        if now >= hook.until {
            return Err("expired_url");
        }
        hook.left = hook.left.checked_sub(1).ok_or("used_url")?;
        Ok(hook.clone())
    }
}

/// The address of a hook.
pub(super) fn address(origin: &str, key: u64) -> String {
    format!("{origin}/actions/{}/{key}/mock-response-{key}", super::state::TEAM)
}

/// Answers a request to an incoming webhook: plain words, not JSON.
pub(super) fn webhook(slack: &mut Slack, request: &Request, now: Time) -> Handled {
    let parts = path_parts(&request.path);
    if parts.len() != 4 {
        return answer::text(404, "no_service").alone();
    }
    if let Err(wait) = slack.meter.webhook(&request.path, now) {
        return answer::text(429, "rate_limited").with("retry-after", wait.to_string()).alone();
    }
    let Some(payload) = payload(request) else { return answer::text(400, "invalid_payload").alone() };
    let named = payload["channel"].as_str().filter(|name| !name.is_empty()).map(str::to_owned);
    let channel = match named {
        Some(name) => slack.workspace.reach(name.trim_start_matches('@'), now),
        None => slack.workspace.first_channel(),
    };
    let Some(channel) = channel else { return answer::text(404, "channel_not_found").alone() };
    let message = match message(slack, &channel, &payload) {
        Ok(message) => message,
        Err(word) => return answer::text(400, word).alone(),
    };
    let mut effects = Vec::new();
    if chat::publish(slack, &channel, message, now, &mut effects).is_none() {
        return answer::text(404, "channel_not_found").alone();
    }
    answer::text(200, "ok").and(effects)
}

/// Answers a request to a `response_url`.
pub(super) fn respond(slack: &mut Slack, request: &Request, now: Time) -> Handled {
    let parts = path_parts(&request.path);
    let key = parts
        .get(2)
        .and_then(|key| key.parse().ok())
        .filter(|key| parts.get(3) == Some(&format!("mock-response-{key}")));
    let Some(payload) = payload(request) else { return problem(400, "invalid_payload").alone() };
    let hook = match key.ok_or("used_url").and_then(|key| slack.hooks.take(key, now)) {
        Ok(hook) => hook,
        Err(word) => return problem(404, word).alone(),
    };
    match apply(slack, &hook, &payload, now) {
        Ok(effects) => answer::text(200, "ok").and(effects),
        Err(word) => problem(if word == "no_text" { 400 } else { 404 }, word).alone(),
    }
}

fn problem(status: u16, word: &str) -> Reply {
    answer::json(status, &serde_json::json!({"ok": false, "error": word}))
}

/// What somebody sees of an answer to what they did: also the body of a reply to a slash command.
pub(super) fn apply(slack: &mut Slack, hook: &Hook, payload: &Value, now: Time) -> Result<Vec<Effect>, &'static str> {
    let mut effects = Vec::new();
    let on = |name: &str| payload[name] == true || payload[name] == "true";
    let original = hook.message.and_then(|at| slack.workspace.channels.get(&hook.channel)?.find(at).map(|_| at));
    if on("delete_original") {
        let at = original.ok_or("message_not_found")?;
        chat::take_away(slack, &hook.channel, at, now, &mut effects);
        return Ok(effects);
    }
    let mut message = message(slack, &hook.channel, payload)?;
    if on("replace_original")
        && let Some(at) = original
    {
        chat::replace(slack, &hook.channel, at, message.text, message.parts, now, &mut effects)?;
        return Ok(effects);
    }
    if payload["response_type"] == "in_channel" {
        chat::publish(slack, &hook.channel, message, now, &mut effects).ok_or("channel_not_found")?;
    } else {
        message.only_for = Some(hook.user.clone());
        chat::whisper(slack, &hook.channel, message, now, &mut effects).ok_or("channel_not_found")?;
    }
    Ok(effects)
}

fn message(slack: &Slack, channel: &str, payload: &Value) -> Result<Message, &'static str> {
    let (text, parts) = chat::content_of(payload)?;
    let thread = payload["thread_ts"].as_str().and_then(moment);
    let thread =
        thread.filter(|at| slack.workspace.channels.get(channel).is_some_and(|room| room.messages.contains_key(at)));
    let mut message = Message::new(BOT_USER, &text, thread);
    message.parts = parts;
    Ok(message)
}

/// JSON, or JSON in the `payload` of a form.
fn payload(request: &Request) -> Option<Value> {
    let value: Value = if form::is_json(&request.headers, &request.body) || request.body.first() == Some(&b'{') {
        serde_json::from_slice(&request.body).ok()?
    } else {
        serde_json::from_str(Form::parse(&request.body).get("payload")?).ok()?
    };
    value.is_object().then_some(value)
}

/// The addresses, for the table of what is answered: webhooks, responses.
pub(super) fn page(path: &str) -> Option<&'static str> {
    PAGES.iter().find(|(start, _)| path.starts_with(start)).map(|(_, name)| *name)
}
