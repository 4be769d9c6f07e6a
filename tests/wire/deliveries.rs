//! Webhooks arrive, are tried again, wake the vendor, and never leave this machine.

use crate::rig::{Always, text};
use holdline::mocks::clock::Clock;
use holdline::mocks::host::{MockPlan, Mocks, Options, Running};
use holdline::mocks::journal::{Event, EventKind};
use holdline::mocks::judge::{Carriage, Facts, Judge, NoFaults, Ruling};
use holdline::mocks::vendor::{
    Body, Delivery, DeliveryOutcome, Effect, Handled, OnRetry, Reply, Request, Seen, Vendor,
};
use holdline::scenario::model::{Dependency, Id};
use holdline::time::{Span, Time};
use hyper::Method;
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

const BELL: Id<Dependency> = Id::new(3);

/// A vendor that calls the target when it is rung, and says what it heard.
#[derive(Default)]
struct Bell {
    wakes: Option<Time>,
}

impl Vendor for Bell {
    fn endpoint(&self, _: &Request) -> &'static str {
        "ring"
    }
    fn handle(&mut self, _: &Request, _: Time) -> Handled {
        let reply = Reply { status: 200, headers: Vec::new(), body: Body::Full("ok".into()) };
        reply.alone()
    }
    fn delivered(&mut self, delivery: &Delivery, outcome: &DeliveryOutcome, _: Time) -> Vec<Effect> {
        vec![heard(format!("{} {:?} {}", delivery.kind, outcome.status, text(&outcome.body)))]
    }
    fn next_wake(&self) -> Option<Time> {
        self.wakes
    }
    fn wake(&mut self, now: Time) -> Vec<Effect> {
        if self.wakes.is_some_and(|at| at <= now) {
            self.wakes = None;
            return vec![heard("woken".into())];
        }
        Vec::new()
    }
    fn reset(&mut self) {}
    fn as_any_mut(&mut self) -> &mut dyn std::any::Any {
        self
    }
}

fn heard(text: String) -> Effect {
    Effect::Seen(Seen::Heard { call: "c".into(), text })
}

fn ring(url: String, retries: usize) -> Delivery {
    Delivery {
        kind: "event",
        url,
        method: Method::POST,
        headers: vec![("content-type".into(), "text/plain".into()), ("x-try".into(), "1".into())],
        body: "ding".into(),
        deadline: Span::from_secs(20),
        retries: vec![Span::from_millis(10); retries],
        on_retry: Some(OnRetry::new(|last, _| Some(vec![("X-Try".into(), (last.tries + 1).to_string())]))),
        call: None,
        tag: Some(42),
    }
}

async fn start(judge: Arc<dyn Judge>) -> (Running, mpsc::Receiver<Event>) {
    let plan = vec![MockPlan { dependency: BELL, name: "bell".into(), vendor: Box::<Bell>::default(), port: None }];
    let running = Mocks::start(plan, Options::new(Clock::start(1.0), judge)).await.expect("a port is free");
    let events = running.events().expect("they are given once");
    (running, events)
}

fn send(running: &Running, delivery: Delivery) {
    running.with::<Bell, ()>(BELL, |_, _| ((), vec![Effect::Deliver(delivery)])).expect("the bell runs");
}

/// A target that answers each request by the next of these; what it got comes through the channel.
async fn target(replies: &'static [&'static str]) -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let url = format!("http://{}/hook?x=y", listener.local_addr().expect("it is bound"));
    let (got, gets) = mpsc::channel(16);
    tokio::spawn(async move {
        for reply in replies {
            let (mut stream, _) = listener.accept().await.expect("the mock connects");
            let mut request = Vec::new();
            while !request.ends_with(b"ding") {
                request.push(stream.read_u8().await.expect("the request comes"));
            }
            drop(got.send(text(&request)).await);
            drop(stream.write_all(reply.as_bytes()).await);
        }
    });
    (url, gets)
}

async fn next(events: &mut mpsc::Receiver<Event>) -> EventKind {
    let event = tokio::time::timeout(std::time::Duration::from_secs(20), events.recv());
    event.await.expect("an event comes").expect("the mocks run").kind
}

const GOOD: &str = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ndong";
const BAD: &str = "HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n";

#[tokio::test]
async fn a_webhook_arrives_and_its_reply_comes_back() {
    let (running, mut events) = start(Arc::new(NoFaults)).await;
    let (url, mut gets) = target(&[GOOD]).await;
    send(&running, ring(url, 3));
    let got = gets.recv().await.expect("the target is called");
    assert!(got.starts_with("POST /hook?x=y HTTP/1.1\r\n") && got.contains("host: 127.0.0.1:"), "{got}");
    let EventKind::Delivered(delivered) = next(&mut events).await else { panic!("a delivery ends") };
    assert_eq!((delivered.status, delivered.tries, delivered.tag), (Some(200), 1, Some(42)));
    assert!(!delivered.url.contains("x=y"));
    assert_eq!(
        next(&mut events).await,
        EventKind::Seen(Seen::Heard { call: "c".into(), text: "event Some(200) dong".into() })
    );
    running.shutdown().await;
}

#[tokio::test]
async fn a_refused_webhook_is_tried_again_with_new_headers() {
    let (running, mut events) = start(Arc::new(NoFaults)).await;
    let (url, mut gets) = target(&[BAD, "", GOOD]).await;
    send(&running, ring(url, 3));
    for n in 1..=3 {
        let got = gets.recv().await.expect("the target is called");
        assert!(got.to_lowercase().contains(&format!("x-try: {n}\r\n")), "{n}: {got}");
    }
    let EventKind::Delivered(delivered) = next(&mut events).await else { panic!("a delivery ends") };
    assert_eq!((delivered.status, delivered.tries, delivered.error), (Some(200), 3, None));
    running.shutdown().await;
}

#[tokio::test]
async fn nobody_there_or_somewhere_else_is_an_error_that_says_so() {
    let (running, mut events) = start(Arc::new(NoFaults)).await;
    for (url, why) in [("http://127.0.0.1:1/", "connection_failed"), ("http://192.0.2.1/", "not on this machine")] {
        send(&running, ring(url.into(), 0));
        let EventKind::Delivered(delivered) = next(&mut events).await else { panic!("a delivery ends") };
        assert_eq!(delivered.status, None);
        assert!(delivered.error.as_deref().is_some_and(|error| error.contains(why)), "{delivered:?}");
        next(&mut events).await;
    }
    running.shutdown().await;
}

struct Carries(u8);

impl Judge for Carries {
    fn rule(&self, _: &Facts<'_>, _: Time) -> Ruling {
        Ruling::default()
    }
    fn carry(&self, _: Id<Dependency>, kind: &str, text: &str, _: Time) -> Carriage {
        assert_eq!((kind, text), ("event", "ding"));
        Carriage { delay: Span::ZERO, copies: self.0 }
    }
}

#[tokio::test]
async fn webhooks_can_be_lost_and_doubled_on_the_way() {
    let (running, mut events) = start(Arc::new(Carries(0))).await;
    send(&running, ring("http://127.0.0.1:1/".into(), 0));
    let EventKind::Delivered(lost) = next(&mut events).await else { panic!("a delivery ends") };
    assert_eq!((lost.tries, lost.error.as_deref()), (0, Some("lost on purpose")));
    running.shutdown().await;

    let (running, _events) = start(Arc::new(Carries(2))).await;
    let (url, mut gets) = target(&[GOOD, GOOD]).await;
    send(&running, ring(url, 0));
    assert!(gets.recv().await.is_some() && gets.recv().await.is_some());
    running.shutdown().await;
}

#[tokio::test]
async fn a_vendor_is_woken_when_it_is_due() {
    let (running, mut events) = start(Arc::new(Always(Ruling::default()))).await;
    running.with::<Bell, ()>(BELL, |bell, now| {
        bell.wakes = Some(now + Span::from_millis(20));
        ((), Vec::new())
    });
    assert_eq!(next(&mut events).await, EventKind::Seen(Seen::Heard { call: "c".into(), text: "woken".into() }));
    running.shutdown().await;
}

#[tokio::test]
async fn a_port_that_is_taken_is_said_and_another_is_chosen() {
    let taken = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let port = taken.local_addr().expect("it is bound").port();
    let plan =
        vec![MockPlan { dependency: BELL, name: "bell".into(), vendor: Box::<Bell>::default(), port: Some(port) }];
    let running =
        Mocks::start(plan, Options::new(Clock::start(1.0), Arc::new(NoFaults))).await.expect("another is free");
    let other = running.addr(BELL).expect("it listens").port();
    assert_ne!(other, port);
    assert!(running.notes()[0].contains(&port.to_string()) && running.notes()[0].contains(&other.to_string()));
    running.shutdown().await;
}

#[tokio::test]
async fn what_waits_for_its_next_try_holds_up_nothing() {
    let plan = vec![MockPlan { dependency: BELL, name: "bell".into(), vendor: Box::<Bell>::default(), port: None }];
    let mut options = Options::new(Clock::start(1.0), Arc::new(NoFaults));
    options.bounds.deliveries = 1;
    let running = Mocks::start(plan, options).await.expect("a port is free");
    let mut events = running.events().expect("they are given once");
    let (failing, mut gets) = target(&[BAD]).await;
    let patient = Delivery { retries: vec![Span::from_secs(3_600)], ..ring(failing, 0) };
    send(&running, patient);
    gets.recv().await.expect("the first try comes");
    let (url, _gets) = target(&[GOOD]).await;
    send(&running, ring(url, 0));
    let EventKind::Delivered(delivered) = next(&mut events).await else { panic!("the other one's delivery") };
    assert_eq!((delivered.status, delivered.tries), (Some(200), 1));
    tokio::time::timeout(std::time::Duration::from_secs(10), running.shutdown()).await.expect("it ends");
}

#[tokio::test]
async fn shutdown_interrupts_a_webhook_that_waits() {
    let (running, _events) = start(Arc::new(NoFaults)).await;
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    send(&running, ring(format!("http://{}/", silent.local_addr().expect("it is bound")), 3));
    let (_stream, _) = silent.accept().await.expect("the mock connects");
    tokio::time::timeout(std::time::Duration::from_secs(10), running.shutdown()).await.expect("it ends");
}
