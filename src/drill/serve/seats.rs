//! Who sits where: tokens, names, how often each may speak. Everything that strangers can make grow is bounded.

use super::bucket::Bucket;
use super::token::{Code, Token};
use crate::drill::view::{Role, Seat};
use crate::time::Time;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Letters of a name.
pub(super) const NAME_LETTERS: usize = 40;
/// Streams of state that one seat may have open: a laptop, a phone, a reload that overlaps.
const STREAMS: u32 = 4;
/// Commands that a seat may send at once, and a second.
const COMMANDS: (f64, f64) = (12.0, 4.0);
/// Wrong codes from one address at once, and a second.
const GUESSES: (f64, f64) = (10.0, 0.2);
/// Addresses whose guesses are counted one by one; the others count together.
const ADDRESSES: usize = 1_024;

/// Why a seat is not given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoSeat {
    WrongCode,
    TooManyGuesses,
    Closed,
    Full,
    NoSuchRole,
    BadName,
    NameTaken,
    NoRandomness,
}

/// A person as the others see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Person {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) role: String,
    pub(super) here: bool,
}

/// Who a token belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sitter {
    pub(super) id: u64,
    pub(super) seat: Seat,
}

#[derive(Debug)]
struct Taken {
    id: u64,
    token: Token,
    seat: Seat,
    /// Made at the start with a link of its own.
    fixed: bool,
    commands: Bucket,
    streams: u32,
    /// Had a stream open once. Who never had may lose the seat when all are taken.
    came: bool,
}

#[derive(Debug, Default)]
struct Inner {
    taken: Vec<Taken>,
    next: u64,
    guesses: BTreeMap<Option<IpAddr>, Bucket>,
    closed: bool,
}

/// The seats of a drill.
#[derive(Debug)]
pub(super) struct Seats {
    code: Code,
    roles: Vec<Role>,
    /// Seats that people can join.
    bound: usize,
    inner: Mutex<Inner>,
}

/// A stream of state that is open; its end is noted.
pub(super) struct Here {
    seats: Arc<Seats>,
    id: u64,
}

impl Drop for Here {
    fn drop(&mut self) {
        if let Some(taken) = self.seats.lock().taken.iter_mut().find(|taken| taken.id == self.id) {
            taken.streams = taken.streams.saturating_sub(1);
        }
    }
}

impl Here {
    /// Whether the seat is still theirs.
    pub(super) fn sits(&self) -> bool {
        self.seats.lock().taken.iter().any(|taken| taken.id == self.id)
    }
}

impl Seats {
    /// Seats with links for the facilitator, the observers, the projector and each hidden role.
    ///
    /// # Errors
    ///
    /// The system gives no randomness.
    pub(super) fn new(roles: Vec<Role>, bound: usize, now: Time) -> io::Result<Self> {
        let mut inner = Inner::default();
        let hidden = roles.iter().filter(|role| role.hidden);
        let evaluators = hidden.map(|role| Seat::Participant { role: role.name.clone(), name: role.name.clone() });
        for seat in [Seat::Facilitator, Seat::Observer, Seat::Projector].into_iter().chain(evaluators) {
            inner.sit(Token::new()?, seat, true, now);
        }
        Ok(Self { code: Code::new()?, roles, bound, inner: Mutex::new(inner) })
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing is left half done by who panicked: every change is one assignment.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn code(&self) -> &str {
        self.code.text()
    }

    /// The token of each seat that has a link of its own.
    pub(super) fn fixed(&self) -> Vec<(Seat, String)> {
        let inner = self.lock();
        let fixed = inner.taken.iter().filter(|taken| taken.fixed);
        fixed.map(|taken| (taken.seat.clone(), taken.token.text().to_owned())).collect()
    }

    /// Whose token this is. Every token is looked at, so that the time does not tell which one is near.
    pub(super) fn whose(&self, said: &str) -> Option<Sitter> {
        let inner = self.lock();
        let mut found = None;
        for taken in &inner.taken {
            if taken.token.is(said) {
                found = Some(Sitter { id: taken.id, seat: taken.seat.clone() });
            }
        }
        found
    }

    /// Gives a seat to who knows the code.
    pub(super) fn join(&self, from: IpAddr, code: &str, name: &str, role: &str, now: Time) -> Result<Token, NoSeat> {
        let mut inner = self.lock();
        self.knows(&mut inner, from, code, now)?;
        if inner.closed {
            return Err(NoSeat::Closed);
        }
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        let letters = name.chars().count();
        if letters == 0 || letters > NAME_LETTERS || name.chars().any(unseen) {
            return Err(NoSeat::BadName);
        }
        if !self.roles.iter().any(|known| known.name == role && !known.hidden) {
            return Err(NoSeat::NoSuchRole);
        }
        let seat = Seat::Participant { role: role.to_owned(), name };
        if let Some(at) = inner.taken.iter().position(|taken| taken.seat.same_name(&seat)) {
            // Somebody whose browser forgot them comes again; nobody takes the seat of who is here.
            if inner.taken[at].streams > 0 || inner.taken[at].fixed {
                return Err(NoSeat::NameTaken);
            }
            inner.taken.remove(at);
        }
        if inner.taken.iter().filter(|taken| !taken.fixed).count() >= self.bound {
            let idle = inner.taken.iter().position(|taken| !taken.fixed && !taken.came).ok_or(NoSeat::Full)?;
            inner.taken.remove(idle);
        }
        let token = Token::new().map_err(|_| NoSeat::NoRandomness)?;
        inner.sit(token.clone(), seat, false, now);
        Ok(token)
    }

    fn knows(&self, inner: &mut Inner, from: IpAddr, code: &str, now: Time) -> Result<(), NoSeat> {
        let known = inner.guesses.contains_key(&Some(from)) || inner.guesses.len() < ADDRESSES;
        let guesses =
            inner.guesses.entry(known.then_some(from)).or_insert_with(|| Bucket::new(GUESSES.0, GUESSES.1, now));
        if !guesses.has(now) {
            return Err(NoSeat::TooManyGuesses);
        }
        if self.code.is(code) {
            return Ok(());
        }
        guesses.take(now);
        Err(NoSeat::WrongCode)
    }

    /// Whether this seat may send a command now.
    pub(super) fn may_speak(&self, id: u64, now: Time) -> bool {
        self.lock().taken.iter_mut().find(|taken| taken.id == id).is_some_and(|taken| taken.commands.take(now))
    }

    /// Opens a stream of state; none if the seat has too many.
    pub(super) fn come(self: &Arc<Self>, id: u64) -> Option<Here> {
        let mut inner = self.lock();
        let taken = inner.taken.iter_mut().find(|taken| taken.id == id && taken.streams < STREAMS)?;
        taken.streams += 1;
        taken.came = true;
        Some(Here { seats: self.clone(), id })
    }

    /// Sends somebody away; their token is worth nothing from now on. Seats with a link of their own stay.
    pub(super) fn remove(&self, id: u64) -> bool {
        let mut inner = self.lock();
        let before = inner.taken.len();
        inner.taken.retain(|taken| taken.fixed || taken.id != id);
        inner.taken.len() < before
    }

    /// Whether people can join.
    pub(super) fn open_doors(&self, open: bool) {
        self.lock().closed = !open;
    }

    /// The participants, by when they came; hidden roles are left out unless wanted.
    pub(super) fn people(&self, hidden: bool) -> Vec<Person> {
        let inner = self.lock();
        let person = |taken: &Taken| match &taken.seat {
            Seat::Participant { role, name } if hidden || !taken.fixed => {
                Some(Person { id: taken.id, name: name.clone(), role: role.clone(), here: taken.streams > 0 })
            }
            _ => None,
        };
        // Who took a seat and never came is nobody to the others.
        inner.taken.iter().filter(|taken| taken.came).filter_map(person).collect()
    }
}

impl Inner {
    fn sit(&mut self, token: Token, seat: Seat, fixed: bool, now: Time) {
        let commands = Bucket::new(COMMANDS.0, COMMANDS.1, now);
        self.taken.push(Taken { id: self.next, token, seat, fixed, commands, streams: 0, came: false });
        self.next += 1;
    }
}

impl Seat {
    fn same_name(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Participant { name: a, .. }, Self::Participant { name: b, .. }) => {
                a.to_lowercase() == b.to_lowercase()
            }
            _ => false,
        }
    }
}

/// Letters that show nothing, or turn the direction of what follows: with them two names look alike.
fn unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}
