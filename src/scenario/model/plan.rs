//! The continuity plan: how trouble is noticed, what is done, what customers are told.

use super::{Channel, Dependency, Id, Segment, Team};
use crate::time::Span;
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

/// A probe of one dependency.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Notice {
    /// Whose health.
    pub dependency: Id<Dependency>,
    /// How often it is asked.
    pub probe: Span,
    /// So many failed answers in a row mean down; as many good ones mean up again.
    pub failures: u32,
}

/// One rule: when this holds (for `after`), do that; undone when it no longer holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// The condition.
    pub when: Condition,
    /// How long the condition must have held.
    pub after: Span,
    /// What is done.
    pub actions: Vec<Action>,
}

/// When a rule acts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Condition {
    /// All of these are down, as the desk's own probes see it.
    Down(Vec<Id<Dependency>>),
    /// A live figure is above a limit.
    Above(Live),
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
