//! After the exercise: the three days with their bands, what they came to, and what can be said of it in sentences.

use super::days::{self, Day, Lines, Script};
use super::look::{expectations, measure_words, objectives, shown};
use super::state::{Made, Rating, Standing, State};
use super::{Exercise, Set, words};
use crate::drill::play::MakeAfter;
use crate::drill::view::{
    After, Curve, CurveGroup, Expectation, ExpectationState, Mark, MeasureRow, ObjectiveResult, TimelineEntry,
};
use crate::measure::{Collector, Figure, Layout, Windows};
use crate::scenario::defaults;
use crate::scenario::kpi::{Unit, find};
use crate::scenario::model::{self, Channel, Count, Drill, ExpectedOf, Id, Limit, Scenario, Stat, Style, WindowName};
use crate::time::{Span, Time};
use rayon::prelude::*;
use std::sync::Arc;

/// Other days of the same kind, for the bands: one day is an anecdote.
const SEEDS: u32 = 100;
/// Points of a curve at most: a page is not wider.
const POINTS: i64 = 240;

/// What the measures that are expected came to in the day that was played.
pub(super) fn measured(state: &State) -> Vec<Option<Figure>> {
    let set = &state.set;
    if set.scenario().expect.is_empty() {
        return Vec::new();
    }
    figures(set, Day::Played, &Script::of(state), &set.scenario().expect)
}

/// What these expectations come to in one of the three days, with the seed of the exercise.
fn figures(set: &Arc<Set>, day: Day, script: &Script, expect: &[model::Expectation]) -> Vec<Option<Figure>> {
    let scenario = Scenario { expect: expect.to_vec(), ..(**set.day(day.plan())).clone() };
    let layout = Arc::new(Layout::of(&scenario, &Windows::of(&scenario)));
    let watcher = Arc::new(move || Collector::with(layout.clone()));
    let over = days::play(set, day, 0, script, watcher);
    over.watched.expected(over.close)
}

/// What must be known of an exercise to look back on it, taken along so that it may go on meanwhile.
struct Told {
    set: Arc<Set>,
    script: Script,
    ended: Time,
    made: Vec<Made>,
    ratings: Vec<Rating>,
    expectations: Vec<Expectation>,
    measured: Vec<Option<Figure>>,
    timeline: Vec<TimelineEntry>,
}

/// The work of the after-action page.
pub(super) fn make(exercise: &Exercise) -> MakeAfter {
    let state = exercise.state();
    let told = Told {
        set: state.set.clone(),
        script: Script::of(state),
        ended: state.now,
        made: state.made.clone(),
        ratings: state.ratings.clone(),
        expectations: expectations(exercise),
        measured: exercise.measured.clone(),
        timeline: timeline(state),
    };
    Box::new(move || told.after())
}

impl Told {
    fn after(&self) -> After {
        let (set, drill) = (&self.set, &self.set.drill);
        let measures = self.measures();
        let objectives: Vec<ObjectiveResult> =
            objectives(drill).into_iter().enumerate().map(|(n, objective)| self.objective(n, objective)).collect();
        let (mut strengths, mut to_improve) = (Vec::new(), Vec::new());
        for n in 0..drill.expect.len() {
            match self.met(n) {
                Some(true) => strengths.push(self.because(n)),
                Some(false) => to_improve.push(self.because(n)),
                None => {}
            }
        }
        compared(&measures, drill, &mut strengths, &mut to_improve);
        let summary = self.summary(&objectives, &measures);
        let timeline = self.timeline.clone();
        let curves = curves(set, &self.script, self.ended);
        After { summary, timeline, objectives, curves, measures, strengths, to_improve }
    }

    /// Whether something expected was done; `None`: nobody can say.
    fn met(&self, n: usize) -> Option<bool> {
        match (self.expectations[n].state, self.ratings[n].mark) {
            // Whoever was there saw more than a clock does.
            (_, Some(mark)) => Some(matches!(mark, Mark::P | Mark::S)),
            (ExpectationState::Met, None) => Some(true),
            (ExpectationState::Missed, None) => Some(false),
            (ExpectationState::Open | ExpectationState::Observed, None) => None,
        }
    }

    fn objective(&self, n: usize, objective: crate::drill::view::Objective) -> ObjectiveResult {
        let drill = &self.set.drill;
        let of = |expected: &model::Expected| expected.objective == Some(Id::new(n));
        let own: Vec<usize> = (0..drill.expect.len()).filter(|n| of(&drill.expect[*n])).collect();
        let known: Vec<bool> = own.iter().filter_map(|n| self.met(*n)).collect();
        let met = (!known.is_empty()).then(|| known.iter().all(|met| *met));
        ObjectiveResult { objective, met, because: own.into_iter().map(|n| self.because(n)).collect() }
    }

    /// What became of something expected, in a sentence.
    fn because(&self, n: usize) -> String {
        let (drill, scenario) = (&self.set.drill, self.set.scenario());
        let clock = |at: Time| words::clock(scenario, at);
        let said = match &drill.expect[n].of {
            ExpectedOf::Lever { lever, by } => {
                let name = &drill.levers[lever.index()].name;
                let first = self.made.iter().find(|made| made.pull.is_some_and(|(pull, _)| pull.lever == *lever));
                let wanted =
                    by.map(|by| format!(", {} {}", words::pick(drill, "wanted by", "attendu avant"), clock(by)));
                let done = first.map_or_else(
                    || words::pick(drill, "never decided", "jamais décidé").to_owned(),
                    |made| format!("{} {}", words::pick(drill, "decided at", "décidé à"), clock(made.at)),
                );
                format!("“{name}”: {done}{}", wanted.unwrap_or_default())
            }
            ExpectedOf::Measure(expectation) => {
                let place = drill.expect[..n].iter().filter(|one| matches!(one.of, ExpectedOf::Measure(_))).count();
                let figure = self.measured.get(place).copied().flatten();
                let told = figure.map_or_else(
                    || words::pick(drill, "nothing to measure", "rien à mesurer").to_owned(),
                    |figure| shown(&expectation.kpi, figure.value),
                );
                format!("{}: {told}", measure_words(expectation, drill, scenario))
            }
            ExpectedOf::Observe(text) => text.clone(),
        };
        let Rating { mark, note } = &self.ratings[n];
        let rated = mark.map(|mark| format!(" ({mark:?}{}{note})", if note.is_empty() { "" } else { ": " }));
        format!("{said}{}.", rated.unwrap_or_default())
    }

    fn measures(&self) -> Vec<MeasureRow> {
        let (set, scenario) = (&self.set, self.set.scenario());
        let rows = rows(&set.drill, scenario);
        let days = [Day::Nothing, Day::Plan, Day::Played];
        let of = |day: &Day| match day {
            Day::Plan if !set.has_plan() => vec![None; rows.len()],
            day => figures(set, *day, &self.script, &rows),
        };
        let mut found: Vec<Vec<Option<Figure>>> = days.par_iter().map(of).collect();
        self.add_levers(&rows, &mut found[2]);
        let row = |(n, row): (usize, &model::Expectation)| {
            let unit = find(&row.kpi).map_or(Unit::Count, |kpi| kpi.unit);
            let (unit, factor) = match unit {
                Unit::Duration => ("s", 1.0),
                Unit::Share => ("%", 100.0),
                Unit::Count | Unit::Ratio => ("", 1.0),
            };
            let value = |day: usize| found[day][n].map(|figure| figure.value * factor);
            MeasureRow {
                what: row.name.clone(),
                unit: unit.to_owned(),
                nothing: value(0),
                plan: value(1),
                played: value(2),
                // Each of them is a burden.
                less_is_better: true,
            }
        };
        let all = rows.iter().enumerate().map(row);
        all.filter(|row| row.nothing.is_some() || row.played.is_some()).collect()
    }

    /// What the levers that were pulled cost comes on top of the day.
    fn add_levers(&self, rows: &[model::Expectation], played: &mut [Option<Figure>]) {
        let pulls = self.made.iter().filter_map(|made| made.pull);
        let cost: f64 = pulls.map(|(pull, _)| self.set.drill.levers[pull.lever.index()].cost).sum();
        let of_cost = rows.iter().zip(played).filter(|(row, _)| row.kpi == "cost");
        of_cost.for_each(|(_, figure)| *figure = figure.map(|figure| Figure::plain(figure.value + cost)));
    }

    fn summary(&self, objectives: &[ObjectiveResult], measures: &[MeasureRow]) -> Vec<String> {
        let drill = &self.set.drill;
        let mut said = Vec::new();
        let met = objectives.iter().filter(|one| one.met == Some(true)).count();
        let rated = objectives.iter().filter(|one| one.met.is_some()).count();
        if rated > 0 {
            said.push(match drill.language {
                model::Language::En => format!("{met} of {rated} objectives were met."),
                model::Language::Fr => format!("Objectifs atteints : {met} sur {rated}."),
            });
        }
        let decided = self.made.iter().any(|made| made.pull.is_some());
        if !decided {
            said.push(
                words::pick(
                    drill,
                    "Nobody did anything that the desk feels.",
                    "Personne n’a rien fait que le plateau ressente.",
                )
                .to_owned(),
            );
        }
        // Where decisions mattered most, as a share of what no decision would have come to; without any, where the plan would.
        let gain = |row: &MeasureRow| {
            // Less than this nobody feels: seconds, hundredths, contacts.
            let least = match row.unit.as_str() {
                "s" => 30.0,
                "%" => 3.0,
                _ => 10.0,
            };
            let between = |one: Option<f64>, other: Option<f64>| match (one, other) {
                (Some(one), Some(other)) if (one - other).abs() >= least => (one - other).abs() / one.max(other),
                _ => 0.0,
            };
            between(row.nothing, row.played).max(between(row.plan, row.played))
        };
        let most = measures.iter().max_by(|a, b| gain(a).total_cmp(&gain(b))).filter(|row| gain(row) > 0.05);
        // Without any decision the day is the one without.
        let idle = |row: &MeasureRow| MeasureRow { nothing: row.nothing.filter(|_| decided), ..row.clone() };
        said.extend(most.map(|row| told(&idle(row), drill)));
        if self.script.end.is_some() {
            let clock = words::clock(self.set.scenario(), self.ended);
            said.push(match drill.language {
                model::Language::En => format!("The drill was broken off at {clock}: every figure ends there."),
                model::Language::Fr => format!("L’exercice a été interrompu à {clock} : tout s’arrête là."),
            });
        }
        said
    }
}

/// A row of measures as a sentence.
fn told(row: &MeasureRow, drill: &Drill) -> String {
    let value = |value: f64| figure(value, &row.unit);
    let colon = words::pick(drill, ":", " :");
    let mut letters = row.what.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    let mut said = format!("{first}{}{colon} {}", letters.as_str(), value(row.played.unwrap_or_default()));
    if let Some(nothing) = row.nothing {
        let words = words::pick(drill, "with no decision it would have been", "sans aucune décision");
        said.push_str(&format!("; {words} {}", value(nothing)));
    }
    if let Some(plan) = row.plan {
        let words = words::pick(drill, "under the written plan", "avec le plan écrit");
        said.push_str(&format!("; {words} {}", value(plan)));
    }
    said + "."
}

/// A figure of a row of measures.
pub(in crate::drill) fn figure(value: f64, unit: &str) -> String {
    match unit {
        "s" => crate::report::words::length(value),
        "%" => crate::report::words::share(value / 100.0),
        _ => crate::report::words::one(value),
    }
}

/// What was better than under the written plan, and what was worse than with no decision at all.
fn compared(measures: &[MeasureRow], drill: &Drill, strengths: &mut Vec<String>, to_improve: &mut Vec<String>) {
    for row in measures {
        let (Some(nothing), Some(played)) = (row.nothing, row.played) else { continue };
        let better = |a: f64, b: f64| if row.less_is_better { a < b * 0.95 - 0.05 } else { a > b * 1.05 + 0.05 };
        if row.plan.is_some_and(|plan| better(played, plan)) {
            let words = words::pick(drill, "Better than the written plan", "Mieux que le plan écrit");
            strengths.push(format!("{words}. {}", told(row, drill)));
        } else if better(nothing, played) {
            let words = words::pick(drill, "Worse than with no decision", "Moins bien que sans aucune décision");
            to_improve.push(format!("{words}. {}", told(row, drill)));
        }
    }
}

/// What is held side by side: of each channel what its customers feel, of all who was never served and what it cost.
fn rows(drill: &Drill, scenario: &Scenario) -> Vec<model::Expectation> {
    let mut rows = Vec::new();
    for of in scenario.desk.channels.iter().enumerate() {
        match of.1.style {
            Style::Call | Style::Chat => {
                if of.1.style == Style::Call {
                    rows.push(row(drill, "blocked", Stat::Value, Some(of)));
                }
                rows.push(row(drill, "abandonment", Stat::Value, Some(of)));
                rows.push(row(drill, "wait", Stat::Mean, Some(of)));
            }
            Style::Ticket => rows.push(row(drill, "first_reply", Stat::P90, Some(of))),
        }
    }
    rows.push(row(drill, "unserved", Stat::Value, None));
    rows.push(row(drill, "update_gap", Stat::Value, None));
    if let Some(costs) = &scenario.desk.costs {
        let row = row(drill, "cost", Stat::Value, None);
        rows.push(model::Expectation { name: format!("{} ({})", row.name, costs.money), ..row });
    }
    rows
}

fn row(drill: &Drill, kpi: &str, stat: Stat, channel: Option<(usize, &Channel)>) -> model::Expectation {
    let word = words::measure(kpi, drill).unwrap_or_else(|| crate::report::words::kpi(kpi));
    let stat_word = if matches!(stat, Stat::Value | Stat::Mean) { "" } else { stat.word() };
    let of = channel.map_or("", |(_, channel)| channel.name.as_str());
    let name: Vec<&str> = [word.as_str(), stat_word, of].into_iter().filter(|word| !word.is_empty()).collect();
    model::Expectation {
        name: name.join(" "),
        kpi: kpi.to_owned(),
        stat,
        channel: channel.map(|(n, _)| Id::new(n)),
        team: None,
        reason: None,
        segment: None,
        of: None,
        window: WindowName::Whole,
        limit: Limit::Max(0.0),
        within: defaults::WITHIN,
        count: Count::default(),
        short_abandons: defaults::SHORT_ABANDONS,
        minimum: defaults::MINIMUM,
        held_for: defaults::HELD_FOR,
        warn: false,
        in_runs: None,
        allow_empty: true,
    }
}

/// The three days of every seed.
fn curves(set: &Arc<Set>, script: &Script, ended: Time) -> Vec<CurveGroup> {
    let scenario = set.scenario();
    let desk = &scenario.desk;
    let minutes = ended.micros() / Span::MINUTE.micros();
    let every = Span::from_micros(Span::MINUTE.micros() * (minutes / POINTS + 1));
    let backlog: Vec<bool> = desk.channels.iter().map(|channel| channel.style == Style::Ticket).collect();
    let days: Vec<Day> =
        [Day::Nothing, Day::Plan, Day::Played].into_iter().filter(|day| *day != Day::Plan || set.has_plan()).collect();
    // Nothing is drawn of what comes after the end.
    let script = Script { end: Some(ended), ..script.clone() };
    let each = |(day, nth): (Day, u64)| {
        let backlog = backlog.clone();
        let watcher = Arc::new(move || Lines::new(every, backlog.clone()));
        let mut lines = days::play(set, day, nth, &script, watcher).watched;
        lines.catch_up(ended);
        lines.channels
    };
    let all: Vec<(Day, u64)> = days.iter().flat_map(|day| (0..=u64::from(SEEDS)).map(move |nth| (*day, nth))).collect();
    let played: Vec<Vec<Vec<u32>>> = all.into_par_iter().map(each).collect();
    let by_day: Vec<&[Vec<Vec<u32>>]> = played.chunks(SEEDS as usize + 1).collect();
    let group = |(n, channel): (usize, &Channel)| CurveGroup {
        channel: channel.name.clone(),
        what: words::drawn(backlog[n], &set.drill).to_owned(),
        unit: String::new(),
        every: every.secs_f64(),
        seeds: SEEDS,
        curves: days.iter().zip(&by_day).map(|(day, runs)| curve(*day, n, runs)).collect(),
    };
    desk.channels.iter().enumerate().map(group).collect()
}

fn curve(day: Day, channel: usize, runs: &[Vec<Vec<u32>>]) -> Curve {
    let line: Vec<f64> = runs[0][channel].iter().map(|value| f64::from(*value)).collect();
    let (mut low, mut high) = (Vec::with_capacity(line.len()), Vec::with_capacity(line.len()));
    for point in 0..line.len() {
        let mut values: Vec<u32> = runs[1..].iter().filter_map(|run| run[channel].get(point).copied()).collect();
        values.sort_unstable();
        let at = |share: f64| values.get((share * (values.len().saturating_sub(1)) as f64).round() as usize);
        low.push(f64::from(at(0.1).copied().unwrap_or(0)));
        high.push(f64::from(at(0.9).copied().unwrap_or(0)));
    }
    Curve { of: day.word().to_owned(), line, low, high }
}

/// What happened, by time.
fn timeline(state: &State) -> Vec<TimelineEntry> {
    let (drill, scenario) = (&state.set.drill, state.set.scenario());
    let entry = |at: Time, kind: &str, who: &str, text: String| TimelineEntry {
        at: at.secs_f64(),
        kind: kind.to_owned(),
        who: who.to_owned(),
        text,
    };
    let mut all = Vec::new();
    for piece in &state.pieces {
        if let Standing::Fired(at) = piece.state {
            all.push(entry(at, "inject", &piece.text.from, piece.text.say.clone()));
        }
    }
    for made in &state.made {
        let lever = made.pull.map(|(pull, _)| drill.levers[pull.lever.index()].name.clone());
        let parts: Vec<String> = lever.clone().into_iter().chain(made.text.clone()).chain(made.why.clone()).collect();
        all.push(entry(made.at, "decision", &made.by, parts.join(" — ")));
        if let (Some((pull, works)), Some(lever)) = (made.pull, lever)
            && pull.works_at <= state.now
        {
            let outcome = if works {
                words::pick(drill, "works", "agit")
            } else {
                words::pick(drill, "was tried in vain", "a été tenté en vain")
            };
            all.push(entry(pull.works_at, "effect", "", format!("“{lever}” {outcome}")));
        }
    }
    for message in &state.announcements {
        all.push(entry(Time::from_secs_f64(message.at), "announcement", &message.from, message.say.clone()));
    }
    for outage in &scenario.outages {
        let of = words::name_of(outage.of, scenario);
        let told = |word: &str| format!("{} ({of}) {word}", outage.name);
        let moments = [
            (outage.window.from, words::pick(drill, "begins", "commence")),
            (outage.over(), words::pick(drill, "is over", "est terminée")),
        ];
        all.extend(
            moments
                .into_iter()
                .filter(|(at, _)| *at <= state.now)
                .map(|(at, word)| entry(at, "outage", "", told(word))),
        );
    }
    all.sort_by(|a, b| a.at.total_cmp(&b.at));
    all
}
