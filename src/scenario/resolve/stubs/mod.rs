//! Stub files: what a service of kind `http` answers. Every name, template and pattern is checked here, so that a mock has
//! nothing left to refuse.

mod reply;
mod texts;
mod when;

use super::Context;
use crate::scenario::diagnostic::{Diagnostic, did_you_mean, listed};
use crate::scenario::model::stubs::{Deed, FIRST, Memory, PathPattern, Segment, Stub, Stubs, UNMATCHED, When};
use crate::scenario::raw::stubs as raw;
use crate::scenario::tree::{At, Kind, Node, Place};
use crate::units::shown;
use std::path::PathBuf;
use std::sync::Arc;

/// Stubs in one file.
const MOST_STUBS: usize = 1_000;
/// Things that one service remembers, and values in a map at the start.
const MOST_REMEMBERED: usize = 1_000;
/// Steps under `do`, and conditions of one kind.
const MOST_IN_A_STUB: usize = 100;

/// A stub file as it was read.
pub(crate) struct StubFile {
    /// Where the scenario names it.
    pub(crate) named: Place,
    /// What it says.
    pub(crate) raw: raw::StubFile,
    /// The same as a tree, for its JSON.
    pub(crate) tree: Node,
    /// Its folder, where the files that it names are looked for.
    pub(crate) folder: PathBuf,
}

/// What the parts of one stub can name.
struct Scope<'a> {
    /// What the service remembers.
    memory: &'a [(String, Memory)],
    /// The named segments of the stub's path.
    segments: Vec<String>,
}

impl Scope<'_> {
    fn remembers(&self, name: &str) -> Option<&Memory> {
        self.memory.iter().find(|(known, _)| known == name).map(|(_, memory)| memory)
    }
    fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.memory.iter().map(|(name, _)| name.as_str())
    }
}

/// The stubs of a file. What is wrong is noted.
pub(crate) fn stubs(context: &mut Context<'_>, file: &StubFile) -> Arc<Stubs> {
    let memory = memory(context, file);
    let list = &file.raw.stubs;
    if list.value.is_empty() {
        let help = "write `stubs: [ { when: { path: /health }, reply: { text: ok } } ]`";
        context.error(Diagnostic::at(list.place, "this file has no stubs").help(help));
    }
    if list.value.len() > MOST_STUBS {
        let title = format!("this file has {} stubs", list.value.len());
        context.error(Diagnostic::at(list.place, title).label(format!("the limit is {MOST_STUBS}")));
        return Arc::default();
    }
    let mut all: Vec<Stub> = Vec::new();
    for (index, raw) in list.value.iter().enumerate() {
        let tree = match file.tree.get("stubs").map(|node| &node.kind) {
            Some(Kind::List(items)) => items.get(index),
            _ => None,
        };
        let stub = one(context, file, raw, tree, &memory);
        let stub = named(context, raw, stub, &all);
        shadowed(context, raw, &stub, &all);
        all.push(stub);
    }
    stories(context, list, &all);
    Arc::new(Stubs { stubs: all, memory })
}

fn memory(context: &mut Context<'_>, file: &StubFile) -> Vec<(String, Memory)> {
    let mut all = Vec::new();
    for (name, raw) in &file.raw.state.0 {
        context.check_name("thing to remember", name);
        let start = match raw {
            raw::Memory::Counter(at) => Memory::Counter(i64::from(at.value)),
            raw::Memory::Map(values) => {
                let tree = file.tree.at_path(&["state", &name.value, "map"]);
                let entries = match tree.map(|node| &node.kind) {
                    Some(Kind::Map(entries)) => entries.as_slice(),
                    _ => &[],
                };
                let value = |entry: &crate::scenario::tree::Entry| {
                    (entry.key.clone(), texts::plain_json(&context.sources, &entry.value))
                };
                let map = entries.iter().map(value).collect();
                if let Some((first, _)) = values.0.first().filter(|_| entries.len() > MOST_REMEMBERED) {
                    let title = format!("`{}` begins with {} values", shown(&name.value), entries.len());
                    let label = format!("the limit is {MOST_REMEMBERED}");
                    context.error(Diagnostic::at(first.place, title).label(label));
                }
                Memory::Map(map)
            }
        };
        all.push((name.value.clone(), start));
    }
    if let Some((name, _)) = file.raw.state.0.get(MOST_REMEMBERED) {
        let title = "this service remembers too much";
        context.error(Diagnostic::at(name.place, title).label(format!("the limit is {MOST_REMEMBERED}")));
    }
    all
}

fn one(
    context: &mut Context<'_>,
    file: &StubFile,
    raw: &At<raw::Stub>,
    tree: Option<&Node>,
    memory: &[(String, Memory)],
) -> Stub {
    let path = raw.value.when.as_ref().and_then(|when| when.path.as_ref());
    let path = path.map(|path| when::path(context, path));
    let segments = path.iter().flat_map(names_of).map(str::to_owned).collect();
    let scope = Scope { memory, segments };
    let mut when = raw.value.when.as_ref().map_or_else(When::default, |raw| when::when(context, &scope, raw));
    when.path = path;
    let deeds = raw.value.does.iter().enumerate();
    let does = deeds.filter_map(|(n, deed)| {
        let value = tree.and_then(|tree| tree.at_path(&["do", &n.to_string(), "put", "value"]));
        self::deed(context, &scope, deed, value)
    });
    let does: Vec<Deed> = does.collect();
    if let Some(further) = raw.value.does.get(MOST_IN_A_STUB) {
        let label = format!("the limit is {MOST_IN_A_STUB}");
        context.error(Diagnostic::at(further.place, "this stub does too much").label(label));
    }
    Stub {
        name: String::new(),
        when,
        does,
        then: raw.value.then.as_ref().map(|then| then.value.clone()),
        delay: raw.value.delay.as_ref().map(|delay| context.distribution(&delay.value, delay.place)),
        reply: reply::answer(context, &scope, file, raw.value.reply.as_ref(), tree.and_then(|tree| tree.get("reply"))),
    }
}

fn names_of(path: &PathPattern) -> impl Iterator<Item = &str> {
    path.parts.iter().filter_map(|part| if let Segment::Named(name) = part { Some(name.as_str()) } else { None })
}

fn deed(context: &mut Context<'_>, scope: &Scope<'_>, raw: &At<raw::Deed>, value: Option<&Node>) -> Option<Deed> {
    let mut known = |name: &At<String>, wanted: &str| {
        let word = match scope.remembers(&name.value) {
            None => {
                context.error(unknown_memory(scope, name.place, &name.value));
                return None;
            }
            Some(Memory::Counter(_)) => "counter",
            Some(Memory::Map(_)) => "map",
        };
        if word != wanted {
            let title = format!("`{}` is a {word}, not a {wanted}", shown(&name.value));
            context.error(Diagnostic::at(name.place, title));
            return None;
        }
        Some(name.value.clone())
    };
    match &raw.value {
        raw::Deed::Count(name) => known(name, "counter").map(Deed::Count),
        raw::Deed::Put(put) => {
            let into = known(&put.into, "map");
            let key = context.template(scope, &put.key);
            let value = value.map(|node| context.shape(scope, node));
            Some(Deed::Put { into: into?, key, value: value? })
        }
        raw::Deed::Drop(drop) => {
            let from = known(&drop.from, "map");
            let key = context.template(scope, &drop.key);
            Some(Deed::Drop { from: from?, key })
        }
    }
}

fn unknown_memory(scope: &Scope<'_>, place: Place, name: &str) -> Diagnostic {
    let error = Diagnostic::at(place, format!("nothing is remembered as `{}`", shown(name)));
    if scope.memory.is_empty() {
        return error.help("name it at the top of the file: `state: { orders: { map: {} }, made: { counter: 0 } }`");
    }
    error.label(format!("`state` has {}", listed(scope.names()))).help(did_you_mean(name, scope.names()))
}

/// Gives a stub its name: the one that is written, else its method and path.
fn named(context: &mut Context<'_>, raw: &At<raw::Stub>, mut stub: Stub, before: &[Stub]) -> Stub {
    let taken = |name: &str| before.iter().any(|stub| stub.name == name);
    if let Some(name) = &raw.value.name {
        if name.value.is_empty() || name.value.chars().count() > 64 || name.value.chars().any(char::is_control) {
            let help = "a stub's name is a line of at most 64 characters";
            context.error(Diagnostic::at(name.place, "this cannot be the name of a stub").help(help));
        }
        if taken(&name.value) || name.value == UNMATCHED {
            let title = format!("`{}` is the name of another stub", shown(&name.value));
            let label = "faults and the journal tell stubs apart by their names";
            context.error(Diagnostic::at(name.place, title).label(label));
        }
        stub.name.clone_from(&name.value);
        return stub;
    }
    let method = stub.when.method.as_deref().unwrap_or("any");
    let path = raw.value.when.as_ref().and_then(|when| when.path.as_ref()).map_or("**", |path| path.value.as_str());
    let name = format!("{method} {path}");
    let free = (2..).map(|n| format!("{name} #{n}")).find(|name| !taken(name));
    stub.name = if taken(&name) { free.unwrap_or_default() } else { name };
    stub
}

/// Warns of a stub that can never answer.
fn shadowed(context: &mut Context<'_>, raw: &At<raw::Stub>, stub: &Stub, before: &[Stub]) {
    let shadow = before.iter().find(|other| other.when == When::default() || other.when == stub.when);
    if let Some(shadow) = shadow {
        let place = Place { end: raw.place.start + 1, ..raw.place };
        let title = "this stub can never answer";
        let label = format!("`{}` above answers all of its requests", shown(&shadow.name));
        context.warnings.push(Diagnostic::warning(place, title).label(label).help("the first stub that fits answers"));
    }
}

/// Refuses a place in the story to which nothing leads.
fn stories(context: &mut Context<'_>, list: &At<Vec<At<raw::Stub>>>, all: &[Stub]) {
    let reached: Vec<&str> = all.iter().filter_map(|stub| stub.then.as_deref()).chain([FIRST]).collect();
    let wanted = list.value.iter().filter_map(|stub| stub.value.when.as_ref()?.story.as_ref());
    for story in wanted.filter(|story| !reached.contains(&story.value.as_str())) {
        let title = format!("nothing leads to `{}`", shown(&story.value));
        let label = format!("the story begins in `{FIRST}`; a `then` leads to {}", listed(reached.iter().copied()));
        let guess = did_you_mean(&story.value, reached.iter().copied());
        context.error(Diagnostic::at(story.place, title).label(label).help(guess));
    }
}
