//! The faults that are in force, and the judgement of requests and webhooks by them.
//!
//! Whether a fault of a share strikes is drawn from (seed, fault, how-manieth request that it is for): the same faults and
//! the same requests after a reset meet the same fate.

use super::fault::{Does, Fault};
use crate::mocks::asked::Refused;
use crate::mocks::judge::{Befalls, Carriage, Facts, Failure, Judge, REFUSE, Ruling};
use crate::mocks::socket::Standing;
use crate::rng::{Luck, What};
use crate::scenario::model::{Dependency, Id};
use crate::time::{Span, Time};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

#[cfg(test)]
mod tests;

/// Faults at one time, those that are over included.
const MAX_FAULTS: usize = 1_000;

/// A fault in force, or over.
#[derive(Debug)]
struct Posted {
    /// Counted since the last reset: its id, and what its draws are named by.
    number: u64,
    /// Counted since the start: a socket that outlives a reset is asked again about every fault that comes later.
    serial: u64,
    of: Id<Dependency>,
    vendor: String,
    fault: Fault,
    from: Time,
    until: Time,
    /// Requests or webhooks that it was for.
    met: u64,
    /// Those that it struck.
    hits: u64,
    /// When it first struck an open WebSocket.
    struck: Option<Time>,
    /// The window of its allowance, and how many have passed in it.
    window: (i64, u64),
}

impl Posted {
    fn is_over(&self, now: Time) -> bool {
        now >= self.until || self.fault.times.is_some_and(|times| self.hits >= times)
    }

    /// Whether it can strike now: it is not over, and not in a phase in which it lets go.
    fn is_on(&self, now: Time) -> bool {
        !self.is_over(now) && self.is_down(now)
    }

    /// Whether it is in a phase in which what it is for is down; what does not flap always is.
    fn is_down(&self, now: Time) -> bool {
        self.fault.flaps.is_none_or(|flaps| !flaps.is_up(now.since(self.from)))
    }

    /// Whether one more that it is for passes, because it is among those that a limit allows in this window.
    fn lets_pass(&mut self, now: Time) -> bool {
        let Some(allows) = self.fault.allows else { return false };
        let (number, _) = allows.window(now.since(self.from));
        if self.window.0 != number {
            self.window = (number, 0);
        }
        self.window.1 += 1;
        self.window.1 <= allows.requests
    }

    /// How a request fails that a limit has struck: it may come again in the next window, unless somebody says otherwise.
    fn told_when(&self, failure: Failure, now: Time) -> Failure {
        let rest = self.fault.allows.map(|allows| allows.window(now.since(self.from)).1);
        Failure { retry_after: failure.retry_after.or(rest), ..failure }
    }

    /// One more that it is for: whether it is struck.
    fn strikes(&mut self, luck: Luck) -> bool {
        let struck = self.fault.share >= 1.0 || luck.chance(self.number, What::Fault, self.met) < self.fault.share;
        self.met += 1;
        self.hits += u64::from(struck);
        struck
    }

    fn show(&self, now: Time) -> Value {
        let left = (self.until != Time::NEVER).then(|| self.until.since(now).secs_f64());
        json!({
            "id": name(self.number), "vendor": self.vendor, "fault": self.fault.name, "hits": self.hits,
            "over": self.is_over(now), "ends_in_s": left,
        })
    }
}

fn name(number: u64) -> String {
    format!("f{number}")
}

#[derive(Debug, Default)]
struct State {
    faults: Vec<Posted>,
    posted: u64,
    /// Those of before the last reset.
    forgotten: u64,
}

/// The board on which faults are posted.
#[derive(Debug)]
pub struct Board {
    luck: Luck,
    state: Mutex<State>,
    /// There is a fault at all: a healthy mock pays nothing for the board.
    any: AtomicBool,
    /// One of them must read requests.
    reads: AtomicBool,
}

impl Board {
    /// An empty one, whose draws are of this luck.
    pub fn new(luck: Luck) -> Self {
        Self { luck, state: Mutex::default(), any: AtomicBool::new(false), reads: AtomicBool::new(false) }
    }

    /// Posts a fault; gives its id.
    pub(super) fn add(&self, of: Id<Dependency>, vendor: &str, fault: Fault, now: Time) -> Result<String, Refused> {
        let mut state = self.state();
        if state.faults.len() >= MAX_FAULTS {
            state.faults.retain(|posted| !posted.is_over(now));
        }
        if state.faults.len() >= MAX_FAULTS {
            return Err(Refused::bad(format!("{MAX_FAULTS} faults are in force: DELETE /faults takes them away")));
        }
        state.posted += 1;
        let number = state.posted;
        let until = fault.ttl.map_or(Time::NEVER, |ttl| now + ttl);
        let serial = state.forgotten + number;
        state.faults.push(Posted {
            number,
            serial,
            of,
            vendor: vendor.to_owned(),
            fault,
            from: now,
            until,
            met: 0,
            hits: 0,
            struck: None,
            window: (0, 0),
        });
        self.note(&state);
        Ok(name(number))
    }

    /// Takes a fault away; whether there was one.
    pub(super) fn remove(&self, id: &str) -> bool {
        let mut state = self.state();
        let before = state.faults.len();
        state.faults.retain(|posted| name(posted.number) != id);
        self.note(&state);
        state.faults.len() < before
    }

    /// Takes all away; how many there were.
    pub(super) fn clear(&self) -> usize {
        let mut state = self.state();
        let before = state.faults.len();
        state.faults.clear();
        self.note(&state);
        before
    }

    /// Counts ids from the start again, so that what comes replays.
    pub(super) fn forget(&self) {
        let mut state = self.state();
        state.forgotten += std::mem::take(&mut state.posted);
    }

    /// All, oldest first.
    pub(super) fn list(&self, now: Time) -> Vec<Value> {
        self.state().faults.iter().map(|posted| posted.show(now)).collect()
    }

    fn note(&self, state: &State) {
        self.any.store(!state.faults.is_empty(), Ordering::Release);
        self.reads.store(state.faults.iter().any(|posted| posted.fault.narrow.reads()), Ordering::Release);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Judge for Board {
    fn rule(&self, request: &Facts<'_>, now: Time) -> Ruling {
        let mut ruling = Ruling::default();
        if !self.any.load(Ordering::Acquire) {
            return ruling;
        }
        for posted in &mut self.state().faults {
            if posted.of != request.dependency || !posted.is_on(now) {
                continue;
            }
            if posted.fault.step.is_some_and(|step| step != request.endpoint) {
                continue;
            }
            let failure = match &posted.fault.does {
                Does::Webhook(..) | Does::Socket(_) | Does::Handshake => continue,
                // A request fails once; the fault behind keeps its turn.
                Does::Fails(_) if ruling.failure.is_some() => continue,
                Does::Fails(failure) => Some(failure.clone()),
                Does::Slows => None,
            };
            if posted.fault.narrow.fits(request) && !posted.lets_pass(now) && posted.strikes(self.luck) {
                ruling.delay += posted.fault.delay;
                ruling.failure = ruling.failure.or(failure.map(|failure| posted.told_when(failure, now)));
            }
        }
        ruling
    }

    fn reads(&self) -> bool {
        self.reads.load(Ordering::Acquire)
    }

    /// What ends sockets strikes those that are open when it first strikes, or as many as `times` says: who comes back is
    /// let in. What makes them silent strikes those that come later too.
    fn socket(&self, socket: &Facts<'_>, standing: &mut Standing, now: Time) -> Option<Failure> {
        if !self.any.load(Ordering::Acquire) {
            standing.struck.clear();
            return None;
        }
        for posted in &mut self.state().faults {
            let (failure, once) = match &posted.fault.does {
                Does::Socket(failure) => (failure, posted.fault.ends_sockets()),
                // A fault of requests befalls an open socket only where it was asked for by name.
                Does::Fails(failure) if posted.fault.narrow.names(socket.endpoint) => (failure, false),
                _ => continue,
            };
            if posted.of != socket.dependency || now >= posted.until {
                continue;
            }
            if posted.serial > standing.judged && !posted.is_over(now) {
                let late = once && posted.fault.times.is_none() && posted.struck.is_some_and(|at| standing.opened > at);
                if late || !posted.fault.narrow.fits(socket) {
                    continue;
                }
                let failure = failure.clone();
                standing.judged = posted.serial;
                if posted.strikes(self.luck) {
                    posted.struck.get_or_insert(now);
                    standing.struck.push(posted.serial);
                    if posted.is_down(now) {
                        return Some(failure);
                    }
                }
            } else if standing.struck.contains(&posted.serial) && !once && posted.is_down(now) {
                return Some(failure.clone());
            }
        }
        None
    }

    /// Faults of connections that are passed on act together, on those that are open and on those that come. Whether one
    /// strikes is drawn by the connection's number, so it does not matter which of them asks first.
    fn connection(&self, dependency: Id<Dependency>, standing: &mut Standing, now: Time) -> Befalls {
        let mut befalls = Befalls::default();
        if !self.any.load(Ordering::Acquire) {
            standing.struck.clear();
            return befalls;
        }
        let (judged, before) = (standing.judged, std::mem::take(&mut standing.struck));
        for posted in &mut self.state().faults {
            let Does::Socket(failure) = &posted.fault.does else { continue };
            if posted.of != dependency || now >= posted.until {
                continue;
            }
            let mut struck = before.contains(&posted.serial);
            if posted.serial > judged && !posted.is_over(now) {
                let chance = || self.luck.chance(posted.number, What::Fault, standing.id.0);
                struck = posted.fault.share >= 1.0 || chance() < posted.fault.share;
                posted.hits += u64::from(struck);
            }
            standing.judged = standing.judged.max(posted.serial);
            if struck {
                standing.struck.push(posted.serial);
                befalls.failures.extend(posted.is_down(now).then(|| failure.clone()));
            }
        }
        befalls
    }

    /// Only what strikes everybody is refused at the door; else the request decides, which is reset.
    fn refuses(&self, dependency: Id<Dependency>, now: Time) -> bool {
        let everybody = |posted: &Posted| {
            let Fault { name, narrow, times, share, delay, .. } = &posted.fault;
            let whole = times.is_none() && *share >= 1.0 && *delay == Span::ZERO && *narrow == Default::default();
            name == REFUSE && whole && posted.of == dependency && posted.is_on(now)
        };
        if !self.any.load(Ordering::Acquire) {
            return false;
        }
        let mut state = self.state();
        let found = state.faults.iter_mut().find(|posted| everybody(posted));
        found.map(|posted| posted.hits += 1).is_some()
    }

    /// A handshake fails for a connection, whatever is asked over it: the draw is by the how-manieth connection.
    fn meets_at_door(&self, dependency: Id<Dependency>, now: Time) -> Option<String> {
        if self.refuses(dependency, now) {
            return Some(REFUSE.to_owned());
        }
        if !self.any.load(Ordering::Acquire) {
            return None;
        }
        let mut state = self.state();
        let meant =
            |posted: &&mut Posted| posted.fault.does == Does::Handshake && posted.of == dependency && posted.is_on(now);
        let mut faults = state.faults.iter_mut().filter(meant);
        faults.find_map(|posted| posted.strikes(self.luck).then(|| posted.fault.name.clone()))
    }

    fn carry(&self, dependency: Id<Dependency>, kind: &str, text: &str, now: Time) -> Carriage {
        let mut carriage = Carriage::PROMPT;
        if !self.any.load(Ordering::Acquire) {
            return carriage;
        }
        for posted in &mut self.state().faults {
            let Does::Webhook(does, only) = &posted.fault.does else { continue };
            let (does, only) = (*does, only.as_deref());
            let is_for = posted.of == dependency && only.is_none_or(|only| only == kind) && posted.is_on(now);
            if !is_for || !posted.fault.narrow.fits_webhook(kind, text) {
                continue;
            }
            let first = posted.met % 2 == 0;
            if posted.strikes(self.luck) {
                carriage.suffer(does, first, posted.fault.delay);
            }
        }
        carriage
    }
}
