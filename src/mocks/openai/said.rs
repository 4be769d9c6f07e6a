//! What the model says to one request, whatever API it came by: words chosen by the customer's, JSON that fits a schema, or
//! a call of a function.

use super::answer::{Answers, Words, compose};
use super::error::Error;
use super::schema::Filler;
use super::{nonce, offered};
use crate::mocks::sign;
use crate::mocks::vendor::{Effect, Seen};
use crate::rng::{Luck, What};
use crate::time::Span;
use serde::Deserialize;
use serde_json::{Value, json};

/// Letters of a customer's words that a tool call quotes.
const QUOTED: usize = 200;
/// Tools that one request may offer.
const MAX_TOOLS: usize = 128;

/// A function and the schema of its arguments.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Function {
    pub(super) name: String,
    pub(super) description: Option<String>,
    #[serde(alias = "input_schema")]
    pub(super) parameters: Option<Value>,
}

/// What the answer shall look like.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    /// Words.
    Free,
    /// Any JSON object.
    AnyJson,
    /// JSON that fits this schema.
    Schema(Value),
    /// A call of this function. `named`: the client named it. `about`: the parameter that takes the customer's reference, where
    /// the model calls it by itself.
    Call { function: Function, named: bool, about: Option<(String, Value)> },
}

impl Shape {
    /// The call that the client insists on: `wanted` is a function's name, or `required` for any. Where it leaves that to the
    /// model, the one that the customer's words ask for, if they are `unanswered`.
    pub(super) fn call(
        functions: Vec<Function>,
        wanted: Option<&str>,
        unanswered: Option<&str>,
    ) -> Result<Option<Self>, Error> {
        if functions.len() > MAX_TOOLS {
            return Err(Error::invalid("Invalid 'tools': too many.", Some("tools"), Some("array_above_max_length")));
        }
        match wanted {
            Some("none") => Ok(None),
            None | Some("auto") => Ok(unanswered
                .and_then(|words| offered::chosen(functions, words))
                .map(|(function, name, value)| Self::Call { function, named: false, about: Some((name, value)) })),
            Some(_) if functions.is_empty() => {
                let message = "Invalid value for 'tool_choice': it is only allowed when 'tools' are given.";
                Err(Error::invalid(message, Some("tool_choice"), None))
            }
            Some(wanted) => {
                let required = wanted == "required";
                let found = functions.into_iter().find(|function| required || function.name == wanted);
                let unknown = || Error::invalid("Tool choice not found in 'tools'.", Some("tool_choice"), None);
                found.map(|function| Some(Self::Call { function, named: !required, about: None })).ok_or_else(unknown)
            }
        }
    }
}

/// What `tool_choice` insists on, as OpenAI's APIs write it: a word, a function, or some of the tools in a mode.
pub(super) fn wanted_tool(choice: &Value) -> Option<&str> {
    let inner = if choice["type"] == "allowed_tools" {
        choice["allowed_tools"].get("mode").or_else(|| choice.get("mode"))
    } else {
        choice["function"].get("name").or_else(|| choice.get("name"))
    };
    inner.and_then(Value::as_str).or(choice.as_str())
}

/// What is asked of one answer.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) shape: &'a Shape,
    /// The customer's last message.
    pub(super) last_words: &'a str,
    pub(super) max_tokens: Option<u32>,
}

/// Why an answer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Finish {
    /// All is said.
    Stop,
    /// It ran out of tokens.
    Length,
    /// A filter withheld it.
    Filtered,
    /// A function is called. `named`: the one that the client named.
    Call { named: bool },
}

/// One answer.
pub(super) struct Said {
    /// What it says; the arguments where a function is called.
    pub(super) words: Words,
    /// The function that is called.
    pub(super) call: Option<String>,
    pub(super) finish: Finish,
}

impl Said {
    /// How the rehearsal learns of it.
    pub(super) fn seen(&self, prompt: String) -> Effect {
        let text = if self.call.is_none() { self.words.text.clone() } else { String::new() };
        Effect::Seen(Seen::Completion { nonce: self.words.nonce.clone(), prompt, text })
    }
}

/// What an answer needs beside the request.
pub(super) struct Turn<'a> {
    pub(super) answers: &'a Answers,
    /// Its draws are the nonces of its answers.
    pub(super) luck: Luck,
    pub(super) who: u64,
    /// How often this prompt has been answered.
    pub(super) nth: u64,
    /// Unix seconds.
    pub(super) created: i64,
    pub(super) chunk_pause: Span,
    pub(super) knob: Option<&'a str>,
}

impl Turn<'_> {
    /// Whether this knob is turned.
    pub(super) fn spoils(&self, knob: &str) -> bool {
        self.knob == Some(knob)
    }

    /// The letters of this answer's ids.
    pub(super) fn id(&self) -> String {
        let mut draw = self.luck.draw(self.who, What::Nonce, 1 << 62 | self.nth);
        let id = [draw.bits(), draw.bits() << 32].map(u64::to_be_bytes);
        sign::hex(&id.as_flattened()[..12])
    }

    /// The answer, the `index`-th of this request.
    pub(super) fn say(&self, wanted: &Wanted<'_>, index: u32) -> Said {
        if self.spoils("content_filter") {
            let words = Words { text: String::new(), cut: false, nonce: None };
            return Said { words, call: None, finish: Finish::Filtered };
        }
        if let Shape::Call { function, named, about } = wanted.shape {
            return self.call(wanted, function, *named, about.as_ref());
        }
        let nonce = nonce::make(self.luck, self.who, self.nth << 8 | u64::from(index));
        let answer = self.answers.pick(wanted.last_words);
        let words = match wanted.shape {
            Shape::Schema(schema) => {
                let Words { text, nonce, .. } = compose(answer, nonce, None);
                let (value, marked) = Filler::new(schema, Some(text), "as agreed").fill();
                cut_json(value.to_string(), nonce.filter(|_| marked), wanted.max_tokens)
            }
            Shape::AnyJson => {
                let Words { text, nonce, .. } = compose(answer, nonce, None);
                cut_json(json!({"answer": text}).to_string(), nonce, wanted.max_tokens)
            }
            _ => compose(answer, nonce, wanted.max_tokens),
        };
        let finish = if words.cut { Finish::Length } else { Finish::Stop };
        Said { words, call: None, finish }
    }

    fn call(&self, wanted: &Wanted<'_>, function: &Function, named: bool, about: Option<&(String, Value)>) -> Said {
        let quoted: String = wanted.last_words.chars().take(QUOTED).collect();
        let none = json!({"type": "object"});
        let schema = function.parameters.as_ref().unwrap_or(&none);
        let (mut arguments, _) = Filler::new(schema, None, &quoted).fill();
        if let (Some((name, value)), Some(fields)) = (about, arguments.as_object_mut()) {
            // Nobody has said anything of what may be left out.
            let required = schema["required"].as_array().map(Vec::as_slice).unwrap_or_default();
            fields.retain(|field, _| required.iter().any(|needed| needed == field));
            fields.insert(name.clone(), value.clone());
        }
        let mut text = arguments.to_string();
        if self.spoils("bad_tool_json") {
            text.pop();
            text.push_str(", \"");
        }
        let words = Words { text, cut: false, nonce: None };
        Said { words, call: Some(function.name.clone()), finish: Finish::Call { named } }
    }
}

/// A model that runs out of tokens leaves its JSON unfinished.
fn cut_json(mut text: String, nonce: Option<String>, max_tokens: Option<u32>) -> Words {
    let room = max_tokens.map_or(usize::MAX, |tokens| (tokens as usize).saturating_mul(4));
    let cut = text.len() > room;
    if cut {
        let end = (0..=room).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        text.truncate(end);
    }
    let nonce = nonce.filter(|nonce| text.contains(nonce.as_str()));
    Words { text, cut, nonce }
}
