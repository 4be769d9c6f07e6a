//! Where a run's files go, and how the terminal looks.

use crate::report::terminal::Look;
use crate::report::{Around, Bundle};
use crate::scenario::Scenario;
use crate::verdict::Exit;
use std::fs::File;
use std::io::{BufReader, ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};

/// Says something on stderr that ends the command.
pub(super) fn complain(message: &str) {
    eprintln!("error: {message}");
}

/// Prints to stdout. A reader that went away is nobody's fault; a full disk is said and ends the command.
pub(super) fn print(text: &str) -> Exit {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            complain(&format!("the output cannot be written: {error}"));
            Exit::Usage
        }
        _ => Exit::Fine,
    }
}

/// Whether stderr is for people's eyes.
pub(super) fn stderr_is_terminal() -> bool {
    std::io::stderr().is_terminal()
}

/// Whether complaints have colours: on a terminal, and never where `NO_COLOR` is set.
pub(super) fn stderr_has_colours() -> bool {
    stderr_is_terminal() && colours_are_wanted()
}

fn colours_are_wanted() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// How stdout looks: colours only on a terminal, and never where `NO_COLOR` is set.
pub(super) fn look() -> Look {
    let colours = std::io::stdout().is_terminal() && colours_are_wanted();
    let width = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    Look { colours, width: width.unwrap_or(110).clamp(60, 200) }
}

/// The folder of a run: the one asked for, else a new one below `reports/`, named by the moment.
pub(super) fn folder(asked: Option<&Path>, scenario: &str) -> Result<PathBuf, String> {
    let folder = match asked {
        Some(folder) => folder.to_owned(),
        None => fresh(scenario),
    };
    std::fs::create_dir_all(&folder).map_err(|e| format!("the folder {} cannot be made: {e}", folder.display()))?;
    Ok(folder)
}

fn fresh(scenario: &str) -> PathBuf {
    let base = PathBuf::from("reports").join(scenario);
    let stamp = jiff::Timestamp::now().strftime("%Y-%m-%dT%H%M%S").to_string();
    let names = std::iter::once(stamp.clone()).chain((2..).map(|n| format!("{stamp}-{n}")));
    names.map(|name| base.join(name)).find(|folder| !folder.exists()).unwrap_or(base)
}

/// The moment, for the head of a report.
pub(super) fn when() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// Keeps the scenario as it ran, so that a journal can be judged again without its files.
pub(super) fn keep_scenario(folder: &Path, scenario: &Scenario) -> Result<(), String> {
    let path = folder.join("scenario.json");
    let text = serde_json::to_string(scenario).map_err(|e| format!("{} cannot be written: {e}", path.display()))?;
    replace(&path, &text)
}

/// Opens the journal of a run's folder, as often as it must be read.
pub(super) fn journal(folder: &Path) -> impl Fn() -> Result<BufReader<File>, String> {
    let path = folder.join("journal.jsonl");
    move || File::open(&path).map(BufReader::new).map_err(|e| format!("{} cannot be read: {e}", path.display()))
}

/// Writes every report of a bundle into its folder.
pub(super) fn write_reports(folder: &Path, bundle: &Bundle, around: &Around) -> Result<(), String> {
    for (name, text) in crate::report::files(bundle, around)? {
        replace(&folder.join(name), &text)?;
    }
    Ok(())
}

/// Writes a file whole or not at all: what stood there before is lost only to what is complete.
pub(super) fn replace(path: &Path, text: &str) -> Result<(), String> {
    let part = path.with_added_extension("part");
    let written = std::fs::write(&part, text).and_then(|()| std::fs::rename(&part, path));
    written.map_err(|e| {
        // Best effort: the disk may be full, and half a file is of no use.
        let _ = std::fs::remove_file(&part);
        format!("{} cannot be written: {e}", path.display())
    })
}
