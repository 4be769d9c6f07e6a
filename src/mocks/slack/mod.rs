//! Slack as a bot and a support channel see it: the Web API at `/api/METHOD`, and signed events to the target.
//!
//! `methods` answers the Web API, `events` speaks to the target, `acts` is what customers and people do.

pub mod acts;
mod args;
mod chat;
mod control;
mod conversations;
mod events;
mod methods;
mod reactions;
mod state;
mod users;

#[cfg(test)]
mod tests;

pub use acts::Posted;
pub use state::{Channel, Kind, Message, User};

use crate::mocks::asked::{Asked, Done, Refused};
use crate::mocks::stamp::Epoch;
use crate::mocks::vendor::{Delivery, DeliveryOutcome, Effect, Handled, Request, Vendor};
use crate::time::{Span, Time};
use state::Workspace;

/// How a Slack is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The calendar moment of the scenario's start.
    pub epoch: Epoch,
    /// The bot's token.
    pub bot_token: String,
    /// The secret that signs events.
    pub signing_secret: String,
    /// Where events go; `None`: nobody has subscribed.
    pub events_url: Option<String>,
    /// How long to wait before each further try of an event.
    pub retries: Vec<Span>,
    /// How long the target may take to acknowledge an event.
    pub deadline: Span,
    /// The channels there are from the start; the bot is in all of them.
    pub channels: Vec<String>,
    /// The people there are from the start.
    pub users: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            epoch: Epoch::default(),
            bot_token: "xoxb-mock-token".to_owned(),
            signing_secret: "mock-signing-secret".to_owned(),
            events_url: None,
            retries: vec![Span::ZERO, Span::MINUTE, Span::from_secs(300)],
            deadline: Span::from_secs(3),
            channels: vec!["support".to_owned(), "support-escalations".to_owned()],
            users: vec!["alex".to_owned(), "kim".to_owned()],
        }
    }
}

/// The knob of a Slack that accepts messages and never shows them.
const LOSE_MESSAGE: &str = "lose_message";

/// What Slack itself does wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quirk {
    /// Nothing.
    None,
    /// It says `ok` to a new message, and nobody ever sees it.
    LosesMessages,
}

/// The vendor.
#[derive(Debug)]
pub struct Slack {
    settings: Settings,
    workspace: Workspace,
    events: events::Outbox,
}

impl Slack {
    /// A workspace with its seed channels and users.
    pub fn new(settings: Settings) -> Self {
        let workspace = Workspace::new(&settings);
        let events = events::Outbox::new(&settings);
        Self { settings, workspace, events }
    }

    /// The channel of an id, a name with or without `#`, or the direct messages with a user of that id.
    pub fn channel(&self, named: &str) -> Option<&Channel> {
        self.workspace.channel(named)
    }

    /// The user of an id.
    pub fn user(&self, id: &str) -> Option<&User> {
        self.workspace.users.get(id)
    }
}

impl Vendor for Slack {
    fn endpoint(&self, request: &Request) -> &'static str {
        methods::find(&request.path).map_or("unknown_method", |method| method.name)
    }

    fn handle(&mut self, request: &Request, now: Time) -> Handled {
        methods::answer(self, request, now, Quirk::None)
    }

    fn handle_with(&mut self, knob: &str, request: &Request, now: Time) -> Handled {
        let quirk = if knob == LOSE_MESSAGE { Quirk::LosesMessages } else { Quirk::None };
        methods::answer(self, request, now, quirk)
    }

    fn delivered(&mut self, delivery: &Delivery, outcome: &DeliveryOutcome, _now: Time) -> Vec<Effect> {
        self.events.delivered(delivery, outcome);
        Vec::new()
    }

    fn events(&self) -> &'static [&'static str] {
        &control::EVENTS
    }

    fn emit(&mut self, event: &str, params: &Asked, now: Time) -> Result<Done, Refused> {
        self.happens(event, params, now)
    }

    fn aim(&mut self, target: &Asked, now: Time) -> Result<Done, Refused> {
        self.is_aimed(target, now)
    }

    fn reset(&mut self) {
        *self = Self::new(self.settings.clone());
    }

    fn as_any_mut(&mut self) -> &mut dyn std::any::Any {
        self
    }
}
