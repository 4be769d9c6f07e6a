//! Small days in the scenario language, played by the simulator, and what was observed of them.

use crate::files::Files;
use holdline::engine;
use holdline::observation::Observation as O;
use holdline::scenario::{Overrides, Scenario, load};
use holdline::time::Time;
use holdline::workload::arrivals::Demand;
use std::sync::Arc;

/// Two hours that are `more`, on this desk.
pub(crate) fn two_hours(desk: &str, more: &str) -> Arc<Scenario> {
    let day = format!("scenario: day\ndesk: desk.yaml\nstart: 2026-03-10 08:00 UTC\nlength: 2h\n{more}");
    let files = Files::new(&[("desk.yaml", desk), ("day.yaml", &day)]);
    let loaded = load(&files.path("day.yaml"), &Overrides::default());
    Arc::new(loaded.unwrap_or_else(|errors| panic!("{errors}")).scenario)
}

/// What was observed, in minutes since the start.
pub(crate) fn play(scenario: &Arc<Scenario>) -> Vec<(f64, O)> {
    let demand = Demand::new(scenario);
    let (seen, _) = engine::run(scenario, &demand, 1, 0, Vec::<(Time, O)>::new());
    seen.into_iter().map(|(at, seen)| (at.secs_f64() / 60.0, seen)).collect()
}
