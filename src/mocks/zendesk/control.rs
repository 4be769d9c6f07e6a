//! What the control API may make happen here: where webhooks go, and what a customer writes.

use super::limit::Limiter;
use super::{Zendesk, ratings};
use crate::mocks::asked::{Asked, Done, Refused};
use crate::time::Time;
use serde_json::json;

/// What customers can do.
pub(super) const EVENTS: [&str; 3] = ["ticket", "comment", "rating"];

impl Zendesk {
    /// A customer writes a ticket by mail, answers one, or rates one.
    pub(super) fn happens(&mut self, event: &str, params: &Asked, now: Time) -> Result<Done, Refused> {
        match event {
            "ticket" => self.is_written_to(params, now),
            "comment" => self.is_answered(params, now),
            "rating" => self.is_rated(params, now),
            _ => Err(Refused::unknown("unknown Zendesk event", event, EVENTS)),
        }
    }

    fn is_written_to(&mut self, params: &Asked, now: Time) -> Result<Done, Refused> {
        params.only(&["subject", "body", "requester_email", "requester_name"])?;
        let email = params.text("requester_email")?.to_lowercase();
        if !email.contains('@') {
            return Err(Refused::bad("`requester_email` must be an address, as in sam@example.com"));
        }
        let before_at = email.split('@').next().unwrap_or_default();
        let name = params.text_if("requester_name")?.unwrap_or(before_at).to_owned();
        let (subject, body) = (params.text("subject")?, params.text("body")?);
        let (ticket, effects) = self.customer_creates(&email, &name, subject, body, None, now);
        let full = || Refused::bad("the account takes no such ticket: a subject has at most 255 characters");
        Ok(Done::of([("ticket_id", json!(ticket.ok_or_else(full)?))], effects))
    }

    fn is_answered(&mut self, params: &Asked, now: Time) -> Result<Done, Refused> {
        params.only(&["ticket_id", "body"])?;
        let (ticket, body) = (ticket_id(params)?, params.text("body")?);
        let effects = self.customer_comments(ticket, body, None, now);
        let none = || Refused::missing(format!("ticket {ticket} takes no comment: it is closed, or there is none"));
        Ok(Done::of([("ticket_id", json!(ticket))], effects.ok_or_else(none)?))
    }

    fn is_rated(&mut self, params: &Asked, now: Time) -> Result<Done, Refused> {
        params.only(&["ticket_id", "score", "comment"])?;
        let (ticket, score, comment) = (ticket_id(params)?, params.text("score")?, params.text_if("comment")?);
        let rated = ratings::rate(&mut self.account, ticket, score, comment, now);
        let id = rated.map_err(|refusal| Refused::bad(format!("ticket {ticket}: {}", refusal.words())))?;
        Ok(Done::of([("rating_id", json!(id))], Vec::new()))
    }

    /// Where webhooks go from now on.
    pub(super) fn is_aimed(&mut self, target: &Asked) -> Result<Done, Refused> {
        target.only(&["webhook_url", "signing_secret", "requests_per_minute"])?;
        let (url, secret) = (target.url("webhook_url")?, target.text_if("signing_secret")?);
        let limit = target.whole("requests_per_minute", 1, u64::from(u32::MAX))?;
        if limit.is_some() || target.cleared("requests_per_minute") {
            self.settings.requests_per_minute = limit.and_then(|limit| u32::try_from(limit).ok());
            self.limiter = Limiter::new(self.settings.requests_per_minute);
        }
        if let Some(secret) = secret {
            secret.clone_into(&mut self.settings.signing_secret);
            self.webhooks.signs_with(secret);
        }
        if url.is_some() || target.cleared("webhook_url") {
            self.settings.webhook_url = url;
            self.webhooks.url.clone_from(&self.settings.webhook_url);
        }
        let super::Settings { webhook_url, requests_per_minute, .. } = &self.settings;
        let made = [("webhook_url", json!(webhook_url)), ("requests_per_minute", json!(requests_per_minute))];
        Ok(Done::of(made, Vec::new()))
    }
}

fn ticket_id(params: &Asked) -> Result<u64, Refused> {
    params.whole("ticket_id", 1, u64::MAX)?.ok_or_else(|| Refused::bad("`ticket_id` is missing: a number is wanted"))
}

#[cfg(test)]
mod tests {
    use super::super::Settings;
    use super::*;
    use crate::mocks::vendor::{Effect, Vendor as _};
    use serde_json::Value;

    fn asked(value: Value) -> Asked {
        Asked::new(value, false).expect("it is an object")
    }

    #[test]
    fn a_ticket_is_told_to_the_target_and_signed() {
        let mut zendesk = Zendesk::new(Settings::default());
        let target = json!({"webhook_url": "http://127.0.0.1:9/z", "signing_secret": "other"});
        zendesk.is_aimed(&asked(target)).expect("it is taken");
        let ticket = asked(json!({"subject": "Late", "body": "Where?", "requester_email": "Sam@Example.com"}));
        let done = zendesk.happens("ticket", &ticket, Time::ZERO).expect("it is made");
        let id = done.made["ticket_id"].as_u64().expect("an id");
        assert_eq!(zendesk.ticket(id).expect("it is there").subject, "Late");
        let [Effect::Deliver(delivery)] = done.effects.as_slice() else { panic!("{:?}", done.effects) };
        let header = |name: &str| delivery.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value);
        let stamp = header("x-zendesk-webhook-signature-timestamp").expect("it is dated");
        let signature = crate::mocks::sign::zendesk("other", stamp, &delivery.body);
        assert_eq!(header("x-zendesk-webhook-signature"), Some(&signature));
        zendesk.reset();
        assert!(zendesk.ticket(id).is_none());
        assert_eq!(zendesk.happens("ticket", &ticket, Time::ZERO).expect("it is made").effects.len(), 1);
    }

    #[test]
    fn half_a_ticket_is_refused() {
        let mut zendesk = Zendesk::new(Settings::default());
        for wrong in [
            json!({"subject": "Late", "body": "Where?"}),
            json!({"subject": "Late", "body": "Where?", "requester_email": "nobody"}),
            json!({"subject": "x".repeat(300), "body": "Where?", "requester_email": "a@b"}),
            json!({"subject": "Late", "body": 7, "requester_email": "a@b"}),
        ] {
            assert_eq!(zendesk.happens("ticket", &asked(wrong), Time::ZERO).expect_err("refused").status, 422);
        }
        assert!(zendesk.happens("call", &asked(json!({})), Time::ZERO).expect_err("refused").why.contains("ticket"));
    }

    #[test]
    fn the_limit_of_requests_is_set_and_taken_away() {
        let mut zendesk = Zendesk::new(Settings::default());
        let mut set = |limit: Value| {
            let made = zendesk.is_aimed(&asked(json!({"requests_per_minute": limit}))).expect("it is taken").made;
            let passed = (0..1_000).take_while(|_| zendesk.limiter.take(Time::ZERO).is_ok()).count();
            (made["requests_per_minute"].clone(), passed)
        };
        assert_eq!(set(json!(3)), (json!(3), 3));
        assert_eq!(set(Value::Null), (Value::Null, 1_000));
    }
}
