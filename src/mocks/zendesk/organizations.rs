//! `/organizations`: names to which users and tickets can belong.

use super::refusal::Refusal;
use super::routes::{Call, Outcome};
use super::state::{Account, Organization};
use crate::mocks::answer;
use serde_json::{Value, json};

/// More organizations than any rehearsal makes; further ones are refused.
const MOST: usize = 100_000;

pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    let account = &call.desk.account;
    call.page("organizations", account.organizations.values().collect(), |one| shown(account, one, &call.origin))
}

pub(super) fn get(call: &mut Call<'_>) -> Outcome {
    one(call, call.id(), 200)
}

pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    let fields = call.object("organization")?;
    let account = &mut call.desk.account;
    let name = fields["name"].as_str().filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| Refusal::invalid("name", "Name: cannot be blank", "BlankValue"))?;
    if account.organizations.values().any(|one| one.name.eq_ignore_ascii_case(name)) {
        return Err(Refusal::invalid("name", &format!("Name: {name} has already been taken"), "DuplicateValue"));
    }
    if account.organizations.len() >= MOST {
        return Err(Refusal::invalid("base", "The account has too many organizations", "AccountLimitExceeded"));
    }
    let id = account.next_id();
    let external_id = fields["external_id"].as_str().map(str::to_owned);
    let made = Organization { id, name: name.to_owned(), external_id, created: call.now, updated: call.now };
    account.organizations.insert(id, made);
    one(call, id, 201)
}

pub(super) fn update(call: &mut Call<'_>) -> Outcome {
    let (id, fields) = (call.id(), call.object("organization")?);
    let found = call.desk.account.organizations.get_mut(&id).ok_or_else(Refusal::not_found)?;
    if let Some(name) = fields["name"].as_str().filter(|name| !name.is_empty()) {
        name.clone_into(&mut found.name);
    }
    if let Some(external) = fields["external_id"].as_str() {
        found.external_id = Some(external.to_owned());
    }
    found.updated = call.now;
    one(call, id, 200)
}

fn one(call: &Call<'_>, id: u64, status: u16) -> Outcome {
    let account = &call.desk.account;
    let found = account.organizations.get(&id).ok_or_else(Refusal::not_found)?;
    Ok(answer::json(status, &json!({"organization": shown(account, found, &call.origin)})))
}

pub(super) fn shown(account: &Account, one: &Organization, origin: &str) -> Value {
    json!({
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
    })
}
