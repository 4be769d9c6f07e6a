//! `holdline check`: files are held against the language as strictly as a run does.

use super::load::{self, Change};
use super::out;
use crate::scenario::{self, Checked};
use crate::verdict::Exit;
use std::path::PathBuf;

/// Check scenario and desk files as strictly as a run does.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdline check scenarios/*.yaml scenarios/desks/*.yaml
  holdline check scenarios/triple-outage.yaml --explain
  holdline check scenarios/triple-outage.yaml --plan my-plan.yaml")]
pub(super) struct Args {
    /// Scenario, desk, plan, stub or incident files
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Print the complete scenario with every default, and a storyboard of the day
    #[arg(long)]
    explain: bool,
    #[command(flatten)]
    change: Change,
}

pub(super) fn main(args: &Args) -> Exit {
    let colour = out::stderr_has_colours();
    let mut exit = Exit::Fine;
    for file in &args.files {
        let said = match scenario::check(file, &args.change.overrides()) {
            Err(diagnostics) => {
                eprintln!("{}\n", diagnostics.render(colour));
                exit = Exit::Usage;
                continue;
            }
            Ok(Checked::Plan) => {
                format!("{0}: a plan; its names are checked with a desk: check DAY.yaml --plan {0}\n", file.display())
            }
            Ok(Checked::Stubs(loaded)) => {
                load::warn(&loaded.warnings, &loaded.sources);
                format!("{}: good, {} stubs\n", file.display(), loaded.stubs.stubs.len())
            }
            Ok(Checked::Incident(length)) => format!("{}: a good incident, {length} long\n", file.display()),
            Ok(Checked::Scenario(loaded) | Checked::Desk(loaded)) => {
                load::warn(&loaded.warnings, &loaded.sources);
                if args.explain { scenario::explain::explain(&loaded) } else { format!("{}: good\n", file.display()) }
            }
        };
        if out::print(&said) != Exit::Fine {
            return Exit::Usage;
        }
    }
    exit
}
