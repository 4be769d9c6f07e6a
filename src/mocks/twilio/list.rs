//! Lists: a page, and the relative addresses of the others.

use super::refusal::Refusal;
use crate::mocks::form::Form;
use serde_json::{Value, json};

const PAGE: usize = 50;
const MAX_PAGE: usize = 1_000;
/// Before the id in the token of a page that follows it, and of one that comes before it.
const BEHIND: &str = "PA";
const BEFORE: &str = "PB";

/// One page of a list under `key`, of records with their ids; only those of the page are shown. `path` is the list's own.
pub(super) fn page<T>(
    key: &str,
    mut all: Vec<(&str, T)>,
    mut show: impl FnMut(T) -> Value,
    query: &Form,
    path: &str,
) -> Result<Value, Refusal> {
    let number = |name: &str, default: usize| match query.filled(name) {
        None => Ok(default),
        Some(text) => text.parse::<usize>().map_err(|_| Refusal::bad(20_001, format!("{name} is not a number"))),
    };
    let size = number("PageSize", PAGE)?.clamp(1, MAX_PAGE);
    let at = number("Page", 0)?;
    let total = all.len();
    // A page follows, or comes before, the record in its token, wherever that stands by now.
    let place = |sid: &str| all.iter().position(|(known, _)| *known == sid);
    let token = query.filled("PageToken");
    let behind = token.and_then(|token| place(token.strip_prefix(BEHIND)?)).map(|at| at + 1);
    let before = token.and_then(|token| place(token.strip_prefix(BEFORE)?));
    let from = behind.unwrap_or_else(|| at.saturating_mul(size)).min(total);
    let (from, to) = match before {
        Some(to) => (to.saturating_sub(size), to),
        None => (from, from.saturating_add(size).min(total)),
    };
    let ends = (from < to).then(|| (format!("{BEFORE}{}", all[from].0), format!("{BEHIND}{}", all[to - 1].0)));
    let items: Vec<Value> = all.drain(from..to).map(|(_, one)| show(one)).collect();
    let link = |number: usize, token: Option<&String>| {
        let kept = query.pairs().iter().filter(|(name, _)| !matches!(name.as_str(), "Page" | "PageSize" | "PageToken"));
        let mut fields: Vec<(String, String)> = kept.cloned().collect();
        fields.push(("PageSize".to_owned(), size.to_string()));
        fields.push(("Page".to_owned(), number.to_string()));
        fields.extend(token.map(|token| ("PageToken".to_owned(), token.clone())));
        format!("{path}?{}", Form::from_pairs(fields).encode())
    };
    let start = at.saturating_mul(size);
    Ok(json!({
        "first_page_uri": link(0, None),
        "next_page_uri": (to < total).then(|| link(at + 1, ends.as_ref().map(|(_, last)| last))),
        "previous_page_uri": (at > 0).then(|| link(at - 1, ends.as_ref().map(|(first, _)| first))),
        "uri": link(at, token.map(str::to_owned).as_ref()),
        "page": at,
        "page_size": size,
        "start": start,
        "end": start.saturating_add(items.len()).saturating_sub(1),
        key: items,
    }))
}

/// Whether a moment (as ISO 8601 has it) is in the days or between the moments that a query asks for: `StartTime` names a
/// day, `StartTime>` and `StartTime<` bound it.
pub(super) fn in_time(query: &Form, name: &str, moment: Option<&str>) -> bool {
    let bound = |sign: &str| query.filled(&format!("{name}{sign}"));
    let Some(moment) = moment else { return ["", ">", "<"].iter().all(|sign| bound(sign).is_none()) };
    // As far as the bound goes: a day, or a second.
    let fits = |sign: &str, fits: fn(&str, &str) -> bool| {
        bound(sign).is_none_or(|bound| fits(moment.get(..bound.len()).unwrap_or(moment), bound))
    };
    fits("", |moment, day| moment == day)
        && fits(">", |moment, from| moment >= from)
        && fits("<", |moment, until| moment <= until)
}
