//! What Zendesk tells the target: an event for each thing that changed about a ticket, signed.

use super::Settings;
use super::breaker::Breaker;
use super::changes::Change;
use super::state::{Account, Ticket};
use crate::mocks::form;
use crate::mocks::sign;
use crate::mocks::stamp::Epoch;
use crate::mocks::vendor::{Delivery, Effect, OnRetry};
use crate::time::{Span, Time};
use hyper::Method;
use hyper::body::Bytes;
use serde_json::{Value, json};

pub(super) const ACCOUNT: u64 = 10_001;
const WEBHOOK: &str = "01HOLDLINEWEBHOOK000000001";

/// Writes and signs webhooks.
#[derive(Debug)]
pub(super) struct Outbox {
    pub(super) url: Option<String>,
    secret: String,
    deadline: Span,
    retries: Vec<Span>,
    epoch: Epoch,
    written: u64,
    pub(super) breaker: Breaker,
}

impl Outbox {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            url: settings.webhook_url.clone(),
            secret: settings.signing_secret.clone(),
            deadline: settings.deadline,
            retries: settings.retries.clone(),
            epoch: settings.epoch,
            written: 0,
            breaker: Breaker::default(),
        }
    }

    /// Signs with this secret from now on.
    pub(super) fn signs_with(&mut self, secret: &str) {
        secret.clone_into(&mut self.secret);
    }

    fn deliver(&mut self, body: Value, tag: Option<u64>, now: Time) -> Option<Effect> {
        let url = self.url.clone()?;
        if !self.breaker.lets_through(now) {
            return None;
        }
        self.written += 1;
        let mut body = body;
        body["id"] = json!(format!("00000000-0000-4000-8000-{:012}", self.written));
        let body = Bytes::from(body.to_string());
        let stamp = self.epoch.iso(now);
        let headers = [
            ("content-type", "application/json; charset=utf-8".to_owned()),
            ("user-agent", "Zendesk Webhook".to_owned()),
            ("x-zendesk-account-id", ACCOUNT.to_string()),
            ("x-zendesk-webhook-id", WEBHOOK.to_owned()),
            ("x-zendesk-webhook-invocation-id", format!("01HOLDLINE{:016}", self.written)),
            ("x-zendesk-webhook-signature", sign::zendesk(&self.secret, &stamp, &body)),
            ("x-zendesk-webhook-signature-timestamp", stamp),
        ];
        Some(Effect::Deliver(Delivery {
            kind: "webhook",
            url,
            method: Method::POST,
            headers: headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            body,
            deadline: self.deadline,
            retries: self.retries.clone(),
            on_retry: Some(OnRetry::new(|last, _| again(last.status, &last.headers).then(Vec::new))),
            call: None,
            tag,
        }))
    }
}

/// Zendesk tries again after a time-out, a 409, and a 429 or 503 that names a short wait.
fn again(status: Option<u16>, headers: &hyper::HeaderMap) -> bool {
    let short =
        || form::header(headers, "retry-after").and_then(|wait| wait.parse::<u32>().ok()).is_some_and(|s| s < 60);
    match status {
        None | Some(409) => true,
        Some(429 | 503) => short(),
        Some(_) => false,
    }
}

/// The webhooks of a change; only the first carries the tag.
pub(super) fn tell(
    outbox: &mut Outbox,
    account: &Account,
    change: &Change,
    tag: Option<u64>,
    now: Time,
) -> Vec<Effect> {
    let Some(ticket) = account.tickets.get(&change.ticket) else { return Vec::new() };
    let mut tag = tag;
    let mut effects = Vec::new();
    for (kind, event) in events(account, ticket, change) {
        let body = json!({
            "account_id": ACCOUNT,
            "detail": detail(account, ticket, change),
            "event": event,
            "id": null,
            "subject": format!("zen:ticket:{}", ticket.id),
            "time": account.epoch.iso(now),
            "type": format!("zen:event-type:ticket.{kind}"),
            "zendesk_event_version": "2022-11-06",
        });
        effects.extend(outbox.deliver(body, tag.take(), now));
    }
    effects
}

fn events(account: &Account, ticket: &Ticket, change: &Change) -> Vec<(&'static str, Value)> {
    if change.created {
        return vec![("created", json!({}))];
    }
    let mut events = Vec::new();
    if let Some(comment) = change.comment(ticket) {
        let name = account.users.get(&comment.author).map(|user| user.name.clone());
        let author =
            json!({"id": comment.author.to_string(), "is_staff": account.is_agent(comment.author), "name": name});
        let comment = json!({
            "author": author, "body": comment.body, "id": comment.id.to_string(), "is_public": comment.public,
        });
        events.push(("comment_added", json!({"comment": comment})));
    }
    for field in &change.fields {
        let event = json!({"current": loud(&field.now), "previous": loud(&field.before)});
        let kind = match field.name {
            "status" => "status_changed",
            "priority" => "priority_changed",
            "type" => "type_changed",
            "subject" => "subject_changed",
            "assignee_id" => "agent_assignment_changed",
            "group_id" => "group_assignment_changed",
            "requester_id" => "requester_changed",
            "tags" => "tags_changed",
            _ => continue,
        };
        events.push((kind, event));
    }
    events
}

/// In events words are upper case and ids are texts.
fn loud(value: &Value) -> Value {
    match value {
        Value::String(word) => json!(word.to_uppercase()),
        Value::Number(id) => json!(id.to_string()),
        other => other.clone(),
    }
}

fn detail(account: &Account, ticket: &Ticket, change: &Change) -> Value {
    let id = |id: Option<u64>| id.map(|id| id.to_string());
    json!({
        "actor_id": change.actor.to_string(),
        "assignee_id": id(ticket.assignee),
        "brand_id": null,
        "created_at": account.epoch.iso(ticket.created),
        "custom_status": null,
        "description": ticket.description(),
        "external_id": ticket.external_id,
        "form_id": null,
        "group_id": id(ticket.group),
        "id": ticket.id.to_string(),
        "is_public": true,
        "organization_id": null,
        "priority": ticket.priority.as_deref().map(str::to_uppercase),
        "requester_id": ticket.requester.to_string(),
        "status": ticket.status.word().to_uppercase(),
        "subject": ticket.subject,
        "submitter_id": ticket.submitter.to_string(),
        "tags": ticket.tags,
        "type": ticket.kind.as_deref().map(str::to_uppercase),
        "updated_at": account.epoch.iso(ticket.updated),
        "via": {"channel": if ticket.via == "api" { "web_service" } else { ticket.via }},
    })
}
