//! Every shipped scenario is a regression test: its written plan holds or bends, without a plan it breaks, and its desk's
//! undisturbed day holds. The rehearsal's own scenario is played simulated here, and over sockets in `tests/e2e`.

use holdline::engine::runs::{Runs, simulate, without_plan};
use holdline::faults::for_the_model;
use holdline::measure::{Merged, Windows};
use holdline::scenario::{Overrides, Scenario, load};
use holdline::verdict::{Verdict, judge, judge_twin};
use std::path::Path;
use std::sync::atomic::AtomicBool;

const RUNS: Runs = Runs { seed: 1, runs: 24, threads: 0 };

fn scenario(name: &str) -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(format!("{name}.yaml"));
    let loaded = load(&path, &Overrides::default()).unwrap_or_else(|errors| panic!("{}", errors.render(false)));
    for_the_model(loaded.scenario).expect("it can be simulated").0
}

fn merged(scenario: &Scenario, windows: &Windows, plan: &str) -> Merged {
    let figures = simulate(scenario, windows, RUNS, &|| {}, &AtomicBool::new(false));
    Merged::of(plan, RUNS.seed, &figures).expect("runs were asked for")
}

fn outcomes(scenario: &Scenario, judgement: &holdline::verdict::Judgement) -> String {
    let lines = judgement.outcomes.iter().map(|outcome| {
        let mean = outcome.over.as_ref().map(|over| over.mean);
        format!("  {} {} {mean:?}\n", outcome.met.word(), scenario.expect[outcome.expectation].name)
    });
    lines.collect()
}

fn holds_with_its_plan_and_breaks_without(name: &str) {
    let day = scenario(name);
    let windows = Windows::of(&day);
    let written = judge(&day, &merged(&day, &windows, "written"));
    assert!(
        matches!(written.verdict, Verdict::Held | Verdict::Bent),
        "{name} with its plan: {:?}\n{}",
        written.verdict,
        outcomes(&day, &written)
    );
    let none = without_plan(&day);
    let without = judge(&none, &merged(&none, &windows, "none"));
    assert_eq!(without.verdict, Verdict::Broke, "{name} without a plan\n{}", outcomes(&none, &without));
    let quiet = day.undisturbed();
    let twin = judge_twin(&quiet, &merged(&quiet, &windows, "undisturbed"));
    assert_eq!(twin.verdict, Verdict::Held, "{name} undisturbed\n{}", outcomes(&quiet, &twin));
}

#[test]
fn triple_outage() {
    holds_with_its_plan_and_breaks_without("triple-outage");
}

#[test]
fn phone_lines_down() {
    holds_with_its_plan_and_breaks_without("phone-lines-down");
}

#[test]
fn promotion_surge() {
    holds_with_its_plan_and_breaks_without("promotion-surge");
}

#[test]
fn half_the_team_sick() {
    holds_with_its_plan_and_breaks_without("half-the-team-sick");
}

#[test]
fn first_rehearsal() {
    holds_with_its_plan_and_breaks_without("first-rehearsal");
}
