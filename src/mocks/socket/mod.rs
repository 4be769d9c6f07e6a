//! WebSockets under all vendors: those that a target opens to a mock, and those that a mock dials to a target.
//!
//! A vendor stays pure. It accepts an upgrade by a reply with [`Body::Socket`](super::vendor::Body), or asks for a call by
//! [`Effect::Dial`](super::vendor::Effect); from then on it learns what is said on the socket (`opened`, `said`, `closed`)
//! and answers by effects. `table` knows every open socket of a mock, `pump` carries one of them, `shake` is the handshake
//! in both directions. A socket is one task, which ends with it, with its mock's host, or with a fault.

mod pump;
mod shake;
mod table;

#[cfg(test)]
mod tests;

pub(super) use pump::{Line, pump};
pub(super) use shake::{accept, dial, knob};
pub(super) use table::Table;

use crate::time::{Span, Time};
use hyper::body::Bytes;
use std::fmt;

/// One socket of a mock, for as long as the mock lives: no number is given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SocketId(pub u64);

/// What is sent or received in one piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// Text.
    Text(String),
    /// Bytes.
    Binary(Bytes),
    /// Asks for a sign of life; the other side answers by itself.
    Ping(Bytes),
}

/// How a socket is kept that a vendor accepts or dials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// What the vendor calls it, or the group that it belongs to: `app`, a call's id. Deliveries to
    /// `socket:GROUP/KEY` go to one socket of the group.
    pub group: String,
    /// What faults match on, as a fixed word: `socket`.
    pub endpoint: &'static str,
    /// The subprotocol that was agreed on.
    pub protocol: Option<String>,
    /// How often the mock pings; `None`: never.
    pub ping_every: Option<Span>,
    /// It stays open when the mock is reset: it is how the target listens.
    pub outlives_reset: bool,
}

/// How often a vendor pings a socket of media or of a model, for which nobody documents it: often enough that a peer that
/// is gone without a word does not stay for long.
pub const PING: Span = Span::from_secs(20);

impl Opening {
    /// A socket of this group that the mock never pings and that a reset closes.
    pub fn of(group: impl Into<String>, endpoint: &'static str) -> Self {
        Self { group: group.into(), endpoint, protocol: None, ping_every: None, outlives_reset: false }
    }
}

/// A socket that the vendor wants to open to the target.
#[derive(Clone, Debug)]
pub struct Dial {
    /// Where to: `ws://host:port/path`.
    pub url: String,
    /// Headers of the handshake, signed already.
    pub headers: Vec<(String, String)>,
    /// How long the target may take to accept.
    pub deadline: Span,
    /// How it is kept.
    pub opening: Opening,
}

/// What a vendor does with a socket.
#[derive(Clone, Debug, PartialEq)]
pub enum Say {
    /// Sends these, each so long after the one before; what was said earlier goes first.
    Frames(Vec<(Span, Frame)>),
    /// Forgets the frames that wait.
    Hush,
    /// Reads nothing more for now, so that the other side has to wait, or reads on.
    Hold(bool),
    /// Sends what waits, then closes in order with this code and reason.
    Close(u16, String),
    /// Breaks off: no close frame, what waits is lost.
    Drop,
    /// Sends what waits, then breaks off.
    Break,
}

impl Say {
    /// One text at once.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Frames(vec![(Span::ZERO, Frame::Text(text.into()))])
    }
}

/// How a socket ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The other side closed it in order, with this code (1005: none).
    Theirs(u16),
    /// The mock closed it in order.
    Ours,
    /// The connection broke, or the other side broke the protocol or a bound.
    Broken(String),
    /// It never opened.
    Refused(String),
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Theirs(code) => write!(f, "closed by the target ({code})"),
            Self::Ours => f.write_str("closed by the mock"),
            Self::Broken(why) | Self::Refused(why) => f.write_str(why),
        }
    }
}

/// What the judge of faults knows of an open socket and keeps for it.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Which one.
    pub id: SocketId,
    /// When it opened.
    pub opened: Time,
    /// The highest number of a fault that was drawn for it: each is drawn once.
    pub judged: u64,
    /// The faults that struck it.
    pub struck: Vec<u64>,
}

impl Standing {
    /// Of a socket that has just opened.
    pub fn new(id: SocketId, opened: Time) -> Self {
        Self { id, opened, judged: 0, struck: Vec::new() }
    }
}

/// The start of the address of a delivery over a socket: `socket:GROUP/KEY`.
pub const ROUTE: &str = "socket:";

/// The address of a delivery to one socket of a group, whose answer is known by its key.
pub fn route(group: &str, key: &str) -> String {
    format!("{ROUTE}{group}/{key}")
}

/// Group and key of such an address; `None`: it is another kind of address.
pub fn routed(url: &str) -> Option<(&str, &str)> {
    url.strip_prefix(ROUTE)?.split_once('/')
}
