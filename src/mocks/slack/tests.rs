//! The Web API and the events, as Slack documents them.

use super::*;
use crate::mocks::form::Form;
use crate::mocks::sign;
use crate::mocks::vendor::{Body, Seen};
use hyper::{HeaderMap, Method, body::Bytes};
use proptest::prelude::*;
use serde_json::{Value, json};

mod people;
mod rooms;
mod surfaces;

fn request(method: &str, content_type: &str, body: &str) -> Request {
    let mut headers = HeaderMap::new();
    headers.insert("authorization", "Bearer xoxb-mock-token".parse().expect("plain ASCII"));
    headers.insert("content-type", content_type.parse().expect("plain ASCII"));
    headers.insert("host", "127.0.0.1:4321".parse().expect("plain ASCII"));
    Request {
        method: Method::POST,
        path: format!("/api/{method}"),
        query: String::new(),
        headers,
        body: Bytes::from(body.to_owned()),
    }
}

fn body(handled: &Handled) -> Value {
    assert_eq!(handled.reply.status, 200);
    let Body::Full(bytes) = &handled.reply.body else { return Value::Null };
    serde_json::from_slice(bytes).expect("a vendor's reply is JSON")
}

fn call(slack: &mut Slack, method: &str, args: Value, at: i64) -> (Value, Vec<Effect>) {
    let handled =
        slack.handle(&request(method, "application/json", &args.to_string()), Time::ZERO + Span::from_secs(at));
    (body(&handled), handled.effects)
}

fn subscribed() -> Slack {
    Slack::new(Settings {
        urls: Urls { events: Some("http://target/slack/events".to_owned()), ..Urls::default() },
        ..Settings::default()
    })
}

fn delivery(effects: &[Effect]) -> &Delivery {
    let found = effects.iter().find_map(|effect| match effect {
        Effect::Deliver(delivery) => Some(delivery),
        _ => None,
    });
    found.expect("the target is told")
}

fn event(effects: &[Effect]) -> Value {
    serde_json::from_slice(&delivery(effects).body).expect("an event is JSON")
}

fn value<'a>(headers: &'a [(String, String)], name: &str) -> &'a str {
    headers.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
}

#[test]
fn the_token_decides_and_only_api_test_needs_none() {
    let mut slack = Slack::new(Settings::default());
    let mut bare = request("auth.test", "application/json", "");
    assert_eq!(body(&slack.handle(&bare, Time::ZERO))["user_id"], "U00000001");
    bare.headers.remove("authorization");
    assert_eq!(body(&slack.handle(&bare, Time::ZERO)), json!({"ok": false, "error": "not_authed"}));
    let form = "token=xoxb-wrong";
    bare = request("auth.test", "application/x-www-form-urlencoded", form);
    bare.headers.remove("authorization");
    assert_eq!(body(&slack.handle(&bare, Time::ZERO))["error"], "invalid_auth");
    bare = request("api.test", "application/x-www-form-urlencoded", "error=so_so&foo=bar");
    bare.headers.remove("authorization");
    assert_eq!(
        body(&slack.handle(&bare, Time::ZERO)),
        json!({"ok": false, "error": "so_so", "args": {"error": "so_so", "foo": "bar"}})
    );
    assert_eq!(call(&mut slack, "chat.shout", json!({}), 0).0["error"], "unknown_method");
}

#[test]
fn a_message_is_posted_seen_and_told_to_the_app_itself() {
    let mut slack = subscribed();
    let (reply, effects) = call(&mut slack, "chat.postMessage", json!({"channel": "#support", "text": "Hello"}), 5);
    assert_eq!(reply["ts"], "1767571205.000000");
    assert_eq!(reply["message"]["bot_id"], "B00000001");
    let Effect::Seen(seen) = &effects[0] else { panic!("customers see a message first") };
    let expected = Seen::Message {
        channel: "support".to_owned(),
        ts: "1767571205.000000".to_owned(),
        thread: None,
        text: "Hello".to_owned(),
        replaces: false,
    };
    assert_eq!(*seen, expected);
    let told = event(&effects);
    assert_eq!(told["type"], "event_callback");
    assert_eq!(told["event"]["bot_id"], "B00000001");
    assert_eq!(told["event"]["channel_type"], "channel");
    let (second, _) = call(&mut slack, "chat.postMessage", json!({"channel": "C00000001", "text": "More"}), 5);
    assert_eq!(second["ts"], "1767571205.000001", "no two messages of a channel share a ts");
}

#[test]
fn what_cannot_be_posted_is_refused_in_slacks_words() {
    let mut slack = Slack::new(Settings::default());
    for (args, word) in [
        (json!({"text": "x"}), "channel_not_found"),
        (json!({"channel": "C99", "text": "x"}), "channel_not_found"),
        (json!({"channel": "support"}), "no_text"),
        (json!({"channel": "support", "text": ""}), "no_text"),
        (json!({"channel": "support", "text": "x", "thread_ts": "1.0"}), "thread_not_found"),
        (json!({"channel": "support", "text": "x", "thread_ts": "yesterday"}), "invalid_thread_ts"),
        (json!({"channel": "support", "blocks": "{"}), "invalid_blocks_format"),
        (json!({"channel": "support", "text": "x".repeat(40_001)}), "msg_too_long"),
        (json!({"channel": "support", "blocks": [{"type": "section"}]}), "invalid_blocks"),
        (json!({"channel": "support", "attachments": vec![json!({"text": "x"}); 101]}), "too_many_attachments"),
    ] {
        assert_eq!(call(&mut slack, "chat.postMessage", args.clone(), 0).0["error"], word, "{args}");
    }
    let (reply, _) = call(&mut slack, "chat.update", json!({"channel": "C00000001", "ts": "1.000001", "text": "x"}), 0);
    assert_eq!(reply["error"], "message_not_found");
    let broken = request("chat.postMessage", "application/json", "{");
    assert_eq!(body(&slack.handle(&broken, Time::ZERO))["error"], "invalid_json");
}

#[test]
fn blocks_in_a_form_are_read_and_replaced() {
    let mut slack = Slack::new(Settings::default());
    let blocks = r#"[{"type":"section","text":{"type":"mrkdwn","text":"Thinking…"}}]"#;
    let form =
        Form::from_pairs(vec![("channel".to_owned(), "support".to_owned()), ("blocks".to_owned(), blocks.to_owned())]);
    let posted =
        slack.handle(&request("chat.postMessage", "application/x-www-form-urlencoded", &form.encode()), Time::ZERO);
    let Effect::Seen(Seen::Message { text, .. }) = &posted.effects[0] else { panic!("seen") };
    assert_eq!(text, "Thinking…");
    let ts = body(&posted)["ts"].clone();
    let update = |more: Value| {
        let mut args = json!({"channel": "C00000001", "ts": ts, "text": "Ref. K7"});
        args.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        args
    };
    let (kept, _) = call(&mut slack, "chat.update", update(json!({})), 3);
    assert_eq!(kept["message"]["blocks"][0]["type"], "section", "what is not named stays");
    let (_, effects) = call(&mut slack, "chat.update", update(json!({"blocks": []})), 3);
    let Effect::Seen(Seen::Message { text, replaces, .. }) = &effects[0] else { panic!("seen") };
    assert_eq!((text.as_str(), *replaces), ("Ref. K7", true));
    let (page, _) = call(&mut slack, "conversations.history", json!({"channel": "C00000001"}), 4);
    assert_eq!(page["messages"][0]["text"], "Ref. K7");
    assert_eq!(page["messages"][0]["edited"]["user"], "U00000001");
    assert_eq!(page["messages"][0]["blocks"][0]["type"], "rich_text");
}

#[test]
fn an_event_is_signed_and_marked_when_it_is_tried_again() {
    let mut slack = subscribed();
    let user = slack.add_user("customer-17");
    let posted = slack.customer_posts(&user, "support", "Help", None, Some(9), Time::ZERO);
    let delivery = delivery(&posted.effects).clone();
    assert_eq!((delivery.kind, delivery.tag, delivery.deadline), ("event", Some(9), Span::from_secs(3)));
    assert_eq!(delivery.retries, [Span::ZERO, Span::MINUTE, Span::from_secs(300)]);
    let stamp = value(&delivery.headers, "x-slack-request-timestamp");
    assert_eq!(stamp, "1767571200");
    let signed = sign::slack("mock-signing-secret", 1_767_571_200, &delivery.body);
    assert_eq!(value(&delivery.headers, "x-slack-signature"), signed);

    let mut outcome =
        DeliveryOutcome { status: Some(500), headers: HeaderMap::new(), body: Bytes::new(), error: None, tries: 2 };
    let rule = delivery.on_retry.as_ref().expect("events are retried");
    let again = rule.headers(&outcome, Time::ZERO + Span::MINUTE).expect("there is a further try");
    assert_eq!(value(&again, "x-slack-retry-num"), "2");
    assert_eq!(value(&again, "x-slack-retry-reason"), "http_error");
    assert_eq!(value(&again, "x-slack-request-timestamp"), "1767571260");
    outcome.status = None;
    outcome.error = Some("timed out".to_owned());
    let again = rule.headers(&outcome, Time::ZERO).expect("there is a further try");
    assert_eq!(value(&again, "x-slack-retry-reason"), "http_timeout");
    outcome.headers.insert("x-slack-no-retry", "1".parse().expect("plain ASCII"));
    assert!(rule.headers(&outcome, Time::ZERO).is_none());
}

#[test]
fn a_challenge_must_come_back() {
    let mut slack = Slack::new(Settings::default());
    let effect = slack.set_events_url("http://target/events", Time::ZERO);
    let challenge = event(std::slice::from_ref(&effect))["challenge"].as_str().unwrap_or_default().to_owned();
    let Effect::Deliver(delivery) = effect else { panic!("a delivery") };
    assert_eq!(slack.events_url_verified(), None);
    let mut outcome = DeliveryOutcome {
        status: Some(200),
        headers: HeaderMap::new(),
        body: Bytes::from("no idea"),
        error: None,
        tries: 1,
    };
    slack.delivered(&delivery, &outcome, Time::ZERO);
    assert_eq!(slack.events_url_verified(), Some(false));
    outcome.body = Bytes::from(json!({"challenge": challenge}).to_string());
    slack.delivered(&delivery, &outcome, Time::ZERO);
    assert_eq!(slack.events_url_verified(), Some(true));
}

#[test]
fn a_thread_is_read_root_first_and_history_leaves_replies_out() {
    let mut slack = subscribed();
    let user = slack.add_user("customer");
    let root = slack.customer_posts(&user, "support", "Help", None, None, Time::ZERO).ts.expect("posted");
    for second in 1..=3 {
        let args = json!({"channel": "C00000001", "text": format!("answer {second}"), "thread_ts": root});
        call(&mut slack, "chat.postMessage", args, second);
    }
    let args = json!({"channel": "C00000001", "ts": root, "limit": 2});
    let (first, _) = call(&mut slack, "conversations.replies", args, 9);
    assert_eq!(first["messages"][0]["reply_count"], 3);
    assert_eq!(first["messages"][1]["text"], "answer 1");
    assert_eq!(first["has_more"], true);
    let cursor = &first["response_metadata"]["next_cursor"];
    let args = json!({"channel": "C00000001", "ts": root, "limit": 2, "cursor": cursor});
    let (second, _) = call(&mut slack, "conversations.replies", args, 9);
    assert_eq!(second["messages"][1]["text"], "answer 3");
    assert_eq!(second["response_metadata"]["next_cursor"], "");
    let newest_first = |slack: &mut Slack, cursor: &str| {
        let args = json!({"channel": "C00000001", "limit": 1, "cursor": cursor});
        call(slack, "conversations.history", args, 9).0
    };
    let other = slack.customer_posts(&user, "support", "Me too", None, None, Time::ZERO + Span::from_secs(1));
    let page = newest_first(&mut slack, "");
    assert_eq!((&page["messages"][0]["ts"], &page["has_more"]), (&json!(other.ts), &json!(true)));
    slack.customer_posts(&user, "support", "And me", None, None, Time::ZERO + Span::from_secs(2));
    let page = newest_first(&mut slack, page["response_metadata"]["next_cursor"].as_str().expect("a cursor"));
    assert_eq!(page["messages"][0]["ts"], json!(root), "what came meanwhile shifts nothing");
    let (history, _) =
        call(&mut slack, "conversations.history", json!({"channel": "C00000001", "latest": other.ts}), 9);
    assert_eq!(history["messages"].as_array().map(Vec::len), Some(1));
    let args = json!({"channel": "C00000001", "oldest": root, "latest": other.ts});
    assert_eq!(call(&mut slack, "conversations.history", args, 9).0["messages"], json!([]), "oldest is exclusive");
    let args = json!({"channel": "C00000001", "oldest": root, "latest": root, "inclusive": true});
    let (history, _) = call(&mut slack, "conversations.history", args, 9);
    assert_eq!(history["messages"][0]["ts"], root);
}

#[test]
fn direct_messages_go_by_the_users_id() {
    let mut slack = subscribed();
    let user = slack.add_user("customer");
    let posted = slack.customer_posts(&user, &user, "psst", None, None, Time::ZERO);
    assert_eq!(event(&posted.effects)["event"]["channel_type"], "im");
    let (open, _) = call(&mut slack, "conversations.open", json!({"users": user}), 1);
    assert_eq!(open["already_open"], true);
    let args = json!({"channel": open["channel"]["id"], "text": "yes?"});
    let (_, effects) = call(&mut slack, "chat.postMessage", args, 2);
    let Effect::Seen(Seen::Message { channel, .. }) = &effects[0] else { panic!("seen") };
    assert_eq!(*channel, user);
}

#[test]
fn lists_are_paged_and_people_are_found() {
    let mut slack = Slack::new(Settings::default());
    let (page, _) = call(&mut slack, "conversations.list", json!({"limit": 1}), 0);
    assert_eq!(page["channels"][0]["name"], "support");
    let args = json!({"cursor": page["response_metadata"]["next_cursor"]});
    let (page, _) = call(&mut slack, "conversations.list", args, 0);
    assert_eq!(page["channels"][0]["name"], "support-escalations");
    assert_eq!(page["response_metadata"]["next_cursor"], "");
    let (found, _) = call(&mut slack, "users.lookupByEmail", json!({"email": "alex@example.com"}), 0);
    assert_eq!(found["user"]["profile"]["email"], "alex@example.com");
    assert_eq!(call(&mut slack, "users.lookupByEmail", json!({"email": "x"}), 0).0["error"], "users_not_found");
    let (info, _) = call(&mut slack, "users.info", json!({"user": "U00000001"}), 0);
    assert_eq!(info["user"]["is_bot"], true);
    assert_eq!(call(&mut slack, "users.info", json!({"user": "U9"}), 0).0["error"], "user_not_found");
    let (list, _) = call(&mut slack, "users.list", json!({}), 0);
    assert_eq!(list["members"].as_array().map(Vec::len), Some(3));
    assert_eq!(call(&mut slack, "users.list", json!({"cursor": "zz"}), 0).0["error"], "invalid_cursor");
}

#[test]
fn a_lost_message_is_accepted_and_never_seen() {
    let mut slack = subscribed();
    let args = json!({"channel": "support", "text": "Hello"}).to_string();
    let lost = slack.handle_with("lose_message", &request("chat.postMessage", "application/json", &args), Time::ZERO);
    assert_eq!((&body(&lost)["ok"], lost.effects.len()), (&json!(true), 0));
    let (history, _) = call(&mut slack, "conversations.history", json!({"channel": "C00000001"}), 1);
    assert_eq!(history["messages"], json!([]));
    let other = slack.handle_with("no_such_knob", &request("chat.postMessage", "application/json", &args), Time::ZERO);
    assert_eq!(other.effects.len(), 2);
}

#[test]
fn nobody_reacts_twice() {
    let mut slack = Slack::new(Settings::default());
    let user = slack.add_user("customer");
    let ts = slack.customer_posts(&user, "support", "Help", None, None, Time::ZERO).ts.expect("posted");
    let args = json!({"channel": "C00000001", "timestamp": ts, "name": "eyes"});
    assert_eq!(call(&mut slack, "reactions.add", args.clone(), 1).0["ok"], true);
    assert_eq!(call(&mut slack, "reactions.add", args.clone(), 1).0["error"], "already_reacted");
    let (got, _) = call(&mut slack, "reactions.get", args.clone(), 1);
    assert_eq!(got["message"]["reactions"][0]["count"], 1);
    assert_eq!(call(&mut slack, "reactions.remove", args, 1).0["ok"], true);
}

proptest! {
    #[test]
    fn no_body_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), json in any::<bool>()) {
        let mut slack = subscribed();
        for method in ["chat.postMessage", "chat.update", "conversations.history", "reactions.add", "users.list"] {
            let mut request = request(method, if json { "application/json" } else { "text/plain" }, "");
            request.body = Bytes::from(bytes.clone());
            slack.handle(&request, Time::ZERO);
        }
    }

    #[test]
    fn any_ts_reads_back_or_is_refused(text in "\\PC{0,20}", micros in 0..4_000_000_000_000_000_i64) {
        state::moment(&text);
        prop_assert_eq!(state::moment(&state::ts(micros)), Some(micros));
    }
}
