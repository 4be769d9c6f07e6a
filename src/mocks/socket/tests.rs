//! Sockets over a real connection: a vendor that echoes, a client that listens, faults in between.

use super::*;
use crate::mocks::answer;
use crate::mocks::clock::Clock;
use crate::mocks::host::{MockPlan, Mocks, Options, Running};
use crate::mocks::journal::Entry;
use crate::mocks::judge::{Facts, Failure, Judge, NoFaults, Ruling};
use crate::mocks::vendor::{Body, Delivery, DeliveryOutcome, Effect, Handled, Reply, Request, Vendor};
use crate::scenario::model::{Dependency, Id};
use futures_util::{SinkExt as _, StreamExt as _};
use hyper::Method;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, accept_async, client_async};

const HERE: Id<Dependency> = Id::new(0);

/// Says hello, gives every text back, and keeps what it learnt.
#[derive(Default)]
struct Echo {
    learnt: Arc<Mutex<Vec<String>>>,
}

impl Echo {
    fn note(&self, what: String) {
        self.learnt.lock().expect("no test panics with it").push(what);
    }
}

impl Vendor for Echo {
    fn endpoint(&self, _: &Request) -> &'static str {
        "socket"
    }
    fn handle(&mut self, request: &Request, _: Time) -> Handled {
        match request.path.as_str() {
            "/link" => {
                let opening = Opening { ping_every: Some(Span::from_millis(200)), ..Opening::of("app", "socket") };
                Reply { status: 101, headers: Vec::new(), body: Body::Socket(Box::new(opening)) }.alone()
            }
            _ => answer::text(200, "plain").alone(),
        }
    }
    fn opened(&mut self, socket: SocketId, _: &Opening, _: Time) -> Vec<Effect> {
        vec![Effect::Socket(socket, Say::text("hello"))]
    }
    fn said(&mut self, socket: SocketId, frame: Frame, _: Time) -> Vec<Effect> {
        let Frame::Text(text) = frame else { return Vec::new() };
        match text.split_once(' ') {
            Some(("ack", key)) => vec![Effect::Answered(key.to_owned(), Bytes::from_static(b"taken"))],
            _ if text == "bye" => vec![Effect::Socket(socket, Say::Close(1000, "done".to_owned()))],
            _ => vec![Effect::Socket(socket, Say::text(text))],
        }
    }
    fn closed(&mut self, _: Option<SocketId>, _: &Opening, ending: &Ending, _: Time) -> Vec<Effect> {
        self.note(ending.to_string());
        Vec::new()
    }
    fn delivered(&mut self, _: &Delivery, outcome: &DeliveryOutcome, _: Time) -> Vec<Effect> {
        self.note(format!("{:?} {}", outcome.status, String::from_utf8_lossy(&outcome.body)));
        Vec::new()
    }
    fn reset(&mut self) {}
    fn as_any_mut(&mut self) -> &mut dyn std::any::Any {
        self
    }
}

/// The same failure for every open socket, while there is one.
#[derive(Default)]
struct Upon(Mutex<Option<&'static str>>);

impl Judge for Upon {
    fn rule(&self, _: &Facts<'_>, _: Time) -> Ruling {
        Ruling::default()
    }
    fn socket(&self, _: &Facts<'_>, _: &mut Standing, _: Time) -> Option<Failure> {
        self.0.lock().expect("no test panics with it").map(Failure::named)
    }
}

struct Rig {
    running: Running,
    learnt: Arc<Mutex<Vec<String>>>,
}

async fn rig(judge: Arc<dyn Judge>) -> Rig {
    let vendor = Echo::default();
    let learnt = vendor.learnt.clone();
    let plan = MockPlan { dependency: HERE, name: "echo".to_owned(), vendor: Box::new(vendor), port: None };
    let mut options = Options::new(Clock::start(1.0), judge);
    options.bounds.message_bytes = 1_000;
    let running = Mocks::start(vec![plan], options).await.expect("ports are free");
    Rig { running, learnt }
}

impl Rig {
    async fn connect(&self) -> WebSocketStream<TcpStream> {
        let address = self.running.addr(HERE).expect("it is up");
        let stream = TcpStream::connect(address).await.expect("it listens");
        let (mut client, reply) = client_async(format!("ws://{address}/link"), stream).await.expect("it is accepted");
        assert_eq!(reply.status(), 101);
        assert_eq!(next(&mut client).await, "hello");
        client
    }

    async fn learns(&self, what: &str) {
        let found = async {
            while !self.learnt.lock().expect("no test panics with it").iter().any(|learnt| learnt.contains(what)) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        if tokio::time::timeout(Duration::from_secs(10), found).await.is_err() {
            panic!("`{what}` never came: {:?}", self.learnt.lock());
        }
    }

    fn act(&self, effect: Effect) {
        self.running.with_vendor(HERE, |_, _| ((), vec![effect]));
    }
}

/// The next text, or how the socket ended.
async fn next(client: &mut WebSocketStream<TcpStream>) -> String {
    loop {
        match tokio::time::timeout(Duration::from_secs(10), client.next()).await.expect("something comes") {
            Some(Ok(Message::Text(text))) => return text.as_str().to_owned(),
            Some(Ok(Message::Close(frame))) => return format!("close {:?}", frame.map(|frame| u16::from(frame.code))),
            Some(Ok(_)) => {}
            Some(Err(error)) => return error.to_string(),
            None => return "end".to_owned(),
        }
    }
}

fn delivery(url: &str) -> Effect {
    Effect::Deliver(Delivery {
        kind: "event",
        url: url.to_owned(),
        method: Method::POST,
        headers: Vec::new(),
        body: Bytes::from_static(b"news"),
        deadline: Span::from_secs(5),
        retries: Vec::new(),
        on_retry: None,
        call: None,
        tag: None,
    })
}

#[tokio::test]
async fn what_is_said_comes_back_and_the_end_is_in_order() {
    let rig = rig(Arc::new(NoFaults)).await;
    let mut client = rig.connect().await;
    client.send(Message::text("one")).await.expect("it is open");
    assert_eq!(next(&mut client).await, "one");
    client.send(Message::text("bye")).await.expect("it is open");
    assert_eq!(next(&mut client).await, "close Some(1000)");
    rig.learns("closed by the mock").await;
    let mut client = rig.connect().await;
    client.close(None).await.expect("it is open");
    rig.learns("closed by the target (1005)").await;
    drop(rig.connect().await);
    rig.learns("Connection reset without closing handshake").await;
    let kinds: Vec<&str> = (rig.running.mock(HERE).expect("it is up").journal.entries().iter())
        .filter_map(|entry| if let Entry::Note(_, note) = entry { Some(note.kind) } else { None })
        .collect();
    assert_eq!(kinds, ["socket_open", "socket_close"].repeat(3));
    rig.running.shutdown().await;
}

#[tokio::test]
async fn a_delivery_over_a_socket_is_answered_there() {
    let rig = rig(Arc::new(NoFaults)).await;
    rig.act(delivery("socket:app/k0"));
    rig.learns("None").await;
    let mut client = rig.connect().await;
    rig.act(delivery("socket:app/k1"));
    assert_eq!(next(&mut client).await, "news");
    client.send(Message::text("ack k1")).await.expect("it is open");
    rig.learns("Some(200) taken").await;
}

#[tokio::test]
async fn a_socket_that_is_held_is_not_read_until_it_is_released() {
    let rig = rig(Arc::new(NoFaults)).await;
    let mut client = rig.connect().await;
    client.send(Message::text("one")).await.expect("it is open");
    assert_eq!(next(&mut client).await, "one");
    let hold = |held| rig.act(Effect::Socket(SocketId(1), Say::Hold(held)));
    hold(true);
    // The echo of this mark tells that the order has been taken.
    rig.act(Effect::Socket(SocketId(1), Say::text("held")));
    assert_eq!(next(&mut client).await, "held");
    client.send(Message::text("two")).await.expect("it is open");
    assert!(tokio::time::timeout(Duration::from_millis(300), next(&mut client)).await.is_err(), "nobody reads it");
    hold(false);
    assert_eq!(next(&mut client).await, "two");
    hold(true);
    rig.act(Effect::Socket(SocketId(1), Say::Frames(vec![(Span::ZERO, Frame::Text("last".to_owned()))])));
    rig.act(Effect::Socket(SocketId(1), Say::Break));
    assert_eq!(next(&mut client).await, "last");
    assert!(next(&mut client).await.contains("without closing handshake"), "a break has no farewell");
}

#[tokio::test]
async fn a_message_beyond_the_bound_ends_the_socket() {
    let rig = rig(Arc::new(NoFaults)).await;
    let mut client = rig.connect().await;
    client.send(Message::text("x".repeat(2_000))).await.expect("it is open");
    rig.learns("too long").await;
}

#[tokio::test]
async fn a_frame_that_cannot_be_taken_is_answered_by_why() {
    let rig = rig(Arc::new(NoFaults)).await;
    let mask = [1, 2, 3, 4];
    let masked = |byte: u8| byte ^ mask[0];
    for (what, frame, code) in [
        ("without a mask", vec![0x81, 1, b'a'], "1002"),
        ("with a reserved bit", [&[0xc1, 0x80][..], &mask].concat(), "1002"),
        ("of an unknown kind", [&[0x83, 0x80][..], &mask].concat(), "1002"),
        ("a ping that is too long", [&[0x89, 0xfe, 0, 126][..], &mask, &[0; 126]].concat(), "1002"),
        ("a control frame in pieces", [&[0x09, 0x80][..], &mask].concat(), "1002"),
        ("goes on with nothing", [&[0x80, 0x80][..], &mask].concat(), "1002"),
        ("no UTF-8", [&[0x81, 0x81][..], &mask, &[masked(0xff)]].concat(), "1007"),
        ("longer than memory", [&[0x82, 0xff][..], &[0x7f; 8], &mask].concat(), "1009"),
        (
            "a piece too much",
            [&[0x01, 0xfe, 3, 0][..], &mask, &[masked(b'a'); 768], &[0x80, 0xfe, 3, 0], &mask].concat(),
            "1009",
        ),
    ] {
        let mut client = rig.connect().await;
        client.get_mut().write_all(&frame).await.expect("it is open");
        // What follows is read and thrown away, so that the answer is not lost to a reset.
        client.get_mut().write_all(&[0; 100_000]).await.ok();
        assert_eq!(next(&mut client).await, format!("close Some({code})"), "{what}");
    }
    tokio::time::timeout(Duration::from_secs(10), rig.running.shutdown()).await.expect("no task is left");
}

#[tokio::test]
async fn faults_lie_on_the_open_wire() {
    let upon = Arc::new(Upon::default());
    let rig = rig(upon.clone()).await;
    let fall = |mode| *upon.0.lock().expect("no test panics with it") = mode;
    for (mode, sign) in [
        ("slack.socket_disconnect", r#"{"type":"disconnect","reason":"refresh_requested""#),
        ("reset", "reset"),
        ("twilio.stream_drop", "without closing handshake"),
        ("garbage", ""),
    ] {
        let mut client = rig.connect().await;
        fall(Some(mode));
        let seen = next(&mut client).await;
        fall(None);
        assert!(seen.contains(sign), "{mode}: {seen}");
    }
    let mut client = rig.connect().await;
    fall(Some("slack.socket_silent"));
    let silent = async {
        // Until a ping stays away for longer than two of them.
        while tokio::time::timeout(Duration::from_millis(500), client.next()).await.is_ok() {}
    };
    tokio::time::timeout(Duration::from_secs(10), silent).await.expect("it falls silent");
    client.send(Message::text("lost")).await.expect("it is open");
    fall(None);
    let back = async {
        loop {
            client.send(Message::text("here?")).await.expect("it is open");
            if tokio::time::timeout(Duration::from_millis(100), next(&mut client)).await.is_ok() {
                break;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), back).await.expect("it speaks again");
}

#[tokio::test]
async fn a_mock_dials_its_target() {
    let rig = rig(Arc::new(NoFaults)).await;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port is free");
    let url = format!("ws://{}/media", listener.local_addr().expect("it listens"));
    let opening = Opening::of("call", "stream");
    let dial = |url: &str| {
        Effect::Dial(Box::new(Dial {
            url: url.to_owned(),
            headers: vec![("x-twilio-signature".to_owned(), "s".to_owned())],
            deadline: Span::from_secs(5),
            opening: opening.clone(),
        }))
    };
    rig.act(dial(&url));
    let (stream, _) = listener.accept().await.expect("somebody calls");
    let mut target = accept_async(stream).await.expect("it is a handshake");
    assert_eq!(next(&mut target).await, "hello");
    rig.act(dial("ws://127.0.0.1:1/media"));
    rig.learns("connection_failed").await;
    rig.act(dial("ws://example.com/media"));
    rig.learns("not on this machine").await;
    rig.running.mock(HERE).expect("it is up").reset();
    assert!(!matches!(next(&mut target).await.as_str(), "hello"), "a reset ends the call");
}

#[tokio::test]
async fn nothing_is_left_of_many_sockets_that_break() {
    let upon = Arc::new(Upon::default());
    let rig = rig(upon.clone()).await;
    let open = || rig.running.mock(HERE).expect("it is up").open_sockets();
    for mode in ["reset", "slack.socket_disconnect", "twilio.stream_drop"] {
        let mut clients = Vec::new();
        for _ in 0..200 {
            clients.push(rig.connect().await);
        }
        assert_eq!(open(), 200);
        *upon.0.lock().expect("no test panics with it") = Some(mode);
        let gone = async {
            while open() > 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), gone).await.expect("all are gone");
        *upon.0.lock().expect("no test panics with it") = None;
    }
    tokio::time::timeout(Duration::from_secs(10), rig.running.shutdown()).await.expect("no task is left");
}

#[tokio::test]
async fn nothing_is_left_when_the_host_drains() {
    let rig = rig(Arc::new(NoFaults)).await;
    let (mut polite, mut silent) = (rig.connect().await, rig.connect().await);
    let end = tokio::spawn(async move { next(&mut polite).await });
    tokio::time::timeout(Duration::from_secs(10), rig.running.shutdown()).await.expect("no task is left");
    assert_eq!(end.await.expect("it does not panic"), "close Some(1001)");
    assert!(matches!(silent.next().await, Some(Ok(Message::Ping(_) | Message::Close(_)) | Err(Error::Io(_)))));
}

#[tokio::test]
async fn a_peer_that_answers_no_ping_is_gone_and_one_that_does_is_not() {
    let rig = rig(Arc::new(NoFaults)).await;
    let mut live = rig.connect().await;
    // What nobody reads nobody answers.
    let silent = rig.connect().await;
    let (mut pings, mut learnt) = (0, false);
    while !learnt {
        if let Ok(Some(Ok(Message::Ping(_)))) = tokio::time::timeout(Duration::from_millis(50), live.next()).await {
            pings += 1;
        }
        learnt = rig.learnt.lock().expect("no test panics with it").iter().any(|how| how.contains("no sign of life"));
        assert!(pings < 500, "the silent one stays");
    }
    assert!(pings > 0);
    live.send(Message::text("still here")).await.expect("it is open");
    assert_eq!(next(&mut live).await, "still here");
    drop(silent);
}
