//! Dependencies that stand on one platform fall together, and the bot's circuit breaker: small days on small desks.

use holdline::engine;
use holdline::faults::{Asker, Incidents};
use holdline::observation::{Observation as O, Reply};
use holdline::rng::Luck;
use holdline::scenario::model::{Dependency, Id, Outage};
use holdline::scenario::{Overrides, Scenario, load};
use holdline::seam::Source;
use holdline::time::Time;
use holdline::workload::arrivals::Demand;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

const CHATS: &str = "\
channels: { chat: { style: chat } }
reasons: { asks: { handle: 1m, bot_solves: 100% } }
contacts: [ { name: chats, channel: chat, rate: 2/min } ]
teams: { people: { people: 90, answers: [chat] } }
";
const SECOND: &str = "\
plan: { notice: { llm: { probe: 30s, failures: 1 } }, rules: [ { when: {down: [llm]}, do: [{bot: {use: backup}}] } ] }
";
const DOWN: &str = "outages: [ { name: o, of: llm, at: 30m, for: 30m } ]";

static NUMBER: AtomicU32 = AtomicU32::new(0);

fn day(desk: &str, more: &str) -> Arc<Scenario> {
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("holdline-platform-{}-{number}", std::process::id()));
    fs::create_dir_all(&folder).expect("a temporary folder can be made");
    let length = if more.contains("length:") { "" } else { "length: 2h\n" };
    let scenario = format!("scenario: day\ndesk: desk.yaml\nstart: 2026-03-10 08:00 UTC\n{length}{more}");
    let files = [("desk.yaml", format!("desk: small\n{desk}")), ("day.yaml", scenario)];
    files.iter().for_each(|(name, text)| fs::write(folder.join(name), text).expect("it can be written to"));
    let loaded = load(&folder.join("day.yaml"), &Overrides::default());
    let _ = fs::remove_dir_all(&folder);
    Arc::new(loaded.unwrap_or_else(|errors| panic!("{errors}")).scenario)
}

/// A day on a desk with two models, of which the second stands on what is said.
fn models(stands_on: &str, calls: &str, plan: &str, more: &str) -> Arc<Scenario> {
    let dependencies = format!("dependencies: {{ llm: {{ kind: openai }}, backup: {{ kind: openai{stands_on} }} }}\n");
    let bot = format!("bot: {{ uses: llm, answers: [chat], replies_in: 3s, calls: {calls} }}\n");
    day(&format!("{dependencies}{CHATS}{bot}{plan}"), more)
}

/// What was observed in a run, in minutes since the start.
fn play(scenario: &Arc<Scenario>, run: u64) -> Vec<(f64, O)> {
    let demand = Demand::new(scenario);
    let (seen, _) = engine::run(scenario, &demand, 1, run, Vec::<(Time, O)>::new());
    seen.into_iter().map(|(at, seen)| (at.secs_f64() / 60.0, seen)).collect()
}

/// Answers through the second model in the first minutes of the day.
fn through_backup(seen: &[(f64, O)], until: f64) -> usize {
    let backup = Source::Model(Id::new(1));
    seen.iter().filter(|(at, o)| *at < until && matches!(o, O::Answered { source, .. } if *source == backup)).count()
}

#[test]
fn a_second_provider_on_the_same_platform_is_none() {
    let calls = "{ timeout: 10s, retries: 0 }";
    let apart = play(&models("", calls, SECOND, DOWN), 0);
    let shared = play(&models(", stands_on: [llm]", calls, SECOND, DOWN), 0);
    let (apart_answers, shared_answers) = (through_backup(&apart, 60.0), through_backup(&shared, 60.0));
    assert!(apart_answers > 40 && shared_answers == 0, "{apart_answers} and {shared_answers}");
    let apologies = |seen: &[(f64, O)]| seen.iter().filter(|(_, o)| matches!(o, O::Apology { .. })).count();
    assert!(apologies(&shared) > 40 && apologies(&apart) < 10, "{} and {}", apologies(&shared), apologies(&apart));
    // Until it breaks nothing is otherwise: what is not used draws nothing.
    let before = |seen: &[(f64, O)]| seen.iter().filter(|(at, _)| *at < 30.0).copied().collect::<Vec<_>>();
    assert_eq!(before(&apart), before(&shared));
}

#[test]
fn who_is_hit_on_the_platform_is_hit_by_the_same_luck_on_whatever_stands_on_it() {
    let partly = "outages: [ { name: o, of: llm, at: 30m, for: 30m, fails: {share: 40%}, recovers_over: 10m } ]";
    let scenario = models(", stands_on: [llm]", "{}", "", partly);
    let incidents = Incidents::new(&scenario, Luck::new(7, 0));
    let [llm, backup] = [Id::<Dependency>::new(0), Id::new(1)];
    let mut hit = 0;
    for (minute, share) in [(29.0, 0.0), (45.0, 0.4), (65.0, 0.2), (71.0, 0.0)] {
        let at = Time::from_secs_f64(minute * 60.0);
        for of in [llm, backup] {
            assert!(
                (incidents.share_failing(of, at) - share).abs() < 1e-9,
                "{minute}: {}",
                incidents.share_failing(of, at)
            );
        }
        for customer in 0..2_000 {
            let asker = Asker::Customer { customer, nth: 3 };
            let [first, second] = [llm, backup].map(|of| incidents.meet(of, at, asker).failure.is_some());
            assert_eq!(first, second, "customer {customer} at minute {minute}");
            hit += usize::from(first && minute == 45.0);
        }
    }
    // Four standard deviations of a binomial around 800 of 2,000.
    assert!((712..=888).contains(&hit), "{hit} of 2,000");
}

#[test]
fn it_goes_up_through_every_step_once_and_each_tells_of_it_in_its_own_way() {
    let dependencies = "\
dependencies:
  shop: { kind: zendesk, stands_on: [left, right] }
  left: { kind: slack, stands_on: [cloud] }
  right: { kind: openai, stands_on: [cloud] }
  cloud: { kind: twilio }
  apart: { kind: openai }
";
    let scenario = day(
        &format!("{dependencies}{CHATS}"),
        "outages: [ { name: o, of: cloud, at: 1m, for: 1m, fails: {with: hang} }, { of: left, at: 1m, for: 1m }, { of: apart, at: 1m, for: 1m } ]",
    );
    let reached = |n: usize| -> Vec<(usize, &str)> {
        scenario.outages[n].reaches.iter().map(|reach| (reach.of.index(), reach.with.as_str())).collect()
    };
    assert_eq!(reached(0), [(0, "hang"), (1, "hang"), (2, "hang")], "a diamond is not hit twice");
    assert_eq!(reached(1).iter().map(|(of, _)| *of).collect::<Vec<_>>(), [0], "not down again to the platform");
    assert!(reached(1)[0].1.starts_with("zendesk."), "{:?}", reached(1));
    assert!(scenario.outages[0].reaches.iter().all(|reach| reach.seen_after.is_none()), "silence is silence");
    assert!(reached(2).is_empty());
    assert_eq!(scenario.outages.len(), 3, "what it reaches is no disturbance of its own");
}

#[test]
fn a_replayed_incident_reaches_phase_by_phase() {
    let desk =
        format!("dependencies: {{ llm: {{ kind: openai }}, crm: {{ kind: zendesk, stands_on: [llm] }} }}\n{CHATS}");
    let scenario = day(&desk, "outages: [ { of: llm, at: 10m, like: openai-2024-12-11, compress: 10 } ]");
    let [outage] = &scenario.outages[..] else { panic!("one outage") };
    assert!(outage.reaches.is_empty() && outage.parts().count() > 0);
    assert!(outage.parts().all(|part| part.reaches.len() == 1), "each phase by itself");
    let incidents = Incidents::new(&scenario, Luck::new(1, 0));
    let shares = |of: usize| -> Vec<f64> {
        let minutes = (0..120).map(|minute| Time::from_secs_f64(f64::from(minute) * 60.0));
        minutes.map(|at| incidents.share_failing(Id::new(of), at)).collect()
    };
    assert_eq!(shares(0), shares(1));
    assert!(shares(1).iter().any(|share| *share > 0.0));
}

#[test]
fn calls_drop_on_the_second_carrier_too() {
    let desk = |more: &str| {
        format!(
            "dependencies: {{ landline: {{ kind: twilio }}, mobile: {{ kind: twilio{more} }} }}
channels: {{ phone: {{ style: call, over: [mobile] }} }}
reasons: {{ asks: {{ handle: 4m }} }}
contacts: [ {{ name: calls, channel: phone, rate: 5/min }} ]
teams: {{ people: {{ people: 90, answers: [phone] }} }}
"
        )
    };
    let dropped = |more: &str| {
        let scenario = day(&desk(more), "outages: [ { of: landline, at: 30m, for: 10m, drops_calls: true } ]");
        let seen = play(&scenario, 0);
        let of = |is: fn(&O) -> bool| seen.iter().filter(|(_, o)| is(o)).count();
        (of(|o| matches!(o, O::Dropped { .. })), of(|o| matches!(o, O::Blocked { .. })))
    };
    assert_eq!(dropped(""), (0, 0));
    let (calls, turned_away) = dropped(", stands_on: [landline]");
    assert!((8..40).contains(&calls) && (25..80).contains(&turned_away), "{calls}, {turned_away}");
}

/// When each request to the first model was sent, in seconds, and how it ended.
fn requests(seen: &[(f64, O)]) -> Vec<(f64, Reply)> {
    let mut sent: Vec<(f64, Reply)> = seen
        .iter()
        .filter_map(|(at, o)| match o {
            O::Request { of, reply, took, who: Some(_), .. } if of.index() == 0 => {
                Some((at * 60.0 - took.secs_f64(), *reply))
            }
            _ => None,
        })
        .collect();
    sent.sort_by(|a, b| a.0.total_cmp(&b.0));
    sent
}

#[test]
fn an_open_breaker_spares_the_model_and_the_customers_who_would_wait_for_it() {
    let hang = "outages: [ { name: o, of: llm, at: 30m, for: 30m, fails: {with: hang} } ]";
    let of = |breaker: &str| {
        let calls = format!("{{ timeout: 20s, retries: 2, backoff: 1s{breaker} }}");
        let seen = play(&models("", &calls, "", hang), 0);
        let waited: Vec<f64> = seen
            .iter()
            .filter_map(|(at, o)| match o {
                O::Apology { who } => Some(at * 60.0 - who.started.secs_f64()),
                _ => None,
            })
            .collect();
        let asked = requests(&seen).iter().filter(|(at, _)| (1_800.0..3_600.0).contains(at)).count();
        let good_after = requests(&seen).iter().filter(|(at, reply)| *at > 3_960.0 && *reply == Reply::Good).count();
        (asked, waited, good_after)
    };
    let (asked_without, waited_without, good_without) = of("");
    let (asked_with, waited_with, good_with) = of(", breaker: {after: 5, for: 2m}");
    assert!(asked_without > 120 && asked_with < 30, "{asked_without} and {asked_with}");
    // 3 x 20 s and pauses of 1 s and 2 s before anybody is told, without one.
    assert!(waited_without.iter().all(|waited| (waited - 63.0).abs() < 0.01), "{waited_without:?}");
    let at_once = waited_with.iter().filter(|waited| **waited < 0.001).count();
    assert!(at_once * 2 > waited_with.len(), "{at_once} of {}", waited_with.len());
    // After the outage one trial closes it: from then on the two days ask alike.
    assert_eq!(good_with, good_without);
    assert!(good_with > 50);
}

#[test]
fn the_gap_between_trials_is_what_renewal_theory_says() {
    // A trial hangs for 10 s, then the circuit is open for 60 s, then the next of 2 a minute is the trial: 100 s on average,
    // with the standard deviation of the exponential part, 30 s.
    let more = "length: 24h\noutages: [ { name: o, of: llm, at: 10m, until: end, fails: {with: hang} } ]";
    let scenario = models("", "{ timeout: 10s, retries: 2, backoff: 1s, breaker: {after: 1, for: 60s} }", "", more);
    let runs: Vec<f64> = (0..20)
        .map(|run| {
            let sent: Vec<f64> =
                requests(&play(&scenario, run)).iter().map(|(at, _)| *at).filter(|at| *at > 900.0).collect();
            let gaps: Vec<f64> = sent.windows(2).map(|pair| pair[1] - pair[0]).collect();
            assert!(gaps.iter().all(|gap| *gap >= 70.0 - 1e-3), "nobody asks while it is open");
            gaps.iter().sum::<f64>() / gaps.len() as f64
        })
        .collect();
    let n = runs.len() as f64;
    let mean = runs.iter().sum::<f64>() / n;
    let variance = runs.iter().map(|run| (run - mean) * (run - mean)).sum::<f64>() / (n - 1.0);
    let z = (mean - 100.0) / (variance / n).sqrt();
    assert!(z.abs() < 4.0, "{mean} s, z = {z}");
}

#[test]
fn what_is_not_written_stands_nowhere() {
    let scenario = models("", "{}", "", DOWN);
    let text = serde_json::to_string(&*scenario).expect("a scenario can be written");
    assert!(!["stands_on", "reaches", "breaker"].iter().any(|word| text.contains(word)), "{text}");
    let parts: Vec<&Outage> = scenario.outages[0].parts().collect();
    assert_eq!(parts.len(), 1);
}
