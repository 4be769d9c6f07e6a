//! The handshake of a WebSocket in both directions: RFC 6455, section 4.

use super::{Dial, Opening, pump};
use crate::mocks::answer;
use crate::mocks::deliver::Carrier;
use crate::mocks::mock::Mock;
use crate::mocks::server::{Bounds, Phase};
use crate::mocks::vendor::{Body, Reply};
use crate::mocks::wire::{Line, Socket, Stream};
use crate::scenario::catalogue::Wire;
use hyper::HeaderMap;
use hyper::header::{CONNECTION, HeaderName, HeaderValue, UPGRADE};
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

/// What is read at once: many sockets are open, and their messages are short.
const READ_BYTES: usize = 4 * 1024;

/// The reply that turns a connection into a socket, or says what is wrong with the request for one.
pub(in crate::mocks) fn accept(headers: &HeaderMap, opening: Opening) -> Reply {
    let has = |name: &HeaderName, word: &str| {
        let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).any(|part| part.trim().eq_ignore_ascii_case(word))
    };
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    if !has(&CONNECTION, "upgrade") || !has(&UPGRADE, "websocket") {
        return answer::text(426, "a WebSocket is wanted here\n").with("upgrade", "websocket");
    }
    if text("sec-websocket-version") != Some("13") {
        return answer::text(426, "only version 13 is spoken\n").with("sec-websocket-version", "13");
    }
    let Some(key) = text("sec-websocket-key").filter(|key| key.len() == 24) else {
        return answer::text(400, "Sec-WebSocket-Key must be 16 bytes in base64\n");
    };
    let mut headers = vec![
        ("connection", "Upgrade".to_owned()),
        ("upgrade", "websocket".to_owned()),
        ("sec-websocket-accept", derive_accept_key(key.as_bytes())),
    ];
    headers.extend(opening.protocol.clone().map(|protocol| ("sec-websocket-protocol", protocol)));
    Reply { status: 101, headers, body: Body::Socket(Box::new(opening)) }
}

/// The knob by which a vendor spoils what it says on a socket, where a fault of streams meets the request for one: `stall`,
/// `cut`, `end` or `error`, and after how many of its messages. `None`: no such fault, or no such request.
pub(in crate::mocks) fn knob(wire: &Wire, headers: &HeaderMap) -> Option<String> {
    let upgrade = headers.get(UPGRADE).and_then(|value| value.to_str().ok());
    let name = match wire {
        Wire::Stall { .. } => "stall",
        Wire::Cut { .. } => "cut",
        Wire::EndStream { .. } => "end",
        Wire::StreamError { .. } => "error",
        _ => return None,
    };
    let after = wire.after_chunks().filter(|_| upgrade.is_some_and(|to| to.eq_ignore_ascii_case("websocket")))?;
    Some(format!("{name}:{after}"))
}

/// Bounds every message and every buffer.
pub(super) fn config(bounds: &Bounds) -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ_BYTES)
        .write_buffer_size(0)
        .max_write_buffer_size(2 * bounds.message_bytes)
        .max_message_size(Some(bounds.message_bytes))
        .max_frame_size(Some(bounds.message_bytes))
}

/// Dials a socket of the target and carries it to its end. `Err`: it was never open.
pub(in crate::mocks) async fn dial(mock: &Mock, dial: Dial, phase: watch::Receiver<Phase>) -> Result<(), String> {
    let room = mock.carrier.outward.enter();
    let Some(_place) = room else { return Err("connection_failed: too many connections are open".to_owned()) };
    let line = Arc::new(Line::default());
    let opened = open(&mock.carrier, &dial, line.clone(), config(&mock.bounds));
    let deadline = mock.clock.to_wall(dial.deadline);
    let stream = match tokio::time::timeout(deadline, opened).await {
        Ok(opened) => opened?,
        Err(_) => return Err(format!("timeout: no answer within {}", dial.deadline)),
    };
    pump(mock, super::Line { stream, wire: line }, dial.opening, phase).await;
    Ok(())
}

async fn open(
    carrier: &Carrier,
    dial: &Dial,
    line: Arc<Line>,
    config: WebSocketConfig,
) -> Result<WebSocketStream<Socket>, String> {
    let (host, port) = carrier.socket_place(&dial.url)?;
    let mut request = dial.url.as_str().into_client_request().map_err(|e| format!("connection_failed: {e}"))?;
    for (name, value) in &dial.headers {
        let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) else {
            return Err(format!("connection_failed: the header `{name}` cannot be sent"));
        };
        request.headers_mut().insert(name, value);
    }
    if let Some(protocol) = &dial.opening.protocol {
        let value = HeaderValue::try_from(protocol).map_err(|e| format!("connection_failed: {e}"))?;
        request.headers_mut().insert("sec-websocket-protocol", value);
    }
    let stream = TcpStream::connect((host.as_str(), port)).await.map_err(|e| format!("connection_failed: {e}"))?;
    drop(stream.set_nodelay(true));
    let opened = client_async_with_config(request, Socket::new(Stream::Plain(stream), line), Some(config)).await;
    opened.map(|(stream, _)| stream).map_err(|e| format!("handshake_failed: {e}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(pairs: &[(&'static str, &'static str)]) -> Reply {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_static(value));
        }
        accept(&headers, Opening::of("app", "socket"))
    }

    #[test]
    fn the_documented_handshake_is_accepted() {
        let reply = asks(&[
            ("connection", "keep-alive, Upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ]);
        assert_eq!(reply.status, 101);
        let accepted = ("sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=".to_owned());
        assert!(reply.headers.contains(&accepted), "the example of RFC 6455: {:?}", reply.headers);
    }

    #[test]
    fn what_is_no_handshake_is_told_so() {
        assert_eq!(asks(&[]).status, 426);
        let (connection, upgrade) = (("connection", "upgrade"), ("upgrade", "WebSocket"));
        assert_eq!(asks(&[connection, upgrade, ("sec-websocket-version", "8")]).status, 426);
        let version = ("sec-websocket-version", "13");
        assert_eq!(asks(&[connection, upgrade, version]).status, 400);
        assert_eq!(asks(&[connection, upgrade, version, ("sec-websocket-key", "short")]).status, 400);
    }
}
