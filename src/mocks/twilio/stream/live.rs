//! One media stream under way: a frame in, a frame out.

use super::message::{Names, Told, payload, read};
use super::playout::{Playout, Room};
use super::turn::{Change, Turns};
use super::{FRAME, FRAME_BYTES};
use crate::mocks::socket::{Frame, Say, SocketId};
use crate::mocks::twilio::link::Link;
use crate::mocks::twilio::twiml::Stream;
use crate::mocks::voice::{self, Ear};
use crate::time::Span;
use std::collections::VecDeque;
use std::sync::LazyLock;

/// Sound that waits to be said by the caller at most; what is beyond is not said.
const MOST_SOUND: usize = 8_000 * 600;
/// Keys that wait to be pressed.
const MOST_KEYS: usize = 128;
/// What is quieter is silence to a caller.
const AUDIBLE: u16 = 256;
/// Silence in µ-law.
const SILENCE: u8 = 0xFF;

static SILENT: LazyLock<String> = LazyLock::new(|| payload(&[SILENCE; FRAME_BYTES]));

/// A stream.
#[derive(Debug)]
pub(super) struct Live {
    pub(super) names: Names,
    /// What its document says of it.
    pub(super) verb: Stream,
    /// The call is given to it, and what is asked afterwards; `None`: it runs beside the call.
    pub(super) holds: Option<Option<Link>>,
    /// `None`: it is not open yet.
    pub(super) socket: Option<SocketId>,
    pub(super) turns: Turns,
    /// Messages that were sent, without the first.
    number: u64,
    /// Messages with sound that were sent, of the caller's and of the desk's.
    chunks: [u64; 2],
    /// Frames that have passed since it opened.
    frames: u64,
    caller: VecDeque<u8>,
    desk: VecDeque<u8>,
    keys: VecDeque<char>,
    playout: Playout,
    ear: Ear,
    /// Words were understood since the desk began to speak.
    understood: bool,
    /// Texts that the caller understood.
    pub(super) words: u64,
    /// Messages of the target that are none.
    pub(super) nonsense: u64,
}

/// What came of some frames.
#[derive(Debug, Default)]
pub(super) struct Passed {
    /// What is sent.
    pub(super) messages: Vec<String>,
    /// What the caller understood.
    pub(super) heard: Vec<String>,
    /// The caller heard something.
    pub(super) audible: bool,
    /// It is the caller's turn.
    pub(super) yours: bool,
    /// The target is read again.
    pub(super) released: bool,
}

impl Live {
    pub(super) fn new(names: Names, verb: Stream, holds: Option<Option<Link>>, greeted: bool) -> Self {
        Self {
            names,
            verb,
            holds,
            socket: None,
            turns: Turns::new(greeted),
            number: 0,
            chunks: [0; 2],
            frames: 0,
            caller: VecDeque::new(),
            desk: VecDeque::new(),
            keys: VecDeque::new(),
            playout: Playout::default(),
            ear: Ear::default(),
            understood: false,
            words: 0,
            nonsense: 0,
        }
    }

    /// It has opened: the first two messages.
    pub(super) fn begins(&mut self) -> Vec<String> {
        let tracks: Vec<&str> = self.tracks().map(|(name, _)| name).collect();
        self.number += 1;
        vec![Names::connected(), self.names.start(self.number, &tracks, &self.verb.parameters)]
    }

    fn tracks(&self) -> impl Iterator<Item = (&'static str, usize)> + use<> {
        let wanted = [(self.verb.inbound, ("inbound", 0)), (self.verb.outbound, ("outbound", 1))];
        wanted.into_iter().filter(|(wanted, _)| *wanted).map(|(_, track)| track)
    }

    /// The last message.
    pub(super) fn stops(&mut self) -> String {
        self.number += 1;
        self.names.stop(self.number)
    }

    /// The caller speaks, after what they are saying already.
    pub(super) fn caller_says(&mut self, words: &str) {
        fill(&mut self.caller, words);
    }

    /// The desk says something to the caller by another way than this stream.
    pub(super) fn desk_says(&mut self, words: &str) {
        if self.verb.outbound {
            fill(&mut self.desk, words);
        }
    }

    /// The caller presses keys, one with each of the next frames.
    pub(super) fn caller_presses(&mut self, keys: &str) {
        let room = MOST_KEYS.saturating_sub(self.keys.len());
        self.keys.extend(keys.chars().filter(|key| key.is_ascii_digit() || matches!(key, '*' | '#')).take(room));
    }

    /// The target has said something: what is done on its socket. Beside a call it can only listen.
    pub(super) fn is_told(&mut self, text: &str) -> Vec<Say> {
        let Some(told) = read(text).filter(|_| self.holds.is_some()) else {
            self.nonsense += 1;
            return Vec::new();
        };
        let (marks, room) = match told {
            Told::Media(sound) => (Vec::new(), self.playout.push(&sound)),
            Told::Mark(name) => (self.playout.mark(name).into_iter().collect(), Room::Same),
            Told::Clear => {
                self.ear.forget();
                self.playout.clear()
            }
        };
        let mut says = Vec::new();
        if !marks.is_empty() {
            says.push(texts(marks.into_iter().map(|name| self.mark(&name)).collect()));
        }
        match room {
            Room::Same => {}
            Room::Hold => says.push(Say::Hold(true)),
            Room::Release => says.push(Say::Hold(false)),
        }
        says
    }

    fn mark(&mut self, name: &str) -> String {
        self.number += 1;
        self.names.mark(self.number, name)
    }

    /// So many frames pass; of the first ones nothing is sent, because their time has long come.
    pub(super) fn pass(&mut self, frames: u64, skipped: u64) -> Passed {
        let mut passed = Passed::default();
        for nth in 0..frames {
            self.frame(nth >= skipped, &mut passed);
        }
        passed
    }

    fn frame(&mut self, sends: bool, passed: &mut Passed) {
        let at = self.frames * (FRAME.micros() / 1_000) as u64;
        self.frames += 1;
        let speaks = !self.caller.is_empty();
        let sounds = [next(&mut self.caller), next(&mut self.desk)];
        if sends {
            for (track, which) in self.tracks() {
                self.number += 1;
                self.chunks[which] += 1;
                let sound = sounds[which].as_ref().unwrap_or(&SILENT);
                passed.messages.push(self.names.media(self.number, track, self.chunks[which], at, sound));
            }
        }
        if let Some(key) = self.keys.pop_front() {
            self.number += 1;
            passed.messages.push(self.names.dtmf(self.number, key));
            self.turns.pressed();
        }
        if self.holds.is_some() {
            self.plays(speaks, passed);
        }
    }

    /// What the target sent is heard.
    fn plays(&mut self, speaks: bool, passed: &mut Passed) {
        let (frame, marks, room) = self.playout.take();
        passed.released |= room == Room::Release;
        for name in marks {
            let mark = self.mark(&name);
            passed.messages.push(mark);
        }
        let sound: Vec<i16> = frame.into_iter().map(voice::linear).collect();
        let audible = sound.iter().any(|sample| sample.unsigned_abs() > AUDIBLE);
        let words = if sound.is_empty() { Vec::new() } else { self.ear.hear(&sound) };
        match self.turns.pass(audible, speaks) {
            Change::None => {}
            Change::Theirs => (self.understood, passed.audible) = (false, true),
            Change::Yours => {
                passed.yours = true;
                if !self.understood && self.turns.spoke() && self.turns.first_ms().is_some() {
                    // A voice without words of ours is an answer too.
                    passed.heard.push("(sound)".to_owned());
                }
            }
        }
        self.words += words.len() as u64;
        self.understood |= !words.is_empty();
        passed.heard.extend(words);
    }
}

/// Texts in their order, at once.
pub(super) fn texts(messages: Vec<String>) -> Say {
    Say::Frames(messages.into_iter().map(|text| (Span::ZERO, Frame::Text(text))).collect())
}

fn fill(sound: &mut VecDeque<u8>, words: &str) {
    if sound.len() < MOST_SOUND {
        sound.extend(voice::speak(words).into_iter().map(voice::mulaw));
    }
}

/// The next 20 ms as they stand in a message; `None`: silence.
fn next(sound: &mut VecDeque<u8>) -> Option<String> {
    if sound.is_empty() {
        return None;
    }
    let mut frame: Vec<u8> = sound.drain(..FRAME_BYTES.min(sound.len())).collect();
    frame.resize(FRAME_BYTES, SILENCE);
    Some(payload(&frame))
}
