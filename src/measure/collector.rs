//! Turns observations into counters as they come. Its memory does not grow with the number of contacts.

mod rare;

use super::cell::{Cell, Counter};
use super::continuity::Continuity;
use super::definitions::Kpi;
use super::durations::Durations;
use super::egress::{self, EgressSeen};
use super::figures::{EVIDENCE, Evidence, Level, MARKS, Mark};
use super::layout::Layout;
use super::levels::{Edges, Track};
use super::price::Price;
use super::requests::{Requests, Seen};
use super::windows::Windows;
use crate::observation::{After, Cause, Door, Effect, HostName, Observation, Observer, Trouble, Who};
use crate::scenario::model::{Dependency, Id, Scenario, Team};
use crate::seam::{ContactId, Source};
use crate::time::{Span, Time};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Slots of contacts whose last service is remembered (to take it back when they wait again).
const SLOTS: usize = 1 << 22;
/// Contacts with a placeholder or an apology and no answer yet that are followed at one time.
const UNANSWERED: usize = 1 << 17;

const PLACEHOLDER: u8 = 1;
const APOLOGY: u8 = 2;

/// Collects the figures of one run.
#[derive(Debug)]
pub struct Collector {
    pub(super) layout: Arc<Layout>,
    /// Those of the layout, near at hand.
    levels: Vec<Level>,
    pub(super) segments: usize,
    cached: (Time, Time, usize),
    pub(super) cells: Vec<Cell>,
    pub(super) channels: Vec<Track>,
    pub(super) total: Track,
    pub(super) teams: Vec<Track>,
    pub(super) team_handle: Vec<Durations>,
    pub(super) edges: Edges,
    pub(super) now_in: usize,
    /// Channel by channel, step by step, in one list: started, served, served in time.
    pub(super) steps: Vec<[u32; 3]>,
    /// How soon is in time, in the picture of each channel.
    in_time: Vec<Span>,
    served: Vec<(u32, Span)>,
    unanswered: BTreeMap<ContactId, (u8, Who)>,
    pub(super) requests: Requests,
    pub(super) continuity: Continuity,
    pub(super) price: Price,
    pub(super) marks: Vec<(Time, Mark)>,
    pub(super) evidence: Vec<Evidence>,
    pub(super) rules: Vec<Option<Time>>,
    pub(super) lateness: Durations,
    pub(super) missed: u64,
    pub(super) egress: BTreeMap<HostName, EgressSeen>,
    pub(super) trouble: Vec<Trouble>,
    pub(super) stopped: Option<(Time, Option<u16>)>,
    pub(super) contacts: u64,
}

/// No service to take back.
const NOT_SERVED: Span = Span::from_micros(-1);

impl Collector {
    /// Ready for a run of this scenario.
    pub fn new(scenario: &Scenario, windows: &Windows) -> Self {
        Self::with(Arc::new(Layout::of(scenario, windows)))
    }
    /// Ready for one of many runs that are collected alike.
    pub fn with(layout: Arc<Layout>) -> Self {
        let segments = layout.windows.segments();
        let desk = &layout.scenario.desk;
        let now_in = layout.windows.segment_at(Time::ZERO);
        let mut edges = Edges { next: Time::ZERO, sample: Time::ZERO, cut: layout.windows.stretch(now_in).to };
        edges.renew();
        Self {
            levels: layout.levels.clone(),
            segments,
            cached: (Time::NEVER, Time::NEVER, 0),
            cells: vec![Cell::new(layout.levels.len()); layout.slices.len() * segments],
            channels: vec![Track::new(segments); desk.channels.len()],
            total: Track::new(segments),
            teams: vec![Track::new(segments); desk.teams.len()],
            team_handle: vec![Durations::default(); desk.teams.len() * segments],
            now_in,
            edges,
            steps: vec![[0; 3]; layout.per_channel() * desk.channels.len()],
            in_time: layout.shown.iter().map(|ways| layout.levels[ways.first().copied().unwrap_or(0)].within).collect(),
            served: Vec::new(),
            unanswered: BTreeMap::new(),
            requests: Requests::new(desk.dependencies.len(), segments),
            continuity: Continuity::of(&layout.scenario, &layout.windows),
            price: Price::of(&layout.scenario, segments),
            marks: Vec::new(),
            evidence: Vec::new(),
            rules: vec![None; desk.plan.rules.len()],
            lateness: Durations::default(),
            missed: 0,
            egress: BTreeMap::new(),
            trouble: Vec::new(),
            stopped: None,
            contacts: 0,
            layout,
        }
    }

    #[inline]
    fn segment_of(&mut self, at: Time) -> usize {
        if at < self.cached.0 || at >= self.cached.1 {
            let segment = self.layout.windows.segment_at(at);
            let stretch = self.layout.windows.stretch(segment);
            self.cached = (stretch.from, stretch.to, segment);
        }
        self.cached.2
    }
    /// The counts of the step in which a contact started, on its channel.
    #[inline]
    fn step_of(&mut self, who: &Who) -> &mut [u32; 3] {
        let step = self.layout.step_at(who.started);
        &mut self.steps[who.channel.index() * self.layout.per_channel() + step]
    }
    #[inline]
    fn each(&mut self, who: &Who, mut note: impl FnMut(&mut Cell)) {
        self.each_timed(who, |cell, _| note(cell));
    }
    /// Every cell that holds this contact, with the ways a service level is counted.
    #[inline(always)]
    fn each_timed(&mut self, who: &Who, mut note: impl FnMut(&mut Cell, &[Level])) {
        let segment = self.segment_of(who.started);
        let slices = &self.layout.slices;
        let (mut place, mut next) = (who.channel.index(), self.channels.len());
        // One call of `note`, so that it is inlined: the slice of the channel, then the narrower ones, of which there are few.
        loop {
            note(&mut self.cells[place * self.segments + segment], &self.levels);
            while slices.get(next).is_some_and(|slice| !slice.holds(who)) {
                next += 1;
            }
            if next >= slices.len() {
                return;
            }
            (place, next) = (next, next + 1);
        }
    }
    #[inline]
    fn count(&mut self, who: &Who, counter: Counter) {
        self.each(who, |cell| cell.count(counter));
    }
    fn count_listed(&mut self, at: Time, who: &Who, counter: Counter, kpi: Kpi) {
        self.count(who, counter);
        self.list(at, who, kpi, None);
    }
    /// Whether this moment is not of the simulated part of a warm start, which is nobody's doing.
    pub(super) fn is_on_wire(&self, at: Time) -> bool {
        self.layout.scenario.warm_start.is_none_or(|wire| at >= wire.from)
    }
    fn list(&mut self, at: Time, who: &Who, kpi: Kpi, what: Option<(Id<Dependency>, Effect, After)>) {
        if self.is_on_wire(who.started) && self.evidence.iter().filter(|e| e.kpi == kpi).count() < EVIDENCE {
            let (channel, reason) = (who.channel, who.reason);
            self.evidence.push(Evidence {
                kpi,
                at,
                customer: who.customer,
                channel,
                reason,
                started: who.started,
                what,
            });
        }
    }
    fn mark(&mut self, at: Time, mark: Mark) {
        if self.marks.len() < MARKS {
            self.marks.push((at, mark));
        }
    }
    /// Closes every edge before `at`: the levels in force at a full minute are those after everything that happened at it.
    #[cold]
    pub(super) fn roll(&mut self, at: Time) {
        while self.edges.next < at {
            let edge = self.edges.next;
            let (segment, sampled) = (self.now_in, edge == self.edges.sample);
            for track in self.tracks() {
                track.hold(edge, segment);
                if sampled {
                    track.sample();
                }
            }
            if sampled {
                let next = edge + self.layout.step;
                let last = Time::ZERO + Span::from_micros(self.layout.step.micros() * self.layout.steps as i64);
                self.edges.sample = if next > last { Time::NEVER } else { next };
            }
            if edge == self.edges.cut {
                self.now_in += 1;
                self.edges.cut = self.layout.windows.stretch(self.now_in).to;
            }
            self.edges.renew();
        }
    }

    #[inline(never)]
    fn offered(&mut self, who: &Who, cause: Cause) {
        self.contacts += u64::from(self.is_on_wire(who.started));
        self.step_of(who)[0] += 1;
        let repeat = !matches!(cause, Cause::First | Cause::Backlog | Cause::LetDown);
        self.each(who, |cell| {
            cell.count(Counter::Offered);
            cell.n[Counter::Repeats as usize] += u32::from(repeat);
        });
    }
    #[inline(never)]
    fn blocked(&mut self, who: &Who, door: Door) {
        self.count(who, Counter::Blocked);
        match door {
            Door::Broken(_) => self.count(who, Counter::BlockedByFault),
            Door::Busy(_) | Door::Shut => {}
            // A closed channel owes nobody service: the curve of the served share leaves such contacts out.
            Door::Closed => {
                let started = &mut self.step_of(who)[0];
                *started = started.saturating_sub(1);
            }
        }
    }
    #[inline(never)]
    fn served(&mut self, at: Time, who: &Who, waited: Span) {
        let slot = who.contact.slot() as usize;
        if slot >= self.served.len() && slot < SLOTS {
            self.served.resize(slot + 1, (0, NOT_SERVED));
        }
        if let Some(last) = self.served.get_mut(slot) {
            *last = (who.contact.generation(), waited);
        }
        self.serve(who, waited, 1);
        if self.continuity.carrying {
            self.continuity.served(at, who.channel, who.started);
        }
    }
    /// Counts a service, or takes one back.
    #[inline]
    fn serve(&mut self, who: &Who, waited: Span, by: i32) {
        let in_time = waited <= self.in_time[who.channel.index()];
        let counts = self.step_of(who);
        counts[1] = counts[1].wrapping_add_signed(by);
        counts[2] = counts[2].wrapping_add_signed(by * i32::from(in_time));
        self.each_timed(who, |cell, levels| {
            let served = &mut cell.n[Counter::Served as usize];
            *served = served.wrapping_add_signed(by);
            if by > 0 {
                cell.served.add(waited)
            } else {
                cell.served.remove(waited)
            }
            for (level, timed) in levels.iter().zip(&mut cell.timed) {
                timed[0] = timed[0].wrapping_add_signed(by * i32::from(waited <= level.within));
            }
        });
    }
    /// It waits again: the service before was not the end of its waiting.
    #[inline(never)]
    fn waits_again(&mut self, who: &Who) {
        let Some(last) = self.served.get_mut(who.contact.slot() as usize) else { return };
        if last.0 == who.contact.generation() && last.1 >= Span::ZERO {
            let waited = std::mem::replace(&mut last.1, NOT_SERVED);
            self.serve(who, waited, -1);
        }
    }
    #[inline(never)]
    fn gave_up(&mut self, who: &Who, waited: Span) {
        self.each_timed(who, |cell, levels| {
            cell.count(Counter::GaveUp);
            cell.gave_up.add(waited);
            for (level, timed) in levels.iter().zip(&mut cell.timed) {
                timed[1] += u32::from(waited < level.short_abandons);
            }
        });
        self.left_unanswered(who);
    }
    #[inline(never)]
    fn answered(&mut self, at: Time, who: &Who, source: &Source, first: bool, late: bool, by_nonce: bool) {
        let read = first && !late;
        let model = matches!(source, Source::Model(_));
        self.each(who, |cell| {
            cell.count(Counter::Answers);
            cell.n[Counter::ByNonce as usize] += u32::from(by_nonce);
            if read {
                cell.count(Counter::FirstAnswers);
                cell.n[Counter::FromModel as usize] += u32::from(model);
                cell.first_reply.add(at.since(who.started));
            }
        });
        if late {
            self.count_listed(at, who, Counter::Late, Kpi::LateAnswers);
        } else if !self.unanswered.is_empty() {
            self.unanswered.remove(&who.contact);
        }
        if at >= self.continuity.watch_from {
            self.continuity.answered(at, *source);
        }
    }
    #[inline(never)]
    fn stands_in(&mut self, who: &Who, what: u8) {
        if let Some((had, _)) = self.unanswered.get_mut(&who.contact) {
            *had |= what;
        } else if self.unanswered.len() < UNANSWERED {
            self.unanswered.insert(who.contact, (what, *who));
        }
    }
    /// It is over without an answer: what it got instead counts.
    fn left_unanswered(&mut self, who: &Who) {
        self.requests.forget(who.contact);
        if self.unanswered.is_empty() {
            return;
        }
        if let Some((had, who)) = self.unanswered.remove(&who.contact) {
            self.count_unanswered(had, &who);
        }
    }
    fn count_unanswered(&mut self, had: u8, who: &Who) {
        if had & PLACEHOLDER != 0 {
            self.count_listed(who.started, who, Counter::Placeholders, Kpi::Placeholders);
        }
        if had & APOLOGY != 0 {
            self.count_listed(who.started, who, Counter::Apologies, Kpi::Apologies);
        }
    }
    /// Whoever is still without an answer at the close.
    pub(super) fn close_unanswered(&mut self) {
        for (had, who) in std::mem::take(&mut self.unanswered).into_values() {
            self.count_unanswered(had, &who);
        }
    }
    #[inline(never)]
    fn handled(&mut self, who: &Who, team: Id<Team>, length: Span) {
        self.each(who, |cell| {
            cell.count(Counter::Handled);
            cell.handle.add(length);
        });
        let segment = self.segment_of(who.started);
        self.team_handle[team.index() * self.segments + segment].add(length);
    }
    #[inline(never)]
    fn ended(&mut self, at: Time, who: &Who, [solved, by_bot_alone, met_bot, first_time]: [bool; 4]) {
        self.each(who, |cell| {
            cell.n[Counter::MetBot as usize] += u32::from(met_bot);
            cell.n[Counter::ByBot as usize] += u32::from(by_bot_alone && solved && met_bot);
            if solved {
                cell.count(Counter::Solved);
                cell.n[Counter::FirstTime as usize] += u32::from(first_time);
                cell.resolution.add(at.since(who.started));
            }
        });
        self.left_unanswered(who);
    }
}

impl Observer for Collector {
    #[inline(always)]
    fn observe(&mut self, at: Time, seen: &Observation) {
        if at > self.edges.next {
            self.roll(at);
        }
        self.dispatch(at, seen);
    }
}

// `dispatch` is inlined where something is seen, and there the kind is known: what is left of it is one call of a function
// that is not inlined, or nothing at all. A contact makes a dozen observations.
impl Collector {
    #[inline(never)]
    fn level(&mut self, at: Time, channel: usize, waiting: u32, in_service: u32, backlog: u32) {
        let levels = [waiting, in_service, backlog];
        let several = self.channels.len() > 1;
        let track = &mut self.channels[channel];
        if several {
            let before = track.now();
            let total = self.total.now();
            let sum = std::array::from_fn(|i| (total[i] + levels[i]).saturating_sub(before[i]));
            self.total.set(at, self.now_in, sum);
        }
        track.set(at, self.now_in, levels);
    }
    #[inline(never)]
    fn busy(&mut self, at: Time, team: usize, busy: u32) {
        let track = &mut self.teams[team];
        let [scheduled, present, _] = track.now();
        track.set(at, self.now_in, [scheduled, present, busy]);
    }
    #[inline(never)]
    fn entered(&mut self, who: &Who) {
        self.count(who, Counter::Entered);
    }
    #[inline(never)]
    fn request(&mut self, at: Time, seen: &Seen) {
        self.requests.see(at, self.now_in, seen);
    }
    /// A contact is over: served after so much waiting, or never.
    #[inline(always)]
    pub(super) fn over(&mut self, who: &Who, waited: Option<Span>) {
        if self.price.watches {
            let segment = self.segment_of(who.started);
            self.price.over(who, waited, segment);
        }
    }
    #[inline(always)]
    fn dispatch(&mut self, at: Time, seen: &Observation) {
        match seen {
            Observation::Level { channel, waiting, in_service, backlog } => {
                self.level(at, channel.index(), *waiting, *in_service, *backlog);
            }
            Observation::Busy { team, busy } => self.busy(at, team.index(), *busy),
            Observation::People { team, scheduled, present } => self.people(at, team.index(), *scheduled, *present),
            Observation::Offered { who, cause } => self.offered(who, *cause),
            Observation::Blocked { who, door } => {
                self.blocked(who, *door);
                self.over(who, None);
            }
            Observation::Entered { who } => self.entered(who),
            Observation::Queued { .. } | Observation::Taken { .. } => {}
            Observation::WaitsAgain { who } | Observation::PutBack { who, .. } => self.waits_again(who),
            Observation::Placeholder { who } => self.stands_in(who, PLACEHOLDER),
            Observation::Apology { who } => self.stands_in(who, APOLOGY),
            Observation::Answered { who, source, first, late, by_nonce } => {
                self.answered(at, who, source, *first, *late, *by_nonce);
            }
            Observation::Handled { who, team, length } => self.handled(who, *team, *length),
            Observation::Served { who, waited } => self.served(at, who, *waited),
            Observation::GaveUp { who, waited } => {
                self.gave_up(who, *waited);
                self.over(who, None);
            }
            Observation::Ended { who, solved, by_bot_alone, met_bot, first_time, waited } => {
                self.ended(at, who, [*solved, *by_bot_alone, *met_bot, *first_time]);
                self.over(who, Some(*waited));
            }
            Observation::Rated { who, stars } => self.rated(who, *stars),
            Observation::Request { of, who, reply, retry, too_early, .. } => {
                let contact = who.map(|who| who.contact);
                let seen = Seen { of: *of, contact, reply: *reply, retry: *retry, too_early: *too_early };
                self.request(at, &seen);
            }
            _ => self.rare(at, seen),
        }
    }
}
