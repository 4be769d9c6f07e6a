//! Two classes of which one is served before the other, nobody giving up and all handled at the same rate.

use super::chain::Chain;
use super::compare::{Compared, Played, agree};
use super::formulas::erlang_c;

/// What desks/segments.yaml and desks/channels.yaml have in common.
const PEOPLE: u32 = 10;
const HANDLE: f64 = 180.0;
const RATES: [f64; 2] = [48.0 / 3_600.0, 112.0 / 3_600.0];
const WITHIN: f64 = 30.0;

/// M/M/n with two non-preemptive classes: the means by Cobham ("Priority assignment in waiting line problems", 1954), the
/// first class's wait, if it waits, exponential with what its own arrivals leave of the service rate, and the second class's
/// a busy period of it (Kella and Yechiali, "Waiting times in the non-preemptive priority M/M/c queue", 1985).
fn compare(file: &str) -> Vec<Compared> {
    let (n, [first, second]) = (f64::from(PEOPLE), RATES);
    let served = n / HANDLE;
    let (of_first, of_all) = (first / served, (first + second) / served);
    let waits = erlang_c(PEOPLE, (first + second) * HANDLE);
    let mean = waits / served;
    // A contact of the second class that finds k waiting is taken after k + 1 services, and after one more for each contact of
    // the first class that comes before. It waits past T unless this walk has come to zero.
    let ahead = Chain::new([1u32], |k| match k {
        0 => Vec::new(),
        _ => vec![(k - 1, served), (k + 1, if *k < 400 { first } else { 0.0 })],
    });
    // k is geometric for whoever waits.
    let mut found = vec![0.0; ahead.states.len()];
    for (state, chance) in ahead.states.iter().zip(&mut found) {
        *chance = if *state == 0 { 0.0 } else { (1.0 - of_all) * libm::pow(of_all, f64::from(*state) - 1.0) };
    }
    let taken = ahead.mean(&ahead.after(&found, WITHIN), |k| f64::from(u8::from(*k == 0)));
    let played = Played::of(file, &[], 24);
    vec![
        played.compared("wait of first", mean / (1.0 - of_first)),
        played.compared("wait of second", mean / ((1.0 - of_first) * (1.0 - of_all))),
        played.compared("first at once", 1.0 - waits),
        played.compared("second at once", 1.0 - waits),
        played.compared("first in time", 1.0 - waits * libm::exp(-(served - first) * WITHIN)),
        played.compared("second in time", 1.0 - waits * (1.0 - taken)),
    ]
}

#[test]
fn customers_who_come_first_are_served_first() {
    agree("segments", &compare("segments.yaml"), 0.03);
}

#[test]
fn a_channel_that_a_team_answers_first_is_served_first() {
    agree("channels", &compare("channels.yaml"), 0.03);
}
