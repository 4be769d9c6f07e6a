//! Offers at real mocks, without a target: what it would have said is put into their mouths.

use crate::mocks::journal::{Event, EventKind};
use crate::mocks::slack::Slack;
use crate::mocks::twilio::Twilio;
use crate::mocks::vendor::{Delivery, DeliveryOutcome, Effect, Seen, Vendor as _};
use crate::observation::Who;
use crate::rehearse::acts::GIVES_UP;
use crate::rehearse::hear::News;
use crate::rehearse::ledger::Place;
use crate::rehearse::rig::stage;
use crate::rehearse::stage::Stage;
use crate::scenario::model::{Channel, Dependency, Id, Segment};
use crate::seam::{ContactId, CustomerAct, DeskAct};
use crate::time::Time;
use crate::workload::identity::personal_line;
use hyper::HeaderMap;
use tokio::net::TcpListener;

const CHAT: Id<Channel> = Id::new(0);
const PHONE: Id<Channel> = Id::new(1);
const EMAIL: Id<Channel> = Id::new(2);
const SLACK: Id<Dependency> = Id::new(0);
const CARRIER: Id<Dependency> = Id::new(2);

fn who(slot: u32, channel: Id<Channel>) -> Who {
    Who {
        contact: ContactId::new(slot, 0),
        customer: 70 + u64::from(slot),
        channel,
        reason: Id::new(0),
        segment: Id::<Segment>::new(0),
        started: Time::ZERO,
        attempt: 1,
    }
}

/// A contact starts, as the world says it.
fn start(stage: &mut Stage, who: Who) -> ContactId {
    let (contact, channel, segment) = (who.contact, who.channel, who.segment);
    stage.carry_out(CustomerAct::Start { contact, channel, segment }, Some(who), None, None);
    contact
}

fn seen(stage: &mut Stage, at: Id<Dependency>, seen: Seen) -> Vec<News> {
    stage.hear(Event { dependency: at, at: Time::ZERO, kind: EventKind::Seen(seen) })
}

fn hears(stage: &mut Stage, call: &str, text: &str) -> Vec<News> {
    seen(stage, CARRIER, Seen::Heard { call: call.to_owned(), text: text.to_owned() })
}

fn ends(stage: &mut Stage, call: &str) -> Vec<News> {
    seen(stage, CARRIER, Seen::CallEnded { call: call.to_owned(), in_order: true })
}

/// The desk writes in the thread of a contact.
fn reads(stage: &mut Stage, contact: ContactId, text: &str) -> Vec<News> {
    let Some(Place::Thread(ts)) = stage.entry(contact).and_then(|entry| entry.place) else { panic!("it has a thread") };
    let (channel, own, text) = ("support".to_owned(), "1.2".to_owned(), text.to_owned());
    let message = Seen::Message { channel, ts: own, thread: Some(ts), text, replaces: false };
    seen(stage, SLACK, message)
}

/// The last words in the channel of the customers.
fn last_words(stage: &Stage) -> String {
    let last = |slack: &mut Slack| {
        let channel = slack.channel("support")?;
        channel.messages.last_key_value().map(|(_, message)| message.text.clone())
    };
    stage.mocks.with::<Slack, _>(SLACK, |slack, _| (last(slack), Vec::new())).flatten().unwrap_or_default()
}

/// A contact on the phone whose call is not at the mock: enough where nobody presses a key.
fn caller(stage: &mut Stage, slot: u32) -> (ContactId, String) {
    let (who, sid) = (who(slot, PHONE), format!("CA{slot}"));
    stage.ledger().open(who);
    stage.ledger().place(who.contact, CARRIER, Place::Call(sid.clone()));
    (who.contact, sid)
}

#[tokio::test]
async fn a_hold_loop_makes_one_offer_and_a_call_back_outlives_the_call() {
    let mut stage = stage().await;
    let (contact, sid) = caller(&mut stage, 1);
    let offer = "Sorry for the wait. Press 1 and we will call you back.";
    let act = News::Act(DeskAct::OfferCallback { contact, accepted: 0.4 });
    assert_eq!(hears(&mut stage, &sid, offer), [act]);
    stage.offer_is_over();
    assert_eq!(hears(&mut stage, &sid, offer), [], "the loop says it again");
    let to_chat = "Press 2 for chat and we will go on there.";
    let act = News::Act(DeskAct::Announce { contact, to: CHAT, accepted: 0.3 });
    assert_eq!(hears(&mut stage, &sid, to_chat), [act], "another offer counts");
    assert!(stage.takes_offer(contact) && !stage.takes_offer(contact), "an offer is taken once");
    assert_eq!(hears(&mut stage, &sid, "Very well, that is noted."), [], "a farewell is no answer");
    assert_eq!(ends(&mut stage, &sid), [], "the desk ends the call as both wanted");

    let (contact, sid) = caller(&mut stage, 2);
    assert_eq!(ends(&mut stage, &sid), [News::Act(DeskAct::HangUp { contact })], "nobody wanted that");
    stage.mocks.shutdown().await;
}

#[tokio::test]
async fn who_goes_elsewhere_says_where_and_who_gives_up_says_that() {
    let mut stage = stage().await;
    let contact = start(&mut stage, who(1, CHAT));
    let offer = "The wait is long here. Reply YES email and we will go on there.";
    let act = News::Act(DeskAct::Announce { contact, to: EMAIL, accepted: 0.3 });
    assert_eq!(reads(&mut stage, contact, offer), std::slice::from_ref(&act).to_vec());
    stage.offer_is_over();
    assert_eq!(reads(&mut stage, contact, offer), [act], "who writes it twice offers it twice");
    stage.carry_out(CustomerAct::Leave { contact }, None, None, None);
    assert_eq!(last_words(&stage), "YES email");
    assert!(stage.entry(contact).is_some_and(|entry| entry.over), "the chat is over");

    let contact = start(&mut stage, who(2, CHAT));
    assert_eq!(reads(&mut stage, contact, offer).len(), 1);
    stage.offer_is_over();
    stage.carry_out(CustomerAct::Leave { contact }, None, None, None);
    assert_eq!(last_words(&stage), GIVES_UP, "the offer was not taken");
    stage.mocks.shutdown().await;
}

#[tokio::test]
async fn an_offer_that_the_plan_does_not_make_is_only_words() {
    let mut stage = stage().await;
    let contact = start(&mut stage, who(1, CHAT));
    let only_words = [News::Act(DeskAct::Placeholder { contact })];
    assert_eq!(reads(&mut stage, contact, "Reply YES callback and we will call you back."), only_words);
    assert!(!stage.takes_offer(contact));
    stage.mocks.shutdown().await;
}

fn delivery(effects: &[Effect]) -> &Delivery {
    let found = effects.iter().find_map(|effect| match effect {
        Effect::Deliver(delivery) => Some(delivery),
        _ => None,
    });
    found.expect("the target is asked")
}

#[tokio::test]
async fn a_caller_presses_the_key_that_was_said() {
    let mut stage = stage().await;
    // A target that takes connections and never answers: what it is asked about a call stays asked.
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let url = format!("http://{}/voice", silent.local_addr().expect("it is bound"));
    let who = who(1, PHONE);
    let offer = "Press 3 and we will call you back.";
    let sid = stage.mocks.with::<Twilio, _>(CARRIER, |twilio, now| {
        twilio.set_voice_url("+15005550006", &url, None);
        let (sid, effects) = twilio.incoming_call("+15550001", "+15005550006", None, now);
        let twiml = format!(
            "<Response><Gather input=\"dtmf\" numDigits=\"1\" timeout=\"600\"><Say>{offer}</Say></Gather></Response>"
        );
        let (headers, body) = (HeaderMap::new(), twiml.into());
        let outcome = DeliveryOutcome { status: Some(200), headers, body, error: None, tries: 1 };
        twilio.delivered(delivery(&effects), &outcome, now);
        (sid, Vec::new())
    });
    let sid = sid.expect("the carrier is a Twilio");
    stage.ledger().open(who);
    stage.ledger().place(who.contact, CARRIER, Place::Call(sid.clone()));
    assert_eq!(hears(&mut stage, &sid, offer).len(), 1);
    stage.carry_out(CustomerAct::TakeCallback { contact: who.contact }, None, None, None);
    let (mut stream, _) = silent.accept().await.expect("the target is asked");
    let mut request = Vec::new();
    while !String::from_utf8_lossy(&request).contains("Digits=3") {
        let read = tokio::io::AsyncReadExt::read_buf(&mut stream, &mut request).await;
        assert!(read.is_ok_and(|read| read > 0), "{}", String::from_utf8_lossy(&request));
    }
    let entry = stage.entry(who.contact).expect("it is known");
    assert!(entry.took_offer && !entry.over, "a person will call");
    assert_eq!(ends(&mut stage, &sid), []);
    stage.mocks.shutdown().await;
}

#[tokio::test]
async fn personal_calls_are_recognised_by_the_number_called() {
    let mut stage = stage().await;
    let places = |to: &str| Seen::CallPlaced { call: "CA1".to_owned(), to: to.to_owned() };
    let called = News::Act(DeskAct::CallPersonally { segment: Id::new(0) });
    assert_eq!(seen(&mut stage, CARRIER, places(&personal_line(0))), [called]);
    assert_eq!(seen(&mut stage, CARRIER, places(&personal_line(1))), [], "the desk has one segment");
    assert_eq!(seen(&mut stage, CARRIER, places("+15005550006")), []);
}
