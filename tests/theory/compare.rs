//! Playing a scenario of this folder, and holding the mean over its runs against an exact value.

use holdline::engine::runs::{Runs, simulate};
use holdline::measure::Windows;
use holdline::measure::figures::RunFigures;
use holdline::scenario::{Overrides, PlanChoice, Scenario, load};
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// Standard errors that a mean may be off by.
pub(crate) const Z: f64 = 4.0;
/// The same for a curve, which is held against its exact values at more than a hundred moments.
const Z_OF_CURVE: f64 = 4.5;
/// The largest standard error along a curve, as a part of its height.
const SHARP_OF_CURVE: f64 = 0.03;
/// A curve may always be off by this part of its height: where a queue is nearly never seen there is no standard error.
const NEGLIGIBLE: f64 = 0.002;

/// A scenario and what came of it.
pub(crate) struct Played {
    scenario: Scenario,
    pub(crate) runs: Vec<RunFigures>,
}

impl Played {
    /// The runs of a file of this folder, changed as `--set` would change it.
    pub(crate) fn of(file: &str, set: &[&str], runs: u64) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/theory").join(file);
        let overrides = Overrides { set: set.iter().map(|s| (*s).to_owned()).collect(), plan: PlanChoice::Written };
        let scenario = load(&path, &overrides).unwrap_or_else(|errors| panic!("{errors}")).scenario;
        let how = Runs { seed: 1, runs, threads: 0 };
        let played = simulate(&scenario, &Windows::of(&scenario), how, &|| {}, &AtomicBool::new(false));
        assert_eq!(played.len() as u64, runs);
        assert!(runs >= 20, "a mean over few runs has no standard error to speak of");
        Self { scenario, runs: played }
    }

    /// The measured part of the day, in seconds.
    pub(crate) fn measured(&self) -> f64 {
        self.scenario.length.secs_f64() - self.scenario.warm_up.secs_f64()
    }

    /// The figure that the expectation of this name speaks of, run by run.
    pub(crate) fn figure(&self, name: &str) -> Vec<f64> {
        let place = self.scenario.expect.iter().position(|expectation| expectation.name == name);
        let place = place.unwrap_or_else(|| panic!("no expectation is named `{name}`"));
        let of = |run: &RunFigures| run.expected[place].unwrap_or_else(|| panic!("`{name}` has no samples")).value;
        self.runs.iter().map(of).collect()
    }

    /// The figure of this name beside its exact value.
    pub(crate) fn compared(&self, name: &str, exact: f64) -> Compared {
        Compared::new(name, exact, &self.figure(name))
    }
}

/// An exact value, and what so many runs made of it.
#[derive(Debug)]
pub(crate) struct Compared {
    what: String,
    exact: f64,
    mean: f64,
    error: f64,
    /// What the standard error is small beside: the exact value, or the height of the curve that it is of.
    beside: f64,
    /// It may always be off by this.
    negligible: f64,
}

impl Compared {
    /// The mean of these values beside what it should be.
    pub(crate) fn new(what: impl Into<String>, exact: f64, values: &[f64]) -> Self {
        let (mean, error) = over_runs(values);
        Self { what: what.into(), exact, mean, error, beside: exact, negligible: 0.0 }
    }

    /// The same as one point of a curve of this height.
    pub(crate) fn of_height(self, height: f64) -> Self {
        Self { beside: height, negligible: NEGLIGIBLE * height, ..self }
    }

    /// How many standard errors it is off.
    pub(crate) fn off(&self) -> f64 {
        (self.mean - self.exact) / self.error
    }
}

/// Every figure is within its bound, and its standard error is below this part of it. A failure lists them all.
pub(crate) fn agree(of: &str, figures: &[Compared], sharp: f64) {
    let is_well = |f: &Compared| {
        let near = (f.error > 0.0 && f.off().abs() < Z) || (f.mean - f.exact).abs() < f.negligible;
        near && f.error < sharp * f.beside
    };
    let line = |f: &Compared| {
        let Compared { what, exact, mean, error, .. } = f;
        let fault = if is_well(f) { "" } else { "  <--" };
        format!("{what}: {mean:.5} ± {error:.5} for {exact:.5}, {:+.1} standard errors{fault}", f.off())
    };
    let lines: Vec<String> = figures.iter().map(line).collect();
    assert!(figures.iter().all(is_well), "{of} (a standard error may be {sharp} of its figure):\n{}", lines.join("\n"));
}

/// An exact value that has a variance, at one moment of a curve.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) mean: f64,
    pub(crate) variance: f64,
}

/// The mean over runs of a level follows a curve from minute to minute. Runs are independent, so the variance of the level
/// itself gives the standard error.
pub(crate) fn follows(what: &str, exact: &[Moment], runs: &[Vec<f64>]) {
    let n = runs.len() as f64;
    let height = exact.iter().map(|moment| moment.mean).fold(0.0, f64::max);
    let sharpest = exact.iter().map(|moment| (moment.variance / n).sqrt()).fold(0.0, f64::max);
    assert!(sharpest < SHARP_OF_CURVE * height, "{what}: ± {sharpest} says little of a curve of height {height}");
    let mut faults = Vec::new();
    for (minute, moment) in exact.iter().enumerate() {
        let mean = runs.iter().map(|run| run[minute]).sum::<f64>() / n;
        let off = (mean - moment.mean).abs();
        let error = (moment.variance / n).sqrt();
        if off > Z_OF_CURVE * error && off > NEGLIGIBLE * height {
            faults.push(format!("minute {minute}: {mean:.3} ± {error:.3} for {:.3}", moment.mean));
        }
    }
    assert!(faults.is_empty(), "{what}:\n{}", faults.join("\n"));
}

/// Mean and standard error over runs.
pub(crate) fn over_runs(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}
