//! What callers, callees and people do, called by the rehearsal.

use super::Twilio;
use super::call::{Call, Direction, State, Status};
use super::link::Link;
use super::twiml::Enqueue;
use crate::mocks::vendor::Effect;
use crate::time::Time;

impl Twilio {
    /// A call.
    pub fn call(&self, sid: &str) -> Option<&Call> {
        self.calls.get(sid)
    }

    /// Somebody calls a number of the account. Gives the call and what follows: the target is asked what to do. A number
    /// that is not ours, or that nobody answers for, ends the call at once.
    pub fn incoming_call(&mut self, from: &str, to: &str, tag: Option<u64>, now: Time) -> (String, Vec<Effect>) {
        let sid = self.next_sid("CA");
        let mut call = Call::new(sid.clone(), from, to, Direction::Inbound, now);
        call.tag = tag;
        let mut out = Vec::new();
        let number = self.number(to).cloned();
        if let Some(number) = &number {
            call.fallback = number.voice_fallback.clone();
            call.callback = number.status_callback.clone();
            call.callback_events = vec!["completed".to_owned()];
        }
        self.calls.insert(sid.clone(), call);
        match number.and_then(|number| number.voice) {
            Some(voice) => self.ask(&sid, &voice, Vec::new(), false, now, &mut out),
            None => self.end(&sid, Status::Failed, now, &mut out),
        }
        (sid, out)
    }

    /// A call that was put into a queue at `since`, before the target listened (a warm start): nobody is told of it, and it is
    /// over when a person has talked with it.
    pub fn standing_call(&mut self, from: &str, to: &str, queue: &str, since: Time) -> String {
        let sid = self.next_sid("CA");
        let mut call = Call::new(sid.clone(), from, to, Direction::Inbound, since);
        (call.status, call.answered) = (Status::InProgress, Some(since));
        self.calls.insert(sid.clone(), call);
        let waits = Enqueue { queue: queue.to_owned(), action: None, wait: None };
        self.enters_queue(&sid, &waits, since, &mut Vec::new());
        sid
    }

    /// The caller speaks; words that nothing listens to are lost.
    pub fn caller_says(&mut self, sid: &str, text: &str, now: Time) -> Vec<Effect> {
        let mut out = Vec::new();
        self.words(sid, text, now, &mut out);
        out
    }

    /// The caller presses keys (`0`-`9`, `*`, `#`).
    pub fn caller_presses(&mut self, sid: &str, digits: &str, now: Time) -> Vec<Effect> {
        let mut out = Vec::new();
        self.keys(sid, digits, now, &mut out);
        out
    }

    /// The caller, or the callee of a call that the desk made, hangs up. No `Seen::CallEnded` follows: the harness did it.
    pub fn caller_hangs_up(&mut self, sid: &str, now: Time) -> Vec<Effect> {
        let mut out = Vec::new();
        self.ends_quietly(sid, Status::Completed, now, &mut out);
        out
    }

    /// A person's softphone takes a call from a queue; `None`: the call does not wait there (any more).
    pub fn take_from_queue(&mut self, queue: &str, sid: &str, now: Time) -> Option<Vec<Effect>> {
        let waits = self.queue(queue)?.members.iter().any(|member| member == sid);
        (waits && self.takes(sid, now)).then(Vec::new)
    }

    /// A person puts a call that they took back to the head of its queue.
    pub fn put_back(&mut self, sid: &str, now: Time) -> Vec<Effect> {
        let mut out = Vec::new();
        self.returns(sid, now, &mut out);
        out
    }

    /// The talk of a call with a person is over, while the caller is still there: the target is asked what comes next
    /// (`QueueResult=bridged`, or `DialCallStatus=completed`), or the verbs behind follow, or the call is over.
    pub fn bridge_ends(&mut self, sid: &str, now: Time) -> Vec<Effect> {
        let mut out = Vec::new();
        self.disconnects(sid, now, &mut out);
        out
    }

    /// The person hangs up first: for the caller the same as [`Self::bridge_ends`].
    pub fn person_hangs_up(&mut self, sid: &str, now: Time) -> Vec<Effect> {
        self.bridge_ends(sid, now)
    }

    /// Somebody answers a call that the desk made (`Seen::CallPlaced`).
    pub fn callee_answers(&mut self, sid: &str, now: Time) -> Vec<Effect> {
        let mut out = Vec::new();
        self.is_answered(sid, now, &mut out);
        out
    }

    /// Nobody takes a call that the desk made: [`Status::Busy`], [`Status::NoAnswer`] or [`Status::Failed`].
    pub fn callee_declines(&mut self, sid: &str, why: Status, now: Time) -> Vec<Effect> {
        let mut out = Vec::new();
        self.nobody_answers(sid, why, now, &mut out);
        out
    }

    /// Whether a call waits in a queue, and in which.
    pub fn waits_in(&self, sid: &str) -> Option<&str> {
        let place = self.calls.get(sid)?.place.as_ref()?;
        self.queues.get(&place.queue).map(|queue| queue.name.as_str())
    }

    /// Whether a call is connected with a person.
    pub fn is_connected(&self, sid: &str) -> bool {
        self.calls.get(sid).is_some_and(|call| call.state == State::Connected)
    }

    /// Asks this address when somebody calls a number, and the other one when that fails.
    pub fn set_voice_url(&mut self, number: &str, url: &str, fallback: Option<&str>) {
        let link = |url: &str| Link { url: url.to_owned(), post: true };
        if let Some(number) = self.numbers.values_mut().find(|known| known.number == number) {
            number.voice = Some(link(url));
            number.voice_fallback = fallback.map(link);
        }
    }
}
