//! Clients that mean harm, and an end that is asked for in the middle of something: nothing is smuggled in behind a request,
//! no slow or endless line keeps a place, and what is in hand is finished within the stated time.

use crate::rig::{CHAT, Client, MODEL, Rig, post, text};
use holdline::mocks::journal::Entry;
use holdline::mocks::judge::{Failure, Ruling};
use holdline::mocks::server::Bounds;
use holdline::mocks::smtp::Smtp;
use holdline::time::Span;
use std::time::Duration;

/// Requests whose end two readers would see in different places; behind each stands one that must never be answered.
const SMUGGLERS: [(&str, &str); 13] = [
    ("CL and TE", "content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"),
    ("TE and CL", "transfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n0\r\n\r\n"),
    ("two lengths", "content-length: 0\r\ncontent-length: 44\r\n\r\n"),
    ("a list of lengths", "content-length: 0, 44\r\n\r\n"),
    ("a length with a sign", "content-length: +0\r\n\r\n"),
    ("a negative length", "content-length: -1\r\n\r\n"),
    ("a length beyond all numbers", "content-length: 99999999999999999999999\r\n\r\n"),
    ("a coding that nobody knows", "transfer-encoding: xchunked\r\n\r\n0\r\n\r\n"),
    ("chunked is not the last", "transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n"),
    ("two codings", "transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n\r\n0\r\n\r\n"),
    ("a space before the colon", "transfer-encoding : chunked\r\n\r\n0\r\n\r\n"),
    ("a folded line", "x: a\r\n transfer-encoding: chunked\r\n\r\n0\r\n\r\n"),
    ("a chunk of no size", "transfer-encoding: chunked\r\n\r\n0x0\r\n\r\n"),
];
const SMUGGLED: &str = "GET /smuggled HTTP/1.1\r\nhost: llm\r\n\r\n";

#[tokio::test]
async fn nothing_is_smuggled_in_behind_a_request() {
    let rig = Rig::healthy().await;
    for (how, head) in SMUGGLERS {
        let mut client = rig.connect().await;
        let head = format!("POST /v1/chat/completions HTTP/1.1\r\nhost: llm\r\n{head}");
        client.send(format!("{head}{SMUGGLED}").as_bytes()).await;
        let said = text(&client.rest().await.unwrap_or_default());
        assert!(said.matches("HTTP/1.1 ").count() <= 1 && !said.contains("HTTP/1.1 2"), "{how}: {said}");
    }
    let entries = rig.running.mock(MODEL).expect("the mock runs").journal.entries();
    let smuggled = |entry: &Entry| matches!(entry, Entry::Request(seen) if seen.path == "/smuggled");
    assert!(!entries.iter().any(smuggled), "{entries:?}");
    rig.end().await;
}

#[tokio::test]
async fn it_is_clear_who_is_asked_or_nobody_answers() {
    let rig = Rig::healthy().await;
    for hosts in [
        "",
        "host:\r\n",
        "host: a b\r\n",
        "host: user@llm\r\n",
        "host: llm\r\nhost: llm\r\n",
        "host: llm\r\nhost: x\r\n",
    ] {
        let mut client = rig.connect().await;
        client.send(format!("GET /v1/models HTTP/1.1\r\n{hosts}\r\n{SMUGGLED}").as_bytes()).await;
        assert_eq!(client.reply().await.status, 400, "{hosts:?}");
        assert!(client.rest().await.is_ok_and(|rest| rest.is_empty()), "{hosts:?}");
    }
    rig.end().await;
}

#[tokio::test]
async fn a_reply_in_hand_is_finished_and_nothing_new_is_taken() {
    let slow = Ruling { delay: Span::from_millis(400), ..Ruling::default() };
    let rig = Rig::start(slow, 1.0, Bounds { drain: Duration::from_secs(20), ..Bounds::default() }).await;
    let (mut client, mut idle) = (rig.connect().await, rig.connect().await);
    client.send(&[post(CHAT), SMUGGLED.into()].concat()).await;
    // The second is open and asks for nothing; the first has been read by the time that this one is.
    idle.send(b"GET /v1/mod").await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    let address = rig.running.addr(MODEL).expect("it listens");
    let ended = tokio::spawn(rig.end());
    let reply = client.reply().await;
    assert_eq!((reply.status, reply.head.contains("connection: close")), (200, true), "{}", reply.head);
    assert!(client.rest().await.is_ok_and(|rest| rest.is_empty()), "what was sent behind it is not answered");
    drop(idle);
    ended.await.expect("it ends by itself, long before its time is over");
    assert!(tokio::net::TcpStream::connect(address).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn what_takes_longer_than_the_drain_is_dropped() {
    let ruling = Ruling { failure: Some(Failure::named("hang")), ..Ruling::default() };
    let rig = Rig::start(ruling, 1.0, Bounds { drain: Duration::from_millis(50), ..Bounds::default() }).await;
    let mut client = rig.connect().await;
    client.send(&post(CHAT)).await;
    let journal = rig.running.mock(MODEL).expect("the mock runs").journal.clone();
    assert!(client.silent_for(Duration::from_millis(100)).await);
    rig.end().await;
    assert!(client.rest().await.unwrap_or_default().is_empty());
    assert!(matches!(journal.entries().as_slice(), [Entry::Request(seen)] if seen.gave_up), "{:?}", journal.entries());
}

#[tokio::test]
async fn millions_of_tiny_values_are_refused_before_they_are_read() {
    let rig = Rig::healthy().await;
    for (how, one, times, status) in [
        ("a list of numbers", "1,", 2_000_000, 413),
        ("lists in a list", "[],", 1_000_000, 413),
        ("an object a value", "{\"a\":0},", 600_000, 413),
        // Many, and an answer of the vendor's own: it is no list of messages.
        ("fewer than a million", "1,", 900_000, 400),
        // The same bytes as words cost no more than they are long.
        ("words", "1,", 0, 200),
    ] {
        let mut client = rig.connect().await;
        let body = match times {
            0 => CHAT.replace("Where", &"1,[{".repeat(500_000)),
            times => format!("{{\"model\":\"gpt-4o-mini\",\"messages\":[{}0]}}", one.repeat(times)),
        };
        client.try_send(&post(&body)).await;
        let reply = client.reply().await;
        assert_eq!(reply.status, status, "{how}: {}", text(&reply.body[..reply.body.len().min(200)]));
    }
    rig.end().await;
}

/// A mail server with bounds that a test can wait for.
async fn mail_server(bounds: Bounds) -> (Rig, Client) {
    let rig = Rig::of(Box::new(Smtp), None, Ruling::default(), 1.0, bounds).await;
    let mut client = rig.connect().await;
    assert!(client.line().await.starts_with("220 "));
    (rig, client)
}

#[tokio::test]
async fn a_line_that_drips_or_never_ends_is_ended_with_a_word() {
    let bounds = Bounds { idle: Duration::from_millis(150), head_bytes: 8_192, ..Bounds::default() };
    let (rig, mut slow) = mail_server(bounds).await;
    slow.send(b"EHLO ").await;
    while slow.silent_for(Duration::from_millis(10)).await {
        slow.try_send(b"x").await;
    }
    let mut idle = rig.connect().await;
    assert!(idle.line().await.starts_with("220 "));
    assert_eq!(idle.line().await, "421 4.4.2 The connection was idle for too long");
    assert!(idle.rest().await.is_ok_and(|rest| rest.is_empty()));
    let mut endless = rig.connect().await;
    endless.try_send(&vec![b'x'; 400_000]).await;
    assert!(endless.line().await.starts_with("220 "));
    assert_eq!(endless.line().await, "421 4.5.0 The line never ends");
    rig.end().await;
}

#[tokio::test]
async fn a_mail_in_hand_is_taken_before_the_end() {
    let (rig, mut client) = mail_server(Bounds { drain: Duration::from_secs(20), ..Bounds::default() }).await;
    client.send(b"HELO me\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nDATA\r\nSubject: last\r\n").await;
    for code in ["250", "250", "250", "354"] {
        assert!(client.line().await.starts_with(code));
    }
    let mut idle = rig.connect().await;
    assert!(idle.line().await.starts_with("220 "));
    let journal = rig.running.mock(MODEL).expect("the mock runs").journal.clone();
    let ended = tokio::spawn(rig.end());
    assert_eq!(idle.line().await, "421 4.3.2 The server closes");
    client.send(b"\r\nbye\r\n.\r\nNOOP\r\n").await;
    assert_eq!(client.line().await, "250 2.0.0 Ok: queued");
    assert_eq!(client.line().await, "421 4.3.2 The server closes");
    ended.await.expect("it ends by itself, long before its time is over");
    assert!(journal.entries().iter().any(|entry| matches!(entry, Entry::Mail(mail) if mail.data.contains("bye"))));
}
