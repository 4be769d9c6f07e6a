//! What a seat sees of an exercise. What it may not know is left out here, and nowhere else.

use super::board::{self, InTime};
use super::state::{Made, Standing, State};
use super::{Exercise, may, words};
use crate::drill::play::Play as _;
use crate::drill::view::{
    BranchView, Cast, Channel, ClockState, Decision, Dependency, Expectation, ExpectationState, Floor, Health, Inject,
    Lever, Message, Moment, Objective, Outcome, Role, Script, Seat, Team, Trend, TrendOf, View,
};
use crate::faults::Incidents;
use crate::measure::Figure;
use crate::report::words::{figure, kpi, limit};
use crate::scenario::kpi::find;
use crate::scenario::model::{self, Drill, ExpectedOf, Id, Limit, Outage, Stat, Style};
use crate::time::{Span, Time};

/// What is known before anyone sits down.
pub fn cast(drill: &Drill, scenario: &model::Scenario) -> Cast {
    let role = |role: &model::Role| Role { name: role.name.clone(), at_least: role.at_least, hidden: role.hidden };
    Cast {
        title: drill.title.clone(),
        based_on: drill.based_on.clone(),
        about: drill.about.clone(),
        language: words::pick(drill, "en", "fr").to_owned(),
        length: scenario.length.secs_f64(),
        pace: drill.pace,
        objectives: objectives(drill),
        roles: drill.roles.iter().map(role).collect(),
        questions: drill.questions.clone(),
    }
}

pub(super) fn objectives(drill: &Drill) -> Vec<Objective> {
    drill.objectives.iter().map(|one| Objective { id: one.id.clone(), text: one.text.clone() }).collect()
}

/// What kinds of seats may know.
struct Knows {
    /// The floor and the services as they are, and what is to come.
    truth: bool,
    /// Every message that was sent, and every lever.
    everything_sent: bool,
    /// What is expected.
    expectations: bool,
    /// The role, if it has one.
    role: Option<String>,
}

fn knows(exercise: &Exercise, who: &Seat) -> Knows {
    let over = exercise.clock_state() == ClockState::Ended;
    let hidden = |name: &str| exercise.set().drill.roles.iter().any(|role| role.name == *name && role.hidden);
    match who {
        Seat::Facilitator => Knows { truth: true, everything_sent: true, expectations: true, role: None },
        Seat::Observer => Knows { truth: false, everything_sent: true, expectations: over, role: None },
        // In the room, for all to see.
        Seat::Projector => Knows { truth: false, everything_sent: false, expectations: over, role: None },
        Seat::Participant { role, .. } => {
            let rates = hidden(role);
            Knows { truth: false, everything_sent: rates, expectations: over || rates, role: Some(role.clone()) }
        }
    }
}

/// Everything that one seat sees.
pub(super) fn view(exercise: &Exercise, who: &Seat) -> View {
    let knows = knows(exercise, who);
    let state = exercise.state();
    let drill = &state.set.drill;
    let late = if knows.truth { Span::ZERO } else { drill.fog.dashboards };
    let reaches = |message: &&Message| {
        knows.everything_sent
            || message.to.is_empty() && knows.role.is_some()
            || knows.role.as_ref().is_some_and(|role| message.to.contains(role))
    };
    View {
        seat: who.clone(),
        clock: exercise.clock(),
        floor: floor(state, late),
        trend: trend(state, late),
        dependencies: dependencies(state, knows.truth),
        inbox: state.inbox.iter().filter(reaches).cloned().collect(),
        announcements: state.announcements.clone(),
        levers: levers(state, &knows),
        decisions: state.made.iter().map(|made| decision(state, made)).collect(),
        script: knows.truth.then(|| script(exercise)),
        expectations: knows.expectations.then(|| expectations(exercise)),
        hot_wash: exercise.hot_wash.clone(),
        improvements: exercise.improvements.clone(),
    }
}

/// The floor as it was so long ago; a late one is of a full minute.
fn floor(state: &State, late: Span) -> Floor {
    let board = state.run.observer();
    let (as_of, sample) = if late == Span::ZERO {
        (state.now, board.floor(state.now))
    } else {
        // The first one was taken before the start, and there is one for every minute since.
        let samples = board.samples();
        let minute =
            ((state.now - late).max(Time::ZERO).micros() / board::EVERY.micros()).min(samples.len() as i64 - 1);
        (Time::from_micros(minute * board::EVERY.micros()), samples[minute as usize].clone())
    };
    let desk = &state.set.scenario().desk;
    let channels = desk.channels.iter().zip(&sample.channels).zip(board.in_time());
    let teams = desk.teams.iter().zip(&sample.teams);
    Floor {
        as_of: as_of.secs_f64(),
        channels: channels
            .map(|((channel, now), in_time)| Channel {
                name: channel.name.clone(),
                kind: kind(channel.style).to_owned(),
                arrived: u64::from(now.arrived),
                waiting: u64::from(now.waiting),
                backlog: u64::from(now.backlog),
                longest_wait: (now.longest_wait > Span::ZERO).then(|| now.longest_wait.secs_f64()),
                abandoned: u64::from(now.abandoned),
                done: u64::from(now.done),
                service_level: share(now.served),
                service_within: in_time.map(|InTime { within, .. }| within.secs_f64()),
            })
            .collect(),
        teams: teams
            .map(|(team, now)| Team {
                name: team.name.clone(),
                scheduled: now.scheduled,
                present: now.present,
                // Who finishes a last contact on the way out is not here any more.
                busy: now.busy.min(now.present),
                absent: now.scheduled.saturating_sub(now.present),
            })
            .collect(),
    }
}

fn kind(style: Style) -> &'static str {
    match style {
        Style::Call => "phone",
        Style::Chat => "chat",
        Style::Ticket => "email",
    }
}

fn share((good, all): (u32, u32)) -> Option<f64> {
    (all > 0).then(|| f64::from(good) / f64::from(all))
}

fn trend(state: &State, late: Span) -> Trend {
    let samples = state.run.observer().samples();
    let known = (state.now - late).max(Time::ZERO).micros() / board::EVERY.micros() + 1;
    let samples = &samples[..samples.len().min(known as usize)];
    let of = |(n, channel): (usize, &model::Channel)| TrendOf {
        channel: channel.name.clone(),
        waiting: samples.iter().map(|sample| sample.channels[n].waiting).collect(),
        backlog: samples.iter().map(|sample| sample.channels[n].backlog).collect(),
        service: samples
            .iter()
            .map(|sample| share(sample.channels[n].served).map(|share| (share * 100.0).round() as u8))
            .collect(),
    };
    let channels = state.set.scenario().desk.channels.iter().enumerate().map(of).collect();
    Trend { every: board::EVERY.secs_f64(), channels }
}

/// How well a service is, and since when.
fn health(incidents: &Incidents, of: Id<model::Dependency>, at: Time) -> (Health, Option<Time>, Vec<&Outage>) {
    let on: Vec<&Outage> = incidents
        .outages()
        .iter()
        .filter(|outage| outage.of == of && outage.on_wire().is_none() && outage.intensity(at) > 0.0)
        .collect();
    let health = match incidents.share_failing(of, at) {
        _ if on.is_empty() => Health::Up,
        share if share >= 1.0 => Health::Down,
        _ => Health::Degraded,
    };
    let since = on.iter().map(|outage| outage.window.from).min();
    (health, since, on)
}

/// The services, as their status pages tell of them.
fn dependencies(state: &State, truth: bool) -> Vec<Dependency> {
    let (set, now) = (&state.set, state.now);
    let scenario = set.scenario();
    let incidents = set.incidents();
    let late = set.drill.fog.vendor_status;
    let known = (now.since(Time::ZERO) >= late).then(|| now - late);
    let of = |(n, dependency): (usize, &model::Dependency)| {
        let id = Id::new(n);
        let (told, since, _) = known.map_or((Health::Up, None, Vec::new()), |at| health(incidents, id, at));
        let (really, _, outages) = health(incidents, id, now);
        Dependency {
            name: dependency.name.clone(),
            kind: dependency.kind.word().to_owned(),
            health: told,
            says: words::status(told, &set.drill).to_owned(),
            since: since.map(|since| (since + late).secs_f64()),
            truth: truth.then_some(really),
            truth_says: truth.then(|| words::broken(&outages, &set.drill)).flatten(),
        }
    };
    scenario.desk.dependencies.iter().enumerate().map(of).collect()
}

fn levers(state: &State, knows: &Knows) -> Vec<Lever> {
    let drill = &state.set.drill;
    let hidden = |role: &str| drill.roles.iter().any(|one| one.name == role && one.hidden);
    let has = |lever: &model::Lever| match (&knows.role, lever.role) {
        (None, _) => knows.everything_sent,
        (Some(role), None) => !hidden(role),
        (Some(role), Some(of)) => drill.roles[of.index()].name == *role,
    };
    let all = drill.levers.iter().enumerate().filter(|(_, lever)| has(lever));
    all.map(|(n, lever)| Lever {
        name: lever.name.clone(),
        role: lever.role.map(|role| drill.roles[role.index()].name.clone()),
        wants_text: lever.wants_text,
        delay: lever.delay.secs_f64(),
        cost: words::cost(lever.cost, state.set.scenario()),
        chance: (lever.chance < 1.0).then_some(lever.chance),
        once: lever.once,
        state: may::lever_state(state, Id::new(n)),
    })
    .collect()
}

fn decision(state: &State, made: &Made) -> Decision {
    let outcome = match made.pull {
        None if made.noted => Outcome::Noted,
        None => Outcome::Open,
        Some((pull, _)) if state.now < pull.works_at => Outcome::Coming { at: pull.works_at.secs_f64() },
        Some((pull, true)) => Outcome::Done { at: pull.works_at.secs_f64() },
        Some((pull, false)) => Outcome::Failed { at: pull.works_at.secs_f64() },
    };
    Decision {
        number: made.number,
        at: made.at.secs_f64(),
        by: made.by.clone(),
        role: made.role.clone(),
        lever: made.pull.map(|(pull, _)| state.set.drill.levers[pull.lever.index()].name.clone()),
        text: made.text.clone(),
        why: made.why.clone(),
        outcome,
    }
}

fn script(exercise: &Exercise) -> Script {
    let state = exercise.state();
    let (drill, scenario) = (&state.set.drill, state.set.scenario());
    let mut injects: Vec<Inject> = state
        .pieces
        .iter()
        .map(|piece| {
            let written = piece.of.map(|of| &drill.injects[of.index()]);
            let when = written.map(|inject| words::when(inject, drill, scenario));
            let by_hand = || {
                let at = piece.due.unwrap_or(Time::ZERO);
                format!("{} {}", words::pick(drill, "at", "à"), words::clock(scenario, at))
            };
            Inject {
                name: piece.name.clone(),
                when: when.unwrap_or_else(by_hand),
                due: piece.due.map(Time::secs_f64),
                text: piece.text.clone(),
                does: written.and_then(|inject| words::does(inject, drill, scenario)),
                expect: written.map_or(Vec::new(), |inject| {
                    inject.expect.iter().map(|id| drill.expect[id.index()].id.clone()).collect()
                }),
                state: piece.state.shown(),
            }
        })
        .collect();
    injects.sort_by(|a, b| a.due.unwrap_or(f64::INFINITY).total_cmp(&b.due.unwrap_or(f64::INFINITY)));
    let branches = exercise.branches.iter().enumerate().map(|(n, branch)| BranchView {
        name: branch.name.clone(),
        from: branch.from.map(Time::secs_f64),
        until: if n == exercise.current { state.now } else { branch.until }.secs_f64(),
        current: n == exercise.current,
    });
    let mut warnings = drill.hard_to_follow(scenario.length);
    warnings.extend(exercise.doubts.iter().cloned());
    let late = drill.fog.dashboards.secs_f64();
    Script { injects, warnings, branches: branches.collect(), late, moments: moments(state) }
}

/// What somebody may want to go back to.
fn moments(state: &State) -> Vec<Moment> {
    let sent = state.pieces.iter().filter_map(|piece| match piece.state {
        Standing::Fired(at) => Some(Moment { at: at.secs_f64(), label: piece.name.clone() }),
        _ => None,
    });
    let made = state.made.iter().map(|made| {
        let what = made.pull.map(|(pull, _)| state.set.drill.levers[pull.lever.index()].name.clone());
        let label = what.or_else(|| made.text.clone()).unwrap_or_default();
        let label: String = label.chars().take(60).collect();
        Moment { at: made.at.secs_f64(), label: format!("{}: {label}", made.by) }
    });
    let mut moments: Vec<Moment> = sent.chain(made).collect();
    moments.sort_by(|a, b| a.at.total_cmp(&b.at));
    moments
}

/// What is expected, and where it stands.
pub(super) fn expectations(exercise: &Exercise) -> Vec<Expectation> {
    let state = exercise.state();
    let (drill, over) = (&state.set.drill, exercise.clock_state() == ClockState::Ended);
    let mut measured = exercise.measured.iter().copied();
    let of = |(expected, rating): (&model::Expected, &super::state::Rating)| {
        let (text, due, now) = match &expected.of {
            ExpectedOf::Lever { lever, by } => {
                let text = format!("“{}”", drill.levers[lever.index()].name);
                (text, *by, lever_expected(state, *lever, *by, over))
            }
            ExpectedOf::Measure(expectation) => {
                let figure = if over { measured.next().flatten() } else { None };
                (measure_words(expectation, drill, state.set.scenario()), None, kept(expectation.limit, figure, over))
            }
            ExpectedOf::Observe(text) => (text.clone(), None, ExpectationState::Observed),
        };
        Expectation {
            id: expected.id.clone(),
            objective: expected.objective.map(|id| drill.objectives[id.index()].id.clone()),
            text,
            due: due.map(Time::secs_f64),
            state: now,
            mark: rating.mark,
            note: rating.note.clone(),
        }
    };
    drill.expect.iter().zip(&state.ratings).map(of).collect()
}

/// Whether a lever was decided on in time: what counts is the decision, not when it works.
fn lever_expected(state: &State, lever: Id<model::Lever>, by: Option<Time>, over: bool) -> ExpectationState {
    let in_time = |at: Time| by.is_none_or(|by| at <= by);
    if state.pulls_of(lever).any(|(at, _)| in_time(at)) {
        ExpectationState::Met
    } else if over || by.is_some_and(|by| state.now > by) {
        ExpectationState::Missed
    } else {
        ExpectationState::Open
    }
}

fn kept(limit: Limit, figure: Option<Figure>, over: bool) -> ExpectationState {
    match figure {
        None if over => ExpectationState::Missed,
        None => ExpectationState::Open,
        // What never happened is only known to take longer than it was waited for.
        Some(figure) if !limit.keeps(figure.value) || figure.never && matches!(limit, Limit::Max(_)) => {
            ExpectationState::Missed
        }
        Some(_) => ExpectationState::Met,
    }
}

/// An expectation of a measure in words: `update gap ≤ 30 min`.
pub(super) fn measure_words(expectation: &model::Expectation, drill: &Drill, scenario: &model::Scenario) -> String {
    let unit = find(&expectation.kpi).map_or("", |kpi| kpi.unit.word());
    let desk = &scenario.desk;
    let mut parts = vec![words::measure(&expectation.kpi, drill).unwrap_or_else(|| kpi(&expectation.kpi))];
    if !matches!(expectation.stat, Stat::Value | Stat::Mean) {
        parts.push(expectation.stat.word().to_owned());
    }
    parts.extend(expectation.channel.map(|id| desk.channels[id.index()].name.clone()));
    parts.extend(expectation.team.map(|id| desk.teams[id.index()].name.clone()));
    parts.extend(expectation.reason.map(|id| desk.reasons[id.index()].name.clone()));
    parts.extend(expectation.segment.map(|id| desk.customers.segments[id.index()].name.clone()));
    parts.extend(expectation.of.map(|id| desk.dependencies[id.index()].name.clone()));
    let sign = if matches!(expectation.limit, Limit::Max(_)) { "≤" } else { "≥" };
    parts.push(format!("{sign} {}", limit(expectation.limit.value(), unit)));
    parts.join(" ")
}

/// A figure in the unit of its measure.
pub(super) fn shown(kpi: &str, value: f64) -> String {
    figure(value, find(kpi).map_or("", |kpi| kpi.unit.word()))
}
