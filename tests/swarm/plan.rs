//! Random plans: every way to notice, every rule, every action.

use super::{KINDS, Maker};
use holdline::scenario::model::*;
use holdline::time::Span;

impl Maker {
    pub(super) fn live(&mut self, channels: usize) -> Live {
        let kpi = [LiveKpi::Wait, LiveKpi::Waiting, LiveKpi::Abandonment, LiveKpi::Blocked][self.below(4)];
        Live {
            kpi,
            channel: self.often(0.7).then(|| self.id(channels)),
            above: if matches!(kpi, LiveKpi::Wait | LiveKpi::Waiting) { self.between(0, 60) as f64 } else { 0.2 },
            held_for: self.seconds(0, 120),
            over: self.seconds(60, 900),
        }
    }
    fn action(&mut self, channels: usize, teams: usize) -> Action {
        match self.below(15) {
            0 => Action::BotUses(Id::new(2)),
            1 => Action::BotAnswersFromFaq { solves: self.share() },
            2 => Action::Carry { channel: self.id(channels), over: Id::new(4) },
            3 => Action::CallIn { team: self.id(teams), ready_in: self.seconds(0, 900) },
            4 => Action::OfferCallback { channel: self.often(0.5).then(|| self.id(channels)), accepted: self.share() },
            5 => Action::BotOff,
            6 | 7 => Action::Close {
                channel: self.id(channels),
                say: String::new(),
                to: self.often(0.7).then(|| (self.id(channels), self.share())),
            },
            8 => Action::Overtime { team: self.id(teams), length: self.seconds(0, 3_600), accepted: self.share() },
            9 => Action::Move { team: self.id(teams), to: self.id(channels), people: self.between(1, 6) as u32 },
            10 => Action::Shorten {
                whose: if self.often(0.5) { Whose::Team(self.id(teams)) } else { Whose::Channel(self.id(channels)) },
                handle: 0.8,
                solved_first_time: 0.9,
            },
            11 => Action::First { segment: self.id(2) },
            12 => Action::Compensate(Compensation {
                segment: self.often(0.5).then(|| self.id(2)),
                channel: self.often(0.5).then(|| self.id(channels)),
                each: 5.0,
                late: self.seconds(0, 300),
            }),
            13 => Action::Post(Id::new(5)),
            _ => Action::Announce { from: self.id(channels), to: self.id(channels), accepted: self.share() },
        }
    }
    fn until(&mut self, channels: usize) -> Option<Until> {
        match self.below(6) {
            0 => Some(Until::Length(self.seconds(1, 1_800))),
            1 => Some(Until::Up(vec![self.id(KINDS.len())])),
            2 => Some(Until::NotAbove(self.live(channels))),
            _ => None,
        }
    }
    pub(super) fn plan(&mut self, channels: usize, teams: usize) -> Plan {
        if self.often(0.2) {
            return Plan::default();
        }
        let noticed = self.some_of(KINDS.len(), 0.6);
        let notice = noticed
            .into_iter()
            .map(|dependency| Notice {
                dependency,
                probe: self.often(0.8).then(|| self.seconds(1, 60)),
                failures: self.between(1, 4) as u32,
                people: self.often(0.3).then(|| self.length(0, 900)),
                vendor: self.often(0.2).then(|| self.length(0, 1_800)),
            })
            .collect();
        let rules = (0..self.below(5))
            .map(|n| Rule {
                name: format!("rule-{n}"),
                when: if self.often(0.5) {
                    Condition::Down(vec![self.id(KINDS.len())])
                } else {
                    Condition::Above(self.live(channels))
                },
                after: self.seconds(0, 120),
                until: self.until(channels),
                at_most: self.often(0.3).then(|| self.between(1, 3) as u32),
                cool_down: if self.often(0.3) { self.seconds(1, 900) } else { Span::ZERO },
                auto: false,
                actions: (0..1 + self.below(2)).map(|_| self.action(channels, teams)).collect(),
            })
            .collect();
        let updates = self.often(0.6).then(|| Updates {
            over: Id::new(5),
            first_within: self.seconds(0, 300),
            every: self.seconds(60, 600),
            back_after: self.seconds(0, 300),
            personally: self.often(0.5).then(|| (Id::new(0), self.seconds(0, 600))),
        });
        Plan { notice, rules, updates }
    }
}
