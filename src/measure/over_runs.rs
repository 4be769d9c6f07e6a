//! One figure over many runs: mean, quantiles, and a bootstrap interval of the mean.

use crate::rng::{Luck, What};

/// What a figure came to over runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OverRuns {
    /// Mean over the runs that have the figure.
    pub mean: f64,
    /// 10th percentile over runs.
    pub p10: f64,
    /// Median over runs.
    pub p50: f64,
    /// 90th percentile over runs.
    pub p90: f64,
    /// 95 % bootstrap interval of the mean; `None` for a single run.
    pub ci95: Option<[f64; 2]>,
    /// Runs that have the figure.
    pub runs: u32,
}

/// The quantile of a sorted list, between its two neighbours.
pub fn quantile(sorted: &[f64], q: f64) -> f64 {
    let place = q * (sorted.len() - 1) as f64;
    let low = place.floor() as usize;
    let high = (low + 1).min(sorted.len() - 1);
    sorted[low] + (sorted[high] - sorted[low]) * (place - low as f64)
}

/// Resamples of the runs. All figures share them, so that an interval costs a few additions a run.
#[derive(Debug)]
pub struct Bootstrap {
    /// Run by run: how often it is drawn in each resample.
    weights: Vec<[f64; RESAMPLES]>,
}

const RESAMPLES: usize = 400;

impl Bootstrap {
    /// The resamples of so many runs under this seed.
    pub fn new(seed: u64, runs: usize) -> Self {
        let luck = Luck::new(seed, 0);
        let mut weights = vec![[0.0; RESAMPLES]; runs];
        if runs > 1 {
            (0..RESAMPLES).for_each(|resample| {
                let mut draw = luck.draw(resample as u64, What::Bootstrap, 0);
                for _ in 0..runs {
                    weights[draw.below(runs as u32) as usize][resample] += 1.0;
                }
            });
        }
        Self { weights }
    }
    fn interval(&self, values: &[Option<f64>]) -> [f64; 2] {
        let (mut sum, mut weight) = ([0.0; RESAMPLES], [0.0; RESAMPLES]);
        for (value, weights) in values.iter().zip(&self.weights) {
            let Some(value) = value else { continue };
            for place in 0..RESAMPLES {
                sum[place] += weights[place] * value;
                weight[place] += weights[place];
            }
        }
        let drawn = sum.iter().zip(&weight).filter(|(_, weight)| **weight > 0.0);
        let mut means: Vec<f64> = drawn.map(|(sum, weight)| sum / weight).collect();
        means.sort_unstable_by(f64::total_cmp);
        [quantile(&means, 0.025), quantile(&means, 0.975)]
    }
    /// What these values, one a run, came to; `None` if no run has one.
    pub fn over(&self, values: &[Option<f64>]) -> Option<OverRuns> {
        let mut sorted: Vec<f64> = values.iter().flatten().copied().collect();
        if sorted.is_empty() {
            return None;
        }
        let runs = sorted.len();
        let mean = sorted.iter().sum::<f64>() / runs as f64;
        sorted.sort_unstable_by(f64::total_cmp);
        let alike = sorted[0] == sorted[runs - 1];
        let ci95 = match runs {
            1 => None,
            _ if alike => Some([sorted[0], sorted[0]]),
            _ => Some(self.interval(values)),
        };
        let [p10, p50, p90] = [0.1, 0.5, 0.9].map(|q| quantile(&sorted, q));
        let mean = if alike { sorted[0] } else { mean };
        Some(OverRuns { mean, p10, p50, p90, ci95, runs: runs as u32 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_of_a_mean_covers_it_and_narrows_with_runs() {
        let width = |runs: usize| {
            let luck = Luck::new(3, 0);
            let values: Vec<Option<f64>> = (0..runs).map(|r| Some(luck.chance(r as u64, What::Test, 0))).collect();
            let over = Bootstrap::new(1, runs).over(&values).expect("there are runs");
            let [low, high] = over.ci95.expect("there is more than one run");
            assert!(low < over.mean && over.mean < high && over.p10 < over.p50 && over.p50 < over.p90);
            high - low
        };
        let (few, many) = (width(50), width(800));
        assert!(many < few / 3.0 && many > few / 5.0, "a fourth expected: {few} {many}");
    }

    #[test]
    fn one_run_has_no_interval_and_no_run_no_figure() {
        assert_eq!(Bootstrap::new(1, 1).over(&[Some(2.0)]).expect("one run").ci95, None);
        assert_eq!(Bootstrap::new(1, 2).over(&[None, None]), None);
        let alike = Bootstrap::new(1, 3).over(&[Some(0.1), None, Some(0.1)]).expect("two runs");
        assert_eq!((alike.mean, alike.ci95, alike.runs), (0.1, Some([0.1, 0.1]), 2));
    }
}
