//! What a journal keeps beside its observations, so that a contact's story can be told from it alone: what was said, what
//! the target asked of its vendors for whom, and what these brought to the target. No body, header or query is kept, and
//! whoever writes a note has taken the secrets out of its words.

use crate::scenario::model::{Dependency, Id};
use crate::seam::ContactId;
use crate::time::{Span, Time};
use serde::{Deserialize, Serialize};

/// Who said something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    /// The customer.
    Customer,
    /// The target.
    Desk,
    /// A person of the desk.
    Person,
}

/// Something worth keeping for a contact's story.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// Words that a customer wrote, said, read or heard.
    Said {
        /// In whose contact.
        contact: ContactId,
        /// By whom.
        by: Speaker,
        /// The words, cut where they are very long.
        words: String,
        /// What the desk's words were taken for: `answer`, `placeholder`, `apology`, `greeting`, `offer`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        taken_for: Option<String>,
        /// The nonce in them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        nonce: Option<String>,
        /// The customer whom the answer with this nonce was made for, where that is another one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        meant_for: Option<u64>,
    },
    /// The target asked a vendor for something.
    Exchange {
        /// Which vendor.
        of: Id<Dependency>,
        /// For which contact.
        contact: ContactId,
        /// When the request was complete.
        began: Time,
        /// Method and path, without the query.
        call: String,
        /// The endpoint, in the vendor's words.
        endpoint: String,
        /// The status that was sent; `None`: none was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<u16>,
        /// The fault that struck.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fault: Option<String>,
        /// The target went away before the reply was complete.
        gave_up: bool,
        /// The same was asked before, and failed.
        retry: bool,
        /// It came before a given Retry-After had passed.
        too_early: bool,
        /// The wait that the reply asked for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<Span>,
    },
    /// A vendor brought something to the target.
    Delivery {
        /// Which vendor.
        of: Id<Dependency>,
        /// For which contact.
        contact: ContactId,
        /// When the first try began.
        began: Time,
        /// Its kind: `event`, `voice`, …
        what: String,
        /// The status of the last reply; `None`: there was none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<u16>,
        /// What went wrong.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
        /// How many tries there were.
        tries: u32,
    },
    /// A model gave an answer for a contact, with this nonce in it.
    Nonce {
        /// Which model.
        of: Id<Dependency>,
        /// For which contact.
        contact: ContactId,
        /// The token.
        nonce: String,
    },
}

impl Note {
    /// Whom it is about.
    pub fn contact(&self) -> ContactId {
        match self {
            Self::Said { contact, .. }
            | Self::Exchange { contact, .. }
            | Self::Delivery { contact, .. }
            | Self::Nonce { contact, .. } => *contact,
        }
    }
}
