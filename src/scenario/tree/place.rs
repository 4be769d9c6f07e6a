//! Where a piece of text stands: the file and the bytes.

use std::sync::Arc;

/// A stretch of bytes in one of the sources.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Which source, by its number in [`Sources`].
    pub source: u32,
    /// The first byte.
    pub start: u32,
    /// The first byte after it.
    pub end: u32,
}

/// A text that was read: a file or a command line argument.
#[derive(Clone, Debug)]
pub struct Source {
    /// How people know it: the path as given, or `--set`.
    pub name: String,
    /// Its text.
    pub text: Arc<str>,
}

/// Every text that was read for one scenario, in order of reading.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    list: Vec<Source>,
}

impl Sources {
    /// Adds a text; its number.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<Arc<str>>) -> u32 {
        self.list.push(Source { name: name.into(), text: text.into() });
        (self.list.len() - 1) as u32
    }
    /// The source of a number.
    pub fn get(&self, number: u32) -> Option<&Source> {
        self.list.get(number as usize)
    }
    /// All of them, in order of reading.
    pub fn iter(&self) -> impl Iterator<Item = &Source> {
        self.list.iter()
    }
    /// File, line and column (both from 1; columns count characters) of a place.
    pub fn line_and_column(&self, place: Place) -> Option<(&str, usize, usize)> {
        let source = self.get(place.source)?;
        let before = source.text.get(..place.start as usize)?;
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
        Some((&source.name, line, before[line_start..].chars().count() + 1))
    }
}
