//! The continuity plan and live figures.

mod actions;

use super::{Context, Names};
use crate::scenario::defaults;
use crate::scenario::diagnostic::{Diagnostic, did_you_mean, listed};
use crate::scenario::model::{
    self, Action, Channel, Condition, Dependency, DependencyKind, Id, Live, LiveKpi, Notice, Plan, Rule, Until, Updates,
};
use crate::scenario::raw;
use crate::scenario::tree::At;
use crate::time::Span;
use crate::units;

/// What a plan is resolved against.
struct Desk<'a> {
    names: &'a Names,
    raw: &'a raw::Desk,
    dependencies: &'a [Dependency],
    channels: &'a [Channel],
    /// Teams that come only when called.
    on_call: Vec<String>,
    /// What the desk watches.
    watched: Vec<Id<Dependency>>,
}

pub(crate) fn plan(
    context: &mut Context<'_>,
    names: &Names,
    raw: &raw::Desk,
    dependencies: &[Dependency],
    channels: &[Channel],
) -> Plan {
    let Some(plan) = &raw.plan else { return Plan::default() };
    let mut notice = Vec::new();
    for (name, one) in &plan.notice.0 {
        let Some(dependency) = context.find(names.dependency(), name) else { continue };
        notice.push(self::notice(context, dependency, one));
    }
    let watched = notice.iter().map(|one| one.dependency).collect();
    let desk = Desk { names, raw, dependencies, channels, on_call: on_call(raw), watched };
    let rules = plan.rules.iter().enumerate().filter_map(|(number, one)| rule(context, &desk, number, one)).collect();
    let updates = plan.updates.as_ref().and_then(|updates| self::updates(context, &desk, updates));
    Plan { notice, rules, updates }
}

/// The teams that come only when called.
fn on_call(raw: &raw::Desk) -> Vec<String> {
    let on_call = raw.teams.0.iter().filter(|(_, team)| team.on_call == Some(true));
    on_call.map(|(name, _)| name.value.clone()).collect()
}

/// What a lever of a drill does to a desk.
pub(super) fn lever(
    context: &mut Context<'_>,
    names: &Names,
    (raw, desk): (&raw::Desk, &model::Desk),
    written: &[At<raw::Action>],
) -> Vec<Action> {
    let (dependencies, channels) = (&desk.dependencies, &desk.channels);
    let against = Desk { names, raw, dependencies, channels, on_call: on_call(raw), watched: Vec::new() };
    let mut actions = Vec::new();
    written.iter().for_each(|one| actions::action(context, &against, one, &mut actions));
    actions
}

fn status_page(context: &mut Context<'_>, desk: &Desk<'_>, name: &At<String>) -> Option<Id<Dependency>> {
    context.of_kind(desk.names.dependency(), name, desk.dependencies, DependencyKind::Statuspage, "a status page")
}

fn notice(context: &mut Context<'_>, dependency: Id<Dependency>, raw: &raw::Notice) -> Notice {
    let people = raw.people_notice.as_ref().map(|after| context.distribution(&after.value, after.place));
    let vendor = raw.vendor_says.as_ref().map(|says| context.distribution(&says.after.value, says.after.place));
    if let Some(short) = raw.probe.as_ref().filter(|length| length.value.0 < Span::from_secs(1)) {
        context.error(Diagnostic::at(short.place, "a probe more often than once a second").label("the least is `1s`"));
    }
    let asks = raw.probe.is_some() || raw.failures.is_some() || (people.is_none() && vendor.is_none());
    let probe = asks.then(|| raw.probe.as_ref().map_or(defaults::PROBE, |length| length.value.0));
    let failures = raw.failures.as_ref().map_or(defaults::FAILURES, |n| context.bounded("failures", n, 1, 1_000));
    Notice { dependency, probe, failures, people, vendor }
}

fn rule(context: &mut Context<'_>, desk: &Desk<'_>, number: usize, raw: &raw::Rule) -> Option<Rule> {
    let when = condition(context, desk, &raw.when);
    if raw.actions.is_empty() {
        context.error(
            Diagnostic::at(raw.when.place, "this rule does nothing")
                .help("write what is done: `do: [{bot: {use: llm-backup}}]`"),
        );
    }
    let mut actions = Vec::new();
    for one in &raw.actions {
        actions::action(context, desk, one, &mut actions);
    }
    let until = raw.until.as_ref().and_then(|until| self::until(context, desk, until));
    let at_most = raw.at_most.as_ref().map(|most| context.bounded("at_most", most, 1, 10_000));
    let cool_down = raw.cool_down.map_or(Span::ZERO, |length| length.0);
    let name = raw.name.as_ref().map_or_else(|| format!("rule {}", number + 1), |name| name.value.clone());
    let after = raw.after.map_or(Span::ZERO, |length| length.0);
    let auto = raw.auto.unwrap_or(false);
    Some(Rule { name, when: when?, after, until, at_most, cool_down, auto, actions })
}

fn until(context: &mut Context<'_>, desk: &Desk<'_>, raw: &At<raw::Until>) -> Option<Until> {
    let holds = match &raw.value {
        raw::Until::Length(length) if length.0 > Span::ZERO => return Some(Until::Length(length.0)),
        raw::Until::Length(_) => {
            context.error(Diagnostic::at(raw.place, "this rule would be undone at once").help("the least is `10s`"));
            return None;
        }
        raw::Until::Holds(holds) => holds,
    };
    match (&holds.up, &holds.kpi, &holds.below) {
        (Some(up), None, None) if !up.is_empty() => watched(context, desk, up).map(Until::Up),
        (None, Some(kpi), Some(below)) => {
            let live = raw::Live {
                kpi: kpi.clone(),
                channel: holds.channel.clone(),
                above: below.clone(),
                held_for: holds.held_for,
                over: holds.over,
            };
            self::live(context, desk.names, &live).map(Until::NotAbove)
        }
        _ => {
            let help = "write `until: 2h`, `until: {up: [llm]}` or `until: {kpi: wait, channel: phone, below: 1m}`";
            context.error(Diagnostic::at(raw.place, "this undoes nothing").help(help));
            None
        }
    }
}

/// Dependencies by name, of which the desk must know whether they are up.
fn watched(context: &mut Context<'_>, desk: &Desk<'_>, names: &[At<String>]) -> Option<Vec<Id<Dependency>>> {
    let mut list = Vec::new();
    for name in names {
        let Some(id) = context.find(desk.names.dependency(), name) else { continue };
        if !desk.watched.contains(&id) {
            let title = format!("nobody watches `{}`: this rule would never act", name.value);
            let help = format!(
                "write how its trouble is noticed: `notice: {{ {}: {{ probe: 30s, failures: 2 }} }}`",
                name.value
            );
            context.error(Diagnostic::at(name.place, title).help(help));
        }
        list.push(id);
    }
    (list.len() == names.len()).then_some(list)
}

fn condition(context: &mut Context<'_>, desk: &Desk<'_>, raw: &At<raw::When>) -> Option<Condition> {
    match (&raw.down, &raw.kpi, &raw.above) {
        (None, None, None)
            if raw.at.is_some() && raw.channel.is_none() && raw.held_for.is_none() && raw.over.is_none() =>
        {
            let at = raw.at.as_ref().map(|at| context.clock.moment(at))?;
            at.map(Condition::From).map_err(|error| context.error(*error)).ok()
        }
        _ if raw.at.is_some() => {
            let error = Diagnostic::at(raw.place, "a rule that goes by the clock has no other condition");
            context.error(error.help("write `when: {at: 35m}`"));
            None
        }
        (Some(down), None, None) => {
            if down.is_empty() {
                context.error(Diagnostic::at(raw.place, "`down` names nothing"));
            }
            watched(context, desk, down).map(Condition::Down)
        }
        (None, Some(kpi), Some(above)) => {
            let live = raw::Live {
                kpi: kpi.clone(),
                channel: raw.channel.clone(),
                above: above.clone(),
                held_for: raw.held_for,
                over: raw.over,
            };
            self::live(context, desk.names, &live).map(Condition::Above)
        }
        _ => {
            let help =
                "write `when: {down: [llm]}`, `when: {kpi: wait, channel: phone, above: 4m}` or `when: {at: 35m}`";
            context.error(Diagnostic::at(raw.place, "this is no condition").help(help));
            None
        }
    }
}

/// The live figures by word, with how their limits are read.
const LIVE: [(&str, LiveKpi); 4] = [
    ("wait", LiveKpi::Wait),
    ("waiting", LiveKpi::Waiting),
    ("abandonment", LiveKpi::Abandonment),
    ("blocked", LiveKpi::Blocked),
];

/// A live figure held against a limit.
pub(crate) fn live(context: &mut Context<'_>, names: &Names, raw: &raw::Live) -> Option<Live> {
    let channel = context.find_if(names.channel(), raw.channel.as_ref());
    let Some((_, kpi)) = LIVE.iter().find(|(word, _)| *word == raw.kpi.value) else {
        let words = LIVE.iter().map(|(word, _)| *word);
        context.error(
            Diagnostic::at(raw.kpi.place, format!("unknown live measure `{}`", units::shown(&raw.kpi.value)))
                .label(format!("what can be watched while the day runs: {}", listed(words.clone())))
                .help(did_you_mean(&raw.kpi.value, words)),
        );
        return None;
    };
    let text = raw.above.value.0.as_str();
    let above = match kpi {
        LiveKpi::Wait => units::duration(text).map(Span::secs_f64),
        LiveKpi::Waiting => text.parse::<u32>().map(f64::from).map_err(|_| {
            units::UnitError::new(
                format!("`{}` is no number of contacts", units::shown(text)),
                "a limit of `waiting` is a whole number, as in `60`",
            )
        }),
        LiveKpi::Abandonment | LiveKpi::Blocked => units::share(text),
    };
    let above = match above {
        Ok(above) => above,
        Err(error) => {
            context.error(Diagnostic::at(raw.above.place, error.title).help(error.help));
            return None;
        }
    };
    let share = matches!(kpi, LiveKpi::Abandonment | LiveKpi::Blocked);
    if raw.over.is_some() && !share {
        context.error(
            Diagnostic::at(raw.kpi.place, format!("`{}` has no window: it is what is so now", raw.kpi.value))
                .help("remove `over`"),
        );
    }
    let held_for = raw.held_for.map_or(Span::ZERO, |length| length.0);
    let over = raw.over.map_or(defaults::LIVE_OVER, |length| length.0);
    Some(Live { kpi: *kpi, channel: channel.ok()?, above, held_for, over })
}

fn updates(context: &mut Context<'_>, desk: &Desk<'_>, raw: &raw::Updates) -> Option<Updates> {
    let over = status_page(context, desk, &raw.over);
    let personally = match &raw.call_personally {
        None => None,
        Some(call) => Some((context.find(desk.names.segment(), &call.segment)?, call.within.0)),
    };
    let every = raw.every.as_ref().map_or(defaults::UPDATE_EVERY, |length| length.value.0);
    if let Some(short) = raw.every.as_ref().filter(|length| length.value.0 < Span::from_secs(1)) {
        context.error(Diagnostic::at(short.place, "updates more often than once a second").label("the least is `1s`"));
    }
    Some(Updates {
        over: over?,
        first_within: raw.first_within.map_or(defaults::FIRST_UPDATE, |length| length.0),
        every,
        back_after: raw.say_when_back.as_ref().map_or(defaults::BACK_AFTER, |say| say.after_fix.0),
        personally,
    })
}
