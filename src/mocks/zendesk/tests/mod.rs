//! The API and the webhooks, as Zendesk documents them and as its SDKs read them.

use super::*;
use crate::mocks::sign;
use crate::mocks::vendor::{Body, Delivery, Effect, Seen};
use hyper::{HeaderMap, Method, body::Bytes};
use proptest::prelude::*;
use serde_json::{Value, json};

mod bulk;
mod found;
mod kept;
mod records;

const START: Time = Time::ZERO;

fn request(method: Method, path: &str, body: &Value) -> Request {
    use base64::Engine as _;
    let credentials = base64::engine::general_purpose::STANDARD.encode("agent@example.com/token:mock-zendesk-token");
    let mut headers = HeaderMap::new();
    headers.insert("authorization", format!("Basic {credentials}").parse().expect("plain ASCII"));
    headers.insert("host", "127.0.0.1:9".parse().expect("plain ASCII"));
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    Request {
        method,
        path: format!("/api/v2/{path}"),
        query: query.to_owned(),
        headers,
        body: if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) },
    }
}

fn body(handled: &Handled) -> Value {
    let Body::Full(bytes) = &handled.reply.body else { return Value::Null };
    serde_json::from_slice(bytes).unwrap_or_default()
}

fn header<'a>(handled: &'a Handled, name: &str) -> Option<&'a str> {
    handled.reply.headers.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str())
}

fn get(desk: &mut Zendesk, path: &str) -> (u16, Value) {
    let handled = desk.handle(&request(Method::GET, path, &Value::Null), START);
    (handled.reply.status, body(&handled))
}

fn post(desk: &mut Zendesk, path: &str, sent: Value) -> (u16, Value) {
    let handled = desk.handle(&request(Method::POST, path, &sent), START);
    (handled.reply.status, body(&handled))
}

fn put(desk: &mut Zendesk, path: &str, sent: Value) -> (u16, Value) {
    let handled = desk.handle(&request(Method::PUT, path, &sent), START);
    (handled.reply.status, body(&handled))
}

fn desk() -> Zendesk {
    Zendesk::new(Settings::default())
}

fn listening() -> Zendesk {
    Zendesk::new(Settings { webhook_url: Some("http://target/zendesk".to_owned()), ..Settings::default() })
}

fn deliveries(effects: &[Effect]) -> Vec<&Delivery> {
    let deliveries = effects.iter().filter_map(|effect| match effect {
        Effect::Deliver(delivery) => Some(delivery),
        _ => None,
    });
    deliveries.collect()
}

fn simple(subject: &str) -> Value {
    json!({"ticket": {"subject": subject, "comment": {"body": "It is broken"}}})
}

#[test]
fn a_ticket_is_created_read_and_changed() {
    let mut desk = desk();
    let sent = json!({"ticket": {
        "subject": "Printer", "comment": {"body": "It smokes"}, "requester": {"name": "Ann", "email": "Ann@x.org"},
        "priority": "urgent", "tags": ["Fire", "two words"], "custom_fields": [{"id": 7, "value": "x"}],
    }});
    let made = desk.handle(&request(Method::POST, "tickets.json", &sent), START);
    assert_eq!(made.reply.status, 201);
    assert_eq!(header(&made, "location"), Some("http://127.0.0.1:9/api/v2/tickets/1.json"));
    let reply = body(&made);
    assert_eq!(reply["ticket"]["tags"], json!(["fire", "two_words"]));
    assert_eq!(reply["ticket"]["status"], "new");
    assert_eq!(reply["audit"]["events"][0]["type"], "Comment");
    let Effect::Seen(Seen::TicketCreated { requester, text, .. }) = &made.effects[0] else { panic!("seen") };
    assert_eq!((requester.as_str(), text.as_str()), ("ann@x.org", "Printer\nIt smokes"));

    let change = json!({"ticket": {"comment": {"body": "Unplug it"}, "status": "solved"}});
    let handled = desk.handle(&request(Method::PUT, "tickets/1", &change), START);
    let reply = body(&handled);
    assert_eq!((handled.reply.status, &reply["ticket"]["status"]), (200, &json!("solved")));
    assert_eq!(reply["ticket"]["assignee_id"], 10_001, "who solves it becomes its assignee");
    let expected = Seen::TicketChanged {
        ticket: 1,
        public_comment: Some("Unplug it".to_owned()),
        group: None,
        status: "solved".to_owned(),
    };
    let Effect::Seen(seen) = &handled.effects[0] else { panic!("seen") };
    assert_eq!(*seen, expected);
    let (_, comments) = get(&mut desk, "tickets/1/comments.json");
    assert_eq!(comments["comments"][1]["body"], "Unplug it");
    assert_eq!(comments["comments"][0]["author_id"], reply["ticket"]["requester_id"]);
    let (_, many) = get(&mut desk, "tickets/show_many.json?ids=1,99");
    assert_eq!(many["tickets"].as_array().map(Vec::len), Some(1));
}

#[test]
fn what_cannot_be_is_refused_in_zendesks_words() {
    let mut desk = desk();
    post(&mut desk, "tickets", simple("one"));
    for (sent, status, word) in [
        (json!({"ticket": {"subject": "x"}}), 422, "RecordInvalid"),
        (json!({"ticket": {"comment": {"body": "x"}, "status": "asleep"}}), 422, "RecordInvalid"),
        (json!({"ticket": {"comment": {"body": "x"}, "group_id": 5}}), 422, "RecordInvalid"),
        (json!({"ticket": {"comment": {"body": "x"}, "requester": {"email": "new@x.org"}}}), 422, "RecordInvalid"),
        (json!({"ticket": {"comment": {"body": "x".repeat(70_000)}}}), 422, "RecordInvalid"),
    ] {
        let (got, reply) = post(&mut desk, "tickets", sent);
        assert_eq!((got, &reply["error"]), (status, &json!(word)));
    }
    let (_, reply) = post(&mut desk, "tickets", json!({"ticket": {"comment": {"body": "x"}, "status": "asleep"}}));
    assert_eq!(reply["details"]["status"][0]["description"], "Status: asleep is not valid");
    assert_eq!(post(&mut desk, "tickets", json!({"tickets": 1})).0, 400);
    assert_eq!(
        get(&mut desk, "tickets/99.json"),
        (404, json!({"error": "RecordNotFound", "description": "Not found"}))
    );
    assert_eq!(get(&mut desk, "nonsense.json").1["error"], "InvalidEndpoint");
    let sent = json!({"ticket": {"status": "open", "safe_update": true, "updated_stamp": "2001-01-01T00:00:00Z"}});
    let (status, reply) = put(&mut desk, "tickets/1", sent);
    assert_eq!((status, &reply["error"]), (409, &json!("UpdateConflict")));
    let mut wrong = request(Method::GET, "users/me.json", &Value::Null);
    wrong.headers.insert("authorization", "Bearer nope".parse().expect("plain ASCII"));
    let refused = desk.handle(&wrong, START);
    assert_eq!((refused.reply.status, body(&refused)), (401, json!({"error": "Couldn't authenticate you"})));
    wrong.headers.insert("authorization", "Bearer mock-zendesk-token".parse().expect("plain ASCII"));
    assert_eq!(body(&desk.handle(&wrong, START))["user"]["email"], "agent@example.com");
    let (_, list) = get(&mut desk, "tickets");
    assert_eq!(list["count"], 1, "what is refused leaves nothing behind");
    put(&mut desk, "tickets/1", json!({"ticket": {"status": "closed"}}));
    assert_eq!(put(&mut desk, "tickets/1", json!({"ticket": {"status": "open"}})).0, 422);
}

#[test]
fn both_paginations_walk_the_whole_list() {
    let mut desk = desk();
    for number in 1..=5 {
        post(&mut desk, "tickets", simple(&format!("number {number}")));
    }
    for (first, next, key) in
        [("tickets.json?page%5Bsize%5D=2", "links", "next"), ("tickets.json?per_page=2", "next_page", "")]
    {
        let (mut path, mut seen) = (Some(first.to_owned()), Vec::new());
        while let Some(at) = path.take() {
            let (_, page) = get(&mut desk, &at);
            seen.extend(page["tickets"].as_array().into_iter().flatten().filter_map(|ticket| ticket["id"].as_u64()));
            let link = if key.is_empty() { &page[next] } else { &page[next][key] };
            path = link.as_str().map(|url| url.replace("http://127.0.0.1:9/api/v2/", ""));
            assert_eq!(page["meta"]["has_more"] == true, path.is_some() && !key.is_empty());
        }
        assert_eq!(seen, [1, 2, 3, 4, 5]);
    }
    let (_, page) = get(&mut desk, "tickets.json?page=3&per_page=2");
    assert_eq!((&page["count"], &page["next_page"]), (&json!(5), &Value::Null));
    assert_eq!(page["previous_page"], "http://127.0.0.1:9/api/v2/tickets.json?page=2&per_page=2");
    assert_eq!(get(&mut desk, "tickets?page[size]=0").0, 400);
    assert_eq!(get(&mut desk, "tickets?page[after]=zz").0, 400);
    let (_, far) = get(&mut desk, "tickets?page=18446744073709551615&per_page=100");
    assert_eq!(far["tickets"], json!([]));
}

#[test]
fn an_idempotency_key_makes_one_ticket() {
    let mut desk = desk();
    let mut request = request(Method::POST, "tickets", &simple("once"));
    request.headers.insert("idempotency-key", "k1".parse().expect("plain ASCII"));
    let first = desk.handle(&request, START);
    let second = desk.handle(&request, START);
    assert_eq!(header(&first, "x-idempotency-lookup"), Some("miss"));
    assert_eq!(header(&second, "x-idempotency-lookup"), Some("hit"));
    assert_eq!(body(&first), body(&second));
    assert!(second.effects.is_empty());
    request.body = Bytes::from(simple("other").to_string());
    assert_eq!(body(&desk.handle(&request, START))["error"], "IdempotentRequestError");
    assert_eq!(get(&mut desk, "tickets").1["count"], 1);
}

#[test]
fn webhooks_are_signed_and_tell_what_changed() {
    let mut desk = listening();
    let (ticket, effects) = desk.customer_creates("c1@example.com", "C One", "Help", "My order?", Some(4), START);
    let ticket = ticket.expect("the account takes it");
    let created = deliveries(&effects);
    assert_eq!((created.len(), created[0].kind, created[0].tag), (1, "webhook", Some(4)));
    let told: Value = serde_json::from_slice(&created[0].body).expect("JSON");
    assert_eq!(told["type"], "zen:event-type:ticket.created");
    assert_eq!(told["detail"]["id"], ticket.to_string());
    assert_eq!(told["detail"]["status"], "NEW");
    let value = |name: &str| created[0].headers.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value);
    let stamp = value("x-zendesk-webhook-signature-timestamp");
    let signed = sign::zendesk("mock-signing-secret", stamp, &created[0].body);
    assert_eq!((value("x-zendesk-webhook-signature"), stamp), (signed.as_str(), "2026-01-05T00:00:00Z"));

    let sent = json!({"ticket": {"status": "pending", "comment": {"body": "Which one?", "public": true}}});
    let effects = desk.handle(&request(Method::PUT, "tickets/1.json", &sent), START).effects;
    let kinds = |effects: &[Effect]| -> Vec<String> {
        let read = |delivery: &&Delivery| serde_json::from_slice::<Value>(&delivery.body).expect("JSON");
        deliveries(effects).iter().map(read).map(|told| told["type"].as_str().unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(kinds(&effects), ["zen:event-type:ticket.comment_added", "zen:event-type:ticket.status_changed"]);
    let effects = desk.customer_comments(ticket, "The red one", Some(5), START).expect("it is open to comments");
    assert_eq!(kinds(&effects).len(), 2);
    assert_eq!(desk.ticket(ticket).map(|ticket| ticket.status), Some(Status::Open), "a customer's comment opens it");
}

#[test]
fn people_work_the_tickets_of_their_group() {
    let mut desk = desk();
    let group = desk.add_group("Tier 2");
    let person = desk.add_agent("Kim", "kim@example.com", START);
    let (ticket, _) = desk.customer_creates("c@example.com", "C", "Help", "Now", None, START);
    let ticket = ticket.expect("the account takes it");
    put(&mut desk, "tickets/1.json", json!({"ticket": {"group_id": group}}));
    assert_eq!(desk.tickets_of_group("tier 2").len(), 1);
    assert_eq!(desk.group_of(ticket).as_deref(), Some("Tier 2"));
    desk.person_comments(ticket, person, "Done", true, Some(Status::Solved), START).expect("it takes comments");
    assert!(desk.tickets_of_group("Tier 2").is_empty());
    assert_eq!(desk.ticket(ticket).and_then(|ticket| ticket.assignee), Some(person));
}

#[test]
fn users_are_found_and_kept_apart() {
    let mut desk = desk();
    let sent = json!({"user": {"name": "Ann Lee", "email": "ann@x.org", "external_id": "e1"}});
    let (status, made) = post(&mut desk, "users/create_or_update.json", sent.clone());
    assert_eq!((status, &made["user"]["role"]), (201, &json!("end-user")));
    let (status, again) = post(&mut desk, "users/create_or_update.json", sent.clone());
    assert_eq!((status, &again["user"]["id"]), (200, &made["user"]["id"]));
    assert_eq!(post(&mut desk, "users.json", sent).0, 422);
    for path in ["users/search.json?query=lee", "users/search?query=email:ann@x.org", "users/search?external_id=e1"] {
        let (_, found) = get(&mut desk, path);
        assert_eq!(found["users"][0]["id"], made["user"]["id"], "{path}");
    }
    assert_eq!(get(&mut desk, "users/search?query=zoe").1["users"], json!([]));
    assert_eq!(get(&mut desk, "groups.json").1["groups"][0]["name"], "Support");
}

#[test]
fn search_reads_the_usual_words_and_may_lag() {
    let mut desk = desk();
    post(
        &mut desk,
        "tickets",
        json!({"ticket": {"subject": "Red printer", "comment": {"body": "x"}, "status": "open"}}),
    );
    post(&mut desk, "tickets", json!({"ticket": {"subject": "Blue lamp", "comment": {"body": "y"}, "tags": ["vip"]}}));
    for (query, ids) in [
        ("type:ticket", vec![2, 1]),
        ("type:ticket+status:open", vec![1]),
        ("type:ticket+status%3Copen", vec![2]),
        ("type:ticket+-status:open", vec![2]),
        ("tags:vip", vec![2]),
        ("%22red+printer%22", vec![1]),
        ("requester:agent@example.com+type:ticket", vec![2, 1]),
        ("type:ticket+assignee:none", vec![2, 1]),
    ] {
        let (_, found) = get(&mut desk, &format!("search.json?query={query}"));
        let got: Vec<u64> =
            found["results"].as_array().into_iter().flatten().filter_map(|record| record["id"].as_u64()).collect();
        assert_eq!(got, ids, "{query}");
    }
    assert_eq!(get(&mut desk, "search/count.json?query=type:ticket").1["count"], 2);
    let search = request(Method::GET, "search.json?query=type:ticket", &Value::Null);
    assert_eq!(body(&desk.handle_with("index_lag", &search, START + Span::MINUTE))["count"], 0);
    assert_eq!(body(&desk.handle(&search, START + Span::MINUTE))["count"], 2);
    desk.set_index_lag(Span::MINUTE);
    assert_eq!(get(&mut desk, "search.json?query=type:ticket").1["count"], 0);
    assert_eq!(get(&mut desk, "tickets/1.json").0, 200, "a ticket is there before search knows it");
}

#[test]
fn anybody_may_send_a_request_and_sees_only_their_own() {
    let mut desk = desk();
    let sent = json!({"request": {
        "subject": "Hi", "comment": {"body": "There"}, "requester": {"name": "Bo", "email": "bo@x.org"},
    }});
    let mut anonymous = request(Method::POST, "requests.json", &sent);
    anonymous.headers.remove("authorization");
    let made = desk.handle(&anonymous, START);
    assert_eq!((made.reply.status, &body(&made)["request"]["id"]), (201, &json!(1)));
    anonymous.method = Method::GET;
    anonymous.path = "/api/v2/tickets.json".to_owned();
    assert_eq!(desk.handle(&anonymous, START).reply.status, 401);
    assert_eq!(get(&mut desk, "requests/1").1["request"]["subject"], "Hi");
}

#[test]
fn too_many_requests_are_told_when_to_come_back() {
    let mut desk = Zendesk::new(Settings { requests_per_minute: Some(2), ..Settings::default() });
    let ask = request(Method::GET, "users/me.json", &Value::Null);
    let later = START + Span::from_millis(58_500);
    assert_eq!(header(&desk.handle(&ask, later), "x-rate-limit-remaining"), Some("1"));
    desk.handle(&ask, later);
    let refused = desk.handle(&ask, later);
    assert_eq!((refused.reply.status, header(&refused, "retry-after")), (429, Some("2")));
    assert_eq!(desk.handle(&ask, START + Span::MINUTE).reply.status, 200);
}

#[test]
fn tags_change_by_themselves() {
    let mut desk = desk();
    post(&mut desk, "tickets", simple("one"));
    assert_eq!(put(&mut desk, "tickets/1/tags.json", json!({"tags": ["a", "b"]})).1["tags"], json!(["a", "b"]));
    assert_eq!(post(&mut desk, "tickets/1/tags.json", json!({"tags": ["c"]})), (201, json!({"tags": ["c"]})));
    assert_eq!(get(&mut desk, "tickets/1/tags").1["tags"], json!(["c"]));
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..120),
        query in "[a-z:<>\"=&%\\[\\]0-9 -]{0,40}",
        path in "(tickets|users|search|requests|groups)(/[a-z0-9%.]{0,8}){0,2}",
    ) {
        let mut desk = listening();
        for method in [Method::GET, Method::POST, Method::PUT, Method::DELETE] {
            let mut request = request(method, &path, &Value::Null);
            request.query.clone_from(&query);
            request.body = Bytes::from(bytes.clone());
            desk.endpoint(&request);
            desk.handle(&request, START);
        }
        get(&mut desk, &format!("search?query={query}"));
    }
}
