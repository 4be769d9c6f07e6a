//! Speech and transcriptions: sounds that last as long as their words and, as WAV or PCM, carry them, so that a recording of
//! them says the same again. Other recordings say what is drawn by their bytes.

use super::answer::tokens;
use super::error::Error;
use super::serve::Answered;
use super::sound::{self, Format};
use super::sse::{Sse, fragments};
use crate::mocks::multipart;
use crate::mocks::vendor::Request;
use crate::mocks::voice;
use crate::rng::name_key;
use crate::time::Span;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::body::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};
use std::borrow::Cow;

/// Letters of one speech.
const MAX_INPUT: usize = 4_096;
/// Bytes of sound in one event of a streamed speech.
const SOUND_CHUNK: usize = 8 * 1024;

#[derive(Deserialize)]
struct RawSpeech {
    model: Option<String>,
    input: Option<String>,
    voice: Option<Value>,
    response_format: Option<String>,
    stream_format: Option<String>,
    speed: Option<f64>,
}

/// A speech that was asked for.
pub(super) struct Speech {
    pub(super) model: String,
    pub(super) input: String,
    format: Format,
    events: bool,
    speed: f64,
}

fn invalid(param: &str) -> Error {
    Error::invalid(format!("Invalid value for '{param}'."), Some(param), Some("invalid_value"))
}

/// Reads and checks a request's body. `deployed`: the model that the path names.
pub(super) fn parse_speech(body: &[u8], deployed: Option<&str>) -> Result<Speech, Error> {
    let raw: RawSpeech = serde_json::from_slice(body).map_err(|error| Error::unreadable(&error))?;
    let model = deployed.map(str::to_owned).or(raw.model).ok_or_else(|| Error::missing("model"))?;
    let input = raw.input.filter(|input| !input.is_empty()).ok_or_else(|| Error::missing("input"))?;
    if input.chars().count() > MAX_INPUT {
        let message = format!("Invalid 'input': string too long. Expected a string with maximum length {MAX_INPUT}.");
        return Err(Error::invalid(message, Some("input"), Some("string_above_max_length")));
    }
    if raw.voice.is_none_or(|voice| voice.is_null()) {
        return Err(Error::missing("voice"));
    }
    let format = raw.response_format.as_deref().unwrap_or("mp3");
    let format = Format::named(format).ok_or_else(|| invalid("response_format"))?;
    let events = match raw.stream_format.as_deref() {
        None | Some("audio") => false,
        Some("sse") => true,
        Some(_) => return Err(invalid("stream_format")),
    };
    let speed = raw.speed.unwrap_or(1.0);
    if !(0.25..=4.0).contains(&speed) {
        return Err(invalid("speed"));
    }
    Ok(Speech { model, input, format, events, speed })
}

/// Speaks.
pub(super) fn speak(asked: &Speech, pause: Span) -> Answered {
    let sound = asked.format.spoken(&asked.input, asked.speed);
    if !asked.events {
        return Answered::bytes(asked.format.content_type(), sound);
    }
    let mut out = Sse::new(pause);
    for piece in sound.chunks(SOUND_CHUNK) {
        out.data(&json!({"type": "speech.audio.delta", "audio": STANDARD.encode(piece)}));
    }
    let (input, output) = (tokens(asked.input.len()), tokens(sound.len()));
    let usage = json!({"input_tokens": input, "output_tokens": output, "total_tokens": input + output});
    out.data(&json!({"type": "speech.audio.done", "usage": usage}));
    out.finish().into()
}

/// A transcription that was asked for.
pub(super) struct Transcription {
    pub(super) model: String,
    recording: Bytes,
    language: String,
    form: String,
    stream: bool,
    words: bool,
}

/// Forms of a transcription.
const FORMS: [&str; 5] = ["json", "text", "srt", "verbose_json", "vtt"];

/// Reads and checks an upload. `deployed`: the model that the path names.
pub(super) fn parse_transcription(request: &Request, deployed: Option<&str>) -> Result<Transcription, Error> {
    let parts = multipart::parts(&request.headers, &request.body)
        .ok_or_else(|| Error::invalid("Could not parse multipart form.", None, None))?;
    let text = |name: &str| parts.iter().find(|part| part.name == name).map(multipart::Part::text);
    let recording = parts.iter().find(|part| part.name == "file").ok_or_else(|| Error::missing("file"))?.data.clone();
    if recording.is_empty() {
        let message = "Audio file might be corrupted or unsupported";
        return Err(Error::invalid(message, Some("file"), Some("invalid_value")));
    }
    let model = deployed.map(str::to_owned).or_else(|| text("model")).ok_or_else(|| Error::missing("model"))?;
    let form = text("response_format").unwrap_or_else(|| "json".to_owned());
    if !FORMS.contains(&form.as_str()) {
        return Err(invalid("response_format"));
    }
    let stream = text("stream").is_some_and(|value| value == "true");
    let mut granularities = parts.iter().filter(|part| part.name.starts_with("timestamp_granularities"));
    let words = granularities.any(|part| part.data.as_ref() == b"word");
    Ok(Transcription { model, recording, language: text("language").unwrap_or_default(), form, stream, words })
}

/// What recordings say, from `mocks/openai/transcripts.yaml`.
#[derive(Clone, Debug)]
pub(super) struct Transcripts(Vec<String>);

impl Transcripts {
    pub(super) fn shipped() -> Self {
        let text = include_str!("../../../mocks/openai/transcripts.yaml");
        Self(serde_yaml::from_str(text).expect("the shipped transcripts are tested"))
    }

    fn of(&self, recording: &[u8]) -> Cow<'_, str> {
        match voice::words_in_wav(recording) {
            Some(words) => Cow::Owned(words),
            None => Cow::Borrowed(self.by(name_key(&STANDARD.encode(recording)))),
        }
    }

    /// What a sound of this sum says.
    pub(super) fn by(&self, sum: u64) -> &str {
        let which = sum % self.0.len().max(1) as u64;
        self.0.get(which as usize).map_or("Hello.", String::as_str)
    }

    /// Writes down what a recording says.
    pub(super) fn transcribe(&self, asked: &Transcription, pause: Span) -> Answered {
        let text: &str = &self.of(&asked.recording);
        let seconds = sound::seconds(&asked.recording);
        let by_tokens = {
            let (input, output) = ((seconds * 10.0).ceil() as u64, tokens(text.len()));
            json!({"type": "tokens", "input_tokens": input, "output_tokens": output, "total_tokens": input + output})
        };
        // The older model is paid by the time, and does not stream.
        let timed = asked.model.starts_with("whisper");
        if asked.stream && !timed {
            let mut out = Sse::new(pause);
            for delta in fragments(text) {
                out.data(&json!({"type": "transcript.text.delta", "delta": delta}));
            }
            out.data(&json!({"type": "transcript.text.done", "text": text, "usage": by_tokens}));
            return out.finish().into();
        }
        let by_time = json!({"type": "duration", "seconds": seconds.ceil()});
        let plain = |text: String| Answered::bytes("text/plain; charset=utf-8", text);
        let end = |comma: char| format!("00:00:{:02}{comma}{:03}", seconds as u64 % 60, (seconds * 1e3) as u64 % 1_000);
        match asked.form.as_str() {
            "text" => plain(format!("{text}\n")),
            "srt" => plain(format!("1\n00:00:00,000 --> {}\n{text}\n\n", end(','))),
            "vtt" => plain(format!("WEBVTT\n\n00:00:00.000 --> {}\n{text}\n\n", end('.'))),
            "verbose_json" => Answered::json(&verbose(asked, text, seconds, by_time)),
            _ => Answered::json(&json!({"text": text, "usage": if timed { by_time } else { by_tokens }})),
        }
    }
}

fn verbose(asked: &Transcription, text: &str, seconds: f64, usage: Value) -> Value {
    let language = if asked.language.is_empty() { "english" } else { &asked.language };
    let mut all = json!({
        "task": "transcribe", "language": language, "duration": seconds, "text": text, "usage": usage,
        "segments": [{
            "id": 0, "seek": 0, "start": 0.0, "end": seconds, "text": text, "tokens": [50_364, 50_414],
            "temperature": 0.0, "avg_logprob": -0.2, "compression_ratio": 1.0, "no_speech_prob": 0.01,
        }],
    });
    if asked.words {
        let words: Vec<&str> = text.split_whitespace().collect();
        let each = seconds / words.len().max(1) as f64;
        let timed = words.iter().enumerate().map(|(at, word)| {
            let word = word.trim_matches(|c: char| !c.is_alphanumeric());
            json!({"word": word, "start": each * at as f64, "end": each * (at + 1) as f64})
        });
        all["words"] = timed.collect();
    }
    all
}
