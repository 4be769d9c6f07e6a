//! Lists: a page, and the relative addresses of the others.

use super::refusal::Refusal;
use crate::mocks::form::Form;
use serde_json::{Value, json};

const PAGE: usize = 50;
const MAX_PAGE: usize = 1_000;

/// One page of a list under `key`. `path` is the list's own path.
pub(super) fn page(key: &str, all: Vec<Value>, query: &Form, path: &str) -> Result<Value, Refusal> {
    let number = |name: &str, default: usize| match query.filled(name) {
        None => Ok(default),
        Some(text) => text.parse::<usize>().map_err(|_| Refusal::bad(20_001, format!("{name} is not a number"))),
    };
    let size = number("PageSize", PAGE)?.clamp(1, MAX_PAGE);
    let at = number("Page", 0)?;
    let total = all.len();
    let from = at.saturating_mul(size);
    let items: Vec<Value> = all.into_iter().skip(from).take(size).collect();
    let link = |number: usize| {
        let kept = query.pairs().iter().filter(|(name, _)| !matches!(name.as_str(), "Page" | "PageSize" | "PageToken"));
        let mut fields: Vec<(String, String)> = kept.cloned().collect();
        fields.push(("PageSize".to_owned(), size.to_string()));
        fields.push(("Page".to_owned(), number.to_string()));
        if number > 0 {
            fields.push(("PageToken".to_owned(), format!("PA{number}")));
        }
        format!("{path}?{}", Form::from_pairs(fields).encode())
    };
    let more = from.saturating_add(size) < total;
    Ok(json!({
        "first_page_uri": link(0),
        "next_page_uri": more.then(|| link(at + 1)),
        "previous_page_uri": (at > 0).then(|| link(at - 1)),
        "uri": link(at),
        "page": at,
        "page_size": size,
        "start": from,
        "end": from.saturating_add(items.len()).saturating_sub(1),
        key: items,
    }))
}
