//! The drill: the running desk of a scenario at a pace people can follow, with a facilitator and participants who decide.

pub mod exercise;
pub mod play;
pub mod report;
pub mod serve;
pub mod view;
