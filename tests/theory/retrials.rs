//! Customers who try again: the chain of those in the system and those who will come back, cut off where nobody is.

use super::chain::Chain;
use super::compare::{Played, agree};

/// Retrials of those who were turned away or gave up: (in the system, in the orbit). Of `lines` lines `people` serve; of
/// those who find no line or lose patience this share comes back, each after an exponential time (Falin and Templeton,
/// "Retrial queues", 1997, chapter 2).
struct Retrials {
    lines: u32,
    people: u32,
    rate: f64,
    handle: f64,
    patience: f64,
    again: f64,
    after: f64,
}

/// The orbit is cut off here: the tests check that nobody is there.
const MOST: u32 = 90;

impl Retrials {
    fn moves(&self, &(j, k): &(u32, u32)) -> Vec<((u32, u32), f64)> {
        let back = f64::from(k) / self.after;
        let gives_up = f64::from(j.saturating_sub(self.people)) / self.patience;
        let orbit = (k + 1).min(MOST);
        let mut moves = vec![
            (((j.saturating_sub(1)), k), f64::from(j.min(self.people)) / self.handle + gives_up * (1.0 - self.again)),
            ((j.saturating_sub(1), orbit), gives_up * self.again),
        ];
        if j < self.lines {
            moves.extend([((j + 1, k), self.rate), ((j + 1, k.saturating_sub(1)), back)]);
        } else {
            // Turned away: one more in the orbit, or one who came from there and stays away.
            moves.extend([((j, orbit), self.rate * self.again), ((j, k.saturating_sub(1)), back * (1.0 - self.again))]);
        }
        // A move to where one is already is none.
        moves.retain(|(to, _)| *to != (j, k));
        moves
    }

    /// Holds the day with these changes against the chain.
    fn agrees(&self, set: &[&str]) {
        let chain = Chain::new([(0, 0)], |state| self.moves(state));
        let p = chain.stationary();
        assert!(chain.mean(&p, |(_, k)| f64::from(u8::from(*k == MOST))) < 1e-9, "the orbit is cut off too soon");
        let played = Played::of("retrials.yaml", set, 24);
        let seconds = played.measured();
        let back = chain.mean(&p, |(_, k)| f64::from(*k)) / self.after;
        let full = |(j, _): &(u32, u32)| *j == self.lines;
        let turned_away =
            chain.mean(&p, |state| if full(state) { self.rate + f64::from(state.1) / self.after } else { 0.0 });
        let waiting = chain.mean(&p, |(j, _)| f64::from(j.saturating_sub(self.people)));
        let given_up = waiting / self.patience;
        let busy = chain.mean(&p, |(j, _)| f64::from(*j.min(&self.people))) / f64::from(self.people);
        let mut figures = vec![
            played.compared("offered", (self.rate + back) * seconds),
            played.compared("repeats", back * seconds),
            played.compared("unserved", (turned_away + given_up) * (1.0 - self.again) * seconds),
            played.compared("occupancy", busy),
        ];
        if self.lines == self.people {
            figures.push(played.compared("blocked", turned_away / (self.rate + back)));
        } else {
            let offered = self.rate + back;
            figures.extend([played.compared("waiting", waiting), played.compared("abandonment", given_up / offered)]);
        }
        agree("retrials", &figures, 0.03);
    }
}

#[test]
fn who_finds_the_lines_busy_comes_back() {
    let desk = Retrials {
        lines: 10,
        people: 10,
        rate: 150.0 / 3_600.0,
        handle: 180.0,
        patience: 1.0,
        again: 0.8,
        after: 240.0,
    };
    desk.agrees(&[]);
}

#[test]
fn who_gives_up_comes_back() {
    let desk =
        Retrials { lines: 200, people: 10, rate: 3.0 / 60.0, handle: 180.0, patience: 120.0, again: 0.6, after: 240.0 };
    desk.agrees(&[
        "channels.phone.over=[]",
        "customers.patience={phone: {exponential: 2m}}",
        "customers.busy_or_gave_up.retry=60%",
        "contacts=[{channel: phone, rate: 3/min}]",
    ]);
}
