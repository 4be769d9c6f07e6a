//! From clock times to offsets: the scenario's calendar. Time zone data is bundled; a day with a change of the clock is as long
//! as it is.

use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::model::{RateStep, Scenario, Start, Window};
use crate::scenario::raw::{ClockRange, Days, OneOrMany, Rate};
use crate::scenario::tree::{At, Place};
use crate::time::{Span, Time};
use crate::units::{self, Day, Moment, UnitError};
use jiff::civil::{Date, DateTime};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, ToSpan};

/// The calendar of one scenario.
pub(crate) struct Clock {
    text: String,
    zone: TimeZone,
    /// The local date and time at the start.
    local: DateTime,
    start: Timestamp,
    /// The scenario's end.
    pub(crate) end: Time,
    /// The end of the drain.
    pub(crate) close: Time,
}

const HOW: &str = "the start is a date, a clock time and a time zone: `2026-11-27 08:00 Europe/Paris`";

impl Clock {
    /// The calendar of a scenario that starts at `text`.
    pub(crate) fn new(text: &str, end: Time, close: Time) -> Result<Self, UnitError> {
        let wrong = |what: &str| UnitError::new(what.to_owned(), HOW);
        let parts: Vec<&str> = text.split_whitespace().collect();
        let (date, time, zone) = match parts[..] {
            [date, time] => (date, time, "UTC"),
            [date, time, zone] => (date, time, zone),
            _ => return Err(wrong("this is no start")),
        };
        let second = units::clock_time(time)?;
        let date: Date = date.parse().map_err(|_| wrong("this is no date"))?;
        if second == 86_400 || !(1970..=2200).contains(&date.year()) {
            return Err(UnitError::new(
                "this start is out of bounds",
                "years 1970 to 2200, clock times before \"24:00\"",
            ));
        }
        let zone = TimeZoneDatabase::bundled().get(zone).map_err(|_| {
            UnitError::new(
                format!("`{}` is no time zone", units::shown(zone)),
                "time zones are written like `Europe/Paris` or `UTC`",
            )
        })?;
        let local = civil(date, second);
        let zoned = local.to_zoned(zone.clone()).map_err(|_| wrong("this start is out of bounds"))?;
        if zoned.datetime() != local {
            return Err(UnitError::new(
                "there is no such moment: the clocks are put forward over it",
                format!("that night the clock goes on at {}", zoned.strftime("%H:%M")),
            ));
        }
        let start = zoned.timestamp();
        Ok(Self { text: text.trim().to_owned(), zone, local, start, end, close })
    }

    /// The clock at the start, for the model.
    pub(crate) fn start(&self) -> Start {
        let time = self.local.time();
        let second_of_day = time.hour() as u32 * 3_600 + time.minute() as u32 * 60 + time.second() as u32;
        let local_seconds = self.local.to_zoned(TimeZone::UTC).map_or(0, |zoned| zoned.timestamp().as_second());
        Start { text: self.text.clone(), second_of_day, local_seconds }
    }

    /// How long after the start (negative: before) a second of a day comes; the day of the start is 0.
    pub(super) fn offset(&self, day: i64, second: u32) -> i64 {
        let date = self.local.date().checked_add(day.days()).unwrap_or(self.local.date());
        let zoned = civil(date, second).to_zoned(self.zone.clone());
        let at = zoned.map_or(self.start, |zoned| zoned.timestamp());
        (at.as_second() - self.start.as_second()) * 1_000_000
    }

    /// The date of the start.
    pub(super) fn first_day(&self) -> Date {
        self.local.date()
    }

    /// The clock on the wall at a moment of the world.
    pub(super) fn local(&self, at: Timestamp) -> DateTime {
        self.zone.to_datetime(at)
    }

    /// Microseconds from the start to a moment of the world.
    pub(super) fn since_start(&self, at: Timestamp) -> i64 {
        at.as_microsecond().saturating_sub(self.start.as_microsecond())
    }

    /// A moment of the scenario by the clock, for people; with the day if the scenario is longer than one.
    pub(super) fn shown(&self, at: Time) -> String {
        let form = if self.end > Time::ZERO + Span::from_secs(86_400) { "%a %d %b %H:%M" } else { "%H:%M" };
        let moment = self.start.checked_add(at.micros().microseconds()).unwrap_or(self.start);
        self.local(moment).strftime(form).to_string()
    }

    /// The day of the week (Monday is 0) of a day; the day of the start is 0.
    fn weekday(&self, day: i64) -> u8 {
        let first = i64::from(self.local.date().weekday().to_monday_zero_offset());
        (first + day).rem_euclid(7) as u8
    }

    /// The last day that can matter.
    fn last_day(&self) -> i64 {
        self.close.micros() / 86_400_000_000 + 1
    }

    /// The offset of a moment; it lies within the scenario.
    pub(crate) fn moment(&self, at: &At<crate::scenario::raw::Moment>) -> Result<Time, Box<Diagnostic>> {
        let time = match at.value.0 {
            Moment::Start => Time::ZERO,
            Moment::End => self.end,
            Moment::Offset(offset) => Time::ZERO + offset,
            Moment::Clock { day, second } => {
                let micros = match day {
                    Some(Day::Nth(n)) => self.offset(i64::from(n) - 1, second),
                    Some(Day::OfWeek(wanted)) => {
                        let fits = |day: &i64| self.weekday(*day) == wanted && self.offset(*day, second) >= 0;
                        self.offset((0..=7).find(fits).unwrap_or(0), second)
                    }
                    None => self.offset((0..=1).find(|day| self.offset(*day, second) >= 0).unwrap_or(1), second),
                };
                Time::from_micros(micros)
            }
        };
        let outside = |title: String| {
            let label = format!("the scenario runs from {} for {}", self.text, self.end);
            Err(Box::new(Diagnostic::at(at.place, title).label(label)))
        };
        if time < Time::ZERO {
            return outside("this moment lies before the start".to_owned());
        }
        if time > self.end {
            return outside(format!("this moment lies after the end ({} after the start)", time));
        }
        Ok(time)
    }

    /// Spans of the day on certain days, as windows of the scenario: merged where they touch, none before the start.
    pub(crate) fn windows(
        &self,
        ranges: Option<&OneOrMany<ClockRange>>,
        days: Option<&OneOrMany<Days>>,
    ) -> Vec<Window> {
        if ranges.is_none() && days.is_none() {
            return Vec::new();
        }
        let whole = [ClockRange(0, 86_400)];
        let ranges = ranges.map_or(&whole[..], |list| &list.0);
        let mut windows = Vec::new();
        for day in -1..=self.last_day() {
            if !on(days, self.weekday(day)) {
                continue;
            }
            for ClockRange(from, to) in ranges {
                let end_day = if to > from { day } else { day + 1 };
                let (from, to) = (self.offset(day, *from), self.offset(end_day, *to));
                let from = from.max(0);
                if from < to && from < self.close.micros() {
                    windows.push(Window { from: Time::from_micros(from), to: Time::from_micros(to) });
                }
            }
        }
        windows.sort_by_key(|window| (window.from, window.to));
        let mut merged: Vec<Window> = Vec::new();
        for window in windows {
            match merged.last_mut() {
                Some(last) if window.from <= last.to => last.to = last.to.max(window.to),
                _ => merged.push(window),
            }
        }
        if merged.is_empty() {
            // Never, which must not read as "always".
            merged.push(Window { from: Time::ZERO, to: Time::ZERO });
        }
        merged
    }

    /// Rates by clock as steps from the start on: they repeat daily; before the first key the last one holds; on days that are
    /// not named there is nothing.
    pub(crate) fn steps(&self, keys: &[(u32, Rate)], days: Option<&OneOrMany<Days>>) -> Vec<RateStep> {
        let mut keys = keys.to_vec();
        keys.sort_by_key(|(second, _)| *second);
        let mut steps: Vec<RateStep> = Vec::new();
        for day in -1..=self.last_day() {
            let last = keys.last().map_or(0.0, |(_, rate)| rate.0);
            let here = on(days, self.weekday(day));
            let midnight = (0, Rate(if here { last } else { 0.0 }));
            let of_day = if here { &keys[..] } else { &[] };
            for (second, rate) in std::iter::once(&midnight).chain(of_day) {
                let at = self.offset(day, *second).max(0);
                if at > self.end.micros() {
                    continue;
                }
                let step = RateStep { from: Time::from_micros(at), per_second: rate.0 };
                match steps.last_mut() {
                    Some(last) if last.from == step.from => *last = step,
                    Some(last) if last.per_second == step.per_second => {}
                    _ => steps.push(step),
                }
            }
        }
        steps.dedup_by(|next, last| next.per_second == last.per_second);
        steps
    }

    /// A window from `at` with `for` or `until`; `open_end` is the end if neither is written.
    pub(crate) fn window(
        &self,
        at: Time,
        length: Option<&At<crate::scenario::raw::Length>>,
        until: Option<&At<crate::scenario::raw::Moment>>,
        open_end: Option<Time>,
    ) -> Result<Window, Box<Diagnostic>> {
        let to = match (length, until) {
            (Some(_), Some(until)) => {
                return Err(Box::new(
                    Diagnostic::at(until.place, "`for` and `until` together").help("write one of the two"),
                ));
            }
            (Some(length), None) if length.value.0 == Span::ZERO => {
                return Err(Box::new(Diagnostic::at(length.place, "this lasts no time at all")));
            }
            (Some(length), None) => at + length.value.0,
            (None, Some(until)) => {
                let to = self.moment(until)?;
                if to <= at {
                    return Err(Box::new(
                        Diagnostic::at(until.place, "this ends before it begins")
                            .label(format!("it begins {at} after the start")),
                    ));
                }
                to
            }
            (None, None) => match open_end {
                Some(end) => end,
                None => {
                    return Err(Box::new(
                        Diagnostic::error("it is not said how long this lasts")
                            .help("write `for: 1h` or `until: \"12:00\"`"),
                    ));
                }
            },
        };
        Ok(Window { from: at, to })
    }
}

/// A moment of a scenario that is loaded already, as an argument of the command line names it.
pub fn moment_of(scenario: &Scenario, text: &str) -> Result<Time, String> {
    let told = |title: String, more: String| if more.is_empty() { title } else { format!("{title}; {more}") };
    let wrong = |error: UnitError| told(error.title, error.help);
    let value = units::moment(text).map_err(wrong)?;
    let clock = Clock::new(&scenario.start.text, scenario.end(), scenario.close()).map_err(wrong)?;
    let at = At { value: crate::scenario::raw::Moment(value), place: Place { source: 0, start: 0, end: 0 } };
    clock.moment(&at).map_err(|outside| told(outside.title, outside.label))
}

fn on(days: Option<&OneOrMany<Days>>, weekday: u8) -> bool {
    days.is_none_or(|list| list.0.iter().any(|days| days.0.holds(weekday)))
}

/// A second of a day; 86,400 is the next midnight.
fn civil(date: Date, second: u32) -> DateTime {
    let (date, second) = if second >= 86_400 { (date.tomorrow().unwrap_or(date), 0) } else { (date, second) };
    date.at((second / 3_600) as i8, (second / 60 % 60) as i8, (second % 60) as i8, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_that_the_clocks_jump_over_is_refused() {
        let new = |text| Clock::new(text, Time::ZERO + Span::MINUTE, Time::ZERO + Span::MINUTE).map(drop);
        let refused = new("2026-03-29 02:30 Europe/Paris").expect_err("there is no such moment");
        assert!(refused.title.contains("put forward") && refused.help.contains("03:30"), "{refused:?}");
        assert!(new("2026-03-29 03:00 Europe/Paris").is_ok());
        // Twice there: the first of them is meant.
        assert!(new("2026-10-25 02:30 Europe/Paris").is_ok());
    }
}
