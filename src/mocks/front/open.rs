//! What a new connection is: a CONNECT, TLS at once, or requests in the clear; and its way through the handshake.

use super::connect::{self, ESTABLISHED, Refusal};
use super::plain::answer;
use super::{Front, Host, denied, local};
use crate::mocks::authority::Face;
use crate::mocks::judge::REFUSE;
use crate::mocks::mock::Mock;
use crate::mocks::server::{self, Behind, Phase};
use crate::mocks::vendor::Protocol;
use crate::mocks::wire::{Socket, Stream};
use crate::scenario::catalogue::{Handshake, Wire};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncWriteExt as _, sink};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::LazyConfigAcceptor;

/// The first byte of every TLS handshake.
const TLS: u8 = 0x16;
/// A connection has so many standstills of the bounds to come through its handshakes.
const HANDSHAKES: u32 = 2;
/// After a refusal, what the client still sends is thrown away for so long, so that it reads the reply instead of a reset.
const FAREWELL: Duration = Duration::from_secs(1);

/// A connection whose beginning is over.
enum Opened {
    /// It leads to a mock.
    To(Arc<Mock>, Stream),
    /// Requests follow without TLS, each to a host of its own.
    InTheClear(TcpStream),
    /// It has ended already.
    Over,
}

impl Behind for Front {
    fn refuses(&self) -> bool {
        false
    }

    fn protocol(&self) -> Protocol {
        Protocol::Http
    }

    async fn serve(self: Arc<Self>, stream: TcpStream, mut phase: watch::Receiver<Phase>) {
        let opened = tokio::select! {
            opened = tokio::time::timeout(self.bounds.standstill * HANDSHAKES, self.open(stream)) => opened,
            _ = phase.wait_for(|phase| *phase != Phase::Running) => return,
        };
        match opened {
            Ok(Opened::To(mock, stream)) => server::serve_mock(stream, mock, phase).await,
            Ok(Opened::InTheClear(stream)) => {
                let bounds = self.bounds;
                server::serve(
                    Stream::Plain(stream),
                    bounds,
                    |line, request| answer(self.clone(), line, request),
                    phase,
                )
                .await;
            }
            Ok(Opened::Over) | Err(_) => {}
        }
    }
}

impl Front {
    async fn open(&self, mut stream: TcpStream) -> Opened {
        let mut first = [0];
        match stream.peek(&mut first).await {
            Ok(1) => {}
            _ => return Opened::Over,
        }
        match first[0] {
            TLS => self.by_name(stream).await,
            b'C' => {
                let head = connect::read(&mut stream, self.bounds.head_bytes);
                match tokio::time::timeout(self.bounds.standstill, head).await {
                    Ok(Some(Ok((host, port)))) => self.connected(stream, &host, port).await,
                    Ok(Some(Err(refusal))) => refuse(stream, &refusal).await,
                    Ok(None) => Opened::Over,
                    Err(_) => refuse(stream, &Refusal::new(408, "the request did not come in time\n")).await,
                }
            }
            _ => Opened::InTheClear(stream),
        }
    }

    /// A client asks for a way to a host.
    async fn connected(&self, mut stream: TcpStream, host: &str, port: u16) -> Opened {
        let mock = match self.find(host, port) {
            Host::Known(mock) => mock,
            Host::Local => return refuse(stream, &Refusal::new(403, local(host))).await,
            Host::Unknown => return refuse(stream, &Refusal::new(403, denied(host))).await,
        };
        let fault = self.fault(&mock);
        if let Some(Met { mode, fault: Fault::NoWay(text) }) = &fault {
            mock.turned_away(host, mode, Some(502));
            return refuse(stream, &Refusal::new(502, *text)).await;
        }
        if stream.write_all(ESTABLISHED).await.is_err() {
            return Opened::Over;
        }
        if mock.protocol != Protocol::Http {
            return Opened::To(mock, Stream::Plain(stream));
        }
        // What follows may be no TLS at all: a client may ask for a way to speak HTTP or WebSocket in the clear.
        let mut first = [0];
        if !matches!(stream.peek(&mut first).await, Ok(1)) {
            return Opened::Over;
        }
        if first[0] != TLS {
            return Opened::To(mock, Stream::Plain(stream));
        }
        self.secured(stream, Some(Way { mock, host: host.to_owned(), fault })).await
    }

    /// TLS at once: the host is the one that the handshake names.
    async fn by_name(&self, stream: TcpStream) -> Opened {
        self.secured(stream, None).await
    }

    async fn secured(&self, stream: TcpStream, known: Option<Way>) -> Opened {
        let acceptor = LazyConfigAcceptor::new(rustls::server::Acceptor::default(), stream);
        let Ok(start) = acceptor.await else { return Opened::Over };
        let name = start.client_hello().server_name().map(str::to_ascii_lowercase);
        let way = match (known, name) {
            // The certificate is for the name that the handshake asks for, whatever the CONNECT said.
            (Some(way), Some(name)) => Some(Way { host: name, ..way }),
            (Some(way), None) => Some(way),
            (None, Some(host)) => match self.find(&host, 443) {
                Host::Known(mock) => {
                    let fault = self.fault(&mock);
                    Some(Way { mock, host, fault })
                }
                Host::Local | Host::Unknown => None,
            },
            (None, None) => None,
        };
        let Some(Way { mock, host, fault }) = way else {
            drop(start.into_stream(self.authority.for_nobody()).await);
            return Opened::Over;
        };
        let face = match &fault {
            None => Face::Good,
            Some(Met { mode, fault }) => {
                mock.turned_away(&host, mode, None);
                match fault {
                    Fault::Looks(face) => *face,
                    Fault::NoWay(_) | Fault::Reset => {
                        Socket::refuse(start.io);
                        return Opened::Over;
                    }
                }
            }
        };
        let Some(config) = self.authority.config(&host, face) else { return Opened::Over };
        match start.into_stream(config).await {
            Ok(secure) => Opened::To(mock, Stream::Secure(Box::new(secure))),
            Err(_) => Opened::Over,
        }
    }

    /// What a new connection to a mock meets instead, if anything.
    pub(super) fn fault(&self, mock: &Mock) -> Option<Met> {
        let mode = mock.meets_at_door()?;
        let wire = mock.catalogue().get(&mode).map(|mode| &mode.wire);
        let fault = match wire {
            Some(Wire::Handshake(Handshake::NoName)) => Fault::NoWay("name not resolved\n"),
            Some(Wire::Handshake(Handshake::Expired)) => Fault::Looks(Face::Expired),
            Some(Wire::Handshake(Handshake::WrongHost)) => Fault::Looks(Face::WrongHost),
            Some(Wire::Handshake(Handshake::Reset)) => Fault::Reset,
            _ if mode == REFUSE => Fault::NoWay("connection refused\n"),
            _ => Fault::NoWay("the host cannot be reached\n"),
        };
        Some(Met { mode, fault })
    }
}

/// A way to a mock, by a host, and what is wrong with it.
struct Way {
    mock: Arc<Mock>,
    host: String,
    fault: Option<Met>,
}

/// A failure of the way, and the mode that it comes from.
pub(super) struct Met {
    pub(super) mode: String,
    pub(super) fault: Fault,
}

/// What is wrong with the way to a vendor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// There is none, and the proxy says so.
    NoWay(&'static str),
    /// The certificate is not right.
    Looks(Face),
    /// The handshake is broken off.
    Reset,
}

/// Tells a client why not.
async fn refuse(mut stream: TcpStream, refusal: &Refusal) -> Opened {
    let told = async {
        stream.write_all(&refusal.bytes()).await?;
        stream.shutdown().await?;
        tokio::io::copy(&mut stream, &mut sink()).await
    };
    drop(tokio::time::timeout(FAREWELL, told).await);
    Opened::Over
}
