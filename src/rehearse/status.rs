//! What people see while a rehearsal runs: the clock, what comes next, what is broken, who waits, who is there.

use crate::faults::Incidents;
use crate::observation::{Observation, Observer};
use crate::scenario::model::Scenario;
use crate::time::{Span, Time};
use std::fmt::Write;

/// The live figures of the terminal, kept from observations.
#[derive(Clone, Debug)]
pub struct Status {
    channels: Vec<(u64, u32, u32)>,
    teams: Vec<(u32, u32)>,
    findings: Vec<String>,
}

/// Findings that are shown.
const SHOWN: usize = 3;

impl Status {
    /// Nothing has happened.
    pub fn new(scenario: &Scenario) -> Self {
        Self {
            channels: vec![(0, 0, 0); scenario.desk.channels.len()],
            teams: vec![(0, 0); scenario.desk.teams.len()],
            findings: Vec::new(),
        }
    }

    /// A few lines about this moment.
    pub fn lines(&self, scenario: &Scenario, incidents: &Incidents, now: Time) -> Vec<String> {
        let mut lines = vec![format!("{} of {}{}", clock(now), scenario.length, next(scenario, now))];
        let mut services = String::from("services  ");
        for (index, dependency) in scenario.desk.dependencies.iter().enumerate() {
            let share = incidents.share_failing(crate::scenario::model::Id::new(index), now);
            let state = if share >= 1.0 {
                "down".to_owned()
            } else if share > 0.0 {
                format!("{:.0} % fail", share * 100.0)
            } else {
                "ok".to_owned()
            };
            let _ = write!(services, " {} {state} ", dependency.name);
        }
        lines.push(services);
        let mut contacts = String::from("contacts  ");
        for (channel, (offered, waiting, open)) in scenario.desk.channels.iter().zip(&self.channels) {
            let _ = write!(contacts, " {} {offered} so far, {waiting} waiting, {open} open ", channel.name);
        }
        lines.push(contacts);
        let mut people = String::from("people    ");
        for (team, (scheduled, present)) in scenario.desk.teams.iter().zip(&self.teams) {
            let _ = write!(people, " {} {present}/{scheduled} ", team.name);
        }
        lines.push(people);
        lines.extend(self.findings.iter().rev().take(SHOWN).rev().cloned());
        lines
    }

    /// The same in one line, for where there is no terminal.
    pub fn line(&self, scenario: &Scenario, incidents: &Incidents, now: Time) -> String {
        let lines = self.lines(scenario, incidents, now);
        let words: Vec<&str> = lines.iter().take(4).flat_map(|line| line.split_whitespace()).collect();
        words.join(" ")
    }

    fn find(&mut self, now: Time, text: String) {
        if self.findings.len() >= 64 {
            self.findings.remove(0);
        }
        self.findings.push(format!("{}  {text}", clock(now)));
    }
}

/// Minutes and seconds since the start.
fn clock(now: Time) -> String {
    let seconds = now.micros() / 1_000_000;
    format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// The next disturbance to come.
fn next(scenario: &Scenario, now: Time) -> String {
    let surges = scenario.surges.iter().map(|one| (one.window.from, &one.name));
    let outages = scenario.outages.iter().map(|one| (one.window.from, &one.name));
    let absences = scenario.absences.iter().map(|one| (one.window.from, &one.name));
    let coming = surges.chain(outages).chain(absences).filter(|(at, _)| *at > now).min();
    coming.map_or(String::new(), |(at, name)| {
        let seconds = Span::from_secs(at.since(now).micros() / 1_000_000);
        format!("   next: {name} in {seconds}")
    })
}

impl Observer for Status {
    fn observe(&mut self, at: Time, seen: &Observation) {
        match seen {
            Observation::Offered { who, .. } => self.channels[who.channel.index()].0 += 1,
            Observation::Level { channel, waiting, backlog, .. } => {
                let of = &mut self.channels[channel.index()];
                (of.1, of.2) = (*waiting, *backlog);
            }
            Observation::People { team, scheduled, present } => self.teams[team.index()] = (*scheduled, *present),
            Observation::Dropped { .. } => self.find(at, "a call was cut off".into()),
            Observation::Misdirected { .. } => self.find(at, "an answer went to the wrong customer".into()),
            Observation::Egress { host } => self.find(at, format!("the target tried the unknown host {host}")),
            Observation::Duplicate { .. } => self.find(at, "an answer came twice".into()),
            Observation::Apology { .. } => self.find(at, "a customer got an apology instead of an answer".into()),
            Observation::Update { all_clear, .. } => {
                self.find(
                    at,
                    if *all_clear { "the all-clear was posted".into() } else { "an update was posted".into() },
                );
            }
            _ => {}
        }
    }
}
