//! People who are missing by themselves or all together: late, gone early, sent home, on some days only.

use holdline::engine;
use holdline::observation::Observation as O;
use holdline::scenario::{Overrides, Scenario, load};
use holdline::time::Time;
use holdline::workload::arrivals::Demand;
use std::sync::Arc;

mod files;

use files::Files;

const DESK: &str = "\
desk: small
channels: { chat: { style: chat } }
reasons: { any: { handle: 2m } }
contacts: [ { channel: chat, rate: 10/min } ]
teams: { chats: { people: 200, answers: [chat], shift: \"09:00-17:00\" }, others: { people: 10, answers: [chat] } }
";

fn day(absence: &str) -> Scenario {
    let day = format!(
        "scenario: day\ndesk: desk.yaml\nstart: 2026-03-10 08:00 UTC\nlength: 10h\nabsences:\n  - {{ {absence} }}\n"
    );
    let files = Files::new(&[("desk.yaml", DESK), ("day.yaml", &day)]);
    load(&files.path("day.yaml"), &Overrides::default()).unwrap_or_else(|errors| panic!("{errors}")).scenario
}

/// How many of the first team are there at these hours after the start.
fn there<const N: usize>(day: &Arc<Scenario>, run: u64, team: usize, hours: [f64; N]) -> [u32; N] {
    let seen = engine::run(day, &Demand::new(day), 1, run, Vec::<(Time, O)>::new()).0;
    let counts = seen.into_iter().filter_map(|(at, one)| match one {
        O::People { team: of, present, .. } if of.index() == team => Some((at, present)),
        _ => None,
    });
    let counts: Vec<(Time, u32)> = counts.collect();
    hours.map(|hour| {
        let moment = Time::from_secs_f64(hour * 3_600.0 + 0.001);
        counts.iter().take_while(|(at, _)| *at <= moment).last().map_or(0, |(_, present)| *present)
    })
}

/// The mean of several runs, with its standard error for a share of a team of 200.
fn mean(day: Scenario, hour: f64) -> (f64, f64) {
    const RUNS: u64 = 25;
    let day = Arc::new(day);
    let all: u32 = (0..RUNS).map(|run| there(&day, run, 0, [hour])[0]).sum();
    let share = f64::from(all) / (200.0 * RUNS as f64);
    (share, (share * (1.0 - share) / (200.0 * RUNS as f64)).sqrt())
}

#[test]
fn who_is_late_comes_after_a_time_of_their_own_from_the_beginning_of_the_shift() {
    let late = || day("team: chats, each: 40%, late: {exponential: 30m}");
    for (after, come) in [(0.0, 0.0), (0.25, 1.0 - libm::exp(-0.5)), (0.5, 1.0 - libm::exp(-1.0)), (4.0, 1.0)] {
        let (share, error) = mean(late(), 1.0 + after);
        let expected = 0.6 + 0.4 * come;
        assert!((share - expected).abs() < 5.0 * error + 0.001, "{after} h: {share} for {expected}");
    }
    let day = Arc::new(late());
    assert_eq!(there(&day, 0, 0, [0.5, 9.5]), [0, 0], "before and after the shift nobody is there");
    assert_eq!(there(&day, 0, 1, [0.5, 2.0]), [10, 10], "another team is not late");
    assert_eq!(there(&day, 3, 0, [1.5]), there(&day, 3, 0, [1.5]), "the same run, the same people");
}

#[test]
fn everyone_is_late_unless_it_is_said_who_and_nobody_beyond_its_end() {
    let day = Arc::new(day("team: chats, late: 20m, until: \"09:10\""));
    assert_eq!(there(&day, 0, 0, [1.0, 1.1, 1.2]), [0, 0, 200]);
    assert_eq!(day.absences[0].kind, "late");
}

#[test]
fn who_leaves_early_is_there_until_then() {
    let leaves = || day("team: chats, people: 50%, leaves: {uniform: [2h, 6h]}");
    for (after, gone) in [(1.0, 0.0), (4.0, 0.25), (6.1, 0.5), (7.9, 0.5)] {
        let (share, error) = mean(leaves(), 1.0 + after);
        assert!((share - (1.0 - gone)).abs() < 5.0 * error + 0.001, "{after} h: {share}, {gone} should be gone");
    }
    let back = Arc::new(day("team: chats, people: 7, leaves: 1h, at: \"10:00\", for: 2h"));
    assert_eq!(there(&back, 0, 0, [2.5, 3.5, 4.5]), [200, 193, 200]);
}

#[test]
fn of_a_closed_site_those_who_can_work_on_from_home() {
    let closed = Arc::new(day("team: chats, at: \"11:00\", for: 3h, closed: {from_home: 60%, after: 45m}"));
    assert_eq!(there(&closed, 0, 0, [2.9, 3.1, 3.7, 3.8, 5.9, 6.1]), [200, 0, 0, 120, 120, 200]);
    let nobody = Arc::new(day("team: chats, at: \"11:00\", for: 3h, closed: {after: 45m}"));
    assert_eq!(there(&nobody, 0, 0, [3.1, 5.9, 6.1]), [0, 0, 200]);
}

#[test]
fn what_comes_to_pass_by_chance_does_for_all_or_for_none() {
    let storm = Arc::new(day("team: chats, people: 150, chance: 30%"));
    let days: Vec<u32> = (0..200).map(|run| there(&storm, run, 0, [2.0])[0]).collect();
    assert!(days.iter().all(|there| [50, 200].contains(there)), "together or not at all");
    let hit = days.iter().filter(|there| **there == 50).count() as f64 / 200.0;
    assert!((hit - 0.3).abs() < 5.0 * (0.3f64 * 0.7 / 200.0).sqrt(), "{hit}");
}
