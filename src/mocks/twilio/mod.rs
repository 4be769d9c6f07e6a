//! Twilio as a phone desk sees it: calls that follow the target's TwiML with a simulated caller at the other end, text
//! messages, queues, numbers, and signed webhooks.
//!
//! `twiml` reads documents, `call` is one call, `follow` carries out its verbs, `connect` joins calls with people,
//! `webhooks` asks the target what to do, `callbacks` tells it what happened, `caller` is a person with a script, `stream`
//! carries the sound of calls, `record` keeps it; the rest is the REST API, a file a group.

pub mod acts;
pub mod call;
mod callbacks;
mod caller;
mod connect;
mod control;
mod cookies;
mod follow;
mod knob;
mod limit;
pub mod link;
mod list;
mod message;
mod number;
mod queue;
mod record;
mod refusal;
mod rest_accounts;
mod rest_calls;
mod rest_messages;
mod rest_numbers;
mod rest_queues;
mod rest_recordings;
mod routes;
mod stream;
mod timers;
pub mod twiml;
mod webhooks;

#[cfg(test)]
mod tests;

pub use call::{Call, Status};
pub use limit::Limits;
pub use message::Message;
pub use number::Number;
pub use queue::Queue;
pub use webhooks::APOLOGY;

use crate::mocks::asked::{Asked, Done, Refused};
use crate::mocks::socket::{Ending, Frame, Opening, SocketId};
use crate::mocks::stamp::Epoch;
use crate::mocks::vendor::{Delivery, DeliveryOutcome, Effect, Handled, Request, Vendor};
use crate::time::{Span, Time};
use std::collections::BTreeMap;
use timers::Timers;

/// The API's version, which stands in every path and webhook.
const VERSION: &str = "2010-04-01";

/// How long hearing takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Speech {
    /// Words that `Say` speaks in a second; zero: it takes no time.
    pub words_per_second: f64,
    /// How long a recording is; nobody fetches it to see.
    pub recording: Span,
}

impl Speech {
    /// Words and recordings take no time: as in the model.
    pub const INSTANT: Self = Self { words_per_second: 0.0, recording: Span::ZERO };
    /// As people hear it: two and a half words a second, recordings of five seconds.
    pub const REAL: Self = Self { words_per_second: 2.5, recording: Span::from_secs(5) };

    /// How long these words take.
    pub fn length(self, text: &str) -> Span {
        if self.words_per_second > 0.0 {
            Span::from_secs_f64(text.split_whitespace().count() as f64 / self.words_per_second)
        } else {
            Span::ZERO
        }
    }
}

/// How a Twilio is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The calendar moment of the scenario's start.
    pub epoch: Epoch,
    /// The account.
    pub account: String,
    /// The token, which signs webhooks too.
    pub auth_token: String,
    /// The numbers of the account, with the address that is asked when somebody calls them.
    pub numbers: Vec<(String, Option<String>)>,
    /// How long hearing takes.
    pub speech: Speech,
    /// How long the target may take to say what to do.
    pub deadline: Span,
    /// The longest call.
    pub time_limit: Span,
    /// The shortest time between two requests for what a waiting caller hears.
    pub wait_period: Span,
    /// How many calls a queue takes.
    pub queue_size: usize,
    /// How long somebody whom the target calls takes to answer by themselves; `None`: the harness decides it.
    pub answered_after: Option<Span>,
    /// How many requests it takes at one time; `None`: any number.
    pub limits: Option<Limits>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            epoch: Epoch::default(),
            account: "AC00000000000000000000000000000001".to_owned(),
            auth_token: "mock-twilio-auth-token".to_owned(),
            numbers: vec![("+15005550006".to_owned(), None)],
            speech: Speech::INSTANT,
            deadline: Span::from_secs(15),
            time_limit: Span::from_secs(4 * 3_600),
            wait_period: Span::from_secs(10),
            queue_size: 1_000,
            answered_after: None,
            limits: None,
        }
    }
}

/// The vendor.
#[derive(Debug)]
pub struct Twilio {
    settings: Settings,
    calls: BTreeMap<String, Call>,
    messages: BTreeMap<String, Message>,
    numbers: BTreeMap<String, Number>,
    queues: BTreeMap<String, Queue>,
    timers: Timers,
    callbacks: callbacks::Callbacks,
    callers: BTreeMap<String, caller::Caller>,
    jars: cookies::Jars,
    media: stream::Media,
    recordings: BTreeMap<String, record::Recording>,
    /// Where it listens.
    origin: String,
    limiter: limit::Limiter,
    /// What goes wrong with the request in hand.
    knob: Option<knob::Knob>,
    ids: u64,
}

impl Twilio {
    /// An account with its numbers.
    pub fn new(settings: Settings) -> Self {
        let mut twilio = Self {
            calls: BTreeMap::new(),
            messages: BTreeMap::new(),
            numbers: BTreeMap::new(),
            queues: BTreeMap::new(),
            timers: Timers::default(),
            callbacks: callbacks::Callbacks::default(),
            callers: BTreeMap::new(),
            jars: cookies::Jars::default(),
            media: stream::Media::default(),
            recordings: BTreeMap::new(),
            origin: "https://api.twilio.com".to_owned(),
            limiter: limit::Limiter::new(settings.limits),
            knob: None,
            ids: 0,
            settings,
        };
        for (number, voice_url) in twilio.settings.numbers.clone() {
            twilio.add_number(&number, voice_url.as_deref());
        }
        twilio
    }

    /// The next id of a kind (`CA`, `SM`, `PN`, `QU`): counted, so that a seed gives the same ones.
    fn next_sid(&mut self, kind: &str) -> String {
        self.ids += 1;
        format!("{kind}{:032x}", self.ids)
    }
}

impl Vendor for Twilio {
    fn endpoint(&self, request: &Request) -> &'static str {
        routes::find(request).map_or("unknown", |found| found.route.name)
    }

    fn handle(&mut self, request: &Request, now: Time) -> Handled {
        routes::answer(self, request, now)
    }

    fn handle_with(&mut self, knob: &str, request: &Request, now: Time) -> Handled {
        self.knob = knob::Knob::named(knob);
        let handled = routes::answer(self, request, now);
        self.knob = None;
        handled
    }

    fn delivered(&mut self, delivery: &Delivery, outcome: &DeliveryOutcome, now: Time) -> Vec<Effect> {
        let mut effects = Vec::new();
        match delivery.kind {
            "status_callback" => effects.extend(self.callbacks.next(delivery)),
            _ => self.answered(delivery, outcome, now, &mut effects),
        }
        effects
    }

    fn lost(&mut self, delivery: &Delivery, _now: Time) -> Vec<Effect> {
        // A question that got lost is missed by the call's own timer; behind a callback others wait.
        let next = if delivery.kind == "status_callback" { self.callbacks.next(delivery) } else { None };
        next.into_iter().collect()
    }

    fn opened(&mut self, socket: SocketId, opening: &Opening, now: Time) -> Vec<Effect> {
        self.stream_opened(socket, &opening.group, now)
    }

    fn said(&mut self, socket: SocketId, frame: Frame, _now: Time) -> Vec<Effect> {
        self.stream_said(socket, &frame)
    }

    fn closed(&mut self, socket: Option<SocketId>, opening: &Opening, ending: &Ending, now: Time) -> Vec<Effect> {
        self.stream_closed(socket, &opening.group, ending, now)
    }

    fn next_wake(&self) -> Option<Time> {
        self.timers.next()
    }

    fn wake(&mut self, now: Time) -> Vec<Effect> {
        let mut effects = Vec::new();
        while let Some(timer) = self.timers.due(now) {
            match timer {
                timers::Timer::Call(sid) => self.timer_rings(&sid, now, &mut effects),
                timers::Timer::Caller(sid) => self.caller_acts(&sid, now, &mut effects),
                timers::Timer::Message(sid) => self.message_moves(&sid, now, &mut effects),
                timers::Timer::Media => self.media_flows(now, &mut effects),
            }
        }
        effects
    }

    fn events(&self) -> &'static [&'static str] {
        &control::EVENTS
    }

    fn emit(&mut self, event: &str, params: &Asked, now: Time) -> Result<Done, Refused> {
        self.happens(event, params, now)
    }

    fn aim(&mut self, target: &Asked, _now: Time) -> Result<Done, Refused> {
        self.is_aimed(target)
    }

    fn reset(&mut self) {
        let numbers = std::mem::take(&mut self.numbers);
        let (ids, origin) = (numbers.len() as u64, std::mem::take(&mut self.origin));
        *self = Self::new(self.settings.clone());
        self.origin = origin;
        // Who answers for a number stays as it is; numbers are never taken away, so their ids come first.
        self.ids = self.ids.max(ids);
        self.numbers = numbers;
    }

    fn located(&mut self, origin: &str) {
        self.origin = origin.to_owned();
    }

    fn as_any_mut(&mut self) -> &mut dyn std::any::Any {
        self
    }
}
