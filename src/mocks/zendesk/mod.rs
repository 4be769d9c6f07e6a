//! Zendesk as a bot and a desk see it: tickets, comments, users, groups, search and requests under `/api/v2`, and signed
//! webhooks to the target.
//!
//! `routes` finds the room a request belongs to, `changes` is what may happen to a ticket, `webhooks` speaks to
//! the target, `acts` is what customers and people do.

pub mod acts;
mod changes;
mod control;
mod groups;
mod limit;
mod page;
mod refusal;
mod requests;
mod routes;
mod search;
mod show;
mod state;
mod tickets;
mod users;
mod webhooks;

#[cfg(test)]
mod tests;

pub use state::{Comment, Group, Role, Status, Ticket, User};

use crate::mocks::asked::{Asked, Done, Refused};
use crate::mocks::stamp::Epoch;
use crate::mocks::vendor::{Handled, Request, Vendor};
use crate::time::{Span, Time};
use state::Account;
use std::collections::BTreeMap;

/// How a Zendesk is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The calendar moment of the scenario's start.
    pub epoch: Epoch,
    /// The address of the agent that the target is.
    pub email: String,
    /// The token, for `email/token:TOKEN` and for `Bearer TOKEN` alike.
    pub token: String,
    /// Where webhooks go; `None`: there is none.
    pub webhook_url: Option<String>,
    /// The secret that signs webhooks.
    pub signing_secret: String,
    /// How long the target may take to answer a webhook.
    pub deadline: Span,
    /// How long to wait before each further try of a webhook, where Zendesk tries again at all.
    pub retries: Vec<Span>,
    /// The groups there are from the start.
    pub groups: Vec<String>,
    /// How long search lags behind the tickets.
    pub index_lag: Span,
    /// Requests a minute before it answers 429; `None`: no limit, though the headers name one.
    pub requests_per_minute: Option<u32>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            epoch: Epoch::default(),
            email: "agent@example.com".to_owned(),
            token: "mock-zendesk-token".to_owned(),
            webhook_url: None,
            signing_secret: "mock-signing-secret".to_owned(),
            deadline: Span::from_secs(10),
            retries: vec![Span::from_secs(1), Span::from_secs(5), Span::from_secs(25)],
            groups: vec!["Support".to_owned()],
            index_lag: Span::ZERO,
            requests_per_minute: None,
        }
    }
}

/// The knob of a search that lags far behind.
const INDEX_LAG: &str = "index_lag";
/// How far.
const LAG: Span = Span::from_secs(300);

/// The vendor.
#[derive(Debug)]
pub struct Zendesk {
    settings: Settings,
    account: Account,
    webhooks: webhooks::Outbox,
    limiter: limit::Limiter,
    idempotent: BTreeMap<String, tickets::Done>,
}

impl Zendesk {
    /// An account with its agent and its seed groups.
    pub fn new(settings: Settings) -> Self {
        Self {
            account: Account::new(&settings),
            webhooks: webhooks::Outbox::new(&settings),
            limiter: limit::Limiter::new(settings.requests_per_minute),
            idempotent: BTreeMap::new(),
            settings,
        }
    }

    /// Search lags so far behind from now on (a knob for outages).
    pub fn set_index_lag(&mut self, lag: Span) {
        self.settings.index_lag = lag;
    }
}

impl Vendor for Zendesk {
    fn endpoint(&self, request: &Request) -> &'static str {
        routes::find(request).map_or("unknown", |found| found.route.name)
    }

    fn handle(&mut self, request: &Request, now: Time) -> Handled {
        routes::answer(self, request, now)
    }

    fn handle_with(&mut self, knob: &str, request: &Request, now: Time) -> Handled {
        let usual = self.settings.index_lag;
        if knob == INDEX_LAG {
            self.settings.index_lag = usual.max(LAG);
        }
        let handled = self.handle(request, now);
        self.settings.index_lag = usual;
        handled
    }

    fn events(&self) -> &'static [&'static str] {
        &control::EVENTS
    }

    fn emit(&mut self, event: &str, params: &Asked, now: Time) -> Result<Done, Refused> {
        self.happens(event, params, now)
    }

    fn aim(&mut self, target: &Asked, _now: Time) -> Result<Done, Refused> {
        self.is_aimed(target)
    }

    fn reset(&mut self) {
        *self = Self::new(self.settings.clone());
    }

    fn as_any_mut(&mut self) -> &mut dyn std::any::Any {
        self
    }
}
