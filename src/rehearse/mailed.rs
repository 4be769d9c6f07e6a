//! Mails of the target, as its customers get them.

use super::hear::News;
use super::stage::Stage;
use crate::scenario::model::Style;
use crate::seam::ContactId;

impl Stage {
    /// Whose address it is got the mail, whatever it says. It answers only who wrote a ticket.
    pub(super) fn mailed(&mut self, to: &str, text: &str, news: &mut Vec<News>) {
        let by_address = self.ledger().of_text(to);
        let contact = by_address.or_else(|| self.ledger().of_text(text));
        let wrote_ticket = |contact: &ContactId| {
            self.entry(*contact).is_some_and(|entry| self.style(entry.who.channel) == Style::Ticket)
        };
        if let Some(contact) = contact.filter(wrote_ticket) {
            self.told(contact, text, news);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mocks::journal::{Event, EventKind};
    use crate::mocks::vendor::Seen;
    use crate::observation::Who;
    use crate::observation::{After, Effect, Observation};
    use crate::rehearse::ledger::Place;
    use crate::rehearse::rig::stage;
    use crate::scenario::model::Channel;
    use crate::scenario::model::{Dependency, Id};
    use crate::seam::DeskAct;
    use crate::time::Time;
    use crate::workload::identity;

    const CHAT: Id<Channel> = Id::new(0);
    const EMAIL: Id<Channel> = Id::new(2);
    const MAIL: Id<Dependency> = Id::new(4);

    /// A contact that a vendor has given a place.
    fn open(stage: &mut Stage, slot: u32, channel: Id<Channel>) -> Who {
        let who = Who {
            contact: ContactId::new(slot, 0),
            customer: 70 + u64::from(slot),
            channel,
            reason: Id::new(0),
            segment: Id::new(0),
            started: Time::ZERO,
            attempt: 1,
        };
        stage.ledger().open(who);
        stage.ledger().place(who.contact, MAIL, Place::Ticket(u64::from(slot)));
        who
    }

    fn mailed(stage: &mut Stage, to: &str, text: &str) -> Vec<News> {
        let seen = Seen::MailSent { to: to.to_owned(), text: text.into() };
        stage.hear(Event { dependency: MAIL, at: Time::ZERO, kind: EventKind::Seen(seen) })
    }

    #[tokio::test]
    async fn a_mail_to_a_customers_address_answers_their_ticket() {
        let mut stage = stage().await;
        let (mails, chats) = (open(&mut stage, 1, EMAIL), open(&mut stage, 2, CHAT));
        let address = identity::address(mails.customer);
        let news = mailed(&mut stage, &address, "It was sent on Monday and will be there by Friday.");
        assert!(
            matches!(&news[..], [News::Act(DeskAct::Answer { contact, .. })] if *contact == mails.contact),
            "{news:?}"
        );
        let again = mailed(&mut stage, &address, "It was sent on Monday and will be there by Friday.");
        let twice = [News::Seen(Observation::Repeated {
            of: MAIL,
            who: Some(mails),
            effect: Effect::Mail,
            after: After::Nothing,
        })];
        assert_eq!(again[..1], twice);
        assert!(matches!(&again[1..], [News::Seen(Observation::Duplicate { .. })]), "{again:?}");
        // The address says who got it, even if the text speaks of somebody else.
        let other = format!("Your order {} will be there by Sunday.", identity::order_number(chats.customer));
        let news = mailed(&mut stage, &address, &other);
        assert!(
            matches!(&news[..], [News::Act(DeskAct::Answer { contact, .. })] if *contact == mails.contact),
            "{news:?}"
        );
    }

    #[tokio::test]
    async fn a_mail_is_no_answer_to_a_chat_or_to_a_stranger() {
        let mut stage = stage().await;
        let chats = open(&mut stage, 2, CHAT);
        let address = identity::address(chats.customer);
        assert_eq!(mailed(&mut stage, &address, "It was sent on Monday and will be there by Friday."), []);
        assert_eq!(mailed(&mut stage, "lead@example.com", "The backlog grows by a hundred an hour now."), []);
    }
}
