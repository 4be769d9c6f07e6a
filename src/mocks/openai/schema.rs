//! Values that fit a JSON schema: enough for what bots ask for (objects, arrays, strings, numbers, enums, references).

use super::pattern::matching;
use serde_json::{Map, Number, Value, json};

/// Deeper schemas get the smallest value that may fit.
const MAX_DEPTH: u32 = 12;
/// More items than any bot wants.
const MAX_ITEMS: u64 = 64;
/// A text field that may be this long is free text.
const FREE_TEXT: u64 = 60;
/// Values in one answer; schemas that want more get nulls.
const MAX_VALUES: u32 = 2_000;
/// Keywords of one schema that are put together.
const MAX_MERGED: usize = 32;

/// Names of fields that are meant for the customer, the likeliest first.
const FOR_CUSTOMERS: [&str; 8] = ["reply", "answer", "response", "message", "text", "content", "body", "summary"];

/// Fills schemas; the words go into the field that is meant for the customer, else into the first of free text.
pub(super) struct Filler<'a> {
    root: &'a Value,
    words: Option<String>,
    /// The field that gets them; `None`: the first.
    place: Option<&'static str>,
    /// The field in hand is that one.
    here: bool,
    /// What other text fields say.
    other: &'a str,
    left: u32,
}

impl<'a> Filler<'a> {
    /// For a schema. `words` go into one free-text field, `other` into the rest.
    pub(super) fn new(root: &'a Value, words: Option<String>, other: &'a str) -> Self {
        let place = FOR_CUSTOMERS.into_iter().find(|name| words.is_some() && has_text(root, name, 0));
        Self { root, words, place, here: place.is_none(), other, left: MAX_VALUES }
    }

    /// A value that fits, and whether the words found a place.
    pub(super) fn fill(mut self) -> (Value, bool) {
        let had_words = self.words.is_some();
        let value = self.value(self.root, 0);
        (value, had_words && self.words.is_none())
    }

    fn value(&mut self, schema: &Value, depth: u32) -> Value {
        let Some(schema) = schema.as_object() else { return json!({}) };
        if let Some(fixed) = schema.get("const").or_else(|| schema.get("enum").and_then(|choices| choices.get(0))) {
            return fixed.clone();
        }
        self.left = self.left.saturating_sub(1);
        if depth > MAX_DEPTH || self.left == 0 {
            return Value::Null;
        }
        if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
            let root = self.root;
            let found = target.strip_prefix('#').and_then(|path| root.pointer(path)).unwrap_or(&Value::Null);
            return self.value(found, depth + 1);
        }
        for word in ["anyOf", "oneOf"] {
            if let Some(choices) = schema.get(word).and_then(Value::as_array) {
                let choice = choices.iter().find(|choice| choice["type"] != "null").unwrap_or(&Value::Null);
                return self.value(choice, depth + 1);
            }
        }
        if let Some(all) = schema.get("allOf").and_then(Value::as_array) {
            return self.value(&merged(schema, all), depth + 1);
        }
        match kind(schema) {
            "object" => self.object(schema, depth),
            "array" => self.array(schema, depth),
            "integer" => number(schema, true),
            "number" => number(schema, false),
            "boolean" => Value::Bool(true),
            "null" => Value::Null,
            _ => Value::String(self.text(schema)),
        }
    }

    fn object(&mut self, schema: &Map<String, Value>, depth: u32) -> Value {
        let none = Map::new();
        let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&none);
        let required: Vec<&str> =
            schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        let mut object = Map::new();
        for (name, property) in properties {
            // Deep in a schema that refers to itself, only what must be there.
            if depth < MAX_DEPTH / 2 || required.contains(&name.as_str()) {
                self.here = self.place.is_none_or(|place| place == name);
                object.insert(name.clone(), self.value(property, depth + 1));
            }
        }
        for name in required {
            if !object.contains_key(name) {
                object.insert(name.to_owned(), Value::String(self.other.to_owned()));
            }
        }
        Value::Object(object)
    }

    fn array(&mut self, schema: &Map<String, Value>, depth: u32) -> Value {
        let least = schema.get("minItems").and_then(Value::as_u64).unwrap_or(0).min(MAX_ITEMS);
        let most = schema.get("maxItems").and_then(Value::as_u64).unwrap_or(MAX_ITEMS);
        // One item shows the shape, except where that would go on for ever.
        let count = if depth < MAX_DEPTH / 2 { least.max(1).min(most) } else { least };
        let any = json!({"type": "string"});
        let items = schema.get("items").unwrap_or(&any);
        let first = schema.get("prefixItems").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let first = &first[..first.len().min(MAX_ITEMS as usize)];
        let mut all: Vec<Value> = first.iter().map(|item| self.value(item, depth + 1)).collect();
        let more = if first.is_empty() { count } else { least.saturating_sub(first.len() as u64) };
        all.extend((0..more).map(|_| self.value(items, depth + 1)));
        if schema.get("uniqueItems") == Some(&Value::Bool(true)) {
            tell_apart(&mut all, items);
        }
        Value::Array(all)
    }

    fn text(&mut self, schema: &Map<String, Value>) -> String {
        if let Some(known) = schema.get("format").and_then(Value::as_str).and_then(formatted) {
            return known.to_owned();
        }
        let least = schema.get("minLength").and_then(Value::as_u64).unwrap_or(0).min(4_096) as usize;
        if let Some(pattern) = schema.get("pattern").and_then(Value::as_str) {
            return matching(pattern, least);
        }
        let most = schema.get("maxLength").and_then(Value::as_u64).unwrap_or(u64::MAX);
        let free = most >= FREE_TEXT && !schema.contains_key("format");
        let mut text = match self.words.take() {
            Some(words) if free && self.here && words.len() as u64 <= most => words,
            words => {
                self.words = words;
                self.other.to_owned()
            }
        };
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        if text.chars().count() > most {
            text = text.chars().take(most).collect();
        }
        let missing = least.saturating_sub(text.chars().count());
        text.extend(std::iter::repeat_n('.', missing));
        text
    }
}

/// Makes equal items differ: the next choice, the next number, a number behind a text.
fn tell_apart(all: &mut [Value], items: &Value) {
    let choices = items["enum"].as_array().map(Vec::as_slice).unwrap_or_default();
    for (index, item) in all.iter_mut().enumerate().skip(1) {
        match (item, choices.get(index)) {
            (item, Some(choice)) => *item = choice.clone(),
            (Value::String(text), _) => text.push_str(&format!(" {}", index + 1)),
            (item @ Value::Number(_), _) => {
                let more = item.as_i64().and_then(|number| number.checked_add(index as i64)).map(Value::from);
                *item = more.unwrap_or_else(|| json!(index));
            }
            _ => {}
        }
    }
}

/// Whether somewhere in a schema there is a text field of this name.
fn has_text(schema: &Value, name: &str, depth: u32) -> bool {
    let Some(schema) = schema.as_object().filter(|_| depth < MAX_DEPTH) else { return false };
    let own = schema.get("properties").and_then(|properties| properties.get(name)).and_then(Value::as_object);
    own.is_some_and(|field| kind(field) == "string" && !field.contains_key("enum") && !field.contains_key("const"))
        || schema.values().any(|value| match value {
            Value::Array(all) => all.iter().take(MAX_MERGED).any(|one| has_text(one, name, depth + 1)),
            one => has_text(one, name, depth + 1),
        })
}

fn kind(schema: &Map<String, Value>) -> &str {
    match schema.get("type") {
        Some(Value::String(kind)) => kind,
        Some(Value::Array(kinds)) => {
            kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or("null")
        }
        _ if schema.contains_key("properties") => "object",
        _ if schema.contains_key("items") || schema.contains_key("prefixItems") => "array",
        _ => "string",
    }
}

fn merged(schema: &Map<String, Value>, all: &[Value]) -> Value {
    let mut together = schema.clone();
    together.remove("allOf");
    for (word, value) in all.iter().take(MAX_MERGED).filter_map(Value::as_object).flatten() {
        match (together.get_mut(word), value) {
            (Some(Value::Object(known)), Value::Object(more)) => known.extend(more.clone()),
            (Some(Value::Array(known)), Value::Array(more)) => known.extend(more.iter().cloned()),
            _ => drop(together.insert(word.clone(), value.clone())),
        }
    }
    Value::Object(together)
}

fn number(schema: &Map<String, Value>, whole: bool) -> Value {
    let get = |word: &str| schema.get(word).and_then(Value::as_f64);
    let step = get("multipleOf").filter(|step| *step > 0.0).unwrap_or(if whole { 1.0 } else { 0.0 });
    let nudge = if step > 0.0 { step } else { 0.5 };
    let low = get("minimum").or(get("exclusiveMinimum").map(|least| least + nudge));
    let high = get("maximum").or(get("exclusiveMaximum").map(|most| most - nudge));
    let mut value = match (low, high) {
        (Some(low), _) if low > 1.0 => low,
        (_, Some(high)) if high < 1.0 => low.unwrap_or(high).max(high.min(0.0)),
        _ => 1.0,
    };
    if step > 0.0 {
        let up = (value / step).ceil() * step;
        value = if high.is_some_and(|high| up > high) { (value / step).floor() * step } else { up };
    }
    if whole { Value::from(value as i64) } else { Number::from_f64(value).map_or(Value::from(1), Value::Number) }
}

fn formatted(format: &str) -> Option<&'static str> {
    Some(match format {
        "date" => "2026-01-05",
        "date-time" => "2026-01-05T09:00:00Z",
        "time" => "09:00:00Z",
        "duration" => "PT15M",
        "email" => "customer@example.com",
        "hostname" => "example.com",
        "uri" => "https://example.com/help",
        "uuid" => "3f0a2f6e-6d5e-4c61-9d2a-0b7f5f1c9a10",
        "ipv4" => "192.0.2.10",
        "ipv6" => "2001:db8::10",
        _ => return None,
    })
}
