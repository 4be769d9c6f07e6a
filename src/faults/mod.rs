//! F2: what is broken now, and who is hit.

pub mod incidents;
pub mod timeline;

use crate::scenario::Scenario;

pub use incidents::{Asker, Failure, Fate, Incidents};

/// The modelled desk makes no requests that could be told apart by what they say, holds no sockets open and gets no webhooks:
/// an outage of some of them is refused where nothing but the model plays, never left out in silence.
pub fn refuse_what_only_the_wire_knows(scenario: &Scenario) -> Result<(), String> {
    let found = scenario.outages.iter().find_map(|outage| Some((outage, outage.on_wire()?)));
    let Some((outage, on_wire)) = found else { return Ok(()) };
    let with = outage.fails.as_ref().map_or("", |fails| fails.with.as_str());
    let without = if on_wire.by_mode { "" } else { ", or simulate without `match` and `first`" };
    Err(format!(
        "outage `{}` befalls some requests, sockets or webhooks (`{with}`), which only the wire knows: rehearse it{without}",
        outage.name
    ))
}

/// The day as a simulation plays it. Of a recorded incident it leaves out the phases that the modelled desk does nothing to
/// meet, and takes every request for one of those that a phase picks out; what it leaves out is told in the second part.
pub fn for_the_model(scenario: Scenario) -> Result<(Scenario, Vec<String>), String> {
    let (mut scenario, mut left_out) = (scenario, Vec::new());
    for outage in &mut scenario.outages {
        let name = outage.name.clone();
        let Some(replay) = &mut outage.replay else { continue };
        let phases = replay.phases.len();
        for (n, _) in replay.phases.iter().enumerate().filter(|(_, phase)| !phase.simulated) {
            left_out.push(format!("phase {} of `{name}` befalls what only the wire knows: it is left out", n + 1));
        }
        replay.phases.retain(|phase| phase.simulated);
        for fails in replay.phases.iter_mut().filter_map(|phase| phase.breaks.fails.as_mut()) {
            fails.on_wire = None;
        }
        if replay.phases.len() < phases && !outage.breaks_something() {
            return Err(format!(
                "outage `{name}` befalls some requests, sockets or webhooks, which only the wire knows: rehearse it"
            ));
        }
    }
    refuse_what_only_the_wire_knows(&scenario)?;
    Ok((scenario, left_out))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Luck;
    use crate::scenario::{Overrides, load};
    use crate::time::Span;
    use std::path::Path;

    #[test]
    fn what_befalls_sockets_turns_nobody_away_and_is_not_simulated() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/targets/voice.yaml");
        let Ok(loaded) = load(&path, &Overrides::default()) else { panic!("{} loads", path.display()) };
        let [drop] = &loaded.scenario.outages[..] else { panic!("one outage") };
        assert!(drop.on_wire().is_some_and(|wire| wire.by_mode && wire.webhooks.is_none()));
        let incidents = Incidents::new(&loaded.scenario, Luck::new(1, 0));
        let caller = Asker::Customer { customer: 3, nth: 0 };
        let met = incidents.meet(drop.of, drop.window.from, caller);
        assert_eq!((met.failure, incidents.is_down(drop.of, drop.window.from)), (None, false));
        let why = refuse_what_only_the_wire_knows(&loaded.scenario).expect_err("the model has no streams");
        assert!(why.contains("`streams-drop`") && why.ends_with("rehearse it"), "{why}");
    }

    #[test]
    fn what_only_the_wire_knows_is_what_is_written_and_is_not_simulated() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/wire_faults/day.yaml");
        let Ok(loaded) = load(&path, &Overrides::default()) else { panic!("{} loads", path.display()) };
        let [lost, refused, slow] = &loaded.scenario.outages[..] else { panic!("three outages") };
        let (of_webhooks, some) = (lost.on_wire().expect("of webhooks"), refused.on_wire().expect("of some requests"));
        assert!(of_webhooks.webhooks.is_some() && some.webhooks.is_none());
        assert_eq!((some.first, some.narrow.endpoint.as_deref()), (Some(3), Some("tickets.update")));
        assert_eq!(refused.fails.as_ref().and_then(|fails| fails.retry_after), Some(Span::from_secs(20)));
        assert!(slow.on_wire().is_none() && slow.rises_over == Span::MINUTE);
        assert!(refuse_what_only_the_wire_knows(&loaded.scenario).is_err_and(|why| why.contains("`events-lost`")));
        assert_eq!(refuse_what_only_the_wire_knows(&loaded.scenario.undisturbed()), Ok(()));
    }
}
