//! Offers to those who wait, over the wire: a call-back, or another channel.
//!
//! A target offers in words ([`super::phrases`]); how many take an offer is what the plan of the desk file says of it, so an
//! offer that the plan does not make is only words. Callers take an offer by a key, those who write by `YES callback` or
//! `YES <channel>`. Who calls back does so from their own phone, outside the mocks: the target is not asked to.

use super::hear::{News, is_new};
use super::ledger::{Entry, Place};
use super::phrases::key_in;
use super::stage::{Offered, Stage};
use crate::mocks::twilio::Twilio;
use crate::scenario::model::{Action, Channel, Id, Style};
use crate::seam::{ContactId, DeskAct};

/// What is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offer {
    /// A call-back.
    Callback,
    /// To go on in another channel.
    Move,
}

impl Stage {
    /// A customer hears or reads an offer. A hold loop says the same again and again: that is one offer.
    pub(super) fn is_offered(&mut self, entry: &Entry, offer: Offer, text: &str, news: &mut Vec<News>) {
        let contact = entry.who.contact;
        let caller = matches!(entry.place, Some(Place::Call(_)));
        if caller && !self.ledger().get_mut(contact).is_some_and(|entry| is_new(&mut entry.plain_answers, text)) {
            return;
        }
        let (act, words) = match offer {
            Offer::Callback => match self.callback_share(entry.who.channel) {
                Some(accepted) => (DeskAct::OfferCallback { contact, accepted }, "YES callback".to_owned()),
                None => return news.push(News::Act(DeskAct::Placeholder { contact })),
            },
            Offer::Move => match self.announced(entry.who.channel, text) {
                Some((to, accepted)) => {
                    let words = format!("YES {}", self.scenario.desk.channels[to.index()].name);
                    (DeskAct::Announce { contact, to, accepted }, words)
                }
                None => return news.push(News::Act(DeskAct::Placeholder { contact })),
            },
        };
        self.offered = Some(Offered { contact, key: key_in(text), words });
        news.push(News::Act(act));
    }

    /// The moment of an offer is over: who leaves from now on does so for another reason.
    pub fn offer_is_over(&mut self) {
        self.offered = None;
    }

    /// The customer takes the offer that was made in this moment; whether there was one.
    pub(super) fn takes_offer(&mut self, contact: ContactId) -> bool {
        let Some(offered) = self.offered.take_if(|offered| offered.contact == contact) else { return false };
        let Some(entry) = self.entry(contact) else { return false };
        if let Some(entry) = self.ledger().get_mut(contact) {
            entry.took_offer = true;
        }
        match (entry.place, entry.at) {
            (Some(Place::Call(sid)), Some(carrier)) => {
                let listened = self.mocks.with::<Twilio, _>(carrier, |twilio, now| {
                    let pressed = twilio.caller_presses(&sid, &offered.key.to_string(), now);
                    if !pressed.is_empty() {
                        return (true, pressed);
                    }
                    // A target that listens to no key: the caller does what they were offered without its help.
                    (false, twilio.caller_hangs_up(&sid, now))
                });
                if listened == Some(false) {
                    tracing::warn!(call = sid, "an offer was made to a caller, but no key was listened to");
                }
            }
            (Some(Place::Thread(ts)), Some(slack)) => self.says(entry.who, slack, &ts, &offered.words),
            _ => {}
        }
        true
    }

    /// The share who accept a call-back on a channel, as the first rule of the plan that offers it says.
    fn callback_share(&self, channel: Id<Channel>) -> Option<f64> {
        let calls = self.style(channel) == Style::Call;
        self.plan_actions().find_map(|action| match action {
            Action::OfferCallback { channel: only, accepted } if only.map_or(calls, |only| only == channel) => {
                Some(*accepted)
            }
            _ => None,
        })
    }

    /// Where those who wait on a channel are asked to go, and the share who do: of the rules of the plan that ask so, the
    /// first whose channel the text names, else the first.
    fn announced(&self, channel: Id<Channel>, text: &str) -> Option<(Id<Channel>, f64)> {
        let text = text.to_lowercase();
        let of_channel = || {
            self.plan_actions().filter_map(|action| match action {
                Action::Announce { from, to, accepted } if *from == channel => Some((*to, *accepted)),
                _ => None,
            })
        };
        let named = |to: Id<Channel>| text.contains(&self.scenario.desk.channels[to.index()].name.to_lowercase());
        of_channel().find(|(to, _)| named(*to)).or_else(|| of_channel().next())
    }

    fn plan_actions(&self) -> impl Iterator<Item = &Action> {
        self.scenario.desk.plan.rules.iter().flat_map(|rule| &rule.actions)
    }
}

#[cfg(test)]
mod tests;
