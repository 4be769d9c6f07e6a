//! The seam between the world and the front desk: what customers do to the desk, what the desk does to customers.
//!
//! The modelled desk implements it inside the loop; the wire implements it by carrying [`CustomerAct`]s to a target
//! through the mocks and reading [`DeskAct`]s from what the target does to the mocks. Nothing else differs between a
//! simulation and a rehearsal.

use crate::scenario::model::{Channel, Dependency, Id, Segment, Team, Whose};
use crate::time::{Span, Time};
use serde::{Deserialize, Serialize};
use std::fmt;

/// One contact. Ids are given in order of start and are reused only when `generation` differs.
///
/// One word, because it is carried about by everything: two halves that are written apart and read together make the
/// processor wait.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "Halves", into = "Halves")]
pub struct ContactId(u64);

/// How a contact's id is written in journals.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename = "ContactId")]
struct Halves {
    slot: u32,
    generation: u32,
}

impl ContactId {
    /// The contact at this place, after so many others.
    #[inline]
    pub const fn new(slot: u32, generation: u32) -> Self {
        Self((slot as u64) << 32 | generation as u64)
    }
    /// Its place in the slab of open contacts.
    #[inline]
    pub const fn slot(self) -> u32 {
        (self.0 >> 32) as u32
    }
    /// How many contacts had that place before.
    #[inline]
    pub const fn generation(self) -> u32 {
        self.0 as u32
    }
}

impl From<Halves> for ContactId {
    fn from(Halves { slot, generation }: Halves) -> Self {
        Self::new(slot, generation)
    }
}
impl From<ContactId> for Halves {
    fn from(id: ContactId) -> Self {
        Self { slot: id.slot(), generation: id.generation() }
    }
}
impl fmt::Debug for ContactId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Halves::from(*self).fmt(f)
    }
}

/// What a customer does (world → desk).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CustomerAct {
    /// Begins: dials, posts a first message, sends a ticket. The desk knows the channel; the rest is in the words.
    Start {
        /// Who.
        contact: ContactId,
        /// By which channel.
        channel: Id<Channel>,
        /// The customer's group (the desk knows its customers by their address).
        segment: Id<Segment>,
    },
    /// Asks for a person.
    AskForPerson {
        /// Who.
        contact: ContactId,
    },
    /// Takes the offer of a call-back.
    TakeCallback {
        /// Who.
        contact: ContactId,
    },
    /// Hangs up or stops waiting.
    Leave {
        /// Who.
        contact: ContactId,
    },
    /// Is content and says so, or says good-bye: the contact is over for the customer.
    Finish {
        /// Who.
        contact: ContactId,
    },
    /// A person of the desk took the contact (the desk sees it in its own tools).
    Taken {
        /// Who.
        contact: ContactId,
    },
    /// A person of the desk is done with the contact.
    Handled {
        /// Who.
        contact: ContactId,
    },
    /// A person of the desk put the contact back at the head of its queue.
    PutBack {
        /// Who.
        contact: ContactId,
    },
}

/// What an answer came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A language model.
    Model(Id<Dependency>),
    /// A prepared text.
    Faq {
        /// Whether the share it solves is the plan's (per mille), else the reason's own.
        solves_per_mille: Option<u16>,
    },
    /// A person.
    Person(Id<Team>),
    /// Nothing that carries a name.
    Unknown,
}

/// What the desk does (desk → world).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DeskAct {
    /// Gives the customer an answer without a person.
    Answer {
        /// To whom.
        contact: ContactId,
        /// Out of what.
        source: Source,
        /// It was recognised by its nonce (always in the model), else by identity and order.
        by_nonce: bool,
    },
    /// Says that it is at work ("Thinking...").
    Placeholder {
        /// To whom.
        contact: ContactId,
    },
    /// Says sorry, without an answer.
    Apologise {
        /// To whom.
        contact: ContactId,
    },
    /// Puts the contact into the queue of its channel's people.
    Queue {
        /// Whom.
        contact: ContactId,
    },
    /// Ends the contact from its side.
    HangUp {
        /// Whom.
        contact: ContactId,
    },
    /// Offers a call-back to one who waits.
    OfferCallback {
        /// To whom.
        contact: ContactId,
        /// Share who accept.
        accepted: f64,
    },
    /// Asks one who waits to take another channel.
    Announce {
        /// To whom.
        contact: ContactId,
        /// Where to.
        to: Id<Channel>,
        /// Share who go.
        accepted: f64,
    },
    /// Calls people in.
    Page {
        /// Which team.
        team: Id<Team>,
        /// How long until they work.
        ready_in: Span,
    },
    /// Lets a channel run over another carrier, or over its own again.
    Carry {
        /// Which channel.
        channel: Id<Channel>,
        /// The carrier in place of the one of its kind; `None`: its own.
        over: Option<Id<Dependency>>,
    },
    /// Tells the public.
    PostUpdate {
        /// Where.
        over: Id<Dependency>,
        /// Whether it says that all is well again.
        all_clear: bool,
        /// When the next one is promised.
        next_by: Option<Time>,
    },
    /// Calls the customers of a segment in person.
    CallPersonally {
        /// Which segment.
        segment: Id<Segment>,
    },
    /// Closes a channel with a message.
    Close {
        /// Which channel.
        channel: Id<Channel>,
        /// Where the message points, and the share who go there.
        to: Option<(Id<Channel>, f64)>,
    },
    /// Opens a channel that it closed.
    Reopen {
        /// Which channel.
        channel: Id<Channel>,
    },
    /// Asks people to stay on at the end of their shift.
    KeepOn {
        /// Which team.
        team: Id<Team>,
        /// For how long.
        length: Span,
        /// Share who agree.
        accepted: f64,
    },
    /// Asks nobody to stay on any more.
    LetGo {
        /// Which team.
        team: Id<Team>,
    },
    /// Lets people of a team answer another channel first.
    Move {
        /// Of which team.
        team: Id<Team>,
        /// Which channel.
        to: Id<Channel>,
        /// How many in all from now on; zero: nobody.
        people: u32,
    },
    /// Changes how long its people take for a contact they begin, and how many it solves: one and one on a normal day.
    Shorten {
        /// Whose contacts.
        whose: Whose,
        /// Factor on the handling time.
        handle: f64,
        /// Factor on the share that is solved the first time.
        solved_first_time: f64,
    },
    /// Serves a group of customers before others, or no longer.
    First {
        /// Which group.
        segment: Id<Segment>,
        /// Before others.
        first: bool,
    },
}
