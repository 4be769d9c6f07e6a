//! The actions of a rule: each name is known, and what could never matter is said.

use super::Desk;
use crate::scenario::defaults;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::model::{Action, Channel, Compensation, Dependency, Id, Style, Whose};
use crate::scenario::raw;
use crate::scenario::resolve::Context;
use crate::scenario::tree::{At, Place};

pub(super) fn action(context: &mut Context<'_>, desk: &Desk<'_>, raw: &At<raw::Action>, actions: &mut Vec<Action>) {
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
        raw::Action::Close(one) => actions.extend(close(context, desk, one)),
        raw::Action::Overtime(one) => actions.extend(overtime(context, desk, one)),
        raw::Action::Move(one) => actions.extend(moves(context, desk, one)),
        raw::Action::Shorten(one) => actions.extend(shorten(context, desk, one, raw.place)),
        raw::Action::First(one) => {
            actions.extend(context.find(desk.names.segment(), &one.segment).map(|segment| Action::First { segment }));
        }
        raw::Action::Compensate(one) => actions.extend(compensate(context, desk, one, raw.place)),
        raw::Action::Update(over) => actions.extend(super::status_page(context, desk, over).map(Action::Post)),
    }
}

fn bot_action(context: &mut Context<'_>, desk: &Desk<'_>, raw: &raw::BotAction, place: Place) -> Option<Action> {
    if desk.raw.bot.is_none() {
        context.error(Diagnostic::at(place, "this desk has no bot"));
        return None;
    }
    let raw = match raw {
        raw::BotAction::Off => return Some(Action::BotOff),
        raw::BotAction::Answers(answers) => answers,
    };
    match (&raw.uses, raw.answer_from) {
        (Some(model), None) => context.model(desk.names, model, desk.dependencies).map(Action::BotUses),
        (None, Some(raw::AnswerFrom::Faq)) => {
            Some(Action::BotAnswersFromFaq { solves: raw.solves.map_or(defaults::FAQ_SOLVES, |share| share.0) })
        }
        _ => {
            let help = "write `{bot: off}`, `{bot: {use: llm-backup}}` or `{bot: {answer_from: faq, solves: 35%}}`";
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

fn close(context: &mut Context<'_>, desk: &Desk<'_>, raw: &raw::Close) -> Option<Action> {
    let channel = context.find(desk.names.channel(), &raw.channel);
    let to = context.find_if::<Channel>(desk.names.channel(), raw.to.as_ref());
    let (channel, to) = (channel?, to.ok()?);
    if let Some(at) = raw.to.as_ref().filter(|_| to == Some(channel)) {
        context.error(Diagnostic::at(at.place, "this sends them to the channel that is closed"));
    }
    if let (Some(at), None) = (&raw.accepted, to) {
        let help = "write where they are sent: `to: chat`";
        context.error(Diagnostic::at(at.place, "a share who go, but nowhere to go to").help(help));
    }
    let accepted = raw.accepted.as_ref().map_or(defaults::CLOSED_ACCEPTED, |share| share.value.0);
    let say = raw.say.clone().unwrap_or_else(|| defaults::CLOSED_SAY.to_owned());
    Some(Action::Close { channel, say, to: to.map(|to| (to, accepted)) })
}

/// A team as it is written.
fn team<'a>(desk: &Desk<'a>, name: &At<String>) -> Option<&'a raw::Team> {
    desk.raw.teams.0.iter().find(|(team, _)| team.value == name.value).map(|(_, team)| team)
}

fn overtime(context: &mut Context<'_>, desk: &Desk<'_>, raw: &raw::Overtime) -> Option<Action> {
    let id = context.find(desk.names.team(), &raw.team)?;
    if team(desk, &raw.team).is_some_and(|team| team.shift.is_none() && team.days.is_none()) {
        let title = format!("team `{}` is always on shift: there is no end to stay on after", raw.team.value);
        context.warnings.push(Diagnostic::warning(raw.team.place, title).help("write its `shift`"));
    }
    let length = raw.length.map_or(defaults::OVERTIME, |length| length.0);
    let accepted = raw.accepted.map_or(defaults::OVERTIME_ACCEPTED, |share| share.0);
    Some(Action::Overtime { team: id, length, accepted })
}

fn moves(context: &mut Context<'_>, desk: &Desk<'_>, raw: &raw::Move) -> Option<Action> {
    let (from, to) = (context.find(desk.names.team(), &raw.from), context.find(desk.names.channel(), &raw.to));
    let (id, to) = (from?, to?);
    let written = team(desk, &raw.from)?;
    if written.answers.first().is_some_and(|first| first.value == raw.to.value) {
        let title = format!("team `{}` answers `{}` first as it is", raw.from.value, raw.to.value);
        context.warnings.push(Diagnostic::warning(raw.to.place, title));
    }
    let all = written.people.value;
    let people = match raw.people.value {
        raw::People::Count(count) => count,
        raw::People::Share(share) => (f64::from(all) * share).round() as u32,
    };
    if people == 0 || people > all {
        let title = format!("{people} of team `{}` cannot be moved", raw.from.value);
        context.error(Diagnostic::at(raw.people.place, title).label(format!("it has {all}")));
        return None;
    }
    Some(Action::Move { team: id, to, people })
}

fn shorten(context: &mut Context<'_>, desk: &Desk<'_>, raw: &raw::Shorten, place: Place) -> Option<Action> {
    let whose = match (&raw.team, &raw.channel) {
        (Some(team), None) => Whose::Team(context.find(desk.names.team(), team)?),
        (None, Some(channel)) => Whose::Channel(context.find(desk.names.channel(), channel)?),
        _ => {
            let help = "write `{shorten: {team: phones, handle: -15%}}` or `{shorten: {channel: phone, handle: -15%}}`";
            context.error(Diagnostic::at(place, "whose contacts are shorter: a team's or a channel's?").help(help));
            return None;
        }
    };
    let mut factor = |change: &Option<At<raw::Change>>| {
        if let Some(more) = change.as_ref().filter(|change| change.value.0 > 1.0) {
            context.error(Diagnostic::at(more.place, "this is no less than on a normal day").help("write `-15%`"));
        }
        change.as_ref().map_or(1.0, |change| change.value.0)
    };
    let (handle, solved_first_time) = (factor(&raw.handle), factor(&raw.solved_first_time));
    Some(Action::Shorten { whose, handle, solved_first_time })
}

fn compensate(context: &mut Context<'_>, desk: &Desk<'_>, raw: &raw::Compensate, place: Place) -> Option<Action> {
    let segment = context.find_if(desk.names.segment(), raw.segment.as_ref());
    let channel = context.find_if(desk.names.channel(), raw.channel.as_ref());
    if desk.raw.costs.is_none() {
        let warning = Diagnostic::warning(place, "nobody counts this: the desk states no costs");
        context.warnings.push(warning.help("write `costs: {money: EUR}` in the desk"));
    }
    let late = raw.late.map_or(defaults::LATE, |length| length.0);
    Some(Action::Compensate(Compensation {
        segment: segment.ok()?,
        channel: channel.ok()?,
        each: raw.each.value.0,
        late,
    }))
}
