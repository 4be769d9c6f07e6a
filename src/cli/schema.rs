//! `holdline schema`: the language for editors, and the form of run.json.

use super::out;
use crate::scenario::schema;
use crate::verdict::Exit;

/// Print the JSON Schema of the language or of run.json.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  holdline schema scenario > scenario.schema.json
  # first line of a scenario: # yaml-language-server: $schema=scenario.schema.json")]
pub(super) struct Args {
    /// Of which kind of file
    #[arg(default_value = "scenario")]
    of: Of,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Of {
    /// A scenario file
    Scenario,
    /// A desk file
    Desk,
    /// A file that holds only a plan
    Plan,
    /// A stub file: what a service of kind http answers
    Stubs,
    /// An incident file: something that happened to others
    Incident,
    /// The run.json of a report
    Run,
}

pub(super) fn main(args: &Args) -> Exit {
    out::print(&match args.of {
        Of::Scenario => schema::scenario_schema(),
        Of::Desk => schema::desk_schema(),
        Of::Plan => schema::plan_schema(),
        Of::Stubs => schema::stubs_schema(),
        Of::Incident => schema::incident_schema(),
        Of::Run => crate::report::json::schema(),
    })
}
