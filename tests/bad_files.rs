//! Bad scenario files: each is refused with a message that shows the place and says what would be right. The messages are
//! snapshots: what people read is looked at when it changes.

use holdline::scenario::{Overrides, PlanChoice, check, load};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

/// What is said about a file of `tests/bad`.
fn said(name: &str) -> String {
    let path = format!("tests/bad/{name}.yaml");
    match load(Path::new(&path), &Overrides::default()) {
        Ok(loaded) => {
            let warnings: Vec<String> = loaded.warnings.iter().map(|one| one.render(&loaded.sources, false)).collect();
            format!("loads; warnings:\n{}", warnings.join("\n\n"))
        }
        Err(errors) => errors.to_string(),
    }
}

/// One snapshot for each file, named after it.
fn refused(name: &str) {
    let text = said(name);
    assert!(text.starts_with("error: "), "{name} is not refused: {text}");
    assert!(!text.contains('\u{1b}'), "no colours unless asked for");
    insta::assert_snapshot!(name, text);
}

#[test]
fn every_bad_file_is_refused_at_its_place() {
    let mut names = Vec::new();
    for entry in fs::read_dir("tests/bad").expect("the folder is in the repository") {
        let name = entry.expect("it can be read").file_name().to_string_lossy().into_owned();
        names.extend(name.strip_suffix(".yaml").map(str::to_owned));
    }
    names.sort();
    // These are the good halves of pairs.
    let halves =
        ["desk", "many", "broken-desk", "bad-plan", "cyclic-extends-2", "wrong-limits-desk", "shared-platform-desk"];
    names.retain(|name| !halves.contains(&name.as_str()));
    assert!(names.len() >= 15, "the fixtures were not found");
    names.iter().for_each(|name| refused(name));
}

#[test]
fn a_wrong_argument_is_pointed_at() {
    let said: Vec<String> = [
        "outages.llm-brownot.for=2h",
        "outages.llm-brownout.for=2",
        "teams.phone.people=3",
        "team.phones.people=3",
        "length",
        "length=",
        "expect.x=1",
        "outages..for=1h",
    ]
    .iter()
    .map(|text| format!("--set {text}\n{}", of_shipped(text)))
    .collect();
    insta::assert_snapshot!(said.join("\n\n"));
}

fn of_shipped(text: &str) -> String {
    let overrides = Overrides { set: vec![text.to_owned()], plan: PlanChoice::Written };
    load(Path::new("scenarios/triple-outage.yaml"), &overrides)
        .map_or_else(|errors| errors.to_string(), |_| "loads".to_owned())
}

/// A folder of its own below the system's temporary one, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("holdline-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).expect("a temporary folder can be made");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_huge_file_is_refused_before_it_is_read() {
    let folder = Folder::new("huge");
    let path = folder.0.join("huge.yaml");
    let mut file = File::create(&path).expect("it can be written to");
    file.write_all(b"scenario: bad\n").expect("it can be written to");
    file.set_len(200 << 20).expect("a sparse file can be made");
    let said = load(&path, &Overrides::default()).map_or_else(|errors| errors.to_string(), |_| String::new());
    assert!(said.contains("too large") && said.contains("4 MB") && said.contains("200 MB"), "{said}");
}

#[test]
fn what_is_no_ordinary_file_is_refused() {
    for (path, part) in
        [("tests", "is a folder"), ("tests/bad/nowhere.yaml", "no such file"), ("/dev/null", "no ordinary")]
    {
        let said =
            load(Path::new(path), &Overrides::default()).map_or_else(|errors| errors.to_string(), |_| String::new());
        assert!(said.contains(part), "{path}: {said}");
    }
}

#[test]
fn very_deep_nesting_does_not_overflow() {
    let folder = Folder::new("deep");
    for (name, text) in [
        ("flow", format!("scenario: bad\nabout: {}{}\n", "[".repeat(200_000), "]".repeat(200_000))),
        ("maps", format!("scenario: bad\nabout: {}\n", "{a: ".repeat(200_000))),
        ("dashes", format!("{}x\n", "- ".repeat(200_000))),
        ("block", (0..1_500).map(|n| format!("{}a:\n", " ".repeat(n))).collect()),
    ] {
        let path = folder.0.join(format!("{name}.yaml"));
        fs::write(&path, text).expect("it can be written to");
        let said = load(&path, &Overrides::default()).map_or_else(|errors| errors.to_string(), |_| String::new());
        assert!(said.contains("nested too deeply"), "{name}: {said}");
        assert!(said.len() < 4_000, "{name}: {}", said.len());
    }
}

#[test]
fn links_out_of_the_folder_are_not_followed() {
    let folder = Folder::new("link");
    fs::write(folder.0.join("desk.yaml"), fs::read("tests/bad/desk.yaml").expect("it is there"))
        .expect("it can be written to");
    let inner = folder.0.join("inner");
    fs::create_dir_all(&inner).expect("it can be made");
    #[cfg(unix)]
    std::os::unix::fs::symlink(folder.0.join("desk.yaml"), inner.join("desk.yaml")).expect("a link can be made");
    let day = inner.join("day.yaml");
    fs::write(&day, "scenario: bad\ndesk: desk.yaml\nlength: 1h\n").expect("it can be written to");
    let said = load(&day, &Overrides::default()).map_or_else(|errors| errors.to_string(), |_| String::new());
    assert!(said.contains("outside the scenario's folder") || cfg!(not(unix)), "{said}");
}

#[test]
fn every_kind_of_file_can_be_checked() {
    for path in ["scenarios/triple-outage.yaml", "scenarios/desks/retailer.yaml", "scenarios/desks/corner-shop.yaml"] {
        let result = check(Path::new(path), &Overrides::default()).map_err(|errors| errors.to_string());
        assert!(result.is_ok(), "{path}: {:?}", result.err());
    }
    assert!(check(Path::new("tests/bad/broken-desk.yaml"), &Overrides::default()).is_err());
}
