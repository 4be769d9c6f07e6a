//! A language model behind the APIs that its clients speak: OpenAI's chat completions, responses, embeddings, speech and
//! transcriptions, conversations over a socket (Realtime), the same under Azure's paths, and Anthropic's messages.
//!
//! One mock serves them all, because they are one thing to a support desk: the model that answers. A second provider is a
//! second mock.

mod answer;
mod anthropic;
mod audio;
mod chat;
mod embeddings;
mod error;
mod limits;
mod models;
pub mod nonce;
mod offered;
mod pattern;
mod realtime;
mod request;
mod responses;
mod route;
mod said;
mod schema;
mod serve;
mod sound;
mod sse;
#[cfg(test)]
mod tests;
mod text;

pub use limits::Limits;

use super::asked::{Asked, Done, Refused};
use super::sign;
use super::socket::{Ending, Frame, Opening, SocketId};
use super::vendor::{Effect, Handled, Request, Vendor};
use crate::rng::{Luck, What, name_key, text_key};
use crate::time::{Span, Time};
use answer::Answers;
use audio::Transcripts;
use limits::{Limiter, Table};
use models::Models;
use responses::Store;
use route::Place;
use said::Turn;
use serde_json::json;
use std::collections::HashMap;

/// Prompts whose repetitions are counted; beyond that counting begins anew.
const PROMPTS_COUNTED: usize = 65_536;
/// The pause between two chunks under the knob `slow_tokens`.
const SLOW_TOKEN: Span = Span::from_secs(2);
/// What the control API may set, in a minute.
const MOST_A_MINUTE: u64 = 1_000_000_000;

/// What a mock model is made of.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The dependency's name: two mocks with one seed give different nonces.
    pub name: String,
    /// Where the nonces come from.
    pub luck: Luck,
    /// Unix seconds at the scenario's start.
    pub unix_at_zero: i64,
    /// The key that clients must show; empty: any.
    pub key: String,
    /// The pause between two chunks of a stream.
    pub chunk_pause: Span,
    /// More requests or tokens in a minute than the limits allow are refused; else the headers only count them.
    pub enforces: bool,
    /// The limits of every model; `None`: each has its own, from `mocks/openai/limits.yaml`.
    pub limits: Option<Limits>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            name: "openai".to_owned(),
            luck: Luck::new(1, 0),
            unix_at_zero: 1_767_571_200,
            key: "sk-mock".to_owned(),
            chunk_pause: Span::ZERO,
            enforces: false,
            limits: None,
        }
    }
}

/// The mock.
pub struct OpenAi {
    settings: Settings,
    who: u64,
    answers: Answers,
    models: Models,
    transcripts: Transcripts,
    table: Table,
    /// How often each prompt was answered.
    asked: HashMap<u64, u64>,
    requests: u64,
    /// One a listed model, by its name.
    limiters: HashMap<String, Limiter>,
    /// The responses that clients may come back to.
    store: Store,
    sessions: realtime::Sessions,
}

impl OpenAi {
    /// A mock with the shipped answers and models.
    pub fn new(settings: Settings) -> Self {
        Self {
            who: name_key(&settings.name),
            settings,
            answers: Answers::shipped(),
            models: Models::shipped(),
            transcripts: Transcripts::shipped(),
            table: Table::shipped(),
            asked: HashMap::new(),
            requests: 0,
            limiters: HashMap::new(),
            store: Store::default(),
            sessions: realtime::Sessions::default(),
        }
    }

    /// The next turn for a customer who says this.
    fn turn<'a>(&'a mut self, last_words: &str, knob: Option<&'a str>, now: Time) -> Turn<'a> {
        let prompt = text_key(0, last_words.as_bytes());
        if self.asked.len() >= PROMPTS_COUNTED {
            self.asked.clear();
        }
        let nth = self.asked.entry(prompt).or_default();
        *nth += 1;
        Turn {
            answers: &self.answers,
            luck: self.settings.luck,
            who: self.who ^ prompt,
            nth: *nth,
            created: self.unix_secs(now),
            chunk_pause: if knob == Some("slow_tokens") { SLOW_TOKEN } else { self.settings.chunk_pause },
            knob,
        }
    }

    fn unix_secs(&self, now: Time) -> i64 {
        self.settings.unix_at_zero + now.micros().div_euclid(1_000_000)
    }

    /// The id of the request in hand.
    fn request_id(&self) -> String {
        let mut id = self.settings.luck.draw(self.who, What::Nonce, 1 << 63 | self.requests);
        let id = [id.bits(), id.bits()].map(u64::to_be_bytes);
        ["req_", &sign::hex(id.as_flattened())].concat()
    }
}

impl Vendor for OpenAi {
    fn endpoint(&self, request: &Request) -> &'static str {
        Place::of(&request.path).route.endpoint(&request.method)
    }

    fn handle(&mut self, request: &Request, now: Time) -> Handled {
        self.answer(request, None, now)
    }

    fn handle_with(&mut self, knob: &str, request: &Request, now: Time) -> Handled {
        self.answer(request, Some(knob), now)
    }

    fn opened(&mut self, socket: SocketId, opening: &Opening, _: Time) -> Vec<Effect> {
        self.session_opens(socket, opening)
    }

    fn said(&mut self, socket: SocketId, frame: Frame, now: Time) -> Vec<Effect> {
        self.session_hears(socket, &frame, now)
    }

    fn closed(&mut self, socket: Option<SocketId>, _: &Opening, _: &Ending, _: Time) -> Vec<Effect> {
        self.session_ends(socket);
        Vec::new()
    }

    /// A model calls nobody; what can be set are its limits, which are enforced from then on.
    fn aim(&mut self, target: &Asked, _: Time) -> Result<Done, Refused> {
        target.only(&["requests_per_minute", "tokens_per_minute"])?;
        let requests = target.whole("requests_per_minute", 1, MOST_A_MINUTE)?;
        let tokens = target.whole("tokens_per_minute", 1, MOST_A_MINUTE)?;
        let cleared = target.cleared("requests_per_minute") || target.cleared("tokens_per_minute");
        if requests.is_some() || tokens.is_some() {
            let known = self.settings.limits.unwrap_or_else(|| self.table.of(""));
            let limits =
                Limits { requests: requests.unwrap_or(known.requests), tokens: tokens.unwrap_or(known.tokens) };
            (self.settings.limits, self.settings.enforces) = (Some(limits), true);
        } else if cleared {
            (self.settings.limits, self.settings.enforces) = (None, false);
        } else {
            let why = "a model never calls a target; what can be set are `requests_per_minute` and `tokens_per_minute`";
            return Err(Refused::bad(why));
        }
        self.limiters.clear();
        let limits = self.settings.limits.unwrap_or_else(|| self.table.of(""));
        let made = [
            ("requests_per_minute", json!(limits.requests)),
            ("tokens_per_minute", json!(limits.tokens)),
            ("enforced", json!(self.settings.enforces)),
        ];
        Ok(Done::of(made, Vec::new()))
    }

    fn reset(&mut self) {
        *self = Self::new(self.settings.clone());
    }

    fn as_any_mut(&mut self) -> &mut dyn std::any::Any {
        self
    }
}
