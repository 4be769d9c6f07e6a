//! Many connections through a proxy, with a fault in the middle of them: nothing is left behind.

use crate::rig::Client;
use holdline::mocks::clock::Clock;
use holdline::mocks::host::{MockPlan, Mocks, Options, Running};
use holdline::mocks::journal::Entry;
use holdline::mocks::judge::{Befalls, Facts, Failure, Judge, Ruling};
use holdline::mocks::socket::Standing;
use holdline::mocks::tcp::Tcp;
use holdline::rng::Luck;
use holdline::scenario::model::{Dependency, Id};
use holdline::time::{Span, Time};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;

const DB: Id<Dependency> = Id::new(0);
/// No test takes so long; what does has hung.
const HUNG: Duration = Duration::from_secs(30);

/// Nothing fails, but what comes back is slow.
const SLOW: &str = "slow";

/// One of some modes is in force for every connection, and can be changed.
struct Switch {
    modes: [&'static str; 3],
    on: AtomicUsize,
}

impl Judge for Switch {
    fn rule(&self, _: &Facts<'_>, _: Time) -> Ruling {
        Ruling::default()
    }
    fn connection(&self, _: Id<Dependency>, _: &mut Standing, _: Time) -> Befalls {
        match self.modes[self.on.load(Ordering::Acquire)] {
            "" => Befalls::default(),
            SLOW => Befalls { slow: Span::from_millis(400), ..Befalls::default() },
            mode => Befalls { failures: vec![Failure::named(mode)], ..Befalls::default() },
        }
    }
}

/// A server that sends everything back, and how many connections it has.
async fn echo() -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let address = listener.local_addr().expect("it listens");
    let open = Arc::new(AtomicUsize::new(0));
    let counted = open.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let open = counted.clone();
            open.fetch_add(1, Ordering::AcqRel);
            tokio::spawn(async move {
                let (mut read, mut write) = stream.split();
                tokio::io::copy(&mut read, &mut write).await.ok();
                open.fetch_sub(1, Ordering::AcqRel);
            });
        }
    });
    (address, open)
}

async fn start(modes: [&'static str; 3], upstream: SocketAddr) -> (Running, Arc<Switch>) {
    let switch = Arc::new(Switch { modes, on: AtomicUsize::new(0) });
    let options = Options::new(Clock::start(1.0), switch.clone());
    let vendor = Box::new(Tcp::new(upstream, "db".into(), Luck::new(1, 0)));
    let plan = vec![MockPlan { dependency: DB, name: "db".into(), vendor, port: None }];
    (Mocks::start(plan, options).await.expect("a port is free"), switch)
}

async fn connect(running: &Running) -> Client {
    Client::to(&running.addr(DB).expect("it listens").to_string()).await
}

async fn until(what: impl Fn() -> bool) {
    let waits = async {
        while !what() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(HUNG, waits).await.expect("it comes true");
}

#[tokio::test]
async fn nothing_is_left_of_many_connections_that_are_cut() {
    let (upstream, open) = echo().await;
    let (running, switch) = start(["", "tcp.timeout", "tcp.reset_peer"], upstream).await;
    let mut clients = Vec::new();
    for n in 0..300u32 {
        let mut client = connect(&running).await;
        client.send(&n.to_be_bytes()).await;
        assert_eq!(client.some().await.expect("it is passed on"), n.to_be_bytes());
        clients.push(client);
    }
    assert_eq!(open.load(Ordering::Acquire), 300);
    switch.on.store(1, Ordering::Release);
    for client in &mut clients {
        client.send(b"into the void").await;
    }
    assert!(clients[0].silent_for(Duration::from_millis(300)).await);
    switch.on.store(2, Ordering::Release);
    for client in &mut clients {
        assert!(client.some().await.is_err(), "it is reset");
    }
    until(|| open.load(Ordering::Acquire) == 0).await;
    let journal = running.mock(DB).expect("it is up").journal.clone();
    let closed = || journal.entries().iter().filter(|entry| is_close(entry, "reset by the fault")).count();
    until(|| closed() == 300).await;
    tokio::time::timeout(HUNG, running.shutdown()).await.expect("every wait can be interrupted");
}

fn is_close(entry: &Entry, how: &str) -> bool {
    let Entry::Note(_, note) = entry else { return false };
    note.kind == "connection_close" && note.fields.iter().any(|(name, value)| *name == "how" && value == how)
}

#[tokio::test]
async fn what_is_slow_comes_back_late_and_as_it_was() {
    let (upstream, _) = echo().await;
    let (running, _) = start([SLOW, "", ""], upstream).await;
    let mut client = connect(&running).await;
    client.send(b"hello").await;
    assert!(client.silent_for(Duration::from_millis(200)).await);
    assert_eq!(client.some().await.expect("it is passed on"), b"hello");
    running.shutdown().await;
}

#[tokio::test]
async fn a_shutdown_interrupts_what_waits() {
    let (upstream, open) = echo().await;
    let (running, _) = start(["tcp.timeout", "", ""], upstream).await;
    let mut client = connect(&running).await;
    client.send(b"never").await;
    until(|| open.load(Ordering::Acquire) == 1).await;
    tokio::time::timeout(HUNG, running.shutdown()).await.expect("every wait can be interrupted");
    until(|| open.load(Ordering::Acquire) == 0).await;
    assert!(client.some().await.is_ok_and(|rest| rest.is_empty()) || client.some().await.is_err());
}

#[tokio::test]
async fn a_proxy_does_not_call_itself() {
    let (upstream, _) = echo().await;
    let (running, _) = start([""; 3], upstream).await;
    let own = running.addr(DB).expect("it listens");
    running.shutdown().await;
    let switch = Arc::new(Switch { modes: [""; 3], on: AtomicUsize::new(0) });
    let vendor = Box::new(Tcp::new(own, "db".into(), Luck::new(1, 0)));
    let plan = vec![MockPlan { dependency: DB, name: "db".into(), vendor, port: Some(own.port()) }];
    let running = Mocks::start(plan, Options::new(Clock::start(1.0), switch)).await.expect("a port is free");
    let mut client = connect(&running).await;
    assert!(client.some().await.map_or(true, |said| said.is_empty()), "it ends at once");
    let journal = &running.mock(DB).expect("it is up").journal;
    until(|| journal.entries().iter().any(|entry| is_close(entry, "the upstream cannot be reached"))).await;
    assert_eq!(journal.entries().len(), 2, "one connection, and no further one");
    running.shutdown().await;
}
