//! From what is written to what is meant: names become ids, clock times become offsets, defaults are filled in, and what makes
//! no sense is refused where it stands. Errors are collected: one `check` tells as much as it can.

mod allowed;
mod bot;
mod clock;
mod customers;
mod day;
mod desk;
mod distribution;
mod drill;
mod expect;
mod history;
pub(crate) mod limits;
mod plan;
mod service;
mod stamp;
mod stands_on;
pub(crate) mod stubs;
mod surge;
mod target;
mod trace;

pub(crate) use clock::Clock;
pub(crate) use distribution::lognormal_of_mean_cv;

use super::catalogue::Catalogue;
use super::csv::Fault;
use super::diagnostic::{Diagnostic, did_you_mean, listed};
use super::model::{self, Id};
use super::raw;
use super::tree::{At, Place, Sources};
use crate::units::shown;
pub use clock::moment_of;
use std::path::Path;

/// What a name can refer to: the word for it, and the names there are.
#[derive(Clone, Copy)]
pub(crate) struct Known<'a> {
    /// `team`.
    what: &'a str,
    /// The names.
    names: &'a [String],
    /// They are the drill's and not the desk's.
    of_drill: bool,
}

/// What the parts of the resolver share.
pub(crate) struct Context<'a> {
    pub(crate) errors: Vec<Diagnostic>,
    pub(crate) warnings: Vec<Diagnostic>,
    pub(crate) clock: Clock,
    pub(crate) catalogue: &'a Catalogue,
    /// Where data files are looked for.
    pub(crate) folder: &'a Path,
    /// The desk's name, for messages.
    pub(crate) desk: String,
    /// The texts of the data files that were read: they are part of what a scenario is.
    pub(crate) data: Vec<String>,
    /// The texts that were read.
    pub(crate) sources: Sources,
    /// The stub files that the dependencies name.
    pub(crate) stub_files: Vec<stubs::StubFile>,
}

impl Context<'_> {
    pub(crate) fn error(&mut self, error: Diagnostic) {
        self.errors.push(error);
    }

    /// What is wrong with a data file, at its place there.
    pub(crate) fn data_fault(&mut self, file: &str, text: &str, fault: Fault) -> Box<Diagnostic> {
        let source = self.sources.add(self.folder.join(file).display().to_string(), text);
        let place = Place { source, start: fault.start as u32, end: fault.end as u32 };
        Box::new(Diagnostic::at(place, fault.title).label(fault.label).help(fault.help))
    }

    /// Tells what is wrong with a data file.
    pub(crate) fn in_data(&mut self, file: &str, text: &str, fault: Fault) {
        let error = self.data_fault(file, text, fault);
        self.error(*error);
    }

    /// What a name refers to; an error with the nearest name if nothing.
    pub(crate) fn find<T>(&mut self, known: Known<'_>, name: &At<String>) -> Option<Id<T>> {
        if let Some(index) = known.names.iter().position(|one| *one == name.value) {
            return Some(Id::new(index));
        }
        let what = known.what;
        let holder = if known.of_drill { "the drill".to_owned() } else { format!("desk `{}`", self.desk) };
        let label = match known.names {
            [] => format!("{holder} has no {what}"),
            names => format!("{holder} has the {} {}", plural(what), listed(names.iter().map(String::as_str))),
        };
        self.error(
            Diagnostic::at(name.place, format!("unknown {what} `{}`", shown(&name.value)))
                .label(label)
                .help(did_you_mean(&name.value, known.names.iter().map(String::as_str))),
        );
        None
    }

    /// What a name refers to, if one was written. `Err` if it is unknown.
    pub(crate) fn find_if<T>(&mut self, known: Known<'_>, name: Option<&At<String>>) -> Result<Option<Id<T>>, Refused> {
        match name {
            None => Ok(None),
            Some(name) => self.find(known, name).map(Some).ok_or(Refused),
        }
    }

    /// Refuses what the language has but this version does not act on.
    pub(crate) fn not_built(&mut self, what: &str, place: Place) {
        self.error(
            Diagnostic::at(place, format!("`{what}` is not built yet"))
                .label("this version would not act on it")
                .help("it is part of the language's design; until it is built it is refused, never ignored"),
        );
    }

    /// A whole number within bounds; the nearest bound after an error.
    pub(crate) fn bounded(&mut self, what: &str, number: &At<u32>, least: u32, most: u32) -> u32 {
        if (least..=most).contains(&number.value) {
            return number.value;
        }
        let title = format!("`{what}` of {} is out of bounds", number.value);
        self.error(Diagnostic::at(number.place, title).label(format!("from {least} to {most} is possible")));
        number.value.clamp(least, most)
    }
}

/// A part that could not be resolved; the error has been noted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refused;

fn plural(what: &str) -> String {
    match what.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None => format!("{what}s"),
    }
}

/// The names of a desk, for looking up.
#[derive(Default)]
pub(crate) struct Names {
    dependencies: Vec<String>,
    channels: Vec<String>,
    reasons: Vec<String>,
    segments: Vec<String>,
    teams: Vec<String>,
    /// Whether customers rate.
    rate: bool,
}

impl Names {
    pub(crate) fn of(desk: &raw::Desk) -> Self {
        let owned = |names: &mut dyn Iterator<Item = &str>| names.map(str::to_owned).collect::<Vec<String>>();
        let mut segments = Vec::new();
        if let Some(customers) = &desk.customers {
            segments = owned(&mut customers.segments.names());
        }
        if segments.is_empty() {
            segments.push("all".to_owned());
        }
        Self {
            dependencies: owned(&mut desk.dependencies.names()),
            channels: owned(&mut desk.channels.names()),
            reasons: owned(&mut desk.reasons.names()),
            segments,
            teams: owned(&mut desk.teams.names()),
            rate: desk.customers.as_ref().is_some_and(|customers| customers.satisfaction.is_some()),
        }
    }
    /// Whether customers rate what a contact was worth to them.
    pub(crate) fn rate(&self) -> bool {
        self.rate
    }
    pub(crate) fn dependency(&self) -> Known<'_> {
        Known { what: "dependency", names: &self.dependencies, of_drill: false }
    }
    pub(crate) fn channel(&self) -> Known<'_> {
        Known { what: "channel", names: &self.channels, of_drill: false }
    }
    pub(crate) fn reason(&self) -> Known<'_> {
        Known { what: "reason", names: &self.reasons, of_drill: false }
    }
    pub(crate) fn segment(&self) -> Known<'_> {
        Known { what: "segment", names: &self.segments, of_drill: false }
    }
    pub(crate) fn team(&self) -> Known<'_> {
        Known { what: "team", names: &self.teams, of_drill: false }
    }
}

/// Characters in a name.
const MOST_NAME: usize = 64;

impl Context<'_> {
    /// Refuses a name that could not be addressed by `--set`, or would not do as a folder or a variable.
    pub(crate) fn check_name(&mut self, what: &str, name: &At<String>) {
        let text = &name.value;
        let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
        let begins = text.starts_with(char::is_alphanumeric);
        if begins && text.chars().all(fits) && text.chars().nth(MOST_NAME).is_none() {
            return;
        }
        let title = format!("`{}` cannot be the name of a {what}", shown(text));
        let help = format!(
            "a name is made of letters, digits, `-` and `_`, at most {MOST_NAME}, and begins with a letter or digit"
        );
        self.error(Diagnostic::at(name.place, title).help(help));
    }
}

/// Refuses names that would not do.
fn check_names(context: &mut Context<'_>, day: &raw::Scenario, desk: &raw::Desk) {
    context.check_name("scenario", &day.scenario);
    context.check_name("desk", &desk.desk);
    desk.dependencies.0.iter().for_each(|(name, _)| context.check_name("dependency", name));
    desk.channels.0.iter().for_each(|(name, _)| context.check_name("channel", name));
    desk.reasons.0.iter().for_each(|(name, _)| context.check_name("reason", name));
    desk.teams.0.iter().for_each(|(name, _)| context.check_name("team", name));
    let segments = desk.customers.iter().flat_map(|customers| &customers.segments.0);
    segments.for_each(|(name, _)| context.check_name("segment", name));
    desk.contacts.iter().filter_map(|stream| stream.name.as_ref()).for_each(|name| context.check_name("stream", name));
    // Each dependency is exported to targets under a name of its own.
    let exported = |name: &str| name.to_uppercase().replace('-', "_");
    for (n, (name, _)) in desk.dependencies.0.iter().enumerate() {
        if desk.dependencies.0[..n].iter().any(|(other, _)| exported(other) == exported(name)) {
            let title = format!("two dependencies would be exported as `{}_URL`", exported(name));
            context.error(Diagnostic::at(name.place, title).help("give one of them another name"));
        }
    }
}

/// Resolves a scenario with its desk. The hash is left empty for the loader to fill.
pub(crate) fn scenario(context: &mut Context<'_>, day: &raw::Scenario, desk: &raw::Desk) -> Option<model::Scenario> {
    let names = Names::of(desk);
    limits::lists(context, day, desk);
    check_names(context, day, desk);
    let resolved = desk::desk(context, &names, desk);
    let (mut scenario, disturbances) = day::day(context, &names, resolved, day);
    scenario.expect = expect::expectations(context, &names, &disturbances, &day.expect);
    scenario.stop_if = day.stop_if.iter().filter_map(|live| plan::live(context, &names, live)).collect();
    scenario.target = day.target.as_ref().and_then(|target| target::target(context, &names, target));
    scenario.drill = day.drill.as_ref().and_then(|drill| {
        let around = drill::Around { names: &names, desk, model: &scenario.desk, disturbances: &disturbances };
        drill::drill(context, around, drill).map(Box::new)
    });
    limits::contacts(context, day, &scenario);
    context.errors.is_empty().then_some(scenario)
}
