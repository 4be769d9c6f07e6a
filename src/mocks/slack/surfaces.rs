//! What the control API may make happen beside messages and forms: somebody opens the assistant or the home tab, uses a
//! shortcut or a menu there, and any event of the Events API as it is.

use super::Slack;
use super::state::{BOT_USER, Message, TEAM, moment, ts};
use crate::mocks::asked::{Asked, Done, Refused};
use crate::time::Time;
use serde_json::{Value, json};

/// The sort of the message that a thread of an assistant begins with.
const ASSISTANT_ROOT: &str = "assistant_app_thread";

impl Slack {
    /// Somebody opens the assistant: a thread in the direct conversation, which begins with a message of its own sort.
    pub(super) fn somebody_opens_the_assistant(&mut self, params: &Asked, now: Time) -> Result<Done, Refused> {
        params.only(&["user", "context_channel"])?;
        let user = self.person(params.text_if("user")?)?;
        let context = self.looks_at(params, now)?;
        let channel = self.workspace.open_direct(&user, now);
        let root = Message { subtype: Some(ASSISTANT_ROOT), ..Message::new(BOT_USER, "New Assistant Thread", None) };
        let at = self.workspace.store(&channel, root, now).ok_or_else(|| Refused::missing("there is no channel"))?;
        self.assistant_event("assistant_thread_started", &user, &channel, at, &context, now)
    }

    /// Somebody who has the assistant open looks at another channel.
    pub(super) fn somebody_looks_elsewhere(&mut self, params: &Asked, now: Time) -> Result<Done, Refused> {
        params.only(&["user", "thread_ts", "context_channel"])?;
        let user = self.person(params.text_if("user")?)?;
        params.text("context_channel")?;
        let context = self.looks_at(params, now)?;
        let channel = self.workspace.open_direct(&user, now);
        let named = params.text_if("thread_ts")?;
        let room = self.workspace.channels.get(&channel);
        let roots = room.into_iter().flat_map(|room| room.messages.iter().rev());
        let mut roots = roots.filter(|(_, root)| root.subtype == Some(ASSISTANT_ROOT)).map(|(at, _)| *at);
        let at = roots.find(|at| named.is_none_or(|named| moment(named) == Some(*at)));
        let at = at.ok_or_else(|| Refused::missing("no such thread: `assistant_thread_started` opens one"))?;
        self.assistant_event("assistant_thread_context_changed", &user, &channel, at, &context, now)
    }

    /// The channel that somebody looks at beside the assistant, as events tell it.
    fn looks_at(&mut self, params: &Asked, now: Time) -> Result<Value, Refused> {
        let Some(named) = params.text_if("context_channel")? else { return Ok(json!({})) };
        let channel = self.room(named, now)?;
        Ok(json!({"channel_id": channel, "team_id": TEAM, "enterprise_id": null}))
    }

    fn assistant_event(
        &mut self,
        kind: &str,
        user: &str,
        channel: &str,
        at: i64,
        context: &Value,
        now: Time,
    ) -> Result<Done, Refused> {
        let thread = json!({"user_id": user, "context": context, "channel_id": channel, "thread_ts": ts(at)});
        let event = json!({"type": kind, "assistant_thread": thread, "event_ts": self.moment_now(now)});
        let effects = self.events.event(&mut self.outbox, &event, None, now).into_iter().collect();
        let made = [("channel", json!(channel)), ("thread_ts", json!(ts(at))), ("user", json!(user))];
        Ok(Done::of(made, effects))
    }

    /// Somebody opens the app's home, or its messages.
    pub(super) fn somebody_opens_the_home_tab(&mut self, params: &Asked, now: Time) -> Result<Done, Refused> {
        params.only(&["user", "tab"])?;
        let user = self.person(params.text_if("user")?)?;
        let tab = match params.text_if("tab")?.unwrap_or("home") {
            tab @ ("home" | "messages" | "about") => tab,
            other => return Err(Refused::unknown("unknown tab", other, ["home", "messages", "about"])),
        };
        let channel = self.workspace.open_direct(&user, now);
        let mut event = json!({
            "type": "app_home_opened", "user": user, "channel": channel, "tab": tab, "event_ts": self.moment_now(now),
        });
        // Slack tells what is published, so that the app can see that nothing is yet.
        if let Some(view) = self.views.home(&user).filter(|_| tab == "home") {
            event["view"] = view.clone();
        }
        let effects = self.events.event(&mut self.outbox, &event, None, now).into_iter().collect();
        Ok(Done::of([("channel", json!(channel)), ("user", json!(user)), ("tab", json!(tab))], effects))
    }

    /// Somebody uses a button or a menu of the form that is named, or else of the app's home.
    pub(super) fn somebody_presses_in_a_view(
        &mut self,
        user: &str,
        action_id: &str,
        params: &Asked,
        now: Time,
    ) -> Result<Done, Refused> {
        let view = if params.get("view_id").is_some() || params.get("callback_id").is_some() {
            self.form_named(params)?
        } else {
            let home = self.views.home(user).and_then(|view| view["id"].as_str()).map(str::to_owned);
            home.ok_or_else(|| {
                Refused::missing(
                    "a message (`channel`, `ts`) or a form (`view_id`, `callback_id`) is wanted: this \
                                  user's home tab is empty",
                )
            })?
        };
        let effects = self.pressed_in_view(user, &view, action_id, params.text_if("value")?, now).into_iter().collect();
        Ok(Done::of([("view_id", json!(view)), ("user", json!(user))], effects))
    }

    /// Somebody closes a form without sending it.
    pub(super) fn somebody_closes(&mut self, params: &Asked, now: Time) -> Result<Done, Refused> {
        params.only(&["view_id", "callback_id", "user"])?;
        let user = self.person(params.text_if("user")?)?;
        let view = self.form_named(params)?;
        let effects = self.closed_by(&user, &view, now).into_iter().collect();
        Ok(Done::of([("view_id", json!(view)), ("user", json!(user))], effects))
    }

    /// Somebody uses a shortcut, or one of a message's.
    pub(super) fn somebody_takes_a_shortcut(&mut self, params: &Asked, now: Time) -> Result<Done, Refused> {
        params.only(&["callback_id", "channel", "ts", "user"])?;
        let callback = params.text("callback_id")?;
        let user = self.person(params.text_if("user")?)?;
        let on = match (params.get("channel"), params.get("ts")) {
            (None, None) => None,
            _ => Some(self.message_named(params, now)?),
        };
        let named = on.as_ref().map(|(channel, at)| (channel.as_str(), *at));
        let effects = self.takes_shortcut(&user, callback, named, now).into_iter().collect();
        Ok(Done::of([("callback_id", json!(callback)), ("user", json!(user))], effects))
    }

    /// Any event, as it is: the workspace itself knows nothing of it. `user` and `channel` may be names.
    pub(super) fn something_happens(&mut self, params: &Asked, now: Time) -> Result<Done, Refused> {
        params.text("type")?;
        let mut event = Value::Object(params.all().clone());
        if let Some(user) = event["user"].as_str().and_then(|named| self.person(Some(named)).ok()) {
            event["user"] = json!(user);
        }
        if let Some(channel) = event["channel"].as_str().and_then(|named| self.workspace.channel_id(named)) {
            event["channel"] = json!(channel);
        }
        if event["event_ts"].is_null() {
            event["event_ts"] = json!(self.moment_now(now));
        }
        let effects = self.events.event(&mut self.outbox, &event, None, now).into_iter().collect();
        Ok(Done::of([("type", event["type"].clone()), ("event_ts", event["event_ts"].clone())], effects))
    }

    fn moment_now(&self, now: Time) -> String {
        ts(self.workspace.epoch.unix_micros(now))
    }
}
