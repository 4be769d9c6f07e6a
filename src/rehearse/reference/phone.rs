//! Phone: the calls that are on, and the documents they wait for.

use super::twiml::Verb;
use crate::seam::ContactId;
use std::collections::{BTreeMap, VecDeque};
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
}

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
        calls.tell("CA1", [Verb::Enqueue], true);
        assert_eq!(waits.try_recv(), Ok(vec![Verb::Say("Sorry".to_owned()), Verb::Enqueue]));
        calls.tell("CA1", [Verb::Hangup], true);
        let (waiter, mut waits) = oneshot::channel();
        calls.wait("CA1", waiter);
        assert_eq!(waits.try_recv(), Ok(vec![Verb::Hangup]));
    }

    #[test]
    fn an_unknown_call_is_ended() {
        let (waiter, mut waits) = oneshot::channel();
        Calls::default().wait("CA9", waiter);
        assert_eq!(waits.try_recv(), Ok(vec![Verb::Hangup]));
    }
}
