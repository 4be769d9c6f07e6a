//! Chat completions, models and what all endpoints share.

use super::*;
use hyper::header::{AUTHORIZATION, HeaderValue};

fn chat_request(mut body: Value) -> Request {
    body["model"] = body.get("model").cloned().unwrap_or(json!("gpt-4o-mini"));
    if body.get("messages").is_none() {
        body["messages"] = json!([{"role": "user", "content": "Where is my order A-1007?"}]);
    }
    request(Method::POST, "/v1/chat/completions", body.to_string())
}

fn chat(body: Value) -> (u16, Value, Vec<Effect>) {
    ask(&mut OpenAi::new(Settings::default()), &chat_request(body))
}

fn content(reply: &Value) -> &str {
    reply["choices"][0]["message"]["content"].as_str().expect("words")
}

#[test]
fn a_plain_answer_has_every_required_key_and_a_nonce() {
    let (status, reply, effects) = chat(json!({}));
    assert_eq!((status, &reply["object"]), (200, &json!("chat.completion")));
    assert!(reply["id"].as_str().is_some_and(|id| id.starts_with("chatcmpl-")));
    assert_eq!(reply["choices"][0]["finish_reason"], "stop");
    let usage = &reply["usage"];
    let sum = usage["prompt_tokens"].as_u64().zip(usage["completion_tokens"].as_u64()).map(|(a, b)| a + b);
    assert_eq!(usage["total_tokens"].as_u64(), sum);
    let nonce = nonce_of(&effects).expect("free text carries one");
    assert!(content(&reply).contains(&format!("Ref. {nonce}.")), "{reply}");
    assert!(matches!(&effects[0], Effect::Seen(Seen::Completion { prompt, .. }) if prompt.contains("A-1007")));
}

#[test]
fn nonces_depend_on_the_words_and_on_how_often_they_came_not_on_what_others_asked() {
    let ours = chat_request(json!({}));
    let theirs = chat_request(json!({"messages": [{"role": "user", "content": "Refund for A-2000 please"}]}));
    let mut quiet = OpenAi::new(Settings::default());
    let mut busy = OpenAi::new(Settings::default());
    let first = nonce_of(&ask(&mut quiet, &ours).2).map(str::to_owned);
    ask(&mut busy, &theirs);
    assert_eq!(nonce_of(&ask(&mut busy, &ours).2).map(str::to_owned), first);
    assert_ne!(nonce_of(&ask(&mut busy, &ours).2).map(str::to_owned), first);
    let mut other = OpenAi::new(Settings { name: "llm-backup".into(), ..Settings::default() });
    assert_ne!(nonce_of(&ask(&mut other, &ours).2).map(str::to_owned), first);
}

#[test]
fn short_answers_and_tool_calls_carry_no_nonce() {
    let (_, reply, effects) = chat(json!({"max_tokens": 16}));
    assert_eq!((nonce_of(&effects), &reply["choices"][0]["finish_reason"]), (None, &json!("length")));
    let (_, reply, effects) = chat(json!({"max_completion_tokens": 30}));
    assert_eq!(reply["choices"][0]["finish_reason"], "length");
    assert!(content(&reply).contains(nonce_of(&effects).expect("room enough")));
}

#[test]
fn a_required_tool_is_called_with_arguments_that_fit() {
    let parameters = json!({
        "type": "object",
        "required": ["order", "kind", "count"],
        "properties": {
            "order": {"type": "string"},
            "kind": {"type": "string", "enum": ["lookup", "cancel"]},
            "count": {"type": "integer", "minimum": 3},
            "note": {"type": ["string", "null"]},
        },
    });
    let tools = json!([{"type": "function", "function": {"name": "find_order", "parameters": parameters}}]);
    for (choice, finish) in
        [(json!("required"), "tool_calls"), (json!({"type": "function", "function": {"name": "find_order"}}), "stop")]
    {
        let (_, reply, effects) = chat(json!({"tools": tools, "tool_choice": choice}));
        let choice = &reply["choices"][0];
        assert_eq!((&choice["finish_reason"], &choice["message"]["content"]), (&json!(finish), &Value::Null));
        let call = &choice["message"]["tool_calls"][0];
        assert_eq!(call["function"]["name"], "find_order");
        let arguments: Value =
            serde_json::from_str(call["function"]["arguments"].as_str().expect("a text")).expect("JSON");
        assert!(arguments["order"].as_str().is_some_and(|order| order.contains("A-1007")));
        assert_eq!((&arguments["kind"], &arguments["count"]), (&json!("lookup"), &json!(3)));
        assert_eq!(nonce_of(&effects), None);
    }
    for (choice, finish) in [("auto", "tool_calls"), ("none", "stop")] {
        let (_, reply, _) = chat(json!({"tools": tools, "tool_choice": choice}));
        assert_eq!(reply["choices"][0]["finish_reason"], finish);
    }
    assert_eq!(chat(json!({"tools": tools, "tool_choice": {"type": "function", "function": {"name": "x"}}})).0, 400);
    assert_eq!(chat(json!({"tool_choice": "required"})).0, 400);
}

#[test]
fn structured_output_fits_its_schema_and_carries_the_nonce_in_its_first_free_text() {
    let schema = json!({
        "type": "object",
        "required": ["category", "urgent", "score", "tags", "reply", "steps", "next"],
        "additionalProperties": false,
        "properties": {
            "category": {"enum": ["billing", "delivery"]},
            "urgent": {"type": "boolean"},
            "score": {"type": "number", "minimum": 0, "maximum": 0.5},
            "tags": {"type": "array", "items": {"type": "string", "maxLength": 12}, "minItems": 2},
            "reply": {"type": "string"},
            "steps": {"type": "array", "items": {"$ref": "#/$defs/step"}},
            "next": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/step"}]},
        },
        "$defs": {"step": {
            "type": "object",
            "required": ["do"],
            "properties": {"do": {"type": "string"}, "then": {"$ref": "#/$defs/step"}},
        }},
    });
    let format = json!({"type": "json_schema", "json_schema": {"name": "triage", "strict": true, "schema": schema}});
    let (_, reply, effects) = chat(json!({"response_format": format}));
    let out: Value = serde_json::from_str(content(&reply)).expect("JSON");
    assert_eq!((&out["category"], &out["urgent"]), (&json!("billing"), &json!(true)));
    assert!(out["score"].as_f64().is_some_and(|score| (0.0..=0.5).contains(&score)), "{out}");
    assert_eq!(out["tags"].as_array().map(Vec::len), Some(2));
    assert!(out["tags"][0].as_str().is_some_and(|tag| tag.len() <= 12));
    assert!(out["steps"][0]["do"].is_string() && out["next"]["do"].is_string());
    assert!(out["reply"].as_str().is_some_and(|text| text.contains(nonce_of(&effects).expect("a nonce"))));

    let two = json!({"type": "object", "properties": {"kind": {"type": "string"}, "reply": {"type": "string"}}});
    let format = json!({"type": "json_schema", "json_schema": {"name": "t", "schema": two}});
    let (_, reply, effects) = chat(json!({"response_format": format}));
    let out: Value = serde_json::from_str(content(&reply)).expect("JSON");
    assert_eq!(out["kind"], "as agreed", "what is meant for the customer goes into the field that is");
    assert!(out["reply"].as_str().is_some_and(|text| text.contains(nonce_of(&effects).expect("a nonce"))));

    let only_enum = json!({"type": "object", "properties": {"a": {"enum": ["x"]}}, "required": ["a"]});
    let format = json!({"type": "json_schema", "json_schema": {"name": "t", "schema": only_enum}});
    assert_eq!(nonce_of(&chat(json!({"response_format": format})).2), None);
    let (_, reply, _) = chat(json!({"response_format": {"type": "json_object"}}));
    assert!(serde_json::from_str::<Value>(content(&reply)).is_ok_and(|out| out.is_object()));
}

#[test]
fn several_choices_are_several_answers() {
    let (_, reply, effects) = chat(json!({"n": 3}));
    assert_eq!(reply["choices"].as_array().map(Vec::len), Some(3));
    assert_eq!(reply["choices"][2]["index"], 2);
    assert_eq!(effects.len(), 3);
}

#[test]
fn a_streamed_text_is_the_plain_text() {
    let (_, plain, _) = chat(json!({}));
    let mut model = OpenAi::new(Settings::default());
    let Body::Stream(chunks) = model.handle(&chat_request(json!({"stream": true})), Time::ZERO).reply.body else {
        panic!("a stream")
    };
    let text: String = chunks
        .iter()
        .filter_map(|(_, bytes)| std::str::from_utf8(bytes).ok()?.strip_prefix("data: {")?.strip_suffix("\n\n"))
        .filter_map(|rest| serde_json::from_str::<Value>(&format!("{{{rest}")).ok())
        .filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str().map(str::to_owned))
        .collect();
    assert_eq!(text, content(&plain));
}

#[test]
fn streamed_tool_calls_carry_an_index_and_fragments_that_join() {
    let tools = json!([{"type": "function", "function": {"name": "f", "parameters": {
        "type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}}}]);
    let asked = chat_request(json!({"stream": true, "tools": tools, "tool_choice": "required"}));
    let Body::Stream(chunks) = OpenAi::new(Settings::default()).handle(&asked, Time::ZERO).reply.body else {
        panic!("a stream")
    };
    let mut arguments = String::new();
    for (_, bytes) in &chunks {
        let data = std::str::from_utf8(bytes).expect("text").trim_start_matches("data: ").trim_end();
        if let Ok(chunk) = serde_json::from_str::<Value>(data) {
            let call = &chunk["choices"][0]["delta"]["tool_calls"][0];
            if !call.is_null() {
                assert_eq!(call["index"], 0);
                arguments.push_str(call["function"]["arguments"].as_str().expect("a fragment"));
            }
        }
    }
    assert!(serde_json::from_str::<Value>(&arguments).is_ok_and(|arguments| arguments["text"].is_string()));
}

#[test]
fn errors_have_all_four_keys_and_the_vendors_statuses() {
    let path = "/v1/chat/completions";
    let mut model = OpenAi::new(Settings::default());
    for (method, path, body, status, code) in [
        (Method::POST, path, "", 400, Value::Null),
        (Method::POST, path, "{\"model\":", 400, Value::Null),
        (Method::POST, path, "{}", 400, Value::Null),
        (Method::POST, path, r#"{"model":7}"#, 400, json!("invalid_type")),
        (Method::POST, path, r#"{"model":"gpt-4o"}"#, 400, json!("missing_required_parameter")),
        (Method::POST, path, r#"{"model":"gpt-4o","messages":[]}"#, 400, json!("empty_array")),
        (
            Method::POST,
            path,
            r#"{"model":"nobody","messages":[{"role":"user","content":"x"}]}"#,
            404,
            json!("model_not_found"),
        ),
        (Method::POST, path, r#"{"model":"gpt-4o","messages":[{}],"n":0}"#, 400, json!("integer_out_of_range")),
        (Method::GET, path, "", 405, json!("method_not_supported")),
        (Method::GET, "/v1/models/nobody", "", 404, json!("model_not_found")),
        (Method::GET, "/v1/nothing", "", 404, Value::Null),
    ] {
        let (got, reply, effects) = ask(&mut model, &request(method, path, body));
        let error = reply["error"].as_object().expect("an error");
        assert_eq!((got, &error["code"]), (status, &code), "{body}");
        assert!(["message", "type", "param", "code"].iter().all(|key| error.contains_key(*key)));
        assert!(effects.is_empty());
    }
    let mut stranger = chat_request(json!({}));
    stranger.headers.remove(AUTHORIZATION);
    let (status, reply, _) = ask(&mut model, &stranger);
    assert_eq!((status, &reply["error"]["code"]), (401, &json!("invalid_api_key")));
    stranger.headers.insert(AUTHORIZATION, HeaderValue::from_static("Bearer sk-live-something"));
    let (status, reply, _) = ask(&mut model, &stranger);
    assert_eq!(status, 401);
    assert!(!reply.to_string().contains("something"), "a key is never quoted");
}

#[test]
fn models_are_listed_and_dated_names_are_known() {
    let mut model = OpenAi::new(Settings::default());
    let (_, list, _) = ask(&mut model, &request(Method::GET, "/v1/models", ""));
    assert!(list["object"] == "list" && list["data"].as_array().is_some_and(|data| data.len() > 5));
    for (name, status) in [
        ("gpt-4o-mini", 200),
        ("gpt-4o-2024-08-06", 200),
        ("gpt-4-0613", 200),
        ("gpt-6.1-mini", 200),
        ("gpt-4o-audio-preview-2025-06-03", 200),
        ("gpt-3.5-turbo-16k-0613", 200),
        ("gpt-4o-x", 404),
        ("gpt-x", 404),
        ("gpt-6-x", 404),
    ] {
        let (got, reply, _) = ask(&mut model, &request(Method::GET, &format!("/v1/models/{name}"), ""));
        assert_eq!(got, status, "{name}");
        assert!(got != 200 || reply["id"] == name);
    }
}

#[test]
fn knobs_spoil_the_quality() {
    let mut model = OpenAi::new(Settings::default());
    let mut turned = |knob: &str, body: Value| {
        let Body::Full(bytes) = model.handle_with(knob, &chat_request(body), Time::ZERO).reply.body else { panic!() };
        serde_json::from_slice::<Value>(&bytes).expect("JSON")
    };
    assert_eq!(turned("empty_choices", json!({}))["choices"], json!([]));
    assert_eq!(turned("content_filter", json!({}))["choices"][0]["finish_reason"], "content_filter");
    let tools = json!([{"type": "function", "function": {"name": "f"}}]);
    let reply = turned("bad_tool_json", json!({"tools": tools, "tool_choice": "required"}));
    let arguments = reply["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"].as_str();
    assert!(serde_json::from_str::<Value>(arguments.expect("a text")).is_err());
    assert_eq!(turned("nobody_knows_this", json!({}))["choices"][0]["finish_reason"], "stop");
    let slow = model.handle_with("slow_tokens", &chat_request(json!({"stream": true})), Time::ZERO);
    let Body::Stream(chunks) = slow.reply.body else { panic!("a stream") };
    assert!(chunks[1].0 >= Span::from_secs(1));
}

#[test]
fn content_may_come_in_parts_or_not_at_all() {
    let parts = json!([{"role": "user", "content": [{"type": "text", "text": "my parcel"}, {"type": "image_url", "image_url": {"url": "x"}}]}]);
    let (status, reply, _) = chat(json!({"messages": parts}));
    assert_eq!(status, 200);
    assert!(content(&reply).contains("on its way"));
    let after_tool = json!([
        {"role": "user", "content": "parcel"},
        {"role": "assistant", "content": null, "tool_calls": []},
        {"role": "tool", "tool_call_id": "c", "content": "{}"},
    ]);
    assert_eq!(chat(json!({"messages": after_tool, "stream": null, "tools": null})).0, 200);
}

#[test]
fn a_schema_that_explodes_is_answered_in_bounds() {
    let properties: serde_json::Map<String, Value> = (0..60).map(|n| (format!("p{n}"), json!({"$ref": "#"}))).collect();
    let schema = json!({"type": "object", "properties": properties});
    let format = json!({"type": "json_schema", "json_schema": {"name": "t", "schema": schema}});
    let (status, reply, _) = chat(json!({"response_format": format}));
    assert_eq!(status, 200);
    assert!(content(&reply).len() < 1_000_000);
}

proptest::proptest! {
    #[test]
    fn no_body_panics(body: Vec<u8>) {
        let mut model = OpenAi::new(Settings::default());
        model.handle(&request(Method::POST, "/v1/chat/completions", body), Time::ZERO);
    }

    #[test]
    fn no_schema_panics(words in proptest::collection::vec(0usize..14, 0..10), numbers in proptest::collection::vec(-1e18f64..1e18, 10)) {
        let names = ["type", "minimum", "maximum", "exclusiveMinimum", "multipleOf", "minItems", "maxItems", "minLength",
            "maxLength", "items", "anyOf", "allOf", "$ref", "enum"];
        let mut schema = json!({"type": "object"});
        for (word, number) in words.iter().zip(numbers) {
            let kinds = ["integer", "number", "array", "string", "object"];
            let value = match names[*word] {
                "type" => json!(kinds[(number.abs() as usize) % 5]),
                "items" => schema.clone(),
                "anyOf" | "allOf" => json!([schema.clone()]),
                "$ref" => json!("#"),
                "enum" => json!([]),
                "minItems" | "maxItems" | "minLength" | "maxLength" => json!(number.abs() as u64),
                _ => json!(number),
            };
            schema[names[*word]] = value;
        }
        let format = json!({"type": "json_schema", "json_schema": {"name": "t", "schema": schema}});
        chat(json!({"response_format": format}));
    }
}

#[test]
fn a_tool_that_takes_the_customers_order_number_is_called_once_and_then_the_model_speaks() {
    let tool = json!({"type": "function", "function": {
        "name": "get_order_status", "description": "Where an order is",
        "parameters": {"type": "object", "required": ["order_id", "language"], "properties": {
            "order_id": {"type": "string"}, "language": {"enum": ["en"]}, "note": {"type": "string"},
        }},
    }});
    let mut model = OpenAi::new(Settings::default());
    let mut chat = |messages: Value, choice: Value| {
        let body = json!({"model": "gpt-4o", "messages": messages, "tools": [tool], "tool_choice": choice});
        let (status, answer, effects) =
            ask(&mut model, &request(Method::POST, "/v1/chat/completions", body.to_string()));
        assert_eq!(status, 200);
        (answer["choices"][0].clone(), nonce_of(&effects).is_some())
    };
    let asks = json!({"role": "user", "content": "Where is my order A-1042?"});
    let (choice, nonce) = chat(json!([asks]), json!("auto"));
    let call = &choice["message"]["tool_calls"][0];
    assert_eq!((choice["finish_reason"].as_str(), nonce), (Some("tool_calls"), false));
    assert_eq!(call["function"]["arguments"], r#"{"order_id":"A-1042","language":"en"}"#);
    let answered =
        json!([asks, choice["message"], {"role": "tool", "tool_call_id": call["id"], "content": "on its way"}]);
    let (choice, nonce) = chat(answered, Value::Null);
    assert_eq!((choice["finish_reason"].as_str(), nonce), (Some("stop"), true));
    for (words, how) in [("Where is my order A-1042?", "none"), ("Do you open on Sundays?", "auto")] {
        let (choice, _) = chat(json!([{"role": "user", "content": words}]), json!(how));
        assert_eq!(choice["finish_reason"], "stop", "{words} {how}");
    }
}
