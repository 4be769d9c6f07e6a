//! Side effects that a target makes twice: the same message, ticket, comment, text or mail with the same words to the same
//! place, while nobody has said anything new; or the same call to somebody.
//!
//! Known by words and place alone, so a vendor's idempotency key that kept a second one from being made keeps it from
//! being counted. What is said again on purpose is no repetition: a customer or a person who speaks begins a new turn, and
//! what lies [`WITHIN`] apart is no retry any more. A page to staff or a call has no turns, and may well be made again
//! because nobody came: it counts only where the reply to one like it had failed, which is when a target cannot know that
//! it was made.

use crate::observation::{After, Effect};
use crate::scenario::model::{Dependency, Id};
use crate::seam::ContactId;
use crate::time::{Span, Time};
use std::collections::BTreeMap;

/// The same words again are a repetition within this time. The slowest retries of the clients and webhooks in
/// `vendors.md` that are for the same thing are Slack's of an event, the last of them five minutes after the one before.
const WITHIN: Span = Span::from_secs(600);
/// Effects, failed exchanges and contacts that are remembered; beyond them those are forgotten that could matter no more,
/// and where these are not half of them, all.
const REMEMBERED: usize = 1 << 16;

/// One effect, as it is known again.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Made {
    of: u16,
    effect: u8,
    contact: Option<ContactId>,
    turn: u32,
    /// Of place and words.
    words: u64,
}

/// What a contact has been through.
#[derive(Clone, Copy, Debug, Default)]
struct Turns {
    turn: u32,
    deliveries: u32,
    /// When it was heard of last.
    at: Time,
}

/// The effects of a target so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Repeats {
    made: BTreeMap<Made, Time>,
    turns: BTreeMap<ContactId, Turns>,
    /// When the last exchange with a dependency that could make something, for a contact, or for nobody that effect, ended
    /// without a good reply.
    failed: BTreeMap<(u16, Option<ContactId>, Option<Effect>), Time>,
    /// The last moment that it was told of.
    now: Time,
}

impl Repeats {
    /// The customer, or a person of the desk, said something: what is said from now on answers that.
    pub(super) fn turn(&mut self, contact: ContactId) {
        let turns = self.turns.entry(contact).or_default();
        *turns = Turns { turn: turns.turn + 1, deliveries: 0, at: self.now };
        bound(&mut self.turns, self.now, |turns| turns.at);
    }
    /// Something was brought to the target for a contact, in so many tries.
    pub(super) fn delivered(&mut self, contact: ContactId, tries: u32) {
        let turns = self.turns.entry(contact).or_default();
        *turns = Turns { deliveries: turns.deliveries + tries, at: self.now, ..*turns };
        bound(&mut self.turns, self.now, |turns| turns.at);
    }
    /// An exchange ended without a good reply. Which effect it could have made matters only where nobody is named.
    pub(super) fn failed(&mut self, of: Id<Dependency>, contact: Option<ContactId>, endpoint: &str, now: Time) {
        self.now = self.now.max(now);
        let effect = if contact.is_some() { None } else { effect_of(endpoint) };
        if contact.is_none() && effect.is_none() {
            return;
        }
        self.failed.insert((of.index() as u16, contact, effect), now);
        bound(&mut self.failed, now, |at| *at);
    }
    /// The target made an effect: after what, if it had made the same before.
    pub(super) fn made(
        &mut self,
        of: Id<Dependency>,
        effect: Effect,
        contact: Option<ContactId>,
        words: u64,
        now: Time,
    ) -> Option<After> {
        self.now = self.now.max(now);
        let turns = contact.and_then(|contact| self.turns.get(&contact).copied()).unwrap_or_default();
        let made = Made { of: of.index() as u16, effect: effect as u8, contact, turn: turns.turn, words };
        let before = self.made.insert(made, now).filter(|before| now.since(*before) <= WITHIN);
        bound(&mut self.made, now, |at| *at);
        let before = before?;
        let key = (of.index() as u16, contact, contact.is_none().then_some(effect));
        if self.failed.get(&key).is_some_and(|at| *at >= before) {
            return Some(After::Fault);
        }
        let sure = contact.is_some() && effect != Effect::Call;
        sure.then_some(if turns.deliveries > 1 { After::Delivery } else { After::Nothing })
    }
}

/// What a vendor's endpoint makes.
fn effect_of(endpoint: &str) -> Option<Effect> {
    Some(match endpoint {
        "chat.postMessage" => Effect::Message,
        "tickets.create" | "requests.create" => Effect::Ticket,
        "messages.create" => Effect::Text,
        "calls.create" => Effect::Call,
        "data" => Effect::Mail,
        _ => return None,
    })
}

/// Keeps a map from growing without end. What lies longer back than [`WITHIN`] makes nothing a repetition, and its absence
/// neither.
fn bound<K: Ord, V>(map: &mut BTreeMap<K, V>, now: Time, at: impl Fn(&V) -> Time) {
    if map.len() <= REMEMBERED {
        return;
    }
    map.retain(|_, value| now.since(at(value)) <= WITHIN);
    if map.len() > REMEMBERED / 2 {
        map.clear();
    }
}

/// A number of a place and the words without their nonces: of two answers out of a model that say the same, each has a
/// nonce of its own.
pub(super) fn number(place: &str, words: &str, is_nonce: impl Fn(&str) -> bool) -> u64 {
    let split = |c: char| !(c.is_ascii_alphanumeric() || c == '-');
    let said = words.split(split).filter(|word| !word.is_empty() && !is_nonce(word));
    said.fold(crate::rng::name_key(place), |sum, word| {
        (sum ^ crate::rng::name_key(word)).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(23)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLACK: Id<Dependency> = Id::new(0);

    fn at(second: i64) -> Time {
        Time::ZERO + Span::from_secs(second)
    }

    #[test]
    fn the_same_words_again_are_known_with_what_lay_between() {
        let (mut repeats, one, two) = (Repeats::default(), ContactId::new(1, 0), ContactId::new(2, 0));
        repeats.turn(one);
        let message = |repeats: &mut Repeats, who, words, second| {
            repeats.made(SLACK, Effect::Message, Some(who), words, at(second))
        };
        assert_eq!(message(&mut repeats, one, 7, 1), None);
        assert_eq!(message(&mut repeats, one, 8, 2), None, "other words");
        assert_eq!(message(&mut repeats, two, 7, 2), None, "another customer");
        assert_eq!(message(&mut repeats, one, 7, 3), Some(After::Nothing));
        repeats.failed(SLACK, Some(one), "chat.postMessage", at(4));
        assert_eq!(message(&mut repeats, one, 7, 5), Some(After::Fault));
        assert_eq!(message(&mut repeats, one, 7, 6), Some(After::Nothing), "that fault lay before the last one");
        repeats.turn(one);
        assert_eq!(message(&mut repeats, one, 7, 7), None, "the customer asked again");
        repeats.delivered(one, 2);
        assert_eq!(message(&mut repeats, one, 7, 8), Some(After::Delivery));
        assert_eq!(message(&mut repeats, one, 7, 700), None, "too late to be a retry");
    }

    #[test]
    fn a_page_or_a_call_made_again_counts_only_after_a_fault() {
        let mut repeats = Repeats::default();
        for (effect, endpoint) in [(Effect::Text, "messages.create"), (Effect::Call, "calls.create")] {
            assert_eq!(repeats.made(SLACK, effect, None, 1, at(1)), None);
            assert_eq!(repeats.made(SLACK, effect, None, 1, at(60)), None, "nobody came");
            repeats.failed(SLACK, None, "queues.list", at(60));
            assert_eq!(repeats.made(SLACK, effect, None, 1, at(61)), None, "what failed was something else");
            repeats.failed(SLACK, None, endpoint, at(61));
            assert_eq!(repeats.made(SLACK, effect, None, 1, at(62)), Some(After::Fault));
        }
    }

    #[test]
    fn what_is_old_is_forgotten_first_and_a_flood_forgets_all() {
        let mut repeats = Repeats::default();
        let message = |repeats: &mut Repeats, slot: usize, second| {
            let who = ContactId::new(slot as u32, 0);
            repeats.made(SLACK, Effect::Message, Some(who), 7, at(second))
        };
        for slot in 1..=REMEMBERED {
            message(&mut repeats, slot, 0);
        }
        // Contacts of low numbers are as young as any: slots are used again.
        assert_eq!(message(&mut repeats, 0, 700), None);
        assert_eq!((repeats.made.len(), message(&mut repeats, 0, 701)), (1, Some(After::Nothing)));
        for slot in 1..=REMEMBERED {
            message(&mut repeats, slot, 702);
        }
        assert!(repeats.made.len() <= REMEMBERED);
    }

    #[test]
    fn nonces_do_not_tell_words_apart() {
        let of = |words: &str| number("thread", words, |word| word.starts_with("K7"));
        assert_eq!(of("It is on its way. Ref. K7F2-93."), of("It is on its way. Ref. K7A1-11."));
        assert_ne!(of("It is on its way."), of("It is on its way back."));
        assert_ne!(of("a b"), of("b a"));
        assert_ne!(number("x", "a", |_| false), number("y", "a", |_| false));
    }
}
