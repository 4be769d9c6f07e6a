//! `/tickets/{id}/audits`: what happened to a ticket, change by change.

use super::changes::Change;
use super::refusal::Refusal;
use super::routes::{Call, Outcome};
use super::show;
use super::state::Ticket;
use crate::mocks::answer;
use serde_json::json;

pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    let (ticket, mut audits) = find(call)?;
    if call.query.get("sort_order") == Some("desc") || call.query.get("sort") == Some("-created_at") {
        audits.reverse();
    }
    call.page("audits", audits, |change| Some(change.audit), |change| show::audit(&call.desk.account, ticket, change))
}

pub(super) fn get(call: &mut Call<'_>) -> Outcome {
    let (ticket, audits) = find(call)?;
    let wanted = call.ids.get(1);
    let change = audits.into_iter().find(|change| Some(&change.audit) == wanted).ok_or_else(Refusal::not_found)?;
    Ok(answer::json(200, &json!({"audit": show::audit(&call.desk.account, ticket, change)})))
}

/// A ticket with its changes, oldest first.
fn find<'a>(call: &'a Call<'_>) -> Result<(&'a Ticket, Vec<&'a Change>), Refusal> {
    let account = &call.desk.account;
    let ticket = account.tickets.get(&call.id()).ok_or_else(Refusal::not_found)?;
    Ok((ticket, account.audits.get(&ticket.id).into_iter().flatten().collect()))
}
