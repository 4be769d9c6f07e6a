//! The desk: the support system as it is on a normal day.

use super::{Distribution, Id, Plan, Stubs};
use crate::time::{Span, Time};
use core::net::SocketAddr;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The support system on a normal day, with its continuity plan.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Desk {
    /// Its name.
    pub name: String,
    /// A sentence about it.
    pub about: String,
    /// Outside services it stands on.
    pub dependencies: Vec<Dependency>,
    /// How customers reach it.
    pub channels: Vec<Channel>,
    /// Why they contact. Shares sum to one.
    pub reasons: Vec<Reason>,
    /// Who they are and how they behave.
    pub customers: Customers,
    /// A normal day's arrivals.
    pub streams: Vec<Stream>,
    /// Contacts that are there at the start, a channel each (yesterday's backlog).
    pub start_with: Vec<(Id<Channel>, u32)>,
    /// The bot, if there is one.
    pub bot: Option<Bot>,
    /// The people.
    pub teams: Vec<Team>,
    /// What people can do without a tool: one entry at most for each dependency.
    pub without: Vec<Without>,
    /// What self-service runs over, in series; while one of them fails customers contact instead.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub self_service: Vec<Id<Dependency>>,
    /// What things cost, if it is known.
    pub costs: Option<Costs>,
    /// The continuity plan (empty: no plan).
    pub plan: Plan,
}

/// What a dependency speaks. Each kind is a folder of `src/mocks/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum DependencyKind {
    /// Slack Web API and events.
    Slack,
    /// Zendesk Support API.
    Zendesk,
    /// An OpenAI-compatible language model.
    Openai,
    /// Twilio voice and messages.
    Twilio,
    /// Atlassian Statuspage.
    Statuspage,
    /// A mail server that the desk sends by.
    Smtp,
    /// Any HTTP service, which answers what its stubs say.
    Http,
    /// A proxy in front of a real service.
    Tcp,
}

impl DependencyKind {
    /// Every kind, with its word in the language.
    pub const ALL: [(Self, &'static str); 8] = [
        (Self::Slack, "slack"),
        (Self::Zendesk, "zendesk"),
        (Self::Openai, "openai"),
        (Self::Twilio, "twilio"),
        (Self::Statuspage, "statuspage"),
        (Self::Smtp, "smtp"),
        (Self::Http, "http"),
        (Self::Tcp, "tcp"),
    ];
    /// Its word in the language, and its folder below `mocks/`.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).expect("ALL lists every kind").1
    }
}

/// An outside service.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Dependency {
    /// Its name in the scenario.
    pub name: String,
    /// What it speaks.
    pub kind: DependencyKind,
    /// Lines (calls at one time) of a carrier; `None` is unlimited.
    pub lines: Option<u32>,
    /// The host names under which a target knows it; empty: its kind's own.
    pub hosts: Vec<String>,
    /// What an HTTP service answers; `None` for all other kinds. Only its mock needs it.
    #[serde(skip)]
    pub stubs: Option<Arc<Stubs>>,
    /// The real service behind a proxy; `None` for all other kinds. Only its mock needs it.
    #[serde(skip)]
    pub upstream: Option<SocketAddr>,
    /// How much the vendor lets this account ask, where it is not the vendor's usual. Only its mock needs it.
    #[serde(skip)]
    pub limits: Limits,
    /// Those whose platform it shares, as written: their outages reach it ([`super::Reach`]).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stands_on: Vec<Id<Dependency>>,
}

/// How much a vendor lets one account ask; what is `None` is as usual.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Requests in a minute.
    pub requests_per_minute: Option<u32>,
    /// Tokens in a minute.
    pub tokens_per_minute: Option<u32>,
    /// Requests at one time.
    pub concurrent_requests: Option<u32>,
    /// Messages to one channel in a minute.
    pub messages_per_minute: Option<u32>,
    /// Calls of single methods in a minute.
    pub calls_per_minute: Vec<(String, u32)>,
    /// Events to the app in an hour.
    pub events_per_hour: Option<u32>,
}

impl Dependency {
    /// One of which nothing more is known.
    pub fn new(name: impl Into<String>, kind: DependencyKind) -> Self {
        Self {
            name: name.into(),
            kind,
            lines: None,
            hosts: Vec::new(),
            stubs: None,
            upstream: None,
            limits: Limits::default(),
            stands_on: Vec::new(),
        }
    }
}

/// How a contact lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Style {
    /// A phone call: one at a time for a person; answered when a person or bot takes it.
    Call,
    /// A chat: answered at the first reply; a person may have several.
    Chat,
    /// A ticket: no hanging up; answered when the reply is sent.
    Ticket,
}

/// A way customers reach the desk.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Channel {
    /// Its name.
    pub name: String,
    /// How its contacts live.
    pub style: Style,
    /// The dependencies it runs over, in series.
    pub over: Vec<Id<Dependency>>,
    /// When it is open, as windows of the day; always if empty.
    pub open: Vec<Window>,
}

/// A half-open stretch of the scenario, [from, to).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Its first moment.
    pub from: Time,
    /// The first moment after it.
    pub to: Time,
}

impl Window {
    /// Whether `at` lies in it.
    pub fn holds(&self, at: Time) -> bool {
        self.from <= at && at < self.to
    }
}

/// Why customers contact, and what an answer takes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Reason {
    /// Its name.
    pub name: String,
    /// Share of contacts.
    pub share: f64,
    /// Share of bot answers that solve it.
    pub bot_solves: f64,
    /// How long a person needs.
    pub handle: Distribution,
    /// Share of a person's answers that solve it the first time.
    pub solved_first_time: f64,
    /// Share of those who have it and help themselves, while self-service is up.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub self_service: f64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_nothing(share: &f64) -> bool {
    *share <= 0.0
}

/// How customers behave.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Customers {
    /// Patience by channel (indexed by channel); `None` waits for ever.
    pub patience: Vec<Option<Distribution>>,
    /// What those do who were turned away or gave up.
    pub retry: Option<Retry>,
    /// What those do whose ticket stays unanswered.
    pub chase: Option<Chase>,
    /// When those come back whom the answer did not help.
    pub unsolved_after: Distribution,
    /// What those do whom an outage brings, before they contact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub informed: Option<Informed>,
    /// What a contact is worth to its customer; `None`: nobody rates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub satisfaction: Option<Satisfaction>,
    /// Groups of customers; shares sum to one.
    pub segments: Vec<Segment>,
}

/// Looking for a public update before contacting.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Informed {
    /// Share who look.
    pub look: f64,
    /// How long they stay away where no next update is promised.
    pub wait: Span,
}

/// What a contact is worth to its customer, in stars.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Satisfaction {
    /// On average, for an answer at once that helps at the first attempt.
    pub at_best: f64,
    /// So long a wait costs one, by channel (indexed by channel); `None`: it costs none.
    pub wait: Vec<Option<Span>>,
    /// For each attempt before.
    pub repeat: f64,
    /// For an answer that does not help.
    pub unsolved: f64,
    /// For being turned away, cut off, or giving up.
    pub lost: f64,
    /// More, while the public is told.
    pub informed: f64,
    /// Less, while a promised update is overdue.
    pub let_down: f64,
    /// The standard deviation among customers.
    pub spread: f64,
}

/// Trying again after a busy tone or after giving up.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Retry {
    /// Share who try again.
    pub share: f64,
    /// How long they wait before.
    pub after: Distribution,
    /// Attempts at the most, the first included.
    pub at_most: u32,
    /// Of those who try again, the share that takes another channel; the rest stay.
    pub switch: Vec<(Id<Channel>, f64)>,
}

/// Asking after an unanswered ticket.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Chase {
    /// Share who ask.
    pub share: f64,
    /// How long after the ticket.
    pub after: Distribution,
    /// On which channel.
    pub by: Id<Channel>,
}

/// A group of customers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Segment {
    /// Its name.
    pub name: String,
    /// Share of customers.
    pub share: f64,
    /// Whether they are served before others.
    pub first: bool,
}

/// One source of contacts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Stream {
    /// Its name.
    pub name: String,
    /// The channel they come by.
    pub channel: Id<Channel>,
    /// Contacts a second as steps over the whole day, the first at or before the start.
    pub rate: Vec<RateStep>,
    /// Always this reason; `None` follows the reasons' shares.
    pub reason: Option<Id<Reason>>,
    /// Coefficient of variation of the day's busyness; zero: every day alike.
    pub day_cv: f64,
    /// Streams with the same number share one busyness factor.
    pub day_group: u16,
}

/// A rate that holds from a moment on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RateStep {
    /// From when.
    pub from: Time,
    /// Contacts a second.
    pub per_second: f64,
}

/// The bot in front of the people.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Bot {
    /// The language model it uses on a normal day.
    pub uses: Id<Dependency>,
    /// The channels it answers.
    pub answers: Vec<Id<Channel>>,
    /// Requests to the model for one answer.
    pub calls_per_contact: u32,
    /// How long it waits for a reply.
    pub timeout: Span,
    /// Further tries after a failed request.
    pub retries: u32,
    /// The wait before the first retry; it doubles each time.
    pub backoff: Span,
    /// How long the model takes to reply.
    pub replies_in: Distribution,
    /// Contacts it works on at one time.
    pub at_once: u32,
    /// When it stops to ask a model; `None`: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breaker: Option<Breaker>,
}

/// A circuit breaker before each model of the bot (Nygard, *Release It!*, 2007).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breaker {
    /// It opens after so many failed requests in a row, of whichever contacts.
    pub after: u32,
    /// So long nobody asks; then one request goes through as a trial.
    pub length: Span,
}

/// A group of people who answer the same channels.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Team {
    /// Its name.
    pub name: String,
    /// How many are in it.
    pub people: u32,
    /// The channels they answer, the most urgent first.
    pub answers: Vec<Id<Channel>>,
    /// Contacts a person has at one time (chats); calls and tickets count one.
    pub at_once: u32,
    /// So much longer a contact takes for each that the person has in hand when taking it.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub slower: f64,
    /// When they work; the whole day if empty.
    pub shift: Vec<Window>,
    /// Breaks, if any.
    pub breaks: Option<Breaks>,
    /// They come only when called.
    pub on_call: bool,
    /// The tools they cannot work without.
    pub needs: Vec<Id<Dependency>>,
    /// What happens to a contact in hand when the shift ends or a tool fails.
    pub cut: Cut,
    /// What an hour of one of them costs; `None`: as the desk says.
    pub person_hour: Option<f64>,
}

/// What things cost, in one money.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Costs {
    /// The word for the money.
    pub money: String,
    /// An hour of a person.
    pub person_hour: f64,
    /// An answer out of a model.
    pub bot_answer: f64,
    /// A minute of a call.
    pub call_minute: f64,
    /// A contact that was lost, or a customer who never came through.
    pub lost_contact: f64,
}

/// A break in every stretch of work.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Breaks {
    /// One in so much working time, spread evenly over the team.
    pub each: Span,
    /// How long.
    pub length: Span,
}

/// What happens to the contact in hand when capacity drops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Cut {
    /// The person finishes it first.
    #[default]
    Finish,
    /// It goes back to the head of its queue; the customer has fresh patience.
    Requeue,
    /// It is dropped; the customer may come back.
    Drop,
    /// It stays until the person is back.
    Hold,
}

/// Going on without a tool, but slower.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Without {
    /// The tool that is missing.
    pub dependency: Id<Dependency>,
    /// Handle time is multiplied by this.
    pub handle: f64,
    /// `solved_first_time` is multiplied by this.
    pub solved_first_time: f64,
}
