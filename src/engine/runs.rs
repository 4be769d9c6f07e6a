//! Many runs of one day: in parallel, but handed back in run order, so that threads leave no trace in the figures.

use super::run;
use crate::measure::{Collector, Figure, Layout, RunFigures, Windows};
use crate::scenario::model::{Plan, Scenario};
use crate::time::Time;
use crate::workload::arrivals::Demand;
use rayon::prelude::*;
use std::ops::Range;
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
    let day = Day::new(scenario, windows, how.seed);
    on_threads(how.threads, || day.play(0..how.runs, progress, stop))
}

/// Does it with so many threads; zero: as many as there are processors.
pub fn on_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    match rayon::ThreadPoolBuilder::new().num_threads(threads).build() {
        Ok(pool) => pool.install(work),
        // Without threads of our own the caller's do.
        Err(_) => work(),
    }
}

/// A day that is ready to be played, any of its runs, as often as wanted.
#[derive(Debug)]
pub struct Day {
    scenario: Arc<Scenario>,
    demand: Demand,
    layout: Arc<Layout>,
    seed: u64,
}

impl Day {
    /// This day with this luck, measured in these windows.
    pub fn new(scenario: &Scenario, windows: &Windows, seed: u64) -> Self {
        let layout = Arc::new(Layout::of(scenario, windows));
        Self { scenario: Arc::new(scenario.clone()), demand: Demand::new(scenario), layout, seed }
    }

    /// Plays these of its runs on the threads at hand; see [`simulate`].
    pub fn play(&self, runs: Range<u64>, progress: &(dyn Fn() + Sync), stop: &AtomicBool) -> Vec<RunFigures> {
        let finish = |collector: Collector, close| {
            progress();
            collector.finish(close)
        };
        self.each(runs, &finish, stop)
    }

    /// Plays these of its runs, of each only the figures of the expectations, in their order.
    pub fn expected(&self, runs: Range<u64>, stop: &AtomicBool) -> Vec<Vec<Option<Figure>>> {
        self.each(runs, &Collector::expected, stop)
    }

    fn each<T: Send>(
        &self,
        runs: Range<u64>,
        finish: &(dyn Fn(Collector, Time) -> T + Sync),
        stop: &AtomicBool,
    ) -> Vec<T> {
        let one = |number: u64| {
            if stop.load(Ordering::Relaxed) {
                return None;
            }
            let collector = Collector::with(self.layout.clone());
            let (collector, close) = run(&self.scenario, &self.demand, self.seed, number, collector);
            Some(finish(collector, close))
        };
        let told: Vec<Option<T>> = runs.into_par_iter().map(one).collect();
        told.into_iter().map_while(|told| told).collect()
    }
}

/// The same day without any plan.
pub fn without_plan(scenario: &Scenario) -> Scenario {
    let mut scenario = scenario.clone();
    Arc::make_mut(&mut scenario.desk).plan = Plan::default();
    scenario
}
