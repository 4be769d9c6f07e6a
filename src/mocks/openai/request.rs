//! A chat request as clients send it: what is needed is typed, the rest is passed over.

use super::error::Error;
use super::said::{Function, Shape, wanted_tool};
use super::text::Message;
use serde::Deserialize;
use serde_json::Value;
use std::borrow::Cow;

/// Choices in one answer.
const MAX_CHOICES: u32 = 128;

#[derive(Deserialize)]
struct Raw<'a> {
    model: Option<String>,
    #[serde(borrow)]
    messages: Option<Vec<Message<'a>>>,
    stream: Option<bool>,
    stream_options: Option<StreamOptions>,
    tools: Option<Vec<Tool>>,
    tool_choice: Option<Value>,
    response_format: Option<Value>,
    n: Option<u32>,
    max_tokens: Option<u32>,
    max_completion_tokens: Option<u32>,
    temperature: Option<f64>,
}

#[derive(Deserialize)]
struct StreamOptions {
    include_usage: Option<bool>,
}

/// A tool that the model may call.
#[derive(Deserialize)]
struct Tool {
    function: Option<Function>,
}

/// What was asked.
pub(super) struct Asked<'a> {
    pub(super) model: String,
    /// Everything that was written to the model.
    pub(super) prompt: String,
    /// The customer's last message.
    pub(super) last_words: Cow<'a, str>,
    pub(super) stream: bool,
    pub(super) usage_chunk: bool,
    pub(super) shape: Shape,
    pub(super) choices: u32,
    pub(super) max_tokens: Option<u32>,
}

/// Reads and checks a request's body. `deployed`: the model that the path names.
pub(super) fn parse<'a>(body: &'a [u8], deployed: Option<&str>) -> Result<Asked<'a>, Error> {
    let raw: Raw<'_> = serde_json::from_slice(body).map_err(|error| Error::unreadable(&error))?;
    let model = deployed.map(str::to_owned).or(raw.model).filter(|model| !model.is_empty());
    let model = model.ok_or_else(|| Error::invalid("you must provide a model parameter", None, None))?;
    let mut messages = raw.messages.ok_or_else(|| Error::missing("messages"))?;
    let empty = "Invalid 'messages': empty array. Expected an array with minimum length 1.";
    if messages.is_empty() {
        return Err(Error::invalid(empty, Some("messages"), Some("empty_array")));
    }
    let choices = in_range(raw.n, "n", 1, MAX_CHOICES)?.unwrap_or(1);
    let max_tokens = in_range(raw.max_completion_tokens, "max_completion_tokens", 1, u32::MAX)?.or(in_range(
        raw.max_tokens,
        "max_tokens",
        1,
        u32::MAX,
    )?);
    if raw.temperature.is_some_and(|t| !(0.0..=2.0).contains(&t)) {
        return Err(Error::invalid("Invalid 'temperature': it must lie between 0 and 2.", Some("temperature"), None));
    }
    let functions = raw.tools.unwrap_or_default().into_iter().filter_map(|tool| tool.function).collect();
    let unanswered = messages.last().filter(|message| message.role == "user").map(|message| &*message.content.0);
    let shape = match Shape::call(functions, raw.tool_choice.as_ref().and_then(wanted_tool), unanswered)? {
        Some(call) => call,
        None => format_of(raw.response_format)?,
    };
    let mut prompt = String::with_capacity(messages.iter().map(|message| message.content.0.len() + 1).sum());
    for message in &messages {
        prompt.push_str(&message.content.0);
        prompt.push('\n');
    }
    prompt.pop();
    let last = messages.iter().rposition(|message| message.role == "user").unwrap_or(messages.len() - 1);
    Ok(Asked {
        model,
        prompt,
        last_words: messages.swap_remove(last).content.0,
        stream: raw.stream.unwrap_or(false),
        usage_chunk: raw.stream_options.and_then(|options| options.include_usage).unwrap_or(false),
        shape,
        choices,
        max_tokens,
    })
}

/// A number within its bounds, or nothing.
pub(super) fn in_range(value: Option<u32>, name: &str, low: u32, high: u32) -> Result<Option<u32>, Error> {
    match value {
        Some(value) if value < low || value > high => {
            let message = format!("Invalid '{name}': it must lie between {low} and {high}, but is {value}.");
            Err(Error::invalid(message, Some(name), Some("integer_out_of_range")))
        }
        value => Ok(value),
    }
}

fn format_of(format: Option<Value>) -> Result<Shape, Error> {
    let Some(mut format) = format.filter(|format| !format.is_null()) else { return Ok(Shape::Free) };
    match format["type"].as_str() {
        Some("text") => Ok(Shape::Free),
        Some("json_object") => Ok(Shape::AnyJson),
        Some("json_schema") if format["json_schema"]["schema"].is_object() => {
            Ok(Shape::Schema(format["json_schema"]["schema"].take()))
        }
        Some("json_schema") => Err(Error::missing("response_format.json_schema.schema")),
        _ => {
            Err(Error::invalid("Invalid 'response_format.type'.", Some("response_format.type"), Some("invalid_value")))
        }
    }
}
