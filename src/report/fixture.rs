//! A made-up desk, simulated crudely, so that the tests of the reports have a day that looks like one.

use super::{Bundle, How, PlanRuns};
use crate::measure::fixture::{day, expectation};
use crate::measure::{Collector, Merged, RunFigures, Windows};
use crate::observation::{Cause, Door, Observation as O, Observer, Reply, Who};
use crate::rng::{Luck, What};
use crate::scenario::Scenario;
use crate::scenario::model::*;
use crate::seam::{ContactId, Source};
use crate::time::{Span, Time};
use crate::verdict::{judge, judge_twin};

type Events = Vec<(Time, u8, O)>;

#[derive(Clone, Copy, PartialEq)]
enum Plan {
    Written,
    None,
    Undisturbed,
}

fn at(second: f64) -> Time {
    Time::from_secs_f64(second)
}

fn scenario() -> Scenario {
    let mut s = day();
    let mut expect = |kpi: &str, limit, change: &dyn Fn(&mut Expectation)| {
        let mut e = expectation(kpi, limit);
        change(&mut e);
        s.expect.push(e);
    };
    let chat = Some(Id::new(0));
    let phone = Some(Id::new(1));
    expect("abandonment", Limit::Max(0.10), &|e| (e.channel, e.name) = (phone, "abandonment by phone".into()));
    expect("first_reply", Limit::Max(60.0), &|e| {
        (e.channel, e.stat, e.window) = (chat, Stat::P90, WindowName::During("llm-down".into()));
        e.name = "first reply by chat while the model is down".into();
    });
    expect("service_level", Limit::Min(0.8), &|e| {
        (e.channel, e.window) = (phone, WindowName::Baseline);
        e.name = "service level by phone on a normal day".into();
    });
    expect("time_to_failover", Limit::Max(60.0), &|e| {
        (e.of, e.name) = (Some(Id::new(2)), "failover of the model".into())
    });
    expect("lost_contacts", Limit::Max(0.0), &|e| e.name = "no contact is lost".into());
    expect("retry_amplification", Limit::Max(2.5), &|e| {
        (e.of, e.warn, e.name) = (Some(Id::new(2)), true, "no retry storm at the model".into());
    });
    expect("time_to_recover", Limit::Max(600.0), &|e| {
        (e.channel, e.in_runs, e.name) = (phone, Some(0.95), "phone recovers".into());
    });
    s
}

/// One channel: who comes, how long they wait, who serves them.
struct Queue<'a> {
    luck: Luck,
    plan: Plan,
    channel: usize,
    team: usize,
    free: Vec<f64>,
    events: &'a mut Events,
}

impl Queue<'_> {
    fn draw(&self, n: u64, what: What) -> f64 {
        self.luck.chance(n + 100_000 * self.channel as u64, what, 0)
    }
    fn length(&self, n: u64, what: What, mean: f64) -> f64 {
        -mean * libm::log(1.0 - self.draw(n, what))
    }
    fn say(&mut self, second: f64, seen: O) {
        self.events.push((at(second), 1, seen));
    }
    fn contact(&mut self, n: u64, start: f64) {
        let who = Who {
            contact: ContactId::new(n as u32 * 2 + self.channel as u32, 0),
            customer: 4_000 + n,
            channel: Id::new(self.channel),
            reason: Id::new(usize::from(self.draw(n, What::Reason) > 0.7)),
            segment: Id::new(usize::from(self.draw(n, What::Segment) > 0.1)),
            started: at(start),
            attempt: 1,
        };
        let minute = start / 60.0;
        let bad = self.plan != Plan::Undisturbed;
        let cause = if n.is_multiple_of(9) { Cause::Retry } else { Cause::First };
        self.say(start, O::Offered { who, cause });
        let carried = self.plan == Plan::Written && minute > 82.0;
        if self.channel == 1 && bad && (80.0..90.0).contains(&minute) && !carried {
            self.say(start, O::Blocked { who, door: Door::Broken(Id::new(1)) });
            return;
        }
        self.say(start, O::Entered { who });
        let (mut ready, mut answered) = (start, false);
        if self.channel == 0 {
            match self.bot(n, who, start, bad && (30.0..50.0).contains(&minute)) {
                Some((after, said)) => (ready, answered) = (after, said),
                None => return,
            };
        }
        self.people(n, who, start, ready, answered);
    }
    /// When the contact comes to the people; `None` if the bot was enough.
    fn bot(&mut self, n: u64, who: Who, start: f64, down: bool) -> Option<(f64, bool)> {
        let request = |reply, retry| O::Request {
            of: Id::new(2),
            who: Some(who),
            reply,
            retry,
            took: Span::ZERO,
            too_early: false,
        };
        if !down {
            self.say(start + 3.0, request(Reply::Good, false));
        } else {
            for retry in 0..3 {
                self.say(start + 4.0 * f64::from(retry) + 1.0, request(Reply::Failed, retry > 0));
            }
        }
        let backup = down && self.plan == Plan::Written && start > 1_840.0;
        if down && !backup {
            self.say(start + 12.0, O::Apology { who });
            return Some((start + 12.0, false));
        }
        let (took, of) = if backup { (14.0, 3) } else { (3.0, 2) };
        let source = Source::Model(Id::new(of));
        self.say(start + took, O::Served { who, waited: Span::from_secs_f64(took) });
        self.say(start + took, O::Answered { who, source, first: true, late: false, by_nonce: true });
        if self.draw(n, What::BotSolves) < 0.6 {
            let ended = O::Ended {
                who,
                solved: true,
                by_bot_alone: true,
                met_bot: true,
                first_time: true,
                waited: Span::from_secs_f64(took),
            };
            self.say(start + took + 20.0, ended);
            return None;
        }
        self.say(start + took + 15.0, O::WaitsAgain { who });
        Some((start + took + 15.0, true))
    }
    fn people(&mut self, n: u64, who: Who, start: f64, ready: f64, answered: bool) {
        self.say(ready, O::Queued { who });
        let patience = self.length(n, What::Patience, 180.0);
        let reserve = if self.channel == 1 && self.plan == Plan::Written && ready > 5_700.0 { 4 } else { 0 };
        let limit = if self.channel == 1 { 8 + reserve } else { self.free.len() };
        let (place, free) =
            self.free[..limit].iter().copied().enumerate().min_by(|a, b| a.1.total_cmp(&b.1)).expect("somebody works");
        let begin = free.max(ready);
        if begin - ready > patience {
            self.say(ready + patience, O::GaveUp { who, waited: Span::from_secs_f64(ready + patience - start) });
            self.say(ready + patience + 60.0, O::Rated { who, stars: 1 });
            return;
        }
        let handle = self.length(n, What::Handle, 170.0).max(20.0);
        self.free[place] = begin + handle;
        let team = Id::new(if place >= 8 && self.channel == 1 { 2 } else { self.team });
        let begin_first = self.channel == 1 || !answered;
        self.say(begin, O::Taken { who, team });
        self.say(begin, O::Served { who, waited: Span::from_secs_f64(begin - start) });
        self.say(
            begin,
            O::Answered { who, source: Source::Person(team), first: begin_first, late: false, by_nonce: false },
        );
        self.say(begin + handle, O::Handled { who, team, length: Span::from_secs_f64(handle) });
        let first_time = self.draw(n, What::Solves) < 0.8;
        let ended = O::Ended {
            who,
            solved: true,
            by_bot_alone: false,
            met_bot: self.channel == 0,
            first_time,
            waited: Span::from_secs_f64(begin - start),
        };
        self.say(begin + handle, ended);
        self.say(begin + handle, O::Rated { who, stars: if begin - start < 90.0 { 5 } else { 3 } });
    }
}

/// Levels out of who waits and who is served, after every change.
fn levels(events: &mut Events) {
    events.sort_by_key(|(at, order, _)| (*at, *order));
    let mut open: std::collections::BTreeMap<ContactId, (usize, bool)> = std::collections::BTreeMap::new();
    let mut busy = [0u32; 3];
    let mut out = Vec::new();
    for (at, _, seen) in events.iter() {
        out.push((*at, 1, *seen));
        let channel = match seen {
            O::Entered { who } => {
                open.insert(who.contact, (who.channel.index(), false));
                who.channel
            }
            O::WaitsAgain { who } => {
                open.insert(who.contact, (who.channel.index(), false));
                who.channel
            }
            O::Served { who, .. } => {
                open.insert(who.contact, (who.channel.index(), true));
                who.channel
            }
            O::GaveUp { who, .. } | O::Ended { who, .. } => {
                open.remove(&who.contact);
                who.channel
            }
            O::Taken { team, .. } => {
                busy[team.index()] += 1;
                out.push((*at, 1, O::Busy { team: *team, busy: busy[team.index()] }));
                continue;
            }
            O::Handled { team, .. } => {
                busy[team.index()] = busy[team.index()].saturating_sub(1);
                out.push((*at, 1, O::Busy { team: *team, busy: busy[team.index()] }));
                continue;
            }
            _ => continue,
        };
        let count = |served: bool| open.values().filter(|(c, s)| *c == channel.index() && *s == served).count() as u32;
        let (waiting, in_service) = (count(false), count(true));
        out.push((*at, 1, O::Level { channel, waiting, in_service, backlog: waiting + in_service }));
    }
    *events = out;
}

fn notes(events: &mut Events, plan: Plan) {
    let mut note = |second: f64, seen| events.push((at(second), 0, seen));
    let people = |team: usize, scheduled, present| O::People { team: Id::new(team), scheduled, present };
    note(0.0, people(0, 6, 6));
    note(0.0, people(1, 10, if plan == Plan::Undisturbed { 10 } else { 8 }));
    if plan == Plan::Undisturbed {
        return;
    }
    if plan == Plan::Written {
        note(1_833.0, O::Noticed { of: Id::new(2), down: true });
        note(1_833.0, O::Rule { rule: 0, on: true });
        note(3_030.0, O::Noticed { of: Id::new(2), down: false });
        note(3_030.0, O::Rule { rule: 0, on: false });
        note(4_920.0, O::Carried { channel: Id::new(1), over: Some(Id::new(5)) });
        note(4_920.0, O::Rule { rule: 1, on: true });
        note(5_460.0, O::Carried { channel: Id::new(1), over: None });
        note(5_460.0, O::Rule { rule: 1, on: false });
        note(5_700.0, people(2, 4, 4));
        let told = |all_clear, next: Option<f64>| O::Update {
            over: Id::new(4),
            all_clear,
            next_by: next.map(at),
            delivered: true,
        };
        note(2_200.0, told(false, Some(4_000.0)));
        note(3_330.0, told(true, None));
        note(5_000.0, told(false, Some(6_800.0)));
        note(5_700.0, told(true, None));
    }
}

fn run(scenario: &Scenario, windows: &Windows, plan: Plan, run: u64) -> RunFigures {
    let luck = Luck::new(7, run);
    let mut events = Events::new();
    for (channel, team, people, gap) in [(0, 0, 6, 11.0), (1, 1, 12, 24.0)] {
        let mut queue = Queue { luck, plan, channel, team, free: vec![0.0; people], events: &mut events };
        let (mut start, mut n) = (0.0, 0u64);
        while start < 7_200.0 {
            let surge = plan != Plan::Undisturbed && (4_000.0..6_200.0).contains(&start);
            start += queue.length(n, What::Arrival, if surge { gap / 1.6 } else { gap });
            queue.contact(n, start.min(7_199.0));
            n += 1;
        }
    }
    levels(&mut events);
    notes(&mut events, plan);
    events.sort_by_key(|(at, order, _)| (*at, *order));
    let mut collector = Collector::new(scenario, windows);
    let close = scenario.close();
    for (at, _, seen) in events.iter().filter(|(at, ..)| *at < close) {
        collector.observe(*at, seen);
    }
    collector.finish(close)
}

/// The bundle of so many runs under three plans.
pub(super) fn bundle(runs: u64) -> Bundle {
    let written = scenario();
    let windows = Windows::of(&written);
    let mut none = written.clone();
    std::sync::Arc::make_mut(&mut none.desk).plan = crate::scenario::model::Plan::default();
    let quiet = written.undisturbed();
    let merged = |scenario: &Scenario, plan, name: &str| {
        let figures: Vec<RunFigures> = (0..runs).map(|r| run(scenario, &windows, plan, r)).collect();
        Merged::of(name, 7, &figures).expect("there are runs")
    };
    let with = merged(&written, Plan::Written, "written");
    let without = merged(&none, Plan::None, "none");
    let twin = merged(&quiet, Plan::Undisturbed, "undisturbed");
    let judgements = [judge(&written, &with), judge(&none, &without), judge_twin(&quiet, &twin)];
    let plans = [
        PlanRuns { scenario: &written, merged: &with, judgement: &judgements[0] },
        PlanRuns { scenario: &none, merged: &without, judgement: &judgements[1] },
        PlanRuns { scenario: &quiet, merged: &twin, judgement: &judgements[2] },
    ];
    Bundle::of(How { mode: "simulate", seed: 7, pace: 1.0 }, &windows, &plans).expect("there are plans")
}
