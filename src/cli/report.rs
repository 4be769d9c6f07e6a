//! `holdline report`: the reports of a run again, from what its folder holds, or the story of one of its contacts.

use super::out;
use crate::measure::{Collector, Merged, Windows};
use crate::observation::Observation;
use crate::observation::Observer;
use crate::report::story;
use crate::report::unfinished::Unfinished;
use crate::report::{Around, Bundle, How, PlanRuns, journal, terminal};
use crate::scenario::Scenario;
use crate::time::{Span, Time};
use crate::verdict::{Exit, judge};
use crate::workload::identity;
use std::io::BufRead;
use std::path::PathBuf;

/// Make the reports of a run again, from its journal, or tell the story of one contact.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  holdline report reports/first-rehearsal/2026-11-27T101502
  holdline report reports/first-rehearsal/2026-11-27T101502 --contact HL-7K2F")]
pub(super) struct Args {
    /// The folder of a rehearsal, or of a simulation with `--journal`: it holds scenario.json and journal.jsonl
    folder: PathBuf,
    /// Exit with 1 also when the verdict is `bent`
    #[arg(long)]
    strict: bool,
    /// Only print what happened to the contacts of this order number, and leave the reports alone
    #[arg(long, value_name = "ORDER")]
    contact: Option<String>,
}

pub(super) fn main(args: &Args) -> Exit {
    match again(args) {
        Ok(exit) => exit,
        Err(message) => {
            out::complain(&message);
            Exit::Usage
        }
    }
}

fn again(args: &Args) -> Result<Exit, String> {
    let folder = args.folder.as_path();
    if !folder.join("journal.jsonl").is_file() {
        let why = "a rehearsal keeps one, a simulation only the run asked for with `--journal RUN`";
        return Err(format!("{} holds no journal.jsonl: {why}", folder.display()));
    }
    let path = folder.join("scenario.json");
    let text = std::fs::read_to_string(&path).map_err(|e| format!("{} cannot be read: {e}", path.display()))?;
    let scenario: Scenario = serde_json::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))?;
    let windows = Windows::of(&scenario);
    let mut watching = (Collector::new(&scenario, &windows), Unfinished::default());
    let open = out::journal(folder);
    let replayed = journal::replay_of(open()?, &scenario, &mut watching);
    let replayed = replayed.map_err(|e| format!("{}: {e}", folder.join("journal.jsonl").display()))?;
    let (mut collector, unfinished) = watching;
    let mut ending = Vec::new();
    let close = match replayed.closed {
        Some(closed) => closed,
        None => {
            let until = Span::from_secs(replayed.last.micros() / 1_000_000);
            eprintln!("note: the run was killed; this is what had happened in the first {until}");
            ending.push((replayed.last, Observation::Stopped { by: None }));
            ending.extend(unfinished.at(replayed.last, scenario.drain).map(|seen| (replayed.last, seen)));
            ending.iter().for_each(|(at, seen)| collector.observe(*at, seen));
            replayed.last
        }
    };
    if let Some(order) = &args.contact {
        return one(order, &scenario, &open, &ending);
    }
    let header = replayed.header;
    let merged = Merged::of(&header.plan, header.seed, &[collector.finish(close)]).ok_or("the journal is empty")?;
    let judgement = judge(&scenario, &merged);
    let how = How { mode: &header.mode, seed: header.seed, pace: header.pace };
    let plans = [PlanRuns { scenario: &scenario, merged: &merged, judgement: &judgement }];
    let mut bundle = Bundle::of(how, &windows, &plans).ok_or("the journal is empty")?;
    bundle.stories = Some(story::worst(&open, &scenario, &ending)?);
    let around = Around {
        report: Some(folder.join("report.html").display().to_string()),
        when: Some(out::when()),
        replay: None,
        next: Vec::new(),
    };
    out::write_reports(folder, &bundle, &around)?;
    out::print(&terminal::summary(&bundle, &around, out::look()));
    Ok(Exit::of(&judgement.verdict, args.strict, false, false))
}

/// Prints the stories of the contacts of one order number.
fn one<R: BufRead>(
    order: &str,
    scenario: &Scenario,
    open: impl Fn() -> Result<R, String>,
    ending: &[(Time, Observation)],
) -> Result<Exit, String> {
    let asked = order.trim().to_uppercase();
    let customer = identity::customer_in(&asked).or_else(|| identity::customer_in(&format!("HL-{asked}")));
    let customer = customer.ok_or_else(|| format!("`{order}` is no order number, as HL-7K2F is one"))?;
    let stories = story::of_customer(open, scenario, ending, customer)?;
    if stories.is_empty() {
        return Err(format!("the journal knows no contact of order {}", identity::order_number(customer)));
    }
    let start = scenario.start.second_of_day;
    Ok(out::print(&stories.iter().map(|told| story::text::text(told, start)).collect::<String>()))
}
