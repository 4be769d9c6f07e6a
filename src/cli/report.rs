//! `holdline report`: the reports of a run again, from what its folder holds.

use super::out;
use crate::measure::{Collector, Merged, Windows};
use crate::observation::Observation;
use crate::observation::Observer;
use crate::report::unfinished::Unfinished;
use crate::report::{Around, Bundle, How, PlanRuns, journal, terminal};
use crate::scenario::Scenario;
use crate::time::Span;
use crate::verdict::{Exit, judge};
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

/// Make the reports of a run again, from its journal.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  holdline report reports/first-rehearsal/2026-11-27T101502")]
pub(super) struct Args {
    /// The folder of a rehearsal, or of a simulation with `--journal`: it holds scenario.json and journal.jsonl
    folder: PathBuf,
    /// Exit with 1 also when the verdict is `bent`
    #[arg(long)]
    strict: bool,
}

pub(super) fn main(args: &Args) -> Exit {
    match again(&args.folder, args.strict) {
        Ok(exit) => exit,
        Err(message) => {
            out::complain(&message);
            Exit::Usage
        }
    }
}

fn again(folder: &Path, strict: bool) -> Result<Exit, String> {
    if !folder.join("journal.jsonl").is_file() {
        let why = "a rehearsal keeps one, a simulation only the run asked for with `--journal RUN`";
        return Err(format!("{} holds no journal.jsonl: {why}", folder.display()));
    }
    let path = folder.join("scenario.json");
    let text = std::fs::read_to_string(&path).map_err(|e| format!("{} cannot be read: {e}", path.display()))?;
    let scenario: Scenario = serde_json::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))?;
    let path = folder.join("journal.jsonl");
    let file = File::open(&path).map_err(|e| format!("{} cannot be read: {e}", path.display()))?;
    let windows = Windows::of(&scenario);
    let mut watching = (Collector::new(&scenario, &windows), Unfinished::default());
    let same = |header: &journal::Header| {
        if header.scenario == scenario.hash {
            return Ok(());
        }
        Err(format!("the journal is of scenario {}, the folder's scenario is {}", header.scenario, scenario.hash))
    };
    let replayed =
        journal::replay(BufReader::new(file), same, &mut watching).map_err(|e| format!("{}: {e}", path.display()))?;
    let (mut collector, unfinished) = watching;
    let close = match replayed.closed {
        Some(closed) => closed,
        None => {
            let until = Span::from_secs(replayed.last.micros() / 1_000_000);
            eprintln!("note: the run was killed; this is what had happened in the first {until}");
            collector.observe(replayed.last, &Observation::Stopped { by: None });
            unfinished.at(replayed.last, scenario.drain).for_each(|seen| collector.observe(replayed.last, &seen));
            replayed.last
        }
    };
    let header = replayed.header;
    let merged = Merged::of(&header.plan, header.seed, &[collector.finish(close)]).ok_or("the journal is empty")?;
    let judgement = judge(&scenario, &merged);
    let how = How { mode: &header.mode, seed: header.seed, pace: header.pace };
    let plans = [PlanRuns { scenario: &scenario, merged: &merged, judgement: &judgement }];
    let bundle = Bundle::of(how, &windows, &plans).ok_or("the journal is empty")?;
    let around = Around {
        report: Some(folder.join("report.html").display().to_string()),
        when: Some(out::when()),
        replay: None,
        next: Vec::new(),
    };
    out::write_reports(folder, &bundle, &around)?;
    out::print(&terminal::summary(&bundle, &around, out::look()));
    Ok(Exit::of(&judgement.verdict, strict, false, false))
}
