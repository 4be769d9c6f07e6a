//! What a plan does, action by action: small days in which everything takes as long as it says. The tool `tool` is nobody's: its
//! outage from 30 to 60 minutes is what the rules go by.

use holdline::desk::{Desk, Heard, Said};
use holdline::engine::runs::Runs;
use holdline::engine::{self, plans};
use holdline::measure::{Collector, Kpi, Layout, Windows};
use holdline::observation::{Cause, Door, Observation as O};
use holdline::report::{Around, Bundle, How, PlanRuns, markdown, terminal};
use holdline::scenario::Scenario;
use holdline::scenario::model::Id;
use holdline::seam::{ContactId, CustomerAct, DeskAct};
use holdline::time::Time;
use holdline::workload::arrivals::Demand;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

#[path = "semantics/days.rs"]
mod days;
mod files;

use days::{play, two_hours};

const DESK: &str = "\
desk: small
dependencies: { line: { kind: twilio }, tool: { kind: zendesk }, llm: { kind: openai } }
reasons: { asks: { handle: 4m, solved_first_time: 100% } }
";
const CALLS: &str = "\
channels: { phone: { style: call }, chat: { style: chat } }
contacts: [ { name: calls, channel: phone, rate: 20/min } ]
";
const PEOPLE: &str = "teams: { phones: { people: 200, answers: [phone] }, chats: { people: 200, answers: [chat] } }\n";
const OUTAGE: &str = "outages: [ { name: o, of: tool, at: 30m, for: 30m } ]";
const MINUTE: f64 = 1.01 / 60.0;

/// The day that is `more` on a desk with these rules.
fn day(desk: &str, rules: &str, more: &str) -> Arc<Scenario> {
    let plan = format!("plan: {{ notice: {{ tool: {{ probe: 1m, failures: 1 }} }}, rules: [ {rules} ] }}\n");
    planned(&format!("{desk}{plan}"), more)
}

fn planned(desk: &str, more: &str) -> Arc<Scenario> {
    two_hours(&format!("{DESK}{desk}"), more)
}

/// A day on which `tool` is down from 30 to 60 minutes and a rule does this about it.
fn doing(desk: &str, action: &str) -> Vec<(f64, O)> {
    play(&day(desk, &format!("{{ when: {{down: [tool]}}, do: [{action}] }}"), OUTAGE))
}

/// When the first rule acted and was undone, in whole minutes.
fn acted(seen: &[(f64, O)]) -> Vec<(f64, bool)> {
    let rule = |(at, o): &(f64, O)| match o {
        O::Rule { rule: 0, on } => Some((at.round(), *on)),
        _ => None,
    };
    seen.iter().filter_map(rule).collect()
}

fn count(seen: &[(f64, O)], from: f64, to: f64, is: impl Fn(&O) -> bool) -> usize {
    seen.iter().filter(|(at, one)| *at >= from && *at < to && is(one)).count()
}

#[test]
fn a_rule_is_undone_after_a_length_and_acts_again_when_its_condition_comes_anew() {
    let rule = |more: &str| {
        format!("{{ when: {{down: [tool]}}, until: 10m, {more} do: [{{shorten: {{channel: phone, handle: -25%}}}}] }}")
    };
    let twice = "outages: [ { name: o, of: tool, at: 30m, for: 30m }, { name: p, of: tool, at: 80m, for: 5m } ]";
    let of = |more: &str| acted(&play(&day(&format!("{CALLS}{PEOPLE}"), &rule(more), twice)));
    let plain = [(30.0, true), (40.0, false), (80.0, true), (90.0, false)];
    assert_eq!(of(""), plain, "it acts its ten minutes and no longer, even beyond the second outage's five");
    assert_eq!(of("at_most: 1,"), plain[..2]);
    let cooled = [(30.0, true), (40.0, false), (55.0, true), (65.0, false), (80.0, true), (90.0, false)];
    assert_eq!(of("cool_down: 15m,"), cooled);
    assert_eq!(of("cool_down: 50m,"), plain[..2], "at 90 minutes the tool is up");
}

#[test]
fn a_rule_can_wait_for_a_condition_of_its_own_to_be_undone() {
    // One person too few: the queue grows until the rule helps, and the rule stays until the queue is nearly gone.
    let desk = format!("{CALLS}{}", PEOPLE.replace("200", "60"));
    let rule = "{ when: {kpi: waiting, channel: phone, above: 40}, until: {kpi: waiting, channel: phone, below: 5}, do: [{shorten: {team: phones, handle: -50%}}] }";
    let seen = play(&day(&desk, rule, ""));
    let acted = acted(&seen);
    assert!(acted.len() >= 4 && acted.chunks_exact(2).all(|pair| pair[0].1 && !pair[1].1), "{acted:?}");
    let waiting = |at: f64| {
        let level = |(_, o): &(f64, O)| {
            if let O::Level { waiting, channel, .. } = o { (channel.index() == 0).then_some(*waiting) } else { None }
        };
        seen.iter().take_while(|(t, _)| *t <= at).filter_map(level).last().unwrap_or(0)
    };
    let changes = seen.iter().filter_map(|(at, o)| if let O::Rule { on, .. } = o { Some((*at, *on)) } else { None });
    for (at, on) in changes {
        assert!(if on { waiting(at) > 40 } else { waiting(at) <= 5 }, "{at} {on} {}", waiting(at));
    }
    let up = "{ when: {kpi: waiting, channel: phone, above: 40}, until: {up: [tool]}, do: [{first: {segment: all}}] }";
    let outage = "outages: [ { name: o, of: tool, at: start, for: 50m } ]";
    let undone: Vec<f64> =
        self::acted(&play(&day(&desk, up, outage))).into_iter().filter(|(_, on)| !on).map(|(at, _)| at).collect();
    assert_eq!(undone.first(), Some(&50.0));
}

#[test]
fn the_later_rule_decides_and_the_earlier_again_when_that_is_undone() {
    let rules = "{ when: {down: [tool]}, do: [{shorten: {team: phones, handle: -25%}}] }, { when: {down: [tool]}, until: 10m, do: [{shorten: {team: phones, handle: -50%}}] }";
    let seen = play(&day(&format!("{CALLS}{PEOPLE}"), rules, OUTAGE));
    let lengths = |from: f64, to: f64| -> Vec<f64> {
        let handled = |(at, o): &(f64, O)| match o {
            O::Handled { length, .. } if (from..to).contains(at) => Some(length.secs_f64()),
            _ => None,
        };
        seen.iter().filter_map(handled).collect()
    };
    for (from, to, is) in [(10.0, 30.0, 240.0), (34.1, 40.0, 120.0), (44.0, 60.0, 180.0), (64.1, 90.0, 240.0)] {
        let lengths = lengths(from, to);
        assert!(lengths.len() > 50 && lengths.iter().all(|length| *length == is), "from {from}: {lengths:?}");
    }
}

#[test]
fn a_closed_channel_turns_away_who_comes_and_sends_a_share_elsewhere() {
    let seen = doing(&format!("{CALLS}{PEOPLE}"), "{close: {channel: phone, say: Sorry., to: chat, accepted: 30%}}");
    let shut = |o: &O| matches!(o, O::Blocked { door: Door::Shut, .. });
    let calls = count(&seen, 30.1, 60.0, |o| matches!(o, O::Offered { who, .. } if who.channel.index() == 0));
    assert_eq!(count(&seen, 30.1, 60.0, shut), calls);
    assert_eq!(count(&seen, 0.0, 30.0, shut) + count(&seen, 60.1, 200.0, shut), 0);
    let moved = count(
        &seen,
        0.0,
        200.0,
        |o| matches!(o, O::Offered { who, cause: Cause::Moved } if who.channel.index() == 1 && who.attempt == 2),
    );
    let (n, share) = (calls as f64, moved as f64 / calls as f64);
    assert!((share - 0.3).abs() < 5.0 * (0.21 / n).sqrt(), "{moved} of {calls}");
    assert_eq!(count(&seen, 0.0, 200.0, |o| matches!(o, O::Unserved { .. })), count(&seen, 0.0, 200.0, shut) - moved);
}

#[test]
fn who_is_in_the_queue_when_a_channel_is_closed_is_still_served() {
    let desk = format!("{CALLS}{}", PEOPLE.replace("200", "60"));
    let seen = doing(&desk, "{close: {channel: phone}}");
    let came = |o: &O| matches!(o, O::Entered { .. });
    assert_eq!(count(&seen, 0.0, 30.1, came), count(&seen, 0.0, 60.0, |o| matches!(o, O::Taken { .. })));
    assert_eq!(count(&seen, 0.0, 300.0, |o| matches!(o, O::Dropped { .. } | O::GaveUp { .. })), 0);
}

/// (minute, scheduled, present) of the first team.
fn people(seen: &[(f64, O)]) -> Vec<(f64, u32, u32)> {
    let of = |(at, o): &(f64, O)| match o {
        O::People { team, scheduled, present } if team.index() == 0 => Some((*at, *scheduled, *present)),
        _ => None,
    };
    seen.iter().filter_map(of).collect()
}

#[test]
fn people_stay_on_after_their_shift_and_then_go() {
    let desk =
        |shift: &str| format!("{CALLS}teams: {{ phones: {{ people: 100, answers: [phone], shift: {shift} }} }}\n");
    let one = desk("\"08:00-08:45\"");
    let overtime = |share: &str| format!("{{overtime: {{team: phones, for: 30m, accepted: {share}}}}}");
    let all = doing(&one, &overtime("100%"));
    assert_eq!(people(&all), [(0.0, 100, 100), (45.0, 100, 100), (75.0, 0, 0)]);
    let extra: Vec<(f64, u32)> = all
        .iter()
        .filter_map(|(at, o)| if let O::Overtime { people, .. } = o { Some((*at, *people)) } else { None })
        .collect();
    assert_eq!(extra, [(45.0, 100), (75.0, 0)]);
    let some = people(&doing(&one, &overtime("40%")));
    assert!(some.len() == 3 && (25..=55).contains(&some[1].2) && some[1].1 == some[1].2, "{some:?}");
    // A shift that ends when nobody asks any more, and one that begins within the overtime of another.
    assert_eq!(people(&doing(&desk("\"08:00-09:15\""), &overtime("100%"))), [(0.0, 100, 100), (75.0, 0, 0)]);
    let two = people(&doing(&desk("[\"08:00-08:45\", \"09:00-09:30\"]"), &overtime("100%")));
    assert_eq!(two, [(0.0, 100, 100), (45.0, 100, 100), (60.0, 100, 100), (90.0, 0, 0)]);
}

#[test]
fn moved_people_answer_the_other_channel_first_and_their_own_after() {
    let desk = "\
channels: { phone: { style: call }, mail: { style: ticket } }
contacts: [ { channel: phone, rate: 20/min }, { channel: mail, rate: 1/min } ]
teams: { phones: { people: 70, answers: [phone] }, back: { people: 20, answers: [mail] } }
";
    let seen = doing(desk, "{move: {from: back, to: phone, people: 50%}}");
    let taken = |from: f64, to: f64, team: usize, channel: usize| {
        count(
            &seen,
            from,
            to,
            |o| matches!(o, O::Taken { who, team: t } if who.channel.index() == channel && t.index() == team),
        )
    };
    assert_eq!(taken(0.0, 30.0, 1, 0), 0);
    // Ten people, four minutes each, for half an hour: the phone takes most of them most of the time.
    let lent = taken(30.0, 60.1, 1, 0);
    assert!((20..=80).contains(&lent), "{lent}");
    assert_eq!(taken(60.1, 200.0, 1, 0), 0, "they are back");
    assert!(taken(30.0, 60.0, 1, 1) > 15 && taken(0.0, 200.0, 0, 1) == 0);
}

#[test]
fn who_takes_calls_of_another_team_has_one_in_hand() {
    let desk = "\
channels: { phone: { style: call }, chat: { style: chat } }
contacts: [ { channel: phone, rate: 20/min }, { channel: chat, rate: 1/h } ]
teams: { phones: { people: 1, answers: [phone] }, chats: { people: 8, answers: [chat], at_once: 3 } }
";
    let seen = doing(desk, "{move: {from: chats, to: phone, people: 4}}");
    let taken = count(&seen, 30.0, 34.0, |o| matches!(o, O::Taken { team, .. } if team.index() == 1));
    assert!((4..=5).contains(&taken), "four people take four calls in four minutes, not twelve: {taken}");
}

#[test]
fn a_group_goes_before_those_who_wait_already() {
    let desk = format!(
        "{CALLS}{}customers: {{ segments: {{ vip: {{ share: 10% }}, rest: {{}} }} }}\n",
        PEOPLE.replace("200", "40")
    );
    let waits = |seen: &[(f64, O)], from: f64, to: f64| -> f64 {
        let vip = |(at, o): &(f64, O)| match o {
            O::Served { who, waited } if who.segment.index() == 0 && (from..to).contains(at) => Some(waited.secs_f64()),
            _ => None,
        };
        seen.iter().filter_map(vip).fold(0.0, f64::max)
    };
    let seen = doing(&desk, "{first: {segment: vip}}");
    assert!(waits(&seen, 20.0, 30.0) > 300.0, "in turn before");
    assert!(waits(&seen, 36.0, 60.0) < 241.0, "{}", waits(&seen, 36.0, 60.0));
    assert!(waits(&seen, 115.0, 179.0) > 1_200.0, "in turn again");
}

#[test]
fn with_the_bot_off_people_get_everybody_at_once_also_those_in_the_bots_line() {
    let bot = "bot: { uses: llm, answers: [phone], replies_in: 2m, at_once: 10, calls: { timeout: 5m } }\n";
    let seen = doing(&format!("{CALLS}{PEOPLE}{bot}"), "{bot: off}");
    let on = seen.iter().find(|(_, o)| matches!(o, O::Rule { on: true, .. })).map_or(0.0, |(at, _)| *at);
    let queued = count(&seen, on, on + MINUTE, |o| matches!(o, O::Queued { .. }));
    assert!(queued > 300, "ten at the bot and the whole line behind them: {queued}");
    let answers = |from, to| {
        count(&seen, from, to, |o| matches!(o, O::Answered { source: holdline::seam::Source::Model(_), .. }))
    };
    assert!(answers(20.0, 30.0) > 40);
    assert_eq!(answers(on + MINUTE, 60.0), 0);
    assert!(answers(62.5, 80.0) > 80, "on again");
    assert_eq!(count(&seen, on, 60.0, |o| matches!(o, O::Apology { .. } | O::Dropped { .. })), 0);
}

#[test]
fn whom_the_bot_hands_over_hears_an_offer_once_wherever_it_stands_in_the_rule() {
    let bot = "bot: { uses: llm, answers: [phone], replies_in: 2m, at_once: 10, calls: { timeout: 5m } }\n";
    let offer = "{offer_callback: {accepted: 0%}}";
    for actions in [format!("{{bot: off}}, {offer}"), format!("{offer}, {{bot: off}}")] {
        let desk = format!("{DESK}{CALLS}{PEOPLE}{bot}");
        let rule = format!("{{ when: {{down: [tool]}}, do: [{actions}] }}");
        let plan = format!("plan: {{ notice: {{ tool: {{ probe: 1m, failures: 1 }} }}, rules: [ {rule} ] }}\n");
        let scenario = two_hours(&format!("{desk}{plan}"), OUTAGE);
        let mut desk = Desk::new(scenario.desk.clone());
        let mut said = Vec::new();
        let contact = ContactId::new(0, 0);
        let start = CustomerAct::Start { contact, channel: Id::new(0), segment: Id::new(0) };
        desk.begin(Time::ZERO, &mut said);
        desk.hear(Time::ZERO, Heard::Act(start), &mut said);
        said.clear();
        desk.hear(Time::ZERO, Heard::Told { of: Id::new(1), down: true }, &mut said);
        let offers = said.iter().filter(|one| matches!(one, Said::Act(DeskAct::OfferCallback { .. }))).count();
        let queued = said.iter().filter(|one| matches!(one, Said::Act(DeskAct::Queue { .. }))).count();
        assert_eq!((queued, offers), (1, 1), "{actions}: {said:?}");
    }
}

#[test]
fn a_rule_can_call_in_two_teams_and_does_so_once_a_day() {
    let teams = "teams: { phones: { people: 9, answers: [phone] }, one: { people: 3, answers: [phone], on_call: true }, two: { people: 4, answers: [phone], on_call: true } }\n";
    let rule = "{ when: {down: [tool]}, until: 5m, cool_down: 5m, do: [{call_in: {team: one, ready_in: 5m}}, {call_in: {team: two, ready_in: 10m}}] }";
    let seen = play(&day(&format!("{CALLS}{teams}"), rule, OUTAGE));
    assert!(acted(&seen).len() >= 4, "it acts more than once");
    let came = |team: usize| -> Vec<f64> {
        let of = |(at, o): &(f64, O)| match o {
            O::People { team: t, present, .. } if t.index() == team && *present > 0 => Some(at.round()),
            _ => None,
        };
        seen.iter().filter_map(of).collect()
    };
    assert_eq!((came(1), came(2)), (vec![35.0], vec![40.0]));
}

#[test]
fn trouble_is_noticed_by_whoever_is_first() {
    let noticed = |notice: &str, outage: &str| -> Vec<(f64, bool)> {
        let plan = format!("plan: {{ notice: {{ line: {notice} }} }}\n");
        let seen = play(&planned(&format!("{CALLS}{PEOPLE}{plan}"), outage));
        let of = |(at, o): &(f64, O)| if let O::Noticed { down, .. } = o { Some((at.round(), *down)) } else { None };
        seen.iter().filter_map(of).collect()
    };
    let outage = "outages: [ { name: o, of: line, at: 30m, for: 30m } ]";
    let (people, vendor, probe) = ("people_notice: 7m", "vendor_says: { after: 12m }", "probe: 1m, failures: 3");
    assert_eq!(noticed(&format!("{{ {people} }}"), outage), [(37.0, true), (67.0, false)]);
    assert_eq!(noticed(&format!("{{ {vendor} }}"), outage), [(42.0, true), (72.0, false)]);
    assert_eq!(noticed(&format!("{{ {people}, {vendor} }}"), outage), [(37.0, true), (67.0, false)]);
    assert_eq!(noticed(&format!("{{ {people}, {probe} }}"), outage), [(32.0, true), (62.0, false)]);
    let short = "outages: [ { name: o, of: line, at: 30m, for: 5m } ]";
    assert_eq!(noticed(&format!("{{ {people} }}"), short), [], "over before anybody noticed");
    let again = "outages: [ { name: o, of: line, at: 30m, for: 30m }, { name: p, of: line, at: 62m, for: 20m } ]";
    assert_eq!(noticed(&format!("{{ {people} }}"), again), [(37.0, true), (89.0, false)], "at 67 it is down again");
}

/// What a measure came to over the whole day; `None` if it has no row. With one team the row is that team's.
fn figure(scenario: &Arc<Scenario>, kpi: Kpi) -> Option<f64> {
    let layout = Arc::new(Layout::of(scenario, &Windows::of(scenario)));
    let (collector, close) = engine::run(scenario, &Demand::new(scenario), 1, 0, Collector::with(layout));
    let rows = collector.finish(close).rows;
    rows.iter().find(|(key, _)| key.kpi == kpi && key.window == 0).and_then(|(_, figure)| Some(figure.as_ref()?.value))
}

fn near(figure: Option<f64>, expected: f64) {
    let figure = figure.expect("it has a figure");
    assert!((figure - expected).abs() < 1e-6 * expected.abs().max(1.0), "{figure} is not {expected}");
}

#[test]
fn people_cost_their_hours_overtime_and_those_called_in_included() {
    let teams = "teams: { phones: { people: 10, answers: [phone], shift: \"08:00-08:45\" }, partner: { people: 4, answers: [phone], on_call: true, person_hour: 50 } }\n";
    let costs = "costs: { money: EUR, person_hour: 30 }\n";
    let act = "{overtime: {team: phones, for: 30m, accepted: 100%}}, {call_in: {team: partner, ready_in: 30m}}";
    let rule = format!("{{ when: {{down: [tool]}}, do: [{act}] }}");
    let scenario = day(&format!("{CALLS}{teams}{costs}"), &rule, OUTAGE);
    let acts = play(&scenario).iter().find(|(_, o)| matches!(o, O::Rule { .. })).map_or(0.0, |(at, _)| *at);
    // Ten people for 75 minutes, four of the partner from half an hour after the rule to the end.
    let partner = 4.0 * (120.0 - acts - 30.0);
    near(figure(&scenario, Kpi::CostOfStaff), 10.0 * 1.25 * 30.0 + partner / 60.0 * 50.0);
    near(figure(&scenario, Kpi::PlanCost), 10.0 * 30.0 + partner);
    let free = day(&format!("{CALLS}{teams}",).replace(", person_hour: 50", ""), &rule, OUTAGE);
    assert_eq!(figure(&free, Kpi::Cost), None, "a desk that states no costs has no price");
    near(figure(&free, Kpi::PlanCost), 10.0 * 30.0 + partner);
}

#[test]
fn who_was_called_in_and_stays_on_is_counted_once() {
    let teams = "teams: { phones: { people: 9, answers: [phone] }, partner: { people: 4, answers: [phone], on_call: true, shift: \"08:00-09:00\" } }\n";
    let act = "{call_in: {team: partner, ready_in: 10m}}, {overtime: {team: partner, for: 30m, accepted: 100%}}";
    let rule = format!("{{ when: {{down: [tool]}}, do: [{act}] }}");
    let outage = OUTAGE.replace("for: 30m", "for: 50m");
    let scenario = day(&format!("{CALLS}{teams}"), &rule, &outage);
    let acts = play(&scenario).iter().find(|(_, o)| matches!(o, O::Rule { .. })).map_or(0.0, |(at, _)| *at);
    // There from ten minutes after the rule to the end of half an hour after their shift.
    near(figure(&scenario, Kpi::PlanCost), 4.0 * (90.0 - acts - 10.0));
}

#[test]
fn vendors_compensation_and_losses_cost_what_the_desk_says() {
    let costs = "costs: { call_minute: 0.1, bot_answer: 2, lost_contact: 7 }\n";
    let desk = format!("{CALLS}{PEOPLE}{costs}");
    let close = "{close: {channel: phone, to: chat, accepted: 50%}}, {compensate: {channel: phone, each: 5}}";
    let scenario = day(&desk, &format!("{{ when: {{down: [tool]}}, do: [{close}] }}"), OUTAGE);
    let seen = play(&scenario);
    let in_day = |o: &(f64, O)| o.0 < 120.0;
    let minutes: f64 = seen
        .iter()
        .filter(|one| in_day(one))
        .filter_map(|(at, o)| match o {
            O::Taken { who, .. } if who.channel.index() == 0 => Some((120.0 - at).min(4.0)),
            _ => None,
        })
        .sum();
    let shut = count(&seen, 0.0, 200.0, |o| matches!(o, O::Blocked { door: Door::Shut, .. })) as f64;
    let unserved = count(&seen, 0.0, 200.0, |o| matches!(o, O::Unserved { .. })) as f64;
    assert!(shut > 500.0 && unserved > 200.0 && unserved < shut);
    near(figure(&scenario, Kpi::CostOfVendors), minutes * 0.1);
    near(figure(&scenario, Kpi::CostOfCompensation), shut * 5.0);
    near(figure(&scenario, Kpi::CostOfLosses), unserved * 7.0);
    near(figure(&scenario, Kpi::Cost), minutes * 0.1 + shut * 5.0 + unserved * 7.0);

    let bot = "bot: { uses: llm, answers: [phone], replies_in: 3s }\n";
    let answered = day(&format!("{desk}{bot}").replace("call_minute: 0.1, ", ""), "", "");
    let answers = count(&play(&answered), 0.0, 200.0, |o| matches!(o, O::Answered { first: true, .. })) as f64;
    near(figure(&answered, Kpi::CostOfVendors), answers * 2.0);
}

#[test]
fn late_answers_are_compensated_while_the_rule_acts() {
    let desk = format!("{CALLS}{}costs: {{}}\n", PEOPLE.replace("200", "60"));
    let rule = "{ when: {down: [tool]}, do: [{compensate: {each: 1, late: 6m}}] }";
    let scenario = day(&desk, rule, OUTAGE);
    let seen = play(&scenario);
    let rules: Vec<f64> = seen.iter().filter_map(|(at, o)| matches!(o, O::Rule { .. }).then_some(*at)).collect();
    let let_down = seen.iter().filter(|(at, o)| match o {
        O::Ended { who, waited, .. } => {
            let started = who.started.secs_f64() / 60.0;
            started < 120.0 && started < rules[1] && *at >= rules[0] && waited.secs_f64() > 360.0
        }
        _ => false,
    });
    let n = let_down.count();
    assert!(n > 100, "{n}");
    near(figure(&scenario, Kpi::CostOfCompensation), n as f64);
}

#[test]
fn a_plan_has_a_price_beside_the_day_without_it() {
    let teams = "teams: { phones: { people: 50, answers: [phone] }, partner: { people: 40, answers: [phone], on_call: true } }\n";
    let impatient = "customers: { patience: { phone: {exponential: 2m} } }\n";
    let costs = "costs: { money: EUR, person_hour: 30, lost_contact: 12 }\n";
    let rule = "{ when: {kpi: wait, channel: phone, above: 1m}, do: [{call_in: {team: partner, ready_in: 10m}}] }";
    let scenario = day(&format!("{CALLS}{teams}{impatient}{costs}"), rule, OUTAGE);
    let windows = Windows::of(&scenario);
    let how = Runs { seed: 1, runs: 3, threads: 1 };
    let played =
        plans::play(plans::variants(&scenario, "written", true), &windows, how, &|_| {}, &AtomicBool::new(false));
    let all: Vec<PlanRuns<'_>> = played.iter().map(PlanRuns::from).collect();
    let how = How { mode: "simulate", seed: 1, pace: 1.0 };
    let bundle = Bundle::of(how, &windows, &all).expect("there are plans");
    let said = bundle.findings.iter().map(|f| f.text.as_str()).find(|text| text.starts_with("The plan cost"));
    let said = said.expect("the price is a sentence");
    assert!(said.contains("staff hours and") && said.contains("EUR more than no plan; "), "{said}");
    assert!(said.contains(" fewer contacts were lost or unserved, worth "), "{said}");
    let around = Around::default();
    for text in [terminal::summary(&bundle, &around, terminal::Look::default()), markdown::summary(&bundle, &around)] {
        assert!(
            ["staff added", "cost of the day, EUR", "of that losses, EUR"].iter().all(|label| text.contains(label)),
            "{text}"
        );
    }
}
