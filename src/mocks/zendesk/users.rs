//! `/users`.

use super::page::page;
use super::refusal::Refusal;
use super::routes::{Call, Outcome};
use super::show;
use super::state::{Role, User};
use crate::mocks::answer;
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
    let taken = fields["email"].as_str().and_then(|email| call.desk.account.user_by_email(email));
    if let Some(user) = taken {
        let text =
            format!("Email: {} is already being used by another user", user.email.as_deref().unwrap_or_default());
        return Err(Refusal::invalid("email", &text, "DuplicateValue"));
    }
    add(call, &fields)
}

pub(super) fn create_or_update(call: &mut Call<'_>) -> Outcome {
    let fields = call.object("user")?;
    let account = &call.desk.account;
    let external = fields["external_id"].as_str();
    let known = fields["email"].as_str().and_then(|email| account.user_by_email(email)).map(|user| user.id);
    let known = known.or_else(|| {
        external?;
        account.users.values().find(|user| user.external_id.as_deref() == external).map(|user| user.id)
    });
    match known {
        Some(id) => {
            set(call, id, &fields);
            one(call, id, 200)
        }
        None => add(call, &fields),
    }
}

pub(super) fn update(call: &mut Call<'_>) -> Outcome {
    let (id, fields) = (call.id(), call.object("user")?);
    set(call, id, &fields);
    one(call, id, 200)
}

fn add(call: &mut Call<'_>, fields: &Value) -> Outcome {
    let name = fields["name"].as_str().filter(|name| !name.is_empty());
    let short = || Refusal::invalid("name", "Name: is too short (minimum is 1 characters)", "ValueTooShort");
    let role = match fields["role"].as_str() {
        Some("agent") => Role::Agent,
        Some("admin") => Role::Admin,
        _ => Role::EndUser,
    };
    let id = call.desk.account.add_user(name.ok_or_else(short)?, fields["email"].as_str(), role, call.now);
    set(call, id, fields);
    one(call, id, 201)
}

fn set(call: &mut Call<'_>, id: u64, fields: &Value) {
    let Some(user) = call.desk.account.users.get_mut(&id) else { return };
    let text = |name: &str| fields[name].as_str().map(str::to_owned);
    if let Some(name) = text("name") {
        user.name = name;
    }
    user.phone = text("phone").or(user.phone.take());
    user.external_id = text("external_id").or(user.external_id.take());
    user.updated = call.now;
}

fn one(call: &Call<'_>, id: u64, status: u16) -> Outcome {
    let account = &call.desk.account;
    let user = account.users.get(&id).ok_or_else(Refusal::not_found)?;
    Ok(answer::json(status, &json!({"user": show::user(account, user, &call.origin)})))
}

fn many(call: &Call<'_>, wanted: impl Fn(&User) -> bool) -> Outcome {
    let account = &call.desk.account;
    let users = account.users.values().filter(|user| wanted(user));
    let users = users.map(|user| show::user(account, user, &call.origin)).collect();
    Ok(answer::json(200, &page("users", users, &call.query, &call.url())?))
}

fn matches(user: &User, query: &str) -> bool {
    let begins = |text: &str| text.starts_with(query) || text.split(' ').any(|word| word.starts_with(query));
    !query.is_empty() && (begins(&user.name.to_lowercase()) || user.email.as_deref().is_some_and(begins))
}
