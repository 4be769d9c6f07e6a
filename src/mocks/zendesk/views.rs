//! `/views`: the lists that every account has from the start.

use super::page::own_id;
use super::refusal::Refusal;
use super::routes::{Call, Outcome};
use super::state::{Status, Ticket};
use super::tickets::listed;
use crate::mocks::answer;
use crate::time::{Span, Time};
use serde_json::{Value, json};

/// A list of tickets by a rule: its id, its title and the rule.
struct View {
    id: u64,
    title: &'static str,
    holds: fn(&Ticket, Time) -> bool,
}

const RECENT: Span = Span::from_secs(7 * 24 * 3_600);

const VIEWS: [View; 4] = [
    View { id: 9_001, title: "All unsolved tickets", holds: |ticket, _| ticket.status < Status::Solved },
    View {
        id: 9_002,
        title: "Unassigned tickets",
        holds: |ticket, _| ticket.status < Status::Solved && ticket.assignee.is_none(),
    },
    View { id: 9_003, title: "Pending tickets", holds: |ticket, _| ticket.status == Status::Pending },
    View {
        id: 9_004,
        title: "Recently solved tickets",
        holds: |ticket, now| ticket.status == Status::Solved && now.since(ticket.updated) <= RECENT,
    },
];

pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    call.page("views", VIEWS.iter().map(|view| shown(view, call)).collect(), own_id, |view| view)
}

pub(super) fn get(call: &mut Call<'_>) -> Outcome {
    let view = find(call)?;
    Ok(answer::json(200, &json!({"view": shown(view, call)})))
}

pub(super) fn tickets(call: &mut Call<'_>) -> Outcome {
    let view = find(call)?;
    let held = call.desk.account.tickets.values().filter(|ticket| (view.holds)(ticket, call.now)).collect();
    listed(call, held)
}

pub(super) fn count(call: &mut Call<'_>) -> Outcome {
    let view = find(call)?;
    let count = call.desk.account.tickets.values().filter(|ticket| (view.holds)(ticket, call.now)).count();
    let url = format!("{}/api/v2/views/{}/count.json", call.origin, view.id);
    let body = json!({
        "url": url, "view_id": view.id, "value": count, "pretty": count.to_string(), "fresh": true, "active": true,
    });
    Ok(answer::json(200, &json!({"view_count": body})))
}

fn find(call: &Call<'_>) -> Result<&'static View, Refusal> {
    VIEWS.iter().find(|view| view.id == call.id()).ok_or_else(Refusal::not_found)
}

fn shown(view: &View, call: &Call<'_>) -> Value {
    let made = call.desk.account.epoch.iso(Time::ZERO);
    let position = view.id - VIEWS[0].id + 1;
    json!({
        "url": format!("{}/api/v2/views/{}.json", call.origin, view.id),
        "id": view.id,
        "title": view.title,
        "raw_title": view.title,
        "active": true,
        "default": false,
        "position": position,
        "description": null,
        "restriction": null,
        "created_at": made,
        "updated_at": made,
    })
}
