//! The owner of the desk core: one task that hears everything in order and lets the core decide.

use super::ask::{self, Question, Rests};
use super::chat::{Message, Seen};
use super::client::Client;
use super::contacts::{Contact, Contacts, Place};
use super::outward::{Deed, Outward};
use super::phone::{self, Calls};
use super::replies::Replies;
use super::settings::Settings;
use super::tickets::Turn;
use super::words::{self, Wish};
use crate::desk::{Asked, Desk, Heard, Said, Timer};
use crate::mocks::clock::Clock;
use crate::observation::Reply;
use crate::scenario::model::{Channel, Dependency, DependencyKind, Id, Style};
use crate::seam::{ContactId, CustomerAct};
use crate::time::Time;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio::sync::mpsc;

/// What reaches the brain.
#[derive(Debug)]
pub(super) enum News {
    /// A message in Slack.
    Message(Message),
    /// Which Slack channels are which: where customers write, where people look.
    Rooms {
        /// Where customers write.
        support: Option<String>,
        /// Where people look.
        escalations: Option<String>,
    },
    /// A request of Twilio.
    Call(phone::Request),
    /// The calls that wait for a person, a list a carrier; `None` where the carrier does not say.
    Waiting(Vec<Option<BTreeSet<String>>>),
    /// Something happened to a ticket.
    Ticket(u64, Turn),
    /// A request to a dependency ended.
    Replied {
        /// Which.
        asked: Asked,
        /// How.
        reply: Reply,
        /// The model's words.
        text: Option<String>,
    },
}

/// The owner of the core.
pub(super) struct Brain {
    pub(super) settings: Arc<Settings>,
    pub(super) contacts: Contacts,
    pub(super) calls: Calls,
    pub(super) replies: Replies,
    pub(super) carried: BTreeMap<usize, Id<Dependency>>,
    desk: Desk,
    clock: Clock,
    client: Client,
    rests: Arc<Rests>,
    outward: Arc<Outward>,
    news: mpsc::Sender<News>,
    timers: BTreeMap<(Time, u64), Timer>,
    set: u64,
    seen: Seen,
    support: Option<String>,
    escalations: Option<String>,
    said: Vec<Said>,
}

impl Brain {
    pub(super) fn new(
        settings: Arc<Settings>,
        clock: Clock,
        client: Client,
        outward: Arc<Outward>,
        news: mpsc::Sender<News>,
    ) -> Self {
        Self {
            desk: Desk::new(settings.desk.clone()),
            contacts: Contacts::default(),
            calls: Calls::default(),
            replies: Replies::shipped(),
            carried: BTreeMap::new(),
            clock,
            client,
            rests: Arc::default(),
            outward,
            news,
            timers: BTreeMap::new(),
            set: 0,
            seen: Seen::default(),
            support: None,
            escalations: None,
            said: Vec::new(),
            settings,
        }
    }

    /// Hears everything, until nobody can tell it anything any more.
    pub(super) async fn run(mut self, mut news: mpsc::Receiver<News>) {
        self.outward.start(self.hears_of_ends());
        let mut said = Vec::new();
        self.desk.begin(self.clock.now(), &mut said);
        self.carry_out(said);
        loop {
            let due = self.timers.first_key_value().map(|((at, _), _)| *at);
            let wait = due.map(|at| self.clock.wall_until(at));
            tokio::select! {
                heard = news.recv() => match heard {
                    Some(heard) => self.learn(heard),
                    None => return,
                },
                () = tokio::time::sleep(wait.unwrap_or_default()), if wait.is_some() => {
                    if let Some(((at, _), timer)) = self.timers.pop_first() {
                        // At its own moment, so that what is promised at an interval does not drift.
                        self.hear_at(at, Heard::Due(timer));
                    }
                }
            }
        }
    }

    fn learn(&mut self, news: News) {
        match news {
            News::Message(message) => self.message(message),
            News::Rooms { support, escalations } => (self.support, self.escalations) = (support, escalations),
            News::Call(request) => self.call(request),
            News::Waiting(lists) => {
                for (contact, taken) in self.calls.look(&lists, self.clock.now()) {
                    let act = if taken { CustomerAct::Taken { contact } } else { CustomerAct::PutBack { contact } };
                    self.hear(Heard::Act(act));
                }
            }
            News::Ticket(id, turn) => self.ticket(id, turn),
            News::Replied { asked, reply, text } => {
                if let Some(contact) = asked.contact.and_then(|id| self.contacts.get_mut(id)) {
                    contact.answer = text.or(contact.answer.take());
                }
                self.hear(Heard::Replied { asked, reply });
            }
        }
    }

    /// Scenario time.
    pub(super) fn now(&self) -> Time {
        self.clock.now()
    }

    /// Lets the core hear something now, and does what it says.
    pub(super) fn hear(&mut self, heard: Heard) {
        self.hear_at(self.clock.now(), heard);
    }

    fn hear_at(&mut self, now: Time, heard: Heard) {
        let mut said = std::mem::take(&mut self.said);
        self.desk.hear(now, heard, &mut said);
        self.carry_out(said);
    }

    fn carry_out(&mut self, mut said: Vec<Said>) {
        let mut deeds = Vec::new();
        for word in said.drain(..) {
            match word {
                Said::Act(act) => self.act(act, &mut deeds),
                Said::Ask(asked) => self.ask(asked),
                Said::Wake { at, timer } => {
                    self.set += 1;
                    self.timers.insert((at, self.set), timer);
                }
                Said::Noticed { of, down } => {
                    let name = &self.settings.desk.dependencies[of.index()].name;
                    tracing::info!(name, down, "noticed");
                }
                Said::Rule { rule, on } => {
                    let rule = self.settings.desk.plan.rules.get(usize::from(rule)).map(|rule| &rule.name);
                    tracing::info!(?rule, on, "rule of the plan");
                }
            }
        }
        self.said = said;
        if !deeds.is_empty() {
            self.outward.start(deeds);
        }
    }

    /// Asks in a task of its own, which reports back.
    fn ask(&self, asked: Asked) {
        let question = asked.contact.and_then(|id| self.contacts.get(id)).map(|contact| Question {
            system: self.replies.system.trim_end().to_owned(),
            words: contact.words.clone(),
        });
        let access = self.settings.access(asked.of);
        let (client, clock, news) = (self.client.clone(), self.clock.clone(), self.news.clone());
        let rests = self.rests.clone();
        tokio::spawn(async move {
            let (reply, text) = match access {
                Some(access) => ask::ask(&client, &clock, &access, &rests, asked, question).await,
                None => (Reply::Failed, None),
            };
            news.send(News::Replied { asked, reply, text }).await.ok();
        });
    }

    /// The first channel of a style.
    fn channel(&self, style: Style) -> Option<Id<Channel>> {
        self.settings.desk.channels.iter().position(|channel| channel.style == style).map(Id::new)
    }

    pub(super) fn start(&mut self, style: Style, place: Place, user: String, words: String) -> Option<ContactId> {
        let channel = self.channel(style)?;
        let order = words::order_number(&words).unwrap_or_default().to_owned();
        let (answer, answered, in_hand) = (None, false, false);
        let call = match &place {
            Place::Call(sid) => Some(sid.clone()),
            _ => None,
        };
        let contact = self.contacts.add(Contact { place, user, order, words, answer, answered, in_hand });
        if let Some(sid) = call {
            self.calls.is(&sid, contact);
        }
        // The desk does not look at the customer's group.
        self.hear(Heard::Act(CustomerAct::Start { contact, channel, segment: Id::new(0) }));
        if let Some(oldest) = self.contacts.too_many() {
            tracing::warn!("too many contacts are open: the oldest is forgotten");
            self.end(CustomerAct::Finish { contact: oldest }, oldest);
        }
        Some(contact)
    }

    /// The last that the core hears of a contact.
    pub(super) fn end(&mut self, act: CustomerAct, contact: ContactId) {
        self.hear(Heard::Act(act));
        self.contacts.remove(contact);
    }

    fn message(&mut self, message: Message) {
        if !self.seen.is_new(&message.event) || self.escalations.as_deref() == Some(&message.channel) {
            return;
        }
        let Some(thread) = message.thread else {
            let elsewhere = self.support.as_ref().is_some_and(|support| *support != message.channel);
            if message.direct || !elsewhere {
                let place = Place::Chat { channel: message.channel, thread: message.ts };
                if self.contacts.at(&place).is_none() {
                    self.start(Style::Chat, place, message.user, message.text);
                }
            }
            return;
        };
        let Some(contact) = self.contacts.at(&Place::Chat { channel: message.channel, thread }) else { return };
        let Some(known) = self.contacts.get_mut(contact) else { return };
        if known.user == message.user {
            return self.again(contact, &message.text);
        }
        if !std::mem::replace(&mut known.in_hand, true) {
            self.hear(Heard::Act(CustomerAct::Taken { contact }));
        }
        if words::takes_leave(&message.text) {
            self.end(CustomerAct::Handled { contact }, contact);
        }
    }

    /// A customer who is known says more.
    fn again(&mut self, contact: ContactId, words: &str) {
        match words::wish(words) {
            Wish::Person => {
                let Some(known) = self.contacts.get_mut(contact) else { return };
                if !known.in_hand {
                    self.hear(Heard::Act(CustomerAct::AskForPerson { contact }));
                }
            }
            Wish::Callback => self.hear(Heard::Act(CustomerAct::TakeCallback { contact })),
            Wish::Nothing => self.end(CustomerAct::Finish { contact }, contact),
            Wish::Move(_) | Wish::GivesUp => self.end(CustomerAct::Leave { contact }, contact),
        }
    }

    /// The carriers of a normal day are to tell when a call ends.
    fn hears_of_ends(&self) -> Vec<Deed> {
        let desk = &self.settings.desk;
        let calls = desk.channels.iter().filter(|channel| channel.style == Style::Call);
        let over = calls.flat_map(|channel| channel.over.iter().copied());
        let carriers = over.filter(|of| desk.dependencies[of.index()].kind == DependencyKind::Twilio);
        carriers
            .filter_map(|of| self.settings.access(of))
            .map(|carrier| Deed::Numbers { carrier, ours: None })
            .collect()
    }

    fn bot_answers_calls(&self) -> bool {
        let phone = self.channel(Style::Call);
        self.settings.desk.bot.as_ref().is_some_and(|bot| phone.is_some_and(|phone| bot.answers.contains(&phone)))
    }

    fn call(&mut self, request: phone::Request) {
        let phone::Request { sid, from, step, reply } = request;
        let contact = self.calls.contact(&sid);
        match step {
            phone::Step::Incoming => {
                if self.calls.is_new(&sid) && !self.bot_answers_calls() {
                    self.start(Style::Call, Place::Call(sid.clone()), from.clone(), format!("A call from {from}"));
                }
                match self.calls.contact(&sid) {
                    Some(_) => self.calls.wait(&sid, reply),
                    None => phone::answer(reply, self.greeting()),
                }
            }
            phone::Step::Said(words) => {
                self.calls.is_new(&sid);
                match contact {
                    None => drop(self.start(Style::Call, Place::Call(sid.clone()), from, words)),
                    Some(contact) => match words::wish(&words) {
                        Wish::Nothing | Wish::GivesUp => return self.good_bye(&sid, Some(contact), reply),
                        _ => self.again(contact, &words),
                    },
                }
                self.calls.wait(&sid, reply);
            }
            phone::Step::Wait => self.calls.wait(&sid, reply),
            phone::Step::Silent => self.good_bye(&sid, contact, reply),
            phone::Step::Hold => phone::answer(reply, self.calls.hold(&sid)),
            phone::Step::Chose(key) => self.chose(&sid, contact, &key, reply),
            phone::Step::Left(why) => self.left_queue(&sid, contact, &why, reply),
            phone::Step::Over => {
                self.hung_up(&sid, contact);
                phone::answer(reply, Vec::new());
            }
        }
    }
}
