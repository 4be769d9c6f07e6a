//! The measures by name: what each means, its unit, what an expectation may say about it. One definition, the same in
//! `expect`, `when`, `stop_if`, `run.json` and the docs; the floors above compute them from observations.
//!
//! To add a measure: its row in [`ALL`], and its computation on the measure floor.

mod terms;

pub use terms::{Param, Unit};

use Param::{Channel, Count as Counted, HeldFor, Minimum, Of, Reason, Segment, ShortAbandons, Team, Within};
use Unit::{Count, Duration, Ratio, Share};

/// One measure.
#[derive(Clone, Copy, Debug)]
pub struct Kpi {
    /// Its word.
    pub word: &'static str,
    /// Its unit.
    pub unit: Unit,
    /// What may be said beside it.
    pub takes: &'static [Param],
    /// Its definition.
    pub about: &'static str,
    /// Where the definition comes from.
    pub source: &'static str,
    /// Whether this version computes it; an expectation on one that is not is refused, never ignored.
    pub built: bool,
}

const CONTACTS: &[Param] = &[Channel, Reason, Segment];
const LEVEL: &[Param] = &[Channel, Reason, Segment, Within, Counted, ShortAbandons];
const HANDLING: &[Param] = &[Channel, Reason, Segment, Team];
const LEVELS: &[Param] = &[Channel];
const PEOPLE: &[Param] = &[Team];
const OUTAGE: &[Param] = &[Of];
const IN_CHANNEL: &[Param] = &[Of, Channel];
const RECOVERY: &[Param] = &[Of, Channel, Minimum, HeldFor];
const NORMAL: &[Param] = &[Of, Channel, HeldFor];
const REQUESTS: &[Param] = &[Of];

const fn kpi(
    word: &'static str,
    unit: Unit,
    takes: &'static [Param],
    about: &'static str,
    source: &'static str,
) -> Kpi {
    Kpi { word, unit, takes, about, source, built: true }
}
const fn later(kpi: Kpi) -> Kpi {
    Kpi { built: false, ..kpi }
}

const TRADE: &str = "usage of the contact-centre trade";
const OURS: &str = "Holdline";
const ISO: &str = "ISO 22301 terms (RTO, MBCO)";
const BRUNEAU: &str = "Bruneau et al. 2003";
const SRE: &str = "usage of site reliability engineering";
const STATUS: &str = "usage of status pages: first in 5-10 min, then every 30";

/// Every measure, in the order of the docs.
pub const ALL: &[Kpi] = &[
    kpi("offered", Count, CONTACTS, "Contacts started, repeats and retries included.", TRADE),
    kpi(
        "repeats",
        Count,
        CONTACTS,
        "Contacts started that are no first attempt: retries, chasers, moved, called back, unsolved before.",
        TRADE,
    ),
    kpi(
        "blocked",
        Share,
        CONTACTS,
        "Turned away before any queue (busy tone, refused connection, error at the door) / offered.",
        TRADE,
    ),
    kpi(
        "first_reply",
        Duration,
        CONTACTS,
        "Contact start to the first answer. Acknowledgements, placeholders and apologies are no answers, nor is one that came after the customer had left.",
        TRADE,
    ),
    kpi(
        "wait",
        Duration,
        CONTACTS,
        "All time waiting for a bot or a person, of those served and those who gave up.",
        TRADE,
    ),
    kpi(
        "wait_answered",
        Duration,
        CONTACTS,
        "All time waiting of those who were served; who gave up is not in it, so read it beside abandonment.",
        TRADE,
    ),
    kpi(
        "service_level",
        Share,
        LEVEL,
        "Served within T / entered the queue. Who gave up stays in the denominator, except short abandons (5 s if not said).",
        TRADE,
    ),
    kpi(
        "abandonment",
        Share,
        CONTACTS,
        "Gave up in the queue / entered the queue. The blocked are counted apart.",
        TRADE,
    ),
    kpi("served", Share, CONTACTS, "Served by a bot or a person / offered.", OURS),
    kpi("resolution", Duration, CONTACTS, "Contact start to solved.", TRADE),
    kpi(
        "first_contact_resolution",
        Share,
        CONTACTS,
        "Solved at the customer's first contact about it / solved.",
        TRADE,
    ),
    kpi("contained", Share, CONTACTS, "Solved by the bot with no person / offered to the bot.", TRADE),
    kpi(
        "backlog",
        Count,
        LEVELS,
        "Contacts and tickets that are open: `value` is the peak, `mean` the mean over time.",
        TRADE,
    ),
    kpi("waiting", Count, LEVELS, "Contacts waiting: `value` is the peak, `mean` the mean over time.", TRADE),
    kpi(
        "lost_contacts",
        Count,
        CONTACTS,
        "Accepted by the desk, not given up by the customer, and at the end neither answered nor open.",
        OURS,
    ),
    kpi("unserved", Count, CONTACTS, "Customers who were turned away or gave up and never came through later.", OURS),
    kpi("still_open", Count, CONTACTS, "Open at the close: in a queue or in hand.", OURS),
    kpi(
        "data_loss",
        Duration,
        CONTACTS,
        "Age at the close of the oldest contact that the desk accepted and that is then neither answered nor open; nought if none was lost.",
        "ISO 22301 terms (RPO)",
    ),
    kpi("duplicates", Count, CONTACTS, "The same answer came twice.", OURS),
    kpi("misdirected", Count, CONTACTS, "An answer came in another customer's thread.", OURS),
    kpi("placeholders", Count, CONTACTS, "Contacts that got a placeholder and never an answer.", OURS),
    kpi("apologies", Count, CONTACTS, "Contacts that got an apology and never an answer.", OURS),
    kpi("dropped_calls", Count, CONTACTS, "Calls that the desk or the line ended without a good-bye.", OURS),
    kpi(
        "dead_air",
        Duration,
        CONTACTS,
        "Silence of an answered call while its caller waited for the desk: for instructions (not in a queue), or for sound on a media stream. Only a rehearsal has it.",
        OURS,
    ),
    kpi("late_answers", Count, CONTACTS, "Answers that came after the customer had left.", OURS),
    kpi("callbacks", Count, CONTACTS, "Offers of a call-back that were accepted.", TRADE),
    kpi(
        "kept_away",
        Count,
        CONTACTS,
        "Customers whom an outage would have sent and who never contacted, since a public update told them enough.",
        OURS,
    ),
    kpi(
        "self_served",
        Count,
        CONTACTS,
        "Customers who had a reason to contact and helped themselves by self-service instead.",
        TRADE,
    ),
    kpi(
        "satisfaction",
        Share,
        CONTACTS,
        "Modelled: share of contacts rated 4 or 5 of 5, out of wait, repeats, outcome and being kept informed.",
        "CSAT of the trade; the formula is Holdline's",
    ),
    kpi(
        "matched_by_nonce",
        Share,
        CONTACTS,
        "Answers matched to their contact by the nonce they carry / answers; the others by identity and order.",
        OURS,
    ),
    kpi("handle_time", Duration, HANDLING, "Talk, hold and wrap-up of a handled contact.", TRADE),
    kpi("occupancy", Share, PEOPLE, "Time with a contact in hand / time present.", TRADE),
    kpi("shrinkage", Share, PEOPLE, "1 - present / scheduled.", TRADE),
    kpi("people_missing", Count, PEOPLE, "Scheduled minus present, the mean over time.", OURS),
    kpi(
        "plan_cost",
        Count,
        PEOPLE,
        "Staff minutes that the plan added: of the people whom it called in, and of those who stayed on after their shift.",
        OURS,
    ),
    kpi(
        "cost",
        Count,
        &[],
        "What the day cost by the desk's `costs`, in its money: staff, vendors, compensation and losses. What a plan costs is the difference between the day with it and without.",
        OURS,
    ),
    kpi(
        "cost_of_staff",
        Count,
        &[],
        "Hours of the people who should be there, on shift, called in or staying on, at what an hour costs.",
        OURS,
    ),
    kpi(
        "cost_of_vendors",
        Count,
        &[],
        "First answers out of a language model, and minutes of calls (waiting or being served), at what each costs.",
        OURS,
    ),
    kpi(
        "cost_of_compensation",
        Count,
        &[],
        "What the plan's `compensate` gives: so much for each contact that was open while its rule acted and was turned away, given up, cut off or lost, or waited longer than `late`.",
        OURS,
    ),
    kpi(
        "cost_of_losses",
        Count,
        &[],
        "Contacts that were lost, and customers who never came through, at what one costs.",
        OURS,
    ),
    kpi(
        "time_to_detect",
        Duration,
        OUTAGE,
        "Outage start to the first visible sign that the desk noticed: a probe, a rule of the plan, the backup in use, an update.",
        SRE,
    ),
    kpi("time_to_failover", Duration, OUTAGE, "Outage start to the first answer through the backup.", SRE),
    kpi("time_to_failback", Duration, OUTAGE, "Recovery to the first answer through the primary.", SRE),
    kpi(
        "time_to_recover",
        Duration,
        RECOVERY,
        "Outage start to the moment from which the served share is at least the minimum (40 % of baseline) for held_for (5 min); nought if it never fell below.",
        ISO,
    ),
    kpi(
        "time_to_normal",
        Duration,
        NORMAL,
        "Outage end to the moment from which the served share is at least 90 % of baseline for held_for.",
        ISO,
    ),
    kpi(
        "outage_penalty",
        Duration,
        IN_CHANNEL,
        "Median first reply during the outage minus that of the baseline.",
        OURS,
    ),
    kpi(
        "resilience_loss",
        Duration,
        LEVELS,
        "Integral of 1 - Q over the window, in seconds of full loss. Q(t) = share served of the contacts that started in the five minutes up to t.",
        BRUNEAU,
    ),
    kpi("resilience_index", Share, LEVELS, "1 - resilience_loss / length of the window.", "Poulin and Kane 2021"),
    kpi("robustness", Share, LEVELS, "The lowest Q in the window.", BRUNEAU),
    kpi(
        "rapidity",
        Ratio,
        LEVELS,
        "Slope of Q back from its lowest point to nine tenths of baseline, in shares an hour.",
        BRUNEAU,
    ),
    kpi(
        "backlog_drain",
        Duration,
        IN_CHANNEL,
        "Outage end to a backlog of at most 1.1 times the baseline's mean.",
        OURS,
    ),
    kpi("first_update", Duration, OUTAGE, "Outage start to the first public update.", STATUS),
    kpi(
        "update_gap",
        Duration,
        OUTAGE,
        "The longest silence from the first update to the all-clear or the outage's end; with no update, the whole outage.",
        STATUS,
    ),
    kpi(
        "updates_kept",
        Share,
        &[],
        "Promised times of a next update that were kept, by no more than a minute late (pages show minutes) / promised.",
        STATUS,
    ),
    kpi("update_after_fix", Duration, OUTAGE, "The fix to the all-clear.", STATUS),
    later(kpi("eta_error", Ratio, OUTAGE, "(Announced - actual) / actual.", OURS)),
    later(kpi("eta_slips", Count, OUTAGE, "Number of times the announced time moved.", OURS)),
    kpi(
        "vip_reached",
        Share,
        &[],
        "Troubles in which the plan's call_personally was kept / troubles that lasted longer than its `within`. It counts from the first visible sign that the desk noticed, else from the outage's start; outages with no more than say_when_back between them are one trouble.",
        OURS,
    ),
    kpi(
        "retry_amplification",
        Ratio,
        REQUESTS,
        "Calls to the dependency per contact, over the same in the baseline.",
        SRE,
    ),
    kpi(
        "retry_after_ignored",
        Count,
        REQUESTS,
        "Calls made before a given Retry-After had passed.",
        "RFC 9110, 10.2.3",
    ),
    kpi("hammering", Count, REQUESTS, "Calls a minute to a dependency that fails them, at the peak.", SRE),
    kpi(
        "backoff",
        Share,
        REQUESTS,
        "Share of the gaps between retries of one contact that grew by at least half. In a rehearsal a gap is the pause between two tries of the same call; one that a Retry-After asked for is not counted.",
        SRE,
    ),
    kpi(
        "repeated_side_effects",
        Count,
        REQUESTS,
        "The same ticket, message, comment, text or mail made again: the same words (but for nonces) to the same place within ten minutes, while nobody said anything new; mostly after a fault that came after the commit, or an event that was delivered twice. A call, or what goes to staff about nobody in particular, only after such a fault.",
        OURS,
    ),
    kpi("undeclared_egress", Count, &[], "Hosts the target tried that the scenario does not know.", OURS),
];

impl Kpi {
    /// Whether it has statistics (mean, p50, …) within one run: durations of many contacts. What an outage has once in a run,
    /// areas, and the oldest of many are one figure.
    pub fn has_statistics(&self) -> bool {
        self.unit == Duration && !self.takes.contains(&Of) && !matches!(self.word, "resilience_loss" | "data_loss")
    }
    /// Whether it is a level over time, which has a mean beside its peak.
    pub fn has_mean(&self) -> bool {
        matches!(self.word, "backlog" | "waiting")
    }
}

/// The words of the measures that an expectation can name.
pub fn words() -> Vec<&'static str> {
    ALL.iter().filter(|kpi| kpi.built).map(|kpi| kpi.word).collect()
}

/// The row of this word, for constants.
pub const fn row(word: &str) -> Option<&'static Kpi> {
    let mut place = 0;
    while place < ALL.len() {
        if is_same(ALL[place].word.as_bytes(), word.as_bytes()) {
            return Some(&ALL[place]);
        }
        place += 1;
    }
    None
}

/// Texts cannot be compared in a constant yet.
const fn is_same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let mut place = 0;
    while place < one.len() {
        if one[place] != other[place] {
            return false;
        }
        place += 1;
    }
    true
}

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
        }
    }
}
