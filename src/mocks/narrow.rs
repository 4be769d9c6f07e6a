//! `match`: which requests, or webhooks, a fault is for.

use crate::mocks::asked::{Asked, Refused};
use crate::mocks::judge::Facts;
use crate::scenario::model::Match;
use serde_json::Value;
use std::borrow::Cow;

/// Fields of a request's body that can be named.
const FIELDS: [&str; 4] = ["model", "channel", "to", "from"];
/// Everything that can be named.
const KNOWN: [&str; 8] = ["endpoint", "method", "path", "text", "model", "channel", "to", "from"];

/// Everything that is given must be so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narrow {
    /// A word: the endpoint itself, or somewhere in path, query or body.
    word: Option<String>,
    endpoint: Option<String>,
    method: Option<String>,
    /// What the path begins with.
    path: Option<String>,
    /// Somewhere in path, query or body.
    text: Option<String>,
    /// How the endpoint's name begins; none: any.
    only: Vec<String>,
    /// Nothing that only reads.
    writes_only: bool,
    /// Fields of the body.
    fields: Vec<(String, String)>,
}

impl Narrow {
    /// As a scenario says it.
    pub fn of(said: &Match) -> Self {
        let Match { endpoint, method, path, text, fields } = said.clone();
        Self { endpoint, method, path, text, fields, word: None, only: Vec::new(), writes_only: false }
    }

    /// From `match`: a word, or an object.
    pub(in crate::mocks) fn read(value: Option<&Value>) -> Result<Self, Refused> {
        let mut narrow = Self::default();
        match value {
            None => {}
            Some(Value::String(word)) if !word.is_empty() => narrow.word = Some(word.clone()),
            Some(object @ Value::Object(_)) => {
                let asked = Asked::new(object.clone(), false)?;
                asked.only(&KNOWN)?;
                let text = |name: &str| asked.text_if(name).map(|text| text.map(str::to_owned));
                (narrow.endpoint, narrow.path, narrow.text) = (text("endpoint")?, text("path")?, text("text")?);
                narrow.method = text("method")?;
                for name in FIELDS {
                    narrow.fields.extend(text(name)?.map(|value| (name.to_owned(), value)));
                }
            }
            Some(_) => {
                let known = KNOWN.join(", ");
                return Err(Refused::bad(format!("`match` must be a word, or an object with some of: {known}")));
            }
        }
        Ok(narrow)
    }

    /// Only for endpoints whose names begin so; none named: for all.
    pub fn only_at(mut self, only: &[String]) -> Self {
        self.only = only.to_vec();
        self
    }

    /// Only for requests that may change something.
    pub fn only_writes(mut self, writes_only: bool) -> Self {
        self.writes_only = writes_only;
        self
    }

    /// Whether it asks for this endpoint by its name.
    pub(in crate::mocks) fn names(&self, endpoint: &str) -> bool {
        [&self.word, &self.endpoint].into_iter().flatten().any(|name| name == endpoint)
    }

    /// Whether it must see more of a request than its endpoint.
    pub(in crate::mocks) fn reads(&self) -> bool {
        self.word.is_some() || self.path.is_some() || self.text.is_some() || !self.fields.is_empty()
    }

    /// Whether it is for this request.
    pub fn fits(&self, request: &Facts<'_>) -> bool {
        let method = self.method.as_deref().is_none_or(|method| method.eq_ignore_ascii_case(request.method));
        let reads = self.writes_only && ["GET", "HEAD"].contains(&request.method);
        method && !reads && self.suits(request.endpoint, request.text)
    }

    /// Whether it is for this webhook: its kind stands in the place of the endpoint.
    pub fn fits_webhook(&self, kind: &str, body: &str) -> bool {
        let path_is_unknown = self.path.is_none() && self.method.is_none();
        // A form is legible only when it is decoded.
        let text = match body.starts_with('{') {
            true => Cow::Borrowed(body),
            false => form_urlencoded::parse(body.as_bytes())
                .map(|(name, value)| format!("{name}={value}\n"))
                .collect::<String>()
                .into(),
        };
        path_is_unknown && self.suits(kind, &text)
    }

    fn suits(&self, endpoint: &str, text: &str) -> bool {
        let is = |wanted: &Option<String>, so: &dyn Fn(&str) -> bool| wanted.as_deref().is_none_or(so);
        is(&self.word, &|word| endpoint == word || text.contains(word))
            && is(&self.endpoint, &|name| endpoint == name)
            && (self.only.is_empty() || self.only.iter().any(|begin| endpoint.starts_with(begin.as_str())))
            && is(&self.path, &|path| text.starts_with(path))
            && is(&self.text, &|part| text.contains(part))
            && (self.fields.is_empty() || self.has_fields(text))
    }

    /// A body is JSON from its first brace on, or a form with a field a line.
    fn has_fields(&self, text: &str) -> bool {
        let json = text.find('{').and_then(|at| serde_json::from_str::<Value>(text[at..].trim_end()).ok());
        let is = |found: &str, wanted: &str| found.trim_start_matches('#') == wanted.trim_start_matches('#');
        self.fields.iter().all(|(name, wanted)| match &json {
            Some(body) => body[name.as_str()].as_str().is_some_and(|found| is(found, wanted)),
            None => text.lines().any(|line| {
                line.split_once('=').is_some_and(|(key, found)| key.eq_ignore_ascii_case(name) && is(found, wanted))
            }),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::model::Id;
    use serde_json::json;

    fn fits(narrow: Value, endpoint: &'static str, text: &str) -> bool {
        let narrow = Narrow::read(Some(&narrow)).expect("it reads");
        narrow.fits(&Facts { dependency: Id::new(0), method: "POST", endpoint, text })
    }

    #[test]
    fn a_request_is_known_by_what_it_says() {
        let chat = "/v1/chat/completions\n{\"model\":\"gpt-4o\",\"messages\":[{\"content\":\"order {7}\"}]}";
        let text = "/2010-04-01/Accounts/AC1/Messages.json\nTo=+15005550100\nBody=hi\n";
        assert!(fits(json!("chat.completions"), "chat.completions", ""));
        assert!(fits(json!("order {7}"), "chat.completions", chat) && !fits(json!("refund"), "chat.completions", chat));
        assert!(fits(json!({"model": "gpt-4o", "path": "/v1/chat"}), "chat.completions", chat));
        assert!(!fits(json!({"model": "gpt-4o-mini"}), "chat.completions", chat));
        assert!(fits(json!({"to": "+15005550100"}), "messages.create", text));
        assert!(!fits(json!({"to": "+15005550100", "endpoint": "calls.create"}), "messages.create", text));
        assert!(
            fits(json!({"method": "post"}), "chat.completions", chat) && !fits(json!({"method": "GET"}), "x", chat)
        );
        assert!(fits(json!({"channel": "#support"}), "chat.postMessage", "/api/chat.postMessage\nchannel=support\n"));
    }

    #[test]
    fn a_webhook_is_known_by_its_kind_and_body() {
        let narrow = Narrow::read(Some(&json!({"endpoint": "status_callback", "to": "+1500"}))).expect("it reads");
        assert!(narrow.fits_webhook("status_callback", "To=%2B1500&CallSid=CA1"));
        assert!(!narrow.fits_webhook("voice", "To=%2B1500&CallSid=CA1"));
    }

    #[test]
    fn nonsense_is_refused() {
        for wrong in [json!(7), json!(""), json!(["a"]), json!({"modle": "x"}), json!({"model": 7})] {
            assert_eq!(Narrow::read(Some(&wrong)).expect_err("refused").status, 422, "{wrong}");
        }
    }
}
