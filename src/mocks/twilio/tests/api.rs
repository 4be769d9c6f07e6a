//! The REST API: errors, lists, messages, numbers.

use super::*;
use proptest::prelude::*;
use serde_json::json;

#[test]
fn errors_have_twilios_codes() {
    let mut twilio = desk();
    for (path, form, status, code) in [
        ("/Messages.json", vec![("To", "nobody"), ("From", DESK), ("Body", "x")], 400, 21_211),
        ("/Messages.json", vec![("To", CALLER), ("From", DESK)], 400, 21_602),
        ("/Messages.json", vec![("To", CALLER), ("Body", "x")], 400, 21_603),
        ("/Messages.json", vec![("To", CALLER), ("From", "+15005550000"), ("Body", "x")], 400, 21_606),
        ("/Messages.json", vec![("Body", "x")], 400, 21_604),
        ("/Calls.json", vec![("To", CALLER), ("From", DESK)], 400, 21_205),
        ("/Calls.json", vec![("To", "12"), ("From", DESK), ("Url", "http://x")], 400, 21_211),
        ("/Calls.json", vec![("To", CALLER), ("From", DESK), ("Twiml", "<Response>")], 400, 12_100),
        ("/Calls/CA1.json", vec![], 404, 20_404),
        ("/Nonsense.json", vec![], 404, 20_404),
    ] {
        let (got, body, effects) = rest(&mut twilio, Method::POST, path, &form);
        assert_eq!((got, &body["code"]), (status, &json!(code)), "{path} {form:?}");
        assert_eq!((&body["status"], effects.len()), (&json!(status), 0));
        assert_eq!(body["more_info"], format!("https://www.twilio.com/docs/errors/{code}"));
    }
    let request = Request {
        method: Method::GET,
        path: "/2010-04-01/Accounts/AC00000000000000000000000000000001.json".to_owned(),
        query: String::new(),
        headers: HeaderMap::new(),
        body: Bytes::new(),
    };
    assert_eq!(twilio.handle(&request, at(0)).reply.status, 401);
    assert_eq!(rest(&mut twilio, Method::GET, ".json", &[]).1["status"], "active");
}

#[test]
fn a_text_is_sent_and_delivered_and_told_in_order() {
    let mut twilio = desk();
    let form = [("To", CALLER), ("From", DESK), ("Body", "We are back"), ("StatusCallback", "http://target:8080/sms")];
    let (status, made, effects) = rest(&mut twilio, Method::POST, "/Messages.json", &form);
    assert_eq!((status, &made["status"], &made["num_segments"]), (201, &json!("queued"), &json!("1")));
    assert_eq!(made["date_created"], "Mon, 05 Jan 2026 00:00:00 +0000");
    assert_eq!(seen(&effects), [Seen::TextSent { to: CALLER.to_owned(), text: "We are back".to_owned() }]);
    let first = only(&twilio.wake(at(1)));
    assert_eq!(sent(&first).get("MessageStatus"), Some("sent"));
    assert!(twilio.wake(at(2)).is_empty(), "delivered, but the target is still busy with the news before");
    let second = only(&twilio.delivered(&first, &outcome(Some(200), ""), at(3)));
    assert_eq!(sent(&second).get("MessageStatus"), Some("delivered"));
    let path = format!("/Messages/{}.json", made["sid"].as_str().unwrap_or_default());
    assert_eq!(rest(&mut twilio, Method::GET, &path, &[]).1["status"], "delivered");
}

#[test]
fn what_is_lost_on_the_way_holds_up_nothing() {
    let mut twilio = desk();
    let form = [("To", CALLER), ("From", DESK), ("Body", "We are back"), ("StatusCallback", "http://target:8080/sms")];
    rest(&mut twilio, Method::POST, "/Messages.json", &form);
    let first = only(&twilio.wake(at(1)));
    twilio.wake(at(2));
    let second = only(&twilio.lost(&first, at(2)));
    assert_eq!(sent(&second).get("MessageStatus"), Some("delivered"));
    let (_, effects) = twilio.incoming_call(CALLER, DESK, None, at(3));
    assert!(twilio.lost(&only(&effects), at(3)).is_empty(), "the call waits out its time");
    assert!(twilio.next_wake().is_some());
}

#[test]
fn a_text_that_comes_in_is_answered_by_its_document() {
    let mut twilio = desk();
    let sid = twilio.number(DESK).map(|number| number.sid.clone()).unwrap_or_default();
    let (status, number, _) = rest(
        &mut twilio,
        Method::POST,
        &format!("/IncomingPhoneNumbers/{sid}.json"),
        &[("SmsUrl", "http://target:8080/text"), ("VoiceUrl", ""), ("VoiceMethod", "GET")],
    );
    assert_eq!(
        (status, &number["sms_url"], &number["voice_url"]),
        (200, &json!("http://target:8080/text"), &json!(""))
    );
    let (_, effects) = twilio.incoming_text(CALLER, DESK, "Where is it?", Some(3), at(0));
    let asked = only(&effects);
    assert_eq!((asked.kind, asked.tag, sent(&asked).get("Body")), ("webhook", Some(3), Some("Where is it?")));
    let effects = reply(&mut twilio, &asked, "<Message>On its way</Message>", at(1));
    assert_eq!(seen(&effects), [Seen::TextSent { to: CALLER.to_owned(), text: "On its way".to_owned() }]);
}

#[test]
fn lists_are_walked_by_relative_addresses() {
    let mut twilio = desk();
    for number in 0..5 {
        let body = format!("text {number}");
        rest(&mut twilio, Method::POST, "/Messages.json", &[("To", CALLER), ("From", DESK), ("Body", &body)]);
    }
    let mut path = Some("/Messages.json?PageSize=2".to_owned());
    let mut bodies = Vec::new();
    while let Some(at) = path.take() {
        let (_, page, _) = rest(&mut twilio, Method::GET, &at, &[]);
        bodies.extend(page["messages"].as_array().into_iter().flatten().map(|message| message["body"].clone()));
        path = page["next_page_uri"].as_str().map(|uri| {
            uri.strip_prefix("/2010-04-01/Accounts/AC00000000000000000000000000000001").unwrap_or_default().to_owned()
        });
    }
    assert_eq!(bodies, ["text 4", "text 3", "text 2", "text 1", "text 0"]);
    let (_, page, _) = rest(&mut twilio, Method::GET, "/Messages.json?PageSize=2&Page=2", &[]);
    assert_eq!((&page["page"], &page["start"], &page["end"]), (&json!(2), &json!(4), &json!(4)));
    assert_eq!(rest(&mut twilio, Method::GET, "/Messages.json?Page=x", &[]).0, 400);
    let (_, numbers, _) = rest(&mut twilio, Method::GET, "/IncomingPhoneNumbers.json?PhoneNumber=%2B15005550006", &[]);
    assert_eq!(numbers["incoming_phone_numbers"][0]["voice_url"], VOICE);
}

#[test]
fn calls_are_listed_by_where_they_stand() {
    let mut twilio = desk();
    let (first, _) = call(&mut twilio, "<Hangup/>");
    let (second, _) = call(&mut twilio, "<Gather timeout=\"60\"/>");
    let (_, live, _) = rest(&mut twilio, Method::GET, "/Calls.json?Status=in-progress", &[]);
    assert_eq!((live["calls"].as_array().map(Vec::len), &live["calls"][0]["sid"]), (Some(1), &json!(second)));
    let (_, over, _) = rest(&mut twilio, Method::GET, &format!("/Calls/{first}.json"), &[]);
    assert_eq!((&over["status"], &over["direction"]), (&json!("completed"), &json!("inbound")));
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(
        body in proptest::collection::vec(any::<u8>(), 0..100),
        path in "/?(2010-04-01/Accounts/AC00000000000000000000000000000001)?(/(Calls|Queues|Messages)(/[A-Za-z0-9.%]{0,6}){0,3})?",
        query in "(Page|PageSize|To)=[0-9a-z%]{0,24}",
    ) {
        let mut twilio = desk();
        call(&mut twilio, "<Enqueue>q</Enqueue>");
        for method in [Method::GET, Method::POST] {
            let request = Request {
                method,
                path: path.clone(),
                query: query.clone(),
                headers: HeaderMap::from_iter([(
                    hyper::header::AUTHORIZATION,
                    "Basic QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMTptb2NrLXR3aWxpby1hdXRoLXRva2Vu".parse().expect("plain ASCII"),
                )]),
                body: Bytes::from(body.clone()),
            };
            twilio.endpoint(&request);
            let handled = twilio.handle(&request, at(0));
            prop_assert_ne!(handled.reply.status, 401);
        }
    }
}

#[test]
fn the_limit_of_requests_at_one_time_is_set_and_taken_away() {
    let mut twilio = desk();
    let mut set = |limit: Value| {
        let asked = Asked::new(json!({"concurrent_requests": limit}), false).expect("an object");
        let made = twilio.aim(&asked, at(0)).expect("it is taken").made;
        let passed = (0..1_000).take_while(|_| twilio.limiter.enter(at(0)).is_ok()).count();
        (made["concurrent_requests"].clone(), passed)
    };
    assert_eq!(set(json!(3)), (json!(3), 3));
    assert_eq!(set(Value::Null), (Value::Null, 1_000));
}

#[test]
fn the_accounts_are_the_one_there_is() {
    let mut twilio = desk();
    let (status, all, _) = rest(&mut twilio, Method::GET, "/Accounts.json", &[]);
    assert_eq!((status, &all["accounts"][0]["sid"]), (200, &json!(twilio.settings.account)));
    let (_, none, _) = rest(&mut twilio, Method::GET, "/Accounts.json?Status=closed", &[]);
    assert_eq!(none["accounts"], json!([]));
}
