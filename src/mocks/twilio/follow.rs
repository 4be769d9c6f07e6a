//! Carrying out a call's verbs, one after the other, until one of them takes time.

use super::call::{Pressed, State, Status};
use super::link::{Link, resolve};
use super::timers::Timer;
use super::twiml::{Gather, Verb};
use super::webhooks::fields;
use super::{Call, Twilio};
use crate::mocks::vendor::{Effect, Seen};
use crate::time::{Span, Time};

impl Twilio {
    /// Goes on with a call's document.
    pub(super) fn follow(&mut self, sid: &str, now: Time, out: &mut Vec<Effect>) {
        loop {
            let Some(call) = self.calls.get_mut(sid) else { return };
            if call.state == State::Over {
                return;
            }
            let Some(verb) = call.program.pop_front() else { return self.runs_out(sid, now, out) };
            call.updated = now;
            if call.status == Status::Ringing && call.direction == super::call::Direction::Inbound {
                if let Verb::Reject { busy } = verb {
                    let status = if busy { Status::Busy } else { Status::NoAnswer };
                    return self.end(sid, status, now, out);
                }
                self.picks_up(sid, now, out);
            }
            if !self.carry_out(sid, verb, now, out) {
                return;
            }
        }
    }

    /// Carries out a verb; whether the next one follows at once.
    fn carry_out(&mut self, sid: &str, verb: Verb, now: Time, out: &mut Vec<Effect>) -> bool {
        let speech = self.settings.speech;
        match verb {
            Verb::Say { text, times } => {
                let length = speech.length(&text);
                return self.is_heard(sid, text, length, times, now, out);
            }
            Verb::Play { url, times } => {
                let text = format!("(recording {url})");
                return self.is_heard(sid, text, speech.recording, times, now, out);
            }
            Verb::Pause(length) => return self.stays(sid, length, now),
            Verb::Gather(gather) => self.begins_to_listen(sid, gather),
            Verb::Redirect(link) => {
                let link = self.link(sid, &link);
                if let Some(place) = self.calls.get_mut(sid).and_then(|call| call.place.as_mut()) {
                    // In a queue it is the next thing to hear, in its time.
                    place.next = Some(link);
                    self.runs_out(sid, now, out);
                } else {
                    self.ask(sid, &link, Vec::new(), false, now, out);
                }
                return false;
            }
            Verb::Message { .. } => self.verb_texts(sid, verb, now, out),
            Verb::Enqueue(enqueue) => return self.enters_queue(sid, &enqueue, now, out),
            Verb::Leave => {
                if self.calls.get(sid).is_some_and(|call| call.place.is_some()) {
                    self.leave_queue(sid, "leave", &[], now, out);
                    return false;
                }
            }
            Verb::Record(record) => return self.begins_to_record(sid, record, now, out),
            Verb::Connect { stream, action } => return self.connects(sid, stream, action.as_ref(), out),
            Verb::Start(stream) => drop(self.opens_stream(sid, stream, None, out)),
            Verb::Stop(name) => drop(self.stops_stream(sid, &name, now, out)),
            Verb::Dial(dial) => return self.dials(sid, &dial, now, out),
            Verb::Hangup | Verb::Reject { .. } => {
                self.end(sid, Status::Completed, now, out);
                return false;
            }
        }
        true
    }

    /// The document is at its end: a waiting caller hears the next one, any other call is over.
    fn runs_out(&mut self, sid: &str, now: Time, out: &mut Vec<Effect>) {
        let Some(call) = self.calls.get_mut(sid) else { return };
        // A gather's prompt is over: now the caller has their time.
        if let Some(gather) = call.gather.clone() {
            return self.listens(sid, &gather, now, out);
        }
        match call.place.as_ref() {
            Some(place) if place.next.is_some() || place.wait.is_some() => {
                call.program.clear();
                let at = (place.asked + self.settings.wait_period).max(now);
                call.state = State::Waiting;
                self.timer(sid, at);
            }
            Some(_) => {
                call.state = State::Waiting;
                self.limit_only(sid);
            }
            None => self.end(sid, Status::Completed, now, out),
        }
    }

    fn is_heard(
        &mut self,
        sid: &str,
        text: String,
        length: Span,
        times: u32,
        now: Time,
        out: &mut Vec<Effect>,
    ) -> bool {
        if let Some(call) = self.calls.get_mut(sid) {
            call.heard = call.heard || !text.is_empty();
        }
        self.streams_carry(sid, &text);
        out.push(Effect::Seen(Seen::Heard { call: sid.to_owned(), text }));
        let length = if times == 0 { Span::FOREVER } else { length.times(f64::from(times)) };
        self.stays(sid, length, now)
    }

    /// Time passes before the next verb, if any does.
    fn stays(&mut self, sid: &str, length: Span, now: Time) -> bool {
        if length == Span::ZERO {
            return true;
        }
        if let Some(call) = self.calls.get_mut(sid) {
            call.state = State::Hearing;
        }
        self.timer(sid, now + length);
        false
    }

    /// The prompt of a gather comes first, and keys and words count from now on. What follows the gather waits behind.
    fn begins_to_listen(&mut self, sid: &str, gather: Gather) {
        let Some(call) = self.calls.get_mut(sid) else { return };
        call.digits.clear();
        let prompt = gather.prompt.clone();
        call.after_gather = std::mem::take(&mut call.program);
        call.program = prompt.into();
        call.gather = Some(gather);
    }

    fn listens(&mut self, sid: &str, gather: &Gather, now: Time, out: &mut Vec<Effect>) {
        let Some(call) = self.calls.get_mut(sid) else { return };
        call.state = State::Listening;
        let timeout = gather.timeout;
        self.timer(sid, now + timeout);
        let (speech, keys) = (gather.speech, gather.keys);
        out.push(Effect::Seen(Seen::Prompted { call: sid.to_owned(), speech, keys, timeout }));
        self.is_prompted(sid, keys, speech, now, out);
    }

    /// The caller presses keys.
    pub(super) fn keys(&mut self, sid: &str, keys: &str, now: Time, out: &mut Vec<Effect>) {
        let Some(call) = self.calls.get_mut(sid) else { return };
        if call.tape.is_some() {
            return self.keys_end_recording(sid, keys, now, out);
        }
        if self.presses_into_streams(sid, keys) {
            return;
        }
        let Some(call) = self.calls.get_mut(sid) else { return };
        match call.press(keys) {
            Pressed::Lost => {}
            Pressed::Enough { key } => self.keys_are_in(sid, key, now, out),
            Pressed::More => {
                // Keys cut the prompt short; each gives more time.
                call.program.clear();
                call.state = State::Listening;
                let timeout = call.gather.as_ref().map_or(Span::ZERO, |gather| gather.timeout);
                self.timer(sid, now + timeout);
            }
        }
    }

    fn keys_are_in(&mut self, sid: &str, key: Option<char>, now: Time, out: &mut Vec<Effect>) {
        let Some(call) = self.calls.get_mut(sid) else { return };
        let digits = std::mem::take(&mut call.digits);
        let mut more = fields(&[("Digits", &digits), ("msg", "Gather End")]);
        if let Some(key) = key {
            more.push(("FinishedOnKey".to_owned(), key.to_string()));
        }
        self.gathered(sid, more, now, out);
    }

    /// The caller speaks.
    pub(super) fn words(&mut self, sid: &str, text: &str, now: Time, out: &mut Vec<Effect>) {
        if self.speaks_into_streams(sid, text) {
            return;
        }
        let Some(call) = self.calls.get_mut(sid) else { return };
        if call.tape.is_some() {
            return self.is_recorded(sid, text, now);
        }
        if !call.gather.as_ref().is_some_and(|gather| gather.speech) {
            return;
        }
        call.heard = false;
        let more = fields(&[("SpeechResult", text), ("Confidence", "0.93"), ("Language", "en-US")]);
        self.gathered(sid, more, now, out);
    }

    fn gathered(&mut self, sid: &str, more: super::webhooks::Fields, now: Time, out: &mut Vec<Effect>) {
        let Some(call) = self.calls.get_mut(sid) else { return };
        let Some(gather) = call.gather.take() else { return };
        let url = resolve(&call.base, gather.action.as_deref().unwrap_or_default());
        call.interrupt();
        let wait = call.place.is_some();
        self.ask(sid, &Link { url, post: gather.post }, more, wait, now, out);
    }

    /// A call's time has come: what it was hearing is over, or the caller's time to answer is, or nobody answered.
    pub(super) fn timer_rings(&mut self, sid: &str, now: Time, out: &mut Vec<Effect>) {
        let Some(call) = self.calls.get_mut(sid) else { return };
        if now >= call.created + self.settings.time_limit {
            call.heard = false;
            return self.end(sid, Status::Completed, now, out);
        }
        match call.state {
            State::Hearing => self.follow(sid, now, out),
            State::Listening => self.time_to_answer_is_over(sid, now, out),
            State::Waiting => self.hears_while_waiting(sid, now, out),
            State::Ringing => self.nobody_answers(sid, Status::NoAnswer, now, out),
            State::Asking => self.no_answer_came(sid, now, out),
            State::Recording => self.recording_ends(sid, None, now, out),
            State::Streaming | State::Dialing | State::Connected | State::Over => {}
        }
    }

    fn time_to_answer_is_over(&mut self, sid: &str, now: Time, out: &mut Vec<Effect>) {
        let Some(call) = self.calls.get_mut(sid) else { return };
        if !call.digits.is_empty() {
            return self.keys_are_in(sid, None, now, out);
        }
        match call.gather.clone() {
            Some(gather) if gather.even_if_empty => {
                let name = if gather.keys { "Digits" } else { "SpeechResult" };
                self.gathered(sid, fields(&[(name, ""), ("msg", "Gather End")]), now, out);
            }
            _ => {
                call.gather = None;
                call.program = std::mem::take(&mut call.after_gather);
                self.follow(sid, now, out);
            }
        }
    }

    /// A link of a call's document, resolved.
    pub(super) fn link(&self, sid: &str, link: &Link) -> Link {
        link.from(self.calls.get(sid).map_or("", |call| &call.base))
    }

    /// The call goes on at this time, or ends at its limit.
    pub(super) fn timer(&mut self, sid: &str, at: Time) {
        let Some(call) = self.calls.get(sid) else { return };
        let at = at.min(call.created + self.settings.time_limit);
        self.timers.set(Timer::Call(sid.to_owned()), at);
    }

    /// Only the longest time a call may last ends what it is doing.
    pub(super) fn limit_only(&mut self, sid: &str) {
        self.timer(sid, Time::NEVER);
    }

    /// An incoming call is answered: its first verb does that.
    fn picks_up(&mut self, sid: &str, now: Time, out: &mut Vec<Effect>) {
        let Some(call) = self.calls.get_mut(sid) else { return };
        call.status = Status::InProgress;
        call.answered = Some(now);
        self.call_back(sid, "answered", now, out);
    }

    /// The call is over. It is seen to be, unless it is only the other half of a `Dial`.
    pub(super) fn end(&mut self, sid: &str, status: Status, now: Time, out: &mut Vec<Effect>) {
        let in_order = self.calls.get(sid).is_some_and(|call| call.heard);
        if self.ends_quietly(sid, status, now, out) {
            out.push(Effect::Seen(Seen::CallEnded { call: sid.to_owned(), in_order }));
        }
    }

    /// The call is over, and nobody need be told who knows; whether it was a call of somebody outside.
    pub(super) fn ends_quietly(&mut self, sid: &str, status: Status, now: Time, out: &mut Vec<Effect>) -> bool {
        let Some(call) = self.calls.get_mut(sid).filter(|call| call.state != State::Over) else { return false };
        let before_answer = call.answered.is_none();
        call.status = if before_answer && status == Status::Completed { Status::Canceled } else { status };
        // An incoming call that fails before it is answered was answered by the apology.
        if call.status == Status::Canceled && call.direction == super::call::Direction::Inbound {
            call.status = Status::Completed;
        }
        call.state = State::Over;
        call.ended = Some(now);
        call.updated = now;
        call.hears_again(now);
        self.streams_end(sid, true, now, out);
        self.caller_leaves_recording(sid, now, out);
        let Some(call) = self.calls.get_mut(sid) else { return false };
        if call.answered.is_some() {
            out.push(Effect::Seen(Seen::Silence { call: sid.to_owned(), length: call.silence }));
        }
        call.interrupt();
        let outside = call.bond != Some(super::call::Bond::Dialed);
        self.timers.clear(&Timer::Call(sid.to_owned()));
        self.caller_is_gone(sid);
        self.parts(sid, now, out);
        self.call_back(sid, "completed", now, out);
        self.forgets_old_calls();
        outside
    }

    /// More calls than are remembered: the oldest that are over go.
    fn forgets_old_calls(&mut self) {
        const MAX_CALLS: usize = 100_000;
        if self.calls.len() <= MAX_CALLS {
            return;
        }
        let over = |call: &Call| call.state == State::Over;
        let oldest = self.calls.iter().find(|(_, call)| over(call)).map(|(sid, _)| sid.clone());
        if let Some(sid) = oldest {
            self.calls.remove(&sid);
        }
    }
}
