//! F6: the rehearsal. The same world, against a real program: customers' acts go over the mocks' wire to the target, and
//! what the target does to the mocks comes back as the desk's acts.
//!
//! The driver is in [`driver`]; who is who on the wire in [`crate::workload::identity`] and
//! [`ledger`]; what customers and people do at the mocks in [`acts`]; what the target did, read from the mocks' events, in
//! [`hear`]; the target's process in [`target`].

pub mod acts;
pub mod between;
pub mod driver;
mod effects;
pub mod guard;
pub mod hear;
pub mod judge;
pub mod ledger;
mod mailed;
mod notes;
mod offers;
pub mod pace;
pub mod phrases;
mod posted;
pub mod promises;
mod redact;
pub mod reference;
pub mod refuse;
mod repeats;
#[cfg(test)]
mod rig;
pub mod setup;
pub mod stage;
pub mod status;
pub mod target;
pub mod warm;
pub mod wire;
