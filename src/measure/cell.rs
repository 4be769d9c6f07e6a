//! Counters of contacts: one cell for each slice and segment of the time line.

use super::durations::{Durations, Spread, Tally};
use crate::time::Time;

/// What is counted of contacts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub(super) enum Counter {
    /// Started.
    Offered,
    /// Started, and no first attempt.
    Repeats,
    /// Turned away.
    Blocked,
    /// Of these, because a dependency on the way was broken.
    BlockedByFault,
    /// Accepted by the desk.
    Entered,
    /// Stopped waiting.
    GaveUp,
    /// The waiting ended with service, for good.
    Served,
    /// First answers in time to be read.
    FirstAnswers,
    /// Of these, out of a model.
    FromModel,
    /// Answers.
    Answers,
    /// Of these, matched by nonce.
    ByNonce,
    /// Ended and solved.
    Solved,
    /// Solved at the first contact.
    FirstTime,
    /// Offered to the bot.
    MetBot,
    /// Solved by the bot alone.
    ByBot,
    /// Accepted and then absent.
    Lost,
    /// Never came through.
    Unserved,
    /// Open at the close.
    StillOpen,
    /// The same answer twice.
    Duplicates,
    /// In another's thread.
    Misdirected,
    /// Only a placeholder.
    Placeholders,
    /// Only an apology.
    Apologies,
    /// Cut off.
    Dropped,
    /// Answered too late.
    Late,
    /// Call-backs accepted.
    Callbacks,
    /// Never contacted, being told.
    KeptAway,
    /// Helped themselves.
    SelfServed,
    /// Rated.
    Rated,
    /// Rated 4 or 5.
    Satisfied,
    /// Handled by a person.
    Handled,
}

/// How many counters there are.
pub(super) const COUNTERS: usize = Counter::Handled as usize + 1;

/// The counters of one slice in one segment.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    /// By [`Counter`].
    pub n: [u32; COUNTERS],
    /// For each service level: served within T, gave up sooner than a short abandon.
    pub timed: Vec<[u32; 2]>,
    /// Waits of the served.
    pub served: Durations,
    /// Waits of those who gave up.
    pub gave_up: Durations,
    /// Start to first answer.
    pub first_reply: Durations,
    /// Start to solved.
    pub resolution: Durations,
    /// Handling times.
    pub handle: Durations,
    /// Silence on calls.
    pub silence: Durations,
    /// When the oldest of the lost started; never, if none was lost.
    pub oldest_lost: Time,
}

impl Cell {
    /// Nothing yet, for so many service levels.
    pub(super) fn new(levels: usize) -> Self {
        Self {
            n: [0; COUNTERS],
            timed: vec![[0; 2]; levels],
            served: Durations::default(),
            gave_up: Durations::default(),
            first_reply: Durations::default(),
            resolution: Durations::default(),
            handle: Durations::default(),
            silence: Durations::default(),
            oldest_lost: Time::NEVER,
        }
    }
    /// One more.
    #[inline]
    pub(super) fn count(&mut self, counter: Counter) {
        self.n[counter as usize] += 1;
    }
}

/// Cells put together.
#[derive(Clone, Debug)]
pub(super) struct Aggregate {
    /// By [`Counter`].
    pub n: [u64; COUNTERS],
    /// By service level.
    pub timed: Vec<[u64; 2]>,
    /// Waits of the served.
    pub wait_answered: Option<Spread>,
    /// All waits.
    pub wait: Option<Spread>,
    /// Start to first answer.
    pub first_reply: Option<Spread>,
    /// Start to solved.
    pub resolution: Option<Spread>,
    /// Handling times.
    pub handle: Option<Spread>,
    /// Silence on calls.
    pub silence: Option<Spread>,
    /// When the oldest of the lost started; never, if none was lost.
    pub oldest_lost: Time,
}

impl Aggregate {
    /// These cells together.
    pub(super) fn of(cells: &[&Cell], levels: usize, tally: &mut Tally) -> Self {
        let mut n = [0; COUNTERS];
        let mut timed = vec![[0; 2]; levels];
        for cell in cells {
            for (sum, part) in n.iter_mut().zip(cell.n) {
                *sum += u64::from(part);
            }
            for (sum, part) in timed.iter_mut().zip(&cell.timed) {
                sum[0] += u64::from(part[0]);
                sum[1] += u64::from(part[1]);
            }
        }
        let mut spread = |parts: &[fn(&Cell) -> &Durations]| {
            for cell in cells {
                for part in parts {
                    tally.add(part(cell));
                }
            }
            tally.take()
        };
        Self {
            n,
            timed,
            wait_answered: spread(&[|c| &c.served]),
            wait: spread(&[|c| &c.served, |c| &c.gave_up]),
            first_reply: spread(&[|c| &c.first_reply]),
            resolution: spread(&[|c| &c.resolution]),
            handle: spread(&[|c| &c.handle]),
            silence: spread(&[|c| &c.silence]),
            oldest_lost: cells.iter().map(|cell| cell.oldest_lost).min().unwrap_or(Time::NEVER),
        }
    }
    /// A counter, as a number to figure with.
    pub(super) fn get(&self, counter: Counter) -> f64 {
        self.n[counter as usize] as f64
    }
}
