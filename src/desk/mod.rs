//! F3: the modelled front desk: bot, queues, continuity plan. A pure state machine without luck: it hears what customers
//! do and how its requests ended, and says what it does next. The simulation answers its requests from the incidents; the
//! built-in reference desk answers the same requests over real HTTP. So a plan is one piece of code in both.

pub mod bot;
mod breaker;
pub mod live;
pub mod plan;
pub mod rules;
pub mod updates;

use crate::observation::Reply;
use crate::scenario::model::{self, Channel, Dependency, Id, Segment};
use crate::seam::{ContactId, CustomerAct, DeskAct};
use crate::time::{Span, Time};
use bot::BotState;
use live::LiveFigures;
use plan::PlanState;
use std::sync::Arc;

/// What the desk hears.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Heard {
    /// A customer, or one of the desk's people, did something.
    Act(CustomerAct),
    /// A request ended.
    Replied {
        /// Which.
        asked: Asked,
        /// How.
        reply: Reply,
    },
    /// A timer it set is due.
    Due(Timer),
    /// Its people, or the vendor, say that a dependency is down, or up again.
    Told {
        /// Which.
        of: Id<Dependency>,
        /// Down or up.
        down: bool,
    },
}

/// What the desk says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Said {
    /// It does something.
    Act(DeskAct),
    /// It asks a dependency.
    Ask(Asked),
    /// It wants to be woken.
    Wake {
        /// When.
        at: Time,
        /// With what.
        timer: Timer,
    },
    /// It noticed that a dependency is down, or up again.
    Noticed {
        /// Which.
        of: Id<Dependency>,
        /// Down or up.
        down: bool,
    },
    /// A rule of its plan acted, or was undone.
    Rule {
        /// Which.
        rule: u16,
        /// Acted or undone.
        on: bool,
    },
}

/// A request of the desk to a dependency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Whom.
    pub of: Id<Dependency>,
    /// For whom; `None` is a probe.
    pub contact: Option<ContactId>,
    /// The how-manieth request for this contact, or the how-manieth probe of this dependency, counted from zero.
    pub nth: u32,
    /// It repeats an earlier request for the same thing.
    pub retry: bool,
    /// How long the desk waits.
    pub timeout: Span,
}

/// A timer of the desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// The wait before a retry of the bot is over.
    Retry {
        /// For whom.
        contact: ContactId,
        /// The request after which it waits.
        nth: u32,
    },
    /// A probe is due.
    Probe {
        /// Its place in the plan.
        notice: u16,
    },
    /// A circuit breaker has been open for long enough.
    Breaker {
        /// Before which model.
        of: Id<Dependency>,
    },
    /// The plan looks at its live figures.
    Look,
    /// An update to the public is due.
    Update {
        /// The trouble it belongs to.
        trouble: u32,
    },
    /// The all-clear is due.
    AllClear {
        /// The change of what is down that it follows.
        change: u32,
    },
    /// The customers of a segment are to be called.
    Personal {
        /// The trouble it belongs to.
        trouble: u32,
    },
}

/// The state of the desk.
#[derive(Clone, Debug)]
pub struct Desk {
    model: Arc<model::Desk>,
    /// Nothing to do but queue: no bot, no plan.
    passive: bool,
    sessions: Vec<Session>,
    bot: BotState,
    plan: PlanState,
    live: LiveFigures,
}

/// What the desk knows of one contact.
#[derive(Clone, Copy, Debug)]
struct Session {
    contact: ContactId,
    channel: Id<Channel>,
    stage: Stage,
    /// Requests made for it so far.
    asked: u32,
    /// Requests of this answer that went well.
    good: u32,
    /// Failed tries of the present request.
    failed: u32,
    /// Since when it waits, as the live figures know it.
    waits_since: Option<Time>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The contact is over.
    Over,
    /// In line for the bot.
    InLine,
    /// The bot works on it.
    AtBot,
    /// The bot answered; the customer reads.
    Answered,
    /// In the queue of the people.
    Queued,
    /// A person has it, or it waits for a call-back.
    InHand,
}

impl Desk {
    /// The desk of a desk file, before the start.
    pub fn new(desk: Arc<model::Desk>) -> Self {
        let plan = PlanState::new(&desk.plan);
        let passive = desk.bot.is_none() && plan.is_empty();
        let live = LiveFigures::of(desk.channels.len(), plan.watched());
        Self { passive, sessions: Vec::new(), bot: BotState::new(desk.bot.as_ref()), plan, live, model: desk }
    }

    /// Whether it has neither bot nor plan: it puts everybody into the queue and hears nothing else.
    #[inline]
    pub fn is_passive(&self) -> bool {
        self.passive
    }

    /// What it sets up at the start.
    pub fn begin(&mut self, now: Time, said: &mut Vec<Said>) {
        self.plan_begins(now, said);
    }

    /// Hears something and answers at once.
    #[inline]
    pub fn hear(&mut self, now: Time, heard: Heard, said: &mut Vec<Said>) {
        match heard {
            Heard::Act(CustomerAct::Start { contact, .. }) if self.passive => {
                said.push(Said::Act(DeskAct::Queue { contact }));
            }
            Heard::Act(_) if self.passive => {}
            Heard::Act(act) => self.hear_act(now, act, said),
            Heard::Replied { asked, reply } => match asked.contact {
                Some(contact) => self.bot_replied(now, contact, asked, reply, said),
                None => self.probe_replied(now, asked.of, reply, said),
            },
            Heard::Due(Timer::Retry { contact, nth }) => self.bot_retries(now, contact, nth, said),
            Heard::Due(Timer::Breaker { of }) => self.breaker_due(of),
            Heard::Due(timer) => self.plan_due(now, timer, said),
            Heard::Told { of, down } => self.told(now, of, down, said),
        }
    }

    fn hear_act(&mut self, now: Time, act: CustomerAct, said: &mut Vec<Said>) {
        match act {
            CustomerAct::Start { contact, channel, segment } => self.started(now, contact, channel, segment, said),
            CustomerAct::AskForPerson { contact } => {
                self.waits(now, contact);
                self.hand_to_people(contact, said);
            }
            CustomerAct::Taken { contact } => {
                self.waits_no_more(now, contact, false);
                self.set_stage(contact, Stage::InHand);
            }
            CustomerAct::TakeCallback { contact } => {
                self.waits_no_more(now, contact, false);
                self.set_stage(contact, Stage::InHand);
            }
            CustomerAct::PutBack { contact } => {
                self.waits(now, contact);
                self.set_stage(contact, Stage::Queued);
            }
            CustomerAct::Leave { contact } => self.over(now, contact, true, said),
            CustomerAct::Finish { contact } | CustomerAct::Handled { contact } => self.over(now, contact, false, said),
        }
    }

    fn started(
        &mut self,
        now: Time,
        contact: ContactId,
        channel: Id<Channel>,
        _segment: Id<Segment>,
        said: &mut Vec<Said>,
    ) {
        let slot = contact.slot() as usize;
        let session =
            Session { contact, channel, stage: Stage::InLine, asked: 0, good: 0, failed: 0, waits_since: None };
        if slot >= self.sessions.len() {
            self.sessions.resize(slot + 1, Session { stage: Stage::Over, ..session });
        }
        self.sessions[slot] = session;
        self.live.entered(now, channel);
        self.waits(now, contact);
        if self.bot.answers(channel) && !self.plan.bot_is_off {
            self.bot_takes(contact, said);
        } else {
            self.hand_to_people(contact, said);
        }
    }

    /// Into the queue of the people, with whatever the plan offers to those who wait.
    fn hand_to_people(&mut self, contact: ContactId, said: &mut Vec<Said>) {
        self.set_stage(contact, Stage::Queued);
        said.push(Said::Act(DeskAct::Queue { contact }));
        if let Some(session) = self.session(contact) {
            let channel = session.channel;
            self.plan.offers_for(channel, &self.model, |act| said.push(Said::Act(act(contact))));
        }
    }

    fn over(&mut self, now: Time, contact: ContactId, gave_up: bool, said: &mut Vec<Said>) {
        let Some(stage) = self.session(contact).map(|session| session.stage) else { return };
        self.waits_no_more(now, contact, gave_up);
        self.set_stage(contact, Stage::Over);
        if stage == Stage::AtBot {
            self.bot_is_free(said);
        }
    }

    fn session(&self, contact: ContactId) -> Option<&Session> {
        self.sessions.get(contact.slot() as usize).filter(|s| s.contact == contact && s.stage != Stage::Over)
    }

    fn session_mut(&mut self, contact: ContactId) -> Option<&mut Session> {
        self.sessions.get_mut(contact.slot() as usize).filter(|s| s.contact == contact && s.stage != Stage::Over)
    }

    fn set_stage(&mut self, contact: ContactId, stage: Stage) {
        if let Some(session) = self.session_mut(contact) {
            session.stage = stage;
        }
    }

    fn waits(&mut self, now: Time, contact: ContactId) {
        if let Some(session) = self.session_mut(contact)
            && session.waits_since.is_none()
        {
            session.waits_since = Some(now);
            let channel = session.channel;
            self.live.waits(now, channel);
        }
    }

    fn waits_no_more(&mut self, now: Time, contact: ContactId, gave_up: bool) {
        if let Some(session) = self.session_mut(contact)
            && let Some(since) = session.waits_since.take()
        {
            let channel = session.channel;
            self.live.waits_no_more(now, channel, since, gave_up);
        }
    }

    /// The bot of the desk file.
    fn bot_of_desk(&self) -> Option<&model::Bot> {
        self.model.bot.as_ref()
    }
}
