//! What the world's machines ask of whoever runs them.

use crate::observation::Observation;
use crate::scenario::model::{Id, Team};
use crate::seam::{ContactId, CustomerAct};
use crate::time::Time;

/// Something of the world that is due at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// A customer's patience is at its end, unless the waiting ended before (then the epoch differs).
    PatienceEnds {
        /// Who.
        contact: ContactId,
        /// The stretch of waiting it belongs to.
        epoch: u32,
    },
    /// A person is done with a contact, unless it was taken away before (then the epoch differs).
    HandleDone {
        /// Who.
        contact: ContactId,
        /// The stretch of handling it belongs to.
        epoch: u32,
    },
    /// A customer contacts again.
    Return {
        /// Its place among those who come back.
        slot: u32,
    },
    /// A customer who stays away looks for news.
    LooksAgain {
        /// Their place among those who stay away.
        slot: u32,
    },
    /// A customer asks after a ticket, if it is still unanswered.
    ChaseDue {
        /// The ticket.
        contact: ContactId,
    },
    /// A ticket that waited at a broken hop gets through.
    Delivered {
        /// The ticket.
        contact: ContactId,
    },
    /// A team's shift begins or ends.
    Shift {
        /// Which team.
        team: Id<Team>,
        /// It begins.
        begins: bool,
    },
    /// A person's break begins or ends.
    Break {
        /// Which team.
        team: Id<Team>,
        /// Its number in the team.
        person: u32,
        /// It begins.
        begins: bool,
    },
    /// An absence begins or ends.
    Absence {
        /// Its place in the scenario.
        absence: u16,
        /// It begins.
        begins: bool,
    },
    /// Somebody falls ill in an outbreak.
    FallsIll {
        /// Its place in the scenario.
        absence: u16,
    },
    /// Somebody is well again after an outbreak.
    GetsWell {
        /// Its place in the scenario.
        absence: u16,
        /// Who, counted through those who fell ill.
        nth: u32,
    },
    /// Somebody who was missing by themselves comes.
    Arrives {
        /// Its place in the scenario.
        absence: u16,
        /// Their number in the team.
        person: u32,
    },
    /// Somebody goes home by themselves.
    GoesHome {
        /// Its place in the scenario.
        absence: u16,
        /// Their number in the team.
        person: u32,
    },
    /// People on call are there.
    CalledIn {
        /// Which team.
        team: Id<Team>,
    },
    /// Those who stayed on after a shift go home.
    OvertimeOver {
        /// Which team.
        team: Id<Team>,
        /// The change of shift after which they stayed; void after another one.
        shift: u32,
    },
    /// An outage begins, flaps or ends.
    Incident,
    /// A disturbance begins or ends, for the record.
    Mark {
        /// Surges, outages and absences counted through.
        window: u16,
        /// It begins.
        begins: bool,
    },
}

/// The driver, as the world sees it.
pub trait Outside {
    /// Wakes the world at a moment.
    fn wake(&mut self, at: Time, wake: Wake);
    /// Carries what a customer does to the desk.
    fn act(&mut self, act: CustomerAct);
    /// Tells the observers.
    fn see(&mut self, seen: Observation);
}
