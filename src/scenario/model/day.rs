//! The bad day that happens to a desk.

use super::{Channel, Cut, Dependency, Desk, Distribution, Drill, Expectation, Id, Live, Surge, Team, Window};
use crate::time::{Span, Time};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// One bad day and what must still hold: everything a run needs, nothing left to guess.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Scenario {
    /// Its name.
    pub name: String,
    /// A sentence about it.
    pub about: String,
    /// The desk it happens to.
    pub desk: Arc<Desk>,
    /// The clock at the start.
    pub start: Start,
    /// From the start to the last moment at which a contact can begin.
    pub length: Span,
    /// The first part of `length`: it runs, but is not measured.
    pub warm_up: Span,
    /// What of the day is on the wire in a warm-started rehearsal: what lies before was simulated, and it closes at the end of
    /// the window. No file says this; a rehearsal sets it, so that what it leaves behind does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warm_start: Option<Window>,
    /// How long the desk runs on after the end so that open contacts can end.
    pub drain: Span,
    /// More demand than normal.
    pub surges: Vec<Surge>,
    /// What breaks.
    pub outages: Vec<Outage>,
    /// Who is missing.
    pub absences: Vec<Absence>,
    /// When to end the day early.
    pub stop_if: Vec<Live>,
    /// What must hold.
    pub expect: Vec<Expectation>,
    /// The system under test in a rehearsal; `None` is the built-in reference desk.
    pub target: Option<Target>,
    /// What only a drill acts on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drill: Option<Box<Drill>>,
    /// The first twelve hex digits of the SHA-256 of the scenario's canonical text, and that of the files it came from.
    pub hash: String,
}

impl Scenario {
    /// The last moment at which a contact can begin.
    pub fn end(&self) -> Time {
        Time::ZERO + self.length
    }
    /// The moment at which everything stops.
    pub fn close(&self) -> Time {
        self.end() + self.drain
    }
    /// Whether it is a warm-started rehearsal that stops before the day does.
    pub fn is_cut(&self) -> bool {
        self.warm_start.is_some_and(|wire| wire.to <= self.end() && self.drain > Span::ZERO)
    }
    /// The same day with nothing going wrong: no surge, outage or absence (the undisturbed twin). A trace in place of the rates
    /// is no surge but the normal day itself, and stays.
    pub fn undisturbed(&self) -> Self {
        let surges = self.surges.iter().filter(|surge| surge.is_normal()).cloned().collect();
        Self { surges, outages: Vec::new(), absences: Vec::new(), ..self.clone() }
    }
}

/// The clock at the scenario's start.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Start {
    /// As written, for people: `2026-11-27 08:00 Europe/Paris`.
    pub text: String,
    /// Seconds after local midnight.
    pub second_of_day: u32,
    /// Local clock as Unix seconds at the start, without regard to zone (for labels).
    pub local_seconds: i64,
}

/// Something the desk leans on is broken for a while.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Outage {
    /// Its name.
    pub name: String,
    /// What is broken.
    pub of: Id<Dependency>,
    /// From when to when (the end of `for`).
    pub window: Window,
    /// The share that fails rises from nothing over this, within the window.
    #[serde(default)]
    pub rises_over: Span,
    /// The share that fails falls to nothing over this, after the window.
    pub recovers_over: Span,
    /// Which requests fail, and how; `None` if it is only slow.
    pub fails: Option<Fails>,
    /// Requests that do not fail take this much longer.
    pub slow: Option<Distribution>,
    /// It comes and goes, beginning with down.
    pub flaps: Option<Flaps>,
    /// Calls in progress end.
    pub drops_calls: bool,
    /// The recorded incident that it replays. Then all of what is broken stands in its phases, and the fields above say only
    /// from when to when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replay: Option<Box<Replay>>,
    /// The dependencies that stand on what is broken: it befalls them too, at the same moments and with the same luck.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reaches: Vec<Reach>,
}

/// A dependency that an outage reaches because it stands on what is broken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reach {
    /// Which.
    pub of: Id<Dependency>,
    /// The failure mode in which it tells of it, one of its own kind.
    pub with: String,
    /// How long its client must wait before it sees the failure; `None`: for ever.
    pub seen_after: Option<Span>,
}

/// A recorded incident, as an outage replays it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Replay {
    /// Its name in the library.
    pub incident: String,
    /// What happened, in a line.
    pub title: String,
    /// How many times faster it goes by.
    pub compress: f64,
    /// Where it can be read.
    pub sources: Vec<String>,
    /// What happens, in order; they may overlap.
    pub phases: Vec<Phase>,
}

/// A stretch of a replayed incident.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Phase {
    /// What happened, in a sentence.
    pub effect: String,
    /// What of it nobody published.
    pub assumed: Vec<String>,
    /// Nobody knows when it ended.
    pub open_end: bool,
    /// Whether a simulation plays it, and then as befalling every request.
    pub simulated: bool,
    /// What is broken: an outage by itself, of the same name.
    pub breaks: Outage,
}

impl Outage {
    /// What is broken, one stretch after the other: itself, or the phases of the incident that it replays.
    pub fn parts(&self) -> impl Iterator<Item = &Self> {
        let itself = self.replay.is_none().then_some(self);
        let phases = self.replay.iter().flat_map(|replay| &replay.phases).map(|phase| &phase.breaks);
        itself.into_iter().chain(phases)
    }
    /// Whether anything is broken at all.
    pub fn breaks_something(&self) -> bool {
        self.parts().any(|part| part.fails.is_some() || part.slow.is_some())
    }
    /// What it does to those who stand on what is broken: an outage of each, like it but for how the failure is told.
    pub fn reached(&self) -> impl Iterator<Item = Self> {
        self.reaches.iter().map(|reach| {
            // What was said of the vendor's own reply goes with it only where the same one is given.
            let told = |fails: &Fails| {
                let same = reach.with == fails.with;
                Fails {
                    with: reach.with.clone(),
                    seen_after: reach.seen_after,
                    retry_after: fails.retry_after.filter(|_| same),
                    status: fails.status.filter(|_| same),
                    ..fails.clone()
                }
            };
            Self { of: reach.of, fails: self.fails.as_ref().map(told), reaches: Vec::new(), ..self.clone() }
        })
    }
    /// What only the wire knows of it.
    pub fn on_wire(&self) -> Option<&OnWire> {
        self.fails.as_ref()?.on_wire.as_ref()
    }
}

/// Which requests fail and how.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Fails {
    /// Share that fails.
    pub share: f64,
    /// The failure mode, by its full name in the catalogue: `openai.overloaded`, `hang`.
    pub with: String,
    /// How long the client must wait before it sees the failure; `None`: for ever (a hang), so that its own timeout decides.
    pub seen_after: Option<Span>,
    /// Who is hit.
    pub hits: Hits,
    /// What only the wire knows of; `None`: it befalls every request alike, and the model knows it too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_wire: Option<OnWire>,
    /// How long the vendor says to wait before the next try; `None`: as the mode's data say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<Span>,
    /// The status of the reply that stands in for the vendor's; `None`: as the mode's data say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
}

/// A failure of some requests, told apart by what they ask for and say, of open WebSockets or of webhooks: only mocks know
/// these.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnWire {
    /// Which requests or webhooks it is for.
    #[serde(rename = "match")]
    pub narrow: Match,
    /// Only so many are hit, the first ones.
    pub first: Option<u32>,
    /// What befalls webhooks; `None`: it befalls requests, or open WebSockets.
    pub webhooks: Option<Webhooks>,
    /// The failure is one of some by itself, whatever the scenario says.
    #[serde(default)]
    pub by_mode: bool,
}

/// What befalls webhooks on their way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhooks {
    /// How late those come that come late.
    pub late: Span,
}

/// Which requests, or webhooks, a failure is for: everything that is said must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Match {
    /// What it asks for, as the journal names it; of a webhook its kind.
    pub endpoint: Option<String>,
    /// Its HTTP method.
    pub method: Option<String>,
    /// What its path begins with.
    pub path: Option<String>,
    /// Words somewhere in its path, query or body.
    pub text: Option<String>,
    /// Fields of its body, with their values: `model`, `channel`, `to`, `from`.
    pub fields: Vec<(String, String)>,
}

impl Fails {
    /// The share of requests that fails: none where lines are dead.
    pub fn of_requests(&self) -> f64 {
        if self.hits == Hits::Lines { 0.0 } else { self.share }
    }

    /// The share of lines that is dead.
    pub fn of_lines(&self) -> f64 {
        self.share - self.of_requests()
    }
}

/// Who is hit when only a share fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Hits {
    /// Each request by itself.
    #[default]
    Requests,
    /// The same customers all the time.
    Customers,
    /// Lines of a carrier: so many fewer carry calls, and what is asked of its API goes well.
    Lines,
}

/// Down and up in turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flaps {
    /// So long down.
    pub down: Span,
    /// So long up.
    pub up: Span,
}

/// People who are not there.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Absence {
    /// Its name.
    pub name: String,
    /// Whose people.
    pub team: Id<Team>,
    /// From when to when.
    pub window: Window,
    /// How many.
    pub who: Missing,
    /// The word for it in reports: sick, no-show, …
    pub kind: String,
    /// What happens to the work in hand.
    pub cut: Cut,
    /// With which chance it comes to pass at all: one draw a day, so that people are missing together (a common shock).
    #[serde(default = "surely", skip_serializing_if = "is_sure")]
    pub chance: f64,
    /// How each of them comes or goes; `None`: all at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alone: Option<Alone>,
}

fn surely() -> f64 {
    1.0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_sure(chance: &f64) -> bool {
    *chance >= 1.0
}

/// How each of those who are missing comes or goes by themselves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Alone {
    /// Each comes so long after the absence began.
    Late(Distribution),
    /// Each goes so long after it began.
    Leaves(Distribution),
    /// Their site is closed: this share of them work on from home after so long.
    Home {
        /// The share that can, rounded half up.
        share: f64,
        /// How long it takes them.
        after: Span,
    },
}

/// How many are missing.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Missing {
    /// So many people.
    People(u32),
    /// This share of those scheduled, rounded half up.
    Share(f64),
    /// Everyone independently with this chance.
    Each(f64),
    /// An illness that spreads: the number of those who have had it doubles again and again.
    Outbreak {
        /// So many have it at the beginning.
        first: u32,
        /// In this time twice as many have had it.
        doubles_every: Span,
        /// Each is away for so long.
        away_for: Span,
    },
}

impl Missing {
    /// When people of a team of this size fall ill, after it begins; nobody does but in an outbreak. The k-th does at the
    /// moment at which the number of those who have had it comes to k.
    pub fn onsets(self, size: u32) -> impl Iterator<Item = Span> {
        let (first, doubles_every) = match self {
            Self::Outbreak { first, doubles_every, .. } => (f64::from(first.max(1)), doubles_every),
            _ => (1.0, Span::ZERO),
        };
        let ill = if let Self::Outbreak { .. } = self { size } else { 0 };
        (1..=ill).map(move |nth| doubles_every.times(libm::log2(f64::from(nth) / first).max(0.0)))
    }
    /// Until the last of an outbreak is back.
    pub fn lasts(self, size: u32) -> Option<Span> {
        let Self::Outbreak { away_for, .. } = self else { return None };
        self.onsets(size).last().map(|last| last + away_for)
    }
}

/// The system under test.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Target {
    /// The program and its arguments; `None` if it already runs.
    pub command: Option<Vec<String>>,
    /// Where an already running target is.
    pub url: Option<String>,
    /// The folder it is started in: the scenario's.
    pub folder: String,
    /// Its own environment.
    pub env: BTreeMap<String, String>,
    /// How to know that it is ready.
    pub ready_http: Option<String>,
    /// How long to wait for that.
    pub ready_within: Span,
    /// It has no timers of its own, so a pace other than 1 is honest.
    pub pace_safe: bool,
    /// Where it hears of contacts, by channel.
    pub receives: Vec<(Id<Channel>, Receives)>,
    /// Where the people of a team look for work.
    pub works: Vec<(Id<Team>, Works)>,
}

/// Where a target hears of the contacts of a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Receives {
    /// Slack events are posted here.
    SlackEvents(String),
    /// The target opens a Socket Mode connection to Slack.
    SlackSocket,
    /// Twilio asks here what to do with a call.
    TwilioVoice(String),
    /// Zendesk's webhook calls here.
    ZendeskWebhook(String),
}

/// Where simulated people look for work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Works {
    /// Messages in this Slack channel.
    SlackChannel(String),
    /// Members of this Twilio queue.
    TwilioQueue(String),
    /// Tickets of this Zendesk group.
    ZendeskGroup(String),
}
