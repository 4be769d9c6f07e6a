//! F5: the mock vendors: one shared server with a fault layer on the wire, and a folder a vendor.

pub mod answer;
pub mod asked;
pub mod clock;
pub mod control;
pub mod deliver;
pub mod exports;
pub mod failures;
pub mod form;
pub mod front;
pub mod host;
pub mod intake;
pub mod journal;
pub mod judge;
pub mod mock;
pub mod openai;
pub mod outgoing;
pub mod registry;
pub mod server;
pub mod sign;
pub mod slack;
pub mod stamp;
pub mod statuspage;
pub mod twilio;
pub mod vendor;
pub mod wire;
pub mod zendesk;
