//! Scenario time: integer microseconds since the start of the day, and lengths of time.
//!
//! Below the drivers `now` is always a parameter. Integers make order exact and the same on every machine.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::{Add, AddAssign, Sub, SubAssign};

/// A moment, in microseconds since the scenario's `start`. Never negative in a running day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Time(i64);

/// A length of time in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Span(i64);

const MICROS: i64 = 1_000_000;

impl Time {
    /// The scenario's `start`.
    pub const ZERO: Self = Self(0);
    /// Later than everything that happens.
    pub const NEVER: Self = Self(i64::MAX);

    /// So many microseconds after the start.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }
    /// So many seconds after the start, rounded to the microsecond.
    pub fn from_secs_f64(seconds: f64) -> Self {
        Self::ZERO + Span::from_secs_f64(seconds)
    }
    /// Microseconds since the start.
    pub const fn micros(self) -> i64 {
        self.0
    }
    /// Seconds since the start.
    pub fn secs_f64(self) -> f64 {
        self.0 as f64 / MICROS as f64
    }
    /// The length between an earlier moment and this one; zero if `earlier` is later.
    pub fn since(self, earlier: Self) -> Span {
        Span((self.0 - earlier.0).max(0))
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);
    /// Longer than any day.
    pub const FOREVER: Self = Self(i64::MAX / 4);
    /// One minute.
    pub const MINUTE: Self = Self::from_secs(60);

    /// So many microseconds.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }
    /// So many milliseconds.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis * 1_000)
    }
    /// So many seconds.
    pub const fn from_secs(seconds: i64) -> Self {
        Self(seconds * MICROS)
    }
    /// So many seconds, rounded to the microsecond; what is too long to count (over some 70,000 years) is [`Span::FOREVER`].
    pub fn from_secs_f64(seconds: f64) -> Self {
        let micros = seconds * MICROS as f64;
        if micros >= Self::FOREVER.0 as f64 {
            Self::FOREVER
        } else if micros >= 0.0 {
            // Towards zero is down here, and a conversion alone is much faster than a call of `floor`.
            Self((micros + 0.5) as i64)
        } else {
            Self((micros + 0.5).floor() as i64)
        }
    }
    /// Microseconds.
    pub const fn micros(self) -> i64 {
        self.0
    }
    /// Seconds.
    pub fn secs_f64(self) -> f64 {
        self.0 as f64 / MICROS as f64
    }
    /// This length times a factor, rounded to the microsecond.
    pub fn times(self, factor: f64) -> Self {
        Self::from_secs_f64(self.secs_f64() * factor)
    }
    /// The same length in the standard library's type; a negative one is zero.
    pub fn to_std(self) -> std::time::Duration {
        std::time::Duration::from_micros(self.0.max(0) as u64)
    }
}

impl From<std::time::Duration> for Span {
    fn from(length: std::time::Duration) -> Self {
        Self(i64::try_from(length.as_micros()).unwrap_or(Self::FOREVER.0).min(Self::FOREVER.0))
    }
}

impl Add<Span> for Time {
    type Output = Self;
    fn add(self, length: Span) -> Self {
        Self(self.0.saturating_add(length.0))
    }
}
impl Sub<Span> for Time {
    type Output = Self;
    fn sub(self, length: Span) -> Self {
        Self(self.0.saturating_sub(length.0))
    }
}
impl AddAssign<Span> for Time {
    fn add_assign(&mut self, length: Span) {
        *self = *self + length;
    }
}
impl Add for Span {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}
impl Sub for Span {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}
impl AddAssign for Span {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}
impl SubAssign for Span {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}
impl std::iter::Sum for Span {
    fn sum<I: Iterator<Item = Self>>(spans: I) -> Self {
        spans.fold(Self::ZERO, Add::add)
    }
}

/// As people write it in a scenario: `1h30m`, `90s` is `1m30s`, `250ms`.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        let mut rest = self.0;
        if rest < 0 {
            f.write_str("-")?;
            rest = -rest;
        }
        for (unit, size) in [("d", 86_400 * MICROS), ("h", 3_600 * MICROS), ("m", 60 * MICROS), ("s", MICROS)] {
            if rest >= size {
                write!(f, "{}{unit}", rest / size)?;
                rest %= size;
            }
        }
        match rest {
            0 => Ok(()),
            _ if rest % 1_000 == 0 => write!(f, "{}ms", rest / 1_000),
            _ => write!(f, "{}us", rest),
        }
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Span(self.0).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_reads_as_people_write_it() {
        for (micros, text) in [
            (0, "0s"),
            (90 * MICROS, "1m30s"),
            (5_400 * MICROS, "1h30m"),
            (250_000, "250ms"),
            (2 * 86_400 * MICROS, "2d"),
            (-60 * MICROS, "-1m"),
        ] {
            assert_eq!(Span::from_micros(micros).to_string(), text);
        }
    }

    #[test]
    fn what_is_too_long_to_count_is_for_ever() {
        assert_eq!(Span::from_secs_f64(1e300), Span::FOREVER);
        assert_eq!(Time::NEVER + Span::FOREVER, Time::NEVER);
    }
}
