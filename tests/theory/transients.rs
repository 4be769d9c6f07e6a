//! Minute by minute through a bad hour: the mean over runs of what waits and is in hand, against the Kolmogorov forward
//! equations.

use super::chain::Chain;
use super::compare::{Moment, Played, follows};
use holdline::measure::figures::RunFigures;

const HANDLE: f64 = 180.0;
const PATIENCE: f64 = 300.0;
/// Contacts in the system are cut off here.
const MOST: u32 = 260;

/// M/M/n+M: who is in the system.
fn in_system(people: u32, rate: f64) -> Chain<u32> {
    Chain::new(0..=MOST, move |k| {
        let out = f64::from(*k.min(&people)) / HANDLE + f64::from(k.saturating_sub(people)) / PATIENCE;
        vec![(k + 1, rate), (k.saturating_sub(1), out)].into_iter().filter(|(to, _)| *to <= MOST && to != k).collect()
    })
}

/// A level of the only channel, run by run and minute by minute: (0) waiting, (1) in hand.
fn level(played: &Played, which: usize) -> Vec<Vec<f64>> {
    let of = |run: &RunFigures| run.series.channels[0].iter().map(|sample| f64::from(sample[which])).collect();
    played.runs.iter().map(of).collect()
}

/// Waiting and in hand, minute by minute.
#[derive(Default)]
struct Curves {
    waiting: Vec<Moment>,
    in_hand: Vec<Moment>,
}

impl Curves {
    /// Follows a chain for so many minutes: the values at the end of each are kept.
    fn follow<S: Ord + Clone>(
        &mut self,
        chain: &Chain<S>,
        mut p: Vec<f64>,
        minutes: u32,
        levels: impl Fn(&S) -> [u32; 2],
    ) -> Vec<f64> {
        for _ in 0..minutes {
            self.note(chain, &p, &levels);
            p = chain.after(&p, 60.0);
        }
        p
    }

    fn note<S: Ord + Clone>(&mut self, chain: &Chain<S>, p: &[f64], levels: impl Fn(&S) -> [u32; 2]) {
        self.waiting.push(chain.moment(p, |state| f64::from(levels(state)[0])));
        self.in_hand.push(chain.moment(p, |state| f64::from(levels(state)[1])));
    }

    fn agree(&self, what: &str, played: &Played) {
        assert_eq!(self.waiting.len(), played.runs[0].series.channels[0].len(), "every minute of the day is compared");
        follows(&format!("{what}: waiting"), &self.waiting, &level(played, 0));
        follows(&format!("{what}: in hand"), &self.in_hand, &level(played, 1));
    }
}

#[test]
fn a_surge_is_followed_minute_by_minute() {
    let (people, rate) = (33, 10.0 / 60.0);
    let levels = |k: &u32| [k.saturating_sub(people), *k.min(&people)];
    let (normal, surge) = (in_system(people, rate), in_system(people, 3.0 * rate));
    let mut curves = Curves::default();
    let p = curves.follow(&normal, normal.at(&0), 40, levels);
    let p = curves.follow(&surge, p, 20, levels);
    let p = curves.follow(&normal, p, 61, levels);
    assert!(p[MOST as usize] < 1e-9, "the queue is cut off too soon");
    curves.agree("surge", &Played::of("surge.yaml", &[], 400));
}

/// desks/mid-shift.yaml, and the absence of mid-shift.yaml.
const TEAM: u32 = 40;
const AWAY: u32 = 12;
const RATE: f64 = 12.0 / 60.0;

/// What the people who leave do with what they have in hand.
#[derive(Clone, Copy, PartialEq)]
enum Cut {
    Finish,
    Requeue,
    Drop,
    Hold,
}

/// While they are away: (with those who are there or waiting for them, with those who left). The second dies out by itself
/// and the first never sees it, so that while the absence lasts the queue is that of 28 people. Only how it begins, and what
/// comes back, needs both.
fn away(cut: Cut) -> Chain<(u32, u32)> {
    let here = in_system(TEAM - AWAY, RATE);
    let left = if cut == Cut::Finish { 1.0 / HANDLE } else { 0.0 };
    let starts = (0..=MOST).flat_map(|k| (0..=AWAY).map(move |f| (k, f)));
    Chain::new(starts, move |&(k, f)| {
        let mut moves: Vec<_> = here.moves_of(&k).map(|(to, rate)| ((to, f), rate)).collect();
        moves.push(((k, f.saturating_sub(1)), f64::from(f) * left));
        moves.retain(|(to, _)| *to != (k, f));
        moves
    })
}

/// P(f of the people who leave have something in hand), where b of all have: they are drawn from the team without regard to
/// what they do, so it is hypergeometric.
fn leave_with(f: u32, b: u32) -> f64 {
    let choose = |n: u32, k: u32| {
        if k > n { 0.0 } else { (1..=k).fold(1.0, |ways, i| ways * f64::from(n - k + i) / f64::from(i)) }
    };
    choose(b, f) * choose(TEAM - b, AWAY.wrapping_sub(f)) / choose(TEAM, AWAY)
}

fn mid_shift(cut: Cut, word: &str) {
    let (whole, away) = (in_system(TEAM, RATE), away(cut));
    let of_whole = |k: &u32| [k.saturating_sub(TEAM), *k.min(&TEAM)];
    let there = TEAM - AWAY;
    // Work on hold is in hand still, though nobody works on it.
    let of_away = |(k, f): &(u32, u32)| [k.saturating_sub(there), *k.min(&there) + f];
    let mut curves = Curves::default();
    let p = curves.follow(&whole, whole.at(&0), 40, of_whole);
    let p = whole.become_in(&p, &away, |&k| {
        let leaves = |f: u32| {
            let to = match cut {
                Cut::Finish | Cut::Hold => (k - f, f),
                Cut::Requeue => (k, 0),
                Cut::Drop => (k - f, 0),
            };
            (to, leave_with(f, k.min(TEAM)))
        };
        (0..=AWAY.min(k)).map(leaves).collect()
    });
    let p = curves.follow(&away, p, 30, of_away);
    let p = away.become_in(&p, &whole, |(k, f)| vec![((k + f).min(MOST), 1.0)]);
    let p = curves.follow(&whole, p, 51, of_whole);
    assert!(p[MOST as usize] < 1e-9, "the queue is cut off too soon");
    let set = format!("absences.called-away.cut={word}");
    curves.agree(word, &Played::of("mid-shift.yaml", &[&set], 400));
}

#[test]
fn people_who_leave_in_mid_shift_finish_first() {
    mid_shift(Cut::Finish, "finish");
}

#[test]
fn people_who_leave_in_mid_shift_put_their_contact_back() {
    mid_shift(Cut::Requeue, "requeue");
}

#[test]
fn people_who_leave_in_mid_shift_drop_their_contact() {
    mid_shift(Cut::Drop, "drop");
}

#[test]
fn people_who_leave_in_mid_shift_hold_their_contact() {
    mid_shift(Cut::Hold, "hold");
}
