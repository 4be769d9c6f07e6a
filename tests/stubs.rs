//! Stub files and proxies in a desk: what is good loads, what is bad is refused at its place.

use holdline::scenario::{Checked, Overrides, PlanChoice, Scenario, check, load};
use proptest::prelude::*;
use std::fs;
use std::path::Path;

mod files;

use files::Files;

/// What is said, without the folder's own name.
fn said(files: &Files, text: String) -> String {
    text.replace(&*files.path("").to_string_lossy(), "…/")
}

fn loaded(files: &Files, set: &[&str]) -> Result<Scenario, String> {
    let set = set.iter().map(|set| (*set).to_owned()).collect();
    let overrides = Overrides { set, plan: PlanChoice::Written };
    let loaded = load(&files.path("day.yaml"), &overrides);
    loaded.map(|loaded| loaded.scenario).map_err(|errors| said(files, errors.to_string()))
}

/// A day on a desk with these dependencies.
fn day(dependencies: &str, stubs: &str) -> Files {
    let desk = format!(
        "desk: small\ndependencies:\n{dependencies}channels: {{ chat: {{ style: chat }} }}\n\
         reasons: {{ any: {{ handle: 3m }} }}\ncontacts: [ {{ channel: chat, rate: 10/h }} ]\n\
         teams: {{ chats: {{ people: 2, answers: [chat] }} }}\n"
    );
    Files::new(&[
        (
            "day.yaml",
            "scenario: day\ndesk: desks/small.yaml\nlength: 1h\noutages: [ { name: o, of: x, at: 10m, for: 5m } ]\n",
        ),
        ("desks/small.yaml", &desk),
        ("desks/stubs/x.yaml", stubs),
        ("outside.txt", "not for stubs"),
    ])
}

const HTTP: &str = "  x: { kind: http, stubs: stubs/x.yaml }\n";

/// What `check` says of a stub file.
fn checked(stubs: &str) -> String {
    let files = Files::new(&[("x.yaml", stubs)]);
    match check(&files.path("x.yaml"), &Overrides::default()) {
        Ok(Checked::Stubs(_)) => "good".to_owned(),
        Ok(_) => "no stub file".to_owned(),
        Err(errors) => said(&files, errors.to_string()),
    }
}

#[test]
fn a_service_and_a_proxy_are_dependencies() {
    let desk = format!("{HTTP}  db: {{ kind: tcp, upstream: \"localhost:5432\" }}\n");
    let files = day(&desk, "stubs: [ { when: { path: /health }, reply: { text: ok } } ]\n");
    let scenario = loaded(&files, &[]).unwrap_or_else(|errors| panic!("{errors}"));
    let [http, tcp] = scenario.desk.dependencies.as_slice() else { panic!("there are two") };
    assert_eq!(http.stubs.as_ref().map(|stubs| stubs.stubs.len()), Some(1));
    assert_eq!(tcp.upstream, Some(([127, 0, 0, 1], 5432).into()));
    assert_eq!(scenario.outages[0].fails.as_ref().map(|fails| fails.with.as_str()), Some("http.unavailable"));
    let other = loaded(&files, &["outages.o.of=db"]).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(other.outages[0].fails.as_ref().map(|fails| fails.with.as_str()), Some("tcp.down"));
}

#[test]
fn what_a_service_answers_is_part_of_what_a_scenario_is() {
    let hash = |text: &str| {
        let stubs = format!("stubs: [ {{ reply: {{ text: {text} }} }} ]\n");
        loaded(&day(HTTP, &stubs), &[]).unwrap_or_else(|errors| panic!("{errors}")).hash
    };
    assert_eq!(hash("a"), hash("a"));
    assert_ne!(hash("a"), hash("b"));
}

#[test]
fn a_bad_stub_file_is_refused_at_its_place() {
    let bad = [
        ("no stubs at all", "stubs: []\n"),
        ("an unknown field", "stubs:\n  - { wen: { path: /a } }\n"),
        ("an unknown condition", "stubs:\n  - when: { path: /a, quary: { a: b } }\n"),
        ("an unknown matcher", "stubs:\n  - when: { query: { a: { cotains: b } } }\n"),
        ("an unknown method", "stubs:\n  - when: { method: PSOT }\n"),
        ("a path without its slash", "stubs:\n  - when: { path: orders }\n"),
        ("a path with a query", "stubs:\n  - when: { path: \"/orders?id=1\" }\n"),
        ("half a segment", "stubs:\n  - when: { path: \"/orders/a{id}\" }\n"),
        ("a name twice", "stubs:\n  - when: { path: \"/{id}/{id}\" }\n"),
        (
            "an unknown segment",
            "stubs:\n  - when: { path: \"/orders/{id}\" }\n    reply: { text: \"order {{path.ids}}\" }\n",
        ),
        ("an open hole", "stubs:\n  - reply: { json: { a: [ b, \"{{now\" ] } }\n"),
        ("an unknown value", "stubs:\n  - reply: { headers: { x-at: \"at {{nwo}}\" } }\n"),
        ("nothing remembered", "stubs:\n  - do: [ { count: made } ]\n"),
        (
            "another name",
            "state: { made: { counter: 0 }, orders: { map: {} } }\nstubs:\n  - reply: { text: \"{{state.maid}}\" }\n",
        ),
        (
            "another kind",
            "state: { made: { counter: 0 } }\nstubs:\n  - do: [ { put: { into: made, key: a, value: 1 } } ]\n",
        ),
        ("inside of a counter", "state: { made: { counter: 0 } }\nstubs:\n  - when: { state: { made.x: \"1\" } }\n"),
        (
            "a bad condition on the state",
            "state: { made: { counter: 0 } }\nstubs:\n  - when: { state: { \"made[\": \"1\" } }\n",
        ),
        ("a pointer without its slash", "stubs:\n  - when: { body: { json: { order.id: \"1\" } } }\n"),
        ("nowhere in the story", "stubs:\n  - { when: { in: payed }, reply: {} }\n  - { then: paid }\n"),
        ("two bodies", "stubs:\n  - reply: { text: a, json: b }\n"),
        ("a body where none is", "stubs:\n  - reply: { status: 204, text: a }\n"),
        ("no status", "stubs:\n  - reply: { status: 99 }\n"),
        ("the server's own header", "stubs:\n  - reply: { headers: { Content-Length: \"1\" } }\n"),
        ("pasted JSON", "stubs:\n  - reply: { json: '{\"a\": 1}' }\n"),
        ("a name twice", "stubs:\n  - { name: a, when: { path: /a } }\n  - { name: a, when: { path: /b } }\n"),
        ("a delay without a unit", "stubs:\n  - { delay: 20 }\n"),
        ("not there but so", "stubs:\n  - when: { query: { a: { present: false, is: b } } }\n"),
        ("nothing wanted", "stubs:\n  - when: { query: { a: {} } }\n"),
        ("a file outside", "stubs:\n  - reply: { file: ../outside.txt }\n"),
        ("no such file", "stubs:\n  - reply: { file: nowhere.json }\n"),
        ("an unknown deed", "stubs:\n  - do: [ { cuont: a } ]\n"),
    ];
    let said: Vec<String> = bad.iter().map(|(what, text)| format!("# {what}\n{}", checked(text))).collect();
    for (text, (what, _)) in said.iter().zip(&bad) {
        assert!(text.contains("error: "), "{what} is not refused: {text}");
    }
    insta::assert_snapshot!(said.join("\n\n"));
}

#[test]
fn a_run_is_as_strict_as_a_check() {
    let files = day(HTTP, "stubs:\n  - { when: { path: \"/a/{id}\" }, reply: { text: \"{{path.di}}\" } }\n");
    insta::assert_snapshot!(loaded(&files, &[]).expect_err("it is refused"));
}

#[test]
fn a_dependency_has_what_its_kind_needs_and_no_more() {
    let said: Vec<String> = [
        "  x: { kind: http }\n",
        "  x: { kind: http, stubs: stubs/nowhere.yaml }\n",
        "  x: { kind: http, stubs: ../../outside.yaml }\n",
        "  x: { kind: slack, stubs: stubs/x.yaml }\n",
        "  x: { kind: tcp }\n",
        "  x: { kind: tcp, upstream: db }\n",
        "  x: { kind: tcp, upstream: \"8.8.8.8:53\" }\n",
        "  x: { kind: http, stubs: stubs/x.yaml, upstream: \"127.0.0.1:1\" }\n",
    ]
    .iter()
    .map(|desk| {
        let said = loaded(&day(desk, "stubs: [ {} ]\n"), &[]);
        format!("# {}{}", desk.trim_start(), said.err().unwrap_or_else(|| "loads".to_owned()))
    })
    .collect();
    insta::assert_snapshot!(said.join("\n\n"));
    let remote = loaded(&day("  x: { kind: tcp, upstream: \"8.8.8.8:53\", remote: true }\n", "stubs: [ {} ]\n"), &[]);
    assert!(remote.is_ok_and(|day| day.desk.dependencies[0].upstream.is_some()));
}

#[test]
fn a_stub_that_never_answers_is_warned_of() {
    let stubs = "stubs:\n  - { when: { path: /a } }\n  - { when: { path: /a }, reply: { status: 404 } }\n  - {}\n  - { when: { path: /b } }\n";
    let files = day(HTTP, stubs);
    let loaded = load(&files.path("day.yaml"), &Overrides::default()).unwrap_or_else(|errors| panic!("{errors}"));
    let titles: Vec<&str> = loaded.warnings.iter().map(|warning| warning.title.as_str()).collect();
    assert_eq!(titles, ["this stub can never answer"; 2]);
}

#[test]
fn stub_files_extend_each_other() {
    let files = day(HTTP, "extends: base.yaml\nstubs: [ { name: b, reply: { status: 503 } } ]\n");
    let base = "stubs: [ { name: a, when: { path: /a } }, { name: b, when: { path: /b }, reply: { status: 200 } } ]\n";
    fs::write(files.path("desks/stubs/base.yaml"), base).expect("it can be written to");
    let scenario = loaded(&files, &[]).unwrap_or_else(|errors| panic!("{errors}"));
    let stubs = scenario.desk.dependencies[0].stubs.as_ref().expect("it has stubs");
    let known: Vec<(&str, u16)> = stubs.stubs.iter().map(|stub| (stub.name.as_str(), stub.reply.status)).collect();
    assert_eq!(known, [("a", 200), ("b", 503)]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever stands where a path, a pattern, a pointer or a template should, it is taken or refused with words.
    #[test]
    fn no_text_breaks_a_stub_file(text in "(/|\\{|\\}|\\*|\\?|[a-c]|\\.|\\[|\\]|\\{\\{|state\\.m|\\PC){0,12}", field in 0usize..6) {
        let quoted = serde_json::to_string(&text).expect("a text is JSON");
        let stub = match field {
            0 => format!("when: {{ path: {quoted} }}"),
            1 => format!("when: {{ query: {{ a: {{ like: {quoted} }} }} }}"),
            2 => format!("when: {{ body: {{ json: {{ {quoted}: a }} }} }}"),
            3 => format!("when: {{ state: {{ {quoted}: a }} }}"),
            4 => format!("reply: {{ text: {quoted} }}"),
            _ => format!("reply: {{ json: {{ a: [ {quoted} ] }} }}"),
        };
        let said = checked(&format!("state: {{ m: {{ map: {{}} }} }}\nstubs:\n  - {{ {stub} }}\n"));
        prop_assert!(said == "good" || (said.starts_with("error: ") && said.contains("x.yaml:3:")), "{said}");
    }
}

#[test]
fn the_shipped_stubs_are_good() {
    let checked = check(Path::new("scenarios/stubs/crm.yaml"), &Overrides::default());
    assert!(
        matches!(checked, Ok(Checked::Stubs(loaded)) if loaded.stubs.stubs.len() > 5 && loaded.warnings.is_empty())
    );
}
