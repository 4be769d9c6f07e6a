//! Requests in the clear: in absolute form, as proxies get them, or to a host that their head names.

use super::open::{Fault, Met};
use super::{Front, Host, denied, host_and_port, local};
use crate::mocks::outgoing::{Broken, Outgoing};
use crate::mocks::server::came_by_https;
use crate::mocks::wire::{Line, Stage};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONNECTION, CONTENT_TYPE, HOST, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use std::sync::Arc;

/// Answers one request by the mock of its host.
pub(super) async fn answer(
    front: Arc<Front>,
    line: Arc<Line>,
    mut request: Request<Incoming>,
) -> Result<Response<Outgoing>, Broken> {
    if request.method() == Method::CONNECT {
        return Ok(said(405, "CONNECT must come first on a connection\n".into(), line));
    }
    // Some clients send a proxy even their https requests in this form: it is the proxy that shall speak TLS.
    let https = request.uri().scheme_str() == Some("https");
    let Some((host, port)) = place(&request, if https { 443 } else { 80 }) else {
        return Ok(said(400, "a request needs the name of a host\n".into(), line));
    };
    let mock = match front.find(&host, port) {
        Host::Known(mock) => mock,
        Host::Local => return Ok(said(403, local(&host), line)),
        Host::Unknown => return Ok(said(403, denied(&host), line)),
    };
    // Without TLS no certificate can be wrong; with it the proxy would be the one to see it.
    let met = front.fault(&mock).filter(|met| https || matches!(met.fault, Fault::NoWay(_)));
    if let Some(Met { mode, fault }) = met {
        mock.turned_away(&host, &mode, Some(502));
        let text = match fault {
            Fault::NoWay(text) => text,
            Fault::Looks(_) | Fault::Reset => "the TLS handshake failed\n",
        };
        return Ok(said(502, text.into(), line));
    }
    if let Some(authority) = request.uri().authority().and_then(|name| HeaderValue::from_str(name.as_str()).ok()) {
        // The target of the request is what counts (RFC 9112, 3.2.2).
        request.headers_mut().insert(HOST, authority);
    }
    if https {
        came_by_https(&mut request);
    }
    mock.answer(line, request).await
}

fn place(request: &Request<Incoming>, usual: u16) -> Option<(String, u16)> {
    match request.uri().authority() {
        Some(authority) => host_and_port(authority.as_str().rsplit('@').next()?, usual),
        None => host_and_port(request.headers().get(HOST)?.to_str().ok()?, usual),
    }
}

/// A reply of the front's own, after which the connection ends.
fn said(status: u16, text: String, line: Arc<Line>) -> Response<Outgoing> {
    line.reach(Stage::Working);
    line.discard();
    let mut response = Response::new(Outgoing::whole(Bytes::from(text), line));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::FORBIDDEN);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}
