//! What events carry that is too large to be moved about in the agenda.

/// Holds what is large; the event carries its place here.
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
