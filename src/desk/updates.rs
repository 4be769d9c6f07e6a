//! What customers are told while it is broken: the first update so long after the desk noticed, then one an interval, the
//! all-clear so long after it noticed the recovery. The desk keeps its promises to the second, at their latest moment.
//! Trouble that returns before the all-clear is the same trouble: what flaps is not announced as mended.

use super::{Desk, Said, Timer};
use crate::seam::DeskAct;
use crate::time::Time;

/// The trouble that is on, as the public is told.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Trouble {
    /// Counts troubles: timers of an earlier one are void.
    number: u32,
    /// From the first notice to the all-clear.
    open: bool,
    /// Counts changes of what is down: an all-clear that was planned before another change is void.
    changes: u32,
    told: bool,
}

impl Desk {
    /// The desk's belief about what is down changed.
    pub(super) fn trouble_changed(&mut self, now: Time, said: &mut Vec<Said>) {
        let Some(updates) = self.plan.plan.updates else { return };
        let down = self.plan.anything_down();
        let trouble = &mut self.plan.trouble;
        trouble.changes += 1;
        if down && !trouble.open {
            let number = trouble.number + 1;
            *trouble = Trouble { number, open: true, told: false, ..*trouble };
            said.push(Said::Wake { at: now + updates.first_within, timer: Timer::Update { trouble: number } });
            if let Some((_, within)) = updates.personally {
                said.push(Said::Wake { at: now + within, timer: Timer::Personal { trouble: number } });
            }
        } else if !down && trouble.open {
            let change = trouble.changes;
            said.push(Said::Wake { at: now + updates.back_after, timer: Timer::AllClear { change } });
        }
    }

    pub(super) fn update_due(&mut self, now: Time, number: u32, said: &mut Vec<Said>) {
        let Some(updates) = self.plan.plan.updates else { return };
        let trouble = &mut self.plan.trouble;
        if trouble.number != number || !trouble.open {
            return;
        }
        trouble.told = true;
        let next = now + updates.every;
        said.push(Said::Act(DeskAct::PostUpdate { over: updates.over, all_clear: false, next_by: Some(next) }));
        said.push(Said::Wake { at: next, timer: Timer::Update { trouble: number } });
    }

    /// Who was told of trouble is told of its end; a short trouble that nobody was told of needs no all-clear.
    pub(super) fn all_clear_due(&mut self, change: u32, said: &mut Vec<Said>) {
        let Some(updates) = self.plan.plan.updates else { return };
        let trouble = &mut self.plan.trouble;
        if trouble.changes != change || !trouble.open {
            return;
        }
        trouble.open = false;
        if trouble.told {
            said.push(Said::Act(DeskAct::PostUpdate { over: updates.over, all_clear: true, next_by: None }));
        }
    }

    pub(super) fn personal_due(&mut self, number: u32, said: &mut Vec<Said>) {
        let Some((segment, _)) = self.plan.plan.updates.and_then(|updates| updates.personally) else { return };
        if self.plan.trouble.number == number && self.plan.trouble.open {
            said.push(Said::Act(DeskAct::CallPersonally { segment }));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::desk::{Asked, Desk, Heard, Said, Timer};
    use crate::observation::Reply;
    use crate::scenario::model::{
        self, Channel, Customers, Dependency, DependencyKind, Distribution, Id, Notice, Plan,
    };
    use crate::scenario::model::{Segment, Style, Updates};
    use crate::seam::DeskAct;
    use crate::time::{Span, Time};
    use std::sync::Arc;

    fn desk() -> model::Desk {
        let dependency = |name: &str, kind| Dependency::new(name, kind);
        model::Desk {
            name: "d".into(),
            about: String::new(),
            dependencies: vec![
                dependency("line", DependencyKind::Twilio),
                dependency("status", DependencyKind::Statuspage),
            ],
            channels: vec![Channel { name: "phone".into(), style: Style::Call, over: vec![Id::new(0)], open: vec![] }],
            reasons: vec![],
            customers: Customers {
                patience: vec![None],
                retry: None,
                chase: None,
                informed: None,
                satisfaction: None,
                unsolved_after: Distribution::Constant(Span::FOREVER),
                segments: vec![Segment { name: "all".into(), share: 1.0, first: false }],
            },
            streams: vec![],
            start_with: vec![],
            bot: None,
            teams: vec![],
            without: vec![],
            self_service: vec![],
            costs: None,
            plan: Plan {
                notice: vec![Notice::probe(Id::new(0), Span::from_secs(30), 1)],
                rules: vec![],
                updates: Some(Updates {
                    over: Id::new(1),
                    first_within: Span::from_secs(600),
                    every: Span::from_secs(900),
                    back_after: Span::from_secs(300),
                    personally: None,
                }),
            },
        }
    }

    /// Plays a desk whose line answers probes as `line_is_up` says; gives (second, all-clear) of each update.
    fn updates(seconds: i64, line_is_up: impl Fn(i64) -> bool) -> Vec<(i64, bool)> {
        let mut desk = Desk::new(Arc::new(desk()));
        let mut said = Vec::new();
        let mut timers: Vec<(Time, Timer)> = Vec::new();
        let mut posted = Vec::new();
        desk.begin(Time::ZERO, &mut said);
        for second in 0..seconds {
            let now = Time::ZERO + Span::from_secs(second);
            let due: Vec<Timer> = timers.iter().filter(|(at, _)| *at == now).map(|(_, timer)| *timer).collect();
            timers.retain(|(at, _)| *at > now);
            due.into_iter().for_each(|timer| desk.hear(now, Heard::Due(timer), &mut said));
            while !said.is_empty() {
                for word in std::mem::take(&mut said) {
                    match word {
                        Said::Wake { at, timer } => timers.push((at, timer)),
                        Said::Ask(Asked { .. }) if line_is_up(second) => {
                            reply(&mut desk, now, word, Reply::Good, &mut said)
                        }
                        Said::Ask(_) => reply(&mut desk, now, word, Reply::Failed, &mut said),
                        Said::Act(DeskAct::PostUpdate { all_clear, .. }) => posted.push((second, all_clear)),
                        _ => {}
                    }
                }
            }
        }
        posted
    }

    fn reply(desk: &mut Desk, now: Time, word: Said, reply: Reply, said: &mut Vec<Said>) {
        if let Said::Ask(asked) = word {
            desk.hear(now, Heard::Replied { asked, reply }, said);
        }
    }

    #[test]
    fn promises_are_kept_and_the_end_is_told() {
        let up = |second| !(100..2_000).contains(&second);
        // Noticed at 120 and at 2010.
        assert_eq!(updates(4_000, up), [(720, false), (1_620, false), (2_310, true)]);
    }

    #[test]
    fn what_flaps_is_one_trouble_and_is_told_of() {
        let up = |second: i64| !(100..2_000).contains(&second) || second % 300 >= 120;
        let told = updates(4_000, up);
        assert_eq!(told.first(), Some(&(900, false)), "{told:?}");
        assert_eq!(told.iter().filter(|(_, all_clear)| *all_clear).count(), 1, "{told:?}");
        assert_eq!(told.last().map(|(_, all_clear)| *all_clear), Some(true), "{told:?}");
    }

    #[test]
    fn who_was_told_of_nothing_needs_no_all_clear() {
        assert_eq!(updates(2_000, |second| !(100..200).contains(&second)), []);
    }
}
