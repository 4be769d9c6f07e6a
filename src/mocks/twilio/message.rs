//! Text messages: those the target sends, and those that come in.

use super::Twilio;
use super::knob::Knob;
use super::link::Link;
use super::timers::Timer;
use super::twiml::Verb;
use super::webhooks::{Fields, MAX_MOVES, fields, instructions, moved, signed};
use crate::mocks::form::{self, Form};
use crate::mocks::vendor::{Delivery, DeliveryOutcome, Effect, Seen};
use crate::time::{Span, Time};
use hyper::{HeaderMap, Method};

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
    /// The messaging service that the target named.
    pub(super) service: Option<String>,
    /// How many pictures came with it.
    pub media: usize,
    /// Why it will not arrive, by Twilio's code.
    pub error: Option<u32>,
    /// So often the target has sent on the question what to answer.
    pub(super) moves: u32,
    pub(super) callback: Option<Link>,
}

impl Message {
    /// When it went out or came in; `None`: it has not yet.
    pub(super) fn sent(&self) -> Option<Time> {
        (self.status != "queued").then_some(if self.direction == "inbound" { self.created } else { self.updated })
    }
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
            moves: 0,
            service: message.service,
            callback: message.callback,
        };
        self.remember(made);
        out.push(Effect::Seen(Seen::TextSent { to: message.to.to_owned(), text: message.body.to_owned() }));
        let step = if self.knob == Some(Knob::SmsDelay) { SLOW } else { STEP };
        self.timers.set(Timer::Message(sid.clone()), now + step);
        sid
    }

    fn remember(&mut self, message: Message) {
        self.messages.insert(message.sid.clone(), message);
        if self.messages.len() > MAX_MESSAGES {
            self.messages.pop_first();
        }
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
            moves: 0,
            service: None,
            callback: None,
        };
        self.remember(message);
        let Some(link) = self.number(to).and_then(|number| number.sms.clone()) else { return (sid, Vec::new()) };
        let delivery = self.text_delivery(&sid, &link, &Fields::new(), tag, now);
        (sid, delivery.map(Effect::Deliver).into_iter().collect())
    }

    fn text_delivery(&self, sid: &str, link: &Link, more: &Fields, tag: Option<u64>, now: Time) -> Option<Delivery> {
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
        all.extend(more.iter().cloned());
        let mut delivery = signed(&self.settings.auth_token, link, all, "webhook", sid);
        delivery.deadline = delivery.deadline.min(self.settings.deadline);
        delivery.headers.extend(self.jars.of(&message.from, &message.to, now).and_then(|jar| jar.header(&link.url)));
        delivery.tag = tag;
        Some(delivery)
    }

    /// The target's reply to a text: `<Message>` answers it, `<Redirect>` asks elsewhere, plain text is the answer itself.
    /// A failure asks the fallback once.
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
        let Some(message) = sent.get("MessageSid").and_then(|sid| self.messages.get_mut(sid)) else { return };
        let (sid, from, to) = (message.sid.clone(), message.from.clone(), message.to.clone());
        let (moves, failed) = (message.moves, sent.get("ErrorCode").is_some());
        message.moves += 1;
        self.jars.keep(&from, &to, &outcome.headers, &delivery.url, now);
        let mut more: Fields = ["ErrorCode", "ErrorUrl"]
            .into_iter()
            .filter_map(|name| Some((name.to_owned(), sent.get(name)?.to_owned())))
            .collect();
        if let Some(link) = moved(outcome, &delivery.url, delivery.method == Method::POST, moves) {
            return out.extend(self.text_delivery(&sid, &link, &more, delivery.tag, now).map(Effect::Deliver));
        }
        match instructions(outcome, &delivery.url) {
            Ok(verbs) => {
                for verb in verbs {
                    match verb {
                        Verb::Redirect(link) if moves < MAX_MOVES => {
                            let link = link.from(&delivery.url);
                            out.extend(self.text_delivery(&sid, &link, &more, delivery.tag, now).map(Effect::Deliver));
                            return;
                        }
                        Verb::Say { text, .. } if is_plain(&outcome.headers) => {
                            let message = NewMessage { direction: REPLY, ..NewMessage::plain(&to, &from, &text) };
                            self.sends(message, now, out);
                        }
                        verb => self.answers_by(verb, (&to, &from), &delivery.url, now, out),
                    }
                }
            }
            Err(code) if !failed => {
                let Some(link) = self.number(&to).and_then(|number| number.sms_fallback.clone()) else { return };
                more = fields(&[("ErrorCode", &code.to_string()), ("ErrorUrl", &delivery.url)]);
                out.extend(self.text_delivery(&sid, &link, &more, delivery.tag, now).map(Effect::Deliver));
            }
            Err(_) => {}
        }
    }

    /// `<Message>` within a call.
    pub(super) fn verb_texts(&mut self, sid: &str, verb: Verb, now: Time, out: &mut Vec<Effect>) {
        let Some(call) = self.calls.get(sid) else { return };
        let (own, other, base) = (call.to.clone(), call.from.clone(), call.base.clone());
        self.answers_by(verb, (&own, &other), &base, now, out);
    }

    /// A `<Message>`, from the number that was reached to who reached it unless it says otherwise.
    fn answers_by(&mut self, verb: Verb, (own, other): (&str, &str), base: &str, now: Time, out: &mut Vec<Effect>) {
        let Verb::Message { to, from, body, media, callback } = verb else { return };
        let callback = callback.map(|link| link.from(base));
        let (from, to) = (from.as_deref().unwrap_or(own), to.as_deref().unwrap_or(other));
        self.sends(NewMessage { from, to, body: &body, direction: REPLY, media, callback, service: None }, now, out);
    }
}

/// The direction of what answers a text or a call.
const REPLY: &str = "outbound-reply";

fn is_plain(headers: &HeaderMap) -> bool {
    form::header(headers, "content-type").is_some_and(|kind| kind.trim_start().starts_with("text/plain"))
}

/// A message that is to be sent.
pub(super) struct NewMessage<'a> {
    pub(super) from: &'a str,
    pub(super) to: &'a str,
    pub(super) body: &'a str,
    pub(super) direction: &'static str,
    pub(super) media: usize,
    pub(super) callback: Option<Link>,
    /// The messaging service that sends it.
    pub(super) service: Option<String>,
}

impl<'a> NewMessage<'a> {
    /// Words alone, by the API.
    pub(super) fn plain(from: &'a str, to: &'a str, body: &'a str) -> Self {
        Self { from, to, body, direction: "outbound-api", media: 0, callback: None, service: None }
    }
}

/// What GSM's default alphabet has beside ASCII, and what of ASCII it lacks (3GPP TS 23.038, 6.2.1).
const GSM_MORE: &str = "£¥èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà€";
const GSM_LACKS: &str = "`\t";
/// What takes two places in it.
const GSM_DOUBLE: &str = "^{}\\[~]|€";

/// How many parts a text is sent in.
pub(super) fn segments(body: &str) -> usize {
    let gsm = |c: char| (c.is_ascii() && !GSM_LACKS.contains(c)) || GSM_MORE.contains(c);
    let (length, one, many) = if body.chars().all(gsm) {
        (body.chars().map(|c| 1 + usize::from(GSM_DOUBLE.contains(c))).sum(), 160, 153)
    } else {
        (body.encode_utf16().count(), 70, 67)
    };
    if length <= one { 1 } else { length.div_ceil(many) }
}

#[cfg(test)]
mod tests {
    use super::segments;

    #[test]
    fn a_text_takes_as_many_parts_as_its_letters_need() {
        for (text, parts) in [
            ("", 1),
            (&"a".repeat(160), 1),
            (&"a".repeat(161), 2),
            (&"é".repeat(160), 1),
            (&"€".repeat(80), 1),
            (&"€".repeat(81), 2),
            (&"ж".repeat(70), 1),
            (&"ж".repeat(71), 2),
            (&"😀".repeat(36), 2),
        ] {
            assert_eq!(segments(text), parts, "{text}");
        }
    }
}
