//! What is written and read back: fields that mean nothing to the mock, people of a ticket, users and organizations.

use super::*;

fn delete(desk: &mut Zendesk, path: &str) -> (u16, Vec<Effect>) {
    let handled = desk.handle(&request(Method::DELETE, path, &Value::Null), START);
    (handled.reply.status, handled.effects)
}

#[test]
fn what_is_written_of_a_ticket_is_read_back() {
    let mut desk = desk();
    let sent = json!({"ticket": {
        "subject": "Printer", "comment": {"body": "It smokes"}, "requester": {"name": "Ann", "email": "ann@x.org"},
        "due_at": "2026-12-01T00:00:00Z", "brand_id": 7, "ticket_form_id": "8", "recipient": "help@x.org",
        "email_ccs": [{"user_email": "bob@x.org", "user_name": "Bob", "action": "put"}], "collaborators": ["cy@x.org"],
    }});
    let (status, made) = post(&mut desk, "tickets.json", sent);
    let made = &made["ticket"];
    assert_eq!((status, &made["due_at"], &made["brand_id"]), (201, &json!("2026-12-01T00:00:00Z"), &json!(7)));
    assert_eq!((&made["ticket_form_id"], &made["recipient"]), (&json!(8), &json!("help@x.org")));
    assert_eq!(made["submitter_id"], made["requester_id"], "who asks has entered it unless it is said");
    let bob = made["email_cc_ids"][0].as_u64().expect("somebody");
    assert_eq!(
        (
            get(&mut desk, &format!("users/{bob}")).1["user"]["name"].as_str(),
            made["email_cc_ids"].as_array().map(Vec::len)
        ),
        (Some("Bob"), Some(2))
    );
    assert_eq!(get(&mut desk, &format!("users/{bob}/tickets/ccd.json")).1["count"], 1);

    let change = json!({"ticket": {"due_at": null, "email_ccs": [{"user_id": bob, "action": "delete"}], "requester_id": bob.to_string()}});
    let (_, changed) = put(&mut desk, "tickets/1", change);
    let changed = &changed["ticket"];
    assert_eq!((&changed["due_at"], &changed["brand_id"]), (&Value::Null, &json!(7)));
    assert_eq!((changed["email_cc_ids"].as_array().map(Vec::len), &changed["requester_id"]), (Some(1), &json!(bob)));
    let me = get(&mut desk, "users/me").1["user"]["id"].clone();
    let (_, other) = post(
        &mut desk,
        "tickets",
        json!({"ticket": {"comment": {"body": "x"}, "requester_id": bob, "submitter_id": me}}),
    );
    assert_eq!(other["ticket"]["submitter_id"], me);
    assert_eq!(get(&mut desk, "tickets/2/comments").1["comments"][0]["author_id"], me, "who entered it wrote it");
}

#[test]
fn a_ticket_that_is_refused_leaves_nobody_behind() {
    let mut desk = desk();
    let count = |desk: &mut Zendesk| get(desk, "users/count.json").1["count"]["value"].as_u64();
    let before = count(&mut desk);
    let stranger = json!({"name": "Ann", "email": "ann@x.org"});
    for wrong in [
        json!({"requester": stranger, "comment": {"body": " "}}),
        json!({"requester": stranger, "comment": {"body": "x"}, "group_id": 5}),
        json!({"requester": stranger, "comment": {"body": "x", "author_id": "5"}}),
    ] {
        assert_eq!(post(&mut desk, "tickets", json!({"ticket": wrong})).0, 422);
    }
    assert_eq!((count(&mut desk), get(&mut desk, "tickets/count").1["count"]["value"].as_u64()), (before, Some(0)));
    assert_eq!(get(&mut desk, "tickets/1").0, 404);
}

#[test]
fn a_user_is_changed_emptied_and_deleted() {
    let mut desk = desk();
    let sent = json!({"user": {"name": "Ann", "email": "ann@x.org", "phone": "+1", "external_id": "a", "notes": "vip",
        "tags": ["gold"], "user_fields": {"plan": "pro"}}});
    let (_, made) = post(&mut desk, "users.json", sent);
    let user = &made["user"];
    let id = user["id"].as_u64().expect("an id");
    assert_eq!(
        (&user["notes"], &user["tags"], &user["user_fields"]),
        (&json!("vip"), &json!(["gold"]), &json!({"plan": "pro"}))
    );
    assert_eq!(get(&mut desk, "users/show_many?external_ids=a,b").1["count"], 1);
    let change = json!({"user": {"role": "agent", "phone": null, "notes": null, "suspended": true, "user_fields": {"since": 2020}}});
    let (_, changed) = put(&mut desk, &format!("users/{id}"), change);
    let user = &changed["user"];
    assert_eq!((&user["role"], &user["phone"], &user["notes"]), (&json!("agent"), &Value::Null, &json!("")));
    assert_eq!((&user["suspended"], &user["user_fields"]), (&json!(true), &json!({"plan": "pro", "since": 2020})));
    assert_eq!(put(&mut desk, &format!("users/{id}"), json!({"user": {"role": "king"}})).0, 422);
    assert_eq!(put(&mut desk, "users/5", json!({"user": {"name": "x"}})).0, 404);

    assert_eq!(delete(&mut desk, &format!("users/{id}")).0, 200);
    assert_eq!(get(&mut desk, &format!("users/{id}")).1["user"]["active"], false);
    assert_eq!(get(&mut desk, "users/search?query=ann").1["count"], 0);
    assert_eq!(delete(&mut desk, &format!("users/{id}")).0, 404);
    assert_eq!(
        post(&mut desk, "users", json!({"user": {"name": "Ann", "email": "ann@x.org"}})).0,
        201,
        "the address is free"
    );
    let me = get(&mut desk, "users/me").1["user"]["id"].as_u64().expect("an id");
    assert_eq!(delete(&mut desk, &format!("users/{me}")).0, 403, "nobody deletes themselves");
}

#[test]
fn an_organization_is_found_changed_and_deleted() {
    let mut desk = desk();
    let sent =
        json!({"organization": {"name": "Acme", "external_id": "a", "domain_names": ["acme.org"], "notes": "big"}});
    let (_, made) = post(&mut desk, "organizations/create_or_update", sent);
    let id = made["organization"]["id"].as_u64().expect("an id");
    assert_eq!(made["organization"]["domain_names"], json!(["acme.org"]));
    let again = json!({"organization": {"external_id": "a", "name": "Acme Ltd"}});
    let (status, changed) = post(&mut desk, "organizations/create_or_update", again);
    assert_eq!(
        (status, &changed["organization"]["id"], &changed["organization"]["notes"]),
        (200, &json!(id), &json!("big"))
    );
    for path in ["search?name=acme%20ltd", "search?external_id=a", "autocomplete?name=ac", "show_many?external_ids=a"] {
        assert_eq!(get(&mut desk, &format!("organizations/{path}")).1["count"], 1, "{path}");
    }
    assert_eq!(get(&mut desk, "organizations/search").0, 400);
    let user = json!({"user": {"name": "Ann", "email": "ann@x.org", "organization_id": id}});
    let ann = post(&mut desk, "users", user).1["user"]["id"].clone();
    post(&mut desk, "tickets", json!({"ticket": {"comment": {"body": "x"}, "requester_id": ann}}));
    assert_eq!(get(&mut desk, &format!("organizations/{id}/tickets")).1["count"], 1);
    assert_eq!(get(&mut desk, &format!("organizations/{id}/users")).1["count"], 1);
    assert_eq!(delete(&mut desk, &format!("organizations/{id}")).0, 204);
    assert_eq!(get(&mut desk, "tickets/1").1["ticket"]["organization_id"], Value::Null);
}

#[test]
fn who_pages_through_a_list_misses_nothing_while_it_changes() {
    let mut desk = desk();
    for at in 0..7 {
        post(&mut desk, "tickets", simple(&at.to_string()));
    }
    let (mut path, mut seen) = ("tickets?page[size]=2".to_owned(), Vec::new());
    loop {
        let (_, page) = get(&mut desk, &path);
        let ids: Vec<u64> =
            page["tickets"].as_array().into_iter().flatten().filter_map(|one| one["id"].as_u64()).collect();
        // A clean-up deletes what it has read.
        for id in &ids {
            assert_eq!(delete(&mut desk, &format!("tickets/{id}")).0, 204);
        }
        seen.extend(ids);
        let Some(next) = page["links"]["next"].as_str() else { break };
        path = next.split_once("/api/v2/").expect("a link").1.to_owned();
    }
    assert_eq!(seen, [1, 2, 3, 4, 5, 6, 7]);

    for at in 0..4 {
        post(&mut desk, "tickets", simple(&at.to_string()));
    }
    let (_, page) = get(&mut desk, "tickets?page[size]=2&sort=-updated_at");
    let next = page["links"]["next"].as_str().and_then(|url| url.split_once("/api/v2/")).expect("a link").1.to_owned();
    post(&mut desk, "tickets", simple("new"));
    let (_, page) = get(&mut desk, &next);
    let ids: Vec<u64> = page["tickets"].as_array().into_iter().flatten().filter_map(|one| one["id"].as_u64()).collect();
    assert_eq!(ids, [9, 8], "a new one at the front shifts nothing");
    let back = page["links"]["prev"].as_str().and_then(|url| url.split_once("/api/v2/")).expect("a link").1.to_owned();
    let (_, page) = get(&mut desk, &back);
    assert_eq!(page["tickets"][1]["id"], 10);
}

#[test]
fn webhooks_tell_every_change_in_its_own_form() {
    let mut desk = listening();
    let told = |effects: &[Effect]| {
        let bodies =
            deliveries(effects).into_iter().map(|delivery| serde_json::from_slice(&delivery.body).expect("JSON"));
        bodies.collect::<Vec<Value>>()
    };
    post(&mut desk, "tickets", json!({"ticket": {"subject": "Down", "comment": {"body": "x"}, "tags": ["a", "b"]}}));
    let change = json!({"ticket": {"subject": "It is down", "tags": ["b", "c"], "due_at": "2026-12-01", "custom_fields": [{"id": 5, "value": "x"}]}});
    let handled = desk.handle(&request(Method::PUT, "tickets/1", &change), START);
    let bodies = told(&handled.effects);
    let kinds: Vec<&str> =
        bodies.iter().filter_map(|body| body["type"].as_str()?.strip_prefix("zen:event-type:ticket.")).collect();
    assert_eq!(kinds, ["subject_changed", "tags_changed", "task_due_at_changed", "custom_field_changed"]);
    assert_eq!(bodies[0]["event"], json!({"current": "It is down", "previous": "Down"}));
    assert_eq!(bodies[1]["event"], json!({"tags_added": ["c"], "tags_removed": ["a"]}));
    let (_, gone) = delete(&mut desk, "tickets/1");
    let bodies = told(&gone);
    assert_eq!((bodies.len(), bodies[0]["type"].as_str()), (1, Some("zen:event-type:ticket.soft_deleted")));
}
