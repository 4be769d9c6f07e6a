//! What comes and goes: a tool without which people cannot work, or the line by which customers come. A queue in a periodic
//! environment, by the Kolmogorov equations of its two phases.

use super::chain::Chain;
use super::compare::{Compared, Played, agree};

/// desks/flapping.yaml and the flaps of flapping.yaml: rates a second, times in seconds, phases in minutes.
const PEOPLE: u32 = 10;
const RATE: f64 = 4.0 / 60.0;
const HANDLE: f64 = 180.0;
const PATIENCE: f64 = 240.0;
const DOWN: usize = 2;
const UP: usize = 6;
/// Waiting is cut off here.
const MOST: u32 = 120;
/// The equations are solved in steps of ten seconds.
const STEPS: usize = 6;

/// (In hand, waiting).
type State = (u32, u32);
type Moves = Vec<(State, f64)>;

fn waits(state: &State) -> f64 {
    f64::from(state.1)
}

fn comes(&(hand, waits): &State) -> (State, f64) {
    if hand < PEOPLE { ((hand + 1, waits), RATE) } else { joins(&(hand, waits)) }
}

/// Nobody may take whoever comes.
fn joins(&(hand, waits): &State) -> (State, f64) {
    ((hand, (waits + 1).min(MOST)), if waits < MOST { RATE } else { 0.0 })
}

fn gives_up(&(hand, waits): &State) -> (State, f64) {
    ((hand, waits.saturating_sub(1)), f64::from(waits) / PATIENCE)
}

/// A contact is done, and the next is taken.
fn done(&(hand, waits): &State) -> (State, f64) {
    let next = if waits > 0 { (hand, waits - 1) } else { (hand.saturating_sub(1), 0) };
    (next, f64::from(hand) / HANDLE)
}

/// A contact is done, and none is taken.
fn finished(&(hand, waits): &State) -> (State, f64) {
    ((hand.saturating_sub(1), waits), f64::from(hand) / HANDLE)
}

/// What goes, and comes back.
struct Flapping {
    /// The changes to flapping.yaml.
    set: [&'static str; 2],
    /// What becomes of those who are there when it goes.
    goes: fn(&State) -> State,
    /// What happens without it.
    without: fn(&State) -> Moves,
    /// The share of contacts that get in.
    enter: f64,
}

/// The mean queue at each step of a cycle, twice where one phase ends and the other begins.
struct Cycle {
    down: Vec<f64>,
    up: Vec<f64>,
    /// How many were there when it went, less those who were there right after.
    gone: f64,
}

impl Flapping {
    fn cycle(&self) -> Cycle {
        let well = Chain::new([(0, 0)], |state| vec![comes(state), done(state), gives_up(state)]);
        let ill = Chain::new(well.states.iter().map(self.goes), self.without);
        let there = |state: &State| f64::from(state.0 + state.1);
        let once = |p: &[f64]| {
            let before = well.mean(p, there);
            let mut p = well.become_in(p, &ill, |state| vec![((self.goes)(state), 1.0)]);
            let gone = before - ill.mean(&p, there);
            let down = follow(&ill, &mut p, DOWN);
            // Back again: whoever waits is taken by whoever is free.
            let mut p = ill.become_in(&p, &well, |(hand, waits)| {
                let taken = (*waits).min(PEOPLE - hand);
                vec![((hand + taken, waits - taken), 1.0)]
            });
            let up = follow(&well, &mut p, UP);
            (p, Cycle { down, up, gone })
        };
        // Twenty cycles forget how the day began.
        let p = (0..20).fold(well.at(&(0, 0)), |p, _| once(&p).0);
        once(&p).1
    }

    fn agrees(&self) -> Played {
        let cycle = self.cycle();
        let seconds = (DOWN + UP) as f64 * 60.0;
        let waiting = (simpson(&cycle.down) + simpson(&cycle.up)) / seconds;
        let played = Played::of("flapping.yaml", &self.set, 24);
        let mut figures = vec![
            played.compared("waiting", waiting),
            played.compared("abandonment", waiting / PATIENCE / (RATE * self.enter)),
        ];
        if self.enter < 1.0 {
            figures.push(played.compared("blocked", 1.0 - self.enter));
        }
        if cycle.gone > 0.0 {
            figures.push(played.compared("dropped", cycle.gone * played.measured() / seconds));
        }
        let height = cycle.down.iter().chain(&cycle.up).copied().fold(0.0, f64::max);
        for minute in 0..DOWN + UP {
            // Sampled after what happens at a full minute.
            let exact = if minute < DOWN { cycle.down[STEPS * minute] } else { cycle.up[STEPS * (minute - DOWN)] };
            let means: Vec<f64> = played.runs.iter().map(|run| mean_at(minute, &run.series.channels[0])).collect();
            let name = format!("waiting at minute {minute} of the cycle");
            figures.push(Compared::new(name, exact, &means).of_height(height));
        }
        agree(&self.set.join(" "), &figures, 0.02);
        played
    }
}

/// The mean queue now and after each step of so many minutes.
fn follow(chain: &Chain<State>, p: &mut Vec<f64>, minutes: usize) -> Vec<f64> {
    let mut means = vec![chain.mean(p, waits)];
    for _ in 0..minutes * STEPS {
        *p = chain.after(p, 60.0 / STEPS as f64);
        means.push(chain.mean(p, waits));
    }
    means
}

/// The mean queue of a run at this minute of all cycles after the warm-up of two hours, which are fifteen cycles. At the last
/// sample the day, and with it the outage, is over.
fn mean_at(minute: usize, samples: &[[u32; 3]]) -> f64 {
    let cycle = DOWN + UP;
    let same: Vec<f64> =
        samples[15 * cycle + minute..samples.len() - 1].iter().step_by(cycle).map(|s| f64::from(s[0])).collect();
    same.iter().sum::<f64>() / same.len() as f64
}

/// The integral over a phase of an even number of steps, by Simpson's rule.
fn simpson(means: &[f64]) -> f64 {
    let pairs = means.windows(3).step_by(2).map(|three| three[0] + 4.0 * three[1] + three[2]);
    pairs.sum::<f64>() * 60.0 / STEPS as f64 / 3.0
}

fn tool(cut: &'static str, goes: fn(&State) -> State, without: fn(&State) -> Moves) {
    Flapping { set: ["outages.comes-and-goes.of=tool", cut], goes, without, enter: 1.0 }.agrees();
}

#[test]
fn people_finish_what_they_have_when_their_tool_goes() {
    tool("teams.phones.cut=finish", |state| *state, |state| vec![joins(state), finished(state), gives_up(state)]);
}

#[test]
fn people_hold_what_they_have_until_their_tool_is_back() {
    tool("teams.phones.cut=hold", |state| *state, |state| vec![joins(state), gives_up(state)]);
}

#[test]
fn people_put_back_what_they_have_when_their_tool_goes() {
    let back = |(hand, waits): &State| (0, hand + waits);
    tool("teams.phones.cut=requeue", back, |state| vec![joins(state), gives_up(state)]);
}

#[test]
fn people_drop_what_they_have_when_their_tool_goes() {
    tool("teams.phones.cut=drop", |(_, waits)| (0, *waits), |state| vec![joins(state), gives_up(state)]);
}

/// Nobody gets in while the line is down, and a quarter of the time it is.
fn line(drops: &'static str, goes: fn(&State) -> State) {
    let without = |state: &State| vec![done(state), gives_up(state)];
    let enter = UP as f64 / (DOWN + UP) as f64;
    Flapping { set: ["outages.comes-and-goes.of=line", drops], goes, without, enter }.agrees();
}

#[test]
fn calls_go_on_when_the_line_goes() {
    line("outages.comes-and-goes.drops_calls=false", |state| *state);
}

#[test]
fn calls_are_cut_off_when_the_line_goes_with_its_calls() {
    line("outages.comes-and-goes.drops_calls=true", |_| (0, 0));
}
