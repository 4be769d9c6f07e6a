//! The floor as the dashboards show it: counted from what is observed, and sampled every minute.

use super::set::Set;
use crate::engine::watch::Watch;
use crate::measure::figures::Level;
use crate::observation::{Observation, Observer};
use crate::scenario::model::{Channel, Id, Live, LiveKpi, Style, Trigger};
use crate::time::{Span, Time};
use std::collections::VecDeque;

/// How often the floor is sampled.
pub(super) const EVERY: Span = Span::MINUTE;
/// The service level is that of so many minutes.
const MINUTES: i64 = 30;

/// A channel at one moment. Counts are since the start of the day.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct OnChannel {
    pub(super) arrived: u32,
    pub(super) waiting: u32,
    pub(super) backlog: u32,
    /// Zero where nobody waits.
    pub(super) longest_wait: Span,
    pub(super) abandoned: u32,
    pub(super) done: u32,
    /// Answered in time, and all that count, in the last half hour.
    pub(super) served: (u32, u32),
}

/// A team at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct OfTeam {
    pub(super) scheduled: u32,
    pub(super) present: u32,
    pub(super) busy: u32,
}

/// The floor at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Sample {
    pub(super) channels: Vec<OnChannel>,
    pub(super) teams: Vec<OfTeam>,
}

/// What counts as in time on a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct InTime {
    pub(super) within: Span,
    short: Span,
}

/// How each channel counts its service level: as somebody expects it, else a call as the trade does; nobody's else is counted.
fn in_time(set: &Set) -> Vec<Option<InTime>> {
    let scenario = set.scenario();
    let expected = scenario.expect.iter().filter(|expectation| expectation.kpi == "service_level");
    let expected: Vec<(Option<Id<Channel>>, InTime)> =
        expected.map(|one| (one.channel, InTime { within: one.within, short: one.short_abandons })).collect();
    let usual = Level::default();
    let of = |(n, channel): (usize, &Channel)| {
        let told = expected.iter().find(|(of, _)| of.is_none_or(|of| of.index() == n)).map(|(_, told)| *told);
        let by_trade = InTime { within: usual.within, short: usual.short_abandons };
        told.or((channel.style == Style::Call).then_some(by_trade))
    };
    scenario.desk.channels.iter().enumerate().map(of).collect()
}

/// Watches the floor.
pub(super) struct Board {
    now: Sample,
    watch: Watch,
    in_time: Vec<Option<InTime>>,
    /// A channel each: minute, answered in time, all that count; latest last.
    served: Vec<VecDeque<(i64, u32, u32)>>,
    samples: Vec<Sample>,
    /// Of every sample so far, one on top of the other.
    hashes: Vec<u64>,
}

impl Board {
    /// Before the start of the day.
    pub(super) fn new(set: &Set) -> Self {
        let desk = &set.scenario().desk;
        let channels = desk.channels.len();
        let mut watched: Vec<Live> = (0..channels).map(longest_wait_of).collect();
        watched.extend(set.drill.injects.iter().filter_map(|inject| match &inject.trigger {
            Trigger::When(live) => Some(live.clone()),
            Trigger::At(_) | Trigger::Unless { .. } => None,
        }));
        Self {
            now: Sample {
                channels: vec![OnChannel::default(); channels],
                teams: vec![OfTeam::default(); desk.teams.len()],
            },
            watch: Watch::of(channels, &watched),
            in_time: in_time(set),
            served: vec![VecDeque::new(); channels],
            samples: Vec::new(),
            hashes: Vec::new(),
        }
    }

    /// What counts as in time, a channel each; `None`: nobody counts it.
    pub(super) fn in_time(&self) -> &[Option<InTime>] {
        &self.in_time
    }

    /// The figure of the how-manieth condition of an inject.
    pub(super) fn condition(&self, now: Time, nth: usize) -> f64 {
        self.watch.figure(now, self.now.channels.len() + nth).unwrap_or(0.0)
    }

    /// The floor now.
    pub(super) fn floor(&self, now: Time) -> Sample {
        let mut floor = self.now.clone();
        for (n, channel) in floor.channels.iter_mut().enumerate() {
            channel.longest_wait = Span::from_secs_f64(self.watch.figure(now, n).unwrap_or(0.0));
            channel.served = self.served_lately(n, now);
        }
        floor
    }

    /// The floor at every minute so far, each as it was before anything happened in that moment.
    pub(super) fn samples(&self) -> &[Sample] {
        &self.samples
    }

    /// What all samples so far come to, by number: two days that are the same have the same.
    pub(super) fn hashes(&self) -> &[u64] {
        &self.hashes
    }

    /// Samples what is due by now: whoever plays the day says when nothing more comes before this moment.
    pub(super) fn catch_up(&mut self, now: Time) {
        loop {
            let due = Time::ZERO + Span::from_micros(EVERY.micros() * self.samples.len() as i64);
            if due > now {
                return;
            }
            let sample = self.floor(due);
            self.hashes.push(hash(self.hashes.last().copied().unwrap_or(OFFSET), &sample));
            self.samples.push(sample);
        }
    }

    fn served_lately(&self, channel: usize, now: Time) -> (u32, u32) {
        let oldest = minute(now) - MINUTES;
        let lately = self.served[channel].iter().filter(|(minute, ..)| *minute > oldest);
        lately.fold((0, 0), |sum, (_, in_time, all)| (sum.0 + in_time, sum.1 + all))
    }

    fn served(&mut self, at: Time, channel: Id<Channel>, in_time: bool) {
        let minutes = &mut self.served[channel.index()];
        let now = minute(at);
        if minutes.back().is_none_or(|last| last.0 != now) {
            minutes.push_back((now, 0, 0));
        }
        while minutes.front().is_some_and(|first| first.0 <= now - MINUTES) {
            minutes.pop_front();
        }
        if let Some((_, good, all)) = minutes.back_mut() {
            *good += u32::from(in_time);
            *all += 1;
        }
    }
}

fn longest_wait_of(channel: usize) -> Live {
    let channel = Some(Id::new(channel));
    Live { kpi: LiveKpi::Wait, channel, above: 0.0, held_for: Span::ZERO, over: Span::MINUTE }
}

fn minute(at: Time) -> i64 {
    at.micros() / Span::MINUTE.micros()
}

impl Observer for Board {
    fn observe(&mut self, at: Time, seen: &Observation) {
        self.catch_up(at);
        self.watch.observe(at, seen);
        match *seen {
            // Who gets no line is on nobody's dashboard.
            Observation::Entered { who } => self.now.channels[who.channel.index()].arrived += 1,
            Observation::GaveUp { who, waited } => {
                self.now.channels[who.channel.index()].abandoned += 1;
                if self.in_time[who.channel.index()].is_some_and(|target| waited >= target.short) {
                    self.served(at, who.channel, false);
                }
            }
            Observation::Served { who, waited } => {
                if let Some(target) = self.in_time[who.channel.index()] {
                    self.served(at, who.channel, waited <= target.within);
                }
            }
            Observation::Ended { who, .. } => self.now.channels[who.channel.index()].done += 1,
            Observation::Level { channel, waiting, backlog, .. } => {
                let channel = &mut self.now.channels[channel.index()];
                (channel.waiting, channel.backlog) = (waiting, backlog);
            }
            Observation::People { team, scheduled, present } => {
                let team = &mut self.now.teams[team.index()];
                (team.scheduled, team.present) = (scheduled, present);
            }
            Observation::Busy { team, busy } => self.now.teams[team.index()].busy = busy,
            _ => {}
        }
    }
}

/// Where FNV-1a begins.
const OFFSET: u64 = 0xCBF2_9CE4_8422_2325;

/// FNV-1a (Fowler, Noll, Vo) of a sample, on top of what came before: it stands in logs, so it is the same for ever.
fn hash(before: u64, sample: &Sample) -> u64 {
    let mut hash = before;
    let mut add = |number: u64| {
        for byte in number.to_le_bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
        }
    };
    for one in &sample.channels {
        let OnChannel { arrived, waiting, backlog, longest_wait, abandoned, done, served } = *one;
        let counts = [arrived, waiting, backlog, abandoned, done, served.0, served.1];
        counts.into_iter().for_each(|count| add(u64::from(count)));
        add(longest_wait.micros() as u64);
    }
    for one in &sample.teams {
        [one.scheduled, one.present, one.busy].into_iter().for_each(|count| add(u64::from(count)));
    }
    hash
}
