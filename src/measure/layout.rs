//! What is collected for a scenario: decided once, shared by all its runs.

use super::definitions::Kpi;
use super::figures::Level;
use super::windows::Windows;
use crate::observation::Who;
use crate::scenario::model::{Channel, Expectation, Id, Reason, Scenario, Segment, Style};
use crate::time::{Span, Time};

/// A part of the contacts that is counted apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Slice {
    /// By this channel.
    pub channel: Option<Id<Channel>>,
    /// With this reason.
    pub reason: Option<Id<Reason>>,
    /// Of this segment.
    pub segment: Option<Id<Segment>>,
}

impl Slice {
    /// Whether it holds a contact.
    pub fn holds(&self, who: &Who) -> bool {
        self.channel.is_none_or(|c| c == who.channel)
            && self.reason.is_none_or(|r| r == who.reason)
            && self.segment.is_none_or(|s| s == who.segment)
    }
}

/// What is collected.
#[derive(Clone, Debug)]
pub struct Layout {
    /// The day.
    pub scenario: Scenario,
    /// Its windows.
    pub windows: Windows,
    /// The channels, one slice each, then what expectations narrow to by reason or segment.
    pub slices: Vec<Slice>,
    /// Every way a service level is counted; the first is the default.
    pub levels: Vec<Level>,
    /// Which of them each channel shows, the one of the picture first.
    pub shown: Vec<Vec<usize>>,
    /// The distance between two samples.
    pub step: Span,
    /// How many samples after the first.
    pub steps: usize,
}

/// Samples at the most: two weeks of minutes.
const STEPS: i64 = 20_160;

impl Layout {
    /// What this scenario needs.
    pub fn of(scenario: &Scenario, windows: &Windows) -> Self {
        let channels = scenario.desk.channels.len();
        let mut slices: Vec<Slice> =
            (0..channels).map(|c| Slice { channel: Some(Id::new(c)), ..Slice::default() }).collect();
        let mut levels = vec![Level::default()];
        let mut shown: Vec<Vec<usize>> = vec![Vec::new(); channels];
        for expectation in &scenario.expect {
            let slice = narrowed(expectation);
            if (slice.reason.is_some() || slice.segment.is_some()) && !slices.contains(&slice) {
                slices.push(slice);
            }
            if Kpi::named(&expectation.kpi) == Some(Kpi::ServiceLevel) {
                let level = level_of(expectation);
                let place = levels.iter().position(|known| *known == level).unwrap_or_else(|| {
                    levels.push(level);
                    levels.len() - 1
                });
                for (channel, shown) in shown.iter_mut().enumerate() {
                    if slice.channel.is_none_or(|c| c.index() == channel) && !shown.contains(&place) {
                        shown.push(place);
                    }
                }
            }
        }
        for (channel, shown) in scenario.desk.channels.iter().zip(&mut shown) {
            if shown.is_empty() && channel.style != Style::Ticket {
                shown.push(0);
            }
        }
        let minutes = scenario.length.micros() / Span::MINUTE.micros();
        let step = Span::from_micros(Span::MINUTE.micros() * (minutes / STEPS + 1));
        let steps = (scenario.length.micros() / step.micros()) as usize;
        Self { scenario: scenario.clone(), windows: windows.clone(), slices, levels, shown, step, steps }
    }
    /// The step in which `at` lies.
    #[inline]
    pub fn step_at(&self, at: Time) -> usize {
        const MINUTE: i64 = Span::MINUTE.micros();
        // A division by a constant is a multiplication, and nearly every day is sampled by the minute.
        let step = self.step.micros();
        let place = if step == MINUTE { at.micros() / MINUTE } else { at.micros() / step };
        (place.max(0) as usize).min(self.steps)
    }
    /// Steps that a channel counts in: what comes after the last has one of its own.
    #[inline]
    pub fn per_channel(&self) -> usize {
        self.steps + 1
    }
    /// The place of a slice; `None` for all contacts.
    pub fn slice(&self, slice: Slice) -> Option<usize> {
        self.slices.iter().position(|known| *known == slice)
    }
}

/// The part of the contacts an expectation speaks of.
pub fn narrowed(expectation: &Expectation) -> Slice {
    Slice { channel: expectation.channel, reason: expectation.reason, segment: expectation.segment }
}

/// How an expectation counts a service level.
pub fn level_of(expectation: &Expectation) -> Level {
    Level { within: expectation.within, count: expectation.count, short_abandons: expectation.short_abandons }
}
