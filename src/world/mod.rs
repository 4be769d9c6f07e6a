//! F3: the world in front of the desk. Customers, the floor, the people: pure state machines that take `(now, event)` and
//! say what they want to happen next. Shared by simulation and rehearsal.
//!
//! Where things are decided: patience, giving up and coming back in [`customers`]; what an answer or offer is worth to them
//! in [`answers`]; which contact a free person takes in [`floor`]; who is there, and what happens to work in hand, in
//! [`people`]; what the plan sets differently, in [`levers`] and [`lent`]; what the public knows, and the
//! stars that a contact is worth, in [`informed`]; what is broken, in [`crate::faults`].

mod absences;
pub mod answers;
pub mod check;
pub mod contact;
pub mod customers;
pub mod floor;
pub mod informed;
pub mod lent;
pub mod levels;
pub mod levers;
pub mod outside;
pub mod people;
mod self_service;

pub use contact::{Contact, Contacts, State};
pub use outside::{Outside, Wake};

use crate::faults::Incidents;
use crate::observation::{Observation, Who};
use crate::rng::Luck;
use crate::scenario::model::{Channel, Dependency, Id, Scenario};
use crate::seam::{CustomerAct, DeskAct};
use crate::time::{Span, Time};
use crate::workload::arrivals::Arrival;
use customers::Returns;
use floor::Floor;
use informed::{Public, StayAway};
use levels::Levels;
use levers::Levers;
use people::People;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The state of one day in front of the desk.
#[derive(Clone, Debug)]
pub struct World {
    /// The day.
    scenario: Arc<Scenario>,
    /// Every draw comes from here.
    luck: Luck,
    /// What is broken.
    incidents: Arc<Incidents>,
    /// Contacts that are open.
    contacts: Contacts,
    /// Customers who will come back, and when.
    returns: Returns,
    /// What the public knows.
    public: Public,
    /// Customers who stay away because of it.
    away: StayAway,
    /// Contacts that wait for people.
    floor: Floor,
    /// The teams.
    people: People,
    /// Waiting, in service and open, a channel.
    levels: Levels,
    /// What the plan has set differently.
    levers: Levers,
    /// The carrier a channel runs over in place of the one of its kind.
    carried: Vec<Option<Id<Dependency>>>,
    /// Lines in use, a dependency.
    lines: Vec<u32>,
    /// Contacts that began to wait in this step and have no patience timer yet.
    newly_waiting: Vec<crate::seam::ContactId>,
    /// Cumulative shares, worked out once.
    shares: customers::Shares,
    /// How long a person needs for the customers of a trace that says so.
    recorded: BTreeMap<u64, Span>,
    /// Some customers help themselves.
    self_service: bool,
}

impl World {
    /// The world before the start of a run.
    pub fn new(scenario: Arc<Scenario>, incidents: Arc<Incidents>, luck: Luck) -> Self {
        let channels = scenario.desk.channels.len();
        Self {
            luck,
            incidents,
            contacts: Contacts::default(),
            returns: Returns::default(),
            public: Public::new(scenario.desk.customers.segments.len()),
            away: StayAway::default(),
            floor: Floor::new(&scenario.desk),
            people: People::new(&scenario.desk),
            levels: Levels::new(channels, scenario.desk.teams.len()),
            levers: Levers::new(&scenario.desk),
            carried: vec![None; channels],
            lines: vec![0; scenario.desk.dependencies.len()],
            newly_waiting: Vec::new(),
            shares: customers::Shares::new(&scenario.desk),
            recorded: BTreeMap::new(),
            self_service: scenario.desk.reasons.iter().any(|reason| reason.self_service > 0.0),
            scenario,
        }
    }

    /// Sets the day up: shifts, absences, outages and their marks, yesterday's backlog.
    pub fn begin(&mut self, out: &mut impl Outside) {
        self.schedule_people(out);
        self.schedule_marks(out);
        if let Some(at) = self.incidents.next_change(Time::from_micros(-1)) {
            out.wake(at, Wake::Incident);
        }
        let backlog = self.scenario.desk.start_with.clone();
        let mut customer = customers::BACKLOG;
        for (channel, count) in backlog {
            for _ in 0..count {
                self.start_backlog(channel, customer, out);
                customer += 1;
            }
        }
    }

    /// A customer contacts for the first time.
    #[inline]
    pub fn arrive(&mut self, arrival: Arrival<'_>, out: &mut impl Outside) {
        self.start_first(arrival, out);
    }

    /// Something that was due is due.
    #[inline]
    pub fn wake(&mut self, now: Time, wake: Wake, out: &mut impl Outside) {
        match wake {
            Wake::PatienceEnds { contact, epoch } => self.patience_ends(now, contact, epoch, out),
            Wake::HandleDone { contact, epoch } => self.handle_done(now, contact, epoch, out),
            Wake::Return { slot } => self.comes_back(now, slot, out),
            rare => self.wake_rarely(now, rare, out),
        }
    }

    /// What is due a few times a day. Apart, so that what every contact meets stays one piece near the processor.
    #[inline(never)]
    fn wake_rarely(&mut self, now: Time, wake: Wake, out: &mut impl Outside) {
        match wake {
            Wake::PatienceEnds { .. } | Wake::HandleDone { .. } | Wake::Return { .. } => {}
            Wake::LooksAgain { slot } => self.looks_again(now, slot, out),
            Wake::ChaseDue { contact } => self.chase_due(now, contact, out),
            Wake::Delivered { contact } => self.delivered(now, contact, out),
            Wake::Shift { team, begins } => self.shift(now, team, begins, out),
            Wake::Break { team, person, begins } => self.take_break(now, team, person, begins, out),
            Wake::Absence { absence, begins } => self.absence(now, absence, begins, out),
            Wake::FallsIll { absence } => self.falls_ill(now, absence, out),
            Wake::Arrives { absence, person } => self.arrives(now, absence, person, out),
            Wake::GoesHome { absence, person } => self.goes_home(now, absence, person, out),
            Wake::GetsWell { absence, nth } => self.gets_well(now, absence, nth, out),
            Wake::CalledIn { team } => self.called_in(now, team, out),
            Wake::OvertimeOver { team, shift } => self.overtime_over(now, team, shift, out),
            Wake::Incident => self.incident(now, out),
            Wake::Mark { window, begins } => {
                out.see(if begins { Observation::Began { window } } else { Observation::Over { window } })
            }
        }
    }

    /// The desk does something to a customer or with its people.
    #[inline]
    pub fn desk_does(&mut self, now: Time, act: DeskAct, out: &mut impl Outside) {
        match act {
            DeskAct::Queue { contact } => self.queue(now, contact, out),
            DeskAct::Answer { contact, source, by_nonce } => self.answered(now, contact, source, by_nonce, out),
            DeskAct::Placeholder { contact } => self.told(contact, false, out),
            DeskAct::Apologise { contact } => self.told(contact, true, out),
            DeskAct::HangUp { contact } => self.hung_up_on(now, contact, out),
            DeskAct::OfferCallback { contact, accepted } => self.offered_callback(now, contact, accepted, out),
            DeskAct::Announce { contact, to, accepted } => self.announced(now, contact, to, accepted, out),
            DeskAct::Page { team, ready_in } => out.wake(now + ready_in, Wake::CalledIn { team }),
            DeskAct::Carry { channel, over } => {
                if std::mem::replace(&mut self.carried[channel.index()], over) != over {
                    out.see(Observation::Carried { channel, over });
                }
            }
            DeskAct::PostUpdate { over, all_clear, next_by } => {
                let delivered = !self.incidents.is_down(over, now);
                if delivered {
                    self.public_reads(now, over, all_clear, next_by);
                }
                out.see(Observation::Update { over, all_clear, next_by, delivered });
            }
            DeskAct::CallPersonally { segment } => {
                self.calls_in_person(segment);
                out.see(Observation::CalledPersonally { segment });
            }
            DeskAct::Close { .. }
            | DeskAct::Reopen { .. }
            | DeskAct::KeepOn { .. }
            | DeskAct::LetGo { .. }
            | DeskAct::Move { .. }
            | DeskAct::Shorten { .. }
            | DeskAct::First { .. } => self.pull_lever(now, act, out),
        }
    }

    /// After every step: patience timers for those who really wait, levels for the observers.
    #[inline]
    pub fn settle(&mut self, out: &mut impl Outside) {
        self.start_patience(out);
        self.levels.report(&self.people, out);
    }

    /// The end: what is open is told apart from what is lost. A day that is ended early owes each contact the time that it
    /// would have had at the end of a whole day, so one that began a moment ago is open.
    pub fn close(&mut self, now: Time, out: &mut impl Outside) {
        let whole = now >= self.scenario.close();
        for contact in self.contacts.open() {
            let had_its_time = whole || now.since(contact.since) >= self.scenario.drain;
            let seen = if contact.state == State::Waiting && !contact.answered && had_its_time {
                Observation::Lost { who: contact.who }
            } else {
                Observation::StillOpen { who: contact.who }
            };
            out.see(seen);
        }
        self.close_away(out);
        for who in self.returns.of_unserved() {
            out.see(Observation::Unserved { who });
        }
        self.levels.report(&self.people, out);
    }

    /// An open contact.
    pub fn contact(&self, id: crate::seam::ContactId) -> Option<&Contact> {
        self.contacts.get(id)
    }

    /// Every open contact, by place.
    pub fn open(&self) -> impl Iterator<Item = &Contact> {
        self.contacts.open()
    }

    /// The carrier over which a channel runs in place of its own, if the desk changed it.
    pub fn carried(&self, channel: Id<Channel>) -> Option<Id<Dependency>> {
        self.carried[channel.index()]
    }

    /// The scenario it plays.
    pub fn scenario(&self) -> &Arc<Scenario> {
        &self.scenario
    }

    /// How many contacts are open.
    pub fn open_contacts(&self) -> usize {
        self.contacts.open().count()
    }

    /// The dependencies a channel runs over now, with carriers in place of its own.
    fn path(&self, channel: Id<Channel>) -> impl Iterator<Item = Id<Dependency>> + use<'_> {
        let desk = &self.scenario.desk;
        let carried = self.carried[channel.index()];
        desk.channels[channel.index()].over.iter().map(move |dependency| match carried {
            Some(other) if desk.dependencies[other.index()].kind == desk.dependencies[dependency.index()].kind => other,
            _ => *dependency,
        })
    }

    /// Marks of surges, outages and absences, in that order, for reports.
    fn schedule_marks(&self, out: &mut impl Outside) {
        let scenario = &self.scenario;
        // A trace in place of the rates is nothing that begins; the undisturbed twin has it too, as its only surge.
        let windows = scenario
            .surges
            .iter()
            .map(|s| if s.is_normal() { None } else { Some(s.window) })
            .chain(scenario.outages.iter().map(|o| Some(o.window)))
            .chain(scenario.absences.iter().map(|a| Some(a.window)));
        for (index, window) in windows.enumerate().filter_map(|(index, window)| Some((index, window?))) {
            let window_id = index as u16;
            out.wake(window.from.max(Time::ZERO), Wake::Mark { window: window_id, begins: true });
            if window.to <= scenario.close() {
                out.wake(window.to, Wake::Mark { window: window_id, begins: false });
            }
        }
    }

    /// Outages began, flapped or ended: calls on dead lines drop, people lose or regain their tools.
    fn incident(&mut self, now: Time, out: &mut impl Outside) {
        self.drop_calls(now, out);
        self.tools_changed(now, out);
        if let Some(at) = self.incidents.next_change(now) {
            out.wake(at, Wake::Incident);
        }
    }

    /// Calls in progress end when an outage that drops calls makes their carrier, or their line, dead.
    fn drop_calls(&mut self, now: Time, out: &mut impl Outside) {
        let outages = self.incidents.outages().iter();
        let cutting =
            outages.filter(|outage| outage.drops_calls && outage.intensity(now) > 0.0).map(|outage| outage.of);
        let cutting: Vec<(Id<Dependency>, bool)> = cutting.map(|of| (of, self.incidents.is_down(of, now))).collect();
        if cutting.is_empty() {
            return;
        }
        let dies = |line: Id<Dependency>, who: Who| {
            let of_line = cutting.iter().find(|(of, _)| *of == line);
            of_line.is_some_and(|(_, down)| *down || self.incidents.line_dies(line, who.started, now, who.customer))
        };
        let hit = self.contacts.open().filter(|contact| contact.line.is_some_and(|line| dies(line, contact.who)));
        let hit: Vec<crate::seam::ContactId> = hit.map(|contact| contact.who.contact).collect();
        for contact in hit {
            out.act(CustomerAct::Leave { contact });
            self.line_broke(now, contact, out);
        }
    }
}
