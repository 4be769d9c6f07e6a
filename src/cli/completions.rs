//! `holdline completions`: for bash, zsh, fish and others.

use super::{Cli, out};
use crate::verdict::Exit;
use clap::CommandFactory;
use clap_complete::Shell;

/// Print completions for a shell.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  holdline completions bash > /etc/bash_completion.d/holdline")]
pub(super) struct Args {
    /// Which shell
    shell: Shell,
}

pub(super) fn main(args: &Args) -> Exit {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "holdline", &mut text);
    out::print(&String::from_utf8_lossy(&text))
}
