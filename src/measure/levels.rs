//! Levels over time: contacts waiting and open, people scheduled, present and busy. Integrated by segment and sampled at
//! each full minute.

use crate::time::Time;

/// Area and peak of one level in one segment.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Part {
    /// Level times microseconds.
    pub area: i64,
    /// The highest level that lasted for any time.
    pub peak: u32,
}

/// Three levels that change together.
#[derive(Clone, Debug)]
pub(super) struct Track {
    at: Time,
    now: [u32; 3],
    parts: Vec<[Part; 3]>,
    samples: Vec<[u32; 3]>,
}

impl Track {
    /// Nothing yet, over so many segments.
    pub(super) fn new(segments: usize) -> Self {
        Self { at: Time::ZERO, now: [0; 3], parts: vec![[Part::default(); 3]; segments], samples: Vec::new() }
    }
    /// The levels have held up to `at`, all of it in `segment`.
    #[inline]
    pub(super) fn hold(&mut self, at: Time, segment: usize) {
        let length = at.micros() - self.at.micros();
        if length > 0 {
            self.at = at;
            for (part, level) in self.parts[segment].iter_mut().zip(self.now) {
                part.area += i64::from(level) * length;
                part.peak = part.peak.max(level);
            }
        }
    }
    /// The levels change at `at`, in `segment`.
    #[inline]
    pub(super) fn set(&mut self, at: Time, segment: usize, levels: [u32; 3]) {
        self.hold(at, segment);
        self.now = levels;
    }
    /// The levels now.
    pub(super) fn now(&self) -> [u32; 3] {
        self.now
    }
    /// Notes the levels now as the next minute's.
    pub(super) fn sample(&mut self) {
        self.samples.push(self.now);
    }
    /// What it came to in these segments: (area, peak) of each level.
    pub(super) fn over(&self, segments: &[usize]) -> [Part; 3] {
        let mut sum = [Part::default(); 3];
        for segment in segments {
            for (total, part) in sum.iter_mut().zip(self.parts[*segment]) {
                total.area += part.area;
                total.peak = total.peak.max(part.peak);
            }
        }
        sum
    }
    /// The samples so far.
    pub(super) fn samples(&self) -> &[[u32; 3]] {
        &self.samples
    }
    /// Gives the samples away.
    pub(super) fn into_samples(self) -> Vec<[u32; 3]> {
        self.samples
    }
}

/// The next edge of the time line: a cut between segments or a full minute.
#[derive(Clone, Debug)]
pub(super) struct Edges {
    /// The next edge; what is seen after it must first close it.
    pub next: Time,
    /// The next moment of a sample.
    pub sample: Time,
    /// The next cut.
    pub cut: Time,
}

impl Edges {
    /// The next edge out of its two parts.
    pub(super) fn renew(&mut self) {
        self.next = self.sample.min(self.cut);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Span;

    #[test]
    fn a_level_counts_for_as_long_as_it_lasts() {
        let mut track = Track::new(2);
        let second = |s| Time::ZERO + Span::from_secs(s);
        track.set(second(0), 0, [2, 0, 0]);
        track.set(second(3), 0, [9, 0, 0]);
        track.set(second(3), 0, [4, 0, 0]);
        track.hold(second(5), 0);
        track.hold(second(6), 1);
        let [waiting, ..] = track.over(&[0]);
        assert_eq!((waiting.area, waiting.peak), (2 * 3_000_000 + 4 * 2_000_000, 4), "a level of no length is no peak");
        assert_eq!(track.over(&[0, 1])[0].area, 18_000_000);
    }
}
