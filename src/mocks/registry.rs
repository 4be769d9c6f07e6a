//! Which mock stands for which kind of dependency: one line a vendor.

use super::openai::{self, OpenAi};
use super::slack::{self, Slack};
use super::smtp::Smtp;
use super::stamp::Epoch;
use super::statuspage::{self, Statuspage};
use super::twilio::{self, Twilio};
use super::vendor::Vendor;
use super::zendesk::{self, Zendesk};
use crate::rng::Luck;
use crate::scenario::model::DependencyKind;
use crate::time::Span;

/// How long a call of the target rings where nobody else decides it.
const ANSWERED_AFTER: Span = Span::from_secs(1);

/// What every mock is told at its start.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The dependency's name.
    pub name: String,
    /// Where its ids and nonces come from.
    pub luck: Luck,
    /// Unix seconds at the scenario's start.
    pub unix_at_zero: i64,
    /// No harness plays the people outside: whom the target calls answers by themselves.
    pub alone: bool,
}

/// The mock of a kind, with the documented credentials and seed objects.
pub fn vendor(kind: DependencyKind, setup: Setup) -> Box<dyn Vendor> {
    let Setup { name, luck, unix_at_zero, alone } = setup;
    let epoch = Epoch { unix: unix_at_zero };
    match kind {
        DependencyKind::Openai => {
            // Alone, the limits only count until PUT /targets sets some: who measures a client's speed meets none.
            Box::new(OpenAi::new(openai::Settings { name, luck, unix_at_zero, enforces: !alone, ..Default::default() }))
        }
        DependencyKind::Slack => Box::new(Slack::new(slack::Settings { epoch, limited: alone, ..Default::default() })),
        DependencyKind::Zendesk => Box::new(Zendesk::new(zendesk::Settings { epoch, ..Default::default() })),
        DependencyKind::Twilio => {
            let answered_after = alone.then_some(ANSWERED_AFTER);
            let limits = alone.then(twilio::Limits::shipped);
            Box::new(Twilio::new(twilio::Settings { epoch, answered_after, limits, ..Default::default() }))
        }
        DependencyKind::Statuspage => {
            Box::new(Statuspage::new(statuspage::Settings { name, luck, unix_at_zero, ..Default::default() }))
        }
        DependencyKind::Smtp => Box::new(Smtp::new()),
    }
}
