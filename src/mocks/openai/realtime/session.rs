//! One session: what the client says, what follows, and what it is told.

use super::config::Config;
use super::hearing::{Heard, Hearing};
use super::items::{Item, Items};
use super::reply::Reply;
use crate::mocks::openai::audio::Transcripts;
use crate::mocks::openai::said::Shape;
use crate::mocks::socket::{Frame, Say, SocketId};
use crate::mocks::vendor::Effect;
use crate::mocks::voice::Ear;
use crate::time::{Span, Time};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

/// A client's own ids are so long at the most.
const MAX_ID: usize = 64;
/// Less sound than this, in milliseconds, is nothing to commit.
const LEAST_MS: u64 = 100;

/// A response that is wanted.
#[derive(Debug)]
pub(super) struct Want {
    /// What the client says of it.
    pub(super) own: Value,
    pub(super) shape: Shape,
    pub(super) max_tokens: Option<u32>,
}

/// A response that is being said.
#[derive(Debug)]
pub(super) struct Active {
    /// When all of it will have been said.
    pub(super) until: Time,
    /// What is told if it is cancelled.
    pub(super) cancelled: Value,
}

/// A session.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) id: String,
    pub(super) config: Config,
    pub(super) items: Items,
    pub(super) knob: Option<String>,
    pub(super) active: Option<Active>,
    hearing: Hearing,
    /// The item that the customer is speaking.
    speaking: Option<String>,
    number: u64,
    frames: Vec<(Span, Frame)>,
    says: Vec<Say>,
    /// A fault has silenced it.
    pub(super) dead: bool,
}

/// What is wrong with something that the client said.
type Wrong = (&'static str, Option<&'static str>, String);

impl Session {
    pub(super) fn new(id: String, model: String, beta: bool, expires: i64, knob: Option<&str>) -> Self {
        Self {
            config: Config::new(beta, &id, &model, expires),
            id,
            items: Items::default(),
            knob: knob.map(str::to_owned),
            active: None,
            hearing: Hearing::default(),
            speaking: None,
            number: 0,
            frames: Vec::new(),
            says: Vec::new(),
            dead: false,
        }
    }

    /// The model that it is with.
    pub(super) fn model(&self) -> &str {
        self.config.shown()["model"].as_str().unwrap_or_default()
    }

    /// A number for an id.
    pub(super) fn next(&mut self, kind: &str) -> String {
        self.number += 1;
        format!("{kind}_{}{:06x}", &self.id[self.id.len().saturating_sub(8)..], self.number)
    }

    /// Tells the client something, so long after what was told before.
    pub(super) fn tell_after(&mut self, wait: Span, kind: &str, fields: Value) {
        let mut event = Map::new();
        event.insert("type".to_owned(), json!(kind));
        event.insert("event_id".to_owned(), json!(self.next("event")));
        if let Value::Object(fields) = fields {
            event.extend(fields);
        }
        self.frames.push((wait, Frame::Text(Value::Object(event).to_string())));
    }

    pub(super) fn tell(&mut self, kind: &str, fields: Value) {
        self.tell_after(Span::ZERO, kind, fields);
    }

    /// Does something to the socket behind what was told.
    pub(super) fn say(&mut self, say: Say) {
        let frames = std::mem::take(&mut self.frames);
        if !frames.is_empty() {
            self.says.push(Say::Frames(frames));
        }
        self.says.push(say);
    }

    /// Everything that was told, on its way.
    pub(super) fn effects(&mut self, socket: SocketId) -> Vec<Effect> {
        let frames = std::mem::take(&mut self.frames);
        let mut says = std::mem::take(&mut self.says);
        if !frames.is_empty() {
            says.push(Say::Frames(frames));
        }
        says.into_iter().map(|say| Effect::Socket(socket, say)).collect()
    }

    pub(super) fn begins(&mut self) {
        let shown = self.config.shown().clone();
        self.tell("session.created", json!({"session": shown}));
    }

    /// The client says something; the responses that it wants.
    pub(super) fn hears(&mut self, text: &str, transcripts: &Transcripts, now: Time) -> Vec<Want> {
        if self.dead {
            return Vec::new();
        }
        if self.active.as_ref().is_some_and(|active| active.until <= now) {
            self.active = None;
        }
        let said: Value = match serde_json::from_str(text) {
            Ok(said @ Value::Object(_)) => said,
            _ => {
                self.wrong(("invalid_json", None, "The message is no JSON object.".to_owned()), &Value::Null);
                return Vec::new();
            }
        };
        self.obey(&said, transcripts, now).unwrap_or_else(|wrong| {
            self.wrong(wrong, &said["event_id"]);
            Vec::new()
        })
    }

    fn wrong(&mut self, (code, param, message): Wrong, of: &Value) {
        let error = json!({
            "type": "invalid_request_error", "code": code, "message": message, "param": param, "event_id": of,
        });
        self.tell("error", json!({"error": error}));
    }

    fn obey(&mut self, said: &Value, transcripts: &Transcripts, now: Time) -> Result<Vec<Want>, Wrong> {
        match said["type"].as_str().unwrap_or_default() {
            "session.update" => {
                let changed = self.config.update(&said["session"]);
                changed.map_err(|(param, why)| ("invalid_value", Some(param), why))?;
                let shown = self.config.shown().clone();
                self.tell("session.updated", json!({"session": shown}));
            }
            "input_audio_buffer.append" => return self.appends(&said["audio"], transcripts, now),
            "input_audio_buffer.commit" => return self.commits(transcripts, now),
            "input_audio_buffer.clear" => {
                self.hearing.clear();
                self.speaking = None;
                self.tell("input_audio_buffer.cleared", json!({}));
            }
            "conversation.item.create" => self.puts(said, transcripts)?,
            "conversation.item.retrieve" => {
                let item = self.known(&said["item_id"])?.shown.clone();
                self.tell("conversation.item.retrieved", json!({"item": item}));
            }
            "conversation.item.delete" => {
                let id = self.known(&said["item_id"])?.id.clone();
                self.items.remove(&id);
                self.tell("conversation.item.deleted", json!({"item_id": id}));
            }
            "conversation.item.truncate" => {
                let id = self.known(&said["item_id"])?.id.clone();
                let (index, end) = (&said["content_index"], &said["audio_end_ms"]);
                let fields = json!({"item_id": id, "content_index": index, "audio_end_ms": end});
                self.tell("conversation.item.truncated", fields);
            }
            "response.create" => {
                if self.active.is_some() {
                    let why = "Conversation already has an active response in progress.".to_owned();
                    return Err(("conversation_already_has_active_response", None, why));
                }
                return Ok(vec![self.want(said["response"].clone())]);
            }
            "response.cancel" => {
                if !self.cancels("client_cancelled") {
                    let why = "Cancellation failed: no active response found".to_owned();
                    return Err(("response_cancel_not_active", None, why));
                }
            }
            // Only for calls over WebRTC and SIP.
            "output_audio_buffer.clear" => {}
            other => {
                let shown: String = other.chars().take(100).collect();
                return Err((
                    "invalid_value",
                    Some("type"),
                    format!("Invalid value: '{shown}' is no type of an event."),
                ));
            }
        }
        Ok(Vec::new())
    }

    fn known(&self, id: &Value) -> Result<&Item, Wrong> {
        let id = id.as_str().unwrap_or_default();
        let shown: String = id.chars().take(100).collect();
        let unknown = || ("item_not_found", Some("item_id"), format!("Item with item_id '{shown}' does not exist."));
        self.items.get(id).ok_or_else(unknown)
    }

    /// A response that the client wants, or that follows its speech.
    fn want(&self, own: Value) -> Want {
        let length = self.config.either(&own, self.config.max_tokens_name()).as_u64();
        let max_tokens = length.map(|length| u32::try_from(length).unwrap_or(u32::MAX));
        Want { shape: self.config.shape(&own), max_tokens, own }
    }

    /// Everything that a response is made of, and the customer's last words.
    pub(super) fn prompt(&self, want: &Want) -> (String, String) {
        let (said, last) = self.items.words();
        let instructions = self.config.either(&want.own, "instructions").as_str().unwrap_or_default();
        (format!("{instructions}\n{said}"), last)
    }

    fn appends(&mut self, sound: &Value, transcripts: &Transcripts, now: Time) -> Result<Vec<Want>, Wrong> {
        let bytes = STANDARD.decode(sound.as_str().unwrap_or_default());
        let bytes = bytes.ok().filter(|_| sound.is_string());
        let bytes =
            bytes.ok_or_else(|| ("invalid_value", Some("audio"), "Invalid 'audio': it must be base64.".to_owned()))?;
        let samples = self.config.input().read(&bytes);
        let detection = self.config.detection();
        let mut wants = Vec::new();
        let mut rest = samples.as_slice();
        while !rest.is_empty() {
            let (heard, after) = self.hearing.hear(rest, detection);
            rest = after;
            for event in heard {
                match event {
                    Heard::Begins(ms) => {
                        let item = self.next("item");
                        if detection.is_some_and(|detection| detection.interrupts) {
                            self.cancels("turn_detected");
                        }
                        let fields = json!({"audio_start_ms": ms, "item_id": item});
                        self.tell("input_audio_buffer.speech_started", fields);
                        self.speaking = Some(item);
                    }
                    Heard::Ends(ms) => {
                        let item = self.speaking.clone();
                        self.tell("input_audio_buffer.speech_stopped", json!({"audio_end_ms": ms, "item_id": item}));
                        wants.extend(self.is_committed(transcripts, now));
                    }
                }
            }
        }
        Ok(wants)
    }

    fn commits(&mut self, transcripts: &Transcripts, now: Time) -> Result<Vec<Want>, Wrong> {
        let length = self.hearing.length_ms();
        if length < LEAST_MS {
            let why = format!(
                "Error committing input audio buffer: buffer too small. Expected at least {LEAST_MS}ms of audio, but \
                 buffer only has {length}.00ms of audio."
            );
            return Err(("input_audio_buffer_commit_empty", None, why));
        }
        // The client says when, so it also says when it wants an answer.
        self.is_committed(transcripts, now);
        Ok(Vec::new())
    }

    /// The customer's sound becomes an item; where speech ended by itself a response follows.
    fn is_committed(&mut self, transcripts: &Transcripts, now: Time) -> Option<Want> {
        let said = self.hearing.take(transcripts);
        let id = self.speaking.take().unwrap_or_else(|| self.next("item"));
        let before = self.items.last();
        self.tell("input_audio_buffer.committed", json!({"previous_item_id": before, "item_id": id}));
        let item = Item::spoken(&id, &said, false);
        self.shows(&item, before);
        let transcribed = self.config.transcribes();
        self.items.put(Item::spoken(&id, &said, transcribed), None);
        if transcribed {
            let kind = "conversation.item.input_audio_transcription";
            self.tell(&format!("{kind}.delta"), json!({"item_id": id, "content_index": 0, "delta": said}));
            let usage = json!({"type": "duration", "seconds": 1.0});
            let fields = json!({"item_id": id, "content_index": 0, "transcript": said, "usage": usage});
            self.tell(&format!("{kind}.completed"), fields);
        }
        let responds = self.config.detection().is_some_and(|detection| detection.responds);
        let free = self.active.as_ref().is_none_or(|active| active.until <= now);
        (responds && free).then(|| self.want(Value::Null))
    }

    fn puts(&mut self, said: &Value, transcripts: &Transcripts) -> Result<(), Wrong> {
        let own = said["item"]["id"].as_str().filter(|id| !id.is_empty() && id.len() <= MAX_ID).map(str::to_owned);
        let id = own.unwrap_or_else(|| self.next("item"));
        let coding = self.config.input();
        let sounds = |sound: &str| {
            let samples = coding.read(&STANDARD.decode(sound).unwrap_or_default());
            let words = Ear::default().hear(&samples);
            if words.is_empty() { transcripts.by(samples.len() as u64).to_owned() } else { words.join(" ") }
        };
        let item = Item::put(id, &said["item"], sounds).map_err(|(why, param)| ("invalid_value", Some(param), why))?;
        let behind = said["previous_item_id"].as_str().map(str::to_owned).or_else(|| self.items.last());
        self.shows(&item, behind.clone());
        self.items.put(item, behind.as_deref());
        Ok(())
    }

    /// Tells of a new item that is complete.
    fn shows(&mut self, item: &Item, before: Option<String>) {
        let fields = json!({"previous_item_id": before, "item": item.shown});
        if self.config.beta {
            return self.tell("conversation.item.created", fields);
        }
        self.tell("conversation.item.added", fields.clone());
        self.tell("conversation.item.done", fields);
    }

    /// A response under way is given up; whether there was one.
    fn cancels(&mut self, reason: &str) -> bool {
        let Some(Active { mut cancelled, .. }) = self.active.take() else { return false };
        cancelled["status_details"] = json!({"type": "cancelled", "reason": reason});
        self.say(Say::Hush);
        self.tell("response.done", json!({"response": cancelled}));
        true
    }

    /// Says a response.
    pub(super) fn says(&mut self, want: &Want, reply: &Reply<'_>, now: Time) {
        reply.say(self, want, now);
    }
}
