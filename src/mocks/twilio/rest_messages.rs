//! `/Messages`.

use super::list::{in_time, page};
use super::message::{Message, NewMessage, segments};
use super::number::is_number;
use super::refusal::Refusal;
use super::rest_calls::link;
use super::routes::{Asking, Outcome};
use crate::mocks::answer;
use serde_json::{Value, json};

/// The longest text.
const MAX_TEXT: usize = 1_600;

pub(super) fn create(asked: &mut Asking<'_>) -> Outcome {
    let form = asked.form.clone();
    let to = form.filled("To").ok_or_else(|| Refusal::bad(21_604, "A 'To' phone number is required."))?;
    if !is_number(to) {
        return Err(Refusal::bad(21_211, format!("The 'To' number {to} is not a valid phone number.")));
    }
    let service = form.filled("MessagingServiceSid").map(str::to_owned);
    let own = service.as_ref().and_then(|_| asked.twilio.settings.numbers.first()).map(|(number, _)| number.clone());
    let from = form.filled("From").map(str::to_owned).or(own);
    let from = from.ok_or_else(|| Refusal::bad(21_603, "A 'From' phone number is required."))?;
    if asked.twilio.number(&from).is_none() {
        let text = format!("The 'From' phone number provided ({from}) is not a valid message-capable phone number.");
        return Err(Refusal::bad(21_606, text));
    }
    let media = form.all("MediaUrl").count();
    // What a template says is the vendor's: here it is its name.
    let template = form.filled("ContentSid").map(|template| format!("(template {template})"));
    let body = form.filled("Body").or(template.as_deref()).unwrap_or_default();
    if body.is_empty() && media == 0 {
        return Err(Refusal::bad(21_602, "Message body is required."));
    }
    if body.chars().count() > MAX_TEXT {
        return Err(Refusal::bad(21_617, "The concatenated message body exceeds the 1600 character limit"));
    }
    let callback =
        link(&form, "StatusCallback", "StatusCallbackMethod").map(|link| super::link::Link { post: true, ..link });
    let message = NewMessage { media, callback, service, ..NewMessage::plain(&from, to, body) };
    let sid = asked.twilio.sends(message, asked.now, &mut asked.effects);
    let message = asked.twilio.messages.get(&sid).ok_or_else(|| asked.not_found())?;
    Ok(answer::json(201, &show(asked, message)))
}

pub(super) fn fetch(asked: &mut Asking<'_>) -> Outcome {
    let message = asked.twilio.messages.get(&asked.id()).ok_or_else(|| asked.not_found())?;
    Ok(answer::json(200, &show(asked, message)))
}

/// Takes the words out of a message that was sent: nothing else of it can be changed.
pub(super) fn update(asked: &mut Asking<'_>) -> Outcome {
    let id = asked.id();
    let redacts = asked.form.get("Body") == Some("");
    let message = asked.twilio.messages.get_mut(&id).ok_or_else(|| Refusal::not_found(asked.path))?;
    if asked.form.filled("Status") == Some("canceled") {
        return Err(Refusal::bad(30_409, "Only a scheduled message can be canceled"));
    }
    if !redacts {
        return Err(Refusal::bad(20_001, "The only change of a message is an empty Body"));
    }
    message.body.clear();
    message.updated = asked.now;
    fetch(asked)
}

pub(super) fn delete(asked: &mut Asking<'_>) -> Outcome {
    asked.twilio.messages.remove(&asked.id()).ok_or_else(|| asked.not_found())?;
    Ok(answer::empty(204))
}

pub(super) fn list(asked: &mut Asking<'_>) -> Outcome {
    let is = |name: &str, value: &str| asked.query.filled(name).is_none_or(|wanted| wanted == value);
    let epoch = asked.twilio.settings.epoch;
    let wanted = |message: &&Message| {
        let sent = message.sent().map(|at| epoch.iso(at));
        is("To", &message.to) && is("From", &message.from) && in_time(&asked.query, "DateSent", sent.as_deref())
    };
    let all = asked.twilio.messages.values().rev().filter(wanted);
    let all = all.map(|message| (message.sid.as_str(), message)).collect();
    Ok(answer::json(
        200,
        &page("messages", all, |message| show(asked, message), &asked.query, &asked.own("/Messages.json"))?,
    ))
}

fn show(asked: &Asking<'_>, message: &Message) -> Value {
    let epoch = asked.twilio.settings.epoch;
    let sent = message.sent().map(|at| epoch.rfc2822(at));
    json!({
        "sid": message.sid,
        "account_sid": asked.twilio.settings.account,
        "messaging_service_sid": message.service,
        "date_created": epoch.rfc2822(message.created),
        "date_updated": epoch.rfc2822(message.updated),
        "date_sent": sent,
        "to": message.to,
        "from": message.from,
        "body": message.body,
        "status": message.status,
        "num_segments": segments(&message.body).to_string(),
        "num_media": message.media.to_string(),
        "direction": message.direction,
        "api_version": super::VERSION,
        "price": null,
        "price_unit": "USD",
        "error_code": message.error.filter(|_| message.status == "undelivered"),
        "error_message": null,
        "uri": asked.own(&format!("/Messages/{}.json", message.sid)),
        "subresource_uris": {"media": asked.own(&format!("/Messages/{}/Media.json", message.sid))},
    })
}
