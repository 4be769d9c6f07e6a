//! F6: the rehearsal: the wall-clock driver, the target's process, and the built-in reference desk.

pub mod reference;
