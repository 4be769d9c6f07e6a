//! Side-loading: `?include=users,groups` puts the records beside those that name them.

use super::state::Account;
use super::{metrics, organizations, show};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Under which keys a reply has its records.
const RECORDS: [&str; 11] = [
    "ticket",
    "tickets",
    "request",
    "requests",
    "comments",
    "results",
    "user",
    "users",
    "satisfaction_rating",
    "satisfaction_ratings",
    "rows",
];
/// Which fields name a user.
const USERS: [&str; 4] = ["requester_id", "submitter_id", "assignee_id", "author_id"];

/// Adds what is wanted: `users,groups`, or as search has it `tickets(users,groups)`. Unknown words add nothing.
pub(super) fn fill(account: &Account, wanted: &str, origin: &str, body: &mut Value) {
    for word in wanted.split([',', '(', ')']).map(str::trim) {
        match word {
            "users" => {
                let named = USERS.iter().flat_map(|field| ids(body, field)).collect::<BTreeSet<u64>>();
                let users = named.iter().filter_map(|id| account.users.get(id));
                add(body, "users", users.map(|user| show::user(account, user, origin)).collect());
            }
            "groups" => {
                let groups = ids(body, "group_id").into_iter().filter_map(|id| account.groups.get(&id));
                add(body, "groups", groups.map(|group| show::group(account, group, origin)).collect());
            }
            "organizations" => {
                let named = ids(body, "organization_id").into_iter().filter_map(|id| account.organizations.get(&id));
                let shown = named.map(|one| organizations::shown(account, one, origin)).collect();
                add(body, "organizations", shown);
            }
            "metric_sets" => {
                let tickets = ids(body, "id").into_iter().filter_map(|id| account.tickets.get(&id));
                add(body, "metric_sets", tickets.map(|ticket| metrics::shown(account, ticket, origin)).collect());
            }
            "comment_count" => count_comments(account, body),
            _ => {}
        }
    }
}

/// What the records name in a field, in order.
fn ids(body: &Value, field: &str) -> BTreeSet<u64> {
    let of = |records: &Value| -> Vec<u64> {
        match records {
            Value::Array(all) => all.iter().filter_map(|record| record[field].as_u64()).collect(),
            one => one[field].as_u64().into_iter().collect(),
        }
    };
    RECORDS.iter().filter_map(|key| body.get(key)).flat_map(of).collect()
}

/// A list that is the reply's own is left alone.
fn add(body: &mut Value, key: &str, records: Vec<Value>) {
    if let Some(body) = body.as_object_mut()
        && !body.contains_key(key)
    {
        body.insert(key.to_owned(), Value::Array(records));
    }
}

fn count_comments(account: &Account, body: &mut Value) {
    let count = |record: &mut Value| {
        let ticket = record["id"].as_u64().and_then(|id| account.tickets.get(&id));
        if let Some(ticket) = ticket {
            record["comment_count"] = json!(ticket.comments.len());
        }
    };
    for key in ["ticket", "tickets", "results"] {
        match body.get_mut(key) {
            Some(Value::Array(all)) => all.iter_mut().for_each(count),
            Some(one @ Value::Object(_)) => count(one),
            _ => {}
        }
    }
}
