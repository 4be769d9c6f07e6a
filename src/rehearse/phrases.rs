//! What a text is that carries no nonce: offer, placeholder, apology, greeting or answer. The words are data.

use serde::Deserialize;

/// What a customer was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Something that is no answer yet.
    Placeholder,
    /// Sorry, without an answer.
    Apology,
    /// A greeting or a question of the desk.
    Greeting,
    /// The offer of a call-back.
    CallbackOffer,
    /// The offer to go on in another channel.
    MoveOffer,
    /// An answer.
    Answer,
}

/// The words by which texts are told apart.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phrases {
    callback_offer: Vec<String>,
    move_offer: Vec<String>,
    apology: Vec<String>,
    placeholder: Vec<String>,
    placeholder_at_most: usize,
    greeting: Vec<String>,
}

impl Phrases {
    /// The shipped words.
    pub fn shipped() -> Self {
        serde_yaml::from_str(include_str!("../../mocks/phrases.yaml")).expect("the shipped phrases are tested")
    }

    /// What a text is.
    pub fn told(&self, text: &str) -> Told {
        let text = text.trim().to_lowercase();
        let has = |words: &[String]| words.iter().any(|word| text.contains(word.as_str()));
        let short = text.len() <= self.placeholder_at_most;
        // First of all: an offer may say sorry for the wait.
        if has(&self.callback_offer) {
            Told::CallbackOffer
        } else if has(&self.move_offer) {
            Told::MoveOffer
        } else if has(&self.apology) {
            Told::Apology
        } else if short && (has(&self.placeholder) || text.ends_with("...") || text.ends_with('…')) {
            Told::Placeholder
        } else if short && has(&self.greeting) {
            Told::Greeting
        } else {
            Told::Answer
        }
    }
}

/// The key that a caller presses who takes an offer: the one that follows "press", else `1`.
pub fn key_in(text: &str) -> char {
    let lower = text.to_lowercase();
    let after = lower.split_once("press ").map_or("", |(_, after)| after);
    after.chars().next().filter(|key| key.is_ascii_digit() || matches!(key, '*' | '#')).unwrap_or('1')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_words_are_told(text in "\\PC{0,60}", offer in "(press |PRESS |İ|\\PC){0,4}") {
            Phrases::shipped().told(&text);
            key_in(&offer);
        }
    }

    #[test]
    fn the_key_of_an_offer_is_found() {
        for (text, key) in
            [("Press 2 and we will go on there.", '2'), ("To hold, press # now.", '#'), ("Press the", '1')]
        {
            assert_eq!(key_in(text), key, "{text}");
        }
    }

    #[test]
    fn texts_are_told_apart() {
        let phrases = Phrases::shipped();
        for (text, told) in [
            ("Thinking…", Told::Placeholder),
            ("Let me check that for you", Told::Placeholder),
            ("Sorry, something went wrong. Please try again later.", Told::Apology),
            ("Welcome to the shop. How can we help?", Told::Greeting),
            ("Sorry, the wait is long. Press 1 and we will call you back.", Told::CallbackOffer),
            ("HL-7: the wait is long here. Reply YES mail and we will go on there.", Told::MoveOffer),
            ("Your order left our warehouse yesterday and arrives tomorrow.", Told::Answer),
        ] {
            assert_eq!(phrases.told(text), told, "{text}");
        }
    }
}
