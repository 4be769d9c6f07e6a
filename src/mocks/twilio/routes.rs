//! Which room a request belongs to, and what every room shares: credentials, the account, errors.

use super::refusal::Refusal;
use super::{Twilio, VERSION, rest_accounts, rest_calls, rest_messages, rest_numbers, rest_queues, rest_recordings};
use crate::mocks::form::{self, Form};
use crate::mocks::vendor::{Effect, Handled, Reply, Request};
use crate::time::Time;
use hyper::Method;

/// What a room gives.
pub(super) type Outcome = Result<Reply, Refusal>;

/// One request under way.
pub(super) struct Asking<'a> {
    pub(super) twilio: &'a mut Twilio,
    pub(super) path: &'a str,
    pub(super) query: Form,
    pub(super) form: Form,
    /// The ids in the path behind the account's, in order.
    pub(super) ids: Vec<String>,
    pub(super) now: Time,
    pub(super) effects: Vec<Effect>,
}

impl Asking<'_> {
    /// The first id of the path.
    pub(super) fn id(&self) -> String {
        self.ids.first().cloned().unwrap_or_default()
    }

    pub(super) fn not_found(&self) -> Refusal {
        Refusal::not_found(self.path)
    }

    /// A path of the account.
    pub(super) fn own(&self, rest: &str) -> String {
        format!("/{VERSION}/Accounts/{}{rest}", self.twilio.settings.account)
    }
}

/// One room.
pub(super) struct Route {
    method: Method,
    /// Behind `Accounts/AC…`; `#` stands for an id.
    path: &'static str,
    pub(super) name: &'static str,
    run: fn(&mut Asking<'_>) -> Outcome,
}

const fn route(method: Method, path: &'static str, name: &'static str, run: fn(&mut Asking<'_>) -> Outcome) -> Route {
    Route { method, path, name, run }
}

/// Every room; where two fit, the first.
static ROUTES: &[Route] = &[
    route(Method::GET, "", "accounts.fetch", rest_accounts::fetch),
    route(Method::POST, "Calls", "calls.create", rest_calls::create),
    route(Method::GET, "Calls", "calls.list", rest_calls::list),
    route(Method::GET, "Calls/#", "calls.fetch", rest_calls::fetch),
    route(Method::POST, "Calls/#", "calls.update", rest_calls::update),
    route(Method::DELETE, "Calls/#", "calls.delete", rest_calls::delete),
    route(Method::GET, "Calls/#/Recordings", "recordings.list", rest_recordings::list),
    route(Method::POST, "Calls/#/Streams", "streams.create", rest_calls::begin_stream),
    route(Method::POST, "Calls/#/Streams/#", "streams.update", rest_calls::end_stream),
    route(Method::GET, "Recordings", "recordings.list", rest_recordings::list),
    route(Method::GET, "Recordings/#", "recordings.fetch", rest_recordings::fetch),
    route(Method::DELETE, "Recordings/#", "recordings.delete", rest_recordings::delete),
    route(Method::POST, "Messages", "messages.create", rest_messages::create),
    route(Method::GET, "Messages", "messages.list", rest_messages::list),
    route(Method::GET, "Messages/#", "messages.fetch", rest_messages::fetch),
    route(Method::POST, "Messages/#", "messages.update", rest_messages::update),
    route(Method::DELETE, "Messages/#", "messages.delete", rest_messages::delete),
    route(Method::GET, "IncomingPhoneNumbers", "numbers.list", rest_numbers::list),
    route(Method::GET, "IncomingPhoneNumbers/#", "numbers.fetch", rest_numbers::fetch),
    route(Method::POST, "IncomingPhoneNumbers/#", "numbers.update", rest_numbers::update),
    route(Method::GET, "Queues", "queues.list", rest_queues::list),
    route(Method::POST, "Queues", "queues.create", rest_queues::create),
    route(Method::GET, "Queues/#", "queues.fetch", rest_queues::fetch),
    route(Method::POST, "Queues/#", "queues.update", rest_queues::update),
    route(Method::DELETE, "Queues/#", "queues.delete", rest_queues::delete),
    route(Method::GET, "Queues/#/Members", "queues.members.list", rest_queues::members),
    route(Method::GET, "Queues/#/Members/#", "queues.members.fetch", rest_queues::member),
    route(Method::POST, "Queues/#/Members/#", "queues.members.update", rest_queues::dequeue),
];

/// What lies above any account.
static ACCOUNTS: Route = route(Method::GET, "Accounts", "accounts.list", rest_accounts::list);

/// A room with the account and the ids of the path.
pub(super) struct Found {
    pub(super) route: &'static Route,
    /// `None`: of all accounts there are.
    account: Option<String>,
    ids: Vec<String>,
}

/// The room that a request means.
pub(super) fn find(request: &Request) -> Option<Found> {
    let mut parts = form::path_parts(&request.path);
    let last = parts.last_mut()?;
    if let Some(plain) = last.strip_suffix(".json") {
        *last = plain.to_owned();
    }
    if parts.first().is_none_or(|version| version != VERSION) || parts.get(1).is_none_or(|word| word != "Accounts") {
        return None;
    }
    let [_, _, account, rest @ ..] = parts.as_slice() else {
        let found = Found { route: &ACCOUNTS, account: None, ids: Vec::new() };
        return (request.method == ACCOUNTS.method).then_some(found);
    };
    ROUTES
        .iter()
        .filter(|route| route.method == request.method)
        .find_map(|route| Some(Found { route, account: Some(account.clone()), ids: fit(route.path, rest)? }))
}

fn fit(pattern: &str, parts: &[String]) -> Option<Vec<String>> {
    let wanted: Vec<&str> = pattern.split('/').filter(|part| !part.is_empty()).collect();
    if wanted.len() != parts.len() || wanted.iter().zip(parts).any(|(want, part)| *want != "#" && want != part) {
        return None;
    }
    Some(wanted.iter().zip(parts).filter(|(want, _)| **want == "#").map(|(_, part)| part.clone()).collect())
}

/// Answers a request.
pub(super) fn answer(twilio: &mut Twilio, request: &Request, now: Time) -> Handled {
    if let Some(sound) = rest_recordings::sound(twilio, request) {
        return sound.alone();
    }
    let (concurrent, (outcome, effects)) = match twilio.limiter.enter(now) {
        Ok(concurrent) => (concurrent, enter(twilio, request, now)),
        Err(concurrent) => (concurrent, (Err(Refusal::too_many()), Vec::new())),
    };
    let reply = outcome.unwrap_or_else(|refusal| refusal.reply());
    reply.with("twilio-concurrent-requests", concurrent.to_string()).and(effects)
}

fn enter(twilio: &mut Twilio, request: &Request, now: Time) -> (Outcome, Vec<Effect>) {
    let settings = &twilio.settings;
    let known = form::basic(&request.headers)
        .is_some_and(|(name, token)| name == settings.account && token == settings.auth_token);
    if !known {
        return (Err(Refusal::unauthenticated()), Vec::new());
    }
    let found = find(request).filter(|found| found.account.as_ref().is_none_or(|account| *account == settings.account));
    let Some(Found { route, ids, .. }) = found else {
        return (Err(Refusal::not_found(&request.path)), Vec::new());
    };
    let mut asked = Asking {
        twilio,
        path: &request.path,
        query: Form::parse(request.query.as_bytes()),
        form: Form::parse(&request.body),
        ids,
        now,
        effects: Vec::new(),
    };
    let outcome = (route.run)(&mut asked);
    (outcome, asked.effects)
}
