//! Whom the outages of a day strike on the wire.

use super::*;
use crate::mocks::socket::SocketId;
use crate::rng::Luck;
use crate::scenario::{Overrides, load};
use std::path::Path;

/// The judge of a scenario of the repository, with one thing changed.
fn judge(set: &[(&str, &str)]) -> DayJudge {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/targets/voice.yaml");
    let set = set.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let Ok(loaded) = load(&path, &Overrides { set, ..Overrides::default() }) else {
        panic!("{} loads", path.display())
    };
    let scenario = Arc::new(loaded.scenario);
    let incidents = Arc::new(Incidents::new(&scenario, Luck::new(1, 0)));
    DayJudge::new(scenario, incidents, Arc::default())
}

const PHONE: Id<Dependency> = Id::new(1);

fn facts(endpoint: &'static str) -> Facts<'static> {
    Facts { dependency: PHONE, method: "POST", endpoint, text: "" }
}

fn at(seconds: f64) -> Time {
    Time::from_secs_f64(seconds)
}

/// Whether the streams of these numbers are struck at a moment.
fn struck(judge: &DayJudge, numbers: impl IntoIterator<Item = u64>, now: Time) -> Vec<bool> {
    let streams = numbers.into_iter().map(|number| Standing::new(SocketId(number), Time::ZERO));
    streams.map(|mut standing| judge.socket(&facts("stream"), &mut standing, now).is_some()).collect()
}

#[test]
fn an_outage_of_streams_strikes_streams_and_no_request() {
    let judge = judge(&[]);
    assert_eq!(judge.unmet(), ["outage `streams-drop` was for nothing that came"]);
    assert_eq!(judge.rule(&facts("calls.create"), at(55.5)).failure, None);
    assert_eq!(struck(&judge, [1], at(54.0)), [false]);
    assert_eq!(struck(&judge, [1], at(55.5)), [true]);
    assert!(judge.unmet().is_empty());
}

#[test]
fn a_share_of_streams_is_drawn_by_their_number_and_the_first_ones_are_counted() {
    let half = [("outages.streams-drop.fails.share", "50%")];
    let fates = struck(&judge(&half), 0..100, at(55.5));
    let mut back = struck(&judge(&half), (0..100).rev(), at(55.5));
    back.reverse();
    assert_eq!(fates, back, "it does not matter who is asked first");
    assert!((30..70).contains(&fates.iter().filter(|hit| **hit).count()));
    let first = judge(&[("outages.streams-drop.fails.first", "3")]);
    assert_eq!(struck(&first, 0..5, at(55.5)), [true, true, true, false, false]);
}

#[test]
fn a_stream_that_is_struck_stays_so_until_all_are_let_go() {
    let judge = judge(&[("outages.streams-drop.fails.first", "1")]);
    let mut standing = Standing::new(SocketId(7), Time::ZERO);
    let fates = [55.1, 55.9, 56.5].map(|now| judge.socket(&facts("stream"), &mut standing, at(now)).is_some());
    assert_eq!(fates, [true, true, false]);
}
