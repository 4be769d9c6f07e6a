//! `cargo bench`: how many contacts a second the engine plays on one thread, with and without the figures.
//!
//! Contacts a second is what counts; `benches/speed.sh` sets it beside a C loop.

#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use holdline::engine;
use holdline::measure::{Collector, Layout, Windows};
use holdline::observation::{Observation, Observer};
use holdline::scenario::{Overrides, load};
use holdline::time::Time;
use holdline::workload::arrivals::Demand;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// Counts contacts and nothing else.
#[derive(Default)]
struct Count(u64);

impl Observer for Count {
    fn observe(&mut self, _: Time, seen: &Observation) {
        self.0 += u64::from(matches!(seen, Observation::Offered { .. }));
    }
}

fn main() {
    // cargo adds `--bench`; a word of one's own picks a scenario, a number says how often it is run (for a profiler).
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let only = words.iter().find(|word| word.parse::<u64>().is_err());
    let often: Option<u64> = words.iter().find_map(|word| word.parse().ok());
    println!("{:<32} {:>16} {:>16}", "contacts a second", "only counted", "all figures");
    for (file, runs) in [("benches/quiet-day.yaml", 20), ("scenarios/triple-outage.yaml", 60)] {
        if only.is_some_and(|only| !file.contains(only.as_str())) {
            continue;
        }
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let loaded =
            load(&path, &Overrides::default()).unwrap_or_else(|wrong| panic!("{file} is not sound: {wrong:?}"));
        let windows = Windows::of(&loaded.scenario);
        let layout = Arc::new(Layout::of(&loaded.scenario, &windows));
        let demand = Demand::new(&loaded.scenario);
        let scenario = Arc::new(loaded.scenario);
        // The best of the runs: what else the machine does can only make one slower.
        let (mut bare, mut full) = (0.0f64, 0.0f64);
        for run in 0..often.unwrap_or(runs) {
            let began = Instant::now();
            let (count, _) = engine::run(&scenario, &demand, 1, run, Count::default());
            bare = bare.max(count.0 as f64 / began.elapsed().as_secs_f64());
            let began = Instant::now();
            let (collector, close) = engine::run(&scenario, &demand, 1, run, Collector::with(layout.clone()));
            std::hint::black_box(collector.finish(close));
            full = full.max(count.0 as f64 / began.elapsed().as_secs_f64());
        }
        println!("{file:<32} {bare:>16.0} {full:>16.0}");
    }
}
