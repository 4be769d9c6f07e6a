//! Limits against hostile and mistaken files: each is named in its error.

use super::Context;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::model::{Scenario, Surge, SurgeEffect};
use crate::scenario::raw;
use crate::scenario::tree::Place;
use crate::time::{Span, Time};

/// Items in one list: channels, teams, streams, outages, …
const MOST_ITEMS: usize = 1_000;
/// Contacts that the rates and surges of a scenario may be expected to bring.
const MOST_CONTACTS: f64 = 50e6;
/// People in all teams together.
const MOST_PEOPLE: u64 = 200_000;
/// The shortest scenario: the rows of a report count in seconds.
const LEAST_LENGTH: Span = Span::from_secs(1);
/// The longest scenario.
pub(crate) const MOST_LENGTH: Span = Span::from_secs(60 * 86_400);
/// The longest drain.
pub(crate) const MOST_DRAIN: Span = Span::from_secs(7 * 86_400);

/// Refuses lists that are too long.
pub(crate) fn lists(context: &mut Context<'_>, day: &raw::Scenario, desk: &raw::Desk) {
    let customers = desk.customers.as_ref();
    let plan = desk.plan.as_ref();
    let counts: [(&str, usize, Place); 12] = [
        ("dependencies", desk.dependencies.0.len(), desk.desk.place),
        ("channels", desk.channels.0.len(), desk.desk.place),
        ("reasons", desk.reasons.0.len(), desk.desk.place),
        ("segments", customers.map_or(0, |customers| customers.segments.0.len()), desk.desk.place),
        ("contacts", desk.contacts.len(), desk.desk.place),
        ("teams", desk.teams.0.len(), desk.desk.place),
        ("rules", plan.map_or(0, |plan| plan.rules.len()), desk.desk.place),
        ("surges", day.surges.len(), day.scenario.place),
        ("outages", day.outages.len(), day.scenario.place),
        ("absences", day.absences.len(), day.scenario.place),
        ("stop_if", day.stop_if.len(), day.scenario.place),
        ("expect", day.expect.len(), day.scenario.place),
    ];
    for (what, count, place) in counts {
        if count > MOST_ITEMS {
            context.error(
                Diagnostic::at(place, format!("`{what}` has {count} items"))
                    .label(format!("the limit is {MOST_ITEMS}")),
            );
        }
    }
    let people: u64 = desk.teams.0.iter().map(|(_, team)| u64::from(team.people.value)).sum();
    if people > MOST_PEOPLE {
        let title = format!("this desk has {people} people");
        context.error(Diagnostic::at(desk.desk.place, title).label(format!("the limit is {MOST_PEOPLE}")));
    }
}

/// Refuses a length or drain that is absurd. Needed before the clock is set up.
pub(crate) fn lengths(day: &raw::Scenario) -> Vec<Diagnostic> {
    let mut errors = Vec::new();
    let length = &day.length;
    if length.value.0 == Span::ZERO {
        errors.push(Diagnostic::at(length.place, "this scenario lasts no time at all"));
    } else if length.value.0 < LEAST_LENGTH {
        let title = format!("a scenario of {} is too short", length.value.0);
        errors.push(Diagnostic::at(length.place, title).label(format!("the least is {LEAST_LENGTH}")));
    }
    if length.value.0 > MOST_LENGTH {
        let title = format!("a scenario of {} is too long", length.value.0);
        errors.push(Diagnostic::at(length.place, title).label(format!("the limit is {MOST_LENGTH}")));
    }
    if let Some(drain) = day.drain.as_ref().filter(|drain| drain.value.0 > MOST_DRAIN) {
        let title = format!("a drain of {} is too long", drain.value.0);
        errors.push(Diagnostic::at(drain.place, title).label(format!("the limit is {MOST_DRAIN}")));
    }
    errors
}

/// Refuses a scenario that would bring more contacts than a run can be asked for.
pub(crate) fn contacts(context: &mut Context<'_>, day: &raw::Scenario, scenario: &Scenario) {
    let expected = expected_contacts(scenario);
    if expected.is_nan() || expected > MOST_CONTACTS {
        let title = format!("this scenario would bring some {:.0} million contacts", expected / 1e6);
        context.error(
            Diagnostic::at(day.length.place, title)
                .label(format!("the limit is {:.0} million", MOST_CONTACTS / 1e6))
                .help("lower the rates, the surges, or the length"),
        );
    }
}

/// About how many first contacts a scenario brings: no fewer than are to be expected.
pub(crate) fn expected_contacts(scenario: &Scenario) -> f64 {
    let end = scenario.end();
    let mut total: f64 = 0.0;
    for stream in &scenario.desk.streams {
        for (n, step) in stream.rate.iter().enumerate() {
            let to = stream.rate.get(n + 1).map_or(end, |next| next.from.min(end));
            total += step.per_second * to.since(step.from).secs_f64();
        }
    }
    let added: f64 = scenario.surges.iter().map(|surge| added(surge, end)).sum();
    let backlog: f64 = scenario.desk.start_with.iter().map(|(_, count)| f64::from(*count)).sum();
    total + multiplied(scenario, end) + added + backlog
}

/// From the first to the last moment at which a surge is felt.
fn felt(surge: &Surge, end: Time) -> (Time, Time) {
    (Time::ZERO.max(surge.window.from - surge.rise), (surge.window.to + surge.fall).min(end))
}

fn added(surge: &Surge, end: Time) -> f64 {
    let (from, to) = felt(surge, end);
    let wave = surge.wave().map_or(0.0, |wave| wave.contacts);
    let effect = match &surge.effect {
        SurgeEffect::Add { per_second, burst, .. } => {
            let each = burst.map_or(1.0, |burst| 1.0 / (1.0 - burst.echo));
            per_second * to.since(from).secs_f64() * each
        }
        SurgeEffect::Send { contacts, .. } => *contacts,
        SurgeEffect::Trace(trace) => trace.rows.len() as f64 * trace.scale,
        SurgeEffect::Times { .. } => 0.0,
    };
    wave + effect
}

/// What the surges that multiply bring on top, as if all of them met the busiest moment of every stream.
fn multiplied(scenario: &Scenario, end: Time) -> f64 {
    let mut edges: Vec<Time> =
        scenario.surges.iter().flat_map(|surge| [felt(surge, end).0, felt(surge, end).1]).collect();
    edges.sort_unstable();
    let peak = peak(scenario);
    let stretch = |pair: &[Time]| {
        let (from, to) = (pair[0], pair[1]);
        let factor = |surge: &Surge| match surge.effect {
            SurgeEffect::Times { factor, .. } if felt(surge, end).0 <= from && to <= felt(surge, end).1 => {
                factor.max(1.0)
            }
            _ => 1.0,
        };
        let factor: f64 = scenario.surges.iter().map(factor).product();
        // A huge product over no time at all is still nothing.
        if to > from { peak * to.since(from).secs_f64() * (factor - 1.0) } else { 0.0 }
    };
    edges.windows(2).map(stretch).sum()
}

fn peak(scenario: &Scenario) -> f64 {
    let peaks =
        scenario.desk.streams.iter().map(|stream| stream.rate.iter().map(|step| step.per_second).fold(0.0, f64::max));
    peaks.sum()
}
