//! Where something flips from whole to broken along one number: by doubling until it breaks, then by halving the stretch
//! between the last that holds and the first that breaks.
//!
//! This assumes that more is never better. What was tried is kept, so that whoever tried more points than the search needs
//! can see where that is not so.

/// The numbers that may be tried.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// Nothing of it at all.
    pub zero: f64,
    /// As it is written.
    pub yours: f64,
    /// As much as there can be.
    pub limit: f64,
    /// Only multiples of this are tried, counted from zero, and the ends.
    pub grain: f64,
}

impl Range {
    /// A number that may be tried, close to this one.
    pub fn near(&self, x: f64) -> f64 {
        let steps = ((x - self.zero) / self.grain).round();
        tidy((self.zero + steps * self.grain).clamp(self.zero, self.limit))
    }
    /// One about half-way; `None` if there is none between them.
    fn between(&self, holds: f64, breaks: f64) -> Option<f64> {
        let middle = (holds + breaks) / 2.0;
        let near = [self.near(middle), self.near(middle - self.grain / 2.0), self.near(middle + self.grain / 2.0)];
        near.into_iter().find(|x| *x > holds && *x < breaks)
    }
}

/// Without the dust of adding up fractions.
fn tidy(x: f64) -> f64 {
    (x * 1e6).round() / 1e6
}

/// How much to try.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Care {
    /// How close the two ends must come, as a share of what is asked about.
    pub tolerance: f64,
    /// As many points at the most.
    pub points: u32,
}

/// Where it flips.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Flip {
    /// Somewhere between these two.
    Between {
        /// The most that was seen to hold.
        holds: f64,
        /// The least that was seen to break, of those above.
        breaks: f64,
    },
    /// Not up to here, which is all there can be.
    Never(f64),
    /// Not up to here, and there were no more points to try.
    NotYet(f64),
}

/// Looks for the flip. What is written is known to be broken or not; if it is, then nothing of it is known not to be.
/// `breaks` tells of any other number, or `None` to give up (then this does too).
pub fn flip(range: Range, broken: bool, care: Care, breaks: &mut dyn FnMut(f64) -> Option<bool>) -> Option<Flip> {
    let mut left = care.points;
    let mut ends = (range.zero, range.yours);
    if !broken {
        ends = match climb(range, &mut left, breaks)? {
            Ok(ends) => ends,
            Err(never) => return Some(never),
        };
    }
    while left > 0 {
        let Some(middle) = halfway(range, ends, care) else { break };
        left -= 1;
        if breaks(middle)? { ends.1 = middle } else { ends.0 = middle }
    }
    Some(Flip::Between { holds: ends.0, breaks: ends.1 })
}

/// The next point between two ends; `None` if they are as close as they must come.
pub fn halfway(range: Range, ends: (f64, f64), care: Care) -> Option<f64> {
    // The dust of fractions must not ask for a point that is not there.
    let close = (care.tolerance * (ends.1.max(range.yours) - range.zero)).max(range.grain) * 1.000_001;
    if ends.1 - ends.0 > close { range.between(ends.0, ends.1) } else { None }
}

/// Twice as much, or as much as there can be.
pub fn further(range: Range, holds: f64) -> f64 {
    let doubled = range.zero + 2.0 * (holds - range.zero).max(range.grain);
    if doubled >= range.limit { range.limit } else { range.near(doubled) }
}

/// Doubles from what is written until it breaks; else that it never does.
fn climb(
    range: Range,
    left: &mut u32,
    breaks: &mut dyn FnMut(f64) -> Option<bool>,
) -> Option<Result<(f64, f64), Flip>> {
    let mut holds = range.yours;
    while holds < range.limit {
        if *left == 0 {
            return Some(Err(Flip::NotYet(holds)));
        }
        *left -= 1;
        let next = further(range, holds);
        if breaks(next)? {
            return Some(Ok((holds, next)));
        }
        holds = next;
    }
    Some(Err(Flip::Never(range.limit)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTES: Range = Range { zero: 0.0, yours: 50.0, limit: 465.0, grain: 1.0 };
    const FINE: Care = Care { tolerance: 0.0, points: 40 };

    /// The flip when it breaks from `from` on, and what was tried.
    fn found(range: Range, care: Care, from: f64) -> (Flip, Vec<f64>) {
        let mut tried = Vec::new();
        let mut breaks = |x: f64| {
            tried.push(x);
            Some(x >= from)
        };
        let flip = flip(range, range.yours >= from, care, &mut breaks).expect("nobody gives up");
        (flip, tried)
    }

    #[test]
    fn the_flip_is_found_to_the_grain_wherever_it_is() {
        for from in 1..=465 {
            let from = f64::from(from);
            let (flip, tried) = found(MINUTES, FINE, from);
            assert_eq!(flip, Flip::Between { holds: from - 1.0, breaks: from });
            assert!(tried.len() <= 13, "{from}: {tried:?}");
            assert!(tried.iter().all(|x| *x > 0.0 && *x <= 465.0 && *x != 50.0), "what is known is not tried");
        }
    }
    #[test]
    fn a_tolerance_saves_points_and_the_flip_is_still_inside() {
        let care = Care { tolerance: 0.05, points: 40 };
        for from in [0.5, 3.0, 38.4, 49.9, 50.1, 77.0, 300.0] {
            let (flip, tried) = found(MINUTES, care, from);
            let Flip::Between { holds, breaks } = flip else { panic!("{flip:?}") };
            assert!(holds < from && from <= breaks, "{from}: {flip:?}");
            assert!(breaks - holds <= 0.05 * breaks.max(50.0) + 1e-9, "{from}: {flip:?}");
            assert!(tried.len() <= 9, "{tried:?}");
        }
    }
    #[test]
    fn what_never_breaks_is_tried_up_to_the_limit_and_no_further() {
        assert_eq!(found(MINUTES, FINE, 1e9), (Flip::Never(465.0), vec![100.0, 200.0, 400.0, 465.0]));
        let all_there_is = Range { yours: 465.0, ..MINUTES };
        assert_eq!(found(all_there_is, FINE, 1e9), (Flip::Never(465.0), Vec::new()));
    }
    #[test]
    fn what_always_breaks_breaks_from_the_first_grain_on() {
        assert_eq!(found(MINUTES, FINE, 1e-9).0, Flip::Between { holds: 0.0, breaks: 1.0 });
    }
    #[test]
    fn the_number_of_points_is_bounded() {
        let care = Care { tolerance: 0.0, points: 3 };
        let (flip, tried) = found(MINUTES, care, 99.5);
        assert_eq!((flip, tried), (Flip::Between { holds: 88.0, breaks: 100.0 }, vec![100.0, 75.0, 88.0]));
        assert_eq!(found(MINUTES, care, 1e9).0, Flip::NotYet(400.0));
    }
    #[test]
    fn people_come_whole_and_factors_do_not_gather_dust() {
        let people = Range { zero: 0.0, yours: 4.0, limit: 46.0, grain: 1.0 };
        assert_eq!(found(people, FINE, 7.0).0, Flip::Between { holds: 6.0, breaks: 7.0 });
        let times = Range { zero: 1.0, yours: 1.8, limit: 7.4, grain: 0.01 };
        let (_, tried) = found(times, Care { tolerance: 0.05, points: 40 }, 2.345);
        assert!(tried.iter().all(|x| (x * 100.0).round() / 100.0 == *x), "{tried:?}");
    }
    #[test]
    fn who_gives_up_gives_no_answer() {
        assert_eq!(flip(MINUTES, true, FINE, &mut |_| None), None);
        assert_eq!(flip(MINUTES, false, FINE, &mut |_| None), None);
    }
}
