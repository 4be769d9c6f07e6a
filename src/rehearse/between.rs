//! Interception in a rehearsal: by a proxy that the environment names, or by a hosts file of the target's own.

use super::driver::Settings;
use super::setup::Listens;
use super::target::{Program, Sign};
use crate::mocks::front::Intercepted;
use crate::mocks::host::Running;
use crate::scenario::hosts::Hosts;
use crate::scenario::model::Receives;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use tokio::net::TcpListener;

/// The folder of a run for what clients of the front read.
const FOLDER: &str = "intercept";
/// Where the front is for a target that looks hosts up in a file: an address of this machine that nobody uses.
const BESIDE_LOCALHOST: (Ipv4Addr, u16) = (Ipv4Addr::new(127, 0, 0, 2), 443);
/// The machine's own list of hosts, which stays in force.
const HOSTS: &str = "/etc/hosts";
/// Variables of the front that are about its proxy.
const OF_PROXY: [&str; 8] = [
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "https_proxy",
    "http_proxy",
    "NO_PROXY",
    "no_proxy",
    "NODE_USE_ENV_PROXY",
    "NODE_OPTIONS",
];

/// Starts the front, if anything is intercepted.
pub(super) async fn start(mocks: &mut Running, settings: &Settings) -> Result<Option<Intercepted>, String> {
    let Some(hosts) = settings.intercept.clone() else { return Ok(None) };
    let front = if settings.by_hosts_file {
        let place = SocketAddr::from(BESIDE_LOCALHOST);
        let socket = TcpListener::bind(place).await.map_err(|e| {
            format!(
                "`--intercept hosts` needs port 443 of {}, which cannot be used ({e}): it is for root, or for systems where \
                 net.ipv4.ip_unprivileged_port_start allows it; `--intercept proxy` needs no rights",
                place.ip()
            )
        })?;
        mocks.front_on(socket, hosts)
    } else {
        mocks.front(hosts, None).await
    };
    front.map(Some).map_err(|e| format!("nothing can be intercepted: {e}"))
}

/// Writes what the target needs to be led to the front; gives the variables for it.
pub(super) fn lead(
    front: &Intercepted,
    settings: &Settings,
    program: &mut Program,
    listens: &Listens,
) -> Result<Vec<(String, String)>, String> {
    let folder = settings.folder.join(FOLDER);
    let cannot = |e: std::io::Error| format!("{} cannot be written: {e}", folder.display());
    fs::create_dir_all(&folder).map_err(cannot)?;
    let mut variables = front.environment(&folder, &own_hosts(program, listens)).map_err(cannot)?;
    if let Some(hosts) = settings.intercept.as_ref().filter(|_| settings.by_hosts_file) {
        variables.retain(|(name, _)| !OF_PROXY.contains(&name.as_str()));
        program.names = Some(std::path::absolute(&folder).map_err(cannot)?);
        write_names(&folder, hosts, front.address).map_err(cannot)?;
    }
    Ok(variables)
}

/// The hosts of the target's own services, which it reaches without a proxy.
fn own_hosts(program: &Program, listens: &Listens) -> Vec<String> {
    let received = listens.iter().filter_map(|receives| match receives {
        Receives::SlackEvents(url) | Receives::TwilioVoice(url) | Receives::ZendeskWebhook(url) => Some(url),
        Receives::SlackSocket => None,
    });
    let ready = program.ready.iter().map(|sign| match sign {
        Sign::Good(url) | Sign::Any(url) => url,
    });
    let host = |url: &String| url.parse::<hyper::Uri>().ok()?.host().map(str::to_owned);
    received.chain(ready).filter_map(host).collect()
}

/// The names of hosts, and of nobody who would resolve another one: what the guard lays over the machine's own files.
fn write_names(folder: &Path, hosts: &Hosts, front: SocketAddr) -> std::io::Result<()> {
    let mut list = fs::read_to_string(HOSTS).unwrap_or_default();
    list.push('\n');
    for name in hosts.iter().filter_map(|(pattern, _)| pattern.name()) {
        list.push_str(&format!("{} {name}\n", front.ip()));
    }
    fs::write(folder.join(super::guard::NAMES[0].0), list)?;
    fs::write(
        folder.join(super::guard::NAMES[1].0),
        format!("nameserver {}\noptions attempts:1 timeout:1\n", front.ip()),
    )
}
