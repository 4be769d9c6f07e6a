//! The table of the Web API, and what every method shares: token, arguments, `ok`.

use super::args::Args;
use super::state::{BOT, BOT_USER, TEAM};
use super::{
    Quirk, Settings, Slack, assistant, chat, conversations, files, functions, reactions, rooms, scheduled, socket_mode,
    stream, team, unfurl, users, views,
};
use crate::mocks::answer;
use crate::mocks::form;
use crate::mocks::vendor::{Effect, Handled, Request};
use crate::time::Time;
use serde_json::{Value, json};

/// What a method gives: fields beside `ok`, or Slack's error word.
pub(super) type Outcome = Result<Value, &'static str>;

/// One call under way.
pub(super) struct Call<'a> {
    pub(super) slack: &'a mut Slack,
    pub(super) args: Args,
    pub(super) now: Time,
    /// As the client wrote it: `http://host:port`.
    pub(super) origin: String,
    pub(super) effects: Vec<Effect>,
    pub(super) quirk: Quirk,
    /// How many seconds to wait, where it is refused for coming too often.
    wait: Option<u64>,
}

/// Slack's word for too many calls: the one error with a status of its own.
const RATE_LIMITED: &str = "ratelimited";
/// Slack's word for a method that there is not; it says which one that was.
const UNKNOWN: &str = "unknown_method";
/// What the bot's token may do, as every reply says: all that is here.
const SCOPES: &str = "app_mentions:read,assistant:write,channels:history,channels:join,channels:manage,channels:read,\
    chat:write,commands,files:read,files:write,im:history,im:read,im:write,incoming-webhook,links:write,reactions:read,\
    reactions:write,team:read,users.profile:read,users:read,users:read.email";

impl Call<'_> {
    /// The channel that an argument names, opened if it is a user.
    pub(super) fn channel(&mut self) -> Result<String, &'static str> {
        let named = self.args.text("channel").ok_or("channel_not_found")?;
        self.slack.workspace.reach(&named, self.now).ok_or("channel_not_found")
    }

    /// The channel whose id an argument is: only who posts may name a channel or a user.
    pub(super) fn room(&self) -> Result<String, &'static str> {
        let id = self.args.text("channel").ok_or("channel_not_found")?;
        if self.slack.workspace.channels.contains_key(&id) { Ok(id) } else { Err("channel_not_found") }
    }

    /// Counts a message to a channel against its limit.
    pub(super) fn counts(&mut self, channel: &str) -> Result<(), &'static str> {
        self.slack.meter.message(channel, self.now).map_err(|wait| {
            self.wait = Some(wait);
            RATE_LIMITED
        })
    }
}

/// A method of the Web API.
pub(super) struct Method {
    pub(super) name: &'static str,
    run: fn(&mut Call<'_>) -> Outcome,
}

/// Every method there is.
const METHODS: &[Method] = &[
    Method { name: "api.test", run: api_test },
    Method { name: OPEN_CONNECTION, run: socket_mode::open },
    Method { name: "assistant.threads.setStatus", run: assistant::set_status },
    Method { name: "assistant.threads.setSuggestedPrompts", run: assistant::set_suggested_prompts },
    Method { name: "assistant.threads.setTitle", run: assistant::set_title },
    Method { name: "auth.test", run: auth_test },
    Method { name: "bots.info", run: team::bot },
    Method { name: "chat.appendStream", run: stream::append },
    Method { name: "chat.delete", run: chat::delete },
    Method { name: "chat.deleteScheduledMessage", run: scheduled::delete },
    Method { name: "chat.getPermalink", run: chat::permalink },
    Method { name: "chat.postEphemeral", run: chat::post_ephemeral },
    Method { name: "chat.postMessage", run: chat::post_message },
    Method { name: "chat.scheduleMessage", run: scheduled::schedule },
    Method { name: "chat.scheduledMessages.list", run: scheduled::list },
    Method { name: "chat.startStream", run: stream::start },
    Method { name: "chat.stopStream", run: stream::stop },
    Method { name: "chat.unfurl", run: unfurl::unfurl },
    Method { name: "chat.update", run: chat::update },
    Method { name: "conversations.archive", run: rooms::archive },
    Method { name: "conversations.close", run: rooms::close },
    Method { name: "conversations.create", run: conversations::create },
    Method { name: "conversations.history", run: conversations::history },
    Method { name: "conversations.info", run: conversations::info },
    Method { name: "conversations.invite", run: rooms::invite },
    Method { name: "conversations.join", run: rooms::join },
    Method { name: "conversations.kick", run: rooms::kick },
    Method { name: "conversations.leave", run: rooms::leave },
    Method { name: "conversations.list", run: conversations::list },
    Method { name: "conversations.mark", run: rooms::mark },
    Method { name: "conversations.members", run: conversations::members },
    Method { name: "conversations.open", run: conversations::open },
    Method { name: "conversations.rename", run: rooms::rename },
    Method { name: "conversations.replies", run: conversations::replies },
    Method { name: "conversations.setPurpose", run: rooms::set_purpose },
    Method { name: "conversations.setTopic", run: rooms::set_topic },
    Method { name: "conversations.unarchive", run: rooms::unarchive },
    Method { name: "files.completeUploadExternal", run: files::complete_upload },
    Method { name: "files.delete", run: files::delete },
    Method { name: "files.getUploadURLExternal", run: files::get_upload_url },
    Method { name: "files.info", run: files::info },
    Method { name: "files.list", run: files::list },
    Method { name: "functions.completeError", run: functions::fail },
    Method { name: "functions.completeSuccess", run: functions::complete },
    Method { name: "reactions.add", run: reactions::add },
    Method { name: "reactions.get", run: reactions::get },
    Method { name: "reactions.list", run: reactions::list },
    Method { name: "reactions.remove", run: reactions::remove },
    Method { name: "team.info", run: team::info },
    Method { name: "users.conversations", run: conversations::list },
    Method { name: "users.info", run: users::info },
    Method { name: "users.list", run: users::list },
    Method { name: "users.lookupByEmail", run: users::lookup_by_email },
    Method { name: "users.profile.get", run: users::profile },
    Method { name: "views.open", run: views::open },
    Method { name: "views.publish", run: views::publish },
    Method { name: "views.push", run: views::push },
    Method { name: "views.update", run: views::update },
];

/// The one method of the app itself, not of its bot.
const OPEN_CONNECTION: &str = "apps.connections.open";

/// The method that a path means.
pub(super) fn find(path: &str) -> Option<&'static Method> {
    let name = path.strip_prefix("/api/")?.trim_end_matches('/');
    METHODS.iter().find(|method| method.name == name)
}

/// Answers a request: always status 200 where it is the Web API at all.
pub(super) fn answer(slack: &mut Slack, request: &Request, now: Time, quirk: Quirk) -> Handled {
    if !request.path.starts_with("/api/") {
        return answer::text(404, "not found").alone();
    }
    let (outcome, effects, wait) = match Args::read(request) {
        Ok(args) => call(slack, request, args, now, quirk),
        Err(word) => (Err(word), Vec::new(), None),
    };
    if let Some(wait) = wait {
        let reply = answer::json(429, &json!({"ok": false, "error": RATE_LIMITED}));
        return reply.with("retry-after", wait.to_string()).and(effects);
    }
    let body = match outcome {
        Ok(fields) => with_ok(fields),
        Err(UNKNOWN) => json!({"ok": false, "error": UNKNOWN, "req_method": request.path.trim_start_matches("/api/")}),
        Err(word) => json!({"ok": false, "error": word}),
    };
    answer::json(200, &body).with("x-oauth-scopes", SCOPES).and(effects)
}

fn call(slack: &mut Slack, request: &Request, args: Args, now: Time, quirk: Quirk) -> Called {
    let Some(method) = find(&request.path) else { return (Err(UNKNOWN), Vec::new(), None) };
    if method.name != "api.test"
        && let Err(word) = check_token(slack, request, &args, method.name)
    {
        return (Err(word), Vec::new(), None);
    }
    if let Err(wait) = slack.meter.call(method.name, now) {
        return (Err(RATE_LIMITED), Vec::new(), Some(wait));
    }
    let origin = form::origin(&request.headers);
    // What the workspace sends by itself leads back the way that the app came last.
    slack.origin.clone_from(&origin);
    let mut call = Call { slack, args, now, origin, effects: Vec::new(), quirk, wait: None };
    let outcome = (method.run)(&mut call);
    (outcome, call.effects, call.wait)
}

/// What came of a call, what follows, and how long to wait if it came too often.
type Called = (Outcome, Vec<Effect>, Option<u64>);

fn check_token(slack: &Slack, request: &Request, args: &Args, method: &str) -> Result<(), &'static str> {
    let Settings { bot_token, app_token, .. } = &slack.settings;
    let (right, other) = if method == OPEN_CONNECTION { (app_token, bot_token) } else { (bot_token, app_token) };
    let given = form::bearer(&request.headers).map(str::to_owned).or_else(|| args.text("token"));
    match given {
        None => Err("not_authed"),
        Some(token) if token == *right => Ok(()),
        Some(token) if token == *other => Err("not_allowed_token_type"),
        Some(_) => Err("invalid_auth"),
    }
}

fn with_ok(fields: Value) -> Value {
    let mut body = json!({"ok": true});
    if let (Value::Object(body), Value::Object(fields)) = (&mut body, fields) {
        body.extend(fields);
    }
    body
}

fn api_test(call: &mut Call<'_>) -> Outcome {
    match call.args.text("error") {
        // The caller's own word comes back: the one error that is no fixed word.
        Some(word) => Ok(json!({"ok": false, "error": word, "args": call.args.echo()})),
        None => Ok(json!({"args": call.args.echo()})),
    }
}

fn auth_test(call: &mut Call<'_>) -> Outcome {
    Ok(json!({
        "url": format!("{}/", call.origin), "team": "Holdline", "user": "holdline-bot", "team_id": TEAM,
        "user_id": BOT_USER, "bot_id": BOT, "is_enterprise_install": false,
    }))
}

/// Items of a page where the client does not say how many.
pub(super) const PAGE: usize = 100;

/// One page of a list, of `size` items unless the client wants otherwise, and the cursor of the next one, which is empty at
/// the end.
pub(super) fn page<T: Clone>(args: &Args, all: &[T], size: usize) -> Result<(Vec<T>, String), &'static str> {
    let from = match args.text("cursor") {
        None => 0,
        Some(cursor) => cursor.strip_prefix("next:").and_then(|at| at.parse().ok()).ok_or("invalid_cursor")?,
    };
    let limit = args.number("limit").filter(|limit| *limit > 0).map_or(size, |limit| limit.min(1_000));
    let to = all.len().min(usize::saturating_add(from, limit));
    let next = if to < all.len() { format!("next:{to}") } else { String::new() };
    Ok((all.get(from..to).unwrap_or_default().to_vec(), next))
}
