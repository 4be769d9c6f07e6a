//! `/Queues` and their members.

use super::list::page;
use super::queue::Queue;
use super::refusal::Refusal;
use super::rest_calls::{redirect, start};
use super::routes::{Asking, Outcome};
use crate::mocks::answer;
use serde_json::{Value, json};

pub(super) fn create(asked: &mut Asking<'_>) -> Outcome {
    let form = asked.form.clone();
    let name = form.filled("FriendlyName").ok_or_else(|| Refusal::bad(20_001, "FriendlyName is required"))?;
    if asked.twilio.queue(name).is_some() {
        return Err(Refusal::bad(22_003, format!("Queue friendly name '{name}' already exists")));
    }
    let full = || Refusal::bad(22_006, "The account has too many queues");
    let sid = asked.twilio.queue_sid(name, asked.now).ok_or_else(full)?;
    if let Some(queue) = asked.twilio.queues.get_mut(&sid)
        && let Some(size) = form.number("MaxSize").and_then(|size| usize::try_from(size).ok())
    {
        queue.max_size = size.clamp(1, 5_000);
    }
    let queue = asked.twilio.queues.get(&sid).ok_or_else(full)?;
    Ok(answer::json(201, &show(asked, queue)))
}

pub(super) fn list(asked: &mut Asking<'_>) -> Outcome {
    let all = asked.twilio.queues.values().map(|queue| (queue.sid.as_str(), queue)).collect();
    Ok(answer::json(200, &page("queues", all, |queue| show(asked, queue), &asked.query, &asked.own("/Queues.json"))?))
}

pub(super) fn fetch(asked: &mut Asking<'_>) -> Outcome {
    Ok(answer::json(200, &show(asked, find(asked)?)))
}

/// A new name, or another size.
pub(super) fn update(asked: &mut Asking<'_>) -> Outcome {
    let sid = find(asked)?.sid.clone();
    let form = asked.form.clone();
    let name = form.filled("FriendlyName");
    if name.and_then(|name| asked.twilio.queue(name)).is_some_and(|other| other.sid != sid) {
        return Err(Refusal::bad(22_003, "A queue of that name already exists"));
    }
    if let Some(queue) = asked.twilio.queues.get_mut(&sid) {
        queue.name = name.map_or_else(|| std::mem::take(&mut queue.name), str::to_owned);
        if let Some(size) = form.number("MaxSize").and_then(|size| usize::try_from(size).ok()) {
            queue.max_size = size.clamp(1, 5_000);
        }
    }
    fetch(asked)
}

/// Only an empty queue can be taken away.
pub(super) fn delete(asked: &mut Asking<'_>) -> Outcome {
    let queue = find(asked)?;
    if !queue.members.is_empty() || !queue.dialers.is_empty() {
        return Err(Refusal::bad(22_008, "Cannot delete a queue with calls in it"));
    }
    let sid = queue.sid.clone();
    asked.twilio.queues.remove(&sid);
    Ok(answer::empty(204))
}

pub(super) fn members(asked: &mut Asking<'_>) -> Outcome {
    let queue = find(asked)?;
    let all = queue.members.iter().filter_map(|member| Some((member.as_str(), show_member(asked, queue, member)?)));
    let path = asked.own(&format!("/Queues/{}/Members.json", queue.sid));
    Ok(answer::json(200, &page("queue_members", all.collect(), |member| member, &asked.query, &path)?))
}

pub(super) fn member(asked: &mut Asking<'_>) -> Outcome {
    let sid = named(asked)?;
    let shown = show_member(asked, find(asked)?, &sid).ok_or_else(|| asked.not_found())?;
    Ok(answer::json(200, &shown))
}

/// Takes a member out of the queue: the call goes on with `Url`.
pub(super) fn dequeue(asked: &mut Asking<'_>) -> Outcome {
    let sid = named(asked)?;
    let shown = show_member(asked, find(asked)?, &sid).ok_or_else(|| asked.not_found())?;
    let instead = start(&asked.form)?.ok_or_else(|| Refusal::bad(21_205, "Url parameter is required."))?;
    redirect(asked, &sid, instead);
    Ok(answer::json(200, &shown))
}

/// The member that the path names: a call, or `Front`.
fn named(asked: &Asking<'_>) -> Result<String, Refusal> {
    let queue = find(asked)?;
    let named = asked.ids.get(1).map_or("", String::as_str);
    let member = match named {
        "Front" => queue.members.front(),
        sid => queue.members.iter().find(|member| *member == sid),
    };
    member.cloned().ok_or_else(|| asked.not_found())
}

fn find<'a>(asked: &'a Asking<'_>) -> Result<&'a Queue, Refusal> {
    asked.twilio.queues.get(&asked.id()).ok_or_else(|| asked.not_found())
}

fn show(asked: &Asking<'_>, queue: &Queue) -> Value {
    let settings = &asked.twilio.settings;
    let made = settings.epoch.rfc2822(queue.created);
    json!({
        "sid": queue.sid,
        "account_sid": settings.account,
        "friendly_name": queue.name,
        "current_size": queue.members.len(),
        "max_size": queue.max_size,
        "average_wait_time": queue.average_wait(),
        "date_created": made,
        "date_updated": made,
        "uri": asked.own(&format!("/Queues/{}.json", queue.sid)),
        "subresource_uris": {"members": asked.own(&format!("/Queues/{}/Members.json", queue.sid))},
    })
}

fn show_member(asked: &Asking<'_>, queue: &Queue, sid: &str) -> Option<Value> {
    let position = queue.members.iter().position(|member| member == sid)? + 1;
    let place = asked.twilio.calls.get(sid)?.place.as_ref()?;
    Some(json!({
        "call_sid": sid,
        "queue_sid": queue.sid,
        "account_sid": asked.twilio.settings.account,
        "date_enqueued": asked.twilio.settings.epoch.rfc2822(place.since),
        "position": position,
        "wait_time": asked.now.since(place.since).micros() / 1_000_000,
        "uri": asked.own(&format!("/Queues/{}/Members/{sid}.json", queue.sid)),
    }))
}
