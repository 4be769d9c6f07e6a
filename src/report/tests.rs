//! What people read, as snapshots; what programs read, byte by byte.

use super::terminal::Look;
use super::{Around, fixture, json, terminal};

fn around() -> Around {
    Around {
        report: Some("reports/small-bad-day/2026-11-27T101502/report.html".into()),
        when: Some("2026-11-27 10:15".into()),
        replay: Some("holdline simulate scenarios/small-bad-day.yaml --runs 20 --seed 7".into()),
        next: vec!["holdline simulate scenarios/small-bad-day.yaml --plan none".into()],
    }
}

#[test]
fn the_terminal_shows_the_day() {
    insta::assert_snapshot!(terminal::summary(&fixture::bundle(20), &around(), Look::default()));
}

#[test]
fn colours_come_only_when_asked_for() {
    let bundle = fixture::bundle(1);
    assert!(!terminal::summary(&bundle, &around(), Look::default()).contains('\u{1b}'));
    assert!(terminal::summary(&bundle, &around(), Look { colours: true, width: 100 }).contains("\u{1b}[1;"));
}

#[test]
fn the_same_runs_make_the_same_bytes_and_are_read_back() {
    let text = json::text(&fixture::bundle(5));
    assert_eq!(text, json::text(&fixture::bundle(5)));
    let back = json::read(&text).expect("it was just written");
    assert_eq!(json::text(&back), text);
    assert!(json::read(&text.replacen("\"format\":1", "\"format\":99", 1)).is_err_and(|e| e.contains("99")));
}

#[test]
fn the_committed_schema_is_the_types() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/reports/run.schema.json");
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(path, json::schema()).expect("the folder is there");
    }
    let committed = std::fs::read_to_string(path).expect("it is committed");
    assert!(committed == json::schema(), "renew it: UPDATE_SCHEMA=1 cargo test the_committed_schema");
}
