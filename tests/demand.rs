//! Demand beside the rates of a normal day: what outages cause, traces, storms, sends, and rates across changes of the clock.
//! Counts are held against what is exact, over many runs; the seeds are fixed, so no test can flicker.

use holdline::rng::Luck;
use holdline::scenario::model::{SurgeEffect, Window};
use holdline::scenario::{Loaded, Overrides, Scenario, explain, load};
use holdline::time::{Span, Time};
use holdline::workload::arrivals::{Arrival, Arrivals, Demand};

use files::Files;

#[path = "demand/clock.rs"]
mod clock;
mod files;
#[path = "demand/outages.rs"]
mod outages;
#[path = "demand/storms.rs"]
mod storms;
#[path = "demand/traces.rs"]
mod traces;

const DESK: &str = "\
desk: small
dependencies: { llm: { kind: openai }, line: { kind: twilio } }
channels: { phone: { style: call, over: [line] }, chat: { style: chat } }
reasons: { asks: { share: 75%, handle: 4m }, moans: { share: 25%, handle: 4m } }
customers: { segments: { vip: { share: 5%, priority: first }, rest: {} } }
contacts: [ { channel: phone, rate: 60/h }, { channel: chat, rate: 20/h } ]
teams: { people: { people: 9, answers: [phone, chat] } }
";

/// Loads the day that is `more` on this desk, with data files beside it.
fn loaded(desk: &str, more: &str, data: &[(&str, &str)]) -> Result<Loaded, String> {
    let start = if more.contains("start:") { "" } else { "start: 2026-03-10 08:00 UTC\nlength: 10h\n" };
    let day = format!("scenario: day\ndesk: desk.yaml\n{start}{more}");
    let files = Files::new(&[&[("desk.yaml", desk), ("day.yaml", day.as_str())], data].concat());
    let folder = files.path("").display().to_string();
    load(&files.path("day.yaml"), &Overrides::default()).map_err(|errors| errors.to_string().replace(&folder, ""))
}

fn day(more: &str) -> Scenario {
    loaded(DESK, more, &[]).unwrap_or_else(|errors| panic!("{errors}")).scenario
}

fn refused(more: &str, data: &[(&str, &str)]) -> String {
    loaded(DESK, more, data).map(|_| ()).err().unwrap_or_else(|| panic!("this is not refused: {more}"))
}

fn arrivals(demand: &Demand, run: u64) -> Vec<Arrival<'_>> {
    let mut arrivals = Arrivals::new(demand, Luck::new(1, run));
    std::iter::from_fn(move || arrivals.take()).collect()
}

/// First contacts within a window, for each of so many runs.
fn counts(scenario: &Scenario, window: Window, runs: u64, is: impl Fn(&Arrival<'_>) -> bool) -> Vec<f64> {
    let demand = Demand::new(scenario);
    let count = |run| arrivals(&demand, run).iter().filter(|one| window.holds(one.at) && is(one)).count() as f64;
    (0..runs).map(count).collect()
}

/// Their mean, and its variance over runs.
fn mean_and_variance(counts: &[f64]) -> (f64, f64) {
    let n = counts.len() as f64;
    let mean = counts.iter().sum::<f64>() / n;
    (mean, counts.iter().map(|count| (count - mean) * (count - mean)).sum::<f64>() / (n - 1.0))
}

/// Whether the mean of Poisson counts may well be `expected`: within 4.5 standard errors.
fn near(counts: &[f64], expected: f64) {
    let (mean, _) = mean_and_variance(counts);
    let error = (expected.max(0.01) / counts.len() as f64).sqrt();
    assert!((mean - expected).abs() < 4.5 * error, "{mean} for {expected}");
}

fn minutes(from: i64, to: i64) -> Window {
    let at = |minutes: i64| Time::ZERO + Span::from_secs(60 * minutes);
    Window { from: at(from), to: at(to) }
}

#[test]
fn the_storyboard_tells_of_all_demand() {
    let more = "\
outages: [ { name: llm-down, of: llm, at: 1h, for: 30m, rises_over: 5m, recovers_over: 10m } ]
surges:
  - { name: asked, because_of: llm-down, add: 60/h, channels: [chat], lingers: 20m, wave: {of: 25, within: 15m} }
  - { name: back, because_of: llm-down, wave: {of: 5, within: 5m} }
  - { name: storm, channels: [chat], add: 30/h, at: 3h, for: 1h, burst: {echo: 70%, after: 10m} }
  - { name: letter, at: 4h, send: {to: 50000, contact_rate: 0.4%, half_within: 40m, over: 30m} }
  - { name: history, replay: old.csv, scale: 1.5, instead: true }
";
    let old = "at,channel\n08:30,phone\n08:45,chat\n11:00,phone\n07:00,phone\n";
    let loaded = loaded(DESK, more, &[("old.csv", old)]).unwrap_or_else(|errors| panic!("{errors}"));
    let warnings: Vec<String> = loaded.warnings.iter().map(|one| one.title.clone()).collect();
    insta::assert_snapshot!(format!("{}\n{}", explain::storyboard(&loaded.scenario), warnings.join("\n")));
    // With every default filled in it means the same.
    let filled = explain::filled_scenario(&loaded);
    let surges = &filled[filled.find("start:").expect("the start is written")..];
    let again = self::loaded(DESK, surges, &[("old.csv", old)]).unwrap_or_else(|errors| panic!("{errors}\n{filled}"));
    assert_eq!(format!("{:?}", again.scenario.surges), format!("{:?}", loaded.scenario.surges));
}
