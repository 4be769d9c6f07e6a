//! What the plan promised: when trouble was noticed, when the backup answered, what the public was told.

use super::figures::Figure;
use super::windows::{DisturbanceKind, Windows};
use crate::scenario::model::{
    Channel, Condition, Dependency, DependencyKind, Desk, Id, Scenario, Segment, Style, Window,
};
use crate::seam::Source;
use crate::time::{Span, Time};

/// How an outage of this dependency can be got round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Backup {
    /// The bot can ask another model or answer from its FAQ.
    Model,
    /// Another carrier can carry the channel.
    Carrier,
    /// There is no such thing as a first answer through a backup.
    None,
}

/// One outage under watch.
#[derive(Clone, Debug)]
struct Watched {
    of: Id<Dependency>,
    from: Time,
    fixed: Time,
    over: Time,
    backup: Backup,
    detected: Option<Time>,
    failover: Option<Time>,
    failback: Option<Time>,
    carried: Option<(Id<Channel>, Time)>,
    restored: Option<(Id<Channel>, Time)>,
}

/// One update to the public.
#[derive(Clone, Copy, Debug)]
struct Told {
    at: Time,
    all_clear: bool,
    next_by: Option<Time>,
}

/// The promise to call a group of customers in person.
#[derive(Clone, Copy, Debug)]
struct Personally {
    segment: Id<Segment>,
    within: Span,
    /// Trouble that returns within this is the same trouble.
    gap: Span,
}

/// Updates, and rounds of personal calls, kept of a run.
const UPDATES: usize = 10_000;
/// An update that is late by no more than this kept its promise: status pages show minutes.
const UPDATE_GRACE: Span = Span::MINUTE;
/// A personal call that is late by no more than this was in time.
const CALL_GRACE: Span = Span::from_secs(1);

/// Everything that shows how the desk got round its outages.
#[derive(Debug)]
pub(super) struct Continuity {
    outages: Vec<(usize, Watched)>,
    told: Vec<Told>,
    says: bool,
    personally: Option<Personally>,
    called: Vec<Time>,
    /// Nothing before this moment is of interest.
    pub watch_from: Time,
    /// A carrier has been changed, so `Served` is of interest too.
    pub carrying: bool,
}

impl Continuity {
    /// The outages of this day.
    pub(super) fn of(scenario: &Scenario, windows: &Windows) -> Self {
        let outages: Vec<(usize, Watched)> = windows
            .disturbances
            .iter()
            .enumerate()
            .filter(|(_, d)| d.kind == DisturbanceKind::Outage)
            .zip(&scenario.outages)
            .filter_map(|((place, d), outage)| Some((place, watched(scenario, d.of?, d.met, d.over, outage.window))))
            .collect();
        let watch_from = outages.iter().map(|(_, o)| o.from).min().unwrap_or(Time::NEVER);
        let status = |d: &Dependency| d.kind == DependencyKind::Statuspage;
        let says = scenario.desk.plan.updates.is_some() || scenario.desk.dependencies.iter().any(status);
        let personally = scenario.desk.plan.updates.and_then(|updates| {
            let (segment, within) = updates.personally?;
            Some(Personally { segment, within, gap: updates.back_after })
        });
        Self { outages, told: Vec::new(), says, personally, called: Vec::new(), watch_from, carrying: false }
    }
    /// An answer reached a customer.
    pub(super) fn answered(&mut self, at: Time, source: Source) {
        for (_, outage) in &mut self.outages {
            if outage.backup != Backup::Model || at < outage.from {
                continue;
            }
            let through_backup = match source {
                Source::Model(of) => of != outage.of,
                Source::Faq { .. } => true,
                _ => false,
            };
            if through_backup && at < outage.over {
                outage.failover.get_or_insert(at);
                outage.detected.get_or_insert(at);
            }
            if source == Source::Model(outage.of) && at >= outage.over {
                outage.failback.get_or_insert(at);
            }
        }
    }
    /// A contact of `channel` that started at `started` was served.
    pub(super) fn served(&mut self, at: Time, channel: Id<Channel>, started: Time) {
        for (_, outage) in &mut self.outages {
            if outage.carried.is_some_and(|(of, since)| of == channel && started >= since) {
                outage.failover.get_or_insert(at);
            }
            if outage.restored.is_some_and(|(of, since)| of == channel && started >= since) {
                outage.failback.get_or_insert(at);
            }
        }
    }
    /// The desk noticed that a dependency is down.
    pub(super) fn noticed(&mut self, at: Time, of: Id<Dependency>) {
        for (_, outage) in &mut self.outages {
            if outage.of == of && at >= outage.from && at < outage.over {
                outage.detected.get_or_insert(at);
            }
        }
    }
    /// A rule of the plan acted or was undone.
    pub(super) fn rule(&mut self, at: Time, scenario: &Scenario, rule: u16, on: bool) {
        let Some(rule) = scenario.desk.plan.rules.get(usize::from(rule)) else { return };
        for (_, outage) in &mut self.outages {
            let about = matches!(&rule.when, Condition::Down(down) if down.contains(&outage.of));
            if on && about && at >= outage.from && at < outage.over {
                outage.detected.get_or_insert(at);
            }
        }
    }
    /// The desk carries a channel over another carrier, or over its own again: by its plan, or as seen on the wire.
    pub(super) fn carried(&mut self, at: Time, desk: &Desk, channel: Id<Channel>, over: Option<Id<Dependency>>) {
        for (_, outage) in &mut self.outages {
            let is_hit = desk.channels[channel.index()].over.contains(&outage.of);
            if outage.backup != Backup::Carrier || !is_hit || over == Some(outage.of) || at < outage.from {
                continue;
            }
            self.carrying = true;
            if over.is_some() && at < outage.over {
                outage.carried.get_or_insert((channel, at));
                outage.detected.get_or_insert(at);
            } else if over.is_none() && at >= outage.fixed && outage.carried.is_some() {
                outage.restored.get_or_insert((channel, at));
            }
        }
    }
    /// The public was told.
    pub(super) fn update(&mut self, at: Time, all_clear: bool, next_by: Option<Time>) {
        if self.told.len() < UPDATES {
            self.told.push(Told { at, all_clear, next_by });
        }
        for (_, outage) in &mut self.outages {
            if !all_clear && at >= outage.from && at < outage.over {
                outage.detected.get_or_insert(at);
            }
        }
    }
    /// The customers of a segment were called in person.
    pub(super) fn called_personally(&mut self, at: Time, segment: Id<Segment>) {
        if self.personally.is_some_and(|promise| promise.segment == segment) && self.called.len() < UPDATES {
            self.called.push(at);
        }
    }
    /// The place of each outage among the disturbances, and what is broken in it.
    pub(super) fn places(&self) -> impl Iterator<Item = (usize, Id<Dependency>)> + '_ {
        self.outages.iter().map(|(place, outage)| (*place, outage.of))
    }
    fn watched(&self, place: usize) -> Option<&Watched> {
        self.outages.iter().find(|(p, _)| *p == place).map(|(_, outage)| outage)
    }
    /// Outage start to the first sign that it was noticed.
    pub(super) fn time_to_detect(&self, place: usize, closed: Time) -> Option<Figure> {
        let o = self.watched(place)?;
        until(o.from, o.detected, o.over.min(closed))
    }
    /// Outage start to the first answer through the backup; none where a backup makes no sense.
    pub(super) fn time_to_failover(&self, place: usize, closed: Time) -> Option<Figure> {
        let o = self.watched(place).filter(|o| o.backup != Backup::None)?;
        until(o.from, o.failover, o.over.min(closed))
    }
    /// Recovery to the first answer through the primary, after a failover.
    pub(super) fn time_to_failback(&self, place: usize, closed: Time) -> Option<Figure> {
        let o = self.watched(place).filter(|o| o.failover.is_some())?;
        until(o.over, o.failback, closed)
    }
    /// Outage start to the first update.
    pub(super) fn first_update(&self, place: usize, closed: Time) -> Option<Figure> {
        let o = self.watched(place).filter(|_| self.says)?;
        until(o.from, self.first(o).map(|told| told.at), o.over.min(closed))
    }
    fn first(&self, o: &Watched) -> Option<&Told> {
        self.told.iter().find(|t| !t.all_clear && t.at >= o.from && t.at < o.over)
    }
    /// The longest silence.
    pub(super) fn update_gap(&self, place: usize, closed: Time) -> Option<Figure> {
        let o = self.watched(place).filter(|_| self.says)?;
        let Some(first) = self.first(o) else { return until(o.from, None, o.over.min(closed)) };
        let clear = self.told.iter().find(|t| t.all_clear && t.at >= o.fixed).map(|t| t.at);
        let end = clear.unwrap_or(o.over).min(o.over.max(first.at)).min(closed);
        let (mut last, mut longest) = (first.at, Span::ZERO);
        for at in self.told.iter().map(|t| t.at).filter(|at| *at > first.at && *at < end).chain([end]) {
            longest = longest.max(at.since(last));
            last = at;
        }
        Some(Figure::length(longest))
    }
    /// The fix to the all-clear.
    pub(super) fn update_after_fix(&self, place: usize, closed: Time) -> Option<Figure> {
        let o = self.watched(place).filter(|_| self.says)?;
        until(o.fixed, self.told.iter().find(|t| t.all_clear && t.at >= o.fixed).map(|t| t.at), closed)
    }
    /// Promises of a next update, made in these pieces of the day, that were kept.
    pub(super) fn updates_kept(&self, pieces: &[Window], closed: Time) -> Option<Figure> {
        let (mut kept, mut made) = (0.0, 0.0);
        for (place, told) in self.told.iter().enumerate() {
            let Some(by) = told.next_by.filter(|by| *by <= closed) else { continue };
            if told.all_clear || !pieces.iter().any(|piece| piece.holds(told.at)) {
                continue;
            }
            made += 1.0;
            kept += f64::from(u8::from(self.told.get(place + 1).is_some_and(|next| next.at <= by + UPDATE_GRACE)));
        }
        Figure::ratio(kept, made)
    }
    /// Troubles that began in these pieces of the day and lasted longer than the promise to call in person gives: the share
    /// in which it was kept.
    pub(super) fn vip_reached(&self, pieces: &[Window], closed: Time) -> Option<Figure> {
        let promise = self.personally?;
        let (mut kept, mut due) = (0.0, 0.0);
        for trouble in self.troubles(promise.gap, closed) {
            let by = trouble.from + promise.within + CALL_GRACE;
            if trouble.to <= by || !pieces.iter().any(|piece| piece.holds(trouble.from)) {
                continue;
            }
            due += 1.0;
            kept += f64::from(u8::from(self.called.iter().any(|at| *at >= trouble.from && *at <= by)));
        }
        Figure::ratio(kept, due)
    }
    /// The outages from when they were noticed (from their start, if they never were), those close together as one.
    fn troubles(&self, gap: Span, closed: Time) -> Vec<Window> {
        let noticed = |o: &Watched| Window { from: o.detected.unwrap_or(o.from), to: o.over.min(closed) };
        let mut each: Vec<Window> = self.outages.iter().map(|(_, o)| noticed(o)).filter(|w| w.from < w.to).collect();
        each.sort_by_key(|window| window.from);
        let mut troubles: Vec<Window> = Vec::new();
        for window in each {
            match troubles.last_mut() {
                Some(last) if window.from <= last.to + gap => last.to = last.to.max(window.to),
                _ => troubles.push(window),
            }
        }
        troubles
    }
}

fn watched(scenario: &Scenario, of: Id<Dependency>, from: Time, over: Time, window: Window) -> Watched {
    let carries = |c: &Channel| c.style == Style::Call && c.over.contains(&of);
    let backup = if scenario.desk.bot.as_ref().is_some_and(|bot| bot.uses == of) {
        Backup::Model
    } else if scenario.desk.channels.iter().any(carries) {
        Backup::Carrier
    } else {
        Backup::None
    };
    Watched {
        of,
        from,
        fixed: window.to.min(over),
        over,
        backup,
        detected: None,
        failover: None,
        failback: None,
        carried: None,
        restored: None,
    }
}

/// From `from` to `at`, or for ever as far as was seen.
fn until(from: Time, at: Option<Time>, seen: Time) -> Option<Figure> {
    match at {
        Some(at) => Some(Figure::length(at.since(from))),
        None if seen > from => Some(Figure::never(seen.since(from))),
        None => None,
    }
}
