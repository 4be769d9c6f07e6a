//! Every open socket of one mock: what waits to be sent on it, and which delivery waits for an answer.

use super::{Opening, Say, SocketId};
use hyper::body::Bytes;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::{mpsc, oneshot};

/// Things that a vendor said and a socket has not taken yet: with one more the socket is given up.
const WAITING: usize = 1_024;
/// Deliveries that wait for an answer at most.
const ANSWERS: usize = 16_384;

/// The open sockets.
#[derive(Debug, Default)]
pub(in crate::mocks) struct Table {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    last: u64,
    open: BTreeMap<SocketId, Entry>,
    answers: HashMap<String, oneshot::Sender<Bytes>>,
    /// Who was served last, so that the sockets of a group take turns.
    turn: u64,
}

#[derive(Debug)]
struct Entry {
    group: String,
    outlives_reset: bool,
    orders: mpsc::Sender<Say>,
    turn: u64,
}

impl Table {
    /// Enters a socket that has opened; what is said to it from now on comes out of the receiver.
    pub(in crate::mocks) fn enter(&self, opening: &Opening) -> (SocketId, mpsc::Receiver<Say>) {
        let (orders, taken) = mpsc::channel(WAITING);
        let mut state = self.state();
        state.last += 1;
        let id = SocketId(state.last);
        let entry = Entry { group: opening.group.clone(), outlives_reset: opening.outlives_reset, orders, turn: 0 };
        state.open.insert(id, entry);
        (id, taken)
    }

    /// The socket is closed.
    pub(in crate::mocks) fn leave(&self, id: SocketId) {
        self.state().open.remove(&id);
    }

    /// Says something on a socket; one that has taken nothing for too long is given up. Of one that is closed nothing comes.
    pub(in crate::mocks) fn say(&self, id: SocketId, what: Say) {
        let mut state = self.state();
        let full = state.open.get(&id).is_some_and(|entry| entry.orders.try_send(what).is_err());
        if full {
            state.open.remove(&id);
        }
    }

    /// Says something on the socket of a group that has waited longest; `false`: none is open.
    pub(in crate::mocks) fn say_to_one(&self, group: &str, what: Say) -> bool {
        let mut state = self.state();
        state.turn += 1;
        let turn = state.turn;
        let of_group = state.open.iter_mut().filter(|(_, entry)| entry.group == group);
        let Some((id, entry)) = of_group.min_by_key(|(id, entry)| (entry.turn, **id)) else { return false };
        entry.turn = turn;
        let (id, taken) = (*id, entry.orders.try_send(what).is_ok());
        if !taken {
            state.open.remove(&id);
        }
        taken
    }

    /// A delivery waits for the answer of this key; dropping the receiver ends the wait. `None`: too many wait.
    pub(in crate::mocks) fn expect(&self, key: &str) -> Option<oneshot::Receiver<Bytes>> {
        let mut state = self.state();
        if state.answers.len() >= ANSWERS {
            state.answers.retain(|_, waiting| !waiting.is_closed());
        }
        if state.answers.len() >= ANSWERS {
            return None;
        }
        let (answer, answered) = oneshot::channel();
        state.answers.insert(key.to_owned(), answer);
        Some(answered)
    }

    /// Nobody waits for this answer any more.
    pub(in crate::mocks) fn forget(&self, key: &str) {
        self.state().answers.remove(key);
    }

    /// The answer has come. A second one, or one that nobody waits for, is let go.
    pub(in crate::mocks) fn answer(&self, key: &str, body: Bytes) {
        if let Some(waiting) = self.state().answers.remove(key) {
            // Who gave up in the meantime wants no answer.
            drop(waiting.send(body));
        }
    }

    /// Closes the sockets that do not outlive a reset.
    pub(in crate::mocks) fn reset(&self) {
        let mut state = self.state();
        state.answers.clear();
        let ends: Vec<SocketId> =
            state.open.iter().filter(|(_, entry)| !entry.outlives_reset).map(|(id, _)| *id).collect();
        for id in ends {
            state.open.remove(&id);
        }
    }

    /// How many are open.
    pub(in crate::mocks) fn len(&self) -> usize {
        self.state().open.len()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sockets_of_a_group_take_turns() {
        let table = Table::default();
        let (_first, mut one) = table.enter(&Opening::of("app", "socket"));
        let (_second, mut two) = table.enter(&Opening::of("app", "socket"));
        let (_other, mut three) = table.enter(&Opening::of("call", "stream"));
        for n in 0..3 {
            assert!(table.say_to_one("app", Say::text(n.to_string())));
        }
        assert_eq!((one.try_recv(), two.try_recv()), (Ok(Say::text("0")), Ok(Say::text("1"))));
        assert_eq!(one.try_recv(), Ok(Say::text("2")));
        assert!(three.try_recv().is_err() && !table.say_to_one("nobody", Say::Hush));
    }

    #[test]
    fn a_socket_that_takes_nothing_is_given_up() {
        let table = Table::default();
        let (id, _taken) = table.enter(&Opening::of("app", "socket"));
        (0..WAITING).for_each(|_| table.say(id, Say::Hush));
        assert_eq!(table.len(), 1);
        table.say(id, Say::Hush);
        assert_eq!(table.len(), 0);
    }

    #[test]
    fn an_answer_finds_who_waits_for_it() {
        let table = Table::default();
        let mut waits = table.expect("e1").expect("there is room");
        table.answer("e2", Bytes::new());
        assert!(waits.try_recv().is_err());
        table.answer("e1", Bytes::from_static(b"ok"));
        assert_eq!(waits.try_recv(), Ok(Bytes::from_static(b"ok")));
        table.answer("e1", Bytes::new());
    }

    #[test]
    fn a_reset_closes_what_does_not_outlive_it() {
        let table = Table::default();
        let stays = Opening { outlives_reset: true, ..Opening::of("app", "socket") };
        let ((_, mut kept), (_, mut closed)) = (table.enter(&stays), table.enter(&Opening::of("call", "stream")));
        table.reset();
        assert!(matches!(kept.try_recv(), Err(mpsc::error::TryRecvError::Empty)));
        assert!(matches!(closed.try_recv(), Err(mpsc::error::TryRecvError::Disconnected)));
    }
}
