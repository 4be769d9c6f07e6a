//! Every measure: its unit, what it is figured over, and its one definition, which stands with the language in
//! [`crate::scenario::kpi`].

use crate::scenario::kpi;

/// What a figure is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A number of things.
    Count,
    /// A part of one.
    Share,
    /// Seconds.
    Seconds,
    /// A multiple of the normal.
    Factor,
    /// People.
    People,
    /// Staff minutes.
    Minutes,
    /// The desk's money.
    Money,
}

impl Unit {
    /// Its word in `run.json`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Share => "share",
            Self::Seconds => "seconds",
            Self::Factor => "ratio",
            Self::People => "people",
            Self::Minutes => "minutes",
            Self::Money => "money",
        }
    }
}

/// What a measure is figured over, and so what it can be narrowed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Contacts: channel, reason, segment.
    Contacts,
    /// Contacts that people handled: channel, reason, segment, or team.
    Handling,
    /// Levels over time: channel.
    Levels,
    /// People: team.
    People,
    /// An outage: the dependency, and the channel where one is named.
    Outage,
    /// Updates to the public.
    Updates,
    /// Requests to a dependency.
    Requests,
    /// What the day cost.
    Cost,
    /// The run as a whole.
    Run,
}

/// A measure. What each means to the letter stands in [`DEFINITIONS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Kpi {
    /// Contacts started.
    Offered,
    /// Contacts that are no first attempt.
    Repeats,
    /// Turned away at the door.
    Blocked,
    /// Start to first answer.
    FirstReply,
    /// Waiting of all.
    Wait,
    /// Waiting of the answered.
    WaitAnswered,
    /// Answered in time.
    ServiceLevel,
    /// Gave up.
    Abandonment,
    /// Share of those who came that were served.
    Served,
    /// Start to solved.
    Resolution,
    /// Solved at the first contact.
    FirstContactResolution,
    /// Solved by the bot alone.
    Contained,
    /// Open contacts.
    Backlog,
    /// Contacts waiting.
    Waiting,
    /// Accepted and lost.
    LostContacts,
    /// Never came through.
    Unserved,
    /// Still open at the close.
    StillOpen,
    /// Age of the oldest lost.
    DataLoss,
    /// The same answer twice.
    Duplicates,
    /// An answer in another's thread.
    Misdirected,
    /// A placeholder and never an answer.
    Placeholders,
    /// An apology and never an answer.
    Apologies,
    /// Calls cut off.
    DroppedCalls,
    /// Silence on calls while the caller waits.
    DeadAir,
    /// Answers after the customer had left.
    LateAnswers,
    /// Call-backs accepted.
    Callbacks,
    /// Customers whom a public update kept from contacting.
    KeptAway,
    /// Customers who helped themselves.
    SelfServed,
    /// Modelled satisfaction.
    Satisfaction,
    /// Answers matched by their nonce.
    MatchedByNonce,
    /// Handling time.
    HandleTime,
    /// Share of the available time at work.
    Occupancy,
    /// Scheduled and not available.
    Shrinkage,
    /// Scheduled minus present.
    PeopleMissing,
    /// Staff minutes that the plan added.
    PlanCost,
    /// What the day cost.
    Cost,
    /// Of that, the people.
    CostOfStaff,
    /// Of that, vendors.
    CostOfVendors,
    /// Of that, compensation.
    CostOfCompensation,
    /// Of that, what was lost.
    CostOfLosses,
    /// Outage start to noticing.
    TimeToDetect,
    /// Outage start to the backup's first answer.
    TimeToFailover,
    /// Recovery to the primary's first answer.
    TimeToFailback,
    /// Outage start to recovered.
    TimeToRecover,
    /// Outage end to the normal band.
    TimeToNormal,
    /// Added latency in the outage.
    OutagePenalty,
    /// Area lost under the curve of the served share.
    ResilienceLoss,
    /// One minus the lost area over the whole.
    ResilienceIndex,
    /// The lowest served share.
    Robustness,
    /// The slope back.
    Rapidity,
    /// Outage end to a normal backlog.
    BacklogDrain,
    /// Outage start to the first update.
    FirstUpdate,
    /// The longest silence.
    UpdateGap,
    /// Promises of a next update kept.
    UpdatesKept,
    /// The fix to the all-clear.
    UpdateAfterFix,
    /// Called in person in time.
    VipReached,
    /// Calls a contact to a failing dependency over the normal.
    RetryAmplification,
    /// Calls before a Retry-After had passed.
    RetryAfterIgnored,
    /// Refused calls a minute, at the peak.
    Hammering,
    /// Share of retry gaps that grew.
    Backoff,
    /// Side effects made again.
    RepeatedSideEffects,
    /// Hosts that nobody knows.
    UndeclaredEgress,
    /// The harness's own lateness.
    Lateness,
}

/// One measure's definition.
#[derive(Clone, Copy, Debug)]
pub struct Definition {
    /// The measure.
    pub kpi: Kpi,
    /// Its name everywhere.
    pub name: &'static str,
    /// Its unit.
    pub unit: Unit,
    /// What it is figured over.
    pub family: Family,
    /// Whether more of it is better.
    pub more_is_better: bool,
    /// What it is, in a sentence.
    pub text: &'static str,
    /// Where the definition comes from.
    pub source: &'static str,
}

impl Kpi {
    /// Its definition.
    pub fn definition(self) -> &'static Definition {
        &DEFINITIONS[self as usize]
    }
    /// Its name.
    pub fn name(self) -> &'static str {
        self.definition().name
    }
    /// The measure of this name.
    pub fn named(name: &str) -> Option<Self> {
        DEFINITIONS.iter().find(|d| d.name == name).map(|d| d.kpi)
    }
}

/// The row of the fixed set; definition and source are those of the language, so that they are said once.
const fn of(kpi: Kpi, name: &'static str, unit: Unit, family: Family, more_is_better: bool) -> Definition {
    let (text, source) = match kpi::row(name) {
        Some(row) => (row.about, row.source),
        None => ("", ""),
    };
    Definition { kpi, name, unit, family, more_is_better, text, source }
}

/// What the harness says of itself; no expectation can name it.
const LATENESS: Definition = Definition {
    kpi: Kpi::Lateness,
    name: "lateness",
    unit: Unit::Seconds,
    family: Family::Run,
    more_is_better: false,
    text: "How late the harness itself was, in scenario time.",
    source: "Holdline",
};

/// Every measure, in the order of [`Kpi`] and of the rows of `run.json`.
pub const DEFINITIONS: [Definition; 63] = {
    use Family::{Contacts, Cost, Handling, Levels, Outage, People, Requests, Run, Updates};
    use Unit::{Count, Factor, Minutes, Money, Seconds, Share};
    [
        of(Kpi::Offered, "offered", Count, Contacts, false),
        of(Kpi::Repeats, "repeats", Count, Contacts, false),
        of(Kpi::Blocked, "blocked", Share, Contacts, false),
        of(Kpi::FirstReply, "first_reply", Seconds, Contacts, false),
        of(Kpi::Wait, "wait", Seconds, Contacts, false),
        of(Kpi::WaitAnswered, "wait_answered", Seconds, Contacts, false),
        of(Kpi::ServiceLevel, "service_level", Share, Contacts, true),
        of(Kpi::Abandonment, "abandonment", Share, Contacts, false),
        of(Kpi::Served, "served", Share, Contacts, true),
        of(Kpi::Resolution, "resolution", Seconds, Contacts, false),
        of(Kpi::FirstContactResolution, "first_contact_resolution", Share, Contacts, true),
        of(Kpi::Contained, "contained", Share, Contacts, true),
        of(Kpi::Backlog, "backlog", Count, Levels, false),
        of(Kpi::Waiting, "waiting", Count, Levels, false),
        of(Kpi::LostContacts, "lost_contacts", Count, Contacts, false),
        of(Kpi::Unserved, "unserved", Count, Contacts, false),
        of(Kpi::StillOpen, "still_open", Count, Contacts, false),
        of(Kpi::DataLoss, "data_loss", Seconds, Contacts, false),
        of(Kpi::Duplicates, "duplicates", Count, Contacts, false),
        of(Kpi::Misdirected, "misdirected", Count, Contacts, false),
        of(Kpi::Placeholders, "placeholders", Count, Contacts, false),
        of(Kpi::Apologies, "apologies", Count, Contacts, false),
        of(Kpi::DroppedCalls, "dropped_calls", Count, Contacts, false),
        of(Kpi::DeadAir, "dead_air", Seconds, Contacts, false),
        of(Kpi::LateAnswers, "late_answers", Count, Contacts, false),
        of(Kpi::Callbacks, "callbacks", Count, Contacts, true),
        of(Kpi::KeptAway, "kept_away", Count, Contacts, true),
        of(Kpi::SelfServed, "self_served", Count, Contacts, true),
        of(Kpi::Satisfaction, "satisfaction", Share, Contacts, true),
        of(Kpi::MatchedByNonce, "matched_by_nonce", Share, Contacts, true),
        of(Kpi::HandleTime, "handle_time", Seconds, Handling, false),
        of(Kpi::Occupancy, "occupancy", Share, People, false),
        of(Kpi::Shrinkage, "shrinkage", Share, People, false),
        of(Kpi::PeopleMissing, "people_missing", Unit::People, People, false),
        of(Kpi::PlanCost, "plan_cost", Minutes, People, false),
        of(Kpi::Cost, "cost", Money, Cost, false),
        of(Kpi::CostOfStaff, "cost_of_staff", Money, Cost, false),
        of(Kpi::CostOfVendors, "cost_of_vendors", Money, Cost, false),
        of(Kpi::CostOfCompensation, "cost_of_compensation", Money, Cost, false),
        of(Kpi::CostOfLosses, "cost_of_losses", Money, Cost, false),
        of(Kpi::TimeToDetect, "time_to_detect", Seconds, Outage, false),
        of(Kpi::TimeToFailover, "time_to_failover", Seconds, Outage, false),
        of(Kpi::TimeToFailback, "time_to_failback", Seconds, Outage, false),
        of(Kpi::TimeToRecover, "time_to_recover", Seconds, Outage, false),
        of(Kpi::TimeToNormal, "time_to_normal", Seconds, Outage, false),
        of(Kpi::OutagePenalty, "outage_penalty", Seconds, Outage, false),
        of(Kpi::ResilienceLoss, "resilience_loss", Seconds, Contacts, false),
        of(Kpi::ResilienceIndex, "resilience_index", Share, Contacts, true),
        of(Kpi::Robustness, "robustness", Share, Contacts, true),
        of(Kpi::Rapidity, "rapidity", Factor, Contacts, true),
        of(Kpi::BacklogDrain, "backlog_drain", Seconds, Outage, false),
        of(Kpi::FirstUpdate, "first_update", Seconds, Updates, false),
        of(Kpi::UpdateGap, "update_gap", Seconds, Updates, false),
        of(Kpi::UpdatesKept, "updates_kept", Share, Updates, true),
        of(Kpi::UpdateAfterFix, "update_after_fix", Seconds, Updates, false),
        of(Kpi::VipReached, "vip_reached", Share, Updates, true),
        of(Kpi::RetryAmplification, "retry_amplification", Factor, Requests, false),
        of(Kpi::RetryAfterIgnored, "retry_after_ignored", Count, Requests, false),
        of(Kpi::Hammering, "hammering", Count, Requests, false),
        of(Kpi::Backoff, "backoff", Share, Requests, true),
        of(Kpi::RepeatedSideEffects, "repeated_side_effects", Count, Requests, false),
        of(Kpi::UndeclaredEgress, "undeclared_egress", Count, Run, false),
        LATENESS,
    ]
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_measure_is_defined_once_in_its_place() {
        for (place, definition) in DEFINITIONS.iter().enumerate() {
            assert_eq!(definition.kpi as usize, place, "{}", definition.name);
            assert_eq!(Kpi::named(definition.name), Some(definition.kpi));
            assert!(definition.text.ends_with('.') && !definition.source.is_empty(), "{}", definition.name);
        }
    }

    #[test]
    fn what_an_expectation_can_name_is_figured_and_in_the_same_unit() {
        for row in kpi::ALL.iter().filter(|row| row.built) {
            let definition = Kpi::named(row.word).map(Kpi::definition);
            let unit = definition.unwrap_or_else(|| panic!("{} is not figured", row.word)).unit;
            let same = match row.unit {
                kpi::Unit::Duration => unit == Unit::Seconds,
                kpi::Unit::Share => unit == Unit::Share,
                kpi::Unit::Ratio => unit == Unit::Factor,
                kpi::Unit::Count => matches!(unit, Unit::Count | Unit::People | Unit::Minutes | Unit::Money),
            };
            assert!(same, "{}: {:?} there, {unit:?} here", row.word, row.unit);
        }
    }
}
