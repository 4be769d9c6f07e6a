//! `run.json`: everything a report shows, versioned, and the same bytes for the same seed. No path, no wall time and no
//! thread count is in it. Times are seconds from the scenario's start, shares are parts of one.

use super::behaviour::RetryInfo;
use super::breaking::BreakingInfo;
use super::disturbance::DisturbanceInfo;
use super::egress::EgressInfo;
use super::story::Stories;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The version of the format. It rises when a field changes its meaning or goes; new optional fields leave it alone.
pub const FORMAT: u32 = 1;

/// The whole of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Bundle {
    /// The version of this format.
    pub format: u32,
    /// The version of Holdline that made it.
    pub holdline: String,
    /// How it was run: `simulate`, `rehearse` or `drill`.
    pub mode: String,
    /// The day.
    pub scenario: ScenarioInfo,
    /// The seed of all luck.
    pub seed: u64,
    /// How many runs of each plan.
    pub runs: u32,
    /// Scenario seconds a second: 1 unless a rehearsal or drill was paced.
    pub pace: f64,
    /// `held`, `bent`, `broke` or `void`: the verdict on the first plan.
    pub verdict: String,
    /// Why it is void.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Three sentences that a manager can repeat.
    pub in_short: Vec<String>,
    /// The plans that were tried; the first is the one that is judged.
    pub plans: Vec<PlanInfo>,
    /// What went wrong on this day.
    pub disturbances: Vec<DisturbanceInfo>,
    /// The windows that figures speak of.
    pub windows: Vec<WindowInfo>,
    /// Every figure.
    pub measures: Vec<Measure>,
    /// How durations are distributed, by plan and channel, over the whole measured day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub distributions: Vec<DistributionInfo>,
    /// Levels by the minute.
    pub series: Vec<Series>,
    /// What happened when, in the first run of the first plan.
    pub marks: Vec<MarkInfo>,
    /// Hosts that the target tried and the scenario does not know; seen only where a rehearsal intercepts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undeclared: Vec<EgressInfo>,
    /// What happened, in plain sentences.
    pub findings: Vec<Finding>,
    /// How long or large each disturbance must be, all else equal, for the verdict on the first plan to flip.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub breaking_points: Vec<BreakingInfo>,
    /// Contacts worth a name, of the first run of the first plan.
    pub contacts: Vec<ContactInfo>,
    /// How the target spaced its retries, by dependency; only a rehearsal can tell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retries: Vec<RetryInfo>,
    /// The stories of the contacts that went wrong, where a journal was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stories: Option<Stories>,
    /// What each measure is.
    pub definitions: Vec<DefinitionInfo>,
}

/// The day that was run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ScenarioInfo {
    /// Its name.
    pub name: String,
    /// A sentence about it.
    pub about: String,
    /// The hash of its canonical text.
    pub hash: String,
    /// The desk it happened to.
    pub desk: String,
    /// The clock at the start, as written.
    pub start: String,
    /// Seconds after local midnight at the start, for clock labels.
    pub start_second_of_day: u32,
    /// Length, s.
    pub length: f64,
    /// The part that is not measured, s.
    pub warm_up: f64,
    /// When a warm-started rehearsal began, s: what lies before it was simulated, and is not measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warm_start: Option<f64>,
    /// How long the desk ran on after the end, s.
    pub drain: f64,
}

/// One plan and what it came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlanInfo {
    /// `written`, `none`, a file's name, or `undisturbed`.
    pub plan: String,
    /// Its verdict.
    pub verdict: String,
    /// Why it is void.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How many runs.
    pub runs: u32,
    /// Contacts over all runs.
    pub contacts: u64,
    /// Runs that were ended early.
    pub ended_early: u32,
    /// The harness's own lateness, s of scenario time (99th percentile); rehearsals and drills only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lateness: Option<f64>,
    /// The expectations, in the scenario's order.
    pub expectations: Vec<ExpectationInfo>,
    /// The rules of the plan, in its order.
    pub rules: Vec<RuleInfo>,
    /// What the plan promises to tell customers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub promises: Vec<PromiseInfo>,
}

/// One expectation and what it came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ExpectationInfo {
    /// Its name.
    pub name: String,
    /// The measure.
    pub kpi: String,
    /// The statistic.
    pub stat: String,
    /// The unit.
    pub unit: String,
    /// The window it speaks of.
    pub window: String,
    /// Narrowed to a channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Narrowed to a team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// Narrowed to a reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Narrowed to a segment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<String>,
    /// Of which dependency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// `max` or `min`.
    pub bound: String,
    /// The limit.
    pub limit: f64,
    /// T of a service level, s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<f64>,
    /// The share of runs that must keep the limit, if it is judged by runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_runs: Option<f64>,
    /// `met`, `missed`, `warned`, `inconclusive` or `empty`.
    pub met: String,
    /// The mean over runs.
    pub figure: Option<f64>,
    /// The interval of the mean.
    pub ci95: Option<[f64; 2]>,
    /// How far the figure is on the good side of the limit; negative on the bad side.
    pub margin: Option<f64>,
    /// Share of the runs that kept the limit.
    pub kept: Option<f64>,
    /// Share of the runs in which what is timed never happened.
    pub never: f64,
}

/// One promise of a plan; the measure beside it tells how it was kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PromiseInfo {
    /// What is promised.
    pub promise: String,
    /// Within what time, s.
    pub within: f64,
    /// The measure that shows it.
    pub kpi: String,
}

/// One rule of a plan and when it acted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RuleInfo {
    /// Its name.
    pub name: String,
    /// In how many runs it acted.
    pub runs: u32,
    /// The median moment of its first action, s.
    pub first: Option<f64>,
}

/// A window of the day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WindowInfo {
    /// Its name.
    pub name: String,
    /// Its pieces, [from, to), s.
    pub pieces: Vec<[f64; 2]>,
}

/// One figure, over runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Measure {
    /// The measure.
    pub kpi: String,
    /// `value` for counts and shares; `mean`, `p50`, `p90`, `p95`, `p99` for durations.
    pub stat: String,
    /// Its unit: `count`, `share`, `seconds`, `ratio`, `people`, `minutes`, or the desk's word for money.
    pub unit: String,
    /// The window.
    pub window: String,
    /// The plan.
    pub plan: String,
    /// Of one channel; of all without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Of one team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// Of one reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Of one segment of customers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<String>,
    /// Of one dependency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// T of a service level, s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<f64>,
    /// How a service level is counted: `without-short-abandons`, `offered` or `answered`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<String>,
    /// Mean over runs of the run's figure.
    pub mean: f64,
    /// 10th percentile over runs.
    pub p10: f64,
    /// Median over runs.
    pub p50: f64,
    /// 90th percentile over runs.
    pub p90: f64,
    /// 95 % bootstrap interval of the mean; null for a single run.
    pub ci95: Option<[f64; 2]>,
    /// Runs that have the figure.
    pub runs: u32,
    /// The ratio of the sums over runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pooled: Option<f64>,
    /// Share of the runs in which what is timed never happened; their figure is a lower bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub never: Option<f64>,
}

/// How one duration of one channel is distributed under one plan: all contacts of all runs together, which is why its
/// percentiles are not the means of the runs' percentiles that `measures` has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DistributionInfo {
    /// The plan.
    pub plan: String,
    /// The channel.
    pub channel: String,
    /// The measure.
    pub kpi: String,
    /// How many contacts have such a duration, over all runs.
    pub n: u64,
    /// Median, s.
    pub p50: f64,
    /// 90th percentile, s.
    pub p90: f64,
    /// 99th percentile, s.
    pub p99: f64,
    /// Bins: from which length, up to which, s, and how many lie in it; only those that hold some, the shortest first.
    /// They are sixteen an octave, the same in every run, so that those of two files can be added.
    pub bins: Vec<(f64, f64, u64)>,
}

/// A level over runs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spread {
    /// Mean over runs.
    pub mean: f64,
    /// 10th percentile over runs.
    pub p10: f64,
    /// Median over runs.
    pub p50: f64,
    /// 90th percentile over runs.
    pub p90: f64,
}

/// The levels of one channel or one team of one plan, minute by minute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Series {
    /// The plan.
    pub plan: String,
    /// Which channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Which team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// The moments of a channel.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<ChannelPoint>,
    /// The moments of a team.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<TeamPoint>,
}

/// One moment of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChannelPoint {
    /// When, s from the start.
    pub at: f64,
    /// Contacts waiting.
    pub waiting: Spread,
    /// Contacts in service.
    pub in_service: Spread,
    /// Open contacts.
    pub backlog: Spread,
    /// Of the contacts that started in this minute the share served within T, all runs together; null without contacts.
    pub in_time: Option<f64>,
    /// Of the same the share served at all.
    pub served: Option<f64>,
}

/// One moment of a team.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TeamPoint {
    /// When, s from the start.
    pub at: f64,
    /// People who should be there.
    pub scheduled: Spread,
    /// People who are there and can work.
    pub present: Spread,
    /// People with a contact in hand.
    pub busy: Spread,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MarkInfo {
    /// When, s from the start.
    pub at: f64,
    /// `noticed`, `rule`, `update`, `called`, `stopped`, `trouble`.
    pub kind: String,
    /// What, in a few words.
    pub text: String,
}

/// A sentence about the day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The sentence.
    pub text: String,
    /// The figures and moments behind it.
    pub evidence: Vec<String>,
    /// What a plan could do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
    /// `good`, `bad` or `plain`.
    pub tone: String,
}

/// A contact worth a name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ContactInfo {
    /// As which measure it counts.
    pub kpi: String,
    /// When it showed, s.
    pub at: f64,
    /// The customer's number.
    pub customer: u64,
    /// The order number that the customer names on the wire, to be looked up in the target's own tools.
    pub order: String,
    /// By which channel.
    pub channel: String,
    /// Why.
    pub reason: String,
    /// When the contact started, s.
    pub started: f64,
    /// What happened, where the measure leaves it open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub what: Option<String>,
}

/// What a measure is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DefinitionInfo {
    /// Its name.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// What it is.
    pub text: String,
    /// Where the definition comes from.
    pub source: String,
}
