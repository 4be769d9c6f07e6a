//! `like:`: a recorded incident becomes an outage of several phases.

use super::{Context, day};
use crate::scenario::diagnostic::{Diagnostic, did_you_mean};
use crate::scenario::incidents;
use crate::scenario::model::{Dependency, Id, Outage, Phase, Replay, Window};
use crate::scenario::raw::{self, Incident, IncidentPhase};
use crate::scenario::tree::{At, Place};
use crate::time::{Span, Time};

/// The least and the most that an incident is compressed.
const COMPRESS: [f64; 2] = [0.1, 10_000.0];

/// The outage that replays the incident `like`, if it can on this dependency.
pub(super) fn replay(
    context: &mut Context<'_>,
    raw: &At<raw::Outage>,
    like: &At<String>,
    name: String,
    (of, dependency): (Id<Dependency>, &Dependency),
) -> Option<Outage> {
    let alone = stands_alone(context, raw);
    let compress = compress(context, raw);
    let incident = find(context, like)?;
    let from = context.clock.moment(&raw.at).map_err(|error| context.error(*error)).ok()?;
    let (Some(()), Some(compress)) = (alone, compress) else { return None };
    let mut phases = Vec::new();
    for (number, phase) in incident.phases.iter().enumerate() {
        let whole = Outage {
            name: name.clone(),
            of,
            window: window(phase, from, compress),
            rises_over: shorter(phase.rises_over.as_ref(), compress),
            recovers_over: shorter(phase.recovers_over.as_ref(), compress),
            fails: None,
            slow: None,
            flaps: None,
            drops_calls: raw.drops_calls.or(phase.drops_calls).unwrap_or(false),
            replay: None,
            reaches: Vec::new(),
        };
        let breaks = breaks(context, phase, number, like, &incident, (dependency, compress), whole)?;
        phases.push(Phase {
            effect: phase.effect.clone(),
            assumed: phase.assumed.iter().map(|one| one.value.word().to_owned()).collect(),
            open_end: phase.is_open(),
            simulated: phase.simulated.unwrap_or(true),
            breaks,
        });
    }
    let to = phases.iter().map(|phase| phase.breaks.window.to).max().unwrap_or(from);
    let over = phases.iter().map(|phase| phase.breaks.over()).max().unwrap_or(from);
    warn_of_the_end(context, raw.compress.as_ref().map_or(like.place, |one| one.place), from, over, &phases);
    context.data.extend(incidents::text(&like.value).map(str::to_owned));
    Some(Outage {
        name,
        of,
        window: Window { from, to },
        rises_over: Span::ZERO,
        recovers_over: over.since(to),
        fails: None,
        slow: None,
        flaps: None,
        drops_calls: phases.iter().any(|phase| phase.breaks.drops_calls),
        replay: Some(Box::new(Replay {
            incident: like.value.clone(),
            title: incident.title,
            compress,
            sources: incident.sources,
            phases,
        })),
        reaches: Vec::new(),
    })
}

/// Refuses what the incident says itself.
fn stands_alone(context: &mut Context<'_>, raw: &raw::Outage) -> Option<()> {
    let written: [(&str, Option<Place>); 7] = [
        ("for", raw.length.as_ref().map(|one| one.place)),
        ("until", raw.until.as_ref().map(|one| one.place)),
        ("fails", raw.fails.as_ref().map(|one| one.place)),
        ("slow", raw.slow.as_ref().map(|one| one.place)),
        ("flaps", raw.flaps.as_ref().map(|one| one.place)),
        ("rises_over", raw.rises_over.as_ref().map(|one| one.place)),
        ("recovers_over", raw.recovers_over.as_ref().map(|one| one.place)),
    ];
    let mut alone = Some(());
    for (word, place) in written.into_iter().filter_map(|(word, place)| Some((word, place?))) {
        let error = Diagnostic::at(place, format!("`{word}` and `like` together"))
            .label("the incident says for how long, who is hit and how")
            .help("`compress: 6` makes it six times shorter; `holdline incidents NAME` shows it phase by phase");
        context.error(error);
        alone = None;
    }
    alone
}

fn compress(context: &mut Context<'_>, raw: &raw::Outage) -> Option<f64> {
    let Some(compress) = &raw.compress else { return Some(1.0) };
    let [least, most] = COMPRESS;
    if (least..=most).contains(&compress.value.0) {
        return Some(compress.value.0);
    }
    let error = Diagnostic::at(compress.place, "no incident can be compressed so");
    context.error(error.label(format!("from {least} to {most} is possible; 6 is six times shorter")));
    None
}

fn find(context: &mut Context<'_>, like: &At<String>) -> Option<Incident> {
    let found = incidents::find(&like.value);
    if found.is_none() {
        let title = format!("unknown incident `{}`", crate::units::shown(&like.value));
        let error = Diagnostic::at(like.place, title)
            .label("`holdline incidents` lists those there are")
            .help(did_you_mean(&like.value, incidents::names()));
        context.error(error);
    }
    found
}

fn shorter(length: Option<&At<raw::Length>>, compress: f64) -> Span {
    length.map_or(Span::ZERO, |length| length.value.0.times(1.0 / compress))
}

fn window(phase: &IncidentPhase, from: Time, compress: f64) -> Window {
    let at = |span: Span| from + span.times(1.0 / compress);
    Window { from: at(phase.at.value.0), to: at(phase.to()) }
}

/// What a phase breaks at this dependency. Whatever is wrong with it is told at `like`: nothing else of it was written.
fn breaks(
    context: &mut Context<'_>,
    phase: &At<IncidentPhase>,
    number: usize,
    like: &At<String>,
    incident: &Incident,
    (dependency, compress): (&Dependency, f64),
    whole: Outage,
) -> Option<Outage> {
    let told = context.errors.len();
    let fails = match &phase.fails {
        None => None,
        Some(fails) => {
            let Some(raw) = told_by(context, dependency, &fails.value) else {
                let with = fails.value.with.as_ref().map_or("", |with| with.value.as_str());
                let kind = dependency.kind.word();
                let fits: Vec<&str> = incident.fits.iter().map(|kind| word(kind.value)).collect();
                let title = format!("`{}` cannot be replayed on `{}`", like.value, dependency.name);
                let error = Diagnostic::at(like.place, title)
                    .label(format!(
                        "its phase {} fails with `{with}`, and nothing of kind {kind} can fail so",
                        number + 1
                    ))
                    .help(format!("it fits what is of kind {}", fits.join(", ")));
                context.error(error);
                return None;
            };
            day::fails(context, dependency, &raw)
        }
    };
    let slow = phase.slow.as_ref().map(|slow| context.distribution(&slow.value, like.place));
    let flaps = phase.flaps.as_ref().map(|flaps| {
        let [down, up] = [&flaps.value.down, &flaps.value.up]
            .map(|length| At { value: raw::Length(length.value.0.times(1.0 / compress)), place: like.place });
        day::flaps(context, &raw::Flaps { down, up })
    });
    context.errors[told..].iter_mut().for_each(|error| error.place = Some(like.place));
    let sound = context.errors.len() == told;
    sound.then_some(Outage { fails, slow, flaps, ..whole })
}

/// How this dependency tells of a failure. What was said of the vendor's own (which requests, with which status) goes with it.
fn told_by(context: &Context<'_>, dependency: &Dependency, fails: &raw::Fails) -> Option<raw::Fails> {
    let Some(with) = &fails.with else { return Some(fails.clone()) };
    let mode = context.catalogue.told_by(dependency.kind, &with.value)?;
    if mode == with.value {
        return Some(fails.clone());
    }
    let with = Some(At { value: mode, place: with.place });
    Some(raw::Fails { share: fails.share, with, hits: fails.hits, ..raw::Fails::default() })
}

fn word(kind: raw::Kind) -> &'static str {
    crate::scenario::model::DependencyKind::from(kind).word()
}

/// An incident that goes on after the day was perhaps not meant so.
fn warn_of_the_end(context: &mut Context<'_>, place: Place, from: Time, over: Time, phases: &[Phase]) {
    let end = context.clock.end;
    let unseen =
        phases.iter().filter(|phase| phase.breaks.window.from >= end && phase.breaks.breaks_something()).count();
    if unseen == 0 || from >= end {
        return;
    }
    let begin = if unseen == 1 { "begins" } else { "begin" };
    let title = format!("{unseen} of the {} phases of this incident {begin} after the end of the day", phases.len());
    let factor = over.since(from).secs_f64() / end.since(from).secs_f64();
    let warning = Diagnostic::warning(place, title).label(format!("it lasts {}", over.since(from)));
    context.warnings.push(warning.help(format!("{:.1} times shorter it would fit: see `compress`", factor)));
}
