//! `holdline rehearse`: the day over real sockets.

use super::intercept::{self, Intercept};
use super::load::{self, Change, quoted};
use super::out;
use crate::faults::for_the_model;
use crate::measure::{Merged, Windows};
use crate::mocks::descriptors;
use crate::rehearse::between::Interception;
use crate::rehearse::driver::{Rehearsed, Settings, rehearse};
use crate::rehearse::warm::Warm;
use crate::rehearse::{pace, refuse};
use crate::report::story;
use crate::report::{Around, Bundle, How, PlanRuns, terminal, words};
use crate::scenario::Scenario;
use crate::scenario::hosts::Hosts;
use crate::time::{Span, Time};
use crate::verdict::{Exit, judge};
use indicatif::{ProgressBar, ProgressStyle};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::Notify;

/// Play a scenario over real sockets, against your target or the built-in reference desk.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdline rehearse scenarios/first-rehearsal.yaml
  holdline rehearse my-day.yaml --seed 7 --out out/
  holdline rehearse my-day.yaml --intercept proxy
  holdline rehearse scenarios/first-rehearsal.yaml --pace 10
  holdline rehearse scenarios/triple-outage.yaml --from 10:00 --for 20m --pace 20")]
pub(super) struct Args {
    /// The scenario file
    scenario: PathBuf,
    /// The seed: the same one gives the same customers
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Scenario seconds a second (default: 1 for a target, 20 for the reference desk)
    #[arg(long)]
    pace: Option<f64>,
    /// A warm start: the day up to here is simulated, with the same seed, and the wire goes on from there. A moment as in a
    /// scenario: a clock time (10:00), or so long after the start (2h)
    #[arg(long, value_name = "MOMENT")]
    from: Option<String>,
    /// How much of the day is rehearsed from there, with what is open left open (default: to the end of the day)
    #[arg(long = "for", value_name = "LENGTH", requires = "from")]
    length: Option<String>,
    /// The folder for the reports (default: a new one below reports/)
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Exit with 1 also when the verdict is `bent`
    #[arg(long)]
    strict: bool,
    /// Answer for the vendors' own hosts too, for a target that has them hard-coded
    #[arg(long, value_enum)]
    intercept: Option<Intercept>,
    /// Let webhooks go to a target that is not on this machine
    #[arg(long)]
    allow_remote_target: bool,
    #[command(flatten)]
    change: Change,
}

pub(super) fn main(args: &Args) -> Exit {
    let loaded = match load::scenario(&args.scenario, &args.change) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    let hosts = match args.intercept.map(|_| intercept::hosts(&loaded)).transpose() {
        Ok(hosts) => hosts,
        Err(exit) => return exit,
    };
    match play(args, Arc::new(loaded.scenario), hosts) {
        Ok(exit) => exit,
        Err(message) => {
            out::complain(&message);
            Exit::Usage
        }
    }
}

fn play(args: &Args, scenario: Arc<Scenario>, hosts: Option<Hosts>) -> Result<Exit, String> {
    let pace = pace::choose(&scenario, args.pace)?;
    refuse::refuse_what_the_wire_cannot_do(&scenario)?;
    refuse::refuse_what_only_interception_sees(&scenario, args.intercept.map(Intercept::by))?;
    refuse::refuse_addresses(&scenario, args.allow_remote_target)?;
    let asked = args.from.as_deref().map(|from| Warm::asked(&scenario, from, args.length.as_deref()));
    let warm = asked.transpose()?;
    let scenario = warm.map_or(scenario.clone(), |warm| Arc::new(warm.day(&scenario)));
    let folder = out::folder(args.out.as_deref(), &scenario.name)?;
    out::keep_scenario(&folder, &scenario)?;
    let settings = Settings {
        scenario: scenario.clone(),
        seed: args.seed,
        pace,
        folder: folder.clone(),
        plan: args.change.plan_name(),
        allow_remote: args.allow_remote_target,
        intercept: args.intercept.zip(hosts).map(|(how, hosts)| Interception { hosts, by: how.by() }),
    };
    descriptors::raise();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|e| format!("the rehearsal cannot start: {e}"))?;
    let length = scenario.length.secs_f64() - warm.map_or(0.0, |warm| warm.from.secs_f64());
    let minutes = (length / pace / 60.0).max(0.1);
    let clock = |at: Time| words::clock(scenario.start.second_of_day, at.secs_f64());
    let part = warm.map(|warm| format!(" from {} to {}", clock(warm.from), clock(scenario.end())));
    let part = part.unwrap_or_default();
    eprintln!("rehearsing {}{part} at pace {pace}: about {minutes:.1} min", scenario.name);
    if let Some(left_out) = refuse::what_the_wire_leaves_out(&scenario) {
        eprintln!("note: {left_out}");
    }
    let rehearsed = runtime.block_on(async {
        let stop = Arc::new(Notify::new());
        tokio::spawn(interrupts(stop.clone()));
        let mut shown = Shown::new();
        let rehearsed = rehearse(settings, stop, |now, lines| shown.show(now, lines)).await;
        shown.clear();
        rehearsed
    })?;
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    report(args, &scenario, pace, &folder, rehearsed)
}

fn report(args: &Args, scenario: &Scenario, pace: f64, folder: &Path, rehearsed: Rehearsed) -> Result<Exit, String> {
    for note in &rehearsed.notes {
        eprintln!("note: {note}");
    }
    let plan = args.change.plan_name();
    let merged = Merged::of(&plan, args.seed, &[rehearsed.figures]).ok_or("nothing was played")?;
    let judgement = judge(scenario, &merged);
    let how = How { mode: "rehearse", seed: args.seed, pace };
    let plans = [PlanRuns { scenario, merged: &merged, judgement: &judgement }];
    let mut bundle = Bundle::of(how, &Windows::of(scenario), &plans).ok_or("nothing was played")?;
    // A report without stories is better than none.
    match story::worst(out::journal(folder), scenario, &[]) {
        Ok(stories) => bundle.stories = Some(stories),
        Err(why) => eprintln!("note: the report has no stories: {why}"),
    }
    let file = quoted(&args.scenario.display().to_string());
    let between = match args.intercept {
        Some(Intercept::Proxy) => " --intercept proxy",
        Some(Intercept::Hosts) => " --intercept hosts",
        None => "",
    };
    let from = args.from.iter().map(|from| format!(" --from {}", quoted(from)));
    let part: String = from.chain(args.length.iter().map(|length| format!(" --for {}", quoted(length)))).collect();
    let replay =
        format!("holdline rehearse {file} --seed {} --pace {pace}{part}{between}{}", args.seed, args.change.replay());
    // Only what will work is suggested.
    let simulate = for_the_model(scenario.clone()).ok().map(|_| format!("holdline simulate {file} --runs 200"));
    let around = Around {
        report: Some(folder.join("report.html").display().to_string()),
        when: Some(out::when()),
        replay: Some(replay),
        next: simulate.into_iter().chain([format!("holdline report {}", folder.display())]).collect(),
    };
    out::write_reports(folder, &bundle, &around)?;
    out::print(&terminal::summary(&bundle, &around, out::look()));
    if let Some(failed) = rehearsed.failed {
        eprintln!("void: {}", failed.why);
    }
    Ok(Exit::of(&judgement.verdict, args.strict, rehearsed.interrupted, false))
}

/// The first Ctrl-C (or SIGTERM) ends the day early and still reports; the second ends at once.
async fn interrupts(stop: Arc<Notify>) {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return };
    let mut before = false;
    loop {
        tokio::select! {
            pressed = tokio::signal::ctrl_c() => if pressed.is_err() { return },
            _ = terminate.recv() => {}
        }
        if before {
            std::process::exit(i32::from(Exit::Interrupted.code()));
        }
        before = true;
        eprintln!("ending the day: what has happened will be reported (once more ends at once)");
        stop.notify_one();
    }
}

/// The lines on the terminal, in place; elsewhere one line a minute of scenario time.
struct Shown {
    bars: Vec<ProgressBar>,
    all: Option<indicatif::MultiProgress>,
    minute: i64,
}

impl Shown {
    fn new() -> Self {
        let all = out::stderr_is_terminal().then(indicatif::MultiProgress::new);
        Self { bars: Vec::new(), all, minute: -1 }
    }

    fn show(&mut self, now: Time, lines: &dyn Fn(bool) -> Vec<String>) {
        let Some(all) = &self.all else {
            let minute = now.micros() / Span::MINUTE.micros();
            if minute > self.minute {
                self.minute = minute;
                lines(false).iter().for_each(|line| eprintln!("{line}"));
            }
            return;
        };
        for (index, line) in lines(true).into_iter().enumerate() {
            if index >= self.bars.len() {
                let style = ProgressStyle::with_template(" {spinner} {wide_msg}");
                let bar = ProgressBar::new_spinner();
                let bar = bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
                self.bars.push(all.add(bar));
            }
            self.bars[index].set_message(line);
            self.bars[index].tick();
        }
    }

    fn clear(&self) {
        self.bars.iter().for_each(ProgressBar::finish_and_clear);
    }
}
