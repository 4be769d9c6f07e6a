//! At which pace a rehearsal is honest, and what cannot be rehearsed.

use crate::desk::plan::PROBE_TIMEOUT;
use crate::scenario::catalogue::Catalogue;
use crate::scenario::model::{Action, Scenario, Style};
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

/// What the reference desk cannot do over the wire is refused, never left out in silence: it makes no offers by mail.
pub fn refuse_what_the_wire_cannot_do(scenario: &Scenario) -> Result<(), String> {
    if scenario.target.is_some() {
        return Ok(());
    }
    let desk = &scenario.desk;
    for rule in &desk.plan.rules {
        for action in &rule.actions {
            let Action::Announce { from, .. } = action else { continue };
            let channel = &desk.channels[from.index()];
            if channel.style == Style::Ticket {
                return Err(format!(
                    "rule `{}` uses `announce` from `{}`, a ticket channel, where the built-in reference desk makes no offers; simulate it, or rehearse with `--plan none` or a plan file that announces from call and chat channels only",
                    rule.name, channel.name
                ));
            }
        }
    }
    Ok(())
}

/// What is seen only where a target's connections are intercepted: without, an expectation on it could not be judged.
pub fn refuse_what_only_interception_sees(scenario: &Scenario, intercepts: bool) -> Result<(), String> {
    let egress = scenario.expect.iter().any(|expectation| expectation.kpi == "undeclared_egress");
    if egress && !intercepts {
        return Err("the scenario expects something of `undeclared_egress`, which a rehearsal sees only with \
                    `--intercept proxy`"
            .to_owned());
    }
    let strikes = |with: &str| Catalogue::shipped().get(with).is_some_and(|mode| mode.wire.strikes_connections());
    let struck = scenario.outages.iter().filter_map(|outage| outage.fails.as_ref()).find(|fails| strikes(&fails.with));
    match struck {
        Some(fails) if !intercepts => Err(format!(
            "`fails: {{with: {}}}` is about names and certificates, which a rehearsal has only with `--intercept proxy`",
            fails.with
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::model::{Desk, Id};
    use crate::scenario::{Overrides, load};
    use std::path::Path;
    use std::sync::Arc;

    #[test]
    fn offers_are_refused_by_mail_only() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/offers/day.yaml");
        let Ok(loaded) = load(&path, &Overrides::default()) else { panic!("{} loads", path.display()) };
        let mut scenario = loaded.scenario;
        assert_eq!(refuse_what_the_wire_cannot_do(&scenario), Ok(()));
        let mut desk: Desk = (*scenario.desk).clone();
        desk.plan.rules[0].actions = vec![Action::Announce { from: Id::new(2), to: Id::new(0), accepted: 0.5 }];
        scenario.desk = Arc::new(desk);
        let refused = refuse_what_the_wire_cannot_do(&scenario).expect_err("no offers are made by mail");
        assert!(refused.contains("`announce` from `email`") && refused.contains("--plan none"), "{refused}");
    }
}
