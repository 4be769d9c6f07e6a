//! The style as a test: small rooms, no leftovers, no traces of the machine it was written on.

use std::fs;
use std::path::Path;
use std::process::Command;

/// A file of more lines is two ideas.
const LINES_A_FILE: usize = 450;
/// Files that are one table: an entry for each measure or default, however many there are.
const TABLES: [&str; 1] = ["src/measure/definitions.rs"];
/// A function of more lines is two steps (the aim is 70).
const LINES_A_FUNCTION: usize = 100;

/// Every tracked text file: path and text. Falls back to what lies below `src` and `tests` where git is missing (a source package).
fn tracked() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let listed = Command::new("git").args(["ls-files", "-z"]).current_dir(root).output();
    let names = match listed {
        Ok(output) if output.status.success() => String::from_utf8_lossy(&output.stdout).into_owned(),
        _ => ["src/lib.rs", "src/main.rs", "README.md", "Cargo.toml"].join("\0"),
    };
    let files: Vec<(String, String)> = names
        .split('\0')
        .filter(|name| !name.is_empty())
        .filter_map(|name| Some((name.to_owned(), fs::read_to_string(root.join(name)).ok()?)))
        .collect();
    assert!(files.len() >= 4, "no tracked files were found");
    files
}

fn rust() -> impl Iterator<Item = (String, String)> {
    tracked().into_iter().filter(|(path, _)| path.ends_with(".rs"))
}

fn none(faults: Vec<String>) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

/// The functions of a file: name, line, length. A function ends at the brace that stands as deep as its first line: the
/// code is formatted, so depth is indentation.
fn functions(text: &str) -> Vec<(String, usize, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let indent = line.len() - code.len();
        let Some(name) = function_name(code) else { continue };
        let end = lines[at..].iter().position(|l| {
            l.len() - l.trim_start().len() == indent
                && (l.trim_start().starts_with('}') || l.ends_with(';') || l.ends_with('}'))
        });
        found.push((name, at + 1, end.map_or(lines.len() - at, |end| end + 1)));
    }
    found
}

/// The name in `pub(crate) async fn name(`.
fn function_name(code: &str) -> Option<String> {
    let before = code.find("fn ")?;
    let words = ["pub", "pub(crate)", "pub(super)", "async", "const", "unsafe", "extern", "\"C\""];
    if !code[..before].split_whitespace().all(|word| words.contains(&word)) {
        return None;
    }
    Some(code[before + 3..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect())
}

#[test]
fn files_are_small_rooms() {
    let long = |(path, text): (String, String)| {
        let lines = text.lines().count();
        (lines > LINES_A_FILE && !TABLES.contains(&path.as_str()))
            .then(|| format!("{path}: {lines} lines (at most {LINES_A_FILE})"))
    };
    none(rust().filter_map(long).collect());
}

#[test]
fn functions_are_single_steps() {
    let long = |(path, text): (String, String)| {
        functions(&text)
            .into_iter()
            .filter(|(_, _, length)| *length > LINES_A_FUNCTION)
            .map(|(name, line, length)| {
                format!("{path}:{line}: `{name}` has {length} lines (at most {LINES_A_FUNCTION})")
            })
            .collect::<Vec<_>>()
    };
    none(rust().flat_map(long).collect());
}

#[test]
fn a_long_function_would_be_found() {
    let text = format!(
        "impl A {{\n    pub(crate) async fn long(\n        a: u8,\n    ) -> u8 {{\n{}    }}\n    fn short() {{}}\n}}\n",
        "        a;\n".repeat(120)
    );
    let found = functions(&text);
    assert_eq!(found.iter().map(|(name, ..)| name.as_str()).collect::<Vec<_>>(), ["long", "short"]);
    assert!(found[0].2 > LINES_A_FUNCTION && found[1].2 == 1, "{found:?}");
}

#[test]
fn nothing_is_left_for_later() {
    // Spelt in two halves, so that this list does not find itself.
    let words =
        [["todo", "!("], ["unimplemented", "!("], ["dbg", "!("], ["#[ign", "ore"], ["#[al", "low("], ["FIX", "ME"]];
    let mut faults = Vec::new();
    for (path, text) in rust() {
        for (n, line) in text.lines().enumerate() {
            for word in words.iter().map(|halves| halves.concat()).filter(|word| line.contains(word.as_str())) {
                faults.push(format!("{path}:{}: `{word}`", n + 1));
            }
        }
    }
    none(faults);
}

#[test]
fn no_traces_of_the_machine() {
    let words = [["/wo", "rk/"], ["/ro", "ot/"], ["/ho", "me/"], ["/Us", "ers/"]];
    let mut faults = Vec::new();
    for (path, text) in tracked() {
        for (n, line) in text.lines().enumerate() {
            for word in words.iter().map(|halves| halves.concat()).filter(|word| line.contains(word.as_str())) {
                faults.push(format!("{path}:{}: `{word}`", n + 1));
            }
        }
    }
    none(faults);
}

#[test]
fn every_shipped_scenario_is_in_the_readme() {
    let files = tracked();
    let readme = &files.iter().find(|(path, _)| path == "README.md").expect("there is a README").1;
    let missing = files.iter().map(|(path, _)| path).filter(|path| {
        path.strip_prefix("scenarios/").is_some_and(|name| !name.contains('/') && name.ends_with(".yaml"))
            && !readme.contains(path.trim_start_matches("scenarios/").trim_end_matches(".yaml"))
    });
    none(missing.map(|path| format!("README.md does not mention {path}")).collect());
}

#[test]
fn every_dependency_has_its_reason() {
    let files = tracked();
    let text = |name: &str| &files.iter().find(|(path, _)| path == name).expect("it is tracked").1;
    let table =
        text("Cargo.toml").split("[dependencies]").nth(1).and_then(|rest| rest.split("\n[").next()).unwrap_or("");
    let missing = table
        .lines()
        .filter_map(|line| line.split_once(" = ").map(|(name, _)| name))
        .filter(|name| !text("ARCHITECTURE.md").contains(&format!("`{name}`")));
    none(missing.map(|name| format!("ARCHITECTURE.md gives no reason for `{name}`")).collect());
}
