//! Media Streams: the sound of a call over a WebSocket that Twilio opens to the target, 20 ms a message.
//!
//! `message` is what is said on it in both directions, `playout` what the target wants played, `turn` when the caller has
//! their say and how long they hear nothing, `live` is one stream, `place` where it leads, and `flow` ties them to calls.
//! One timer moves all streams on together, so that thousands cost what their messages cost.

mod flow;
mod live;
mod message;
mod place;
mod playout;
mod turn;

use crate::mocks::socket::SocketId;
use crate::time::{Span, Time};
use live::Live;
use std::collections::BTreeMap;

/// A message holds so much sound.
const FRAME: Span = Span::from_millis(20);
/// Bytes of µ-law in it.
const FRAME_BYTES: usize = 160;

/// The streams of an account.
#[derive(Debug, Default)]
pub(super) struct Media {
    streams: BTreeMap<String, Live>,
    sockets: BTreeMap<SocketId, String>,
    /// When all streams move on.
    next: Time,
}

#[cfg(test)]
impl super::Twilio {
    /// Whether no stream is known any more, nor a socket.
    pub(super) fn media_is_empty(&self) -> bool {
        self.media.streams.is_empty() && self.media.sockets.is_empty()
    }
}
