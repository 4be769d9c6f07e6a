//! What a workspace remembers: users, channels, messages. All ids are counted, so that a seed gives the same ones.

use super::Settings;
use crate::mocks::stamp::Epoch;
use crate::time::Time;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The workspace's id.
pub(super) const TEAM: &str = "T00000001";
/// The app's id.
pub(super) const APP: &str = "A00000001";
/// The bot's id.
pub(super) const BOT: &str = "B00000001";
/// The user that the bot is.
pub(super) const BOT_USER: &str = "U00000001";
/// More messages than a channel keeps: the oldest go.
const MAX_MESSAGES: usize = 100_000;
/// The same for messages that one user sees, and for what assistants show beside their threads.
const MAX_WHISPERS: usize = 1_000;
const MAX_ASSISTED: usize = 10_000;

/// A member of the workspace.
#[derive(Clone, Debug)]
pub struct User {
    /// `U…`.
    pub id: String,
    /// The name, as in `@name`.
    pub name: String,
    /// The address.
    pub email: String,
    /// Whether it is the bot.
    pub bot: bool,
}

/// Who may read a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Everybody.
    Public,
    /// The bot and this user.
    Direct(String),
}

/// A channel or a direct conversation.
#[derive(Clone, Debug)]
pub struct Channel {
    /// `C…` or `D…`.
    pub id: String,
    /// The name without `#`; empty for direct messages.
    pub name: String,
    /// Who may read it.
    pub kind: Kind,
    /// Its messages by moment (microseconds since 1970), replies included.
    pub messages: BTreeMap<i64, Message>,
    /// When it was made, seconds since 1970.
    pub created: i64,
    /// Nobody may write in it any more.
    pub archived: bool,
    /// What it is about just now.
    pub topic: String,
    /// What it is for.
    pub purpose: String,
    /// Members of the workspace who are not in it.
    pub(super) absent: BTreeSet<String>,
    /// Messages that one user sees, by moment.
    whispers: BTreeMap<i64, Message>,
    last: i64,
}

/// A message.
#[derive(Clone, Debug)]
pub struct Message {
    /// Who wrote it.
    pub user: String,
    /// Its text.
    pub text: String,
    /// The thread's root, if it is a reply.
    pub thread: Option<i64>,
    /// Blocks and attachments, as they were sent.
    pub parts: Vec<(&'static str, Value)>,
    /// When it was last changed.
    pub edited: Option<i64>,
    /// Who reacted, by reaction.
    pub reactions: BTreeMap<String, BTreeSet<String>>,
    /// It still grows.
    pub streaming: bool,
    /// The one user who sees it; `None`: everybody.
    pub only_for: Option<String>,
    /// What sort of message it is, where it is none that somebody wrote.
    pub subtype: Option<&'static str>,
    /// What its app keeps with it: an event's type and payload.
    pub metadata: Option<Value>,
}

impl Message {
    /// A plain message.
    pub(super) fn new(user: &str, text: &str, thread: Option<i64>) -> Self {
        Self {
            user: user.to_owned(),
            text: text.to_owned(),
            thread,
            parts: Vec::new(),
            edited: None,
            reactions: BTreeMap::new(),
            streaming: false,
            only_for: None,
            subtype: None,
            metadata: None,
        }
    }
}

/// A moment as Slack writes it: `1767571200.000100`.
pub(super) fn ts(micros: i64) -> String {
    format!("{:010}.{:06}", micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000))
}

/// The moment of a `ts`; `None` if it is none.
pub(super) fn moment(ts: &str) -> Option<i64> {
    let (seconds, fraction) = ts.split_once('.').unwrap_or((ts, ""));
    if seconds.len() > 12 || fraction.len() > 6 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let micros: i64 = format!("{fraction:0<6}").parse().ok()?;
    seconds.parse::<i64>().ok()?.checked_mul(1_000_000)?.checked_add(micros)
}

/// All that is remembered.
#[derive(Debug)]
pub(super) struct Workspace {
    pub(super) epoch: Epoch,
    pub(super) users: BTreeMap<String, User>,
    pub(super) channels: BTreeMap<String, Channel>,
    names: BTreeMap<String, String>,
    direct: BTreeMap<String, String>,
    emails: BTreeMap<String, String>,
    /// What an assistant shows beside a thread: status, title, prompts.
    assisted: BTreeMap<(String, i64), BTreeMap<&'static str, Value>>,
}

impl Workspace {
    pub(super) fn new(settings: &Settings) -> Self {
        let mut workspace = Self {
            epoch: settings.epoch,
            users: BTreeMap::new(),
            channels: BTreeMap::new(),
            names: BTreeMap::new(),
            direct: BTreeMap::new(),
            emails: BTreeMap::new(),
            assisted: BTreeMap::new(),
        };
        let bot = workspace.add_user("holdline-bot");
        if let Some(user) = workspace.users.get_mut(&bot) {
            user.bot = true;
        }
        for name in &settings.users {
            workspace.add_user(name);
        }
        for name in &settings.channels {
            workspace.add_channel(name, Time::ZERO);
        }
        workspace
    }

    /// A new user. Two of one name differ in their address.
    pub(super) fn add_user(&mut self, name: &str) -> String {
        let number = self.users.len() + 1;
        let id = format!("U{number:08}");
        let handle: String = name
            .to_lowercase()
            .chars()
            .map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '.' })
            .collect();
        let mut email = format!("{handle}@example.com");
        if self.emails.contains_key(&email) {
            email = format!("{handle}+{number}@example.com");
        }
        self.emails.insert(email.clone(), id.clone());
        self.users.insert(id.clone(), User { id: id.clone(), name: name.to_owned(), email, bot: false });
        id
    }

    /// A channel of that name, made if there is none yet.
    pub(super) fn add_channel(&mut self, name: &str, now: Time) -> String {
        let name = name.trim_start_matches('#');
        if let Some(id) = self.names.get(name) {
            return id.clone();
        }
        let id = format!("C{:08}", self.names.len() + 1);
        self.names.insert(name.to_owned(), id.clone());
        self.insert(&id, name, Kind::Public, now);
        id
    }

    /// A channel gets another name, which no other one has.
    pub(super) fn rename(&mut self, id: &str, name: &str) {
        if let Some(channel) = self.channels.get_mut(id) {
            self.names.remove(&channel.name);
            self.names.insert(name.to_owned(), id.to_owned());
            name.clone_into(&mut channel.name);
        }
    }

    /// The direct conversation of the bot with a user, opened if there is none yet.
    pub(super) fn open_direct(&mut self, user: &str, now: Time) -> String {
        if let Some(id) = self.direct.get(user) {
            return id.clone();
        }
        let id = format!("D{:08}", self.direct.len() + 1);
        self.direct.insert(user.to_owned(), id.clone());
        self.insert(&id, "", Kind::Direct(user.to_owned()), now);
        id
    }

    fn insert(&mut self, id: &str, name: &str, kind: Kind, now: Time) {
        let channel = Channel {
            id: id.to_owned(),
            name: name.to_owned(),
            kind,
            messages: BTreeMap::new(),
            created: self.epoch.unix_secs(now),
            archived: false,
            topic: String::new(),
            purpose: String::new(),
            absent: BTreeSet::new(),
            whispers: BTreeMap::new(),
            last: 0,
        };
        self.channels.insert(id.to_owned(), channel);
    }

    /// The id of a channel by id, name or user of a direct conversation that is open.
    pub(super) fn channel_id(&self, named: &str) -> Option<&str> {
        if let Some(channel) = self.channels.get(named) {
            return Some(&channel.id);
        }
        self.names.get(named.trim_start_matches('#')).or_else(|| self.direct.get(named)).map(String::as_str)
    }

    pub(super) fn channel(&self, named: &str) -> Option<&Channel> {
        self.channels.get(self.channel_id(named)?)
    }

    /// As [`Self::channel_id`]; a user's id opens the direct conversation with that user.
    pub(super) fn reach(&mut self, named: &str, now: Time) -> Option<String> {
        if let Some(id) = self.channel_id(named) {
            return Some(id.to_owned());
        }
        (self.users.contains_key(named) && named != BOT_USER).then(|| self.open_direct(named, now))
    }

    /// The channel that was there first.
    pub(super) fn first_channel(&self) -> Option<String> {
        self.channels.keys().find(|id| id.starts_with('C')).cloned()
    }

    /// An assistant shows something beside a thread.
    pub(super) fn assist(&mut self, thread: (String, i64), what: &'static str, value: Value) {
        self.assisted.entry(thread).or_default().insert(what, value);
        if self.assisted.len() > MAX_ASSISTED {
            self.assisted.pop_first();
        }
    }

    /// What an assistant shows beside a thread.
    #[cfg(test)]
    pub(super) fn assisted(&self, channel: &str, root: i64, what: &str) -> Option<&Value> {
        self.assisted.get(&(channel.to_owned(), root))?.get(what)
    }

    pub(super) fn user_by_email(&self, email: &str) -> Option<&User> {
        self.users.get(self.emails.get(&email.to_lowercase())?)
    }

    /// Stores a message and gives its moment, which no other message of the channel has.
    pub(super) fn store(&mut self, channel: &str, message: Message, now: Time) -> Option<i64> {
        let at = self.stamp(channel, now)?;
        // An assistant's status lasts until its next message.
        if let Some(root) = message.thread
            && let Some(shows) = self.assisted.get_mut(&(channel.to_owned(), root))
        {
            shows.remove("status");
        }
        let channel = self.channels.get_mut(channel)?;
        channel.messages.insert(at, message);
        if channel.messages.len() > MAX_MESSAGES {
            channel.messages.pop_first();
        }
        Some(at)
    }

    /// The next moment of a channel: `now`, or just after its last message.
    pub(super) fn stamp(&mut self, channel: &str, now: Time) -> Option<i64> {
        let micros = self.epoch.unix_micros(now);
        let channel = self.channels.get_mut(channel)?;
        channel.last = micros.max(channel.last + 1);
        Some(channel.last)
    }
}

impl Channel {
    /// What the harness calls it: its name, or the id of the user of direct messages.
    pub fn label(&self) -> &str {
        match &self.kind {
            Kind::Public => &self.name,
            Kind::Direct(user) => user,
        }
    }

    /// A message, also one that only one user sees.
    pub(super) fn find(&self, at: i64) -> Option<&Message> {
        self.messages.get(&at).or_else(|| self.whispers.get(&at))
    }

    pub(super) fn find_mut(&mut self, at: i64) -> Option<&mut Message> {
        self.messages.get_mut(&at).or_else(|| self.whispers.get_mut(&at))
    }

    pub(super) fn remove(&mut self, at: i64) -> Option<Message> {
        self.messages.remove(&at).or_else(|| self.whispers.remove(&at))
    }

    /// A message that only one user sees.
    pub(super) fn whisper(&mut self, at: i64, message: Message) {
        self.whispers.insert(at, message);
        if self.whispers.len() > MAX_WHISPERS {
            self.whispers.pop_first();
        }
    }

    /// A message as Slack shows it.
    pub(super) fn show(&self, at: i64) -> Option<Value> {
        let message = self.messages.get(&at)?;
        let mut shown = show(message, at);
        if let Some(root) = message.thread.and_then(|root| self.messages.get(&root)) {
            shown["parent_user_id"] = json!(root.user);
        }
        let replies: Vec<i64> =
            self.messages.range(at..).filter(|(_, reply)| reply.thread == Some(at)).map(|(at, _)| *at).collect();
        if let Some(last) = replies.last() {
            let users: BTreeSet<&str> =
                replies.iter().filter_map(|at| self.messages.get(at)).map(|reply| reply.user.as_str()).collect();
            shown["thread_ts"] = json!(ts(at));
            shown["reply_count"] = json!(replies.len());
            shown["reply_users_count"] = json!(users.len());
            shown["latest_reply"] = json!(ts(*last));
            shown["reply_users"] = json!(users);
        }
        Some(shown)
    }
}

/// A message as Slack shows it, without what its thread adds.
pub(super) fn show(message: &Message, at: i64) -> Value {
    let mut shown = json!({
        "type": "message", "user": message.user, "ts": ts(at), "text": message.text, "team": TEAM,
    });
    if message.user == BOT_USER {
        shown["bot_id"] = json!(BOT);
        shown["app_id"] = json!(APP);
        shown["bot_profile"] =
            json!({"id": BOT, "app_id": APP, "name": "holdline-bot", "deleted": false, "team_id": TEAM});
    }
    if let Some(subtype) = message.subtype {
        shown["subtype"] = json!(subtype);
    }
    if let Some(root) = message.thread {
        shown["thread_ts"] = json!(ts(root));
    }
    for (name, part) in &message.parts {
        shown[*name] = part.clone();
    }
    if shown["blocks"].is_null() && !message.text.is_empty() && message.subtype.is_none() {
        shown["blocks"] = rich_text(&message.text);
    }
    if let Some(edited) = message.edited {
        shown["edited"] = json!({"user": message.user, "ts": ts(edited)});
    }
    if !message.reactions.is_empty() {
        shown["reactions"] = message
            .reactions
            .iter()
            .map(|(name, users)| json!({"name": name, "users": users, "count": users.len()}))
            .collect();
    }
    shown
}

/// What Slack makes of a message in plain words: apps take its blocks for granted.
fn rich_text(text: &str) -> Value {
    json!([{
        "type": "rich_text", "block_id": "b1",
        "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}],
    }])
}
