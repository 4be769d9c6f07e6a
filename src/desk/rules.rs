//! The rules of the plan: when each acts, how often, and what undoes it. Where two rules that are on want different things of
//! the same channel, team or group, the later one in the plan decides, and the other again when that one is undone.

use super::plan::offer_of;
use super::{Desk, Said, Stage};
use crate::scenario::model::{Action, Condition, Live, Rule, Until};
use crate::seam::DeskAct;
use crate::time::{Span, Time};

/// How a rule stands.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RuleState {
    /// Since when its condition holds.
    since: Option<Time>,
    /// Since when it acts; `None`: it does not.
    on: Option<Time>,
    /// Since when the condition of its `until` holds.
    over_since: Option<Time>,
    /// When it was undone last.
    undone: Option<Time>,
    /// `until` undid it, and its condition has held ever since.
    spent: bool,
    /// How often it acted.
    times: u32,
    /// It acted already: whom it calls in is called once a day.
    called: bool,
    /// Somebody says that it shall act.
    said: bool,
}

impl RuleState {
    pub(super) fn is_on(&self) -> bool {
        self.on.is_some()
    }

    /// Whether it may act, for all that lies behind it.
    fn may_act(&self, now: Time, rule: &Rule) -> bool {
        let cooled = self.undone.is_none_or(|undone| now >= undone + rule.cool_down);
        let fresh = !self.spent || rule.cool_down > Span::ZERO;
        cooled && fresh && rule.at_most.is_none_or(|most| self.times < most)
    }
}

impl Desk {
    /// Somebody says that a rule which waits for that shall act, or no longer.
    pub fn switch(&mut self, now: Time, rule: usize, on: bool, said: &mut Vec<Said>) {
        if let Some(state) = self.plan.rules.get_mut(rule) {
            state.said = on;
            self.look(now, said);
        }
    }

    /// Holds every rule against what is known.
    pub(super) fn look(&mut self, now: Time, said: &mut Vec<Said>) {
        for index in 0..self.plan.rules.len() {
            let rule = &self.plan.plan.rules[index];
            let (holds, needed) = match &rule.when {
                Condition::Down(all) => (all.iter().all(|of| self.plan.believes_down(*of)), rule.after),
                Condition::Above(live) => (self.is_above(now, live), rule.after + live.held_for),
                Condition::From(at) => (now >= *at, rule.after),
                Condition::Said => (self.plan.rules[index].said, rule.after),
            };
            let over = rule.until.as_ref().is_some_and(|until| self.ends(now, until));
            let state = &mut self.plan.rules[index];
            if !holds {
                (state.since, state.spent) = (None, false);
            }
            if let Some(began) = state.on {
                let lasted = match &rule.until {
                    None => !holds,
                    Some(Until::Length(length)) => now.since(began) >= *length,
                    Some(Until::Up(_)) => over,
                    Some(Until::NotAbove(live)) if over => {
                        now.since(*state.over_since.get_or_insert(now)) >= live.held_for
                    }
                    Some(Until::NotAbove(_)) => {
                        state.over_since = None;
                        false
                    }
                };
                if lasted {
                    (state.on, state.over_since, state.undone, state.spent) = (None, None, Some(now), holds);
                    said.push(Said::Rule { rule: index as u16, on: false });
                    self.undo(index, said);
                }
            } else if holds && now.since(*state.since.get_or_insert(now)) >= needed && state.may_act(now, rule) {
                state.on = Some(now);
                state.times += 1;
                said.push(Said::Rule { rule: index as u16, on: true });
                self.act_on(index, said);
            }
        }
    }

    fn is_above(&self, now: Time, live: &Live) -> bool {
        self.live.figure(now, live) > live.above
    }

    /// Whether the condition of an `until` holds at this moment.
    fn ends(&self, now: Time, until: &Until) -> bool {
        match until {
            Until::Length(_) => false,
            Until::Up(all) => all.iter().all(|of| !self.plan.believes_down(*of)),
            Until::NotAbove(live) => !self.is_above(now, live),
        }
    }

    fn act_on(&mut self, index: usize, said: &mut Vec<Said>) {
        let actions = self.plan.plan.rules[index].actions.clone();
        let called = std::mem::replace(&mut self.plan.rules[index].called, true);
        for action in &actions {
            match *action {
                Action::BotUses(_) | Action::BotAnswersFromFaq { .. } | Action::BotOff | Action::Compensate(_) => {}
                Action::CallIn { team, ready_in } if !called => {
                    said.push(Said::Act(DeskAct::Page { team, ready_in }));
                }
                Action::CallIn { .. } => {}
                Action::Post(over) => {
                    said.push(Said::Act(DeskAct::PostUpdate { over, all_clear: false, next_by: None }));
                }
                Action::OfferCallback { .. } | Action::Announce { .. } => self.offer_to_all(action, said),
                Action::Carry { .. }
                | Action::Close { .. }
                | Action::Overtime { .. }
                | Action::Move { .. }
                | Action::Shorten { .. }
                | Action::First { .. } => self.set(action, said),
            }
        }
        // Last: whom the bot hands over hears the offers of this rule on the way into the queue, and only there.
        let off = actions.iter().any(|action| matches!(action, Action::BotOff));
        if off && !std::mem::replace(&mut self.plan.bot_is_off, true) {
            self.bot_hands_over(said);
        }
    }

    /// Those who wait already hear the offer when the rule begins to act.
    fn offer_to_all(&self, action: &Action, said: &mut Vec<Said>) {
        for session in self.sessions.iter().filter(|session| session.stage == Stage::Queued) {
            let contact = session.contact;
            offer_of(action, session.channel, &self.model, &mut |act| said.push(Said::Act(act(contact))));
        }
    }

    fn undo(&mut self, index: usize, said: &mut Vec<Said>) {
        for action in &self.plan.plan.rules[index].actions {
            self.set(action, said);
        }
        let off = self.plan.acting().any(|action| matches!(action, Action::BotOff));
        self.plan.bot_is_off = off;
    }

    /// What the rules that are on now want of whatever this action is about.
    fn set(&self, action: &Action, said: &mut Vec<Said>) {
        let wanted = self.plan.acting().rev().find(|other| is_about_the_same(action, other));
        let act = match wanted {
            Some(wanted) => done(wanted),
            None => undone(action),
        };
        said.extend(act.map(Said::Act));
    }
}

/// Whether two actions set the same thing.
fn is_about_the_same(one: &Action, other: &Action) -> bool {
    match (one, other) {
        (Action::Carry { channel: a, .. }, Action::Carry { channel: b, .. }) => a == b,
        (Action::Close { channel: a, .. }, Action::Close { channel: b, .. }) => a == b,
        (Action::Overtime { team: a, .. }, Action::Overtime { team: b, .. }) => a == b,
        (Action::Move { team: a, to: c, .. }, Action::Move { team: b, to: d, .. }) => (a, c) == (b, d),
        (Action::Shorten { whose: a, .. }, Action::Shorten { whose: b, .. }) => a == b,
        (Action::First { segment: a }, Action::First { segment: b }) => a == b,
        _ => false,
    }
}

/// What the desk does to set what an action sets.
fn done(action: &Action) -> Option<DeskAct> {
    match *action {
        Action::Carry { channel, over } => Some(DeskAct::Carry { channel, over: Some(over) }),
        Action::Close { channel, to, .. } => Some(DeskAct::Close { channel, to }),
        Action::Overtime { team, length, accepted } => Some(DeskAct::KeepOn { team, length, accepted }),
        Action::Move { team, to, people } => Some(DeskAct::Move { team, to, people }),
        Action::Shorten { whose, handle, solved_first_time } => {
            Some(DeskAct::Shorten { whose, handle, solved_first_time })
        }
        Action::First { segment } => Some(DeskAct::First { segment, first: true }),
        _ => None,
    }
}

/// What the desk does to set it back as it is on a normal day.
fn undone(action: &Action) -> Option<DeskAct> {
    match *action {
        Action::Carry { channel, .. } => Some(DeskAct::Carry { channel, over: None }),
        Action::Close { channel, .. } => Some(DeskAct::Reopen { channel }),
        Action::Overtime { team, .. } => Some(DeskAct::LetGo { team }),
        Action::Move { team, to, .. } => Some(DeskAct::Move { team, to, people: 0 }),
        Action::Shorten { whose, .. } => Some(DeskAct::Shorten { whose, handle: 1.0, solved_first_time: 1.0 }),
        Action::First { segment } => Some(DeskAct::First { segment, first: false }),
        _ => None,
    }
}
