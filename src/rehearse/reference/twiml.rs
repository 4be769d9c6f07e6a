//! What a call is told to do, as a TwiML document.

use super::outward::QUEUE;
use std::fmt::Write as _;

/// An instruction to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    /// Speaks.
    Say(String),
    /// Speaks, and asks for words, which go to `/voice/gather`.
    Ask(String),
    /// Goes on with another document.
    Redirect(&'static str),
    /// Puts the call into the queue of the people.
    Enqueue {
        /// What the caller hears there is asked for at `/voice/hold`; else it is music.
        hold: bool,
    },
    /// Speaks, one text after the other, and waits for a key, which goes to `/voice/choice`.
    Choose(Vec<String>),
    /// Ends the call.
    Hangup,
}

/// How long a caller has to begin to speak, in seconds: long enough for one who thinks an answer over.
const TIME_TO_SPEAK: u32 = 30;

/// How long a waiting caller has to press a key, in seconds; as long as music plays between two looks for news.
const TIME_TO_PRESS: u32 = 10;

/// The document of these instructions.
pub(super) fn document(verbs: &[Verb]) -> String {
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response>");
    for verb in verbs {
        let written = match verb {
            Verb::Say(words) => write!(text, "<Say>{}</Say>", escaped(words)),
            Verb::Ask(words) => write!(
                text,
                "<Gather input=\"speech\" action=\"/voice/gather\" method=\"POST\" timeout=\"{TIME_TO_SPEAK}\"><Say>{}</Say></Gather>",
                escaped(words)
            ),
            Verb::Redirect(to) => write!(text, "<Redirect method=\"POST\">{to}</Redirect>"),
            Verb::Enqueue { hold } => {
                let wait = if *hold { " waitUrl=\"/voice/hold\" waitUrlMethod=\"POST\"" } else { "" };
                write!(text, "<Enqueue action=\"/voice/left\" method=\"POST\"{wait}>{QUEUE}</Enqueue>")
            }
            Verb::Choose(texts) => {
                let said: String = texts.iter().map(|words| format!("<Say>{}</Say>", escaped(words))).collect();
                write!(
                    text,
                    "<Gather input=\"dtmf\" numDigits=\"1\" action=\"/voice/choice\" method=\"POST\" timeout=\"{TIME_TO_PRESS}\">{said}</Gather>"
                )
            }
            Verb::Hangup => write!(text, "<Hangup/>"),
        };
        written.expect("a String takes any text");
    }
    text.push_str("</Response>");
    text
}

/// Text as it may stand between tags; characters that XML does not know are left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\n' | '\t' | '\r' => out.push(' '),
            c if c.is_control() || ('\u{fffe}'..='\u{ffff}').contains(&c) => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_document_reads_as_twilio_wants_it() {
        let verbs = [
            Verb::Say("Sorry, R&D is <closed>".to_owned()),
            Verb::Ask("Anything else?".to_owned()),
            Verb::Redirect("/voice/wait"),
            Verb::Enqueue { hold: false },
            Verb::Enqueue { hold: true },
            Verb::Choose(vec!["Press 1".to_owned(), "Press 2".to_owned()]),
            Verb::Hangup,
        ];
        insta::assert_snapshot!(document(&verbs).replace("><", ">\n<"), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <Response>
        <Say>Sorry, R&amp;D is &lt;closed&gt;</Say>
        <Gather input="speech" action="/voice/gather" method="POST" timeout="30">
        <Say>Anything else?</Say>
        </Gather>
        <Redirect method="POST">/voice/wait</Redirect>
        <Enqueue action="/voice/left" method="POST">support</Enqueue>
        <Enqueue action="/voice/left" method="POST" waitUrl="/voice/hold" waitUrlMethod="POST">support</Enqueue>
        <Gather input="dtmf" numDigits="1" action="/voice/choice" method="POST" timeout="10">
        <Say>Press 1</Say>
        <Say>Press 2</Say>
        </Gather>
        <Hangup/>
        </Response>
        "#);
    }

    proptest! {
        #[test]
        fn any_words_make_a_document_that_parses(words in any::<String>()) {
            let text = document(&[Verb::Say(words)]);
            let parsed = roxmltree::Document::parse(&text);
            prop_assert!(parsed.is_ok(), "{:?}", parsed.err());
        }
    }
}
