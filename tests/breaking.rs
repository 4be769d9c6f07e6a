//! Where a verdict flips, on days whose flip is known by construction: a line that is dead for so long turns away so large a
//! share of evenly spread calls.

use holdline::breaking::{Breaking, Dial, Effort, Flip, Unvaried, breaking_points};
use holdline::engine::runs::{Runs, simulate};
use holdline::measure::{Merged, Windows};
use holdline::report::breaking::rows;
use holdline::scenario::{Overrides, Scenario, load};
use holdline::verdict::{Judgement, judge};
use std::sync::atomic::AtomicBool;

mod files;

use files::Files;

const DESK: &str = "\
desk: small
dependencies: { line: { kind: twilio } }
reasons: { asks: { share: 100%, handle: 1m, solved_first_time: 100% } }
channels: { phone: { style: call, over: [line] } }
contacts: [ { name: calls, channel: phone, rate: 20/min } ]
teams: { phones: { people: 100, answers: [phone] } }
";

fn day_text(more: &str) -> String {
    format!(
        "scenario: day\ndesk: desk.yaml\nstart: 2026-03-10 08:00 UTC\nlength: 2h\n{more}\n\
         expect: [ {{ name: few blocked, kpi: blocked, channel: phone, max: 20% }} ]\n"
    )
}

/// Two hours with this gone wrong.
fn day(more: &str) -> Scenario {
    let files = Files::new(&[("desk.yaml", DESK), ("day.yaml", &day_text(more))]);
    load(&files.path("day.yaml"), &Overrides::default()).unwrap_or_else(|errors| panic!("{errors}")).scenario
}

fn found(
    scenario: &Scenario,
    effort: Effort,
    threads: usize,
    stopped: bool,
) -> Option<Vec<Result<Breaking, Unvaried>>> {
    let (merged, judgement) = judged(scenario, threads);
    breaking_points(scenario, (&merged, &judgement), (1, threads), effort, &|_| {}, &AtomicBool::new(stopped))
}

/// Twelve runs of the day as it is, and what they come to.
fn judged(scenario: &Scenario, threads: usize) -> (Merged, Judgement) {
    let how = Runs { seed: 1, runs: 12, threads };
    let figures = simulate(scenario, &Windows::of(scenario), how, &|| {}, &AtomicBool::new(false));
    let merged = Merged::of("written", 1, &figures).expect("there are runs");
    let judgement = judge(scenario, &merged);
    (merged, judgement)
}

fn brief(scenario: &Scenario) -> Vec<Result<Breaking, Unvaried>> {
    found(scenario, Effort::brief(12), 2, false).expect("nobody stopped it")
}

/// The flip of the first disturbance, in minutes.
fn flip(found: &[Result<Breaking, Unvaried>]) -> (f64, f64) {
    let Ok(Breaking { flip: Some(Flip::Between { holds, breaks }), .. }) = &found[0] else { panic!("{found:?}") };
    (holds / 60.0, breaks / 60.0)
}

fn line(minutes: u32) -> String {
    format!("outages: [ {{ name: dead-line, of: line, at: \"08:20\", for: {minutes}m }} ]")
}

#[test]
fn the_length_at_which_a_fifth_of_the_calls_is_turned_away_is_a_fifth_of_the_day() {
    // Searched downward, upward, and from close by.
    for written in [40, 10, 23] {
        let found = brief(&day(&line(written)));
        let (holds, breaks) = flip(&found);
        assert!(holds >= 22.0 && breaks <= 26.0 && holds < breaks, "{written}: {holds} to {breaks}");
        assert!(breaks - holds <= 2.0);
        let Ok(first) = &found[0] else { panic!("it was varied") };
        assert_eq!((first.by, first.aside.len(), first.uneven), (Some(0), 0, false));
    }
}

#[test]
fn people_who_are_missing_turn_nobody_away_so_that_never_breaks() {
    let absence = "absences: [ { name: flu, team: phones, at: start, people: 4 } ]";
    let found = brief(&day(absence));
    let Ok(flu) = &found[0] else { panic!("it was varied") };
    assert_eq!((flu.knob.dial, flu.flip), (Dial::People, Some(Flip::Never(100.0))));
}

#[test]
fn a_disturbance_without_which_it_is_broken_too_is_not_what_breaks_it() {
    let both = "outages: [ { name: small, of: line, at: \"08:05\", for: 2m }, { name: dead-line, of: line, at: \"08:20\", for: 40m } ]";
    let found = brief(&day(both));
    let Ok(small) = &found[0] else { panic!("it was varied") };
    assert_eq!((small.flip, small.aside.as_slice()), (None, &[0][..]));
    let row = &rows(&day(both), "written", Effort::brief(12), &found)[0];
    assert_eq!((row.came_to.as_str(), row.aside.len()), ("nothing_left", 1));
    let (_, breaks) = flip(&found[1..]);
    assert!(breaks <= 24.0, "the other two minutes count: {breaks}");
}

#[test]
fn the_share_that_fails_breaks_where_share_times_length_does() {
    let half = "outages: [ { name: weak-line, of: line, at: \"08:20\", for: 48m, fails: {share: 80%} } ]";
    let found = found(&day(half), Effort { runs: 12, first: 12, curve: 3, ..Effort::full(12) }, 2, false);
    let found = found.expect("nobody stopped it");
    assert_eq!(found.len(), 2, "length and size");
    let Ok(Breaking { knob, flip: Some(Flip::Between { holds, breaks }), points, .. }) = &found[1] else {
        panic!("{found:?}")
    };
    assert_eq!(knob.dial, Dial::Fails);
    assert!(*holds >= 0.45 && *breaks <= 0.55, "{holds} to {breaks}");
    assert!(points.len() >= 6 && points.windows(2).all(|pair| pair[0].at < pair[1].at));
}

#[test]
fn a_few_runs_find_what_all_of_them_do() {
    for written in [40, 10, 23] {
        let scenario = day(&line(written));
        let all = Effort { runs: 12, first: 12, ..Effort::brief(12) };
        assert_eq!(
            flip(&brief(&scenario)),
            flip(&found(&scenario, all, 2, false).expect("nobody stopped it")),
            "{written}"
        );
    }
    let Ok(first) = &brief(&day(&line(40)))[0] else { panic!("it was varied") };
    assert!(
        first.points.iter().any(|point| point.runs < 12),
        "what is clear is not played to the end: {:?}",
        first.points
    );
}

#[test]
fn the_ends_are_what_the_day_so_changed_comes_to_in_as_many_runs() {
    // Two runs of a day with two calls a minute tell little.
    let desk = DESK.replace("20/min", "2/min");
    let written = 20;
    for limit in ["19%", "20%", "21%", "22%"] {
        let of = |minutes: u32| {
            let text = day_text(&line(minutes)).replace("20% }", &format!("{limit} }}"));
            let files = Files::new(&[("desk.yaml", &desk), ("day.yaml", &text)]);
            load(&files.path("day.yaml"), &Overrides::default()).unwrap_or_else(|errors| panic!("{errors}")).scenario
        };
        let hasty = Effort { runs: 2, first: 2, ..Effort::brief(12) };
        let found = found(&of(written), hasty, 2, false).expect("nobody stopped it");
        let (holds, breaks) = flip(&found);
        let Ok(first) = &found[0] else { panic!("it was varied") };
        assert!(first.points.iter().any(|point| point.runs == 2), "the search itself was hasty");
        for (minutes, broken) in [(holds, false), (breaks, true)] {
            let (_, judgement) = judged(&of(minutes.round() as u32), 2);
            let margin = judgement.outcomes[0].margin.expect("there are calls");
            assert_eq!(margin < 0.0, broken, "{limit}: {minutes} of {holds} to {breaks}");
        }
    }
}

#[test]
fn what_is_none_at_all_did_not_come_close() {
    let absence = "absences: [ { name: flu, team: phones, at: start, people: 4 } ]";
    let Ok(flu) = &brief(&day(absence))[0] else { panic!("it was varied") };
    assert_eq!((flu.flip, flu.by), (Some(Flip::Never(100.0)), None), "nobody was blocked");
}

#[test]
fn threads_leave_no_trace_and_who_stops_it_gets_none() {
    let day = day(&line(40));
    let text = |threads: usize| {
        let found = found(&day, Effort::brief(12), threads, false).expect("nobody stopped it");
        serde_json::to_string(&rows(&day, "written", Effort::full(12), &found)).expect("it is plain data")
    };
    assert_eq!(text(1), text(2));
    assert!(found(&day, Effort::brief(12), 1, true).is_none());
}
