//! The continuity plan and live figures.

use super::{Context, Names};
use crate::scenario::defaults;
use crate::scenario::diagnostic::{Diagnostic, did_you_mean, listed};
use crate::scenario::model::{
    Action, Channel, Condition, Dependency, DependencyKind, Id, Live, LiveKpi, Notice, Plan, Rule, Style, Updates,
};
use crate::scenario::raw;
use crate::scenario::tree::{At, Place};
use crate::time::Span;
use crate::units;

/// What a plan is resolved against.
struct Desk<'a> {
    names: &'a Names,
    dependencies: &'a [Dependency],
    channels: &'a [Channel],
    has_bot: bool,
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
        let probe = one.probe.as_ref().map_or(defaults::PROBE, |length| length.value.0);
        if let Some(short) = one.probe.as_ref().filter(|length| length.value.0 < Span::from_secs(1)) {
            context
                .error(Diagnostic::at(short.place, "a probe more often than once a second").label("the least is `1s`"));
        }
        let failures = one.failures.as_ref().map_or(defaults::FAILURES, |n| context.bounded("failures", n, 1, 1_000));
        notice.push(Notice { dependency, probe, failures });
    }
    let watched = notice.iter().map(|one| one.dependency).collect();
    let on_call = raw.teams.0.iter().filter(|(_, team)| team.on_call == Some(true));
    let on_call = on_call.map(|(name, _)| name.value.clone()).collect();
    let desk = Desk { names, dependencies, channels, has_bot: raw.bot.is_some(), on_call, watched };
    let rules = plan.rules.iter().enumerate().filter_map(|(number, one)| rule(context, &desk, number, one)).collect();
    let updates = plan.updates.as_ref().and_then(|updates| self::updates(context, &desk, updates));
    Plan { notice, rules, updates }
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
        action(context, desk, one, &mut actions);
    }
    let name = raw.name.as_ref().map_or_else(|| format!("rule {}", number + 1), |name| name.value.clone());
    Some(Rule { name, when: when?, after: raw.after.map_or(Span::ZERO, |length| length.0), actions })
}

fn condition(context: &mut Context<'_>, desk: &Desk<'_>, raw: &At<raw::When>) -> Option<Condition> {
    match (&raw.down, &raw.kpi, &raw.above) {
        (Some(down), None, None) => {
            let mut list = Vec::new();
            for name in down {
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
            if down.is_empty() {
                context.error(Diagnostic::at(raw.place, "`down` names nothing"));
            }
            (list.len() == down.len()).then_some(Condition::Down(list))
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
            let help = "write `when: {down: [llm]}` or `when: {kpi: wait, channel: phone, above: 4m}`";
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

fn action(context: &mut Context<'_>, desk: &Desk<'_>, raw: &At<raw::Action>, actions: &mut Vec<Action>) {
    match &raw.value {
        raw::Action::Bot(bot) => actions.extend(bot_action(context, desk, bot, raw.place)),
        raw::Action::Carry(pairs) => {
            for (channel, over) in &pairs.0 {
                actions.extend(carry(context, desk, channel, over));
            }
        }
        raw::Action::CallIn(call) => {
            if let Some(team) = context.find(desk.names.team(), &call.team) {
                if !desk.on_call.contains(&call.team.value) {
                    let title = format!("team `{}` is not on call: it is there anyway", call.team.value);
                    let warning = Diagnostic::warning(call.team.place, title).help("write `on_call: true` in the team");
                    context.warnings.push(warning);
                }
                actions.push(Action::CallIn {
                    team,
                    ready_in: call.ready_in.map_or(defaults::READY_IN, |length| length.0),
                });
            }
        }
        raw::Action::OfferCallback(offer) => {
            let Ok(channel) = context.find_if::<Channel>(desk.names.channel(), offer.channel.as_ref()) else { return };
            let style = channel.and_then(|id| desk.channels.get(id.index())).map(|channel| channel.style);
            if let (Some(at), true) = (&offer.channel, style.is_some_and(|style| style != Style::Call)) {
                context.error(Diagnostic::at(at.place, "only on a call channel can somebody be called back"));
            }
            let accepted = offer.accepted.map_or(defaults::CALLBACK_ACCEPTED, |share| share.0);
            actions.push(Action::OfferCallback { channel, accepted });
        }
        raw::Action::Announce(announce) => {
            let from = context.find(desk.names.channel(), &announce.from);
            let to = context.find(desk.names.channel(), &announce.to);
            if let (Some(from), Some(to)) = (from, to) {
                if from == to {
                    context.error(Diagnostic::at(
                        announce.to.place,
                        "this announces the channel on which they wait already",
                    ));
                }
                actions.push(Action::Announce { from, to, accepted: announce.accepted.0 });
            }
        }
        raw::Action::Compensate(_) => context.not_built_at("compensate", raw.place),
    }
}

fn bot_action(context: &mut Context<'_>, desk: &Desk<'_>, raw: &raw::BotAction, place: Place) -> Option<Action> {
    if !desk.has_bot {
        context.error(Diagnostic::at(place, "this desk has no bot"));
        return None;
    }
    match (&raw.uses, raw.answer_from) {
        (Some(model), None) => context.model(desk.names, model, desk.dependencies).map(Action::BotUses),
        (None, Some(raw::AnswerFrom::Faq)) => {
            Some(Action::BotAnswersFromFaq { solves: raw.solves.map_or(defaults::FAQ_SOLVES, |share| share.0) })
        }
        _ => {
            let help = "write `{bot: {use: llm-backup}}` or `{bot: {answer_from: faq, solves: 35%}}`";
            context.error(
                Diagnostic::at(place, "a bot either uses another model or answers from prepared texts").help(help),
            );
            None
        }
    }
}

fn carry(context: &mut Context<'_>, desk: &Desk<'_>, channel: &At<String>, over: &At<String>) -> Option<Action> {
    let id: Id<Channel> = context.find(desk.names.channel(), channel)?;
    let carrier: Id<Dependency> = context.find(desk.names.dependency(), over)?;
    let kind = desk.dependencies.get(carrier.index())?.kind;
    let runs_over = &desk.channels.get(id.index())?.over;
    let same_kind = runs_over.iter().any(|one| desk.dependencies.get(one.index()).is_some_and(|one| one.kind == kind));
    if !same_kind {
        let title = format!("channel `{}` runs over no other dependency of kind {}", channel.value, kind.word());
        context.error(Diagnostic::at(over.place, title).label("a carrier takes the place of one of the same kind"));
        return None;
    }
    Some(Action::Carry { channel: id, over: carrier })
}

fn updates(context: &mut Context<'_>, desk: &Desk<'_>, raw: &raw::Updates) -> Option<Updates> {
    let over = context.of_kind(
        desk.names.dependency(),
        &raw.over,
        desk.dependencies,
        DependencyKind::Statuspage,
        "a status page",
    );
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
