//! The plan at work: how trouble is noticed. What is done about it stands in [`super::rules`].

use super::bot::Brain;
use super::rules::RuleState;
use super::updates::Trouble;
use super::{Asked, Desk, Said, Timer};
use crate::observation::Reply;
use crate::scenario::model::{self, Action, Channel, Condition, Dependency, Id, Live, Plan, Style, Until};
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
    pub(super) rules: Vec<RuleState>,
    /// A rule that is on has turned the bot off.
    pub(super) bot_is_off: bool,
    pub(super) trouble: Trouble,
}

#[derive(Clone, Copy, Debug)]
struct Probe {
    down: bool,
    /// Answers in a row that speak against what is believed.
    against: u32,
    sent: u32,
}

impl PlanState {
    pub(super) fn new(plan: &Plan) -> Self {
        Self {
            plan: plan.clone(),
            probes: vec![Probe { down: false, against: 0, sent: 0 }; plan.notice.len()],
            rules: vec![RuleState::default(); plan.rules.len()],
            bot_is_off: false,
            trouble: Trouble::default(),
        }
    }

    /// The live figures that its rules look at.
    pub(super) fn watched(&self) -> impl Iterator<Item = &Live> {
        self.plan.rules.iter().flat_map(|rule| {
            let when = match &rule.when {
                Condition::Above(live) => Some(live),
                Condition::Down(_) | Condition::From(_) | Condition::Said => None,
            };
            let until = match &rule.until {
                Some(Until::NotAbove(live)) => Some(live),
                _ => None,
            };
            when.into_iter().chain(until)
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.plan.notice.is_empty() && self.plan.rules.is_empty()
    }

    /// Whether the desk believes that a dependency is down.
    pub(super) fn believes_down(&self, of: Id<Dependency>) -> bool {
        self.plan.notice.iter().zip(&self.probes).any(|(notice, probe)| notice.dependency == of && probe.down)
    }

    pub(super) fn anything_down(&self) -> bool {
        self.probes.iter().any(|probe| probe.down)
    }

    /// The actions of the rules that are on, in the order of the plan.
    pub(super) fn acting(&self) -> impl DoubleEndedIterator<Item = &Action> {
        let on = self.plan.rules.iter().zip(&self.rules).filter(|(_, state)| state.is_on());
        on.flat_map(|(rule, _)| &rule.actions)
    }

    /// Where the bot takes its answers from: of the rules that are on, the last one decides.
    pub(super) fn brain(&self, normal: Id<Dependency>) -> Brain {
        let mut brain = Brain::Model(normal);
        for action in self.acting() {
            match action {
                Action::BotUses(model) => brain = Brain::Model(*model),
                Action::BotAnswersFromFaq { solves } => brain = Brain::Faq { solves: *solves },
                _ => {}
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
        self.acting().for_each(|action| offer_of(action, channel, desk, &mut offer));
    }
}

/// The offer that an action makes to those who wait on a channel, if it makes one.
pub(super) fn offer_of(
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
            if let Some(every) = notice.probe {
                said.push(Said::Wake { at: now + every, timer: Timer::Probe { notice: index as u16 } });
            }
        }
        if !self.plan.plan.rules.is_empty() {
            said.push(Said::Wake { at: now + LOOK_EVERY, timer: Timer::Look });
        }
    }

    pub(super) fn plan_due(&mut self, now: Time, timer: Timer, said: &mut Vec<Said>) {
        match timer {
            Timer::Probe { notice } => {
                let index = usize::from(notice);
                let how = &self.plan.plan.notice[index];
                let (of, Some(every)) = (how.dependency, how.probe) else { return };
                let probe = &mut self.plan.probes[index];
                let nth = probe.sent;
                probe.sent += 1;
                let timeout = PROBE_TIMEOUT.min(every);
                said.push(Said::Ask(Asked { of, contact: None, nth, retry: false, timeout }));
                said.push(Said::Wake { at: now + every, timer });
            }
            Timer::Look => {
                self.look(now, said);
                said.push(Said::Wake { at: now + LOOK_EVERY, timer });
            }
            Timer::Update { trouble } => self.update_due(now, trouble, said),
            Timer::AllClear { change } => self.all_clear_due(change, said),
            Timer::Personal { trouble } => self.personal_due(trouble, said),
            Timer::Retry { .. } | Timer::Breaker { .. } => {}
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
        if probe.against >= needed {
            self.told(now, of, speaks_for_down, said);
        }
    }

    /// The desk is sure that a dependency is down, or up again: by whoever was first to say so.
    pub(super) fn told(&mut self, now: Time, of: Id<Dependency>, down: bool, said: &mut Vec<Said>) {
        let Some(index) = self.plan.plan.notice.iter().position(|notice| notice.dependency == of) else { return };
        let probe = &mut self.plan.probes[index];
        if std::mem::replace(&mut probe.down, down) == down {
            return;
        }
        probe.against = 0;
        said.push(Said::Noticed { of, down });
        self.trouble_changed(now, said);
        self.look(now, said);
    }
}
