//! What happens seldom in a run: noticing, rules, updates, the harness itself.

use super::*;

impl Collector {
    /// Every level that is followed over time.
    pub(in crate::measure) fn tracks(&mut self) -> impl Iterator<Item = &mut Track> {
        let price = &mut self.price.overtime;
        self.channels.iter_mut().chain(&mut self.teams).chain([&mut self.total]).chain(price)
    }
    #[cold]
    pub(super) fn people(&mut self, at: Time, team: usize, scheduled: u32, present: u32) {
        let track = &mut self.teams[team];
        let [_, _, busy] = track.now();
        track.set(at, self.now_in, [scheduled, present, busy]);
    }
    #[inline(never)]
    pub(super) fn rated(&mut self, who: &Who, stars: u8) {
        self.each(who, |cell| {
            cell.count(Counter::Rated);
            cell.n[Counter::Satisfied as usize] += u32::from(stars >= 4);
        });
    }
    /// What is rare, and so need not be fast.
    #[cold]
    pub(super) fn rare(&mut self, at: Time, seen: &Observation) {
        match seen {
            Observation::Duplicate { who } => self.count_listed(at, who, Counter::Duplicates, Kpi::Duplicates),
            Observation::Misdirected { who } => self.count_listed(at, who, Counter::Misdirected, Kpi::Misdirected),
            Observation::Dropped { who } => {
                self.count_listed(at, who, Counter::Dropped, Kpi::DroppedCalls);
                self.left_unanswered(who);
                self.over(who, None);
            }
            Observation::Retried { of, contact, began, again } => {
                self.requests.retried(self.now_in, *of, (*contact, *began), again);
            }
            Observation::Repeated { of, who, effect, after } => {
                self.requests.repeated(*of, self.now_in);
                if let Some(who) = who {
                    self.list(at, who, Kpi::RepeatedSideEffects, Some((*of, *effect, *after)));
                }
            }
            Observation::Silence { who, length } => self.each(who, |cell| cell.silence.add(*length)),
            Observation::Unserved { who } => self.count(who, Counter::Unserved),
            Observation::KeptAway { who } => self.count(who, Counter::KeptAway),
            Observation::SelfServed { who } => self.count(who, Counter::SelfServed),
            Observation::Lost { who } => {
                self.count_listed(at, who, Counter::Lost, Kpi::LostContacts);
                self.each(who, |cell| cell.oldest_lost = cell.oldest_lost.min(who.started));
                self.left_unanswered(who);
                self.over(who, None);
            }
            Observation::StillOpen { who } => self.count(who, Counter::StillOpen),
            Observation::CallbackAccepted { who } => self.count(who, Counter::Callbacks),
            Observation::Began { window } => self.mark(at, Mark::Began(*window)),
            Observation::Over { window } => self.mark(at, Mark::Over(*window)),
            Observation::Noticed { of, down } => {
                self.mark(at, Mark::Noticed(*of, *down));
                if *down {
                    self.continuity.noticed(at, *of);
                }
            }
            Observation::Rule { rule, on } => {
                self.mark(at, Mark::Rule(*rule, *on));
                let counts = *on && self.is_on_wire(at);
                if let Some(first) = self.rules.get_mut(usize::from(*rule)).filter(|_| counts) {
                    first.get_or_insert(at);
                }
                self.continuity.rule(at, &self.layout.scenario, *rule, *on);
                self.price.rule(at, *rule, *on);
            }
            Observation::Overtime { team, people } => self.price.overtime(at, self.now_in, *team, *people),
            Observation::Carried { channel, over } => {
                self.continuity.carried(at, &self.layout.scenario.desk, *channel, *over);
            }
            Observation::Update { all_clear, next_by, delivered, .. } => {
                self.mark(at, Mark::Update { all_clear: *all_clear, delivered: *delivered });
                if *delivered {
                    self.continuity.update(at, *all_clear, *next_by);
                }
            }
            Observation::CalledPersonally { segment } => {
                self.mark(at, Mark::Called(*segment));
                self.continuity.called_personally(at, *segment);
            }
            Observation::Late { by } => self.lateness.add(*by),
            Observation::Egress { host } => egress::note(&mut self.egress, *host, at, (self.now_in, self.segments)),
            Observation::Missed { events } => self.missed += events,
            Observation::Stopped { by } => {
                self.mark(at, Mark::Stopped(*by));
                self.stopped.get_or_insert((at, *by));
            }
            Observation::TargetTrouble { kind } => {
                self.mark(at, Mark::Trouble(*kind));
                if !self.trouble.contains(kind) {
                    self.trouble.push(*kind);
                }
            }
            _ => {}
        }
    }
}
