//! Both paginations: by cursor (`page[size]`, `page[after]`) and by offset (`page`, `per_page`).

use super::refusal::Refusal;
use crate::mocks::form::Form;
use serde_json::{Value, json};

/// The largest page, and the one that is given unless asked otherwise.
const MAX_PAGE: usize = 100;
/// The largest page of an export.
const MAX_EXPORTED: usize = 1_000;

/// One page of a list under `key`, of which only its own items are shown. `url` is the absolute address of the list
/// without a query; `id` is what a record is known by while its list changes under the reader, `None` where it does not.
pub(super) fn page<T>(
    key: &str,
    all: Vec<T>,
    id: impl Fn(&T) -> Option<u64>,
    show: impl FnMut(T) -> Value,
    query: &Form,
    url: &str,
) -> Result<Value, Refusal> {
    let by_cursor = query.pairs().iter().any(|(name, _)| name.starts_with("page["));
    if by_cursor { cursor(key, all, id, show, query, url, MAX_PAGE) } else { offset(key, all, show, query, url) }
}

/// A page of an export, which goes by cursor alone and is larger.
pub(super) fn exported(key: &str, all: Vec<Value>, query: &Form, url: &str) -> Result<Value, Refusal> {
    cursor(key, all, own_id, |record| record, query, url, MAX_EXPORTED)
}

/// The id that a record shows.
pub(super) fn own_id(record: &Value) -> Option<u64> {
    record["id"].as_u64()
}

/// How many records of a list one has seen behind the page that is asked for, by offset.
pub(super) fn last_of(query: &Form) -> Result<usize, Refusal> {
    Ok(number(query)?.saturating_mul(size(query.get("per_page"), "per_page", MAX_PAGE)?))
}

fn cursor<T>(
    key: &str,
    all: Vec<T>,
    id: impl Fn(&T) -> Option<u64>,
    show: impl FnMut(T) -> Value,
    query: &Form,
    url: &str,
    most: usize,
) -> Result<Value, Refusal> {
    let size = size(query.get("page[size]"), "page[size]", most)?;
    let bad = || Refusal::attribute("page[after]", "is not valid");
    let (from, to) = match (query.filled("page[after]"), query.filled("page[before]")) {
        (Some(after), _) => {
            let from = place(after, &all, &id).ok_or_else(bad)?.behind;
            (from, from.saturating_add(size))
        }
        (None, Some(before)) => {
            let to = place(before, &all, &id).ok_or_else(bad)?.before;
            (to.saturating_sub(size), to)
        }
        (None, None) => (0, size),
    };
    let (total, to) = (all.len(), to.min(all.len()));
    let from = from.min(to);
    let cursors =
        (from < to).then(|| [(from, &all[from]), (to - 1, &all[to - 1])].map(|(at, one)| cursor_at(at, id(one))));
    let [first, last] = cursors.map_or([None, None], |cursors| cursors.map(Some));
    let items: Vec<Value> = all.into_iter().take(to).skip(from).map(show).collect();
    let link = |name: &str, cursor: &Option<String>| {
        cursor.as_ref().map(|cursor| with(url, query, &[(name, cursor.clone()), ("page[size]", size.to_string())]))
    };
    let has_more = to < total;
    Ok(json!({
        key: items,
        "meta": {"has_more": has_more, "after_cursor": last, "before_cursor": first},
        "links": {
            "next": link("page[after]", &last).filter(|_| has_more),
            "prev": link("page[before]", &first).filter(|_| from > 0),
        },
    }))
}

fn offset<T>(key: &str, all: Vec<T>, show: impl FnMut(T) -> Value, query: &Form, url: &str) -> Result<Value, Refusal> {
    let (size, number) = (size(query.get("per_page"), "per_page", MAX_PAGE)?, number(query)?);
    let (count, from) = (all.len(), (number - 1).saturating_mul(size));
    let items: Vec<Value> = all.into_iter().skip(from).take(size).map(show).collect();
    let link = |number: usize| with(url, query, &[("page", number.to_string()), ("per_page", size.to_string())]);
    Ok(json!({
        key: items,
        "count": count,
        "next_page": (from.saturating_add(size) < count).then(|| link(number + 1)),
        "previous_page": (number > 1).then(|| link(number - 1)),
    }))
}

/// The page that is asked for by offset, from one.
fn number(query: &Form) -> Result<usize, Refusal> {
    let Some(text) = query.filled("page") else { return Ok(1) };
    let number = text.parse::<usize>().ok().filter(|number| *number > 0);
    number.ok_or_else(|| Refusal::attribute("page", "must be an integer greater than 0"))
}

fn size(text: Option<&str>, name: &str, most: usize) -> Result<usize, Refusal> {
    match text.filter(|text| !text.is_empty()) {
        None => Ok(MAX_PAGE),
        Some(text) => match text.parse::<usize>() {
            Ok(size) if size > 0 => Ok(size.min(most)),
            _ => Err(Refusal::attribute(name, "must be an integer greater than 0")),
        },
    }
}

/// Where in a list a cursor stands.
struct Place {
    /// So many records are before the one of the cursor.
    before: usize,
    /// So many are before the one that follows it.
    behind: usize,
}

/// A cursor names a record and where it stood.
fn cursor_at(at: usize, id: Option<u64>) -> String {
    match id {
        Some(id) => format!("at:{at}:{id}"),
        None => format!("at:{at}"),
    }
}

/// Where the record of a cursor stands now. One that is gone from a list in order of its ids has left its place there;
/// in another list it counts where it stood.
fn place<T>(cursor: &str, all: &[T], id: impl Fn(&T) -> Option<u64>) -> Option<Place> {
    let (at, key) = match cursor.strip_prefix("at:")?.split_once(':') {
        Some((at, key)) => (at.parse::<usize>().ok()?, Some(key.parse::<u64>().ok()?)),
        None => (cursor.strip_prefix("at:")?.parse().ok()?, None),
    };
    let Some(key) = key else { return Some(Place { before: at, behind: at.saturating_add(1) }) };
    if let Some(at) = all.iter().position(|one| id(one) == Some(key)) {
        return Some(Place { before: at, behind: at + 1 });
    }
    let at = if all.is_sorted_by_key(&id) { all.partition_point(|one| id(one) < Some(key)) } else { at };
    Some(Place { before: at, behind: at })
}

/// The address with the query's own fields, but for those that place a page, and these.
pub(super) fn with(url: &str, query: &Form, fields: &[(&str, String)]) -> String {
    let kept = query.pairs().iter().filter(|(name, _)| !name.starts_with("page") && name != "per_page").cloned();
    let added = fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
    format!("{url}?{}", Form::from_pairs(kept.chain(added).collect()).encode())
}
