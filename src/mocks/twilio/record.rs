//! `<Record>`: what the caller says is kept until they are silent, press a key, hang up, or the tape is full.

use super::Twilio;
use super::call::State;
use super::link::{Link, resolve};
use super::queue::seconds;
use super::twiml::Record;
use super::webhooks::{Fields, fields};
use crate::mocks::vendor::{Effect, Seen};
use crate::mocks::voice;
use crate::time::{Span, Time};

/// Recordings that are kept; beyond them the oldest go.
const MOST: usize = 10_000;
/// Bytes of words in one recording.
const MOST_WORDS: usize = 2_000;

/// A recording that can be fetched.
#[derive(Clone, Debug)]
pub(super) struct Recording {
    /// `RE…`.
    pub(super) sid: String,
    pub(super) call: String,
    pub(super) began: Time,
    pub(super) length: Span,
    /// What is said on it.
    pub(super) words: String,
}

/// A recording that is made.
#[derive(Clone, Debug)]
pub(super) struct Tape {
    verb: Record,
    began: Time,
    /// When the caller will have said what they say.
    speaks_until: Time,
    words: String,
}

impl Twilio {
    /// `<Record>`: the caller may speak.
    pub(super) fn begins_to_record(&mut self, sid: &str, verb: Record, now: Time, out: &mut Vec<Effect>) -> bool {
        let (timeout, keys) = (verb.timeout, !verb.finish.is_empty());
        let at = now + timeout.min(verb.longest);
        let Some(call) = self.calls.get_mut(sid) else { return false };
        call.state = State::Recording;
        call.tape = Some(Tape { verb, began: now, speaks_until: now, words: String::new() });
        self.timer(sid, at);
        out.push(Effect::Seen(Seen::Prompted { call: sid.to_owned(), speech: true, keys, timeout }));
        self.is_prompted(sid, keys, true, now, out);
        false
    }

    /// The caller speaks on the tape.
    pub(super) fn is_recorded(&mut self, sid: &str, words: &str, now: Time) {
        let Some(call) = self.calls.get_mut(sid) else { return };
        let Some(tape) = call.tape.as_mut() else { return };
        call.heard = false;
        if tape.words.len() + words.len() < MOST_WORDS {
            if !tape.words.is_empty() {
                tape.words.push(' ');
            }
            tape.words.push_str(words);
        }
        tape.speaks_until = now.max(tape.speaks_until) + voice::lasts(words);
        let at = (tape.speaks_until + tape.verb.timeout).min(tape.began + tape.verb.longest);
        self.timer(sid, at);
    }

    /// Keys that end the recording do so; others are not heard.
    pub(super) fn keys_end_recording(&mut self, sid: &str, keys: &str, now: Time, out: &mut Vec<Effect>) {
        let tape = self.calls.get(sid).and_then(|call| call.tape.as_ref());
        if let Some(key) = keys.chars().find(|key| tape.is_some_and(|tape| tape.verb.finish.contains(*key))) {
            self.recording_ends(sid, Some(&key.to_string()), now, out);
        }
    }

    /// The recording is over: the target is told where it is. Of silence there is none, and the next verb follows.
    pub(super) fn recording_ends(&mut self, sid: &str, key: Option<&str>, now: Time, out: &mut Vec<Effect>) {
        let Some(call) = self.calls.get_mut(sid) else { return };
        let Some(tape) = call.tape.take() else { return };
        if tape.words.is_empty() && key.is_none() {
            return self.follow(sid, now, out);
        }
        let url = resolve(&call.base, tape.verb.action.as_deref().unwrap_or_default());
        let post = tape.verb.post;
        let mut more = self.keeps(sid, tape, now, out);
        more.push(("Digits".to_owned(), key.unwrap_or_default().to_owned()));
        if let Some(call) = self.calls.get_mut(sid) {
            call.interrupt();
        }
        self.ask(sid, &Link { url, post }, more, false, now, out);
    }

    /// Who hangs up while they are recorded has been recorded.
    pub(super) fn caller_leaves_recording(&mut self, sid: &str, now: Time, out: &mut Vec<Effect>) {
        let Some(call) = self.calls.get_mut(sid) else { return };
        let Some(tape) = call.tape.take().filter(|tape| !tape.words.is_empty()) else { return };
        let url = resolve(&call.base, tape.verb.action.as_deref().unwrap_or_default());
        let post = tape.verb.post;
        let mut more = self.keeps(sid, tape, now, out);
        more.push(("Digits".to_owned(), "hangup".to_owned()));
        self.notify(sid, &Link { url, post }, more, out);
    }

    /// Keeps a recording and tells of it; what the action is told.
    fn keeps(&mut self, sid: &str, tape: Tape, now: Time, out: &mut Vec<Effect>) -> Fields {
        let recording = self.next_sid("RE");
        // Silence at the end is cut off, as Twilio does.
        let length = now.min(tape.speaks_until).since(tape.began);
        let url = self.recording_url(&recording);
        let told =
            fields(&[("RecordingUrl", &url), ("RecordingSid", &recording), ("RecordingDuration", &seconds(length))]);
        if let Some(link) = &tape.verb.callback {
            let mut more = fields(&[("AccountSid", &self.settings.account), ("CallSid", sid)]);
            more.extend(told.clone());
            more.extend(fields(&[
                ("RecordingStatus", "completed"),
                ("RecordingChannels", "1"),
                ("RecordingSource", "RecordVerb"),
                ("RecordingTrack", "inbound"),
                ("RecordingStartTime", &self.settings.epoch.rfc2822(tape.began)),
                ("ErrorCode", "0"),
            ]));
            let link = self.link(sid, link);
            out.extend(self.tell(sid, &link, more));
        }
        if self.recordings.len() >= MOST {
            self.recordings.pop_first();
        }
        let kept =
            Recording { sid: recording.clone(), call: sid.to_owned(), began: tape.began, length, words: tape.words };
        self.recordings.insert(recording, kept);
        told
    }

    /// Where a recording can be fetched.
    pub(super) fn recording_url(&self, sid: &str) -> String {
        format!("{}/{}/Accounts/{}/Recordings/{sid}", self.origin, super::VERSION, self.settings.account)
    }
}
