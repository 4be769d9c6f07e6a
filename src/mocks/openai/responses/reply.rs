//! A response as the vendor shapes it, whole or as its events.

use super::request::Asked;
use crate::mocks::openai::answer::tokens;
use crate::mocks::openai::said::{Finish, Said, Turn, Wanted};
use crate::mocks::openai::sse::{Sse, fragments};
use crate::mocks::vendor::Body;
use hyper::body::Bytes;
use serde_json::{Map, Value, json};

/// A response that was made.
pub(in crate::mocks::openai) struct Created {
    pub(in crate::mocks::openai) id: String,
    /// The whole response, to be asked for again.
    pub(in crate::mocks::openai) object: Bytes,
    /// What the client gets: the same, or the events that lead to it.
    pub(in crate::mocks::openai) body: Body,
    /// What was said, if anything.
    pub(in crate::mocks::openai) said: Option<Said>,
}

/// How a response ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Completed,
    /// It is cut short, for this reason.
    Incomplete(&'static str),
    /// The vendor's server fails in the middle of it.
    Failed,
}

impl End {
    fn of(said: &Said, turn: &Turn<'_>) -> Self {
        match said.finish {
            _ if turn.spoils("response_failed") => Self::Failed,
            Finish::Length => Self::Incomplete("max_output_tokens"),
            Finish::Filtered => Self::Incomplete("content_filter"),
            Finish::Stop | Finish::Call { .. } => Self::Completed,
        }
    }

    /// The status of the response; an item that is there has the first two.
    fn status(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Incomplete(_) => "incomplete",
            Self::Failed => "failed",
        }
    }
}

/// Answers.
pub(in crate::mocks::openai) fn create(asked: &Asked, turn: &Turn<'_>) -> Created {
    let wanted = Wanted { shape: &asked.shape, last_words: &asked.last_words, max_tokens: asked.max_tokens };
    let said = turn.say(&wanted, 0);
    let end = End::of(&said, turn);
    let tail = turn.id();
    let nothing = turn.spoils("empty_choices") || said.finish == Finish::Filtered || end == End::Failed;
    let item = (!nothing).then(|| Item { said: &said, tail: &tail, status: end.status() });
    let frame = Frame { asked, id: format!("resp_{tail}"), created: turn.created };
    let whole = frame.object(end, item.as_ref().map(Item::whole), asked.prompt.len());
    let object = Bytes::from(whole.to_string());
    let body = if asked.stream {
        let mut events = Events { out: Sse::new(turn.chunk_pause), number: 0 };
        events.frame("response.created", frame.begun());
        events.frame("response.in_progress", frame.begun());
        if let Some(item) = &item {
            events.item(item);
        }
        events.frame(&format!("response.{}", end.status()), whole);
        events.out.finish()
    } else {
        Body::Full(object.clone())
    };
    Created { id: frame.id, object, body, said: (!nothing).then_some(said) }
}

/// What every form of one response has in common.
struct Frame<'a> {
    asked: &'a Asked,
    id: String,
    created: i64,
}

impl Frame<'_> {
    /// The response before anything has been said.
    fn begun(&self) -> Value {
        let mut object = json!({
            "id": self.id, "object": "response", "created_at": self.created, "status": "in_progress",
            "background": false, "completed_at": null, "error": null, "incomplete_details": null, "instructions": null,
            "max_output_tokens": null, "max_tool_calls": null, "model": self.asked.model, "output": [],
            "parallel_tool_calls": true, "previous_response_id": self.asked.previous, "prompt_cache_key": null,
            "reasoning": {"effort": null, "summary": null}, "safety_identifier": null, "service_tier": "default",
            "store": self.asked.stores, "temperature": 1.0,
            "text": {"format": {"type": "text"}, "verbosity": "medium"}, "tool_choice": "auto", "tools": [],
            "top_logprobs": 0, "top_p": 1.0, "truncation": "disabled", "metadata": {},
        });
        let mut fields = object.as_object_mut().map_or_else(Map::new, std::mem::take);
        for (name, value) in &self.asked.echo {
            match (fields.get_mut(name), value) {
                (Some(Value::Object(usual)), Value::Object(given)) => usual.extend(given.clone()),
                _ => drop(fields.insert(name.clone(), value.clone())),
            }
        }
        Value::Object(fields)
    }

    /// The response at its end.
    fn object(&self, end: End, item: Option<Value>, prompt: usize) -> Value {
        let mut object = self.begun();
        object["status"] = end.status().into();
        match end {
            End::Completed => object["completed_at"] = self.created.into(),
            End::Incomplete(reason) => object["incomplete_details"] = json!({ "reason": reason }),
            End::Failed => {
                let message = "The server had an error while processing your request. Sorry about that!";
                object["error"] = json!({"code": "server_error", "message": message});
                return object;
            }
        }
        let output: Vec<Value> = item.into_iter().collect();
        let said = output.first().map_or(0, |item| item.to_string().len());
        let (input, output_tokens) = (tokens(prompt), tokens(said));
        object["usage"] = json!({
            "input_tokens": input, "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": output_tokens, "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": input + output_tokens,
        });
        object["output"] = output.into();
        object
    }
}

/// The one item of the output: a message, or a call of a function.
struct Item<'a> {
    said: &'a Said,
    /// The letters of its ids.
    tail: &'a str,
    status: &'static str,
}

impl Item<'_> {
    fn id(&self) -> String {
        let kind = if self.said.call.is_some() { "fc" } else { "msg" };
        format!("{kind}_{}", self.tail)
    }

    fn part(text: &str) -> Value {
        json!({"type": "output_text", "annotations": [], "logprobs": [], "text": text})
    }

    /// The item with its words, or as it begins.
    fn shown(&self, status: &str, words: &str, content: Value) -> Value {
        match &self.said.call {
            Some(name) => json!({
                "id": self.id(), "type": "function_call", "status": status, "arguments": words,
                "call_id": format!("call_{}", self.tail), "name": name,
            }),
            None => json!({
                "id": self.id(), "type": "message", "status": status, "content": content, "role": "assistant",
            }),
        }
    }

    fn begun(&self) -> Value {
        self.shown("in_progress", "", json!([]))
    }

    fn whole(&self) -> Value {
        let words = &self.said.words.text;
        self.shown(self.status, words, json!([Self::part(words)]))
    }
}

/// Writes the events of one stream, each with its number.
struct Events {
    out: Sse,
    number: u64,
}

impl Events {
    fn push(&mut self, kind: &str, mut fields: Value) {
        let mut event = json!({"type": kind, "sequence_number": self.number});
        if let (Some(event), Some(fields)) = (event.as_object_mut(), fields.as_object_mut()) {
            event.append(fields);
        }
        self.number += 1;
        self.out.event(kind, &event);
    }

    fn frame(&mut self, kind: &str, response: Value) {
        self.push(kind, json!({ "response": response }));
    }

    fn item(&mut self, item: &Item<'_>) {
        self.push("response.output_item.added", json!({"output_index": 0, "item": item.begun()}));
        match &item.said.call {
            Some(name) => self.arguments(item, name),
            None => self.text(item),
        }
        self.push("response.output_item.done", json!({"output_index": 0, "item": item.whole()}));
    }

    fn arguments(&mut self, item: &Item<'_>, name: &str) {
        let (id, words) = (item.id(), &item.said.words.text);
        let kind = "response.function_call_arguments";
        for text in fragments(words) {
            self.push(&format!("{kind}.delta"), json!({"item_id": id, "output_index": 0, "delta": text}));
        }
        let done = json!({"item_id": id, "output_index": 0, "name": name, "arguments": words});
        self.push(&format!("{kind}.done"), done);
    }

    fn text(&mut self, item: &Item<'_>) {
        let (id, words) = (item.id(), &item.said.words.text);
        let part = |text: &str| json!({"item_id": id, "output_index": 0, "content_index": 0, "part": Item::part(text)});
        self.push("response.content_part.added", part(""));
        for text in fragments(words) {
            let delta = json!({"item_id": id, "output_index": 0, "content_index": 0, "delta": text, "logprobs": []});
            self.push("response.output_text.delta", delta);
        }
        let done = json!({"item_id": id, "output_index": 0, "content_index": 0, "text": words, "logprobs": []});
        self.push("response.output_text.done", done);
        self.push("response.content_part.done", part(words));
    }
}
