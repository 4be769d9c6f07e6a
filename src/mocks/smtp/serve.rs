//! One connection of a mail client: commands and mails in, replies out, everything bounded; and the faults, which strike
//! when a client connects, at each recipient, or after the text of a mail.

use super::body::Body;
use super::session::{Session, Step, banner};
use super::{LOSE_MAIL, Smtp, text};
use crate::mocks::authority::Face;
use crate::mocks::journal::{Mail, RequestSeen, fingerprint};
use crate::mocks::judge::{Facts, Failure};
use crate::mocks::mock::Mock;
use crate::mocks::server::{self, Phase};
use crate::mocks::shown::shown;
use crate::mocks::wire::{Line, Socket, Stream};
use crate::scenario::catalogue::{Moment, Wire};
use crate::time::{Span, Time};
use hyper::Method;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::watch;
use tokio_rustls::LazyConfigAcceptor;

/// A command's longest line, and that of one with credentials (RFC 4954).
const LINE: usize = 2_048;
const LOGIN_LINE: usize = 12_288;
/// What a client may send of a mail beyond what is taken, before the connection is ended.
const BEYOND: u64 = 4;
/// Whom the certificate is for when a client names no host: names of hosts are sent, addresses are not.
const NAMELESS: &str = "127.0.0.1";
/// Why a connection is ended.
const IDLE: &str = "421 4.4.2 The connection was idle for too long\r\n";
const CLOSES: &str = "421 4.3.2 The server closes\r\n";
const ENDLESS: &str = "421 4.5.0 The line never ends\r\n";
const TOO_LARGE: &str = "552 5.3.4 The mail is larger than this server takes\r\n";
/// How much is read at a time.
const READ: usize = 16 * 1024;

/// Whatever a connection runs over.
trait Io: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Io for T {}

/// The connection is over: the client has gone, was too slow, or a fault has ended it.
struct Gone;

impl From<io::Error> for Gone {
    fn from(_: io::Error) -> Self {
        Self
    }
}

/// Why nothing more is read.
enum Stop {
    /// Nobody is there any more.
    Gone,
    /// This is said, and the connection ended.
    Because(&'static str),
}

impl From<Gone> for Stop {
    fn from(_: Gone) -> Self {
        Self::Gone
    }
}

/// What becomes of a step when its fault has struck or passed by.
enum Fate {
    /// It goes on, with a knob of the vendor turned perhaps.
    On(Option<String>),
    /// This is said in its place; the connection ends if the code is 421.
    Instead(String),
}

/// Serves one connection to its end.
pub(in crate::mocks) async fn serve(stream: Stream, mock: Arc<Mock>, phase: watch::Receiver<Phase>) {
    let line = Arc::new(Line::default());
    let socket: Box<dyn Io> = Box::new(Socket::new(stream, line.clone()));
    let size = mock.bounds.body_bytes as u64;
    let mut talk = Talk {
        mock: &mock,
        line: &line,
        io: Some(socket),
        buffer: Vec::new(),
        session: Session::new(size, false),
        bytes_per_second: None,
        phase: phase.clone(),
    };
    let mut over = phase;
    tokio::select! {
        // Who has gone hears no more: there is nobody to tell.
        _ = talk.whole() => {}
        _ = over.wait_for(|phase| *phase == Phase::Over) => {}
    }
}

/// A connection under way.
struct Talk<'a> {
    mock: &'a Mock,
    line: &'a Line,
    /// `None` only while TLS begins.
    io: Option<Box<dyn Io>>,
    /// What was read and not used.
    buffer: Vec<u8>,
    session: Session,
    /// Replies trickle.
    bytes_per_second: Option<u32>,
    /// How the server stands: the mail in hand is finished, a further command is not read.
    phase: watch::Receiver<Phase>,
}

impl Talk<'_> {
    async fn whole(&mut self) -> Result<(), Gone> {
        match self.meet(Moment::Connect, "", "", self.mock.clock.now()).await? {
            Fate::On(_) => self.say(&banner()).await?,
            Fate::Instead(words) => {
                self.say(&words).await?;
                return self.end().await;
            }
        }
        loop {
            let step = match self.read_line().await? {
                Some(line) => self.session.read(&line),
                None => self.session.too_long(),
            };
            match step {
                Step::Say(words) => self.say(&words).await?,
                Step::Farewell(words) => {
                    self.say(&words).await?;
                    return self.end().await;
                }
                Step::Recipient(to) => self.recipient(to).await?,
                Step::Data => self.mail().await?,
                Step::StartTls => self.start_tls().await?,
            }
        }
    }

    async fn recipient(&mut self, to: String) -> Result<(), Gone> {
        let at = self.mock.clock.now();
        let text = format!("from={}\nto={to}\n", self.session.from.as_deref().unwrap_or_default());
        match self.meet(Moment::Rcpt, &to, &text, at).await? {
            Fate::On(_) => {
                let words = self.session.add(to);
                self.say(&words).await
            }
            Fate::Instead(words) => self.say_or_end(&words).await,
        }
    }

    async fn mail(&mut self) -> Result<(), Gone> {
        self.say("354 End data with <CR><LF>.<CR><LF>\r\n").await?;
        let body = self.read_body().await?;
        let at = self.mock.clock.now();
        let to = self.session.to.join(",");
        if body.is_too_large() {
            self.note(Moment::Data, (&to, ""), at, Some(552), None, None);
            self.session.forget();
            return self.say(TOO_LARGE).await;
        }
        let text = if self.mock.judge.reads() { self.legible(&body.data) } else { String::new() };
        match self.meet_with(Moment::Data, &to, &text, at, Some(&body.data)).await? {
            Fate::On(knob) => {
                self.arrive(&body.data, body.size, at, knob.as_deref());
                self.session.forget();
                self.say("250 2.0.0 Ok: queued\r\n").await
            }
            Fate::Instead(words) => {
                self.session.forget();
                self.say_or_end(&words).await
            }
        }
    }

    /// Envelope and mail as text, in which the customer's identity may stand.
    fn legible(&self, data: &[u8]) -> String {
        let to: String = self.session.to.iter().map(|to| format!("to={to}\n")).collect();
        let from = self.session.from.as_deref().unwrap_or_default();
        format!("from={from}\n{to}\n{}\n{}", String::from_utf8_lossy(data), text::of(data))
    }

    /// The mail is there, unless the knob loses it.
    fn arrive(&self, data: &[u8], size: u64, at: Time, knob: Option<&str>) {
        if knob == Some(LOSE_MAIL) {
            return;
        }
        let (from, to) = (self.session.from.clone().unwrap_or_default(), self.session.to.clone());
        let effects = Smtp::arrives(&to, data);
        self.mock.journal.mail(Mail::new(at, from, to, data, size));
        self.mock.act(|_, _| ((), effects));
    }

    async fn start_tls(&mut self) -> Result<(), Gone> {
        let Ok(authority) = self.mock.authority.get(self.mock.clock.unix_seconds()) else {
            return self.say("454 4.7.0 TLS is not available\r\n").await;
        };
        self.say("220 2.0.0 Ready to start TLS\r\n").await?;
        // What came in the clear behind the command is no part of the secure connection.
        self.buffer.clear();
        let io = self.io.take().ok_or(Gone)?;
        let secured = async {
            let start = LazyConfigAcceptor::new(rustls::server::Acceptor::default(), io).await?;
            let name = start.client_hello().server_name().unwrap_or(NAMELESS).to_owned();
            let config = authority.config(&name, Face::Good).ok_or(Gone)?;
            Ok::<_, Gone>(start.into_stream(config).await?)
        };
        let secure = tokio::time::timeout(self.mock.bounds.standstill, secured).await.map_err(|_| Gone)??;
        self.io = Some(Box::new(secure));
        self.session = Session::new(self.mock.bounds.body_bytes as u64, true);
        Ok(())
    }

    async fn meet(&mut self, moment: Moment, to: &str, text: &str, at: Time) -> Result<Fate, Gone> {
        self.meet_with(moment, to, text, at, None).await
    }

    /// Asks what is broken and lets it strike. `to`: for whom; `data`: the mail, which a fault after the commit still takes.
    async fn meet_with(
        &mut self,
        moment: Moment,
        to: &str,
        text: &str,
        at: Time,
        data: Option<&[u8]>,
    ) -> Result<Fate, Gone> {
        let facts = Facts { dependency: self.mock.id, method: "MAIL", endpoint: moment.word(), text };
        let ruling = self.mock.judge.rule(&facts, at);
        let struck = ruling.failure.and_then(|failure| {
            let mode = self.mock.catalogue().get(&failure.mode)?;
            (mode.moment() == moment)
                .then(|| (failure.wire.as_deref().unwrap_or(&mode.wire).clone(), mode.after_commit, failure))
        });
        if struck.is_some() || moment == Moment::Data {
            self.mock.clock.sleep(ruling.delay).await;
        }
        let Some((wire, after_commit, Failure { mode, .. })) = struck else {
            if moment == Moment::Data {
                self.note(moment, (to, text), at, Some(250), None, ruling.contact);
            }
            return Ok(Fate::On(None));
        };
        if let Some(data) = data.filter(|_| after_commit) {
            self.arrive(data, data.len() as u64, at, None);
        }
        let status = match &wire {
            Wire::Reply(reply) => Some(reply.status),
            Wire::Knob { .. } => Some(250),
            _ => None,
        };
        // A greeting that is slow is no mail that failed: what comes of it is told by the mail itself.
        if !matches!(wire, Wire::Late { .. } | Wire::SlowBody { .. }) {
            self.note(moment, (to, text), at, status, Some(mode), ruling.contact);
        }
        self.strike(&wire).await
    }

    async fn strike(&mut self, wire: &Wire) -> Result<Fate, Gone> {
        match wire {
            Wire::Reply(reply) => Ok(Fate::Instead(format!("{} {}\r\n", reply.status, reply.body.trim_end()))),
            Wire::Knob { name } => Ok(Fate::On(Some(name.clone()))),
            Wire::Late { seconds } => {
                self.mock.clock.sleep(Span::from_secs(i64::from(*seconds))).await;
                Ok(Fate::On(None))
            }
            Wire::SlowBody { bytes_per_second } => {
                self.bytes_per_second = Some((*bytes_per_second).max(1));
                Ok(Fate::On(None))
            }
            Wire::Refuse {} | Wire::Reset {} => {
                self.line.reset();
                Err(Gone)
            }
            Wire::Garbage { text } => {
                self.say(text).await?;
                Err(Gone)
            }
            Wire::Hang {} => self.ignore().await,
            Wire::HalfClose {} => {
                self.io()?.shutdown().await?;
                self.ignore().await
            }
            // The rest are forms of HTTP, which no fault of a mail server has.
            _ => Err(Gone),
        }
    }

    /// Nothing is said any more; the client's end ends it.
    async fn ignore(&mut self) -> Result<Fate, Gone> {
        let io = self.io()?;
        let mut sink = [0; 1_024];
        while io.read(&mut sink).await? > 0 {}
        Err(Gone)
    }

    fn note(
        &self,
        moment: Moment,
        (to, text): (&str, &str),
        at: Time,
        status: Option<u16>,
        failure: Option<String>,
        contact: Option<u64>,
    ) {
        let now = self.mock.clock.now();
        let method = Method::from_bytes(b"MAIL").unwrap_or_default();
        let from = self.session.from.as_deref().unwrap_or_default();
        let seen = RequestSeen {
            at,
            fingerprint: fingerprint(&method, to, from, text.as_bytes()),
            method,
            path: shown(to),
            endpoint: moment.word(),
            status,
            failure,
            took: now.since(at),
            gave_up: false,
            contact,
            retry_after: None,
        };
        self.mock.journal.request(seen, now);
    }

    fn io(&mut self) -> Result<&mut Box<dyn Io>, Gone> {
        self.io.as_mut().ok_or(Gone)
    }

    async fn say_or_end(&mut self, words: &str) -> Result<(), Gone> {
        self.say(words).await?;
        if words.starts_with("421") { self.end().await } else { Ok(()) }
    }

    async fn say(&mut self, words: &str) -> Result<(), Gone> {
        let unread = self.mock.bounds.unread;
        let pause =
            self.bytes_per_second.map(|rate| self.mock.clock.to_wall(Span::from_secs_f64(1.0 / f64::from(rate))));
        let io = self.io()?;
        match pause {
            None => tokio::time::timeout(unread, write(io, words.as_bytes())).await.map_err(|_| Gone)??,
            Some(pause) => {
                for byte in words.bytes() {
                    tokio::time::sleep(pause).await;
                    tokio::time::timeout(unread, write(io, &[byte])).await.map_err(|_| Gone)??;
                }
            }
        }
        Ok(())
    }

    /// Ends in order: the client reads what was said before, because what it still sends is read and thrown away. Nobody waits
    /// for that when the server ends.
    async fn end<T>(&mut self) -> Result<T, Gone> {
        let running = *self.phase.borrow() == Phase::Running;
        let io = self.io()?;
        io.shutdown().await?;
        if running {
            server::discard(io, server::DISCARDED_BYTES).await;
        }
        Err(Gone)
    }

    /// The next line without its end; `None`: it was too long, and is behind us. However slowly it comes, the whole of it is
    /// waited for only so long.
    async fn read_line(&mut self) -> Result<Option<Vec<u8>>, Gone> {
        let (idle, mut phase) = (self.mock.bounds.idle, self.phase.clone());
        let line = tokio::select! {
            biased;
            _ = phase.wait_for(|phase| *phase != Phase::Running) => Err(Stop::Because(CLOSES)),
            line = tokio::time::timeout(idle, self.next_line()) => line.unwrap_or(Err(Stop::Because(IDLE))),
        };
        self.settle(line).await
    }

    async fn next_line(&mut self) -> Result<Option<Vec<u8>>, Stop> {
        let most = if self.session.logs_in() { LOGIN_LINE } else { LINE };
        let (mut too_long, mut skipped) = (false, 0);
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let mut line: Vec<u8> = self.buffer.drain(..=end).collect();
                line.truncate(line.len() - 1);
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                return Ok((!too_long && line.len() <= most).then_some(line));
            }
            if self.buffer.len() > most {
                too_long = true;
                skipped += self.buffer.len();
                self.buffer.clear();
            }
            if skipped > self.mock.bounds.head_bytes * 4 {
                return Err(Stop::Because(ENDLESS));
            }
            self.fill().await?;
        }
    }

    /// The text of a mail, which may stand still only so long and take ten times that in all.
    async fn read_body(&mut self) -> Result<Body, Gone> {
        let standstill = self.mock.bounds.unread;
        let body = tokio::time::timeout(standstill * 10, self.next_body(standstill)).await;
        self.settle(body.unwrap_or(Err(Stop::Because(IDLE)))).await
    }

    async fn next_body(&mut self, standstill: Duration) -> Result<Body, Stop> {
        let most = self.mock.bounds.body_bytes as u64;
        let mut body = Body::new(most);
        loop {
            if let Some(used) = body.take(&self.buffer) {
                self.buffer.drain(..used);
                return Ok(body);
            }
            self.buffer.clear();
            if body.size > most.saturating_mul(BEYOND) {
                return Err(Stop::Because(TOO_LARGE));
            }
            tokio::time::timeout(standstill, self.fill()).await.map_err(|_| Stop::Because(IDLE))??;
        }
    }

    async fn fill(&mut self) -> Result<(), Gone> {
        let mut bytes = [0; READ];
        let read = self.io()?.read(&mut bytes).await?;
        self.buffer.extend_from_slice(&bytes[..read]);
        if read > 0 { Ok(()) } else { Err(Gone) }
    }

    /// What was read, or the end of the connection, with its reason if there is anybody to be told.
    async fn settle<T>(&mut self, read: Result<T, Stop>) -> Result<T, Gone> {
        match read {
            Ok(read) => Ok(read),
            Err(Stop::Gone) => Err(Gone),
            Err(Stop::Because(words)) => {
                self.say(words).await?;
                self.end().await
            }
        }
    }
}

async fn write(io: &mut Box<dyn Io>, bytes: &[u8]) -> io::Result<()> {
    io.write_all(bytes).await?;
    io.flush().await
}
