//! The drill: its names refer to something, its moments lie within the day, and what nobody could play is said.

use super::{Context, Known, Names, day, expect, plan};
use crate::scenario::defaults;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::incidents;
use crate::scenario::model::{
    Absence, Desk, Drill, Expected, ExpectedOf, Fog, Id, Inject, Language, Lever, Objective, Role, Trigger, Via,
};
use crate::scenario::raw;
use crate::scenario::tree::{At, Place};
use crate::time::{Span, Time};

/// What a drill is resolved against.
#[derive(Clone, Copy)]
pub(super) struct Around<'a> {
    pub(super) names: &'a Names,
    pub(super) desk: &'a raw::Desk,
    pub(super) model: &'a Desk,
    /// The names of the day's disturbances.
    pub(super) disturbances: &'a [String],
}

/// The names of a drill, for looking up.
struct Named {
    roles: Vec<String>,
    objectives: Vec<String>,
    levers: Vec<String>,
    injects: Vec<String>,
    expected: Vec<String>,
}

/// Items in one list of a drill.
const MOST: usize = 100;

fn known<'a>(what: &'a str, names: &'a [String]) -> Known<'a> {
    Known { what, names, of_drill: true }
}

pub(super) fn drill(context: &mut Context<'_>, around: Around<'_>, raw: &At<raw::Drill>) -> Option<Drill> {
    let before = context.errors.len();
    lists(context, raw);
    let named = names(context, raw);
    let roles = roles(context, raw);
    if !roles.iter().any(|role| !role.hidden) {
        let help = "write who takes part: `roles: { lead: {at_least: 1} }`";
        context.error(Diagnostic::at(raw.title.place, "nobody can take part in this drill").help(help));
    }
    let language = match raw.language {
        None | Some(raw::Language::En) => Language::En,
        Some(raw::Language::Fr) => Language::Fr,
    };
    let pace = raw.pace.as_ref().map_or(defaults::DRILL_PACE, |pace| pace.value.0);
    if let Some(at) = raw.pace.as_ref().filter(|at| !(1.0..=600.0).contains(&at.value.0)) {
        context.error(Diagnostic::at(at.place, "no such pace").label("from 1 to 600 is possible"));
    }
    if let Some(name) = raw.based_on.as_ref().filter(|name| incidents::find(&name.value).is_none()) {
        let title = format!("unknown incident `{}`", crate::units::shown(&name.value));
        context.error(Diagnostic::at(name.place, title).help("`holdline incidents` lists them"));
    }
    let levers = raw.levers.iter().filter_map(|one| lever(context, around, &named, one)).collect();
    let mut taken = around.disturbances.to_vec();
    let injects = raw.injects.iter().filter_map(|one| inject(context, around, &named, one, &mut taken)).collect();
    let expect = raw.expect.iter().filter_map(|one| expected(context, around, &named, one)).collect();
    let hold_at = raw.hold_at.iter().filter_map(|one| context.find(known("inject", &named.injects), one)).collect();
    let questions = match raw.questions.is_empty() {
        true => defaults::questions(language),
        false => raw.questions.clone(),
    };
    if context.errors.len() > before {
        return None;
    }
    let drill = Drill {
        title: raw.title.value.clone(),
        about: raw.about.clone().unwrap_or_default(),
        based_on: raw.based_on.as_ref().map(|name| name.value.clone()),
        language,
        objectives: raw
            .objectives
            .iter()
            .map(|one| Objective { id: one.id.value.clone(), text: one.text.clone() })
            .collect(),
        roles,
        pace,
        hold_at,
        fog: Fog {
            vendor_status: raw.fog.vendor_status.map_or(Span::ZERO, |length| length.0),
            dashboards: raw.fog.dashboards.map_or(Span::ZERO, |length| length.0),
        },
        levers,
        injects,
        expect,
        questions,
    };
    warnings(context, raw, &drill);
    Some(drill)
}

fn lists(context: &mut Context<'_>, raw: &At<raw::Drill>) {
    let lists = [
        ("objectives", raw.objectives.len()),
        ("roles", raw.roles.0.len()),
        ("levers", raw.levers.len()),
        ("injects", raw.injects.len()),
        ("expect", raw.expect.len()),
        ("questions", raw.questions.len()),
    ];
    for (what, count) in lists.into_iter().filter(|(_, count)| *count > MOST) {
        let title = format!("`{what}` of the drill has {count} items");
        context.error(Diagnostic::at(raw.title.place, title).label(format!("the limit is {MOST}")));
    }
}

/// The names that can be referred to; each is used once.
fn names(context: &mut Context<'_>, raw: &At<raw::Drill>) -> Named {
    let mut list = |what: &str, names: Vec<&At<String>>| {
        for (n, name) in names.iter().enumerate() {
            if names[..n].iter().any(|other| other.value == name.value) {
                let title = format!("two {what}s are named `{}`", crate::units::shown(&name.value));
                context.error(Diagnostic::at(name.place, title));
            }
            if name.value.trim().is_empty() || name.value.chars().count() > 64 {
                let error = Diagnostic::at(name.place, format!("this cannot be the name of a {what}"));
                context.error(error.label("from 1 to 64 characters are possible"));
            }
        }
        names.into_iter().map(|name| name.value.clone()).collect::<Vec<String>>()
    };
    Named {
        roles: list("role", raw.roles.0.iter().map(|(name, _)| name).collect()),
        objectives: list("objective", raw.objectives.iter().map(|one| &one.id).collect()),
        levers: list("lever", raw.levers.iter().map(|one| &one.name).collect()),
        injects: list("inject", raw.injects.iter().map(|one| &one.name).collect()),
        expected: list("expectation", raw.expect.iter().map(|one| &one.id).collect()),
    }
}

fn roles(context: &mut Context<'_>, raw: &At<raw::Drill>) -> Vec<Role> {
    let mut role = |(name, role): &(At<String>, raw::Role)| Role {
        name: name.value.clone(),
        at_least: role.at_least.as_ref().map_or(0, |least| context.bounded("at_least", least, 0, 1_000)),
        hidden: role.hidden.unwrap_or(false),
    };
    raw.roles.0.iter().map(&mut role).collect()
}

fn lever(context: &mut Context<'_>, around: Around<'_>, named: &Named, raw: &At<raw::Lever>) -> Option<Lever> {
    let role = context.find_if(known("role", &named.roles), raw.role.as_ref());
    let serves = context.find_if(known("objective", &named.objectives), raw.serves.as_ref());
    let undoes: Result<Option<Id<Lever>>, _> = context.find_if(known("lever", &named.levers), raw.undoes.as_ref());
    let actions = plan::lever(context, around.names, (around.desk, around.model), &raw.actions);
    if raw.actions.is_empty() == raw.undoes.is_none() {
        let help =
            "write what it does, `do: [{bot: {use: llm-backup}}]`, or which lever it ends, `undoes: second provider`";
        context.error(Diagnostic::at(raw.name.place, "this lever does not say once what it does").help(help));
    }
    if let Some(name) = raw.undoes.as_ref().filter(|undoes| undoes.value == raw.name.value) {
        context.error(Diagnostic::at(name.place, "this lever ends itself"));
    }
    if let (Some(cost), None) = (raw.cost.as_ref().filter(|cost| cost.value.0 > 0.0), &around.model.costs) {
        let warning = Diagnostic::warning(cost.place, "the desk states no costs: it has no word for this money");
        context.warnings.push(warning.help("write `costs: {money: EUR}` in the desk"));
    }
    Some(Lever {
        name: raw.name.value.clone(),
        role: role.ok()?,
        delay: raw.delay.map_or(Span::ZERO, |length| length.0),
        actions,
        undoes: undoes.ok()?,
        wants_text: raw.text.is_some(),
        once: raw.once.unwrap_or(false),
        cool_down: raw.cool_down.map_or(Span::ZERO, |length| length.0),
        cost: raw.cost.as_ref().map_or(0.0, |cost| cost.value.0),
        chance: raw.chance.map_or(1.0, |share| share.0),
        serves: serves.ok()?,
    })
}

/// A moment of the day; its error is noted.
fn moment(context: &mut Context<'_>, at: &At<raw::Moment>) -> Option<Time> {
    context.clock.moment(at).map_err(|error| context.errors.push(*error)).ok()
}

fn inject(
    context: &mut Context<'_>,
    around: Around<'_>,
    named: &Named,
    raw: &At<raw::Inject>,
    taken: &mut Vec<String>,
) -> Option<Inject> {
    let trigger = trigger(context, around, named, raw);
    let to = raw.to.iter().filter_map(|role| context.find(known("role", &named.roles), role)).collect();
    let expect = raw.expect.iter().filter_map(|id| context.find(known("expectation", &named.expected), id)).collect();
    let mut absences: Vec<Absence> = Vec::new();
    for one in &raw.absences {
        // Its number is its place among all that has a name, so that one without a name of its own has one.
        let number = taken.len();
        absences.extend(day::absence(context, around.names, around.model, number, one, taken));
    }
    Some(Inject {
        name: raw.name.value.clone(),
        trigger: trigger?,
        to,
        via: match raw.via {
            None | Some(raw::Via::Chat) => Via::Chat,
            Some(raw::Via::Mail) => Via::Mail,
            Some(raw::Via::Phone) => Via::Phone,
            Some(raw::Via::News) => Via::News,
        },
        from: raw.from.value.clone(),
        say: raw.say.value.clone(),
        expect,
        absences,
    })
}

fn trigger(context: &mut Context<'_>, around: Around<'_>, named: &Named, raw: &At<raw::Inject>) -> Option<Trigger> {
    match (&raw.at, &raw.when, &raw.unless, &raw.by) {
        (Some(at), None, None, None) => moment(context, at).map(Trigger::At),
        (None, Some(live), None, None) => plan::live(context, around.names, live).map(Trigger::When),
        (None, None, Some(lever), Some(by)) => {
            let lever = context.find(known("lever", &named.levers), lever);
            let by = moment(context, by);
            Some(Trigger::Unless { lever: lever?, by: by? })
        }
        _ => {
            let help = "write one of `at: 10m`, `when: {kpi: wait, channel: chat, above: 15m}` and \
                        `unless: second provider, by: 25m`";
            context.error(Diagnostic::at(raw.name.place, "this inject does not say once when it is sent").help(help));
            None
        }
    }
}

fn expected(context: &mut Context<'_>, around: Around<'_>, named: &Named, raw: &At<raw::Expected>) -> Option<Expected> {
    let objective = context.find_if(known("objective", &named.objectives), raw.objective.as_ref());
    if let Some(by) = raw.by.as_ref().filter(|_| raw.lever.is_none()) {
        context.error(Diagnostic::at(by.place, "`by` without `lever`").help("it says until when a lever is pulled"));
    }
    let of = match (&raw.lever, &raw.kpi, &raw.observe) {
        (Some(lever), None, None) => {
            stray(context, raw);
            let lever = context.find(known("lever", &named.levers), lever);
            let by = match &raw.by {
                None => None,
                Some(by) => Some(moment(context, by)?),
            };
            ExpectedOf::Lever { lever: lever?, by }
        }
        (None, Some(kpi), None) => {
            let disturbances: Vec<&str> = around.disturbances.iter().map(String::as_str).collect();
            let written = At { value: measure(raw, kpi), place: raw.id.place };
            let found = expect::expectation(context, around.names, &disturbances, &written)?;
            ExpectedOf::Measure(Box::new(found))
        }
        (None, None, Some(observe)) => {
            stray(context, raw);
            ExpectedOf::Observe(observe.value.clone())
        }
        _ => {
            let help = "write one of `lever: second provider, by: 20m`, `kpi: update_gap, max: 30m` and \
                        `observe: Says what would make us go back`";
            context.error(Diagnostic::at(raw.id.place, "this does not say once what is expected").help(help));
            return None;
        }
    };
    Some(Expected { id: raw.id.value.clone(), objective: objective.ok()?, of })
}

/// Refuses what only a measure takes.
fn stray(context: &mut Context<'_>, raw: &raw::Expected) {
    let place = |at: &Option<At<String>>| at.as_ref().map(|at| at.place);
    let written: [(&str, Option<Place>); 11] = [
        ("at", raw.at.as_ref().map(|at| at.place)),
        ("channel", place(&raw.channel)),
        ("team", place(&raw.team)),
        ("reason", place(&raw.reason)),
        ("segment", place(&raw.segment)),
        ("of", place(&raw.of)),
        ("during", place(&raw.during)),
        ("after", place(&raw.after)),
        ("max", raw.max.as_ref().map(|at| at.place)),
        ("min", raw.min.as_ref().map(|at| at.place)),
        ("within", raw.within.as_ref().map(|at| at.place)),
    ];
    for (word, place) in written {
        if let Some(place) = place {
            context.error(Diagnostic::at(place, format!("`{word}` without `kpi`")).label("it narrows a measure"));
        }
    }
}

/// The measure that is expected, as an expectation of the day would be written.
fn measure(raw: &raw::Expected, kpi: &At<String>) -> raw::Expectation {
    raw::Expectation {
        name: None,
        kpi: kpi.clone(),
        at: raw.at,
        channel: raw.channel.clone(),
        team: raw.team.clone(),
        reason: raw.reason.clone(),
        segment: raw.segment.clone(),
        of: raw.of.clone(),
        during: raw.during.clone(),
        after: raw.after.clone(),
        max: raw.max.clone(),
        min: raw.min.clone(),
        within: raw.within,
        count: None,
        short_abandons: None,
        minimum: None,
        held_for: None,
        otherwise: None,
        in_runs: None,
        allow_empty: None,
    }
}

/// What somebody may have meant otherwise: a drill that nobody could follow, or that asks nothing of anybody.
fn warnings(context: &mut Context<'_>, raw: &At<raw::Drill>, drill: &Drill) {
    let told = drill.hard_to_follow(context.clock.end.since(Time::ZERO));
    context.warnings.extend(told.into_iter().map(|text| Diagnostic::warning(raw.title.place, text)));
    for (objective, written) in drill.objectives.iter().zip(&raw.objectives) {
        let of = |one: &Expected| one.objective.is_some_and(|id| drill.objectives[id.index()].id == objective.id);
        if !drill.expect.iter().any(of) {
            let title = format!("nothing tells whether the objective `{}` is met", objective.id);
            let help = "name it in something that is expected: `expect: [{id: …, objective: …, lever: …}]`";
            context.warnings.push(Diagnostic::warning(written.id.place, title).help(help));
        }
    }
}
