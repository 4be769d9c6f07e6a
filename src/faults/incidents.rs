//! Whether a request to a dependency is hit: drawn by (outage, contact, attempt) where the contact is known, else by the
//! n-th such request since the day began. Never from a clock or a shared generator, so a fault replays exactly.

use crate::rng::{Luck, What};
use crate::scenario::model::{Dependency, Distribution, Fails, Hits, Id, Outage, Scenario};
use crate::time::{Span, Time};

/// Who asks, as far as luck is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker {
    /// On behalf of a customer: the how-manieth request for them to this dependency.
    Customer {
        /// The customer's number.
        customer: u64,
        /// Counted from zero over all requests for this customer to this dependency.
        nth: u32,
    },
    /// Nobody in particular (a probe, a page): the n-th such request to the dependency since the day began.
    Nobody {
        /// Counted from zero.
        nth: u32,
    },
}

/// What a request meets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fate {
    /// How much longer than normal the reply takes.
    pub slow: Span,
    /// Whether it fails.
    pub failure: Option<Failure>,
}

/// A failing request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The outage that hit it, by its place in [`Incidents::outages`].
    pub outage: u16,
    /// When the client sees it; `None` when only its own timeout ends the wait.
    pub seen_after: Option<Span>,
}

/// The outages of a scenario, by dependency; a replayed incident phase by phase. An outage that reaches others
/// ([`Outage::reaches`]) is one of each of them too, with the same luck: who is hit there in an attempt is hit here. Those that befall only some requests, sockets or webhooks are for the mocks to judge
/// ([`Incidents::meet_one`]): to the world their dependency is well.
#[derive(Clone, Debug)]
pub struct Incidents {
    luck: Luck,
    outages: Vec<Outage>,
    /// The outage of the scenario that each belongs to. The phases of one have their luck in common: who is hit in a mild one
    /// is hit in every worse one.
    belongs_to: Vec<u16>,
    by_dependency: Vec<Vec<u16>>,
}

/// Which line a call has is the request of its customer that no desk makes.
const LINE: u64 = 0x80_0001;

/// Salt of the draws of requests that nobody in particular makes, apart from every customer's number.
const NOBODY: u64 = 1 << 63;

impl Incidents {
    /// The outages of the run with this luck.
    pub fn new(scenario: &Scenario, luck: Luck) -> Self {
        let mut by_dependency = vec![Vec::new(); scenario.desk.dependencies.len()];
        let parts = scenario.outages.iter().enumerate();
        let parts = parts.flat_map(|(n, outage)| outage.parts().map(move |part| (n as u16, part.clone())));
        let (mut belongs_to, mut outages): (Vec<u16>, Vec<Outage>) = parts.unzip();
        // Those who stand on what is broken have its luck too; they stand last, so that no other draw is named anew.
        for index in 0..outages.len() {
            let reached = outages[index].reached().filter(|outage| outage.on_wire().is_none());
            let reached: Vec<Outage> = reached.collect();
            belongs_to.resize(belongs_to.len() + reached.len(), belongs_to[index]);
            outages.extend(reached);
        }
        for (index, outage) in outages.iter().enumerate().filter(|(_, outage)| outage.on_wire().is_none()) {
            by_dependency[outage.of.index()].push(index as u16);
        }
        Self { luck, outages, belongs_to, by_dependency }
    }

    /// What a request to `of` meets at `at`.
    pub fn meet(&self, of: Id<Dependency>, at: Time, asker: Asker) -> Fate {
        let mut fate = Fate { slow: Span::ZERO, failure: None };
        for &index in &self.by_dependency[of.index()] {
            self.meet_one(index, at, asker, &mut fate);
        }
        fate
    }

    /// What a request meets where an outage can fail it only if `fails` says so of its index; it may be slowed by all.
    pub fn meet_where(&self, of: Id<Dependency>, at: Time, asker: Asker, fails: impl Fn(u16) -> bool) -> Fate {
        let mut fate = Fate { slow: Span::ZERO, failure: None };
        for one in self.meet_each(of, at, asker) {
            fate.slow += one.slow;
            fate.failure = fate.failure.or(one.failure.filter(|failure| fails(failure.outage)));
        }
        fate
    }

    /// What a request meets of each outage of a dependency by itself.
    pub fn meet_each(&self, of: Id<Dependency>, at: Time, asker: Asker) -> impl Iterator<Item = Fate> {
        self.by_dependency[of.index()].iter().map(move |&index| {
            let mut fate = Fate { slow: Span::ZERO, failure: None };
            self.meet_one(index, at, asker, &mut fate);
            fate
        })
    }

    /// What a request meets of one outage: added to its fate; whether it fails by this outage.
    pub fn meet_one(&self, index: u16, at: Time, asker: Asker, fate: &mut Fate) -> bool {
        let outage = &self.outages[usize::from(index)];
        let intensity = outage.intensity(at);
        if intensity <= 0.0 {
            return false;
        }
        let whole = self.belongs_to[usize::from(index)];
        let (who, n) = name(asker, whole);
        if let Some(fails) = &outage.fails {
            let n = match (fails.hits, asker) {
                (Hits::Customers, Asker::Customer { .. }) => u64::from(whole) << 24,
                _ => n,
            };
            if self.luck.chance(who, What::Fault, n) < fails.of_requests() * intensity {
                fate.failure.get_or_insert(Failure { outage: index, seen_after: fails.seen_after });
                return true;
            }
        }
        if let Some(slow) = &outage.slow {
            fate.slow += slow.sample(&mut self.luck.draw(who, What::Slow, n)).times(intensity);
        }
        false
    }

    /// How long a healthy reply takes, for the same asker.
    pub fn latency(&self, of: Id<Dependency>, normal: &Distribution, asker: Asker) -> Span {
        let (who, n) = name(asker, of.index() as u16);
        normal.sample(&mut self.luck.draw(who, What::Latency, n))
    }

    /// Whether every request to `of` fails at `at`: people see that a tool is down, customers that a line is dead.
    pub fn is_down(&self, of: Id<Dependency>, at: Time) -> bool {
        self.share_failing(of, at) >= 1.0
    }

    /// The share of requests to `of` that fails at `at`.
    pub fn share_failing(&self, of: Id<Dependency>, at: Time) -> f64 {
        let failing = |index: &u16| {
            let outage = &self.outages[usize::from(*index)];
            outage.fails.as_ref().map_or(0.0, Fails::of_requests) * outage.intensity(at)
        };
        self.together(of, failing)
    }

    /// The share of the lines of `of` that are dead at `at`, while its API is well.
    pub fn lines_dead(&self, of: Id<Dependency>, at: Time) -> f64 {
        self.dead(of, at, |_| true)
    }

    /// Whether the line dies under a call of this customer that began at `since`: then it had a line that worked, and those
    /// that die together are the same every time.
    pub fn line_dies(&self, of: Id<Dependency>, since: Time, at: Time, customer: u64) -> bool {
        let cuts = |outage: &Outage| outage.drops_calls;
        let [before, now] = [since, at].map(|at| self.dead(of, at, cuts));
        now > before && {
            let line = self.luck.chance(customer, What::Fault, (of.index() as u64) << 24 | LINE);
            before + (1.0 - before) * line < now
        }
    }

    fn dead(&self, of: Id<Dependency>, at: Time, counts: impl Fn(&Outage) -> bool) -> f64 {
        self.together(of, |index: &u16| {
            let outage = Some(&self.outages[usize::from(*index)]).filter(|outage| counts(outage));
            outage.map_or(0.0, |one| one.fails.as_ref().map_or(0.0, Fails::of_lines) * one.intensity(at))
        })
    }

    /// What the outages of a dependency come to together: of the phases of one the worst counts.
    fn together(&self, of: Id<Dependency>, share: impl Fn(&u16) -> f64) -> f64 {
        let of_one = |a: &u16, b: &u16| self.belongs_to[usize::from(*a)] == self.belongs_to[usize::from(*b)];
        let passing: f64 = self.by_dependency[of.index()]
            .chunk_by(of_one)
            .map(|phases| 1.0 - phases.iter().map(&share).fold(0.0, f64::max))
            .product();
        1.0 - passing
    }

    /// The next moment after `at` at which an outage begins, flaps or ends.
    pub fn next_change(&self, at: Time) -> Option<Time> {
        self.outages.iter().filter_map(|outage| outage.next_change(at)).min()
    }

    /// The first moment from `at` on at which `of` is not wholly down; `None` if that never comes.
    pub fn up_again(&self, of: Id<Dependency>, at: Time) -> Option<Time> {
        let mut now = at;
        while self.is_down(of, now) {
            let next = self.by_dependency[of.index()]
                .iter()
                .filter_map(|&index| self.outages[usize::from(index)].next_change(now))
                .min()?;
            now = next;
        }
        Some(now)
    }

    /// The luck of the run.
    pub fn luck(&self) -> Luck {
        self.luck
    }

    /// The outages themselves, a replayed incident phase by phase.
    pub fn outages(&self) -> &[Outage] {
        &self.outages
    }
}

/// The name of a draw: who, and which of their requests in which outage.
fn name(asker: Asker, index: u16) -> (u64, u64) {
    match asker {
        Asker::Customer { customer, nth } => (customer, u64::from(index) << 24 | u64::from(nth & 0x7F_FFFF)),
        Asker::Nobody { nth } => (NOBODY, u64::from(index) << 24 | u64::from(nth & 0xFF_FFFF)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::model::Window;

    fn incidents(share: f64, hits: Hits) -> Incidents {
        let outage = Outage {
            name: "o".into(),
            of: Id::new(0),
            window: Window { from: Time::ZERO, to: Time::from_secs_f64(100.0) },
            rises_over: Span::ZERO,
            recovers_over: Span::ZERO,
            fails: Some(Fails {
                share,
                with: "hang".into(),
                seen_after: None,
                hits,
                on_wire: None,
                retry_after: None,
                status: None,
            }),
            slow: Some(Distribution::Constant(Span::from_secs(3))),
            flaps: None,
            drops_calls: false,
            replay: None,
            reaches: Vec::new(),
        };
        Incidents { luck: Luck::new(1, 0), outages: vec![outage], belongs_to: vec![0], by_dependency: vec![vec![0]] }
    }

    fn hit(incidents: &Incidents, customer: u64, nth: u32) -> bool {
        let fate = incidents.meet(Id::new(0), Time::from_secs_f64(10.0), Asker::Customer { customer, nth });
        assert_eq!(
            fate.slow == Span::ZERO,
            fate.failure.is_some(),
            "what fails is not slow, what is slow does not fail"
        );
        fate.failure.is_some()
    }

    #[test]
    fn a_share_of_requests_is_hit_and_always_the_same_ones() {
        let incidents = incidents(0.3, Hits::Requests);
        let hits: Vec<bool> = (0..20_000).map(|i| hit(&incidents, i / 4, (i % 4) as u32)).collect();
        let share = hits.iter().filter(|h| **h).count() as f64 / 20_000.0;
        assert!((share - 0.3).abs() < 5.0 * (0.21f64 / 20_000.0).sqrt(), "{share}");
        let again: Vec<bool> = (0..20_000).map(|i| hit(&incidents, i / 4, (i % 4) as u32)).collect();
        assert_eq!(hits, again);
    }

    #[test]
    fn an_outage_that_recovers_slowly_is_not_wholly_down_until_its_last_moment() {
        let mut incidents = incidents(1.0, Hits::Requests);
        incidents.outages[0].recovers_over = Span::from_secs(600);
        let (of, end) = (Id::new(0), Time::from_secs_f64(100.0));
        assert!(incidents.is_down(of, Time::from_secs_f64(99.9)) && !incidents.is_down(of, end));
        assert_eq!(incidents.up_again(of, Time::from_secs_f64(10.0)), Some(end));
    }

    #[test]
    fn the_same_customers_are_hit_all_the_time_when_the_scenario_says_so() {
        let incidents = incidents(0.5, Hits::Customers);
        for customer in 0..200 {
            let first = hit(&incidents, customer, 0);
            assert!((1..5).all(|nth| hit(&incidents, customer, nth) == first));
        }
    }

    #[test]
    fn an_outage_that_cannot_fail_a_request_hides_no_other() {
        let mut incidents = incidents(1.0, Hits::Requests);
        let mut slow = incidents.outages[0].clone();
        slow.fails = None;
        incidents.outages.extend([incidents.outages[0].clone(), slow]);
        (incidents.belongs_to, incidents.by_dependency) = (vec![0, 1, 2], vec![vec![0, 1, 2]]);
        let (now, nobody) = (Time::from_secs_f64(10.0), Asker::Nobody { nth: 0 });
        let by = |fails: &dyn Fn(u16) -> bool| {
            let fate = incidents.meet_where(Id::new(0), now, nobody, fails);
            (fate.failure.map(|failure| failure.outage), fate.slow)
        };
        let slow = Span::from_secs(3);
        assert_eq!(
            [by(&|_| true), by(&|outage| outage == 1), by(&|_| false)],
            [(Some(0), slow), (Some(1), slow), (None, slow)]
        );
        let each = incidents.meet_each(Id::new(0), now, nobody).map(|fate| fate.failure.is_some());
        assert_eq!(each.collect::<Vec<_>>(), [true, true, false]);
    }

    #[test]
    fn outside_the_window_nothing_is_hit() {
        let incidents = incidents(1.0, Hits::Requests);
        let late = incidents.meet(Id::new(0), Time::from_secs_f64(100.0), Asker::Nobody { nth: 0 });
        assert_eq!(late, Fate { slow: Span::ZERO, failure: None });
        assert!(incidents.is_down(Id::new(0), Time::ZERO));
        assert_eq!(incidents.up_again(Id::new(0), Time::ZERO), Some(Time::from_secs_f64(100.0)));
    }
}
