//! Demand that an outage causes.

use super::*;

const OUTAGE: &str = "outages: [ { name: down, of: llm, at: 1h, for: 1h, rises_over: 10m, recovers_over: 20m } ]\n";

#[test]
fn it_lasts_as_long_as_the_outage_and_lingers() {
    let more = format!("{OUTAGE}surges: [ {{ because_of: down, add: 120/h, channels: [chat], lingers: 40m }} ]");
    let scenario = day(&more);
    let surge = &scenario.surges[0];
    assert_eq!(surge.window, minutes(70, 120));
    assert_eq!((surge.rise, surge.fall), (Span::from_secs(600), Span::from_secs(3_600)));
    // Half of the height over rise and fall; the chats of a normal day beside it, 20 an hour.
    let chats = |from, to| counts(&scenario, minutes(from, to), 200, |one| one.channel.index() == 1);
    near(&chats(60, 70), 10.0 + 20.0 / 6.0);
    near(&chats(70, 120), 100.0 + 50.0 / 3.0);
    near(&chats(120, 180), 60.0 + 20.0);
    near(&chats(180, 600), 140.0);
}

#[test]
fn it_can_multiply_one_reason_and_follows_a_changed_outage() {
    let more = format!("{OUTAGE}surges: [ {{ because_of: down, times: 3, reason: moans, channels: [phone] }} ]");
    let mut scenario = day(&more);
    let calls = |scenario: &Scenario, from, to| {
        let window = minutes(from, to);
        counts(scenario, window, 200, |one| one.channel.index() == 0)
    };
    // A quarter of sixty calls an hour moans: tripled, thirty more.
    near(&calls(&scenario, 70, 120), 50.0 + 25.0);
    near(&calls(&scenario, 140, 200), 60.0);
    scenario.outages[0].window = minutes(300, 400);
    scenario.follow_outages();
    near(&calls(&scenario, 70, 120), 50.0);
    near(&calls(&scenario, 310, 400), 90.0 + 45.0);
}

#[test]
fn a_wave_comes_once_it_is_over_and_by_the_normal_mix() {
    let more = format!("{OUTAGE}surges: [ {{ because_of: down, wave: {{of: 40, within: 30m}} }} ]");
    let (scenario, none) = (day(&more), day(OUTAGE));
    let all = |scenario: &Scenario, from, to| counts(scenario, minutes(from, to), 200, |_| true);
    near(&all(&scenario, 0, 140), 80.0 * 140.0 / 60.0);
    // Three quarters of it in the first half.
    near(&all(&scenario, 140, 155), 20.0 + 30.0);
    near(&all(&scenario, 155, 170), 20.0 + 10.0);
    near(&counts(&scenario, minutes(140, 170), 200, |one| one.channel.index() == 1), 20.0);
    assert_eq!(scenario.surges[0].over(), minutes(0, 170).to);
    // The customers of the normal day are where they were.
    let (more, less) = (Demand::new(&scenario), Demand::new(&none));
    let (with, without) = (arrivals(&more, 1), arrivals(&less, 1));
    assert!(without.iter().all(|one| with.contains(one)) && with.len() > without.len());
}

#[test]
fn one_that_comes_and_goes_counts_as_there_all_the_time() {
    let flaps = "outages: [ { name: down, of: llm, at: 1h, for: 1h, flaps: {down: 2m, up: 3m} } ]\n";
    let more = format!("{flaps}surges: [ {{ because_of: down, add: 600/h, channels: [chat] }} ]");
    near(&counts(&day(&more), minutes(60, 120), 50, |one| one.channel.index() == 1), 620.0);
}

#[test]
fn what_makes_no_sense_is_refused_at_its_place() {
    let said: Vec<String> = [
        "{ because_of: dawn, add: 60/h }",
        "{ because_of: down }",
        "{ because_of: down, times: 2, at: 1h, fall: 5m }",
        "{ at: 1h, for: 1h, add: 60/h, lingers: 40m, wave: {of: 3, within: 5m} }",
        "{ because_of: down, wave: {of: 3, within: 0s} }",
        "{ because_of: down, wave: {of: 3} }",
        "{ at: 1h, for: 1h, times: 2, burst: {echo: 70%, after: 10m} }",
        "{ at: 1h, for: 1h, add: 60/h, burst: {echo: 100%, after: 10m} }",
        "{ at: 1h, for: 1h, add: 60/h, burst: {echo: 0.7, after: 10m} }",
        "{ send: {to: 50000, contact_rate: 1%, half_within: 40m} }",
        "{ at: 1h, send: {to: 50000, contact_rate: 1%, half_within: 0s}, for: 1h }",
    ]
    .iter()
    .map(|surge| format!("{surge}\n{}", refused(&format!("{OUTAGE}surges: [ {surge} ]"), &[])))
    .collect();
    insta::assert_snapshot!(said.join("\n\n"));
}
