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
    at: Time,
    sequence: u64,
    event: E,
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
        self.heap.push(Entry { at, sequence: self.sequence, event });
    }
    /// When the next event is due.
    #[inline]
    pub fn next_at(&self) -> Option<Time> {
        self.heap.peek().map(|entry| entry.at)
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
        (other.at, other.sequence).cmp(&(self.at, self.sequence))
    }
}
impl<E> PartialOrd for Entry<E> {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<E> PartialEq for Entry<E> {
    fn eq(&self, other: &Self) -> bool {
        self.sequence == other.sequence
    }
}
impl<E> Eq for Entry<E> {}

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
