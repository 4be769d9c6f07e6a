//! `/macros`: prepared changes of a ticket. Applying one shows what it would do and changes nothing, as at Zendesk; the
//! client then sends the change itself.

use super::page::own_id;
use super::refusal::Refusal;
use super::routes::{Call, Outcome};
use super::show;
use super::wishes::read_tags;
use crate::mocks::answer;
use crate::time::Time;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

/// A prepared change.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Macro {
    id: u64,
    title: String,
    description: Option<String>,
    actions: Vec<Action>,
}

/// One step of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Action {
    /// A field of the ticket, or one of Zendesk's words such as `comment_value` and `current_tags`.
    field: String,
    value: String,
}

static MACROS: LazyLock<Vec<Macro>> = LazyLock::new(|| {
    let text = include_str!("../../../mocks/zendesk/macros.yaml");
    serde_yaml::from_str(text).expect("the shipped macros are tested")
});

pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    call.page("macros", MACROS.iter().map(|one| shown(one, call)).collect(), own_id, |one| one)
}

pub(super) fn get(call: &mut Call<'_>) -> Outcome {
    let one = find(call.id())?;
    Ok(answer::json(200, &json!({"macro": shown(one, call)})))
}

/// What it would change of any ticket.
pub(super) fn apply(call: &mut Call<'_>) -> Outcome {
    let changed = changed(find(call.id())?, Map::new(), call.actor()?);
    Ok(answer::json(200, &json!({"result": {"ticket": changed}})))
}

/// A ticket as it would be.
pub(super) fn apply_to_ticket(call: &mut Call<'_>) -> Outcome {
    let one = find(call.ids.get(1).copied().unwrap_or(0))?;
    let account = &call.desk.account;
    let ticket = account.tickets.get(&call.id()).ok_or_else(Refusal::not_found)?;
    let Value::Object(ticket) = show::ticket(account, ticket, &call.origin) else { return Err(Refusal::not_found()) };
    let changed = changed(one, ticket, call.actor()?);
    Ok(answer::json(200, &json!({"result": {"ticket": changed}})))
}

fn find(id: u64) -> Result<&'static Macro, Refusal> {
    MACROS.iter().find(|one| one.id == id).ok_or_else(Refusal::not_found)
}

/// The ticket after the macro's steps, and the comment that they write.
fn changed(one: &Macro, mut ticket: Map<String, Value>, actor: u64) -> Map<String, Value> {
    let mut comment = Map::new();
    for Action { field, value } in &one.actions {
        let tags = || ticket.get("tags").map(read_tags).unwrap_or_default();
        match field.as_str() {
            "comment_value" => {
                comment.insert("body".to_owned(), json!(value));
                comment.insert("scoped_body".to_owned(), json!([["channel:all", value]]));
                comment.entry("public").or_insert(json!(true));
            }
            "comment_mode_is_public" => drop(comment.insert("public".to_owned(), json!(value == "true"))),
            "current_tags" => {
                let all: Vec<String> = tags().union(&read_tags(&json!(value))).cloned().collect();
                ticket.insert("tags".to_owned(), json!(all));
            }
            "remove_tags" => {
                let left: Vec<String> = tags().difference(&read_tags(&json!(value))).cloned().collect();
                ticket.insert("tags".to_owned(), json!(left));
            }
            "assignee_id" if value == "current_user" => drop(ticket.insert(field.clone(), json!(actor))),
            _ => drop(ticket.insert(field.clone(), json!(value))),
        }
    }
    if !comment.is_empty() {
        ticket.insert("comment".to_owned(), Value::Object(comment));
    }
    ticket
}

fn shown(one: &Macro, call: &Call<'_>) -> Value {
    let made = call.desk.account.epoch.iso(Time::ZERO);
    let actions: Vec<Value> =
        one.actions.iter().map(|step| json!({"field": step.field, "value": step.value})).collect();
    json!({
        "url": format!("{}/api/v2/macros/{}.json", call.origin, one.id),
        "id": one.id,
        "title": one.title,
        "raw_title": one.title,
        "description": one.description,
        "active": true,
        "default": false,
        "position": one.id % 100,
        "actions": actions,
        "restriction": null,
        "created_at": made,
        "updated_at": made,
    })
}
