//! Offers to those who wait: a call-back, or another channel. In a chat they are written and taken in words; in the phone
//! queue they are said instead of the music and taken by a key. The desk notes whom to call back; the people call from
//! their own phones.

use super::brain::Brain;
use super::contacts::Place;
use super::outward::Deed;
use super::phone::{self, Offer};
use super::twiml::Verb;
use crate::desk::Heard;
use crate::scenario::model::{Action, Channel, Id, Style};
use crate::seam::{ContactId, CustomerAct};
use tokio::sync::oneshot;

impl Brain {
    /// Offers something to one who waits.
    pub(super) fn offer(&mut self, id: ContactId, offer: Offer, deeds: &mut Vec<Deed>) {
        let Some(contact) = self.contacts.get(id) else { return };
        let (order, replies) = (&contact.order, &self.replies);
        let to = match offer {
            Offer::Callback => "",
            Offer::Move(to) => self.settings.desk.channels[to.index()].name.as_str(),
        };
        match &contact.place {
            Place::Chat { channel, thread } => {
                let text = match offer {
                    Offer::Callback => replies.callback(order),
                    Offer::Move(_) => replies.announce(order, to),
                };
                deeds.push(Deed::Post { channel: channel.clone(), thread: Some(thread.clone()), text });
            }
            Place::Call(sid) => self.calls.offer(sid, offer, |key| match offer {
                Offer::Callback => replies.callback_by_key(order, key),
                Offer::Move(_) => replies.announce_by_key(order, to, key),
            }),
            // A rehearsal of such a plan is refused.
            Place::Ticket(_) => tracing::warn!(?contact.place, "no offers are made by mail"),
        }
    }

    /// A caller in the queue pressed a key. Whoever takes an offer is thanked and needs no line any more.
    pub(super) fn chose(
        &mut self,
        sid: &str,
        contact: Option<ContactId>,
        key: &str,
        reply: oneshot::Sender<Vec<Verb>>,
    ) {
        let Some((contact, offer)) = contact.zip(self.calls.chosen(sid, key)) else {
            return phone::answer(reply, self.calls.hold(sid));
        };
        phone::answer(reply, vec![Verb::Say(self.replies.goodbye.trim_end().to_owned()), Verb::Hangup]);
        // The end of this call is not the end of the contact.
        self.calls.forget(sid);
        match offer {
            Offer::Callback => {
                if let Some(contact) = self.contacts.get(contact) {
                    tracing::info!(number = contact.user, order = contact.order, "to be called back");
                }
                self.hear(Heard::Act(CustomerAct::TakeCallback { contact }));
                // The rest is between the customer and a person with a phone.
                self.end(CustomerAct::Handled { contact }, contact);
            }
            Offer::Move(_) => self.end(CustomerAct::Leave { contact }, contact),
        }
    }

    /// Whether the plan has an offer for those who wait on the phone.
    pub(super) fn offers_to_callers(&self) -> bool {
        let desk = &self.settings.desk;
        let calls = |channel: Id<Channel>| desk.channels[channel.index()].style == Style::Call;
        desk.plan.rules.iter().flat_map(|rule| &rule.actions).any(|action| match action {
            Action::OfferCallback { channel, .. } => channel.is_none_or(calls),
            Action::Announce { from, .. } => calls(*from),
            _ => false,
        })
    }
}
