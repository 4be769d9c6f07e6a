//! What every request must have and every reply says: who is asked, from where, and what a browser may do with it.

use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Response};

/// Carries a seat's token: no page of another origin can set it without being asked about first, which we never allow.
pub(super) const TOKEN: HeaderName = HeaderName::from_static("x-holdline-token");
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// No inline script or style, nothing from elsewhere, nobody's frame; text never becomes markup.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
);

/// Why a request is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strange {
    /// The `Host` is none of ours: a name that was bent to this machine.
    Host,
    /// It comes from a page of another origin.
    Origin,
    /// A command that is not declared to be JSON.
    Type,
}

/// Which `Host` a request may name, with the port.
#[derive(Clone, Debug)]
pub(super) struct Hosts(Vec<String>);

impl Hosts {
    /// The names of loopback, and those given.
    pub(super) fn new(port: u16, more: &[String]) -> Self {
        let names = ["localhost", "127.0.0.1", "[::1]"].into_iter().map(str::to_owned).chain(more.iter().cloned());
        Self(names.map(|name| format!("{}:{port}", name.to_ascii_lowercase())).collect())
    }

    /// The hosts, with the port.
    pub(super) fn all(&self) -> &[String] {
        &self.0
    }

    /// Looks at the head of a request.
    pub(super) fn check(&self, method: &Method, headers: &HeaderMap) -> Result<(), Strange> {
        let mut hosts = headers.get_all(header::HOST).into_iter();
        let host = match (hosts.next().and_then(|host| host.to_str().ok()), hosts.next()) {
            (Some(host), None) => host.to_ascii_lowercase(),
            _ => return Err(Strange::Host),
        };
        if !self.0.contains(&host) {
            return Err(Strange::Host);
        }
        if let Some(origin) = headers.get(header::ORIGIN)
            && origin.to_str().ok() != Some(format!("http://{host}").as_str())
        {
            return Err(Strange::Origin);
        }
        let site = headers.get(FETCH_SITE).map(HeaderValue::as_bytes);
        let changes = method != Method::GET && method != Method::HEAD;
        if changes && site.is_some_and(|site| site != b"same-origin") {
            return Err(Strange::Origin);
        }
        let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if changes && !kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json")) {
            return Err(Strange::Type);
        }
        Ok(())
    }
}

/// What every reply says.
pub(super) fn harden<B>(reply: &mut Response<B>) {
    let headers = reply.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(method: Method, pairs: &[(&'static str, &'static str)]) -> Result<(), Strange> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        Hosts::new(8_040, &["10.0.0.7".to_owned()]).check(&method, &headers)
    }

    #[test]
    fn only_our_own_names_are_answered() {
        for host in ["localhost:8040", "LOCALHOST:8040", "127.0.0.1:8040", "[::1]:8040", "10.0.0.7:8040"] {
            assert_eq!(check(Method::GET, &[("host", host)]), Ok(()), "{host}");
        }
        for host in ["localhost", "evil.example:8040", "127.0.0.1:80", "10.0.0.8:8040", "localhost:8040.evil.example"] {
            assert_eq!(check(Method::GET, &[("host", host)]), Err(Strange::Host), "{host}");
        }
        assert_eq!(check(Method::GET, &[]), Err(Strange::Host));
        assert_eq!(check(Method::GET, &[("host", "localhost:8040"), ("host", "localhost:8040")]), Err(Strange::Host));
    }

    #[test]
    fn another_page_commands_nothing() {
        let ours = [("host", "localhost:8040"), ("content-type", "application/json; charset=utf-8")];
        assert_eq!(check(Method::POST, &ours), Ok(()));
        let with = |more: (&'static str, &'static str)| check(Method::POST, &[ours[0], ours[1], more]);
        assert_eq!(with(("origin", "http://localhost:8040")), Ok(()));
        assert_eq!(with(("sec-fetch-site", "same-origin")), Ok(()));
        for origin in
            ["http://evil.example", "null", "https://localhost:8040", "http://localhost:9000", "http://127.0.0.1:8040"]
        {
            assert_eq!(with(("origin", origin)), Err(Strange::Origin), "{origin}");
        }
        assert_eq!(with(("sec-fetch-site", "cross-site")), Err(Strange::Origin));
        assert_eq!(with(("sec-fetch-site", "same-site")), Err(Strange::Origin));
        for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonx"] {
            assert_eq!(check(Method::POST, &[ours[0], ("content-type", kind)]), Err(Strange::Type), "{kind}");
        }
    }
}
