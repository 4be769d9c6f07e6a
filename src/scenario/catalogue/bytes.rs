//! What can be done to the bytes of a connection that is passed on, in the words of Toxiproxy.

use crate::time::Span;
use serde::Deserialize;

/// A fault of the byte stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ByteFault {
    /// In which direction.
    #[serde(default)]
    pub way: Way,
    /// What is done.
    pub does: Toxic,
}

/// A direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// From the client to the real service.
    Up,
    /// From the real service to the client.
    #[default]
    Down,
    /// Both.
    Both,
}

impl Way {
    /// Every direction, with its word.
    pub const ALL: [(Self, &'static str); 3] = [(Self::Up, "up"), (Self::Down, "down"), (Self::Both, "both")];
}

/// What is done to bytes. Lengths of time are the scenario's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Toxic {
    /// Each piece arrives later.
    Latency {
        /// By so many milliseconds.
        ms: u32,
        /// Give or take so many.
        #[serde(default)]
        jitter_ms: u32,
    },
    /// Bytes pass at this rate.
    Bandwidth {
        /// Bytes in a second.
        bytes_per_second: u32,
    },
    /// The end of the stream arrives later.
    SlowClose {
        /// By so many milliseconds.
        ms: u32,
    },
    /// Nothing is passed on.
    Timeout {
        /// After so many milliseconds the connection is closed; 0: never.
        ms: u32,
    },
    /// The connection is reset.
    ResetPeer {
        /// After so many milliseconds.
        ms: u32,
    },
    /// Bytes arrive in small pieces.
    Slicer {
        /// Of so many bytes.
        bytes: u32,
        /// Give or take so many.
        #[serde(default)]
        varies: u32,
        /// Milliseconds between two of them.
        #[serde(default)]
        pause_ms: u32,
    },
    /// The connection is closed once so much has passed.
    LimitData {
        /// Bytes.
        bytes: u64,
    },
}

impl Toxic {
    /// How long a client waits before it sees it; `None` when only its own timeout ends the wait.
    pub fn seen_after(self) -> Option<Span> {
        match self {
            Self::Latency { ms, .. } | Self::ResetPeer { ms } => Some(Span::from_millis(i64::from(ms))),
            Self::Timeout { ms } if ms > 0 => Some(Span::from_millis(i64::from(ms))),
            Self::LimitData { .. } => Some(Span::ZERO),
            _ => None,
        }
    }
}
