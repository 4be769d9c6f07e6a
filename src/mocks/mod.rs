//! F5: the mock vendors: one shared server with a fault layer on the wire, and a folder a vendor.

pub mod vendor;
