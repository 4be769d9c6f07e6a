//! The sound that a client sends: how long it is, where speech begins and ends in it, and what is said.

use super::config::Detection;
use crate::mocks::openai::audio::Transcripts;
use crate::mocks::voice::{self, Ear};

/// What is quieter is silence.
const SILENT: u16 = 800;
/// Samples in a millisecond.
const MS: u64 = voice::RATE as u64 / 1_000;
/// A speech of fewer milliseconds is a noise.
const LEAST_MS: u64 = 40;
/// Words of one speech that are kept, in bytes.
const MOST_WORDS: usize = 16 * 1024;

/// What the client's sound brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// The customer begins to speak, at so many milliseconds of all sound.
    Begins(u64),
    /// The customer has finished.
    Ends(u64),
}

/// The buffer. It keeps what is said, not the sound.
#[derive(Debug)]
pub(super) struct Hearing {
    ear: Ear,
    words: Vec<String>,
    bytes: usize,
    /// A sum over the sound, which chooses what other sound says.
    sum: u64,
    /// Samples of all sound, of what is in the buffer, of speech in it, and of silence at its end.
    all: u64,
    here: u64,
    loud: u64,
    quiet: u64,
    speaks: bool,
}

impl Default for Hearing {
    fn default() -> Self {
        let ear = Ear::default();
        Self { ear, words: Vec::new(), bytes: 0, sum: 0, all: 0, here: 0, loud: 0, quiet: 0, speaks: false }
    }
}

impl Hearing {
    /// More sound, 8,000 samples a second. `detection`: who listens for the end of speech. A speech that ends in the middle
    /// of it leaves the rest in the second part.
    pub(super) fn hear<'a>(&mut self, sound: &'a [i16], detection: Option<Detection>) -> (Vec<Heard>, &'a [i16]) {
        let mut heard = Vec::new();
        let ends = detection.map_or(u64::MAX, |detection| detection.silence_ms * MS);
        for (at, sample) in sound.iter().enumerate() {
            self.all += 1;
            self.here += 1;
            if sample.unsigned_abs() > SILENT {
                // The short pauses within speech belong to it.
                self.loud += if self.loud > 0 { self.quiet.min(MS * 5) } else { 0 } + 1;
                self.quiet = 0;
                self.sum = (self.sum ^ u64::from(sample.unsigned_abs())).wrapping_mul(0x0100_0000_01b3);
                if !self.speaks && self.loud >= LEAST_MS * MS && detection.is_some() {
                    self.speaks = true;
                    heard.push(Heard::Begins((self.all.saturating_sub(self.loud)) / MS));
                }
                continue;
            }
            self.quiet += 1;
            if self.quiet > ends {
                if self.speaks {
                    self.speaks = false;
                    self.listen(&sound[..=at]);
                    heard.push(Heard::Ends(self.all / MS));
                    return (heard, &sound[at + 1..]);
                }
                // A noise was no speech.
                self.loud = 0;
            }
        }
        self.listen(sound);
        (heard, &[])
    }

    fn listen(&mut self, sound: &[i16]) {
        for words in self.ear.hear(sound) {
            self.bytes += words.len();
            if self.bytes <= MOST_WORDS {
                self.words.push(words);
            }
        }
    }

    /// Milliseconds of sound in the buffer.
    pub(super) fn length_ms(&self) -> u64 {
        self.here / MS
    }

    /// Empties the buffer; what was said in it.
    pub(super) fn take(&mut self, transcripts: &Transcripts) -> String {
        let words = std::mem::take(&mut self.words);
        let said = if words.is_empty() { transcripts.by(self.sum).to_owned() } else { words.join(" ") };
        self.clear();
        said
    }

    /// Empties the buffer.
    pub(super) fn clear(&mut self) {
        *self = Self { all: self.all, ..Self::default() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VAD: Option<Detection> = Some(Detection { silence_ms: 500, responds: true, interrupts: true });

    #[test]
    fn speech_is_found_between_silence() {
        let mut hearing = Hearing::default();
        assert_eq!(hearing.hear(&[0; 8_000], VAD).0, []);
        let spoken = voice::speak("My order is late.");
        let sound = [spoken.clone(), vec![0; 8_000]].concat();
        let (heard, rest) = hearing.hear(&sound, VAD);
        let [Heard::Begins(begins), Heard::Ends(ends)] = heard[..] else { panic!("{heard:?}") };
        assert!((1_000..1_020).contains(&begins) && ends > begins + 1_400, "{heard:?}");
        assert!(!rest.is_empty() && rest.len() < 8_000);
        assert_eq!(hearing.take(&Transcripts::shipped()), "My order is late.");
        assert_eq!((hearing.length_ms(), hearing.hear(rest, VAD).0), (0, vec![]));
    }

    #[test]
    fn a_click_is_no_speech_and_who_says_when_is_not_listened_for() {
        let mut hearing = Hearing::default();
        let click = [vec![5_000; 40], vec![0; 6_000]].concat();
        assert!((0..10).all(|_| hearing.hear(&click, VAD).0.is_empty()));
        hearing.clear();
        let sound = [voice::speak("Hello."), vec![0; 16_000]].concat();
        assert_eq!((hearing.hear(&sound, None).0, hearing.length_ms()), (vec![], sound.len() as u64 / 8));
        assert_eq!(hearing.take(&Transcripts::shipped()), "Hello.");
    }

    #[test]
    fn other_sound_always_says_the_same() {
        let noise: Vec<i16> = (0..8_000).map(|at| if at % 40 < 20 { 6_000 } else { -6_000 }).collect();
        let said = |sound: &[i16]| {
            let mut hearing = Hearing::default();
            hearing.hear(sound, None);
            hearing.take(&Transcripts::shipped())
        };
        assert!(!said(&noise).is_empty());
        assert_eq!(said(&noise), said(&noise));
    }
}
