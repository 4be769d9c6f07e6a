//! What Zendesk tells the target: an event for each thing that changed about a ticket, signed.

use super::Settings;
use super::breaker::Breaker;
use super::changes::{Change, Field};
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
        let body = written(account, ticket, change.actor, kind, &event, now);
        effects.extend(outbox.deliver(body, tag.take(), now));
    }
    effects
}

/// The webhook of a ticket that is about to be deleted.
pub(super) fn tell_deleted(outbox: &mut Outbox, account: &Account, id: u64, actor: u64, now: Time) -> Option<Effect> {
    let ticket = account.tickets.get(&id)?;
    outbox.deliver(written(account, ticket, actor, "soft_deleted", &json!({}), now), None, now)
}

fn written(account: &Account, ticket: &Ticket, actor: u64, kind: &str, event: &Value, now: Time) -> Value {
    json!({
        "account_id": ACCOUNT,
        "detail": detail(account, ticket, actor),
        "event": event,
        "id": null,
        "subject": format!("zen:ticket:{}", ticket.id),
        "time": account.epoch.iso(now),
        "type": format!("zen:event-type:ticket.{kind}"),
        "zendesk_event_version": "2022-11-06",
    })
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
    events.extend(change.fields.iter().map(|field| of_field(account, field)));
    events
}

fn of_field(account: &Account, field: &Field) -> (&'static str, Value) {
    let (before, now) = (&field.before, &field.now);
    let plain = || json!({"current": text(now), "previous": text(before)});
    let loud = || json!({"current": loud(now), "previous": loud(before)});
    match field.name.as_ref() {
        "status" => ("status_changed", loud()),
        "priority" => ("priority_changed", loud()),
        "type" => ("type_changed", loud()),
        "subject" => ("subject_changed", plain()),
        "assignee_id" => ("agent_assignment_changed", plain()),
        "group_id" => ("group_assignment_changed", plain()),
        "requester_id" => ("requester_changed", plain()),
        "organization_id" => ("organization_changed", plain()),
        "external_id" => ("external_id_changed", plain()),
        "problem_id" => ("problem_link_changed", plain()),
        "brand_id" => ("brand_changed", plain()),
        "ticket_form_id" => ("form_changed", plain()),
        "due_at" => ("task_due_at_changed", plain()),
        "email_cc_ids" => ("email_ccs_changed", plain()),
        "follower_ids" => ("followers_changed", plain()),
        "tags" => ("tags_changed", json!({"tags_added": missing(now, before), "tags_removed": missing(before, now)})),
        id => {
            let known = id.parse().ok().and_then(|id: u64| account.fields.get(&id));
            let about = json!({
                "id": id, "title": known.map(|field| &field.title), "type": known.map(|field| field.kind),
            });
            ("custom_field_changed", json!({"current": now, "field": about, "previous": before}))
        }
    }
}

/// What is among these and not among those.
fn missing(these: &Value, those: &Value) -> Vec<Value> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let those = list(those);
    list(these).into_iter().filter(|one| !those.contains(one)).collect()
}

/// In events ids are texts, …
fn text(value: &Value) -> Value {
    match value {
        Value::Number(id) => json!(id.to_string()),
        Value::Array(all) => all.iter().map(text).collect(),
        other => other.clone(),
    }
}

/// … and words of Zendesk's own are upper case.
fn loud(value: &Value) -> Value {
    value.as_str().map_or(Value::Null, |word| json!(word.to_uppercase()))
}

fn detail(account: &Account, ticket: &Ticket, actor: u64) -> Value {
    let id = |id: Option<u64>| id.map(|id| id.to_string());
    let kept = |name: &str| ticket.kept.get(name).map(text);
    json!({
        "actor_id": actor.to_string(),
        "assignee_id": id(ticket.assignee),
        "brand_id": kept("brand_id"),
        "created_at": account.epoch.iso(ticket.created),
        "custom_status": null,
        "description": ticket.description(),
        "external_id": ticket.external_id,
        "form_id": kept("ticket_form_id"),
        "group_id": id(ticket.group),
        "id": ticket.id.to_string(),
        "is_public": ticket.comments.iter().any(|comment| comment.public),
        "organization_id": id(ticket.organization),
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
