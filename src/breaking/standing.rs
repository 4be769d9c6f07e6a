//! How one expectation stands after some runs, on which side of its limit, and whether more runs could change that.

use crate::measure::Figure;
use crate::scenario::model::{Expectation, Limit};

/// Standard errors from the limit beyond which a handful of runs settles it.
const SETTLED: f64 = 4.0;
/// Standard errors of a 95 % interval.
const INTERVAL: f64 = 1.96;

/// One expectation over some runs.
///
/// The side is that of the mean, with or without an interval across the limit: then the number of runs moves the breaking
/// point only by chance, and not always outward. What is timed and never happened counts once its limit has passed; before
/// that a short outage is over too soon to tell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standing {
    /// The mean over the runs that have a figure; `None`: nothing to tell by.
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
    /// What these figures, run by run, come to.
    pub fn of(expectation: &Expectation, figures: &[Option<Figure>]) -> Self {
        let too_soon = |figure: &&Figure| figure.never && keeps(expectation.limit, figure.value);
        let told: Vec<&Figure> = figures.iter().flatten().filter(|figure| !too_soon(figure)).collect();
        if told.is_empty() {
            return Self { figure: None, margin: f64::INFINITY, beyond: false, unsure: false, settled: false };
        }
        let n = told.len() as f64;
        let mean = told.iter().map(|figure| figure.value).sum::<f64>() / n;
        let share = |of: &dyn Fn(&Figure) -> bool| told.iter().filter(|figure| of(figure)).count() as f64 / n;
        let kept = share(&|figure| !figure.never && keeps(expectation.limit, figure.value));
        let never = share(&|figure| figure.never);
        if let Some(asked) = expectation.in_runs {
            let clear = kept == 0.0 || kept == 1.0;
            let beyond = kept < asked;
            return Self { figure: Some(mean), margin: kept - asked, beyond, unsure: false, settled: clear };
        }
        let error =
            (told.iter().map(|figure| (figure.value - mean).powi(2)).sum::<f64>() / n / (n - 1.0).max(1.0)).sqrt();
        let (limit, good) = match expectation.limit {
            Limit::Max(most) => (most, most - mean),
            Limit::Min(least) => (least, mean - least),
        };
        let scale = if limit == 0.0 { 1.0 } else { limit.abs() };
        let beyond = good < 0.0 || never > 0.5;
        Self {
            figure: Some(mean),
            margin: good / scale,
            beyond,
            unsure: good.abs() < INTERVAL * error,
            settled: never == 1.0 || never == 0.0 && good.abs() >= SETTLED * error,
        }
    }
}

fn keeps(limit: Limit, value: f64) -> bool {
    match limit {
        Limit::Max(most) => value <= most,
        Limit::Min(least) => value >= least,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::fixture::expectation;
    use crate::time::Span;

    fn of(limit: Limit, figures: &[f64]) -> Standing {
        let figures: Vec<_> = figures.iter().map(|value| Some(Figure::plain(*value))).collect();
        Standing::of(&expectation("abandonment", limit), &figures)
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
        let standing = Standing::of(&most, &figures);
        assert!(standing.beyond && !standing.settled && (standing.margin + 0.1).abs() < 1e-9);
    }
    #[test]
    fn what_never_happened_counts_once_its_limit_has_passed() {
        let failover = expectation("time_to_failover", Limit::Max(90.0));
        let waited = |seconds: i64| Standing::of(&failover, &[Some(Figure::never(Span::from_secs(seconds)))]);
        assert_eq!((waited(60).figure, waited(60).beyond), (None, false), "the outage was shorter than the limit");
        assert!(waited(100).beyond);
        assert_eq!(Standing::of(&failover, &[None]).figure, None);
    }
}
