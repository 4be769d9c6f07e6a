//! A chat completion, plain or streamed.

use super::answer::tokens;
use super::request::Asked;
use super::said::{Finish, Said, Turn, Wanted};
use super::sse::{Sse, fragments};
use crate::mocks::answer::all_bytes;
use crate::mocks::vendor::{Body, Effect};
use hyper::body::Bytes;
use serde::Serialize;
use serde_json::{Value, json};

/// Bytes of JSON around the choices of a completion, and around the words of each, about.
const SKELETON: usize = 448;
const A_CHOICE: usize = 144;

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
pub(super) fn complete(asked: Asked<'_>, turn: &Turn<'_>, effects: &mut Vec<Effect>) -> Body {
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
    let id = ["chatcmpl-", &turn.id()].concat();
    let body = if asked.stream {
        stream(&id, &asked, turn, &choices, usage)
    } else {
        Body::Full(plain(&id, &asked.model, turn.created, &choices, usage))
    };
    effects.reserve_exact(choices.len());
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

/// How the usage ends: nothing of what these count is ever used.
const NO_DETAILS: &str = r#""prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}"#;
/// How a completion ends.
const LAST: &str = r#""service_tier":"default","system_fingerprint":"fp_holdline""#;

/// Put together by hand, because most of it is the same in each: a serializer looks at every letter of every key.
fn plain(id: &str, model: &str, created: i64, choices: &[Said], usage: Usage) -> Bytes {
    let words: usize = choices.iter().map(|choice| choice.words.text.len() + A_CHOICE).sum();
    let mut out = String::with_capacity(words + SKELETON);
    push_all(&mut out, [r#"{"id":""#, id, r#"","object":"chat.completion","created":"#, &created.to_string()]);
    out.push_str(r#","model":"#);
    push_quoted(&mut out, model);
    out.push_str(r#","choices":["#);
    for (index, choice) in choices.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        push_choice(&mut out, id, index, choice);
    }
    let Usage { prompt_tokens, completion_tokens, total_tokens, .. } = usage;
    push_all(&mut out, [r#"],"usage":{"prompt_tokens":"#, &prompt_tokens.to_string()]);
    push_all(&mut out, [r#","completion_tokens":"#, &completion_tokens.to_string()]);
    push_all(&mut out, [r#","total_tokens":"#, &total_tokens.to_string(), ",", NO_DETAILS, "},", LAST, "}"]);
    out.into()
}

fn push_choice(out: &mut String, id: &str, index: usize, choice: &Said) {
    push_all(out, [r#"{"index":"#, &index.to_string(), r#","message":{"role":"assistant","content":"#]);
    match &choice.call {
        None => push_quoted(out, &choice.words.text),
        Some(_) => out.push_str("null"),
    }
    out.push_str(r#","refusal":null,"annotations":[]"#);
    if let Some(name) = &choice.call {
        let function = json!({"name": name, "arguments": choice.words.text});
        let call = json!([{"id": call_id(id, index), "type": "function", "function": function}]);
        push_all(out, [r#","tool_calls":"#, &call.to_string()]);
    }
    push_all(out, [r#"},"logprobs":null,"finish_reason":""#, finish_reason(choice.finish), r#""}"#]);
}

fn push_all<const N: usize>(out: &mut String, parts: [&str; N]) {
    parts.into_iter().for_each(|part| out.push_str(part));
}

/// A text as JSON writes it: most have nothing to be escaped.
fn push_quoted(out: &mut String, text: &str) {
    if all_bytes(text, |byte| (byte >= 0x20) & (byte != b'"') & (byte != b'\\')) {
        push_all(out, ["\"", text, "\""]);
    } else {
        out.push_str(&Value::from(text).to_string());
    }
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

fn stream(id: &str, asked: &Asked<'_>, turn: &Turn<'_>, choices: &[Said], usage: Usage) -> Body {
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
