//! Which mock stands for which kind of dependency: one line a vendor.

use super::http::{self, Http};
use super::openai::{self, OpenAi};
use super::slack::{self, Slack};
use super::smtp::Smtp;
use super::stamp::Epoch;
use super::statuspage::{self, Statuspage};
use super::tcp::Tcp;
use super::twilio::{self, Twilio};
use super::vendor::Vendor;
use super::zendesk::{self, Zendesk};
use crate::rng::Luck;
use crate::scenario::model::{Dependency, DependencyKind};
use crate::time::Span;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// How long a call of the target rings where nobody else decides it.
const ANSWERED_AFTER: Span = Span::from_secs(1);

/// Port 0, where nothing can listen.
const NOWHERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// What every mock is told at its start.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// Where its ids and nonces come from.
    pub luck: Luck,
    /// Unix seconds at the scenario's start.
    pub unix_at_zero: i64,
    /// No harness plays the people outside: whom the target calls answers by themselves.
    pub alone: bool,
}

/// The mock of a dependency, with the documented credentials and seed objects.
pub fn vendor(dependency: &Dependency, setup: Setup) -> Box<dyn Vendor> {
    let Setup { luck, unix_at_zero, alone } = setup;
    let name = dependency.name.clone();
    let epoch = Epoch { unix: unix_at_zero };
    match dependency.kind {
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
            let limits = alone.then(statuspage::Limits::shipped);
            Box::new(Statuspage::new(statuspage::Settings { name, luck, unix_at_zero, limits, ..Default::default() }))
        }
        DependencyKind::Smtp => Box::new(Smtp),
        DependencyKind::Http => {
            let stubs = dependency.stubs.clone().unwrap_or_default();
            Box::new(Http::new(http::Settings { name, stubs, luck, epoch }))
        }
        // The language refuses a proxy without an upstream; one that is made otherwise leads nowhere.
        DependencyKind::Tcp => Box::new(Tcp::new(dependency.upstream.unwrap_or(NOWHERE), name, luck)),
    }
}
