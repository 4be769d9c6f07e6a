//! Fields that an account keeps and shows, and that mean nothing to it: what is written is read back.

use super::wishes::read_tags;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What was written, by field; what is not here is as a new record has it.
pub(super) type Kept = BTreeMap<&'static str, Value>;

/// What a field takes.
#[derive(Clone, Copy)]
pub(super) enum Takes {
    Text,
    Flag,
    Id,
    /// A list of words, or words parted by blanks.
    Words,
    /// Fields of the account's own, by key.
    Map,
}

pub(super) const OF_TICKETS: &[(&str, Takes)] = &[
    ("due_at", Takes::Text),
    ("recipient", Takes::Text),
    ("brand_id", Takes::Id),
    ("ticket_form_id", Takes::Id),
    ("problem_id", Takes::Id),
];

pub(super) const OF_USERS: &[(&str, Takes)] = &[
    ("alias", Takes::Text),
    ("details", Takes::Text),
    ("locale", Takes::Text),
    ("notes", Takes::Text),
    ("signature", Takes::Text),
    ("suspended", Takes::Flag),
    ("tags", Takes::Words),
    ("time_zone", Takes::Text),
    ("user_fields", Takes::Map),
    ("verified", Takes::Flag),
];

pub(super) const OF_ORGANIZATIONS: &[(&str, Takes)] = &[
    ("details", Takes::Text),
    ("domain_names", Takes::Words),
    ("group_id", Takes::Id),
    ("notes", Takes::Text),
    ("organization_fields", Takes::Map),
    ("shared_comments", Takes::Flag),
    ("shared_tickets", Takes::Flag),
    ("tags", Takes::Words),
];

/// More keys of the account's own than a record has.
const MOST_KEYS: usize = 200;

/// Keeps what these fields say. `null` makes a field as it was when the record was new; what a field does not take is as if
/// it had not been sent.
pub(super) fn keep(table: &[(&'static str, Takes)], fields: &Value, kept: &mut Kept) {
    for (name, takes) in table {
        let Some(value) = fields.get(*name) else { continue };
        let value = match (takes, value) {
            (_, Value::Null) => {
                kept.remove(name);
                continue;
            }
            (Takes::Text, Value::String(_)) | (Takes::Flag, Value::Bool(_)) => value.clone(),
            (Takes::Id, value) => match id(value) {
                Some(id) => json!(id),
                None => continue,
            },
            (Takes::Words, Value::Array(_) | Value::String(_)) => json!(read_tags(value)),
            (Takes::Map, Value::Object(new)) => {
                let mut all = kept.get(name).and_then(Value::as_object).cloned().unwrap_or_default();
                all.extend(new.iter().map(|(key, value)| (key.clone(), value.clone())));
                if all.len() > MOST_KEYS {
                    continue;
                }
                Value::Object(all)
            }
            _ => continue,
        };
        kept.insert(name, value);
    }
}

/// Puts what was kept into a record that is shown.
pub(super) fn show(kept: &Kept, record: &mut Value) {
    for (name, value) in kept {
        record[*name] = value.clone();
    }
}

/// An id as a number or as its digits; zero is none.
pub(super) fn id(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok()).filter(|id| *id > 0)
}
