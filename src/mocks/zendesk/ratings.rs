//! Satisfaction ratings: what customers thought of how their tickets were solved.

use super::refusal::Refusal;
use super::routes::{Call, Outcome};
use super::state::{Account, Rating, Ticket};
use crate::mocks::answer;
use crate::time::Time;
use serde_json::{Value, json};

/// The longest comment, in bytes.
const MAX_COMMENT: usize = 65_535;

/// Only the customer of a ticket may rate it, once it was solved.
pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    let actor = call.actor()?;
    let ticket = call.desk.account.tickets.get(&call.id()).ok_or_else(Refusal::not_found)?;
    if ticket.requester != actor {
        return Err(Refusal::forbidden());
    }
    let fields = call.object("satisfaction_rating")?;
    let comment = fields["comment"].as_str();
    let score = fields["score"].as_str().unwrap_or_default();
    let ticket = call.id();
    let id = rate(&mut call.desk.account, ticket, score, comment, call.now)?;
    one(call, id)
}

/// A customer rates a ticket; gives the rating's id.
pub(super) fn rate(
    account: &mut Account,
    ticket: u64,
    score: &str,
    comment: Option<&str>,
    now: Time,
) -> Result<u64, Refusal> {
    let score = match score {
        "good" | "good_with_comment" => "good",
        "bad" | "bad_with_comment" => "bad",
        _ => return Err(Refusal::invalid("score", "Score: is not valid", "InvalidValue")),
    };
    if comment.is_some_and(|comment| comment.len() > MAX_COMMENT) {
        return Err(Refusal::invalid("comment", "Comment: is too long", "ValueTooLong"));
    }
    let rated = account.tickets.get(&ticket).ok_or_else(Refusal::not_found)?;
    if !rated.marks.was_solved() {
        return Err(Refusal::invalid("base", "Only solved tickets can be rated", "InvalidValue"));
    }
    let known = account.rating_of(rated).map(|rating| (rating.id, rating.created));
    let (id, created) = known.unwrap_or_else(|| (account.next_id(), now));
    let comment = comment.filter(|comment| !comment.is_empty()).map(str::to_owned);
    if let Some(rated) = account.tickets.get_mut(&ticket) {
        rated.marks.rating = Some(id);
    }
    account.ratings.insert(id, Rating { id, ticket, score, comment, created, updated: now });
    Ok(id)
}

pub(super) fn get(call: &mut Call<'_>) -> Outcome {
    one(call, call.id())
}

/// By score (`received`, `good`, `bad`, with or without comment) and by time.
pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    let account = &call.desk.account;
    let score = call.query.filled("score").unwrap_or("received");
    let (from, to) = (call.query.number("start_time"), call.query.number("end_time"));
    let fits = |rating: &&Rating| {
        let made = u64::try_from(account.epoch.unix_secs(rating.created)).unwrap_or(0);
        let of_score = match score.split_once("_with") {
            None => score == "received" || score == rating.score,
            Some((score, with)) => {
                (score == "received" || score == rating.score) && rating.comment.is_some() == (with == "_comment")
            }
        };
        of_score && from.is_none_or(|from| made >= from) && to.is_none_or(|to| made <= to)
    };
    let all = account.ratings.values().filter(fits).collect();
    call.page("satisfaction_ratings", all, |rating| Some(rating.id), |rating| shown(account, rating, &call.origin))
}

fn one(call: &Call<'_>, id: u64) -> Outcome {
    let account = &call.desk.account;
    let rating = account.ratings.get(&id).ok_or_else(Refusal::not_found)?;
    Ok(answer::json(200, &json!({"satisfaction_rating": shown(account, rating, &call.origin)})))
}

fn shown(account: &Account, rating: &Rating, origin: &str) -> Value {
    let ticket = account.tickets.get(&rating.ticket);
    json!({
        "url": format!("{origin}/api/v2/satisfaction_ratings/{}.json", rating.id),
        "id": rating.id,
        "ticket_id": rating.ticket,
        "requester_id": ticket.map(|ticket| ticket.requester),
        "assignee_id": ticket.and_then(|ticket| ticket.assignee),
        "group_id": ticket.and_then(|ticket| ticket.group),
        "score": rating.score,
        "comment": rating.comment,
        "reason": null,
        "reason_id": null,
        "created_at": account.epoch.iso(rating.created),
        "updated_at": account.epoch.iso(rating.updated),
    })
}

/// The short form that stands on a ticket.
pub(super) fn on_ticket(account: &Account, ticket: &Ticket) -> Value {
    if !ticket.marks.was_solved() {
        return json!({"score": "unoffered"});
    }
    match account.rating_of(ticket) {
        Some(rating) => json!({"id": rating.id, "score": rating.score, "comment": rating.comment}),
        None => json!({"score": "offered"}),
    }
}
