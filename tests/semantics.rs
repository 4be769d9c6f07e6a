//! What things mean, rule by rule: small days in the scenario language, played by the simulator, and what was observed.

use holdline::observation::{Cause, Observation as O};
use holdline::scenario::Scenario;
use holdline::workload::arrivals::{Arrivals, Demand};
use std::sync::Arc;

#[path = "semantics/days.rs"]
mod days;
mod files;

use days::{play, two_hours};

/// What the desks here have in common; everything takes as long as it says.
const DESK: &str = "\
desk: small
dependencies: { line: { kind: twilio }, mobile: { kind: twilio }, tool: { kind: zendesk }, llm: { kind: openai } }
reasons: { asks: { share: 75%, handle: 4m, solved_first_time: 100% }, moans: { share: 25%, handle: 4m, solved_first_time: 100% } }
";
const CALLS: &str = "\
channels: { phone: { style: call, over: [line] } }
contacts: [ { name: calls, channel: phone, rate: 20/min } ]
teams: { phones: { people: 200, answers: [phone] } }
";
const MAILS: &str = "\
channels: { mail: { style: ticket, over: [tool] } }
contacts: [ { name: mails, channel: mail, rate: 5/min } ]
teams: { mails: { people: 90, answers: [mail] } }
";

/// The day that is `more` on the desk with `desk` at its end.
fn day(desk: &str, more: &str) -> Arc<Scenario> {
    two_hours(&format!("{DESK}{desk}"), more)
}

fn count(seen: &[(f64, O)], is: impl Fn(&O) -> bool) -> usize {
    seen.iter().filter(|(_, one)| is(one)).count()
}

/// When it was first seen.
fn first(seen: &[(f64, O)], is: impl Fn(&O) -> bool) -> Option<f64> {
    seen.iter().find(|(_, one)| is(one)).map(|(at, _)| *at)
}

/// First contacts of a day by reason: (asks, moans).
fn by_reason(scenario: &Arc<Scenario>) -> (f64, f64) {
    let seen = play(scenario);
    let of = |reason: usize| count(&seen, |o| matches!(o, O::Offered { who, .. } if who.reason.index() == reason));
    (of(0) as f64, of(1) as f64)
}

#[test]
fn surges_on_the_same_contacts_multiply_whatever_they_are_about() {
    let (asks, moans) = by_reason(&day(CALLS, ""));
    let surge = |times: &str| format!("surges: [ {times} ]");
    let all = |factor: &str| format!("{{ times: {factor}, at: start, for: 2h }}");
    let one = |factor: &str| format!("{{ times: {factor}, reason: moans, at: start, for: 2h }}");
    for (surges, of_asks, of_moans) in [
        (surge(&all("2")), 2.0, 2.0),
        (surge(&one("3")), 1.0, 3.0),
        (surge(&format!("{}, {}", all("2"), one("3"))), 2.0, 6.0),
        (surge(&one("0.5")), 1.0, 0.5),
        (surge(&format!("{}, {}", all("0.5"), one("4"))), 0.5, 2.0),
        (surge(&format!("{}, {}", all("2"), one("0.25"))), 2.0, 0.5),
    ] {
        let (a, m) = by_reason(&day(CALLS, &surges));
        let near = |got: f64, of: f64, n: f64| (got - of * n).abs() < 6.0 * (of * n).sqrt().max(10.0);
        assert!(near(a, of_asks, asks) && near(m, of_moans, moans), "{surges}: {asks} {moans} became {a} {m}");
    }
}

#[test]
fn a_surge_leaves_the_normal_days_customers_where_they_are() {
    let arrivals = |more: &str| {
        let scenario = day(CALLS, more);
        let demand = Demand::new(&scenario);
        let mut arrivals = Arrivals::new(&demand, holdline::rng::Luck::new(1, 0));
        std::iter::from_fn(move || arrivals.take()).map(|a| (a.at, a.customer)).collect::<Vec<_>>()
    };
    let busy = arrivals("surges: [ { times: 2, at: 30m, for: 30m } ]");
    assert!(arrivals("").iter().all(|one| busy.contains(one)));
}

#[test]
fn calls_in_progress_end_only_with_drops_calls() {
    for (drops, ended) in [("false", false), ("true", true)] {
        let outage = format!("outages: [ {{ of: line, at: 60m, for: 10m, drops_calls: {drops} }} ]");
        let seen = play(&day(CALLS, &outage));
        let dropped: Vec<f64> =
            seen.iter().filter(|(_, o)| matches!(o, O::Dropped { .. })).map(|(at, _)| *at).collect();
        assert_eq!(!dropped.is_empty(), ended);
        assert!(dropped.iter().all(|at| *at == 60.0), "{dropped:?}");
        let blocked = |(at, o): &(f64, O)| matches!(o, O::Blocked { .. }) && (60.0..70.0).contains(at);
        assert!(seen.iter().filter(|one| blocked(one)).count() > 100, "who calls a dead line is turned away");
    }
}

#[test]
fn tickets_wait_at_a_broken_hop_and_arrive_as_a_burst() {
    let seen = play(&day(MAILS, "outages: [ { of: tool, at: 30m, for: 20m } ]"));
    let entered = |from: f64, to: f64| {
        seen.iter().filter(|(at, o)| matches!(o, O::Entered { .. }) && *at >= from && *at < to).count()
    };
    assert_eq!(count(&seen, |o| matches!(o, O::Blocked { .. })), 0);
    assert_eq!(entered(30.0, 50.0), 0);
    assert!(entered(50.0, 50.01) > 70, "{}", entered(50.0, 50.01));
}

#[test]
fn tickets_that_come_out_of_hours_wait_until_the_channel_opens() {
    let open = MAILS.replace("over: [tool] }", "over: [tool], open: \"09:00-20:00\" }");
    let seen = play(&day(&open, ""));
    assert_eq!(count(&seen, |o| matches!(o, O::Blocked { .. })), 0);
    assert_eq!(first(&seen, |o| matches!(o, O::Entered { .. })), Some(60.0));
    assert!(count(&seen, |o| matches!(o, O::Entered { .. })) > 500);
}

/// Half of ten people go at 60 min; everybody has a contact of four minutes in hand.
fn walk_out(cut: &str) -> Vec<(f64, O)> {
    let desk = CALLS.replace("200", "10");
    play(&day(&desk, &format!("absences: [ {{ team: phones, people: 50%, at: 60m, for: 30m, cut: {cut} }} ]")))
}

#[test]
fn work_in_hand_is_finished_put_back_dropped_or_held_as_the_absence_says() {
    let (put_back, dropped) = (|o: &O| matches!(o, O::PutBack { .. }), |o: &O| matches!(o, O::Dropped { .. }));
    let (mut finished, mut held) = (0, 0);
    for (cut, back, gone) in [("finish", 0, 0), ("requeue", 5, 0), ("drop", 0, 5), ("hold", 0, 0)] {
        let seen = walk_out(cut);
        assert_eq!((count(&seen, put_back), count(&seen, dropped)), (back, gone), "{cut}");
        assert!(seen.iter().filter(|(_, o)| put_back(o) || dropped(o)).all(|(at, _)| *at == 60.0), "{cut}");
        let handled = |from: f64, to: f64| {
            seen.iter().filter(|(at, o)| matches!(o, O::Handled { .. }) && *at > from && *at <= to).count()
        };
        match cut {
            "finish" => finished = handled(60.0, 64.0),
            "hold" => held = handled(60.0, 64.0),
            _ => {}
        }
    }
    assert_eq!((finished, held), (10, 5), "who finishes does so in four minutes, who is held waits for the person");
}

#[test]
fn who_is_put_back_is_first_again_and_has_fresh_patience() {
    let seen = walk_out("requeue");
    let back: Vec<_> =
        seen.iter().filter_map(|(_, o)| if let O::PutBack { who, .. } = o { Some(*who) } else { None }).collect();
    let mut next = seen.iter().filter(|(at, _)| *at > 60.0).filter_map(|(_, o)| match o {
        O::Taken { who, .. } => Some(who.contact),
        _ => None,
    });
    assert!((0..5).all(|_| next.next().is_some_and(|taken| back.iter().any(|who| who.contact == taken))));
    assert_eq!(
        count(&seen, |o| matches!(o, O::GaveUp { who, .. } if back.iter().any(|b| b.contact == who.contact))),
        0
    );
}

#[test]
fn absences_are_sets_of_persons_and_shares_are_of_those_scheduled() {
    let absences = "absences:\n  - { team: phones, people: 50%, at: 10m, for: 60m }\n  - { team: phones, people: 25%, at: 20m, for: 20m }\n";
    let seen = play(&day(&CALLS.replace("200", "10"), absences));
    let present: Vec<(f64, u32, u32)> = seen
        .iter()
        .filter_map(|(at, o)| match o {
            O::People { scheduled, present, .. } => Some((*at, *scheduled, *present)),
            _ => None,
        })
        .collect();
    // 2.5 is rounded half up.
    assert_eq!(present[1..], [(10.0, 10, 5), (20.0, 10, 2), (40.0, 10, 5), (70.0, 10, 10)]);
}

#[test]
fn a_missing_tool_stops_people_unless_the_desk_says_how_they_go_on() {
    let desk = |without: &str| {
        let calls = CALLS.replace("answers: [phone] }", "answers: [phone], needs: [tool] }");
        format!("{calls}{without}")
    };
    let outage = "outages: [ { of: tool, at: 60m, for: 20m } ]";
    let longest = |seen: &[(f64, O)]| {
        let handled = |(at, o): &(f64, O)| match o {
            O::Handled { length, .. } if (64.5..80.0).contains(at) => Some(length.secs_f64()),
            _ => None,
        };
        seen.iter().filter_map(handled).fold(0.0, f64::max)
    };
    let stopped = play(&day(&desk(""), outage));
    assert_eq!(longest(&stopped), 0.0, "nobody works without it once what was in hand is finished");
    let slower = play(&day(&desk("without: { tool: { handle: +50% } }\n"), outage));
    assert_eq!(longest(&slower), 360.0);
}

#[test]
fn those_who_gave_up_come_back_at_most_so_often_and_never_after_the_end() {
    let desk = CALLS.replace("200", "1").replace(
        "teams:",
        "customers: { patience: { phone: 2m }, busy_or_gave_up: { retry: 100%, after: 5m, at_most: 3 } }\nteams:",
    );
    let seen = play(&day(&desk, ""));
    let attempts = seen.iter().filter_map(|(at, o)| match o {
        O::Offered { who, cause: Cause::Retry } => Some((*at, who.attempt)),
        _ => None,
    });
    let (last, most) = attempts.fold((0.0f64, 0), |(t, n), (at, attempt)| (t.max(at), n.max(attempt)));
    assert!(last < 120.0 && most == 3, "{last} {most}");
    // Seven minutes an attempt: whoever came before 7 min had all three by 21 min.
    assert!(count(&seen, |o| matches!(o, O::Unserved { who } if who.attempt == 3)) > 1_000);
}

#[test]
fn calls_go_over_another_carrier_when_the_plans_own_probe_says_so() {
    let plan = "plan: { notice: { line: { probe: 1m, failures: 2 } }, rules: [ { name: other, when: {down: [line]}, do: [{carry: {phone: mobile}}] } ] }\n";
    let seen = play(&day(&format!("{CALLS}{plan}"), "outages: [ { of: line, at: 30m30s, for: 20m } ]"));
    let carried: Vec<(f64, bool)> = seen
        .iter()
        .filter_map(|(at, o)| match o {
            O::Carried { over, .. } => Some(((at * 10.0).round() / 10.0, over.is_some())),
            _ => None,
        })
        .collect();
    // Broken at 30.5, seen to fail at 31 and 32; mended at 50.5, seen to work at 51 and 52.
    assert_eq!(carried.iter().map(|(at, on)| (at.round(), *on)).collect::<Vec<_>>(), [(32.0, true), (52.0, false)]);
    let blocked: Vec<f64> = seen.iter().filter(|(_, o)| matches!(o, O::Blocked { .. })).map(|(at, _)| *at).collect();
    assert!(!blocked.is_empty() && blocked.iter().all(|at| (30.5..32.1).contains(at)), "{blocked:?}");
}

#[test]
fn a_bots_answer_that_does_not_solve_makes_the_customer_ask_for_a_person_once() {
    let desk = CALLS.replace("teams:", "bot: { uses: llm, answers: [phone], replies_in: 3s }\nteams:");
    let seen = play(&day(&desk, ""));
    let asked = count(&seen, |o| matches!(o, O::WaitsAgain { .. }));
    let taken = count(&seen, |o| matches!(o, O::Taken { .. }));
    let offered = count(&seen, |o| matches!(o, O::Offered { .. }));
    assert!(asked == offered && taken == asked, "{offered} {asked} {taken}");
}

#[test]
fn a_day_that_is_ended_early_has_lost_only_what_had_its_time() {
    // The bot is silent from 30 min on, nobody gives up, and a quarter of an hour later the day is stopped.
    let patient = "customers: { patience: { phone: 10h } }\n";
    let desk = CALLS
        .replace("teams:", "bot: { uses: llm, answers: [phone], replies_in: 3s, calls: { timeout: 10h } }\nteams:");
    let scenario = day(
        &format!("{desk}{patient}"),
        "drain: 10m\noutages: [ { of: llm, at: 30m, for: 90m, fails: { with: hang } } ]\nstop_if: [ { kpi: wait, channel: phone, above: 15m } ]",
    );
    let seen = play(&scenario);
    let stopped = first(&seen, |o| matches!(o, O::Stopped { .. })).expect("it is stopped");
    let began = |lost: bool| {
        let of = move |(_, o): &(f64, O)| match o {
            O::Lost { who } if lost => Some(who.started.secs_f64() / 60.0),
            O::StillOpen { who } if !lost => Some(who.started.secs_f64() / 60.0),
            _ => None,
        };
        seen.iter().filter_map(of).collect::<Vec<_>>()
    };
    let (lost, open) = (began(true), began(false));
    assert!(lost.len() > 50 && lost.iter().all(|at| stopped - at >= 10.0), "{stopped}: {lost:?}");
    assert!(open.len() > 50 && open.iter().filter(|at| stopped - **at >= 10.0).count() == 0, "{stopped}: {open:?}");
}
