//! When the model calls a tool by itself (`tool_choice` is `auto` or not said), by a rule that a bot's author can foresee: the
//! customer's message is the last of the conversation, it holds a reference such as an order number, and one of the tools takes
//! a reference. Of several such tools that is called which has the most words in common with the message, and of those the
//! first. Once a tool has answered, the model speaks.

use super::said::Function;
use serde_json::{Value, json};

/// Letters of a reference at least and at most.
const LENGTHS: std::ops::RangeInclusive<usize> = 3..=40;
/// A parameter with one of these words takes a reference, …
const OF_REFERENCES: [&str; 14] = [
    "id",
    "number",
    "no",
    "num",
    "nr",
    "ref",
    "reference",
    "code",
    "order",
    "ticket",
    "tracking",
    "booking",
    "invoice",
    "shipment",
];
/// … unless it is one of what no customer writes a number of.
const OF_OTHERS: [&str; 14] = [
    "user",
    "customer",
    "agent",
    "channel",
    "thread",
    "session",
    "conversation",
    "message",
    "team",
    "phone",
    "tool",
    "request",
    "postal",
    "zip",
];
/// Letters of a tool's description that are read.
const MAX_READ: usize = 4_000;

/// A tool to be called for a customer's words: the tool, the parameter that takes the reference, and its value.
pub(super) fn chosen(functions: Vec<Function>, words: &str) -> Option<(Function, String, Value)> {
    // Most requests offer none: the words of a prompt are not looked at for nothing.
    if functions.is_empty() {
        return None;
    }
    let reference = reference(words)?;
    let said = words_of(words);
    let mut best: Option<(usize, usize, String, Value)> = None;
    for (index, function) in functions.iter().enumerate() {
        let Some((name, value)) = parameter(function, reference) else { continue };
        let about = function.description.as_deref().unwrap_or_default();
        let about: String = about.chars().take(MAX_READ).collect();
        let mut own = words_of(&function.name);
        own.extend(words_of(&about));
        own.extend(words_of(&name));
        let common = said.iter().filter(|word| word.len() > 3 && own.contains(word)).count();
        if best.as_ref().is_none_or(|(most, ..)| common > *most) {
            best = Some((common, index, name, value));
        }
    }
    let (_, index, name, value) = best?;
    functions.into_iter().nth(index).map(|function| (function, name, value))
}

/// The first reference in a text: letters, digits and dashes with a digit among them; no date, no telephone number.
fn reference(words: &str) -> Option<&str> {
    let parts = words.split(|c: char| !(c.is_ascii_alphanumeric() || "-_+".contains(c)));
    parts.map(|part| part.trim_matches(['-', '_'])).find(|part| {
        let digits = part.bytes().filter(u8::is_ascii_digit).count();
        let date =
            part.len() == 10 && part.bytes().enumerate().all(|(at, byte)| (byte == b'-') == (at == 4 || at == 7));
        LENGTHS.contains(&part.len()) && digits >= 2 && !date && !part.contains('+')
    })
}

/// The parameter of a tool that takes a reference, with its value: one that must be given before one that may be.
fn parameter(function: &Function, reference: &str) -> Option<(String, Value)> {
    let schema = function.parameters.as_ref()?;
    let required = schema["required"].as_array().map(Vec::as_slice).unwrap_or_default();
    let fits = |(name, property): (&String, &Value)| {
        let words = words_of(name);
        let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
        if !has(&OF_REFERENCES) || has(&OF_OTHERS) {
            return None;
        }
        Some((name.clone(), written(property, reference)?))
    };
    let all: Vec<(String, Value)> = schema["properties"].as_object()?.iter().filter_map(fits).collect();
    let must = all.iter().position(|(name, _)| required.iter().any(|needed| needed == name)).unwrap_or(0);
    all.into_iter().nth(must)
}

/// The reference as a property's schema wants it; `None`: it takes none.
fn written(property: &Value, reference: &str) -> Option<Value> {
    if ["enum", "const", "pattern", "format", "$ref"].iter().any(|word| property.get(word).is_some()) {
        return None;
    }
    let choices = property.get("anyOf").or_else(|| property.get("oneOf")).and_then(Value::as_array);
    if let Some(choices) = choices {
        return choices.iter().filter(|choice| choice["type"] != "null").find_map(|choice| written(choice, reference));
    }
    let is = |kind: &str| match &property["type"] {
        Value::String(word) => word == kind,
        Value::Array(words) => words.iter().any(|word| word == kind),
        _ => kind == "string",
    };
    if is("string") {
        let length = reference.len() as u64;
        let short = property["minLength"].as_u64().is_some_and(|least| length < least);
        let long = property["maxLength"].as_u64().is_some_and(|most| length > most);
        return (!short && !long).then(|| json!(reference));
    }
    if is("integer") || is("number") {
        return reference.parse::<i64>().ok().map(Value::from);
    }
    None
}

/// The words of a text or a name, in small letters: `orderId` and `order_id` are two each.
fn words_of(text: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let (mut word, mut small) = (String::new(), false);
    for c in text.chars().chain([' ']) {
        if !c.is_alphanumeric() || (small && c.is_uppercase()) {
            if !word.is_empty() && !all.contains(&word) {
                all.push(std::mem::take(&mut word));
            }
            word.clear();
        }
        small = c.is_lowercase();
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tool(name: &str, description: &str, properties: Value) -> Function {
        let parameters = Some(json!({"type": "object", "properties": properties}));
        Function { name: name.to_owned(), description: Some(description.to_owned()), parameters }
    }

    #[test]
    fn a_reference_is_a_number_that_customers_quote() {
        for (words, found) in [
            ("Where is my order 4711?", Some("4711")),
            ("order #A-1042, please", Some("A-1042")),
            ("It came on 2026-01-05 at 10:30", None),
            ("Call me at +15005550006", None),
            ("I bought 2 chairs", None),
            ("", None),
        ] {
            assert_eq!(reference(words), found, "{words}");
        }
    }

    #[test]
    fn the_tool_is_called_that_takes_a_reference_and_has_most_in_common() {
        let tools = || {
            vec![
                tool("escalate", "Hands over to a person", json!({"channel_id": {"type": "string"}})),
                tool("get_invoice", "An invoice by its number", json!({"invoice_id": {"type": "string"}})),
                tool("lookupOrder", "Status of an order", json!({"orderId": {"type": ["integer", "null"]}})),
            ]
        };
        let chosen = |words: &str| chosen(tools(), words).map(|(tool, name, value)| (tool.name, name, value));
        let order = Some(("lookupOrder".to_owned(), "orderId".to_owned(), json!(4711)));
        assert_eq!(chosen("Where is my order 4711?"), order);
        let invoice = ("get_invoice".to_owned(), "invoice_id".to_owned(), json!("A-77"));
        assert_eq!(chosen("My order A-77 is late"), Some(invoice), "no whole number for the other one");
        assert_eq!(chosen("Do you open on Sundays?"), None);
        assert!(super::chosen(vec![tool("escalate", "", json!({"channel_id": {}}))], "order 4711").is_none());
    }

    #[test]
    fn what_a_schema_restricts_is_left_to_the_schema() {
        for property in [
            json!({"type": "string", "enum": ["a"]}),
            json!({"type": "string", "maxLength": 2}),
            json!({"type": "boolean"}),
            json!({"$ref": "#/$defs/Id"}),
        ] {
            assert!(chosen(vec![tool("f", "", json!({ "order_id": property }))], "order 4711").is_none());
        }
        let nullable = json!({"order_id": {"anyOf": [{"type": "null"}, {"type": "string"}]}});
        assert!(chosen(vec![tool("f", "", nullable)], "order 4711").is_some());
    }
}
