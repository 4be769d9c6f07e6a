//! The token in every free-text answer that says which request it answers and who gave it.

use crate::rng::{Luck, What};

/// Letters and digits that nobody mistakes for another.
const ALPHABET: &[u8; 31] = b"ABCDEFGHJKMNPQRSTUVWXYZ23456789";
const BEFORE_DASH: usize = 4;
const AFTER_DASH: usize = 2;
const LENGTH: usize = BEFORE_DASH + 1 + AFTER_DASH;

/// The `nth` nonce for `who`: `K7F2-93`. Its second character is a digit, so that no word looks like one.
pub fn make(luck: Luck, who: u64, nth: u64) -> String {
    let mut draw = luck.draw(who, What::Nonce, nth);
    let mut text = String::with_capacity(LENGTH);
    for place in 0..BEFORE_DASH + AFTER_DASH {
        if place == BEFORE_DASH {
            text.push('-');
        }
        let index = if place == 1 { 23 + draw.below(8) } else { draw.below(31) };
        text.push(char::from(ALPHABET[index as usize]));
    }
    text
}

/// Every nonce in a text, in order. Works on text that was reassembled from a stream.
pub fn find(text: &str) -> impl Iterator<Item = &str> {
    let bytes = text.as_bytes();
    let word = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_alphanumeric);
    bytes.iter().enumerate().filter_map(move |(dash, byte)| {
        let from = dash.checked_sub(BEFORE_DASH)?;
        let to = dash + 1 + AFTER_DASH;
        let found = *byte == b'-'
            && to <= bytes.len()
            && bytes[from..dash].iter().chain(&bytes[dash + 1..to]).all(|b| ALPHABET.contains(b))
            && bytes[from + 1].is_ascii_digit()
            && !word(to)
            && !(from > 0 && word(from - 1));
        found.then(|| &text[from..to])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_found_in_any_text_is_a_nonce(text in "(\\PC|[A-Z2-9-]|K7F2-93){0,40}") {
            for found in find(&text) {
                prop_assert_eq!(find(found).collect::<Vec<_>>(), [found]);
            }
        }
    }

    #[test]
    fn a_nonce_is_found_again_and_depends_on_its_name_alone() {
        let luck = Luck::new(1, 0);
        for nth in 0..1_000 {
            let nonce = make(luck, 7, nth);
            assert_eq!(nonce, make(luck, 7, nth));
            let text = format!("Thank you (Ref. {nonce}), goodbye. K7F2-9 AK7F2-93 K7F2-931");
            assert_eq!(find(&text).collect::<Vec<_>>(), [nonce.as_str()]);
        }
        assert_ne!(make(luck, 7, 0), make(luck, 8, 0));
        assert_ne!(make(luck, 7, 0), make(Luck::new(2, 0), 7, 0));
    }

    #[test]
    fn other_things_are_no_nonces() {
        for text in ["", "-", "FOUR-TWO", "2026-01-05", "K7F2—93", "é-ab", "k7f2-93", "ORDER-12", "SELF-AS"] {
            assert_eq!(find(text).count(), 0, "{text}");
        }
    }
}
