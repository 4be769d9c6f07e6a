//! Where contacts come from: a source for each stream of the desk, for what surges add to each, and for each surge of its own
//! rate, storm or trace.

use super::rate::{RateCurve, thinning};
use super::sample::{cumulative, gamma, pick};
use crate::rng::{Luck, What};
use crate::scenario::model::{Burst, Channel, Id, RateStep, Reason, Scenario, Stream, Surge, SurgeEffect, Trace};
use crate::time::Time;

/// Where contacts come from, worked out once a scenario and shared by its runs.
#[derive(Clone, Debug)]
pub struct Demand {
    pub(super) sources: Vec<Source>,
    surges: Vec<Surge>,
    /// Cumulative shares of the reasons, for surges that take contacts of one reason away.
    reasons: Vec<f64>,
    /// The last moment at which a contact can begin.
    pub(super) end: Time,
}

/// A surge on a stream: its place in the scenario, its factor, and the reason it is about if it is not about all.
type On = (usize, f64, Option<Id<Reason>>);

/// One source of contacts.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) channel: Id<Channel>,
    pub(super) reason: Option<Id<Reason>>,
    pub(super) curve: RateCurve,
    day_cv: f64,
    day_group: u16,
    /// The outage that brings all of them, by its place in the scenario, if one does.
    pub(super) because_of: Option<u16>,
    /// The surges on it, if one has a factor below one and so may take contacts away.
    pub(super) thinned_by: Vec<On>,
    pub(super) kind: Kind,
}

/// How the contacts of a source come about.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// Each by itself, at the rate of the curve.
    Rate,
    /// The curve starts them, and each brings more.
    Storm(Burst),
    /// They were recorded; the curve is empty.
    Trace(Trace),
}

/// Bits of a customer's number that count customers within a source; the source is above them.
pub const CUSTOMER_BITS: u32 = 40;

impl Source {
    /// A source that knows no busyness of the day.
    fn plain(channel: Id<Channel>, reason: Option<Id<Reason>>, curve: RateCurve) -> Self {
        Self {
            channel,
            reason,
            curve,
            day_cv: 0.0,
            day_group: 0,
            because_of: None,
            thinned_by: Vec::new(),
            kind: Kind::Rate,
        }
    }

    /// A source as busy as its stream is on that day.
    fn of(stream: &Stream, reason: Option<Id<Reason>>, curve: RateCurve) -> Self {
        let plain = Self::plain(stream.channel, reason, curve);
        Self { day_cv: stream.day_cv, day_group: stream.day_group, ..plain }
    }

    /// The busyness of the day: gamma with mean one, shared by the streams of a group.
    pub(super) fn day_factor(&self, luck: Luck) -> f64 {
        if self.day_cv <= 0.0 {
            return 1.0;
        }
        let shape = 1.0 / (self.day_cv * self.day_cv);
        (gamma(shape, &mut luck.draw(u64::from(self.day_group), What::DayFactor, 0)) / shape).max(1e-9)
    }

    /// Contacts expected on a day of average busyness.
    fn expected(&self) -> f64 {
        match &self.kind {
            Kind::Rate => self.curve.total(),
            Kind::Storm(burst) => self.curve.total() / (1.0 - burst.echo),
            Kind::Trace(trace) => trace.rows.len() as f64 * trace.scale,
        }
    }
}

impl Demand {
    /// The sources of a scenario: its desk's streams, what surges add to each, and surges of their own rate.
    pub fn new(scenario: &Scenario) -> Self {
        let end = scenario.end();
        let mut sources = Vec::new();
        let mut extras = Vec::new();
        for stream in &scenario.desk.streams {
            // A stream that a trace stands in place of brings nobody, but keeps its place: it is part of customers' names.
            let instead = |surge: &Surge| matches!(&surge.effect, SurgeEffect::Trace(trace) if trace.instead.contains(&stream.channel));
            let rate = if scenario.surges.iter().any(instead) { Vec::new() } else { stream.rate.clone() };
            let on = surges_on(scenario, stream.channel, stream.reason);
            let thins = on.iter().any(|(_, factor, _)| *factor < 1.0);
            let thinned_by = if thins { on.clone() } else { Vec::new() };
            sources.push(Source { thinned_by, ..Source::of(stream, stream.reason, RateCurve::steps(&rate, end)) });
            for reason in raised(&on, scenario.desk.reasons.len()) {
                let of_reason: Vec<(&Surge, f64)> =
                    about(&on, reason).map(|(i, factor)| (&scenario.surges[i], factor)).collect();
                let share = match (reason, stream.reason) {
                    (Some(reason), None) => scenario.desk.reasons[reason.index()].share,
                    _ => 1.0,
                };
                let steps: Vec<_> =
                    rate.iter().map(|step| RateStep { per_second: step.per_second * share, ..*step }).collect();
                let curve = RateCurve::extra(&steps, &of_reason, end);
                // What several disturbances bring together is brought by an outage only if it is the same for all.
                let mut causes =
                    of_reason.iter().map(|(surge, _)| surge.because_of.as_ref().map(|because| because.outage));
                let first = causes.next().flatten();
                let because_of = first.filter(|outage| causes.all(|cause| cause == Some(*outage)));
                extras.push(Source { because_of, ..Source::of(stream, reason.or(stream.reason), curve) });
            }
        }
        sources.append(&mut extras);
        scenario.surges.iter().for_each(|surge| of_its_own(surge, end, &mut sources));
        let reasons = cumulative(scenario.desk.reasons.iter().map(|reason| reason.share));
        Self { sources, surges: scenario.surges.clone(), reasons, end }
    }

    /// Expected first contacts of a day of average busyness; of a storm also what comes after the end.
    pub fn expected(&self) -> f64 {
        self.sources.iter().map(Source::expected).sum()
    }

    /// Whether surges below one take this customer of a source away.
    pub(super) fn thins(&self, source: &Source, luck: Luck, index: usize, count: u64, at: Time) -> bool {
        let customer = (index as u64) << CUSTOMER_BITS | (count - 1);
        let drawn = || Id::new(pick(&self.reasons, || luck.chance(customer, What::Reason, 0)));
        let reason = source.reason.unwrap_or_else(drawn);
        let surges: Vec<(&Surge, f64)> =
            about(&source.thinned_by, Some(reason)).map(|(surge, factor)| (&self.surges[surge], factor)).collect();
        luck.chance(index as u64, What::Thin, count) >= thinning(&surges, at)
    }
}

/// The sources of what a surge brings by itself, and of its wave.
fn of_its_own(surge: &Surge, end: Time, sources: &mut Vec<Source>) {
    match &surge.effect {
        SurgeEffect::Times { .. } => {}
        SurgeEffect::Add { per_second, channels, reason, burst } => {
            sources.extend(channels.iter().map(|(channel, share)| {
                let source = Source::plain(*channel, *reason, RateCurve::added(surge, per_second * share, end));
                let because_of = surge.because_of.as_ref().map(|because| because.outage);
                Source { kind: burst.map_or(Kind::Rate, Kind::Storm), because_of, ..source }
            }));
        }
        SurgeEffect::Send { contacts, half_within, over, channels, reason } => {
            sources.extend(channels.iter().map(|(channel, share)| {
                let curve = RateCurve::sent(surge.window.from, *over, *half_within, contacts * share, end);
                Source::plain(*channel, *reason, curve)
            }));
        }
        SurgeEffect::Trace(trace) => {
            let channel = trace.rows.first().map_or(Id::new(0), |row| row.channel);
            let source = Source::plain(channel, None, RateCurve::steps(&[], end));
            sources.push(Source { kind: Kind::Trace(trace.clone()), ..source });
        }
    }
    if let Some(wave) = surge.wave() {
        let of = |(channel, share): &(Id<Channel>, f64)| {
            Source::plain(*channel, wave.reason, RateCurve::wave(wave, *share, end))
        };
        sources.extend(wave.channels.iter().map(of));
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
