//! The moments at which customers contact for the first time: a non-homogeneous Poisson process a source, by inversion of
//! its expected count. The n-th customer of a source has its own gap, drawn by name, so that what a surge adds leaves the
//! normal day's customers where they are.

use super::rate::{RateCurve, thinning};
use super::sample::{cumulative, gamma, pick};
use super::ziggurat::exponential;
use crate::rng::{Luck, What};
use crate::scenario::model::{Channel, Id, Reason, Scenario, Surge, SurgeEffect};
use crate::time::Time;

/// Where contacts come from, worked out once a scenario and shared by its runs.
#[derive(Clone, Debug)]
pub struct Demand {
    sources: Vec<Source>,
    surges: Vec<Surge>,
    /// Cumulative shares of the reasons, for surges that take contacts of one reason away.
    reasons: Vec<f64>,
}

/// A surge on a stream: its place in the scenario, its factor, and the reason it is about if it is not about all.
type On = (usize, f64, Option<Id<Reason>>);

#[derive(Clone, Debug)]
struct Source {
    channel: Id<Channel>,
    reason: Option<Id<Reason>>,
    curve: RateCurve,
    day_cv: f64,
    day_group: u16,
    /// The surges on it, if one has a factor below one and so may take contacts away.
    thinned_by: Vec<On>,
}

/// A customer's first contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// When.
    pub at: Time,
    /// Who: the same number in every run and under every plan.
    pub customer: u64,
    /// By which channel.
    pub channel: Id<Channel>,
    /// The reason, where the source has only one.
    pub reason: Option<Id<Reason>>,
}

/// Bits of a customer's number that count customers within a source; the source is above them.
pub const CUSTOMER_BITS: u32 = 40;

impl Demand {
    /// The sources of a scenario: its desk's streams, what surges add to each, and surges of their own rate.
    pub fn new(scenario: &Scenario) -> Self {
        let end = scenario.end();
        let mut sources = Vec::new();
        let mut extras = Vec::new();
        for stream in &scenario.desk.streams {
            let on = surges_on(scenario, stream.channel, stream.reason);
            let thins = on.iter().any(|(_, factor, _)| *factor < 1.0);
            sources.push(Source {
                channel: stream.channel,
                reason: stream.reason,
                curve: RateCurve::steps(&stream.rate, end),
                day_cv: stream.day_cv,
                day_group: stream.day_group,
                thinned_by: if thins { on.clone() } else { Vec::new() },
            });
            for reason in raised(&on, scenario.desk.reasons.len()) {
                let of_reason: Vec<(&Surge, f64)> =
                    about(&on, reason).map(|(i, factor)| (&scenario.surges[i], factor)).collect();
                let share = match (reason, stream.reason) {
                    (Some(reason), None) => scenario.desk.reasons[reason.index()].share,
                    _ => 1.0,
                };
                let steps: Vec<_> = stream
                    .rate
                    .iter()
                    .map(|step| crate::scenario::model::RateStep { per_second: step.per_second * share, ..*step })
                    .collect();
                extras.push(Source {
                    channel: stream.channel,
                    reason: reason.or(stream.reason),
                    curve: RateCurve::extra(&steps, &of_reason, end),
                    day_cv: stream.day_cv,
                    day_group: stream.day_group,
                    thinned_by: Vec::new(),
                });
            }
        }
        sources.append(&mut extras);
        for surge in &scenario.surges {
            if let SurgeEffect::Add { per_second, channels, reason } = &surge.effect {
                sources.extend(channels.iter().map(|(channel, share)| Source {
                    channel: *channel,
                    reason: *reason,
                    curve: RateCurve::added(surge, per_second * share, end),
                    day_cv: 0.0,
                    day_group: 0,
                    thinned_by: Vec::new(),
                }));
            }
        }
        let reasons = cumulative(scenario.desk.reasons.iter().map(|reason| reason.share));
        Self { sources, surges: scenario.surges.clone(), reasons }
    }

    /// Expected first contacts of a day of average busyness.
    pub fn expected(&self) -> f64 {
        self.sources.iter().map(|s| s.curve.total()).sum()
    }

    /// Whether surges below one take this customer of a source away.
    fn thins(&self, source: &Source, luck: Luck, index: usize, count: u64, at: Time) -> bool {
        let customer = (index as u64) << CUSTOMER_BITS | (count - 1);
        let drawn = || Id::new(pick(&self.reasons, || luck.chance(customer, What::Reason, 0)));
        let reason = source.reason.unwrap_or_else(drawn);
        let surges: Vec<(&Surge, f64)> =
            about(&source.thinned_by, Some(reason)).map(|(surge, factor)| (&self.surges[surge], factor)).collect();
        luck.chance(index as u64, What::Thin, count) >= thinning(&surges, at)
    }
}

/// The surges that multiply a stream.
fn surges_on(scenario: &Scenario, channel: Id<Channel>, only: Option<Id<Reason>>) -> Vec<On> {
    let mut on = Vec::new();
    for (i, surge) in scenario.surges.iter().enumerate() {
        if let SurgeEffect::Times { factor, channels, reason } = &surge.effect {
            let here = channels.is_empty() || channels.contains(&channel);
            let fits = reason.is_none() || only.is_none() || *reason == only;
            if here && fits {
                on.push((i, *factor, if only.is_some() { None } else { *reason }));
            }
        }
    }
    on
}

/// What surges raise: all reasons alike, or each by itself where a surge is about one only, because they multiply.
fn raised(on: &[On], reasons: usize) -> Vec<Option<Id<Reason>>> {
    let alike = on.iter().all(|(_, _, reason)| reason.is_none());
    let parts = if alike { vec![None] } else { (0..reasons).map(|reason| Some(Id::new(reason))).collect() };
    parts.into_iter().filter(|part| about(on, *part).any(|(_, factor)| factor > 1.0)).collect()
}

/// The surges on contacts of one reason: place and factor.
fn about(on: &[On], reason: Option<Id<Reason>>) -> impl Iterator<Item = (usize, f64)> {
    on.iter().filter(move |(_, _, only)| only.is_none() || *only == reason).map(|(index, factor, _)| (*index, *factor))
}

/// The first contacts of one run, in order of time.
#[derive(Clone, Debug)]
pub struct Arrivals<'d> {
    demand: &'d Demand,
    luck: Luck,
    heads: Vec<Head>,
    /// The source whose customer comes next, and when.
    next: Option<(usize, Time)>,
}

#[derive(Clone, Debug)]
struct Head {
    /// The next customers, and when each comes. Worked out together, because one at a time the processor waits for each;
    /// being drawn by name they are the same. [`Time::NEVER`]: there are no more.
    ahead: [(Time, u64); AHEAD],
    /// The first of them that has not come yet.
    place: usize,
    /// How many customers this source had so far, those ahead included.
    count: u64,
    /// Expected count reached, in units of an average day.
    reached: f64,
    piece: usize,
    /// One over the busyness of the day: a busy day goes through its expected count faster.
    pace: f64,
    /// The gaps of the next customers.
    gaps: [f64; AHEAD],
}

impl Head {
    #[inline]
    fn next(&self) -> (Time, u64) {
        self.ahead[self.place % AHEAD]
    }
}

/// How many gaps are drawn, and customers worked out, together.
const AHEAD: usize = 8;

impl<'d> Arrivals<'d> {
    /// The arrivals of the run with this luck.
    pub fn new(demand: &'d Demand, luck: Luck) -> Self {
        let heads = demand
            .sources
            .iter()
            .map(|source| Head {
                ahead: [(Time::NEVER, 0); AHEAD],
                place: 0,
                count: 0,
                reached: 0.0,
                piece: 0,
                pace: 1.0 / day_factor(source, luck),
                gaps: [0.0; AHEAD],
            })
            .collect();
        let mut arrivals = Self { demand, luck, heads, next: None };
        for source in 0..arrivals.heads.len() {
            arrivals.look_ahead(source);
        }
        arrivals.find_next();
        arrivals
    }

    /// When the next customer comes.
    #[inline]
    pub fn next_at(&self) -> Option<Time> {
        self.next.map(|(_, at)| at)
    }

    /// Takes the next customer.
    #[inline]
    pub fn take(&mut self) -> Option<Arrival> {
        let (index, at) = self.next?;
        let source = &self.demand.sources[index];
        let head = &mut self.heads[index];
        let customer = (index as u64) << CUSTOMER_BITS | head.next().1;
        let arrival = Arrival { at, customer, channel: source.channel, reason: source.reason };
        head.place += 1;
        if head.place == AHEAD {
            self.look_ahead(index);
        }
        self.find_next();
        Some(arrival)
    }

    /// Works out the next customers of a source; one that has no more waits for ever.
    #[inline(never)]
    fn look_ahead(&mut self, index: usize) {
        let source = &self.demand.sources[index];
        let luck = self.luck;
        let head = &mut self.heads[index];
        head.place = 0;
        let mut known = 0;
        while known < AHEAD {
            let place = head.count as usize % AHEAD;
            if place == 0 {
                let first = head.count;
                head.gaps = std::array::from_fn(|ahead| {
                    exponential(&mut luck.draw(index as u64, What::Arrival, first + ahead as u64))
                });
            }
            head.reached += head.gaps[place] * head.pace;
            head.count += 1;
            let Some(at) = source.curve.when(head.reached, &mut head.piece) else {
                head.ahead[known..].fill((Time::NEVER, 0));
                return;
            };
            if !source.thinned_by.is_empty() && self.demand.thins(source, luck, index, head.count, at) {
                continue;
            }
            head.ahead[known] = (at, head.count - 1);
            known += 1;
        }
    }

    #[inline]
    fn find_next(&mut self) {
        let mut best = Time::NEVER;
        let mut which = 0;
        for (index, head) in self.heads.iter().enumerate() {
            let (at, _) = head.next();
            if at < best {
                best = at;
                which = index;
            }
        }
        self.next = (best < Time::NEVER).then_some((which, best));
    }
}

/// The busyness of the day for a source: gamma with mean one, shared by the streams of a group.
fn day_factor(source: &Source, luck: Luck) -> f64 {
    if source.day_cv <= 0.0 {
        return 1.0;
    }
    let shape = 1.0 / (source.day_cv * source.day_cv);
    (gamma(shape, &mut luck.draw(u64::from(source.day_group), What::DayFactor, 0)) / shape).max(1e-9)
}
