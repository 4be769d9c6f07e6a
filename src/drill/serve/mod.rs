//! The drill's server: one port, no internet, no accounts. Pages are files in the binary; state goes out as server-sent
//! events; commands come in by POST with a seat's token. Nothing is hidden here: an exercise makes each seat a view of its own.

mod assets;
mod bucket;
mod frame;
mod guard;
mod links;
mod listen;
mod routes;
mod seats;
mod stage;
mod stream;
mod token;

pub use links::Links;

use super::play::Play;
use super::view::Shelved;
use crate::mocks::clock::Clock;
use guard::Hosts;
use routes::Desk;
use seats::Seats;
use stage::{Ask, Board, Stage};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// How a drill is served.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The port; 0 takes a free one.
    pub port: u16,
    /// Also for other machines; whoever can reach this one can then try to join.
    pub lan: bool,
    /// Further names under which other machines know this one.
    pub hosts: Vec<String>,
    /// Participants at most.
    pub seats: usize,
    /// Other drills, for the start page.
    pub shelf: Vec<Shelved>,
}

impl Default for Setup {
    fn default() -> Self {
        Self { port: 8_040, lan: false, hosts: Vec::new(), seats: 300, shelf: Vec::new() }
    }
}

/// A drill that is about to be served.
pub struct Open<P> {
    listener: TcpListener,
    desk: Arc<Desk>,
    stage: Stage<P>,
    asks: Receiver<Ask>,
}

/// Takes the port and makes the links.
///
/// # Errors
///
/// The port cannot be taken, or the system gives no randomness.
pub async fn open<P: Play>(play: P, setup: &Setup) -> io::Result<Open<P>> {
    let address = if setup.lan { Ipv4Addr::UNSPECIFIED } else { Ipv4Addr::LOCALHOST };
    let listener = TcpListener::bind(SocketAddr::from((address, setup.port))).await?;
    let port = listener.local_addr()?.port();
    let mut hosts = setup.hosts.clone();
    if setup.lan {
        hosts.extend(own_address().map(|address| address.to_string()));
    }
    let clock = Clock::start(1.0);
    let cast = play.cast();
    let seats = Arc::new(Seats::new(cast.roles.clone(), setup.seats, clock.now())?);
    let (board, asks) = Board::new(&cast.roles);
    let board = Arc::new(board);
    let named = hosts.first().map_or("127.0.0.1", String::as_str);
    let links = Links::new(named, port, &seats);
    let stage = Stage::new(play, board.clone(), seats.clone(), clock.clone());
    let shelf = setup.shelf.clone();
    let desk = Arc::new(Desk { cast, shelf, hosts: Hosts::new(port, &hosts), seats, board, clock, links });
    Ok(Open { listener, desk, stage, asks })
}

impl<P: Play> Open<P> {
    /// The links to hand out.
    pub fn links(&self) -> &Links {
        &self.desk.links
    }

    /// The hosts under which it answers, with the port.
    pub fn hosts(&self) -> &[String] {
        self.desk.hosts.all()
    }

    /// Serves until `over` is done; gives the exercise back.
    ///
    /// # Errors
    ///
    /// The exercise's thread cannot be started, or it panicked.
    pub async fn serve(self, over: impl Future<Output = ()>) -> io::Result<P> {
        let Self { listener, desk, stage, asks } = self;
        let played = std::thread::Builder::new().name("stage".to_owned()).spawn(move || stage.run(&asks))?;
        let (end, ended) = watch::channel(false);
        let board = desk.board.clone();
        let listening = tokio::spawn(listen::listen(listener, desk, ended));
        over.await;
        end.send_replace(true);
        drop(listening.await);
        let joined = tokio::task::spawn_blocking(move || {
            board.close();
            played.join()
        });
        joined.await?.map_err(|_| io::Error::other("the exercise ended in a panic"))
    }
}

/// The address by which the local network knows this machine. Nothing is sent: the system says which way it would go.
fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_loopback() && !address.is_unspecified()).then_some(address)
}
