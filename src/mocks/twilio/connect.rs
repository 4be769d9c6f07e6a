//! Joining calls with people: a softphone takes a call from a queue, a `Dial` is answered, a connection ends.

use super::call::{After, Bond, Direction, Place, State, Status};
use super::queue::{queue_fields, seconds};
use super::timers::Timer;
use super::twiml::{Dial, DialTo};
use super::webhooks::{Fields, fields};
use super::{Call, Twilio};
use crate::mocks::vendor::{Effect, Seen};
use crate::time::{Span, Time};

impl Twilio {
    /// `<Dial>`; whether the next verb follows at once.
    pub(super) fn dials(&mut self, sid: &str, dial: &Dial, now: Time, out: &mut Vec<Effect>) -> bool {
        let action = dial.action.as_ref().map(|link| self.link(sid, link));
        match &dial.to {
            DialTo::Queue(name) => {
                let Some(queue) = self.queue_sid(name, now) else { return true };
                self.holds(sid, Bond::Dialer { action, since: now });
                if let Some(queue) = self.queues.get_mut(&queue) {
                    queue.dialers.push_back(sid.to_owned());
                }
                self.dialer_takes(&queue, now);
                false
            }
            DialTo::Number(number) => {
                let child = self.next_sid("CA");
                let Some(call) = self.calls.get(sid) else { return false };
                let from = dial.caller_id.clone().unwrap_or_else(|| call.from.clone());
                let mut made = Call::new(child.clone(), &from, number, Direction::OutboundDial, now);
                made.parent = Some(sid.to_owned());
                made.peer = Some(sid.to_owned());
                made.bond = Some(Bond::Dialed);
                self.calls.insert(child.clone(), made);
                self.holds(sid, Bond::Dialer { action, since: now });
                if let Some(call) = self.calls.get_mut(sid) {
                    call.peer = Some(child.clone());
                }
                out.push(Effect::Seen(Seen::CallPlaced { call: child.clone(), to: number.clone() }));
                self.timer(&child, now + dial.timeout);
                self.rings(&child, now);
                false
            }
            DialTo::Nobody => match action {
                None => true,
                Some(action) => {
                    self.ask(sid, &action, fields(&[("DialCallStatus", "failed")]), false, now, out);
                    false
                }
            },
        }
    }

    /// A call waits for its `Dial`; what is behind it stays in its program.
    fn holds(&mut self, sid: &str, bond: Bond) {
        if let Some(call) = self.calls.get_mut(sid) {
            call.state = State::Dialing;
            call.bond = Some(bond);
        }
        self.limit_only(sid);
    }

    /// Calls that dialled a queue are connected with those that wait in it, first with first.
    pub(super) fn dialer_takes(&mut self, queue: &str, now: Time) {
        while let Some(found) = self.queues.get_mut(queue) {
            let Some(member) = found.members.front().cloned() else { return };
            let Some(dialer) = found.dialers.pop_front() else { return };
            self.takes(&member, now);
            if let Some(call) = self.calls.get_mut(&member) {
                call.peer = Some(dialer.clone());
            }
            if let Some(call) = self.calls.get_mut(&dialer) {
                call.state = State::Connected;
                call.peer = Some(member);
                if let Some(Bond::Dialer { since, .. }) = &mut call.bond {
                    *since = now;
                }
            }
        }
    }

    /// A waiting call is connected with a person; `false`: it waits no more.
    pub(super) fn takes(&mut self, sid: &str, now: Time) -> bool {
        let Some(place) = self.steps_out(sid, now) else { return false };
        if let Some(call) = self.calls.get_mut(sid) {
            call.state = State::Connected;
            call.bond = Some(Bond::Member);
            call.heard = true;
            call.updated = now;
            call.left = Some(place);
            call.taken = now;
        }
        self.limit_only(sid);
        true
    }

    /// A person puts a call back to the head of the queue that it came from.
    pub(super) fn returns(&mut self, sid: &str, now: Time, out: &mut Vec<Effect>) {
        let Some(call) = self.calls.get_mut(sid).filter(|call| call.state == State::Connected) else { return };
        let Some(place) = call.left.take() else { return };
        call.bond = None;
        call.state = State::Waiting;
        let queue = place.queue.clone();
        call.place = Some(place);
        if let Some(queue) = self.queues.get_mut(&queue) {
            queue.members.push_front(sid.to_owned());
        }
        self.hears_while_waiting(sid, now, out);
        self.dialer_takes(&queue, now);
    }

    /// Somebody answers a call that the desk made.
    pub(super) fn is_answered(&mut self, sid: &str, now: Time, out: &mut Vec<Effect>) {
        let Some(call) = self.calls.get_mut(sid).filter(|call| call.state == State::Ringing) else { return };
        if call.direction == Direction::Inbound {
            return;
        }
        call.status = Status::InProgress;
        call.answered = Some(now);
        call.updated = now;
        let (peer, start) = (call.peer.clone(), call.start.take());
        self.call_back(sid, "answered", now, out);
        if let Some(parent) = peer {
            for side in [sid, parent.as_str()] {
                if let Some(call) = self.calls.get_mut(side) {
                    call.state = State::Connected;
                    call.heard = true;
                    if let Some(Bond::Dialer { since, .. }) = &mut call.bond {
                        *since = now;
                    }
                }
                self.limit_only(side);
            }
            return;
        }
        match start {
            Some(super::call::Start::Ask(link)) => self.ask(sid, &link, Vec::new(), false, now, out),
            Some(super::call::Start::Follow(verbs)) => {
                if let Some(call) = self.calls.get_mut(sid) {
                    call.program = verbs.into();
                }
                self.follow(sid, now, out);
            }
            None => self.breaks_off(sid, now, out),
        }
    }

    /// Nobody answers a call that the desk made, or the callee is busy.
    pub(super) fn nobody_answers(&mut self, sid: &str, why: Status, now: Time, out: &mut Vec<Effect>) {
        let Some(call) = self.calls.get(sid).filter(|call| call.state == State::Ringing) else { return };
        if call.direction != Direction::Inbound {
            self.ends_quietly(sid, why, now, out);
        }
    }

    /// The connection of a call with a person ends from the person's side: the customer's call goes on with what comes
    /// after. Where the person is a call too, that one is over; either of the two may be named.
    pub(super) fn disconnects(&mut self, sid: &str, now: Time, out: &mut Vec<Effect>) {
        let Some(call) = self.calls.get_mut(sid).filter(|call| call.state == State::Connected) else { return };
        call.heard = true;
        let (bond, peer) = (call.bond.clone(), call.peer.clone());
        let Some(peer) = peer else { return self.is_alone(sid, None, now, out) };
        let peer_waited = self.calls.get(&peer).is_some_and(|peer| peer.bond == Some(Bond::Member));
        let person = if bond == Some(Bond::Dialed) || peer_waited { sid } else { &peer };
        self.ends_quietly(person, Status::Completed, now, out);
    }

    /// What a call that has ended leaves behind: its queue, its `Dial`, the call it was connected with.
    pub(super) fn parts(&mut self, sid: &str, now: Time, out: &mut Vec<Effect>) {
        if let Some(place) = self.steps_out(sid, now)
            && let Some(action) = &place.after.action
        {
            self.notify(sid, action, queue_fields(&place, "hangup", now), out);
        }
        self.tells_of_its_connection(sid, out);
        for queue in self.queues.values_mut() {
            queue.dialers.retain(|dialer| dialer != sid);
        }
        let Some(peer) = self.calls.get_mut(sid).and_then(|call| call.peer.take()) else { return };
        let Some(other) = self.calls.get_mut(&peer).filter(|other| other.state != State::Over) else { return };
        other.peer = None;
        if other.bond == Some(Bond::Dialed) {
            let answered = other.answered.is_some();
            let status = if answered { Status::Completed } else { Status::Canceled };
            self.ends_quietly(&peer, status, now, out);
        } else {
            self.is_alone(&peer, Some(sid), now, out);
        }
    }

    /// Who hangs up while connected leaves the target with the same news as at any end of a connection.
    fn tells_of_its_connection(&mut self, sid: &str, out: &mut Vec<Effect>) {
        let peer = self.calls.get(sid).and_then(|call| self.calls.get(call.peer.as_ref()?));
        let answered = peer.is_some_and(|peer| peer.answered.is_some());
        let Some(call) = self.calls.get_mut(sid) else { return };
        let left = call.left.take();
        match call.bond.take_if(|bond| *bond != Bond::Dialed) {
            Some(Bond::Member) => {
                let Some(place) = left else { return };
                let Some(action) = place.after.action.clone() else { return };
                let more = bridged_fields(&place, call.waited(place.since));
                self.notify(sid, &action, more, out);
            }
            Some(Bond::Dialer { action: Some(action), .. }) => {
                let status = if answered { "completed" } else { "canceled" };
                self.notify(sid, &action, fields(&[("DialCallStatus", status)]), out);
            }
            _ => {}
        }
    }

    /// A call whose connection is over goes on.
    fn is_alone(&mut self, sid: &str, other: Option<&str>, now: Time, out: &mut Vec<Effect>) {
        let Some(call) = self.calls.get_mut(sid) else { return };
        self.timers.clear(&Timer::Call(sid.to_owned()));
        match call.bond.take() {
            Some(Bond::Member) => {
                let Some(place) = call.left.take() else { return self.end(sid, Status::Completed, now, out) };
                let more = bridged_fields(&place, call.waited(place.since));
                self.goes_on(sid, place.after, more, now, out);
            }
            Some(Bond::Dialer { action, since }) => {
                let after = After { action, rest: std::mem::take(&mut call.program), base: call.base.clone() };
                let child = other.and_then(|other| self.calls.get(other));
                let status = child.map_or("completed", |child| child.status.word());
                let mut more = fields(&[("DialCallStatus", status)]);
                if let Some(child) = child {
                    more.push(("DialCallSid".to_owned(), child.sid.clone()));
                    let length = if child.answered.is_some() { now.since(since) } else { Span::ZERO };
                    more.push(("DialCallDuration".to_owned(), seconds(length)));
                    more.push(("DialBridged".to_owned(), child.answered.is_some().to_string()));
                }
                self.goes_on(sid, after, more, now, out);
            }
            Some(Bond::Dialed) | None => self.end(sid, Status::Completed, now, out),
        }
    }
}

/// What the target is told of a call that a person took from its queue.
fn bridged_fields(place: &Place, waited: Span) -> Fields {
    fields(&[("QueueResult", "bridged"), ("QueueSid", &place.queue), ("QueueTime", &seconds(waited))])
}
