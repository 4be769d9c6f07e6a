//! The account's own numbers.

use super::Twilio;
use super::link::Link;

/// A number of the account, and who answers for it.
#[derive(Clone, Debug)]
pub struct Number {
    /// `PN…`.
    pub sid: String,
    /// `+15005550006`.
    pub number: String,
    /// What it is called.
    pub name: String,
    /// What is asked when somebody calls.
    pub voice: Option<Link>,
    /// What is asked when that fails.
    pub voice_fallback: Option<Link>,
    /// What is told when a call is over.
    pub status_callback: Option<Link>,
    /// What is asked when somebody writes.
    pub sms: Option<Link>,
    /// What is asked when that fails.
    pub sms_fallback: Option<Link>,
}

impl Twilio {
    /// The number, if it is the account's.
    pub fn number(&self, number: &str) -> Option<&Number> {
        self.numbers.values().find(|known| known.number == number)
    }

    /// A further number of the account; gives its id.
    pub fn add_number(&mut self, number: &str, voice_url: Option<&str>) -> String {
        if let Some(known) = self.number(number) {
            return known.sid.clone();
        }
        let sid = self.next_sid("PN");
        let made = Number {
            sid: sid.clone(),
            number: number.to_owned(),
            name: number.to_owned(),
            voice: voice_url.map(|url| Link { url: url.to_owned(), post: true }),
            voice_fallback: None,
            status_callback: None,
            sms: None,
            sms_fallback: None,
        };
        self.numbers.insert(sid.clone(), made);
        sid
    }
}

/// Whether a text can be a number to call or write to: `+` and up to fifteen digits.
pub(super) fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    let plain: String = digits.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.')).collect();
    (7..=15).contains(&plain.len()) && plain.bytes().all(|byte| byte.is_ascii_digit())
}
