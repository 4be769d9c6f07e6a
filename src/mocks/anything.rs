//! Whatever a client, a caller or a target says, every vendor bears it: requests to known places with bodies of the right
//! form and any content, sockets that say anything, targets that answer anything. Nothing panics, and nothing is a 500.

use super::asked::Asked;
use super::registry::{Setup, vendor};
use super::socket::{Ending, Frame, Opening, SocketId};
use super::vendor::{Body, DeliveryOutcome, Effect, Request, Vendor};
use crate::rng::Luck;
use crate::scenario::model::{Dependency, DependencyKind};
use crate::time::{Span, Time};
use hyper::body::Bytes;
use hyper::{HeaderMap, Method};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

const START: Time = Time::from_micros(60_000_000);
/// Names of fields that vendors read.
const FIELDS: [&str; 58] = [
    "model",
    "messages",
    "role",
    "content",
    "type",
    "text",
    "input",
    "tools",
    "function",
    "parameters",
    "properties",
    "items",
    "required",
    "$ref",
    "$defs",
    "enum",
    "anyOf",
    "pattern",
    "minLength",
    "maximum",
    "response_format",
    "json_schema",
    "schema",
    "max_tokens",
    "stream",
    "n",
    "encoding_format",
    "dimensions",
    "session",
    "audio",
    "item",
    "response",
    "channel",
    "blocks",
    "attachments",
    "thread_ts",
    "ts",
    "view",
    "trigger_id",
    "users",
    "ticket",
    "tickets",
    "comment",
    "body",
    "requester",
    "email",
    "status",
    "tags",
    "id",
    "ids",
    "incident",
    "component",
    "To",
    "From",
    "Url",
    "Twiml",
    "value",
    "name",
];
const WORDS: [&str; 30] = [
    "",
    "C00000001",
    "#general",
    "U00000001",
    "gpt-4o-mini",
    "gpt-realtime",
    "user",
    "assistant",
    "tool",
    "object",
    "array",
    "string",
    "integer",
    "#",
    "#/properties/a",
    "^[a-z]{3,9}$",
    "(a|b)*c+",
    "1700000000.000100",
    "+15005550006",
    "+15005550100",
    "sam@example.com",
    "open",
    "solved",
    "http://127.0.0.1:1/x",
    "input_text",
    "session.update",
    "response.create",
    "conversation.item.create",
    "input_audio_buffer.append",
    "investigating",
];
/// What a target may answer.
const ANSWERS: [&str; 9] = [
    "<Response><Say>a</Say></Response>",
    "<Response><Gather action='?#%'><Say loop='0'/></Gather><Redirect>::</Redirect></Response>",
    "<Response><Enqueue waitUrl='/'>q</Enqueue><Dial><Queue>q</Queue></Dial><Dial>+1</Dial></Response>",
    "<Response><Connect><Stream url='ws://127.0.0.1:1/'/></Connect><Record maxLength='-1'/></Response>",
    "<!DOCTYPE a [<!ENTITY b \"c\"><!ENTITY d \"&b;&b;&b;\">]><Response><Say>&d;</Say></Response>",
    "{\"challenge\": 1, \"response_action\": \"update\", \"view\": [], \"errors\": {}}",
    "{\"text\": \"a\", \"response_type\": \"in_channel\", \"replace_original\": \"x\"}",
    "[[[[",
    "\u{0}",
];

/// The places of a vendor's API, and the credentials that open them.
fn places(kind: DependencyKind) -> (&'static [&'static str], &'static str) {
    match kind {
        DependencyKind::Openai => (
            &[
                "/v1/chat/completions",
                "/v1/responses",
                "/v1/responses/resp_1",
                "/v1/messages",
                "/v1/messages/count_tokens",
                "/v1/embeddings",
                "/v1/models",
                "/v1/audio/speech",
                "/v1/audio/transcriptions",
                "/v1/realtime",
                "/openai/deployments/d/chat/completions",
            ],
            "Bearer sk-mock",
        ),
        DependencyKind::Slack => (
            &[
                "/api/chat.postMessage",
                "/api/chat.update",
                "/api/chat.startStream",
                "/api/chat.appendStream",
                "/api/conversations.history",
                "/api/conversations.replies",
                "/api/conversations.open",
                "/api/views.open",
                "/api/views.publish",
                "/api/files.getUploadURLExternal",
                "/api/files.completeUploadExternal",
                "/api/reactions.add",
                "/api/assistant.threads.setSuggestedPrompts",
                "/api/users.lookupByEmail",
                "/services/T00000001/B00000001/secret",
                "/upload/v1/F00000001",
                "/api/apps.connections.open",
            ],
            "Bearer xoxb-mock-token",
        ),
        DependencyKind::Zendesk => (
            &[
                "/api/v2/tickets.json",
                "/api/v2/tickets/1.json",
                "/api/v2/tickets/1/tags.json",
                "/api/v2/search.json",
                "/api/v2/tickets/create_many.json",
                "/api/v2/tickets/update_many.json",
                "/api/v2/users.json",
                "/api/v2/users/create_or_update.json",
                "/api/v2/requests.json",
                "/api/v2/tickets/1/satisfaction_rating.json",
                "/api/v2/incremental/tickets/cursor.json",
                "/api/v2/incremental/tickets.json",
                "/api/v2/organizations.json",
                "/api/v2/job_statuses/1.json",
                "/api/v2/webhooks.json",
                "/api/v2/views/1/tickets.json",
            ],
            // agent@example.com/token:mock-zendesk-token
            "Basic YWdlbnRAZXhhbXBsZS5jb20vdG9rZW46bW9jay16ZW5kZXNrLXRva2Vu",
        ),
        DependencyKind::Twilio => (
            &[
                "/2010-04-01/Accounts/AC00000000000000000000000000000001/Calls.json",
                "/2010-04-01/Accounts/AC00000000000000000000000000000001/Messages.json",
                "/2010-04-01/Accounts/AC00000000000000000000000000000001/Queues.json",
                "/2010-04-01/Accounts/AC00000000000000000000000000000001/IncomingPhoneNumbers.json",
                "/2010-04-01/Accounts/AC00000000000000000000000000000001/Recordings.json",
            ],
            // The account and its token.
            "Basic QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMTptb2NrLXR3aWxpby1hdXRoLXRva2Vu",
        ),
        _ => (
            &[
                "/v1/pages/mockpage/incidents",
                "/v1/pages/mockpage/incidents/x",
                "/v1/pages/mockpage/components/x",
                "/api/v2/summary.json",
                "/api/v2/incidents.json",
            ],
            "OAuth mock-statuspage-key",
        ),
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (0i64..5).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        select(&WORDS[..]).prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 48, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            vec((select(&FIELDS[..]), inner), 0..7)
                .prop_map(|fields| fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Value>()),
        ]
    })
}

/// A request that is likely to be read: `seed` chooses the place and the form, `whole` decides about the body.
fn request(kind: DependencyKind, seed: usize, body: &Value, query: &str) -> Request {
    let (paths, credentials) = places(kind);
    let methods = [Method::POST, Method::POST, Method::GET, Method::PUT, Method::PATCH, Method::DELETE];
    let (path, method) = (paths[seed % paths.len()], methods[seed / 64 % methods.len()].clone());
    let mut headers = HeaderMap::new();
    let mut with = |name: &'static str, value: &'static str| {
        headers.insert(name, hyper::header::HeaderValue::from_static(value));
    };
    with("host", "127.0.0.1:1");
    with("authorization", credentials);
    let fields = || body.as_object().into_iter().flatten().map(|(name, value)| (name, as_text(value)));
    let body = match seed / 16 % 4 {
        0 | 1 => {
            with("content-type", "application/json");
            body.to_string()
        }
        2 => {
            with("content-type", "application/x-www-form-urlencoded");
            form_urlencoded::Serializer::new(String::new()).extend_pairs(fields()).finish()
        }
        _ => {
            with("content-type", "multipart/form-data; boundary=X");
            let part =
                |(name, value)| format!("--X\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            fields().map(part).collect::<String>() + "--X--\r\n"
        }
    };
    Request { method, path: path.to_owned(), query: query.to_owned(), headers, body: Bytes::from(body) }
}

fn as_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Lets what follows happen: webhooks are answered, sockets open and say something.
fn follow(vendor: &mut dyn Vendor, effects: Vec<Effect>, said: &Value, seed: usize, now: Time, depth: u32) {
    if depth == 0 {
        return;
    }
    for effect in effects.into_iter().take(8) {
        let next = match effect {
            Effect::Deliver(delivery) => {
                let answer =
                    ANSWERS.get(seed % (ANSWERS.len() + 1)).map_or_else(|| said.to_string(), |one| (*one).to_owned());
                let outcome = DeliveryOutcome {
                    status: [Some(200), Some(200), Some(302), Some(500), None][seed / 8 % 5],
                    headers: HeaderMap::new(),
                    body: Bytes::from(answer),
                    error: None,
                    tries: 1,
                };
                vendor.delivered(&delivery, &outcome, now)
            }
            Effect::Dial(dial) => talk(vendor, &dial.opening, said, seed, now),
            _ => continue,
        };
        follow(vendor, next, said, seed / 2, now, depth - 1);
    }
}

fn talk(vendor: &mut dyn Vendor, opening: &Opening, said: &Value, seed: usize, now: Time) -> Vec<Effect> {
    let socket = SocketId(seed as u64 % 3);
    let mut effects = vendor.opened(socket, opening, now);
    let typed = WORDS[25 + seed % 5];
    let mut event = said.clone();
    if let Some(fields) = event.as_object_mut() {
        fields.insert("type".to_owned(), json!(typed));
        fields.insert("event".to_owned(), json!(["media", "mark", "clear"][seed % 3]));
    }
    for frame in
        [Frame::Text(event.to_string()), Frame::Text(said.to_string()), Frame::Binary(Bytes::from(said.to_string()))]
    {
        effects.extend(vendor.said(socket, frame, now));
    }
    effects.extend(vendor.closed(Some(socket), opening, &Ending::Broken("gone".to_owned()), now));
    effects
}

/// A vendor whose target listens.
fn listening(kind: DependencyKind) -> Box<dyn Vendor> {
    let mut one = vendor(
        &Dependency::new("one", kind),
        Setup { luck: Luck::new(1, 0), unix_at_zero: 1_800_000_000, alone: true },
    );
    let here = "http://127.0.0.1:1/x";
    for target in [
        json!({"events_url": here, "interactivity_url": here, "commands_url": here}),
        json!({"webhook_url": here}),
        json!({"voice_url": here, "voice_fallback_url": here, "status_callback": here, "sms_url": here}),
    ] {
        // Each vendor takes its own and refuses the others.
        one.aim(&Asked::new(target, false).expect("an object"), START).ok();
    }
    one
}

fn bear(kind: DependencyKind, steps: &[(usize, Value, String)]) {
    let mut vendor = listening(kind);
    for (nth, (seed, said, query)) in steps.iter().enumerate() {
        let now = START + Span::from_secs(nth as i64);
        let request = request(kind, *seed, said, query);
        vendor.endpoint(&request);
        let handled = vendor.handle(&request, now);
        let status = handled.reply.status;
        assert!((100..600).contains(&status) && status != 500, "{status} to {request:?}");
        if let Body::Socket(opening) = &handled.reply.body {
            let effects = talk(vendor.as_mut(), opening, said, *seed, now);
            follow(vendor.as_mut(), effects, said, *seed, now, 4);
        }
        follow(vendor.as_mut(), handled.effects, said, *seed, now, 4);
        if let (Some(event), Ok(params)) = (vendor.events().get(seed % 5), Asked::new(said.clone(), false)) {
            let done = vendor.emit(event, &params, now);
            follow(vendor.as_mut(), done.map_or_else(|_| Vec::new(), |done| done.effects), said, *seed, now, 4);
        }
        if vendor.next_wake().is_some_and(|due| due <= now + Span::from_secs(30)) {
            let effects = vendor.wake(now + Span::from_secs(30));
            follow(vendor.as_mut(), effects, said, *seed, now, 4);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_vendor_bears_it(steps in vec((0usize..4_096, any_json(), "[a-z_=&%0-9\\[\\]:-]{0,30}"), 1..6)) {
        for kind in [
            DependencyKind::Openai,
            DependencyKind::Slack,
            DependencyKind::Zendesk,
            DependencyKind::Twilio,
            DependencyKind::Statuspage,
        ] {
            bear(kind, &steps);
        }
    }
}

/// Texts that a careless reader goes over again and again.
#[test]
fn long_texts_are_read_in_one_go() {
    const MUCH: usize = 20_000;
    for piece in
        ["a", "-", "HL-", "press ", "next update in ", "K7F2-9", "%", "&=", "[", "{\"a\":", "<a>", "\\", "..", "é"]
    {
        let text = piece.repeat(MUCH / piece.len());
        drop(super::form::Form::parse(text.as_bytes()));
        drop(super::form::path_parts(&text));
        drop(super::form::percent_decode(&text));
        drop(super::shown::shown(&text));
        super::openai::nonce::find(&text).for_each(drop);
        crate::workload::identity::customer_in(&text);
        crate::workload::identity::customer_of_number(&text);
        for kind in [DependencyKind::Openai, DependencyKind::Slack, DependencyKind::Zendesk, DependencyKind::Statuspage]
        {
            for seed in 0..16 {
                let fields = json!({
                    "model": "gpt-4o-mini", "channel": "C00000001", "text": text, "ticket": {"comment": {"body": text}},
                    "messages": [{"role": "user", "content": text}], "input": text, "incident": {"name": text},
                });
                listening(kind).handle(&request(kind, seed, &fields, "query=a"), START);
            }
        }
    }
}
