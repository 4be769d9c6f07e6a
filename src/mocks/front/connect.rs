//! HTTP CONNECT: a client asks its proxy for a way to a host.

use tokio::io::{AsyncRead, AsyncReadExt as _};

/// The reply that opens the way.
pub(super) const ESTABLISHED: &[u8] = b"HTTP/1.1 200 Connection established\r\n\r\n";

/// Why a CONNECT is refused, as a status line and a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) text: String,
}

impl Refusal {
    pub(super) fn new(status: u16, text: impl Into<String>) -> Self {
        Self { status, text: text.into() }
    }

    /// As it goes over the wire.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let reason = hyper::StatusCode::from_u16(self.status).ok().and_then(|status| status.canonical_reason());
        let (reason, text) = (reason.unwrap_or("Refused"), &self.text);
        let head = "content-type: text/plain; charset=utf-8\r\nconnection: close";
        format!("HTTP/1.1 {} {reason}\r\n{head}\r\ncontent-length: {}\r\n\r\n{text}", self.status, text.len()).into()
    }
}

/// The end of a head.
const END: &[u8] = b"\r\n\r\n";

/// Reads the head of a CONNECT, at most so many bytes, and nothing behind it; gives the host and the port. An error of the
/// socket is `None`: nobody is there to be told.
pub(super) async fn read(
    stream: &mut (impl AsyncRead + Unpin),
    bound: usize,
) -> Option<Result<(String, u16), Refusal>> {
    let mut head = Vec::with_capacity(256);
    let mut some = [0; 1024];
    while !head.ends_with(END) {
        if head.len() >= bound {
            return Some(Err(Refusal::new(431, "the head is too large\n")));
        }
        let read = stream.read(&mut some).await.ok().filter(|read| *read > 0)?;
        head.extend_from_slice(&some[..read]);
        if head.windows(END.len()).position(|end| end == END).is_some_and(|at| at + END.len() < head.len()) {
            return Some(Err(Refusal::new(400, "nothing may be sent before the way is open\n")));
        }
    }
    Some(parse(&head))
}

fn parse(head: &[u8]) -> Result<(String, u16), Refusal> {
    let bad = || Refusal::new(400, "wanted: CONNECT host:port HTTP/1.1\n");
    let line = head.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let words: Vec<&str> = std::str::from_utf8(line).map_err(|_| bad())?.split(' ').collect();
    match words.as_slice() {
        ["CONNECT", place, "HTTP/1.1" | "HTTP/1.0"] => super::host_and_port(place, 443).ok_or_else(bad),
        _ => Err(bad()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_connect_names_its_host() {
        let of = |line: &str| parse(format!("{line}\r\nHost: x\r\n\r\n").as_bytes());
        assert_eq!(of("CONNECT Slack.com.:443 HTTP/1.1"), Ok(("slack.com".into(), 443)));
        assert_eq!(of("CONNECT slack.com HTTP/1.0"), Ok(("slack.com".into(), 443)));
        assert_eq!(of("CONNECT [::1]:8443 HTTP/1.1"), Ok(("::1".into(), 8443)));
        for wrong in [
            "CONNECT",
            "COPY a:1 HTTP/1.1",
            "CONNECT a:99999 HTTP/1.1",
            "CONNECT :443 HTTP/1.1",
            "CONNECT a b:1 HTTP/1.1",
            "CONNECT a:1 HTTP/2",
            "CONNECT http://a:1/ HTTP/1.1",
        ] {
            assert_eq!(of(wrong).map_err(|refusal| refusal.status), Err(400), "{wrong}");
        }
    }

    #[tokio::test]
    async fn a_head_is_bounded_and_stands_alone() {
        let status = |read: Option<Result<_, Refusal>>| read.map(|read| read.map_err(|refusal| refusal.status));
        let long = format!("CONNECT a:1 HTTP/1.1\r\nx: {}", "y".repeat(9_000));
        assert_eq!(status(read(&mut long.as_bytes(), 8_192).await), Some(Err(431)));
        assert_eq!(status(read(&mut &b"CONNECT a:1 HTTP/1.1\r\n\r\nmore"[..], 8_192).await), Some(Err(400)));
        assert_eq!(read(&mut &b"CONNECT a:1"[..], 8_192).await, None);
        assert_eq!(read(&mut &b"CONNECT a:1 HTTP/1.1\r\n\r\n"[..], 8_192).await, Some(Ok(("a".into(), 1))));
    }

    proptest! {
        #[test]
        fn no_line_breaks_it(
            line in "\\PC{0,80}", bytes in proptest::collection::vec(any::<u8>(), 0..80), place in "[\\[\\]a-z:.0-9@/]{0,20}",
        ) {
            drop(parse(line.as_bytes()));
            drop(parse(&[b"CONNECT ", bytes.as_slice(), b" HTTP/1.1"].concat()));
            drop(super::super::host_and_port(&line, 443));
            if let Some((host, port)) = super::super::host_and_port(&place, 443) {
                let again = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
                prop_assert_eq!(super::super::host_and_port(&again, 80), Some((host, port)));
            }
        }
    }
}
