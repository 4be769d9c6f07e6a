//! What a rehearsal keeps for the stories of its contacts: words, exchanges, deliveries and nonces, each tied to its contact
//! by the identity or nonce that it carries, and without secrets.

use super::judge::unpack;
use super::phrases::Told;
use super::stage::Stage;
use crate::mocks::journal::{Delivered, RequestSeen};
use crate::report::note::{Note, Speaker};
use crate::scenario::model::{Dependency, Id};
use crate::seam::ContactId;

impl Stage {
    /// What is to be kept since the last time.
    pub fn take_notes(&mut self) -> Vec<Note> {
        std::mem::take(&mut self.notes)
    }

    /// A customer or a person of the desk said something, which begins a new turn: the target may well answer either.
    pub(super) fn note_words(&mut self, contact: ContactId, by: Speaker, words: &str) {
        self.repeats.turn(contact);
        let words = self.redactor.words(words);
        self.notes.push(Note::Said { contact, by, words, taken_for: None, nonce: None, meant_for: None });
    }

    /// The target said something to a customer.
    pub(super) fn note_told(&mut self, contact: ContactId, text: &str) {
        let Some(customer) = self.entry(contact).map(|entry| entry.who.customer) else { return };
        let nonce = self.ledger().nonce_in(text);
        let meant_for = nonce.as_ref().and_then(|(_, origin)| origin.customer).filter(|meant| *meant != customer);
        let taken_for = match self.phrases.told(text) {
            _ if nonce.is_some() => "answer",
            Told::Answer => "answer",
            Told::Placeholder => "placeholder",
            Told::Apology => "apology",
            Told::Greeting => "greeting",
            Told::CallbackOffer | Told::MoveOffer => "offer",
        };
        self.notes.push(Note::Said {
            contact,
            by: Speaker::Desk,
            words: self.redactor.words(text),
            taken_for: Some(taken_for.to_owned()),
            nonce: nonce.map(|(nonce, _)| nonce),
            meant_for,
        });
    }

    /// The target asked a vendor. What names nobody belongs to no story.
    pub(super) fn note_exchange(&mut self, of: Id<Dependency>, seen: &RequestSeen, retry: bool, too_early: bool) {
        let Some(contact) = seen.contact.map(unpack).or_else(|| self.of_path(&seen.path)) else { return };
        self.notes.push(Note::Exchange {
            of,
            contact,
            began: seen.at,
            call: format!("{} {}", seen.method, seen.path),
            endpoint: seen.endpoint.to_owned(),
            status: seen.status,
            fault: seen.failure.clone(),
            gave_up: seen.gave_up,
            retry,
            too_early,
            retry_after: seen.retry_after,
        });
    }

    /// The contact whose ticket or call a path names.
    fn of_path(&self, path: &str) -> Option<ContactId> {
        let ledger = self.ledger();
        let mut parts = path.split('/').map(|part| part.trim_end_matches(".json"));
        parts.find_map(|part| {
            let ticket = part.parse().ok().and_then(|ticket| ledger.of_ticket(ticket));
            ticket.or_else(|| ledger.of_call(part))
        })
    }

    /// A vendor brought something to the target, or tried to.
    pub(super) fn note_delivery(&mut self, of: Id<Dependency>, delivered: Delivered) {
        let Some(contact) = delivered.tag.map(unpack) else { return };
        self.repeats.delivered(contact, delivered.tries);
        self.notes.push(Note::Delivery {
            of,
            contact,
            began: delivered.at,
            what: delivered.kind.to_owned(),
            status: delivered.status,
            error: delivered.error.map(|error| self.redactor.words(&error)),
            tries: delivered.tries,
        });
    }

    /// A model gave an answer with a nonce to a request that names a customer.
    pub(super) fn note_nonce(&mut self, of: Id<Dependency>, nonce: &str, prompt: &str) {
        let contact = self.ledger().of_text(prompt);
        if let Some(contact) = contact {
            self.notes.push(Note::Nonce { of, contact, nonce: nonce.to_owned() });
        }
    }
}
