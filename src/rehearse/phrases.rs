//! What a text is that carries no nonce: placeholder, apology, greeting or answer. The words are data.

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
    /// An answer.
    Answer,
}

/// The words by which texts are told apart.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phrases {
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
        if has(&self.apology) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_told_apart() {
        let phrases = Phrases::shipped();
        for (text, told) in [
            ("Thinking…", Told::Placeholder),
            ("Let me check that for you", Told::Placeholder),
            ("Sorry, something went wrong. Please try again later.", Told::Apology),
            ("Welcome to the shop. How can we help?", Told::Greeting),
            ("Your order left our warehouse yesterday and arrives tomorrow.", Told::Answer),
        ] {
            assert_eq!(phrases.told(text), told, "{text}");
        }
    }
}
