//! The world's incidents, as the mocks ask for them: the same draws as in a simulation, by contact and count of requests.

use super::ledger::Ledger;
use crate::engine::modelled::customer_asks;
use crate::faults::{Asker, Fate, Incidents};
use crate::mocks::judge::{Befalls, Carriage, Facts, Failure, Judge, REFUSE, Ruling};
use crate::mocks::narrow::Narrow;
use crate::mocks::socket::Standing;
use crate::scenario::catalogue::{Catalogue, OnWay, Substitute, Wire};
use crate::scenario::model::{Dependency, DependencyKind, Fails, Id, Match, Outage, Scenario};
use crate::seam::ContactId;
use crate::time::{Span, Time};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Judges requests of a target by the timeline of the day.
pub struct DayJudge {
    scenario: Arc<Scenario>,
    catalogue: Catalogue,
    incidents: Arc<Incidents>,
    ledger: Arc<Mutex<Ledger>>,
    /// Which outages strike connections, not requests.
    of_connections: Vec<bool>,
    /// Connections opened so far, by dependency.
    connections: Vec<AtomicU32>,
    /// The outages that befall some requests, open WebSockets or webhooks.
    on_wire: Mutex<Vec<OnWire>>,
}

/// An outage that befalls some requests of its dependency, its open WebSockets or its webhooks.
#[derive(Debug)]
struct OnWire {
    /// Its place among the outages.
    index: u16,
    of: Id<Dependency>,
    narrow: Narrow,
    /// Something came that it is for.
    met: bool,
    /// How many more it hits; `None`: all that come.
    left: Option<u32>,
    befalls: Befallen,
}

/// What an outage is for.
#[derive(Debug)]
enum Befallen {
    Requests,
    Sockets {
        /// The vendor says why a socket ends, so that its client comes back, and who comes back is let in: it befalls those
        /// that were open when it began.
        lets_in_again: bool,
    },
    Webhooks(OfWebhooks),
}

/// How an outage befalls webhooks.
#[derive(Debug)]
struct OfWebhooks {
    does: OnWay,
    only: Option<String>,
    late: Span,
    /// Webhooks that it was for, all together and of each contact.
    met: u64,
    of_contact: BTreeMap<ContactId, u32>,
}

impl OnWire {
    fn of(index: usize, outage: &Outage, kind: DependencyKind, catalogue: &Catalogue) -> Option<Self> {
        let fails = outage.fails.as_ref()?;
        let on_wire = fails.on_wire.as_ref()?;
        let mode = catalogue.get(&fails.with);
        let befalls = match (mode.map(|mode| &mode.wire), on_wire.webhooks) {
            (Some(Wire::Webhook { does, only }), Some(webhooks)) => Befallen::Webhooks(OfWebhooks {
                does: *does,
                only: only.clone(),
                late: webhooks.late,
                met: 0,
                of_contact: BTreeMap::new(),
            }),
            (Some(wire), _) if wire.of_sockets() => {
                let in_words = matches!(wire, Wire::SocketEnd { text, .. } if !text.is_empty());
                Befallen::Sockets { lets_in_again: in_words && on_wire.first.is_none() }
            }
            _ => Befallen::Requests,
        };
        // A mail has steps, and each is asked about: only the failure's own counts.
        let step = mode.map(|mode| vec![mode.moment().word().to_owned()]);
        let only = if kind == DependencyKind::Smtp { step } else { mode.map(|mode| mode.only.clone()) };
        let writes_only = mode.is_some_and(|mode| mode.writes_only);
        let narrow = Narrow::of(&on_wire.narrow).only_at(&only.unwrap_or_default()).only_writes(writes_only);
        Some(Self { index: index as u16, of: outage.of, narrow, met: false, left: on_wire.first, befalls })
    }

    /// One more is hit.
    fn hit(&mut self) {
        self.left = self.left.map(|left| left.saturating_sub(1));
    }
}

/// Requests for a contact to anything but a model are counted apart: the model's luck must not depend on them.
const BESIDE: u32 = 0x80;

impl DayJudge {
    /// A judge of this day, who knows customers by the ledger.
    pub fn new(scenario: Arc<Scenario>, incidents: Arc<Incidents>, ledger: Arc<Mutex<Ledger>>) -> Self {
        let catalogue = Catalogue::shipped();
        let strikes = |mode: &str| catalogue.get(mode).is_some_and(|mode| mode.wire.strikes_connections());
        let of_connections = incidents.outages().iter();
        let of_connections =
            of_connections.map(|one| one.fails.as_ref().is_some_and(|fails| strikes(&fails.with))).collect();
        let connections = scenario.desk.dependencies.iter().map(|_| AtomicU32::new(0)).collect();
        let kind = |outage: &Outage| scenario.desk.dependencies[outage.of.index()].kind;
        let on_wire = incidents.outages().iter().enumerate();
        let on_wire =
            on_wire.filter_map(|(index, outage)| OnWire::of(index, outage, kind(outage), &catalogue)).collect();
        Self { scenario, catalogue, incidents, ledger, of_connections, connections, on_wire: Mutex::new(on_wire) }
    }

    /// What to say of outages that were for nothing that came: their `match` may be misspelt.
    pub fn unmet(&self) -> Vec<String> {
        let on_wire = self.on_wire.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = on_wire.iter().filter(|one| !one.met);
        idle.map(|one| {
            let outage = &self.incidents.outages()[usize::from(one.index)];
            let matched = outage.on_wire().is_some_and(|wire| wire.narrow != Match::default());
            let hint = if matched { ": see its `match`" } else { "" };
            format!("outage `{}` was for nothing that came{hint}", outage.name)
        })
        .collect()
    }

    /// What a request meets of the outages that befall some requests only.
    fn meet_on_wire(&self, request: &Facts<'_>, now: Time, asker: Asker, fate: &mut Fate) {
        let mut on_wire = self.on_wire.lock().unwrap_or_else(PoisonError::into_inner);
        let of = |one: &&mut OnWire| {
            one.of == request.dependency && matches!(one.befalls, Befallen::Requests) && one.left != Some(0)
        };
        for one in on_wire.iter_mut().filter(of).filter(|one| one.narrow.fits(request)) {
            one.met = true;
            if self.incidents.meet_one(one.index, now, asker, fate) {
                one.hit();
                return;
            }
        }
    }

    /// Whether a webhook is hit: drawn by the contact that it speaks of, or as the n-th where it speaks of nobody.
    fn hits_webhook(&self, one: &mut OnWire, text: &str, now: Time) -> bool {
        let Befallen::Webhooks(webhooks) = &mut one.befalls else { return false };
        let known = {
            let ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
            ledger.of_text(text).and_then(|contact| ledger.get(contact).map(|entry| entry.who))
        };
        let asker = match known {
            Some(who) => {
                let nth = webhooks.of_contact.entry(who.contact).or_default();
                *nth += 1;
                customer_asks(who.customer, who.attempt, (*nth - 1).min(BESIDE - 1))
            }
            None => Asker::Nobody { nth: u32::try_from(webhooks.met).unwrap_or(u32::MAX) },
        };
        webhooks.met += 1;
        let mut fate = Fate { slow: Span::ZERO, failure: None };
        self.incidents.meet_one(one.index, now, asker, &mut fate)
    }

    fn is_model(&self, of: Id<Dependency>) -> bool {
        self.scenario.desk.dependencies[of.index()].kind == DependencyKind::Openai
    }

    /// Whether who asks is told of a failure: what is accepted and then lost, late or stuck looks well. A model's answer that
    /// is spoiled does not.
    pub fn tells(&self, of: Id<Dependency>, mode: &str) -> bool {
        self.is_model(of) || !matches!(self.catalogue.get(mode).map(|mode| &mode.wire), Some(Wire::Knob { .. }))
    }

    fn mode(&self, outage: u16) -> &str {
        self.incidents.outages()[usize::from(outage)].fails.as_ref().map_or("hang", |fails| fails.with.as_str())
    }

    /// How a request fails in an outage.
    fn failure_of(&self, fails: &Fails) -> Failure {
        let bent = fails.status.and_then(|status| match &self.catalogue.get(&fails.with)?.wire {
            Wire::Reply(reply) => Some(Wire::Reply(Substitute { status, ..reply.clone() })),
            _ => None,
        });
        Failure { retry_after: fails.retry_after, wire: bent.map(Arc::new), ..Failure::named(fails.with.as_str()) }
    }

    /// An outage of connections strikes requests only while it strikes all: those over connections from before.
    fn strikes_requests(&self, outage: u16, now: Time) -> bool {
        let place = usize::from(outage);
        !self.of_connections[place] || is_whole(&self.incidents.outages()[place], now)
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
        let strikes = |outage| self.strikes_requests(outage, now);
        let mut fate = self.incidents.meet_where(request.dependency, now, asker, strikes);
        if fate.failure.is_none() {
            self.meet_on_wire(request, now, asker, &mut fate);
        }
        let contact = contact.map(pack);
        if let Some(failure) = fate.failure {
            let outage = &self.incidents.outages()[usize::from(failure.outage)];
            let failure = outage.fails.as_ref().map_or(Failure::named("hang"), |fails| self.failure_of(fails));
            return Ruling { delay: Span::ZERO, failure: Some(failure), contact };
        }
        let mut delay = fate.slow;
        if request.endpoint.starts_with("chat.completions")
            && let Some(bot) = &self.scenario.desk.bot
        {
            delay += self.incidents.latency(request.dependency, &bot.replies_in, asker);
        }
        Ruling { delay, failure: None, contact }
    }

    /// An outage of open WebSockets is drawn by the socket's number: whom it strikes it holds until it lets go of all.
    fn socket(&self, socket: &Facts<'_>, standing: &mut Standing, now: Time) -> Option<Failure> {
        let nth = u32::try_from(standing.id.0).unwrap_or(u32::MAX);
        let mut on_wire = self.on_wire.lock().unwrap_or_else(PoisonError::into_inner);
        let of = |one: &&mut OnWire| one.of == socket.dependency;
        let of_sockets = |one: &&mut OnWire| matches!(one.befalls, Befallen::Sockets { .. });
        for one in on_wire.iter_mut().filter(of).filter(of_sockets).filter(|one| one.narrow.fits(socket)) {
            one.met = true;
            let (number, outage) = (u64::from(one.index), &self.incidents.outages()[usize::from(one.index)]);
            if matches!(one.befalls, Befallen::Sockets { lets_in_again: true })
                && standing.opened >= turn_began(outage, now)
            {
                continue;
            }
            let held = standing.struck.contains(&number) && outage.intensity(now) > 0.0;
            let strikes = |one: &OnWire| {
                let mut fate = Fate { slow: Span::ZERO, failure: None };
                one.left != Some(0) && self.incidents.meet_one(one.index, now, Asker::Nobody { nth }, &mut fate)
            };
            if !held && !strikes(one) {
                continue;
            }
            if !standing.struck.contains(&number) {
                standing.struck.push(number);
                one.hit();
            }
            return outage.fails.as_ref().map(|fails| self.failure_of(fails));
        }
        None
    }

    /// Drawn by the connection's number: the same ones are hit whenever it is asked, and let go as the outage ends. What is
    /// slow is slow for the whole connection by the same length. All outages in force act together.
    fn connection(&self, dependency: Id<Dependency>, standing: &mut Standing, now: Time) -> Befalls {
        let nth = u32::try_from(standing.id.0).unwrap_or(u32::MAX);
        let mut befalls = Befalls { failures: Vec::new(), slow: Span::ZERO };
        for fate in self.incidents.meet_each(dependency, now, Asker::Nobody { nth }) {
            let outage = fate.failure.map(|failure| &self.incidents.outages()[usize::from(failure.outage)]);
            befalls
                .failures
                .extend(outage.and_then(|outage| outage.fails.as_ref()).map(|fails| self.failure_of(fails)));
            befalls.slow += fate.slow;
        }
        befalls
    }

    fn refuses(&self, dependency: Id<Dependency>, now: Time) -> bool {
        let refuses = |outage: &Outage| outage.fails.as_ref().is_some_and(|fails| fails.with == REFUSE);
        self.incidents
            .outages()
            .iter()
            .any(|outage| outage.of == dependency && refuses(outage) && is_whole(outage, now))
    }

    fn meets_at_door(&self, dependency: Id<Dependency>, now: Time) -> Option<String> {
        if self.refuses(dependency, now) {
            return Some(REFUSE.to_owned());
        }
        if !self.of_connections.contains(&true) {
            return None;
        }
        let nth = self.connections[dependency.index()].fetch_add(1, Ordering::Relaxed);
        let of_connections = |outage: u16| self.of_connections[usize::from(outage)];
        let fate = self.incidents.meet_where(dependency, now, Asker::Nobody { nth }, of_connections);
        fate.failure.map(|failure| self.mode(failure.outage).to_owned())
    }

    fn carry(&self, dependency: Id<Dependency>, kind: &str, text: &str, now: Time) -> Carriage {
        let mut carriage = Carriage::PROMPT;
        let mut on_wire = self.on_wire.lock().unwrap_or_else(PoisonError::into_inner);
        for one in on_wire.iter_mut().filter(|one| one.of == dependency && one.left != Some(0)) {
            let Befallen::Webhooks(webhooks) = &one.befalls else { continue };
            let (does, late, first) = (webhooks.does, webhooks.late, webhooks.met % 2 == 0);
            let is_for =
                webhooks.only.as_deref().is_none_or(|only| only == kind) && one.narrow.fits_webhook(kind, text);
            one.met |= is_for;
            if is_for && self.hits_webhook(one, text, now) {
                carriage.suffer(does, first, late);
                one.hit();
            }
        }
        carriage
    }
}

/// When an outage began, or struck anew if it comes and goes.
fn turn_began(outage: &Outage, now: Time) -> Time {
    let from = outage.window.from;
    let Some(flaps) = outage.flaps else { return from };
    let turn = (flaps.down + flaps.up).micros().max(1);
    from + Span::from_micros(now.since(from).micros().max(0) / turn * turn)
}

/// Whether everybody is struck now.
fn is_whole(outage: &Outage, now: Time) -> bool {
    outage.fails.as_ref().is_some_and(|fails| fails.share >= 1.0 && fails.on_wire.is_none())
        && outage.intensity(now) >= 1.0
}

/// A contact as one number, as the mocks carry it.
pub fn pack(contact: ContactId) -> u64 {
    u64::from(contact.generation()) << 32 | u64::from(contact.slot())
}

/// The contact of such a number.
pub fn unpack(packed: u64) -> ContactId {
    ContactId::new(packed as u32, (packed >> 32) as u32)
}

#[cfg(test)]
mod tests;
