//! One queue: Erlang A, B and C, and patience that is not exponential.

use super::chain::Chain;
use super::compare::{Compared, Played, Z, agree};
use super::formulas::{Exact, Queue, erlang_b, weibull};

/// The mean patience of desks/one-queue.yaml.
const PATIENCE: f64 = 120.0;

/// desks/one-queue.yaml with so many people, and the service levels of one-queue.yaml.
pub(crate) fn one_queue(people: u32) -> Queue {
    Queue { rate: 10.0 / 60.0, handle: 180.0, people, within: 30.0, short: 10.0 }
}

/// Every figure of a queue beside its exact value.
fn compare(people: u32, exact: &Exact, set: &[&str]) -> Vec<Compared> {
    let people = format!("teams.phones.people={people}");
    let set: Vec<&str> = set.iter().copied().chain([people.as_str()]).collect();
    let played = Played::of("one-queue.yaml", &set, 24);
    let waits: Vec<f64> = played.figure("at once").iter().map(|at_once| 1.0 - at_once).collect();
    let mut figures = vec![
        Compared::new("P(wait)", exact.wait_probability, &waits),
        played.compared("wait", exact.wait),
        played.compared("wait of the answered", exact.wait_of_answered),
        played.compared("of all", exact.level_of_all),
        played.compared("of the answered", exact.level_of_answered),
        played.compared("but short abandons", exact.level_but_short),
        // Little's law for the queue.
        played.compared("waiting", exact.wait / 6.0),
    ];
    if exact.abandonment > 1e-9 {
        figures.push(played.compared("abandonment", exact.abandonment));
    } else {
        assert!(played.figure("abandonment").iter().all(|gave_up| *gave_up == 0.0));
    }
    figures
}

fn erlang_a(people: u32) -> Exact {
    one_queue(people).exact(|u| libm::exp(-u / PATIENCE))
}

#[test]
fn an_underloaded_erlang_a_queue_is_exact() {
    agree("33 people", &compare(33, &erlang_a(33), &[]), 0.03);
}

#[test]
fn a_critically_loaded_erlang_a_queue_is_exact() {
    agree("30 people", &compare(30, &erlang_a(30), &[]), 0.03);
}

#[test]
fn an_overloaded_erlang_a_queue_is_exact() {
    agree("25 people", &compare(25, &erlang_a(25), &[]), 0.03);
}

#[test]
fn five_per_cent_longer_handling_is_seen() {
    // The same comparison with a planted error must fail, and not by a hair.
    for figure in compare(30, &erlang_a(30), &["reasons.any.handle={exponential: 189s}"]) {
        assert!(figure.off().abs() > 2.0 * Z, "{figure:?}: only {:.1} standard errors off", figure.off());
    }
}

#[test]
fn a_queue_that_nobody_leaves_is_erlang_c() {
    agree("34 people", &compare(34, &one_queue(34).exact(|_| 1.0), &["customers=null"]), 0.05);
}

#[test]
fn patience_that_runs_out_faster_and_faster_is_exact() {
    let exact = one_queue(30).exact(weibull(PATIENCE, 1.3));
    let set = ["customers.patience.phone={weibull: {mean: 2m, shape: 1.3}}"];
    agree("Weibull 1.3", &compare(30, &exact, &set), 0.03);
}

#[test]
fn patience_of_those_who_leave_at_once_or_stay_is_exact() {
    let exact = one_queue(27).exact(weibull(PATIENCE, 0.6));
    let set = ["customers.patience.phone={weibull: {mean: 2m, shape: 0.6}}"];
    agree("Weibull 0.6", &compare(27, &exact, &set), 0.03);
}

/// Lines for as many people: nobody waits, and who finds no line free is turned away.
fn loses(set: &[&str]) {
    let lost = erlang_b(20, 18.0);
    let played = Played::of("loss.yaml", set, 24);
    let figures = [played.compared("blocked", lost), played.compared("occupancy", 18.0 * (1.0 - lost) / 20.0)];
    agree("20 lines", &figures, 0.02);
    assert!(played.figure("wait").iter().all(|wait| *wait == 0.0));
}

#[test]
fn lines_without_waiting_are_erlang_b() {
    loses(&[]);
}

#[test]
fn erlang_b_does_not_mind_how_handling_times_vary() {
    loses(&["reasons.any.handle={lognormal: {mean: 3m, cv: 1.5}}"]);
}

#[test]
fn more_lines_than_people_are_a_queue_of_limited_length() {
    let (lines, people, rate, handle) = (24u32, 16u32, 6.0 / 60.0, 180.0);
    let chain = Chain::new([0u32], |k| {
        let up = (k + 1, if *k < lines { rate } else { 0.0 });
        vec![up, (k.saturating_sub(1), f64::from(*k.min(&people)) / handle)]
    });
    let p = chain.stationary();
    let lost = chain.mean(&p, |k| f64::from(u8::from(*k == lines)));
    let at_once = chain.mean(&p, |k| f64::from(u8::from(*k < people))) / (1.0 - lost);
    let wait = chain.mean(&p, |k| f64::from(k.saturating_sub(people))) / rate / (1.0 - lost);
    let busy = chain.mean(&p, |k| f64::from(*k.min(&people))) / f64::from(people);
    let played = Played::of("loss.yaml", &["dependencies.trunk.lines=24", "teams.phones.people=16"], 24);
    let figures = [
        played.compared("blocked", lost),
        played.compared("at once", at_once),
        played.compared("wait", wait),
        played.compared("occupancy", busy),
    ];
    agree("24 lines, 16 people", &figures, 0.02);
}
