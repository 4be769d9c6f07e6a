//! The scenario as every floor above sees it: complete, checked, names resolved to ids, clock times to offsets.

mod day;
mod desk;
mod distribution;
mod drill;
mod expect;
mod plan;
pub mod stubs;
mod surge;

pub use day::*;
pub use desk::*;
pub use distribution::*;
pub use drill::{Drill, Expected, ExpectedOf, Fog, Inject, Language, Lever, Objective, Role, Trigger, Via};
pub use expect::*;
pub use plan::*;
pub use stubs::Stubs;
pub use surge::*;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

/// The place of a named thing in its list of the scenario: `Id<Channel>` indexes `desk.channels`.
pub struct Id<T> {
    index: u16,
    of: PhantomData<fn() -> T>,
}

impl<T> Id<T> {
    /// The id of the thing at `index`; the language refuses lists of more than 10,000.
    pub const fn new(index: usize) -> Self {
        assert!(index <= u16::MAX as usize, "the language bounds every list");
        Self { index: index as u16, of: PhantomData }
    }
    /// The place in the list.
    #[inline]
    pub const fn index(self) -> usize {
        self.index as usize
    }
}
/// As its number, for journals.
impl<T> Serialize for Id<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u16(self.index)
    }
}
impl<'de, T> Deserialize<'de> for Id<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        u16::deserialize(deserializer).map(|index| Self { index, of: PhantomData })
    }
}
impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Id<T> {}
impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.index == other.index
    }
}
impl<T> Eq for Id<T> {}
impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.index.cmp(&other.index)
    }
}
impl<T> Hash for Id<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.index.hash(state);
    }
}
impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.index)
    }
}
