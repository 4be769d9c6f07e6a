//! From what is written to what is meant: names become ids, clock times become offsets, defaults are filled in, and what makes
//! no sense is refused where it stands. Errors are collected: one `check` tells as much as it can.

mod clock;
mod day;
mod desk;
mod distribution;
mod expect;
pub(crate) mod limits;
mod plan;
mod target;

pub(crate) use clock::Clock;
pub(crate) use distribution::lognormal_of_mean_cv;

use super::catalogue::Catalogue;
use super::diagnostic::{Diagnostic, did_you_mean, listed};
use super::model::{self, Id};
use super::raw;
use super::tree::{At, Place};
use crate::units::shown;
use std::path::Path;

/// What a name can refer to: the word for it, and the names there are.
#[derive(Clone, Copy)]
pub(crate) struct Known<'a> {
    /// `team`.
    what: &'a str,
    /// The names.
    names: &'a [String],
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
}

impl Context<'_> {
    pub(crate) fn error(&mut self, error: Diagnostic) {
        self.errors.push(error);
    }

    /// What a name refers to; an error with the nearest name if nothing.
    pub(crate) fn find<T>(&mut self, known: Known<'_>, name: &At<String>) -> Option<Id<T>> {
        if let Some(index) = known.names.iter().position(|one| *one == name.value) {
            return Some(Id::new(index));
        }
        let what = known.what;
        let label = match known.names {
            [] => format!("desk `{}` has no {what}", self.desk),
            names => {
                format!("desk `{}` has the {} {}", self.desk, plural(what), listed(names.iter().map(String::as_str)))
            }
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
    pub(crate) fn not_built<T>(&mut self, what: &str, written: Option<&At<T>>) {
        if let Some(written) = written {
            self.not_built_at(what, written.place);
        }
    }

    pub(crate) fn not_built_at(&mut self, what: &str, place: Place) {
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
        }
    }
    pub(crate) fn dependency(&self) -> Known<'_> {
        Known { what: "dependency", names: &self.dependencies }
    }
    pub(crate) fn channel(&self) -> Known<'_> {
        Known { what: "channel", names: &self.channels }
    }
    pub(crate) fn reason(&self) -> Known<'_> {
        Known { what: "reason", names: &self.reasons }
    }
    pub(crate) fn segment(&self) -> Known<'_> {
        Known { what: "segment", names: &self.segments }
    }
    pub(crate) fn team(&self) -> Known<'_> {
        Known { what: "team", names: &self.teams }
    }
}

/// Resolves a scenario with its desk. The hash is left empty for the loader to fill.
pub(crate) fn scenario(context: &mut Context<'_>, day: &raw::Scenario, desk: &raw::Desk) -> Option<model::Scenario> {
    let names = Names::of(desk);
    limits::lists(context, day, desk);
    let resolved = desk::desk(context, &names, desk);
    let (mut scenario, disturbances) = day::day(context, &names, resolved, day);
    scenario.expect = expect::expectations(context, &names, &disturbances, &day.expect);
    scenario.stop_if = day.stop_if.iter().filter_map(|live| plan::live(context, &names, live)).collect();
    scenario.target = day.target.as_ref().and_then(|target| target::target(context, &names, target));
    context.not_built("drill", day.drill.as_ref());
    limits::contacts(context, day, &scenario);
    context.errors.is_empty().then_some(scenario)
}
