//! Which mock stands for which kind of dependency: one line a vendor.

use super::openai::{self, OpenAi};
use super::statuspage::{self, Statuspage};
use super::vendor::Vendor;
use crate::rng::Luck;
use crate::scenario::model::DependencyKind;

/// What every mock is told at its start.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The dependency's name.
    pub name: String,
    /// Where its ids and nonces come from.
    pub luck: Luck,
    /// Unix seconds at the scenario's start.
    pub unix_at_zero: i64,
}

/// The mock of a kind; `None`: it has no mock yet.
pub fn vendor(kind: DependencyKind, setup: Setup) -> Option<Box<dyn Vendor>> {
    let Setup { name, luck, unix_at_zero } = setup;
    Some(match kind {
        DependencyKind::Openai => {
            Box::new(OpenAi::new(openai::Settings { name, luck, unix_at_zero, ..openai::Settings::default() }))
        }
        DependencyKind::Statuspage => Box::new(Statuspage::new(statuspage::Settings {
            name,
            luck,
            unix_at_zero,
            ..statuspage::Settings::default()
        })),
        DependencyKind::Slack | DependencyKind::Zendesk | DependencyKind::Twilio => return None,
    })
}
