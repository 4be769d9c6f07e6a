//! Calendar time on the wire: a vendor's clock reads scenario time after the moment at which the scenario starts.

use crate::time::Time;
use jiff::Timestamp;
use jiff::fmt::strtime;

/// The calendar moment of the scenario's `start`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Epoch {
    /// Seconds since 1970-01-01T00:00:00Z.
    pub unix: i64,
}

impl Default for Epoch {
    /// 2026-01-05T00:00:00Z, a Monday.
    fn default() -> Self {
        Self { unix: 1_767_571_200 }
    }
}

impl Epoch {
    /// Microseconds since 1970.
    pub fn unix_micros(self, now: Time) -> i64 {
        self.unix.saturating_mul(1_000_000).saturating_add(now.micros())
    }

    /// Whole seconds since 1970.
    pub fn unix_secs(self, now: Time) -> i64 {
        self.unix_micros(now).div_euclid(1_000_000)
    }

    /// `2026-01-05T09:00:00Z`.
    pub fn iso(self, now: Time) -> String {
        self.format(now, "%Y-%m-%dT%H:%M:%SZ")
    }

    /// `Mon, 05 Jan 2026 09:00:00 +0000`.
    pub fn rfc2822(self, now: Time) -> String {
        self.format(now, "%a, %d %b %Y %H:%M:%S +0000")
    }

    fn format(self, now: Time, pattern: &str) -> String {
        let moment = Timestamp::from_second(self.unix_secs(now)).unwrap_or(Timestamp::UNIX_EPOCH);
        strtime::format(pattern, &moment.to_zoned(jiff::tz::TimeZone::UTC)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Span;

    #[test]
    fn a_moment_reads_as_the_vendors_write_it() {
        let now = Time::ZERO + Span::from_secs(9 * 3_600) + Span::from_millis(1_500);
        let epoch = Epoch::default();
        assert_eq!(epoch.iso(now), "2026-01-05T09:00:01Z");
        assert_eq!(epoch.rfc2822(now), "Mon, 05 Jan 2026 09:00:01 +0000");
        assert_eq!(epoch.unix_micros(now), 1_767_603_601_500_000);
        assert_eq!(Epoch { unix: i64::MAX }.iso(now), "1970-01-01T00:00:00Z");
    }
}
