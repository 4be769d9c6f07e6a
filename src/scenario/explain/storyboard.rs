//! The storyboard: what will happen, one line an event, by the clock.

use crate::scenario::model::{
    Absence, Alone, Drill, ExpectedOf, Hits, Match, Missing, OnWire, Outage, Replay, Scenario, Surge, SurgeEffect,
    Trigger, Window,
};
use crate::time::{Span, Time};
use std::collections::BTreeSet;

/// Lines at the most.
const MOST: usize = 400;

/// The day, one line an event by clock time.
pub fn storyboard(scenario: &Scenario) -> String {
    let mut events: Vec<(Time, String)> = Vec::new();
    frame(scenario, &mut events);
    for team in &scenario.desk.teams {
        let what = format!("team {} ({} people)", team.name, team.people);
        let (comes, goes) =
            if team.on_call { ("can be called", "can no longer be called") } else { ("on shift", "off shift") };
        windows(&team.shift, &format!("{what} {comes}"), &format!("team {} {goes}", team.name), scenario, &mut events);
    }
    for channel in &scenario.desk.channels {
        let (opens, closes) = (format!("channel {} opens", channel.name), format!("channel {} closes", channel.name));
        windows(&channel.open, &opens, &closes, scenario, &mut events);
    }
    disturbances(scenario, &mut events);
    scenario.drill.iter().for_each(|drill| script(drill, &mut events));
    events.retain(|(at, _)| *at <= scenario.close());
    events.sort_by_key(|(at, _)| *at);
    let long = scenario.close() > Time::ZERO + Span::from_secs(86_400);
    let more = events.len().saturating_sub(MOST);
    let mut text: String =
        events.iter().take(MOST).map(|(at, what)| format!("{}  {what}\n", clock(scenario, *at, long))).collect();
    if more > 0 {
        text.push_str(&format!("… and {more} more\n"));
    }
    text
}

/// What a drill plays to people, and by when it expects what of them; what waits for a state of the desk stands at the start.
fn script(drill: &Drill, events: &mut Vec<(Time, String)>) {
    for inject in &drill.injects {
        let when = match &inject.trigger {
            Trigger::At(_) => String::new(),
            Trigger::Unless { lever, .. } => format!(", unless `{}` was decided", drill.levers[lever.index()].name),
            Trigger::When(_) => ", when its condition holds".to_owned(),
        };
        let at = inject.due().unwrap_or(Time::ZERO);
        events.push((at, format!("inject {} from {}{when}", inject.name, inject.from)));
    }
    for expected in &drill.expect {
        if let ExpectedOf::Lever { lever, by: Some(by) } = &expected.of {
            events.push((*by, format!("expected by now: `{}`", drill.levers[lever.index()].name)));
        }
    }
}

fn frame(scenario: &Scenario, events: &mut Vec<(Time, String)>) {
    let start = format!("start of {} on {} ({})", scenario.name, scenario.desk.name, scenario.start.text);
    events.push((Time::ZERO, start));
    if scenario.warm_up > Span::ZERO {
        events.push((Time::ZERO + scenario.warm_up, "the warm-up ends: from here on it is measured".to_owned()));
    }
    events.push((scenario.end(), "end: no new contact starts".to_owned()));
    events.push((scenario.close(), "close: what is still open stays open".to_owned()));
}

fn windows(list: &[Window], opens: &str, closes: &str, scenario: &Scenario, events: &mut Vec<(Time, String)>) {
    for window in list.iter().filter(|window| window.from < window.to) {
        events.push((window.from, opens.to_owned()));
        if window.to < scenario.close() {
            events.push((window.to, closes.to_owned()));
        }
    }
}

fn disturbances(scenario: &Scenario, events: &mut Vec<(Time, String)>) {
    scenario.surges.iter().for_each(|surge| self::surge(scenario, surge, events));
    for outage in &scenario.outages {
        let of = scenario.desk.dependencies.get(outage.of.index()).map_or("", |one| one.name.as_str());
        match &outage.replay {
            Some(replay) => phases(outage, replay, of, events),
            None => events.push((outage.window.from, format!("outage {}: {of} {}", outage.name, how(outage)))),
        }
        for name in reached(scenario, outage) {
            events.push((outage.window.from, format!("outage {}: {name} with it, which stands on {of}", outage.name)));
        }
        if outage.rises_over > Span::ZERO {
            events.push((outage.window.from + outage.rises_over, format!("outage {} at its height", outage.name)));
        }
        let ends = if outage.recovers_over > Span::ZERO { "begins to recover" } else { "is over" };
        events.push((outage.window.to, format!("outage {} {ends}", outage.name)));
        if outage.recovers_over > Span::ZERO {
            events.push((outage.window.to + outage.recovers_over, format!("outage {} is over", outage.name)));
        }
    }
    for absence in &scenario.absences {
        let team = scenario.desk.teams.get(absence.team.index()).map_or("", |team| team.name.as_str());
        let who = match absence.who {
            Missing::People(count) => format!("{count} people of {team}"),
            Missing::Share(share) => format!("{}% of {team}", percent(share)),
            Missing::Each(chance) => format!("each of {team} with a chance of {}%", percent(chance)),
            Missing::Outbreak { first, doubles_every, away_for } => {
                let goes = format!("twice as many every {doubles_every}, each away for {away_for}");
                format!("an outbreak in {team} from {first} on, {goes},")
            }
        };
        let how = match &absence.alone {
            None => "missing",
            Some(Alone::Late(_)) => "late, each by a time of their own",
            Some(Alone::Leaves(_)) => "will leave, each at a time of their own",
            Some(Alone::Home { .. }) => "missing, as their site is closed",
        };
        let chance = match absence.chance {
            chance if chance < 1.0 => format!(", on {}% of days", percent(chance)),
            _ => String::new(),
        };
        events.push((absence.window.from, format!("absence {}: {who} {how} ({}){chance}", absence.name, absence.kind)));
        if let Some(Alone::Home { share, after }) = &absence.alone {
            let back = absence.window.from + *after;
            if *share > 0.0 && back < absence.window.to {
                events
                    .push((back, format!("absence {}: {}% of them work on from home", absence.name, percent(*share))));
            }
        }
        had_it(scenario, absence, events);
        if absence.window.to < scenario.close() {
            events.push((absence.window.to, format!("absence {} is over", absence.name)));
        }
    }
}

/// The names of those that fall with what is broken.
fn reached<'a>(scenario: &'a Scenario, outage: &'a Outage) -> BTreeSet<&'a str> {
    let reached = outage.parts().flat_map(|part| &part.reaches);
    reached.filter_map(|reach| Some(scenario.desk.dependencies.get(reach.of.index())?.name.as_str())).collect()
}

fn surge(scenario: &Scenario, surge: &Surge, events: &mut Vec<(Time, String)>) {
    let name = &surge.name;
    let mut told = |at: Time, what: String| events.push((at, format!("surge {name}{what}")));
    match &surge.effect {
        SurgeEffect::Send { contacts, half_within, over, .. } => {
            let out = if *over > Span::ZERO { format!(" over {over}") } else { String::new() };
            let half = format!("half of them within {half_within}");
            told(surge.window.from, format!(" goes out{out}: {contacts:.0} contacts to come, {half}"));
            told(surge.window.to, " is nearly over".to_owned());
        }
        SurgeEffect::Trace(trace) => {
            let instead = if surge.is_normal() { ", in place of the rates" } else { "" };
            let times = if trace.scale == 1.0 { String::new() } else { format!(" times {}", trace.scale) };
            let left_out = match trace.left_out {
                0 => String::new(),
                1 => ", 1 row left out".to_owned(),
                some => format!(", {some} rows left out"),
            };
            let rows = trace.rows.len();
            told(surge.window.from, format!(" begins: {rows} contacts{times} of {}{instead}{left_out}", trace.file));
            for gap in &trace.gaps {
                told(gap.from, format!(" has a gap: nothing was recorded for {}", gap.to.since(gap.from)));
            }
            told(surge.window.to, " is over".to_owned());
        }
        // It is only a wave.
        SurgeEffect::Add { per_second: 0.0, .. } if surge.wave().is_some() => {}
        SurgeEffect::Times { .. } | SurgeEffect::Add { .. } => {
            if surge.rise > Span::ZERO {
                told(Time::ZERO.max(surge.window.from - surge.rise), " begins to rise".to_owned());
            }
            told(surge.window.from, format!(" at its height: {}{}", height(surge), cause(scenario, surge)));
            let falls = if surge.fall > Span::ZERO { "begins to fall" } else { "is over" };
            told(surge.window.to, format!(" {falls}"));
            if surge.fall > Span::ZERO {
                told(surge.window.to + surge.fall, " is over".to_owned());
            }
        }
    }
    if let Some(wave) = surge.wave() {
        let what = format!("{} contacts to come within {}", wave.contacts, wave.within);
        told(wave.from, format!(", a wave: {what}{}", cause(scenario, surge)));
    }
}

/// What a surge does at its height.
fn height(surge: &Surge) -> String {
    match &surge.effect {
        SurgeEffect::Times { factor, .. } => format!("times {factor}"),
        SurgeEffect::Add { per_second, burst, .. } => {
            let storm = burst.map_or(String::new(), |burst| {
                format!(", each brings {}% of another {} later", percent(burst.echo), burst.after)
            });
            format!("{:.0} contacts an hour more{storm}", per_second * 3_600.0)
        }
        SurgeEffect::Send { .. } | SurgeEffect::Trace(_) => String::new(),
    }
}

/// Which outage is behind it.
fn cause(scenario: &Scenario, surge: &Surge) -> String {
    let outage = surge.because_of.as_ref().and_then(|because| scenario.outages.get(usize::from(because.outage)));
    outage.map_or(String::new(), |outage| format!(" (because of {})", outage.name))
}

/// How far an outbreak has come by the end of the day, as far as nothing else keeps people away.
fn had_it(scenario: &Scenario, absence: &Absence, events: &mut Vec<(Time, String)>) {
    let size = scenario.desk.teams.get(absence.team.index()).map_or(0, |team| team.people);
    let had = absence.who.onsets(size).filter(|after| absence.window.from + *after <= scenario.end()).count();
    if had > 0 {
        events.push((scenario.end(), format!("absence {}: {had} of {size} have had it", absence.name)));
    }
}

/// The phases of a replayed incident, and where it can be read.
fn phases(outage: &Outage, replay: &Replay, of: &str, events: &mut Vec<(Time, String)>) {
    let faster = match replay.compress {
        1.0 => String::new(),
        compress => format!(", {} times as fast", (compress * 10.0).round() / 10.0),
    };
    let sources = replay.sources.join("; ");
    let from = outage.window.from;
    events.push((from, format!("outage {}: {of} as in {}{faster} ({sources})", outage.name, replay.incident)));
    let many = replay.phases.len();
    for (n, phase) in replay.phases.iter().enumerate() {
        let part = &phase.breaks;
        let ends = match (part.window.to.since(part.window.from), part.recovers_over) {
            (Span::ZERO, recovers) => format!("falling to nothing over {recovers}"),
            (lasts, Span::ZERO) => format!("for {lasts}"),
            (lasts, recovers) => format!("for {lasts}, then falling to nothing over {recovers}"),
        };
        let open = if phase.open_end { " (open end: a default)" } else { "" };
        let how = if !part.breaks_something() { "is well".to_owned() } else { how(part) };
        let assumed = match phase.assumed.join(", ") {
            assumed if assumed.is_empty() => assumed,
            assumed => format!(" [assumed: {assumed}]"),
        };
        let wire = if phase.simulated { "" } else { " [only on the wire]" };
        let text =
            format!("outage {}, phase {} of {many}: {of} {how}, {ends}{open}{assumed}{wire}", outage.name, n + 1);
        events.push((part.window.from, text));
    }
}

fn percent(share: f64) -> f64 {
    (share * 1e4).round() / 100.0
}

fn how(outage: &Outage) -> String {
    let mut parts = Vec::new();
    if let Some(fails) = &outage.fails {
        let some = fails.on_wire.as_ref().map_or(String::new(), which);
        parts.push(match fails.share {
            share if fails.hits == Hits::Lines => format!("has {}% of its lines dead", percent(share)),
            share if share >= 1.0 => format!("fails{some} ({})", fails.with),
            share => format!("fails for {}%{some} ({})", percent(share), fails.with),
        });
    }
    if outage.slow.is_some() {
        parts.push("is slow".to_owned());
    }
    if let Some(flaps) = outage.flaps {
        parts.push(format!("comes and goes ({} down, {} up)", flaps.down, flaps.up));
    }
    if outage.drops_calls {
        parts.push("calls in progress end".to_owned());
    }
    parts.join(", ")
}

/// Which of its requests a failure is for, in words.
fn which(wire: &OnWire) -> String {
    let Match { endpoint, method, path, text, fields } = &wire.narrow;
    let said = [("endpoint", endpoint), ("method", method), ("path", path), ("text", text)];
    let said = said.into_iter().filter_map(|(name, value)| value.as_ref().map(|value| (name, value)));
    let said = said.chain(fields.iter().map(|(name, value)| (name.as_str(), value)));
    let mut words: Vec<String> = said.map(|(name, value)| format!("{name} {value}")).collect();
    words.extend(wire.first.map(|first| format!("the first {first}")));
    if words.is_empty() { String::new() } else { format!(" where {}", words.join(", ")) }
}

/// A clock time, with the day if the scenario is longer than one.
fn clock(scenario: &Scenario, at: Time, long: bool) -> String {
    const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let seconds = scenario.start.local_seconds + at.micros().div_euclid(1_000_000);
    let of_day = seconds.rem_euclid(86_400);
    let time = format!("{:02}:{:02}", of_day / 3_600, of_day / 60 % 60);
    let time = if of_day % 60 == 0 { time } else { format!("{time}:{:02}", of_day % 60) };
    if !long {
        return time;
    }
    // The first of January 1970 was a Thursday.
    let day = (seconds.div_euclid(86_400) + 3).rem_euclid(7);
    let number = seconds.div_euclid(86_400) - scenario.start.local_seconds.div_euclid(86_400) + 1;
    format!("day {number} {} {time}", DAYS[day as usize])
}
