//! The desk: names to ids, shares that sum to one, shifts and rates to offsets.

use super::{Context, Known, Names, allowed, bot, customers, service, stands_on};
use crate::scenario::defaults;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::hosts::Pattern;
use crate::scenario::model::{
    Breaks, Channel, Costs, Cut, Dependency, DependencyKind, Desk, Id, Reason, Stream, Style, Team, Without,
};
use crate::scenario::raw;
use crate::scenario::tree::{At, Place};
use crate::time::Time;
use crate::units::shown;

/// People in one team.
const MOST_PEOPLE: u32 = 100_000;
/// Contacts in a backlog.
const MOST_BACKLOG: u32 = 1_000_000;

pub(crate) fn desk(context: &mut Context<'_>, names: &Names, raw: &raw::Desk) -> Desk {
    let mut dependencies = dependencies(context, &raw.dependencies);
    stands_on::resolve(context, names, &raw.dependencies, &mut dependencies);
    let channels = channels(context, names, &raw.channels);
    if channels.is_empty() {
        context.error(
            Diagnostic::at(raw.desk.place, "this desk has no channels")
                .help("write `channels: { phone: { style: call } }`"),
        );
    }
    let desk = Desk {
        name: raw.desk.value.clone(),
        about: raw.about.clone().unwrap_or_default(),
        reasons: reasons(context, raw),
        customers: customers::customers(context, names, raw.customers.as_ref(), channels.len()),
        streams: streams(context, names, &raw.contacts),
        start_with: start_with(context, names, &raw.start_with),
        bot: raw.bot.as_ref().and_then(|bot| bot::bot(context, names, bot, &dependencies)),
        teams: teams(context, names, raw, &channels),
        without: without(context, names, raw),
        self_service: self_service(context, names, raw),
        costs: raw.costs.as_ref().map(|costs| self::costs(context, costs)),
        plan: super::plan::plan(context, names, raw, &dependencies, &channels),
        dependencies,
        channels,
    };
    if raw.contacts.is_empty() && raw.start_with.0.is_empty() {
        context.error(
            Diagnostic::at(raw.desk.place, "nobody contacts this desk")
                .help("write `contacts: [ { channel: phone, rate: 100/h } ]`"),
        );
    }
    desk
}

impl From<raw::Kind> for DependencyKind {
    fn from(kind: raw::Kind) -> Self {
        match kind {
            raw::Kind::Slack => Self::Slack,
            raw::Kind::Zendesk => Self::Zendesk,
            raw::Kind::Openai => Self::Openai,
            raw::Kind::Twilio => Self::Twilio,
            raw::Kind::Statuspage => Self::Statuspage,
            raw::Kind::Smtp => Self::Smtp,
            raw::Kind::Http => Self::Http,
            raw::Kind::Tcp => Self::Tcp,
        }
    }
}

fn dependencies(context: &mut Context<'_>, raw: &raw::Named<raw::Dependency>) -> Vec<Dependency> {
    let (mut list, mut taken) = (Vec::new(), Vec::new());
    for (name, one) in &raw.0 {
        let kind = DependencyKind::from(one.kind.value);
        if let (Some(lines), false) = (&one.lines, kind == DependencyKind::Twilio) {
            context.error(Diagnostic::at(lines.place, "only a carrier (`kind: twilio`) has lines"));
        }
        let lines = one.lines.as_ref().map(|lines| context.bounded("lines", lines, 1, 1_000_000));
        let hosts = hosts(context, &one.hosts, &mut taken);
        let stubs = service::stubs(context, kind, one);
        let upstream = service::upstream(context, kind, one);
        let limits = allowed::limits(context, kind, one.limits.as_ref());
        let known = Dependency::new(name.value.clone(), kind);
        list.push(Dependency { lines, hosts, stubs, upstream, limits, ..known });
    }
    list
}

/// The hosts of one dependency; `taken` are those of the ones before.
fn hosts(context: &mut Context<'_>, written: &[At<String>], taken: &mut Vec<Pattern>) -> Vec<String> {
    let mut list = Vec::new();
    for host in written {
        match Pattern::read(&host.value) {
            Ok(pattern) if taken.contains(&pattern) => {
                context.error(Diagnostic::at(host.place, format!("the host `{pattern}` is named twice")));
            }
            Ok(pattern) => {
                list.push(pattern.to_string());
                taken.push(pattern);
            }
            Err(why) => {
                let title = format!("`{}` is no host", shown(&host.value));
                context.error(Diagnostic::at(host.place, title).label(why));
            }
        }
    }
    list
}

fn channels(context: &mut Context<'_>, names: &Names, raw: &raw::Named<raw::Channel>) -> Vec<Channel> {
    let mut list = Vec::new();
    for (name, one) in &raw.0 {
        let style = match one.style {
            raw::Style::Call => Style::Call,
            raw::Style::Chat => Style::Chat,
            raw::Style::Ticket => Style::Ticket,
        };
        let over = one.over.iter().filter_map(|name| context.find(names.dependency(), name)).collect();
        let open = context.clock.windows(one.open.as_ref(), one.days.as_ref());
        list.push(Channel { name: name.value.clone(), style, over, open });
    }
    list
}

/// Shares of a list that must sum to one: those without a share divide the rest equally.
pub(super) fn shares(context: &mut Context<'_>, what: &str, list: &[(Place, Option<&At<raw::Share>>)]) -> Vec<f64> {
    let given: f64 = list.iter().filter_map(|(_, share)| share.map(|share| share.value.0)).sum();
    let open = list.iter().filter(|(_, share)| share.is_none()).count();
    let place = list
        .iter()
        .rev()
        .find_map(|(_, share)| share.map(|share| share.place))
        .or(list.first().map(|(place, _)| *place));
    let too_much = given > 1.0 + 1e-9;
    let too_little = open == 0 && given < 1.0 - 1e-9;
    if let (Some(place), true) = (place, too_much || too_little) {
        let percent = (given * 1e6).round() / 1e4;
        let title = format!("the shares of the {what} sum to {percent}%, not 100%");
        context.error(Diagnostic::at(place, title).help("one without a `share` takes what the others leave"));
    }
    let rest = if open > 0 { (1.0 - given).max(0.0) / open as f64 } else { 0.0 };
    list.iter().map(|(_, share)| share.map_or(rest, |share| share.value.0)).collect()
}

fn reasons(context: &mut Context<'_>, raw: &raw::Desk) -> Vec<Reason> {
    let list: Vec<_> = raw.reasons.0.iter().map(|(name, one)| (name.place, one.share.as_ref())).collect();
    if list.is_empty() {
        let help = "write `reasons: { any: { handle: {exponential: 3m} } }`";
        context.error(Diagnostic::at(raw.desk.place, "this desk has no reasons for contacts").help(help));
    }
    let shares = shares(context, "reasons", &list);
    let mut reasons = Vec::new();
    for ((name, one), share) in raw.reasons.0.iter().zip(shares) {
        reasons.push(Reason {
            name: name.value.clone(),
            share,
            bot_solves: one.bot_solves.map_or(defaults::BOT_SOLVES, |share| share.0),
            handle: context.distribution(&one.handle.value, one.handle.place),
            solved_first_time: one.solved_first_time.map_or(defaults::SOLVED_FIRST_TIME, |share| share.0),
            self_service: one.self_service.as_ref().map_or(defaults::SELF_SERVICE, |share| share.value.0),
        });
    }
    reasons
}

/// What self-service runs over.
fn self_service(context: &mut Context<'_>, names: &Names, raw: &raw::Desk) -> Vec<Id<Dependency>> {
    let Some(said) = &raw.self_service else { return Vec::new() };
    if raw.reasons.0.iter().all(|(_, reason)| reason.self_service.is_none()) {
        let warning = Diagnostic::warning(said.place, "nobody helps themselves: no reason says which share does");
        context.warnings.push(warning.help("write `self_service: 30%` in a reason"));
    }
    said.value.over.iter().filter_map(|name| context.find(names.dependency(), name)).collect()
}

/// The largest day-to-day variation: above it most days bring nobody and a few bring everybody.
const MOST_DAY_CV: f64 = 2.0;

fn streams(context: &mut Context<'_>, names: &Names, raw: &[raw::Stream]) -> Vec<Stream> {
    let mut streams: Vec<Stream> = Vec::new();
    for (number, one) in raw.iter().enumerate() {
        let Some(channel) = context.find(names.channel(), &one.channel) else { continue };
        let Ok(reason) = context.find_if(names.reason(), one.reason.as_ref()) else { continue };
        let keys = match &one.rate.value {
            raw::Rates::Always(rate) => vec![(0, *rate)],
            raw::Rates::ByClock(list) => by_clock(context, list, one.rate.place),
        };
        let rate = context.clock.steps(&keys, one.days.as_ref());
        let name = match &one.name {
            Some(name) => name.value.clone(),
            None if streams.iter().all(|other| other.name != one.channel.value) => one.channel.value.clone(),
            None => format!("{}-{}", one.channel.value, number + 1),
        };
        if let Some(at) = one.name.as_ref().filter(|name| streams.iter().any(|other| other.name == name.value)) {
            context.error(Diagnostic::at(at.place, format!("two streams are named `{}`", at.value)));
        }
        let day_cv = one.day_to_day.as_ref().map_or(0.0, |day| day.cv.value.0);
        if let Some(day) = one.day_to_day.as_ref().filter(|_| day_cv > MOST_DAY_CV) {
            let error = Diagnostic::at(day.cv.place, format!("no desk is as fickle as a cv of {day_cv}"));
            context.error(error.label(format!("the limit is {MOST_DAY_CV}")).help("twelve percent is written `0.12`"));
        }
        let own = one.day_to_day.as_ref().and_then(|day| day.own).unwrap_or(false);
        let day_group = if own { number as u16 + 1 } else { 0 };
        streams.push(Stream { name, channel, rate, reason, day_cv, day_group });
    }
    streams
}

fn by_clock(context: &mut Context<'_>, list: &[(At<String>, raw::Rate)], place: Place) -> Vec<(u32, raw::Rate)> {
    let mut keys: Vec<(u32, raw::Rate)> = Vec::new();
    if list.is_empty() {
        context.error(
            Diagnostic::at(place, "no rate is written here").help("write `rate: 60/h` or `rate: {\"08:00\": 60/h}`"),
        );
    }
    for (clock, rate) in list {
        match crate::units::clock_time(&clock.value) {
            Ok(second) if keys.iter().any(|(other, _)| *other == second) => {
                context.error(Diagnostic::at(clock.place, "this clock time is written twice"));
            }
            Ok(second) => keys.push((second, *rate)),
            Err(error) => context.error(Diagnostic::at(clock.place, error.title).help(error.help)),
        }
    }
    keys
}

fn start_with(context: &mut Context<'_>, names: &Names, raw: &raw::Named<At<u32>>) -> Vec<(Id<Channel>, u32)> {
    let mut list = Vec::new();
    for (name, count) in &raw.0 {
        if let Some(channel) = context.find(names.channel(), name) {
            list.push((channel, context.bounded("start_with", count, 0, MOST_BACKLOG)));
        }
    }
    list
}

impl Context<'_> {
    /// A dependency that is a language model.
    pub(crate) fn model(
        &mut self,
        names: &Names,
        name: &At<String>,
        dependencies: &[Dependency],
    ) -> Option<Id<Dependency>> {
        self.of_kind(names.dependency(), name, dependencies, DependencyKind::Openai, "a language model")
    }

    /// A dependency of a certain kind.
    pub(crate) fn of_kind(
        &mut self,
        known: Known<'_>,
        name: &At<String>,
        dependencies: &[Dependency],
        kind: DependencyKind,
        what: &str,
    ) -> Option<Id<Dependency>> {
        let id: Id<Dependency> = self.find(known, name)?;
        let found = dependencies.get(id.index())?;
        if found.kind == kind {
            return Some(id);
        }
        let fitting = dependencies.iter().filter(|one| one.kind == kind).map(|one| one.name.as_str());
        let label = format!(
            "`{}` is of kind {}; of kind {}: {}",
            found.name,
            found.kind.word(),
            kind.word(),
            crate::scenario::diagnostic::listed(fitting)
        );
        self.error(Diagnostic::at(name.place, format!("`{}` is not {what}", found.name)).label(label));
        None
    }
}

pub(crate) fn cut(raw: Option<raw::Cut>) -> Cut {
    match raw {
        None => Cut::default(),
        Some(raw::Cut::Finish) => Cut::Finish,
        Some(raw::Cut::Requeue) => Cut::Requeue,
        Some(raw::Cut::Drop) => Cut::Drop,
        Some(raw::Cut::Hold) => Cut::Hold,
    }
}

/// What other figures are counted in.
const UNITS: [&str; 6] = ["count", "share", "seconds", "ratio", "people", "minutes"];
/// Bytes in the word for money.
const MOST_MONEY: usize = 16;

fn costs(context: &mut Context<'_>, raw: &raw::Costs) -> Costs {
    if let Some(word) = raw.money.as_ref().filter(|word| {
        word.value.is_empty()
            || word.value.len() > MOST_MONEY
            || word.value.chars().any(char::is_control)
            || UNITS.contains(&word.value.as_str())
    }) {
        let title = format!("`{}` is no word for money", shown(&word.value));
        context.error(
            Diagnostic::at(word.place, title)
                .help(format!("write a short one, as in `EUR`: at most {MOST_MONEY} bytes")),
        );
    }
    let number = |cost: Option<raw::Number>| cost.map_or(0.0, |number| number.0);
    Costs {
        money: raw.money.as_ref().map_or_else(|| defaults::MONEY.to_owned(), |word| word.value.clone()),
        person_hour: number(raw.person_hour),
        bot_answer: number(raw.bot_answer),
        call_minute: number(raw.call_minute),
        lost_contact: number(raw.lost_contact),
    }
}

fn teams(context: &mut Context<'_>, names: &Names, desk: &raw::Desk, channels: &[Channel]) -> Vec<Team> {
    let mut list = Vec::new();
    for (name, one) in &desk.teams.0 {
        let people = context.bounded("people", &one.people, 0, MOST_PEOPLE);
        let answers: Vec<Id<Channel>> =
            one.answers.iter().filter_map(|name| context.find(names.channel(), name)).collect();
        let at_once = one.at_once.as_ref().map_or(defaults::AT_ONCE, |n| context.bounded("at_once", n, 1, 1_000));
        let chats =
            answers.iter().any(|id| channels.get(id.index()).is_some_and(|channel| channel.style == Style::Chat));
        if let Some(at) = one.at_once.as_ref().filter(|at| at.value > 1 && !chats) {
            let label = "this team answers no chats; calls and tickets count one at a time";
            context.warnings.push(Diagnostic::warning(at.place, "this `at_once` can never matter").label(label));
        }
        if let Some(at) = one.slower.as_ref().filter(|_| at_once == 1) {
            let label = "its people have one contact at a time: say `at_once` too";
            context.warnings.push(Diagnostic::warning(at.place, "this `slower` can never matter").label(label));
        }
        let shift = context.clock.windows(one.shift.as_ref(), one.days.as_ref());
        if shift.len() == 1 && shift[0].to == Time::ZERO {
            context.warnings.push(Diagnostic::warning(
                name.place,
                format!("team `{}` is never on shift in this scenario", name.value),
            ));
        }
        let breaks = one.breaks.as_ref().and_then(|breaks| {
            let (each, length) = (breaks.each.value.0, breaks.length.0);
            if each <= length {
                context
                    .error(Diagnostic::at(breaks.each.place, "a break must be shorter than the time between breaks"));
                return None;
            }
            Some(Breaks { each, length })
        });
        let needs = one.needs.iter().filter_map(|name| context.find(names.dependency(), name)).collect();
        list.push(Team {
            name: name.value.clone(),
            people,
            answers,
            at_once,
            slower: one.slower.as_ref().map_or(defaults::SLOWER, |share| share.value.0),
            shift,
            breaks,
            on_call: one.on_call.unwrap_or(false),
            needs,
            cut: cut(one.cut),
            person_hour: one.person_hour.as_ref().map(|cost| cost.value.0),
        });
        if let (Some(at), None) = (&one.person_hour, &desk.costs) {
            let warning = Diagnostic::warning(at.place, "nobody counts this: the desk states no costs");
            context.warnings.push(warning.help("write `costs: {money: EUR}` in the desk"));
        }
    }
    list
}

fn without(context: &mut Context<'_>, names: &Names, raw: &raw::Desk) -> Vec<Without> {
    let mut list = Vec::new();
    for (name, one) in &raw.without.0 {
        let Some(dependency) = context.find(names.dependency(), name) else { continue };
        let needed = raw.teams.0.iter().any(|(_, team)| team.needs.iter().any(|need| need.value == name.value));
        if !needed {
            let title = "this entry can never matter";
            let label = format!("no team needs `{}`", name.value);
            context.warnings.push(Diagnostic::warning(name.place, title).label(label));
        }
        let factor = |change: Option<raw::Change>| change.map_or(1.0, |change| change.0);
        list.push(Without { dependency, handle: factor(one.handle), solved_first_time: factor(one.solved_first_time) });
    }
    list
}
