//! F1: the scenario language. Files go in; a typed, complete [`Scenario`] with no defaults left to guess comes out.

pub mod catalogue;
mod csv;
pub mod defaults;
pub mod diagnostic;
pub mod explain;
mod files;
mod hash;
pub mod hosts;
pub mod incidents;
pub mod kpi;
mod load;
pub mod model;
pub mod raw;
mod resolve;
pub mod schema;
pub mod starter;
pub mod template;
pub mod tree;

pub use load::{Checked, Loaded, LoadedStubs, Overrides, PlanChoice, check, load};
pub use model::Scenario;
pub use resolve::moment_of;
