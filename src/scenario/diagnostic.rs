//! Errors as rustc would show them: file, line, column, the offending line, what is possible, the nearest valid name.

use super::tree::{Place, Sources};
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use std::fmt;
use std::sync::Arc;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Nothing runs.
    Error,
    /// It runs, but somebody may have meant something else.
    Warning,
}

/// One thing that is wrong with a file or an argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in one line.
    pub title: String,
    /// Where; `None` if it is no matter of text (a file that cannot be read).
    pub place: Option<Place>,
    /// What stands under the caret; may be empty.
    pub label: String,
    /// What would be right, a line each.
    pub help: Vec<String>,
}

impl Diagnostic {
    /// An error without a place.
    pub fn error(title: impl Into<String>) -> Self {
        Self { severity: Severity::Error, title: title.into(), place: None, label: String::new(), help: Vec::new() }
    }
    /// An error at a place.
    pub fn at(place: Place, title: impl Into<String>) -> Self {
        Self { place: Some(place), ..Self::error(title) }
    }
    /// A warning at a place.
    pub fn warning(place: Place, title: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::at(place, title) }
    }
    /// What to write under the caret.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }
    /// One more line of what would be right; an empty one is left out.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        let help = help.into();
        if !help.is_empty() {
            self.help.push(help);
        }
        self
    }
    /// The text for people; with terminal colours if asked.
    pub fn render(&self, sources: &Sources, colour: bool) -> String {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let mut group = Group::with_title(level.primary_title(self.title.as_str()));
        let source = self.place.and_then(|place| Some((place, sources.get(place.source)?)));
        if let Some((place, source)) = source {
            let (start, text, first_line) = excerpt(&source.text, place.start as usize);
            let end = (place.end as usize).saturating_sub(place.start as usize) + start;
            let end = text.floor_char_boundary(end.min(text.len()).max(start));
            let mut mark = AnnotationKind::Primary.span(start..end);
            if !self.label.is_empty() {
                mark = mark.label(self.label.as_str());
            }
            group =
                group.element(Snippet::source(text).path(source.name.as_str()).line_start(first_line).annotation(mark));
        }
        let mut help = self.help.clone();
        if source.is_none() && !self.label.is_empty() {
            help.insert(0, self.label.clone());
        }
        for line in help {
            group = group.element(Level::HELP.no_name().message(line));
        }
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        renderer.render(&[group])
    }
}

/// The line around a byte (shortened if it is very long), the place of the byte in it, and its number.
fn excerpt(text: &str, at: usize) -> (usize, &str, usize) {
    const MOST: usize = 400;
    let at = text.floor_char_boundary(at.min(text.len()));
    let line_start = text[..at].rfind('\n').map_or(0, |n| n + 1);
    let line_end = text[at..].find('\n').map_or(text.len(), |n| at + n);
    let number = text[..line_start].bytes().filter(|b| *b == b'\n').count() + 1;
    // Columns are counted from the start of the line, so only its end is cut, unless the place lies too far out.
    let end = text.floor_char_boundary(line_end.min(at.saturating_add(MOST)));
    (at - line_start, &text[line_start..end], number)
}

/// All that is wrong, with the texts it speaks of.
#[derive(Clone, Debug)]
pub struct Diagnostics {
    /// What is wrong, in the order found; never empty.
    pub list: Vec<Diagnostic>,
    /// The texts.
    pub sources: Arc<Sources>,
}

impl Diagnostics {
    /// The text for people; with terminal colours if asked.
    pub fn render(&self, colour: bool) -> String {
        let texts: Vec<String> = self.list.iter().map(|one| one.render(&self.sources, colour)).collect();
        texts.join("\n\n")
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Diagnostics {}

/// A short list in words: `a, b, c`, at most a dozen.
pub fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const MOST: usize = 24;
    let names: Vec<&str> = names.into_iter().collect();
    match names.len() {
        0 => "none".to_owned(),
        n if n > MOST => format!("{} and {} more", names[..MOST].join(", "), n - MOST),
        _ => names.join(", "),
    }
}

/// The name that is nearest to a misspelt one, if any is near enough to be meant.
pub fn nearest<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wrong: Vec<char> = wrong.chars().take(64).flat_map(char::to_lowercase).collect();
    let near_enough = (wrong.len() / 3).max(1) + 1;
    names
        .into_iter()
        .map(|name| (distance(&wrong, &name.chars().take(64).collect::<Vec<char>>()), name))
        .filter(|(far, name)| *far <= near_enough && *far < name.chars().count())
        .min_by_key(|(far, _)| *far)
        .map(|(_, name)| name)
}

/// How many letters must be changed, added, removed or swapped with their neighbour.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let same = usize::from(a[i - 1] != b[j - 1]);
            row[j] = (last[j] + 1).min(row[j - 1] + 1).min(last[j - 1] + same);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

/// The lines of help for a name that is not known: the nearest one, if any.
pub fn did_you_mean<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    nearest(wrong, names).map_or_else(String::new, |name| format!("did you mean `{name}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found_and_a_far_one_is_not() {
        let teams = ["phones", "chats", "back-office"];
        assert_eq!(nearest("phone", teams), Some("phones"));
        assert_eq!(nearest("chast", teams), Some("chats"));
        assert_eq!(nearest("zebra", teams), None);
    }

    #[test]
    fn an_error_looks_like_one_of_rustc() {
        let mut sources = Sources::default();
        let text = "a: 1\nb: { team: phone }\n";
        let source = sources.add("x.yaml", text);
        let place = Place { source, start: 16, end: 21 };
        let shown = Diagnostic::at(place, "unknown team `phone`")
            .label("desk `retailer` has the teams phones, chats")
            .help("did you mean `phones`?")
            .render(&sources, false);
        insta::assert_snapshot!(shown, @r"
        error: unknown team `phone`
         --> x.yaml:2:12
          |
        2 | b: { team: phone }
          |            ^^^^^ desk `retailer` has the teams phones, chats
          |
          = did you mean `phones`?
        ");
        assert!(!shown.contains('\u{1b}'));
    }
}
