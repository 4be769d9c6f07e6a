//! What is read off the target and the harness themselves.

use super::*;

#[test]
fn a_targets_calls_are_held_against_the_normal() {
    let request = |second, n, reply, retry, too_early| {
        let who = Some(who(n, 0, second));
        (at(second), O::Request { of: Id::new(2), who, reply, retry, took: Span::ZERO, too_early })
    };
    let mut list = [entered(who(1, 0, 700)), entered(who(2, 0, 2_000))].concat();
    list.push(request(701, 1, Reply::Good, false, false));
    for n in 0..4 {
        list.push(request(2_000 + n, 2, Reply::Failed, n > 0, n == 2));
    }
    let of = |e: &mut Expectation| e.of = Some(Id::new(2));
    near(expect(list.clone(), of, "retry_amplification").map(|f| f.value), 4.0);
    near(expect(list.clone(), of, "retry_after_ignored").map(|f| f.value), 1.0);
    near(expect(list.clone(), of, "hammering").map(|f| f.value), 4.0);
    near(expect(list, of, "backoff").map(|f| f.value), 0.0);
}

#[test]
fn a_day_without_a_warm_up_has_its_baseline_from_the_first_moment() {
    let mut scenario = day();
    scenario.warm_up = Span::ZERO;
    let mut e = expectation("retry_amplification", Limit::Max(0.0));
    e.of = Some(Id::new(2));
    scenario.expect.push(e);
    let request = |n, second, reply| {
        let who = Some(who(n, 0, second));
        let took = Span::ZERO;
        (at(second), O::Request { of: Id::new(2), who, reply, retry: false, took, too_early: false })
    };
    let mut list = [entered(who(1, 0, 1)), entered(who(2, 0, 2_000))].concat();
    list.push(request(1, 2, Reply::Good));
    list.extend((0..3).map(|n| request(2, 2_000 + n, Reply::Failed)));
    near(run_of(&scenario, list).expected[0].map(|f| f.value), 3.0);
}

#[test]
fn the_harnesss_own_lateness_is_a_figure() {
    let list = (1..=100).map(|n| (at(700), O::Late { by: Span::from_millis(n) })).collect();
    near(run(list).lateness, 0.099);
}

#[test]
fn runs_merge_in_order_to_the_same_figures_every_time() {
    let runs: Vec<RunFigures> =
        (1..=20i64).map(|r| run([served(who(1, 1, 700), r), gave_up(who(2, 1, 700), 2 * r)].concat())).collect();
    let merged = Merged::of("written", 1, &runs).expect("there are runs");
    assert_eq!(format!("{merged:?}"), format!("{:?}", Merged::of("written", 1, &runs).expect("there are runs")));
    let wait = merged.rows.iter().find(|row| row.key.kpi == Kpi::WaitAnswered && row.key.stat == Stat::Mean);
    let wait = wait.expect("it has samples");
    near(Some(wait.over.mean), 10.5);
    assert_eq!(wait.over.runs, 20);
    let abandonment = merged.rows.iter().find(|row| row.key.kpi == Kpi::Abandonment).expect("it has samples");
    assert_eq!((abandonment.pooled, abandonment.over.ci95), (Some(0.5), Some([0.5, 0.5])));
    assert!(merged.rows.iter().all(|row| row.over.runs > 0), "a row without samples is left out");
}

#[test]
fn a_baseline_that_was_already_broken_shows() {
    let mut list = Vec::new();
    for n in 0..12u32 {
        let who = who(n, 0, 700 + i64::from(n));
        list.extend(gave_up(who, 60));
        list.push((at(701 + i64::from(n)), O::Apology { who }));
    }
    list.extend((0..12).map(|n| {
        let of = Id::new(2);
        (
            at(700 + n),
            O::Request { of, who: None, reply: Reply::Failed, retry: false, took: Span::ZERO, too_early: false },
        )
    }));
    assert_eq!(run(list.clone()).broken.len(), 3, "{:?}", run(list.clone()).broken);
    let good: Vec<(Time, O)> = (0..12).flat_map(|n| model(n, 700 + i64::from(n), 2)).collect();
    assert!(run(good).broken.is_empty());
    let mut said = day();
    said.outages[0].window.from = Time::ZERO;
    let reasons = run_of(&said, list).broken;
    assert!(
        !reasons.iter().any(|r| matches!(r, crate::measure::figures::Broken::Dependency(_))),
        "the scenario says so"
    );
}

#[test]
fn a_host_that_nobody_knows_counts_once_a_window() {
    let tried = |second, host| (at(second), O::Egress { host: crate::observation::HostName::new(host) });
    let list = vec![tried(700, "huggingface.co"), tried(800, "huggingface.co"), tried(2_000, "prices.example")];
    near(expect(list.clone(), |_| (), "undeclared_egress").map(|f| f.value), 2.0);
    near(expect(Vec::new(), |_| (), "undeclared_egress").map(|f| f.value), 0.0);
    let egress = run(list).egress;
    let seen: Vec<(&str, u32)> = egress.iter().map(|seen| (seen.host.as_str(), seen.tries)).collect();
    assert_eq!(seen, [("huggingface.co", 2), ("prices.example", 1)]);
}
