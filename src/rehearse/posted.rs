//! Messages in a chat: which customer reads them, and what an edit of one means. A message that grows by edits, word by
//! word as a model speaks, is one answer, and so is an answer whose buttons are taken away afterwards.

use super::hear::{ANSWERS, News};
use super::stage::Stage;
use crate::observation::Observation;
use crate::seam::{ContactId, DeskAct};

/// A message, or a new text for one.
pub(super) struct Posted<'a> {
    /// The channel's name, or the user's id.
    pub(super) channel: &'a str,
    pub(super) thread: Option<&'a str>,
    /// What it is known by.
    pub(super) ts: &'a str,
    pub(super) text: &'a str,
    /// It takes the place of an earlier text.
    pub(super) replaces: bool,
}

impl Stage {
    /// A message was posted or edited.
    pub(super) fn message(&mut self, posted: &Posted<'_>, news: &mut Vec<News>) {
        let of_thread = posted.thread.and_then(|ts| self.ledger().of_thread(ts));
        if let Some(contact) = of_thread {
            return self.read(contact, posted, news);
        }
        self.paged(posted.text, "@", news);
        let Some(contact) = self.ledger().of_text(posted.text) else { return };
        if self.slack_channels.contains(posted.channel) {
            self.queued(contact, news);
        } else {
            self.read(contact, posted, news);
        }
    }

    /// A customer reads a message.
    fn read(&mut self, contact: ContactId, posted: &Posted<'_>, news: &mut Vec<News>) {
        let Some(entry) = self.entry(contact) else { return };
        if posted.replaces && entry.answers.contains(posted.ts) {
            return self.edited(contact, posted.text, news);
        }
        if entry.is_beginning(posted.text) {
            // More of it comes.
            return;
        }
        let before = news.len();
        self.told(contact, posted.text, news);
        let answers = |one: &News| {
            let observed = matches!(
                one,
                News::Seen(
                    Observation::Answered { .. } | Observation::Duplicate { .. } | Observation::Misdirected { .. }
                )
            );
            observed || matches!(one, News::Act(DeskAct::Answer { .. }))
        };
        if news[before..].iter().any(answers)
            && let Some(entry) = self.ledger().get_mut(contact)
            && entry.answers.len() < ANSWERS
        {
            entry.answers.insert(posted.ts.to_owned());
        }
    }

    /// A message that was an answer has another text: no second answer, whatever it says; but it may show whose it was.
    fn edited(&mut self, contact: ContactId, text: &str, news: &mut Vec<News>) {
        let Some((nonce, origin)) = self.ledger().nonce_in(text) else { return };
        let Some(entry) = self.entry(contact).filter(|entry| entry.nonces.len() < ANSWERS) else { return };
        if entry.nonces.contains(&nonce) {
            return;
        }
        if let Some(entry) = self.ledger().get_mut(contact) {
            entry.nonces.insert(nonce);
        }
        self.note_told(contact, text);
        let who = entry.who;
        if origin.customer.is_some_and(|customer| customer != who.customer) {
            news.push(News::Seen(Observation::Misdirected { who }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mocks::journal::{Event, EventKind};
    use crate::mocks::vendor::Seen;
    use crate::observation::Who;
    use crate::rehearse::ledger::Place;
    use crate::rehearse::rig::stage;
    use crate::scenario::model::{Dependency, Id};
    use crate::seam::Source;
    use crate::time::Time;
    use crate::workload::identity::order_number;

    const CHAT: Id<Dependency> = Id::new(0);
    const MODEL: Id<Dependency> = Id::new(1);
    const THREAD: &str = "1700000001.000100";

    async fn with_customer() -> (Stage, Who) {
        let stage = stage().await;
        let (channel, reason, segment) = (Id::new(0), Id::new(0), Id::new(0));
        let contact = ContactId::new(0, 0);
        let who = Who { contact, customer: 77, channel, reason, segment, started: Time::ZERO, attempt: 1 };
        stage.ledger().open(who);
        stage.ledger().place(contact, CHAT, Place::Thread(THREAD.into()));
        (stage, who)
    }

    fn model_says(stage: &mut Stage, nonce: &str, customer: u64, text: &str) {
        let prompt = format!("about {}", order_number(customer));
        stage.ledger().answered_by_model(nonce.into(), MODEL, &prompt, text);
    }

    fn posts(stage: &mut Stage, ts: &str, text: &str, replaces: bool) -> Vec<News> {
        let (channel, thread) = ("support".into(), Some(THREAD.into()));
        let seen = Seen::Message { channel, thread, ts: ts.into(), text: text.into(), replaces };
        let news = stage.hear(Event { dependency: CHAT, at: Time::ZERO, kind: EventKind::Seen(seen) });
        news.into_iter().filter(|one| !matches!(one, News::Seen(Observation::Repeated { .. }))).collect()
    }

    #[tokio::test]
    async fn an_answer_that_grows_by_edits_counts_once_when_it_is_whole() {
        let (mut stage, who) = with_customer().await;
        let contact = who.contact;
        let said = "Your order is on its way. Ref. K7F2-93. It comes on Monday.";
        model_says(&mut stage, "K7F2-93", 77, said);
        assert_eq!(posts(&mut stage, "1.1", "One moment please", false), [News::Act(DeskAct::Placeholder { contact })]);
        assert_eq!(posts(&mut stage, "1.1", "Your", true), []);
        assert_eq!(posts(&mut stage, "1.1", "Your order is on ▌", true), []);
        let answer = News::Act(DeskAct::Answer { contact, source: Source::Model(MODEL), by_nonce: true });
        assert_eq!(posts(&mut stage, "1.1", "Your order is on its way. Ref. K7F2-93.", true), [answer]);
        assert_eq!(posts(&mut stage, "1.1", said, true), []);
        let duplicate = News::Seen(Observation::Duplicate { who });
        assert_eq!(posts(&mut stage, "1.2", said, false), [duplicate], "another message is another answer");
    }

    #[tokio::test]
    async fn what_is_edited_after_it_was_an_answer_is_none_again() {
        let (mut stage, who) = with_customer().await;
        let contact = who.contact;
        let answer = News::Act(DeskAct::Answer { contact, source: Source::Unknown, by_nonce: false });
        assert_eq!(posts(&mut stage, "1.1", "We send you a new one. Does that help?", false), [answer]);
        assert_eq!(posts(&mut stage, "1.1", "We send you a new one.", true), [], "the buttons are gone");
        model_says(&mut stage, "K7F2-93", 77, "It is new. Ref. K7F2-93.");
        assert_eq!(posts(&mut stage, "1.1", "It is new. Ref. K7F2-93.", true), []);
        let duplicate = News::Seen(Observation::Duplicate { who });
        assert_eq!(posts(&mut stage, "1.3", "Ref. K7F2-93. It is new.", false), [duplicate]);
        model_says(&mut stage, "K7F2-94", 78, "Another's. Ref. K7F2-94.");
        let misdirected = News::Seen(Observation::Misdirected { who });
        assert_eq!(posts(&mut stage, "1.1", "Another's. Ref. K7F2-94.", true), [], "nobody knows customer 78");
        stage.ledger().open(Who { contact: ContactId::new(1, 0), customer: 78, ..who });
        model_says(&mut stage, "K7F2-95", 78, "Another's. Ref. K7F2-95.");
        assert_eq!(posts(&mut stage, "1.1", "Another's. Ref. K7F2-95.", true), [misdirected]);
        assert_eq!(posts(&mut stage, "1.1", "Another's. Ref. K7F2-95. Sorry", true), [], "said once");
    }
}
