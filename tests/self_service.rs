//! Customers who help themselves before they contact, and come after all while what they use is down.

use holdline::engine;
use holdline::engine::runs::{Runs, simulate};
use holdline::measure::{Merged, Windows};
use holdline::observation::Observation as O;
use holdline::scenario::{Overrides, Scenario, load};
use holdline::time::Time;
use holdline::verdict::judge;
use holdline::workload::arrivals::Demand;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

mod files;

use files::Files;

const DESK: &str = "\
desk: small
dependencies: { site: { kind: http, stubs: stubs.yaml }, faq: { kind: http, stubs: stubs.yaml } }
channels: { chat: { style: chat } }
reasons:
  order:  { share: 50%, handle: 1m, self_service: 60% }
  refund: { share: 50%, handle: 1m }
contacts: [ { channel: chat, rate: 100/min } ]
teams: { chats: { people: 500, answers: [chat] } }
self_service: { over: [site, faq] }
";

fn try_day(desk: &str, more: &str) -> Result<holdline::scenario::Loaded, String> {
    let day = format!("scenario: day\ndesk: desk.yaml\nlength: 6h\n{more}");
    let stubs = "stubs: [ { when: { path: / }, reply: { text: ok } } ]\n";
    let files = Files::new(&[("desk.yaml", desk), ("stubs.yaml", stubs), ("day.yaml", &day)]);
    load(&files.path("day.yaml"), &Overrides::default()).map_err(|errors| errors.to_string())
}

/// Who contacted and who helped themselves in these hours, of one reason.
fn count(scenario: &Arc<Scenario>, reason: usize, from: f64, to: f64) -> (BTreeSet<u64>, BTreeSet<u64>) {
    let seen = engine::run(scenario, &Demand::new(scenario), 1, 0, Vec::<(Time, O)>::new()).0;
    let hours = Time::from_secs_f64(from * 3_600.0)..Time::from_secs_f64(to * 3_600.0);
    let (mut contacted, mut helped) = (BTreeSet::new(), BTreeSet::new());
    for (at, one) in seen {
        match one {
            O::Offered { who, .. } if who.reason.index() == reason && hours.contains(&at) => {
                contacted.insert(who.customer)
            }
            O::SelfServed { who } if who.reason.index() == reason && hours.contains(&at) => helped.insert(who.customer),
            _ => false,
        };
    }
    (contacted, helped)
}

fn day(more: &str) -> Arc<Scenario> {
    Arc::new(try_day(DESK, more).unwrap_or_else(|errors| panic!("{errors}")).scenario)
}

#[test]
fn a_share_of_a_reason_helps_itself_and_nobody_of_another() {
    let plain = day("");
    let (contacted, helped) = count(&plain, 0, 0.0, 6.0);
    let all = (contacted.len() + helped.len()) as f64;
    let share = helped.len() as f64 / all;
    assert!((share - 0.6).abs() < 5.0 * (0.24 / all).sqrt(), "{share} of {all}");
    assert!(contacted.is_disjoint(&helped));
    let (contacted, helped) = count(&plain, 1, 0.0, 6.0);
    assert!(contacted.len() > 15_000 && helped.is_empty());
}

#[test]
fn who_meets_a_failure_contacts_and_the_same_customers_do_with_and_without_it() {
    let plain = day("");
    let broken = day("outages: [ { name: down, of: faq, at: 2h, for: 1h } ]\n");
    let (contacted, helped) = count(&broken, 0, 2.0, 3.0);
    assert!(helped.is_empty());
    let (before, would) = count(&plain, 0, 2.0, 3.0);
    assert_eq!(contacted, before.union(&would).copied().collect(), "all of them come");
    assert_eq!(count(&broken, 0, 3.1, 6.0), count(&plain, 0, 3.1, 6.0), "and nobody else's luck changes");

    let half = day("outages: [ { name: down, of: site, at: 2h, for: 1h, fails: {share: 50%} } ]\n");
    let (_, helped) = count(&half, 0, 2.0, 3.0);
    let share = helped.len() as f64 / would.len() as f64;
    assert!((share - 0.5).abs() < 5.0 * (0.25 / would.len() as f64).sqrt(), "{share}");
}

#[test]
fn it_is_measured_and_what_can_never_matter_is_warned_of() {
    let scenario = day("expect: [ { kpi: self_served, channel: chat, min: 5000 } ]\n");
    let (windows, how) = (Windows::of(&scenario), Runs { seed: 1, runs: 1, threads: 1 });
    let figures = simulate(&scenario, &windows, how, &|| {}, &AtomicBool::new(false));
    let judgement = judge(&scenario, &Merged::of("written", 1, &figures).expect("one run was asked for"));
    let measured = judgement.outcomes[0].over.as_ref().map(|over| over.mean);
    assert_eq!(measured, Some(count(&scenario, 0, 0.0, 6.0).1.len() as f64), "every one, and nobody twice");
    let loaded = try_day(&DESK.replace(", self_service: 60%", ""), "").expect("it loads");
    let [warning] = &loaded.warnings[..] else { panic!("one warning") };
    assert!(warning.title.starts_with("nobody helps themselves"), "{}", warning.title);
    let unknown = try_day(&DESK.replace("over: [site, faq]", "over: [sight]"), "").expect_err("there is no such thing");
    assert!(unknown.contains("desk `small` has the dependencies site, faq"), "{unknown}");
}
