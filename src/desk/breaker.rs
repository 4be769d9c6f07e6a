//! Circuit breakers of the bot, one before each model: after so many failed requests in a row nobody asks for a while, then
//! one request goes through as a trial (Nygard, *Release It!*, 2007). What would ask meanwhile goes to the people at once.

use super::{Asked, Desk, Said, Timer};
use crate::observation::Reply;
use crate::scenario::model::{Breaker, Dependency, Id};
use crate::seam::ContactId;
use crate::time::Time;

/// The breakers of a bot: none without a bot, or without `breaker:`.
#[derive(Clone, Debug, Default)]
pub(super) struct Breakers {
    how: Option<Breaker>,
    /// By dependency, as far as any was asked.
    circuits: Vec<Circuit>,
}

/// One model's circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Circuit {
    /// Requests pass; so many in a row failed last.
    Closed { failed: u32 },
    /// Nobody asks.
    Open,
    /// The next request is the trial.
    Ready,
    /// Everything hangs on this one.
    Trial { contact: ContactId, nth: u32 },
}

impl Breakers {
    pub(super) fn new(how: Option<Breaker>) -> Self {
        Self { how, circuits: Vec::new() }
    }

    fn circuit(&mut self, of: Id<Dependency>) -> &mut Circuit {
        if self.circuits.len() <= of.index() {
            self.circuits.resize(of.index() + 1, Circuit::Closed { failed: 0 });
        }
        &mut self.circuits[of.index()]
    }

    /// Whether a request may go out; if it is the trial, everything hangs on it from now on.
    pub(super) fn lets_through(&mut self, of: Id<Dependency>, contact: ContactId, nth: u32) -> bool {
        if self.how.is_none() {
            return true;
        }
        let circuit = self.circuit(of);
        match circuit {
            Circuit::Closed { .. } => true,
            Circuit::Ready => {
                *circuit = Circuit::Trial { contact, nth };
                true
            }
            Circuit::Open | Circuit::Trial { .. } => false,
        }
    }

    /// Whether a request would be refused now.
    pub(super) fn refuses(&self, of: Id<Dependency>) -> bool {
        matches!(self.circuits.get(of.index()), Some(Circuit::Open | Circuit::Trial { .. }))
    }

    /// The request failed, or not; whether that opened the circuit. Of a circuit that is not closed only the trial counts: what
    /// else comes back was sent before.
    fn replied(&mut self, asked: Asked, good: bool) -> bool {
        let Some(how) = self.how else { return false };
        let circuit = self.circuit(asked.of);
        let opens = match *circuit {
            Circuit::Closed { failed } => !good && failed + 1 >= how.after,
            Circuit::Trial { contact, nth } if asked.contact == Some(contact) && asked.nth == nth => !good,
            Circuit::Open | Circuit::Ready | Circuit::Trial { .. } => return false,
        };
        *circuit = match *circuit {
            _ if opens => Circuit::Open,
            Circuit::Closed { failed } if !good => Circuit::Closed { failed: failed + 1 },
            _ => Circuit::Closed { failed: 0 },
        };
        opens
    }
}

impl Desk {
    /// Every reply of a model moves its circuit, whatever became of the contact.
    pub(super) fn breaker_hears(&mut self, now: Time, asked: Asked, reply: Reply, said: &mut Vec<Said>) {
        let breakers = &mut self.bot.breakers;
        if breakers.replied(asked, reply == Reply::Good)
            && let Some(how) = breakers.how
        {
            said.push(Said::Wake { at: now + how.length, timer: Timer::Breaker { of: asked.of } });
        }
    }

    /// It has been open for long enough.
    pub(super) fn breaker_due(&mut self, of: Id<Dependency>) {
        let circuit = self.bot.breakers.circuit(of);
        if *circuit == Circuit::Open {
            *circuit = Circuit::Ready;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Span;

    const MODEL: usize = 2;

    fn asked(slot: u32, nth: u32) -> Asked {
        let contact = Some(ContactId::new(slot, 0));
        Asked { of: Id::new(MODEL), contact, nth, retry: false, timeout: Span::from_secs(1) }
    }

    fn open(after: u32) -> Breakers {
        let mut breakers = Breakers::new(Some(Breaker { after, length: Span::MINUTE }));
        for nth in 0..after {
            assert!(breakers.lets_through(Id::new(MODEL), ContactId::new(1, 0), nth));
            assert_eq!(breakers.replied(asked(1, nth), false), nth + 1 == after, "the last of the failures opens it");
        }
        breakers
    }

    #[test]
    fn failures_in_a_row_open_it_and_a_good_reply_between_them_does_not() {
        let mut breakers = Breakers::new(Some(Breaker { after: 2, length: Span::MINUTE }));
        let opened: Vec<bool> =
            [false, true, false, false].iter().map(|good| breakers.replied(asked(1, 0), *good)).collect();
        assert_eq!(opened, [false, false, false, true]);
        assert!(breakers.refuses(Id::new(MODEL)) && !breakers.refuses(Id::new(0)), "each model has its own");
    }

    #[test]
    fn one_trial_goes_through_and_decides() {
        for good in [false, true] {
            let mut breakers = open(3);
            *breakers.circuit(Id::new(MODEL)) = Circuit::Ready;
            let passed: Vec<bool> =
                (5..8).map(|slot| breakers.lets_through(Id::new(MODEL), ContactId::new(slot, 0), 0)).collect();
            assert_eq!(passed, [true, false, false]);
            assert!(!breakers.replied(asked(1, 9), !good), "what was sent before does not count");
            assert!(breakers.refuses(Id::new(MODEL)));
            assert_eq!(breakers.replied(asked(5, 0), good), !good);
            assert_eq!(breakers.refuses(Id::new(MODEL)), !good);
        }
    }

    #[test]
    fn without_one_everything_goes_through() {
        let mut breakers = Breakers::default();
        assert!((0..50).all(|nth| !breakers.replied(asked(1, nth), false)));
        assert!(breakers.lets_through(Id::new(MODEL), ContactId::new(1, 0), 50));
    }
}
