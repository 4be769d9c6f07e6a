//! Markov chains in continuous time with finitely many states: what they are in the long run, and from moment to moment.

use super::compare::Moment;
use std::collections::BTreeMap;

/// A chain. A distribution over its states is a vector in their order.
pub(crate) struct Chain<S> {
    pub(crate) states: Vec<S>,
    places: BTreeMap<S, usize>,
    /// By state: where it goes, and how often a second.
    moves: Vec<Vec<(usize, f64)>>,
    /// By state: how often a second it is left.
    out: Vec<f64>,
}

impl<S: Ord + Clone> Chain<S> {
    /// Every state that can be reached from these by moves (state, rate a second). Infinite ones must be cut off there.
    pub(crate) fn new(from: impl IntoIterator<Item = S>, moves: impl Fn(&S) -> Vec<(S, f64)>) -> Self {
        let mut chain = Self { states: Vec::new(), places: BTreeMap::new(), moves: Vec::new(), out: Vec::new() };
        for state in from {
            chain.place(state);
        }
        while let Some(state) = chain.states.get(chain.moves.len()).cloned() {
            let moves = moves(&state).into_iter().filter(|(_, rate)| *rate > 0.0);
            let moves: Vec<(usize, f64)> = moves.map(|(to, rate)| (chain.place(to), rate)).collect();
            chain.out.push(moves.iter().map(|(_, rate)| rate).sum());
            chain.moves.push(moves);
        }
        chain
    }

    fn place(&mut self, state: S) -> usize {
        let next = self.states.len();
        let place = *self.places.entry(state.clone()).or_insert(next);
        if place == next {
            self.states.push(state);
        }
        place
    }

    /// Where a state goes, and how often a second.
    pub(crate) fn moves_of(&self, state: &S) -> impl Iterator<Item = (S, f64)> + '_ {
        self.moves[self.places[state]].iter().map(|(to, rate)| (self.states[*to].clone(), *rate))
    }

    /// All the probability on one state.
    pub(crate) fn at(&self, state: &S) -> Vec<f64> {
        let mut p = vec![0.0; self.states.len()];
        p[self.places[state]] = 1.0;
        p
    }

    /// The stationary distribution: the balance equations by Gauss-Seidel, forwards and backwards (Stewart, "Introduction
    /// to the numerical solution of Markov chains", 1994, section 3.3).
    pub(crate) fn stationary(&self) -> Vec<f64> {
        let n = self.states.len();
        let mut into: Vec<Vec<(usize, f64)>> = vec![Vec::new(); n];
        for (from, moves) in self.moves.iter().enumerate() {
            moves.iter().for_each(|(to, rate)| into[*to].push((from, *rate)));
        }
        let mut p = vec![1.0 / n as f64; n];
        for _ in 0..20_000 {
            let mut changed = 0.0;
            for state in (0..n).chain((0..n).rev()) {
                let flow: f64 = into[state].iter().map(|(from, rate)| p[*from] * rate).sum();
                let next = flow / self.out[state];
                changed += (next - p[state]).abs();
                p[state] = next;
            }
            let sum: f64 = p.iter().sum();
            p.iter_mut().for_each(|share| *share /= sum);
            if changed < 1e-12 {
                return p;
            }
        }
        panic!("the balance equations do not settle")
    }

    /// The distribution so many seconds later (the Kolmogorov forward equations), by uniformization: with a clock that
    /// ticks at least as fast as any state is left, p exp(Qt) is a Poisson mixture of the powers of one stochastic matrix
    /// (Jensen 1953; Grassmann 1977).
    pub(crate) fn after(&self, p: &[f64], seconds: f64) -> Vec<f64> {
        let clock = self.out.iter().copied().fold(1e-9, f64::max);
        // Short enough that exp(-ticks) is far from the smallest number.
        let pieces = (clock * seconds / 100.0).ceil().max(1.0);
        let ticks = clock * seconds / pieces;
        (0..pieces as u32).fold(p.to_vec(), |p, _| self.ticks(p, clock, ticks))
    }

    fn ticks(&self, mut p: Vec<f64>, clock: f64, ticks: f64) -> Vec<f64> {
        let mut weight = libm::exp(-ticks);
        let mut weighed = weight;
        let mut sum: Vec<f64> = p.iter().map(|share| share * weight).collect();
        let mut n = 0.0;
        while weighed < 1.0 - 1e-13 && n < 10.0 * ticks + 100.0 {
            n += 1.0;
            p = self.tick(&p, clock);
            weight *= ticks / n;
            weighed += weight;
            sum.iter_mut().zip(&p).for_each(|(sum, share)| *sum += share * weight);
        }
        sum
    }

    fn tick(&self, p: &[f64], clock: f64) -> Vec<f64> {
        let mut next = vec![0.0; p.len()];
        for (state, share) in p.iter().enumerate().filter(|(_, share)| **share > 0.0) {
            next[state] += share * (1.0 - self.out[state] / clock);
            for (to, rate) in &self.moves[state] {
                next[*to] += share * rate / clock;
            }
        }
        next
    }

    /// The mean of what a state is worth.
    pub(crate) fn mean(&self, p: &[f64], worth: impl Fn(&S) -> f64) -> f64 {
        self.states.iter().zip(p).map(|(state, share)| share * worth(state)).sum()
    }

    /// Mean and variance of what a state is worth.
    pub(crate) fn moment(&self, p: &[f64], worth: impl Fn(&S) -> f64) -> Moment {
        let mean = self.mean(p, &worth);
        Moment { mean, variance: self.mean(p, |state| (worth(state) - mean) * (worth(state) - mean)) }
    }

    /// Something happens at a moment: each state becomes others, with these chances, in another chain.
    pub(crate) fn become_in<T: Ord + Clone>(
        &self,
        p: &[f64],
        other: &Chain<T>,
        what: impl Fn(&S) -> Vec<(T, f64)>,
    ) -> Vec<f64> {
        let mut next = vec![0.0; other.states.len()];
        for (state, share) in self.states.iter().zip(p).filter(|(_, share)| **share > 0.0) {
            for (to, chance) in what(state) {
                next[other.places[&to]] += share * chance;
            }
        }
        next
    }
}

#[test]
fn a_chain_gives_known_values() {
    // On and off: p(t) = 1/3 (1 - exp(-3t)), in the long run a third.
    let chain = Chain::new([0], |on| if *on == 0 { vec![(1, 1.0)] } else { vec![(0, 2.0)] });
    let later = chain.after(&chain.at(&0), 0.4);
    assert!((later[1] - (1.0 - libm::exp(-1.2)) / 3.0).abs() < 1e-12, "{later:?}");
    assert!((chain.stationary()[1] - 1.0 / 3.0).abs() < 1e-12);
    // A pure birth process is Poisson, over many ticks of the clock too.
    let births = Chain::new([0u32], |n| if *n < 2_000 { vec![(n + 1, 1.0)] } else { Vec::new() });
    let moment = births.moment(&births.after(&births.at(&0), 1_000.0), |n| f64::from(*n));
    assert!((moment.mean - 1_000.0).abs() < 1e-6 && (moment.variance - 1_000.0).abs() < 1e-3, "{moment:?}");
}
