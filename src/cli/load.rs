//! Loading a scenario for a command, with its complaints on stderr.

use super::out;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::tree::Sources;
use crate::scenario::{self, Checked, Loaded, Overrides, PlanChoice};
use crate::verdict::Exit;
use std::path::{Path, PathBuf};

/// What changes a scenario from the command line.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Change {
    /// Change one thing: `outages.llm-brownout.for=2h` (as often as needed)
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// The plan: `written` (the desk's own), `none`, or a file that holds only `plan:`
    #[arg(long, value_name = "written|none|FILE")]
    pub plan: Option<String>,
}

impl Change {
    pub(super) fn overrides(&self) -> Overrides {
        let plan = match self.plan.as_deref() {
            None | Some("written") => PlanChoice::Written,
            Some("none") => PlanChoice::None,
            Some(file) => PlanChoice::File(PathBuf::from(file)),
        };
        Overrides { set: self.set.clone(), plan }
    }

    /// The plan's name in reports: its word, or the file's name without folder and ending.
    pub(super) fn plan_name(&self) -> String {
        match self.plan.as_deref() {
            None | Some("written") => "written".into(),
            Some("none") => "none".into(),
            Some(file) => Path::new(file).file_stem().map_or("plan".into(), |stem| stem.to_string_lossy().into_owned()),
        }
    }

    /// The arguments that make the same change again.
    pub(super) fn replay(&self) -> String {
        let set = self.set.iter().map(|set| format!(" --set {}", quoted(set)));
        set.chain(self.plan.iter().map(|plan| format!(" --plan {}", quoted(plan)))).collect()
    }
}

/// A word of a command line, quoted where a shell needs it.
pub(super) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,%+@".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.into() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

/// Loads a file of any kind; complaints and warnings go to stderr.
pub(super) fn checked(path: &Path) -> Result<Checked, Exit> {
    let colour = out::stderr_has_colours();
    let checked = scenario::check(path, &Overrides::default()).map_err(|diagnostics| {
        eprintln!("{}", diagnostics.render(colour));
        Exit::Usage
    })?;
    match &checked {
        Checked::Scenario(loaded) | Checked::Desk(loaded) => warn(&loaded.warnings, &loaded.sources),
        Checked::Stubs(loaded) => warn(&loaded.warnings, &loaded.sources),
        Checked::Plan | Checked::Incident(_) => {}
    }
    Ok(checked)
}

/// Says what somebody may have meant otherwise, on stderr.
pub(super) fn warn(warnings: &[Diagnostic], sources: &Sources) {
    let colour = out::stderr_has_colours();
    for warning in warnings {
        eprintln!("{}\n", warning.render(sources, colour));
    }
}

/// Loads a scenario; complaints and warnings go to stderr.
pub(super) fn scenario(path: &Path, change: &Change) -> Result<Loaded, Exit> {
    let colour = out::stderr_has_colours();
    match scenario::load(path, &change.overrides()) {
        Ok(loaded) => {
            warn(&loaded.warnings, &loaded.sources);
            Ok(loaded)
        }
        Err(diagnostics) => {
            eprintln!("{}", diagnostics.render(colour));
            Err(Exit::Usage)
        }
    }
}
