//! The seam between the incidents of the world and the servers of the mocks: what is broken now, and who is hit. The
//! mocks ask; the driver of a rehearsal answers out of the world's timeline.

use super::socket::Standing;
use crate::scenario::catalogue::{OnWay, Wire};
use crate::scenario::model::{Dependency, Id};
use crate::time::{Span, Time};
use std::sync::Arc;

/// The failure mode under which connections are refused.
pub const REFUSE: &str = "refuse";

/// What is known of a request when it is judged.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The dependency it was sent to.
    pub dependency: Id<Dependency>,
    /// Its method; empty for what has none.
    pub method: &'a str,
    /// What it asks for, in the vendor's words: `chat.completions`.
    pub endpoint: &'static str,
    /// Path, query and body as text (forms decoded), in which the customer's identity may stand; empty for a judge that
    /// does not read.
    pub text: &'a str,
}

/// A judgement of a request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ruling {
    /// Scenario time that passes before the vendor acts and replies.
    pub delay: Span,
    /// How it fails; `None`: it does not.
    pub failure: Option<Failure>,
    /// What the judge calls the contact, carried into the journal and the events; `None`: it knows none.
    pub contact: Option<u64>,
}

/// How a request fails.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// The mode's full name in the catalogue: `hang`, `openai.overloaded`.
    pub mode: String,
    /// After how long the vendor says that it may be tried again, where the mode says so; `None`: as its data say.
    pub retry_after: Option<Span>,
    /// A wire form of its own in place of the catalogue's.
    pub wire: Option<Arc<Wire>>,
}

impl Failure {
    /// The failure of this full name.
    pub fn named(mode: impl Into<String>) -> Self {
        Self { mode: mode.into(), retry_after: None, wire: None }
    }
}

/// What befalls a connection that is passed on, at this moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Befalls {
    /// The failures in force, all at once.
    pub failures: Vec<Failure>,
    /// How much later what comes back arrives.
    pub slow: Span,
}

/// What happens to a webhook on its way to the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Carriage {
    /// How long it is held back.
    pub delay: Span,
    /// How often it arrives: 0 is lost, 2 is a duplicate.
    pub copies: u8,
}

impl Carriage {
    /// At once and once.
    pub const PROMPT: Self = Self { delay: Span::ZERO, copies: 1 };

    /// One more thing befalls it; `first` of two that may change places, and `late` how late it comes if it does.
    pub fn suffer(&mut self, does: OnWay, first: bool, late: Span) {
        match does {
            OnWay::Drop => self.copies = 0,
            OnWay::Duplicate => self.copies = self.copies.saturating_mul(2),
            OnWay::Reorder if !first => return,
            OnWay::Delay | OnWay::Reorder => {}
        }
        self.delay += late;
    }
}

/// Knows what is broken.
pub trait Judge: Send + Sync {
    /// Judges a request.
    fn rule(&self, request: &Facts<'_>, now: Time) -> Ruling;

    /// Whether it looks at the text of requests.
    fn reads(&self) -> bool {
        true
    }

    /// Whether a new connection to the dependency is refused.
    fn refuses(&self, dependency: Id<Dependency>, now: Time) -> bool {
        let _ = (dependency, now);
        false
    }

    /// What befalls an open WebSocket of the dependency: asked again and again while it is open. What strikes it is kept in
    /// its standing, so that each fault is drawn once for each socket; `None`: nothing, or nothing any more.
    fn socket(&self, socket: &Facts<'_>, standing: &mut Standing, now: Time) -> Option<Failure> {
        let _ = (socket, standing, now);
        None
    }

    /// What a new connection to the dependency meets instead of the vendor: the full name of a mode that refuses
    /// connections or lets their handshake fail.
    fn meets_at_door(&self, dependency: Id<Dependency>, now: Time) -> Option<String> {
        self.refuses(dependency, now).then(|| REFUSE.to_owned())
    }

    /// What befalls a connection that is passed on to a real service: asked again and again while it is open. Each fault
    /// is drawn for each connection by its number, however often it is asked for.
    fn connection(&self, dependency: Id<Dependency>, standing: &mut Standing, now: Time) -> Befalls {
        let _ = (dependency, standing, now);
        Befalls::default()
    }

    /// Judges a webhook of the dependency: its kind and its text.
    fn carry(&self, dependency: Id<Dependency>, kind: &str, text: &str, now: Time) -> Carriage {
        let _ = (dependency, kind, text, now);
        Carriage::PROMPT
    }
}

/// Nothing is broken.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFaults;

impl Judge for NoFaults {
    fn rule(&self, _: &Facts<'_>, _: Time) -> Ruling {
        Ruling::default()
    }
    fn reads(&self) -> bool {
        false
    }
}
