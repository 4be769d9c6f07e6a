//! How many wait, are served and are open, a channel; how many people are busy, a team. Told once a step, after it.

use super::outside::Outside;
use super::people::People;
use crate::observation::Observation;
use crate::scenario::model::{Channel, Id, Team};

/// The levels of every channel.
#[derive(Clone, Debug)]
pub struct Levels {
    channels: Vec<Level>,
    teams: usize,
    changed: Marks,
    busy_changed: Marks,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Level {
    waiting: u32,
    in_service: u32,
    backlog: u32,
}

/// Which places of a list changed: a bit for each of the first 64; those that share a bit are told together.
#[derive(Clone, Copy, Debug, Default)]
struct Marks(u64);

impl Marks {
    #[inline]
    fn set(&mut self, index: usize) {
        self.0 |= 1 << (index % 64);
    }

    /// Takes every marked place of a list of this length. A loop and no iterator: once a step, two instructions count.
    #[inline(always)]
    fn take(&mut self, length: usize, mut each: impl FnMut(usize)) {
        let mut bits = std::mem::take(&mut self.0);
        while bits != 0 {
            let index = bits.trailing_zeros() as usize;
            bits &= bits - 1;
            each(index);
            if length > 64 {
                (index + 64..length).step_by(64).for_each(&mut each);
            }
        }
    }
}

impl Levels {
    /// Nobody anywhere.
    pub fn new(channels: usize, teams: usize) -> Self {
        Self {
            channels: vec![Level::default(); channels],
            teams,
            changed: Marks::default(),
            busy_changed: Marks::default(),
        }
    }

    /// Changes the levels of a channel by these amounts.
    #[inline]
    pub fn change(&mut self, channel: Id<Channel>, waiting: i32, in_service: i32, backlog: i32) {
        let level = &mut self.channels[channel.index()];
        level.waiting = level.waiting.wrapping_add_signed(waiting);
        level.in_service = level.in_service.wrapping_add_signed(in_service);
        level.backlog = level.backlog.wrapping_add_signed(backlog);
        self.changed.set(channel.index());
    }

    /// The number of busy people of a team changed.
    #[inline]
    pub fn busy(&mut self, team: Id<Team>) {
        self.busy_changed.set(team.index());
    }

    /// (waiting, in service, open) of a channel.
    pub fn of(&self, channel: usize) -> (u32, u32, u32) {
        let level = self.channels[channel];
        (level.waiting, level.in_service, level.backlog)
    }

    /// Tells what changed since the last time.
    #[inline]
    pub fn report(&mut self, people: &People, out: &mut impl Outside) {
        let channels = &self.channels;
        self.changed.take(channels.len(), |index| {
            let Level { waiting, in_service, backlog } = channels[index];
            out.see(Observation::Level { channel: Id::new(index), waiting, in_service, backlog });
        });
        self.busy_changed.take(self.teams, |index| {
            let team = Id::new(index);
            out.see(Observation::Busy { team, busy: people.busy(team) });
        });
    }
}

#[cfg(test)]
mod tests {
    use super::Marks;

    #[test]
    fn a_mark_is_taken_once_with_whoever_shares_its_bit() {
        let mut marks = Marks::default();
        for index in [70, 3, 3] {
            marks.set(index);
        }
        let mut taken = Vec::new();
        marks.take(72, |index| taken.push(index));
        assert_eq!(taken, [3, 67, 6, 70]);
        marks.take(72, |index| panic!("{index} was taken already"));
    }
}
