//! An OpenAI-compatible language model: chat completions (plain and streamed) and models.

mod answer;
mod chat;
mod error;
mod models;
pub mod nonce;
mod request;
mod schema;
#[cfg(test)]
mod tests;

use super::vendor::{Body, Effect, Handled, Reply, Request, Vendor};
use crate::rng::{Luck, What, name_key};
use crate::time::{Span, Time};
use answer::Answers;
use error::Error;
use models::Models;
use std::collections::HashMap;

/// Requests and tokens a minute that the headers tell of.
const REQUESTS_A_MINUTE: u64 = 10_000;
const TOKENS_A_MINUTE: u64 = 2_000_000;
/// Prompts whose repetitions are counted; beyond that counting begins anew.
const PROMPTS_COUNTED: usize = 65_536;
/// The pause between two chunks under the knob `slow_tokens`.
const SLOW_TOKEN: Span = Span::from_secs(2);

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
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            name: "openai".to_owned(),
            luck: Luck::new(1, 0),
            unix_at_zero: 1_767_571_200,
            key: "sk-mock".to_owned(),
            chunk_pause: Span::ZERO,
        }
    }
}

/// The mock.
pub struct OpenAi {
    settings: Settings,
    who: u64,
    answers: Answers,
    models: Models,
    /// How often each prompt was answered.
    asked: HashMap<u64, u64>,
    requests: u64,
    minute: i64,
    requests_in_minute: u64,
    tokens_in_minute: u64,
}

/// What a path means.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Route<'a> {
    Chat,
    Models,
    Model(&'a str),
    Unknown,
}

impl Route<'_> {
    fn of(path: &str) -> Route<'_> {
        match path.strip_prefix("/v1").unwrap_or(path).trim_end_matches('/') {
            "/chat/completions" => Route::Chat,
            "/models" => Route::Models,
            path => path.strip_prefix("/models/").map_or(Route::Unknown, Route::Model),
        }
    }

    fn endpoint(&self) -> &'static str {
        match self {
            Self::Chat => "chat.completions",
            Self::Models => "models.list",
            Self::Model(_) => "models.retrieve",
            Self::Unknown => "unknown",
        }
    }

    fn method(&self) -> hyper::Method {
        if *self == Self::Chat { hyper::Method::POST } else { hyper::Method::GET }
    }
}

/// What one answer needs beside the request.
struct Turn<'a> {
    answers: &'a Answers,
    /// Its draws are the nonces of its choices.
    luck: Luck,
    who: u64,
    nth: u64,
    created: i64,
    chunk_pause: Span,
    knob: Option<&'a str>,
}

impl OpenAi {
    /// A mock with the shipped answers and models.
    pub fn new(settings: Settings) -> Self {
        Self {
            who: name_key(&settings.name),
            settings,
            answers: Answers::shipped(),
            models: Models::shipped(),
            asked: HashMap::new(),
            requests: 0,
            minute: i64::MIN,
            requests_in_minute: 0,
            tokens_in_minute: 0,
        }
    }

    fn answer(&mut self, request: &Request, knob: Option<&str>, now: Time) -> Handled {
        self.requests += 1;
        let minute = now.micros().div_euclid(Span::MINUTE.micros());
        if minute != self.minute {
            (self.minute, self.requests_in_minute, self.tokens_in_minute) = (minute, 0, 0);
        }
        self.requests_in_minute += 1;
        let mut effects = Vec::new();
        let (status, body) = match self.route(request, knob, now, &mut effects) {
            Ok(done) => done,
            Err(error) => (error.status, Body::Full(error.body().into())),
        };
        let kind =
            if matches!(body, Body::Stream(_)) { "text/event-stream; charset=utf-8" } else { "application/json" };
        let reply = Reply { status, headers: self.headers(kind, now), body };
        Handled { reply, effects }
    }

    fn route(
        &mut self,
        request: &Request,
        knob: Option<&str>,
        now: Time,
        effects: &mut Vec<Effect>,
    ) -> Result<(u16, Body), Error> {
        self.authorise(request)?;
        let route = Route::of(&request.path);
        if route == Route::Unknown {
            return Err(Error::unknown_url(&request.method, &request.path));
        }
        if request.method != route.method() {
            return Err(Error::method(&request.method));
        }
        match route {
            Route::Models => Ok((200, Body::Full(self.models.list().into()))),
            Route::Model(id) => {
                self.models.get(id).map(|text| (200, Body::Full(text.into()))).ok_or_else(|| Error::no_model(id))
            }
            _ => self.chat(request, knob, now, effects).map(|body| (200, body)),
        }
    }

    fn authorise(&self, request: &Request) -> Result<(), Error> {
        let given = request.headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let key = match given.split_once(' ') {
            Some((scheme, key)) if scheme.eq_ignore_ascii_case("bearer") => key.trim(),
            _ => "",
        };
        match key {
            "" => Err(Error::no_key()),
            key if self.settings.key.is_empty() || key == self.settings.key => Ok(()),
            key => Err(Error::wrong_key(key)),
        }
    }

    fn chat(
        &mut self,
        request: &Request,
        knob: Option<&str>,
        now: Time,
        effects: &mut Vec<Effect>,
    ) -> Result<Body, Error> {
        let asked = request::parse(&request.body)?;
        if !self.models.knows(&asked.model) {
            return Err(Error::no_model(&asked.model));
        }
        let prompt = name_key(&asked.last_words);
        if self.asked.len() >= PROMPTS_COUNTED {
            self.asked.clear();
        }
        let nth = self.asked.entry(prompt).or_default();
        *nth += 1;
        let turn = Turn {
            answers: &self.answers,
            luck: self.settings.luck,
            who: self.who ^ prompt,
            nth: *nth,
            created: self.settings.unix_at_zero + now.micros().div_euclid(1_000_000),
            chunk_pause: if knob == Some("slow_tokens") { SLOW_TOKEN } else { self.settings.chunk_pause },
            knob,
        };
        let (body, tokens) = chat::complete(asked, &turn, effects)?;
        self.tokens_in_minute += tokens;
        Ok(body)
    }

    fn headers(&self, kind: &str, now: Time) -> Vec<(&'static str, String)> {
        let to_next_minute = (self.minute + 1) * Span::MINUTE.micros() - now.micros();
        let reset = request::duration(to_next_minute);
        let mut id = self.settings.luck.draw(self.who, What::Nonce, 1 << 63 | self.requests);
        vec![
            ("content-type", kind.to_owned()),
            ("openai-processing-ms", "12".to_owned()),
            ("openai-version", "2020-10-01".to_owned()),
            ("x-ratelimit-limit-requests", REQUESTS_A_MINUTE.to_string()),
            ("x-ratelimit-limit-tokens", TOKENS_A_MINUTE.to_string()),
            ("x-ratelimit-remaining-requests", REQUESTS_A_MINUTE.saturating_sub(self.requests_in_minute).to_string()),
            ("x-ratelimit-remaining-tokens", TOKENS_A_MINUTE.saturating_sub(self.tokens_in_minute).to_string()),
            ("x-ratelimit-reset-requests", reset.clone()),
            ("x-ratelimit-reset-tokens", reset),
            ("x-request-id", format!("req_{:016x}{:016x}", id.bits(), id.bits())),
        ]
    }
}

impl Vendor for OpenAi {
    fn endpoint(&self, request: &Request) -> &'static str {
        Route::of(&request.path).endpoint()
    }

    fn handle(&mut self, request: &Request, now: Time) -> Handled {
        self.answer(request, None, now)
    }

    fn handle_with(&mut self, knob: &str, request: &Request, now: Time) -> Handled {
        self.answer(request, Some(knob), now)
    }

    fn reset(&mut self) {
        *self = Self::new(self.settings.clone());
    }

    fn as_any_mut(&mut self) -> &mut dyn std::any::Any {
        self
    }
}
