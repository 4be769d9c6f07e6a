//! A chat request as clients send it: what is needed is typed, the rest is passed over.

use super::error::Error;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt;

/// Choices in one answer.
const MAX_CHOICES: u32 = 128;
/// Tools that one request may offer.
const MAX_TOOLS: usize = 128;

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

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow, default)]
    role: Cow<'a, str>,
    #[serde(borrow, default)]
    content: Text<'a>,
}

/// A tool that the model may call.
#[derive(Deserialize)]
pub(super) struct Tool {
    pub(super) function: Option<Function>,
}

/// A function and the schema of its arguments.
#[derive(Deserialize)]
pub(super) struct Function {
    pub(super) name: String,
    pub(super) parameters: Option<Value>,
}

/// What the answer shall look like.
pub(super) enum Shape {
    /// Words.
    Free,
    /// Any JSON object.
    AnyJson,
    /// JSON that fits this schema.
    Schema(Value),
    /// A call of this function. `named`: the client named it, which ends with `stop`.
    Call { function: Function, named: bool },
}

/// What was asked.
pub(super) struct Asked {
    pub(super) model: String,
    /// Everything that was written to the model.
    pub(super) prompt: String,
    /// The customer's last message.
    pub(super) last_words: String,
    pub(super) stream: bool,
    pub(super) usage_chunk: bool,
    pub(super) shape: Shape,
    pub(super) choices: u32,
    pub(super) max_tokens: Option<u32>,
}

/// Reads and checks a request's body.
pub(super) fn parse(body: &[u8]) -> Result<Asked, Error> {
    let raw: Raw<'_> = serde_json::from_slice(body).map_err(|error| {
        if error.is_data() {
            Error::invalid(format!("The request has a field of the wrong kind: {error}"), None, Some("invalid_type"))
        } else {
            Error::invalid("We could not parse the JSON body of your request.", None, None)
        }
    })?;
    let model = raw.model.filter(|model| !model.is_empty());
    let model = model.ok_or_else(|| Error::invalid("you must provide a model parameter", None, None))?;
    let missing = || {
        Error::invalid("Missing required parameter: 'messages'.", Some("messages"), Some("missing_required_parameter"))
    };
    let messages = raw.messages.ok_or_else(missing)?;
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
    let shape = shape(raw.tools.unwrap_or_default(), raw.tool_choice, raw.response_format)?;
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
        last_words: messages[last].content.0.clone().into_owned(),
        stream: raw.stream.unwrap_or(false),
        usage_chunk: raw.stream_options.and_then(|options| options.include_usage).unwrap_or(false),
        shape,
        choices,
        max_tokens,
    })
}

fn in_range(value: Option<u32>, name: &str, low: u32, high: u32) -> Result<Option<u32>, Error> {
    match value {
        Some(value) if value < low || value > high => {
            let message = format!("Invalid '{name}': it must lie between {low} and {high}, but is {value}.");
            Err(Error::invalid(message, Some(name), Some("integer_out_of_range")))
        }
        value => Ok(value),
    }
}

fn shape(tools: Vec<Tool>, choice: Option<Value>, format: Option<Value>) -> Result<Shape, Error> {
    if tools.len() > MAX_TOOLS {
        return Err(Error::invalid("Invalid 'tools': too many.", Some("tools"), Some("array_above_max_length")));
    }
    let wanted = choice.as_ref().and_then(|choice| choice["function"]["name"].as_str().or(choice.as_str()));
    match wanted {
        None | Some("auto" | "none") => format_of(format),
        Some(_) if tools.is_empty() => {
            let message = "Invalid value for 'tool_choice': it is only allowed when 'tools' are given.";
            Err(Error::invalid(message, Some("tool_choice"), None))
        }
        Some(wanted) => {
            let required = wanted == "required";
            let found = tools.into_iter().filter_map(|tool| tool.function).find(|f| required || f.name == wanted);
            let unknown = || Error::invalid("Tool choice not found in 'tools'.", Some("tool_choice"), None);
            found.map(|function| Shape::Call { function, named: !required }).ok_or_else(unknown)
        }
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
        Some("json_schema") => {
            let message = "Missing required parameter: 'response_format.json_schema.schema'.";
            Err(Error::invalid(message, Some("response_format"), Some("missing_required_parameter")))
        }
        _ => {
            Err(Error::invalid("Invalid 'response_format.type'.", Some("response_format.type"), Some("invalid_value")))
        }
    }
}

/// A length of time as the rate-limit headers write it: `8.64s`, `6ms`.
pub(super) fn duration(micros: i64) -> String {
    let millis = micros.max(0) / 1_000;
    if millis < 1_000 { format!("{millis}ms") } else { format!("{}.{:03}s", millis / 1_000, millis % 1_000) }
}

/// The words of a message: a text, or the texts of its parts. Borrowed from the body where it has no escapes.
#[derive(Default)]
struct Text<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or a list of parts")
    }
    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Borrowed(text)))
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Owned(text.to_owned())))
    }
    fn visit_unit<E: de::Error>(self) -> Result<Text<'de>, E> {
        Ok(Text::default())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Text<'de>, A::Error> {
        let mut all = String::new();
        while let Some(Text(text)) = parts.next_element()? {
            if !all.is_empty() && !text.is_empty() {
                all.push('\n');
            }
            all.push_str(&text);
        }
        Ok(Text(Cow::Owned(all)))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut part: A) -> Result<Text<'de>, A::Error> {
        let mut text = Text::default();
        while let Some(key) = part.next_key::<Cow<'_, str>>()? {
            if key == "text" {
                text = part.next_value()?;
            } else {
                part.next_value::<IgnoredAny>()?;
            }
        }
        Ok(text)
    }
}
