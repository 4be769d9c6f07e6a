//! Requests whose outcome the desk waits for: a model's answer for a customer, and probes of any vendor.

use super::client::{Answer, Call, Client, NoAnswer};
use super::settings::Access;
use crate::desk::Asked;
use crate::mocks::clock::Clock;
use crate::observation::Reply;
use crate::scenario::model::{Dependency, DependencyKind, Id};
use crate::time::Time;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The model that is asked for.
const MODEL: &str = "gpt-4o-mini";
/// A vendor that asks for a longer rest is probed after this one all the same.
const LONGEST_REST: Duration = Duration::from_secs(600);

/// What the model is told.
#[derive(Clone, Debug)]
pub(super) struct Question {
    pub(super) system: String,
    /// The customer's words, with the order number.
    pub(super) words: String,
}

/// Vendors that asked not to be probed for a while: a 429 or 503 with `Retry-After` says until when.
#[derive(Debug, Default)]
pub(super) struct Rests(Mutex<BTreeMap<Id<Dependency>, Time>>);

impl Rests {
    /// Whether a vendor is to be left alone.
    fn holds(&self, of: Id<Dependency>, now: Time) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&of).is_some_and(|until| now < *until)
    }

    fn note(&self, of: Id<Dependency>, answer: &Answer, clock: &Clock) {
        let wait = answer.retry_after.filter(|_| matches!(answer.status, 429 | 503));
        if let Some(wait) = wait {
            let until = clock.now() + clock.from_wall(wait.min(LONGEST_REST));
            self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(of, until);
        }
    }
}

/// How a request ended, and the text of a model's answer.
pub(super) type Outcome = (Reply, Option<String>);

/// Asks a dependency and tells how it ended: a question is for a model, no question is a probe. A probe that the vendor asked
/// not to make yet is not made, and counts as one that failed.
pub(super) async fn ask(
    client: &Client,
    clock: &Clock,
    access: &Access,
    rests: &Rests,
    asked: Asked,
    question: Option<Question>,
) -> Outcome {
    if question.is_none() && rests.holds(asked.of, clock.now()) {
        return (Reply::Failed, None);
    }
    let call = question.as_ref().map_or_else(|| probe(access), |question| completion(access, question));
    let answer = client.ask(&call, clock.to_wall(asked.timeout)).await;
    if let Ok(answer) = answer.as_ref()
        && question.is_none()
    {
        rests.note(asked.of, answer, clock);
    }
    let outcome = outcome(answer, access, question.is_some());
    if outcome.0 != Reply::Good {
        tracing::info!(of = access.name, nth = asked.nth, reply = ?outcome.0, "a request did not go well");
    }
    outcome
}

fn outcome(answer: Result<Answer, NoAnswer>, access: &Access, question: bool) -> Outcome {
    let answer = match answer {
        Ok(answer) if answer.good() => answer,
        Err(NoAnswer::Late) => return (Reply::TimedOut, None),
        Ok(_) | Err(NoAnswer::Broken(_)) => return (Reply::Failed, None),
    };
    if question {
        let text = answer.json()["choices"][0]["message"]["content"].as_str().map(str::to_owned);
        let text = text.filter(|text| !text.trim().is_empty());
        return (if text.is_some() { Reply::Good } else { Reply::Failed }, text);
    }
    let slack_refused = access.kind == DependencyKind::Slack && answer.json()["ok"] != true;
    let no_json = matches!(answer.json(), Value::Null);
    (if slack_refused || no_json { Reply::Failed } else { Reply::Good }, None)
}

fn completion(access: &Access, question: &Question) -> Call {
    let body = json!({
        "model": MODEL,
        "messages": [
            {"role": "system", "content": question.system},
            {"role": "user", "content": question.words},
        ],
    });
    authorised(Call::json(Method::POST, format!("{}/chat/completions", access.url), &body), access)
}

fn probe(access: &Access) -> Call {
    let url = &access.url;
    let call = match access.kind {
        DependencyKind::Openai => Call::get(format!("{url}/models")),
        DependencyKind::Slack => Call::form(format!("{url}/auth.test"), &[]),
        DependencyKind::Zendesk => Call::get(format!("{url}/api/v2/users/me.json")),
        DependencyKind::Twilio => Call::get(format!("{url}/2010-04-01/Accounts/{}.json", access.account)),
        DependencyKind::Statuspage => Call::get(format!("{url}/v1/pages/{}/incidents/unresolved.json", access.account)),
        // This desk uses none of them, so nobody has such an access.
        DependencyKind::Smtp | DependencyKind::Http | DependencyKind::Tcp => Call::get(url.clone()),
    };
    authorised(call, access)
}

/// With the credentials that the vendor wants.
pub(super) fn authorised(call: Call, access: &Access) -> Call {
    let basic = |user: &str| format!("Basic {}", STANDARD.encode(format!("{user}:{}", access.key)));
    let value = match access.kind {
        DependencyKind::Slack | DependencyKind::Openai => format!("Bearer {}", access.key),
        DependencyKind::Zendesk => basic(&format!("{}/token", access.account)),
        DependencyKind::Twilio => basic(&access.account),
        DependencyKind::Statuspage => format!("OAuth {}", access.key),
        DependencyKind::Smtp | DependencyKind::Http | DependencyKind::Tcp => return call,
    };
    call.with("authorization", value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNUSED: [DependencyKind; 3] = [DependencyKind::Smtp, DependencyKind::Http, DependencyKind::Tcp];

    fn access(kind: DependencyKind) -> Access {
        let (url, key) = ("http://h:1".to_owned(), "key".to_owned());
        Access { name: "x".to_owned(), kind, url, key, account: "me".to_owned() }
    }

    fn answer(status: u16, body: &'static str) -> Result<Answer, NoAnswer> {
        Ok(Answer { status, retry_after: None, body: body.into() })
    }

    #[test]
    fn each_vendor_is_probed_where_its_health_shows() {
        let probes: Vec<String> = DependencyKind::ALL
            .iter()
            .filter(|(kind, _)| !UNUSED.contains(kind))
            .map(|(kind, _)| probe(&access(*kind)))
            .map(|call| format!("{} {} {}", call.method, call.url, call.headers[call.headers.len() - 1].1))
            .collect();
        insta::assert_snapshot!(probes.join("\n"), @r"
        POST http://h:1/auth.test Bearer key
        GET http://h:1/api/v2/users/me.json Basic bWUvdG9rZW46a2V5
        GET http://h:1/models Bearer key
        GET http://h:1/2010-04-01/Accounts/me.json Basic bWU6a2V5
        GET http://h:1/v1/pages/me/incidents/unresolved.json OAuth key
        ");
    }

    #[test]
    fn an_answer_counts_only_when_it_can_be_used() {
        let model = access(DependencyKind::Openai);
        let good = r#"{"choices":[{"message":{"content":"Hello. Ref. K7F2-93."}}]}"#;
        let said = outcome(answer(200, good), &model, true);
        assert_eq!(said, (Reply::Good, Some("Hello. Ref. K7F2-93.".to_owned())));
        for (status, body) in [(500, good), (200, "<html>"), (200, r#"{"choices":[]}"#), (200, "")] {
            assert_eq!(outcome(answer(status, body), &model, true).0, Reply::Failed, "{status} {body}");
        }
        assert_eq!(outcome(Err(NoAnswer::Late), &model, true).0, Reply::TimedOut);
        let slack = access(DependencyKind::Slack);
        assert_eq!(outcome(answer(200, r#"{"ok":true}"#), &slack, false).0, Reply::Good);
        assert_eq!(outcome(answer(200, r#"{"ok":false}"#), &slack, false).0, Reply::Failed);
    }

    #[test]
    fn a_vendor_is_left_alone_for_as_long_as_it_asks() {
        let (clock, rests) = (Clock::waiting(10.0), Rests::default());
        let (model, other) = (Id::new(2), Id::new(0));
        let said = |status, wait: Option<u64>| Answer {
            status,
            retry_after: wait.map(Duration::from_secs),
            body: Default::default(),
        };
        let after = |seconds: i64| clock.now() + crate::time::Span::from_secs(seconds);
        for (status, wait) in [(429, None), (500, Some(30)), (200, Some(30))] {
            rests.note(model, &said(status, wait), &clock);
            assert!(!rests.holds(model, clock.now()), "{status} {wait:?}");
        }
        rests.note(model, &said(503, Some(3)), &clock);
        // Three seconds on the wall are thirty of a day at pace 10.
        assert_eq!([0, 29, 30].map(|s| rests.holds(model, after(s))), [true, true, false]);
        assert!(!rests.holds(other, clock.now()), "nobody else is meant");
        rests.note(model, &said(429, Some(1_000_000)), &clock);
        assert!(!rests.holds(model, after(6_000)), "for ever is too long");
    }
}
