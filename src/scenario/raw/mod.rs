//! The language as written: one type for each map of YAML, one field for each key. The doc comment of a field is its only
//! documentation: it becomes the JSON Schema.
//!
//! To add a field: (1) the field with its `///` here, an `Option` unless it must be written; (2) its default, if it has one, in
//! [`super::defaults`]; (3) the field of [`super::model`] it becomes, filled in `resolve`; (4) its line in
//! [`super::explain`]; (5) the schemas written anew (`UPDATE_SCHEMAS=1 cargo test schema`). Until (3) acts on it, refuse it:
//! make it `Option<At<Refused>>` and name it in `resolve::refuse`.
//!
//! No `flatten`, no untagged and no internally tagged choice: they lose the place of an error. A choice with fields of its own
//! is the key of a map; a closed label is a plain enum.

mod actions;
mod day;
mod desk;
mod distribution;
mod drill;
mod expect;
mod incident;
mod plan;
pub mod stubs;
mod surge;
mod values;

pub use actions::*;
pub use day::*;
pub use desk::*;
pub use distribution::*;
pub use drill::*;
pub use expect::*;
pub use incident::*;
pub use plan::*;
pub use surge::*;
pub use values::*;
