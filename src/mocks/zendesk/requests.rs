//! `/requests`: tickets as their customers see them. Nobody need say who they are to create one.

use super::changes::{Person, Wish};
use super::refusal::Refusal;
use super::routes::{Call, Outcome};
use super::show;
use super::state::{Role, Status, Ticket};
use super::tickets::tell;
use super::wishes::{comment, requester};
use crate::mocks::vendor::Reply;
use serde_json::json;

pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    let fields = call.object("request")?;
    let named = requester(&call.desk.account, &fields["requester"])?;
    let asks = named.or(call.actor.map(Person::Known)).ok_or_else(|| {
        let text = "Requester: Name: is too short (minimum is 1 characters)";
        Refusal::invalid("requester", text, "ValueTooShort")
    })?;
    let wish = Wish {
        subject: fields["subject"].as_str().map(str::to_owned),
        comment: comment(&fields)?.map(|comment| super::changes::NewComment { public: true, ..comment }),
        requester: Some(asks),
        ..Wish::default()
    };
    let change = call.desk.account.create(wish, call.actor, "api", call.now)?;
    tell(call, &change);
    let reply = shown(call, change.ticket, 201)?;
    Ok(reply.with("location", format!("{}/api/v2/requests/{}.json", call.origin, change.ticket)))
}

pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    let actor = call.actor()?;
    let account = &call.desk.account;
    let mine = account.tickets.values().filter(|ticket| ticket.requester == actor).collect();
    call.page("requests", mine, |ticket| Some(ticket.id), |ticket| show::request(account, ticket, &call.origin))
}

pub(super) fn get(call: &mut Call<'_>) -> Outcome {
    let id = find(call)?.id;
    shown(call, id, 200)
}

pub(super) fn update(call: &mut Call<'_>) -> Outcome {
    let (actor, id) = (call.actor()?, find(call)?.id);
    let fields = call.object("request")?;
    let wish = Wish {
        comment: comment(&fields)?.map(|comment| super::changes::NewComment { public: true, ..comment }),
        status: (fields["solved"] == true).then_some(Status::Solved),
        ..Wish::default()
    };
    let change = call.desk.account.change(id, wish, actor, "api", call.now)?;
    tell(call, &change);
    shown(call, id, 200)
}

pub(super) fn comments(call: &mut Call<'_>) -> Outcome {
    let ticket = find(call)?;
    let public = ticket.comments.iter().filter(|comment| comment.public).collect();
    call.page("comments", public, |comment| Some(comment.id), |comment| show::comment(&call.desk.account, comment))
}

/// The ticket, if it is the asker's own or the asker is of the desk.
fn find<'a>(call: &'a Call<'_>) -> Result<&'a Ticket, Refusal> {
    let actor = call.actor()?;
    let account = &call.desk.account;
    let ticket = account.tickets.get(&call.id()).ok_or_else(Refusal::not_found)?;
    let customer = account.users.get(&actor).is_none_or(|user| user.role == Role::EndUser);
    if customer && ticket.requester != actor { Err(Refusal::not_found()) } else { Ok(ticket) }
}

fn shown(call: &Call<'_>, id: u64, status: u16) -> Result<Reply, Refusal> {
    let account = &call.desk.account;
    let ticket = account.tickets.get(&id).ok_or_else(Refusal::not_found)?;
    call.show(status, json!({"request": show::request(account, ticket, &call.origin)}))
}
