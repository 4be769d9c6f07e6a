//! Filling in the defaults: what was written, and each row of [`defaults::TABLE`] that nothing written stands in place of.

use super::yaml::{Line, Piece};
use crate::scenario::Loaded;
use crate::scenario::defaults::{self, Default};
use crate::scenario::kpi;
use crate::scenario::model::Scenario;
use crate::scenario::tree::{Kind, Node};

pub(super) fn scenario(loaded: &Loaded) -> Piece {
    Filler { scenario: &loaded.scenario, rows: rows(|path| !is_desk(path)) }.node(&loaded.day, &[], 0)
}

pub(super) fn desk(loaded: &Loaded) -> Piece {
    Filler { scenario: &loaded.scenario, rows: rows(is_desk) }.node(&loaded.desk, &[], 0)
}

fn rows(keep: fn(&str) -> bool) -> Vec<(Vec<&'static str>, &'static Default)> {
    let kept = defaults::TABLE.iter().filter(|row| keep(row.path));
    kept.map(|row| (row.path.split('.').collect(), row)).collect()
}

/// Whether a default stands in the desk file.
fn is_desk(path: &str) -> bool {
    const DESK: [&str; 10] =
        ["dependencies", "channels", "reasons", "customers", "contacts", "bot", "teams", "without", "costs", "plan"];
    DESK.contains(&path.split('.').next().unwrap_or_default())
}

/// Parts that are filled in although nothing of them was written.
const IMPLIED: [&str; 8] = [
    "customers",
    "customers.patience",
    "customers.unsolved",
    "bot.calls",
    "contacts.*.day_to_day",
    "plan.updates.say_when_back",
    "outages.*.fails",
    "bot",
];

struct Filler<'a> {
    scenario: &'a Scenario,
    rows: Vec<(Vec<&'static str>, &'static Default)>,
}

impl Filler<'_> {
    /// A piece of the tree at a path of the language (`*` for any name); `number` is its place in the list it stands in.
    fn node(&self, node: &Node, path: &[&str], number: usize) -> Piece {
        let below = |key: &str| -> Vec<String> {
            // Below a map of names or a list stands any name.
            let names =
                self.rows.iter().any(|(row, _)| row.len() > path.len() && starts(row, path) && row[path.len()] == "*");
            let step = if names { "*" } else { key };
            path.iter().map(|step| (*step).to_owned()).chain([step.to_owned()]).collect()
        };
        match &node.kind {
            Kind::Null | Kind::Empty => Piece::Text("null".to_owned()),
            Kind::Scalar(text) => Piece::Text(text.clone()),
            Kind::List(items) => {
                let path = below("*");
                let path: Vec<&str> = path.iter().map(String::as_str).collect();
                Piece::List(items.iter().enumerate().map(|(n, item)| self.node(item, &path, n)).collect())
            }
            Kind::Map(entries) => {
                let mut lines = Vec::new();
                for (n, entry) in entries.iter().filter(|entry| !matches!(entry.value.kind, Kind::Null)).enumerate() {
                    let path = below(&entry.key);
                    let path: Vec<&str> = path.iter().map(String::as_str).collect();
                    let n = if path.last() == Some(&"*") { n } else { number };
                    let value = self.node(&entry.value, &path, n);
                    lines.push(Line { key: entry.key.clone(), value, note: None, only_said: false });
                }
                self.add_defaults(&mut lines, node, path, number);
                Piece::Map(lines)
            }
        }
    }

    /// Adds what is not written in a map.
    fn add_defaults(&self, lines: &mut Vec<Line>, node: &Node, path: &[&str], number: usize) {
        for (row, default) in self.rows.iter().filter(|(row, _)| starts(row, path) && row.len() > path.len()) {
            let key = row[path.len()];
            if node.get(key).is_some() || lines.iter().any(|line| line.key == key) {
                continue;
            }
            if row.len() == path.len() + 1 && key == "*" {
                self.each_channel(lines, node, default);
            } else if row.len() == path.len() + 1 {
                if applies(default.path, node) {
                    lines.push(self.line(key, default, number));
                }
            } else if IMPLIED.contains(&row[..=path.len()].join(".").as_str()) && implied(default.path, node, self) {
                let mut inside = Vec::new();
                let empty = Node { place: node.place, kind: Kind::Map(Vec::new()) };
                let path: Vec<&str> = path.iter().copied().chain([key]).collect();
                self.add_defaults(&mut inside, &empty, &path, number);
                lines.push(Line { key: key.to_owned(), value: Piece::Map(inside), note: None, only_said: false });
            }
        }
    }

    fn line(&self, key: &str, default: &Default, number: usize) -> Line {
        let mode =
            self.scenario.outages.get(number).and_then(|outage| outage.fails.as_ref()).map(|fails| fails.with.as_str());
        let value = match (default.path, mode) {
            ("outages.*.fails.with", Some(mode)) => mode,
            _ => default.value,
        };
        Line {
            key: key.to_owned(),
            value: value_of(value),
            note: Some(format!("default ({}): {}", default.confidence.word(), default.source)),
            only_said: value.starts_with('('),
        }
    }

    /// Patience stands by channel.
    fn each_channel(&self, lines: &mut Vec<Line>, node: &Node, default: &Default) {
        for channel in &self.scenario.desk.channels {
            if node.get(&channel.name).is_none() {
                lines.push(self.line(&channel.name, default, 0));
            }
        }
    }
}

/// The value of a default as a piece: a text, or a map written in one line.
fn value_of(value: &str) -> Piece {
    let inside = value.strip_prefix('{').and_then(|value| value.strip_suffix('}'));
    let Some((key, rest)) = inside.and_then(|inside| inside.split_once(": ")) else {
        return Piece::Text(value.to_owned());
    };
    let parts: Vec<&str> = match rest.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        None => return map(vec![(key, Piece::Text(rest.to_owned()))]),
        Some(rest) => rest.split(", ").collect(),
    };
    let pairs = parts.iter().filter_map(|part| part.split_once(": "));
    map(vec![(key, map(pairs.map(|(key, value)| (key, Piece::Text(value.to_owned()))).collect()))])
}

fn map(pairs: Vec<(&str, Piece)>) -> Piece {
    let line = |(key, value): (&str, Piece)| Line { key: key.to_owned(), value, note: None, only_said: false };
    Piece::Map(pairs.into_iter().map(line).collect())
}

fn starts(row: &[&str], path: &[&str]) -> bool {
    row.len() >= path.len() && row.iter().zip(path).all(|(a, b)| a == b)
}

/// Whether a part that is not written may be filled in: not where filling it in would change what is meant.
fn implied(path: &str, node: &Node, filler: &Filler<'_>) -> bool {
    match path {
        path if path.starts_with("outages.") => node.get("slow").is_none() && node.get("like").is_none(),
        path if path.starts_with("bot.calls") => true,
        path if path.starts_with("bot") => filler.scenario.desk.bot.is_some(),
        _ => true,
    }
}

/// Whether a default has a meaning here.
fn applies(path: &str, node: &Node) -> bool {
    let text = |key: &str| node.get(key).and_then(Node::text).unwrap_or_default();
    match path {
        "dependencies.*.lines" => text("kind") == "twilio",
        "surges.*.rise" | "surges.*.fall" => {
            ["because_of", "send", "replay"].iter().all(|other| node.get(other).is_none())
        }
        "surges.*.lingers" => node.get("because_of").is_some(),
        "surges.*.speed" | "surges.*.scale" | "surges.*.instead" => node.get("replay").is_some(),
        "absences.*.kind" => node.get("outbreak").is_none(),
        "outages.*.compress" => node.get("like").is_some(),
        "outages.*.rises_over" | "outages.*.recovers_over" | "outages.*.drops_calls" => node.get("like").is_none(),
        "absences.*.until" => node.get("for").is_none() && node.get("outbreak").is_none(),
        "stop_if.*.over" => matches!(text("kpi"), "abandonment" | "blocked"),
        "plan.rules.*.do.*.bot.solves" => node.get("answer_from").is_some(),
        "plan.rules.*.do.*.close.accepted" => node.get("to").is_some(),
        // People who notice, or a vendor who tells, take the probe's place.
        "plan.notice.*.failures" if node.get("probe").is_some() => true,
        "plan.notice.*.probe" | "plan.notice.*.failures" => {
            node.get("people_notice").is_none() && node.get("vendor_says").is_none()
        }
        "expect.*.at" => kpi::find(text("kpi")).is_some_and(kpi::Kpi::has_statistics),
        _ => match path.strip_prefix("expect.*.") {
            Some("otherwise") | None => true,
            Some(param) => {
                kpi::find(text("kpi")).is_some_and(|kpi| kpi.takes.iter().any(|takes| takes.word() == param))
            }
        },
    }
}
