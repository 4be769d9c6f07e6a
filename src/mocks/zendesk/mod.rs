//! Zendesk as a bot and a desk see it: tickets, comments, users, groups, organizations, search, requests, ratings,
//! metrics, views, jobs and exports under `/api/v2`, and signed webhooks to the target.
//!
//! `routes` finds the room a request belongs to, `changes` is what may happen to a ticket, `jobs` do many things later,
//! `webhooks` speaks to the target unless its `breaker` is open, `acts` is what customers and people do.

pub mod acts;
mod audits;
mod breaker;
mod changes;
mod control;
mod export;
mod fields;
mod groups;
mod include;
mod jobs;
mod kept;
mod limit;
mod macros;
mod metrics;
mod organizations;
mod page;
mod ratings;
mod refusal;
mod requests;
mod routes;
mod search;
mod show;
mod state;
mod tickets;
mod users;
mod views;
mod webhooks;
mod wishes;

#[cfg(test)]
mod tests;

pub use state::{Comment, Group, Role, Status, Ticket, User};

use crate::mocks::asked::{Asked, Done, Refused};
use crate::mocks::stamp::Epoch;
use crate::mocks::vendor::{Delivery, DeliveryOutcome, Effect, Handled, Request, Vendor};
use crate::time::{Span, Time};
use state::Account;

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
    /// How much of the last moments incremental exports leave out: a minute at Zendesk, nothing here unless asked for, so
    /// that a test need not wait.
    pub export_lag: Span,
    /// Requests a minute before it answers 429; `None`: no limit at all, though the headers name one.
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
            export_lag: Span::ZERO,
            requests_per_minute: Some(limit::NAMED),
        }
    }
}

/// What only Zendesk itself can do wrong, by the names that the failure data use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Knob {
    /// Search lags far behind.
    IndexLag,
    /// Jobs never end.
    JobStuck,
    /// Jobs end in failure.
    JobFailed,
    /// An export says that it has told everything, and has not.
    StaleExport,
}

impl Knob {
    fn named(name: &str) -> Option<Self> {
        match name {
            "index_lag" => Some(Self::IndexLag),
            "job_stuck" => Some(Self::JobStuck),
            "job_failed" => Some(Self::JobFailed),
            "stale_export" => Some(Self::StaleExport),
            _ => None,
        }
    }
}

/// How far what lags far behind does.
const LAG: Span = Span::from_secs(300);

/// The vendor.
#[derive(Debug)]
pub struct Zendesk {
    settings: Settings,
    account: Account,
    webhooks: webhooks::Outbox,
    limiter: limit::Limiter,
    idempotent: tickets::Idempotent,
    jobs: jobs::Jobs,
}

impl Zendesk {
    /// An account with its agent and its seed groups.
    pub fn new(settings: Settings) -> Self {
        Self {
            account: Account::new(&settings),
            webhooks: webhooks::Outbox::new(&settings),
            limiter: limit::Limiter::new(settings.requests_per_minute),
            idempotent: tickets::Idempotent::default(),
            jobs: jobs::Jobs::default(),
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
        routes::answer(self, request, None, now)
    }

    fn handle_with(&mut self, knob: &str, request: &Request, now: Time) -> Handled {
        routes::answer(self, request, Knob::named(knob), now)
    }

    fn delivered(&mut self, _: &Delivery, outcome: &DeliveryOutcome, now: Time) -> Vec<Effect> {
        self.webhooks.breaker.note(outcome.error.is_none(), now);
        Vec::new()
    }

    fn next_wake(&self) -> Option<Time> {
        self.jobs.next()
    }

    fn wake(&mut self, now: Time) -> Vec<Effect> {
        jobs::run(self, now)
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
