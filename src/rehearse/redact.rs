//! Takes secrets out of words before they reach the journal: a target may well tell its customers what it should not.

use crate::scenario::Scenario;

/// Words longer than this are cut: a story needs no more, and a target may flood.
const LONGEST: usize = 600;
/// A value of the target's environment that is shorter is no secret: it would be found everywhere.
const SHORTEST: usize = 8;
/// So much is looked at, of which no more than the longest words are kept.
const LOOKED_AT: usize = 4 * LONGEST;
/// What parts words from each other.
const PARTS: [char; 9] = [' ', '\n', '?', '&', ';', ',', '{', '}', '#'];
/// What takes a secret's place.
const INSTEAD: &str = "[redacted]";
/// How the tokens of the vendors that are mocked begin, and those of their kin.
const TOKENS: [&str; 9] = ["sk-", "sk_", "xoxb-", "xoxp-", "xoxa-", "xapp-", "xoxe", "ghp_", "eyJ"];
/// A word after one of these is a secret.
const SCHEMES: [&str; 3] = ["bearer", "basic", "oauth"];
/// What is assigned to a name that ends so is a secret.
const NAMES: [&str; 6] = ["key", "token", "secret", "password", "pwd", "authorization"];

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
        // A secret that is cut in two would be found no more: the words are cut behind the last of them.
        let mut text: String = text.chars().take(LOOKED_AT).map(plain).collect();
        for secret in &self.own {
            text = text.replace(secret.as_str(), INSTEAD);
        }
        let (mut out, mut before) = (String::with_capacity(text.len()), Before::Nothing);
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let end = rest.find(PARTS).unwrap_or(rest.len());
            let (word, behind) = rest.split_at(end);
            let gap = behind.len() - behind.trim_start_matches(PARTS).len();
            let (gap, behind) = behind.split_at(gap);
            if word.len() >= SHORTEST && (before == Before::Scheme || before == Before::Name) {
                out.push_str(INSTEAD);
            } else {
                out.push_str(&without_tokens(word));
            }
            out.push_str(gap);
            before = before.then(word, gap);
            rest = behind;
        }
        if out.chars().count() > LONGEST {
            out = out.chars().take(LONGEST).chain(['…']).collect();
        }
        out
    }
}

/// What stood before a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    Nothing,
    /// `Bearer` and its like: what follows is a secret.
    Scheme,
    /// `api_key:` and its like, where the value stands apart.
    Name,
}

impl Before {
    /// After one more word and what parts it from the next. Quotes and brackets alone change nothing.
    fn then(self, word: &str, gap: &str) -> Self {
        let name = word.trim_end_matches([':', '=', '"', '\'']);
        let assigns = word.len() > name.len() && word[name.len()..].contains([':', '=']) || gap.contains([':', '=']);
        match name.to_lowercase().trim_start_matches(['(', '"', '\'']) {
            "" if !word.is_empty() => self,
            "" => Self::Nothing,
            scheme if SCHEMES.contains(&scheme) => Self::Scheme,
            name if assigns && is_secret_name(name) => Self::Name,
            _ => Self::Nothing,
        }
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
    let is_token = |piece: &&str| piece.len() >= SHORTEST && TOKENS.iter().any(|begin| piece.starts_with(begin));
    word.split(part).filter(is_token).fold(word.to_owned(), |word, token| word.replace(token, INSTEAD))
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
            ("api_key=0123456789abcdef&x=1", "api_key=[redacted]&x=1"),
            ("(xoxb-1234-5678-abcdef)", "([redacted])"),
            ("it is hunter2hunter2 of course", "it is [redacted] of course"),
            ("the key: a short one", "the key: a short one"),
            ("see https://x.io/y?api_key=0123456789abcdef", "see https://x.io/y?api_key=[redacted]"),
            ("a=1&token=0123456789abcdef&b=2", "a=1&token=[redacted]&b=2"),
            (r#"{"user":"x","api_key":"0123456789abcdef"}"#, r#"{"user":"x","api_key"=[redacted]}"#),
            (r#"{"api_key": "0123456789abcdef"}"#, r#"{"api_key": [redacted]}"#),
            ("api_key: 0123456789abcdef and on", "api_key: [redacted] and on"),
            ("xoxb-1234-5678-abcdef,xoxb-8765-4321-fedcba", "[redacted],[redacted]"),
            ("sk-proj-01234567|sk-proj-76543210", "[redacted]|[redacted]"),
            ("this:\nBearer abcdefgh12345", "this:\nBearer [redacted]"),
            ("basic questions about authorization", "basic [redacted] about authorization"),
        ] {
            let read = redactor.words(said);
            assert_eq!(read.trim_end_matches('.'), kept.trim_end_matches('.'), "{said}");
        }
    }

    #[test]
    fn a_secret_across_the_cut_is_no_secret_in_halves() {
        let redactor = Redactor { own: vec!["hunter2hunter2".into()] };
        let read = redactor.words(&format!("{}hunter2hunter2", "x".repeat(LONGEST - 5)));
        assert!(!read.contains("hunt"), "{read}");
    }

    #[test]
    fn long_words_are_cut_where_a_letter_ends() {
        let read = Redactor::default().words(&"é".repeat(5_000));
        assert_eq!(read.chars().count(), LONGEST + 1);
        assert!(read.ends_with('…'));
    }
}
