//! Formulas of queueing theory, by quadrature where they have no closed form.

/// What theory says of one queue.
#[derive(Debug)]
pub(crate) struct Exact {
    pub(crate) wait_probability: f64,
    pub(crate) wait: f64,
    pub(crate) wait_of_answered: f64,
    pub(crate) abandonment: f64,
    pub(crate) level_of_all: f64,
    pub(crate) level_of_answered: f64,
    pub(crate) level_but_short: f64,
}

/// One queue: everything in seconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Queue {
    /// Contacts a second.
    pub(crate) rate: f64,
    /// Mean handling time.
    pub(crate) handle: f64,
    pub(crate) people: u32,
    /// T of the service levels.
    pub(crate) within: f64,
    /// Who gives up sooner is a short abandon.
    pub(crate) short: f64,
}

/// The width of a cell of the quadrature: T and the short abandons are even multiples of it.
const CELL: f64 = 0.25;
/// By this wait nothing is left of any queue here.
const LONGEST: usize = 4 * 3_600;

impl Queue {
    /// M/M/n+G by the building blocks of Zeltyn and Mandelbaum ("Call centers with impatient customers: many-server
    /// asymptotics of the M/M/n+G queue", 2005, section 4; for exponential patience "The Palm/Erlang-A queue", 2007): with
    /// H(x) the integral of P(patience > u) up to x, J = ∫ exp(λH(x) − nμx) dx and J_H = ∫ H(x) exp(…) dx, and
    /// E = Σ_{j<n} (λ/μ)^j/j! over its last term, P(wait) = λJ/(E+λJ), P(abandon) = (1+(λ−nμ)J)/(E+λJ),
    /// E[W] = λJ_H/(E+λJ), and the offered wait has the density λ exp(λH(x) − nμx)/(E+λJ) for x > 0.
    /// With P(patience > u) = 1 it is Erlang C.
    pub(crate) fn exact(self, patient: impl Fn(f64) -> f64) -> Exact {
        let (lambda, mu, n) = (self.rate, 1.0 / self.handle, f64::from(self.people));
        let at = |cell: usize| cell as f64 * CELL;
        let patient_at: Vec<f64> = (0..=LONGEST).map(|cell| patient(at(cell))).collect();
        let mut h = vec![0.0; LONGEST + 1];
        for cell in 0..LONGEST {
            let inside = patient_at[cell] + 4.0 * patient(at(cell) + CELL / 2.0) + patient_at[cell + 1];
            h[cell + 1] = h[cell] + inside * CELL / 6.0;
        }
        let weight: Vec<f64> = (0..=LONGEST).map(|cell| libm::exp(lambda * h[cell] - n * mu * at(cell))).collect();
        let j = simpson(|cell| weight[cell], 0, LONGEST);
        let jh = simpson(|cell| h[cell] * weight[cell], 0, LONGEST);
        let load = lambda / mu;
        let e = (1..self.people).fold(1.0, |sum, k| 1.0 + sum * f64::from(k) / load);
        let all = e + lambda * j;
        let density = |cell: usize| lambda * weight[cell] / all;
        let served = |cell: usize| density(cell) * patient_at[cell];
        let (within, short) = ((self.within / CELL) as usize, (self.short / CELL) as usize);
        let wait_probability = lambda * j / all;
        let abandonment = (1.0 + (lambda - n * mu) * j) / all;
        let in_time = 1.0 - wait_probability + simpson(served, 0, within);
        // Who gives up at y would have waited longer than y: ∫ g(y) P(V > y) dy up to the short abandon, by parts.
        let beyond = simpson(density, short, LONGEST);
        let gone_soon = wait_probability - patient_at[short] * beyond - simpson(served, 0, short);
        Exact {
            wait_probability,
            wait: lambda * jh / all,
            wait_of_answered: simpson(|cell| at(cell) * served(cell), 0, LONGEST) / (1.0 - abandonment),
            abandonment,
            level_of_all: in_time,
            level_of_answered: in_time / (1.0 - abandonment),
            level_but_short: in_time / (1.0 - gone_soon),
        }
    }
}

/// Simpson's rule over cells, of which the number must be even.
fn simpson(f: impl Fn(usize) -> f64, from: usize, to: usize) -> f64 {
    assert!((to - from).is_multiple_of(2));
    let inner: f64 = (from + 1..to).map(|k| f(k) * if (k - from) % 2 == 1 { 4.0 } else { 2.0 }).sum();
    if from == to { 0.0 } else { (f(from) + inner + f(to)) * CELL / 3.0 }
}

/// P(patience > u) of a Weibull patience with this mean.
pub(crate) fn weibull(mean: f64, shape: f64) -> impl Fn(f64) -> f64 {
    let scale = mean / libm::tgamma(1.0 + 1.0 / shape);
    move |u| libm::exp(-libm::pow(u / scale, shape))
}

/// Erlang's loss formula (1917), by its recursion: the share that finds all of n lines taken by so many erlangs. It holds for
/// any handling time with this mean (Sevastyanov 1957).
pub(crate) fn erlang_b(lines: u32, erlangs: f64) -> f64 {
    (1..=lines).fold(1.0, |b, k| erlangs * b / (f64::from(k) + erlangs * b))
}

/// Erlang's delay formula (1917): the share that waits for one of n people where nobody gives up.
pub(crate) fn erlang_c(people: u32, erlangs: f64) -> f64 {
    let (b, rho) = (erlang_b(people, erlangs), erlangs / f64::from(people));
    b / (1.0 - rho * (1.0 - b))
}

#[test]
fn the_formulas_give_known_values() {
    use super::chain::Chain;
    let queue = |people| Queue { rate: 10.0 / 60.0, handle: 180.0, people, within: 30.0, short: 10.0 };
    for people in [24, 30, 34] {
        let exact = queue(people).exact(|u| libm::exp(-u / 120.0));
        // Little's law for those who give up: P(abandon) = E[W]/patience, whatever the number of people.
        assert!((exact.abandonment - exact.wait / 120.0).abs() < 1e-9, "{people}: {exact:?}");
        assert!(exact.level_of_all < exact.level_but_short && exact.level_of_all < exact.level_of_answered);
        // The chain of the number in the system, solved directly: an independent way to the same figures.
        let chain = Chain::new([0u32], |k| {
            let out = f64::from(*k.min(&people)) / 180.0 + f64::from(k.saturating_sub(people)) / 120.0;
            let down = (k.saturating_sub(1), if *k > 0 { out } else { 0.0 });
            if *k < 400 { vec![(k + 1, 10.0 / 60.0), down] } else { vec![down] }
        });
        let p = chain.stationary();
        let busy = chain.mean(&p, |k| f64::from(u8::from(*k >= people)));
        let wait = chain.mean(&p, |k| f64::from(k.saturating_sub(people))) * 6.0;
        assert!((exact.wait_probability - busy).abs() < 1e-8, "{people}: {} {busy}", exact.wait_probability);
        assert!((exact.wait - wait).abs() < 1e-6, "{people}: {} {wait}", exact.wait);
    }
    // A Weibull of shape one is exponential, and patience without end is Erlang C.
    let (a, b) = (queue(30).exact(weibull(120.0, 1.0)), queue(30).exact(|u| libm::exp(-u / 120.0)));
    assert!((a.wait - b.wait).abs() < 1e-9 && (a.level_but_short - b.level_but_short).abs() < 1e-9, "{a:?} {b:?}");
    let (c, patient) = (erlang_c(34, 30.0), queue(34).exact(|_| 1.0));
    let drain = 34.0 / 180.0 - 10.0 / 60.0;
    assert!((patient.wait_probability - c).abs() < 1e-8 && patient.abandonment.abs() < 1e-8, "{patient:?} {c}");
    assert!((patient.wait - c / drain).abs() < 1e-5, "{} {}", patient.wait, c / drain);
    assert!((patient.level_of_all - (1.0 - c * libm::exp(-30.0 * drain))).abs() < 1e-8);
    // Tables of Erlang B: 20 lines lose 1 % of 12.03 erlangs (ITU-T E.500 series; Angus 2001).
    assert!((erlang_b(20, 12.031) - 0.01).abs() < 1e-5);
}
