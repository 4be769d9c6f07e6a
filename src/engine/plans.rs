//! One day under several plans, side by side: the written one, none, and the day undisturbed.

use super::runs::{Runs, simulate, without_plan};
use crate::measure::{Merged, Windows};
use crate::scenario::model::Scenario;
use crate::verdict::{Judgement, judge, judge_twin};
use std::sync::atomic::AtomicBool;

/// One plan, played and judged.
#[derive(Clone, Debug)]
pub struct Played {
    /// The scenario as it ran.
    pub scenario: Scenario,
    /// What its runs came to; it bears the plan's name.
    pub merged: Merged,
    /// What it was judged.
    pub judgement: Judgement,
}

/// A plan to play.
#[derive(Clone, Debug)]
pub struct Variant {
    /// Its name in reports.
    pub name: String,
    /// The scenario with this plan.
    pub scenario: Scenario,
    /// It is the undisturbed twin, of which only the baseline is judged.
    pub twin: bool,
}

/// What is played for a scenario: its plan, none beside it if it is the desk's own, and the undisturbed twin.
pub fn variants(scenario: &Scenario, plan: &str, beside_none: bool) -> Vec<Variant> {
    let mut all = vec![Variant { name: plan.to_owned(), scenario: scenario.clone(), twin: false }];
    if beside_none {
        all.push(Variant { name: "none".to_owned(), scenario: without_plan(scenario), twin: false });
    }
    all.push(Variant { name: "undisturbed".to_owned(), scenario: scenario.undisturbed(), twin: true });
    all
}

/// Plays them all in the windows of `scenario`; `progress` is told the plan's name after each run. One that was stopped
/// before its first run is left out, with those behind it.
pub fn play(
    variants: Vec<Variant>,
    windows: &Windows,
    how: Runs,
    progress: &(dyn Fn(&str) + Sync),
    stop: &AtomicBool,
) -> Vec<Played> {
    let mut all = Vec::new();
    for Variant { name, scenario, twin } in variants {
        let figures = simulate(&scenario, windows, how, &|| progress(&name), stop);
        let Some(merged) = Merged::of(&name, how.seed, &figures) else { break };
        let judgement = if twin { judge_twin(&scenario, &merged) } else { judge(&scenario, &merged) };
        all.push(Played { scenario, merged, judgement });
    }
    all
}
