//! What a session is set to, in the form of the API that the client speaks: today's, or the beta's before it.

use crate::mocks::openai::said::{Function, Shape, wanted_tool};
use crate::mocks::voice;
use serde::Deserialize as _;
use serde_json::{Value, json};

/// How much of a client's settings is kept.
const MOST_BYTES: usize = 256 * 1024;
/// How deep settings lie in each other.
const DEPTH: usize = 16;

/// A coding of sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    /// 16 bits a sample, 24,000 samples a second.
    Pcm,
    /// µ-law, 8,000 samples a second.
    Mulaw,
}

impl Coding {
    fn named(name: &str) -> Option<Self> {
        match name {
            "audio/pcm" | "pcm16" => Some(Self::Pcm),
            "audio/pcmu" | "g711_ulaw" => Some(Self::Mulaw),
            _ => None,
        }
    }

    /// The sound of these bytes, 8,000 samples a second.
    pub(super) fn read(self, bytes: &[u8]) -> Vec<i16> {
        match self {
            Self::Mulaw => bytes.iter().map(|byte| voice::linear(*byte)).collect(),
            Self::Pcm => {
                let samples = bytes.chunks_exact(2).map(|two| i16::from_le_bytes([two[0], two[1]]));
                voice::slower(&samples.collect::<Vec<i16>>())
            }
        }
    }

    /// The bytes of a sound.
    pub(super) fn write(self, sound: &[i16]) -> Vec<u8> {
        match self {
            Self::Mulaw => sound.iter().map(|sample| voice::mulaw(*sample)).collect(),
            Self::Pcm => voice::faster(sound).into_iter().flat_map(i16::to_le_bytes).collect(),
        }
    }
}

/// When speech ends by itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Detection {
    /// So much silence ends it, in milliseconds.
    pub(super) silence_ms: u64,
    /// A response follows.
    pub(super) responds: bool,
    /// A response under way ends when the customer speaks.
    pub(super) interrupts: bool,
}

/// The settings.
#[derive(Debug)]
pub(super) struct Config {
    pub(super) beta: bool,
    /// As the client is shown them.
    shown: Value,
}

impl Config {
    pub(super) fn new(beta: bool, id: &str, model: &str, expires: i64) -> Self {
        let detection = json!({
            "type": "server_vad", "threshold": 0.5, "prefix_padding_ms": 300, "silence_duration_ms": 500,
            "create_response": true, "interrupt_response": true,
        });
        let instructions = "You are a helpful assistant.";
        let shown = if beta {
            json!({
                "id": id, "object": "realtime.session", "model": model, "expires_at": expires,
                "modalities": ["text", "audio"], "instructions": instructions, "voice": "alloy",
                "input_audio_format": "pcm16", "output_audio_format": "pcm16", "input_audio_transcription": null,
                "turn_detection": detection, "tools": [], "tool_choice": "auto", "temperature": 0.8,
                "max_response_output_tokens": "inf",
            })
        } else {
            let pcm = json!({"type": "audio/pcm", "rate": 24000});
            let input = json!({
                "format": pcm, "transcription": null, "noise_reduction": null, "turn_detection": detection,
            });
            json!({
                "type": "realtime", "object": "realtime.session", "id": id, "model": model, "expires_at": expires,
                "output_modalities": ["audio"], "instructions": instructions, "tools": [], "tool_choice": "auto",
                "max_output_tokens": "inf", "tracing": null, "truncation": "auto", "prompt": null, "include": null,
                "audio": {"input": input, "output": {"format": pcm, "voice": "marin", "speed": 1.0}},
            })
        };
        Self { beta, shown }
    }

    /// As the client is shown it.
    pub(super) fn shown(&self) -> &Value {
        &self.shown
    }

    /// Takes a client's changes; `Err`: the parameter that is wrong, and why. Then nothing has changed.
    pub(super) fn update(&mut self, changes: &Value) -> Result<(), (&'static str, String)> {
        if !changes.is_object() {
            return Err(("session", "Missing required parameter: 'session'.".to_owned()));
        }
        if !self.beta && changes["type"] != "realtime" {
            return Err(("session.type", "Missing required parameter: 'session.type'.".to_owned()));
        }
        if changes.to_string().len() > MOST_BYTES {
            return Err(("session", "The session is too large.".to_owned()));
        }
        let mut wanted = Self { beta: self.beta, shown: self.shown.clone() };
        merge(&mut wanted.shown, changes, DEPTH);
        for of_input in [true, false] {
            if wanted.coding(of_input).is_none() {
                let param = if of_input { "session.audio.input.format" } else { "session.audio.output.format" };
                return Err((param, format!("Invalid value: this mock speaks audio/pcm and audio/pcmu ('{param}').")));
            }
        }
        for fixed in ["id", "object", "model", "expires_at"] {
            wanted.shown[fixed] = self.shown[fixed].clone();
        }
        wanted.forget_rates();
        *self = wanted;
        Ok(())
    }

    /// Only PCM has a rate to choose.
    fn forget_rates(&mut self) {
        for side in ["input", "output"] {
            let format = if self.beta { None } else { self.shown["audio"][side]["format"].as_object_mut() };
            if let Some(format) = format.filter(|format| format.get("type") != Some(&json!("audio/pcm"))) {
                format.remove("rate");
            }
        }
    }

    fn coding(&self, of_input: bool) -> Option<Coding> {
        let name = match (self.beta, of_input) {
            (true, true) => &self.shown["input_audio_format"],
            (true, false) => &self.shown["output_audio_format"],
            (false, true) => &self.shown["audio"]["input"]["format"]["type"],
            (false, false) => &self.shown["audio"]["output"]["format"]["type"],
        };
        Coding::named(name.as_str()?)
    }

    /// How the customer's sound is coded.
    pub(super) fn input(&self) -> Coding {
        self.coding(true).unwrap_or(Coding::Pcm)
    }

    /// How the model's sound is coded.
    pub(super) fn output(&self) -> Coding {
        self.coding(false).unwrap_or(Coding::Pcm)
    }

    /// When speech ends by itself; `None`: the client says when.
    pub(super) fn detection(&self) -> Option<Detection> {
        let set =
            if self.beta { &self.shown["turn_detection"] } else { &self.shown["audio"]["input"]["turn_detection"] };
        set.is_object().then(|| Detection {
            silence_ms: set["silence_duration_ms"].as_u64().unwrap_or(500).clamp(50, 10_000),
            responds: set["create_response"].as_bool().unwrap_or(true),
            interrupts: set["interrupt_response"].as_bool().unwrap_or(true),
        })
    }

    /// Whether the client wants to read what the customer said.
    pub(super) fn transcribes(&self) -> bool {
        let set = if self.beta {
            &self.shown["input_audio_transcription"]
        } else {
            &self.shown["audio"]["input"]["transcription"]
        };
        set.is_object()
    }

    /// Whether an answer is spoken. `own`: what one response says of it.
    pub(super) fn speaks(&self, own: &Value) -> bool {
        let name = if self.beta { "modalities" } else { "output_modalities" };
        let wanted = own.get(name).filter(|own| own.is_array()).unwrap_or(&self.shown[name]);
        wanted.as_array().is_some_and(|modalities| modalities.iter().any(|one| one == "audio"))
    }

    /// What a setting of one response, or else of the session, says.
    pub(super) fn either<'a>(&'a self, own: &'a Value, name: &str) -> &'a Value {
        own.get(name).filter(|own| !own.is_null()).unwrap_or(&self.shown[name])
    }

    /// The name of the setting for the length of an answer.
    pub(super) fn max_tokens_name(&self) -> &'static str {
        if self.beta { "max_response_output_tokens" } else { "max_output_tokens" }
    }

    /// The shape of an answer: words, or a function that must be called.
    pub(super) fn shape(&self, own: &Value) -> Shape {
        let tools = self.either(own, "tools").as_array().map(Vec::as_slice).unwrap_or_default();
        let functions = tools.iter().filter(|tool| tool["type"] == "function");
        let functions = functions.filter_map(|tool| Function::deserialize(tool).ok()).collect();
        let wanted = wanted_tool(self.either(own, "tool_choice"));
        Shape::call(functions, wanted, None).ok().flatten().unwrap_or(Shape::Free)
    }
}

/// Objects are merged, everything else takes the place of what was there.
fn merge(into: &mut Value, from: &Value, depth: usize) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) if depth > 0 => {
            for (name, value) in from {
                merge(into.entry(name.clone()).or_insert(Value::Null), value, depth - 1);
            }
        }
        (into, from) => *into = from.clone(),
    }
}
