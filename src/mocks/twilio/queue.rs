//! Queues, and callers going in and out of them.

use super::Twilio;
use super::call::{After, Place, State};
use super::twiml::Enqueue;
use super::webhooks::{Fields, fields};
use crate::mocks::vendor::{Effect, Seen};
use crate::time::{Span, Time};
use std::collections::VecDeque;

/// A queue of calls.
#[derive(Clone, Debug)]
pub struct Queue {
    /// `QU…`.
    pub sid: String,
    /// The name that `Enqueue` uses.
    pub name: String,
    /// The calls that wait, first come first.
    pub members: VecDeque<String>,
    /// How many it takes.
    pub max_size: usize,
    /// When it was made.
    pub created: Time,
    /// How many have left it, and how long they had waited in all.
    pub left: (u32, Span),
    /// Calls whose `Dial` waits for somebody to come.
    pub(super) dialers: VecDeque<String>,
}

impl Queue {
    /// How long those who have left had waited, on average, in seconds.
    pub fn average_wait(&self) -> i64 {
        let (count, total) = self.left;
        total.micros() / 1_000_000 / i64::from(count.max(1))
    }
}

/// More queues than an account has; further names share the last one's place and are refused.
const MAX_QUEUES: usize = 1_000;

impl Twilio {
    /// The queue of that name.
    pub fn queue(&self, name: &str) -> Option<&Queue> {
        self.queues.values().find(|queue| queue.name == name)
    }

    /// The id of the queue of that name, made if there is none; `None`: the account has too many.
    pub(super) fn queue_sid(&mut self, name: &str, now: Time) -> Option<String> {
        if let Some(queue) = self.queue(name) {
            return Some(queue.sid.clone());
        }
        if self.queues.len() >= MAX_QUEUES {
            return None;
        }
        let sid = self.next_sid("QU");
        let queue = Queue {
            sid: sid.clone(),
            name: name.to_owned(),
            members: VecDeque::new(),
            max_size: self.settings.queue_size,
            created: now,
            left: (0, Span::ZERO),
            dialers: VecDeque::new(),
        };
        self.queues.insert(sid.clone(), queue);
        Some(sid)
    }

    /// `<Enqueue>`; whether the next verb follows at once.
    pub(super) fn enters_queue(&mut self, sid: &str, verb: &Enqueue, now: Time, out: &mut Vec<Effect>) -> bool {
        let action = verb.action.as_ref().map(|link| self.link(sid, link));
        let wait = verb.wait.as_ref().map(|link| self.link(sid, link));
        let room = self.queue_sid(&verb.queue, now).filter(|queue| self.has_room(queue));
        let Some(queue) = room else {
            let Some(action) = action else { return true };
            self.ask(sid, &action, fields(&[("QueueResult", "queue-full"), ("QueueTime", "0")]), false, now, out);
            return false;
        };
        let Some(call) = self.calls.get_mut(sid) else { return false };
        let rest = std::mem::take(&mut call.program);
        let base = call.base.clone();
        call.place = Some(Place {
            queue: queue.clone(),
            since: now,
            wait,
            next: None,
            asked: now,
            after: After { action, rest, base },
        });
        call.state = State::Waiting;
        if let Some(queue) = self.queues.get_mut(&queue) {
            queue.members.push_back(sid.to_owned());
        }
        out.push(Effect::Seen(Seen::Enqueued { call: sid.to_owned(), queue: verb.queue.clone() }));
        self.hears_while_waiting(sid, now, out);
        self.dialer_takes(&queue, now);
        false
    }

    fn has_room(&self, queue: &str) -> bool {
        self.queues.get(queue).is_some_and(|queue| queue.members.len() < queue.max_size)
    }

    /// Asks what a waiting caller hears next; without an address it is music, which nobody need fetch.
    pub(super) fn hears_while_waiting(&mut self, sid: &str, now: Time, out: &mut Vec<Effect>) {
        let Some(place) = self.calls.get_mut(sid).and_then(|call| call.place.as_mut()) else { return };
        place.asked = now;
        let (next, since, queue) = (place.next.take().or_else(|| place.wait.clone()), place.since, place.queue.clone());
        let Some(link) = next else { return self.limit_only(sid) };
        let Some(queue) = self.queues.get(&queue) else { return };
        let position = queue.members.iter().position(|member| member == sid).map_or(0, |at| at + 1);
        let more = fields(&[
            ("QueueSid", &queue.sid),
            ("QueuePosition", &position.to_string()),
            ("QueueTime", &seconds(now.since(since))),
            ("AvgQueueTime", &queue.average_wait().to_string()),
            ("CurrentQueueSize", &queue.members.len().to_string()),
            ("MaxQueueSize", &queue.max_size.to_string()),
        ]);
        self.ask(sid, &link, more, true, now, out);
    }

    /// Takes a call out of its queue and forgets what it was hearing there.
    pub(super) fn steps_out(&mut self, sid: &str, now: Time) -> Option<Place> {
        let call = self.calls.get_mut(sid)?;
        let place = call.place.take()?;
        call.interrupt();
        if let Some(queue) = self.queues.get_mut(&place.queue) {
            queue.members.retain(|member| member != sid);
            queue.left = (queue.left.0.saturating_add(1), queue.left.1 + now.since(place.since));
        }
        Some(place)
    }

    /// A call leaves its queue and goes on: with the action of its `Enqueue`, or the verbs behind it.
    pub(super) fn leave_queue(
        &mut self,
        sid: &str,
        result: &str,
        more: &[(&str, &str)],
        now: Time,
        out: &mut Vec<Effect>,
    ) {
        let Some(place) = self.steps_out(sid, now) else { return };
        let mut said = queue_fields(&place, result, now);
        said.extend(fields(more));
        self.goes_on(sid, place.after, said, now, out);
    }

    /// A call goes on after a queue or a connection: the target is asked, or the verbs behind follow.
    pub(super) fn goes_on(&mut self, sid: &str, after: After, more: Fields, now: Time, out: &mut Vec<Effect>) {
        match after.action {
            Some(action) => self.ask(sid, &action, more, false, now, out),
            None => {
                if let Some(call) = self.calls.get_mut(sid) {
                    call.program = after.rest;
                    call.base = after.base;
                }
                self.follow(sid, now, out);
            }
        }
    }
}

/// What the target is told of a call that left its queue.
pub(super) fn queue_fields(place: &Place, result: &str, now: Time) -> Fields {
    fields(&[("QueueResult", result), ("QueueSid", &place.queue), ("QueueTime", &seconds(now.since(place.since)))])
}

/// Whole seconds.
pub(super) fn seconds(length: Span) -> String {
    (length.micros() / 1_000_000).to_string()
}
