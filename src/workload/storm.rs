//! A storm: contacts that bring contacts. A Hawkes process with an exponential kernel, made as a branching process: what the
//! rate brings starts a family, each contact has a number of echoes that is Poisson with mean `echo`, each an exponential time
//! after it. Every family is drawn by the name of its first contact, so it is the same whatever else happens.

use super::ziggurat::exponential;
use crate::rng::{Luck, What};
use crate::scenario::model::Burst;
use crate::time::{Span, Time};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The echoes that are still to come in one run.
#[derive(Clone, Debug, Default)]
pub(super) struct Storm {
    /// Echoes by time, each with its name.
    echoes: BinaryHeap<Reverse<(Time, u64)>>,
    /// The next contact that is nobody's echo, with its name.
    pub(super) first: Option<(Time, u64)>,
    /// How many there were of those, the next one included.
    pub(super) families: u64,
}

impl Storm {
    /// Takes the next contact, and draws what it brings before `end`; `None` when there is no more.
    pub(super) fn take(&mut self, burst: Burst, luck: Luck, end: Time) -> Option<Time> {
        let echo = self.echoes.peek().map(|Reverse(echo)| *echo);
        let (at, name) = match (self.first, echo) {
            (Some(first), Some(echo)) if echo < first => {
                self.echoes.pop();
                echo
            }
            (Some(first), _) => {
                self.first = None;
                first
            }
            (None, _) => self.echoes.pop()?.0,
        };
        let mut draw = luck.draw(name, What::Echo, 0);
        // As many as a Poisson process of rate one has points within `echo`.
        let mut reached = exponential(&mut draw);
        while reached < burst.echo {
            let echo_at = at + Span::from_secs_f64(burst.after.secs_f64() * exponential(&mut draw));
            let name = draw.bits();
            if echo_at < end {
                self.echoes.push(Reverse((echo_at, name)));
            }
            reached += exponential(&mut draw);
        }
        Some(at)
    }
}
