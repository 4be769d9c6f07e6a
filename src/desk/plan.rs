//! The plan at work: probes notice trouble, rules act on it and are undone when it is over.

use super::bot::Brain;
use super::updates::Trouble;
use super::{Asked, Desk, Said, Stage, Timer};
use crate::observation::Reply;
use crate::scenario::model::{self, Action, Channel, Condition, Dependency, Id, Plan, Style};
use crate::seam::{ContactId, DeskAct};
use crate::time::{Span, Time};

/// How often the plan looks at its live figures.
pub const LOOK_EVERY: Span = Span::from_secs(10);

/// A probe waits no longer than this.
pub const PROBE_TIMEOUT: Span = Span::from_secs(5);

/// What the plan knows and does at the moment.
#[derive(Clone, Debug)]
pub(super) struct PlanState {
    pub(super) plan: Plan,
    probes: Vec<Probe>,
    rules: Vec<RuleState>,
    pub(super) trouble: Trouble,
}

#[derive(Clone, Copy, Debug)]
struct Probe {
    down: bool,
    /// Answers in a row that speak against what is believed.
    against: u32,
    sent: u32,
}

#[derive(Clone, Copy, Debug)]
struct RuleState {
    /// Since when the condition holds.
    since: Option<Time>,
    on: bool,
    /// It called people in already: that is done once a day.
    called: bool,
}

impl PlanState {
    pub(super) fn new(plan: &Plan) -> Self {
        Self {
            plan: plan.clone(),
            probes: vec![Probe { down: false, against: 0, sent: 0 }; plan.notice.len()],
            rules: vec![RuleState { since: None, on: false, called: false }; plan.rules.len()],
            trouble: Trouble::default(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.plan.notice.is_empty() && self.plan.rules.is_empty()
    }

    /// Whether the desk believes that a dependency is down.
    fn believes_down(&self, of: Id<Dependency>) -> bool {
        self.plan.notice.iter().zip(&self.probes).any(|(notice, probe)| notice.dependency == of && probe.down)
    }

    pub(super) fn anything_down(&self) -> bool {
        self.probes.iter().any(|probe| probe.down)
    }

    /// Where the bot takes its answers from: of the rules that are on, the last one decides.
    pub(super) fn brain(&self, normal: Id<Dependency>) -> Brain {
        let mut brain = Brain::Model(normal);
        for (rule, _) in self.plan.rules.iter().zip(&self.rules).filter(|(_, state)| state.on) {
            for action in &rule.actions {
                match action {
                    Action::BotUses(model) => brain = Brain::Model(*model),
                    Action::BotAnswersFromFaq { solves } => brain = Brain::Faq { solves: *solves },
                    _ => {}
                }
            }
        }
        brain
    }

    /// What is offered to a contact that waits on `channel`.
    pub(super) fn offers_for(
        &self,
        channel: Id<Channel>,
        desk: &model::Desk,
        mut offer: impl FnMut(&dyn Fn(ContactId) -> DeskAct),
    ) {
        for (rule, _) in self.plan.rules.iter().zip(&self.rules).filter(|(_, state)| state.on) {
            rule.actions.iter().for_each(|action| offer_of(action, channel, desk, &mut offer));
        }
    }
}

/// The offer that an action makes to those who wait on a channel, if it makes one.
fn offer_of(
    action: &Action,
    channel: Id<Channel>,
    desk: &model::Desk,
    offer: &mut impl FnMut(&dyn Fn(ContactId) -> DeskAct),
) {
    match *action {
        Action::OfferCallback { channel: only, accepted } => {
            let calls = desk.channels[channel.index()].style == Style::Call;
            if only.map_or(calls, |only| only == channel) {
                offer(&|contact| DeskAct::OfferCallback { contact, accepted });
            }
        }
        Action::Announce { from, to, accepted } if from == channel => {
            offer(&|contact| DeskAct::Announce { contact, to, accepted });
        }
        _ => {}
    }
}

impl Desk {
    pub(super) fn plan_begins(&mut self, now: Time, said: &mut Vec<Said>) {
        for (index, notice) in self.plan.plan.notice.iter().enumerate() {
            said.push(Said::Wake { at: now + notice.probe, timer: Timer::Probe { notice: index as u16 } });
        }
        if !self.plan.plan.rules.is_empty() {
            said.push(Said::Wake { at: now + LOOK_EVERY, timer: Timer::Look });
        }
    }

    pub(super) fn plan_due(&mut self, now: Time, timer: Timer, said: &mut Vec<Said>) {
        match timer {
            Timer::Probe { notice } => {
                let index = usize::from(notice);
                let how = self.plan.plan.notice[index];
                let probe = &mut self.plan.probes[index];
                let nth = probe.sent;
                probe.sent += 1;
                let timeout = PROBE_TIMEOUT.min(how.probe);
                said.push(Said::Ask(Asked { of: how.dependency, contact: None, nth, retry: false, timeout }));
                said.push(Said::Wake { at: now + how.probe, timer });
            }
            Timer::Look => {
                self.look(now, said);
                said.push(Said::Wake { at: now + LOOK_EVERY, timer });
            }
            Timer::Update { trouble } => self.update_due(now, trouble, said),
            Timer::AllClear { change } => self.all_clear_due(change, said),
            Timer::Personal { trouble } => self.personal_due(trouble, said),
            Timer::Retry { .. } => {}
        }
    }

    pub(super) fn probe_replied(&mut self, now: Time, of: Id<Dependency>, reply: Reply, said: &mut Vec<Said>) {
        let Some(index) = self.plan.plan.notice.iter().position(|notice| notice.dependency == of) else { return };
        let needed = self.plan.plan.notice[index].failures;
        let probe = &mut self.plan.probes[index];
        let speaks_for_down = reply != Reply::Good;
        if speaks_for_down == probe.down {
            probe.against = 0;
            return;
        }
        probe.against += 1;
        if probe.against < needed {
            return;
        }
        probe.against = 0;
        probe.down = speaks_for_down;
        said.push(Said::Noticed { of, down: speaks_for_down });
        self.trouble_changed(now, said);
        self.look(now, said);
    }

    /// Holds every rule against what is known.
    fn look(&mut self, now: Time, said: &mut Vec<Said>) {
        for index in 0..self.plan.rules.len() {
            let rule = &self.plan.plan.rules[index];
            let (holds, needed) = match &rule.when {
                Condition::Down(all) => (all.iter().all(|of| self.plan.believes_down(*of)), rule.after),
                Condition::Above(live) => (self.live.figure(now, live) > live.above, rule.after + live.held_for),
            };
            let state = &mut self.plan.rules[index];
            if !holds {
                state.since = None;
                if state.on {
                    state.on = false;
                    said.push(Said::Rule { rule: index as u16, on: false });
                    self.undo(index, said);
                }
                continue;
            }
            let since = *state.since.get_or_insert(now);
            if !state.on && now.since(since) >= needed {
                state.on = true;
                said.push(Said::Rule { rule: index as u16, on: true });
                self.act_on(index, said);
            }
        }
    }

    fn act_on(&mut self, index: usize, said: &mut Vec<Said>) {
        for action in self.plan.plan.rules[index].actions.clone() {
            match action {
                Action::BotUses(_) | Action::BotAnswersFromFaq { .. } => {}
                Action::Carry { channel, over } => {
                    said.push(Said::Act(DeskAct::Carry { channel, over: Some(over) }));
                }
                Action::CallIn { team, ready_in } => {
                    if !std::mem::replace(&mut self.plan.rules[index].called, true) {
                        said.push(Said::Act(DeskAct::Page { team, ready_in }));
                    }
                }
                Action::OfferCallback { .. } | Action::Announce { .. } => self.offer_to_all(&action, said),
            }
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
            if let Action::Carry { channel, .. } = action {
                said.push(Said::Act(DeskAct::Carry { channel: *channel, over: None }));
            }
        }
    }
}
