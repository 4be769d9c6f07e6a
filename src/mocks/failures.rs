//! Turns the wire form of a failure mode into what the server does: data in, pieces out. Nothing here waits or sends.

use super::clock::Clock;
use super::outgoing::{End, Pieces};
use super::vendor::{Body, Reply};
use crate::scenario::catalogue::{Substitute, Wire};
use crate::time::Span;
use hyper::body::Bytes;
use std::collections::VecDeque;
use std::time::Duration;

/// Headers that say when to come back, in seconds or milliseconds.
const RETRY_AFTER: [(&str, f64); 3] = [("retry-after", 1.0), ("retry-after-ms", 1_000.0), ("ratelimit-reset", 1.0)];
/// Pieces of a slow body in a second of the scenario.
const PIECES_A_SECOND: u32 = 10;

/// Whether the vendor itself acts on the request, because its own reply is what the failure spoils.
pub fn spoils_reply(wire: &Wire) -> bool {
    match wire {
        Wire::Reply(_)
        | Wire::Refuse {}
        | Wire::Handshake(_)
        | Wire::Hang {}
        | Wire::Reset {}
        | Wire::CloseEarly {}
        | Wire::HalfClose {}
        | Wire::Garbage { .. } => false,
        Wire::Truncate {}
        | Wire::MalformedJson {}
        | Wire::Stall { .. }
        | Wire::Cut { .. }
        | Wire::EndStream { .. }
        | Wire::StreamError { .. }
        | Wire::SlowBody { .. }
        | Wire::ContentType { .. }
        | Wire::Late { .. }
        | Wire::SocketEnd { .. }
        | Wire::SocketMute {}
        | Wire::Webhook { .. }
        | Wire::Bytes(_)
        | Wire::Knob { .. } => true,
    }
}

/// The reply that stands in for the vendor's. `%id%` in its text becomes `id`; the times in its retry headers are the
/// scenario's, so the pace divides them.
pub fn substitute(form: &Substitute, retry_after: Option<Span>, id: u64, clock: &Clock) -> Reply {
    let id = format!("{id:016x}");
    let mut headers: Vec<(&'static str, String)> = Vec::with_capacity(form.headers.len() + 1);
    for (name, value) in &form.headers {
        let name = known_header(name);
        let value = match RETRY_AFTER.iter().find(|(known, _)| name == *known) {
            Some((_, unit)) => retry_header(value, *unit, retry_after, clock),
            None => value.replace("%id%", &id),
        };
        headers.push((name, value));
    }
    if let Some(after) = retry_after
        && !headers.iter().any(|(name, _)| *name == "retry-after")
    {
        headers.push(("retry-after", whole(clock.to_wall(after), 1.0)));
    }
    let body = if form.body.contains("%id%") { form.body.replace("%id%", &id) } else { form.body.clone() };
    Reply { status: form.status, headers, body: Body::Full(body.into()) }
}

/// Brings the waits that a vendor itself asks for, when it refuses, from the scenario's time to the wall's.
pub fn bring_to_wall(reply: &mut Reply, clock: &Clock) {
    if !matches!(reply.status, 420 | 429 | 503) {
        return;
    }
    for (name, value) in &mut reply.headers {
        if let Some((_, unit)) = RETRY_AFTER.iter().find(|(known, _)| name == known) {
            *value = retry_header(value, *unit, None, clock);
        }
    }
}

/// The wait that a reply asks for in `Retry-After`, in the scenario's time; a date counts as none.
pub fn asked_to_wait(reply: &Reply, clock: &Clock) -> Option<Span> {
    let (_, value) = reply.headers.iter().find(|(name, _)| *name == "retry-after")?;
    let seconds = value.parse::<u32>().ok()?;
    Some(clock.from_wall(Duration::from_secs(u64::from(seconds))))
}

fn retry_header(value: &str, unit: f64, retry_after: Option<Span>, clock: &Clock) -> String {
    let given = value.parse::<f64>().ok().map(|amount| Span::from_secs_f64(amount / unit));
    match retry_after.or(given) {
        Some(after) => whole(clock.to_wall(after), unit),
        // A date or a word that clients stumble over stays as the data have it.
        None => value.to_owned(),
    }
}

/// Whole units, rounded up and never zero: a client takes zero for "at once".
fn whole(wait: Duration, unit: f64) -> String {
    ((wait.as_secs_f64() * unit).ceil().max(1.0) as u64).to_string()
}

/// The fixed word for a header name of the data; a test keeps the list complete.
fn known_header(name: &str) -> &'static str {
    HEADERS.iter().find(|known| name.eq_ignore_ascii_case(known)).copied().unwrap_or("x-holdline-header")
}

/// Every header that the failure data use.
const HEADERS: [&str; 24] = [
    "cache-control",
    "cf-cache-status",
    "cf-ray",
    "content-type",
    "ratelimit-limit",
    "ratelimit-remaining",
    "ratelimit-reset",
    "request-id",
    "retry-after",
    "retry-after-ms",
    "server",
    "via",
    "www-authenticate",
    "x-rate-limit",
    "x-rate-limit-remaining",
    "x-ratelimit-limit-requests",
    "x-ratelimit-limit-tokens",
    "x-ratelimit-remaining-requests",
    "x-ratelimit-remaining-tokens",
    "x-ratelimit-reset-requests",
    "x-ratelimit-reset-tokens",
    "x-request-id",
    "x-should-retry",
    "x-slack-backend",
];

/// An unspoiled body, with its pauses brought to the wall.
pub fn pieces(body: Body, clock: &Clock) -> Pieces {
    match body {
        // A handshake that is spoiled turns into no socket.
        Body::Socket(_) => Pieces { chunks: VecDeque::new(), declared: Some(0), end: End::Proper },
        Body::Full(bytes) => {
            let declared = Some(bytes.len() as u64);
            Pieces { chunks: VecDeque::from([(Duration::ZERO, bytes)]), declared, end: End::Proper }
        }
        Body::Stream(chunks) => {
            let chunks = chunks.into_iter().map(|(wait, bytes)| (clock.to_wall(wait), bytes)).collect();
            Pieces { chunks, declared: None, end: End::Proper }
        }
    }
}

/// The vendor's body, spoiled as the failure says.
pub fn spoil(wire: &Wire, body: Body, clock: &Clock) -> Pieces {
    let streamed = matches!(body, Body::Stream(_));
    let mut pieces = pieces(body, clock);
    match wire {
        Wire::Truncate {} => {
            cut_in_half(&mut pieces, streamed);
            pieces.end = End::Break;
        }
        Wire::Stall { after_chunks } => {
            keep(&mut pieces, streamed, *after_chunks);
            pieces.end = End::Silence;
        }
        Wire::Cut { after_chunks } => {
            keep(&mut pieces, streamed, *after_chunks);
            pieces.end = End::Break;
        }
        Wire::EndStream { after_chunks } if streamed => pieces.chunks.truncate(*after_chunks as usize),
        Wire::StreamError { after_chunks, text } if streamed => {
            pieces.chunks.truncate(*after_chunks as usize);
            let text = text.replace("%n%", &pieces.chunks.len().to_string());
            pieces.chunks.push_back((Duration::ZERO, Bytes::from(text)));
        }
        Wire::MalformedJson {} => malform(&mut pieces, streamed),
        Wire::SlowBody { bytes_per_second } => slow(&mut pieces, *bytes_per_second, clock),
        _ => {}
    }
    pieces
}

/// Of a stream so many chunks remain; of a plain body its first half (nothing for no chunks).
fn keep(pieces: &mut Pieces, streamed: bool, chunks: u32) {
    match (streamed, chunks) {
        (_, 0) => pieces.chunks.clear(),
        (true, chunks) => pieces.chunks.truncate(chunks as usize),
        (false, _) => cut_in_half(pieces, false),
    }
}

fn cut_in_half(pieces: &mut Pieces, streamed: bool) {
    let chunks = pieces.chunks.len();
    if streamed {
        pieces.chunks.truncate(chunks / 2);
    } else if let Some((_, bytes)) = pieces.chunks.front_mut() {
        bytes.truncate(bytes.len() / 2);
    }
}

/// The body ends in order, but in the middle of a value.
fn malform(pieces: &mut Pieces, streamed: bool) {
    let middle = if streamed { pieces.chunks.len() / 2 } else { 0 };
    if let Some((_, bytes)) = pieces.chunks.get_mut(middle) {
        let half = &bytes[..bytes.len() / 2];
        *bytes = match (streamed, half.is_empty()) {
            (true, _) => [half, b"\n\n"].concat().into(),
            (false, true) => Bytes::from_static(b"{"),
            (false, false) => Bytes::copy_from_slice(half),
        };
        if !streamed {
            pieces.declared = Some(bytes.len() as u64);
        }
    }
}

fn slow(pieces: &mut Pieces, bytes_per_second: u32, clock: &Clock) {
    let size = (bytes_per_second / PIECES_A_SECOND).max(1) as usize;
    let pause = clock.to_wall(Span::from_secs_f64(size as f64 / f64::from(bytes_per_second.max(1))));
    let whole = std::mem::take(&mut pieces.chunks);
    for (wait, bytes) in whole {
        let mut first = wait;
        for at in (0..bytes.len()).step_by(size) {
            let piece = bytes.slice(at..bytes.len().min(at + size));
            pieces.chunks.push_back((std::mem::take(&mut first) + pause, piece));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::catalogue::Catalogue;

    fn full(text: &'static str) -> Body {
        Body::Full(Bytes::from_static(text.as_bytes()))
    }

    fn stream(chunks: &[&'static str]) -> Body {
        Body::Stream(chunks.iter().map(|text| (Span::ZERO, Bytes::from_static(text.as_bytes()))).collect())
    }

    fn texts(pieces: &Pieces) -> Vec<String> {
        pieces.chunks.iter().map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned()).collect()
    }

    #[test]
    fn every_header_of_the_data_is_known() {
        for (name, mode) in Catalogue::shipped().iter() {
            if let Wire::Reply(form) = &mode.wire {
                for header in form.headers.keys() {
                    assert_ne!(known_header(header), "x-holdline-header", "{name}: {header}");
                }
            }
        }
    }

    #[test]
    fn a_truncated_body_declares_more_than_it_has() {
        let pieces = spoil(&Wire::Truncate {}, full("0123456789"), &Clock::start(1.0));
        assert_eq!((texts(&pieces), pieces.declared, pieces.end), (vec!["01234".into()], Some(10), End::Break));
    }

    #[test]
    fn malformed_json_does_not_parse_and_ends_in_order() {
        for body in ["{\"a\":[1,2,3]}", "", "{}", "\"text\""] {
            let pieces = spoil(&Wire::MalformedJson {}, full(body), &Clock::start(1.0));
            let text = texts(&pieces).concat();
            assert!(serde_json::from_str::<serde_json::Value>(&text).is_err(), "{text}");
            assert_eq!((pieces.declared, pieces.end), (Some(text.len() as u64), End::Proper));
        }
    }

    #[test]
    fn a_stream_stalls_or_is_cut_after_its_chunks() {
        let clock = Clock::start(1.0);
        let stalled = spoil(&Wire::Stall { after_chunks: 2 }, stream(&["a", "b", "c"]), &clock);
        assert_eq!((texts(&stalled), stalled.end), (vec!["a".into(), "b".into()], End::Silence));
        let cut = spoil(&Wire::Cut { after_chunks: 0 }, stream(&["a", "b"]), &clock);
        assert_eq!((texts(&cut).len(), cut.end), (0, End::Break));
        let ended = spoil(&Wire::EndStream { after_chunks: 1 }, stream(&["a", "b"]), &clock);
        assert_eq!((texts(&ended), ended.end), (vec!["a".into()], End::Proper));
        let error = Wire::StreamError { after_chunks: 1, text: "oh %n%".into() };
        assert_eq!(texts(&spoil(&error, stream(&["a", "b"]), &clock)), ["a", "oh 1"]);
    }

    #[test]
    fn a_slow_body_takes_its_length_over_its_rate() {
        let body = Body::Full(Bytes::from(vec![b'x'; 1_000]));
        let pieces = spoil(&Wire::SlowBody { bytes_per_second: 100 }, body, &Clock::start(10.0));
        let total: Duration = pieces.chunks.iter().map(|(wait, _)| *wait).sum();
        assert_eq!((total, pieces.declared), (Duration::from_secs(1), Some(1_000)));
        assert_eq!(texts(&pieces).concat().len(), 1_000);
    }

    #[test]
    fn the_waits_of_a_vendors_own_refusals_follow_the_pace() {
        let headers =
            vec![("retry-after", "20".to_owned()), ("retry-after-ms", "500".into()), ("x-other", "20".into())];
        let waits = |status: u16| {
            let mut reply = Reply { status, headers: headers.clone(), body: full("") };
            bring_to_wall(&mut reply, &Clock::start(10.0));
            reply.headers.into_iter().map(|(_, value)| value).collect::<Vec<_>>()
        };
        assert_eq!(waits(429), ["2", "50", "20"]);
        assert_eq!(waits(200), ["20", "500", "20"]);
    }

    #[test]
    fn retry_after_follows_the_pace_and_is_never_zero() {
        let clock = Clock::start(10.0);
        let form = Substitute {
            status: 429,
            headers: [("retry-after".to_owned(), "20".to_owned()), ("x-request-id".into(), "req_%id%".into())].into(),
            body: "{\"id\":\"%id%\"}".into(),
        };
        let reply = substitute(&form, None, 255, &clock);
        assert_eq!(reply.headers[0], ("retry-after", "2".into()));
        assert_eq!(reply.headers[1].1, "req_00000000000000ff");
        let reply = substitute(&form, Some(Span::from_secs(3)), 0, &clock);
        assert_eq!(reply.headers[0].1, "1");
        let plain = Substitute { status: 503, headers: Default::default(), body: String::new() };
        assert_eq!(substitute(&plain, Some(Span::from_secs(100)), 0, &clock).headers, [("retry-after", "10".into())]);
    }
}
