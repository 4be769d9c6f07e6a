//! How many events an app is sent. Slack's documentation of the Events API: 30,000 deliveries from one workspace in 60
//! minutes, beyond which the app is told every minute that it is limited; and no more events at all, until somebody switches
//! them on again, once fewer than 5 % of the tries of 60 minutes succeed, which befalls no app of fewer than 1,000 events.

use crate::time::{Span, Time};
use serde::Deserialize;
use std::collections::VecDeque;

/// Over how many minutes everything is counted.
const WINDOW: i64 = 60;

/// The figures, from `mocks/slack/limits.yaml`.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Figures {
    /// Deliveries in 60 minutes.
    pub(super) per_hour: u64,
    /// A smaller share of tries that succeed switches events off.
    off_below: f64,
    /// With fewer events than these nothing is switched off.
    off_from: u64,
}

/// What becomes of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is sent.
    Sent,
    /// It is not: the app is told so, for the first time in this minute.
    Limited,
    /// It is not, in silence.
    Dropped,
}

/// One minute.
#[derive(Clone, Copy, Debug, Default)]
struct Minute {
    number: i64,
    sent: u64,
    ended: u64,
    tries: u64,
    well: u64,
}

/// Counts an app's events by the minute. Without figures everything is sent.
#[derive(Debug, Default)]
pub(super) struct Quota {
    figures: Option<Figures>,
    /// Oldest first, at most as many as are counted over.
    minutes: VecDeque<Minute>,
    /// The minute in which the app was told last that it is limited.
    told: Option<i64>,
    off: bool,
}

fn minute(now: Time) -> i64 {
    now.micros().div_euclid(Span::MINUTE.micros())
}

impl Quota {
    /// Nothing sent yet.
    pub(super) fn new(figures: Option<Figures>) -> Self {
        Self { figures, ..Self::default() }
    }

    /// Other figures from now on; what was counted stays.
    pub(super) fn set(&mut self, figures: Option<Figures>) {
        self.figures = figures;
    }

    /// One more event for the app; `posted`: to its address, which may have been switched off, not over a socket.
    pub(super) fn event(&mut self, posted: bool, now: Time) -> Fate {
        let Some(figures) = self.figures else { return Fate::Sent };
        if self.off && posted {
            return Fate::Dropped;
        }
        let sent: u64 = self.now(now).iter().map(|minute| minute.sent).sum();
        if sent >= figures.per_hour {
            let first = self.told.replace(minute(now)) != Some(minute(now));
            return if first { Fate::Limited } else { Fate::Dropped };
        }
        if let Some(last) = self.minutes.back_mut() {
            last.sent += 1;
        }
        Fate::Sent
    }

    /// A delivery ended, by an answer of 2xx or not; whether that switches events off.
    pub(super) fn ended(&mut self, tries: u32, well: bool, now: Time) -> bool {
        let Some(figures) = self.figures.filter(|_| !self.off) else { return false };
        self.now(now);
        if let Some(last) = self.minutes.back_mut() {
            last.ended += 1;
            last.tries += u64::from(tries.max(1));
            last.well += u64::from(well);
        }
        let sum = |of: fn(&Minute) -> u64| self.minutes.iter().map(of).sum::<u64>();
        let (ended, tries, well) = (sum(|m| m.ended), sum(|m| m.tries), sum(|m| m.well));
        self.off = ended >= figures.off_from && (well as f64) < figures.off_below * tries as f64;
        self.off
    }

    /// Somebody subscribes anew: what was counted of failures is forgotten.
    pub(super) fn switch_on(&mut self) {
        self.off = false;
        for minute in &mut self.minutes {
            (minute.ended, minute.tries, minute.well) = (0, 0, 0);
        }
    }

    /// The minutes that count now, the current one last.
    fn now(&mut self, now: Time) -> &VecDeque<Minute> {
        let number = minute(now);
        if self.minutes.back().is_none_or(|last| last.number < number) {
            self.minutes.push_back(Minute { number, ..Minute::default() });
        }
        while self.minutes.front().is_some_and(|first| first.number <= number - WINDOW) {
            self.minutes.pop_front();
        }
        &self.minutes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Time {
        Time::ZERO + Span::MINUTE.times(minutes as f64)
    }

    fn quota() -> Quota {
        Quota::new(Some(Figures { per_hour: 30_000, off_below: 0.05, off_from: 1_000 }))
    }

    #[test]
    fn beyond_thirty_thousand_in_an_hour_the_app_is_told_each_minute_and_nothing_more() {
        let mut quota = quota();
        assert!((0..30_000).all(|n| quota.event(true, at(n / 1_000)) == Fate::Sent));
        assert_eq!(
            [30, 30, 31, 31].map(|m| quota.event(true, at(m))),
            [Fate::Limited, Fate::Dropped, Fate::Limited, Fate::Dropped]
        );
        // The first minute's thousand count no longer.
        assert!((0..1_000).all(|_| quota.event(true, at(60)) == Fate::Sent));
        assert_eq!(quota.event(true, at(60)), Fate::Limited);
        assert!(quota.minutes.len() <= WINDOW as usize);
    }

    #[test]
    fn whoever_answers_fewer_than_one_in_twenty_is_switched_off_until_switched_on() {
        let mut off = quota();
        assert!((0..999).all(|n| !off.ended(1, false, at(n / 50))), "too few to judge");
        assert!(off.ended(4, false, at(20)) && off.event(true, at(20)) == Fate::Dropped);
        assert_eq!(off.event(false, at(20)), Fate::Sent, "a socket is no address");
        off.switch_on();
        assert_eq!((off.event(true, at(20)), off.ended(1, false, at(20))), (Fate::Sent, false));
        let mut well = quota();
        assert!((0..5_000).all(|n| !well.ended(1, n % 10 == 0, at(n / 100))), "one in ten is enough");
        let mut slow = quota();
        assert!((0..5_000).all(|n| !slow.ended(1, false, at(n / 15))), "never a thousand in an hour");
    }
}
