//! From a request to its reply: whose key it shows, what its path means, whether its model has room for it, and the headers
//! that each vendor sends.

use super::error::Error;
use super::limits::{Limiter, Standing, duration};
use super::route::{Dialect, Place, Route};
use super::{OpenAi, anthropic, audio, chat, embeddings, realtime, request, responses};
use crate::mocks::form;
use crate::mocks::stamp::Epoch;
use crate::mocks::vendor::{Body, Effect, Handled, Reply, Request};
use crate::time::{Span, Time};
use hyper::body::Bytes;
use serde_json::Value;

/// Headers of a reply at most, as both vendors send them.
const HEADERS: usize = 13;

/// A request under way.
pub(super) struct Call<'a> {
    pub(super) request: &'a Request,
    pub(super) knob: Option<&'a str>,
    pub(super) now: Time,
    dialect: Dialect,
    /// The model that the path names.
    deployment: Option<&'a str>,
    /// How the model's limits stand after it.
    standing: Option<Standing>,
    pub(super) effects: Vec<Effect>,
}

/// A body and its content type.
pub(super) struct Answered {
    pub(super) kind: &'static str,
    pub(super) body: Body,
}

impl Answered {
    pub(super) fn json(value: &Value) -> Self {
        Self::bytes("application/json", value.to_string())
    }

    pub(super) fn bytes(kind: &'static str, body: impl Into<Bytes>) -> Self {
        Self { kind, body: Body::Full(body.into()) }
    }
}

impl From<Body> for Answered {
    /// JSON, or a stream of events.
    fn from(body: Body) -> Self {
        let streamed = matches!(body, Body::Stream(_));
        Self { kind: if streamed { "text/event-stream; charset=utf-8" } else { "application/json" }, body }
    }
}

impl OpenAi {
    pub(super) fn answer(&mut self, request: &Request, knob: Option<&str>, now: Time) -> Handled {
        self.requests += 1;
        let Place { route, deployment } = Place::of(&request.path);
        let dialect = route.dialect(request);
        let mut call = Call { request, knob, now, dialect, deployment, standing: None, effects: Vec::new() };
        let (status, answered, wait) = match self.serve(route, &mut call) {
            Ok(answered) => (200, answered, None),
            Err(error) => {
                let body = match dialect {
                    Dialect::OpenAi => error.body(),
                    Dialect::Anthropic => error.anthropic(&self.request_id()),
                };
                (error.status, Answered::bytes("application/json", body), error.wait)
            }
        };
        let mut headers = Vec::with_capacity(HEADERS);
        headers.push(("content-type", answered.kind.to_owned()));
        match dialect {
            Dialect::OpenAi => self.openai_headers(&call, &mut headers),
            Dialect::Anthropic => self.anthropic_headers(&call, &mut headers),
        }
        if let Some(wait) = wait {
            headers.push(("retry-after", ceil(wait, 1_000_000)));
            if dialect == Dialect::OpenAi {
                headers.push(("retry-after-ms", ceil(wait, 1_000)));
            }
        }
        Reply { status, headers, body: answered.body }.and(call.effects)
    }

    fn serve(&mut self, route: Route<'_>, call: &mut Call<'_>) -> Result<Answered, Error> {
        self.authorise(call)?;
        let request = call.request;
        // Azure knows no path without its version.
        let versionless =
            call.deployment.is_some() && !request.query.split('&').any(|part| part.starts_with("api-version="));
        if route == Route::Unknown || versionless {
            return Err(Error::unknown_url(&request.method, &request.path));
        }
        if !route.takes(&request.method) {
            return Err(Error::method(&request.method));
        }
        match route {
            Route::Chat => self.chat(call),
            Route::Responses => self.respond(call),
            Route::Response(id) => self.stored(&request.method, id),
            Route::Embeddings => self.embed(call),
            Route::Speech => self.speak(call),
            Route::Transcriptions => self.transcribe(call),
            Route::Realtime => self.converse(call),
            Route::Messages => self.message(call),
            Route::CountTokens => anthropic::count_tokens(&request.body),
            Route::Models => Ok(Answered::json(&self.models.list(call.dialect))),
            Route::Model(id) => {
                let found = self.models.find_in(call.dialect, id).map(|model| model.show(id, call.dialect));
                found.map(|model| Answered::json(&model)).ok_or_else(|| Error::no_model(id))
            }
            Route::Unknown => Err(Error::unknown_url(&request.method, &request.path)),
        }
    }

    /// OpenAI wants a bearer token, Azure its own header, Anthropic another; a key in any of them will do.
    fn authorise(&self, call: &Call<'_>) -> Result<(), Error> {
        let headers = &call.request.headers;
        let own = if call.dialect == Dialect::Anthropic { "x-api-key" } else { "api-key" };
        let given = form::header(headers, own).map(str::trim).filter(|key| !key.is_empty());
        match given.or_else(|| form::bearer(headers)).or_else(|| realtime::key(call.request)).unwrap_or_default() {
            "" if call.dialect == Dialect::Anthropic => Err(anthropic::no_key()),
            "" => Err(Error::no_key()),
            key if self.settings.key.is_empty() || key == self.settings.key => Ok(()),
            _ if call.dialect == Dialect::Anthropic => Err(Error::unauthorised("invalid x-api-key")),
            key => Err(Error::wrong_key(key)),
        }
    }

    /// Lets a request to this model in, if the model is known and has room for so many tokens.
    pub(super) fn admit(&mut self, call: &mut Call<'_>, model: &str, tokens: u64) -> Result<(), Error> {
        let (standing, taken) = self.take_room(call.dialect, model, tokens, call.now)?;
        call.standing = Some(standing);
        taken
    }

    /// As [`Self::admit`], for what comes over a session: how the model's limits stand, if there was room.
    pub(super) fn admit_to(&mut self, model: &str, tokens: u64, now: Time) -> Result<Standing, Error> {
        let (standing, taken) = self.take_room(Dialect::OpenAi, model, tokens, now)?;
        taken.map(|()| standing)
    }

    fn take_room(
        &mut self,
        dialect: Dialect,
        model: &str,
        tokens: u64,
        now: Time,
    ) -> Result<(Standing, Result<(), Error>), Error> {
        let known = self.models.find_in(dialect, model).ok_or_else(|| match dialect {
            Dialect::OpenAi => Error::no_model(model),
            Dialect::Anthropic => anthropic::no_model(model),
        })?;
        let limits = self.settings.limits.unwrap_or_else(|| self.table.of(&known.id));
        let limiter = match self.limiters.get_mut(&known.id) {
            Some(limiter) => limiter,
            None => self.limiters.entry(known.id.clone()).or_insert(Limiter::new(limits, now)),
        };
        let taken = limiter.take(model, tokens, now, self.settings.enforces);
        Ok((limiter.standing(), taken))
    }

    /// The model of an Azure path. A deployment has any name that its owner likes: one that is no model's is of the usual
    /// one.
    fn deployed<'a>(&self, call: &Call<'a>, usual: &'static str) -> Option<&'a str> {
        call.deployment.map(|name| if self.models.find(name).is_some() { name } else { usual })
    }

    fn chat(&mut self, call: &mut Call<'_>) -> Result<Answered, Error> {
        let asked = request::parse(&call.request.body, self.deployed(call, "gpt-4o"))?;
        self.admit(call, &asked.model, takes(asked.prompt.len(), asked.max_tokens))?;
        let turn = self.turn(&asked.last_words, call.knob, call.now);
        Ok(chat::complete(asked, &turn, &mut call.effects).into())
    }

    fn respond(&mut self, call: &mut Call<'_>) -> Result<Answered, Error> {
        let asked = responses::parse(&call.request.body, self.deployed(call, "gpt-4o"))?;
        let history = self.store.history(asked.previous.as_deref())?;
        let asked = asked.after(&history);
        self.admit(call, &asked.model, takes(asked.prompt.len(), asked.max_tokens))?;
        let turn = self.turn(&asked.last_words, call.knob, call.now);
        let created = responses::create(&asked, &turn);
        call.effects.extend(created.said.into_iter().map(|said| said.seen(asked.prompt.clone())));
        if asked.stores {
            self.store.keep(created.id, created.object, asked.prompt);
        }
        Ok(created.body.into())
    }

    fn stored(&mut self, method: &hyper::Method, id: &str) -> Result<Answered, Error> {
        if *method == hyper::Method::DELETE { self.store.delete(id) } else { self.store.get(id) }
    }

    fn embed(&mut self, call: &mut Call<'_>) -> Result<Answered, Error> {
        let asked = embeddings::parse(&call.request.body, self.deployed(call, "text-embedding-3-small"))?;
        self.admit(call, &asked.model, asked.tokens)?;
        embeddings::embed(&asked, self.models.find(&asked.model).and_then(|model| model.dimensions))
    }

    fn speak(&mut self, call: &mut Call<'_>) -> Result<Answered, Error> {
        let asked = audio::parse_speech(&call.request.body, self.deployed(call, "gpt-4o-mini-tts"))?;
        self.admit(call, &asked.model, takes(asked.input.len(), None))?;
        Ok(audio::speak(&asked, self.settings.chunk_pause))
    }

    fn transcribe(&mut self, call: &mut Call<'_>) -> Result<Answered, Error> {
        let asked = audio::parse_transcription(call.request, self.deployed(call, "whisper-1"))?;
        self.admit(call, &asked.model, 1)?;
        Ok(self.transcripts.transcribe(&asked, self.settings.chunk_pause))
    }

    fn message(&mut self, call: &mut Call<'_>) -> Result<Answered, Error> {
        let asked = anthropic::parse(call.request)?;
        self.admit(call, &asked.model, takes(asked.prompt.len(), Some(asked.max_tokens)))?;
        let turn = self.turn(&asked.last_words, call.knob, call.now);
        let (body, said) = anthropic::message(&asked, &turn);
        call.effects.extend(said.map(|said| said.seen(asked.prompt)));
        Ok(body.into())
    }

    fn openai_headers(&self, call: &Call<'_>, headers: &mut Vec<(&'static str, String)>) {
        headers.push(("openai-organization", "org-mock".to_owned()));
        headers.push(("openai-processing-ms", "12".to_owned()));
        headers.push(("openai-version", "2020-10-01".to_owned()));
        if let Some(Standing { requests, tokens }) = call.standing {
            headers.extend([
                ("x-ratelimit-limit-requests", requests.limit.to_string()),
                ("x-ratelimit-limit-tokens", tokens.limit.to_string()),
                ("x-ratelimit-remaining-requests", requests.remaining.to_string()),
                ("x-ratelimit-remaining-tokens", tokens.remaining.to_string()),
                ("x-ratelimit-reset-requests", duration(requests.reset)),
                ("x-ratelimit-reset-tokens", duration(tokens.reset)),
            ]);
        }
        headers.push(("x-request-id", self.request_id()));
    }

    fn anthropic_headers(&self, call: &Call<'_>, headers: &mut Vec<(&'static str, String)>) {
        headers.push(("anthropic-organization-id", "org-mock".to_owned()));
        if let Some(Standing { requests, tokens }) = call.standing {
            let at = |reset: Span| Epoch { unix: self.settings.unix_at_zero }.iso(call.now + reset);
            headers.extend([
                ("anthropic-ratelimit-requests-limit", requests.limit.to_string()),
                ("anthropic-ratelimit-requests-remaining", requests.remaining.to_string()),
                ("anthropic-ratelimit-requests-reset", at(requests.reset)),
                ("anthropic-ratelimit-tokens-limit", tokens.limit.to_string()),
                ("anthropic-ratelimit-tokens-remaining", tokens.remaining.to_string()),
                ("anthropic-ratelimit-tokens-reset", at(tokens.reset)),
            ]);
        }
        headers.push(("request-id", self.request_id()));
    }
}

/// What a request takes of its model's tokens: its prompt, or the answer that it allows if that is more.
fn takes(prompt: usize, max_tokens: Option<u32>) -> u64 {
    super::answer::tokens(prompt).max(max_tokens.map_or(0, u64::from))
}

/// So many units of microseconds, rounded up and never zero: a client takes zero for "at once".
fn ceil(span: Span, unit: i64) -> String {
    (span.micros() + unit - 1).div_euclid(unit).max(1).to_string()
}
