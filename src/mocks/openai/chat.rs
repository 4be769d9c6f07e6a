//! A chat completion, plain or streamed.

use super::answer::{Words, compose, tokens};
use super::error::Error;
use super::request::{Asked, Shape};
use super::schema::Filler;
use super::{Turn, nonce};
use crate::mocks::vendor::{Body, Effect, Seen};
use crate::rng::What;
use crate::time::Span;
use hyper::body::Bytes;
use serde::Serialize;
use serde_json::{Value, json};

/// Letters of a customer's words that a tool call quotes.
const QUOTED: usize = 200;
/// Bytes of one streamed fragment, about.
const FRAGMENT: usize = 24;

/// Bytes of JSON around the words of an answer, about.
const SKELETON: usize = 512;

/// One choice of an answer.
struct Choice {
    words: Words,
    /// The function that is called instead of words.
    call: Option<String>,
    finish: &'static str,
}

#[derive(Serialize)]
struct Completion<'a> {
    id: &'a str,
    object: &'static str,
    created: i64,
    model: &'a str,
    choices: Vec<Said<'a>>,
    usage: Usage,
    service_tier: &'static str,
    system_fingerprint: &'static str,
}

#[derive(Serialize)]
struct Said<'a> {
    index: usize,
    message: Message<'a>,
    logprobs: Option<()>,
    finish_reason: &'static str,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: Option<&'a str>,
    refusal: Option<()>,
    annotations: [(); 0],
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_calls: Option<[Value; 1]>,
}

#[derive(Clone, Copy, Serialize)]
struct Usage {
    prompt_tokens: u64,
    completion_tokens: u64,
    total_tokens: u64,
    prompt_tokens_details: PromptDetails,
    completion_tokens_details: CompletionDetails,
}

#[derive(Clone, Copy, Default, Serialize)]
struct PromptDetails {
    cached_tokens: u64,
    audio_tokens: u64,
}

#[derive(Clone, Copy, Default, Serialize)]
struct CompletionDetails {
    reasoning_tokens: u64,
    audio_tokens: u64,
    accepted_prediction_tokens: u64,
    rejected_prediction_tokens: u64,
}

/// Answers; also says how many tokens that took.
pub(super) fn complete(asked: Asked, turn: &Turn<'_>, effects: &mut Vec<Effect>) -> Result<(Body, u64), Error> {
    let mut choices: Vec<Choice> = (0..asked.choices).map(|index| choice(&asked, turn, index)).collect();
    if turn.knob == Some("empty_choices") {
        choices.clear();
    }
    let completed: usize = choices.iter().map(|choice| choice.words.text.len()).sum();
    let (prompt_tokens, completion_tokens) = (tokens(asked.prompt.len()), tokens(completed));
    let usage = Usage {
        prompt_tokens,
        completion_tokens,
        total_tokens: prompt_tokens + completion_tokens,
        prompt_tokens_details: PromptDetails::default(),
        completion_tokens_details: CompletionDetails::default(),
    };
    let mut draw = turn.luck.draw(turn.who, What::Nonce, 1 << 62 | turn.nth);
    let id = format!("chatcmpl-{:016x}{:08x}", draw.bits(), draw.bits() as u32);
    let body = if asked.stream {
        Body::Stream(stream(&id, &asked, turn, &choices, usage))
    } else {
        Body::Full(plain(&id, &asked.model, turn.created, &choices, usage))
    };
    let mut prompt = Some(asked.prompt);
    let last = choices.len().saturating_sub(1);
    for (index, choice) in choices.into_iter().enumerate() {
        let prompt = if index == last { prompt.take() } else { prompt.clone() };
        effects.push(Effect::Seen(Seen::Completion { nonce: choice.words.nonce, prompt: prompt.unwrap_or_default() }));
    }
    Ok((body, usage.total_tokens))
}

fn choice(asked: &Asked, turn: &Turn<'_>, index: u32) -> Choice {
    if turn.knob == Some("content_filter") {
        let words = Words { text: String::new(), cut: false, nonce: None };
        return Choice { words, call: None, finish: "content_filter" };
    }
    if let Shape::Call { function, named } = &asked.shape {
        return call(asked, turn, &function.name, function.parameters.as_ref(), *named);
    }
    let nonce = nonce::make(turn.luck, turn.who, turn.nth << 8 | u64::from(index));
    let answer = turn.answers.pick(&asked.last_words);
    let words = match &asked.shape {
        Shape::Schema(schema) => {
            let Words { text, nonce, .. } = compose(answer, nonce, None);
            let (value, marked) = Filler::new(schema, Some(text), "as agreed").fill();
            cut_json(value.to_string(), nonce.filter(|_| marked), asked.max_tokens)
        }
        Shape::AnyJson => {
            let Words { text, nonce, .. } = compose(answer, nonce, None);
            cut_json(json!({"answer": text}).to_string(), nonce, asked.max_tokens)
        }
        _ => compose(answer, nonce, asked.max_tokens),
    };
    let finish = if words.cut { "length" } else { "stop" };
    Choice { words, call: None, finish }
}

fn call(asked: &Asked, turn: &Turn<'_>, name: &str, parameters: Option<&Value>, named: bool) -> Choice {
    let quoted: String = asked.last_words.chars().take(QUOTED).collect();
    let none = json!({"type": "object"});
    let (arguments, _) = Filler::new(parameters.unwrap_or(&none), None, &quoted).fill();
    let mut text = arguments.to_string();
    if turn.knob == Some("bad_tool_json") {
        text.pop();
        text.push_str(", \"");
    }
    let words = Words { text, cut: false, nonce: None };
    Choice { words, call: Some(name.to_owned()), finish: if named { "stop" } else { "tool_calls" } }
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

fn call_id(id: &str, index: usize) -> String {
    let tail = id.strip_prefix("chatcmpl-").unwrap_or(id);
    format!("call_{tail}{index}")
}

fn plain(id: &str, model: &str, created: i64, choices: &[Choice], usage: Usage) -> Bytes {
    let said = |(index, choice): (usize, &'_ Choice)| -> Option<[Value; 1]> {
        let function = json!({"name": choice.call.as_ref()?, "arguments": choice.words.text});
        Some([json!({"id": call_id(id, index), "type": "function", "function": function})])
    };
    let words: usize = choices.iter().map(|choice| choice.words.text.len() + SKELETON).sum();
    let choices = choices.iter().enumerate().map(|(index, choice)| Said {
        index,
        message: Message {
            role: "assistant",
            content: if choice.call.is_none() { Some(choice.words.text.as_str()) } else { None },
            refusal: None,
            annotations: [],
            tool_calls: said((index, choice)),
        },
        logprobs: None,
        finish_reason: choice.finish,
    });
    let completion = Completion {
        id,
        object: "chat.completion",
        created,
        model,
        choices: choices.collect(),
        usage,
        service_tier: "default",
        system_fingerprint: "fp_holdline",
    };
    let mut out = Vec::with_capacity(words + SKELETON);
    serde_json::to_writer(&mut out, &completion).expect("texts and numbers always serialise");
    out.into()
}

/// Writes the chunks of one stream.
struct Chunks<'a> {
    id: &'a str,
    model: &'a str,
    created: i64,
    /// Chunks carry `usage: null` when the client asked for the usage.
    usage_asked: bool,
    pause: Span,
    chunks: Vec<(Span, Bytes)>,
}

impl Chunks<'_> {
    fn push(&mut self, choices: Value, usage: Option<Usage>) {
        let mut chunk = json!({
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": self.model,
            "service_tier": "default",
            "system_fingerprint": "fp_holdline",
            "choices": choices,
        });
        if self.usage_asked {
            chunk["usage"] = usage.map_or(Value::Null, |usage| json!(usage));
        }
        let pause = if self.chunks.is_empty() { Span::ZERO } else { self.pause };
        self.chunks.push((pause, Bytes::from(format!("data: {chunk}\n\n"))));
    }

    fn delta(&mut self, index: usize, delta: Value, finish: Option<&str>) {
        let choice = json!([{"index": index, "delta": delta, "logprobs": null, "finish_reason": finish}]);
        self.push(choice, None);
    }
}

fn stream(id: &str, asked: &Asked, turn: &Turn<'_>, choices: &[Choice], usage: Usage) -> Vec<(Span, Bytes)> {
    let (model, created, usage_asked) = (asked.model.as_str(), turn.created, asked.usage_chunk);
    let mut out = Chunks { id, model, created, usage_asked, pause: turn.chunk_pause, chunks: Vec::new() };
    for (index, choice) in choices.iter().enumerate() {
        match &choice.call {
            None => {
                out.delta(index, json!({"role": "assistant", "content": "", "refusal": null}), None);
                for text in fragments(&choice.words.text) {
                    out.delta(index, json!({"content": text}), None);
                }
            }
            Some(name) => {
                let function = json!({"name": name, "arguments": ""});
                let call = json!([{"index": 0, "id": call_id(id, index), "type": "function", "function": function}]);
                out.delta(index, json!({"role": "assistant", "content": null, "tool_calls": call}), None);
                for text in fragments(&choice.words.text) {
                    out.delta(index, json!({"tool_calls": [{"index": 0, "function": {"arguments": text}}]}), None);
                }
            }
        }
        out.delta(index, json!({}), Some(choice.finish));
    }
    if asked.usage_chunk {
        out.push(json!([]), Some(usage));
    }
    out.chunks.push((Span::ZERO, Bytes::from_static(b"data: [DONE]\n\n")));
    out.chunks
}

/// A text in pieces that end behind a blank, as a model's tokens come.
fn fragments(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut end = FRAGMENT.min(rest.len());
        while !rest.is_char_boundary(end) {
            end += 1;
        }
        let end = rest[end..].find(' ').map_or(rest.len(), |blank| end + blank + 1);
        let (piece, after) = rest.split_at(end);
        rest = after;
        Some(piece)
    })
}
