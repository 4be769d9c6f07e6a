//! The promise of a next update, read from the words of a public update: "the next update follows within 30 minutes",
//! "next update by 10:30". What is promised in no such words is no promise that could be kept or broken.

use crate::time::Span;

/// What announces a promise; its length or hour follows in the same sentence.
const OPENINGS: [&str; 4] = ["next update", "another update", "further update", "update again"];
/// Words between the opening and the length or hour, at most.
const REACH: usize = 8;
const DAY: i64 = 86_400;
/// A year: nobody promises an update later than that.
const MAX_SECONDS: i64 = 366 * DAY;

/// So long after words that were said at `clock` (seconds after local midnight), the next update is promised.
///
/// A length is a number with a unit (`30m`, `30 minutes`, `1h 15m`); an hour is `10:30` or `10.30`, the first such moment
/// from `clock` on, on the clock of the scenario. `None` where nothing is promised.
pub fn promised(text: &str, clock: i64) -> Option<Span> {
    let lower = text.to_lowercase();
    let after = OPENINGS.iter().find_map(|opening| lower.split_once(opening).map(|(_, after)| after))?;
    let words: Vec<&str> = after.split_whitespace().take(REACH + 4).collect();
    (0..words.len().min(REACH)).take_while(|place| *place == 0 || !ends(words[place - 1])).find_map(|place| {
        let (length, _) = lengths(&words[place..]);
        length.or_else(|| hour(words[place]).map(|hour| Span::from_secs((hour - clock).rem_euclid(DAY))))
    })
}

/// Whether a sentence ends with this word.
fn ends(word: &str) -> bool {
    word.ends_with(['.', '!', '?', ';'])
}

/// The length at the head of these words, of as many parts as there are, and how many words it takes.
fn lengths(words: &[&str]) -> (Option<Span>, usize) {
    let (mut total, mut place) = (None, 0);
    while let Some((length, taken)) = words.get(place..).and_then(one_length) {
        total = Some((total.unwrap_or(Span::ZERO) + length).min(Span::from_secs(MAX_SECONDS)));
        place += taken;
        if ends(words[place - 1]) {
            break;
        }
    }
    (total, place)
}

/// `30m`, `1h30m`, `30 minutes`, `30-minutes`: the length, and how many words it takes.
fn one_length(words: &[&str]) -> Option<(Span, usize)> {
    let word = words.first()?.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    if let Some(unit) = words.get(1).and_then(|unit| unit_of(unit))
        && let Some(number) = number(word)
    {
        return Some((Span::from_secs(unit * number), 2));
    }
    let (mut rest, mut total) = (word, 0);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).filter(|digits| *digits > 0)?;
        let after = &rest[digits..];
        let letters = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        total += unit_of(&after[..letters])? * number(&rest[..digits])?;
        if total > MAX_SECONDS {
            return None;
        }
        rest = &after[letters..];
    }
    (total > 0).then_some((Span::from_secs(total), 1))
}

/// A number that a length may have; longer ones are none.
fn number(word: &str) -> Option<i64> {
    match word {
        "a" | "an" | "one" => Some(1),
        "two" => Some(2),
        _ if word.len() <= 5 && word.bytes().all(|b| b.is_ascii_digit()) => word.parse().ok(),
        _ => None,
    }
}

/// Seconds of a unit.
fn unit_of(word: &str) -> Option<i64> {
    match word.trim_matches(|c: char| !c.is_ascii_alphabetic()) {
        "s" | "sec" | "secs" | "second" | "seconds" => Some(1),
        "m" | "min" | "mins" | "minute" | "minutes" => Some(60),
        "h" | "hr" | "hrs" | "hour" | "hours" => Some(3_600),
        "d" | "day" | "days" => Some(DAY),
        _ => None,
    }
}

/// Seconds after midnight of `10:30`, `10.30` or `10:30pm`.
fn hour(word: &str) -> Option<i64> {
    let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let (word, half) = match (word.strip_suffix("pm"), word.strip_suffix("am")) {
        (Some(word), _) => (word, Some(12)),
        (_, Some(word)) => (word, Some(0)),
        _ => (word, None),
    };
    let (hours, minutes) = word.split_once([':', '.'])?;
    let (hours, minutes) = (number(hours)?, number(minutes).filter(|_| minutes.len() == 2)?);
    let hours = half.map_or(hours, |half| hours % 12 + half);
    (hours < 24 && minutes < 60).then_some(hours * 3600 + minutes * 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lengths_and_hours_are_found() {
        let ten = 10 * 3600;
        for (text, minutes) in [
            ("We know of the trouble. The next update follows within 30m.", Some(30)),
            ("Next update in 30 minutes.", Some(30)),
            ("We will post another update within 1 hour 15 minutes", Some(75)),
            ("The next update follows within 1h30m. It may take 5 minutes.", Some(90)),
            ("Next update: an hour from now", Some(60)),
            ("NEXT UPDATE BY 10:45 (CET)", Some(45)),
            ("Next update at 10.20.", Some(20)),
            ("Next update by 1:00pm", Some(180)),
            ("Next update by 09:50", Some(24 * 60 - 10)),
            ("We will update again in 20 min", Some(20)),
            ("The next update comes soon. We resolved 30 minutes of trouble.", None),
            ("All is well; it took 30 minutes.", None),
            ("Next update by 25:00", None),
            ("Next update in 99999999999 minutes", None),
            ("next update", None),
        ] {
            assert_eq!(promised(text, ten), minutes.map(|m| Span::from_secs(m * 60)), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_words_are_read(text in "\\PC{0,80}", clock in 0i64..DAY) {
            let of_any = promised(&format!("next update {text}"), clock);
            prop_assert!(of_any.is_none_or(|length| length >= Span::ZERO));
        }

        #[test]
        fn the_length_that_was_written_is_read(minutes in 1i64..10_000) {
            let length = Span::from_secs(minutes * 60);
            let text = format!("The next update follows within {length}.");
            prop_assert_eq!(promised(&text, 0), Some(length));
        }
    }
}
