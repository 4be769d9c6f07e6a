//! What the target did, read from the mocks' events: into the desk's acts and observations. Recognised by nonce, identity
//! and order alone, so a target needs no change to be measured.

use super::acts::person_words;
use super::judge::unpack;
use super::ledger::Place;
use super::offers::Offer;
use super::phrases::Told;
use super::posted::Posted;
use super::promises::promised;
use super::stage::{Refused, Stage};
use crate::mocks::journal::{Event, EventKind, RequestSeen};
use crate::mocks::twilio::Twilio;
use crate::mocks::vendor::Seen;
use crate::observation::{Again, Observation, Reply};
use crate::scenario::model::{Action, Dependency, DependencyKind, Id, Style, Team};
use crate::seam::{ContactId, DeskAct, Source};
use crate::time::{Span, Time};
use crate::workload::identity::personal_line;
use std::collections::BTreeSet;

/// What follows from an event for the world.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum News {
    /// The desk did this.
    Act(DeskAct),
    /// This was seen.
    Seen(Observation),
}

/// Failed requests that are followed at one time; beyond them a retry goes unrecognised, never memory.
const FOLLOWED: usize = 1 << 16;
/// Different texts that one contact is remembered to have got, and the longest that is: a target may flood.
pub(super) const ANSWERS: usize = 64;
const LONGEST_ANSWER: usize = 4096;

/// Whether a contact has not been told this before.
pub(super) fn is_new(answers: &mut BTreeSet<String>, text: &str) -> bool {
    let head = text.chars().take(LONGEST_ANSWER).collect::<String>();
    !answers.contains(&head) && (answers.len() >= ANSWERS || answers.insert(head))
}

impl Stage {
    /// Reads one event. What callers say in answer is said at once; the rest is for the world.
    pub fn hear(&mut self, event: Event) -> Vec<News> {
        let mut news = Vec::new();
        match event.kind {
            EventKind::Request(seen) => self.request(event.dependency, seen, &mut news),
            EventKind::Delivered(delivered) => self.note_delivery(event.dependency, delivered),
            EventKind::Seen(seen) => {
                self.effect(event.dependency, &seen, event.at, &mut news);
                self.seen(event.dependency, event.at, seen, &mut news);
            }
            EventKind::Egress(host) => news.push(News::Seen(Observation::Egress { host })),
        }
        news
    }

    fn request(&mut self, of: Id<Dependency>, seen: RequestSeen, news: &mut Vec<News>) {
        let told = seen.failure.as_ref().is_some_and(|mode| self.judge.tells(of, mode));
        let failed = told || seen.status.is_none_or(|status| status >= 400);
        let reply = match (seen.gave_up, failed) {
            (true, _) => Reply::TimedOut,
            (false, true) => Reply::Failed,
            (false, false) => Reply::Good,
        };
        let key = (of.index() as u16, seen.fingerprint);
        let before = self.failed.get(&key).copied();
        let retry = seen.contact.is_some() && before.is_some();
        let too_early = before.is_some_and(|before| seen.at < before.not_before);
        let again = before.map(|before| Again {
            pause: seen.at.since(before.ended).max(Span::ZERO),
            before: before.pause,
            asked: before.not_before > Time::ZERO && !too_early,
        });
        let ended = seen.at + seen.took;
        if reply != Reply::Good {
            let not_before = seen.retry_after.map_or(Time::ZERO, |wait| ended + wait);
            if before.is_some() || self.failed.len() < FOLLOWED {
                let pause = again.map(|again| again.pause);
                self.failed.insert(key, Refused { not_before, ended, pause });
            }
            self.repeats.failed(of, seen.contact.map(unpack), seen.endpoint, ended);
        } else {
            // What is sent again after it went well is no retry.
            self.failed.remove(&key);
        }
        if let Some(again) = again.filter(|_| retry) {
            let contact = seen.contact.map(unpack);
            news.push(News::Seen(Observation::Retried { of, contact, began: seen.at, again }));
        }
        self.note_exchange(of, &seen, retry, too_early);
        let who = seen.contact.and_then(|packed| self.entry(unpack(packed))).map(|entry| entry.who);
        news.push(News::Seen(Observation::Request { of, who, reply, retry, took: seen.took, too_early }));
        if !failed && seen.endpoint == "numbers.update" {
            self.number_changed(of, news);
        }
    }

    /// A target that answers another carrier's number carries the phone over it.
    fn number_changed(&mut self, of: Id<Dependency>, news: &mut Vec<News>) {
        let desk = &self.scenario.desk;
        let answered = self.answers_number(of);
        for (index, channel) in desk.channels.iter().enumerate().filter(|(_, channel)| channel.style == Style::Call) {
            if !channel.over.contains(&of) {
                let over = answered.then_some(of);
                news.push(News::Act(DeskAct::Carry { channel: Id::new(index), over }));
                // Carrying calls elsewhere is a visible sign that the desk noticed that their own carrier is down.
                let is_carrier = |id: &&Id<Dependency>| desk.dependencies[id.index()].kind == DependencyKind::Twilio;
                if let Some(own) = channel.over.iter().find(is_carrier) {
                    news.push(News::Seen(Observation::Noticed { of: *own, down: answered }));
                }
            }
        }
    }

    /// Whether the target has said what to do with calls to this carrier's number.
    fn answers_number(&self, carrier: Id<Dependency>) -> bool {
        let Some(number) = self.numbers.get(&(carrier.index() as u16)) else { return false };
        let voice = self.mocks.with::<Twilio, _>(carrier, |twilio, _| {
            (twilio.number(number).is_some_and(|number| number.voice.is_some()), Vec::new())
        });
        voice.unwrap_or(false)
    }

    fn seen(&mut self, at: Id<Dependency>, now: Time, seen: Seen, news: &mut Vec<News>) {
        match seen {
            Seen::Completion { nonce, prompt, text } => {
                if let Some(nonce) = nonce {
                    self.note_nonce(at, &nonce, &prompt);
                    self.ledger().answered_by_model(nonce, at, &prompt, &text);
                }
            }
            Seen::Message { channel, thread, ts, text, replaces } => {
                let posted = Posted { channel: &channel, thread: thread.as_deref(), ts: &ts, text: &text, replaces };
                self.message(&posted, news);
            }
            Seen::TicketCreated { text, group, .. } => {
                let contact = self.ledger().of_text(&text);
                self.assigned(contact, group.as_deref(), news);
            }
            Seen::TicketChanged { ticket, public_comment, group, .. } => {
                let contact = self.ledger().of_ticket(ticket);
                if let (Some(contact), Some(comment)) = (contact, public_comment) {
                    self.told(contact, &comment, news);
                }
                self.assigned(contact, group.as_deref(), news);
            }
            Seen::Heard { call, text } => {
                let contact = self.ledger().of_call(&call);
                match contact {
                    Some(contact) => self.told(contact, &text, news),
                    // Whoever the target called up hears it: a page by phone.
                    None => self.paged(&text, "", news),
                }
            }
            Seen::Prompted { call, speech, .. } => self.prompted(at, &call, speech),
            Seen::Silence { call, length } => {
                let contact = self.ledger().of_call(&call);
                if let Some(entry) = contact.and_then(|contact| self.entry(contact)) {
                    news.push(News::Seen(Observation::Silence { who: entry.who, length }));
                }
            }
            Seen::Enqueued { call, queue } => {
                let contact = self.ledger().of_call(&call);
                if let Some(contact) = contact.filter(|_| self.queues.contains(&queue)) {
                    self.queued(contact, news);
                }
            }
            Seen::CallEnded { call, .. } => {
                let contact = self.ledger().of_call(&call);
                let open = |contact: &ContactId| self.entry(*contact).is_some_and(|e| !e.over && !e.took_offer);
                if let Some(contact) = contact.filter(open) {
                    news.push(News::Act(DeskAct::HangUp { contact }));
                }
            }
            Seen::TextSent { text, .. } => self.paged(&text, "", news),
            Seen::MailSent { to, text } => self.mailed(&to, &text, news),
            Seen::CallPlaced { call, to } => {
                self.picks_up(at, &call);
                let segments = 0..self.scenario.desk.customers.segments.len();
                if let Some(segment) = segments.into_iter().find(|segment| personal_line(*segment) == to) {
                    news.push(News::Act(DeskAct::CallPersonally { segment: Id::new(segment) }));
                }
            }
            Seen::PublicUpdate { status, text, still_open } => {
                let all_clear = status == "resolved" && still_open == 0;
                let promised = promised(&text, self.scenario.start.local_seconds + now.micros() / 1_000_000);
                let next_by = promised.filter(|_| !all_clear).map(|length| now + length);
                news.push(News::Act(DeskAct::PostUpdate { over: at, all_clear, next_by }));
            }
        }
    }

    /// Whoever the target calls up is there at once, and listens.
    fn picks_up(&self, carrier: Id<Dependency>, call: &str) {
        self.mocks.with::<Twilio, _>(carrier, |twilio, now| ((), twilio.callee_answers(call, now)));
    }

    fn assigned(&mut self, contact: Option<ContactId>, group: Option<&str>, news: &mut Vec<News>) {
        if let (Some(contact), Some(group)) = (contact, group)
            && self.groups.iter().any(|known| known.eq_ignore_ascii_case(group))
        {
            self.queued(contact, news);
        }
    }

    pub(super) fn queued(&mut self, contact: ContactId, news: &mut Vec<News>) {
        if let Some(entry) = self.ledger().get_mut(contact) {
            entry.queued = true;
        }
        news.push(News::Act(DeskAct::Queue { contact }));
    }

    /// A customer was told something: an answer by its nonce, else by the words.
    pub(super) fn told(&mut self, contact: ContactId, text: &str, news: &mut Vec<News>) {
        let Some(entry) = self.entry(contact) else { return };
        let who = entry.who;
        self.note_told(contact, text);
        let known = self.ledger().nonce_in(text);
        if let Some((nonce, origin)) = known {
            if origin.customer.is_some_and(|customer| customer != who.customer) {
                return news.push(News::Seen(Observation::Misdirected { who }));
            }
            let greets = matches!(entry.place, Some(Place::Call(_))) && !entry.has_spoken;
            if greets && origin.customer.is_none() {
                // A caller is greeted by the model before anybody has said what it is about.
                return;
            }
            let new = self.ledger().get_mut(contact).is_some_and(|entry| entry.nonces.insert(nonce));
            return self.answer(contact, Source::Model(origin.model), true, new, news);
        }
        if entry.took_offer {
            return;
        }
        match self.phrases.told(text) {
            Told::Greeting => {}
            Told::CallbackOffer => self.is_offered(&entry, Offer::Callback, text, news),
            Told::MoveOffer => self.is_offered(&entry, Offer::Move, text, news),
            Told::Placeholder => news.push(News::Act(DeskAct::Placeholder { contact })),
            Told::Apology => news.push(News::Act(DeskAct::Apologise { contact })),
            Told::Answer => {
                let new = self.ledger().get_mut(contact).is_some_and(|e| is_new(&mut e.plain_answers, text));
                let source = self.faq();
                self.answer(contact, source, false, new, news);
            }
        }
    }

    fn answer(&mut self, contact: ContactId, source: Source, by_nonce: bool, new: bool, news: &mut Vec<News>) {
        let Some(entry) = self.entry(contact) else { return };
        let who = entry.who;
        if !new {
            return news.push(News::Seen(Observation::Duplicate { who }));
        }
        if let Some(entry) = self.ledger().get_mut(contact) {
            entry.answered = true;
        }
        news.push(if entry.over {
            let first = !entry.answered;
            News::Seen(Observation::Answered { who, source, first, late: true, by_nonce })
        } else {
            News::Act(DeskAct::Answer { contact, source, by_nonce })
        });
    }

    /// An answer that carries no nonce: prepared words. What they solve is what the plan says of its FAQ.
    fn faq(&self) -> Source {
        let actions = self.scenario.desk.plan.rules.iter().flat_map(|rule| &rule.actions);
        let solves = actions.filter_map(|action| match action {
            Action::BotAnswersFromFaq { solves } => Some((solves * 1000.0).round() as u16),
            _ => None,
        });
        match solves.into_iter().next() {
            Some(solves) => Source::Faq { solves_per_mille: Some(solves) },
            None => Source::Unknown,
        }
    }

    fn prompted(&mut self, carrier: Id<Dependency>, call: &str, speech: bool) {
        let contact = self.ledger().of_call(call);
        let Some(entry) = contact.and_then(|contact| self.entry(contact)).filter(|entry| speech && !entry.over) else {
            return;
        };
        let contact = entry.who.contact;
        if entry.wants_person {
            return self.speaks(contact, carrier, call, &person_words(entry.who));
        }
        if entry.answered {
            // The world decides what the customer makes of the answer; until then the desk listens.
            if let Some(entry) = self.ledger().get_mut(contact) {
                entry.listens = true;
            }
            return;
        }
        let words = self.first_words(entry.who);
        self.speaks(contact, carrier, call, &words);
    }

    /// A message that names a team on call, after such a mark, calls it in, as soon as its people are ready.
    pub(super) fn paged(&self, text: &str, mark: &str, news: &mut Vec<News>) {
        let desk = &self.scenario.desk;
        for (index, team) in desk.teams.iter().enumerate().filter(|(_, team)| team.on_call) {
            if text.to_lowercase().contains(&format!("{mark}{}", team.name.to_lowercase())) {
                let team = Id::new(index);
                news.push(News::Act(DeskAct::Page { team, ready_in: self.ready_in(team) }));
            }
        }
    }

    /// How long the people of a team need until they work: as the desk's plan knows them.
    fn ready_in(&self, team: Id<Team>) -> Span {
        let actions = self.scenario.desk.plan.rules.iter().flat_map(|rule| &rule.actions);
        let of_team = actions.filter_map(|action| match action {
            Action::CallIn { team: of, ready_in } if *of == team => Some(*ready_in),
            _ => None,
        });
        of_team.into_iter().next().unwrap_or(Span::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearse::rig::stage_of;
    use crate::rehearse::stage::first_of;

    #[tokio::test]
    async fn people_on_call_come_when_they_are_texted_called_or_mentioned() {
        let mut stage = stage_of("scenarios/triple-outage.yaml").await;
        let mut pages = |kind: DependencyKind, seen: Seen| {
            let dependency = first_of(&stage.scenario, kind).expect("the desk has one");
            let news = stage.hear(Event { dependency, at: Time::ZERO, kind: EventKind::Seen(seen) });
            news.iter().filter(|one| matches!(one, News::Act(DeskAct::Page { .. }))).count()
        };
        let text = |words: &str| Seen::TextSent { to: "+15005550010".into(), text: words.into() };
        let message = |words: &str| Seen::Message {
            channel: "incidents".into(),
            thread: None,
            ts: "1700000000.000100".into(),
            text: words.into(),
            replaces: false,
        };
        assert_eq!(pages(DependencyKind::Twilio, text("Page: team reserve please come in")), 1);
        assert_eq!(pages(DependencyKind::Twilio, text("All is well")), 0);
        let heard = |words: &str| Seen::Heard { call: "CA1".into(), text: words.into() };
        assert_eq!(pages(DependencyKind::Twilio, heard("Page: the reserve is to come in")), 1);
        assert_eq!(pages(DependencyKind::Twilio, heard("Wrong number")), 0);
        assert_eq!(pages(DependencyKind::Slack, message("<!subteam^S1|@reserve> we need you")), 1);
        assert_eq!(pages(DependencyKind::Slack, message("The reserve is not needed")), 0);
    }

    #[tokio::test]
    async fn what_a_model_says_before_the_caller_has_spoken_is_a_greeting() {
        let mut stage = stage_of("scenarios/triple-outage.yaml").await;
        let (contact, customer) = (ContactId::new(0, 0), 77);
        let (channel, reason, segment) = (Id::new(0), Id::new(0), Id::new(0));
        let who =
            crate::observation::Who { contact, customer, channel, reason, segment, started: Time::ZERO, attempt: 1 };
        let dependency = first_of(&stage.scenario, DependencyKind::Twilio).expect("the desk has one");
        stage.ledger().open(who);
        stage.ledger().place(contact, dependency, Place::Call("CA1".into()));
        stage.ledger().answered_by_model("K7F2-93".into(), dependency, "Greet the caller.", "");
        let hear = |stage: &mut Stage, words: &str| {
            let seen = Seen::Heard { call: "CA1".into(), text: words.into() };
            stage.hear(Event { dependency, at: Time::ZERO, kind: EventKind::Seen(seen) })
        };
        assert_eq!(hear(&mut stage, "Thank you for calling. Ref. K7F2-93."), []);
        if let Some(entry) = stage.ledger().get_mut(contact) {
            entry.has_spoken = true;
        }
        stage.ledger().answered_by_model("K7F2-94".into(), dependency, "It is about order HL-0", "");
        let news = hear(&mut stage, "It is on its way. Ref. K7F2-94.");
        assert!(matches!(news[..], [News::Act(DeskAct::Answer { by_nonce: true, .. })]), "{news:?}");
        let silence = Seen::Silence { call: "CA1".into(), length: Span::from_secs(2) };
        let news = stage.hear(Event { dependency, at: Time::ZERO, kind: EventKind::Seen(silence) });
        assert_eq!(news, [News::Seen(Observation::Silence { who, length: Span::from_secs(2) })]);
    }

    #[tokio::test]
    async fn a_mail_that_was_accepted_and_lost_did_not_fail_for_who_sent_it() {
        let mut stage = stage_of("tests/targets/mail.yaml").await;
        let dependency = first_of(&stage.scenario, DependencyKind::Smtp).expect("it has one");
        let mut reply = |status, mode: &str| {
            let seen = RequestSeen {
                at: Time::ZERO,
                method: hyper::Method::POST,
                path: "sam@example.com".into(),
                endpoint: "data",
                status,
                failure: Some(mode.into()),
                took: Span::ZERO,
                gave_up: false,
                fingerprint: 1,
                contact: None,
                retry_after: None,
            };
            let news = stage.hear(Event { dependency, at: Time::ZERO, kind: EventKind::Request(seen) });
            let of_request = news.into_iter().find_map(|news| match news {
                News::Seen(Observation::Request { reply, .. }) => Some(reply),
                _ => None,
            });
            of_request.expect("a request was seen")
        };
        assert_eq!(reply(Some(250), "smtp.drop_after_data"), Reply::Good);
        assert_eq!(reply(Some(451), "smtp.greylist_451"), Reply::Failed);
        assert_eq!(reply(None, "reset_after_commit"), Reply::Failed);
    }

    #[tokio::test]
    async fn the_next_update_is_promised_in_the_words_of_one() {
        let mut stage = stage_of("scenarios/triple-outage.yaml").await;
        let update = |status: &str, still_open: usize| {
            let text = "The next update follows within 30 minutes.".to_owned();
            EventKind::Seen(Seen::PublicUpdate { status: status.to_owned(), text, still_open })
        };
        let dependency = first_of(&stage.scenario, DependencyKind::Statuspage).expect("it has one");
        let (said, half_an_hour) = (Time::ZERO + Span::MINUTE, Span::from_secs(1_800));
        let next_by = Some(said + half_an_hour);
        for (status, still_open, all_clear, next_by) in [
            ("investigating", 1, false, next_by),
            // One of two incidents is over: the page says that there is trouble.
            ("resolved", 1, false, next_by),
            ("resolved", 0, true, None),
        ] {
            let news = stage.hear(Event { dependency, at: said, kind: update(status, still_open) });
            assert_eq!(news, [News::Act(DeskAct::PostUpdate { over: dependency, all_clear, next_by })]);
        }
    }
}
