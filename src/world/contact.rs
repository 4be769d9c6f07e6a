//! Open contacts: a slab with a free list, so that memory follows the contacts that are open, not those that ever were.

use crate::observation::Who;
use crate::scenario::model::{Dependency, Id, Team};
use crate::seam::ContactId;
use crate::time::{Span, Time};

/// Where a contact is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The place is free.
    Gone,
    /// A ticket on its way that waits at a broken hop.
    OnItsWay,
    /// With the desk, in nobody's queue yet (the bot works, or nobody does). The customer waits.
    Waiting,
    /// In the queue of the people. The customer waits.
    Queued,
    /// In the queue of the people, but the customer waits for a call-back and not on the line.
    AwaitsCallback,
    /// A person has it.
    InHand,
    /// A person has it, but cannot work now.
    OnHold,
}

/// One contact.
#[derive(Clone, Debug)]
pub struct Contact {
    /// Who it is.
    pub who: Who,
    /// Where it is in its life.
    pub state: State,
    /// Counts its stretches of waiting and handling: a timer of an earlier one is void.
    pub epoch: u32,
    /// When the present stretch (of waiting or handling) began.
    pub since: Time,
    /// All its waiting before the present stretch.
    pub waited: Span,
    /// Which patience it waits with: zero at first, another after each time it is put back. It is drawn when it is needed.
    pub fresh: u32,
    /// The team and person who have it.
    pub team: Id<Team>,
    /// Its number in the team.
    pub person: u32,
    /// Handling time that is left, when on hold; else how long this stretch takes.
    pub handling: Span,
    /// The share by which missing tools lower the chance that the answer helps.
    pub solve_factor: f64,
    /// The line it occupies.
    pub line: Option<Id<Dependency>>,
    /// Its place in the queue; an entry of the queue with another one is void.
    pub ticket: u32,
    /// The desk answered it.
    pub answered: bool,
    /// A bot's answer was among them.
    pub met_bot: bool,
    /// A person took part.
    pub met_person: bool,
    /// It asked for a person already.
    pub asked: bool,
    /// Offers it was made.
    pub offers: u16,
    /// A timer for its patience is in the agenda for this epoch.
    pub timed: bool,
}

impl Contact {
    /// Whether the customer waits (for a bot or a person).
    pub fn waits(&self) -> bool {
        matches!(self.state, State::Waiting | State::Queued)
    }
    /// All its waiting up to `now`.
    pub fn waited_by(&self, now: Time) -> Span {
        if self.waits() { self.waited + now.since(self.since) } else { self.waited }
    }
}

/// The slab of open contacts.
#[derive(Clone, Debug, Default)]
pub struct Contacts {
    slots: Vec<Contact>,
    free: Vec<u32>,
}

impl Contacts {
    /// The id that the next contact will have.
    #[inline]
    pub fn next_id(&self) -> ContactId {
        match self.free.last() {
            Some(&slot) => ContactId::new(slot, self.slots[slot as usize].who.contact.generation().wrapping_add(1)),
            None => ContactId::new(self.slots.len() as u32, 0),
        }
    }

    /// Opens a contact; its id must be [`Contacts::next_id`].
    #[inline]
    pub fn open_new(&mut self, contact: Contact) {
        let id = contact.who.contact;
        debug_assert_eq!(id, self.next_id());
        match self.free.pop() {
            Some(slot) => self.slots[slot as usize] = contact,
            None => self.slots.push(contact),
        }
    }

    /// An open contact; `None` when it is over.
    #[inline]
    pub fn get(&self, id: ContactId) -> Option<&Contact> {
        self.slots.get(id.slot() as usize).filter(|contact| contact.who.contact == id && contact.state != State::Gone)
    }

    /// An open contact, to change it.
    #[inline]
    pub fn get_mut(&mut self, id: ContactId) -> Option<&mut Contact> {
        let contact = self.slots.get_mut(id.slot() as usize)?;
        (contact.who.contact == id && contact.state != State::Gone).then_some(contact)
    }

    /// A contact that was found open a moment ago, to change it: it needs not be looked for again.
    #[inline]
    pub fn found(&mut self, id: ContactId) -> &mut Contact {
        let contact = &mut self.slots[id.slot() as usize];
        debug_assert!(contact.who.contact == id && contact.state != State::Gone, "it was found open");
        contact
    }

    /// Closes a contact. Its id will never be valid again.
    #[inline]
    pub fn close(&mut self, id: ContactId) {
        let contact = &mut self.slots[id.slot() as usize];
        debug_assert_eq!(contact.who.contact, id, "a contact is closed once");
        contact.state = State::Gone;
        self.free.push(id.slot());
    }

    /// Every open contact, by place.
    pub fn open(&self) -> impl Iterator<Item = &Contact> {
        self.slots.iter().filter(|contact| contact.state != State::Gone)
    }
}
