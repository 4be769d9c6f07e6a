//! The program's HTTP client: plain HTTP/1.1, connections kept alive and shared, a time limit on every request.

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Body, Bytes};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{HOST, HeaderName, HeaderValue, RETRY_AFTER};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpStream;

/// Idle connections that are kept for one address.
const IDLE: usize = 64;
/// A longer answer is refused, in bytes.
const MAX_ANSWER: usize = 4 * 1024 * 1024;
const AGENT: &str = concat!("holdline-desk/", env!("CARGO_PKG_VERSION"));

/// A connection, as seen by who sends requests over it.
type Sender = SendRequest<Full<Bytes>>;

/// A client; clones share their connections.
#[derive(Clone, Default)]
pub(super) struct Client {
    idle: Arc<Mutex<BTreeMap<String, Vec<Sender>>>>,
}

/// What is asked of a vendor.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) url: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Bytes,
}

impl Call {
    /// A request without a body.
    pub(super) fn get(url: String) -> Self {
        Self { method: Method::GET, url, headers: Vec::new(), body: Bytes::new() }
    }

    /// A request with JSON.
    pub(super) fn json(method: Method, url: String, body: &serde_json::Value) -> Self {
        let headers = vec![("content-type", "application/json; charset=utf-8".to_owned())];
        Self { method, url, headers, body: Bytes::from(body.to_string()) }
    }

    /// A request with a form.
    pub(super) fn form(url: String, fields: &[(&str, &str)]) -> Self {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let headers = vec![("content-type", "application/x-www-form-urlencoded".to_owned())];
        Self { method: Method::POST, url, headers, body: Bytes::from(body) }
    }

    /// With one more header.
    pub(super) fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }
}

/// An answer that came in full.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// How long it asks us to wait before the next try, on the wall.
    pub(super) retry_after: Option<Duration>,
    pub(super) body: Bytes,
}

impl Answer {
    /// Whether the status says that it went well.
    pub(super) fn good(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as JSON; null if it is none.
    pub(super) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NoAnswer {
    /// The time is over.
    Late,
    /// It broke.
    Broken(String),
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Late => f.write_str("no answer in time"),
            Self::Broken(why) => f.write_str(why),
        }
    }
}

fn broken(why: impl fmt::Display) -> NoAnswer {
    NoAnswer::Broken(why.to_string())
}

impl Client {
    /// Asks once; `limit` is on the wall.
    pub(super) async fn ask(&self, call: &Call, limit: Duration) -> Result<Answer, NoAnswer> {
        tokio::time::timeout(limit, self.exchange(call)).await.unwrap_or(Err(NoAnswer::Late))
    }

    async fn exchange(&self, call: &Call) -> Result<Answer, NoAnswer> {
        let (authority, path) = parts(&call.url).ok_or_else(|| broken(format!("{:?} is no address", call.url)))?;
        loop {
            let kept = self.take(authority);
            let fresh = kept.is_none();
            let mut sender = match kept {
                Some(sender) => sender,
                None => connect(authority).await?,
            };
            if sender.ready().await.is_err() && !fresh {
                continue;
            }
            let reply = match sender.send_request(request(call, authority, path)?).await {
                Ok(reply) => reply,
                // A kept connection that was closed before the request left: nobody has seen the request.
                Err(error) if error.is_canceled() && !fresh => continue,
                Err(error) => return Err(broken(error)),
            };
            let status = reply.status().as_u16();
            let retry_after = reply.headers().get(RETRY_AFTER).and_then(|wait| wait.to_str().ok()?.parse().ok());
            let body = read_all(reply.into_body(), MAX_ANSWER).await.map_err(broken)?;
            self.keep(authority, sender);
            return Ok(Answer { status, retry_after: retry_after.map(Duration::from_secs), body });
        }
    }

    fn take(&self, authority: &str) -> Option<Sender> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = idle.get_mut(authority)?;
        std::iter::from_fn(|| kept.pop()).find(|sender| !sender.is_closed())
    }

    fn keep(&self, authority: &str, sender: Sender) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = idle.entry(authority.to_owned()).or_default();
        if kept.len() < IDLE && !sender.is_closed() {
            kept.push(sender);
        }
    }
}

async fn connect(authority: &str) -> Result<Sender, NoAnswer> {
    let stream = TcpStream::connect(authority).await.map_err(broken)?;
    stream.set_nodelay(true).map_err(broken)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(broken)?;
    // It ends with the sender, or with the connection; what was wrong is seen by the request.
    tokio::spawn(connection);
    Ok(sender)
}

fn request(call: &Call, authority: &str, path: &str) -> Result<Request<Full<Bytes>>, NoAnswer> {
    let mut request = Request::new(Full::new(call.body.clone()));
    *request.method_mut() = call.method.clone();
    *request.uri_mut() = path.parse().map_err(broken)?;
    let headers = request.headers_mut();
    headers.insert(HOST, HeaderValue::from_str(authority).map_err(broken)?);
    headers.insert("user-agent", HeaderValue::from_static(AGENT));
    headers.insert("accept", HeaderValue::from_static("application/json"));
    for (name, value) in &call.headers {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).map_err(broken)?);
    }
    Ok(request)
}

/// Host with port, and path with query.
fn parts(url: &str) -> Option<(&str, &str)> {
    let rest = url.strip_prefix("http://")?;
    let at = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(at);
    (!authority.is_empty()).then_some((authority, if path.is_empty() { "/" } else { path }))
}

/// All of a body, if it is not longer than `most` bytes.
pub(super) async fn read_all<B>(body: B, most: usize) -> Result<Bytes, Box<dyn Error + Send + Sync>>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    Ok(Limited::new(body, most).collect().await?.to_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_two_parts() {
        assert_eq!(parts("http://127.0.0.1:80/v1/models?a=b"), Some(("127.0.0.1:80", "/v1/models?a=b")));
        assert_eq!(parts("http://h:1"), Some(("h:1", "/")));
        assert_eq!(parts("https://h:1/"), None);
        assert_eq!(parts(""), None);
    }

    #[tokio::test]
    async fn nobody_there_is_broken_and_a_silent_one_is_late() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let url = format!("http://{}/", listener.local_addr().expect("it is bound"));
        let client = Client::default();
        let silent = client.ask(&Call::get(url.clone()), Duration::from_millis(50)).await;
        assert_eq!(silent.map(|answer| answer.status), Err(NoAnswer::Late));
        drop(listener);
        let gone = client.ask(&Call::get(url), Duration::from_secs(60)).await;
        assert!(matches!(gone, Err(NoAnswer::Broken(_))));
    }
}
