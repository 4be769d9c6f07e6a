//! The measures by name: what each means, its unit, what an expectation may say about it. One definition, the same in
//! `expect`, `when`, `stop_if`, `run.json` and the docs; the floors above compute them from observations.
//!
//! To add a measure: its row in [`ALL`], and its computation on the measure floor.

use Param::{Channel, Count as Counted, HeldFor, Minimum, Of, Reason, Segment, ShortAbandons, Team, Within};
use Unit::{Count, Duration, Ratio, Share};

/// What a figure is measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Seconds; written `90s`. Has statistics (mean, p50, p90, p95, p99).
    Duration,
    /// A share from 0 to 1; written `10%`.
    Share,
    /// A number of things; written `3`.
    Count,
    /// A plain ratio; written `3`.
    Ratio,
}

impl Unit {
    /// Its word in `run.json`.
    pub fn word(self) -> &'static str {
        match self {
            Duration => "seconds",
            Share => "share",
            Count => "count",
            Ratio => "ratio",
        }
    }
    /// How a limit in it is written.
    pub fn example(self) -> &'static str {
        match self {
            Duration => "90s",
            Share => "10%",
            Count | Ratio => "3",
        }
    }
}

/// What an expectation may say beside the name of a measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Param {
    /// Of one channel.
    Channel,
    /// Of one team.
    Team,
    /// Of one reason.
    Reason,
    /// Of one segment.
    Segment,
    /// Of one dependency.
    Of,
    /// T of a service level.
    Within,
    /// Which contacts count.
    Count,
    /// What a short abandon is.
    ShortAbandons,
    /// What counts as recovered.
    Minimum,
    /// For how long it must hold.
    HeldFor,
}

impl Param {
    /// Its word in the language.
    pub fn word(self) -> &'static str {
        match self {
            Channel => "channel",
            Team => "team",
            Reason => "reason",
            Segment => "segment",
            Of => "of",
            Within => "within",
            Counted => "count",
            ShortAbandons => "short_abandons",
            Minimum => "minimum",
            HeldFor => "held_for",
        }
    }
}

/// One measure.
#[derive(Clone, Copy, Debug)]
pub struct Kpi {
    /// Its word.
    pub word: &'static str,
    /// Its unit.
    pub unit: Unit,
    /// What may be said beside it.
    pub takes: &'static [Param],
    /// Without `of:` it means nothing.
    pub needs_of: bool,
    /// Its definition.
    pub about: &'static str,
    /// Where the definition comes from.
    pub source: &'static str,
    /// Whether this version computes it; an expectation on one that is not is refused, never ignored.
    pub built: bool,
}

const CONTACTS: &[Param] = &[Channel, Reason, Segment];
const LEVEL: &[Param] = &[Channel, Reason, Segment, Within, Counted, ShortAbandons];
const PEOPLE: &[Param] = &[Team];
const OUTAGE: &[Param] = &[Of];
const RECOVERY: &[Param] = &[Channel, Of, Minimum, HeldFor];

const fn kpi(
    word: &'static str,
    unit: Unit,
    takes: &'static [Param],
    about: &'static str,
    source: &'static str,
) -> Kpi {
    Kpi { word, unit, takes, needs_of: false, about, source, built: true }
}
const fn of(kpi: Kpi) -> Kpi {
    Kpi { needs_of: true, ..kpi }
}
const fn later(kpi: Kpi) -> Kpi {
    Kpi { built: false, ..kpi }
}

const USAGE: &str = "contact-centre usage";
const ISO: &str = "ISO 22301 (RTO, MBCO, MTPD)";
const SRE: &str = "SRE usage";
const OURS: &str = "ours";
const NORM: &str = "incident-communication norm: first in 5-10 min, then every 30";

/// Every measure, in the order of the docs.
pub const ALL: &[Kpi] = &[
    kpi("offered", Count, CONTACTS, "contacts started; repeats and retries are counted apart", USAGE),
    kpi("blocked", Share, CONTACTS, "turned away before any queue, of offered", USAGE),
    kpi(
        "first_reply",
        Duration,
        CONTACTS,
        "contact start to first answer; placeholders and apologies are no answers",
        USAGE,
    ),
    kpi("wait", Duration, CONTACTS, "time in queue of all who entered it", USAGE),
    kpi(
        "wait_answered",
        Duration,
        CONTACTS,
        "time in queue of the answered (ASA): survivor bias, read it beside abandonment",
        USAGE,
    ),
    kpi(
        "service_level",
        Share,
        LEVEL,
        "answered within T over offered to the queue; the abandoned stay in the denominator",
        "80/20 convention",
    ),
    kpi("abandonment", Share, CONTACTS, "gave up in queue over entered the queue; blocked counted apart", USAGE),
    kpi("resolution", Duration, CONTACTS, "contact start to solved, follow-ups included", USAGE),
    kpi("first_contact_resolution", Share, CONTACTS, "solved with no repeat, of solved", "SQM"),
    kpi("contained", Share, CONTACTS, "solved by the bot with no person, of offered to the bot", USAGE),
    kpi("backlog", Count, CONTACTS, "unsolved tickets and waiting contacts; the peak", USAGE),
    kpi(
        "lost_contacts",
        Count,
        CONTACTS,
        "accepted by the desk, not given up by the customer, and at the end neither answered nor open",
        OURS,
    ),
    kpi("unserved", Share, CONTACTS, "turned away or gave up, and never came through later, of customers", OURS),
    kpi("waiting", Count, CONTACTS, "contacts waiting; mean over the window", USAGE),
    kpi("duplicates", Count, CONTACTS, "the same answer twice to one customer", OURS),
    kpi("misdirected", Count, CONTACTS, "an answer in another customer's thread", OURS),
    kpi("placeholders", Count, CONTACTS, "contacts that got a placeholder and never an answer", OURS),
    kpi("apologies", Count, CONTACTS, "contacts that got an apology and never an answer", OURS),
    later(kpi("dead_air", Duration, CONTACTS, "seconds of call without outbound media", OURS)),
    kpi("dropped_calls", Count, CONTACTS, "calls ended by the desk or the carrier without goodbye", USAGE),
    later(kpi(
        "satisfaction",
        Share,
        CONTACTS,
        "modelled: share 4-5 of 5 from wait, repeats, outcome and being kept informed",
        "Zendesk benchmark 2015 for the association",
    )),
    kpi("occupancy", Share, PEOPLE, "(handling + wrap-up) over logged-in available time", USAGE),
    kpi("shrinkage", Share, PEOPLE, "1 - available over scheduled", USAGE),
    kpi("people_missing", Count, PEOPLE, "scheduled minus present; mean over the window", USAGE),
    kpi("handle_time", Duration, &[Channel, Reason, Segment, Team], "(talk + hold + wrap-up) over handled", USAGE),
    of(kpi("time_to_detect", Duration, OUTAGE, "outage start to the first visible sign that the desk noticed", SRE)),
    of(kpi("time_to_failover", Duration, OUTAGE, "outage start to the first answer through the backup", SRE)),
    of(kpi("time_to_failback", Duration, OUTAGE, "recovery to the first answer through the primary", SRE)),
    kpi(
        "time_to_recover",
        Duration,
        RECOVERY,
        "outage start to the first window whose served share is at least the minimum, held for `held_for`",
        ISO,
    ),
    later(kpi(
        "data_loss",
        Duration,
        CONTACTS,
        "age of the oldest contact that was accepted and then absent",
        "ISO 22301 (RPO)",
    )),
    later(kpi("outage_penalty", Duration, CONTACTS, "median added latency per contact during the outage", OURS)),
    kpi(
        "resilience_loss",
        Count,
        &[Channel],
        "integral of (100 - Q(t)) dt in percent minutes; Q is the share served per minute",
        "Bruneau 2003",
    ),
    kpi("resilience_index", Share, &[Channel], "1 - loss / (100 x length)", "Poulin & Kane"),
    kpi("robustness", Share, &[Channel], "the lowest Q", "Bruneau 2003"),
    later(kpi("rapidity", Ratio, &[Channel], "slope back from the lowest Q", "Bruneau 2003")),
    kpi("backlog_drain", Duration, &[Channel], "outage end to backlog at most 1.1 times the baseline's", OURS),
    kpi("first_update", Duration, OUTAGE, "outage start to the first public update", NORM),
    kpi("update_gap", Duration, OUTAGE, "the longest gap between public updates while something is broken", NORM),
    kpi("updates_kept", Share, OUTAGE, "share of promised updates that were made in time", NORM),
    kpi("update_after_fix", Duration, OUTAGE, "the fix to the all-clear", NORM),
    later(kpi("eta_error", Ratio, OUTAGE, "(announced - actual) / actual", OURS)),
    later(kpi("eta_slips", Count, OUTAGE, "number of times the announced time moved", OURS)),
    kpi("vip_reached", Share, &[Segment], "share of the personal-call list reached in time", OURS),
    later(kpi("plan_cost", Count, &[], "staff hours, vendor spend and compensation added by the plan's actions", OURS)),
    of(kpi(
        "retry_amplification",
        Ratio,
        OUTAGE,
        "calls to the dependency per contact, over the same in the baseline",
        SRE,
    )),
    kpi("retry_after_ignored", Count, OUTAGE, "calls made before a given Retry-After had passed", SRE),
    later(kpi("backoff", Ratio, OUTAGE, "whether gaps between retries grow, and whether they are jittered", SRE)),
    kpi("hammering", Count, OUTAGE, "calls a minute to a dependency that refuses them; the peak", SRE),
    later(kpi(
        "repeated_side_effects",
        Count,
        OUTAGE,
        "the same ticket, message or call created twice after a fault that came after the commit",
        OURS,
    )),
    later(kpi("undeclared_egress", Count, &[], "hosts the target tried that the scenario does not know", OURS)),
    kpi("late_answers", Count, CONTACTS, "answers that arrived after the customer had left", OURS),
];

/// The measure of this word.
pub fn find(word: &str) -> Option<&'static Kpi> {
    ALL.iter().find(|kpi| kpi.word == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_measure_has_one_word_and_a_definition() {
        for (n, kpi) in ALL.iter().enumerate() {
            assert!(!kpi.about.is_empty() && !kpi.source.is_empty(), "{}", kpi.word);
            assert!(ALL[n + 1..].iter().all(|other| other.word != kpi.word), "{}", kpi.word);
            assert!(!kpi.needs_of || kpi.takes.contains(&Of), "{}", kpi.word);
        }
    }
}
