//! At which pace a rehearsal is honest, and what cannot be rehearsed.

use crate::desk::plan::PROBE_TIMEOUT;
use crate::scenario::model::{DependencyKind, Distribution, Outage, Scenario};
use crate::time::Span;

/// The pace of the reference desk where none is asked for.
pub const OF_REFERENCE_DESK: f64 = 20.0;

/// No length of the scenario may become shorter than this on the wall.
const SHORTEST: Span = Span::from_millis(50);

/// Slack takes an event for lost that was not acknowledged within this.
const ACKNOWLEDGED_WITHIN: Span = Span::from_secs(3);

/// The pace that was asked for, or the default; refused where it would not be honest.
pub fn choose(scenario: &Scenario, asked: Option<f64>) -> Result<f64, String> {
    let reference = scenario.target.is_none();
    let safe = reference || scenario.target.as_ref().is_some_and(|target| target.pace_safe);
    let pace = asked.unwrap_or(if reference { OF_REFERENCE_DESK.min(fastest(scenario)) } else { 1.0 });
    if !pace.is_finite() || pace <= 0.0 {
        return Err(format!("a pace is a number above zero, not {pace}"));
    }
    if pace != 1.0 && !safe {
        return Err("a target has timers of its own that do not follow another pace than 1; say `target: {pace_safe: true}` if yours has none".into());
    }
    let fastest = fastest(scenario);
    if pace > fastest {
        return Err(format!(
            "at pace {pace} the shortest time of the scenario would fall under {SHORTEST}; the fastest honest pace is {fastest}"
        ));
    }
    Ok(pace)
}

/// The fastest pace at which no time of the scenario falls under [`SHORTEST`].
fn fastest(scenario: &Scenario) -> f64 {
    let desk = &scenario.desk;
    let bot = desk.bot.iter().flat_map(|bot| [bot.timeout, bot.backoff]);
    let plan = desk.plan.notice.iter().filter_map(|notice| notice.probe).map(|probe| probe.min(PROBE_TIMEOUT));
    let flaps = scenario
        .outages
        .iter()
        .flat_map(Outage::parts)
        .filter_map(|outage| outage.flaps)
        .flat_map(|flaps| [flaps.down, flaps.up]);
    let always = |one: &Distribution| match one {
        Distribution::Constant(span) => Some(*span),
        _ => None,
    };
    let handling = desk.reasons.iter().filter_map(|reason| always(&reason.handle));
    let patience = desk.customers.patience.iter().flatten().filter_map(always);
    let slack = desk.dependencies.iter().filter(|one| one.kind == DependencyKind::Slack).map(|_| ACKNOWLEDGED_WITHIN);
    let all = bot.chain(plan).chain(flaps).chain(handling).chain(patience).chain(slack);
    let shortest = all.filter(|span| *span > Span::ZERO).min().unwrap_or(Span::FOREVER);
    (shortest.secs_f64() / SHORTEST.secs_f64()).min(1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Overrides, load};
    use std::path::Path;

    fn paces(path: &str, asked: Option<f64>) -> Result<f64, String> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        let Ok(loaded) = load(&path, &Overrides::default()) else { panic!("{} loads", path.display()) };
        choose(&loaded.scenario, asked)
    }

    #[test]
    fn a_pace_is_one_unless_nothing_has_timers_of_its_own() {
        assert_eq!(paces("tests/targets/naive.yaml", None), Ok(1.0));
        assert!(paces("tests/targets/naive.yaml", Some(2.0)).is_err_and(|e| e.contains("pace_safe")));
        assert_eq!(paces("scenarios/first-rehearsal.yaml", None), Ok(OF_REFERENCE_DESK));
        assert!(paces("scenarios/first-rehearsal.yaml", Some(-1.0)).is_err_and(|e| e.contains("above zero")));
    }

    #[test]
    fn no_time_of_the_scenario_falls_under_the_shortest_honest_one() {
        // The bot's backoff is 2 s here; where there is none, an event over Slack must be acknowledged within 3 s.
        for (path, fastest) in [("scenarios/first-rehearsal.yaml", 40.0), ("tests/e2e/offers/day.yaml", 60.0)] {
            assert_eq!(paces(path, Some(fastest)), Ok(fastest));
            assert!(paces(path, Some(fastest + 1.0)).is_err_and(|e| e.contains("fastest honest pace")));
        }
    }
}
