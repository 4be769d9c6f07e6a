//! Live figures: what a desk, or a `stop_if`, can know at this moment.

use crate::scenario::model::{Channel, Id, Live, LiveKpi};
use crate::time::{Span, Time};
use std::collections::{BTreeMap, VecDeque};

/// The live figures of every channel.
#[derive(Clone, Debug)]
pub struct LiveFigures {
    channels: Vec<ChannelFigures>,
}

#[derive(Clone, Debug, Default)]
struct ChannelFigures {
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
    /// Nobody anywhere.
    pub fn new(channels: usize) -> Self {
        Self { channels: vec![ChannelFigures::default(); channels] }
    }

    /// A contact was offered, or turned away.
    pub fn offered(&mut self, now: Time, channel: Id<Channel>, blocked: bool) {
        let minute = self.channels[channel.index()].minute(now);
        minute.offered += u32::from(!blocked);
        minute.blocked += u32::from(blocked);
    }

    /// A contact entered.
    pub fn entered(&mut self, now: Time, channel: Id<Channel>) {
        self.channels[channel.index()].minute(now).entered += 1;
    }

    /// A contact waits from now on.
    pub fn waits(&mut self, now: Time, channel: Id<Channel>) {
        let figures = &mut self.channels[channel.index()];
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
        if gave_up {
            self.channels[channel.index()].minute(now).gave_up += 1;
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
    fn minute(&mut self, now: Time) -> &mut Minute {
        let index = now.micros() / Span::MINUTE.micros();
        if self.minutes.back().is_none_or(|minute| minute.index != index) {
            if self.minutes.len() >= LONGEST_WINDOW {
                self.minutes.pop_front();
            }
            self.minutes.push_back(Minute { index, ..Minute::default() });
        }
        let last = self.minutes.len() - 1;
        &mut self.minutes[last]
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
        let mut live = LiveFigures::new(1);
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
        let mut live = LiveFigures::new(1);
        let channel = Id::new(0);
        for second in [0, 1, 2, 3] {
            live.entered(at(second), channel);
            live.waits(at(second), channel);
        }
        live.waits_no_more(at(30), channel, at(0), true);
        assert_eq!(live.figure(at(60), &watch(LiveKpi::Abandonment)), 0.25);
        assert_eq!(live.figure(at(3600), &watch(LiveKpi::Abandonment)), 0.0);
    }
}
