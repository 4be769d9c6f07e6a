//! The desk's prepared texts, from `mocks/reference/replies.yaml`.

use serde::Deserialize;

/// Every text that does not come from a model.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Replies {
    faq: Vec<Entry>,
    apology: String,
    escalation: String,
    callback: String,
    announce: String,
    callback_by_key: String,
    announce_by_key: String,
    /// What a caller hears first.
    pub(super) welcome: String,
    /// What a caller hears behind an answer.
    pub(super) more: String,
    /// What a caller hears last.
    pub(super) goodbye: String,
    /// What a customer hears who is called in person.
    pub(super) personal: String,
    /// What the model is told of its part.
    pub(super) system: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    words: Vec<String>,
    answer: String,
}

/// Longer words of a customer are cut where they are quoted, in characters.
const QUOTED: usize = 300;

impl Replies {
    /// The shipped ones.
    pub(super) fn shipped() -> Self {
        let text = include_str!("../../../mocks/reference/replies.yaml");
        serde_yaml::from_str(text).expect("the shipped texts are tested")
    }

    /// The prepared answer to a question.
    pub(super) fn faq(&self, words: &str, order: &str) -> String {
        let lower = words.to_lowercase();
        let fits = |entry: &&Entry| entry.words.is_empty() || entry.words.iter().any(|word| lower.contains(word));
        self.faq.iter().find(fits).map_or(String::new(), |entry| fill(&entry.answer, order))
    }

    /// The apology of a bot that has no answer.
    pub(super) fn apology(&self, order: &str) -> String {
        fill(&self.apology, order)
    }

    /// What the people are told of a customer who needs one of them.
    pub(super) fn escalation(&self, order: &str, thread: &str, words: &str) -> String {
        let quoted: String = words.chars().take(QUOTED).collect();
        fill(&self.escalation, order).replace("{thread}", thread).replace("{words}", &quoted)
    }

    /// The offer of a call-back.
    pub(super) fn callback(&self, order: &str) -> String {
        fill(&self.callback, order)
    }

    /// The offer to go on in another channel.
    pub(super) fn announce(&self, order: &str, to: &str) -> String {
        fill(&self.announce, order).replace("{to}", to)
    }

    /// The offer of a call-back to a caller, who takes it by a key.
    pub(super) fn callback_by_key(&self, order: &str, key: char) -> String {
        fill(&self.callback_by_key, order).replace("{key}", &key.to_string())
    }

    /// The offer to a caller to go on in another channel, taken by a key.
    pub(super) fn announce_by_key(&self, order: &str, to: &str, key: char) -> String {
        fill(&self.announce_by_key, order).replace("{key}", &key.to_string()).replace("{to}", to)
    }
}

fn fill(text: &str, order: &str) -> String {
    let order = if order.is_empty() { "your request" } else { order };
    text.trim_end().replace("{order}", order)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_prepared_text_names_the_order() {
        let replies = Replies::shipped();
        for entry in &replies.faq {
            let words = entry.words.first().map_or("something else", String::as_str);
            assert!(replies.faq(&format!("About my {words}"), "HL-7").contains("HL-7"), "{words}");
        }
        assert!(replies.apology("HL-7").starts_with("Sorry") && replies.apology("HL-7").contains("HL-7"));
        let escalation = replies.escalation("HL-7", "17.2", "where is {thread}?");
        assert!(escalation.contains("HL-7") && escalation.contains("17.2"));
        assert!(replies.callback("HL-7").contains("YES callback"));
        assert!(replies.announce("HL-7", "mail").contains("YES mail"));
        assert!(!replies.apology("").contains('{'));
        let phrases = crate::rehearse::phrases::Phrases::shipped();
        use crate::rehearse::phrases::{Told, key_in};
        for (text, told) in [
            (replies.callback("HL-7"), Told::CallbackOffer),
            (replies.announce("HL-7", "mail"), Told::MoveOffer),
            (replies.callback_by_key("HL-7", '3'), Told::CallbackOffer),
            (replies.announce_by_key("HL-7", "mail", '3'), Told::MoveOffer),
            (replies.goodbye.clone(), Told::Greeting),
        ] {
            assert_eq!(phrases.told(&text), told, "the harness knows it: {text}");
            assert!(!text.contains("Press") || key_in(&text) == '3', "{text}");
        }
    }
}
