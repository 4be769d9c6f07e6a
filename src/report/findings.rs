//! What happened, in plain sentences out of the figures: what broke and how the desk got round it, what the plan was
//! worth, what went wrong with contacts, how the target behaved.

use super::bundle::{Bundle, ChannelPoint, ExpectationInfo, Finding, Measure};
use super::{behaviour, egress, price, words};

/// A gain of the plan smaller than this share is not worth a sentence.
const WORTH: f64 = 0.005;
/// Seconds of silence in a call that callers take for the end of it.
const DEAD_AIR: f64 = 4.0;

/// All sentences about a run, the gravest first.
pub(super) fn findings(bundle: &Bundle) -> Vec<Finding> {
    let mut found = Vec::new();
    if let Some(reason) = &bundle.reason {
        found.push(bad(format!("There is no honest judgement: {reason}."), Vec::new(), None));
    }
    if let Some(plan) = bundle.plans.first().filter(|plan| plan.ended_early > 0) {
        let stopped = bundle.marks.iter().filter(|m| m.kind == "stopped");
        let when = stopped.map(|m| format!("{}: {}", clock(bundle, m.at), m.text)).collect();
        let which = match plan.ended_early {
            1 if plan.runs == 1 => "The day".to_owned(),
            all if all == plan.runs => "The day of every run".to_owned(),
            some => format!("In {some} of {} runs the day", plan.runs),
        };
        found.push(bad(format!("{which} was ended early; what was measured until then is judged."), when, None));
    }
    contacts_gone_wrong(bundle, &mut found);
    silence(bundle, &mut found);
    outages(bundle, &mut found);
    overrun(bundle, &mut found);
    behaviour::findings(bundle, &mut found);
    egress::finding(bundle, &mut found);
    worth_of_the_plan(bundle, &mut found);
    found.extend(price::finding(bundle));
    rules(bundle, &mut found);
    found
}

pub(super) fn finding(tone: &str, text: String, evidence: Vec<String>, advice: Option<&str>) -> Finding {
    Finding { text, evidence, advice: advice.map(str::to_owned), tone: tone.to_owned() }
}
pub(super) fn bad(text: String, evidence: Vec<String>, advice: Option<&str>) -> Finding {
    finding("bad", text, evidence, advice)
}
pub(super) fn clock(bundle: &Bundle, at: f64) -> String {
    words::clock(bundle.scenario.start_second_of_day, at)
}

/// The row of a measure; `channel` and `of` must fit exactly.
pub(super) fn row<'a>(
    bundle: &'a Bundle,
    plan: &str,
    kpi: &str,
    stat: &str,
    window: &str,
    channel: Option<&str>,
    of: Option<&str>,
) -> Option<&'a Measure> {
    bundle.measures.iter().find(|m| {
        m.kpi == kpi
            && m.stat == stat
            && m.window == window
            && m.plan == plan
            && m.channel.as_deref() == channel
            && m.of.as_deref() == of
            && m.team.is_none()
    })
}
pub(super) fn main_plan(bundle: &Bundle) -> &str {
    bundle.plans.first().map_or("", |plan| plan.plan.as_str())
}
/// The channels in the scenario's order.
pub(super) fn channels(bundle: &Bundle) -> Vec<&str> {
    let plan = main_plan(bundle);
    bundle.series.iter().filter(|s| s.plan == plan).filter_map(|s| s.channel.as_deref()).collect()
}

fn contacts_gone_wrong(bundle: &Bundle, found: &mut Vec<Finding>) {
    let plan = main_plan(bundle);
    let kinds = [
        (
            "lost_contacts",
            [
                "contact was accepted and then lost: neither answered nor open at the end",
                "contacts were accepted and then lost: neither answered nor open at the end",
            ],
            "Write a contact down before it is acknowledged, and sweep for unanswered ones.",
        ),
        (
            "misdirected",
            ["answer came in another customer's thread", "answers came in another customer's thread"],
            "Key every answer by the thread it answers, not by what came last.",
        ),
        (
            "duplicates",
            ["answer came twice", "answers came twice"],
            "Acknowledge an event before working on it, and drop events whose id was seen.",
        ),
        (
            "placeholders",
            ["contact got a placeholder and never an answer", "contacts got a placeholder and never an answer"],
            "Let a placeholder expire into an honest word and a hand-over to a person.",
        ),
        (
            "apologies",
            ["contact got an apology and never an answer", "contacts got an apology and never an answer"],
            "Hand over to a person, or to a backup, instead of only saying sorry.",
        ),
        (
            "dropped_calls",
            ["call was cut off without a good-bye", "calls were cut off without a good-bye"],
            "Give the carrier a fallback URL that says what to do.",
        ),
        (
            "late_answers",
            ["answer came after the customer had left", "answers came after the customer had left"],
            "Look whether the customer is still there before answering.",
        ),
    ];
    for (kpi, [one, many], advice) in kinds {
        let of = |channel| row(bundle, plan, kpi, "value", "whole", channel, None);
        let by_channel = channels(bundle).into_iter().filter_map(|c| Some((c, of(Some(c))?.mean)));
        let by_channel: Vec<(&str, f64)> = by_channel.filter(|(_, n)| *n > 0.0).collect();
        let n: f64 = by_channel.iter().map(|(_, n)| n).sum();
        if n <= 0.0 {
            continue;
        }
        let mut evidence: Vec<String> =
            by_channel.iter().map(|(c, n)| format!("{c}: {}", words::mean_count(*n))).collect();
        let named = bundle.contacts.iter().filter(|c| c.kpi == kpi).take(5);
        evidence.extend(
            named.map(|c| format!("order {} at {} ({}, {})", c.order, clock(bundle, c.started), c.channel, c.reason)),
        );
        let per_run = if bundle.runs > 1 { " (mean of all runs)" } else { "" };
        let what = words::counted(n, one, many);
        found.push(bad(format!("{what}{per_run}."), evidence, Some(advice)));
    }
}

/// Callers who wait and hear nothing: how long a call was silent.
fn silence(bundle: &Bundle, found: &mut Vec<Finding>) {
    let plan = main_plan(bundle);
    for channel in channels(bundle) {
        let silent = row(bundle, plan, "dead_air", "value", "whole", Some(channel), None);
        if let Some(silent) = silent.filter(|silent| silent.mean >= DEAD_AIR) {
            let length = words::length(silent.mean);
            let text =
                format!("Callers by {channel} heard nothing for {length} of a call while they waited for the desk.");
            let advice = "Say something before the work begins, and while it lasts; silence sounds like a dead line.";
            found.push(bad(text, Vec::new(), Some(advice)));
        }
    }
}

fn outages(bundle: &Bundle, found: &mut Vec<Finding>) {
    let plan = main_plan(bundle);
    for d in bundle.disturbances.iter().filter(|d| d.kind == "outage") {
        let window = format!("during {}", d.name);
        let of = d.of.as_deref();
        let timed = |kpi| row(bundle, plan, kpi, "mean", &window, None, of);
        let happened = |m: &&Measure| m.never.unwrap_or(0.0) < 0.5;
        let name = format!("{} ({}, {})", d.name, of.unwrap_or("?"), clock(bundle, d.from));
        let mut evidence = vec![format!("from {} to {}: {}", clock(bundle, d.from), clock(bundle, d.over), d.about)];
        let mut parts = Vec::new();
        let mut tone = "plain";
        for (kpi, [before, behind], never) in [
            (
                "time_to_detect",
                ["the desk showed after ", " that it had noticed"],
                "the desk never showed that it had noticed",
            ),
            ("time_to_failover", ["the backup gave its first answer after ", ""], "no backup ever answered"),
        ] {
            match timed(kpi) {
                Some(m) if happened(&m) => parts.push(format!("{before}{}{behind}", words::length(m.mean))),
                Some(_) => {
                    tone = "bad";
                    parts.push(never.to_owned());
                }
                None => {}
            }
        }
        if let Some(m) = timed("first_update") {
            let told = if happened(&m) {
                format!("customers were told after {}", words::length(m.mean))
            } else {
                "customers were never told".to_owned()
            };
            parts.push(told);
        }
        for channel in channels(bundle) {
            let figure =
                |window: &str| row(bundle, plan, "served", "value", window, Some(channel), None).map(|m| m.mean);
            if let (Some(here), Some(before)) = (figure(&window), figure("baseline")) {
                evidence.push(format!("{channel} served {} (baseline {})", words::share(here), words::share(before)));
            }
        }
        if parts.is_empty() {
            continue;
        }
        let advice = (tone == "bad").then_some("Give the plan a probe and a rule for this dependency.");
        found.push(finding(tone, format!("{name}: {}.", and(&parts)), evidence, advice));
    }
}

fn and(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [one, two] => format!("{one} and {two}"),
        [first @ .., last] => format!("{}, and {last}", first.join(", ")),
    }
}

/// When more customers waited on a channel than were being served.
fn overrun(bundle: &Bundle, found: &mut Vec<Finding>) {
    let plan = main_plan(bundle);
    for series in bundle.series.iter().filter(|s| s.plan == plan) {
        let Some(channel) = &series.channel else { continue };
        let quiet = bundle.series.iter().find(|s| s.plan == "undisturbed" && s.channel == series.channel);
        let measured = series.contacts.iter().enumerate().filter(|(_, p)| p.at >= bundle.scenario.warm_up);
        // A queue that is as long on an undisturbed day (tickets of the night) is no finding.
        let usual = |at: usize| quiet.and_then(|q| q.contacts.get(at)).map_or(0.0, |p| p.waiting.mean);
        let longer = |(at, p): &(usize, &ChannelPoint)| {
            p.waiting.mean > p.in_service.mean.max(1.0) && p.waiting.mean > 2.0 * usual(*at)
        };
        let over: Vec<&ChannelPoint> = measured.filter(longer).map(|(_, p)| p).collect();
        let always = over.first().is_some_and(|p| p.at <= bundle.scenario.warm_up);
        if always && quiet.is_none() {
            continue;
        }
        let (Some(first), Some(last)) = (over.first(), over.last()) else { continue };
        let worst = over.iter().fold(*first, |worst, p| if p.waiting.mean > worst.waiting.mean { p } else { worst });
        found.push(bad(
            format!("From {} on more customers waited on {channel} than were being served.", clock(bundle, first.at)),
            vec![
                format!(
                    "worst at {}: {} waiting, {} in service",
                    clock(bundle, worst.at),
                    words::one(worst.waiting.mean),
                    words::one(worst.in_service.mean)
                ),
                format!("for the last time at {}", clock(bundle, last.at)),
            ],
            None,
        ));
    }
}

fn worth_of_the_plan(bundle: &Bundle, found: &mut Vec<Finding>) {
    let plan = main_plan(bundle);
    let cost = Some(price::staff_minutes(bundle, plan)).filter(|cost| *cost > 0.0);
    if plan != "none" && bundle.plans.iter().any(|p| p.plan == "none") {
        let worth =
            compared(bundle, plan, "none").into_iter().filter(|(_, with, without)| (with - without).abs() >= WORTH);
        let (better, worse): (Vec<_>, Vec<_>) = worth.partition(|(_, with, without)| with < without);
        for (better, parts) in [(true, better), (false, worse)].into_iter().filter(|(_, parts)| !parts.is_empty()) {
            let price = cost.map(|c| format!(", for {} more", words::staff_time(c))).unwrap_or_default();
            let verdict = if better { "The plan was worth it" } else { "The plan did harm" };
            let each: Vec<String> = parts
                .iter()
                .map(|(channel, with, without)| {
                    format!("{} of the contacts by {channel} (with it {})", words::share(*without), words::share(*with))
                })
                .collect();
            found.push(finding(
                if better { "good" } else { "bad" },
                format!("{verdict}: without it {} would have come to nothing{price}.", and(&each)),
                vec!["share of the contacts that were turned away or not served, whole day".to_owned()],
                None,
            ));
        }
    }
    if bundle.plans.iter().any(|p| p.plan == "undisturbed") {
        let parts: Vec<String> = compared(bundle, plan, "undisturbed")
            .into_iter()
            .filter(|(_, with, quiet)| (with - quiet).abs() >= WORTH)
            .map(|(channel, with, quiet)| {
                format!("{channel} {} instead of {}", words::share(with), words::share(quiet))
            })
            .collect();
        if !parts.is_empty() {
            let text = format!("What the bad day cost, in contacts that were not served: {}.", parts.join(", "));
            found.push(finding("plain", text, vec!["against the same day undisturbed".to_owned()], None));
        }
    }
}

/// The share not served by channel under two plans.
fn compared<'a>(bundle: &'a Bundle, a: &str, b: &str) -> Vec<(&'a str, f64, f64)> {
    let figure =
        |plan: &str, channel| row(bundle, plan, "served", "value", "whole", Some(channel), None).map(|m| 1.0 - m.mean);
    channels(bundle).into_iter().filter_map(|c| Some((c, figure(a, c)?, figure(b, c)?))).collect()
}

fn rules(bundle: &Bundle, found: &mut Vec<Finding>) {
    let Some(plan) = bundle.plans.first() else { return };
    let acted: Vec<String> = plan
        .rules
        .iter()
        .filter_map(|rule| {
            let share = f64::from(rule.runs) / f64::from(plan.runs.max(1));
            let runs = if plan.runs > 1 { format!(" in {} of runs", words::share(share)) } else { String::new() };
            Some(format!("“{}” first acted at {}{runs}", rule.name, clock(bundle, rule.first?)))
        })
        .collect();
    let idle: Vec<String> =
        plan.rules.iter().filter(|r| r.runs == 0).map(|r| format!("“{}” never acted", r.name)).collect();
    if !acted.is_empty() {
        let text = format!("{} of the plan's {} rules acted.", acted.len(), plan.rules.len());
        found.push(finding("plain", text, [acted, idle].concat(), None));
    } else if !plan.rules.is_empty() && bundle.mode != "rehearse" {
        // Over the wire a plan is seen by what it does, not by its rules.
        found.push(bad(
            "No rule of the plan ever acted.".to_owned(),
            idle,
            Some("Look whether the probes see what breaks."),
        ));
    }
}

/// Three sentences that a manager can repeat: the verdict, the tightest point, what the plan was worth.
pub(super) fn in_short(bundle: &Bundle) -> Vec<String> {
    let Some(plan) = bundle.plans.first() else { return Vec::new() };
    let n = plan.expectations.len();
    let count = |met: &[&str]| plan.expectations.iter().filter(|e| met.contains(&e.met.as_str())).count();
    let (missed, unclear) = (count(&["missed"]), count(&["warned", "inconclusive"]));
    let verdict = match (bundle.verdict.as_str(), &bundle.reason) {
        ("void", Some(reason)) => format!("There is no verdict, because {reason}."),
        ("broke", _) => {
            let (s, were) = (if n == 1 { "" } else { "s" }, if missed == 1 { "was" } else { "were" });
            format!("The desk broke: {missed} of {n} expectation{s} {were} missed.")
        }
        ("bent", _) => format!(
            "The desk bent but did not break: {unclear} of {n} expectations {} doubtful or only warned.",
            if unclear == 1 { "is" } else { "are" }
        ),
        _ if n == 0 => "The desk ran through the day; nothing was expected of it.".to_owned(),
        _ if count(&["empty"]) > 0 => {
            let met = count(&["met"]);
            format!("The desk held: {met} of {n} expectations could be measured, and met.")
        }
        _ if n == 1 => "The desk held: its one expectation was met.".to_owned(),
        _ => format!("The desk held: all {n} expectations were met."),
    };
    let mut said = vec![verdict];
    said.extend(tightest(&plan.expectations));
    let worth = |f: &&Finding| f.text.starts_with("The plan") || f.text.starts_with("What the bad day");
    said.extend(bundle.findings.iter().find(worth).map(|f| f.text.clone()));
    if said.len() < 3 {
        let per_run = plan.contacts / u64::from(plan.runs.max(1));
        let day = &bundle.scenario;
        let length = words::span(day.length - day.warm_start.unwrap_or_default());
        let contacts = words::one(per_run as f64);
        let a_run = if plan.runs > 1 { " a run" } else { "" };
        said.push(format!("It met {contacts} contacts in {length}{a_run}."));
    }
    said
}

/// The missed expectation furthest beyond its limit, else the met one nearest to it. That nothing was to happen and nothing
/// did is no narrow escape.
fn tightest(expectations: &[ExpectationInfo]) -> Option<String> {
    let by_slack = |a: &&ExpectationInfo, b: &&ExpectationInfo| slack(a).total_cmp(&slack(b));
    let telling = |e: &&ExpectationInfo| e.met != "met" || e.in_runs.is_some() || e.limit != 0.0;
    let of =
        |met: &str| expectations.iter().filter(|e| e.met == met && e.margin.is_some()).filter(telling).min_by(by_slack);
    let (e, what) = of("missed").map(|e| (e, "The worst")).or_else(|| of("met").map(|e| (e, "The tightest")))?;
    let subject = subject(e);
    if let (Some(asked), Some(kept)) = (e.in_runs, e.kept) {
        let (kept, asked) = (words::share(kept), words::share(asked));
        return Some(format!("{what} was {subject}: kept in {kept} of runs, where {asked} was asked."));
    }
    let bound = if e.bound == "max" { "at most" } else { "at least" };
    let figure = if e.never > 0.5 { "it never came".to_owned() } else { words::figure(e.figure?, &e.unit) };
    Some(format!("{what} was {subject}: {figure}, where {bound} {} was asked.", words::limit(e.limit, &e.unit)))
}

/// What an expectation is about: its own name, or where that only repeats the limit, the measure in words.
fn subject(e: &ExpectationInfo) -> String {
    if !e.name.contains(['≤', '≥']) {
        return e.name.clone();
    }
    let narrowed = [&e.channel, &e.team, &e.reason, &e.segment, &e.of].into_iter().flatten();
    let narrowed: String = narrowed.map(|name| format!(" {name}")).collect();
    let window = if e.window == "whole" { String::new() } else { format!(" {}", e.window) };
    format!("{}{narrowed}{window}", words::kpi(&e.kpi))
}

/// How far an expectation is from its limit, as a part of the limit; negative beyond it.
fn slack(e: &ExpectationInfo) -> f64 {
    if let (Some(asked), Some(kept)) = (e.in_runs, e.kept) {
        return kept - asked;
    }
    let least = if e.unit == "share" { 0.01 } else { 1.0 };
    e.margin.unwrap_or(0.0) / e.limit.abs().max(least)
}
