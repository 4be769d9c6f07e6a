//! Carries one open socket from its first frame to its end: what the vendor says goes out at its time, what comes in goes to
//! the vendor, and the faults of the day are looked up now and then.

use super::shake;
use super::{Ending, Frame, Opening, Say, SocketId, Standing};
use crate::mocks::judge::{Facts, Failure};
use crate::mocks::mock::Mock;
use crate::mocks::server::{self, Bounds, Phase};
use crate::mocks::values;
use crate::mocks::wire::{self, Socket};
use crate::scenario::catalogue::Wire;
use crate::time::{Span, Time};
use futures_util::{SinkExt as _, StreamExt as _};
use hyper::body::Bytes;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
use tokio::sync::{mpsc, watch};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Message, Role};
use tokio_tungstenite::tungstenite::{self, Utf8Bytes};

/// How often a socket looks whether a fault befalls it.
const LOOK: Duration = Duration::from_millis(100);
/// How long the other side may take to answer a close frame.
const FAREWELL: Duration = Duration::from_secs(2);
/// Frames and bytes that wait for their time at most.
const WAITING_FRAMES: usize = 65_536;
const WAITING_BYTES: usize = 16 << 20;
/// So many pings may stay unanswered.
const UNANSWERED: f64 = 4.0;
/// The codes of an end: the mock goes away; what came breaks the protocol, is no UTF-8, is too long.
const GOING_AWAY: u16 = 1001;
const PROTOCOL_ERROR: u16 = 1002;
const NO_UTF8: u16 = 1007;
const TOO_BIG: u16 = 1009;

/// A socket and the wire under it.
pub(in crate::mocks) struct Line {
    pub(super) stream: WebSocketStream<Socket>,
    pub(super) wire: Arc<wire::Line>,
}

impl Line {
    /// The mock's side of a connection whose handshake is done; `read` is what came behind it.
    pub(in crate::mocks) async fn accepted(
        socket: Socket,
        read: Bytes,
        wire: Arc<wire::Line>,
        bounds: &Bounds,
    ) -> Self {
        let config = shake::config(bounds);
        let stream = WebSocketStream::from_partially_read(socket, read.into(), Role::Server, Some(config)).await;
        Self { stream, wire }
    }
}

/// Carries a socket to its end. The vendor learns that it opened, what was said, and how it ended.
pub(in crate::mocks) async fn pump(mock: &Mock, line: Line, opening: Opening, mut phase: watch::Receiver<Phase>) {
    let (id, orders) = mock.sockets.enter(&opening);
    // Leaves the table however this ends: by a return, or because the future is dropped.
    let _entry = Entry { mock, id };
    let now = mock.clock.now();
    let ping_at = opening.ping_every.map_or(Time::NEVER, |every| now + every);
    let standing = Standing::new(id, now);
    let waiting = Waiting::default();
    let mut open =
        Open { mock, line, opening, standing, waiting, ping_at, heard: now, held: false, fault: None, closing: None };
    mock.socket_opened(id, &open.opening);
    let mut over = phase.clone();
    let ending = tokio::select! {
        ending = open.run(orders, &mut phase) => ending,
        _ = over.wait_for(|phase| *phase == Phase::Over) => Ending::Ours,
    };
    let (fault, opening) = (open.fault.take(), open.opening.clone());
    // The connection ends before the vendor learns of it.
    drop(open);
    mock.sockets.leave(id);
    mock.socket_closed(id, &opening, &ending, fault);
}

struct Entry<'a> {
    mock: &'a Mock,
    id: SocketId,
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        self.mock.sockets.leave(self.id);
    }
}

struct Open<'a> {
    mock: &'a Mock,
    line: Line,
    opening: Opening,
    standing: Standing,
    waiting: Waiting,
    ping_at: Time,
    /// When the other side last gave a sign of life.
    heard: Time,
    /// Nothing is read.
    held: bool,
    /// The fault that is upon it, or that ended it.
    fault: Option<String>,
    /// A close frame was sent or has come: how it will have ended.
    closing: Option<Ending>,
}

/// What wakes a socket.
enum Woken {
    Read(Option<Result<Message, tungstenite::Error>>),
    Order(Option<Say>),
    Due,
    Tick,
    Drain,
}

impl Open<'_> {
    async fn run(&mut self, mut orders: mpsc::Receiver<Say>, phase: &mut watch::Receiver<Phase>) -> Ending {
        let mut ticks = tokio::time::interval(LOOK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut farewell = Duration::ZERO;
        loop {
            let due = self.waiting.due;
            let woken = tokio::select! {
                read = self.line.stream.next(), if !self.held => Woken::Read(read),
                order = orders.recv(), if self.closing.is_none() => Woken::Order(order),
                () = self.mock.clock.sleep_until(due), if due != Time::NEVER => Woken::Due,
                _ = ticks.tick() => Woken::Tick,
                _ = phase.wait_for(|phase| *phase != Phase::Running), if self.closing.is_none() => Woken::Drain,
            };
            let went = match woken {
                Woken::Read(read) => self.hear(read).await,
                Woken::Order(Some(say)) => self.obey(say).await,
                // The table gave it up: it took nothing for too long, or the mock was reset.
                Woken::Order(None) => self.close(GOING_AWAY, "").await,
                Woken::Due => self.send_due().await,
                Woken::Tick => match &self.closing {
                    None => self.look().await,
                    Some(ending) => {
                        farewell += LOOK;
                        if farewell < FAREWELL { Ok(()) } else { Err(ending.clone()) }
                    }
                },
                Woken::Drain => self.close(GOING_AWAY, "").await,
            };
            if let Err(ending) = went {
                return ending;
            }
        }
    }

    /// Takes what came in.
    async fn hear(&mut self, read: Option<Result<Message, tungstenite::Error>>) -> Result<(), Ending> {
        self.heard = self.mock.clock.now();
        let frame = match read {
            Some(Ok(Message::Text(text))) if values::too_many(text.as_bytes()) => {
                self.close(TOO_BIG, "too many JSON values").await?;
                return Ok(());
            }
            Some(Ok(Message::Text(text))) => Frame::Text(text.as_str().to_owned()),
            Some(Ok(Message::Binary(bytes))) => Frame::Binary(bytes),
            Some(Ok(Message::Close(frame))) if self.closing.is_none() => {
                // The answer to it leaves with the next read, which also sees the end of the connection.
                let code = frame.map_or(CloseCode::Status, |frame| frame.code);
                self.leave(Ending::Theirs(code.into()));
                return Ok(());
            }
            Some(Ok(_)) => return Ok(()),
            None | Some(Err(_)) if self.closing.is_some() => return Err(self.closing.clone().unwrap_or(Ending::Ours)),
            None => return Err(Ending::Broken("the connection ended without a close frame".to_owned())),
            Some(Err(error)) => return Err(self.refuse(&error).await),
        };
        self.mock.socket_said(self.standing.id, frame);
        Ok(())
    }

    /// What came in cannot be taken: the other side is told why (RFC 6455, section 7.4.1), and what it still sends is thrown
    /// away, so that it reads that.
    async fn refuse(&mut self, error: &tungstenite::Error) -> Ending {
        let ending = Ending::Broken(error.to_string());
        let code = match error {
            tungstenite::Error::Capacity(_) => TOO_BIG,
            tungstenite::Error::Protocol(_) => PROTOCOL_ERROR,
            tungstenite::Error::Utf8(_) => NO_UTF8,
            _ => return ending,
        };
        self.leave(ending.clone());
        let frame = CloseFrame { code: code.into(), reason: Utf8Bytes::default() };
        if self.send(Message::Close(Some(frame))).await.is_ok() {
            let socket = self.line.stream.get_mut();
            // One that is gone already hears nothing.
            drop(socket.shutdown().await);
            drop(tokio::time::timeout(FAREWELL, server::discard(socket, server::DISCARDED_BYTES)).await);
        }
        ending
    }

    async fn obey(&mut self, say: Say) -> Result<(), Ending> {
        match say {
            Say::Frames(frames) => self.waiting.add(frames, self.mock.clock.now())?,
            Say::Hush => self.waiting = Waiting::default(),
            Say::Hold(held) => (self.held, self.heard) = (held, self.mock.clock.now()),
            Say::Close(code, reason) => {
                self.waiting.add(vec![(Span::ZERO, Next::Close(code, reason))], self.mock.clock.now())?;
            }
            Say::Break => self.waiting.add(vec![(Span::ZERO, Next::Break)], self.mock.clock.now())?,
            Say::Drop => return Err(Ending::Ours),
        }
        self.send_due().await
    }

    /// Sends every frame whose time has come.
    async fn send_due(&mut self) -> Result<(), Ending> {
        while let Some(next) = self.waiting.take(self.mock.clock.now()) {
            match next {
                Next::Frame(frame) => self.send(message(frame)).await?,
                Next::Close(code, reason) => return self.close(code, &reason).await,
                Next::Break => return Err(Ending::Ours),
            }
        }
        Ok(())
    }

    /// Who does not read for too long is left.
    async fn send(&mut self, message: Message) -> Result<(), Ending> {
        match tokio::time::timeout(self.mock.bounds.unread, self.line.stream.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Ending::Broken(error.to_string())),
            Err(_) => Err(Ending::Broken("what was sent stayed unread for too long".to_owned())),
        }
    }

    /// From now on nothing more is sent on it but its end.
    fn leave(&mut self, ending: Ending) {
        (self.closing, self.held) = (Some(ending), false);
        self.waiting = Waiting::default();
        self.mock.sockets.leave(self.standing.id);
    }

    /// Says good-bye; the other side's answer is waited for.
    async fn close(&mut self, code: u16, reason: &str) -> Result<(), Ending> {
        self.leave(Ending::Ours);
        let frame = CloseFrame { code: code.into(), reason: reason.to_owned().into() };
        self.send(Message::Close(Some(frame))).await
    }

    /// Asks whether a fault is upon it, and pings.
    async fn look(&mut self) -> Result<(), Ending> {
        let now = self.mock.clock.now();
        let facts = Facts { dependency: self.mock.id, method: "", endpoint: self.opening.endpoint, text: "" };
        match self.mock.judge.socket(&facts, &mut self.standing, now) {
            Some(failure) => self.suffer(failure).await?,
            None => {
                self.line.wire.mute(false);
                self.fault = None;
            }
        }
        if self.fault.is_some() || self.held {
            // A silence of our own making is not the other side's.
            self.heard = now;
        }
        let Some(every) = self.opening.ping_every else { return Ok(()) };
        if now.since(self.heard) > every.times(UNANSWERED) {
            return Err(Ending::Broken("no sign of life for too long".to_owned()));
        }
        if now >= self.ping_at {
            self.ping_at = now + every;
            self.send(Message::Ping(Bytes::from_static(b"ping"))).await?;
        }
        Ok(())
    }

    async fn suffer(&mut self, failure: Failure) -> Result<(), Ending> {
        let Some(wire) = self.mock.wire_of(&failure) else { return Ok(()) };
        self.fault = Some(failure.mode.clone());
        match wire {
            Wire::SocketMute {} | Wire::Hang {} | Wire::Stall { .. } => self.line.wire.mute(true),
            Wire::HalfClose {} => self.line.wire.half_close(),
            Wire::SocketEnd { text, code, reason } => {
                self.waiting = Waiting::default();
                if !text.is_empty() {
                    self.send(Message::text(text.replace("%reason%", &reason))).await?;
                }
                let Some(code) = code else { return Err(Ending::Ours) };
                self.close(code, "").await?;
            }
            Wire::Reset {} | Wire::Refuse {} => {
                self.line.wire.reset();
                return Err(Ending::Ours);
            }
            Wire::Garbage { text } => {
                self.line.wire.garble(Bytes::from(text));
                self.send(Message::Ping(Bytes::new())).await?;
                return Err(Ending::Ours);
            }
            Wire::EndStream { .. } => self.close(1000, "").await?,
            Wire::CloseEarly {} | Wire::Cut { .. } => return Err(Ending::Ours),
            _ => self.fault = None,
        }
        Ok(())
    }
}

fn message(frame: Frame) -> Message {
    match frame {
        Frame::Text(text) => Message::text(text),
        Frame::Binary(bytes) => Message::Binary(bytes),
        Frame::Ping(bytes) => Message::Ping(bytes),
    }
}

/// What is to be sent next.
#[derive(Debug)]
enum Next {
    Frame(Frame),
    Close(u16, String),
    Break,
}

impl From<Frame> for Next {
    fn from(frame: Frame) -> Self {
        Self::Frame(frame)
    }
}

impl Next {
    fn bytes(&self) -> usize {
        match self {
            Self::Frame(Frame::Text(text)) => text.len(),
            Self::Frame(Frame::Binary(bytes) | Frame::Ping(bytes)) => bytes.len(),
            Self::Close(_, reason) => reason.len(),
            Self::Break => 0,
        }
    }
}

/// What waits for its time, in order.
#[derive(Debug)]
struct Waiting {
    frames: VecDeque<(Time, Next)>,
    bytes: usize,
    /// When the first is due.
    due: Time,
}

impl Default for Waiting {
    fn default() -> Self {
        Self { frames: VecDeque::new(), bytes: 0, due: Time::NEVER }
    }
}

impl Waiting {
    /// Each is due so long after the one before; the first after the last that waits already, or after now.
    fn add<T: Into<Next>>(&mut self, frames: Vec<(Span, T)>, now: Time) -> Result<(), Ending> {
        let mut at = self.frames.back().map_or(now, |(at, _)| *at).max(now);
        for (wait, next) in frames {
            let next = next.into();
            at += wait;
            self.bytes += next.bytes();
            self.frames.push_back((at, next));
        }
        self.note_due();
        if self.frames.len() > WAITING_FRAMES || self.bytes > WAITING_BYTES {
            return Err(Ending::Broken("too much waits to be sent".to_owned()));
        }
        Ok(())
    }

    fn take(&mut self, now: Time) -> Option<Next> {
        if self.due > now {
            return None;
        }
        let (_, next) = self.frames.pop_front()?;
        self.bytes -= next.bytes();
        self.note_due();
        Some(next)
    }

    fn note_due(&mut self) {
        self.due = self.frames.front().map_or(Time::NEVER, |(at, _)| *at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Frame {
        Frame::Text(text.to_owned())
    }

    #[test]
    fn frames_are_due_one_after_the_other() {
        let mut waiting = Waiting::default();
        let twenty = Span::from_millis(20);
        let at = |millis| Time::ZERO + Span::from_millis(millis);
        waiting.add(vec![(Span::ZERO, text("a")), (twenty, text("b"))], at(0)).expect("there is room");
        waiting.add(vec![(twenty, text("c"))], at(5)).expect("there is room");
        let taken = |waiting: &mut Waiting, now| match waiting.take(now) {
            Some(Next::Frame(Frame::Text(text))) => text,
            other => format!("{other:?}"),
        };
        assert_eq!((taken(&mut waiting, at(0)), taken(&mut waiting, at(19))), ("a".into(), "None".into()));
        assert_eq!((taken(&mut waiting, at(21)), waiting.due), ("b".into(), at(40)));
        assert_eq!((taken(&mut waiting, at(40)), waiting.bytes, waiting.due), ("c".into(), 0, Time::NEVER));
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut waiting = Waiting::default();
        let much = Frame::Binary(Bytes::from(vec![0; WAITING_BYTES]));
        waiting.add(vec![(Span::MINUTE, much)], Time::ZERO).expect("there is room");
        assert!(waiting.add(vec![(Span::MINUTE, text("x"))], Time::ZERO).is_err());
    }
}
