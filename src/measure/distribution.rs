//! How durations are distributed: coarse bins of what the histograms hold, so that memory does not grow with the contacts,
//! runs add up exactly and the same runs make the same bytes.

use super::definitions::Kpi;
use super::durations::{Spread, bin_from};
use crate::scenario::model::{Channel, Id};

/// The durations whose distribution is kept, channel by channel, over the whole measured day.
pub const DISTRIBUTED: [Kpi; 3] = [Kpi::FirstReply, Kpi::Wait, Kpi::Resolution];

/// One duration of one channel, of one run.
#[derive(Clone, Debug)]
pub struct Distribution {
    /// The measure.
    pub kpi: Kpi,
    /// Of which channel.
    pub channel: Id<Channel>,
    /// Median, 90th and 99th percentile, s; `None` without a sample.
    pub percentiles: Option<[f64; 3]>,
    /// Where each bin stands, and how many lengths it holds; only bins that hold some, the shortest first.
    pub bins: Vec<(u16, u32)>,
}

impl Distribution {
    pub(super) fn of(kpi: Kpi, channel: Id<Channel>, bins: Vec<(u16, u32)>, spread: Option<Spread>) -> Self {
        Self { kpi, channel, percentiles: spread.map(|spread| [spread.p50, spread.p90, spread.p99]), bins }
    }
}

/// One duration of one channel, over all runs of a plan.
#[derive(Clone, Debug)]
pub struct Distributed {
    /// The measure.
    pub kpi: Kpi,
    /// Of which channel.
    pub channel: Id<Channel>,
    /// How many lengths, over all runs.
    pub n: u64,
    /// Median, 90th and 99th percentile of all of them together, s. Of one run they are its own; of several they are read
    /// from the bins, between the ends of the one they lie in.
    pub percentiles: [f64; 3],
    /// Bins that hold some: from which length, up to which, s, and how many.
    pub bins: Vec<(f64, f64, u64)>,
}

/// The distributions of all runs together; without those that have no sample.
pub(super) fn merged(runs: &[&[Distribution]]) -> Vec<Distributed> {
    let Some(first) = runs.first() else { return Vec::new() };
    let of = |(place, first): (usize, &Distribution)| {
        let own: Vec<&Distribution> = runs.iter().filter_map(|run| run.get(place)).collect();
        let length = own.iter().filter_map(|run| run.bins.last()).map(|(bin, _)| usize::from(*bin) + 1).max()?;
        let mut counts = vec![0u64; length];
        for (bin, count) in own.iter().flat_map(|run| &run.bins) {
            counts[usize::from(*bin)] += u64::from(*count);
        }
        let held = counts.iter().zip(0u16..).filter(|(count, _)| **count > 0);
        let bins: Vec<_> = held.map(|(count, bin)| (bin_from(bin), bin_from(bin + 1), *count)).collect();
        let alone = if let [alone] = own[..] { alone.percentiles } else { None };
        Some(Distributed {
            kpi: first.kpi,
            channel: first.channel,
            n: counts.iter().sum(),
            percentiles: alone.unwrap_or_else(|| [0.5, 0.9, 0.99].map(|q| percentile(&bins, q))),
            bins,
        })
    };
    first.iter().enumerate().filter_map(of).collect()
}

/// The least length that at least this share does not exceed, as if a bin's lengths lay evenly in it.
fn percentile(bins: &[(f64, f64, u64)], q: f64) -> f64 {
    let n: u64 = bins.iter().map(|(.., count)| count).sum();
    let rank = (n as f64 * q).ceil().max(1.0);
    let mut before = 0.0;
    for (from, to, count) in bins {
        let count = *count as f64;
        if before + count >= rank {
            return from + (to - from) * (rank - before) / count;
        }
        before += count;
    }
    bins.last().map_or(0.0, |(_, to, _)| *to)
}

#[cfg(test)]
mod tests {
    use super::super::durations::{Durations, Tally};
    use super::*;
    use crate::time::Span;

    fn of(millis: impl Iterator<Item = i64>) -> Distribution {
        let mut lengths = Durations::default();
        millis.for_each(|n| lengths.add(Span::from_millis(n)));
        let mut tally = Tally::default();
        tally.add(&lengths);
        let bins = tally.bins();
        Distribution::of(Kpi::Wait, Id::new(0), bins, tally.take())
    }

    #[test]
    fn runs_together_are_one_distribution() {
        let (early, late) = (of((1..=1_000).map(|n| n * 10)), of((1_001..=2_000).map(|n| n * 10)));
        let both = merged(&[std::slice::from_ref(&early), std::slice::from_ref(&late)]);
        assert_eq!((both.len(), both[0].n), (1, 2_000));
        for (read, exact) in both[0].percentiles.iter().zip([10.0, 18.0, 19.8]) {
            assert!((read - exact).abs() <= 0.02 * exact, "{read} for {exact}");
        }
        assert!(both[0].bins.windows(2).all(|pair| pair[0].1 <= pair[1].0));
    }

    #[test]
    fn one_run_has_its_own_percentiles_and_none_has_no_distribution() {
        let alone = of((1..=100).map(|n| n * 1_000));
        let merged_alone = merged(&[std::slice::from_ref(&alone)]);
        assert_eq!(Some(merged_alone[0].percentiles), alone.percentiles);
        assert!(merged(&[&[of(std::iter::empty())]]).is_empty() && merged(&[]).is_empty());
    }

    #[test]
    fn bins_do_not_grow_with_the_contacts() {
        let many = of((1..200_000).map(|n| n % 3_600_000));
        assert!(many.bins.len() < 400, "{}", many.bins.len());
    }
}
