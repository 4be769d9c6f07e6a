//! What of a disturbance can be made longer or larger, and the day with it so.

use super::search::Range;
use crate::measure::DisturbanceKind;
use crate::scenario::model::{Absence, Missing, Outage, Scenario, Surge, SurgeEffect, Window};
use crate::time::{Span, Time};
use serde::Serialize;

/// What varies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dial {
    /// How long it lasts, s, without its rise, fall or recovery.
    Length,
    /// The share of requests that fails.
    Fails,
    /// The factor on demand.
    Times,
    /// Contacts an hour that come on top.
    Add,
    /// How many people are missing.
    People,
    /// Which share of those scheduled is missing.
    ShareOfTeam,
    /// The chance of each to be missing.
    Chance,
}

impl Dial {
    /// `length` or `size`.
    pub fn word(self) -> &'static str {
        if self == Self::Length { "length" } else { "size" }
    }
    /// The unit of its numbers in `run.json`.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Length => "seconds",
            Self::Fails => "share_of_requests",
            Self::Times => "times",
            Self::Add => "per_hour",
            Self::People => "people",
            Self::ShareOfTeam => "share_of_team",
            Self::Chance => "chance",
        }
    }
}

/// One number of one disturbance.
#[derive(Clone, Debug, PartialEq)]
pub struct Knob {
    /// The place of the disturbance among those of its kind.
    place: usize,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: DisturbanceKind,
    /// What varies.
    pub dial: Dial,
    /// Within what.
    pub range: Range,
    /// How many people the team has, if people are missing.
    pub team: Option<u32>,
}

/// A disturbance that has no such number, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unvaried {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: DisturbanceKind,
    /// Why not.
    pub why: String,
}

/// As far as a size goes up: so many times what is written.
const MOST: f64 = 8.0;
/// Finer than this nobody plans: a share, a chance, a factor.
const HUNDREDTH: f64 = 0.01;

/// The knobs of a day, in the order of its disturbances: of each the one that people ask about (how long an outage, how large
/// a surge, how many people), or all of them.
pub fn knobs(scenario: &Scenario, all: bool) -> Vec<Result<Knob, Unvaried>> {
    let mut list = Vec::new();
    for (place, surge) in scenario.surges.iter().enumerate() {
        let make = |dial_range| of(place, &surge.name, DisturbanceKind::Surge, None, dial_range);
        let known = known(&SURGE, surge);
        list.push(make(known.clone().and_then(|()| surge_size(surge))));
        // A send is over when it is sent, a trace when its rows are: neither has a height that could last longer.
        let lasts = matches!(surge.effect, SurgeEffect::Times { .. } | SurgeEffect::Add { .. });
        if all && known.is_ok() && lasts {
            list.push(make(length(scenario, surge.window)));
        }
    }
    let causes = |place: usize| {
        let caused =
            scenario.surges.iter().find(|s| s.because_of.as_ref().is_some_and(|b| usize::from(b.outage) == place));
        caused.map_or(Ok(()), |s| {
            Err(format!("the surge `{}` is made from it, and would have to change with it", s.name))
        })
    };
    for (place, outage) in scenario.outages.iter().enumerate() {
        let make = |dial_range| of(place, &outage.name, DisturbanceKind::Outage, None, dial_range);
        let known = known(&OUTAGE, outage);
        list.push(make(known.clone().and_then(|()| causes(place)).and_then(|()| length(scenario, outage.window))));
        if all && known.is_ok() && outage.fails.is_some() {
            list.push(make(failing_share(outage)));
        }
    }
    for (place, absence) in scenario.absences.iter().enumerate() {
        let team = scenario.desk.teams[absence.team.index()].people;
        let make = |dial_range| of(place, &absence.name, DisturbanceKind::Absence, Some(team), dial_range);
        let known = known(&ABSENCE, absence);
        list.push(make(known.clone().and_then(|()| people(absence, team))));
        // How long each of an outbreak is away does not hang on how long it spreads.
        if all && known.is_ok() && !matches!(absence.who, Missing::Outbreak { .. }) {
            list.push(make(length(scenario, absence.window)));
        }
    }
    list
}

type DialRange = Result<(Dial, Range), String>;

fn of(
    place: usize,
    name: &str,
    kind: DisturbanceKind,
    team: Option<u32>,
    dial_range: DialRange,
) -> Result<Knob, Unvaried> {
    match dial_range {
        Ok((dial, range)) => Ok(Knob { place, name: name.to_owned(), kind, dial, range, team }),
        Err(why) => Err(Unvaried { name: name.to_owned(), kind, why }),
    }
}

const SURGE: [&str; 5] = ["name", "effect", "window", "rise", "fall"];
const OUTAGE: [&str; 9] =
    ["name", "of", "window", "rises_over", "recovers_over", "fails", "slow", "flaps", "drops_calls"];
const ABSENCE: [&str; 6] = ["name", "team", "window", "who", "kind", "cut"];

/// Whether a disturbance says nothing beyond these fields. One that does (phases, a cause, a trace) has no length and no size
/// that is one number, so it is left alone rather than varied wrongly.
fn known(fields: &[&str], disturbance: &impl Serialize) -> Result<(), String> {
    let Ok(serde_json::Value::Object(said)) = serde_json::to_value(disturbance) else {
        return Err("it cannot be read".into());
    };
    let other = said.iter().find(|(field, value)| !value.is_null() && !fields.contains(&field.as_str()));
    other.map_or(Ok(()), |(field, _)| Err(format!("what it does stands in `{field}`, which is not one number")))
}

/// Whole minutes, or finer for what is shorter.
fn length(scenario: &Scenario, window: Window) -> DialRange {
    let limit = scenario.end().since(window.from).secs_f64();
    if window.from >= scenario.end() || window.to <= window.from {
        return Err("it is over before it begins, or begins after the day".into());
    }
    let yours = window.to.since(window.from).secs_f64().min(limit);
    let grain = match yours {
        s if s >= 600.0 => 60.0,
        s if s >= 60.0 => 10.0,
        _ => 1.0,
    };
    Ok((Dial::Length, Range { zero: 0.0, yours, limit, grain }))
}

fn surge_size(surge: &Surge) -> DialRange {
    if let SurgeEffect::Times { factor, .. } = &surge.effect {
        if *factor <= 1.0 {
            return Err("it brings no more contacts than a normal day".into());
        }
        let limit = 1.0 + MOST * (factor - 1.0);
        return Ok((Dial::Times, Range { zero: 1.0, yours: *factor, limit, grain: HUNDREDTH }));
    }
    if let SurgeEffect::Add { per_second, .. } = &surge.effect {
        let yours = per_second * 3_600.0;
        let grain = if yours >= 20.0 { 1.0 } else { yours / 20.0 };
        if yours <= 0.0 {
            return Err("it brings no more contacts than a normal day".into());
        }
        return Ok((Dial::Add, Range { zero: 0.0, yours, limit: MOST * yours, grain }));
    }
    Err("its size is not one number".into())
}

fn failing_share(outage: &Outage) -> DialRange {
    let yours = outage.fails.as_ref().map_or(0.0, |fails| fails.share);
    Ok((Dial::Fails, Range { zero: 0.0, yours, limit: 1.0, grain: HUNDREDTH }))
}

fn people(absence: &Absence, team: u32) -> DialRange {
    let size = f64::from(team);
    let one = 1.0 / size.max(1.0);
    if let Missing::People(n) = absence.who {
        let yours = f64::from(n.min(team));
        return Ok((Dial::People, Range { zero: 0.0, yours, limit: size, grain: 1.0 }));
    }
    if let Missing::Share(yours) = absence.who {
        // People come whole: 25 % of 46 is twelve of them (rounded half up, as where they are drawn).
        let yours = (yours.min(1.0) * size).round() * one;
        return Ok((Dial::ShareOfTeam, Range { zero: 0.0, yours, limit: 1.0, grain: one }));
    }
    if let Missing::Each(yours) = absence.who {
        return Ok((Dial::Chance, Range { zero: 0.0, yours, limit: 1.0, grain: HUNDREDTH }));
    }
    Err("how many are missing is not one number".into())
}

impl Knob {
    /// The same day with this number in place of the written one, and at zero without what varies. Names, places and
    /// beginnings stay, so the same seed has the same customers, the same luck and the same `during` and `after`.
    pub fn set(&self, scenario: &Scenario, to: f64) -> Scenario {
        let mut day = scenario.clone();
        match self.kind {
            DisturbanceKind::Surge => self.set_surge(&mut day.surges[self.place], to),
            DisturbanceKind::Outage => self.set_outage(&mut day.outages[self.place], to),
            DisturbanceKind::Absence => self.set_absence(&mut day.absences[self.place], to),
        }
        day
    }

    fn set_surge(&self, surge: &mut Surge, to: f64) {
        match &mut surge.effect {
            SurgeEffect::Times { factor, .. } if self.dial == Dial::Times => *factor = to,
            SurgeEffect::Add { per_second, .. } if self.dial == Dial::Add => *per_second = to / 3_600.0,
            effect if to <= 0.0 => {
                // No height leaves its rise and fall: without it there is none of these.
                if let SurgeEffect::Times { factor, .. } = effect {
                    *factor = 1.0;
                } else if let SurgeEffect::Add { per_second, .. } = effect {
                    *per_second = 0.0;
                }
                surge.window.to = surge.window.from;
            }
            _ => surge.window.to = self.end(surge.window.from, to),
        }
    }

    fn set_outage(&self, outage: &mut Outage, to: f64) {
        if self.dial == Dial::Fails {
            if let Some(fails) = &mut outage.fails {
                fails.share = to;
            }
            return;
        }
        outage.window.to = self.end(outage.window.from, to);
        outage.rises_over = outage.rises_over.min(Span::from_secs_f64(to));
        if to <= 0.0 {
            // A recovery from nothing, and calls that end because of it, are nothing either.
            outage.recovers_over = Span::ZERO;
            outage.drops_calls = false;
        }
    }

    fn set_absence(&self, absence: &mut Absence, to: f64) {
        match self.dial {
            Dial::People => absence.who = Missing::People(to.round() as u32),
            Dial::ShareOfTeam => absence.who = Missing::Share(to),
            Dial::Chance => absence.who = Missing::Each(to),
            _ if to <= 0.0 => absence.who = Missing::People(0),
            _ => absence.window.to = self.end(absence.window.from, to),
        }
    }

    fn end(&self, from: Time, length: f64) -> Time {
        from + Span::from_secs_f64(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Windows;
    use crate::measure::fixture::day;
    use crate::scenario::model::{BecauseOf, Id, Trace, WindowName};

    fn knob(scenario: &Scenario, name: &str, dial: Dial) -> Knob {
        let all = knobs(scenario, true).into_iter().flatten();
        all.into_iter().find(|knob| knob.name == name && knob.dial == dial).expect("there is such a knob")
    }

    #[test]
    fn each_disturbance_has_the_knob_that_people_ask_about() {
        let brief: Vec<_> = knobs(&day(), false).into_iter().flatten().map(|knob| (knob.name, knob.dial)).collect();
        let expected =
            [("sale", Dial::Times), ("llm-down", Dial::Length), ("lines-down", Dial::Length), ("flu", Dial::People)];
        assert_eq!(brief, expected.map(|(name, dial)| (name.to_owned(), dial)));
        assert_eq!(knobs(&day(), true).len(), 6, "neither outage of this day has a failing share");
    }
    #[test]
    fn what_refers_to_the_disturbance_varies_with_it() {
        let scenario = day();
        let longer = knob(&scenario, "llm-down", Dial::Length).set(&scenario, 3_000.0);
        let windows = Windows::of(&longer);
        let piece = |name: WindowName| windows.list[windows.index_of(&name).expect("it is there")].pieces[0];
        let during = piece(WindowName::During("llm-down".into()));
        assert_eq!((during.from.secs_f64(), during.to.secs_f64()), (1_800.0, 1_800.0 + 3_000.0 + 600.0));
        assert_eq!(piece(WindowName::After("llm-down".into())).from, during.to);
        let without = knob(&scenario, "llm-down", Dial::Length).set(&scenario, 0.0);
        let window = without.outages[0].window;
        let (from, to) = (window.from.secs_f64(), (window.to + Span::from_secs(600)).secs_f64());
        assert!(
            (0..=(to - from) as i64).all(|s| without.outages[0].intensity(window.from + Span::from_secs(s)) == 0.0)
        );
        assert_eq!(without.outages[1].window, scenario.outages[1].window, "all else is equal");
    }
    #[test]
    fn a_length_ends_with_the_day_and_people_with_the_team() {
        let scenario = day();
        let length = knob(&scenario, "lines-down", Dial::Length).range;
        assert_eq!((length.yours, length.limit, length.grain), (600.0, 2_400.0, 60.0));
        let flu = knob(&scenario, "flu", Dial::People);
        assert_eq!((flu.range.yours, flu.range.limit, flu.team), (2.0, 10.0, Some(10)));
        let all_day = knob(&scenario, "flu", Dial::Length).range;
        assert_eq!((all_day.yours, all_day.limit), (7_200.0, 7_200.0), "it lasts longer than the day");
        let mut share = scenario.clone();
        share.absences[0].who = Missing::Share(0.25);
        let range = knob(&share, "flu", Dial::ShareOfTeam).range;
        assert!((range.yours - 0.3).abs() < 1e-12, "a quarter of ten is three people: {range:?}");
        let nobody = knob(&scenario, "flu", Dial::Length).set(&scenario, 0.0);
        assert_eq!(nobody.absences[0].who, Missing::People(0));
    }
    #[test]
    fn sizes_are_set_where_they_stand() {
        let mut scenario = day();
        scenario.absences[0].who = Missing::Each(0.1);
        scenario.surges[0].effect =
            SurgeEffect::Add { per_second: 0.025, channels: vec![(Id::new(1), 1.0)], reason: None, burst: None };
        let add = knob(&scenario, "sale", Dial::Add);
        assert_eq!((add.range.yours, add.range.limit), (90.0, 720.0));
        let more = add.set(&scenario, 180.0);
        assert!(matches!(more.surges[0].effect, SurgeEffect::Add { per_second, .. } if per_second == 0.05));
        let each = knob(&scenario, "flu", Dial::Chance).set(&scenario, 0.2);
        assert_eq!(each.absences[0].who, Missing::Each(0.2));
        let fewer = SurgeEffect::Times { factor: 0.5, channels: Vec::new(), reason: None };
        scenario.surges[0].effect = fewer;
        assert!(knobs(&scenario, false)[0].as_ref().is_err_and(|no| no.why.contains("no more contacts")));
    }
    /// All knobs of this name, those that are not varied left out.
    fn dials(scenario: &Scenario, name: &str) -> Vec<Dial> {
        knobs(scenario, true).into_iter().flatten().filter(|knob| knob.name == name).map(|knob| knob.dial).collect()
    }
    #[test]
    fn what_has_no_height_has_no_length() {
        let mut scenario = day();
        assert_eq!(dials(&scenario, "sale"), [Dial::Times, Dial::Length]);
        scenario.surges[0].effect = SurgeEffect::Send {
            contacts: 100.0,
            half_within: Span::from_secs(600),
            over: Span::ZERO,
            channels: vec![(Id::new(0), 1.0)],
            reason: None,
        };
        assert_eq!(dials(&scenario, "sale"), [], "a send");
        let (channels, rows) = (Vec::new(), Vec::new());
        scenario.surges[0].effect = SurgeEffect::Trace(Trace {
            file: "t.csv".into(),
            rows: rows.into(),
            scale: 1.0,
            instead: channels,
            left_out: 0,
            gaps: Vec::new(),
        });
        assert_eq!(dials(&scenario, "sale"), [], "a trace");
        let (doubles_every, away_for) = (Span::from_secs(3_600), Span::from_secs(7_200));
        scenario.absences[0].who = Missing::Outbreak { first: 1, doubles_every, away_for };
        assert_eq!(dials(&scenario, "flu"), [], "an outbreak");
    }
    #[test]
    fn only_the_outage_that_a_surge_hangs_on_is_left_alone() {
        let mut scenario = day();
        scenario.surges[0].because_of = Some(BecauseOf { outage: 1, lingers: Span::ZERO, wave: None });
        let of = |name: &str| {
            knobs(&scenario, false).into_iter().find(|knob| match knob {
                Ok(knob) => knob.name == name,
                Err(no) => no.name == name,
            })
        };
        assert!(matches!(of("llm-down"), Some(Ok(Knob { dial: Dial::Length, .. }))), "it causes nothing");
        let Some(Err(no)) = of("lines-down") else { panic!("the surge hangs on it") };
        assert!(no.why.contains("the surge `sale`"), "{}", no.why);
    }
    #[test]
    fn a_shape_that_nobody_foresaw_is_left_alone() {
        #[derive(Serialize)]
        struct Later {
            name: &'static str,
            phases: Option<u32>,
        }
        assert_eq!(known(&["name"], &Later { name: "x", phases: None }), Ok(()));
        let why = known(&["name"], &Later { name: "x", phases: Some(3) }).expect_err("it has phases");
        assert!(why.contains("`phases`"), "{why}");
    }
}
