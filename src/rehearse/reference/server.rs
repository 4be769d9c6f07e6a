//! What the vendors call: routes, signatures, and the replies they want.

use super::brain::News;
use super::client::read_all;
use super::phone::{self, Step};
use super::replies::Replies;
use super::settings::Settings;
use super::twiml::{Verb, document};
use super::{chat, signed, tickets};
use crate::mocks::clock::Clock;
use crate::scenario::model::DependencyKind;
use crate::time::Span;
use http_body_util::Full;
use hyper::body::{Body, Bytes, Incoming};
use hyper::{HeaderMap, Method, Request, Response};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// A longer request is refused, in bytes.
const MAX_BODY: usize = 1024 * 1024;
/// How long a request's body may take.
const BODY_WITHIN: Duration = Duration::from_secs(10);
/// How long a call's request waits for news before it is sent round again.
const HOLD: Span = Span::from_secs(1);

type Reply = Response<Full<Bytes>>;

/// What every request needs.
pub(super) struct Door {
    pub(super) news: mpsc::Sender<News>,
    pub(super) clock: Clock,
    slack_secret: String,
    zendesk_secret: String,
    /// The tokens of all carriers.
    twilio_tokens: Vec<String>,
    personal: String,
}

impl Door {
    pub(super) fn new(settings: &Settings, news: mpsc::Sender<News>, clock: Clock) -> Self {
        let mut twilio_tokens: Vec<String> =
            settings.all_of(DependencyKind::Twilio).map(|carrier| carrier.key).collect();
        twilio_tokens.dedup();
        let zendesk_secret = settings.var("ZENDESK_WEBHOOK_SECRET").to_owned();
        if zendesk_secret.is_empty() && settings.first_of(DependencyKind::Zendesk).is_some() {
            tracing::warn!("ZENDESK_WEBHOOK_SECRET is not set: Zendesk's signatures are not checked");
        }
        let slack_secret = settings.var("SLACK_SIGNING_SECRET").to_owned();
        let personal = Replies::shipped().personal;
        Self { news, clock, slack_secret, zendesk_secret, twilio_tokens, personal }
    }

    /// Answers a request.
    pub(super) async fn open(self: Arc<Self>, request: Request<Incoming>) -> Reply {
        let (head, body) = request.into_parts();
        let body = match taken(body, MAX_BODY, BODY_WITHIN).await {
            Ok(body) => body,
            Err(refusal) => return refusal,
        };
        let path = head.uri.path().to_owned();
        match (&head.method, path.as_str()) {
            (&Method::GET, "/healthz") => plain(200, "ok"),
            (&Method::POST, "/slack/events") => self.slack(&head.headers, &body).await,
            (&Method::POST, "/zendesk") => self.zendesk(&head.headers, &body).await,
            (&Method::POST, path) if path == "/voice" || path.starts_with("/voice/") => {
                let target = head.uri.path_and_query().map_or(path, |target| target.as_str());
                self.voice(&head.headers, path, target, &body).await
            }
            (_, "/healthz" | "/slack/events" | "/zendesk" | "/voice") => plain(405, "method not allowed"),
            _ => plain(404, "not found"),
        }
    }

    async fn slack(&self, headers: &HeaderMap, body: &Bytes) -> Reply {
        let (stamp, signature) = (header(headers, "x-slack-request-timestamp"), header(headers, "x-slack-signature"));
        if self.slack_secret.is_empty() || !signed::slack(&self.slack_secret, signature, stamp, body) {
            return plain(401, "wrong signature");
        }
        let Ok(event) = serde_json::from_slice::<Value>(body) else { return plain(400, "no JSON") };
        if event["type"] == "url_verification" {
            return plain(200, event["challenge"].as_str().unwrap_or_default());
        }
        match chat::message(&event).filter(|_| event["type"] == "event_callback") {
            Some(message) => self.tell(News::Message(message)),
            None => plain(200, ""),
        }
    }

    async fn zendesk(&self, headers: &HeaderMap, body: &Bytes) -> Reply {
        let stamp = header(headers, "x-zendesk-webhook-signature-timestamp");
        let signature = header(headers, "x-zendesk-webhook-signature");
        if !self.zendesk_secret.is_empty() && !signed::zendesk(&self.zendesk_secret, signature, stamp, body) {
            return plain(401, "wrong signature");
        }
        let Ok(event) = serde_json::from_slice::<Value>(body) else { return plain(400, "no JSON") };
        match tickets::read(&event) {
            Some((ticket, turn)) => self.tell(News::Ticket(ticket, turn)),
            None => plain(200, ""),
        }
    }

    /// Hands it on without waiting; a full line is the vendor's to try again.
    fn tell(&self, news: News) -> Reply {
        match self.news.try_send(news) {
            Ok(()) => plain(200, ""),
            Err(_) => plain(503, "busy"),
        }
    }

    async fn voice(&self, headers: &HeaderMap, path: &str, target: &str, body: &Bytes) -> Reply {
        let fields: Vec<(String, String)> = form_urlencoded::parse(body).into_owned().collect();
        let url = format!("http://{}{target}", header(headers, "host"));
        let signature = header(headers, "x-twilio-signature");
        if !self.twilio_tokens.iter().any(|token| signed::twilio(token, signature, &url, &fields)) {
            return plain(403, "wrong signature");
        }
        let field = |name: &str| fields.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
        let step = match path {
            "/voice" => Step::Incoming,
            "/voice/gather" if field("SpeechResult").trim().is_empty() => Step::Silent,
            "/voice/gather" => Step::Said(field("SpeechResult").to_owned()),
            "/voice/wait" => Step::Wait,
            "/voice/choice" if !field("Digits").is_empty() => Step::Chose(field("Digits").to_owned()),
            "/voice/hold" | "/voice/choice" => Step::Hold,
            "/voice/bye" => Step::Silent,
            "/voice/left" => Step::Left(field("QueueResult").to_owned()),
            "/voice/status" if over(field("CallStatus")) => Step::Over,
            "/voice/status" => return twiml(&[]),
            "/voice/personal" => return twiml(&[Verb::Say(self.personal.trim_end().to_owned())]),
            _ => return plain(404, "not found"),
        };
        // Somebody hung up while we asked for something: some of Twilio's requests say so.
        let step = if over(field("CallStatus")) && step != Step::Incoming && !matches!(step, Step::Left(_)) {
            Step::Over
        } else {
            step
        };
        let (reply, verbs) = oneshot::channel();
        let request = phone::Request { sid: field("CallSid").to_owned(), from: field("From").to_owned(), step, reply };
        if self.news.send(News::Call(request)).await.is_err() {
            return plain(503, "closing");
        }
        twiml(&self.hold(verbs).await)
    }

    /// Waits a moment for what the call is told next, else sends it round again.
    async fn hold(&self, mut verbs: oneshot::Receiver<Vec<Verb>>) -> Vec<Verb> {
        if let Ok(said) = tokio::time::timeout(self.clock.to_wall(HOLD), &mut verbs).await {
            return said.unwrap_or_else(|_| vec![Verb::Redirect("/voice/wait")]);
        }
        // What is said in this very moment must not be lost: from here on the sender keeps it.
        verbs.close();
        verbs.try_recv().unwrap_or_else(|_| vec![Verb::Redirect("/voice/wait")])
    }
}

/// A request's body, if it is not too large and does not come too slowly.
async fn taken<B>(body: B, most: usize, within: Duration) -> Result<Bytes, Reply>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    match tokio::time::timeout(within, read_all(body, most)).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(_)) => Err(plain(413, "too large")),
        Err(_) => Err(plain(408, "too slow")),
    }
}

/// Twilio's words for a call that is over.
fn over(status: &str) -> bool {
    matches!(status, "completed" | "busy" | "failed" | "no-answer" | "canceled")
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn twiml(verbs: &[Verb]) -> Reply {
    reply(200, "text/xml; charset=utf-8", document(verbs))
}

fn plain(status: u16, text: &str) -> Reply {
    reply(status, "text/plain; charset=utf-8", text.to_owned())
}

fn reply(status: u16, kind: &'static str, text: String) -> Reply {
    let mut reply = Response::new(Full::new(Bytes::from(text)));
    *reply.status_mut() = hyper::StatusCode::from_u16(status).expect("the statuses above are valid");
    reply.headers_mut().insert("content-type", hyper::header::HeaderValue::from_static(kind));
    reply
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::body::Frame;
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    /// A body of so many pieces, behind which nothing comes: no end either.
    struct Stalls(usize);

    impl Body for Stalls {
        type Data = Bytes;
        type Error = Infallible;
        fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            if self.0 == 0 {
                return Poll::Pending;
            }
            self.0 -= 1;
            Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"{\"type\":")))))
        }
    }

    #[tokio::test]
    async fn a_body_that_stalls_or_is_too_long_is_refused_in_words() {
        let moment = Duration::from_millis(20);
        let status = |taken: Result<Bytes, Reply>| taken.map_err(|refusal| refusal.status().as_u16());
        assert_eq!(status(taken(Stalls(3), 1_000, moment).await), Err(408));
        assert_eq!(status(taken(Stalls(3), 20, Duration::from_secs(60)).await), Err(413));
        let whole = Full::new(Bytes::from_static(b"{}"));
        assert_eq!(status(taken(whole, 1_000, Duration::from_secs(60)).await), Ok(Bytes::from_static(b"{}")));
    }
}
