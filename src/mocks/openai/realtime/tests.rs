//! Sessions, event by event, as the vendor documents them.

use super::super::{OpenAi, Settings};
use super::*;
use crate::mocks::socket::Say;
use crate::mocks::vendor::{Seen, Vendor};
use crate::mocks::voice::{self, Ear};
use crate::time::Span;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::{HeaderMap, Method, body::Bytes};
use proptest::prelude::*;
use serde_json::{Value, json};

const SOCKET: SocketId = SocketId(3);

fn request(query: &str, headers: &[(&'static str, &str)]) -> Request {
    let mut all = HeaderMap::new();
    for (name, value) in headers {
        all.insert(*name, value.parse().expect("plain ASCII"));
    }
    let (method, path) = (Method::GET, "/v1/realtime".to_owned());
    Request { method, path, query: query.to_owned(), headers: all, body: Bytes::new() }
}

/// A session that is open, and what it is told first.
fn open(model: &mut OpenAi, knob: Option<&str>, headers: &[(&'static str, &str)]) -> Vec<Value> {
    let asked = request("model=gpt-realtime", &[&[("authorization", "Bearer sk-mock")], headers].concat());
    let handled = match knob {
        None => model.handle(&asked, Time::ZERO),
        Some(knob) => model.handle_with(knob, &asked, Time::ZERO),
    };
    let Body::Socket(opening) = handled.reply.body else { panic!("{:?} is no socket", handled.reply) };
    assert!(opening.ping_every.is_some(), "a client that is gone without a word is noticed");
    events(&model.opened(SOCKET, &opening, Time::ZERO))
}

fn events(effects: &[Effect]) -> Vec<Value> {
    let frames = effects.iter().filter_map(|effect| match effect {
        Effect::Socket(SOCKET, Say::Frames(frames)) => Some(frames.clone()),
        _ => None,
    });
    let texts = frames.flatten().map(|(_, frame)| match frame {
        Frame::Text(text) => serde_json::from_str(&text).expect("it is JSON"),
        other => panic!("{other:?} is no text"),
    });
    texts.collect()
}

fn tell(model: &mut OpenAi, event: &Value, now: Time) -> Vec<Effect> {
    model.said(SOCKET, Frame::Text(event.to_string()), now)
}

fn types(events: &[Value]) -> Vec<&str> {
    let mut types: Vec<&str> = events.iter().map(|event| event["type"].as_str().unwrap_or_default()).collect();
    types.dedup();
    types
}

fn of<'a>(events: &'a [Value], kind: &str) -> Vec<&'a Value> {
    events.iter().filter(|event| event["type"] == kind).collect()
}

fn ask(words: &str) -> Value {
    let content = json!([{"type": "input_text", "text": words}]);
    json!({"type": "conversation.item.create", "item": {"type": "message", "role": "user", "content": content}})
}

fn append(sound: &[u8]) -> Value {
    json!({"type": "input_audio_buffer.append", "audio": STANDARD.encode(sound)})
}

#[test]
fn a_spoken_answer_comes_in_the_documented_order_and_its_sound_says_its_words() {
    let mut model = OpenAi::new(Settings::default());
    let first = open(&mut model, None, &[]);
    assert_eq!((types(&first), &first[0]["session"]["type"]), (vec!["session.created"], &json!("realtime")));
    let put = events(&tell(&mut model, &ask("Where is my parcel?"), Time::ZERO));
    assert_eq!(types(&put), ["conversation.item.added", "conversation.item.done"]);
    let effects = tell(&mut model, &json!({"type": "response.create"}), Time::ZERO);
    let said = events(&effects);
    let deltas = ["response.output_audio_transcript.delta", "response.output_audio.delta"];
    let mut order = types(&said);
    order.retain(|kind| !deltas.contains(kind));
    assert_eq!(
        order,
        [
            "response.created",
            "rate_limits.updated",
            "response.output_item.added",
            "conversation.item.added",
            "response.content_part.added",
            "response.output_audio.done",
            "response.output_audio_transcript.done",
            "response.content_part.done",
            "response.output_item.done",
            "conversation.item.done",
            "response.done",
        ]
    );
    let transcript: String = of(&said, deltas[0]).iter().filter_map(|event| event["delta"].as_str()).collect();
    let sound: Vec<u8> = of(&said, deltas[1])
        .iter()
        .flat_map(|event| STANDARD.decode(event["delta"].as_str().unwrap_or_default()).expect("base64"))
        .collect();
    let samples: Vec<i16> = sound.chunks(2).map(|two| i16::from_le_bytes([two[0], two[1]])).collect();
    assert_eq!(Ear::default().hear(&voice::slower(&samples)).concat(), transcript);
    assert!(transcript.contains("on its way"), "{transcript}");
    let done = &said.last().expect("there is one")["response"];
    assert_eq!(
        (&done["status"], &done["output"][0]["content"][0]["transcript"]),
        (&json!("completed"), &json!(transcript))
    );
    assert!(done["usage"]["total_tokens"].as_u64().is_some_and(|tokens| tokens > 10));
    let seen = effects.iter().find_map(|effect| if let Effect::Seen(seen) = effect { Some(seen) } else { None });
    let Some(Seen::Completion { nonce: Some(nonce), prompt, .. }) = seen else { panic!("{seen:?}") };
    assert!(transcript.contains(nonce.as_str()) && prompt.contains("Where is my parcel?"));
    let ids: std::collections::BTreeSet<String> = said.iter().map(|event| event["event_id"].to_string()).collect();
    assert_eq!(ids.len(), said.len());
}

#[test]
fn text_is_answered_in_text_and_the_beta_has_its_own_names() {
    let mut model = OpenAi::new(Settings::default());
    open(&mut model, None, &[]);
    tell(
        &mut model,
        &json!({"type": "session.update", "session": {"type": "realtime", "output_modalities": ["text"]}}),
        Time::ZERO,
    );
    tell(&mut model, &ask("refund"), Time::ZERO);
    let said = events(&tell(
        &mut model,
        &json!({"type": "response.create", "response": {"max_output_tokens": 20}}),
        Time::ZERO,
    ));
    assert!(!of(&said, "response.output_text.delta").is_empty() && of(&said, "response.output_audio.delta").is_empty());
    let done = &said.last().expect("there is one")["response"];
    assert_eq!(
        (&done["status"], &done["status_details"]["reason"]),
        (&json!("incomplete"), &json!("max_output_tokens"))
    );

    let first = open(&mut model, None, &[("openai-beta", "realtime=v1")]);
    assert_eq!(first[0]["session"]["input_audio_format"], "pcm16");
    let put = events(&tell(&mut model, &ask("refund"), Time::ZERO));
    assert_eq!(types(&put), ["conversation.item.created"]);
    let said = events(&tell(&mut model, &json!({"type": "response.create"}), Time::ZERO));
    assert!(!of(&said, "response.audio.delta").is_empty() && !of(&said, "response.audio_transcript.done").is_empty());
    assert_eq!(said.last().expect("there is one")["response"]["output"][0]["content"][0]["type"], "audio");
}

#[test]
fn speech_is_heard_committed_and_answered() {
    let mut model = OpenAi::new(Settings::default());
    open(&mut model, None, &[]);
    let audio = json!({"input": {"format": {"type": "audio/pcmu"}, "transcription": {"model": "whisper-1"}}, "output": {"format": {"type": "audio/pcmu"}}});
    let update = json!({"type": "session.update", "session": {"type": "realtime", "audio": audio}});
    let updated = events(&tell(&mut model, &update, Time::ZERO));
    assert_eq!(
        updated[0]["session"]["audio"]["output"],
        json!({"format": {"type": "audio/pcmu"}, "voice": "marin", "speed": 1.0})
    );
    let sound: Vec<u8> =
        [voice::speak("I want a refund."), vec![0; 8_000]].concat().into_iter().map(voice::mulaw).collect();
    let all: Vec<Value> =
        sound.chunks(160).flat_map(|frame| events(&tell(&mut model, &append(frame), Time::ZERO))).collect();
    let order = types(&all);
    assert_eq!(
        order[..7],
        [
            "input_audio_buffer.speech_started",
            "input_audio_buffer.speech_stopped",
            "input_audio_buffer.committed",
            "conversation.item.added",
            "conversation.item.done",
            "conversation.item.input_audio_transcription.delta",
            "conversation.item.input_audio_transcription.completed",
        ]
    );
    assert_eq!(of(&all, "conversation.item.input_audio_transcription.completed")[0]["transcript"], "I want a refund.");
    let done = &all.last().expect("there is one")["response"];
    assert!(done["output"][0]["content"][0]["transcript"].as_str().is_some_and(|said| said.contains("refund")));
    let sound: Vec<u8> = of(&all, "response.output_audio.delta")
        .iter()
        .flat_map(|event| STANDARD.decode(event["delta"].as_str().unwrap_or_default()).expect("base64"))
        .collect();
    let heard = Ear::default().hear(&sound.into_iter().map(voice::linear).collect::<Vec<i16>>());
    assert_eq!(json!(heard.concat()), done["output"][0]["content"][0]["transcript"]);
}

#[test]
fn who_says_when_commits_and_asks() {
    let mut model = OpenAi::new(Settings::default());
    open(&mut model, None, &[]);
    let update = json!({"type": "session.update", "session": {"type": "realtime", "audio": {"input": {"turn_detection": null}}}});
    tell(&mut model, &update, Time::ZERO);
    let commit = json!({"type": "input_audio_buffer.commit", "event_id": "mine"});
    let error = events(&tell(&mut model, &commit, Time::ZERO));
    assert_eq!(
        (&error[0]["error"]["code"], &error[0]["error"]["event_id"]),
        (&json!("input_audio_buffer_commit_empty"), &json!("mine"))
    );
    let sound: Vec<u8> = voice::faster(&voice::speak("Hello?")).into_iter().flat_map(i16::to_le_bytes).collect();
    assert!(events(&tell(&mut model, &append(&sound), Time::ZERO)).is_empty());
    let committed = events(&tell(&mut model, &commit, Time::ZERO));
    assert_eq!(
        types(&committed),
        ["input_audio_buffer.committed", "conversation.item.added", "conversation.item.done"]
    );
    tell(&mut model, &append(&sound), Time::ZERO);
    let cleared = events(&tell(&mut model, &json!({"type": "input_audio_buffer.clear"}), Time::ZERO));
    assert_eq!(types(&cleared), ["input_audio_buffer.cleared"]);
    assert_eq!(events(&tell(&mut model, &commit, Time::ZERO))[0]["type"], "error");
}

#[test]
fn a_response_can_be_cancelled_and_interrupted_while_it_is_said() {
    let mut model = OpenAi::new(Settings::default());
    open(&mut model, None, &[]);
    let (create, cancel) = (json!({"type": "response.create"}), json!({"type": "response.cancel"}));
    tell(&mut model, &create, Time::ZERO);
    let second = events(&tell(&mut model, &create, Time::ZERO));
    assert_eq!(second[0]["error"]["code"], "conversation_already_has_active_response");
    let effects = tell(&mut model, &cancel, Time::ZERO);
    assert!(matches!(effects[0], Effect::Socket(SOCKET, Say::Hush)), "what waits is forgotten");
    let done = &events(&effects)[0]["response"];
    assert_eq!((&done["status"], &done["status_details"]["reason"]), (&json!("cancelled"), &json!("client_cancelled")));
    assert_eq!(events(&tell(&mut model, &cancel, Time::ZERO))[0]["error"]["code"], "response_cancel_not_active");
    tell(&mut model, &create, Time::ZERO);
    let sound: Vec<u8> = voice::faster(&voice::speak("Stop!")).into_iter().flat_map(i16::to_le_bytes).collect();
    let said = events(&tell(&mut model, &append(&sound), Time::ZERO));
    assert_eq!(types(&said), ["response.done", "input_audio_buffer.speech_started"]);
    assert_eq!(said[0]["response"]["status_details"]["reason"], "turn_detected");
    tell(&mut model, &create, Time::ZERO);
    let later = Time::ZERO + Span::MINUTE;
    assert_eq!(
        events(&tell(&mut model, &cancel, later))[0]["error"]["code"],
        "response_cancel_not_active",
        "all was said"
    );
}

#[test]
fn a_function_is_called_where_the_client_insists() {
    let mut model = OpenAi::new(Settings::default());
    open(&mut model, None, &[]);
    let parameters = json!({"type": "object", "properties": {"order": {"type": "string"}}, "required": ["order"]});
    let tools = json!([{"type": "function", "name": "look_up", "parameters": parameters}]);
    let own = json!({"tools": tools, "tool_choice": "required"});
    tell(&mut model, &ask("Where is order 7?"), Time::ZERO);
    let said = events(&tell(&mut model, &json!({"type": "response.create", "response": own}), Time::ZERO));
    let done = of(&said, "response.function_call_arguments.done");
    let arguments: Value = serde_json::from_str(done[0]["arguments"].as_str().unwrap_or_default()).expect("JSON");
    assert_eq!((&done[0]["name"], arguments["order"].is_string()), (&json!("look_up"), true));
    let call = &said.last().expect("there is one")["response"]["output"][0]["call_id"];
    assert_eq!(call, &done[0]["call_id"]);
    let output = json!({"type": "function_call_output", "call_id": call, "output": "It was refunded."});
    let put = events(&tell(&mut model, &json!({"type": "conversation.item.create", "item": output}), Time::ZERO));
    assert_eq!(types(&put), ["conversation.item.added", "conversation.item.done"]);
}

#[test]
fn faults_strike_in_the_middle_of_a_response() {
    for (knob, count, last) in
        [("stall:4", 4, None), ("cut:4", 4, Some("Break")), ("end:4", 4, Some("Close")), ("error:4", 5, None)]
    {
        let mut model = OpenAi::new(Settings::default());
        open(&mut model, Some(knob), &[]);
        let effects = tell(&mut model, &json!({"type": "response.create"}), Time::ZERO);
        assert_eq!(events(&effects).len(), count, "{knob}");
        let end = effects.last().map(|effect| format!("{effect:?}")).unwrap_or_default();
        assert!(last.is_none_or(|last| end.contains(last)), "{knob}: {end}");
        let again = events(&tell(&mut model, &json!({"type": "response.cancel"}), Time::ZERO));
        assert_eq!(again.is_empty(), knob != "error:4", "{knob}");
    }
    let mut model = OpenAi::new(Settings::default());
    open(&mut model, Some("content_filter"), &[]);
    let said = events(&tell(&mut model, &json!({"type": "response.create"}), Time::ZERO));
    assert_eq!(said.last().expect("there is one")["response"]["status_details"]["reason"], "content_filter");
    let limits = super::super::Limits { requests: 1, tokens: 1_000_000 };
    let mut model = OpenAi::new(Settings { enforces: true, limits: Some(limits), ..Settings::default() });
    open(&mut model, None, &[]);
    tell(&mut model, &json!({"type": "response.create"}), Time::ZERO);
    let later = Time::ZERO + Span::from_secs(10);
    let said = events(&tell(&mut model, &json!({"type": "response.create"}), later));
    let done = &said.last().expect("there is one")["response"];
    assert_eq!(
        (&done["status"], &done["status_details"]["error"]["code"]),
        (&json!("failed"), &json!("rate_limit_exceeded"))
    );
}

#[test]
fn the_conversation_can_be_read_and_changed_and_errors_name_what_is_wrong() {
    let mut model = OpenAi::new(Settings::default());
    open(&mut model, None, &[]);
    let mut item = ask("one");
    item["item"]["id"] = json!("mine");
    tell(&mut model, &item, Time::ZERO);
    let at = |kind: &str| json!({"type": format!("conversation.item.{kind}"), "item_id": "mine", "content_index": 0, "audio_end_ms": 5});
    for (kind, told) in [("retrieve", "retrieved"), ("truncate", "truncated"), ("delete", "deleted")] {
        assert_eq!(events(&tell(&mut model, &at(kind), Time::ZERO))[0]["type"], format!("conversation.item.{told}"));
    }
    for (wrong, code) in [
        (at("delete"), "item_not_found"),
        (json!({"type": "session.update", "session": {}}), "invalid_value"),
        (
            json!({"type": "session.update", "session": {"type": "realtime", "audio": {"output": {"format": {"type": "audio/pcma"}}}}}),
            "invalid_value",
        ),
        (json!({"type": "input_audio_buffer.append", "audio": "*"}), "invalid_value"),
        (json!({"type": "conversation.item.create", "item": {"type": "x"}}), "invalid_value"),
        (json!({"type": "conversation.item.create", "item": {"type": "message"}}), "invalid_value"),
        (json!({"type": "sing"}), "invalid_value"),
        (json!([1]), "invalid_json"),
    ] {
        let error = events(&tell(&mut model, &wrong, Time::ZERO));
        assert_eq!((error.len(), &error[0]["error"]["code"]), (1, &json!(code)), "{wrong}");
    }
}

#[test]
fn a_session_needs_a_key_and_a_model() {
    let mut model = OpenAi::new(Settings::default());
    let mut status =
        |query: &str, headers: &[(&'static str, &str)]| match model.handle(&request(query, headers), Time::ZERO) {
            handled if matches!(handled.reply.body, Body::Socket(_)) => 101,
            handled => handled.reply.status,
        };
    let bearer = ("authorization", "Bearer sk-mock");
    assert_eq!(status("model=gpt-realtime", &[]), 401);
    assert_eq!(status("", &[bearer]), 400);
    assert_eq!(status("model=nobody", &[bearer]), 404);
    assert_eq!(status("model=gpt-4o-realtime-preview-2024-12-17", &[bearer]), 101);
    assert_eq!(status("api-version=1&deployment=mine", &[("api-key", "sk-mock")]), 101);
    let browser = ("sec-websocket-protocol", "realtime, openai-insecure-api-key.sk-mock, openai-beta.realtime-v1");
    assert_eq!(status("model=gpt-realtime", &[browser]), 101);
    let handled = model.handle(&request("model=gpt-realtime", &[browser]), Time::ZERO);
    let Body::Socket(opening) = handled.reply.body else { panic!("{:?}", handled.reply) };
    assert_eq!(opening.protocol.as_deref(), Some("realtime"));
    assert_eq!(events(&model.opened(SOCKET, &opening, Time::ZERO))[0]["session"]["voice"], "alloy", "the beta");
    model.closed(Some(SOCKET), &opening, &crate::mocks::socket::Ending::Ours, Time::ZERO);
    assert!(tell(&mut model, &ask("hi"), Time::ZERO).is_empty());
}

proptest! {
    #[test]
    fn anything_that_is_said_is_borne(
        said in proptest::collection::vec(("(session.update|input_audio_buffer.(append|commit|clear)|conversation.item.(create|delete|truncate)|response.(create|cancel))", "[a-z0-9\\[\\]{}\":,]{0,40}", "[A-Za-z0-9+/]{0,40}"), 1..12),
        raw in "\\PC{0,40}",
    ) {
        let mut model = OpenAi::new(Settings::default());
        open(&mut model, None, &[]);
        model.said(SOCKET, Frame::Text(raw), Time::ZERO);
        model.said(SOCKET, Frame::Binary(Bytes::from_static(b"\xff")), Time::ZERO);
        for (kind, junk, sound) in said {
            let junk: Value = serde_json::from_str(&junk).unwrap_or(json!({"type": "message", "content": [{"text": junk}, {"audio": sound}]}));
            let event = json!({"type": kind, "session": junk, "item": junk, "response": junk, "audio": sound, "item_id": junk});
            tell(&mut model, &event, Time::ZERO);
        }
    }
}
