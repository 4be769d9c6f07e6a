//! `holdline check`: files are held against the language as strictly as a run does.

use super::out;
use crate::scenario::{self, Checked, Overrides, PlanChoice};
use crate::verdict::Exit;
use std::path::PathBuf;

/// Check scenario and desk files as strictly as a run does.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdline check scenarios/*.yaml scenarios/desks/*.yaml
  holdline check scenarios/triple-outage.yaml --explain")]
pub(super) struct Args {
    /// Scenario, desk or plan files
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Print the complete scenario with every default, and a storyboard of the day
    #[arg(long)]
    explain: bool,
    /// Change one thing before checking: `outages.llm-brownout.for=2h`
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
}

pub(super) fn main(args: &Args) -> Exit {
    let colour = out::stderr_is_terminal();
    let mut exit = Exit::Fine;
    for file in &args.files {
        let overrides = Overrides { set: args.set.clone(), plan: PlanChoice::Written };
        match scenario::check(file, &overrides) {
            Err(diagnostics) => {
                eprintln!("{}\n", diagnostics.render(colour));
                exit = Exit::Usage;
            }
            Ok(Checked::Plan) => {
                out::print(&format!("{}: a plan; its names are checked together with a desk\n", file.display()));
            }
            Ok(Checked::Scenario(loaded) | Checked::Desk(loaded)) => {
                for warning in &loaded.warnings {
                    eprintln!("{}\n", warning.render(&loaded.sources, colour));
                }
                if args.explain {
                    out::print(&scenario::explain::explain(&loaded));
                } else {
                    out::print(&format!("{}: good\n", file.display()));
                }
            }
        }
    }
    exit
}
