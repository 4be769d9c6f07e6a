//! Voices of the mocks: sounds that carry their words, so that what a caller says to a bot, and what a model answers, comes
//! out as words behind a program that only passes sound on.
//!
//! A text is spoken as a row of short chords, half a byte each: a low tone and a high one, as of the keys of a telephone. It
//! has a mark at its beginning and a sum at its end, so that no other sound is taken for words. Then it hums for as long as
//! a person would have needed. Codings that telephones use, and a change of the rate, do it no harm.

use crate::time::Span;
use std::sync::LazyLock;

/// Samples a second of a telephone.
pub const RATE: usize = 8_000;
/// Letters that a person speaks in a second.
const LETTERS_PER_SECOND: usize = 15;
/// Samples of one chord and the pause behind it: 20 ms, a frame of a media stream.
const CHORD: usize = 160;
/// Those of them that sound.
const SOUNDS: usize = 128;
/// Those that are looked at, so far behind its beginning: a change of the rate moves it a little.
const LOOKED_AT: std::ops::Range<usize> = 16..112;
/// The tones, in swings a second.
const LOW: [f64; 4] = [600.0, 750.0, 900.0, 1_050.0];
const HIGH: [f64; 4] = [1_400.0, 1_600.0, 1_800.0, 2_000.0];
/// How loud each tone of a chord is, and the hum behind.
const LOUD: f64 = 6_000.0;
const HUM: (f64, f64) = (300.0, 2_500.0);
/// What is louder is no silence.
const SILENT: i16 = 800;
/// So many silent samples part two sounds.
const GAP: usize = 24;
/// A tone is heard where it is so much stronger than the others.
const CLEAR: f64 = 4.0;
/// The first byte of a text, and of a piece that more follows.
const MARK: u8 = 0xA5;
const MORE: u8 = 0xA6;
/// Bytes of a text that are spoken in one piece, and of all of it.
const PIECE: usize = 200;
const LONGEST: usize = 2_000;
/// The head of a WAV file.
const WAV_HEAD: usize = 44;
/// Silence behind a voice.
const BREATH: usize = RATE / 25;

static CHORDS: LazyLock<[[i16; SOUNDS]; 16]> = LazyLock::new(|| {
    std::array::from_fn(|half| {
        let (low, high) = (LOW[half & 3], HIGH[half >> 2]);
        std::array::from_fn(|at| (LOUD * (swing(low, at) + swing(high, at))) as i16)
    })
});

fn swing(frequency: f64, at: usize) -> f64 {
    libm::sin(std::f64::consts::TAU * frequency * at as f64 / RATE as f64)
}

/// A text as it sounds, 8,000 samples a second. What is longer than a speech is cut.
pub fn speak(text: &str) -> Vec<i16> {
    let mut rest = head(text, LONGEST);
    let natural = rest.chars().count() * RATE / LETTERS_PER_SECOND;
    let mut sound = Vec::new();
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(head(rest, PIECE).len());
        let mark = if after.is_empty() { MARK } else { MORE };
        let framed = [mark, piece.len() as u8].into_iter().chain(piece.bytes()).chain([sum(piece.as_bytes())]);
        for byte in framed {
            for half in [byte >> 4, byte & 15] {
                sound.extend(CHORDS[usize::from(half)]);
                sound.extend([0; CHORD - SOUNDS]);
            }
        }
        rest = after;
    }
    let spoken = sound.len();
    sound.extend((spoken..natural).map(|at| (HUM.1 * swing(HUM.0, at - spoken)) as i16));
    sound.extend([0; BREATH]);
    sound
}

/// How long a voice takes to say this.
pub fn lasts(text: &str) -> Span {
    let letters = head(text, LONGEST).chars().count();
    Span::from_micros((letters * 1_000_000 / LETTERS_PER_SECOND) as i64)
}

/// As much of a text as has so many bytes.
fn head(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

fn sum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(bytes.len() as u8 ^ 0x5A, |sum, byte| sum.rotate_left(1) ^ byte)
}

/// Listens to a sound piece by piece and tells the words in it.
#[derive(Clone, Debug, Default)]
pub struct Ear {
    /// What was heard and may still be the beginning of words.
    heard: Vec<i16>,
    /// The pieces of a text that more follows, and the samples since.
    pieces: String,
    since: usize,
}

impl Ear {
    /// Hears more; every text that is complete with it, in order.
    pub fn hear(&mut self, sound: &[i16]) -> Vec<String> {
        self.heard.extend_from_slice(sound);
        let mut words = Vec::new();
        let mut at = 0;
        loop {
            // A voice begins with a sound behind silence.
            let Some(begins) = self.heard[at..].iter().position(|sample| sample.unsigned_abs() > SILENT as u16) else {
                self.since += self.heard.len() - at;
                at = self.heard.len();
                break;
            };
            self.since += begins;
            at += begins;
            if self.since > CHORD {
                // The next piece would have come at once.
                self.pieces.clear();
            }
            match read(&self.heard[at..]) {
                Read::Text { text, bytes, more } => {
                    self.since = 0;
                    self.pieces.push_str(&text);
                    if self.pieces.len() > LONGEST {
                        self.pieces.clear();
                    }
                    if !more {
                        words.push(std::mem::take(&mut self.pieces));
                    }
                    // The last pause may not have come yet.
                    at = (at + 2 * CHORD * bytes).min(self.heard.len());
                }
                Read::More => break,
                Read::Noise => match gap(&self.heard[at..]) {
                    Some(behind) => {
                        self.since += behind;
                        at += behind;
                    }
                    None => {
                        at = self.heard.len().saturating_sub(GAP).max(at);
                        break;
                    }
                },
            }
        }
        self.heard.drain(..at);
        words
    }

    /// Forgets what it has heard the beginning of.
    pub fn forget(&mut self) {
        *self = Self::default();
    }
}

/// What stands at the beginning of a sound.
enum Read {
    /// A text, or a piece that more follows.
    Text {
        /// The words.
        text: String,
        /// How many bytes were spoken for them.
        bytes: usize,
        /// It is not the last piece.
        more: bool,
    },
    /// Perhaps a text; the rest has not come.
    More,
    /// No text.
    Noise,
}

fn read(sound: &[i16]) -> Read {
    let byte = |nth: usize| {
        let half = |nth: usize| sound.get(nth * CHORD..nth * CHORD + LOOKED_AT.end).map(half);
        match (half(2 * nth), half(2 * nth + 1)) {
            (Some(Some(high)), Some(Some(low))) => Ok(high << 4 | low),
            (None, _) | (Some(Some(_)), None) => Err(Read::More),
            _ => Err(Read::Noise),
        }
    };
    let text = || {
        let mark = byte(0)?;
        if mark != MARK && mark != MORE {
            return Err(Read::Noise);
        }
        let length = usize::from(byte(1)?);
        let bytes = (0..length).map(|nth| byte(nth + 2)).collect::<Result<Vec<u8>, Read>>()?;
        match String::from_utf8(bytes) {
            Ok(text) if sum(text.as_bytes()) == byte(length + 2)? => {
                Ok(Read::Text { text, bytes: length + 3, more: mark == MORE })
            }
            _ => Err(Read::Noise),
        }
    };
    text().unwrap_or_else(|other| other)
}

/// The half byte of a chord, if it is one.
fn half(chord: &[i16]) -> Option<u8> {
    let sound = &chord[LOOKED_AT];
    let loudest = |tones: &[f64; 4]| {
        let powers = tones.map(|tone| power(sound, tone));
        let (nth, strongest) = powers.into_iter().enumerate().max_by(|a, b| a.1.total_cmp(&b.1))?;
        let others = powers.iter().enumerate().filter(|(other, _)| *other != nth).map(|(_, power)| *power);
        (strongest > CLEAR * others.fold(0.0, f64::max) && strongest > f64::from(SILENT)).then_some(nth as u8)
    };
    Some(loudest(&HIGH)? << 2 | loudest(&LOW)?)
}

/// How strong a tone is in a sound (Goertzel's algorithm), as its amplitude.
fn power(sound: &[i16], tone: f64) -> f64 {
    let turn = 2.0 * libm::cos(std::f64::consts::TAU * tone / RATE as f64);
    let (one, two) = sound.iter().fold((0.0, 0.0), |(one, two), sample| (f64::from(*sample) + turn * one - two, one));
    (one * one + two * two - turn * one * two).max(0.0).sqrt() * 2.0 / sound.len() as f64
}

/// Where the first silence ends that is long enough to part two sounds, or as much of it as has come.
fn gap(sound: &[i16]) -> Option<usize> {
    let quiet = sound.windows(GAP).position(|part| part.iter().all(|sample| sample.unsigned_abs() <= SILENT as u16));
    quiet.map(|at| at + GAP)
}

/// A sound as a WAV file: 16 bits a sample, one channel, so many samples a second.
pub fn wav(sound: &[i16], rate: usize) -> Vec<u8> {
    let (length, rate) = (2 * sound.len() as u32, rate as u32);
    let mut out = Vec::with_capacity(WAV_HEAD + 2 * sound.len());
    out.extend(b"RIFF");
    out.extend((length + 36).to_le_bytes());
    // A head of 16 bytes: PCM, one channel.
    out.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    out.extend(rate.to_le_bytes());
    out.extend((2 * rate).to_le_bytes());
    out.extend(b"\x02\0\x10\0data");
    out.extend(length.to_le_bytes());
    out.extend(sound.iter().flat_map(|sample| sample.to_le_bytes()));
    out
}

/// The words in a WAV file of a plain form: 16 bits or µ-law, one channel, 8,000 or 24,000 samples a second.
pub fn words_in_wav(file: &[u8]) -> Option<String> {
    let number = |at: usize| Some(u16::from_le_bytes(file.get(at..at + 2)?.try_into().ok()?));
    if !file.starts_with(b"RIFF") || number(22)? != 1 {
        return None;
    }
    // Behind the head there may be other parts before the sound.
    let data = file.windows(4).take(1_024).position(|four| four == b"data")? + 8;
    let bytes = file.get(data..)?;
    let samples: Vec<i16> = match (number(20)?, number(34)?) {
        (1, 16) => bytes.chunks_exact(2).map(|two| i16::from_le_bytes([two[0], two[1]])).collect(),
        (7, 8) => bytes.iter().map(|byte| linear(*byte)).collect(),
        _ => return None,
    };
    let words = match u32::from_le_bytes(file.get(24..28)?.try_into().ok()?) {
        8_000 => Ear::default().hear(&samples),
        24_000 => Ear::default().hear(&slower(&samples)),
        _ => return None,
    };
    (!words.is_empty()).then(|| words.join(" "))
}

/// The µ-law of G.711: eight bits for a sample.
pub fn mulaw(sample: i16) -> u8 {
    const BIAS: i32 = 0x84;
    let height = i32::from(sample).abs().min(32_635) + BIAS;
    let exponent = (31 - height.leading_zeros() as i32 - 7).clamp(0, 7);
    let mantissa = (height >> (exponent + 3)) & 15;
    let sign = if sample < 0 { 0x80 } else { 0 };
    !((sign | exponent << 4 | mantissa) as u8)
}

/// The sample that eight bits of µ-law stand for.
pub fn linear(byte: u8) -> i16 {
    let bits = i32::from(!byte);
    let height = ((((bits & 15) << 3) + 0x84) << ((bits >> 4) & 7)) - 0x84;
    (if bits & 0x80 == 0 { height } else { -height }) as i16
}

/// A third as many samples a second: 24,000 become 8,000. What is no whole group of three is left out.
pub fn slower(sound: &[i16]) -> Vec<i16> {
    let mean = |three: &[i16]| (three.iter().map(|sample| i32::from(*sample)).sum::<i32>() / 3) as i16;
    sound.chunks_exact(3).map(mean).collect()
}

/// Three times as many samples a second: 8,000 become 24,000.
pub fn faster(sound: &[i16]) -> Vec<i16> {
    let mut before = sound.first().copied().unwrap_or_default();
    let mut out = Vec::with_capacity(3 * sound.len());
    for sample in sound {
        let (from, to) = (i32::from(before), i32::from(*sample));
        out.extend([((2 * from + to) / 3) as i16, ((from + 2 * to) / 3) as i16, *sample]);
        before = *sample;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WORDS: &str = "Where is my order HL-000123? Grüße!";

    #[test]
    fn words_come_back_piece_by_piece() {
        let mut ear = Ear::default();
        let sound = [vec![0; 333], speak(WORDS), vec![0; 77], speak("Thank you."), vec![0; 10]].concat();
        let heard: Vec<String> = sound.chunks(97).flat_map(|piece| ear.hear(piece)).collect();
        assert_eq!(heard, [WORDS, "Thank you."]);
        assert!(ear.heard.is_empty(), "{}", ear.heard.len());
    }

    #[test]
    fn a_long_text_is_spoken_in_pieces() {
        let long = "word ".repeat(100);
        let mut ear = Ear::default();
        let heard: Vec<String> = speak(&long).chunks(CHORD).flat_map(|piece| ear.hear(piece)).collect();
        assert_eq!((heard.len(), heard.concat()), (1, long.clone()), "as one text");
        let broken = &speak(&long)[..2 * CHORD * (PIECE + 3)];
        assert!(ear.hear(broken).is_empty());
        let sound = [vec![0; 2 * CHORD], speak("Another.")].concat();
        assert_eq!(ear.hear(&sound), ["Another."], "what broke off is no part of it");
        assert_eq!(speak(&"x".repeat(150)).len(), 10 * RATE + BREATH, "ten seconds, as a person");
        assert_eq!(speak("").len(), BREATH);
    }

    #[test]
    fn the_telephones_coding_and_another_rate_do_no_harm() {
        let sound = speak(WORDS);
        let coded: Vec<i16> = sound.iter().map(|sample| linear(mulaw(*sample))).collect();
        assert_eq!(Ear::default().hear(&coded), [WORDS]);
        let there_and_back = slower(&faster(&coded));
        assert_eq!(there_and_back.len(), coded.len());
        assert_eq!(Ear::default().hear(&there_and_back), [WORDS]);
        // Begun in the middle of a group, as a program may cut it.
        assert_eq!(Ear::default().hear(&slower(&faster(&sound)[1..])), [WORDS]);
    }

    #[test]
    fn other_sounds_are_no_words_and_hide_none() {
        let noise: Vec<i16> = (0..RATE as i64).map(|at| ((at * at * 7_919) % 20_000 - 10_000) as i16).collect();
        let mut ear = Ear::default();
        assert!(ear.hear(&noise).is_empty() && ear.heard.len() <= 2 * CHORD);
        assert!(ear.hear(&[0; 400]).is_empty());
        assert_eq!(ear.hear(&speak("Hello.")), ["Hello."]);
        // A voice that breaks off, and another one that begins.
        assert!(ear.hear(&speak(WORDS)[..20 * CHORD]).is_empty());
        ear.forget();
        assert_eq!(ear.hear(&speak("Again.")), ["Again."]);
    }

    #[test]
    fn words_are_found_in_a_file() {
        let sound = speak(WORDS);
        assert_eq!(words_in_wav(&wav(&sound, RATE)).as_deref(), Some(WORDS));
        assert_eq!(words_in_wav(&wav(&faster(&sound), 3 * RATE)).as_deref(), Some(WORDS));
        let mut coded = wav(&[], RATE);
        (coded[20], coded[34]) = (7, 8);
        coded.extend(sound.iter().map(|sample| mulaw(*sample)));
        assert_eq!(words_in_wav(&coded).as_deref(), Some(WORDS));
        for file in [&b""[..], b"RIFF", &wav(&[0; 400], RATE), &wav(&sound, 44_100), &wav(&sound, RATE)[..60]] {
            assert_eq!(words_in_wav(file), None);
        }
    }

    /// The table of G.711 at its corners.
    #[test]
    fn mulaw_is_that_of_the_standard() {
        for (sample, byte) in [(0, 0xFF), (32_124, 0x80), (-32_124, 0x00), (132, 0xEF), (-8, 0x7E), (1_000, 0xCE)] {
            assert_eq!(mulaw(sample), byte, "{sample}");
        }
        for byte in 0..=255 {
            let again = mulaw(linear(byte));
            assert!(again == byte || (byte == 0x7F && again == 0xFF), "{byte:#x} {again:#x}");
        }
    }

    proptest! {
        #[test]
        fn any_sound_and_any_file_are_heard(
            bytes in proptest::collection::vec(any::<u8>(), 0..600), loud in proptest::collection::vec(any::<i16>(), 0..600),
        ) {
            drop(words_in_wav(&bytes));
            drop(words_in_wav(&[b"RIFF____WAVEfmt ", bytes.as_slice(), b"data"].concat()));
            let mut ear = Ear::default();
            drop((ear.hear(&loud), ear.hear(&slower(&loud)), ear.hear(&faster(&loud))));
        }

        #[test]
        fn any_text_comes_back(text in "\\PC{1,60}", before in 0..300_usize) {
            let sound = [vec![0; before], speak(&text)].concat();
            let coded: Vec<i16> = sound.iter().map(|sample| linear(mulaw(*sample))).collect();
            prop_assert_eq!(Ear::default().hear(&coded), [text]);
        }

        #[test]
        fn any_file_is_borne(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            words_in_wav(&bytes);
            words_in_wav(&[&wav(&[], RATE)[..40], &bytes].concat());
        }

        #[test]
        fn any_sound_is_borne_in_bounds(pieces in proptest::collection::vec(proptest::collection::vec(any::<i16>(), 0..2_000), 0..8)) {
            let mut ear = Ear::default();
            for piece in pieces {
                ear.hear(&piece);
                prop_assert!(ear.heard.len() <= 2 * CHORD * 258 + 2_000);
            }
        }
    }
}
