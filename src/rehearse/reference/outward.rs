//! What the desk does through its vendors without waiting for the outcome: posts, tickets, pages, updates, carriers.
//! Everything is tried again for a while; nothing that a vendor does stops the desk.

use super::ask::authorised;
use super::client::{Answer, Call, Client, NoAnswer};
use super::settings::{Access, Settings};
use crate::mocks::clock::Clock;
use crate::scenario::model::DependencyKind;
use crate::time::Span;
use hyper::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Where people look for customers who need them.
pub(super) const ESCALATIONS: &str = "support-escalations";
/// Where customers write.
pub(super) const SUPPORT: &str = "support";
/// The group of the people, in Zendesk.
const GROUP: &str = "support";

/// The queue of callers who wait for a person.
pub(super) const QUEUE: &str = "support";

const TIMEOUT: Span = Span::from_secs(10);
const FIRST_WAIT: Span = Span::from_millis(500);
const LONGEST_WAIT: Span = Span::from_secs(15);
/// A vendor that asks for a longer wait is asked again after this one all the same, on the wall.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(600);
const TRIES: u32 = 30;
/// More deeds under way than that are dropped.
const MOST: usize = 20_000;

/// Something to be done.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Deed {
    /// A message in Slack.
    Post { channel: String, thread: Option<String>, text: String },
    /// A ticket goes to the people.
    Assign { ticket: u64 },
    /// A ticket is answered.
    Comment { ticket: u64, text: String },
    /// People are called in: number and words.
    Text { to: String, words: String },
    /// The public is told.
    Update { all_clear: bool, words: String },
    /// Our numbers at this carrier: whether calls come to us from now on (`None`: as before). We hear of every call's end.
    Numbers { carrier: Access, ours: Option<bool> },
    /// Somebody is called.
    CallUp { to: String, path: String },
}

/// The vendors as the desk acts on them.
pub(super) struct Outward {
    client: Client,
    clock: Clock,
    /// Where the vendors reach us: `http://127.0.0.1:PORT`.
    public: String,
    slack: Option<Access>,
    zendesk: Option<Access>,
    carriers: Vec<Access>,
    status: Option<Access>,
    number: String,
    group: Mutex<Option<u64>>,
    incident: Mutex<Option<String>>,
    under_way: AtomicUsize,
}

impl Outward {
    pub(super) fn new(settings: &Settings, client: Client, clock: Clock, public: String) -> Self {
        let number = settings.var("TWILIO_PHONE_NUMBER");
        let number = if number.is_empty() { "+15005550006" } else { number };
        Self {
            client,
            clock,
            public,
            slack: settings.first_of(DependencyKind::Slack),
            zendesk: settings.first_of(DependencyKind::Zendesk),
            carriers: settings.all_of(DependencyKind::Twilio).collect(),
            status: settings.first_of(DependencyKind::Statuspage),
            number: number.to_owned(),
            group: Mutex::new(None),
            incident: Mutex::new(None),
            under_way: AtomicUsize::new(0),
        }
    }

    /// Does these things one after the other, while the desk goes on.
    pub(super) fn start(self: &Arc<Self>, deeds: Vec<Deed>) {
        if self.under_way.fetch_add(1, Ordering::Relaxed) >= MOST {
            self.under_way.fetch_sub(1, Ordering::Relaxed);
            tracing::error!(?deeds, "too much is under way already: dropped");
            return;
        }
        let this = self.clone();
        tokio::spawn(async move {
            for deed in &deeds {
                if let Err(error) = this.carry_out(deed).await {
                    tracing::warn!(?deed, error, "it could not be done");
                }
            }
            this.under_way.fetch_sub(1, Ordering::Relaxed);
        });
    }

    async fn carry_out(&self, deed: &Deed) -> Result<(), String> {
        match deed {
            Deed::Post { channel, thread, text } => self.post(channel, thread.as_deref(), text).await,
            Deed::Assign { ticket } => {
                let group = self.group().await?;
                self.ticket(*ticket, json!({"group_id": group})).await
            }
            Deed::Comment { ticket, text } => {
                let comment = json!({"body": text, "public": true});
                self.ticket(*ticket, json!({"comment": comment, "status": "pending"})).await
            }
            Deed::Text { to, words } => self.by_any_carrier("Messages.json", &[("To", to), ("Body", words)]).await,
            Deed::CallUp { to, path } => {
                let url = format!("{}{path}", self.public);
                self.by_any_carrier("Calls.json", &[("To", to), ("Url", &url)]).await
            }
            Deed::Update { all_clear, words } => self.update(*all_clear, words).await,
            Deed::Numbers { carrier, ours } => self.numbers(carrier, *ours).await,
        }
    }

    async fn post(&self, channel: &str, thread: Option<&str>, text: &str) -> Result<(), String> {
        let slack = self.slack.as_ref().ok_or("the desk has no Slack")?;
        let mut body = json!({"channel": channel, "text": text});
        if let Some(thread) = thread {
            body["thread_ts"] = json!(thread);
        }
        self.ask(slack, Call::json(Method::POST, format!("{}/chat.postMessage", slack.url), &body)).await.map(|_| ())
    }

    /// The ids of the channels where customers write and where people look.
    pub(super) async fn rooms(&self) -> Result<(Option<String>, Option<String>), String> {
        let slack = self.slack.as_ref().ok_or("the desk has no Slack")?;
        let url = format!("{}/conversations.list?limit=1000", slack.url);
        let list = self.ask(slack, Call::get(url)).await?.json();
        let find = |name: &str| {
            let channels = list["channels"].as_array()?;
            channels.iter().find(|channel| channel["name"] == name)?["id"].as_str().map(str::to_owned)
        };
        Ok((find(SUPPORT), find(ESCALATIONS)))
    }

    async fn ticket(&self, ticket: u64, change: Value) -> Result<(), String> {
        let zendesk = self.zendesk.as_ref().ok_or("the desk has no Zendesk")?;
        let url = format!("{}/api/v2/tickets/{ticket}.json", zendesk.url);
        self.ask(zendesk, Call::json(Method::PUT, url, &json!({"ticket": change}))).await.map(|_| ())
    }

    /// The group of the people, looked up once.
    async fn group(&self) -> Result<u64, String> {
        if let Some(group) = *lock(&self.group) {
            return Ok(group);
        }
        let zendesk = self.zendesk.as_ref().ok_or("the desk has no Zendesk")?;
        let list = self.ask(zendesk, Call::get(format!("{}/api/v2/groups.json", zendesk.url))).await?.json();
        let ours = |group: &&Value| group["name"].as_str().is_some_and(|name| name.eq_ignore_ascii_case(GROUP));
        let group = list["groups"].as_array().and_then(|groups| groups.iter().find(ours));
        let id = group.and_then(|group| group["id"].as_u64()).ok_or(format!("Zendesk has no group {GROUP:?}"))?;
        *lock(&self.group) = Some(id);
        Ok(id)
    }

    /// Over the first carrier that takes it.
    async fn by_any_carrier(&self, what: &str, fields: &[(&str, &str)]) -> Result<(), String> {
        let mut fields = fields.to_vec();
        fields.push(("From", &self.number));
        let mut last = "the desk has no carrier".to_owned();
        for _ in 0..TRIES {
            let mut wait = self.clock.to_wall(LONGEST_WAIT);
            for carrier in &self.carriers {
                let url = format!("{}/2010-04-01/Accounts/{}/{what}", carrier.url, carrier.account);
                match self.once(carrier, &Call::form(url, &fields)).await {
                    Ok(_) => return Ok(()),
                    Err(refusal) => {
                        wait = wait.max(refusal.retry_after);
                        last = refusal.why;
                    }
                }
            }
            if self.carriers.is_empty() {
                break;
            }
            tokio::time::sleep(wait).await;
        }
        Err(last)
    }

    /// The calls that wait in the people's queue, a list a carrier; `None` where the carrier does not say.
    pub(super) async fn waiting(&self) -> Vec<Option<BTreeSet<String>>> {
        let mut all = Vec::with_capacity(self.carriers.len());
        for carrier in &self.carriers {
            all.push(self.waiting_at(carrier).await.ok());
        }
        all
    }

    async fn waiting_at(&self, carrier: &Access) -> Result<BTreeSet<String>, Refusal> {
        let account = format!("{}/2010-04-01/Accounts/{}", carrier.url, carrier.account);
        let list = self.once(carrier, &Call::get(format!("{account}/Queues.json?PageSize=1000"))).await?.json();
        let ours = |queue: &&Value| queue["friendly_name"] == QUEUE && queue["current_size"] != 0;
        let queue = list["queues"].as_array().and_then(|queues| queues.iter().find(ours));
        let Some(sid) = queue.and_then(|queue| queue["sid"].as_str()) else { return Ok(BTreeSet::new()) };
        let members = Call::get(format!("{account}/Queues/{sid}/Members.json?PageSize=1000"));
        let list = self.once(carrier, &members).await?.json();
        let sids = list["queue_members"].as_array().into_iter().flatten();
        Ok(sids.filter_map(|member| member["call_sid"].as_str().map(str::to_owned)).collect())
    }

    async fn update(&self, all_clear: bool, words: &str) -> Result<(), String> {
        let status = self.status.as_ref().ok_or("the desk has no status page")?;
        let open = lock(&self.incident).clone();
        let state = match (all_clear, &open) {
            (true, _) => "resolved",
            (false, None) => "investigating",
            (false, Some(_)) => "identified",
        };
        let incidents = format!("{}/v1/pages/{}/incidents", status.url, status.account);
        let mut incident = json!({"status": state, "body": words});
        let call = match &open {
            Some(id) => Call::json(Method::PATCH, format!("{incidents}/{id}.json"), &json!({"incident": incident})),
            None => {
                incident["name"] = json!("Trouble with our support");
                Call::json(Method::POST, format!("{incidents}.json"), &json!({"incident": incident}))
            }
        };
        let answer = self.ask(status, call).await?.json();
        let id = answer["id"].as_str().map(str::to_owned).or(open);
        *lock(&self.incident) = id.filter(|_| !all_clear);
        Ok(())
    }

    /// Tells a carrier where calls of our numbers go, and where their ends are told.
    async fn numbers(&self, carrier: &Access, ours: Option<bool>) -> Result<(), String> {
        let account = format!("{}/2010-04-01/Accounts/{}", carrier.url, carrier.account);
        let list = self.ask(carrier, Call::get(format!("{account}/IncomingPhoneNumbers.json"))).await?.json();
        let (voice, status) = (format!("{}/voice", self.public), format!("{}/voice/status", self.public));
        let mut fields = vec![("StatusCallback", status.as_str()), ("StatusCallbackMethod", "POST")];
        match ours {
            Some(true) => fields.extend([("VoiceUrl", voice.as_str()), ("VoiceMethod", "POST")]),
            Some(false) => fields.push(("VoiceUrl", "")),
            None => {}
        }
        let numbers = list["incoming_phone_numbers"].as_array().cloned().unwrap_or_default();
        for sid in numbers.iter().filter_map(|number| number["sid"].as_str()) {
            let url = format!("{account}/IncomingPhoneNumbers/{sid}.json");
            self.ask(carrier, Call::form(url, &fields)).await?;
        }
        if numbers.is_empty() { Err(format!("{} has no number", carrier.name)) } else { Ok(()) }
    }

    /// Asks until it goes well, or is refused for good, or was tried long enough.
    async fn ask(&self, access: &Access, call: Call) -> Result<Answer, String> {
        let mut wait = FIRST_WAIT;
        let mut tries = 0;
        loop {
            let refusal = match self.once(access, &call).await {
                Ok(answer) => return Ok(answer),
                Err(refusal) => refusal,
            };
            tries += 1;
            if refusal.for_good || tries >= TRIES {
                return Err(refusal.why);
            }
            tracing::info!(of = access.name, tries, why = refusal.why, "to be tried again");
            tokio::time::sleep(self.clock.to_wall(wait).max(refusal.retry_after)).await;
            wait = (wait + wait).min(LONGEST_WAIT);
        }
    }

    async fn once(&self, access: &Access, call: &Call) -> Result<Answer, Refusal> {
        let call = authorised(call.clone(), access);
        judge(self.client.ask(&call, self.clock.to_wall(TIMEOUT)).await, access.kind)
    }
}

/// Why it did not go well.
#[derive(Debug, PartialEq, Eq)]
struct Refusal {
    why: String,
    /// It would not go better the next time.
    for_good: bool,
    /// How long the vendor asks us to wait, on the wall; zero if it does not.
    retry_after: Duration,
}

/// Words of Slack that pass.
const SLACK_PASSES: [&str; 6] =
    ["ratelimited", "internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"];

fn judge(answer: Result<Answer, NoAnswer>, kind: DependencyKind) -> Result<Answer, Refusal> {
    let retry_after = answer.as_ref().ok().and_then(|answer| answer.retry_after).unwrap_or_default();
    let retry_after = retry_after.min(LONGEST_RETRY_AFTER);
    let answer = answer.map_err(|none| Refusal { why: none.to_string(), for_good: false, retry_after })?;
    if !answer.good() {
        let for_good = (400..500).contains(&answer.status) && !matches!(answer.status, 408 | 409 | 420 | 429);
        return Err(Refusal { why: format!("status {}", answer.status), for_good, retry_after });
    }
    if kind == DependencyKind::Slack {
        let body = answer.json();
        if body["ok"] != true {
            let word = body["error"].as_str().unwrap_or("no JSON");
            let for_good = body.is_object() && !SLACK_PASSES.contains(&word);
            return Err(Refusal { why: word.to_owned(), for_good, retry_after });
        }
    }
    Ok(answer)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_is_tried_again_and_what_does_not_is_not() {
        let given = |status, body: &'static str| Ok(Answer { status, retry_after: None, body: body.into() });
        let slack =
            |status, body| judge(given(status, body), DependencyKind::Slack).map(|_| ()).map_err(|r| r.for_good);
        assert_eq!(slack(200, r#"{"ok":true}"#), Ok(()));
        assert_eq!(slack(200, r#"{"ok":false,"error":"ratelimited"}"#), Err(false));
        assert_eq!(slack(200, r#"{"ok":false,"error":"channel_not_found"}"#), Err(true));
        assert_eq!(slack(200, "<html>"), Err(false));
        assert_eq!(slack(503, ""), Err(false));
        let zendesk = |status| judge(given(status, ""), DependencyKind::Zendesk).map(|_| ()).map_err(|r| r.for_good);
        assert_eq!(
            [zendesk(200), zendesk(404), zendesk(409), zendesk(429)],
            [Ok(()), Err(true), Err(false), Err(false)]
        );
    }
}
