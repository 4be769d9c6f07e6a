//! F2: demand. Durations that vary, rates that change, the moments at which contacts start.

pub mod arrivals;
pub mod rate;
pub mod sample;
pub mod ziggurat;
