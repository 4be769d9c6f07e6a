//! Which contacts went wrong, and how badly.

use crate::measure::Kpi;
use crate::observation::{Observation, Observer};
use crate::seam::ContactId;
use crate::time::Time;
use std::collections::BTreeMap;

/// What can go wrong with a contact, the gravest first.
const GRAVEST: [Kpi; 8] = [
    Kpi::LostContacts,
    Kpi::Misdirected,
    Kpi::DroppedCalls,
    Kpi::Apologies,
    Kpi::Placeholders,
    Kpi::LateAnswers,
    Kpi::RepeatedSideEffects,
    Kpi::Duplicates,
];
const APOLOGY: u8 = 3;
const PLACEHOLDER: u8 = 4;
/// Stories of each kind that are told before more of a graver one are.
const EACH: usize = 3;
/// Contacts that are followed; beyond them they are only counted.
const FOLLOWED: usize = 1 << 16;

/// The contacts that went wrong so far.
#[derive(Clone, Debug, Default)]
pub struct Wronged {
    /// What went wrong, a bit each, and when it started.
    found: BTreeMap<ContactId, (u8, Time)>,
    /// Contacts that got something in an answer's place, and no answer yet.
    put_off: BTreeMap<ContactId, (u8, Time)>,
    beyond: u64,
}

impl Wronged {
    fn mark(&mut self, contact: ContactId, started: Time, place: u8) {
        if let Some((bits, _)) = self.found.get_mut(&contact) {
            *bits |= 1 << place;
        } else if self.found.len() < FOLLOWED {
            self.found.insert(contact, (1 << place, started));
        } else {
            self.beyond += 1;
        }
    }
    /// What went wrong with a contact: the names of the measures, the gravest first.
    pub fn why(&self, contact: ContactId) -> Vec<&'static str> {
        let bits = self.all(contact);
        let of = GRAVEST.iter().enumerate().filter(|(place, _)| bits & 1 << place != 0);
        of.map(|(_, kpi)| kpi.name()).collect()
    }
    fn all(&self, contact: ContactId) -> u8 {
        let bits = |of: &BTreeMap<ContactId, (u8, Time)>| of.get(&contact).map_or(0, |(bits, _)| *bits);
        bits(&self.found) | bits(&self.put_off)
    }
    /// The worst of them with what went wrong, the gravest first and of those the earliest, a few of every kind among them;
    /// and how many more there are.
    pub fn worst(&self, most: usize) -> (Vec<(ContactId, Vec<&'static str>)>, u64) {
        let only_put_off = self.put_off.iter().filter(|(contact, _)| !self.found.contains_key(contact));
        let all = self.found.iter().chain(only_put_off);
        let mut all: Vec<(u32, Time, ContactId)> =
            all.map(|(contact, (_, started))| (self.all(*contact).trailing_zeros(), *started, *contact)).collect();
        all.sort_unstable();
        let more = all.len().saturating_sub(most) as u64 + self.beyond;
        let mut told = [0usize; GRAVEST.len()];
        let mut few = |worst: &(u32, Time, ContactId)| {
            let of_kind = &mut told[worst.0 as usize % GRAVEST.len()];
            *of_kind += 1;
            *of_kind <= EACH
        };
        let (mut first, rest): (Vec<_>, Vec<_>) = all.into_iter().partition(|worst| few(worst));
        first.extend(rest);
        first.truncate(most);
        first.sort_unstable();
        (first.into_iter().map(|(.., contact)| (contact, self.why(contact))).collect(), more)
    }
}

impl Observer for Wronged {
    fn observe(&mut self, _at: Time, seen: &Observation) {
        let mut put_off = |contact: ContactId, started, place: u8| {
            if self.put_off.len() < FOLLOWED {
                self.put_off.entry(contact).or_insert((0, started)).0 |= 1 << place;
            }
        };
        let (who, place) = match seen {
            Observation::Apology { who } => return put_off(who.contact, who.started, APOLOGY),
            Observation::Placeholder { who } => return put_off(who.contact, who.started, PLACEHOLDER),
            Observation::Answered { who, late: false, .. } => {
                self.put_off.remove(&who.contact);
                return;
            }
            Observation::Lost { who } => (who, 0),
            Observation::Misdirected { who } => (who, 1),
            Observation::Dropped { who } => (who, 2),
            Observation::Answered { who, .. } => (who, 5),
            Observation::Repeated { who: Some(who), .. } => (who, 6),
            Observation::Duplicate { who } => (who, 7),
            _ => return,
        };
        self.mark(who.contact, who.started, place);
    }
}
