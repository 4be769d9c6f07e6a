//! A method's arguments: the same whether they came as a form, as JSON or in the query.

use crate::mocks::form::{self, Form};
use crate::mocks::values;
use crate::mocks::vendor::Request;
use serde_json::{Map, Value};

/// The arguments of one call.
#[derive(Debug)]
pub(super) struct Args(Map<String, Value>);

impl Args {
    /// Reads query and body; an empty body is none, whatever its content type says. `Err` is Slack's error word.
    pub(super) fn read(request: &Request) -> Result<Self, &'static str> {
        let mut all = Map::new();
        add_form(&mut all, &Form::parse(request.query.as_bytes()));
        if request.body.is_empty() {
            return Ok(Self(all));
        }
        if form::is_json(&request.headers, &request.body) {
            let body: Value = serde_json::from_slice(&request.body).map_err(|_| "invalid_json")?;
            let Value::Object(fields) = body else { return Err("json_not_object") };
            all.extend(fields);
        } else {
            add_form(&mut all, &Form::parse(&request.body));
        }
        Ok(Self(all))
    }

    /// A text; numbers count as their digits, as they do in forms. Empty is absent.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        match self.0.get(name)? {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// Whether it was sent, with whatever in it.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// A switch: `true`, `1` and `"true"` are on.
    pub(super) fn on(&self, name: &str) -> bool {
        match self.0.get(name) {
            Some(Value::Bool(on)) => *on,
            Some(Value::String(word)) => word == "1" || word.eq_ignore_ascii_case("true"),
            Some(Value::Number(number)) => number.as_u64() == Some(1),
            _ => false,
        }
    }

    /// A whole number.
    pub(super) fn number(&self, name: &str) -> Option<usize> {
        self.text(name)?.parse().ok()
    }

    /// A list such as `blocks`: JSON, or JSON in a string within a form.
    pub(super) fn list(&self, name: &str) -> Option<Value> {
        let value = match self.0.get(name)? {
            Value::String(text) => inner(text)?,
            other => other.clone(),
        };
        value.as_array().is_some_and(|items| !items.is_empty()).then_some(value)
    }

    /// An object such as `view`: JSON, or JSON in a string within a form.
    pub(super) fn object(&self, name: &str) -> Option<Value> {
        let value = match self.0.get(name)? {
            Value::String(text) => inner(text)?,
            other => other.clone(),
        };
        value.is_object().then_some(value)
    }

    /// Whether a list was sent that cannot be read as one.
    pub(super) fn bad_list(&self, name: &str) -> bool {
        match self.0.get(name) {
            None | Some(Value::Null | Value::Array(_)) => false,
            Some(Value::String(text)) => !text.is_empty() && !inner(text).is_some_and(|value| value.is_array()),
            Some(_) => true,
        }
    }

    /// All arguments but the token, as `api.test` gives them back.
    pub(super) fn echo(&self) -> Value {
        let mut all = self.0.clone();
        all.shift_remove("token");
        Value::Object(all)
    }
}

fn add_form(all: &mut Map<String, Value>, form: &Form) {
    for (name, value) in form.pairs() {
        all.insert(name.clone(), Value::String(value.clone()));
    }
}
/// JSON in a string.
fn inner(text: &str) -> Option<Value> {
    if values::too_many(text.as_bytes()) { None } else { serde_json::from_str(text).ok() }
}
