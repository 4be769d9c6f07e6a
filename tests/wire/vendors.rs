//! All vendors side by side on one host, with the credentials that the exports hand out.

use crate::rig::{Client, text};
use holdline::mocks::clock::Clock;
use holdline::mocks::exports::{Up, exports};
use holdline::mocks::host::{MockPlan, Mocks, Options, Running};
use holdline::mocks::journal::EventKind;
use holdline::mocks::judge::NoFaults;
use holdline::mocks::registry::{Setup, vendor};
use holdline::mocks::vendor::Seen;
use holdline::rng::Luck;
use holdline::scenario::model::{Dependency, DependencyKind, Id};
use std::collections::BTreeMap;
use std::sync::Arc;

const KINDS: [(DependencyKind, &str); 8] = DependencyKind::ALL;

async fn start() -> (Running, BTreeMap<String, String>) {
    let clock = Clock::start(1.0);
    let plan = KINDS.iter().enumerate().map(|(index, (kind, name))| MockPlan {
        dependency: Id::new(index),
        name: (*name).to_owned(),
        vendor: vendor(
            &Dependency::new(*name, *kind),
            Setup { luck: Luck::new(1, 0), unix_at_zero: clock.unix_at_zero(), alone: false },
        ),
        port: None,
    });
    let plan = plan.collect();
    let running = Mocks::start(plan, Options::new(clock, Arc::new(NoFaults))).await.expect("ports are free");
    let up: Vec<Up<'_>> = KINDS
        .iter()
        .enumerate()
        .map(|(index, (kind, name))| Up {
            name,
            kind: *kind,
            address: running.addr(Id::new(index)).expect("each listens"),
        })
        .collect();
    let exports = exports(&up).into_iter().collect();
    (running, exports)
}

/// Sends a request to an exported address; gives the status and the body.
async fn ask(url: &str, method: &str, path: &str, headers: &str, body: &str) -> (u16, serde_json::Value) {
    let place = url.trim_start_matches("http://").split('/').next().unwrap_or_default();
    let mut client = Client::to(place).await;
    let length = body.len();
    let request =
        format!("{method} {path} HTTP/1.1\r\nhost: {place}\r\n{headers}content-length: {length}\r\n\r\n{body}");
    client.send(request.as_bytes()).await;
    let reply = client.reply().await;
    let json = serde_json::from_slice(&reply.body).unwrap_or_else(|e| panic!("{e}: {}", text(&reply.body)));
    (reply.status, json)
}

fn basic(user: &str, password: &str) -> String {
    use base64::Engine as _;
    let both = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
    format!("authorization: Basic {both}\r\n")
}

#[tokio::test]
async fn every_vendor_takes_the_credentials_of_its_exports() {
    let (running, env) = start().await;
    let mut events = running.events().expect("nobody listens yet");
    let (status, reply) = ask(
        &env["SLACK_API_URL"],
        "POST",
        "/api/chat.postMessage",
        &format!("authorization: Bearer {}\r\ncontent-type: application/json\r\n", env["SLACK_BOT_TOKEN"]),
        r#"{"channel":"support","text":"hello"}"#,
    )
    .await;
    assert_eq!((status, &reply["ok"]), (200, &serde_json::json!(true)), "{reply}");
    let seen = events.recv().await.expect("the message").kind;
    assert!(matches!(&seen, EventKind::Seen(Seen::Message { text, .. }) if text == "hello"), "{seen:?}");

    let token = basic(&format!("{}/token", env["ZENDESK_EMAIL"]), &env["ZENDESK_TOKEN"]);
    let (status, reply) = ask(&env["ZENDESK_URL"], "GET", "/api/v2/users/me.json", &token, "").await;
    assert_eq!((status, &reply["user"]["email"]), (200, &serde_json::json!(env["ZENDESK_EMAIL"])), "{reply}");

    let token = basic(&env["TWILIO_ACCOUNT_SID"], &env["TWILIO_AUTH_TOKEN"]);
    let path = format!("/2010-04-01/Accounts/{}/IncomingPhoneNumbers.json", env["TWILIO_ACCOUNT_SID"]);
    let (status, reply) = ask(&env["TWILIO_API_URL"], "GET", &path, &token, "").await;
    let number = &reply["incoming_phone_numbers"][0]["phone_number"];
    assert_eq!((status, number), (200, &serde_json::json!(env["TWILIO_PHONE_NUMBER"])), "{reply}");

    let key = format!("authorization: OAuth {}\r\n", env["STATUSPAGE_API_KEY"]);
    let path = format!("/v1/pages/{}/incidents.json", env["STATUSPAGE_PAGE_ID"]);
    assert_eq!(ask(&env["STATUSPAGE_API_URL"], "GET", &path, &key, "").await.0, 200);

    let key = format!("authorization: Bearer {}\r\n", env["OPENAI_API_KEY"]);
    assert_eq!(ask(&env["OPENAI_BASE_URL"], "GET", "/v1/models", &key, "").await.0, 200);
    running.shutdown().await;
}
