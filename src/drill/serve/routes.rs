//! What is asked of the port: pages, joining, the stream of state, commands.

use super::assets;
use super::frame::json;
use super::guard::{self, Hosts, Strange};
use super::links::Links;
use super::seats::{NAME_LETTERS, NoSeat, Seats, Sitter};
use super::stage::{AfterState, Board};
use super::stream::{self, Pulse};
use crate::drill::view::{Cast, Command, Seat, Shelved};
use crate::mocks::clock::Clock;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited, StreamBody};
use hyper::body::{Body, Bytes};
use hyper::header::{self, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use serde::Deserialize;
use serde_json::json as object;
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// Bytes of a command.
pub(super) const BODY_BYTES: usize = 16 * 1024;
/// How long a command may take to come in.
const BODY_TIME: Duration = Duration::from_secs(10);
/// Letters of a command, so that one text does not fill everybody's page.
const TEXT_LETTERS: usize = 4_000;

type Reply = Response<UnsyncBoxBody<Bytes, Infallible>>;

/// Everything that answers requests.
pub(super) struct Desk {
    pub(super) cast: Cast,
    pub(super) shelf: Vec<Shelved>,
    pub(super) hosts: Hosts,
    pub(super) seats: Arc<Seats>,
    pub(super) board: Arc<Board>,
    pub(super) clock: Clock,
    pub(super) links: Links,
}

/// A refusal as a browser reads it.
struct No(StatusCode, &'static str, String);

fn no(status: StatusCode, code: &'static str, says: impl Into<String>) -> No {
    No(status, code, says.into())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Join {
    code: String,
    name: String,
    role: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Remove {
    id: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Doors {
    open: bool,
}

/// Answers a request.
pub(super) async fn answer<B>(
    desk: Arc<Desk>,
    from: IpAddr,
    pulse: Pulse,
    request: Request<B>,
) -> Result<Reply, Infallible>
where
    B: Body<Data = Bytes> + Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let reply = route(&desk, from, pulse, request).await;
    let mut reply = reply.unwrap_or_else(|No(status, code, says)| {
        let mut reply = whole("application/json", json(&object!({ "code": code, "says": says })));
        *reply.status_mut() = status;
        reply
    });
    guard::harden(&mut reply);
    Ok(reply)
}

async fn route<B>(desk: &Arc<Desk>, from: IpAddr, pulse: Pulse, request: Request<B>) -> Result<Reply, No>
where
    B: Body<Data = Bytes> + Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    desk.hosts.check(request.method(), request.headers()).map_err(strange)?;
    let path = request.uri().path().to_owned();
    match (request.method(), path.as_str()) {
        (&Method::GET, "/api/cast") => Ok(whole("application/json", json(&desk.cast))),
        (&Method::GET, "/api/me") => {
            let sitter = desk.sitter(&request)?;
            Ok(whole("application/json", json(&object!({ "id": sitter.id, "seat": sitter.seat }))))
        }
        (&Method::GET, "/api/state") => desk.state(&desk.sitter(&request)?, pulse),
        (&Method::GET, "/api/after") => {
            desk.sitter(&request)?;
            Ok(desk.after())
        }
        (&Method::GET, "/api/links") => {
            desk.facilitator(&request)?;
            Ok(whole("application/json", json(&desk.links)))
        }
        (&Method::GET, "/api/shelf") => {
            desk.facilitator(&request)?;
            Ok(whole("application/json", json(&desk.shelf)))
        }
        (&Method::POST, "/api/join") => desk.join(from, &read::<Join, _>(request).await?),
        (&Method::POST, "/api/do") => {
            let sitter = desk.sitter(&request)?;
            desk.speaks(&sitter)?;
            let command = read::<Command, _>(request).await?;
            desk.act(sitter, command).await
        }
        (&Method::POST, "/api/remove") => {
            desk.speaks(&desk.facilitator(&request)?)?;
            let removed = desk.seats.remove(read::<Remove, _>(request).await?.id);
            desk.board.stir();
            removed.then(done).ok_or_else(|| no(StatusCode::NOT_FOUND, "unknown", "nobody sits there"))
        }
        (&Method::POST, "/api/doors") => {
            desk.speaks(&desk.facilitator(&request)?)?;
            desk.seats.open_doors(read::<Doors, _>(request).await?.open);
            Ok(done())
        }
        (&Method::GET | &Method::HEAD, path) => match assets::at(path) {
            Some(asset) => Ok(whole(asset.kind, asset.bytes)),
            None => Err(no(StatusCode::NOT_FOUND, "unknown", "there is nothing here")),
        },
        (_, "/api/join" | "/api/do" | "/api/remove" | "/api/doors" | "/api/state") => {
            Err(no(StatusCode::METHOD_NOT_ALLOWED, "method", "not by this method"))
        }
        _ => Err(no(StatusCode::NOT_FOUND, "unknown", "there is nothing here")),
    }
}

impl Desk {
    fn sitter<B>(&self, request: &Request<B>) -> Result<Sitter, No> {
        let said = request.headers().get(guard::TOKEN).and_then(|token| token.to_str().ok());
        said.and_then(|said| self.seats.whose(said))
            .ok_or_else(|| no(StatusCode::UNAUTHORIZED, "token", "this link is not, or no longer, valid: join again"))
    }

    fn facilitator<B>(&self, request: &Request<B>) -> Result<Sitter, No> {
        let sitter = self.sitter(request)?;
        if sitter.seat == Seat::Facilitator {
            return Ok(sitter);
        }
        Err(no(StatusCode::FORBIDDEN, "not_yours", "only the facilitator may do that"))
    }

    fn speaks(&self, sitter: &Sitter) -> Result<(), No> {
        if self.seats.may_speak(sitter.id, self.clock.now()) {
            return Ok(());
        }
        Err(no(StatusCode::TOO_MANY_REQUESTS, "too_fast", "too many commands at once: wait a second"))
    }

    fn state(&self, sitter: &Sitter, pulse: Pulse) -> Result<Reply, No> {
        let full = || no(StatusCode::TOO_MANY_REQUESTS, "too_many", "this link is open in too many windows");
        let here = self.seats.come(sitter.id).ok_or_else(full)?;
        let unknown = || no(StatusCode::NOT_FOUND, "unknown", "the drill has no such seat");
        let events = stream::events(self.board.clone(), &sitter.seat, here, pulse).ok_or_else(unknown)?;
        let mut reply = Response::new(StreamBody::new(events).boxed_unsync());
        reply.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
        Ok(reply)
    }

    fn after(&self) -> Reply {
        match self.board.after.borrow().clone() {
            AfterState::Ready(bytes) => whole("application/json", bytes),
            state => {
                let mut reply =
                    whole("application/json", json(&object!({ "making": matches!(state, AfterState::Making) })));
                *reply.status_mut() = StatusCode::ACCEPTED;
                reply
            }
        }
    }

    fn join(&self, from: IpAddr, asked: &Join) -> Result<Reply, No> {
        let token = self.seats.join(from, &asked.code, &asked.name, &asked.role, self.clock.now()).map_err(no_seat)?;
        Ok(whole("application/json", json(&object!({ "token": token.text() }))))
    }

    async fn act(&self, sitter: Sitter, command: Command) -> Result<Reply, No> {
        if matches!(sitter.seat, Seat::Observer | Seat::Projector) {
            return Err(no(StatusCode::FORBIDDEN, "not_yours", "this seat watches; it decides nothing"));
        }
        // Nothing longer than a text can be in a command but texts.
        if json(&command).chars().count() > TEXT_LETTERS {
            let says = format!("that is too long: at most {TEXT_LETTERS} letters");
            return Err(no(StatusCode::PAYLOAD_TOO_LARGE, "too_long", says));
        }
        let busy = || no(StatusCode::SERVICE_UNAVAILABLE, "busy", "the drill is busy: try again");
        match self.board.act(sitter.seat, command).await.ok_or_else(busy)? {
            Ok(()) => Ok(done()),
            Err(refusal) => {
                let status = if refusal.code == "not_yours" { StatusCode::FORBIDDEN } else { StatusCode::CONFLICT };
                Err(no(status, refusal.code, refusal.says))
            }
        }
    }
}

fn done() -> Reply {
    whole("application/json", "{}")
}

fn whole(kind: &'static str, bytes: impl Into<Bytes>) -> Reply {
    let mut reply = Response::new(Full::new(bytes.into()).boxed_unsync());
    reply.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    reply
}

/// The body of a command, within bounds.
async fn read<T, B>(request: Request<B>) -> Result<T, No>
where
    T: for<'a> Deserialize<'a>,
    B: Body<Data = Bytes> + Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let body = tokio::time::timeout(BODY_TIME, Limited::new(request.into_body(), BODY_BYTES).collect()).await;
    let body = body.map_err(|_| no(StatusCode::REQUEST_TIMEOUT, "slow", "the command did not come in time"))?;
    let bytes = body.map_err(|error| {
        if error.is::<LengthLimitError>() {
            no(StatusCode::PAYLOAD_TOO_LARGE, "too_long", format!("a command has at most {BODY_BYTES} bytes"))
        } else {
            no(StatusCode::BAD_REQUEST, "broken", "the command cannot be read")
        }
    })?;
    serde_json::from_slice(&bytes.to_bytes())
        .map_err(|error| no(StatusCode::BAD_REQUEST, "bad_value", format!("no command of a drill: {error}")))
}

fn strange(strange: Strange) -> No {
    match strange {
        Strange::Host => no(
            StatusCode::MISDIRECTED_REQUEST,
            "host",
            "this drill is not served under that name: use the link that `holdline drill` printed",
        ),
        Strange::Origin => no(StatusCode::FORBIDDEN, "origin", "a page from elsewhere may not do that"),
        Strange::Type => no(StatusCode::UNSUPPORTED_MEDIA_TYPE, "type", "a command is application/json"),
    }
}

fn no_seat(why: NoSeat) -> No {
    match why {
        NoSeat::WrongCode => no(StatusCode::FORBIDDEN, "code", "that is not the join code"),
        NoSeat::TooManyGuesses => no(StatusCode::TOO_MANY_REQUESTS, "guesses", "too many wrong codes: wait a minute"),
        NoSeat::Closed => no(StatusCode::FORBIDDEN, "closed", "the facilitator has closed the doors"),
        NoSeat::Full => no(StatusCode::CONFLICT, "full", "every seat is taken"),
        NoSeat::NoSuchRole => no(StatusCode::CONFLICT, "role", "there is no such role to take"),
        NoSeat::BadName => no(StatusCode::CONFLICT, "name", format!("a name has 1 to {NAME_LETTERS} visible letters")),
        NoSeat::NameTaken => no(StatusCode::CONFLICT, "taken", "somebody here has that name"),
        NoSeat::NoRandomness => no(StatusCode::SERVICE_UNAVAILABLE, "busy", "the system gives no randomness"),
    }
}
