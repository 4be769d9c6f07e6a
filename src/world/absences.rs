//! People who are missing: together, each by themselves, or one after the other as an illness spreads.

use super::World;
use super::outside::{Outside, Wake};
use crate::rng::What;
use crate::scenario::model::{Absence, Alone, Missing};
use crate::time::Time;
use crate::workforce::absence::who_is_missing;

/// Who is away, and why.
#[derive(Clone, Debug, Default)]
pub(super) struct Absences {
    /// Who is missing by each absence, so that the same people come back.
    missing: Vec<(u16, Vec<u32>)>,
    outbreaks: Vec<Outbreak>,
}

/// How far an outbreak has come.
#[derive(Clone, Debug)]
struct Outbreak {
    absence: u16,
    /// Who of the team has not had it, in the order in which it takes them.
    to_come: Vec<u32>,
    /// Who has had it, in order.
    had: Vec<u32>,
}

impl World {
    /// The absences of the day that come to pass.
    pub(super) fn schedule_absences(&mut self, out: &mut impl Outside) {
        let scenario = self.scenario.clone();
        let close = scenario.close();
        for (index, absence) in scenario.absences.iter().enumerate() {
            let index = index as u16;
            // One draw for all of them: no person has this number.
            let all = u64::from(index) << 32 | u64::from(u32::MAX);
            if absence.chance < 1.0 && self.luck.chance(all, What::Absent, 3) >= absence.chance {
                continue;
            }
            if let Missing::Outbreak { .. } = absence.who {
                self.schedule_outbreak(index, out);
                continue;
            }
            out.wake(absence.window.from.max(Time::ZERO), Wake::Absence { absence: index, begins: true });
            if absence.window.to < close {
                out.wake(absence.window.to, Wake::Absence { absence: index, begins: false });
            }
        }
    }

    /// Who falls ill when, and in which order of the team.
    fn schedule_outbreak(&mut self, index: u16, out: &mut impl Outside) {
        let absence = &self.scenario.absences[usize::from(index)];
        let size = self.scenario.desk.teams[absence.team.index()].people;
        let everyone: Vec<u32> = (0..size).collect();
        let to_come = who_is_missing(absence.who, size, &everyone, u64::from(index), self.luck);
        let onsets = absence.who.onsets(size).map(|after| absence.window.from + after);
        for at in onsets.filter(|at| *at < self.scenario.close()) {
            out.wake(at.max(Time::ZERO), Wake::FallsIll { absence: index });
        }
        self.people.absences.outbreaks.push(Outbreak { absence: index, to_come, had: Vec::new() });
    }

    pub(super) fn absence(&mut self, now: Time, index: u16, begins: bool, out: &mut impl Outside) {
        let absence = self.scenario.absences[usize::from(index)].clone();
        let team = &mut self.people.teams[absence.team.index()];
        if begins {
            let there: Vec<u32> =
                (0..team.persons.len() as u32).filter(|p| team.persons[*p as usize].absent == 0).collect();
            let missing = who_is_missing(absence.who, team.persons.len() as u32, &there, u64::from(index), self.luck);
            self.each_alone(now, index, &absence, &missing, out);
            if let Some(Alone::Leaves(_)) = absence.alone {
                return;
            }
            let team = &mut self.people.teams[absence.team.index()];
            for person in &missing {
                team.persons[*person as usize].absent += 1;
            }
            for person in &missing {
                self.cut_work(now, absence.team, Some(*person), absence.cut, out);
            }
            self.people.absences.missing.push((index, missing));
        } else if let Some(at) = self.people.absences.missing.iter().position(|(which, _)| *which == index) {
            let (_, missing) = self.people.absences.missing.swap_remove(at);
            for person in missing {
                team.persons[person as usize].absent -= 1;
            }
        }
        self.staff_changed(now, absence.team, out);
    }

    /// When each of those whom an absence means comes or goes, if not all at once.
    fn each_alone(&mut self, now: Time, index: u16, absence: &Absence, missing: &[u32], out: &mut impl Outside) {
        let last = absence.window.to.min(self.scenario.close());
        let turns = missing.iter().enumerate().filter_map(|(nth, person)| {
            let name = u64::from(index) << 32 | u64::from(*person);
            let mut draw = self.luck.draw(name, What::Absent, 2);
            let (after, leaves) = match absence.alone.as_ref()? {
                Alone::Late(after) => (after.sample(&mut draw), false),
                Alone::Leaves(after) => (after.sample(&mut draw), true),
                Alone::Home { share, after } => {
                    let can = (missing.len() as f64 * share + 0.5).floor() as usize;
                    (nth < can).then_some((*after, false))?
                }
            };
            let (at, absence, person) = ((absence.window.from + after).max(now), index, *person);
            let wake = if leaves { Wake::GoesHome { absence, person } } else { Wake::Arrives { absence, person } };
            (at < last).then_some((at, wake))
        });
        for (at, wake) in turns {
            out.wake(at, wake);
        }
    }

    /// Somebody who was missing by themselves is there.
    pub(super) fn arrives(&mut self, now: Time, index: u16, person: u32, out: &mut impl Outside) {
        let Some((_, missing)) = self.people.absences.missing.iter_mut().find(|(which, _)| *which == index) else {
            return;
        };
        let Some(at) = missing.iter().position(|one| *one == person) else { return };
        missing.swap_remove(at);
        let team = self.scenario.absences[usize::from(index)].team;
        self.people.teams[team.index()].persons[person as usize].absent -= 1;
        self.staff_changed(now, team, out);
    }

    /// Somebody leaves by themselves, who is not missing already.
    pub(super) fn goes_home(&mut self, now: Time, index: u16, person: u32, out: &mut impl Outside) {
        let Absence { team, cut, .. } = self.scenario.absences[usize::from(index)];
        let state = &mut self.people.teams[team.index()].persons[person as usize];
        if state.absent > 0 {
            return;
        }
        state.absent += 1;
        match self.people.absences.missing.iter_mut().find(|(which, _)| *which == index) {
            Some((_, missing)) => missing.push(person),
            None => self.people.absences.missing.push((index, vec![person])),
        }
        self.cut_work(now, team, Some(person), cut, out);
        self.staff_changed(now, team, out);
    }

    /// The next one of a team falls ill: of those who are there, one who has not had it.
    pub(super) fn falls_ill(&mut self, now: Time, index: u16, out: &mut impl Outside) {
        let absence = self.scenario.absences[usize::from(index)].clone();
        let Missing::Outbreak { away_for, .. } = absence.who else { return };
        let Some(outbreak) = self.people.absences.outbreaks.iter_mut().find(|one| one.absence == index) else { return };
        let team = &mut self.people.teams[absence.team.index()];
        let there = |person: &u32| team.persons[*person as usize].absent == 0;
        let Some(next) = outbreak.to_come.iter().position(there) else { return };
        let person = outbreak.to_come.remove(next);
        let nth = outbreak.had.len() as u32;
        outbreak.had.push(person);
        team.persons[person as usize].absent += 1;
        self.cut_work(now, absence.team, Some(person), absence.cut, out);
        let well = now + away_for;
        if well < self.scenario.close() {
            out.wake(well, Wake::GetsWell { absence: index, nth });
        }
        self.staff_changed(now, absence.team, out);
    }

    /// Who fell ill as the n-th in an outbreak is back.
    pub(super) fn gets_well(&mut self, now: Time, index: u16, nth: u32, out: &mut impl Outside) {
        let team = self.scenario.absences[usize::from(index)].team;
        let outbreak = self.people.absences.outbreaks.iter().find(|one| one.absence == index);
        let Some(&person) = outbreak.and_then(|one| one.had.get(nth as usize)) else { return };
        self.people.teams[team.index()].persons[person as usize].absent -= 1;
        self.staff_changed(now, team, out);
    }
}
