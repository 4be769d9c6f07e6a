//! What is shown and filled in when the exercise is over.

use super::{Objective, Seconds};
use serde::{Deserialize, Serialize};

/// An answer of the hot wash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// The question's number.
    pub question: usize,
    /// Who answered.
    pub by: String,
    /// The answer.
    pub text: String,
}

/// A line of the improvement plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Improvement {
    /// What is to be better.
    pub what: String,
    /// Who sees to it.
    #[serde(default)]
    pub owner: String,
    /// By when, as written.
    #[serde(default)]
    pub by: String,
}

/// What the after-action page shows beside the view.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct After {
    /// Two or three sentences that a manager can repeat.
    pub summary: Vec<String>,
    /// Injects, decisions and effects, by time.
    pub timeline: Vec<TimelineEntry>,
    /// The objectives with how they came out.
    pub objectives: Vec<ObjectiveResult>,
    /// No decision, the written plan, what was decided.
    pub curves: Vec<CurveGroup>,
    /// Measures of the three days beside each other.
    pub measures: Vec<MeasureRow>,
    /// What went well.
    pub strengths: Vec<String>,
    /// What did not.
    pub to_improve: Vec<String>,
}

/// A line of the timeline.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TimelineEntry {
    /// When.
    pub at: Seconds,
    /// `inject`, `decision`, `effect`, `outage`, `announcement`.
    pub kind: String,
    /// Who.
    pub who: String,
    /// What.
    pub text: String,
}

/// How an objective came out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ObjectiveResult {
    /// The objective.
    pub objective: Objective,
    /// Met; none: nothing measured or rated it.
    pub met: Option<bool>,
    /// Why.
    pub because: Vec<String>,
}

/// A picture of the three days: one channel, one quantity.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CurveGroup {
    /// The channel.
    pub channel: String,
    /// What is drawn, in words.
    pub what: String,
    /// The unit: empty for a count, `s`, `%`.
    pub unit: String,
    /// The distance of two points.
    pub every: Seconds,
    /// How many seeds the bands are of.
    pub seeds: u32,
    /// The curves.
    pub curves: Vec<Curve>,
}

/// One day of the three.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Curve {
    /// `nothing`, `plan`, `played`.
    pub of: String,
    /// The same seed as was played.
    pub line: Vec<f64>,
    /// The tenth percentile over the seeds.
    pub low: Vec<f64>,
    /// The ninetieth.
    pub high: Vec<f64>,
}

/// One measure of the three days.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeasureRow {
    /// The measure, in words.
    pub what: String,
    /// The unit.
    pub unit: String,
    /// With no decision.
    pub nothing: Option<f64>,
    /// With the written plan; none where there is none.
    pub plan: Option<f64>,
    /// As played.
    pub played: Option<f64>,
    /// Less is better.
    pub less_is_better: bool,
}
