//! Slips that would change a day in silence: each is an error or a warning.

use super::*;

#[test]
fn no_observed_time_is_lost_or_misread_in_silence() {
    let desk = DESK.replace("any: { handle: 3m }", "any: { handle: {empirical: times.csv} }");
    let text = "scenario: day\ndesk: desk.yaml\nlength: 1h\n";
    for (csv, part) in [
        ("240\n300\n", "times.csv:1:1"),
        ("4m\n5m\n", "does not name its columns"),
        ("took\n3,5\n", "this row has 2 cells, the header has 1 cell"),
        ("id,took\n90\n", "this row has 1 cell, the header has 2 cells"),
    ] {
        let files = Files::new(&[("day.yaml", text), ("desk.yaml", &desk), ("times.csv", csv)]);
        let refused = loaded(&files, &Overrides::default()).map(|day| day.desk.reasons[0].handle.clone());
        assert!(refused.as_ref().is_err_and(|errors| errors.contains(part)), "{csv:?}: {refused:?}");
    }
    let twice = desk.replace("times.csv", "times.csv#took");
    let files = Files::new(&[("day.yaml", text), ("desk.yaml", &twice), ("times.csv", "took,took\n1,2\n")]);
    assert!(loaded(&files, &Overrides::default()).is_err_and(|errors| errors.contains("two columns are named `took`")));
}

#[test]
fn a_name_made_from_a_place_is_not_given_twice() {
    let outages = "outages:\n  - { name: outage-2, of: llm, at: 1h, for: 10m }\n  - { of: line, at: 2h, for: 10m }\n";
    let refused = day(&format!("{outages}expect: [ {{ kpi: abandonment, max: 5%, during: outage-2 }} ]\n"));
    assert!(refused.is_err_and(|errors| {
        errors.contains("two disturbances are named `outage-2`") && errors.contains("give it a `name`")
    }));
}

#[test]
fn a_slip_in_what_is_to_be_removed_is_an_error() {
    let base = "scenario: base\ndesk: desk.yaml\nlength: 10h\noutages: [ { name: a, of: llm, at: 1h, for: 10m } ]\n";
    let day = "extends: base.yaml\nscenario: day\n";
    let load = |more: &str, set: &[&str]| {
        let day = format!("{day}{more}");
        let files = Files::new(&[("day.yaml", &day), ("base.yaml", base), ("desk.yaml", DESK)]);
        let set = set.iter().map(|set| (*set).to_owned()).collect();
        loaded(&files, &Overrides { set, plan: PlanChoice::Written })
    };
    for (more, set, part) in [
        ("outges: null\n", "drain=null", "unknown field `outges`"),
        ("outages: [ { name: a, recovrs_over: null } ]\n", "drain=null", "did you mean `recovers_over`?"),
        ("", "outages.a.recovrs_over=null", "unknown field `recovrs_over`"),
        ("", "plan.rulez=null", "unknown field `rulez`"),
        ("", "teams.phone=null", "nothing in `teams` is named `phone`"),
    ] {
        let refused = load(more, &[set]).map(|day| day.outages);
        assert!(refused.as_ref().is_err_and(|errors| errors.contains(part)), "{more:?} {set}: {refused:?}");
    }
    let plain = load("", &[]).unwrap_or_else(|errors| panic!("{errors}"));
    // What may be written and is not can be removed as well, and the scenario is the same.
    let same = load("drain: null\n", &["outages.a.recovers_over=null", "bot.calls=null"]);
    assert_eq!(same.map(|day| day.hash), Ok(plain.hash));
}

#[test]
fn of_a_surge_that_never_comes_is_warned() {
    let warned = |desk: &str, more: &str| {
        let text = format!("scenario: day\ndesk: desk.yaml\nlength: 10h\n{more}");
        let files = Files::new(&[("day.yaml", &text), ("desk.yaml", desk)]);
        let loaded = load(&files.path("day.yaml"), &Overrides::default()).unwrap_or_else(|errors| panic!("{errors}"));
        loaded.warnings.iter().map(|one| one.title.clone()).collect::<Vec<String>>()
    };
    let late = "outages: [ { name: late, of: llm, at: 9h, for: 2h } ]\n";
    let wave = format!("{late}surges: [ {{ name: back, because_of: late, wave: {{of: 30, within: 15m}} }} ]");
    assert_eq!(warned(DESK, &wave), ["the wave of surge `back` never comes"]);
    assert_eq!(warned(DESK, &wave.replace("for: 2h", "for: 10m")), Vec::<String>::new());
    let desk = DESK.replace("chat: { style: chat }", "chat: { style: chat }, post: { style: ticket }");
    let desk = desk.replace("answers: [phone]", "answers: [phone, post]");
    let more = "surges: [ { name: more, add: 9/h, channels: [phone, post], at: 1h, for: 1h } ]";
    assert_eq!(warned(&desk, more), ["none of surge `more` comes by `post`"]);
    assert_eq!(warned(&desk, &more.replace("phone, post", "post")), Vec::<String>::new());
}

#[test]
fn what_can_never_matter_is_warned_of_and_odd_names_are_refused() {
    let warned = |more: &str| {
        let text = format!("scenario: day\ndesk: desk.yaml\nlength: 10h\n{more}");
        let files = Files::new(&[("day.yaml", &text), ("desk.yaml", DESK)]);
        let loaded = load(&files.path("day.yaml"), &Overrides::default()).expect("it loads");
        loaded.warnings.iter().map(|one| one.title.clone()).collect::<Vec<String>>()
    };
    let outage = "outages: [ { of: llm, at: 1h, for: 1h, drops_calls: true } ]";
    assert_eq!(warned(outage), ["`drops_calls` can never matter: `llm` carries no calls"]);
    assert_eq!(warned("absences: [ { team: chats, people: 3 } ]"), ["team `chats` has only 2 people"]);
    assert_eq!(warned(""), Vec::<String>::new());
    for (desk, part) in [
        (DESK.replace("desk: small", "desk: ../small"), "cannot be the name of a desk"),
        (DESK.replace("phones:", "\"phone s\":"), "cannot be the name of a team"),
        (DESK.replace("llm: {", "a-b: { kind: openai }, a_b: { kind: openai }, llm: {"), "exported as `A_B_URL`"),
        (DESK.replace("rate: 100/h", "rate: 100/h, day_to_day: {cv: 12}"), "twelve percent is written `0.12`"),
        (DESK.replace("people: 20,", "people: 100001,"), "out of bounds"),
        (DESK.replace("share: 25%", "share: 0.25"), "write `25%`"),
        (DESK.replace("[llm], ", "").replace("uses: llm", "uses: line"), "is not a language model"),
        (DESK.replace("carry: {phone: mobile}", "carry: {chat: mobile}"), "runs over no other"),
        (DESK.replace("style: chat", "style: chatt"), "did you mean `chat`"),
        (DESK.replace("kind: openai", "kind: tcp"), "`kind: tcp` needs `upstream`"),
    ] {
        let said = on(&desk, "").err().unwrap_or_else(|| panic!("this is not refused: {part}"));
        assert!(said.contains(part), "{part}: {said}");
    }
}
