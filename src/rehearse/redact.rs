//! Takes secrets out of words before they reach the journal: a target may well tell its customers what it should not.

use crate::scenario::Scenario;

/// Words longer than this are cut: a story needs no more, and a target may flood.
const LONGEST: usize = 600;
/// A value of the target's environment that is shorter is no secret: it would be found everywhere.
const SHORTEST: usize = 8;
/// What takes a secret's place.
const INSTEAD: &str = "[redacted]";
/// How the tokens of the vendors that are mocked begin, and those of their kin.
const TOKENS: [&str; 9] = ["sk-", "sk_", "xoxb-", "xoxp-", "xoxa-", "xapp-", "xoxe", "ghp_", "eyJ"];
/// A word after one of these is a secret.
const BEFORE: [&str; 4] = ["bearer", "basic", "authorization:", "oauth"];
/// What is assigned to a name that ends so is a secret.
const NAMES: [&str; 5] = ["key", "token", "secret", "password", "pwd"];

/// Knows the secrets of one rehearsal.
#[derive(Clone, Debug, Default)]
pub(super) struct Redactor {
    own: Vec<String>,
}

impl Redactor {
    /// With what the scenario gives its target under names like `API_KEY`.
    pub(super) fn of(scenario: &Scenario) -> Self {
        let env = scenario.target.iter().flat_map(|target| &target.env);
        let secret = env.filter(|(name, value)| value.len() >= SHORTEST && is_secret_name(name));
        Self { own: secret.map(|(_, value)| value.clone()).collect() }
    }

    /// The words without secrets, and not too many of them.
    pub(super) fn words(&self, text: &str) -> String {
        // What would steer a terminal has no place in words.
        let plain = |c: char| if c.is_control() && c != '\n' { ' ' } else { c };
        let mut text: String = text.chars().take(LONGEST + 1).map(plain).collect();
        for secret in &self.own {
            text = text.replace(secret.as_str(), INSTEAD);
        }
        let (mut out, mut before) = (String::with_capacity(text.len()), String::new());
        for (place, word) in text.split(' ').enumerate() {
            if place > 0 {
                out.push(' ');
            }
            let hidden = !word.is_empty() && BEFORE.contains(&before.as_str()) && word.len() >= SHORTEST;
            out.push_str(&if hidden { INSTEAD.to_owned() } else { without_tokens(word) });
            before = word.trim_start_matches(['(', '"', '\'']).to_lowercase();
        }
        if out.chars().count() > LONGEST {
            out = out.chars().take(LONGEST).chain(['…']).collect();
        }
        out
    }
}

fn is_secret_name(name: &str) -> bool {
    let name = name.to_lowercase();
    NAMES.iter().any(|end| name.ends_with(end))
}

/// A word without what looks like a token, alone or behind `name=`.
fn without_tokens(word: &str) -> String {
    let part = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if let Some((name, value)) = word.split_once(['=', ':'])
        && value.len() >= SHORTEST
        && is_secret_name(name.trim_matches(part))
    {
        return format!("{name}={INSTEAD}");
    }
    let token =
        word.split(part).find(|piece| piece.len() >= SHORTEST && TOKENS.iter().any(|begin| piece.starts_with(begin)));
    token.map_or_else(|| word.to_owned(), |token| word.replace(token, INSTEAD))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_taken_out_and_words_stay() {
        let redactor = Redactor { own: vec!["hunter2hunter2".into()] };
        for (said, kept) in [
            ("Your order HL-7K2 is on its way. Ref. K7F2-93.", "Your order HL-7K2 is on its way. Ref. K7F2-93."),
            ("Invalid key sk-proj-0123456789.", "Invalid key [redacted]"),
            ("Authorization: Bearer abcdefgh12345 was refused", "Authorization: Bearer [redacted] was refused"),
            ("api_key=0123456789abcdef&x=1", "api_key=[redacted]"),
            ("(xoxb-1234-5678-abcdef)", "([redacted])"),
            ("it is hunter2hunter2 of course", "it is [redacted] of course"),
            ("the key: a short one", "the key: a short one"),
        ] {
            let read = redactor.words(said);
            assert_eq!(read.trim_end_matches('.'), kept.trim_end_matches('.'), "{said}");
        }
    }

    #[test]
    fn long_words_are_cut_where_a_letter_ends() {
        let read = Redactor::default().words(&"é".repeat(5_000));
        assert_eq!(read.chars().count(), LONGEST + 1);
        assert!(read.ends_with('…'));
    }
}
