//! Hosts that a target tried and that nobody answers for.

use crate::mocks::journal::{Event, EventKind, Listener};
use crate::observation::HostName;
use crate::scenario::model::{Dependency, Id};
use crate::time::Time;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Hosts that are listed by name; tries of more are counted together.
pub const MOST_HOSTS: usize = 256;

/// A host that was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// Its name.
    pub host: String,
    /// The port of the first try.
    pub port: u16,
    /// When it was first tried.
    pub first: Time,
    /// How often.
    pub tries: u64,
}

/// The list, and the way to whoever listens.
#[derive(Debug)]
pub struct Egress {
    list: Mutex<List>,
    listener: Arc<Listener>,
    /// The front's number among the dependencies: one behind the last.
    place: Id<Dependency>,
}

#[derive(Debug, Default)]
struct List {
    hosts: BTreeMap<String, Tried>,
    others: u64,
}

impl Egress {
    pub(super) fn new(listener: Arc<Listener>, place: Id<Dependency>) -> Self {
        Self { list: Mutex::default(), listener, place }
    }

    /// A host was tried.
    pub(super) fn tried(&self, host: &str, port: u16, now: Time) {
        {
            let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(known) = list.hosts.get_mut(host) {
                known.tries += 1;
            } else if list.hosts.len() < MOST_HOSTS {
                let tried = Tried { host: host.to_owned(), port, first: now, tries: 1 };
                list.hosts.insert(host.to_owned(), tried);
            } else {
                list.others += 1;
            }
        }
        let kind = EventKind::Egress(HostName::new(host));
        self.listener.tell(|| Event { dependency: self.place, at: now, kind });
    }

    /// What was tried so far, in the order of the first tries, and how many tries were of further hosts.
    pub fn list(&self) -> (Vec<Tried>, u64) {
        let list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<Tried> = list.hosts.values().cloned().collect();
        all.sort_by_key(|tried| tried.first);
        (all, list.others)
    }

    /// Forgets everything.
    pub fn clear(&self) {
        *self.list.lock().unwrap_or_else(PoisonError::into_inner) = List::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_bounded_and_counts() {
        let egress = Egress::new(Arc::default(), Id::new(0));
        for n in 0..MOST_HOSTS + 5 {
            egress.tried(&format!("h{n}.example"), 443, Time::from_micros(n as i64));
        }
        egress.tried("h0.example", 80, Time::from_micros(9_000));
        let (hosts, others) = egress.list();
        assert_eq!((hosts.len(), others), (MOST_HOSTS, 5));
        assert_eq!((hosts[0].host.as_str(), hosts[0].port, hosts[0].tries), ("h0.example", 443, 2));
        egress.clear();
        assert_eq!(egress.list(), (Vec::new(), 0));
    }
}
