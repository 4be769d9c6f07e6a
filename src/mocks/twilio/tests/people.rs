//! People outside who act by a script, and targets that are named by hand.

use super::*;
use crate::mocks::asked::Asked;
use serde_json::json;

fn params(value: Value) -> Asked {
    Asked::new(value, false).expect("it is an object")
}

/// A call by the control API; the first question to the target.
fn calls(twilio: &mut Twilio, more: Value) -> (String, Delivery) {
    let mut wanted = json!({"from": CALLER, "to": DESK});
    for (name, value) in more.as_object().expect("an object") {
        wanted[name] = value.clone();
    }
    let done = twilio.emit("inbound_call", &params(wanted), at(0)).expect("somebody calls");
    (done.made["call_sid"].as_str().expect("a call").to_owned(), only(&done.effects))
}

#[test]
fn a_caller_answers_each_gather_as_told() {
    let mut twilio = desk();
    let (_, first) = calls(&mut twilio, json!({"digits": ["1", "42"], "says": "My order is lost"}));
    let pressed = reply(&mut twilio, &first, r#"<Gather numDigits="1" action="/a"/>"#, at(1));
    let second = only(&pressed);
    assert_eq!(sent(&second).get("Digits"), Some("1"));
    let said = reply(&mut twilio, &second, r#"<Gather input="speech" action="/b"/>"#, at(2));
    let third = only(&said);
    assert_eq!(sent(&third).get("SpeechResult"), Some("My order is lost"));
    let fourth = only(&reply(&mut twilio, &third, r#"<Gather numDigits="2" action="/c"/>"#, at(3)));
    assert_eq!(sent(&fourth).get("Digits"), Some("42"));
    let silent = reply(&mut twilio, &fourth, r#"<Gather input="dtmf speech" action="/d"/>"#, at(4));
    assert!(asked(&silent).is_empty(), "nothing is left to say");
}

#[test]
fn a_callers_patience_ends_the_call() {
    let mut twilio = desk();
    let (sid, first) = calls(&mut twilio, json!({"patience_s": 20}));
    reply(&mut twilio, &first, "<Enqueue>support</Enqueue>", at(1));
    assert_eq!(twilio.next_wake(), Some(at(20)));
    twilio.wake(at(20));
    assert_eq!(twilio.call(&sid).map(|call| call.status), Some(Status::Completed));
    let (sid, first) = calls(&mut twilio, json!({"patience_s": 20}));
    reply(&mut twilio, &first, "<Hangup/>", at(1));
    assert_eq!(twilio.next_wake(), None, "a call that is over leaves no timer");
    assert!(twilio.callers.is_empty() && twilio.call(&sid).is_some());
}

#[test]
fn whom_the_target_calls_answers_where_nobody_else_decides() {
    let mut twilio = Twilio::new(Settings { answered_after: Some(Span::from_secs(1)), ..Settings::default() });
    let (from, url) = (DESK, VOICE);
    let form = Form::from_pairs(vec![
        ("To".to_owned(), CALLER.to_owned()),
        ("From".to_owned(), from.to_owned()),
        ("Url".to_owned(), url.to_owned()),
    ]);
    let mut headers = HeaderMap::new();
    let basic = "Basic QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMTptb2NrLXR3aWxpby1hdXRoLXRva2Vu";
    headers.insert("authorization", basic.parse().expect("plain ASCII"));
    headers.insert("content-type", "application/x-www-form-urlencoded".parse().expect("plain ASCII"));
    let request = Request {
        method: Method::POST,
        path: "/2010-04-01/Accounts/AC00000000000000000000000000000001/Calls.json".to_owned(),
        query: String::new(),
        headers,
        body: Bytes::from(form.encode()),
    };
    assert_eq!(twilio.handle(&request, at(0)).reply.status, 201);
    let delivery = only(&twilio.wake(at(1)));
    assert_eq!((delivery.url.as_str(), sent(&delivery).get("CallStatus")), (VOICE, Some("in-progress")));
}

#[test]
fn a_text_comes_in_to_the_address_that_was_named() {
    let mut twilio = Twilio::new(Settings::default());
    let target = json!({"sms_url": "http://127.0.0.1:9/sms", "number": DESK});
    twilio.aim(&params(target), at(0)).expect("it is taken");
    let text = json!({"from": CALLER, "to": DESK, "body": "Hello"});
    let done = twilio.emit("inbound_sms", &params(text.clone()), at(0)).expect("it comes in");
    let delivery = only(&done.effects);
    assert_eq!((delivery.url.as_str(), sent(&delivery).get("Body")), ("http://127.0.0.1:9/sms", Some("Hello")));
    twilio.reset();
    let again = twilio.emit("inbound_sms", &params(text), at(0)).expect("it comes in");
    assert_eq!((&again.made, asked(&again.effects).len()), (&done.made, 1), "the target stays, ids begin anew");
}

#[test]
fn a_number_that_is_none_is_refused() {
    let mut twilio = desk();
    let mut refused = |event: &str, value: Value| twilio.emit(event, &params(value), at(0)).expect_err("refused").why;
    assert!(refused("inbound_call", json!({"from": CALLER, "to": "+15005550009"})).contains(DESK));
    assert!(refused("inbound_call", json!({"from": "me", "to": DESK})).contains("`from`"));
    assert!(refused("inbound_sms", json!({"from": CALLER, "to": DESK})).contains("`body` is missing"));
    assert!(refused("inbound_fax", json!({})).contains("inbound_call, inbound_sms"));
    let target = json!({"voice_url": "http://127.0.0.1:9/", "number": "+15005550009"});
    assert!(twilio.aim(&params(target), at(0)).expect_err("refused").why.contains(DESK));
}

#[test]
fn a_call_that_stood_in_the_queue_before_ends_with_the_person_who_takes_it_and_asks_nobody() {
    let mut twilio = desk();
    let sid = twilio.standing_call(CALLER, DESK, "support", at(10));
    assert_eq!(twilio.waits_in(&sid), Some("support"));
    assert_eq!(twilio.next_wake(), Some(at(10) + twilio.settings.time_limit), "nothing is asked of the target");
    assert!(twilio.take_from_queue("support", &sid, at(100)).is_some_and(|effects| effects.is_empty()));
    assert!(twilio.is_connected(&sid));
    let effects = twilio.person_hangs_up(&sid, at(160));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Deliver(_))), "{effects:?}");
    assert_eq!(twilio.call(&sid).map(|call| (call.status, call.created)), Some((Status::Completed, at(10))));
}
