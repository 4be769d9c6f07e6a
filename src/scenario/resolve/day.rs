//! The bad day: outages and absences; its surges are in [`super::surge`].

use super::surge::surge;
use super::{Context, Names};
use crate::scenario::catalogue::{OnWay, Wire};
use crate::scenario::defaults;
use crate::scenario::diagnostic::{Diagnostic, did_you_mean, listed};
use crate::scenario::model::{
    Absence, Alone, Dependency, DependencyKind, Desk, Fails, Flaps, Hits, Id, Match, Missing, OnWire, Outage, Scenario,
    Team, Webhooks, Window,
};
use crate::scenario::raw;
use crate::scenario::tree::{At, Place};
use crate::time::{Span, Time};

/// The scenario without its expectations, and the names of its disturbances, also of those that were refused.
pub(crate) fn day(
    context: &mut Context<'_>,
    names: &Names,
    desk: Desk,
    raw: &raw::Scenario,
) -> (Scenario, Vec<String>) {
    let mut taken: Vec<String> = Vec::new();
    let surge_names: Vec<String> = raw
        .surges
        .iter()
        .enumerate()
        .map(|(n, one)| name(context, one.name.as_ref(), one.place, ("surge", n), &mut taken))
        .collect();
    let mut outages: Vec<Outage> = raw
        .outages
        .iter()
        .enumerate()
        .filter_map(|(n, one)| outage(context, names, &desk, n, one, &mut taken))
        .collect();
    super::stands_on::reach(context, raw.scenario.place, &desk.dependencies, &mut outages);
    let surges = surge_names.into_iter().zip(&raw.surges);
    let surges = surges.filter_map(|(name, one)| surge(context, names, &desk, &outages, name, one)).collect();
    let absences = raw
        .absences
        .iter()
        .enumerate()
        .filter_map(|(n, one)| absence(context, names, &desk, n, one, &mut taken))
        .collect();
    let warm_up = raw.warm_up.as_ref().map_or(defaults::WARM_UP, |length| length.value.0);
    if let Some(at) = raw.warm_up.as_ref().filter(|at| at.value.0 >= raw.length.value.0) {
        context.error(Diagnostic::at(at.place, "the warm-up is as long as the scenario: nothing would be measured"));
    }
    let mut scenario = Scenario {
        name: raw.scenario.value.clone(),
        about: raw.about.clone().unwrap_or_default(),
        desk: std::sync::Arc::new(desk),
        start: context.clock.start(),
        length: raw.length.value.0,
        warm_up,
        warm_start: None,
        drain: raw.drain.as_ref().map_or(defaults::DRAIN, |length| length.value.0),
        surges,
        outages,
        absences,
        stop_if: Vec::new(),
        expect: Vec::new(),
        target: None,
        drill: None,
        hash: String::new(),
    };
    scenario.follow_outages();
    (scenario, taken)
}

/// Words that `during:` and `after:` use themselves.
const RESERVED: [&str; 3] = ["any", "baseline", "whole"];

/// The name of a disturbance: as written, or made from its number; each is used once.
fn name(
    context: &mut Context<'_>,
    written: Option<&At<String>>,
    whole: Place,
    (word, number): (&str, usize),
    taken: &mut Vec<String>,
) -> String {
    let name = written.map_or_else(|| format!("{word}-{}", number + 1), |name| name.value.clone());
    if taken.contains(&name) {
        let title = format!("two disturbances are named `{name}`");
        let error = Diagnostic::at(written.map_or(whole, |written| written.place), title);
        context.error(match written {
            Some(_) => error.label("surges, outages and absences share their names"),
            None => error.label("it has no name of its own and is called so by its place").help("give it a `name`"),
        });
    }
    if let Some(written) = written {
        context.check_name("disturbance", written);
        if RESERVED.contains(&name.as_str()) {
            context.error(Diagnostic::at(written.place, format!("`{name}` is a word of `during:`, not a name")));
        }
    }
    taken.push(name.clone());
    name
}

pub(super) fn window(
    context: &mut Context<'_>,
    whole: Place,
    at: Option<&At<raw::Moment>>,
    length: Option<&At<raw::Length>>,
    until: Option<&At<raw::Moment>>,
    open_end: Option<Time>,
) -> Option<Window> {
    let window = match at.map(|at| context.clock.moment(at)) {
        Some(Err(error)) => Err(error),
        from => {
            let from = from.and_then(Result::ok).unwrap_or(Time::ZERO);
            context.clock.window(from, length, until, open_end)
        }
    };
    window
        .map_err(|mut error| {
            error.place.get_or_insert(whole);
            context.error(*error);
        })
        .ok()
}

fn outage(
    context: &mut Context<'_>,
    names: &Names,
    desk: &Desk,
    number: usize,
    raw: &At<raw::Outage>,
    taken: &mut Vec<String>,
) -> Option<Outage> {
    let name = name(context, raw.name.as_ref(), raw.place, ("outage", number), taken);
    let of: Id<Dependency> = context.find(names.dependency(), &raw.of)?;
    let dependency = desk.dependencies.get(of.index())?;
    let mut reached = super::stands_on::above(&desk.dependencies, of).into_iter().chain([of]);
    let carrier = reached.any(|one| desk.dependencies[one.index()].kind == DependencyKind::Twilio);
    if raw.drops_calls == Some(true) && !carrier {
        let title = format!("`drops_calls` can never matter: `{}` carries no calls", dependency.name);
        context.warnings.push(Diagnostic::warning(raw.of.place, title));
    }
    if let Some(like) = &raw.like {
        return super::history::replay(context, raw, like, name, (of, dependency));
    }
    if let Some(compress) = &raw.compress {
        let error = Diagnostic::at(compress.place, "`compress` without `like`");
        context.error(error.help("it makes a recorded incident shorter: `like: slack-2025-02-26, compress: 6`"));
    }
    let window = window(context, raw.place, Some(&raw.at), raw.length.as_ref(), raw.until.as_ref(), None);
    let flaps = raw.flaps.as_ref().map(|flaps| self::flaps(context, flaps));
    let slow = raw.slow.as_ref().map(|slow| context.distribution(&slow.value, slow.place));
    let fails = match (&raw.fails, &raw.slow) {
        (Some(fails), _) => Some(self::fails(context, dependency, &fails.value)?),
        // Only slow: nothing fails.
        (None, Some(_)) => None,
        // Neither is written, or it only flaps: it fails whole, in the vendor's usual way.
        (None, None) => Some(self::fails(context, dependency, &raw::Fails::default())?),
    };
    let window = window?;
    if let Some(rises) = raw.rises_over.as_ref().filter(|rises| rises.value.0 > window.to.since(window.from)) {
        let title = format!("outage `{name}` would be over before it is at its height");
        let lasts = window.to.since(window.from);
        context.error(Diagnostic::at(rises.place, title).label(format!("it lasts {lasts}")));
    }
    Some(Outage {
        name,
        of,
        window,
        rises_over: raw.rises_over.as_ref().map_or(Span::ZERO, |length| length.value.0),
        recovers_over: raw.recovers_over.as_ref().map_or(Span::ZERO, |length| length.value.0),
        fails,
        slow,
        flaps,
        drops_calls: raw.drops_calls.unwrap_or(false),
        replay: None,
        reaches: Vec::new(),
    })
}

pub(super) fn flaps(context: &mut Context<'_>, raw: &raw::Flaps) -> Flaps {
    for length in [&raw.down, &raw.up] {
        if length.value.0 < Span::from_secs(1) {
            context.error(
                Diagnostic::at(length.place, "it cannot come and go faster than this can be told")
                    .label("the least is `1s`"),
            );
        }
    }
    Flaps { down: raw.down.value.0, up: raw.up.value.0 }
}

pub(super) fn fails(context: &mut Context<'_>, dependency: &Dependency, raw: &raw::Fails) -> Option<Fails> {
    let with = match &raw.with {
        None => defaults::outage_mode(dependency.kind, context.catalogue),
        Some(with) => {
            let kind = dependency.kind.word();
            let possible: Vec<&str> = context.catalogue.names_for(kind).collect();
            if !possible.contains(&with.value.as_str()) {
                let error = Diagnostic::at(
                    with.place,
                    format!("`{}` cannot fail with `{}`", dependency.name, crate::units::shown(&with.value)),
                )
                .label(format!("what is of kind {kind} can fail with {}", listed(possible.iter().copied())))
                .help(did_you_mean(&with.value, possible.iter().copied()));
                context.error(error);
                return None;
            }
            with.value.clone()
        }
    };
    let seen_after = context.catalogue.get(&with).map_or(Some(Span::ZERO), |mode| mode.wire.seen_after());
    let hits = match raw.hits.as_ref().map(|hits| hits.value) {
        None => Hits::default(),
        Some(raw::Hits::Requests) => Hits::Requests,
        Some(raw::Hits::Customers) => Hits::Customers,
        Some(raw::Hits::Lines) => {
            lines(context, dependency, raw);
            Hits::Lines
        }
    };
    let on_wire = on_wire(context, raw, &with, dependency.kind.word());
    let retry_after = raw.retry_after.as_ref().map(|wait| wait.value.0);
    let status = raw.status.as_ref().map(|status| status.value);
    Some(Fails { share: raw.share.map_or(1.0, |share| share.0), with, seen_after, hits, on_wire, retry_after, status })
}

/// Lines can be dead only where there are some, and not all of them.
fn lines(context: &mut Context<'_>, dependency: &Dependency, raw: &raw::Fails) {
    let Some(place) = raw.hits.as_ref().map(|hits| hits.place) else { return };
    let error = |title: String, help: &str| Diagnostic::at(place, title).help(help);
    if dependency.lines.is_none() {
        let title = format!("`{}` has no number of lines of which a share could be dead", dependency.name);
        context.error(error(title, "write `lines: 60` in the dependency"));
    }
    if raw.share.is_none_or(|share| share.0 >= 1.0) {
        let help = "write `share: 30%`; a carrier that is dead is one without `hits`";
        context.error(error("all lines are dead".to_owned(), help));
    }
    if let Some(with) = &raw.with {
        let title = format!("`with: {}` and `hits: lines` together", crate::units::shown(&with.value));
        context
            .error(Diagnostic::at(with.place, title).label("a dead line carries no call: there is nothing to choose"));
    }
}

/// What of a failure only the wire knows: some requests, told apart by what they say, open WebSockets, or webhooks.
fn on_wire(context: &mut Context<'_>, raw: &raw::Fails, with: &str, kind: &str) -> Option<OnWire> {
    let mode = context.catalogue.get(with);
    let by_mode = mode.is_some_and(|mode| mode.befalls_some(kind));
    let form = mode.map(|mode| &mode.wire);
    let of_webhooks = form.is_some_and(Wire::of_webhooks);
    let comes_late = matches!(form, Some(Wire::Webhook { does: OnWay::Delay | OnWay::Reorder, .. }));
    if let Some(late) = raw.late.as_ref().filter(|_| !comes_late) {
        let error = Diagnostic::at(late.place, format!("`late` does nothing to `{with}`"))
            .label("it is for webhooks that come late, as with `webhook_delay` and `webhook_reorder`");
        context.error(error);
    }
    if let Some(wait) = raw.retry_after.as_ref().filter(|_| !matches!(form, Some(Wire::Reply(_)))) {
        let error = Diagnostic::at(wait.place, format!("`retry_after` does nothing to `{with}`"));
        context.error(error.label("it is for failures that are replies, such as a vendor's 429"));
    }
    if let Some(status) = &raw.status {
        if !matches!(form, Some(Wire::Reply(_))) {
            let error = Diagnostic::at(status.place, format!("`status` does nothing to `{with}`"));
            context.error(error.label("it is for failures that are replies, such as `error_500`"));
        } else if !(200..600).contains(&status.value) {
            context.error(Diagnostic::at(status.place, "no such status").label("there are 200 to 599"));
        }
    }
    if let Some(first) = raw.first.as_ref().filter(|first| first.value == 0) {
        context.error(Diagnostic::at(first.place, "nothing would fail").label("the least is 1"));
    }
    if form.is_some_and(Wire::strikes_connections) {
        let narrows = raw.narrow.as_ref().map(|narrow| ("match", narrow.place));
        for (word, place) in narrows.into_iter().chain(raw.first.as_ref().map(|first| ("first", first.place))) {
            let error = Diagnostic::at(place, format!("`{word}` does nothing to `{with}`"));
            context.error(error.label("it is for failures of requests; this one befalls connections, as `share` says"));
        }
    }
    if raw.narrow.is_none() && raw.first.is_none() && !by_mode {
        return None;
    }
    let narrow = raw.narrow.as_ref().map(|narrow| narrow.value.clone()).unwrap_or_default();
    let fields = [("model", narrow.model), ("channel", narrow.channel), ("to", narrow.to), ("from", narrow.from)];
    let fields = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
    let late = match (&raw.late, comes_late) {
        (Some(late), _) => late.value.0,
        (None, true) => defaults::WEBHOOK_LATE,
        (None, false) => Span::ZERO,
    };
    Some(OnWire {
        narrow: Match {
            endpoint: narrow.endpoint,
            method: narrow.method,
            path: narrow.path,
            text: narrow.text,
            fields,
        },
        first: raw.first.as_ref().map(|first| first.value),
        webhooks: of_webhooks.then_some(Webhooks { late }),
        by_mode,
    })
}

pub(super) fn absence(
    context: &mut Context<'_>,
    names: &Names,
    desk: &Desk,
    number: usize,
    raw: &At<raw::Absence>,
    taken: &mut Vec<String>,
) -> Option<Absence> {
    let name = name(context, raw.name.as_ref(), raw.place, ("absence", number), taken);
    let team: Id<Team> = context.find(names.team(), &raw.team)?;
    let size = desk.teams.get(team.index()).map_or(0, |team| team.people);
    if let Some(people) = raw.people.as_ref().filter(|at| matches!(at.value, raw::People::Count(count) if count > size))
    {
        let title = format!("team `{}` has only {size} people", raw.team.value);
        context.warnings.push(Diagnostic::warning(people.place, title).label("all of them will be missing"));
    }
    let alone = alone(context, raw)?;
    let who = match (&raw.people, &raw.each, &raw.outbreak) {
        (None, None, None) if alone.is_some() => Missing::Share(1.0),
        (Some(people), None, None) => match people.value {
            raw::People::Count(count) => Missing::People(count),
            raw::People::Share(share) => Missing::Share(share),
        },
        (None, Some(each), None) => Missing::Each(each.value.0),
        (None, None, Some(outbreak)) => self::outbreak(context, outbreak, raw, size)?,
        _ => {
            let help = "write `people: 4`, `people: 25%` (of those scheduled), `each: 8%` (everyone by themselves) or \
                        `outbreak: {first: 1, doubles_every: 3h, away_for: 2d}` (an illness that spreads); with `late`, \
                        `leaves` or `closed` it is the whole team if not said";
            context.error(
                Diagnostic::at(raw.place, format!("absence `{name}` does not say once who is missing")).help(help),
            );
            return None;
        }
    };
    let close = context.clock.close;
    let mut window = window(context, raw.place, raw.at.as_ref(), raw.length.as_ref(), raw.until.as_ref(), Some(close))?;
    // Who is late, or leaves early, is so by their shift.
    let by_shift = raw.at.is_none() && matches!(alone, Some(Alone::Late(_) | Alone::Leaves(_)));
    let shifts = desk.teams.get(team.index()).map_or(&[][..], |team| &team.shift);
    if let Some(first) = shifts.iter().map(|shift| shift.from).min().filter(|from| by_shift && *from > window.from) {
        window.from = first.min(window.to);
    }
    let usual = match (&who, &alone) {
        (Missing::Outbreak { .. }, _) => "ill",
        (_, Some(Alone::Late(_))) => "late",
        (_, Some(Alone::Leaves(_))) => "left early",
        (_, Some(Alone::Home { .. })) => "site closed",
        _ => "absent",
    };
    if let Some(last) = who.lasts(size) {
        window.to = close.min(window.from + last);
    }
    let kind = raw.kind.clone().unwrap_or_else(|| usual.to_owned());
    let chance = raw.chance.as_ref().map_or(1.0, |chance| chance.value.0);
    Some(Absence { name, team, window, who, kind, cut: super::desk::cut(raw.cut), chance, alone })
}

/// How each comes or goes by themselves; the inner `None`: nobody does, the outer: it cannot be.
fn alone(context: &mut Context<'_>, raw: &At<raw::Absence>) -> Option<Option<Alone>> {
    let places = [
        ("late", raw.late.as_ref().map(|one| one.place)),
        ("leaves", raw.leaves.as_ref().map(|one| one.place)),
        ("closed", raw.closed.as_ref().map(|one| one.place)),
        ("outbreak", raw.outbreak.as_ref().map(|one| one.place)),
    ];
    let said: Vec<_> = places.into_iter().filter_map(|(word, place)| Some((word, place?))).collect();
    if let [(first, _), (word, place), ..] = said[..] {
        let error = Diagnostic::at(place, format!("`{first}` and `{word}` together"));
        context.error(error.label("each is an absence of its own").help("write two absences"));
        return None;
    }
    let crowd = raw.people.as_ref().map(|one| one.place).or(raw.each.as_ref().map(|one| one.place));
    if let (Some(place), Some(_)) = (crowd, &raw.closed) {
        let error = Diagnostic::at(place, "a closed site is closed for the whole team");
        context.error(error.help("say by `from_home` how many of them can work on"));
        return None;
    }
    Some(match (&raw.late, &raw.leaves, &raw.closed) {
        (Some(late), _, _) => Some(Alone::Late(context.distribution(&late.value, late.place))),
        (_, Some(leaves), _) => Some(Alone::Leaves(context.distribution(&leaves.value, leaves.place))),
        (_, _, Some(closed)) => {
            let share = closed.value.from_home.as_ref().map_or(0.0, |share| share.value.0);
            Some(Alone::Home { share, after: closed.value.after.value.0 })
        }
        _ => None,
    })
}

fn outbreak(context: &mut Context<'_>, outbreak: &At<raw::Outbreak>, raw: &raw::Absence, size: u32) -> Option<Missing> {
    let ends = [raw.length.as_ref().map(|one| ("for", one.place)), raw.until.as_ref().map(|one| ("until", one.place))];
    let mut sound = true;
    for (word, place) in ends.into_iter().flatten() {
        let error = Diagnostic::at(place, format!("`{word}` and `outbreak` together"));
        context.error(error.label("how long each is away is said by `away_for`"));
        sound = false;
    }
    for (word, length) in [("doubles_every", &outbreak.value.doubles_every), ("away_for", &outbreak.value.away_for)] {
        if length.value.0 < Span::MINUTE {
            let error = Diagnostic::at(length.place, format!("`{word}` of {} is too short", length.value.0));
            context.error(error.label("the least is `1m`"));
            sound = false;
        }
    }
    let first = context.bounded("first", &outbreak.value.first, 1, size.max(1));
    let raw::Outbreak { doubles_every, away_for, .. } = &outbreak.value;
    sound.then_some(Missing::Outbreak { first, doubles_every: doubles_every.value.0, away_for: away_for.value.0 })
}
