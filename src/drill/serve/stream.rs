//! A stream of state (server-sent events) to one browser: everything first, then what changes, never more than it takes.

use super::frame::Frame;
use super::seats::Here;
use super::stage::Board;
use crate::drill::view::Seat;
use futures_util::stream::{self, Stream};
use hyper::body::{Bytes, Frame as Piece};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::watch;

/// Something is said so often, so that both ends know that the other lives.
pub(super) const BEAT: Duration = Duration::from_secs(10);

/// Counts what a browser took of its stream: stands still when it takes nothing.
pub(super) type Pulse = Arc<AtomicU32>;

struct State {
    frames: watch::Receiver<Option<Arc<Frame>>>,
    sent: u64,
    pulse: Pulse,
    /// Held as long as the stream is.
    here: Gone,
}

/// Tells the others when a stream ends.
struct Gone {
    here: Option<Here>,
    board: Arc<Board>,
}

impl Drop for Gone {
    fn drop(&mut self) {
        drop(self.here.take());
        self.board.stir();
    }
}

/// The events for a seat; none for a seat that the drill does not know.
pub(super) fn events(
    board: Arc<Board>,
    seat: &Seat,
    here: Here,
    pulse: Pulse,
) -> Option<impl Stream<Item = Result<Piece<Bytes>, Infallible>> + Send + 'static> {
    let mut frames = board.stand(seat)?.frames.subscribe();
    frames.mark_changed();
    board.stir();
    let here = Gone { here: Some(here), board };
    Some(stream::unfold(State { frames, sent: 0, pulse, here }, next))
}

async fn next(mut state: State) -> Option<(Result<Piece<Bytes>, Infallible>, State)> {
    state.pulse.fetch_add(1, Ordering::Relaxed);
    loop {
        match tokio::time::timeout(BEAT, state.frames.changed()).await {
            // Something is said so that a connection that is gone is found out.
            Err(_) => return Some((Ok(Piece::data(Bytes::from_static(b": still here\n\n"))), state)),
            Ok(Err(_)) => return None,
            Ok(Ok(())) => {}
        }
        if state.here.here.as_ref().is_none_or(|here| !here.sits()) {
            return None;
        }
        let Some(frame) = state.frames.borrow_and_update().clone() else { continue };
        // Who missed a frame gets the newest as a whole.
        let text = if frame.revision == state.sent + 1 && state.sent > 0 { frame.delta.clone() } else { frame.whole() };
        state.sent = frame.revision;
        return Some((Ok(Piece::data(text)), state));
    }
}
