//! Several teams on the same day, side by side: what each came to, and when each decided what.

use super::{Report, cell};
use crate::drill::view::{MeasureRow, ObjectiveResult};
use crate::report::words::clock;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// What is read of a team's report.
#[derive(Debug, Deserialize)]
struct Told {
    scenario: String,
    seed: u64,
    day_starts: u32,
    cast: Cast,
    decisions: Vec<Decision>,
    after: After,
}

#[derive(Debug, Deserialize)]
struct Cast {
    title: String,
}

#[derive(Debug, Deserialize)]
struct Decision {
    at: f64,
    lever: Option<String>,
}

#[derive(Debug, Deserialize)]
struct After {
    objectives: Vec<ObjectiveResult>,
    measures: Vec<MeasureRow>,
}

/// The reports in these folders as a table in Markdown.
///
/// # Errors
///
/// One of them cannot be read, or is of another scenario or seed: those teams did not meet the same day.
pub fn side_by_side(folders: &[PathBuf]) -> Result<String, String> {
    let told = folders.iter().map(|folder| read(folder)).collect::<Result<Vec<Told>, String>>()?;
    let Some(first) = told.first() else { return Err("no team".to_owned()) };
    for (other, folder) in told.iter().zip(folders) {
        if (&other.scenario, other.seed) != (&first.scenario, first.seed) {
            return Err(format!(
                "{} is of scenario {} and seed {}, {} of {} and {}: these teams did not meet the same day",
                folders[0].display(),
                first.scenario,
                first.seed,
                folder.display(),
                other.scenario,
                other.seed
            ));
        }
    }
    let names: Vec<String> = folders.iter().map(|folder| cell(&name(folder))).collect();
    let mut said = format!("# {}\n\n", super::plain(&first.cast.title));
    let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let head = |lead: &[&str]| {
        let all: Vec<String> = lead.iter().map(|word| (*word).to_owned()).chain(names.iter().cloned()).collect();
        format!("{}|{}\n", row(all.clone()), "---|".repeat(all.len()))
    };
    said.push_str(&head(&["objective"]));
    for (n, objective) in first.after.objectives.iter().enumerate() {
        let met = told.iter().map(|team| match team.after.objectives.get(n).and_then(|one| one.met) {
            Some(true) => "met".to_owned(),
            Some(false) => "not met".to_owned(),
            None => "not rated".to_owned(),
        });
        said.push_str(&row(std::iter::once(cell(&objective.objective.text)).chain(met).collect()));
    }
    said.push('\n');
    said.push_str(&head(&["measure", "no decision", "written plan"]));
    for (n, measure) in first.after.measures.iter().enumerate() {
        let played = told.iter().map(|team| team.after.measures.get(n).and_then(|row| row.played));
        let values = [measure.nothing, measure.plan].into_iter().chain(played);
        let values = values.map(|value| Report::value(value, &measure.unit));
        said.push_str(&row(std::iter::once(cell(&measure.what)).chain(values).collect()));
    }
    said.push('\n');
    said.push_str(&head(&["first decided"]));
    let mut levers: Vec<&str> = Vec::new();
    for lever in told.iter().flat_map(|team| &team.decisions).filter_map(|one| one.lever.as_deref()) {
        if !levers.contains(&lever) {
            levers.push(lever);
        }
    }
    for lever in levers {
        let when = told.iter().map(|team| {
            let first = team.decisions.iter().find(|one| one.lever.as_deref() == Some(lever));
            first.map_or_else(|| "–".to_owned(), |one| clock(team.day_starts, one.at))
        });
        said.push_str(&row(std::iter::once(cell(lever)).chain(when).collect()));
    }
    Ok(said)
}

/// A team is called as its folder is.
fn name(folder: &Path) -> String {
    let own = folder.file_name().map(|name| name.to_string_lossy().into_owned());
    own.unwrap_or_else(|| folder.display().to_string())
}

fn read(folder: &Path) -> Result<Told, String> {
    let path = folder.join("after-action.json");
    let text = std::fs::read_to_string(&path).map_err(|e| format!("{} cannot be read: {e}", path.display()))?;
    serde_json::from_str(&text).map_err(|e| format!("{} is no report of a drill: {e}", path.display()))
}
