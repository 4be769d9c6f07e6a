//! What is said on a media stream: Twilio's messages as its page "Media Streams - WebSocket Messages" has them, and those of
//! the target.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// The name of a mark is so long at the most.
const MAX_NAME: usize = 256;

/// What a target says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// Plays this after what waits already: µ-law.
    Media(Vec<u8>),
    /// Wants to know when what it has sent so far was played.
    Mark(String),
    /// Forgets what was not played yet.
    Clear,
}

#[derive(Deserialize)]
struct Said<'a> {
    #[serde(borrow)]
    event: Cow<'a, str>,
    #[serde(borrow)]
    media: Option<SaidMedia<'a>>,
    #[serde(borrow)]
    mark: Option<SaidMark<'a>>,
}

#[derive(Deserialize)]
struct SaidMedia<'a> {
    #[serde(borrow)]
    payload: Cow<'a, str>,
}

#[derive(Deserialize)]
struct SaidMark<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
}

/// Reads a message of the target; `None`: it is none that Twilio knows.
pub(super) fn read(text: &str) -> Option<Told> {
    let said: Said<'_> = serde_json::from_str(text).ok()?;
    match said.event.as_ref() {
        "media" => STANDARD.decode(said.media?.payload.as_bytes()).ok().map(Told::Media),
        "mark" => said.mark.filter(|mark| mark.name.len() <= MAX_NAME).map(|mark| Told::Mark(mark.name.into_owned())),
        "clear" => Some(Told::Clear),
        _ => None,
    }
}

/// Which stream of which call it is.
#[derive(Clone, Debug)]
pub(super) struct Names {
    pub(super) account: String,
    pub(super) call: String,
    pub(super) stream: String,
}

impl Names {
    /// The first message.
    pub(super) fn connected() -> String {
        r#"{"event":"connected","protocol":"Call","version":"1.0.0"}"#.to_owned()
    }

    /// The second message.
    pub(super) fn start(&self, number: u64, tracks: &[&str], parameters: &[(String, String)]) -> String {
        let custom: Map<String, Value> = parameters.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        json!({
            "event": "start", "sequenceNumber": number.to_string(), "streamSid": self.stream,
            "start": {
                "accountSid": self.account, "streamSid": self.stream, "callSid": self.call, "tracks": tracks,
                "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
                "customParameters": custom,
            },
        })
        .to_string()
    }

    /// Sound of one track, `at` so many milliseconds after the start; `payload` is in base64. There are fifty of these a
    /// second on every stream, and nothing in them needs an escape.
    pub(super) fn media(&self, number: u64, track: &str, chunk: u64, at: u64, payload: &str) -> String {
        let stream = &self.stream;
        format!(
            r#"{{"event":"media","sequenceNumber":"{number}","media":{{"track":"{track}","chunk":"{chunk}","timestamp":"{at}","payload":"{payload}"}},"streamSid":"{stream}"}}"#
        )
    }

    /// What was sent before this mark has been played, or forgotten.
    pub(super) fn mark(&self, number: u64, name: &str) -> String {
        let number = number.to_string();
        json!({"event": "mark", "sequenceNumber": number, "streamSid": self.stream, "mark": {"name": name}}).to_string()
    }

    /// The caller pressed a key.
    pub(super) fn dtmf(&self, number: u64, key: char) -> String {
        let dtmf = json!({"track": "inbound_track", "digit": key.to_string()});
        json!({"event": "dtmf", "sequenceNumber": number.to_string(), "streamSid": self.stream, "dtmf": dtmf})
            .to_string()
    }

    /// The last message.
    pub(super) fn stop(&self, number: u64) -> String {
        let stop = json!({"accountSid": self.account, "callSid": self.call});
        json!({"event": "stop", "sequenceNumber": number.to_string(), "streamSid": self.stream, "stop": stop})
            .to_string()
    }
}

/// Bytes as they stand in a message.
pub(super) fn payload(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_targets_messages_are_read_and_others_let_go() {
        let media = r#"{"event":"media","streamSid":"MZ1","media":{"payload":"//8="}}"#;
        assert_eq!(read(media), Some(Told::Media(vec![0xFF, 0xFF])));
        let mark = r#"{"event":"mark","streamSid":"MZ1","mark":{"name":"a \"b\""}}"#;
        assert_eq!(read(mark), Some(Told::Mark("a \"b\"".to_owned())));
        assert_eq!(read(r#"{"event":"clear","streamSid":"MZ1"}"#), Some(Told::Clear));
        for nonsense in [
            "",
            "{",
            "[]",
            "{}",
            r#"{"event":7}"#,
            r#"{"event":"media"}"#,
            r#"{"event":"media","media":{}}"#,
            r#"{"event":"media","media":{"payload":"*"}}"#,
            r#"{"event":"mark"}"#,
            r#"{"event":"dance"}"#,
        ] {
            assert_eq!(read(nonsense), None, "{nonsense}");
        }
        assert_eq!(read(&format!(r#"{{"event":"mark","mark":{{"name":"{}"}}}}"#, "x".repeat(300))), None);
    }

    #[test]
    fn messages_have_the_documented_form() {
        let names = Names { account: "AC1".into(), call: "CA1".into(), stream: "MZ1".into() };
        let parse = |text: String| serde_json::from_str::<Value>(&text).expect("it is JSON");
        let media = parse(names.media(4, "inbound", 2, 20, &payload(&[0xFF; 160])));
        assert_eq!((&media["sequenceNumber"], &media["streamSid"]), (&json!("4"), &json!("MZ1")));
        let sound = &media["media"];
        assert_eq!(
            (&sound["chunk"], &sound["timestamp"], &sound["track"]),
            (&json!("2"), &json!("20"), &json!("inbound"))
        );
        assert_eq!(sound["payload"].as_str().map(str::len), Some(216));
        let start = parse(names.start(1, &["inbound"], &[("name".into(), "\"Kim\"".into())]));
        assert_eq!(start["start"]["customParameters"]["name"], "\"Kim\"");
        assert_eq!(
            start["start"]["mediaFormat"],
            json!({"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1})
        );
        assert_eq!(parse(names.dtmf(2, '#'))["dtmf"]["digit"], "#");
        assert_eq!(parse(names.mark(3, "m"))["mark"]["name"], "m");
        assert_eq!(parse(names.stop(9))["stop"]["callSid"], "CA1");
        assert_eq!(parse(Names::connected())["protocol"], "Call");
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_let_go(text in "\\PC{0,80}", tail in "[a-z0-9\":{},= ]{0,40}") {
            read(&text);
            read(&format!(r#"{{"event":"media","media":{{"payload":"{tail}"#));
            read(&format!(r#"{{"event":"mark","mark":{tail}}}"#));
        }
    }
}
