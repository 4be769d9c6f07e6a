//! Two runs side by side: what got worse, what got better, and what is the same as far as the runs can tell.
//!
//! A figure counts as changed where the 95 % intervals of its two means do not touch and the change is as large as asked
//! for. Two runs with the same seed met the same customers, so that their true difference is known better than that: the
//! rule misses small changes and seldom cries wolf. So that it stays seldom, only the figures that people steer by are
//! looked at: means, 90th percentiles, counts and shares, by channel and by dependency, or of all contacts where a measure
//! has no channels. A figure without an interval (of a single run, as all of a rehearsal
//! are) is shown and not judged; the verdict and the expectations are.

#[cfg(feature = "live")]
pub mod junit;
mod text;

pub use text::text;

use super::bundle::{Bundle, ExpectationInfo, Measure};
use crate::measure::Kpi;

/// What is neither good nor bad by itself: what comes from outside, and how the work is done.
const NEUTRAL: [Kpi; 8] = [
    Kpi::Offered,
    Kpi::Callbacks,
    Kpi::MatchedByNonce,
    Kpi::HandleTime,
    Kpi::Occupancy,
    Kpi::Shrinkage,
    Kpi::PeopleMissing,
    Kpi::Lateness,
];

/// The statistics that are looked at; the others of a duration move with them.
const STATS: [&str; 3] = ["value", "mean", "p90"];

/// What is compared, and how finely.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The smallest change of a figure that counts, as a share of what it was before.
    pub by: f64,
    /// Only these measures; empty: all that can be better or worse.
    pub kpis: Vec<Kpi>,
}

/// Which way something went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// To the worse.
    Worse,
    /// To the better.
    Better,
    /// Nowhere, as far as one can tell.
    Same,
    /// There is no interval to tell by.
    Unjudged,
}

/// An expectation before and after.
#[derive(Clone, Debug)]
pub struct Expected<'a> {
    /// As it was; `None`: it is new.
    pub before: Option<&'a ExpectationInfo>,
    /// As it is.
    pub after: &'a ExpectationInfo,
    /// Which way it went.
    pub way: Way,
}

/// A figure of the whole day before and after.
#[derive(Clone, Debug)]
pub struct Figure<'a> {
    /// As it was.
    pub before: &'a Measure,
    /// As it is.
    pub after: &'a Measure,
    /// Which way it went.
    pub way: Way,
    /// By what share of what it was; infinite where that was nothing.
    pub by: f64,
}

/// Two runs beside each other.
#[derive(Clone, Debug)]
pub struct Comparison<'a> {
    /// The run before.
    pub before: &'a Bundle,
    /// The run after.
    pub after: &'a Bundle,
    /// Which way the verdict went.
    pub verdict: Way,
    /// The expectations, in the order of the run after.
    pub expected: Vec<Expected<'a>>,
    /// Names of expectations that are gone.
    pub gone: Vec<&'a str>,
    /// The figures of the judged plan over the whole day, the largest change first.
    pub figures: Vec<Figure<'a>>,
    /// What a reader must know: how the two are not alike.
    pub unlike: Vec<String>,
}

impl Comparison<'_> {
    /// Whether anything got worse.
    pub fn is_worse(&self) -> bool {
        let expected = self.expected.iter().map(|one| one.way);
        let figures = self.figures.iter().map(|one| one.way);
        expected.chain(figures).chain([self.verdict]).any(|way| way == Way::Worse)
    }
    /// The figures that went this way.
    pub fn figures_of(&self, way: Way) -> impl Iterator<Item = &Figure<'_>> {
        self.figures.iter().filter(move |figure| figure.way == way)
    }
}

/// Puts two runs beside each other: the judged plan of each, which is its first.
///
/// # Errors
/// A run without a judgement (void) cannot be compared; the sentence says which and why.
pub fn compare<'a>(before: &'a Bundle, after: &'a Bundle, asked: &Asked) -> Result<Comparison<'a>, String> {
    for (which, run) in [("before", before), ("after", after)] {
        if run.verdict == "void" {
            let why = run.reason.as_deref().unwrap_or("no reason was kept");
            return Err(format!("the run {which} is void, so nothing can be said of it: {why}"));
        }
    }
    let (was, is) = (rank(&before.verdict), rank(&after.verdict));
    let verdict = way_of(is.cmp(&was));
    let expectations = |run: &'a Bundle| run.plans.first().map_or(&[][..], |plan| &plan.expectations);
    let pairs = pairs(expectations(before), expectations(after));
    let expected: Vec<Expected<'_>> = expectations(after)
        .iter()
        .zip(&pairs)
        .map(|(one, old)| {
            let old = old.map(|place| &expectations(before)[place]);
            let way = old.map_or(Way::Same, |old| way_of(how_bad(&one.met).cmp(&how_bad(&old.met))));
            Expected { before: old, after: one, way }
        })
        .collect();
    let gone = expectations(before)
        .iter()
        .enumerate()
        .filter(|(place, _)| !pairs.contains(&Some(*place)))
        .map(|(_, old)| old.name.as_str())
        .collect();
    Ok(Comparison {
        before,
        after,
        verdict,
        expected,
        gone,
        figures: figures(before, after, asked),
        unlike: unlike(before, after),
    })
}

fn figures<'a>(before: &'a Bundle, after: &'a Bundle, asked: &Asked) -> Vec<Figure<'a>> {
    let plan = |run: &'a Bundle| run.plans.first().map_or("", |plan| plan.plan.as_str());
    let (plan_before, plan_after) = (plan(before), plan(after));
    let rows = |run: &'a Bundle, plan: &'a str| {
        run.measures.iter().filter(move |m| m.plan == plan && m.window == "whole" && is_looked_at(m))
    };
    let by_channel: Vec<&str> =
        rows(after, plan_after).filter(|m| m.channel.is_some()).map(|m| m.kpi.as_str()).collect();
    let mut found: Vec<Figure<'a>> = rows(after, plan_after)
        .filter_map(|row| {
            let kpi = Kpi::named(&row.kpi)?;
            let wanted = if asked.kpis.is_empty() { !NEUTRAL.contains(&kpi) } else { asked.kpis.contains(&kpi) };
            let is_a_sum = row.channel.is_none() && by_channel.contains(&row.kpi.as_str());
            let old = rows(before, plan_before).find(|old| wanted && !is_a_sum && same_row(old, row))?;
            Some(judged(old, row, kpi, asked.by))
        })
        .collect();
    // The order of the file decides between equals, so that the same runs give the same text.
    found.sort_by(|a, b| b.by.total_cmp(&a.by));
    found
}

fn is_looked_at(row: &Measure) -> bool {
    STATS.contains(&row.stat.as_str()) && row.team.is_none() && row.reason.is_none() && row.segment.is_none()
}

fn judged<'a>(before: &'a Measure, after: &'a Measure, kpi: Kpi, least: f64) -> Figure<'a> {
    let change = after.mean - before.mean;
    let by = if change == 0.0 { 0.0 } else { (change / before.mean).abs() };
    let better = if kpi.definition().more_is_better { change > 0.0 } else { change < 0.0 };
    let way = match (before.ci95, after.ci95) {
        _ if change == 0.0 => Way::Same,
        (Some(was), Some(is)) => {
            let apart = is[0] > was[1] || is[1] < was[0];
            match (apart && by >= least, better) {
                (false, _) => Way::Same,
                (true, true) => Way::Better,
                (true, false) => Way::Worse,
            }
        }
        _ => Way::Unjudged,
    };
    Figure { before, after, way, by }
}

/// How the two runs are not alike, in sentences.
fn unlike(before: &Bundle, after: &Bundle) -> Vec<String> {
    let mut said = Vec::new();
    let (was, is) = (&before.scenario, &after.scenario);
    if was.name != is.name {
        said.push(format!("the scenarios are two: {} before, {} after", was.name, is.name));
    } else if was.hash != is.hash {
        said.push(format!("the scenario was changed: {} before, {} after", was.hash, is.hash));
    }
    let plan = |run: &Bundle| run.plans.first().map(|plan| plan.plan.clone()).unwrap_or_default();
    if plan(before) != plan(after) {
        said.push(format!("the plans are two: {} before, {} after", plan(before), plan(after)));
    }
    if before.mode != after.mode {
        said.push(format!("one is of `{}`, the other of `{}`", before.mode, after.mode));
    }
    if before.seed != after.seed {
        said.push(format!("the customers are others: seed {} before, {} after", before.seed, after.seed));
    }
    if before.runs != after.runs {
        said.push(format!("{} before, {} after", runs(before.runs), runs(after.runs)));
    }
    if before.holdline != after.holdline {
        said.push(format!("made by holdline {} before, {} after", before.holdline, after.holdline));
    }
    said
}

/// So many runs, in words.
fn runs(n: u32) -> String {
    if n == 1 { "1 run".to_owned() } else { format!("{n} runs") }
}

/// Worse is more.
fn way_of(order: std::cmp::Ordering) -> Way {
    match order {
        std::cmp::Ordering::Greater => Way::Worse,
        std::cmp::Ordering::Less => Way::Better,
        std::cmp::Ordering::Equal => Way::Same,
    }
}

fn rank(verdict: &str) -> u8 {
    match verdict {
        "held" => 0,
        "bent" => 1,
        _ => 2,
    }
}

fn how_bad(met: &str) -> u8 {
    match met {
        "met" | "empty" => 0,
        "inconclusive" => 1,
        "warned" => 2,
        _ => 3,
    }
}

/// Which expectation before each one after is held against, by its place: the one that asks for just the same, else the
/// first that speaks of the same thing and is nobody else's. A measure may have two limits: one warns, one fails.
fn pairs(before: &[ExpectationInfo], after: &[ExpectationInfo]) -> Vec<Option<usize>> {
    let mut found: Vec<Option<usize>> = vec![None; after.len()];
    let asks_the_same = |a: &ExpectationInfo, b: &ExpectationInfo| {
        a.name == b.name && a.limit.to_bits() == b.limit.to_bits() && a.in_runs == b.in_runs
    };
    for exactly in [true, false] {
        for (place, one) in after.iter().enumerate() {
            let fits = |(n, old): &(usize, &ExpectationInfo)| {
                let free = !found.contains(&Some(*n));
                free && same_expectation(old, one) && (!exactly || asks_the_same(old, one))
            };
            if found[place].is_none() {
                found[place] = before.iter().enumerate().find(fits).map(|(n, _)| n);
            }
        }
    }
    found
}

/// Whether two expectations speak of the same thing; their limits may differ.
fn same_expectation(a: &ExpectationInfo, b: &ExpectationInfo) -> bool {
    let key = |e: &ExpectationInfo| {
        let narrowed = [&e.channel, &e.team, &e.reason, &e.segment, &e.of].map(Clone::clone);
        ([&e.kpi, &e.stat, &e.window, &e.bound].map(Clone::clone), narrowed, e.within.map(f64::to_bits))
    };
    key(a) == key(b)
}

fn same_row(a: &Measure, b: &Measure) -> bool {
    let key = |m: &Measure| {
        let names = [&m.kpi, &m.stat, &m.unit].map(Clone::clone);
        (names, [&m.count, &m.channel, &m.of].map(Clone::clone), m.within.map(f64::to_bits))
    };
    key(a) == key(b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    const ALL: Asked = Asked { by: 0.05, kpis: Vec::new() };

    /// The row of abandonment by phone over the whole day.
    fn abandonment(run: &mut Bundle) -> &mut Measure {
        let plan = run.plans[0].plan.clone();
        let fits = |m: &&mut Measure| {
            m.kpi == "abandonment" && m.plan == plan && m.window == "whole" && m.channel.as_deref() == Some("phone")
        };
        let found = run.measures.iter_mut().find(|m| fits(m) && m.reason.is_none() && m.segment.is_none());
        found.expect("the fixture has callers who give up")
    }

    #[test]
    fn a_run_beside_itself_is_neither_better_nor_worse() {
        let run = fixture::bundle(20);
        let seen = compare(&run, &run, &ALL).expect("it is judged");
        assert!(!seen.is_worse() && seen.unlike.is_empty() && seen.gone.is_empty());
        assert!(seen.figures.len() > 10 && seen.figures.iter().all(|figure| figure.way == Way::Same));
    }

    #[test]
    fn a_figure_counts_when_its_interval_and_its_size_say_so() {
        let before = fixture::bundle(20);
        for (factor, lift, worse) in [(1.3, 0.2, true), (1.3, 0.0, false), (1.01, 0.2, false)] {
            let mut after = before.clone();
            let row = abandonment(&mut after);
            let [low, high] = row.ci95.expect("there are twenty runs");
            row.mean *= factor;
            row.ci95 = Some([low + lift, high + lift]);
            let seen = compare(&before, &after, &ALL).expect("both are judged");
            assert_eq!(seen.is_worse(), worse, "{factor} {lift}");
            assert!(!compare(&after, &before, &ALL).expect("both are").is_worse(), "the other way is better");
            let others = Asked { by: 0.05, kpis: vec![Kpi::Wait] };
            assert!(!compare(&before, &after, &others).expect("both are judged").is_worse());
        }
    }

    #[test]
    fn a_single_run_is_judged_by_its_expectations_alone() {
        let before = fixture::bundle(1);
        let mut after = before.clone();
        abandonment(&mut after).mean += 0.3;
        let seen = compare(&before, &after, &ALL).expect("both are judged");
        assert!(!seen.is_worse() && seen.figures_of(Way::Unjudged).count() == 1);
        let kept = after.plans[0].expectations.iter().position(|e| e.met == "met").expect("one is kept");
        after.plans[0].expectations[kept].met = "missed".into();
        let seen = compare(&before, &after, &ALL).expect("both are judged");
        assert!(seen.is_worse() && seen.expected[kept].way == Way::Worse);
    }

    #[test]
    fn of_two_limits_on_one_measure_each_is_held_against_its_own() {
        let mut run = fixture::bundle(5);
        let list = &mut run.plans[0].expectations;
        let mut warns = list[0].clone();
        list[0].met = "met".into();
        (warns.limit, warns.met, warns.name) = (list[0].limit / 2.0, "warned".into(), "half".into());
        list.insert(1, warns);
        let seen = compare(&run, &run, &ALL).expect("it is judged");
        assert!(!seen.is_worse() && seen.gone.is_empty(), "a run beside itself");
        let mut other = run.clone();
        other.plans[0].expectations.swap(0, 1);
        assert!(!compare(&run, &other, &ALL).expect("it is judged").is_worse(), "in another order");
        let left = other.plans[0].expectations.remove(0);
        let seen = compare(&run, &other, &ALL).expect("it is judged");
        assert_eq!(seen.gone, [left.name.as_str()]);
        // A limit that was changed is still the same expectation.
        let mut changed = run.clone();
        (changed.plans[0].expectations[0].limit, changed.plans[0].expectations[0].met) = (0.0, "missed".into());
        let seen = compare(&run, &changed, &ALL).expect("it is judged");
        assert!(seen.expected[0].way == Way::Worse && seen.gone.is_empty());
    }

    #[test]
    fn what_is_not_alike_is_said() {
        let before = fixture::bundle(5);
        let mut after = before.clone();
        (after.seed, after.runs, after.mode) = (99, 1, "rehearse".into());
        (after.scenario.hash, after.holdline) = ("other".into(), "9.9".into());
        let gone = after.plans[0].expectations.remove(0).name;
        let seen = compare(&before, &after, &ALL).expect("both are judged");
        assert_eq!(seen.unlike.len(), 5, "{:?}", seen.unlike);
        assert_eq!(seen.gone, [gone]);
        after.verdict = "void".into();
        after.reason = Some("it never ran".into());
        let refused = compare(&before, &after, &ALL).expect_err("it is void");
        assert!(refused.contains("after") && refused.contains("it never ran"), "{refused}");
    }
}
