//! `holdline simulate`: many days in virtual time, under several plans, side by side.

use super::load::{self, Change, quoted};
use super::out;
use crate::breaking::{self, Effort};
use crate::engine;
use crate::engine::plans::{Played, play as play_all, variants};
use crate::engine::runs::Runs;
use crate::faults::for_the_model;
use crate::measure::Windows;
use crate::rehearse::refuse;
use crate::report::breaking::BreakingInfo;
use crate::report::journal::{self, Header, Journal};
use crate::report::{self, Around, Bundle, How, PlanRuns, terminal};
use crate::scenario::Scenario;
use crate::verdict::Exit;
use crate::workload::arrivals::Demand;
use indicatif::{ProgressBar, ProgressStyle};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Play a scenario on the modelled desk, in virtual time.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdline simulate scenarios/triple-outage.yaml --runs 200
  holdline simulate scenarios/triple-outage.yaml --runs 500 --seed 7 --plan none
  holdline simulate scenarios/triple-outage.yaml --set outages.llm-brownout.for=2h --out out/
  holdline simulate scenarios/phone-lines-down.yaml --breaking-point")]
pub(super) struct Args {
    /// The scenario file
    scenario: PathBuf,
    /// How many runs, each another day of the same kind
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    runs: u64,
    /// The seed: the same one gives the same days
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads; 0 takes all processors. The figures do not depend on it
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=1024))]
    threads: u64,
    /// The folder for the reports (default: a new one below reports/)
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Keep the journal of one run of the first plan (0 is the first), for `holdline report` and for reading
    #[arg(long, value_name = "RUN")]
    journal: Option<u64>,
    /// Exit with 1 also when the verdict is `bent`
    #[arg(long)]
    strict: bool,
    /// Search in full for the length and the size of each disturbance at which the verdict flips, with a picture of each
    #[arg(long, conflicts_with = "no_breaking_point")]
    breaking_point: bool,
    /// Leave the search for breaking points out (a simulation of fewer than 10 runs does by itself)
    #[arg(long)]
    no_breaking_point: bool,
    #[command(flatten)]
    change: Change,
}

pub(super) fn main(args: &Args) -> Exit {
    let loaded = match load::scenario(&args.scenario, &args.change) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    match play(args, loaded.scenario) {
        Ok(exit) => exit,
        Err(message) => {
            out::complain(&message);
            Exit::Usage
        }
    }
}

fn play(args: &Args, scenario: Scenario) -> Result<Exit, String> {
    if let Some(run) = args.journal.filter(|run| *run >= args.runs) {
        let last = args.runs - 1;
        return Err(format!("--journal {run}: the runs of this simulation are 0 to {last}; more come with --runs"));
    }
    let (scenario, left_out) = for_the_model(scenario)?;
    left_out.iter().for_each(|note| eprintln!("note: {note}"));
    let stop = Arc::new(AtomicBool::new(false));
    on_interrupt(stop.clone());
    let windows = Windows::of(&scenario);
    let name = scenario.name.clone();
    let variants = variants(&scenario, &args.change.plan_name(), args.change.plan.is_none());
    let progress = bar(args.runs * variants.len() as u64, "runs");
    let how = Runs { seed: args.seed, runs: args.runs, threads: args.threads as usize };
    let played = play_all(
        variants,
        &windows,
        how,
        &|plan| {
            progress.set_message(plan.to_owned());
            progress.inc(1);
        },
        &stop,
    );
    progress.finish_and_clear();
    let plans: Vec<PlanRuns<'_>> = played.iter().map(PlanRuns::from).collect();
    let how = How { mode: "simulate", seed: args.seed, pace: 1.0 };
    let Some(mut bundle) = Bundle::of(how, &windows, &plans) else {
        eprintln!("interrupted before the first run was over: nothing to report");
        return Ok(Exit::Interrupted);
    };
    bundle.breaking_points = breaking_points(args, &played[0], &stop);
    let interrupted = stop.load(Ordering::Relaxed);
    let folder = out::folder(args.out.as_deref(), &name)?;
    let around = around(args, &played[0].scenario, &folder);
    out::write_reports(&folder, &bundle, &around)?;
    if let Some(run) = args.journal {
        keep_journal(&folder, &played[0], args.seed, run)?;
    }
    out::print(&terminal::summary(&bundle, &around, out::look()));
    Ok(Exit::of(&played[0].judgement.verdict, args.strict, interrupted, false))
}

/// Where the verdict on the first plan flips: briefly in every report, in full where it is asked for. Without those that an
/// interruption cut short, the report is what it was.
fn breaking_points(args: &Args, played: &Played, stop: &AtomicBool) -> Vec<BreakingInfo> {
    let effort = match args.breaking_point {
        true => Effort::full(args.runs),
        false if args.no_breaking_point || args.runs < breaking::FEWEST => return Vec::new(),
        false => Effort::brief(args.runs),
    };
    let knobs = breaking::knobs(&played.scenario, effort.all).len() as u64;
    let progress = bar(knobs, "breaking points");
    progress.enable_steady_tick(std::time::Duration::from_millis(200));
    let tell = |name: &str| {
        progress.set_message(name.to_owned());
        progress.inc(1);
    };
    let (judged, luck) = ((&played.merged, &played.judgement), (args.seed, args.threads as usize));
    let found = breaking::breaking_points(&played.scenario, judged, luck, effort, &tell, stop);
    progress.finish_and_clear();
    let found = found.unwrap_or_default();
    report::breaking::rows(&played.scenario, &played.merged.plan, effort, &found)
}

/// Plays one run again, with a journal: what happened is a function of the seed.
fn keep_journal(folder: &Path, played: &Played, seed: u64, run: u64) -> Result<(), String> {
    out::keep_scenario(folder, &played.scenario)?;
    let path = folder.join("journal.jsonl");
    let cannot = |e: std::io::Error| format!("{} cannot be written: {e}", path.display());
    let header = Header {
        holdline_journal: journal::FORMAT,
        scenario: played.scenario.hash.clone(),
        seed,
        run,
        plan: played.merged.plan.clone(),
        mode: "simulate".to_owned(),
        pace: 1.0,
        warm_start: None,
    };
    let file = std::io::BufWriter::new(File::create(&path).map_err(cannot)?);
    let journal = Journal::begin(file, &header).map_err(cannot)?;
    let demand = Demand::new(&played.scenario);
    let (journal, close) = engine::run(&Arc::new(played.scenario.clone()), &demand, seed, run, journal);
    journal.close(close).map(drop).map_err(cannot)
}

fn around(args: &Args, played: &Scenario, folder: &Path) -> Around {
    let scenario = quoted(&args.scenario.display().to_string());
    let breaking = match (args.breaking_point, args.no_breaking_point) {
        (true, _) => " --breaking-point",
        (_, true) => " --no-breaking-point",
        _ => "",
    };
    let change = args.change.replay();
    let replay = format!("holdline simulate {scenario} --runs {} --seed {}{change}{breaking}", args.runs, args.seed);
    // Only what will work is suggested.
    let next = match refuse::refuse_what_the_wire_cannot_do(played) {
        Ok(()) => format!("holdline rehearse {scenario}"),
        Err(_) => format!("holdline simulate {scenario} --plan none"),
    };
    let next = vec![next, format!("holdline check {scenario} --explain")];
    Around {
        report: Some(folder.join("report.html").display().to_string()),
        when: Some(out::when()),
        replay: Some(replay),
        next,
    }
}

fn bar(length: u64, of: &str) -> ProgressBar {
    if !out::stderr_is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template(&format!(" {{bar:40}} {{pos}}/{{len}} {of}  {{msg}}  {{eta}}"));
    ProgressBar::new(length).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Ctrl-C ends after the runs in hand; a second one ends at once.
fn on_interrupt(stop: Arc<AtomicBool>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    std::thread::spawn(move || {
        let Ok(runtime) = runtime else { return };
        runtime.block_on(async {
            while tokio::signal::ctrl_c().await.is_ok() {
                if stop.swap(true, Ordering::Relaxed) {
                    std::process::exit(i32::from(Exit::Interrupted.code()));
                }
                eprintln!("stopping: the runs so far will be reported (once more ends at once)");
            }
        });
    });
}
