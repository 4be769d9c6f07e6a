//! One direction of a connection: what is read waits in a bounded queue until it is due, and is written on.

use super::Ticket;
use super::force::{Cut, Force, LaneForce};
use super::serve::{End, Talk};
use crate::rng::What;
use crate::scenario::catalogue::Way;
use crate::time::{Span, Time};
use hyper::body::Bytes;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};

/// Bytes that are read at a time.
const READ: usize = 16 * 1024;
/// What waits in one direction at the most: bytes, and the pieces in which they came.
const WAITING_BYTES: usize = 256 * 1024;
const WAITING: usize = 1_024;
/// Pieces of a slow stream in a second of the scenario.
const PIECES_A_SECOND: u32 = 20;

/// What was read, and when.
struct Piece {
    at: Time,
    bytes: Bytes,
    /// Its place in the queue, which is free again once it is written.
    _room: OwnedSemaphorePermit,
}

/// Passes on one direction until its end, which is passed on too. `passed` counts the bytes that were.
pub(super) async fn lane(
    talk: &Talk<'_>,
    way: Way,
    from: ReadHalf<'_>,
    to: WriteHalf<'_>,
    passed: &AtomicU64,
) -> Result<(), End> {
    let (pieces, waiting) = mpsc::channel(WAITING);
    let writer = Writer { talk, way, to, passed, force: talk.force.subscribe(), pieces: 0, limit_from: None };
    tokio::try_join!(read(talk, way, from, pieces), writer.run(waiting)).map(|_| ())
}

async fn read(talk: &Talk<'_>, way: Way, mut from: ReadHalf<'_>, pieces: mpsc::Sender<Piece>) -> Result<(), End> {
    let mut buffer = vec![0; READ];
    let room = Arc::new(Semaphore::new(WAITING_BYTES));
    loop {
        let read = from.read(&mut buffer).await.map_err(|_| End::broken(way))?;
        if read == 0 {
            return Ok(());
        }
        talk.look();
        let at_first_byte = talk.force.borrow().at_first_byte;
        if let (Some(cut), Way::Up) = (at_first_byte, way) {
            return Err(End::Fault(cut));
        }
        let (at, bytes) = (talk.mock.clock.now(), Bytes::copy_from_slice(&buffer[..read]));
        // Neither is closed while the other half of this direction goes on.
        let Ok(room) = room.clone().acquire_many_owned(read as u32).await else { return Ok(()) };
        if pieces.send(Piece { at, bytes, _room: room }).await.is_err() {
            return Ok(());
        }
    }
}

struct Writer<'a, 'b> {
    talk: &'a Talk<'a>,
    way: Way,
    to: WriteHalf<'b>,
    passed: &'a AtomicU64,
    force: watch::Receiver<Force>,
    /// Pieces so far, by which jitter and slices are drawn.
    pieces: u64,
    /// The bytes that had passed when a limit came into force.
    limit_from: Option<u64>,
}

impl Writer<'_, '_> {
    async fn run(mut self, mut waiting: mpsc::Receiver<Piece>) -> Result<(), End> {
        while let Some(Piece { at, bytes, _room }) = waiting.recv().await {
            self.until_due(at, |lane, draw| lane.delay + jitter(lane.jitter, draw)).await;
            self.pass(bytes).await?;
            self.pieces += 1;
        }
        let ended = self.talk.mock.clock.now();
        self.until_due(ended, |lane, _| lane.slow_close).await;
        self.to.shutdown().await.map_err(|_| End::broken(self.way))
    }

    fn lane(&self) -> LaneForce {
        *self.force.borrow().lane(self.way)
    }

    /// Waits until so long after a moment as the faults in force say, and for as long as nothing is passed on. What the
    /// faults say is asked anew whenever it changes.
    async fn until_due(&mut self, at: Time, delay: impl Fn(&LaneForce, f64) -> Span) {
        let chance = self.chance(0);
        loop {
            let lane = *self.force.borrow_and_update().lane(self.way);
            let due = at + delay(&lane, chance);
            if !lane.stopped && due <= self.talk.mock.clock.now() {
                return;
            }
            let sleep = async {
                match lane.stopped {
                    true => std::future::pending().await,
                    false => self.talk.mock.clock.sleep_until(due).await,
                }
            };
            tokio::select! {
                () = sleep => {}
                // Its sender lives as long as this connection does.
                _ = self.force.changed() => {}
            }
        }
    }

    /// Writes bytes on as the faults in force let them through.
    async fn pass(&mut self, mut bytes: Bytes) -> Result<(), End> {
        let mut slice = 0;
        while !bytes.is_empty() {
            let now = self.talk.mock.clock.now();
            self.until_due(now, |_, _| Span::ZERO).await;
            let lane = self.lane();
            let (most, pause) = self.portion(&lane, slice);
            slice += 1;
            let left = self.left(&lane);
            let piece = bytes.split_to(bytes.len().min(most).min(left));
            self.to.write_all(&piece).await.map_err(|_| End::broken(self.way))?;
            let length = piece.len() as u64;
            self.passed.fetch_add(length, Ordering::Relaxed);
            if left as u64 == length && lane.limit.is_some() {
                return Err(End::Fault(Cut::Close));
            }
            // A pause ends with the fault that wants it.
            let (paused, pause) = (self.talk.mock.clock.now(), pause.times(length as f64 / most as f64));
            self.until_due(paused, |now, _| if *now == lane { pause } else { Span::ZERO }).await;
        }
        Ok(())
    }

    /// How many bytes may go at once, and how long such a portion takes.
    fn portion(&self, lane: &LaneForce, slice: u64) -> (usize, Span) {
        let rated = lane.rate.map(|rate| {
            let size = (rate / PIECES_A_SECOND).max(1);
            (size, Span::from_secs_f64(f64::from(size) / f64::from(rate)))
        });
        let sliced = lane.slices.map(|(bytes, varies, pause)| {
            let by = (2.0 * self.chance(slice + 1) - 1.0) * f64::from(varies);
            ((f64::from(bytes) + by).max(1.0) as u32, pause)
        });
        match (rated, sliced) {
            (None, None) => (READ, Span::ZERO),
            (Some((size, pause)), None) | (None, Some((size, pause))) => (size as usize, pause),
            // Both: a slice takes its pause and what its bytes cost.
            (Some((rated, cost)), Some((size, pause))) => {
                (size as usize, pause + cost.times(f64::from(size) / f64::from(rated)))
            }
        }
    }

    /// How many bytes may still pass.
    fn left(&mut self, lane: &LaneForce) -> usize {
        let passed = self.passed.load(Ordering::Relaxed);
        match lane.limit {
            None => {
                self.limit_from = None;
                usize::MAX
            }
            Some(limit) => {
                let from = *self.limit_from.get_or_insert(passed);
                usize::try_from(limit.saturating_sub(passed - from)).unwrap_or(usize::MAX)
            }
        }
    }

    /// A number in [0, 1) of this piece and its slice, by the seed.
    fn chance(&self, slice: u64) -> f64 {
        let Ticket { number, luck, who } = self.talk.ticket;
        let way = u64::from(self.way == Way::Up);
        let nth = (self.pieces << 12 | slice & 0xFFF) << 1 | way;
        luck.chance(who ^ number.rotate_left(32), What::Slow, nth)
    }
}

/// Up to so much more or less.
fn jitter(by: Span, chance: f64) -> Span {
    by.times(2.0 * chance - 1.0)
}
