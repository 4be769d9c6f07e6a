//! How a target spaces its retries: whether they come at once, whether the pauses grow, and whether those of many contacts
//! come in lock step, as they do without jitter. Figured where the same call is known again by its bytes, which is in a
//! rehearsal; a pause that a vendor asked for by Retry-After and that was kept is the vendor's, and not counted.

use super::durations::{Durations, Tally};
use crate::observation::Again;
use crate::scenario::model::{Dependency, Id};
use crate::seam::ContactId;
use crate::time::{Span, Time};
use std::collections::BTreeMap;

/// A retry sooner than this after the failure came at once: no timer was set, only work was done. The shortest first pause
/// among the clients in `vendors.md` is openai's, 0.375 s.
pub const AT_ONCE: Span = Span::from_millis(100);
/// Retries that begin within this of each other fall into one instant: well below the spread that jitter gives (openai's
/// quarter of half a second is 125 ms at the first retry and a second or two later on), well above what threads need to wake.
pub const INSTANT: Span = Span::from_millis(200);
/// Contacts whose retries in one instant are a crowd. Fewer meet by chance on any busy day.
pub const CROWD: u32 = 5;
/// A crowd is none if the minute is so busy that as many are expected: this many standard deviations (of a Poisson count
/// with the minute's own mean, the crowd included) above the mean and more is no chance, in a million instants neither.
const DEVIATIONS: f64 = 6.0;
/// Instants that are told apart, and contacts that are followed; beyond them retries are counted, but in no instant.
const KEPT: usize = 1 << 17;

/// What the retries at one dependency came to in a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Spacing {
    /// Of which dependency.
    pub of: Id<Dependency>,
    /// Retries whose pause was the target's own.
    pub retries: u32,
    /// The median pause, s.
    pub pause: f64,
    /// Retries of a call whose try before was a retry too: where a backoff shows.
    pub later: u32,
    /// Of these, how many came at once.
    pub later_at_once: u32,
    /// Of these, how many came after a pause longer by at least half than the one before.
    pub grew: u32,
    /// Retries that came in a crowd: [`CROWD`] contacts or more in one instant, beyond chance.
    pub in_step: u32,
    /// The largest crowd: when, and how many contacts.
    pub crowd: Option<(Time, u32)>,
}

#[derive(Clone, Debug, Default)]
struct Of {
    retries: u32,
    pauses: Durations,
    later: u32,
    later_at_once: u32,
    grew: u32,
    /// Contacts that retried, by instant.
    instants: BTreeMap<i64, u32>,
    /// The last instant of a contact, so that it counts once in each.
    last: BTreeMap<ContactId, i64>,
}

/// All retries of a run.
#[derive(Clone, Debug)]
pub(super) struct Retries {
    of: Vec<Of>,
    /// Whether a contact is followed at all: in a simulation none is, and each that is over asks.
    follows: bool,
}

/// Whether a pause grew: by at least half.
pub(super) fn grew(pause: Span, before: Span) -> bool {
    pause.micros() * 2 >= before.micros() * 3
}

impl Retries {
    /// Nothing yet.
    pub(super) fn new(dependencies: usize) -> Self {
        Self { of: vec![Of::default(); dependencies], follows: false }
    }
    /// A retry that began at `began`.
    pub(super) fn see(&mut self, of: Id<Dependency>, contact: Option<ContactId>, began: Time, again: &Again) {
        let Some(of) = self.of.get_mut(of.index()).filter(|_| !again.asked) else { return };
        of.retries += 1;
        of.pauses.add(again.pause);
        if let Some(before) = again.before {
            of.later += 1;
            of.later_at_once += u32::from(again.pause < AT_ONCE);
            of.grew += u32::from(again.pause >= AT_ONCE && grew(again.pause, before));
        }
        let Some(contact) = contact else { return };
        self.follows = true;
        let instant = began.micros().div_euclid(INSTANT.micros());
        let known = of.last.len() < KEPT || of.last.contains_key(&contact);
        if known && of.instants.len() < KEPT && of.last.insert(contact, instant) != Some(instant) {
            *of.instants.entry(instant).or_default() += 1;
        }
    }
    /// A contact is over.
    pub(super) fn forget(&mut self, contact: ContactId) {
        if self.follows {
            self.of.iter_mut().for_each(|of| {
                of.last.remove(&contact);
            });
        }
    }
    /// What they came to, of each dependency that had some.
    pub(super) fn spacing(&self, tally: &mut Tally) -> Vec<Spacing> {
        let some = self.of.iter().enumerate().filter(|(_, of)| of.retries > 0);
        let spacing = |(place, of): (usize, &Of)| {
            tally.add(&of.pauses);
            let pause = tally.take().map_or(0.0, |spread| spread.p50);
            let (in_step, crowd) = of.crowds();
            Spacing {
                of: Id::new(place),
                retries: of.retries,
                pause,
                later: of.later,
                later_at_once: of.later_at_once,
                grew: of.grew,
                in_step,
                crowd,
            }
        };
        some.map(spacing).collect()
    }
}

impl Of {
    /// How many came in crowds, and the largest of these.
    fn crowds(&self) -> (u32, Option<(Time, u32)>) {
        let instants_a_minute = Span::MINUTE.micros() / INSTANT.micros();
        let minute = |instant: i64| instant.div_euclid(instants_a_minute);
        let mut minutes: BTreeMap<i64, u32> = BTreeMap::new();
        for (instant, contacts) in &self.instants {
            *minutes.entry(minute(*instant)).or_default() += contacts;
        }
        let (mut sum, mut largest) = (0, None);
        for (instant, contacts) in &self.instants {
            let of_minute = minutes.get(&minute(*instant)).copied().unwrap_or_default();
            let mean = f64::from(of_minute) / instants_a_minute as f64;
            if *contacts < CROWD || f64::from(*contacts) < mean + DEVIATIONS * mean.sqrt() {
                continue;
            }
            sum += contacts;
            if largest.is_none_or(|(_, most)| *contacts > most) {
                largest = Some((Time::from_micros(instant * INSTANT.micros()), *contacts));
            }
        }
        (sum, largest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Luck, What};

    const LLM: Id<Dependency> = Id::new(0);

    fn seen(retries: impl IntoIterator<Item = (u32, i64, i64, Option<i64>)>) -> Spacing {
        let mut all = Retries::new(1);
        for (contact, at, pause, before) in retries {
            let again = Again { pause: Span::from_millis(pause), before: before.map(Span::from_millis), asked: false };
            all.see(LLM, Some(ContactId::new(contact, 0)), Time::ZERO + Span::from_millis(at), &again);
        }
        all.spacing(&mut Tally::default()).pop().expect("there are retries")
    }

    #[test]
    fn pauses_that_double_grow_and_those_at_once_do_not() {
        let doubling = seen([(1, 1_000, 1_000, None), (1, 3_000, 2_000, Some(1_000)), (1, 7_000, 4_000, Some(2_000))]);
        assert_eq!((doubling.retries, doubling.later, doubling.grew, doubling.later_at_once), (3, 2, 2, 0));
        assert!((doubling.pause - 2.0).abs() < 0.01);
        let at_once = seen([(1, 10, 5, None), (1, 20, 9, Some(5)), (1, 50, 20, Some(9))]);
        assert_eq!((at_once.grew, at_once.later_at_once), (0, 2), "what comes at once has not backed off");
    }

    #[test]
    fn retries_of_many_contacts_in_one_instant_are_in_step() {
        let crowd = |every: i64| (0..200u32).map(move |n| (n, i64::from(n / 10) * every + 1_000, 1_000, None));
        let in_step = seen(crowd(5_000));
        assert_eq!((in_step.in_step, in_step.crowd.map(|(_, n)| n)), (200, Some(10)));
        // The same contact again and again is no crowd.
        let one = seen((0..50).map(|n| (7, 1_000 + n, 1, Some(1))));
        assert_eq!((one.in_step, one.crowd), (0, None));
    }

    #[test]
    fn what_meets_by_chance_is_not_in_step() {
        for (a_minute, minutes) in [(60u32, 60), (600, 20), (6_000, 5)] {
            let luck = Luck::new(11, u64::from(a_minute));
            let all = (0..a_minute * minutes).map(|n| {
                let at = luck.chance(u64::from(n), What::Test, 0) * f64::from(minutes) * 60_000.0;
                (n, at as i64, 700, None)
            });
            let spacing = seen(all);
            let share = f64::from(spacing.in_step) / f64::from(spacing.retries);
            assert!(share < 0.01, "{a_minute} a minute: {share}");
        }
    }

    #[test]
    fn a_wait_that_was_asked_for_is_the_vendors() {
        let mut all = Retries::new(1);
        let again = Again { pause: Span::from_secs(5), before: None, asked: true };
        all.see(LLM, Some(ContactId::new(1, 0)), Time::ZERO, &again);
        assert!(all.spacing(&mut Tally::default()).is_empty());
    }
}
