//! The customers that the desk has at the moment, and where they are.

use crate::seam::ContactId;
use std::collections::{BTreeMap, VecDeque};

/// Where a contact happens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// A thread in Slack.
    Chat {
        /// The channel's id.
        channel: String,
        /// The `ts` of its first message.
        thread: String,
    },
    /// A call, by its sid.
    Call(String),
    /// A ticket, by its id.
    Ticket(u64),
}

/// What the desk remembers of a contact.
#[derive(Clone, Debug)]
pub(super) struct Contact {
    pub(super) place: Place,
    /// Who: the user, number or requester.
    pub(super) user: String,
    /// The order number; empty if none was named.
    pub(super) order: String,
    /// The first words.
    pub(super) words: String,
    /// The model's latest answer.
    pub(super) answer: Option<String>,
    /// The bot has answered.
    pub(super) answered: bool,
    /// A person has it.
    pub(super) in_hand: bool,
}

/// More contacts than that are not kept: the oldest are forgotten.
const MOST: usize = 50_000;

#[derive(Debug)]
struct Slot {
    generation: u32,
    contact: Option<Contact>,
}

/// All contacts.
#[derive(Debug, Default)]
pub(super) struct Contacts {
    slots: Vec<Slot>,
    free: Vec<u32>,
    by_place: BTreeMap<Place, ContactId>,
    in_order: VecDeque<ContactId>,
}

impl Contacts {
    /// A new contact.
    pub(super) fn add(&mut self, contact: Contact) -> ContactId {
        let place = contact.place.clone();
        let slot = self.free.pop().unwrap_or(self.slots.len() as u32);
        let at = slot as usize;
        if at == self.slots.len() {
            self.slots.push(Slot { generation: 0, contact: None });
        }
        self.slots[at].contact = Some(contact);
        let id = ContactId::new(slot, self.slots[at].generation);
        self.by_place.insert(place, id);
        self.in_order.push_back(id);
        id
    }

    /// The oldest one, if there are too many.
    pub(super) fn too_many(&mut self) -> Option<ContactId> {
        // Those that are over already leave the line here.
        while self.in_order.len() > MOST {
            let oldest = self.in_order.pop_front()?;
            if self.get(oldest).is_some() {
                return Some(oldest);
            }
        }
        None
    }

    /// The contact at a place.
    pub(super) fn at(&self, place: &Place) -> Option<ContactId> {
        self.by_place.get(place).copied()
    }

    pub(super) fn get(&self, id: ContactId) -> Option<&Contact> {
        self.slots.get(id.slot() as usize).filter(|slot| slot.generation == id.generation())?.contact.as_ref()
    }

    pub(super) fn get_mut(&mut self, id: ContactId) -> Option<&mut Contact> {
        self.slots.get_mut(id.slot() as usize).filter(|slot| slot.generation == id.generation())?.contact.as_mut()
    }

    /// The contact is over.
    pub(super) fn remove(&mut self, id: ContactId) {
        let Some(slot) = self.slots.get_mut(id.slot() as usize).filter(|slot| slot.generation == id.generation())
        else {
            return;
        };
        let Some(contact) = slot.contact.take() else { return };
        slot.generation = slot.generation.wrapping_add(1);
        self.by_place.remove(&contact.place);
        self.free.push(id.slot());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticket(id: u64) -> Contact {
        Contact {
            place: Place::Ticket(id),
            user: String::new(),
            order: String::new(),
            words: String::new(),
            answer: None,
            answered: false,
            in_hand: false,
        }
    }

    #[test]
    fn a_place_is_used_again_by_another_generation() {
        let mut contacts = Contacts::default();
        let first = contacts.add(ticket(1));
        assert_eq!(contacts.at(&Place::Ticket(1)), Some(first));
        contacts.remove(first);
        contacts.remove(first);
        let second = contacts.add(ticket(2));
        assert_eq!((second.slot(), second.generation()), (first.slot(), first.generation() + 1));
        assert!(contacts.get(first).is_none() && contacts.get(second).is_some());
        assert_eq!(contacts.at(&Place::Ticket(1)), None);
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let mut contacts = Contacts::default();
        let ids: Vec<_> = (0..=MOST as u64 + 1).map(|id| contacts.add(ticket(id))).collect();
        contacts.remove(ids[0]);
        assert_eq!(contacts.too_many(), Some(ids[1]));
        assert_eq!(contacts.too_many(), None);
    }
}
