//! `holdline mocks`: the vendors without a day, for people's own tests.

use super::intercept::{self, Intercept};
use super::load::{self, quoted};
use super::out;
use crate::mocks::clock::Clock;
use crate::mocks::control::{self, Board, Control, Controlled, Door};
use crate::mocks::descriptors;
use crate::mocks::exports::{Up, exports};
use crate::mocks::front::Folder;
use crate::mocks::host::{MockPlan, Mocks, Options, Running};
use crate::mocks::random::random;
use crate::mocks::registry::{Setup, vendor};
use crate::mocks::sign;
use crate::rng::Luck;
use crate::scenario::Checked;
use crate::scenario::hosts::Hosts;
use crate::scenario::model::{Dependency, DependencyKind, Id};
use crate::verdict::Exit;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Start the mocks without a run: your program's vendors on loopback ports, with faults on demand.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Start the dependencies of this scenario or desk instead, or one service that answers what a stub file says
    scenario: Option<PathBuf>,
    /// The first port; the mocks follow in order, then the control API and the proxy (default: any free ports)
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    port_base: Option<u16>,
    /// Let everybody on this machine use the control API (for test rigs)
    #[arg(long)]
    no_token: bool,
    /// The seed of answers and of faults with a share
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Answer for the vendors' own hosts too, for programs that have them hard-coded
    #[arg(long, value_enum)]
    intercept: Option<Intercept>,
    /// Let webhooks go to a target that is not on this machine
    #[arg(long)]
    allow_remote_target: bool,
}

const EXAMPLES: &str = "It prints the environment for your program, then a line that begins with `# ready`, and serves
until Ctrl-C; requests in hand then have 3 seconds, and none at a second Ctrl-C. Without a scenario
there is one mock each of openai, openai-backup, slack, zendesk, twilio, statuspage and smtp.

Examples:
  holdline mocks > mocks.env &        then, after the line `# ready`:  . ./mocks.env
  holdline mocks --port-base 4100 --no-token
  holdline mocks scenarios/triple-outage.yaml
  holdline mocks --intercept proxy    for programs that call api.openai.com, slack.com, … whatever they are told
  holdline mocks crm.yaml             one HTTP service, CRM_URL, that answers what its stubs say

The control API (send `Authorization: Bearer $HOLDLINE_CONTROL_TOKEN`, unless --no-token):
  POST /faults             {\"vendor\": \"openai\", \"fault\": \"overloaded\", \"params\": {\"times\": 2}}
      params: match times share retry_after status after_chunks delay_ms error_code reason ttl
              limit window down up,
              and of a proxy (tcp) direction delay_ms jitter_ms bytes_per_second bytes
  DELETE /faults, DELETE /faults/{id}
  PUT /targets/{vendor}    where your program listens
      slack    {events_url, interactivity_url, commands_url, signing_secret, retry_delays_s}; a program in
               Socket Mode needs none of it
      zendesk  {webhook_url, signing_secret, requests_per_minute}
      twilio   {voice_url, voice_fallback_url, status_callback, sms_url, sms_fallback_url, number,
                concurrent_requests}
  POST /emit/{vendor}      {\"event\": …, \"params\": {…}}
      slack    message {channel, text, user, thread_ts}, slash_command {command, text, channel, user},
               block_action {channel, ts, action_id, value, user}, view_submission {callback_id, values},
               view_closed {callback_id}, shortcut {callback_id, channel, ts}, app_home_opened {user, tab},
               assistant_thread_started and assistant_thread_context_changed {user, context_channel},
               event {type, …} for any other
      zendesk  ticket {subject, body, requester_email}, comment {ticket_id, body},
               rating {ticket_id, score, comment}
      twilio   inbound_call {from, to, digits, says, patience_s}, inbound_sms {from, to, body}
  GET /egress              hosts that your program tried and nobody answers for (with --intercept)
  GET /journal/{vendor}    {\"entries\": [{\"kind\": \"request\", \"delivery\", \"mail\", \"socket_ack\", …}]}
  POST /reset, GET /clock, PUT /clock {\"advance\": \"5m\"}

`holdline faults openai` lists what a mock can suffer.";

/// The mocks without a scenario, in the order of their ports.
const DEFAULTS: [(&str, DependencyKind); 7] = [
    ("openai", DependencyKind::Openai),
    ("openai-backup", DependencyKind::Openai),
    ("slack", DependencyKind::Slack),
    ("zendesk", DependencyKind::Zendesk),
    ("twilio", DependencyKind::Twilio),
    ("statuspage", DependencyKind::Statuspage),
    ("smtp", DependencyKind::Smtp),
];

/// How long requests in hand may take at the end.
const DRAIN: Duration = Duration::from_secs(3);

/// The host of the second language model, where no scenario says another one.
const SECOND_HOST: (&str, &str) = ("openai-backup", "api.second-provider.example");

pub(super) fn main(args: &Args) -> Exit {
    let (wanted, hosts) = match wanted(args) {
        Ok(wanted) => wanted,
        Err(exit) => return exit,
    };
    match serve(args, &wanted, hosts) {
        Ok(()) => Exit::Fine,
        Err(message) => {
            out::complain(&message);
            Exit::Usage
        }
    }
}

/// The mocks, and where they are intercepted which hosts they answer for.
fn wanted(args: &Args) -> Result<(Vec<Dependency>, Option<Hosts>), Exit> {
    if args.intercept == Some(Intercept::Hosts) {
        out::complain("`--intercept hosts` is for programs that Holdline starts itself: `holdline rehearse`");
        return Err(Exit::Usage);
    }
    let hosts_of = |all: &[Dependency]| {
        // What Holdline itself wants here clashes with nothing.
        args.intercept.and(Hosts::of(all.iter().map(|one| (one.kind, one.hosts.as_slice()))).ok())
    };
    let Some(path) = &args.scenario else {
        let second = |name: &str| (name == SECOND_HOST.0).then(|| SECOND_HOST.1.to_owned()).into_iter().collect();
        let one =
            |(name, kind): &(&str, DependencyKind)| Dependency { hosts: second(name), ..Dependency::new(*name, *kind) };
        let wanted: Vec<Dependency> = DEFAULTS.iter().map(one).collect();
        let hosts = hosts_of(&wanted);
        return Ok((wanted, hosts));
    };
    match load::checked(path)? {
        Checked::Scenario(loaded) | Checked::Desk(loaded) => {
            let hosts = args.intercept.map(|_| intercept::hosts(&loaded)).transpose()?;
            Ok((loaded.scenario.desk.dependencies.clone(), hosts))
        }
        Checked::Stubs(loaded) => {
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            let wanted = vec![Dependency { stubs: Some(loaded.stubs), ..Dependency::new(name, DependencyKind::Http) }];
            let hosts = hosts_of(&wanted);
            Ok((wanted, hosts))
        }
        plan_or_incident @ (Checked::Plan | Checked::Incident(_)) => {
            let what = if let Checked::Plan = plan_or_incident { "a plan" } else { "an incident" };
            out::complain(&format!("this file holds only {what}: a scenario, a desk or a stub file is wanted"));
            Err(Exit::Usage)
        }
    }
}

fn serve(args: &Args, wanted: &[Dependency], hosts: Option<Hosts>) -> Result<(), String> {
    descriptors::raise();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|e| format!("the mocks cannot start: {e}"))?;
    runtime.block_on(async {
        // Asked for before anybody is told that we are ready: from then on Ctrl-C is an orderly end.
        let mut signals = Signals::new().map_err(|e| format!("signals cannot be heard: {e}"))?;
        // What clients read is there as long as we are.
        let folder = hosts.as_ref().map(|_| Folder::temporary()).transpose();
        let folder = folder.map_err(|e| format!("a folder for the certificates cannot be made: {e}"))?;
        let between = hosts.zip(folder.as_ref());
        let (running, environment) = start(args, wanted, between).await?;
        let lines = environment.iter().map(|(name, value)| format!("export {name}={}\n", quoted(value)));
        let mocks = if wanted.len() == 1 { "1 mock".to_owned() } else { format!("{} mocks", wanted.len()) };
        out::print(&format!("{}# ready: {mocks} and the control API; Ctrl-C ends them\n", lines.collect::<String>()));
        signals.next().await;
        // Who asks twice does not want to wait.
        tokio::select! {
            () = running.shutdown() => {}
            () = signals.next() => {}
        }
        Ok(())
    })
}

/// Brings everything up; gives the environment for programs.
async fn start(
    args: &Args,
    wanted: &[Dependency],
    between: Option<(Hosts, &Folder)>,
) -> Result<(Running, Vec<(String, String)>), String> {
    let clock = Clock::start(1.0);
    let (luck, unix_at_zero) = (Luck::new(args.seed, 0), clock.unix_at_zero());
    let board = Arc::new(Board::new(luck));
    let mut plan = Vec::new();
    for (index, one) in wanted.iter().enumerate() {
        let vendor = vendor(one, Setup { luck, unix_at_zero, alone: true });
        plan.push(MockPlan { dependency: Id::new(index), name: one.name.clone(), vendor, port: port(args, index)? });
    }
    let mut options = Options::new(clock.clone(), board.clone());
    options.allow_remote = args.allow_remote_target;
    options.bounds.drain = DRAIN;
    let cannot = |e: std::io::Error| format!("the mocks cannot start: {e}");
    let mut running = Mocks::start(plan, options).await.map_err(cannot)?;
    let intercepted = match between {
        None => None,
        Some((hosts, folder)) => {
            let port = port(args, wanted.len() + 1)?;
            Some((running.front(hosts, port).await.map_err(cannot)?, folder))
        }
    };
    let token = if args.no_token { None } else { Some(token().map_err(cannot)?) };
    let mocks = running.mocks().zip(wanted).map(|(mock, one)| Controlled { mock: mock.clone(), kind: one.kind });
    let control = Control::new(control::Settings {
        mocks: mocks.collect(),
        board,
        clock,
        door: Door::new(token.clone()),
        egress: intercepted.as_ref().map(|(front, _)| front.egress.clone()),
        unix_at_zero,
        allow_remote: args.allow_remote_target,
    });
    let control = running.beside("control", Box::new(control), port(args, wanted.len())?).await.map_err(cannot)?;
    // Whoever names ports has written them down elsewhere: another one would do no good.
    if !running.notes().is_empty() {
        return Err(running.notes().iter().map(|note| taken(note)).collect::<Vec<_>>().join("\n       "));
    }
    let mut environment = environment(&running, wanted);
    environment.push(("HOLDLINE_CONTROL_URL".to_owned(), format!("http://{control}")));
    environment.extend(token.map(|token| ("HOLDLINE_CONTROL_TOKEN".to_owned(), token)));
    if let Some((front, folder)) = intercepted {
        environment.extend(front.proxied(folder.path(), &[], None).map_err(cannot)?);
    }
    Ok((running, environment))
}

/// `port 4100 cannot be used (…)`, without where the mock went instead.
fn taken(note: &str) -> &str {
    note.split("): ").next().map_or(note, |what| &note[..(what.len() + 1).min(note.len())])
}

fn port(args: &Args, index: usize) -> Result<Option<u16>, String> {
    let Some(base) = args.port_base else { return Ok(None) };
    let port = u16::try_from(index).ok().and_then(|index| base.checked_add(index));
    let too_high =
        || format!("--port-base {base} is too high: the mocks need ports up to {}", usize::from(base) + index);
    port.map(Some).ok_or_else(too_high)
}

fn environment(running: &Running, wanted: &[Dependency]) -> Vec<(String, String)> {
    let up = wanted.iter().enumerate().filter_map(|(index, one)| {
        let address = running.addr(Id::new(index))?;
        Some(Up { name: &one.name, kind: one.kind, address })
    });
    exports(&up.collect::<Vec<_>>())
}

/// Nobody guesses it: 128 bits of the system's own randomness.
fn token() -> std::io::Result<String> {
    random::<16>().map(|bytes| sign::hex(&bytes))
}

/// Ctrl-C, and whoever asks the process to end.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Ready at the next one.
    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
