//! The harness's clock: the one file that reads the machine's.
//!
//! It tells scenario time. At pace `p` the scenario runs `p` times as fast as the wall: every length of the harness is
//! divided by `p` before anyone sleeps.

use crate::time::{Span, Time};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::Notify;

/// The scenario has not begun.
const WAITING: i64 = i64::MIN;

/// A clock in scenario time; clones are the same clock.
#[derive(Clone, Debug)]
pub struct Clock {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    started: Instant,
    unix_at_started: Duration,
    pace: f64,
    /// What the clock shows when the scenario begins, in scenario microseconds.
    shows: AtomicI64,
    /// When the scenario began, in microseconds of the wall after `started`; or `WAITING`.
    begun: AtomicI64,
    begins: Notify,
}

impl Clock {
    /// A clock whose scenario starts now.
    pub fn start(pace: f64) -> Self {
        Self::start_at(Time::ZERO, pace)
    }

    /// A clock that now shows a later moment of the scenario (a warm start).
    pub fn start_at(moment: Time, pace: f64) -> Self {
        let clock = Self::waiting(pace);
        clock.begin(moment);
        clock
    }

    /// A clock that stands at zero until [`Clock::begin`]: mocks are up before the target is ready.
    pub fn waiting(pace: f64) -> Self {
        Self::waiting_at(Time::ZERO, pace)
    }

    /// A clock that stands at a later moment of the scenario until [`Clock::begin`] (a warm start).
    pub fn waiting_at(moment: Time, pace: f64) -> Self {
        let (started, unix_at_started) = read();
        let pace = if pace.is_finite() && pace > 0.0 { pace } else { 1.0 };
        let (shows, begun) = (AtomicI64::new(moment.micros()), AtomicI64::new(WAITING));
        Self { inner: Arc::new(Inner { started, unix_at_started, pace, shows, begun, begins: Notify::new() }) }
    }

    /// Begins the scenario at this moment of it. A clock that runs already runs on.
    pub fn begin(&self, at: Time) {
        if self.inner.begun.load(Ordering::Acquire) == WAITING {
            self.inner.shows.store(at.micros(), Ordering::Release);
            self.inner.begun.store(self.wall_micros(), Ordering::Release);
            self.inner.begins.notify_waiters();
        }
    }

    /// Shows so much more from now on; who sleeps until a moment that has come so wakes up.
    pub fn advance(&self, by: Span) {
        self.inner.shows.fetch_add(by.micros().max(0), Ordering::AcqRel);
        self.inner.begins.notify_waiters();
    }

    fn wall_micros(&self) -> i64 {
        let passed = read_instant().saturating_duration_since(self.inner.started).as_micros();
        i64::try_from(passed).unwrap_or(i64::MAX)
    }

    /// Scenario seconds in a second of the wall.
    pub fn pace(&self) -> f64 {
        self.inner.pace
    }

    /// Scenario time.
    pub fn now(&self) -> Time {
        let begun = self.inner.begun.load(Ordering::Acquire);
        let shown = Time::from_micros(self.inner.shows.load(Ordering::Acquire));
        if begun == WAITING {
            return shown;
        }
        let passed = (self.wall_micros() - begun).max(0);
        shown
            + Span::from_micros(if self.inner.pace == 1.0 { passed } else { (passed as f64 * self.inner.pace) as i64 })
    }

    /// How long the wall takes for this length of the scenario.
    pub fn to_wall(&self, length: Span) -> Duration {
        if self.inner.pace == 1.0 { length.to_std() } else { length.times(1.0 / self.inner.pace).to_std() }
    }

    /// How long the wall takes until this moment of the scenario; nothing if it has passed.
    pub fn wall_until(&self, moment: Time) -> Duration {
        self.to_wall(moment.since(self.now()))
    }

    /// The scenario's length of so much time on the wall.
    pub fn from_wall(&self, length: Duration) -> Span {
        Span::from(length).times(self.inner.pace)
    }

    /// Waits until this moment of the scenario, also through [`Clock::begin`].
    pub async fn sleep_until(&self, moment: Time) {
        loop {
            let begins = self.inner.begins.notified();
            let wait = self.wall_until(moment);
            if wait.is_zero() {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = begins => {}
            }
        }
    }

    /// Waits for a length of the scenario.
    pub async fn sleep(&self, length: Span) {
        if length > Span::ZERO {
            tokio::time::sleep(self.to_wall(length)).await;
        }
    }

    /// Unix seconds of the wall right now, for headers and signatures that other people's programs check.
    pub fn unix_seconds(&self) -> i64 {
        let since = read_instant().saturating_duration_since(self.inner.started);
        (self.inner.unix_at_started + since).as_secs() as i64
    }

    /// Unix seconds at the scenario's `Time::ZERO`, for vendors that date what they do by `now`. While the clock waits
    /// it is the moment of its making.
    pub fn unix_at_zero(&self) -> i64 {
        let begun = self.inner.begun.load(Ordering::Acquire).max(0) / 1_000_000;
        self.inner.unix_at_started.as_secs() as i64 + begun - self.inner.shows.load(Ordering::Acquire) / 1_000_000
    }
}

#[expect(clippy::disallowed_methods, reason = "the harness's one clock: everything else gets `now` from here")]
fn read_instant() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "webhook signatures carry the wall's date")]
fn read() -> (Instant, Duration) {
    (Instant::now(), SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_divided_by_the_pace() {
        let clock = Clock::start(60.0);
        assert_eq!(clock.to_wall(Span::MINUTE), Duration::from_secs(1));
        assert_eq!(clock.from_wall(Duration::from_secs(2)), Span::from_secs(120));
        assert_eq!(clock.wall_until(Time::ZERO), Duration::ZERO);
    }

    #[test]
    fn a_waiting_clock_stands_until_it_begins_once() {
        let clock = Clock::waiting(1.0);
        assert_eq!(clock.now(), Time::ZERO);
        clock.begin(Time::from_secs_f64(3_600.0));
        assert!(clock.now() >= Time::from_secs_f64(3_600.0));
        clock.begin(Time::ZERO);
        assert!(clock.now() >= Time::from_secs_f64(3_600.0));
    }

    #[test]
    fn a_clock_may_wait_at_a_later_moment_and_then_dates_the_start_before_now() {
        let (cold, warm) = (Clock::waiting(1.0), Clock::waiting_at(Time::from_secs_f64(7_200.0), 1.0));
        assert_eq!(warm.now(), Time::from_secs_f64(7_200.0));
        let earlier = cold.unix_at_zero() - warm.unix_at_zero();
        assert!((7_199..=7_201).contains(&earlier), "{earlier} s");
    }

    #[tokio::test]
    async fn a_clock_goes_forward_and_wakes_who_sleeps() {
        let clock = Clock::start(1.0);
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep_until(Time::from_secs_f64(3_600.0)).await }
        });
        tokio::task::yield_now().await;
        clock.advance(Span::from_secs(7_200));
        sleeper.await.expect("the sleeper does not panic");
        clock.advance(Span::from_secs(-7_200));
        assert!(clock.now() >= Time::from_secs_f64(7_200.0), "never back");
    }

    #[test]
    fn a_foolish_pace_is_one() {
        assert_eq!(Clock::start(0.0).pace(), 1.0);
        assert_eq!(Clock::start(f64::NAN).pace(), 1.0);
    }

    #[tokio::test]
    async fn a_sleeper_wakes_when_the_scenario_begins() {
        let clock = Clock::waiting(1.0);
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep_until(Time::from_secs_f64(60.0)).await }
        });
        tokio::task::yield_now().await;
        clock.begin(Time::from_secs_f64(60.0));
        sleeper.await.expect("the sleeper does not panic");
    }
}
