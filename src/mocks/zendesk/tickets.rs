//! `/tickets`.

use super::changes::{Change, NewComment, Wish};
use super::refusal::Refusal;
use super::routes::{Call, Outcome};
use super::show;
use super::state::{Account, Comment, Role, Status, Ticket};
use super::{Zendesk, webhooks};
use crate::mocks::answer;
use crate::mocks::form;
use crate::mocks::vendor::{Effect, Reply, Seen};
use crate::time::Time;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// More keys than are remembered: the first in order of the alphabet goes.
const MAX_KEYS: usize = 10_000;

/// What an idempotency key stands for: the request and the ticket it made.
#[derive(Clone, Debug)]
pub(super) struct Done {
    body: hyper::body::Bytes,
    ticket: u64,
    reply: Value,
}

pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    let key = form::header(&call.request.headers, "idempotency-key").map(str::to_owned);
    if let Some(done) = key.as_ref().and_then(|key| call.desk.idempotent.get(key)) {
        if done.body != call.request.body {
            return Err(Refusal::idempotency());
        }
        return Ok(created(call, done.ticket, &done.reply).with("x-idempotency-lookup", "hit"));
    }
    let actor = call.actor()?;
    let fields = call.object("ticket")?;
    let wish = read(&mut call.desk.account, &fields, call.now)?;
    let change = call.desk.account.create(wish, actor, "api", call.now)?;
    let ticket = call.desk.account.tickets.get(&change.ticket).ok_or_else(Refusal::not_found)?;
    let body = with_audit(call, ticket, &change);
    tell(call, &change);
    let reply = created(call, change.ticket, &body);
    let Some(key) = key else { return Ok(reply) };
    let done = Done { body: call.request.body.clone(), ticket: change.ticket, reply: body };
    call.desk.idempotent.insert(key, done);
    if call.desk.idempotent.len() > MAX_KEYS {
        call.desk.idempotent.pop_first();
    }
    Ok(reply.with("x-idempotency-lookup", "miss"))
}

fn created(call: &Call<'_>, ticket: u64, body: &Value) -> Reply {
    answer::json(201, body).with("location", format!("{}/api/v2/tickets/{ticket}.json", call.origin))
}

pub(super) fn get(call: &mut Call<'_>) -> Outcome {
    let shown = show::ticket(&call.desk.account, find(call)?, &call.origin);
    call.show(200, json!({"ticket": shown}))
}

pub(super) fn update(call: &mut Call<'_>) -> Outcome {
    let actor = call.actor()?;
    let fields = call.object("ticket")?;
    refuse_stale(&call.desk.account, call.id(), &fields)?;
    let wish = read(&mut call.desk.account, &fields, call.now)?;
    let change = call.desk.account.change(call.id(), wish, actor, call.now)?;
    tell(call, &change);
    let body = with_audit(call, find(call)?, &change);
    Ok(answer::json(200, &body))
}

/// A safe update is refused where the ticket has changed since the asker read it; its stamps have seconds.
pub(super) fn refuse_stale(account: &Account, ticket: u64, fields: &Value) -> Result<(), Refusal> {
    let ticket = account.tickets.get(&ticket).ok_or_else(Refusal::not_found)?;
    let safe = fields["safe_update"] == true || fields["safe_update"] == "true";
    let is_so = || fields["updated_stamp"].as_str() == Some(&account.epoch.iso(ticket.updated));
    if safe && !is_so() { Err(Refusal::conflict()) } else { Ok(()) }
}

pub(super) fn delete(call: &mut Call<'_>) -> Outcome {
    let id = find(call)?.id;
    call.desk.account.delete_ticket(id, call.now);
    Ok(answer::empty(204))
}

pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    let external = call.query.filled("external_id");
    let wanted = |ticket: &&Ticket| external.is_none() || ticket.external_id.as_deref() == external;
    let all: Vec<&Ticket> = call.desk.account.tickets.values().filter(wanted).collect();
    let reply = listed(call, all)?;
    Ok(reply.with("zendesk-ratelimit-tickets-index", "total=100; remaining=99; resets=60"))
}

pub(super) fn of_requester(call: &mut Call<'_>) -> Outcome {
    let all = call.desk.account.tickets.values().filter(|ticket| ticket.requester == call.id()).collect();
    listed(call, all)
}

/// A page of tickets, in the order that `sort_by` or `sort` asks for.
pub(super) fn listed(call: &Call<'_>, mut all: Vec<&Ticket>) -> Outcome {
    let sort = call.query.filled("sort").or_else(|| call.query.filled("sort_by")).unwrap_or("id");
    let (downwards, key) = sort.strip_prefix('-').map_or((false, sort), |key| (true, key));
    match key {
        "updated_at" => all.sort_by_key(|ticket| (ticket.updated, ticket.id)),
        "created_at" => all.sort_by_key(|ticket| (ticket.created, ticket.id)),
        "status" => all.sort_by_key(|ticket| (ticket.status, ticket.id)),
        _ => {}
    }
    if downwards || call.query.get("sort_order") == Some("desc") {
        all.reverse();
    }
    call.page("tickets", all, |ticket| show::ticket(&call.desk.account, ticket, &call.origin))
}

/// Every tag of the account, the most used first.
pub(super) fn all_tags(call: &mut Call<'_>) -> Outcome {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for tag in call.desk.account.tickets.values().flat_map(|ticket| &ticket.tags) {
        *counts.entry(tag).or_default() += 1;
    }
    let mut all: Vec<(&str, u64)> = counts.into_iter().collect();
    all.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    call.page("tags", all, |(name, count)| json!({"name": name, "count": count}))
}

pub(super) fn count(call: &mut Call<'_>) -> Outcome {
    let account = &call.desk.account;
    let count = json!({"value": account.tickets.len(), "refreshed_at": account.epoch.iso(call.now)});
    Ok(answer::json(200, &json!({"count": count})))
}

pub(super) fn show_many(call: &mut Call<'_>) -> Outcome {
    let account = &call.desk.account;
    let tickets: Vec<Value> = call
        .listed_ids()?
        .into_iter()
        .filter_map(|id| account.tickets.get(&id))
        .map(|ticket| show::ticket(account, ticket, &call.origin))
        .collect();
    call.show(200, json!({"count": tickets.len(), "tickets": tickets, "next_page": null, "previous_page": null}))
}

pub(super) fn comments(call: &mut Call<'_>) -> Outcome {
    let ticket = find(call)?;
    let mut all: Vec<&Comment> = ticket.comments.iter().collect();
    if call.query.get("sort_order") == Some("desc") || call.query.get("sort") == Some("-created_at") {
        all.reverse();
    }
    call.page("comments", all, |comment| show::comment(&call.desk.account, ticket, comment))
}

pub(super) fn tags(call: &mut Call<'_>) -> Outcome {
    Ok(answer::json(200, &json!({"tags": find(call)?.tags})))
}

pub(super) fn add_tags(call: &mut Call<'_>) -> Outcome {
    change_tags(call, 200, |mut old, new| {
        old.extend(new);
        old
    })
}

pub(super) fn set_tags(call: &mut Call<'_>) -> Outcome {
    change_tags(call, 201, |_, new| new)
}

pub(super) fn remove_tags(call: &mut Call<'_>) -> Outcome {
    change_tags(call, 200, |old, new| old.difference(&new).cloned().collect())
}

type Tags = BTreeSet<String>;

fn change_tags(call: &mut Call<'_>, status: u16, merge: fn(Tags, Tags) -> Tags) -> Outcome {
    let actor = call.actor()?;
    let old = find(call)?.tags.clone();
    let new = read_tags(&call.body()?["tags"]);
    let tags = merge(old, new);
    let wish = Wish { tags: Some(tags.clone()), ..Wish::default() };
    let change = call.desk.account.change(call.id(), wish, actor, call.now)?;
    tell(call, &change);
    Ok(answer::json(status, &json!({"tags": tags})))
}

fn find<'a>(call: &'a Call<'_>) -> Result<&'a Ticket, Refusal> {
    call.desk.account.tickets.get(&call.id()).ok_or_else(Refusal::not_found)
}

fn with_audit(call: &Call<'_>, ticket: &Ticket, change: &Change) -> Value {
    let account = &call.desk.account;
    json!({
        "ticket": show::ticket(account, ticket, &call.origin),
        "audit": show::audit(account, ticket, change),
    })
}

/// Tells the harness and the target's webhook of a change that the target made.
pub(super) fn tell(call: &mut Call<'_>, change: &Change) {
    call.effects.extend(told(call.desk, change, call.now));
}

/// What follows from a change that the target made.
pub(super) fn told(desk: &mut Zendesk, change: &Change, now: Time) -> Vec<Effect> {
    let seen = seen(&desk.account, change).map(Effect::Seen);
    seen.into_iter().chain(webhooks::tell(&mut desk.webhooks, &desk.account, change, None, now)).collect()
}

fn seen(account: &Account, change: &Change) -> Option<Seen> {
    let ticket = account.tickets.get(&change.ticket)?;
    let group = account.group_name(ticket.group);
    if change.created {
        let requester = account.users.get(&ticket.requester)?;
        return Some(Seen::TicketCreated {
            ticket: ticket.id,
            requester: requester.email.clone().unwrap_or_else(|| requester.name.clone()),
            text: format!("{}\n{}", ticket.subject, ticket.description()),
            group,
        });
    }
    let comment = change.comment(ticket).filter(|comment| comment.public);
    Some(Seen::TicketChanged {
        ticket: ticket.id,
        public_comment: comment.map(|comment| comment.body.clone()),
        group,
        status: ticket.status.word().to_owned(),
    })
}

/// Reads what a request asks of a ticket.
pub(super) fn read(account: &mut Account, fields: &Value, now: Time) -> Result<Wish, Refusal> {
    let text = |name: &str| fields[name].as_str().map(str::to_owned);
    let word = |name: &str, known: &[&str]| choice(fields, name, known);
    let status = match fields.get("status") {
        None | Some(Value::Null) => None,
        Some(value) => Some(value.as_str().and_then(Status::parse).ok_or_else(|| not_valid("status", value))?),
    };
    let mut wish = Wish {
        subject: text("subject").or_else(|| text("raw_subject")),
        comment: comment(fields)?,
        status,
        priority: word("priority", &["low", "normal", "high", "urgent"])?,
        kind: word("type", &["problem", "incident", "question", "task"])?,
        requester: fields["requester_id"].as_u64(),
        assignee: reference(fields, "assignee_id"),
        group: reference(fields, "group_id"),
        organization: reference(fields, "organization_id"),
        tags: fields.get("tags").filter(|tags| !tags.is_null()).map(read_tags),
        external_id: fields.get("external_id").map(|id| id.as_str().map(str::to_owned)),
        ..Wish::default()
    };
    if wish.requester.is_none() {
        wish.requester = requester(account, &fields["requester"], now)?;
    }
    if let Some(email) = fields["assignee_email"].as_str() {
        let user = account.user_by_email(email).map(|user| user.id);
        wish.assignee =
            Some(Some(user.ok_or_else(|| Refusal::invalid("assignee", "Assignee: is invalid", "InvalidValue"))?));
    }
    if let Some(more) = fields.get("additional_tags") {
        wish.tags = Some(wish.tags.unwrap_or_default().into_iter().chain(read_tags(more)).collect());
    }
    for field in fields["custom_fields"].as_array().into_iter().flatten() {
        if let Some(id) = field["id"].as_u64() {
            wish.custom.insert(id, field["value"].clone());
        }
    }
    Ok(wish)
}

/// An id that may be set, cleared or left alone; zero is none.
fn reference(fields: &Value, name: &str) -> Option<Option<u64>> {
    let value = fields.get(name)?;
    Some(value.as_u64().or_else(|| value.as_str()?.parse().ok()).filter(|id| *id > 0))
}

fn choice(fields: &Value, name: &str, known: &[&str]) -> Result<Option<Option<String>>, Refusal> {
    match fields.get(name) {
        None => Ok(None),
        Some(Value::Null) => Ok(Some(None)),
        Some(Value::String(word)) if word.is_empty() => Ok(Some(None)),
        Some(Value::String(word)) if known.contains(&word.as_str()) => Ok(Some(Some(word.clone()))),
        Some(value) => Err(not_valid(name, value)),
    }
}

fn not_valid(name: &str, value: &Value) -> Refusal {
    let title = name.get(..1).map_or(String::new(), |first| format!("{}{}", first.to_uppercase(), &name[1..]));
    let word = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let word: String = word.chars().take(100).collect();
    Refusal::invalid(name, &format!("{title}: {word} is not valid"), "InvalidValue")
}

/// A comment as an object, or a description.
pub(super) fn comment(fields: &Value) -> Result<Option<NewComment>, Refusal> {
    let (body, public, author) = match fields.get("comment") {
        Some(Value::Object(comment)) => {
            let body = comment_text(comment);
            (body, comment.get("public") != Some(&json!(false)), comment.get("author_id").and_then(Value::as_u64))
        }
        Some(Value::String(body)) => (Some(body.clone()), true, None),
        Some(Value::Null) | None => (None, true, None),
        Some(_) => return Err(Refusal::attribute("comment", "must be an object")),
    };
    let body = body.or_else(|| fields["description"].as_str().map(str::to_owned));
    Ok(body.map(|body| NewComment { body, public, author }))
}

fn comment_text(comment: &Map<String, Value>) -> Option<String> {
    let text = |name: &str| comment.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    text("body").or_else(|| text("value")).map(str::to_owned).or_else(|| text("html_body").map(untagged))
}

/// HTML without its tags.
fn untagged(html: &str) -> String {
    let mut inside = false;
    let text: String = html
        .chars()
        .filter(|c| {
            let keep = !inside && *c != '<';
            inside = if *c == '<' { true } else { inside && *c != '>' };
            keep
        })
        .collect();
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// The user that `{name, email}` means, made if there is none of that address.
pub(super) fn requester(account: &mut Account, fields: &Value, now: Time) -> Result<Option<u64>, Refusal> {
    if !fields.is_object() {
        return Ok(None);
    }
    let (name, email) = (fields["name"].as_str().unwrap_or_default(), fields["email"].as_str());
    if let Some(user) = email.and_then(|email| account.user_by_email(email)) {
        return Ok(Some(user.id));
    }
    if name.is_empty() {
        let text = "Requester: Name: is too short (minimum is 1 characters)";
        return Err(Refusal::invalid("requester", text, "ValueTooShort"));
    }
    Ok(Some(account.add_user(name, email, Role::EndUser, now)))
}

/// Tags as a list, or parted by blanks or commas.
pub(super) fn read_tags(value: &Value) -> Tags {
    let words: Vec<&str> = match value {
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        Value::String(text) => text.split([' ', ',']).collect(),
        _ => Vec::new(),
    };
    words.into_iter().map(|word| word.trim().to_lowercase().replace(' ', "_")).filter(|word| !word.is_empty()).collect()
}
