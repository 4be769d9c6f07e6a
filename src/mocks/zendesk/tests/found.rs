//! What is found: the words of a search, an export of it, and the fields of tickets.

use super::*;

fn found(desk: &mut Zendesk, path: &str) -> Vec<String> {
    let (status, body) = get(desk, path);
    assert_eq!(status, 200, "{path}: {body}");
    let name = |one: &Value| {
        ["subject", "name", "raw_title"].iter().find_map(|key| one[*key].as_str()).unwrap_or_default().to_owned()
    };
    body["results"].as_array().into_iter().flatten().map(name).collect()
}

fn ticket(desk: &mut Zendesk, subject: &str, more: Value) {
    let mut ticket = json!({"subject": subject, "comment": {"body": "x"}});
    for (key, value) in more.as_object().into_iter().flatten() {
        ticket[key] = value.clone();
    }
    assert_eq!(post(desk, "tickets", json!({"ticket": ticket})).0, 201);
}

#[test]
fn words_of_one_field_are_alternatives_and_those_of_others_all_hold() {
    let mut desk = desk();
    ticket(&mut desk, "one", json!({"status": "open", "tags": ["vip", "red"], "priority": "low"}));
    ticket(&mut desk, "two", json!({"status": "pending", "tags": ["vip"], "priority": "urgent", "type": "incident"}));
    ticket(&mut desk, "three", json!({"status": "solved", "tags": ["blue"], "priority": "high"}));
    for (query, subjects) in [
        ("type:ticket+status:open+status:pending", vec!["two", "one"]),
        ("type:ticket+status:open+status:pending+tags:red", vec!["one"]),
        ("type:ticket+-status:open+-status:pending", vec!["three"]),
        ("type:ticket+tags:v*", vec!["two", "one"]),
        ("type:ticket+subject:t*", vec!["three", "two"]),
        ("type:ticket+group:none+ticket_type:incident", vec!["two"]),
        ("type:ticket+order_by:priority+sort:asc", vec!["one", "three", "two"]),
        ("type:ticket+organization:none+sort:asc", vec!["one", "two", "three"]),
        ("-type:user+-type:group+vip", vec![]),
        ("type:ticket+created%3E4hours", vec!["three", "two", "one"]),
        ("type:ticket+created%3C4hours", vec![]),
        ("type:group", vec!["Support"]),
        ("type:organization+name:none", vec![]),
        ("type:user+email:agent*", vec!["Holdline Bot"]),
        ("type:ticket+priority%3Elow", vec!["three", "two"]),
        ("type:ticket+priority%3Chigh", vec!["one"]),
        ("type:ticket+priority:none", vec![]),
        ("type:ticket+assignee:me", vec!["three"]),
        ("type:ticket+-assignee:me+submitter:me", vec!["two", "one"]),
        ("type:ticket+via:api+has_attachment:false+cc:none+sort:asc", vec!["one", "two", "three"]),
        ("type:ticket+colour:red", vec![]),
        ("type:ticket+brand_id:x", vec![]),
        ("type:ticket+form:none+sort:asc", vec!["one", "two", "three"]),
        ("type:ticket+%22status:open%22", vec![]),
        ("type:ticket+subject:%22two%22", vec!["two"]),
    ] {
        assert_eq!(found(&mut desk, &format!("search.json?query={query}")), subjects, "{query}");
    }
}

#[test]
fn a_search_shows_a_thousand_and_an_export_shows_all() {
    let mut desk = Zendesk::new(Settings { requests_per_minute: None, ..Settings::default() });
    for at in 0..1_050 {
        ticket(&mut desk, &at.to_string(), json!({}));
    }
    let (_, tenth) = get(&mut desk, "search.json?query=type:ticket&page=10");
    assert_eq!((tenth["count"].as_u64(), tenth["results"].as_array().map(Vec::len)), (Some(1_050), Some(100)));
    let (status, refused) = get(&mut desk, "search.json?query=type:ticket&page=11");
    assert_eq!((status, refused["error"].as_str()), (422, Some("invalid")), "{refused}");

    assert_eq!(get(&mut desk, "search/export.json?query=x").0, 400, "it must say of what");
    let (mut next, mut subjects) = ("search/export.json?query=x&filter[type]=ticket&page[size]=500".to_owned(), vec![]);
    loop {
        let (status, page) = get(&mut desk, &next);
        assert_eq!(status, 200, "{page}");
        let of_page = page["results"].as_array().into_iter().flatten();
        subjects.extend(of_page.filter_map(|one| one["subject"].as_str()?.parse::<u32>().ok()));
        if page["meta"]["has_more"] != true {
            break;
        }
        next = page["links"]["next"].as_str().and_then(|url| url.split_once("/api/v2/")).expect("a link").1.to_owned();
    }
    assert_eq!(subjects, (0..1_050).collect::<Vec<u32>>(), "each once, oldest first");
}

#[test]
fn an_accounts_own_fields_stand_on_every_ticket() {
    let mut desk = desk();
    let (_, system) = get(&mut desk, "ticket_fields.json");
    let titles: Vec<&str> =
        system["ticket_fields"].as_array().into_iter().flatten().filter_map(|field| field["title"].as_str()).collect();
    assert_eq!(titles, ["Subject", "Description", "Status", "Type", "Priority", "Group", "Assignee"]);
    assert_eq!(
        get(&mut desk, "ticket_fields/9105.json").1["ticket_field"]["system_field_options"][3]["value"],
        "urgent"
    );

    let wish = json!({"ticket_field": {"type": "tagger", "title": "Plan", "custom_field_options": [{"name": "Gold", "value": "gold"}]}});
    let (status, made) = post(&mut desk, "ticket_fields", wish);
    let id = made["ticket_field"]["id"].as_u64().expect("an id");
    assert_eq!((status, &made["ticket_field"]["custom_field_options"][0]["value"]), (201, &json!("gold")));
    ticket(&mut desk, "one", json!({"custom_fields": [{"id": id, "value": "gold"}]}));
    ticket(&mut desk, "two", json!({}));
    assert_eq!(get(&mut desk, "tickets/2.json").1["ticket"]["custom_fields"], json!([{"id": id, "value": null}]));
    assert_eq!(found(&mut desk, &format!("search.json?query=custom_field_{id}:gold+type:ticket")), ["one"]);

    assert_eq!(
        put(&mut desk, &format!("ticket_fields/{id}"), json!({"ticket_field": {"title": "Tier"}})).1["ticket_field"]["title"],
        "Tier"
    );
    assert_eq!(put(&mut desk, "ticket_fields/9101", json!({"ticket_field": {"title": "x"}})).0, 404);
    for wrong in [
        json!({"type": "tagger"}),
        json!({"title": "x", "type": "nothing"}),
        json!({"title": "x", "type": "tagger", "custom_field_options": [{}]}),
    ] {
        assert_eq!(post(&mut desk, "ticket_fields", json!({"ticket_field": wrong})).0, 422);
    }
    let gone = request(Method::DELETE, &format!("ticket_fields/{id}"), &Value::Null);
    assert_eq!(desk.handle(&gone, START).reply.status, 204);
    assert_eq!(get(&mut desk, &format!("ticket_fields/{id}.json")).0, 404);
}
