//! The desk over real sockets, against a stand-in for all vendors that writes down what it is asked.

use super::client::{Call, Client};
use super::serve;
use super::settings::tests::{desk, settings};
use super::signed::tests::{as_slack, as_twilio, as_zendesk};
use crate::scenario::model::{self, Action, Condition, Id, Notice, Plan, Rule, Updates};
use crate::time::Span;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// Far more than anything here takes: it only ends a test that has gone wrong.
const LONG: Duration = Duration::from_secs(30);

type Asked = Vec<(String, String)>;

/// All vendors at one address: what they were asked, as `METHOD path` and body.
#[derive(Clone, Default)]
struct Vendors {
    asked: Arc<Mutex<Asked>>,
    model_down: Arc<Mutex<bool>>,
}

impl Vendors {
    async fn start(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let this = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let this = this.clone();
                let service = service_fn(move |request| {
                    let this = this.clone();
                    async move { Ok::<_, Infallible>(this.answer(request).await) }
                });
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service),
                );
            }
        });
        format!("http://{address}")
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let what = format!("{} {}", request.method(), request.uri().path());
        let body = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
        let body = String::from_utf8_lossy(&body).into_owned();
        let down = *self.model_down.lock().expect("no test panics here");
        let said = match what.as_str() {
            "POST /v1/chat/completions" | "GET /v1/models" if down => json!(null),
            "POST /v1/chat/completions" => {
                json!({"choices": [{"message": {"content": "It is on its way. Ref. K7F2-93."}}]})
            }
            "GET /api/conversations.list" => json!({"ok": true, "channels": [
                {"id": "C1", "name": "support"}, {"id": "C2", "name": "support-escalations"}]}),
            "GET /api/v2/groups.json" => json!({"groups": [{"id": 77, "name": "Support"}]}),
            "GET /2010-04-01/Accounts/AC1/IncomingPhoneNumbers.json" => {
                json!({"incoming_phone_numbers": [{"sid": "PN1"}]})
            }
            "POST /v1/pages/mockpage/incidents.json" => json!({"id": "inc1"}),
            _ => json!({"ok": true}),
        };
        self.asked.lock().expect("no test panics here").push((what, body));
        let mut reply = Response::new(Full::new(Bytes::from(said.to_string())));
        if said.is_null() {
            *reply.status_mut() = hyper::StatusCode::INTERNAL_SERVER_ERROR;
        }
        reply
    }

    /// Waits until they were asked this so often; gives the bodies.
    async fn were_asked(&self, what: &str, times: usize) -> Vec<String> {
        let wait = async {
            loop {
                let asked = self.asked.lock().expect("no test panics here").clone();
                let bodies: Vec<String> = asked.into_iter().filter(|(w, _)| w == what).map(|(_, body)| body).collect();
                if bodies.len() >= times {
                    return bodies;
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(LONG, wait).await.unwrap_or_else(|_| {
            panic!("not asked {what} {times} times: {:?}", self.asked.lock().expect("no test panics here"))
        })
    }
}

/// The desk at work.
struct Open {
    url: String,
    client: Client,
    vendors: Vendors,
    end: oneshot::Sender<()>,
    over: tokio::task::JoinHandle<Result<(), super::Refused>>,
}

impl Open {
    async fn with(desk: model::Desk, pace: f64) -> Self {
        let vendors = Vendors::default();
        let url = vendors.start().await;
        let (api, v1) = (format!("{url}/api/"), format!("{url}/v1"));
        let mut settings = settings(
            desk,
            &[
                ("SLACK_API_URL", &api),
                ("SLACK_BOT_TOKEN", "xoxb"),
                ("SLACK_SIGNING_SECRET", "slack-secret"),
                ("MODEL_A_URL", &v1),
                ("ZENDESK_URL", &url),
                ("ZENDESK_WEBHOOK_SECRET", "zendesk-secret"),
                ("TWILIO_API_URL", &url),
                ("TWILIO_ACCOUNT_SID", "AC1"),
                ("TWILIO_AUTH_TOKEN", "twilio-token"),
                ("STATUSPAGE_API_URL", &url),
            ],
        );
        settings.pace = pace;
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let (end, ended) = oneshot::channel::<()>();
        let over = tokio::spawn(serve(settings, listener, async {
            ended.await.ok();
        }));
        vendors.were_asked("GET /api/conversations.list", 1).await;
        Self { url, client: Client::default(), vendors, end, over }
    }

    async fn send(&self, call: Call) -> (u16, String) {
        let answer = self.client.ask(&call, LONG).await.expect("the desk answers");
        (answer.status, String::from_utf8_lossy(&answer.body).into_owned())
    }

    async fn slack(&self, id: &str, more: Value) -> u16 {
        let mut event = json!({"type": "message", "user": "U7", "channel": "C1", "channel_type": "channel"});
        if let (Some(event), Value::Object(more)) = (event.as_object_mut(), more) {
            event.extend(more);
        }
        let body = json!({"type": "event_callback", "event_id": id, "event": event});
        let call = Call::json(Method::POST, format!("{}/slack/events", self.url), &body);
        let signature = as_slack("slack-secret", "17", &call.body);
        let call = call.with("x-slack-request-timestamp", "17".to_owned()).with("x-slack-signature", signature);
        self.send(call).await.0
    }

    async fn twilio(&self, path: &str, more: &[(&str, &str)]) -> String {
        let mut fields = vec![("CallSid", "CA1"), ("From", "+15550001"), ("CallStatus", "in-progress")];
        fields.extend(more);
        let url = format!("{}{path}", self.url);
        let signed: Vec<_> = fields.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let signature = as_twilio("twilio-token", &url, &signed);
        let (status, text) = self.send(Call::form(url, &fields).with("x-twilio-signature", signature)).await;
        assert_eq!(status, 200, "{path}: {text}");
        text
    }

    /// Follows redirects to `/voice/wait` until something else is said.
    async fn news_for_call(&self, mut text: String) -> String {
        while text.contains("<Redirect method=\"POST\">/voice/wait</Redirect>") {
            text = self.twilio("/voice/wait", &[]).await;
        }
        text
    }

    async fn close(self) {
        self.end.send(()).expect("the desk is open");
        self.over.await.expect("the desk does not panic").expect("the desk ends in order");
    }
}

#[tokio::test]
async fn a_chat_is_answered_and_then_handed_to_a_person() {
    let open = Open::with(desk(), 1.0).await;
    assert_eq!(open.slack("Ev1", json!({"ts": "1.1", "text": "Where is HL-42?"})).await, 200);
    assert_eq!(open.slack("Ev1", json!({"ts": "1.1", "text": "Where is HL-42?"})).await, 200, "Slack sends it again");
    let asked = open.vendors.were_asked("POST /v1/chat/completions", 1).await;
    assert!(asked[0].contains("Where is HL-42?") && asked[0].contains("gpt-4o-mini"));
    let posts = open.vendors.were_asked("POST /api/chat.postMessage", 1).await;
    let post: Value = serde_json::from_str(&posts[0]).expect("JSON");
    assert_eq!((post["channel"].as_str(), post["thread_ts"].as_str()), (Some("C1"), Some("1.1")));
    assert_eq!(post["text"], "It is on its way. Ref. K7F2-93. (HL-42)");

    open.slack("Ev2", json!({"ts": "1.2", "thread_ts": "1.1", "text": "It is on its way", "bot_id": "B1"})).await;
    open.slack("Ev3", json!({"ts": "1.3", "thread_ts": "1.1", "text": "I need a person"})).await;
    let posts = open.vendors.were_asked("POST /api/chat.postMessage", 2).await;
    let post: Value = serde_json::from_str(&posts[1]).expect("JSON");
    assert_eq!((post["channel"].as_str(), post.get("thread_ts")), (Some("#support-escalations"), None));
    let text = post["text"].as_str().expect("text");
    assert!(text.contains("HL-42") && text.contains("1.1") && text.contains("Where is"), "{text}");
    assert_eq!(open.vendors.were_asked("POST /v1/chat/completions", 1).await.len(), 1, "the repeated event is known");
    open.slack("Ev4", json!({"ts": "1.4", "thread_ts": "1.1", "user": "U9", "text": "I take over."})).await;
    open.slack("Ev5", json!({"ts": "1.5", "thread_ts": "1.1", "user": "U9", "text": "Done. Good-bye!"})).await;
    open.slack("Ev6", json!({"ts": "1.6", "thread_ts": "1.1", "text": "I need a person"})).await;
    open.slack("Ev7", json!({"ts": "2.1", "text": "And where is HL-43?"})).await;
    let posts = open.vendors.were_asked("POST /api/chat.postMessage", 3).await;
    assert!(posts[2].contains("HL-43"), "the first thread is over: {posts:?}");
    open.close().await;
}

#[tokio::test]
async fn without_its_model_the_bot_tries_again_then_says_sorry() {
    let open = Open::with(desk(), 20.0).await;
    *open.vendors.model_down.lock().expect("no test panics here") = true;
    open.slack("Ev1", json!({"ts": "1.1", "text": "HL-1 is late"})).await;
    let posts = open.vendors.were_asked("POST /api/chat.postMessage", 2).await;
    assert_eq!(open.vendors.were_asked("POST /v1/chat/completions", 2).await.len(), 2, "one retry");
    assert!(posts[0].contains("Sorry") && posts[0].contains("HL-1"), "{posts:?}");
    assert!(posts[1].contains("#support-escalations"), "{posts:?}");
    open.close().await;
}

#[tokio::test]
async fn a_call_is_greeted_answered_and_enqueued() {
    let open = Open::with(desk(), 20.0).await;
    let greeting = open.twilio("/voice", &[]).await;
    assert!(greeting.contains("<Gather input=\"speech\" action=\"/voice/gather\""), "{greeting}");
    let answer = open.twilio("/voice/gather", &[("SpeechResult", "Where is HL-9?")]).await;
    let answer = open.news_for_call(answer).await;
    assert!(answer.contains("<Say>It is on its way. Ref. K7F2-93. (HL-9)</Say><Gather"), "{answer}");
    let queue = open.twilio("/voice/gather", &[("SpeechResult", "A person please")]).await;
    let queue = open.news_for_call(queue).await;
    assert!(queue.contains("<Enqueue action=\"/voice/left\" method=\"POST\">support</Enqueue>"), "{queue}");
    let end = open.twilio("/voice/left", &[("QueueResult", "bridged")]).await;
    assert!(end.ends_with("<Response></Response>"), "{end}");
    assert!(open.twilio("/voice/wait", &[]).await.contains("<Hangup/>"), "the call is over");
    open.close().await;
}

#[tokio::test]
async fn a_desk_without_a_bot_enqueues_at_once() {
    let mut desk = desk();
    desk.bot = None;
    let open = Open::with(desk, 20.0).await;
    assert!(open.twilio("/voice", &[]).await.contains("<Response><Enqueue"));
    open.close().await;
}

#[tokio::test]
async fn a_ticket_goes_to_the_people() {
    let open = Open::with(desk(), 1.0).await;
    let body = json!({
        "type": "zen:event-type:ticket.created", "event": {},
        "detail": {"id": "5", "requester_id": "9", "subject": "Help", "description": "HL-5 is broken"},
    });
    let call = Call::json(Method::POST, format!("{}/zendesk", open.url), &body);
    let signature = as_zendesk("zendesk-secret", "t", &call.body);
    let call = call.with("x-zendesk-webhook-signature-timestamp", "t".to_owned());
    assert_eq!(open.send(call.with("x-zendesk-webhook-signature", signature)).await.0, 200);
    let changes = open.vendors.were_asked("PUT /api/v2/tickets/5.json", 1).await;
    assert_eq!(changes[0], r#"{"ticket":{"group_id":77}}"#);
    open.close().await;
}

#[tokio::test]
async fn a_plan_reaches_the_vendors() {
    let mut desk = desk();
    let actions = vec![
        Action::Carry { channel: Id::new(1), over: Id::new(5) },
        Action::CallIn { team: Id::new(0), ready_in: Span::ZERO },
        Action::BotAnswersFromFaq { solves: 0.5 },
    ];
    let when = Condition::Down(vec![Id::new(1)]);
    desk.plan = Plan {
        notice: vec![Notice::probe(Id::new(1), Span::from_secs(1), 1)],
        rules: vec![Rule::new("model down", when, Span::ZERO, actions)],
        updates: Some(Updates {
            over: Id::new(4),
            first_within: Span::from_secs(1),
            every: Span::from_secs(1),
            back_after: Span::from_secs(1),
            personally: Some((Id::new(0), Span::from_secs(1))),
        }),
    };
    let open = Open::with(desk, 20.0).await;
    *open.vendors.model_down.lock().expect("no test panics here") = true;
    let number = "POST /2010-04-01/Accounts/AC1/IncomingPhoneNumbers/PN1.json";
    let set = open.vendors.were_asked(number, 2).await;
    assert!(set[0].contains("voice%2Fstatus") && !set[0].contains("VoiceUrl"), "at the start: {set:?}");
    assert!(set[1].contains("VoiceUrl=") && set[1].contains("%2Fvoice&"), "{set:?}");
    let page = open.vendors.were_asked("POST /2010-04-01/Accounts/AC1/Messages.json", 1).await;
    assert!(page[0].contains("To=%2B15005550100") && page[0].contains("second+line"), "{page:?}");
    open.vendors.were_asked("POST /2010-04-01/Accounts/AC1/Calls.json", 1).await;
    let told = open.vendors.were_asked("POST /v1/pages/mockpage/incidents.json", 1).await;
    assert!(told[0].contains("investigating") && told[0].contains("next update"), "{told:?}");
    let told = open.vendors.were_asked("PATCH /v1/pages/mockpage/incidents/inc1.json", 1).await;
    assert!(told[0].contains("identified"), "{told:?}");

    open.slack("Ev1", json!({"ts": "1.1", "text": "Where is my parcel HL-3?"})).await;
    let posts = open.vendors.were_asked("POST /api/chat.postMessage", 1).await;
    assert!(posts[0].contains("You can follow order HL-3"), "{posts:?}");

    *open.vendors.model_down.lock().expect("no test panics here") = false;
    let set = open.vendors.were_asked(number, 3).await;
    assert!(set[2].ends_with("VoiceUrl="), "{set:?}");
    open.close().await;
}

/// A desk without a bot that offers everything it can as long as its model is down.
fn desk_with_offers() -> model::Desk {
    let mut desk = desk();
    desk.bot = None;
    let (chat, phone, mail) = (Id::new(0), Id::new(1), Id::new(2));
    let actions = vec![
        Action::CallIn { team: Id::new(0), ready_in: Span::ZERO },
        Action::OfferCallback { channel: None, accepted: 0.5 },
        Action::Announce { from: phone, to: chat, accepted: 0.5 },
        Action::Announce { from: chat, to: mail, accepted: 0.5 },
    ];
    let when = Condition::Down(vec![Id::new(1)]);
    desk.plan = Plan {
        notice: vec![Notice::probe(Id::new(1), Span::from_secs(1), 1)],
        rules: vec![Rule::new("model down", when, Span::ZERO, actions)],
        updates: None,
    };
    desk
}

#[tokio::test]
async fn those_who_wait_are_offered_a_call_back_and_other_channels() {
    let open = Open::with(desk_with_offers(), 20.0).await;
    let queue = open.twilio("/voice", &[]).await;
    assert!(queue.contains(" waitUrl=\"/voice/hold\" waitUrlMethod=\"POST\">support</Enqueue>"), "{queue}");
    assert!(open.twilio("/voice/hold", &[]).await.ends_with("<Response></Response>"), "music");
    *open.vendors.model_down.lock().expect("no test panics here") = true;
    open.vendors.were_asked("POST /2010-04-01/Accounts/AC1/Messages.json", 1).await;

    let hold = open.twilio("/voice/hold", &[]).await;
    assert!(hold.contains("<Gather input=\"dtmf\" numDigits=\"1\" action=\"/voice/choice\""), "{hold}");
    assert!(hold.contains("Press 1 and we will call you back.</Say>"), "{hold}");
    assert!(hold.contains("Press 2 for chat and we will go on there.</Say>"), "{hold}");
    assert!(open.twilio("/voice/hold", &[]).await.ends_with("<Response></Response>"), "each offer is said once");
    assert!(open.twilio("/voice/choice", &[("Digits", "7")]).await.ends_with("<Response></Response>"), "no such offer");
    let end = open.twilio("/voice/choice", &[("Digits", "1")]).await;
    assert!(end.ends_with("Goodbye.</Say><Hangup/></Response>"), "{end}");
    assert!(open.twilio("/voice/left", &[("QueueResult", "hangup")]).await.ends_with("<Response></Response>"));
    assert!(open.twilio("/voice/wait", &[]).await.contains("<Hangup/>"), "the call is over");

    open.slack("Ev1", json!({"ts": "1.1", "text": "Where is HL-42?"})).await;
    let posts = open.vendors.were_asked("POST /api/chat.postMessage", 2).await;
    assert!(posts[0].contains("#support-escalations") && posts[1].contains("Reply YES mail"), "{posts:?}");
    open.slack("Ev2", json!({"ts": "1.2", "thread_ts": "1.1", "text": "YES mail"})).await;
    open.slack("Ev3", json!({"ts": "1.3", "thread_ts": "1.1", "text": "Is anybody a person here?"})).await;
    open.slack("Ev4", json!({"ts": "2.1", "text": "And where is HL-43?"})).await;
    let posts = open.vendors.were_asked("POST /api/chat.postMessage", 4).await;
    assert!(posts[2].contains("HL-43"), "the first thread is over: {posts:?}");
    open.close().await;
}

#[tokio::test]
async fn only_signed_requests_are_heard() {
    let open = Open::with(desk(), 1.0).await;
    assert_eq!(open.send(Call::get(format!("{}/healthz", open.url))).await, (200, "ok".to_owned()));
    let post = |path: &str, body: Value| Call::json(Method::POST, format!("{}{path}", open.url), &body);
    assert_eq!(open.send(post("/slack/events", json!({"type": "event_callback"}))).await.0, 401);
    assert_eq!(open.send(post("/zendesk", json!({}))).await.0, 401);
    assert_eq!(open.send(post("/voice", json!({}))).await.0, 403);
    assert_eq!(open.send(post("/voice/nowhere", json!({}))).await.0, 403);
    assert_eq!(open.send(post("/nowhere", json!({}))).await.0, 404);
    assert_eq!(open.send(Call::get(format!("{}/slack/events", open.url))).await.0, 405);
    let challenge = post("/slack/events", json!({"type": "url_verification", "challenge": "abc"}));
    let signature = as_slack("slack-secret", "1", &challenge.body);
    let challenge = challenge.with("x-slack-request-timestamp", "1".to_owned());
    assert_eq!(open.send(challenge.with("x-slack-signature", signature)).await, (200, "abc".to_owned()));
    open.close().await;
}
