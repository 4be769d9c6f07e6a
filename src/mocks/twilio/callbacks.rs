//! Status callbacks: one after the other for each call and message, so that they never overtake each other.

use super::Twilio;
use super::link::Link;
use super::queue::seconds;
use super::webhooks::{Fields, fields, signed};
use crate::mocks::vendor::{Delivery, Effect};
use crate::time::Time;
use std::collections::{BTreeMap, VecDeque};

/// More callbacks than wait for one call: the oldest that waits goes.
const MAX_WAITING: usize = 16;

/// The event before a call of the target rings.
const INITIATED: &str = "initiated";

/// What is to be told, by call or message.
#[derive(Debug, Default)]
pub(super) struct Callbacks {
    waiting: BTreeMap<String, VecDeque<Delivery>>,
    numbers: BTreeMap<String, u32>,
}

impl Callbacks {
    /// Tells at once, or after those that are under way.
    fn send(&mut self, of: &str, delivery: Delivery) -> Option<Effect> {
        match self.waiting.get_mut(of) {
            Some(waiting) => {
                if waiting.len() >= MAX_WAITING {
                    waiting.pop_front();
                }
                waiting.push_back(delivery);
                None
            }
            None => {
                self.waiting.insert(of.to_owned(), VecDeque::new());
                Some(Effect::Deliver(delivery))
            }
        }
    }

    /// One is over: the next of the same call follows.
    pub(super) fn next(&mut self, over: &Delivery) -> Option<Effect> {
        let of = over.call.as_ref()?;
        match self.waiting.get_mut(of)?.pop_front() {
            Some(delivery) => Some(Effect::Deliver(delivery)),
            None => {
                self.waiting.remove(of);
                None
            }
        }
    }

    fn number(&mut self, of: &str) -> u32 {
        let number = self.numbers.entry(of.to_owned()).or_insert(0);
        let this = *number;
        *number += 1;
        this
    }
}

impl Twilio {
    /// Tells the target where a call stands, if it asked to know of this event.
    pub(super) fn call_back(&mut self, sid: &str, event: &str, now: Time, out: &mut Vec<Effect>) {
        let Some(call) = self.calls.get(sid) else { return };
        let Some(link) = call.callback.clone() else { return };
        if !call.callback_events.iter().any(|wanted| wanted == event) {
            if call.ended.is_some() {
                self.callbacks.numbers.remove(sid);
            }
            return;
        }
        let mut more = self.call_fields(call);
        // The call's own status never has this word, but what is told at this moment has.
        if event == INITIATED {
            let status = more.iter_mut().find(|(name, _)| name == "CallStatus");
            status.into_iter().for_each(|(_, word)| event.clone_into(word));
        }
        if let Some(ended) = call.ended {
            let length = call.answered.map_or(crate::time::Span::ZERO, |answered| ended.since(answered));
            more.extend(fields(&[("CallDuration", &seconds(length))]));
            more.extend(fields(&[("Duration", &((length.micros() + 59_999_999) / 60_000_000).to_string())]));
        }
        more.extend(fields(&[("CallbackSource", "call-progress-events")]));
        let number = self.callbacks.number(sid);
        more.extend(fields(&[
            ("SequenceNumber", &number.to_string()),
            ("Timestamp", &self.settings.epoch.rfc2822(now)),
        ]));
        out.extend(self.tell(sid, &link, more));
        if self.calls.get(sid).is_some_and(|call| call.ended.is_some()) {
            self.callbacks.numbers.remove(sid);
        }
    }

    /// Sends a status callback of a call or message in its turn.
    pub(super) fn tell(&mut self, of: &str, link: &Link, more: Fields) -> Option<Effect> {
        self.ids += 1;
        let token = format!("00000000-0000-4000-8000-{:012x}", self.ids);
        let mut delivery = signed(&self.settings.auth_token, link, more, "status_callback", &token);
        delivery.call = Some(of.to_owned());
        self.callbacks.send(of, delivery)
    }
}
