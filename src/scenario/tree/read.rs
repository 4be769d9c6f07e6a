//! From text to tree, within limits: nothing a file holds makes us use more memory or stack than these allow.

use super::{Entry, Kind, Node, Place};
use crate::scenario::diagnostic::Diagnostic;
use crate::units::shown;
use serde_yaml::granit_parser::{self, ErrorKind, Event, Parser, ScalarStyle, ScanError, StrInput, StructureStyle};
use std::collections::BTreeMap;

/// Lists and maps inside each other.
const MOST_DEPTH: usize = 32;
/// Values in one file, aliases written out.
const MOST_NODES: usize = 100_000;

/// Reads one YAML document from the text of a source. Warnings (a text that a `#` cut short) go to `warnings`.
pub fn read(source: u32, text: &str, warnings: &mut Vec<Diagnostic>) -> Result<Node, Box<Diagnostic>> {
    read_value(source, text, 0, warnings)
}

/// Reads one YAML document from a part of a source's text, beginning at the byte `from`.
pub fn read_value(
    source: u32,
    text: &str,
    from: usize,
    warnings: &mut Vec<Diagnostic>,
) -> Result<Node, Box<Diagnostic>> {
    let options = granit_parser::options! {
        emit_comments: false,
        disallow_directives: true,
        flow_nesting_limit: MOST_DEPTH + 1,
        block_nesting_limit: MOST_DEPTH + 1,
    };
    let parser = Parser::new_from_str_with_options(&text[from..], options);
    let mut reader = Reader { parser, source, text, from, nodes: 0, anchors: BTreeMap::new(), warnings };
    reader.document()
}

struct Reader<'a> {
    parser: Parser<'a, StrInput<'a>>,
    source: u32,
    text: &'a str,
    from: usize,
    nodes: usize,
    /// What each anchor stands for, with its depth and the number of values in it.
    anchors: BTreeMap<usize, (Node, usize, usize)>,
    warnings: &'a mut Vec<Diagnostic>,
}

type Read<T> = Result<T, Box<Diagnostic>>;

impl<'a> Reader<'a> {
    fn next(&mut self) -> Read<(Event<'a>, Place)> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => {
                let range = span.byte_range().unwrap_or(0..0);
                let place = self.place(range.start, range.end);
                Ok((event, place))
            }
            Some(Err(error)) => Err(Box::new(self.scan_error(&error))),
            None => Ok((Event::StreamEnd, self.place(self.text.len(), self.text.len()))),
        }
    }

    fn place(&self, start: usize, end: usize) -> Place {
        Place { source: self.source, start: (self.from + start) as u32, end: (self.from + end) as u32 }
    }

    fn document(&mut self) -> Read<Node> {
        loop {
            match self.next()? {
                (Event::StreamStart | Event::DocumentStart(..), _) => {}
                (Event::StreamEnd, place) => return Ok(Node { place, kind: Kind::Empty }),
                (event, place) => {
                    let root = self.node(event, place, 0)?.0;
                    self.nothing_more()?;
                    return Ok(root);
                }
            }
        }
    }

    fn nothing_more(&mut self) -> Read<()> {
        loop {
            match self.next()? {
                (Event::StreamEnd, _) => return Ok(()),
                (Event::DocumentEnd, _) => {}
                (_, place) => {
                    return Err(Box::new(
                        Diagnostic::at(place, "a second document in one file")
                            .help("one file holds one scenario, desk or plan"),
                    ));
                }
            }
        }
    }

    /// The node that an event begins, and how deep it is.
    fn node(&mut self, event: Event<'a>, place: Place, depth: usize) -> Read<(Node, usize)> {
        self.nodes += 1;
        if self.nodes > MOST_NODES {
            return Err(Box::new(too_many(place)));
        }
        let before = self.nodes;
        let (kind, anchor, below, place) = match event {
            Event::Alias(id) => return self.alias(id, place, depth),
            Event::Scalar(text, style, anchor, tag) => {
                self.no_tag(tag.is_some(), place)?;
                (self.scalar(&text, style, place), anchor, 0, place)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.no_tag(tag.is_some(), place)?;
                let (items, below, end) = self.list(place, depth)?;
                (Kind::List(items), anchor, below, Place { end, ..place })
            }
            Event::MappingStart(style, anchor, tag) => {
                self.no_tag(tag.is_some(), place)?;
                let (entries, below, end) = self.map(style, place, depth)?;
                (Kind::Map(entries), anchor, below, Place { end, ..place })
            }
            _ => return Err(Box::new(Diagnostic::at(place, "this is no YAML value"))),
        };
        let node = Node { place, kind };
        if anchor != 0 {
            self.anchors.insert(anchor, (node.clone(), below, self.nodes - before + 1));
        }
        Ok((node, below))
    }

    fn alias(&mut self, id: usize, place: Place, depth: usize) -> Read<(Node, usize)> {
        let Some((node, below, count)) = self.anchors.get(&id) else {
            return Err(Box::new(Diagnostic::at(place, "an alias inside of what it stands for")));
        };
        self.nodes += count;
        if self.nodes > MOST_NODES {
            let title = "the aliases of this file stand for too much";
            return Err(Box::new(
                Diagnostic::at(place, title)
                    .label("here the limit is passed")
                    .help(format!("the limit is {MOST_NODES} values in a file, aliases written out")),
            ));
        }
        if depth + below > MOST_DEPTH {
            return Err(Box::new(too_deep(place)));
        }
        Ok((node.clone(), *below))
    }

    fn list(&mut self, place: Place, depth: usize) -> Read<(Vec<Node>, usize, u32)> {
        if depth >= MOST_DEPTH {
            return Err(Box::new(too_deep(place)));
        }
        let (mut items, mut deepest) = (Vec::new(), 0);
        loop {
            let (event, at) = self.next()?;
            if matches!(event, Event::SequenceEnd) {
                return Ok((items, deepest + 1, at.end.max(place.end)));
            }
            let (item, below) = self.node(event, at, depth + 1)?;
            deepest = deepest.max(below);
            items.push(item);
        }
    }

    fn map(&mut self, style: StructureStyle, place: Place, depth: usize) -> Read<(Vec<Entry>, usize, u32)> {
        if depth >= MOST_DEPTH {
            return Err(Box::new(too_deep(place)));
        }
        let mut entries: Vec<Entry> = Vec::new();
        let mut seen: BTreeMap<String, Place> = BTreeMap::new();
        let mut deepest = 0;
        loop {
            let (event, key_place) = self.next()?;
            let key = match event {
                Event::MappingEnd => return Ok((entries, deepest + 1, key_place.end.max(place.end))),
                Event::Scalar(text, _, _, _) => text.into_owned(),
                _ => return Err(Box::new(Diagnostic::at(key_place, "a key must be a single word"))),
            };
            if key == "<<" {
                let help = "to take over another file, write `extends: other.yaml`";
                return Err(Box::new(Diagnostic::at(key_place, "merge keys are not part of the language").help(help)));
            }
            if seen.insert(key.clone(), key_place).is_some() {
                return Err(Box::new(
                    Diagnostic::at(key_place, format!("`{}` is written twice", shown(&key)))
                        .label("the same key stands above in this map")
                        .help("keep one of the two"),
                ));
            }
            let (event, at) = self.next()?;
            let (value, below) = self.node(event, at, depth + 1)?;
            if matches!(value.kind, Kind::Empty) {
                return Err(Box::new(self.no_value(style, &key, key_place, entries.last())));
            }
            deepest = deepest.max(below);
            entries.push(Entry { key, key_place, value });
        }
    }

    /// A key without a value: most often a comma in a text that should have been quoted, or a `#` that began a comment.
    fn no_value(&self, style: StructureStyle, key: &str, key_place: Place, before: Option<&Entry>) -> Diagnostic {
        let error = Diagnostic::at(key_place, format!("`{}` has no value", shown(key)));
        let after = self.text.get(key_place.end as usize..).unwrap_or_default();
        let line = after.lines().next().unwrap_or_default().trim_start_matches(':').trim_start();
        if line.starts_with('#') {
            return error
                .label("`#` begins a comment")
                .help(format!("if the `#` belongs to the text, quote it: \"{}\"", shown(line)));
        }
        match before.and_then(|entry| Some((&entry.key, entry.value.text()?))) {
            Some((name, text)) if style == StructureStyle::Flow => {
                error.label(format!("the comma before it ended the text of `{}`", shown(name))).help(format!(
                    "a text with a comma must be quoted: `{}: \"{}, {}\"`",
                    shown(name),
                    shown(text),
                    shown(key)
                ))
            }
            _ => error.help("write a value, `{}` for all defaults, or `null` to remove what an extended file says"),
        }
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, place: Place) -> Kind {
        if style != ScalarStyle::Plain {
            return Kind::Scalar(text.to_owned());
        }
        self.warn_of_comment(text, place);
        match text {
            // The parser hands out `~` for what is not there.
            _ if place.start == place.end => Kind::Empty,
            "null" | "~" => Kind::Null,
            _ => Kind::Scalar(text.to_owned()),
        }
    }

    /// `about: see issue #5` loses its end: say so, unless it looks like a comment (`# ` with a blank).
    fn warn_of_comment(&mut self, text: &str, place: Place) {
        let after = self.text.get(place.end as usize..).unwrap_or_default();
        let Some(rest) = after.strip_prefix(" #") else { return };
        let word_follows = rest.starts_with(|c: char| c.is_alphanumeric());
        if word_follows && !text.is_empty() {
            let start = place.end + 1;
            let at = Place { start, end: start + 1, ..place };
            self.warnings.push(
                Diagnostic::warning(at, "a `#` cuts this text short")
                    .label("everything from here on is a comment")
                    .help(
                        "if it belongs to the text, quote the whole text; if it is a comment, write `# ` with a blank",
                    ),
            );
        }
    }

    fn no_tag(&self, tagged: bool, place: Place) -> Read<()> {
        if tagged {
            Err(Box::new(Diagnostic::at(place, "YAML tags (`!…`) are not part of the language")))
        } else {
            Ok(())
        }
    }

    fn scan_error(&self, error: &ScanError) -> Diagnostic {
        let start = error.marker().byte_offset().unwrap_or(0).min(self.text.len() - self.from);
        let width = self.text[self.from + start..].chars().next().map_or(0, char::len_utf8);
        let place = self.place(start, start + width);
        let quote = "a text with `: `, `#` or a comma must be quoted: `about: \"one: two\"`";
        match error.kind() {
            ErrorKind::RecursionLimitExceeded => too_deep(place),
            ErrorKind::UnknownAnchor => Diagnostic::at(place, "an alias of something that is not defined above"),
            ErrorKind::InvalidSimpleKey | ErrorKind::SimpleKeyExpected | ErrorKind::ExpectedFlowMappingSeparator => {
                Diagnostic::at(place, "this is no valid YAML here: a text was taken for a key").help(quote)
            }
            ErrorKind::TabNotAllowed | ErrorKind::TabInBlockIndentation | ErrorKind::TabInIndentation => {
                Diagnostic::at(place, "a tab in the indentation").help("YAML is indented by blanks")
            }
            ErrorKind::DirectiveDisallowed => {
                Diagnostic::at(place, "a line that begins with `%`").help("a text that begins with `%` must be quoted")
            }
            _ if looks_nested(self.text, place) => {
                Diagnostic::at(place, "this is no valid YAML here: a text was taken for a key").help(quote)
            }
            _ => Diagnostic::at(place, format!("this is no valid YAML: {}", error.info())).help(quote),
        }
    }
}

/// Whether the line up to the place holds two `: `: a text with a colon that was not quoted.
fn looks_nested(text: &str, place: Place) -> bool {
    let before = text.get(..place.end as usize).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    line.matches(": ").count() + usize::from(line.ends_with(':')) > 1
}

fn too_deep(place: Place) -> Diagnostic {
    Diagnostic::at(place, "lists and maps are nested too deeply").help(format!("the limit is {MOST_DEPTH} levels"))
}

fn too_many(place: Place) -> Diagnostic {
    Diagnostic::at(place, "too many values in one file").help(format!("the limit is {MOST_NODES}"))
}
