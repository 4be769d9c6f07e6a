//! The socket under every connection of a mock, with the failures that happen below HTTP.
//!
//! A connection's handler and its socket share a [`Line`]: the handler says how the connection ends, the socket does it.
//! The line also tells the watchdog how far a request has come, so that slow clients are bounded without a timer a request.

use super::mock::Mock;
use super::socket::Opening;
use hyper::body::Bytes;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

/// How far the request in hand has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Stage {
    /// No byte of a request since the last reply.
    Idle = 0,
    /// Some of a head has come.
    Head = 1,
    /// The head is complete, the body is not.
    Body = 2,
    /// The request is complete; the mock is at work on it, or lets it hang.
    Working = 3,
    /// The reply waits for a client that does not read.
    Blocked = 4,
}

/// What is done to the byte stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Mode {
    Honest = 0,
    /// Ends by RST instead of FIN.
    Reset = 1,
    /// The write half is closed, the read half stays open.
    HalfClosed = 2,
    /// What HTTP writes is swallowed; other bytes are sent once.
    Garbage = 3,
    /// What is written is swallowed, and nothing is sent.
    Mute = 4,
}

/// What the handler, the watchdog and the socket of one connection know of each other.
#[derive(Debug, Default)]
pub struct Line {
    mode: AtomicU8,
    stage: AtomicU8,
    /// How far it had come when the client stopped reading.
    blocked_at: AtomicU8,
    /// Counts every change of stage and every byte read or written, for the watchdog.
    progress: AtomicU32,
    discards: AtomicBool,
    /// Someone waits for a flush: only then is the lock taken.
    waits: AtomicBool,
    slow: Mutex<Slow>,
}

/// A WebSocket that a connection becomes, and whose: one in the clear may ask several mocks.
pub(in crate::mocks) struct Turn {
    pub(in crate::mocks) mock: Arc<Mock>,
    pub(in crate::mocks) opening: Opening,
}

impl fmt::Debug for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Turn({}, {:?})", self.mock.name, self.opening)
    }
}

/// What only few connections use.
#[derive(Debug, Default)]
struct Slow {
    /// What the connection becomes behind its last reply.
    turns: Option<Turn>,
    garbage: Bytes,
    /// Someone waits until all that was written has left.
    flush: Option<Waker>,
    flushed: bool,
}

impl Line {
    /// The connection ends by a reset, whenever it ends.
    pub fn reset(&self) {
        self.mode.store(Mode::Reset as u8, Ordering::Release);
    }

    /// The server's half is closed as soon as the socket is touched again.
    pub fn half_close(&self) {
        self.mode.store(Mode::HalfClosed as u8, Ordering::Release);
    }

    /// Whatever is written next, these bytes are sent instead.
    pub fn garble(&self, garbage: Bytes) {
        self.slow().garbage = garbage;
        self.mode.store(Mode::Garbage as u8, Ordering::Release);
    }

    /// What is written from now on is swallowed, or no longer; a connection that is broken otherwise stays so.
    pub fn mute(&self, mute: bool) {
        let (from, to) = if mute { (Mode::Honest, Mode::Mute) } else { (Mode::Mute, Mode::Honest) };
        // Another mode in its place is the one outcome that is left alone.
        self.mode.compare_exchange(from as u8, to as u8, Ordering::AcqRel, Ordering::Acquire).ok();
    }

    /// The connection becomes a WebSocket behind the reply in hand.
    pub(in crate::mocks) fn turn(&self, turn: Turn) {
        self.slow().turns = Some(turn);
    }

    /// What the connection becomes, once it has done with HTTP.
    pub(in crate::mocks) fn turns(&self) -> Option<Turn> {
        self.slow().turns.take()
    }

    /// What the client still sends is thrown away before the connection is closed.
    pub fn discard(&self) {
        self.discards.store(true, Ordering::Release);
    }

    /// Whether it is.
    pub fn discards(&self) -> bool {
        self.discards.load(Ordering::Acquire)
    }

    /// The request has come so far.
    pub fn reach(&self, stage: Stage) {
        self.stage.store(stage as u8, Ordering::Release);
        self.progress.fetch_add(1, Ordering::Relaxed);
    }

    /// How far the request has come, and a number that changes when anything moves.
    pub fn standing(&self) -> (Stage, u32) {
        let stage = match self.stage.load(Ordering::Acquire) {
            0 => Stage::Idle,
            1 => Stage::Head,
            2 => Stage::Body,
            4 => Stage::Blocked,
            _ => Stage::Working,
        };
        (stage, self.progress.load(Ordering::Relaxed))
    }

    /// Ready once everything that was written before the first call has been given to the system.
    pub fn poll_flushed(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut slow = self.slow();
        if std::mem::take(&mut slow.flushed) {
            slow.flush = None;
            return Poll::Ready(());
        }
        slow.flush = Some(cx.waker().clone());
        self.waits.store(true, Ordering::Release);
        Poll::Pending
    }

    fn is(&self, mode: Mode) -> bool {
        self.mode.load(Ordering::Acquire) == mode as u8
    }

    fn broken(&self) -> bool {
        !self.is(Mode::Honest)
    }

    fn slow(&self) -> std::sync::MutexGuard<'_, Slow> {
        self.slow.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn note_flush(&self) {
        if !self.waits.swap(false, Ordering::AcqRel) {
            return;
        }
        let mut slow = self.slow();
        if let Some(waiting) = slow.flush.take() {
            slow.flushed = true;
            waiting.wake();
        }
    }
}

/// What a connection runs over.
#[derive(Debug)]
pub enum Stream {
    /// Plain TCP: the mock's own port.
    Plain(TcpStream),
    /// TLS that ended at the interception front.
    Secure(Box<TlsStream<TcpStream>>),
}

impl Stream {
    fn tcp(&self) -> &TcpStream {
        match self {
            Self::Plain(tcp) => tcp,
            Self::Secure(tls) => tls.get_ref().0,
        }
    }

    fn reader(&mut self) -> Pin<&mut (dyn AsyncRead + Send + Unpin)> {
        match self {
            Self::Plain(tcp) => Pin::new(tcp) as Pin<&mut (dyn AsyncRead + Send + Unpin)>,
            Self::Secure(tls) => Pin::new(&mut **tls) as Pin<&mut (dyn AsyncRead + Send + Unpin)>,
        }
    }

    fn writer(&mut self) -> Pin<&mut (dyn AsyncWrite + Send + Unpin)> {
        match self {
            Self::Plain(tcp) => Pin::new(tcp) as Pin<&mut (dyn AsyncWrite + Send + Unpin)>,
            Self::Secure(tls) => Pin::new(&mut **tls) as Pin<&mut (dyn AsyncWrite + Send + Unpin)>,
        }
    }
}

/// A socket that can misbehave.
#[derive(Debug)]
pub struct Socket {
    stream: Stream,
    line: Arc<Line>,
    half_closed: bool,
}

impl Socket {
    /// Over an accepted connection.
    pub fn new(stream: Stream, line: Arc<Line>) -> Self {
        Self { stream, line, half_closed: false }
    }

    /// Ends the connection by a reset: the client sees ECONNRESET.
    pub fn refuse(stream: TcpStream) {
        // A failure to set it leaves an orderly end, which is no answer either.
        drop(stream.set_zero_linger());
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.line.is(Mode::Reset) {
            drop(self.stream.tcp().set_zero_linger());
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.half_closed && this.line.is(Mode::HalfClosed) {
            ready!(this.stream.writer().poll_shutdown(cx))?;
            this.half_closed = true;
        }
        let before = buf.filled().len();
        ready!(this.stream.reader().poll_read(cx, buf))?;
        if buf.filled().len() > before {
            if this.line.stage.load(Ordering::Acquire) == Stage::Idle as u8 {
                this.line.reach(Stage::Head);
            } else {
                this.line.progress.fetch_add(1, Ordering::Relaxed);
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl Socket {
    /// Swallows what HTTP wrote and sends the garbage in its place, then the connection's end.
    fn poll_garbage(&mut self, cx: &mut Context<'_>, swallowed: usize) -> Poll<io::Result<usize>> {
        let mut garbage = std::mem::take(&mut self.line.slow().garbage);
        while !garbage.is_empty() {
            match self.stream.writer().poll_write(cx, &garbage) {
                Poll::Ready(Ok(sent)) => drop(garbage.split_to(sent)),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {
                    self.line.slow().garbage = garbage;
                    return Poll::Pending;
                }
            }
        }
        Poll::Ready(Ok(swallowed))
    }

    fn note_write(&self, wrote: &Poll<io::Result<usize>>) {
        let line = &self.line;
        match wrote {
            Poll::Pending => {
                let stage = line.stage.swap(Stage::Blocked as u8, Ordering::AcqRel);
                if stage != Stage::Blocked as u8 {
                    line.blocked_at.store(stage, Ordering::Release);
                }
            }
            Poll::Ready(_) => {
                line.progress.fetch_add(1, Ordering::Relaxed);
                if line.stage.load(Ordering::Acquire) == Stage::Blocked as u8 {
                    // The last of a reply leaves when the request is done with already.
                    line.stage.store(line.blocked_at.load(Ordering::Acquire), Ordering::Release);
                }
            }
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.line.broken() && this.line.is(Mode::Garbage) {
            return this.poll_garbage(cx, bytes.len());
        }
        if this.line.broken() && this.line.is(Mode::Mute) {
            return Poll::Ready(Ok(bytes.len()));
        }
        let wrote = this.stream.writer().poll_write(cx, bytes);
        this.note_write(&wrote);
        wrote
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.line.broken() && this.line.is(Mode::Garbage) {
            return this.poll_garbage(cx, parts.iter().map(|part| part.len()).sum());
        }
        if this.line.broken() && this.line.is(Mode::Mute) {
            return Poll::Ready(Ok(parts.iter().map(|part| part.len()).sum()));
        }
        let wrote = this.stream.writer().poll_write_vectored(cx, parts);
        this.note_write(&wrote);
        wrote
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.stream.writer().poll_flush(cx))?;
        this.line.note_flush();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.line.is(Mode::Reset) {
            // A FIN before the RST would let the client believe in an orderly end.
            return Poll::Ready(Ok(()));
        }
        this.stream.writer().poll_shutdown(cx)
    }
}
