//! Templates, and JSON with templates in it, as they stand in a stub file.

use super::{Scope, unknown_memory};
use crate::scenario::diagnostic::{Diagnostic, did_you_mean, listed};
use crate::scenario::model::stubs::{Memory, Shape};
use crate::scenario::resolve::Context;
use crate::scenario::template::{Mistake, Template, Value};
use crate::scenario::tree::{At, Kind, Node, Place, Sources};
use crate::units::shown;
use serde_json::Value as Json;

impl Context<'_> {
    /// A template; an empty one after an error.
    pub(super) fn template(&mut self, scope: &Scope<'_>, text: &At<String>) -> Template {
        match Template::read(&text.value) {
            Ok(template) => {
                self.check_values(scope, text.place, &text.value, &template.values());
                template
            }
            Err(mistake) => {
                let place = self.inside(text, mistake.at, mistake.length);
                self.mistake(place, mistake);
                Template::default()
            }
        }
    }

    /// Notes why a text is no template.
    pub(super) fn mistake(&mut self, place: Place, mistake: Mistake) {
        let error = Diagnostic::at(place, mistake.title);
        self.error(mistake.help.lines().fold(error, |error, line| error.help(line)));
    }

    /// JSON with templates in its texts. Nulls, numbers and truth values are what they are unless they are quoted.
    pub(super) fn shape(&mut self, scope: &Scope<'_>, node: &Node) -> Shape {
        match &node.kind {
            Kind::Null | Kind::Empty => Shape::Fixed(Json::Null),
            Kind::List(items) => Shape::List(items.iter().map(|item| self.shape(scope, item)).collect()),
            Kind::Map(entries) => {
                let pair = |entry: &crate::scenario::tree::Entry| (entry.key.clone(), self.shape(scope, &entry.value));
                Shape::Map(entries.iter().map(pair).collect())
            }
            Kind::Scalar(text) => match plain_scalar(&self.sources, node.place, text) {
                Json::String(text) => {
                    let template = self.template(scope, &At { value: text, place: node.place });
                    match template.plain() {
                        Some(text) => Shape::Fixed(Json::String(text.to_owned())),
                        None => Shape::Text(template),
                    }
                }
                other => Shape::Fixed(other),
            },
        }
    }

    /// Refuses values that can never be there: a segment that the path does not name, something that is not remembered.
    pub(super) fn check_values(&mut self, scope: &Scope<'_>, place: Place, text: &str, values: &[&Value]) {
        for value in values {
            match value {
                Value::Path(name) if !scope.segments.contains(name) => {
                    let names = || scope.segments.iter().map(String::as_str);
                    let place = self.found(place, text, &format!("path.{name}"));
                    let error = Diagnostic::at(place, format!("this stub's path names no `{}`", shown(name)));
                    let error = match scope.segments.is_empty() {
                        true => error.help(format!("write it as a segment of `path`: `/…/{{{}}}`", shown(name))),
                        false => error.label(format!("it names {}", listed(names()))).help(did_you_mean(name, names())),
                    };
                    self.error(error);
                }
                Value::State(name, steps) => match scope.remembers(name) {
                    None => {
                        let place = self.found(place, text, name);
                        self.error(unknown_memory(scope, place, name));
                    }
                    Some(Memory::Counter(_)) if !steps.is_empty() => {
                        let place = self.found(place, text, name);
                        let title = format!("`{}` is a counter: nothing stands in it", shown(name));
                        self.error(Diagnostic::at(place, title));
                    }
                    Some(_) => {}
                },
                _ => {}
            }
        }
    }

    /// The place of some bytes of a text as it is written; of the whole of it where escapes hide them.
    pub(super) fn inside(&self, text: &At<String>, at: usize, length: usize) -> Place {
        let written = self.sources.get(text.place.source).and_then(|source| {
            source.text.get(text.place.start as usize..text.place.end as usize)?.find(text.value.as_str())
        });
        match written {
            Some(offset) if !text.value.is_empty() => {
                let start = text.place.start + (offset + at) as u32;
                Place { start, end: start + length as u32, ..text.place }
            }
            _ => text.place,
        }
    }

    /// The place of a part of a text.
    fn found(&self, place: Place, text: &str, part: &str) -> Place {
        match text.find(part) {
            Some(at) => self.inside(&At { value: text.to_owned(), place }, at, part.len()),
            None => place,
        }
    }
}

/// JSON without templates.
pub(super) fn plain_json(sources: &Sources, node: &Node) -> Json {
    match &node.kind {
        Kind::Null | Kind::Empty => Json::Null,
        Kind::Scalar(text) => plain_scalar(sources, node.place, text),
        Kind::List(items) => items.iter().map(|item| plain_json(sources, item)).collect(),
        Kind::Map(entries) => {
            Json::Object(entries.iter().map(|entry| (entry.key.clone(), plain_json(sources, &entry.value))).collect())
        }
    }
}

/// A number or truth value if that is what stands there unquoted, else a text.
fn plain_scalar(sources: &Sources, place: Place, text: &str) -> Json {
    let written =
        sources.get(place.source).and_then(|source| source.text.get(place.start as usize..place.end as usize));
    let quoted = written.is_none_or(|written| written.trim_end() != text);
    match serde_json::from_str(text) {
        Ok(value @ (Json::Number(_) | Json::Bool(_))) if !quoted => value,
        _ => Json::String(text.to_owned()),
    }
}
