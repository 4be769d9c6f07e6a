//! The moments at which customers contact for the first time: a non-homogeneous Poisson process a source, by inversion of
//! its expected count. The n-th customer of a source has its own gap, drawn by name, so that what a surge adds leaves the
//! normal day's customers where they are.

use super::demand::{Kind, Source};
use super::storm::Storm;
use super::ziggurat::exponential;
use crate::rng::{Luck, What};
use crate::scenario::model::{Channel, Id, Reason, Trace, TraceRow};
use crate::time::Time;

pub use super::demand::{CUSTOMER_BITS, Demand};

/// A customer's first contact.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arrival<'d> {
    /// When.
    pub at: Time,
    /// Who: the same number in every run and under every plan.
    pub customer: u64,
    /// By which channel.
    pub channel: Id<Channel>,
    /// The reason, where the source has only one.
    pub reason: Option<Id<Reason>>,
    /// The outage that brings them, by its place in the scenario, if one does.
    pub because_of: Option<u16>,
    /// The row of a trace that it is: what else is known of one that was recorded.
    pub recorded: Option<&'d TraceRow>,
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
    /// What is still to come of a storm.
    storm: Option<Box<Storm>>,
}

impl Head {
    #[inline]
    fn next(&self) -> (Time, u64) {
        self.ahead[self.place % AHEAD]
    }
}

impl Head {
    /// The next contacts of a storm, numbered as they come.
    fn storm_ahead(&mut self, source: &Source, index: usize, luck: Luck, end: Time) {
        let (Kind::Storm(burst), Some(storm)) = (&source.kind, &mut self.storm) else { return };
        for ahead in &mut self.ahead {
            if storm.first.is_none() {
                self.reached += exponential(&mut luck.draw(index as u64, What::Arrival, storm.families)) * self.pace;
                let name = (index as u64) << CUSTOMER_BITS | storm.families;
                storm.first = source.curve.when(self.reached, &mut self.piece).map(|at| (at, name));
                storm.families += 1;
            }
            let Some(at) = storm.take(*burst, luck, end) else {
                *ahead = (Time::NEVER, 0);
                continue;
            };
            *ahead = (at, self.count);
            self.count += 1;
        }
    }

    /// The next contacts of a trace, numbered by row and copy.
    fn trace_ahead(&mut self, trace: &Trace, index: usize, luck: Luck) {
        let (whole, part) = (trace.scale.floor() as u64, trace.scale.fract());
        let each = trace.scale.ceil() as u64;
        for ahead in &mut self.ahead {
            *ahead = loop {
                let Some(row) = trace.rows.get(self.piece) else { break (Time::NEVER, 0) };
                let number = self.piece as u64;
                let copies = whole + u64::from(part > 0.0 && luck.chance(index as u64, What::Copies, number) < part);
                if self.count < copies {
                    self.count += 1;
                    break (row.at, number * each + self.count - 1);
                }
                (self.piece, self.count) = (self.piece + 1, 0);
            };
        }
    }
}

/// A customer of a trace, by the number within it.
#[cold]
fn recorded(trace: &Trace, at: Time, customer: u64, number: u64) -> Arrival<'_> {
    let row = &trace.rows[(number / trace.scale.ceil() as u64) as usize];
    Arrival { at, customer, channel: row.channel, reason: row.reason, because_of: None, recorded: Some(row) }
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
                pace: 1.0 / source.day_factor(luck),
                gaps: [0.0; AHEAD],
                storm: matches!(source.kind, Kind::Storm(_)).then(Box::default),
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
    #[inline(always)]
    pub fn take(&mut self) -> Option<Arrival<'d>> {
        let (index, at) = self.next?;
        let source = &self.demand.sources[index];
        let head = &mut self.heads[index];
        let customer = (index as u64) << CUSTOMER_BITS | head.next().1;
        let arrival = match &source.kind {
            Kind::Trace(trace) => recorded(trace, at, customer, head.next().1),
            _ => {
                let Source { channel, reason, because_of, .. } = *source;
                Arrival { at, customer, channel, reason, because_of, recorded: None }
            }
        };
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
        match &source.kind {
            Kind::Rate => {}
            Kind::Storm(_) => return head.storm_ahead(source, index, luck, self.demand.end),
            Kind::Trace(trace) => return head.trace_ahead(trace, index, luck),
        }
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
