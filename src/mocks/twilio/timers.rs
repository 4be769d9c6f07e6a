//! Timers: at most one for each call and message, in order of time.

use crate::time::Time;
use std::collections::BTreeMap;

/// Whose timer it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// A call's.
    Call(String),
    /// The person's at the other end of a call.
    Caller(String),
    /// A message's.
    Message(String),
    /// That of all media streams.
    Media,
}

/// All timers that are set.
#[derive(Debug, Default)]
pub(super) struct Timers {
    order: BTreeMap<(Time, u64), Timer>,
    places: BTreeMap<Timer, (Time, u64)>,
    serial: u64,
}

impl Timers {
    /// Sets a timer, in the place of the one that was set.
    pub(super) fn set(&mut self, timer: Timer, at: Time) {
        self.clear(&timer);
        self.serial += 1;
        self.order.insert((at, self.serial), timer.clone());
        self.places.insert(timer, (at, self.serial));
    }

    pub(super) fn clear(&mut self, timer: &Timer) {
        if let Some(place) = self.places.remove(timer) {
            self.order.remove(&place);
        }
    }

    /// The earliest.
    pub(super) fn next(&self) -> Option<Time> {
        self.order.first_key_value().map(|((at, _), _)| *at)
    }

    /// Takes the earliest that is due.
    pub(super) fn due(&mut self, now: Time) -> Option<Timer> {
        if self.next()? > now {
            return None;
        }
        let (_, timer) = self.order.pop_first()?;
        self.places.remove(&timer);
        Some(timer)
    }
}
