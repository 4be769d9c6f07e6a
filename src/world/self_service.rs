//! Customers who help themselves before they would contact, as long as what they use is up.

use super::World;
use super::customers::Opening;
use super::outside::Outside;
use crate::faults::Asker;
use crate::observation::Observation;
use crate::rng::What;
use crate::time::Time;

/// The first of a customer's requests to what self-service runs over: none of the desk's is numbered so.
const FIRST: u32 = 0x40_0000;

impl World {
    /// Whether a customer with a reason to contact helps themselves: the first time only, as who comes again wants a person.
    pub(super) fn helps_themselves(&self, now: Time, opening: Opening, out: &mut impl Outside) -> bool {
        let Opening { customer, reason, .. } = opening;
        let desk = &self.scenario.desk;
        let share = desk.reasons[reason.index()].self_service;
        let can = share > 0.0 && self.luck.chance(customer, What::SelfService, 0) < share;
        let works = |(nth, tool): (u32, &_)| {
            let asker = Asker::Customer { customer, nth: FIRST | nth };
            self.incidents.meet(*tool, now, asker).failure.is_none()
        };
        if !can || !(0..).zip(&desk.self_service).all(works) {
            return false;
        }
        out.see(Observation::SelfServed { who: opening.without_contact(now) });
        true
    }
}
