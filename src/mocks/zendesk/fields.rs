//! `/ticket_fields`: the fields that every ticket has, and those that an account adds.

use super::page::own_id;
use super::refusal::Refusal;
use super::routes::{Call, Outcome};
use super::state::{Account, TicketField};
use crate::mocks::answer;
use crate::time::Time;
use serde_json::{Value, json};

/// More fields of its own than an account has (Zendesk's own limit).
const MOST: usize = 400;

/// What a field of an account's own can be.
const TYPES: [&str; 12] = [
    "text",
    "textarea",
    "checkbox",
    "date",
    "integer",
    "decimal",
    "regexp",
    "partialcreditcard",
    "multiselect",
    "tagger",
    "lookup",
    "dropdown",
];

/// The fields that every account has from the start, by type and title; their ids count from [`FIRST`].
const SYSTEM: [(&str, &str); 7] = [
    ("subject", "Subject"),
    ("description", "Description"),
    ("status", "Status"),
    ("tickettype", "Type"),
    ("priority", "Priority"),
    ("group", "Group"),
    ("assignee", "Assignee"),
];
const FIRST: u64 = 9_101;

pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    let account = &call.desk.account;
    let system = (FIRST..).zip(SYSTEM).map(|(id, (kind, title))| system(account, id, kind, title, &call.origin));
    let own = account.fields.values().map(|field| shown(account, field, &call.origin));
    call.page("ticket_fields", system.chain(own).collect(), own_id, |field| field)
}

pub(super) fn get(call: &mut Call<'_>) -> Outcome {
    let (account, id) = (&call.desk.account, call.id());
    let of_system = id.checked_sub(FIRST).and_then(|at| SYSTEM.get(usize::try_from(at).ok()?));
    let field = match (of_system, account.fields.get(&id)) {
        (Some((kind, title)), _) => system(account, id, kind, title, &call.origin),
        (None, Some(field)) => shown(account, field, &call.origin),
        (None, None) => return Err(Refusal::not_found()),
    };
    Ok(answer::json(200, &json!({"ticket_field": field})))
}

pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    let fields = call.object("ticket_field")?;
    let title = title(&fields)?.ok_or_else(|| Refusal::invalid("title", "Title: cannot be blank", "BlankValue"))?;
    let kind = fields["type"].as_str().unwrap_or_default();
    let kind = TYPES.into_iter().find(|known| *known == kind);
    let kind = kind.ok_or_else(|| Refusal::invalid("type", "Type: is invalid", "InvalidValue"))?;
    let options = options(&fields)?.unwrap_or_default();
    let account = &mut call.desk.account;
    if account.fields.len() >= MOST {
        return Err(Refusal::invalid("base", "The account has too many ticket fields", "AccountLimitExceeded"));
    }
    let id = account.next_id();
    let field = TicketField { id, title, kind, options, active: true, created: call.now, updated: call.now };
    account.fields.insert(id, field);
    one(call, id, 201)
}

pub(super) fn update(call: &mut Call<'_>) -> Outcome {
    let (id, fields) = (call.id(), call.object("ticket_field")?);
    let (title, options) = (title(&fields)?, options(&fields)?);
    let field = call.desk.account.fields.get_mut(&id).ok_or_else(Refusal::not_found)?;
    field.title = title.unwrap_or_else(|| field.title.clone());
    field.options = options.unwrap_or_else(|| field.options.clone());
    field.active = fields["active"].as_bool().unwrap_or(field.active);
    field.updated = call.now;
    one(call, id, 200)
}

pub(super) fn delete(call: &mut Call<'_>) -> Outcome {
    call.desk.account.fields.remove(&call.id()).ok_or_else(Refusal::not_found)?;
    Ok(answer::empty(204))
}

/// The title, if one is given.
fn title(fields: &Value) -> Result<Option<String>, Refusal> {
    match fields.get("title") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(title)) if title.trim().is_empty() => {
            Err(Refusal::invalid("title", "Title: cannot be blank", "BlankValue"))
        }
        Some(Value::String(title)) => Ok(Some(title.chars().take(255).collect())),
        Some(_) => Err(Refusal::attribute("title", "must be a string")),
    }
}

/// What can be chosen, as names and values.
fn options(fields: &Value) -> Result<Option<Vec<(String, String)>>, Refusal> {
    /// More than a field offers (Zendesk's own limit).
    const MOST: usize = 2_000;
    let Some(options) = fields["custom_field_options"].as_array() else { return Ok(None) };
    if options.len() > MOST {
        return Err(Refusal::too_many(MOST));
    }
    let read = options.iter().map(|option| {
        let word = |name: &str| option[name].as_str().filter(|word| !word.is_empty()).map(str::to_owned);
        let blank = || Refusal::invalid("custom_field_options", "Field options: Value: cannot be blank", "BlankValue");
        Ok((word("name").ok_or_else(blank)?, word("value").ok_or_else(blank)?))
    });
    read.collect::<Result<_, _>>().map(Some)
}

fn one(call: &Call<'_>, id: u64, status: u16) -> Outcome {
    let account = &call.desk.account;
    let field = account.fields.get(&id).ok_or_else(Refusal::not_found)?;
    Ok(answer::json(status, &json!({"ticket_field": shown(account, field, &call.origin)})))
}

fn system(account: &Account, id: u64, kind: &'static str, title: &str, origin: &str) -> Value {
    let (options, created, updated) = (Vec::new(), Time::ZERO, Time::ZERO);
    let field = TicketField { id, title: title.to_owned(), kind, options, active: true, created, updated };
    let mut shown = shown(account, &field, origin);
    shown["removable"] = json!(false);
    let words: &[&str] = match kind {
        "status" => &["open", "pending", "solved"],
        "tickettype" => &["question", "incident", "problem", "task"],
        "priority" => &["low", "normal", "high", "urgent"],
        _ => return shown,
    };
    let named = |word: &&str| json!({"name": format!("{}{}", word[..1].to_uppercase(), &word[1..]), "value": word});
    shown["system_field_options"] = words.iter().map(named).collect();
    shown
}

fn shown(account: &Account, field: &TicketField, origin: &str) -> Value {
    let mut shown = json!({
        "url": format!("{origin}/api/v2/ticket_fields/{}.json", field.id),
        "id": field.id,
        "type": field.kind,
        "title": field.title,
        "raw_title": field.title,
        "description": "",
        "raw_description": "",
        "position": 0,
        "active": field.active,
        "required": false,
        "collapsed_for_agents": false,
        "regexp_for_validation": null,
        "title_in_portal": field.title,
        "raw_title_in_portal": field.title,
        "visible_in_portal": false,
        "editable_in_portal": false,
        "required_in_portal": false,
        "agent_can_edit": true,
        "tag": null,
        "removable": true,
        "key": null,
        "agent_description": null,
        "created_at": account.epoch.iso(field.created),
        "updated_at": account.epoch.iso(field.updated),
    });
    if matches!(field.kind, "tagger" | "multiselect" | "dropdown") {
        let options = field.options.iter().enumerate();
        let option = |(at, (name, value)): (usize, &(String, String))| {
            let id = field.id * 10_000 + at as u64;
            json!({"id": id, "name": name, "raw_name": name, "value": value, "default": false})
        };
        shown["custom_field_options"] = options.map(option).collect();
    }
    shown
}
