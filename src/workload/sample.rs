//! One value of a duration that varies.

use super::ziggurat::{exponential, normal};
use crate::rng::Draw;
use crate::scenario::model::Distribution;
use crate::time::Span;

impl Distribution {
    /// The value that this draw gives.
    #[inline]
    pub fn sample(&self, draw: &mut Draw) -> Span {
        match self {
            Self::Constant(span) => *span,
            Self::Exponential { mean } => Span::from_secs_f64(mean * exponential(draw)),
            other => other.sample_slow(draw),
        }
    }

    fn sample_slow(&self, draw: &mut Draw) -> Span {
        let seconds = match self {
            Self::Constant(span) => return *span,
            Self::Exponential { mean } => mean * exponential(draw),
            Self::Lognormal { mu, sigma } => libm::exp(mu + sigma * normal(draw)),
            Self::Gamma { shape, scale } => scale * gamma(*shape, draw),
            Self::Weibull { scale, shape } => scale * libm::pow(exponential(draw), 1.0 / shape),
            Self::Pareto { least, shape } => least * libm::exp(exponential(draw) / shape),
            Self::Uniform { low, high } => low + (high - low) * draw.unit(),
            Self::Triangular { low, mode, high } => triangular(*low, *mode, *high, draw.unit()),
            Self::Empirical(values) => {
                let at = draw.below(u32::try_from(values.len()).unwrap_or(u32::MAX)) as usize;
                values.get(at).copied().unwrap_or(0.0)
            }
            Self::Mix(parts) => {
                let u = draw.unit();
                let chosen = parts.iter().find(|(up_to, _)| u < *up_to).or(parts.last());
                return chosen.map_or(Span::ZERO, |(_, part)| part.sample(draw));
            }
            Self::Bounded { of, at_least, at_most } => return of.sample(draw).clamp(*at_least, *at_most),
        };
        Span::from_secs_f64(seconds)
    }

    /// The mean in seconds, where it exists (a Pareto of shape one or less has none: infinite).
    pub fn mean(&self) -> f64 {
        match self {
            Self::Constant(span) => span.secs_f64(),
            Self::Exponential { mean } => *mean,
            Self::Lognormal { mu, sigma } => libm::exp(mu + sigma * sigma / 2.0),
            Self::Gamma { shape, scale } => shape * scale,
            Self::Weibull { scale, shape } => scale * libm::tgamma(1.0 + 1.0 / shape),
            Self::Pareto { least, shape } if *shape > 1.0 => least * shape / (shape - 1.0),
            Self::Pareto { .. } => f64::INFINITY,
            Self::Uniform { low, high } => (low + high) / 2.0,
            Self::Triangular { low, mode, high } => (low + mode + high) / 3.0,
            Self::Empirical(values) => values.iter().sum::<f64>() / values.len().max(1) as f64,
            Self::Mix(parts) => {
                let mut before = 0.0;
                let mut mean = 0.0;
                for (up_to, part) in parts {
                    mean += (up_to - before) * part.mean();
                    before = *up_to;
                }
                mean
            }
            // The bounds move little of a sensible distribution; the mean between them is not needed exactly anywhere.
            Self::Bounded { of, at_least, at_most } => of.mean().clamp(at_least.secs_f64(), at_most.secs_f64()),
        }
    }
}

/// Gamma with scale one: Marsaglia and Tsang 2000; below shape one by the boost of the same paper.
pub fn gamma(shape: f64, draw: &mut Draw) -> f64 {
    if shape < 1.0 {
        let boost = libm::pow(draw.positive_unit(), 1.0 / shape);
        return boost * gamma(shape + 1.0, draw);
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let x = normal(draw);
        let v = 1.0 + c * x;
        if v <= 0.0 {
            continue;
        }
        let v = v * v * v;
        let u = draw.positive_unit();
        if libm::log(u) < 0.5 * x * x + d - d * v + d * libm::log(v) {
            return d * v;
        }
    }
}

/// Triangular by inversion.
fn triangular(low: f64, mode: f64, high: f64, u: f64) -> f64 {
    let width = high - low;
    if width <= 0.0 {
        return low;
    }
    let turn = (mode - low) / width;
    if u < turn { low + (u * width * (mode - low)).sqrt() } else { high - ((1.0 - u) * width * (high - mode)).sqrt() }
}

/// Shares, each with those before it.
pub fn cumulative(shares: impl Iterator<Item = f64>) -> Vec<f64> {
    let up_to = |sum: &mut f64, share: f64| {
        *sum += share;
        Some(*sum)
    };
    shares.scan(0.0, up_to).collect()
}

/// Which of the cumulative shares a chance falls into; one kind needs no luck.
#[inline]
pub fn pick(cumulative: &[f64], chance: impl FnOnce() -> f64) -> usize {
    if cumulative.len() < 2 {
        return 0;
    }
    let u = chance() * cumulative[cumulative.len() - 1];
    cumulative.iter().position(|up_to| u < *up_to).unwrap_or(cumulative.len() - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Luck, What};
    use rand_distr::Distribution as _;

    const N: u64 = 100_000;

    fn mean_and_sd(d: &Distribution) -> (f64, f64) {
        let values: Vec<f64> =
            (0..N).map(|i| d.sample(&mut Luck::new(5, 0).draw(i, What::Handle, 0)).secs_f64()).collect();
        let mean = values.iter().sum::<f64>() / N as f64;
        let variance = values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / N as f64;
        (mean, variance.sqrt())
    }

    #[test]
    fn every_mean_is_what_the_language_promised() {
        let lognormal = Distribution::Lognormal { mu: 5.0, sigma: 0.7 };
        let parts =
            vec![(0.8, Distribution::Constant(Span::from_secs(60))), (1.0, Distribution::Exponential { mean: 600.0 })];
        for d in [
            Distribution::Exponential { mean: 180.0 },
            lognormal.clone(),
            Distribution::Gamma { shape: 0.6, scale: 100.0 },
            Distribution::Gamma { shape: 4.0, scale: 50.0 },
            Distribution::Weibull { scale: 300.0, shape: 1.3 },
            Distribution::Pareto { least: 60.0, shape: 3.5 },
            Distribution::Uniform { low: 120.0, high: 360.0 },
            Distribution::Triangular { low: 60.0, mode: 180.0, high: 540.0 },
            Distribution::Mix(parts),
            Distribution::Empirical(vec![1.0, 2.0, 6.0].into()),
        ] {
            let (mean, sd) = mean_and_sd(&d);
            assert!((mean - d.mean()).abs() < 5.0 * sd / (N as f64).sqrt(), "{d:?}: {mean} for {}", d.mean());
        }
    }

    #[test]
    fn gamma_and_triangular_agree_with_rand_distr() {
        let mut draw = Luck::new(6, 0).draw(0, What::Test, 0);
        let oracle = rand_distr::Gamma::new(0.6, 100.0).expect("valid parameters");
        let theirs = (0..N).map(|_| oracle.sample(&mut draw)).filter(|x| *x < 30.0).count() as f64;
        let ours = Distribution::Gamma { shape: 0.6, scale: 100.0 };
        let below = |d: &Distribution, limit: f64| {
            (0..N).filter(|i| d.sample(&mut Luck::new(7, 0).draw(*i, What::Handle, 0)).secs_f64() < limit).count()
                as f64
        };
        assert!((below(&ours, 30.0) - theirs).abs() < 5.0 * (2.0 * theirs).sqrt());
        let oracle = rand_distr::Triangular::new(60.0, 540.0, 180.0).expect("valid parameters");
        let theirs = (0..N).map(|_| oracle.sample(&mut draw)).filter(|x| *x < 150.0).count() as f64;
        let ours = Distribution::Triangular { low: 60.0, mode: 180.0, high: 540.0 };
        assert!((below(&ours, 150.0) - theirs).abs() < 5.0 * (2.0 * theirs).sqrt());
    }

    #[test]
    fn bounds_hold() {
        let d = Distribution::Bounded {
            of: Box::new(Distribution::Exponential { mean: 100.0 }),
            at_least: Span::from_secs(10),
            at_most: Span::from_secs(200),
        };
        for i in 0..1000 {
            let value = d.sample(&mut Luck::new(1, 0).draw(i, What::Handle, 0));
            assert!((Span::from_secs(10)..=Span::from_secs(200)).contains(&value));
        }
    }
}
