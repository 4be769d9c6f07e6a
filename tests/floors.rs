//! The floors: what may use what. Reads the source and keeps the house standing (ARCHITECTURE.md, "Floors").

use std::fs;
use std::path::{Path, PathBuf};

/// The floors from the ground up; inside a floor a later room may use an earlier one.
const FLOORS: [&[&str]; 8] = [
    &["time", "rng", "units"],
    &["scenario"],
    &["workload", "workforce", "faults", "seam", "observation"],
    &["world", "desk"],
    &["measure", "verdict", "engine", "breaking"],
    &["mocks", "report"],
    &["rehearse", "drill"],
    &["cli"],
];

/// The first floor that may do I/O.
const FIRST_IMPURE: usize = 5;

/// Words that no pure floor may say.
const IMPURE: [&str; 10] = [
    "tokio",
    "hyper",
    "std::fs",
    "std::env",
    "std::net",
    "std::process",
    "std::thread",
    "Instant",
    "SystemTime",
    "thread_rng",
];

/// The named loader files of F1: the only ones below F5 that read files.
const LOADERS: [&str; 5] = [
    "src/scenario/load.rs",
    "src/scenario/load/",
    "src/scenario/files.rs",
    "src/scenario/source.rs",
    "src/scenario/sources.rs",
];

/// Every Rust file below `folder`, sorted.
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let entries = fs::read_dir(folder).expect("the folder is in the repository");
    for path in entries.map(|entry| entry.expect("the entry can be read").path()) {
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The place of a room: its floor and its place in it.
fn place(room: &str) -> Option<(usize, usize)> {
    FLOORS.iter().enumerate().find_map(|(floor, rooms)| rooms.iter().position(|r| *r == room).map(|at| (floor, at)))
}

/// The room a file belongs to; `None` for `lib.rs` and `main.rs`, which stand outside.
fn room_of(path: &str) -> Option<&str> {
    let inside = path.strip_prefix("src/")?;
    let room = inside.split('/').next()?.trim_end_matches(".rs");
    (room != "lib" && room != "main").then_some(room)
}

/// The code of a file: comments cut off, unit tests left out (they may look around more freely).
fn code_of(text: &str) -> Vec<(usize, &str)> {
    let mut lines = text.lines().enumerate();
    let mut code = Vec::new();
    while let Some((n, line)) = lines.next() {
        if !line.trim_start().starts_with("#[cfg(test)]") {
            code.push((n + 1, line.split("//").next().unwrap_or("")));
        } else if lines.next().is_some_and(|(_, next)| next.trim_end().ends_with('{')) {
            break;
        }
    }
    code
}

/// The rooms that a line names after `crate::`, also in `crate::{time, rng::Draw}`.
fn rooms_named(line: &str) -> Vec<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut rooms = Vec::new();
    for (at, found) in line.match_indices("crate::") {
        if line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let rest = &line[at + found.len()..];
        match rest.strip_prefix('{') {
            Some(group) => rooms.extend(first_words_of_group(group)),
            None => rooms.push(word(rest)),
        }
    }
    rooms
}

/// The first word of each part of `time::{Span, Time}, rng}`.
fn first_words_of_group(group: &str) -> Vec<String> {
    let (mut depth, mut word, mut words, mut taking) = (0, String::new(), Vec::new(), true);
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                words.push(std::mem::take(&mut word));
                taking = true;
            }
            ':' => taking = false,
            c if depth == 0 && taking && !c.is_whitespace() => word.push(c),
            _ => {}
        }
    }
    words.push(word);
    words.retain(|w| !w.is_empty());
    words
}

/// What is wrong with one file.
fn faults_of(path: &str, text: &str) -> Vec<String> {
    let Some(room) = room_of(path) else { return Vec::new() };
    let Some(here) = place(room) else {
        return vec![format!("{path}: the room `{room}` stands on no floor; add it to FLOORS and to ARCHITECTURE.md")];
    };
    let mut faults = Vec::new();
    for (n, line) in code_of(text) {
        for used in rooms_named(line) {
            match place(&used) {
                Some(there) if there > here => {
                    faults.push(format!(
                        "{path}:{n}: `{room}` (F{}) uses `{used}` (F{}), which is above it",
                        here.0, there.0
                    ));
                }
                _ => {}
            }
        }
        if here.0 < FIRST_IMPURE && !LOADERS.iter().any(|loader| path.starts_with(loader)) {
            for word in IMPURE.iter().filter(|word| says(line, word)) {
                faults.push(format!("{path}:{n}: `{word}` in a pure floor (F{})", here.0));
            }
        }
    }
    faults
}

/// Whether a line has this word, whole.
fn says(line: &str, word: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word)
        .any(|(at, _)| !line[..at].ends_with(inside) && !line[at + word.len()..].starts_with(inside))
}

#[test]
fn nothing_imports_upward_and_the_lower_floors_are_pure() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = rust_files(&root.join("src"));
    assert!(files.len() > 10, "the source was not found");
    let faults: Vec<String> = files
        .iter()
        .flat_map(|file| {
            let path = file.strip_prefix(root).expect("it lies below").to_string_lossy().replace('\\', "/");
            faults_of(&path, &fs::read_to_string(file).expect("source is UTF-8"))
        })
        .collect();
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn a_planted_fault_is_found() {
    assert_eq!(faults_of("src/world/mod.rs", "use crate::mocks::vendor;").len(), 1);
    assert_eq!(faults_of("src/seam.rs", "use crate::{time::{Span, Time}, observation, rng};").len(), 1);
    assert_eq!(faults_of("src/desk/bot.rs", "let t = Instant::now();").len(), 1);
    assert_eq!(faults_of("src/attic.rs", "").len(), 1);
    assert!(faults_of("src/desk/bot.rs", "use crate::world::floor; // not tokio").is_empty());
    assert!(faults_of("src/measure/mod.rs", "#[cfg(test)]\nuse crate::engine::Run;").is_empty());
    assert!(faults_of("src/scenario/load.rs", "use std::fs;").is_empty());
}
