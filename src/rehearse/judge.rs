//! The world's incidents, as the mocks ask for them: the same draws as in a simulation, by contact and count of requests.

use super::ledger::Ledger;
use crate::engine::modelled::customer_asks;
use crate::faults::{Asker, Incidents};
use crate::mocks::judge::{Befalls, Facts, Failure, Judge, Ruling};
use crate::mocks::socket::Standing;
use crate::scenario::catalogue::Catalogue;
use crate::scenario::model::{Dependency, DependencyKind, Id, Scenario};
use crate::seam::ContactId;
use crate::time::{Span, Time};
use std::sync::{Arc, Mutex, PoisonError};

/// Judges requests of a target by the timeline of the day.
pub struct DayJudge {
    scenario: Arc<Scenario>,
    incidents: Arc<Incidents>,
    ledger: Arc<Mutex<Ledger>>,
    /// Which outages befall open WebSockets, in their order.
    of_sockets: Vec<bool>,
}

/// The failure mode under which connections are refused.
const REFUSE: &str = "refuse";

/// Requests for a contact to anything but a model are counted apart: the model's luck must not depend on them.
const BESIDE: u32 = 0x80;

impl DayJudge {
    /// A judge of this day, who knows customers by the ledger.
    pub fn new(scenario: Arc<Scenario>, incidents: Arc<Incidents>, ledger: Arc<Mutex<Ledger>>) -> Self {
        let catalogue = Catalogue::shipped();
        let befalls_sockets = |mode: &str| catalogue.get(mode).is_some_and(|mode| mode.wire.of_sockets());
        let of_sockets = incidents.outages().iter();
        let of_sockets = of_sockets.map(|one| one.fails.as_ref().is_some_and(|fails| befalls_sockets(&fails.with)));
        let of_sockets = of_sockets.collect();
        Self { scenario, incidents, ledger, of_sockets }
    }

    fn is_model(&self, of: Id<Dependency>) -> bool {
        self.scenario.desk.dependencies[of.index()].kind == DependencyKind::Openai
    }

    /// Who asks: the contact that the request speaks of, else nobody in particular.
    fn asker(&self, request: &Facts<'_>) -> (Asker, Option<ContactId>) {
        let mut ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        let to_model = self.is_model(request.dependency);
        let known = ledger.of_text(request.text).and_then(|contact| ledger.get(contact).map(|entry| entry.who));
        match known {
            Some(who) => {
                let nth = ledger.count_for(who.contact, to_model);
                let nth = if to_model { nth.min(BESIDE - 1) } else { BESIDE | nth.min(BESIDE - 1) };
                (customer_asks(who.customer, who.attempt, nth), Some(who.contact))
            }
            None => (Asker::Nobody { nth: ledger.count_unnamed(request.dependency) }, None),
        }
    }
}

impl Judge for DayJudge {
    fn rule(&self, request: &Facts<'_>, now: Time) -> Ruling {
        let (asker, contact) = self.asker(request);
        let fate = self.incidents.meet(request.dependency, now, asker);
        let contact = contact.map(pack);
        if let Some(failure) = fate.failure {
            let outage = &self.incidents.outages()[usize::from(failure.outage)];
            let mode = outage.fails.as_ref().map_or("hang", |fails| fails.with.as_str());
            return Ruling { delay: Span::ZERO, failure: Some(Failure::named(mode)), contact };
        }
        let mut delay = fate.slow;
        if request.endpoint.starts_with("chat.completions")
            && let Some(bot) = &self.scenario.desk.bot
        {
            delay += self.incidents.latency(request.dependency, &bot.replies_in, asker);
        }
        Ruling { delay, failure: None, contact }
    }

    /// An outage whose failure befalls sockets is drawn once for each of them, by its number.
    fn socket(&self, socket: &Facts<'_>, standing: &mut Standing, now: Time) -> Option<Failure> {
        let outages = self.incidents.outages().iter().zip(&self.of_sockets);
        for (number, (outage, _)) in (1..).zip(outages).filter(|(_, (_, of_sockets))| **of_sockets) {
            if outage.of != socket.dependency || outage.intensity(now) <= 0.0 {
                continue;
            }
            let nth = u32::try_from(standing.id.0).unwrap_or(u32::MAX);
            if number > standing.judged {
                standing.judged = number;
                let fate = self.incidents.meet(socket.dependency, now, Asker::Nobody { nth });
                let struck = fate.failure.is_some_and(|failure| u64::from(failure.outage) + 1 == number);
                standing.struck.extend(struck.then_some(number));
            }
            if standing.struck.contains(&number) {
                return outage.fails.as_ref().map(|fails| Failure::named(fails.with.as_str()));
            }
        }
        None
    }

    /// Drawn by the connection's number: the same ones are hit whenever it is asked, and let go as the outage ends. What is
    /// slow is slow for the whole connection by the same length.
    fn connection(&self, dependency: Id<Dependency>, standing: &mut Standing, now: Time) -> Befalls {
        let nth = u32::try_from(standing.id.0).unwrap_or(u32::MAX);
        let fate = self.incidents.meet(dependency, now, Asker::Nobody { nth });
        let outage = fate.failure.map(|failure| &self.incidents.outages()[usize::from(failure.outage)]);
        let fails = outage.and_then(|outage| outage.fails.as_ref());
        Befalls {
            failures: fails.map(|fails| Failure::named(fails.with.as_str())).into_iter().collect(),
            slow: fate.slow,
        }
    }

    fn refuses(&self, dependency: Id<Dependency>, now: Time) -> bool {
        self.incidents.outages().iter().any(|outage| {
            let whole = |fails: &crate::scenario::model::Fails| fails.with == REFUSE && fails.share >= 1.0;
            outage.of == dependency && outage.fails.as_ref().is_some_and(whole) && outage.intensity(now) >= 1.0
        })
    }
}

/// A contact as one number, as the mocks carry it.
pub fn pack(contact: ContactId) -> u64 {
    u64::from(contact.generation()) << 32 | u64::from(contact.slot())
}

/// The contact of such a number.
pub fn unpack(packed: u64) -> ContactId {
    ContactId::new(packed as u32, (packed >> 32) as u32)
}
