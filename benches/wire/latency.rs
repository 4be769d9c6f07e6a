//! How late an injected delay is: 50 connections ask the shipped server for chat completions that a judge delays, and
//! each request's delay as observed is compared with the delay that was drawn for it, constant and lognormal alike.
//!
//!     nice -n -10 cargo run --release --example latency [SECONDS]     20 seconds each
//!
//! Ends with 1 if the median is more than 2 ms late, or the 99th percentile more than 5 ms.

#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use holdline::mocks::clock::Clock;
use holdline::mocks::host::{MockPlan, Mocks, Options};
use holdline::mocks::judge::{Facts, Judge, Ruling};
use holdline::mocks::openai::{OpenAi, Settings};
use holdline::rng::{Luck, What};
use holdline::scenario::model::{Dependency, Distribution, Id};
use holdline::time::{Span, Time};
use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::Builder;
use tokio::task::JoinSet;

const CONNECTIONS: u64 = 50;
/// Between the beginnings of two connections.
const STEP: Duration = Duration::from_millis(7);
/// What is asked, in milliseconds.
const MEDIAN: f64 = 2.0;
const P99: f64 = 5.0;

/// The delay of a request by its number: known to whoever asks and to the judge.
struct Delays {
    of: Distribution,
    luck: Luck,
}

impl Delays {
    fn delay(&self, number: u64) -> Span {
        self.of.sample(&mut self.luck.draw(number, What::Latency, 0))
    }
}

impl Judge for Delays {
    fn rule(&self, request: &Facts<'_>, _: Time) -> Ruling {
        let number = request.text.rsplit_once("number ").and_then(|(_, rest)| rest.split('"').next()?.parse().ok());
        Ruling { delay: number.map_or(Span::ZERO, |number| self.delay(number)), ..Ruling::default() }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let seconds: u64 = std::env::args().nth(1).map_or(Ok(20), |seconds| seconds.parse())?;
    let server = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let client = Builder::new_current_thread().enable_all().build()?;
    // A median of 200 ms, and one in a hundred above 1.3 s.
    let lognormal = Distribution::Lognormal { mu: libm::log(0.2), sigma: 0.8 };
    let mut fine = true;
    for (name, of) in [("constant", Distribution::Constant(Span::from_millis(100))), ("lognormal", lognormal)] {
        let delays = Arc::new(Delays { of, luck: Luck::new(1, 0) });
        let vendor = Box::new(OpenAi::new(Settings::default()));
        let plan = vec![MockPlan { dependency: Id::new(0), name: "llm".into(), vendor, port: None }];
        let options = Options::new(Clock::start(1.0), delays.clone());
        let mocks = server.block_on(Mocks::start(plan, options))?;
        let place = mocks.addr(Id::<Dependency>::new(0)).ok_or("the mock does not listen")?;
        let mut late = client.block_on(ask(place, &delays, Duration::from_secs(seconds)))?;
        server.block_on(mocks.shutdown());
        late.sort_unstable_by(f64::total_cmp);
        let at = |share: f64| late[((late.len() - 1) as f64 * share) as usize];
        println!("{name}: {} requests, from {:.2} to {:.2} ms late", late.len(), at(0.0), at(1.0));
        fine &= row("  median", at(0.5), MEDIAN) & row("  99th percentile", at(0.99), P99);
    }
    std::process::exit(i32::from(!fine))
}

fn row(what: &str, is: f64, asked: f64) -> bool {
    println!("{what:<52} {is:>11.2} ms   asked: at most {asked} ms{}", if is <= asked { "" } else { "   MISSED" });
    is <= asked
}

/// How much later than drawn each reply was complete, in milliseconds.
async fn ask(place: SocketAddr, delays: &Arc<Delays>, length: Duration) -> Result<Vec<f64>, Box<dyn Error>> {
    let end = Instant::now() + length;
    let mut connections = JoinSet::new();
    for first in 0..CONNECTIONS {
        connections.spawn(one(place, delays.clone(), first, end));
    }
    let mut late = Vec::new();
    while let Some(of_one) = connections.join_next().await {
        late.extend(of_one??);
    }
    Ok(late)
}

async fn one(place: SocketAddr, delays: Arc<Delays>, first: u64, end: Instant) -> std::io::Result<Vec<f64>> {
    let mut stream = TcpStream::connect(place).await?;
    stream.set_nodelay(true)?;
    let (mut late, mut reply) = (Vec::new(), Vec::new());
    let mut number = first;
    // Nobody's customers all ask in the same instant.
    tokio::time::sleep(STEP * first as u32).await;
    while Instant::now() < end {
        let words = format!("This is number {number}");
        let body = format!(r#"{{"model":"gpt-4o-mini","messages":[{{"role":"user","content":"{words}"}}]}}"#);
        let head = "POST /v1/chat/completions HTTP/1.1\r\nhost: llm\r\nauthorization: Bearer sk-mock\r\ncontent-type: \
                    application/json\r\ncontent-length: ";
        let request = format!("{head}{}\r\n\r\n{body}", body.len());
        let began = Instant::now();
        stream.write_all(request.as_bytes()).await?;
        reply.clear();
        while !is_whole(&reply) {
            if stream.read_buf(&mut reply).await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
        }
        let observed = began.elapsed().as_secs_f64() * 1_000.0;
        late.push(observed - delays.delay(number).secs_f64() * 1_000.0);
        number += CONNECTIONS;
    }
    Ok(late)
}

/// A chat completion ends with its fingerprint.
fn is_whole(reply: &[u8]) -> bool {
    reply.ends_with(b"\"fp_holdline\"}")
}
