//! What people read, as snapshots; what programs read, byte by byte.

use super::breaking::{BreakingInfo, BreakingPoint, VariedInfo};
use super::findings::in_short;
use super::story::{Line, Stories, Story};
use super::terminal::Look;
use super::{Around, compare, fixture, html, json, junit, markdown, terminal};

fn around() -> Around {
    Around {
        report: Some("reports/small-bad-day/2026-11-27T101502/report.html".into()),
        when: Some("2026-11-27 10:15".into()),
        replay: Some("holdline simulate scenarios/small-bad-day.yaml --runs 20 --seed 7".into()),
        next: vec!["holdline simulate scenarios/small-bad-day.yaml --plan none".into()],
    }
}

#[test]
fn how_many_runs_were_ended_early_is_said() {
    let said = |runs: u64, ended: u32| {
        let mut bundle = fixture::bundle(runs);
        bundle.plans[0].ended_early = ended;
        let found = super::findings::findings(&bundle);
        found.into_iter().map(|one| one.text).find(|text| text.contains("ended early")).unwrap_or_default()
    };
    assert!(said(1, 1).starts_with("The day was ended early"));
    assert!(said(5, 5).starts_with("The day of every run was ended early"));
    assert!(said(5, 2).starts_with("In 2 of 5 runs the day was ended early"));
    assert_eq!(said(5, 0), "");
}

#[test]
fn the_terminal_shows_the_day() {
    insta::assert_snapshot!(terminal::summary(&fixture::bundle(20), &around(), Look::default()));
}

#[test]
fn a_comparison_shows_what_got_worse() {
    let (before, mut after) = (fixture::bundle(20), fixture::bundle(20));
    after.seed = 8;
    after.verdict = "broke".into();
    for m in after.measures.iter_mut().filter(|m| m.kpi == "abandonment" && m.window == "whole") {
        m.mean += 0.1;
        m.ci95 = m.ci95.map(|ci| ci.map(|end| end + 0.1));
    }
    let kept = after.plans[0].expectations.iter_mut().find(|e| e.met == "met").expect("one is kept");
    kept.met = "missed".into();
    let asked = compare::Asked { by: 0.05, kpis: Vec::new() };
    let seen = compare::compare(&before, &after, &asked).expect("both are judged");
    insta::assert_snapshot!(compare::text(&seen, Look::default()));
    insta::assert_snapshot!(compare::junit::xml(&seen).expect("it can be written"));
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
    bundle.plans[0].expectations[1].met = "empty".into();
    assert!(in_short(&bundle)[0].contains("1 of 2 expectations could be measured"), "{:?}", in_short(&bundle));
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

fn line(at: f64, who: &str, kind: &str, bad: bool, text: &str) -> Line {
    let lasted = if kind == "asked" { 1.4 } else { 0.0 };
    Line { at, lasted, who: who.into(), kind: kind.into(), bad, text: text.into() }
}

fn story() -> Story {
    Story {
        order: "HL-7K2F".into(),
        channel: "chat".into(),
        reason: "refund".into(),
        attempt: 2,
        why: vec!["lost_contacts".into(), "apologies".into()],
        began: 1_900.0,
        ended: 1_960.5,
        waits: vec![[1_900.0, 1_912.0]],
        lines: vec![
            line(1_900.0, "customer", "said", false, "“Hello, this is about my order HL-7K2F.”"),
            line(1_900.2, "slack", "brought", false, "to the target: event → 200"),
            line(1_900.4, "llm", "asked", true, "POST /v1/chat/completions → 503 (fault openai.overloaded)"),
            line(1_912.0, "desk", "said", false, "“Sorry & <b>good-bye</b>.” (apology)"),
            line(1_960.5, "desk", "happened", true, "lost: neither answered nor open at the end"),
        ],
        left_out: 3,
    }
}

#[test]
fn stories_are_told_on_the_page_and_only_where_a_journal_was_kept() {
    let mut bundle = fixture::bundle(1);
    let without = html::page(&bundle, &around()).expect("it renders");
    assert!(!without.contains("id=\"stories\""));
    bundle.stories = Some(Stories { told: vec![story()], more: 7 });
    let page = html::page(&bundle, &around()).expect("it renders");
    if let Some(path) = std::env::var_os("HOLDLINE_STORIES") {
        std::fs::write(path, &page).expect("the folder is there");
    }
    let from = page.find("id=\"stories\"").expect("the section is there");
    let section = &page[from..from + page[from..].find("</section>").expect("it ends")];
    insta::assert_snapshot!(section);
    assert!(section.contains("and 7 more went wrong") && !section.contains("<b>good-bye"));
    let back = json::read(&json::text(&bundle)).expect("it was just written");
    assert_eq!(back.stories, bundle.stories);
}

#[test]
fn a_story_is_told_in_a_terminal() {
    insta::assert_snapshot!(super::story::text::text(&story(), 28_800));
}

/// A row for each thing that can be said of a disturbance.
fn breaking_points() -> Vec<BreakingInfo> {
    let varied = |what: &str, unit: &str, yours: f64, limit: f64, team| {
        Some(VariedInfo { what: what.into(), unit: unit.into(), yours, limit, team })
    };
    let point =
        |at: f64, verdict: &str, figure: f64| BreakingPoint { at, verdict: verdict.into(), figure: Some(figure) };
    let bare = BreakingInfo {
        plan: "written".into(),
        disturbance: "llm-down".into(),
        kind: "outage".into(),
        came_to: "breaks".into(),
        why: None,
        varied: varied("length", "seconds", 1_200.0, 5_400.0, None),
        holds: Some(2_280.0),
        breaks: Some(2_340.0),
        expectation: Some("abandonment by phone".into()),
        figure: Some(0.104),
        margin: Some(-0.04),
        aside: Vec::new(),
        uneven: false,
        runs: 20,
        end_runs: 200,
        points: Vec::new(),
    };
    let named =
        |name: &str, came_to: &str| BreakingInfo { disturbance: name.into(), came_to: came_to.into(), ..bare.clone() };
    let points = vec![point(0.0, "held", 0.03), point(2_280.0, "bent", 0.098), point(2_340.0, "broke", 0.104)];
    let mut rows = vec![BreakingInfo { points, ..bare.clone() }];
    let mut aside = named("lines-down", "breaks");
    aside.varied = varied("length", "seconds", 3_000.0, 5_400.0, None);
    (aside.aside, aside.uneven) = (vec!["no contact is lost".into()], true);
    rows.push(aside);
    let mut people = named("flu", "breaks");
    people.varied = varied("size", "people", 2.0, 10.0, Some(10));
    (people.holds, people.breaks) = (Some(4.0), Some(5.0));
    rows.push(people);
    let mut never = named("sale", "never");
    never.varied = varied("size", "times", 1.8, 7.4, None);
    (never.holds, never.breaks, never.figure) = (Some(7.4), None, Some(0.09));
    rows.push(never);
    let mut left = named("both", "nothing_left");
    (left.holds, left.breaks, left.expectation) = (None, None, None);
    rows.push(left);
    let mut not = named("storm", "not_varied");
    (not.varied, not.why, not.expectation) = (None, Some("its size is not one number".into()), None);
    rows.push(not);
    rows
}

#[test]
fn breaking_points_are_told_in_every_report() {
    let mut bundle = fixture::bundle(20);
    bundle.breaking_points = breaking_points();
    let terminal = terminal::summary(&bundle, &around(), Look::default());
    let of_terminal = &terminal[terminal.find(" Breaking points").expect("it is told")..];
    let markdown = markdown::summary(&bundle, &around());
    let of_markdown = &markdown[markdown.find("## Breaking points").expect("it is told")..];
    let page = html::page(&bundle, &around()).expect("it renders");
    let of_page = &page[page.find("id=\"breaking-points\"").expect("it is told")..];
    let upto = |text: &str, end: &str| text[..text.find(end).expect("it ends")].to_owned();
    let all = [upto(of_terminal, "\n report"), upto(of_markdown, "\n## Measures"), upto(of_page, "</section>")];
    insta::assert_snapshot!(all.join("\n----\n"));
    assert_eq!(of_page.matches("<svg class=\"curve flip\"").count(), 1, "a picture only where points are kept");
    let back = json::read(&json::text(&bundle)).expect("it was just written");
    assert_eq!(back.breaking_points, bundle.breaking_points);
}

#[test]
fn what_people_name_things_cannot_become_markup() {
    let mut bundle = fixture::bundle(1);
    bundle.breaking_points = breaking_points();
    bundle.breaking_points[0].disturbance = "<img onerror=x>".into();
    bundle.scenario.name = "</script><script>alert(1)</script>".into();
    bundle.disturbances[0].name = "<img onerror=x>".into();
    for series in &mut bundle.series {
        series.channel = series.channel.as_ref().map(|_| "\"><b>".to_owned());
    }
    for curve in &mut bundle.distributions {
        curve.channel = "\"><b>".to_owned();
    }
    let mut told = story();
    (told.order, told.lines[0].who, told.lines[0].kind) = ("\"><b>".into(), "<img>".into(), "\"><b>".into());
    bundle.stories = Some(Stories { told: vec![told], more: 0 });
    let page = html::page(&bundle, &Around::default()).expect("it renders");
    assert_eq!(page.matches("<script").count(), 2, "the data and the cursor");
    assert!(!page.contains("<img") && !page.contains("\"><b>"));
}
