//! From files and arguments to a complete scenario: read, extend, set, choose the plan, decode, resolve.

mod stubs;

pub use stubs::LoadedStubs;

use super::catalogue::Catalogue;
use super::diagnostic::{Diagnostic, Diagnostics, Severity, did_you_mean, listed};
use super::resolve::{self, Clock, Context};
use super::tree::{self, At, Entry, Kind, Node, Place, Sources};
use super::{Scenario, defaults, files, hash, incidents, raw};
use crate::time::{Span, Time};
use crate::units::shown;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the command line changes about a scenario.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `path.to.item.field=value`, in order.
    pub set: Vec<String>,
    /// Which plan.
    pub plan: PlanChoice,
}

/// Which continuity plan a desk follows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PlanChoice {
    /// The desk's own.
    #[default]
    Written,
    /// None at all.
    None,
    /// The one in this file, which holds only `plan:`.
    File(PathBuf),
}

/// A scenario that can run.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The scenario.
    pub scenario: Scenario,
    /// What somebody may have meant otherwise.
    pub warnings: Vec<Diagnostic>,
    /// The texts that were read, for the warnings.
    pub sources: Arc<Sources>,
    /// What was written, after `extends` and `--set`: the scenario.
    pub day: Node,
    /// What was written, after `extends`, `--set` and `--plan`: the desk.
    pub desk: Node,
    /// The desk file, as the scenario names it.
    pub desk_file: String,
}

/// What a file turned out to be.
#[derive(Clone, Debug)]
pub enum Checked {
    /// A scenario.
    Scenario(Box<Loaded>),
    /// A desk: a normal day of 24 hours on it.
    Desk(Box<Loaded>),
    /// A file that holds only a plan. Its names can be checked only with a desk.
    Plan,
    /// What a service of kind `http` answers.
    Stubs(LoadedStubs),
    /// A recorded incident: how long it is.
    Incident(Span),
}

/// Fields of a scenario file: `--set` looks here first.
const SCENARIO_FIELDS: [&str; 14] = [
    "scenario", "about", "desk", "start", "length", "warm_up", "drain", "surges", "outages", "absences", "stop_if",
    "expect", "target", "drill",
];
/// Fields of a desk file that `--set` reaches.
const DESK_FIELDS: [&str; 11] = [
    "dependencies",
    "channels",
    "reasons",
    "customers",
    "contacts",
    "start_with",
    "bot",
    "teams",
    "without",
    "plan",
    "desk",
];
/// Files that extend each other.
const MOST_EXTENDS: usize = 16;

/// Loads a scenario file with its desk.
pub fn load(path: &Path, overrides: &Overrides) -> Result<Loaded, Diagnostics> {
    let mut loader = Loader::new(path);
    loader.scenario(path, overrides).map_err(|errors| loader.failed(errors))
}

/// Checks a file as strictly as a run would, whatever it is: scenario, desk or plan.
pub fn check(path: &Path, overrides: &Overrides) -> Result<Checked, Diagnostics> {
    let mut loader = Loader::new(path);
    let result = match loader.file(path, None, &mut Vec::new()) {
        Err(error) => Err(vec![*error]),
        Ok(tree) if tree.get("scenario").is_some() => {
            return load(path, overrides).map(|loaded| Checked::Scenario(Box::new(loaded)));
        }
        Ok(tree) if tree.get("desk").is_some() => {
            loader.normal_day(tree, overrides).map(|day| Checked::Desk(Box::new(day)))
        }
        Ok(tree) if tree.get("plan").is_some() => {
            tree::decode::<raw::PlanFile>(&tree).map(|_| Checked::Plan).map_err(|error| vec![*error])
        }
        Ok(tree) if tree.get("stubs").is_some() => loader.stub_file(path, tree).map(Checked::Stubs),
        Ok(tree) if tree.get("incident").is_some() => {
            incidents::read(&tree).map(|incident| Checked::Incident(incident.length()))
        }
        Ok(tree) => Err(vec![
            Diagnostic::at(first_byte(tree.place), "this is no scenario, no desk, no plan and no stub file").help(
                "a scenario begins with `scenario: NAME`, a desk with `desk: NAME`, a plan with `plan:`, stubs with `stubs:`",
            ),
        ]),
    };
    result.map_err(|errors| loader.failed(errors))
}

fn first_byte(place: Place) -> Place {
    Place { end: place.start + 1, ..place }
}

/// Loads the files of one scenario.
struct Loader {
    /// The folder that no path leaves.
    root: PathBuf,
    sources: Sources,
    warnings: Vec<Diagnostic>,
}

type Many<T> = Result<T, Vec<Diagnostic>>;
type One<T> = Result<T, Box<Diagnostic>>;

impl Loader {
    fn new(path: &Path) -> Self {
        let root = path.parent().map(Path::to_path_buf).unwrap_or_default();
        Self { root, sources: Sources::default(), warnings: Vec::new() }
    }

    fn failed(&mut self, mut list: Vec<Diagnostic>) -> Diagnostics {
        let place = |one: &Diagnostic| one.place.map(|place| (place.source, place.start));
        list.sort_by_key(|one| (one.severity == Severity::Warning, place(one)));
        Diagnostics { list, sources: Arc::new(std::mem::take(&mut self.sources)) }
    }

    fn scenario(&mut self, path: &Path, overrides: &Overrides) -> Many<Loaded> {
        let mut day = self.file(path, None, &mut Vec::new()).map_err(|error| vec![*error])?;
        if day.get("scenario").is_none() && (day.get("desk").is_some() || day.get("plan").is_some()) {
            let what = if day.get("plan").is_some() && day.get("desk").is_none() { "plan" } else { "desk" };
            let title = format!("this is a {what} file, not a scenario");
            return Err(vec![
                Diagnostic::at(first_byte(day.place), title)
                    .help("a scenario begins with `scenario: NAME` and names its `desk:`"),
            ]);
        }
        let sets = self.sets(&overrides.set)?;
        for (target, path, value) in &sets {
            if *target == Target::Day {
                apply(&mut day, path, value).map_err(|error| vec![*error])?;
            }
        }
        let raw_day: raw::Scenario = tree::decode(&day).map_err(|error| vec![*error])?;
        let desk = self.desk_of(path, &raw_day.desk).map_err(|error| vec![*error])?;
        self.finish(day, raw_day, desk, sets, overrides)
    }

    /// The desk that a scenario names.
    fn desk_of(&mut self, path: &Path, name: &At<String>) -> One<Node> {
        let base = path.parent().unwrap_or(Path::new("")).to_path_buf();
        let desk = files::below(&self.root, &base, &name.value)
            .map_err(|title| Box::new(Diagnostic::at(name.place, title)))?;
        self.file(&desk, Some(name.place), &mut Vec::new())
    }

    /// A normal day on a desk, for checking a desk file by itself.
    fn normal_day(&mut self, desk: Node, overrides: &Overrides) -> Many<Loaded> {
        let text = "scenario: normal-day\ndesk: itself\nlength: 24h\n";
        let source = self.sources.add("a normal day", text);
        let day = tree::read(source, text, &mut self.warnings).map_err(|error| vec![*error])?;
        let raw_day: raw::Scenario = tree::decode(&day).map_err(|error| vec![*error])?;
        let sets = self.sets(&overrides.set)?;
        self.finish(day, raw_day, desk, sets, overrides)
    }

    fn finish(
        &mut self,
        day: Node,
        raw_day: raw::Scenario,
        mut desk: Node,
        sets: Vec<Set>,
        overrides: &Overrides,
    ) -> Many<Loaded> {
        for (target, path, value) in &sets {
            if *target == Target::Desk {
                apply(&mut desk, path, value).map_err(|error| vec![*error])?;
            }
        }
        self.choose_plan(&mut desk, &overrides.plan).map_err(|error| vec![*error])?;
        let raw_desk: raw::Desk = tree::decode(&desk).map_err(|error| vec![*error])?;
        let mut errors = resolve::limits::lengths(&raw_day);
        let clock = clock(&raw_day).map_err(|error| errors.push(*error)).ok();
        let (Some(clock), true) = (clock, errors.is_empty()) else { return Err(errors) };
        let stub_files = self.stub_files(&raw_desk).map_err(|error| vec![*error])?;
        let root = self.folder();
        let catalogue = Catalogue::shipped();
        let trees: Vec<Node> = stub_files.iter().map(|file| file.tree.clone()).collect();
        let mut context = Context {
            errors,
            warnings: std::mem::take(&mut self.warnings),
            clock,
            catalogue: &catalogue,
            folder: &root,
            desk: raw_desk.desk.value.clone(),
            data: Vec::new(),
            sources: self.sources.clone(),
            stub_files,
        };
        let resolved = resolve::scenario(&mut context, &raw_day, &raw_desk);
        let Context { errors, warnings, data, sources, .. } = context;
        self.sources = sources;
        let Some(mut scenario) = resolved else { return Err(errors) };
        let said: Vec<&Node> = [&day, &desk].into_iter().chain(&trees).collect();
        scenario.hash = hash::hash(&said, &data);
        let sources = Arc::new(std::mem::take(&mut self.sources));
        Ok(Loaded { scenario, warnings, sources, day, desk, desk_file: raw_day.desk.value })
    }

    /// The folder that no path leaves, as something that can be opened.
    fn folder(&self) -> PathBuf {
        if self.root.as_os_str().is_empty() { PathBuf::from(".") } else { self.root.clone() }
    }

    /// Reads a file and what it extends. `named` is where its name is written.
    fn file(&mut self, path: &Path, named: Option<Place>, chain: &mut Vec<PathBuf>) -> One<Node> {
        let place = |error: Diagnostic| Box::new(Diagnostic { place: named, ..error });
        let tidy = files::tidy(path);
        if chain.contains(&tidy) {
            let around: Vec<String> = chain.iter().chain([&tidy]).map(|path| format!("`{}`", path.display())).collect();
            return Err(place(
                Diagnostic::error("these files extend each other in a circle").help(around.join(" extends ")),
            ));
        }
        chain.push(tidy);
        if chain.len() > MOST_EXTENDS {
            return Err(place(
                Diagnostic::error("too many files extend each other").help(format!("the limit is {MOST_EXTENDS}")),
            ));
        }
        let bytes = files::read(path, files::MOST_FILE).map_err(|title| place(Diagnostic::error(title)))?;
        let name = path.to_string_lossy().into_owned();
        let source = self.text(name, bytes)?;
        let text = self.sources.get(source).map(|source| source.text.clone()).unwrap_or_default();
        let mut tree = tree::read(source, &text, &mut self.warnings)?;
        match tree.kind {
            Kind::Map(_) => {}
            Kind::Empty => {
                return Err(Box::new(
                    Diagnostic::at(Place { source, start: 0, end: 0 }, "this file is empty")
                        .help("`holdline new` writes a starter with comments"),
                ));
            }
            _ => {
                let title = format!("a file of the language is a map, this is {}", tree.word());
                return Err(Box::new(Diagnostic::at(first_byte(tree.place), title)));
            }
        }
        let Some(Entry { value, .. }) = tree.take("extends") else { return Ok(tree) };
        let Some(other) = value.text() else {
            return Err(Box::new(
                Diagnostic::at(value.place, "`extends` names one file").help("write `extends: other.yaml`"),
            ));
        };
        let base = path.parent().unwrap_or(Path::new(""));
        let other =
            files::below(&self.root, base, other).map_err(|title| Box::new(Diagnostic::at(value.place, title)))?;
        let under = self.file(&other, Some(value.place), chain)?;
        Ok(tree::merge(under, tree))
    }

    /// Keeps the text of a file; an error at the first byte that is not UTF-8.
    fn text(&mut self, name: String, bytes: Vec<u8>) -> One<u32> {
        match String::from_utf8(bytes) {
            Ok(text) => {
                let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
                Ok(self.sources.add(name, text))
            }
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let byte = error.as_bytes().get(at).copied().unwrap_or_default();
                let source = self.sources.add(name, String::from_utf8_lossy(error.as_bytes()).into_owned());
                let place = Place { source, start: at as u32, end: at as u32 + 3 };
                Err(Box::new(
                    Diagnostic::at(place, "this file is not UTF-8 text")
                        .label(format!("here stands the byte {byte:#04x}"))
                        .help("save it as UTF-8"),
                ))
            }
        }
    }

    fn choose_plan(&mut self, desk: &mut Node, plan: &PlanChoice) -> One<()> {
        match plan {
            PlanChoice::Written => Ok(()),
            PlanChoice::None => {
                desk.take("plan");
                Ok(())
            }
            PlanChoice::File(path) => {
                let root = path.parent().map(Path::to_path_buf).unwrap_or_default();
                let scenario_root = std::mem::replace(&mut self.root, root);
                let file = self.file(path, None, &mut Vec::new());
                self.root = scenario_root;
                let how = "`--plan` takes `written`, `none`, or a file that holds only `plan:`";
                let mut file = file.map_err(|error| Box::new(error.help(how)))?;
                if file.get("plan").is_none() {
                    return Err(Box::new(Diagnostic::at(file.place, "this file holds no plan").help(how)));
                }
                tree::decode::<raw::PlanFile>(&file).map_err(|error| Box::new(error.help(how)))?;
                desk.take("plan");
                if let (Some(entry), Kind::Map(entries)) = (file.take("plan"), &mut desk.kind) {
                    entries.push(entry);
                }
                Ok(())
            }
        }
    }

    /// Reads the `--set` arguments.
    fn sets(&mut self, arguments: &[String]) -> Many<Vec<Set>> {
        let mut sets = Vec::new();
        for argument in arguments {
            sets.push(self.one_set(argument).map_err(|error| vec![*error])?);
        }
        Ok(sets)
    }

    fn one_set(&mut self, argument: &str) -> One<Set> {
        let source = self.sources.add("--set", argument);
        let at = |start: usize, end: usize| Place { source, start: start as u32, end: end as u32 };
        let how = "write `--set path.to.item.field=value`, as in `--set outages.llm-brownout.for=2h`";
        let Some((path, text)) = argument.split_once('=') else {
            return Err(Box::new(Diagnostic::at(at(0, argument.len()), "`--set` without a value").help(how)));
        };
        let mut steps = Vec::new();
        let mut start = 0;
        for step in path.split('.') {
            let place = at(start, start + step.len());
            if step.trim().is_empty() {
                return Err(Box::new(Diagnostic::at(place, "a step of this path is empty").help(how)));
            }
            steps.push((step.trim().to_owned(), place));
            start += step.len() + 1;
        }
        let value_at = argument.len() - text.len();
        let value = tree::read_value(source, argument, value_at, &mut self.warnings)?;
        if matches!(value.kind, Kind::Empty) {
            let help = "to remove something, set it to `null`";
            return Err(Box::new(
                Diagnostic::at(at(value_at.saturating_sub(1), value_at), "no value is given").help(help),
            ));
        }
        let (first, place) = &steps[0];
        let target = match first.as_str() {
            // `desk` alone names the desk file; `desk.about` lies in the desk.
            "desk" if steps.len() > 1 => Target::Desk,
            word if SCENARIO_FIELDS.contains(&word) => Target::Day,
            word if DESK_FIELDS.contains(&word) => Target::Desk,
            word => {
                let fields = SCENARIO_FIELDS.iter().chain(&DESK_FIELDS).copied();
                return Err(Box::new(
                    Diagnostic::at(*place, format!("unknown field `{}`", shown(word)))
                        .label(format!("a path begins with {}", listed(fields.clone())))
                        .help(did_you_mean(word, fields)),
                ));
            }
        };
        if first == "desk" && target == Target::Desk {
            steps.remove(0);
        }
        Ok((target, steps, value))
    }
}

/// Which tree a `--set` changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    Day,
    Desk,
}

/// A `--set` that was read: which tree, the path, the value.
type Set = (Target, Vec<(String, Place)>, Node);

/// Maps whose keys are names that the author chose: a path with a new name in them is a slip, not a new thing.
const NAMED: [&str; 4] = ["dependencies", "channels", "reasons", "teams"];

fn apply(tree: &mut Node, path: &[(String, Place)], value: &Node) -> One<()> {
    if let [(list, _), (name, place), more @ ..] = path
        && (!more.is_empty() || matches!(value.kind, Kind::Null))
        && NAMED.contains(&list.as_str())
        && let Some(Kind::Map(entries)) = tree.get(list).map(|node| &node.kind)
        && entries.iter().all(|entry| entry.key != *name)
    {
        let names = entries.iter().map(|entry| entry.key.as_str());
        let title = format!("nothing in `{list}` is named `{}`", shown(name));
        let label = format!("the names are {}", listed(names.clone()));
        return Err(Box::new(Diagnostic::at(*place, title).label(label).help(did_you_mean(name, names))));
    }
    let path: Vec<(&str, Place)> = path.iter().map(|(step, place)| (step.as_str(), *place)).collect();
    tree::set(tree, &path, value.clone())
}

fn clock(day: &raw::Scenario) -> One<Clock> {
    let end = Time::ZERO + day.length.value.0.min(resolve::limits::MOST_LENGTH);
    let drain: Span =
        day.drain.as_ref().map_or(defaults::DRAIN, |drain| drain.value.0.min(resolve::limits::MOST_DRAIN));
    let text = day.start.as_ref().map_or(defaults::START, |start| start.value.as_str());
    let place = day.start.as_ref().map_or(day.scenario.place, |start| start.place);
    Clock::new(text, end, end + drain).map_err(|error| Box::new(Diagnostic::at(place, error.title).help(error.help)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHIPPED: [&str; 6] =
        ["quiet-day", "triple-outage", "phone-lines-down", "promotion-surge", "half-the-team-sick", "first-rehearsal"];

    #[test]
    fn the_shipped_scenarios_load() {
        for name in SHIPPED {
            let path = format!("scenarios/{name}.yaml");
            let loaded = load(Path::new(&path), &Overrides::default()).map_err(|errors| errors.to_string());
            assert!(loaded.as_ref().is_ok_and(|loaded| loaded.warnings.is_empty()), "{name}: {:?}", loaded.err());
        }
    }
}
