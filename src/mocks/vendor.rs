//! What a vendor is: a pure function over its state, `(request, state, now) -> (reply, effects)`. It does no I/O, reads no
//! clock and knows no outage. The server carries requests to it; the fault layer stands between the two.

use super::asked::{Asked, Done, Refused};
use super::socket::{Dial, Ending, Frame, Opening, Say, SocketId};
use crate::time::{Span, Time};
use hyper::{HeaderMap, Method, body::Bytes};
use serde_json::Value;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

/// What a vendor speaks on its port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/1.1.
    Http,
    /// Mail, with STARTTLS.
    Smtp,
    /// Nothing that a mock reads: bytes are passed on to the real service at this address.
    Tcp(SocketAddr),
}

/// A request as a vendor sees it: headers and body are complete and bounded.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path, percent-decoding left to the vendor.
    pub path: String,
    /// The query, without the question mark.
    pub query: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

/// A reply of a vendor.
#[derive(Clone, Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Headers, in order.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Body,
}

/// The body of a reply.
#[derive(Clone, Debug)]
pub enum Body {
    /// All at once.
    Full(Bytes),
    /// Chunk after chunk (server-sent events), each so long after the one before.
    Stream(Vec<(Span, Bytes)>),
    /// The connection becomes a WebSocket, if the request is a handshake for one; status and headers are the server's.
    Socket(Box<Opening>),
}

/// What came of a request.
#[derive(Clone, Debug)]
pub struct Handled {
    /// What the client gets.
    pub reply: Reply,
    /// What else follows.
    pub effects: Vec<Effect>,
    /// How much later the client gets it: what the vendor itself takes its time for.
    pub delay: Span,
}

/// What follows from a request, or from something a simulated customer or person did, beside the reply.
#[derive(Clone, Debug)]
pub enum Effect {
    /// The vendor calls the target.
    Deliver(Delivery),
    /// The target did something that customers or people can see.
    Seen(Seen),
    /// Something is said on an open WebSocket. On one that is closed nothing happens.
    Socket(SocketId, Say),
    /// The vendor opens a WebSocket to the target.
    Dial(Box<Dial>),
    /// The target answered a delivery that went to `socket:GROUP/KEY`: its key, and what takes the place of a reply's body.
    Answered(String, Bytes),
    /// A line for the journal, which must hold no secret.
    Note(Note),
}

/// Something that a mock writes down beside requests and deliveries.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    /// Its kind, which the journal shows: `socket_ack`.
    pub kind: &'static str,
    /// Its fields.
    pub fields: Vec<(&'static str, Value)>,
}

impl Note {
    /// From fields and values.
    pub fn of<const N: usize>(kind: &'static str, fields: [(&'static str, Value); N]) -> Self {
        Self { kind, fields: fields.into() }
    }
}

/// A webhook of the vendor to the target.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Which kind, for the journal: `event`, `voice`, `status_callback`, `webhook`.
    pub kind: &'static str,
    /// Where to; `socket:GROUP/KEY` is one of the open WebSockets of that group, see [`super::socket::route`].
    pub url: String,
    /// The method.
    pub method: Method,
    /// Headers, signed already.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
    /// How long the target may take.
    pub deadline: Span,
    /// How long to wait before each further try; empty: no retry.
    pub retries: Vec<Span>,
    /// What a further try looks like, where the vendor marks or signs it anew; `None`: the same again.
    pub on_retry: Option<OnRetry>,
    /// The call whose next instructions are in the reply (Twilio), so that the answer finds its way back.
    pub call: Option<String>,
    /// What the harness calls this delivery, so that it learns whether it was accepted.
    pub tag: Option<u64>,
}

/// How a vendor marks a further try of a [`Delivery`] (its number, why, a signature of its own time), or gives it up.
#[derive(Clone)]
pub struct OnRetry {
    rule: Arc<RetryRule>,
    body: Option<Arc<BodyRule>>,
}

type RetryRule = dyn Fn(&DeliveryOutcome, Time) -> Option<Vec<(String, String)>> + Send + Sync;
type BodyRule = dyn Fn(&DeliveryOutcome) -> Bytes + Send + Sync;

impl OnRetry {
    /// From a rule: what came of the tries so far, and the moment of the next one, to the headers that replace those of
    /// the same name; `None`: there is no further try.
    pub fn new(rule: impl Fn(&DeliveryOutcome, Time) -> Option<Vec<(String, String)>> + Send + Sync + 'static) -> Self {
        Self { rule: Arc::new(rule), body: None }
    }

    /// With a body of its own for each further try, for vendors that mark it there.
    pub fn with_body(mut self, body: impl Fn(&DeliveryOutcome) -> Bytes + Send + Sync + 'static) -> Self {
        self.body = Some(Arc::new(body));
        self
    }

    /// The body of the next try; `None`: the same again.
    pub fn body(&self, last: &DeliveryOutcome) -> Option<Bytes> {
        self.body.as_ref().map(|body| body(last))
    }

    /// The headers of the next try, which replace those of the same name; `None`: there is no further try.
    pub fn headers(&self, last: &DeliveryOutcome, now: Time) -> Option<Vec<(String, String)>> {
        (self.rule)(last, now)
    }
}

impl fmt::Debug for OnRetry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnRetry")
    }
}

/// How a delivery ended.
#[derive(Clone, Debug)]
pub struct DeliveryOutcome {
    /// The status of the target's reply; `None`: there was none.
    pub status: Option<u16>,
    /// The headers of the reply.
    pub headers: HeaderMap,
    /// The body of the reply.
    pub body: Bytes,
    /// What went wrong on the way, if anything.
    pub error: Option<String>,
    /// How many tries there were.
    pub tries: u32,
}

/// What the target did, in words that all vendors share.
#[derive(Clone, Debug, PartialEq)]
pub enum Seen {
    /// A language model gave an answer that carries this nonce; the text of the request names the customer.
    Completion {
        /// The token in the answer; `None` where it has no free text.
        nonce: Option<String>,
        /// Everything the target wrote to the model.
        prompt: String,
        /// What it said; empty where it called a function.
        text: String,
    },
    /// A message was posted in a chat channel. One that is streamed is posted when it is whole.
    Message {
        /// The channel's name without `#`, or the user's id for a direct message.
        channel: String,
        /// Its timestamp, which is its id.
        ts: String,
        /// The thread it belongs to.
        thread: Option<String>,
        /// Its text, from whatever fields carry text.
        text: String,
        /// It replaces the text of an earlier message with this `ts`.
        replaces: bool,
    },
    /// A ticket was created by the target.
    TicketCreated {
        /// Its id.
        ticket: u64,
        /// Who asks.
        requester: String,
        /// Subject and first comment.
        text: String,
        /// The group it is assigned to.
        group: Option<String>,
    },
    /// A ticket was changed by the target.
    TicketChanged {
        /// Its id.
        ticket: u64,
        /// The public comment that was added, if any.
        public_comment: Option<String>,
        /// The group it now belongs to.
        group: Option<String>,
        /// Its status now.
        status: String,
    },
    /// A caller heard something.
    Heard {
        /// The call.
        call: String,
        /// What was said to the caller.
        text: String,
    },
    /// A caller is asked to speak or press keys: the harness answers with what the caller does.
    Prompted {
        /// The call.
        call: String,
        /// Speech is understood.
        speech: bool,
        /// Keys are understood.
        keys: bool,
        /// How long the caller has to begin.
        timeout: Span,
    },
    /// An answered call is over: so long its caller waited for the desk and heard nothing. Told before the end itself.
    Silence {
        /// The call.
        call: String,
        /// How long, in all.
        length: Span,
    },
    /// A caller was put into a queue.
    Enqueued {
        /// The call.
        call: String,
        /// The queue's name.
        queue: String,
    },
    /// A call ended from the desk's side.
    CallEnded {
        /// The call.
        call: String,
        /// The desk said good-bye in order (`Hangup` after words) and did not just fail.
        in_order: bool,
    },
    /// The target called somebody.
    CallPlaced {
        /// The new call.
        call: String,
        /// The number called.
        to: String,
    },
    /// The target sent a text message.
    TextSent {
        /// The number.
        to: String,
        /// The text.
        text: String,
    },
    /// The target sent a mail; told once for each recipient.
    MailSent {
        /// The address.
        to: String,
        /// Subject and text, as a person reads them; all recipients share it.
        text: Arc<str>,
    },
    /// The target told the public something.
    PublicUpdate {
        /// Status of the incident: `investigating`, `identified`, `monitoring`, `resolved`.
        status: String,
        /// The text.
        text: String,
        /// Incidents of the page that are not over after it: only without any is `resolved` an all-clear.
        still_open: usize,
    },
}

/// A vendor's mock: state and a pure transition.
pub trait Vendor: Send {
    /// What it speaks. Only who speaks HTTP is asked for endpoints and replies.
    fn protocol(&self) -> Protocol {
        Protocol::Http
    }

    /// The endpoint that a request means, as a fixed word (`chat.completions`, `chat.postMessage`): what faults match on
    /// and what the journal shows.
    fn endpoint(&self, request: &Request) -> &'static str {
        let _ = request;
        "unknown"
    }

    /// Answers a request.
    fn handle(&mut self, request: &Request, now: Time) -> Handled {
        let _ = (request, now);
        super::answer::empty(501).alone()
    }

    /// Answers a request while a named knob is turned (layer (c) of the faults: what only the vendor can do wrong, such as
    /// an answer without choices). A knob that it does not have changes nothing.
    fn handle_with(&mut self, knob: &str, request: &Request, now: Time) -> Handled {
        let _ = knob;
        self.handle(request, now)
    }

    /// Learns how one of its deliveries ended; what follows (a call's next instructions, a fallback).
    fn delivered(&mut self, delivery: &Delivery, outcome: &DeliveryOutcome, now: Time) -> Vec<Effect> {
        let _ = (delivery, outcome, now);
        Vec::new()
    }

    /// Learns that one of its deliveries got lost on its way: it counts as sent, and nobody answers.
    fn lost(&mut self, delivery: &Delivery, now: Time) -> Vec<Effect> {
        let _ = (delivery, now);
        Vec::new()
    }

    /// A WebSocket is open: one that it accepted or dialled.
    fn opened(&mut self, socket: SocketId, opening: &Opening, now: Time) -> Vec<Effect> {
        let _ = (socket, opening, now);
        Vec::new()
    }

    /// Something came in on an open WebSocket.
    fn said(&mut self, socket: SocketId, frame: Frame, now: Time) -> Vec<Effect> {
        let _ = (socket, frame, now);
        Vec::new()
    }

    /// A WebSocket is no longer open; `None`: it never was, which befalls only those that it dialled.
    fn closed(&mut self, socket: Option<SocketId>, opening: &Opening, ending: &Ending, now: Time) -> Vec<Effect> {
        let _ = (socket, opening, ending, now);
        Vec::new()
    }

    /// When it wants to be woken: its earliest timer.
    fn next_wake(&self) -> Option<Time> {
        None
    }

    /// Does what is due.
    fn wake(&mut self, now: Time) -> Vec<Effect> {
        let _ = now;
        Vec::new()
    }

    /// What people outside can do here, by the names that [`Vendor::emit`] takes.
    fn events(&self) -> &'static [&'static str] {
        &[]
    }

    /// Lets somebody outside do something (a customer writes, a caller calls), for the control API. What follows is among
    /// the effects; a refusal changes nothing and says what is possible.
    fn emit(&mut self, event: &str, params: &Asked, now: Time) -> Result<Done, Refused> {
        let _ = (params, now);
        Err(Refused::unknown("nothing happens at this vendor by itself: there is no event", event, []))
    }

    /// Learns where the target listens, for the control API. Fields that are not given stay as they are; a refusal
    /// changes nothing.
    fn aim(&mut self, target: &Asked, now: Time) -> Result<Done, Refused> {
        let _ = (target, now);
        Err(Refused::bad("this vendor never calls a target"))
    }

    /// Back to how it was at the start, with its seed objects. Where the target listens stays as it is.
    fn reset(&mut self);

    /// Learns where it listens, as `http://127.0.0.1:4102`: for addresses in what it sends before anybody has called it.
    fn located(&mut self, origin: &str) {
        let _ = origin;
    }

    /// The vendor itself, for the rehearsal, which knows which one it is.
    fn as_any_mut(&mut self) -> &mut dyn std::any::Any;
}
