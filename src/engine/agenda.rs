//! The agenda: everything that will happen, ordered by (time, sequence number), first in first out among equal times.
//!
//! A heap in which every entry has four below it: half as deep as a binary one, and the four are neighbours in memory. On a
//! taking the hole sinks to the bottom first, because the last entry nearly always belongs there. Entries are never removed,
//! only void when their time comes (see the epochs of the world).

use crate::time::Time;

/// How many entries lie below each.
const BELOW: usize = 4;

/// A queue of timed events.
#[derive(Clone, Debug)]
pub struct Agenda<E> {
    heap: Vec<Entry<E>>,
    sequence: u64,
}

#[derive(Clone, Copy, Debug)]
struct Entry<E> {
    /// Time and sequence number in one, so that order is one comparison without a branch.
    key: u128,
    event: E,
}

impl<E> Default for Agenda<E> {
    fn default() -> Self {
        Self { heap: Vec::new(), sequence: 0 }
    }
}

impl<E: Copy> Agenda<E> {
    /// Adds an event.
    #[inline]
    pub fn add(&mut self, at: Time, event: E) {
        self.sequence += 1;
        // What is due before the start is due at once; so the bits of a time are in its order.
        let key = u128::from(at.micros().max(0) as u64) << 64 | u128::from(self.sequence);
        let entry = Entry { key, event };
        self.heap.push(entry);
        self.rise(self.heap.len() - 1, entry);
    }
    /// When the next event is due.
    #[inline]
    pub fn next_at(&self) -> Option<Time> {
        self.heap.first().map(|entry| Time::from_micros((entry.key >> 64) as i64))
    }
    /// Takes the next event.
    #[inline]
    pub fn take(&mut self) -> Option<E> {
        let last = self.heap.pop()?;
        let Some(first) = self.heap.first() else { return Some(last.event) };
        let event = first.event;
        let mut hole = 0;
        loop {
            let below = BELOW * hole + 1;
            let earliest = match self.heap.get(below..) {
                Some([a, b, c, d, ..]) => {
                    // Two by two and without a branch: which is earlier is anybody's guess.
                    let left = usize::from(b.key < a.key);
                    let right = 2 + usize::from(d.key < c.key);
                    let swap = c.key.min(d.key) < a.key.min(b.key);
                    below + if swap { right } else { left }
                }
                Some(few) => match few.iter().enumerate().min_by_key(|(_, entry)| entry.key) {
                    Some((place, _)) => below + place,
                    None => break,
                },
                None => break,
            };
            self.heap[hole] = self.heap[earliest];
            hole = earliest;
        }
        self.rise(hole, last);
        Some(event)
    }
    /// Puts an entry at the hole or above it, where it belongs.
    #[inline]
    fn rise(&mut self, mut hole: usize, entry: Entry<E>) {
        while hole > 0 {
            let above = (hole - 1) / BELOW;
            if self.heap[above].key <= entry.key {
                break;
            }
            self.heap[hole] = self.heap[above];
            hole = above;
        }
        self.heap[hole] = entry;
    }
    /// How many events are pending, void ones included.
    pub fn len(&self) -> usize {
        self.heap.len()
    }
    /// Whether nothing is pending.
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }
}

/// What events carry that is too large to be moved about in the heap: the heap holds its place here.
#[derive(Clone, Debug)]
pub struct Luggage<T> {
    slots: Vec<T>,
    free: Vec<u32>,
}

impl<T> Default for Luggage<T> {
    fn default() -> Self {
        Self { slots: Vec::new(), free: Vec::new() }
    }
}

impl<T: Copy> Luggage<T> {
    /// Leaves something, to be fetched once.
    pub fn leave(&mut self, what: T) -> u32 {
        match self.free.pop() {
            Some(slot) => {
                self.slots[slot as usize] = what;
                slot
            }
            None => {
                self.slots.push(what);
                (self.slots.len() - 1) as u32
            }
        }
    }
    /// Fetches what was left at this place.
    pub fn fetch(&mut self, slot: u32) -> T {
        self.free.push(slot);
        self.slots[slot as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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

    proptest! {
        #[test]
        fn it_gives_back_in_order_whatever_comes_between(steps in prop::collection::vec((0i64..50, 0usize..4), 1..400)) {
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
