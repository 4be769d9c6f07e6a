//! How the target behaved towards its vendors, in sentences: retries, hammering, Retry-After, side effects made twice.

use super::bundle::{Bundle, ContactInfo, Finding};
use super::findings::{bad, clock, main_plan, row};
use super::words;
use crate::measure::retries::{AT_ONCE, CROWD, INSTANT};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the target spaced its retries to one dependency. A pause runs from the end of a failed try to the next try of the
/// same call; one that a Retry-After asked for is left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RetryInfo {
    /// Which dependency.
    pub of: String,
    /// Retries.
    pub retries: u32,
    /// The median pause, s.
    pub pause: f64,
    /// Retries of a call whose try before was a retry too.
    pub later: u32,
    /// Of these, those within 100 ms of the failure.
    pub later_at_once: u32,
    /// Of these, those whose pause was longer by at least half than the one before.
    pub grew: u32,
    /// Retries that came in lock step: those of five contacts or more within the same 200 ms, and more than chance makes
    /// of the minute's retries.
    pub in_step: u32,
    /// When the largest such crowd came, s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crowd_at: Option<f64>,
    /// Of how many contacts it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crowd: Option<u32>,
}

/// A dependency that is asked so many times as often for a contact as on a normal day is being stormed.
const STORM: f64 = 2.0;
/// So many refused calls in one minute are hammering: one every two seconds, where nothing is to be had.
const HAMMERING: f64 = 30.0;
/// Pauses that can be compared with the one before, under which no target is said not to back off.
const FEW: u32 = 10;
/// A target backs off if at least this share of its later pauses grew. Doubling up to a ceiling, given up after a few
/// tries, is well above it; constant pauses are at nought.
const BACKS_OFF: f64 = 0.3;
/// Retries are in lock step if this share of them came in crowds.
const LOCK_STEP: f64 = 0.2;
/// Contacts that a finding names.
const NAMED: usize = 5;

/// All sentences about the target's behaviour.
pub(super) fn findings(bundle: &Bundle, found: &mut Vec<Finding>) {
    repeated(bundle, found);
    let mut known: Vec<&str> = Vec::new();
    for of in bundle.disturbances.iter().filter_map(|d| d.of.as_deref()) {
        if !known.contains(&of) {
            known.push(of);
            requests(bundle, of, found);
        }
    }
    for retries in &bundle.retries {
        backoff(retries, found);
        lock_step(bundle, retries, found);
    }
}

fn figure(bundle: &Bundle, kpi: &str, of: &str) -> Option<f64> {
    row(bundle, main_plan(bundle), kpi, "value", "whole", None, Some(of)).map(|m| m.mean)
}

fn requests(bundle: &Bundle, of: &str, found: &mut Vec<Finding>) {
    let hammering = figure(bundle, "hammering", of).unwrap_or(0.0);
    let a_minute = format!("up to {} failed calls a minute", words::one(hammering));
    if let Some(factor) = figure(bundle, "retry_amplification", of).filter(|factor| *factor > STORM) {
        found.push(bad(
            format!(
                "While {of} was broken it was asked {} times as often for a contact as on a normal day.",
                words::one(factor)
            ),
            vec![a_minute],
            Some("Back off with growing, jittered gaps, and stop asking while a probe says that it is down."),
        ));
    } else if bundle.mode == "rehearse" && hammering >= HAMMERING {
        found.push(bad(
            format!("{of} was hammered: {a_minute}, though it refused them."),
            Vec::new(),
            Some("Stop asking while it is down, and let a probe say when it is up again."),
        ));
    }
    if let Some(n) = figure(bundle, "retry_after_ignored", of).filter(|n| *n > 0.0) {
        found.push(bad(
            format!("{} calls to {of} came before the Retry-After they had been given was over.", words::one(n)),
            Vec::new(),
            Some("Read Retry-After and wait that long."),
        ));
    }
}

/// Side effects made twice, with the contacts and what lay between.
fn repeated(bundle: &Bundle, found: &mut Vec<Finding>) {
    let plan = main_plan(bundle);
    let rows =
        bundle.measures.iter().filter(|m| m.kpi == "repeated_side_effects" && m.plan == plan && m.window == "whole");
    let by: Vec<(&str, f64)> =
        rows.filter_map(|m| Some((m.of.as_deref()?, m.mean))).filter(|(_, n)| *n > 0.0).collect();
    let n: f64 = by.iter().map(|(_, n)| n).sum();
    if n <= 0.0 {
        return;
    }
    let mut evidence: Vec<String> = by.iter().map(|(of, n)| format!("{of}: {}", words::mean_count(*n))).collect();
    let contacts: Vec<&ContactInfo> = bundle.contacts.iter().filter(|c| c.kpi == "repeated_side_effects").collect();
    evidence.extend(contacts.iter().take(NAMED).map(|c| {
        let what = c.what.as_deref().unwrap_or("the same");
        format!("order {} at {}: {what}", c.order, clock(bundle, c.at))
    }));
    let advice = "Give each effect a key of its own that the vendor knows (Idempotency-Key, client_msg_id), or look whether the first try took effect before trying again; drop events whose id was seen.";
    let what = words::counted(n, "side effect was made twice", "side effects were made twice");
    found.push(bad(
        format!("{what}: the same words to the same place, and nobody had said anything new."),
        evidence,
        Some(advice),
    ));
}

fn backoff(of: &RetryInfo, found: &mut Vec<Finding>) {
    let grew = f64::from(of.grew) / f64::from(of.later.max(1));
    if of.later < FEW || grew >= BACKS_OFF {
        return;
    }
    let at_once = AT_ONCE.micros() / 1_000;
    let pause =
        if of.pause * 1e6 < AT_ONCE.micros() as f64 { format!("under {at_once} ms") } else { words::length(of.pause) };
    let (name, later) = (&of.of, of.later);
    let text = if of.later_at_once * 2 >= later {
        format!(
            "Retries to {name} came at once: {} of the {later} that followed on another retry within {at_once} ms of its failure.",
            of.later_at_once
        )
    } else {
        format!(
            "Retries to {name} did not back off: the same call came again every {pause} (median), and the pauses did not grow."
        )
    };
    let evidence = vec![
        format!("{} retries with a pause of the target's own, median {pause}", of.retries),
        format!("of {later} pauses after another one {} grew by half or more", of.grew),
    ];
    found.push(bad(
        text,
        evidence,
        Some("Let each pause be about twice the one before, up to a ceiling, and stop after a few tries."),
    ));
}

fn lock_step(bundle: &Bundle, of: &RetryInfo, found: &mut Vec<Finding>) {
    let (Some(at), Some(contacts)) = (of.crowd_at, of.crowd) else { return };
    let share = f64::from(of.in_step) / f64::from(of.retries.max(1));
    if share < LOCK_STEP {
        return;
    }
    let instant = INSTANT.micros() / 1_000;
    let when = words::clock_seconds(bundle.scenario.start_second_of_day, at);
    found.push(bad(
        format!("Retries to {} came in lock step: at {when} those of {contacts} contacts within {instant} ms.", of.of),
        vec![format!(
            "{} of {} retries came together with those of {} contacts or more, beyond chance",
            of.in_step,
            of.retries,
            CROWD - 1
        )],
        Some("Draw each pause from a range (jitter), so that callers who failed together do not come back together."),
    ));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(later: u32, later_at_once: u32, grew: u32) -> RetryInfo {
        RetryInfo {
            of: "llm".into(),
            retries: 100,
            pause: 2.0,
            later,
            later_at_once,
            grew,
            in_step: 0,
            crowd_at: None,
            crowd: None,
        }
    }

    #[test]
    fn who_backs_off_is_not_accused_and_who_does_not_is() {
        let said = |of: &RetryInfo| {
            let mut found = Vec::new();
            backoff(of, &mut found);
            found.pop().map(|finding| finding.text).unwrap_or_default()
        };
        assert_eq!(said(&of(40, 0, 30)), "", "doubling");
        assert_eq!(said(&of(9, 9, 0)), "", "too few to say");
        assert!(said(&of(40, 39, 0)).contains("came at once: 39 of the 40"));
        assert!(said(&of(40, 3, 2)).contains("did not back off: the same call came again every 2 s"));
    }

    #[test]
    fn lock_step_is_said_with_its_instant() {
        let mut bundle = super::super::fixture::bundle(1);
        bundle.scenario.start_second_of_day = 28_800;
        let mut found = Vec::new();
        lock_step(&bundle, &RetryInfo { in_step: 15, crowd_at: Some(61.2), crowd: Some(8), ..of(0, 0, 0) }, &mut found);
        assert!(found.is_empty(), "a small part of them");
        lock_step(&bundle, &RetryInfo { in_step: 60, crowd_at: Some(61.2), crowd: Some(8), ..of(0, 0, 0) }, &mut found);
        assert!(found[0].text.contains("at 08:01:01 those of 8 contacts within 200 ms"), "{}", found[0].text);
    }

    #[test]
    fn hammering_is_said_of_a_target_only_and_a_storm_says_it_already() {
        let mut bundle = super::super::fixture::bundle(1);
        bundle.mode = "rehearse".into();
        let of = bundle.disturbances.iter().find_map(|d| d.of.clone()).expect("something is broken");
        let mut said = |amplified: f64, hammered: f64, mode: &str| {
            bundle.mode = mode.into();
            let own = bundle.measures.iter_mut().filter(|m| m.window == "whole" && m.of.as_ref() == Some(&of));
            for m in own {
                match m.kpi.as_str() {
                    "retry_amplification" => m.mean = amplified,
                    "hammering" => m.mean = hammered,
                    _ => {}
                }
            }
            let mut found = Vec::new();
            requests(&bundle, &of, &mut found);
            found.into_iter().map(|finding| finding.text).collect::<Vec<_>>().join("\n")
        };
        assert_eq!(said(1.2, 29.0, "rehearse"), "");
        assert!(said(1.2, 31.0, "rehearse").contains("was hammered: up to 31 failed calls a minute"));
        assert_eq!(said(1.2, 31.0, "simulate"), "");
        assert!(said(3.0, 31.0, "rehearse").starts_with("While "));
    }
}
