//! What people do beside writing: open the assistant and the home tab, use menus, shortcuts and forms.

use super::*;

fn listening() -> Slack {
    let url = |name: &str| Some(format!("http://target/{name}"));
    let urls = Urls { events: url("events"), interactivity: url("actions"), commands: url("commands") };
    Slack::new(Settings { urls, ..Settings::default() })
}

fn emit(slack: &mut Slack, event: &str, params: Value) -> Result<Done, Refused> {
    slack.emit(event, &Asked::new(params, false).expect("an object"), Time::ZERO)
}

/// The event that the app is told of, and what the control API says of it.
fn told(slack: &mut Slack, kind: &str, params: Value) -> (Value, Value) {
    let done = emit(slack, kind, params).expect("it is possible");
    (event(&done.effects)["event"].clone(), Value::Object(done.made))
}

/// The payload of the interaction that somebody causes.
fn interaction(slack: &mut Slack, kind: &str, params: Value) -> Value {
    let done = emit(slack, kind, params).expect("it is possible");
    let form = Form::parse(&delivery(&done.effects).body);
    serde_json::from_str(form.get("payload").expect("a payload")).expect("JSON")
}

#[test]
fn an_assistants_thread_keeps_what_the_app_wrote_with_it() {
    let mut slack = listening();
    let (event, made) =
        told(&mut slack, "assistant_thread_started", json!({"user": "kim", "context_channel": "support"}));
    let thread = &event["assistant_thread"];
    assert_eq!(event["type"], "assistant_thread_started");
    assert_eq!((&thread["user_id"], &thread["channel_id"]), (&json!("U00000003"), &made["channel"]));
    assert_eq!(thread["context"]["channel_id"], "C00000001");
    let metadata = json!({"event_type": "assistant_thread_context", "event_payload": {"channel_id": "C00000001"}});
    let hello = json!({"channel": made["channel"], "thread_ts": made["thread_ts"], "text": "Hi", "metadata": metadata});
    let (hello, _) = call(&mut slack, "chat.postMessage", hello, 1);
    assert_eq!(hello["message"]["metadata"], metadata);
    let replies = json!({"channel": made["channel"], "ts": made["thread_ts"], "include_all_metadata": true});
    let (page, _) = call(&mut slack, "conversations.replies", replies, 2);
    assert_eq!(page["messages"][0]["subtype"], "assistant_app_thread");
    assert_eq!(page["messages"][1]["metadata"], metadata);
    assert_eq!(page["messages"][1]["blocks"][0]["type"], "rich_text");
    let without = json!({"channel": made["channel"], "ts": made["thread_ts"]});
    assert_eq!(call(&mut slack, "conversations.replies", without, 2).0["messages"][1]["metadata"], Value::Null);

    let elsewhere = json!({"user": "kim", "context_channel": "support-escalations"});
    let (event, again) = told(&mut slack, "assistant_thread_context_changed", elsewhere);
    assert_eq!(
        (&event["assistant_thread"]["thread_ts"], &again["thread_ts"]),
        (&made["thread_ts"], &made["thread_ts"])
    );
    assert_eq!(event["assistant_thread"]["context"]["channel_id"], "C00000002");
    let changed = json!({"event_type": "assistant_thread_context", "event_payload": {"channel_id": "C00000002"}});
    let update = json!({"channel": made["channel"], "ts": hello["ts"], "text": "Hi", "metadata": changed});
    call(&mut slack, "chat.update", update, 3);
    let update = json!({"channel": made["channel"], "ts": hello["ts"], "text": "Hello"});
    call(&mut slack, "chat.update", update, 3);
    let replies = json!({"channel": made["channel"], "ts": made["thread_ts"], "include_all_metadata": true});
    let (page, _) = call(&mut slack, "conversations.replies", replies, 4);
    assert_eq!(page["messages"][1]["metadata"], changed, "an update that says nothing of it leaves it");

    let bad = json!({"channel": "C00000001", "text": "x", "metadata": {"event_type": 7}});
    assert_eq!(call(&mut slack, "chat.postMessage", bad, 4).0["error"], "invalid_metadata_schema");
    let nobody =
        emit(&mut slack, "assistant_thread_context_changed", json!({"user": "alex", "context_channel": "support"}));
    assert_eq!(nobody.expect_err("alex has none open").status, 404);
}

#[test]
fn the_home_tab_comes_with_what_is_published_and_its_menus_work() {
    let mut slack = listening();
    let (event, made) = told(&mut slack, "app_home_opened", json!({"user": "alex"}));
    assert_eq!((&event["tab"], &event["user"], &event["view"]), (&json!("home"), &json!("U00000002"), &Value::Null));
    assert_eq!(event["channel"], made["channel"]);
    let refused = emit(&mut slack, "block_action", json!({"user": "alex", "action_id": "pick"})).expect_err("empty");
    assert!(refused.status == 404 && refused.why.contains("home tab is empty"), "{}", refused.why);
    let option = |value: &str| json!({"text": {"type": "plain_text", "text": value.to_uppercase()}, "value": value});
    let menu = json!({"type": "static_select", "action_id": "pick", "initial_option": option("a"),
                      "options": [option("a"), option("b")]});
    let view = json!({"type": "home", "blocks": [{"type": "actions", "block_id": "m", "elements": [menu]}]});
    call(&mut slack, "views.publish", json!({"user_id": "U00000002", "view": view}), 1);
    let (event, _) = told(&mut slack, "app_home_opened", json!({"user": "alex"}));
    assert_eq!(event["view"]["blocks"][0]["block_id"], "m");
    let pressed = interaction(&mut slack, "block_action", json!({"user": "alex", "action_id": "pick", "value": "b"}));
    assert_eq!((&pressed["type"], &pressed["container"]["type"]), (&json!("block_actions"), &json!("view")));
    assert_eq!(pressed["actions"][0]["selected_option"], option("b"));
    assert_eq!(pressed["view"]["state"]["values"]["m"]["pick"]["selected_option"], option("b"));
    assert!(pressed.get("message").is_none() && pressed.get("response_url").is_none(), "{pressed}");
    let unknown = emit(&mut slack, "app_home_opened", json!({"tab": "hom"})).expect_err("no such tab");
    assert!(unknown.why.contains("did you mean `home`"), "{}", unknown.why);
}

#[test]
fn a_form_is_sent_with_every_field_that_it_has() {
    let mut slack = listening();
    let shortcut = interaction(&mut slack, "shortcut", json!({"callback_id": "new", "user": "alex"}));
    assert_eq!((&shortcut["type"], &shortcut["callback_id"]), (&json!("shortcut"), &json!("new")));
    let input = |block: &str, element: Value| json!({"type": "input", "block_id": block, "element": element});
    let view = json!({
        "type": "modal", "callback_id": "ask", "title": {"type": "plain_text", "text": "Ask"}, "notify_on_close": true,
        "blocks": [
            input("why", json!({"type": "plain_text_input", "action_id": "a"})),
            input("where", json!({"type": "conversations_select", "action_id": "c", "response_url_enabled": true})),
            input("when", json!({"type": "datepicker", "action_id": "d", "initial_date": "2026-01-02"})),
            {"type": "section", "block_id": "go", "accessory": {"type": "button", "action_id": "b", "value": "1"}},
        ],
    });
    let opened = json!({"trigger_id": shortcut["trigger_id"], "view": view});
    assert_eq!(call(&mut slack, "views.open", opened, 0).0["ok"], true);
    let pressed = interaction(&mut slack, "block_action", json!({"callback_id": "ask", "action_id": "b"}));
    assert_eq!((&pressed["actions"][0]["value"], &pressed["actions"][0]["block_id"]), (&json!("1"), &json!("go")));
    let sent = interaction(&mut slack, "view_submission", json!({"values": {"where": {"c": "support"}}}));
    let values = &sent["view"]["state"]["values"];
    assert_eq!(values["why"]["a"], json!({"type": "plain_text_input", "value": null}));
    assert_eq!(values["where"]["c"], json!({"type": "conversations_select", "selected_conversation": "support"}));
    assert_eq!(values["when"]["d"]["selected_date"], "2026-01-02");
    assert_eq!(values.get("go"), None, "a button keeps nothing");
    assert_eq!(sent["response_urls"][0]["channel_id"], "C00000001");
    assert_eq!(interaction(&mut slack, "view_closed", json!({}))["type"], "view_closed");
    assert_eq!(emit(&mut slack, "view_closed", json!({})).expect_err("it is closed").status, 404);
}

#[test]
fn a_message_has_shortcuts_and_feedback_buttons() {
    let mut slack = listening();
    let text = |text: &str| json!({"type": "plain_text", "text": text});
    let buttons = json!([{"type": "context_actions", "elements": [{
        "type": "feedback_buttons", "action_id": "feedback",
        "positive_button": {"text": text("Good"), "value": "good"},
        "negative_button": {"text": text("Bad"), "value": "bad"},
    }]}]);
    let posted = json!({"channel": "C00000001", "text": "Ref. K7", "blocks": buttons});
    let (posted, _) = call(&mut slack, "chat.postMessage", posted, 0);
    let on = json!({"channel": "C00000001", "ts": posted["ts"], "callback_id": "triage"});
    let taken = interaction(&mut slack, "shortcut", on);
    assert_eq!((&taken["type"], &taken["message"]["text"]), (&json!("message_action"), &json!("Ref. K7")));
    assert!(taken["response_url"].is_string() && taken["message_ts"] == posted["ts"], "{taken}");
    let press = json!({"channel": "C00000001", "ts": posted["ts"], "action_id": "feedback", "value": "bad"});
    let pressed = interaction(&mut slack, "block_action", press);
    let action = &pressed["actions"][0];
    assert_eq!((&action["type"], &action["value"]), (&json!("feedback_buttons"), &json!("bad")));
    assert_eq!(action["text"]["text"], "Bad");
}

#[test]
fn any_event_is_told_as_it_is() {
    let mut slack = listening();
    let joined = json!({"type": "member_joined_channel", "user": "kim", "channel": "C00000001", "inviter": "U9"});
    let (event, made) = told(&mut slack, "event", joined);
    assert_eq!(
        (&event["user"], &event["channel"], &event["inviter"]),
        (&json!("U00000003"), &json!("C00000001"), &json!("U9"))
    );
    assert_eq!(event["event_ts"], made["event_ts"]);
    assert_eq!(emit(&mut slack, "event", json!({})).expect_err("no type").status, 422);
    let (direct, made) = told(&mut slack, "message", json!({"channel": "@kim", "user": "kim", "text": "hello"}));
    assert_eq!((&direct["channel_type"], &direct["channel"]), (&json!("im"), &made["channel"]));
    let step = json!({"function_execution_id": "Fx1", "outputs": {}});
    assert_eq!(call(&mut slack, "functions.completeSuccess", step, 0).0["ok"], true);
    assert_eq!(call(&mut slack, "functions.completeError", json!({}), 0).0["error"], "invalid_arguments");
}

#[test]
fn a_stream_in_a_channel_says_for_whom() {
    let mut slack = listening();
    let whole = json!({"channel": "C00000001", "recipient_team_id": "T00000001", "recipient_user_id": "U00000002"});
    assert_eq!(call(&mut slack, "chat.startStream", whole.clone(), 0).0["ok"], true, "it may begin a thread");
    for name in ["recipient_team_id", "recipient_user_id"] {
        let mut part = whole.clone();
        part[name] = Value::Null;
        assert_eq!(call(&mut slack, "chat.startStream", part, 0).0["error"], format!("missing_{name}"));
    }
    let opened = call(&mut slack, "conversations.open", json!({"users": "U00000002"}), 0).0;
    let direct = json!({"channel": opened["channel"]["id"]});
    assert_eq!(call(&mut slack, "chat.startStream", direct, 0).0["error"], "invalid_thread_ts");
    let unknown = call(&mut slack, "chat.shout", json!({}), 0).0;
    assert_eq!((&unknown["error"], &unknown["req_method"]), (&json!("unknown_method"), &json!("chat.shout")));
}
