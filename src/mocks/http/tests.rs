//! A service and its requests, without a socket.

use super::*;
use crate::scenario::{Checked, Overrides, check};
use hyper::{HeaderMap, Method};
use proptest::prelude::*;
use serde_json::Value;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// A file of its own for one test, removed at the end.
struct File(PathBuf);

impl Drop for File {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).ok();
    }
}

fn service(text: &str) -> Http {
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let file = File(std::env::temp_dir().join(format!("holdline-stubs-{}-{number}.yaml", std::process::id())));
    std::fs::write(&file.0, text).expect("a temporary file can be written");
    load(file.0.clone())
}

fn load(path: PathBuf) -> Http {
    match check(&path, &Overrides::default()) {
        Ok(Checked::Stubs(loaded)) => {
            let stubs = loaded.stubs;
            Http::new(Settings { name: "crm".into(), stubs, luck: Luck::new(1, 0), epoch: Epoch::default() })
        }
        Ok(_) => panic!("these are no stubs"),
        Err(errors) => panic!("{errors}"),
    }
}

fn shipped() -> Http {
    load("scenarios/stubs/crm.yaml".into())
}

fn request(method: &str, address: &str, headers: &[(&str, &str)], body: &str) -> Request {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let mut map = HeaderMap::new();
    map.insert("host", "127.0.0.1:4100".parse().expect("plain ASCII"));
    for (name, value) in headers {
        let name: hyper::header::HeaderName = name.parse().expect("a header");
        map.append(name, value.parse().expect("a value"));
    }
    let method = Method::from_bytes(method.as_bytes()).expect("a method");
    Request { method, path: path.into(), query: query.into(), headers: map, body: body.to_owned().into() }
}

/// Status and body.
fn ask(service: &mut Http, request: &Request) -> (u16, String) {
    let reply = service.handle(request, Time::ZERO + Span::from_secs(61)).reply;
    let Body::Full(bytes) = reply.body else { panic!("it comes at once") };
    (reply.status, String::from_utf8_lossy(&bytes).into_owned())
}

fn json(service: &mut Http, method: &str, address: &str, body: &str) -> (u16, Value) {
    let request = request(method, address, &[("authorization", "Bearer x")], body);
    let (status, body) = ask(service, &request);
    (status, serde_json::from_str(&body).unwrap_or_else(|_| panic!("no JSON: {body}")))
}

#[test]
fn the_shipped_service_answers_and_remembers() {
    let mut crm = shipped();
    assert_eq!(ask(&mut crm, &request("GET", "/health", &[], "")), (200, "ok".into()));
    assert_eq!(ask(&mut crm, &request("GET", "/orders/HL-1001", &[], "")).0, 401);
    let order = json!({"id": "HL-1001", "status": "paid", "total": 4990});
    assert_eq!(json(&mut crm, "GET", "/orders/HL-1001", ""), (200, order));
    assert_eq!(json(&mut crm, "GET", "/orders/HL-9", ""), (404, json!({"error": "there is no order HL-9"})));
    let cancelled = json!({"status": "cancelled", "total": 4990, "by": "kim"});
    assert_eq!(json(&mut crm, "POST", "/orders/HL-1001/cancel", r#"{"by": "kim"}"#), (200, cancelled));
    assert_eq!(json(&mut crm, "POST", "/orders/HL-1001/cancel", "").0, 409);
    assert_eq!(json(&mut crm, "POST", "/orders/HL-1002/cancel", "").1["by"], json!("somebody"));
    let (status, first) = json(&mut crm, "POST", "/notes", r#"{"text": "{{now}} \"é\""}"#);
    assert_eq!((status, &first["id"], &first["text"]), (201, &json!(1), &json!("{{now}} \"é\"")));
    assert_eq!(first["at"], json!("2026-01-05T00:01:01Z"));
    let key = first["key"].as_str().expect("a text").to_owned();
    assert!(key.len() == 36 && key.as_bytes()[14] == b'4' && b"89ab".contains(&key.as_bytes()[19]), "{key}");
    assert_eq!(json(&mut crm, "POST", "/notes", r#"{"text": ""}"#).1["id"], json!(2));
    crm.reset();
    let again = json(&mut crm, "POST", "/notes", r#"{"text": "x"}"#).1;
    assert_eq!((&again["id"], &again["key"]), (&json!(1), &json!(key)), "the same seed, the same identifiers");
    assert_eq!(json(&mut crm, "GET", "/orders/HL-1001", "").1["status"], json!("paid"));
}

#[test]
fn a_location_leads_back_the_way_the_client_came() {
    let mut crm = shipped();
    let request = request("POST", "/notes", &[("authorization", "x")], r#"{"text": "x"}"#);
    let reply = crm.handle(&request, Time::ZERO).reply;
    assert!(reply.headers.contains(&("location", "http://127.0.0.1:4100/notes/1".into())), "{:?}", reply.headers);
    assert!(reply.headers.contains(&("content-type", JSON.into())));
}

#[test]
fn a_delay_is_drawn_by_the_seed() {
    let delays = || {
        let mut crm = shipped();
        let request = request("GET", "/orders/HL-1001", &[("authorization", "x")], "");
        (0..3).map(|_| crm.handle(&request, Time::ZERO).delay).collect::<Vec<_>>()
    };
    let drawn = delays();
    assert!(drawn.iter().all(|delay| *delay > Span::ZERO) && drawn[0] != drawn[1]);
    assert_eq!(drawn, delays());
}

#[test]
fn what_no_stub_is_for_is_told_to_client_and_journal() {
    let mut crm = shipped();
    let missed = request("PUT", "/orders/HL-1001?token=secret", &[("authorization", "Bearer secret")], "");
    assert_eq!(crm.endpoint(&missed), UNMATCHED);
    let Handled { reply, effects, .. } = crm.handle(&missed, Time::ZERO);
    let Body::Full(bytes) = reply.body else { panic!("it comes at once") };
    let body: Value = serde_json::from_slice(&bytes).expect("JSON");
    assert_eq!(reply.status, 404);
    assert_eq!(body["error"], json!("no stub of `crm` is for PUT /orders/HL-1001"));
    assert_eq!((&body["nearest"], &body["misses"]), (&json!("an order"), &json!(["method"])));
    let [Effect::Note(note)] = effects.as_slice() else { panic!("{effects:?}") };
    assert!(note.kind == "unmatched" && !format!("{note:?}").contains("secret"));
    let (status, body) = json(&mut crm, "POST", "/note", r#"{"text": "x"}"#);
    assert_eq!((status, &body["nearest"], &body["misses"]), (404, &json!("add a note"), &json!(["path"])));
    let (_, body) = json(&mut crm, "POST", "/notes", "{}");
    assert_eq!(body["misses"], json!(["json /text"]));
}

#[test]
fn endpoints_are_names_or_methods_and_paths() {
    let mut service = service(
        "stubs:
          - when: { method: get, path: \"/a/{id}\", query: { full: \"1\" } }
          - when: { method: GET, path: \"/a/{id}\" }
          - { name: the rest, reply: { status: 204 } }
        ",
    );
    let endpoint = |address: &str| service.endpoint(&request("GET", address, &[], ""));
    assert_eq!(endpoint("/a/1?full=1"), "GET /a/{id}");
    assert_eq!(endpoint("/a/1?full=2"), "GET /a/{id} #2");
    assert_eq!(endpoint("/b"), "the rest");
    assert_eq!(service.endpoint(&request("HEAD", "/a/1", &[], "")), "GET /a/{id} #2");
    assert_eq!(ask(&mut service, &request("GET", "/b", &[], "")), (204, String::new()));
}

#[test]
fn every_part_of_a_request_can_be_asked_for() {
    let mut service = service(
        "stubs:
          - when: { path: /q, query: { a: \"1\", b: { present: false }, c: { like: \"x*\" } } }
          - when: { path: /h, headers: { X-Kind: { contains: ello } } }
          - when: { path: /j, body: { json: { /n: 7, /ok: true, /list/1: b, /none: \"null\", /deep: { contains: '\"x\":1' } } } }
          - when: { path: /f, body: { form: { To: \"+1 2\" } } }
          - when: { path: /t, body: { contains: needle, like: \"*needle\" } }
          - when: { path: \"/p/*/{x}/**\" }
        ",
    );
    let form = ("content-type", "application/x-www-form-urlencoded");
    let body = r#"{"n": 7, "ok": true, "list": ["a", "b"], "none": null, "deep": {"x":1}}"#;
    for (address, header, body, status) in [
        ("/q?a=1&c=xy", ("x-a", ""), "", 200),
        ("/q?a=1&c=xy&b=", ("x-a", ""), "", 404),
        ("/q?a=1", ("x-a", ""), "", 404),
        ("/h", ("x-kind", "Hello"), "", 200),
        ("/h", ("x-kind", "Help"), "", 404),
        ("/j", ("x-a", ""), body, 200),
        ("/j", ("x-a", ""), "{\"n\": 8}", 404),
        ("/j", ("x-a", ""), "no json", 404),
        ("/f", form, "To=%2B1+2", 200),
        ("/f", ("x-a", ""), "To=%2B1+2", 404),
        ("/t", ("x-a", ""), "hay needle", 200),
        ("/t", ("x-a", ""), "needle hay", 404),
        ("/p/1/2", ("x-a", ""), "", 200),
        ("/p/1/2/3/4", ("x-a", ""), "", 200),
        ("/p/1", ("x-a", ""), "", 404),
    ] {
        let request = request("POST", address, &[header], body);
        assert_eq!(ask(&mut service, &request).0, status, "{address} {body}");
    }
}

#[test]
fn a_story_goes_on() {
    let mut door = service(
        "stubs:
          - { when: { path: /open, in: unlocked }, reply: { text: open } }
          - { when: { path: /unlock }, then: unlocked, reply: { text: \"it is unlocked\" } }
          - { when: { path: /open }, reply: { status: 423 } }
        ",
    );
    let mut status = |path: &str| ask(&mut door, &request("GET", path, &[], "")).0;
    assert_eq!([status("/open"), status("/unlock"), status("/open"), status("/open")], [423, 200, 200, 200]);
}

#[test]
fn json_keeps_its_kinds_and_texts_their_letters() {
    let mut echo = service(
        "stubs:
          - when: { path: /json }
            reply:
              json:
                number: 1.5
                text: \"1.5\"
                yes: true
                word: \"true\"
                none: null
                all: \"{{body}}\"
                item: \"{{body.list.0 | number}}\"
                page: \"{{query.page | or \\\"1\\\" | number}}\"
                missing: \"{{body.nothing}}\"
                said: \"is {{body.n | text}}, {{body.nothing}}\"
          - when: { path: /text }
            reply: { headers: { content-type: text/csv }, text: \"{{query.a}},{{header.x-b}}\" }
        ",
    );
    let (_, body) = json(&mut echo, "POST", "/json", r#"{"list": ["7", 8], "n": null}"#);
    let expected = json!({
        "number": 1.5, "text": "1.5", "yes": true, "word": "true", "none": null, "all": {"list": ["7", 8], "n": null},
        "item": 7, "page": 1, "missing": null, "said": "is null, ",
    });
    assert_eq!(body, expected);
    let reply = echo.handle(&request("GET", "/text?a=%7B%7Buuid%7D%7D", &[("x-b", "b")], ""), Time::ZERO).reply;
    assert_eq!(reply.headers, [("content-type", "text/csv".into())]);
    let Body::Full(bytes) = reply.body else { panic!("it comes at once") };
    assert_eq!(bytes, "{{uuid}},b", "what a client says is no template");
}

proptest! {
    /// Whatever is asked, there is an answer.
    #[test]
    fn any_request_is_answered(
        method in "(GET|POST|PUT|[A-Z]{1,6})",
        path in "/(orders/HL-1001|notes|health|[ -~&&[^?# ]]{0,12})(/cancel)?",
        query in "[ -~&&[^#]]{0,12}",
        body in "\\PC{0,24}",
    ) {
        let mut crm = shipped();
        let mut request = request(&method, "/", &[("authorization", "x")], &body);
        (request.path, request.query) = (path, query);
        let named = crm.endpoint(&request);
        let (status, _) = ask(&mut crm, &request);
        prop_assert!((200..600).contains(&status) && !named.is_empty());
    }
}

#[test]
fn what_grows_is_bounded() {
    let mut echo = service(
        "state: { kept: { map: { x: 0 } } }
stubs:
          - { when: { path: /big }, reply: { text: \"{{body}}{{body}}\" } }
          - { when: { path: /deep }, do: [ { put: { into: kept, key: x, value: { in: \"{{state.kept[\\\"x\\\"]}}\" } } } ], reply: { text: ok } }
        ",
    );
    let half = "x".repeat(fill::MOST_REPLY / 2);
    assert_eq!(ask(&mut echo, &request("POST", "/big", &[], &half)).0, 200);
    let (status, why) = ask(&mut echo, &request("POST", "/big", &[], &format!("{half}x")));
    assert!(status == 500 && why.contains("too large"), "{why}");
    let ends: Vec<u16> = (0..400).map(|_| ask(&mut echo, &request("POST", "/deep", &[], "")).0).collect();
    assert_eq!((ends[0], ends[399]), (200, 500));
    let nested = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(ask(&mut echo, &request("POST", "/big", &[], &nested)).0, 200, "it is no JSON then, only text");
}
