//! F2: what is broken now, and who is hit.

pub mod incidents;
pub mod timeline;

pub use incidents::{Asker, Failure, Fate, Incidents};
