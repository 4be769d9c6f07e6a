//! What customers are told while it is broken: the first update so long after the desk noticed, then one an interval, the
//! all-clear so long after it noticed the recovery. The desk keeps its promises to the second, at their latest moment.

use super::{Desk, Said, Timer};
use crate::seam::DeskAct;
use crate::time::Time;

/// The trouble that is on, as the public is told.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Trouble {
    /// Counts troubles: timers of an earlier one are void.
    number: u32,
    on: bool,
    told: bool,
}

impl Desk {
    /// The desk's belief about what is down changed.
    pub(super) fn trouble_changed(&mut self, now: Time, said: &mut Vec<Said>) {
        let Some(updates) = self.plan.plan.updates else { return };
        let down = self.plan.anything_down();
        let trouble = &mut self.plan.trouble;
        if down && !trouble.on {
            *trouble = Trouble { number: trouble.number + 1, on: true, told: false };
            let trouble = trouble.number;
            said.push(Said::Wake { at: now + updates.first_within, timer: Timer::Update { trouble } });
            if let Some((_, within)) = updates.personally {
                said.push(Said::Wake { at: now + within, timer: Timer::Personal { trouble } });
            }
        } else if !down && trouble.on {
            trouble.on = false;
            let trouble = trouble.number;
            said.push(Said::Wake { at: now + updates.back_after, timer: Timer::AllClear { trouble } });
        }
    }

    pub(super) fn update_due(&mut self, now: Time, number: u32, said: &mut Vec<Said>) {
        let Some(updates) = self.plan.plan.updates else { return };
        let trouble = &mut self.plan.trouble;
        if trouble.number != number || !trouble.on {
            return;
        }
        trouble.told = true;
        let next = now + updates.every;
        said.push(Said::Act(DeskAct::PostUpdate { over: updates.over, all_clear: false, next_by: Some(next) }));
        said.push(Said::Wake { at: next, timer: Timer::Update { trouble: number } });
    }

    /// Who was told of trouble is told of its end; a short trouble that nobody was told of needs no all-clear.
    pub(super) fn all_clear_due(&mut self, number: u32, said: &mut Vec<Said>) {
        let Some(updates) = self.plan.plan.updates else { return };
        let trouble = self.plan.trouble;
        if trouble.number == number && !trouble.on && trouble.told {
            said.push(Said::Act(DeskAct::PostUpdate { over: updates.over, all_clear: true, next_by: None }));
        }
    }

    pub(super) fn personal_due(&mut self, number: u32, said: &mut Vec<Said>) {
        let Some((segment, _)) = self.plan.plan.updates.and_then(|updates| updates.personally) else { return };
        if self.plan.trouble.number == number && self.plan.trouble.on {
            said.push(Said::Act(DeskAct::CallPersonally { segment }));
        }
    }
}
