//! How often somebody may do something.

use crate::time::Time;

/// A bucket of tries that fills again.
#[derive(Clone, Debug)]
pub(super) struct Bucket {
    holds: f64,
    a_second: f64,
    left: f64,
    at: Time,
}

impl Bucket {
    /// A full one of `holds` tries, which gets `a_second` more each second.
    pub(super) fn new(holds: f64, a_second: f64, now: Time) -> Self {
        Self { holds, a_second, left: holds, at: now }
    }

    /// Whether there is a try left.
    pub(super) fn has(&mut self, now: Time) -> bool {
        self.left = self.holds.min(self.left + now.since(self.at).secs_f64().max(0.0) * self.a_second);
        self.at = now;
        self.left >= 1.0
    }

    /// Takes a try, if there is one.
    pub(super) fn take(&mut self, now: Time) -> bool {
        let has = self.has(now);
        if has {
            self.left -= 1.0;
        }
        has
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_used_up_and_fills_again() {
        let at = Time::from_secs_f64;
        let mut bucket = Bucket::new(3.0, 2.0, at(0.0));
        assert_eq!([0; 4].map(|_| bucket.take(at(0.0))), [true, true, true, false]);
        assert!(!bucket.take(at(0.4)) && bucket.take(at(0.5)) && !bucket.take(at(0.5)));
        assert_eq!([0; 4].map(|_| bucket.take(at(60.0))), [true, true, true, false], "never more than it holds");
    }
}
