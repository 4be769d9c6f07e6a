//! Filling the holes of templates: from the request, from what is remembered, from seed and clock.

use super::fit::{Asks, BodyRead, as_text};
use super::memory::{Found, Memory};
use crate::mocks::form;
use crate::mocks::stamp::Epoch;
use crate::rng::{Luck, What};
use crate::scenario::model::stubs::Shape;
use crate::scenario::template::{Filter, Hole, Part, Step, Template, Value as Named};
use crate::time::Time;
use serde_json::{Value, json};

/// Bytes that the holes of one reply, or of one thing to do, may be filled with.
pub(super) const MOST_REPLY: usize = 4 << 20;

/// Lists and maps inside each other in a value that fills a hole. What a body may hold is less; what grows by being
/// remembered inside of itself is more.
const MOST_DEPTH: usize = 160;

/// The holes would take more than they may.
#[derive(Debug)]
pub(super) struct TooLong;

/// What holes are filled from.
pub(super) struct Filler<'a> {
    pub(super) asks: &'a Asks<'a>,
    /// The named segments of the path.
    pub(super) named: &'a [(&'a str, &'a str)],
    pub(super) memory: &'a Memory,
    pub(super) luck: Luck,
    pub(super) who: u64,
    /// Identifiers drawn so far.
    pub(super) drawn: &'a mut u64,
    pub(super) epoch: Epoch,
    pub(super) now: Time,
    /// Bytes that are left.
    pub(super) left: usize,
}

impl Filler<'_> {
    /// A template as text. What is not there is nothing; what is no text is JSON.
    pub(super) fn text(&mut self, template: &Template) -> Result<String, TooLong> {
        let mut text = String::new();
        for part in &template.parts {
            match part {
                Part::Text(part) => text.push_str(part),
                Part::Hole(hole) => {
                    if let Some(value) = self.hole(hole) {
                        let value = as_text(&value);
                        self.take(value.len())?;
                        text.push_str(&value);
                    }
                }
            }
        }
        Ok(text)
    }

    /// JSON with its holes filled. A text that is nothing but one hole becomes what fills it, or null.
    pub(super) fn value(&mut self, shape: &Shape) -> Result<Value, TooLong> {
        match shape {
            Shape::Fixed(value) => Ok(value.clone()),
            Shape::List(items) => items.iter().map(|item| self.value(item)).collect(),
            Shape::Map(entries) => {
                let pairs = entries.iter().map(|(key, shape)| Ok((key.clone(), self.value(shape)?)));
                pairs.collect::<Result<serde_json::Map<_, _>, _>>().map(Value::Object)
            }
            Shape::Text(template) => match template.only_hole() {
                None => self.text(template).map(Value::String),
                Some(hole) => {
                    let value = self.hole(hole).unwrap_or(Value::Null);
                    if depth(&value) > MOST_DEPTH {
                        return Err(TooLong);
                    }
                    self.take(as_text(&value).len())?;
                    Ok(value)
                }
            },
        }
    }

    fn take(&mut self, bytes: usize) -> Result<(), TooLong> {
        self.left = self.left.checked_sub(bytes).ok_or(TooLong)?;
        Ok(())
    }

    fn hole(&mut self, hole: &Hole) -> Option<Value> {
        let mut value = self.named(&hole.value);
        for filter in &hole.filters {
            value = match (filter, value) {
                (Filter::Or(other), None | Some(Value::Null)) => self.named(other),
                (Filter::Number, Some(Value::String(text))) => Some(number(text)),
                (Filter::Text, Some(value)) => Some(Value::String(as_text(&value).into_owned())),
                (_, value) => value,
            };
        }
        value
    }

    fn named(&mut self, value: &Named) -> Option<Value> {
        match value {
            Named::Uuid => Some(self.uuid().into()),
            Named::Now => Some(self.epoch.iso(self.now).into()),
            Named::Unix => Some(self.epoch.unix_secs(self.now).into()),
            value => look_up(value, self.asks, self.named, self.memory),
        }
    }

    /// Looks like one of version 4, and is drawn by the seed.
    fn uuid(&mut self) -> String {
        let mut draw = self.luck.draw(self.who, What::Nonce, *self.drawn);
        *self.drawn += 1;
        let (high, low) = (draw.bits(), draw.bits());
        let version = high & !0xF000 | 0x4000;
        let variant = low & !(0b11 << 62) | 0b10 << 62;
        let (a, b, c) = (version >> 32, version >> 16 & 0xFFFF, version & 0xFFFF);
        let (d, e) = (variant >> 48, variant & 0xFFFF_FFFF_FFFF);
        format!("{a:08x}-{b:04x}-{c:04x}-{d:04x}-{e:012x}")
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// The number that a text reads as; a text that reads as none stays.
fn number(text: String) -> Value {
    match serde_json::from_str(text.trim()) {
        Ok(number @ Value::Number(_)) => number,
        _ => Value::String(text),
    }
}

/// A value of the request or of what is remembered; `None`: there is none. What is drawn or dated is none of its own.
pub(super) fn look_up(value: &Named, asks: &Asks<'_>, named: &[(&str, &str)], memory: &Memory) -> Option<Value> {
    let key = |step: &Step| match step {
        Step::Key(key) => Some(key.clone()),
        Step::Of(value) => look_up(value, asks, named, memory).map(|value| as_text(&value).into_owned()),
    };
    match value {
        Named::Literal(text) => Some(json!(text)),
        Named::Path(name) => named.iter().find(|(known, _)| known == name).map(|(_, part)| json!(part)),
        Named::Query(name) => asks.query.get(name).map(|found| json!(found)),
        Named::Header(name) => asks.header(name).map(|found| json!(found)),
        Named::Body(steps) => match (asks.body(), steps.as_slice()) {
            (BodyRead::Json(body), steps) => walk(body, steps, &key).cloned(),
            (_, []) => Some(json!(asks.text())),
            (BodyRead::Form(form), [step]) => form.get(&key(step)?).map(|found| json!(found)),
            _ => None,
        },
        Named::State(name, steps) => {
            let (first, rest) = match steps.split_first() {
                Some((first, rest)) => (Some(key(first)?), rest),
                None => (None, steps.as_slice()),
            };
            match memory.get(name, first.as_deref())? {
                Found::Count(at) => Some(json!(at)),
                Found::Whole(pairs) => {
                    Some(Value::Object(pairs.into_iter().map(|(key, value)| (key.to_owned(), value.clone())).collect()))
                }
                Found::One(value) => walk(value, rest, &key).cloned(),
            }
        }
        Named::Origin => Some(json!(form::origin(&asks.request.headers))),
        Named::Uuid | Named::Now | Named::Unix => None,
    }
}

fn walk<'v>(value: &'v Value, steps: &[Step], key: &dyn Fn(&Step) -> Option<String>) -> Option<&'v Value> {
    steps.iter().try_fold(value, |value, step| {
        let key = key(step)?;
        match value {
            Value::Array(items) => items.get(key.parse::<usize>().ok()?),
            value => value.get(&key),
        }
    })
}

/// What a condition on the state looks at, as a person wrote it.
pub(super) fn spelt(value: &Named) -> String {
    let steps = |name: &str, steps: &[Step]| {
        let each = steps.iter().map(|step| match step {
            Step::Key(key) => format!(".{key}"),
            Step::Of(value) => format!("[{}]", spelt(value)),
        });
        format!("{name}{}", each.collect::<String>())
    };
    match value {
        Named::State(name, rest) => steps(name, rest),
        Named::Body(rest) => steps("body", rest),
        Named::Path(name) => format!("path.{name}"),
        Named::Query(name) => format!("query.{name}"),
        Named::Header(name) => format!("header.{name}"),
        Named::Literal(text) => format!("\"{text}\""),
        Named::Uuid => "uuid".to_owned(),
        Named::Now => "now".to_owned(),
        Named::Unix => "unix".to_owned(),
        Named::Origin => "origin".to_owned(),
    }
}
