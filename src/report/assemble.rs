//! Puts what the runs came to into a [`Bundle`], with names in place of ids.

use super::behaviour::RetryInfo;
use super::bundle::*;
use super::disturbance::{self, DisturbanceInfo, ReplayInfo};
use super::egress::EgressInfo;
use super::findings;
use super::price::unit_word;
use crate::engine::plans::Played;
use crate::measure::definitions::{DEFINITIONS, Kpi, Unit};
use crate::measure::figures::{Egress, Key, Mark};
use crate::measure::summary::{Acted, Band, MergedRow};
use crate::measure::{Disturbance, DisturbanceKind, Merged, Windows};
use crate::observation::Trouble;
use crate::scenario::Scenario;
use crate::scenario::model::{Alone, Count, Expectation, Limit, Missing, Outage};
use crate::time::{Span, Time};
use crate::verdict::{Judgement, Outcome, Verdict};
use crate::workload::identity;

/// One plan that was tried.
#[derive(Clone, Copy, Debug)]
pub struct PlanRuns<'a> {
    /// The scenario as it ran, with this plan.
    pub scenario: &'a Scenario,
    /// What its runs came to.
    pub merged: &'a Merged,
    /// What it was judged.
    pub judgement: &'a Judgement,
}

impl<'a> From<&'a Played> for PlanRuns<'a> {
    fn from(played: &'a Played) -> Self {
        Self { scenario: &played.scenario, merged: &played.merged, judgement: &played.judgement }
    }
}

/// How it was run.
#[derive(Clone, Copy, Debug)]
pub struct How<'a> {
    /// `simulate`, `rehearse` or `drill`.
    pub mode: &'a str,
    /// The seed.
    pub seed: u64,
    /// Scenario seconds a second.
    pub pace: f64,
}

impl Bundle {
    /// The bundle of these plans; the first is the one that is judged. `None` without a plan.
    pub fn of(how: How<'_>, windows: &Windows, plans: &[PlanRuns<'_>]) -> Option<Self> {
        let main = plans.first()?;
        let scenario = main.scenario;
        let names: Vec<String> = windows.list.iter().map(|window| window.name.to_string()).collect();
        let measures: Vec<Measure> = plans
            .iter()
            .flat_map(|plan| {
                plan.merged.rows.iter().filter(|row| worth_a_row(row)).map(|row| measure(plan, row, &names))
            })
            .collect();
        let mut bundle = Self {
            format: FORMAT,
            holdline: env!("CARGO_PKG_VERSION").to_owned(),
            mode: how.mode.to_owned(),
            scenario: scenario_info(scenario),
            seed: how.seed,
            runs: main.merged.runs,
            pace: how.pace,
            verdict: main.judgement.verdict.word().to_owned(),
            reason: reason(&main.judgement.verdict),
            in_short: Vec::new(),
            plans: plans.iter().map(plan_info).collect(),
            disturbances: disturbances(scenario, windows),
            windows: windows
                .list
                .iter()
                .map(|w| WindowInfo {
                    name: w.name.to_string(),
                    pieces: w.pieces.iter().map(|p| [secs(p.from), secs(p.to)]).collect(),
                })
                .collect(),
            definitions: definitions(&measures, scenario),
            measures,
            distributions: plans.iter().flat_map(distributions).collect(),
            series: plans.iter().flat_map(series).collect(),
            marks: main.merged.marks.iter().filter_map(|(at, mark)| mark_info(scenario, *at, mark)).collect(),
            undeclared: main.merged.egress.iter().map(egress_info).collect(),
            findings: Vec::new(),
            breaking_points: Vec::new(),
            contacts: contacts(main),
            stories: None,
            retries: retries(main),
        };
        bundle.findings = findings::findings(&bundle);
        bundle.in_short = findings::in_short(&bundle);
        Some(bundle)
    }
}

/// Six decimals are more than any figure is good for, and no zero is negative.
pub(super) fn tidy(value: f64) -> f64 {
    if value.abs() >= 1e9 { value } else { (value * 1e6).round() / 1e6 + 0.0 }
}
pub(super) fn secs(at: Time) -> f64 {
    tidy(at.secs_f64())
}
fn reason(verdict: &Verdict) -> Option<String> {
    match verdict {
        Verdict::Void(why) => Some(why.to_string()),
        _ => None,
    }
}

/// What is rare is said of the whole day even when it never happened, and of a window only when it did.
fn worth_a_row(row: &MergedRow) -> bool {
    let rare = matches!(
        row.key.kpi,
        Kpi::LostContacts
            | Kpi::Unserved
            | Kpi::StillOpen
            | Kpi::Duplicates
            | Kpi::Misdirected
            | Kpi::Placeholders
            | Kpi::Apologies
            | Kpi::DroppedCalls
            | Kpi::LateAnswers
            | Kpi::Callbacks
            | Kpi::RetryAfterIgnored
            | Kpi::RepeatedSideEffects
            | Kpi::PlanCost
    );
    // A simulation has no wire, and a rehearsal sees it only where it intercepts: none found is no news.
    if row.key.kpi == Kpi::UndeclaredEgress {
        return row.over.mean != 0.0;
    }
    !rare || row.key.window == 0 || row.over.mean != 0.0
}

fn egress_info(seen: &Egress) -> EgressInfo {
    EgressInfo { host: seen.host.to_string(), first: secs(seen.first), tries: seen.tries }
}

fn scenario_info(scenario: &Scenario) -> ScenarioInfo {
    ScenarioInfo {
        name: scenario.name.clone(),
        about: scenario.about.clone(),
        hash: scenario.hash.clone(),
        desk: scenario.desk.name.clone(),
        start: scenario.start.text.clone(),
        start_second_of_day: scenario.start.second_of_day,
        length: tidy(scenario.length.secs_f64()),
        warm_up: tidy(scenario.warm_up.secs_f64()),
        warm_start: scenario.warm_start.map(|wire| secs(wire.from)),
        drain: tidy(scenario.warm_start.map_or(scenario.drain, |wire| wire.to.since(scenario.end())).secs_f64()),
    }
}

fn plan_info(plan: &PlanRuns<'_>) -> PlanInfo {
    let rules = plan.scenario.desk.plan.rules.iter().zip(&plan.merged.rules);
    let rule =
        |name: &str, acted: &Acted| RuleInfo { name: name.to_owned(), runs: acted.runs, first: acted.first.map(secs) };
    let outcomes = plan.judgement.outcomes.iter();
    PlanInfo {
        plan: plan.merged.plan.clone(),
        verdict: plan.judgement.verdict.word().to_owned(),
        reason: reason(&plan.judgement.verdict),
        runs: plan.merged.runs,
        contacts: plan.merged.contacts,
        ended_early: plan.merged.stopped.0,
        lateness: plan.merged.lateness.map(tidy),
        expectations: outcomes
            .filter_map(|o| Some(expectation(plan.scenario, plan.scenario.expect.get(o.expectation)?, o)))
            .collect(),
        rules: rules.map(|(rule_, acted)| rule(&rule_.name, acted)).collect(),
        promises: promises(plan.scenario),
    }
}

/// What the plan promises to tell customers, each with the measure that shows how it went.
fn promises(scenario: &Scenario) -> Vec<PromiseInfo> {
    let Some(updates) = scenario.desk.plan.updates else { return Vec::new() };
    let promise = |promise: &str, within: Span, kpi: Kpi| PromiseInfo {
        promise: promise.to_owned(),
        within: tidy(within.secs_f64()),
        kpi: kpi.name().to_owned(),
    };
    let mut list = vec![
        promise("first update, from noticing", updates.first_within, Kpi::FirstUpdate),
        promise("then an update every", updates.every, Kpi::UpdateGap),
        promise("all-clear, from noticing that it is mended", updates.back_after, Kpi::UpdateAfterFix),
    ];
    if let Some((segment, within)) = updates.personally {
        let name = &scenario.desk.customers.segments[segment.index()].name;
        list.push(promise(&format!("{name} called in person, from noticing"), within, Kpi::VipReached));
    }
    list
}

fn expectation(scenario: &Scenario, e: &Expectation, outcome: &Outcome) -> ExpectationInfo {
    let desk = &scenario.desk;
    let kpi = Kpi::named(&e.kpi);
    let (bound, limit) = match e.limit {
        Limit::Max(limit) => ("max", limit),
        Limit::Min(limit) => ("min", limit),
    };
    ExpectationInfo {
        name: e.name.clone(),
        kpi: e.kpi.clone(),
        stat: e.stat.word().to_owned(),
        unit: unit_word(kpi.map_or(Unit::Count, |kpi| kpi.definition().unit), scenario),
        window: e.window.to_string(),
        channel: e.channel.map(|id| desk.channels[id.index()].name.clone()),
        team: e.team.map(|id| desk.teams[id.index()].name.clone()),
        reason: e.reason.map(|id| desk.reasons[id.index()].name.clone()),
        segment: e.segment.map(|id| desk.customers.segments[id.index()].name.clone()),
        of: e.of.map(|id| desk.dependencies[id.index()].name.clone()),
        bound: bound.to_owned(),
        limit: tidy(limit),
        within: (kpi == Some(Kpi::ServiceLevel)).then(|| tidy(e.within.secs_f64())),
        in_runs: e.in_runs.map(tidy),
        met: outcome.met.word().to_owned(),
        figure: outcome.over.map(|over| tidy(over.mean)),
        ci95: outcome.over.and_then(|over| over.ci95).map(|ci| ci.map(tidy)),
        margin: outcome.margin.map(tidy),
        kept: outcome.kept.map(tidy),
        never: tidy(outcome.never),
    }
}

/// What went wrong; not what was to go wrong only after a rehearsal of a part of the day.
fn disturbances(scenario: &Scenario, windows: &Windows) -> Vec<DisturbanceInfo> {
    let all = windows.disturbances.iter().enumerate().filter(|(_, d)| !scenario.is_cut() || d.begins < scenario.end());
    all.map(|(place, d)| disturbance(scenario, place, d)).collect()
}

fn disturbance(scenario: &Scenario, place: usize, d: &Disturbance) -> DisturbanceInfo {
    let desk = &scenario.desk;
    let of = d.of.map(|id| desk.dependencies[id.index()].name.clone());
    let about = match d.kind {
        DisturbanceKind::Surge => scenario.surges.get(place).map(|surge| super::surges::about(scenario, surge)),
        DisturbanceKind::Outage => outage(scenario, place).map(|one| disturbance::of_outage(one, desk)),
        DisturbanceKind::Absence => absence(scenario, place),
    };
    DisturbanceInfo {
        name: d.name.clone(),
        kind: d.kind.word().to_owned(),
        of,
        about: about.unwrap_or_default(),
        replays: (d.kind == DisturbanceKind::Outage)
            .then(|| outage(scenario, place)?.replay.as_deref())
            .flatten()
            .map(ReplayInfo::of),
        begins: secs(d.begins),
        from: secs(d.from),
        over: secs(d.over),
    }
}
fn outage(scenario: &Scenario, place: usize) -> Option<&Outage> {
    scenario.outages.get(place.checked_sub(scenario.surges.len())?)
}
fn absence(scenario: &Scenario, place: usize) -> Option<String> {
    let absence = scenario.absences.get(place.checked_sub(scenario.surges.len() + scenario.outages.len())?)?;
    let team = &scenario.desk.teams[absence.team.index()].name;
    let many = match absence.who {
        Missing::People(n) => n.to_string(),
        Missing::Share(share) => format!("{} %", tidy(share * 100.0)),
        Missing::Each(chance) => format!("each with {} %", tidy(chance * 100.0)),
        Missing::Outbreak { first, doubles_every, .. } => {
            format!("an outbreak from {first} on, twice as many every {doubles_every},")
        }
    };
    let by_chance = match absence.chance {
        chance if chance < 1.0 => format!(", on {} % of days", tidy(chance * 100.0)),
        _ => String::new(),
    };
    let how = match absence.alone {
        None => "missing",
        Some(Alone::Late(_)) => "each late by a time of their own",
        Some(Alone::Leaves(_)) => "leave, each at a time of their own",
        Some(Alone::Home { .. }) => "missing until they work from home",
    };
    Some(format!("{many} of {team} {how} ({}){by_chance}", absence.kind))
}

fn measure(plan: &PlanRuns<'_>, row: &MergedRow, windows: &[String]) -> Measure {
    let desk = &plan.scenario.desk;
    let Key { kpi, stat, window, channel, team, reason, segment, of, level } = row.key;
    let count = |count: Count| match count {
        Count::WithoutShortAbandons => "without-short-abandons",
        Count::Offered => "offered",
        Count::Answered => "answered",
    };
    Measure {
        kpi: kpi.name().to_owned(),
        stat: stat.word().to_owned(),
        unit: unit_word(kpi.definition().unit, plan.scenario),
        window: windows[usize::from(window)].clone(),
        plan: plan.merged.plan.clone(),
        channel: channel.map(|id| desk.channels[id.index()].name.clone()),
        team: team.map(|id| desk.teams[id.index()].name.clone()),
        reason: reason.map(|id| desk.reasons[id.index()].name.clone()),
        segment: segment.map(|id| desk.customers.segments[id.index()].name.clone()),
        of: of.map(|id| desk.dependencies[id.index()].name.clone()),
        within: level.map(|level| tidy(level.within.secs_f64())),
        count: level.map(|level| count(level.count).to_owned()),
        mean: tidy(row.over.mean),
        p10: tidy(row.over.p10),
        p50: tidy(row.over.p50),
        p90: tidy(row.over.p90),
        ci95: row.over.ci95.map(|ci| ci.map(tidy)),
        runs: row.over.runs,
        pooled: row.pooled.map(tidy),
        never: (row.never > 0.0).then(|| tidy(row.never)),
    }
}

fn series(plan: &PlanRuns<'_>) -> Vec<Series> {
    let (desk, merged) = (&plan.scenario.desk, plan.merged);
    let at = |place: usize| tidy(merged.step.secs_f64() * place as f64);
    let spread =
        |[mean, p10, p50, p90]: Band| Spread { mean: tidy(mean), p10: tidy(p10), p50: tidy(p50), p90: tidy(p90) };
    let of =
        |channel, team| Series { plan: merged.plan.clone(), channel, team, contacts: Vec::new(), people: Vec::new() };
    let channels = desk.channels.iter().zip(&merged.channels).enumerate().map(|(place, (channel, moments))| {
        // A ticket that nobody asked a service level of has none.
        let level =
            |row: &MergedRow| row.key.kpi == Kpi::ServiceLevel && row.key.channel.is_some_and(|c| c.index() == place);
        let levelled = merged.rows.iter().any(level);
        let points = moments.iter().enumerate().map(|(place, m)| ChannelPoint {
            at: at(place),
            waiting: spread(m.waiting),
            in_service: spread(m.in_service),
            backlog: spread(m.backlog),
            in_time: m.in_time.filter(|_| levelled).map(tidy),
            served: m.served.map(tidy),
        });
        Series { contacts: points.collect(), ..of(Some(channel.name.clone()), None) }
    });
    let teams = desk.teams.iter().zip(&merged.teams).map(|(team, moments)| {
        let points = moments.iter().enumerate().map(|(place, m)| TeamPoint {
            at: at(place),
            scheduled: spread(m.scheduled),
            present: spread(m.present),
            busy: spread(m.busy),
        });
        Series { people: points.collect(), ..of(None, Some(team.name.clone())) }
    });
    channels.chain(teams).collect()
}

fn distributions(plan: &PlanRuns<'_>) -> Vec<DistributionInfo> {
    let info = plan.merged.distributions.iter().map(|d| DistributionInfo {
        plan: plan.merged.plan.clone(),
        channel: plan.scenario.desk.channels[d.channel.index()].name.clone(),
        kpi: d.kpi.name().to_owned(),
        n: d.n,
        p50: tidy(d.percentiles[0]),
        p90: tidy(d.percentiles[1]),
        p99: tidy(d.percentiles[2]),
        bins: d.bins.iter().map(|(from, to, n)| (tidy(*from), tidy(*to), *n)).collect(),
    });
    info.collect()
}

fn mark_info(scenario: &Scenario, at: Time, mark: &Mark) -> Option<MarkInfo> {
    let desk = &scenario.desk;
    let (kind, text) = match mark {
        // Bands show when a disturbance begins and ends.
        Mark::Began(_) | Mark::Over(_) => return None,
        Mark::Noticed(of, down) => {
            let name = &desk.dependencies[of.index()].name;
            ("noticed", format!("{name} is {}", if *down { "down" } else { "up again" }))
        }
        Mark::Rule(rule, on) => {
            let name = &desk.plan.rules.get(usize::from(*rule))?.name;
            ("rule", if *on { name.clone() } else { format!("{name}: undone") })
        }
        Mark::Update { all_clear, delivered } => {
            let what = if *all_clear { "all clear" } else { "update" };
            ("update", if *delivered { what.to_owned() } else { format!("{what}, not delivered") })
        }
        Mark::Called(segment) => {
            ("called", format!("{} called in person", desk.customers.segments[segment.index()].name))
        }
        Mark::Stopped(by) => {
            ("stopped", if by.is_some() { "ended early by stop_if" } else { "ended early by hand" }.to_owned())
        }
        Mark::Trouble(kind) => (
            "trouble",
            match kind {
                Trouble::CannotStart => "the target could not be started",
                Trouble::NeverReady => "the target was never ready",
                Trouble::Exited => "the target's process ended",
                Trouble::Refused => "the target did not take a contact",
            }
            .to_owned(),
        ),
    };
    Some(MarkInfo { at: secs(at), kind: kind.to_owned(), text })
}

fn contacts(plan: &PlanRuns<'_>) -> Vec<ContactInfo> {
    let desk = &plan.scenario.desk;
    let info = plan.merged.evidence.iter().map(|e| ContactInfo {
        kpi: e.kpi.name().to_owned(),
        at: secs(e.at),
        customer: e.customer,
        order: identity::order_number(e.customer),
        channel: desk.channels[e.channel.index()].name.clone(),
        reason: desk.reasons.get(e.reason.index()).map(|reason| reason.name.clone()).unwrap_or_default(),
        started: secs(e.started),
        what: e.what.map(|(of, effect, after)| {
            let name = &desk.dependencies[of.index()].name;
            format!("the same {} at {name} again, {}", effect.word(), after.words())
        }),
    });
    info.collect()
}

fn retries(plan: &PlanRuns<'_>) -> Vec<RetryInfo> {
    let info = plan.merged.retries.iter().map(|r| RetryInfo {
        of: plan.scenario.desk.dependencies[r.of.index()].name.clone(),
        retries: r.retries,
        pause: tidy(r.pause),
        later: r.later,
        later_at_once: r.later_at_once,
        grew: r.grew,
        in_step: r.in_step,
        crowd_at: r.crowd.map(|(at, _)| secs(at)),
        crowd: r.crowd.map(|(_, contacts)| contacts),
    });
    info.collect()
}

fn definitions(measures: &[Measure], scenario: &Scenario) -> Vec<DefinitionInfo> {
    let shown = |name: &str| measures.iter().any(|m| m.kpi == name) || scenario.expect.iter().any(|e| e.kpi == name);
    let info = DEFINITIONS.iter().filter(|d| shown(d.name)).map(|d| DefinitionInfo {
        name: d.name.to_owned(),
        unit: unit_word(d.unit, scenario),
        text: d.text.to_owned(),
        source: d.source.to_owned(),
    });
    info.collect()
}
