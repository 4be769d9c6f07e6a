//! A message as the vendor shapes it, whole or as its events.

use super::request::Asked;
use crate::mocks::openai::answer::tokens;
use crate::mocks::openai::said::{Finish, Said, Turn, Wanted};
use crate::mocks::openai::sse::{Sse, fragments};
use crate::mocks::vendor::Body;
use serde_json::{Value, json};

/// Answers; also gives what was said, if anything.
pub(in crate::mocks::openai) fn message(asked: &Asked, turn: &Turn<'_>) -> (Body, Option<Said>) {
    let wanted = Wanted { shape: &asked.shape, last_words: &asked.last_words, max_tokens: Some(asked.max_tokens) };
    let said = turn.say(&wanted, 0);
    let nothing = turn.spoils("empty_choices") || said.finish == Finish::Filtered;
    let tail = turn.id();
    let block = (!nothing).then(|| Block { said: &said, id: format!("toolu_{tail}") });
    let output_tokens = block.as_ref().map_or(0, |block| tokens(block.said.words.text.len()));
    let frame = Frame { asked, id: format!("msg_{tail}"), stop_reason: stop_reason(said.finish), output_tokens };
    let body = if asked.stream {
        stream(&frame, block.as_ref(), turn)
    } else {
        let content: Vec<Value> = block.iter().map(Block::whole).collect();
        Body::Full(frame.message(content, true).to_string().into())
    };
    (body, (!nothing).then_some(said))
}

fn stop_reason(finish: Finish) -> &'static str {
    match finish {
        Finish::Stop => "end_turn",
        Finish::Length => "max_tokens",
        Finish::Filtered => "refusal",
        Finish::Call { .. } => "tool_use",
    }
}

/// What every form of one message has in common.
struct Frame<'a> {
    asked: &'a Asked,
    id: String,
    stop_reason: &'static str,
    output_tokens: u64,
}

impl Frame<'_> {
    /// The message, at its beginning or its end.
    fn message(&self, content: Vec<Value>, over: bool) -> Value {
        json!({
            "id": self.id, "type": "message", "role": "assistant", "model": self.asked.model, "content": content,
            "stop_reason": over.then_some(self.stop_reason), "stop_sequence": null,
            "usage": {
                "input_tokens": tokens(self.asked.prompt.len()),
                "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0,
                "output_tokens": if over { self.output_tokens } else { 1 }, "service_tier": "standard",
            },
        })
    }
}

/// The one block of the content: text, or the use of a tool.
struct Block<'a> {
    said: &'a Said,
    id: String,
}

impl Block<'_> {
    fn begun(&self) -> Value {
        match &self.said.call {
            Some(name) => json!({"type": "tool_use", "id": self.id, "name": name, "input": {}}),
            None => json!({"type": "text", "text": ""}),
        }
    }

    fn whole(&self) -> Value {
        let words = &self.said.words.text;
        match &self.said.call {
            // Here the arguments are JSON in JSON: those that are no JSON are left out.
            Some(name) => {
                let input = serde_json::from_str(words).unwrap_or_else(|_| json!({}));
                json!({"type": "tool_use", "id": self.id, "name": name, "input": input})
            }
            None => json!({"type": "text", "text": words}),
        }
    }

    fn delta(&self, fragment: &str) -> Value {
        match &self.said.call {
            Some(_) => json!({"type": "input_json_delta", "partial_json": fragment}),
            None => json!({"type": "text_delta", "text": fragment}),
        }
    }
}

fn stream(frame: &Frame<'_>, block: Option<&Block<'_>>, turn: &Turn<'_>) -> Body {
    let mut out = Sse::new(turn.chunk_pause);
    out.event("message_start", &json!({"type": "message_start", "message": frame.message(Vec::new(), false)}));
    if let Some(block) = block {
        let start = json!({"type": "content_block_start", "index": 0, "content_block": block.begun()});
        out.event("content_block_start", &start);
        out.event("ping", &json!({"type": "ping"}));
        for text in fragments(&block.said.words.text) {
            let delta = json!({"type": "content_block_delta", "index": 0, "delta": block.delta(text)});
            out.event("content_block_delta", &delta);
        }
        out.event("content_block_stop", &json!({"type": "content_block_stop", "index": 0}));
    }
    let delta = json!({"stop_reason": frame.stop_reason, "stop_sequence": null});
    let usage = json!({"output_tokens": frame.output_tokens});
    out.event("message_delta", &json!({"type": "message_delta", "delta": delta, "usage": usage}));
    out.event("message_stop", &json!({"type": "message_stop"}));
    out.finish()
}
