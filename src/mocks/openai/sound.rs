//! Sounds in the forms that clients ask for: 24,000 samples a second, one channel. Where a form has no coding of its own
//! it is a quiet tone, else silence, which every decoder plays.

use crate::mocks::voice;

/// Samples a second.
const RATE: u32 = 24_000;
/// Letters spoken in a second.
const LETTERS: f64 = 15.0;
/// Seconds of the shortest and the longest sound.
const SHORTEST: f64 = 0.2;
const LONGEST: f64 = 20.0;
/// Samples of one swing of the tone (220 a second), and how loud it is.
const SWING: i32 = 109;
const LOUD: i32 = 2_000;
/// The header of a WAV file without extensions.
const WAV_HEADER: usize = 44;

/// A form of sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Mp3,
    Opus,
    Aac,
    Flac,
    Wav,
    Pcm,
}

/// Seconds that it takes to say this.
pub(super) fn lasts(text: &str, speed: f64) -> f64 {
    (text.chars().count() as f64 / LETTERS / speed).clamp(SHORTEST, LONGEST)
}

/// How long a recording is: told by the head of a WAV file, guessed of others.
pub(super) fn seconds(recording: &[u8]) -> f64 {
    let at = |from: usize| recording.get(from..from + 4)?.try_into().ok().map(u32::from_le_bytes);
    let rate = at(28).filter(|rate| recording.starts_with(b"RIFF") && *rate > 0).unwrap_or(16_000);
    recording.len().saturating_sub(WAV_HEADER) as f64 / f64::from(rate)
}

impl Format {
    /// The form of this name in requests.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "mp3" => Self::Mp3,
            "opus" => Self::Opus,
            "aac" => Self::Aac,
            "flac" => Self::Flac,
            "wav" => Self::Wav,
            "pcm" => Self::Pcm,
            _ => return None,
        })
    }

    /// Its content type.
    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Mp3 => "audio/mpeg",
            Self::Opus => "audio/opus",
            Self::Aac => "audio/aac",
            Self::Flac => "audio/flac",
            Self::Wav => "audio/wav",
            Self::Pcm => "audio/pcm",
        }
    }

    /// These words, as they are spoken: by a voice that carries them where the form leaves its samples as they are and it
    /// is not hurried.
    pub(super) fn spoken(self, text: &str, speed: f64) -> Vec<u8> {
        let voice = || voice::faster(&voice::speak(text));
        match self {
            Self::Pcm if speed == 1.0 => voice().into_iter().flat_map(i16::to_le_bytes).collect(),
            Self::Wav if speed == 1.0 => voice::wav(&voice(), RATE as usize),
            _ => self.sound(lasts(text, speed)),
        }
    }

    /// A sound of so many seconds.
    pub(super) fn sound(self, seconds: f64) -> Vec<u8> {
        let samples = (seconds * f64::from(RATE)) as u32;
        match self {
            Self::Pcm => tone(samples),
            Self::Wav => wav(&tone(samples)),
            // Layer III of MPEG-2 at 64 kbit/s: a frame of 576 samples has 192 bytes, all zero but for its head.
            Self::Mp3 => frames(samples, 576, |_| [&[0xFF, 0xF3, 0x84, 0xC4][..], &[0; 188]].concat()),
            // AAC-LC in ADTS: a frame of 1,024 silent samples in six bytes.
            Self::Aac => frames(samples, 1_024, |_| {
                vec![0xFF, 0xF1, 0x58, 0x40, 0x01, 0xBF, 0xFC, 0x00, 0xC8, 0x00, 0x80, 0x23, 0x80]
            }),
            Self::Flac => flac(samples),
            Self::Opus => opus(samples),
        }
    }
}

/// A triangle that swings quietly, in 16-bit samples.
fn tone(samples: u32) -> Vec<u8> {
    let sample = |n: u32| {
        let place = (n % SWING as u32) as i32;
        let height = (2 * place - SWING).abs() * 2 - SWING;
        ((height * LOUD / SWING) as i16).to_le_bytes()
    };
    (0..samples).flat_map(sample).collect()
}

fn wav(pcm: &[u8]) -> Vec<u8> {
    let length = pcm.len() as u32;
    let mut out = Vec::with_capacity(WAV_HEADER + pcm.len());
    out.extend(b"RIFF");
    out.extend((length + 36).to_le_bytes());
    out.extend(b"WAVEfmt ");
    out.extend(16u32.to_le_bytes());
    // PCM, one channel.
    out.extend([1, 0, 1, 0]);
    out.extend(RATE.to_le_bytes());
    out.extend((RATE * 2).to_le_bytes());
    out.extend([2, 0, 16, 0]);
    out.extend(b"data");
    out.extend(length.to_le_bytes());
    out.extend(pcm);
    out
}

fn frames(samples: u32, each: u32, frame: impl Fn(u32) -> Vec<u8>) -> Vec<u8> {
    (0..samples.div_ceil(each)).flat_map(frame).collect()
}

/// Blocks of 4,096 samples that are all zero (constant subframes).
fn flac(samples: u32) -> Vec<u8> {
    const BLOCK: u32 = 4_096;
    let whole = samples.div_ceil(BLOCK) * BLOCK;
    let mut out = b"fLaC\x80\x00\x00\x22\x10\x00\x10\x00\x00\x00\x00\x00\x00\x00".to_vec();
    // 20 bits of the rate, 3 of the channels less one, 5 of the bits less one, 36 of the number of samples; no MD5.
    let described = u64::from(RATE) << 44 | 15 << 36 | u64::from(whole);
    out.extend(described.to_be_bytes());
    out.extend([0; 16]);
    out.extend(frames(samples, BLOCK, |number| {
        // The number fits one byte of its coding: the longest sound has 118 blocks.
        let mut frame = vec![0xFF, 0xF8, 0xC7, 0x08, (number & 0x7F) as u8];
        frame.push(checksum(&frame, 8, 0x07) as u8);
        frame.extend([0, 0, 0]);
        frame.extend((checksum(&frame, 16, 0x8005) as u16).to_be_bytes());
        frame
    }));
    out
}

/// Silent packets of 20 ms in Ogg, a page a second.
fn opus(samples: u32) -> Vec<u8> {
    /// What a packet counts at Opus's own 48,000 samples a second.
    const PACKET: u64 = 960;
    const SILENCE: [u8; 3] = [0xF8, 0xFF, 0xFE];
    let head = b"OpusHead\x01\x01\x00\x00\xC0\x5D\x00\x00\x00\x00\x00";
    let tags = b"OpusTags\x08\x00\x00\x00holdline\x00\x00\x00\x00";
    let mut out = page(0, 2, 0, &[&head[..]]);
    out.extend(page(1, 0, 0, &[&tags[..]]));
    let packets = u64::from(samples.div_ceil(RATE / 50));
    let pages = packets.div_ceil(50);
    for number in 0..pages {
        let upto = ((number + 1) * 50).min(packets);
        let here = vec![&SILENCE[..]; (upto - number * 50) as usize];
        let last = if number + 1 == pages { 4 } else { 0 };
        out.extend(page(2 + number as u32, last, upto * PACKET, &here));
    }
    out
}

/// A page of Ogg with packets of fewer than 255 bytes.
fn page(number: u32, flags: u8, position: u64, packets: &[&[u8]]) -> Vec<u8> {
    let mut page = b"OggS\x00".to_vec();
    page.push(flags);
    page.extend(position.to_le_bytes());
    page.extend(1u32.to_le_bytes());
    page.extend(number.to_le_bytes());
    page.extend([0; 4]);
    page.push(packets.len() as u8);
    page.extend(packets.iter().map(|packet| packet.len() as u8));
    page.extend(packets.concat());
    let sum = checksum(&page, 32, 0x04C1_1DB7);
    page[22..26].copy_from_slice(&sum.to_le_bytes());
    page
}

/// A cyclic redundancy check of so many bits, not reflected, beginning with zero.
fn checksum(bytes: &[u8], bits: u32, polynomial: u32) -> u32 {
    let top = 1u32 << (bits - 1);
    let mask = u32::MAX >> (32 - bits);
    bytes.iter().fold(0, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte) << (bits - 8), |sum: u32, _| {
            if sum & top == 0 { sum << 1 } else { (sum << 1) ^ polynomial }
        }) & mask
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sounds_last_as_long_as_their_words_within_bounds() {
        assert_eq!(lasts("", 1.0), SHORTEST);
        assert_eq!(lasts(&"word ".repeat(30), 1.0), 10.0);
        assert_eq!(lasts(&"word ".repeat(30), 2.0), 5.0);
        assert_eq!(lasts(&"word ".repeat(3_000), 1.0), LONGEST);
        assert_eq!(Format::Pcm.sound(0.5).len(), 24_000);
        assert!((seconds(&Format::Wav.sound(1.5)) - 1.5).abs() < 1e-9);
        assert_eq!(seconds(b"x"), 0.0);
    }

    #[test]
    fn every_form_begins_with_its_mark_and_has_its_length() {
        let begins = |format: Format, mark: &[u8]| format.sound(1.0).starts_with(mark);
        assert!(begins(Format::Mp3, &[0xFF, 0xF3]) && begins(Format::Aac, &[0xFF, 0xF1]));
        assert!(begins(Format::Wav, b"RIFF") && begins(Format::Flac, b"fLaC") && begins(Format::Opus, b"OggS"));
        assert_eq!(Format::Mp3.sound(1.0).len(), 42 * 192);
        assert_eq!(Format::Aac.sound(1.0).len(), 24 * 13);
        let loudest = Format::Pcm.sound(0.1).chunks(2).map(|two| i16::from_le_bytes([two[0], two[1]]).abs()).max();
        assert!(loudest.is_some_and(|loudest| (1_900..=2_000).contains(&loudest)), "{loudest:?}");
    }

    #[test]
    fn checksums_are_the_known_ones() {
        assert_eq!(checksum(b"123456789", 8, 0x07), 0xF4);
        assert_eq!(checksum(b"123456789", 16, 0x8005), 0xFEE8);
        assert_eq!(checksum(b"123456789", 32, 0x04C1_1DB7), 0x89A1_897F);
    }
}
