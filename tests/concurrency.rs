//! Several chats at once, and what that costs.

use holdline::engine;
use holdline::observation::Observation as O;
use holdline::scenario::{Overrides, load};
use holdline::time::Span;
use holdline::workload::arrivals::Demand;
use std::sync::Arc;

mod files;

use files::Files;

/// How long the handling of four chats took that one person found waiting, in minutes and in order.
fn lengths(team: &str) -> (Vec<f64>, usize) {
    let desk = format!(
        "desk: small\nchannels: {{ chat: {{ style: chat }} }}\nreasons: {{ any: {{ handle: 10m }} }}\n\
         start_with: {{ chat: 4 }}\nteams: {{ chats: {{ people: 1, answers: [chat]{team} }} }}\n"
    );
    let files = Files::new(&[("desk.yaml", &desk), ("day.yaml", "scenario: day\ndesk: desk.yaml\nlength: 2h\n")]);
    let loaded = load(&files.path("day.yaml"), &Overrides::default()).unwrap_or_else(|errors| panic!("{errors}"));
    let day = Arc::new(loaded.scenario);
    let seen = engine::run(&day, &Demand::new(&day), 1, 0, Vec::<(holdline::time::Time, O)>::new()).0;
    let handled = seen.into_iter().filter_map(|(_, one)| match one {
        O::Handled { length, .. } => Some(length.secs_f64() / Span::MINUTE.secs_f64()),
        _ => None,
    });
    (handled.collect(), loaded.warnings.len())
}

#[test]
fn each_chat_in_hand_makes_the_next_one_longer() {
    assert_eq!(lengths(", at_once: 3").0, [10.0, 10.0, 10.0, 10.0]);
    // The fourth is taken when the first is done: two are in hand then.
    assert_eq!(lengths(", at_once: 3, slower: 20%").0, [10.0, 12.0, 14.0, 14.0]);
}

#[test]
fn with_one_at_a_time_it_can_never_matter_and_that_is_said() {
    assert_eq!(lengths(", slower: 20%"), (vec![10.0; 4], 1));
}
