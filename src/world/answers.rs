//! What customers make of what the desk does: answers that help or do not, the end of a contact, offers taken or not.

use super::World;
use super::contact::State;
use super::customers::{CHANGE_OVER, Opening, reopening};
use super::informed::End;
use super::outside::{Outside, Wake};
use crate::observation::{Cause, Observation, Who};
use crate::rng::What;
use crate::scenario::model::{Channel, Id};
use crate::seam::{ContactId, CustomerAct, Source};
use crate::time::{Span, Time};

impl World {
    /// The desk gave an answer without a person.
    pub(super) fn answered(
        &mut self,
        now: Time,
        id: ContactId,
        source: Source,
        by_nonce: bool,
        out: &mut impl Outside,
    ) {
        let luck = self.luck;
        let Some(contact) = self.contacts.get_mut(id) else { return };
        if !contact.waits() {
            return;
        }
        let (who, asked) = (contact.who, contact.asked);
        let first = !contact.answered;
        contact.answered = true;
        contact.met_bot = true;
        let waited = contact.waited_by(now);
        let solves = match source {
            Source::Faq { solves_per_mille: Some(share) } => f64::from(share) / 1000.0,
            _ => self.scenario.desk.reasons[who.reason.index()].bot_solves,
        };
        out.see(Observation::Answered { who, source, first, late: false, by_nonce });
        out.see(Observation::Served { who, waited });
        if luck.chance(who.customer, What::BotSolves, u64::from(who.attempt)) < solves {
            return self.ends(now, id, true, out);
        }
        if asked {
            return self.ends(now, id, false, out);
        }
        let Some(contact) = self.contacts.get_mut(id) else { return };
        contact.asked = true;
        out.see(Observation::WaitsAgain { who });
        out.act(CustomerAct::AskForPerson { contact: id });
    }

    /// A contact is over and answered. One that did not help comes back.
    pub(super) fn ends(&mut self, now: Time, id: ContactId, solved: bool, out: &mut impl Outside) {
        let Some(contact) = self.contacts.get(id) else { return };
        let (who, waited) = (contact.who, contact.waited_by(now));
        let (met_bot, met_person) = (contact.met_bot, contact.met_person);
        self.leaves(id);
        out.see(Observation::Ended {
            who,
            solved,
            by_bot_alone: met_bot && !met_person,
            met_bot,
            first_time: solved && who.attempt == 1,
            waited,
        });
        self.rates(now, who, waited, if solved { End::Solved } else { End::Unsolved }, out);
        out.act(if met_person { CustomerAct::Handled { contact: id } } else { CustomerAct::Finish { contact: id } });
        if !solved {
            let n = u64::from(who.attempt);
            let mut draw = self.luck.draw(who.customer, What::Reconnect, n);
            let at = now + self.scenario.desk.customers.unsolved_after.sample(&mut draw);
            // Later than the day: decided, counted by first-contact resolution, and not played.
            if at < self.scenario.end() {
                let opening =
                    Opening { attempt: who.attempt.saturating_add(1), cause: Cause::Unsolved, ..reopening(who) };
                let slot = self.returns.add(opening);
                out.wake(at, Wake::Return { slot });
            }
        }
    }

    pub(super) fn told(&mut self, id: ContactId, apology: bool, out: &mut impl Outside) {
        if let Some(contact) = self.contacts.get(id) {
            let who = contact.who;
            out.see(if apology { Observation::Apology { who } } else { Observation::Placeholder { who } });
        }
    }

    /// The desk ended the contact, or its line broke: the customer may come back.
    pub(super) fn hung_up_on(&mut self, now: Time, id: ContactId, out: &mut impl Outside) {
        let Some(contact) = self.contacts.get(id) else { return };
        let who = contact.who;
        let team = matches!(contact.state, State::InHand | State::OnHold).then_some(contact.team);
        let waited = contact.waited_by(now);
        self.leaves(id);
        out.see(Observation::Dropped { who });
        self.rates(now, who, waited, End::Lost, out);
        self.perhaps_again(now, who, out);
        if let Some(team) = team {
            self.pull(now, team, out);
        }
    }

    pub(super) fn line_broke(&mut self, now: Time, id: ContactId, out: &mut impl Outside) {
        self.hung_up_on(now, id, out);
    }

    /// The draw that decides about an offer: each offer of a contact has its own.
    fn takes_offer(&mut self, id: ContactId, accepted: f64) -> Option<Who> {
        let luck = self.luck;
        let contact = self.contacts.get_mut(id).filter(|contact| contact.state == State::Queued)?;
        let n = u64::from(contact.who.attempt) << 16 | u64::from(contact.offers);
        contact.offers = contact.offers.saturating_add(1);
        (luck.chance(contact.who.customer, What::Offer, n) < accepted).then_some(contact.who)
    }

    pub(super) fn offered_callback(&mut self, now: Time, id: ContactId, accepted: f64, out: &mut impl Outside) {
        let Some(who) = self.takes_offer(id, accepted) else { return };
        let Some(contact) = self.contacts.get_mut(id) else { return };
        contact.waited = contact.waited_by(now);
        contact.state = State::AwaitsCallback;
        contact.epoch += 1;
        let line = contact.line.take();
        self.free(line);
        self.levels.change(who.channel, -1, 0, 0);
        out.see(Observation::CallbackAccepted { who });
        out.act(CustomerAct::TakeCallback { contact: id });
    }

    pub(super) fn announced(
        &mut self,
        now: Time,
        id: ContactId,
        to: Id<Channel>,
        accepted: f64,
        out: &mut impl Outside,
    ) {
        // No contact starts after the end: who would only then be in the other channel stays.
        if now + CHANGE_OVER >= self.scenario.end() {
            return;
        }
        let Some(who) = self.takes_offer(id, accepted) else { return };
        let waited = self.contacts.get(id).map_or(Span::ZERO, |contact| contact.waited_by(now));
        self.leaves(id);
        out.see(Observation::Moved { who, to, waited });
        out.act(CustomerAct::Leave { contact: id });
        let opening = Opening { channel: to, attempt: who.attempt + 1, cause: Cause::Moved, ..reopening(who) };
        let slot = self.returns.add(opening);
        out.wake(now + CHANGE_OVER, Wake::Return { slot });
    }
}
