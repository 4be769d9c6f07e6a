//! F0: how values are written in a scenario. Every value carries its unit; a bare number is an error that says which units
//! are possible.
//!
//! Each parser is a pure function from text to value, never panics, and fails with a [`UnitError`] that a person can act on.
//! To add a unit: one line in the table of its file, and it appears in the error messages by itself.

mod clock;
mod duration;
mod rate;
mod share;

pub use clock::{Day, Days, Moment, clock_range, clock_time, days, moment};
pub use duration::duration;
pub use rate::rate;
pub use share::{change, percent, share};

use std::fmt;

/// Why a text is not the value it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitError {
    /// What is wrong, in one sentence.
    pub title: String,
    /// What would be right; may be empty.
    pub help: String,
}

impl UnitError {
    /// An error with what is wrong and what would be right.
    pub fn new(title: impl Into<String>, help: impl Into<String>) -> Self {
        Self { title: title.into(), help: help.into() }
    }
}

impl fmt::Display for UnitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.help.is_empty() { f.write_str(&self.title) } else { write!(f, "{} ({})", self.title, self.help) }
    }
}

impl std::error::Error for UnitError {}

/// The leading decimal number of a text (digits, at most one point, no sign, no exponent) and what follows it.
fn leading_number(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    let points = number.len() - digits;
    (digits > 0 && points <= 1 && number.len() <= 40).then_some((number, rest))
}

/// A text shortened for a message.
pub(crate) fn shown(text: &str) -> String {
    const MOST: usize = 40;
    let clean: String = text.chars().take(MOST).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(MOST).is_some() { format!("{clean}…") } else { clean }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read_all(text: &str) {
        drop((duration(text), rate(text), share(text), change(text), percent(text)));
        drop((moment(text), clock_time(text), clock_range(text), days(text)));
    }

    proptest! {
        #[test]
        fn any_text_is_a_value_or_an_error(text in "\\PC{0,30}", near in "[0-9.:+%x/a-zA-Z, -]{0,24}") {
            read_all(&text);
            read_all(&near);
        }
    }

    #[test]
    fn a_long_text_is_refused_and_never_quoted_whole() {
        for text in ["9".repeat(1_000_000), "1h".repeat(500_000), "mon,".repeat(250_000), " ".repeat(1_000_000)] {
            let error = duration(&text).expect_err("no such length");
            assert!(error.to_string().len() < 400, "{}", error.to_string().len());
            read_all(&text);
        }
    }
}
