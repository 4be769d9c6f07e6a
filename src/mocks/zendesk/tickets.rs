//! `/tickets`.

use super::changes::{Change, Wish};
use super::refusal::Refusal;
use super::routes::{Call, Outcome};
use super::state::{Account, Comment, Ticket};
use super::wishes::{read, read_tags};
use super::{Zendesk, show, webhooks};
use crate::mocks::answer;
use crate::mocks::form;
use crate::mocks::vendor::{Effect, Reply, Seen};
use crate::rng::text_key;
use crate::time::Time;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// More keys than are remembered: the oldest goes.
const MAX_KEYS: usize = 10_000;

/// What was made under idempotency keys.
#[derive(Debug, Default)]
pub(super) struct Idempotent {
    done: BTreeMap<String, Done>,
    in_order: VecDeque<String>,
}

/// What an idempotency key stands for: a trace of the request, and the ticket it made.
#[derive(Debug)]
struct Done {
    body: u64,
    ticket: u64,
    reply: Value,
}

impl Idempotent {
    fn insert(&mut self, key: String, done: Done) {
        self.in_order.push_back(key.clone());
        self.done.insert(key, done);
        if self.in_order.len() > MAX_KEYS
            && let Some(oldest) = self.in_order.pop_front()
        {
            self.done.remove(&oldest);
        }
    }
}

pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    let key = form::header(&call.request.headers, "idempotency-key").map(str::to_owned);
    let trace = text_key(0, &call.request.body);
    if let Some(done) = key.as_ref().and_then(|key| call.desk.idempotent.done.get(key)) {
        if done.body != trace {
            return Err(Refusal::idempotency());
        }
        return Ok(created(call, done.ticket, &done.reply).with("x-idempotency-lookup", "hit"));
    }
    let actor = call.actor()?;
    let fields = call.object("ticket")?;
    let wish = read(&call.desk.account, &fields)?;
    let change = call.desk.account.create(wish, Some(actor), "api", call.now)?;
    let ticket = call.desk.account.tickets.get(&change.ticket).ok_or_else(Refusal::not_found)?;
    let body = with_audit(call, ticket, &change);
    tell(call, &change);
    let reply = created(call, change.ticket, &body);
    let Some(key) = key else { return Ok(reply) };
    call.desk.idempotent.insert(key, Done { body: trace, ticket: change.ticket, reply: body });
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
    let wish = read(&call.desk.account, &fields)?;
    let change = call.desk.account.change(call.id(), wish, actor, "api", call.now)?;
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
    let (id, actor) = (find(call)?.id, call.actor()?);
    let gone = webhooks::tell_deleted(&mut call.desk.webhooks, &call.desk.account, id, actor, call.now);
    call.effects.extend(gone);
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

pub(super) fn of_assignee(call: &mut Call<'_>) -> Outcome {
    let all = call.desk.account.tickets.values().filter(|ticket| ticket.assignee == Some(call.id())).collect();
    listed(call, all)
}

pub(super) fn where_copied(call: &mut Call<'_>) -> Outcome {
    let all = call.desk.account.tickets.values().filter(|ticket| ticket.copied.contains(&call.id())).collect();
    listed(call, all)
}

pub(super) fn of_organization(call: &mut Call<'_>) -> Outcome {
    let all = call.desk.account.tickets.values().filter(|ticket| ticket.organization == Some(call.id())).collect();
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
    call.page("tickets", all, |ticket| Some(ticket.id), |ticket| show::ticket(&call.desk.account, ticket, &call.origin))
}

/// Every tag of the account, the most used first.
pub(super) fn all_tags(call: &mut Call<'_>) -> Outcome {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for tag in call.desk.account.tickets.values().flat_map(|ticket| &ticket.tags) {
        *counts.entry(tag).or_default() += 1;
    }
    let mut all: Vec<(&str, u64)> = counts.into_iter().collect();
    all.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    call.page("tags", all, |_| None, |(name, count)| json!({"name": name, "count": count}))
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
    call.page("comments", all, |comment| Some(comment.id), |comment| show::comment(&call.desk.account, comment))
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
    let change = call.desk.account.change(call.id(), wish, actor, "api", call.now)?;
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
