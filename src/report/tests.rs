//! What people read, as snapshots; what programs read, byte by byte.

use super::findings::in_short;
use super::terminal::Look;
use super::{Around, fixture, html, json, junit, markdown, terminal};

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
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        std::fs::write(path, json::schema()).expect("the folder is there");
    }
    let committed = std::fs::read_to_string(path).expect("it is committed");
    assert!(committed == json::schema(), "renew it: UPDATE_SCHEMAS=1 cargo test the_committed_schema");
}

#[test]
fn the_markdown_shows_the_day() {
    insta::assert_snapshot!(markdown::summary(&fixture::bundle(20), &around()));
}

#[test]
fn what_is_said_in_short_tells_something() {
    let mut bundle = fixture::bundle(1);
    (bundle.verdict, bundle.findings) = ("held".into(), Vec::new());
    let known = bundle.plans[0].expectations.first().expect("the fixture expects something").clone();
    let met = |name: &str, limit: f64, figure: f64| {
        let mut one = known.clone();
        (one.name, one.met, one.unit, one.bound) = (name.into(), "met".into(), "count".into(), "max".into());
        (one.limit, one.figure, one.margin, one.in_runs, one.never) =
            (limit, Some(figure), Some(limit - figure), None, 0.0);
        one
    };
    bundle.plans[0].expectations = vec![met("nobody lost", 0.0, 0.0), met("few wait", 10.0, 8.0)];
    let said = in_short(&bundle);
    assert!(said[1].starts_with("The tightest was few wait"), "{said:?}");
    bundle.plans[0].expectations.pop();
    let said = in_short(&bundle);
    assert!(said.len() == 2 && said[1].starts_with("It met ") && !said[1].contains("a run"), "{said:?}");
}

#[test]
fn the_junit_holds_a_case_an_expectation() {
    insta::assert_snapshot!(junit::xml(&fixture::bundle(20)).expect("it can be written"));
}

/// Where to put the page for a look at it.
#[test]
fn the_page_has_every_section_and_nothing_from_outside() {
    let page = html::page(&fixture::bundle(20), &around()).expect("it renders");
    if let Some(path) = std::env::var_os("HOLDLINE_PAGE") {
        std::fs::write(path, &page).expect("the folder is there");
    }
    let skeleton: Vec<&str> = page
        .lines()
        .map(str::trim)
        .filter(|line| {
            ["<section", "<h1", "<h2", "<li>", "<th", "<thead", "<summary"].iter().any(|tag| line.contains(tag))
                && line.len() < 600
        })
        .collect();
    insta::assert_snapshot!(skeleton.join("\n"));
    for outside in ["http://", "https://", "src=", "@import", "url(", "<link"] {
        assert!(!page.contains(outside), "the page reaches out: {outside}");
    }
}

#[test]
fn what_people_name_things_cannot_become_markup() {
    let mut bundle = fixture::bundle(1);
    bundle.scenario.name = "</script><script>alert(1)</script>".into();
    bundle.disturbances[0].name = "<img onerror=x>".into();
    for series in &mut bundle.series {
        series.channel = series.channel.as_ref().map(|_| "\"><b>".to_owned());
    }
    let page = html::page(&bundle, &Around::default()).expect("it renders");
    assert_eq!(page.matches("<script").count(), 2, "the data and the cursor");
    assert!(!page.contains("<img") && !page.contains("\"><b>"));
}
