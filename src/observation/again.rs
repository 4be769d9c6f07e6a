//! What a target does once more: calls, and what they make.

use crate::time::Span;
use serde::{Deserialize, Serialize};

/// How a retry followed on the failed try of the same call before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Again {
    /// From the end of that try to this one.
    pub pause: Span,
    /// The same pause before that try, where that was a retry too.
    pub before: Option<Span>,
    /// That try's reply asked for a wait, and the target kept it: the pause is the vendor's, not the target's.
    pub asked: bool,
}

/// A side effect at a vendor that people can see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// A message in a chat.
    Message,
    /// A ticket.
    Ticket,
    /// A public comment on a ticket.
    Comment,
    /// A text message.
    Text,
    /// A mail.
    Mail,
    /// A call to somebody.
    Call,
}

impl Effect {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Ticket => "ticket",
            Self::Comment => "comment",
            Self::Text => "text message",
            Self::Mail => "mail",
            Self::Call => "call",
        }
    }
}

/// What lay between a side effect and its repetition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum After {
    /// The vendor did what was asked, but the target got no good reply.
    Fault,
    /// The vendor brought the same thing to the target more than once.
    Delivery,
    /// Nothing that can be seen.
    Nothing,
}

impl After {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Fault => "after a reply that failed though the work was done",
            Self::Delivery => "after something was delivered to it more than once",
            Self::Nothing => "for no reason that can be seen",
        }
    }
}
