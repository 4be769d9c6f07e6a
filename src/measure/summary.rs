//! What all runs of one plan came to, merged in run order, so that the same runs make the same bytes.

use super::distribution::{self, Distributed, Distribution};
use super::figures::{Broken, Egress, Evidence, Figure, Key, Mark, RunFigures};
use super::over_runs::{Bootstrap, OverRuns, quantile};
use super::retries::Spacing;
use crate::observation::Trouble;
use crate::time::{Span, Time};

/// One row over all runs.
#[derive(Clone, Debug)]
pub struct MergedRow {
    /// What it is about.
    pub key: Key,
    /// What it came to.
    pub over: OverRuns,
    /// The ratio of the sums over runs, for ratios.
    pub pooled: Option<f64>,
    /// Share of runs in which what is timed never happened, so that their value is a lower bound.
    pub never: f64,
}

/// One expectation's figure over all runs.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    /// Run by run.
    pub figures: Vec<Option<Figure>>,
    /// What they came to; `None` without a sample.
    pub over: Option<OverRuns>,
    /// The pooled ratio.
    pub pooled: Option<f64>,
}

/// Mean, 10th percentile, median and 90th percentile over runs.
pub type Band = [f64; 4];

/// One moment of a channel.
#[derive(Clone, Copy, Debug, Default)]
pub struct ChannelMoment {
    /// Contacts waiting.
    pub waiting: Band,
    /// In service.
    pub in_service: Band,
    /// Open.
    pub backlog: Band,
    /// Share of those who started in the step before that were served in time, over all runs together; none without contacts.
    pub in_time: Option<f64>,
    /// Share of them that were served at all.
    pub served: Option<f64>,
}

/// One moment of a team.
#[derive(Clone, Copy, Debug, Default)]
pub struct TeamMoment {
    /// Who should be there.
    pub scheduled: Band,
    /// Who is there.
    pub present: Band,
    /// Who has a contact in hand.
    pub busy: Band,
}

/// When a rule of the plan acted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Acted {
    /// In so many runs.
    pub runs: u32,
    /// The median moment of its first time.
    pub first: Option<Time>,
}

/// All runs of one plan.
#[derive(Clone, Debug)]
pub struct Merged {
    /// The plan: `written`, `none`, a file, or `undisturbed`.
    pub plan: String,
    /// How many runs.
    pub runs: u32,
    /// Rows that have a sample in some run.
    pub rows: Vec<MergedRow>,
    /// The expectations, in order.
    pub expected: Vec<Expected>,
    /// How durations are distributed, over all runs together.
    pub distributions: Vec<Distributed>,
    /// The distance between two moments.
    pub step: Span,
    /// By channel.
    pub channels: Vec<Vec<ChannelMoment>>,
    /// By team.
    pub teams: Vec<Vec<TeamMoment>>,
    /// What happened in the first run.
    pub marks: Vec<(Time, Mark)>,
    /// Contacts of the first run worth a name.
    pub evidence: Vec<Evidence>,
    /// How the target spaced its retries in the first run.
    pub retries: Vec<Spacing>,
    /// By rule of the plan.
    pub rules: Vec<Acted>,
    /// Why baselines were no normal day, and in how many runs.
    pub broken: Vec<(Broken, u32)>,
    /// The worst run's 99th percentile of the harness's lateness, seconds of scenario time.
    pub lateness: Option<f64>,
    /// Events of the mocks that were not taken in time, over all runs.
    pub missed: u64,
    /// Hosts that the target tried and the scenario does not know, of all runs.
    pub egress: Vec<Egress>,
    /// What went wrong with the target.
    pub trouble: Vec<Trouble>,
    /// How many runs were ended early, and the first of them.
    pub stopped: (u32, Option<(Time, Option<u16>)>),
    /// Contacts over all runs.
    pub contacts: u64,
    /// When the first run was closed.
    pub closed: Time,
}

impl Merged {
    /// Merges runs in the order given. `None` without a run.
    pub fn of(plan: &str, seed: u64, runs: &[RunFigures]) -> Option<Self> {
        let first = runs.first()?;
        let bootstrap = Bootstrap::new(seed, runs.len());
        let rows = (0..first.rows.len()).filter_map(|place| merged_row(runs, place, &bootstrap)).collect();
        let expected = (0..first.expected.len()).map(|place| {
            let figures: Vec<Option<Figure>> =
                runs.iter().map(|run| run.expected.get(place).copied().flatten()).collect();
            let (over, pooled) = (over(&figures, &bootstrap), pooled(&figures));
            Expected { figures, over, pooled }
        });
        let mut broken: Vec<(Broken, u32)> = Vec::new();
        let mut trouble = Vec::new();
        for run in runs {
            for why in &run.broken {
                match broken.iter_mut().find(|(known, _)| known == why) {
                    Some((_, times)) => *times += 1,
                    None => broken.push((why.clone(), 1)),
                }
            }
            trouble.extend(run.trouble.iter().filter(|kind| !first.trouble.contains(kind)).copied());
        }
        trouble.splice(0..0, first.trouble.iter().copied());
        trouble.dedup();
        let distributions: Vec<&[Distribution]> = runs.iter().map(|run| run.distributions.as_slice()).collect();
        let ended: Vec<_> = runs.iter().filter_map(|run| run.stopped).collect();
        Some(Self {
            plan: plan.to_owned(),
            runs: runs.len() as u32,
            rows,
            expected: expected.collect(),
            distributions: distribution::merged(&distributions),
            step: first.series.step,
            channels: (0..first.series.channels.len()).map(|c| channel(runs, c)).collect(),
            teams: (0..first.series.teams.len()).map(|t| team(runs, t)).collect(),
            marks: first.marks.clone(),
            evidence: first.evidence.clone(),
            retries: first.retries.clone(),
            rules: (0..first.rules.len()).map(|rule| acted(runs, rule)).collect(),
            broken,
            lateness: runs.iter().filter_map(|run| run.lateness).max_by(f64::total_cmp),
            missed: runs.iter().map(|run| run.missed).sum(),
            egress: egress(runs),
            trouble,
            stopped: (ended.len() as u32, ended.first().copied()),
            contacts: runs.iter().map(|run| run.contacts).sum(),
            closed: first.closed,
        })
    }
}

/// Each host once: its earliest first try, all its tries.
fn egress(runs: &[RunFigures]) -> Vec<Egress> {
    let mut all: Vec<Egress> = Vec::new();
    for seen in runs.iter().flat_map(|run| &run.egress) {
        match all.iter_mut().find(|known| known.host == seen.host) {
            Some(known) => {
                (known.first, known.tries) = (known.first.min(seen.first), known.tries.saturating_add(seen.tries));
            }
            None => all.push(*seen),
        }
    }
    all.sort_by_key(|seen| seen.first);
    all
}

fn merged_row(runs: &[RunFigures], place: usize, bootstrap: &Bootstrap) -> Option<MergedRow> {
    let key = runs.first()?.rows.get(place)?.0;
    let of_run = |run: &RunFigures| run.rows.get(place).filter(|row| row.0 == key).and_then(|row| row.1);
    let figures: Vec<Option<Figure>> = runs.iter().map(of_run).collect();
    let over = over(&figures, bootstrap)?;
    let never = figures.iter().flatten().filter(|f| f.never).count() as f64 / f64::from(over.runs);
    Some(MergedRow { key, over, pooled: pooled(&figures), never })
}

fn over(figures: &[Option<Figure>], bootstrap: &Bootstrap) -> Option<OverRuns> {
    let values: Vec<Option<f64>> = figures.iter().map(|f| f.map(|f| f.value)).collect();
    bootstrap.over(&values)
}

fn pooled(figures: &[Option<Figure>]) -> Option<f64> {
    let parts: Vec<(f64, f64)> = figures.iter().flatten().filter_map(|f| f.parts).collect();
    let of: f64 = parts.iter().map(|p| p.1).sum();
    (of > 0.0).then(|| parts.iter().map(|p| p.0).sum::<f64>() / of)
}

fn band(values: &mut [f64]) -> Band {
    if values.is_empty() {
        return Band::default();
    }
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    values.sort_unstable_by(f64::total_cmp);
    [mean, quantile(values, 0.1), quantile(values, 0.5), quantile(values, 0.9)]
}

fn bands<'a>(samples: impl Iterator<Item = &'a Vec<[u32; 3]>> + Clone, at: usize, scratch: &mut Vec<f64>) -> [Band; 3] {
    std::array::from_fn(|level| {
        scratch.clear();
        scratch.extend(samples.clone().filter_map(|run| run.get(at)).map(|levels| f64::from(levels[level])));
        band(scratch)
    })
}

fn channel(runs: &[RunFigures], channel: usize) -> Vec<ChannelMoment> {
    let samples = runs.iter().map(|run| &run.series.channels[channel]);
    let length = samples.clone().map(Vec::len).max().unwrap_or(0);
    let mut scratch = Vec::new();
    let moment = |at: usize| {
        let [waiting, in_service, backlog] = bands(samples.clone(), at, &mut scratch);
        let mut sum = [0.0; 3];
        for counts in runs.iter().filter_map(|run| run.series.served[channel].get(at)) {
            for (sum, count) in sum.iter_mut().zip(counts) {
                *sum += f64::from(*count);
            }
        }
        let [started, served, in_time] = sum;
        let share = |part: f64| (started > 0.0).then(|| part / started);
        ChannelMoment { waiting, in_service, backlog, in_time: share(in_time), served: share(served) }
    };
    (0..length).map(moment).collect()
}

fn team(runs: &[RunFigures], team: usize) -> Vec<TeamMoment> {
    let samples = runs.iter().map(|run| &run.series.teams[team]);
    let length = samples.clone().map(Vec::len).max().unwrap_or(0);
    let mut scratch = Vec::new();
    let moment = |at| {
        let [scheduled, present, busy] = bands(samples.clone(), at, &mut scratch);
        TeamMoment { scheduled, present, busy }
    };
    (0..length).map(moment).collect()
}

fn acted(runs: &[RunFigures], rule: usize) -> Acted {
    let mut firsts: Vec<Time> = runs.iter().filter_map(|run| run.rules.get(rule).copied().flatten()).collect();
    firsts.sort_unstable();
    Acted { runs: firsts.len() as u32, first: firsts.get(firsts.len().saturating_sub(1) / 2).copied() }
}
