//! The stories of contacts that went wrong: everything said, every exchange over the wire, every retry, fault, nonce and
//! wait on one line of time, told from a journal alone. So a killed run has its stories too, and `holdline report` tells
//! them again.

mod tell;
pub mod text;
mod wronged;

use super::journal::{self, Entry};
use crate::observation::{Observation, Observer};
use crate::scenario::Scenario;
use crate::seam::ContactId;
use crate::time::Time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::BufRead;
use tell::Teller;
pub use wronged::Wronged;

/// Stories that a report shows; it says how many more contacts went wrong.
pub const SHOWN: usize = 24;

/// The stories of a run: the worst contacts, the gravest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Stories {
    /// Those that are told.
    pub told: Vec<Story>,
    /// How many more contacts went wrong.
    pub more: u64,
}

/// One contact from its start to its end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Story {
    /// The order number that the customer names on the wire.
    pub order: String,
    /// By which channel.
    pub channel: String,
    /// What it was about.
    pub reason: String,
    /// One for the customer's first attempt.
    pub attempt: u16,
    /// As which measures it counts.
    pub why: Vec<String>,
    /// When it started, s.
    pub began: f64,
    /// The last moment of it, s.
    pub ended: f64,
    /// When the customer waited, s.
    pub waits: Vec<[f64; 2]>,
    /// What happened, in order.
    pub lines: Vec<Line>,
    /// Lines left out before the last of them.
    #[serde(default)]
    pub left_out: u64,
}

/// One thing that happened to a contact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Line {
    /// When it began, s.
    pub at: f64,
    /// How long it took, s; nought for what is over in a moment.
    #[serde(default)]
    pub lasted: f64,
    /// Who: `customer`, `desk`, `people`, or a dependency's name.
    pub who: String,
    /// `said`, `asked` (of a vendor), `brought` (by a vendor) or `happened`.
    pub kind: String,
    /// It is one of the things that went wrong.
    #[serde(default)]
    pub bad: bool,
    /// What.
    pub text: String,
}

/// What is read of a journal, twice: whom it went wrong for is known only at its end.
struct Reader<'a, F> {
    open: F,
    scenario: &'a Scenario,
    /// What a killed run did not come to say itself.
    ending: &'a [(Time, Observation)],
}

impl<R: BufRead, F: Fn() -> Result<R, String>> Reader<'_, F> {
    fn read(&self, mut each: impl FnMut(Time, Entry)) -> Result<(), String> {
        journal::replay_all(
            (self.open)()?,
            |_| Ok(()),
            |at, entry| {
                each(at, entry);
                Ok(())
            },
        )?;
        self.ending.iter().for_each(|(at, seen)| each(*at, Entry::Seen(*seen)));
        Ok(())
    }
    fn tell(&self, whom: Vec<(ContactId, Vec<&'static str>)>) -> Result<Vec<Story>, String> {
        let mut teller = Teller::new(self.scenario, whom);
        self.read(|at, entry| match entry {
            Entry::Seen(seen) => teller.observe(at, &seen),
            Entry::Note(note) => teller.note(at, &note),
        })?;
        Ok(teller.finish())
    }
}

/// The stories of the worst contacts of a journal. `ending` is what a killed run did not come to say itself.
pub fn worst<R: BufRead>(
    open: impl Fn() -> Result<R, String>,
    scenario: &Scenario,
    ending: &[(Time, Observation)],
) -> Result<Stories, String> {
    let reader = Reader { open, scenario, ending };
    let mut wronged = Wronged::default();
    // What went wrong in the simulated part of a warm start is no story of the target's.
    let wire = scenario.warm_start.map_or(Time::ZERO, |wire| wire.from);
    reader.read(|at, entry| {
        if let Entry::Seen(seen) = entry
            && at >= wire
        {
            wronged.observe(at, &seen);
        }
    })?;
    let (whom, more) = wronged.worst(SHOWN);
    Ok(Stories { told: reader.tell(whom)?, more })
}

/// The stories of all contacts of one customer, the first attempt first.
pub fn of_customer<R: BufRead>(
    open: impl Fn() -> Result<R, String>,
    scenario: &Scenario,
    ending: &[(Time, Observation)],
    customer: u64,
) -> Result<Vec<Story>, String> {
    let reader = Reader { open, scenario, ending };
    let (mut wronged, mut own) = (Wronged::default(), BTreeMap::new());
    reader.read(|at, entry| {
        if let Entry::Seen(seen) = entry {
            wronged.observe(at, &seen);
            if let Observation::Offered { who, .. } = seen
                && who.customer == customer
            {
                own.insert((who.started, who.contact), ());
            }
        }
    })?;
    reader.tell(own.into_keys().map(|(_, contact)| (contact, wronged.why(contact))).collect())
}

#[cfg(test)]
mod tests;
