//! Beside messages and events: Socket Mode, webhooks, buttons, commands, forms, files, assistants and streams.

use super::*;
use crate::mocks::socket::{Frame, Say, SocketId};

const ONE: SocketId = SocketId(1);

/// The app listens for everything over HTTP.
fn listening() -> Slack {
    let url = |name: &str| Some(format!("http://target/{name}"));
    let urls = Urls { events: url("events"), interactivity: url("actions"), commands: url("commands") };
    Slack::new(Settings { urls, ..Settings::default() })
}

fn emit(slack: &mut Slack, event: &str, params: Value) -> Done {
    let params = Asked::new(params, false).expect("an object");
    slack.emit(event, &params, Time::ZERO).expect("it is possible")
}

fn form(delivery: &Delivery) -> Form {
    Form::parse(&delivery.body)
}

/// The payload of an interaction.
fn payload(effects: &[Effect]) -> Value {
    serde_json::from_str(form(delivery(effects)).get("payload").expect("a payload")).expect("JSON")
}

fn post(slack: &mut Slack, url: &str, content_type: &str, body: &str, at: i64) -> (u16, String, Vec<Effect>) {
    let path = url.strip_prefix("http://127.0.0.1:4321").unwrap_or(url).to_owned();
    let request = Request { path, ..request("", content_type, body) };
    let handled = slack.handle(&request, Time::ZERO + Span::from_secs(at));
    let Body::Full(bytes) = &handled.reply.body else { panic!("it comes at once") };
    (handled.reply.status, String::from_utf8_lossy(bytes).into_owned(), handled.effects)
}

fn seen(effects: &[Effect]) -> Vec<(&str, bool)> {
    let seen = effects.iter().filter_map(|effect| match effect {
        Effect::Seen(Seen::Message { text, replaces, .. }) => Some((text.as_str(), *replaces)),
        _ => None,
    });
    seen.collect()
}

fn answered(body: &str) -> DeliveryOutcome {
    let (headers, body) = (HeaderMap::new(), Bytes::from(body.to_owned()));
    DeliveryOutcome { status: Some(200), headers, body, error: None, tries: 1 }
}

#[test]
fn an_app_with_a_socket_gets_envelopes_instead_of_posts() {
    let mut slack = listening();
    let with = |token: &str| {
        let mut request = request("apps.connections.open", "application/x-www-form-urlencoded", "");
        request.headers.insert("authorization", format!("Bearer {token}").parse().expect("plain ASCII"));
        request
    };
    let opened = body(&slack.handle(&with("xapp-mock-token"), Time::ZERO));
    let url = opened["url"].as_str().expect("an address");
    assert!(url.starts_with("ws://127.0.0.1:4321/link/?ticket="), "{url}");
    assert_eq!(body(&slack.handle(&with("xoxb-mock-token"), Time::ZERO))["error"], "not_allowed_token_type");
    let (path, query) = url.strip_prefix("ws://127.0.0.1:4321").and_then(|url| url.split_once('?')).expect("a query");
    let mut link = request("", "text/plain", "");
    (link.path, link.query) = (path.to_owned(), query.to_owned());
    assert!(matches!(slack.handle(&link, Time::ZERO).reply.body, Body::Socket(_)));
    link.query = "ticket=mock-2".to_owned();
    assert_eq!(slack.handle(&link, Time::ZERO).reply.status, 404);

    let hello = slack.opened(ONE, &Opening::of("app", "socket"), Time::ZERO);
    let [Effect::Socket(ONE, Say::Frames(frames))] = hello.as_slice() else { panic!("{hello:?}") };
    let Frame::Text(text) = &frames[0].1 else { panic!("{frames:?}") };
    assert_eq!(serde_json::from_str::<Value>(text).expect("JSON")["type"], "hello");

    let user = slack.add_user("customer");
    let told = slack.customer_posts(&user, "support", "Help", None, Some(7), Time::ZERO).effects;
    let sent = delivery(&told);
    let envelope = event(&told);
    assert_eq!(sent.url, format!("socket:app/{}", envelope["envelope_id"].as_str().unwrap_or_default()));
    assert_eq!((&envelope["type"], &envelope["retry_attempt"], sent.tag), (&json!("events_api"), &json!(0), Some(7)));
    assert_eq!(envelope["payload"]["event"]["text"], "Help");
    let late = DeliveryOutcome { status: None, error: Some("http_timeout".to_owned()), ..answered("") };
    let again = sent.on_retry.as_ref().and_then(|rule| rule.body(&late)).expect("it is sent again");
    let again: Value = serde_json::from_slice(&again).expect("JSON");
    assert_eq!((&again["retry_attempt"], &again["retry_reason"]), (&json!(1), &json!("timeout")));
    slack.reset();
    assert!(slack.outbox.links.any(), "an open socket outlives a reset");
    slack.closed(Some(ONE), &Opening::of("app", "socket"), &Ending::Ours, Time::ZERO);
    assert_eq!(
        delivery(&emit(&mut slack, "message", json!({"channel": "support", "text": "x"})).effects).url,
        "http://target/events"
    );
}

#[test]
fn a_mention_is_an_event_of_its_own() {
    let mut slack = listening();
    let told = emit(&mut slack, "message", json!({"channel": "support", "text": "<@U00000001> help"})).effects;
    let events: Vec<Value> = (told.iter())
        .filter_map(
            |effect| if let Effect::Deliver(one) = effect { serde_json::from_slice(&one.body).ok() } else { None },
        )
        .collect();
    assert_eq!((&events[0]["event"]["type"], &events[1]["event"]["type"]), (&json!("message"), &json!("app_mention")));
    assert_eq!(events[1]["event"]["channel"], "C00000001");
}

#[test]
fn an_incoming_webhook_answers_in_plain_words() {
    let mut slack = listening();
    let url = "/services/T00000001/B00000001/secret";
    let (status, said, effects) = post(&mut slack, url, "application/json", r#"{"text":"deployed"}"#, 0);
    assert_eq!((status, said.as_str(), seen(&effects)), (200, "ok", vec![("deployed", false)]));
    let form = Form::from_pairs(vec![("payload".into(), r##"{"text":"x","channel":"#support-escalations"}"##.into())]);
    let (status, _, effects) = post(&mut slack, url, "application/x-www-form-urlencoded", &form.encode(), 0);
    assert_eq!((status, event(&effects)["event"]["channel"].as_str()), (200, Some("C00000002")));
    for (body, word, status) in [
        ("{", "invalid_payload", 400),
        ("{}", "no_text", 400),
        (r#"{"text":"x","channel":"nowhere"}"#, "channel_not_found", 404),
    ] {
        let (got, said, _) = post(&mut slack, url, "application/json", body, 0);
        assert_eq!((got, said.as_str()), (status, word));
    }
    assert_eq!(post(&mut slack, "/services/T1", "application/json", "{}", 0).1, "no_service");
}

#[test]
fn a_button_tells_all_about_its_message_and_is_answered() {
    let mut slack = listening();
    let blocks = json!([{"type": "actions", "elements": [
        {"type": "button", "action_id": "refund", "value": "7", "text": {"type": "plain_text", "text": "Refund"}},
        {"type": "static_select", "action_id": "queue", "options": [
            {"text": {"type": "plain_text", "text": "A"}, "value": "a"}, {"text": {"type": "plain_text", "text": "B"}, "value": "b"},
        ]},
    ]}]);
    let (posted, _) =
        call(&mut slack, "chat.postMessage", json!({"channel": "support", "text": "?", "blocks": blocks}), 0);
    let press = |action: &str, value: &str| json!({"channel": "support", "ts": posted["ts"], "action_id": action, "value": value});
    let done = emit(&mut slack, "block_action", press("refund", "9"));
    let sent = payload(&done.effects);
    assert_eq!(
        (delivery(&done.effects).url.as_str(), &sent["type"]),
        ("http://target/actions", &json!("block_actions"))
    );
    assert_eq!((&sent["actions"][0]["value"], &sent["actions"][0]["block_id"]), (&json!("9"), &json!("b1")));
    assert_eq!((&sent["message"]["text"], &sent["container"]["message_ts"]), (&json!("?"), &posted["ts"]));
    let chosen = payload(&emit(&mut slack, "block_action", press("queue", "b")).effects);
    assert_eq!(chosen["actions"][0]["selected_option"]["text"]["text"], "B");

    let url = sent["response_url"].as_str().expect("an address").to_owned();
    let mut respond = |body: Value, at: i64| post(&mut slack, &url, "application/json", &body.to_string(), at);
    let (status, _, effects) = respond(json!({"replace_original": true, "text": "Refunded"}), 1);
    assert_eq!((status, seen(&effects)), (200, vec![("Refunded", true)]));
    let (_, _, effects) = respond(json!({"response_type": "in_channel", "text": "All done"}), 2);
    assert_eq!(seen(&effects), [("All done", false)]);
    assert_eq!(respond(json!({"text": "only you"}), 3).0, 200);
    assert_eq!((respond(json!({}), 4).0, respond(json!({"delete_original": true}), 5).0), (400, 200));
    assert_eq!(respond(json!({"text": "a sixth time"}), 6).1, r#"{"ok":false,"error":"used_url"}"#);
    let late = chosen["response_url"].as_str().expect("an address");
    assert!(post(&mut slack, late, "application/json", r#"{"text":"x"}"#, 1_801).1.contains("expired_url"));
    assert!(post(&mut slack, "/actions/T1/99/mock-response-99", "application/json", "{}", 0).1.contains("used_url"));
}

#[test]
fn a_command_is_a_form_and_may_be_answered_at_once() {
    let mut slack = listening();
    let params = json!({"command": "/refund", "text": "order 7", "channel": "#support", "user": "kim"});
    let done = emit(&mut slack, "slash_command", params);
    let sent = delivery(&done.effects).clone();
    let fields = form(&sent);
    assert_eq!(
        (sent.kind, fields.get("command"), fields.get("text")),
        ("slash_command", Some("/refund"), Some("order 7"))
    );
    assert_eq!((fields.get("channel_name"), fields.get("user_name")), (Some("support"), Some("kim")));
    assert!(sent.headers.iter().any(|(name, _)| name == "x-slack-signature"));
    let effects = slack.delivered(&sent, &answered(r#"{"response_type":"in_channel","text":"On it"}"#), Time::ZERO);
    assert_eq!(seen(&effects), [("On it", false)]);
    assert_eq!(seen(&slack.delivered(&sent, &answered("plain"), Time::ZERO)), [("plain", false)]);
    assert!(slack.delivered(&sent, &answered(""), Time::ZERO).is_empty());
}

#[test]
fn a_form_opens_by_its_trigger_and_is_sent() {
    let mut slack = listening();
    let done = emit(&mut slack, "slash_command", json!({"command": "/form"}));
    let trigger = form(delivery(&done.effects)).get("trigger_id").expect("a trigger").to_owned();
    let view = json!({"type": "modal", "callback_id": "c", "title": {"type": "plain_text", "text": "T"}, "blocks": []});
    let args = json!({"trigger_id": trigger, "view": view.to_string()});
    assert_eq!(
        call(&mut slack, "views.open", json!({"trigger_id": trigger, "view": {}}), 1).0["error"],
        "invalid_arguments"
    );
    let (opened, _) = call(&mut slack, "views.open", args.clone(), 1);
    assert_eq!(call(&mut slack, "views.open", args, 1).0["error"], "exchanged_trigger_id");
    let done = emit(&mut slack, "slash_command", json!({"command": "/form"}));
    let late = form(delivery(&done.effects)).get("trigger_id").expect("a trigger").to_owned();
    assert_eq!(
        call(&mut slack, "views.open", json!({"trigger_id": late, "view": view}), 4).0["error"],
        "expired_trigger_id"
    );
    assert_eq!(
        call(&mut slack, "views.open", json!({"trigger_id": "1", "view": view}), 1).0["error"],
        "invalid_trigger_id"
    );

    let id = &opened["view"]["id"];
    let update = |hash: &Value| json!({"view_id": id, "hash": hash, "view": view});
    assert_eq!(call(&mut slack, "views.update", update(&json!("old")), 2).0["error"], "hash_conflict");
    assert_eq!(call(&mut slack, "views.update", update(&opened["view"]["hash"]), 2).0["ok"], true);
    let sent = emit(&mut slack, "view_submission", json!({"callback_id": "c", "values": {"b": {"a": "typed"}}}));
    let told = payload(&sent.effects);
    assert_eq!((&told["view"]["id"], &told["view"]["state"]["values"]["b"]["a"]["value"]), (id, &json!("typed")));
    let delivery = delivery(&sent.effects).clone();
    slack.delivered(&delivery, &answered(r#"{"response_action":"errors","errors":{"b":"no"}}"#), Time::ZERO);
    assert!(slack.views.newest(Some("c")).is_some(), "a form with errors stays");
    slack.delivered(&delivery, &answered(""), Time::ZERO);
    assert_eq!(slack.views.newest(Some("c")), None);
    let home = json!({"user_id": "U00000002", "view": {"type": "home", "blocks": []}});
    let (first, _) = call(&mut slack, "views.publish", home.clone(), 3);
    assert_eq!(call(&mut slack, "views.publish", home, 3).0["view"]["id"], first["view"]["id"]);
}

#[test]
fn a_file_is_uploaded_in_three_steps() {
    let mut slack = listening();
    let (asked, _) = call(&mut slack, "files.getUploadURLExternal", json!({"filename": "log.txt", "length": 5}), 0);
    let url = asked["upload_url"].as_str().expect("an address").to_owned();
    let complete = json!({"files": [{"id": asked["file_id"], "title": "Log"}], "channel_id": "C00000001", "initial_comment": "see"});
    assert_eq!(call(&mut slack, "files.completeUploadExternal", complete.clone(), 0).0["error"], "file_not_found");
    assert_eq!(post(&mut slack, &url, "text/plain", "too long", 0).0, 400);
    let multipart = "--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nhello\r\n--x--\r\n";
    assert_eq!(post(&mut slack, &url, "multipart/form-data; boundary=x", multipart, 0).1, "OK - 5");
    assert_eq!(post(&mut slack, &url, "application/octet-stream", "hello", 0).1, "OK - 5");
    let (done, effects) = call(&mut slack, "files.completeUploadExternal", complete, 1);
    assert_eq!((done["files"][0]["title"].as_str(), seen(&effects)), (Some("Log"), vec![("see", false)]));
    assert_eq!(event(&effects)["event"]["files"][0]["id"], asked["file_id"]);
    let mut get = request("", "text/plain", "");
    get.path = done["files"][0]["url_private"]
        .as_str()
        .and_then(|url| url.strip_prefix("http://127.0.0.1:4321"))
        .expect("ours")
        .to_owned();
    let Body::Full(content) = slack.handle(&get, Time::ZERO).reply.body else { panic!("it comes at once") };
    assert_eq!(content, "hello");
    get.headers.remove("authorization");
    assert_eq!(slack.handle(&get, Time::ZERO).reply.status, 404);
    assert_eq!(call(&mut slack, "files.list", json!({}), 2).0["files"].as_array().map(Vec::len), Some(1));
    assert_eq!(call(&mut slack, "files.delete", json!({"file": asked["file_id"]}), 2).0["ok"], true);
    assert_eq!(call(&mut slack, "files.info", json!({"file": asked["file_id"]}), 2).0["error"], "file_not_found");
}

#[test]
fn a_message_grows_and_counts_when_it_is_whole() {
    let mut slack = listening();
    let user = slack.add_user("customer");
    let root = slack.customer_posts(&user, "support", "Help", None, None, Time::ZERO).ts.expect("posted");
    let status = json!({"channel_id": "C00000001", "thread_ts": root, "status": "is thinking..."});
    assert_eq!(call(&mut slack, "assistant.threads.setStatus", status, 1).0["ok"], true);
    let at = state::moment(&root).expect("a moment");
    assert_eq!(slack.workspace.assisted("C00000001", at, "status"), Some(&json!("is thinking...")));
    let start =
        json!({"channel": "C00000001", "thread_ts": root, "recipient_user_id": user, "recipient_team_id": "T00000001"});
    let (started, effects) = call(&mut slack, "chat.startStream", start, 1);
    assert!(started["ok"] == true && seen(&effects).is_empty(), "there is nothing to read yet");
    assert_eq!(slack.workspace.assisted("C00000001", at, "status"), None, "a message ends the status");
    let more = |text: &str| json!({"channel": "C00000001", "ts": started["ts"], "markdown_text": text});
    for text in ["Your ", "order"] {
        let (appended, effects) = call(&mut slack, "chat.appendStream", more(text), 2);
        assert!(appended["ok"] == true && seen(&effects).is_empty(), "it is not whole");
    }
    let chunks = json!([{"type": "task_update", "id": "1", "title": "look", "status": "complete"}, {"type": "markdown_text", "text": " is here"}]);
    let stop = json!({"channel": "C00000001", "ts": started["ts"], "chunks": chunks});
    let (stopped, effects) = call(&mut slack, "chat.stopStream", stop, 3);
    assert_eq!(
        (stopped["message"]["text"].as_str(), seen(&effects)),
        (Some("Your order\nlook\n is here"), vec![("Your order\nlook\n is here", false)])
    );
    assert_eq!(call(&mut slack, "chat.appendStream", more("x"), 4).0["error"], "message_not_in_streaming_state");
    let prompts = json!({"channel_id": "C00000001", "thread_ts": root, "prompts": [{"title": "a"}]});
    assert_eq!(call(&mut slack, "assistant.threads.setSuggestedPrompts", prompts, 4).0["error"], "invalid_arguments");
}

#[test]
fn a_storm_of_messages_earns_its_429() {
    let mut slack = Slack::new(Settings { limits: Some(Arc::new(Limits::shipped())), ..Settings::default() });
    let args = json!({"channel": "support", "text": "again"}).to_string();
    let refused = (0..1_000).find_map(|_| {
        let handled = slack.handle(&request("chat.postMessage", "application/json", &args), Time::ZERO);
        (handled.reply.status != 200).then_some(handled)
    });
    let refused = refused.expect("a storm is refused");
    assert_eq!((refused.reply.status, refused.effects.len()), (429, 0));
    assert!(refused.reply.headers.contains(&("retry-after", "1".to_owned())));
    let args = json!({"channel": "support-escalations", "text": "elsewhere"});
    assert_eq!(call(&mut slack, "chat.postMessage", args, 0).0["ok"], true);
}

proptest! {
    #[test]
    fn no_page_and_no_frame_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), kind in 0..3_usize) {
        let mut slack = listening();
        let kind = ["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"][kind];
        call(&mut slack, "files.getUploadURLExternal", json!({"filename": "a", "length": 5}), 0);
        for page in ["/services/T/B/x", "/actions/T/1/mock-response-1", "/upload/v1/F00000001", "/files-pri/T-F1/a", "/link/"] {
            let mut request = request("", kind, "");
            (request.path, request.body) = (page.to_owned(), Bytes::from(bytes.clone()));
            slack.handle(&request, Time::ZERO);
        }
        for method in ["views.open", "files.completeUploadExternal", "chat.startStream", "assistant.threads.setStatus"] {
            let mut request = request(method, kind, "");
            request.body = Bytes::from(bytes.clone());
            slack.handle(&request, Time::ZERO);
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        slack.said(ONE, Frame::Text(text), Time::ZERO);
    }
}
