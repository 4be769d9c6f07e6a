//! F2: demand. Durations that vary, rates that change, the moments at which contacts start, and who starts them.

pub mod arrivals;
pub mod demand;
pub mod identity;
pub mod rate;
pub mod sample;
pub mod storm;
pub mod ziggurat;
