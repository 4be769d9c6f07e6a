//! Rates by the clock on the wall.

use super::*;

const HOUR: i64 = 60;

/// Calls within hours of a day, the desk having these rates.
fn calls(contacts: &str, start: &str, from: i64, to: i64) -> Vec<f64> {
    let desk = DESK.replace("contacts: [ { channel: phone, rate: 60/h }, { channel: chat, rate: 20/h } ]", contacts);
    let more = format!("start: {start}\nlength: 8d\n");
    let scenario = loaded(&desk, &more, &[]).unwrap_or_else(|errors| panic!("{errors}")).scenario;
    counts(&scenario, minutes(from * HOUR, to * HOUR), 40, |_| true)
}

#[test]
fn days_of_the_week_have_rates_of_their_own() {
    let contacts = "\
contacts:
  - { name: week, channel: phone, days: mon-fri, rate: {\"00:00\": 0/h, \"08:00\": 100/h, \"20:00\": 0/h} }
  - { name: sat, channel: phone, days: sat, rate: {\"00:00\": 0/h, \"10:00\": 50/h, \"14:00\": 0/h} }
  - { name: sun, channel: phone, days: sun, rate: 5/h }";
    // The first of June 2026 was a Monday.
    let day = |day: i64, from, to| calls(contacts, "2026-06-01 00:00 Europe/Paris", day * 24 + from, day * 24 + to);
    for monday_to_friday in [0, 4, 7] {
        near(&day(monday_to_friday, 0, 24), 1_200.0);
        near(&day(monday_to_friday, 8, 20), 1_200.0);
    }
    near(&day(5, 0, 24), 200.0);
    near(&day(5, 10, 14), 200.0);
    near(&day(6, 0, 24), 120.0);
}

#[test]
fn a_day_of_23_hours_and_one_of_25_follow_the_clock_on_the_wall() {
    let contacts = "contacts: [ { channel: phone, rate: {\"00:00\": 10/h, \"06:00\": 100/h, \"07:00\": 10/h} } ]";
    // In the night to Sunday the 29th of March the clocks of Paris go from 02:00 to 03:00: that day has 23 hours.
    let spring = |from, to| calls(contacts, "2026-03-28 00:00 Europe/Paris", from, to);
    near(&spring(6, 7), 100.0);
    near(&spring(29, 30), 100.0);
    near(&spring(30, 31), 10.0);
    near(&spring(24, 47), 22.0 * 10.0 + 100.0);
    near(&spring(53, 54), 100.0);
    // In the night to Sunday the 25th of October they go from 03:00 back to 02:00: 25 hours.
    let autumn = |from, to| calls(contacts, "2026-10-24 00:00 Europe/Paris", from, to);
    near(&autumn(6, 7), 100.0);
    near(&autumn(30, 31), 10.0);
    near(&autumn(31, 32), 100.0);
    near(&autumn(24, 49), 24.0 * 10.0 + 100.0);
    near(&autumn(55, 56), 100.0);
}

#[test]
fn the_hour_that_comes_twice_has_its_rate_twice_and_the_lost_one_never() {
    let contacts = "contacts: [ { channel: phone, rate: {\"00:00\": 0/h, \"02:00\": 60/h, \"03:00\": 0/h} } ]";
    near(&calls(contacts, "2026-10-25 00:00 Europe/Paris", 2, 4), 120.0);
    near(&calls(contacts, "2026-10-25 00:00 Europe/Paris", 4, 24), 0.0);
    near(&calls(contacts, "2026-03-29 00:00 Europe/Paris", 0, 23), 0.0);
}
