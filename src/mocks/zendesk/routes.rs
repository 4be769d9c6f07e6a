//! Which room a request belongs to, and what every room shares: who asks, limits, errors.

use super::limit;
use super::refusal::Refusal;
use super::state::Role;
use super::{Zendesk, groups, requests, search, tickets, users};
use crate::mocks::answer;
use crate::mocks::form::{self, Form};
use crate::mocks::vendor::{Effect, Handled, Reply, Request};
use crate::time::Time;
use hyper::Method;
use serde_json::Value;

/// What a room gives.
pub(super) type Outcome = Result<Reply, Refusal>;

/// One request under way.
pub(super) struct Call<'a> {
    pub(super) desk: &'a mut Zendesk,
    pub(super) request: &'a Request,
    pub(super) query: Form,
    /// The ids in the path, in order.
    pub(super) ids: Vec<u64>,
    /// Who asks; `None`: nobody that is known (only `/requests` allows it).
    pub(super) actor: Option<u64>,
    pub(super) origin: String,
    pub(super) now: Time,
    pub(super) effects: Vec<Effect>,
}

impl Call<'_> {
    /// The body as JSON.
    pub(super) fn body(&self) -> Result<Value, Refusal> {
        serde_json::from_slice(&self.request.body).map_err(|_| Refusal::unprocessable_json())
    }

    /// The object under `key` of the body.
    pub(super) fn object(&self, key: &str) -> Result<Value, Refusal> {
        let mut body = self.body()?;
        match body.get_mut(key) {
            Some(object @ Value::Object(_)) => Ok(object.take()),
            _ => Err(Refusal::attribute(key, "must be an object")),
        }
    }

    /// The first id of the path.
    pub(super) fn id(&self) -> u64 {
        self.ids.first().copied().unwrap_or(0)
    }

    /// Who asks; every room but `/requests` has somebody.
    pub(super) fn actor(&self) -> Result<u64, Refusal> {
        self.actor.ok_or_else(Refusal::unauthenticated)
    }

    /// The ids of `?ids=1,2,3`.
    pub(super) fn listed_ids(&self) -> Result<Vec<u64>, Refusal> {
        const MOST: usize = 100;
        let ids: Vec<u64> = self
            .query
            .get("ids")
            .unwrap_or_default()
            .split(',')
            .filter_map(|id| id.trim().parse().ok())
            .take(MOST + 1)
            .collect();
        if ids.len() > MOST { Err(Refusal::too_many(MOST)) } else { Ok(ids) }
    }

    /// The absolute address of the list that is asked for.
    pub(super) fn url(&self) -> String {
        format!("{}{}", self.origin, self.request.path)
    }
}

/// One room.
pub(super) struct Route {
    method: Method,
    /// `#` stands for an id.
    path: &'static str,
    pub(super) name: &'static str,
    run: fn(&mut Call<'_>) -> Outcome,
}

const fn route(method: Method, path: &'static str, name: &'static str, run: fn(&mut Call<'_>) -> Outcome) -> Route {
    Route { method, path, name, run }
}

/// Every room; where two fit, the first.
static ROUTES: &[Route] = &[
    route(Method::GET, "tickets", "tickets.list", tickets::list),
    route(Method::POST, "tickets", "tickets.create", tickets::create),
    route(Method::GET, "tickets/count", "tickets.count", tickets::count),
    route(Method::GET, "tickets/show_many", "tickets.show_many", tickets::show_many),
    route(Method::GET, "tickets/#", "tickets.get", tickets::get),
    route(Method::PUT, "tickets/#", "tickets.update", tickets::update),
    route(Method::DELETE, "tickets/#", "tickets.delete", tickets::delete),
    route(Method::GET, "tickets/#/comments", "tickets.comments", tickets::comments),
    route(Method::GET, "tickets/#/tags", "tickets.tags", tickets::tags),
    route(Method::PUT, "tickets/#/tags", "tickets.tags.add", tickets::add_tags),
    route(Method::POST, "tickets/#/tags", "tickets.tags.set", tickets::set_tags),
    route(Method::DELETE, "tickets/#/tags", "tickets.tags.remove", tickets::remove_tags),
    route(Method::GET, "users/#/tickets/requested", "users.tickets", tickets::of_requester),
    route(Method::GET, "users", "users.list", users::list),
    route(Method::POST, "users", "users.create", users::create),
    route(Method::GET, "users/me", "users.me", users::me),
    route(Method::GET, "users/search", "users.search", users::search),
    route(Method::GET, "users/show_many", "users.show_many", users::show_many),
    route(Method::POST, "users/create_or_update", "users.create_or_update", users::create_or_update),
    route(Method::GET, "users/#", "users.get", users::get),
    route(Method::PUT, "users/#", "users.update", users::update),
    route(Method::GET, "groups", "groups.list", groups::list),
    route(Method::GET, "groups/assignable", "groups.list", groups::list),
    route(Method::GET, "groups/#", "groups.get", groups::get),
    route(Method::GET, "search", "search", search::search),
    route(Method::GET, "search/count", "search.count", search::count),
    route(Method::GET, "requests", "requests.list", requests::list),
    route(Method::POST, "requests", "requests.create", requests::create),
    route(Method::GET, "requests/#", "requests.get", requests::get),
    route(Method::PUT, "requests/#", "requests.update", requests::update),
    route(Method::GET, "requests/#/comments", "requests.comments", requests::comments),
];

/// A room with the ids of the path.
pub(super) struct Found {
    pub(super) route: &'static Route,
    pub(super) ids: Vec<u64>,
}

/// The room that a request means.
pub(super) fn find(request: &Request) -> Option<Found> {
    let parts = form::path_parts(request.path.strip_prefix("/api/v2/")?);
    ROUTES.iter().find_map(|route| {
        let ids = (route.method == request.method).then(|| fit(route.path, &parts)).flatten()?;
        Some(Found { route, ids })
    })
}

fn fit(pattern: &str, parts: &[String]) -> Option<Vec<u64>> {
    let wanted: Vec<&str> = pattern.split('/').collect();
    if wanted.len() != parts.len() {
        return None;
    }
    let mut ids = Vec::new();
    for (at, (want, part)) in wanted.iter().zip(parts).enumerate() {
        let last = at + 1 == parts.len();
        let part = if last { part.strip_suffix(".json").unwrap_or(part) } else { part };
        match *want {
            "#" => ids.push(part.parse().ok()?),
            word if word == part => {}
            _ => return None,
        }
    }
    Some(ids)
}

/// Answers a request.
pub(super) fn answer(desk: &mut Zendesk, request: &Request, now: Time) -> Handled {
    if let Err(wait) = desk.limiter.take(now) {
        let reply = answer::text(429, "Number of allowed API requests per minute exceeded");
        let reply = reply.with("retry-after", limit::seconds(wait).to_string());
        return desk.limiter.mark(reply, now).alone();
    }
    let (outcome, effects) = enter(desk, request, now);
    let reply = outcome.unwrap_or_else(|refusal| refusal.reply());
    desk.limiter.mark(reply, now).and(effects)
}

fn enter(desk: &mut Zendesk, request: &Request, now: Time) -> (Outcome, Vec<Effect>) {
    let found = find(request);
    let actor = match who(desk, request) {
        Ok(actor) => actor,
        Err(refusal) => return (Err(refusal), Vec::new()),
    };
    let Some(Found { route, ids }) = found else { return (Err(Refusal::invalid_endpoint()), Vec::new()) };
    if !route.path.starts_with("requests") {
        let role = actor.and_then(|id| desk.account.users.get(&id)).map(|user| user.role);
        match role {
            None => return (Err(Refusal::unauthenticated()), Vec::new()),
            Some(Role::EndUser) if route.path != "users/me" => return (Err(Refusal::forbidden()), Vec::new()),
            Some(_) => {}
        }
    }
    let query = Form::parse(request.query.as_bytes());
    let origin = form::origin(&request.headers);
    let mut call = Call { desk, request, query, ids, actor, origin, now, effects: Vec::new() };
    let outcome = (route.run)(&mut call);
    (outcome, call.effects)
}

/// Who asks. No credentials are nobody; wrong ones are refused.
fn who(desk: &Zendesk, request: &Request) -> Result<Option<u64>, Refusal> {
    if form::header(&request.headers, "authorization").is_none() {
        return Ok(None);
    }
    let settings = &desk.settings;
    let email = match (form::basic(&request.headers), form::bearer(&request.headers)) {
        (Some((name, token)), _) if token == settings.token => name.strip_suffix("/token").map(str::to_owned),
        (None, Some(token)) if token == settings.token => Some(settings.email.clone()),
        _ => None,
    };
    let user = email.and_then(|email| desk.account.user_by_email(&email).map(|user| user.id));
    user.map(Some).ok_or_else(Refusal::unauthenticated)
}
