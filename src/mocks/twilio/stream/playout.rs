//! What a target wants played to the caller: sound in its order, and marks between.

use super::FRAME_BYTES;
use std::collections::VecDeque;

/// Sound that waits without the target being held: three minutes. A bot that is held cannot even say `clear`, so this is
/// more than a model says in one answer.
const ROOM: usize = 180 * 8_000;
/// Sound beyond which what comes is let go. Between the two lies what was on its way when the target was held.
const MOST: usize = 2 * ROOM;
/// Marks that wait at the most; more come back at once.
const MAX_MARKS: usize = 1_024;

/// The buffer.
#[derive(Debug, Default)]
pub(super) struct Playout {
    sound: VecDeque<u8>,
    /// Bytes that were ever put in, and taken out again.
    put: u64,
    taken: u64,
    /// Each with the number of bytes before it.
    marks: VecDeque<(u64, String)>,
    /// The target is held.
    held: bool,
}

/// What happens to the target's socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    /// Nothing.
    Same,
    /// It is not read any more for now.
    Hold,
    /// It is read again.
    Release,
}

impl Playout {
    /// More to play.
    pub(super) fn push(&mut self, sound: &[u8]) -> Room {
        let room = MOST.saturating_sub(self.sound.len());
        let sound = &sound[..sound.len().min(room)];
        self.sound.extend(sound);
        self.put += sound.len() as u64;
        if self.held || self.sound.len() <= ROOM {
            return Room::Same;
        }
        self.held = true;
        Room::Hold
    }

    /// A mark behind what waits; given back if it has come already.
    pub(super) fn mark(&mut self, name: String) -> Option<String> {
        if self.sound.is_empty() || self.marks.len() >= MAX_MARKS {
            return Some(name);
        }
        self.marks.push_back((self.put, name));
        None
    }

    /// Forgets everything; the marks in it have come.
    pub(super) fn clear(&mut self) -> (Vec<String>, Room) {
        self.taken = self.put;
        self.sound.clear();
        (self.marks.drain(..).map(|(_, name)| name).collect(), self.released())
    }

    /// The next 20 ms, and the marks that have come with them. Empty: nothing is played.
    pub(super) fn take(&mut self) -> (Vec<u8>, Vec<String>, Room) {
        let frame: Vec<u8> = self.sound.drain(..FRAME_BYTES.min(self.sound.len())).collect();
        self.taken += frame.len() as u64;
        let come = self.marks.iter().take_while(|(at, _)| *at <= self.taken).count();
        let marks = self.marks.drain(..come).map(|(_, name)| name).collect();
        (frame, marks, self.released())
    }

    fn released(&mut self) -> Room {
        if self.held && self.sound.len() <= ROOM / 2 {
            self.held = false;
            return Room::Release;
        }
        Room::Same
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_comes_when_what_was_before_it_has_been_played() {
        let mut playout = Playout::default();
        assert_eq!(playout.mark("early".into()), Some("early".into()), "nothing waits");
        playout.push(&[1; 200]);
        assert_eq!(playout.mark("first".into()), None);
        playout.push(&[2; 100]);
        assert_eq!(playout.mark("second".into()), None);
        assert_eq!(playout.take().1, Vec::<String>::new(), "160 of 200");
        let (frame, marks, _) = playout.take();
        assert_eq!((frame.len(), marks), (140, vec!["first".to_owned(), "second".to_owned()]));
        assert_eq!(playout.take().0.len(), 0);
    }

    #[test]
    fn what_is_forgotten_gives_its_marks_back() {
        let mut playout = Playout::default();
        playout.push(&[1; 1_000]);
        playout.mark("a".into());
        assert_eq!(playout.clear().0, ["a"]);
        assert!(playout.take().0.is_empty());
        playout.push(&[1; 160]);
        playout.mark("b".into());
        assert_eq!(playout.take().1, ["b"], "the count goes on");
    }

    #[test]
    fn who_sends_too_much_is_held_and_released() {
        let mut playout = Playout::default();
        let second = [0; 8_000];
        let held = (0..200).filter(|_| playout.push(&second) == Room::Hold).count();
        assert_eq!((held, playout.sound.len()), (1, 200 * 8_000));
        assert!((0..1_000).all(|_| playout.push(&second) == Room::Same));
        assert_eq!(playout.sound.len(), MOST);
        let frames = (1..).find(|_| playout.take().2 == Room::Release);
        assert_eq!(frames, Some((MOST - ROOM / 2) / FRAME_BYTES));
        (0..2_000).for_each(|n| drop(playout.mark(n.to_string())));
        assert_eq!(playout.marks.len(), MAX_MARKS);
    }
}
