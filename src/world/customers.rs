//! Customers: how a contact starts, what stops it at the door, patience, giving up, coming back.

use super::World;
use super::contact::{Contact, State};
use super::informed::End;
use super::outside::{Outside, Wake};
use crate::faults::Asker;
use crate::observation::{Cause, Door, Observation, Who};
use crate::rng::What;
use crate::scenario::model::{Channel, Dependency, Desk, Id, Reason, Segment, Style};
use crate::seam::{ContactId, CustomerAct};
use crate::time::{Span, Time};
use crate::workload::arrivals::{Arrival, CUSTOMER_BITS};
use crate::workload::sample::{cumulative, pick};

/// Numbers of the customers of yesterday's backlog begin here, above every source's.
pub const BACKLOG: u64 = 0xFFF << CUSTOMER_BITS;

/// How long a customer needs to change over to another channel.
pub const CHANGE_OVER: Span = Span::from_secs(30);

/// How long a mail server waits before it tries a hop again that refused.
pub const RESEND: Span = Span::from_secs(60);

/// A contact that is about to start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    /// The customer.
    pub customer: u64,
    /// By which channel.
    pub channel: Id<Channel>,
    /// Why.
    pub reason: Id<Reason>,
    /// Which group.
    pub segment: Id<Segment>,
    /// One for the first.
    pub attempt: u16,
    /// Why it starts.
    pub cause: Cause,
}

impl Opening {
    /// The customer, who would have contacted at this moment and did not.
    pub(super) fn without_contact(self, started: Time) -> Who {
        let Self { customer, channel, reason, segment, attempt, .. } = self;
        Who { contact: ContactId::new(u32::MAX, 0), customer, channel, reason, segment, started, attempt }
    }
}

/// Customers who will come back.
#[derive(Clone, Debug, Default)]
pub struct Returns {
    slots: Vec<Option<Opening>>,
    free: Vec<u32>,
}

impl Returns {
    pub(super) fn add(&mut self, opening: Opening) -> u32 {
        match self.free.pop() {
            Some(slot) => {
                self.slots[slot as usize] = Some(opening);
                slot
            }
            None => {
                self.slots.push(Some(opening));
                (self.slots.len() - 1) as u32
            }
        }
    }

    fn take(&mut self, slot: u32) -> Option<Opening> {
        let opening = self.slots.get_mut(slot as usize)?.take();
        self.free.push(slot);
        opening
    }

    /// Those who meant to try again when the day was stopped, and so never came through.
    pub fn of_unserved(&self) -> impl Iterator<Item = Who> {
        let retries = self.slots.iter().flatten().filter(|opening| opening.cause == Cause::Retry);
        retries.map(|opening| opening.without_contact(Time::NEVER))
    }
}

/// Cumulative shares of reasons and segments.
#[derive(Clone, Debug)]
pub struct Shares {
    reasons: Vec<f64>,
    segments: Vec<f64>,
}

impl Shares {
    /// The shares of a desk, each with those before it.
    pub fn new(desk: &Desk) -> Self {
        Self {
            reasons: cumulative(desk.reasons.iter().map(|reason| reason.share)),
            segments: cumulative(desk.customers.segments.iter().map(|segment| segment.share)),
        }
    }
}

impl World {
    /// Who a customer is: drawn by number, the same on every channel and attempt. Inlined, so that it stays in registers.
    #[inline(always)]
    fn first_opening(&self, customer: u64, channel: Id<Channel>, reason: Option<Id<Reason>>, cause: Cause) -> Opening {
        let reason = reason
            .unwrap_or_else(|| Id::new(pick(&self.shares.reasons, || self.luck.chance(customer, What::Reason, 0))));
        let segment = Id::new(pick(&self.shares.segments, || self.luck.chance(customer, What::Segment, 0)));
        Opening { customer, channel, reason, segment, attempt: 1, cause }
    }

    #[inline]
    pub(super) fn start_first(&mut self, arrival: Arrival<'_>, out: &mut impl Outside) {
        let mut opening = self.first_opening(arrival.customer, arrival.channel, arrival.reason, Cause::First);
        if let Some(recorded) = arrival.recorded {
            opening.segment = recorded.segment.unwrap_or(opening.segment);
            self.recorded.extend(recorded.handle.map(|handle| (arrival.customer, handle)));
        }
        if let Some(outage) = arrival.because_of
            && self.stays_away(arrival.at, opening, outage, out)
        {
            return;
        }
        // What was recorded is who contacted after all.
        if self.self_service && arrival.recorded.is_none() && self.helps_themselves(arrival.at, opening, out) {
            return;
        }
        self.start_here(arrival.at, opening, out);
    }

    /// One who stayed away until now starts after all.
    pub(super) fn start_kept(&mut self, now: Time, opening: Opening, out: &mut impl Outside) {
        self.start(now, opening, out);
    }

    pub(super) fn start_backlog(&mut self, channel: Id<Channel>, customer: u64, out: &mut impl Outside) {
        let opening = self.first_opening(customer, channel, None, Cause::Backlog);
        self.start(Time::ZERO, opening, out);
    }

    pub(super) fn comes_back(&mut self, now: Time, slot: u32, out: &mut impl Outside) {
        if let Some(opening) = self.returns.take(slot) {
            self.start(now, opening, out);
        }
    }

    /// A contact starts that is not its customer's first.
    fn start(&mut self, now: Time, opening: Opening, out: &mut impl Outside) {
        self.start_here(now, opening, out);
    }

    /// A contact starts: the door first, then the desk.
    #[inline(always)]
    fn start_here(&mut self, now: Time, opening: Opening, out: &mut impl Outside) {
        let who = Who {
            contact: self.contacts.next_id(),
            customer: opening.customer,
            channel: opening.channel,
            reason: opening.reason,
            segment: opening.segment,
            started: now,
            attempt: opening.attempt,
        };
        out.see(Observation::Offered { who, cause: opening.cause });
        if self.levers.any_shut && self.finds_it_shut(now, who, opening.cause, out) {
            return;
        }
        let channel = &self.scenario.desk.channels[who.channel.index()];
        let style = channel.style;
        let mut line = None;
        // A channel that is always open and runs over nothing has no door.
        if !(channel.open.is_empty() && channel.over.is_empty()) {
            if let Some(door) = self.door(now, who, style) {
                if style == Style::Ticket {
                    return self.wait_at_hop(now, who, out);
                }
                out.see(Observation::Blocked { who, door });
                self.rates(now, who, Span::ZERO, End::Lost, out);
                return self.perhaps_again(now, who, out);
            }
            line = if style == Style::Call { self.free_line(who.channel) } else { None };
            if let Some(line) = line {
                self.lines[line.index()] += 1;
            }
        }
        self.contacts.open_new(new_contact(who, State::Waiting, now, line));
        self.levels.change(who.channel, 1, 0, 1);
        self.enter(who, out);
        if style == Style::Ticket {
            self.plan_chase(now, who, out);
        }
    }

    #[inline(always)]
    fn enter(&mut self, who: Who, out: &mut impl Outside) {
        self.newly_waiting.push(who.contact);
        out.see(Observation::Entered { who });
        out.act(CustomerAct::Start { contact: who.contact, channel: who.channel, segment: who.segment });
    }

    /// Why a contact cannot get in, if so.
    fn door(&self, now: Time, who: Who, style: Style) -> Option<Door> {
        if self.opens(who.channel, now) > now {
            return Some(Door::Closed);
        }
        let asker = Asker::Customer { customer: who.customer, nth: u32::from(who.attempt) };
        for dependency in self.path(who.channel) {
            if self.incidents.meet(dependency, now, asker).failure.is_some() {
                return Some(Door::Broken(dependency));
            }
        }
        if style == Style::Call {
            for dependency in self.path(who.channel) {
                let Some(lines) = self.scenario.desk.dependencies[dependency.index()].lines else { continue };
                let dead = f64::from(lines) * self.incidents.lines_dead(dependency, now);
                if self.lines[dependency.index()] >= lines - dead.round() as u32 {
                    return Some(Door::Busy(dependency));
                }
            }
        }
        None
    }

    /// The first moment from `now` on at which a channel is open; for ever when there is none.
    fn opens(&self, channel: Id<Channel>, now: Time) -> Time {
        let open = &self.scenario.desk.channels[channel.index()].open;
        if open.is_empty() || open.iter().any(|window| window.holds(now)) {
            return now;
        }
        open.iter().map(|window| window.from).filter(|from| *from > now).min().unwrap_or(Time::NEVER)
    }

    /// The carrier whose line a call on this channel takes.
    fn free_line(&self, channel: Id<Channel>) -> Option<Id<Dependency>> {
        self.path(channel)
            .find(|d| self.scenario.desk.dependencies[d.index()].kind == crate::scenario::model::DependencyKind::Twilio)
    }

    fn draw_patience(&self, who: Who, fresh: u32) -> Option<Span> {
        let patience = self.scenario.desk.customers.patience[who.channel.index()].as_ref()?;
        let n = u64::from(fresh) << 16 | u64::from(who.attempt);
        Some(patience.sample(&mut self.luck.draw(who.customer, What::Patience, n)))
    }

    /// A ticket waits at a broken (or closed) hop and is sent again, so that an outage ends with a burst.
    fn wait_at_hop(&mut self, now: Time, who: Who, out: &mut impl Outside) {
        let contact = new_contact(who, State::OnItsWay, now, None);
        self.contacts.open_new(contact);
        self.levels.change(who.channel, 0, 0, 1);
        self.try_later(now, who, out);
    }

    fn try_later(&mut self, now: Time, who: Who, out: &mut impl Outside) {
        let up = self.path(who.channel).filter_map(|hop| self.incidents.up_again(hop, now)).max().unwrap_or(now);
        let up = up.max(self.opens(who.channel, now));
        let at = if up > now { up } else { now + RESEND };
        if at < self.scenario.close() {
            out.wake(at, Wake::Delivered { contact: who.contact });
        }
    }

    pub(super) fn delivered(&mut self, now: Time, id: ContactId, out: &mut impl Outside) {
        let Some(who) = self.contacts.get(id).map(|contact| contact.who) else { return };
        let tries = (now.since(who.started).micros() / RESEND.micros()) as u32;
        let asker = Asker::Customer { customer: who.customer, nth: 0x1000 + tries };
        let stopped = self.path(who.channel).any(|hop| self.incidents.meet(hop, now, asker).failure.is_some());
        if stopped || self.opens(who.channel, now) > now {
            return self.try_later(now, who, out);
        }
        let Some(contact) = self.contacts.get_mut(id) else { return };
        contact.state = State::Waiting;
        contact.waited = now.since(who.started);
        contact.since = now;
        contact.fresh = 0;
        self.levels.change(who.channel, 1, 0, 0);
        self.enter(who, out);
        self.plan_chase(now, who, out);
    }

    fn plan_chase(&mut self, now: Time, who: Who, out: &mut impl Outside) {
        let Some(chase) = &self.scenario.desk.customers.chase else { return };
        let n = u64::from(who.attempt);
        let mut draw = self.luck.draw(who.customer, What::Chase, n);
        if draw.unit() < chase.share {
            let at = now + chase.after.sample(&mut draw);
            if at < self.scenario.end() {
                out.wake(at, Wake::ChaseDue { contact: who.contact });
            }
        }
    }

    pub(super) fn chase_due(&mut self, now: Time, id: ContactId, out: &mut impl Outside) {
        let Some(contact) = self.contacts.get(id) else { return };
        let (who, answered) = (contact.who, contact.answered);
        let Some(chase) = self.scenario.desk.customers.chase.as_ref().filter(|_| !answered) else { return };
        let opening = Opening { channel: chase.by, attempt: who.attempt + 1, cause: Cause::Chase, ..reopening(who) };
        self.start(now, opening, out);
    }

    /// Timers for those who began to wait in this step and still do.
    #[inline]
    pub(super) fn start_patience(&mut self, out: &mut impl Outside) {
        while let Some(id) = self.newly_waiting.pop() {
            let Some(contact) = self.contacts.get(id).filter(|contact| contact.waits() && !contact.timed) else {
                continue;
            };
            // Drawn only now: most are taken in the step in which they come, and a draw by name is the same at any time.
            let patience = self.draw_patience(contact.who, contact.fresh);
            if let Some(patience) = patience {
                let contact = self.contacts.found(id);
                contact.timed = true;
                out.wake(contact.since + patience, Wake::PatienceEnds { contact: id, epoch: contact.epoch });
            }
        }
    }

    pub(super) fn patience_ends(&mut self, now: Time, id: ContactId, epoch: u32, out: &mut impl Outside) {
        let Some(contact) = self.contacts.get(id) else { return };
        if contact.epoch != epoch || !contact.waits() {
            return;
        }
        let (who, waited) = (contact.who, contact.waited_by(now));
        self.leaves(id);
        out.see(Observation::GaveUp { who, waited });
        self.rates(now, who, waited, End::Lost, out);
        out.act(CustomerAct::Leave { contact: id });
        self.perhaps_again(now, who, out);
    }

    /// A contact that waits or is in hand is over: levels, line, queue and person are set right.
    #[inline]
    pub(super) fn leaves(&mut self, id: ContactId) {
        let contact = self.contacts.found(id);
        let (channel, state, line) = (contact.who.channel, contact.state, contact.line);
        let (team, person) = (contact.team, contact.person);
        match state {
            State::InHand | State::OnHold => {
                self.levels.change(channel, 0, -1, -1);
                self.release(team, person);
            }
            State::Waiting => self.levels.change(channel, -1, 0, -1),
            State::Queued => {
                self.floor.left(channel);
                self.levels.change(channel, -1, 0, -1);
            }
            State::AwaitsCallback => {
                self.floor.left(channel);
                self.levels.change(channel, 0, 0, -1);
            }
            State::OnItsWay => self.levels.change(channel, 0, 0, -1),
            State::Gone => {}
        }
        self.free(line);
        self.contacts.close(id);
    }

    pub(super) fn free(&mut self, line: Option<Id<Dependency>>) {
        if let Some(line) = line {
            self.lines[line.index()] -= 1;
        }
    }

    /// One who was turned away or gave up: tries again, perhaps elsewhere, or never comes through.
    pub(super) fn perhaps_again(&mut self, now: Time, who: Who, out: &mut impl Outside) {
        let n = u64::from(who.attempt);
        if let Some(retry) = &self.scenario.desk.customers.retry
            && u32::from(who.attempt) < retry.at_most
            && self.luck.chance(who.customer, What::Retry, n) < retry.share
        {
            let at = now + retry.after.sample(&mut self.luck.draw(who.customer, What::RetryAfter, n));
            let mut u = self.luck.chance(who.customer, What::Switch, n);
            let mut channel = who.channel;
            for (other, share) in &retry.switch {
                if u < *share {
                    channel = *other;
                    break;
                }
                u -= share;
            }
            if at < self.scenario.end() {
                let opening = Opening { channel, attempt: who.attempt + 1, cause: Cause::Retry, ..reopening(who) };
                let slot = self.returns.add(opening);
                out.wake(at, Wake::Return { slot });
                return;
            }
        }
        out.see(Observation::Unserved { who });
    }
}

pub(super) fn reopening(who: Who) -> Opening {
    Opening {
        customer: who.customer,
        channel: who.channel,
        reason: who.reason,
        segment: who.segment,
        attempt: who.attempt,
        cause: Cause::Retry,
    }
}

fn new_contact(who: Who, state: State, now: Time, line: Option<Id<Dependency>>) -> Contact {
    Contact {
        who,
        state,
        epoch: 0,
        since: now,
        waited: Span::ZERO,
        fresh: 0,
        team: Id::new(0),
        person: 0,
        handling: Span::ZERO,
        solve_factor: 1.0,
        line,
        ticket: 0,
        answered: false,
        met_bot: false,
        met_person: false,
        asked: false,
        offers: 0,
        timed: false,
    }
}
