//! Forms, queries and paths as clients write them: parsed leniently, bounded, never a panic.

use hyper::HeaderMap;
use hyper::body::Bytes;

/// More fields than any SDK sends; what comes after is dropped.
const MAX_FIELDS: usize = 1_000;

/// The fields of a form or a query, in order, names repeated as they were sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form(Vec<(String, String)>);

impl Form {
    /// Parses `a=1&b=two+words`; bytes that are no UTF-8 become replacement characters.
    pub fn parse(text: &[u8]) -> Self {
        Self(form_urlencoded::parse(text).into_owned().take(MAX_FIELDS).collect())
    }

    /// From fields already parted.
    pub fn from_pairs(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// The first value of a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The first value of a name, if it is not empty.
    pub fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// All values of a name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A whole number, if the value of the name is one.
    pub fn number(&self, name: &str) -> Option<u64> {
        self.filled(name)?.trim().parse().ok()
    }

    /// All fields, in order.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// Adds the fields of another behind these.
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// As it is written in a body or a query.
    pub fn encode(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }
}

/// The parts of a path, percent-decoded, without empty ones.
pub fn path_parts(path: &str) -> Vec<String> {
    path.split('/').filter(|part| !part.is_empty()).map(percent_decode).collect()
}

/// Percent-decoding alone: a plus stays a plus.
pub fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let pair = if bytes[at] == b'%' { hex(bytes.get(at + 1)).zip(hex(bytes.get(at + 2))) } else { None };
        match pair {
            Some((high, low)) => {
                out.push(high * 16 + low);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn hex(byte: Option<&u8>) -> Option<u8> {
    char::from(*byte?).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// A header's value as text; `None` if it is missing or not text.
pub fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Whether the body says that it is JSON; an unmarked one that begins like an object counts too.
pub fn is_json(headers: &HeaderMap, body: &Bytes) -> bool {
    match header(headers, "content-type") {
        Some(kind) => kind.trim().to_ascii_lowercase().starts_with("application/json"),
        None => body.first() == Some(&b'{'),
    }
}

/// `http://host:port` as the client wrote it: absolute URLs in replies lead back the way the client came.
pub fn origin(headers: &HeaderMap) -> String {
    let scheme = match header(headers, "x-forwarded-proto") {
        Some("https") => "https",
        _ => "http",
    };
    format!("{scheme}://{}", header(headers, "host").unwrap_or("localhost"))
}

/// The token of `Authorization: Bearer TOKEN`.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = header(headers, "authorization")?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Name and password of `Authorization: Basic …`.
pub fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    use base64::Engine as _;
    let (scheme, coded) = header(headers, "authorization")?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let plain = base64::engine::general_purpose::STANDARD.decode(coded.trim()).ok()?;
    let plain = String::from_utf8(plain).ok()?;
    let (name, password) = plain.split_once(':')?;
    Some((name.to_owned(), password.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_form_keeps_order_and_repeats() {
        let form = Form::parse(b"StatusCallbackEvent=initiated&To=%2B1500&StatusCallbackEvent=answered&Body=two+words");
        assert_eq!(form.get("To"), Some("+1500"));
        assert_eq!(form.get("Body"), Some("two words"));
        assert_eq!(form.all("StatusCallbackEvent").collect::<Vec<_>>(), ["initiated", "answered"]);
        assert_eq!(form.filled("missing"), None);
        assert_eq!(Form::parse(b"page=12&per_page=x").number("page"), Some(12));
        assert_eq!(Form::parse(b"page=12&per_page=x").number("per_page"), None);
    }

    #[test]
    fn a_path_is_decoded_part_by_part() {
        assert_eq!(path_parts("/api/v2//users/a%40b%2Fc+d.json"), ["api", "v2", "users", "a@b/c+d.json"]);
        assert_eq!(percent_decode("100%"), "100%");
        assert_eq!(percent_decode("%zz%4"), "%zz%4");
    }

    #[test]
    fn credentials_are_read_both_ways() {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", "Basic YUBiL3Rva2VuOnM6MQ==".parse().expect("plain ASCII"));
        assert_eq!(basic(&headers), Some(("a@b/token".to_owned(), "s:1".to_owned())));
        assert_eq!(bearer(&headers), None);
        headers.insert("authorization", "bearer xoxb-1".parse().expect("plain ASCII"));
        assert_eq!(bearer(&headers), Some("xoxb-1"));
    }

    proptest! {
        #[test]
        fn any_bytes_parse(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let form = Form::parse(&bytes);
            prop_assert_eq!(Form::parse(form.encode().as_bytes()), form);
            percent_decode(&String::from_utf8_lossy(&bytes));
        }
    }
}
