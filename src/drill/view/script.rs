//! What the facilitator alone sees, and what is expected.

use super::{InjectText, Mark, Seconds};
use serde::Serialize;

/// What the facilitator alone sees.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Script {
    /// The injects, by when they are due, then those that wait for a condition.
    pub injects: Vec<Inject>,
    /// Warnings: too many injects, nothing to decide, an inject that can never fire.
    pub warnings: Vec<String>,
    /// The branches.
    pub branches: Vec<BranchView>,
    /// How late the figures are that participants see.
    pub late: Seconds,
    /// The moments the exercise can be taken back to at a click: injects and decisions.
    pub moments: Vec<Moment>,
}

/// An inject of the script.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Inject {
    /// Its name.
    pub name: String,
    /// When, in words: `at 0:10`, `when the wait in chat is above 15m`.
    pub when: String,
    /// When it is due, where that is known.
    pub due: Option<Seconds>,
    /// What it says, to whom.
    pub text: InjectText,
    /// What it does to the desk, in words.
    pub does: Option<String>,
    /// The ids of what is expected of it.
    pub expect: Vec<String>,
    /// Where it stands.
    pub state: InjectState,
}

/// Where an inject stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum InjectState {
    /// To come.
    Waiting,
    /// Was sent.
    Fired {
        /// When.
        at: Seconds,
    },
    /// Left out by the facilitator.
    Skipped,
    /// Not needed: what it would have asked for was done.
    Spared,
}

/// A branch of the exercise.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BranchView {
    /// Its name.
    pub name: String,
    /// The moment it leaves the one before; none for the first.
    pub from: Option<Seconds>,
    /// How far it was played.
    pub until: Seconds,
    /// It is the one that is played.
    pub current: bool,
}

/// A moment to go back to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Moment {
    /// When.
    pub at: Seconds,
    /// What happened.
    pub label: String,
}

/// Something that is expected of the participants.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Expectation {
    /// Its id.
    pub id: String,
    /// The objective's id.
    pub objective: Option<String>,
    /// What, in words.
    pub text: String,
    /// Until when.
    pub due: Option<Seconds>,
    /// Where it stands.
    pub state: ExpectationState,
    /// The rating.
    pub mark: Option<Mark>,
    /// What the evaluator noted.
    pub note: String,
}

/// Where an expectation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ExpectationState {
    /// Not decided yet.
    Open,
    /// Met.
    Met,
    /// Missed.
    Missed,
    /// A person rates it.
    Observed,
}
