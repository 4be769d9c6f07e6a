//! Hosts that the target tried and the scenario does not know.

use super::figures::Egress;
use crate::observation::HostName;
use crate::time::Time;
use std::collections::BTreeMap;

/// Hosts that are told apart; further ones are not counted.
const MOST: usize = 256;

/// One host.
#[derive(Clone, Debug)]
pub(super) struct EgressSeen {
    first: Time,
    /// By segment.
    pub(super) tries: Vec<u32>,
}

impl EgressSeen {
    /// In a run's figures.
    pub(super) fn of(&self, host: HostName) -> Egress {
        Egress { host, first: self.first, tries: self.tries.iter().sum() }
    }
}

/// A host was tried at `at`, in `segment` of so many.
pub(super) fn note(
    seen: &mut BTreeMap<HostName, EgressSeen>,
    host: HostName,
    at: Time,
    (segment, segments): (usize, usize),
) {
    if seen.len() >= MOST && !seen.contains_key(&host) {
        return;
    }
    let seen = seen.entry(host).or_insert_with(|| EgressSeen { first: at, tries: vec![0; segments] });
    seen.tries[segment] = seen.tries[segment].saturating_add(1);
}
