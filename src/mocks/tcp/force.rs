//! What the faults in force do to a connection: their wire forms added up.

use crate::mocks::judge::Befalls;
use crate::scenario::catalogue::{ByteFault, Toxic, Way, Wire};
use crate::time::{Span, Time};

/// How a fault ends a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// By a reset of both sides.
    Reset,
    /// In order.
    Close,
}

/// What is done to the bytes of one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct LaneForce {
    /// Nothing is passed on.
    pub(super) stopped: bool,
    /// How much later each piece arrives, and by how much that varies to both sides.
    pub(super) delay: Span,
    pub(super) jitter: Span,
    /// Bytes in a second.
    pub(super) rate: Option<u32>,
    /// How much later its end arrives.
    pub(super) slow_close: Span,
    /// Pieces of so many bytes, give or take so many, each so long after the one before.
    pub(super) slices: Option<(u32, u32, Span)>,
    /// After so many bytes the connection is closed.
    pub(super) limit: Option<u64>,
}

/// What is done to a connection.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Force {
    up: LaneForce,
    down: LaneForce,
    /// It ends at this moment.
    pub(super) cut: Option<(Time, Cut)>,
    /// It ends as soon as the client has said something.
    pub(super) at_first_byte: Option<Cut>,
    /// The mode that struck first.
    pub(super) name: Option<String>,
}

/// Since when each fault has been in force on one connection.
pub(super) type Since = Vec<(String, Time)>;

impl Force {
    /// What befalls a connection now. `since` is kept from one look to the next.
    pub(super) fn of(befalls: &Befalls, wire_of: impl Fn(usize) -> Option<Wire>, since: &mut Since, now: Time) -> Self {
        since.retain(|(mode, _)| befalls.failures.iter().any(|failure| failure.mode == *mode));
        let mut force = Self { name: befalls.failures.first().map(|failure| failure.mode.clone()), ..Self::default() };
        force.down.delay = befalls.slow;
        for (index, failure) in befalls.failures.iter().enumerate() {
            let struck = match since.iter().find(|(mode, _)| *mode == failure.mode) {
                Some((_, at)) => *at,
                None => {
                    since.push((failure.mode.clone(), now));
                    now
                }
            };
            match wire_of(index) {
                Some(Wire::Refuse {}) => force.cut_at(struck, Cut::Reset),
                Some(Wire::Reset {}) => force.at_first_byte = Some(Cut::Reset),
                Some(Wire::CloseEarly {}) => force.at_first_byte = Some(Cut::Close),
                Some(Wire::Hang {}) => (force.up.stopped, force.down.stopped) = (true, true),
                Some(Wire::Bytes(fault)) => force.add(fault, struck),
                // The language and the control API offer no other form to what is passed on.
                _ => {}
            }
        }
        force
    }

    fn add(&mut self, fault: ByteFault, struck: Time) {
        let ms = |ms: u32| Span::from_millis(i64::from(ms));
        match fault.does {
            Toxic::ResetPeer { ms: after } => self.cut_at(struck + ms(after), Cut::Reset),
            Toxic::Timeout { ms: after } if after > 0 => self.cut_at(struck + ms(after), Cut::Close),
            _ => {}
        }
        let lanes = match fault.way {
            Way::Up => [Some(&mut self.up), None],
            Way::Down => [Some(&mut self.down), None],
            Way::Both => [Some(&mut self.up), Some(&mut self.down)],
        };
        for lane in lanes.into_iter().flatten() {
            match fault.does {
                Toxic::Latency { ms: by, jitter_ms } => {
                    lane.delay += ms(by);
                    lane.jitter += ms(jitter_ms);
                }
                Toxic::Bandwidth { bytes_per_second } => {
                    lane.rate = Some(lane.rate.map_or(bytes_per_second, |rate| rate.min(bytes_per_second)).max(1));
                }
                Toxic::SlowClose { ms: by } => lane.slow_close += ms(by),
                Toxic::Timeout { .. } => lane.stopped = true,
                Toxic::Slicer { bytes, varies, pause_ms } => lane.slices = Some((bytes.max(1), varies, ms(pause_ms))),
                Toxic::LimitData { bytes } => lane.limit = Some(bytes),
                Toxic::ResetPeer { .. } => {}
            }
        }
    }

    fn cut_at(&mut self, at: Time, cut: Cut) {
        if self.cut.is_none_or(|(other, _)| at < other) {
            self.cut = Some((at, cut));
        }
    }

    /// What is done to one direction.
    pub(super) fn lane(&self, way: Way) -> &LaneForce {
        if way == Way::Up { &self.up } else { &self.down }
    }

    /// Whether it ends the connection at this moment.
    pub(super) fn cuts(&self, now: Time) -> Option<Cut> {
        self.cut.filter(|(at, _)| *at <= now).map(|(_, cut)| cut)
    }

    /// Whether a connection that begins now is of no use to a client.
    pub(super) fn spoils(&self) -> bool {
        let stopped = self.up.stopped || self.down.stopped;
        self.cut.is_some() || self.at_first_byte.is_some() || stopped
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mocks::judge::Failure;
    use crate::scenario::catalogue::Catalogue;

    fn of(modes: &[&str], since: &mut Since, seconds: i64) -> Force {
        let catalogue = Catalogue::shipped();
        let failures: Vec<Failure> = modes.iter().map(|mode| Failure::named(*mode)).collect();
        let befalls = Befalls { failures, slow: Span::ZERO };
        let wire = |index: usize| catalogue.get(modes[index]).map(|mode| mode.wire.clone());
        Force::of(&befalls, wire, since, Time::ZERO + Span::from_secs(seconds))
    }

    #[test]
    fn faults_add_up() {
        let force = of(&["tcp.latency", "tcp.bandwidth", "tcp.slicer"], &mut Since::new(), 0);
        let down = force.lane(Way::Down);
        assert!(down.delay > Span::ZERO && down.rate.is_some() && down.slices.is_some());
        assert_eq!(force.lane(Way::Up), &LaneForce::default());
        assert_eq!((force.name.as_deref(), force.spoils()), (Some("tcp.latency"), false));
    }

    #[test]
    fn a_cut_counts_from_when_its_fault_struck() {
        let mut since = Since::new();
        let later = Time::ZERO + Span::from_secs(3);
        let first = of(&["tcp.down", "tcp.timeout"], &mut since, 3);
        assert_eq!((first.cuts(later), first.spoils()), (Some(Cut::Reset), true));
        assert_eq!(of(&["tcp.down"], &mut since, 9).cut, Some((later, Cut::Reset)));
        assert_eq!(of(&[], &mut since, 10), Force::default());
        let again = Time::ZERO + Span::from_secs(11);
        assert_eq!(of(&["tcp.down"], &mut since, 11).cut, Some((again, Cut::Reset)));
    }

    #[test]
    fn every_mode_that_is_offered_does_something() {
        let catalogue = Catalogue::shipped();
        for mode in catalogue.names_for("tcp") {
            assert_ne!(
                of(&[mode], &mut Since::new(), 0),
                Force { name: Some(mode.into()), ..Force::default() },
                "{mode}"
            );
        }
    }
}
