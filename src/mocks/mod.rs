//! F5: the mock vendors: one shared server with a fault layer on the wire, and a folder a vendor.

pub mod answer;
pub mod form;
pub mod sign;
pub mod slack;
pub mod stamp;
pub mod twilio;
pub mod vendor;
pub mod zendesk;
