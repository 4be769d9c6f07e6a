//! The simulator against exact theory. M/M/n+M is written in the scenario language and held against the formulas of
//! Mandelbaum and Zeltyn ("Service engineering in action: the Palm/Erlang-A queue", 2007, section 4 and appendix), which
//! are computed here by quadrature.
//!
//! Waiting is autocorrelated within a run, so what a figure may be off by comes from replications: |mean - exact| below
//! four standard errors over runs. A bound proves nothing when it is wide, so the standard error is bounded too.

use holdline::engine::runs::{Runs, simulate};
use holdline::measure::figures::RunFigures;
use holdline::measure::{Kpi, Merged, Windows};
use holdline::report::{Bundle, How, PlanRuns, json};
use holdline::scenario::model::Stat;
use holdline::scenario::{Overrides, PlanChoice, Scenario, load};
use holdline::verdict::judge;
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// The arrival rate, the mean handling time and the mean patience of tests/theory/desk.yaml, in seconds.
const RATE: f64 = 10.0 / 60.0;
const HANDLE: f64 = 180.0;
const PATIENCE: f64 = 120.0;
/// T of the service levels, and what a short abandon is, in tests/theory/day.yaml.
const WITHIN: f64 = 30.0;
const SHORT: f64 = 10.0;

/// Standard errors that a mean may be off by.
const Z: f64 = 4.0;
/// The largest standard error that still means something, relative to the figure.
const SHARP: f64 = 0.03;

/// What theory says of one queue.
#[derive(Debug)]
struct Exact {
    wait_probability: f64,
    wait: f64,
    abandonment: f64,
    level_of_all: f64,
    level_of_answered: f64,
    level_but_short: f64,
}

/// Erlang-A by the building blocks of Mandelbaum and Zeltyn: with H(x) the integral of P(patience > u) up to x,
/// J = ∫ exp(λH(x) − nμx) dx and J_H = ∫ H(x) exp(…) dx, and E = Σ_{j<n} (λ/μ)^j/j! over its last term,
/// P(wait) = λJ/(E+λJ), P(abandon) = (1+(λ−nμ)J)/(E+λJ), E[W] = λJ_H/(E+λJ), and the offered wait has the density
/// λ exp(λH(x) − nμx)/(E+λJ) for x > 0.
fn erlang_a(people: u32) -> Exact {
    let (lambda, mu, theta) = (RATE, 1.0 / HANDLE, 1.0 / PATIENCE);
    let n = f64::from(people);
    let h = |x: f64| -libm::expm1(-theta * x) / theta;
    let patient = |x: f64| libm::exp(-theta * x);
    let weight = |x: f64| libm::exp(lambda * h(x) - n * mu * x);
    // The weight falls at least as exp(-nμx + λ/θ): by an hour nothing is left of it.
    let j = integral(weight, 0.0, 3600.0);
    let jh = integral(|x| h(x) * weight(x), 0.0, 3600.0);
    let load = lambda / mu;
    let e = (1..people).fold(1.0, |sum, k| 1.0 + sum * f64::from(k) / load);
    let all = e + lambda * j;
    let density = |x: f64| lambda * weight(x) / all;
    let wait_probability = lambda * j / all;
    let abandonment = (1.0 + (lambda - n * mu) * j) / all;
    let answered_in_time = 1.0 - wait_probability + integral(|x| density(x) * patient(x), 0.0, WITHIN);
    // Who gives up at y < SHORT would have waited longer than y.
    let longer = |y: f64| integral(density, y, 3600.0);
    let short = integral(|y| theta * patient(y) * longer(y), 0.0, SHORT);
    Exact {
        wait_probability,
        wait: lambda * jh / all,
        abandonment,
        level_of_all: answered_in_time,
        level_of_answered: answered_in_time / (1.0 - abandonment),
        level_but_short: answered_in_time / (1.0 - short),
    }
}

/// Simpson's rule, fine enough for ten digits here.
fn integral(f: impl Fn(f64) -> f64, from: f64, to: f64) -> f64 {
    let steps = (((to - from) * 2.0).ceil() as u32).clamp(20, 4_000) * 2;
    let width = (to - from) / f64::from(steps);
    let inner: f64 = (1..steps).map(|k| f(from + f64::from(k) * width) * if k % 2 == 1 { 4.0 } else { 2.0 }).sum();
    (f(from) + inner + f(to)) * width / 3.0
}

fn scenario(file: &str, set: &[&str]) -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/theory").join(file);
    let overrides = Overrides { set: set.iter().map(|s| (*s).to_owned()).collect(), plan: PlanChoice::Written };
    load(&path, &overrides).unwrap_or_else(|errors| panic!("{errors}")).scenario
}

fn play(scenario: &Scenario, runs: u64, threads: usize) -> Vec<RunFigures> {
    simulate(scenario, &Windows::of(scenario), Runs { seed: 1, runs, threads }, &|| {}, &AtomicBool::new(false))
}

fn row(run: &RunFigures, kpi: Kpi, stat: Stat) -> f64 {
    let found = run.rows.iter().find(|(key, _)| {
        key.kpi == kpi && key.stat == stat && key.window == 0 && key.reason.is_none() && key.segment.is_none()
    });
    found.and_then(|(_, figure)| *figure).expect("the queue is never empty for a whole run").value
}

fn expected(run: &RunFigures, place: usize) -> f64 {
    run.expected[place].expect("the queue is never empty for a whole run").value
}

/// Mean and standard error over runs.
fn over_runs(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

/// How many standard errors a figure is off; every figure of a queue beside its exact value.
fn compare(people: u32, runs: u64, set: &[&str]) -> Vec<(&'static str, f64, f64, f64)> {
    let exact = erlang_a(people);
    let people = format!("teams.phones.people={people}");
    let set: Vec<&str> = set.iter().copied().chain([people.as_str()]).collect();
    let figures = play(&scenario("day.yaml", &set), runs, 0);
    assert_eq!(figures.len() as u64, runs);
    type Read = fn(&RunFigures) -> f64;
    let reads: [(&str, f64, Read); 6] = [
        ("P(wait)", exact.wait_probability, |r| 1.0 - expected(r, 0)),
        ("E[wait]", exact.wait, |r| row(r, Kpi::Wait, Stat::Mean)),
        ("P(abandon)", exact.abandonment, |r| row(r, Kpi::Abandonment, Stat::Value)),
        ("service level of all", exact.level_of_all, |r| expected(r, 1)),
        ("service level of the answered", exact.level_of_answered, |r| expected(r, 2)),
        ("service level but short abandons", exact.level_but_short, |r| expected(r, 3)),
    ];
    reads
        .into_iter()
        .map(|(name, exact, read)| {
            let (mean, error) = over_runs(&figures.iter().map(read).collect::<Vec<f64>>());
            (name, exact, mean, error)
        })
        .collect()
}

fn agrees(people: u32, runs: u64) {
    for (name, exact, mean, error) in compare(people, runs, &[]) {
        assert!(error < SHARP * exact, "{people} people, {name}: {mean} ± {error} says little of {exact}");
        assert!(error > 0.0, "{people} people, {name}: runs differ");
        let off = (mean - exact) / error;
        assert!(off.abs() < Z, "{people} people, {name}: {mean} for {exact}, {off:.1} standard errors off");
    }
}

#[test]
fn the_formulas_give_known_values() {
    // Little's law for those who give up: P(abandon) = E[W]/patience, whatever the number of people.
    for people in [24, 30, 34, 40] {
        let exact = erlang_a(people);
        assert!((exact.abandonment - exact.wait / PATIENCE).abs() < 1e-9, "{people}: {exact:?}");
        assert!(exact.level_of_all < exact.level_but_short && exact.level_of_all < exact.level_of_answered);
    }
    // The birth-and-death chain of the number in the system, solved directly: an independent way to the same figures.
    let chain = |people: u32| {
        let (mut weight, mut sum, mut waiting, mut all_busy) = (1.0, 0.0, 0.0, 0.0);
        for k in 0..2_000u32 {
            sum += weight;
            if k >= people {
                all_busy += weight;
                waiting += weight * f64::from(k - people);
            }
            let out = f64::from((k + 1).min(people)) / HANDLE + f64::from((k + 1).saturating_sub(people)) / PATIENCE;
            weight *= RATE / out;
        }
        (all_busy / sum, waiting / sum / RATE)
    };
    for people in [24, 30, 34] {
        let (exact, (busy, wait)) = (erlang_a(people), chain(people));
        assert!((exact.wait_probability - busy).abs() < 1e-8, "{people}: {} {busy}", exact.wait_probability);
        assert!((exact.wait - wait).abs() < 1e-6, "{people}: {} {wait}", exact.wait);
    }
}

#[test]
fn an_underloaded_queue_is_exact() {
    agrees(33, 24);
}

#[test]
fn a_critically_loaded_queue_is_exact() {
    agrees(30, 24);
}

#[test]
fn an_overloaded_queue_is_exact() {
    agrees(25, 24);
}

#[test]
fn five_per_cent_longer_handling_is_seen() {
    // The same comparison with a planted error must fail, and not by a hair.
    let off = compare(30, 24, &["reasons.any.handle={exponential: 189s}"]);
    for (name, exact, mean, error) in off {
        let off = (mean - exact) / error;
        assert!(off.abs() > 2.0 * Z, "{name}: {mean} for {exact}, only {off:.1} standard errors off");
    }
}

#[test]
fn each_person_is_absent_by_a_draw_of_their_own() {
    let runs = 2_000;
    let figures = play(&scenario("absent.yaml", &[]), runs, 0);
    // The first sample of the day is taken after what happens at its start.
    let missing: Vec<f64> = figures
        .iter()
        .map(|run| {
            let [scheduled, present, _] = run.series.teams[0][0];
            f64::from(scheduled - present)
        })
        .collect();
    let (n, p) = (30.0, 0.1);
    let (mean, error) = over_runs(&missing);
    assert!((mean - n * p).abs() < Z * error, "{mean} ± {error}");
    let variance = error * error * runs as f64;
    let binomial = n * p * (1.0 - p);
    assert!((variance - binomial).abs() < 5.0 * binomial * (2.0 / runs as f64).sqrt(), "{variance} for {binomial}");
    let nobody = missing.iter().filter(|m| **m == 0.0).count() as f64 / runs as f64;
    let exact = libm::pow(1.0 - p, n);
    assert!((nobody - exact).abs() < 5.0 * (exact / runs as f64).sqrt(), "{nobody} for {exact}");
}

fn run_json(scenario: &Scenario, seed: u64, threads: usize) -> String {
    let how = Runs { seed, runs: 6, threads };
    let figures = simulate(scenario, &Windows::of(scenario), how, &|| {}, &AtomicBool::new(false));
    let merged = Merged::of("written", seed, &figures).expect("there are runs");
    let judgement = judge(scenario, &merged);
    let plans = [PlanRuns { scenario, merged: &merged, judgement: &judgement }];
    let how = How { mode: "simulate", seed, pace: 1.0 };
    json::text(&Bundle::of(how, &Windows::of(scenario), &plans).expect("there is a plan"))
}

#[test]
fn the_figures_do_not_depend_on_the_threads() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/triple-outage.yaml");
    let day = load(&path, &Overrides::default()).unwrap_or_else(|errors| panic!("{errors}")).scenario;
    let one = run_json(&day, 1, 1);
    assert!(one == run_json(&day, 1, 2), "one thread and two make different bytes");
    assert!(one == run_json(&day, 1, 1), "the same seed twice makes different bytes");
    assert!(one != run_json(&day, 2, 1), "another seed is another day");
}
