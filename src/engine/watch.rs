//! `stop_if`: live figures of the day, looked at once a minute, that can end it early.

use crate::desk::live::LiveFigures;
use crate::observation::{Observation, Observer, Who};
use crate::scenario::model::{Live, Scenario};
use crate::seam::ContactId;
use crate::time::{Span, Time};

/// How often the limits are looked at.
pub const LOOK_EVERY: Span = Span::MINUTE;

/// Watches the limits of a scenario; costs nothing where there are none.
#[derive(Clone, Debug)]
pub struct Watch {
    limits: Vec<(Live, Option<Time>)>,
    live: LiveFigures,
    /// Who waits, and since when, by the contact's slot.
    waits: Vec<Option<(ContactId, Time)>>,
}

impl Watch {
    /// The limits of this scenario.
    pub fn new(scenario: &Scenario) -> Self {
        Self::of(scenario.desk.channels.len(), &scenario.stop_if)
    }

    /// These limits, of a desk with so many channels.
    pub fn of(channels: usize, limits: &[Live]) -> Self {
        let live = LiveFigures::of(channels, limits);
        Self { limits: limits.iter().map(|live| (live.clone(), None)).collect(), live, waits: Vec::new() }
    }

    /// The figure that the limit at this place watches, in its unit.
    pub fn figure(&self, now: Time, place: usize) -> Option<f64> {
        self.limits.get(place).map(|(limit, _)| self.live.figure(now, limit))
    }

    /// The first look, if there is anything to look for.
    pub fn first(&self) -> Option<Time> {
        (!self.limits.is_empty()).then_some(Time::ZERO + LOOK_EVERY)
    }

    /// Which limit says that the day is over.
    pub fn look(&mut self, now: Time) -> Option<u16> {
        for (index, (limit, since)) in self.limits.iter_mut().enumerate() {
            if self.live.figure(now, limit) <= limit.above {
                *since = None;
            } else if now.since(*since.get_or_insert(now)) >= limit.held_for {
                return Some(index as u16);
            }
        }
        None
    }

    fn begins(&mut self, now: Time, who: &Who) {
        let slot = who.contact.slot() as usize;
        if slot >= self.waits.len() {
            self.waits.resize(slot + 1, None);
        }
        let waits = self.waits[slot].replace((who.contact, now)).is_some_and(|(contact, _)| contact == who.contact);
        if !waits {
            self.live.waits(now, who.channel);
        }
    }

    fn ends(&mut self, now: Time, who: &Who, gave_up: bool) {
        let Some(waits) = self.waits.get_mut(who.contact.slot() as usize) else { return };
        if let Some((_, since)) = waits.take_if(|(contact, _)| *contact == who.contact) {
            self.live.waits_no_more(now, who.channel, since, gave_up);
        }
    }
}

impl Observer for Watch {
    #[inline(always)]
    fn observe(&mut self, at: Time, seen: &Observation) {
        // What is seen is known where it is done, so most of it does not even come to the question whether there are limits.
        if let Some((who, change)) = Change::of(seen)
            && !self.limits.is_empty()
        {
            self.follow(at, who, change);
        }
    }
}

/// What a live figure is made of.
#[derive(Clone, Copy, Debug)]
enum Change {
    Offered { blocked: bool },
    Entered,
    WaitsAgain,
    WaitsNoMore { gave_up: bool },
}

impl Change {
    #[inline(always)]
    fn of(seen: &Observation) -> Option<(&Who, Self)> {
        Some(match seen {
            Observation::Offered { who, .. } => (who, Self::Offered { blocked: false }),
            Observation::Blocked { who, .. } => (who, Self::Offered { blocked: true }),
            Observation::Entered { who } => (who, Self::Entered),
            Observation::WaitsAgain { who } | Observation::PutBack { who, .. } => (who, Self::WaitsAgain),
            Observation::GaveUp { who, .. } => (who, Self::WaitsNoMore { gave_up: true }),
            Observation::Served { who, .. }
            | Observation::Moved { who, .. }
            | Observation::Dropped { who }
            | Observation::CallbackAccepted { who } => (who, Self::WaitsNoMore { gave_up: false }),
            _ => return None,
        })
    }
}

impl Watch {
    #[inline(never)]
    fn follow(&mut self, at: Time, who: &Who, change: Change) {
        match change {
            Change::Offered { blocked } => self.live.offered(at, who.channel, blocked),
            Change::Entered => {
                self.live.entered(at, who.channel);
                self.begins(at, who);
            }
            Change::WaitsAgain => self.begins(at, who),
            Change::WaitsNoMore { gave_up } => self.ends(at, who, gave_up),
        }
    }
}
