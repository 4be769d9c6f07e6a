//! No client can hurt a mock: everything it may use up is bounded, and it is told which bound it broke.

use crate::rig::{CHAT, CHAT_STREAM, MODEL, Rig, post, text};
use holdline::mocks::judge::{Failure, Ruling};
use holdline::mocks::server::Bounds;
use std::time::Duration;

fn tight() -> Bounds {
    Bounds {
        connections: 2,
        head_bytes: 8_192,
        body_bytes: 4_096,
        standstill: Duration::from_millis(40),
        idle: Duration::from_secs(300),
        ..Bounds::default()
    }
}

async fn tight_rig() -> Rig {
    Rig::start(Ruling::default(), 1.0, tight()).await
}

#[tokio::test]
async fn a_port_that_is_taken_is_said_and_another_chosen() {
    let first = Rig::healthy().await;
    let taken = first.running.addr(MODEL).expect("it listens").port();
    assert!(first.running.notes().is_empty());
    let second = Rig::on_port(taken).await;
    let other = second.running.addr(MODEL).expect("it listens too").port();
    assert_ne!(other, taken);
    let notes = second.running.notes().join("\n");
    assert!(notes.contains(&taken.to_string()) && notes.contains(&other.to_string()), "{notes}");
    let mut client = second.connect().await;
    client.send(post(CHAT).as_slice()).await;
    assert_eq!(client.reply().await.status, 200);
    first.end().await;
    second.end().await;
}

#[tokio::test]
async fn a_body_that_is_too_long_gets_413() {
    let rig = tight_rig().await;
    let mut client = rig.connect().await;
    // Declared, and sent to the last byte before the reply is read, as requests does.
    client.try_send(&post(&"x".repeat(300_000))).await;
    assert_eq!(client.reply().await.status, 413);
    // In chunks, so that nothing is declared.
    let mut client = rig.connect().await;
    let head = "POST /v1/chat/completions HTTP/1.1\r\nhost: llm\r\ntransfer-encoding: chunked\r\n\r\n";
    client.send(head.as_bytes()).await;
    for _ in 0..6 {
        client.try_send(format!("400\r\n{}\r\n", "x".repeat(1_024)).as_bytes()).await;
    }
    assert_eq!(client.reply().await.status, 413);
    rig.end().await;
}

#[tokio::test]
async fn a_head_that_is_too_long_gets_431() {
    let rig = tight_rig().await;
    let mut client = rig.connect().await;
    client
        .try_send(format!("GET /v1/models HTTP/1.1\r\nhost: llm\r\nx: {}\r\n\r\n", "y".repeat(20_000)).as_bytes())
        .await;
    assert_eq!(client.reply().await.status, 431);
    let mut client = rig.connect().await;
    let many: String = (0..500).map(|n| format!("x{n}: y\r\n")).collect();
    client.try_send(format!("GET /v1/models HTTP/1.1\r\nhost: llm\r\n{many}\r\n").as_bytes()).await;
    assert_eq!(client.reply().await.status, 431);
    rig.end().await;
}

#[tokio::test]
async fn a_head_or_body_that_stands_still_gets_408() {
    let rig = tight_rig().await;
    for part in ["GET /v1/mod", "POST /v1/chat/completions HTTP/1.1\r\nhost: llm\r\ncontent-length: 100\r\n\r\n{\"mo"] {
        let mut client = rig.connect().await;
        client.send(part.as_bytes()).await;
        assert_eq!(client.reply().await.status, 408, "{part}");
        assert!(client.rest().await.is_ok_and(|rest| rest.is_empty()));
    }
    rig.end().await;
}

#[tokio::test]
async fn a_client_that_drips_is_ended_too() {
    let rig = tight_rig().await;
    let mut client = rig.connect().await;
    client.send(b"GET /v1/models HTTP/1.1\r\nhost: llm\r\n").await;
    while client.silent_for(Duration::from_millis(10)).await {
        client.try_send(b"x: y\r\n").await;
    }
    rig.end().await;
}

#[tokio::test]
async fn one_connection_too_many_gets_503_and_room_comes_back() {
    let rig = tight_rig().await;
    let mut first = rig.connect().await;
    let mut second = rig.connect().await;
    for client in [&mut first, &mut second] {
        client.send(&post(CHAT)).await;
        assert_eq!(client.reply().await.status, 200);
    }
    let mut third = rig.connect().await;
    third.send(&post(CHAT)).await;
    assert_eq!(third.reply().await.status, 503);
    drop(first);
    // The place is free as soon as the mock has seen the end.
    for _ in 0..1_000 {
        let mut again = rig.connect().await;
        if again.try_send(&post(CHAT)).await && again.rest_starts_with("HTTP/1.1 200").await {
            rig.end().await;
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the place never came back");
}

#[tokio::test]
async fn what_is_no_http_gets_400_and_a_missing_host_too() {
    let rig = tight_rig().await;
    for request in ["\u{16}\u{3}\u{1}nonsense\r\n\r\n", "GET /v1/models HTTP/1.1\r\n\r\n"] {
        let mut client = rig.connect().await;
        client.send(request.as_bytes()).await;
        assert_eq!(client.reply().await.status, 400, "{request:?}");
    }
    rig.end().await;
}

#[tokio::test]
async fn a_connection_outlives_many_requests_and_an_idle_while() {
    let rig = tight_rig().await;
    let mut client = rig.connect().await;
    client.send(&post(CHAT)).await;
    assert_eq!(client.reply().await.status, 200);
    // Longer than a head may stand still.
    tokio::time::sleep(Duration::from_millis(150)).await;
    // Two at once: pipelined.
    client.send(&[post(CHAT), post(CHAT_STREAM)].concat()).await;
    assert_eq!(client.reply().await.status, 200);
    assert!(text(&client.reply().await.body).ends_with("[DONE]\n\n"));
    rig.end().await;
}

#[tokio::test]
async fn a_hundred_broken_streams_leave_nothing_behind() {
    let failure = Some(Failure::named("openai.stream_stall"));
    let bounds = Bounds { connections: 100, ..Bounds::default() };
    let rig = Rig::start(Ruling { failure, ..Ruling::default() }, 1.0, bounds).await;
    let mut clients = Vec::new();
    for _ in 0..100 {
        let mut client = rig.connect().await;
        client.send(&post(CHAT_STREAM)).await;
        clients.push(client);
    }
    for client in &mut clients {
        assert!(!client.some().await.expect("a chunk comes").is_empty());
    }
    drop(clients);
    // The mock notices that they went, without being told to end: all of them stand in the journal.
    let journal = rig.running.mock(MODEL).expect("the mock runs").journal.clone();
    for _ in 0..2_000 {
        if journal.entries().len() == 100 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(journal.entries().len(), 100);
    rig.end().await;
}
