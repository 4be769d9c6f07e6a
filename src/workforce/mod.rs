//! F2: people. Who is on shift, who is absent, who is on a break.

pub mod absence;
pub mod roster;
