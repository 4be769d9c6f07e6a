//! What was played of a drill, as files of the language: the day with what its injects did, and what was decided as a plan. Both
//! are made of the pieces that the author wrote, so that they say the same in the same words.

use super::yaml::{self, Line, Piece};
use crate::scenario::Loaded;
use crate::scenario::tree::{Kind, Node};
use crate::time::{Span, Time};

/// Something that was decided.
#[derive(Clone, Debug)]
pub struct Decided {
    /// The lever's place in the drill.
    pub lever: usize,
    /// When it worked.
    pub from: Time,
    /// When another lever ended it.
    pub to: Option<Time>,
}

/// The day as it was played: it extends the file of the drill, has no drill, and has the absences of the injects that were sent
/// (their place in the drill, and when). What was expected of the day is expected of it.
pub fn day(loaded: &Loaded, extends: &str, sent: &[(usize, Time)]) -> String {
    let drill = loaded.day.get("drill");
    let head =
        vec![line("extends", text(extends)), line("scenario", text(&format!("{}-played", loaded.scenario.name)))];
    let mut lines = Vec::new();
    let missing = sent.iter().flat_map(|(inject, at)| {
        let written = drill.and_then(|drill| item(drill, "injects", *inject)).and_then(|inject| inject.get("absences"));
        let known = loaded.scenario.drill.iter().flat_map(|drill| &drill.injects[*inject].absences);
        items(written)
            .iter()
            .zip(known)
            .map(|(written, known)| {
                let from = *at + known.window.from.since(Time::ZERO);
                let length = known.window.to.since(known.window.from);
                let ends = from + length < loaded.scenario.end();
                let mut absence = kept(written, &["at", "for", "until", "name"]);
                absence.insert(0, line("name", text(&known.name)));
                absence.push(line("at", text(&span(from.since(Time::ZERO)))));
                if ends && written.get("outbreak").is_none() {
                    absence.push(line("for", text(&span(length))));
                }
                Piece::Map(absence)
            })
            .collect::<Vec<Piece>>()
    });
    let missing: Vec<Piece> = missing.collect();
    if !missing.is_empty() {
        lines.push(line("absences", Piece::List(missing)));
    }
    let expected = items(drill.and_then(|drill| drill.get("expect"))).iter().filter(|one| one.get("kpi").is_some());
    let expected = expected.map(|one| Piece::Map(kept(one, &["id", "objective"])));
    let expected: Vec<Piece> = expected.collect();
    if !expected.is_empty() {
        lines.push(line("expect", Piece::List(expected)));
    }
    // A null is no text, which is all that the writer knows.
    format!("{}drill: null\n{}", yaml::write(&Piece::Map(head)), yaml::write(&Piece::Map(lines)))
}

/// What was decided, as a plan file: a rule for each, by the clock; what the desk does by itself in a drill stays.
pub fn plan(loaded: &Loaded, decided: &[Decided]) -> String {
    let (written, drill) = (loaded.desk.get("plan"), loaded.day.get("drill"));
    let by_itself = items(written.and_then(|plan| plan.get("rules"))).iter();
    let by_itself = by_itself.filter(|rule| rule.get("auto").and_then(Node::text) == Some("true"));
    let mut rules: Vec<Piece> = by_itself.map(piece).collect();
    for (n, one) in decided.iter().enumerate() {
        let Some(lever) = drill.and_then(|drill| item(drill, "levers", one.lever)) else { continue };
        let Some(actions) = lever.get("do") else { continue };
        let name = format!("{} ({})", lever.name().unwrap_or_default(), n + 1);
        let at = line("at", text(&span(one.from.since(Time::ZERO))));
        let mut rule = vec![line("name", text(&name)), line("when", Piece::Map(vec![at]))];
        if let Some(to) = one.to.filter(|to| *to > one.from) {
            rule.push(line("until", text(&span(to.since(one.from)))));
        }
        rule.push(line("do", piece(actions)));
        rules.push(Piece::Map(rule));
    }
    let mut plan = Vec::new();
    if let Some(notice) = written.and_then(|plan| plan.get("notice")) {
        plan.push(line("notice", piece(notice)));
    }
    plan.push(line("rules", Piece::List(rules)));
    yaml::write(&Piece::Map(vec![line("plan", Piece::Map(plan))]))
}

/// A length as the language reads it: whole seconds, for nothing in a drill is finer.
fn span(length: Span) -> String {
    Span::from_secs((length.micros() + 500_000) / 1_000_000).to_string()
}

fn line(key: &str, value: Piece) -> Line {
    Line { key: key.to_owned(), value, note: None, only_said: false }
}

fn text(text: &str) -> Piece {
    Piece::Text(text.to_owned())
}

fn items(node: Option<&Node>) -> &[Node] {
    match node.map(|node| &node.kind) {
        Some(Kind::List(items)) => items,
        _ => &[],
    }
}

fn item<'a>(drill: &'a Node, list: &str, place: usize) -> Option<&'a Node> {
    items(drill.get(list)).get(place)
}

/// The entries of a map but for these.
fn kept(node: &Node, without: &[&str]) -> Vec<Line> {
    match &node.kind {
        Kind::Map(entries) => entries
            .iter()
            .filter(|entry| !without.contains(&entry.key.as_str()))
            .map(|entry| line(&entry.key, piece(&entry.value)))
            .collect(),
        _ => Vec::new(),
    }
}

/// What was written, as it was written.
fn piece(node: &Node) -> Piece {
    match &node.kind {
        Kind::Null | Kind::Empty => Piece::Map(Vec::new()),
        Kind::Scalar(scalar) => text(scalar),
        Kind::List(items) => Piece::List(items.iter().map(piece).collect()),
        Kind::Map(_) => Piece::Map(kept(node, &[])),
    }
}
