//! Server-sent events: one event a chunk, so that a failure after so many chunks is one after so many events.

use crate::mocks::vendor::Body;
use crate::time::Span;
use hyper::body::Bytes;
use serde_json::Value;

/// Bytes of one streamed fragment of text, about.
const FRAGMENT: usize = 24;

/// The events of one stream.
pub(super) struct Sse {
    pause: Span,
    chunks: Vec<(Span, Bytes)>,
}

impl Sse {
    /// An empty stream, with this pause between its events.
    pub(super) fn new(pause: Span) -> Self {
        Self { pause, chunks: Vec::new() }
    }

    /// An event that has only data.
    pub(super) fn data(&mut self, data: &Value) {
        self.push(format!("data: {data}\n\n"));
    }

    /// An event with a name.
    pub(super) fn event(&mut self, name: &str, data: &Value) {
        self.push(format!("event: {name}\ndata: {data}\n\n"));
    }

    /// The mark of OpenAI's streams that all has been sent.
    pub(super) fn done(&mut self) {
        self.chunks.push((Span::ZERO, Bytes::from_static(b"data: [DONE]\n\n")));
    }

    /// The stream.
    pub(super) fn finish(self) -> Body {
        Body::Stream(self.chunks)
    }

    fn push(&mut self, text: String) {
        let pause = if self.chunks.is_empty() { Span::ZERO } else { self.pause };
        self.chunks.push((pause, Bytes::from(text)));
    }
}

/// A text in pieces that end behind a blank, as a model's tokens come.
pub(super) fn fragments(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut end = FRAGMENT.min(rest.len());
        while !rest.is_char_boundary(end) {
            end += 1;
        }
        let end = rest[end..].find(' ').map_or(rest.len(), |blank| end + blank + 1);
        let (piece, after) = rest.split_at(end);
        rest = after;
        Some(piece)
    })
}
