//! The wire behind the seam: what customers do is kept for the driver to carry out at the mocks; what the desk does comes
//! in from there.

use crate::engine::{FrontDesk, Says};
use crate::observation::Who;
use crate::seam::{ContactId, CustomerAct};
use crate::time::Time;
use crate::world::World;

/// A front desk that is somewhere else.
#[derive(Debug, Default)]
pub struct WireDesk {
    /// What customers and people did since the driver last looked, with who it was.
    pub heard: Vec<(Time, CustomerAct, Option<Who>)>,
}

/// The contact of an act.
pub fn contact_of(act: CustomerAct) -> ContactId {
    match act {
        CustomerAct::Start { contact, .. }
        | CustomerAct::AskForPerson { contact }
        | CustomerAct::TakeCallback { contact }
        | CustomerAct::Leave { contact }
        | CustomerAct::Finish { contact }
        | CustomerAct::Taken { contact }
        | CustomerAct::Handled { contact }
        | CustomerAct::PutBack { contact } => contact,
    }
}

impl FrontDesk for WireDesk {
    type Timer = ();

    fn begin(&mut self, _now: Time, _says: &mut Says<()>) {}

    fn hear(&mut self, now: Time, act: &CustomerAct, world: &World, _says: &mut Says<()>) {
        let who = world.contact(contact_of(*act)).map(|contact| contact.who);
        self.heard.push((now, *act, who));
    }

    fn due(&mut self, _now: Time, _timer: (), _world: &World, _says: &mut Says<()>) {}
}
