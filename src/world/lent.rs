//! People who answer another channel for a while (blending): that one first, and their own when nobody waits there. They stay
//! people of their team, with its tools and its name in every figure.

use super::World;
use super::outside::Outside;
use super::people::{People, TeamState};
use crate::scenario::model::{Channel, Id, Style, Team};
use crate::time::Time;
use std::collections::VecDeque;

/// Those of a team who answer the same other channel.
#[derive(Clone, Debug)]
pub(super) struct Crew {
    to: Id<Channel>,
    /// As the team's own lines.
    pub(super) free: Vec<VecDeque<u32>>,
}

impl People {
    /// Whether anybody answers another channel for now.
    #[inline]
    pub(super) fn lends(&self) -> bool {
        !self.lending.is_empty()
    }

    fn crews(&self, team: Id<Team>) -> usize {
        self.teams[team.index()].crews.len()
    }

    /// Takes a free person of a crew off the list, the least loaded and longest free first; with nothing in hand, if `idle`.
    fn free_of_crew(&mut self, team: Id<Team>, crew: usize, idle: bool) -> Option<u32> {
        let TeamState { persons, crews, stopped: false, .. } = &mut self.teams[team.index()] else { return None };
        let most = if idle { 1 } else { usize::MAX };
        for (load, line) in crews.get_mut(crew)?.free.iter_mut().enumerate().take(most) {
            while let Some(person) = line.pop_front() {
                let state = &mut persons[person as usize];
                state.listed &= !(1 << load);
                if state.is_there() && usize::from(state.load) == load {
                    return Some(person);
                }
            }
        }
        None
    }
}

impl TeamState {
    /// Puts one who answers another channel for now into the line of a load there; crews are counted from one.
    #[cold]
    pub(super) fn list_in_crew(&mut self, crew: u8, load: usize, person: u32) {
        self.crews[usize::from(crew) - 1].free[load].push_back(person);
    }

    /// So many of those who are there answer `to` from now on, the least loaded first; all others of that crew come home.
    fn lend(&mut self, to: Id<Channel>, people: u32) {
        let crew = match self.crews.iter().position(|crew| crew.to == to) {
            Some(crew) => crew,
            None => {
                self.crews.push(Crew { to, free: vec![VecDeque::new(); self.free.len()] });
                self.crews.len() - 1
            }
        };
        // A person has room for the number of one crew of 255.
        let Ok(crew) = u8::try_from(crew + 1) else { return };
        self.persons.iter_mut().filter(|person| person.crew == crew).for_each(|person| person.crew = 0);
        let mut at_home: Vec<usize> =
            (0..self.persons.len()).filter(|n| self.persons[*n].crew == 0 && self.persons[*n].is_there()).collect();
        at_home.sort_by_key(|number| self.persons[*number].load);
        for number in at_home.into_iter().take(people as usize) {
            self.persons[number].crew = crew;
        }
        self.line_up_anew();
    }

    /// Everybody into the line of their crew and load, those who are free longest first as before.
    fn line_up_anew(&mut self) {
        let mut order = Vec::new();
        for line in self.free.iter_mut().chain(self.crews.iter_mut().flat_map(|crew| &mut crew.free)) {
            order.extend(line.drain(..));
        }
        self.persons.iter_mut().for_each(|person| person.listed = 0);
        order.into_iter().for_each(|person| self.list(person));
        self.list_all();
    }
}

impl World {
    /// So many of a team answer another channel from now on.
    pub(super) fn lend(&mut self, now: Time, team: Id<Team>, to: Id<Channel>, people: u32, out: &mut impl Outside) {
        let state = &mut self.people.teams[team.index()];
        state.lend(to, people);
        let lends = state.persons.iter().any(|person| person.crew > 0);
        self.people.lending.retain(|other| *other != team);
        if lends {
            self.people.lending.push(team);
        }
        self.pull(now, team, out);
    }

    /// A free person of another team who answers this channel for now, or one of this team's who answers another first. Taken
    /// off the list: the caller must give them a contact.
    #[inline(never)]
    pub(super) fn lent_person(&mut self, channel: Id<Channel>) -> Option<(Id<Team>, u32)> {
        for index in 0..self.people.lending.len() {
            let team = self.people.lending[index];
            for crew in 0..self.people.crews(team) {
                let there = self.people.teams[team.index()].crews[crew].to == channel;
                if there || self.scenario.desk.teams[team.index()].answers.contains(&channel) {
                    let idle = there && self.takes_one(channel);
                    if let Some(person) = self.people.free_of_crew(team, crew, idle) {
                        return Some((team, person));
                    }
                }
            }
        }
        None
    }

    /// Whether who takes a contact of another team's channel must have nothing else in hand.
    fn takes_one(&self, channel: Id<Channel>) -> bool {
        self.scenario.desk.channels[channel.index()].style != Style::Chat
    }

    /// Gives what waits on a channel to those who answer it for now.
    #[inline(never)]
    pub(super) fn offer_to_lent(&mut self, now: Time, channel: Id<Channel>, out: &mut impl Outside) {
        while self.floor.queued(channel.index()) > 0 {
            let Some((team, person)) = self.lent_person(channel) else { return };
            let Some(id) = self.floor.pop(channel, &self.contacts) else { return };
            self.take(now, id, team, person, out);
        }
    }

    /// Those of a team who answer another channel take what waits there, then what waits at home.
    #[inline(never)]
    pub(super) fn pull_lent(&mut self, now: Time, team: Id<Team>, out: &mut impl Outside) {
        for crew in 0..self.people.crews(team) {
            let to = self.people.teams[team.index()].crews[crew].to;
            let idle = self.takes_one(to);
            let own = self.scenario.desk.teams[team.index()].answers.clone();
            for channel in std::iter::once(to).chain(own) {
                while self.floor.queued(channel.index()) > 0 {
                    let Some(person) = self.people.free_of_crew(team, crew, idle && channel == to) else { break };
                    let Some(id) = self.floor.pop(channel, &self.contacts) else { return };
                    self.take(now, id, team, person, out);
                }
            }
        }
    }
}
