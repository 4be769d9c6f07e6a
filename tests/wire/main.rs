//! The mocks on real sockets: failures as the catalogue writes them, bounds that no client breaks, webhooks that arrive.
#![cfg(feature = "live")]

mod bounds;
mod crowd;
mod deliveries;
mod failures;
mod hostile;
mod process;
mod proxies;
mod rig;
mod vendors;
