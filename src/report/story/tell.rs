//! Tells the stories of some contacts out of what a journal says of them.

use super::{Line, Story};
use crate::observation::{Cause, Door, Observation, Observer, Reply, Who};
use crate::report::note::{Note, Speaker};
use crate::report::words;
use crate::scenario::Scenario;
use crate::scenario::model::{Dependency, Id, Team};
use crate::seam::{ContactId, Source};
use crate::time::{Span, Time};
use crate::workload::identity;
use std::collections::BTreeMap;

/// Lines of a story that are shown: so many from its beginning and from its end.
const FIRST: usize = 100;
const LAST: usize = 60;
/// Lines of a story that are gathered; a target may flood.
const GATHERED: usize = 4_096;

/// A story that is being told.
struct Telling {
    place: usize,
    who: Option<Who>,
    why: Vec<&'static str>,
    lines: Vec<(Line, bool)>,
    beyond: u64,
    waits: Vec<[f64; 2]>,
    waits_from: Option<Time>,
    last: Time,
    /// The wire's own notes were kept: what observations say of the same is not said twice.
    noted: bool,
}

/// Tells stories.
pub(super) struct Teller<'a> {
    scenario: &'a Scenario,
    of: BTreeMap<ContactId, Telling>,
}

/// What happened, as it becomes a line.
struct Told {
    who: String,
    text: String,
    bad: bool,
    /// The wire's notes say it too, and better.
    coarse: bool,
}

fn secs(at: Time) -> f64 {
    (at.secs_f64() * 1e6).round() / 1e6
}

impl<'a> Teller<'a> {
    /// Of these contacts, in this order.
    pub(super) fn new(scenario: &'a Scenario, whom: Vec<(ContactId, Vec<&'static str>)>) -> Self {
        let telling = |place, why| Telling {
            place,
            who: None,
            why,
            lines: Vec::new(),
            beyond: 0,
            waits: Vec::new(),
            waits_from: None,
            last: Time::ZERO,
            noted: false,
        };
        let of = whom.into_iter().enumerate().map(|(place, (contact, why))| (contact, telling(place, why)));
        Self { scenario, of: of.collect() }
    }

    /// A note of the journal.
    pub(super) fn note(&mut self, at: Time, note: &Note) {
        let Some(telling) = self.of.get_mut(&note.contact()) else { return };
        telling.noted = true;
        telling.add(at, noted(self.scenario, at, note));
    }

    /// The stories.
    pub(super) fn finish(self) -> Vec<Story> {
        let scenario = self.scenario;
        let mut all: Vec<Telling> = self.of.into_values().collect();
        all.sort_by_key(|telling| telling.place);
        all.into_iter().filter_map(|telling| telling.finish(scenario)).collect()
    }
}

impl Observer for Teller<'_> {
    fn observe(&mut self, at: Time, seen: &Observation) {
        let Some(who) = who_of(seen) else { return };
        let Some(telling) = self.of.get_mut(&who.contact) else { return };
        telling.who = Some(*who);
        telling.wait(at, seen);
        if let Some(told) = told(self.scenario, seen) {
            let (lasted, began) = match seen {
                Observation::Request { took, .. } => (took.secs_f64(), at - *took),
                _ => (0.0, at),
            };
            let line = Line {
                at: secs(began),
                lasted,
                who: told.who,
                kind: if lasted > 0.0 { "asked" } else { "happened" }.to_owned(),
                bad: told.bad,
                text: told.text,
            };
            telling.add(at, (line, told.coarse));
        }
    }
}

impl Telling {
    fn add(&mut self, at: Time, line: (Line, bool)) {
        self.last = self.last.max(at);
        if self.lines.len() >= GATHERED {
            // The beginning stays, and so does what came last.
            self.lines.drain(FIRST..GATHERED / 2);
            self.beyond += (GATHERED / 2 - FIRST) as u64;
        }
        self.lines.push(line);
    }
    fn wait(&mut self, at: Time, seen: &Observation) {
        match seen {
            Observation::Entered { .. } | Observation::WaitsAgain { .. } | Observation::PutBack { .. } => {
                self.waits_from.get_or_insert(at);
            }
            Observation::Served { .. }
            | Observation::GaveUp { .. }
            | Observation::Moved { .. }
            | Observation::Ended { .. }
            | Observation::Dropped { .. }
            | Observation::Lost { .. }
            | Observation::StillOpen { .. } => {
                if let Some(from) = self.waits_from.take() {
                    self.waits.push([secs(from), secs(at)]);
                }
            }
            _ => {}
        }
    }
    fn finish(mut self, scenario: &Scenario) -> Option<Story> {
        let who = self.who?;
        if let Some(from) = self.waits_from {
            self.waits.push([secs(from), secs(self.last)]);
        }
        let noted = self.noted;
        let kept = self.lines.into_iter().filter(|(_, coarse)| !(noted && *coarse));
        let mut lines: Vec<Line> = kept.map(|(line, _)| line).collect();
        lines.sort_by(|a, b| a.at.total_cmp(&b.at));
        let mut left_out = self.beyond;
        if lines.len() > FIRST + LAST {
            left_out += (lines.len() - FIRST - LAST) as u64;
            lines.drain(FIRST..lines.len() - LAST);
        }
        let desk = &scenario.desk;
        Some(Story {
            order: identity::order_number(who.customer),
            channel: desk.channels[who.channel.index()].name.clone(),
            reason: desk.reasons.get(who.reason.index()).map(|reason| reason.name.clone()).unwrap_or_default(),
            attempt: who.attempt,
            why: self.why.iter().map(|kpi| (*kpi).to_owned()).collect(),
            began: secs(who.started),
            ended: secs(self.last.max(who.started)),
            waits: self.waits,
            lines,
            left_out,
        })
    }
}

/// Whom an observation is about.
fn who_of(seen: &Observation) -> Option<&Who> {
    match seen {
        Observation::Offered { who, .. }
        | Observation::Blocked { who, .. }
        | Observation::Entered { who }
        | Observation::WaitsAgain { who }
        | Observation::Queued { who }
        | Observation::Placeholder { who }
        | Observation::Apology { who }
        | Observation::Answered { who, .. }
        | Observation::Duplicate { who }
        | Observation::Misdirected { who }
        | Observation::Taken { who, .. }
        | Observation::PutBack { who, .. }
        | Observation::Handled { who, .. }
        | Observation::Served { who, .. }
        | Observation::GaveUp { who, .. }
        | Observation::Moved { who, .. }
        | Observation::Ended { who, .. }
        | Observation::Dropped { who }
        | Observation::Unserved { who }
        | Observation::Lost { who }
        | Observation::StillOpen { who }
        | Observation::CallbackAccepted { who } => Some(who),
        Observation::Request { who, .. } | Observation::Repeated { who, .. } => who.as_ref(),
        _ => None,
    }
}

fn of(scenario: &Scenario, id: Id<Dependency>) -> String {
    scenario.desk.dependencies.get(id.index()).map(|dependency| dependency.name.clone()).unwrap_or_default()
}
fn team(scenario: &Scenario, id: Id<Team>) -> String {
    scenario.desk.teams.get(id.index()).map(|team| team.name.clone()).unwrap_or_default()
}
fn length(span: Span) -> String {
    words::length(span.secs_f64())
}

/// An observation in words.
fn told(scenario: &Scenario, seen: &Observation) -> Option<Told> {
    let by = |who: &str, bad, text: String| Some(Told { who: who.to_owned(), text, bad, coarse: false });
    let customer = |text: String| by("customer", false, text);
    let wrong = |text: &str| by("desk", true, text.to_owned());
    match seen {
        Observation::Offered { who, cause } => customer(started(scenario, who, *cause)),
        Observation::Blocked { door, .. } => by("desk", true, turned_away(scenario, *door)),
        Observation::Entered { .. } => customer("is with the desk and waits".into()),
        Observation::WaitsAgain { .. } => customer("is not helped, asks for a person and waits again".into()),
        Observation::Queued { .. } => by("desk", false, "puts it into the queue of the people".into()),
        Observation::Placeholder { .. } => {
            Some(Told { coarse: true, ..by("desk", false, "says that it is at work".into())? })
        }
        Observation::Apology { .. } => Some(Told { coarse: true, ..by("desk", true, "says sorry".into())? }),
        Observation::Answered { source, first, late, by_nonce, .. } => {
            let which = if *first { "the first answer" } else { "an answer" };
            let known = if *by_nonce { ", known by its nonce" } else { "" };
            let late_ = if *late { ", after the customer had left" } else { "" };
            by("desk", *late, format!("{which} has come, out of {}{known}{late_}", source_of(scenario, *source)))
        }
        Observation::Duplicate { .. } => wrong("the same answer has come again"),
        Observation::Misdirected { .. } => wrong("an answer meant for another customer has come"),
        Observation::Repeated { of: at, effect, after, .. } => {
            by(&of(scenario, *at), true, format!("the same {} was made again, {}", effect.word(), after.words()))
        }
        Observation::Taken { team: id, .. } => {
            by("people", false, format!("a person of {} takes it", team(scenario, *id)))
        }
        Observation::PutBack { .. } => by("people", true, "it goes back into the queue".into()),
        Observation::Handled { length: took, .. } => {
            by("people", false, format!("done with it, after {}", length(*took)))
        }
        Observation::Served { waited, .. } => customer(format!("is served, after waiting {} in all", length(*waited))),
        Observation::GaveUp { waited, .. } => {
            by("customer", true, format!("gives up, after waiting {} in all", length(*waited)))
        }
        Observation::Moved { to, .. } => customer(format!("goes on by {}", scenario.desk.channels[to.index()].name)),
        Observation::Ended { solved, .. } => {
            customer(if *solved { "is content: it is over and solved" } else { "it is over, not solved" }.into())
        }
        Observation::Dropped { .. } => wrong("the call is cut off without a good-bye"),
        Observation::Unserved { .. } => by("customer", true, "will not come back, and never came through".into()),
        Observation::Lost { .. } => wrong("lost: neither answered nor open at the end"),
        Observation::StillOpen { .. } => by("desk", false, "still open at the end".into()),
        Observation::CallbackAccepted { .. } => customer("takes the offer of a call-back".into()),
        Observation::Request { of: at, reply, retry, .. } => {
            let how = match reply {
                Reply::Good => "is asked and answers",
                Reply::Failed => "is asked and fails",
                Reply::TimedOut => "is asked and does not answer in time",
            };
            let again = if *retry { ", a retry" } else { "" };
            let told = by(&of(scenario, *at), *reply != Reply::Good, format!("{how}{again}"))?;
            Some(Told { coarse: true, ..told })
        }
        _ => None,
    }
}

fn started(scenario: &Scenario, who: &Who, cause: Cause) -> String {
    let channel = &scenario.desk.channels[who.channel.index()].name;
    let why = match cause {
        Cause::First => String::new(),
        Cause::Retry => format!(", the {}. attempt", who.attempt),
        Cause::Unsolved => ", since the last answer did not help".to_owned(),
        Cause::Chase => ", to ask after a ticket".to_owned(),
        Cause::Moved => ", sent here from another channel".to_owned(),
        Cause::Callback => ", called back by the desk".to_owned(),
        Cause::Backlog => ", there from the start".to_owned(),
        Cause::LetDown => ", who had waited for a promised update in vain".to_owned(),
    };
    format!("starts by {channel}{why}")
}

fn turned_away(scenario: &Scenario, door: Door) -> String {
    match door {
        Door::Broken(id) => format!("turned away: {} is broken", of(scenario, id)),
        Door::Busy(id) => format!("turned away: all lines of {} are taken", of(scenario, id)),
        Door::Closed => "turned away: closed at this hour".to_owned(),
        Door::Shut => "turned away: the plan has closed the channel".to_owned(),
    }
}

fn source_of(scenario: &Scenario, source: Source) -> String {
    match source {
        Source::Model(id) => of(scenario, id),
        Source::Faq { .. } => "prepared words".to_owned(),
        Source::Person(id) => format!("a person of {}", team(scenario, id)),
        Source::Unknown => "words that carry no name".to_owned(),
    }
}

/// A note as a line; none of them is coarse.
fn noted(scenario: &Scenario, at: Time, note: &Note) -> (Line, bool) {
    let (who, kind, began, bad, text) = match note {
        Note::Said { by, words, taken_for, nonce, meant_for, .. } => {
            let who = match by {
                Speaker::Customer => "customer",
                Speaker::Desk => "desk",
                Speaker::Person => "people",
            };
            let mut remarks: Vec<String> = taken_for.iter().filter(|what| *what != "answer").cloned().collect();
            remarks.extend(nonce.iter().map(|nonce| format!("nonce {nonce}")));
            remarks.extend(meant_for.map(|other| format!("meant for order {}", identity::order_number(other))));
            let remarks = if remarks.is_empty() { String::new() } else { format!(" ({})", remarks.join(", ")) };
            (who.to_owned(), "said", at, meant_for.is_some(), format!("“{words}”{remarks}"))
        }
        Note::Exchange { of: id, began, .. } => {
            let (bad, text) = exchange(note);
            (of(scenario, *id), "asked", *began, bad, text)
        }
        Note::Delivery { of: id, began, what, status, error, tries, .. } => {
            let tries = if *tries == 1 { String::new() } else { format!(", {tries} tries") };
            let end = match (error, status) {
                (Some(error), _) => error.clone(),
                (None, Some(status)) => status.to_string(),
                (None, None) => "no answer".to_owned(),
            };
            (of(scenario, *id), "brought", *began, error.is_some(), format!("to the target: {what}{tries} → {end}"))
        }
        Note::Nonce { of: id, nonce, .. } => {
            (of(scenario, *id), "happened", at, false, format!("answers with the nonce {nonce}"))
        }
    };
    let lasted = if matches!(kind, "asked" | "brought") { (secs(at) - secs(began)).max(0.0) } else { 0.0 };
    (Line { at: secs(began), lasted, who, kind: kind.to_owned(), bad, text }, false)
}

/// An exchange in words, and whether it went wrong.
fn exchange(note: &Note) -> (bool, String) {
    let Note::Exchange { call, status, fault, gave_up, retry, too_early, retry_after, .. } = note else {
        return (false, String::new());
    };
    let end = match status {
        _ if *gave_up => "the target went away".to_owned(),
        Some(status) => status.to_string(),
        None => "no reply".to_owned(),
    };
    let mut remarks = Vec::new();
    remarks.extend(fault.iter().map(|fault| format!("fault {fault}")));
    remarks.extend(retry.then(|| "a retry".to_owned()));
    remarks.extend(too_early.then(|| "before its Retry-After was over".to_owned()));
    remarks.extend(retry_after.map(|wait| format!("asks to wait {}", length(wait))));
    let remarks = if remarks.is_empty() { String::new() } else { format!(" ({})", remarks.join(", ")) };
    let bad = *gave_up || fault.is_some() || *too_early || status.is_none_or(|status| status >= 400);
    (bad, format!("{call} → {end}{remarks}"))
}
