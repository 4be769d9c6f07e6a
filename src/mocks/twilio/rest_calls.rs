//! `/Calls`.

use super::call::{Call, Direction, Start, State, Status};
use super::knob::Knob;
use super::link::Link;
use super::list::{in_time, page};
use super::number::is_number;
use super::queue::seconds;
use super::refusal::Refusal;
use super::routes::{Asking, Outcome};
use super::twiml;
use crate::mocks::answer;
use crate::mocks::form::Form;
use crate::mocks::vendor::{Effect, Seen};
use crate::time::Span;
use serde_json::{Value, json};

pub(super) fn create(asked: &mut Asking<'_>) -> Outcome {
    let form = asked.form.clone();
    let to = form.filled("To").ok_or_else(|| Refusal::bad(21_201, "No 'To' number is specified"))?;
    let from = form.filled("From").ok_or_else(|| Refusal::bad(21_213, "No 'From' number is specified"))?;
    if !is_number(to) {
        return Err(Refusal::bad(21_211, format!("The phone number you are attempting to call, {to}, is not valid.")));
    }
    if asked.twilio.number(from).is_none() {
        let text = format!("The source phone number provided, {from}, is not yet verified for your account.");
        return Err(Refusal::bad(21_210, text));
    }
    let start = start(&form)?.ok_or_else(|| Refusal::bad(21_205, "Url parameter is required."))?;
    let sid = asked.twilio.next_sid("CA");
    let mut call = Call::new(sid.clone(), from, to, Direction::OutboundApi, asked.now);
    call.start = Some(start);
    call.fate = asked.twilio.knob.and_then(Knob::ends);
    let fate = call.fate;
    call.status = Status::Queued;
    call.fallback = link(&form, "FallbackUrl", "FallbackMethod");
    call.callback = link(&form, "StatusCallback", "StatusCallbackMethod");
    let events = form.all("StatusCallbackEvent").flat_map(|events| events.split(' ')).filter(|event| !event.is_empty());
    call.callback_events = events.map(str::to_owned).collect();
    if call.callback_events.is_empty() {
        call.callback_events.push("completed".to_owned());
    }
    let body = show(asked, &call);
    call.status = Status::Ringing;
    let timeout = form.number("Timeout").and_then(|timeout| i64::try_from(timeout).ok()).unwrap_or(60).clamp(1, 600);
    asked.twilio.calls.insert(sid.clone(), call);
    asked.twilio.timer(&sid, asked.now + Span::from_secs(timeout));
    asked.twilio.rings(&sid, asked.now);
    if fate.is_none() {
        asked.effects.push(Effect::Seen(Seen::CallPlaced { call: sid.clone(), to: to.to_owned() }));
    }
    for event in ["initiated", "ringing"] {
        asked.twilio.call_back(&sid, event, asked.now, &mut asked.effects);
    }
    Ok(answer::json(201, &body))
}

pub(super) fn fetch(asked: &mut Asking<'_>) -> Outcome {
    let call = asked.twilio.calls.get(&asked.id()).ok_or_else(|| asked.not_found())?;
    Ok(answer::json(200, &show(asked, call)))
}

pub(super) fn list(asked: &mut Asking<'_>) -> Outcome {
    let query = &asked.query;
    let is = |name: &str, value: &str| query.filled(name).is_none_or(|wanted| wanted == value);
    let epoch = asked.twilio.settings.epoch;
    let iso = |at| epoch.iso(at);
    let wanted = |call: &&Call| {
        is("To", &call.to)
            && is("From", &call.from)
            && is("Status", call.status.word())
            && is("ParentCallSid", call.parent.as_deref().unwrap_or_default())
            && in_time(query, "StartTime", call.answered.map(iso).as_deref())
            && in_time(query, "EndTime", call.ended.map(iso).as_deref())
    };
    let calls = asked.twilio.calls.values().rev().filter(wanted).map(|call| (call.sid.as_str(), call)).collect();
    Ok(answer::json(200, &page("calls", calls, |call| show(asked, call), query, &asked.own("/Calls.json"))?))
}

/// Tells a live call what to do instead, or ends it.
pub(super) fn update(asked: &mut Asking<'_>) -> Outcome {
    let sid = asked.id();
    let call = asked.twilio.calls.get(&sid).ok_or_else(|| asked.not_found())?;
    let form = asked.form.clone();
    let status = form.filled("Status");
    let instead = start(&form)?;
    if call.state == State::Over {
        return match (status, instead) {
            (Some("completed" | "canceled"), None) => fetch(asked),
            _ => Err(Refusal::bad(21_220, "Call is not in-progress. Cannot redirect.")),
        };
    }
    let answered = call.answered.is_some();
    match status {
        Some("canceled") if answered => {}
        Some("completed" | "canceled") => asked.twilio.end(&sid, Status::Completed, asked.now, &mut asked.effects),
        Some(_) => return Err(Refusal::bad(21_218, "Invalid status")),
        None => {}
    }
    if let Some(instead) = instead {
        if !answered {
            return Err(Refusal::bad(21_220, "Call is not in-progress. Cannot redirect."));
        }
        redirect(asked, &sid, instead);
    }
    fetch(asked)
}

/// Forgets a call that is over.
pub(super) fn delete(asked: &mut Asking<'_>) -> Outcome {
    let sid = asked.id();
    let call = asked.twilio.calls.get(&sid).ok_or_else(|| asked.not_found())?;
    if call.state != State::Over {
        return Err(Refusal::new(409, 20_009, "Cannot delete this resource before it is complete"));
    }
    asked.twilio.calls.remove(&sid);
    Ok(answer::empty(204))
}

/// Begins a media stream beside a live call.
pub(super) fn begin_stream(asked: &mut Asking<'_>) -> Outcome {
    let sid = asked.id();
    let call = asked.twilio.calls.get(&sid).ok_or_else(|| asked.not_found())?;
    if call.answered.is_none() || call.state == State::Over {
        return Err(Refusal::bad(21_220, "Call is not in-progress."));
    }
    let form = asked.form.clone();
    let parameters = (1..100).map_while(|nth| {
        let name = form.filled(&format!("Parameter{nth}.Name"))?;
        Some((name.to_owned(), form.get(&format!("Parameter{nth}.Value")).unwrap_or_default().to_owned()))
    });
    let track = form.filled("Track").unwrap_or("inbound_track");
    let stream = twiml::Stream {
        url: form.filled("Url").ok_or_else(|| Refusal::bad(21_205, "Url parameter is required."))?.to_owned(),
        name: form.filled("Name").map(str::to_owned),
        inbound: track != "outbound_track",
        outbound: matches!(track, "outbound_track" | "both_tracks"),
        callback: link(&form, "StatusCallback", "StatusCallbackMethod"),
        parameters: parameters.collect(),
    };
    let name = stream.name.clone();
    let Some(made) = asked.twilio.opens_stream(&sid, stream, None, &mut asked.effects) else {
        return Err(Refusal::bad(21_205, "Url is not a valid URL, or the call has too many streams"));
    };
    Ok(answer::json(200, &show_stream(asked, &sid, &made, name.as_deref(), "in-progress")))
}

/// Ends a media stream, by its id or its name.
pub(super) fn end_stream(asked: &mut Asking<'_>) -> Outcome {
    let (sid, named) = (asked.id(), asked.ids.get(1).cloned().unwrap_or_default());
    if asked.form.filled("Status") != Some("stopped") {
        return Err(Refusal::bad(20_001, "Status must be stopped"));
    }
    let stopped = asked.twilio.stops_stream(&sid, &named, asked.now, &mut asked.effects);
    let stream = stopped.ok_or_else(|| asked.not_found())?;
    Ok(answer::json(200, &show_stream(asked, &sid, &stream, None, "stopped")))
}

fn show_stream(asked: &Asking<'_>, call: &str, stream: &str, name: Option<&str>, status: &str) -> Value {
    json!({
        "sid": stream,
        "account_sid": asked.twilio.settings.account,
        "call_sid": call,
        "name": name,
        "status": status,
        "date_updated": asked.twilio.settings.epoch.rfc2822(asked.now),
        "uri": asked.own(&format!("/Calls/{call}/Streams/{stream}.json")),
    })
}

/// A live call does something else now: it leaves its queue, or the person it is connected with.
pub(super) fn redirect(asked: &mut Asking<'_>, sid: &str, instead: Start) {
    let (now, twilio, out) = (asked.now, &mut *asked.twilio, &mut asked.effects);
    if let Some(place) = twilio.steps_out(sid, now)
        && let Some(action) = &place.after.action
    {
        twilio.notify(sid, action, super::queue::queue_fields(&place, "redirected", now), out);
    }
    twilio.streams_end(sid, false, now, out);
    let Some(call) = twilio.calls.get_mut(sid) else { return };
    call.interrupt();
    (call.bond, call.left) = (None, None);
    twilio.parts(sid, now, out);
    match instead {
        Start::Ask(link) => twilio.ask(sid, &link, Vec::new(), false, now, out),
        Start::Follow(verbs) => {
            if let Some(call) = twilio.calls.get_mut(sid) {
                call.program = verbs.into();
            }
            twilio.follow(sid, now, out);
        }
    }
}

/// What a call is to do: `Url`, or `Twiml` given with it.
pub(super) fn start(form: &Form) -> Result<Option<Start>, Refusal> {
    if let Some(link) = link(form, "Url", "Method") {
        if !link.url.starts_with("http://") && !link.url.starts_with("https://") {
            return Err(Refusal::bad(21_205, "Url is not a valid URL"));
        }
        return Ok(Some(Start::Ask(link)));
    }
    match form.filled("Twiml") {
        None => Ok(None),
        Some(text) => match twiml::parse(text.as_bytes()) {
            Ok(verbs) => Ok(Some(Start::Follow(verbs))),
            Err(broken) => Err(Refusal::bad(broken.code, broken.why)),
        },
    }
}

/// An address and its method in a form.
pub(super) fn link(form: &Form, url: &str, method: &str) -> Option<Link> {
    let post = !form.filled(method).is_some_and(|method| method.eq_ignore_ascii_case("get"));
    Some(Link { url: form.filled(url)?.to_owned(), post })
}

fn show(asked: &Asking<'_>, call: &Call) -> Value {
    let epoch = asked.twilio.settings.epoch;
    let moment = |at: Option<crate::time::Time>| at.map(|at| epoch.rfc2822(at));
    let length = call.ended.map(|ended| call.answered.map_or(Span::ZERO, |answered| ended.since(answered)));
    let uri = |rest: &str| asked.own(&format!("/Calls/{}{rest}.json", call.sid));
    json!({
        "sid": call.sid,
        "account_sid": asked.twilio.settings.account,
        "parent_call_sid": call.parent,
        "date_created": epoch.rfc2822(call.created),
        "date_updated": epoch.rfc2822(call.updated),
        "to": call.to,
        "to_formatted": call.to,
        "from": call.from,
        "from_formatted": call.from,
        "phone_number_sid": asked.twilio.number(&call.from).or(asked.twilio.number(&call.to)).map(|number| &number.sid),
        "status": call.status.word(),
        "start_time": moment(call.answered),
        "end_time": moment(call.ended),
        "duration": length.map(seconds),
        "price": null,
        "price_unit": "USD",
        "direction": call.direction.word(),
        "answered_by": null,
        "annotation": null,
        "api_version": super::VERSION,
        "forwarded_from": null,
        "group_sid": null,
        "caller_name": null,
        "queue_time": "0",
        "trunk_sid": null,
        "uri": uri(""),
        "subresource_uris": {"notifications": uri("/Notifications"), "recordings": uri("/Recordings")},
    })
}
