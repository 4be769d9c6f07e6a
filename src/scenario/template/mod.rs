//! Texts with holes, as stubs reply with them: `Order {{path.id}} is {{state.orders[path.id].status | or "unknown"}}`.
//!
//! A hole names a value and at most a few filters; there are no loops, conditions or calls, so a template ends as soon as
//! it has been read once. Reading is pure and bounded; filling the holes is the mock's part (`mocks::http`).
//!
//! ```text
//! hole    = "{{" value ( "|" filter )* "}}"
//! value   = "\"" text "\"" | word step*
//! step    = "." word | "[" value "]"
//! filter  = "number" | "text" | "or" value
//! ```

mod parse;

#[cfg(test)]
mod tests;

use std::fmt;

/// Bytes of one template.
pub const MOST_TEXT: usize = 256 * 1024;
/// Holes in one template.
pub const MOST_HOLES: usize = 256;
/// Values inside each other, as in `state.a[state.b[path.id]]`, and steps of one value.
pub const MOST_STEPS: usize = 16;

/// The first words that a value can have, for messages.
pub const ROOTS: [&str; 9] = ["path", "query", "header", "body", "state", "uuid", "now", "unix", "origin"];
/// The filters, for messages.
pub const FILTERS: [&str; 3] = ["number", "text", "or"];

/// A text with holes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template {
    /// Its parts, in order. Two texts never follow each other.
    pub parts: Vec<Part>,
}

/// A part of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Stands as it is.
    Text(String),
    /// Is filled in.
    Hole(Hole),
}

/// What is filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hole {
    /// The value.
    pub value: Value,
    /// What is done with it, in order.
    pub filters: Vec<Filter>,
}

/// What is done with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// A text that reads as a number becomes one; anything else stays.
    Number,
    /// Anything becomes text.
    Text,
    /// This stands in where there is nothing.
    Or(Value),
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// What is written between quotes.
    Literal(String),
    /// A named segment of the request's path.
    Path(String),
    /// A field of its query; the first of that name.
    Query(String),
    /// A header of the request.
    Header(String),
    /// The body, or what stands in it at these steps (of a form: its field).
    Body(Vec<Step>),
    /// What the service remembers under this name, or what stands in it.
    State(String, Vec<Step>),
    /// A new identifier, drawn by the seed.
    Uuid,
    /// The moment by the scenario's clock, `2026-01-05T09:00:00Z`.
    Now,
    /// The same as seconds since 1970.
    Unix,
    /// `http://host:port` as the client wrote it.
    Origin,
}

/// One step into a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// To a key, or to an item of a list by its number from 0.
    Key(String),
    /// To the key that another value gives.
    Of(Value),
}

/// Why a text is no template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The byte at which it shows.
    pub at: usize,
    /// How many bytes it takes.
    pub length: usize,
    /// What is wrong.
    pub title: String,
    /// What would be right, a line each; may be empty.
    pub help: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.title)
    }
}

impl Template {
    /// Reads a text.
    pub fn read(text: &str) -> Result<Self, Mistake> {
        parse::template(text)
    }

    /// The text, if there is no hole in it.
    pub fn plain(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The hole, if it is nothing else.
    pub fn only_hole(&self) -> Option<&Hole> {
        match self.parts.as_slice() {
            [Part::Hole(hole)] => Some(hole),
            _ => None,
        }
    }

    /// Every value that its holes name, those inside of others included.
    pub fn values(&self) -> Vec<&Value> {
        let mut all = Vec::new();
        for part in &self.parts {
            let Part::Hole(hole) = part else { continue };
            hole.value.collect(&mut all);
            for filter in &hole.filters {
                if let Filter::Or(value) = filter {
                    value.collect(&mut all);
                }
            }
        }
        all
    }
}

impl Value {
    /// Reads a value as it stands in a hole, or in the brackets of another one: `state.orders[path.id]`.
    pub fn read(text: &str) -> Result<Self, Mistake> {
        parse::value(text)
    }

    /// This one and those inside.
    pub fn all(&self) -> Vec<&Self> {
        let mut all = Vec::new();
        self.collect(&mut all);
        all
    }

    fn collect<'a>(&'a self, all: &mut Vec<&'a Self>) {
        all.push(self);
        if let Self::Body(steps) | Self::State(_, steps) = self {
            for step in steps {
                if let Step::Of(value) = step {
                    value.collect(all);
                }
            }
        }
    }
}
