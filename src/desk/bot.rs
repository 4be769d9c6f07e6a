//! The bot: so many requests to its model for an answer, each with a timeout, retries and a wait between them. What it
//! cannot answer it apologises for and hands to the people.

use super::breaker::Breakers;
use super::{Asked, Desk, Said, Stage, Timer};
use crate::observation::Reply;
use crate::scenario::model::{Bot, Channel, Dependency, Id};
use crate::seam::{ContactId, DeskAct, Source};
use crate::time::{Span, Time};
use std::collections::VecDeque;

/// What the bot does at the moment.
#[derive(Clone, Debug)]
pub(super) struct BotState {
    channels: Vec<Id<Channel>>,
    at_once: u32,
    working: u32,
    line: VecDeque<ContactId>,
    pub(super) breakers: Breakers,
}

/// Where the bot takes its answers from: the desk file's model, unless the plan says otherwise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Brain {
    Model(Id<Dependency>),
    Faq { solves: f64 },
}

impl BotState {
    pub(super) fn new(bot: Option<&Bot>) -> Self {
        Self {
            channels: bot.map_or_else(Vec::new, |bot| bot.answers.clone()),
            at_once: bot.map_or(0, |bot| bot.at_once),
            working: 0,
            line: VecDeque::new(),
            breakers: Breakers::new(bot.and_then(|bot| bot.breaker)),
        }
    }

    pub(super) fn answers(&self, channel: Id<Channel>) -> bool {
        self.channels.contains(&channel)
    }
}

impl Desk {
    pub(super) fn bot_takes(&mut self, contact: ContactId, said: &mut Vec<Said>) {
        if self.circuit_is_open() {
            said.push(Said::Act(DeskAct::Apologise { contact }));
            return self.hand_to_people(contact, said);
        }
        if self.bot.working >= self.bot.at_once {
            self.bot.line.push_back(contact);
            return;
        }
        self.bot.working += 1;
        self.set_stage(contact, Stage::AtBot);
        self.bot_asks(contact, false, said);
    }

    /// The next request for a contact, or the answer at once where no model is needed.
    fn bot_asks(&mut self, contact: ContactId, retry: bool, said: &mut Vec<Said>) {
        let Some(bot) = self.bot_of_desk() else { return };
        let timeout = bot.timeout;
        match self.plan.brain(bot.uses) {
            Brain::Faq { solves } => {
                let solves_per_mille = Some((solves * 1000.0).round() as u16);
                self.bot_answers(contact, Source::Faq { solves_per_mille }, said);
            }
            Brain::Model(of) => {
                let Some(session) = self.session_mut(contact) else { return };
                let nth = session.asked;
                session.asked += 1;
                if !self.bot.breakers.lets_through(of, contact, nth) {
                    return self.bot_gives_up(contact, said);
                }
                said.push(Said::Ask(Asked { of, contact: Some(contact), nth, retry, timeout }));
            }
        }
    }

    pub(super) fn bot_replied(
        &mut self,
        now: Time,
        contact: ContactId,
        asked: Asked,
        reply: Reply,
        said: &mut Vec<Said>,
    ) {
        self.breaker_hears(now, asked, reply, said);
        let Some(bot) = self.bot_of_desk() else { return };
        let (needed, retries, backoff) = (bot.calls_per_contact, bot.retries, bot.backoff);
        let Some(session) = self.session_mut(contact) else { return };
        if session.stage != Stage::AtBot || session.asked != asked.nth + 1 {
            return;
        }
        if reply == Reply::Good {
            session.good += 1;
            session.failed = 0;
            return if session.good >= needed {
                self.bot_answers(contact, Source::Model(asked.of), said);
            } else {
                self.bot_asks(contact, false, said);
            };
        }
        let failed_before = session.failed;
        session.failed += 1;
        if failed_before < retries {
            let wait = Span::from_micros(backoff.micros().saturating_mul(1 << failed_before.min(20)));
            said.push(Said::Wake { at: now + wait, timer: Timer::Retry { contact, nth: asked.nth } });
            return;
        }
        self.bot_gives_up(contact, said);
    }

    /// It has no answer for one it works on.
    fn bot_gives_up(&mut self, contact: ContactId, said: &mut Vec<Said>) {
        said.push(Said::Act(DeskAct::Apologise { contact }));
        self.hand_to_people(contact, said);
        self.bot_is_free(said);
    }

    /// Whether the model that would be asked now is not to be asked.
    fn circuit_is_open(&self) -> bool {
        let Some(bot) = self.bot_of_desk().filter(|bot| bot.breaker.is_some()) else { return false };
        matches!(self.plan.brain(bot.uses), Brain::Model(of) if self.bot.breakers.refuses(of))
    }

    pub(super) fn bot_retries(&mut self, _now: Time, contact: ContactId, nth: u32, said: &mut Vec<Said>) {
        if self.session(contact).is_some_and(|s| s.stage == Stage::AtBot && s.asked == nth + 1) {
            self.bot_asks(contact, true, said);
        }
    }

    fn bot_answers(&mut self, contact: ContactId, source: Source, said: &mut Vec<Said>) {
        // The desk does not know yet whether the answer helps; as far as it can see the customer waits no more.
        if let Some(session) = self.session_mut(contact) {
            session.stage = Stage::Answered;
            let (channel, since) = (session.channel, session.waits_since.take());
            if let Some(since) = since {
                self.live.served(channel, since);
            }
        }
        said.push(Said::Act(DeskAct::Answer { contact, source, by_nonce: true }));
        self.bot_is_free(said);
    }

    /// Whoever is with the bot, or in line for it, is handed to people, the longest waiting first.
    pub(super) fn bot_hands_over(&mut self, said: &mut Vec<Said>) {
        let with_bot = |session: &&super::Session| matches!(session.stage, Stage::InLine | Stage::AtBot);
        let mut all: Vec<super::Session> = self.sessions.iter().filter(with_bot).copied().collect();
        all.sort_by_key(|session| (session.waits_since, session.contact));
        let working = all.iter().filter(|session| session.stage == Stage::AtBot).count() as u32;
        self.bot.working = self.bot.working.saturating_sub(working);
        self.bot.line.clear();
        all.into_iter().for_each(|session| self.hand_to_people(session.contact, said));
    }

    /// The bot takes the next in line; those behind an open circuit go to the people one after the other.
    pub(super) fn bot_is_free(&mut self, said: &mut Vec<Said>) {
        self.bot.working = self.bot.working.saturating_sub(1);
        while let Some(contact) = self.bot.line.pop_front() {
            if self.session(contact).is_some_and(|session| session.stage == Stage::InLine) {
                let refused = self.circuit_is_open();
                self.bot_takes(contact, said);
                if !refused {
                    return;
                }
            }
        }
    }
}
