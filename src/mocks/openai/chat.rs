//! A chat completion, plain or streamed.

use super::answer::tokens;
use super::request::Asked;
use super::said::{Finish, Said, Turn, Wanted};
use super::sse::{Sse, fragments};
use crate::mocks::vendor::{Body, Effect};
use hyper::body::Bytes;
use serde::Serialize;
use serde_json::{Value, json};

/// Bytes of JSON around the words of an answer, about.
const SKELETON: usize = 512;

#[derive(Serialize)]
struct Completion<'a> {
    id: &'a str,
    object: &'static str,
    created: i64,
    model: &'a str,
    choices: Vec<Choice<'a>>,
    usage: Usage,
    service_tier: &'static str,
    system_fingerprint: &'static str,
}

#[derive(Serialize)]
struct Choice<'a> {
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

/// Answers.
pub(super) fn complete(asked: Asked, turn: &Turn<'_>, effects: &mut Vec<Effect>) -> Body {
    let wanted = Wanted { shape: &asked.shape, last_words: &asked.last_words, max_tokens: asked.max_tokens };
    let mut choices: Vec<Said> = (0..asked.choices).map(|index| turn.say(&wanted, index)).collect();
    if turn.spoils("empty_choices") {
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
    let id = format!("chatcmpl-{}", turn.id());
    let body = if asked.stream {
        stream(&id, &asked, turn, &choices, usage)
    } else {
        Body::Full(plain(&id, &asked.model, turn.created, &choices, usage))
    };
    let mut prompt = Some(asked.prompt);
    let last = choices.len().saturating_sub(1);
    for (index, choice) in choices.iter().enumerate() {
        let prompt = if index == last { prompt.take() } else { prompt.clone() };
        effects.push(choice.seen(prompt.unwrap_or_default()));
    }
    body
}

/// A function that the client named ends with `stop`, any other with `tool_calls`.
fn finish_reason(finish: Finish) -> &'static str {
    match finish {
        Finish::Stop | Finish::Call { named: true } => "stop",
        Finish::Length => "length",
        Finish::Filtered => "content_filter",
        Finish::Call { named: false } => "tool_calls",
    }
}

fn call_id(id: &str, index: usize) -> String {
    let tail = id.strip_prefix("chatcmpl-").unwrap_or(id);
    format!("call_{tail}{index}")
}

fn plain(id: &str, model: &str, created: i64, choices: &[Said], usage: Usage) -> Bytes {
    let said = |(index, choice): (usize, &'_ Said)| -> Option<[Value; 1]> {
        let function = json!({"name": choice.call.as_ref()?, "arguments": choice.words.text});
        Some([json!({"id": call_id(id, index), "type": "function", "function": function})])
    };
    let words: usize = choices.iter().map(|choice| choice.words.text.len() + SKELETON).sum();
    let choices = choices.iter().enumerate().map(|(index, choice)| Choice {
        index,
        message: Message {
            role: "assistant",
            content: if choice.call.is_none() { Some(choice.words.text.as_str()) } else { None },
            refusal: None,
            annotations: [],
            tool_calls: said((index, choice)),
        },
        logprobs: None,
        finish_reason: finish_reason(choice.finish),
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
    out: Sse,
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
        self.out.data(&chunk);
    }

    fn delta(&mut self, index: usize, delta: Value, finish: Option<&str>) {
        let choice = json!([{"index": index, "delta": delta, "logprobs": null, "finish_reason": finish}]);
        self.push(choice, None);
    }
}

fn stream(id: &str, asked: &Asked, turn: &Turn<'_>, choices: &[Said], usage: Usage) -> Body {
    let (model, created, usage_asked) = (asked.model.as_str(), turn.created, asked.usage_chunk);
    let mut out = Chunks { id, model, created, usage_asked, out: Sse::new(turn.chunk_pause) };
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
        out.delta(index, json!({}), Some(finish_reason(choice.finish)));
    }
    if asked.usage_chunk {
        out.push(json!([]), Some(usage));
    }
    out.out.done();
    out.out.finish()
}
