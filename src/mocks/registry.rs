//! Which mock stands for which kind of dependency: one line a vendor.

use super::openai::{self, OpenAi};
use super::slack::{self, Slack};
use super::stamp::Epoch;
use super::statuspage::{self, Statuspage};
use super::twilio::{self, Twilio};
use super::vendor::Vendor;
use super::zendesk::{self, Zendesk};
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

/// The mock of a kind, with the documented credentials and seed objects.
pub fn vendor(kind: DependencyKind, setup: Setup) -> Box<dyn Vendor> {
    let Setup { name, luck, unix_at_zero } = setup;
    let epoch = Epoch { unix: unix_at_zero };
    match kind {
        DependencyKind::Openai => {
            Box::new(OpenAi::new(openai::Settings { name, luck, unix_at_zero, ..Default::default() }))
        }
        DependencyKind::Slack => Box::new(Slack::new(slack::Settings { epoch, ..Default::default() })),
        DependencyKind::Zendesk => Box::new(Zendesk::new(zendesk::Settings { epoch, ..Default::default() })),
        DependencyKind::Twilio => Box::new(Twilio::new(twilio::Settings { epoch, ..Default::default() })),
        DependencyKind::Statuspage => {
            Box::new(Statuspage::new(statuspage::Settings { name, luck, unix_at_zero, ..Default::default() }))
        }
    }
}
