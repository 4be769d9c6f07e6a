//! Recorded incidents replayed, and outbreaks: what is written, what it means, and what a simulation makes of it.

use holdline::engine;
use holdline::faults::{Asker, Incidents, for_the_model};
use holdline::observation::Observation as O;
use holdline::rng::Luck;
use holdline::scenario::model::{Id, Missing, OnWire, Outage};
use holdline::scenario::{Loaded, Overrides, Scenario, incidents, load};
use holdline::time::{Span, Time};
use holdline::workload::arrivals::Demand;
use std::collections::BTreeMap;
use std::sync::Arc;

mod files;

use files::Files;

const DESK: &str = "\
desk: small
dependencies:
  slack: { kind: slack }
  zendesk: { kind: zendesk }
  openai: { kind: openai }
  twilio: { kind: twilio }
  statuspage: { kind: statuspage }
  smtp: { kind: smtp }
  http: { kind: http, stubs: stubs.yaml }
  tcp: { kind: tcp, upstream: \"127.0.0.1:5432\" }
channels: { chat: { style: chat, over: [slack] } }
reasons: { any: { handle: 2m } }
contacts: [ { channel: chat, rate: 5/min } ]
teams: { chats: { people: 40, answers: [chat] }, others: { people: 9, answers: [chat] } }
";

fn try_day(more: &str) -> Result<Loaded, String> {
    let day = format!("scenario: day\ndesk: desk.yaml\nstart: 2026-03-10 08:00 UTC\nlength: 10h\n{more}");
    let stubs = "stubs: [ { when: { path: / }, reply: { text: ok } } ]\n";
    let files = Files::new(&[("desk.yaml", DESK), ("stubs.yaml", stubs), ("day.yaml", &day)]);
    load(&files.path("day.yaml"), &Overrides::default()).map_err(|errors| errors.to_string())
}

fn day(more: &str) -> Scenario {
    try_day(more).unwrap_or_else(|errors| panic!("{errors}")).scenario
}

fn like(of: &str, incident: &str, more: &str) -> String {
    format!("outages: [ {{ name: x, of: {of}, at: \"12:00\", like: {incident}{more} }} ]\n")
}

fn minutes(minutes: f64) -> Time {
    Time::from_secs_f64(minutes * 60.0)
}

#[test]
fn an_incident_is_one_outage_of_several_phases() {
    let loaded = try_day(&like("slack", "slack-2025-02-26", ", compress: 6")).expect("it loads");
    assert!(loaded.warnings.is_empty());
    let [outage] = &loaded.scenario.outages[..] else { panic!("one outage") };
    let replay = outage.replay.as_ref().expect("it replays");
    assert_eq!((replay.phases.len(), replay.sources.len(), replay.compress), (3, 2, 6.0));
    let noon = minutes(240.0);
    let windows: Vec<(Time, Time)> = outage.parts().map(|part| (part.window.from, part.over())).collect();
    let at = |original: f64| noon + Span::from_secs_f64(original * 10.0);
    // The aftershock's end is not known: two hours stand in, and they are compressed too.
    assert_eq!(windows, [(noon, at(167.0)), (at(167.0), at(568.0)), (at(568.0), at(688.0))]);
    assert_eq!((outage.window.from, outage.window.to, outage.recovers_over), (noon, at(688.0), Span::ZERO));
    assert!(replay.phases[2].open_end && !replay.phases[2].simulated);
    // What a request meets is not compressed.
    let plain = day(&like("slack", "slack-2025-02-26", ""));
    let slow = |outage: &Outage| outage.parts().map(|part| part.slow.clone()).collect::<Vec<_>>();
    assert_eq!(slow(&plain.outages[0]), slow(outage));
    assert_eq!(plain.outages[0].window.to.since(noon), Span::from_secs(688 * 60));
    assert_ne!(plain.hash, loaded.scenario.hash);
}

#[test]
fn every_shipped_incident_replays_on_whatever_it_fits() {
    for name in incidents::names() {
        let incident = incidents::find(name).expect("it is shipped");
        for kind in &incident.fits {
            let kind = format!("{:?}", kind.value).to_lowercase();
            let loaded = try_day(&like(&kind, name, ", compress: 40")).unwrap_or_else(|why| panic!("{name}: {why}"));
            assert!(loaded.warnings.is_empty(), "{name} on {kind}");
            let kept = loaded.scenario.outages[0].parts().filter(|part| part.fails.is_some()).count();
            assert_eq!(kept, incident.phases.iter().filter(|phase| phase.fails.is_some()).count());
        }
    }
}

#[test]
fn failures_are_told_in_the_way_of_the_dependency() {
    let modes = |of: &str, incident: &str| -> Vec<String> {
        let day = day(&like(of, incident, ", compress: 100"));
        day.outages[0].parts().filter_map(|part| Some(part.fails.as_ref()?.with.clone())).collect()
    };
    assert_eq!(modes("slack", "openai-2023-11-08"), ["slack.html_5xx", "slack.rate_limit"]);
    assert_eq!(modes("smtp", "fastly-2021-06-08"), ["smtp.unavailable_421"; 3]);
    let of_requests = day(&like("openai", "openai-2023-11-08", ", compress: 100"));
    assert!(of_requests.outages[0].parts().all(|part| part.on_wire().is_some()), "only what is posted");
    let elsewhere = day(&like("slack", "openai-2023-11-08", ", compress: 100"));
    assert!(elsewhere.outages[0].parts().all(|part| part.on_wire().is_none()), "whatever is asked");
    let refused = try_day(&like("smtp", "slack-2025-02-26", "")).expect_err("mail has no events");
    assert!(refused.contains("cannot be replayed on `smtp`") && refused.contains("it fits what is of kind slack"));
}

#[test]
fn an_incident_that_outlasts_the_day_is_warned_of() {
    let loaded = try_day(&like("slack", "slack-2025-02-26", "")).expect("it loads");
    let [warning] = &loaded.warnings[..] else { panic!("one warning") };
    assert!(warning.title.starts_with("1 of the 3 phases") && warning.label.contains("11h28m"), "{warning:?}");
}

#[test]
fn a_phase_is_met_while_it_lasts_and_luck_is_of_the_whole_incident() {
    let day = day(&like("slack", "slack-2025-02-26", ", compress: 6"));
    let incidents = Incidents::new(&day, Luck::new(7, 0));
    let slack = Id::new(0);
    let failing = |after: f64| incidents.share_failing(slack, minutes(240.0 + after));
    assert_eq!([failing(-1.0), failing(10.0), failing(95.0)], [0.0, 0.5, 0.0]);
    // Six and two thirds of the 66 5/6 minutes of recovery are over: 25 % have become nine tenths of that.
    let part = 0.25 * (1.0 - 6.0 / (401.0 / 6.0));
    assert!((failing(167.0 / 6.0 + 6.0) - part).abs() < 1e-6, "{}", failing(167.0 / 6.0 + 6.0));
    let hit = |customer, after| {
        let asker = Asker::Customer { customer, nth: 0 };
        incidents.meet(slack, minutes(240.0 + after), asker).failure.is_some()
    };
    let [first, second] = [1.0, 40.0].map(|after| (0..4_000).filter(|c| hit(*c, after)).count() as f64 / 4_000.0);
    assert!((first - 0.5).abs() < 0.04 && (second - failing(40.0)).abs() < 0.04, "{first} {second}");
    assert!((0..4_000).all(|customer| !hit(customer, 40.0) || hit(customer, 1.0)), "who is hit late was hit early");
}

#[test]
fn a_simulation_leaves_out_what_only_the_wire_knows_and_says_so() {
    let written = day(&like("slack", "slack-2025-02-26", ", compress: 6"));
    let (modelled, notes) = for_the_model(written.clone()).expect("it can be simulated");
    assert_eq!((modelled.outages[0].parts().count(), written.outages[0].parts().count()), (2, 3));
    assert!(notes.len() == 1 && notes[0].starts_with("phase 3 of `x`"), "{notes:?}");
    assert_eq!(modelled.outages[0].window, written.outages[0].window);
    // Where some requests are told apart, the modelled desk makes no others.
    let posted = day(&like("openai", "openai-2023-11-08", ", compress: 100"));
    let (modelled, notes) = for_the_model(posted).expect("it can be simulated");
    let on_wire: Vec<Option<&OnWire>> = modelled.outages[0].parts().map(Outage::on_wire).collect();
    assert_eq!((on_wire, notes.len()), (vec![None, None], 0));
    let refused = for_the_model(day(&like("zendesk", "zendesk-2025-06-27", ", compress: 10")));
    assert!(refused.is_err_and(|why| why.contains("rehearse it")));
}

fn play(day: Scenario) -> Vec<(Time, O)> {
    let day = Arc::new(day);
    engine::run(&day, &Demand::new(&day), 1, 0, Vec::<(Time, O)>::new()).0
}

#[test]
fn customers_meet_the_phases_of_an_incident() {
    let (day, _) = for_the_model(day(&like("slack", "slack-2021-01-04", ", compress: 2"))).expect("it is simulated");
    // The second phase is whole: chats are refused from 12:30 to 13:06:30, and in no other minute all of them.
    let refused = |from: f64, to: f64, seen: &[(Time, O)]| {
        let here = seen.iter().filter(|(at, _)| (minutes(from)..minutes(to)).contains(at));
        let (mut came, mut blocked) = (0, 0);
        for (_, one) in here {
            came += u32::from(matches!(one, O::Offered { .. }));
            blocked += u32::from(matches!(one, O::Blocked { .. }));
        }
        (came, blocked)
    };
    let seen = play(day);
    let (came, blocked) = refused(272.0, 305.0, &seen);
    assert!(came > 100 && blocked == came, "{blocked} of {came}");
    assert_eq!(refused(0.0, 240.0, &seen).1, 0);
    let (came, blocked) = refused(245.0, 269.0, &seen);
    assert!(blocked * 20 < came, "{blocked} of {came}");
}

#[test]
fn an_outbreak_spreads_through_its_team_and_ends() {
    let outbreak =
        "absences:\n  - { name: flu, team: chats, at: 1h, outbreak: {first: 1, doubles_every: 1h, away_for: 90m} }\n";
    let there = |more: &str| -> BTreeMap<u16, Vec<(Time, u32)>> {
        let mut of_team: BTreeMap<u16, Vec<(Time, u32)>> = BTreeMap::new();
        for (at, one) in play(day(&format!("{outbreak}{more}"))) {
            if let O::People { team, present, .. } = one {
                of_team.entry(team.index() as u16).or_default().push((at, present));
            }
        }
        of_team
    };
    let at = |list: &[(Time, u32)], hour: f64| {
        list.iter().take_while(|(at, _)| *at <= minutes(hour * 60.0 + 0.001)).last().map_or(0, |(_, present)| *present)
    };
    let alone = there("");
    // After k hours 2^k have had it; those of more than 90 minutes ago are back.
    let missing: Vec<u32> = [0.5, 1.0, 2.0, 3.0, 4.0, 8.0].map(|hour| 40 - at(&alone[&0], hour)).into();
    assert_eq!(missing, [0, 1, 2, 4 - 1, 8 - 2, 0]);
    assert!(alone[&1].iter().all(|(_, present)| *present == 9), "only people of that team");
    assert_eq!(there(""), alone, "the same seed, the same people");
    // Who is away for another reason is not away twice: together they are a set of persons.
    let with = there("  - { name: strike, team: chats, people: 30, at: 1h30m, for: 2h }\n");
    let missing: Vec<u32> = [2.0, 3.0, 4.0].map(|hour| 40 - at(&with[&0], hour)).into();
    assert_eq!(missing, [32, 33, 6]);
    let everyone = there("  - { name: strike, team: chats, people: 100%, at: 1h30m, for: 2h }\n");
    // Who was ill when the strike began is back before it ends, and it finds nobody else.
    assert_eq!([2.0, 3.0].map(|hour| at(&everyone[&0], hour)), [0, 1]);
}

#[test]
fn an_outbreak_lasts_until_the_last_one_is_back() {
    let absences =
        "absences: [ { name: flu, team: others, outbreak: {first: 2, doubles_every: 1h, away_for: 30m} } ]\n";
    let day = day(absences);
    let [flu] = &day.absences[..] else { panic!("one absence") };
    let hour = Span::from_secs(3_600);
    assert_eq!(flu.who, Missing::Outbreak { first: 2, doubles_every: hour, away_for: Span::from_secs(1_800) });
    // Nine people: the last falls ill after log2(9/2) = 2.17 hours.
    let last = 2.169_925_001 + 0.5;
    assert!((flu.window.to.secs_f64() / 3_600.0 - last).abs() < 1e-6 && flu.kind == "ill", "{flu:?}");
}
