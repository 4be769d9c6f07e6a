//! A simulated person at the other end of a call: presses what they were told to, says what they were told to, hangs up
//! when their patience ends, and answers the calls that the target makes.

use super::Twilio;
use super::call::{Direction, State, Status};
use super::knob::Knob;
use super::timers::Timer;
use crate::mocks::vendor::Effect;
use crate::time::{Span, Time};
use std::collections::VecDeque;

/// When a line is found busy or dead, where nobody says how long a call rings.
const SOON: Span = Span::from_secs(1);
/// When a call is answered late.
const LATE: Span = Span::from_secs(15);

/// What a caller will do: one entry for each `Gather` that asks for it.
#[derive(Clone, Debug, Default)]
pub(super) struct Caller {
    digits: VecDeque<String>,
    says: VecDeque<String>,
}

impl Caller {
    pub(super) fn new(digits: Vec<String>, says: Vec<String>) -> Self {
        Self { digits: digits.into(), says: says.into() }
    }
}

impl Twilio {
    /// This caller is at the other end of a call, until their patience ends.
    pub(super) fn caller_is(&mut self, sid: &str, caller: Caller, patience_ends: Option<Time>) {
        if self.calls.get(sid).is_none_or(|call| call.state == State::Over) {
            return;
        }
        self.callers.insert(sid.to_owned(), caller);
        if let Some(at) = patience_ends {
            self.timers.set(Timer::Caller(sid.to_owned()), at);
        }
    }

    /// A call that the target makes begins to ring. One that nobody answers rings until it is given up.
    pub(super) fn rings(&mut self, sid: &str, now: Time) {
        let fate = self.calls.get(sid).and_then(|call| call.fate);
        let after = match (self.knob, fate) {
            (_, Some(Status::NoAnswer)) => None,
            (_, Some(_)) => Some(self.settings.answered_after.unwrap_or(SOON)),
            (Some(Knob::AnswerDelay), None) => Some(LATE),
            _ => self.settings.answered_after,
        };
        if let Some(after) = after {
            self.timers.set(Timer::Caller(sid.to_owned()), now + after);
        }
    }

    /// A caller is asked to press keys or to speak: they do as they were told, or say nothing.
    pub(super) fn is_prompted(&mut self, sid: &str, keys: bool, speech: bool, now: Time, out: &mut Vec<Effect>) {
        let Some(caller) = self.callers.get_mut(sid) else { return };
        let digits = if keys { caller.digits.pop_front() } else { None };
        match digits {
            Some(digits) => self.keys(sid, &digits, now, out),
            None if speech => {
                if let Some(words) = caller.says.pop_front() {
                    self.words(sid, &words, now, out);
                }
            }
            None => {}
        }
    }

    /// A callee answers, or a caller's patience ends. One who talks with a person does not hang up.
    pub(super) fn caller_acts(&mut self, sid: &str, now: Time, out: &mut Vec<Effect>) {
        let Some(call) = self.calls.get(sid) else { return };
        match (&call.state, call.direction) {
            (State::Connected, _) => {}
            (State::Ringing, _) if call.fate.is_some() => {
                let fate = call.fate.unwrap_or(Status::Failed);
                self.nobody_answers(sid, fate, now, out);
            }
            (State::Ringing, Direction::OutboundApi | Direction::OutboundDial) => self.is_answered(sid, now, out),
            _ => out.extend(self.caller_hangs_up(sid, now)),
        }
    }

    /// The call is over, and so is the caller.
    pub(super) fn caller_is_gone(&mut self, sid: &str) {
        self.callers.remove(sid);
        self.timers.clear(&Timer::Caller(sid.to_owned()));
    }
}
