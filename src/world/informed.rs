//! What the public knows: updates in force, promises kept and broken; the customers who stay away because of them; and the
//! stars that a contact is worth to its customer.

use super::World;
use super::customers::Opening;
use super::outside::{Outside, Wake};
use crate::observation::{Cause, Observation, Who};
use crate::rng::What;
use crate::scenario::model::{Dependency, Id, Satisfaction, Segment};
use crate::time::{Span, Time};
use rand_distr::{Distribution as _, StandardNormal};

/// What the public was told last.
#[derive(Clone, Debug)]
pub struct Public {
    /// The last update that reached it, until the all-clear.
    last: Option<Update>,
    /// By segment: called in person since the last all-clear.
    called: Vec<bool>,
}

#[derive(Clone, Copy, Debug)]
struct Update {
    at: Time,
    /// Where it stands.
    over: Id<Dependency>,
    /// When the next one is promised.
    next_by: Option<Time>,
}

/// How a customer stands who has looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// There is nothing to be read.
    Untold,
    /// There is an update, and no promise was broken.
    Told,
    /// The next update was promised for sooner.
    LetDown,
}

/// One who stays away for now.
#[derive(Clone, Copy, Debug)]
struct Away {
    opening: Opening,
    /// When they would have contacted.
    since: Time,
    /// The outage, by its place in the scenario, because of which they would have.
    outage: u16,
}

/// Those who stay away, each until it is time to look again.
#[derive(Clone, Debug, Default)]
pub struct StayAway {
    slots: Vec<Option<Away>>,
    free: Vec<u32>,
}

impl StayAway {
    fn add(&mut self, away: Away) -> u32 {
        if let Some(slot) = self.free.pop() {
            self.slots[slot as usize] = Some(away);
            return slot;
        }
        self.slots.push(Some(away));
        (self.slots.len() - 1) as u32
    }

    fn take(&mut self, slot: u32) -> Option<Away> {
        let away = self.slots.get_mut(slot as usize)?.take()?;
        self.free.push(slot);
        Some(away)
    }
}

impl Public {
    /// Nobody was told anything.
    pub fn new(segments: usize) -> Self {
        Self { last: None, called: vec![false; segments] }
    }

    fn standing(&self, segment: Id<Segment>, now: Time) -> Standing {
        match self.last {
            Some(Update { next_by: Some(by), .. }) if by < now => Standing::LetDown,
            Some(_) => Standing::Told,
            None if self.called[segment.index()] => Standing::Told,
            None => Standing::Untold,
        }
    }
}

impl World {
    /// The public reads an update, if it got through.
    pub(super) fn public_reads(&mut self, now: Time, over: Id<Dependency>, all_clear: bool, next_by: Option<Time>) {
        self.public.last = (!all_clear).then_some(Update { at: now, over, next_by });
        if all_clear {
            self.public.called.fill(false);
        }
    }

    /// The customers of a segment are called in person.
    pub(super) fn calls_in_person(&mut self, segment: Id<Segment>) {
        self.public.called[segment.index()] = true;
    }

    /// Whether a customer whom an outage brings looks first, and stays away for now.
    #[cold]
    pub(super) fn stays_away(&mut self, now: Time, opening: Opening, outage: u16, out: &mut impl Outside) -> bool {
        let Some(informed) = &self.scenario.desk.customers.informed else { return false };
        // Where the page itself is down there is nothing to look at.
        let legible = self.public.last.is_some_and(|update| !self.incidents.is_down(update.over, now));
        let looks = legible && self.luck.chance(opening.customer, What::Informed, 0) < informed.look;
        // A call in person reaches everybody whom it is for.
        let called = self.public.called[opening.segment.index()];
        if !(looks || called) || self.public.standing(opening.segment, now) != Standing::Told {
            return false;
        }
        self.look_again(now, Away { opening, since: now, outage }, out);
        true
    }

    /// They wait for what is promised, and else for as long as one waits.
    fn look_again(&mut self, now: Time, away: Away, out: &mut impl Outside) {
        let Some(informed) = &self.scenario.desk.customers.informed else { return };
        let promised = self.public.last.and_then(|update| update.next_by).filter(|by| *by >= now);
        // A little after the promise: what is posted at the very moment is in time.
        let at = promised.map_or(now + informed.wait, |by| by + Span::from_secs(1));
        if at < self.scenario.end() {
            let slot = self.away.add(away);
            out.wake(at, Wake::LooksAgain { slot });
        } else {
            self.kept_away(away, out);
        }
    }

    /// Somebody who stayed away looks again: the outage is over, or there is news, or it is enough.
    pub(super) fn looks_again(&mut self, now: Time, slot: u32, out: &mut impl Outside) {
        let Some(away) = self.away.take(slot) else { return };
        let outage = self.scenario.outages.get(usize::from(away.outage));
        if outage.is_none_or(|outage| now >= outage.window.to + outage.recovers_over) {
            return self.kept_away(away, out);
        }
        let Some(informed) = &self.scenario.desk.customers.informed else { return };
        let fresh = |update: Update| update.next_by.is_some_and(|by| by >= now) || now.since(update.at) < informed.wait;
        let news = self.public.last.is_some_and(fresh);
        if news && self.public.standing(away.opening.segment, now) == Standing::Told {
            return self.look_again(now, away, out);
        }
        self.start_kept(now, Opening { cause: Cause::LetDown, ..away.opening }, out);
    }

    fn kept_away(&self, away: Away, out: &mut impl Outside) {
        out.see(Observation::KeptAway { who: away.opening.without_contact(away.since) });
    }

    /// Those who still stay away at the close.
    pub(super) fn close_away(&mut self, out: &mut impl Outside) {
        for away in std::mem::take(&mut self.away).slots.into_iter().flatten() {
            self.kept_away(away, out);
        }
    }

    /// The customer's stars for a contact that ended so.
    #[inline]
    pub(super) fn rates(&self, now: Time, who: Who, waited: Span, end: End, out: &mut impl Outside) {
        if let Some(weights) = &self.scenario.desk.customers.satisfaction {
            out.see(Observation::Rated { who, stars: self.stars(weights, now, who, waited, end) });
        }
    }

    #[cold]
    fn stars(&self, weights: &Satisfaction, now: Time, who: Who, waited: Span, end: End) -> u8 {
        let wait = weights.wait[who.channel.index()].map_or(0.0, |star| waited.secs_f64() / star.secs_f64());
        let repeats = f64::from(who.attempt.saturating_sub(1));
        let end = match end {
            End::Solved => 0.0,
            End::Unsolved => weights.unsolved,
            End::Lost => weights.lost,
        };
        let told = match self.public.standing(who.segment, now) {
            Standing::Untold => 0.0,
            Standing::Told => weights.informed,
            Standing::LetDown => -weights.let_down,
        };
        let n = u64::from(who.attempt);
        let taste: f64 = StandardNormal.sample(&mut self.luck.draw(who.customer, What::Satisfaction, n));
        let stars = weights.at_best - wait - weights.repeat * repeats - end + told + weights.spread * taste;
        // As a form has it: whole stars, and at least one.
        stars.round().clamp(1.0, 5.0) as u8
    }
}

/// How a contact ended, as its customer sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Helped.
    Solved,
    /// Answered, and not helped.
    Unsolved,
    /// Turned away, gave up or cut off.
    Lost,
}
