//! The named windows of a day, and the segments of the time line between their edges.
//!
//! A figure is collected by segment and put together by window at the end, so a contact costs the same however many
//! windows hold it. A contact belongs to every window that holds its start.

use crate::scenario::model::{Dependency, Id, Scenario, Window, WindowName};
use crate::time::Time;

/// What kind of thing goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisturbanceKind {
    /// More contacts than a normal day has.
    Surge,
    /// A dependency is broken.
    Outage,
    /// People are missing.
    Absence,
}

impl DisturbanceKind {
    /// Its word in `run.json` and in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Surge => "surge",
            Self::Outage => "outage",
            Self::Absence => "absence",
        }
    }
}

/// Something that goes wrong for a while. Their order is the order of `Began { window }`: surges, outages, absences.
#[derive(Clone, Debug)]
pub struct Disturbance {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: DisturbanceKind,
    /// Its first moment, a surge's rise included: the baseline ends before it.
    pub begins: Time,
    /// `at`: from here on is `during`.
    pub from: Time,
    /// The moment from which the measured desk meets it: `from`, or the warm start if it was in force then. It lies behind
    /// `over` if it was over by then.
    pub met: Time,
    /// The end of its `recovers_over` or `fall`, or of the day: from here on is `after`.
    pub over: Time,
    /// What is broken, if it is an outage.
    pub of: Option<Id<Dependency>>,
}

impl Disturbance {
    /// Whether the measured desk meets it at all: a warm-started one does not meet what was over before.
    pub fn is_met(&self) -> bool {
        self.met == self.from || self.met < self.over
    }
}

/// One window of a day. `during any` may be of several pieces, every other is of one at most.
#[derive(Clone, Debug)]
pub struct NamedWindow {
    /// Its name.
    pub name: WindowName,
    /// Where it lies, in order of time, within the measured day.
    pub pieces: Vec<Window>,
}

/// All windows of a day.
#[derive(Clone, Debug)]
pub struct Windows {
    /// `whole`, `baseline`, `during any`, then `during` and `after` each disturbance.
    pub list: Vec<NamedWindow>,
    /// What goes wrong.
    pub disturbances: Vec<Disturbance>,
    cuts: Vec<Time>,
    members: Vec<Vec<u16>>,
}

/// The place of `whole` in the list.
pub const WHOLE: usize = 0;
/// The place of `baseline` in the list.
pub const BASELINE: usize = 1;
/// The place of `during any` in the list.
pub const ANY: usize = 2;

impl Windows {
    /// The windows of this scenario.
    ///
    /// `baseline` ends where the first disturbance begins **after** the start; what is there from the start is part of the
    /// day. `during X` is [at, end of its recovery), `after X` runs from there to the end of the day, `during any` is the
    /// union of the outages. All lie within [end of the warm-up, end).
    pub fn of(scenario: &Scenario) -> Self {
        let measured = Window { from: Time::ZERO + scenario.warm_up, to: scenario.end() };
        let disturbances = disturbances(scenario);
        let first = disturbances.iter().map(|d| d.begins).filter(|begins| *begins > Time::ZERO).min();
        let baseline = Window { from: measured.from, to: first.unwrap_or(measured.to) };
        let mut list = vec![
            NamedWindow { name: WindowName::Whole, pieces: clip(measured, measured) },
            NamedWindow { name: WindowName::Baseline, pieces: clip(baseline, measured) },
            NamedWindow { name: WindowName::DuringAny, pieces: union(&disturbances, measured) },
        ];
        for d in &disturbances {
            let during = clip(Window { from: d.from, to: d.over }, measured);
            let after = clip(Window { from: d.over, to: measured.to }, measured);
            list.push(NamedWindow { name: WindowName::During(d.name.clone()), pieces: during });
            list.push(NamedWindow { name: WindowName::After(d.name.clone()), pieces: after });
        }
        let mut cuts: Vec<Time> = list.iter().flat_map(|w| w.pieces.iter().flat_map(|p| [p.from, p.to])).collect();
        cuts.sort_unstable();
        cuts.dedup();
        let members = (0..=cuts.len()).map(|segment| holders(&list, &cuts, segment)).collect();
        Self { list, disturbances, cuts, members }
    }

    /// How many segments the time line has, the one before the warm-up's end and the one after the end included.
    pub fn segments(&self) -> usize {
        self.members.len()
    }
    /// The segment that holds `at`.
    pub fn segment_at(&self, at: Time) -> usize {
        self.cuts.partition_point(|cut| *cut <= at)
    }
    /// The stretch of a segment; the outer ones are open-ended.
    pub fn stretch(&self, segment: usize) -> Window {
        let from = if segment == 0 { Time::from_micros(i64::MIN) } else { self.cuts[segment - 1] };
        Window { from, to: self.cuts.get(segment).copied().unwrap_or(Time::NEVER) }
    }
    /// The windows that hold a segment, by place in the list.
    pub fn holding(&self, segment: usize) -> &[u16] {
        &self.members[segment]
    }
    /// The segments of a window.
    pub fn segments_of(&self, window: usize) -> impl Iterator<Item = usize> + '_ {
        (0..self.members.len()).filter(move |segment| self.members[*segment].contains(&(window as u16)))
    }
    /// The place of a window in the list.
    pub fn index_of(&self, name: &WindowName) -> Option<usize> {
        self.list.iter().position(|window| window.name == *name)
    }
    /// The place of `during` the disturbance at `place`; `after` it is one further.
    pub fn during(&self, place: usize) -> usize {
        ANY + 1 + 2 * place
    }
    /// The measured day; `None` if the warm-up fills it.
    pub fn whole(&self) -> Option<Window> {
        self.list[WHOLE].pieces.first().copied()
    }
}

fn disturbances(scenario: &Scenario) -> Vec<Disturbance> {
    let end = scenario.end();
    let met = |from: Time| scenario.warm_start.map_or(from, |wire| wire.from.max(from));
    let surges = scenario.surges.iter().map(|s| Disturbance {
        name: s.name.clone(),
        kind: DisturbanceKind::Surge,
        // A trace in place of the rates is the normal day.
        begins: if s.is_normal() { Time::ZERO } else { (s.window.from - s.rise).max(Time::ZERO) },
        from: s.window.from,
        met: met(s.window.from),
        over: s.over().min(end),
        of: None,
    });
    let outages = scenario.outages.iter().map(|o| Disturbance {
        name: o.name.clone(),
        kind: DisturbanceKind::Outage,
        begins: o.window.from,
        from: o.window.from,
        met: met(o.window.from),
        over: (o.window.to + o.recovers_over).min(end),
        of: Some(o.of),
    });
    let absences = scenario.absences.iter().map(|a| Disturbance {
        name: a.name.clone(),
        kind: DisturbanceKind::Absence,
        begins: a.window.from,
        from: a.window.from,
        met: met(a.window.from),
        over: a.window.to.min(end),
        of: None,
    });
    surges.chain(outages).chain(absences).collect()
}

fn clip(window: Window, to: Window) -> Vec<Window> {
    let clipped = Window { from: window.from.max(to.from), to: window.to.min(to.to) };
    if clipped.from < clipped.to { vec![clipped] } else { Vec::new() }
}

fn union(disturbances: &[Disturbance], measured: Window) -> Vec<Window> {
    let outages = disturbances.iter().filter(|d| d.kind == DisturbanceKind::Outage);
    let mut pieces: Vec<Window> = outages.flat_map(|d| clip(Window { from: d.from, to: d.over }, measured)).collect();
    pieces.sort_by_key(|piece| piece.from);
    let mut joined: Vec<Window> = Vec::new();
    for piece in pieces {
        match joined.last_mut() {
            Some(last) if piece.from <= last.to => last.to = last.to.max(piece.to),
            _ => joined.push(piece),
        }
    }
    joined
}

fn holders(list: &[NamedWindow], cuts: &[Time], segment: usize) -> Vec<u16> {
    if segment == 0 {
        return Vec::new();
    }
    let from = cuts[segment - 1];
    let held = list.iter().enumerate().filter(|(_, window)| window.pieces.iter().any(|piece| piece.holds(from)));
    held.map(|(place, _)| place as u16).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::fixture;
    use crate::time::Span;

    fn minutes(m: i64) -> Time {
        Time::ZERO + Span::from_secs(60 * m)
    }

    #[test]
    fn the_baseline_ends_with_the_first_disturbance_after_the_start() {
        let windows = Windows::of(&fixture::day());
        assert_eq!(windows.list[BASELINE].pieces, vec![Window { from: minutes(10), to: minutes(30) }]);
        assert_eq!(windows.list[WHOLE].pieces, vec![Window { from: minutes(10), to: minutes(120) }]);
    }

    #[test]
    fn during_reaches_to_the_end_of_the_recovery_and_after_from_there_to_the_end() {
        let windows = Windows::of(&fixture::day());
        let during = windows.index_of(&WindowName::During("llm-down".into())).expect("the fixture has it");
        assert_eq!(windows.list[during].pieces, vec![Window { from: minutes(30), to: minutes(60) }]);
        assert_eq!(windows.list[during + 1].pieces, vec![Window { from: minutes(60), to: minutes(120) }]);
    }

    #[test]
    fn a_moment_lies_in_the_windows_that_hold_it_and_in_no_other() {
        let windows = Windows::of(&fixture::day());
        for minute in 0..130 {
            let at = minutes(minute);
            let held = windows.holding(windows.segment_at(at));
            for (place, window) in windows.list.iter().enumerate() {
                let holds = window.pieces.iter().any(|piece| piece.holds(at));
                assert_eq!(holds, held.contains(&(place as u16)), "minute {minute}, window {}", window.name);
            }
        }
    }

    #[test]
    fn an_absence_from_the_start_is_part_of_the_day() {
        let mut day = fixture::day();
        day.outages.clear();
        day.surges.clear();
        let windows = Windows::of(&day);
        assert_eq!(windows.list[BASELINE].pieces, windows.list[WHOLE].pieces);
        assert!(windows.list[ANY].pieces.is_empty());
    }
}
