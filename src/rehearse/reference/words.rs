//! What a customer's words mean to the desk.

/// What a customer wants who writes again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// A person.
    Person,
    /// The call-back that was offered.
    Callback,
    /// To go on in the channel of this name.
    Move(String),
    /// Nothing more: it is solved.
    Nothing,
    /// Nothing more: it takes too long.
    GivesUp,
}

const PERSON: [&str; 7] = ["person", "agent", "human", "someone", "somebody", "colleague", "speak"];
const THANKS: [&str; 7] = ["thank", "solved", "that helped", "goodbye", "good-bye", "that is all", "that's all"];
const GIVES_UP: [&str; 6] = ["never mind", "nevermind", "give up", "giving up", "forget it", "no longer"];

/// What the words of one who was served already mean. In doubt it is a person that is wanted.
pub(super) fn wish(words: &str) -> Wish {
    let lower = words.trim().to_lowercase();
    if let Some(rest) = lower.strip_prefix("yes ") {
        return match rest.trim_end_matches(['.', '!']).trim() {
            "callback" | "call-back" | "call back" => Wish::Callback,
            channel => Wish::Move(channel.to_owned()),
        };
    }
    let says = |some: &[&str]| some.iter().any(|word| lower.contains(word));
    match () {
        () if says(&PERSON) => Wish::Person,
        () if says(&THANKS) => Wish::Nothing,
        () if says(&GIVES_UP) => Wish::GivesUp,
        () => Wish::Person,
    }
}

/// Whether the words of a person of the desk end the contact.
pub(super) fn takes_leave(words: &str) -> bool {
    let lower = words.to_lowercase();
    ["goodbye", "good-bye"].iter().any(|word| lower.contains(word))
}

/// The first order number (`HL-…`) in a text.
pub(super) fn order_number(text: &str) -> Option<&str> {
    text.match_indices("HL-").find_map(|(at, mark)| {
        let before = text[..at].chars().next_back();
        if before.is_some_and(char::is_alphanumeric) {
            return None;
        }
        let rest = &text[at + mark.len()..];
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(rest.len());
        let number = rest[..end].trim_end_matches('-');
        (!number.is_empty()).then(|| &text[at..at + mark.len() + number.len()])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_a_meaning() {
        for (words, meant) in [
            ("I need a person, please", Wish::Person),
            ("That did not help (HL-12)", Wish::Person),
            ("No thanks, a human please", Wish::Person),
            ("Thank you, solved!", Wish::Nothing),
            (crate::rehearse::acts::GIVES_UP, Wish::GivesUp),
            ("YES callback", Wish::Callback),
            ("yes mail.", Wish::Move("mail".to_owned())),
            ("", Wish::Person),
        ] {
            assert_eq!(wish(words), meant, "{words}");
        }
    }

    #[test]
    fn an_order_number_is_found_in_any_text() {
        for (text, number) in [
            ("Where is order HL-000123?", Some("HL-000123")),
            ("HL-12-3. Hello", Some("HL-12-3")),
            ("(HL-7-)", Some("HL-7")),
            ("OHL-7 HL- HL-é", None),
            ("OHL-7 and HL-8", Some("HL-8")),
            ("", None),
        ] {
            assert_eq!(order_number(text), number, "{text}");
        }
    }
}
