//! The end of a run: segments are put together to windows, and every row of the fixed set is figured.

mod price;
mod rows;

use super::cell::{Aggregate, Cell, Counter};
use super::collector::Collector;
use super::definitions::{DEFINITIONS, Family, Kpi};
use super::distribution::{DISTRIBUTED, Distribution};
use super::durations::{Spread, Tally};
use super::egress::EgressSeen;
use super::figures::{Broken, Figure, Key, Level, Row, RunFigures, Series};
use super::layout::{Layout, Slice, level_of, narrowed};
use super::resilience::Curve;
use super::service;
use super::windows::{BASELINE, DisturbanceKind, WHOLE};
use crate::scenario::model::{Channel, Dependency, DependencyKind, Expectation, Id, Stat, Style, Team, Window};
use crate::time::{Span, Time};
use std::cell::{OnceCell, RefCell};

/// The least served share of a channel that counts as recovered: so much of the baseline's.
pub const MINIMUM: f64 = 0.4;
/// For how long it must hold.
pub const HELD_FOR: Span = Span::from_secs(300);
/// Within this of the baseline a desk is back to normal.
const NORMAL: f64 = 0.9;
/// A backlog of so many times the baseline's is drained.
const DRAINED: f64 = 1.1;
/// Contacts or requests that a baseline needs before it is judged at all.
const FEW: f64 = 10.0;

const SPREAD: [Stat; 5] = [Stat::Mean, Stat::P50, Stat::P90, Stat::P95, Stat::P99];

/// A run that is over, with its windows put together.
struct Finished<'a> {
    seen: &'a Collector,
    layout: &'a Layout,
    closed: Time,
    /// By slice (all contacts last) and window, each put together when it is first asked for: a probe for breaking points asks
    /// for few of them.
    contacts: Vec<Vec<OnceCell<Aggregate>>>,
    /// By team and window, likewise.
    handling: Vec<Vec<OnceCell<Option<Spread>>>>,
    tally: RefCell<Tally>,
    segments: Vec<Vec<usize>>,
    /// By channel (all last).
    curves: Vec<Curve>,
}

impl Collector {
    /// What is still going on ends at `close`.
    fn close(&mut self, close: Time) {
        self.roll(Time::from_micros(close.micros().saturating_add(1)));
        let segment = self.now_in;
        for track in self.tracks() {
            track.hold(close, segment);
        }
        self.close_unanswered();
    }

    /// Closes the run at `close` and figures only what the expectations speak of, in their order, as [`Self::finish`] does.
    pub fn expected(mut self, close: Time) -> Vec<Option<Figure>> {
        self.close(close);
        let layout = std::sync::Arc::clone(&self.layout);
        let finished = Finished::of(&self, &layout, close);
        layout.scenario.expect.iter().map(|e| finished.expected(e)).collect()
    }

    /// Closes the run at `close` and figures everything.
    pub fn finish(mut self, close: Time) -> RunFigures {
        self.close(close);
        let layout = std::sync::Arc::clone(&self.layout);
        let finished = Finished::of(&self, &layout, close);
        let rows = finished.rows();
        let expected = layout.scenario.expect.iter().map(|e| finished.expected(e)).collect();
        let broken = finished.broken();
        let mut tally = finished.tally.take();
        let distributions = finished.distributions(&mut tally);
        let retries = self.requests.retries.spacing(&mut tally);
        tally.add(&self.lateness);
        let lateness = tally.take().map(|late| late.p99);
        RunFigures {
            rows,
            expected,
            distributions,
            broken,
            egress: self.egress.iter().map(|(host, seen)| seen.of(*host)).collect(),
            lateness,
            missed: self.missed,
            marks: self.marks,
            evidence: self.evidence,
            retries,
            rules: self.rules,
            trouble: self.trouble,
            stopped: self.stopped,
            contacts: self.contacts,
            closed: close,
            series: Series {
                step: layout.step,
                channels: self.channels.into_iter().map(super::levels::Track::into_samples).collect(),
                teams: self.teams.into_iter().map(super::levels::Track::into_samples).collect(),
                served: self.steps.chunks_exact(layout.per_channel()).map(<[_]>::to_vec).collect(),
            },
        }
    }
}

impl<'a> Finished<'a> {
    fn of(seen: &'a Collector, layout: &'a Layout, closed: Time) -> Self {
        let windows = layout.windows.list.len();
        let segments: Vec<Vec<usize>> = (0..windows).map(|w| layout.windows.segments_of(w).collect()).collect();
        let contacts = vec![vec![OnceCell::new(); windows]; layout.slices.len() + 1];
        let handling = vec![vec![OnceCell::new(); windows]; layout.scenario.desk.teams.len()];
        let curve = |of: &[[u32; 3]]| {
            let channels = of.chunks_exact(layout.per_channel());
            let sum = |step: usize| channels.clone().fold((0, 0), |(a, b), c| (a + c[step][0], b + c[step][1]));
            Curve::of(layout.step, (0..layout.steps).map(sum))
        };
        let mut curves: Vec<Curve> = seen.steps.chunks_exact(layout.per_channel()).map(&curve).collect();
        curves.push(curve(&seen.steps));
        Self { seen, layout, closed, contacts, handling, tally: RefCell::default(), segments, curves }
    }

    /// The contacts of a slice (all contacts last) in a window.
    fn contacts(&self, slice: usize, window: usize) -> &Aggregate {
        let cells =
            |slice: usize| self.segments[window].iter().map(move |s| &self.seen.cells[slice * self.seen.segments + s]);
        self.contacts[slice][window].get_or_init(|| {
            // The first slices are the channels.
            let channels = self.layout.scenario.desk.channels.len();
            let meant = if slice == self.layout.slices.len() { 0..channels } else { slice..slice + 1 };
            let meant: Vec<&Cell> = meant.flat_map(cells).collect();
            Aggregate::of(&meant, self.layout.levels.len(), &mut self.tally.borrow_mut())
        })
    }

    /// Handling times of a team in a window.
    fn handling(&self, team: usize, window: usize) -> Option<&Spread> {
        let spread = self.handling[team][window].get_or_init(|| {
            let mut tally = self.tally.borrow_mut();
            for segment in &self.segments[window] {
                tally.add(&self.seen.team_handle[team * self.seen.segments + segment]);
            }
            tally.take()
        });
        spread.as_ref()
    }

    fn pieces(&self, window: usize) -> Vec<Window> {
        let pieces = self.layout.windows.list[window].pieces.iter();
        pieces.map(|p| Window { from: p.from, to: p.to.min(self.closed) }).filter(|p| p.from < p.to).collect()
    }
    fn length(&self, window: usize) -> Span {
        self.pieces(window).iter().map(|p| p.to.since(p.from)).sum()
    }
    /// How a channel's service level is counted: the ways it shows.
    fn shown(&self, channel: Option<Id<Channel>>) -> Vec<usize> {
        match channel {
            Some(channel) => self.layout.shown[channel.index()].clone(),
            None if self.layout.shown.iter().all(Vec::is_empty) => Vec::new(),
            None => vec![0],
        }
    }

    /// The figure an expectation speaks of.
    fn expected(&self, e: &Expectation) -> Option<Figure> {
        let kpi = Kpi::named(&e.kpi)?;
        let window = self.layout.windows.index_of(&e.window)?;
        match kpi.definition().family {
            Family::Contacts | Family::Levels => self.of_contacts(kpi, e.stat, narrowed(e), window, Some(level_of(e))),
            Family::Handling => match e.team {
                Some(_) => self.of_people(kpi, e.stat, e.team, window),
                None => self.of_contacts(kpi, e.stat, narrowed(e), window, None),
            },
            Family::People => self.of_people(kpi, e.stat, e.team, window),
            Family::Outage | Family::Updates => self.of_outage(kpi, e.channel, e.of, window, e.minimum, e.held_for),
            Family::Requests => match e.of {
                Some(of) => self.of_requests(kpi, of, window),
                None if kpi == Kpi::RepeatedSideEffects => self.all_repeated(window),
                None => {
                    let figures = self.broken_here(WHOLE).into_iter().map(|of| self.of_requests(kpi, of, window));
                    figures.fold(None, Figure::worse)
                }
            },
            Family::Cost => self.of_cost(kpi, window),
            Family::Run => (kpi == Kpi::UndeclaredEgress).then(|| self.egress(window)),
        }
    }

    fn of_contacts(&self, kpi: Kpi, stat: Stat, slice: Slice, window: usize, level: Option<Level>) -> Option<Figure> {
        let all = slice == Slice::default();
        let place = if all { self.layout.slices.len() } else { self.layout.slice(slice)? };
        let channel = slice.channel.filter(|_| slice.reason.is_none() && slice.segment.is_none());
        match kpi {
            Kpi::Backlog | Kpi::Waiting if all || channel.is_some() => self.of_level(kpi, stat, channel, window),
            Kpi::ResilienceLoss | Kpi::ResilienceIndex | Kpi::Robustness | Kpi::Rapidity => {
                (all || channel.is_some()).then(|| self.of_curve(kpi, channel, window)).flatten()
            }
            Kpi::DataLoss => self.data_loss(self.contacts(place, window)),
            _ => {
                let level = level.and_then(|l| Some((self.layout.levels.iter().position(|k| *k == l)?, l)));
                service::figure(self.contacts(place, window), kpi, stat, level)
            }
        }
    }
    /// The age of the oldest lost contact; none where no contact was offered.
    fn data_loss(&self, all: &Aggregate) -> Option<Figure> {
        let age = if all.oldest_lost < self.closed { self.closed.since(all.oldest_lost) } else { Span::ZERO };
        (all.get(Counter::Offered) > 0.0).then(|| Figure::length(age))
    }
    fn of_level(&self, kpi: Kpi, stat: Stat, channel: Option<Id<Channel>>, window: usize) -> Option<Figure> {
        let track = match channel {
            Some(channel) => &self.seen.channels[channel.index()],
            None if self.seen.channels.len() == 1 => &self.seen.channels[0],
            None => &self.seen.total,
        };
        let [waiting, _, backlog] = track.over(&self.segments[window]);
        let part = if kpi == Kpi::Waiting { waiting } else { backlog };
        let length = self.length(window);
        (length > Span::ZERO).then_some(())?;
        match stat {
            Stat::Value => Some(Figure::plain(f64::from(part.peak))),
            Stat::Mean => Some(Figure::plain(part.area as f64 / length.micros() as f64)),
            _ => None,
        }
    }
    fn of_curve(&self, kpi: Kpi, channel: Option<Id<Channel>>, window: usize) -> Option<Figure> {
        let curve = self.curve(channel);
        let pieces = self.pieces(window);
        match kpi {
            Kpi::ResilienceLoss => curve.loss(&pieces).map(Figure::plain),
            Kpi::ResilienceIndex => {
                curve.loss(&pieces).map(|loss| Figure::plain((1.0 - loss / self.length(window).secs_f64()).max(0.0)))
            }
            Kpi::Robustness => curve.lowest(&pieces).map(Figure::plain),
            _ => curve.rapidity(&pieces, NORMAL * self.normal(channel)).map(Figure::plain),
        }
    }
    fn curve(&self, channel: Option<Id<Channel>>) -> &Curve {
        &self.curves[channel.map_or(self.curves.len() - 1, Id::index)]
    }
    fn all_of(&self, channel: Option<Id<Channel>>, window: usize) -> &Aggregate {
        self.contacts(channel.map_or(self.layout.slices.len(), Id::index), window)
    }
    /// The served share of the baseline; one where there is no baseline.
    fn normal(&self, channel: Option<Id<Channel>>) -> f64 {
        service::figure(self.all_of(channel, BASELINE), Kpi::Served, Stat::Value, None).map_or(1.0, |f| f.value)
    }

    fn of_people(&self, kpi: Kpi, stat: Stat, team: Option<Id<Team>>, window: usize) -> Option<Figure> {
        if kpi == Kpi::HandleTime {
            return service::of_spread(self.handling(team?.index(), window), stat);
        }
        let teams = self.layout.scenario.desk.teams.iter().enumerate();
        let meant = teams.filter(|(place, _)| team.is_none_or(|t| t.index() == *place));
        if kpi == Kpi::PlanCost {
            let meant: Vec<usize> = meant.map(|(place, _)| place).collect();
            return self.plan_cost(&meant, window);
        }
        let meant: Vec<usize> = meant.map(|(place, _)| place).collect();
        let mut sum = [0.0; 3];
        for place in &meant {
            for (sum, part) in sum.iter_mut().zip(self.seen.teams[*place].over(&self.segments[window])) {
                *sum += part.area as f64;
            }
        }
        let [scheduled, present, busy] = sum;
        let length = self.length(window).micros() as f64;
        if meant.is_empty() || length <= 0.0 {
            return None;
        }
        match kpi {
            Kpi::Occupancy => Figure::ratio(busy, present),
            Kpi::Shrinkage => Figure::ratio((scheduled - present).max(0.0), scheduled),
            Kpi::PeopleMissing => (scheduled > 0.0).then(|| Figure::plain((scheduled - present).max(0.0) / length)),
            _ => None,
        }
    }

    /// A figure of one outage, or the worst over all that the window and the dependency leave.
    fn of_outage(
        &self,
        kpi: Kpi,
        channel: Option<Id<Channel>>,
        of: Option<Id<Dependency>>,
        window: usize,
        minimum: f64,
        held_for: Span,
    ) -> Option<Figure> {
        match kpi {
            Kpi::UpdatesKept => return self.seen.continuity.updates_kept(&self.pieces(window), self.closed),
            Kpi::VipReached => return self.seen.continuity.vip_reached(&self.pieces(window), self.closed),
            _ => {}
        }
        let windows = &self.layout.windows;
        // Of the whole day the outages count; a surge or an absence only where there is none, or where it is named.
        let outages = windows.disturbances.iter().any(|d| d.kind == DisturbanceKind::Outage);
        let meant = windows.disturbances.iter().enumerate().filter(|(place, d)| {
            let own = windows.during(*place);
            let counts = d.kind == DisturbanceKind::Outage || !outages;
            let here = window == own || window == own + 1 || (window < 3 && window != BASELINE && counts);
            here && d.begins > Time::ZERO && of.is_none_or(|of| d.of == Some(of)) && d.is_met() && d.met < self.closed
        });
        meant.map(|(place, _)| self.of_one(kpi, channel, place, minimum, held_for)).fold(None, Figure::worse)
    }
    fn of_one(&self, kpi: Kpi, channel: Option<Id<Channel>>, place: usize, least: f64, held: Span) -> Option<Figure> {
        let d = &self.layout.windows.disturbances[place];
        let told = &self.seen.continuity;
        let closed = self.closed;
        let end = self.layout.scenario.end().min(closed);
        let outage = d.kind == DisturbanceKind::Outage;
        match kpi {
            Kpi::TimeToDetect => told.time_to_detect(place, closed),
            Kpi::TimeToFailover => told.time_to_failover(place, closed),
            Kpi::TimeToFailback => told.time_to_failback(place, end),
            Kpi::FirstUpdate => told.first_update(place, closed),
            Kpi::UpdateGap => told.update_gap(place, closed),
            Kpi::UpdateAfterFix => told.update_after_fix(place, end),
            Kpi::TimeToRecover => {
                self.curve(channel).recovered(d.met, d.over.min(end), least * self.normal(channel), held)
            }
            Kpi::TimeToNormal if d.over < end => {
                self.curve(channel).recovered(d.over, end, NORMAL * self.normal(channel), held)
            }
            Kpi::OutagePenalty if outage => {
                let median = |window| self.all_of(channel, window).first_reply.map(|spread| spread.p50);
                let during = self.layout.windows.during(place);
                Some(Figure::plain(median(during)? - median(BASELINE)?))
            }
            Kpi::BacklogDrain if outage && d.over < end => self.drained(channel, d.over, end),
            _ => None,
        }
    }
    fn drained(&self, channel: Option<Id<Channel>>, over: Time, end: Time) -> Option<Figure> {
        let normal = self.of_level(Kpi::Backlog, Stat::Mean, channel, BASELINE)?.value;
        let meant = |place: usize| channel.is_none_or(|c| c.index() == place);
        let step = self.layout.step.micros();
        let first = (over.micros() + step - 1) / step;
        for at in first..=end.micros() / step {
            let open: u32 = (0..self.seen.channels.len())
                .filter(|place| meant(*place))
                .filter_map(|place| self.seen.channels[place].samples().get(at as usize).map(|levels| levels[2]))
                .sum();
            if f64::from(open) <= DRAINED * normal {
                return Some(Figure::length(Time::from_micros(at * step).since(over)));
            }
        }
        Some(Figure::never(end.since(over)))
    }

    /// Hosts that were tried in a window, each once.
    fn egress(&self, window: usize) -> Figure {
        let tried = |seen: &&EgressSeen| self.segments[window].iter().any(|segment| seen.tries[*segment] > 0);
        Figure::plain(self.seen.egress.values().filter(tried).count() as f64)
    }

    fn of_requests(&self, kpi: Kpi, of: Id<Dependency>, window: usize) -> Option<Figure> {
        let calls = self.seen.requests.over(of, &self.segments[window]);
        let made = calls.made > 0;
        match kpi {
            Kpi::RetryAmplification => self.amplification(of, window),
            Kpi::RetryAfterIgnored => made.then(|| Figure::plain(f64::from(calls.too_early))),
            Kpi::Hammering => made.then(|| Figure::plain(f64::from(calls.hammering))),
            Kpi::RepeatedSideEffects => (made || calls.repeated > 0).then(|| Figure::plain(f64::from(calls.repeated))),
            Kpi::Backoff => Figure::ratio(f64::from(calls.grew), f64::from(calls.gaps)),
            _ => None,
        }
    }
    /// Calls a contact in a window over the baseline's; for the whole day the worst outage of the dependency. Connections of
    /// a proxy are no calls: a pool asks many times over one of them while all is well.
    fn amplification(&self, of: Id<Dependency>, window: usize) -> Option<Figure> {
        if self.layout.scenario.desk.dependencies[of.index()].kind == DependencyKind::Tcp {
            return None;
        }
        if window < 3 {
            let outages = self.seen.continuity.places().filter(|(_, broken)| *broken == of && window != BASELINE);
            let each = outages.map(|(place, _)| self.amplification(of, self.layout.windows.during(place)));
            return each.fold(None, Figure::worse);
        }
        let rate = |window: usize| {
            let calls = f64::from(self.seen.requests.over(of, &self.segments[window]).made);
            Figure::ratio(calls, self.all_of(None, window).get(Counter::Entered)).map(|f| f.value)
        };
        Figure::ratio(rate(window)?, rate(BASELINE)?).map(|f| Figure::plain(f.value))
    }

    /// Why the baseline was no normal day.
    fn broken(&self) -> Vec<Broken> {
        let desk = &self.layout.scenario.desk;
        let from_start =
            |of: Id<Dependency>| self.layout.scenario.outages.iter().any(|o| o.of == of && o.window.from <= Time::ZERO);
        let mut found = Vec::new();
        for place in 0..desk.dependencies.len() {
            let calls = self.seen.requests.over(Id::new(place), &self.segments[BASELINE]);
            if f64::from(calls.made) >= FEW && calls.failed * 2 > calls.made && !from_start(Id::new(place)) {
                found.push(Broken::Dependency(Id::new(place)));
            }
        }
        for (place, channel) in desk.channels.iter().enumerate() {
            let id = Id::new(place);
            let all = self.all_of(Some(id), BASELINE);
            let offered = all.get(Counter::Entered) + all.get(Counter::BlockedByFault);
            if offered < FEW || channel.over.iter().any(|of| from_start(*of)) {
                continue;
            }
            // A ticket may well be answered after the day.
            if channel.style != Style::Ticket && all.get(Counter::Served) < MINIMUM * offered {
                found.push(Broken::Unserved(id));
            }
            let instead = all.get(Counter::Placeholders).max(all.get(Counter::Apologies));
            if instead * 2.0 > offered {
                found.push(Broken::Unanswered(id));
            }
            let bot = desk.bot.as_ref().filter(|bot| bot.answers.contains(&id) && !from_start(bot.uses));
            if bot.is_some() && all.get(Counter::FirstAnswers) >= FEW && all.get(Counter::FromModel) == 0.0 {
                found.push(Broken::NoModel(id));
            }
        }
        found
    }
}

fn key(kpi: Kpi, stat: Stat, window: usize) -> Key {
    Key {
        kpi,
        stat,
        window: window as u16,
        channel: None,
        team: None,
        reason: None,
        segment: None,
        of: None,
        level: None,
    }
}
