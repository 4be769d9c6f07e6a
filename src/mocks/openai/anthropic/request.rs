//! A request of the Messages API as clients send it, with the vendor's own refusals.

use crate::mocks::form;
use crate::mocks::openai::answer::tokens;
use crate::mocks::openai::error::Error;
use crate::mocks::openai::said::{Function, Shape};
use crate::mocks::openai::serve::Answered;
use crate::mocks::openai::text::{Message, Text};
use crate::mocks::vendor::Request;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Raw<'a> {
    model: Option<String>,
    max_tokens: Option<u32>,
    #[serde(borrow)]
    messages: Option<Vec<Message<'a>>>,
    #[serde(borrow)]
    system: Option<Text<'a>>,
    stream: Option<bool>,
    #[serde(default)]
    tools: Option<Vec<Value>>,
    tool_choice: Option<ToolChoice>,
    /// Structured output, as the API has it now and as its beta had it.
    output_config: Option<Value>,
    output_format: Option<Value>,
    temperature: Option<f64>,
}

#[derive(Deserialize)]
struct ToolChoice {
    r#type: String,
    name: Option<String>,
}

/// What was asked.
pub(in crate::mocks::openai) struct Asked {
    pub(in crate::mocks::openai) model: String,
    /// Everything that was written to the model.
    pub(in crate::mocks::openai) prompt: String,
    /// The customer's last message.
    pub(in crate::mocks::openai) last_words: String,
    pub(in crate::mocks::openai) max_tokens: u32,
    pub(super) stream: bool,
    pub(super) shape: Shape,
}

pub(in crate::mocks::openai) fn no_key() -> Error {
    Error::unauthorised("x-api-key header is required; the mock's key is sk-mock.")
}

pub(in crate::mocks::openai) fn no_model(model: &str) -> Error {
    let shown: String = model.chars().take(100).collect();
    Error::missing_thing(format!("model: {shown}"))
}

fn required(field: &str) -> Error {
    Error::invalid(format!("{field}: Field required"), None, None)
}

/// Reads and checks a request.
pub(in crate::mocks::openai) fn parse(request: &Request) -> Result<Asked, Error> {
    if form::header(&request.headers, "anthropic-version").is_none() {
        return Err(Error::invalid("anthropic-version: header is required", None, None));
    }
    let raw: Raw<'_> = serde_json::from_slice(&request.body).map_err(|error| Error::unreadable(&error))?;
    let model = raw.model.filter(|model| !model.is_empty()).ok_or_else(|| required("model"))?;
    let max_tokens = raw.max_tokens.ok_or_else(|| required("max_tokens"))?;
    if max_tokens == 0 {
        let message = "max_tokens: Input should be greater than or equal to 1";
        return Err(Error::invalid(message, None, None));
    }
    if raw.temperature.is_some_and(|t| !(0.0..=1.0).contains(&t)) {
        return Err(Error::invalid("temperature: Input should be between 0 and 1", None, None));
    }
    let messages = raw.messages.ok_or_else(|| required("messages"))?;
    let Some(last) = messages.iter().rfind(|message| message.role == "user") else {
        return Err(Error::invalid("messages: at least one message is required", None, None));
    };
    if let Some(odd) = messages.iter().find(|message| !matches!(&*message.role, "user" | "assistant" | "system")) {
        let shown: String = odd.role.chars().take(40).collect();
        let message = format!("messages: Unexpected role \"{shown}\". Allowed roles are \"user\" or \"assistant\".");
        return Err(Error::invalid(message, None, None));
    }
    let last_words = last.content.0.clone().into_owned();
    let system = raw.system.unwrap_or_default();
    let words = std::iter::once(&system).chain(messages.iter().map(|message| &message.content));
    let prompt: Vec<&str> = words.map(|text| &*text.0).filter(|text| !text.is_empty()).collect();
    let format = raw.output_config.as_ref().and_then(|config| config.get("format")).or(raw.output_format.as_ref());
    let tools = raw.tools.as_deref().unwrap_or_default();
    // What a tool has answered is a user's message too.
    let unanswered = messages.last().filter(|message| message.role == "user" && !message.content.1);
    let unanswered = unanswered.map(|message| &*message.content.0);
    Ok(Asked {
        model,
        prompt: prompt.join("\n"),
        last_words,
        max_tokens,
        stream: raw.stream.unwrap_or(false),
        shape: shape(tools, raw.tool_choice, format, unanswered)?,
    })
}

fn shape(
    tools: &[Value],
    choice: Option<ToolChoice>,
    format: Option<&Value>,
    unanswered: Option<&str>,
) -> Result<Shape, Error> {
    // Tools of the vendor's own have no schema, and nobody can force them here.
    let functions = tools.iter().filter(|tool| tool.get("input_schema").is_some());
    let functions = functions.filter_map(|tool| Function::deserialize(tool).ok()).collect();
    let wanted = choice.as_ref().and_then(|choice| match choice.r#type.as_str() {
        "any" => Some("required"),
        "tool" => choice.name.as_deref(),
        "none" => Some("none"),
        _ => None,
    });
    if let Some(call) = Shape::call(functions, wanted, unanswered)? {
        return Ok(call);
    }
    let schema = format.filter(|format| format["type"] == "json_schema").and_then(|format| format.get("schema"));
    Ok(schema.map_or(Shape::Free, |schema| Shape::Schema(schema.clone())))
}

/// How many tokens a request would take, without an answer.
pub(in crate::mocks::openai) fn count_tokens(body: &[u8]) -> Result<Answered, Error> {
    let raw: Raw<'_> = serde_json::from_slice(body).map_err(|error| Error::unreadable(&error))?;
    let messages = raw.messages.ok_or_else(|| required("messages"))?;
    let bytes: usize = messages.iter().map(|message| message.content.0.len()).sum();
    let bytes = bytes + raw.system.map_or(0, |system| system.0.len());
    Ok(Answered::json(&json!({ "input_tokens": tokens(bytes) })))
}
