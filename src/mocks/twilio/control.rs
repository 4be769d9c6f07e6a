//! What the control API may make happen here: who answers for a number, and somebody who calls or writes.

use super::Twilio;
use super::caller::Caller;
use super::limit::{Limiter, Limits};
use super::link::Link;
use super::number::{Number, is_number};
use crate::mocks::asked::{Asked, Done, Refused};
use crate::time::{Span, Time};
use serde_json::json;

/// What people outside can do.
pub(super) const EVENTS: [&str; 2] = ["inbound_call", "inbound_sms"];

/// A field of a target, and the place in a number where it goes.
type Field = (&'static str, fn(&mut Number) -> &mut Option<Link>);

const FIELDS: [Field; 5] = [
    ("voice_url", |number| &mut number.voice),
    ("voice_fallback_url", |number| &mut number.voice_fallback),
    ("status_callback", |number| &mut number.status_callback),
    ("sms_url", |number| &mut number.sms),
    ("sms_fallback_url", |number| &mut number.sms_fallback),
];

impl Twilio {
    /// Somebody outside calls or writes.
    pub(super) fn happens(&mut self, event: &str, params: &Asked, now: Time) -> Result<Done, Refused> {
        match event {
            "inbound_call" => {
                params.only(&["from", "to", "digits", "says", "patience_s"])?;
                let (from, to) = self.ends(params)?;
                let patience = params.length("patience_s", Span::from_secs(1))?;
                let caller = Caller::new(params.texts("digits")?, params.texts("says")?);
                let (sid, effects) = self.incoming_call(&from, &to, None, now);
                self.caller_is(&sid, caller, patience.map(|patience| now + patience));
                Ok(Done::of([("call_sid", json!(sid))], effects))
            }
            "inbound_sms" => {
                params.only(&["from", "to", "body"])?;
                let (from, to) = self.ends(params)?;
                let (sid, effects) = self.incoming_text(&from, &to, params.text("body")?, None, now);
                Ok(Done::of([("message_sid", json!(sid))], effects))
            }
            other => Err(Refused::unknown("unknown Twilio event", other, EVENTS)),
        }
    }

    fn ends(&self, params: &Asked) -> Result<(String, String), Refused> {
        let (from, to) = (params.text("from")?, params.text("to")?);
        if !is_number(from) {
            return Err(Refused::bad("`from` must be a telephone number, as in +15005550100"));
        }
        self.ours(to)?;
        Ok((from.to_owned(), to.to_owned()))
    }

    fn ours(&self, number: &str) -> Result<(), Refused> {
        let ours = self.numbers.values().map(|known| known.number.as_str());
        match self.number(number) {
            Some(_) => Ok(()),
            None => Err(Refused::unknown("the account does not have the number", number, ours)),
        }
    }

    /// Who answers for a number from now on (for all, if none is named). Fields that are not given stay as they are.
    pub(super) fn is_aimed(&mut self, target: &Asked) -> Result<Done, Refused> {
        let known: Vec<&str> = FIELDS.iter().map(|(name, _)| *name).chain(["number", "concurrent_requests"]).collect();
        target.only(&known)?;
        let number = target.text_if("number")?.map(str::to_owned);
        if let Some(number) = &number {
            self.ours(number)?;
        }
        let concurrent = target.whole("concurrent_requests", 1, 1_000_000)?;
        let urls: Vec<Option<String>> = FIELDS.iter().map(|(name, _)| target.url(name)).collect::<Result<_, _>>()?;
        for ours in self.numbers.values_mut().filter(|ours| number.as_ref().is_none_or(|named| *named == ours.number)) {
            for ((name, place), url) in FIELDS.iter().zip(&urls) {
                if url.is_some() || target.cleared(name) {
                    *place(ours) = url.clone().map(|url| Link { url, post: true });
                }
            }
        }
        if concurrent.is_some() || target.cleared("concurrent_requests") {
            let of = |concurrent| Limits { concurrent, ..Limits::shipped() };
            self.settings.limits = concurrent.and_then(|concurrent| usize::try_from(concurrent).ok()).map(of);
            self.limiter = Limiter::new(self.settings.limits);
        }
        let numbers = self.numbers.values().map(|number| {
            json!({
                "number": number.number,
                "voice_url": number.voice.as_ref().map(|link| &link.url),
                "sms_url": number.sms.as_ref().map(|link| &link.url),
            })
        });
        let concurrent = self.settings.limits.map(|limits| limits.concurrent);
        let made = [("numbers", json!(numbers.collect::<Vec<_>>())), ("concurrent_requests", json!(concurrent))];
        Ok(Done::of(made, Vec::new()))
    }
}
