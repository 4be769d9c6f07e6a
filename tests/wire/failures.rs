//! Every failure of the catalogue shows on a real socket as it is written there.

use crate::rig::{self, CHAT, CHAT_STREAM, Rig, post, text};
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

#[tokio::test]
async fn refuse_and_reset_end_by_a_reset() {
    for mode in ["refuse", "reset", "reset_after_commit"] {
        let rig = Rig::failing(mode).await;
        let mut client = rig.connect().await;
        client.try_send(&post(CHAT)).await;
        let error = client.rest().await.expect_err(mode);
        assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{mode}");
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
    let mut reads = 0;
    let mut seen = Vec::new();
    while !seen.ends_with(b"}") && reads < 10_000 {
        seen.extend(client.some().await.expect("the bytes come"));
        reads += 1;
    }
    assert!(reads > 20, "the body came in {reads} pieces");
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
    let catalogue = holdline::scenario::catalogue::Catalogue::shipped();
    for (name, mode) in catalogue.iter() {
        let holdline::scenario::catalogue::Wire::Reply(form) = &mode.wire else { continue };
        let rig = Rig::failing(name).await;
        let mut client = rig.connect().await;
        client.send(&post(CHAT)).await;
        let reply = client.reply().await;
        assert_eq!(reply.status, form.status, "{name}");
        for header in form.headers.keys() {
            assert!(rig::header(&reply.head, header).is_some(), "{name}: {header} in {}", reply.head);
        }
        assert!(!text(&reply.body).contains("%id%") && !reply.head.contains("%id%"), "{name}");
        if form.headers.get("content-type").is_some_and(|kind| kind.contains("json")) && !form.body.is_empty() {
            assert!(reply.json().is_object(), "{name}");
        }
        rig.end().await;
    }
}
