//! `/Recordings`: what is known of them, and their sound.

use super::record::Recording;
use super::routes::{Asking, Outcome};
use super::{Twilio, VERSION, list, queue};
use crate::mocks::answer;
use crate::mocks::form::path_parts;
use crate::mocks::vendor::{Body, Reply, Request};
use crate::mocks::voice;
use crate::time::Span;
use hyper::Method;
use serde_json::{Value, json};

/// The longest sound that is made of a recording.
const LONGEST: Span = Span::from_secs(600);

pub(super) fn list(asked: &mut Asking<'_>) -> Outcome {
    let wanted = asked.ids.first().map(String::as_str).or_else(|| asked.query.filled("CallSid"));
    let all = asked.twilio.recordings.values().rev();
    let of_call = all.filter(|kept| wanted.is_none_or(|call| call == kept.call));
    let all = of_call.map(|kept| (kept.sid.as_str(), kept)).collect();
    let path = match asked.ids.first() {
        Some(call) => asked.own(&format!("/Calls/{call}/Recordings.json")),
        None => asked.own("/Recordings.json"),
    };
    Ok(answer::json(200, &list::page("recordings", all, |kept| show(asked, kept), &asked.query, &path)?))
}

pub(super) fn fetch(asked: &mut Asking<'_>) -> Outcome {
    let kept = asked.twilio.recordings.get(&asked.id()).ok_or_else(|| asked.not_found())?;
    Ok(answer::json(200, &show(asked, kept)))
}

pub(super) fn delete(asked: &mut Asking<'_>) -> Outcome {
    asked.twilio.recordings.remove(&asked.id()).ok_or_else(|| asked.not_found())?;
    Ok(answer::empty(204))
}

fn show(asked: &Asking<'_>, kept: &Recording) -> Value {
    let settings = &asked.twilio.settings;
    let date = settings.epoch.rfc2822(kept.began);
    json!({
        "sid": kept.sid,
        "account_sid": settings.account,
        "call_sid": kept.call,
        "conference_sid": null,
        "api_version": VERSION,
        "date_created": date,
        "date_updated": date,
        "start_time": date,
        "duration": queue::seconds(kept.length),
        "price": null,
        "price_unit": "USD",
        "status": "completed",
        "channels": 1,
        "source": "RecordVerb",
        "error_code": null,
        "encryption_details": null,
        "media_url": asked.twilio.recording_url(&kept.sid),
        "uri": asked.own(&format!("/Recordings/{}.json", kept.sid)),
        "subresource_uris": {
            "add_on_results": asked.own(&format!("/Recordings/{}/AddOnResults.json", kept.sid)),
            "transcriptions": asked.own(&format!("/Recordings/{}/Transcriptions.json", kept.sid)),
        },
    })
}

/// The sound of a recording, which is asked for by its address without `.json` and, as Twilio has it, without a password.
/// As `.wav` or without an ending it is spoken; as `.mp3` it is silence of its length.
pub(super) fn sound(twilio: &Twilio, request: &Request) -> Option<Reply> {
    let parts = path_parts(&request.path);
    let [.., recordings, name] = parts.as_slice() else { return None };
    if request.method != Method::GET || recordings != "Recordings" {
        return None;
    }
    let (sid, ending) = name.split_once('.').unwrap_or((name, "wav"));
    let kept = twilio.recordings.get(sid)?;
    let (kind, bytes) = match ending {
        "wav" => ("audio/x-wav", voice::wav(&voice::speak(&kept.words), voice::RATE)),
        "mp3" => ("audio/mpeg", mp3(kept.length)),
        _ => return None,
    };
    let headers = vec![("content-type", kind.to_owned())];
    Some(Reply { status: 200, headers, body: Body::Full(bytes.into()) })
}

/// Layer III of MPEG-2 at 64 kbit/s and 24,000 samples a second: a frame of 24 ms has 192 bytes.
fn mp3(length: Span) -> Vec<u8> {
    let frames = length.min(LONGEST).micros() / 24_000 + 1;
    (0..frames).flat_map(|_| [&[0xFF, 0xF3, 0x84, 0xC4][..], &[0; 188]].concat()).collect()
}
