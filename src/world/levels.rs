//! How many wait, are served and are open, a channel; how many people are busy, a team. Told once a step, after it.

use super::outside::Outside;
use super::people::People;
use crate::observation::Observation;
use crate::scenario::model::{Channel, Id, Team};

/// The levels of every channel.
#[derive(Clone, Debug)]
pub struct Levels {
    channels: Vec<Level>,
    changed: Vec<u16>,
    busy_changed: Vec<u16>,
    busy_marked: Vec<bool>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Level {
    waiting: u32,
    in_service: u32,
    backlog: u32,
    marked: bool,
}

impl Levels {
    /// Nobody anywhere.
    pub fn new(channels: usize, teams: usize) -> Self {
        Self {
            channels: vec![Level::default(); channels],
            changed: Vec::with_capacity(channels),
            busy_changed: Vec::with_capacity(teams),
            busy_marked: vec![false; teams],
        }
    }

    /// Changes the levels of a channel by these amounts.
    #[inline]
    pub fn change(&mut self, channel: Id<Channel>, waiting: i32, in_service: i32, backlog: i32) {
        let level = &mut self.channels[channel.index()];
        level.waiting = level.waiting.wrapping_add_signed(waiting);
        level.in_service = level.in_service.wrapping_add_signed(in_service);
        level.backlog = level.backlog.wrapping_add_signed(backlog);
        if !level.marked {
            level.marked = true;
            self.changed.push(channel.index() as u16);
        }
    }

    /// The number of busy people of a team changed.
    #[inline]
    pub fn busy(&mut self, team: Id<Team>) {
        if !self.busy_marked[team.index()] {
            self.busy_marked[team.index()] = true;
            self.busy_changed.push(team.index() as u16);
        }
    }

    /// (waiting, in service, open) of a channel.
    pub fn of(&self, channel: usize) -> (u32, u32, u32) {
        let level = self.channels[channel];
        (level.waiting, level.in_service, level.backlog)
    }

    /// Tells what changed since the last time.
    #[inline]
    pub fn report(&mut self, people: &People, out: &mut impl Outside) {
        for index in 0..self.changed.len() {
            let index = self.changed[index];
            let level = &mut self.channels[usize::from(index)];
            level.marked = false;
            out.see(Observation::Level {
                channel: Id::new(usize::from(index)),
                waiting: level.waiting,
                in_service: level.in_service,
                backlog: level.backlog,
            });
        }
        self.changed.clear();
        for index in 0..self.busy_changed.len() {
            let index = self.busy_changed[index];
            self.busy_marked[usize::from(index)] = false;
            let team = Id::new(usize::from(index));
            out.see(Observation::Busy { team, busy: people.busy(team) });
        }
        self.busy_changed.clear();
    }
}
