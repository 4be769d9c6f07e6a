//! Rates that change: straight lines between moments, and the time at which a given number is expected.

use crate::scenario::model::{RateStep, Surge, Wave};
use crate::time::{Span, Time};

/// One stretch of the day in which the rate runs in a straight line.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Piece {
    from: f64,
    length: f64,
    /// Contacts a second at its beginning and at its end.
    begin: f64,
    end: f64,
    /// Expected contacts before it.
    before: f64,
    /// Expected contacts in it.
    mass: f64,
    /// How fast the rate changes, in contacts a second a second.
    slope: f64,
}

/// Half lives until a message has brought all but one in sixty thousand.
const HALVES: i32 = 16;

/// A rate over the day: piecewise linear, in contacts a second, from the start to the end.
#[derive(Clone, Debug, PartialEq)]
pub struct RateCurve {
    pieces: Vec<Piece>,
    total: f64,
}

impl RateCurve {
    /// Steps as a desk has them, up to `end`.
    pub fn steps(steps: &[RateStep], end: Time) -> Self {
        let mut corners = vec![0.0];
        corners.extend(steps.iter().map(|s| s.from.secs_f64()));
        Self::build(&mut corners, end, |t| step_at(steps, t))
    }

    /// What the surges on a stream add to its steps: rate × (product of the factors − 1), never below zero.
    pub fn extra(steps: &[RateStep], surges: &[(&Surge, f64)], end: Time) -> Self {
        let mut corners = vec![0.0];
        corners.extend(steps.iter().map(|s| s.from.secs_f64()));
        surges.iter().for_each(|(surge, _)| corners.extend(shape_corners(surge)));
        Self::build(&mut corners, end, |t| {
            let factor: f64 = surges.iter().map(|(surge, factor)| 1.0 + (factor - 1.0) * shape(surge, t)).product();
            step_at(steps, t) * (factor - 1.0).max(0.0)
        })
    }

    /// A surge of its own rate.
    pub fn added(surge: &Surge, per_second: f64, end: Time) -> Self {
        let mut corners = vec![0.0];
        corners.extend(shape_corners(surge));
        Self::build(&mut corners, end, |t| per_second * shape(surge, t))
    }

    /// What comes once an outage is over: most at once, then fewer in a straight line.
    pub fn wave(wave: &Wave, share: f64, end: Time) -> Self {
        let (from, within) = (wave.from.secs_f64(), wave.within.secs_f64());
        let height = 2.0 * share * wave.contacts / within;
        let mut corners = vec![0.0, from, from + within];
        Self::build(&mut corners, end, |t| {
            if t < from || t > from + within { 0.0 } else { height * (1.0 - (t - from) / within) }
        })
    }

    /// What a message brings that goes out evenly over a while: the time until a customer contacts is exponential.
    pub fn sent(from: Time, over: Span, half_within: Span, contacts: f64, end: Time) -> Self {
        let (from, over) = (from.secs_f64(), over.secs_f64());
        let decay = std::f64::consts::LN_2 / half_within.secs_f64();
        let mut corners = vec![0.0];
        for half in 0..=HALVES {
            let after = f64::from(half) * half_within.secs_f64();
            // While it goes out nothing bends any more once the first have contacted.
            corners.extend([from + after.min(over), from + over + after]);
        }
        Self::build(&mut corners, end, |t| {
            let since = t - from;
            if since < 0.0 {
                0.0
            } else if over == 0.0 {
                contacts * decay * libm::exp(-decay * since)
            } else {
                let still = libm::exp(-decay * (since - over).max(0.0));
                contacts / over * (still - libm::exp(-decay * since))
            }
        })
    }

    /// Straight lines between the corners. Between two corners every curve here is a line or, where surges overlap on a
    /// slope, a low polynomial, which is cut into short lines.
    fn build(corners: &mut Vec<f64>, end: Time, rate: impl Fn(f64) -> f64) -> Self {
        let end = end.secs_f64();
        corners.push(end);
        corners.retain(|t| (0.0..=end).contains(t));
        corners.sort_by(f64::total_cmp);
        corners.dedup();
        let mut pieces = Vec::new();
        let mut before = 0.0;
        let mut push = |from: f64, to: f64| {
            // A step belongs to what follows it, so the values are taken just inside.
            let inside = (to - from) * 1e-9;
            let (begin, end) = (rate(from + inside), rate(to - inside));
            let length = to - from;
            let (mass, slope) = ((begin + end) / 2.0 * length, (end - begin) / length);
            pieces.push(Piece { from, length, begin, end, before, mass, slope });
            before += mass;
        };
        for pair in corners.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            let middle = rate((from + to) / 2.0);
            let inside = (to - from) * 1e-9;
            let line = (rate(from + inside) + rate(to - inside)) / 2.0;
            let cuts = if (middle - line).abs() > 1e-6 * line.max(1e-9) { 32 } else { 1 };
            for cut in 0..cuts {
                let at = |k: i32| from + (to - from) * f64::from(k) / f64::from(cuts);
                push(at(cut), at(cut + 1));
            }
        }
        Self { pieces, total: before }
    }

    /// Expected contacts over the day.
    pub fn total(&self) -> f64 {
        self.total
    }

    /// The moment at which `expected` contacts are expected to have come, searched from piece `hint` on; `None` when the
    /// day has fewer. `hint` is moved along, so that a whole day costs one walk.
    #[inline]
    pub fn when(&self, expected: f64, hint: &mut usize) -> Option<Time> {
        while let Some(piece) = self.pieces.get(*hint) {
            let need = expected - piece.before;
            if need < piece.mass {
                let slope = piece.slope;
                let after = if slope == 0.0 {
                    need / piece.begin
                } else {
                    // The stable root of slope/2 t² + begin t = need.
                    2.0 * need / (piece.begin + (piece.begin * piece.begin + 2.0 * slope * need).max(0.0).sqrt())
                };
                return Some(Time::from_secs_f64(piece.from + after.min(piece.length)));
            }
            *hint += 1;
        }
        None
    }
}

/// The factor by which surges below one thin a stream at `at`.
pub fn thinning(surges: &[(&Surge, f64)], at: Time) -> f64 {
    let t = at.secs_f64();
    surges.iter().map(|(surge, factor)| 1.0 + (factor - 1.0) * shape(surge, t)).product::<f64>().min(1.0)
}

fn step_at(steps: &[RateStep], t: f64) -> f64 {
    steps.iter().rev().find(|s| s.from.secs_f64() <= t).or(steps.first()).map_or(0.0, |s| s.per_second)
}

/// How far a surge is at its height: zero before its rise, one in its window, zero after its fall.
fn shape(surge: &Surge, t: f64) -> f64 {
    let (from, to) = (surge.window.from.secs_f64(), surge.window.to.secs_f64());
    let ramp = |distance: f64, length: Span| {
        if length == Span::ZERO { 0.0 } else { (1.0 - distance / length.secs_f64()).max(0.0) }
    };
    if t < from {
        ramp(from - t, surge.rise)
    } else if t >= to {
        ramp(t - to, surge.fall)
    } else {
        1.0
    }
}

fn shape_corners(surge: &Surge) -> [f64; 4] {
    let window = surge.window;
    [
        (window.from - surge.rise).secs_f64(),
        window.from.secs_f64(),
        window.to.secs_f64(),
        (window.to + surge.fall).secs_f64(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::model::{SurgeEffect, Window};

    fn at(minutes: i64) -> Time {
        Time::ZERO + Span::from_secs(60 * minutes)
    }

    fn surge(from: i64, to: i64, rise: i64, fall: i64) -> Surge {
        Surge {
            name: "s".into(),
            effect: SurgeEffect::Times { factor: 2.0, channels: vec![], reason: None },
            window: Window { from: at(from), to: at(to) },
            rise: Span::from_secs(60 * rise),
            fall: Span::from_secs(60 * fall),
            because_of: None,
        }
    }

    #[test]
    fn steps_are_walked_in_order() {
        let steps = [RateStep { from: at(0), per_second: 1.0 }, RateStep { from: at(1), per_second: 0.5 }];
        let curve = RateCurve::steps(&steps, at(2));
        assert!((curve.total() - 90.0).abs() < 1e-6);
        let mut hint = 0;
        assert_eq!(curve.when(30.0, &mut hint), Some(Time::from_secs_f64(30.0)));
        let second = curve.when(75.0, &mut hint).expect("within the day");
        assert!((second.secs_f64() - 90.0).abs() < 1e-3, "{second}");
        assert_eq!(curve.when(90.1, &mut hint), None);
    }

    #[test]
    fn a_surge_rises_and_falls_outside_its_window() {
        let steps = [RateStep { from: at(0), per_second: 1.0 }];
        let s = surge(10, 20, 10, 10);
        let curve = RateCurve::extra(&steps, &[(&s, 2.0)], at(60));
        assert!((curve.total() - (300.0 + 600.0 + 300.0)).abs() < 1e-3, "{}", curve.total());
        let mut hint = 0;
        // A quarter of the rise's contacts have come at half of it.
        let half = curve.when(75.0, &mut hint).expect("within the day");
        assert!((half.secs_f64() - 300.0).abs() < 1e-2, "{half}");
    }

    #[test]
    fn a_message_brings_as_many_as_it_says_half_of_them_in_time() {
        let (half, day) = (Span::from_secs(1_800), at(24 * 60));
        for over in [0, 20, 600] {
            let over = Span::from_secs(60 * over);
            let curve = RateCurve::sent(at(60), over, half, 200.0, day);
            assert!((curve.total() - 200.0).abs() < 0.2, "{over}: {}", curve.total());
            assert_eq!(curve.when(0.0, &mut 0).map(|first| first >= at(60)), Some(true));
        }
        let curve = RateCurve::sent(at(60), Span::ZERO, half, 200.0, day);
        let median = curve.when(100.0, &mut 0).expect("within the day");
        assert!((median.secs_f64() - at(90).secs_f64()).abs() < 5.0, "{median}");
        // Sent over ten hours, it brings 20 an hour in the middle.
        let slow = RateCurve::sent(at(60), Span::from_secs(36_000), half, 200.0, day);
        let (from, to) = (slow.when(100.0, &mut 0), slow.when(110.0, &mut 0));
        let took = to.expect("within the day").since(from.expect("within the day")).secs_f64();
        assert!((took - 1_800.0).abs() < 10.0, "{took}");
    }

    #[test]
    fn a_wave_is_highest_at_once() {
        let wave =
            Wave { contacts: 40.0, from: at(10), within: Span::from_secs(1_200), channels: vec![], reason: None };
        let curve = RateCurve::wave(&wave, 0.5, at(60));
        assert!((curve.total() - 20.0).abs() < 1e-6, "{}", curve.total());
        // Three quarters have come at half of it.
        let half = curve.when(15.0, &mut 0).expect("within the day");
        assert!((half.secs_f64() - at(20).secs_f64()).abs() < 0.01, "{half}");
    }

    #[test]
    fn overlapping_surges_multiply() {
        let steps = [RateStep { from: at(0), per_second: 1.0 }];
        let (a, b) = (surge(0, 10, 0, 0), surge(0, 10, 0, 0));
        let curve = RateCurve::extra(&steps, &[(&a, 2.0), (&b, 3.0)], at(10));
        assert!((curve.total() - 5.0 * 600.0).abs() < 1e-3);
    }

    #[test]
    fn a_factor_below_one_thins() {
        let s = surge(10, 20, 0, 0);
        assert_eq!(thinning(&[(&s, 0.25)], at(15)), 0.25);
        assert_eq!(thinning(&[(&s, 0.25)], at(25)), 1.0);
    }
}
