//! `/groups`.

use super::refusal::Refusal;
use super::routes::{Call, Outcome};
use super::show;
use crate::mocks::answer;
use serde_json::json;

/// More groups than a desk has; further ones are refused.
const MOST: usize = 5_000;

pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    let account = &call.desk.account;
    call.page(
        "groups",
        account.groups.values().collect(),
        |group| Some(group.id),
        |group| show::group(account, group, &call.origin),
    )
}

pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    let fields = call.object("group")?;
    let name = fields["name"].as_str().filter(|name| !name.is_empty());
    let blank = || Refusal::invalid("name", "Name: cannot be blank", "BlankValue");
    let name = name.ok_or_else(blank)?;
    if call.desk.account.group_by_name(name).is_some() {
        return Err(Refusal::invalid("name", "Name: has already been taken", "DuplicateValue"));
    }
    if call.desk.account.groups.len() >= MOST {
        return Err(Refusal::invalid("base", "The account has too many groups", "AccountLimitExceeded"));
    }
    let id = call.desk.account.add_group(name);
    let account = &call.desk.account;
    let group = account.groups.get(&id).ok_or_else(Refusal::not_found)?;
    Ok(answer::json(201, &json!({"group": show::group(account, group, &call.origin)})))
}

pub(super) fn get(call: &mut Call<'_>) -> Outcome {
    let account = &call.desk.account;
    let group = account.groups.get(&call.id()).ok_or_else(Refusal::not_found)?;
    Ok(answer::json(200, &json!({"group": show::group(account, group, &call.origin)})))
}
