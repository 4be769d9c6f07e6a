//! Expectations: what must still hold.

use super::{Channel, Dependency, Id, Reason, Segment, Team};
use crate::time::Span;
use serde::{Deserialize, Serialize};

/// Which window of the day an expectation speaks of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WindowName {
    /// All of the measured day.
    Whole,
    /// From the end of the warm-up to the first disturbance that begins after the start.
    Baseline,
    /// While the named surge, outage or absence lasts.
    During(String),
    /// From the end of the named disturbance to the recovery, else to the end.
    After(String),
    /// While any outage lasts.
    DuringAny,
}

impl std::fmt::Display for WindowName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Whole => f.write_str("whole"),
            Self::Baseline => f.write_str("baseline"),
            Self::During(name) => write!(f, "during {name}"),
            Self::After(name) => write!(f, "after {name}"),
            Self::DuringAny => f.write_str("during any"),
        }
    }
}

/// A statistic of a measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Stat {
    /// The figure itself (counts, shares).
    Value,
    /// Mean (durations).
    Mean,
    /// Median.
    P50,
    /// 90th percentile.
    P90,
    /// 95th percentile.
    P95,
    /// 99th percentile.
    P99,
}

impl Stat {
    /// Its word in `run.json` and in `at:`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Mean => "mean",
            Self::P50 => "p50",
            Self::P90 => "p90",
            Self::P95 => "p95",
            Self::P99 => "p99",
        }
    }
}

/// Which contacts count for a service level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Count {
    /// Answered within T over all that entered the queue, but for short abandons (the default).
    #[default]
    WithoutShortAbandons,
    /// Answered within T over all that entered the queue.
    Offered,
    /// Answered within T over the answered.
    Answered,
}

/// A limit a figure must keep.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Limit {
    /// At most this (seconds, a share, or a count, as the measure's unit says).
    Max(f64),
    /// At least this.
    Min(f64),
}

impl Limit {
    /// The number of the limit, in the measure's unit.
    pub fn value(self) -> f64 {
        let (Self::Max(limit) | Self::Min(limit)) = self;
        limit
    }
    /// Whether a figure keeps it; the limit itself does.
    pub fn keeps(self, figure: f64) -> bool {
        match self {
            Self::Max(most) => figure <= most,
            Self::Min(least) => figure >= least,
        }
    }
    /// How far a figure is on the good side, in the measure's unit; negative beyond the limit.
    pub fn margin(self, figure: f64) -> f64 {
        match self {
            Self::Max(most) => most - figure,
            Self::Min(least) => figure - least,
        }
    }
}

/// One expectation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Expectation {
    /// Its name, given or built from its words.
    pub name: String,
    /// The measure's word; the language has checked that it exists.
    pub kpi: String,
    /// The statistic.
    pub stat: Stat,
    /// Narrowed to a channel.
    pub channel: Option<Id<Channel>>,
    /// Narrowed to a team.
    pub team: Option<Id<Team>>,
    /// Narrowed to a reason.
    pub reason: Option<Id<Reason>>,
    /// Narrowed to a segment.
    pub segment: Option<Id<Segment>>,
    /// Of which dependency.
    pub of: Option<Id<Dependency>>,
    /// When.
    pub window: WindowName,
    /// The limit.
    pub limit: Limit,
    /// T of a service level.
    pub within: Span,
    /// Which contacts count.
    pub count: Count,
    /// Who gives up sooner than this is a short abandon.
    pub short_abandons: Span,
    /// What counts as recovered: the least served share.
    pub minimum: f64,
    /// For how long it must hold.
    pub held_for: Span,
    /// A miss only warns.
    pub warn: bool,
    /// Instead of the mean over runs: this share of runs must keep the limit.
    pub in_runs: Option<f64>,
    /// No samples is no fault.
    pub allow_empty: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_kept_up_to_itself_and_the_margin_is_on_the_good_side() {
        for (limit, good, bad) in [(Limit::Max(2.0), 1.5, 2.5), (Limit::Min(2.0), 2.5, 1.5)] {
            assert!(limit.keeps(good) && limit.keeps(limit.value()) && !limit.keeps(bad), "{limit:?}");
            assert_eq!([good, 2.0, bad].map(|figure| limit.margin(figure)), [0.5, 0.0, -0.5], "{limit:?}");
        }
    }
}
