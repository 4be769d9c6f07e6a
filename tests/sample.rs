//! The committed sample report is what the program makes today, and `run.json` has the bytes it always had: the same for
//! every machine, thread count and build. Renew both with `UPDATE_SAMPLE=1 cargo test --test sample` after a change that
//! means to change figures, and say why in the commit.

use holdline::engine::plans::{play, variants};
use holdline::engine::runs::Runs;
use holdline::faults::for_the_model;
use holdline::measure::Windows;
use holdline::report::{Around, Bundle, How, PlanRuns, files, json};
use holdline::scenario::{Overrides, load};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn bundle(scenario: &str, seed: u64, runs: u64, threads: usize) -> Bundle {
    let loaded = load(&root("scenarios").join(scenario), &Overrides::default());
    let scenario = loaded.unwrap_or_else(|errors| panic!("{}", errors.render(false))).scenario;
    let (scenario, _) = for_the_model(scenario).expect("it can be simulated");
    let windows = Windows::of(&scenario);
    let how = Runs { seed, runs, threads };
    let played = play(variants(&scenario, "written", true), &windows, how, &|_| {}, &AtomicBool::new(false));
    let plans: Vec<PlanRuns<'_>> = played.iter().map(PlanRuns::from).collect();
    Bundle::of(How { mode: "simulate", seed, pace: 1.0 }, &windows, &plans).expect("a plan was played")
}

/// Holds a text against a committed file, or renews the file.
fn is_current(path: &Path, text: &str) {
    if std::env::var_os("UPDATE_SAMPLE").is_some() {
        std::fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("the folder can be made");
        std::fs::write(path, text).expect("the sample can be written");
        return;
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(committed == text, "{} is not what the program makes today", path.display());
}

#[test]
fn the_sample_report_is_current() {
    let around = Around {
        replay: Some("holdline simulate scenarios/first-rehearsal.yaml --runs 40 --seed 1".into()),
        ..Around::default()
    };
    let made = files(&bundle("first-rehearsal.yaml", 1, 40, 0), &around).expect("our own templates render");
    for (name, text) in made.iter().filter(|(name, _)| ["summary.md", "report.html"].contains(name)) {
        is_current(&root("reports/sample").join(name), text);
    }
}

#[test]
fn run_json_has_its_golden_bytes_for_any_number_of_threads() {
    let texts = [1, 2].map(|threads| json::text(&bundle("triple-outage.yaml", 1, 4, threads)));
    assert_eq!(texts[0], texts[1], "one thread and two");
    let hash: String = Sha256::digest(texts[0].as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    is_current(&root("tests/golden/triple-outage-4-runs.sha256"), &format!("{hash}\n"));
}

#[test]
fn a_seed_is_a_day_and_another_seed_is_another() {
    let [one, again, other] = [1, 1, 2].map(|seed| json::text(&bundle("triple-outage.yaml", seed, 2, 0)));
    assert!(one == again, "the same seed twice makes different bytes");
    assert!(one != other, "another seed is another day");
}
