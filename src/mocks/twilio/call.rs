//! One call: where it stands, what remains of its document, what the caller has pressed.

use super::cookies::Jar;
use super::link::Link;
use super::record::Tape;
use super::twiml::{Gather, Verb};
use super::webhooks::Fields;
use crate::time::{Span, Time};
use hyper::HeaderMap;
use std::collections::VecDeque;

/// Twilio's word for where a call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Not dialled yet.
    Queued,
    /// Ringing.
    Ringing,
    /// Somebody has answered.
    InProgress,
    /// Over, after somebody had answered.
    Completed,
    /// The callee was busy.
    Busy,
    /// It could not be made.
    Failed,
    /// Nobody answered.
    NoAnswer,
    /// Ended before anybody answered.
    Canceled,
}

impl Status {
    const WORDS: [(Self, &str); 8] = [
        (Self::Queued, "queued"),
        (Self::Ringing, "ringing"),
        (Self::InProgress, "in-progress"),
        (Self::Completed, "completed"),
        (Self::Busy, "busy"),
        (Self::Failed, "failed"),
        (Self::NoAnswer, "no-answer"),
        (Self::Canceled, "canceled"),
    ];

    /// As the wire has it.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(status, _)| *status == self).map_or("queued", |(_, word)| word)
    }

    /// From the wire.
    pub fn parse(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(_, known)| *known == word).map(|(status, _)| *status)
    }

    /// Nothing comes after it.
    pub fn is_over(self) -> bool {
        !matches!(self, Self::Queued | Self::Ringing | Self::InProgress)
    }
}

/// Who began a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Somebody called one of our numbers.
    Inbound,
    /// The target called somebody by the API.
    OutboundApi,
    /// A call's `Dial` called somebody.
    OutboundDial,
}

impl Direction {
    /// As the wire has it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::OutboundApi => "outbound-api",
            Self::OutboundDial => "outbound-dial",
        }
    }
}

/// What a call is doing.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// Nobody has answered yet.
    Ringing,
    /// The target is asked what to do.
    Asking,
    /// The caller hears something (or silence); the next verb comes after it.
    Hearing,
    /// The caller may speak or press keys.
    Listening,
    /// What the caller says is recorded.
    Recording,
    /// The call is a media stream's.
    Streaming,
    /// In a queue, with nothing to hear but music.
    Waiting,
    /// In a `Dial` that has not been answered.
    Dialing,
    /// Connected with a person (outside, or the other call).
    Connected,
    /// Over.
    Over,
}

/// How a connected call came to be so: what happens when the connection ends.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Bond {
    /// Taken from a queue.
    Member,
    /// Its `Dial` was answered.
    Dialer {
        /// What is asked afterwards.
        action: Option<Link>,
        /// When the connection began.
        since: Time,
    },
    /// It is the call that a `Dial` made.
    Dialed,
}

/// A call's place in a queue.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) queue: String,
    pub(super) since: Time,
    pub(super) wait: Option<Link>,
    /// What a `Redirect` put in the place of `wait`, once.
    pub(super) next: Option<Link>,
    /// When what the caller hears meanwhile was last asked for.
    pub(super) asked: Time,
    pub(super) after: After,
}

/// How a call goes on when it leaves a queue or a connection.
#[derive(Clone, Debug)]
pub(super) struct After {
    /// What is asked; else the verbs behind follow.
    pub(super) action: Option<Link>,
    /// The verbs behind `Enqueue` or `Dial`.
    pub(super) rest: VecDeque<Verb>,
    /// The address they resolve against.
    pub(super) base: String,
}

/// How a call that the desk made begins when it is answered.
#[derive(Clone, Debug)]
pub(super) enum Start {
    /// The target is asked.
    Ask(Link),
    /// The instructions were given with the call.
    Follow(Vec<Verb>),
}

/// A request to the target under way.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// What marks it: a reply to an older one is too late.
    pub(super) token: String,
    pub(super) url: String,
    /// It asks what a waiting caller hears.
    pub(super) wait: bool,
    /// It is the fallback already.
    pub(super) fallback: bool,
    /// What was asked beside what every request says, for where the target sends it on to.
    pub(super) more: Fields,
    /// So often the target has sent it on.
    pub(super) moves: u32,
}

/// A call.
#[derive(Clone, Debug)]
pub struct Call {
    /// `CA…`.
    pub sid: String,
    /// Who calls.
    pub from: String,
    /// Who is called.
    pub to: String,
    /// Who began it.
    pub direction: Direction,
    /// Twilio's word for where it stands.
    pub status: Status,
    /// What it is doing.
    pub state: State,
    /// When it was made.
    pub created: Time,
    /// When somebody answered.
    pub answered: Option<Time>,
    /// When it was over.
    pub ended: Option<Time>,
    /// When it was last changed.
    pub updated: Time,
    /// The call whose `Dial` made it.
    pub parent: Option<String>,
    /// The caller has heard words since they last spoke, pressed a key or talked with a person.
    pub(super) heard: bool,
    /// What the harness calls it, until the first request has carried it.
    pub(super) tag: Option<u64>,
    pub(super) program: VecDeque<Verb>,
    /// The address of the document, against which its own are resolved.
    pub(super) base: String,
    pub(super) gather: Option<Gather>,
    /// The verbs behind the gather that is under way.
    pub(super) after_gather: VecDeque<Verb>,
    pub(super) digits: String,
    pub(super) place: Option<Place>,
    /// The place it had in the queue from which a person took it.
    pub(super) left: Option<Place>,
    /// When that person took it.
    pub(super) taken: Time,
    pub(super) start: Option<Start>,
    pub(super) bond: Option<Bond>,
    /// The other call, where both are ours.
    pub(super) peer: Option<String>,
    pub(super) asked: Option<Asked>,
    pub(super) jar: Jar,
    pub(super) fallback: Option<Link>,
    pub(super) callback: Option<Link>,
    pub(super) callback_events: Vec<String>,
    pub(super) documents: u32,
    /// Since when the caller waits for the target's instructions, in silence.
    pub(super) waits_since: Option<Time>,
    /// How long they have waited in silence so far.
    pub(super) silence: Span,
    /// How it will end, because nobody takes it.
    pub(super) fate: Option<Status>,
    /// The recording that is made.
    pub(super) tape: Option<Tape>,
}

impl Call {
    /// A new call that nobody has answered.
    pub(super) fn new(sid: String, from: &str, to: &str, direction: Direction, now: Time) -> Self {
        Self {
            sid,
            from: from.to_owned(),
            to: to.to_owned(),
            direction,
            status: Status::Ringing,
            state: State::Ringing,
            created: now,
            answered: None,
            ended: None,
            updated: now,
            parent: None,
            heard: false,
            tag: None,
            program: VecDeque::new(),
            base: String::new(),
            gather: None,
            after_gather: VecDeque::new(),
            digits: String::new(),
            place: None,
            left: None,
            taken: now,
            start: None,
            bond: None,
            peer: None,
            asked: None,
            jar: Jar::default(),
            fallback: None,
            callback: None,
            callback_events: Vec::new(),
            documents: 0,
            waits_since: None,
            silence: Span::ZERO,
            fate: None,
            tape: None,
        }
    }

    /// Forgets what is left of the document: something else comes.
    pub(super) fn interrupt(&mut self) {
        self.program.clear();
        self.after_gather.clear();
        self.gather = None;
        self.digits.clear();
        self.asked = None;
    }

    /// The caller's silent wait is over, if there was one.
    pub(super) fn hears_again(&mut self, now: Time) {
        if let Some(since) = self.waits_since.take() {
            self.silence += now.since(since);
        }
    }

    /// How long it waited before a person took it.
    pub(super) fn waited(&self, since: Time) -> Span {
        self.taken.since(since)
    }

    /// Presses keys; what is pressed when nothing listens is lost.
    pub(super) fn press(&mut self, keys: &str) -> Pressed {
        let Some(gather) = self.gather.as_ref().filter(|gather| gather.keys) else { return Pressed::Lost };
        self.heard = false;
        for key in keys.chars().filter(|key| key.is_ascii_digit() || matches!(key, '*' | '#')) {
            if gather.finish == Some(key) {
                return Pressed::Enough { key: Some(key) };
            }
            self.digits.push(key);
            if gather.digits.is_some_and(|enough| self.digits.len() >= enough) || self.digits.len() >= MAX_DIGITS {
                return Pressed::Enough { key: None };
            }
        }
        Pressed::More
    }
}

/// More keys than anybody presses in one answer.
const MAX_DIGITS: usize = 128;

/// What came of pressing keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pressed {
    /// Nothing listens for keys.
    Lost,
    /// More may come.
    More,
    /// The answer is complete.
    Enough {
        /// The key that ended it.
        key: Option<char>,
    },
}

/// The instructions in a reply: TwiML, or audio to play, or plain words to say.
pub(super) fn document(headers: &HeaderMap, body: &[u8], url: &str) -> Result<Vec<Verb>, super::twiml::Broken> {
    let kind = crate::mocks::form::header(headers, "content-type").unwrap_or("text/xml").to_ascii_lowercase();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_owned();
    match kind.as_str() {
        kind if kind.starts_with("audio/") => Ok(vec![Verb::Play { url: url.to_owned(), times: 1 }]),
        "text/plain" => Ok(vec![Verb::Say { text: String::from_utf8_lossy(body).trim().to_owned(), times: 1 }]),
        "text/xml" | "application/xml" | "text/html" | "" => super::twiml::parse(body),
        _ => Err(super::twiml::Broken { code: 12_300, why: format!("{kind} is no content type for instructions") }),
    }
}
