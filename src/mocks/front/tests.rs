//! The front on a real socket, with clients that see every byte.

use crate::mocks::authority::Authority;
use crate::mocks::clock::Clock;
use crate::mocks::front::Intercepted;
use crate::mocks::host::{MockPlan, Mocks, Options, Running};
use crate::mocks::journal::{Entry, EventKind};
use crate::mocks::judge::{Facts, Judge, Ruling};
use crate::mocks::registry::{Setup, vendor};
use crate::mocks::server::Bounds;
use crate::rng::Luck;
use crate::scenario::hosts::Hosts;
use crate::scenario::model::{Dependency, DependencyKind, Id};
use crate::time::Time;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Nothing here takes so long; what does has hung.
const HUNG: Duration = Duration::from_secs(20);

/// Every connection meets the same.
struct AtDoor(Option<&'static str>);

impl Judge for AtDoor {
    fn rule(&self, _: &Facts<'_>, _: Time) -> Ruling {
        Ruling::default()
    }
    fn meets_at_door(&self, _: Id<Dependency>, _: Time) -> Option<String> {
        self.0.map(str::to_owned)
    }
}

struct Rig {
    running: Running,
    front: Intercepted,
}

impl Rig {
    async fn start(fault: Option<&'static str>, bounds: Bounds) -> Self {
        let clock = Clock::start(1.0);
        let kinds = [DependencyKind::Openai, DependencyKind::Slack];
        let plan = kinds.iter().enumerate().map(|(index, kind)| {
            let (name, luck, unix_at_zero) = (kind.word().to_owned(), Luck::new(1, 0), clock.unix_at_zero());
            let setup = Setup { luck, unix_at_zero, alone: true };
            let one = Dependency::new(name.as_str(), *kind);
            MockPlan { dependency: Id::new(index), name, vendor: vendor(&one, setup), port: None }
        });
        let mut options = Options::new(clock.clone(), Arc::new(AtDoor(fault)));
        options.bounds = bounds;
        let mut running = Mocks::start(plan.collect(), options).await.expect("ports are free");
        let hosts = Hosts::of(kinds.iter().map(|kind| (*kind, &[][..]))).expect("no clash");
        let front = running.front(hosts, None).await.expect("a port is free");
        Self { running, front }
    }

    async fn healthy() -> Self {
        Self::start(None, Bounds::default()).await
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.front.address).await.expect("the front accepts")
    }

    /// What the front says to these bytes, until it closes.
    async fn says(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect().await;
        stream.write_all(bytes).await.expect("it is taken");
        to_end(&mut stream).await
    }

    /// The way to a host, open.
    async fn way(&self, host: &str) -> TcpStream {
        let mut stream = self.connect().await;
        let asked = format!("CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n");
        stream.write_all(asked.as_bytes()).await.expect("it is taken");
        let mut reply = [0; 39];
        stream.read_exact(&mut reply).await.expect("the way is open");
        assert!(reply.starts_with(b"HTTP/1.1 200 "));
        stream
    }

    /// TLS over a stream, for a client that trusts the front's authority.
    async fn secure(&self, stream: TcpStream, host: &str) -> std::io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        let certificate = CertificateDer::from_pem_slice(self.front.certificate.as_bytes()).expect("it is PEM");
        roots.add(certificate).expect("it is a certificate");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let mut config = builder.expect("versions").with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let name = ServerName::try_from(host.to_owned()).expect("a name");
        TlsConnector::from(Arc::new(config)).connect(name, stream).await
    }

    /// Everything ends in time: no task and no socket is left.
    async fn end(self) {
        tokio::time::timeout(HUNG, self.running.shutdown()).await.expect("every wait can be interrupted");
    }
}

async fn to_end(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut all = Vec::new();
    drop(tokio::time::timeout(HUNG, stream.read_to_end(&mut all)).await.expect("it ends"));
    String::from_utf8_lossy(&all).into_owned()
}

async fn ask(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), path: &str) -> String {
    let asked = format!("GET {path} HTTP/1.1\r\nhost: h\r\nconnection: close\r\nauthorization: Bearer sk-mock\r\n\r\n");
    stream.write_all(asked.as_bytes()).await.expect("it is taken");
    to_end(stream).await
}

#[tokio::test]
async fn a_way_leads_to_the_mock_of_its_host_by_tls_and_in_the_clear() {
    let rig = Rig::healthy().await;
    let mut secure = rig.secure(rig.way("api.openai.com").await, "api.openai.com").await.expect("trusted");
    assert_eq!(secure.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
    assert!(ask(&mut secure, "/v1/models").await.starts_with("HTTP/1.1 200 "));
    assert!(ask(&mut rig.way("api.openai.com").await, "/v1/models").await.starts_with("HTTP/1.1 200 "));
    // TLS at once, by the name in the handshake.
    let mut secure = rig.secure(rig.connect().await, "hooks.slack.com").await.expect("trusted");
    assert!(ask(&mut secure, "/api/api.test").await.contains("\"ok\":true"));
    rig.end().await;
}

#[tokio::test]
async fn requests_in_absolute_form_find_their_mock_each() {
    let rig = Rig::healthy().await;
    let get = |url: &str, close: &str| {
        format!("GET {url} HTTP/1.1\r\nhost: wrong.example\r\n{close}authorization: Bearer sk-mock\r\n\r\n")
    };
    let both =
        get("http://api.openai.com/v1/models", "") + &get("https://slack.com/api/api.test", "connection: close\r\n");
    let said = rig.says(both.as_bytes()).await;
    assert!(said.contains("\"object\":\"list\"") && said.contains("\"ok\":true"), "{said}");
    rig.end().await;
}

#[tokio::test]
async fn what_nobody_answers_for_is_denied_listed_and_told() {
    let rig = Rig::healthy().await;
    let mut events = rig.running.events().expect("nobody listens yet");
    let said = rig.says(b"CONNECT HuggingFace.co:443 HTTP/1.1\r\n\r\n").await;
    assert!(said.starts_with("HTTP/1.1 403 ") && said.contains("answers for huggingface.co"), "{said}");
    assert!(rig.says(b"GET http://prices.example/x HTTP/1.1\r\n\r\n").await.starts_with("HTTP/1.1 403 "));
    assert!(rig.says(b"CONNECT 127.0.0.1:9 HTTP/1.1\r\n\r\n").await.contains("NO_PROXY"));
    let refused = rig.secure(rig.connect().await, "tokens.example").await.expect_err("nobody answers");
    assert!(refused.to_string().contains("alert"), "{refused}");
    let (hosts, others) = rig.front.egress.list();
    let names: Vec<&str> = hosts.iter().map(|tried| tried.host.as_str()).collect();
    assert_eq!((names, others), (vec!["huggingface.co", "prices.example", "tokens.example"], 0));
    let first = events.recv().await.expect("it is told");
    assert!(matches!(first.kind, EventKind::Egress(host) if host.as_str() == "huggingface.co"));
    rig.front.egress.clear();
    rig.end().await;
}

#[tokio::test]
async fn a_broken_way_has_its_own_form_and_stands_in_the_journal() {
    for (fault, said) in [("refuse", "connection refused"), ("dns_fail", "name not resolved")] {
        let rig = Rig::start(Some(fault), Bounds::default()).await;
        let reply = rig.says(b"CONNECT api.openai.com:443 HTTP/1.1\r\n\r\n").await;
        assert!(reply.starts_with("HTTP/1.1 502 ") && reply.contains(said), "{fault}: {reply}");
        let reply = rig.says(b"GET http://api.openai.com/v1/models HTTP/1.1\r\n\r\n").await;
        assert!(reply.starts_with("HTTP/1.1 502 "), "{fault}: {reply}");
        let model = rig.running.mock(Id::new(0)).expect("it is up");
        let is_it = |entry: &Entry| matches!(entry, Entry::Request(seen) if seen.failure.as_deref() == Some(fault));
        assert_eq!(model.journal.entries().iter().filter(|entry| is_it(entry)).count(), 2, "{fault}");
        rig.end().await;
    }
    for (fault, said) in [("tls_expired", "expired"), ("tls_wrong_host", "not valid for name"), ("tls_reset", "")] {
        let rig = Rig::start(Some(fault), Bounds::default()).await;
        for direct in [false, true] {
            let stream = if direct { rig.connect().await } else { rig.way("api.openai.com").await };
            let error = rig.secure(stream, "api.openai.com").await.expect_err("the way is broken");
            let reset = error.kind() == std::io::ErrorKind::ConnectionReset;
            assert!(error.to_string().contains(said) && reset == (fault == "tls_reset"), "{fault}: {error}");
        }
        // A mock's own port has neither names nor certificates.
        let address = rig.running.addr(Id::new(0)).expect("it listens");
        let mut plain = TcpStream::connect(address).await.expect("it accepts");
        assert!(plain.read(&mut [0]).await.is_err(), "{fault}");
        rig.end().await;
    }
}

#[tokio::test]
async fn slow_long_and_foolish_beginnings_end_and_leave_nothing() {
    let bounds = Bounds { standstill: Duration::from_millis(100), connections: 8, ..Bounds::default() };
    let rig = Rig::start(None, bounds).await;
    for (slow, said) in [
        (&b""[..], ""),
        (b"CONNECT api.openai.com", "HTTP/1.1 408 "),
        (b"\x16\x03\x01\x02", ""),
        (b"GET http://slack", "HTTP/1.1 408 "),
    ] {
        let answer = rig.says(slow).await;
        assert!(answer.starts_with(said) && answer.is_empty() == said.is_empty(), "{slow:?}: {answer}");
    }
    // Whoever names two hosts is not asked which one was meant.
    let two = b"GET http://slack.com/api/api.test HTTP/1.1\r\nHost: slack.com\r\nHost: api.openai.com\r\n\r\n";
    assert!(rig.says(two).await.starts_with("HTTP/1.1 400 "));
    let long = format!("CONNECT a:1 HTTP/1.1\r\nx: {}", "y".repeat(40_000));
    assert!(rig.says(long.as_bytes()).await.starts_with("HTTP/1.1 431 "));
    assert!(rig.says(b"COPY / HTTP/1.1\r\n\r\n").await.starts_with("HTTP/1.1 400 "));
    assert!(rig.says(b"CONNECT slack.com:443 HTTP/1.1\r\n\r\n\x16\x03\x01").await.starts_with("HTTP/1.1 400 "));
    assert!(rig.says(b"\x16\x03\x01\x00\x02hi and no TLS at all").await.len() < 32, "an alert at most");
    // Those that stay are gone with the mocks.
    let _staying = [rig.way("slack.com").await, rig.way("slack.com").await, rig.connect().await];
    rig.end().await;
}

#[test]
fn each_process_has_an_authority_of_its_own() {
    let make = || Authority::new(1_800_000_000).expect("keys can be made").certificate().to_owned();
    assert_ne!(make(), make());
}
