//! Ticket metrics: when a ticket was answered, taken, solved and opened again.

use super::refusal::Refusal;
use super::routes::{Call, Outcome};
use super::state::{Account, Status, Ticket};
use crate::mocks::answer;
use crate::time::Time;
use serde_json::{Value, json};

/// What is remembered of a ticket's way beside its present state.
#[derive(Clone, Debug)]
pub(super) struct Marks {
    first_assigned: Option<Time>,
    assigned: Option<Time>,
    assignees: u32,
    groups: u32,
    first_solved: Option<Time>,
    /// When it was solved the last time; `None`: it is not.
    pub(super) solved: Option<Time>,
    reopens: u32,
    status_changed: Time,
    /// The id of the customer's rating.
    pub(super) rating: Option<u64>,
}

impl Marks {
    /// Of a ticket that is made now.
    pub(super) fn new(now: Time) -> Self {
        Self {
            first_assigned: None,
            assigned: None,
            assignees: 0,
            groups: 0,
            first_solved: None,
            solved: None,
            reopens: 0,
            status_changed: now,
            rating: None,
        }
    }

    /// Whether it was solved at any time.
    pub(super) fn was_solved(&self) -> bool {
        self.first_solved.is_some()
    }

    /// After a change of the ticket.
    pub(super) fn after(&self, before: &Ticket, ticket: &Ticket, now: Time) -> Self {
        let mut marks = self.clone();
        if ticket.assignee != before.assignee && ticket.assignee.is_some() {
            marks.first_assigned.get_or_insert(now);
            marks.assigned = Some(now);
            marks.assignees += 1;
        }
        marks.groups += u32::from(ticket.group != before.group && ticket.group.is_some());
        if ticket.status != before.status {
            marks.status_changed = now;
        }
        let (was, is) = (before.status >= Status::Solved, ticket.status >= Status::Solved);
        if is && !was {
            marks.first_solved.get_or_insert(now);
            marks.solved = Some(now);
        } else if was && !is {
            marks.solved = None;
            marks.reopens += 1;
        }
        marks
    }
}

/// Of one ticket.
pub(super) fn of_ticket(call: &mut Call<'_>) -> Outcome {
    one(call, call.id())
}

/// A ticket's metrics have an id of their own: it is the ticket's.
pub(super) fn get(call: &mut Call<'_>) -> Outcome {
    one(call, call.id())
}

fn one(call: &Call<'_>, id: u64) -> Outcome {
    let account = &call.desk.account;
    let ticket = account.tickets.get(&id).ok_or_else(Refusal::not_found)?;
    Ok(answer::json(200, &json!({"ticket_metric": shown(account, ticket, &call.origin)})))
}

pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    let account = &call.desk.account;
    call.page(
        "ticket_metrics",
        account.tickets.values().collect(),
        |ticket| Some(ticket.id),
        |ticket| shown(account, ticket, &call.origin),
    )
}

pub(super) fn shown(account: &Account, ticket: &Ticket, origin: &str) -> Value {
    let marks = &ticket.marks;
    let moment = |at: Option<Time>| at.map(|at| account.epoch.iso(at));
    // Without a schedule the business hours are those of the calendar.
    let minutes = |at: Option<Time>| {
        let minutes = at.map(|at| at.since(ticket.created).micros() / 60_000_000);
        json!({"calendar": minutes, "business": minutes})
    };
    let answers: Vec<Time> = ticket
        .comments
        .iter()
        .filter(|comment| comment.public && comment.author != ticket.requester && account.is_agent(comment.author))
        .map(|comment| comment.created)
        .collect();
    let by_requester = ticket.comments.iter().rev().find(|comment| comment.author == ticket.requester);
    json!({
        "url": format!("{origin}/api/v2/ticket_metrics/{}.json", ticket.id),
        "id": ticket.id,
        "ticket_id": ticket.id,
        "created_at": account.epoch.iso(ticket.created),
        "updated_at": account.epoch.iso(ticket.updated),
        "group_stations": marks.groups,
        "assignee_stations": marks.assignees,
        "reopens": marks.reopens,
        "replies": answers.len(),
        "assignee_updated_at": moment(marks.assigned),
        "requester_updated_at": moment(by_requester.map(|comment| comment.created)),
        "status_updated_at": account.epoch.iso(marks.status_changed),
        "initially_assigned_at": moment(marks.first_assigned),
        "assigned_at": moment(marks.assigned),
        "solved_at": moment(marks.solved),
        "latest_comment_added_at": moment(ticket.comments.last().map(|comment| comment.created)),
        "reply_time_in_minutes": minutes(answers.first().copied()),
        "first_resolution_time_in_minutes": minutes(marks.first_solved),
        "full_resolution_time_in_minutes": minutes(marks.solved),
        "agent_wait_time_in_minutes": minutes(None),
        "requester_wait_time_in_minutes": minutes(marks.solved),
        "on_hold_time_in_minutes": {"calendar": 0, "business": 0},
    })
}
