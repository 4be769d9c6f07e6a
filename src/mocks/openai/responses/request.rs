//! A request of the Responses API as clients send it.

use crate::mocks::openai::error::Error;
use crate::mocks::openai::request::in_range;
use crate::mocks::openai::said::{Function, Shape, wanted_tool};
use crate::mocks::openai::text::Text;
use serde::Deserialize as _;
use serde_json::{Map, Value};

/// Fewer tokens than this the vendor refuses.
const LEAST_TOKENS: u32 = 16;
/// Fields that the reply repeats as they came.
const ECHOED: [&str; 13] = [
    "instructions",
    "max_output_tokens",
    "max_tool_calls",
    "metadata",
    "parallel_tool_calls",
    "prompt_cache_key",
    "safety_identifier",
    "temperature",
    "tool_choice",
    "top_logprobs",
    "top_p",
    "truncation",
    "user",
];

/// What was asked.
#[derive(Debug)]
pub(in crate::mocks::openai) struct Asked {
    pub(in crate::mocks::openai) model: String,
    /// Everything that was written to the model, also in earlier turns.
    pub(in crate::mocks::openai) prompt: String,
    /// The customer's last message.
    pub(in crate::mocks::openai) last_words: String,
    pub(in crate::mocks::openai) max_tokens: Option<u32>,
    /// The response that this one goes on from.
    pub(in crate::mocks::openai) previous: Option<String>,
    /// Whether it may be asked for again.
    pub(in crate::mocks::openai) stores: bool,
    pub(super) stream: bool,
    pub(super) shape: Shape,
    /// The fields that the reply repeats.
    pub(super) echo: Map<String, Value>,
}

impl Asked {
    /// The same after these earlier turns.
    pub(in crate::mocks::openai) fn after(mut self, history: &str) -> Self {
        if !history.is_empty() {
            self.prompt = format!("{history}\n{}", self.prompt);
        }
        self
    }
}

/// Reads and checks a request's body. `deployed`: the model that the path names.
pub(in crate::mocks::openai) fn parse(body: &[u8], deployed: Option<&str>) -> Result<Asked, Error> {
    let raw: Map<String, Value> = serde_json::from_slice(body).map_err(|error| Error::unreadable(&error))?;
    let get = |name: &str| raw.get(name).filter(|value| !value.is_null());
    let model = deployed.or(text(&raw, "model")?).filter(|model| !model.is_empty());
    let model = model.ok_or_else(|| Error::missing("model"))?.to_owned();
    let max_tokens = get("max_output_tokens").map(|value| whole(value, "max_output_tokens")).transpose()?;
    let max_tokens = in_range(max_tokens, "max_output_tokens", LEAST_TOKENS, u32::MAX)?;
    if get("temperature").is_some_and(|value| !value.as_f64().is_some_and(|t| (0.0..=2.0).contains(&t))) {
        return Err(Error::invalid("Invalid 'temperature': it must lie between 0 and 2.", Some("temperature"), None));
    }
    let (mut prompt, last_words) = input(get("input"))?;
    if let Some(instructions) = get("instructions") {
        prompt = format!("{}\n{prompt}", words(instructions)?);
    }
    let tools = get("tools").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let functions =
        tools.iter().filter(|tool| tool["type"] == "function").filter_map(|tool| Function::deserialize(tool).ok());
    let unanswered = match get("input") {
        Some(Value::Array(items)) => items.last().is_some_and(|item| item["role"] == "user"),
        _ => true,
    };
    let unanswered = unanswered.then_some(last_words.as_str());
    let shape = match Shape::call(functions.collect(), get("tool_choice").and_then(wanted_tool), unanswered)? {
        Some(call) => call,
        None => format(get("text").and_then(|text| text.get("format")))?,
    };
    let mut echo: Map<String, Value> =
        ECHOED.iter().filter_map(|name| Some(((*name).to_owned(), get(name)?.clone()))).collect();
    echo.insert("tools".to_owned(), tools.iter().map(completed).collect());
    for name in ["text", "reasoning"] {
        echo.extend(get(name).map(|value| (name.to_owned(), value.clone())));
    }
    Ok(Asked {
        model,
        prompt,
        last_words,
        max_tokens,
        previous: text(&raw, "previous_response_id")?.map(str::to_owned),
        stores: get("store") != Some(&Value::Bool(false)),
        stream: get("stream") == Some(&Value::Bool(true)),
        shape,
        echo,
    })
}

fn text<'a>(raw: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, Error> {
    match raw.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => {
            let message = format!("Invalid type for '{name}': expected a string.");
            Err(Error::invalid(message, Some(name), Some("invalid_type")))
        }
    }
}

fn whole(value: &Value, name: &str) -> Result<u32, Error> {
    let message = || format!("Invalid type for '{name}': expected an integer.");
    let number = value.as_u64().ok_or_else(|| Error::invalid(message(), Some(name), Some("invalid_type")))?;
    Ok(u32::try_from(number).unwrap_or(u32::MAX))
}

fn words(value: &Value) -> Result<String, Error> {
    let text = Text::deserialize(value)
        .map_err(|error| Error::invalid(format!("Invalid 'input': {error}"), Some("input"), Some("invalid_type")))?;
    Ok(text.0.into_owned())
}

/// Everything that is written in the input, and what the user wrote last.
fn input(input: Option<&Value>) -> Result<(String, String), Error> {
    let input = input.ok_or_else(|| Error::missing("input"))?;
    let prompt = words(input)?;
    let last = match input {
        Value::Array(items) => items.iter().rev().find(|item| item["role"] == "user").or(items.last()),
        whole => Some(whole),
    };
    let last = last.map(words).transpose()?.unwrap_or_default();
    Ok((prompt, last))
}

fn format(format: Option<&Value>) -> Result<Shape, Error> {
    let Some(format) = format else { return Ok(Shape::Free) };
    match format["type"].as_str() {
        Some("text") => Ok(Shape::Free),
        Some("json_object") => Ok(Shape::AnyJson),
        Some("json_schema") if format["schema"].is_object() => Ok(Shape::Schema(format["schema"].clone())),
        Some("json_schema") => Err(Error::missing("text.format.schema")),
        _ => Err(Error::invalid("Invalid 'text.format.type'.", Some("text.format.type"), Some("invalid_value"))),
    }
}

/// A tool as the vendor repeats it: a function has all its fields.
fn completed(tool: &Value) -> Value {
    let mut tool = tool.clone();
    if let Some(fields) = tool.as_object_mut().filter(|fields| fields.get("type") == Some(&"function".into())) {
        for (name, usual) in [("description", Value::Null), ("parameters", Value::Null), ("strict", true.into())] {
            fields.entry(name).or_insert(usual);
        }
    }
    tool
}
