//! The fields of a request: JSON, or a form with names such as `incident[components][abc]`.

use super::Refusal;
use crate::mocks::vendor::Request;
use serde_json::{Map, Value, json};

/// Fields of one form and depth of one name; what is beyond is dropped.
const MAX_FIELDS: usize = 1_000;
const MAX_DEPTH: usize = 6;

/// The body as JSON, whichever way it was written; a body that says it is JSON and is not gets 400.
pub(super) fn parse(request: &Request) -> Result<Value, Refusal> {
    if request.body.is_empty() {
        return Ok(json!({}));
    }
    let kind = request.headers.get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let json: Result<Value, _> = serde_json::from_slice(&request.body);
    match json {
        Ok(json @ Value::Object(_)) => Ok(json),
        _ if kind.contains("json") => {
            Err(Refusal::new(400, json!({"error": "The request body is not a valid JSON object"})))
        }
        _ => Ok(form(&request.body)),
    }
}

fn form(body: &[u8]) -> Value {
    let mut fields = json!({});
    for (name, value) in form_urlencoded::parse(body).take(MAX_FIELDS) {
        put(&mut fields, &name, value.into_owned());
    }
    fields
}

/// Puts a value where its name says; a name that contradicts an earlier one is passed over.
fn put(fields: &mut Value, name: &str, value: String) {
    let path: Vec<&str> = name.split('[').map(|part| part.trim_end_matches(']')).collect();
    if path.len() > MAX_DEPTH {
        return;
    }
    let mut at = fields;
    for (n, part) in path.iter().enumerate().skip(1) {
        let list = part.is_empty();
        let before = path[n - 1];
        let Some(object) = at.as_object_mut() else { return };
        at = object.entry(before).or_insert_with(|| if list { json!([]) } else { Value::Object(Map::new()) });
    }
    let last = path.last().copied().unwrap_or_default();
    match at {
        Value::Array(list) if last.is_empty() => list.push(Value::String(value)),
        Value::Object(object) => drop(object.insert(last.to_owned(), Value::String(value))),
        _ => {}
    }
}
