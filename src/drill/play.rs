//! What the web layer asks of an exercise, so that it can be tested without one.

use super::view::{After, Cast, ClockView, Command, Refusal, Seat, View};
use crate::time::Time;

/// Makes the after-action page's content: seconds of work, for a thread that may be busy.
pub type MakeAfter = Box<dyn FnOnce() -> After + Send>;

/// An exercise as the stage plays it: no clock, no socket.
pub trait Play: Send + 'static {
    /// What is known before anyone sits down.
    fn cast(&self) -> Cast;

    /// Where the clock stands: cheap, asked for twenty times a second.
    fn clock(&self) -> ClockView;

    /// Runs up to this moment, or to the hold before it. Does nothing unless the clock runs.
    fn advance(&mut self, to: Time);

    /// Logs a command, then does it.
    ///
    /// # Errors
    ///
    /// What this seat may not do, or not now. Nothing has changed then.
    fn act(&mut self, who: &Seat, command: Command) -> Result<(), Refusal>;

    /// Exactly what this seat may know.
    fn view(&self, who: &Seat) -> View;

    /// The work of the after-action page; none before the end.
    fn after(&self) -> Option<MakeAfter>;
}
