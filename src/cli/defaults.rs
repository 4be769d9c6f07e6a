//! `holdline defaults`: what holds where a file says nothing.

use super::out;
use crate::scenario::defaults;
use crate::verdict::Exit;

/// List the defaults of the language.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdline defaults
  holdline defaults --explain | grep patience")]
pub(super) struct Args {
    /// With source and confidence of each
    #[arg(long)]
    explain: bool,
}

pub(super) fn main(args: &Args) -> Exit {
    out::print(&if args.explain { defaults::explain() } else { defaults::list() })
}
