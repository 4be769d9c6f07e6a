//! The program's own clock: scenario time since its start. It shares nothing with the harness but the pace.

use crate::time::{Span, Time};
use std::time::{Duration, Instant};

/// Tells scenario time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    started: Instant,
    pace: f64,
}

impl Clock {
    /// A clock that starts now; a pace that is none counts as one.
    pub(super) fn start(pace: f64) -> Self {
        let pace = if pace.is_finite() && pace > 0.0 { pace } else { 1.0 };
        Self { started: read(), pace }
    }

    /// Scenario time since the start.
    pub(super) fn now(self) -> Time {
        Time::ZERO + Span::from(read().saturating_duration_since(self.started)).times(self.pace)
    }

    /// How long the wall takes for this length of the scenario.
    pub(super) fn to_wall(self, length: Span) -> Duration {
        length.times(1.0 / self.pace).to_std()
    }

    /// How long the wall takes until this moment of the scenario; nothing if it has passed.
    pub(super) fn wall_until(self, moment: Time) -> Duration {
        self.to_wall(moment.since(self.now()))
    }
}

#[expect(clippy::disallowed_methods, reason = "the reference desk is a program of its own, with a clock of its own")]
fn read() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_divided_by_the_pace() {
        let clock = Clock::start(60.0);
        assert_eq!(clock.to_wall(Span::MINUTE), Duration::from_secs(1));
        assert_eq!(Clock::start(f64::NAN).to_wall(Span::MINUTE), Duration::from_secs(60));
        assert_eq!(clock.wall_until(Time::ZERO), Duration::ZERO);
    }
}
