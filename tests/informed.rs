//! Customers who are told: those who stay away because of a public update, those whom a promise let down, and the stars that
//! a contact is worth.

use holdline::observation::{Cause, Observation as O, Who};
use holdline::scenario::Scenario;
use std::collections::BTreeMap;
use std::sync::Arc;

#[path = "semantics/days.rs"]
mod days;
mod files;

use days::{play, two_hours};

/// Nobody waits: what is asked is who comes at all, and when.
const DESK: &str = "\
desk: small
dependencies: { llm: { kind: openai }, status: { kind: statuspage }, line: { kind: twilio } }
channels: { chat: { style: chat } }
reasons: { asks: { handle: 1m, solved_first_time: 100% } }
teams: { people: { people: 500, answers: [chat] } }
contacts: [ { channel: chat, rate: 30/h } ]
";
/// The model is down from 30 to 90 minutes, and ten customers a minute ask about it.
const OUTAGE: &str = "\
outages: [ { name: o, of: llm, at: 30m, for: 60m } ]
surges: [ { name: asked, because_of: o, add: 10/min } ]
";
const UPDATES: &str = "\
plan:
  notice: { llm: { probe: 1m, failures: 1 } }
  updates: { over: status, first_within: 10m, every: 15m, say_when_back: {after_fix: 1m} }
";

fn day(customers: &str, plan: &str, more: &str) -> Arc<Scenario> {
    two_hours(&format!("{DESK}customers: {{ {customers} }}\n{plan}"), &format!("{OUTAGE}{more}"))
}

/// Who started, and when, by their number.
fn started(seen: &[(f64, O)]) -> BTreeMap<u64, (f64, Cause)> {
    let offered =
        |(at, o): &(f64, O)| if let O::Offered { who, cause } = o { Some((who.customer, (*at, *cause))) } else { None };
    seen.iter().filter_map(offered).collect()
}

fn kept(seen: &[(f64, O)]) -> Vec<Who> {
    seen.iter().filter_map(|(_, o)| if let O::KeptAway { who } = o { Some(*who) } else { None }).collect()
}

fn updates(seen: &[(f64, O)]) -> Vec<(f64, bool)> {
    seen.iter()
        .filter_map(|(at, o)| if let O::Update { delivered, .. } = o { Some((*at, *delivered)) } else { None })
        .collect()
}

#[test]
fn who_looks_stays_away_while_promises_are_kept_and_everybody_is_accounted_for() {
    let normal = started(&play(&day("", UPDATES, "")));
    let seen = play(&day("informed: {look: 100%}", UPDATES, ""));
    let (came, kept) = (started(&seen), kept(&seen));
    let posted = updates(&seen);
    let first = posted[0].0;
    assert!((30.0..42.0).contains(&first) && posted.len() == 5, "four updates and the all-clear: {posted:?}");
    assert!(kept.len() > 300, "ten a minute for most of an hour: {}", kept.len());
    assert!(came.values().all(|(_, cause)| *cause == Cause::First), "no promise was broken");
    let mut all: BTreeMap<u64, f64> = came.iter().map(|(customer, (at, _))| (*customer, *at)).collect();
    for who in &kept {
        let at = who.started.secs_f64() / 60.0;
        assert!(at >= first, "nobody stays away before there is anything to read");
        assert_eq!(all.insert(who.customer, at), None, "kept away is not come");
    }
    let expected: BTreeMap<u64, f64> = normal.iter().map(|(customer, (at, _))| (*customer, *at)).collect();
    assert_eq!(all, expected, "the same customers at the same moments");
}

#[test]
fn a_share_looks_and_the_rest_come_as_ever() {
    let [half, all] =
        ["50%", "100%"].map(|look| kept(&play(&day(&format!("informed: {{look: {look}}}"), UPDATES, ""))));
    let share = half.len() as f64 / all.len() as f64;
    let error = (0.25 / all.len() as f64).sqrt();
    assert!((share - 0.5).abs() < 4.5 * error, "{share}");
    assert!(half.iter().all(|who| all.iter().any(|other| other.customer == who.customer)), "the same ones look");
}

#[test]
fn without_a_word_nobody_stays_away() {
    let plan = "plan: { notice: { llm: { probe: 1m, failures: 1 } } }\n";
    let seen = play(&day("informed: {look: 100%}", plan, ""));
    assert!(kept(&seen).is_empty());
    assert_eq!(started(&seen), started(&play(&day("", plan, ""))));
}

#[test]
fn a_broken_promise_brings_them_all_at_once() {
    // The page goes down before the second update, and stays down: what was promised is not kept.
    let down = OUTAGE.replace("outages: [", "outages: [ { name: page, of: status, at: 45m, for: 60m },");
    let scenario = two_hours(&format!("{DESK}customers: {{ informed: {{look: 100%}} }}\n{UPDATES}"), &down);
    let seen = play(&scenario);
    let posted = updates(&seen);
    let first = posted[0].0;
    assert!(posted[0].1 && !posted[1].1, "{posted:?}");
    let let_down: Vec<f64> =
        started(&seen).into_values().filter(|(_, cause)| *cause == Cause::LetDown).map(|(at, _)| at).collect();
    assert!(!let_down.is_empty() && kept(&seen).is_empty());
    let promised = first + 15.0;
    assert!(
        let_down.iter().all(|at| (at - promised).abs() < 0.1),
        "at the promised time, and not before: {let_down:?}"
    );
    // Who comes while the page is down cannot look.
    let while_down = |(at, cause): &(f64, Cause)| *at > 45.0 && *at < promised - 0.1 && *cause == Cause::First;
    assert!(started(&seen).values().filter(|one| while_down(one)).count() > 50);
}

#[test]
fn who_is_called_in_person_waits_as_long_as_one_waits() {
    let plan = UPDATES
        .replace("over: status,", "over: status, call_personally: {segment: vip, within: 1m},")
        .replace("first_within: 10m", "first_within: 50m");
    let customers = "informed: {look: 0%, wait: 20m}, segments: {vip: {share: 50%}, rest: {share: 50%}}";
    let seen = play(&day(customers, &plan, ""));
    let called = seen.iter().find(|(_, o)| matches!(o, O::CalledPersonally { .. })).map_or(0.0, |(at, _)| *at);
    assert!(called > 30.0 && called < 35.0, "{called}");
    let normal = started(&play(&day(&customers.replace("informed: {look: 0%, wait: 20m}, ", ""), &plan, "")));
    let late: Vec<(u64, f64)> = started(&seen)
        .into_iter()
        .filter(|(_, (_, cause))| *cause == Cause::LetDown)
        .map(|(customer, (at, _))| (customer, at - normal[&customer].0))
        .collect();
    assert!(late.len() > 50 && late.iter().all(|(_, by)| (by - 20.0).abs() < 0.01), "{late:?}");
    let rest = seen.iter().filter(|(_, o)| matches!(o, O::KeptAway { who } if who.segment.index() == 1)).count();
    assert_eq!(rest, 0, "the others were not called");
}

#[test]
fn stars_are_what_the_formula_says() {
    let customers = "patience: {chat: 3m}, busy_or_gave_up: {retry: 100%, after: 1m, at_most: 3}, unsolved: {after: 2m}, \
        satisfaction: {at_best: 5, wait: {chat: 1m}, repeat: 0.5, unsolved: 1, lost: 2, informed: 0.5, let_down: 1, spread: 0}";
    // Too few people: waits, people who give up and come again, answers that do not help.
    let desk = DESK.replace("people: 500", "people: 4").replace("solved_first_time: 100%", "solved_first_time: 70%");
    let down = OUTAGE.replace("outages: [", "outages: [ { name: page, of: status, at: 75m, for: 60m },");
    let seen = play(&two_hours(&format!("{desk}customers: {{ {customers} }}\n{UPDATES}"), &down));
    let (mut promise, mut told, mut rated) = (None, false, [0; 6]);
    let mut last: Option<(Who, f64, f64)> = None;
    for (at, o) in &seen {
        match o {
            O::Update { delivered: true, all_clear, next_by, .. } => {
                told = !all_clear;
                promise = next_by.map(|by| by.secs_f64() / 60.0);
            }
            O::Ended { who, solved, waited, .. } => {
                last = Some((*who, waited.secs_f64() / 60.0, if *solved { 0.0 } else { 1.0 }))
            }
            O::GaveUp { who, waited } => last = Some((*who, waited.secs_f64() / 60.0, 2.0)),
            O::Blocked { who, .. } => last = Some((*who, 0.0, 2.0)),
            O::Rated { who, stars } => {
                let (of, waited, end) = last.take().expect("a contact ended");
                assert_eq!(of, *who);
                let news = match (told, promise) {
                    (true, Some(by)) if by < *at => -1.0,
                    (true, _) => 0.5,
                    (false, _) => 0.0,
                };
                let exact = 5.0 - waited - 0.5 * f64::from(who.attempt - 1) - end + news;
                assert_eq!(f64::from(*stars), exact.round().clamp(1.0, 5.0), "{exact} at {at}");
                rated[usize::from(*stars)] += 1;
            }
            _ => {}
        }
    }
    assert!(rated[0] == 0 && rated[1..].iter().all(|count| *count > 5), "all of them occur: {rated:?}");
    assert!(last.is_none(), "whoever is done rates");
}

#[test]
fn nobody_rates_unless_asked_to() {
    assert!(play(&day("", UPDATES, "")).iter().all(|(_, o)| !matches!(o, O::Rated { .. })));
}
