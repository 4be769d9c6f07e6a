//! The breaking points, as data and in words.

#[cfg(feature = "live")]
pub(super) mod picture;

use super::bundle::{Bundle, ExpectationInfo};
use super::{terminal, words};
use crate::breaking::{Breaking, Dial, Effort, Flip, Unvaried};
use crate::measure::DisturbanceKind;
use crate::scenario::Scenario;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How long or large one disturbance must be, all else equal, for the verdict to flip.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BreakingInfo {
    /// Under which plan.
    pub plan: String,
    /// The disturbance.
    pub disturbance: String,
    /// `surge`, `outage` or `absence`.
    pub kind: String,
    /// `breaks`; `never`: not even at `limit`; `not_yet`: not as far as was tried; `nothing_left`: every expectation is missed
    /// without it too; `not_varied`: see `why`.
    pub came_to: String,
    /// Why it was not varied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What varies, and within what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub varied: Option<VariedInfo>,
    /// The most that was seen to hold, below what breaks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holds: Option<f64>,
    /// The least that was seen to break.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breaks: Option<f64>,
    /// The name of the expectation that is missed first; where none is, of the one that came closest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expectation: Option<String>,
    /// Its figure there, in its unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub figure: Option<f64>,
    /// How far it is within its limit there, in parts of the limit (of one where that is zero); of the runs where so many runs
    /// must keep it. Negative beyond it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub margin: Option<f64>,
    /// Expectations that are missed without it too, and were set aside.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aside: Vec<String>,
    /// Some point below the flip breaks, or some beyond it holds: more was not always worse.
    #[serde(default)]
    pub uneven: bool,
    /// Runs of a point of the search, at the most; what is written was judged by all runs.
    pub runs: u64,
    /// Runs of `holds` and `breaks`, at the most.
    pub end_runs: u64,
    /// What was played, of a search in full.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub points: Vec<BreakingPoint>,
}

/// The number that varies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VariedInfo {
    /// `length` or `size`.
    pub what: String,
    /// Its unit: `seconds` (without rise, fall or recovery), `times`, `per_hour`, `share_of_requests`, `people`,
    /// `share_of_team` (of those scheduled), `chance`.
    pub unit: String,
    /// As it is written.
    pub yours: f64,
    /// As much as there can be, or as is tried.
    pub limit: f64,
    /// How many people the team has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<u32>,
}

/// One point that was played.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BreakingPoint {
    /// How much of it.
    pub at: f64,
    /// `held`, `bent` or `broke`, but for what was set aside.
    pub verdict: String,
    /// The figure of `expectation`.
    pub figure: Option<f64>,
}

/// Rows of what was found under this plan with this effort; what was played between, where that was thorough.
pub fn rows(
    scenario: &Scenario,
    plan: &str,
    effort: Effort,
    found: &[Result<Breaking, Unvaried>],
) -> Vec<BreakingInfo> {
    let row = |one: &Result<Breaking, Unvaried>| match one {
        Ok(breaking) => row(scenario, plan, effort, breaking),
        Err(no) => BreakingInfo { why: Some(no.why.clone()), ..bare(plan, &no.name, no.kind, "not_varied", effort) },
    };
    found.iter().map(row).collect()
}

fn bare(plan: &str, name: &str, kind: DisturbanceKind, came_to: &str, effort: Effort) -> BreakingInfo {
    BreakingInfo {
        plan: plan.to_owned(),
        disturbance: name.to_owned(),
        kind: kind.word().to_owned(),
        came_to: came_to.to_owned(),
        why: None,
        varied: None,
        holds: None,
        breaks: None,
        expectation: None,
        figure: None,
        margin: None,
        aside: Vec::new(),
        uneven: false,
        runs: effort.runs,
        end_runs: effort.ends,
        points: Vec::new(),
    }
}

fn row(scenario: &Scenario, plan: &str, effort: Effort, found: &Breaking) -> BreakingInfo {
    let knob = &found.knob;
    let (came_to, holds, breaks) = match found.flip {
        Some(Flip::Between { holds, breaks }) => ("breaks", Some(holds), Some(breaks)),
        Some(Flip::Never(most)) => ("never", Some(most), None),
        Some(Flip::NotYet(most)) => ("not_yet", Some(most), None),
        None => ("nothing_left", None, None),
    };
    let name = |place: usize| scenario.expect[place].name.clone();
    let there = breaks.or(holds).and_then(|at| found.points.iter().find(|point| point.at >= at));
    let standing = found.by.zip(there).map(|(place, point)| point.standings[place]);
    let point = |point: &crate::breaking::Point| BreakingPoint {
        at: tidy(point.at),
        verdict: point.verdict(scenario, &found.aside).word().to_owned(),
        figure: found.by.and_then(|place| point.standings[place].figure).map(tidy),
    };
    BreakingInfo {
        varied: Some(VariedInfo {
            what: knob.dial.word().to_owned(),
            unit: knob.dial.unit().to_owned(),
            yours: tidy(knob.range.yours),
            limit: tidy(knob.range.limit),
            team: knob.team.filter(|_| matches!(knob.dial, Dial::People | Dial::ShareOfTeam | Dial::Chance)),
        }),
        holds: holds.map(tidy),
        breaks: breaks.map(tidy),
        expectation: found.by.map(name),
        figure: standing.and_then(|standing| standing.figure).map(tidy),
        margin: standing.map(|standing| tidy(standing.margin)),
        aside: found.aside.iter().copied().map(name).collect(),
        uneven: found.uneven,
        points: if effort.all { found.points.iter().map(point).collect() } else { Vec::new() },
        ..bare(plan, &knob.name, knob.kind, came_to, effort)
    }
}

fn tidy(value: f64) -> f64 {
    (value * 1e6).round() / 1e6 + 0.0
}

/// How much, in words: `38 min`, `1.84 times`, `14 of 46 people`.
pub(super) fn amount(varied: &VariedInfo, at: f64) -> String {
    let team = varied.team.unwrap_or_default();
    match varied.unit.as_str() {
        "seconds" => words::limit_length(at.round()),
        "times" => format!("{} times", (at * 100.0).round() / 100.0),
        "per_hour" => format!("{}/h", words::one(at)),
        "people" => format!("{} of {team} people", words::one(at)),
        "share_of_team" => format!("{} ({} of {team})", words::share(at), words::one((at * f64::from(team)).round())),
        "chance" => format!("{} each", words::share(at)),
        _ => words::share(at),
    }
}

/// What of it varies, in words.
pub(super) fn what(row: &BreakingInfo) -> &'static str {
    match row.varied.as_ref().map(|varied| varied.unit.as_str()) {
        Some("seconds") => "how long",
        Some("share_of_requests") => "share that fails",
        Some("times" | "per_hour") => "how many contacts",
        Some(_) => "how many people",
        None => "–",
    }
}

/// What it came to, in a sentence.
pub(super) fn said(row: &BreakingInfo) -> String {
    let Some(varied) = &row.varied else {
        return format!("not varied: {}", row.why.as_deref().unwrap_or("it has no number"));
    };
    let yours = amount(varied, varied.yours);
    match (row.came_to.as_str(), row.holds, row.breaks) {
        ("breaks", Some(holds), Some(breaks)) if varied.yours >= breaks => {
            let holds = if holds > 0.0 { format!(", holds up to {}", amount(varied, holds)) } else { String::new() };
            format!("breaks from {}{holds}; yours is {yours}", amount(varied, breaks))
        }
        ("breaks", Some(holds), Some(breaks)) => {
            let (holds, breaks_at) = (amount(varied, holds), amount(varied, breaks));
            let people = match varied.unit.as_str() {
                "people" => Some(breaks - varied.yours),
                "share_of_team" => Some((breaks - varied.yours) * f64::from(varied.team.unwrap_or_default())),
                _ => None,
            };
            let fewer = people.map(|n| words::counted(n.round(), "fewer person", "fewer people") + " and it breaks: ");
            format!("{}holds up to {holds}, breaks from {breaks_at}; yours is {yours}", fewer.unwrap_or_default())
        }
        ("never", Some(most), _) => {
            let even = match varied.unit.as_str() {
                "seconds" => format!("to the end of the day ({})", amount(varied, most)),
                "share_of_requests" => "when every request fails".to_owned(),
                "times" | "per_hour" => format!("at {}", amount(varied, most)),
                _ => "with the whole team missing".to_owned(),
            };
            format!("holds even {even}; yours is {yours}")
        }
        ("not_yet", Some(most), _) => {
            format!("holds at {}, more was not tried; yours is {yours}", amount(varied, most))
        }
        _ => "not what breaks it: all that is expected is missed without it too".to_owned(),
    }
}

/// What is missed first, or came closest, with its figure; and what was set aside.
pub(super) fn because(bundle: &Bundle, row: &BreakingInfo) -> String {
    let known = |name: &str| -> Option<&ExpectationInfo> {
        let plan = bundle.plans.iter().find(|plan| plan.plan == row.plan)?;
        plan.expectations.iter().find(|e| e.name == name)
    };
    let asked = |name: &String| known(name).map_or_else(|| name.clone(), terminal::asked);
    let mut parts = Vec::new();
    if let Some(name) = &row.expectation {
        let figure = row.figure.zip(known(name)).map(|(figure, e)| format!(": {}", words::figure(figure, &e.unit)));
        let closest = if row.breaks.is_some() { "" } else { "closest: " };
        parts.push(format!("{closest}{}{}", asked(name), figure.unwrap_or_default()));
    }
    if !row.aside.is_empty() && row.expectation.is_some() {
        parts.push(format!("missed without it too: {}", row.aside.iter().map(asked).collect::<Vec<_>>().join(", ")));
    }
    if row.uneven {
        parts.push("more was not always worse".to_owned());
    }
    parts.join("; ")
}

/// How many runs tell of a point.
pub(super) fn runs(row: &BreakingInfo) -> String {
    let ends =
        if row.end_runs > row.runs { format!(", {} at the two that are told", row.end_runs) } else { String::new() };
    format!("at most {} runs a point{ends}", row.runs)
}

/// How it was found, in a sentence.
pub(super) fn method(rows: &[BreakingInfo]) -> String {
    let (plan, runs) = rows.first().map_or(("", String::new()), |row| (row.plan.as_str(), runs(row)));
    format!(
        "One number at a time, all else equal, under plan {plan}: the same seed and the same customers, {runs}; a figure counts by the side of its limit that its mean is on. The search takes it that more is never better."
    )
}
