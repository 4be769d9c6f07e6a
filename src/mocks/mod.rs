//! F5: the mock vendors: one shared server with a fault layer on the wire, and a folder a vendor.

pub mod clock;
pub mod deliver;
pub mod exports;
pub mod failures;
pub mod host;
pub mod intake;
pub mod journal;
pub mod judge;
pub mod mock;
pub mod openai;
pub mod outgoing;
pub mod registry;
pub mod server;
pub mod statuspage;
pub mod vendor;
pub mod wire;
