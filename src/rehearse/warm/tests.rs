//! What can be asked for, what becomes of the day, and how the mocks look when the world goes over to the wire.

use super::*;
use crate::engine::Engine;
use crate::engine::modelled::ModelledDesk;
use crate::faults::Incidents;
use crate::rehearse::rig;
use crate::rehearse::wire::WireDesk;
use crate::rng::Luck;
use crate::scenario::{Overrides, load};
use crate::workload::arrivals::Demand;
use std::path::Path;
use std::sync::Arc;

const BAD_DAY: &str = "scenarios/triple-outage.yaml";

fn bad_day() -> Scenario {
    let Ok(loaded) = load(&Path::new(env!("CARGO_MANIFEST_DIR")).join(BAD_DAY), &Overrides::default()) else {
        panic!("{BAD_DAY} loads")
    };
    loaded.scenario
}

fn minutes(minutes: i64) -> Time {
    Time::ZERO + Span::from_secs(60 * minutes)
}

#[test]
fn a_part_of_the_day_is_asked_for_by_clock_or_length() {
    let day = bad_day();
    let from = |from, length| Warm::asked(&day, from, length).expect("it is possible");
    assert_eq!(from("10:00", Some("20m")), Warm { from: minutes(120), until: Some(minutes(140)) });
    assert_eq!(from("2h", None), Warm { from: minutes(120), until: None });
    assert_eq!(from("start", Some("10h")), Warm { from: Time::ZERO, until: Some(minutes(600)) });
}

#[test]
fn what_is_not_possible_is_an_error_that_says_what_is() {
    let day = bad_day();
    for (from, length, says) in [
        ("19:00", None, "after the end"),
        ("07:00", None, "the scenario runs from 2026-11-27 08:00"),
        ("18:00", None, "nothing of the day is left"),
        ("end", None, "nothing of the day is left"),
        ("ten", None, "a clock time (\"09:30\""),
        ("10:00", Some("0s"), "at least 1m"),
        ("10:00", Some("9h"), "at most 8h are left"),
        ("10:00", Some("20"), "has no unit"),
        ("10:00", Some("20parsecs"), "no unit of time"),
    ] {
        let why = Warm::asked(&day, from, length).expect_err("it is not possible");
        assert!(why.contains(says), "{from} {length:?}: {why}");
    }
}

#[test]
fn only_what_lies_on_the_wire_is_measured_and_expected() {
    let whole = bad_day();
    let day = Warm { from: minutes(165), until: Some(minutes(175)) }.day(&whole);
    let windows = Windows::of(&day);
    let on_wire = Window { from: minutes(165), to: minutes(175) };
    assert_eq!(windows.whole(), Some(on_wire));
    assert!(day.is_cut() && !whole.is_cut() && !Warm { from: minutes(165), until: None }.day(&whole).is_cut());
    // In force at that moment, and so met from there on; to come, or not met at all.
    let met = |name: &str| windows.disturbances.iter().find(|d| d.name == name).map(|d| d.met);
    assert_eq!(met("llm-brownout"), Some(minutes(165)));
    assert_eq!(met("slack-like-2025"), Some(minutes(240)));
    let later = Warm { from: minutes(300), until: None }.day(&whole);
    let over = Windows::of(&later).disturbances.into_iter().find(|d| d.name == "llm-brownout");
    assert!(over.is_some_and(|d| !d.is_met()));
    let may_be_empty = |kpi: &str| day.expect.iter().find(|e| e.kpi == kpi).map(|e| e.allow_empty);
    assert_eq!(may_be_empty("service_level"), Some(true), "after flapping-lines is another time of the day");
    assert_eq!(may_be_empty("abandonment"), Some(false), "the phone is always there");
}

/// The world of the bad day at this minute, as the modelled desk leaves it, seen by the wire.
fn hand_over<R>(minute: i64, look: impl FnOnce(&World, Told) -> R) -> (Scenario, R) {
    let day = Warm { from: minutes(minute), until: None }.day(&bad_day());
    let scenario = Arc::new(day.clone());
    let (luck, demand) = (Luck::new(1, 0), Demand::new(&scenario));
    let incidents = Arc::new(Incidents::new(&scenario, luck));
    let desk = ModelledDesk::new(&scenario, incidents.clone());
    let mut engine = Engine::new(&scenario, &demand, incidents, luck, desk, Told::default());
    engine.advance(minutes(minute) - Span::from_micros(1));
    let before = engine.world().open_contacts();
    let mut engine = engine.hand_over(WireDesk::default());
    assert_eq!(engine.world().open_contacts(), before, "nobody is lost on the way");
    let told = *engine.observer_mut();
    (day, look(engine.world(), told))
}

#[tokio::test]
async fn whoever_the_people_know_of_stands_at_the_mocks_and_the_rest_starts_anew() {
    let mut stage = rig::stage_of(BAD_DAY).await;
    let (day, (handed, started)) = hand_over(230, |world, told| {
        let handed = set_up(world, told, &mut stage);
        let started = starts(world, minutes(230));
        for contact in world.open() {
            let entry = stage.entry(contact.who.contact);
            let style = day_style(world, contact);
            let stands = !matches!(contact.state, State::Waiting | State::OnItsWay);
            assert_eq!(entry.is_some(), stands, "{contact:?}");
            let Some(entry) = entry else { continue };
            match (style, &entry.place) {
                (Style::Chat, Some(Place::Thread(_))) | (Style::Ticket, Some(Place::Ticket(_))) => {}
                (Style::Call, None) => assert_eq!(contact.state, State::AwaitsCallback),
                (Style::Call, Some(Place::Call(sid))) => {
                    let carrier = entry.at.expect("a call has a carrier");
                    let talks = stage.mocks.with::<Twilio, _>(carrier, |twilio, _| {
                        ((twilio.waits_in(sid).is_some(), twilio.is_connected(sid)), Vec::new())
                    });
                    assert_eq!(talks, Some((contact.state == State::Queued, contact.state != State::Queued)));
                }
                other => panic!("{other:?}"),
            }
        }
        (handed, started)
    });
    assert!(handed.queued > 0 && handed.in_hand > 0, "{handed}");
    assert_eq!(started.len(), handed.waiting as usize);
    assert!(day.warm_start.is_some());
}

fn day_style(world: &World, contact: &Contact) -> Style {
    world.scenario().desk.channels[contact.who.channel.index()].style
}

#[test]
fn what_the_public_was_told_stands_until_the_all_clear() {
    let mut told = Told::default();
    let update = |all_clear, delivered| Observation::Update { over: Id::new(4), all_clear, next_by: None, delivered };
    told.observe(minutes(1), &update(false, false));
    assert_eq!(told.open, None, "nobody saw it");
    told.observe(minutes(2), &update(false, true));
    told.observe(minutes(3), &update(false, true));
    assert_eq!(told.open, Some((Id::new(4), minutes(2))));
    told.observe(minutes(4), &update(true, true));
    assert_eq!(told.open, None);
}
