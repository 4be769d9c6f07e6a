//! The server under all mocks: an accept loop a dependency, plain HTTP/1.1 over hyper, everything bounded. A vendor that
//! speaks something else on its port says so by its [`Protocol`], and its own room serves the connection.

use super::crowd::Room;
use super::intake;
use super::mock::{self, Mock};
use super::outgoing::{Broken, Outgoing};
use super::smtp;
use super::socket;
use super::tcp;
use super::vendor::Protocol;
use super::wire::{Line, Socket, Stage, Stream, Turn};
use hyper::Response;
use hyper::body::Incoming;
use hyper::header::{HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};

/// What a client may use up.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Connections of one dependency at a time; one more gets 503. All together never take what the process may have open.
    pub connections: usize,
    /// Bytes of a request's head; more gets 431.
    pub head_bytes: usize,
    /// Bytes of a request's body; more gets 413.
    pub body_bytes: usize,
    /// Bytes of a message on a WebSocket; more ends it.
    pub message_bytes: usize,
    /// How long a head or a body may stand still on its way in; then 408. Its whole may take ten times as long.
    pub standstill: Duration,
    /// How long a connection may be idle between requests.
    pub idle: Duration,
    /// How long a client may leave a reply unread.
    pub unread: Duration,
    /// Webhooks on their way at one time.
    pub deliveries: usize,
    /// Webhooks that wait to be sent.
    pub waiting_deliveries: usize,
    /// How long what is in hand may take when the mocks end; after that everything is dropped.
    pub drain: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            connections: 4_096,
            head_bytes: 32 * 1024,
            body_bytes: 10 * 1024 * 1024,
            message_bytes: 16 * 1024 * 1024,
            standstill: Duration::from_secs(10),
            idle: Duration::from_secs(300),
            unread: Duration::from_secs(60),
            deliveries: 256,
            waiting_deliveries: 16_384,
            drain: Duration::from_millis(500),
        }
    }
}

/// How the servers of a host stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// At work.
    Running,
    /// Nothing new is taken; replies in hand are finished.
    Draining,
    /// Everything is dropped.
    Over,
}

/// How long an accept loop rests when the system has no more descriptors.
const OUT_OF_DESCRIPTORS: Duration = Duration::from_millis(50);
/// After a refused body, what the client still sends is thrown away, so that it reads the reply instead of a reset.
pub(super) const DISCARDED_BYTES: u64 = 256 * 1024 * 1024;
const DISCARDED_TIME: Duration = Duration::from_secs(5);
/// What is read of a connection beyond the bound, so that it reads that it is one.
const TURNED_AWAY_BYTES: u64 = 64 * 1024;
/// How a request came that a proxy passed on.
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Who lives behind a port.
pub(super) trait Behind: Send + Sync + 'static {
    /// Whether a new connection is reset at once; asked once for each, and written down.
    fn refuses(&self) -> bool;

    /// What is spoken at once, in which somebody can be told that there is no place.
    fn protocol(&self) -> Protocol;

    /// Serves a connection to its end.
    fn serve(self: Arc<Self>, stream: TcpStream, phase: watch::Receiver<Phase>) -> impl Future<Output = ()> + Send;
}

impl Behind for Mock {
    fn refuses(&self) -> bool {
        // What is passed on is refused in its own room, which writes it down.
        let met = (!matches!(self.protocol, Protocol::Tcp(_))).then(|| self.meets_at_door()).flatten();
        met.inspect(|mode| self.turned_away(&self.name, mode, None)).is_some()
    }

    fn protocol(&self) -> Protocol {
        self.protocol
    }

    async fn serve(self: Arc<Self>, stream: TcpStream, phase: watch::Receiver<Phase>) {
        serve_mock(Stream::Plain(stream), self, phase).await;
    }
}

/// Accepts connections until the host drains, as many at a time as there is room for. `alive` is dropped when the last of them is gone.
pub(super) async fn accept(
    listener: TcpListener,
    behind: Arc<impl Behind>,
    room: Room,
    mut phase: watch::Receiver<Phase>,
    alive: mpsc::Sender<()>,
) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = phase.wait_for(|phase| *phase != Phase::Running) => return,
        };
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(OUT_OF_DESCRIPTORS).await;
            continue;
        };
        if behind.refuses() {
            Socket::refuse(stream);
            continue;
        }
        drop(stream.set_nodelay(true));
        match room.enter(behind.protocol()) {
            Some(place) => {
                let (behind, phase, alive) = (behind.clone(), phase.clone(), alive.clone());
                tokio::spawn(async move {
                    behind.serve(stream, phase).await;
                    drop((place, alive));
                });
            }
            None => {
                // So that a flood of connections is no flood of tasks, most are turned away without a word.
                if let Some(place) = room.farewell() {
                    let (protocol, phase) = (behind.protocol(), phase.clone());
                    tokio::spawn(async move {
                        turn_away(stream, protocol, phase).await;
                        drop(place);
                    });
                }
            }
        }
    }
}

/// No place is left: said, and read by the client before the connection ends.
async fn turn_away(mut stream: TcpStream, protocol: Protocol, mut phase: watch::Receiver<Phase>) {
    let farewell = async {
        let reply = match protocol {
            Protocol::Http => raw_reply("503 Service Unavailable", "too many connections\n"),
            Protocol::Smtp => "421 4.3.2 Too many connections\r\n".to_owned(),
            // There are no words for it.
            Protocol::Tcp(_) => return,
        };
        drop(stream.write_all(reply.as_bytes()).await);
        drop(stream.shutdown().await);
        discard(&mut stream, TURNED_AWAY_BYTES).await;
    };
    tokio::select! {
        () = farewell => {}
        _ = phase.wait_for(|phase| *phase != Phase::Running) => {}
    }
}

fn raw_reply(status: &str, text: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/plain\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{text}",
        text.len()
    )
}

/// Serves one connection to a mock to its end.
pub(super) async fn serve_mock(stream: Stream, mock: Arc<Mock>, phase: watch::Receiver<Phase>) {
    let (stream, secure) = match (mock.protocol, stream) {
        (Protocol::Smtp, stream) => return smtp::serve::serve(stream, mock, phase).await,
        (Protocol::Tcp(upstream), Stream::Plain(stream)) => {
            return tcp::serve::serve(stream, upstream, mock, phase).await;
        }
        // TLS to what is passed on is between the client and that service.
        (Protocol::Tcp(_), Stream::Secure(_)) => return,
        (Protocol::Http, stream @ Stream::Secure(_)) => (stream, true),
        (Protocol::Http, stream @ Stream::Plain(_)) => (stream, false),
    };
    let bounds = mock.bounds;
    let answer = move |line: Arc<Line>, mut request: hyper::Request<Incoming>| {
        if secure {
            came_by_https(&mut request);
        }
        mock.clone().answer(line, request)
    };
    serve(stream, bounds, answer, phase).await;
}

/// Absolute URLs in the reply shall lead back by HTTPS.
pub(super) fn came_by_https<B>(request: &mut hyper::Request<B>) {
    request.headers_mut().insert(FORWARDED_PROTO, HeaderValue::from_static("https"));
}

/// Serves one connection to its end: each of its requests by `answer`.
pub(super) async fn serve<A, R>(stream: Stream, bounds: Bounds, answer: A, mut phase: watch::Receiver<Phase>)
where
    A: Fn(Arc<Line>, hyper::Request<Incoming>) -> R + Send,
    R: Future<Output = Result<Response<Outgoing>, Broken>> + Send,
{
    let line = Arc::new(Line::default());
    let io = TokioIo::new(Socket::new(stream, line.clone()));
    let service = service_fn({
        let line = line.clone();
        move |request| {
            let line = line.clone();
            let reply = intake::check(&request).map(|()| answer(line.clone(), request));
            async move {
                match reply {
                    Ok(reply) => reply.await,
                    Err(refusal) => Ok(mock::refused(refusal, line)),
                }
            }
        }
    });
    // A request has at most 100 headers, hyper's own bound: any other costs two allocations a request.
    let mut connection = http1::Builder::new()
        .max_header_size(bounds.head_bytes)
        .header_read_timeout(None)
        .serve_connection(io, service);
    let mut watchdog = Watchdog::new(bounds);
    let mut ticks = tokio::time::interval(watchdog.tick);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let overdue = loop {
        tokio::select! {
            done = &mut connection => {
                // A broken connection is the client's affair, or was broken on purpose.
                drop(done);
                break None;
            }
            _ = ticks.tick() => {
                if let Some(overdue) = watchdog.look(&line) {
                    break Some(overdue);
                }
            }
            changed = phase.changed() => {
                if changed.is_err() || *phase.borrow() == Phase::Over {
                    return;
                }
                std::pin::Pin::new(&mut connection).graceful_shutdown();
            }
        }
    };
    let parts = connection.into_parts();
    let mut socket = parts.io.into_inner();
    if overdue.is_none()
        && let Some(Turn { mock, opening }) = line.turns()
    {
        let socket = socket::Line::accepted(socket, parts.read_buf, line, &bounds).await;
        return socket::pump(&mock, socket, opening, phase).await;
    }
    let farewell = async {
        match overdue {
            Some(Overdue::Request) => {
                let reply = raw_reply("408 Request Timeout", "the request did not come in time\n");
                drop(tokio::time::timeout(watchdog.tick, socket.write_all(reply.as_bytes())).await);
            }
            None if line.discards() => discard(&mut socket, DISCARDED_BYTES).await,
            _ => {}
        }
    };
    tokio::select! {
        () = farewell => {}
        _ = phase.wait_for(|phase| *phase != Phase::Running) => {}
    }
}

/// Reads what still comes, within bounds: closing on unread bytes would reset the connection before the client has read.
pub(super) async fn discard(stream: &mut (impl AsyncRead + Unpin), bytes: u64) {
    let (mut rest, mut sink) = (stream.take(bytes), tokio::io::sink());
    drop(tokio::time::timeout(DISCARDED_TIME, tokio::io::copy(&mut rest, &mut sink)).await);
}

/// Which bound was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Overdue {
    /// A request came too slowly.
    Request,
    /// Nobody is there to be told.
    Silently,
}

/// Looks at a connection now and then, so that no request needs a timer of its own.
struct Watchdog {
    bounds: Bounds,
    tick: Duration,
    stage: Stage,
    progress: u32,
    /// Since the stage began, and since anything moved.
    in_stage: Duration,
    still: Duration,
}

impl Watchdog {
    fn new(bounds: Bounds) -> Self {
        let tick = (bounds.standstill / 8).clamp(Duration::from_millis(5), Duration::from_secs(1));
        Self { bounds, tick, stage: Stage::Idle, progress: 0, in_stage: Duration::ZERO, still: Duration::ZERO }
    }

    fn look(&mut self, line: &Line) -> Option<Overdue> {
        let (stage, progress) = line.standing();
        self.still = if progress == self.progress { self.still + self.tick } else { Duration::ZERO };
        self.in_stage = if stage == self.stage { self.in_stage + self.tick } else { Duration::ZERO };
        (self.stage, self.progress) = (stage, progress);
        let slow = self.still > self.bounds.standstill || self.in_stage > self.bounds.standstill * 10;
        match stage {
            Stage::Head | Stage::Body if slow => Some(Overdue::Request),
            Stage::Idle if self.still > self.bounds.idle => Some(Overdue::Silently),
            Stage::Blocked if self.still > self.bounds.unread => Some(Overdue::Silently),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks(bounds: Bounds, line: &Line, times: u32, mut between: impl FnMut(&Line)) -> Option<Overdue> {
        let mut watchdog = Watchdog::new(bounds);
        (0..times).find_map(|_| {
            between(line);
            watchdog.look(line)
        })
    }

    #[test]
    fn a_slow_head_is_overdue_and_a_slow_mock_is_not() {
        let bounds = Bounds::default();
        let line = Line::default();
        line.reach(Stage::Head);
        assert_eq!(looks(bounds, &line, 20, |_| ()), Some(Overdue::Request));
        line.reach(Stage::Working);
        assert_eq!(looks(bounds, &line, 10_000, |_| ()), None);
        line.reach(Stage::Idle);
        assert_eq!(looks(bounds, &line, 200, |_| ()), None);
        assert_eq!(looks(bounds, &line, 400, |_| ()), Some(Overdue::Silently));
    }

    #[test]
    fn a_byte_now_and_then_does_not_help_a_slow_client_for_ever() {
        let line = Line::default();
        assert_eq!(looks(Bounds::default(), &line, 90, |line| line.reach(Stage::Head)), None);
        assert_eq!(looks(Bounds::default(), &line, 120, |line| line.reach(Stage::Head)), Some(Overdue::Request));
    }
}
