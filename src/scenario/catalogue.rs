//! The fault catalogue: every failure mode by name, as data in `mocks/`. The scenario checks names against it, the model
//! reads how long a failure takes to show, the mocks read its wire form.

mod bytes;
mod telling;

pub use bytes::{ByteFault, Toxic, Way};

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
    /// Only endpoints whose names begin so meet it; empty: all.
    #[serde(default)]
    pub only: Vec<String>,
    /// Its form at endpoints that speak another way, by the beginning of their names.
    #[serde(default)]
    pub at: BTreeMap<String, Wire>,
    /// In a conversation of several steps (SMTP), the step at which it strikes; HTTP has but one.
    #[serde(default)]
    pub step: Option<Moment>,
}

impl FailureMode {
    /// The step at which it strikes a mail: where nothing is said, after its text, which is the request proper.
    pub fn moment(&self) -> Moment {
        self.step.unwrap_or(Moment::Data)
    }

    /// Whether a connection that is passed on can suffer it: nothing of it needs to be understood.
    fn befalls_what_is_passed_on(&self) -> bool {
        let wire = matches!(self.wire, Wire::Refuse {} | Wire::Hang {} | Wire::Reset {} | Wire::CloseEarly {});
        wire && !self.after_commit
    }

    /// Whether it befalls only some of what a dependency of this kind does, whatever a scenario says: open WebSockets,
    /// webhooks, or a few endpoints. A model has one endpoint for all that the modelled desk knows, by whichever API.
    pub fn befalls_some(&self, kind: &str) -> bool {
        self.wire.of_sockets() || self.wire.of_webhooks() || (!self.only.is_empty() && kind != MODEL)
    }

    /// Whether requests to this endpoint meet it.
    pub fn meets(&self, endpoint: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|begin| endpoint.starts_with(begin.as_str()))
    }

    /// Its form at this endpoint. What is `bent` of the usual form (the chunks before it, the status) is bent of this too.
    pub fn form(&self, endpoint: &str, bent: Option<&Wire>) -> Wire {
        let own = self.at.iter().find(|(begin, _)| endpoint.starts_with(begin.as_str()));
        let Some((_, own)) = own else { return bent.unwrap_or(&self.wire).clone() };
        let mut own = own.clone();
        match (&mut own, bent, &self.wire) {
            (Wire::Reply(own), Some(Wire::Reply(bent)), Wire::Reply(usual)) if bent.status != usual.status => {
                own.status = bent.status;
            }
            (own, Some(bent), _) => {
                if let (Some(chunks), Some(after)) = (own.after_chunks_mut(), bent.after_chunks()) {
                    *chunks = after;
                }
            }
            _ => {}
        }
        own
    }
}

/// A step of a conversation at which a failure strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// The connection stands, and nothing was said.
    Connect,
    /// A recipient of a mail is named.
    Rcpt,
    /// The text of a mail is complete.
    Data,
}

impl Moment {
    /// Its word: the endpoint that a fault can be narrowed to.
    pub fn word(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Rcpt => "rcpt",
            Self::Data => "data",
        }
    }
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
        /// What is sent last; `%n%` in it becomes the number of chunks before.
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
    /// The vendor's reply, so much later.
    Late {
        /// Seconds of the scenario.
        seconds: u32,
    },
    /// An open WebSocket is sent this text, if there is one, and then closed.
    SocketEnd {
        /// What is sent first; `%reason%` stands for the reason.
        #[serde(default)]
        text: String,
        /// The code of the close frame; none: the connection is closed without one.
        code: Option<u16>,
        /// The reason, where nobody names another.
        #[serde(default)]
        reason: String,
    },
    /// An open WebSocket falls silent: what is sent on it never arrives, pings and their answers included.
    SocketMute {},
    /// Something befalls webhooks on their way to the target.
    Webhook {
        /// What.
        does: OnWay,
        /// The one kind of webhook that it befalls; none: all.
        #[serde(default)]
        only: Option<String>,
    },
    /// The vendor itself goes wrong in a way that it knows by name.
    Knob {
        /// The name.
        name: String,
    },
    /// Something is done to the bytes of a connection that is passed on.
    Bytes(ByteFault),
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

/// What befalls a webhook on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnWay {
    /// It is not delivered.
    Drop,
    /// It comes late.
    Delay,
    /// It comes twice.
    Duplicate,
    /// Of two, the first is held back, so that the second overtakes it.
    Reorder,
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
    /// Whether it befalls open WebSockets only, not requests.
    pub fn of_sockets(&self) -> bool {
        matches!(self, Self::SocketEnd { .. } | Self::SocketMute {})
    }

    /// Whether it strikes connections, not requests.
    pub fn strikes_connections(&self) -> bool {
        matches!(self, Self::Handshake(_))
    }

    /// Whether it befalls webhooks only, not requests.
    pub fn of_webhooks(&self) -> bool {
        matches!(self, Self::Webhook { .. })
    }

    /// How long a client waits before it sees the failure; `None` when only its own timeout ends the wait.
    pub fn seen_after(&self) -> Option<Span> {
        match self {
            Self::Hang {} | Self::Stall { .. } | Self::SlowBody { .. } | Self::SocketMute {} => None,
            Self::Bytes(fault) => fault.does.seen_after(),
            Self::Late { seconds } => Some(Span::from_secs(i64::from(*seconds))),
            _ => Some(Span::ZERO),
        }
    }

    /// The chunks of a stream that are sent before it, where it is one of streams.
    pub fn after_chunks(&self) -> Option<u32> {
        self.clone().after_chunks_mut().copied()
    }

    fn after_chunks_mut(&mut self) -> Option<&mut u32> {
        match self {
            Self::Stall { after_chunks }
            | Self::Cut { after_chunks }
            | Self::EndStream { after_chunks }
            | Self::StreamError { after_chunks, .. } => Some(after_chunks),
            _ => None,
        }
    }

    /// Whether only what speaks HTTP can fail so.
    fn is_of_http(&self) -> bool {
        !matches!(
            self,
            Self::Refuse {}
                | Self::Hang {}
                | Self::Reset {}
                | Self::CloseEarly {}
                | Self::HalfClose {}
                | Self::Garbage { .. }
        )
    }
}

/// All failure modes, by full name: `hang` for every vendor, `openai.overloaded` for one.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    modes: BTreeMap<String, FailureMode>,
}

/// The vendors that speak no HTTP: mail, and what is only passed on.
const MAIL: &str = "smtp";
const PASSED_ON: &str = "tcp";
/// The kind that is data, whose mocks call nobody.
const SERVICE: &str = "http";
/// The kind that is asked for one thing.
const MODEL: &str = "openai";

/// The data embedded in the binary: (vendor's word or "", text of the file).
const EMBEDDED: [(&str, &str); 10] = [
    ("", include_str!("../../mocks/transport.yaml")),
    ("openai", include_str!("../../mocks/openai/failures.yaml")),
    ("anthropic", include_str!("../../mocks/openai/anthropic.yaml")),
    ("slack", include_str!("../../mocks/slack/failures.yaml")),
    ("zendesk", include_str!("../../mocks/zendesk/failures.yaml")),
    ("twilio", include_str!("../../mocks/twilio/failures.yaml")),
    ("statuspage", include_str!("../../mocks/statuspage/failures.yaml")),
    ("smtp", include_str!("../../mocks/smtp/failures.yaml")),
    ("http", include_str!("../../mocks/http/failures.yaml")),
    ("tcp", include_str!("../../mocks/tcp/failures.yaml")),
];

/// Vendors whose API is served by the mock of another kind: (vendor, kind).
const GUESTS: [(&str, &str); 1] = [("anthropic", "openai")];

/// Whether a dependency of this kind can fail with the mode of this full name.
pub fn is_for(name: &str, kind: &str) -> bool {
    name.split_once('.').is_none_or(|(of, _)| of == kind || GUESTS.contains(&(of, kind)))
}

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
        self.iter().filter_map(move |(name, mode)| {
            let spoken = match vendor {
                _ if name.contains('.') => true,
                MAIL => !mode.wire.is_of_http(),
                PASSED_ON => mode.befalls_what_is_passed_on(),
                SERVICE => !mode.wire.of_webhooks(),
                _ => true,
            };
            (spoken && is_for(name, vendor)).then_some(name)
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
        let of_mail: Vec<&str> = catalogue.names_for("smtp").collect();
        assert!(of_mail.contains(&"smtp.reject_550") && of_mail.contains(&"hang") && !of_mail.contains(&"html_502"));
        let passed_on: Vec<&str> = catalogue.names_for("tcp").filter(|name| !name.contains('.')).collect();
        assert_eq!(passed_on, ["blackhole", "close_early", "hang", "refuse", "reset"]);
        assert!(catalogue.names_for("openai").any(|name| name == "anthropic.overloaded"));
        assert!(catalogue.names_for("slack").all(|name| !name.starts_with("anthropic.")));
    }

    #[test]
    fn what_befalls_only_some_says_so() {
        let catalogue = Catalogue::shipped();
        let some = |mode: &str, kind: &str| catalogue.get(mode).expect("it is shipped").befalls_some(kind);
        let of_slack = ["slack.socket_disconnect", "slack.socket_refuse", "slack.msg_dropped", "webhook_delay"];
        assert!(of_slack.iter().all(|mode| some(mode, "slack")) && !some("slack.rate_limit", "slack"));
        let of_zendesk = ["zendesk.search_lag", "zendesk.job_stuck", "zendesk.job_failed", "zendesk.stale_incremental"];
        assert!(of_zendesk.iter().all(|mode| some(mode, "zendesk")) && !some("zendesk.read_only", "zendesk"));
        assert!(some("twilio.stream_drop", "twilio") && some("twilio.busy", "twilio"));
        assert!(!some("anthropic.overloaded", "openai") && !some("openai.response_failed", "openai"));
    }

    #[test]
    fn a_mode_has_the_form_of_the_endpoint_and_is_bent_there_too() {
        let catalogue = Catalogue::shipped();
        let status = |mode: &str, endpoint: &str, bent: Option<&Wire>| {
            let form = catalogue.get(mode).expect("it is shipped").form(endpoint, bent);
            if let Wire::Reply(reply) = form { reply.status } else { panic!("{form:?} is no reply") }
        };
        assert_eq!(status("openai.overloaded", "chat.completions", None), 503);
        assert_eq!(status("openai.overloaded", "messages.create", None), 529);
        let bent = Wire::Reply(Substitute { status: 504, headers: BTreeMap::new(), body: String::new() });
        assert_eq!(status("openai.overloaded", "messages.create", Some(&bent)), 504);
        let cut = catalogue.get("openai.stream_cut").expect("it is shipped");
        assert_eq!(cut.form("responses.create", None).after_chunks(), Some(6));
        let bent = Wire::Cut { after_chunks: 1 };
        assert_eq!(cut.form("responses.create", Some(&bent)).after_chunks(), Some(1));
        let guest = catalogue.get("anthropic.overloaded").expect("it is shipped");
        assert!(guest.meets("messages.create") && !guest.meets("chat.completions") && cut.meets("chat.completions"));
    }
}
