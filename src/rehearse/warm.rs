//! The warm start: `rehearse --from 10:00 --for 20m`. The modelled desk simulates the day up to that moment, in virtual time
//! and with the same seed; then the world goes over to the wire as it is, and only what follows is measured.
//!
//! The world carries over whole: customers and their patience, tickets, people and what they have in hand, who will come
//! back, called-in people, carriers. At the mocks it looks as if it had all happened before the target listened:
//!
//! - who waits in the queue of the people, or is with one of them, has a thread, a call in the queue or a ticket in the group
//!   already; the target is told of none of them, but finds them where it looks;
//! - who waits for the desk's first answer (the model's bot was at work) starts anew with the target, at once;
//! - a channel that the plan carries over another carrier comes in by that carrier's number; an incident that the plan told
//!   the public of is open on the status page; who waits for a call-back is called by a person as agreed.
//!
//! Not carried over is what only the modelled desk's head held: half-made answers, what its probes believe, which rules of
//! its plan act, its live figures. The target starts with an empty memory, as after a restart, and notices outages itself.

use super::ledger::Place;
use super::setup::Listens;
use super::stage::{SUPPORT, Stage, works_of};
use crate::measure::definitions::Family;
use crate::measure::{Kpi, Windows};
use crate::mocks::slack::Slack;
use crate::mocks::statuspage::Statuspage;
use crate::mocks::twilio::Twilio;
use crate::mocks::zendesk::Zendesk;
use crate::observation::{Observation, Observer, Who};
use crate::scenario::model::{Dependency, DependencyKind, Expectation, Id, Receives, Style, Team, Window, Works};
use crate::scenario::{Scenario, moment_of};
use crate::seam::CustomerAct;
use crate::time::{Span, Time};
use crate::units;
use crate::workload::identity;
use crate::world::{Contact, State, World};

/// From when to when a day is rehearsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Warm {
    /// Up to here it is simulated.
    pub from: Time,
    /// The rehearsal ends here, with whatever is open; `None`: at the end of the day, with its drain.
    pub until: Option<Time>,
}

impl Warm {
    /// What `--from` and `--for` ask for, if it is possible on this day.
    pub fn asked(scenario: &Scenario, from: &str, length: Option<&str>) -> Result<Self, String> {
        let from_is = |why: String| format!("`--from {from}`: {why}");
        let at = moment_of(scenario, from).map_err(from_is)?;
        let end = scenario.end();
        let day = format!("the scenario runs from {} for {}", scenario.start.text, scenario.length);
        if at >= end {
            return Err(from_is(format!("nothing of the day is left to rehearse; {day}")));
        }
        let left = end.since(at);
        let Some(length) = length else { return Ok(Self { from: at, until: None }) };
        let for_is = |why: String| format!("`--for {length}`: {why}");
        let span = units::duration(length).map_err(|error| for_is(format!("{}; {}", error.title, error.help)))?;
        if span < Span::MINUTE {
            return Err(for_is(format!(
                "figures are by the minute, so at least 1m is rehearsed, and here at most {left}"
            )));
        }
        if span > left {
            return Err(for_is(format!("from {from} on at most {left} are left; {day}")));
        }
        Ok(Self { from: at, until: Some(at + span) })
    }

    /// The day as it is rehearsed: it is measured from the warm start on, and no contact starts after its end. That there is
    /// nothing to hold an expectation against which speaks of another part of the day does not make it void.
    pub fn day(self, scenario: &Scenario) -> Scenario {
        let mut day = scenario.clone();
        day.warm_start = Some(Window { from: self.from, to: self.until.unwrap_or(scenario.close()) });
        day.warm_up = self.from.since(Time::ZERO);
        day.length = self.until.unwrap_or(scenario.end()).since(Time::ZERO);
        let windows = Windows::of(&day);
        for expectation in &mut day.expect {
            expectation.allow_empty |= may_be_empty(expectation, &windows);
        }
        day
    }
}

/// Whether it may be that a part of the day has nothing to hold an expectation against: its window lies elsewhere, or it is
/// about outages, or about requests as compared with a baseline.
fn may_be_empty(expectation: &Expectation, windows: &Windows) -> bool {
    let window = windows.index_of(&expectation.window).map(|place| &windows.list[place]);
    let of_contacts = Kpi::named(&expectation.kpi).is_some_and(|kpi| {
        matches!(kpi.definition().family, Family::Contacts | Family::Handling | Family::Levels | Family::People)
    });
    !of_contacts || window.is_none_or(|window| window.pieces.is_empty())
}

/// What the public was told and is not yet told to be over.
#[derive(Clone, Copy, Debug, Default)]
pub struct Told {
    open: Option<(Id<Dependency>, Time)>,
}

impl Observer for Told {
    fn observe(&mut self, at: Time, seen: &Observation) {
        match seen {
            Observation::Update { all_clear: true, .. } => self.open = None,
            Observation::Update { over, delivered: true, .. } => drop(self.open.get_or_insert((*over, at))),
            _ => {}
        }
    }
}

/// How many contacts were handed over, and how they stood.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Handed {
    /// They wait for the desk's first answer: the target hears of them.
    pub waiting: u32,
    /// In the queue of the people, those who wait for a call-back included.
    pub queued: u32,
    /// With a person.
    pub in_hand: u32,
    /// Tickets on their way that wait at a broken hop.
    pub on_the_way: u32,
}

impl std::fmt::Display for Handed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { waiting, queued, in_hand, on_the_way } = self;
        write!(f, "{waiting} waiting for an answer, {queued} queued for people, {in_hand} with a person")?;
        if *on_the_way > 0 { write!(f, ", {on_the_way} tickets held up on their way") } else { Ok(()) }
    }
}

/// What the customers do at the first moment who wait for the desk: to the target, their contacts start now.
pub fn starts(world: &World, now: Time) -> Vec<(Time, CustomerAct, Option<Who>)> {
    let waiting = in_order(world).into_iter().filter(|contact| contact.state == State::Waiting);
    let start = |who: Who| CustomerAct::Start { contact: who.contact, channel: who.channel, segment: who.segment };
    waiting.map(|contact| (now, start(contact.who), Some(contact.who))).collect()
}

/// Sets the mocks up as the simulated part of the day left them. Before the target starts, so that it finds it all there.
pub fn set_up(world: &World, told: Told, stage: &mut Stage) -> Handed {
    let mut handed = Handed::default();
    for contact in in_order(world) {
        match contact.state {
            State::Gone => {}
            State::OnItsWay => handed.on_the_way += 1,
            State::Waiting => handed.waiting += 1,
            State::Queued | State::AwaitsCallback => {
                handed.queued += 1;
                stage.stands(contact);
            }
            State::InHand | State::OnHold => {
                handed.in_hand += 1;
                stage.stands(contact);
            }
        }
    }
    if let Some((page, since)) = told.open {
        stage.mocks.with::<Statuspage, _>(page, |page, _| {
            page.standing_incident("Service trouble", "We are working on it.", since);
            ((), Vec::new())
        });
    }
    handed
}

/// Calls to channels that the plan carries over another carrier come in by that one's number.
pub fn carry_on(world: &World, stage: &Stage, listens: &Listens) {
    for receives in listens {
        let Receives::TwilioVoice(url) = receives else { continue };
        for index in 0..stage.scenario.desk.channels.len() {
            let Some(over) = world.carried(Id::new(index)) else { continue };
            let Some(number) = stage.numbers.get(&(over.index() as u16)) else { continue };
            stage.mocks.with::<Twilio, _>(over, |twilio, _| (twilio.set_voice_url(number, url, None), Vec::new()));
        }
    }
}

/// The open contacts, in the order in which they started.
fn in_order(world: &World) -> Vec<&Contact> {
    let mut open: Vec<&Contact> = world.open().collect();
    open.sort_by_key(|contact| (contact.who.started, contact.who.contact));
    open
}

impl Stage {
    /// A contact that the desk's people know of already has its place at a vendor, without a word to the target.
    fn stands(&mut self, contact: &Contact) {
        let who = contact.who;
        let taken = matches!(contact.state, State::InHand | State::OnHold).then_some(contact.team);
        let style = self.style(who.channel);
        let off_the_line = style == Style::Call && contact.state == State::AwaitsCallback;
        self.ledger().open(who);
        if let Some(entry) = self.ledger().get_mut(who.contact) {
            (entry.queued, entry.has_spoken) = (true, true);
            (entry.answered, entry.took_offer) = (contact.answered, off_the_line);
            entry.team = contact.met_person.then_some(contact.team);
        }
        let place = match style {
            _ if off_the_line => None,
            Style::Chat => self.standing_thread(who, taken),
            Style::Call => self.standing_call(who, contact.line, taken),
            Style::Ticket => self.standing_ticket(who, taken),
        };
        if let Some((at, place)) = place {
            self.ledger().place(who.contact, at, place);
        }
    }

    fn standing_thread(&mut self, who: Who, taken: Option<Id<Team>>) -> Option<(Id<Dependency>, Place)> {
        let slack = self.at(who.channel, DependencyKind::Slack)?;
        let words = self.first_words(who);
        let known = self.users.get(&who.customer).cloned();
        let agent = taken.map(|team| self.slack_agent(slack, team));
        let (user, ts) = self.mocks.with::<Slack, _>(slack, |slack, now| {
            let user = known.unwrap_or_else(|| slack.add_user(&identity::name(who.customer)));
            let ts = slack.customer_posts(&user, SUPPORT, &words, None, None, who.started).ts;
            if let Some(agent) = agent {
                slack.person_posts(&agent, SUPPORT, "Hello, I am looking into it.", ts.as_deref(), now);
            }
            ((user, ts), Vec::new())
        })?;
        self.users.insert(who.customer, user);
        Some((slack, Place::Thread(ts?)))
    }

    fn standing_call(
        &mut self,
        who: Who,
        line: Option<Id<Dependency>>,
        taken: Option<Id<Team>>,
    ) -> Option<(Id<Dependency>, Place)> {
        let carrier = line.or_else(|| self.at(who.channel, DependencyKind::Twilio))?;
        let to = self.numbers.get(&(carrier.index() as u16))?.clone();
        let from = identity::phone_number(who.customer);
        let queue = self.works(who, taken, |works| match works {
            Works::TwilioQueue(queue) => Some(queue),
            _ => None,
        })?;
        let sid = self.mocks.with::<Twilio, _>(carrier, |twilio, now| {
            let sid = twilio.standing_call(&from, &to, &queue, who.started);
            if taken.is_some() {
                twilio.take_from_queue(&queue, &sid, now);
            }
            (sid, Vec::new())
        })?;
        Some((carrier, Place::Call(sid)))
    }

    fn standing_ticket(&mut self, who: Who, taken: Option<Id<Team>>) -> Option<(Id<Dependency>, Place)> {
        let zendesk = self.at(who.channel, DependencyKind::Zendesk)?;
        let words = self.first_words(who);
        let subject = format!("Order {}", identity::order_number(who.customer));
        let (address, name) = (identity::address(who.customer), identity::name(who.customer));
        let group = self.works(who, taken, |works| match works {
            Works::ZendeskGroup(group) => Some(group),
            _ => None,
        });
        let agent = taken.map(|team| self.zendesk_agent(zendesk, team));
        let ticket = self.mocks.with::<Zendesk, _>(zendesk, |zendesk, now| {
            let (ticket, _) = zendesk.customer_creates(&address, &name, &subject, &words, None, who.started);
            if let (Some(ticket), Some(group)) = (ticket, &group) {
                zendesk.joins_group(ticket, group, who.started);
            }
            if let (Some(ticket), Some(agent)) = (ticket, agent) {
                zendesk.person_takes(ticket, agent, true, now);
            }
            (ticket, Vec::new())
        })??;
        Some((zendesk, Place::Ticket(ticket)))
    }

    /// Where the team that has a contact, else the first that answers its channel, looks for such work.
    fn works(&self, who: Who, taken: Option<Id<Team>>, fits: impl Fn(Works) -> Option<String>) -> Option<String> {
        let teams = &self.scenario.desk.teams;
        let answers = |team: Id<Team>| {
            taken.map_or_else(|| teams[team.index()].answers.contains(&who.channel), |taken| taken == team)
        };
        let fitting = works_of(&self.scenario).into_iter().filter(|(team, _)| answers(*team));
        fitting.map(|(_, works)| works).find_map(fits)
    }
}

#[cfg(test)]
mod tests;
