//! One mock: a vendor with everything the host gives it, and what happens to each of its requests.

use super::authority::WhenNeeded;
use super::clock::Clock;
use super::deliver::Carrier;
use super::failures;
use super::intake::{self, Refusal};
use super::journal::{Journal, Record, RequestSeen, fingerprint};
use super::judge::{Facts, Failure, Judge};
use super::outgoing::{Broken, End, Outgoing};
use super::server::Bounds;
use super::shown::shown;
use super::socket::{self, Dial, Table};
use super::vendor::{Body, Delivery, Effect, Handled, Protocol, Reply, Request, Vendor};
use super::wire::{Line, Stage, Turn};
use crate::scenario::catalogue::{Catalogue, Wire};
use crate::scenario::model::{Dependency, Id};
use crate::time::{Span, Time};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONNECTION, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Method, Response, StatusCode};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, mpsc, watch};

/// A vendor at work on its port.
pub struct Mock {
    /// Which dependency it stands for.
    pub id: Id<Dependency>,
    /// The dependency's name.
    pub name: String,
    /// What it saw and did.
    pub journal: Arc<Journal>,
    pub(super) clock: Clock,
    pub(super) judge: Arc<dyn Judge>,
    pub(super) bounds: Bounds,
    pub(super) carrier: Carrier,
    /// Signs what this mock shows to clients that want TLS.
    pub(super) authority: Arc<WhenNeeded>,
    /// What is spoken on its port.
    pub(super) protocol: Protocol,
    catalogue: Arc<Catalogue>,
    vendor: Mutex<Box<dyn Vendor>>,
    /// Its open WebSockets.
    pub(super) sockets: Table,
    pub(super) ways: Ways,
    /// How often it was reset: what began before the last time is over.
    life: watch::Sender<u64>,
    /// The vendor's earliest timer, in scenario microseconds.
    wakes_at: AtomicI64,
    wake_changed: Notify,
    requests: AtomicU64,
}

/// Where what a vendor wants done goes, each with the life of the mock in which it began.
pub(super) struct Ways {
    pub(super) courier: mpsc::Sender<(u64, Delivery)>,
    pub(super) dialler: mpsc::Sender<(u64, Box<Dial>)>,
}

/// What all mocks of one host share.
#[derive(Clone)]
pub(super) struct Common {
    pub(super) clock: Clock,
    pub(super) judge: Arc<dyn Judge>,
    pub(super) bounds: Bounds,
    pub(super) carrier: Carrier,
    pub(super) authority: Arc<WhenNeeded>,
    pub(super) catalogue: Arc<Catalogue>,
}

impl Mock {
    pub(super) fn new(
        id: Id<Dependency>,
        name: String,
        vendor: Box<dyn Vendor>,
        journal: Journal,
        common: Common,
        ways: Ways,
    ) -> Self {
        let wakes_at = AtomicI64::new(vendor.next_wake().unwrap_or(Time::NEVER).micros());
        let Common { clock, judge, bounds, carrier, authority, catalogue } = common;
        Self {
            id,
            name,
            journal: Arc::new(journal),
            clock,
            judge,
            bounds,
            carrier,
            authority,
            protocol: vendor.protocol(),
            catalogue,
            vendor: Mutex::new(vendor),
            sockets: Table::default(),
            ways,
            life: watch::Sender::new(0),
            wakes_at,
            wake_changed: Notify::new(),
            requests: AtomicU64::new(0),
        }
    }

    /// Lets something happen at the vendor that is no request; what follows from it goes its way. The vendor is locked
    /// meanwhile: `act` must not come back to this mock.
    pub fn act<R>(&self, act: impl FnOnce(&mut dyn Vendor, Time) -> (R, Vec<Effect>)) -> R {
        let now = self.clock.now();
        let ((result, effects), life) = {
            let mut vendor = self.vendor();
            let done = act(vendor.as_mut(), now);
            self.note_timer(vendor.as_ref());
            (done, self.life())
        };
        self.follow(effects, life, now);
        result
    }

    /// Back to the start: the vendor's state and the journal; webhooks on their way are given up. Where the target listens
    /// stays as it is.
    pub fn reset(&self) {
        let mut vendor = self.vendor();
        vendor.reset();
        self.note_timer(vendor.as_ref());
        self.life.send_modify(|life| *life += 1);
        self.sockets.reset();
        self.journal.clear();
    }

    /// The failure modes by name.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// How many WebSockets are open.
    pub fn open_sockets(&self) -> usize {
        self.sockets.len()
    }

    /// How often it was reset.
    pub(super) fn life(&self) -> u64 {
        *self.life.borrow()
    }

    /// Ready when what began in this life of the mock is over, because it was reset.
    pub(super) async fn outlived(&self, life: u64) {
        let mut lives = self.life.subscribe();
        // The sender lives as long as this mock does.
        drop(lives.wait_for(|now| *now != life).await);
    }

    fn vendor(&self) -> MutexGuard<'_, Box<dyn Vendor>> {
        // A vendor that panicked on one request still answers the next.
        self.vendor.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a new connection meets now instead of this vendor: a mode of the catalogue that strikes connections.
    pub(super) fn meets_at_door(&self) -> Option<String> {
        self.judge.meets_at_door(self.id, self.clock.now())
    }

    /// Answers one request of a connection.
    pub(super) async fn answer(
        self: Arc<Self>,
        line: Arc<Line>,
        request: hyper::Request<Incoming>,
    ) -> Result<Response<Outgoing>, Broken> {
        line.reach(Stage::Body);
        let request = match intake::take(request, self.bounds.body_bytes).await {
            Ok(request) => request,
            Err(refusal) => return Ok(refused(refusal, line)),
        };
        line.reach(Stage::Working);
        let at = self.clock.now();
        let endpoint = self.vendor().endpoint(&request);
        let text = if self.judge.reads() { intake::text(&request) } else { String::new() };
        let method = request.method.as_str();
        let ruling = self.judge.rule(&Facts { dependency: self.id, method, endpoint, text: &text }, at);
        drop(text);
        let mut record = self.record(&request, endpoint, at, ruling.contact);
        if ruling.delay > Span::ZERO {
            self.clock.sleep(ruling.delay).await;
        }
        let meets = |failure: &Failure| self.meets(failure, &request, endpoint);
        match ruling.failure.filter(meets) {
            None => Ok(self.reply_as(self.handled(&request, None).await, line, record)),
            Some(failure) => {
                record.update(|seen| seen.failure = Some(failure.mode.clone()));
                self.fail(failure, endpoint, &request, line, record).await
            }
        }
    }

    /// Whether a failure is one of such requests.
    fn meets(&self, failure: &Failure, request: &Request, endpoint: &str) -> bool {
        let reads = matches!(request.method, Method::GET | Method::HEAD);
        let elsewhere = || self.wire_of(failure).is_some_and(|wire| wire.of_sockets() || wire.of_webhooks());
        let mode = self.catalogue.get(&failure.mode);
        mode.is_none_or(|mode| mode.meets(endpoint) && !(mode.writes_only && reads)) && !elsewhere()
    }

    fn record(&self, request: &Request, endpoint: &'static str, at: Time, contact: Option<u64>) -> Record {
        let seen = RequestSeen {
            at,
            method: request.method.clone(),
            path: shown(&request.path),
            endpoint,
            status: None,
            failure: None,
            took: Span::ZERO,
            gave_up: false,
            fingerprint: fingerprint(&request.method, &request.path, &request.query, &request.body),
            contact,
            retry_after: None,
        };
        Record::begin(seen, self.journal.clone(), self.clock.clone())
    }

    /// The vendor acts, and takes its time.
    async fn handled(&self, request: &Request, knob: Option<&str>) -> Reply {
        let (reply, delay) = self.handle(request, knob);
        self.clock.sleep(delay).await;
        reply
    }

    /// The vendor acts; its effects go their way. The reply, and how much later it comes.
    fn handle(&self, request: &Request, knob: Option<&str>) -> (Reply, Span) {
        let now = self.clock.now();
        let (Handled { mut reply, effects, delay }, life) = {
            let mut vendor = self.vendor();
            let handled = match knob {
                None => vendor.handle(request, now),
                Some(knob) => vendor.handle_with(knob, request, now),
            };
            self.note_timer(vendor.as_ref());
            (handled, self.life())
        };
        self.follow(effects, life, now);
        if let Body::Socket(opening) = reply.body {
            return (socket::accept(&request.headers, *opening), delay);
        }
        failures::bring_to_wall(&mut reply, &self.clock);
        (reply, delay)
    }

    /// The plain way out: everything that is not a stream is written down at once and sent in one piece.
    fn reply_as(self: &Arc<Self>, mut reply: Reply, line: Arc<Line>, mut record: Record) -> Response<Outgoing> {
        let asked_to_wait = failures::asked_to_wait(&reply, &self.clock);
        let head = head(&mut reply);
        record.update(|seen| (seen.status, seen.retry_after) = (Some(reply.status), asked_to_wait));
        let body = match reply.body {
            Body::Full(bytes) => {
                record.finish();
                Outgoing::whole(bytes, line)
            }
            Body::Socket(opening) => {
                record.finish();
                line.turn(Turn { mock: self.clone(), opening: *opening });
                Outgoing::whole(Bytes::new(), line)
            }
            Body::Stream(_) => Outgoing::paced(failures::pieces(reply.body, &self.clock), line, record),
        };
        head.map(|()| body)
    }

    async fn fail(
        self: &Arc<Self>,
        failure: Failure,
        endpoint: &str,
        request: &Request,
        line: Arc<Line>,
        record: Record,
    ) -> Result<Response<Outgoing>, Broken> {
        let Some(mode) = self.catalogue.get(&failure.mode) else {
            let unknown = format!("the fault `{}` is in no catalogue\n", failure.mode);
            return Ok(self.reply_as(plain(500, unknown), line, record));
        };
        let wire = mode.form(endpoint, failure.wire.as_deref());
        if mode.after_commit && !failures::spoils_reply(&wire) {
            drop(self.handle(request, None));
        }
        match &wire {
            Wire::Reply(form) => {
                let id = self.requests.fetch_add(1, Ordering::Relaxed);
                let id = crate::rng::name_key(&self.name) ^ id.wrapping_mul(0x9E37_79B9_7F4A_7C15);
                Ok(self.reply_as(failures::substitute(form, failure.retry_after, id, &self.clock), line, record))
            }
            // A connection that was open before is reset, so that the next one meets what is broken on the way.
            Wire::Refuse {} | Wire::Reset {} | Wire::Handshake(_) => {
                line.reset();
                record.finish();
                Err(Broken)
            }
            Wire::CloseEarly {} => {
                record.finish();
                Err(Broken)
            }
            Wire::Hang {} => never(record).await,
            Wire::Late { seconds } => {
                self.clock.sleep(Span::from_secs(i64::from(*seconds))).await;
                Ok(self.reply_as(self.handled(request, None).await, line, record))
            }
            Wire::HalfClose {} => {
                line.half_close();
                // The socket acts when it is next touched: let the connection touch it.
                tokio::task::yield_now().await;
                never(record).await
            }
            Wire::Garbage { text } => {
                line.garble(Bytes::from(text.clone()));
                record.finish();
                let mut reply = head(&mut plain(200, String::new())).map(|()| Outgoing::whole(Bytes::new(), line));
                reply.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                Ok(reply)
            }
            wire => Ok(match socket::knob(wire, &request.headers) {
                // What spoils a stream befalls what is said on the socket.
                Some(knob) => self.reply_as(self.handled(request, Some(&knob)).await, line, record),
                None => self.spoilt(wire, request, line, record).await,
            }),
        }
    }

    /// The vendor's reply, spoiled.
    async fn spoilt(
        self: &Arc<Self>,
        wire: &Wire,
        request: &Request,
        line: Arc<Line>,
        mut record: Record,
    ) -> Response<Outgoing> {
        let knob = if let Wire::Knob { name } = wire { Some(name.as_str()) } else { None };
        let mut reply = self.handled(request, knob).await;
        if knob.is_some() || matches!(reply.body, Body::Socket(_)) {
            return self.reply_as(reply, line, record);
        }
        record.update(|seen| seen.status = Some(reply.status));
        let mut head = head(&mut reply);
        if let Wire::ContentType { value } = wire
            && let Ok(value) = HeaderValue::try_from(value)
        {
            head.headers_mut().insert(CONTENT_TYPE, value);
        }
        let pieces = failures::spoil(wire, reply.body, &self.clock);
        if pieces.end != End::Proper {
            head.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        head.map(|()| Outgoing::paced(pieces, line, record))
    }

    /// The wire form of a failure.
    pub(super) fn wire_of(&self, failure: &Failure) -> Option<Wire> {
        let of_mode = || self.catalogue.get(&failure.mode).map(|mode| mode.wire.clone());
        failure.wire.as_deref().cloned().or_else(of_mode)
    }

    fn note_timer(&self, vendor: &dyn Vendor) {
        let next = vendor.next_wake().unwrap_or(Time::NEVER).micros();
        if self.wakes_at.swap(next, Ordering::AcqRel) != next {
            self.wake_changed.notify_one();
        }
    }

    /// Wakes the vendor whenever it is due, for as long as the future is polled.
    pub(super) async fn keep_time(&self) {
        loop {
            let next = Time::from_micros(self.wakes_at.load(Ordering::Acquire));
            let due = async {
                match next {
                    Time::NEVER => std::future::pending().await,
                    next => self.clock.sleep_until(next).await,
                }
            };
            tokio::select! {
                () = self.wake_changed.notified() => continue,
                () = due => {}
            }
            self.act(|vendor, now| ((), vendor.wake(now)));
            if self.wakes_at.load(Ordering::Acquire) <= next.micros() {
                // A vendor that does not move its timer on would spin.
                self.clock.sleep(Span::from_millis(1)).await;
                tokio::task::yield_now().await;
            }
        }
    }
}

/// Waits for ever; only the end of the connection ends it, and the record says that the client gave up.
async fn never(record: Record) -> Result<Response<Outgoing>, Broken> {
    std::future::pending::<()>().await;
    record.finish();
    Err(Broken)
}

fn head(reply: &mut Reply) -> Response<()> {
    let mut response = Response::new(());
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.reserve(reply.headers.len());
    for (name, value) in std::mem::take(&mut reply.headers) {
        // A vendor that quotes a client's own words in a header may quote what no header can hold: that one is left out.
        if let (Some(name), Ok(value)) = (header_name(name), HeaderValue::try_from(value)) {
            headers.append(name, value);
        }
    }
    response
}

/// A fixed name costs no copy as long as it is written as `from_static` wants it, which would panic otherwise.
fn header_name(name: &'static str) -> Option<HeaderName> {
    let plain = |byte: u8| byte.is_ascii_lowercase() | byte.is_ascii_digit() | (byte == b'-');
    if !name.is_empty() && name.len() < 64 && super::answer::all_bytes(name, plain) {
        Some(HeaderName::from_static(name))
    } else {
        HeaderName::try_from(name).ok()
    }
}

fn plain(status: u16, text: String) -> Reply {
    Reply { status, headers: vec![("content-type", "text/plain; charset=utf-8".into())], body: Body::Full(text.into()) }
}

/// Says why a request is not taken in; the connection ends, because what follows on it cannot be trusted.
pub(super) fn refused(refusal: Refusal, line: Arc<Line>) -> Response<Outgoing> {
    line.discard();
    let mut reply = match refusal {
        Refusal::TooLarge(why) => plain(413, format!("{why}\n")),
        Refusal::Bad(why) => plain(400, format!("{why}\n")),
    };
    let mut response = head(&mut reply);
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    let Body::Full(bytes) = reply.body else { return response.map(|()| Outgoing::whole(Bytes::new(), line)) };
    response.map(|()| Outgoing::whole(bytes, line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_header_of_a_vendor_panics() {
        for name in ["content-type", "X-Request-Id", "x-a_b", "", "no good", "é"] {
            let headers =
                vec![(name, "value".to_owned()), ("x-ok", "bad\nvalue".to_owned()), ("x-last", "1".to_owned())];
            let sent = head(&mut Reply { status: 200, headers, body: Body::Full(Bytes::new()) });
            let known = !matches!(name, "" | "no good" | "é");
            assert_eq!((sent.headers().len(), sent.headers().contains_key("x-last")), (1 + usize::from(known), true));
        }
        assert_eq!(head(&mut plain(99, String::new())).status(), 500);
    }
}
