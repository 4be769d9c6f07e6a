//! TwiML: what a target tells a call to do, parsed into verbs. Bounded; document types and entities of its own are refused.

use super::link::Link;
use crate::time::Span;
use roxmltree::{Document, Node, ParsingOptions};

/// Twilio's own limit of a document, in bytes.
pub const MAX_DOCUMENT: usize = 64 * 1024;
const MAX_NODES: u32 = 10_000;
/// Twilio's own limit of a `Pause`, and our bound for every other length in a document: a day.
const MAX_LENGTH: i64 = 86_400;

/// An instruction.
#[derive(Clone, Debug, PartialEq)]
pub enum Verb {
    /// Speaks; zero times is for ever.
    Say {
        /// The words.
        text: String,
        /// How often.
        times: u32,
    },
    /// Plays a recording; zero times is for ever.
    Play {
        /// Where it is.
        url: String,
        /// How often.
        times: u32,
    },
    /// Is silent.
    Pause(Span),
    /// Asks for keys or words, while it speaks.
    Gather(Gather),
    /// Goes on with another document.
    Redirect(Link),
    /// Puts the call into a queue.
    Enqueue(Enqueue),
    /// Takes the call out of its queue.
    Leave,
    /// Connects the call with somebody.
    Dial(Dial),
    /// Ends the call.
    Hangup,
    /// Does not take the call.
    Reject {
        /// `busy` rather than `rejected`.
        busy: bool,
    },
    /// Records what the caller says.
    Record(Record),
    /// Gives the call to a media stream until that ends.
    Connect {
        /// The stream.
        stream: Stream,
        /// What is asked when it is over.
        action: Option<Link>,
    },
    /// Begins a media stream beside whatever follows.
    Start(Stream),
    /// Ends the media stream of this name.
    Stop(String),
    /// Sends a text message.
    Message {
        /// To; `None`: to who is calling or wrote.
        to: Option<String>,
        /// From; `None`: from the number that was called or written to.
        from: Option<String>,
        /// The text.
        body: String,
        /// How many pictures come with it.
        media: usize,
        /// What is told of how it fares.
        callback: Option<Link>,
    },
}

/// `<Gather>`.
#[derive(Clone, Debug, PartialEq)]
pub struct Gather {
    /// Words are understood.
    pub speech: bool,
    /// Keys are understood.
    pub keys: bool,
    /// Where the answer goes; `None`: to the document's own address.
    pub action: Option<String>,
    /// How it goes there.
    pub post: bool,
    /// How long the caller has, after the prompt and after each key.
    pub timeout: Span,
    /// So many keys are enough.
    pub digits: Option<usize>,
    /// The key that ends the answer.
    pub finish: Option<char>,
    /// No answer goes to the action too.
    pub even_if_empty: bool,
    /// What is said meanwhile.
    pub prompt: Vec<Verb>,
}

/// `<Record>`.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Where it is told; `None`: to the document's own address.
    pub action: Option<String>,
    /// How it is told there.
    pub post: bool,
    /// So much silence ends it.
    pub timeout: Span,
    /// The longest recording.
    pub longest: Span,
    /// The keys that end it.
    pub finish: String,
    /// What is told when the recording can be fetched.
    pub callback: Option<Link>,
}

/// `<Stream>`.
#[derive(Clone, Debug, PartialEq)]
pub struct Stream {
    /// Where to, as it is written: `wss://host/path`.
    pub url: String,
    /// The name by which it can be stopped.
    pub name: Option<String>,
    /// What the caller says is streamed.
    pub inbound: bool,
    /// What the caller hears is streamed.
    pub outbound: bool,
    /// What is told when it begins, ends or fails.
    pub callback: Option<Link>,
    /// What the target is told at its beginning, in order.
    pub parameters: Vec<(String, String)>,
}

/// `<Enqueue>`.
#[derive(Clone, Debug, PartialEq)]
pub struct Enqueue {
    /// The queue's name.
    pub queue: String,
    /// What is asked when the call leaves the queue.
    pub action: Option<Link>,
    /// What the caller hears meanwhile; `None`: music.
    pub wait: Option<Link>,
}

/// `<Dial>`.
#[derive(Clone, Debug, PartialEq)]
pub struct Dial {
    /// With whom.
    pub to: DialTo,
    /// What is asked afterwards.
    pub action: Option<Link>,
    /// How long it may ring.
    pub timeout: Span,
    /// The number that is shown; `None`: the caller's own.
    pub caller_id: Option<String>,
}

/// With whom a call is connected.
#[derive(Clone, Debug, PartialEq)]
pub enum DialTo {
    /// The first of these numbers that answers; only the first is tried here.
    Number(String),
    /// The first of a queue.
    Queue(String),
    /// Nobody that this mock knows.
    Nobody,
}

/// A document that cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Twilio's error code.
    pub code: u32,
    /// Why.
    pub why: String,
}

impl Broken {
    fn parse(why: impl Into<String>) -> Self {
        Self { code: 12_100, why: why.into() }
    }
}

/// The verbs of a document, in order. What is no verb is left out, as Twilio does with a warning.
pub fn parse(bytes: &[u8]) -> Result<Vec<Verb>, Broken> {
    if bytes.len() > MAX_DOCUMENT {
        return Err(Broken { code: 11_750, why: format!("the document is larger than {MAX_DOCUMENT} bytes") });
    }
    let text = std::str::from_utf8(bytes).map_err(|_| Broken::parse("the document is no UTF-8"))?;
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).map_err(|error| Broken::parse(error.to_string()))?;
    let root = document.root_element();
    if root.tag_name().name() != "Response" {
        return Err(Broken::parse("the root is no <Response>"));
    }
    Ok(root.children().filter(Node::is_element).filter_map(verb).collect())
}

fn verb(node: Node<'_, '_>) -> Option<Verb> {
    let verb = match node.tag_name().name() {
        "Say" => Verb::Say { text: words(node), times: times(node) },
        "Play" => Verb::Play { url: words(node), times: times(node) },
        "Pause" => Verb::Pause(length(node, "length", 1)),
        "Gather" => Verb::Gather(gather(node)),
        "Redirect" => Verb::Redirect(Link { url: words(node), post: post(node, "method") }),
        "Enqueue" => Verb::Enqueue(Enqueue {
            queue: words(node),
            action: link(node, "action", "method"),
            wait: link(node, "waitUrl", "waitUrlMethod"),
        }),
        "Leave" => Verb::Leave,
        "Dial" => Verb::Dial(Dial {
            to: dial_to(node),
            action: link(node, "action", "method"),
            timeout: length(node, "timeout", 30),
            caller_id: node.attribute("callerId").map(str::to_owned),
        }),
        "Hangup" => Verb::Hangup,
        "Reject" => Verb::Reject { busy: node.attribute("reason") == Some("busy") },
        "Record" => Verb::Record(record(node)),
        "Connect" => Verb::Connect { stream: stream(node)?, action: link(node, "action", "method") },
        "Start" => Verb::Start(stream(node)?),
        "Stop" => Verb::Stop(stream(node)?.name.unwrap_or_default()),
        "Message" | "Sms" => Verb::Message {
            to: node.attribute("to").map(str::to_owned),
            from: node.attribute("from").map(str::to_owned),
            body: message(node),
            media: node.children().filter(|child| child.tag_name().name() == "Media").count(),
            callback: link(node, "statusCallback", "statusCallbackMethod"),
        },
        _ => return None,
    };
    Some(verb)
}

fn record(node: Node<'_, '_>) -> Record {
    Record {
        action: node.attribute("action").filter(|url| !url.is_empty()).map(str::to_owned),
        post: post(node, "method"),
        timeout: length(node, "timeout", 5),
        longest: length(node, "maxLength", 3_600),
        finish: node.attribute("finishOnKey").unwrap_or("1234567890*#").to_owned(),
        callback: link(node, "recordingStatusCallback", "recordingStatusCallbackMethod"),
    }
}

/// The `<Stream>` in a verb; other things that a call can be connected with are not known here.
fn stream(node: Node<'_, '_>) -> Option<Stream> {
    let inner = node.children().find(|child| child.tag_name().name() == "Stream")?;
    let track = inner.attribute("track").unwrap_or("inbound_track");
    let parameters = inner.children().filter(|child| child.tag_name().name() == "Parameter");
    let pair = |child: Node<'_, '_>| {
        Some((child.attribute("name")?.to_owned(), child.attribute("value").unwrap_or_default().to_owned()))
    };
    Some(Stream {
        url: inner.attribute("url").unwrap_or_default().trim().to_owned(),
        name: inner.attribute("name").map(str::to_owned),
        inbound: track != "outbound_track",
        outbound: matches!(track, "outbound_track" | "both_tracks"),
        callback: link(inner, "statusCallback", "statusCallbackMethod"),
        parameters: parameters.filter_map(pair).collect(),
    })
}

fn gather(node: Node<'_, '_>) -> Gather {
    let input = node.attribute("input").unwrap_or("dtmf");
    let finish = node.attribute("finishOnKey").unwrap_or("#");
    Gather {
        speech: input.contains("speech"),
        keys: input.contains("dtmf"),
        action: node.attribute("action").filter(|url| !url.is_empty()).map(str::to_owned),
        post: post(node, "method"),
        timeout: length(node, "timeout", 5),
        digits: node.attribute("numDigits").and_then(|digits| digits.parse().ok()).filter(|digits| *digits > 0),
        finish: finish.chars().next(),
        even_if_empty: node.attribute("actionOnEmptyResult").is_some_and(|on| on.eq_ignore_ascii_case("true")),
        prompt: node
            .children()
            .filter(Node::is_element)
            .filter(|child| matches!(child.tag_name().name(), "Say" | "Play" | "Pause"))
            .filter_map(verb)
            .collect(),
    }
}

fn dial_to(node: Node<'_, '_>) -> DialTo {
    let inner = node.children().find(|child| matches!(child.tag_name().name(), "Queue" | "Number"));
    match inner {
        Some(inner) if inner.tag_name().name() == "Queue" => DialTo::Queue(words(inner)),
        Some(inner) => DialTo::Number(words(inner)),
        None if node.children().any(|child| child.is_element()) => DialTo::Nobody,
        None => match words(node) {
            number if number.is_empty() => DialTo::Nobody,
            number => DialTo::Number(number),
        },
    }
}

/// `<Message>text</Message>`, or `<Message><Body>text</Body></Message>` with as many bodies as there are. Lines stay lines.
fn message(node: Node<'_, '_>) -> String {
    let own = |node: Node<'_, '_>| {
        let texts = node.children().filter(Node::is_text).filter_map(|piece| piece.text());
        texts.collect::<String>().trim().to_owned()
    };
    let bodies = node.children().filter(|child| child.tag_name().name() == "Body").map(own);
    [own(node)].into_iter().chain(bodies).filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
}

/// All text within, blanks joined.
fn words(node: Node<'_, '_>) -> String {
    let mut text = String::new();
    for piece in node.descendants().filter(Node::is_text).filter_map(|piece| piece.text()) {
        text.push_str(piece);
        text.push(' ');
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn link(node: Node<'_, '_>, name: &str, method: &str) -> Option<Link> {
    let url = node.attribute(name).filter(|url| !url.is_empty())?;
    Some(Link { url: url.to_owned(), post: post(node, method) })
}

fn post(node: Node<'_, '_>, name: &str) -> bool {
    !node.attribute(name).is_some_and(|method| method.eq_ignore_ascii_case("get"))
}

fn times(node: Node<'_, '_>) -> u32 {
    node.attribute("loop").and_then(|times| times.parse().ok()).unwrap_or(1)
}

fn length(node: Node<'_, '_>, name: &str, default: i64) -> Span {
    let seconds = node.attribute(name).and_then(|length| length.parse::<i64>().ok()).filter(|length| *length >= 0);
    Span::from_secs(seconds.unwrap_or(default).min(MAX_LENGTH))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_document_becomes_verbs_in_order() {
        let text = br#"<?xml version="1.0" encoding="UTF-8"?>
            <Response>
              <Say voice="alice">Hello,   <emphasis>dear</emphasis> caller &amp; friend</Say>
              <Gather input="speech dtmf" action="/menu?a=1&amp;b=2" method="GET" numDigits="1" timeout="3">
                <Say loop="2">Press one</Say><Record/>
              </Gather>
              <Frobnicate/>
              <Enqueue waitUrl="wait.xml" action="/after">support</Enqueue>
              <Dial callerId="+1"><Number>+15005550001</Number></Dial>
              <Redirect>/again</Redirect>
              <Hangup/>
            </Response>"#;
        let verbs = parse(text).expect("it is good");
        assert_eq!(verbs.len(), 6, "an unknown verb is left out");
        assert_eq!(verbs[0], Verb::Say { text: "Hello, dear caller & friend".to_owned(), times: 1 });
        let Verb::Gather(gather) = &verbs[1] else { panic!("a gather") };
        assert_eq!((gather.speech, gather.keys, gather.digits, gather.post), (true, true, Some(1), false));
        assert_eq!((gather.action.as_deref(), gather.timeout), (Some("/menu?a=1&b=2"), Span::from_secs(3)));
        assert_eq!(gather.prompt, [Verb::Say { text: "Press one".to_owned(), times: 2 }]);
        let Verb::Enqueue(enqueue) = &verbs[2] else { panic!("an enqueue") };
        assert_eq!(enqueue.queue, "support");
        assert_eq!(enqueue.wait, Some(Link { url: "wait.xml".to_owned(), post: true }));
        let Verb::Dial(dial) = &verbs[3] else { panic!("a dial") };
        assert_eq!((&dial.to, dial.timeout), (&DialTo::Number("+15005550001".to_owned()), Span::from_secs(30)));
        assert_eq!(verbs[5], Verb::Hangup);
    }

    #[test]
    fn what_cannot_be_followed_names_twilios_code() {
        for (text, code) in [
            ("", 12_100),
            ("<Response><Say>half", 12_100),
            ("<html><body>Bad gateway</body></html>", 12_100),
            ("<!DOCTYPE r [<!ENTITY a \"b\">]><Response><Say>&a;</Say></Response>", 12_100),
            ("<Response>&unknown;</Response>", 12_100),
        ] {
            assert_eq!(parse(text.as_bytes()).map_err(|broken| broken.code), Err(code), "{text}");
        }
        assert_eq!(parse(&vec![b' '; MAX_DOCUMENT + 1]).map_err(|broken| broken.code), Err(11_750));
        assert_eq!(parse(b"\xff\xfe<Response/>").map_err(|broken| broken.code), Err(12_100));
        assert_eq!(parse(b"<Response/>"), Ok(Vec::new()));
    }

    #[test]
    fn deep_nesting_is_borne() {
        let deep = format!("<Response>{}{}</Response>", "<a>".repeat(9_000), "</a>".repeat(9_000));
        assert_eq!(parse(deep.as_bytes()), Ok(Vec::new()));
        let wide = format!("<Response>{}</Response>", "<a/>".repeat(12_000));
        assert!(parse(wide.as_bytes()).is_err(), "too many nodes are refused");
    }

    proptest! {
        #[test]
        fn any_bytes_are_followed_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            parse(&bytes).ok();
        }

        #[test]
        fn anything_like_twiml_is_followed_or_refused(
            inner in "(<(Say|Gather|Dial|Pause|Enqueue)( (loop|timeout|length|numDigits)=\"[-0-9a-z]{0,20}\")?/?>|</(Say|Gather|Dial)>|x){0,8}"
        ) {
            parse(format!("<Response>{inner}</Response>").as_bytes()).ok();
        }
    }
}
