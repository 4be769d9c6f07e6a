//! The agenda: everything that will happen, ordered by (time, sequence number), first in first out among equal times.
//!
//! The standard library's binary heap sifts the hole to the leaf first on a pop, which is what this load wants; entries
//! are never removed, only void when their time comes (see the epochs of the world).

use crate::time::Time;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// A queue of timed events.
#[derive(Clone, Debug)]
pub struct Agenda<E> {
    heap: BinaryHeap<Entry<E>>,
    sequence: u64,
}

#[derive(Clone, Copy, Debug)]
struct Entry<E> {
    /// Time and sequence number in one, so that order is one comparison without a branch.
    key: u128,
    event: E,
}

impl<E> Entry<E> {
    #[inline]
    fn at(&self) -> Time {
        Time::from_micros((self.key >> 64) as i64)
    }
}

impl<E> Default for Agenda<E> {
    fn default() -> Self {
        Self { heap: BinaryHeap::new(), sequence: 0 }
    }
}

impl<E> Agenda<E> {
    /// Adds an event.
    #[inline]
    pub fn add(&mut self, at: Time, event: E) {
        self.sequence += 1;
        // What is due before the start is due at once; so the bits of a time are in its order.
        let key = u128::from(at.micros().max(0) as u64) << 64 | u128::from(self.sequence);
        self.heap.push(Entry { key, event });
    }
    /// When the next event is due.
    #[inline]
    pub fn next_at(&self) -> Option<Time> {
        self.heap.peek().map(Entry::at)
    }
    /// Takes the next event.
    #[inline]
    pub fn take(&mut self) -> Option<E> {
        self.heap.pop().map(|entry| entry.event)
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

// The heap is a maximum heap: the earliest entry is the greatest.
impl<E> Ord for Entry<E> {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        other.key.cmp(&self.key)
    }
}
impl<E> PartialOrd for Entry<E> {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
    #[inline]
    fn le(&self, other: &Self) -> bool {
        self.key >= other.key
    }
    #[inline]
    fn lt(&self, other: &Self) -> bool {
        self.key > other.key
    }
}
impl<E> PartialEq for Entry<E> {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}
impl<E> Eq for Entry<E> {}

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

    #[test]
    fn equal_times_come_out_as_they_went_in() {
        let mut agenda = Agenda::default();
        for (at, name) in [(5, 'c'), (1, 'a'), (5, 'd'), (3, 'b'), (5, 'e')] {
            agenda.add(Time::from_micros(at), name);
        }
        let order: String = std::iter::from_fn(|| agenda.take()).collect();
        assert_eq!(order, "abcde");
    }
}
