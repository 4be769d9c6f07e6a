//! Luck, drawn by name.
//!
//! A draw is a pure function of (seed, run, who, what for, how-manieth). No generator is carried along, so a change to
//! the plan leaves every other draw alone: two plans meet the same customers (common random numbers).

use rand::rand_core::{Infallible, TryRng};

/// What a draw decides. A name is never reused for another question, and never renumbered: recorded seeds would replay differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum What {
    /// The gap to the next contact of a stream.
    Arrival = 1,
    /// The busyness of the day.
    DayFactor = 2,
    /// Why the customer contacts.
    Reason = 3,
    /// The customer's segment.
    Segment = 4,
    /// How long the customer waits.
    Patience = 5,
    /// How long a person needs for the contact.
    Handle = 6,
    /// Whether a bot's answer solves it.
    BotSolves = 7,
    /// Whether a person's answer solves it the first time.
    Solves = 8,
    /// Whether one who gave up or was turned away tries again.
    Retry = 9,
    /// How long until the next try.
    RetryAfter = 10,
    /// On which channel the next try comes.
    Switch = 11,
    /// Whether an unanswered ticket is chased.
    Chase = 12,
    /// How long until an unsolved contact comes back.
    Reconnect = 13,
    /// Whether an offer (call-back, other channel) is taken.
    Offer = 14,
    /// How long a dependency takes to reply.
    Latency = 15,
    /// Whether a request to a dependency fails.
    Fault = 16,
    /// How slow a request to a dependency is in an outage.
    Slow = 17,
    /// Who of a team is absent.
    Absent = 18,
    /// Satisfaction of the customer.
    Satisfaction = 19,
    /// Whether a surge with a factor below one removes a contact.
    Thin = 20,
    /// A bootstrap resample of the judgement.
    Bootstrap = 21,
    /// The token of a mock language model's answer.
    Nonce = 22,
    /// How long a team takes to be ready when called in.
    ReadyIn = 23,
    /// What a contact of a storm brings.
    Echo = 24,
    /// Whether a part of a contact of a trace comes.
    Copies = 25,
    /// Whether a customer looks for a public update first.
    Informed = 26,
    /// Whether a customer helps themselves.
    SelfService = 27,
    /// How long until somebody notices an outage, or its vendor tells of it.
    Notice = 40,
    /// Whether a person stays on at the end of a shift.
    Overtime = 41,
    /// Whether one who finds a channel closed goes where its message points.
    Divert = 42,
    /// Whether a lever of a drill works.
    Lever = 43,
    /// Anything a test wants.
    Test = 99,
}

/// The root of every draw of one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Luck {
    key: u64,
}

/// The numbers behind one named draw: as many as the sampler needs, always the same ones.
#[derive(Clone, Debug)]
pub struct Draw {
    state: u64,
}

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// David Stafford's thirteenth mixer, the finaliser of SplitMix64.
#[inline]
const fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

impl Luck {
    /// The luck of run `run` of a scenario with this seed.
    pub const fn new(seed: u64, run: u64) -> Self {
        Self { key: mix(mix(seed.wrapping_add(GOLDEN)) ^ run.wrapping_mul(0xD1B5_4A32_D192_ED03)) }
    }

    /// The draw that decides `what` for `who`, the `n`-th time.
    #[inline]
    pub const fn draw(self, who: u64, what: What, n: u64) -> Draw {
        let named = self.key ^ who.wrapping_mul(0xA24B_AED4_963E_E407) ^ ((what as u64) << 32 | n).wrapping_mul(GOLDEN);
        Draw { state: mix(named) }
    }

    /// A number in [0, 1) for a yes-or-no question: `chance(..) < share`.
    #[inline]
    pub fn chance(self, who: u64, what: What, n: u64) -> f64 {
        self.draw(who, what, n).unit()
    }
}

impl Draw {
    /// The next 64 bits of this draw (SplitMix64).
    #[inline]
    pub const fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GOLDEN);
        mix(self.state)
    }
    /// The next number in [0, 1), 53 bits.
    #[inline]
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }
    /// The next number in (0, 1], for logarithms.
    #[inline]
    pub fn positive_unit(&mut self) -> f64 {
        ((self.bits() >> 11) + 1) as f64 * (1.0 / (1u64 << 53) as f64)
    }
    /// A whole number below `limit` (Lemire's multiply and shift; the bias is under 2^-32 for limits a desk knows).
    #[inline]
    pub fn below(&mut self, limit: u32) -> u32 {
        ((u128::from(self.bits()) * u128::from(limit)) >> 64) as u32
    }
}

impl TryRng for Draw {
    type Error = Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.bits() >> 32) as u32)
    }
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.bits())
    }
    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.bits().to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

/// A stable 64-bit name of a text (FNV-1a), for whoever is known by name.
pub const fn name_key(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let mut hash = 0xCBF2_9CE4_8422_2325u64;
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(0x0000_0100_0000_01B3);
        at += 1;
    }
    hash
}

/// A stable 64-bit name of a long text, in steps of eight bytes; `before` is the name of what stands before it.
pub fn text_key(before: u64, text: &[u8]) -> u64 {
    let step = |hash: u64, word: u64| (hash ^ word).wrapping_mul(GOLDEN).rotate_left(29);
    let (words, rest) = text.as_chunks::<8>();
    let hash = words.iter().fold(before, |hash, word| step(hash, u64::from_le_bytes(*word)));
    let hash = rest.iter().fold(hash, |hash, byte| step(hash, u64::from(*byte)));
    (hash ^ text.len() as u64).wrapping_mul(GOLDEN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_depends_on_its_name_alone() {
        let luck = Luck::new(7, 3);
        let first: Vec<u64> = (0..4).map(|n| luck.draw(42, What::Patience, n).bits()).collect();
        let again: Vec<u64> = (0..4).rev().map(|n| luck.draw(42, What::Patience, n).bits()).collect();
        assert_eq!(first, again.into_iter().rev().collect::<Vec<_>>());
    }

    #[test]
    fn golden_values_never_change() {
        assert_eq!(Luck::new(1, 0).draw(0, What::Test, 0).bits(), 0x7b25_db74_2d23_35b8);
        assert_eq!(name_key("holdline"), 0xa0c8_d79c_eb1e_4ea2);
        assert_eq!(text_key(0, b"on hold, in line"), 0x57cb_19f9_b4d8_ce5c);
        assert_ne!(Luck::new(1, 0), Luck::new(1, 1));
        assert_ne!(Luck::new(1, 0), Luck::new(2, 0));
    }

    #[test]
    fn neighbours_are_unrelated() {
        // Means of 10,000 neighbouring draws stay within 5 standard errors of one half, whichever part of the name counts up.
        let luck = Luck::new(1, 0);
        let bound = 5.0 / (12.0f64 * 10_000.0).sqrt();
        let mean = |f: &dyn Fn(u64) -> f64| (0..10_000).map(f).sum::<f64>() / 10_000.0;
        for m in [
            mean(&|i| luck.chance(i, What::Test, 0)),
            mean(&|i| luck.chance(0, What::Test, i)),
            mean(&|i| Luck::new(i, 0).chance(0, What::Test, 0)),
            mean(&|i| Luck::new(1, i).chance(0, What::Test, 0)),
        ] {
            assert!((m - 0.5).abs() < bound, "{m}");
        }
    }
}
