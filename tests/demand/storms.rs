//! Storms and sends.

use super::*;

/// The chats of a storm alone: nothing else comes.
fn storm(echo: &str, rest: &str) -> Scenario {
    let desk = DESK.replace("rate: 60/h", "rate: 0/h").replace("rate: 20/h", "rate: 0/h");
    let more = format!(
        "start: 2026-03-10 08:00 UTC\nlength: 60h\nsurges: [ {{ channels: [chat], add: 30/h, burst: {{echo: {echo}, after: 10m}}, {rest} }} ]"
    );
    loaded(&desk, &more, &[]).unwrap_or_else(|errors| panic!("{errors}")).scenario
}

#[test]
fn a_storm_in_its_stride_has_the_mean_and_the_spread_of_a_hawkes_process() {
    // Hawkes 1971: with immigrants at rate m, branching ratio n and exponential kernel the rate is m / (1 - n), and the counts of
    // long windows have a variance of 1 / (1 - n)^2 times their mean. Of a window T, exactly:
    // variance / mean = 1 / (1-n)^2 - (1 / (1-n)^2 - 1) (1 - e^-x) / x, with x = (1 - n) T / after.
    for (echo, n) in [("0%", 0.0f64), ("50%", 0.5), ("70%", 0.7)] {
        let scenario = storm(echo, "at: start, until: end");
        let runs = 400;
        let chats = counts(&scenario, minutes(600, 1_200), runs, |_| true);
        let (mean, variance) = mean_and_variance(&chats);
        let expected = 300.0 / (1.0 - n);
        let x = (1.0 - n) * 600.0 / 10.0;
        let long = 1.0 / ((1.0 - n) * (1.0 - n));
        let ratio = long - (long - 1.0) * (1.0 - libm::exp(-x)) / x;
        let error = (ratio * expected / runs as f64).sqrt();
        assert!((mean - expected).abs() < 4.5 * error, "{echo}: {mean} for {expected}");
        // A variance over runs is that of a normal: its standard error is sqrt(2 / runs) of it.
        let spread = variance / (ratio * expected);
        assert!((spread - 1.0).abs() < 4.5 * (2.0 / runs as f64).sqrt(), "{echo}: {spread}");
    }
}

#[test]
fn a_storm_dies_away_and_brings_what_it_says_in_all() {
    let scenario = storm("80%", "at: 1h, for: 2h");
    assert!((Demand::new(&scenario).expected() - 300.0).abs() < 1e-6);
    let all = counts(&scenario, minutes(0, 3_600), 400, |_| true);
    // Families of 1 / (1 - n) contacts have n / (1 - n)^3 as their variance (Borel-Tanner): Poisson many of them.
    let (mean, _) = mean_and_variance(&all);
    let variance = 60.0 * (0.8 / 0.008 + 25.0);
    assert!((mean - 300.0).abs() < 4.5 * (variance / 400.0f64).sqrt(), "{mean}");
    assert!(counts(&scenario, minutes(0, 60), 50, |_| true).iter().all(|count| *count == 0.0));
    assert!(mean_and_variance(&counts(&scenario, minutes(180, 3_600), 50, |_| true)).0 > 20.0);
}

#[test]
fn a_longer_storm_begins_like_a_shorter_one_and_leaves_others_where_they_are() {
    let of = |length: &str| {
        let surge = format!(
            "surges: [ {{ channels: [chat], add: 30/h, at: 1h, for: {length}, burst: {{echo: 60%, after: 5m}} }} ]"
        );
        Demand::new(&day(&surge))
    };
    let demands = [of("1h"), of("3h"), Demand::new(&day(""))];
    let [short, long, none] = [0, 1, 2].map(|which: usize| arrivals(&demands[which], 2));
    let early = |one: &&Arrival<'_>| minutes(0, 120).holds(one.at);
    assert!(short.iter().filter(early).eq(long.iter().filter(early)));
    assert!(none.iter().all(|one| long.contains(one)));
    let mut names: Vec<u64> = long.iter().map(|one| one.customer).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), long.len());
    assert!(long.windows(2).all(|pair| pair[0].at <= pair[1].at));
}

#[test]
fn a_send_brings_its_share_and_half_of_it_in_time() {
    let send = |more: &str| {
        let send = format!("{{to: 50000, contact_rate: 0.4%, half_within: 40m{more}}}");
        day(&format!("surges: [ {{ at: 1h, channels: [chat], send: {send} }} ]"))
    };
    let chats =
        |scenario: &Scenario, from, to| counts(scenario, minutes(from, to), 100, |one| one.channel.index() == 1);
    let at_once = send("");
    near(&chats(&at_once, 60, 100), 100.0 + 40.0 / 3.0);
    near(&chats(&at_once, 60, 140), 150.0 + 80.0 / 3.0);
    near(&chats(&at_once, 0, 600), 200.0 * (1.0 - libm::pow(0.5, 540.0 / 40.0)) + 200.0);
    assert_eq!(at_once.surges[0].window, minutes(60, 260));
    // Sent over two hours: those who got it in the first are half.
    let slowly = send(", over: 2h");
    near(&chats(&slowly, 0, 600), 400.0);
    let k = libm::log(2.0) / 40.0;
    near(&chats(&slowly, 60, 120), 200.0 / 120.0 * (60.0 - (1.0 - libm::exp(-k * 60.0)) / k) + 20.0);
}
