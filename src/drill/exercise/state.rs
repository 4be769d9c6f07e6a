//! What was played of one day: a function of the scenario, the seed and the commands with their moments, so that rewinding
//! is playing again. It knows no clock on the wall, and nothing here is refused: that is decided before.

use super::board::Board;
pub(super) use super::run::Pull;
use super::run::Run;
use super::set::{Plan, Set};
use super::words;
use crate::drill::view::{Command, InjectState, InjectText, Mark, Message, Seat};
use crate::scenario::model::{Id, Inject, Lever, Trigger};
use crate::time::{Span, Time};
use std::sync::Arc;

/// How often conditions are looked at: at full ten seconds, however fast the clock runs.
pub(super) const LOOK_EVERY: Span = Span::from_secs(10);

/// A command with its moment.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) at: Time,
    pub(super) who: Seat,
    pub(super) command: Command,
}

/// An inject of the scenario, or one that the facilitator wrote.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) name: String,
    /// When it is due, where that is known.
    pub(super) due: Option<Time>,
    pub(super) text: InjectText,
    /// The scenario's.
    pub(super) of: Option<Id<Inject>>,
    pub(super) state: Standing,
    /// The facilitator decided when it was sent, or that it is not.
    pub(super) by_hand: bool,
    /// The how-manieth condition it waits for.
    condition: Option<usize>,
    /// Since when its condition holds.
    since: Option<Time>,
}

/// Where an inject stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Waiting,
    Fired(Time),
    Skipped,
    Spared,
}

impl Standing {
    pub(super) fn shown(self) -> InjectState {
        match self {
            Self::Waiting => InjectState::Waiting,
            Self::Fired(at) => InjectState::Fired { at: at.secs_f64() },
            Self::Skipped => InjectState::Skipped,
            Self::Spared => InjectState::Spared,
        }
    }
}

/// Something that was decided.
#[derive(Clone, Debug)]
pub(super) struct Made {
    pub(super) number: u64,
    pub(super) at: Time,
    pub(super) by: String,
    pub(super) role: Option<String>,
    pub(super) text: Option<String>,
    pub(super) why: Option<String>,
    /// The lever that it is, and whether luck lets it work.
    pub(super) pull: Option<(Pull, bool)>,
    /// It was ruled to change nothing.
    pub(super) noted: bool,
}

/// What was seen of something expected.
#[derive(Clone, Debug, Default)]
pub(super) struct Rating {
    pub(super) mark: Option<Mark>,
    pub(super) note: String,
}

/// When a day stops by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// Never: what was played is played again.
    Never,
    /// When an inject is sent at which it is to be held.
    AtHolds,
    /// When any inject is sent.
    AtAny,
}

/// One day as it was played so far.
pub(super) struct State {
    pub(super) set: Arc<Set>,
    pub(super) run: Run<Board>,
    pub(super) now: Time,
    pub(super) pieces: Vec<Piece>,
    /// What was sent, and to whom.
    pub(super) inbox: Vec<Message>,
    pub(super) announcements: Vec<Message>,
    pub(super) made: Vec<Made>,
    /// By expectation of the drill.
    pub(super) ratings: Vec<Rating>,
    next: u64,
}

impl State {
    /// Before the start.
    pub(super) fn new(set: &Arc<Set>) -> Self {
        let watched = set.clone();
        let mut run = Run::new(set, Plan::Levers, 0, Arc::new(move || Board::new(&watched)), Vec::new());
        run.observer_mut().catch_up(Time::ZERO);
        let mut conditions = 0;
        let pieces = set.drill.injects.iter().enumerate().map(|(n, inject)| {
            let waits = matches!(inject.trigger, Trigger::When(_));
            let condition = waits.then_some(conditions);
            conditions += usize::from(waits);
            Piece {
                name: inject.name.clone(),
                due: inject.due(),
                text: words::text_of(inject, &set.drill),
                of: Some(Id::new(n)),
                state: Standing::Waiting,
                by_hand: false,
                condition,
                since: None,
            }
        });
        let pieces = pieces.collect();
        let ratings = vec![Rating::default(); set.drill.expect.len()];
        Self {
            run,
            now: Time::ZERO,
            pieces,
            inbox: Vec::new(),
            announcements: Vec::new(),
            made: Vec::new(),
            ratings,
            next: 1,
            set: set.clone(),
        }
    }

    /// Plays these commands again, and on to a moment.
    pub(super) fn again(set: &Arc<Set>, entries: &[Entry], to: Time) -> Self {
        let mut state = Self::new(set);
        for entry in entries {
            state.advance(entry.at, Stop::Never);
            state.act(entry);
        }
        state.advance(to, Stop::Never);
        state
    }

    /// The end of the exercise.
    pub(super) fn end(&self) -> Time {
        self.set.scenario().end()
    }

    /// Plays up to this moment, or to where it stops before; the inject at which it stopped.
    pub(super) fn advance(&mut self, to: Time, stop: Stop) -> Option<usize> {
        let to = to.min(self.end());
        if to <= self.now {
            // While the clock stands nothing is sent, or what is done in one moment would depend on who looked at the clock.
            return None;
        }
        loop {
            let sent = self.send_what_is_due();
            let stopped = sent.into_iter().find(|piece| match stop {
                Stop::Never => false,
                Stop::AtAny => true,
                Stop::AtHolds => self.holds(*piece),
            });
            if stopped.is_some() || self.now >= to {
                return stopped;
            }
            let look = Time::from_micros((self.now.micros() / LOOK_EVERY.micros() + 1) * LOOK_EVERY.micros());
            let waiting = self.pieces.iter().filter(|piece| piece.state == Standing::Waiting);
            let due = waiting.filter_map(|piece| piece.due).filter(|due| *due > self.now).min().unwrap_or(to);
            self.now = to.min(look).min(due);
            self.run.advance(self.now);
            self.run.observer_mut().catch_up(self.now);
        }
    }

    fn holds(&self, piece: usize) -> bool {
        self.pieces[piece].of.is_some_and(|inject| self.set.drill.hold_at.contains(&inject))
    }

    /// Sends every inject whose moment has come; which.
    fn send_what_is_due(&mut self) -> Vec<usize> {
        let mut sent = Vec::new();
        for index in 0..self.pieces.len() {
            if self.pieces[index].state == Standing::Waiting && self.is_due(index) {
                if self.is_spared(index) {
                    self.pieces[index].state = Standing::Spared;
                } else {
                    self.send(index);
                    sent.push(index);
                }
            }
        }
        sent
    }

    fn is_due(&mut self, index: usize) -> bool {
        let now = self.now;
        if let Some(due) = self.pieces[index].due {
            return due <= now;
        }
        let (Some(nth), Some(of)) = (self.pieces[index].condition, self.pieces[index].of) else { return false };
        if now.micros() % LOOK_EVERY.micros() != 0 {
            return false;
        }
        let Trigger::When(live) = &self.set.drill.injects[of.index()].trigger else { return false };
        let piece = &mut self.pieces[index];
        if self.run.observer().condition(now, nth) <= live.above {
            piece.since = None;
            return false;
        }
        now.since(*piece.since.get_or_insert(now)) >= live.held_for
    }

    /// Whether what an inject would ask for was done already.
    fn is_spared(&self, index: usize) -> bool {
        let Some(of) = self.pieces[index].of else { return false };
        match self.set.drill.injects[of.index()].trigger {
            Trigger::Unless { lever, .. } => self.pulls_of(lever).next().is_some(),
            Trigger::At(_) | Trigger::When(_) => false,
        }
    }

    fn send(&mut self, index: usize) {
        let now = self.now;
        self.pieces[index].state = Standing::Fired(now);
        let message = self.message(self.pieces[index].text.clone());
        self.inbox.push(message);
        if let Some(of) = self.pieces[index].of {
            let set = self.set.clone();
            self.run.miss(now, &set.drill.injects[of.index()].absences);
            self.run.observer_mut().catch_up(now);
        }
    }

    fn message(&mut self, text: InjectText) -> Message {
        let InjectText { to, via, from, say } = text;
        Message { number: self.number(), at: self.now.secs_f64(), via, from, to, say }
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next - 1
    }

    /// The pulls of a lever so far, with their moments.
    pub(super) fn pulls_of(&self, lever: Id<Lever>) -> impl DoubleEndedIterator<Item = (Time, Pull)> {
        let of = move |made: &Made| made.pull.map(|(pull, _)| (made.at, pull)).filter(|(_, pull)| pull.lever == lever);
        self.made.iter().filter_map(of)
    }

    /// A lever by its name.
    pub(super) fn lever(&self, name: &str) -> Option<Id<Lever>> {
        self.set.drill.levers.iter().position(|lever| lever.name == name).map(Id::new)
    }

    /// Does what a command asks for in this moment. One that names nothing there is does nothing.
    pub(super) fn act(&mut self, entry: &Entry) {
        let (by, role) = match &entry.who {
            Seat::Participant { role, name } => (name.clone(), Some(role.clone())),
            _ => (words::facilitator(&self.set.drill).to_owned(), None),
        };
        match entry.command.clone() {
            Command::Lever { lever, text } => {
                if let Some(lever) = self.lever(&lever) {
                    self.decide(by, role, text, None, Some(lever));
                }
            }
            Command::Say { text, why } => self.decide(by, role, Some(text), why, None),
            Command::Rule { decision, lever } => {
                let lever = lever.and_then(|lever| self.lever(&lever));
                let pull = lever.map(|lever| self.pull(lever));
                if let Some(made) = self.made.iter_mut().find(|made| made.number == decision) {
                    (made.pull, made.noted) = (pull, pull.is_none());
                }
            }
            Command::Fire { inject } => {
                if let Some(index) = self.piece(&inject) {
                    self.pieces[index].by_hand = true;
                    self.send(index);
                }
            }
            Command::Skip { inject } => {
                if let Some(index) = self.piece(&inject) {
                    (self.pieces[index].state, self.pieces[index].by_hand) = (Standing::Skipped, true);
                }
            }
            Command::Postpone { inject, by } => {
                if let Some(index) = self.piece(&inject) {
                    let due = self.pieces[index].due.unwrap_or(self.now);
                    self.pieces[index].due = Some(due + Span::from_secs_f64(by));
                }
            }
            Command::Edit { inject, text } => {
                if let Some(index) = self.piece(&inject) {
                    self.pieces[index].text = text;
                }
            }
            Command::Inject { at, text } => self.write(at.map(Time::from_secs_f64), text),
            Command::Announce { text } => {
                let text = words::announcement(&self.set.drill, text);
                let message = self.message(text);
                self.announcements.push(message);
            }
            Command::Rate { expect, mark, note } => {
                if let Some(index) = self.set.drill.expect.iter().position(|one| one.id == expect) {
                    self.ratings[index] = Rating { mark: Some(mark), note };
                }
            }
            // The clock's, and what is filled in afterwards: no part of the day.
            _ => {}
        }
    }

    /// An inject that waits to be sent, by its name.
    pub(super) fn piece(&self, name: &str) -> Option<usize> {
        self.pieces.iter().position(|piece| piece.name == name && piece.state == Standing::Waiting)
    }

    /// The facilitator wrote an inject.
    fn write(&mut self, at: Option<Time>, text: InjectText) {
        let written = self.pieces.iter().filter(|piece| piece.of.is_none()).count();
        self.pieces.push(Piece {
            name: format!("+{}", written + 1),
            due: Some(at.unwrap_or(self.now).max(self.now)),
            text,
            of: None,
            state: Standing::Waiting,
            by_hand: true,
            condition: None,
            since: None,
        });
        if at.is_none() {
            self.send(self.pieces.len() - 1);
        }
    }

    fn decide(
        &mut self,
        by: String,
        role: Option<String>,
        text: Option<String>,
        why: Option<String>,
        lever: Option<Id<Lever>>,
    ) {
        let (number, at) = (self.number(), self.now);
        let pull = lever.map(|lever| self.pull(lever));
        self.made.push(Made { number, at, by, role, text, why, pull, noted: false });
    }

    fn pull(&mut self, lever: Id<Lever>) -> (Pull, bool) {
        let works_at = self.now + self.set.drill.levers[lever.index()].delay;
        let nth = self.pulls_of(lever).count() as u32;
        let pull = Pull { works_at, lever, nth };
        self.run.pull(pull);
        // One without a delay works before anything else happens.
        self.run.advance(self.now);
        (pull, self.run.works(pull))
    }
}
