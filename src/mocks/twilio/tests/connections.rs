//! Queues, people, and calls that the desk makes.

use super::*;

const ENQUEUE: &str = r#"<Say>Please hold.</Say><Enqueue action="/after">support</Enqueue>"#;

fn queued(call: &str) -> Seen {
    Seen::Enqueued { call: call.to_owned(), queue: "support".to_owned() }
}

#[test]
fn a_person_takes_a_call_from_the_queue_and_the_target_hears_of_it_afterwards() {
    let mut twilio = desk();
    let (sid, effects) = call(&mut twilio, ENQUEUE);
    assert_eq!(seen(&effects), [heard(&sid, "Please hold."), queued(&sid)]);
    assert!(asked(&effects).is_empty(), "music need not be fetched");
    assert_eq!(twilio.waits_in(&sid), Some("support"));
    assert!(twilio.take_from_queue("sales", &sid, at(20)).is_none());
    assert_eq!(twilio.take_from_queue("support", &sid, at(20)).map(|effects| effects.len()), Some(0));
    assert!(twilio.take_from_queue("support", &sid, at(21)).is_none(), "nobody is taken twice");
    assert!(twilio.is_connected(&sid));
    let after = only(&twilio.bridge_ends(&sid, at(200)));
    let form = sent(&after);
    assert_eq!((after.url.as_str(), form.get("QueueResult")), ("http://target:8080/after", Some("bridged")));
    assert_eq!(form.get("QueueTime"), Some("20"));
    assert_eq!(seen(&reply(&mut twilio, &after, "<Hangup/>", at(201))), [ended(&sid, true)]);
}

#[test]
fn who_hangs_up_on_a_person_is_reported_too() {
    let mut twilio = desk();
    let (sid, _) = call(&mut twilio, ENQUEUE);
    twilio.take_from_queue("support", &sid, at(20)).expect("it waits");
    let effects = twilio.caller_hangs_up(&sid, at(90));
    let form = sent(&only(&effects));
    assert_eq!((form.get("QueueResult"), form.get("CallStatus")), (Some("bridged"), Some("completed")));
    assert!(seen(&effects).is_empty());
}

#[test]
fn without_action_the_verbs_behind_follow() {
    let mut twilio = desk();
    let (sid, _) = call(&mut twilio, "<Enqueue>support</Enqueue><Say>Thank you.</Say>");
    twilio.take_from_queue("support", &sid, at(5)).expect("it waits");
    assert_eq!(seen(&twilio.person_hangs_up(&sid, at(9))), [heard(&sid, "Thank you."), ended(&sid, true)]);
    let (sid, _) = call(&mut twilio, "<Enqueue>support</Enqueue>");
    twilio.take_from_queue("support", &sid, at(5)).expect("it waits");
    assert_eq!(seen(&twilio.bridge_ends(&sid, at(9))), [ended(&sid, true)]);
}

#[test]
fn a_call_that_is_put_back_stands_at_the_head() {
    let mut twilio = desk();
    let (first, _) = call(&mut twilio, ENQUEUE);
    let (second, _) = call(&mut twilio, ENQUEUE);
    twilio.take_from_queue("support", &first, at(5)).expect("it waits");
    twilio.put_back(&first, at(6));
    let members = twilio.queue("support").map(|queue| queue.members.iter().cloned().collect::<Vec<_>>());
    assert_eq!(members, Some(vec![first.clone(), second]));
    twilio.take_from_queue("support", &first, at(8)).expect("it waits again");
    assert_eq!(sent(&only(&twilio.bridge_ends(&first, at(9)))).get("QueueTime"), Some("8"));
}

#[test]
fn who_hangs_up_in_the_queue_is_reported_and_gone() {
    let mut twilio = desk();
    let (sid, _) = call(&mut twilio, ENQUEUE);
    let effects = twilio.caller_hangs_up(&sid, at(30));
    let told = only(&effects);
    assert_eq!((sent(&told).get("QueueResult"), sent(&told).get("QueueTime")), (Some("hangup"), Some("30")));
    assert!(seen(&effects).is_empty(), "the harness knows, it did it");
    assert!(reply(&mut twilio, &told, "<Say>late</Say>", at(31)).is_empty());
    assert_eq!(twilio.waits_in(&sid), None);
}

#[test]
fn what_a_waiting_caller_hears_is_asked_again_and_may_lead_out() {
    let mut twilio = desk();
    let (sid, effects) = call(&mut twilio, r#"<Enqueue waitUrl="/wait">support</Enqueue><Say>Instead.</Say>"#);
    let wait = only(&effects);
    assert_eq!((wait.url.as_str(), sent(&wait).get("QueuePosition")), ("http://target:8080/wait", Some("1")));
    let effects = reply(&mut twilio, &wait, "<Say>You are first.</Say>", at(1));
    assert_eq!(seen(&effects), [heard(&sid, "You are first.")]);
    assert_eq!(twilio.next_wake(), Some(at(10)), "not more often than every ten seconds");
    let again = only(&twilio.wake(at(10)));
    assert_eq!(sent(&again).get("QueueTime"), Some("10"));
    assert_eq!(seen(&reply(&mut twilio, &again, "<Leave/>", at(11))), [heard(&sid, "Instead."), ended(&sid, true)]);

    let (sid, effects) = call(&mut twilio, r#"<Enqueue waitUrl="/wait">support</Enqueue>"#);
    let wait = only(&effects);
    twilio.take_from_queue("support", &sid, at(1)).expect("it waits");
    assert!(reply(&mut twilio, &wait, "<Hangup/>", at(2)).is_empty(), "too late to matter");
    assert!(twilio.is_connected(&sid));
}

#[test]
fn a_full_queue_says_so() {
    let mut twilio = desk();
    twilio.settings.queue_size = 1;
    call(&mut twilio, ENQUEUE);
    let (_, effects) = call(&mut twilio, ENQUEUE);
    assert_eq!(sent(&only(&effects)).get("QueueResult"), Some("queue-full"));
}

#[test]
fn the_api_takes_the_front_of_a_queue() {
    let mut twilio = desk();
    let (sid, _) = call(&mut twilio, ENQUEUE);
    let (_, queues, _) = rest(&mut twilio, Method::GET, "/Queues.json", &[]);
    assert_eq!(
        (&queues["queues"][0]["friendly_name"], &queues["queues"][0]["current_size"]),
        (&"support".into(), &1.into())
    );
    let queue = queues["queues"][0]["sid"].as_str().unwrap_or_default().to_owned();
    let (status, members, _) = rest(&mut twilio, Method::GET, &format!("/Queues/{queue}/Members.json"), &[]);
    assert_eq!((status, &members["queue_members"][0]["call_sid"]), (200, &sid.clone().into()));
    let front = format!("/Queues/{queue}/Members/Front.json");
    let (status, member, effects) = rest(&mut twilio, Method::POST, &front, &[("Url", "http://target:8080/agent")]);
    assert_eq!((status, &member["position"]), (200, &1.into()));
    let all = asked(&effects);
    assert_eq!(sent(&all[0]).get("QueueResult"), Some("redirected"));
    assert_eq!(all[1].url, "http://target:8080/agent");
    let effects = reply(&mut twilio, &all[1], "<Dial>+15005559999</Dial>", at(1));
    assert!(matches!(&seen(&effects)[..], [Seen::CallPlaced { to, .. }] if to == "+15005559999"));
    assert_eq!(rest(&mut twilio, Method::GET, &front, &[]).0, 404);
}

#[test]
fn a_dialled_number_answers_or_does_not() {
    let mut twilio = desk();
    let dial = r#"<Dial action="/dialled" timeout="20"><Number>+15005559999</Number></Dial>"#;
    let (sid, effects) = call(&mut twilio, dial);
    let Seen::CallPlaced { call: child, .. } = seen(&effects)[0].clone() else { panic!("somebody is called") };
    twilio.callee_answers(&child, at(4));
    assert!(twilio.is_connected(&sid) && twilio.is_connected(&child));
    let after = only(&twilio.bridge_ends(&sid, at(64)));
    let form = sent(&after);
    assert_eq!((form.get("DialCallStatus"), form.get("DialCallDuration")), (Some("completed"), Some("60")));
    assert_eq!(twilio.call(&child).map(|call| call.status), Some(Status::Completed));

    let (_, effects) = call(&mut twilio, dial);
    let Seen::CallPlaced { call: child, .. } = seen(&effects)[0].clone() else { panic!("somebody is called") };
    let effects = twilio.wake(at(20));
    let form = sent(&only(&effects));
    assert_eq!((form.get("DialCallStatus"), form.get("DialCallSid")), (Some("no-answer"), Some(child.as_str())));

    let (sid, effects) = call(&mut twilio, dial);
    let Seen::CallPlaced { call: child, .. } = seen(&effects)[0].clone() else { panic!("somebody is called") };
    let told = only(&twilio.caller_hangs_up(&sid, at(2)));
    assert_eq!(sent(&told).get("DialCallStatus"), Some("canceled"));
    assert_eq!(twilio.call(&child).map(|call| call.status), Some(Status::Canceled));
}

#[test]
fn an_agents_call_that_dials_a_queue_gets_who_waits() {
    let mut twilio = desk();
    let (customer, _) = call(&mut twilio, ENQUEUE);
    let form =
        [("To", "+15005558888"), ("From", DESK), ("Twiml", "<Response><Dial><Queue>support</Queue></Dial></Response>")];
    let (status, made, effects) = rest(&mut twilio, Method::POST, "/Calls.json", &form);
    assert_eq!((status, &made["status"]), (201, &"queued".into()));
    let agent = made["sid"].as_str().unwrap_or_default().to_owned();
    assert_eq!(seen(&effects), [Seen::CallPlaced { call: agent.clone(), to: "+15005558888".to_owned() }]);
    twilio.callee_answers(&agent, at(30));
    assert!(twilio.is_connected(&customer) && twilio.is_connected(&agent));
    let effects = twilio.caller_hangs_up(&agent, at(90));
    assert_eq!(sent(&only(&effects)).get("QueueResult"), Some("bridged"), "the agent is gone, the customer goes on");
}

#[test]
fn a_call_the_desk_makes_is_followed_when_it_is_answered() {
    let mut twilio = desk();
    let form = [
        ("To", CALLER),
        ("From", DESK),
        ("Url", "http://target:8080/out"),
        ("StatusCallback", "http://target:8080/status"),
        ("StatusCallbackEvent", "initiated"),
        ("StatusCallbackEvent", "answered"),
        ("StatusCallbackEvent", "completed"),
    ];
    let (_, made, effects) = rest(&mut twilio, Method::POST, "/Calls.json", &form);
    let sid = made["sid"].as_str().unwrap_or_default().to_owned();
    let first = only(&effects);
    assert_eq!((first.kind, sent(&first).get("SequenceNumber")), ("status_callback", Some("0")));
    assert_eq!(sent(&first).get("CallStatus"), Some("initiated"));
    let effects = twilio.callee_answers(&sid, at(6));
    let voice = only(&effects);
    assert_eq!((voice.kind, sent(&voice).get("CallStatus")), ("voice", Some("in-progress")));
    let effects = reply(&mut twilio, &voice, "<Say>We call you back.</Say>", at(7));
    assert_eq!(seen(&effects), [heard(&sid, "We call you back."), ended(&sid, true)]);
    assert!(asked(&effects).is_empty(), "callbacks never overtake each other");
    let second = only(&twilio.delivered(&first, &outcome(Some(200), ""), at(8)));
    assert_eq!(sent(&second).get("CallStatus"), Some("in-progress"));
    let third = only(&twilio.delivered(&second, &outcome(Some(500), ""), at(9)));
    let form = sent(&third);
    assert_eq!((form.get("CallStatus"), form.get("SequenceNumber")), (Some("completed"), Some("2")));
    assert_eq!(form.get("CallDuration"), Some("1"));
    assert!(twilio.delivered(&third, &outcome(None, ""), at(10)).is_empty());
}

#[test]
fn nobody_answers_a_call_of_the_desk() {
    let mut twilio = desk();
    let form = [("To", CALLER), ("From", DESK), ("Url", "http://target:8080/out"), ("Timeout", "25")];
    let (_, made, _) = rest(&mut twilio, Method::POST, "/Calls.json", &form);
    let sid = made["sid"].as_str().unwrap_or_default();
    twilio.wake(at(25));
    assert_eq!(twilio.call(sid).map(|call| call.status), Some(Status::NoAnswer));
    let (_, made, _) = rest(&mut twilio, Method::POST, "/Calls.json", &form);
    let sid = made["sid"].as_str().unwrap_or_default();
    twilio.callee_declines(sid, Status::Busy, at(3));
    assert_eq!(twilio.call(sid).map(|call| call.status), Some(Status::Busy));
}

#[test]
fn a_live_call_is_told_to_do_something_else() {
    let mut twilio = desk();
    let (sid, _) = call(&mut twilio, r#"<Gather timeout="60"/>"#);
    let path = format!("/Calls/{sid}.json");
    let (status, _, effects) =
        rest(&mut twilio, Method::POST, &path, &[("Twiml", "<Response><Say>News.</Say><Hangup/></Response>")]);
    assert_eq!((status, seen(&effects)), (200, vec![heard(&sid, "News."), ended(&sid, true)]));
    let (status, refused, _) = rest(&mut twilio, Method::POST, &path, &[("Url", "http://target:8080/x")]);
    assert_eq!((status, &refused["code"]), (400, &21_220.into()));
    let (sid, _) = call(&mut twilio, r#"<Say>Hi</Say><Gather timeout="60"/>"#);
    let (_, shown, effects) =
        rest(&mut twilio, Method::POST, &format!("/Calls/{sid}.json"), &[("Status", "completed")]);
    assert_eq!((&shown["status"], seen(&effects)), (&"completed".into(), vec![ended(&sid, true)]));
}
