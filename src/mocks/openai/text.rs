//! The words of a message as clients write them: a text, or a list of parts that hold texts.

use serde::de::{self, Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt;

/// The words of a message: a text, or the texts of its parts, also of those that lie in a tool's result. Borrowed from the
/// body where it has no escapes. Beside them, whether any of it is what a tool has answered (`tool_result`).
#[derive(Clone, Debug, Default)]
pub(super) struct Text<'a>(pub(super) Cow<'a, str>, pub(super) bool);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

/// The fields of a part in which words stand: of a text, of a tool's result, of a function's output.
const WORDS: [&str; 3] = ["text", "content", "output"];

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or a list of parts")
    }
    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Borrowed(text), false))
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Owned(text.to_owned()), false))
    }
    fn visit_unit<E: de::Error>(self) -> Result<Text<'de>, E> {
        Ok(Text::default())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Text<'de>, A::Error> {
        let (mut all, mut of_tool) = (String::new(), false);
        while let Some(Text(text, answer)) = parts.next_element()? {
            of_tool |= answer;
            if !all.is_empty() && !text.is_empty() {
                all.push('\n');
            }
            all.push_str(&text);
        }
        Ok(Text(Cow::Owned(all), of_tool))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut part: A) -> Result<Text<'de>, A::Error> {
        let (mut text, mut of_tool) = (Text::default(), false);
        while let Some(key) = part.next_key::<Cow<'_, str>>()? {
            if WORDS.contains(&&*key) {
                text = part.next_value()?;
            } else if key == "type" {
                of_tool = part.next_value::<Value>()? == "tool_result";
            } else {
                part.next_value::<IgnoredAny>()?;
            }
        }
        text.1 = of_tool;
        Ok(text)
    }
}

/// One message of a conversation: who wrote it, and its text.
#[derive(serde::Deserialize)]
pub(super) struct Message<'a> {
    /// `user`, `assistant`, `system`, …
    #[serde(borrow, default)]
    pub(super) role: Cow<'a, str>,
    /// The text of all its parts.
    #[serde(borrow, default)]
    pub(super) content: Text<'a>,
}
