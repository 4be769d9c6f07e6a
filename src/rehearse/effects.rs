//! The side effects of a target, as its vendors tell them.

use super::hear::News;
use super::ledger::Place;
use super::phrases::Told;
use super::repeats::number;
use super::stage::Stage;
use crate::mocks::vendor::Seen;
use crate::observation::{After, Effect, Observation};
use crate::scenario::model::{Dependency, Id};
use crate::seam::ContactId;
use crate::time::Time;

impl Stage {
    /// Whether what was done at `at` was done before.
    pub(super) fn effect(&mut self, of: Id<Dependency>, seen: &Seen, now: Time, news: &mut Vec<News>) {
        let Some((effect, contact, place, said)) = self.made(seen) else { return };
        let words = {
            let ledger = self.ledger();
            // An answer made for another customer is misdirected, however often it says the same.
            let meant_for = ledger.nonce_in(said).and_then(|(_, origin)| origin.customer);
            let customer = contact.and_then(|contact| ledger.get(contact)).map(|entry| entry.who.customer);
            if meant_for.is_some_and(|meant| customer.is_some_and(|customer| customer != meant)) {
                return;
            }
            number(place, said, |word| ledger.is_nonce(word))
        };
        // Who says again that it is at work, or offers again, does so on purpose.
        let on_purpose =
            |after| after == After::Nothing && !matches!(self.phrases.told(said), Told::Answer | Told::Apology);
        if let Some(after) = self.repeats.made(of, effect, contact, words, now).filter(|after| !on_purpose(*after)) {
            let who = contact.and_then(|contact| self.entry(contact)).map(|entry| entry.who);
            news.push(News::Seen(Observation::Repeated { of, who, effect, after }));
        }
    }

    /// What was made, for whom, where, and with which words; `None` if it is nothing that could be made twice.
    fn made<'s>(&self, seen: &'s Seen) -> Option<(Effect, Option<ContactId>, &'s str, &'s str)> {
        let ledger = self.ledger();
        match seen {
            Seen::Message { channel, thread, text, replaces: false, .. } => {
                let of_thread = thread.as_deref().and_then(|ts| ledger.of_thread(ts));
                let contact = of_thread.or_else(|| ledger.of_text(text));
                Some((Effect::Message, contact, thread.as_deref().unwrap_or(channel), text))
            }
            Seen::TicketCreated { requester, text, .. } => {
                let contact = ledger.of_text(text).or_else(|| ledger.of_text(requester));
                Some((Effect::Ticket, contact, requester, text))
            }
            Seen::TicketChanged { ticket, public_comment: Some(comment), .. } => {
                let contact = ledger.of_ticket(*ticket).or_else(|| ledger.of_text(comment))?;
                let same = |place: &Option<Place>| *place == Some(Place::Ticket(*ticket));
                let own = ledger.get(contact).is_some_and(|entry| same(&entry.place));
                Some((Effect::Comment, Some(contact), if own { "own" } else { "other" }, comment))
            }
            Seen::TextSent { to, text } => {
                Some((Effect::Text, ledger.of_text(text).or_else(|| ledger.of_number(to)), to, text))
            }
            Seen::MailSent { to, text } => {
                Some((Effect::Mail, ledger.of_text(to).or_else(|| ledger.of_text(text)), to, text))
            }
            Seen::CallPlaced { to, .. } => Some((Effect::Call, None, to, "")),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mocks::journal::{Event, EventKind};
    use crate::observation::{After, Who};
    use crate::rehearse::rig::stage;
    use crate::report::note::Speaker;

    const CHAT: Id<Dependency> = Id::new(0);

    fn open(stage: &mut Stage, slot: u32, thread: &str) -> Who {
        let who = Who {
            contact: ContactId::new(slot, 0),
            customer: 70 + u64::from(slot),
            channel: Id::new(0),
            reason: Id::new(0),
            segment: Id::new(0),
            started: Time::ZERO,
            attempt: 1,
        };
        stage.ledger().open(who);
        stage.ledger().place(who.contact, CHAT, Place::Thread(thread.into()));
        who
    }

    /// What was made again when this was posted.
    fn posted(stage: &mut Stage, thread: &str, text: &str, replaces: bool) -> Option<(Who, After)> {
        let seen = Seen::Message {
            channel: "support".into(),
            thread: Some(thread.into()),
            ts: "1700000009.000100".into(),
            text: text.into(),
            replaces,
        };
        let news = stage.hear(Event { dependency: CHAT, at: Time::ZERO, kind: EventKind::Seen(seen) });
        news.into_iter().find_map(|news| match news {
            News::Seen(Observation::Repeated { who: Some(who), after, .. }) => Some((who, after)),
            _ => None,
        })
    }

    #[tokio::test]
    async fn the_same_answer_is_known_again_under_another_nonce() {
        let mut stage = stage().await;
        let (one, two) = ("1700000000.000100", "1700000000.000200");
        let (first, second) = (open(&mut stage, 1, one), open(&mut stage, 2, two));
        for (nonce, who) in [("K7F2-93", first), ("K7F2-94", first), ("K7F2-95", second)] {
            let prompt = format!("order {}", crate::workload::identity::order_number(who.customer));
            stage.ledger().answered_by_model(nonce.into(), Id::new(1), &prompt, "");
        }
        assert_eq!(posted(&mut stage, one, "It is on its way. Ref. K7F2-93.", false), None);
        assert_eq!(posted(&mut stage, one, "It is on its way. Ref. K7F2-93.", true), None, "an edit makes nothing new");
        let again = posted(&mut stage, one, "It is on its way. Ref. K7F2-94.", false);
        assert_eq!(again, Some((first, After::Nothing)));
        assert_eq!(posted(&mut stage, two, "It is on its way. Ref. K7F2-95.", false), None, "another customer's");
        assert_eq!(
            posted(&mut stage, one, "It is on its way. Ref. K7F2-95.", false),
            None,
            "misdirected, not repeated"
        );
    }

    #[tokio::test]
    async fn who_says_again_that_it_is_at_work_does_so_on_purpose() {
        let mut stage = stage().await;
        let thread = "1700000000.000100";
        let contact = open(&mut stage, 1, thread).contact;
        assert_eq!(posted(&mut stage, thread, "Thinking…", false), None);
        assert_eq!(posted(&mut stage, thread, "Thinking…", false), None);
        assert_eq!(posted(&mut stage, thread, "Your parcel left on Monday.", false), None);
        assert!(posted(&mut stage, thread, "Your parcel left on Monday.", false).is_some());
        // A bot that answers everything that is written in its threads says the same to a colleague.
        stage.note_words(contact, Speaker::Person, "I am taking over.");
        assert_eq!(posted(&mut stage, thread, "Your parcel left on Monday.", false), None);
    }
}
