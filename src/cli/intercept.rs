//! `--intercept`: what stands between a target and the hosts that it has hard-coded.

use super::out;
use crate::rehearse::between::By;
use crate::scenario::Loaded;
use crate::scenario::hosts::Hosts;
use crate::verdict::Exit;

/// How a target's connections to its vendors' own hosts are intercepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Intercept {
    /// By a proxy that answers in the vendors' place; the environment tells programs of it
    Proxy,
    /// By a hosts file in a mount namespace of the target's own, for one that heeds no proxy (rehearse, Linux)
    Hosts,
}

impl Intercept {
    /// As a rehearsal knows it.
    pub(super) fn by(self) -> By {
        match self {
            Self::Proxy => By::Proxy,
            Self::Hosts => By::HostsFile,
        }
    }
}

/// Who answers for which hosts of a scenario; complaints go to stderr.
pub(super) fn hosts(loaded: &Loaded) -> Result<Hosts, Exit> {
    Hosts::of_loaded(loaded).map_err(|diagnostic| {
        eprintln!("{}", diagnostic.render(&loaded.sources, out::stderr_is_terminal()));
        Exit::Usage
    })
}
