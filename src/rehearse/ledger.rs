//! Who is who on the wire: which thread, call or ticket is which contact, and whose answer carries which nonce.

use crate::observation::Who;
use crate::scenario::model::{Dependency, Id, Team};
use crate::seam::ContactId;
use crate::workload::identity;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Where a contact lives at the mocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A thread of a chat: the timestamp of its first message.
    Thread(String),
    /// A call.
    Call(String),
    /// A ticket.
    Ticket(u64),
}

/// A contact as the wire knows it. It stays when the contact is over, since a target may still answer.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Who it is.
    pub who: Who,
    /// Where it lives; `None` until the vendor has given it a place.
    pub place: Option<Place>,
    /// The dependency at whose mock it lives.
    pub at: Option<Id<Dependency>>,
    /// It is over for the customer.
    pub over: bool,
    /// The target was heard to answer it.
    pub answered: bool,
    /// A placeholder stands where no answer came yet.
    pub placeholder: bool,
    /// It was put into a queue already.
    pub queued: bool,
    /// Nonces that came with its answers.
    pub nonces: BTreeSet<String>,
    /// The messages that were its answers, by what each is known by.
    pub answers: BTreeSet<String>,
    /// How the latest answers of models for it begin: all that comes before the nonce.
    begins: VecDeque<String>,
    /// Answers without a nonce that it got, and offers that a caller heard, to know when one comes again.
    pub plain_answers: BTreeSet<String>,
    /// What the customer wants to say at the next chance (phone).
    pub wants_person: bool,
    /// The customer has said what it is about (phone).
    pub has_spoken: bool,
    /// The desk listens to the caller now (phone).
    pub listens: bool,
    /// The customer took a call-back or went to another channel: what the desk says to that is a farewell, and its end of
    /// a call is what both wanted.
    pub took_offer: bool,
    /// Whose person has it, or had it last.
    pub team: Option<Id<Team>>,
}

impl Entry {
    /// Whether a text is the beginning of what a model just said for it, up to some word before the nonce: a program that
    /// shows an answer while it comes has said no more yet. A cursor at its end does not count.
    pub fn is_beginning(&self, text: &str) -> bool {
        let said = |text: &str| text.trim_end_matches(|c: char| !c.is_alphanumeric()).len();
        let text = &text[..said(text)];
        let goes_on = |whole: &String| text.len() < said(whole) && whole.starts_with(text);
        !text.is_empty() && self.begins.iter().any(goes_on)
    }
}

/// How many answers of models for one contact may be on their way at once.
const BEGINNINGS: usize = 4;

/// Whose answer carries a nonce, and from which model it came.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The customer that the request was about; `None` if it named nobody.
    pub customer: Option<u64>,
    /// The model.
    pub model: Id<Dependency>,
}

/// Everything that ties the wire to the world.
#[derive(Debug, Default)]
pub struct Ledger {
    entries: BTreeMap<ContactId, Entry>,
    /// The latest contact of a customer.
    latest: BTreeMap<u64, ContactId>,
    threads: BTreeMap<String, ContactId>,
    calls: BTreeMap<String, ContactId>,
    tickets: BTreeMap<u64, ContactId>,
    nonces: BTreeMap<String, Origin>,
    /// Requests for a contact so far, by contact and whether they went to a model.
    asked: BTreeMap<(ContactId, bool), u32>,
    /// Requests to a dependency for nobody in particular.
    unnamed: BTreeMap<u16, u32>,
    people: BTreeSet<String>,
}

/// The longest text in which a nonce is looked for.
const LONGEST_TEXT: usize = 1 << 20;

impl Ledger {
    /// A contact started.
    pub fn open(&mut self, who: Who) {
        let entry = Entry {
            who,
            place: None,
            at: None,
            over: false,
            answered: false,
            placeholder: false,
            queued: false,
            nonces: BTreeSet::new(),
            answers: BTreeSet::new(),
            begins: VecDeque::new(),
            plain_answers: BTreeSet::new(),
            wants_person: false,
            has_spoken: false,
            listens: false,
            took_offer: false,
            team: None,
        };
        self.entries.insert(who.contact, entry);
        self.latest.insert(who.customer, who.contact);
    }

    /// The vendor gave it a place.
    pub fn place(&mut self, contact: ContactId, at: Id<Dependency>, place: Place) {
        match &place {
            Place::Thread(ts) => self.threads.insert(ts.clone(), contact),
            Place::Call(sid) => self.calls.insert(sid.clone(), contact),
            Place::Ticket(id) => self.tickets.insert(*id, contact),
        };
        if let Some(entry) = self.entries.get_mut(&contact) {
            entry.place = Some(place);
            entry.at = Some(at);
        }
    }

    /// A contact, open or over.
    pub fn get(&self, contact: ContactId) -> Option<&Entry> {
        self.entries.get(&contact)
    }

    /// A contact, to change it.
    pub fn get_mut(&mut self, contact: ContactId) -> Option<&mut Entry> {
        self.entries.get_mut(&contact)
    }

    /// The contact of a thread.
    pub fn of_thread(&self, ts: &str) -> Option<ContactId> {
        self.threads.get(ts).copied()
    }

    /// The contact of a call.
    pub fn of_call(&self, sid: &str) -> Option<ContactId> {
        self.calls.get(sid).copied()
    }

    /// The contact of a ticket.
    pub fn of_ticket(&self, ticket: u64) -> Option<ContactId> {
        self.tickets.get(&ticket).copied()
    }

    /// The contact that a text speaks of: by an order number, an address, a thread or a call in it.
    pub fn of_text(&self, text: &str) -> Option<ContactId> {
        let named = identity::customer_in(text).or_else(|| identity::customer_in(&text.to_uppercase()));
        named
            .and_then(|customer| self.latest.get(&customer).copied())
            .or_else(|| timestamps(text).find_map(|ts| self.of_thread(ts)))
    }

    /// The contact of a customer's telephone number.
    pub fn of_number(&self, number: &str) -> Option<ContactId> {
        let customer = identity::customer_of_number(number)?;
        self.latest.get(&customer).copied()
    }

    /// Whether a word is the nonce of an answer of a model.
    pub fn is_nonce(&self, word: &str) -> bool {
        self.nonces.contains_key(word)
    }

    /// A model gave an answer with this nonce.
    pub fn answered_by_model(&mut self, nonce: String, model: Id<Dependency>, prompt: &str, text: &str) {
        let asker = self.of_text(prompt).and_then(|contact| self.get_mut(contact));
        let customer = asker.map(|entry| {
            let before = text.split_once(&nonce).map(|(before, _)| before.trim_end().trim_end_matches("Ref."));
            entry.begins.extend(before.map(str::to_owned));
            if entry.begins.len() > BEGINNINGS {
                entry.begins.pop_front();
            }
            entry.who.customer
        });
        self.nonces.insert(nonce, Origin { customer, model });
    }

    /// The first known nonce in a text, with where it came from.
    pub fn nonce_in(&self, text: &str) -> Option<(String, Origin)> {
        if text.len() > LONGEST_TEXT {
            return None;
        }
        let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
        words
            .filter(|word| word.len() >= 4)
            .find_map(|word| self.nonces.get(word).map(|origin| (word.to_owned(), origin.clone())))
    }

    /// Counts a request for a contact: the how-manieth it is, from zero.
    pub fn count_for(&mut self, contact: ContactId, to_model: bool) -> u32 {
        let count = self.asked.entry((contact, to_model)).or_default();
        *count += 1;
        *count - 1
    }

    /// Counts a request for nobody in particular.
    pub fn count_unnamed(&mut self, of: Id<Dependency>) -> u32 {
        let count = self.unnamed.entry(of.index() as u16).or_default();
        *count += 1;
        *count - 1
    }

    /// How many contacts it knows.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it knows none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Makes a person known whose messages are not the target's.
    pub fn add_person(&mut self, user: String) {
        self.people.insert(user);
    }
}

/// Everything in a text that looks like the timestamp of a message: ten digits, a dot, six digits.
fn timestamps(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_digit() || c == '.'))
        .filter(|word| word.len() == 17 && word.as_bytes()[10] == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Time;

    fn who(slot: u32, customer: u64) -> Who {
        Who {
            contact: ContactId::new(slot, 0),
            customer,
            channel: Id::new(0),
            reason: Id::new(0),
            segment: Id::new(0),
            started: Time::ZERO,
            attempt: 1,
        }
    }

    #[test]
    fn a_text_is_tied_to_its_contact_by_number_address_or_thread() {
        let mut ledger = Ledger::default();
        let (a, b) = (who(0, 77), who(1, 78));
        ledger.open(a);
        ledger.open(b);
        ledger.place(b.contact, Id::new(0), Place::Thread("1700000000.000200".into()));
        assert_eq!(ledger.of_text(&format!("about {}", identity::order_number(77))), Some(a.contact));
        assert_eq!(ledger.of_text(&format!("from {}", identity::address(77))), Some(a.contact));
        assert_eq!(ledger.of_text("{\"thread_ts\":\"1700000000.000200\"}"), Some(b.contact));
        assert_eq!(ledger.of_text("nobody"), None);
    }

    #[test]
    fn a_nonce_names_its_customer_and_its_model() {
        let mut ledger = Ledger::default();
        ledger.open(who(0, 77));
        ledger.answered_by_model("K7F2-93".into(), Id::new(3), &format!("order {}", identity::order_number(77)), "");
        let (nonce, origin) = ledger.nonce_in("It is on its way. Ref. K7F2-93.").expect("it is known");
        assert_eq!((nonce.as_str(), origin.customer, origin.model), ("K7F2-93", Some(77), Id::new(3)));
        assert!(ledger.nonce_in("Ref. K7F2-94").is_none());
    }
}
