//! What one run came to: its rows, its series, its marks.

use super::definitions::Kpi;
use super::distribution::Distribution;
use super::retries::Spacing;
use crate::observation::{After, Effect, HostName};
use crate::scenario::model::{Channel, Count, Dependency, Id, Reason, Segment, Stat, Team};
use crate::time::{Span, Time};

/// The figure of one run: a value in the measure's unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    /// The value: a count, a share, a factor, or seconds.
    pub value: f64,
    /// Numerator and denominator of a ratio.
    pub parts: Option<(f64, f64)>,
    /// What is timed did not happen: the value is how long it was waited for, a lower bound.
    pub never: bool,
}

impl Figure {
    /// A count or a length.
    pub fn plain(value: f64) -> Self {
        Self { value, parts: None, never: false }
    }
    /// A share; none without anything it could be a share of.
    pub fn ratio(part: f64, of: f64) -> Option<Self> {
        (of > 0.0).then(|| Self { value: part / of, parts: Some((part, of)), never: false })
    }
    /// A length of time.
    pub fn length(length: Span) -> Self {
        Self::plain(length.secs_f64())
    }
    /// It did not happen in all this time.
    pub fn never(length: Span) -> Self {
        Self { never: true, ..Self::length(length) }
    }
    /// The worse of two lengths; one that never ended is the worst.
    pub fn worse(a: Option<Self>, b: Option<Self>) -> Option<Self> {
        match (a, b) {
            (Some(a), Some(b)) => Some(if (b.never, b.value) > (a.never, a.value) { b } else { a }),
            (a, b) => a.or(b),
        }
    }
}

/// How a service level is counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// Answered within this.
    pub within: Span,
    /// Which contacts count.
    pub count: Count,
    /// Who gives up sooner is a short abandon.
    pub short_abandons: Span,
}

impl Default for Level {
    /// Within 20 s, short abandons (5 s) left out: a convention of the trade, not evidence.
    fn default() -> Self {
        Self { within: Span::from_secs(20), count: Count::WithoutShortAbandons, short_abandons: Span::from_secs(5) }
    }
}

/// What a row is about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Key {
    /// The measure.
    pub kpi: Kpi,
    /// The statistic.
    pub stat: Stat,
    /// The window, by its place.
    pub window: u16,
    /// Of one channel; of all if `None`.
    pub channel: Option<Id<Channel>>,
    /// Of one team.
    pub team: Option<Id<Team>>,
    /// Of one reason.
    pub reason: Option<Id<Reason>>,
    /// Of one segment of customers.
    pub segment: Option<Id<Segment>>,
    /// Of one dependency.
    pub of: Option<Id<Dependency>>,
    /// How a service level is counted.
    pub level: Option<Level>,
}

/// A row of one run.
pub type Row = (Key, Option<Figure>);

/// Values at each full minute.
#[derive(Clone, Debug, Default)]
pub struct Series {
    /// The distance between two samples: a minute, more only on days of over two weeks.
    pub step: Span,
    /// A channel each: waiting, in service, backlog at each step from the start.
    pub channels: Vec<Vec<[u32; 3]>>,
    /// A team each: scheduled, present, busy at each step from the start.
    pub teams: Vec<Vec<[u32; 3]>>,
    /// A channel each, for each step: contacts that started in it, those of them that were served, and those served in time.
    pub served: Vec<Vec<[u32; 3]>>,
}

/// Something worth a mark on the picture of the day.
#[derive(Clone, Debug, PartialEq)]
pub enum Mark {
    /// A disturbance began, by its place.
    Began(u16),
    /// A disturbance ended.
    Over(u16),
    /// The desk noticed that a dependency is down (or up again).
    Noticed(Id<Dependency>, bool),
    /// A rule of the plan acted (or was undone).
    Rule(u16, bool),
    /// The public was told; whether it is the all-clear, and whether it reached anyone.
    Update {
        /// It says that all is well again.
        all_clear: bool,
        /// It reached the public.
        delivered: bool,
    },
    /// A segment was called in person.
    Called(Id<Segment>),
    /// The day was ended early.
    Stopped(Option<u16>),
    /// Something went wrong with the target.
    Trouble(crate::observation::Trouble),
}

/// What happened to a contact that the report lists by name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evidence {
    /// As which measure it counts.
    pub kpi: Kpi,
    /// When it showed.
    pub at: Time,
    /// Whose contact: the customer's number.
    pub customer: u64,
    /// By which channel.
    pub channel: Id<Channel>,
    /// Why.
    pub reason: Id<Reason>,
    /// When the contact started.
    pub started: Time,
    /// What was made again, where, and after what, if that is what went wrong.
    pub what: Option<(Id<Dependency>, Effect, After)>,
}

/// A host that the target tried and the scenario does not know.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Egress {
    /// Its name.
    pub host: HostName,
    /// When it was first tried.
    pub first: Time,
    /// How often.
    pub tries: u32,
}

/// Why the baseline of a run was no normal day.
#[derive(Clone, Debug, PartialEq)]
pub enum Broken {
    /// More than half of the requests to this dependency failed before anything was to be broken.
    Dependency(Id<Dependency>),
    /// Too few of this channel's contacts were served.
    Unserved(Id<Channel>),
    /// More than half of this channel's contacts got an apology or a placeholder and never an answer.
    Unanswered(Id<Channel>),
    /// A bot answers this channel, and not one first answer came out of a model.
    NoModel(Id<Channel>),
}

/// When a rule of the plan first acted.
pub type FirstActed = Option<Time>;

/// Everything one run came to.
#[derive(Clone, Debug)]
pub struct RunFigures {
    /// The fixed set, in a fixed order.
    pub rows: Vec<Row>,
    /// The figure of each expectation, in their order.
    pub expected: Vec<Option<Figure>>,
    /// How durations are distributed, channel by channel.
    pub distributions: Vec<Distribution>,
    /// Values by the minute.
    pub series: Series,
    /// What happened when; at most [`MARKS`].
    pub marks: Vec<(Time, Mark)>,
    /// Contacts worth a name; at most [`EVIDENCE`] a measure.
    pub evidence: Vec<Evidence>,
    /// How the target spaced its retries, by dependency (rehearsals).
    pub retries: Vec<Spacing>,
    /// When each rule of the plan first acted.
    pub rules: Vec<FirstActed>,
    /// Why the baseline was no normal day.
    pub broken: Vec<Broken>,
    /// Hosts that the target tried and the scenario does not know.
    pub egress: Vec<Egress>,
    /// The 99th percentile of the harness's own lateness, seconds of scenario time; `None` in a simulation.
    pub lateness: Option<f64>,
    /// Events of the mocks that were not taken in time; what they told is missing.
    pub missed: u64,
    /// What went wrong with the target, the first of each kind.
    pub trouble: Vec<crate::observation::Trouble>,
    /// The day was ended early: when, and by which `stop_if` (`None`: a person).
    pub stopped: Option<(Time, Option<u16>)>,
    /// Contacts observed.
    pub contacts: u64,
    /// The moment the figures were closed.
    pub closed: Time,
}

/// Marks kept of a run.
pub const MARKS: usize = 2_000;
/// Contacts listed for a measure.
pub const EVIDENCE: usize = 20;
