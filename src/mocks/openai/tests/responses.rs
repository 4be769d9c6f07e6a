use super::*;

fn asked(mut body: Value) -> Request {
    body["model"] = body.get("model").cloned().unwrap_or(json!("gpt-4o-mini"));
    if body.get("input").is_none() {
        body["input"] = json!("Where is my order A-1007?");
    }
    request(Method::POST, "/v1/responses", body.to_string())
}

fn model() -> OpenAi {
    OpenAi::new(Settings::default())
}

fn create(body: Value) -> (u16, Value, Vec<Effect>) {
    ask(&mut model(), &asked(body))
}

fn text(reply: &Value) -> &str {
    reply["output"][0]["content"][0]["text"].as_str().expect("words")
}

#[test]
fn a_plain_response_is_a_message_with_a_nonce() {
    let (status, reply, effects) = create(json!({"instructions": "Be kind.", "metadata": {"a": "b"}}));
    assert_eq!((status, &reply["object"], &reply["status"]), (200, &json!("response"), &json!("completed")));
    assert!(reply["id"].as_str().is_some_and(|id| id.starts_with("resp_")));
    assert_eq!((&reply["instructions"], &reply["metadata"]["a"]), (&json!("Be kind."), &json!("b")));
    assert_eq!((&reply["error"], &reply["tools"], &reply["tool_choice"]), (&Value::Null, &json!([]), &json!("auto")));
    assert!(text(&reply).contains(nonce_of(&effects).expect("free text carries one")));
    let [Effect::Seen(Seen::Completion { prompt, .. })] = effects.as_slice() else { panic!("{effects:?}") };
    assert!(prompt.contains("Be kind.") && prompt.contains("A-1007"));
    assert!(reply["usage"]["total_tokens"].as_u64().is_some_and(|tokens| tokens > 0));
}

#[test]
fn a_stream_has_its_events_in_order_numbered_and_named() {
    let mut model = model();
    let handled = model.handle(&asked(json!({"stream": true})), Time::ZERO);
    assert_eq!(header(&handled, "content-type"), Some("text/event-stream; charset=utf-8"));
    let events = events(&handled.reply.body);
    for (number, (name, data)) in events.iter().enumerate() {
        assert_eq!((data["type"].as_str(), &data["sequence_number"]), (Some(name.as_str()), &json!(number)));
    }
    let mut names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
    names.dedup();
    let wanted = [
        "created",
        "in_progress",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ];
    assert_eq!(names, wanted.map(|name| format!("response.{name}")));
    let joined: String = events.iter().filter_map(|(_, data)| data["delta"].as_str()).collect();
    let last = &events.last().expect("some").1["response"];
    assert_eq!((joined.as_str(), &last["status"]), (text(last), &json!("completed")));
    assert_eq!(events[0].1["response"]["output"], json!([]));
}

#[test]
fn a_call_of_a_function_has_its_ids_and_fits_its_schema() {
    let tools = json!([{"type": "web_search"}, {"type": "function", "name": "find_order", "parameters": {
        "type": "object", "required": ["order"], "properties": {"order": {"type": "string"}}}}]);
    let body = json!({"tools": tools, "tool_choice": "required"});
    let (_, reply, effects) = create(body.clone());
    let call = &reply["output"][0];
    assert_eq!(
        (&call["type"], &call["name"], nonce_of(&effects)),
        (&json!("function_call"), &json!("find_order"), None)
    );
    assert!(call["call_id"].as_str().is_some_and(|id| id.starts_with("call_")));
    assert!(call["id"].as_str().is_some_and(|id| id.starts_with("fc_")));
    let arguments: Value = serde_json::from_str(call["arguments"].as_str().expect("text")).expect("JSON");
    assert!(arguments["order"].as_str().is_some_and(|order| order.contains("A-1007")));
    assert_eq!(reply["tools"][1]["strict"], true);

    let mut streamed = body;
    streamed["stream"] = json!(true);
    let handled = model().handle(&asked(streamed), Time::ZERO);
    let events = events(&handled.reply.body);
    let deltas = events.iter().filter(|(name, _)| name == "response.function_call_arguments.delta");
    let joined: String = deltas.filter_map(|(_, data)| data["delta"].as_str()).collect();
    let (_, done) = events.iter().find(|(name, _)| name == "response.function_call_arguments.done").expect("done");
    assert_eq!((done["arguments"].as_str(), &done["name"]), (Some(joined.as_str()), &json!("find_order")));
    let by_name = json!({"tools": tools, "tool_choice": {"type": "function", "name": "nobody"}});
    assert_eq!(create(by_name).0, 400);
}

#[test]
fn structured_output_fits_its_schema() {
    let schema = json!({"type": "object", "required": ["kind", "reply"], "additionalProperties": false,
        "properties": {"kind": {"enum": ["a", "b"]}, "reply": {"type": "string"}}});
    let format = json!({"type": "json_schema", "name": "t", "schema": schema, "strict": true});
    let (_, reply, effects) = create(json!({"text": {"format": format}}));
    let out: Value = serde_json::from_str(text(&reply)).expect("JSON");
    assert_eq!(out["kind"], "a");
    assert!(out["reply"].as_str().is_some_and(|reply| reply.contains(nonce_of(&effects).expect("a nonce"))));
    assert_eq!((&reply["text"]["format"]["name"], &reply["text"]["verbosity"]), (&json!("t"), &json!("medium")));
    assert_eq!(create(json!({"text": {"format": {"type": "json_schema"}}})).0, 400);
}

#[test]
fn a_response_is_kept_and_a_later_one_goes_on_from_it() {
    let mut model = model();
    let (_, first, _) = ask(&mut model, &asked(json!({})));
    let id = first["id"].as_str().expect("an id");
    let path = format!("/v1/responses/{id}");
    assert_eq!(ask(&mut model, &request(Method::GET, &path, "")).1, first);
    let (_, second, effects) = ask(&mut model, &asked(json!({"input": "And now?", "previous_response_id": id})));
    assert_eq!(second["previous_response_id"], first["id"]);
    assert!(matches!(&effects[0], Effect::Seen(Seen::Completion { prompt, .. }) if prompt.contains("A-1007")));
    assert_eq!(ask(&mut model, &request(Method::DELETE, &path, "")).1["deleted"], true);
    assert_eq!(ask(&mut model, &request(Method::GET, &path, "")).0, 404);
    let (status, error, _) = ask(&mut model, &asked(json!({"previous_response_id": id})));
    assert_eq!((status, &error["error"]["code"]), (400, &json!("previous_response_not_found")));
    let (_, unkept, _) = ask(&mut model, &asked(json!({"store": false, "input": "x"})));
    let path = format!("/v1/responses/{}", unkept["id"].as_str().expect("an id"));
    assert_eq!((ask(&mut model, &request(Method::GET, &path, "")).0, &unkept["store"]), (404, &json!(false)));
}

#[test]
fn items_are_read_whatever_they_are() {
    let input = json!([
        {"role": "user", "content": [{"type": "input_text", "text": "Where is parcel A-9?"}, {"type": "input_image", "image_url": "x"}]},
        {"type": "reasoning", "id": "rs_1", "summary": []},
        {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c", "output": "it is in Lyon"},
    ]);
    let (status, _, effects) = create(json!({ "input": input }));
    let [Effect::Seen(Seen::Completion { prompt, .. })] = effects.as_slice() else { panic!("{effects:?}") };
    assert!(status == 200 && prompt.contains("A-9") && prompt.contains("in Lyon"), "{prompt}");
}

#[test]
fn what_is_wrong_is_refused_in_the_vendors_words() {
    for (body, status, code) in [
        ("{", 400, Value::Null),
        ("[]", 400, json!("invalid_type")),
        ("{}", 400, json!("missing_required_parameter")),
        (r#"{"model":"gpt-4o"}"#, 400, json!("missing_required_parameter")),
        (r#"{"model":"gpt-4o","input":7}"#, 400, json!("invalid_type")),
        (r#"{"model":"gpt-4o","input":"x","max_output_tokens":1}"#, 400, json!("integer_out_of_range")),
        (r#"{"model":"nobody","input":"x"}"#, 404, json!("model_not_found")),
    ] {
        let (got, reply, effects) = ask(&mut model(), &request(Method::POST, "/v1/responses", body));
        assert_eq!((got, &reply["error"]["code"], effects.len()), (status, &code, 0), "{body}");
    }
    assert_eq!(ask(&mut model(), &request(Method::PUT, "/v1/responses/resp_1", "")).0, 405);
}

#[test]
fn knobs_spoil_a_response_too() {
    let turned = |knob: &str, body: Value| model().handle_with(knob, &asked(body), Time::ZERO);
    let whole = |handled: &Handled| match &handled.reply.body {
        Body::Full(bytes) => serde_json::from_slice::<Value>(bytes).expect("JSON"),
        _ => panic!("it comes at once"),
    };
    let failed = turned("response_failed", json!({"stream": true}));
    let events = events(&failed.reply.body);
    let names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["response.created", "response.in_progress", "response.failed"]);
    assert_eq!(events[2].1["response"]["error"]["code"], "server_error");
    assert!(failed.effects.is_empty());
    assert_eq!(whole(&turned("response_failed", json!({})))["status"], "failed");
    let filtered = whole(&turned("content_filter", json!({})));
    assert_eq!(filtered["incomplete_details"]["reason"], "content_filter");
    assert_eq!(whole(&turned("empty_choices", json!({})))["output"], json!([]));
    let short = whole(&model().handle(&asked(json!({"max_output_tokens": 20})), Time::ZERO));
    assert_eq!(
        (&short["status"], &short["incomplete_details"]["reason"]),
        (&json!("incomplete"), &json!("max_output_tokens"))
    );
    let Body::Stream(slow) = turned("slow_tokens", json!({"stream": true})).reply.body else { panic!("a stream") };
    assert!(slow[1].0 >= Span::from_secs(1));
}

proptest::proptest! {
    #[test]
    fn no_body_panics(body: Vec<u8>) {
        model().handle(&request(Method::POST, "/v1/responses", body), Time::ZERO);
    }
}
