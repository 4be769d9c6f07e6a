//! The floor: which contact of a queue the next free person takes. The desk chooses the queue; the floor the contact.
//!
//! Within a queue those of a priority segment come first, then the order of arrival; a person looks at the queues in the
//! order in which the team lists its channels. When a contact comes in, the teams are asked in the order of the desk file,
//! and the person with the fewest contacts in hand who is longest free takes it.

use super::World;
use super::contact::{Contacts, State};
use super::outside::{Outside, Wake};
use crate::faults::Asker;
use crate::observation::Observation;
use crate::rng::What;
use crate::scenario::model::{Channel, Desk, Id, Segment, Style, Team};
use crate::seam::{ContactId, CustomerAct, Source};
use crate::time::{Span, Time};
use std::collections::VecDeque;

/// How long a person waits before trying a failing tool again.
pub const TRY_TOOL_AGAIN: Span = Span::from_secs(30);

/// The queues of the people, one a channel.
#[derive(Clone, Debug)]
pub struct Floor {
    queues: Vec<Queue>,
    /// Who answers a channel, in the order of the desk file.
    teams: Vec<Vec<Id<Team>>>,
    tickets: u32,
}

#[derive(Clone, Debug, Default)]
struct Queue {
    first: VecDeque<Entry>,
    rest: VecDeque<Entry>,
    /// Entries that are not void.
    live: u32,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    contact: ContactId,
    ticket: u32,
}

impl Floor {
    /// Empty queues.
    pub fn new(desk: &Desk) -> Self {
        let mut teams = vec![Vec::new(); desk.channels.len()];
        for (index, team) in desk.teams.iter().enumerate() {
            for channel in &team.answers {
                teams[channel.index()].push(Id::new(index));
            }
        }
        Self { queues: vec![Queue::default(); desk.channels.len()], teams, tickets: 0 }
    }

    /// A contact left the queue without being taken: its entry is void.
    #[inline]
    pub fn left(&mut self, channel: Id<Channel>) {
        self.queues[channel.index()].live -= 1;
    }

    /// How many are in the queue of a channel (call-backs included).
    pub fn queued(&self, channel: usize) -> u32 {
        self.queues[channel].live
    }

    fn push(
        &mut self,
        channel: Id<Channel>,
        contact: ContactId,
        first: bool,
        at_head: bool,
        contacts: &Contacts,
    ) -> u32 {
        self.tickets = self.tickets.wrapping_add(1);
        let queue = &mut self.queues[channel.index()];
        queue.live += 1;
        if queue.first.len() + queue.rest.len() > 64 + 4 * queue.live as usize {
            // Mostly void entries: nobody comes to take them. Memory follows those who wait.
            let valid = |entry: &Entry| is_valid(entry, contacts);
            queue.first.retain(valid);
            queue.rest.retain(valid);
        }
        let entry = Entry { contact, ticket: self.tickets };
        let line = if first { &mut queue.first } else { &mut queue.rest };
        if at_head {
            line.push_front(entry)
        } else {
            line.push_back(entry)
        }
        self.tickets
    }

    /// Those of a segment who wait go before the others, in their order.
    pub(super) fn promote(&mut self, segment: Id<Segment>, contacts: &Contacts) {
        for queue in &mut self.queues {
            for entry in std::mem::take(&mut queue.rest) {
                let Some(contact) = contacts.get(entry.contact).filter(|_| is_valid(&entry, contacts)) else {
                    continue;
                };
                let line = if contact.who.segment == segment { &mut queue.first } else { &mut queue.rest };
                line.push_back(entry);
            }
        }
    }

    /// The next contact of a queue, taken off it.
    #[inline]
    pub(super) fn pop(&mut self, channel: Id<Channel>, contacts: &Contacts) -> Option<ContactId> {
        let queue = &mut self.queues[channel.index()];
        if queue.live == 0 {
            return None;
        }
        loop {
            let entry = queue.first.pop_front().or_else(|| queue.rest.pop_front())?;
            if is_valid(&entry, contacts) {
                queue.live -= 1;
                return Some(entry.contact);
            }
        }
    }
}

#[inline]
fn is_valid(entry: &Entry, contacts: &Contacts) -> bool {
    contacts.get(entry.contact).is_some_and(|contact| {
        contact.ticket == entry.ticket && matches!(contact.state, State::Queued | State::AwaitsCallback)
    })
}

impl World {
    /// The desk put a contact into the queue of its channel.
    #[inline(always)]
    pub fn queue(&mut self, now: Time, id: ContactId, out: &mut impl Outside) {
        let Some(contact) = self.contacts.get(id).filter(|contact| contact.state == State::Waiting) else { return };
        let channel = contact.who.channel;
        out.see(Observation::Queued { who: contact.who });
        // Nearly everybody on a good day: nobody before them and somebody free, so there is no line to stand in.
        if self.floor.queued(channel.index()) == 0 {
            for index in 0..self.floor.teams[channel.index()].len() {
                let team = self.floor.teams[channel.index()][index];
                if let Some(person) = self.people.free_person(team) {
                    return self.take(now, id, team, person, out);
                }
            }
            if self.people.lends()
                && let Some((team, person)) = self.lent_person(channel)
            {
                return self.take(now, id, team, person, out);
            }
            return self.line_up(id, false);
        }
        self.line_up(id, false);
        self.offer_to_teams(now, channel, out);
    }

    fn line_up(&mut self, id: ContactId, at_head: bool) {
        let Some(contact) = self.contacts.get(id) else { return };
        let who = contact.who;
        let first = self.levers.first[who.segment.index()];
        let ticket = self.floor.push(who.channel, id, first, at_head, &self.contacts);
        let contact = self.contacts.found(id);
        contact.state = State::Queued;
        contact.ticket = ticket;
    }

    /// Gives the head of a queue to whoever is free.
    #[inline]
    fn offer_to_teams(&mut self, now: Time, channel: Id<Channel>, out: &mut impl Outside) {
        for index in 0..self.floor.teams[channel.index()].len() {
            let team = self.floor.teams[channel.index()][index];
            while self.floor.queued(channel.index()) > 0 {
                let Some(person) = self.people.free_person(team) else { break };
                let Some(id) = self.floor.pop(channel, &self.contacts) else { return };
                self.take(now, id, team, person, out);
            }
        }
        if self.people.lends() {
            self.offer_to_lent(now, channel, out);
        }
    }

    /// The people of a team take what waits for them, as long as somebody is free.
    #[inline]
    pub(super) fn pull(&mut self, now: Time, team: Id<Team>, out: &mut impl Outside) {
        if self.people.lends() {
            self.pull_lent(now, team, out);
        }
        loop {
            let desk = &self.scenario.desk;
            let Some(channel) =
                desk.teams[team.index()].answers.iter().copied().find(|channel| self.floor.queued(channel.index()) > 0)
            else {
                return;
            };
            let Some(person) = self.people.free_person(team) else { return };
            let Some(id) = self.floor.pop(channel, &self.contacts) else { return };
            self.take(now, id, team, person, out);
        }
    }

    /// A person takes a contact.
    #[inline]
    pub(super) fn take(&mut self, now: Time, id: ContactId, team: Id<Team>, person: u32, out: &mut impl Outside) {
        let Some(contact) = self.contacts.get(id) else { return };
        let who = contact.who;
        let on_line = contact.state != State::AwaitsCallback;
        let (handling, solve_factor) = self.handling(now, who, contact.epoch, team);
        let slower = self.scenario.desk.teams[team.index()].slower;
        let handling = if slower > 0.0 {
            handling.times(1.0 + slower * f64::from(self.people.load(team, person)))
        } else {
            handling
        };
        let style = self.scenario.desk.channels[who.channel.index()].style;
        let contact = self.contacts.found(id);
        let waited = contact.waited_by(now);
        let first = !contact.answered;
        let answers_now = style != Style::Ticket;
        contact.waited = waited;
        contact.state = State::InHand;
        contact.since = now;
        contact.epoch += 1;
        contact.timed = false;
        (contact.team, contact.person) = (team, person);
        contact.met_person = true;
        contact.answered |= answers_now;
        (contact.handling, contact.solve_factor) = (handling, solve_factor);
        let epoch = contact.epoch;
        self.people.takes(team, person);
        self.levels.busy(team);
        self.levels.change(who.channel, -i32::from(on_line), 1, 0);
        out.wake(now + handling, Wake::HandleDone { contact: id, epoch });
        out.see(Observation::Served { who, waited });
        out.see(Observation::Taken { who, team });
        if answers_now {
            out.see(Observation::Answered { who, source: Source::Person(team), first, late: false, by_nonce: true });
        }
        out.act(CustomerAct::Taken { contact: id });
    }

    #[inline(never)]
    fn recorded_handling(&self, customer: u64) -> Option<Span> {
        self.recorded.get(&customer).copied()
    }

    /// How long a person needs, and the factor on the chance that it helps: missing tools make people slower.
    #[inline]
    fn handling(&self, now: Time, who: crate::observation::Who, epoch: u32, team: Id<Team>) -> (Span, f64) {
        let desk = &self.scenario.desk;
        let n = u64::from(epoch) << 16 | u64::from(who.attempt);
        let mut draw = self.luck.draw(who.customer, What::Handle, n);
        let mut handling = desk.reasons[who.reason.index()].handle.sample(&mut draw);
        if !self.recorded.is_empty() {
            handling = self.recorded_handling(who.customer).unwrap_or(handling);
        }
        let mut solves = 1.0;
        for tool in &desk.teams[team.index()].needs {
            let ask = |nth: u32| {
                let asker =
                    Asker::Customer { customer: who.customer, nth: 0x10_0000 | u32::from(who.attempt) << 8 | nth };
                self.incidents.meet(*tool, now, asker)
            };
            let fate = ask(0);
            handling += fate.slow;
            if fate.failure.is_none() {
                continue;
            }
            match desk.without.iter().find(|without| without.dependency == *tool) {
                Some(without) => {
                    handling = handling.times(without.handle);
                    solves *= without.solved_first_time;
                }
                None => {
                    let tries = (1..40).take_while(|nth| ask(*nth).failure.is_some()).count() as i64;
                    handling += Span::from_micros(TRY_TOOL_AGAIN.micros() * (tries + 1));
                }
            }
        }
        if self.levers.shortens() {
            self.levers.shortened(team, who.channel, handling, solves)
        } else {
            (handling, solves)
        }
    }

    /// A person is done with a contact.
    #[inline]
    pub(super) fn handle_done(&mut self, now: Time, id: ContactId, epoch: u32, out: &mut impl Outside) {
        let Some(contact) = self.contacts.get_mut(id) else { return };
        if contact.epoch != epoch || contact.state != State::InHand {
            return;
        }
        let (who, team, length) = (contact.who, contact.team, contact.handling);
        let first = !contact.answered;
        let solve_factor = contact.solve_factor;
        contact.answered = true;
        out.see(Observation::Handled { who, team, length });
        if self.scenario.desk.channels[who.channel.index()].style == Style::Ticket {
            out.see(Observation::Answered { who, source: Source::Person(team), first, late: false, by_nonce: true });
        }
        let share = self.scenario.desk.reasons[who.reason.index()].solved_first_time * solve_factor;
        let solved = share >= 1.0 || self.luck.chance(who.customer, What::Solves, u64::from(who.attempt)) < share;
        self.ends(now, id, solved, out);
        self.pull(now, team, out);
    }

    /// A contact goes back to the head of its queue; the customer has fresh patience.
    pub(super) fn put_back(&mut self, now: Time, id: ContactId, out: &mut impl Outside) {
        let Some(contact) = self.contacts.get(id) else { return };
        let (who, team, person, epoch) = (contact.who, contact.team, contact.person, contact.epoch);
        let Some(contact) = self.contacts.get_mut(id) else { return };
        contact.epoch += 1;
        contact.since = now;
        contact.fresh = epoch;
        contact.timed = false;
        self.release(team, person);
        self.line_up(id, true);
        self.newly_waiting.push(id);
        self.levels.change(who.channel, 1, -1, 0);
        out.see(Observation::PutBack { who, team });
        out.act(CustomerAct::PutBack { contact: id });
        self.offer_to_teams(now, who.channel, out);
    }

    #[inline]
    pub(super) fn release(&mut self, team: Id<Team>, person: u32) {
        self.people.lets_go(team, person);
        self.levels.busy(team);
    }
}
