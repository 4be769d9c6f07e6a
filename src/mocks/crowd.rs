//! How many connections there is room for: each port has its bound, and all ports of a host together stay below what the
//! process may have open, so that no accept loop starves and whoever comes too many is told so.

use super::descriptors;
use super::vendor::Protocol;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Descriptors that are no connections to the mocks: listeners, files, pipes, webhooks on their way. A quarter of all,
/// within these.
const LEAST_REST: u64 = 48;
const MOST_REST: u64 = 4_096;
/// Connections beyond the bound that are told so at one time, at most.
const FAREWELLS: u64 = 64;

/// The room of a host.
#[derive(Clone, Debug)]
pub(super) struct Crowd {
    places: Arc<Semaphore>,
    farewells: Arc<Semaphore>,
    /// Descriptors that are kept back.
    rest: u64,
}

impl Crowd {
    /// What this process may have open.
    pub(super) fn of_process() -> Self {
        Self::within(descriptors::limit())
    }

    /// As if this process might have so many descriptors open.
    pub(super) fn within(descriptors: u64) -> Self {
        let rest = (descriptors / 4).clamp(LEAST_REST, MOST_REST);
        let places = descriptors.saturating_sub(rest).clamp(1, descriptors::MOST);
        let semaphore = |places: u64| Arc::new(Semaphore::new(usize::try_from(places).unwrap_or(1)));
        Self { places: semaphore(places), farewells: semaphore((rest / 8).clamp(1, FAREWELLS)), rest }
    }

    /// The room of one port of the host, with its own bound.
    pub(super) fn room(&self, connections: usize) -> Room {
        let own = Arc::new(Semaphore::new(connections));
        Room { own, all: self.places.clone(), farewells: self.farewells.clone() }
    }

    /// The room of what is dialled.
    pub(super) fn outward(&self) -> Outward {
        Outward(self.places.clone())
    }

    /// The room of a port that must be reached however full the host is: it has a part of the rest to itself.
    pub(super) fn aside(&self, connections: usize) -> Room {
        let places = usize::try_from(self.rest / 4).unwrap_or(1).max(1);
        let [own, all] = [connections, places].map(|places| Arc::new(Semaphore::new(places)));
        Room { own, all, farewells: self.farewells.clone() }
    }
}

/// The room of sockets that a vendor dials (a call's media, to a target's address): it is that of all ports together.
#[derive(Clone, Debug)]
pub(super) struct Outward(Arc<Semaphore>);

impl Outward {
    /// A place for one more, until it is dropped; `None`: there is none.
    pub(super) fn enter(&self) -> Option<OwnedSemaphorePermit> {
        self.0.clone().try_acquire_owned().ok()
    }
}

/// The room of one port.
#[derive(Clone, Debug)]
pub(super) struct Room {
    own: Arc<Semaphore>,
    all: Arc<Semaphore>,
    farewells: Arc<Semaphore>,
}

/// A place for a connection, until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    _own: OwnedSemaphorePermit,
    _all: OwnedSemaphorePermit,
}

impl Room {
    /// A place for one more; `None`: there is none.
    pub(super) fn enter(&self, protocol: Protocol) -> Option<Place> {
        // What is passed on has a connection behind it.
        let descriptors = if matches!(protocol, Protocol::Tcp(_)) { 2 } else { 1 };
        let own = self.own.clone().try_acquire_owned().ok()?;
        let all = self.all.clone().try_acquire_many_owned(descriptors).ok()?;
        Some(Place { _own: own, _all: all })
    }

    /// Leave to tell one that there is no place; `None`: enough are being told.
    pub(super) fn farewell(&self) -> Option<OwnedSemaphorePermit> {
        self.farewells.clone().try_acquire_owned().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(room: &Room, protocol: Protocol) -> Vec<Place> {
        std::iter::from_fn(|| room.enter(protocol)).take(100_000).collect()
    }

    #[test]
    fn all_ports_together_stay_below_the_limit_and_the_control_api_has_its_own() {
        let crowd = Crowd::within(256);
        let (one, other, aside) = (crowd.room(150), crowd.room(4_096), crowd.aside(256));
        let first = fill(&one, Protocol::Http);
        assert_eq!(first.len(), 150, "a port's own bound");
        let second = fill(&other, Protocol::Http);
        assert_eq!(first.len() + second.len(), 192, "three quarters of what may be open");
        assert!(one.enter(Protocol::Http).is_none() && fill(&aside, Protocol::Http).len() == 16);
        drop(first);
        assert!(one.enter(Protocol::Http).is_some(), "room comes back");
    }

    #[test]
    fn what_is_passed_on_takes_two() {
        let upstream = std::net::SocketAddr::from(([127, 0, 0, 1], 5432));
        assert_eq!(fill(&Crowd::within(256).room(4_096), Protocol::Tcp(upstream)).len(), 96);
    }

    #[test]
    fn what_is_dialled_takes_room_too() {
        let crowd = Crowd::within(256);
        let (outward, room) = (crowd.outward(), crowd.room(4_096));
        let dialled: Vec<_> = std::iter::from_fn(|| outward.enter()).take(100).collect();
        assert_eq!((dialled.len(), fill(&room, Protocol::Http).len()), (100, 92));
        let _all = fill(&room, Protocol::Http);
        assert!(outward.enter().is_none(), "no more than there is room for");
        drop(dialled);
        assert!(outward.enter().is_some(), "room comes back");
    }

    #[test]
    fn no_limit_is_too_small_or_too_large() {
        for limit in [0, 1, 40, 49, u64::MAX] {
            assert!(Crowd::within(limit).room(4_096).enter(Protocol::Http).is_some(), "{limit}");
        }
    }
}
