//! People whose tool comes and goes: a queue in a periodic environment, by the Kolmogorov equations of its two phases.

use super::chain::Chain;
use super::compare::{Compared, Played, agree};

/// desks/flapping.yaml and the flaps of flapping.yaml.
const PEOPLE: u32 = 10;
const RATE: f64 = 3.0 / 60.0;
const HANDLE: f64 = 180.0;
const PATIENCE: f64 = 240.0;
const DOWN: u32 = 2;
const UP: u32 = 6;
/// Waiting is cut off here.
const MOST: u32 = 120;
/// Between two values of the integrals over a cycle.
const STEP: f64 = 10.0;

/// (In hand, waiting).
type State = (u32, u32);

/// One more waits, or as many fewer as give up.
fn queue(&(hand, waits): &State) -> Vec<(State, f64)> {
    let comes = ((hand, (waits + 1).min(MOST)), if waits < MOST { RATE } else { 0.0 });
    vec![comes, ((hand, waits.saturating_sub(1)), f64::from(waits) / PATIENCE)]
}

/// With the tool: whoever waits is taken as soon as somebody is free.
fn well(state: &State) -> Vec<(State, f64)> {
    let (hand, waits) = *state;
    let done = f64::from(hand) / HANDLE;
    match hand {
        PEOPLE if waits > 0 => [vec![((hand, waits - 1), done)], queue(state)].concat(),
        PEOPLE => [vec![((hand - 1, 0), done)], queue(state)].concat(),
        _ => vec![((hand + 1, 0), RATE), ((hand.saturating_sub(1), 0), done)],
    }
}

fn back((hand, waits): &State) -> Vec<(State, f64)> {
    let taken = (*waits).min(PEOPLE - hand);
    vec![((hand + taken, waits - taken), 1.0)]
}

/// What the tool's going makes of the work in hand, and whether that goes on without it.
fn agrees(cut: &str, goes: fn(&State) -> State, goes_on: bool) {
    let up = Chain::new([(0, 0)], well);
    let without = |state: &State| {
        let done = if goes_on { f64::from(state.0) / HANDLE } else { 0.0 };
        [vec![((state.0.saturating_sub(1), state.1), done)], queue(state)].concat()
    };
    let down = Chain::new(up.states.iter().map(goes), without);
    let waits = |state: &State| f64::from(state.1);
    // One cycle from the moment the tool goes: the mean queue at each step, twice where a phase ends and the next begins.
    let cycle = |p: &[f64]| {
        let mut p = up.become_in(p, &down, |state| vec![(goes(state), 1.0)]);
        let (mut of_down, mut of_up) = (vec![down.mean(&p, waits)], Vec::new());
        for _ in 0..DOWN * 6 {
            p = down.after(&p, STEP);
            of_down.push(down.mean(&p, waits));
        }
        let mut p = down.become_in(&p, &up, back);
        of_up.push(up.mean(&p, waits));
        for _ in 0..UP * 6 {
            p = up.after(&p, STEP);
            of_up.push(up.mean(&p, waits));
        }
        (p, of_down, of_up)
    };
    // Twenty cycles forget how the day began.
    let (p, ..) = (0..20).fold((up.at(&(0, 0)), Vec::new(), Vec::new()), |(p, ..), _| cycle(&p));
    let (_, of_down, of_up) = cycle(&p);
    let seconds = f64::from(DOWN + UP) * 60.0;
    let waiting = (simpson(&of_down) + simpson(&of_up)) / seconds;

    let set = format!("teams.phones.cut={cut}");
    let played = Played::of("flapping.yaml", &[&set], 24);
    let mut figures =
        vec![played.compared("waiting", waiting), played.compared("abandonment", waiting / PATIENCE / RATE)];
    let height = of_down.iter().copied().fold(0.0, f64::max);
    // The queue at each full minute of the cycle: sampled after what happens at it.
    for minute in 0..DOWN + UP {
        let at = minute as usize;
        let exact = if minute < DOWN { of_down[6 * at] } else { of_up[6 * (at - DOWN as usize)] };
        let of_run = |samples: &[[u32; 3]]| {
            // After the warm-up of two hours, which are fifteen cycles.
            let same: Vec<f64> =
                samples[120..].iter().skip(at).step_by((DOWN + UP) as usize).map(|s| f64::from(s[0])).collect();
            same.iter().sum::<f64>() / same.len() as f64
        };
        let means: Vec<f64> = played.runs.iter().map(|run| of_run(&run.series.channels[0])).collect();
        let name = format!("waiting at minute {minute} of the cycle");
        figures.push(Compared::new(name, exact, &means).of_height(height));
    }
    agree(cut, &figures, 0.02);
}

fn simpson(values: &[f64]) -> f64 {
    let last = values.len() - 1;
    let weight = |k: usize| {
        if k == 0 || k == last {
            1.0
        } else if k % 2 == 1 {
            4.0
        } else {
            2.0
        }
    };
    values.iter().enumerate().map(|(k, value)| weight(k) * value).sum::<f64>() * STEP / 3.0
}

#[test]
fn people_finish_what_they_have_when_their_tool_goes() {
    agrees("finish", |state| *state, true);
}

#[test]
fn people_hold_what_they_have_until_their_tool_is_back() {
    agrees("hold", |state| *state, false);
}

#[test]
fn people_put_back_what_they_have_when_their_tool_goes() {
    agrees("requeue", |(hand, waits)| (0, hand + waits), false);
}

#[test]
fn people_drop_what_they_have_when_their_tool_goes() {
    agrees("drop", |(_, waits)| (0, *waits), false);
}
