//! Media streams in a call: how they begin, flow and end, and what the call does meanwhile.

use super::live::{Live, Passed, texts};
use super::message::Names;
use super::{FRAME, place};
use crate::mocks::sign;
use crate::mocks::socket::{Dial, Ending, Frame, Opening, PING, Say, SocketId};
use crate::mocks::twilio::Twilio;
use crate::mocks::twilio::call::State;
use crate::mocks::twilio::link::Link;
use crate::mocks::twilio::timers::Timer;
use crate::mocks::twilio::twiml::Stream;
use crate::mocks::twilio::webhooks::fields;
use crate::mocks::vendor::{Effect, Note, Seen};
use crate::time::{Span, Time};
use serde_json::json;

/// What faults match on.
pub(in crate::mocks::twilio) const ENDPOINT: &str = "stream";
/// Streams beside one call, as Twilio allows, and of the whole account.
const MOST_A_CALL: usize = 4;
const MOST: usize = 10_000;
/// How long a target may take to open its socket.
const DEADLINE: Span = Span::from_secs(5);
/// So many frames are made up for at once; of those that are older nothing is sent.
const LATE_FRAMES: u64 = 5;
/// So many frames pass at once; a clock that jumps further takes the streams along.
const MOST_FRAMES: u64 = 500;
/// How long a caller has to begin, on a stream.
const PATIENCE: Span = Span::from_secs(5);
/// Twilio's code for a socket that did not open.
const NO_HANDSHAKE: &str = "31920";

impl Twilio {
    /// `<Connect><Stream>`: the call is the stream's until it ends; whether the next verb follows at once.
    pub(in crate::mocks::twilio) fn connects(
        &mut self,
        sid: &str,
        mut stream: Stream,
        action: Option<&Link>,
        out: &mut Vec<Effect>,
    ) -> bool {
        // In both directions there is one track, that of the caller.
        (stream.inbound, stream.outbound) = (true, false);
        let action = action.map(|link| self.link(sid, link));
        if self.opens_stream(sid, stream, Some(action), out).is_none() {
            return true;
        }
        if let Some(call) = self.calls.get_mut(sid) {
            call.state = State::Streaming;
        }
        self.limit_only(sid);
        false
    }

    /// Begins a stream, if it leads somewhere and there are not too many; gives its id. `holds`: the call is given to it.
    pub(in crate::mocks::twilio) fn opens_stream(
        &mut self,
        sid: &str,
        verb: Stream,
        holds: Option<Option<Link>>,
        out: &mut Vec<Effect>,
    ) -> Option<String> {
        let call = self.calls.get(sid)?;
        let greeted = call.heard;
        let base = if call.base.is_empty() { self.voice_url(call.from.as_str(), &call.to) } else { call.base.clone() };
        let of_call = self.media.streams.values().filter(|live| live.names.call == sid).count();
        let room = of_call < MOST_A_CALL && self.media.streams.len() < MOST;
        let Some(url) = place::of(&verb.url, &base).filter(|_| room) else {
            let why = if room { "the url is no address" } else { "too many streams" };
            out.push(Effect::Note(Note::of("stream", [("call_sid", json!(sid)), ("how", json!(why))])));
            return None;
        };
        let stream = self.next_sid("MZ");
        let signature = sign::twilio(&self.settings.auth_token, &place::whole(&verb.url, &base), &[]);
        let headers = vec![
            ("user-agent".to_owned(), "Twilio.TmeWs/1.0".to_owned()),
            ("x-twilio-signature".to_owned(), signature),
        ];
        let opening = Opening { ping_every: Some(PING), ..Opening::of(stream.clone(), ENDPOINT) };
        out.push(Effect::Dial(Box::new(Dial { url, headers, deadline: DEADLINE, opening })));
        let link = verb.callback.as_ref().map(|link| link.from(&base));
        let names = Names { account: self.settings.account.clone(), call: sid.to_owned(), stream: stream.clone() };
        self.media.streams.insert(stream.clone(), Live::new(names, Stream { callback: link, ..verb }, holds, greeted));
        Some(stream)
    }

    /// Where the target answers for a number: for calls whose instructions came without an address.
    fn voice_url(&self, from: &str, to: &str) -> String {
        let ours = self.number(from).or_else(|| self.number(to));
        ours.and_then(|number| number.voice.as_ref()).map_or_else(String::new, |link| link.url.clone())
    }

    /// The socket of a stream is open; one whose call is over meanwhile is closed.
    pub(in crate::mocks::twilio) fn stream_opened(&mut self, socket: SocketId, group: &str, now: Time) -> Vec<Effect> {
        let Some(live) = self.media.streams.get_mut(group) else {
            return vec![Effect::Socket(socket, Say::Close(1000, String::new()))];
        };
        live.socket = Some(socket);
        let mut out = vec![Effect::Socket(socket, texts(live.begins()))];
        self.media.sockets.insert(socket, group.to_owned());
        if self.media.sockets.len() == 1 {
            self.media.next = now + FRAME;
            self.timers.set(Timer::Media, self.media.next);
        }
        self.tells_of_stream(group, "stream-started", None, now, &mut out);
        out
    }

    /// The target says something on a stream.
    pub(in crate::mocks::twilio) fn stream_said(&mut self, socket: SocketId, frame: &Frame) -> Vec<Effect> {
        let live = self.media.sockets.get(&socket).and_then(|stream| self.media.streams.get_mut(stream));
        match (live, frame) {
            (Some(live), Frame::Text(text)) => {
                live.is_told(text).into_iter().map(|say| Effect::Socket(socket, say)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The socket of a stream is closed, or never opened: the call goes on behind its `Connect`.
    pub(in crate::mocks::twilio) fn stream_closed(
        &mut self,
        socket: Option<SocketId>,
        group: &str,
        ending: &Ending,
        now: Time,
    ) -> Vec<Effect> {
        let mut out = Vec::new();
        if let Some(socket) = socket {
            self.media.sockets.remove(&socket);
        }
        let Some(live) = self.media.streams.get(group) else { return out };
        let (sid, holds) = (live.names.call.clone(), live.holds.clone());
        match ending {
            Ending::Refused(_) => self.tells_of_stream(group, "stream-error", Some(NO_HANDSHAKE), now, &mut out),
            _ => self.tells_of_stream(group, "stream-stopped", None, now, &mut out),
        }
        self.leaves_stream(group, &ending.to_string(), &mut out);
        let streaming = self.calls.get(&sid).is_some_and(|call| call.state == State::Streaming);
        match holds.filter(|_| streaming) {
            Some(Some(action)) => self.ask(&sid, &action, Vec::new(), false, now, &mut out),
            Some(None) => self.follow(&sid, now, &mut out),
            None => {}
        }
        out
    }

    /// `<Stop><Stream name>`: ends a stream beside a call, by its id or its name; gives its id.
    pub(in crate::mocks::twilio) fn stops_stream(
        &mut self,
        sid: &str,
        named: &str,
        now: Time,
        out: &mut Vec<Effect>,
    ) -> Option<String> {
        let of_call = |live: &Live| live.names.call == sid && live.holds.is_none();
        let is = |live: &Live| live.verb.name.as_deref() == Some(named) || live.names.stream == named;
        let found = self.media.streams.values().find(|live| of_call(live) && is(live));
        let stream = found.map(|live| live.names.stream.clone())?;
        self.stops(&stream, now, out);
        Some(stream)
    }

    /// The call is over, or does something else: its streams end. `all`: those beside it too.
    pub(in crate::mocks::twilio) fn streams_end(&mut self, sid: &str, all: bool, now: Time, out: &mut Vec<Effect>) {
        let ends = |live: &Live| live.names.call == sid && (all || live.holds.is_some());
        let ending: Vec<String> =
            self.media.streams.iter().filter(|(_, live)| ends(live)).map(|(stream, _)| stream.clone()).collect();
        for stream in ending {
            self.stops(&stream, now, out);
        }
    }

    fn stops(&mut self, stream: &str, now: Time, out: &mut Vec<Effect>) {
        let Some(live) = self.media.streams.get_mut(stream) else { return };
        if let Some(socket) = live.socket {
            out.push(Effect::Socket(socket, texts(vec![live.stops()])));
            out.push(Effect::Socket(socket, Say::Close(1000, String::new())));
        }
        self.tells_of_stream(stream, "stream-stopped", None, now, out);
        self.leaves_stream(stream, "stopped", out);
    }

    /// What is known of a stream at its end goes into the journal, and its silence to the call.
    fn leaves_stream(&mut self, stream: &str, how: &str, out: &mut Vec<Effect>) {
        let Some(live) = self.media.streams.remove(stream) else { return };
        let seconds = |ms: u64| json!(ms as f64 / 1_000.0);
        let (dead, longest) = live.turns.dead_ms();
        let mut note = Note::of("stream", [("call_sid", json!(live.names.call)), ("stream_sid", json!(stream))]);
        if live.holds.is_some() && live.socket.is_some() {
            note.fields.push(("first_audio_s", live.turns.first_ms().map_or(json!(null), seconds)));
            note.fields.push(("dead_air_s", seconds(dead)));
            note.fields.push(("texts_heard", json!(live.words)));
            note.fields.push(("longest_silence_s", seconds(longest)));
            if let Some(call) = self.calls.get_mut(&live.names.call) {
                call.silence += Span::from_millis(dead as i64);
            }
        }
        note.fields.push(("not_understood", json!(live.nonsense)));
        note.fields.push(("how", json!(how)));
        out.push(Effect::Note(note));
    }

    fn tells_of_stream(&mut self, stream: &str, event: &str, error: Option<&str>, now: Time, out: &mut Vec<Effect>) {
        let Some(live) = self.media.streams.get(stream) else { return };
        let Some(link) = live.verb.callback.clone() else { return };
        let sid = live.names.call.clone();
        let mut more = fields(&[
            ("AccountSid", &live.names.account),
            ("CallSid", &sid),
            ("StreamSid", stream),
            ("StreamName", live.verb.name.as_deref().unwrap_or(stream)),
            ("StreamEvent", event),
            ("Timestamp", &self.settings.epoch.iso(now)),
        ]);
        more.extend(error.map(|error| ("StreamError".to_owned(), error.to_owned())));
        out.extend(self.tell(&sid, &link, more));
    }

    /// The caller speaks into the call's streams; whether the call is one's.
    pub(in crate::mocks::twilio) fn speaks_into_streams(&mut self, sid: &str, words: &str) -> bool {
        let mut holds = false;
        for live in self.media.streams.values_mut().filter(|live| live.names.call == sid) {
            live.caller_says(words);
            holds |= live.holds.is_some();
        }
        holds
    }

    /// The caller presses keys; whether the call is a stream's.
    pub(in crate::mocks::twilio) fn presses_into_streams(&mut self, sid: &str, keys: &str) -> bool {
        let held = |live: &&mut Live| live.names.call == sid && live.holds.is_some();
        let live = self.media.streams.values_mut().find(held);
        live.map(|live| live.caller_presses(keys)).is_some()
    }

    /// The streams beside a call carry what the desk says to its caller.
    pub(in crate::mocks::twilio) fn streams_carry(&mut self, sid: &str, words: &str) {
        for live in self.media.streams.values_mut().filter(|live| live.names.call == sid && live.holds.is_none()) {
            live.desk_says(words);
        }
    }

    /// Every stream moves on by the frames that are due.
    pub(in crate::mocks::twilio) fn media_flows(&mut self, now: Time, out: &mut Vec<Effect>) {
        if self.media.sockets.is_empty() {
            return;
        }
        let due = (now.since(self.media.next).micros() / FRAME.micros()).max(0) as u64 + 1;
        self.media.next += FRAME.times(due as f64);
        self.timers.set(Timer::Media, self.media.next);
        let due = due.min(MOST_FRAMES);
        let mut turns = Vec::new();
        for live in self.media.streams.values_mut() {
            let Some(socket) = live.socket else { continue };
            let Passed { messages, heard, audible, yours, released } = live.pass(due, due.saturating_sub(LATE_FRAMES));
            out.push(Effect::Socket(socket, texts(messages)));
            if released {
                out.push(Effect::Socket(socket, Say::Hold(false)));
            }
            if audible || yours || !heard.is_empty() {
                turns.push((live.names.call.clone(), heard, audible, yours));
            }
        }
        for (sid, heard, audible, yours) in turns {
            if let Some(call) = self.calls.get_mut(&sid) {
                call.heard |= audible;
            }
            out.extend(heard.into_iter().map(|text| Effect::Seen(Seen::Heard { call: sid.clone(), text })));
            if yours {
                let prompted = Seen::Prompted { call: sid.clone(), speech: true, keys: true, timeout: PATIENCE };
                out.push(Effect::Seen(prompted));
                self.is_prompted(&sid, true, true, now, out);
            }
        }
    }
}
