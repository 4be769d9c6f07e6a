//! `holdline compare`: two runs side by side, for build servers and for people who changed something.

use super::out;
use crate::measure::Kpi;
use crate::measure::definitions::DEFINITIONS;
use crate::report::compare::{Asked, compare, junit, text};
use crate::report::{Bundle, json};
use crate::scenario::diagnostic::did_you_mean;
use crate::units;
use crate::verdict::Exit;
use std::path::{Path, PathBuf};

/// Put two runs side by side: what got worse, what got better.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdline compare reports/triple-outage/2026-11-27T101502 reports/triple-outage/2026-11-27T104410
  holdline compare baseline/run.json out/run.json --kpi abandonment --kpi wait --junit compare.xml

A figure of the whole day (a mean, 90th percentile, count or share, by channel or dependency) counts as changed where
its 95 % intervals before and after do not touch and it moved by --by or more. Single runs, as those of a rehearsal, are judged by their verdicts and expectations.

Exit codes: 0 nothing got worse, 5 something did, 2 invalid use, 4 one of the two runs is void.")]
pub(super) struct Args {
    /// The run before: its folder or its run.json
    before: PathBuf,
    /// The run after: its folder or its run.json
    after: PathBuf,
    /// The smallest change of a figure that counts, in percent of what it was
    #[arg(long, value_name = "PERCENT", default_value = "5", value_parser = units::percent)]
    by: f64,
    /// Only this measure; may be given several times (default: all that can be better or worse)
    #[arg(long, value_name = "NAME", value_parser = measure)]
    kpi: Vec<Kpi>,
    /// Write the comparison as JUnit XML, too
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

pub(super) fn main(args: &Args) -> Exit {
    match seen(args) {
        Ok(exit) => exit,
        Err((exit, message)) => {
            out::complain(&message);
            exit
        }
    }
}

fn seen(args: &Args) -> Result<Exit, (Exit, String)> {
    let wrong = |message| (Exit::Usage, message);
    let (before, after) = (read(&args.before).map_err(wrong)?, read(&args.after).map_err(wrong)?);
    let asked = Asked { by: args.by, kpis: args.kpi.clone() };
    let seen = compare(&before, &after, &asked).map_err(|void| (Exit::Void, void))?;
    if let Some(path) = &args.junit {
        let xml = junit::xml(&seen).map_err(wrong)?;
        out::replace(path, &xml).map_err(wrong)?;
    }
    match out::print(&text(&seen, out::look())) {
        Exit::Fine if seen.is_worse() => Ok(Exit::Regression),
        exit => Ok(exit),
    }
}

/// Reads a run from its folder or from its file.
fn read(path: &Path) -> Result<Bundle, String> {
    let file = if path.is_dir() { path.join("run.json") } else { path.to_owned() };
    let cannot = |e: std::io::Error| {
        format!("{} cannot be read: {e}; name the folder of a run, or its run.json", file.display())
    };
    let text = std::fs::read_to_string(&file).map_err(cannot)?;
    json::read(&text).map_err(|e| format!("{}: {e}", file.display()))
}

fn measure(name: &str) -> Result<Kpi, String> {
    Kpi::named(name).ok_or_else(|| {
        let known = DEFINITIONS.iter().map(|definition| definition.name);
        let all: Vec<&str> = known.clone().collect();
        format!("{} the measures are {}", did_you_mean(name, known), all.join(", ")).trim_start().to_owned()
    })
}
