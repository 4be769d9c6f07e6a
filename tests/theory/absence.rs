//! Everybody is absent by a draw of their own: the number who come is binomial, and a day is a mixture over it.

use super::compare::{Compared, Played, Z, agree, over_runs};
use super::erlang::one_queue;
use super::formulas::Exact;

const TEAM: u32 = 36;
const ABSENT: f64 = 0.2;

/// A figure of what theory says.
type Read = fn(&Exact) -> f64;

/// How many of the team come, run by run. The first sample of the day is taken after what happens at its start.
fn present(played: &Played) -> Vec<u32> {
    played.runs.iter().map(|run| run.series.teams[0][0][1]).collect()
}

/// P(so many come).
fn chance(present: u32) -> f64 {
    let ways = (1..=present).fold(1.0, |ways, k| ways * f64::from(TEAM - present + k) / f64::from(k));
    ways * libm::pow(1.0 - ABSENT, f64::from(present)) * libm::pow(ABSENT, f64::from(TEAM - present))
}

#[test]
fn a_day_on_which_each_may_be_absent_is_a_mixture_of_days() {
    let played = Played::of("absent.yaml", &["teams.phones.people=36"], 1_200);
    let present = present(&played);
    let queues: Vec<Exact> = (1..=TEAM).map(|people| one_queue(people).exact(|u| libm::exp(-u / 120.0))).collect();
    let reads: [(&str, Read); 4] = [
        ("at once", |e| 1.0 - e.wait_probability),
        ("wait", |e| e.wait),
        ("abandonment", |e| e.abandonment),
        ("of all", |e| e.level_of_all),
    ];
    let mixture = |read: Read| -> f64 { (1..=TEAM).zip(&queues).map(|(k, e)| chance(k) * read(e)).sum() };
    let figures: Vec<Compared> = reads.iter().map(|(name, read)| played.compared(name, mixture(*read))).collect();
    agree("a mixture", &figures, 0.03);
    // Most of what varies from run to run is who came. Given that, a day is as the formulas say, far more sharply.
    let given: Vec<Compared> = reads
        .iter()
        .map(|(name, read)| {
            let of_run = |(value, people): (f64, &u32)| value - read(&queues[*people as usize - 1]) + mixture(*read);
            let values: Vec<f64> = played.figure(name).into_iter().zip(&present).map(of_run).collect();
            Compared::new(format!("{name}, given who came"), mixture(*read), &values)
        })
        .collect();
    agree("given who came", &given, 0.012);
}

#[test]
fn each_person_is_absent_by_a_draw_of_their_own() {
    let runs = 2_000;
    let played = Played::of("absent.yaml", &["teams.phones.people=36", "length=2s", "warm_up=0s"], runs);
    let missing: Vec<f64> = present(&played).iter().map(|people| f64::from(TEAM - people)).collect();
    let (n, p, runs) = (f64::from(TEAM), ABSENT, runs as f64);
    let (mean, error) = over_runs(&missing);
    assert!((mean - n * p).abs() < Z * error, "{mean} ± {error}");
    let variance = error * error * runs;
    let binomial = n * p * (1.0 - p);
    assert!((variance - binomial).abs() < 5.0 * binomial * (2.0 / runs).sqrt(), "{variance} for {binomial}");
    let few = missing.iter().filter(|m| **m <= 3.0).count() as f64 / runs;
    let exact: f64 = (TEAM - 3..=TEAM).map(chance).sum();
    assert!((few - exact).abs() < 5.0 * (exact / runs).sqrt(), "{few} for {exact}");
}
