//! F4: the verdict. Each expectation is held against its figure, and the run against all of them.

mod exit;
mod judge;

pub use exit::Exit;
pub use judge::{MOST_LATE, judge, judge_twin};

use crate::measure::over_runs::OverRuns;
use crate::observation::Trouble;
use std::fmt;

/// What a run came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Every expectation was met.
    Held,
    /// Missed were only ones that warn, or some are inconclusive.
    Bent,
    /// At least one was missed.
    Broke,
    /// No honest judgement.
    Void(Void),
}

impl Verdict {
    /// Its word in reports.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Bent => "bent",
            Self::Broke => "broke",
            Self::Void(_) => "void",
        }
    }
}

/// Why there is no honest judgement.
#[derive(Clone, Debug, PartialEq)]
pub enum Void {
    /// The target failed.
    Target(Trouble),
    /// The baseline was already broken; what was, in words.
    Baseline(String),
    /// The harness was late by so many seconds of scenario time (99th percentile).
    Late(f64),
    /// So many events of the mocks were missed in a flood: the figures are too low by an unknown amount.
    Missed(u64),
    /// This expectation had no samples and is not `allow_empty`.
    NoSamples(String),
    /// Nothing ran.
    NoRuns,
}

impl fmt::Display for Void {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Target(Trouble::CannotStart) => f.write_str("the target could not be started"),
            Self::Target(Trouble::NeverReady) => f.write_str("the target was never ready"),
            Self::Target(Trouble::Exited) => f.write_str("the target's process ended during the run"),
            Self::Target(Trouble::Refused) => f.write_str("the target did not take what was delivered to it"),
            Self::Baseline(what) => write!(f, "the baseline was already broken: {what}"),
            Self::Late(by) => {
                write!(
                    f,
                    "the harness itself was {by:.1} s late (99th percentile, scenario time), so waits are not the target's"
                )
            }
            Self::Missed(events) => {
                write!(
                    f,
                    "{events} events of the mocks were not taken in time, so what they told is not in the figures"
                )
            }
            Self::NoSamples(name) => write!(f, "`{name}` had nothing to be measured on"),
            Self::NoRuns => f.write_str("nothing ran"),
        }
    }
}

/// What an expectation came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Met {
    /// It was met.
    Met,
    /// It was missed.
    Missed,
    /// It was missed, and only warns.
    Warned,
    /// The interval lies across the limit.
    Inconclusive,
    /// There was nothing to measure, which it allows.
    Empty,
}

impl Met {
    /// Its word in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Missed => "missed",
            Self::Warned => "warned",
            Self::Inconclusive => "inconclusive",
            Self::Empty => "empty",
        }
    }
}

/// One expectation held against its figure.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The expectation, by its place in the scenario.
    pub expectation: usize,
    /// What it came to.
    pub met: Met,
    /// The figure over runs; `None` without samples.
    pub over: Option<OverRuns>,
    /// How far the mean is on the good side of the limit, in the measure's unit; negative on the bad side.
    pub margin: Option<f64>,
    /// Share of the runs that kept the limit.
    pub kept: Option<f64>,
    /// Share of the runs in which what is timed never happened.
    pub never: f64,
}

/// The verdict with its grounds.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// What the run came to.
    pub verdict: Verdict,
    /// Each expectation, in the scenario's order.
    pub outcomes: Vec<Outcome>,
}
