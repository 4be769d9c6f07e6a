//! What people see while a rehearsal runs: the clock, what comes next, what is broken, who waits, who is there.

use crate::faults::Incidents;
use crate::observation::{Observation, Observer};
use crate::scenario::model::{Channel, Id, Scenario};
use crate::time::{Span, Time};

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
        let services: Vec<String> = services(scenario, incidents, now).map(|(text, _)| text).collect();
        let mut lines = vec![
            format!("{} of {}{}", clock(now), scenario.length, next(scenario, now)),
            format!("services   {}", services.join("  ")),
            format!("contacts   {}", self.contacts(scenario).join("  ")),
            format!("people     {}", self.people(scenario).join("  ")),
        ];
        lines.extend(self.findings.iter().rev().take(SHOWN).rev().cloned());
        lines
    }

    /// The same in one line, for where there is no terminal; of the services only those in trouble.
    pub fn line(&self, scenario: &Scenario, incidents: &Incidents, now: Time) -> String {
        let mut services: Vec<String> =
            services(scenario, incidents, now).filter(|(_, ok)| !ok).map(|(text, _)| text).collect();
        if services.is_empty() {
            services.push("all services ok".to_owned());
        }
        let parts = [services.join(", "), self.contacts(scenario).join(" | "), self.people(scenario).join(", ")];
        format!("{} of {}{} | {}", clock(now), scenario.length, next(scenario, now), parts.join(" | "))
    }

    fn contacts(&self, scenario: &Scenario) -> Vec<String> {
        let channels = scenario.desk.channels.iter().zip(&self.channels);
        let words = |(channel, (offered, waiting, open)): (&Channel, &(u64, u32, u32))| {
            format!("{} {offered} so far, {waiting} waiting, {open} open", channel.name)
        };
        channels.map(words).collect()
    }

    fn people(&self, scenario: &Scenario) -> Vec<String> {
        let teams = scenario.desk.teams.iter().zip(&self.teams);
        teams.map(|(team, (scheduled, present))| format!("{} {present}/{scheduled}", team.name)).collect()
    }

    fn find(&mut self, now: Time, text: String) {
        if self.findings.len() >= 64 {
            self.findings.remove(0);
        }
        self.findings.push(format!("{}  {text}", clock(now)));
    }
}

/// The state of each dependency, and whether it is well.
fn services(scenario: &Scenario, incidents: &Incidents, now: Time) -> impl Iterator<Item = (String, bool)> {
    scenario.desk.dependencies.iter().enumerate().map(move |(index, dependency)| {
        let of = Id::new(index);
        let share = incidents.share_failing(of, now);
        let partly = incidents.outages().iter().any(|o| o.of == of && o.on_wire().is_some() && o.intensity(now) > 0.0);
        let state = if share >= 1.0 {
            "down".to_owned()
        } else if share > 0.0 {
            format!("{:.0} % fail", share * 100.0)
        } else if partly {
            "fails for some".to_owned()
        } else {
            "ok".to_owned()
        };
        (format!("{} {state}", dependency.name), share <= 0.0 && !partly)
    })
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
        let seconds = Span::from_secs((at.since(now).micros() + 999_999) / 1_000_000);
        format!(" | next: {name} in {seconds}")
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Luck;
    use crate::scenario::{Overrides, load};
    use std::path::Path;

    #[test]
    fn one_line_says_where_the_day_stands() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/first-rehearsal.yaml");
        let Ok(loaded) = load(&path, &Overrides::default()) else { panic!("{} loads", path.display()) };
        let incidents = Incidents::new(&loaded.scenario, Luck::new(1, 0));
        let mut status = Status::new(&loaded.scenario);
        status.teams[0] = (8, 6);
        let line = |minutes: i64| {
            let now = Time::ZERO + Span::from_secs(60 * minutes) + Span::from_millis(3);
            status.line(&loaded.scenario, &incidents, now)
        };
        insta::assert_snapshot!([line(1), line(13), line(30)].join("\n"), @r"
        0:01:00 of 36m | next: newsletter in 7m | all services ok | phone 0 so far, 0 waiting, 0 open | chat 0 so far, 0 waiting, 0 open | email 0 so far, 0 waiting, 0 open | phones 6/8, chats 0/0, back-office 0/0
        0:13:00 of 36m | next: line-down in 9m | llm down | phone 0 so far, 0 waiting, 0 open | chat 0 so far, 0 waiting, 0 open | email 0 so far, 0 waiting, 0 open | phones 6/8, chats 0/0, back-office 0/0
        0:30:00 of 36m | all services ok | phone 0 so far, 0 waiting, 0 open | chat 0 so far, 0 waiting, 0 open | email 0 so far, 0 waiting, 0 open | phones 6/8, chats 0/0, back-office 0/0
        ");
    }
}
