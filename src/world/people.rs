//! The people: who is there, who is free, and what happens to the work in hand when somebody goes.

use super::World;
use super::absences::Absences;
use super::contact::State;
use super::lent::Crew;
use super::outside::{Outside, Wake};
use crate::observation::Observation;
use crate::rng::What;
use crate::scenario::model::{Cut, Desk, Id, Team};
use crate::seam::ContactId;
use crate::time::{Span, Time};
use crate::workforce::roster;
use std::collections::VecDeque;

/// Reasons for which a person is not there, as bits.
const OFF_SHIFT: u8 = 1;
const ON_BREAK: u8 = 2;
const NOT_CALLED: u8 = 4;

/// Every team.
#[derive(Clone, Debug)]
pub struct People {
    pub(super) teams: Vec<TeamState>,
    /// The teams of which somebody answers another channel for now.
    pub(super) lending: Vec<Id<Team>>,
    pub(super) absences: Absences,
}

#[derive(Clone, Debug)]
pub(super) struct TeamState {
    pub(super) persons: Vec<Person>,
    /// Who is free, by number of contacts in hand, longest free first. Entries may be out of date; `listed` keeps each
    /// person in each line once.
    pub(super) free: Vec<VecDeque<u32>>,
    /// Those who answer another channel for now; they stand in lines of their own.
    pub(super) crews: Vec<Crew>,
    busy: u32,
    /// A tool is missing without which they cannot work.
    pub(super) stopped: bool,
    /// Changes of shift so far.
    shifts: u32,
    /// How many stay on after their shift.
    stay_on: u32,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Person {
    out: u8,
    pub(super) absent: u8,
    pub(super) load: u8,
    /// One bit a line of those that `crew` means.
    pub(super) listed: u32,
    /// Zero: at home; else the place among the team's crews, from one.
    pub(super) crew: u8,
}

impl Person {
    pub(super) fn is_there(self) -> bool {
        self.out == 0 && self.absent == 0
    }
}

impl People {
    /// Everybody off shift.
    pub fn new(desk: &Desk) -> Self {
        let teams = desk
            .teams
            .iter()
            .map(|team| {
                let out = OFF_SHIFT | if team.on_call { NOT_CALLED } else { 0 };
                TeamState {
                    persons: vec![Person { out, absent: 0, load: 0, listed: 0, crew: 0 }; team.people as usize],
                    free: vec![VecDeque::new(); team.at_once.clamp(1, 32) as usize],
                    crews: Vec::new(),
                    busy: 0,
                    stopped: false,
                    shifts: 0,
                    stay_on: 0,
                }
            })
            .collect();
        Self { teams, lending: Vec::new(), absences: Absences::default() }
    }

    /// Takes a free person off the list, the least loaded and longest free first. The caller must give them a contact.
    #[inline]
    pub fn free_person(&mut self, team: Id<Team>) -> Option<u32> {
        let team = &mut self.teams[team.index()];
        if team.stopped {
            return None;
        }
        for (load, line) in team.free.iter_mut().enumerate() {
            while let Some(person) = line.pop_front() {
                let state = &mut team.persons[person as usize];
                state.listed &= !(1 << load);
                if state.is_there() && usize::from(state.load) == load {
                    return Some(person);
                }
            }
        }
        None
    }

    /// A person takes one more contact.
    #[inline]
    pub fn takes(&mut self, team: Id<Team>, person: u32) {
        let team = &mut self.teams[team.index()];
        let state = &mut team.persons[person as usize];
        state.load += 1;
        team.busy += u32::from(state.load == 1);
        team.list(person);
    }

    /// A person has one contact fewer.
    #[inline]
    pub fn lets_go(&mut self, team: Id<Team>, person: u32) {
        let team = &mut self.teams[team.index()];
        let state = &mut team.persons[person as usize];
        state.load -= 1;
        team.busy -= u32::from(state.load == 0);
        team.list(person);
    }

    /// How many of a team have a contact in hand.
    pub fn busy(&self, team: Id<Team>) -> u32 {
        self.teams[team.index()].busy
    }

    /// (scheduled, present): who should be there, and who is and can work.
    fn count(&self, team: Id<Team>) -> (u32, u32) {
        let team = &self.teams[team.index()];
        let scheduled = team.persons.iter().filter(|p| p.out & (OFF_SHIFT | NOT_CALLED) == 0).count();
        let present = if team.stopped { 0 } else { team.persons.iter().filter(|p| p.is_there()).count() };
        (scheduled as u32, present as u32)
    }

    /// Contacts in hand of a person.
    pub fn load(&self, team: Id<Team>, person: u32) -> u16 {
        u16::from(self.teams[team.index()].persons[person as usize].load)
    }

    fn can_work(&self, team: Id<Team>, person: u32) -> bool {
        let team = &self.teams[team.index()];
        !team.stopped && team.persons[person as usize].is_there()
    }
}

impl TeamState {
    /// Puts a person who can take one more into the line of their load, once.
    #[inline]
    pub(super) fn list(&mut self, person: u32) {
        let state = &mut self.persons[person as usize];
        let load = usize::from(state.load);
        if state.is_there() && load < self.free.len() && state.listed & (1 << load) == 0 {
            state.listed |= 1 << load;
            match state.crew {
                0 => self.free[load].push_back(person),
                crew => self.list_in_crew(crew, load, person),
            }
        }
    }

    pub(super) fn list_all(&mut self) {
        for person in 0..self.persons.len() as u32 {
            self.list(person);
        }
    }
}

impl World {
    /// Shifts, breaks and absences of the day.
    pub(super) fn schedule_people(&mut self, out: &mut impl Outside) {
        let scenario = self.scenario.clone();
        let close = scenario.close();
        for (index, team) in scenario.desk.teams.iter().enumerate() {
            let id = Id::new(index);
            for shift in roster::shifts(team, close) {
                out.wake(shift.from.max(Time::ZERO), Wake::Shift { team: id, begins: true });
                if shift.to < close {
                    out.wake(shift.to, Wake::Shift { team: id, begins: false });
                }
                for person in 0..team.people {
                    for pause in roster::breaks(team, person, shift).into_iter().filter(|p| p.to > Time::ZERO) {
                        out.wake(pause.from.max(Time::ZERO), Wake::Break { team: id, person, begins: true });
                        out.wake(pause.to, Wake::Break { team: id, person, begins: false });
                    }
                }
            }
        }
        self.schedule_absences(out);
    }

    pub(super) fn shift(&mut self, now: Time, team: Id<Team>, begins: bool, out: &mut impl Outside) {
        if !begins && let Some((length, accepted)) = self.levers.overtime(team) {
            return self.shift_ends_late(now, team, (length, accepted), out);
        }
        let state = &mut self.people.teams[team.index()];
        state.shifts += 1;
        for person in &mut state.persons {
            if begins { person.out &= !OFF_SHIFT } else { person.out |= OFF_SHIFT }
        }
        if std::mem::take(&mut state.stay_on) > 0 {
            out.see(Observation::Overtime { team, people: 0 });
        }
        if !begins {
            let cut = self.scenario.desk.teams[team.index()].cut;
            self.cut_work(now, team, None, cut, out);
        }
        self.staff_changed(now, team, out);
    }

    /// Those who are there are asked to stay on; each decides alone.
    fn shift_ends_late(&mut self, now: Time, team: Id<Team>, terms: (Span, f64), out: &mut impl Outside) {
        let state = &mut self.people.teams[team.index()];
        state.shifts += 1;
        let shift = state.shifts;
        let mut leave = Vec::new();
        for (number, person) in state.persons.iter_mut().enumerate() {
            let name = (team.index() as u64) << 32 | number as u64;
            let stays = person.is_there() && self.luck.chance(name, What::Overtime, u64::from(shift)) < terms.1;
            if !stays && person.out & OFF_SHIFT == 0 {
                person.out |= OFF_SHIFT;
                leave.push(number as u32);
            }
        }
        state.stay_on = state.persons.iter().filter(|person| person.out & OFF_SHIFT == 0).count() as u32;
        out.see(Observation::Overtime { team, people: state.stay_on });
        out.wake(now + terms.0, Wake::OvertimeOver { team, shift });
        let cut = self.scenario.desk.teams[team.index()].cut;
        leave.into_iter().for_each(|person| self.cut_work(now, team, Some(person), cut, out));
        self.staff_changed(now, team, out);
    }

    /// Those who stayed on go home, unless their next shift began meanwhile.
    pub(super) fn overtime_over(&mut self, now: Time, team: Id<Team>, shift: u32, out: &mut impl Outside) {
        let state = &mut self.people.teams[team.index()];
        if state.shifts == shift && state.stay_on > 0 {
            state.stay_on = 0;
            state.persons.iter_mut().for_each(|person| person.out |= OFF_SHIFT);
            out.see(Observation::Overtime { team, people: 0 });
            let cut = self.scenario.desk.teams[team.index()].cut;
            self.cut_work(now, team, None, cut, out);
            self.staff_changed(now, team, out);
        }
    }

    pub(super) fn take_break(&mut self, now: Time, team: Id<Team>, person: u32, begins: bool, out: &mut impl Outside) {
        let state = &mut self.people.teams[team.index()].persons[person as usize];
        if begins {
            state.out |= ON_BREAK
        } else {
            state.out &= !ON_BREAK
        }
        self.staff_changed(now, team, out);
    }

    pub(super) fn called_in(&mut self, now: Time, team: Id<Team>, out: &mut impl Outside) {
        for person in &mut self.people.teams[team.index()].persons {
            person.out &= !NOT_CALLED;
        }
        self.staff_changed(now, team, out);
    }

    /// An outage changed: teams lose or regain the tools they cannot work without.
    pub(super) fn tools_changed(&mut self, now: Time, out: &mut impl Outside) {
        for index in 0..self.people.teams.len() {
            let desk = &self.scenario.desk;
            let stopped = desk.teams[index].needs.iter().any(|tool| {
                self.incidents.is_down(*tool, now) && !desk.without.iter().any(|without| without.dependency == *tool)
            });
            if stopped == self.people.teams[index].stopped {
                continue;
            }
            self.people.teams[index].stopped = stopped;
            let (team, cut) = (Id::new(index), desk.teams[index].cut);
            if stopped {
                self.cut_work(now, team, None, cut, out);
            }
            self.staff_changed(now, team, out);
        }
    }

    /// What happens to the work in hand of one person, or of the whole team.
    pub(super) fn cut_work(
        &mut self,
        now: Time,
        team: Id<Team>,
        person: Option<u32>,
        cut: Cut,
        out: &mut impl Outside,
    ) {
        if cut == Cut::Finish {
            return;
        }
        let in_hand: Vec<ContactId> = self
            .contacts
            .open()
            .filter(|c| c.state == State::InHand && c.team == team && person.is_none_or(|p| p == c.person))
            .map(|c| c.who.contact)
            .collect();
        for id in in_hand {
            match cut {
                Cut::Finish => {}
                Cut::Requeue => self.put_back(now, id, out),
                Cut::Drop => {
                    out.act(crate::seam::CustomerAct::Leave { contact: id });
                    self.hung_up_on(now, id, out);
                }
                Cut::Hold => {
                    let Some(contact) = self.contacts.get_mut(id) else { continue };
                    contact.state = State::OnHold;
                    contact.handling -= now.since(contact.since).min(contact.handling);
                    contact.epoch += 1;
                }
            }
        }
    }

    /// After a change of who is there: held work goes on, free people take what waits, observers are told.
    pub(super) fn staff_changed(&mut self, now: Time, team: Id<Team>, out: &mut impl Outside) {
        self.resume(now, team, out);
        self.people.teams[team.index()].list_all();
        let (scheduled, present) = self.people.count(team);
        out.see(Observation::People { team, scheduled, present });
        self.pull(now, team, out);
    }

    fn resume(&mut self, now: Time, team: Id<Team>, out: &mut impl Outside) {
        let held: Vec<ContactId> = self
            .contacts
            .open()
            .filter(|c| c.state == State::OnHold && c.team == team && self.people.can_work(team, c.person))
            .map(|c| c.who.contact)
            .collect();
        for id in held {
            let Some(contact) = self.contacts.get_mut(id) else { continue };
            contact.state = State::InHand;
            contact.since = now;
            contact.epoch += 1;
            out.wake(now + contact.handling, Wake::HandleDone { contact: id, epoch: contact.epoch });
        }
    }
}
