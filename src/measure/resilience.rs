//! The curve of the served share, and what its dent says: loss, lowest point, way back.
//!
//! Q(t) is the share served of the contacts that started in the five minutes up to t. It is figured by run; quantiles over
//! runs are taken of the figures, never of an averaged curve.

use super::figures::Figure;
use crate::scenario::model::Window;
use crate::time::{Span, Time};

/// The contacts of so long a time are pooled, so that one unlucky customer is no outage.
const POOLED: i64 = 5 * Span::MINUTE.micros();

/// The served share, step by step; none in a step without contacts in the pool.
#[derive(Clone, Debug)]
pub(super) struct Curve {
    step: Span,
    q: Vec<Option<f64>>,
}

impl Curve {
    /// Out of (started, served) of each step.
    pub(super) fn of(step: Span, counts: impl Iterator<Item = (u32, u32)>) -> Self {
        let counts: Vec<(u32, u32)> = counts.collect();
        let pool = (POOLED / step.micros()).max(1) as usize;
        let mut q = Vec::with_capacity(counts.len());
        let (mut started, mut served) = (0u64, 0u64);
        for (place, (in_started, in_served)) in counts.iter().enumerate() {
            started += u64::from(*in_started);
            served += u64::from(*in_served);
            if place >= pool {
                started -= u64::from(counts[place - pool].0);
                served -= u64::from(counts[place - pool].1);
            }
            q.push((started > 0).then(|| served as f64 / started as f64));
        }
        Self { step, q }
    }
    fn steps(&self, from: Time, to: Time) -> std::ops::Range<usize> {
        let step = self.step.micros();
        let first = (from.micros().max(0) + step - 1) / step;
        let last = (to.micros().max(0) / step).min(self.q.len() as i64);
        first.min(last) as usize..last as usize
    }
    fn in_pieces<'a>(&'a self, pieces: &'a [Window]) -> impl Iterator<Item = f64> + 'a {
        pieces.iter().flat_map(|piece| self.q[self.steps(piece.from, piece.to)].iter().flatten().copied())
    }
    /// Seconds of full loss.
    pub(super) fn loss(&self, pieces: &[Window]) -> Option<f64> {
        let (n, lost) = self.in_pieces(pieces).fold((0, 0.0), |(n, lost), q| (n + 1, lost + (1.0 - q)));
        (n > 0).then_some(lost * self.step.secs_f64())
    }
    /// The lowest point.
    pub(super) fn lowest(&self, pieces: &[Window]) -> Option<f64> {
        self.in_pieces(pieces).fold(None, |low: Option<f64>, q| Some(low.map_or(q, |low| low.min(q))))
    }
    /// From `from`: the moment from which Q has kept `least` for `held`, after it first fell below by `until`.
    pub(super) fn recovered(&self, from: Time, until: Time, least: f64, held: Span) -> Option<Figure> {
        let last = self.q.len();
        let end = Time::ZERO + Span::from_micros(self.step.micros() * last as i64);
        let fell = self.steps(from, until).find(|step| self.q[*step].is_some_and(|q| q < least));
        let Some(fell) = fell else {
            return (end > from).then(|| Figure::length(Span::ZERO));
        };
        let needed = (held.micros() / self.step.micros()).max(1) as usize;
        let (mut since, mut kept) = (fell, 0);
        for step in fell..last {
            if self.q[step].is_some_and(|q| q < least) {
                kept = 0;
                continue;
            }
            if kept == 0 {
                since = step;
            }
            kept += 1;
            if kept >= needed {
                return Some(Figure::length(self.moment(since).since(from)));
            }
        }
        Some(Figure::never(end.since(from)))
    }
    fn moment(&self, step: usize) -> Time {
        Time::ZERO + Span::from_micros(self.step.micros() * step as i64)
    }
    /// The slope from the lowest point in these pieces back to `least`, in shares an hour; none if it never was below.
    pub(super) fn rapidity(&self, pieces: &[Window], least: f64) -> Option<f64> {
        let low = self.lowest(pieces).filter(|low| *low < least)?;
        let bottom = pieces.iter().flat_map(|p| self.steps(p.from, p.to)).rfind(|step| self.q[*step] == Some(low))?;
        let back = (bottom..self.q.len()).find(|step| self.q[*step].is_some_and(|q| q >= least))?;
        let gained = self.q[back].unwrap_or(least) - low;
        Some(gained / ((back - bottom) as f64 * self.step.secs_f64() / 3_600.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes(m: i64) -> Time {
        Time::ZERO + Span::from_secs(60 * m)
    }
    /// Twenty minutes well, ten with nobody served, thirty well.
    fn dent() -> Curve {
        Curve::of(Span::MINUTE, (0..60).map(|m| (10, if (20..30).contains(&m) { 0 } else { 10 })))
    }

    #[test]
    fn the_lost_area_is_as_long_as_the_outage_and_the_pool_moves_nothing() {
        let day = [Window { from: minutes(0), to: minutes(60) }];
        let loss = dent().loss(&day).expect("there are contacts");
        assert!((loss - 600.0).abs() < 1e-9, "{loss}");
        assert_eq!(dent().lowest(&day), Some(0.0));
    }

    #[test]
    fn recovered_means_held() {
        let curve = dent();
        let figure = curve.recovered(minutes(20), minutes(60), 0.4, Span::from_secs(300)).expect("it is known");
        assert_eq!((figure.value, figure.never), (11.0 * 60.0, false), "two of five minutes are well at 31");
        let too_long = curve.recovered(minutes(20), minutes(60), 0.4, Span::from_secs(3_600)).expect("it is known");
        assert!(too_long.never);
        let unhurt = curve.recovered(minutes(40), minutes(60), 0.4, Span::from_secs(300)).expect("it is known");
        assert_eq!(unhurt.value, 0.0);
    }

    #[test]
    fn the_way_back_has_a_slope() {
        let slope = dent().rapidity(&[Window { from: minutes(20), to: minutes(60) }], 0.9).expect("there is a dent");
        assert!((slope - 12.0).abs() < 1e-9, "from nothing to all in five minutes: {slope}");
    }
}
