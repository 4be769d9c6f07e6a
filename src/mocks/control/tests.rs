//! The API over mocks that are up, without its socket: what is asked and what is answered.

use super::*;
use crate::mocks::host::{MockPlan, Mocks, Options, Running};
use crate::mocks::registry;
use crate::mocks::vendor::Body;
use crate::rng::Luck;
use crate::scenario::model::{Dependency, Id};
use hyper::{HeaderMap, body::Bytes};

struct Rig {
    control: Control,
    /// Holds the mocks up.
    _running: Running,
}

async fn rig() -> Rig {
    let clock = Clock::start(1.0);
    let (luck, unix_at_zero) = (Luck::new(1, 0), clock.unix_at_zero());
    let board = Arc::new(Board::new(luck));
    let kinds = [("llm", DependencyKind::Openai), ("slack", DependencyKind::Slack), ("phone", DependencyKind::Twilio)];
    let plan = kinds.iter().enumerate().map(|(index, (name, kind))| {
        let setup = registry::Setup { luck, unix_at_zero, alone: true };
        let vendor = registry::vendor(&Dependency::new(*name, *kind), setup);
        MockPlan { dependency: Id::new(index), name: (*name).to_owned(), vendor, port: None }
    });
    let running = Mocks::start(plan.collect(), Options::new(clock.clone(), board.clone())).await;
    let running = running.expect("ports are free");
    let mocks = running.mocks().zip(kinds).map(|(mock, (_, kind))| Controlled { mock: mock.clone(), kind }).collect();
    let settings =
        Settings { mocks, board, clock, door: Door::new(None), egress: None, unix_at_zero, allow_remote: false };
    Rig { control: Control::new(settings), _running: running }
}

impl Rig {
    fn raw(&mut self, method: Method, path: &str, body: &str) -> (u16, Value) {
        let mut headers = HeaderMap::new();
        headers.insert("host", "127.0.0.1:4106".parse().expect("plain ASCII"));
        let body = Bytes::from(body.to_owned());
        let request = Request { method, path: path.to_owned(), query: String::new(), headers, body };
        let now = self.control.settings.clock.now();
        let reply = self.control.handle(&request, now).reply;
        let Body::Full(bytes) = reply.body else { panic!("a control reply comes at once") };
        (reply.status, serde_json::from_slice(&bytes).expect("every reply is JSON"))
    }

    fn ask(&mut self, method: Method, path: &str, body: Value) -> (u16, Value) {
        self.raw(method, path, &body.to_string())
    }

    /// Refused, and why.
    fn refused(&mut self, method: Method, path: &str, body: &str) -> (u16, String) {
        let (status, body) = self.raw(method, path, body);
        assert!(status >= 400, "{path} was taken: {body}");
        (status, body["error"].as_str().expect("a refusal says why").to_owned())
    }
}

#[tokio::test]
async fn faults_come_and_go() {
    let mut rig = rig().await;
    let fault = json!({"vendor": "llm", "fault": "overloaded", "params": {"times": 1, "ttl": "1h"}});
    assert_eq!(rig.ask(Method::POST, "/faults", fault.clone()), (201, json!({"id": "f1"})));
    let (_, listed) = rig.raw(Method::GET, "/faults", "");
    assert_eq!(listed["faults"][0]["fault"], "openai.overloaded");
    assert_eq!(rig.raw(Method::DELETE, "/faults/f1", ""), (200, json!({"removed": 1})));
    assert_eq!(rig.refused(Method::DELETE, "/faults/f1", "").0, 404);
    rig.ask(Method::POST, "/faults", fault);
    assert_eq!(rig.raw(Method::DELETE, "/faults", ""), (200, json!({"removed": 1})));
}

#[tokio::test]
async fn what_is_wrong_is_refused_with_what_is_possible() {
    let mut rig = rig().await;
    let (post, put) = (Method::POST, Method::PUT);
    for (method, path, body, status, word) in [
        (post.clone(), "/faults", "{\"vendor\":", 400, "no valid JSON"),
        (post.clone(), "/faults", "[]", 422, "a JSON object is wanted"),
        (post.clone(), "/faults", "", 422, "`vendor` is missing"),
        (post.clone(), "/faults", r#"{"vendor":"lmm","fault":"hang"}"#, 404, "did you mean `llm`?"),
        (post.clone(), "/faults", r#"{"vendor":"llm","fault":"hangs"}"#, 422, "did you mean `hang`?"),
        (post.clone(), "/faults", r#"{"vendor":"llm","fault":"hang","params":{"tls":1}}"#, 422, "possible: match"),
        (post.clone(), "/faults", r#"{"vendor":"llm","fault":"hang","params":[]}"#, 422, "not a list"),
        (post.clone(), "/emit/slack", r#"{"event":"slash_command"}"#, 422, "`command` is missing"),
        (post.clone(), "/emit/llm", r#"{"event":"message"}"#, 422, "there is none"),
        (put.clone(), "/targets/llm", "{}", 422, "never calls a target"),
        (put.clone(), "/targets/slack", r#"{"events_url":"http://example.com/"}"#, 422, "not on this machine"),
        (put.clone(), "/targets/slack", r#"{"interactivity_url":"https://localhost/"}"#, 422, "interactivity_url"),
        (put.clone(), "/clock", r#"{"now":-1}"#, 422, "length of time"),
        (put.clone(), "/clock", "{}", 422, "`now` or `advance`"),
        (Method::GET, "/journal/nobody", "", 404, "llm, slack, phone"),
        (Method::GET, "/nowhere", "", 404, "POST /faults"),
        (Method::PATCH, "/faults", "", 404, "POST /faults"),
    ] {
        let (got, why) = rig.refused(method, path, body);
        assert!(got == status && why.contains(word), "{path} {body}: {got} {why}");
    }
}

#[tokio::test]
async fn the_clock_goes_forward_only() {
    let mut rig = rig().await;
    let (_, before) = rig.raw(Method::GET, "/clock", "");
    let (status, after) = rig.ask(Method::PUT, "/clock", json!({"advance": "1h"}));
    let moved = after["now"].as_f64().zip(before["now"].as_f64()).map(|(after, before)| after - before);
    assert!(status == 200 && moved.is_some_and(|moved| moved >= 3_600.0), "{before} {after}");
    assert!(rig.refused(Method::PUT, "/clock", r#"{"now": 10}"#).1.contains("time never runs back"));
    assert_eq!(rig.ask(Method::PUT, "/clock", json!({"now": 7_200})).0, 200);
}

#[tokio::test]
async fn a_customer_who_nobody_hears_is_said_to_be_so() {
    let mut rig = rig().await;
    let message = json!({"event": "message", "params": {"channel": "support", "text": "hello"}});
    let (status, said) = rig.ask(Method::POST, "/emit/slack", message.clone());
    assert_eq!((status, &said["deliveries"]), (200, &json!(0)));
    assert!(said["note"].as_str().is_some_and(|note| note.contains("PUT /targets/slack")), "{said}");
    rig.ask(Method::PUT, "/targets/slack", json!({"events_url": "http://127.0.0.1:9/events", "retry_delays_s": []}));
    let (_, said) = rig.ask(Method::POST, "/emit/slack", message);
    assert_eq!((&said["deliveries"], said.get("note")), (&json!(1), None));
}

#[tokio::test]
async fn a_reset_takes_back_everything_but_the_target() {
    let mut rig = rig().await;
    rig.ask(Method::POST, "/faults", json!({"vendor": "llm", "fault": "hang"}));
    rig.ask(Method::PUT, "/targets/phone", json!({"voice_url": "http://127.0.0.1:9/voice"}));
    let call = json!({"event": "inbound_call", "params": {"from": "+15005550100", "to": "+15005550006"}});
    let (_, first) = rig.ask(Method::POST, "/emit/phone", call.clone());
    let (status, reset) = rig.raw(Method::POST, "/reset", "");
    assert_eq!((status, reset), (200, json!({"reset": 3, "faults_removed": 1})));
    assert_eq!(rig.raw(Method::GET, "/faults", "").1, json!({"faults": []}));
    assert_eq!(rig.raw(Method::GET, "/journal/phone", "").1, json!({"entries": [], "dropped": 0}));
    let (_, again) = rig.ask(Method::POST, "/emit/phone", call);
    assert_eq!(again, first, "the same call to the same target");
    assert_eq!(rig.ask(Method::POST, "/faults", json!({"vendor": "llm", "fault": "hang"})).1, json!({"id": "f1"}));
}
