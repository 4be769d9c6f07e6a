//! Channels that change, messages that appear later, and what is shown below one.

use super::*;

fn error(body: &Value) -> &str {
    body["error"].as_str().unwrap_or("none")
}

#[test]
fn a_channel_is_made_filled_renamed_and_put_away() {
    let mut slack = Slack::new(Settings::default());
    let mut ask = |method: &str, args: Value| call(&mut slack, &format!("conversations.{method}"), args, 1).0;
    let id = ask("create", json!({"name": "incident-7"}))["channel"]["id"].as_str().expect("an id").to_owned();
    let members = |body: Value| body["members"].as_array().expect("a list").len();
    assert_eq!(members(ask("members", json!({"channel": id}))), 1, "only who made it");
    let invite = |users: &str| json!({"channel": id, "users": users});
    assert_eq!(ask("invite", invite("U00000002,U00000003"))["channel"]["name"], "incident-7");
    assert_eq!(error(&ask("invite", invite("U00000002"))), "already_in_channel");
    assert_eq!(error(&ask("invite", invite("U99999999"))), "user_not_found");
    assert_eq!(error(&ask("invite", invite("U00000001"))), "cant_invite_self");
    assert_eq!(members(ask("members", json!({"channel": id}))), 3);
    assert_eq!(ask("kick", json!({"channel": id, "user": "U00000003"}))["ok"], true);
    assert_eq!(error(&ask("kick", json!({"channel": id, "user": "U00000003"}))), "not_in_channel");
    let topic = ask("setTopic", json!({"channel": id, "topic": "Refunds are slow"}));
    assert_eq!(topic["channel"]["topic"]["value"], "Refunds are slow");
    assert_eq!(error(&ask("setPurpose", json!({"channel": id, "purpose": "x".repeat(251)}))), "too_long");
    assert_eq!(error(&ask("rename", json!({"channel": id, "name": "support"}))), "name_taken");
    assert_eq!(ask("rename", json!({"channel": id, "name": "incident-8"}))["channel"]["name"], "incident-8");
    assert_eq!(error(&ask("info", json!({"channel": "incident-7"}))), "channel_not_found");
    assert_eq!(error(&ask("info", json!({"channel": "incident-8"}))), "channel_not_found", "only who posts names it");
    assert_eq!(ask("archive", json!({"channel": id}))["ok"], true);
    assert_eq!(error(&ask("archive", json!({"channel": id}))), "already_archived");
    assert_eq!(error(&ask("join", json!({"channel": id}))), "is_archived");
    let listed = ask("list", json!({"exclude_archived": true}));
    assert!(!listed.to_string().contains("incident-8") && ask("list", json!({})).to_string().contains("incident-8"));
    assert_eq!(ask("unarchive", json!({"channel": id}))["ok"], true);
    assert_eq!(ask("mark", json!({"channel": id, "ts": "1.0"}))["ok"], true);
    assert_eq!(error(&ask("close", json!({"channel": id}))), "method_not_supported_for_channel_type");
}

#[test]
fn nobody_writes_where_they_are_not_and_where_nothing_is_written_any_more() {
    let mut slack = Slack::new(Settings::default());
    let mut ask = |method: &str, args: Value| call(&mut slack, method, args, 1).0;
    let post = json!({"channel": "C00000001", "text": "hello"});
    assert_eq!(ask("conversations.leave", json!({"channel": "C00000001"}))["ok"], true);
    assert_eq!(ask("conversations.leave", json!({"channel": "C00000001"}))["not_in_channel"], true);
    assert_eq!(error(&ask("chat.postMessage", post.clone())), "not_in_channel");
    assert_eq!(ask("conversations.info", json!({"channel": "C00000001"}))["channel"]["is_member"], false);
    assert_eq!(error(&ask("conversations.history", json!({"channel": "C00000001"}))), "not_in_channel");
    assert_eq!(ask("conversations.join", json!({"channel": "C00000001"}))["channel"]["is_member"], true);
    assert_eq!(ask("conversations.join", json!({"channel": "C00000001"}))["warning"], "already_in_channel");
    assert_eq!(ask("conversations.archive", json!({"channel": "C00000001"}))["ok"], true);
    assert_eq!(error(&ask("chat.postMessage", post)), "is_archived");
}

#[test]
fn a_message_appears_at_its_second_unless_it_is_taken_back() {
    let mut slack = Slack::new(Settings::default());
    let start = Settings::default().epoch.unix_secs(Time::ZERO);
    let mut later = |text: &str, after: i64| {
        let args = json!({"channel": "C00000001", "text": text, "post_at": start + after});
        call(&mut slack, "chat.scheduleMessage", args, 10).0
    };
    let first = later("We are back", 60);
    assert_eq!((&first["message"]["type"], &first["message"]["ts"]), (&json!("delayed_message"), &Value::Null));
    let second = later("Never said", 90);
    assert_eq!((error(&later("x", 10)), error(&later("x", 200 * 86_400))), ("time_in_past", "time_too_far"));
    let listed = call(&mut slack, "chat.scheduledMessages.list", json!({}), 11).0;
    let ids: Vec<&Value> =
        listed["scheduled_messages"].as_array().expect("a list").iter().map(|one| &one["id"]).collect();
    assert_eq!(ids, [&first["scheduled_message_id"], &second["scheduled_message_id"]]);
    let take_back = json!({"channel": "C00000001", "scheduled_message_id": second["scheduled_message_id"]});
    assert_eq!(call(&mut slack, "chat.deleteScheduledMessage", take_back.clone(), 12).0["ok"], true);
    let again = call(&mut slack, "chat.deleteScheduledMessage", take_back, 12).0;
    assert_eq!(error(&again), "invalid_scheduled_message_id");
    let due = slack.next_wake().expect("one waits");
    assert_eq!(due, Time::ZERO + Span::from_secs(60));
    let effects = slack.wake(due);
    assert!(matches!(effects.as_slice(), [Effect::Seen(Seen::Message { text, .. })] if text == "We are back"));
    assert_eq!((slack.next_wake(), slack.wake(due).len()), (None, 0));
    let history = call(&mut slack, "conversations.history", json!({"channel": "C00000001"}), 100).0;
    assert_eq!(history["messages"][0]["text"], "We are back");
}

#[test]
fn reactions_are_listed_and_links_are_unfurled() {
    let mut slack = Slack::new(Settings::default());
    let mut ask = |method: &str, args: Value| call(&mut slack, method, args, 1).0;
    let ts = ask("chat.postMessage", json!({"channel": "C00000001", "text": "https://example.com/1"}))["ts"].clone();
    assert_eq!(ask("reactions.list", json!({}))["items"], json!([]));
    ask("reactions.add", json!({"channel": "C00000001", "timestamp": ts, "name": "eyes"}));
    let listed = ask("reactions.list", json!({}));
    assert_eq!((&listed["items"][0]["message"]["ts"], &listed["items"][0]["channel"]), (&ts, &json!("C00000001")));
    assert_eq!(ask("reactions.list", json!({"user": "U00000002"}))["items"], json!([]));
    let unfurl = json!({"channel": "C00000001", "ts": ts, "unfurls": {"https://example.com/1": {"text": "An order"}}});
    assert_eq!(ask("chat.unfurl", unfurl.clone())["ok"], true);
    assert_eq!(ask("chat.unfurl", unfurl)["ok"], true);
    let shown = &ask("conversations.history", json!({"channel": "C00000001"}))["messages"][0];
    assert_eq!(shown["attachments"].as_array().map(Vec::len), Some(1), "the same link is shown once");
    assert_eq!(shown["attachments"][0]["from_url"], "https://example.com/1");
    assert_eq!(error(&ask("chat.unfurl", json!({"channel": "C00000001", "ts": ts}))), "missing_unfurls");
}

#[test]
fn people_read_the_steps_of_a_plan_in_a_streamed_message_once() {
    let mut slack = Slack::new(Settings::default());
    let to = json!({"channel": "C00000001", "recipient_team_id": "T00000001", "recipient_user_id": "U00000002"});
    let ts = call(&mut slack, "chat.startStream", to, 1).0["ts"].clone();
    let mut append = |chunk: Value| {
        let (body, effects) =
            call(&mut slack, "chat.appendStream", json!({"channel": "C00000001", "ts": ts, "chunks": [chunk]}), 2);
        assert_eq!(body["ok"], true, "{body}");
        effects
    };
    let step = |status: &str| json!({"type": "task_update", "id": "1", "title": "Looking up order", "status": status});
    append(json!({"type": "markdown_text", "text": "One moment."}));
    append(step("in_progress"));
    append(step("complete"));
    assert!(append(json!({"type": "plan_update", "title": "Done"})).is_empty(), "it is not whole");
    let (body, effects) = call(&mut slack, "chat.stopStream", json!({"channel": "C00000001", "ts": ts}), 2);
    assert_eq!(body["ok"], true, "{body}");
    let [Effect::Seen(Seen::Message { text, .. })] = effects.as_slice() else { panic!("people see it: {effects:?}") };
    assert_eq!(text.trim_end(), "One moment.\nLooking up order\nDone");
}
