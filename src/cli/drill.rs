//! `holdline drill`: a day that people play, in a browser; or nobody, with `--solo`.

use super::load::{self, Change, quoted};
use super::out;
use crate::drill::exercise::{Exercise, Header, Log, Set, read};
use crate::drill::play::Play as _;
use crate::drill::report::Report;
use crate::drill::serve::{self, Links, Setup};
use crate::drill::view::{Command, Seat};
use crate::faults::for_the_model;
use crate::scenario::Scenario;
use crate::time::Time;
use crate::verdict::Exit;
use std::path::{Path, PathBuf};

/// Play a drill: people decide at a desk that reacts, in a browser, on one port.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdline drill scenarios/drills/llm-brownout.yaml
  holdline drill my-day.yaml --lan
  holdline drill my-day.yaml --solo --out out/
  holdline drill --resume reports/my-day/2026-11-27T090000")]
pub(super) struct Args {
    /// The scenario file, with a `drill:`
    #[arg(required_unless_present = "resume", conflicts_with = "resume")]
    scenario: Option<PathBuf>,
    /// Go on with a drill from the folder of its log
    #[arg(long, value_name = "DIR", conflicts_with_all = ["seed", "out", "set", "plan"])]
    resume: Option<PathBuf>,
    /// The seed: the same one gives the same day
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The folder for the log and the report (default: a new one below reports/)
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// The port; 0 takes a free one
    #[arg(long, default_value_t = 8040)]
    port: u16,
    /// Let other machines of the network join, not only this one
    #[arg(long)]
    lan: bool,
    /// A further name under which other machines know this one
    #[arg(long, value_name = "HOST", requires = "lan")]
    host: Vec<String>,
    /// Run the script unattended, without any browser: nobody decides, and the report is written
    #[arg(long, conflicts_with_all = ["lan", "port"])]
    solo: bool,
    #[command(flatten)]
    change: Change,
}

pub(super) fn main(args: &Args) -> Exit {
    let set_up = match (&args.resume, &args.scenario) {
        (Some(folder), _) => resume(folder),
        (None, Some(path)) => match load::scenario(path, &args.change) {
            Ok(loaded) => begin(args, path, loaded.scenario),
            Err(exit) => return exit,
        },
        // Clap asks for one of the two.
        (None, None) => Err("which drill?".to_owned()),
    };
    let played = set_up.and_then(|(exercise, folder)| match args.solo {
        true => solo(exercise, &folder),
        false => play(args, exercise, &folder),
    });
    played.unwrap_or_else(|message| {
        out::complain(&message);
        Exit::Usage
    })
}

/// A new drill, with its folder.
fn begin(args: &Args, path: &Path, scenario: Scenario) -> Result<(Exercise, PathBuf), String> {
    let (scenario, left_out) = for_the_model(scenario)?;
    left_out.iter().for_each(|note| eprintln!("note: {note}"));
    let set = Set::new(&scenario, args.seed).ok_or_else(|| {
        let file = path.display();
        format!("{file} has no drill; write `drill:` with a title, roles, levers and injects (see `holdline schema scenario`)")
    })?;
    let folder = out::folder(args.out.as_deref(), &scenario.name)?;
    let path = log_of(&folder);
    if path.exists() {
        let folder = quoted(&folder.display().to_string());
        return Err(format!(
            "{} is there already; go on with it (`holdline drill --resume {folder}`), or take another --out",
            path.display()
        ));
    }
    out::keep_scenario(&folder, &scenario)?;
    let log = Log::begin(&path, &Header::new(&scenario.hash, args.seed))?;
    Ok((Exercise::new(&set, Some(log)), folder))
}

fn log_of(folder: &Path) -> PathBuf {
    folder.join("drill.jsonl")
}

/// A drill as its log left it.
fn resume(folder: &Path) -> Result<(Exercise, PathBuf), String> {
    let path = log_of(folder);
    let read = read(&path)?;
    let kept = folder.join("scenario.json");
    let text = std::fs::read_to_string(&kept).map_err(|e| format!("{} cannot be read: {e}", kept.display()))?;
    let scenario: Scenario =
        serde_json::from_str(&text).map_err(|e| format!("{} is no scenario of a run: {e}", kept.display()))?;
    if scenario.hash != read.header.scenario {
        let (log, kept) = (&read.header.scenario, &scenario.hash);
        return Err(format!("{} is of scenario {log}, and scenario.json beside it is {kept}", path.display()));
    }
    let set = Set::new(&scenario, read.header.seed).ok_or("the scenario beside the log has no drill")?;
    let log = Log::resume(&path, &read)?;
    let exercise = Exercise::resume(&set, &read, Some(log));
    exercise.doubts().iter().for_each(|doubt| eprintln!("warning: {doubt}"));
    Ok((exercise, folder.to_owned()))
}

/// The script by itself.
fn solo(mut exercise: Exercise, folder: &Path) -> Result<Exit, String> {
    let begun = exercise.act(&Seat::Facilitator, Command::Start);
    begun.map_err(|refusal| format!("the drill cannot be played: {}", refusal.says))?;
    while exercise.clock().state != crate::drill::view::ClockState::Ended {
        exercise.advance(Time::NEVER);
        // Nobody is there who could decide.
        drop(exercise.act(&Seat::Facilitator, Command::Resume));
    }
    report(&exercise, folder)?;
    Ok(Exit::Fine)
}

/// In the browser, until somebody stops the program.
fn play(args: &Args, exercise: Exercise, folder: &Path) -> Result<Exit, String> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|e| format!("the drill cannot start: {e}"))?;
    let port = args.port;
    let setup = Setup { port, lan: args.lan, hosts: args.host.clone(), ..Setup::default() };
    let exercise = runtime.block_on(async {
        let open = serve::open(exercise, &setup).await;
        let open = open.map_err(|e| format!("port {port} cannot be opened: {e}; take another with --port"))?;
        tell(open.links(), args.lan);
        let over = async {
            // Without the signal nothing but a kill ends it, and a kill loses nothing.
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        open.serve(over).await.map_err(|e| format!("the drill ended: {e}"))
    })?;
    let mut exercise = exercise;
    if exercise.break_off().is_err() {
        eprintln!("the drill had not begun: there is nothing to report");
        return Ok(Exit::Interrupted);
    }
    report(&exercise, folder)?;
    Ok(Exit::Fine)
}

/// Where people come in.
fn tell(links: &Links, lan: bool) {
    if lan {
        eprintln!("warning: whoever reaches this machine on the network can try to join; only the code keeps them out");
    }
    let mut text = format!("facilitator  {}\njoin         {}   code {}\n", links.facilitator, links.join, links.code);
    for (role, link) in &links.evaluators {
        text.push_str(&format!("{role:<12} {link}\n"));
    }
    text.push_str(&format!("observer     {}\nprojector    {}\n", links.observer, links.projector));
    text.push_str("\nopen the facilitator's link; Ctrl-C ends the drill and writes the report\n");
    out::print(&text);
}

fn report(exercise: &Exercise, folder: &Path) -> Result<(), String> {
    let after = exercise.look_back()();
    let report = Report::of(exercise, after);
    for (name, text) in report.files()? {
        out::replace(&folder.join(name), &text)?;
    }
    let mut said: String = report.after.summary.iter().map(|line| format!("{line}\n")).collect();
    let page = folder.join("after-action.html");
    let again = quoted(&folder.display().to_string());
    said.push_str(&format!("\nreport   {}\nnext     holdline drill --resume {again}\n", page.display()));
    out::print(&said);
    Ok(())
}
