//! What went wrong, in a report: what an outage does in a few words, and the recorded incident that it replays.

use super::assemble::{secs, tidy};
use crate::scenario::model::{Desk, Hits, Outage, Replay};
use crate::time::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Something that went wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DisturbanceInfo {
    /// Its name.
    pub name: String,
    /// `surge`, `outage` or `absence`.
    pub kind: String,
    /// What is broken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// What it does, in a few words.
    pub about: String,
    /// The recorded incident that an outage replays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replays: Option<ReplayInfo>,
    /// Its first moment, a surge's rise included, s.
    pub begins: f64,
    /// From when `during` counts, s.
    pub from: f64,
    /// From when `after` counts, s.
    pub over: f64,
}

/// A recorded incident that an outage replays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReplayInfo {
    /// Its name in the library.
    pub incident: String,
    /// What happened, in a line.
    pub title: String,
    /// How many times faster it went by.
    pub compress: f64,
    /// Where it can be read.
    pub sources: Vec<String>,
    /// What was played of it, in order.
    pub phases: Vec<PhaseInfo>,
}

/// A phase of a recorded incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PhaseInfo {
    /// From when, s.
    pub from: f64,
    /// Its end, the recovery included, s.
    pub over: f64,
    /// What happened then, in a sentence.
    pub effect: String,
    /// What requests met, in a few words.
    pub about: String,
    /// What of it nobody published.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assumed: Vec<String>,
}

/// What an outage does, in a few words, and who falls with it.
pub(super) fn of_outage(outage: &Outage, desk: &Desk) -> String {
    let reached = outage.parts().flat_map(|part| &part.reaches).map(|reach| reach.of);
    let names = reached.filter_map(|of| Some(desk.dependencies.get(of.index())?.name.as_str()));
    let names: BTreeSet<&str> = names.collect();
    let with_it = if names.is_empty() { String::new() } else { "; with it ".to_owned() };
    format!("{}{with_it}{}", about(outage), names.into_iter().collect::<Vec<_>>().join(", "))
}

/// What an outage does, in a few words.
fn about(outage: &Outage) -> String {
    if let Some(replay) = &outage.replay {
        return match replay.compress {
            1.0 => format!("as in {}", replay.incident),
            compress => format!("as in {}, {} times as fast", replay.incident, tidy(compress)),
        };
    }
    let mut parts = Vec::new();
    if let Some(fails) = &outage.fails {
        let share = tidy(fails.share * 100.0);
        parts.push(match fails.hits {
            Hits::Lines => format!("{share} % of lines are dead"),
            Hits::Requests | Hits::Customers => format!("{share} % of requests fail ({})", fails.with),
        });
    }
    if outage.slow.is_some() {
        parts.push("slow".to_owned());
    }
    if let Some(flaps) = &outage.flaps {
        parts.push(format!("{} down, {} up in turn", flaps.down, flaps.up));
    }
    if outage.drops_calls {
        parts.push("calls in progress end".to_owned());
    }
    if parts.is_empty() { "down".to_owned() } else { parts.join(", ") }
}

impl ReplayInfo {
    /// What a report says of a replayed incident.
    pub(super) fn of(replay: &Replay) -> Self {
        let phases = replay.phases.iter().map(|phase| {
            let part = &phase.breaks;
            let mut met = if part.breaks_something() { about(part) } else { "nothing fails".to_owned() };
            if part.recovers_over > Span::ZERO {
                met.push_str(&format!(", falling to nothing over {}", part.recovers_over));
            }
            if phase.open_end {
                met.push_str(", its end a default");
            }
            PhaseInfo {
                from: secs(part.window.from),
                over: secs(part.over()),
                effect: phase.effect.clone(),
                about: met,
                assumed: phase.assumed.clone(),
            }
        });
        Self {
            incident: replay.incident.clone(),
            title: replay.title.clone(),
            compress: tidy(replay.compress),
            sources: replay.sources.clone(),
            phases: phases.collect(),
        }
    }
}
