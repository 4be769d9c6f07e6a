//! A carrier of which some lines are dead: fewer calls at one time, and an API that is well.

use holdline::engine;
use holdline::observation::{Door, Observation as O};
use holdline::scenario::{Overrides, Scenario, load};
use holdline::time::Time;
use holdline::workload::arrivals::Demand;
use std::sync::Arc;

mod files;

use files::Files;

const DESK: &str = "\
desk: small
dependencies: { carrier: { kind: twilio, lines: 60 }, page: { kind: statuspage } }
channels: { phone: { style: call, over: [carrier] } }
reasons: { any: { handle: 5m } }
contacts: [ { channel: phone, rate: 30/min } ]
teams: { phones: { people: 500, answers: [phone] } }
";

fn play(outage: &str) -> Vec<(Time, O)> {
    let day = format!(
        "scenario: day\ndesk: desk.yaml\nlength: 3h\noutages:\n  - {{ of: carrier, at: 1h, for: 1h, {outage} }}\n"
    );
    let files = Files::new(&[("desk.yaml", DESK), ("day.yaml", &day)]);
    let loaded = load(&files.path("day.yaml"), &Overrides::default()).unwrap_or_else(|errors| panic!("{errors}"));
    let day: Arc<Scenario> = Arc::new(loaded.scenario);
    engine::run(&day, &Demand::new(&day), 1, 0, Vec::<(Time, O)>::new()).0
}

/// The most calls at one time in these minutes, and those that were cut.
fn calls(seen: &[(Time, O)], from: f64, to: f64) -> (i64, usize) {
    let minutes = Time::from_secs_f64(from * 60.0)..Time::from_secs_f64(to * 60.0);
    let (mut now, mut most, mut cut) = (0i64, 0, 0);
    for (at, one) in seen {
        let here = minutes.contains(at);
        match one {
            O::Entered { .. } => now += 1,
            O::Ended { .. } | O::GaveUp { .. } => now -= 1,
            O::Dropped { .. } => {
                now -= 1;
                cut += usize::from(here);
            }
            _ => {}
        }
        most = if here { most.max(now) } else { most };
    }
    (most, cut)
}

#[test]
fn a_share_of_the_lines_is_dead_and_the_others_carry_what_they_can() {
    let seen = play("fails: {share: 30%, hits: lines}");
    // A call takes five minutes: by then those on lines that went dead, which go on, are over.
    assert_eq!(
        [(0.0, 60.0), (66.0, 120.0), (121.0, 180.0)].map(|(from, to)| calls(&seen, from, to)),
        [(60, 0), (42, 0), (60, 0)]
    );
    let busy = |one: &O| matches!(one, O::Blocked { door: Door::Busy(_), .. });
    let broken = |one: &O| matches!(one, O::Blocked { door: Door::Broken(_), .. });
    assert!(seen.iter().any(|(_, one)| busy(one)) && !seen.iter().any(|(_, one)| broken(one)), "a caller hears busy");
}

#[test]
fn calls_on_lines_that_go_dead_may_end() {
    let seen = play("fails: {share: 30%, hits: lines}, drops_calls: true");
    let (most, cut) = calls(&seen, 60.0, 60.1);
    assert!((9..=27).contains(&cut) && most <= 60, "{cut} of 60 should be about 18");
    assert_eq!(calls(&seen, 60.1, 120.0).1, 0, "once, at its beginning");
    // Another outage changes something every ten seconds: whoever got a line meanwhile got one that works.
    let other = "fails: {share: 30%, hits: lines}, drops_calls: true }\n  - { of: page, at: 1h, for: 1h, flaps: {down: 5s, up: 5s}";
    assert_eq!(calls(&play(other), 60.1, 120.0).1, 0, "its changes cut nobody");
}
