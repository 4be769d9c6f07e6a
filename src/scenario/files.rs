//! Reading files with care: their size before their content, never a pipe or device, never outside the scenario's folder.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Component, Path, PathBuf};

/// The largest scenario, desk or plan file.
pub(crate) const MOST_FILE: u64 = 4 << 20;
/// The largest data file.
pub(crate) const MOST_DATA: u64 = 64 << 20;

/// Reads a file as bytes; what is wrong in words for people.
pub(crate) fn read(path: &Path, most: u64) -> Result<Vec<u8>, String> {
    let shown = path.display();
    let facts = fs::metadata(path).map_err(|error| format!("cannot read `{shown}`: {}", reason(&error)))?;
    if facts.is_dir() {
        return Err(format!("`{shown}` is a folder, not a file"));
    }
    if !facts.is_file() {
        return Err(format!("`{shown}` is no ordinary file"));
    }
    let too_large = || format!("`{shown}` is too large: the limit is {}", size(most));
    if facts.len() > most {
        return Err(format!("{}, this is {}", too_large(), size(facts.len())));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| format!("cannot read `{shown}`: {}", reason(&error)))?;
    file.take(most + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| format!("cannot read `{shown}`: {}", reason(&error)))?;
    if bytes.len() as u64 > most { Err(too_large()) } else { Ok(bytes) }
}

/// Reads a text file; what is wrong in words for people.
pub(crate) fn read_text(path: &Path, most: u64) -> Result<String, String> {
    String::from_utf8(read(path, most)?).map_err(|_| format!("`{}` is not UTF-8 text", path.display()))
}

fn reason(error: &std::io::Error) -> &'static str {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file",
        std::io::ErrorKind::PermissionDenied => "it may not be read",
        _ => "the system cannot read it",
    }
}

fn size(bytes: u64) -> String {
    if bytes >= 1 << 20 { format!("{} MB", bytes >> 20) } else { format!("{bytes} bytes") }
}

/// The path that a file names, relative to `base`; it must stay below `root`, also when links are followed.
pub(crate) fn below(root: &Path, base: &Path, written: &str) -> Result<PathBuf, String> {
    let outside = || format!("`{}` lies outside the scenario's folder", crate::units::shown(written));
    let relative = Path::new(written);
    let climbs = |part: Component<'_>| matches!(part, Component::Prefix(_) | Component::RootDir);
    if written.is_empty() || relative.components().any(climbs) {
        return Err(outside());
    }
    let path = tidy(&base.join(relative));
    let inside =
        path.strip_prefix(tidy(root)).is_ok_and(|rest| !rest.components().any(|part| part == Component::ParentDir));
    // Two paths that begin with `..` differ in what is dropped; the canonical ones below are what counts.
    if !inside {
        return Err(outside());
    }
    match (fs::canonicalize(&path), fs::canonicalize(if root.as_os_str().is_empty() { Path::new(".") } else { root })) {
        (Ok(real), Ok(real_root)) if !real.starts_with(&real_root) => Err(outside()),
        _ => Ok(path),
    }
}

/// A path without `.` and with `name/..` taken out.
pub(crate) fn tidy(path: &Path) -> PathBuf {
    let mut tidy = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(tidy.components().next_back(), Some(Component::Normal(_))) => {
                tidy.pop();
            }
            _ => tidy.push(part),
        }
    }
    tidy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_below_the_folder() {
        let root = Path::new("scenarios");
        let ok = |base: &str, written: &str| below(root, Path::new(base), written).ok();
        assert_eq!(ok("scenarios", "desks/a.yaml"), Some(PathBuf::from("scenarios/desks/a.yaml")));
        assert_eq!(ok("scenarios/desks", "../b.yaml"), Some(PathBuf::from("scenarios/b.yaml")));
        assert_eq!(ok("scenarios", "../b.yaml"), None);
        assert_eq!(ok("scenarios", "/etc/passwd"), None);
        assert_eq!(ok("scenarios", "desks/../../b.yaml"), None);
        assert_eq!(ok("scenarios", ""), None);
        assert!(below(Path::new(""), Path::new(""), "../b.yaml").is_err());
        assert_eq!(below(Path::new(""), Path::new(""), "b.yaml"), Ok(PathBuf::from("b.yaml")));
        assert_eq!(below(Path::new("../x"), Path::new("../x"), "b.yaml"), Ok(PathBuf::from("../x/b.yaml")));
        assert!(below(Path::new("../x"), Path::new("../x"), "../b.yaml").is_err());
    }
}
