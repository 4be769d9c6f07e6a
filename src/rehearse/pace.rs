//! At which pace a rehearsal is honest, and what cannot be rehearsed.

use crate::desk::plan::PROBE_TIMEOUT;
use crate::scenario::model::{Action, Scenario};
use crate::time::Span;

/// The pace of the reference desk where none is asked for.
pub const OF_REFERENCE_DESK: f64 = 20.0;

/// No length of the scenario may become shorter than this on the wall.
const SHORTEST: Span = Span::from_millis(50);

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
    let plan = desk.plan.notice.iter().map(|notice| notice.probe.min(PROBE_TIMEOUT));
    let shortest = bot.chain(plan).filter(|span| *span > Span::ZERO).min().unwrap_or(Span::FOREVER);
    (shortest.secs_f64() / SHORTEST.secs_f64()).min(1000.0)
}

/// What the reference desk cannot say over the wire yet is refused, never left out in silence.
pub fn refuse_what_the_wire_cannot_do(scenario: &Scenario) -> Result<(), String> {
    if scenario.target.is_some() {
        return Ok(());
    }
    for rule in &scenario.desk.plan.rules {
        for action in &rule.actions {
            let what = match action {
                Action::OfferCallback { .. } => "offer_callback",
                Action::Announce { .. } => "announce",
                _ => continue,
            };
            return Err(format!(
                "rule `{}` uses `{what}`, which the built-in reference desk cannot do over the wire yet; simulate it, or rehearse with `--plan none` or a plan file without it",
                rule.name
            ));
        }
    }
    Ok(())
}
