//! Carries a vendor's webhook to the target: one connection a try, a deadline, retries, all divided by the pace.

use super::clock::Clock;
use super::crowd::Outward;
use super::form::percent_decode;
use super::shown::shown;
use super::socket::{Say, Table, routed};
use super::vendor::{Delivery, DeliveryOutcome};
use base64::Engine as _;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, HOST, HeaderName, HeaderValue};
use hyper::{HeaderMap, Uri};
use hyper_util::rt::TokioIo;
use std::net::IpAddr;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

/// A target's reply is read up to here; what is longer is an error.
const REPLY_BYTES: usize = 1 << 20;

/// How to reach targets.
#[derive(Clone, Debug)]
pub struct Carrier {
    /// Divides deadlines and pauses.
    pub clock: Clock,
    /// Also targets that are not on this machine.
    pub allow_remote: bool,
    /// How many sockets of theirs there is room for.
    pub(super) outward: Outward,
}

impl Carrier {
    /// Delivers with all tries, over HTTP or over one of the open sockets. Each try takes one of the places; what waits for
    /// the next try takes none. Dropping the future interrupts every wait.
    pub(super) async fn deliver(&self, delivery: &Delivery, sockets: &Table, places: &Semaphore) -> DeliveryOutcome {
        let (mut headers, mut body) = (delivery.headers.clone(), delivery.body.clone());
        let mut outcome = self.attempt(delivery, (sockets, places), &headers, &body, 1).await;
        for (n, pause) in delivery.retries.iter().enumerate() {
            if accepted(&outcome) {
                break;
            }
            self.clock.sleep(*pause).await;
            if let Some(rule) = &delivery.on_retry {
                match rule.headers(&outcome, self.clock.now()) {
                    Some(changed) => replace(&mut headers, changed),
                    None => break,
                }
                body = rule.body(&outcome).unwrap_or(body);
            }
            outcome = self.attempt(delivery, (sockets, places), &headers, &body, n as u32 + 2).await;
        }
        outcome
    }

    async fn attempt(
        &self,
        delivery: &Delivery,
        (sockets, places): (&Table, &Semaphore),
        headers: &[(String, String)],
        body: &Bytes,
        tries: u32,
    ) -> DeliveryOutcome {
        // The semaphore is never closed; without a place there would be nothing to do either.
        let _place = places.acquire().await.ok();
        let failed = |error: String| DeliveryOutcome {
            status: None,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            error: Some(error),
            tries,
        };
        let deadline = self.clock.to_wall(delivery.deadline);
        let exchange = async {
            match routed(&delivery.url) {
                Some((group, key)) => say(sockets, group, key, body).await,
                None => self.exchange(delivery, headers, body).await,
            }
        };
        match tokio::time::timeout(deadline, exchange).await {
            Ok(Ok((status, headers, body))) => {
                let error = (!(200..300).contains(&status)).then(|| format!("http_error: status {status}"));
                DeliveryOutcome { status: Some(status), headers, body, error, tries }
            }
            Ok(Err(error)) => failed(error),
            Err(_) => failed(format!("http_timeout: no reply within {}", delivery.deadline)),
        }
    }

    async fn exchange(&self, delivery: &Delivery, headers: &[(String, String)], body: &Bytes) -> Exchange {
        let (host, port, request) = self.request(delivery, headers, body)?;
        let stream = TcpStream::connect((host.as_str(), port)).await.map_err(|e| format!("connection_failed: {e}"))?;
        drop(stream.set_nodelay(true));
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|e| format!("connection_failed: {e}"))?;
        let exchange = async {
            let reply = sender.send_request(request).await.map_err(|e| format!("connection_failed: {e}"))?;
            let (head, body) = reply.into_parts();
            let body = Limited::new(body, REPLY_BYTES).collect().await;
            let body = body.map_err(|e| format!("http_error: the reply cannot be read: {e}"))?.to_bytes();
            Ok((head.status.as_u16(), head.headers, body))
        };
        tokio::pin!(exchange);
        tokio::pin!(connection);
        tokio::select! {
            done = &mut exchange => done,
            // The connection's end is told by the exchange, which still holds what has come.
            _ = &mut connection => exchange.await,
        }
    }

    fn request(
        &self,
        delivery: &Delivery,
        headers: &[(String, String)],
        body: &Bytes,
    ) -> Result<(String, u16, hyper::Request<Full<Bytes>>), String> {
        let (host, port, uri) = self.authority(&delivery.url, "http")?;
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let path = path.parse().map_err(|e| format!("connection_failed: `{}`: {e}", shown(&delivery.url)))?;
        let mut request = hyper::Request::new(Full::new(body.clone()));
        *request.method_mut() = delivery.method.clone();
        *request.uri_mut() = path;
        let authority = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
        for (name, value) in headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).chain([("host", authority.as_str())])
        {
            let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) else {
                return Err(format!("connection_failed: the header `{name}` cannot be sent"));
            };
            if name != HOST || !request.headers().contains_key(HOST) {
                request.headers_mut().append(name, value);
            }
        }
        if let Some(credentials) = credentials(&uri) {
            request.headers_mut().entry(AUTHORIZATION).or_insert(credentials);
        }
        Ok((host, port, request))
    }

    /// Host and port of a target's WebSocket, if it may be called.
    pub(super) fn socket_place(&self, url: &str) -> Result<(String, u16), String> {
        self.authority(url, "ws").map(|(host, port, _)| (host, port))
    }

    fn authority(&self, url: &str, scheme: &str) -> Result<(String, u16, Uri), String> {
        let url = url.split('#').next().unwrap_or_default();
        let uri: Uri = url.parse().map_err(|e| format!("connection_failed: `{}` is no address: {e}", shown(url)))?;
        if uri.scheme_str() != Some(scheme) {
            return Err(format!("connection_failed: `{}` is not called: only {scheme}:// is", shown(url)));
        }
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        if !self.allow_remote && !is_loopback(&host) {
            return Err(format!(
                "connection_failed: `{host}` is not on this machine, and remote targets are not allowed"
            ));
        }
        Ok((host, uri.port_u16().unwrap_or(80), uri))
    }
}

/// The header for a name and a password in an address.
fn credentials(uri: &Uri) -> Option<HeaderValue> {
    let (pair, _) = uri.authority()?.as_str().rsplit_once('@')?;
    let (name, password) = pair.split_once(':').unwrap_or((pair, ""));
    let pair = format!("{}:{}", percent_decode(name), percent_decode(password));
    let encoded = base64::engine::general_purpose::STANDARD.encode(pair);
    HeaderValue::try_from(format!("Basic {encoded}")).ok()
}

/// Status, headers and body of a reply, or why there is none.
type Exchange = Result<(u16, HeaderMap, Bytes), String>;

/// Sends a delivery on one of the open sockets of its group and waits for the answer of its key, which is as good as a 200.
async fn say(sockets: &Table, group: &str, key: &str, body: &Bytes) -> Exchange {
    let answered = sockets.expect(key).ok_or("connection_failed: too many deliveries wait for an answer")?;
    // Gives its place up however the wait ends.
    let _waiting = Waiting { sockets, key };
    if !sockets.say_to_one(group, Say::text(String::from_utf8_lossy(body))) {
        return Err("connection_failed: no socket is open".to_owned());
    }
    let body = answered.await.map_err(|_| "connection_failed: the mock was reset".to_owned())?;
    Ok((200, HeaderMap::new(), body))
}

struct Waiting<'a> {
    sockets: &'a Table,
    key: &'a str,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.sockets.forget(self.key);
    }
}

/// Whether the target took it.
pub fn accepted(outcome: &DeliveryOutcome) -> bool {
    outcome.status.is_some_and(|status| (200..300).contains(&status))
}

/// Whether a host name means this machine.
pub fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn replace(headers: &mut Vec<(String, String)>, changed: Vec<(String, String)>) {
    for (name, value) in changed {
        headers.retain(|(known, _)| !known.eq_ignore_ascii_case(&name));
        headers.push((name, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mocks::crowd::Crowd;

    #[test]
    fn only_this_machine_is_called_unless_allowed() {
        let careful = Carrier { clock: Clock::start(1.0), allow_remote: false, outward: Crowd::within(256).outward() };
        for url in ["http://example.com/x", "https://127.0.0.1/x", "ftp://localhost", "nonsense", "http://10.0.0.1:80/"]
        {
            assert!(careful.authority(url, "http").is_err(), "{url}");
        }
        for (url, place) in [
            ("http://127.0.0.1:8080/a?b=c#rt=3", ("127.0.0.1", 8080, "/a?b=c")),
            ("http://localhost", ("localhost", 80, "/")),
            ("http://[::1]:9/x", ("::1", 9, "/x")),
        ] {
            let (host, port, uri) = careful.authority(url, "http").expect("loopback is allowed");
            assert_eq!((host.as_str(), port, uri.path_and_query().map_or("/", |path| path.as_str())), place);
        }
        assert!(Carrier { allow_remote: true, ..careful }.authority("http://example.com/x", "http").is_ok());
    }

    #[test]
    fn a_name_and_a_password_in_an_address_are_said_in_a_header() {
        let of = |url: &str| credentials(&url.parse().expect("an address"));
        assert_eq!(of("http://me:p%40ss@127.0.0.1:8/x"), Some(HeaderValue::from_static("Basic bWU6cEBzcw==")));
        assert_eq!(of("http://me@localhost/"), Some(HeaderValue::from_static("Basic bWU6")));
        assert_eq!(of("http://localhost/x?a@b"), None);
    }

    #[test]
    fn a_retry_replaces_headers_of_the_same_name() {
        let mut headers = vec![("X-A".to_owned(), "1".to_owned()), ("X-B".into(), "2".into())];
        replace(&mut headers, vec![("x-a".into(), "3".into())]);
        assert_eq!(headers, [("X-B".into(), "2".into()), ("x-a".into(), "3".into())]);
    }
}
