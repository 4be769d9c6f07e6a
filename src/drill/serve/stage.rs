//! The thread that owns the exercise: makes wall time exercise time, does what seats ask for, and shows everybody what changed.

use super::frame::{Frame, json};
use super::seats::Seats;
use crate::drill::play::Play;
use crate::drill::view::{ClockState, Command, Refusal, Role, Seat};
use crate::mocks::clock::Clock;
use crate::time::{Span, Time};
use hyper::body::Bytes;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::Duration;
use tokio::sync::{oneshot, watch};

/// What waits for the stage at most; whoever asks more is told to come again.
const WAITING_ASKS: usize = 256;
/// How often the exercise moves on.
const TICK: Duration = Duration::from_millis(50);
/// How often a stage on which nothing happens looks around.
const REST: Duration = Duration::from_millis(500);
/// How often a running exercise is shown when nobody does anything: pages move the clock on by themselves.
const SHOW: Span = Span::from_micros(400_000);
const SECOND: Span = Span::from_micros(1_000_000);
/// Shown so often in a second at most.
const SHOWS_A_SECOND: usize = 4;
/// A machine that slept does not wake up hours later in the exercise.
const LONGEST_TICK: Span = Span::from_micros(1_000_000);

/// What is asked of the stage.
pub(super) enum Ask {
    /// A command of a seat.
    Do { who: Seat, command: Command, reply: oneshot::Sender<Result<(), Refusal>> },
    /// Somebody came or went: show everybody.
    Stir,
    /// The drill is over for this process.
    Close,
}

/// Where the after-action page's content stands.
#[derive(Clone, Debug)]
pub(super) enum AfterState {
    /// The exercise goes on.
    NotYet,
    /// It is being worked out.
    Making,
    /// JSON.
    Ready(Bytes),
}

/// All who see the same.
pub(super) struct Stand {
    seat: Seat,
    /// The newest frame; who is slow sees the newest, not every one.
    pub(super) frames: watch::Sender<Option<Arc<Frame>>>,
}

/// What the stage shows and where it is asked.
pub(super) struct Board {
    pub(super) stands: Vec<Stand>,
    pub(super) after: watch::Sender<AfterState>,
    asks: SyncSender<Ask>,
}

impl Board {
    /// A board with a stand for each kind of seat, and the end at which the stage hears.
    pub(super) fn new(roles: &[Role]) -> (Self, Receiver<Ask>) {
        let (asks, heard) = sync_channel(WAITING_ASKS);
        let of_role = |role: &Role| Seat::Participant { role: role.name.clone(), name: String::new() };
        let seats = [Seat::Facilitator, Seat::Observer, Seat::Projector].into_iter().chain(roles.iter().map(of_role));
        let stands = seats.map(|seat| Stand { seat, frames: watch::Sender::new(None) }).collect();
        (Self { stands, after: watch::Sender::new(AfterState::NotYet), asks }, heard)
    }

    /// The stand at which this seat is.
    pub(super) fn stand(&self, seat: &Seat) -> Option<&Stand> {
        self.stands.iter().find(|stand| match (&stand.seat, seat) {
            (Seat::Participant { role: a, .. }, Seat::Participant { role: b, .. }) => a == b,
            (a, b) => a == b,
        })
    }

    /// Has a command done. `None`: the stage has more to do than it can, or is gone.
    pub(super) async fn act(&self, who: Seat, command: Command) -> Option<Result<(), Refusal>> {
        let (reply, answer) = oneshot::channel();
        self.asks.try_send(Ask::Do { who, command, reply }).ok()?;
        answer.await.ok()
    }

    /// Says that somebody came or went.
    pub(super) fn stir(&self) {
        match self.asks.try_send(Ask::Stir) {
            // A stage that has so much to do will show itself anyway.
            Ok(()) | Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {}
        }
    }

    /// Ends the stage.
    pub(super) fn close(&self) {
        drop(self.asks.send(Ask::Close));
    }
}

/// The exercise and its clock.
pub(super) struct Stage<P> {
    pub(super) play: P,
    pub(super) board: Arc<Board>,
    pub(super) seats: Arc<Seats>,
    pub(super) clock: Clock,
    /// When the clock was looked at last.
    looked: Time,
    /// Exercise time to the microsecond, of which the view shows a rounded one.
    reached: Time,
    /// When everybody was shown something, latest last.
    shown: VecDeque<Time>,
    /// Something happened that was not shown yet.
    news: bool,
    /// The after-action page's content is asked for.
    after_asked: bool,
}

impl<P: Play> Stage<P> {
    pub(super) fn new(play: P, board: Arc<Board>, seats: Arc<Seats>, clock: Clock) -> Self {
        let (looked, reached) = (clock.now(), Time::from_secs_f64(play.clock().at));
        Self { play, board, seats, clock, looked, reached, shown: VecDeque::new(), news: true, after_asked: false }
    }

    /// Plays until the board is closed; gives the exercise back.
    pub(super) fn run(mut self, asks: &Receiver<Ask>) -> P {
        loop {
            let running = self.play.clock().state == ClockState::Running;
            let first = match asks.recv_timeout(if running || self.news { TICK } else { REST }) {
                Ok(ask) => Some(ask),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return self.play,
            };
            self.move_on();
            for ask in first.into_iter().chain(asks.try_iter().take(WAITING_ASKS)) {
                match ask {
                    Ask::Do { who, command, reply } => {
                        let done = self.play.act(&who, command);
                        self.news |= done.is_ok();
                        self.reached = Time::from_secs_f64(self.play.clock().at);
                        drop(reply.send(done));
                    }
                    Ask::Stir => self.news = true,
                    Ask::Close => return self.play,
                }
            }
            // What a command took (a rewind replays a day) is no time of the exercise.
            self.looked = self.clock.now();
            self.look_back();
            self.show();
        }
    }

    /// Lets the exercise run as far as the wall went.
    fn move_on(&mut self) {
        let now = self.clock.now();
        let passed = now.since(self.looked).min(LONGEST_TICK);
        self.looked = now;
        let before = self.play.clock();
        if before.state != ClockState::Running {
            return;
        }
        self.reached += passed.times(before.pace);
        self.play.advance(self.reached);
        let after = self.play.clock();
        if after.state != ClockState::Running {
            self.reached = Time::from_secs_f64(after.at);
            self.news = true;
        }
    }

    /// Once the exercise is over, has the after-action page's content made, elsewhere: it takes seconds.
    fn look_back(&mut self) {
        if self.play.clock().state != ClockState::Ended {
            if std::mem::take(&mut self.after_asked) {
                self.board.after.send_replace(AfterState::NotYet);
            }
            return;
        }
        if self.after_asked {
            return;
        }
        let Some(make) = self.play.after() else { return };
        self.after_asked = true;
        self.board.after.send_replace(AfterState::Making);
        let board = self.board.clone();
        std::thread::spawn(move || {
            let made = Bytes::from(json(&make()));
            // A rewind meanwhile has taken the question back.
            board.after.send_if_modified(|state| {
                let wanted = matches!(state, AfterState::Making);
                if wanted {
                    *state = AfterState::Ready(made);
                }
                wanted
            });
        });
    }

    /// Shows everybody what changed, within the bound of shows a second.
    fn show(&mut self) {
        let now = self.looked;
        while self.shown.front().is_some_and(|first| now.since(*first) >= SECOND) {
            self.shown.pop_front();
        }
        let running = self.play.clock().state == ClockState::Running;
        let due = running && self.shown.back().is_none_or(|last| now.since(*last) >= SHOW);
        if self.shown.len() >= SHOWS_A_SECOND || !(self.news || due) {
            return;
        }
        self.news = false;
        self.shown.push_back(now);
        for stand in self.board.stands.iter().filter(|stand| stand.frames.receiver_count() > 0) {
            let people = json(&self.seats.people(stand.seat == Seat::Facilitator));
            let before = stand.frames.borrow().clone();
            if let Some(frame) = Frame::of(self.play.view(&stand.seat), people, before.as_deref()) {
                stand.frames.send_replace(Some(Arc::new(frame)));
            }
        }
    }
}
