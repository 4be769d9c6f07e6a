//! `holdline drill`: a day that people play, in a browser; or nobody, with `--solo`.

use super::load::{self, Change, quoted};
use super::out;
use crate::drill::exercise::{Exercise, Header, Log, Read, Set, cast, dry, read};
use crate::drill::play::Play as _;
use crate::drill::report::{Report, teams};
use crate::drill::serve::{self, Links, Setup};
use crate::drill::view::{ClockState, Command, Seat, Shelved};
use crate::faults::for_the_model;
use crate::scenario::explain::played;
use crate::scenario::{self, Loaded, Overrides, Scenario};
use crate::time::Time;
use crate::verdict::Exit;
use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Other drills that are shown at most: each is a file that is read at the start.
const ON_THE_SHELF: usize = 60;

/// Play a drill: people decide at a desk that reacts, in a browser, on one port.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdline drill scenarios/drills/llm-brownout.yaml
  holdline drill my-day.yaml --lan
  holdline drill my-day.yaml --solo --out out/
  holdline drill --resume reports/my-day/2026-11-27T090000
  holdline drill my-day.yaml --export reports/my-day/2026-11-27T090000
  holdline drill my-day.yaml --dry-run
  holdline drill --teams reports/my-day/red reports/my-day/blue")]
pub(super) struct Args {
    /// The scenario file, with a `drill:`
    #[arg(required_unless_present_any = ["resume", "teams"], conflicts_with = "resume")]
    scenario: Option<PathBuf>,
    /// Go on with a drill from the folder of its log
    #[arg(long, value_name = "DIR", conflicts_with_all = ["seed", "out", "set", "plan"])]
    resume: Option<PathBuf>,
    /// Make files of what was played in this folder, beside the scenario: a day for a pipeline, and what was decided as a plan
    #[arg(long, value_name = "DIR", conflicts_with_all = ["resume", "seed", "out", "port", "lan", "solo"])]
    export: Option<PathBuf>,
    /// The seed: the same one gives the same day
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The folder for the log and the report (default: a new one below reports/)
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// The port; 0 takes a free one
    #[arg(long, default_value_t = 8040)]
    port: u16,
    /// Say how often each inject would be sent, over 100 days with no decision and 100 under the written plan; play nothing
    #[arg(long, conflicts_with_all = ["resume", "export", "out", "port", "lan", "solo"])]
    dry_run: bool,
    /// Put what several teams came to side by side: the folders of drills of the same scenario and seed
    #[arg(long, value_name = "DIR", num_args = 2.., conflicts_with_all = ["scenario", "resume", "export", "seed", "out", "port", "lan", "solo"])]
    teams: Vec<PathBuf>,
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
    if !args.teams.is_empty() {
        return said(teams::side_by_side(&args.teams).map(|text| out::print(&text)));
    }
    let set_up = match (&args.resume, &args.scenario) {
        (Some(folder), _) => resume(folder),
        (None, Some(path)) => match load::scenario(path, &args.change) {
            Ok(loaded) => match &args.export {
                Some(folder) => return said(export(&loaded, path, folder)),
                None if args.dry_run => return said(dry_run(args, path, loaded.scenario)),
                None => begin(args, path, loaded.scenario),
            },
            Err(exit) => return exit,
        },
        // Clap asks for one of the two.
        (None, None) => Err("which drill?".to_owned()),
    };
    let played = set_up.and_then(|(exercise, folder)| match args.solo {
        true => solo(exercise, &folder),
        false => play(args, exercise, &folder, args.scenario.as_deref().map(shelf).unwrap_or_default()),
    });
    said(played)
}

fn said(done: Result<Exit, String>) -> Exit {
    done.unwrap_or_else(|message| {
        out::complain(&message);
        Exit::Usage
    })
}

/// What was played, as files of the language beside the scenario.
fn export(loaded: &Loaded, path: &Path, folder: &Path) -> Result<Exit, String> {
    let (set, read) = read_back(folder)?;
    let exercise = Exercise::resume(&set, &read, None);
    let (played, asked) = (&exercise.set().scenario().hash, &loaded.scenario.hash);
    if played != asked {
        return Err(format!("{} is of scenario {played}, and {} is {asked}", log_of(folder).display(), path.display()));
    }
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let (day, plan) = (path.with_extension("played.yaml"), path.with_extension("played.plan.yaml"));
    let files =
        [(&day, played::day(loaded, &name, &exercise.sent())), (&plan, played::plan(loaded, &exercise.decided()))];
    if let Some((there, _)) = files.iter().find(|(file, _)| file.exists()) {
        return Err(format!("{} is there already; move it away, and export again", there.display()));
    }
    for (file, text) in &files {
        out::replace(file, text)?;
    }
    let [day, plan] = [day, plan].map(|file| quoted(&file.display().to_string()));
    out::print(&format!(
        "wrote    {day}\nwrote    {plan}\nnext     holdline simulate {day} --plan {plan}\n         holdline simulate {day}\n"
    ));
    Ok(Exit::Fine)
}

/// How often each inject would be sent.
fn dry_run(args: &Args, path: &Path, scenario: Scenario) -> Result<Exit, String> {
    let (set, _) = set_of(args, path, scenario)?;
    Ok(out::print(&dry(&set)))
}

/// The day of a drill.
fn set_of(args: &Args, path: &Path, scenario: Scenario) -> Result<(Arc<Set>, Scenario), String> {
    let (scenario, left_out) = for_the_model(scenario)?;
    left_out.iter().for_each(|note| eprintln!("note: {note}"));
    let set = Set::new(&scenario, args.seed).ok_or_else(|| {
        let file = path.display();
        format!("{file} has no drill; write `drill:` with a title, roles, levers and injects (see `holdline schema scenario`)")
    })?;
    Ok((set, scenario))
}

/// A new drill, with its folder.
fn begin(args: &Args, path: &Path, scenario: Scenario) -> Result<(Exercise, PathBuf), String> {
    let (set, scenario) = set_of(args, path, scenario)?;
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
    let (set, read) = read_back(folder)?;
    let log = Log::resume(&log_of(folder), &read)?;
    let exercise = Exercise::resume(&set, &read, Some(log));
    exercise.doubts().iter().for_each(|doubt| eprintln!("warning: {doubt}"));
    Ok((exercise, folder.to_owned()))
}

/// What lies in the folder of a drill.
fn read_back(folder: &Path) -> Result<(Arc<Set>, Read), String> {
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
    Ok((set, read))
}

/// The script by itself, from where it stands.
fn solo(mut exercise: Exercise, folder: &Path) -> Result<Exit, String> {
    while exercise.clock().state != ClockState::Ended {
        let go_on = match exercise.clock().state {
            ClockState::Waiting => Command::Start,
            // Nobody is there who could decide.
            _ => Command::Resume,
        };
        let done = exercise.act(&Seat::Facilitator, go_on);
        done.map_err(|refusal| format!("the drill cannot be played: {}", refusal.says))?;
        exercise.advance(Time::NEVER);
    }
    report(&exercise, folder)?;
    Ok(Exit::Fine)
}

/// In the browser, until somebody stops the program.
fn play(args: &Args, exercise: Exercise, folder: &Path, shelf: Vec<Shelved>) -> Result<Exit, String> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|e| format!("the drill cannot start: {e}"))?;
    let port = args.port;
    let setup = Setup { port, lan: args.lan, hosts: args.host.clone(), shelf, ..Setup::default() };
    let exercise = runtime.block_on(async {
        let open = serve::open(exercise, &setup).await;
        let open = open.map_err(|e| format!("port {port} cannot be opened: {e}; take another with --port"))?;
        tell(open.links(), args.lan.then(|| open.hosts()));
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

/// The other drills in the folder of this one. A file that is none, or does not load, is somebody else's matter here.
fn shelf(path: &Path) -> Vec<Shelved> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files
        .retain(|file| file.extension().is_some_and(|ending| ending == "yaml") && file.file_name() != path.file_name());
    files.sort();
    files.truncate(ON_THE_SHELF);
    let other = |file: PathBuf| {
        let scenario = scenario::load(&file, &Overrides::default()).ok()?.scenario;
        let drill = scenario.drill.as_deref()?;
        let command = format!("holdline drill {}", quoted(&file.display().to_string()));
        Some(Shelved { cast: cast(drill, &scenario), injects: drill.injects.len(), command })
    };
    files.into_iter().filter_map(other).collect()
}

/// Where people come in.
fn tell(links: &Links, lan: Option<&[String]>) {
    if let Some(hosts) = lan {
        eprintln!("warning: whoever reaches this machine on the network can try to join; only the code keeps them out");
        eprintln!("answers under {}; further names come with --host", hosts.join(", "));
    }
    let mut text = format!("facilitator  {}\njoin         {}   code {}\n", links.facilitator, links.join, links.code);
    for (role, link) in &links.evaluators {
        text.push_str(&format!("{role:<12} {link}\n"));
    }
    text.push_str(&format!("observer     {}\nprojector    {}\n", links.observer, links.projector));
    // Light on dark, as most terminals are.
    if lan.is_some()
        && let Ok(code) = QrCode::new(&links.join)
    {
        text.push_str(&format!(
            "\n{}\n",
            code.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build()
        ));
    }
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
