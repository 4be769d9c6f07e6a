//! Many runs of one day: in parallel, but handed back in run order, so that threads leave no trace in the figures.

use super::run;
use crate::measure::{Collector, Layout, RunFigures, Windows};
use crate::scenario::model::{Plan, Scenario};
use crate::workload::arrivals::Demand;
use rayon::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// How often and with which luck.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Runs {
    /// The seed.
    pub seed: u64,
    /// How many runs.
    pub runs: u64,
    /// How many threads; zero: as many as there are processors.
    pub threads: usize,
}

/// Plays a day so often, measured in these windows (those of the written day, also for its undisturbed twin, so that
/// columns can be compared). `progress` is called after each run, from any thread; runs that have not begun when `stop` is
/// set are left out, and since runs are handed out in order what is left is a beginning.
pub fn simulate(
    scenario: &Scenario,
    windows: &Windows,
    how: Runs,
    progress: &(dyn Fn() + Sync),
    stop: &AtomicBool,
) -> Vec<RunFigures> {
    let demand = Demand::new(scenario);
    let layout = Arc::new(Layout::of(scenario, windows));
    let scenario = Arc::new(scenario.clone());
    let one = |number: u64| {
        if stop.load(Ordering::Relaxed) {
            return None;
        }
        let (collector, close) = run(&scenario, &demand, how.seed, number, Collector::with(layout.clone()));
        progress();
        Some(collector.finish(close))
    };
    let all = || (0..how.runs).into_par_iter().map(one).collect::<Vec<_>>();
    let figures = match rayon::ThreadPoolBuilder::new().num_threads(how.threads).build() {
        Ok(pool) => pool.install(all),
        // Without threads of our own the caller's do.
        Err(_) => all(),
    };
    figures.into_iter().map_while(|figures| figures).collect()
}

/// The same day without any plan.
pub fn without_plan(scenario: &Scenario) -> Scenario {
    let mut scenario = scenario.clone();
    Arc::make_mut(&mut scenario.desk).plan = Plan::default();
    scenario
}
