//! The events of one response, in the order in which the vendor sends them.

use super::items::Item;
use super::session::{Active, Session, Want};
use crate::mocks::openai::answer::tokens;
use crate::mocks::openai::limits::Standing;
use crate::mocks::openai::said::{Finish, Said};
use crate::mocks::openai::sse::fragments;
use crate::mocks::socket::Say;
use crate::mocks::voice;
use crate::time::{Span, Time};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// Samples of sound in one event, and the pause before the next: ten times as fast as it is heard.
const PIECE: usize = voice::RATE / 5;
const PAUSE: Span = Span::from_millis(20);
/// The pause between two events under the knob `slow_tokens`.
const SLOW: Span = Span::from_secs(2);

/// What is said, and what is told of it.
pub(super) struct Reply<'a> {
    /// The letters of its ids.
    pub(super) tail: String,
    pub(super) said: &'a Said,
    /// Tokens of everything it is made of.
    pub(super) input: u64,
    /// How the model's limits stand; `None`: there was no room.
    pub(super) standing: Option<Standing>,
    /// Why there was no room, as the other APIs would say it.
    pub(super) refused: Option<String>,
    pub(super) slow: bool,
    /// It ends without having said anything.
    pub(super) nothing: bool,
}

/// An event of a response: how long after the one before, its type, its fields.
type Event = (Span, String, Value);

/// How a fault in the middle of a response ends it: the knobs that stand for the faults of streams.
enum Doom {
    Stall,
    Cut,
    End,
    Error,
}

impl Reply<'_> {
    pub(super) fn say(&self, session: &mut Session, want: &Want, now: Time) {
        let before = session.items.last();
        let spoken = session.config.speaks(&want.own) && self.said.call.is_none();
        let frame = self.frame(session, want, "in_progress", spoken);
        let mut events: Vec<Event> = vec![(Span::ZERO, "response.created".to_owned(), json!({"response": frame}))];
        if let Some(limits) = self.limits() {
            events.push((Span::ZERO, "rate_limits.updated".to_owned(), limits));
        }
        let mut done = self.frame(session, want, "completed", spoken);
        let kept = want.own["conversation"] != "none";
        if let Some(refused) = &self.refused {
            let error: Value = serde_json::from_str(refused).unwrap_or_default();
            done["status"] = json!("failed");
            done["status_details"] = json!({"type": "failed", "error": {
                "type": error["error"]["type"], "code": error["error"]["code"], "message": error["error"]["message"],
            }});
        } else {
            match self.said.finish {
                Finish::Length => incomplete(&mut done, "max_output_tokens"),
                Finish::Filtered => incomplete(&mut done, "content_filter"),
                Finish::Stop | Finish::Call { .. } => {}
            }
            done["usage"] = self.usage(spoken);
        }
        if self.refused.is_none() && !self.nothing && self.said.finish != Finish::Filtered {
            let whole = self.item(
                session.config.beta,
                spoken,
                if done["status"] == "completed" { "completed" } else { "incomplete" },
            );
            self.item_events(session, spoken, &whole, before, &mut events);
            done["output"] = json!([whole]);
            if kept {
                session.items.put(Item::answer(whole, &self.said.words.text), None);
            }
        }
        events.push((Span::ZERO, "response.done".to_owned(), json!({"response": done})));
        self.send(session, events, done, now);
    }

    /// Sends the events, or as many as a fault lets through.
    fn send(&self, session: &mut Session, events: Vec<Event>, done: Value, now: Time) {
        let doom = session.knob.as_deref().and_then(doom);
        let most = doom.as_ref().map_or(usize::MAX, |(_, after)| *after);
        let mut length = Span::ZERO;
        for (wait, kind, fields) in events.into_iter().take(most) {
            length += wait;
            session.tell_after(wait, &kind, fields);
        }
        match doom {
            None => {
                let mut cancelled = done;
                cancelled["status"] = json!("cancelled");
                session.active = (length > Span::ZERO).then(|| Active { until: now + length, cancelled });
            }
            Some((Doom::Stall, _)) => session.dead = true,
            Some((Doom::Cut, _)) => {
                session.dead = true;
                // The last frame leaves before the connection breaks.
                session.say(Say::Break);
            }
            Some((Doom::End, _)) => {
                session.dead = true;
                session.say(Say::Close(1000, String::new()));
            }
            Some((Doom::Error, _)) => {
                let message = "The server had an error while processing your request. Sorry about that!";
                let error =
                    json!({"type": "server_error", "code": null, "message": message, "param": null, "event_id": null});
                session.tell("error", json!({"error": error}));
            }
        }
    }

    /// The response without what it says.
    fn frame(&self, session: &Session, want: &Want, status: &str, spoken: bool) -> Value {
        let config = &session.config;
        let length = config.either(&want.own, config.max_tokens_name()).clone();
        let mut frame = json!({
            "object": "realtime.response", "id": format!("resp_{}", self.tail), "status": status,
            "status_details": null, "output": [], "usage": null, "metadata": want.own["metadata"],
            "conversation_id": (want.own["conversation"] != "none").then(|| format!("conv_{}", session.id)),
        });
        let shown = config.shown();
        if config.beta {
            frame["modalities"] = if spoken { json!(["text", "audio"]) } else { json!(["text"]) };
            frame["voice"] = shown["voice"].clone();
            frame["output_audio_format"] = shown["output_audio_format"].clone();
            frame["temperature"] = shown["temperature"].clone();
            frame["max_output_tokens"] = length;
        } else {
            frame["output_modalities"] = if spoken { json!(["audio"]) } else { json!(["text"]) };
            frame["max_output_tokens"] = length;
            let output = &shown["audio"]["output"];
            frame["audio"] = json!({"output": {"format": output["format"], "voice": output["voice"]}});
        }
        frame
    }

    /// What was said, as an item.
    fn item(&self, beta: bool, spoken: bool, status: &str) -> Value {
        let text = &self.said.words.text;
        let id = format!("item_{}", self.tail);
        if let Some(function) = &self.said.call {
            return json!({
                "id": id, "object": "realtime.item", "type": "function_call", "status": status, "name": function,
                "call_id": format!("call_{}", self.tail), "arguments": text,
            });
        }
        let part = match (beta, spoken) {
            (false, true) => json!({"type": "output_audio", "transcript": text}),
            (false, false) => json!({"type": "output_text", "text": text}),
            (true, true) => json!({"type": "audio", "transcript": text}),
            (true, false) => json!({"type": "text", "text": text}),
        };
        json!({
            "id": id, "object": "realtime.item", "type": "message", "status": status, "role": "assistant",
            "content": [part],
        })
    }

    /// How an item comes into being.
    fn item_events(
        &self,
        session: &Session,
        spoken: bool,
        whole: &Value,
        before: Option<String>,
        events: &mut Vec<Event>,
    ) {
        let beta = session.config.beta;
        let mut begun = whole.clone();
        begun["status"] = json!("in_progress");
        let is_call = self.said.call.is_some();
        begun[if is_call { "arguments" } else { "content" }] = if is_call { json!("") } else { json!([]) };
        let response = format!("resp_{}", self.tail);
        let mut push = |wait: Span, kind: &str, fields: Value| events.push((wait, kind.to_owned(), fields));
        let of_item = |item: &Value| json!({"response_id": response, "output_index": 0, "item": item});
        push(Span::ZERO, "response.output_item.added", of_item(&begun));
        let (added, done) =
            (json!({"previous_item_id": before, "item": begun}), json!({"previous_item_id": before, "item": whole}));
        push(Span::ZERO, if beta { "conversation.item.created" } else { "conversation.item.added" }, added);
        let place = json!({"response_id": response, "item_id": whole["id"], "output_index": 0, "content_index": 0});
        let with = |name: &str, value: Value| {
            let mut fields = place.clone();
            fields[name] = value;
            fields
        };
        if is_call {
            self.call_events(&with, &whole["call_id"], &mut push);
        } else {
            self.part_events(session, spoken, &with, &mut push);
        }
        push(Span::ZERO, "response.output_item.done", of_item(whole));
        if !beta {
            push(Span::ZERO, "conversation.item.done", done);
        }
    }

    fn call_events(
        &self,
        with: &impl Fn(&str, Value) -> Value,
        call: &Value,
        push: &mut impl FnMut(Span, &str, Value),
    ) {
        let of_call = |name: &str, value: &str| {
            let mut fields = with(name, json!(value));
            fields["call_id"] = call.clone();
            if let Some(fields) = fields.as_object_mut() {
                fields.remove("content_index");
            }
            fields
        };
        let wait = if self.slow { SLOW } else { Span::ZERO };
        for piece in fragments(&self.said.words.text) {
            push(wait, "response.function_call_arguments.delta", of_call("delta", piece));
        }
        let mut done = of_call("arguments", &self.said.words.text);
        done["name"] = json!(self.said.call);
        push(Span::ZERO, "response.function_call_arguments.done", done);
    }

    /// The one part of a message: its words, and its sound beside them.
    fn part_events(
        &self,
        session: &Session,
        spoken: bool,
        with: &impl Fn(&str, Value) -> Value,
        push: &mut impl FnMut(Span, &str, Value),
    ) {
        let text = &self.said.words.text;
        let kind = match (session.config.beta, spoken) {
            (false, true) => "response.output_audio_transcript",
            (false, false) => "response.output_text",
            (true, true) => "response.audio_transcript",
            (true, false) => "response.text",
        };
        let sounds = if session.config.beta { "response.audio" } else { "response.output_audio" };
        let (name, part) = if spoken { ("transcript", "audio") } else { ("text", "text") };
        let of_part = |text: &str| with("part", json!({"type": part, name: text}));
        push(Span::ZERO, "response.content_part.added", of_part(""));
        let wait = if self.slow { SLOW } else { Span::ZERO };
        let mut words = fragments(text);
        if spoken {
            let sound = voice::speak(text);
            for piece in sound.chunks(PIECE) {
                if let Some(fragment) = words.next() {
                    push(wait, &format!("{kind}.delta"), with("delta", json!(fragment)));
                }
                let bytes = STANDARD.encode(session.config.output().write(piece));
                push(wait.max(PAUSE), &format!("{sounds}.delta"), with("delta", json!(bytes)));
            }
        }
        for fragment in words {
            push(wait, &format!("{kind}.delta"), with("delta", json!(fragment)));
        }
        if spoken {
            let mut done = with("", Value::Null);
            if let Some(fields) = done.as_object_mut() {
                fields.remove("");
            }
            push(Span::ZERO, &format!("{sounds}.done"), done);
        }
        push(Span::ZERO, &format!("{kind}.done"), with(name, json!(text)));
        push(Span::ZERO, "response.content_part.done", of_part(text));
    }

    fn usage(&self, spoken: bool) -> Value {
        let text = tokens(self.said.words.text.len());
        let sound = if spoken { text * 4 } else { 0 };
        json!({
            "total_tokens": self.input + text + sound, "input_tokens": self.input, "output_tokens": text + sound,
            "input_token_details": {
                "text_tokens": self.input, "audio_tokens": 0, "image_tokens": 0, "cached_tokens": 0,
                "cached_tokens_details": {"text_tokens": 0, "audio_tokens": 0, "image_tokens": 0},
            },
            "output_token_details": {"text_tokens": text, "audio_tokens": sound},
        })
    }

    fn limits(&self) -> Option<Value> {
        let Standing { requests, tokens } = self.standing?;
        let one = |name: &str, limit: u64, remaining: u64, reset: Span| json!({"name": name, "limit": limit, "remaining": remaining, "reset_seconds": reset.secs_f64()});
        let requests = one("requests", requests.limit, requests.remaining, requests.reset);
        let tokens = one("tokens", tokens.limit, tokens.remaining, tokens.reset);
        Some(json!({"rate_limits": [requests, tokens]}))
    }
}

fn incomplete(done: &mut Value, reason: &str) {
    done["status"] = json!("incomplete");
    done["status_details"] = json!({"type": "incomplete", "reason": reason});
}

/// The fault of streams that a knob stands for, and the events that come before it.
fn doom(knob: &str) -> Option<(Doom, usize)> {
    let (name, after) = knob.split_once(':')?;
    let after = after.parse().ok()?;
    let doom = match name {
        "stall" => Doom::Stall,
        "cut" => Doom::Cut,
        "end" => Doom::End,
        "error" => Doom::Error,
        _ => return None,
    };
    Some((doom, after))
}
