//! Who has their say on a stream, and how long the caller hears nothing while they wait: counted in frames of 20 ms.
//!
//! A caller listens until the desk has been silent for half a second, then it is their turn; what they say ends it, and they
//! wait for the desk again. A desk that says nothing at first is asked after three seconds.

/// Silence of the desk that gives the caller their turn.
const PAUSE: u64 = 25;
/// The same after words that came before the stream: the desk may have more to say on it.
const LONG_PAUSE: u64 = 75;
/// How long a caller waits for the desk's first words.
const FIRST: u64 = 150;

/// Where a conversation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The caller waits for the desk.
    Waits,
    /// The desk speaks, or has just spoken.
    Listens,
    /// The caller may speak.
    May,
    /// The caller speaks.
    Speaks,
}

/// What a frame brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Nothing new.
    None,
    /// The desk begins to speak.
    Theirs,
    /// The desk has finished: it is the caller's turn.
    Yours,
}

/// A conversation.
#[derive(Clone, Debug)]
pub(super) struct Turns {
    state: State,
    /// Frames of this state, or of the desk's silence in it.
    quiet: u64,
    /// So many of these give the caller their turn.
    pause: u64,
    /// The caller has spoken, and the desk.
    spoke: bool,
    answered: bool,
    /// Frames so far, and how many there were when the desk was first heard.
    frames: u64,
    first: Option<u64>,
    /// Frames of silence while the caller waited: all, and the longest row.
    dead: u64,
    longest: u64,
    row: u64,
}

impl Turns {
    /// A conversation begins. `greeted`: the caller has heard words of the desk already.
    pub(super) fn new(greeted: bool) -> Self {
        Self {
            state: if greeted { State::Listens } else { State::Waits },
            quiet: 0,
            pause: if greeted { LONG_PAUSE } else { PAUSE },
            spoke: false,
            answered: greeted,
            frames: 0,
            first: None,
            dead: 0,
            longest: 0,
            row: 0,
        }
    }

    /// A frame passes in which the desk is heard, and the caller, or not.
    pub(super) fn pass(&mut self, desk: bool, caller: bool) -> Change {
        self.frames += 1;
        if caller {
            (self.state, self.quiet, self.row, self.spoke) = (State::Speaks, 0, 0, true);
            return Change::None;
        }
        if self.state == State::Speaks {
            (self.state, self.quiet) = (State::Waits, 0);
        }
        if desk {
            self.first.get_or_insert(self.frames - 1);
            self.answered = true;
            let begins = self.state != State::Listens;
            (self.state, self.quiet, self.pause, self.row) = (State::Listens, 0, PAUSE, 0);
            return if begins { Change::Theirs } else { Change::None };
        }
        self.quiet += 1;
        let unheard = self.state == State::May && !self.answered;
        if self.state == State::Waits || unheard {
            self.dead += 1;
            self.row += 1;
            self.longest = self.longest.max(self.row);
        }
        let over = match self.state {
            State::Listens => self.quiet >= self.pause,
            State::Waits => !self.spoke && !self.answered && self.quiet >= FIRST,
            State::May | State::Speaks => false,
        };
        if over {
            (self.state, self.quiet) = (State::May, 0);
            return Change::Yours;
        }
        Change::None
    }

    /// The caller pressed keys: they wait for what the desk makes of them.
    pub(super) fn pressed(&mut self) {
        (self.state, self.quiet, self.spoke) = (State::Waits, 0, true);
    }

    /// The caller has spoken or pressed keys before.
    pub(super) fn spoke(&self) -> bool {
        self.spoke
    }

    /// Milliseconds before the desk was first heard.
    pub(super) fn first_ms(&self) -> Option<u64> {
        self.first.map(|frames| frames * 20)
    }

    /// Milliseconds in which a waiting caller heard nothing: all, and the longest row of them.
    pub(super) fn dead_ms(&self) -> (u64, u64) {
        (self.dead * 20, self.longest * 20)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pass(turns: &mut Turns, frames: u64, desk: bool, caller: bool) -> usize {
        (0..frames).filter(|_| turns.pass(desk, caller) == Change::Yours).count()
    }

    #[test]
    fn the_caller_speaks_when_the_desk_has_finished() {
        let mut turns = Turns::new(false);
        assert_eq!(pass(&mut turns, 10, false, false), 0);
        assert_eq!(pass(&mut turns, 50, true, false), 0);
        assert_eq!(pass(&mut turns, 24, false, false), 0);
        assert_eq!(pass(&mut turns, 1, false, false), 1, "half a second of silence");
        assert_eq!(pass(&mut turns, 500, false, false), 0, "once");
        assert_eq!((turns.first_ms(), turns.dead_ms()), (Some(200), (200, 200)), "whose turn it is waits for nobody");
        pass(&mut turns, 100, false, true);
        pass(&mut turns, 30, false, false);
        assert_eq!((turns.dead_ms(), turns.spoke()), ((800, 600), true));
        assert_eq!(pass(&mut turns, 5, true, false) + pass(&mut turns, 25, false, false), 1);
    }

    #[test]
    fn who_was_greeted_before_waits_a_little_longer_and_then_speaks() {
        let mut turns = Turns::new(true);
        assert_eq!((pass(&mut turns, 74, false, false), pass(&mut turns, 1, false, false)), (0, 1));
        pass(&mut turns, 100, false, false);
        assert_eq!((turns.first_ms(), turns.dead_ms()), (None, (0, 0)), "it is the caller who is silent");
    }

    #[test]
    fn a_desk_that_says_nothing_is_asked_and_stays_silent() {
        let mut turns = Turns::new(false);
        assert_eq!(pass(&mut turns, 149, false, false), 0);
        assert_eq!(pass(&mut turns, 1, false, false), 1);
        pass(&mut turns, 50, false, false);
        assert_eq!((turns.first_ms(), turns.dead_ms()), (None, (4_000, 4_000)));
        pass(&mut turns, 10, false, true);
        assert_eq!(pass(&mut turns, 1_000, false, false), 0);
        assert_eq!(turns.dead_ms(), (24_000, 20_000));
    }
}
