//! How figures are held against expectations.

use super::{Judgement, Met, Outcome, Verdict, Void};
use crate::measure::figures::Broken;
use crate::measure::summary::Expected;
use crate::measure::{Disturbance, Figure, Merged, Windows};
use crate::observation::Trouble;
use crate::scenario::Scenario;
use crate::scenario::model::{Dependency, Expectation, Id, Limit};
use crate::time::Time;

/// A harness that is later than this (99th percentile, seconds of scenario time) measures itself, not the target.
pub const MOST_LATE: f64 = 1.0;

/// The verdict on all runs of a plan.
///
/// Shares, counts and durations are judged by the mean over runs of the run's figure; with `in: 95% of runs` by the share
/// of runs that keep the limit. An interval across the limit is inconclusive and bends. No samples is void, unless allowed.
pub fn judge(scenario: &Scenario, merged: &Merged) -> Judgement {
    let outcomes = outcomes(scenario, merged);
    let verdict = match void(scenario, merged, &outcomes) {
        Some(reason) => Verdict::Void(reason),
        None => worst(&outcomes),
    };
    Judgement { verdict, outcomes }
}

/// The verdict on the undisturbed twin: what cannot be measured without a disturbance is no fault there.
pub fn judge_twin(scenario: &Scenario, merged: &Merged) -> Judgement {
    let outcomes = outcomes(scenario, merged);
    Judgement { verdict: worst(&outcomes), outcomes }
}

fn worst(outcomes: &[Outcome]) -> Verdict {
    let any = |what: &[Met]| outcomes.iter().any(|outcome| what.contains(&outcome.met));
    if any(&[Met::Missed]) {
        Verdict::Broke
    } else if any(&[Met::Warned, Met::Inconclusive]) {
        Verdict::Bent
    } else {
        Verdict::Held
    }
}

fn outcomes(scenario: &Scenario, merged: &Merged) -> Vec<Outcome> {
    let pairs = scenario.expect.iter().zip(&merged.expected).enumerate();
    let empty = Expected::default();
    let cut = cut_short(scenario, merged).map(|at| (at, Windows::of(scenario)));
    let told = |(place, (expectation, expected)): (usize, (&Expectation, &Expected))| {
        let undecided =
            cut.as_ref().is_some_and(|(at, windows)| is_undecided(scenario, *at, windows, expectation, expected));
        outcome(place, expectation, if undecided { &empty } else { expected })
    };
    pairs.map(told).collect()
}

/// Where the day was left before its end: a warm-started rehearsal of a part of it, or one run that a person, a kill or a
/// `stop_if` ended. Of many runs each ends elsewhere, and most of them as written.
fn cut_short(scenario: &Scenario, merged: &Merged) -> Option<Time> {
    let stopped = merged.stopped.1.filter(|_| merged.runs == 1).map(|(at, _)| at);
    stopped.or_else(|| scenario.is_cut().then(|| scenario.end()))
}

/// Where the day was left while something was still awaited, it is not late before its limit has
/// passed. What was awaited in vain up to the end of an outage is a miss as on any day.
fn is_undecided(
    scenario: &Scenario,
    cut: Time,
    windows: &Windows,
    expectation: &Expectation,
    expected: &Expected,
) -> bool {
    let mut awaited = expected.figures.iter().flatten().filter(|figure| figure.never);
    let met_and_over = |d: &Disturbance| [d.met, d.over];
    let to_the_cut = |figure: &Figure| {
        let asked = |of: Id<Dependency>| expectation.of.is_none_or(|asked| asked == of);
        let met = windows.disturbances.iter().filter(|d| d.of.is_some_and(asked));
        let fixed = scenario.outages.iter().filter(|outage| asked(outage.of)).map(|outage| outage.window.to);
        let mut since = met.flat_map(met_and_over).chain(fixed);
        since.any(|at| (cut.since(at).secs_f64() - figure.value).abs() < 1e-3)
    };
    let within = |figure: &Figure| matches!(expectation.limit, Limit::Max(_)) && expectation.limit.keeps(figure.value);
    awaited.any(|figure| within(figure) && to_the_cut(figure))
}

fn outcome(place: usize, expectation: &Expectation, expected: &Expected) -> Outcome {
    let Some(over) = expected.over else {
        return Outcome { expectation: place, met: Met::Empty, over: None, margin: None, kept: None, never: 0.0 };
    };
    let limit = expectation.limit;
    let margin = limit.margin(over.mean);
    let figures = || expected.figures.iter().flatten();
    let runs = f64::from(over.runs);
    // What never happened was not kept, however short the wait for it was cut.
    let kept = figures().filter(|f| limit.keeps(f.value) && !f.never).count() as f64 / runs;
    let never = figures().filter(|f| f.never).count() as f64 / runs;
    let good = match expectation.in_runs {
        Some(share) => Ok(kept >= share),
        None if never > 0.5 => Ok(false),
        None => match over.ci95 {
            Some([low, high]) if low < limit.value() && limit.value() < high => Err(()),
            _ => Ok(limit.keeps(over.mean)),
        },
    };
    let met = match good {
        Ok(true) => Met::Met,
        Ok(false) if expectation.warn => Met::Warned,
        Ok(false) => Met::Missed,
        Err(()) => Met::Inconclusive,
    };
    Outcome { expectation: place, met, over: Some(over), margin: Some(margin), kept: Some(kept), never }
}

fn void(scenario: &Scenario, merged: &Merged, outcomes: &[Outcome]) -> Option<Void> {
    let fatal = |kind: &&Trouble| **kind != Trouble::Refused;
    if let Some(kind) = merged.trouble.iter().find(fatal) {
        return Some(Void::Target(*kind));
    }
    if merged.runs == 0 {
        return Some(Void::NoRuns);
    }
    if merged.missed > 0 {
        return Some(Void::Missed(merged.missed));
    }
    if let Some(late) = merged.lateness.filter(|late| *late > MOST_LATE) {
        return Some(Void::Late(late));
    }
    if let Some((why, _)) = merged.broken.iter().find(|(_, runs)| runs * 2 > merged.runs) {
        return Some(Void::Baseline(in_words(scenario, why)));
    }
    // A day that was ended early is judged by what was measured: what the rest would have shown excuses no miss. Where some
    // runs went to the end and still measured nothing, that is not because of the early end.
    if merged.stopped.0 == merged.runs && outcomes.iter().any(|o| o.met == Met::Missed) {
        return None;
    }
    let empty = outcomes.iter().find(|o| o.met == Met::Empty && !scenario.expect[o.expectation].allow_empty);
    empty.map(|o| Void::NoSamples(scenario.expect[o.expectation].name.clone()))
}

fn in_words(scenario: &Scenario, why: &Broken) -> String {
    let desk = &scenario.desk;
    let channel = |id: &Id<_>| &desk.channels[id.index()].name;
    match why {
        Broken::Dependency(of) => {
            format!(
                "more than half of the requests to `{}` failed before anything was to be broken",
                desk.dependencies[of.index()].name
            )
        }
        Broken::Unserved(id) => format!("most contacts by `{}` were not served", channel(id)),
        Broken::Unanswered(id) => {
            format!("most contacts by `{}` got an apology or a placeholder and never an answer", channel(id))
        }
        Broken::NoModel(id) => format!("not one first answer by `{}` came out of the language model", channel(id)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::fixture::{day, expectation};
    use crate::measure::{Collector, RunFigures};
    use crate::scenario::model::Window;
    use crate::time::Span;
    use crate::verdict::Exit;

    fn quiet_run(scenario: &Scenario) -> RunFigures {
        Collector::new(scenario, &Windows::of(scenario)).finish(scenario.close())
    }
    /// The judgement when this is the figure of the one expectation, run by run.
    fn judged(change: impl FnOnce(&mut Expectation), limit: Limit, figures: &[Option<f64>]) -> Judgement {
        let mut scenario = day();
        let mut e = expectation("abandonment", limit);
        change(&mut e);
        scenario.expect.push(e);
        let of = |value: &Option<f64>| RunFigures { expected: vec![value.map(Figure::plain)], ..quiet_run(&scenario) };
        let runs: Vec<RunFigures> = figures.iter().map(of).collect();
        judge(&scenario, &Merged::of("written", 1, &runs).expect("there are runs"))
    }

    #[test]
    fn a_figure_within_its_limit_holds_and_one_beyond_breaks() {
        let good = judged(|_| {}, Limit::Max(0.1), &[Some(0.08)]);
        assert_eq!((good.verdict, good.outcomes[0].met), (Verdict::Held, Met::Met));
        assert!(good.outcomes[0].margin.is_some_and(|m| (m - 0.02).abs() < 1e-12));
        assert_eq!(judged(|_| {}, Limit::Max(0.1), &[Some(0.12)]).verdict, Verdict::Broke);
        assert_eq!(judged(|_| {}, Limit::Min(0.1), &[Some(0.12)]).verdict, Verdict::Held);
        assert_eq!(judged(|_| {}, Limit::Min(0.1), &[Some(0.1)]).verdict, Verdict::Held, "the limit itself is kept");
    }
    #[test]
    fn a_miss_that_only_warns_bends() {
        let j = judged(|e| e.warn = true, Limit::Max(0.1), &[Some(0.12)]);
        assert_eq!((j.verdict, j.outcomes[0].met), (Verdict::Bent, Met::Warned));
    }
    #[test]
    fn an_interval_across_the_limit_is_inconclusive_and_bends() {
        let figures: Vec<Option<f64>> = (0..20).map(|n| Some(if n % 2 == 0 { 0.05 } else { 0.14 })).collect();
        let j = judged(|_| {}, Limit::Max(0.1), &figures);
        assert_eq!((j.verdict, j.outcomes[0].met), (Verdict::Bent, Met::Inconclusive));
    }
    #[test]
    fn in_so_many_runs_is_judged_by_runs() {
        let figures: Vec<Option<f64>> = (0..20).map(|n| Some(if n == 0 { 0.5 } else { 0.01 })).collect();
        assert_eq!(judged(|e| e.in_runs = Some(0.95), Limit::Max(0.1), &figures).verdict, Verdict::Held);
        assert_eq!(judged(|e| e.in_runs = Some(0.96), Limit::Max(0.1), &figures).verdict, Verdict::Broke);
    }
    #[test]
    fn no_samples_is_void_unless_allowed() {
        assert_eq!(
            judged(|_| {}, Limit::Max(0.1), &[None]).verdict,
            Verdict::Void(Void::NoSamples("abandonment".into()))
        );
        let allowed = judged(|e| e.allow_empty = true, Limit::Max(0.1), &[None]);
        assert_eq!((allowed.verdict, allowed.outcomes[0].met), (Verdict::Held, Met::Empty));
    }
    #[test]
    fn what_never_happened_is_a_miss_even_below_the_limit() {
        let mut scenario = day();
        scenario.expect.push(expectation("time_to_failover", Limit::Max(3_600.0)));
        let never = Figure::never(crate::time::Span::from_secs(600));
        let run = RunFigures { expected: vec![Some(never)], ..quiet_run(&scenario) };
        let j = judge(&scenario, &Merged::of("none", 1, &[run]).expect("there is a run"));
        assert_eq!((j.verdict, j.outcomes[0].never), (Verdict::Broke, 1.0));
    }
    #[test]
    fn what_a_part_of_the_day_cut_short_is_not_judged_before_its_limit_has_passed() {
        let mut whole = day();
        whole.expect.push(Expectation { allow_empty: true, ..expectation("time_to_failover", Limit::Max(900.0)) });
        let of = whole.outages[0].window;
        // The first outage is in force at the cut, or over before it; what was awaited since it was met.
        let judged = |end: Time, limit: f64| {
            let mut cut = whole.clone();
            cut.warm_start = Some(Window { from: of.from, to: end });
            cut.length = end.since(Time::ZERO);
            cut.expect[0].limit = Limit::Max(limit);
            let awaited = Windows::of(&cut).disturbances.iter().find(|d| d.of.is_some()).map(|d| d.over.since(d.met));
            let never = Figure::never(awaited.unwrap_or_default());
            let run = RunFigures { expected: vec![Some(never)], ..quiet_run(&cut) };
            judge(&cut, &Merged::of("written", 1, &[run]).expect("there is a run")).outcomes[0].met
        };
        let (within, long_over) = (of.from + Span::from_secs(600), of.to + Span::from_secs(3_000));
        assert_eq!(judged(within, 900.0), Met::Empty, "ten minutes of fifteen");
        assert_eq!(judged(within, 500.0), Met::Missed, "its limit has passed");
        assert_eq!(judged(long_over, 90_000.0), Met::Missed, "the outage ended without it");
    }
    #[test]
    fn nor_is_one_run_that_was_ended_early() {
        let mut day = day();
        day.expect.push(Expectation { allow_empty: true, ..expectation("time_to_failover", Limit::Max(900.0)) });
        let ten_minutes = Span::from_secs(600);
        let left_at = day.outages[0].window.from + ten_minutes;
        let met = |runs: usize, stopped: bool| {
            let run = RunFigures {
                expected: vec![Some(Figure::never(ten_minutes))],
                stopped: stopped.then_some((left_at, None)),
                ..quiet_run(&day)
            };
            judge(&day, &Merged::of("written", 1, &vec![run; runs]).expect("there are runs")).outcomes[0].met
        };
        assert_eq!(met(1, true), Met::Empty, "ten minutes of fifteen");
        assert_eq!(met(1, false), Met::Missed, "the day went on");
        assert_eq!(met(2, true), Met::Missed, "each of many runs is judged as it came");
    }
    #[test]
    fn a_miss_before_an_early_end_is_a_miss_though_the_rest_was_never_measured() {
        let mut day = day();
        day.expect.push(expectation("abandonment", Limit::Max(0.1)));
        day.expect.push(expectation("time_to_failover", Limit::Max(900.0)));
        let verdict = |abandonment: f64, stopped| {
            let expected = vec![Some(Figure::plain(abandonment)), None];
            let run = RunFigures { expected, stopped, ..quiet_run(&day) };
            judge(&day, &Merged::of("written", 1, &[run]).expect("there is a run")).verdict
        };
        let early = Some((Time::ZERO + Span::from_secs(600), Some(0)));
        assert_eq!(verdict(0.5, early), Verdict::Broke);
        assert!(matches!(verdict(0.05, early), Verdict::Void(Void::NoSamples(_))));
        assert!(matches!(verdict(0.5, None), Verdict::Void(Void::NoSamples(_))));
        let of_two = |second| {
            let run =
                |stopped| RunFigures { expected: vec![Some(Figure::plain(0.5)), None], stopped, ..quiet_run(&day) };
            judge(&day, &Merged::of("written", 1, &[run(early), run(second)]).expect("there are runs")).verdict
        };
        assert_eq!(of_two(early), Verdict::Broke);
        assert!(
            matches!(of_two(None), Verdict::Void(Void::NoSamples(_))),
            "one run went to its end and measured nothing"
        );
    }
    #[test]
    fn no_honest_judgement_is_void_and_says_why() {
        let scenario = day();
        let judged = |change: &dyn Fn(&mut RunFigures)| {
            let mut run = quiet_run(&scenario);
            change(&mut run);
            judge(&scenario, &Merged::of("written", 1, &[run]).expect("there is a run")).verdict
        };
        assert_eq!(judged(&|_| {}), Verdict::Held);
        assert_eq!(judged(&|r| r.lateness = Some(0.9)), Verdict::Held);
        assert_eq!(judged(&|r| r.lateness = Some(1.1)), Verdict::Void(Void::Late(1.1)));
        let verdict = judged(&|r| r.missed = 3);
        assert_eq!(verdict, Verdict::Void(Void::Missed(3)));
        assert_eq!(Exit::of(&verdict, false, false, false), Exit::Void);
        let Verdict::Void(why) = verdict else { panic!("{verdict:?}") };
        assert!(why.to_string().starts_with("3 events") && !why.to_string().contains('\n'), "{why}");
        assert_eq!(judged(&|r| r.trouble.push(Trouble::Refused)), Verdict::Held);
        assert_eq!(judged(&|r| r.trouble.push(Trouble::Exited)), Verdict::Void(Void::Target(Trouble::Exited)));
        let verdict = judged(&|r| r.broken.push(Broken::Dependency(Id::new(2))));
        let Verdict::Void(why) = verdict else { panic!("{verdict:?}") };
        assert!(why.to_string().contains("`llm`") && !why.to_string().contains('\n'), "{why}");
    }
}
