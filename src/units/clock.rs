//! Moments: offsets (`45m`), clock times (`"09:30"`, `"tue 09:30"`, `"day 3 09:30"`), `start` and `end`; clock ranges and days.

use super::{UnitError, duration, shown};
use crate::time::Span;

/// A moment as written; the language turns it into an offset once it knows the clock at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// So long after the start.
    Offset(Span),
    /// A clock time: the first such moment at or after the start.
    Clock {
        /// On which day; the first possible if `None`.
        day: Option<Day>,
        /// Seconds after midnight, up to 86,400.
        second: u32,
    },
    /// The scenario's start.
    Start,
    /// The scenario's end.
    End,
}

/// Which day a clock time is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Day {
    /// A day of the week; Monday is 0.
    OfWeek(u8),
    /// The n-th day of the scenario; the day of the start is 1.
    Nth(u32),
}

/// A set of days of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days(u8);

impl Days {
    /// Every day.
    pub const ALL: Self = Self(0b111_1111);
    /// Whether a day of the week (Monday is 0) is in it.
    pub fn holds(self, day: u8) -> bool {
        self.0 >> (day % 7) & 1 == 1
    }
    /// Both sets together.
    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

const NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const HOW: &str = "a moment is an offset from the start (`45m`), a clock time (\"09:30\", \"tue 09:30\", \"day 3 09:30\"), `start` or `end`";
const HOW_CLOCK: &str = "a clock time is written \"09:30\" or \"09:30:15\", from \"00:00\" to \"24:00\"";
const HOW_RANGE: &str = "a span of the day is written \"08:00-18:00\"; it may cross midnight: \"22:00-06:00\"";
const HOW_DAYS: &str = "days are mon, tue, wed, thu, fri, sat, sun; a range is `mon-fri`";

/// Reads a moment.
pub fn moment(text: &str) -> Result<Moment, UnitError> {
    let text = text.trim();
    match text {
        "start" => return Ok(Moment::Start),
        "end" => return Ok(Moment::End),
        _ => {}
    }
    if text.contains(':') {
        let (day, clock) = match text.rsplit_once(' ') {
            None => (None, text),
            Some((day, clock)) => (Some(day_of(day.trim())?), clock),
        };
        return Ok(Moment::Clock { day, second: clock_time(clock)? });
    }
    match duration(text) {
        Ok(offset) => Ok(Moment::Offset(offset)),
        Err(error) if text.starts_with(|c: char| c.is_ascii_digit()) => Err(UnitError::new(error.title, HOW)),
        Err(_) => Err(UnitError::new(format!("`{}` is no moment", shown(text)), HOW)),
    }
}

fn day_of(text: &str) -> Result<Day, UnitError> {
    if let Some(number) = text.strip_prefix("day ") {
        return match number.trim().parse::<u32>() {
            Ok(n) if (1..=1000).contains(&n) => Ok(Day::Nth(n)),
            _ => Err(UnitError::new(
                format!("`{}` is no day of the scenario", shown(text)),
                "the day of the start is `day 1`",
            )),
        };
    }
    match day_name(text) {
        Some(day) => Ok(Day::OfWeek(day)),
        None => Err(UnitError::new(
            format!("`{}` is no day", shown(text)),
            format!("{HOW_DAYS}; or `day 3` of the scenario"),
        )),
    }
}

fn day_name(text: &str) -> Option<u8> {
    let lower = text.to_ascii_lowercase();
    NAMES.iter().position(|name| *name == lower).map(|day| day as u8)
}

/// Reads a clock time in seconds after midnight.
pub fn clock_time(text: &str) -> Result<u32, UnitError> {
    let wrong = || UnitError::new(format!("`{}` is no clock time", shown(text)), HOW_CLOCK);
    let mut parts = [0_u32; 3];
    let mut count = 0;
    for part in text.trim().split(':') {
        let right_length = part.len() == 2 || (count == 0 && part.len() == 1);
        if count == 3 || !right_length || !part.bytes().all(|b| b.is_ascii_digit()) {
            return Err(wrong());
        }
        parts[count] = part.parse().map_err(|_| wrong())?;
        count += 1;
    }
    let [hours, minutes, seconds] = parts;
    let second = hours * 3_600 + minutes * 60 + seconds;
    if count < 2 || minutes > 59 || seconds > 59 || second > 86_400 {
        return Err(wrong());
    }
    Ok(second)
}

/// Reads a span of the day as two clock times, in seconds after midnight.
pub fn clock_range(text: &str) -> Result<(u32, u32), UnitError> {
    let wrong = || UnitError::new(format!("`{}` is no span of the day", shown(text)), HOW_RANGE);
    let (from, to) = text.split_once('-').ok_or_else(wrong)?;
    let range = (clock_time(from)?, clock_time(to)?);
    if range.0 == range.1 { Err(wrong()) } else { Ok(range) }
}

/// Reads a day or a range of days.
pub fn days(text: &str) -> Result<Days, UnitError> {
    let wrong = || UnitError::new(format!("`{}` is no day", shown(text)), HOW_DAYS);
    let text = text.trim();
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    let (from, to) = (day_name(from.trim()).ok_or_else(wrong)?, day_name(to.trim()).ok_or_else(wrong)?);
    let mut set = 0_u8;
    let mut day = from;
    loop {
        set |= 1 << day;
        if day == to {
            return Ok(Days(set));
        }
        day = (day + 1) % 7;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn moments_are_read() {
        let clock = |day, second| Ok(Moment::Clock { day, second });
        assert_eq!(moment("45m"), Ok(Moment::Offset(Span::from_secs(2_700))));
        assert_eq!(moment("start"), Ok(Moment::Start));
        assert_eq!(moment("end"), Ok(Moment::End));
        assert_eq!(moment("09:30"), clock(None, 34_200));
        assert_eq!(moment("tue 09:30"), clock(Some(Day::OfWeek(1)), 34_200));
        assert_eq!(moment("day 3 09:30"), clock(Some(Day::Nth(3)), 34_200));
        assert_eq!(moment("24:00"), clock(None, 86_400));
    }

    #[test]
    fn wrong_moments_say_what_is_possible() {
        for text in ["", "9:3", "25:00", "24:01", "noon", "day 0 09:30", "tues 09:30", "30", "09:30pm"] {
            assert!(moment(text).is_err_and(|e| !e.help.is_empty()), "{text}");
        }
    }

    #[test]
    fn ranges_and_days_are_read() {
        assert_eq!(clock_range("22:00-06:00"), Ok((79_200, 21_600)));
        assert!(clock_range("08:00").is_err() && clock_range("08:00-08:00").is_err());
        let week = days("mon-fri").expect("this is a range of days");
        assert!(week.holds(0) && week.holds(4) && !week.holds(5));
        let around = days("sat-mon").expect("a range may go around the week");
        assert!(around.holds(6) && around.holds(0) && !around.holds(1));
        assert!(days("funday").is_err());
    }

    proptest! {
        #[test]
        fn a_written_clock_time_reads_back(second in 0_u32..86_400) {
            let text = format!("{:02}:{:02}:{:02}", second / 3_600, second / 60 % 60, second % 60);
            prop_assert_eq!(clock_time(&text), Ok(second));
        }
        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = (moment(&text), clock_range(&text), days(&text));
        }
        #[test]
        fn nothing_like_a_moment_panics(text in "[a-z0-9: -]{0,30}") {
            let _ = (moment(&text), clock_range(&text), days(&text));
        }
    }
}
