//! What happened to tickets, and prepared changes of them.

use super::*;

#[test]
fn every_change_of_a_ticket_has_its_audit() {
    let mut desk = desk();
    let (_, created) = post(&mut desk, "tickets.json", simple("Broken"));
    let id = created["ticket"]["id"].as_u64().expect("an id");
    let (_, changed) = put(
        &mut desk,
        &format!("tickets/{id}.json"),
        json!({"ticket": {"status": "pending", "priority": "high", "comment": {"body": "soon", "public": false}}}),
    );
    let (status, all) = get(&mut desk, &format!("tickets/{id}/audits.json"));
    assert_eq!((status, &all["count"]), (200, &json!(2)));
    assert_eq!(all["audits"], json!([created["audit"], changed["audit"]]), "what the replies told");
    let events = all["audits"][1]["events"].as_array().expect("events");
    let kinds: Vec<_> = events.iter().map(|event| (event["type"].as_str(), event["field_name"].as_str())).collect();
    let change = Some("Change");
    assert_eq!(kinds, [(Some("Comment"), None), (change, Some("status")), (change, Some("priority"))]);
    assert_eq!(events[1]["previous_value"], "new");
    let audit = changed["audit"]["id"].as_u64().expect("an id");
    assert_eq!(get(&mut desk, &format!("tickets/{id}/audits/{audit}.json")).1["audit"], changed["audit"]);
    assert_eq!(get(&mut desk, &format!("tickets/{id}/audits/1.json")).0, 404);
    let (_, page) = get(&mut desk, &format!("tickets/{id}/audits.json?page[size]=1"));
    assert_eq!((&page["meta"]["has_more"], page["audits"].as_array().map(Vec::len)), (&json!(true), Some(1)));
    desk.handle(&request(Method::DELETE, &format!("tickets/{id}.json"), &Value::Null), START);
    assert_eq!(get(&mut desk, &format!("tickets/{id}/audits.json")).0, 404);
}

#[test]
fn the_audits_of_a_ticket_are_bounded_and_its_making_stays() {
    let mut desk = desk();
    let id = post(&mut desk, "tickets.json", simple("Broken")).1["ticket"]["id"].as_u64().expect("an id");
    for n in 0..state::MAX_AUDITS {
        desk.person_takes(id, 10_001, n % 2 == 0, START).expect("it can be taken");
    }
    let audits = &desk.account.audits[&id];
    assert_eq!((audits.len(), audits[0].created, audits[1].created), (state::MAX_AUDITS, true, false));
}

#[test]
fn a_macro_shows_what_it_would_do_and_changes_nothing() {
    let mut desk = desk();
    let ticket = json!({"ticket": {"subject": "Down", "comment": {"body": "help"}, "tags": ["vip"]}});
    let id = post(&mut desk, "tickets.json", ticket).1["ticket"]["id"].as_u64().expect("an id");
    let (_, all) = get(&mut desk, "macros.json");
    let named = |title: &str| {
        let found = all["macros"].as_array().into_iter().flatten().find(|one| one["title"] == title);
        found.and_then(|one| one["id"].as_u64()).expect("it is shipped")
    };
    let outage = named("Known outage");
    let (status, applied) = get(&mut desk, &format!("tickets/{id}/macros/{outage}/apply.json"));
    let would = &applied["result"]["ticket"];
    assert_eq!(
        (status, &would["id"], &would["status"], &would["type"]),
        (200, &json!(id), &json!("hold"), &json!("incident"))
    );
    assert_eq!(would["tags"], json!(["known_issue", "outage", "vip"]));
    assert_eq!(would["comment"]["public"], true);
    assert_eq!(get(&mut desk, &format!("tickets/{id}.json")).1["ticket"]["status"], "new");
    let take = named("Take it!");
    let (_, applied) = get(&mut desk, &format!("macros/{take}/apply.json"));
    let me = get(&mut desk, "users/me.json").1["user"]["id"].clone();
    assert_eq!(applied, json!({"result": {"ticket": {"status": "open", "assignee_id": me}}}));
    assert_eq!(get(&mut desk, "macros/1.json").0, 404);
    assert_eq!(get(&mut desk, &format!("macros/{take}.json")).1["macro"]["title"], "Take it!");
}
