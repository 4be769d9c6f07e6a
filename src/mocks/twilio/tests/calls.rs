//! One call and its document.

use super::*;
use crate::mocks::sign;
use proptest::prelude::*;

#[test]
fn the_target_is_asked_with_a_signature_it_can_check() {
    let mut twilio = desk();
    let (sid, effects) = twilio.incoming_call(CALLER, DESK, Some(7), at(0));
    let delivery = only(&effects);
    assert_eq!((delivery.kind, delivery.url.as_str(), delivery.tag), ("voice", VOICE, Some(7)));
    assert_eq!((delivery.call.as_ref(), delivery.deadline), (Some(&sid), Span::from_secs(15)));
    let form = sent(&delivery);
    assert_eq!((form.get("CallSid"), form.get("CallStatus")), (Some(sid.as_str()), Some("ringing")));
    assert_eq!((form.get("From"), form.get("To"), form.get("Direction")), (Some(CALLER), Some(DESK), Some("inbound")));
    let signature = delivery.headers.iter().find(|(name, _)| name == "x-twilio-signature").map(|(_, value)| value);
    assert_eq!(signature, Some(&sign::twilio("mock-twilio-auth-token", VOICE, form.pairs())));
}

#[test]
fn a_question_by_get_is_signed_with_its_query() {
    let mut twilio = desk();
    let (sid, effects) = call(&mut twilio, r#"<Gather action="/menu?a=1" method="GET" numDigits="1"/>"#);
    assert_eq!(seen(&effects).len(), 1);
    let delivery = only(&twilio.caller_presses(&sid, "4", at(1)));
    assert!(delivery.url.starts_with("http://target:8080/menu?a=1&AccountSid=AC"), "{}", delivery.url);
    assert!(delivery.url.contains("&Digits=4") && delivery.body.is_empty());
    let signature = delivery.headers.iter().find(|(name, _)| name == "x-twilio-signature").map(|(_, value)| value);
    assert_eq!(signature, Some(&sign::twilio("mock-twilio-auth-token", &delivery.url, &[])));
}

#[test]
fn words_are_heard_and_a_hang_up_after_them_is_in_order() {
    let mut twilio = desk();
    let (sid, effects) = call(&mut twilio, "<Say>Goodbye.</Say><Hangup/>");
    assert_eq!(seen(&effects), [heard(&sid, "Goodbye."), ended(&sid, true)]);
    assert_eq!(twilio.call(&sid).map(|call| call.status), Some(Status::Completed));
    let (sid, effects) = call(&mut twilio, "<Hangup/>");
    assert_eq!(seen(&effects), [ended(&sid, false)], "a caller who hears nothing was dropped");
}

#[test]
fn an_answer_that_is_followed_by_silence_is_a_dropped_call() {
    let mut twilio = desk();
    let (sid, effects) = call(&mut twilio, r#"<Gather input="speech" action="ai"><Say>How can I help?</Say></Gather>"#);
    let prompted = Seen::Prompted { call: sid.clone(), speech: true, keys: false, timeout: Span::from_secs(5) };
    assert_eq!(seen(&effects), [heard(&sid, "How can I help?"), prompted]);
    assert!(twilio.caller_presses(&sid, "1", at(1)).is_empty(), "nothing listens for keys");
    let asked = only(&twilio.caller_says(&sid, "My order is lost", at(2)));
    assert_eq!(asked.url, "http://target:8080/voice/ai");
    assert_eq!(sent(&asked).get("SpeechResult"), Some("My order is lost"));
    assert!(twilio.caller_says(&sid, "Hello?", at(3)).is_empty(), "nobody listens while the target thinks");
    assert_eq!(seen(&reply(&mut twilio, &asked, "", at(4))), [ended(&sid, false)]);
}

#[test]
fn keys_end_by_number_by_key_or_by_time() {
    let mut twilio = desk();
    let (sid, _) = call(&mut twilio, r#"<Gather numDigits="2" action="/a"/>"#);
    assert!(asked(&twilio.caller_presses(&sid, "1", at(1))).is_empty());
    assert_eq!(sent(&only(&twilio.caller_presses(&sid, "23", at(2)))).get("Digits"), Some("12"));

    let (sid, _) = call(&mut twilio, r#"<Gather action="/a"/>"#);
    let form = sent(&only(&twilio.caller_presses(&sid, "77#", at(1))));
    assert_eq!((form.get("Digits"), form.get("FinishedOnKey")), (Some("77"), Some("#")));

    let (sid, _) = call(&mut twilio, r#"<Gather action="/a" timeout="4"/>"#);
    twilio.caller_presses(&sid, "8", at(3));
    assert_eq!(twilio.next_wake(), Some(at(7)));
    assert_eq!(sent(&only(&twilio.wake(at(7)))).get("Digits"), Some("8"));
}

#[test]
fn no_answer_goes_on_with_what_follows_or_says_so() {
    let mut twilio = desk();
    let (sid, _) = call(&mut twilio, r#"<Gather timeout="3"><Say>Yes?</Say></Gather><Say>Bye.</Say>"#);
    assert!(twilio.wake(at(2)).is_empty());
    assert_eq!(seen(&twilio.wake(at(3))), [heard(&sid, "Bye."), ended(&sid, true)]);
    call(&mut twilio, r#"<Gather timeout="3" actionOnEmptyResult="true"/><Say>never</Say>"#);
    let asked = only(&twilio.wake(at(3)));
    assert_eq!((asked.url.as_str(), sent(&asked).get("Digits")), (VOICE, Some("")), "without action: the same address");
}

#[test]
fn hearing_takes_its_time() {
    let mut twilio = desk();
    twilio.settings.speech = Speech { words_per_second: 2.5, recording: Span::from_secs(5) };
    let verbs = "<Say>one two three four five</Say><Pause length=\"3\"/><Play>a.mp3</Play><Hangup/>";
    let (sid, effects) = call(&mut twilio, verbs);
    assert_eq!(seen(&effects), [heard(&sid, "one two three four five")]);
    assert_eq!(twilio.next_wake(), Some(at(2)));
    assert!(seen(&twilio.wake(at(2))).is_empty(), "a pause");
    assert_eq!(seen(&twilio.wake(at(5))), [heard(&sid, "(recording a.mp3)")]);
    assert_eq!(seen(&twilio.wake(at(10))), [ended(&sid, true)]);
    assert_eq!(twilio.next_wake(), None);
}

#[test]
fn a_caller_may_answer_before_the_prompt_is_over() {
    let mut twilio = desk();
    twilio.settings.speech = Speech::REAL;
    let (sid, effects) = call(&mut twilio, r#"<Gather numDigits="1"><Say>one two three four five</Say></Gather>"#);
    assert_eq!(seen(&effects).len(), 1, "asked for an answer only when the prompt is over");
    assert_eq!(sent(&only(&twilio.caller_presses(&sid, "5", at(1)))).get("Digits"), Some("5"));
}

#[test]
fn a_broken_target_is_asked_again_at_its_fallback() {
    let mut twilio = desk();
    twilio.set_voice_url(DESK, VOICE, Some("http://spare/voice"));
    let (sid, effects) = twilio.incoming_call(CALLER, DESK, None, at(0));
    let effects = twilio.delivered(&only(&effects), &outcome(Some(500), "oops"), at(1));
    let second = only(&effects);
    let form = sent(&second);
    assert_eq!((second.url.as_str(), form.get("ErrorCode")), ("http://spare/voice", Some("11200")));
    assert_eq!(form.get("ErrorUrl"), Some(VOICE));
    let effects = twilio.delivered(&second, &outcome(None, ""), at(2));
    assert_eq!(seen(&effects)[1], ended(&sid, false));
}

#[test]
fn without_fallback_the_caller_hears_so_and_is_dropped() {
    for (status, body, code) in
        [(Some(502), "<html>", 11_200), (None, "", 11_205), (Some(200), "<html><p>hi</p></html>", 12_100)]
    {
        let mut twilio = desk();
        let (sid, effects) = twilio.incoming_call(CALLER, DESK, None, at(0));
        assert_eq!(webhooks::instructions(&outcome(status, body), VOICE), Err(code));
        let effects = twilio.delivered(&only(&effects), &outcome(status, body), at(1));
        let apology = "We are sorry, an application error has occurred. Goodbye.";
        assert_eq!(seen(&effects), [heard(&sid, apology), ended(&sid, false)]);
    }
    let mut twilio = Twilio::new(Settings::default());
    let (sid, effects) = twilio.incoming_call(CALLER, DESK, None, at(0));
    assert_eq!(seen(&effects), [ended(&sid, false)], "nobody answers for the number");
}

#[test]
fn a_question_that_gets_lost_is_as_good_as_unanswered() {
    let mut twilio = desk();
    let (sid, effects) = twilio.incoming_call(CALLER, DESK, None, at(0));
    assert!(twilio.wake(at(19)).is_empty(), "who carries it has a little more time than the target");
    assert_eq!(seen(&twilio.wake(at(20)))[1], ended(&sid, false));
    assert!(reply(&mut twilio, &only(&effects), "<Say>Hello</Say>", at(21)).is_empty());
}

#[test]
fn a_reply_that_comes_too_late_is_not_followed() {
    let mut twilio = desk();
    let (sid, effects) = twilio.incoming_call(CALLER, DESK, None, at(0));
    let first = only(&effects);
    assert!(seen(&twilio.caller_hangs_up(&sid, at(1))).is_empty());
    assert!(reply(&mut twilio, &first, "<Say>Hello</Say>", at(2)).is_empty());
}

#[test]
fn a_redirect_goes_on_elsewhere_and_a_call_may_be_refused() {
    let mut twilio = desk();
    let (sid, effects) = call(&mut twilio, "<Redirect>../other</Redirect><Say>never</Say>");
    let next = only(&effects);
    assert_eq!((next.url.as_str(), next.tag), ("http://target:8080/other", None));
    let effects = reply(&mut twilio, &next, "<Say>There</Say><Redirect/>", at(0));
    assert_eq!(seen(&effects), [heard(&sid, "There")]);
    assert_eq!(only(&effects).url, "http://target:8080/other");
    let (sid, effects) = call(&mut twilio, r#"<Reject reason="busy"/>"#);
    assert_eq!(seen(&effects), [ended(&sid, false)]);
    assert_eq!(twilio.call(&sid).map(|call| call.status), Some(Status::Busy));
}

#[test]
fn no_call_lasts_for_ever() {
    let mut twilio = desk();
    let (sid, _) = call(&mut twilio, "<Play loop=\"0\">hold.mp3</Play>");
    assert_eq!(twilio.next_wake(), Some(at(4 * 3_600)));
    assert_eq!(seen(&twilio.wake(at(4 * 3_600))), [ended(&sid, false)]);
    let (_, effects) = twilio.incoming_call(CALLER, DESK, None, at(0));
    let mut effects = effects;
    let mut documents = 0;
    while let Some(next) = asked(&effects).pop() {
        effects = reply(&mut twilio, &next, "<Redirect/>", at(0));
        documents += 1;
    }
    assert_eq!(documents, 10_000, "a target that redirects for ever ends the call");
}

proptest! {
    /// Whatever target and caller do, a call that is over stays so, and nobody panics.
    #[test]
    fn any_course_of_a_call_is_borne(steps in proptest::collection::vec((0..15_u8, 0..12_usize), 1..40)) {
        let verbs = [
            "<Say>Hi</Say>", "<Gather input=\"dtmf speech\" action=\"/g\"><Say>?</Say></Gather>",
            "<Enqueue waitUrl=\"/w\" action=\"/a\">q</Enqueue><Say>after</Say>", "<Leave/>", "<Dial timeout=\"9\">+15005557777</Dial>",
            "<Dial><Queue>q</Queue></Dial><Say>done</Say>", "<Pause/><Redirect>/r</Redirect>", "",
            "<Connect action=\"/c\"><Stream url=\"/m\"/></Connect>", "<Connect><Stream url=\"wss://x/m\"/></Connect><Say>on</Say>",
            "<Start><Stream name=\"s\" url=\"/m\" track=\"both_tracks\"/></Start><Record timeout=\"2\"/>",
            "<Stop><Stream name=\"s\"/></Stop><Record action=\"/d\"/><Hangup/>",
        ];
        let (mut dialled, mut open): (Vec<Opening>, Vec<(SocketId, Opening)>) = (Vec::new(), Vec::new());
        let mut twilio = desk();
        let (first, mut effects) = twilio.incoming_call(CALLER, DESK, None, at(0));
        let (second, more) = twilio.incoming_call(CALLER, DESK, None, at(0));
        effects.extend(more);
        let mut pending: Vec<Delivery> = Vec::new();
        let mut placed: Vec<String> = vec![first, second];
        for (second, (step, which)) in (1..).zip(steps) {
            pending.extend(asked(&effects));
            for seen in seen(&effects) {
                if let Seen::CallPlaced { call, .. } = seen {
                    placed.push(call);
                }
            }
            dialled.extend(effects.iter().filter_map(|effect| match effect {
                Effect::Dial(dial) => Some(dial.opening.clone()),
                _ => None,
            }));
            let sid = placed[which % placed.len()].clone();
            let over = twilio.call(&sid).is_some_and(|call| call.status.is_over());
            let now = at(second * 3);
            effects = match step {
                0..=4 if pending.is_empty() => Vec::new(),
                0..=3 => {
                    let delivery = pending.remove(0);
                    reply(&mut twilio, &delivery, verbs[which], now)
                }
                4 => {
                    let delivery = pending.remove(0);
                    twilio.delivered(&delivery, &outcome(None, ""), now)
                }
                5 => twilio.caller_presses(&sid, "12#", now),
                6 => twilio.caller_says(&sid, "help", now),
                7 => twilio.caller_hangs_up(&sid, now),
                8 => twilio.take_from_queue("q", &sid, now).unwrap_or_default(),
                9 => twilio.bridge_ends(&sid, now),
                10 => twilio.callee_answers(&sid, now),
                12 if !dialled.is_empty() => {
                    let (socket, opening) = (SocketId(second as u64), dialled.remove(0));
                    open.push((socket, opening.clone()));
                    twilio.opened(socket, &opening, now)
                }
                13 if !open.is_empty() => {
                    let (socket, opening) = open.remove(0);
                    twilio.closed(Some(socket), &opening, &Ending::Theirs(1000), now)
                }
                14 if !dialled.is_empty() => {
                    let refused = Ending::Refused("connection_failed".to_owned());
                    twilio.closed(None, &dialled.remove(0), &refused, now)
                }
                14 if !open.is_empty() => {
                    let media = r#"{"event":"media","media":{"payload":"EBAQEBAQEBAQEBAQ"}}"#;
                    twilio.said(open[0].0, Frame::Text(media.to_owned()), now)
                }
                _ => twilio.put_back(&sid, now),
            };
            effects.extend(twilio.wake(now));
            prop_assert!(twilio.next_wake().is_none_or(|next| next > now));
            prop_assert!(!over || twilio.call(&sid).is_some_and(|call| call.status.is_over()));
            for queue in twilio.queues.values() {
                for member in &queue.members {
                    prop_assert_eq!(twilio.waits_in(member), Some("q"));
                }
            }
        }
    }
}
