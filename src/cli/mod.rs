//! F7: the command line, a file a command.

mod check;
mod compare;
mod completions;
mod defaults;
mod desk;
mod drill;
mod faults;
mod incidents;
mod intercept;
mod load;
mod mocks;
mod new;
mod out;
mod rehearse;
mod report;
mod schema;
mod simulate;

use crate::verdict::Exit;
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// The flight simulator for the support desk: plays a bad day and judges whether the desk held.
#[derive(Debug, Parser)]
#[command(name = "holdline", version, max_term_width = 110, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "Examples:
  holdline rehearse scenarios/first-rehearsal.yaml
  holdline simulate scenarios/triple-outage.yaml --runs 200
  holdline simulate scenarios/triple-outage.yaml --set outages.llm-brownout.for=2h
  holdline check my-day.yaml --explain

Exit codes: 0 held or bent, 1 broke (with --strict also bent), 2 invalid use or scenario,
3 void because the target did not start, get ready or live, 4 void for any other reason,
5 worse than the run it was compared with, 130 interrupted.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Play a scenario on the modelled desk, in virtual time
    Simulate(simulate::Args),
    /// Play a scenario over real sockets, against your target or the built-in reference desk
    Rehearse(rehearse::Args),
    /// Play a drill: people decide at a desk that reacts, in a browser
    Drill(drill::Args),
    /// Start the mocks without a run, for your own tests, with faults on demand
    Mocks(mocks::Args),
    /// List the failure modes of the mocks
    Faults(faults::Args),
    /// List recorded incidents that a scenario can replay, or show one
    Incidents(incidents::Args),
    /// Check scenario and desk files as strictly as a run does
    Check(check::Args),
    /// Write a commented starter: a desk and a day
    New(new::Args),
    /// Put two runs side by side: what got worse, what got better
    Compare(compare::Args),
    /// Make the reports of a run again, from its journal
    Report(report::Args),
    /// Print the JSON Schema of the language or of run.json
    Schema(schema::Args),
    /// List the defaults of the language
    Defaults(defaults::Args),
    /// Print completions for a shell
    Completions(completions::Args),
    /// The built-in reference desk, as `rehearse` starts it
    #[command(hide = true)]
    Desk,
    /// Keeps a target's processes together and ends them with us
    #[command(hide = true)]
    Guard(crate::rehearse::guard::Args),
}

/// Runs the command of this process.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Clap sends help and version to stdout, errors to stderr; a closed pipe is nobody's fault.
            let _ = error.print();
            return if error.use_stderr() { exit(Exit::Usage) } else { ExitCode::SUCCESS };
        }
    };
    logging();
    exit(match cli.command {
        Command::Simulate(args) => simulate::main(&args),
        Command::Rehearse(args) => rehearse::main(&args),
        Command::Drill(args) => drill::main(&args),
        Command::Mocks(args) => mocks::main(&args),
        Command::Faults(args) => faults::main(&args),
        Command::Incidents(args) => incidents::main(&args),
        Command::Compare(args) => compare::main(&args),
        Command::Check(args) => check::main(&args),
        Command::New(args) => new::main(&args),
        Command::Report(args) => report::main(&args),
        Command::Schema(args) => schema::main(&args),
        Command::Defaults(args) => defaults::main(&args),
        Command::Completions(args) => completions::main(&args),
        Command::Desk => desk::main(),
        Command::Guard(args) => crate::rehearse::guard::main(&args),
    })
}

fn exit(exit: Exit) -> ExitCode {
    ExitCode::from(exit.code())
}

/// Logs go to stderr, by `HOLDLINE_LOG` (`warn` if it is not set).
fn logging() {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_env("HOLDLINE_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    let colours = out::stderr_has_colours();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours).init();
}
