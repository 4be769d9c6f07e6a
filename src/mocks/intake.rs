//! Takes a request in: its body within bounds, and the text in which a customer's identity may stand.

use super::values;
use super::vendor::Request;
use http_body_util::BodyExt as _;
use hyper::Version;
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderValue};
use std::borrow::Cow;

/// Why a request is not taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The body is longer than a bound.
    TooLarge(&'static str),
    /// The head or the body breaks the rules of HTTP.
    Bad(&'static str),
}

const TOO_LARGE: &str = "the body is too large";

/// Who is asked must be clear before anybody answers: one `Host`, and one that names a host (RFC 9112, section 3.2). A proxy
/// in between that read another one would see another request.
pub(super) fn check<B>(request: &hyper::Request<B>) -> Result<(), Refusal> {
    let mut hosts = request.headers().get_all(HOST).into_iter();
    match (hosts.next(), hosts.next()) {
        (None, _) if request.version() == Version::HTTP_11 && request.uri().authority().is_none() => {
            Err(Refusal::Bad("a request needs a Host header"))
        }
        (Some(_), Some(_)) => Err(Refusal::Bad("a request has one Host header")),
        (Some(host), None) if !names_a_host(host.as_bytes()) => Err(Refusal::Bad("the Host header names no host")),
        _ => Ok(()),
    }
}

fn names_a_host(host: &[u8]) -> bool {
    !host.is_empty() && host.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-._~:[]%".contains(byte))
}

/// The whole request as a vendor sees it.
pub async fn take(request: hyper::Request<Incoming>, body_bytes: usize) -> Result<Request, Refusal> {
    let (mut head, body) = request.into_parts();
    if !head.headers.contains_key(HOST)
        && let Some(Ok(host)) = head.uri.authority().map(|authority| HeaderValue::from_str(authority.as_str()))
    {
        head.headers.insert(HOST, host);
    }
    let declared = head.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if declared.is_some_and(|length| length > body_bytes as u64) {
        return Err(Refusal::TooLarge(TOO_LARGE));
    }
    let body = whole(body, body_bytes).await?;
    if values::too_many(&body) {
        return Err(Refusal::TooLarge("the body is JSON of more than a million values"));
    }
    Ok(Request {
        method: head.method,
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers,
        body,
    })
}

/// Most bodies come in one frame, which is passed on as it is.
async fn whole(mut body: Incoming, bound: usize) -> Result<Bytes, Refusal> {
    let mut first = Bytes::new();
    let mut all: Vec<u8> = Vec::new();
    while !body.is_end_stream() {
        let Some(frame) = body.frame().await else { break };
        let frame = frame.map_err(|_| Refusal::Bad("the body cannot be read"))?;
        let Ok(data) = frame.into_data() else { continue };
        if first.len() + all.len() + data.len() > bound {
            return Err(Refusal::TooLarge(TOO_LARGE));
        }
        if all.is_empty() && first.is_empty() {
            first = data;
            continue;
        }
        if all.is_empty() {
            all.extend_from_slice(&std::mem::take(&mut first));
        }
        all.extend_from_slice(&data);
    }
    Ok(if all.is_empty() { first } else { all.into() })
}

/// Path, query and body as text, with forms decoded: `%2B15005550006` reads `+15005550006`.
pub fn text(request: &Request) -> String {
    let form = request
        .headers
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/x-www-form-urlencoded"));
    let body = if form { Cow::Owned(decoded(&request.body)) } else { lossy(&request.body) };
    let mut text = String::with_capacity(request.path.len() + request.query.len() + body.len() + 2);
    text.push_str(&request.path);
    text.push('\n');
    if !request.query.is_empty() {
        text.push_str(&decoded(request.query.as_bytes()));
        text.push('\n');
    }
    text.push_str(&body);
    text
}

/// As `String::from_utf8_lossy`, with the quick way first.
fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

fn decoded(form: &[u8]) -> String {
    let mut text = String::with_capacity(form.len());
    for (name, value) in form_urlencoded::parse(form) {
        text.push_str(&name);
        text.push('=');
        text.push_str(&value);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::{HeaderMap, Method};

    #[test]
    fn it_is_clear_which_host_is_asked() {
        let asked = |target: &str, hosts: &[&str]| {
            let mut request = hyper::Request::get(target);
            for host in hosts {
                request = request.header(HOST, *host);
            }
            check(&request.body(()).expect("a request")).is_ok()
        };
        for host in ["llm", "127.0.0.1:4100", "[::1]:80", "a_b.example.com.", "LOCALHOST"] {
            assert!(asked("/x", &[host]), "{host}");
        }
        for wrong in [&[][..], &[""], &["a b"], &["user@host"], &["a/b"], &["a", "a"], &["a", "b"]] {
            assert!(!asked("/x", wrong), "{wrong:?}");
        }
        assert!(asked("http://slack.com/x", &[]) && !asked("http://slack.com/x", &["a", "b"]));
    }

    #[test]
    fn identities_are_legible_in_every_encoding() {
        let mut request = Request {
            method: Method::POST,
            path: "/api/v2/search.json".into(),
            query: "query=requester%3Aanna%40example.com".into(),
            headers: HeaderMap::new(),
            body: Bytes::from_static(b"To=%2B15005550006&Body=two+words"),
        };
        assert!(text(&request).contains("requester:anna@example.com"));
        assert!(!text(&request).contains("+15005550006"));
        request
            .headers
            .insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded; charset=utf-8"));
        assert!(text(&request).contains("To=+15005550006\nBody=two words"));
        request.body = Bytes::from_static(&[0xff, b'a']);
        assert!(text(&request).contains('a'));
    }
}
