//! Live figures: what a desk, or a `stop_if`, can know at this moment.

use crate::scenario::model::{Channel, Id, Live, LiveKpi};
use crate::time::{Span, Time};
use std::collections::{BTreeMap, VecDeque};

/// The live figures that somebody looks at.
#[derive(Clone, Debug)]
pub struct LiveFigures {
    channels: Vec<ChannelFigures>,
}

#[derive(Clone, Debug, Default)]
struct ChannelFigures {
    /// Somebody looks at how many wait, or how long.
    waits_matter: bool,
    /// Somebody looks at a share.
    shares_matter: bool,
    /// How many wait, by the moment since when: the first key is the longest wait.
    waiting: BTreeMap<Time, u32>,
    number: u32,
    minutes: VecDeque<Minute>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Minute {
    index: i64,
    offered: u32,
    blocked: u32,
    entered: u32,
    gave_up: u32,
}

/// Shares look back no further than this.
const LONGEST_WINDOW: usize = 24 * 60;

impl LiveFigures {
    /// Nobody anywhere. Only what one of these watches is kept: most of what happens concerns none of them.
    pub fn of<'a>(channels: usize, watched: impl IntoIterator<Item = &'a Live>) -> Self {
        let mut channels = vec![ChannelFigures::default(); channels];
        for live in watched {
            let all = channels.len();
            let places = live.channel.map_or(0..all, |channel| channel.index()..channel.index() + 1);
            for channel in &mut channels[places] {
                match live.kpi {
                    LiveKpi::Wait | LiveKpi::Waiting => channel.waits_matter = true,
                    LiveKpi::Abandonment | LiveKpi::Blocked => channel.shares_matter = true,
                }
            }
        }
        Self { channels }
    }

    /// A contact was offered, or turned away.
    pub fn offered(&mut self, now: Time, channel: Id<Channel>, blocked: bool) {
        let Some(minute) = self.channels[channel.index()].minute(now) else { return };
        minute.offered += u32::from(!blocked);
        minute.blocked += u32::from(blocked);
    }

    /// A contact entered.
    pub fn entered(&mut self, now: Time, channel: Id<Channel>) {
        if let Some(minute) = self.channels[channel.index()].minute(now) {
            minute.entered += 1;
        }
    }

    /// A contact waits from now on.
    pub fn waits(&mut self, now: Time, channel: Id<Channel>) {
        let figures = &mut self.channels[channel.index()];
        if !figures.waits_matter {
            return;
        }
        *figures.waiting.entry(now).or_default() += 1;
        figures.number += 1;
    }

    /// One who waited since then is served.
    pub fn served(&mut self, channel: Id<Channel>, since: Time) {
        let figures = &mut self.channels[channel.index()];
        if let Some(number) = figures.waiting.get_mut(&since) {
            *number -= 1;
            if *number == 0 {
                figures.waiting.remove(&since);
            }
            figures.number -= 1;
        }
    }

    /// One who waited since then waits no more, perhaps because they gave up.
    pub fn waits_no_more(&mut self, now: Time, channel: Id<Channel>, since: Time, gave_up: bool) {
        self.served(channel, since);
        if gave_up && let Some(minute) = self.channels[channel.index()].minute(now) {
            minute.gave_up += 1;
        }
    }

    /// The figure that a condition watches, in its unit; a share of nothing is zero.
    pub fn figure(&self, now: Time, live: &Live) -> f64 {
        let of = |one: &dyn Fn(&ChannelFigures) -> f64, sum: bool| match live.channel {
            Some(channel) => one(&self.channels[channel.index()]),
            None if sum => self.channels.iter().map(one).sum(),
            None => self.channels.iter().map(one).fold(0.0, f64::max),
        };
        match live.kpi {
            LiveKpi::Wait => of(&|c| c.waiting.keys().next().map_or(0.0, |since| now.since(*since).secs_f64()), false),
            LiveKpi::Waiting => of(&|c| f64::from(c.number), true),
            LiveKpi::Abandonment => {
                let sums = |c: &ChannelFigures| c.sums(now, live.over);
                of(&|c| f64::from(sums(c).gave_up), true) / of(&|c| f64::from(sums(c).entered), true).max(1.0)
            }
            LiveKpi::Blocked => {
                let sums = |c: &ChannelFigures| c.sums(now, live.over);
                of(&|c| f64::from(sums(c).blocked), true) / of(&|c| f64::from(sums(c).offered), true).max(1.0)
            }
        }
    }
}

impl ChannelFigures {
    fn minute(&mut self, now: Time) -> Option<&mut Minute> {
        if !self.shares_matter {
            return None;
        }
        let index = now.micros() / Span::MINUTE.micros();
        if self.minutes.back().is_none_or(|minute| minute.index != index) {
            if self.minutes.len() >= LONGEST_WINDOW {
                self.minutes.pop_front();
            }
            self.minutes.push_back(Minute { index, ..Minute::default() });
        }
        self.minutes.back_mut()
    }

    fn sums(&self, now: Time, over: Span) -> Minute {
        let oldest = (now - over).micros() / Span::MINUTE.micros();
        self.minutes.iter().rev().take_while(|minute| minute.index >= oldest).fold(Minute::default(), |sum, minute| {
            Minute {
                index: 0,
                offered: sum.offered + minute.offered,
                blocked: sum.blocked + minute.blocked,
                entered: sum.entered + minute.entered,
                gave_up: sum.gave_up + minute.gave_up,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Time {
        Time::from_micros(seconds * 1_000_000)
    }

    fn watch(kpi: LiveKpi) -> Live {
        Live { kpi, channel: None, above: 0.0, held_for: Span::ZERO, over: Span::from_secs(900) }
    }

    #[test]
    fn the_longest_wait_is_that_of_those_still_waiting() {
        let mut live = LiveFigures::of(1, &[watch(LiveKpi::Wait)]);
        let channel = Id::new(0);
        live.waits(at(10), channel);
        live.waits(at(40), channel);
        assert_eq!(live.figure(at(100), &watch(LiveKpi::Wait)), 90.0);
        live.served(channel, at(10));
        assert_eq!(live.figure(at(100), &watch(LiveKpi::Wait)), 60.0);
        assert_eq!(live.figure(at(100), &watch(LiveKpi::Waiting)), 1.0);
    }

    #[test]
    fn shares_forget_what_lies_before_their_window() {
        let mut live = LiveFigures::of(1, &[watch(LiveKpi::Abandonment)]);
        let channel = Id::new(0);
        for second in [0, 1, 2, 3] {
            live.entered(at(second), channel);
            live.waits(at(second), channel);
        }
        live.waits_no_more(at(30), channel, at(0), true);
        assert_eq!(live.figure(at(60), &watch(LiveKpi::Abandonment)), 0.25);
        assert_eq!(live.figure(at(3600), &watch(LiveKpi::Abandonment)), 0.0);
    }

    #[test]
    fn only_what_is_watched_is_kept() {
        let other = Live { channel: Some(Id::new(1)), ..watch(LiveKpi::Wait) };
        let mut live = LiveFigures::of(2, &[other]);
        for channel in [Id::new(0), Id::new(1)] {
            live.offered(at(5), channel, true);
            live.waits(at(5), channel);
            live.served(Id::new(0), at(5));
        }
        let kept = live.channels.iter().map(|c| (c.waiting.len(), c.minutes.len())).collect::<Vec<_>>();
        assert_eq!(kept, [(0, 0), (1, 0)]);
    }
}
