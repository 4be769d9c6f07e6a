//! A proxy in front of a real service (a database, a cache): bytes are passed on both ways, and faults befall them.
//!
//! It reads nothing of what is said. `serve` is one connection from its beginning to its end, `lane` one direction of it,
//! `force` what the faults in force do to the bytes. Buffers are bounded; who does not read stops who writes.

mod force;
mod lane;
pub(super) mod serve;

use super::vendor::{Protocol, Vendor};
use crate::rng::{Luck, name_key};
use std::net::SocketAddr;

/// The vendor: it remembers how many connections there were, by which faults draw whom they strike.
pub struct Tcp {
    upstream: SocketAddr,
    luck: Luck,
    who: u64,
    connections: u64,
}

/// A connection's number, from 1, and its luck.
#[derive(Clone, Copy, Debug)]
struct Ticket {
    number: u64,
    luck: Luck,
    who: u64,
}

impl Tcp {
    /// A proxy to this address.
    pub fn new(upstream: SocketAddr, name: String, luck: Luck) -> Self {
        Self { upstream, luck, who: name_key(&name), connections: 0 }
    }

    fn next(&mut self) -> Ticket {
        self.connections += 1;
        Ticket { number: self.connections, luck: self.luck, who: self.who }
    }
}

impl Vendor for Tcp {
    fn protocol(&self) -> Protocol {
        Protocol::Tcp(self.upstream)
    }

    fn reset(&mut self) {
        self.connections = 0;
    }

    fn as_any_mut(&mut self) -> &mut dyn std::any::Any {
        self
    }
}
