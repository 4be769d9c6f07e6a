//! What the language means: files and arguments in, the typed scenario out.

use holdline::scenario::model::{Condition, Cut, Distribution, Hits, Limit, Missing, Stat, SurgeEffect, WindowName};
use holdline::scenario::{Overrides, PlanChoice, Scenario, load, tree};
use holdline::time::{Span, Time};
use proptest::prelude::*;
use std::fs;
use std::path::Path;

mod files;

use files::Files;

#[path = "language/slips.rs"]
mod slips;

const DESK: &str = "\
desk: small
dependencies: { llm: { kind: openai }, line: { kind: twilio, lines: 9 }, mobile: { kind: twilio }, page: { kind: statuspage } }
channels:  { phone: { style: call, over: [line] }, chat: { style: chat } }
reasons:   { any: { handle: 3m }, other: { share: 25%, handle: 1m } }
contacts:
  - { channel: phone, rate: 100/h }
  - { name: chats, channel: chat, rate: 300/h }
bot: { uses: llm, answers: [chat] }
teams:     { phones: { people: 20, answers: [phone] }, chats: { people: 2, answers: [chat] } }
plan:
  notice: { line: {} }
  rules: [ { name: other line, when: {down: [line]}, do: [{carry: {phone: mobile}}] } ]
";

fn loaded(files: &Files, overrides: &Overrides) -> Result<Scenario, String> {
    load(&files.path("day.yaml"), overrides).map(|loaded| loaded.scenario).map_err(|errors| errors.to_string())
}

fn day(more: &str) -> Result<Scenario, String> {
    on(DESK, more)
}

fn on(desk: &str, more: &str) -> Result<Scenario, String> {
    let start = if more.contains("start:") { "" } else { "start: 2026-03-10 08:00 Europe/Paris\n" };
    let length = if more.contains("length:") { "" } else { "length: 10h\n" };
    let text = format!("scenario: day\ndesk: desk.yaml\n{start}{length}{more}");
    loaded(&Files::new(&[("day.yaml", &text), ("desk.yaml", desk)]), &Overrides::default())
}

fn good(more: &str) -> Scenario {
    day(more).unwrap_or_else(|errors| panic!("{errors}"))
}

fn at(hours: i64, minutes: i64) -> Time {
    Time::ZERO + Span::from_secs(hours * 3_600 + minutes * 60)
}

#[test]
fn the_smallest_pair_is_a_plain_queue() {
    let day = load(Path::new("scenarios/quiet-day.yaml"), &Overrides::default()).expect("it is shipped").scenario;
    assert_eq!((day.length, day.warm_up), (Span::from_secs(12 * 3_600), Span::from_secs(2 * 3_600)));
    let desk = &day.desk;
    assert!(desk.bot.is_none() && desk.customers.retry.is_none() && desk.customers.chase.is_none());
    assert!(desk.reasons.iter().all(|reason| reason.solved_first_time == 1.0 && reason.share == 1.0));
    assert_eq!(desk.streams[0].rate.len(), 1);
    assert_eq!(desk.streams[0].rate[0].from, Time::ZERO);
    assert!((desk.streams[0].rate[0].per_second - 100.0 / 60.0).abs() < 1e-12);
    assert_eq!(desk.customers.patience, vec![Some(Distribution::Exponential { mean: 120.0 })]);
    assert!(desk.teams[0].shift.is_empty() && desk.teams[0].people == 310 && desk.plan.rules.is_empty());
    assert_eq!(desk.customers.segments.len(), 1);
    assert_eq!(day.hash.len(), 12);
}

#[test]
fn clock_times_are_the_first_such_moment_after_the_start() {
    let day = good(
        "outages:\n  - { name: a, of: llm, at: \"10:15\", for: 50m }\n  - { name: b, of: llm, at: 45m, until: \"09:00\" }\n  - { name: c, of: llm, at: start, until: end }\n  - { name: d, of: llm, at: \"08:00\", for: 1m }",
    );
    let windows: Vec<_> = day.outages.iter().map(|outage| (outage.window.from, outage.window.to)).collect();
    assert_eq!(windows[0], (at(2, 15), at(3, 5)));
    assert_eq!(windows[1], (at(0, 45), at(1, 0)));
    assert_eq!(windows[2], (at(0, 0), at(10, 0)));
    assert_eq!(windows[3].0, at(0, 0));
    assert!(day_error("outages: [ { of: llm, at: \"07:59\", for: 1m } ]").contains("after the end"));
    let long = good(
        "length: 9d\noutages:\n  - { name: a, of: llm, at: \"wed 09:30\", for: 1m }\n  - { name: b, of: llm, at: \"day 3 09:30\", for: 1m }\n  - { name: c, of: llm, at: \"mon 07:00\", for: 1m }",
    );
    // The tenth of March 2026 was a Tuesday.
    let from: Vec<Time> = long.outages.iter().map(|outage| outage.window.from).collect();
    assert_eq!(from, [at(25, 30), at(49, 30), at(24 * 6 - 1, 0)]);
}

fn day_error(more: &str) -> String {
    day(more).err().unwrap_or_else(|| panic!("this is not refused: {more}"))
}

#[test]
fn a_day_with_a_change_of_the_clock_is_as_long_as_it_is() {
    // In the night to the 29th of March 2026 the clocks of Paris go from 02:00 to 03:00.
    let day =
        good("start: 2026-03-28 20:00 Europe/Paris\nlength: 12h\noutages: [ { of: llm, at: \"06:00\", for: 1m } ]");
    assert_eq!(day.outages[0].window.from, at(9, 0));
    assert_eq!(day.start.second_of_day, 20 * 3_600);
}

#[test]
fn shifts_and_rates_repeat_daily_and_cross_midnight() {
    let desk = DESK
        .replace("phones: { people: 20,", "phones: { people: 20, shift: \"22:00-06:00\", days: mon-fri,")
        .replace("chats: { people: 2,", "chats: { people: 2, shift: [\"08:00-12:00\", \"13:00-17:00\"],")
        .replace("rate: 100/h", "rate: {\"09:00\": 60/h, \"17:00\": 0/h}")
        .replace("rate: 300/h", "rate: 300/h, days: wed");
    let day = on(&desk, "length: 2d\nstart: 2026-03-10 08:00 UTC").unwrap_or_else(|errors| panic!("{errors}"));
    let spans = |team: usize| -> Vec<(Time, Time)> {
        day.desk.teams[team].shift.iter().take(4).map(|window| (window.from, window.to)).collect()
    };
    assert_eq!(spans(0)[..2], [(at(14, 0), at(22, 0)), (at(38, 0), at(46, 0))]);
    assert_eq!(spans(1)[..3], [(at(0, 0), at(4, 0)), (at(5, 0), at(9, 0)), (at(24, 0), at(28, 0))]);
    let steps: Vec<(Time, f64)> =
        day.desk.streams[0].rate.iter().map(|step| (step.from, (step.per_second * 3_600.0).round())).collect();
    // Before the first key the last key holds.
    assert_eq!(steps, [(at(0, 0), 0.0), (at(1, 0), 60.0), (at(9, 0), 0.0), (at(25, 0), 60.0), (at(33, 0), 0.0)]);
    let chats: Vec<(Time, f64)> =
        day.desk.streams[1].rate.iter().map(|step| (step.from, (step.per_second * 3_600.0).round())).collect();
    assert_eq!(chats, [(at(0, 0), 0.0), (at(16, 0), 300.0), (at(40, 0), 0.0)]);
}

#[test]
fn a_shift_on_no_day_of_the_scenario_is_never_not_always() {
    let desk = DESK.replace("phones: { people: 20,", "phones: { people: 20, days: sun,");
    let day = on(&desk, "").unwrap_or_else(|errors| panic!("{errors}"));
    assert!(
        day.desk.teams[0].shift.iter().all(|window| window.from == window.to) && !day.desk.teams[0].shift.is_empty()
    );
}

#[test]
fn distributions_keep_what_people_know() {
    let handle = |text: &str| {
        let desk = DESK.replace("any: { handle: 3m }", &format!("any: {{ handle: {text} }}"));
        on(&desk, "").map(|day| day.desk.reasons[0].handle.clone())
    };
    let near = |a: f64, b: f64| (a - b).abs() < 1e-6 * b.abs().max(1.0);
    match handle("{lognormal: {mean: 4m, cv: 0.8}}") {
        Ok(Distribution::Lognormal { mu, sigma }) => {
            assert!(near(libm::exp(mu + sigma * sigma / 2.0), 240.0) && near(libm::expm1(sigma * sigma), 0.64));
        }
        other => panic!("{other:?}"),
    }
    match handle("{lognormal: {median: 3m, p95: 12m}}") {
        Ok(Distribution::Lognormal { mu, sigma }) => {
            assert!(near(libm::exp(mu), 180.0) && near(libm::exp(mu + 1.644_853_626_951_472_2 * sigma), 720.0));
        }
        other => panic!("{other:?}"),
    }
    match handle("{gamma: {mean: 4m, cv: 0.5}}") {
        Ok(Distribution::Gamma { shape, scale }) => assert!(near(shape, 4.0) && near(scale, 60.0)),
        other => panic!("{other:?}"),
    }
    match handle("{weibull: {mean: 2m, shape: 1}}") {
        Ok(Distribution::Weibull { scale, shape }) => assert!(near(scale, 120.0) && shape == 1.0),
        other => panic!("{other:?}"),
    }
    assert_eq!(handle("{uniform: [2m, 6m]}"), Ok(Distribution::Uniform { low: 120.0, high: 360.0 }));
    assert_eq!(
        handle("{triangular: [1m, 3m, 9m]}"),
        Ok(Distribution::Triangular { low: 60.0, mode: 180.0, high: 540.0 })
    );
    assert_eq!(handle("{pareto: {least: 1m, shape: 2.2}}"), Ok(Distribution::Pareto { least: 60.0, shape: 2.2 }));
    let bounded = Distribution::Bounded {
        of: Box::new(Distribution::Exponential { mean: 240.0 }),
        at_least: Span::ZERO,
        at_most: Span::from_secs(1_200),
    };
    assert_eq!(handle("{exponential: {mean: 4m, at_most: 20m}}"), Ok(bounded));
    let mix = Distribution::Mix(vec![
        (0.8, Distribution::Constant(Span::MINUTE)),
        (1.0, Distribution::Exponential { mean: 60.0 }),
    ]);
    assert_eq!(handle("{mix: [{share: 80%, of: 1m}, {share: 20%, of: {exponential: 1m}}]}"), Ok(mix));
    for (text, part) in [
        ("{lognormal: {mean: 4m}}", "`mean` and `cv`"),
        ("{exponentail: 4m}", "did you mean `exponential`"),
        ("{uniform: [6m, 2m]}", "two ends"),
        ("4", "no unit"),
        ("fast", "unknown choice"),
        ("{exponential: 4m, gamma: 3m}", "only one of them"),
        ("{mix: [{share: 80%, of: 1m}]}", "sum to 80%"),
        ("{gamma: {mean: 4m, cv: -1}}", "negative"),
        ("{empirical: ../x.csv}", "outside"),
        ("lognormal", "needs more"),
    ] {
        assert!(handle(text).as_ref().is_err_and(|errors| errors.contains(part)), "{text}: {:?}", handle(text));
    }
}

#[test]
fn observed_times_come_from_a_column() {
    let desk = DESK.replace("any: { handle: 3m }", "any: { handle: {empirical: times.csv#took} }");
    let text = "scenario: day\ndesk: desk.yaml\nlength: 1h\n";
    let files = Files::new(&[("day.yaml", text), ("desk.yaml", &desk), ("times.csv", "id,took\n1,90\n2,2m\n3,0.5\n")]);
    let day = loaded(&files, &Overrides::default()).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(day.desk.reasons[0].handle, Distribution::Empirical([90.0, 120.0, 0.5].into()));
    let wrong = Files::new(&[("day.yaml", text), ("desk.yaml", &desk), ("times.csv", "id,time\n1,90\n")]);
    assert!(loaded(&wrong, &Overrides::default()).is_err_and(|errors| errors.contains("its columns are id, time")));
    let changed = Files::new(&[("day.yaml", text), ("desk.yaml", &desk), ("times.csv", "id,took\n1,91\n")]);
    let changed = loaded(&changed, &Overrides::default()).unwrap_or_else(|errors| panic!("{errors}"));
    assert_ne!(changed.hash, day.hash, "what was observed is part of the scenario");
}

#[test]
fn outages_and_absences_are_what_is_written() {
    let day = good(
        "outages:\n  - { name: a, of: llm, at: 1h, for: 10m, fails: {share: 70%, with: openai.overloaded, hits: customers}, recovers_over: 5m }\n  - { name: b, of: llm, at: 1h, for: 10m, slow: 8s }\n  - { name: c, of: line, at: 1h, for: 10m, flaps: {down: 2m, up: 3m}, drops_calls: true, fails: {with: hang} }\nabsences:\n  - { name: d, team: phones, people: 25% }\n  - { name: e, team: phones, people: 4, at: 2h, for: 1h, cut: requeue, kind: no-show }\n  - { name: f, team: chats, each: 8% }",
    );
    let fails = day.outages[0].fails.as_ref().expect("it fails");
    assert_eq!((fails.share, fails.with.as_str(), fails.hits), (0.7, "openai.overloaded", Hits::Customers));
    assert_eq!(fails.seen_after, Some(Span::ZERO));
    assert!(day.outages[1].fails.is_none() && day.outages[1].slow == Some(Distribution::Constant(Span::from_secs(8))));
    let hang = day.outages[2].fails.as_ref().expect("it fails");
    assert!(
        hang.seen_after.is_none() && hang.share == 1.0 && day.outages[2].drops_calls && day.outages[2].flaps.is_some()
    );
    let who: Vec<Missing> = day.absences.iter().map(|absence| absence.who).collect();
    assert_eq!(who, [Missing::Share(0.25), Missing::People(4), Missing::Each(0.08)]);
    assert_eq!((day.absences[0].window.from, day.absences[0].window.to), (Time::ZERO, day.close()));
    assert_eq!((day.absences[1].cut, day.absences[0].cut), (Cut::Requeue, Cut::Finish));
}

#[test]
fn surges_without_a_channel_follow_the_normal_mix() {
    let day = good(
        "surges:\n  - { name: a, add: 90/h, at: 1h, for: 1h }\n  - { name: b, times: 1.8, channels: [phone], at: 1h, for: 1h, rise: 20m }\n  - { name: c, add: 10/h, reason: other, channels: [chat], at: 1h, until: 3h }",
    );
    match &day.surges[0].effect {
        SurgeEffect::Add { per_second, channels, reason, .. } => {
            assert!((per_second - 0.025).abs() < 1e-12 && reason.is_none());
            let shares: Vec<f64> = channels.iter().map(|(_, share)| *share).collect();
            assert!((shares[0] - 0.25).abs() < 1e-12 && (shares[1] - 0.75).abs() < 1e-12);
        }
        other => panic!("{other:?}"),
    }
    assert!(
        matches!(&day.surges[1].effect, SurgeEffect::Times { factor, channels, .. } if *factor == 1.8 && channels.len() == 1)
    );
    assert!(
        matches!(&day.surges[2].effect, SurgeEffect::Add { channels, .. } if channels[..] == [(channels[0].0, 1.0)])
    );
    for (more, part) in [
        ("surges: [ { times: 2, add: 1/h, at: 1h, for: 1h } ]", "two effects"),
        ("surges: [ { at: 1h, for: 1h } ]", "no effect"),
        ("surges: [ { times: 2, for: 1h } ]", "no beginning"),
        ("surges: [ { times: 2, at: 1h } ]", "how long"),
        (
            "surges: [ { times: 2, at: 1h, for: 1h, because_of: x } ]",
            "`at` does nothing in a surge that an outage causes",
        ),
        ("surges: [ { times: 2, at: 1h, for: 1h, until: 3h } ]", "together"),
        ("absences: [ { team: phones, outbreak: {first: 1} } ]", "`doubles_every` is missing"),
        ("absences: [ { team: phones } ]", "who is missing"),
        ("expect: [ { kpi: satisfaction, min: 90% } ]", "nobody rates a contact at this desk"),
        ("expect: [ { kpi: eta_slips, max: 1 } ]", "not built yet"),
        ("outages: [ { of: llm, at: 1h, for: 1h, fails: {hits: lines, share: 30%} } ]", "has no number of lines"),
        ("outages: [ { of: line, at: 1h, for: 1h, fails: {hits: lines} } ]", "all lines are dead"),
        ("warm_up: 10h", "nothing would be measured"),
    ] {
        assert!(day_error(more).contains(part), "{more}: {}", day_error(more));
    }
}

#[test]
fn expectations_read_their_limits_by_the_measure() {
    let day = good(
        "outages: [ { name: llm-down, of: llm, at: 1h, for: 10m } ]\nexpect:\n  - { kpi: first_reply, at: p90, channel: chat, during: llm-down, max: 90s }\n  - { kpi: service_level, within: 30s, min: 80%, after: llm-down, in: 95% of runs }\n  - { kpi: lost_contacts, max: 0, otherwise: warn, during: any }\n  - { kpi: retry_amplification, of: llm, max: 3.5, during: baseline }",
    );
    let [reply, level, lost, retry] = &day.expect[..] else { panic!("{:?}", day.expect) };
    assert_eq!(
        (reply.stat, reply.limit, &reply.window),
        (Stat::P90, Limit::Max(90.0), &WindowName::During("llm-down".to_owned()))
    );
    assert_eq!(reply.name, "first_reply p90 chat ≤ 90s during llm-down");
    assert_eq!((level.limit, level.in_runs, level.within), (Limit::Min(0.8), Some(0.95), Span::from_secs(30)));
    assert_eq!(level.window, WindowName::After("llm-down".to_owned()));
    assert!(lost.warn && lost.window == WindowName::DuringAny && lost.stat == Stat::Value);
    assert_eq!((retry.limit, &retry.window), (Limit::Max(3.5), &WindowName::Baseline));
}

#[test]
fn a_file_can_change_one_thing_of_another() {
    let base = "scenario: base\ndesk: desk.yaml\nlength: 10h\nabout: base\nexpect: [ { kpi: lost_contacts, max: 0 } ]\noutages:\n  - { name: a, of: llm, at: 1h, for: 10m }\n  - { name: b, of: llm, at: 2h, for: 10m }\n";
    let day = "extends: base.yaml\nscenario: day\nabout: null\noutages: [ { name: b, for: 20m }, { name: c, of: line, at: 3h, for: 1m } ]\nexpect: [ { kpi: duplicates, max: 0 } ]\n";
    let files = Files::new(&[("day.yaml", day), ("base.yaml", base), ("desk.yaml", DESK)]);
    let day = loaded(&files, &Overrides::default()).unwrap_or_else(|errors| panic!("{errors}"));
    let spans: Vec<(String, Span)> =
        day.outages.iter().map(|one| (one.name.clone(), one.window.to.since(one.window.from))).collect();
    let minutes = |n: i64| Span::from_secs(60 * n);
    assert_eq!(spans, [("a".to_owned(), minutes(10)), ("b".to_owned(), minutes(20)), ("c".to_owned(), minutes(1))]);
    assert_eq!((day.name.as_str(), day.about.as_str()), ("day", ""));
    assert_eq!(day.expect.len(), 1, "a list without names is replaced");
    assert_eq!(day.expect[0].kpi, "duplicates");
}

#[test]
fn an_argument_changes_one_thing() {
    let text = "scenario: day\ndesk: desk.yaml\nlength: 10h\noutages: [ { name: a, of: llm, at: 1h, for: 10m } ]\n";
    let files = Files::new(&[("day.yaml", text), ("desk.yaml", DESK)]);
    let with = |sets: &[&str]| {
        loaded(
            &files,
            &Overrides { set: sets.iter().map(|set| (*set).to_owned()).collect(), plan: PlanChoice::Written },
        )
    };
    let plain = with(&[]).unwrap_or_else(|errors| panic!("{errors}"));
    let day = with(&[
        "outages.a.for=2h",
        "teams.phones.people=7",
        "bot.calls.timeout=9s",
        "drain=null",
        "outages.a.fails.share=40%",
    ])
    .unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(day.outages[0].window.to, at(3, 0));
    assert_eq!(day.outages[0].fails.as_ref().map(|fails| fails.share), Some(0.4));
    assert_eq!(day.desk.teams[0].people, 7);
    assert_eq!(day.desk.bot.as_ref().map(|bot| bot.timeout), Some(Span::from_secs(9)));
    assert_ne!(day.hash, plain.hash);
    let gone = with(&["outages.a=null", "bot=null"]).unwrap_or_else(|errors| panic!("{errors}"));
    assert!(gone.outages.is_empty() && gone.desk.bot.is_none());
    assert!(with(&["expect=[{kpi: lost_contacts, max: 0}]"]).is_ok_and(|day| day.expect.len() == 1));
}

#[test]
fn the_plan_can_be_chosen() {
    let text = "scenario: day\ndesk: desk.yaml\nlength: 10h\n";
    let other = "plan:\n  notice: { llm: { probe: 10s } }\n  rules: [ { when: {kpi: wait, channel: phone, above: 4m, for: 5m}, do: [{offer_callback: {}}] } ]\n  updates: { over: page }\n";
    let files = Files::new(&[
        ("day.yaml", text),
        ("desk.yaml", DESK),
        ("other/plan.yaml", other),
        ("other/bad.yaml", "plan: { rule: [] }\n"),
    ]);
    let with = |plan: PlanChoice| loaded(&files, &Overrides { plan, ..Overrides::default() });
    let written = with(PlanChoice::Written).unwrap_or_else(|errors| panic!("{errors}"));
    assert!(matches!(&written.desk.plan.rules[0].when, Condition::Down(down) if down.len() == 1));
    let none = with(PlanChoice::None).unwrap_or_else(|errors| panic!("{errors}"));
    assert!(none.desk.plan.rules.is_empty() && none.desk.plan.notice.is_empty());
    let other = with(PlanChoice::File(files.path("other/plan.yaml"))).unwrap_or_else(|errors| panic!("{errors}"));
    assert!(matches!(&other.desk.plan.rules[0].when, Condition::Above(live) if live.above == 240.0));
    assert_eq!(other.desk.plan.updates.map(|updates| updates.every), Some(Span::from_secs(1_800)));
    let bad = with(PlanChoice::File(files.path("other/bad.yaml")));
    assert!(bad.is_err_and(|errors| errors.contains("did you mean `rules`")));
}

#[test]
fn comments_and_layout_do_not_change_the_hash() {
    let plain = Files::new(&[("day.yaml", "scenario: day\ndesk: desk.yaml\nlength: 10h\n"), ("desk.yaml", DESK)]);
    let other = Files::new(&[
        ("day.yaml", "# a comment\nscenario: \"day\"\ndesk:   desk.yaml   # here\n\nlength: 10h\n"),
        ("desk.yaml", DESK),
    ]);
    let hash = |files: &Files| loaded(files, &Overrides::default()).map(|day| day.hash);
    assert!(hash(&plain).is_ok() && hash(&plain) == hash(&other));
}

#[test]
fn a_text_that_a_hash_cuts_short_is_warned_of() {
    let files = Files::new(&[
        ("day.yaml", "scenario: day\nabout: see issue #5 for more\ndesk: desk.yaml # fine\nlength: 10h\n"),
        ("desk.yaml", DESK),
    ]);
    let loaded = load(&files.path("day.yaml"), &Overrides::default()).expect("it loads");
    assert_eq!(loaded.warnings.len(), 1);
    assert!(loaded.warnings[0].render(&loaded.sources, false).contains("cuts this text short"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_bytes_panic_the_loader(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let files = Files::new(&[("desk.yaml", DESK)]);
        fs::write(files.path("day.yaml"), &bytes).expect("it can be written to");
        let _ = loaded(&files, &Overrides::default());
    }

    #[test]
    fn nothing_like_yaml_panics_the_reader(text in "[a-z:{}\\[\\], \n\"'#&*!|>%@-]{0,200}") {
        let mut warnings = Vec::new();
        let _ = tree::read(0, &text, &mut warnings);
    }

    #[test]
    fn a_damaged_scenario_never_panics(cut in 0_usize..3_000, with in "[ -~\n]{0,6}") {
        let text = fs::read_to_string("scenarios/triple-outage.yaml").expect("it is shipped");
        let desk = fs::read_to_string("scenarios/desks/retailer.yaml").expect("it is shipped");
        let at = text.floor_char_boundary(cut.min(text.len()));
        let damaged = format!("{}{with}{}", &text[..at], text[at..].chars().skip(with.len()).collect::<String>());
        let files = Files::new(&[("day.yaml", &damaged), ("desks/retailer.yaml", &desk)]);
        let _ = loaded(&files, &Overrides::default());
    }

    #[test]
    fn no_argument_panics(path in "[a-z.]{0,20}", value in "[ -~]{0,20}") {
        let set = vec![format!("{path}={value}"), format!("outages.llm-brownout.{path}={value}"), format!("bot.{path}={value}")];
        for one in set {
            let overrides = Overrides { set: vec![one], plan: PlanChoice::Written };
            let _ = load(Path::new("scenarios/triple-outage.yaml"), &overrides);
        }
    }
}
