//! How many files and sockets this process may have open. Many systems set the usual limit at 1,024 for programs that still
//! use `select`; a thousand streams and what they need beside would break it.

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use std::sync::OnceLock;

/// The limit is raised so far at most: beyond it are only tables that nobody fills.
pub const MOST: u64 = 65_536;
/// What is taken for the limit where the system does not tell it.
const USUAL: u64 = 1_024;

/// The limit under which this process was started, if it was raised.
static BEFORE: OnceLock<u64> = OnceLock::new();

/// How many may be open now.
pub fn limit() -> u64 {
    getrlimit(Resource::RLIMIT_NOFILE).map_or(USUAL, |(soft, _)| soft)
}

/// Raises the limit to what the system allows this process, at most [`MOST`]. Where it cannot be raised everything stays
/// as it is: the bounds on connections follow [`limit`].
pub fn raise() {
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else { return };
    let wanted = hard.min(MOST);
    if wanted > soft && setrlimit(Resource::RLIMIT_NOFILE, wanted, hard).is_ok() {
        // The first time tells how it was.
        BEFORE.set(soft).ok();
    }
}

/// The limit under which this process was started, if it was raised: a target is started under it too, since a program may
/// go by what it finds.
pub fn before() -> Option<u64> {
    BEFORE.get().copied()
}

/// Lowers the limit again, for what this process starts.
pub fn lower(to: u64) {
    if let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE)
        && to < soft
    {
        // One that stays high hurts hardly any target.
        setrlimit(Resource::RLIMIT_NOFILE, to, hard).ok();
    }
}
