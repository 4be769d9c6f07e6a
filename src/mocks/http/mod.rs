//! Any HTTP service as data: it answers what its stubs say and remembers what they tell it to. It knows no vendor.
//!
//! `fit` holds a request against the conditions of stubs, `memory` is what is remembered, `fill` fills the holes of
//! templates, `near` says which stub a request missed and by what.

mod fill;
mod fit;
mod memory;
mod near;
mod words;

#[cfg(test)]
mod tests;

use super::answer;
use super::shown::shown;
use super::stamp::Epoch;
use super::vendor::{Body, Effect, Handled, Note, Reply, Request, Vendor};
use crate::rng::{Luck, What, name_key};
use crate::scenario::model::Stubs;
use crate::scenario::model::stubs::{AnswerBody, Deed, Stub, UNMATCHED};
use crate::time::{Span, Time};
use fill::{Filler, TooLong};
use fit::Asks;
use hyper::body::Bytes;
use memory::Memory;
use serde_json::json;
use std::sync::Arc;
use words::fixed;

const JSON: &str = "application/json; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";

/// What a service is told at its start.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Its name.
    pub name: String,
    /// What it answers.
    pub stubs: Arc<Stubs>,
    /// Where its identifiers and delays come from.
    pub luck: Luck,
    /// The calendar moment of the clock's zero.
    pub epoch: Epoch,
}

/// The service.
pub struct Http {
    settings: Settings,
    memory: Memory,
    /// The words of each stub, as the seam wants them.
    words: Vec<Words>,
    /// How often each stub has answered.
    answered: Vec<u64>,
    /// Identifiers drawn so far.
    drawn: u64,
}

/// The fixed words of a stub: its name and those of its headers.
#[derive(Debug)]
struct Words {
    endpoint: &'static str,
    headers: Vec<&'static str>,
}

impl Words {
    fn of(stub: &Stub) -> Self {
        Self { endpoint: fixed(&stub.name), headers: stub.reply.headers.iter().map(|(name, _)| fixed(name)).collect() }
    }
}

impl Http {
    /// A service that remembers what its stubs begin with.
    pub fn new(settings: Settings) -> Self {
        let stubs = &settings.stubs.stubs;
        let words = stubs.iter().map(Words::of).collect();
        let answered = vec![0; stubs.len()];
        Self { memory: Memory::new(&settings.stubs.memory), words, answered, drawn: 0, settings }
    }

    fn find(&self, asks: &Asks<'_>) -> Option<usize> {
        self.settings.stubs.stubs.iter().position(|stub| fit::misses(stub, asks, &self.memory).is_empty())
    }

    /// Does what the stub says and replies.
    fn serve(&mut self, index: usize, asks: &Asks<'_>, now: Time) -> Handled {
        let stubs = self.settings.stubs.clone();
        let stub = &stubs.stubs[index];
        let nth = self.answered[index];
        self.answered[index] += 1;
        match self.answer(index, stub, asks, now) {
            Ok(reply) => reply.alone().later(self.delay(stub, nth)),
            Err(TooLong) => {
                let why = format!("the reply of stub `{}` would be too large", stub.name);
                answer::json(500, &json!({ "error": why })).alone()
            }
        }
    }

    fn answer(&mut self, index: usize, stub: &Stub, asks: &Asks<'_>, now: Time) -> Result<Reply, TooLong> {
        let named = asks.segments(stub);
        for deed in &stub.does {
            self.act(deed, asks, &named, now)?;
        }
        if let Some(then) = &stub.then {
            self.memory.story.clone_from(then);
        }
        let names = self.words[index].headers.clone();
        let mut filler = self.filler(asks, &named, now);
        let mut headers = Vec::with_capacity(names.len() + 1);
        for (name, (_, value)) in names.into_iter().zip(&stub.reply.headers) {
            headers.push((name, filler.text(value)?));
        }
        let (body, kind) = match &stub.reply.body {
            AnswerBody::Empty => (Bytes::new(), None),
            AnswerBody::Json(shape) => (filler.value(shape)?.to_string().into(), Some(JSON)),
            AnswerBody::Text(text) => (filler.text(text)?.into(), Some(TEXT)),
            AnswerBody::File(bytes, kind) => (Bytes::from_owner(bytes.clone()), Some(*kind)),
        };
        let typed = headers.iter().any(|(name, _)| *name == "content-type");
        headers.extend(kind.filter(|_| !typed).map(|kind| ("content-type", kind.to_owned())));
        Ok(Reply { status: stub.reply.status, headers, body: Body::Full(body) })
    }

    fn act(&mut self, deed: &Deed, asks: &Asks<'_>, named: &[(&str, &str)], now: Time) -> Result<(), TooLong> {
        let mut filler = self.filler(asks, named, now);
        match deed {
            Deed::Count(name) => self.memory.count(name),
            Deed::Put { into, key, value } => {
                let (key, value) = (filler.text(key)?, filler.value(value)?);
                self.memory.put(into, key, value);
            }
            Deed::Drop { from, key } => {
                let key = filler.text(key)?;
                self.memory.drop(from, &key);
            }
        }
        Ok(())
    }

    fn filler<'a>(&'a mut self, asks: &'a Asks<'a>, named: &'a [(&'a str, &'a str)], now: Time) -> Filler<'a> {
        let Settings { name, luck, epoch, .. } = &self.settings;
        Filler {
            asks,
            named,
            memory: &self.memory,
            luck: *luck,
            who: name_key(name),
            drawn: &mut self.drawn,
            epoch: *epoch,
            now,
            left: fill::MOST_REPLY,
        }
    }

    fn delay(&self, stub: &Stub, nth: u64) -> Span {
        let who = name_key(&self.settings.name) ^ name_key(&stub.name).rotate_left(1);
        stub.delay
            .as_ref()
            .map_or(Span::ZERO, |delay| delay.sample(&mut self.settings.luck.draw(who, What::Latency, nth)))
    }

    /// No stub is for it: 404, with the nearest one and what of it is not so, for the client and for the journal.
    fn unmatched(&self, request: &Request, asks: &Asks<'_>) -> Handled {
        let method = request.method.as_str();
        let path = shown(&request.path);
        let error = format!("no stub of `{}` is for {method} {path}", self.settings.name);
        let nearest = near::nearest(&self.settings.stubs.stubs, asks, &self.memory);
        let (stub, misses) = nearest.map_or((json!(null), json!([])), |(stub, misses)| (json!(stub), json!(misses)));
        let note = Note::of(
            UNMATCHED,
            [("method", json!(method)), ("path", json!(path)), ("nearest", stub.clone()), ("misses", misses.clone())],
        );
        let body = json!({ "error": error, "nearest": stub, "misses": misses });
        answer::json(404, &body).and(vec![Effect::Note(note)])
    }
}

impl Vendor for Http {
    fn endpoint(&self, request: &Request) -> &'static str {
        let asks = Asks::of(request);
        self.find(&asks).and_then(|index| self.words.get(index)).map_or(UNMATCHED, |words| words.endpoint)
    }

    fn handle(&mut self, request: &Request, now: Time) -> Handled {
        let asks = Asks::of(request);
        match self.find(&asks) {
            Some(index) => self.serve(index, &asks, now),
            None => self.unmatched(request, &asks),
        }
    }

    fn reset(&mut self) {
        *self = Self::new(self.settings.clone());
    }

    fn as_any_mut(&mut self) -> &mut dyn std::any::Any {
        self
    }
}
