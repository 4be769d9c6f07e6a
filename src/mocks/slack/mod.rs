//! Slack as a bot and a support channel see it: the Web API at `/api/METHOD`, incoming webhooks, and what the workspace tells
//! the app, posted and signed or over Socket Mode.
//!
//! `methods` answers the Web API, `events` and `interact` say what happened, `outbox` and `socket_mode` carry it to the
//! target, `hooks` take messages back, `acts` is what customers and people do.

pub mod acts;
mod args;
mod assistant;
mod blocks;
mod chat;
mod control;
mod conversations;
mod elements;
mod events;
mod files;
mod functions;
mod hooks;
mod interact;
mod limit;
mod methods;
mod outbox;
mod quota;
mod reactions;
mod rooms;
mod scheduled;
mod socket_mode;
mod state;
mod stream;
mod surfaces;
mod team;
mod unfurl;
mod users;
mod views;

#[cfg(test)]
mod tests;

pub use acts::Posted;
pub use limit::Limits;
pub use outbox::Urls;
pub use state::{Channel, Kind, Message, User};

use crate::mocks::asked::{Asked, Done, Refused};
use crate::mocks::socket::{Ending, Frame, Opening, SocketId};
use crate::mocks::stamp::Epoch;
use crate::mocks::vendor::{Delivery, DeliveryOutcome, Effect, Handled, Request, Vendor};
use crate::time::{Span, Time};
use state::Workspace;
use std::sync::Arc;

/// How a Slack is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The calendar moment of the scenario's start.
    pub epoch: Epoch,
    /// The bot's token.
    pub bot_token: String,
    /// The secret that signs events.
    pub signing_secret: String,
    /// The app's own token, for Socket Mode.
    pub app_token: String,
    /// Where the app listens.
    pub urls: Urls,
    /// Everything goes over Socket Mode, also while no connection is open; else it does while one is.
    pub by_socket: bool,
    /// How often a Socket Mode connection is pinged.
    pub socket_ping: Span,
    /// After how long a Socket Mode connection is replaced.
    pub socket_refresh: Span,
    /// Calls that come too often are refused; `None`: none is.
    pub limits: Option<Arc<Limits>>,
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
            app_token: "xapp-mock-token".to_owned(),
            urls: Urls::default(),
            by_socket: false,
            socket_ping: Span::from_secs(10),
            socket_refresh: Span::from_secs(18_060),
            limits: None,
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
    events: events::Events,
    outbox: outbox::Outbox,
    hooks: hooks::Hooks,
    triggers: interact::Triggers,
    views: views::Views,
    files: files::Files,
    meter: limit::Meter,
    scheduled: scheduled::Scheduled,
    /// How the app reached this mock last: `http://host:port`.
    origin: String,
}

/// The endpoint of Socket Mode connections.
const SOCKET: &str = "socket";
/// What is answered beside the Web API: how its paths begin, and its endpoint.
const PAGES: [(&str, &str); 6] = [
    ("/services/", "webhook"),
    ("/actions/", "response_url"),
    ("/commands/", "response_url"),
    ("/upload/v1/", "files.upload"),
    ("/files-pri/", "files.download"),
    ("/link", SOCKET),
];

impl Slack {
    /// A workspace with its seed channels and users.
    pub fn new(settings: Settings) -> Self {
        let limits = settings.limits.clone();
        Self {
            workspace: Workspace::new(&settings),
            events: events::Events::new(settings.epoch, limits.as_ref().map(|limits| limits.events)),
            outbox: outbox::Outbox::new(&settings),
            hooks: hooks::Hooks::default(),
            triggers: interact::Triggers::default(),
            views: views::Views::default(),
            files: files::Files::default(),
            meter: limit::Meter::new(limits),
            scheduled: scheduled::Scheduled::default(),
            origin: "http://localhost".to_owned(),
            settings,
        }
    }

    fn answer(&mut self, request: &Request, now: Time, quirk: Quirk) -> Handled {
        match hooks::page(&request.path) {
            Some("webhook") => hooks::webhook(self, request, now),
            Some("response_url") => hooks::respond(self, request, now),
            Some("files.upload") => files::upload(self, request),
            Some("files.download") => files::download(self, request),
            Some(SOCKET) => self.outbox.links.accept(request),
            _ => methods::answer(self, request, now, quirk),
        }
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
        let method = methods::find(&request.path).map(|method| method.name);
        method.or_else(|| hooks::page(&request.path)).unwrap_or("unknown_method")
    }

    fn handle(&mut self, request: &Request, now: Time) -> Handled {
        self.answer(request, now, Quirk::None)
    }

    fn handle_with(&mut self, knob: &str, request: &Request, now: Time) -> Handled {
        let quirk = if knob == LOSE_MESSAGE { Quirk::LosesMessages } else { Quirk::None };
        self.answer(request, now, quirk)
    }

    fn delivered(&mut self, delivery: &Delivery, outcome: &DeliveryOutcome, now: Time) -> Vec<Effect> {
        let mut effects: Vec<Effect> = self.events.delivered(delivery, outcome, now).into_iter().collect();
        effects.extend(self.answered(delivery, outcome, now));
        effects
    }

    fn opened(&mut self, socket: SocketId, _: &Opening, now: Time) -> Vec<Effect> {
        self.outbox.links.opened(socket, now)
    }

    fn said(&mut self, socket: SocketId, frame: Frame, _: Time) -> Vec<Effect> {
        socket_mode::Links::said(socket, frame)
    }

    fn closed(&mut self, socket: Option<SocketId>, _: &Opening, _: &Ending, _: Time) -> Vec<Effect> {
        if let Some(socket) = socket {
            self.outbox.links.closed(socket);
        }
        Vec::new()
    }

    fn next_wake(&self) -> Option<Time> {
        let scheduled = self.scheduled.next_wake(self.settings.epoch.unix_secs(Time::ZERO));
        [self.outbox.links.next_wake(), scheduled].into_iter().flatten().min()
    }

    fn wake(&mut self, now: Time) -> Vec<Effect> {
        let mut effects = self.outbox.links.wake(now);
        effects.extend(scheduled::wake(self, now));
        effects
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

    /// Open connections are how the app listens: they stay.
    fn reset(&mut self) {
        let mut fresh = Self::new(self.settings.clone());
        std::mem::swap(&mut fresh.outbox.links, &mut self.outbox.links);
        std::mem::swap(&mut fresh.origin, &mut self.origin);
        *self = fresh;
    }

    fn located(&mut self, origin: &str) {
        origin.clone_into(&mut self.origin);
    }

    fn as_any_mut(&mut self) -> &mut dyn std::any::Any {
        self
    }
}
