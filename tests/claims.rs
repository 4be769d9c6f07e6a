//! The claims of `scenarios/claims`: what each scenario shows, with the plan and without, is what the README says of it.

use holdline::engine::runs::{Runs, simulate, without_plan};
use holdline::faults::for_the_model;
use holdline::measure::{Merged, Windows};
use holdline::scenario::{Overrides, Scenario, load};
use holdline::verdict::{Judgement, Verdict, judge};
use std::path::Path;
use std::sync::atomic::AtomicBool;

const RUNS: Runs = Runs { seed: 1, runs: 16, threads: 0 };

/// A claim's day under one plan.
struct Shown {
    scenario: Scenario,
    judgement: Judgement,
}

impl Shown {
    fn of(scenario: Scenario, plan: &str) -> Self {
        let windows = Windows::of(&scenario);
        let figures = simulate(&scenario, &windows, RUNS, &|| {}, &AtomicBool::new(false));
        let judgement = judge(&scenario, &Merged::of(plan, RUNS.seed, &figures).expect("runs were asked for"));
        Self { scenario, judgement }
    }

    /// The mean of what the expectation on this measure came to.
    fn figure(&self, kpi: &str) -> f64 {
        let outcomes = self.judgement.outcomes.iter();
        let mut of = outcomes.filter(|outcome| self.scenario.expect[outcome.expectation].kpi == kpi);
        of.next().and_then(|outcome| outcome.over.as_ref()).map(|over| over.mean).unwrap_or_else(|| panic!("{kpi}"))
    }
}

/// With its plan, and without any.
fn claim(name: &str) -> [Shown; 2] {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/claims").join(format!("{name}.yaml"));
    let loaded = load(&path, &Overrides::default()).unwrap_or_else(|errors| panic!("{}", errors.render(false)));
    let day = for_the_model(loaded.scenario).expect("it can be simulated").0;
    [Shown::of(day.clone(), "written"), Shown::of(without_plan(&day), "none")]
}

#[test]
fn levers_bring_the_wait_down_and_none_raises_first_contact_resolution() {
    let [written, none] = claim("peak-of-10000");
    assert!((13.0..17.0).contains(&(none.figure("wait") / 60.0)), "the claim starts at 15 minutes");
    assert!(written.figure("wait") < 5.0 * 60.0, "and comes true: {}", written.figure("wait"));
    let [before, after] = [&none, &written].map(|shown| shown.figure("first_contact_resolution"));
    assert!((before - 0.65).abs() < 0.05 && after < before + 0.02, "no lever of a peak solves more: {before} {after}");
    assert_eq!(written.judgement.verdict, Verdict::Broke);
}

#[test]
fn backup_lines_save_the_calls_that_would_not_come_through() {
    let [written, none] = claim("phones-out");
    assert!(matches!(written.judgement.verdict, Verdict::Held | Verdict::Bent));
    assert!(none.figure("blocked") > 0.9 && written.figure("blocked") < 0.1);
}

#[test]
fn a_hybrid_plan_outlasts_a_storm_and_no_plan_does_not() {
    let [written, none] = claim("storm");
    assert!(matches!(written.judgement.verdict, Verdict::Held | Verdict::Bent));
    assert!(none.figure("blocked") > 0.9 && written.figure("blocked") < 0.25);
}

#[test]
fn a_brief_outage_is_felt_long_after_it() {
    let [written, _] = claim("brief-outage");
    let back = written.figure("time_to_normal");
    assert!(back > 5.0 * 60.0, "twenty minutes of outage, and then {} min", back / 60.0);
    let quiet = Shown::of(written.scenario.undisturbed(), "undisturbed");
    let backlog = |shown: &Shown| shown.figure("backlog");
    assert!(backlog(&written) > 1.2 * backlog(&quiet), "tickets too: {} {}", backlog(&written), backlog(&quiet));
}

#[test]
fn word_of_it_keeps_customers_away_and_satisfied() {
    let [written, none] = claim("told-or-silent");
    assert!(matches!(written.judgement.verdict, Verdict::Held | Verdict::Bent));
    assert!(written.figure("satisfaction") > none.figure("satisfaction") + 0.05);
    assert!(written.figure("abandonment") < none.figure("abandonment") - 0.05);
}
