//! `/groups`.

use super::page::page;
use super::refusal::Refusal;
use super::routes::{Call, Outcome};
use super::show;
use crate::mocks::answer;
use serde_json::json;

pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    let account = &call.desk.account;
    let groups = account.groups.values().map(|group| show::group(account, group, &call.origin)).collect();
    Ok(answer::json(200, &page("groups", groups, &call.query, &call.url())?))
}

pub(super) fn get(call: &mut Call<'_>) -> Outcome {
    let account = &call.desk.account;
    let group = account.groups.get(&call.id()).ok_or_else(Refusal::not_found)?;
    Ok(answer::json(200, &json!({"group": show::group(account, group, &call.origin)})))
}
