//! Media streams: what a target gets and what comes of what it sends, frame by frame.

use super::*;
use crate::mocks::asked::Asked;
use crate::mocks::sign;
use crate::mocks::socket::{Dial, Ending, Frame, Opening, Say, SocketId};
use crate::mocks::voice::{self, Ear};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

const SOCKET: SocketId = SocketId(5);
const CONNECT: &str = r#"<Connect><Stream url="wss://bot.example/media?x=1"><Parameter name="who" value="Kim"/></Stream></Connect><Say>after</Say>"#;

fn dial(effects: &[Effect]) -> Dial {
    let found = effects.iter().find_map(|effect| if let Effect::Dial(dial) = effect { Some(dial) } else { None });
    *found.expect("a stream is opened").clone()
}

/// What is sent on the socket, as JSON.
fn messages(effects: &[Effect]) -> Vec<Value> {
    let frames = effects.iter().filter_map(|effect| match effect {
        Effect::Socket(SOCKET, Say::Frames(frames)) => Some(frames.clone()),
        _ => None,
    });
    let texts = frames.flatten().map(|(_, frame)| match frame {
        Frame::Text(text) => serde_json::from_str(&text).expect("it is JSON"),
        other => panic!("{other:?} is no text"),
    });
    texts.collect()
}

fn events(effects: &[Effect]) -> Vec<String> {
    messages(effects).iter().map(|message| message["event"].as_str().unwrap_or_default().to_owned()).collect()
}

fn after(millis: i64) -> Time {
    at(0) + Span::from_millis(millis)
}

/// A call whose first verb is a stream that is open.
fn streaming(twilio: &mut Twilio) -> (String, Opening, Vec<Effect>) {
    let (sid, effects) = call(twilio, CONNECT);
    let opening = dial(&effects).opening;
    let effects = twilio.opened(SOCKET, &opening, at(0));
    (sid, opening, effects)
}

/// Time goes on in frames; what follows.
fn flow(twilio: &mut Twilio, from: i64, to: i64) -> Vec<Effect> {
    (from..to).step_by(20).flat_map(|millis| twilio.wake(after(millis + 20))).collect()
}

fn tell(twilio: &mut Twilio, message: &Value) -> Vec<Effect> {
    twilio.said(SOCKET, Frame::Text(message.to_string()), at(0))
}

fn play(twilio: &mut Twilio, words: &str) {
    let sound: Vec<u8> = voice::speak(words).into_iter().map(voice::mulaw).collect();
    tell(twilio, &json!({"event": "media", "media": {"payload": STANDARD.encode(sound)}}));
}

/// What the caller says on the stream.
fn said(effects: &[Effect]) -> Vec<String> {
    let mut ear = Ear::default();
    let payloads =
        messages(effects).into_iter().filter_map(|message| message["media"]["payload"].as_str().map(str::to_owned));
    let sound = payloads.flat_map(|payload| STANDARD.decode(payload).expect("base64"));
    ear.hear(&sound.map(voice::linear).collect::<Vec<i16>>())
}

#[test]
fn a_stream_is_opened_at_the_target_and_begins_as_documented() {
    let mut twilio = desk();
    let (sid, effects) = call(&mut twilio, CONNECT);
    let dialled = dial(&effects);
    assert!(dialled.opening.ping_every.is_some(), "a target that is gone without a word is noticed");
    assert_eq!(dialled.url, "ws://target:8080/media?x=1", "the host of the document, the path of the stream");
    let signature = sign::twilio("mock-twilio-auth-token", "wss://bot.example/media?x=1", &[]);
    assert!(dialled.headers.contains(&("x-twilio-signature".to_owned(), signature)), "the address as it is written");
    let effects = twilio.opened(SOCKET, &dialled.opening, at(0));
    let [connected, start] = messages(&effects).try_into().expect("two messages");
    assert_eq!(connected, json!({"event": "connected", "protocol": "Call", "version": "1.0.0"}));
    assert_eq!((&start["sequenceNumber"], &start["start"]["callSid"]), (&json!("1"), &json!(sid)));
    assert_eq!(
        (&start["start"]["tracks"], &start["start"]["customParameters"]),
        (&json!(["inbound"]), &json!({"who": "Kim"}))
    );
    let media = messages(&flow(&mut twilio, 0, 60));
    let times: Vec<&Value> = media.iter().map(|message| &message["media"]["timestamp"]).collect();
    assert_eq!(times, ["0", "20", "40"]);
    assert_eq!((&media[2]["sequenceNumber"], &media[2]["media"]["chunk"]), (&json!("4"), &json!("3")));
    let silence = STANDARD.encode([0xFF; 160]);
    assert!(
        media.iter().all(|message| message["media"]["payload"] == silence && message["media"]["track"] == "inbound")
    );
}

#[test]
fn what_the_target_plays_is_heard_and_its_marks_come_back() {
    let mut twilio = desk();
    let (sid, ..) = streaming(&mut twilio);
    flow(&mut twilio, 0, 400);
    play(&mut twilio, "Hello there.");
    assert!(tell(&mut twilio, &json!({"event": "mark", "mark": {"name": "greeting"}})).is_empty(), "it waits its turn");
    let effects = flow(&mut twilio, 400, 3_000);
    let prompted = Seen::Prompted { call: sid.clone(), speech: true, keys: true, timeout: Span::from_secs(5) };
    assert_eq!(seen(&effects), [heard(&sid, "Hello there."), prompted]);
    let marks: Vec<Value> = messages(&effects).into_iter().filter(|message| message["event"] == "mark").collect();
    assert_eq!((marks.len(), &marks[0]["mark"]["name"]), (1, &json!("greeting")));
    tell(&mut twilio, &json!({"event": "mark", "mark": {"name": "x"}}));
    play(&mut twilio, "Never heard");
    tell(&mut twilio, &json!({"event": "mark", "mark": {"name": "late"}}));
    assert_eq!(events(&tell(&mut twilio, &json!({"event": "clear"}))), ["mark"], "what is forgotten is told");
    assert!(seen(&flow(&mut twilio, 3_000, 5_000)).is_empty());
}

#[test]
fn the_call_goes_on_behind_the_connect_when_the_target_closes() {
    let mut twilio = desk();
    let (sid, opening, _) = streaming(&mut twilio);
    flow(&mut twilio, 0, 2_000);
    let effects = twilio.closed(Some(SOCKET), &opening, &Ending::Theirs(1000), at(2));
    assert_eq!(seen(&effects), [heard(&sid, "after"), ended(&sid, true)]);
    assert_eq!(silence(&effects), Some(Span::from_secs(2)), "nothing was ever heard");
    assert_eq!(twilio.next_wake(), Some(after(2_020)), "the last beat of the clock");
    assert!(twilio.wake(at(3)).is_empty() && twilio.next_wake().is_none() && twilio.media_is_empty());

    let (sid, effects) = call(&mut twilio, CONNECT);
    let refused = Ending::Refused("connection_failed".to_owned());
    let effects = twilio.closed(None, &dial(&effects).opening, &refused, at(4));
    assert_eq!(
        seen(&effects),
        [heard(&sid, "after"), ended(&sid, true)],
        "a socket that never opened is as good as closed"
    );

    let (_, effects) = call(&mut twilio, r#"<Connect action="/done"><Stream url="/m"/></Connect>"#);
    let effects = twilio.closed(None, &dial(&effects).opening, &refused, at(5));
    assert_eq!(only(&effects).url, "http://target:8080/done");
    let (sid, effects) = call(&mut twilio, r#"<Connect><Stream url="ftp://x"/></Connect><Say>no stream</Say>"#);
    assert_eq!(seen(&effects)[0], heard(&sid, "no stream"));
}

#[test]
fn a_caller_who_hangs_up_stops_the_stream() {
    let mut twilio = desk();
    let (sid, opening, _) = streaming(&mut twilio);
    let effects = twilio.caller_hangs_up(&sid, at(1));
    assert_eq!(events(&effects), ["stop"]);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Socket(SOCKET, Say::Close(1000, _)))));
    assert!(twilio.closed(Some(SOCKET), &opening, &Ending::Ours, at(1)).is_empty() && twilio.media_is_empty());
    let (sid, effects) = call(&mut twilio, CONNECT);
    twilio.caller_hangs_up(&sid, at(2));
    let late = twilio.opened(SOCKET, &dial(&effects).opening, at(2));
    assert!(matches!(late.as_slice(), [Effect::Socket(SOCKET, Say::Close(1000, _))]), "too late: {late:?}");
}

#[test]
fn a_caller_with_a_script_presses_and_speaks_when_the_desk_has_finished() {
    let mut twilio = desk();
    let params = json!({"from": CALLER, "to": DESK, "digits": ["4#"], "says": ["Where is my parcel?", "Thank you."]});
    let params = Asked::new(params, false).expect("an object");
    let done = twilio.emit("inbound_call", &params, at(0)).expect("it is possible");
    let effects = reply(&mut twilio, &only(&done.effects), CONNECT, at(0));
    twilio.opened(SOCKET, &dial(&effects).opening, at(0));
    let effects = flow(&mut twilio, 0, 4_000);
    let keys: Vec<Value> = messages(&effects).into_iter().filter(|message| message["event"] == "dtmf").collect();
    assert_eq!((keys.len(), &keys[0]["dtmf"]["digit"], &keys[1]["dtmf"]["digit"]), (2, &json!("4"), &json!("#")));
    play(&mut twilio, "Yes?");
    assert_eq!(said(&flow(&mut twilio, 4_000, 8_000)), ["Where is my parcel?"]);
    play(&mut twilio, "It is on its way.");
    assert_eq!(said(&flow(&mut twilio, 8_000, 12_000)), ["Thank you."]);
    assert_eq!(flow(&mut twilio, 12_000, 14_000).len(), 100, "nothing more is to be said");
}

#[test]
fn silence_is_counted_while_the_caller_waits() {
    let mut twilio = desk();
    let (sid, ..) = streaming(&mut twilio);
    flow(&mut twilio, 0, 1_000);
    play(&mut twilio, "Yes?");
    flow(&mut twilio, 1_000, 3_000);
    let first = voice::speak("Hi").len() as i64 / 8;
    twilio.caller_says(&sid, "Hi", after(3_000));
    flow(&mut twilio, 3_000, 3_000 + (first + 19) / 20 * 20 + 500);
    let effects = twilio.caller_hangs_up(&sid, at(9));
    assert_eq!(silence(&effects), Some(Span::from_millis(1_500)), "before the first word, and after the question");
    let note = effects.iter().find_map(|effect| if let Effect::Note(note) = effect { Some(note) } else { None });
    let note = note.expect("the journal is told");
    let field = |name: &str| note.fields.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
    assert_eq!((field("first_audio_s"), field("longest_silence_s")), (Some(json!(1.0)), Some(json!(1.0))));

    let (sid, effects) = call(&mut twilio, r#"<Redirect>/slow</Redirect>"#);
    assert_eq!(silence(&reply(&mut twilio, &only(&effects), "<Say>Hi</Say>", at(4))), Some(Span::from_secs(4)));
    assert!(twilio.call(&sid).is_some_and(|call| call.status.is_over()));
}

#[test]
fn a_stream_beside_the_call_carries_both_sides() {
    let mut twilio = desk();
    let verbs = r#"<Start><Stream name="copy" url="/copy" track="both_tracks"/></Start><Gather input="speech" action="/g"/><Stop><Stream name="copy"/></Stop>"#;
    let (sid, effects) = call(&mut twilio, verbs);
    let opening = dial(&effects).opening;
    assert_eq!(seen(&effects).len(), 1, "the call goes on meanwhile");
    let effects = twilio.opened(SOCKET, &opening, at(0));
    assert_eq!(messages(&effects)[1]["start"]["tracks"], json!(["inbound", "outbound"]));
    let asked = only(&twilio.caller_says(&sid, "My order", at(0)));
    reply(&mut twilio, &asked, "<Say>Thank you</Say><Pause length=\"60\"/>", at(0));
    let effects = flow(&mut twilio, 0, 3_000);
    let of = |track: &str| {
        let of_track = |effect: &&Effect| !messages(std::slice::from_ref(*effect)).is_empty();
        let mut ear = Ear::default();
        let all = effects.iter().filter(of_track).flat_map(|effect| messages(std::slice::from_ref(effect)));
        let sound = all.filter(|message| message["media"]["track"] == track).flat_map(|message| {
            STANDARD.decode(message["media"]["payload"].as_str().unwrap_or_default()).expect("base64")
        });
        ear.hear(&sound.map(voice::linear).collect::<Vec<i16>>())
    };
    assert_eq!((of("inbound"), of("outbound")), (vec!["My order".to_owned()], vec!["Thank you".to_owned()]));
    assert!(tell(&mut twilio, &json!({"event": "clear"})).is_empty(), "it can only listen");

    let path = format!("/Calls/{sid}/Streams/copy.json");
    let (status, _, effects) = rest(&mut twilio, Method::POST, &path, &[("Status", "stopped")]);
    assert_eq!((status, events(&effects)), (200, vec!["stop".to_owned()]));
    let form =
        [("Url", "wss://bot.example/again"), ("Name", "again"), ("Parameter1.Name", "a"), ("Parameter1.Value", "b")];
    let (status, made, effects) = rest(&mut twilio, Method::POST, &format!("/Calls/{sid}/Streams.json"), &form);
    assert_eq!((status, &made["name"], &made["status"]), (200, &json!("again"), &json!("in-progress")));
    assert_eq!(dial(&effects).url, "ws://target:8080/again");
}

#[test]
fn a_target_is_told_of_its_streams_in_order() {
    let mut twilio = desk();
    let verbs = r#"<Connect><Stream url="/m" statusCallback="/told"/></Connect>"#;
    let (sid, effects) = call(&mut twilio, verbs);
    let opening = dial(&effects).opening;
    let first = only(&twilio.opened(SOCKET, &opening, at(0)));
    assert_eq!(
        (first.url.as_str(), sent(&first).get("StreamEvent")),
        ("http://target:8080/told", Some("stream-started"))
    );
    assert!(asked(&twilio.caller_hangs_up(&sid, at(1))).is_empty(), "the first is still under way");
    let second = only(&twilio.delivered(&first, &outcome(Some(200), ""), at(2)));
    assert_eq!(sent(&second).get("StreamEvent"), Some("stream-stopped"));
}

#[test]
fn a_clock_that_stood_still_sends_no_burst() {
    let mut twilio = desk();
    streaming(&mut twilio);
    flow(&mut twilio, 0, 100);
    let media = messages(&twilio.wake(at(2)));
    let times: Vec<&str> = media.iter().filter_map(|message| message["media"]["timestamp"].as_str()).collect();
    assert_eq!(times, ["1900", "1920", "1940", "1960", "1980"], "the last ones only, at their own times");
    assert_eq!(media[0]["media"]["chunk"], "6");
    twilio.wake(at(4_000));
    assert_eq!(twilio.next_wake(), Some(after(4_000_020)), "however far it jumps");
}

#[test]
fn a_target_that_sends_too_much_has_to_wait() {
    let mut twilio = desk();
    streaming(&mut twilio);
    let minutes = json!({"event": "media", "media": {"payload": STANDARD.encode(vec![0xFF; 1_500_000])}});
    let effects = tell(&mut twilio, &minutes);
    assert!(matches!(effects.as_slice(), [Effect::Socket(SOCKET, Say::Hold(true))]), "{effects:?}");
    assert!(tell(&mut twilio, &minutes).is_empty(), "it is told once");
    let effects = flow(&mut twilio, 0, 300_000);
    let released = effects.iter().filter(|effect| matches!(effect, Effect::Socket(SOCKET, Say::Hold(false)))).count();
    assert_eq!(released, 1);
}
