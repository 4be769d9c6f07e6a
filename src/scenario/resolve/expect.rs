//! Expectations: measures by name, limits in the measure's unit, windows that exist.

use super::{Context, Names};
use crate::scenario::defaults;
use crate::scenario::diagnostic::{Diagnostic, did_you_mean, listed};
use crate::scenario::kpi::{self, Kpi, Param, Unit};
use crate::scenario::model::{Count, Expectation, Limit, Stat, WindowName};
use crate::scenario::raw;
use crate::scenario::tree::{At, Place};
use crate::time::Span;
use crate::units::{self, UnitError};

pub(crate) fn expectations(
    context: &mut Context<'_>,
    names: &Names,
    disturbances: &[String],
    raw: &[At<raw::Expectation>],
) -> Vec<Expectation> {
    let disturbances: Vec<&str> = disturbances.iter().map(String::as_str).collect();
    raw.iter().filter_map(|one| expectation(context, names, &disturbances, one)).collect()
}

pub(super) fn expectation(
    context: &mut Context<'_>,
    names: &Names,
    disturbances: &[&str],
    raw: &At<raw::Expectation>,
) -> Option<Expectation> {
    let before = context.errors.len();
    let kpi = measure(context, &raw.kpi)?;
    if kpi.word == "satisfaction" && !names.rate() {
        let error = Diagnostic::at(raw.kpi.place, "nobody rates a contact at this desk");
        context.error(error.help("write `satisfaction: {}` under `customers:` of the desk, with what a star costs"));
        return None;
    }
    parameters(context, kpi, raw);
    let limit = limit(context, kpi, raw)?;
    let window = window(context, disturbances, raw);
    let stat = match (kpi.unit, raw.at.as_ref()) {
        (_, at) if kpi.has_statistics() => stat(at.map(|at| at.value)),
        (Unit::Duration, None) => Stat::Mean,
        (_, None) => Stat::Value,
        // Levels over time have a peak (the figure) and a mean.
        (Unit::Count, Some(at)) if at.value == raw::Stat::Mean && kpi.has_mean() => Stat::Mean,
        (_, Some(at)) => {
            let title = format!("`{}` is one figure a run: it has no {}", kpi.word, stat(Some(at.value)).word());
            context.error(Diagnostic::at(at.place, title).label("statistics are for what every contact has one of"));
            Stat::Value
        }
    };
    let channel = context.find_if(names.channel(), raw.channel.as_ref());
    let team = context.find_if(names.team(), raw.team.as_ref());
    let reason = context.find_if(names.reason(), raw.reason.as_ref());
    let segment = context.find_if(names.segment(), raw.segment.as_ref());
    let of = context.find_if(names.dependency(), raw.of.as_ref());
    if context.errors.len() > before {
        return None;
    }
    Some(Expectation {
        name: raw.name.clone().unwrap_or_else(|| words(kpi, stat, raw, &window, limit)),
        kpi: kpi.word.to_owned(),
        stat,
        channel: channel.ok()?,
        team: team.ok()?,
        reason: reason.ok()?,
        segment: segment.ok()?,
        of: of.ok()?,
        window,
        limit,
        within: raw.within.as_ref().map_or(defaults::WITHIN, |length| length.value.0),
        count: match raw.count {
            None => Count::default(),
            Some(raw::Count::Offered) => Count::Offered,
            Some(raw::Count::Answered) => Count::Answered,
            Some(raw::Count::WithoutShortAbandons) => Count::WithoutShortAbandons,
        },
        short_abandons: raw.short_abandons.map_or(defaults::SHORT_ABANDONS, |length| length.0),
        minimum: raw.minimum.map_or(defaults::MINIMUM, |share| share.0),
        held_for: raw.held_for.map_or(defaults::HELD_FOR, |length| length.0),
        warn: raw.otherwise == Some(raw::Otherwise::Warn),
        in_runs: raw.in_runs.map(|share| share.0),
        allow_empty: raw.allow_empty.unwrap_or(false),
    })
}

fn measure(context: &mut Context<'_>, word: &At<String>) -> Option<&'static Kpi> {
    let Some(kpi) = kpi::find(&word.value) else {
        let words = kpi::words();
        context.error(
            Diagnostic::at(word.place, format!("unknown measure `{}`", units::shown(&word.value)))
                .label("no measure has this name")
                .help(did_you_mean(&word.value, words.iter().copied()))
                .help(format!("the measures are {}", words.join(", "))),
        );
        return None;
    };
    if !kpi.built {
        context.not_built(kpi.word, word.place);
        return None;
    }
    Some(kpi)
}

/// Refuses parameters that the measure does not take.
fn parameters(context: &mut Context<'_>, kpi: &Kpi, raw: &At<raw::Expectation>) {
    let written: [(Param, Option<Place>); 10] = [
        (Param::Channel, raw.channel.as_ref().map(|at| at.place)),
        (Param::Team, raw.team.as_ref().map(|at| at.place)),
        (Param::Reason, raw.reason.as_ref().map(|at| at.place)),
        (Param::Segment, raw.segment.as_ref().map(|at| at.place)),
        (Param::Of, raw.of.as_ref().map(|at| at.place)),
        (Param::Within, raw.within.as_ref().map(|at| at.place)),
        (Param::Count, raw.count.map(|_| raw.place)),
        (Param::ShortAbandons, raw.short_abandons.map(|_| raw.place)),
        (Param::Minimum, raw.minimum.map(|_| raw.place)),
        (Param::HeldFor, raw.held_for.map(|_| raw.place)),
    ];
    for (param, place) in written {
        if let (Some(place), false) = (place, kpi.takes.contains(&param)) {
            let label = match kpi.takes {
                [] => "it is of the whole desk".to_owned(),
                takes => format!("beside it can stand: {}", listed(takes.iter().map(|param| param.word()))),
            };
            let title = format!("`{}` takes no `{}`", kpi.word, param.word());
            context.error(Diagnostic::at(place, title).label(label));
        }
    }
    let narrowed = raw.channel.as_ref().or(raw.reason.as_ref()).or(raw.segment.as_ref());
    if let (Some(team), Some(_), true) = (&raw.team, narrowed, kpi.takes.contains(&Param::Channel)) {
        let title = format!("`{}` is either of a team or of contacts", kpi.word);
        context.error(Diagnostic::at(team.place, title).help("write `team`, or `channel`, `reason` and `segment`"));
    }
}

fn limit(context: &mut Context<'_>, kpi: &Kpi, raw: &At<raw::Expectation>) -> Option<Limit> {
    let (figure, limit): (_, fn(f64) -> Limit) = match (&raw.max, &raw.min) {
        (Some(max), None) => (max, Limit::Max),
        (None, Some(min)) => (min, Limit::Min),
        _ => {
            let help = format!("write `max: {0}` or `min: {0}`", kpi.unit.example());
            context.error(Diagnostic::at(raw.place, "an expectation has one limit").help(help));
            return None;
        }
    };
    match read(kpi.unit, &figure.value.0) {
        Ok(value) => Some(limit(value)),
        Err(error) => {
            let label = format!("`{}` is {}, written like `{}`", kpi.word, kpi.unit.noun(), kpi.unit.example());
            context.error(Diagnostic::at(figure.place, error.title).label(label).help(error.help));
            None
        }
    }
}

/// A figure in a unit, as a number in seconds, a share, or a count.
fn read(unit: Unit, text: &str) -> Result<f64, UnitError> {
    match unit {
        Unit::Duration => units::duration(text).map(Span::secs_f64),
        Unit::Share => units::share(text),
        Unit::Count | Unit::Ratio => match text.trim().parse::<f64>() {
            Ok(number) if number.is_finite() && number >= 0.0 => Ok(number),
            _ => Err(UnitError::new(
                format!("`{}` is no plain number", units::shown(text)),
                "write a number without a unit, as in `3`",
            )),
        },
    }
}

fn window(context: &mut Context<'_>, disturbances: &[&str], raw: &At<raw::Expectation>) -> WindowName {
    let (name, after) = match (&raw.during, &raw.after) {
        (None, None) => return WindowName::Whole,
        (Some(_), Some(after)) => {
            context.error(Diagnostic::at(after.place, "`during` and `after` together").help("write one of the two"));
            return WindowName::Whole;
        }
        (Some(during), None) => (during, false),
        (None, Some(after)) => (after, true),
    };
    match (name.value.as_str(), after) {
        ("any", false) => return WindowName::DuringAny,
        ("baseline", false) => return WindowName::Baseline,
        ("whole", false) => return WindowName::Whole,
        _ => {}
    }
    if !disturbances.contains(&name.value.as_str()) {
        let words = if after { &[][..] } else { &["any", "baseline", "whole"][..] };
        let possible = disturbances.iter().copied().chain(words.iter().copied());
        context.error(
            Diagnostic::at(name.place, format!("unknown disturbance `{}`", units::shown(&name.value)))
                .label(format!("possible here: {}", listed(possible.clone())))
                .help(did_you_mean(&name.value, possible)),
        );
    }
    if after { WindowName::After(name.value.clone()) } else { WindowName::During(name.value.clone()) }
}

fn stat(raw: Option<raw::Stat>) -> Stat {
    match raw {
        None | Some(raw::Stat::Mean) => Stat::Mean,
        Some(raw::Stat::P50) => Stat::P50,
        Some(raw::Stat::P90) => Stat::P90,
        Some(raw::Stat::P95) => Stat::P95,
        Some(raw::Stat::P99) => Stat::P99,
    }
}

/// A name made from an expectation's words: `first_reply p90 chat ≤ 90s during llm-brownout`.
fn words(kpi: &Kpi, stat: Stat, raw: &raw::Expectation, window: &WindowName, limit: Limit) -> String {
    let mut words = vec![kpi.word.to_owned()];
    if raw.at.is_some() {
        words.push(stat.word().to_owned());
    }
    let narrowed = [&raw.channel, &raw.team, &raw.reason, &raw.segment, &raw.of];
    words.extend(narrowed.into_iter().flatten().map(|name| name.value.clone()));
    words.extend(raw.within.as_ref().map(|length| format!("within {}", length.value.0)));
    let figure = raw.max.as_ref().or(raw.min.as_ref()).map_or("", |figure| figure.value.0.as_str());
    let sign = if matches!(limit, Limit::Max(_)) { "≤" } else { "≥" };
    words.push(format!("{sign} {figure}"));
    if *window != WindowName::Whole {
        words.push(window.to_string());
    }
    words.join(" ")
}
