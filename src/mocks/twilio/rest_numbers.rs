//! `/IncomingPhoneNumbers`: how a target says where it wants to be asked.

use super::link::Link;
use super::list::page;
use super::number::Number;
use super::routes::{Asking, Outcome};
use crate::mocks::answer;
use crate::mocks::form::Form;
use crate::time::Time;
use serde_json::{Value, json};

pub(super) fn list(asked: &mut Asking<'_>) -> Outcome {
    let query = &asked.query;
    let wanted = |number: &&Number| {
        query.filled("PhoneNumber").is_none_or(|part| number.number.contains(part.trim_matches('*')))
            && query.filled("FriendlyName").is_none_or(|name| number.name == name)
    };
    let all = asked.twilio.numbers.values().filter(wanted).map(|number| (number.sid.as_str(), number)).collect();
    let show = |number| show(asked, number);
    Ok(answer::json(200, &page("incoming_phone_numbers", all, show, query, &asked.own("/IncomingPhoneNumbers.json"))?))
}

pub(super) fn fetch(asked: &mut Asking<'_>) -> Outcome {
    let number = asked.twilio.numbers.get(&asked.id()).ok_or_else(|| asked.not_found())?;
    Ok(answer::json(200, &show(asked, number)))
}

pub(super) fn update(asked: &mut Asking<'_>) -> Outcome {
    let (sid, form) = (asked.id(), asked.form.clone());
    let refusal = asked.not_found();
    let number = asked.twilio.numbers.get_mut(&sid).ok_or(refusal)?;
    if let Some(name) = form.get("FriendlyName") {
        name.clone_into(&mut number.name);
    }
    set(&mut number.voice, &form, "VoiceUrl", "VoiceMethod");
    set(&mut number.voice_fallback, &form, "VoiceFallbackUrl", "VoiceFallbackMethod");
    set(&mut number.status_callback, &form, "StatusCallback", "StatusCallbackMethod");
    set(&mut number.sms, &form, "SmsUrl", "SmsMethod");
    set(&mut number.sms_fallback, &form, "SmsFallbackUrl", "SmsFallbackMethod");
    fetch(asked)
}

/// Sets what the form names: an empty address clears it, a method alone changes the method.
fn set(link: &mut Option<Link>, form: &Form, url: &str, method: &str) {
    match form.get(url) {
        Some("") => *link = None,
        Some(url) => *link = Some(Link { url: url.to_owned(), post: true }),
        None => {}
    }
    if let (Some(link), Some(method)) = (link, form.filled(method)) {
        link.post = !method.eq_ignore_ascii_case("get");
    }
}

fn show(asked: &Asking<'_>, number: &Number) -> Value {
    let made = asked.twilio.settings.epoch.rfc2822(Time::ZERO);
    let url = |link: &Option<Link>| link.as_ref().map_or("", |link| link.url.as_str()).to_owned();
    let method = |link: &Option<Link>| if link.as_ref().is_none_or(|link| link.post) { "POST" } else { "GET" };
    json!({
        "sid": number.sid,
        "account_sid": asked.twilio.settings.account,
        "phone_number": number.number,
        "friendly_name": number.name,
        "voice_url": url(&number.voice),
        "voice_method": method(&number.voice),
        "voice_fallback_url": url(&number.voice_fallback),
        "voice_fallback_method": method(&number.voice_fallback),
        "status_callback": url(&number.status_callback),
        "status_callback_method": method(&number.status_callback),
        "sms_url": url(&number.sms),
        "sms_method": method(&number.sms),
        "sms_fallback_url": url(&number.sms_fallback),
        "sms_fallback_method": method(&number.sms_fallback),
        "voice_caller_id_lookup": false,
        "voice_application_sid": null,
        "sms_application_sid": null,
        "trunk_sid": null,
        "address_requirements": "none",
        "address_sid": null,
        "identity_sid": null,
        "bundle_sid": null,
        "beta": false,
        "capabilities": {"voice": true, "sms": true, "mms": true, "fax": false},
        "emergency_status": "Inactive",
        "origin": "twilio",
        "status": "in-use",
        "api_version": super::VERSION,
        "date_created": made,
        "date_updated": made,
        "uri": asked.own(&format!("/IncomingPhoneNumbers/{}.json", number.sid)),
    })
}
