//! Which room a request belongs to, and what every room shares: who asks, limits, errors.

use super::limit;
use super::page::page;
use super::refusal::Refusal;
use super::state::Role;
use super::{
    Knob, Zendesk, audits, export, fields, groups, include, jobs, macros, metrics, organizations, ratings, requests,
    search, tickets, users, views,
};
use crate::mocks::answer;
use crate::mocks::form::{self, Form};
use crate::mocks::vendor::{Effect, Handled, Reply, Request};
use crate::time::{Span, Time};
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
    /// What the vendor does wrong at this request.
    pub(super) knob: Option<Knob>,
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

    /// The reply of these records, with what `?include=` asks for beside them.
    pub(super) fn show(&self, status: u16, mut body: Value) -> Outcome {
        if let Some(wanted) = self.query.filled("include") {
            include::fill(&self.desk.account, wanted, &self.origin, &mut body);
        }
        Ok(answer::json(status, &body))
    }

    /// A page of a list, as [`page`](super::page::page) parts it.
    pub(super) fn page<T>(
        &self,
        key: &str,
        all: Vec<T>,
        id: impl Fn(&T) -> Option<u64>,
        show: impl FnMut(T) -> Value,
    ) -> Outcome {
        self.show(200, page(key, all, id, show, &self.query, &self.url())?)
    }

    /// The absolute address of the list that is asked for.
    pub(super) fn url(&self) -> String {
        format!("{}{}", self.origin, self.request.path)
    }
}

/// One room.
pub(super) struct Route {
    method: Method,
    /// `#` stands for an id, `*` for a word that the room reads itself.
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
    route(Method::POST, "tickets/create_many", "tickets.create_many", jobs::create_tickets),
    route(Method::PUT, "tickets/update_many", "tickets.update_many", jobs::update_tickets),
    route(Method::DELETE, "tickets/destroy_many", "tickets.destroy_many", jobs::delete_tickets),
    route(Method::GET, "tickets/#", "tickets.get", tickets::get),
    route(Method::PUT, "tickets/#", "tickets.update", tickets::update),
    route(Method::DELETE, "tickets/#", "tickets.delete", tickets::delete),
    route(Method::GET, "tickets/#/comments", "tickets.comments", tickets::comments),
    route(Method::GET, "tickets/#/audits", "tickets.audits", audits::list),
    route(Method::GET, "tickets/#/audits/#", "tickets.audits.get", audits::get),
    route(Method::GET, "tickets/#/tags", "tickets.tags", tickets::tags),
    route(Method::PUT, "tickets/#/tags", "tickets.tags.add", tickets::add_tags),
    route(Method::POST, "tickets/#/tags", "tickets.tags.set", tickets::set_tags),
    route(Method::DELETE, "tickets/#/tags", "tickets.tags.remove", tickets::remove_tags),
    route(Method::GET, "tickets/#/metrics", "tickets.metrics", metrics::of_ticket),
    route(Method::POST, "tickets/#/satisfaction_rating", "satisfaction_ratings.create", ratings::create),
    route(Method::GET, "ticket_metrics", "ticket_metrics.list", metrics::list),
    route(Method::GET, "ticket_metrics/#", "ticket_metrics.get", metrics::get),
    route(Method::GET, "satisfaction_ratings", "satisfaction_ratings.list", ratings::list),
    route(Method::GET, "satisfaction_ratings/#", "satisfaction_ratings.get", ratings::get),
    route(Method::GET, "job_statuses", "job_statuses.list", jobs::list),
    route(Method::GET, "job_statuses/show_many", "job_statuses.show_many", jobs::show_many),
    route(Method::GET, "job_statuses/*", "job_statuses.get", jobs::get),
    route(Method::GET, "incremental/tickets", "incremental.tickets", export::tickets_by_time),
    route(Method::GET, "incremental/tickets/cursor", "incremental.tickets", export::tickets_by_cursor),
    route(Method::GET, "incremental/users", "incremental.users", export::users_by_time),
    route(Method::GET, "incremental/users/cursor", "incremental.users", export::users_by_cursor),
    route(Method::GET, "incremental/organizations", "incremental.organizations", export::organizations_by_time),
    route(Method::GET, "users/#/tickets/requested", "users.tickets", tickets::of_requester),
    route(Method::GET, "users", "users.list", users::list),
    route(Method::POST, "users", "users.create", users::create),
    route(Method::GET, "users/me", "users.me", users::me),
    route(Method::GET, "users/search", "users.search", users::search),
    route(Method::GET, "users/show_many", "users.show_many", users::show_many),
    route(Method::POST, "users/create_or_update", "users.create_or_update", users::create_or_update),
    route(Method::POST, "users/create_many", "users.create_many", jobs::create_users),
    route(Method::POST, "users/create_or_update_many", "users.create_or_update_many", jobs::create_or_update_users),
    route(Method::GET, "users/count", "users.count", users::count),
    route(Method::GET, "users/autocomplete", "users.search", users::search),
    route(Method::GET, "users/#", "users.get", users::get),
    route(Method::DELETE, "users/#", "users.delete", users::delete),
    route(Method::GET, "users/#/tickets/assigned", "users.tickets", tickets::of_assignee),
    route(Method::GET, "users/#/tickets/ccd", "users.tickets", tickets::where_copied),
    route(Method::PUT, "users/#", "users.update", users::update),
    route(Method::GET, "groups", "groups.list", groups::list),
    route(Method::GET, "groups/assignable", "groups.list", groups::list),
    route(Method::POST, "groups", "groups.create", groups::create),
    route(Method::GET, "groups/#", "groups.get", groups::get),
    route(Method::GET, "tags", "tags.list", tickets::all_tags),
    route(Method::GET, "organizations", "organizations.list", organizations::list),
    route(Method::POST, "organizations", "organizations.create", organizations::create),
    route(Method::GET, "organizations/show_many", "organizations.show_many", organizations::show_many),
    route(Method::GET, "organizations/search", "organizations.search", organizations::search),
    route(Method::GET, "organizations/autocomplete", "organizations.search", organizations::autocomplete),
    route(Method::POST, "organizations/create_or_update", "organizations.create", organizations::create_or_update),
    route(Method::GET, "organizations/#", "organizations.get", organizations::get),
    route(Method::PUT, "organizations/#", "organizations.update", organizations::update),
    route(Method::DELETE, "organizations/#", "organizations.delete", organizations::delete),
    route(Method::GET, "organizations/#/tickets", "organizations.tickets", tickets::of_organization),
    route(Method::GET, "organizations/#/users", "organizations.users", users::of_organization),
    route(Method::GET, "views", "views.list", views::list),
    route(Method::GET, "views/active", "views.list", views::list),
    route(Method::GET, "views/#", "views.get", views::get),
    route(Method::GET, "views/#/tickets", "views.tickets", views::tickets),
    route(Method::GET, "views/#/count", "views.count", views::count),
    route(Method::GET, "macros", "macros.list", macros::list),
    route(Method::GET, "macros/active", "macros.list", macros::list),
    route(Method::GET, "macros/#", "macros.get", macros::get),
    route(Method::GET, "macros/#/apply", "macros.apply", macros::apply),
    route(Method::GET, "tickets/#/macros/#/apply", "macros.apply", macros::apply_to_ticket),
    route(Method::GET, "search", "search", search::search),
    route(Method::GET, "search/count", "search.count", search::count),
    route(Method::GET, "search/export", "search.export", search::export),
    route(Method::GET, "ticket_fields", "ticket_fields.list", fields::list),
    route(Method::POST, "ticket_fields", "ticket_fields.create", fields::create),
    route(Method::GET, "ticket_fields/#", "ticket_fields.get", fields::get),
    route(Method::PUT, "ticket_fields/#", "ticket_fields.update", fields::update),
    route(Method::DELETE, "ticket_fields/#", "ticket_fields.delete", fields::delete),
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
            "*" => {}
            word if word == part => {}
            _ => return None,
        }
    }
    Some(ids)
}

/// Answers a request.
pub(super) fn answer(desk: &mut Zendesk, request: &Request, knob: Option<Knob>, now: Time) -> Handled {
    if let Err(wait) = desk.limiter.take(now) {
        return too_many(desk, "Number of allowed API requests per minute exceeded", wait, now);
    }
    let found = find(request);
    if let Some(found) = &found
        && let Err((text, wait)) = desk.limiter.take_of(found.route.name, &found.ids, now)
    {
        return too_many(desk, text, wait, now);
    }
    let (outcome, effects) = enter(desk, request, found, knob, now);
    let reply = outcome.unwrap_or_else(|refusal| refusal.reply());
    desk.limiter.mark(reply, now).and(effects)
}

fn too_many(desk: &Zendesk, text: &str, wait: Span, now: Time) -> Handled {
    let reply = answer::typed(429, "text/html; charset=utf-8", text.to_owned());
    desk.limiter.mark(reply.with("retry-after", limit::seconds(wait).to_string()), now).alone()
}

fn enter(
    desk: &mut Zendesk,
    request: &Request,
    found: Option<Found>,
    knob: Option<Knob>,
    now: Time,
) -> (Outcome, Vec<Effect>) {
    let actor = match who(desk, request) {
        Ok(actor) => actor,
        Err(refusal) => return (Err(refusal), Vec::new()),
    };
    let Some(Found { route, ids }) = found else { return (Err(Refusal::invalid_endpoint()), Vec::new()) };
    if !route.path.starts_with("requests") && route.name != "satisfaction_ratings.create" {
        let role = actor.and_then(|id| desk.account.users.get(&id)).map(|user| user.role);
        match role {
            None => return (Err(Refusal::unauthenticated()), Vec::new()),
            Some(Role::EndUser) if route.path != "users/me" => return (Err(Refusal::forbidden()), Vec::new()),
            Some(_) => {}
        }
    }
    let query = Form::parse(request.query.as_bytes());
    let origin = form::origin(&request.headers);
    let mut call = Call { desk, request, query, ids, actor, origin, now, knob, effects: Vec::new() };
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
