//! The seam between an exercise and its pages: what a seat sees, and what it may ask for. Types only.
//!
//! An exercise makes one [`View`] a seat and leaves out what that seat may not know; the web layer passes it on as it is and
//! hides nothing itself. Moments and lengths are seconds of exercise time, unless a name says `wall`.

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

/// An objective.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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

/// The floor at one moment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Floor {
    /// The moment it shows: earlier than now where fog delays the dashboards.
    pub as_of: Seconds,
    /// The channels, in the desk's order.
    pub channels: Vec<Channel>,
    /// The teams, in the desk's order.
    pub teams: Vec<Team>,
}

/// A channel at one moment. Counts are since the start of the day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Channel {
    /// Its name.
    pub name: String,
    /// `phone`, `chat`, `email` and the like.
    pub kind: String,
    /// Contacts that came.
    pub arrived: u64,
    /// Waiting for a person now.
    pub waiting: u64,
    /// Not done with: waiting, with the bot, with a person, put aside.
    pub backlog: u64,
    /// How long the one who waits longest has waited; none: nobody waits.
    pub longest_wait: Option<Seconds>,
    /// Gave up.
    pub abandoned: u64,
    /// Dealt with.
    pub done: u64,
    /// Share answered within the target in the last half hour; none: nothing was answered.
    pub service_level: Option<f64>,
    /// The target's length, for the label.
    pub service_within: Option<Seconds>,
}

/// A team at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Team {
    /// Its name.
    pub name: String,
    /// Planned to be here now.
    pub scheduled: u32,
    /// Here.
    pub present: u32,
    /// With a customer.
    pub busy: u32,
    /// Planned and not here.
    pub absent: u32,
}

/// The floor over time, a column a channel; all columns are as long as each other.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Trend {
    /// The distance of two samples.
    pub every: Seconds,
    /// The columns. Sample `n` is of the moment `n × every`.
    pub channels: Vec<TrendOf>,
}

/// A channel over time.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TrendOf {
    /// The channel.
    pub channel: String,
    /// Waiting.
    pub waiting: Vec<u32>,
    /// Not done with.
    pub backlog: Vec<u32>,
    /// Service level of the last half hour in percent; none: nothing was answered.
    pub service: Vec<Option<u8>>,
}

/// How well a service is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// Works.
    Up,
    /// Works badly.
    Degraded,
    /// Does not work.
    Down,
    /// Nobody can tell yet.
    Unknown,
}

/// A service that the desk depends on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Dependency {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// How it is, as far as this seat may know.
    pub health: Health,
    /// What its status page says, where it has one.
    pub says: String,
    /// Since when it is known to be so.
    pub since: Option<Seconds>,
    /// How it truly is (facilitator alone).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truth: Option<Health>,
    /// What truly is broken, in words (facilitator alone).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truth_says: Option<String>,
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

/// What the facilitator alone sees.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Script {
    /// The injects, by when they are due, then those that wait for a condition.
    pub injects: Vec<Inject>,
    /// Warnings: too many injects, nothing to decide, an inject that can never fire.
    pub warnings: Vec<String>,
    /// The branches.
    pub branches: Vec<BranchView>,
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
#[derive(Clone, Debug, PartialEq, Serialize)]
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
#[derive(Clone, Debug, PartialEq, Serialize)]
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
