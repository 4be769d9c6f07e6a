//! The moments of a recording, as people and programs write them.

use super::Clock;
use crate::scenario::csv::{Cell, Fault};
use crate::time::Span;
use crate::units::{self, shown};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};

/// When a recorded contact came, as it is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Stamp {
    /// A date and time with its distance from UTC: `2025-11-28T09:30:00+01:00`.
    Zoned(Timestamp),
    /// A date and time by the clock on the wall: `2025-11-28 09:30`.
    Local(DateTime),
    /// A clock time, in microseconds after midnight: `09:30:15`.
    OfDay(i64),
    /// So long after the start: `1h30m`, or a number of seconds.
    After(Span),
}

const HOW: &str = "write `2025-11-28T09:30:00+01:00`, `2025-11-28 09:30:15`, `09:30:15`, `1h30m` after the start, or a number of seconds after it";

impl Stamp {
    /// The date it says by the scenario's clock, if it says one.
    pub(super) fn date(&self, clock: &Clock) -> Option<Date> {
        match self {
            Self::Zoned(at) => Some(clock.local(*at).date()),
            Self::Local(at) => Some(at.date()),
            Self::OfDay(_) | Self::After(_) => None,
        }
    }

    /// Microseconds after the scenario's start, if `first` is the scenario's first day: clock times stay clock times.
    pub(super) fn micros(&self, clock: &Clock, first: Option<Date>) -> i64 {
        match self {
            // Of the same day no clock is needed, and an hour that comes twice stays two.
            Self::Zoned(at) if first == Some(clock.first_day()) => clock.since_start(*at),
            Self::Zoned(at) => civil_micros(clock, clock.local(*at), first),
            Self::Local(at) => civil_micros(clock, *at, first),
            Self::OfDay(micros) => {
                let (second, rest) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
                let of = |day: i64| clock.offset(day, second as u32) + rest;
                (0..=1).map(of).find(|at| *at >= 0).unwrap_or_default()
            }
            Self::After(span) => span.micros(),
        }
    }
}

fn civil_micros(clock: &Clock, at: DateTime, first: Option<Date>) -> i64 {
    let day = first.and_then(|first| first.until(at.date()).ok()).map_or(0, |days| i64::from(days.get_days()));
    let time = at.time();
    let second = time.hour() as u32 * 3_600 + time.minute() as u32 * 60 + time.second() as u32;
    clock.offset(day, second) + i64::from(time.subsec_nanosecond()) / 1_000
}

/// Reads the moments of one file: all in the same way, because rows that mix dates, clock times and offsets have no common start.
#[derive(Debug, Default)]
pub(super) struct Stamps {
    first: Option<(std::mem::Discriminant<Stamp>, String)>,
}

impl Stamps {
    /// The moment that a cell says.
    pub(super) fn read(&mut self, cell: &Cell<'_>) -> Result<Stamp, Fault> {
        let Some(stamp) = stamp(&cell.text) else {
            let title = match &*cell.text {
                "" => "it is not said when this contact came".to_owned(),
                text => format!("`{}` is no moment", shown(text)),
            };
            return Err(cell.fault(title).help(HOW));
        };
        let kind = std::mem::discriminant(&stamp);
        match &self.first {
            None => self.first = Some((kind, shown(&cell.text).to_string())),
            Some((first, text)) if *first != kind => {
                let fault = cell.fault("this moment is written otherwise than those before it");
                return Err(fault.label(format!("the first is `{text}`")).help("write all of them in one way"));
            }
            Some(_) => {}
        }
        Ok(stamp)
    }
}

fn stamp(text: &str) -> Option<Stamp> {
    let bytes = text.as_bytes();
    if bytes.len() >= 10 && bytes[4] == b'-' && bytes[7] == b'-' {
        // Behind the date and the hour, a sign or a Z is the distance from UTC.
        let zoned =
            bytes.get(11..).is_some_and(|time| time.iter().any(|byte| matches!(byte, b'Z' | b'z' | b'+' | b'-')));
        return if zoned { text.parse().ok().map(Stamp::Zoned) } else { text.parse().ok().map(Stamp::Local) };
    }
    if bytes.contains(&b':') {
        return of_day(text).map(Stamp::OfDay);
    }
    let seconds = text.parse::<f64>().ok().filter(|seconds| seconds.is_finite() && *seconds >= 0.0);
    seconds.map(Span::from_secs_f64).or_else(|| units::duration(text).ok()).map(Stamp::After)
}

/// Microseconds after midnight of `9:30`, `09:30:15` or `09:30:15.250`.
fn of_day(text: &str) -> Option<i64> {
    let mut parts = text.split(':');
    let (hour, minute) = (parts.next()?.parse::<u32>().ok()?, parts.next()?.parse::<u32>().ok()?);
    let second = parts.next().map_or(Some(0.0), |second| second.parse::<f64>().ok())?;
    let fits = hour < 24 && minute < 60 && (0.0..60.0).contains(&second) && parts.next().is_none();
    let whole = i64::from(hour * 3_600 + minute * 60) * 1_000_000;
    fits.then(|| whole + Span::from_secs_f64(second).micros())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Time;

    fn micros(start: &str, texts: &[&str]) -> Vec<i64> {
        let clock = Clock::new(start, Time::ZERO + Span::from_secs(86_400), Time::ZERO + Span::from_secs(86_400));
        let clock = clock.unwrap_or_else(|error| panic!("{error:?}"));
        let stamps: Vec<Stamp> =
            texts.iter().map(|text| stamp(text).unwrap_or_else(|| panic!("{text} is no moment"))).collect();
        let first = stamps.iter().filter_map(|stamp| stamp.date(&clock)).min();
        stamps.iter().map(|stamp| stamp.micros(&clock, first) / 1_000_000).collect()
    }

    #[test]
    fn a_moment_is_read_in_every_way() {
        let minutes = |list: &[i64]| list.iter().map(|minutes| minutes * 60).collect::<Vec<_>>();
        // Of another day: by the clock on the wall. The day after is the day after.
        let dated = ["2025-11-28 08:00", "2025-11-28T09:30:00", "2025-11-29 07:00:00.500"];
        assert_eq!(micros("2026-11-27 08:00 Europe/Paris", &dated), minutes(&[0, 90, 23 * 60]));
        let zoned = ["2025-11-28T07:00:00Z", "2025-11-28T09:30:00+01:00", "2025-11-28 10:30:00+02:00"];
        assert_eq!(micros("2026-11-27 08:00 Europe/Paris", &zoned), minutes(&[0, 90, 90]));
        assert_eq!(micros("2026-11-27 08:00 Europe/Paris", &["8:15", "09:30:30", "07:00"]), [900, 5_430, 82_800]);
        assert_eq!(micros("2026-11-27 08:00 UTC", &["90", "1h30m", "0.5"]), [90, 5_400, 0]);
        for text in
            ["", "noon", "28.11.2025 09:30", "2025-13-01 09:30", "25:00", "09:60", "-5", "1 o'clock", "2025-11-28"]
        {
            assert!(stamp(text).is_none() || text == "2025-11-28", "{text}");
        }
    }

    #[test]
    fn a_change_of_the_clock_is_where_it_is() {
        // Paris goes from 03:00 back to 02:00 on the 25th of October 2026: the same clock time, an hour apart.
        let twice = ["2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"];
        assert_eq!(micros("2026-10-25 00:00 Europe/Paris", &twice), [9_000, 12_600]);
        assert_eq!(micros("2026-10-25 00:00 Europe/Paris", &["2026-10-25 04:00"]), [18_000]);
    }
}
