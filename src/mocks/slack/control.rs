//! What the control API may make happen here: where the app listens, and what people of the workspace do.

use super::interact::Press;
use super::limit::{Limits, Meter};
use super::state::{moment, ts};
use super::{Posted, Slack, Urls};
use crate::mocks::asked::{Asked, Done, Refused};
use crate::scenario::model;
use crate::time::Time;
use serde_json::{Value, json};
use std::sync::Arc;

/// What people can do.
pub(super) const EVENTS: [&str; 10] = [
    "message",
    "slash_command",
    "block_action",
    "view_submission",
    "view_closed",
    "shortcut",
    "app_home_opened",
    "assistant_thread_started",
    "assistant_thread_context_changed",
    "event",
];
/// More tries than anybody configures.
const MAX_RETRIES: usize = 20;

impl Slack {
    /// Something happens in the workspace.
    pub(super) fn happens(&mut self, event: &str, params: &Asked, now: Time) -> Result<Done, Refused> {
        match event {
            "message" => self.somebody_writes(params, now),
            "slash_command" => self.somebody_commands(params, now),
            "block_action" => self.somebody_presses(params, now),
            "view_submission" => self.somebody_submits(params, now),
            "view_closed" => self.somebody_closes(params, now),
            "shortcut" => self.somebody_takes_a_shortcut(params, now),
            "app_home_opened" => self.somebody_opens_the_home_tab(params, now),
            "assistant_thread_started" => self.somebody_opens_the_assistant(params, now),
            "assistant_thread_context_changed" => self.somebody_looks_elsewhere(params, now),
            "event" => self.something_happens(params, now),
            other => Err(Refused::unknown("unknown Slack event", other, EVENTS)),
        }
    }

    fn somebody_writes(&mut self, params: &Asked, now: Time) -> Result<Done, Refused> {
        params.only(&["channel", "text", "user", "thread_ts"])?;
        let (channel, text) = (params.text("channel")?, params.text("text")?);
        let user = self.person(params.text_if("user")?)?;
        let channel = self.room(channel, now)?;
        let posted = self.customer_posts(&user, &channel, text, params.text_if("thread_ts")?, None, now);
        let Posted { ts, effects } = posted;
        Ok(Done::of([("channel", json!(channel)), ("ts", json!(ts)), ("user", json!(user))], effects))
    }

    fn somebody_commands(&mut self, params: &Asked, now: Time) -> Result<Done, Refused> {
        params.only(&["command", "text", "channel", "user"])?;
        let command = params.text("command")?;
        let command = if command.starts_with('/') { command.to_owned() } else { format!("/{command}") };
        let user = self.person(params.text_if("user")?)?;
        let channel = match params.text_if("channel")? {
            Some(named) => self.room(named, now)?,
            None => self.workspace.first_channel().ok_or_else(|| Refused::missing("there is no channel"))?,
        };
        let text = params.text_if("text")?.unwrap_or_default();
        let effects = self.commanded(&user, &channel, &command, text, now).into_iter().collect();
        Ok(Done::of([("channel", json!(channel)), ("user", json!(user)), ("command", json!(command))], effects))
    }

    fn somebody_presses(&mut self, params: &Asked, now: Time) -> Result<Done, Refused> {
        params.only(&["channel", "ts", "view_id", "callback_id", "action_id", "value", "user"])?;
        let action_id = params.text("action_id")?;
        let user = self.person(params.text_if("user")?)?;
        if params.get("channel").is_none() && params.get("ts").is_none() {
            return self.somebody_presses_in_a_view(&user, action_id, params, now);
        }
        let (channel, at) = self.message_named(params, now)?;
        let press = Press { user: &user, channel: &channel, at, action_id, value: params.text_if("value")? };
        let effects = self.pressed(&press, now).into_iter().collect();
        Ok(Done::of([("channel", json!(channel)), ("user", json!(user)), ("ts", json!(ts(at)))], effects))
    }

    fn somebody_submits(&mut self, params: &Asked, now: Time) -> Result<Done, Refused> {
        params.only(&["view_id", "callback_id", "values", "user"])?;
        let user = self.person(params.text_if("user")?)?;
        let view = self.form_named(params)?;
        let values = params.get("values").cloned().unwrap_or_default();
        let effects = self.submitted(&user, &view, &values, now).into_iter().collect();
        Ok(Done::of([("view_id", json!(view)), ("user", json!(user))], effects))
    }

    /// The message that `channel` and `ts` name.
    pub(super) fn message_named(&mut self, params: &Asked, now: Time) -> Result<(String, i64), Refused> {
        let named = params.text("channel")?;
        let channel = self.room(named, now)?;
        let at = moment(params.text("ts")?).filter(|at| {
            let room = self.workspace.channels.get(&channel);
            room.is_some_and(|room| room.find(*at).is_some())
        });
        let at = at.ok_or_else(|| Refused::missing(format!("there is no message with this `ts` in `{named}`")))?;
        Ok((channel, at))
    }

    /// The form that `view_id` names, or the newest of a `callback_id`, or the newest of all.
    pub(super) fn form_named(&self, params: &Asked) -> Result<String, Refused> {
        let newest = self.views.newest(params.text_if("callback_id")?).map(str::to_owned);
        let view = params.text_if("view_id")?.map(str::to_owned).or(newest);
        let view = view.filter(|id| self.views.get(id).is_some());
        view.ok_or_else(|| Refused::missing("no such form is open: views.open opens one"))
    }

    /// The id of a channel by name or id; a user's id, or `@name`, is the direct conversation with that user.
    pub(super) fn room(&mut self, named: &str, now: Time) -> Result<String, Refused> {
        if named.starts_with('@') {
            let user = self.person(Some(named))?;
            return Ok(self.workspace.open_direct(&user, now));
        }
        self.workspace.reach(named, now).ok_or_else(|| {
            let names = self.workspace.channels.values().map(|room| room.name.as_str()).filter(|name| !name.is_empty());
            Refused::unknown("unknown channel", named, names)
        })
    }

    /// The user of this id, name or address; the first person of the workspace if nobody is named.
    pub(super) fn person(&self, named: Option<&str>) -> Result<String, Refused> {
        let mut people = self.workspace.users.values().filter(|user| !user.bot);
        let found = match named {
            None => people.next(),
            Some(named) => {
                let name = named.trim_start_matches('@');
                people.find(|user| user.id == name || user.name == name || user.email.eq_ignore_ascii_case(name))
            }
        };
        found.map(|user| user.id.clone()).ok_or_else(|| {
            let names = self.workspace.users.values().filter(|user| !user.bot).map(|user| user.name.as_str());
            Refused::unknown("unknown user", named.unwrap_or_default(), names)
        })
    }

    /// Where the app listens from now on, and how it is called.
    pub(super) fn is_aimed(&mut self, target: &Asked, now: Time) -> Result<Done, Refused> {
        const KNOWN: [&str; 8] = [
            "events_url",
            "interactivity_url",
            "commands_url",
            "signing_secret",
            "retry_delays_s",
            LIMITS[0],
            LIMITS[1],
            LIMITS[2],
        ];
        target.only(&KNOWN)?;
        let (interactivity, commands) = (target.url("interactivity_url")?, target.url("commands_url")?);
        let (url, secret) = (target.url("events_url")?, target.text_if("signing_secret")?);
        let retries = target.lengths("retry_delays_s", MAX_RETRIES)?;
        let limits = limits(target)?;
        // Nothing above has changed anything: what is refused is refused as a whole.
        if let Some(secret) = secret {
            secret.clone_into(&mut self.settings.signing_secret);
        }
        if let Some(retries) = retries {
            self.settings.retries = retries;
        }
        let cleared: Vec<&str> = LIMITS.into_iter().filter(|name| target.cleared(name)).collect();
        if limits != model::Limits::default() || !cleared.is_empty() {
            let so_far = self.settings.limits.as_deref().cloned().unwrap_or_else(Limits::shipped);
            let from_now = Arc::new(so_far.without(&cleared).with(&limits));
            self.events.limit(Some(from_now.events));
            self.meter = Meter::new(Some(from_now.clone()));
            self.settings.limits = Some(from_now);
        }
        self.outbox.signs_with(&self.settings.signing_secret, &self.settings.retries);
        let mut effects = Vec::new();
        let urls = &mut self.settings.urls;
        for (name, given, kept) in [
            ("events_url", &url, &mut urls.events),
            ("interactivity_url", &interactivity, &mut urls.interactivity),
            ("commands_url", &commands, &mut urls.commands),
        ] {
            if target.cleared(name) || given.is_some() {
                kept.clone_from(given);
            }
        }
        self.outbox.urls = urls.clone();
        if let Some(url) = url {
            effects.push(self.set_events_url(&url, now));
        }
        let Urls { events, interactivity, commands } = &self.settings.urls;
        let retries: Vec<f64> = self.settings.retries.iter().map(|wait| wait.secs_f64()).collect();
        let shown = self.settings.limits.as_deref().map(Limits::shown);
        let (messages, events_per_hour, calls) =
            shown.map_or((None, None, None), |(a, b, c)| (Some(a), Some(b), Some(c)));
        let made = [
            ("events_url", json!(events)),
            ("interactivity_url", json!(interactivity)),
            ("commands_url", json!(commands)),
            ("retry_delays_s", json!(retries)),
            (LIMITS[0], json!(messages)),
            (LIMITS[1], json!(calls)),
            (LIMITS[2], json!(events_per_hour)),
        ];
        Ok(Done::of(made, effects))
    }
}

/// Slack's limits, as the control API has them.
const LIMITS: [&str; 3] = ["messages_per_minute", "calls_per_minute", "events_per_hour"];
/// A limit is no larger than this.
const MOST: u64 = 1_000_000_000;

/// The limits that are asked for.
fn limits(target: &Asked) -> Result<model::Limits, Refused> {
    let number = |name: &str| -> Result<Option<u32>, Refused> {
        Ok(target.whole(name, 1, MOST)?.and_then(|number| u32::try_from(number).ok()))
    };
    let wrong = || {
        let why = "`calls_per_minute` must be an object of at most 100 methods, each with a whole number from 1";
        Refused::bad(why)
    };
    let calls_per_minute = match target.get(LIMITS[1]) {
        None => Default::default(),
        Some(Value::Object(all)) if all.len() <= 100 => {
            let one = |(method, calls): (&String, &Value)| {
                let calls = calls.as_u64().filter(|calls| (1..=MOST).contains(calls)).ok_or_else(wrong)?;
                Ok((method.clone(), u32::try_from(calls).map_err(|_| wrong())?))
            };
            all.iter().map(one).collect::<Result<_, Refused>>()?
        }
        Some(_) => return Err(wrong()),
    };
    let (messages_per_minute, events_per_hour) = (number(LIMITS[0])?, number(LIMITS[2])?);
    Ok(model::Limits { messages_per_minute, calls_per_minute, events_per_hour, ..model::Limits::default() })
}

#[cfg(test)]
mod tests {
    use super::super::Settings;
    use super::*;
    use crate::mocks::vendor::{Effect, Vendor as _};
    use crate::time::Span;
    use serde_json::Value;

    fn asked(value: Value) -> Asked {
        Asked::new(value, false).expect("it is an object")
    }

    #[test]
    fn a_message_reaches_the_app_that_was_named() {
        let mut slack = Slack::new(Settings::default());
        let target = json!({"events_url": "http://127.0.0.1:9/e", "signing_secret": "s", "retry_delays_s": [0, 1.5]});
        let aimed = slack.is_aimed(&asked(target), Time::ZERO).expect("it is taken");
        assert_eq!(aimed.effects.len(), 1, "the challenge");
        let message = asked(json!({"channel": "#support", "text": "hello", "user": "kim"}));
        let done = slack.happens("message", &message, Time::ZERO).expect("it is posted");
        assert_eq!((&done.made["channel"], &done.made["user"]), (&json!("C00000001"), &json!("U00000003")));
        let [Effect::Deliver(delivery)] = done.effects.as_slice() else { panic!("{:?}", done.effects) };
        assert_eq!(delivery.retries, [Span::ZERO, Span::from_millis(1_500)]);
        let stamp = delivery.headers.iter().find(|(name, _)| name == "x-slack-request-timestamp");
        let stamp = stamp.and_then(|(_, value)| value.parse().ok()).expect("it is dated");
        let signature = crate::mocks::sign::slack("s", stamp, &delivery.body);
        assert!(delivery.headers.contains(&("x-slack-signature".to_owned(), signature)));
    }

    #[test]
    fn what_is_not_there_is_named() {
        let mut slack = Slack::new(Settings::default());
        let mut refused = |event: &str, params| {
            let refused = slack.happens(event, &asked(params), Time::ZERO).expect_err("it is refused");
            (refused.status, refused.why)
        };
        assert!(refused("slash_command", json!({})).1.contains("`command` is missing"));
        let press = json!({"channel": "support", "ts": "1.0", "action_id": "go"});
        assert_eq!(refused("block_action", press).0, 404);
        assert_eq!(refused("view_submission", json!({})).0, 404);
        assert!(refused("mesage", json!({})).1.contains("did you mean `message`"));
        assert!(refused("message", json!({"channel": "nowhere", "text": "x"})).1.contains("support-escalations"));
        assert!(refused("message", json!({"channel": "support", "text": "x", "user": "nobody"})).1.contains("alex"));
        assert!(refused("message", json!({"channel": "support"})).1.contains("`text` is missing"));
        let target = asked(json!({"events_url": "http://127.0.0.1/", "commands_url": "http://example.com/"}));
        assert_eq!(slack.is_aimed(&target, Time::ZERO).expect_err("remote").status, 422);
        assert_eq!(slack.settings.urls, Urls::default(), "refused as a whole");
    }

    #[test]
    fn a_reset_forgets_messages_and_keeps_the_target() {
        let mut slack = Slack::new(Settings::default());
        slack.is_aimed(&asked(json!({"events_url": "http://127.0.0.1:9/e"})), Time::ZERO).expect("it is taken");
        let message = asked(json!({"channel": "support", "text": "hello"}));
        slack.happens("message", &message, Time::ZERO).expect("it is posted");
        slack.reset();
        assert!(slack.channel("support").expect("a seed channel").messages.is_empty());
        assert_eq!(slack.happens("message", &message, Time::ZERO).expect("it is posted").effects.len(), 1);
        slack.is_aimed(&asked(json!({"events_url": null})), Time::ZERO).expect("it is taken");
        assert_eq!(slack.happens("message", &message, Time::ZERO).expect("it is posted").effects.len(), 0);
    }

    #[test]
    fn limits_are_set_and_brought_back() {
        let mut slack = Slack::new(super::super::Settings::default());
        let mut aim = |target| slack.is_aimed(&asked(target), Time::ZERO).map(|done| done.made);
        let shipped = aim(json!({"messages_per_minute": null})).expect("it is taken");
        let set = json!({"messages_per_minute": 3, "calls_per_minute": {"auth.test": 2}, "events_per_hour": 9});
        let made = aim(set).expect("it is taken");
        assert_eq!((&made["messages_per_minute"], &made["events_per_hour"]), (&json!(3.0), &json!(9)));
        assert_eq!(made["calls_per_minute"], json!({"auth.test": 2.0}));
        let kept = aim(json!({"events_per_hour": 8})).expect("it is taken");
        assert_eq!((&kept["messages_per_minute"], &kept["events_per_hour"]), (&json!(3.0), &json!(8)));
        let back = json!({"messages_per_minute": null, "calls_per_minute": null, "events_per_hour": null});
        let back = aim(back).expect("it is taken");
        for name in LIMITS {
            assert_eq!(back[name], shipped[name], "{name}");
        }
        for wrong in [
            json!({"messages_per_minute": 0}),
            json!({"events_per_hour": "many"}),
            json!({"calls_per_minute": {"auth.test": 0}}),
            json!({"calls_per_minute": [1]}),
        ] {
            assert_eq!(aim(wrong.clone()).expect_err("no limit").status, 422, "{wrong}");
        }
    }
}
