//! Recordings, queues taken away, calls that nobody takes, texts that never arrive, and too much at one time.

use super::*;
use crate::mocks::voice::Ear;
use serde_json::json;

fn get(twilio: &mut Twilio, path: &str) -> (u16, Bytes) {
    let request = Request {
        method: Method::GET,
        path: path.to_owned(),
        query: String::new(),
        headers: HeaderMap::new(),
        body: Bytes::new(),
    };
    let handled = twilio.handle(&request, at(0));
    match handled.reply.body {
        Body::Full(bytes) => (handled.reply.status, bytes),
        other => panic!("{other:?} is no whole body"),
    }
}

#[test]
fn what_a_caller_says_is_recorded_and_can_be_fetched() {
    let mut twilio = desk();
    twilio.located("http://127.0.0.1:4105");
    let verbs = r#"<Say>Leave a message.</Say><Record action="/done" timeout="3" recordingStatusCallback="/ready"/>"#;
    let (sid, _) = call(&mut twilio, verbs);
    twilio.caller_says(&sid, "This is Kim about my lost parcel", at(1));
    let ends = twilio.next_wake().expect("silence ends it");
    assert!(ends > at(5) && ends < at(7), "as long as the words, and three seconds: {ends}");
    let effects = twilio.wake(ends);
    let told = asked(&effects);
    let of = |kind: &str| told.iter().find(|delivery| delivery.kind == kind).map(sent).expect("it is told");
    let (done, ready) = (of("voice"), of("status_callback"));
    assert_eq!((done.get("RecordingDuration"), done.get("Digits")), (Some("3"), Some("")));
    assert_eq!(
        (ready.get("RecordingStatus"), ready.get("RecordingSid")),
        (Some("completed"), done.get("RecordingSid"))
    );
    let url = done.get("RecordingUrl").expect("where it is");
    let path = url.strip_prefix("http://127.0.0.1:4105").expect("at the mock");
    let (status, wav) = get(&mut twilio, path);
    assert_eq!(
        (status, &wav[..4], wav.len() as u32 - 44),
        (200, &b"RIFF"[..], u32::from_le_bytes(wav[40..44].try_into().expect("four")))
    );
    let sound: Vec<i16> = wav[44..].chunks(2).map(|two| i16::from_le_bytes([two[0], two[1]])).collect();
    assert_eq!(Ear::default().hear(&sound), ["This is Kim about my lost parcel"]);
    assert_eq!(get(&mut twilio, &format!("{path}.mp3")).0, 200);
    assert_eq!(get(&mut twilio, &format!("{path}.json")).0, 401, "what is known of it needs the password");
    let recording = done.get("RecordingSid").unwrap_or_default().to_owned();
    let (_, shown, _) = rest(&mut twilio, Method::GET, &format!("/Recordings/{recording}.json"), &[]);
    assert_eq!((&shown["call_sid"], &shown["duration"], &shown["media_url"]), (&json!(sid), &json!("3"), &json!(url)));
    let (_, list, _) = rest(&mut twilio, Method::GET, &format!("/Calls/{sid}/Recordings.json"), &[]);
    assert_eq!(list["recordings"][0]["sid"], recording);
    assert_eq!(rest(&mut twilio, Method::DELETE, &format!("/Recordings/{recording}.json"), &[]).0, 204);
    assert_eq!(get(&mut twilio, path).0, 401);
}

#[test]
fn a_recording_ends_by_key_by_silence_or_when_the_caller_goes() {
    let mut twilio = desk();
    let (sid, _) = call(&mut twilio, r#"<Record finishOnKey="*"/><Say>never</Say>"#);
    twilio.caller_says(&sid, "Hello", at(1));
    assert!(twilio.caller_presses(&sid, "1", at(1)).is_empty());
    let done = sent(&only(&twilio.caller_presses(&sid, "*", at(2))));
    assert_eq!((done.get("Digits"), done.get("RecordingDuration")), (Some("*"), Some("1")));

    let (sid, _) = call(&mut twilio, "<Record/><Say>I heard nothing.</Say>");
    let effects = twilio.wake(at(5));
    assert_eq!(seen(&effects)[0], heard(&sid, "I heard nothing."), "of silence there is no recording");

    let (sid, _) = call(&mut twilio, r#"<Record action="/done"/>"#);
    twilio.caller_says(&sid, "Hello", at(6));
    let done = only(&twilio.caller_hangs_up(&sid, at(7)));
    assert_eq!((done.url.as_str(), sent(&done).get("Digits")), ("http://target:8080/done", Some("hangup")));
}

#[test]
fn queues_and_calls_can_be_taken_away_when_nothing_needs_them() {
    let mut twilio = desk();
    let (sid, _) = call(&mut twilio, "<Enqueue>support</Enqueue>");
    let queue = twilio.queue("support").map(|queue| queue.sid.clone()).unwrap_or_default();
    let path = format!("/Queues/{queue}.json");
    let (_, shown, _) = rest(&mut twilio, Method::POST, &path, &[("FriendlyName", "helpers"), ("MaxSize", "7")]);
    assert_eq!((&shown["friendly_name"], &shown["max_size"]), (&json!("helpers"), &json!(7)));
    assert_eq!(rest(&mut twilio, Method::DELETE, &path, &[]).1["code"], 22_008);
    assert_eq!(rest(&mut twilio, Method::DELETE, &format!("/Calls/{sid}.json"), &[]).0, 409);
    twilio.caller_hangs_up(&sid, at(1));
    assert_eq!(rest(&mut twilio, Method::DELETE, &path, &[]).0, 204);
    assert_eq!(rest(&mut twilio, Method::DELETE, &format!("/Calls/{sid}.json"), &[]).0, 204);
    assert_eq!(rest(&mut twilio, Method::GET, &format!("/Calls/{sid}.json"), &[]).0, 404);
}

/// A request while a knob is turned; the id of what it made.
fn spoilt(twilio: &mut Twilio, knob: &str, path: &str, form: &[(&str, &str)]) -> (String, Vec<Effect>) {
    twilio.knob = knob::Knob::named(knob);
    let (status, made, effects) = rest(twilio, Method::POST, path, form);
    twilio.knob = None;
    assert_eq!(status, 201, "the API says that all is well");
    (made["sid"].as_str().unwrap_or_default().to_owned(), effects)
}

#[test]
fn a_text_is_sent_and_never_arrives() {
    let mut twilio = desk();
    let form = [("To", CALLER), ("From", DESK), ("Body", "hi"), ("StatusCallback", "http://target:8080/sms")];
    let (sid, _) = spoilt(&mut twilio, "undelivered_30005", "/Messages.json", &form);
    let first = only(&twilio.wake(at(1)));
    assert_eq!((sent(&first).get("MessageStatus"), sent(&first).get("ErrorCode")), (Some("sent"), None));
    twilio.wake(at(2));
    let second = sent(&only(&twilio.delivered(&first, &outcome(Some(200), ""), at(3))));
    assert_eq!((second.get("MessageStatus"), second.get("ErrorCode")), (Some("undelivered"), Some("30005")));
    let path = format!("/Messages/{sid}.json");
    assert_eq!(rest(&mut twilio, Method::GET, &path, &[]).1["error_code"], 30_005);
    assert_eq!(rest(&mut twilio, Method::POST, &path, &[("Body", "")]).1["body"], "");
    assert_eq!(rest(&mut twilio, Method::DELETE, &path, &[]).0, 204);
    spoilt(&mut twilio, "sms_delay", "/Messages.json", &form);
    assert_eq!(twilio.next_wake(), Some(at(60)));
}

#[test]
fn nobody_takes_the_targets_call() {
    for (knob, status, when) in
        [("busy", Status::Busy, 1), ("call_failed", Status::Failed, 1), ("no_answer", Status::NoAnswer, 60)]
    {
        let mut twilio = desk();
        let form = [("To", CALLER), ("From", DESK), ("Url", "http://target:8080/out")];
        let (sid, effects) = spoilt(&mut twilio, knob, "/Calls.json", &form);
        assert!(seen(&effects).is_empty(), "nobody hears of it");
        twilio.wake(at(when));
        assert_eq!(twilio.call(&sid).map(|call| call.status), Some(status), "{knob}");
    }
    let mut twilio = desk();
    let form = [("To", CALLER), ("From", DESK), ("Url", "http://target:8080/out")];
    spoilt(&mut twilio, "answer_delay", "/Calls.json", &form);
    assert!(twilio.wake(at(14)).is_empty());
    assert_eq!(only(&twilio.wake(at(15))).url, "http://target:8080/out");
}

#[test]
fn too_much_at_one_time_is_refused() {
    let limits = Limits { concurrent: 3, takes_ms: 100 };
    let mut twilio = Twilio::new(Settings { limits: Some(limits), ..Settings::default() });
    let statuses: Vec<u16> = (0..4).map(|_| rest(&mut twilio, Method::GET, "/Calls.json", &[]).0).collect();
    assert_eq!(statuses, [200, 200, 200, 429]);
    assert_eq!(rest(&mut twilio, Method::GET, "/Calls.json", &[]).1["code"], 20_429);
}
