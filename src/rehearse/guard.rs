//! `holdline guard`: stands between us and a target's processes, so that they end with us, also when we are killed.
//!
//! The guard starts the target in a process group of its own and reads its own standard input, the other end of which only
//! we hold. When that ends, for whatever reason, the whole group is asked to end and then made to. Processes that left the
//! group for a session of their own (daemons) become children of the guard when their parents end, and end with it too.

use crate::mocks::descriptors;
use crate::verdict::Exit;
use nix::sys::prctl::set_child_subreaper;
use nix::sys::signal::{Signal, kill, killpg};
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::Pid;
use std::io::Read;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Keeps a target's processes together and ends them with us.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A folder with files that stand over the machine's own for the target alone: how names are looked up.
    #[arg(long)]
    names: Option<PathBuf>,
    /// How many files the target may have open, where we may have more than we were given.
    #[arg(long)]
    files: Option<u64>,
    /// The target's program and its arguments.
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<String>,
}

/// How names are looked up: the files of the folder, and what they stand over.
pub(super) const NAMES: [(&str, &str); 2] = [("hosts", "/etc/hosts"), ("resolv.conf", "/etc/resolv.conf")];

/// How long a target has to end by itself.
const GRACE: Duration = Duration::from_secs(2);

/// The exit code that says: the program could not be started.
pub const CANNOT_START: i32 = 127;

/// Runs a target under guard; ends the process with the target's exit code.
pub fn main(args: &Args) -> Exit {
    let Some((program, arguments)) = args.command.split_first() else { return Exit::Usage };
    if let Some(folder) = &args.names
        && let Err(why) = look_names_up_in(folder)
    {
        eprintln!("the target cannot have a hosts file of its own ({why}); `--intercept proxy` needs no rights");
        std::process::exit(CANNOT_START);
    }
    if let Some(files) = args.files {
        descriptors::lower(files);
    }
    // Without it daemons are left behind: no reason not to rehearse.
    let _ = set_child_subreaper(true);
    // A standard input that stays open: some programs end with theirs.
    let started = Command::new(program).args(arguments).stdin(Stdio::piped()).process_group(0).spawn();
    let mut child = match started {
        Ok(child) => child,
        Err(error) => {
            eprintln!("`{program}` cannot be started: {error}");
            std::process::exit(CANNOT_START);
        }
    };
    let group = Pid::from_raw(child.id() as i32);
    std::thread::spawn(move || {
        let mut stdin = std::io::stdin().lock();
        let mut sink = [0; 64];
        while stdin.read(&mut sink).is_ok_and(|read| read > 0) {}
        end(group);
        end_daemons();
        std::process::exit(0);
    });
    let open = child.stdin.take();
    let code = child.wait().map_or(1, |status| status.code().unwrap_or(128 + status.signal().unwrap_or(0)));
    drop(open);
    // What the target left behind in its group ends too.
    let _ = killpg(group, Signal::SIGKILL);
    end_daemons();
    std::process::exit(code);
}

/// In a mount namespace of our own, so that nothing changes for anybody but the target. Called while this process has one
/// thread, as the system demands.
#[cfg(target_os = "linux")]
fn look_names_up_in(folder: &Path) -> Result<(), String> {
    use nix::mount::{MsFlags, mount};
    use nix::sched::{CloneFlags, unshare};
    let (user, group) = (nix::unistd::getuid(), nix::unistd::getgid());
    let mut own = CloneFlags::CLONE_NEWNS;
    if !user.is_root() {
        own |= CloneFlags::CLONE_NEWUSER;
    }
    unshare(own).map_err(|e| format!("the system allows no mount namespace: {e}"))?;
    if !user.is_root() {
        let maps =
            [("setgroups", "deny".to_owned()), ("uid_map", same(user.as_raw())), ("gid_map", same(group.as_raw()))];
        for (file, text) in maps {
            std::fs::write(format!("/proc/self/{file}"), text).map_err(|e| format!("{file} cannot be written: {e}"))?;
        }
    }
    let none = None::<&str>;
    mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none).map_err(|e| format!("mount: {e}"))?;
    for (file, place) in NAMES {
        let laid = mount(Some(&folder.join(file)), place, none, MsFlags::MS_BIND, none);
        laid.map_err(|e| format!("{place} cannot be laid over: {e}"))?;
    }
    Ok(())
}

/// A user or group is itself in its namespace.
#[cfg(target_os = "linux")]
fn same(id: u32) -> String {
    format!("{id} {id} 1")
}

#[cfg(not(target_os = "linux"))]
fn look_names_up_in(_: &Path) -> Result<(), String> {
    Err("only Linux has mount namespaces".to_owned())
}

/// Asks a group to end, waits a moment, and makes it.
fn end(group: Pid) {
    let _ = killpg(group, Signal::SIGTERM);
    let steps = 40;
    for _ in 0..steps {
        if killpg(group, None).is_err() {
            return;
        }
        // The guard is a process of its own whose only work is to wait.
        std::thread::park_timeout(GRACE / steps);
    }
    let _ = killpg(group, Signal::SIGKILL);
}

/// Generations of daemons that are followed: each becomes ours only when the one before has ended.
const GENERATIONS: usize = 64;

/// Ends whatever is still a child of the guard, and what becomes one by that.
fn end_daemons() {
    for _ in 0..GENERATIONS {
        let children = children();
        if children.is_empty() {
            return;
        }
        for child in children {
            let _ = kill(child, Signal::SIGKILL);
            let _ = waitpid(child, Some(WaitPidFlag::empty()));
        }
    }
}

/// The children of this process, as the kernel lists them: the parent is the second word after the name in brackets.
fn children() -> Vec<Pid> {
    let parent = std::process::id().to_string();
    let Ok(processes) = std::fs::read_dir("/proc") else { return Vec::new() };
    let ids = processes.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let is_ours = |id: &i32| {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(1)) == Some(parent.as_str())
    };
    ids.filter(is_ours).map(Pid::from_raw).collect()
}
