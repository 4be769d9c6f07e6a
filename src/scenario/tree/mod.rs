//! YAML as a tree in which everything knows its place: read within limits, merged (`extends`, `--set`, `--plan`), and only then
//! turned into the types of [`super::raw`], so that every error can point at the text that somebody wrote, in whichever file.

mod decode;
mod merge;
mod place;
mod read;

pub(crate) use decode::unit_error;
pub use decode::{At, decode};
pub use merge::{DISTRIBUTIONS, merge, set};
pub use place::{Place, Source, Sources};
pub use read::{read, read_value};

/// A piece of YAML and where it stands.
#[derive(Clone, Debug)]
pub struct Node {
    /// Where it stands.
    pub place: Place,
    /// What it is.
    pub kind: Kind,
}

/// What a piece of YAML is. A scalar is the text that the author wrote, not what a reader guessed.
#[derive(Clone, Debug)]
pub enum Kind {
    /// `null` or `~`: whatever stood here is removed.
    Null,
    /// Nothing was written.
    Empty,
    /// A text, a number, a truth value: what it is depends on who asks.
    Scalar(String),
    /// A list.
    List(Vec<Node>),
    /// A map in the order written.
    Map(Vec<Entry>),
}

/// One entry of a map.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its key.
    pub key: String,
    /// Where the key stands.
    pub key_place: Place,
    /// Its value.
    pub value: Node,
}

impl Node {
    /// The value of a key, if this is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        match &self.kind {
            Kind::Map(entries) => entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value),
            _ => None,
        }
    }
    /// The entry of a key, if this is a map that has it.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        match &self.kind {
            Kind::Map(entries) => entries.iter().find(|entry| entry.key == key),
            _ => None,
        }
    }
    /// Takes the entry of a key out of a map.
    pub fn take(&mut self, key: &str) -> Option<Entry> {
        match &mut self.kind {
            Kind::Map(entries) => {
                let at = entries.iter().position(|entry| entry.key == key)?;
                Some(entries.remove(at))
            }
            _ => None,
        }
    }
    /// The text, if this is a scalar.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar(text) => Some(text),
            _ => None,
        }
    }
    /// The `name` of a list item, if it has one.
    pub fn name(&self) -> Option<&str> {
        self.get("name").and_then(Node::text)
    }
    /// What it is, in a word, for messages.
    pub fn word(&self) -> &'static str {
        match self.kind {
            Kind::Null => "null",
            Kind::Empty => "nothing",
            Kind::Scalar(_) => "a single value",
            Kind::List(_) => "a list",
            Kind::Map(_) => "a map",
        }
    }
    /// What stands at a path: keys of maps, names of list items (or their number from 0).
    pub fn at_path(&self, path: &[&str]) -> Option<&Node> {
        let Some((first, rest)) = path.split_first() else { return Some(self) };
        let next = match &self.kind {
            Kind::Map(_) => self.get(first)?,
            Kind::List(items) => items
                .iter()
                .find(|item| item.name() == Some(first))
                .or_else(|| first.parse::<usize>().ok().and_then(|index| items.get(index)))?,
            _ => return None,
        };
        next.at_path(rest)
    }
}
