//! A service of kind `http`: what it answers to which request, and what it remembers.

use super::Distribution;
use crate::scenario::template::{Template, Value};
use std::sync::Arc;

/// The story in which a service begins.
pub const FIRST: &str = "start";
/// The endpoint of requests that no stub is for; no stub can have this name.
pub const UNMATCHED: &str = "unmatched";

/// What a service answers, complete and checked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stubs {
    /// The first that fits a request answers it.
    pub stubs: Vec<Stub>,
    /// What it remembers, by name.
    pub memory: Vec<(String, Memory)>,
}

/// One thing that a service remembers, as it is at the start.
#[derive(Clone, Debug, PartialEq)]
pub enum Memory {
    /// A number that is counted up.
    Counter(i64),
    /// Values by key, in the order in which they came.
    Map(Vec<(String, serde_json::Value)>),
}

/// One answer and the requests that it is for.
#[derive(Clone, Debug, PartialEq)]
pub struct Stub {
    /// Its name: the endpoint that faults match on and that the journal shows.
    pub name: String,
    /// For which requests.
    pub when: When,
    /// What is done before the reply is written, in order.
    pub does: Vec<Deed>,
    /// Where the story goes on; `None`: it stays.
    pub then: Option<String>,
    /// How long the reply takes; `None`: no time at all.
    pub delay: Option<Distribution>,
    /// What is replied.
    pub reply: Answer,
}

/// Which requests a stub is for. Everything that is given must be so.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct When {
    /// The method, in capitals.
    pub method: Option<String>,
    /// The path.
    pub path: Option<PathPattern>,
    /// Fields of the query.
    pub query: Vec<(String, Want)>,
    /// Headers, by their names in small letters.
    pub headers: Vec<(String, Want)>,
    /// The whole body as text.
    pub body: Want,
    /// Values in a JSON body, by pointer.
    pub json: Vec<(String, Want)>,
    /// Fields of a form.
    pub form: Vec<(String, Want)>,
    /// Values that are remembered or in the request.
    pub state: Vec<(Value, Want)>,
    /// Where the story stands.
    pub story: Option<String>,
}

/// A path, segment by segment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PathPattern {
    /// The segments.
    pub parts: Vec<Segment>,
    /// Further segments may follow (`**`).
    pub open: bool,
}

/// A segment of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// This text.
    Is(String),
    /// Any text (`*`).
    Any,
    /// Any text, which has a name (`{id}`).
    Named(String),
}

/// What a value must be. Everything that is given must be so; nothing given: whatever it is, or that it is missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Want {
    /// Exactly this.
    pub is: Option<String>,
    /// This is a part of it.
    pub contains: Option<String>,
    /// It looks like this: `*` stands for any text, `?` for one character.
    pub like: Option<String>,
    /// It is there, or it is not.
    pub present: Option<bool>,
}

/// What a stub does to what is remembered.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    /// Counts a counter up by one.
    Count(String),
    /// Remembers a value in a map.
    Put {
        /// Which map.
        into: String,
        /// Under which key.
        key: Template,
        /// What.
        value: Shape,
    },
    /// Forgets a value of a map.
    Drop {
        /// Which map.
        from: String,
        /// Its key.
        key: Template,
    },
}

/// A reply with holes.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers, in order; their names in small letters.
    pub headers: Vec<(String, Template)>,
    /// The body.
    pub body: AnswerBody,
}

/// The body of a reply.
#[derive(Clone, Debug, PartialEq)]
pub enum AnswerBody {
    /// Nothing.
    Empty,
    /// JSON.
    Json(Shape),
    /// Text.
    Text(Template),
    /// A file as it is, and its content type.
    File(Arc<[u8]>, &'static str),
}

/// JSON with holes.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A value without holes.
    Fixed(serde_json::Value),
    /// A text; if it is nothing but one hole, the value that fills it, of whatever kind.
    Text(Template),
    /// A list.
    List(Vec<Shape>),
    /// A map.
    Map(Vec<(String, Shape)>),
}
