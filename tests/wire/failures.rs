//! Every failure of the catalogue shows on a real socket as it is written there.

use crate::rig::{self, CHAT, CHAT_STREAM, MODEL, Rig, post, post_to, text};
use holdline::mocks::journal::{Entry, EventKind, RequestSeen};
use holdline::mocks::judge::Ruling;
use holdline::mocks::server::Bounds;
use holdline::mocks::vendor::Seen;
use holdline::scenario::catalogue::{Catalogue, Wire};
use holdline::time::Span;
use std::io::ErrorKind;
use std::time::Duration;

#[tokio::test]
async fn a_plain_answer_comes_whole_on_a_connection_that_stays() {
    let rig = Rig::healthy().await;
    let mut client = rig.connect().await;
    for _ in 0..3 {
        client.send(&post(CHAT)).await;
        let reply = client.reply().await;
        assert_eq!(reply.status, 200);
        assert_eq!(reply.json()["choices"][0]["finish_reason"], "stop");
        assert!(reply.head.contains("x-request-id: req_"));
    }
    rig.end().await;
}

#[tokio::test]
async fn a_stream_has_the_shape_that_sdks_read() {
    let rig = Rig::healthy().await;
    let mut client = rig.connect().await;
    client.send(&post(CHAT_STREAM)).await;
    let reply = client.reply().await;
    assert!(reply.head.contains("content-type: text/event-stream"), "{}", reply.head);
    let body = text(&reply.body);
    assert!(body.ends_with("data: [DONE]\n\n"));
    let chunks: Vec<serde_json::Value> = body
        .split("\n\n")
        .filter_map(|event| event.strip_prefix("data: "))
        .filter(|data| *data != "[DONE]")
        .map(|data| serde_json::from_str(data).expect("each event is JSON"))
        .collect();
    let first = &chunks[0];
    assert_eq!(first["choices"][0]["delta"]["role"], "assistant");
    assert!(chunks.iter().all(|chunk| chunk["id"] == first["id"] && chunk["object"] == "chat.completion.chunk"));
    let (usage, words) = chunks.split_last().expect("there are chunks");
    assert_eq!(usage["choices"], serde_json::json!([]));
    assert!(usage["usage"]["total_tokens"].as_u64() > Some(0));
    assert_eq!(words.last().expect("there are words")["choices"][0]["finish_reason"], "stop");
    rig.end().await;
}

/// What the journal says of the last request.
fn last(rig: &Rig) -> RequestSeen {
    let entries = rig.running.mock(MODEL).expect("it runs").journal.entries();
    let Some(Entry::Request(seen)) = entries.last() else { panic!("a request: {entries:?}") };
    seen.clone()
}

#[tokio::test]
async fn refuse_and_reset_end_by_a_reset() {
    for mode in ["refuse", "reset", "reset_after_commit"] {
        let rig = Rig::failing(mode).await;
        let mut client = rig.connect().await;
        client.try_send(&post(CHAT)).await;
        let error = client.rest().await.expect_err(mode);
        assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{mode}");
        let seen = last(&rig);
        assert_eq!(
            (seen.status, seen.failure.as_deref(), seen.gave_up),
            (None, Some(mode), false),
            "it is written down"
        );
        rig.end().await;
    }
}

#[tokio::test]
async fn hang_gives_no_byte_until_the_mock_ends() {
    for mode in ["hang", "blackhole", "hang_after_commit"] {
        let rig = Rig::failing(mode).await;
        let mut client = rig.connect().await;
        client.send(&post(CHAT)).await;
        assert!(client.silent_for(Duration::from_millis(80)).await, "{mode}");
        rig.end().await;
        assert!(client.rest().await.is_ok_and(|rest| rest.is_empty()), "{mode}");
    }
}

#[tokio::test]
async fn an_early_close_is_an_orderly_end_without_a_byte() {
    for mode in ["close_early", "half_close"] {
        let rig = Rig::failing(mode).await;
        let mut client = rig.connect().await;
        client.send(&post(CHAT)).await;
        assert!(client.rest().await.is_ok_and(|rest| rest.is_empty()), "{mode}");
        // Only a half-closed connection still takes what the client sends.
        assert_eq!(client.still_heard().await, mode == "half_close", "{mode}");
        rig.end().await;
    }
}

#[tokio::test]
async fn garbage_is_no_http() {
    let rig = Rig::failing("garbage").await;
    let mut client = rig.connect().await;
    client.send(&post(CHAT)).await;
    let rest = client.rest().await.expect("an orderly end");
    assert!(!rest.is_empty() && !rest.starts_with(b"HTTP"), "{}", text(&rest));
    rig.end().await;
}

#[tokio::test]
async fn a_truncated_body_is_shorter_than_declared() {
    let rig = Rig::failing("truncate_body").await;
    let mut client = rig.connect().await;
    client.send(&post(CHAT)).await;
    let rest = client.rest().await.expect("an orderly end");
    let rest = text(&rest);
    let (head, body) = rest.split_once("\r\n\r\n").expect("a head");
    let declared = rig::header(head, "content-length").expect("a length").parse::<usize>().expect("a number");
    assert!(!body.is_empty() && body.len() < declared, "{} of {declared}", body.len());
    rig.end().await;
}

#[tokio::test]
async fn a_stream_is_cut_or_stalls_after_three_chunks() {
    for (mode, ends) in [("openai.stream_cut", true), ("openai.stream_stall", false)] {
        let rig = Rig::failing(mode).await;
        let mut client = rig.connect().await;
        client.send(&post(CHAT_STREAM)).await;
        let mut seen = String::new();
        while seen.matches("data: ").count() < 3 {
            let some = client.some().await.expect("the chunks come");
            assert!(!some.is_empty(), "{mode}: ended after {seen}");
            seen.push_str(&text(&some));
        }
        if ends {
            let rest = text(&client.rest().await.expect("an orderly end"));
            assert!(!rest.contains("data: ") && !rest.contains("0\r\n\r\n"), "{mode}: {rest}");
        } else {
            assert!(client.silent_for(Duration::from_millis(80)).await, "{mode}");
        }
        assert!(!seen.contains("0\r\n\r\n"));
        rig.end().await;
    }
}

#[tokio::test]
async fn a_stream_ends_with_an_error_or_too_soon() {
    for (mode, error) in [("openai.stream_error", true), ("openai.stream_clean_truncation", false)] {
        let rig = Rig::failing(mode).await;
        let mut client = rig.connect().await;
        client.send(&post(CHAT_STREAM)).await;
        let body = text(&client.reply().await.body);
        assert_eq!(body.contains("\"error\""), error, "{body}");
        assert!(!body.contains("[DONE]"));
        assert_eq!(body.matches("data: ").count(), 3 + usize::from(error));
        rig.end().await;
    }
}

#[tokio::test]
async fn a_slow_body_trickles() {
    let rig = Rig::failing_at_pace("slow_body", 20.0).await;
    let mut client = rig.connect().await;
    client.send(&post(CHAT)).await;
    let journal = rig.running.mock(MODEL).expect("it runs").journal.clone();
    let mut reads = 0;
    while journal.entries().is_empty() && reads < 10_000 {
        client.some().await.expect("the bytes come");
        reads += 1;
    }
    assert!(reads > 20, "the body came in {reads} pieces");
    assert!(!last(&rig).gave_up, "the client waited for all of it");
    rig.end().await;
}

#[tokio::test]
async fn malformed_and_mislabelled_replies_are_whole_http() {
    let rig = Rig::failing("malformed_json").await;
    let mut client = rig.connect().await;
    client.send(&post(CHAT)).await;
    let reply = client.reply().await;
    assert_eq!(reply.status, 200);
    assert!(serde_json::from_slice::<serde_json::Value>(&reply.body).is_err());
    assert!(!last(&rig).gave_up, "the client read all of it");
    rig.end().await;

    let rig = Rig::failing("wrong_content_type").await;
    let mut client = rig.connect().await;
    client.send(&post(CHAT)).await;
    let reply = client.reply().await;
    assert_eq!(rig::header(&reply.head, "content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(reply.json()["object"], "chat.completion");
    rig.end().await;
}

#[tokio::test]
async fn every_substituted_reply_is_sent_as_the_catalogue_has_it() {
    let catalogue = Catalogue::shipped();
    let places = [("chat.completions", "/v1/chat/completions"), ("messages.create", "/v1/messages")];
    for (name, mode) in catalogue.iter() {
        for (endpoint, path) in places.into_iter().filter(|(endpoint, _)| mode.meets(endpoint)) {
            let Wire::Reply(form) = mode.form(endpoint, None) else { continue };
            let rig = Rig::failing(name).await;
            let mut client = rig.connect().await;
            client.send(&post_to(path, CHAT)).await;
            let reply = client.reply().await;
            assert_eq!(reply.status, form.status, "{name} at {endpoint}");
            for header in form.headers.keys() {
                assert!(rig::header(&reply.head, header).is_some(), "{name}: {header} in {}", reply.head);
            }
            assert!(!text(&reply.body).contains("%id%") && !reply.head.contains("%id%"), "{name}");
            if form.headers.get("content-type").is_some_and(|kind| kind.contains("json")) && !form.body.is_empty() {
                assert!(reply.json().is_object(), "{name} at {endpoint}");
            }
            rig.end().await;
        }
    }
}

#[tokio::test]
async fn a_mode_of_other_endpoints_leaves_a_request_alone() {
    let rig = Rig::failing("anthropic.overloaded").await;
    let mut client = rig.connect().await;
    client.send(&post(CHAT)).await;
    assert_eq!(client.reply().await.status, 200);
    client.send(&post_to("/v1/messages", CHAT)).await;
    assert_eq!(client.reply().await.status, 529);
    rig.end().await;
}

#[tokio::test]
async fn a_ruling_is_carried_out_and_written_down() {
    let ruling = Ruling { delay: Span::from_millis(30), failure: None, contact: Some(7) };
    let rig = Rig::start(ruling, 1.0, Bounds::default()).await;
    let mut events = rig.running.events().expect("nobody listens yet");
    let mut client = rig.connect().await;
    client.send(&post(CHAT)).await;
    assert_eq!(client.reply().await.status, 200);
    let first = events.recv().await.expect("the completion").kind;
    assert!(matches!(first, EventKind::Seen(Seen::Completion { nonce: Some(_), .. })), "{first:?}");
    let EventKind::Request(seen) = events.recv().await.expect("the request").kind else { panic!("a request") };
    assert_eq!(
        (seen.endpoint, seen.status, seen.contact, seen.gave_up),
        ("chat.completions", Some(200), Some(7), false)
    );
    assert!(seen.took >= Span::from_millis(30));
    // The same words again: the same fingerprint, by which a retry is known.
    client.send(&post(CHAT)).await;
    client.reply().await;
    let entries = rig.running.mock(MODEL).expect("it runs").journal.entries();
    let prints: Vec<u64> = entries
        .iter()
        .filter_map(|entry| if let Entry::Request(seen) = entry { Some(seen.fingerprint) } else { None })
        .collect();
    assert_eq!(prints, [seen.fingerprint, seen.fingerprint]);
    // The same words to another address are another request.
    client.send(&text(&post(CHAT)).replacen(" HTTP/1.1", "?of=somebody-else HTTP/1.1", 1).into_bytes()).await;
    client.reply().await;
    assert_ne!(last(&rig).fingerprint, seen.fingerprint);
    rig.end().await;
}

#[tokio::test]
async fn a_failure_after_the_commit_has_done_what_was_asked() {
    for (mode, commits) in [("html_504", false), ("html_504_after_commit", true), ("malformed_json", true)] {
        let rig = Rig::failing(mode).await;
        let mut events = rig.running.events().expect("nobody listens yet");
        let mut client = rig.connect().await;
        client.send(&post(CHAT)).await;
        client.reply().await;
        let first = events.recv().await.expect("something").kind;
        assert_eq!(matches!(first, EventKind::Seen(_)), commits, "{mode}: {first:?}");
        rig.end().await;
    }
}

#[tokio::test]
async fn a_client_that_gives_up_is_written_down() {
    let rig = Rig::failing("hang").await;
    let mut events = rig.running.events().expect("nobody listens yet");
    // One that leaves before the mock has begun was never there: so it stays a little, and if need be comes again.
    let seen = loop {
        let mut client = rig.connect().await;
        client.send(&post(CHAT)).await;
        assert!(client.silent_for(Duration::from_millis(20)).await);
        drop(client);
        if let Ok(Some(event)) = tokio::time::timeout(Duration::from_secs(1), events.recv()).await {
            break event.kind;
        }
    };
    let EventKind::Request(seen) = seen else { panic!("a request") };
    assert!(seen.gave_up && seen.status.is_none() && seen.failure.as_deref() == Some("hang"), "{seen:?}");
    rig.end().await;
}

#[tokio::test]
async fn a_fault_that_no_catalogue_knows_is_said() {
    let rig = Rig::failing("openai.no_such_thing").await;
    let mut client = rig.connect().await;
    client.send(&post(CHAT)).await;
    let reply = client.reply().await;
    assert_eq!(reply.status, 500);
    assert!(text(&reply.body).contains("openai.no_such_thing"));
    rig.end().await;
}
