//! Whom the outages of a day strike on the wire.

use super::*;
use crate::mocks::socket::SocketId;
use crate::observation::Who;
use crate::rng::Luck;
use crate::scenario::{Overrides, load};
use crate::workload::identity;
use std::path::Path;

/// The judge of a day of streams that drop, with some things changed.
fn judge(set: &[(&str, &str)]) -> DayJudge {
    judge_of("tests/targets/voice.yaml", set)
}

/// The judge of a scenario of the repository.
fn judge_of(path: &str, set: &[(&str, &str)]) -> DayJudge {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let set = set.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let Ok(loaded) = load(&path, &Overrides { set, ..Overrides::default() }) else {
        panic!("{} loads", path.display())
    };
    let scenario = Arc::new(loaded.scenario);
    let incidents = Arc::new(Incidents::new(&scenario, Luck::new(1, 0)));
    DayJudge::new(scenario, incidents, Arc::default())
}

const PHONE: Id<Dependency> = Id::new(1);

fn facts(endpoint: &'static str) -> Facts<'static> {
    Facts { dependency: PHONE, method: "POST", endpoint, text: "" }
}

fn at(seconds: f64) -> Time {
    Time::from_secs_f64(seconds)
}

/// Whether the streams of these numbers are struck at a moment.
fn struck(judge: &DayJudge, numbers: impl IntoIterator<Item = u64>, now: Time) -> Vec<bool> {
    let streams = numbers.into_iter().map(|number| Standing::new(SocketId(number), Time::ZERO));
    streams.map(|mut standing| judge.socket(&facts("stream"), &mut standing, now).is_some()).collect()
}

#[test]
fn an_outage_of_streams_strikes_streams_and_no_request() {
    let judge = judge(&[]);
    assert_eq!(judge.unmet(), ["outage `streams-drop` was for nothing that came"]);
    assert_eq!(judge.rule(&facts("calls.create"), at(55.5)).failure, None);
    assert_eq!(struck(&judge, [1], at(54.0)), [false]);
    assert_eq!(struck(&judge, [1], at(55.5)), [true]);
    assert!(judge.unmet().is_empty());
}

#[test]
fn a_share_of_streams_is_drawn_by_their_number_and_the_first_ones_are_counted() {
    let half = [("outages.streams-drop.fails.share", "50%")];
    let fates = struck(&judge(&half), 0..100, at(55.5));
    let mut back = struck(&judge(&half), (0..100).rev(), at(55.5));
    back.reverse();
    assert_eq!(fates, back, "it does not matter who is asked first");
    assert!((30..70).contains(&fates.iter().filter(|hit| **hit).count()));
    let first = judge(&[("outages.streams-drop.fails.first", "3")]);
    assert_eq!(struck(&first, 0..5, at(55.5)), [true, true, true, false, false]);
}

#[test]
fn a_stream_that_is_struck_stays_so_until_all_are_let_go() {
    let judge = judge(&[("outages.streams-drop.fails.first", "1")]);
    let mut standing = Standing::new(SocketId(7), Time::ZERO);
    let fates = [55.1, 55.9, 56.5].map(|now| judge.socket(&facts("stream"), &mut standing, at(now)).is_some());
    assert_eq!(fates, [true, true, false]);
}

#[test]
fn who_comes_back_after_an_end_in_words_is_let_in() {
    let ended = |set: &[(&str, &str)]| {
        let long = [("outages.refresh.for", "10s")];
        let judge = judge_of("tests/targets/socket.yaml", &[&long, set].concat());
        let slack = judge.incidents.outages()[0].of;
        let ends = |standing: &mut Standing, now: f64| {
            let facts = Facts { dependency: slack, method: "", endpoint: "socket", text: "" };
            judge.socket(&facts, standing, at(now)).is_some()
        };
        let (mut before, mut back) = (Standing::new(SocketId(1), at(3.0)), Standing::new(SocketId(2), at(14.0)));
        [ends(&mut before, 12.5), ends(&mut back, 14.5), ends(&mut back, 16.5)]
    };
    assert_eq!(ended(&[]), [true, false, false]);
    // What comes and goes strikes anew whoever has come in between.
    assert_eq!(ended(&[("outages.refresh.flaps", "{down: 1s, up: 3s}")]), [true, false, true]);
    assert_eq!(ended(&[("outages.refresh.fails.first", "2")]), [true; 3], "the first two, whoever they are");
}

/// A judge of chats whose one outage is of the model, with forty customers known to it.
fn chats(fails: &str) -> DayJudge {
    let judge = judge_of(
        "tests/targets/naive.yaml",
        &[
            ("outages.llm-overloaded.at", "0s"),
            ("outages.llm-overloaded.for", "2m"),
            ("outages.llm-overloaded.fails", fails),
        ],
    );
    (0..40).for_each(|customer| known(&judge, customer));
    judge
}

/// A customer gets in touch for the first time.
fn known(judge: &DayJudge, customer: u64) {
    let who = Who {
        contact: ContactId::new(customer as u32, 0),
        customer,
        channel: Id::new(0),
        reason: Id::new(0),
        segment: Id::new(0),
        started: Time::ZERO,
        attempt: 1,
    };
    judge.ledger.lock().expect("nobody panicked").open(who);
}

/// Which of forty customers are struck, each asking twice, in the order in which they come.
fn customers_struck(fails: &str, order: impl Iterator<Item = u64>) -> Vec<(u64, bool, bool)> {
    let judge = chats(fails);
    let model = Id::new(2);
    let mut fates: Vec<(u64, bool, bool)> = order
        .map(|customer| {
            let text = format!("{{\"model\":\"gpt-4o\",\"text\":\"order {}\"}}", identity::order_number(customer));
            let facts = Facts { dependency: model, method: "POST", endpoint: "chat.completions", text: &text };
            let asks = || judge.rule(&facts, at(60.0)).failure.is_some();
            (customer, asks(), asks())
        })
        .collect();
    fates.sort_unstable();
    fates
}

#[test]
fn run_twice_the_same_customers_are_hit_whoever_comes_first() {
    for fails in [
        "{share: 50%, with: error_500}",
        "{share: 50%, with: error_500, hits: customers}",
        "{share: 50%, with: hang, match: {endpoint: chat.completions}}",
        "{share: 50%, with: openai.rate_limit, match: {model: gpt-4o}}",
        "{share: 50%, with: openai.stream_cut}",
    ] {
        let fates = customers_struck(fails, 0..40);
        assert_eq!(fates, customers_struck(fails, (0..40).rev()), "{fails}");
        let hit = fates.iter().filter(|(_, first, _)| *first).count();
        assert!((8..=32).contains(&hit), "{hit} of 40 by {fails}");
        if fails.contains("customers") {
            assert!(fates.iter().all(|(_, first, second)| first == second), "the same ones all the time");
        }
    }
    let other = customers_struck("{with: error_500, match: {model: another}}", 0..40);
    assert!(other.iter().all(|(_, first, second)| !first && !second), "no other model");
}

#[test]
fn who_stands_on_what_is_broken_is_struck_at_its_own_mock() {
    let set = [("outages.llm-overloaded.fails", "{with: openai.rate_limit, retry_after: 7s}")];
    let stands = [("dependencies.llm-backup.stands_on", "[llm]"), ("dependencies.zendesk.stands_on", "[llm]")];
    let met = |set: &[(&str, &str)], of: usize, now: f64| {
        let judge = judge_of("tests/targets/naive.yaml", set);
        let facts = Facts { dependency: Id::new(of), method: "POST", endpoint: "any", text: "" };
        judge.rule(&facts, at(now)).failure
    };
    let [zendesk, backup] = [1, 3];
    assert_eq!((met(&set, backup, 60.0), met(&set, zendesk, 60.0)), (None, None), "apart they do not fall together");
    let together = [&set[..], &stands[..]].concat();
    let said = met(&together, backup, 60.0).expect("it shares the platform");
    assert_eq!((said.mode.as_str(), said.retry_after), ("openai.rate_limit", Some(Span::from_secs(7))));
    let said = met(&together, zendesk, 60.0).expect("it shares the platform");
    assert!(said.mode.starts_with("zendesk.") && said.retry_after.is_none(), "a 429 of its own: {}", said.mode);
    assert_eq!((met(&together, backup, 39.0), met(&together, backup, 81.0)), (None, None), "at the same moments");
}

#[test]
fn a_reply_has_the_status_that_the_scenario_says() {
    let judge = chats("{with: openai.gateway, status: 504}");
    let facts = Facts { dependency: Id::new(2), method: "POST", endpoint: "chat.completions", text: "" };
    let failure = judge.rule(&facts, at(60.0)).failure.expect("it is down");
    let Some(Wire::Reply(reply)) = failure.wire.as_deref() else { panic!("{failure:?} is not bent") };
    assert!(reply.status == 504 && reply.body.contains("Bad gateway"));
}

#[test]
fn run_twice_the_webhooks_of_the_same_customers_are_lost() {
    let lost = |order: &mut dyn Iterator<Item = u64>| {
        let judge = judge_of("tests/e2e/wire_faults/day.yaml", &[]);
        let mut fates: Vec<(u64, u8)> = order
            .map(|customer| {
                known(&judge, customer);
                let text = format!("{{\"text\":\"order {}\"}}", identity::order_number(customer));
                (customer, judge.carry(Id::new(0), "event", &text, at(120.0)).copies)
            })
            .collect();
        fates.sort_unstable();
        fates
    };
    let fates = lost(&mut (0..40));
    assert_eq!(fates, lost(&mut (0..40).rev()));
    assert!((8..=32).contains(&fates.iter().filter(|(_, copies)| *copies == 0).count()));
}

#[test]
fn of_a_mail_only_the_failures_own_step_counts() {
    let judge = judge_of("tests/targets/mail.yaml", &[]);
    let asks = |step: &'static str| {
        let facts = Facts { dependency: Id::new(2), method: "", endpoint: step, text: "" };
        judge.rule(&facts, at(5.0)).failure.is_some()
    };
    let mails = [0; 5].map(|_| ["connect", "rcpt", "data"].map(asks));
    assert_eq!(mails.map(|steps| steps[1]), [true, true, true, false, false], "the first three recipients");
    assert!(mails.iter().all(|steps| !steps[0] && !steps[2]));
}

#[test]
fn run_twice_the_messages_of_the_same_customers_to_a_channel_are_hit() {
    const SLACK: Id<Dependency> = Id::new(0);
    let hit = |order: &mut dyn Iterator<Item = u64>| {
        let set = [
            (
                "outages.events-lost.fails",
                "{with: slack.internal_error, share: 50%, match: {endpoint: chat.postMessage, channel: \"#support\"}}",
            ),
            ("outages.events-lost.of", "slack"),
        ];
        let judge = judge_of("tests/e2e/wire_faults/day.yaml", &set);
        let mut fates: Vec<(u64, bool, bool)> = order
            .map(|customer| {
                known(&judge, customer);
                let asks = |channel: &str| {
                    let text = format!(
                        "/api/chat.postMessage\n{{\"channel\":\"{channel}\",\"text\":\"order {}\"}}",
                        identity::order_number(customer)
                    );
                    let facts = Facts { dependency: SLACK, method: "POST", endpoint: "chat.postMessage", text: &text };
                    judge.rule(&facts, at(120.0)).failure.is_some()
                };
                (customer, asks("#support"), asks("#elsewhere"))
            })
            .collect();
        fates.sort_unstable();
        fates
    };
    let fates = hit(&mut (0..40));
    assert_eq!(fates, hit(&mut (0..40).rev()), "whoever comes first");
    assert!((8..=32).contains(&fates.iter().filter(|(_, hit, _)| *hit).count()), "{fates:?}");
    assert!(fates.iter().all(|(_, _, elsewhere)| !elsewhere), "another channel is well");
}

#[test]
fn run_twice_the_same_connections_fail_in_their_handshake_or_by_their_name() {
    for mode in ["tls_expired", "tls_wrong_host", "tls_reset", "dns_fail"] {
        let doors = || {
            let fails = format!("{{with: {mode}, share: 50%}}");
            let judge = chats(&fails);
            // What is asked in between takes no luck from connections.
            let facts = Facts { dependency: Id::new(2), method: "POST", endpoint: "chat.completions", text: "" };
            let door = |n: u32| {
                (0..n % 3).for_each(|_| drop(judge.rule(&facts, at(60.0))));
                judge.meets_at_door(Id::new(2), at(60.0))
            };
            (0..60).map(door).collect::<Vec<_>>()
        };
        let first = doors();
        assert_eq!(first, doors(), "{mode}");
        let struck = first.iter().flatten().filter(|door| *door == mode).count();
        assert!((15..=45).contains(&struck) && first.iter().flatten().count() == struck, "{struck} of 60 by {mode}");
    }
}
