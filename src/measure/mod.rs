//! F4: figures out of observations alone. One definition, one name and one unit a measure, in a simulation, a rehearsal
//! and a drill alike.
//!
//! [`Windows`] names the stretches of a day, a [`Collector`] watches one run and comes to its [`RunFigures`], and
//! [`Merged`] is what they come to over all runs of a plan, in run order.

mod cell;
mod collector;
mod continuity;
pub mod definitions;
pub mod distribution;
mod durations;
mod egress;
pub mod figures;
mod finish;
pub mod layout;
mod levels;
pub mod over_runs;
mod price;
mod requests;
mod resilience;
pub mod retries;
mod service;
pub mod summary;
pub mod windows;

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;

pub use collector::Collector;
pub use definitions::{Definition, Kpi};
pub use figures::{Figure, RunFigures};
pub use finish::{HELD_FOR, MINIMUM};
pub use layout::Layout;
pub use summary::Merged;
pub use windows::{BASELINE, Disturbance, DisturbanceKind, WHOLE, Windows};
