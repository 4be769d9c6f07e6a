//! A dry run: when each inject would be sent, and on how many days those that wait for a state of the desk would be at all.

use super::days::{self, Day, Script};
use super::{Set, words};
use crate::observation::{Observation, Observer};
use crate::scenario::model::{Id, Inject};
use crate::time::Time;
use rayon::prelude::*;
use std::sync::Arc;

/// Days of each kind.
const DAYS: u64 = 100;

/// Sees nothing: what is looked at is when injects are sent.
struct Nobody;

impl Observer for Nobody {
    fn observe(&mut self, _: Time, _: &Observation) {}
}

/// What is said of the script, for the facilitator, in the drill's language.
pub fn dry(set: &Arc<Set>) -> String {
    let (drill, scenario) = (&set.drill, set.scenario());
    let script = Script::unattended(set);
    let of = |day: Day| -> Vec<Vec<(Id<Inject>, Time)>> {
        let one = |nth: u64| days::play(set, day, nth, &script, Arc::new(|| Nobody)).sent;
        (0..DAYS).into_par_iter().map(one).collect()
    };
    let idle = of(Day::Nothing);
    let planned = set.has_plan().then(|| of(Day::Plan));
    let sent_on = |days: &[Vec<(Id<Inject>, Time)>], inject: usize| -> (usize, Option<Time>) {
        let mut at: Vec<Time> =
            days.iter().flatten().filter(|(id, _)| id.index() == inject).map(|(_, at)| *at).collect();
        at.sort_unstable();
        (at.len(), at.get(at.len() / 2).copied())
    };
    let wide = drill.injects.iter().map(|inject| inject.name.chars().count()).max().unwrap_or(0);
    let mut said = String::new();
    for (n, inject) in drill.injects.iter().enumerate() {
        let when = words::when(inject, drill, scenario);
        said.push_str(&format!("{:wide$}  {when}\n", inject.name));
        if inject.due().is_some() {
            continue;
        }
        let ((often, at), planned) = (sent_on(&idle, n), planned.as_deref().map(|days| sent_on(days, n)));
        let usual = at.map_or(String::new(), |at| format!(" ({})", words::clock(scenario, at)));
        let (days, nothing) =
            (words::pick(drill, "days", "jours"), words::pick(drill, "no decision", "aucune décision"));
        let mut told = format!("{often} / {DAYS} {days}, {nothing}{usual}");
        if let Some((often, at)) = planned {
            let usual = at.map_or(String::new(), |at| format!(" ({})", words::clock(scenario, at)));
            let plan = words::pick(drill, "the written plan", "le plan écrit");
            told.push_str(&format!("; {often} / {DAYS} {days}, {plan}{usual}"));
        }
        if often == 0 {
            let never = words::pick(drill, "it is never sent", "il n’est jamais envoyé");
            told.push_str(&format!("  ⚠ {never}"));
        }
        said.push_str(&format!("{:wide$}  {told}\n", ""));
    }
    for warning in drill.hard_to_follow(scenario.length) {
        said.push_str(&format!("⚠ {warning}\n"));
    }
    said
}
