//! What concerns many records at once: jobs, exports, side-loading, ratings, metrics, limits.

use super::*;
use std::collections::BTreeMap;

const SECOND: Span = Span::from_secs(1);

fn at(seconds: i64) -> Time {
    START + Span::from_secs(seconds)
}

fn ask(desk: &mut Zendesk, method: Method, path: &str, sent: &Value, now: Time) -> (u16, Value) {
    let handled = desk.handle(&request(method, path, sent), now);
    (handled.reply.status, body(&handled))
}

fn with_knob(desk: &mut Zendesk, knob: &str, method: Method, path: &str, sent: &Value, now: Time) -> Value {
    body(&desk.handle_with(knob, &request(method, path, sent), now))
}

/// The path behind `/api/v2/` of an absolute address.
fn path_of(url: &Value) -> String {
    url.as_str().expect("an address").replace("http://127.0.0.1:9/api/v2/", "")
}

#[test]
fn a_job_is_queued_works_and_is_done() {
    let mut desk = listening();
    let sent = json!({"tickets": [
        {"subject": "a", "comment": {"body": "x"}}, {"subject": "b"}, {"subject": "c", "comment": {"body": "z"}},
    ]});
    let (status, job) = post(&mut desk, "tickets/create_many.json", sent);
    assert_eq!((status, &job["job_status"]["status"]), (200, &json!("queued")));
    let path = path_of(&job["job_status"]["url"]);
    let due = desk.next_wake().expect("the job ends");
    let half = START + Span::from_millis(500);
    assert_eq!(ask(&mut desk, Method::GET, &path, &Value::Null, half).1["job_status"]["status"], "working");
    assert_eq!(get(&mut desk, "tickets").1["count"], 0, "nothing is done before its time");
    let effects = desk.wake(due);
    assert_eq!((effects.len(), desk.next_wake()), (4, None), "two tickets are seen and told");
    let (_, done) = ask(&mut desk, Method::GET, &path, &Value::Null, due);
    let results = &done["job_status"]["results"];
    assert_eq!((&done["job_status"]["status"], &results[0]["status"]), (&json!("completed"), &json!("Created")));
    assert_eq!(
        (&results[1]["status"], &results[1]["details"]),
        (&json!("Failed"), &json!("Description: cannot be blank"))
    );
    assert_eq!(results[2]["id"], 2);

    let sent = json!({"ticket": {"status": "solved"}});
    put(&mut desk, "tickets/update_many.json?ids=1,2,77", sent);
    desk.wake(due + SECOND);
    let found = ask(&mut desk, Method::GET, "search?query=status:solved", &Value::Null, due + SECOND).1;
    assert_eq!(found["count"], 2);
    let (_, many) = get(&mut desk, "job_statuses.json");
    assert_eq!(many["job_statuses"][0]["results"][2]["success"], false);
    let batch =
        json!({"tickets": [{"id": 1, "tags": ["x"]}, {"id": 2, "safe_update": true, "updated_stamp": "never"}]});
    put(&mut desk, "tickets/update_many.json", batch);
    ask(&mut desk, Method::DELETE, "tickets/destroy_many?ids=2", &Value::Null, START);
    desk.wake(due + SECOND);
    assert_eq!(get(&mut desk, "tickets/1").1["ticket"]["tags"], json!(["x"]));
    assert_eq!(get(&mut desk, "tickets/2").0, 404);
}

#[test]
fn jobs_for_users_too_many_records_and_too_many_jobs() {
    let mut desk = desk();
    let users = json!({"users": [{"name": "Ann", "email": "ann@x.org"}, {"name": "Ann", "email": "ann@x.org"}]});
    post(&mut desk, "users/create_or_update_many.json", users.clone());
    post(&mut desk, "users/create_many.json", users);
    desk.wake(START + SECOND);
    let (_, jobs) = get(&mut desk, "job_statuses");
    assert_eq!(jobs["job_statuses"][1]["results"][0]["status"], "Created");
    assert_eq!(jobs["job_statuses"][1]["results"][1]["status"], "Updated");
    assert_eq!(jobs["job_statuses"][0]["results"][1]["error"], "UserCreateError");
    let many = json!({"tickets": vec![json!({}); 101]});
    assert_eq!(post(&mut desk, "tickets/create_many", many).1["error"], "TooManyValues");
    assert_eq!(post(&mut desk, "tickets/create_many", json!({"tickets": 7})).0, 400);
    let one = json!({"tickets": [{}]});
    let statuses: Vec<u16> = (0..31).map(|_| post(&mut desk, "tickets/create_many", one.clone()).0).collect();
    assert_eq!((statuses[29], statuses[30]), (200, 429));
    assert_eq!(get(&mut desk, "job_statuses/nonsense.json").0, 404);
}

#[test]
fn jobs_stick_and_fail_when_the_vendor_does() {
    let mut desk = desk();
    let one = json!({"tickets": [{"subject": "a", "comment": {"body": "x"}}]});
    for (knob, last) in [("job_stuck", "working"), ("job_failed", "failed")] {
        let made = with_knob(&mut desk, knob, Method::POST, "tickets/create_many", &one, START);
        let path = path_of(&made["job_status"]["url"]);
        desk.wake(at(10));
        let later = ask(&mut desk, Method::GET, &path, &Value::Null, at(10)).1;
        assert_eq!(later["job_status"]["status"], last);
        assert_eq!(get(&mut desk, "tickets").1["count"], 0);
    }
    let (_, made) = post(&mut desk, "tickets/create_many", one);
    let path = path_of(&made["job_status"]["url"]);
    desk.wake(START + SECOND);
    let shown = with_knob(&mut desk, "job_stuck", Method::GET, &path, &Value::Null, START + SECOND);
    assert_eq!(shown["job_status"]["status"], "working", "a job that is done is shown at work");
    assert_eq!(get(&mut desk, &path).1["job_status"]["status"], "completed");
}

#[test]
fn an_export_by_cursor_tells_every_change_once() {
    let mut desk = desk();
    for n in 0..5 {
        ask(&mut desk, Method::POST, "tickets", &simple(&format!("number {n}")), at(n));
    }
    let now = at(300);
    ask(&mut desk, Method::DELETE, "tickets/2", &Value::Null, at(10));
    let (mut path, mut seen) =
        ("incremental/tickets/cursor.json?start_time=0&per_page=2&include=users".to_owned(), vec![]);
    loop {
        let (status, page) = ask(&mut desk, Method::GET, &path, &Value::Null, now);
        assert_eq!((status, page["users"].is_array()), (200, true), "{page}");
        seen.extend(page["tickets"].as_array().into_iter().flatten().map(|t| (t["id"].clone(), t["status"].clone())));
        path = path_of(&page["after_url"]);
        if page["end_of_stream"] == true {
            break;
        }
    }
    let ids: Vec<u64> = seen.iter().filter_map(|(id, _)| id.as_u64()).collect();
    assert_eq!((ids, &seen[4].1), (vec![1, 3, 4, 5, 2], &json!("deleted")));
    let (_, idle) = ask(&mut desk, Method::GET, &path, &Value::Null, now);
    assert_eq!((&idle["tickets"], &idle["end_of_stream"]), (&json!([]), &json!(true)));
    ask(&mut desk, Method::PUT, "tickets/1", &json!({"ticket": {"status": "open"}}), now);
    assert_eq!(ask(&mut desk, Method::GET, &path, &Value::Null, now).1["tickets"][0]["id"], 1, "and what comes later");
    assert_eq!(get(&mut desk, "incremental/tickets/cursor?cursor=zz").0, 400);
}

#[test]
fn an_export_by_time_walks_whole_seconds() {
    let mut desk = desk();
    for n in 0..7 {
        ask(&mut desk, Method::POST, "tickets", &simple("x"), START + Span::from_millis(400 * n));
    }
    let now = at(600);
    let (mut path, mut seen) = ("incremental/tickets.json?start_time=0&per_page=2".to_owned(), BTreeMap::new());
    for _ in 0..7 {
        let (_, page) = ask(&mut desk, Method::GET, &path, &Value::Null, now);
        let ids = page["tickets"].as_array().into_iter().flatten().filter_map(|ticket| ticket["id"].as_u64());
        ids.for_each(|id| *seen.entry(id).or_insert(0) += 1);
        path = path_of(&page["next_page"]);
        if page["end_of_stream"] == true {
            break;
        }
    }
    assert_eq!(seen.len(), 7, "none is left out, though some come twice: {seen:?}");
    let unix = Settings::default().epoch.unix_secs(now);
    let recent = format!("incremental/tickets.json?start_time={}", unix - 30);
    assert_eq!(ask(&mut desk, Method::GET, &recent, &Value::Null, now).1["error"], "StartTimeTooRecent");
    let (_, users) = ask(&mut desk, Method::GET, "incremental/users.json?start_time=1", &Value::Null, now);
    assert_eq!((&users["count"], &users["end_of_stream"]), (&json!(1), &json!(true)));
    let stale = "incremental/tickets.json?start_time=0";
    let early = at(120);
    let page = with_knob(&mut desk, "stale_export", Method::GET, stale, &Value::Null, early);
    assert_eq!((&page["count"], &page["end_of_stream"]), (&json!(0), &json!(true)), "all told, says it");
    assert_eq!(ask(&mut desk, Method::GET, stale, &Value::Null, early).1["count"], 7);
}

#[test]
fn records_come_with_what_they_name() {
    let mut desk = desk();
    let (_, group) = post(&mut desk, "groups.json", json!({"group": {"name": "Tier 2"}}));
    let (_, company) = post(&mut desk, "organizations.json", json!({"organization": {"name": "Acme"}}));
    let user = json!({"user": {"name": "Ann", "email": "ann@x.org", "organization_id": company["organization"]["id"]}});
    post(&mut desk, "users", user);
    let sent = json!({"ticket": {
        "subject": "a", "comment": {"body": "x"}, "requester": {"name": "Ann", "email": "ann@x.org"},
        "group_id": group["group"]["id"], "submitter_id": get(&mut desk, "users/me").1["user"]["id"],
    }});
    post(&mut desk, "tickets", sent);
    for path in ["tickets.json?include=users,groups,organizations", "tickets/1?include=users,groups,organizations"] {
        let (_, page) = get(&mut desk, path);
        let named =
            |key: &str, name: &str| page[key].as_array().is_some_and(|all| all.iter().any(|one| one["name"] == name));
        assert!(named("users", "Ann") && named("groups", "Tier 2") && named("organizations", "Acme"), "{page}");
    }
    let (_, found) = get(&mut desk, "search?query=type:ticket&include=tickets(users)");
    assert_eq!(found["users"].as_array().map(Vec::len), Some(2), "who asks and who entered it");
    let (_, comments) = get(&mut desk, "tickets/1/comments?include=users");
    assert_eq!(comments["users"][0]["name"], "Holdline Bot", "who entered it wrote it");
    assert_eq!(get(&mut desk, "tickets?include=comment_count").1["tickets"][0]["comment_count"], 1);
    assert_eq!(get(&mut desk, "tickets?include=metric_sets").1["metric_sets"][0]["ticket_id"], 1);
    assert!(get(&mut desk, "tickets").1.get("users").is_none());
}

#[test]
fn a_customer_rates_what_was_solved() {
    let mut desk = desk();
    let (ticket, _) = desk.customer_creates("ann@x.org", "Ann", "Help", "Now", None, START);
    let path = format!("tickets/{}/satisfaction_rating.json", ticket.expect("it is made"));
    let sent = json!({"satisfaction_rating": {"score": "good", "comment": "Quick!"}});
    assert_eq!(post(&mut desk, &path, sent.clone()).0, 403, "an agent rates nothing");
    let mut by_customer = request(Method::POST, &path, &sent);
    let credentials = {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode("ann@x.org/token:mock-zendesk-token")
    };
    by_customer.headers.insert("authorization", format!("Basic {credentials}").parse().expect("plain ASCII"));
    assert_eq!(desk.handle(&by_customer, START).reply.status, 422, "it is not solved");
    assert_eq!(get(&mut desk, "tickets/1").1["ticket"]["satisfaction_rating"]["score"], "unoffered");
    put(&mut desk, "tickets/1", json!({"ticket": {"status": "solved"}}));
    assert_eq!(get(&mut desk, "tickets/1").1["ticket"]["satisfaction_rating"]["score"], "offered");
    assert_eq!(desk.handle(&by_customer, START).reply.status, 200);
    assert_eq!(get(&mut desk, "tickets/1").1["ticket"]["satisfaction_rating"]["comment"], "Quick!");
    for (query, count) in
        [("", 1), ("?score=bad", 0), ("?score=good_with_comment", 1), ("?score=good_without_comment", 0)]
    {
        let (_, list) = get(&mut desk, &format!("satisfaction_ratings.json{query}"));
        assert_eq!(list["count"], count, "{query}");
    }
}

#[test]
fn metrics_tell_a_tickets_way() {
    let mut desk = desk();
    ask(
        &mut desk,
        Method::POST,
        "tickets",
        &json!({"ticket": {
            "subject": "a", "comment": {"body": "x"}, "requester": {"name": "Ann", "email": "ann@x.org"},
        }}),
        START,
    );
    let minute = |n: i64| at(60 * n);
    ask(&mut desk, Method::PUT, "tickets/1", &json!({"ticket": {"comment": {"body": "y"}}}), minute(3));
    ask(&mut desk, Method::PUT, "tickets/1", &json!({"ticket": {"status": "solved"}}), minute(10));
    desk.customer_comments(1, "No!", None, minute(20)).expect("it is open to comments");
    ask(&mut desk, Method::PUT, "tickets/1", &json!({"ticket": {"status": "solved"}}), minute(30));
    let (_, metrics) = get(&mut desk, "tickets/1/metrics.json");
    let of = &metrics["ticket_metric"];
    assert_eq!(of["reply_time_in_minutes"]["calendar"], 3);
    assert_eq!(of["first_resolution_time_in_minutes"]["calendar"], 10);
    assert_eq!(of["full_resolution_time_in_minutes"]["calendar"], 30);
    assert_eq!((&of["reopens"], &of["replies"], &of["assignee_stations"]), (&json!(1), &json!(1), &json!(1)));
    assert_eq!(get(&mut desk, "ticket_metrics.json").1["ticket_metrics"][0], *of);
}

#[test]
fn views_hold_what_their_rule_says() {
    let mut desk = desk();
    post(&mut desk, "tickets", simple("one"));
    post(&mut desk, "tickets", json!({"ticket": {"comment": {"body": "x"}, "status": "solved"}}));
    let (_, views) = get(&mut desk, "views.json");
    for (index, ids) in [(0, vec![1]), (1, vec![1]), (2, vec![]), (3, vec![2])] {
        let path = format!("views/{}", views["views"][index]["id"]);
        let (_, held) = get(&mut desk, &format!("{path}/tickets.json"));
        let found: Vec<u64> =
            held["tickets"].as_array().into_iter().flatten().filter_map(|t| t["id"].as_u64()).collect();
        assert_eq!(
            (&found, &get(&mut desk, &format!("{path}/count")).1["view_count"]["value"]),
            (&ids, &json!(ids.len()))
        );
    }
    assert_eq!(get(&mut desk, "tags.json").1["tags"], json!([]));
}

#[test]
fn exports_and_updates_of_one_ticket_have_limits_of_their_own() {
    let mut desk = desk();
    post(&mut desk, "tickets", simple("one"));
    let now = at(540);
    let path = "incremental/tickets.json?start_time=0";
    let exports: Vec<u16> = (0..11).map(|_| ask(&mut desk, Method::GET, path, &Value::Null, now).0).collect();
    assert_eq!((exports[9], exports[10]), (200, 429));
    let change = request(Method::PUT, "tickets/1", &json!({"ticket": {"tags": ["x"]}}));
    let updates: Vec<Handled> = (0..31).map(|_| desk.handle(&change, now)).collect();
    assert_eq!((updates[29].reply.status, updates[30].reply.status), (200, 429));
    assert_eq!(header(&updates[30], "retry-after"), Some("60"));
    assert_eq!(header(&updates[30], "content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(desk.handle(&change, now + Span::MINUTE).reply.status, 200);
}

#[test]
fn a_webhook_that_fails_too_often_is_left_alone() {
    let mut desk = listening();
    let failed = DeliveryOutcome {
        status: Some(500),
        headers: HeaderMap::new(),
        body: Bytes::new(),
        error: Some("http_error".to_owned()),
        tries: 1,
    };
    let mut sent = 0;
    for n in 0..150 {
        let (_, effects) = desk.customer_creates(&format!("c{n}@x.org"), "C", "Help", "Now", None, START);
        for delivery in deliveries(&effects) {
            sent += 1;
            desk.delivered(delivery, &failed, START);
        }
    }
    assert_eq!(sent, 100);
    let (_, effects) = desk.customer_creates("d@x.org", "D", "Help", "Now", None, at(6));
    assert_eq!(deliveries(&effects).len(), 1, "one is let through to try");
}
