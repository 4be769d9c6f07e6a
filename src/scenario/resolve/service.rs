//! What only some kinds of dependencies have: an HTTP service its stubs, a proxy what is behind it.

use super::{Context, stubs};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::model::{DependencyKind, Stubs};
use crate::scenario::raw;
use crate::scenario::tree::At;
use crate::units::shown;
use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

/// What an HTTP service answers.
pub(super) fn stubs(context: &mut Context<'_>, kind: DependencyKind, raw: &raw::Dependency) -> Option<Arc<Stubs>> {
    match (kind, &raw.stubs) {
        (DependencyKind::Http, None) => {
            let error = Diagnostic::at(raw.kind.place, "`kind: http` needs `stubs`");
            context.error(error.help("name a file that says what it answers: `{ kind: http, stubs: stubs/crm.yaml }`"));
            None
        }
        (DependencyKind::Http, Some(named)) => {
            let at = context.stub_files.iter().position(|file| file.named == named.place)?;
            let file = context.stub_files.swap_remove(at);
            Some(stubs::stubs(context, &file))
        }
        (_, Some(named)) => {
            context.error(Diagnostic::at(named.place, "only an HTTP service (`kind: http`) has stubs"));
            None
        }
        (_, None) => None,
    }
}

/// The address behind a proxy: of this machine or a private network, unless it is said that it may be elsewhere.
pub(super) fn upstream(context: &mut Context<'_>, kind: DependencyKind, raw: &raw::Dependency) -> Option<SocketAddr> {
    const HOW: &str = "write `{ kind: tcp, upstream: \"127.0.0.1:5432\" }`";
    if kind != DependencyKind::Tcp {
        let places = [raw.upstream.as_ref().map(|at| at.place), raw.remote.as_ref().map(|at| at.place)];
        for place in places.into_iter().flatten() {
            context.error(Diagnostic::at(place, "only a proxy (`kind: tcp`) has something behind it"));
        }
        return None;
    }
    let Some(written) = &raw.upstream else {
        let title = "`kind: tcp` needs `upstream`, the address of the real service";
        context.error(Diagnostic::at(raw.kind.place, title).help(HOW));
        return None;
    };
    let Some(address) = address(written) else {
        let title = format!("`{}` is no address of a service", shown(&written.value));
        let label = "a port, and an address in numbers or `localhost`";
        context.error(Diagnostic::at(written.place, title).label(label).help(HOW));
        return None;
    };
    let remote = raw.remote.as_ref().is_some_and(|remote| remote.value);
    if !remote && !is_near(address.ip()) {
        let title = format!("`{}` is on a public network", shown(&written.value));
        let help = "a proxy leads to this machine or a private network; `remote: true` allows another one";
        context.error(Diagnostic::at(written.place, title).help(help));
    }
    Some(address)
}

fn address(written: &At<String>) -> Option<SocketAddr> {
    let text = written.value.trim();
    let address = match text.strip_prefix("localhost:") {
        Some(port) => SocketAddr::from((Ipv4Addr::LOCALHOST, port.parse::<u16>().ok()?)),
        None => text.parse().ok()?,
    };
    (address.port() != 0 && !address.ip().is_unspecified() && !address.ip().is_multicast()).then_some(address)
}

/// On this machine, or on a network of one's own.
fn is_near(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_is_this_machine_and_private_networks() {
        let read = |text: &str| address(&At { value: text.to_owned(), place: Default::default() });
        let near = |text: &str| read(text).map(|address| is_near(address.ip()));
        for text in ["127.0.0.1:5432", "localhost:6379", "10.1.2.3:1", "192.168.0.9:80", "[::1]:5432", "[fd00::1]:1"] {
            assert_eq!(near(text), Some(true), "{text}");
        }
        for text in ["8.8.8.8:53", "[2001:4860:4860::8888]:53", "[::ffff:8.8.8.8]:53", "172.32.0.1:1"] {
            assert_eq!(near(text), Some(false), "{text}");
        }
        for text in ["db:5432", "127.0.0.1", "127.0.0.1:0", "localhost:x", "0.0.0.0:80", "224.0.0.1:1", "", "::1:80:x"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
