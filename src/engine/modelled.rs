//! The modelled desk behind the seam: its requests are answered by the incidents, in virtual time.

use super::{FrontDesk, Says};
use crate::desk::{Asked, Desk, Heard, Said, Timer};
use crate::faults::{Asker, Incidents};
use crate::observation::{Observation, Reply};
use crate::rng::What;
use crate::scenario::model::{Dependency, Distribution, Id, Notice, Outage, Scenario};
use crate::seam::CustomerAct;
use crate::time::{Span, Time};
use crate::world::World;
use std::sync::Arc;

/// How long a healthy dependency takes to answer a probe.
pub const PROBE_LATENCY: Span = Span::from_millis(50);

/// The modelled desk.
pub struct ModelledDesk {
    desk: Desk,
    incidents: Arc<Incidents>,
    replies_in: Distribution,
    notice: Vec<Notice>,
    said: Vec<Said>,
}

/// What the modelled desk waits for.
#[derive(Clone, Copy, Debug)]
pub enum DeskTimer {
    /// A timer of its own.
    Own(Timer),
    /// People, or the vendor, say that a dependency is down or up again.
    Told {
        /// Which.
        of: Id<Dependency>,
        /// Down or up.
        down: bool,
    },
    /// The reply to a request.
    Reply {
        /// The request.
        asked: Asked,
        /// How it will have ended.
        reply: Reply,
        /// How long it took.
        took: Span,
    },
}

impl ModelledDesk {
    /// The modelled desk of a scenario.
    pub fn new(scenario: &Scenario, incidents: Arc<Incidents>) -> Self {
        let bot = scenario.desk.bot.as_ref();
        let replies_in = bot.map_or(Distribution::Constant(Span::ZERO), |bot| bot.replies_in.clone());
        let notice = scenario.desk.plan.notice.clone();
        Self { desk: Desk::new(scenario.desk.clone()), incidents, replies_in, notice, said: Vec::new() }
    }

    /// Somebody says that a rule which waits for that shall act, or no longer (a lever of a drill).
    pub fn switch(&mut self, now: Time, rule: usize, on: bool, world: &World, says: &mut Says<DeskTimer>) {
        let mut said = std::mem::take(&mut self.said);
        self.desk.switch(now, rule, on, &mut said);
        self.say(now, &mut said, Some(world), says);
        self.said = said;
    }

    /// When people, or the vendor, will say that something is down or up again: whichever is first, so long after each outage
    /// began and after it was over. One that is over by then nobody tells of.
    fn tell_of_outages(&self, says: &mut Says<DeskTimer>) {
        for notice in &self.notice {
            let of = notice.dependency;
            let outages = self.incidents.outages().iter().enumerate();
            for (index, outage) in outages.filter(|(_, outage)| outage.of == of && outage.on_wire().is_none()) {
                let after = |change: u64| {
                    let told = |who: &Option<Distribution>, n: u64| {
                        let mut draw = self.incidents.luck().draw(index as u64, What::Notice, change << 1 | n);
                        who.as_ref().map(|after| after.sample(&mut draw))
                    };
                    told(&notice.people, 0).into_iter().chain(told(&notice.vendor, 1)).min()
                };
                let (Some(begun), Some(ended)) = (after(0), after(1)) else { continue };
                let began = outage.window.from.max(Time::ZERO) + begun;
                if began < outage.over() {
                    says.timers.push((began, DeskTimer::Told { of, down: true }));
                }
                says.timers.push((outage.over() + ended, DeskTimer::Told { of, down: false }));
            }
        }
    }

    /// Whether an outage of it is still on, or on again.
    fn is_on(&self, of: Id<Dependency>, now: Time) -> bool {
        let on = |outage: &Outage| outage.of == of && outage.window.from <= now && now < outage.over();
        self.incidents.outages().iter().any(|outage| outage.on_wire().is_none() && on(outage))
    }

    fn hear_it(&mut self, now: Time, heard: Heard, world: &World, says: &mut Says<DeskTimer>) {
        let mut said = std::mem::take(&mut self.said);
        self.desk.hear(now, heard, &mut said);
        self.say(now, &mut said, Some(world), says);
        self.said = said;
    }

    fn say(&mut self, now: Time, said: &mut Vec<Said>, world: Option<&World>, says: &mut Says<DeskTimer>) {
        for word in said.drain(..) {
            match word {
                Said::Act(act) => says.acts.push(act),
                Said::Wake { at, timer } => says.timers.push((at, DeskTimer::Own(timer))),
                Said::Noticed { of, down } => says.seen.push(Observation::Noticed { of, down }),
                Said::Rule { rule, on } => says.seen.push(Observation::Rule { rule, on }),
                Said::Ask(asked) => {
                    let (took, reply) = self.outcome(now, asked, world);
                    says.timers.push((now + took, DeskTimer::Reply { asked, reply, took }));
                }
            }
        }
    }

    /// How a request will end: by what the incidents say of it, and by the desk's own timeout.
    fn outcome(&self, now: Time, asked: Asked, world: Option<&World>) -> (Span, Reply) {
        let contact = asked.contact.and_then(|id| world.and_then(|world| world.contact(id)));
        let asker = match contact {
            Some(contact) => customer_asks(contact.who.customer, contact.who.attempt, asked.nth),
            None => Asker::Nobody { nth: asked.nth },
        };
        let fate = self.incidents.meet(asked.of, now, asker);
        let (took, reply) = match fate.failure {
            Some(failure) => (failure.seen_after.unwrap_or(Span::FOREVER), Reply::Failed),
            None if contact.is_some() => {
                (self.incidents.latency(asked.of, &self.replies_in, asker) + fate.slow, Reply::Good)
            }
            None => (PROBE_LATENCY + fate.slow, Reply::Good),
        };
        if took > asked.timeout { (asked.timeout, Reply::TimedOut) } else { (took, reply) }
    }
}

/// The name of the luck of a request for a customer: the same over the wire, where the mock counts requests.
pub fn customer_asks(customer: u64, attempt: u16, nth: u32) -> Asker {
    Asker::Customer { customer, nth: u32::from(attempt) << 8 | (nth & 0xFF) }
}

impl FrontDesk for ModelledDesk {
    type Timer = DeskTimer;

    fn begin(&mut self, now: Time, says: &mut Says<DeskTimer>) {
        let mut said = std::mem::take(&mut self.said);
        self.desk.begin(now, &mut said);
        self.say(now, &mut said, None, says);
        self.tell_of_outages(says);
        self.said = said;
    }

    #[inline]
    fn hear(&mut self, now: Time, act: &CustomerAct, world: &World, says: &mut Says<DeskTimer>) {
        self.hear_it(now, Heard::Act(*act), world, says);
    }

    fn only_queues(&self) -> bool {
        self.desk.is_passive()
    }

    fn due(&mut self, now: Time, timer: DeskTimer, world: &World, says: &mut Says<DeskTimer>) {
        match timer {
            DeskTimer::Own(timer) => self.hear_it(now, Heard::Due(timer), world, says),
            DeskTimer::Told { of, down } => {
                if down || !self.is_on(of, now) {
                    self.hear_it(now, Heard::Told { of, down }, world, says);
                }
            }
            DeskTimer::Reply { asked, reply, took } => {
                let who = asked.contact.and_then(|id| world.contact(id)).map(|contact| contact.who);
                let (of, retry) = (asked.of, asked.retry);
                says.seen.push(Observation::Request { of, who, reply, retry, took, too_early: false });
                self.hear_it(now, Heard::Replied { asked, reply }, world, says);
            }
        }
    }
}
