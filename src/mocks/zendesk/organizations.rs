//! `/organizations`: names to which users and tickets can belong.

use super::kept::{self, Kept};
use super::refusal::Refusal;
use super::routes::{Call, Outcome};
use super::state::{Account, Organization};
use crate::mocks::answer;
use serde_json::{Value, json};

/// More organizations than any rehearsal makes; further ones are refused.
const MOST: usize = 100_000;

pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    many(call, |_| true)
}

pub(super) fn get(call: &mut Call<'_>) -> Outcome {
    one(call, call.id(), 200)
}

pub(super) fn show_many(call: &mut Call<'_>) -> Outcome {
    let external = call.query.filled("external_ids").map(str::to_owned);
    let wanted: Vec<&str> = external.as_deref().into_iter().flat_map(|ids| ids.split(',')).map(str::trim).collect();
    let ids = call.listed_ids()?;
    many(call, |one| ids.contains(&one.id) || one.external_id.as_deref().is_some_and(|id| wanted.contains(&id)))
}

/// By name or `external_id`, in full.
pub(super) fn search(call: &mut Call<'_>) -> Outcome {
    let (name, external) = (call.query.filled("name"), call.query.filled("external_id"));
    if name.is_none() && external.is_none() {
        return Err(Refusal::attribute("external_id", "or name must be present"));
    }
    many(call, |one| {
        name.is_none_or(|name| one.name.eq_ignore_ascii_case(name))
            && external.is_none_or(|external| one.external_id.as_deref() == Some(external))
    })
}

/// By the beginning of the name.
pub(super) fn autocomplete(call: &mut Call<'_>) -> Outcome {
    let name = call.query.filled("name").ok_or_else(|| Refusal::attribute("name", "must be present"))?.to_lowercase();
    many(call, |one| one.name.to_lowercase().starts_with(&name))
}

pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    let fields = call.object("organization")?;
    add(call, &fields)
}

/// The one of that id or external id, changed; else a new one.
pub(super) fn create_or_update(call: &mut Call<'_>) -> Outcome {
    let fields = call.object("organization")?;
    let (id, external) = (kept::id(&fields["id"]), fields["external_id"].as_str());
    let same = |one: &&Organization| {
        Some(one.id) == id || external.is_some_and(|external| one.external_id.as_deref() == Some(external))
    };
    match call.desk.account.organizations.values().find(same).map(|one| one.id) {
        Some(id) => change(call, id, &fields),
        None => add(call, &fields),
    }
}

fn add(call: &mut Call<'_>, fields: &Value) -> Outcome {
    let name = fields["name"].as_str().filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| Refusal::invalid("name", "Name: cannot be blank", "BlankValue"))?;
    refuse_taken(&call.desk.account, name, None)?;
    let account = &mut call.desk.account;
    if account.organizations.len() >= MOST {
        return Err(Refusal::invalid("base", "The account has too many organizations", "AccountLimitExceeded"));
    }
    let id = account.next_id();
    let (name, external_id) = (name.to_owned(), fields["external_id"].as_str().map(str::to_owned));
    let mut made = Organization { id, name, external_id, kept: Kept::new(), created: call.now, updated: call.now };
    kept::keep(kept::OF_ORGANIZATIONS, fields, &mut made.kept);
    account.organizations.insert(id, made);
    one(call, id, 201)
}

pub(super) fn update(call: &mut Call<'_>) -> Outcome {
    let (id, fields) = (call.id(), call.object("organization")?);
    change(call, id, &fields)
}

fn change(call: &mut Call<'_>, id: u64, fields: &Value) -> Outcome {
    let name = fields["name"].as_str().filter(|name| !name.is_empty());
    if let Some(name) = name {
        refuse_taken(&call.desk.account, name, Some(id))?;
    }
    let found = call.desk.account.organizations.get_mut(&id).ok_or_else(Refusal::not_found)?;
    if let Some(name) = name {
        name.clone_into(&mut found.name);
    }
    if let Some(external) = fields.get("external_id") {
        found.external_id = external.as_str().map(str::to_owned);
    }
    kept::keep(kept::OF_ORGANIZATIONS, fields, &mut found.kept);
    found.updated = call.now;
    one(call, id, 200)
}

fn refuse_taken(account: &Account, name: &str, but: Option<u64>) -> Result<(), Refusal> {
    let taken = |one: &Organization| one.name.eq_ignore_ascii_case(name) && Some(one.id) != but;
    if account.organizations.values().any(taken) {
        return Err(Refusal::invalid("name", &format!("Name: {name} has already been taken"), "DuplicateValue"));
    }
    Ok(())
}

/// Whoever belonged to it, and what they asked, belong to none.
pub(super) fn delete(call: &mut Call<'_>) -> Outcome {
    let (id, account) = (call.id(), &mut call.desk.account);
    account.organizations.remove(&id).ok_or_else(Refusal::not_found)?;
    for user in account.users.values_mut().filter(|user| user.organization == Some(id)) {
        user.organization = None;
    }
    for ticket in account.tickets.values_mut().filter(|ticket| ticket.organization == Some(id)) {
        ticket.organization = None;
    }
    Ok(answer::empty(204))
}

fn many(call: &Call<'_>, wanted: impl Fn(&Organization) -> bool) -> Outcome {
    let account = &call.desk.account;
    let all = account.organizations.values().filter(|one| wanted(one)).collect();
    call.page("organizations", all, |one| Some(one.id), |one| shown(account, one, &call.origin))
}

fn one(call: &Call<'_>, id: u64, status: u16) -> Outcome {
    let account = &call.desk.account;
    let found = account.organizations.get(&id).ok_or_else(Refusal::not_found)?;
    Ok(answer::json(status, &json!({"organization": shown(account, found, &call.origin)})))
}

pub(super) fn shown(account: &Account, one: &Organization, origin: &str) -> Value {
    let mut shown = json!({
        "url": format!("{origin}/api/v2/organizations/{}.json", one.id),
        "id": one.id,
        "name": one.name,
        "shared_tickets": false,
        "shared_comments": false,
        "external_id": one.external_id,
        "created_at": account.epoch.iso(one.created),
        "updated_at": account.epoch.iso(one.updated),
        "domain_names": [],
        "details": null,
        "notes": null,
        "group_id": null,
        "tags": [],
        "organization_fields": {},
    });
    kept::show(&one.kept, &mut shown);
    shown
}
