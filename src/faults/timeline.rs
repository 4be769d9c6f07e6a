//! When an outage is on: its window, its flapping, its recovery.

use crate::scenario::model::{Flaps, Outage};
use crate::time::{Span, Time};

impl Flaps {
    /// Whether it is well so long after it began.
    pub fn is_up(self, since: Span) -> bool {
        since.micros() % (self.down + self.up).micros().max(1) >= self.down.micros()
    }
}

impl Outage {
    /// How much of the outage is on at `at`: one while it lasts, zero outside and in the up phases of its flapping,
    /// rising and falling in a straight line while it sets in and recovers. Of a replayed incident, that of the phase of which
    /// most is on.
    pub fn intensity(&self, at: Time) -> f64 {
        if self.replay.is_some() {
            return self.parts().map(|part| part.intensity(at)).fold(0.0, f64::max);
        }
        if self.window.holds(at) {
            let since = at.since(self.window.from).micros();
            let up = self.flaps.is_some_and(|flaps| flaps.is_up(Span::from_micros(since)));
            return match self.rises_over.micros() {
                _ if up => 0.0,
                rises if since < rises => since as f64 / rises as f64,
                _ => 1.0,
            };
        }
        let after = at.micros() - self.window.to.micros();
        if after >= 0 && self.recovers_over > Span::ZERO && after < self.recovers_over.micros() {
            // It begins to fall with the window's end, so that at this very moment it is no longer whole: what waits for the end
            // of a whole outage looks then, and not again before the recovery is over.
            return 1.0 - (after + 1) as f64 / self.recovers_over.micros() as f64;
        }
        0.0
    }

    /// The first moment after it, its recovery included.
    pub fn over(&self) -> Time {
        self.window.to + self.recovers_over
    }

    /// The next moment after `at` at which it begins, is at its height, flaps or ends.
    pub fn next_change(&self, at: Time) -> Option<Time> {
        if self.replay.is_some() {
            return self.parts().filter_map(|part| part.next_change(at)).min();
        }
        if at < self.window.from {
            return Some(self.window.from);
        }
        if at < self.window.to {
            let height = self.window.from + self.rises_over;
            let next = if at < height { height.min(self.window.to) } else { self.window.to };
            let Some(flaps) = self.flaps else { return Some(next) };
            let cycle = (flaps.down + flaps.up).micros().max(1);
            let phase = at.since(self.window.from).micros() % cycle;
            let to_go = if phase < flaps.down.micros() { flaps.down.micros() - phase } else { cycle - phase };
            return Some((at + Span::from_micros(to_go.max(1))).min(next));
        }
        (at < self.over()).then(|| self.over())
    }
}

#[cfg(test)]
mod tests {
    use crate::scenario::model::{Fails, Flaps, Hits, Id, Outage, Window};
    use crate::time::{Span, Time};

    fn outage(flaps: Option<Flaps>, recovers: i64) -> Outage {
        Outage {
            name: "o".into(),
            of: Id::new(0),
            window: Window { from: Time::from_secs_f64(100.0), to: Time::from_secs_f64(200.0) },
            rises_over: Span::ZERO,
            recovers_over: Span::from_secs(recovers),
            fails: Some(Fails {
                share: 1.0,
                with: "hang".into(),
                seen_after: None,
                hits: Hits::Requests,
                on_wire: None,
                retry_after: None,
                status: None,
            }),
            slow: None,
            flaps,
            drops_calls: false,
            replay: None,
            reaches: Vec::new(),
        }
    }

    fn s(seconds: f64) -> Time {
        Time::from_secs_f64(seconds)
    }

    #[test]
    fn flapping_begins_with_down() {
        let o = outage(Some(Flaps { down: Span::from_secs(10), up: Span::from_secs(30) }), 0);
        let on: Vec<f64> = [99.0, 100.0, 109.9, 110.0, 139.0, 140.0, 199.0, 200.0].map(|t| o.intensity(s(t))).into();
        assert_eq!(on, [0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
        let mut at = Time::ZERO;
        let mut changes = Vec::new();
        while let Some(next) = o.next_change(at) {
            changes.push(next.secs_f64());
            at = next;
        }
        assert_eq!(changes, [100.0, 110.0, 140.0, 150.0, 180.0, 190.0, 200.0]);
    }

    #[test]
    fn it_sets_in_in_a_straight_line_and_is_at_its_height_at_a_moment() {
        let o = Outage { rises_over: Span::from_secs(40), ..outage(None, 0) };
        assert_eq!([100.0, 110.0, 130.0, 140.0, 199.0].map(|t| o.intensity(s(t))), [0.0, 0.25, 0.75, 1.0, 1.0]);
        assert_eq!((o.next_change(s(100.0)), o.next_change(s(140.0))), (Some(s(140.0)), Some(s(200.0))));
        let flaps = Flaps { down: Span::from_secs(30), up: Span::from_secs(30) };
        let o = Outage { rises_over: Span::from_secs(40), ..outage(Some(flaps), 0) };
        assert_eq!([115.0, 135.0, 165.0].map(|t| o.intensity(s(t))), [0.375, 0.0, 1.0]);
        assert_eq!((o.next_change(s(101.0)), o.next_change(s(131.0))), (Some(s(130.0)), Some(s(140.0))));
    }

    #[test]
    fn recovery_falls_in_a_straight_line() {
        let o = outage(None, 40);
        assert!((o.intensity(s(210.0)) - 0.75).abs() < 1e-6);
        assert!(
            o.intensity(s(199.999)) >= 1.0 && o.intensity(s(200.0)) < 1.0,
            "it is whole to its end, and not after it"
        );
        assert_eq!(o.intensity(s(240.0)), 0.0);
        assert_eq!(o.over(), s(240.0));
    }
}
