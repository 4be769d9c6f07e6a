//! How one expectation stands after some runs, on which side of its limit, and whether more runs could change that.

use crate::measure::Figure;
use crate::scenario::model::Expectation;

/// Standard errors from the limit beyond which so many runs settle it: a handful must be surer, since its errors are only
/// guessed.
fn settles(runs: f64) -> f64 {
    if runs < 20.0 { 4.0 } else { 3.0 }
}
/// Standard errors of a 95 % interval.
const INTERVAL: f64 = 1.96;

/// One expectation over some runs.
///
/// The side is that of the mean, with or without an interval across the limit: then the number of runs moves the breaking
/// point only by chance, and not always outward. What is timed and never happened counts once its limit has passed; before
/// that a short outage is over too soon to tell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standing {
    /// The mean over the runs that have a figure, as all runs of the written day would give it; `None`: nothing to tell by.
    pub figure: Option<f64>,
    /// How far it is on the good side, in parts of the limit (of one where that is zero).
    pub margin: f64,
    /// It lies beyond its limit.
    pub beyond: bool,
    /// The 95 % interval lies across the limit.
    pub unsure: bool,
    /// Even a few times as many runs would leave it on its side.
    pub settled: bool,
}

impl Standing {
    /// What these figures, run by run, come to. `written` are those of the day as it is written, run by run with the same
    /// luck; they are at least as many, or none.
    pub fn of(expectation: &Expectation, figures: &[Option<Figure>], written: &[Option<Figure>]) -> Self {
        let limit = expectation.limit;
        let too_soon = |figure: &&Figure| figure.never && limit.keeps(figure.value);
        let told: Vec<&Figure> = figures.iter().flatten().filter(|figure| !too_soon(figure)).collect();
        if told.is_empty() {
            return Self { figure: None, margin: f64::INFINITY, beyond: false, unsure: false, settled: false };
        }
        let n = told.len() as f64;
        let values: Vec<f64> = told.iter().map(|figure| figure.value).collect();
        let (mean, error) = estimate(&values, figures, written);
        let interval = INTERVAL * spread(&values, 0).1;
        let good = limit.margin(mean);
        let far = |error: f64| good.abs() >= settles(n) * error;
        let share = |of: &dyn Fn(&Figure) -> bool| told.iter().filter(|figure| of(figure)).count() as f64 / n;
        let kept = share(&|figure| !figure.never && limit.keeps(figure.value));
        let never = share(&|figure| figure.never);
        if let Some(asked) = expectation.in_runs {
            // A few runs on one side settle it only if none of them came near the limit; on both sides, if more of them keep it,
            // or fewer, than a share on the edge would lead to (binomial).
            let clear = (kept == 0.0 || kept == 1.0) && (never == 1.0 || never == 0.0 && far(error * n.sqrt()));
            let apart =
                (kept - asked).abs() >= settles(n) * (asked * (1.0 - asked) / n).sqrt() && kept > 0.0 && kept < 1.0;
            let beyond = kept < asked;
            return Self { figure: Some(mean), margin: kept - asked, beyond, unsure: false, settled: clear || apart };
        }
        let scale = if limit.value() == 0.0 { 1.0 } else { limit.value().abs() };
        let beyond = good < 0.0 || never > 0.5;
        Self {
            figure: Some(mean),
            margin: good / scale,
            beyond,
            unsure: good.abs() < interval,
            settled: never == 1.0 || never == 0.0 && far(error),
        }
    }
}

/// Mean and standard error of what all the runs of the written day would come to at this point, seen from the first of them.
///
/// The customers and their luck are the same in both, so a run here tells most by how it differs from the same run as written,
/// whose mean over all runs is known (common random numbers; Law 2015, Simulation Modeling and Analysis, section 11.2). Where
/// they have little in common its figure tells more by itself.
fn estimate(values: &[f64], figures: &[Option<Figure>], written: &[Option<Figure>]) -> (f64, f64) {
    let alone = spread(values, written.len());
    let all: Vec<f64> = written.iter().flatten().map(|figure| figure.value).collect();
    let whole = values.len() == figures.len() && all.len() == written.len() && figures.len() <= all.len();
    if !whole || written.iter().flatten().any(|figure| figure.never) {
        return alone;
    }
    let differences: Vec<f64> = values.iter().zip(&all).map(|(here, there)| here - there).collect();
    let (more, error) = spread(&differences, all.len());
    let mean = all.iter().sum::<f64>() / all.len() as f64;
    if error < alone.1 { (mean + more, error) } else { alone }
}

/// Mean, and the standard error by which that of all the runs there are may differ from it.
fn spread(values: &[f64], all: usize) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
    // Of a known number of runs those that were played are no longer uncertain.
    let open = if all == 0 { 1.0 } else { (1.0 - n / all as f64).max(0.0) };
    (mean, (variance / n * open).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::fixture::expectation;
    use crate::scenario::model::Limit;
    use crate::time::Span;

    fn of(limit: Limit, figures: &[f64]) -> Standing {
        let figures: Vec<_> = figures.iter().map(|value| Some(Figure::plain(*value))).collect();
        Standing::of(&expectation("abandonment", limit), &figures, &[])
    }

    #[test]
    fn the_side_is_that_of_the_mean_and_margins_are_parts_of_the_limit() {
        let good = of(Limit::Max(0.1), &[0.08, 0.08]);
        assert!(!good.beyond && good.settled && !good.unsure && (good.margin - 0.2).abs() < 1e-9);
        assert!(of(Limit::Max(0.1), &[0.08, 0.14]).beyond);
        assert!(of(Limit::Min(0.8), &[0.7]).beyond);
        assert!(!of(Limit::Max(0.0), &[0.0, 0.0]).beyond);
        assert_eq!(of(Limit::Max(0.0), &[2.0, 2.0]).margin, -2.0, "a limit of zero is no measure of itself");
    }
    #[test]
    fn figures_on_both_sides_of_the_limit_are_not_settled() {
        let close = of(Limit::Max(0.1), &[0.05, 0.14, 0.08, 0.12]);
        assert!(close.unsure && !close.settled);
    }
    #[test]
    fn in_so_many_runs_goes_by_the_runs_that_kept_it() {
        let most = crate::scenario::model::Expectation { in_runs: Some(0.9), ..expectation("wait", Limit::Max(10.0)) };
        let figures: Vec<_> = (0..10).map(|n| Some(Figure::plain(if n < 8 { 1.0 } else { 11.0 }))).collect();
        let standing = Standing::of(&most, &figures, &[]);
        assert!(standing.beyond && !standing.settled && (standing.margin + 0.1).abs() < 1e-9);
    }
    #[test]
    fn what_the_same_runs_came_to_as_written_tells_what_few_runs_cannot() {
        let some = |figures: &[f64]| figures.iter().map(|value| Some(Figure::plain(*value))).collect::<Vec<_>>();
        // Every run is a hundredth worse than as written; by chance the first four are good days.
        let written = some(&[0.05, 0.06, 0.04, 0.05, 0.14, 0.15, 0.13, 0.14]);
        let here = some(&[0.0601, 0.0699, 0.05, 0.06]);
        let limit = expectation("abandonment", Limit::Max(0.1));
        let (alone, beside) = (Standing::of(&limit, &here, &[]), Standing::of(&limit, &here, &written));
        assert!(!alone.beyond && beside.beyond && beside.settled, "{alone:?} {beside:?}");
        assert!(beside.figure.is_some_and(|figure| (figure - 0.105).abs() < 1e-9), "{beside:?}");
        // Days that have nothing in common tell by themselves, and all of the runs are no estimate any more.
        let other = some(&[0.2, 0.01, 0.19, 0.0, 0.1, 0.1, 0.1, 0.1]);
        assert_eq!(Standing::of(&limit, &here, &other).beyond, alone.beyond);
        assert!(Standing::of(&limit, &written, &other).settled);
    }
    #[test]
    fn so_many_runs_are_settled_only_away_from_the_limit() {
        let most = crate::scenario::model::Expectation { in_runs: Some(0.9), ..expectation("wait", Limit::Max(10.0)) };
        let settled =
            |values: [f64; 3]| Standing::of(&most, &values.map(|value| Some(Figure::plain(value))), &[]).settled;
        assert!(settled([1.0, 1.1, 0.9]) && settled([90.0, 91.0, 92.0]) && !settled([9.0, 9.5, 8.0]));
    }
    #[test]
    fn on_both_sides_so_many_runs_are_settled_by_how_many_keep_it() {
        let most = crate::scenario::model::Expectation { in_runs: Some(0.9), ..expectation("wait", Limit::Max(10.0)) };
        let settled = |kept: usize, runs: usize| {
            let figures: Vec<_> = (0..runs).map(|n| Some(Figure::plain(if n < kept { 1.0 } else { 11.0 }))).collect();
            Standing::of(&most, &figures, &[]).settled
        };
        // Three standard errors of 0.9 over a hundred runs are 0.09.
        assert!(settled(80, 100) && !settled(82, 100) && settled(929, 1000) && !settled(928, 1000));
        assert!(!settled(6, 10) && settled(5, 10), "a handful must be surer");
    }
    #[test]
    fn what_never_happened_counts_once_its_limit_has_passed() {
        let failover = expectation("time_to_failover", Limit::Max(90.0));
        let waited = |seconds: i64| Standing::of(&failover, &[Some(Figure::never(Span::from_secs(seconds)))], &[]);
        assert_eq!((waited(60).figure, waited(60).beyond), (None, false), "the outage was shorter than the limit");
        assert!(waited(100).beyond);
        assert_eq!(Standing::of(&failover, &[None], &[]).figure, None);
    }
}
