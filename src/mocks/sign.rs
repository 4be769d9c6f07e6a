//! Signatures of webhooks, each as its vendor computes them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::Sha256;

/// HMAC-SHA256 over the parts in order.
pub fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().to_vec()
}

/// HMAC-SHA1 over the parts in order.
pub fn hmac_sha1(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = Hmac::<Sha1>::new_from_slice(key).expect("HMAC takes a key of any length");
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().to_vec()
}

/// Bytes in lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| b"0123456789abcdef"[usize::from(half)];
    let mut digits = vec![0; bytes.len() * 2];
    for (pair, byte) in digits.chunks_exact_mut(2).zip(bytes) {
        pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
    }
    String::from_utf8(digits).expect("hexadecimal digits are ASCII")
}

/// Slack's `X-Slack-Signature`: `v0=` and the hexadecimal HMAC-SHA256 of `v0:TIMESTAMP:BODY`.
pub fn slack(secret: &str, timestamp: i64, body: &[u8]) -> String {
    format!("v0={}", hex(&hmac_sha256(secret.as_bytes(), &[format!("v0:{timestamp}:").as_bytes(), body])))
}

/// Zendesk's `X-Zendesk-Webhook-Signature`: base64 of the HMAC-SHA256 of `TIMESTAMP` and `BODY`.
pub fn zendesk(secret: &str, timestamp: &str, body: &[u8]) -> String {
    STANDARD.encode(hmac_sha256(secret.as_bytes(), &[timestamp.as_bytes(), body]))
}

/// Twilio's `X-Twilio-Signature`: base64 of the HMAC-SHA1 of the URL and, for a form, every name and value in the order
/// of the names.
pub fn twilio(token: &str, url: &str, fields: &[(String, String)]) -> String {
    let mut sorted: Vec<&(String, String)> = fields.iter().collect();
    sorted.sort();
    sorted.dedup();
    let mut text = url.to_owned();
    for (name, value) in sorted {
        text.push_str(name);
        text.push_str(value);
    }
    STANDARD.encode(hmac_sha1(token.as_bytes(), &[text.as_bytes()]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Slack's own example, from its page on verifying requests.
    #[test]
    fn slack_signs_as_its_documentation_does() {
        let body = b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
        assert_eq!(
            slack("8f742231b10e8888abcd99yyyzzz85a5", 1_531_420_618, body),
            "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
        );
    }

    /// Twilio's own example, from its page on security.
    #[test]
    fn twilio_signs_as_its_documentation_does() {
        let fields = [
            ("CallSid", "CA1234567890ABCDE"),
            ("Caller", "+14158675310"),
            ("Digits", "1234"),
            ("From", "+14158675310"),
            ("To", "+18005551212"),
        ];
        let fields: Vec<_> = fields.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let url = "https://example.com/myapp.php?foo=1&bar=2";
        assert_eq!(twilio("12345", url, &fields), "L/OH5YylLD5NRKLltdqwSvS0BnU=");
    }

    /// Computed by Python's `hmac` for the scheme that Zendesk documents.
    #[test]
    fn zendesk_signs_timestamp_and_body() {
        let signature = zendesk("mock-zendesk-signing-secret", "2026-01-01T00:00:00Z", br#"{"a":1}"#);
        assert_eq!(signature, "90LhPGSxXR4SYvFUc4wOy4ab2Kk9pNJLyYnfGZUPqMA=");
    }
}
