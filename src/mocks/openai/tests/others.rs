//! Embeddings, sounds, Azure's paths and the limits.

use super::*;
use crate::mocks::asked::Asked;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

fn model() -> OpenAi {
    OpenAi::new(Settings::default())
}

fn post(path: &str, body: Value) -> (u16, Value) {
    let (status, reply, _) = ask(&mut model(), &request(Method::POST, path, body.to_string()));
    (status, reply)
}

#[test]
fn embeddings_come_in_order_in_both_encodings_and_in_the_length_asked_for() {
    let body = json!({"model": "text-embedding-3-small", "input": ["order", "refund", "order"]});
    let (status, floats) = post("/v1/embeddings", body.clone());
    let data = floats["data"].as_array().expect("a list");
    assert_eq!((status, data.len(), &data[2]["index"]), (200, 3, &json!(2)));
    assert_eq!(
        (&data[0]["embedding"], data[0]["embedding"].as_array().map(Vec::len)),
        (&data[2]["embedding"], Some(1_536))
    );
    assert_ne!(data[0]["embedding"], data[1]["embedding"]);
    let mut packed = body.clone();
    packed["encoding_format"] = json!("base64");
    let (_, packed) = post("/v1/embeddings", packed);
    let bytes = STANDARD.decode(packed["data"][1]["embedding"].as_str().expect("text")).expect("base64");
    let first = f32::from_le_bytes(bytes[..4].try_into().expect("four bytes"));
    assert_eq!((bytes.len(), Some(first)), (1_536 * 4, data[1]["embedding"][0].as_f64().map(|number| number as f32)));
    let mut short = body;
    short["dimensions"] = json!(64);
    assert_eq!(post("/v1/embeddings", short).1["data"][0]["embedding"].as_array().map(Vec::len), Some(64));
    let tokens = json!({"model": "text-embedding-ada-002", "input": [[1, 2], [3]]});
    assert_eq!(post("/v1/embeddings", tokens).1["data"].as_array().map(Vec::len), Some(2));
    for (wrong, status) in [
        (json!({"model": "gpt-4o", "input": "x"}), 403),
        (json!({"model": "text-embedding-3-small", "input": ""}), 400),
        (json!({"model": "text-embedding-3-small", "input": []}), 400),
        (json!({"model": "text-embedding-3-small", "input": {"a": 1}}), 400),
        (json!({"model": "text-embedding-3-small", "input": "x", "dimensions": 0}), 400),
        (json!({"model": "text-embedding-3-small", "input": "x", "encoding_format": "hex"}), 400),
        (json!({"model": "text-embedding-ada-002", "input": "x", "dimensions": 8}), 400),
        (json!({"model": "text-embedding-3-small", "input": vec!["x"; 2_049]}), 400),
    ] {
        assert_eq!(post("/v1/embeddings", wrong.clone()).0, status, "{wrong}");
    }
}

#[test]
fn speech_is_a_sound_of_the_form_asked_for() {
    let speak = |body: Value| model().handle(&request(Method::POST, "/v1/audio/speech", body.to_string()), Time::ZERO);
    let body = json!({"model": "gpt-4o-mini-tts", "voice": "alloy", "input": "Your order is on its way."});
    assert_eq!(header(&speak(body.clone()), "content-type"), Some("audio/mpeg"));
    let mut wav = body.clone();
    wav["response_format"] = json!("wav");
    let handled = speak(wav);
    assert!(matches!(&handled.reply.body, Body::Full(bytes) if bytes.starts_with(b"RIFF") && bytes.len() > 44));
    let mut streamed = body.clone();
    streamed["stream_format"] = json!("sse");
    let events = events(&speak(streamed).reply.body);
    assert_eq!(events.last().expect("some").1["type"], "speech.audio.done");
    for (name, value) in
        [("input", json!("")), ("voice", Value::Null), ("response_format", json!("ogg")), ("speed", json!(9))]
    {
        let mut wrong = body.clone();
        wrong[name] = value;
        assert_eq!(speak(wrong).reply.status, 400, "{name}");
    }
}

fn upload(fields: &[(&str, &str)]) -> Request {
    let mut body = String::new();
    for (name, value) in fields {
        let file = if *name == "file" { "; filename=\"call.wav\"" } else { "" };
        body.push_str(&format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{value}\r\n"));
    }
    let mut request = request(Method::POST, "/v1/audio/transcriptions", format!("{body}--XX--\r\n"));
    request.headers.insert("content-type", HeaderValue::from_static("multipart/form-data; boundary=XX"));
    request
}

#[test]
fn a_recording_always_says_the_same_in_every_form() {
    let base = [("model", "whisper-1"), ("file", "RIFF-some-sound")];
    let (status, reply, _) = ask(&mut model(), &upload(&base));
    let text = reply["text"].as_str().expect("text").to_owned();
    assert_eq!((status, &reply["usage"]["type"]), (200, &json!("duration")));
    let plain = model().handle(&upload(&[base[0], base[1], ("response_format", "text")]), Time::ZERO);
    assert!(matches!(&plain.reply.body, Body::Full(bytes) if bytes.starts_with(text.as_bytes())));
    let words = [base[0], base[1], ("response_format", "verbose_json"), ("timestamp_granularities[]", "word")];
    let (_, verbose, _) = ask(&mut model(), &upload(&words));
    assert_eq!((&verbose["text"], verbose["segments"].as_array().map(Vec::len)), (&json!(text), Some(1)));
    assert!(verbose["words"].as_array().is_some_and(|words| words.len() > 2));
    let streamed = model().handle(&upload(&[("model", "gpt-4o-transcribe"), base[1], ("stream", "true")]), Time::ZERO);
    let joined: String = events(&streamed.reply.body).iter().filter_map(|(_, data)| data["delta"].as_str()).collect();
    assert_eq!(joined, text);
    for wrong in [&base[..1], &base[1..], &[base[0], base[1], ("response_format", "x")], &[base[0], ("file", "")]] {
        assert_eq!(ask(&mut model(), &upload(wrong)).0, 400, "{wrong:?}");
    }
    let mut no_upload = upload(&base);
    no_upload.headers.remove("content-type");
    assert_eq!(ask(&mut model(), &no_upload).0, 400);
}

#[test]
fn azure_names_its_deployment_in_the_path_and_its_key_in_a_header_of_its_own() {
    let body = json!({"messages": [{"role": "user", "content": "parcel"}]}).to_string();
    let mut azure = request(Method::POST, "/openai/deployments/support-bot/chat/completions", body);
    azure.query = "api-version=2024-10-21".into();
    azure.headers.remove(AUTHORIZATION);
    azure.headers.insert("api-key", HeaderValue::from_static("sk-mock"));
    let (status, reply, effects) = ask(&mut model(), &azure);
    assert_eq!((status, &reply["model"], effects.len()), (200, &json!("gpt-4o"), 1));
    assert_eq!(model().endpoint(&azure), "chat.completions");
    azure.path = "/openai/deployments/gpt-4o-mini/chat/completions".into();
    assert_eq!(ask(&mut model(), &azure).1["model"], "gpt-4o-mini");
    let mut vectors = azure.clone();
    vectors.path = "/openai/deployments/help-pages/embeddings".into();
    vectors.body = json!({"input": "parcel"}).to_string().into();
    assert_eq!(ask(&mut model(), &vectors).1["model"], "text-embedding-3-small");
    azure.headers.insert("api-key", HeaderValue::from_static("wrong"));
    assert_eq!(ask(&mut model(), &azure).0, 401);
    azure.headers.insert("api-key", HeaderValue::from_static("sk-mock"));
    azure.query.clear();
    assert_eq!(ask(&mut model(), &azure).0, 404, "it wants its version");
}

#[test]
fn a_storm_earns_its_refusals_where_limits_are_set_and_each_model_has_its_own() {
    let mut model = model();
    let chat = |name: &str| {
        let body = json!({"model": name, "messages": [{"role": "user", "content": "x"}]});
        request(Method::POST, "/v1/chat/completions", body.to_string())
    };
    let limits = Asked::new(json!({"requests_per_minute": 2}), false).expect("an object");
    assert_eq!(model.aim(&limits, Time::ZERO).expect("it is taken").made["enforced"], true);
    let statuses: Vec<u16> = (0..3).map(|_| model.handle(&chat("gpt-4o"), Time::ZERO).reply.status).collect();
    assert_eq!(statuses, [200, 200, 429]);
    let refused = model.handle(&chat("gpt-4o"), Time::ZERO);
    assert_eq!((header(&refused, "retry-after"), header(&refused, "retry-after-ms")), (Some("30"), Some("30000")));
    assert_eq!(header(&refused, "x-ratelimit-remaining-requests"), Some("0"));
    assert!(refused.effects.is_empty());
    assert_eq!(model.handle(&chat("gpt-4o-mini"), Time::ZERO).reply.status, 200);
    assert_eq!(model.handle(&chat("gpt-4o"), Time::ZERO + Span::from_secs(30)).reply.status, 200);
    model.reset();
    assert_eq!(model.handle(&chat("gpt-4o"), Time::ZERO).reply.status, 200);
    let freed = Asked::new(json!({"requests_per_minute": null}), false).expect("an object");
    assert_eq!(model.aim(&freed, Time::ZERO).expect("it is taken").made["enforced"], false);
    assert!((0..9).all(|_| model.handle(&chat("gpt-4o"), Time::ZERO).reply.status == 200));
    let wrong = Asked::new(json!({"requests_per_minute": 0}), false).expect("an object");
    assert_eq!(model.aim(&wrong, Time::ZERO).expect_err("refused").status, 422);
}

proptest::proptest! {
    #[test]
    fn no_body_panics(body: Vec<u8>, path in proptest::sample::select(vec!["embeddings", "audio/speech", "audio/transcriptions"])) {
        model().handle(&request(Method::POST, &format!("/v1/{path}"), body), Time::ZERO);
    }
}
