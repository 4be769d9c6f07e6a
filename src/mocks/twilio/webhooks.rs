//! Asking the target what to do with a call, and what comes of its reply.

use super::call::{self, Asked, Call, State};
use super::link::{Link, resolve, without_credentials, without_fragment};
use super::{Twilio, VERSION};
use crate::mocks::form::Form;
use crate::mocks::sign;
use crate::mocks::vendor::{Delivery, DeliveryOutcome, Effect, Seen};
use crate::time::{Span, Time};
use hyper::Method;
use hyper::body::Bytes;
use hyper::header::LOCATION;

/// What Twilio itself says to a caller when it can get no instructions: these are not the desk's words.
pub const APOLOGY: &str = "We are sorry, an application error has occurred. Goodbye.";
/// How long a target may take, where its address does not say.
const READS_WITHIN: Span = Span::from_secs(15);
/// More documents than a call follows: a target that redirects for ever ends it.
const MAX_DOCUMENTS: u32 = 10_000;
/// More often than a target sends a request on.
pub(super) const MAX_MOVES: u32 = 10;
/// How long after its deadline a question counts as lost, if nobody says how it ended.
const GRACE: Span = Span::from_secs(5);
/// Twilio's code for a target that cannot be reached.
const NO_CONNECTION: u32 = 11_205;
/// Twilio's code for a target that does not answer as it should, or not in time.
const NO_RETRIEVAL: u32 = 11_200;
/// The header that marks a request.
const TOKEN: &str = "i-twilio-idempotency-token";

/// Fields of a webhook.
pub(super) type Fields = Vec<(String, String)>;

/// Fields from names and values.
pub(super) fn fields(pairs: &[(&str, &str)]) -> Fields {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// A signed request to the target.
pub(super) fn signed(auth_token: &str, link: &Link, mut fields: Fields, kind: &'static str, token: &str) -> Delivery {
    let url = without_fragment(&link.url).to_owned();
    let (method, url, body, to_sign) = if link.post {
        let body = Form::from_pairs(fields.clone()).encode();
        (Method::POST, url, Bytes::from(body), std::mem::take(&mut fields))
    } else {
        let query = Form::from_pairs(fields).encode();
        let mark = if url.contains('?') { '&' } else { '?' };
        (Method::GET, format!("{url}{mark}{query}"), Bytes::new(), Vec::new())
    };
    let mut headers = vec![
        ("user-agent".to_owned(), "TwilioProxy/1.1".to_owned()),
        ("accept".to_owned(), "*/*".to_owned()),
        ("x-twilio-signature".to_owned(), sign::twilio(auth_token, &without_credentials(&url), &to_sign)),
        (TOKEN.to_owned(), token.to_owned()),
    ];
    if link.post {
        let kind = "application/x-www-form-urlencoded; charset=utf-8";
        headers.push(("content-type".to_owned(), kind.to_owned()));
    }
    let Overrides { reads_within, tries_again } = overrides(&link.url);
    Delivery {
        kind,
        url,
        method,
        headers,
        body,
        deadline: reads_within.unwrap_or(READS_WITHIN),
        retries: vec![Span::ZERO; tries_again],
        on_retry: None,
        call: None,
        tag: None,
    }
}

/// What the fragment of an address says of how it is asked.
#[derive(Debug, Default, PartialEq, Eq)]
struct Overrides {
    /// `rt`: how long the target may take.
    reads_within: Option<Span>,
    /// `rc`: how often it is asked again.
    tries_again: usize,
}

/// Twilio's connection overrides, `#rt=3000&rc=2`: the time to read a reply in milliseconds, and further tries. What is out
/// of Twilio's bounds is let go; `ct`, the time to connect, is as good as none on this machine.
fn overrides(url: &str) -> Overrides {
    let fragment = url.split_once('#').map_or("", |(_, fragment)| fragment);
    let number = |name: &str| {
        let value = fragment.split(['&', ',']).find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
        value.and_then(|value| value.parse::<u32>().ok())
    };
    Overrides {
        reads_within: number("rt").filter(|ms| (100..=15_000).contains(ms)).map(|ms| Span::from_millis(i64::from(ms))),
        tries_again: number("rc").filter(|count| *count <= 5).unwrap_or(0) as usize,
    }
}

fn token(delivery: &Delivery) -> &str {
    delivery.headers.iter().find(|(name, _)| name == TOKEN).map_or("", |(_, value)| value)
}

impl Twilio {
    /// What every webhook says of a call.
    pub(super) fn call_fields(&self, call: &Call) -> Fields {
        let mut fields = fields(&[
            ("AccountSid", &self.settings.account),
            ("ApiVersion", VERSION),
            ("CallSid", &call.sid),
            ("CallStatus", call.status.word()),
            ("Called", &call.to),
            ("Caller", &call.from),
            ("Direction", call.direction.word()),
            ("From", &call.from),
            ("To", &call.to),
        ]);
        if let Some(parent) = &call.parent {
            fields.push(("ParentCallSid".to_owned(), parent.clone()));
        }
        fields
    }

    /// Asks the target what to do with a call now; the reply comes to [`Self::answered`].
    pub(super) fn ask(&mut self, sid: &str, link: &Link, more: Fields, wait: bool, now: Time, out: &mut Vec<Effect>) {
        self.ask_as(sid, link, more, Question { wait, fallback: false, moves: 0 }, now, out);
    }

    fn ask_as(&mut self, sid: &str, link: &Link, more: Fields, asking: Question, now: Time, out: &mut Vec<Effect>) {
        self.ids += 1;
        let token = format!("00000000-0000-4000-8000-{:012x}", self.ids);
        let Some(call) = self.calls.get(sid) else { return };
        let mut fields = self.call_fields(call);
        fields.extend(more.iter().cloned());
        let mut delivery = signed(&self.settings.auth_token, link, fields, "voice", &token);
        delivery.deadline = delivery.deadline.min(self.settings.deadline);
        delivery.call = Some(sid.to_owned());
        delivery.headers.extend(call.jar.header(&link.url));
        let Some(call) = self.calls.get_mut(sid) else { return };
        call.documents += 1;
        if call.documents > MAX_DOCUMENTS {
            self.breaks_off(sid, now, out);
            return;
        }
        call.state = State::Asking;
        if !asking.wait && call.answered.is_some() {
            call.waits_since.get_or_insert(now);
        }
        call.updated = now;
        delivery.tag = call.tag.take();
        let Question { wait, fallback, moves } = asking;
        call.asked = Some(Asked { token, url: link.url.clone(), wait, fallback, more, moves });
        let tries = 1 + delivery.retries.len();
        let given_up = now + delivery.deadline.times(tries as f64) + GRACE;
        out.push(Effect::Deliver(delivery));
        self.timer(sid, given_up);
    }

    /// The target's answer got lost on its way, or the question did: as good as none.
    pub(super) fn no_answer_came(&mut self, sid: &str, now: Time, out: &mut Vec<Effect>) {
        if let Some(asked) = self.calls.get_mut(sid).and_then(|call| call.asked.take()) {
            self.no_instructions(sid, &asked, NO_RETRIEVAL, now, out);
        }
    }

    /// Tells the target something about a call that goes on without its answer.
    pub(super) fn notify(&mut self, sid: &str, link: &Link, more: Fields, out: &mut Vec<Effect>) {
        self.ids += 1;
        let token = format!("00000000-0000-4000-8000-{:012x}", self.ids);
        let Some(call) = self.calls.get(sid) else { return };
        let mut fields = self.call_fields(call);
        fields.extend(more);
        let mut delivery = signed(&self.settings.auth_token, link, fields, "voice", &token);
        delivery.deadline = delivery.deadline.min(self.settings.deadline);
        delivery.call = Some(sid.to_owned());
        delivery.headers.extend(call.jar.header(&link.url));
        out.push(Effect::Deliver(delivery));
    }

    /// The target has answered, or failed to.
    pub(super) fn answered(
        &mut self,
        delivery: &Delivery,
        outcome: &DeliveryOutcome,
        now: Time,
        out: &mut Vec<Effect>,
    ) {
        let Some(sid) = delivery.call.clone() else { return self.text_answered(delivery, outcome, now, out) };
        let Some(call) = self.calls.get_mut(&sid) else { return };
        let Some(asked) = call.asked.take_if(|asked| asked.token == token(delivery)) else { return };
        call.hears_again(now);
        call.jar.keep(&outcome.headers, &asked.url);
        if let Some(link) = moved(outcome, &asked.url, delivery.method == Method::POST, asked.moves) {
            let Asked { more, wait, fallback, moves, .. } = asked;
            return self.ask_as(&sid, &link, more, Question { wait, fallback, moves: moves + 1 }, now, out);
        }
        match instructions(outcome, &asked.url) {
            Ok(verbs) => {
                call.program = verbs.into();
                call.base = asked.url;
                self.follow(&sid, now, out);
            }
            Err(code) => self.no_instructions(&sid, &asked, code, now, out),
        }
    }

    fn no_instructions(&mut self, sid: &str, asked: &Asked, code: u32, now: Time, out: &mut Vec<Effect>) {
        if asked.wait {
            return self.leave_queue(sid, "error", &[("ErrorCode", &code.to_string())], now, out);
        }
        let fallback = self.calls.get(sid).and_then(|call| call.fallback.clone()).filter(|_| !asked.fallback);
        match fallback {
            Some(link) => {
                let more = fields(&[("ErrorCode", &code.to_string()), ("ErrorUrl", &asked.url)]);
                self.ask_as(sid, &link, more, Question { wait: false, fallback: true, moves: 0 }, now, out);
            }
            None => self.breaks_off(sid, now, out),
        }
    }

    /// There is nothing to go by: the caller hears so, and the call is over.
    pub(super) fn breaks_off(&mut self, sid: &str, now: Time, out: &mut Vec<Effect>) {
        out.push(Effect::Seen(Seen::Heard { call: sid.to_owned(), text: APOLOGY.to_owned() }));
        if let Some(call) = self.calls.get_mut(sid) {
            call.heard = false;
        }
        self.end(sid, super::Status::Completed, now, out);
    }
}

/// Which kind of question it is.
struct Question {
    wait: bool,
    fallback: bool,
    /// So often the target has sent it on.
    moves: u32,
}

/// Where a reply sends the request on to. As browsers do, only a 307 or 308 keeps it a POST.
pub(super) fn moved(outcome: &DeliveryOutcome, url: &str, post: bool, moves: u32) -> Option<Link> {
    let status = outcome.status.filter(|status| matches!(status, 301 | 302 | 303 | 307 | 308))?;
    let place = outcome.headers.get(LOCATION)?.to_str().ok().filter(|_| moves < MAX_MOVES)?;
    Some(Link { url: resolve(url, place), post: post && status >= 307 })
}

/// The verbs of a reply, or Twilio's error code.
pub(super) fn instructions(outcome: &DeliveryOutcome, url: &str) -> Result<Vec<super::twiml::Verb>, u32> {
    match outcome.status {
        Some(204) => Ok(Vec::new()),
        Some(200..=299) => call::document(&outcome.headers, &outcome.body, url).map_err(|broken| broken.code),
        Some(_) => Err(NO_RETRIEVAL),
        None if outcome.error.as_deref().is_some_and(|error| error.starts_with("http_timeout")) => Err(NO_RETRIEVAL),
        None => Err(NO_CONNECTION),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_address_says_how_it_is_asked() {
        let of = |url: &str| overrides(url);
        let both = Overrides { reads_within: Some(Span::from_secs(3)), tries_again: 2 };
        assert_eq!(of("http://bot/voice#ct=1000&rt=3000&rc=2"), both);
        for plain in
            ["http://bot/voice", "http://bot/#", "http://bot/#rt=1&rc=9", "http://bot/?rt=3000", "http://b/#rt=x"]
        {
            assert_eq!(of(plain), Overrides::default(), "{plain}");
        }
        let link = Link { url: "http://bot/voice#rc=1".to_owned(), post: true };
        let delivery = signed("token", &link, Vec::new(), "voice", "1");
        assert_eq!((delivery.url.as_str(), delivery.retries.len()), ("http://bot/voice", 1), "the fragment stays here");
    }

    proptest! {
        #[test]
        fn any_fragment_is_borne(fragment in "\\PC{0,30}") {
            overrides(&format!("http://bot/#{fragment}"));
        }
    }
}
