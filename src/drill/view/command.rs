//! What a seat asks for, and why it is refused.

use super::{Improvement, Seconds};
use serde::{Deserialize, Serialize};

/// How an expectation was met, as HSEEP rates it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mark {
    /// Performed without challenges.
    P,
    /// Performed with some challenges.
    S,
    /// Performed with major challenges.
    M,
    /// Unable to be performed.
    U,
}

/// What a facilitator writes to make or change an inject.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InjectText {
    /// The roles that get it; nobody named is everybody.
    #[serde(default)]
    pub to: Vec<String>,
    /// How it reaches them: `chat`, `mail`, `phone`, `news`.
    pub via: String,
    /// Who is said to have written it.
    pub from: String,
    /// The words.
    pub say: String,
}

/// What a seat asks for. The log keeps these as they are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Begin the exercise.
    Start,
    /// Stop the clock.
    Pause,
    /// Let the clock run again, also after a hold.
    Resume,
    /// Exercise seconds in a second of the wall.
    Pace {
        /// From 1 to 600.
        pace: f64,
    },
    /// Run at once to the next inject and hold there.
    Step,
    /// Go back to a moment; what was decided after it is set aside.
    Rewind {
        /// The moment.
        to: Seconds,
    },
    /// Keep what was played so far under a name, go back to a moment and go on from there.
    Branch {
        /// The moment.
        from: Seconds,
        /// The new branch's name.
        name: String,
    },
    /// Go on with a branch that was left.
    Switch {
        /// The branch's name.
        branch: String,
    },
    /// Pull a lever of one's own role (the facilitator: of any).
    Lever {
        /// The lever's name.
        lever: String,
        /// The words of an update, where the lever wants some.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
    },
    /// A decision in one's own words.
    Say {
        /// What.
        text: String,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<String>,
    },
    /// The facilitator rules that a decision in words is this lever; none: it is noted and changes nothing.
    Rule {
        /// The decision's number.
        decision: u64,
        /// The lever.
        lever: Option<String>,
    },
    /// Fire an inject now.
    Fire {
        /// Its name.
        inject: String,
    },
    /// Leave an inject out.
    Skip {
        /// Its name.
        inject: String,
    },
    /// Put an inject off.
    Postpone {
        /// Its name.
        inject: String,
        /// By so much.
        by: Seconds,
    },
    /// Change an inject's words and receivers.
    Edit {
        /// Its name.
        inject: String,
        /// What it is now.
        text: InjectText,
    },
    /// A new inject of the facilitator's, now or later.
    Inject {
        /// When; none is now.
        #[serde(default)]
        at: Option<Seconds>,
        /// What.
        text: InjectText,
    },
    /// Words for everybody and the large screen.
    Announce {
        /// The words.
        text: String,
    },
    /// Rate an expectation (facilitator or evaluator).
    Rate {
        /// The expectation's id.
        expect: String,
        /// The mark.
        mark: Mark,
        /// What was seen.
        #[serde(default)]
        note: String,
    },
    /// An answer of the hot wash.
    HotWash {
        /// The question's number, from 0.
        question: usize,
        /// The answer.
        text: String,
    },
    /// A line of the improvement plan (facilitator or evaluator).
    Improve {
        /// The line to change; none is a new one.
        #[serde(default)]
        line: Option<usize>,
        /// What it says.
        text: Improvement,
    },
    /// End the exercise; the report is made.
    End,
}

/// Why a command was not done: shown to who asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// A word for programs: `not_yours`, `unknown`, `used`, `cooling`, `wants_text`, `not_running`, `too_long`, `bad_value`.
    pub code: &'static str,
    /// A sentence for people.
    pub says: String,
}
