//! The control API of `holdline mocks`: faults on demand, where targets listen, customers on demand, the journal, reset
//! and clock. It is served as one more mock, so it has the same bounds, and it knows no vendor: each says itself what it
//! can emit and what a target of it is.
//!
//! `board` holds the faults and judges requests by them, `fault` reads one, `names` and `extra` are those that are in no
//! catalogue, `shown` writes the journal as JSON, `door` lets in who may come in.

mod board;
mod bytes;
mod door;
mod extra;
mod fault;
mod names;
mod shown;

#[cfg(test)]
mod tests;

pub use board::Board;
pub use door::Door;
pub use names::{EXTRA, Extra};

use super::answer;
use super::asked::{Asked, Done, Refused};
use super::clock::Clock;
use super::form::path_parts;
use super::front::Egress;
use super::mock::Mock;
use super::vendor::{Effect, Handled, Reply, Request, Vendor};
use crate::scenario::model::DependencyKind;
use crate::time::{Span, Time};
use hyper::Method;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// What may be asked, for those who ask for something else.
const ROUTES: [&str; 12] = [
    "GET /",
    "GET /faults",
    "POST /faults",
    "DELETE /faults",
    "DELETE /faults/{id}",
    "PUT /targets/{vendor}",
    "POST /emit/{vendor}",
    "GET /journal/{vendor}",
    "GET /egress",
    "POST /reset",
    "GET /clock",
    "PUT /clock",
];

/// One mock under control.
pub struct Controlled {
    /// The mock.
    pub mock: Arc<Mock>,
    /// What it speaks.
    pub kind: DependencyKind,
}

/// What the control API needs.
pub struct Settings {
    /// The mocks, in order.
    pub mocks: Vec<Controlled>,
    /// The faults, which is also the mocks' judge.
    pub board: Arc<Board>,
    /// The mocks' clock.
    pub clock: Clock,
    /// Who may come in.
    pub door: Door,
    /// Where the front lists what it denied; `None`: nothing is intercepted.
    pub egress: Option<Arc<Egress>>,
    /// Unix seconds at the clock's zero.
    pub unix_at_zero: i64,
    /// Targets may be on other machines.
    pub allow_remote: bool,
}

/// The API.
pub struct Control {
    settings: Settings,
}

/// A status and a JSON body, or why not.
type Outcome = Result<(u16, Value), Refused>;

/// The fields of a reply, and how many webhooks follow.
type Made = (Map<String, Value>, usize);

impl Control {
    /// Over mocks that are up.
    pub fn new(settings: Settings) -> Self {
        Self { settings }
    }

    fn answer(&self, request: &Request, now: Time) -> Outcome {
        self.settings.door.admits(request)?;
        let parts = path_parts(&request.path);
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        match (&request.method, parts.as_slice()) {
            (&Method::GET, []) => Ok((200, self.index())),
            (&Method::GET, ["faults"]) => Ok((200, json!({"faults": self.settings.board.list(now)}))),
            (&Method::POST, ["faults"]) => self.add_fault(&self.asked(request)?, now),
            (&Method::DELETE, ["faults"]) => Ok((200, json!({"removed": self.settings.board.clear()}))),
            (&Method::DELETE, ["faults", id]) => match self.settings.board.remove(id) {
                true => Ok((200, json!({"removed": 1}))),
                false => Err(Refused::missing(format!("there is no fault `{id}`; GET /faults lists them"))),
            },
            (&Method::PUT, ["targets", vendor]) => self.aim(self.named(vendor)?, &self.asked(request)?),
            (&Method::POST, ["emit", vendor]) => self.emit(self.named(vendor)?, &self.asked(request)?),
            (&Method::GET, ["journal", vendor]) => Ok((200, shown::journal(&self.named(vendor)?.mock.journal))),
            (&Method::GET, ["egress"]) => match &self.settings.egress {
                Some(egress) => Ok((200, shown::egress(egress))),
                None => Err(Refused::missing("nothing is intercepted: start with `--intercept proxy`".to_owned())),
            },
            (&Method::POST, ["reset"]) => Ok((200, self.reset())),
            (&Method::GET, ["clock"]) => Ok((200, self.tell_time())),
            (&Method::PUT, ["clock"]) => self.move_clock(&self.asked(request)?, now),
            (method, _) => Err(Refused::missing(format!(
                "there is no {method} {}; possible: {}",
                request.path.chars().take(80).collect::<String>(),
                ROUTES.join(", ")
            ))),
        }
    }

    fn asked(&self, request: &Request) -> Result<Asked, Refused> {
        let body = match request.body.is_empty() {
            true => Value::Null,
            false => serde_json::from_slice(&request.body)
                .map_err(|e| Refused { status: 400, why: format!("the body is no valid JSON: {e}") })?,
        };
        Asked::new(body, self.settings.allow_remote)
    }

    fn named(&self, vendor: &str) -> Result<&Controlled, Refused> {
        let found = self.settings.mocks.iter().find(|one| one.mock.name == vendor);
        found.ok_or_else(|| {
            let names = self.settings.mocks.iter().map(|one| one.mock.name.as_str());
            Refused { status: 404, ..Refused::unknown("no mock has the name", vendor, names) }
        })
    }

    fn index(&self) -> Value {
        let mocks = self.settings.mocks.iter().map(|one| {
            let events = one.mock.act(|vendor, _| (vendor.events(), Vec::new()));
            json!({"vendor": one.mock.name, "kind": one.kind.word(), "emits": events})
        });
        json!({"holdline": env!("CARGO_PKG_VERSION"), "mocks": mocks.collect::<Vec<_>>(), "routes": ROUTES})
    }

    fn add_fault(&self, asked: &Asked, now: Time) -> Outcome {
        asked.only(&["vendor", "fault", "params"])?;
        let one = self.named(asked.text("vendor")?)?;
        let params = Asked::new(asked.get("params").cloned().unwrap_or_default(), false)?;
        let fault = fault::read(one.kind.word(), asked.text("fault")?, &params, one.mock.catalogue())?;
        let id = self.settings.board.add(one.mock.id, &one.mock.name, fault, now)?;
        Ok((201, json!({"id": id})))
    }

    fn aim(&self, one: &Controlled, asked: &Asked) -> Outcome {
        one.mock.act(|vendor, now| done(vendor.aim(asked, now))).map(|(made, _)| (200, Value::Object(made)))
    }

    fn emit(&self, one: &Controlled, asked: &Asked) -> Outcome {
        asked.only(&["event", "params"])?;
        let event = asked.text("event")?;
        let params = Asked::new(asked.get("params").cloned().unwrap_or_default(), self.settings.allow_remote)?;
        let (mut made, deliveries) = one.mock.act(|vendor, now| done(vendor.emit(event, &params, now)))?;
        made.insert("deliveries".to_owned(), json!(deliveries));
        if deliveries == 0 {
            let note = format!("the target was told nothing: PUT /targets/{} says where it listens", one.mock.name);
            made.insert("note".to_owned(), json!(note));
        }
        Ok((200, Value::Object(made)))
    }

    fn reset(&self) -> Value {
        let faults = self.settings.board.clear();
        self.settings.board.forget();
        self.settings.mocks.iter().for_each(|one| one.mock.reset());
        self.settings.egress.iter().for_each(|egress| egress.clear());
        json!({"reset": self.settings.mocks.len(), "faults_removed": faults})
    }

    fn tell_time(&self) -> Value {
        let now = self.settings.clock.now();
        let epoch = super::stamp::Epoch { unix: self.settings.unix_at_zero };
        json!({
            "now": now.secs_f64(), "unix": epoch.unix_secs(now), "utc": epoch.iso(now), "pace": self.settings.clock.pace(),
        })
    }

    /// The clock goes forward only: nothing in the mocks can live with time that runs back.
    fn move_clock(&self, asked: &Asked, now: Time) -> Outcome {
        asked.only(&["now", "advance"])?;
        let second = Span::from_secs(1);
        let by = match (asked.length("now", second)?, asked.length("advance", second)?) {
            (None, Some(by)) => by,
            (Some(to), None) if Time::ZERO + to >= now => (Time::ZERO + to).since(now),
            (Some(_), None) => {
                let why = format!("time never runs back: `now` must be at least {:.3}", now.secs_f64());
                return Err(Refused::bad(why));
            }
            _ => return Err(Refused::bad("either `now` or `advance` is wanted, in seconds or as a text like `5m`")),
        };
        self.settings.clock.advance(by);
        Ok((200, self.tell_time()))
    }
}

/// What a vendor did, parted into the reply's fields with the number of webhooks, and the effects.
fn done(outcome: Result<Done, Refused>) -> (Result<Made, Refused>, Vec<Effect>) {
    match outcome {
        Ok(done) => {
            let deliveries = done.effects.iter().filter(|effect| matches!(effect, Effect::Deliver(_))).count();
            (Ok((done.made, deliveries)), done.effects)
        }
        Err(refused) => (Err(refused), Vec::new()),
    }
}

fn refusal(refused: &Refused) -> Reply {
    let reply = answer::json(refused.status, &json!({"error": refused.why}));
    if refused.status == 401 { reply.with("www-authenticate", "Bearer realm=\"holdline\"") } else { reply }
}

impl Vendor for Control {
    fn endpoint(&self, _request: &Request) -> &'static str {
        "control"
    }

    fn handle(&mut self, request: &Request, now: Time) -> Handled {
        match self.answer(request, now) {
            Ok((status, body)) => answer::json(status, &body).alone(),
            Err(refused) => refusal(&refused).alone(),
        }
    }

    /// Nothing is its own: the board and the mocks are reset by their request.
    fn reset(&mut self) {}

    fn as_any_mut(&mut self) -> &mut dyn std::any::Any {
        self
    }
}
