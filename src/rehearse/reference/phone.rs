//! Phone: the calls that are on, and the documents they wait for.

use super::twiml::Verb;
use crate::scenario::model::{Channel, Id};
use crate::seam::ContactId;
use crate::time::{Span, Time};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use tokio::sync::oneshot;

/// What Twilio asks or tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A call comes in.
    Incoming,
    /// The caller said something.
    Said(String),
    /// The caller waits for what comes next.
    Wait,
    /// The caller waits in the queue and hears what comes next.
    Hold,
    /// The caller pressed this key.
    Chose(String),
    /// The call left the queue, with Twilio's word for why.
    Left(String),
    /// The caller had nothing more to say.
    Silent,
    /// The call is over.
    Over,
}

/// A request of Twilio for one call.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) sid: String,
    /// The caller's number.
    pub(super) from: String,
    pub(super) step: Step,
    /// Where the document goes.
    pub(super) reply: oneshot::Sender<Vec<Verb>>,
}

/// A call.
#[derive(Debug, Default)]
struct Call {
    contact: Option<ContactId>,
    verbs: Vec<Verb>,
    /// The verbs are complete: whoever waits gets them.
    complete: bool,
    waiter: Option<oneshot::Sender<Vec<Verb>>>,
    /// Since when it is in the people's queue.
    queued: Option<Time>,
    /// The carrier in whose queue it was seen.
    carrier: Option<usize>,
    /// A person has it.
    taken: bool,
    /// What the caller was offered: the first is taken by key 1, and so on.
    offers: Vec<Offer>,
    /// Offers that are said at the next chance.
    unsaid: Vec<String>,
}

/// What a caller is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offer {
    /// A call-back.
    Callback,
    /// To go on in this channel.
    Move(Id<Channel>),
}

/// Keys by which offers are taken.
const KEYS: [char; 9] = ['1', '2', '3', '4', '5', '6', '7', '8', '9'];

/// How long a call may take from the desk's word into the carrier's queue.
const ON_ITS_WAY: Span = Span::from_secs(5);

/// More calls than that are not kept: the oldest are forgotten.
const MOST: usize = 20_000;

/// The calls that are on.
#[derive(Debug, Default)]
pub(super) struct Calls {
    calls: BTreeMap<String, Call>,
    in_order: VecDeque<String>,
}

impl Calls {
    /// Whether a call is new; from now on it is known.
    pub(super) fn is_new(&mut self, sid: &str) -> bool {
        if self.calls.contains_key(sid) {
            return false;
        }
        self.calls.insert(sid.to_owned(), Call::default());
        self.in_order.push_back(sid.to_owned());
        if self.in_order.len() > MOST
            && let Some(oldest) = self.in_order.pop_front()
        {
            self.calls.remove(&oldest);
        }
        true
    }

    /// The contact of a call.
    pub(super) fn contact(&self, sid: &str) -> Option<ContactId> {
        self.calls.get(sid).and_then(|call| call.contact)
    }

    /// The call is this contact.
    pub(super) fn is(&mut self, sid: &str, contact: ContactId) {
        if let Some(call) = self.calls.get_mut(sid) {
            call.contact = Some(contact);
        }
    }

    /// Adds to what the call is told next; complete: it is told now.
    pub(super) fn tell(&mut self, sid: &str, verbs: impl IntoIterator<Item = Verb>, complete: bool) {
        let Some(call) = self.calls.get_mut(sid) else { return };
        call.verbs.extend(verbs);
        call.complete |= complete;
        call.hand_over();
    }

    /// Somebody waits for what the call is told next.
    pub(super) fn wait(&mut self, sid: &str, waiter: oneshot::Sender<Vec<Verb>>) {
        match self.calls.get_mut(sid) {
            Some(call) => {
                call.waiter = Some(waiter);
                call.hand_over();
            }
            // Nobody knows this call: it has ended, or came before this program.
            None => answer(waiter, vec![Verb::Hangup]),
        }
    }

    /// The call goes into the people's queue.
    pub(super) fn queues(&mut self, sid: &str, now: Time) {
        if let Some(call) = self.calls.get_mut(sid) {
            call.queued = Some(now);
        }
    }

    /// Looks at who waits, a list a carrier; gives those who were taken by a person (true) or put back since.
    pub(super) fn look(&mut self, waiting: &[Option<BTreeSet<String>>], now: Time) -> Vec<(ContactId, bool)> {
        let mut changed = Vec::new();
        let all_say = waiting.iter().all(Option::is_some);
        for (sid, call) in &mut self.calls {
            let (Some(contact), Some(queued)) = (call.contact, call.queued) else { continue };
            let seen = waiting.iter().position(|list| list.as_ref().is_some_and(|list| list.contains(sid)));
            let taken = match (seen, call.carrier) {
                (Some(_), _) => false,
                (None, Some(carrier)) => call.taken || waiting.get(carrier).is_some_and(Option::is_some),
                (None, None) => call.taken || all_say && now.since(queued) > ON_ITS_WAY,
            };
            call.carrier = seen.or(call.carrier);
            if std::mem::replace(&mut call.taken, taken) != taken {
                changed.push((contact, taken));
            }
        }
        changed
    }

    /// Offers something to a caller in the queue, in the words for the key by which it is taken.
    pub(super) fn offer(&mut self, sid: &str, offer: Offer, words: impl FnOnce(char) -> String) {
        let Some(call) = self.calls.get_mut(sid) else { return };
        let at = call.offers.iter().position(|known| *known == offer).unwrap_or_else(|| {
            call.offers.push(offer);
            call.offers.len() - 1
        });
        match KEYS.get(at) {
            Some(key) => call.unsaid.push(words(*key)),
            None => tracing::warn!(sid, "a caller is offered more than there are keys"),
        }
    }

    /// What a caller in the queue hears next: offers, each once, else music.
    pub(super) fn hold(&mut self, sid: &str) -> Vec<Verb> {
        let unsaid = self.calls.get_mut(sid).map(|call| std::mem::take(&mut call.unsaid)).unwrap_or_default();
        if unsaid.is_empty() { Vec::new() } else { vec![Verb::Choose(unsaid)] }
    }

    /// The offer that a caller takes by this key.
    pub(super) fn chosen(&self, sid: &str, key: &str) -> Option<Offer> {
        let at = KEYS.iter().position(|known| key == known.to_string())?;
        self.calls.get(sid)?.offers.get(at).copied()
    }

    /// The call is over.
    pub(super) fn forget(&mut self, sid: &str) {
        self.calls.remove(sid);
    }
}

impl Call {
    fn hand_over(&mut self) {
        if !self.complete {
            return;
        }
        let Some(waiter) = self.waiter.take() else { return };
        match waiter.send(std::mem::take(&mut self.verbs)) {
            Ok(()) => self.complete = false,
            // The one who waited has gone: the next one gets them.
            Err(verbs) => self.verbs = verbs,
        }
    }
}

/// Answers at once; one who has gone needs nothing.
pub(super) fn answer(waiter: oneshot::Sender<Vec<Verb>>, verbs: Vec<Verb>) {
    waiter.send(verbs).ok();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_said_to_a_call_is_lost() {
        let mut calls = Calls::default();
        assert!(calls.is_new("CA1") && !calls.is_new("CA1"));
        let (waiter, gone) = oneshot::channel();
        calls.wait("CA1", waiter);
        drop(gone);
        calls.tell("CA1", [Verb::Say("Sorry".to_owned())], false);
        let (waiter, mut waits) = oneshot::channel();
        calls.wait("CA1", waiter);
        assert!(waits.try_recv().is_err(), "an apology alone is half a document");
        calls.tell("CA1", [Verb::Enqueue { hold: false }], true);
        assert_eq!(waits.try_recv(), Ok(vec![Verb::Say("Sorry".to_owned()), Verb::Enqueue { hold: false }]));
        calls.tell("CA1", [Verb::Hangup], true);
        let (waiter, mut waits) = oneshot::channel();
        calls.wait("CA1", waiter);
        assert_eq!(waits.try_recv(), Ok(vec![Verb::Hangup]));
    }

    #[test]
    fn who_left_the_queue_was_taken() {
        let at = |seconds: i64| Time::from_micros(seconds * 1_000_000);
        let contact = ContactId::new(0, 0);
        let with = || Some(BTreeSet::from(["CA1".to_owned()]));
        let without = || Some(BTreeSet::new());
        let mut calls = Calls::default();
        calls.is_new("CA1");
        calls.is("CA1", contact);
        assert_eq!(calls.look(&[without(), without()], at(100)), [], "it is with the bot");
        calls.queues("CA1", at(100));
        assert_eq!(calls.look(&[without(), without()], at(102)), [], "it is on its way");
        assert_eq!(calls.look(&[without(), with()], at(104)), []);
        assert_eq!(calls.look(&[without(), None], at(110)), [], "its carrier does not say");
        assert_eq!(calls.look(&[None, without()], at(112)), [(contact, true)]);
        assert_eq!(calls.look(&[None, with()], at(114)), [(contact, false)], "it is put back");
        calls.is_new("CA2");
        calls.is("CA2", contact);
        calls.queues("CA2", at(114));
        assert_eq!(calls.look(&[None, with()], at(130)), []);
        assert_eq!(calls.look(&[without(), with()], at(132)), [(contact, true)], "it was taken at once");
    }

    #[test]
    fn an_offer_is_said_once_and_has_its_key() {
        let mut calls = Calls::default();
        assert_eq!(calls.hold("CA1"), [], "nobody knows the call");
        calls.is_new("CA1");
        let to = Offer::Move(Id::new(2));
        calls.offer("CA1", to, |key| format!("press {key}"));
        calls.offer("CA1", Offer::Callback, |key| format!("press {key}"));
        assert_eq!(calls.hold("CA1"), [Verb::Choose(vec!["press 1".to_owned(), "press 2".to_owned()])]);
        assert_eq!(calls.hold("CA1"), []);
        calls.offer("CA1", Offer::Callback, |key| format!("again press {key}"));
        assert_eq!(calls.hold("CA1"), [Verb::Choose(vec!["again press 2".to_owned()])]);
        let chosen = ["1", "2", "3", "", "12"].map(|key| calls.chosen("CA1", key));
        assert_eq!(chosen, [Some(to), Some(Offer::Callback), None, None, None]);
        assert_eq!(calls.chosen("CA9", "1"), None);
    }

    #[test]
    fn an_unknown_call_is_ended() {
        let (waiter, mut waits) = oneshot::channel();
        Calls::default().wait("CA9", waiter);
        assert_eq!(waits.try_recv(), Ok(vec![Verb::Hangup]));
    }
}
