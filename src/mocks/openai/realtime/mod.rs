//! The Realtime API: a conversation with the model over a WebSocket, in text and in sound.
//!
//! `config` is what a session is set to, `hearing` the sound that comes in and where speech ends, `items` the conversation,
//! `session` what is said in both directions, `reply` the events of one response. Sound carries its words
//! ([`crate::mocks::voice`]); other sound is taken for one of the canned recordings.

mod config;
mod hearing;
mod items;
mod reply;
mod session;
#[cfg(test)]
mod tests;

use super::OpenAi;
use super::answer::tokens;
use super::error::Error;
use super::models::Models;
use super::route::Dialect;
use super::said::Wanted;
use super::serve::{Answered, Call};
use crate::mocks::form::{self, Form};
use crate::mocks::socket::{Frame, Opening, PING, SocketId};
use crate::mocks::vendor::{Body, Effect, Request};
use crate::time::Time;
use reply::Reply;
use session::{Session, Want};
use std::collections::BTreeMap;

/// What faults match on.
pub(super) const ENDPOINT: &str = "realtime";
/// The model of a deployment of any name.
const USUAL: &str = "gpt-realtime";
/// Sessions at one time.
const MOST: usize = 10_000;
/// What a browser, which can send no headers, writes into the subprotocols in front of its key, and to ask for the older API.
const KEY: &str = "openai-insecure-api-key.";
const BETA: &str = "openai-beta.realtime-v1";
/// The subprotocol that is spoken then.
const PROTOCOL: &str = "realtime";
/// The letters of the numbered ids of a session.
const SESSION: &str = "sess_";

/// All sessions: those that are agreed on and not open yet, and those that are open.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    agreed: BTreeMap<String, Session>,
    open: BTreeMap<SocketId, Session>,
}

fn protocols(request: &Request) -> impl Iterator<Item = &str> {
    form::header(&request.headers, "sec-websocket-protocol").unwrap_or_default().split(',').map(str::trim)
}

/// The key that stands among the subprotocols.
pub(super) fn key(request: &Request) -> Option<&str> {
    protocols(request).find_map(|protocol| protocol.strip_prefix(KEY)).filter(|key| !key.is_empty())
}

impl OpenAi {
    /// Turns a request for `/realtime?model=…` into a session.
    pub(super) fn converse(&mut self, call: &mut Call<'_>) -> Result<Answered, Error> {
        let query = Form::parse(call.request.query.as_bytes());
        let known = |models: &Models, name: &str| models.find_in(Dialect::OpenAi, name).is_some();
        let model = match (query.filled("model"), query.filled("deployment")) {
            // Azure's deployments have names of their own.
            (None, Some(deployment)) if !known(&self.models, deployment) => USUAL,
            (None, Some(model)) | (Some(model), _) if known(&self.models, model) => model,
            (Some(model), _) | (None, Some(model)) => return Err(Error::no_model(model)),
            (None, None) => return Err(Error::missing("model")),
        };
        let sessions = &mut self.sessions;
        if sessions.agreed.len() + sessions.open.len() >= MOST {
            sessions.agreed.clear();
        }
        if sessions.open.len() >= MOST {
            return Err(Error::rate_limit("requests", "Too many concurrent sessions.".to_owned(), None));
        }
        let beta = form::header(&call.request.headers, "openai-beta").is_some_and(|beta| beta.contains("realtime=v1"))
            || protocols(call.request).any(|protocol| protocol == BETA);
        let id = format!("{SESSION}{:024x}", self.requests);
        let expires = self.unix_secs(call.now) + 3_600;
        let session = Session::new(id.clone(), model.to_owned(), beta, expires, call.knob);
        self.sessions.agreed.insert(id.clone(), session);
        let protocol = protocols(call.request).any(|protocol| protocol == PROTOCOL).then(|| PROTOCOL.to_owned());
        let opening = Opening { protocol, ping_every: Some(PING), ..Opening::of(id, ENDPOINT) };
        Ok(Answered { kind: "application/json", body: Body::Socket(Box::new(opening)) })
    }

    pub(super) fn session_opens(&mut self, socket: SocketId, opening: &Opening) -> Vec<Effect> {
        let Some(mut session) = self.sessions.agreed.remove(&opening.group) else { return Vec::new() };
        session.begins();
        let effects = session.effects(socket);
        self.sessions.open.insert(socket, session);
        effects
    }

    pub(super) fn session_hears(&mut self, socket: SocketId, frame: &Frame, now: Time) -> Vec<Effect> {
        let Some(mut session) = self.sessions.open.remove(&socket) else { return Vec::new() };
        let mut effects = Vec::new();
        let text = if let Frame::Text(text) = frame { text } else { "" };
        for want in session.hears(text, &self.transcripts, now) {
            self.answers(&mut session, &want, now, &mut effects);
        }
        effects.extend(session.effects(socket));
        self.sessions.open.insert(socket, session);
        effects
    }

    pub(super) fn session_ends(&mut self, socket: Option<SocketId>) {
        if let Some(socket) = socket {
            self.sessions.open.remove(&socket);
        }
    }

    /// Makes a response, as every other API of this model does, if there is room for it.
    fn answers(&mut self, session: &mut Session, want: &Want, now: Time, effects: &mut Vec<Effect>) {
        let knob = session.knob.clone();
        let (prompt, last_words) = session.prompt(want);
        let admitted = self.admit_to(session.model(), tokens(prompt.len()), now);
        let turn = self.turn(&last_words, knob.as_deref(), now);
        let wanted = Wanted { shape: &want.shape, last_words: &last_words, max_tokens: want.max_tokens };
        let said = turn.say(&wanted, 0);
        let reply = Reply {
            tail: turn.id(),
            said: &said,
            input: tokens(prompt.len()),
            standing: admitted.as_ref().ok().copied(),
            refused: admitted.as_ref().err().map(Error::body),
            slow: turn.spoils("slow_tokens"),
            nothing: turn.spoils("empty_choices"),
        };
        if reply.refused.is_none() && !reply.nothing && !said.words.text.is_empty() {
            effects.push(said.seen(prompt));
        }
        session.says(want, &reply, now);
    }
}
