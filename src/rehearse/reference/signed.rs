//! Whether a webhook comes from whom it says: each vendor's signature, checked in constant time.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::Sha256;

/// Slack's `X-Slack-Signature` over `v0:TIMESTAMP:BODY`. Its age is not looked at: a workspace that runs at a
/// pace has a calendar of its own, and an event that comes twice is known by its id.
pub(super) fn slack(secret: &str, signature: &str, timestamp: &str, body: &[u8]) -> bool {
    let Some(given) = signature.strip_prefix("v0=").and_then(from_hex) else { return false };
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return false };
    [b"v0:", timestamp.as_bytes(), b":", body].iter().for_each(|part| mac.update(part));
    mac.verify_slice(&given).is_ok()
}

/// Zendesk's `X-Zendesk-Webhook-Signature` over `TIMESTAMP` and `BODY`.
pub(super) fn zendesk(secret: &str, signature: &str, timestamp: &str, body: &[u8]) -> bool {
    let Ok(given) = STANDARD.decode(signature) else { return false };
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return false };
    mac.update(timestamp.as_bytes());
    mac.update(body);
    mac.verify_slice(&given).is_ok()
}

/// Twilio's `X-Twilio-Signature` over the address and the sorted fields of the form.
pub(super) fn twilio(token: &str, signature: &str, url: &str, fields: &[(String, String)]) -> bool {
    let Ok(given) = STANDARD.decode(signature) else { return false };
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(token.as_bytes()) else { return false };
    let mut sorted: Vec<_> = fields.iter().collect();
    sorted.sort();
    sorted.dedup();
    mac.update(url.as_bytes());
    for (name, value) in sorted {
        mac.update(name.as_bytes());
        mac.update(value.as_bytes());
    }
    mac.verify_slice(&given).is_ok()
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    Some(digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// As Slack signs, for tests that send events.
    pub(in crate::rehearse::reference) fn as_slack(secret: &str, timestamp: &str, body: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
        [b"v0:", timestamp.as_bytes(), b":", body].iter().for_each(|part| mac.update(part));
        let bytes = mac.finalize().into_bytes();
        bytes.iter().fold("v0=".to_owned(), |text, byte| format!("{text}{byte:02x}"))
    }

    /// As Twilio signs, for tests that send calls.
    pub(in crate::rehearse::reference) fn as_twilio(token: &str, url: &str, fields: &[(String, String)]) -> String {
        let mut mac = Hmac::<Sha1>::new_from_slice(token.as_bytes()).expect("HMAC takes a key of any length");
        mac.update(url.as_bytes());
        let mut sorted: Vec<_> = fields.iter().collect();
        sorted.sort();
        for (name, value) in sorted {
            mac.update(name.as_bytes());
            mac.update(value.as_bytes());
        }
        STANDARD.encode(mac.finalize().into_bytes())
    }

    /// As Zendesk signs, for tests that send webhooks.
    pub(in crate::rehearse::reference) fn as_zendesk(secret: &str, timestamp: &str, body: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
        mac.update(timestamp.as_bytes());
        mac.update(body);
        STANDARD.encode(mac.finalize().into_bytes())
    }

    #[test]
    fn slacks_own_signature_is_good_and_no_other() {
        let body = br#"{"type":"event_callback"}"#;
        let good = as_slack("secret", "1531420618", body);
        assert!(slack("secret", &good, "1531420618", body));
        assert!(!slack("other", &good, "1531420618", body));
        assert!(!slack("secret", &good, "1531420619", body));
        assert!(!slack("secret", "v0=zz", "1531420618", body));
        assert!(!slack("secret", "", "", body));
    }

    /// Twilio's own example, from its page on security.
    #[test]
    fn twilios_example_is_good() {
        let fields = [
            ("CallSid", "CA1234567890ABCDE"),
            ("Caller", "+14158675310"),
            ("Digits", "1234"),
            ("From", "+14158675310"),
            ("To", "+18005551212"),
        ];
        let fields: Vec<_> = fields.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let url = "https://example.com/myapp.php?foo=1&bar=2";
        assert!(twilio("12345", "L/OH5YylLD5NRKLltdqwSvS0BnU=", url, &fields));
        assert!(!twilio("12346", "L/OH5YylLD5NRKLltdqwSvS0BnU=", url, &fields));
        assert!(!twilio("12345", "L/OH5YylLD5NRKLltdqwSvS0BnU=", url, &fields[1..]));
        assert!(!twilio("12345", "not base64!", url, &fields));
    }

    #[test]
    fn zendesk_signs_timestamp_and_body() {
        let good = "90LhPGSxXR4SYvFUc4wOy4ab2Kk9pNJLyYnfGZUPqMA=";
        assert!(zendesk("mock-zendesk-signing-secret", good, "2026-01-01T00:00:00Z", br#"{"a":1}"#));
        assert!(!zendesk("mock-zendesk-signing-secret", good, "2026-01-01T00:00:00Z", br#"{"a":2}"#));
    }
}
