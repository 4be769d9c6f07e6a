//! The narrow waist: the one vocabulary of what happened, to whom, when. Simulation, rehearsal and drill all speak it;
//! measures, verdicts and reports know nothing else of a run.

mod again;
mod host;

pub use again::{After, Again, Effect};
pub use host::HostName;

use crate::scenario::model::{Channel, Dependency, Id, Reason, Segment, Team};
use crate::seam::{ContactId, Source};
use crate::time::{Span, Time};
use serde::{Deserialize, Serialize};

/// A contact as observers see it: who it is and what it belongs to. Carried by every observation about it, so that an
/// observer needs no memory of contacts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// The contact.
    pub contact: ContactId,
    /// The customer: the same number on every channel and attempt. Its order number on the wire is made from this.
    pub customer: u64,
    /// By which channel.
    pub channel: Id<Channel>,
    /// Why.
    pub reason: Id<Reason>,
    /// Which group of customers.
    pub segment: Id<Segment>,
    /// When it started: the windows that hold this moment count it.
    pub started: Time,
    /// One for the first attempt.
    pub attempt: u16,
}

/// Why a contact started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The day's demand.
    First,
    /// Turned away or gave up before.
    Retry,
    /// The last answer did not help.
    Unsolved,
    /// Asks after an unanswered ticket.
    Chase,
    /// Was sent here from another channel.
    Moved,
    /// The desk calls back.
    Callback,
    /// Was there at the start.
    Backlog,
    /// Stayed away because of a public update, and was let down by it.
    LetDown,
}

/// Why a contact was turned away at the door.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Door {
    /// A dependency on the way is broken.
    Broken(Id<Dependency>),
    /// All lines are taken.
    Busy(Id<Dependency>),
    /// The channel is closed at this hour.
    Closed,
    /// The plan closed the channel.
    Shut,
}

/// How a request of the desk to a dependency ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// Well.
    Good,
    /// With an error.
    Failed,
    /// The desk gave up waiting.
    TimedOut,
}

/// Something that happened. Moments come beside it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Observation {
    /// A contact started (it may be turned away in the same moment).
    Offered {
        /// Who.
        who: Who,
        /// Why.
        cause: Cause,
    },
    /// It was turned away before any queue.
    Blocked {
        /// Who.
        who: Who,
        /// Why.
        door: Door,
    },
    /// The desk accepted it; it now waits for a bot or a person.
    Entered {
        /// Who.
        who: Who,
    },
    /// It asked for a person and waits again.
    WaitsAgain {
        /// Who.
        who: Who,
    },
    /// It was put into the queue of the people.
    Queued {
        /// Who.
        who: Who,
    },
    /// "Thinking...": something that is no answer yet.
    Placeholder {
        /// Who.
        who: Who,
    },
    /// "Sorry, that does not work at the moment."
    Apology {
        /// Who.
        who: Who,
    },
    /// An answer reached the customer. The first one of a contact ends `first_reply`.
    Answered {
        /// Who.
        who: Who,
        /// Out of what.
        source: Source,
        /// It is the contact's first.
        first: bool,
        /// The customer had already left.
        late: bool,
        /// It was matched by its nonce (else by identity and order).
        by_nonce: bool,
    },
    /// The same answer came again.
    Duplicate {
        /// Who.
        who: Who,
    },
    /// An answer meant for another customer came.
    Misdirected {
        /// Who got it.
        who: Who,
    },
    /// A person took it: the waiting is over.
    Taken {
        /// Who.
        who: Who,
        /// The person's team.
        team: Id<Team>,
    },
    /// It went back to the head of its queue.
    PutBack {
        /// Who.
        who: Who,
        /// Whose person had it.
        team: Id<Team>,
    },
    /// A person is done with it.
    Handled {
        /// Who.
        who: Who,
        /// The person's team.
        team: Id<Team>,
        /// Handling time (talk, hold and wrap-up).
        length: Span,
    },
    /// The customer's waiting ended because something served it: by bot or person. Total time waited so far.
    Served {
        /// Who.
        who: Who,
        /// All its waiting, for bot and person together.
        waited: Span,
    },
    /// The customer stopped waiting.
    GaveUp {
        /// Who.
        who: Who,
        /// All its waiting.
        waited: Span,
    },
    /// The customer took up the desk's word and went to another channel; it starts there as a contact of its own.
    Moved {
        /// Who.
        who: Who,
        /// Where to.
        to: Id<Channel>,
        /// All its waiting here.
        waited: Span,
    },
    /// It is over and answered.
    Ended {
        /// Who.
        who: Who,
        /// Solved for good, as the customer sees it.
        solved: bool,
        /// No person took part.
        by_bot_alone: bool,
        /// It was offered to the bot.
        met_bot: bool,
        /// Solved, and it was the customer's first contact about this.
        first_time: bool,
        /// All its waiting.
        waited: Span,
    },
    /// The desk ended a call without a good-bye, or the line broke.
    Dropped {
        /// Who.
        who: Who,
    },
    /// A call that was answered is over: so long its caller waited for the desk and heard nothing (rehearsals only: the
    /// model has no sound).
    Silence {
        /// Who.
        who: Who,
        /// How long, in all.
        length: Span,
    },
    /// The customer will not come back and never came through.
    Unserved {
        /// The last attempt.
        who: Who,
    },
    /// The customer would have contacted because of an outage, and never did: a public update told enough.
    KeptAway {
        /// Who, with the moment at which they would have.
        who: Who,
    },
    /// The customer had a reason to contact and helped themselves by self-service.
    SelfServed {
        /// Who, with the moment at which they would have contacted.
        who: Who,
    },
    /// At the close: accepted, not given up, neither answered nor open anywhere.
    Lost {
        /// Who.
        who: Who,
    },
    /// At the close: still open (in a queue or in hand).
    StillOpen {
        /// Who.
        who: Who,
    },
    /// The modelled satisfaction of the customer with this contact: 1 to 5.
    Rated {
        /// Who.
        who: Who,
        /// Stars.
        stars: u8,
    },
    /// A call-back was offered, taken or made.
    CallbackAccepted {
        /// Who.
        who: Who,
    },
    /// The desk asked a dependency for something.
    Request {
        /// Whom it asked.
        of: Id<Dependency>,
        /// For which contact, if known.
        who: Option<Who>,
        /// How it ended.
        reply: Reply,
        /// It repeated an earlier request for the same thing.
        retry: bool,
        /// How long it took.
        took: Span,
        /// It was made before a given Retry-After had passed.
        too_early: bool,
    },
    /// A request repeated one that had failed, and so long lay between them. Only a rehearsal knows: there the same call is
    /// known by its bytes. It comes before the request itself.
    Retried {
        /// Whom the desk asked.
        of: Id<Dependency>,
        /// For which contact, if known.
        contact: Option<ContactId>,
        /// When this try began.
        began: Time,
        /// How it followed on the one before.
        again: Again,
    },
    /// The desk made the same side effect once more (rehearsals).
    Repeated {
        /// Where.
        of: Id<Dependency>,
        /// For which contact, if known.
        who: Option<Who>,
        /// What was made again.
        effect: Effect,
        /// After what.
        after: After,
    },
    /// A disturbance began (surge, outage, absence; by its place in the list of windows).
    Began {
        /// Which.
        window: u16,
    },
    /// A disturbance ended.
    Over {
        /// Which.
        window: u16,
    },
    /// The desk noticed that a dependency is down, or up again.
    Noticed {
        /// Which.
        of: Id<Dependency>,
        /// Down or up.
        down: bool,
    },
    /// A rule of the plan acted, or was undone.
    Rule {
        /// Its place in the plan.
        rule: u16,
        /// Acted or undone.
        on: bool,
    },
    /// A channel of calls runs over another carrier now, or over its own again.
    Carried {
        /// Which channel.
        channel: Id<Channel>,
        /// The other carrier; `None`: its own.
        over: Option<Id<Dependency>>,
    },
    /// The public was told.
    Update {
        /// Where.
        over: Id<Dependency>,
        /// It says that all is well again.
        all_clear: bool,
        /// When the next one is promised.
        next_by: Option<Time>,
        /// It reached the public.
        delivered: bool,
    },
    /// Customers of a segment were called in person.
    CalledPersonally {
        /// Which segment.
        segment: Id<Segment>,
    },
    /// The number of people of a team changed.
    People {
        /// Which team.
        team: Id<Team>,
        /// Who should be there.
        scheduled: u32,
        /// Who is there and can work.
        present: u32,
    },
    /// The number of people of a team who stay on after their shift changed.
    Overtime {
        /// Which team.
        team: Id<Team>,
        /// How many stay on.
        people: u32,
    },
    /// The number of people at work changed.
    Busy {
        /// Which team.
        team: Id<Team>,
        /// How many have at least one contact in hand.
        busy: u32,
    },
    /// Contacts waiting on a channel, in service, and tickets or contacts unsolved, after a change.
    Level {
        /// Which channel.
        channel: Id<Channel>,
        /// Waiting for a bot or a person.
        waiting: u32,
        /// Being served.
        in_service: u32,
        /// All that are open.
        backlog: u32,
    },
    /// The harness itself was late by so much scenario time (rehearsals and drills).
    Late {
        /// By how much.
        by: Span,
    },
    /// So many events of the mocks were not taken in time (rehearsals): what they told is not in the figures.
    Missed {
        /// How many.
        events: u64,
    },
    /// The day was ended early by a `stop_if`, or by a person.
    Stopped {
        /// Its place among `stop_if`; `None`: by a person.
        by: Option<u16>,
    },
    /// The target tried a host that the scenario does not know, and was denied it.
    Egress {
        /// Which.
        host: HostName,
    },
    /// The target failed: the text is in the journal.
    TargetTrouble {
        /// What kind.
        #[serde(rename = "trouble")]
        kind: Trouble,
    },
}

/// What went wrong with the target itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// Its process ended.
    Exited,
    /// It was never ready.
    NeverReady,
    /// It could not be started.
    CannotStart,
    /// It did not take a contact that was delivered to it.
    Refused,
}

/// Takes observations as they happen.
pub trait Observer {
    /// Something happened at `at`.
    fn observe(&mut self, at: Time, seen: &Observation);
}

impl<O: Observer + ?Sized> Observer for &mut O {
    fn observe(&mut self, at: Time, seen: &Observation) {
        (**self).observe(at, seen);
    }
}

/// Two observers see the same.
impl<A: Observer, B: Observer> Observer for (A, B) {
    fn observe(&mut self, at: Time, seen: &Observation) {
        self.0.observe(at, seen);
        self.1.observe(at, seen);
    }
}

/// Keeps everything, for tests and small days.
impl Observer for Vec<(Time, Observation)> {
    fn observe(&mut self, at: Time, seen: &Observation) {
        self.push((at, *seen));
    }
}
