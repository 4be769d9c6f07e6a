//! F4: the engine. One agenda of timed events, one world, a front desk behind the seam. The engine knows no clock: the
//! virtual driver ([`run`]) jumps to the next event, a rehearsal or drill advances it as far as its clock has come.

pub mod agenda;
pub mod conservation;
pub mod luggage;
pub mod modelled;
pub mod plans;
pub mod runs;
#[cfg(test)]
mod smoke;
pub mod watch;

use crate::faults::Incidents;
use crate::observation::{Observation, Observer};
use crate::rng::Luck;
use crate::scenario::model::Scenario;
use crate::seam::{CustomerAct, DeskAct};
use crate::time::Time;
use crate::workload::arrivals::{Arrivals, Demand};
use crate::world::{Outside, Wake, World};
use agenda::Agenda;
use conservation::Conservation;
use luggage::Luggage;
use modelled::ModelledDesk;
use std::sync::Arc;
use watch::Watch;

/// A front desk behind the seam: the modelled one, or the wire to a target.
pub trait FrontDesk {
    /// What it wants to be woken with.
    type Timer: Copy;
    /// Before the first contact.
    fn begin(&mut self, now: Time, says: &mut Says<Self::Timer>);
    /// A customer, or one of the desk's people, does something.
    fn hear(&mut self, now: Time, act: &CustomerAct, world: &World, says: &mut Says<Self::Timer>);
    /// A timer is due.
    fn due(&mut self, now: Time, timer: Self::Timer, world: &World, says: &mut Says<Self::Timer>);
    /// Whether all it ever does is to put whoever starts into the queue: then it needs not be asked.
    fn only_queues(&self) -> bool {
        false
    }
}

/// What a front desk says in one step.
#[derive(Debug)]
pub struct Says<T> {
    /// What it does.
    pub acts: Vec<DeskAct>,
    /// What it wants to be woken with, and when.
    pub timers: Vec<(Time, T)>,
    /// What observers should know of it.
    pub seen: Vec<Observation>,
}

impl<T> Default for Says<T> {
    fn default() -> Self {
        Self { acts: Vec::new(), timers: Vec::new(), seen: Vec::new() }
    }
}

/// Something that is due.
#[derive(Clone, Copy, Debug)]
enum Event {
    World(Wake),
    /// A timer of the desk, by its place among the luggage: it is several times as large as a wake of the world.
    Desk(u32),
    Watch,
}

/// One running day.
pub struct Engine<'d, D: FrontDesk, O: Observer> {
    arrivals: Arrivals<'d>,
    timers: Luggage<D::Timer>,
    world: World,
    around: Around<O, D::Timer>,
    /// The front desk.
    pub desk: D,
    close: Time,
    steps: u64,
}

/// What the world speaks to: the agenda, the desk's ears, the observers.
struct Around<O, T> {
    /// The latest moment that was played.
    now: Time,
    agenda: Agenda<Event>,
    heard: Vec<CustomerAct>,
    says: Says<T>,
    only_queues: bool,
    observer: O,
    watch: Watch,
    conservation: Conservation,
}

impl<O: Observer, T> Outside for Around<O, T> {
    #[inline]
    fn wake(&mut self, at: Time, wake: Wake) {
        self.agenda.add(at, Event::World(wake));
    }
    // As with what is seen: the kind is known where it is done, and most of it concerns no desk that only queues.
    #[inline(always)]
    fn act(&mut self, act: CustomerAct) {
        match act {
            _ if !self.only_queues => self.heard.push(act),
            CustomerAct::Start { contact, .. } => self.says.acts.push(DeskAct::Queue { contact }),
            _ => {}
        }
    }
    // Where something is seen it is known what: inlined to the end, an observer's choice by kind costs nothing.
    #[inline(always)]
    fn see(&mut self, seen: Observation) {
        self.observer.observe(self.now, &seen);
        self.watch.observe(self.now, &seen);
        if cfg!(debug_assertions) {
            self.conservation.observe(self.now, &seen);
        }
    }
}

/// How often, in steps, a debug build holds the whole state against itself.
const FULL_CHECK_EVERY: u64 = 512;

impl<'d, D: FrontDesk, O: Observer> Engine<'d, D, O> {
    /// A day that is about to start.
    pub fn new(
        scenario: &Arc<Scenario>,
        demand: &'d Demand,
        incidents: Arc<Incidents>,
        luck: Luck,
        desk: D,
        observer: O,
    ) -> Self {
        let around = Around {
            now: Time::ZERO,
            agenda: Agenda::default(),
            heard: Vec::new(),
            says: Says::default(),
            only_queues: desk.only_queues(),
            observer,
            watch: Watch::new(scenario),
            conservation: Conservation::default(),
        };
        let mut engine = Self {
            arrivals: Arrivals::new(demand, luck),
            timers: Luggage::default(),
            world: World::new(scenario.clone(), incidents, luck),
            around,
            desk,
            close: scenario.close(),
            steps: 0,
        };
        engine.begin();
        engine
    }

    fn begin(&mut self) {
        self.desk.begin(Time::ZERO, &mut self.around.says);
        if let Some(first) = self.around.watch.first() {
            self.around.agenda.add(first, Event::Watch);
        }
        self.step(Time::ZERO, |world, around| world.begin(around));
    }

    /// Hands the rest of the day to another front desk (a warm start): the world goes on as it is, with everything that is
    /// due in it. What the desk so far knew, and what it waited for, goes with it.
    pub fn hand_over<E: FrontDesk>(self, desk: E) -> Engine<'d, E, O> {
        let Around { now, agenda: mut due, observer, watch, conservation, .. } = self.around;
        let mut agenda = Agenda::default();
        while let Some(at) = due.next_at() {
            match due.take() {
                Some(event @ (Event::World(_) | Event::Watch)) => agenda.add(at, event),
                Some(Event::Desk(_)) | None => {}
            }
        }
        let around = Around {
            now,
            agenda,
            heard: Vec::new(),
            says: Says::default(),
            only_queues: desk.only_queues(),
            observer,
            watch,
            conservation,
        };
        let mut engine = Engine {
            arrivals: self.arrivals,
            timers: Luggage::default(),
            world: self.world,
            around,
            desk,
            close: self.close,
            steps: self.steps,
        };
        engine.desk.begin(now, &mut engine.around.says);
        engine.step(now, |_, _| {});
        engine
    }

    /// When something is due next; `None` when the day is over.
    #[inline]
    pub fn next_at(&self) -> Option<Time> {
        let arrival = self.arrivals.next_at();
        let event = self.around.agenda.next_at();
        let next = match (arrival, event) {
            (Some(a), Some(e)) => Some(a.min(e)),
            (a, e) => a.or(e),
        };
        next.filter(|at| *at < self.close)
    }

    /// The latest moment it has played.
    pub fn now(&self) -> Time {
        self.around.now
    }

    /// The state of the world.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// Whoever observes.
    pub fn observer(&self) -> &O {
        &self.around.observer
    }

    /// Whoever observes, to be told something.
    pub fn observer_mut(&mut self) -> &mut O {
        &mut self.around.observer
    }

    /// Plays the next thing that is due, if it is due by `until`. Agenda before arrivals among equal times.
    #[inline]
    pub fn play_next(&mut self, until: Time) -> bool {
        let arrival = self.arrivals.next_at().unwrap_or(Time::NEVER);
        let event = self.around.agenda.next_at().unwrap_or(Time::NEVER);
        let at = arrival.min(event);
        if at > until || at >= self.close {
            return false;
        }
        debug_assert!(at >= self.around.now, "time never runs back");
        if arrival < event {
            if let Some(arrival) = self.arrivals.take() {
                self.step(at, |world, around| world.arrive(arrival, around));
            }
        } else if let Some(event) = self.around.agenda.take() {
            match event {
                Event::World(wake) => self.step(at, |world, around| world.wake(at, wake, around)),
                Event::Desk(slot) => {
                    let timer = self.timers.fetch(slot);
                    self.desk.due(at, timer, &self.world, &mut self.around.says);
                    self.step(at, |_, _| {});
                }
                Event::Watch => self.watch_due(at),
            }
        }
        true
    }

    /// Plays everything that is due by `until`.
    pub fn advance(&mut self, until: Time) {
        while self.play_next(until) {}
    }

    /// The desk did something by itself (a rehearsal hears it over the wire).
    pub fn desk_does(&mut self, now: Time, act: DeskAct) {
        let now = now.max(self.around.now);
        self.around.says.acts.push(act);
        self.step(now, |_, _| {});
    }

    /// The driver tells the desk something that no customer and no timer would.
    #[cold]
    pub fn tell(&mut self, now: Time, what: impl FnOnce(&mut D, Time, &World, &mut Says<D::Timer>)) {
        let now = now.max(self.around.now);
        what(&mut self.desk, now, &self.world, &mut self.around.says);
        self.step(now, |_, _| {});
    }

    /// Tells the observers something that the driver saw.
    pub fn see(&mut self, now: Time, seen: Observation) {
        let now = now.max(self.around.now);
        self.around.now = now;
        self.around.observer.observe(now, &seen);
    }

    /// The moment at which the day is over, an early end included.
    pub fn close(&self) -> Time {
        self.close
    }

    /// The day is over at this moment already, if it is not sooner.
    pub fn close_at(&mut self, at: Time) {
        self.close = self.close.min(at);
    }

    /// Ends the day now.
    pub fn stop(&mut self, by: Option<u16>) {
        self.see(self.around.now, Observation::Stopped { by });
        self.close = self.around.now;
    }

    /// The end of the day: what is open is counted, and the observer handed back.
    pub fn finish(mut self) -> (O, Time) {
        let close = self.close;
        self.around.now = close;
        self.world.close(close, &mut self.around);
        if cfg!(debug_assertions) {
            self.around.conservation.check(self.world.open_contacts());
        }
        (self.around.observer, close)
    }

    fn watch_due(&mut self, at: Time) {
        self.around.now = at;
        if let Some(which) = self.around.watch.look(at) {
            return self.stop(Some(which));
        }
        self.around.agenda.add(at + watch::LOOK_EVERY, Event::Watch);
    }

    /// One step: the world moves, the desk answers what it hears until both are quiet, levels are told.
    #[inline]
    fn step(&mut self, now: Time, first: impl FnOnce(&mut World, &mut Around<O, D::Timer>)) {
        self.around.now = now;
        first(&mut self.world, &mut self.around);
        self.until_quiet(now);
    }

    /// The common end of every step. Not inlined: one copy of it stays near the processor.
    #[inline(never)]
    fn until_quiet(&mut self, now: Time) {
        let (world, around) = (&mut self.world, &mut self.around);
        let mut next = 0;
        loop {
            for index in 0..around.says.acts.len() {
                // The act that every contact meets is read where it lies; a copy of the whole would be waited for.
                match around.says.acts[index] {
                    DeskAct::Queue { contact } => world.queue(now, contact, around),
                    act => world.desk_does(now, act, around),
                }
            }
            around.says.acts.clear();
            // Nearly always there is nothing, and then even an empty drain is felt.
            if !around.says.timers.is_empty() {
                for (at, timer) in around.says.timers.drain(..) {
                    around.agenda.add(at, Event::Desk(self.timers.leave(timer)));
                }
            }
            if !around.says.seen.is_empty() {
                // Lent out and put back, so that a busy bot's desk allocates nothing here.
                let mut seen = std::mem::take(&mut around.says.seen);
                seen.drain(..).for_each(|one| around.see(one));
                around.says.seen = seen;
            }
            let Some(act) = around.heard.get(next) else { break };
            next += 1;
            self.desk.hear(now, act, world, &mut around.says);
        }
        around.heard.clear();
        world.settle(around);
        if cfg!(debug_assertions) {
            self.steps += 1;
            if self.steps.is_multiple_of(FULL_CHECK_EVERY) {
                world.check();
                around.conservation.check(world.open_contacts());
            }
        }
    }
}

/// Plays a whole day of the modelled desk in virtual time and hands the observer back with the moment of the close.
pub fn run<O: Observer>(scenario: &Arc<Scenario>, demand: &Demand, seed: u64, run: u64, observer: O) -> (O, Time) {
    let luck = Luck::new(seed, run);
    let incidents = Arc::new(Incidents::new(scenario, luck));
    let desk = ModelledDesk::new(scenario, incidents.clone());
    let mut engine = Engine::new(scenario, demand, incidents, luck, desk, observer);
    engine.advance(Time::NEVER);
    engine.finish()
}
