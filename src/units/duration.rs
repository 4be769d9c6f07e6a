//! Durations: `90s`, `1h30m`, `250ms`, `2d`.

use super::{UnitError, leading_number, shown};
use crate::time::Span;

/// The units, longest first, in microseconds.
const UNITS: [(&str, i128); 6] =
    [("d", 86_400_000_000), ("h", 3_600_000_000), ("m", 60_000_000), ("s", 1_000_000), ("ms", 1_000), ("us", 1)];

const HOW: &str = "a duration is a number with a unit: us, ms, s, m, h or d, as in `250ms`, `90s`, `4m`, `1h30m`, `2d`";

/// Reads a duration. Units go from long to short, each once; a number may have decimals (`1.5h`), to the microsecond.
pub fn duration(text: &str) -> Result<Span, UnitError> {
    let text = text.trim();
    if let Some(rest) = text.strip_prefix('-') {
        let title =
            if leading_number(rest).is_some() { "a duration cannot be negative" } else { "this is no duration" };
        return Err(UnitError::new(title, HOW));
    }
    let mut rest = text;
    let mut total: i128 = 0;
    let mut next_unit = 0;
    while next_unit == 0 || !rest.is_empty() {
        let Some((number, after)) = leading_number(rest) else {
            return Err(UnitError::new(format!("`{}` is no duration", shown(text)), HOW));
        };
        let unit_end = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_end);
        let Some(place) = UNITS.iter().position(|(name, _)| *name == unit) else {
            return Err(unknown_unit(text, unit));
        };
        if place < next_unit {
            return Err(UnitError::new(
                format!("`{}` has its units out of order", shown(text)),
                "write each unit once, the longest first: `1h30m`",
            ));
        }
        total = total.saturating_add(scaled(number, UNITS[place].1));
        next_unit = place + 1;
        rest = after;
    }
    match i64::try_from(total) {
        Ok(micros) if micros <= Span::FOREVER.micros() => Ok(Span::from_micros(micros)),
        _ => Err(UnitError::new(format!("`{}` is too long to count", shown(text)), "the longest is some 70,000 years")),
    }
}

fn unknown_unit(text: &str, unit: &str) -> UnitError {
    // `1 fortnight`: the blank is not the point.
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').trim_start();
    let title = match unit {
        // `5 m`, and what is of another kind: `5%`, `60/h`.
        "" if !rest.is_empty() => {
            format!("`{}` is no duration", shown(text))
        }
        "" => format!("`{}` has no unit", shown(text)),
        _ => format!("`{}` is no unit of time", shown(unit)),
    };
    let help = match unit {
        "min" | "mins" | "minutes" | "minute" => "minutes are written `m`, as in `4m`",
        "sec" | "secs" | "seconds" | "second" => "seconds are written `s`, as in `90s`",
        "hr" | "hrs" | "hours" | "hour" => "hours are written `h`, as in `2h`",
        "day" | "days" => "days are written `d`, as in `2d`",
        _ => HOW,
    };
    UnitError::new(title, help)
}

/// A checked decimal number times a unit, rounded down to the microsecond; absurd numbers saturate.
fn scaled(number: &str, unit: i128) -> i128 {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let whole = digits(whole).saturating_mul(unit);
    // Beyond 15 decimals nothing is left of a microsecond in a day.
    let fraction = &fraction[..fraction.len().min(15)];
    let size = 10_i128.pow(fraction.len() as u32);
    whole.saturating_add(digits(fraction).saturating_mul(unit) / size)
}

fn digits(text: &str) -> i128 {
    text.bytes().fold(0_i128, |sum, digit| sum.saturating_mul(10).saturating_add(i128::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_people_write_is_read() {
        for (text, micros) in [
            ("90s", 90_000_000),
            ("1h30m", 5_400_000_000),
            ("250ms", 250_000),
            ("2d", 172_800_000_000),
            ("1.5h", 5_400_000_000),
            ("0s", 0),
            ("10us", 10),
        ] {
            assert_eq!(duration(text), Ok(Span::from_micros(micros)), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, part) in [
            ("5", "has no unit"),
            ("5min", "minutes are written `m`"),
            ("5 m", "is no duration"),
            ("-5m", "negative"),
            ("", "is no duration"),
            ("m", "is no duration"),
            ("1m1h", "out of order"),
            ("1m1m", "out of order"),
            ("1.2.3s", "is no duration"),
            ("99999999999999d", "too long"),
            ("30%", "`30%` is no duration"),
            ("60/h", "`60/h` is no duration"),
        ] {
            let error = duration(text).map_err(|e| e.to_string());
            assert!(error.clone().is_err_and(|e| e.contains(part)), "{text}: {error:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back(micros in 0..=Span::FOREVER.micros()) {
            let span = Span::from_micros(micros);
            prop_assert_eq!(duration(&span.to_string()), Ok(span));
        }
        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = duration(&text);
        }
        #[test]
        fn no_number_panics(text in "[0-9.dhmsu-]{0,60}") {
            let _ = duration(&text);
        }
    }
}
