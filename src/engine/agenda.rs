//! The agenda: everything that will happen, ordered by (time, sequence number), first in first out among equal times.
//!
//! A calendar queue (Brown 1988): a ring of slots of equal width, each a short list in order, holds what is due soon, and a
//! heap what is due after the ring's end. Adding and taking touch one slot each, however much is pending. The width follows
//! how far events lie apart, so a slot holds one or two; a slot that gets crowded all the same makes all of them narrower.
//! The order is exact at any width. Entries are never removed, only void when their time comes (see the epochs of the world).

use crate::time::Time;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// Slots of the ring, a power of two.
const SLOTS: usize = 1024;
/// Words with a bit for each slot: whether anything is in it.
const WORDS: usize = SLOTS / 64;
/// No entry.
const NONE: u32 = u32::MAX;
/// The width of a slot at first, as a power of two of microseconds: about a second.
const SECOND: u32 = 20;
/// So many takings are watched before the width is judged.
const WATCHED: u32 = 4096;
/// A slot in which so many entries must be passed is crowded.
const CROWD: u32 = 64;
/// A slot without entries.
const EMPTY: [u32; 2] = [NONE; 2];
/// When the next entry is due if there is none.
const NEVER: u64 = u64::MAX;

/// A queue of timed events.
#[derive(Clone, Debug)]
pub struct Agenda<E> {
    /// The entries of the ring, and places that are free.
    entries: Vec<Entry<E>>,
    free: u32,
    /// First and last entry of each slot.
    slots: Vec<[u32; 2]>,
    filled: [u64; WORDS],
    /// The width of a slot is two to this power, in microseconds.
    width: u32,
    /// Where the ring begins, counted in widths from the start; what is sooner counts there.
    base: u64,
    /// What is due after the end of the ring: a heap.
    far: BinaryHeap<Entry<E>>,
    /// When the next entry is due, and its slot; none if it lies in the heap.
    next: u64,
    next_slot: u32,
    pending: usize,
    sequence: u32,
    /// Takings since the width was judged, and when the first of them was due.
    taken: u32,
    since: u64,
}

#[derive(Clone, Copy, Debug)]
struct Entry<E> {
    /// When it is due, in microseconds: what is due before the start is due at once.
    at: u64,
    /// Entries are numbered as they are added; among equal times the numbers lie near each other, so they may wrap.
    sequence: u32,
    /// The entry that comes next in its slot, or the next place that is free.
    after: u32,
    event: E,
}

impl<E> Entry<E> {
    #[inline]
    fn is_after(&self, at: u64, sequence: u32) -> bool {
        self.at > at || (self.at == at && (self.sequence.wrapping_sub(sequence) as i32) > 0)
    }
}

// The first to come is the greatest, as a heap of the standard library wants it.
impl<E> Ord for Entry<E> {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.is_after(other.at, other.sequence) {
            Ordering::Less
        } else if other.is_after(self.at, self.sequence) {
            Ordering::Greater
        } else {
            Ordering::Equal
        }
    }
}
impl<E> PartialOrd for Entry<E> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<E> PartialEq for Entry<E> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl<E> Eq for Entry<E> {}

impl<E> Default for Agenda<E> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            free: NONE,
            slots: vec![EMPTY; SLOTS],
            filled: [0; WORDS],
            width: SECOND,
            base: 0,
            far: BinaryHeap::new(),
            next: NEVER,
            next_slot: NONE,
            pending: 0,
            sequence: 0,
            taken: 0,
            since: 0,
        }
    }
}

impl<E: Copy> Agenda<E> {
    /// Adds an event.
    #[inline(always)]
    pub fn add(&mut self, at: Time, event: E) {
        self.sequence = self.sequence.wrapping_add(1);
        self.pending += 1;
        let (at, sequence) = (at.micros().max(0) as u64, self.sequence);
        let place = self.store(Entry { at, sequence, after: NONE, event });
        self.link(place, at, sequence);
    }

    /// When the next event is due.
    #[inline]
    pub fn next_at(&self) -> Option<Time> {
        (self.pending > 0).then(|| Time::from_micros(self.next as i64))
    }

    /// Takes the next event.
    #[inline]
    pub fn take(&mut self) -> Option<E> {
        if self.next_slot == NONE {
            return self.take_far();
        }
        self.pending -= 1;
        let slot = self.next_slot as usize % SLOTS;
        let place = self.slots[slot][0];
        let Entry { at, after, event, .. } = self.entries[place as usize];
        self.give_back(place);
        self.taken += 1;
        if after == NONE {
            self.slots[slot] = EMPTY;
            self.filled[slot / 64] &= !(1 << (slot % 64));
            self.base = self.base.max(at >> self.width);
            self.look_on(at);
        } else {
            self.slots[slot][0] = after;
            self.next = self.entries[after as usize].at;
        }
        Some(event)
    }

    /// How many events are pending, void ones included.
    pub fn len(&self) -> usize {
        self.pending
    }

    /// Whether nothing is pending.
    pub fn is_empty(&self) -> bool {
        self.pending == 0
    }

    /// The ring's beginning moved on to `now`: what lies beyond its end may lie in it now, and another slot is the next.
    #[inline]
    fn look_on(&mut self, now: u64) {
        if self.taken >= WATCHED {
            self.judge(now);
        }
        if self.far.peek().is_some_and(|first| self.holds(first.at)) {
            self.fetch();
        }
        self.find_next();
    }

    #[inline]
    fn holds(&self, at: u64) -> bool {
        at >> self.width < self.base + SLOTS as u64
    }

    /// Puts a stored entry into its slot, or beyond the end of the ring.
    #[inline(never)]
    fn link(&mut self, place: u32, at: u64, sequence: u32) {
        if !self.holds(at) {
            return self.put_far(place);
        }
        let slot = (at >> self.width).max(self.base) as usize % SLOTS;
        let [first, last] = self.slots[slot];
        if first == NONE {
            self.slots[slot] = [place; 2];
            self.filled[slot / 64] |= 1 << (slot % 64);
        } else if !self.entries[last as usize].is_after(at, sequence) {
            self.entries[last as usize].after = place;
            self.slots[slot][1] = place;
        } else if self.entries[first as usize].is_after(at, sequence) {
            self.entries[place as usize].after = first;
            self.slots[slot][0] = place;
        } else {
            // Not the next; and where it lies may be another slot by now.
            return self.put_between(first, place, at, sequence);
        }
        // Of equal times the one that is there is first, unless the far ones are fetched, and then the next is sought.
        if at < self.next || self.next_slot == NONE {
            (self.next, self.next_slot) = (at, slot as u32);
        }
    }

    #[cold]
    fn put_far(&mut self, place: u32) {
        let entry = Entry { after: NONE, ..self.entries[place as usize] };
        self.give_back(place);
        self.far.push(entry);
        if self.next_slot == NONE {
            self.find_next();
        }
    }

    #[inline]
    fn give_back(&mut self, place: u32) {
        self.entries[place as usize].after = self.free;
        self.free = place;
    }

    // Inlined, so that the parts of an event are written where they stay: a copy of what was just written in parts waits.
    #[inline(always)]
    fn store(&mut self, entry: Entry<E>) -> u32 {
        let place = self.free;
        match self.entries.get_mut(place as usize) {
            Some(free) => {
                self.free = free.after;
                *free = entry;
                place
            }
            None => {
                self.entries.push(entry);
                (self.entries.len() - 1) as u32
            }
        }
    }

    /// Neither first nor last of its slot.
    fn put_between(&mut self, first: u32, place: u32, at: u64, sequence: u32) {
        let (mut before, mut passed) = (first, 0);
        loop {
            let after = self.entries[before as usize].after;
            if self.entries[after as usize].is_after(at, sequence) {
                self.entries[place as usize].after = after;
                self.entries[before as usize].after = place;
                break;
            }
            before = after;
            passed += 1;
        }
        if passed > CROWD && self.width > 0 {
            self.resize(self.width.saturating_sub(4));
        }
    }

    fn find_next(&mut self) {
        let begin = self.base as usize % SLOTS;
        let (word, bit) = (begin / 64, begin % 64);
        // From the beginning of the ring, and around to the slots before it in its own word.
        let mut bits = self.filled[word] & (u64::MAX << bit);
        let mut at = word;
        for _ in 0..WORDS {
            if bits != 0 {
                break;
            }
            at = (at + 1) % WORDS;
            bits = self.filled[at];
        }
        if bits == 0 {
            (self.next, self.next_slot) = (self.far.peek().map_or(NEVER, |first| first.at), NONE);
            return;
        }
        let slot = at * 64 + bits.trailing_zeros() as usize;
        (self.next, self.next_slot) = (self.entries[self.slots[slot][0] as usize].at, slot as u32);
    }

    /// The ring is empty: the next comes from beyond its end, and the ring begins there.
    #[cold]
    fn take_far(&mut self) -> Option<E> {
        let entry = self.far.pop()?;
        self.pending -= 1;
        self.taken += 1;
        self.base = self.base.max(entry.at >> self.width);
        self.look_on(entry.at);
        Some(entry.event)
    }

    /// What lay beyond the end of the ring and lies in it now.
    #[cold]
    fn fetch(&mut self) {
        while self.far.peek().is_some_and(|first| self.holds(first.at)) {
            if let Some(entry) = self.far.pop() {
                self.put(entry);
            }
        }
    }

    #[cold]
    fn put(&mut self, entry: Entry<E>) {
        let place = self.store(entry);
        self.link(place, entry.at, entry.sequence);
    }

    /// Slots as wide as a few events lie apart, so that the ring holds most of what is pending and a slot few.
    #[cold]
    fn judge(&mut self, now: u64) {
        let apart = now.saturating_sub(self.since) / u64::from(self.taken);
        let wanted = (apart * (self.pending as u64 / 128).clamp(1, 4)).max(1).ilog2();
        (self.taken, self.since) = (0, now);
        if wanted.abs_diff(self.width) > 1 {
            self.resize(wanted);
        }
    }

    #[cold]
    fn resize(&mut self, width: u32) {
        let mut near = Vec::new();
        for [first, _] in std::mem::replace(&mut self.slots, vec![EMPTY; SLOTS]) {
            let mut place = first;
            while place != NONE {
                near.push(Entry { after: NONE, ..self.entries[place as usize] });
                place = self.entries[place as usize].after;
            }
        }
        self.entries.clear();
        self.free = NONE;
        self.filled = [0; WORDS];
        self.base = u64::try_from((u128::from(self.base) << self.width) >> width).unwrap_or(u64::MAX);
        self.width = width;
        self.next_slot = NONE;
        near.into_iter().for_each(|entry| self.put(entry));
        self.fetch();
        self.find_next();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Luck, What};
    use proptest::prelude::*;

    #[test]
    fn equal_times_come_out_as_they_went_in() {
        let mut agenda = Agenda::default();
        for (at, name) in [(5, 'c'), (1, 'a'), (5, 'd'), (3, 'b'), (5, 'e')] {
            agenda.add(Time::from_micros(at), name);
        }
        let order: String = std::iter::from_fn(|| agenda.take()).collect();
        assert_eq!(order, "abcde");
    }

    /// Adds these in turn, takes as many again in between, and holds the order against a sorted list.
    fn comes_out_in_order(times: impl Iterator<Item = i64>, taken: impl Fn(usize) -> bool) -> Agenda<usize> {
        let mut agenda = Agenda::default();
        let (mut expected, mut now) = (std::collections::BTreeSet::new(), 0);
        for (number, after) in times.enumerate() {
            agenda.add(Time::from_micros(now + after), number);
            expected.insert((now + after, number));
            if taken(number) {
                let first = expected.pop_first().expect("one was added");
                assert_eq!(agenda.next_at(), Some(Time::from_micros(first.0)));
                assert_eq!(agenda.take(), Some(first.1));
                now = first.0;
            }
        }
        let rest: Vec<usize> = std::iter::from_fn(|| agenda.take()).collect();
        assert_eq!(rest, expected.into_iter().map(|(_, number)| number).collect::<Vec<_>>());
        agenda
    }

    #[test]
    fn a_crowd_makes_the_slots_narrower_and_keeps_its_order() {
        // A thousandth of a slot holds them all, in no order, some of them at the same time.
        let crowd = |n: usize| i64::from(Luck::new(1, 0).draw(n as u64, What::Test, 0).below(1_000));
        // Now, and so far ahead that it lies beyond the end of the ring when that is narrower.
        for ahead in [0, 500_000_000] {
            let agenda = comes_out_in_order((0..20_000).map(|n| ahead + crowd(n)), |_| false);
            assert!(agenda.width < SECOND, "still {} wide", agenda.width);
        }
    }

    #[test]
    fn all_at_one_moment_lengthen_no_walk() {
        // A hundred thousand tickets that are let in when the channel opens: each is put at the end of its slot at once.
        let mut agenda = Agenda::default();
        (0..100_000).for_each(|number| agenda.add(Time::from_micros(3_600_000_000), number));
        agenda.add(Time::from_micros(1), 100_000);
        assert_eq!(agenda.width, SECOND, "none had to pass a crowd");
        assert_eq!(agenda.take(), Some(100_000));
        assert!((0..100_000).all(|number| agenda.take() == Some(number)) && agenda.is_empty());
    }

    #[test]
    fn the_width_follows_how_far_events_lie_apart() {
        let gap = |mean: u32| move |n: usize| i64::from(Luck::new(1, 1).draw(n as u64, What::Test, 0).below(2 * mean));
        // 200 pending: first each is due within a millisecond, then within a day.
        let busy = comes_out_in_order((0..40_000).map(gap(1_000)), |n| n >= 200);
        assert!(busy.width < 6, "{}", busy.width);
        let idle = comes_out_in_order((0..40_000).map(|n| 1_000 * gap(40_000_000)(n)), |n| n >= 200);
        assert!(idle.width > 24, "{}", idle.width);
    }

    /// Times as they come in a day: all at one moment, within a slot, over the ring, and far beyond it.
    fn a_time() -> impl Strategy<Value = i64> {
        prop_oneof![
            0i64..50,
            0i64..3_000_000,
            0i64..4_000_000_000,
            0i64..400_000_000_000,
            Just(7_000_000),
            Just(i64::MAX)
        ]
    }

    proptest! {
        #[test]
        fn it_gives_back_in_order_whatever_comes_between(steps in prop::collection::vec((a_time(), 0usize..4), 1..400)) {
            let mut agenda = Agenda::default();
            let (mut pending, mut sequence) = (Vec::new(), 0usize);
            for (at, taken) in steps {
                agenda.add(Time::from_micros(at), sequence);
                pending.push((at, sequence));
                sequence += 1;
                for _ in 0..taken {
                    pending.sort_unstable();
                    let expected = (!pending.is_empty()).then(|| pending.remove(0));
                    prop_assert_eq!(agenda.next_at(), expected.map(|(at, _)| Time::from_micros(at)));
                    prop_assert_eq!(agenda.take(), expected.map(|(_, event)| event));
                }
            }
            prop_assert_eq!(agenda.len(), pending.len());
        }
    }
}
