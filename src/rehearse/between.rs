//! Interception in a rehearsal: by a proxy that the environment names, or by a hosts file of the target's own.

use super::driver::Settings;
use super::setup::Listens;
use super::target::{Program, Sign};
use crate::mocks::front::{Intercepted, Variables, of_no_proxy};
use crate::mocks::host::Running;
use crate::scenario::hosts::Hosts;
use crate::scenario::model::Receives;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use tokio::net::TcpListener;

/// How a target's connections are led to the front.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// By the proxy that its environment names.
    Proxy,
    /// By a hosts file of its own.
    HostsFile,
}

/// What is intercepted.
#[derive(Clone, Debug)]
pub struct Interception {
    /// Which dependency answers for which hosts.
    pub hosts: Hosts,
    /// How the target is led there.
    pub by: By,
}

/// The folder of a run for what clients of the front read.
const FOLDER: &str = "intercept";
/// Where the front is for a target that looks hosts up in a file: an address of this machine that nobody uses.
const BESIDE_LOCALHOST: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
const HTTPS: u16 = 443;
const HTTP: u16 = 80;
/// The machine's own list of hosts, which stays in force.
const HOSTS: &str = "/etc/hosts";

/// Starts the front, if anything is intercepted.
pub(super) async fn start(mocks: &mut Running, settings: &Settings) -> Result<Option<Intercepted>, String> {
    let Some(Interception { hosts, by }) = settings.intercept.clone() else { return Ok(None) };
    let cannot = |e: std::io::Error| format!("nothing can be intercepted: {e}");
    if by == By::Proxy {
        return mocks.front(hosts, None).await.map(Some).map_err(cannot);
    }
    let place = SocketAddr::from((BESIDE_LOCALHOST, HTTPS));
    let secure = TcpListener::bind(place).await.map_err(|e| {
        format!(
            "`--intercept hosts` needs port {HTTPS} of {BESIDE_LOCALHOST}, which cannot be used ({e}): it is for root, or \
             for systems where net.ipv4.ip_unprivileged_port_start allows it; `--intercept proxy` needs no rights"
        )
    })?;
    // Vendors are called by https: what is in the clear is no reason not to rehearse.
    let plain = TcpListener::bind((BESIDE_LOCALHOST, HTTP)).await;
    if let Err(e) = &plain {
        mocks.note(format!("port {HTTP} of {BESIDE_LOCALHOST} cannot be used ({e}): only https:// is intercepted"));
    }
    let stars: Vec<String> =
        hosts.iter().filter(|(pattern, _)| pattern.name().is_none()).map(|(pattern, _)| pattern.to_string()).collect();
    if !stars.is_empty() {
        mocks.note(format!(
            "a hosts file holds whole names only, so these lead nowhere: {}; name the target's own in `hosts:`",
            stars.join(", ")
        ));
    }
    let front = mocks.front_on(place, [Ok(secure), plain].into_iter().flatten(), hosts);
    front.map(Some).map_err(cannot)
}

/// Writes what the target needs to be led to the front; gives the variables for it.
pub(super) fn lead(
    front: &Intercepted,
    settings: &Settings,
    program: &mut Program,
    listens: &Listens,
) -> Result<Variables, String> {
    let Some(Interception { hosts, by }) = &settings.intercept else { return Ok(Variables::new()) };
    let folder = settings.folder.join(FOLDER);
    let cannot = |e: std::io::Error| format!("{} cannot be written: {e}", folder.display());
    fs::create_dir_all(&folder).map_err(cannot)?;
    match by {
        By::Proxy => {
            let target = settings.scenario.target.as_ref().and_then(|target| target.url.as_ref());
            let mut beside = own_hosts(target, program, listens);
            // What the scenario itself says here adds to the front's words instead of standing in their place.
            beside.extend(["NO_PROXY", "no_proxy"].iter().filter_map(|name| program.env.remove(*name)));
            front.proxied(&folder, &beside, program.env.remove("NODE_OPTIONS")).map_err(cannot)
        }
        By::HostsFile => {
            program.names = Some(std::path::absolute(&folder).map_err(cannot)?);
            write_names(&folder, hosts, front.address).map_err(cannot)?;
            // A proxy of the machine would be reached by its address, and the vendor behind it.
            let mut variables = front.trusted(&folder).map_err(cannot)?;
            variables.extend(of_no_proxy());
            Ok(variables)
        }
    }
}

/// The hosts of the target's own services, which it reaches without a proxy.
fn own_hosts(target: Option<&String>, program: &Program, listens: &Listens) -> Vec<String> {
    let received = listens.iter().filter_map(|receives| match receives {
        Receives::SlackEvents(url) | Receives::TwilioVoice(url) | Receives::ZendeskWebhook(url) => Some(url),
        Receives::SlackSocket => None,
    });
    let ready = program.ready.iter().map(|sign| match sign {
        Sign::Good(url) | Sign::Any(url) => url,
    });
    let host = |url: &String| url.parse::<hyper::Uri>().ok()?.host().map(str::to_owned);
    received.chain(ready).chain(target).filter_map(host).collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn the_targets_own_services_go_round_the_front() {
        let program = Program {
            command: vec!["bot".into()],
            folder: ".".into(),
            env: Default::default(),
            ready: Some(Sign::Good("http://bot.internal:3000/healthz".into())),
            within: Duration::from_secs(1),
            names: None,
        };
        let listens = vec![Receives::SlackSocket, Receives::SlackEvents("http://127.0.0.5:3000/slack".into())];
        let url = "http://desk.internal:8080".to_owned();
        assert_eq!(own_hosts(Some(&url), &program, &listens), ["127.0.0.5", "bot.internal", "desk.internal"]);
    }
}
