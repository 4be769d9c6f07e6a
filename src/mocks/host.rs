//! Brings the mocks up, keeps them, and takes them down.

use super::authority::WhenNeeded;
use super::clock::Clock;
use super::crowd::{Crowd, Room};
use super::deliver::Carrier;
use super::front::{Front, Intercepted};
use super::journal::{Event, Journal, Listener};
use super::judge::{Carriage, Judge, NoFaults};
use super::mock::{Common, Mock, Ways};
use super::server::{self, Bounds, Phase};
use super::socket::{self, Dial};
use super::vendor::{Delivery, Effect, Vendor};
use crate::scenario::catalogue::Catalogue;
use crate::scenario::hosts::Hosts;
use crate::scenario::model::{Dependency, Id};
use crate::time::{Span, Time};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc, watch};

/// One mock to start.
pub struct MockPlan {
    /// Which dependency it stands for.
    pub dependency: Id<Dependency>,
    /// The dependency's name.
    pub name: String,
    /// What it speaks.
    pub vendor: Box<dyn Vendor>,
    /// The port that is wanted; `None` or one that is taken: any.
    pub port: Option<u16>,
}

/// What all mocks of a run share.
pub struct Options {
    /// Tells scenario time.
    pub clock: Clock,
    /// Knows what is broken.
    pub judge: Arc<dyn Judge>,
    /// The failure modes by name.
    pub catalogue: Arc<Catalogue>,
    /// What a client may use up.
    pub bounds: Bounds,
    /// Webhooks may also go to targets that are not on this machine.
    pub allow_remote: bool,
}

impl Options {
    /// The shipped catalogue and bounds, this machine only.
    pub fn new(clock: Clock, judge: Arc<dyn Judge>) -> Self {
        let catalogue = Arc::new(Catalogue::shipped());
        Self { clock, judge, catalogue, bounds: Bounds::default(), allow_remote: false }
    }
}

/// What the journal says of a webhook that a fault swallows.
pub const LOST: &str = "lost on purpose";
/// What a client of the control API may use up.
const BESIDE_BYTES: usize = 1 << 20;
const BESIDE_CONNECTIONS: usize = 256;

/// Starts mocks.
pub struct Mocks;

impl Mocks {
    /// Starts every mock on a port of its own on 127.0.0.1. Needs a tokio runtime.
    pub async fn start(plan: Vec<MockPlan>, options: Options) -> io::Result<Running> {
        let (alive, all_gone) = mpsc::channel(1);
        let crowd = Crowd::of_process();
        let (clock, outward) = (options.clock.clone(), crowd.outward());
        let carrier = Carrier { clock, allow_remote: options.allow_remote, outward };
        let common = Common {
            authority: Arc::new(WhenNeeded::default()),
            clock: options.clock,
            judge: options.judge,
            bounds: options.bounds,
            carrier,
            catalogue: options.catalogue,
        };
        let mut running = Running {
            mocks: Vec::new(),
            notes: Vec::new(),
            phase: watch::Sender::new(Phase::Running),
            alive,
            all_gone,
            listener: Arc::default(),
            common,
            crowd,
        };
        for plan in plan {
            let (listener, room) = (running.listener.clone(), running.room());
            let started = running.begin(plan, running.common.clone(), listener, room).await?;
            running.mocks.push(started);
        }
        Ok(running)
    }
}

/// Mocks at work. Dropping it takes them down at once.
pub struct Running {
    mocks: Vec<(Arc<Mock>, SocketAddr)>,
    notes: Vec<String>,
    phase: watch::Sender<Phase>,
    /// Every task has a copy.
    alive: mpsc::Sender<()>,
    all_gone: mpsc::Receiver<()>,
    listener: Arc<Listener>,
    common: Common,
    crowd: Crowd,
}

impl Running {
    async fn begin(
        &mut self,
        plan: MockPlan,
        common: Common,
        listener: Arc<Listener>,
        room: Room,
    ) -> io::Result<(Arc<Mock>, SocketAddr)> {
        let MockPlan { dependency, name, mut vendor, port } = plan;
        let (socket, address) = self.bind(&name, port).await?;
        vendor.located(&format!("http://{address}"));
        let (courier, deliveries) = mpsc::channel(common.bounds.waiting_deliveries);
        let journal = Journal::new(dependency, listener);
        let (dialler, calls) = mpsc::channel(common.bounds.waiting_deliveries);
        let mock = Arc::new(Mock::new(dependency, name, vendor, journal, common, Ways { courier, dialler }));
        let (phases, alive) = (|| self.phase.subscribe(), || self.alive.clone());
        tokio::spawn(server::accept(socket, mock.clone(), room, phases(), alive()));
        tokio::spawn(run_courier(mock.clone(), deliveries, phases(), alive()));
        tokio::spawn(run_dialler(mock.clone(), calls, phases(), alive()));
        tokio::spawn(run_timers(mock.clone(), phases(), alive()));
        Ok((mock, address))
    }

    /// Serves something beside the mocks under the same bounds: the control API. No fault reaches it, its journal is
    /// nobody's, and it ends with the mocks.
    pub async fn beside(&mut self, name: &str, served: Box<dyn Vendor>, port: Option<u16>) -> io::Result<SocketAddr> {
        let mut common = self.common.clone();
        common.judge = Arc::new(NoFaults);
        common.bounds.body_bytes = BESIDE_BYTES;
        common.bounds.connections = BESIDE_CONNECTIONS;
        let plan = MockPlan { dependency: Id::new(self.mocks.len()), name: name.to_owned(), vendor: served, port };
        let room = self.crowd.aside(BESIDE_CONNECTIONS);
        self.begin(plan, common, Arc::default(), room).await.map(|(_, address)| address)
    }

    /// Starts the interception front before the mocks: it answers for these hosts, whose places are those of the mocks.
    pub async fn front(&mut self, hosts: Hosts, port: Option<u16>) -> io::Result<Intercepted> {
        let (socket, address) = self.bind("front", port).await?;
        self.front_on(address, [socket], hosts)
    }

    /// As [`Running::front`], on sockets that listen; clients are told of `address`.
    pub fn front_on(
        &mut self,
        address: SocketAddr,
        sockets: impl IntoIterator<Item = TcpListener>,
        hosts: Hosts,
    ) -> io::Result<Intercepted> {
        let mocks = self.mocks().cloned().collect();
        let Common { authority, bounds, clock, .. } = self.common.clone();
        let authority = authority.get(clock.unix_seconds()).map_err(io::Error::other)?;
        let front = Front::new(hosts, mocks, authority, bounds, clock, self.listener.clone());
        let intercepted = front.intercepted(address);
        let front = Arc::new(front);
        for socket in sockets {
            let (phase, alive) = (self.phase.subscribe(), self.alive.clone());
            tokio::spawn(server::accept(socket, front.clone(), self.room(), phase, alive));
        }
        Ok(intercepted)
    }

    /// The room of one more port.
    fn room(&self) -> Room {
        self.crowd.room(self.common.bounds.connections)
    }

    /// Every mock, in the order in which they were started.
    pub fn mocks(&self) -> impl Iterator<Item = &Arc<Mock>> {
        self.mocks.iter().map(|(mock, _)| mock)
    }

    async fn bind(&mut self, name: &str, wanted: Option<u16>) -> io::Result<(TcpListener, SocketAddr)> {
        let any = (Ipv4Addr::LOCALHOST, 0);
        let listener = match wanted.filter(|port| *port != 0) {
            None => TcpListener::bind(any).await?,
            Some(port) => match TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
                Ok(listener) => listener,
                Err(taken) => {
                    let listener = TcpListener::bind(any).await?;
                    let other = listener.local_addr()?.port();
                    self.notes
                        .push(format!("port {port} cannot be used ({taken}): `{name}` listens on {other} instead"));
                    listener
                }
            },
        };
        let address = listener.local_addr()?;
        Ok((listener, address))
    }

    /// The mock of a dependency.
    pub fn mock(&self, dependency: Id<Dependency>) -> Option<&Arc<Mock>> {
        self.mocks.iter().map(|(mock, _)| mock).find(|mock| mock.id == dependency)
    }

    /// Where a dependency's mock listens.
    pub fn addr(&self, dependency: Id<Dependency>) -> Option<SocketAddr> {
        self.mocks.iter().find(|(mock, _)| mock.id == dependency).map(|(_, address)| *address)
    }

    /// What people should be told of the start: ports that were taken.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Notes something else that people should be told.
    pub fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// Lets a customer or person act at a vendor; what follows goes its way. `None`: there is no such mock.
    pub fn with_vendor<R>(
        &self,
        dependency: Id<Dependency>,
        act: impl FnOnce(&mut dyn Vendor, Time) -> (R, Vec<Effect>),
    ) -> Option<R> {
        self.mock(dependency).map(|mock| mock.act(act))
    }

    /// As [`Running::with_vendor`], for a vendor whose type the caller knows. `None`: it is another one.
    pub fn with<V: Vendor + 'static, R>(
        &self,
        dependency: Id<Dependency>,
        act: impl FnOnce(&mut V, Time) -> (R, Vec<Effect>),
    ) -> Option<R> {
        self.with_vendor(dependency, |vendor, now| match vendor.as_any_mut().downcast_mut::<V>() {
            Some(vendor) => {
                let (result, effects) = act(vendor, now);
                (Some(result), effects)
            }
            None => (None, Vec::new()),
        })
        .flatten()
    }

    /// What happens at the mocks from now on, in the order in which it happens; given once.
    pub fn events(&self) -> Option<mpsc::Receiver<Event>> {
        self.listener.listen()
    }

    /// Events that found no place because the harness did not take them in time.
    pub fn missed(&self) -> u64 {
        self.listener.missed()
    }

    /// Takes the mocks down: replies and mails in hand are finished for as long as [`Bounds::drain`], nothing new is taken, and
    /// webhooks that wait are given up; then everything is dropped. Returns when no task and no socket is left. Dropping the
    /// future drops everything at once.
    pub async fn shutdown(mut self) {
        self.end().await;
    }

    /// The same, where what was heard until the end is still to be read.
    pub(crate) async fn end(&mut self) {
        self.phase.send_replace(Phase::Draining);
        self.alive = mpsc::channel(1).0;
        if tokio::time::timeout(self.common.bounds.drain, self.all_gone.recv()).await.is_err() {
            self.phase.send_replace(Phase::Over);
            self.all_gone.recv().await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.phase.send_replace(Phase::Over);
    }
}

/// Sends a mock's webhooks, so many at a time, until the host drains.
async fn run_courier(
    mock: Arc<Mock>,
    mut deliveries: mpsc::Receiver<(u64, Delivery)>,
    mut phase: watch::Receiver<Phase>,
    alive: mpsc::Sender<()>,
) {
    let mut on_their_way = tokio::task::JoinSet::new();
    let places = Arc::new(Semaphore::new(mock.bounds.deliveries));
    loop {
        let delivery = tokio::select! {
            delivery = deliveries.recv(), if on_their_way.len() < mock.bounds.waiting_deliveries => delivery,
            Some(_) = on_their_way.join_next() => continue,
            _ = phase.wait_for(|phase| *phase != Phase::Running) => break,
        };
        let Some((life, delivery)) = delivery else { break };
        if life != mock.life() {
            continue;
        }
        let text = String::from_utf8_lossy(&delivery.body);
        let Carriage { delay, copies } = mock.judge.carry(mock.id, delivery.kind, &text, mock.clock.now());
        drop(text);
        if copies == 0 {
            mock.lose(&delivery, LOST, mock.clock.now());
        }
        for copy in 0..copies {
            let (mock, delivery, places) = (mock.clone(), delivery.clone(), places.clone());
            on_their_way.spawn(async move {
                tokio::select! {
                    biased;
                    () = mock.outlived(life) => {}
                    () = carry(&mock, delivery, delay, places, copy == 0) => {}
                }
            });
        }
    }
    on_their_way.shutdown().await;
    drop(alive);
}

async fn carry(mock: &Mock, delivery: Delivery, delay: Span, places: Arc<Semaphore>, tells: bool) {
    mock.clock.sleep(delay).await;
    mock.deliver(&delivery, &places, tells).await;
}

/// Opens a mock's WebSockets to the target and carries them, so many at a time, until the host drains; then those that are
/// open end as those of the server do.
async fn run_dialler(
    mock: Arc<Mock>,
    mut calls: mpsc::Receiver<(u64, Box<Dial>)>,
    mut phase: watch::Receiver<Phase>,
    alive: mpsc::Sender<()>,
) {
    let mut under_way = tokio::task::JoinSet::new();
    let drains = phase.clone();
    loop {
        let call = tokio::select! {
            call = calls.recv(), if under_way.len() < mock.bounds.connections => call,
            Some(_) = under_way.join_next() => continue,
            _ = phase.wait_for(|phase| *phase != Phase::Running) => break,
        };
        let Some((life, dial)) = call else { break };
        if life != mock.life() {
            continue;
        }
        let (mock, phase) = (mock.clone(), drains.clone());
        under_way.spawn(async move {
            let opening = dial.opening.clone();
            tokio::select! {
                biased;
                () = mock.outlived(life), if !opening.outlives_reset => {}
                done = socket::dial(&mock, *dial, phase) => {
                    if let Err(why) = done {
                        mock.socket_refused(&opening, why);
                    }
                }
            }
        });
    }
    let over = async { drop(phase.wait_for(|phase| *phase == Phase::Over).await) };
    tokio::select! {
        () = async { while under_way.join_next().await.is_some() {} } => {}
        () = over => {}
    }
    under_way.shutdown().await;
    drop(alive);
}

/// Runs a mock's timers until the host drains.
async fn run_timers(mock: Arc<Mock>, mut phase: watch::Receiver<Phase>, alive: mpsc::Sender<()>) {
    tokio::select! {
        () = mock.keep_time() => {}
        _ = phase.wait_for(|phase| *phase != Phase::Running) => {}
    }
    drop(alive);
}
