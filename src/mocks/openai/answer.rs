//! The words of an answer: chosen by the customer's words, marked with a nonce, cut to the length that was asked for.

use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    words: Vec<String>,
    answer: String,
}

/// The canned answers, from `mocks/openai/answers.yaml`.
#[derive(Clone, Debug)]
pub(super) struct Answers(Vec<Entry>);

/// Characters that the mock counts as one token.
const TOKEN: usize = 4;
/// Answers of so few tokens carry no nonce.
const TOO_SHORT: u32 = 16;

/// Text and whether it was cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) text: String,
    pub(super) cut: bool,
    pub(super) nonce: Option<String>,
}

impl Answers {
    pub(super) fn shipped() -> Self {
        let text = include_str!("../../../mocks/openai/answers.yaml");
        Self(serde_yaml::from_str(text).expect("the shipped answers are tested"))
    }

    /// The canned answer for what the customer wrote.
    pub(super) fn pick(&self, customer: &str) -> &str {
        let customer = customer.to_lowercase();
        let fits = |entry: &&Entry| entry.words.is_empty() || entry.words.iter().any(|word| customer.contains(word));
        self.0.iter().find(fits).map_or("Thank you for your message.", |entry| entry.answer.trim_end())
    }
}

/// The answer with its nonce behind the first sentence, in so many tokens at the most.
pub(super) fn compose(answer: &str, nonce: String, max_tokens: Option<u32>) -> Words {
    let room = max_tokens.map_or(usize::MAX, |tokens| (tokens as usize).saturating_mul(TOKEN));
    if max_tokens.is_some_and(|tokens| tokens <= TOO_SHORT) {
        let (text, cut) = cut(answer, room);
        return Words { text: text.to_owned(), cut, nonce: None };
    }
    let mark = [" Ref. ", &nonce, "."].concat();
    let (text, cut) = cut(answer, room.saturating_sub(mark.len()));
    let behind = text.find(". ").map_or(text.len(), |at| at + 1);
    let text = [&text[..behind], &mark, &text[behind..]].concat();
    Words { text, cut, nonce: Some(nonce) }
}

fn cut(text: &str, room: usize) -> (&str, bool) {
    if text.len() <= room {
        return (text, false);
    }
    let mut end = room;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    (text[..end].rsplit_once(' ').map_or(&text[..end], |(whole, _)| whole), true)
}

/// The mock's count of tokens.
pub(super) fn tokens(bytes: usize) -> u64 {
    bytes.div_ceil(TOKEN) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_customers_words_choose_the_answer() {
        let answers = Answers::shipped();
        assert!(answers.pick("Where is my PARCEL?").contains("on its way"));
        assert!(answers.pick("I want my money back").contains("refund"));
        assert!(answers.pick("zzz").contains("Thank you for your message"));
    }

    #[test]
    fn a_nonce_stands_behind_the_first_sentence_and_survives_the_cut() {
        let words = compose("One two. Three four five six seven eight nine ten eleven.", "K7F2-93".into(), None);
        assert_eq!(words.text, "One two. Ref. K7F2-93. Three four five six seven eight nine ten eleven.");
        let long = "word ".repeat(200);
        let words = compose(&long, "K7F2-93".into(), Some(20));
        assert!(words.cut && words.text.ends_with("Ref. K7F2-93.") && words.text.len() <= 80, "{}", words.text);
        let words = compose(&long, "K7F2-93".into(), Some(16));
        assert!(words.cut && words.nonce.is_none() && words.text.len() <= 64);
    }
}
