//! What must be true after every step. Run in tests and debug builds; a full scan, so only now and then.

use super::World;
use super::contact::State;
use crate::scenario::model::Id;

impl World {
    /// Holds the whole state against itself.
    ///
    /// # Panics
    /// When something that must be true is not: a defect of ours, never of the input.
    pub fn check(&self) {
        let desk = &self.scenario.desk;
        for channel in 0..desk.channels.len() {
            let of_channel = || self.contacts.open().filter(|c| c.who.channel.index() == channel);
            let waiting = of_channel().filter(|c| c.waits()).count() as u32;
            let in_service = of_channel().filter(|c| matches!(c.state, State::InHand | State::OnHold)).count() as u32;
            let open = of_channel().count() as u32;
            assert_eq!(self.levels.of(channel), (waiting, in_service, open), "levels of channel {channel}");
            let queued =
                of_channel().filter(|c| matches!(c.state, State::Queued | State::AwaitsCallback)).count() as u32;
            assert_eq!(self.floor.queued(channel), queued, "the queue of channel {channel} counts right");
        }
        for (index, team) in desk.teams.iter().enumerate() {
            let mut loads = vec![0u16; team.people as usize];
            for contact in self.contacts.open().filter(|c| c.team.index() == index) {
                if matches!(contact.state, State::InHand | State::OnHold) {
                    loads[contact.person as usize] += 1;
                }
            }
            for (person, load) in loads.iter().enumerate() {
                let known = self.people.load(Id::new(index), person as u32);
                assert_eq!(known, *load, "person {person} of `{}` has what is in their hands", team.name);
                assert!(u32::from(*load) <= team.at_once, "nobody handles more than their capacity");
            }
        }
        for (dependency, used) in self.lines.iter().enumerate() {
            let lines = self.contacts.open().filter(|c| c.line.is_some_and(|l| l.index() == dependency)).count() as u32;
            assert_eq!(*used, lines, "lines of dependency {dependency}");
        }
    }
}
