//! The continuity plan: how trouble is noticed, what is done, what customers are told.

use super::{Channel, Dependency, Distribution, Id, Segment, Team};
use crate::time::{Span, Time};
use serde::{Deserialize, Serialize};

/// What a desk does when something it leans on goes down.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Plan {
    /// How trouble is noticed.
    pub notice: Vec<Notice>,
    /// What is done about it.
    pub rules: Vec<Rule>,
    /// What customers are told meanwhile.
    pub updates: Option<Updates>,
}

/// How trouble with one dependency is noticed; whichever is first counts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Notice {
    /// Whose health.
    pub dependency: Id<Dependency>,
    /// How often it is asked; `None`: nobody asks.
    pub probe: Option<Span>,
    /// So many failed answers in a row mean down; as many good ones mean up again.
    pub failures: u32,
    /// Somebody notices so long after a change.
    pub people: Option<Distribution>,
    /// The vendor says so, so long after a change.
    pub vendor: Option<Distribution>,
}

impl Notice {
    /// By a probe alone.
    pub fn probe(dependency: Id<Dependency>, every: Span, failures: u32) -> Self {
        Self { dependency, probe: Some(every), failures, people: None, vendor: None }
    }
}

/// One rule: when this holds (for `after`), do that; undone when it no longer holds, or by `until`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// The condition.
    pub when: Condition,
    /// How long the condition must have held.
    pub after: Span,
    /// What undoes it; `None`: the condition no longer holds.
    pub until: Option<Until>,
    /// How often it acts at the most.
    pub at_most: Option<u32>,
    /// How long after it was undone it may act again.
    pub cool_down: Span,
    /// It acts in a drill too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub auto: bool,
    /// What is done.
    pub actions: Vec<Action>,
}

impl Rule {
    /// A rule that acts whenever, and as long as, its condition holds.
    pub fn new(name: impl Into<String>, when: Condition, after: Span, actions: Vec<Action>) -> Self {
        let name = name.into();
        Self { name, when, after, until: None, at_most: None, cool_down: Span::ZERO, auto: false, actions }
    }
}

/// What undoes a rule.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Until {
    /// It has acted for so long.
    Length(Span),
    /// All of these are up, as far as the desk knows.
    Up(Vec<Id<Dependency>>),
    /// A live figure is not above its limit.
    NotAbove(Live),
}

/// When a rule acts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Condition {
    /// All of these are down, as the desk's own probes see it.
    Down(Vec<Id<Dependency>>),
    /// A live figure is above a limit.
    Above(Live),
    /// It is this moment, or later.
    From(Time),
    /// Somebody says so: a lever of a drill was pulled.
    Said,
}

/// A live figure held against a limit.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Live {
    /// Which figure.
    pub kpi: LiveKpi,
    /// Of which channel; of all if `None`.
    pub channel: Option<Id<Channel>>,
    /// The limit: seconds for `wait`, a number for `waiting`, a share for the others.
    pub above: f64,
    /// How long it must stay above.
    pub held_for: Span,
    /// The window of a share.
    pub over: Span,
}

/// What can be watched while the day runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LiveKpi {
    /// The longest wait of those waiting now.
    Wait,
    /// How many wait now.
    Waiting,
    /// Share who gave up, over the window.
    Abandonment,
    /// Share turned away, over the window.
    Blocked,
}

/// One thing a plan can do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Action {
    /// The bot asks another model.
    BotUses(Id<Dependency>),
    /// The bot answers from its FAQ, without a model.
    BotAnswersFromFaq {
        /// Share of contacts that such an answer solves.
        solves: f64,
    },
    /// A channel runs over another carrier.
    Carry {
        /// The channel.
        channel: Id<Channel>,
        /// The carrier, in place of the carrier of the same kind.
        over: Id<Dependency>,
    },
    /// People on call come.
    CallIn {
        /// Which team.
        team: Id<Team>,
        /// How long until they work.
        ready_in: Span,
    },
    /// Those who wait may choose to be called back.
    OfferCallback {
        /// On which channel; every call channel if `None`.
        channel: Option<Id<Channel>>,
        /// Share who accept.
        accepted: f64,
    },
    /// Those who wait are asked to take another channel.
    Announce {
        /// Where they wait.
        from: Id<Channel>,
        /// Where they are sent.
        to: Id<Channel>,
        /// Share who go.
        accepted: f64,
    },
    /// The bot hands everybody to people.
    BotOff,
    /// A channel is closed.
    Close {
        /// The channel.
        channel: Id<Channel>,
        /// What customers are told.
        say: String,
        /// Where they are sent, and the share who go.
        to: Option<(Id<Channel>, f64)>,
    },
    /// People stay on at the end of their shift.
    Overtime {
        /// Which team.
        team: Id<Team>,
        /// For how long.
        length: Span,
        /// Share of those on shift who agree.
        accepted: f64,
    },
    /// People of a team answer another channel first.
    Move {
        /// Of which team.
        team: Id<Team>,
        /// Which channel.
        to: Id<Channel>,
        /// How many.
        people: u32,
    },
    /// People take less time for a contact.
    Shorten {
        /// Whose contacts.
        whose: Whose,
        /// Handle time is multiplied by this.
        handle: f64,
        /// `solved_first_time` is multiplied by this.
        solved_first_time: f64,
    },
    /// A group of customers is served before others.
    First {
        /// Which group.
        segment: Id<Segment>,
    },
    /// Customers who were let down get something for it.
    Compensate(Compensation),
    /// An update is posted here, once whenever it begins.
    Post(Id<Dependency>),
}

/// Contacts of a team or of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Whose {
    /// Those that this team handles.
    Team(Id<Team>),
    /// Those that came by this channel.
    Channel(Id<Channel>),
}

/// What customers get who were let down.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Compensation {
    /// Only this group.
    pub segment: Option<Id<Segment>>,
    /// Only this channel.
    pub channel: Option<Id<Channel>>,
    /// How much for a contact.
    pub each: f64,
    /// Waiting in all from which a contact counts.
    pub late: Span,
}

/// What customers are told while it is broken.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Updates {
    /// Where it is posted.
    pub over: Id<Dependency>,
    /// The first within this of noticing.
    pub first_within: Span,
    /// Then as often as this.
    pub every: Span,
    /// The all-clear, so long after the desk notices the recovery.
    pub back_after: Span,
    /// Customers who are called in person.
    pub personally: Option<(Id<Segment>, Span)>,
}
