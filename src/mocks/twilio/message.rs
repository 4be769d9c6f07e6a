//! Text messages: those the target sends, and those that come in.

use super::Twilio;
use super::knob::Knob;
use super::link::Link;
use super::timers::Timer;
use super::twiml::Verb;
use super::webhooks::{fields, instructions, signed};
use crate::mocks::form::Form;
use crate::mocks::vendor::{Delivery, DeliveryOutcome, Effect, Seen};
use crate::time::{Span, Time};

/// How long a message takes from one status to the next.
const STEP: Span = Span::from_millis(500);
/// And how long until it is sent on a bad day.
const SLOW: Span = Span::from_secs(60);
/// More messages than are remembered: the oldest goes.
const MAX_MESSAGES: usize = 100_000;

/// A text message.
#[derive(Clone, Debug)]
pub struct Message {
    /// `SM…`.
    pub sid: String,
    /// From.
    pub from: String,
    /// To.
    pub to: String,
    /// The text.
    pub body: String,
    /// `queued`, `sent`, then `delivered` or `undelivered`; `received` if it came in.
    pub status: &'static str,
    /// `outbound-api`, `outbound-reply` or `inbound`.
    pub direction: &'static str,
    /// When it was made.
    pub created: Time,
    /// When it was last changed.
    pub updated: Time,
    /// How many pictures came with it.
    pub media: usize,
    /// Why it will not arrive, by Twilio's code.
    pub error: Option<u32>,
    pub(super) callback: Option<Link>,
}

impl Twilio {
    /// The target sends a text.
    pub(super) fn sends(&mut self, message: NewMessage<'_>, now: Time, out: &mut Vec<Effect>) -> String {
        let sid = self.next_sid("SM");
        let made = Message {
            sid: sid.clone(),
            from: message.from.to_owned(),
            to: message.to.to_owned(),
            body: message.body.to_owned(),
            status: "queued",
            direction: message.direction,
            created: now,
            updated: now,
            media: message.media,
            error: self.knob.and_then(Knob::undelivered),
            callback: message.callback,
        };
        self.messages.insert(sid.clone(), made);
        if self.messages.len() > MAX_MESSAGES {
            self.messages.pop_first();
        }
        out.push(Effect::Seen(Seen::TextSent { to: message.to.to_owned(), text: message.body.to_owned() }));
        let step = if self.knob == Some(Knob::SmsDelay) { SLOW } else { STEP };
        self.timers.set(Timer::Message(sid.clone()), now + step);
        sid
    }

    /// A message is sent, then delivered; the target is told of both.
    pub(super) fn message_moves(&mut self, sid: &str, now: Time, out: &mut Vec<Effect>) {
        let Some(message) = self.messages.get_mut(sid) else { return };
        message.status = match message.status {
            "queued" => "sent",
            _ if message.error.is_some() => "undelivered",
            _ => "delivered",
        };
        message.updated = now;
        let status = message.status;
        if status == "sent" {
            self.timers.set(Timer::Message(sid.to_owned()), now + STEP);
        }
        let Some(message) = self.messages.get(sid) else { return };
        let Some(link) = message.callback.clone() else { return };
        let error = message.error.filter(|_| status == "undelivered");
        let mut more = fields(&[
            ("AccountSid", &self.settings.account),
            ("ApiVersion", super::VERSION),
            ("From", &message.from),
            ("MessageSid", sid),
            ("MessageStatus", status),
            ("SmsSid", sid),
            ("SmsStatus", status),
            ("To", &message.to),
        ]);
        more.extend(error.map(|code| ("ErrorCode".to_owned(), code.to_string())));
        out.extend(self.tell(sid, &link, more));
    }

    /// Somebody writes to a number of the account; the target is asked what to answer. Gives the message's id.
    pub fn incoming_text(
        &mut self,
        from: &str,
        to: &str,
        body: &str,
        tag: Option<u64>,
        now: Time,
    ) -> (String, Vec<Effect>) {
        let sid = self.next_sid("SM");
        let message = Message {
            sid: sid.clone(),
            from: from.to_owned(),
            to: to.to_owned(),
            body: body.to_owned(),
            status: "received",
            direction: "inbound",
            created: now,
            updated: now,
            media: 0,
            error: None,
            callback: None,
        };
        self.messages.insert(sid.clone(), message);
        let Some(link) = self.number(to).and_then(|number| number.sms.clone()) else { return (sid, Vec::new()) };
        let delivery = self.text_delivery(&sid, &link, &[], tag);
        (sid, delivery.map(Effect::Deliver).into_iter().collect())
    }

    fn text_delivery(&self, sid: &str, link: &Link, more: &[(&str, &str)], tag: Option<u64>) -> Option<Delivery> {
        let message = self.messages.get(sid)?;
        let mut all = fields(&[
            ("AccountSid", &self.settings.account),
            ("ApiVersion", super::VERSION),
            ("Body", &message.body),
            ("From", &message.from),
            ("MessageSid", sid),
            ("NumMedia", "0"),
            ("NumSegments", &segments(&message.body).to_string()),
            ("SmsMessageSid", sid),
            ("SmsSid", sid),
            ("SmsStatus", "received"),
            ("To", &message.to),
        ]);
        all.extend(fields(more));
        let mut delivery = signed(&self.settings.auth_token, link, all, "webhook", sid);
        delivery.deadline = delivery.deadline.min(self.settings.deadline);
        delivery.tag = tag;
        Some(delivery)
    }

    /// The target's reply to a text: `<Message>` answers it. A failure asks the fallback once.
    pub(super) fn text_answered(
        &mut self,
        delivery: &Delivery,
        outcome: &DeliveryOutcome,
        now: Time,
        out: &mut Vec<Effect>,
    ) {
        let sent = if delivery.body.is_empty() {
            Form::parse(delivery.url.split_once('?').map_or("", |(_, query)| query).as_bytes())
        } else {
            Form::parse(&delivery.body)
        };
        let (Some(sid), Some(from), Some(to)) = (sent.get("MessageSid"), sent.get("From"), sent.get("To")) else {
            return;
        };
        match instructions(outcome, &delivery.url) {
            Ok(verbs) => {
                for verb in verbs {
                    if let Verb::Message { to: other, from: own, body } = verb {
                        let (to, from) =
                            (other.unwrap_or_else(|| from.to_owned()), own.unwrap_or_else(|| to.to_owned()));
                        let message =
                            NewMessage { direction: "outbound-reply", ..NewMessage::plain(&from, &to, &body) };
                        self.sends(message, now, out);
                    }
                }
            }
            Err(code) if sent.get("ErrorCode").is_none() => {
                let Some(link) = self.number(to).and_then(|number| number.sms_fallback.clone()) else { return };
                let more = [("ErrorCode", code.to_string()), ("ErrorUrl", delivery.url.clone())];
                let more: Vec<(&str, &str)> = more.iter().map(|(name, value)| (*name, value.as_str())).collect();
                out.extend(self.text_delivery(sid, &link, &more, delivery.tag).map(Effect::Deliver));
            }
            Err(_) => {}
        }
    }

    /// `<Message>` within a call.
    pub(super) fn verb_texts(
        &mut self,
        sid: &str,
        to: Option<String>,
        from: Option<String>,
        body: &str,
        now: Time,
        out: &mut Vec<Effect>,
    ) {
        let Some(call) = self.calls.get(sid) else { return };
        let (to, from) = (to.unwrap_or_else(|| call.from.clone()), from.unwrap_or_else(|| call.to.clone()));
        self.sends(NewMessage { direction: "outbound-reply", ..NewMessage::plain(&from, &to, body) }, now, out);
    }
}

/// A message that is to be sent.
pub(super) struct NewMessage<'a> {
    pub(super) from: &'a str,
    pub(super) to: &'a str,
    pub(super) body: &'a str,
    pub(super) direction: &'static str,
    pub(super) media: usize,
    pub(super) callback: Option<Link>,
}

impl<'a> NewMessage<'a> {
    /// Words alone, by the API.
    pub(super) fn plain(from: &'a str, to: &'a str, body: &'a str) -> Self {
        Self { from, to, body, direction: "outbound-api", media: 0, callback: None }
    }
}

/// How many parts a text is sent in.
pub(super) fn segments(body: &str) -> usize {
    let (one, many) = if body.is_ascii() { (160, 153) } else { (70, 67) };
    let length = if body.is_ascii() { body.len() } else { body.encode_utf16().count() };
    if length <= one { 1 } else { length.div_ceil(many) }
}
