//! The seam between an exercise and its pages: what a seat sees, and what it may ask for. Types only.
//!
//! An exercise makes one [`View`] a seat and leaves out what that seat may not know; the web layer passes it on as it is and
//! hides nothing itself. Moments and lengths are seconds of exercise time, unless a name says `wall`.

mod after;
mod command;
mod desk;
mod script;

pub use after::{After, Answer, Curve, CurveGroup, Improvement, MeasureRow, ObjectiveResult, TimelineEntry};
pub use command::{Command, InjectText, Mark, Refusal};
pub use desk::{Channel, Dependency, Floor, Health, Team, Trend, TrendOf};
pub use script::{BranchView, Expectation, ExpectationState, Inject, InjectState, Moment, Script};

use serde::{Deserialize, Serialize};

/// Seconds of exercise time: after the start of the day for moments.
pub type Seconds = f64;

/// Who sits at a screen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "seat", rename_all = "snake_case", deny_unknown_fields)]
pub enum Seat {
    /// Runs the drill: sees and may do everything.
    Facilitator,
    /// Plays a role under a name. An evaluator is a participant of a hidden role.
    Participant {
        /// The role, as the scenario names it.
        role: String,
        /// The person's name, as they gave it.
        name: String,
    },
    /// Watches; may do nothing.
    Observer,
    /// The large screen; may do nothing.
    Projector,
}

/// What is known of a drill before anyone sits down: for the start page, the join page and the read-ahead sheet. Holds
/// nothing that a participant may not know.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cast {
    /// The drill's title.
    pub title: String,
    /// The recorded incident that it is built on.
    pub based_on: Option<String>,
    /// What the drill is about, in a paragraph.
    pub about: String,
    /// The language of its texts: `en`, `fr`.
    pub language: String,
    /// Its length in exercise time.
    pub length: Seconds,
    /// The pace that it begins with.
    pub pace: f64,
    /// What it exercises.
    pub objectives: Vec<Objective>,
    /// Who takes part.
    pub roles: Vec<Role>,
    /// The questions of the hot wash.
    pub questions: Vec<String>,
}

/// Another drill, as the start page shows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Shelved {
    /// What is known of it before anyone sits down.
    pub cast: Cast,
    /// How many messages its script has.
    pub injects: usize,
    /// The command that plays it.
    pub command: String,
}

/// An objective.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objective {
    /// Its id.
    pub id: String,
    /// What it says.
    pub text: String,
}

/// A role that people may take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// So many people should have it.
    pub at_least: u32,
    /// Not offered on the join page: an evaluator, who has a link of their own.
    pub hidden: bool,
}

/// Everything that one seat sees.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct View {
    /// Whose view it is.
    pub seat: Seat,
    /// The clock.
    pub clock: ClockView,
    /// The floor as known to this seat.
    pub floor: Floor,
    /// The same over time.
    pub trend: Trend,
    /// The services that the desk depends on, as known to this seat.
    pub dependencies: Vec<Dependency>,
    /// What reached this seat, oldest first. Facilitator and observer: everything that was sent.
    pub inbox: Vec<Message>,
    /// What everybody was told, oldest first.
    pub announcements: Vec<Message>,
    /// The levers that this seat may pull (facilitator and observer: all).
    pub levers: Vec<Lever>,
    /// What was decided, oldest first: everybody's, since people sit in one room.
    pub decisions: Vec<Decision>,
    /// What the facilitator alone sees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub script: Option<Script>,
    /// What is expected (facilitator and evaluators; everybody after the end).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expectations: Option<Vec<Expectation>>,
    /// What was answered in the hot wash.
    pub hot_wash: Vec<Answer>,
    /// The improvement plan.
    pub improvements: Vec<Improvement>,
}

/// Where the clock stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClockView {
    /// Exercise time.
    pub at: Seconds,
    /// The time of day at the start, seconds after midnight.
    pub day_starts: Seconds,
    /// How long the exercise is.
    pub length: Seconds,
    /// Exercise seconds in a second of the wall.
    pub pace: f64,
    /// What it does.
    pub state: ClockState,
    /// What it is held for.
    pub held_for: Option<String>,
    /// The branch that is played, where there is more than one.
    pub branch: Option<String>,
}

/// What the clock does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockState {
    /// Not begun.
    Waiting,
    /// Runs.
    Running,
    /// Stopped by the facilitator.
    Paused,
    /// Stopped for a decision.
    Held,
    /// Over.
    Ended,
}

/// Something that reached people.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Message {
    /// Counts up over the whole exercise.
    pub number: u64,
    /// When.
    pub at: Seconds,
    /// How: `chat`, `mail`, `phone`, `news`.
    pub via: String,
    /// From whom.
    pub from: String,
    /// To which roles; empty is everybody.
    pub to: Vec<String>,
    /// The words.
    pub say: String,
}

/// Something that a role can do to the desk.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Lever {
    /// Its name.
    pub name: String,
    /// The role that has it; none is any.
    pub role: Option<String>,
    /// Its words are wanted.
    pub wants_text: bool,
    /// From the pull until it works.
    pub delay: Seconds,
    /// What it costs, in words.
    pub cost: Option<String>,
    /// The chance that it works, 0 to 1; none is certain.
    pub chance: Option<f64>,
    /// Can be pulled once.
    pub once: bool,
    /// What can be done with it now.
    pub state: LeverState,
}

/// What can be done with a lever.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum LeverState {
    /// Can be pulled.
    Ready,
    /// Was pulled and will work.
    Coming {
        /// When it works.
        at: Seconds,
    },
    /// Can be pulled again later.
    Cooling {
        /// When.
        until: Seconds,
    },
    /// Was pulled, and cannot be again.
    Used,
}

/// Something that was decided.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Decision {
    /// Counts up over the whole exercise.
    pub number: u64,
    /// When.
    pub at: Seconds,
    /// Who: a name, or the facilitator.
    pub by: String,
    /// Their role.
    pub role: Option<String>,
    /// The lever that was pulled, or that it was ruled to be.
    pub lever: Option<String>,
    /// The words.
    pub text: Option<String>,
    /// Why.
    pub why: Option<String>,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a decision.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Outcome {
    /// In words, not ruled yet.
    Open,
    /// Will work.
    Coming {
        /// When.
        at: Seconds,
    },
    /// Works.
    Done {
        /// Since when.
        at: Seconds,
    },
    /// Was tried in vain.
    Failed {
        /// When.
        at: Seconds,
    },
    /// Heard; changes nothing.
    Noted,
}
