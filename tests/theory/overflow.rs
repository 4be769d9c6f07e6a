//! Two skills: a team of specialists each, and a flexible team that takes what overflows.
//!
//! The rule of the floor (src/world/floor.rs): who comes is taken by the first team of the desk file that has somebody free,
//! so by a specialist if one is; who becomes free takes from the first of their channels in which somebody waits, so a
//! flexible person takes sales before service. That is a rule of states alone, and with exponential times the desk is a Markov
//! chain. Handling differs by skill, so what the flexible have in hand counts apart.

use super::chain::Chain;
use super::compare::{Compared, Played, agree};

/// desks/overflow.yaml: contacts a second, handling, patience, specialists; sales, then service.
const RATE: [f64; 2] = [150.0 / 3_600.0, 84.0 / 3_600.0];
const HANDLE: [f64; 2] = [180.0, 300.0];
const PATIENCE: [f64; 2] = [120.0, 240.0];
const SPECIALISTS: u32 = 6;
const FLEXIBLE: u32 = 4;
/// Waiting is cut off here, for each skill.
const MOST: u32 = 36;

/// By skill: with the specialists or waiting, and with the flexible.
type State = ([u32; 2], [u32; 2]);

fn waiting(state: &State, skill: usize) -> u32 {
    state.0[skill].saturating_sub(SPECIALISTS)
}

fn moves(state: &State) -> Vec<(State, f64)> {
    let mut moves = Vec::new();
    let with_flexible: u32 = state.1.iter().sum();
    for skill in 0..2 {
        let (own, flexible) = (state.0[skill], state.1[skill]);
        let mut comes = *state;
        if own < SPECIALISTS || with_flexible == FLEXIBLE {
            comes.0[skill] += 1;
        } else {
            comes.1[skill] += 1;
        }
        if waiting(state, skill) < MOST {
            moves.push((comes, RATE[skill]));
        }
        // A specialist who is done takes who waits: either way there is one fewer. So there is when one gives up.
        let leave =
            f64::from(own.min(SPECIALISTS)) / HANDLE[skill] + f64::from(waiting(state, skill)) / PATIENCE[skill];
        if own > 0 {
            let mut left = *state;
            left.0[skill] -= 1;
            moves.push((left, leave));
        }
        if flexible > 0 {
            let mut done = *state;
            done.1[skill] -= 1;
            if let Some(next) = (0..2).find(|next| waiting(state, *next) > 0) {
                done.0[next] -= 1;
                done.1[next] += 1;
            }
            moves.push((done, f64::from(flexible) / HANDLE[skill]));
        }
    }
    moves.retain(|(to, _)| to != state);
    moves
}

#[test]
fn two_skills_with_overflow_are_exact() {
    let chain = Chain::new([([0, 0], [0, 0])], moves);
    let p = chain.stationary();
    let played = Played::of("overflow.yaml", &[], 24);
    let mut figures = Vec::new();
    for (skill, (name, team)) in [("sales", "sellers"), ("service", "helpers")].into_iter().enumerate() {
        let cut_off = chain.mean(&p, |state| f64::from(u8::from(waiting(state, skill) == MOST)));
        assert!(cut_off < 1e-6, "{name}: the queue is cut off too soon");
        let queue = chain.mean(&p, |state| f64::from(waiting(state, skill)));
        let nobody = |state: &State| state.0[skill] >= SPECIALISTS && state.1[0] + state.1[1] == FLEXIBLE;
        let waits = chain.mean(&p, |state| f64::from(u8::from(nobody(state))));
        let busy = chain.mean(&p, |state| f64::from(state.0[skill].min(SPECIALISTS))) / f64::from(SPECIALISTS);
        let named = |figure: &str, exact: f64| played.compared(&format!("{name} {figure}"), exact);
        figures.extend([
            named("wait", queue / RATE[skill]),
            named("abandonment", queue / PATIENCE[skill] / RATE[skill]),
            named("at once", 1.0 - waits),
            played.compared(team, busy),
        ]);
    }
    let flexible = chain.mean(&p, |state| f64::from(state.1[0] + state.1[1])) / f64::from(FLEXIBLE);
    figures.push(played.compared("flexible", flexible));
    agree("overflow", &figures, 0.03);
}

/// The same without waiting (everybody gives up at once): what is lost of each skill.
fn lost(set: &[&str]) -> Vec<Compared> {
    let no_waiting = ["customers.patience={sales: 0s, service: 0s}"];
    let set: Vec<&str> = no_waiting.iter().chain(set).copied().collect();
    let chain = Chain::new([([0, 0], [0, 0])], |state| {
        let stays = |to: &State| (0..2).all(|skill| waiting(to, skill) == 0);
        moves(state).into_iter().filter(|(to, _)| stays(to)).collect()
    });
    let p = chain.stationary();
    let played = Played::of("overflow.yaml", &set, 24);
    let full = |state: &State, skill: usize| state.0[skill] == SPECIALISTS && state.1[0] + state.1[1] == FLEXIBLE;
    let share = |skill| chain.mean(&p, |state| f64::from(u8::from(full(state, skill))));
    vec![played.compared("sales abandonment", share(0)), played.compared("service abandonment", share(1))]
}

#[test]
fn two_skills_with_overflow_and_no_waiting_are_exact() {
    agree("no waiting", &lost(&[]), 0.03);
}
