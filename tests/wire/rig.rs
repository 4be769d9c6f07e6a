//! A mock on a real socket, and a client that sees every byte.

use holdline::mocks::clock::Clock;
use holdline::mocks::host::{MockPlan, Mocks, Options, Running};
use holdline::mocks::judge::{Facts, Failure, Judge, Ruling};
use holdline::mocks::openai::{OpenAi, Settings};
use holdline::mocks::server::Bounds;
use holdline::mocks::vendor::Vendor;
use holdline::scenario::model::{Dependency, Id};
use holdline::time::Time;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A chat request without a stream.
pub(crate) const CHAT: &str =
    r#"{"model":"gpt-4o-mini","messages":[{"role":"user","content":"Where is my order A-1007?"}]}"#;
/// The same, streamed.
pub(crate) const CHAT_STREAM: &str = r#"{"model":"gpt-4o-mini","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"Where is my order A-1007?"}]}"#;
/// Nothing in these tests takes so long; what does has hung.
const HUNG: Duration = Duration::from_secs(20);

/// Always the same ruling.
pub(crate) struct Always(pub(crate) Ruling);

impl Judge for Always {
    fn rule(&self, _: &Facts<'_>, _: Time) -> Ruling {
        self.0.clone()
    }
    fn refuses(&self, _: Id<Dependency>, _: Time) -> bool {
        self.0.failure.as_ref().is_some_and(|failure| failure.mode == "refuse")
    }
}

/// One mock model on a port.
pub(crate) struct Rig {
    pub(crate) running: Running,
}

pub(crate) const MODEL: Id<Dependency> = Id::new(0);

impl Rig {
    pub(crate) async fn healthy() -> Self {
        Self::start(Ruling::default(), 1.0, Bounds::default()).await
    }
    pub(crate) async fn failing(mode: &str) -> Self {
        Self::failing_at_pace(mode, 1.0).await
    }
    pub(crate) async fn failing_at_pace(mode: &str, pace: f64) -> Self {
        let ruling = Ruling { failure: Some(Failure::named(mode)), ..Ruling::default() };
        Self::start(ruling, pace, Bounds::default()).await
    }
    pub(crate) async fn start(ruling: Ruling, pace: f64, bounds: Bounds) -> Self {
        Self::start_on(None, ruling, pace, bounds).await
    }
    pub(crate) async fn on_port(port: u16) -> Self {
        Self::start_on(Some(port), Ruling::default(), 1.0, Bounds::default()).await
    }
    async fn start_on(port: Option<u16>, ruling: Ruling, pace: f64, bounds: Bounds) -> Self {
        Self::of(Box::new(OpenAi::new(Settings::default())), port, ruling, pace, bounds).await
    }
    /// The same with another vendor in the model's place.
    pub(crate) async fn of(
        vendor: Box<dyn Vendor>,
        port: Option<u16>,
        ruling: Ruling,
        pace: f64,
        bounds: Bounds,
    ) -> Self {
        let mut options = Options::new(Clock::start(pace), Arc::new(Always(ruling)));
        options.bounds = bounds;
        let plan = vec![MockPlan { dependency: MODEL, name: "llm".into(), vendor, port }];
        Self { running: Mocks::start(plan, options).await.expect("a port is free") }
    }
    pub(crate) async fn connect(&self) -> Client {
        let address = self.running.addr(MODEL).expect("the mock listens");
        Client { stream: TcpStream::connect(address).await.expect("it accepts"), read: Vec::new() }
    }
    pub(crate) async fn end(self) {
        tokio::time::timeout(HUNG, self.running.shutdown()).await.expect("every wait can be interrupted");
    }
}

pub(crate) struct Client {
    stream: TcpStream,
    read: Vec<u8>,
}

/// A whole reply.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", text(&self.body)))
    }
}

impl Client {
    pub(crate) async fn to(place: &str) -> Self {
        Self { stream: TcpStream::connect(place).await.expect("it accepts"), read: Vec::new() }
    }
    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.expect("the mock takes it");
    }
    /// Whether the other side still takes it.
    pub(crate) async fn try_send(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).await.is_ok()
    }
    /// What comes next; empty at the end.
    pub(crate) async fn some(&mut self) -> io::Result<Vec<u8>> {
        let mut some = vec![0; 65_536];
        let read = tokio::time::timeout(HUNG, self.stream.read(&mut some));
        let length = match read.await {
            Ok(length) => length?,
            Err(_) => return Ok(Vec::new()),
        };
        some.truncate(length);
        Ok(some)
    }
    /// Whether the other side keeps on taking what is sent; one that is gone answers by a reset sooner or later.
    pub(crate) async fn still_heard(&mut self) -> bool {
        for _ in 0..20 {
            if !self.try_send(b"more").await {
                return false;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        true
    }
    /// Everything until the end.
    pub(crate) async fn rest(&mut self) -> io::Result<Vec<u8>> {
        let mut rest = std::mem::take(&mut self.read);
        tokio::time::timeout(HUNG, self.stream.read_to_end(&mut rest)).await.expect("the mock ends it")?;
        Ok(rest)
    }
    /// Whether what comes next begins like this.
    pub(crate) async fn rest_starts_with(&mut self, start: &str) -> bool {
        self.some().await.is_ok_and(|some| some.starts_with(start.as_bytes()))
    }
    pub(crate) async fn silent_for(&mut self, length: Duration) -> bool {
        tokio::time::timeout(length, self.stream.read_u8()).await.is_err()
    }
    /// One line, without its end.
    pub(crate) async fn line(&mut self) -> String {
        loop {
            if let Some(at) = self.read.windows(2).position(|two| two == b"\r\n") {
                let line = text(&self.read[..at]);
                self.read.drain(..at + 2);
                return line;
            }
            self.more().await;
        }
    }
    /// One reply, with its body put together; the connection may go on.
    pub(crate) async fn reply(&mut self) -> Answer {
        let head_end = loop {
            if let Some(at) = self.read.windows(4).position(|four| four == b"\r\n\r\n") {
                break at;
            }
            self.more().await;
        };
        let head = text(&self.read[..head_end]);
        self.read.drain(..head_end + 4);
        let status = head[9..12].parse().expect("a status");
        let body = match header(&head, "content-length") {
            Some(length) => self.take(length.parse().expect("a length")).await,
            None => self.chunked().await,
        };
        Answer { status, head, body }
    }
    async fn chunked(&mut self) -> Vec<u8> {
        let mut body = Vec::new();
        loop {
            let line = loop {
                if let Some(at) = self.read.windows(2).position(|two| two == b"\r\n") {
                    break at;
                }
                self.more().await;
            };
            let size = usize::from_str_radix(text(&self.read[..line]).trim(), 16).expect("a chunk's size");
            self.read.drain(..line + 2);
            body.extend(self.take(size).await);
            self.take(2).await;
            if size == 0 {
                return body;
            }
        }
    }
    async fn take(&mut self, length: usize) -> Vec<u8> {
        while self.read.len() < length {
            self.more().await;
        }
        self.read.drain(..length).collect()
    }
    async fn more(&mut self) {
        let some = self.some().await.expect("the connection holds");
        assert!(!some.is_empty(), "the connection ended after: {}", text(&self.read));
        self.read.extend(some);
    }
}

pub(crate) fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().filter_map(|line| line.split_once(": ")).find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v)
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A chat request as an SDK sends it.
pub(crate) fn post(body: &str) -> Vec<u8> {
    post_to("/v1/chat/completions", body)
}

/// The same to another path.
pub(crate) fn post_to(path: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nhost: llm\r\nauthorization: Bearer sk-mock\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}
