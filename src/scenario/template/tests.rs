//! What a template reads as, and that none breaks the reader.

use super::*;
use proptest::prelude::*;

fn hole(text: &str) -> Hole {
    let template = Template::read(text).unwrap_or_else(|mistake| panic!("{text}: {mistake:?}"));
    template.only_hole().unwrap_or_else(|| panic!("{text}: {template:?}")).clone()
}

fn mistake(text: &str) -> Mistake {
    match Template::read(text) {
        Err(mistake) => mistake,
        Ok(template) => panic!("{text} reads as {template:?}"),
    }
}

#[test]
fn texts_and_holes_alternate() {
    let template = Template::read("Order {{ path.id }} is {{state.status}}!").expect("it reads");
    assert_eq!(template.parts.len(), 5);
    assert_eq!(template.parts[0], Part::Text("Order ".into()));
    assert_eq!(template.values(), [&Value::Path("id".into()), &Value::State("status".into(), Vec::new())]);
    assert_eq!(Template::read("").expect("it reads").plain(), Some(""));
    assert_eq!(Template::read("a } b { c }}").expect("it reads").plain(), Some("a } b { c }}"));
}

#[test]
fn a_value_is_a_word_with_steps() {
    assert_eq!(hole("{{header.X-Id}}").value, Value::Header("x-id".into()));
    assert_eq!(hole("{{body}}").value, Value::Body(Vec::new()));
    let key = |name: &str| Step::Key(name.into());
    assert_eq!(hole("{{body.items.0[\"a b\"]}}").value, Value::Body(vec![key("items"), key("0"), key("a b")]));
    let nested = hole("{{ state.orders[ body.id ].lines[query.n] }}").value;
    let id = Step::Of(Value::Body(vec![key("id")]));
    assert_eq!(nested, Value::State("orders".into(), vec![id, key("lines"), Step::Of(Value::Query("n".into()))]));
    assert_eq!(nested.all().len(), 3);
    assert_eq!(hole("{{\"{{\"}}").value, Value::Literal("{{".into()));
}

#[test]
fn filters_follow_each_other() {
    let filters = hole("{{query.page | or \"1\" | number}}").filters;
    assert_eq!(filters, [Filter::Or(Value::Literal("1".into())), Filter::Number]);
    let template = Template::read("{{query.a | or path.b}}").expect("it reads");
    assert_eq!(template.values().len(), 2);
}

#[test]
fn a_mistake_is_shown_at_its_place() {
    for (text, at, title) in [
        ("ab {{path.id", 3, "this `{{` has no `}}`"),
        ("{{}}", 2, "a value is wanted here"),
        ("{{pth.id}}", 2, "`pth` is no value"),
        ("{{path}}", 2, "`path` needs one name"),
        ("{{path.a.b}}", 2, "`path` needs one name"),
        ("{{uuid.x}}", 2, "nothing stands in `uuid`"),
        ("{{state}}", 2, "`state` needs a name"),
        ("{{path.id | nummber}}", 12, "`nummber` is no filter"),
        ("{{body[\"x}}", 7, "this text has no end"),
        ("{{body.}}", 7, "a name is wanted here"),
        ("{{body[path.id}}", 14, "`]` is wanted here"),
        ("{{path.id path.b}}", 10, "`}}` or `|` is wanted here"),
    ] {
        let found = mistake(text);
        assert_eq!((found.at, found.title.as_str()), (at, title), "{text}");
    }
    assert!(mistake("{{pth.id}}").help.contains("did you mean `path`?"));
    assert!(mistake("{{path.id | nummber}}").help.contains("did you mean `number`?"));
}

#[test]
fn everything_is_bounded() {
    assert!(mistake(&"x".repeat(MOST_TEXT + 1)).title.contains("too long"));
    assert!(mistake(&"{{uuid}}".repeat(MOST_HOLES + 1)).title.contains("holes"));
    assert!(mistake(&format!("{{{{body{}}}}}", ".a".repeat(MOST_STEPS + 1))).title.contains("steps"));
    assert!(mistake(&format!("{{{{{}", "body[".repeat(100_000 / 5))).title.contains("nested too deeply"));
    assert!(mistake(&format!("{{{{uuid{}}}}}", "|text".repeat(MOST_STEPS + 1))).title.contains("filters"));
}

fn any_value() -> impl Strategy<Value = String> {
    let word = "[a-zA-Z0-9_-]{1,6}";
    let leaf = prop_oneof![
        Just("uuid".to_owned()),
        word.prop_map(|word| format!("path.{word}")),
        word.prop_map(|word| format!("query.{word}")),
        "[^\"]{0,6}".prop_map(|text| format!("\"{text}\"")),
    ];
    leaf.prop_recursive(3, 8, 3, move |inner| {
        prop_oneof![
            (word, inner.clone()).prop_map(|(word, inner)| format!("state.{word}[ {inner} ]")),
            (word, inner).prop_map(|(word, inner)| format!("body.{word}[{inner}].{word}")),
        ]
    })
}

proptest! {
    /// No text breaks the reader; where it refuses one, it points into it.
    #[test]
    fn any_text_is_read_or_refused(text in "(\\{\\{|\\}\\}|[a-z.|\\[\\]\" ]|state|path|\\PC){0,40}") {
        match Template::read(&text) {
            Ok(template) => {
                let plain: usize = template.parts.iter().map(|part| match part {
                    Part::Text(text) => text.len(),
                    Part::Hole(_) => 0,
                }).sum();
                prop_assert!(plain <= text.len());
            }
            Err(mistake) => {
                prop_assert!(mistake.at + mistake.length <= text.len() && text.is_char_boundary(mistake.at));
                prop_assert!(!mistake.title.is_empty());
            }
        }
    }

    /// What follows the grammar is read, alone and between texts.
    #[test]
    fn what_follows_the_grammar_is_read(value in any_value(), before in "[^{]{0,8}", after in "[^{]{0,8}") {
        let read = Value::read(&value);
        prop_assert!(read.is_ok(), "{value}: {read:?}");
        let template = Template::read(&format!("{before}{{{{ {value} | or {value} }}}}{after}"));
        prop_assert!(template.as_ref().is_ok_and(|template| template.values().len() >= 2), "{template:?}");
    }
}
