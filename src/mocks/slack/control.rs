//! What the control API may make happen here: where the app listens, and what people of the workspace do.

use super::{Posted, Slack};
use crate::mocks::asked::{Asked, Done, Refused};
use crate::time::Time;
use serde_json::json;

/// What people can do.
pub(super) const EVENTS: [&str; 1] = ["message"];
/// What they will be able to do.
const LATER: [&str; 2] = ["slash_command", "block_action"];
/// More tries than anybody configures.
const MAX_RETRIES: usize = 20;

impl Slack {
    /// Something happens in the workspace: a message.
    pub(super) fn happens(&mut self, event: &str, params: &Asked, now: Time) -> Result<Done, Refused> {
        match event {
            "message" => self.somebody_writes(params, now),
            later if LATER.contains(&later) => Err(Refused::not_built(format!("the Slack event `{later}`"))),
            other => Err(Refused::unknown("unknown Slack event", other, EVENTS)),
        }
    }

    fn somebody_writes(&mut self, params: &Asked, now: Time) -> Result<Done, Refused> {
        params.only(&["channel", "text", "user", "thread_ts"])?;
        let (channel, text) = (params.text("channel")?, params.text("text")?);
        let user = self.person(params.text_if("user")?)?;
        if self.workspace.reach(channel, now).is_none() {
            let names = self.workspace.channels.values().map(|room| room.name.as_str()).filter(|name| !name.is_empty());
            return Err(Refused::unknown("unknown channel", channel, names));
        }
        let posted = self.customer_posts(&user, channel, text, params.text_if("thread_ts")?, None, now);
        let Posted { ts, effects } = posted;
        let id = self.workspace.channel_id(channel).unwrap_or(channel);
        Ok(Done::of([("channel", json!(id)), ("ts", json!(ts)), ("user", json!(user))], effects))
    }

    /// The user of this id, name or address; the first person of the workspace if nobody is named.
    fn person(&self, named: Option<&str>) -> Result<String, Refused> {
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
        const KNOWN: [&str; 5] =
            ["events_url", "interactivity_url", "commands_url", "signing_secret", "retry_delays_s"];
        target.only(&KNOWN)?;
        for later in ["interactivity_url", "commands_url"] {
            if target.get(later).is_some() {
                return Err(Refused::not_built(format!("`{later}` of Slack")));
            }
        }
        let (url, secret) = (target.url("events_url")?, target.text_if("signing_secret")?);
        let retries = target.lengths("retry_delays_s", MAX_RETRIES)?;
        // Nothing above has changed anything: what is refused is refused as a whole.
        if let Some(secret) = secret {
            secret.clone_into(&mut self.settings.signing_secret);
        }
        if let Some(retries) = retries {
            self.settings.retries = retries;
        }
        self.events.signs_with(&self.settings.signing_secret, &self.settings.retries);
        let mut effects = Vec::new();
        if target.cleared("events_url") {
            self.settings.events_url = None;
            self.events.unsubscribe();
        }
        if let Some(url) = url {
            effects.push(self.set_events_url(&url, now));
            self.settings.events_url = Some(url);
        }
        let retries: Vec<f64> = self.settings.retries.iter().map(|wait| wait.secs_f64()).collect();
        let made = [("events_url", json!(self.settings.events_url)), ("retry_delays_s", json!(retries))];
        Ok(Done::of(made, effects))
    }
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
        assert_eq!(refused("slash_command", json!({})).0, 501);
        assert!(refused("mesage", json!({})).1.contains("did you mean `message`"));
        assert!(refused("message", json!({"channel": "nowhere", "text": "x"})).1.contains("support-escalations"));
        assert!(refused("message", json!({"channel": "support", "text": "x", "user": "nobody"})).1.contains("alex"));
        assert!(refused("message", json!({"channel": "support"})).1.contains("`text` is missing"));
        let target = asked(json!({"events_url": "http://127.0.0.1/", "commands_url": "http://127.0.0.1/"}));
        assert_eq!(slack.is_aimed(&target, Time::ZERO).expect_err("not built").status, 501);
        assert_eq!(slack.settings.events_url, None, "refused as a whole");
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
}
