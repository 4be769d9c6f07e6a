//! `/users`.

use super::kept;
use super::refusal::Refusal;
use super::routes::{Call, Outcome};
use super::show;
use super::state::{Account, MAX_USERS, Role, User};
use crate::mocks::answer;
use crate::time::Time;
use serde_json::{Value, json};

/// More ids than are asked for at once.
const MOST_AT_ONCE: usize = 100;

pub(super) fn me(call: &mut Call<'_>) -> Outcome {
    let id = call.actor()?;
    one(call, id, 200)
}

pub(super) fn get(call: &mut Call<'_>) -> Outcome {
    one(call, call.id(), 200)
}

pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    let roles: Vec<&str> =
        call.query.pairs().iter().filter(|(name, _)| name.starts_with("role")).map(|(_, role)| role.as_str()).collect();
    many(call, |user| roles.is_empty() || roles.contains(&user.role.word()))
}

/// By `query` (name or address, from the beginning of a word) or `external_id`.
pub(super) fn search(call: &mut Call<'_>) -> Outcome {
    let query = call.query.get("query").unwrap_or_default().to_lowercase();
    let query = query.strip_prefix("email:").unwrap_or(&query).trim_matches('"').to_owned();
    let external = call.query.filled("external_id").map(str::to_owned);
    many(call, |user| match &external {
        Some(id) => user.external_id.as_ref() == Some(id),
        None => matches(user, &query),
    })
}

pub(super) fn show_many(call: &mut Call<'_>) -> Outcome {
    if let Some(external) = call.query.filled("external_ids").map(str::to_owned) {
        let wanted: Vec<&str> = external.split(',').map(str::trim).take(MOST_AT_ONCE).collect();
        return many(call, |user| user.external_id.as_deref().is_some_and(|id| wanted.contains(&id)));
    }
    let ids = call.listed_ids()?;
    many(call, |user| ids.contains(&user.id))
}

pub(super) fn count(call: &mut Call<'_>) -> Outcome {
    let account = &call.desk.account;
    let value = account.users.values().filter(|user| !user.gone).count();
    let count = json!({"value": value, "refreshed_at": account.epoch.iso(call.now)});
    Ok(answer::json(200, &json!({"count": count})))
}

pub(super) fn of_organization(call: &mut Call<'_>) -> Outcome {
    let id = call.id();
    many(call, |user| user.organization == Some(id))
}

/// A user who is deleted is shown as not active.
pub(super) fn delete(call: &mut Call<'_>) -> Outcome {
    let id = call.id();
    if call.actor == Some(id) || !call.desk.account.delete_user(id, call.now) {
        return Err(if call.actor == Some(id) { Refusal::forbidden() } else { Refusal::not_found() });
    }
    one(call, id, 200)
}

pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    let fields = call.object("user")?;
    let id = add(&mut call.desk.account, &fields, call.now)?;
    one(call, id, 201)
}

pub(super) fn create_or_update(call: &mut Call<'_>) -> Outcome {
    let fields = call.object("user")?;
    let (id, made) = add_or_change(&mut call.desk.account, &fields, call.now)?;
    one(call, id, if made { 201 } else { 200 })
}

pub(super) fn update(call: &mut Call<'_>) -> Outcome {
    let (id, fields) = (call.id(), call.object("user")?);
    set(&mut call.desk.account, id, &fields, call.now)?;
    one(call, id, 200)
}

/// A new user of these fields; gives the id.
pub(super) fn add(account: &mut Account, fields: &Value, now: Time) -> Result<u64, Refusal> {
    let taken = fields["email"].as_str().and_then(|email| account.user_by_email(email));
    if let Some(user) = taken {
        let text =
            format!("Email: {} is already being used by another user", user.email.as_deref().unwrap_or_default());
        return Err(Refusal::invalid("email", &text, "DuplicateValue"));
    }
    if account.users.len() >= MAX_USERS {
        return Err(Refusal::invalid("base", "The account has too many users", "AccountLimitExceeded"));
    }
    let name = fields["name"].as_str().filter(|name| !name.is_empty());
    let role = role(fields)?.unwrap_or(Role::EndUser);
    let short = || Refusal::invalid("name", "Name: is too short (minimum is 1 characters)", "ValueTooShort");
    let id = account.add_user(name.ok_or_else(short)?, fields["email"].as_str(), role, now);
    set(account, id, fields, now)?;
    Ok(id)
}

fn role(fields: &Value) -> Result<Option<Role>, Refusal> {
    match &fields["role"] {
        Value::Null => Ok(None),
        Value::String(word) if word == "end-user" => Ok(Some(Role::EndUser)),
        Value::String(word) if word == "agent" => Ok(Some(Role::Agent)),
        Value::String(word) if word == "admin" => Ok(Some(Role::Admin)),
        _ => Err(Refusal::invalid("role", "Role: is not valid", "InvalidValue")),
    }
}

/// The user of that address or external id, changed; else a new one. Gives the id, and whether it is new.
pub(super) fn add_or_change(account: &mut Account, fields: &Value, now: Time) -> Result<(u64, bool), Refusal> {
    let external = fields["external_id"].as_str();
    let known = fields["email"].as_str().and_then(|email| account.user_by_email(email)).map(|user| user.id);
    let known = known.or_else(|| {
        external?;
        account.users.values().find(|user| user.external_id.as_deref() == external).map(|user| user.id)
    });
    match known {
        Some(id) => {
            set(account, id, fields, now)?;
            Ok((id, false))
        }
        None => add(account, fields, now).map(|id| (id, true)),
    }
}

/// Sets what is said; `null` empties a field.
fn set(account: &mut Account, id: u64, fields: &Value, now: Time) -> Result<(), Refusal> {
    let role = role(fields)?;
    let organization = kept::id(&fields["organization_id"]).filter(|id| account.organizations.contains_key(id));
    let Some(user) = account.users.get_mut(&id) else { return Err(Refusal::not_found()) };
    let text = |name: &str, old: &mut Option<String>| match fields.get(name) {
        Some(Value::String(text)) => *old = Some(text.clone()),
        Some(Value::Number(number)) => *old = Some(number.to_string()),
        Some(Value::Null) => *old = None,
        _ => {}
    };
    text("phone", &mut user.phone);
    text("external_id", &mut user.external_id);
    if let Some(name) = fields["name"].as_str().filter(|name| !name.is_empty()) {
        name.clone_into(&mut user.name);
    }
    if fields.get("organization_id").is_some_and(|wanted| wanted.is_null() || organization.is_some()) {
        user.organization = organization;
    }
    user.role = role.unwrap_or(user.role);
    kept::keep(kept::OF_USERS, fields, &mut user.kept);
    user.updated = now;
    Ok(())
}

fn one(call: &Call<'_>, id: u64, status: u16) -> Outcome {
    let account = &call.desk.account;
    let user = account.users.get(&id).ok_or_else(Refusal::not_found)?;
    call.show(status, json!({"user": show::user(account, user, &call.origin)}))
}

fn many(call: &Call<'_>, wanted: impl Fn(&User) -> bool) -> Outcome {
    let account = &call.desk.account;
    let users = account.users.values().filter(|user| !user.gone && wanted(user)).collect();
    call.page("users", users, |user| Some(user.id), |user| show::user(account, user, &call.origin))
}

fn matches(user: &User, query: &str) -> bool {
    let begins = |text: &str| text.starts_with(query) || text.split(' ').any(|word| word.starts_with(query));
    !query.is_empty() && (begins(&user.name.to_lowercase()) || user.email.as_deref().is_some_and(begins))
}
