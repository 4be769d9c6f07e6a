//! F1: the scenario language. Files go in; a typed, complete [`Scenario`] with no defaults left to guess comes out.

pub mod catalogue;
pub mod model;

pub use model::Scenario;
