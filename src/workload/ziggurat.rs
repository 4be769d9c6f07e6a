//! Standard exponential and normal numbers by the ziggurat method (Marsaglia and Tsang 2000, 256 layers, with the fixes
//! of Doornik 2005: layer and position come from different bits).
//!
//! rand_distr has the same method, but which logarithm it calls depends on other crates' features. Ours uses `libm`
//! alone, so a seed gives the same day on every machine. rand_distr is the oracle in the tests.

use crate::rng::Draw;
use std::sync::LazyLock;

const LAYERS: usize = 256;

struct Table {
    /// Right edges of the layers; the first is the base layer's, tail included; the last is zero.
    x: [f64; LAYERS + 1],
    /// The density at each edge.
    f: [f64; LAYERS + 1],
}

const EXPONENTIAL_TAIL: f64 = 7.697_117_470_131_05;
const NORMAL_TAIL: f64 = 3.654_152_885_361_009;

static EXPONENTIAL: LazyLock<Table> =
    LazyLock::new(|| Table::new(EXPONENTIAL_TAIL, 0.003_949_659_822_581_557, |x| libm::exp(-x), |y| -libm::log(y)));
static NORMAL: LazyLock<Table> = LazyLock::new(|| {
    let density = |x: f64| libm::exp(-0.5 * x * x);
    Table::new(NORMAL_TAIL, 0.004_928_673_233_974_655, density, |y| (-2.0 * libm::log(y)).sqrt())
});

impl Table {
    fn new(tail: f64, area: f64, density: impl Fn(f64) -> f64, inverse: impl Fn(f64) -> f64) -> Self {
        let mut x = [0.0; LAYERS + 1];
        x[0] = area / density(tail);
        x[1] = tail;
        for i in 2..LAYERS {
            x[i] = inverse(area / x[i - 1] + density(x[i - 1]));
        }
        let f = std::array::from_fn(|i| density(x[i]));
        Self { x, f }
    }
}

/// An exponential number with mean one.
#[inline]
pub fn exponential(draw: &mut Draw) -> f64 {
    let table = &*EXPONENTIAL;
    let bits = draw.bits();
    let layer = (bits & 0xFF) as usize;
    let x = (bits >> 11) as f64 * (1.0 / (1u64 << 53) as f64) * table.x[layer];
    // All but one in a hundred.
    if x < table.x[layer + 1] { x } else { exponential_edge(table, draw, layer, x) }
}

/// What lies at the edge of a layer: the same draw goes on.
#[cold]
fn exponential_edge(table: &Table, draw: &mut Draw, mut layer: usize, mut x: f64) -> f64 {
    loop {
        if x < table.x[layer + 1] {
            return x;
        }
        if layer == 0 {
            return EXPONENTIAL_TAIL - libm::log(draw.positive_unit());
        }
        let y = table.f[layer + 1] + (table.f[layer] - table.f[layer + 1]) * draw.unit();
        if y < libm::exp(-x) {
            return x;
        }
        let bits = draw.bits();
        layer = (bits & 0xFF) as usize;
        x = (bits >> 11) as f64 * (1.0 / (1u64 << 53) as f64) * table.x[layer];
    }
}

/// A normal number with mean zero and variance one.
#[inline]
pub fn normal(draw: &mut Draw) -> f64 {
    let table = &*NORMAL;
    loop {
        let bits = draw.bits();
        let layer = (bits & 0xFF) as usize;
        let sign = if bits & 0x100 == 0 { 1.0 } else { -1.0 };
        let x = (bits >> 11) as f64 * (1.0 / (1u64 << 53) as f64) * table.x[layer];
        if x < table.x[layer + 1] {
            return sign * x;
        }
        if layer == 0 {
            return sign * normal_tail(draw);
        }
        let y = table.f[layer + 1] + (table.f[layer] - table.f[layer + 1]) * draw.unit();
        if y < libm::exp(-0.5 * x * x) {
            return sign * x;
        }
    }
}

/// Beyond the last layer: Marsaglia 1964.
#[cold]
fn normal_tail(draw: &mut Draw) -> f64 {
    loop {
        let x = -libm::log(draw.positive_unit()) / NORMAL_TAIL;
        let y = -libm::log(draw.positive_unit());
        if 2.0 * y >= x * x {
            return NORMAL_TAIL + x;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Luck, What};
    use rand_distr::{Distribution, Exp1, StandardNormal};

    const N: usize = 200_000;

    /// The largest distance between two empirical distribution functions (two-sample Kolmogorov-Smirnov).
    fn distance(mut a: Vec<f64>, mut b: Vec<f64>) -> f64 {
        a.sort_by(f64::total_cmp);
        b.sort_by(f64::total_cmp);
        let (mut i, mut j, mut worst) = (0, 0, 0.0f64);
        while i < a.len() && j < b.len() {
            if a[i] <= b[j] {
                i += 1
            } else {
                j += 1
            }
            worst = worst.max((i as f64 / a.len() as f64 - j as f64 / b.len() as f64).abs());
        }
        worst
    }

    fn ours(one: impl Fn(&mut Draw) -> f64) -> Vec<f64> {
        (0..N as u64).map(|i| one(&mut Luck::new(1, 0).draw(i, What::Test, 0))).collect()
    }

    fn oracle<D: Distribution<f64>>(d: D) -> Vec<f64> {
        let mut draw = Luck::new(2, 0).draw(0, What::Test, 0);
        (0..N).map(|_| d.sample(&mut draw)).collect()
    }

    // 1.95 * sqrt(2/N) is the 0.1 % point of the two-sample statistic; seeds are fixed, so the test cannot flicker.
    #[test]
    fn agrees_with_rand_distr() {
        let bound = 1.95 * (2.0 / N as f64).sqrt();
        assert!(distance(ours(exponential), oracle(Exp1)) < bound);
        assert!(distance(ours(normal), oracle(StandardNormal)) < bound);
    }

    #[test]
    fn the_tails_are_there() {
        let beyond = |v: Vec<f64>, limit: f64| v.into_iter().filter(|x| *x > limit).count() as f64;
        // P(Exp > 8) = 3.35e-4, P(N > 3.7) = 1.08e-4: 67 and 22 expected of 200,000, within five standard deviations.
        assert!((beyond(ours(exponential), 8.0) - 67.1).abs() < 5.0 * 8.2);
        assert!((beyond(ours(normal), 3.7) - 21.6).abs() < 5.0 * 4.7);
    }
}
