use super::*;
use hyper::HeaderMap;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};

fn request(method: Method, path: &str, kind: &'static str, body: &str) -> Request {
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, HeaderValue::from_static("OAuth mock-statuspage-key"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    Request { method, path: path.into(), query: String::new(), headers, body: body.to_owned().into() }
}

fn ask(page: &mut Statuspage, request: &Request, now: Time) -> (u16, Value, Vec<Effect>) {
    let Handled { reply, effects, .. } = page.handle(request, now);
    let Body::Full(bytes) = reply.body else { panic!("a page never streams") };
    (reply.status, serde_json::from_slice(&bytes).expect("always JSON"), effects)
}

fn json(page: &mut Statuspage, method: Method, path: &str, body: &str) -> (u16, Value, Vec<Effect>) {
    ask(page, &request(method, path, "application/json", body), Time::ZERO + Span::MINUTE)
}

const INCIDENTS: &str = "/v1/pages/mockpage/incidents";

#[test]
fn an_incident_lives_from_investigating_to_resolved() {
    let mut page = Statuspage::new(Settings::default());
    let (status, made, effects) = json(
        &mut page,
        Method::POST,
        INCIDENTS,
        r#"{"incident":{"name":"Phones are down","body":"We are on it.","impact_override":"major"}}"#,
    );
    assert_eq!((status, &made["status"], &made["impact"]), (201, &json!("investigating"), &json!("major")));
    assert_eq!(made["created_at"], "2026-01-05T00:01:00.000Z");
    assert!(
        matches!(&effects[..], [Effect::Seen(Seen::PublicUpdate { status, text, still_open: 1 })] if status == "investigating" && text == "We are on it.")
    );
    let (_, summary, _) = json(&mut page, Method::GET, "/api/v2/summary.json", "");
    assert_eq!(summary["status"]["indicator"], "major");
    assert_eq!(summary["incidents"][0]["name"], "Phones are down");

    let path = format!("{INCIDENTS}/{}.json", made["id"].as_str().expect("an id"));
    let form = "incident%5Bstatus%5D=resolved&incident%5Bbody%5D=All+is+well";
    let update = request(Method::PATCH, &path, "application/x-www-form-urlencoded", form);
    let (status, done, effects) = ask(&mut page, &update, Time::ZERO + Span::from_secs(600));
    assert_eq!((status, &done["status"]), (200, &json!("resolved")));
    assert_eq!(done["incident_updates"][0]["body"], "All is well");
    assert_eq!(done["incident_updates"][1]["body"], "We are on it.");
    assert_eq!(done["resolved_at"], "2026-01-05T00:10:00.000Z");
    assert!(matches!(&effects[..], [Effect::Seen(Seen::PublicUpdate { status, .. })] if status == "resolved"));
    assert_eq!(json(&mut page, Method::GET, &format!("{INCIDENTS}/unresolved"), "").1, json!([]));
    assert_eq!(json(&mut page, Method::GET, "/api/v2/status.json", "").1["status"]["indicator"], "none");
}

#[test]
fn each_update_of_one_incident_is_told_and_nothing_else_is() {
    let mut page = Statuspage::new(Settings::default());
    let (_, made, _) = json(&mut page, Method::POST, INCIDENTS, r#"{"incident":{"name":"Chat is down"}}"#);
    let path = format!("{INCIDENTS}/{}", made["id"].as_str().expect("an id"));
    let told: Vec<Vec<String>> = [
        r#"{"incident":{"body":"Next update in 30 minutes."}}"#,
        r#"{"incident":{"status":"investigating"}}"#,
        r#"{"incident":{"impact_override":"critical"}}"#,
        r#"{"incident":{"status":"identified"}}"#,
        r#"{"incident":{"status":"identified","body":"It is the model."}}"#,
    ]
    .into_iter()
    .map(|body| {
        let (status, _, effects) = json(&mut page, Method::PATCH, &path, body);
        assert_eq!(status, 200, "{body}");
        let words = effects.into_iter().map(|effect| match effect {
            Effect::Seen(Seen::PublicUpdate { text, .. }) => text,
            other => panic!("{other:?} is no news"),
        });
        words.collect()
    })
    .collect();
    let said: [&[&str]; 5] = [&["Next update in 30 minutes."], &[], &[], &["Chat is down"], &["It is the model."]];
    assert_eq!(told, said);
    let (_, now, _) = json(&mut page, Method::GET, &path, "");
    assert_eq!(now["incident_updates"].as_array().map(Vec::len), Some(4));
}

#[test]
fn a_component_goes_down_with_its_incident() {
    let mut page = Statuspage::new(Settings::default());
    let (_, list, _) = json(&mut page, Method::GET, "/v1/pages/mockpage/components", "");
    let id = list[0]["id"].as_str().expect("an id").to_owned();
    let form = format!("incident[name]=Chat&incident[components][{id}]=partial_outage&incident[component_ids][]={id}");
    let create = request(Method::POST, INCIDENTS, "application/x-www-form-urlencoded", &form);
    let (status, made, _) = ask(&mut page, &create, Time::ZERO);
    assert_eq!((status, &made["components"][0]["status"]), (201, &json!("partial_outage")));
    assert_eq!(json(&mut page, Method::GET, "/api/v2/status.json", "").1["status"]["indicator"], "major");
    let path = format!("/v1/pages/mockpage/components/{id}");
    let (status, back, _) = json(&mut page, Method::PATCH, &path, r#"{"component":{"status":"operational"}}"#);
    assert_eq!((status, &back["status"]), (200, &json!("operational")));
}

#[test]
fn refusals_have_the_vendors_statuses() {
    let mut page = Statuspage::new(Settings::default());
    for (method, path, body, status) in [
        (Method::POST, INCIDENTS, "{}", 422),
        (Method::POST, INCIDENTS, "{", 400),
        (Method::POST, INCIDENTS, "[]", 400),
        (Method::POST, INCIDENTS, r#"{"incident":{"name":"x","status":"wrong"}}"#, 422),
        (Method::POST, INCIDENTS, r#"{"incident":{"name":"x","component_ids":["nobody"]}}"#, 422),
        (Method::GET, "/v1/pages/mockpage/incidents/nobody", "", 404),
        (Method::GET, "/v1/pages/other/incidents", "", 404),
        (Method::GET, "/api/v2/nothing.json", "", 404),
        (Method::GET, "/", "", 404),
    ] {
        assert_eq!(json(&mut page, method, path, body).0, status, "{path} {body}");
    }
    let mut stranger = request(Method::GET, INCIDENTS, "application/json", "");
    stranger.headers.remove(AUTHORIZATION);
    assert_eq!(ask(&mut page, &stranger, Time::ZERO).0, 401);
    stranger.query = "api_key=mock-statuspage-key".into();
    assert_eq!(ask(&mut page, &stranger, Time::ZERO).0, 200);
}

#[test]
fn who_asks_too_often_is_told_to_slow_down_and_the_public_is_not() {
    let mut page = Statuspage::new(Settings { limits: Some(Limits::shipped()), ..Settings::default() });
    let statuses: Vec<u16> = (0..61).map(|_| json(&mut page, Method::GET, INCIDENTS, "").0).collect();
    assert_eq!((statuses.iter().filter(|status| **status == 200).count(), statuses[60]), (60, 420));
    let refused = page.handle(&request(Method::GET, INCIDENTS, "application/json", ""), Time::ZERO + Span::MINUTE);
    assert!(refused.reply.headers.contains(&("retry-after", "60".to_owned())), "{:?}", refused.reply.headers);
    assert_eq!(json(&mut page, Method::GET, "/api/v2/status.json", "").0, 200);
    let later =
        ask(&mut page, &request(Method::GET, INCIDENTS, "application/json", ""), Time::ZERO + Span::from_secs(120));
    assert_eq!(later.0, 200);
}

#[test]
fn the_limit_is_set_and_taken_away() {
    let mut page = Statuspage::new(Settings { limits: Some(Limits::shipped()), ..Settings::default() });
    let asked = |target| Asked::new(target, false).expect("an object");
    let passes = |page: &mut Statuspage| {
        let good = |page: &mut Statuspage| json(page, Method::GET, INCIDENTS, "").0 == 200;
        (0..100).filter(|_| good(page)).count()
    };
    for (target, shown, pass) in [
        (serde_json::json!({}), serde_json::json!(60), 60),
        (serde_json::json!({"requests_per_minute": 7}), serde_json::json!(7), 7),
        (serde_json::json!({"requests_per_minute": null}), Value::Null, 100),
    ] {
        let made = page.aim(&asked(target), Time::ZERO).expect("it is taken").made;
        assert_eq!((&made["requests_per_minute"], passes(&mut page)), (&shown, pass));
    }
    assert!(page.aim(&asked(serde_json::json!({"requests_per_minute": 0})), Time::ZERO).is_err());
    assert!(page.aim(&asked(serde_json::json!({"url": "x"})), Time::ZERO).is_err());
}

proptest::proptest! {
    #[test]
    fn no_body_panics(body: Vec<u8>, form: bool) {
        let mut page = Statuspage::new(Settings::default());
        let kind = if form { "application/x-www-form-urlencoded" } else { "application/json" };
        let mut request = request(Method::POST, INCIDENTS, kind, "");
        request.body = body.into();
        page.handle(&request, Time::ZERO);
    }

    #[test]
    fn no_form_panics(names in proptest::collection::vec("[a-c\\[\\]]{0,12}", 0..12)) {
        let mut page = Statuspage::new(Settings::default());
        let form = names.iter().map(|name| format!("incident[name]=x&{name}=y")).collect::<Vec<_>>().join("&");
        page.handle(&request(Method::POST, INCIDENTS, "application/x-www-form-urlencoded", &form), Time::ZERO);
    }
}

#[test]
fn one_of_two_incidents_that_is_over_is_no_all_clear() {
    let mut page = Statuspage::new(Settings::default());
    let mut write = |method: Method, path: &str, body: &str| {
        let (_, made, effects) = json(&mut page, method, path, body);
        let [Effect::Seen(Seen::PublicUpdate { still_open, .. })] = effects[..] else { panic!("{effects:?}") };
        (format!("{INCIDENTS}/{}", made["id"].as_str().expect("an id")), still_open)
    };
    let (phones, _) = write(Method::POST, INCIDENTS, r#"{"incident":{"name":"Phones are down"}}"#);
    // What is planned is no trouble.
    write(Method::POST, INCIDENTS, r#"{"incident":{"name":"New lines","status":"scheduled"}}"#);
    let (chat, open) = write(Method::POST, INCIDENTS, r#"{"incident":{"name":"Chat is down"}}"#);
    assert_eq!(open, 2);
    let over = r#"{"incident":{"status":"resolved"}}"#;
    assert_eq!(write(Method::PATCH, &phones, over).1, 1);
    assert_eq!(write(Method::PATCH, &chat, over).1, 0);
}

#[test]
fn maintenance_has_lists_of_its_own_and_is_no_trouble() {
    let mut page = Statuspage::new(Settings::default());
    let plan = r#"{"incident":{"name":"New lines","status":"scheduled"}}"#;
    let made = json(&mut page, Method::POST, INCIDENTS, plan).1;
    let path = format!("{INCIDENTS}/{}", made["id"].as_str().expect("an id"));
    let mut lists = |status: Option<&str>| {
        if let Some(status) = status {
            let change = json!({"incident": {"status": status}}).to_string();
            assert_eq!(json(&mut page, Method::PATCH, &path, &change).0, 200);
        }
        let of_team = ["unresolved", "scheduled", "upcoming", "active_maintenance"];
        let of_team = of_team.map(|list| json(&mut page, Method::GET, &format!("{INCIDENTS}/{list}.json"), "").1);
        let mut public = |file: &str| json(&mut page, Method::GET, &format!("/api/v2/{file}.json"), "").1;
        let of_public = ["scheduled-maintenances", "scheduled-maintenances/upcoming", "scheduled-maintenances/active"];
        let of_public = of_public.map(|file| public(file)["scheduled_maintenances"].clone());
        let summary = public("summary");
        assert_eq!((&summary["incidents"], &summary["status"]["indicator"]), (&json!([]), &json!("none")));
        let length = |list: &Value| list.as_array().map_or(9, Vec::len);
        (of_team.each_ref().map(length), of_public.each_ref().map(length), length(&summary["scheduled_maintenances"]))
    };
    assert_eq!(lists(None), ([0, 1, 1, 0], [1, 1, 0], 1));
    assert_eq!(lists(Some("in_progress")), ([0, 1, 0, 1], [1, 0, 1], 1));
    assert_eq!(lists(Some("completed")), ([0, 0, 0, 0], [1, 0, 0], 0));
}
