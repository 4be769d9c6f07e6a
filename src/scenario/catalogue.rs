//! The fault catalogue: every failure mode by name, as data in `mocks/`. The scenario checks names against it, the model
//! reads how long a failure takes to show, the mocks read its wire form.

use crate::time::Span;
use serde::Deserialize;
use std::collections::BTreeMap;

/// One failure mode.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FailureMode {
    /// What it is, in a sentence.
    pub about: String,
    /// Its form on the wire.
    pub wire: Wire,
    /// How official SDKs usually react.
    pub sdk: String,
    /// Where this was seen: `src`, `run`, `doc`, `spec` or `mem`, and the page.
    pub source: String,
    /// The vendor has done what was asked before the failure shows: a client that tries again does it twice.
    #[serde(default)]
    pub after_commit: bool,
    /// Only requests that change something meet it: those with a method other than GET and HEAD.
    #[serde(default)]
    pub writes_only: bool,
}

/// The wire form of a failure.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Wire {
    /// A substituted reply instead of the vendor's.
    Reply(Substitute),
    /// The connection is reset before a byte is read.
    Refuse {},
    /// The way to the vendor fails: its name or its certificate. Seen as it is at the interception front; at the mock's
    /// own port, which has neither, the connection is reset.
    Handshake(Handshake),
    /// The request is read and never answered.
    Hang {},
    /// The request is read, then the connection is reset.
    Reset {},
    /// The request is read, then the connection is closed in order.
    CloseEarly {},
    /// The vendor's reply, cut in mid-body.
    Truncate {},
    /// The vendor's reply with a body that is no valid JSON.
    MalformedJson {},
    /// The vendor's streamed reply stops after so many chunks; the connection stays open.
    Stall {
        /// Chunks sent before.
        after_chunks: u32,
    },
    /// The vendor's streamed reply stops after so many chunks; the connection is closed without the last chunk.
    Cut {
        /// Chunks sent before.
        after_chunks: u32,
    },
    /// The vendor's streamed reply ends in order after so many chunks, without its last ones.
    EndStream {
        /// Chunks sent before.
        after_chunks: u32,
    },
    /// The vendor's streamed reply ends after so many chunks with this text.
    StreamError {
        /// Chunks sent before.
        after_chunks: u32,
        /// What is sent last.
        text: String,
    },
    /// The request is read, then the server's half of the connection is closed and nothing more is sent.
    HalfClose {},
    /// The request is read and answered by bytes that are no HTTP.
    Garbage {
        /// Those bytes, as text.
        text: String,
    },
    /// The vendor's reply, its body so slow that a timeout between two reads does not fire.
    SlowBody {
        /// Bytes of the body in a second of the scenario.
        bytes_per_second: u32,
    },
    /// The vendor's reply under another content type.
    ContentType {
        /// Which.
        value: String,
    },
    /// The vendor itself goes wrong in a way that it knows by name.
    Knob {
        /// The name.
        name: String,
    },
}

/// What fails before a request can be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Handshake {
    /// The vendor's name is not resolved.
    NoName,
    /// The certificate has run out.
    Expired,
    /// The certificate is for another host.
    WrongHost,
    /// The connection is reset in the middle of the TLS handshake.
    Reset,
}

/// A reply that stands in for the vendor's.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Substitute {
    /// HTTP status.
    pub status: u16,
    /// Headers, in order.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body as text.
    #[serde(default)]
    pub body: String,
}

impl Wire {
    /// Whether it strikes connections, not requests.
    pub fn strikes_connections(&self) -> bool {
        matches!(self, Self::Handshake(_))
    }
    /// How long a client waits before it sees the failure; `None` when only its own timeout ends the wait.
    pub fn seen_after(&self) -> Option<Span> {
        match self {
            Self::Hang {} | Self::Stall { .. } | Self::SlowBody { .. } => None,
            _ => Some(Span::ZERO),
        }
    }
}

/// All failure modes, by full name: `hang` for every vendor, `openai.overloaded` for one.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    modes: BTreeMap<String, FailureMode>,
}

/// The data embedded in the binary: (vendor's word or "", text of the file).
const EMBEDDED: [(&str, &str); 6] = [
    ("", include_str!("../../mocks/transport.yaml")),
    ("openai", include_str!("../../mocks/openai/failures.yaml")),
    ("slack", include_str!("../../mocks/slack/failures.yaml")),
    ("zendesk", include_str!("../../mocks/zendesk/failures.yaml")),
    ("twilio", include_str!("../../mocks/twilio/failures.yaml")),
    ("statuspage", include_str!("../../mocks/statuspage/failures.yaml")),
];

impl Catalogue {
    /// The shipped catalogue.
    pub fn shipped() -> Self {
        let mut modes = BTreeMap::new();
        for (vendor, text) in EMBEDDED {
            let of_vendor: BTreeMap<String, FailureMode> = serde_yaml::from_str(text)
                .unwrap_or_else(|e| panic!("the shipped catalogue of `{vendor}` is tested: {e}"));
            for (name, mode) in of_vendor {
                modes.insert(if vendor.is_empty() { name } else { format!("{vendor}.{name}") }, mode);
            }
        }
        Self { modes }
    }
    /// The mode of this full name.
    pub fn get(&self, name: &str) -> Option<&FailureMode> {
        self.modes.get(name)
    }
    /// Every full name with its mode, sorted.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &FailureMode)> {
        self.modes.iter().map(|(name, mode)| (name.as_str(), mode))
    }
    /// The names that a dependency of this kind can fail with, sorted.
    pub fn names_for<'a>(&'a self, vendor: &'a str) -> impl Iterator<Item = &'a str> {
        self.modes.keys().map(String::as_str).filter(move |name| match name.split_once('.') {
            Some((of, _)) => of == vendor,
            None => true,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_catalogue_reads_and_every_mode_says_what_it_is() {
        let catalogue = Catalogue::shipped();
        assert!(catalogue.iter().count() > 10);
        for (name, mode) in catalogue.iter() {
            assert!(!mode.about.is_empty() && !mode.sdk.is_empty() && !mode.source.is_empty(), "{name}");
        }
        assert!(catalogue.names_for("openai").all(|name| !name.starts_with("slack.")));
    }
}
