//! Secrets of links: long enough that nobody guesses one, compared in a time that tells nothing.

use crate::mocks::random::random;
use crate::mocks::sign;
use std::io;
use subtle::ConstantTimeEq as _;

/// 32 letters and digits that nobody takes for another one.
const LETTERS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/// What a link carries: 128 bits of the system's own randomness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token(String);

impl Token {
    /// A new one.
    ///
    /// # Errors
    ///
    /// The system gives no randomness.
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self(sign::hex(&random::<16>()?)))
    }

    /// Whether this was said. How long it takes depends on the length alone, which is no secret.
    pub(super) fn is(&self, said: &str) -> bool {
        self.0.as_bytes().ct_eq(said.as_bytes()).into()
    }

    /// For the link.
    pub(super) fn text(&self) -> &str {
        &self.0
    }
}

/// The code that people type to join: a thousand million of them, and few guesses a minute.
#[derive(Clone, Debug)]
pub(super) struct Code(String);

impl Code {
    pub(super) fn new() -> io::Result<Self> {
        let letters = random::<6>()?.map(|byte| char::from(LETTERS[usize::from(byte) % LETTERS.len()]));
        Ok(Self(letters.iter().collect()))
    }

    /// Whether this was typed, in whatever case and with whatever spaces.
    pub(super) fn is(&self, typed: &str) -> bool {
        let plain: String = typed
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '-')
            .take(16)
            .map(|c| c.to_ascii_uppercase())
            .collect();
        self.0.as_bytes().ct_eq(plain.as_bytes()).into()
    }

    pub(super) fn text(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_itself_and_nothing_else() {
        let (one, other) = (Token::new().expect("randomness"), Token::new().expect("randomness"));
        assert!(one.is(one.text()) && !one.is(other.text()) && !one.is("") && !one.is(&one.text()[1..]));
        assert_eq!(one.text().len(), 32);
    }

    #[test]
    fn a_code_may_be_typed_carelessly() {
        let code = Code("AB2CD3".to_owned());
        assert!(
            code.is("ab2-cd3") && code.is(" AB2 CD3 ") && !code.is("AB2CD4") && !code.is("AB2CD3X") && !code.is("")
        );
    }
}
