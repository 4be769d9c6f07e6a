//! What customers and the desk's people do, carried out at the mocks. Customers write, call and listen as people do; the
//! desk's people act only where any colleague of theirs could: in the thread, on the line, in the ticket.

use super::judge::pack;
use super::ledger::Place;
use super::stage::{SUPPORT, Stage};
use super::wire::contact_of;
use crate::mocks::slack::Slack;
use crate::mocks::twilio::Twilio;
use crate::mocks::zendesk::{Status, Zendesk};
use crate::observation::Who;
use crate::report::note::Speaker;
use crate::scenario::model::{Dependency, DependencyKind, Id, Style, Team};
use crate::seam::{ContactId, CustomerAct};
use crate::workload::identity;

impl Stage {
    /// Carries out one act. `line` is the carrier on which a call comes in, `team` who has the contact now.
    pub fn carry_out(
        &mut self,
        act: CustomerAct,
        who: Option<Who>,
        line: Option<Id<Dependency>>,
        team: Option<Id<Team>>,
    ) {
        let mut ledger = self.ledger();
        let team = ledger.get_mut(contact_of(act)).and_then(|entry| {
            entry.team = team.or(entry.team);
            entry.team
        });
        drop(ledger);
        match act {
            CustomerAct::Start { .. } => {
                if let Some(who) = who {
                    self.starts(who, line);
                }
            }
            CustomerAct::AskForPerson { contact } => self.asks_for_person(contact),
            CustomerAct::Taken { contact } => self.taken(contact, team),
            CustomerAct::Handled { contact } => self.handled(contact, team),
            CustomerAct::PutBack { contact } => self.put_back(contact, team),
            CustomerAct::Leave { contact } => self.leaves(contact, true),
            CustomerAct::Finish { contact } => self.leaves(contact, false),
            // The contact is not over: a person will call.
            CustomerAct::TakeCallback { contact } => drop(self.takes_offer(contact)),
        }
    }

    fn starts(&mut self, who: Who, line: Option<Id<Dependency>>) {
        self.ledger().open(who);
        let tag = Some(pack(who.contact));
        let place = match self.style(who.channel) {
            Style::Chat => self.writes(who, tag),
            Style::Call => self.dials(who, line, tag),
            Style::Ticket => self.mails(who, tag),
        };
        if let Some((at, place)) = place {
            self.ledger().place(who.contact, at, place);
        }
    }

    fn writes(&mut self, who: Who, tag: Option<u64>) -> Option<(Id<Dependency>, Place)> {
        let slack = self.at(who.channel, DependencyKind::Slack)?;
        let words = self.first_words(who);
        self.note_words(who.contact, Speaker::Customer, &words);
        let known = self.users.get(&who.customer).cloned();
        let (user, ts) = self.mocks.with::<Slack, _>(slack, |slack, now| {
            let user = known.unwrap_or_else(|| slack.add_user(&identity::name(who.customer)));
            let posted = slack.customer_posts(&user, SUPPORT, &words, None, tag, now);
            ((user, posted.ts), posted.effects)
        })?;
        self.users.insert(who.customer, user);
        Some((slack, Place::Thread(ts?)))
    }

    fn dials(&mut self, who: Who, line: Option<Id<Dependency>>, tag: Option<u64>) -> Option<(Id<Dependency>, Place)> {
        let carrier = line.or_else(|| self.at(who.channel, DependencyKind::Twilio))?;
        let to = self.numbers.get(&(carrier.index() as u16))?.clone();
        let from = identity::phone_number(who.customer);
        // The ledger must know the call before the target hears of it, so it is locked over the mock's step.
        let ledger = self.ledger.clone();
        let sid = self.mocks.with::<Twilio, _>(carrier, |twilio, now| {
            let (sid, effects) = twilio.incoming_call(&from, &to, tag, now);
            let mut ledger = ledger.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            ledger.place(who.contact, carrier, Place::Call(sid.clone()));
            (sid, effects)
        })?;
        Some((carrier, Place::Call(sid)))
    }

    fn mails(&mut self, who: Who, tag: Option<u64>) -> Option<(Id<Dependency>, Place)> {
        let zendesk = self.at(who.channel, DependencyKind::Zendesk)?;
        let words = self.first_words(who);
        self.note_words(who.contact, Speaker::Customer, &words);
        let subject = format!("Order {}", identity::order_number(who.customer));
        let (address, name) = (identity::address(who.customer), identity::name(who.customer));
        let ticket = self.mocks.with::<Zendesk, _>(zendesk, |zendesk, now| {
            zendesk.customer_creates(&address, &name, &subject, &words, tag, now)
        })??;
        Some((zendesk, Place::Ticket(ticket)))
    }

    /// What a customer says first: the order number and what it is about.
    pub(super) fn first_words(&self, who: Who) -> String {
        let reason = self.scenario.desk.reasons[who.reason.index()].name.replace(['-', '_'], " ");
        format!("Hello, this is about my order {}. My question: {reason}.", identity::order_number(who.customer))
    }

    fn asks_for_person(&mut self, contact: ContactId) {
        let Some(entry) = self.entry(contact) else { return };
        let words = person_words(entry.who);
        match (entry.place, entry.at) {
            (Some(Place::Thread(ts)), Some(slack)) => self.says(entry.who, slack, &ts, &words),
            (Some(Place::Call(sid)), Some(carrier)) => {
                if let Some(entry) = self.ledger().get_mut(contact) {
                    entry.wants_person = true;
                }
                if entry.listens {
                    self.speaks(contact, carrier, &sid, &words);
                }
            }
            (Some(Place::Ticket(ticket)), Some(zendesk)) => {
                self.note_words(contact, Speaker::Customer, &words);
                self.mocks.with::<Zendesk, _>(zendesk, |zendesk, now| {
                    ((), zendesk.customer_comments(ticket, &words, Some(pack(contact)), now).unwrap_or_default())
                });
            }
            _ => {}
        }
    }

    /// A caller says something to a desk that listens.
    pub(super) fn speaks(&mut self, contact: ContactId, carrier: Id<Dependency>, sid: &str, words: &str) {
        if let Some(entry) = self.ledger().get_mut(contact) {
            entry.listens = false;
            entry.has_spoken = true;
        }
        self.note_words(contact, Speaker::Customer, words);
        self.mocks.with::<Twilio, _>(carrier, |twilio, now| ((), twilio.caller_says(sid, words, now)));
    }

    fn leaves(&mut self, contact: ContactId, gave_up: bool) {
        let Some(entry) = self.entry(contact) else { return };
        if let Some(entry) = self.ledger().get_mut(contact) {
            entry.over = true;
        }
        if self.takes_offer(contact) {
            return;
        }
        match (entry.place, entry.at) {
            (Some(Place::Call(sid)), Some(carrier)) => {
                self.mocks.with::<Twilio, _>(carrier, |twilio, now| ((), twilio.caller_hangs_up(&sid, now)));
            }
            // Who gives up a chat says so to the reference desk, which knows these words, so that its live figures are
            // those of the model. Before any other target they just stop writing, as most people do: a bot would answer.
            (Some(Place::Thread(ts)), Some(slack)) if gave_up && self.scenario.target.is_none() => {
                self.says(entry.who, slack, &ts, GIVES_UP);
            }
            _ => {}
        }
    }

    /// A customer writes in their thread.
    pub(super) fn says(&mut self, who: Who, slack: Id<Dependency>, ts: &str, words: &str) {
        let Some(user) = self.users.get(&who.customer).cloned() else { return };
        self.note_words(who.contact, Speaker::Customer, words);
        let tag = Some(pack(who.contact));
        self.mocks.with::<Slack, _>(slack, |slack, now| {
            ((), slack.customer_posts(&user, SUPPORT, words, Some(ts), tag, now).effects)
        });
    }

    fn taken(&mut self, contact: ContactId, team: Option<Id<Team>>) {
        let (Some(entry), Some(team)) = (self.entry(contact), team) else { return };
        let order = identity::order_number(entry.who.customer);
        match (entry.place, entry.at) {
            (Some(Place::Thread(ts)), Some(slack)) => {
                let words = format!("Hello, I am taking over your order {order}.");
                self.note_words(contact, Speaker::Person, &words);
                self.person_writes(slack, team, &ts, &words);
            }
            (Some(Place::Call(sid)), Some(carrier)) => {
                let queues = self.queues.clone();
                self.mocks.with::<Twilio, _>(carrier, |twilio, now| {
                    let effects = queues.iter().find_map(|queue| twilio.take_from_queue(queue, &sid, now));
                    ((), effects.unwrap_or_default())
                });
            }
            (Some(Place::Ticket(ticket)), Some(zendesk)) => {
                let agent = self.zendesk_agent(zendesk, team);
                self.mocks.with::<Zendesk, _>(zendesk, |zendesk, now| {
                    ((), zendesk.person_takes(ticket, agent, true, now).unwrap_or_default())
                });
            }
            _ => {}
        }
    }

    fn handled(&mut self, contact: ContactId, team: Option<Id<Team>>) {
        let (Some(entry), Some(team)) = (self.entry(contact), team) else { return };
        if let Some(entry) = self.ledger().get_mut(contact) {
            entry.over = true;
        }
        let order = identity::order_number(entry.who.customer);
        let words = format!("Your order {order} is taken care of. Good-bye!");
        self.note_words(contact, Speaker::Person, &words);
        match (entry.place, entry.at) {
            (Some(Place::Thread(ts)), Some(slack)) => self.person_writes(slack, team, &ts, &words),
            (Some(Place::Call(sid)), Some(carrier)) => {
                self.mocks.with::<Twilio, _>(carrier, |twilio, now| ((), twilio.person_hangs_up(&sid, now)));
            }
            (Some(Place::Ticket(ticket)), Some(zendesk)) => {
                let agent = self.zendesk_agent(zendesk, team);
                self.mocks.with::<Zendesk, _>(zendesk, |zendesk, now| {
                    let solved = Some(Status::Solved);
                    ((), zendesk.person_comments(ticket, agent, &words, true, solved, now).unwrap_or_default())
                });
            }
            _ => {}
        }
    }

    fn put_back(&mut self, contact: ContactId, team: Option<Id<Team>>) {
        let Some(entry) = self.entry(contact) else { return };
        match (entry.place, entry.at) {
            (Some(Place::Call(sid)), Some(carrier)) => {
                self.mocks.with::<Twilio, _>(carrier, |twilio, now| ((), twilio.put_back(&sid, now)));
            }
            (Some(Place::Ticket(ticket)), Some(zendesk)) => {
                let agent = self.zendesk_agent(zendesk, team.unwrap_or(Id::new(0)));
                self.mocks.with::<Zendesk, _>(zendesk, |zendesk, now| {
                    ((), zendesk.person_takes(ticket, agent, false, now).unwrap_or_default())
                });
            }
            _ => {}
        }
    }

    fn person_writes(&mut self, slack: Id<Dependency>, team: Id<Team>, thread: &str, words: &str) {
        let user = self.slack_agent(slack, team);
        self.mocks.with::<Slack, _>(slack, |slack, now| {
            ((), slack.person_posts(&user, SUPPORT, words, Some(thread), now).effects)
        });
    }

    fn agent_name(&self, team: Id<Team>) -> String {
        format!("Agent of {}", self.scenario.desk.teams[team.index()].name)
    }

    pub(super) fn slack_agent(&mut self, slack: Id<Dependency>, team: Id<Team>) -> String {
        let name = self.agent_name(team);
        let agent = self.agents.entry(team.index() as u16).or_default();
        if let Some(user) = &agent.slack {
            return user.clone();
        }
        let user =
            self.mocks.with::<Slack, _>(slack, |slack, _| (slack.add_user(&name), Vec::new())).unwrap_or_default();
        agent.slack = Some(user.clone());
        user
    }

    pub(super) fn zendesk_agent(&mut self, zendesk: Id<Dependency>, team: Id<Team>) -> u64 {
        let name = self.agent_name(team);
        let email = format!("agent-{}@desk.example", team.index() + 1);
        let agent = self.agents.entry(team.index() as u16).or_default();
        if let Some(id) = agent.zendesk {
            return id;
        }
        let made =
            self.mocks.with::<Zendesk, _>(zendesk, |zendesk, now| (zendesk.add_agent(&name, &email, now), Vec::new()));
        let id = made.unwrap_or_default();
        agent.zendesk = Some(id);
        id
    }
}

/// What a customer writes to the reference desk who gives up.
pub(super) const GIVES_UP: &str = "Never mind.";

/// What a customer says who wants a person.
pub(super) fn person_words(who: Who) -> String {
    format!(
        "That did not help. I would like to talk to a person, please. Order {}.",
        identity::order_number(who.customer)
    )
}
