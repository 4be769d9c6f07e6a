//! What each record is known by while its list changes under who pages through it.

use super::changes::Change;
use super::state::{Comment, Group, Organization, Rating, Ticket, User};
use serde_json::Value;

/// A record of a list that is given in pages.
pub(super) trait Keyed {
    /// Its id; `None`: its list does not change.
    fn key(&self) -> Option<u64>;
}

impl<T: Keyed> Keyed for &T {
    fn key(&self) -> Option<u64> {
        (*self).key()
    }
}

impl Keyed for Value {
    fn key(&self) -> Option<u64> {
        self["id"].as_u64()
    }
}

/// A tag and how often it is used.
impl Keyed for (&str, u64) {
    fn key(&self) -> Option<u64> {
        None
    }
}

impl Keyed for Ticket {
    fn key(&self) -> Option<u64> {
        Some(self.id)
    }
}

impl Keyed for Comment {
    fn key(&self) -> Option<u64> {
        Some(self.id)
    }
}

impl Keyed for Change {
    fn key(&self) -> Option<u64> {
        Some(self.audit)
    }
}

impl Keyed for User {
    fn key(&self) -> Option<u64> {
        Some(self.id)
    }
}

impl Keyed for Group {
    fn key(&self) -> Option<u64> {
        Some(self.id)
    }
}

impl Keyed for Organization {
    fn key(&self) -> Option<u64> {
        Some(self.id)
    }
}

impl Keyed for Rating {
    fn key(&self) -> Option<u64> {
        Some(self.id)
    }
}
