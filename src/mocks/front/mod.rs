//! The interception front: a target that has its vendors' hosts hard-coded reaches the mocks all the same.
//!
//! One loopback listener takes what proxies take (HTTP `CONNECT`, requests in absolute form) and TLS at once, ends TLS
//! with a throw-away authority of its own, and hands each connection to the mock that answers for its host. From there on
//! it is a connection to that mock like any other: same bounds, same faults, same journal. Hosts that nobody answers for
//! are denied and listed.
//!
//! `open` sees what a connection is, `connect` reads a CONNECT, `plain` answers requests without TLS, `egress` lists what was
//! denied, `files` writes what clients need and `store` finds the certificates that a client trusts anyway, `exports` names it
//! all for a target.

mod connect;
mod egress;
mod exports;
mod files;
mod open;
mod plain;
mod store;

#[cfg(test)]
mod tests;

pub use egress::{Egress, MOST_HOSTS, Tried};
pub use exports::{LOCAL, Variables, of_no_proxy};
pub use files::{Files, Folder};
pub use store::system_store;

use super::authority::Authority;
use super::clock::Clock;
use super::journal::Listener;
use super::mock::Mock;
use super::server::Bounds;
use crate::scenario::hosts::Hosts;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

/// The front, as its connections see it.
pub struct Front {
    hosts: Hosts,
    /// By the place of their dependency.
    mocks: Vec<Arc<Mock>>,
    authority: Arc<Authority>,
    egress: Arc<Egress>,
    bounds: Bounds,
    clock: Clock,
}

/// The front, as who started it sees it.
#[derive(Clone)]
pub struct Intercepted {
    /// Where it listens.
    pub address: SocketAddr,
    /// The authority's certificate, which clients must trust, as PEM.
    pub certificate: String,
    /// What was denied.
    pub egress: Arc<Egress>,
}

impl Intercepted {
    /// Writes what clients read into a folder, and gives the environment that sends them to the front. `beside` are
    /// further hosts that they reach without it; `node_options`, if any, stands in place of our own `NODE_OPTIONS`.
    pub fn proxied(&self, folder: &Path, beside: &[String], node_options: Option<String>) -> io::Result<Variables> {
        let files = self.write(folder)?;
        let ours = ["NO_PROXY", "no_proxy"].into_iter().filter_map(|name| std::env::var(name).ok());
        let beside: Vec<String> = beside.iter().cloned().chain(ours).collect();
        let node_options = node_options.or_else(|| std::env::var("NODE_OPTIONS").ok());
        let node_options = node_options.as_deref().filter(|options| !options.is_empty());
        let mut all = exports::of_proxy(self.address, &files, &beside, node_options);
        all.extend(exports::of_trust(&files));
        Ok(all)
    }

    /// As [`Intercepted::proxied`], for clients that find the front by themselves and only have to trust it.
    pub fn trusted(&self, folder: &Path) -> io::Result<Variables> {
        Ok(exports::of_trust(&self.write(folder)?))
    }

    fn write(&self, folder: &Path) -> io::Result<Files> {
        Files::write(folder, &self.certificate, std::env::var_os("SSL_CERT_FILE"))
    }
}

/// What a host turned out to be.
enum Host {
    /// A mock that answers for it.
    Known(Arc<Mock>),
    /// This machine itself, which no target should ask a proxy for.
    Local,
    /// None that the scenario knows.
    Unknown,
}

impl Front {
    pub(super) fn new(
        hosts: Hosts,
        mocks: Vec<Arc<Mock>>,
        authority: Arc<Authority>,
        bounds: Bounds,
        clock: Clock,
        listener: Arc<Listener>,
    ) -> Self {
        let egress = Arc::new(Egress::new(listener, crate::scenario::model::Id::new(mocks.len())));
        Self { hosts, mocks, authority, egress, bounds, clock }
    }

    /// What is told to who started it.
    pub(super) fn intercepted(&self, address: SocketAddr) -> Intercepted {
        let certificate = self.authority.certificate().to_owned();
        Intercepted { address, certificate, egress: self.egress.clone() }
    }

    /// Who answers for a host, which is in lower case; a host that nobody knows is listed.
    fn find(&self, host: &str, port: u16) -> Host {
        let of = self.hosts.find(host).and_then(|of| self.mocks.get(of.index()));
        if let Some(mock) = of {
            return Host::Known(mock.clone());
        }
        let ip = host.parse::<std::net::IpAddr>().ok();
        if LOCAL.contains(&host) || ip.is_some_and(|ip| ip.is_loopback() || ip.is_unspecified()) {
            return Host::Local;
        }
        self.egress.tried(host, port, self.clock.now());
        Host::Unknown
    }
}

/// A host and port as a client wrote them (`host`, `host:port`, `[::1]:port`): in lower case, without a last dot.
fn host_and_port(text: &str, usual: u16) -> Option<(String, u16)> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest.split_once(']')?;
            (host, rest.strip_prefix(':'))
        }
        None => text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
    };
    let port = match port {
        Some(port) => port.parse().ok()?,
        None => usual,
    };
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
    (!host.is_empty() && host.len() <= 253 && host.chars().all(plain)).then_some((host, port))
}

/// What a client is told whose host nobody knows.
fn denied(host: &str) -> String {
    format!(
        "holdline: no dependency of the scenario answers for {host}. Nothing real is called from here. If the target \
         should know it, name it in the `hosts:` of a dependency.\n"
    )
}

/// What a client is told that asks the front for its own machine.
fn local(host: &str) -> String {
    format!("holdline: {host} is this machine; NO_PROXY says that programs reach it without a proxy.\n")
}
