//! The body of a reply on its way out: all at once, or piece by piece with pauses and an end that may be none.

use super::journal::Record;
use super::wire::{Line, Stage};
use hyper::body::{Body, Bytes, Frame, SizeHint};
use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::Sleep;

/// How a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// As HTTP wants it.
    Proper,
    /// Never: the connection stays open and silent.
    Silence,
    /// The connection is closed once all that was written has left.
    Break,
}

/// What a reply is made of once the failures have had their way with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pieces {
    /// Chunk after chunk, each so long on the wall after the one before.
    pub chunks: VecDeque<(Duration, Bytes)>,
    /// The length that the head declares; `None`: chunked.
    pub declared: Option<u64>,
    /// How it ends.
    pub end: End,
}

/// The connection was cut on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection was cut on purpose")
    }
}
impl std::error::Error for Broken {}

/// A reply's body.
pub struct Outgoing {
    shape: Shape,
    line: Arc<Line>,
    /// Ends with the body, for replies that take time.
    record: Option<Box<Record>>,
}

enum Shape {
    Whole(Bytes),
    Paced(Box<Paced>),
}

struct Paced {
    pieces: Pieces,
    pause: Option<Pin<Box<Sleep>>>,
}

impl Outgoing {
    /// All at once.
    pub fn whole(bytes: Bytes, line: Arc<Line>) -> Self {
        Self { shape: Shape::Whole(bytes), line, record: None }
    }

    /// Piece by piece; the journal's record is closed when the last has left.
    pub fn paced(pieces: Pieces, line: Arc<Line>, record: Record) -> Self {
        Self { shape: Shape::Paced(Box::new(Paced { pieces, pause: None })), line, record: Some(Box::new(record)) }
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        self.line.reach(Stage::Idle);
    }
}

impl Paced {
    fn poll_piece(&mut self, cx: &mut Context<'_>, line: &Line) -> Poll<Option<Result<Bytes, Broken>>> {
        let Some(&(wait, _)) = self.pieces.chunks.front() else {
            return match self.pieces.end {
                End::Proper => Poll::Ready(None),
                End::Silence => Poll::Pending,
                End::Break => line.poll_flushed(cx).map(|()| Some(Err(Broken))),
            };
        };
        if !wait.is_zero() {
            let pause = self.pause.get_or_insert_with(|| Box::pin(tokio::time::sleep(wait)));
            ready!(pause.as_mut().poll(cx));
            self.pause = None;
        }
        Poll::Ready(self.pieces.chunks.pop_front().map(|(_, bytes)| Ok(bytes)))
    }

    /// Whether all has been handed out, and nothing else is to come.
    fn is_done(&self) -> bool {
        self.pieces.chunks.is_empty() && self.pieces.end == End::Proper
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        let this = self.get_mut();
        let piece = match &mut this.shape {
            Shape::Whole(bytes) if bytes.is_empty() => None,
            Shape::Whole(bytes) => Some(Ok(std::mem::take(bytes))),
            Shape::Paced(paced) => ready!(paced.poll_piece(cx, &this.line)),
        };
        // A body whose length is known is not asked again once it is complete.
        let done = matches!(&this.shape, Shape::Paced(paced) if paced.is_done());
        let over = done || !matches!(piece, Some(Ok(_)));
        if over && let Some(record) = this.record.take() {
            record.finish();
        }
        Poll::Ready(piece.map(|piece| piece.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        match &self.shape {
            Shape::Whole(bytes) => bytes.is_empty(),
            Shape::Paced(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.shape {
            Shape::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Shape::Paced(paced) => paced.pieces.declared.map_or_else(SizeHint::default, SizeHint::with_exact),
        }
    }
}
