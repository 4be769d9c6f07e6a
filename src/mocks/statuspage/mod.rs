//! The mock of a public status page: incidents and components behind a key, and what the public sees.

mod fields;
mod limit;
mod page;
#[cfg(test)]
mod tests;

use super::asked::{Asked, Done, Refused};
use super::vendor::{Body, Effect, Handled, Reply, Request, Seen, Vendor};
use crate::rng::{Luck, name_key};
use crate::time::{Span, Time};
use hyper::Method;
use limit::Limiter;
use page::{Page, Which, Written};
use serde_json::{Value, json};

pub use limit::Limits;

/// What a mock page is made of.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The dependency's name.
    pub name: String,
    /// Where ids come from.
    pub luck: Luck,
    /// Unix seconds at the scenario's start.
    pub unix_at_zero: i64,
    /// The key that clients must show.
    pub key: String,
    /// The page's id.
    pub page: String,
    /// The components there are from the start.
    pub components: Vec<String>,
    /// How often a client may ask; `None`: as often as it likes.
    pub limits: Option<Limits>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            name: "statuspage".to_owned(),
            luck: Luck::new(1, 0),
            unix_at_zero: 1_767_571_200,
            key: "mock-statuspage-key".to_owned(),
            page: "mockpage".to_owned(),
            components: vec!["Customer support".to_owned()],
            limits: None,
        }
    }
}

/// The mock.
pub struct Statuspage {
    settings: Settings,
    page: Page,
    limiter: Limiter,
}

/// A limit is no larger than this.
const MOST: u64 = 1_000_000_000;

/// What a path means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Route<'a> {
    Pages,
    Page(&'a str),
    Incidents(&'a str),
    Chosen(&'a str, Which),
    Incident(&'a str, &'a str),
    Components(&'a str),
    Component(&'a str, &'a str),
    /// What the public sees: a file of `/api/v2`.
    Public(&'a str),
    Unknown,
}

impl Route<'_> {
    fn of(path: &str) -> Route<'_> {
        let path = path.strip_suffix(".json").unwrap_or(path).trim_matches('/');
        let parts: Vec<&str> = path.splitn(7, '/').collect();
        match parts.as_slice() {
            ["v1", "pages"] => Route::Pages,
            ["v1", "pages", page] => Route::Page(page),
            ["v1", "pages", page, "incidents"] => Route::Incidents(page),
            ["v1", "pages", page, "incidents", "unresolved"] => Route::Chosen(page, Which::Unresolved),
            ["v1", "pages", page, "incidents", "scheduled"] => Route::Chosen(page, Which::Scheduled),
            ["v1", "pages", page, "incidents", "upcoming"] => Route::Chosen(page, Which::Upcoming),
            ["v1", "pages", page, "incidents", "active_maintenance"] => Route::Chosen(page, Which::Active),
            ["v1", "pages", page, "incidents", id] => Route::Incident(page, id),
            ["v1", "pages", page, "components"] => Route::Components(page),
            ["v1", "pages", page, "components", id] => Route::Component(page, id),
            ["api", "v2", ..] => Route::Public(&path["api/v2".len()..]),
            _ => Route::Unknown,
        }
    }

    fn page(&self) -> Option<&str> {
        match self {
            Self::Page(page)
            | Self::Incidents(page)
            | Self::Chosen(page, _)
            | Self::Incident(page, _)
            | Self::Components(page)
            | Self::Component(page, _) => Some(page),
            Self::Pages | Self::Public(_) | Self::Unknown => None,
        }
    }
}

/// A refusal: its status, the words that go with it, and how long to wait before the next try.
struct Refusal {
    status: u16,
    words: Value,
    wait: Option<Span>,
}

impl Refusal {
    fn new(status: u16, words: Value) -> Self {
        Self { status, words, wait: None }
    }

    fn too_many(wait: Span) -> Self {
        let words = json!({"error": "You are sending too many requests. Please slow down."});
        Self { status: 420, words, wait: Some(wait) }
    }
}

impl Statuspage {
    /// A page with its components and no incident.
    pub fn new(settings: Settings) -> Self {
        let who = name_key(&settings.name);
        let mut page = Page::new(settings.page.clone(), settings.luck, who, settings.unix_at_zero);
        for name in &settings.components {
            page.add_component(name);
        }
        let limiter = Limiter::new(settings.limits);
        Self { settings, page, limiter }
    }

    /// Another limit from now on, or none.
    fn is_aimed(&mut self, target: &Asked) -> Result<Done, Refused> {
        const LIMIT: &str = "requests_per_minute";
        target.only(&[LIMIT])?;
        let limit = target.whole(LIMIT, 1, MOST)?;
        if limit.is_some() || target.cleared(LIMIT) {
            self.settings.limits = limit.map(|requests| Limits { requests: requests as usize, in_s: 60 });
            self.limiter = Limiter::new(self.settings.limits);
        }
        let made =
            [(LIMIT, json!(self.settings.limits.map(|limits| limits.requests * 60 / limits.in_s.max(1) as usize)))];
        Ok(Done::of(made, Vec::new()))
    }

    /// The statuses of the incidents that are not resolved, newest first, with their last words.
    pub fn unresolved(&self) -> Vec<(String, String)> {
        self.page.unresolved_words()
    }

    /// An incident that was opened at `since`, before the target listened (a warm start).
    pub fn standing_incident(&mut self, name: &str, body: &str, since: Time) {
        let fields = json!({"name": name, "status": "investigating", "body": body});
        if let Err(why) = self.page.create(&fields, since) {
            tracing::warn!(why, "an incident could not be handed over");
        }
    }

    fn answer(&mut self, request: &Request, now: Time, effects: &mut Vec<Effect>) -> Result<(u16, Value), Refusal> {
        let route = Route::of(&request.path);
        if let Route::Public(file) = route {
            return self.page.public(file, now).map(|body| (200, body)).ok_or_else(not_found);
        }
        self.authorise(request)?;
        self.limiter.take(now).map_err(Refusal::too_many)?;
        if route.page().is_some_and(|page| page != self.settings.page) {
            return Err(not_found());
        }
        let body = fields::parse(request);
        match (&request.method, route) {
            (&Method::GET, Route::Pages) => Ok((200, json!([self.page.json(now)]))),
            (&Method::GET, Route::Page(_)) => Ok((200, self.page.json(now))),
            (&Method::GET, Route::Incidents(_)) => Ok((200, self.page.incidents(&request.query, Which::All))),
            (&Method::GET, Route::Chosen(_, which)) => Ok((200, self.page.incidents(&request.query, which))),
            (&Method::GET, Route::Incident(_, id)) => found(self.page.incident(id)),
            (&Method::DELETE, Route::Incident(_, id)) => found(self.page.delete(id)),
            (&Method::POST, Route::Incidents(_)) => {
                let written = self.page.create(&body?["incident"], now).map_err(unprocessable)?;
                Ok((201, told(written, effects)))
            }
            (&Method::PATCH | &Method::PUT, Route::Incident(_, id)) => {
                let written = self.page.update(id, &body?["incident"], now).ok_or_else(not_found)?;
                Ok((200, told(written.map_err(unprocessable)?, effects)))
            }
            (&Method::GET, Route::Components(_)) => Ok((200, self.page.components())),
            (&Method::GET, Route::Component(_, id)) => found(self.page.component(id)),
            (&Method::PATCH | &Method::PUT, Route::Component(_, id)) => {
                let changed = self.page.change_component(id, &body?["component"], now).ok_or_else(not_found)?;
                changed.map(|json| (200, json)).map_err(unprocessable)
            }
            _ => Err(not_found()),
        }
    }

    fn authorise(&self, request: &Request) -> Result<(), Refusal> {
        let header = request.headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let in_header = header.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("oauth"));
        let mut query = form_urlencoded::parse(request.query.as_bytes());
        let known = in_header.is_some_and(|(_, key)| key.trim() == self.settings.key)
            || query.any(|(name, value)| name == "api_key" && value == self.settings.key.as_str());
        if known { Ok(()) } else { Err(Refusal::new(401, json!({"error": "Could not authenticate"}))) }
    }
}

fn told(written: Written, effects: &mut Vec<Effect>) -> Value {
    if let Some((status, text)) = written.said {
        effects.push(Effect::Seen(Seen::PublicUpdate { status, text, still_open: written.still_open }));
    }
    written.json
}

fn found(value: Option<Value>) -> Result<(u16, Value), Refusal> {
    value.map(|value| (200, value)).ok_or_else(not_found)
}

fn not_found() -> Refusal {
    Refusal::new(404, json!({"error": "Record not found"}))
}

fn unprocessable(why: String) -> Refusal {
    Refusal::new(422, json!({"error": [why]}))
}

impl Vendor for Statuspage {
    fn endpoint(&self, request: &Request) -> &'static str {
        let writes = request.method != Method::GET && request.method != Method::HEAD;
        match Route::of(&request.path) {
            Route::Incidents(_) if writes => "incidents.create",
            Route::Incidents(_) | Route::Chosen(..) => "incidents.list",
            Route::Incident(..) if writes => "incidents.update",
            Route::Incident(..) => "incidents.get",
            Route::Component(..) if writes => "components.update",
            Route::Components(_) | Route::Component(..) => "components.get",
            Route::Pages | Route::Page(_) => "pages.get",
            Route::Public(_) => "public",
            Route::Unknown => "unknown",
        }
    }

    fn handle(&mut self, request: &Request, now: Time) -> Handled {
        let mut effects = Vec::new();
        let mut headers = vec![("content-type", "application/json; charset=utf-8".to_owned())];
        let (status, body) = self.answer(request, now, &mut effects).unwrap_or_else(|refusal| {
            let seconds = |wait: Span| (wait.micros() + 999_999).div_euclid(1_000_000).max(1);
            headers.extend(refusal.wait.map(|wait| ("retry-after", seconds(wait).to_string())));
            (refusal.status, refusal.words)
        });
        let reply = Reply { status, headers, body: Body::Full(body.to_string().into()) };
        reply.and(effects)
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
