//! `/users`.

use super::refusal::Refusal;
use super::routes::{Call, Outcome};
use super::show;
use super::state::{Account, MAX_USERS, Role, User};
use crate::time::Time;
use serde_json::{Value, json};

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
    let ids = call.listed_ids()?;
    many(call, |user| ids.contains(&user.id))
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
    set(&mut call.desk.account, id, &fields, call.now);
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
    let short = || Refusal::invalid("name", "Name: is too short (minimum is 1 characters)", "ValueTooShort");
    let role = match fields["role"].as_str() {
        Some("agent") => Role::Agent,
        Some("admin") => Role::Admin,
        _ => Role::EndUser,
    };
    let id = account.add_user(name.ok_or_else(short)?, fields["email"].as_str(), role, now);
    set(account, id, fields, now);
    Ok(id)
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
            set(account, id, fields, now);
            Ok((id, false))
        }
        None => add(account, fields, now).map(|id| (id, true)),
    }
}

fn set(account: &mut Account, id: u64, fields: &Value, now: Time) {
    let organization = fields["organization_id"].as_u64().filter(|id| account.organizations.contains_key(id));
    let Some(user) = account.users.get_mut(&id) else { return };
    let text = |name: &str| fields[name].as_str().map(str::to_owned);
    if let Some(name) = text("name") {
        user.name = name;
    }
    user.phone = text("phone").or(user.phone.take());
    user.external_id = text("external_id").or(user.external_id.take());
    user.organization = organization.or(user.organization);
    user.updated = now;
}

fn one(call: &Call<'_>, id: u64, status: u16) -> Outcome {
    let account = &call.desk.account;
    let user = account.users.get(&id).ok_or_else(Refusal::not_found)?;
    call.show(status, json!({"user": show::user(account, user, &call.origin)}))
}

fn many(call: &Call<'_>, wanted: impl Fn(&User) -> bool) -> Outcome {
    let account = &call.desk.account;
    let users = account.users.values().filter(|user| wanted(user)).collect();
    call.page("users", users, |user| show::user(account, user, &call.origin))
}

fn matches(user: &User, query: &str) -> bool {
    let begins = |text: &str| text.starts_with(query) || text.split(' ').any(|word| word.starts_with(query));
    !query.is_empty() && (begins(&user.name.to_lowercase()) || user.email.as_deref().is_some_and(begins))
}
