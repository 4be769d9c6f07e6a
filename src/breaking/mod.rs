//! F4: the breaking point of each disturbance: how long or large it must be, all else equal, for the verdict to flip.
//!
//! The written day is judged already, by all of its runs. Every other point is the same day with one number changed, played
//! with the same seed and the same customers, so that a difference is that number's; it is played until it is clear on which
//! side of their limits the expectations are, and nothing but these is figured. The two ends that are told in the end are
//! played more often than the others, in full as often as the written day was. An expectation that is missed even without the disturbance is set aside: the
//! disturbance does not break it, and the rest is what is asked about.

mod knob;
mod search;
mod standing;

pub use knob::{Dial, Knob, Unvaried, knobs};
pub use search::{Care, Flip, Range, flip, further, halfway};
pub use standing::Standing;

use crate::engine::runs::{Day, on_threads};
use crate::measure::{Figure, Merged, Windows, summary};
use crate::scenario::model::{Expectation, Scenario};
use crate::verdict::{Judgement, Met, Verdict};
use rayon::prelude::*;
use std::sync::atomic::AtomicBool;

/// How thorough a search is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effort {
    /// Runs of each point of the search at the most.
    pub runs: u64,
    /// Runs of the two ends that are told, at the most.
    pub ends: u64,
    /// So many to begin with, and twice as many again and again until it is settled on which side of its limit each expectation
    /// is.
    pub first: u64,
    /// When the search ends.
    pub care: Care,
    /// So many points more, spread evenly: they make the curve, and show where more is better after all.
    pub curve: u32,
    /// Both length and size of each disturbance.
    pub all: bool,
}

/// Fewer runs than this tell little about where a verdict flips.
pub const FEWEST: u64 = 10;

/// Fewer runs than this settle nothing that is told: a handful that is alike by chance seems surer than it is.
const FIRM: u64 = 20;

impl Effort {
    /// For every report: it costs a few times as much as the report's own runs.
    pub fn brief(runs: u64) -> Self {
        let care = Care { tolerance: 0.1, points: 10 };
        Self { runs: runs.min(20), ends: runs.min(100), first: 5, care, curve: 0, all: false }
    }
    /// Runs of a point of the search: to begin with, and at the most.
    fn search(self) -> (u64, u64) {
        (self.first, self.runs)
    }
    /// With a picture, for who asks.
    pub fn full(runs: u64) -> Self {
        let care = Care { tolerance: 0.01, points: 20 };
        Self { runs: runs.min(60), ends: runs, first: 60, care, curve: 9, all: true }
    }
}

/// One point of a knob that was played.
#[derive(Clone, Debug)]
pub struct Point {
    /// The number.
    pub at: f64,
    /// How many runs told.
    pub runs: u64,
    /// Each expectation, in the scenario's order.
    pub standings: Vec<Standing>,
}

impl Point {
    /// What the verdict is by what was not set aside; an interval across a limit bends, as a miss that only warns does.
    pub fn verdict(&self, scenario: &Scenario, aside: &[usize]) -> Verdict {
        let counts = |(place, _): &(usize, &Standing)| !aside.contains(place);
        let mut told = self.standings.iter().enumerate().filter(counts);
        if told.clone().any(|(place, s)| s.beyond && !s.unsure && !scenario.expect[place].warn) {
            return Verdict::Broke;
        }
        if told.any(|(_, s)| s.beyond || s.unsure) { Verdict::Bent } else { Verdict::Held }
    }
}

/// What one disturbance's search came to.
#[derive(Clone, Debug)]
pub struct Breaking {
    /// What was varied.
    pub knob: Knob,
    /// Where it flips; `None`: every expectation is missed without it too.
    pub flip: Option<Flip>,
    /// The expectation that flips first, or that came closest to it, by its place.
    pub by: Option<usize>,
    /// Expectations that were set aside, because they are missed without it too.
    pub aside: Vec<usize>,
    /// Every point, in order, the written one among them.
    pub points: Vec<Point>,
    /// A point between zero and the flip is broken, or one beyond it holds: more was not always worse.
    pub uneven: bool,
}

/// The breaking points of a day under the plan in it, one for each knob, in the order of its disturbances. `judged` is the day
/// as written. `progress` is told a knob's name after each. `None` if it was stopped.
pub fn breaking_points(
    scenario: &Scenario,
    judged: (&Merged, &Judgement),
    luck: (u64, usize),
    effort: Effort,
    progress: &(dyn Fn(&str) + Sync),
    stop: &AtomicBool,
) -> Option<Vec<Result<Breaking, Unvaried>>> {
    if matches!(judged.1.verdict, Verdict::Void(_)) || !scenario.expect.iter().any(|e| !e.warn) {
        return Some(Vec::new());
    }
    let (seed, threads) = luck;
    let merged = judged.0;
    let pairs = scenario.expect.iter().zip(&merged.expected);
    let written: Vec<Standing> = pairs.map(|(expect, told)| Standing::of(expect, &told.figures, &[])).collect();
    let missed: Vec<usize> = judged.1.outcomes.iter().filter(|o| o.met == Met::Missed).map(|o| o.expectation).collect();
    let one = |knob: Result<Knob, Unvaried>| {
        let searched = match knob {
            Ok(knob) => {
                let search = Search { scenario, seed, effort, stop, merged, knob, points: Vec::new() };
                Ok(search.search(&written, &missed)?)
            }
            Err(unvaried) => Err(unvaried),
        };
        progress(match &searched {
            Ok(breaking) => &breaking.knob.name,
            Err(unvaried) => &unvaried.name,
        });
        Some(searched)
    };
    let knobs = knobs(scenario, effort.all);
    on_threads(threads, || knobs.into_par_iter().map(one).collect::<Vec<_>>()).into_iter().collect()
}

/// One run's figures of the expectations, in their order.
type Expected = Vec<Option<Figure>>;

/// The search along one knob.
struct Search<'a> {
    scenario: &'a Scenario,
    seed: u64,
    effort: Effort,
    stop: &'a AtomicBool,
    /// All runs of the written day.
    merged: &'a Merged,
    knob: Knob,
    points: Vec<Point>,
}

impl Search<'_> {
    fn search(mut self, written: &[Standing], missed: &[usize]) -> Option<Breaking> {
        let range = self.knob.range;
        let counts = |place: &usize| !self.scenario.expect[*place].warn;
        let broken: Vec<usize> = (0..written.len()).filter(counts).filter(|place| written[*place].beyond).collect();
        // A miss that this day is too short to tell of is no miss by more or less of the disturbance.
        let mut aside: Vec<usize> = missed.iter().copied().filter(|place| written[*place].figure.is_none()).collect();
        let yours = Point { at: range.yours, runs: u64::from(self.merged.runs), standings: written.to_vec() };
        self.points.push(yours);
        if !broken.is_empty() || self.effort.curve > 0 {
            let zero = self.play(range.zero, self.effort.search(), &aside)?;
            aside.extend(self.beyond(&zero, &aside));
            aside.sort_unstable();
            self.points.push(zero);
        }
        let live: Vec<usize> = (0..written.len()).filter(counts).filter(|place| !aside.contains(place)).collect();
        let flip = if live.is_empty() {
            None
        } else {
            let is_broken = broken.iter().any(|place| live.contains(place));
            let care = self.effort.care;
            let found = flip(range, is_broken, care, &mut |at| self.breaks(at, self.effort.search(), &aside))?;
            Some(self.confirm(found, &aside)?)
        };
        if flip.is_some() {
            self.curve(flip, &aside)?;
        }
        self.points.sort_by(|a, b| a.at.total_cmp(&b.at));
        let uneven = flip.is_some_and(|flip| self.uneven(flip, &aside));
        let by = flip.and_then(|flip| self.first(flip, &live));
        Some(Breaking { knob: self.knob, flip, by, aside, points: self.points, uneven })
    }

    /// Whether it breaks at a point, told by so many runs unless it is settled by fewer, but not by fewer than the first.
    /// `None` if it was stopped.
    fn breaks(&mut self, at: f64, (first, most): (u64, u64), aside: &[usize]) -> Option<bool> {
        let known = self.points.iter().position(|point| (point.at - at).abs() < self.knob.range.grain / 2.0);
        let enough = |point: &Point| point.runs >= most || point.runs >= first && self.is_settled(point, aside);
        if let Some(point) = known.map(|place| &self.points[place]).filter(|point| enough(point)) {
            return Some(!self.beyond(point, aside).is_empty());
        }
        let point = self.play(at, (first, most), aside)?;
        let beyond = !self.beyond(&point, aside).is_empty();
        match known {
            Some(place) => self.points[place] = point,
            None => self.points.push(point),
        }
        Some(beyond)
    }

    /// Plays the ends of what was found more often, and looks on where they do not hold what fewer runs
    /// promised. `None` if it was stopped.
    fn confirm(&mut self, found: Flip, aside: &[usize]) -> Option<Flip> {
        let (range, runs) = (self.knob.range, (FIRM, self.effort.ends));
        // So many runs are dear: the two may stay further apart than in the search.
        let care = Care { tolerance: 2.0 * self.effort.care.tolerance, ..self.effort.care };
        let mut ends = match found {
            Flip::Between { holds, breaks } => (holds, Some(breaks)),
            Flip::Never(most) | Flip::NotYet(most) => (most, None),
        };
        // Each turn tells one point for good, or is one of these.
        let mut left = care.points;
        loop {
            // Nothing of it is known not to break.
            if ends.0 > range.zero && self.breaks(ends.0, runs, aside)? {
                let below =
                    self.points.iter().filter(|point| point.at < ends.0 && self.beyond(point, aside).is_empty());
                ends = (below.map(|point| point.at).fold(range.zero, f64::max), Some(ends.0));
                continue;
            }
            let Some(breaks) = ends.1 else {
                if ends.0 >= range.limit || left == 0 {
                    return Some(if ends.0 < range.limit { Flip::NotYet(ends.0) } else { Flip::Never(ends.0) });
                }
                left -= 1;
                let next = further(range, ends.0);
                ends =
                    if self.breaks(next, self.effort.search(), aside)? { (ends.0, Some(next)) } else { (next, None) };
                continue;
            };
            if !self.breaks(breaks, runs, aside)? {
                let above =
                    self.points.iter().filter(|point| point.at > breaks && !self.beyond(point, aside).is_empty());
                ends = (breaks, above.map(|point| point.at).reduce(f64::min));
                continue;
            }
            match halfway(range, (ends.0, breaks), care) {
                Some(middle) if left > 0 => {
                    left -= 1;
                    let broken = self.breaks(middle, self.effort.search(), aside)?;
                    ends = if broken { (ends.0, Some(middle)) } else { (middle, ends.1) };
                }
                _ => return Some(Flip::Between { holds: ends.0, breaks }),
            }
        }
    }

    /// The expectations beyond their limits at a point, but those set aside.
    fn beyond(&self, point: &Point, aside: &[usize]) -> Vec<usize> {
        let counts = |place: &usize| !self.scenario.expect[*place].warn && !aside.contains(place);
        (0..point.standings.len()).filter(|place| point.standings[*place].beyond).filter(counts).collect()
    }

    /// Plays a point, as many runs as it takes between the first and the most. `None` if it was stopped.
    fn play(&self, at: f64, (first, most): (u64, u64), aside: &[usize]) -> Option<Point> {
        let varied = self.knob.set(self.scenario, at);
        let day = Day::new(&varied, &Windows::of(&varied), self.seed);
        let mut runs: Vec<Expected> = Vec::new();
        let mut until = first.min(most);
        loop {
            let played = runs.len() as u64;
            runs.extend(day.expected(played..until, self.stop));
            if (runs.len() as u64) < until {
                return None;
            }
            let standings = self.standings(&runs);
            let point = Point { at, runs: until, standings };
            if until == most || self.is_settled(&point, aside) {
                return Some(point);
            }
            until = (2 * until).min(most);
        }
    }

    /// How each expectation stands after these runs, beside the same runs of the written day.
    fn standings(&self, runs: &[Expected]) -> Vec<Standing> {
        let each = self.scenario.expect.iter().zip(&self.merged.expected).enumerate();
        let of = |(place, (expectation, written)): (usize, (&Expectation, &summary::Expected))| {
            let figures: Vec<Option<Figure>> = runs.iter().map(|run| run.get(place).copied().flatten()).collect();
            Standing::of(expectation, &figures, &written.figures)
        };
        each.map(of).collect()
    }

    /// Whether more runs would change nothing: one expectation is surely broken, or all surely hold.
    fn is_settled(&self, point: &Point, aside: &[usize]) -> bool {
        let counts = |place: &usize| !self.scenario.expect[*place].warn && !aside.contains(place);
        let mut live = (0..point.standings.len()).filter(counts).map(|place| point.standings[place]);
        live.clone().any(|s| s.beyond && s.settled) || live.all(|s| !s.beyond && (s.settled || s.figure.is_none()))
    }

    /// Points between those of the search, up to somewhat beyond the flip and what is written.
    fn curve(&mut self, found: Option<Flip>, aside: &[usize]) -> Option<()> {
        let range = self.knob.range;
        let far = match found {
            Some(Flip::Between { breaks, .. }) => breaks.max(range.yours),
            Some(Flip::Never(most) | Flip::NotYet(most)) => most,
            None => range.yours,
        };
        let far = range.near((range.zero + 1.3 * (far - range.zero)).min(range.limit));
        for nth in 1..=self.effort.curve {
            let share = f64::from(nth) / f64::from(self.effort.curve);
            let at = range.near(range.zero + share * (far - range.zero));
            if self.points.iter().all(|point| (point.at - at).abs() > range.grain / 2.0) {
                let point = self.play(at, self.effort.search(), aside)?;
                self.points.push(point);
            }
        }
        Some(())
    }

    fn uneven(&self, found: Flip, aside: &[usize]) -> bool {
        let (holds, breaks) = match found {
            Flip::Between { holds, breaks } => (holds, breaks),
            Flip::Never(most) | Flip::NotYet(most) => (most, f64::INFINITY),
        };
        self.points.iter().any(|point| {
            let beyond = !self.beyond(point, aside).is_empty();
            beyond && point.at <= holds || !beyond && point.at >= breaks
        })
    }

    /// What breaks at the least point that is broken; where none is, what came closest at the last. By how far beyond its
    /// limit it is, in parts of the limit.
    fn first(&self, found: Flip, live: &[usize]) -> Option<usize> {
        let at = match found {
            Flip::Between { breaks, .. } => breaks,
            Flip::Never(most) | Flip::NotYet(most) => most,
        };
        let point = self.points.iter().find(|point| point.at >= at)?;
        // None at all of what is counted or timed is kept, not close.
        let tells = |place: &usize| {
            let standing = &point.standings[*place];
            standing.beyond || standing.figure.is_some_and(|figure| figure != 0.0)
        };
        let told = live.iter().copied().filter(tells);
        let key = |place: usize| (!point.standings[place].beyond, point.standings[place].margin);
        told.min_by(|a, b| key(*a).partial_cmp(&key(*b)).unwrap_or(std::cmp::Ordering::Equal))
    }
}
