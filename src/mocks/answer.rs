//! Replies in a line: JSON, text, and what goes with them.

use crate::mocks::vendor::{Body, Effect, Handled, Reply};
use crate::time::Span;
use hyper::body::Bytes;
use serde_json::Value;

/// A JSON reply.
pub fn json(status: u16, value: &Value) -> Reply {
    typed(status, "application/json; charset=utf-8", value.to_string())
}

/// A reply of plain text.
pub fn text(status: u16, words: &str) -> Reply {
    typed(status, "text/plain; charset=utf-8", words.to_owned())
}

/// A reply with nothing in it.
pub fn empty(status: u16) -> Reply {
    Reply { status, headers: Vec::new(), body: Body::Full(Bytes::new()) }
}

/// A reply of the given content type.
pub fn typed(status: u16, content_type: &str, body: String) -> Reply {
    Reply { status, headers: vec![("content-type", content_type.to_owned())], body: Body::Full(Bytes::from(body)) }
}

/// Whether all bytes of a text are so. Looks at each of them, so that the compiler can take many at a time.
pub fn all_bytes(text: &str, are: impl Fn(u8) -> bool) -> bool {
    text.bytes().fold(true, |all, byte| all & are(byte))
}

impl Reply {
    /// This reply with one more header.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// This reply, and nothing else follows.
    pub fn alone(self) -> Handled {
        self.and(Vec::new())
    }

    /// This reply and what follows.
    pub fn and(self, effects: Vec<Effect>) -> Handled {
        Handled { reply: self, effects, delay: Span::ZERO }
    }
}

impl Handled {
    /// The same, so much later.
    pub fn later(self, delay: Span) -> Self {
        Self { delay, ..self }
    }
}
