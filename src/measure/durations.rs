//! Durations in a log-linear histogram of integers: exact to merge, the same on every machine, and within 0.1 % of the
//! true value. Few samples are kept as a list of bucket numbers, many as counts, so memory does not grow with the contacts.

use crate::time::Span;

/// Buckets an octave: half a bucket is under 0.1 % of its value.
const PER_OCTAVE: usize = 512;
/// Buckets up to 2^45 microseconds, about a year; what is longer counts there.
const BUCKETS: usize = 36 * PER_OCTAVE + 2 * PER_OCTAVE;
const LONGEST: i64 = (1 << 45) - 1;
/// So many samples are kept as a list.
const LISTED: usize = 4_096;

#[inline]
fn bucket(length: Span) -> usize {
    let micros = length.micros().clamp(0, LONGEST) as u64;
    let octave = (63 - (micros | (PER_OCTAVE as u64)).leading_zeros() - PER_OCTAVE.trailing_zeros()) as usize;
    octave * PER_OCTAVE + (micros >> octave) as usize
}

/// The least length of a bucket in microseconds, and its octave.
fn least(bucket: usize) -> (u64, usize) {
    let octave = (bucket / PER_OCTAVE).saturating_sub(1);
    (((bucket - octave * PER_OCTAVE) as u64) << octave, octave)
}

/// The middle of a bucket, in seconds.
fn middle(bucket: usize) -> f64 {
    let (low, octave) = least(bucket);
    let half = ((1u64 << octave) - 1) as f64 / 2.0;
    (low as f64 + half) / 1e6
}

/// Buckets in a bin of a distribution: sixteen bins an octave, so that a bin is at most 6 % of its length wide.
const PER_BIN: usize = PER_OCTAVE / 16;

/// From which length on a bin counts, s; it ends where the next one begins.
pub(super) fn bin_from(bin: u16) -> f64 {
    least(usize::from(bin) * PER_BIN).0 as f64 / 1e6
}

/// A growing set of durations.
#[derive(Clone, Debug, Default)]
pub(super) struct Durations {
    n: i64,
    micros: i64,
    listed: Vec<u16>,
    removed: Vec<u16>,
    counts: Vec<i32>,
}

impl Durations {
    /// Adds one.
    #[inline]
    pub(super) fn add(&mut self, length: Span) {
        self.n += 1;
        self.micros += length.micros();
        let place = bucket(length);
        if self.counts.is_empty() {
            self.listed.push(place as u16);
            if self.listed.len() >= LISTED {
                self.spill();
            }
        } else {
            self.counts[place] += 1;
        }
    }
    /// Takes one back that was added.
    pub(super) fn remove(&mut self, length: Span) {
        self.n -= 1;
        self.micros -= length.micros();
        let place = bucket(length);
        if self.counts.is_empty() {
            self.removed.push(place as u16);
            if self.removed.len() >= LISTED {
                self.spill();
            }
        } else {
            self.counts[place] -= 1;
        }
    }
    #[cold]
    fn spill(&mut self) {
        self.counts.resize(BUCKETS, 0);
        for place in std::mem::take(&mut self.listed) {
            self.counts[usize::from(place)] += 1;
        }
        for place in std::mem::take(&mut self.removed) {
            self.counts[usize::from(place)] -= 1;
        }
    }
}

/// Mean and percentiles of a set of durations, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spread {
    /// How many.
    pub n: u64,
    /// Mean, exact.
    pub mean: f64,
    /// Median.
    pub p50: f64,
    /// 90th percentile: the least value that at least 90 % do not exceed.
    pub p90: f64,
    /// 95th percentile.
    pub p95: f64,
    /// 99th percentile.
    pub p99: f64,
}

/// Puts sets together and reads their spread. One is reused for all sets of a run.
#[derive(Debug)]
pub(super) struct Tally {
    counts: Vec<i32>,
    touched: Vec<u64>,
    n: i64,
    micros: i64,
}

impl Default for Tally {
    fn default() -> Self {
        Self { counts: vec![0; BUCKETS], touched: vec![0; BUCKETS.div_ceil(64)], n: 0, micros: 0 }
    }
}

impl Tally {
    /// Adds a set.
    pub(super) fn add(&mut self, set: &Durations) {
        self.n += set.n;
        self.micros += set.micros;
        for place in &set.listed {
            self.touch(usize::from(*place), 1);
        }
        for place in &set.removed {
            self.touch(usize::from(*place), -1);
        }
        for (place, count) in set.counts.iter().enumerate().filter(|(_, count)| **count != 0) {
            self.touch(place, *count);
        }
    }
    fn touch(&mut self, place: usize, count: i32) {
        self.counts[place] += count;
        self.touched[place / 64] |= 1 << (place % 64);
    }
    /// All sets added since the last time in coarse bins: the place of each that holds something, and how many it holds.
    pub(super) fn bins(&self) -> Vec<(u16, u32)> {
        let mut bins: Vec<(u16, u32)> = Vec::new();
        for (word, mut bits) in self.touched.iter().copied().enumerate() {
            while bits != 0 {
                let place = word * 64 + bits.trailing_zeros() as usize;
                bits &= bits - 1;
                let (bin, count) = ((place / PER_BIN) as u16, self.counts[place].max(0) as u32);
                match bins.last_mut() {
                    Some((last, sum)) if *last == bin => *sum += count,
                    _ if count > 0 => bins.push((bin, count)),
                    _ => {}
                }
            }
        }
        bins
    }
    /// The spread of all sets added since the last time, which are forgotten; `None` without a sample.
    pub(super) fn take(&mut self) -> Option<Spread> {
        let (n, micros) = (self.n.max(0) as u64, self.micros);
        let ranks = [50, 90, 95, 99].map(|percent| (n * percent).div_ceil(100).max(1) as i64);
        let mut found = [0.0; 4];
        let (mut seen, mut next) = (0i64, 0usize);
        for word in 0..self.touched.len() {
            let mut bits = std::mem::take(&mut self.touched[word]);
            while bits != 0 {
                let place = word * 64 + bits.trailing_zeros() as usize;
                bits &= bits - 1;
                seen += i64::from(std::mem::take(&mut self.counts[place]));
                while next < 4 && seen >= ranks[next] {
                    found[next] = middle(place);
                    next += 1;
                }
            }
        }
        (self.n, self.micros) = (0, 0);
        let [p50, p90, p95, p99] = found;
        (n > 0).then(|| Spread { n, mean: micros as f64 / n as f64 / 1e6, p50, p90, p95, p99 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_bucket_is_within_a_thousandth_of_its_values() {
        let mut micros = 1i64;
        while micros < LONGEST {
            let value = middle(bucket(Span::from_micros(micros)));
            assert!((value - micros as f64 / 1e6).abs() <= 0.001 * micros as f64 / 1e6, "{micros} µs became {value} s");
            micros += 1 + micros / 77;
        }
        assert!(bucket(Span::FOREVER) < BUCKETS);
    }

    #[test]
    fn nothing_added_has_no_spread() {
        assert_eq!(Tally::default().bins(), []);
        assert_eq!(Tally::default().take(), None);
    }

    proptest! {
        #[test]
        fn parts_together_read_as_the_whole(values in prop::collection::vec(0i64..10_000_000_000, 1..9_000), cut in 0usize..9_000) {
            let (mut whole, mut left, mut right) = (Durations::default(), Durations::default(), Durations::default());
            for (place, micros) in values.iter().enumerate() {
                whole.add(Span::from_micros(*micros));
                if place < cut { &mut left } else { &mut right }.add(Span::from_micros(*micros));
            }
            let mut tally = Tally::default();
            tally.add(&whole);
            let bins = tally.bins();
            prop_assert!(bins.windows(2).all(|pair| pair[0].0 < pair[1].0));
            prop_assert_eq!(bins.iter().map(|(_, n)| *n as usize).sum::<usize>(), values.len());
            let least = values.iter().copied().min().expect("there is a value") as f64 / 1e6;
            prop_assert!(bin_from(bins[0].0) <= least && least < bin_from(bins[0].0 + 1));
            let at_once = tally.take();
            tally.add(&left);
            tally.add(&right);
            prop_assert_eq!(at_once, tally.take());
            let mut sorted = values;
            sorted.sort_unstable();
            let exact = sorted[(sorted.len() * 90).div_ceil(100) - 1] as f64 / 1e6;
            let read = at_once.expect("there is a sample").p90;
            prop_assert!((read - exact).abs() <= 0.001 * exact, "{} for {}", read, exact);
        }

        #[test]
        fn what_is_taken_back_was_never_there(values in prop::collection::vec(0i64..1_000_000_000, 1..6_000)) {
            let (mut kept, mut some) = (Durations::default(), Durations::default());
            for (place, micros) in values.iter().enumerate() {
                some.add(Span::from_micros(*micros));
                if place % 3 == 0 { some.remove(Span::from_micros(*micros)); } else { kept.add(Span::from_micros(*micros)); }
            }
            let mut tally = Tally::default();
            tally.add(&kept);
            let expected = tally.take();
            tally.add(&some);
            prop_assert_eq!(expected, tally.take());
        }
    }
}
