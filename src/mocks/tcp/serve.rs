//! One connection from its beginning to its end: the real service is called, both directions are passed on, faults strike,
//! and the journal has a line for its beginning and one for its end.

use super::force::{Cut, Force, Since};
use super::{Tcp, Ticket, lane};
use crate::mocks::journal::RequestSeen;
use crate::mocks::mock::Mock;
use crate::mocks::server::Phase;
use crate::mocks::socket::{SocketId, Standing};
use crate::mocks::vendor::Note;
use crate::scenario::catalogue::Way;
use crate::time::{Span, Time};
use hyper::Method;
use serde_json::json;
use std::net::SocketAddr;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::sync::watch;

/// How often a connection on which nothing moves is asked about.
const LOOK: Duration = Duration::from_millis(100);
/// How long a client has to read what was passed on before a fault closed the connection.
const FAREWELL: Duration = Duration::from_secs(1);

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Both sides had said everything.
    Over,
    /// The client was gone.
    Client,
    /// The real service was gone.
    Upstream,
    /// The real service could not be reached.
    Unreachable,
    /// A fault ended it.
    Fault(Cut),
    /// The mock was reset, or ends.
    Ours,
}

impl End {
    /// A direction broke: where it leads to or comes from is gone.
    pub(super) fn broken(way: Way) -> Self {
        if way == Way::Up { Self::Client } else { Self::Upstream }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Over => "closed by both sides",
            Self::Client | Self::Upstream => "broken by one side",
            Self::Unreachable => "the upstream cannot be reached",
            Self::Fault(Cut::Reset) => "reset by the fault",
            Self::Fault(Cut::Close) => "closed by the fault",
            Self::Ours => "closed by the mock",
        }
    }

    /// Whether both sides learn of it by a reset.
    fn resets(self) -> bool {
        matches!(self, Self::Client | Self::Upstream | Self::Unreachable | Self::Fault(Cut::Reset))
    }
}

/// A connection under way, as both directions see it.
pub(super) struct Talk<'a> {
    pub(super) mock: &'a Mock,
    pub(super) ticket: Ticket,
    pub(super) force: watch::Sender<Force>,
    judged: Mutex<(Standing, Since)>,
    /// The first fault that struck.
    struck: Mutex<Option<String>>,
    /// When it was first asked what is in force.
    begun: OnceLock<Time>,
}

/// Serves one connection to its end.
pub(in crate::mocks) async fn serve(
    mut client: TcpStream,
    upstream: SocketAddr,
    mock: Arc<Mock>,
    mut phase: watch::Receiver<Phase>,
) {
    let ticket = mock.act(|vendor, _| (vendor.as_any_mut().downcast_mut::<Tcp>().map(Tcp::next), Vec::new()));
    let Some(ticket) = ticket else { return };
    let (life, at) = (mock.life(), mock.clock.now());
    mock.journal.note(Note::of("connection_open", [("connection", json!(ticket.number))]), at);
    let talk = Talk {
        mock: &mock,
        ticket,
        force: watch::Sender::new(Force::default()),
        judged: Mutex::new((Standing::new(SocketId(ticket.number), at), Since::new())),
        struck: Mutex::new(None),
        begun: OnceLock::new(),
    };
    let (up, down) = (AtomicU64::new(0), AtomicU64::new(0));
    let mut server = None;
    let end = tokio::select! {
        biased;
        _ = phase.wait_for(|phase| *phase != Phase::Running) => End::Ours,
        () = mock.outlived(life) => End::Ours,
        end = talk.whole(&mut client, upstream, &mut server, [&up, &down]) => end,
    };
    if end.resets() {
        for stream in [Some(&client), server.as_ref()].into_iter().flatten() {
            // A failure to set it leaves an orderly end, which is an end too.
            drop(stream.set_zero_linger());
        }
    }
    if end == End::Fault(Cut::Close) {
        tokio::select! {
            () = farewell(&mut client) => {}
            _ = phase.wait_for(|phase| *phase != Phase::Running) => {}
        }
    }
    drop((client, server));
    // What began before a reset is forgotten.
    if mock.life() == life {
        talk.note_end(at, end, up.into_inner(), down.into_inner());
    }
}

/// Ends in order: on unread bytes the system would reset the connection, and what was passed on would be lost.
async fn farewell(client: &mut TcpStream) {
    let whole = async {
        drop(client.shutdown().await);
        drop(tokio::io::copy(client, &mut tokio::io::sink()).await);
    };
    // Who does not stop has had time enough to read.
    drop(tokio::time::timeout(FAREWELL, whole).await);
}

impl Talk<'_> {
    /// From the call to the real service to the end; what it was called by is left in `server`.
    async fn whole(
        &self,
        client: &mut TcpStream,
        upstream: SocketAddr,
        server: &mut Option<TcpStream>,
        [up, down]: [&AtomicU64; 2],
    ) -> End {
        let begun = self.mock.clock.now();
        self.look();
        let cut = self.force.borrow().cuts(self.mock.clock.now());
        if let Some(cut) = cut {
            self.count(begun, upstream, false);
            return End::Fault(cut);
        }
        let own = client.local_addr().ok();
        let called = tokio::time::timeout(self.mock.bounds.standstill, TcpStream::connect(upstream));
        // A proxy that leads to itself would go on calling until nothing is left.
        let called = if own == Some(upstream) { None } else { called.await.ok().and_then(Result::ok) };
        let Some(called) = called else {
            self.count(begun, upstream, false);
            return End::Unreachable;
        };
        self.count(begun, upstream, !self.force.borrow().spoils());
        drop(called.set_nodelay(true));
        let server = server.insert(called);
        let ((from_client, to_client), (from_server, to_server)) = (client.split(), server.split());
        let lanes = async {
            tokio::try_join!(
                lane::lane(self, Way::Up, from_client, to_server, up),
                lane::lane(self, Way::Down, from_server, to_client, down),
            )
        };
        tokio::select! {
            biased;
            cut = self.cut() => End::Fault(cut),
            done = lanes => done.map_or_else(|end| end, |_| End::Over),
        }
    }

    /// Asks what is in force now.
    pub(super) fn look(&self) {
        let now = self.mock.clock.now();
        self.begun.get_or_init(|| now);
        let force = {
            let mut judged = self.judged.lock().unwrap_or_else(PoisonError::into_inner);
            let (standing, since) = &mut *judged;
            let befalls = self.mock.judge.connection(self.mock.id, standing, now);
            Force::of(&befalls, |index| self.mock.wire_of(befalls.failures.get(index)?), since, now)
        };
        if let Some(name) = &force.name {
            self.struck.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| name.clone());
        }
        self.force.send_if_modified(|known| {
            let changed = *known != force;
            *known = force;
            changed
        });
    }

    /// Ready when a fault ends the connection.
    async fn cut(&self) -> Cut {
        loop {
            let now = self.mock.clock.now();
            let (next, said) = {
                let force = self.force.borrow();
                if let Some(cut) = force.cuts(now) {
                    return cut;
                }
                (force.cut.map(|(at, _)| at), force.at_first_byte)
            };
            // One that was in use already has said something.
            if let Some(cut) = said.filter(|_| self.is_old(now)) {
                return cut;
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                () = self.mock.clock.sleep_until(next.unwrap_or(Time::NEVER)), if next.is_some() => {}
            }
            self.look();
        }
    }

    /// Whether the connection was open before the first fault struck it.
    fn is_old(&self, now: Time) -> bool {
        let begun = self.begun.get().copied().unwrap_or(now);
        let judged = self.judged.lock().unwrap_or_else(PoisonError::into_inner);
        judged.1.iter().map(|(_, at)| *at).min().is_some_and(|struck| struck > begun)
    }

    /// A connection counts as one request, which is good if it can be used.
    fn count(&self, at: Time, upstream: SocketAddr, good: bool) {
        let now = self.mock.clock.now();
        let failure = self.force.borrow().name.clone().filter(|_| !good);
        let seen = RequestSeen {
            at,
            method: Method::CONNECT,
            path: upstream.to_string(),
            endpoint: "connection",
            status: good.then_some(200),
            failure,
            took: now.since(at),
            gave_up: false,
            fingerprint: self.ticket.number,
            contact: None,
            retry_after: None,
        };
        self.mock.journal.counted(seen, now);
    }

    fn note_end(&self, at: Time, end: End, up: u64, down: u64) {
        let now = self.mock.clock.now();
        let lasted: Span = now.since(at);
        let fault = self.struck.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let note = Note::of(
            "connection_close",
            [
                ("connection", json!(self.ticket.number)),
                ("up", json!(up)),
                ("down", json!(down)),
                ("lasted_s", json!(lasted.secs_f64())),
                ("fault", json!(fault)),
                ("how", json!(end.words())),
            ],
        );
        self.mock.journal.note(note, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_learn_how_it_ended() {
        let ends = [End::Over, End::Client, End::Upstream, End::Unreachable, End::Ours];
        let resets: Vec<bool> = ends.iter().map(|end| end.resets()).collect();
        assert_eq!(resets, [false, true, true, true, false]);
        assert!(End::Fault(Cut::Reset).resets() && !End::Fault(Cut::Close).resets());
        assert_ne!(End::Fault(Cut::Reset).words(), End::Fault(Cut::Close).words());
    }
}
