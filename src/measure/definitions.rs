//! Every measure: its name, its one definition, its unit, and where the definition comes from.

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
    /// Answers after the customer had left.
    LateAnswers,
    /// Call-backs accepted.
    Callbacks,
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
    /// Staff minutes of those called in.
    PlanCost,
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
    /// Calls a contact to a failing dependency over the normal.
    RetryAmplification,
    /// Calls before a Retry-After had passed.
    RetryAfterIgnored,
    /// Refused calls a minute, at the peak.
    Hammering,
    /// Share of retry gaps that grew.
    Backoff,
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

const fn of(
    kpi: Kpi,
    name: &'static str,
    unit: Unit,
    family: Family,
    more_is_better: bool,
    text: &'static str,
    source: &'static str,
) -> Definition {
    Definition { kpi, name, unit, family, more_is_better, text, source }
}

const TRADE: &str = "usage of the contact-centre trade";
const OURS: &str = "Holdline";
const ISO: &str = "ISO 22301 terms (RTO, MBCO)";
const BRUNEAU: &str = "Bruneau et al. 2003";
const SRE: &str = "usage of site reliability engineering";
const STATUS: &str = "usage of status pages: first in 5-10 min, then every 30";

/// Every measure, in the order of [`Kpi`] and of the rows of `run.json`.
pub const DEFINITIONS: [Definition; 51] = {
    use Family::{Contacts, Handling, Levels, Outage, People, Requests, Run, Updates};
    use Unit::{Count, Factor, Minutes, Seconds, Share};
    [
        of(Kpi::Offered, "offered", Count, Contacts, false, "Contacts started, repeats and retries included.", TRADE),
        of(
            Kpi::Repeats,
            "repeats",
            Count,
            Contacts,
            false,
            "Contacts started that are no first attempt: retries, chasers, moved, called back, unsolved before.",
            TRADE,
        ),
        of(
            Kpi::Blocked,
            "blocked",
            Share,
            Contacts,
            false,
            "Turned away before any queue (busy tone, refused connection, error at the door) / offered.",
            TRADE,
        ),
        of(
            Kpi::FirstReply,
            "first_reply",
            Seconds,
            Contacts,
            false,
            "Contact start to the first answer. Acknowledgements, placeholders and apologies are no answers, nor is one that came after the customer had left.",
            TRADE,
        ),
        of(
            Kpi::Wait,
            "wait",
            Seconds,
            Contacts,
            false,
            "All time waiting for a bot or a person, of those served and those who gave up.",
            TRADE,
        ),
        of(
            Kpi::WaitAnswered,
            "wait_answered",
            Seconds,
            Contacts,
            false,
            "All time waiting of those who were served; who gave up is not in it, so read it beside abandonment.",
            TRADE,
        ),
        of(
            Kpi::ServiceLevel,
            "service_level",
            Share,
            Contacts,
            true,
            "Served within T / entered the queue. Who gave up stays in the denominator, except short abandons (5 s if not said).",
            TRADE,
        ),
        of(
            Kpi::Abandonment,
            "abandonment",
            Share,
            Contacts,
            false,
            "Gave up in the queue / entered the queue. The blocked are counted apart.",
            TRADE,
        ),
        of(Kpi::Served, "served", Share, Contacts, true, "Served by a bot or a person / offered.", OURS),
        of(Kpi::Resolution, "resolution", Seconds, Contacts, false, "Contact start to solved.", TRADE),
        of(
            Kpi::FirstContactResolution,
            "first_contact_resolution",
            Share,
            Contacts,
            true,
            "Solved at the customer's first contact about it / solved.",
            TRADE,
        ),
        of(
            Kpi::Contained,
            "contained",
            Share,
            Contacts,
            true,
            "Solved by the bot with no person / offered to the bot.",
            TRADE,
        ),
        of(
            Kpi::Backlog,
            "backlog",
            Count,
            Levels,
            false,
            "Contacts and tickets that are open: `value` is the peak, `mean` the mean over time.",
            TRADE,
        ),
        of(
            Kpi::Waiting,
            "waiting",
            Count,
            Levels,
            false,
            "Contacts waiting: `value` is the peak, `mean` the mean over time.",
            TRADE,
        ),
        of(
            Kpi::LostContacts,
            "lost_contacts",
            Count,
            Contacts,
            false,
            "Accepted by the desk, not given up by the customer, and at the end neither answered nor open.",
            OURS,
        ),
        of(
            Kpi::Unserved,
            "unserved",
            Count,
            Contacts,
            false,
            "Customers who were turned away or gave up and never came through later.",
            OURS,
        ),
        of(Kpi::StillOpen, "still_open", Count, Contacts, false, "Open at the close: in a queue or in hand.", OURS),
        of(Kpi::Duplicates, "duplicates", Count, Contacts, false, "The same answer came twice.", OURS),
        of(
            Kpi::Misdirected,
            "misdirected",
            Count,
            Contacts,
            false,
            "An answer came in another customer's thread.",
            OURS,
        ),
        of(
            Kpi::Placeholders,
            "placeholders",
            Count,
            Contacts,
            false,
            "Contacts that got a placeholder and never an answer.",
            OURS,
        ),
        of(
            Kpi::Apologies,
            "apologies",
            Count,
            Contacts,
            false,
            "Contacts that got an apology and never an answer.",
            OURS,
        ),
        of(
            Kpi::DroppedCalls,
            "dropped_calls",
            Count,
            Contacts,
            false,
            "Calls that the desk or the line ended without a good-bye.",
            OURS,
        ),
        of(
            Kpi::LateAnswers,
            "late_answers",
            Count,
            Contacts,
            false,
            "Answers that came after the customer had left.",
            OURS,
        ),
        of(Kpi::Callbacks, "callbacks", Count, Contacts, true, "Offers of a call-back that were accepted.", TRADE),
        of(
            Kpi::Satisfaction,
            "satisfaction",
            Share,
            Contacts,
            true,
            "Modelled: share of contacts rated 4 or 5 of 5, out of wait, repeats, outcome and being kept informed.",
            "modelled; see facts.md",
        ),
        of(
            Kpi::MatchedByNonce,
            "matched_by_nonce",
            Share,
            Contacts,
            true,
            "Answers matched to their contact by the nonce they carry / answers; the others by identity and order.",
            OURS,
        ),
        of(
            Kpi::HandleTime,
            "handle_time",
            Seconds,
            Handling,
            false,
            "Talk, hold and wrap-up of a handled contact.",
            TRADE,
        ),
        of(Kpi::Occupancy, "occupancy", Share, People, false, "Time with a contact in hand / time present.", TRADE),
        of(Kpi::Shrinkage, "shrinkage", Share, People, false, "1 - present / scheduled.", TRADE),
        of(
            Kpi::PeopleMissing,
            "people_missing",
            Unit::People,
            People,
            false,
            "Scheduled minus present, the mean over time.",
            OURS,
        ),
        of(
            Kpi::PlanCost,
            "plan_cost",
            Minutes,
            People,
            false,
            "Staff minutes of the people whom the plan called in.",
            OURS,
        ),
        of(
            Kpi::TimeToDetect,
            "time_to_detect",
            Seconds,
            Outage,
            false,
            "Outage start to the first visible sign that the desk noticed: a probe, a rule of the plan, the backup in use, an update.",
            SRE,
        ),
        of(
            Kpi::TimeToFailover,
            "time_to_failover",
            Seconds,
            Outage,
            false,
            "Outage start to the first answer through the backup.",
            SRE,
        ),
        of(
            Kpi::TimeToFailback,
            "time_to_failback",
            Seconds,
            Outage,
            false,
            "Recovery to the first answer through the primary.",
            SRE,
        ),
        of(
            Kpi::TimeToRecover,
            "time_to_recover",
            Seconds,
            Outage,
            false,
            "Outage start to the moment from which the served share is at least the minimum (40 % of baseline) for held_for (5 min); nought if it never fell below.",
            ISO,
        ),
        of(
            Kpi::TimeToNormal,
            "time_to_normal",
            Seconds,
            Outage,
            false,
            "Outage end to the moment from which the served share is at least 90 % of baseline for held_for.",
            ISO,
        ),
        of(
            Kpi::OutagePenalty,
            "outage_penalty",
            Seconds,
            Outage,
            false,
            "Median first reply during the outage minus that of the baseline.",
            OURS,
        ),
        of(
            Kpi::ResilienceLoss,
            "resilience_loss",
            Seconds,
            Contacts,
            false,
            "Integral of 1 - Q over the window, in seconds of full loss. Q(t) = share served of the contacts that started in the five minutes up to t.",
            BRUNEAU,
        ),
        of(
            Kpi::ResilienceIndex,
            "resilience_index",
            Share,
            Contacts,
            true,
            "1 - resilience_loss / length of the window.",
            "Poulin and Kane 2021",
        ),
        of(Kpi::Robustness, "robustness", Share, Contacts, true, "The lowest Q in the window.", BRUNEAU),
        of(
            Kpi::Rapidity,
            "rapidity",
            Factor,
            Contacts,
            true,
            "Slope of Q back from its lowest point to nine tenths of baseline, in shares an hour.",
            BRUNEAU,
        ),
        of(
            Kpi::BacklogDrain,
            "backlog_drain",
            Seconds,
            Outage,
            false,
            "Outage end to a backlog of at most 1.1 times the baseline's mean.",
            OURS,
        ),
        of(
            Kpi::FirstUpdate,
            "first_update",
            Seconds,
            Updates,
            false,
            "Outage start to the first public update.",
            STATUS,
        ),
        of(
            Kpi::UpdateGap,
            "update_gap",
            Seconds,
            Updates,
            false,
            "The longest silence from the first update to the all-clear or the outage's end; with no update, the whole outage.",
            STATUS,
        ),
        of(
            Kpi::UpdatesKept,
            "updates_kept",
            Share,
            Updates,
            true,
            "Promised times of a next update that were kept / promised.",
            STATUS,
        ),
        of(Kpi::UpdateAfterFix, "update_after_fix", Seconds, Updates, false, "The fix to the all-clear.", STATUS),
        of(
            Kpi::RetryAmplification,
            "retry_amplification",
            Factor,
            Requests,
            false,
            "Calls to the dependency per contact, over the same in the baseline.",
            SRE,
        ),
        of(
            Kpi::RetryAfterIgnored,
            "retry_after_ignored",
            Count,
            Requests,
            false,
            "Calls made before a given Retry-After had passed.",
            "RFC 9110, 10.2.3",
        ),
        of(
            Kpi::Hammering,
            "hammering",
            Count,
            Requests,
            false,
            "Calls a minute to a dependency that fails them, at the peak.",
            SRE,
        ),
        of(
            Kpi::Backoff,
            "backoff",
            Share,
            Requests,
            true,
            "Share of the gaps between retries of one contact that grew by at least half.",
            SRE,
        ),
        of(Kpi::Lateness, "lateness", Seconds, Run, false, "How late the harness itself was, in scenario time.", OURS),
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
}
