//! What a measure is counted in, and what may be said beside its name.

use Param::{Channel, Count as Counted, HeldFor, Minimum, Of, Reason, Segment, ShortAbandons, Team, Within};
use Unit::{Count, Duration, Ratio, Share};

/// What a figure is measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Seconds; written `90s`. Has statistics (mean, p50, p90, p95, p99).
    Duration,
    /// A share from 0 to 1; written `10%`.
    Share,
    /// A number of things; written `3`.
    Count,
    /// A plain ratio; written `3`.
    Ratio,
}

impl Unit {
    /// Its word in `run.json`.
    pub fn word(self) -> &'static str {
        match self {
            Duration => "seconds",
            Share => "share",
            Count => "count",
            Ratio => "ratio",
        }
    }
    /// What it is, for sentences.
    pub fn noun(self) -> &'static str {
        match self {
            Duration => "a duration",
            Share => "a share",
            Count => "a count",
            Ratio => "a ratio",
        }
    }
    /// How a limit in it is written.
    pub fn example(self) -> &'static str {
        match self {
            Duration => "90s",
            Share => "10%",
            Count | Ratio => "3",
        }
    }
}

/// What an expectation may say beside the name of a measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Param {
    /// Of one channel.
    Channel,
    /// Of one team.
    Team,
    /// Of one reason.
    Reason,
    /// Of one segment.
    Segment,
    /// Of one dependency.
    Of,
    /// T of a service level.
    Within,
    /// Which contacts count.
    Count,
    /// What a short abandon is.
    ShortAbandons,
    /// What counts as recovered.
    Minimum,
    /// For how long it must hold.
    HeldFor,
}

impl Param {
    /// Its word in the language.
    pub fn word(self) -> &'static str {
        match self {
            Channel => "channel",
            Team => "team",
            Reason => "reason",
            Segment => "segment",
            Of => "of",
            Within => "within",
            Counted => "count",
            ShortAbandons => "short_abandons",
            Minimum => "minimum",
            HeldFor => "held_for",
        }
    }
}
