//! Hand-made days, and what every measure must read off them.

mod promises;
mod target;

use super::definitions::Kpi;
use super::figures::Figure;
use super::fixture::{day, expectation, who};
use super::{Collector, Merged, RunFigures, Windows};
use crate::observation::{Cause, Door, Observation as O, Observer, Reply, Who};
use crate::scenario::model::{Count, Expectation, Id, Limit, Scenario, Stat, WindowName};
use crate::seam::Source;
use crate::time::{Span, Time};

fn at(second: i64) -> Time {
    Time::ZERO + Span::from_secs(second)
}
fn run_of(scenario: &Scenario, mut list: Vec<(Time, O)>) -> RunFigures {
    list.sort_by_key(|(at, _)| *at);
    let mut collector = Collector::new(scenario, &Windows::of(scenario));
    for (at, seen) in &list {
        collector.observe(*at, seen);
    }
    collector.finish(scenario.close())
}
fn run(list: Vec<(Time, O)>) -> RunFigures {
    run_of(&day(), list)
}

/// Reads a row: the measure, its statistic, the window's place, the channel.
fn row(run: &RunFigures, kpi: Kpi, stat: Stat, window: &WindowName, channel: Option<usize>) -> Option<Figure> {
    let place = Windows::of(&day()).index_of(window).expect("the fixture has it");
    let channel = channel.map(Id::new);
    let found = run.rows.iter().find(|(key, _)| {
        key.kpi == kpi
            && key.stat == stat
            && usize::from(key.window) == place
            && key.channel == channel
            && key.team.is_none()
            && key.of.is_none()
    });
    found.unwrap_or_else(|| panic!("no row for {}", kpi.name())).1
}
fn value(run: &RunFigures, kpi: Kpi, stat: Stat, channel: usize) -> Option<f64> {
    row(run, kpi, stat, &WindowName::Whole, Some(channel)).map(|f| f.value)
}
/// The figure of one expectation on these observations.
fn expect(list: Vec<(Time, O)>, change: impl FnOnce(&mut Expectation), kpi: &str) -> Option<Figure> {
    let mut scenario = day();
    let mut e = expectation(kpi, Limit::Max(0.0));
    change(&mut e);
    scenario.expect.push(e);
    run_of(&scenario, list).expected[0]
}

fn offered(who: Who) -> (Time, O) {
    (who.started, O::Offered { who, cause: Cause::First })
}
fn entered(who: Who) -> Vec<(Time, O)> {
    vec![offered(who), (who.started, O::Entered { who })]
}
fn served(who: Who, waited: i64) -> Vec<(Time, O)> {
    let mut list = entered(who);
    let source = Source::Person(Id::new(1));
    let when = who.started + Span::from_secs(waited);
    list.push((when, O::Served { who, waited: Span::from_secs(waited) }));
    list.push((when, O::Answered { who, source, first: true, late: false, by_nonce: false }));
    list
}
fn gave_up(who: Who, waited: i64) -> Vec<(Time, O)> {
    let mut list = entered(who);
    let when = who.started + Span::from_secs(waited);
    list.push((when, O::GaveUp { who, waited: Span::from_secs(waited) }));
    list
}
fn near(found: Option<f64>, wanted: f64) {
    let found = found.expect("there is a sample");
    assert!((found - wanted).abs() <= 0.001 * wanted.abs() + 1e-9, "{found} for {wanted}");
}

#[test]
fn without_samples_there_is_no_figure_rather_than_nought() {
    let run = run(Vec::new());
    for kpi in [Kpi::Abandonment, Kpi::Wait, Kpi::ServiceLevel, Kpi::LostContacts, Kpi::Satisfaction, Kpi::FirstReply] {
        let stat = if kpi == Kpi::Wait || kpi == Kpi::FirstReply { Stat::P90 } else { Stat::Value };
        assert_eq!(value(&run, kpi, stat, 1), None, "{}", kpi.name());
    }
}

#[test]
fn who_starts_in_the_warm_up_is_not_counted() {
    let run = run([served(who(1, 1, 590), 30), served(who(2, 1, 600), 60)].concat());
    assert_eq!(value(&run, Kpi::Offered, Stat::Value, 1), Some(1.0));
    near(value(&run, Kpi::Wait, Stat::Mean, 1), 60.0);
}

#[test]
fn the_three_service_levels_differ_as_their_denominators_do() {
    // 10 enter: 4 served in 10 s, 2 in 60 s, 1 gives up after 3 s (short), 3 after 100 s.
    let mut list = Vec::new();
    for n in 0..10u32 {
        let who = who(n, 1, 700 + i64::from(n));
        list.extend(match n {
            0..4 => served(who, 10),
            4..6 => served(who, 60),
            6 => gave_up(who, 3),
            _ => gave_up(who, 100),
        });
    }
    for (count, wanted) in
        [(Count::WithoutShortAbandons, 4.0 / 9.0), (Count::Offered, 4.0 / 10.0), (Count::Answered, 4.0 / 6.0)]
    {
        let figure = expect(list.clone(), |e| (e.channel, e.count) = (Some(Id::new(1)), count), "service_level");
        near(figure.map(|f| f.value), wanted);
    }
    let run = run(list);
    near(value(&run, Kpi::Abandonment, Stat::Value, 1), 0.4);
    near(value(&run, Kpi::WaitAnswered, Stat::Mean, 1), 160.0 / 6.0);
    near(value(&run, Kpi::Wait, Stat::Mean, 1), 463.0 / 10.0);
    near(value(&run, Kpi::Wait, Stat::P90, 1), 100.0);
    near(value(&run, Kpi::Served, Stat::Value, 1), 0.6);
}

#[test]
fn the_blocked_are_a_share_of_the_offered_and_leave_abandonment_alone() {
    let mut list = gave_up(who(1, 1, 700), 9);
    for n in 2..5 {
        let who = who(n, 1, 700);
        list.extend([offered(who), (who.started, O::Blocked { who, door: Door::Broken(Id::new(1)) })]);
    }
    let run = run(list);
    near(value(&run, Kpi::Blocked, Stat::Value, 1), 0.75);
    near(value(&run, Kpi::Abandonment, Stat::Value, 1), 1.0);
}

#[test]
fn a_bots_answer_that_did_not_help_is_no_end_of_the_waiting() {
    let who = who(7, 0, 700);
    let mut list = served(who, 2);
    list.push((at(710), O::WaitsAgain { who }));
    list.push((at(760), O::Served { who, waited: Span::from_secs(52) }));
    let first = run(list.clone());
    near(value(&first, Kpi::WaitAnswered, Stat::P50, 0), 52.0);
    near(value(&first, Kpi::Served, Stat::Value, 0), 1.0);
    near(value(&first, Kpi::ServiceLevel, Stat::Value, 0).or(Some(0.0)), 0.0);
    list.pop();
    list.push((at(800), O::GaveUp { who, waited: Span::from_secs(92) }));
    let second = run(list);
    near(value(&second, Kpi::Abandonment, Stat::Value, 0), 1.0);
    near(value(&second, Kpi::Served, Stat::Value, 0), 0.0);
    near(value(&second, Kpi::Wait, Stat::Mean, 0), 92.0);
}

#[test]
fn only_an_answer_in_time_is_a_first_reply() {
    let (a, b) = (who(1, 0, 700), who(2, 0, 700));
    let answer = |who, late| O::Answered { who, source: Source::Model(Id::new(2)), first: true, late, by_nonce: true };
    let mut list = [entered(a), gave_up(b, 30)].concat();
    list.extend([(at(701), O::Placeholder { who: a }), (at(701), O::Placeholder { who: b })]);
    list.extend([(at(704), answer(a, false)), (at(790), answer(b, true))]);
    let run = run(list);
    near(value(&run, Kpi::FirstReply, Stat::Mean, 0), 4.0);
    assert_eq!(value(&run, Kpi::LateAnswers, Stat::Value, 0), Some(1.0));
    assert_eq!(value(&run, Kpi::Placeholders, Stat::Value, 0), Some(1.0), "the one that left with only a placeholder");
    assert_eq!(value(&run, Kpi::MatchedByNonce, Stat::Value, 0), Some(1.0));
    assert_eq!(
        run.evidence.iter().filter(|e| e.kpi == Kpi::Placeholders).map(|e| e.customer).collect::<Vec<_>>(),
        [1_002]
    );
}

#[test]
fn apologies_without_an_answer_are_counted_at_the_close_too() {
    let (a, b) = (who(1, 0, 700), who(2, 0, 701));
    let mut list = [entered(a), served(b, 9)].concat();
    list.extend([(at(702), O::Apology { who: a }), (at(702), O::Apology { who: b })]);
    assert_eq!(value(&run(list), Kpi::Apologies, Stat::Value, 0), Some(1.0));
}

#[test]
fn solved_contained_and_first_contact_are_shares_of_their_own() {
    let mut list = Vec::new();
    for n in 0..4u32 {
        let who = who(n, 0, 700);
        list.extend(served(who, 5));
        let (solved, bot, first) =
            [(true, true, true), (true, false, false), (false, true, false), (true, false, true)][n as usize];
        let ended = O::Ended { who, solved, by_bot_alone: bot, met_bot: true, first_time: first, waited: Span::ZERO };
        list.push((at(760), ended));
        list.push((at(760), O::Rated { who, stars: 2 + n as u8 }));
    }
    let run = run(list);
    near(value(&run, Kpi::FirstContactResolution, Stat::Value, 0), 2.0 / 3.0);
    near(value(&run, Kpi::Contained, Stat::Value, 0), 0.25);
    near(value(&run, Kpi::Resolution, Stat::Mean, 0), 60.0);
    near(value(&run, Kpi::Satisfaction, Stat::Value, 0), 0.5);
}

#[test]
fn what_goes_wrong_with_a_contact_is_counted_and_listed() {
    let mut list = Vec::new();
    for n in 0..8u32 {
        list.extend(entered(who(n, 1, 700)));
    }
    let of = |n: u32| who(n, 1, 700);
    list.extend([
        (at(800), O::Duplicate { who: of(0) }),
        (at(800), O::Misdirected { who: of(1) }),
        (at(800), O::Dropped { who: of(2) }),
        (at(800), O::Unserved { who: of(3) }),
        (at(7_800), O::Lost { who: of(4) }),
        (at(7_800), O::Lost { who: of(5) }),
        (at(7_800), O::StillOpen { who: of(6) }),
        (at(800), O::CallbackAccepted { who: of(7) }),
    ]);
    let run = run(list);
    for (kpi, n) in [
        (Kpi::Duplicates, 1.0),
        (Kpi::Misdirected, 1.0),
        (Kpi::DroppedCalls, 1.0),
        (Kpi::Unserved, 1.0),
        (Kpi::LostContacts, 2.0),
        (Kpi::StillOpen, 1.0),
        (Kpi::Callbacks, 1.0),
    ] {
        assert_eq!(value(&run, kpi, Stat::Value, 1), Some(n), "{}", kpi.name());
    }
    assert_eq!(run.evidence.iter().filter(|e| e.kpi == Kpi::LostContacts).count(), 2);
}

#[test]
fn repeats_are_counted_apart() {
    let mut list = entered(who(1, 1, 700));
    let again = who(2, 1, 900);
    list.push((at(900), O::Offered { who: again, cause: Cause::Retry }));
    let run = run(list);
    assert_eq!(value(&run, Kpi::Offered, Stat::Value, 1), Some(2.0));
    assert_eq!(value(&run, Kpi::Repeats, Stat::Value, 1), Some(1.0));
}

#[test]
fn levels_are_integrated_over_the_window_and_sampled_at_full_minutes() {
    let level =
        |second, waiting, backlog| (at(second), O::Level { channel: Id::new(1), waiting, in_service: 1, backlog });
    let run = run(vec![level(0, 8, 9), level(660, 2, 6), level(7_000, 0, 30), level(7_000, 0, 3)]);
    // Measured 600 s to 7,200 s: 9 for 60 s, 6 for 6,340 s, 3 for 200 s.
    near(value(&run, Kpi::Backlog, Stat::Mean, 1), (9.0 * 60.0 + 6.0 * 6_340.0 + 3.0 * 200.0) / 6_600.0);
    assert_eq!(value(&run, Kpi::Backlog, Stat::Value, 1), Some(9.0), "what lasted no time is no peak");
    near(value(&run, Kpi::Waiting, Stat::Mean, 1), (8.0 * 60.0 + 2.0 * 6_340.0) / 6_600.0);
    let samples = &run.series.channels[1];
    assert_eq!(samples.len(), 121);
    assert_eq!((samples[0], samples[10], samples[11]), ([8, 1, 9], [8, 1, 9], [2, 1, 6]), "in force at the minute");
}

#[test]
fn without_a_warm_up_the_day_is_measured_from_its_first_moment() {
    let mut scenario = day();
    scenario.warm_up = Span::ZERO;
    let level = |second, backlog| (at(second), O::Level { channel: Id::new(1), waiting: 0, in_service: 0, backlog });
    let run = run_of(&scenario, vec![level(0, 4), level(900, 6), level(2_000, 50)]);
    let found = run.rows.iter().find(|(key, _)| {
        key.kpi == Kpi::Backlog && key.stat == Stat::Mean && key.window == 1 && key.channel == Some(Id::new(1))
    });
    near(found.and_then(|(_, figure)| figure.map(|f| f.value)), 5.0);
}

#[test]
fn the_people_figures_follow_who_was_there() {
    let people = |second, team, scheduled, present| (at(second), O::People { team: Id::new(team), scheduled, present });
    let run = run(vec![
        people(0, 1, 10, 8),
        (at(0), O::Busy { team: Id::new(1), busy: 4 }),
        people(3_900, 1, 10, 10),
        people(3_600, 2, 0, 4),
        people(5_400, 2, 0, 0),
    ]);
    let team = |kpi: Kpi, team: usize| {
        let found = run.rows.iter().find(|(k, _)| k.kpi == kpi && k.team == Some(Id::new(team)) && k.window == 0);
        found.and_then(|(_, figure)| figure.map(|f| f.value))
    };
    near(team(Kpi::Occupancy, 1), 4.0 / 9.0);
    near(team(Kpi::Shrinkage, 1), 0.1);
    near(team(Kpi::PeopleMissing, 1), 1.0);
    near(team(Kpi::PlanCost, 2), 4.0 * 30.0);
    assert_eq!(team(Kpi::PlanCost, 1), None, "only those called in cost the plan anything");
}

#[test]
fn handling_is_read_by_channel_and_by_team() {
    let mut list = served(who(1, 1, 700), 5);
    list.push((at(900), O::Handled { who: who(1, 1, 700), team: Id::new(2), length: Span::from_secs(195) }));
    let run = run(list.clone());
    near(value(&run, Kpi::HandleTime, Stat::P50, 1), 195.0);
    let figure = expect(list, |e| e.team = Some(Id::new(2)), "handle_time");
    near(figure.map(|f| f.value), 195.0);
}

#[test]
fn an_expectation_is_narrowed_by_reason_and_segment() {
    let list = [served(who(2, 1, 700), 10), gave_up(who(3, 1, 700), 50)].concat();
    near(expect(list.clone(), |e| e.reason = Some(Id::new(0)), "wait").map(|f| f.value), 10.0);
    near(expect(list.clone(), |e| e.segment = Some(Id::new(1)), "abandonment").map(|f| f.value), 1.0);
    near(
        expect(list, |e| (e.channel, e.segment) = (Some(Id::new(1)), Some(Id::new(0))), "abandonment").map(|f| f.value),
        0.0,
    );
}

#[test]
fn a_contact_belongs_to_the_windows_that_hold_its_start() {
    let run = run([served(who(1, 1, 2_000), 5), gave_up(who(2, 1, 4_900), 5)].concat());
    let during = |name: &str| WindowName::During(name.into());
    let offered = |window: &WindowName| row(&run, Kpi::Offered, Stat::Value, window, Some(1)).map(|f| f.value);
    assert_eq!(offered(&during("llm-down")), Some(1.0));
    assert_eq!(offered(&WindowName::After("llm-down".into())), Some(1.0));
    assert_eq!(offered(&during("lines-down")), Some(1.0));
    assert_eq!(offered(&WindowName::DuringAny), Some(2.0));
    assert_eq!(offered(&during("flu")), Some(2.0));
    assert_eq!(offered(&WindowName::Baseline), None);
}

fn model(n: u32, second: i64, of: usize) -> Vec<(Time, O)> {
    let who = who(n, 0, second);
    let source = Source::Model(Id::new(of));
    let mut list = entered(who);
    list.push((at(second + 2), O::Answered { who, source, first: true, late: false, by_nonce: true }));
    list.push((at(second + 2), O::Served { who, waited: Span::from_secs(2) }));
    list
}

#[test]
fn detection_failover_and_failback_are_read_from_what_showed() {
    // llm-down: 30 to 50 min, recovered at 60.
    let mut list = [model(1, 1_700, 2), model(2, 1_900, 3), model(3, 3_650, 2)].concat();
    list.push((at(1_833), O::Noticed { of: Id::new(2), down: true }));
    let of = |e: &mut Expectation| e.of = Some(Id::new(2));
    near(expect(list.clone(), of, "time_to_detect").map(|f| f.value), 33.0);
    near(expect(list.clone(), of, "time_to_failover").map(|f| f.value), 102.0);
    near(expect(list, of, "time_to_failback").map(|f| f.value), 52.0);
}

#[test]
fn a_failover_that_never_came_is_as_long_as_the_outage() {
    let figure = expect(model(1, 1_700, 2), |e| e.of = Some(Id::new(2)), "time_to_failover").expect("it is known");
    assert_eq!((figure.value, figure.never), (1_800.0, true));
    assert_eq!(expect(Vec::new(), |e| e.of = Some(Id::new(0)), "time_to_failover"), None, "slack was never broken");
}

#[test]
fn a_carrier_is_got_round_by_the_first_call_over_the_other() {
    let mut list = [served(who(1, 1, 4_850), 5), served(who(2, 1, 4_950), 8)].concat();
    list.push((at(4_920), O::Carried { channel: Id::new(1), over: Some(Id::new(5)) }));
    let figure = expect(list, |e| e.of = Some(Id::new(1)), "time_to_failover");
    near(figure.map(|f| f.value), 158.0);
}

#[test]
fn updates_are_held_against_what_was_promised() {
    let told = |second, all_clear, next: Option<i64>| {
        let next_by = next.map(at);
        (at(second), O::Update { over: Id::new(4), all_clear, next_by, delivered: true })
    };
    // llm-down: 30 (1,800 s) to 50 (3,000 s), recovered at 60 (3,600 s).
    // The second comes within the minute that the page shows, the third not.
    let list = vec![told(2_000, false, Some(2_600)), told(2_659, false, Some(3_200)), told(3_300, true, None)];
    let during = |e: &mut Expectation| e.window = WindowName::During("llm-down".into());
    near(expect(list.clone(), during, "first_update").map(|f| f.value), 200.0);
    near(expect(list.clone(), during, "update_gap").map(|f| f.value), 659.0);
    near(expect(list.clone(), during, "updates_kept").map(|f| f.value), 0.5);
    near(expect(list.clone(), during, "update_after_fix").map(|f| f.value), 300.0);
    let silent = expect(list, |e| e.window = WindowName::During("lines-down".into()), "update_gap");
    assert!(silent.is_some_and(|f| f.never && f.value == 600.0), "no update in that outage: {silent:?}");
}

#[test]
fn the_way_back_to_service_is_timed_from_the_outages_start() {
    // One call every 10 s all day; nobody is served who starts from 80 to 85 min.
    let mut list = Vec::new();
    for n in 0..720u32 {
        let who = who(n, 1, i64::from(n) * 10);
        let down = (4_800..5_100).contains(&(i64::from(n) * 10));
        list.extend(if down { gave_up(who, 60) } else { served(who, 5) });
    }
    let window = WindowName::During("lines-down".into());
    let here = |e: &mut Expectation| (e.channel, e.window) = (Some(Id::new(1)), window.clone());
    // From 86 to 87 min two of five minutes are well: 40 % of the baseline's 100 %.
    near(expect(list.clone(), here, "time_to_recover").map(|f| f.value), 360.0);
    near(expect(list.clone(), here, "time_to_normal").map(|f| f.value), 0.0);
    let run = run(list);
    near(row(&run, Kpi::Robustness, Stat::Value, &window, Some(1)).map(|f| f.value), 0.0);
    near(row(&run, Kpi::ResilienceLoss, Stat::Mean, &WindowName::Whole, Some(1)).map(|f| f.value), 300.0);
    near(
        row(&run, Kpi::ResilienceIndex, Stat::Value, &WindowName::Whole, Some(1)).map(|f| f.value),
        1.0 - 300.0 / 6_600.0,
    );
    near(row(&run, Kpi::Rapidity, Stat::Value, &WindowName::Whole, Some(1)).map(|f| f.value), 12.0);
}

#[test]
fn the_penalty_and_the_drain_are_held_against_the_baseline() {
    let mut list = [served(who(1, 0, 700), 4), served(who(2, 0, 2_000), 94)].concat();
    let level = |second, backlog| (at(second), O::Level { channel: Id::new(0), waiting: 0, in_service: 0, backlog });
    list.extend([level(0, 10), level(2_000, 60), level(3_890, 11)]);
    let here = |e: &mut Expectation| (e.channel, e.window) = (Some(Id::new(0)), WindowName::During("llm-down".into()));
    let penalty = expect(list.clone(), here, "outage_penalty").map(|f| f.value);
    assert!(penalty.is_some_and(|p| (p - 90.0).abs() < 0.2), "{penalty:?}");
    near(expect(list, here, "backlog_drain").map(|f| f.value), 300.0);
}
