//! What the tests of the rehearsal's rooms stand on.

use super::setup;
use super::stage::Stage;
use crate::faults::Incidents;
use crate::mocks::clock::Clock;
use crate::rng::Luck;
use crate::scenario::{Overrides, load};
use std::path::Path;
use std::sync::Arc;

/// The stage of the desk whose plan offers call-backs on the phone and other channels on phone and chat.
pub(super) async fn stage() -> Stage {
    stage_of("tests/e2e/offers/day.yaml").await
}

/// The stage of a scenario of the repository.
pub(super) async fn stage_of(path: &str) -> Stage {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let Ok(loaded) = load(&path, &Overrides::default()) else { panic!("{} loads", path.display()) };
    let scenario = Arc::new(loaded.scenario);
    let incidents = Arc::new(Incidents::new(&scenario, Luck::new(1, 0)));
    let clock = Clock::start(1.0);
    setup::mocks(&scenario, &incidents, &clock, Luck::new(1, 0), false).await.expect("ports are free")
}
