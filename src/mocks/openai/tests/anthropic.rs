use super::*;

fn asked(mut body: Value) -> Request {
    for (name, usual) in [("model", json!("claude-sonnet-4-5")), ("max_tokens", json!(1_024))] {
        body[name] = body.get(name).cloned().unwrap_or(usual);
    }
    if body.get("messages").is_none() {
        body["messages"] = json!([{"role": "user", "content": "Where is my order A-1007?"}]);
    }
    message(body.to_string())
}

fn message(body: impl Into<hyper::body::Bytes>) -> Request {
    let mut request = request(Method::POST, "/v1/messages", body);
    request.headers.remove(AUTHORIZATION);
    request.headers.insert("x-api-key", HeaderValue::from_static("sk-mock"));
    request.headers.insert("anthropic-version", HeaderValue::from_static("2023-06-01"));
    request
}

fn model() -> OpenAi {
    OpenAi::new(Settings::default())
}

fn say(body: Value) -> (u16, Value, Vec<Effect>) {
    ask(&mut model(), &asked(body))
}

#[test]
fn a_message_has_its_keys_and_a_nonce() {
    let (status, reply, effects) = say(json!({"system": [{"type": "text", "text": "Be kind."}]}));
    assert_eq!((status, &reply["type"], &reply["role"]), (200, &json!("message"), &json!("assistant")));
    assert_eq!((&reply["stop_reason"], &reply["stop_sequence"]), (&json!("end_turn"), &Value::Null));
    assert!(reply["id"].as_str().is_some_and(|id| id.starts_with("msg_")));
    assert!(reply["content"][0]["text"].as_str().is_some_and(|text| text.contains(nonce_of(&effects).expect("one"))));
    let [Effect::Seen(Seen::Completion { prompt, .. })] = effects.as_slice() else { panic!("{effects:?}") };
    assert!(prompt.contains("Be kind.") && prompt.contains("A-1007"));
    assert!(reply["usage"]["input_tokens"].as_u64().zip(reply["usage"]["output_tokens"].as_u64()).is_some());
    assert_eq!(say(json!({"max_tokens": 8})).1["stop_reason"], "max_tokens");
}

#[test]
fn a_stream_has_its_events_in_order() {
    let handled = model().handle(&asked(json!({"stream": true})), Time::ZERO);
    assert!(header(&handled, "request-id").is_some_and(|id| id.starts_with("req_")));
    assert!(header(&handled, "anthropic-ratelimit-requests-remaining").is_some());
    let events = events(&handled.reply.body);
    assert!(events.iter().all(|(name, data)| data["type"] == name.as_str()));
    let mut names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
    names.dedup();
    let wanted = [
        "message_start",
        "content_block_start",
        "ping",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ];
    assert_eq!(names, wanted);
    let joined: String = events.iter().filter_map(|(_, data)| data["delta"]["text"].as_str()).collect();
    assert!(joined.contains(nonce_of(&handled.effects).expect("one")));
    assert_eq!(events[0].1["message"]["content"], json!([]));
    assert_eq!(events[events.len() - 2].1["delta"]["stop_reason"], "end_turn");
}

#[test]
fn a_tool_is_used_with_an_input_that_fits() {
    let tools = json!([{"name": "find_order", "description": "x", "input_schema": {
        "type": "object", "required": ["order"], "properties": {"order": {"type": "string"}}}}]);
    for choice in [json!({"type": "any"}), json!({"type": "tool", "name": "find_order"})] {
        let (_, reply, _) = say(json!({"tools": tools, "tool_choice": choice}));
        assert_eq!((&reply["stop_reason"], &reply["content"][0]["type"]), (&json!("tool_use"), &json!("tool_use")));
        assert!(reply["content"][0]["input"]["order"].as_str().is_some_and(|order| order.contains("A-1007")));
        assert!(reply["content"][0]["id"].as_str().is_some_and(|id| id.starts_with("toolu_")));
    }
    let handled =
        model().handle(&asked(json!({"tools": tools, "tool_choice": {"type": "any"}, "stream": true})), Time::ZERO);
    let events = events(&handled.reply.body);
    let joined: String = events.iter().filter_map(|(_, data)| data["delta"]["partial_json"].as_str()).collect();
    assert!(serde_json::from_str::<Value>(&joined).is_ok_and(|input| input["order"].is_string()), "{joined}");
    for (choice, reason) in [("auto", "tool_use"), ("none", "end_turn")] {
        assert_eq!(say(json!({"tools": tools, "tool_choice": {"type": choice}})).1["stop_reason"], reason);
    }
    let format =
        json!({"format": {"type": "json_schema", "schema": {"type": "object", "properties": {"a": {"const": 7}}}}});
    assert_eq!(say(json!({"output_config": format})).1["content"][0]["text"], r#"{"a":7}"#);
}

#[test]
fn errors_are_in_the_vendors_own_form() {
    for (body, status, kind) in [
        ("{", 400, "invalid_request_error"),
        ("{}", 400, "invalid_request_error"),
        (r#"{"model":"claude-sonnet-4-5","max_tokens":9}"#, 400, "invalid_request_error"),
        (r#"{"model":"claude-sonnet-4-5","max_tokens":9,"messages":[]}"#, 400, "invalid_request_error"),
        (r#"{"model":"claude-sonnet-4-5","messages":[{"role":"user","content":"x"}]}"#, 400, "invalid_request_error"),
        (r#"{"model":"gpt-4o","max_tokens":9,"messages":[{"role":"user","content":"x"}]}"#, 404, "not_found_error"),
    ] {
        let (got, reply, effects) = ask(&mut model(), &message(body));
        assert_eq!((got, &reply["type"], &reply["error"]["type"]), (status, &json!("error"), &json!(kind)), "{body}");
        assert!(reply["error"]["message"].is_string() && effects.is_empty());
    }
    let mut stranger = asked(json!({}));
    stranger.headers.insert("x-api-key", HeaderValue::from_static("sk-ant-live"));
    assert_eq!(ask(&mut model(), &stranger).1["error"]["type"], "authentication_error");
    stranger.headers.remove("x-api-key");
    assert_eq!(ask(&mut model(), &stranger).0, 401);
    let mut old = asked(json!({}));
    old.headers.remove("anthropic-version");
    assert_eq!(ask(&mut model(), &old).0, 400);
}

#[test]
fn its_models_are_its_own() {
    let mut listing = message("");
    (listing.method, listing.path) = (Method::GET, "/v1/models".into());
    let (_, list, _) = ask(&mut model(), &listing);
    let all = list["data"].as_array().expect("a list");
    assert!(all.iter().all(|model| model["id"].as_str().is_some_and(|id| id.starts_with("claude-"))));
    assert_eq!((&list["has_more"], &list["first_id"]), (&json!(false), &all[0]["id"]));
    let mut counting = asked(json!({}));
    counting.path = "/v1/messages/count_tokens".into();
    assert!(ask(&mut model(), &counting).1["input_tokens"].as_u64().is_some_and(|tokens| tokens > 0));
    for name in ["claude-opus-4-5-20251101", "claude-next-7", "claude-3-7-sonnet-latest"] {
        assert_eq!(say(json!({ "model": name })).1["model"], name);
    }
}

proptest::proptest! {
    #[test]
    fn no_body_panics(body: Vec<u8>) {
        model().handle(&message(body), Time::ZERO);
    }
}

#[test]
fn a_tool_is_used_by_itself_until_it_has_answered() {
    let mut model = OpenAi::new(Settings::default());
    let mut message = |messages: Value| {
        let tool =
            json!({"name": "order", "input_schema": {"type": "object", "properties": {"number": {"type": "integer"}}}});
        let body = json!({"model": "claude-sonnet-4-5", "max_tokens": 200, "messages": messages, "tools": [tool]});
        let mut request = request(Method::POST, "/v1/messages", body.to_string());
        request.headers.insert("anthropic-version", "2023-06-01".parse().expect("a header"));
        ask(&mut model, &request).1
    };
    let asks = json!({"role": "user", "content": "Where is my order 4711?"});
    let uses = message(json!([asks]));
    assert_eq!((&uses["stop_reason"], &uses["content"][0]["input"]), (&json!("tool_use"), &json!({"number": 4711})));
    let result = json!({"type": "tool_result", "tool_use_id": uses["content"][0]["id"], "content": "order 4711: sent"});
    let says = message(
        json!([asks, {"role": "assistant", "content": uses["content"]}, {"role": "user", "content": [result]}]),
    );
    assert_eq!(says["stop_reason"], "end_turn");
}
