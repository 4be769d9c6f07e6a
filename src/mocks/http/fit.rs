//! Which requests a stub is for.

use super::fill;
use super::memory::Memory;
use crate::mocks::form::{Form, path_parts};
use crate::mocks::vendor::Request;
use crate::scenario::model::stubs::{PathPattern, Segment, Stub, Want};
use hyper::header::CONTENT_TYPE;
use serde_json::Value;
use std::borrow::Cow;
use std::cell::OnceCell;

/// Bytes of a value that `like` looks at; what is longer is not like any pattern.
const MOST_LIKE: usize = 1 << 20;

/// A request as stubs look at it: its parts are read when the first of them asks.
pub(super) struct Asks<'a> {
    pub(super) request: &'a Request,
    pub(super) parts: Vec<String>,
    pub(super) query: Form,
    body: OnceCell<BodyRead>,
}

/// The body as it was read.
pub(super) enum BodyRead {
    /// JSON.
    Json(Value),
    /// A form.
    Form(Form),
    /// Anything else.
    Text,
}

impl<'a> Asks<'a> {
    pub(super) fn of(request: &'a Request) -> Self {
        Self {
            request,
            parts: path_parts(&request.path),
            query: Form::parse(request.query.as_bytes()),
            body: OnceCell::new(),
        }
    }

    /// What the body is: a form where its type says so, else JSON if it reads as such.
    pub(super) fn body(&self) -> &BodyRead {
        self.body.get_or_init(|| {
            let kind = self.request.headers.get(CONTENT_TYPE).map(|kind| kind.as_bytes().to_ascii_lowercase());
            if kind.is_some_and(|kind| kind.starts_with(b"application/x-www-form-urlencoded")) {
                return BodyRead::Form(Form::parse(&self.request.body));
            }
            serde_json::from_slice(&self.request.body).map_or(BodyRead::Text, BodyRead::Json)
        })
    }

    pub(super) fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.request.body)
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.request.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The named segments of a stub's path, as the request has them.
    pub(super) fn segments<'b>(&'b self, stub: &'b Stub) -> Vec<(&'b str, &'b str)> {
        let pattern = stub.when.path.iter().flat_map(|path| &path.parts);
        let pairs = pattern.zip(&self.parts);
        let named = pairs.filter_map(|(segment, part)| match segment {
            Segment::Named(name) => Some((name.as_str(), part.as_str())),
            _ => None,
        });
        named.collect()
    }
}

/// What of a stub's conditions is not so, in words; nothing: it is for this request.
pub(super) fn misses(stub: &Stub, asks: &Asks<'_>, memory: &Memory) -> Vec<String> {
    let when = &stub.when;
    let mut misses = Vec::new();
    let mut must = |so: bool, what: &dyn Fn() -> String| {
        if !so {
            misses.push(what());
        }
    };
    must(when.path.as_ref().is_none_or(|path| path_fits(path, &asks.parts)), &|| "path".to_owned());
    must(when.method.as_deref().is_none_or(|method| is_method(method, asks.request.method.as_str())), &|| {
        "method".to_owned()
    });
    for (name, want) in &when.query {
        must(fits(want, asks.query.get(name)), &|| format!("query {name}"));
    }
    for (name, want) in &when.headers {
        must(fits(want, asks.header(name)), &|| format!("header {name}"));
    }
    if when.body != Want::default() {
        must(fits(&when.body, Some(&asks.text())), &|| "body".to_owned());
    }
    for (pointer, want) in &when.json {
        let found = if let BodyRead::Json(body) = asks.body() { body.pointer(pointer) } else { None };
        let found = found.map(as_text);
        must(fits(want, found.as_deref()), &|| format!("json {pointer}"));
    }
    for (name, want) in &when.form {
        let found = if let BodyRead::Form(form) = asks.body() { form.get(name) } else { None };
        must(fits(want, found), &|| format!("form {name}"));
    }
    if !when.state.is_empty() {
        let named = asks.segments(stub);
        for (value, want) in &when.state {
            let found = fill::look_up(value, asks, &named, memory);
            let found = found.as_ref().map(as_text);
            must(fits(want, found.as_deref()), &|| format!("state {}", fill::spelt(value)));
        }
    }
    must(when.story.as_deref().is_none_or(|story| story == memory.story), &|| format!("in {}", memory.story));
    misses
}

/// What is for GET is for HEAD too, whose reply is the same without its body.
fn is_method(wanted: &str, asked: &str) -> bool {
    wanted == asked || (wanted == "GET" && asked == "HEAD")
}

/// Whether a path is of this pattern.
pub(super) fn path_fits(pattern: &PathPattern, parts: &[String]) -> bool {
    let long_enough = parts.len() == pattern.parts.len() || (pattern.open && parts.len() > pattern.parts.len());
    long_enough && pattern.parts.iter().zip(parts).all(|(segment, part)| segment_fits(segment, part))
}

pub(super) fn segment_fits(segment: &Segment, part: &str) -> bool {
    match segment {
        Segment::Is(text) => text == part,
        Segment::Any | Segment::Named(_) => true,
    }
}

/// Whether a value is what is wanted; `None`: there is none.
pub(super) fn fits(want: &Want, found: Option<&str>) -> bool {
    let Some(found) = found else { return want.present == Some(false) || *want == Want::default() };
    want.present != Some(false)
        && want.is.as_deref().is_none_or(|is| is == found)
        && want.contains.as_deref().is_none_or(|part| found.contains(part))
        && want.like.as_deref().is_none_or(|like| is_like(like, found))
}

/// A JSON value as the text that a condition is held against: a text as it is, everything else as JSON.
pub(super) fn as_text(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text),
        other => Cow::Owned(other.to_string()),
    }
}

/// Whether a text looks like a pattern: `*` stands for any text, `?` for one character. Goes back to the last `*` only, so
/// it takes at most as many steps as the two lengths multiplied.
pub(super) fn is_like(pattern: &str, text: &str) -> bool {
    if text.len() > MOST_LIKE {
        return false;
    }
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    // Where to go on when what follows a `*` does not fit: behind it, with one character more for it.
    let mut again: Option<(std::str::Chars<'_>, std::str::Chars<'_>)> = None;
    loop {
        let (ahead, here) = (pattern.clone().next(), text.clone().next());
        match (ahead, here) {
            (Some('*'), _) => {
                pattern.next();
                again = Some((pattern.clone(), text.clone()));
                continue;
            }
            (Some(wanted), Some(found)) if wanted == '?' || wanted == found => {
                pattern.next();
                text.next();
                continue;
            }
            (None, None) => return true,
            _ => {}
        }
        let Some((behind, mut from)) = again.take() else { return false };
        if from.next().is_none() {
            return false;
        }
        (pattern, text) = (behind.clone(), from.clone());
        again = Some((behind, from));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_text_looks_like_its_pattern() {
        for (pattern, text, so) in [
            ("", "", true),
            ("*", "", true),
            ("?", "", false),
            ("Bearer *", "Bearer abc", true),
            ("HL-??", "HL-17", true),
            ("HL-??", "HL-1", false),
            ("*a*b", "xaab", true),
            ("*a*b", "xaabc", false),
            ("a*", "ba", false),
            ("é?*", "éü", true),
            ("**x**", "x", true),
            ("a", "aa", false),
        ] {
            assert_eq!(is_like(pattern, text), so, "{pattern} {text}");
        }
        assert!(!is_like("*", &"x".repeat(MOST_LIKE + 1)));
    }

    #[test]
    fn a_hard_pattern_takes_no_longer_than_its_lengths_multiplied() {
        assert!(!is_like(&"*a".repeat(120), &format!("{}b", "a".repeat(20_000))));
    }

    /// The plain recursive meaning, for short texts.
    fn slowly(pattern: &[char], text: &[char]) -> bool {
        match (pattern.first(), text.first()) {
            (None, None) => true,
            (Some('*'), _) => slowly(&pattern[1..], text) || (!text.is_empty() && slowly(pattern, &text[1..])),
            (Some(wanted), Some(found)) => (*wanted == '?' || wanted == found) && slowly(&pattern[1..], &text[1..]),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn a_pattern_means_what_it_says(pattern in "[ab*?é]{0,8}", text in "[abé]{0,10}") {
            let chars = |text: &str| text.chars().collect::<Vec<char>>();
            prop_assert_eq!(is_like(&pattern, &text), slowly(&chars(&pattern), &chars(&text)));
        }
    }

    #[test]
    fn nothing_and_something_are_told_apart() {
        let want = |present, is: Option<&str>| Want { present, is: is.map(str::to_owned), ..Want::default() };
        assert!(fits(&want(Some(false), None), None) && !fits(&want(Some(false), None), Some("")));
        assert!(fits(&want(Some(true), None), Some("")) && !fits(&want(Some(true), None), None));
        assert!(fits(&want(None, Some("7")), Some("7")) && !fits(&want(None, Some("7")), None));
    }
}
