//! Reading a template: one pass, no look-back, every list bounded.

use super::{FILTERS, Filter, Hole, MOST_HOLES, MOST_STEPS, MOST_TEXT, Mistake, Part, ROOTS, Step, Template, Value};
use crate::scenario::diagnostic::did_you_mean;
use crate::units::shown;

pub(super) fn template(text: &str) -> Result<Template, Mistake> {
    if text.len() > MOST_TEXT {
        let title = format!("this text is too long: the limit is {} KiB", MOST_TEXT / 1024);
        return Err(Mistake { at: 0, length: 1, title, help: "`file:` sends a longer one as it is".into() });
    }
    let (mut parts, mut holes, mut at) = (Vec::new(), 0, 0);
    while let Some(open) = text[at..].find("{{") {
        if open > 0 {
            parts.push(Part::Text(text[at..at + open].to_owned()));
        }
        holes += 1;
        let mut reader = Reader { text, at: at + open + 2, deep: 0 };
        if holes > MOST_HOLES {
            return Err(reader.mistake(format!("more than {MOST_HOLES} holes in one text"), ""));
        }
        parts.push(Part::Hole(reader.hole(at + open)?));
        at = reader.at;
    }
    if at < text.len() {
        parts.push(Part::Text(text[at..].to_owned()));
    }
    Ok(Template { parts })
}

pub(super) fn value(text: &str) -> Result<Value, Mistake> {
    let mut reader = Reader { text, at: 0, deep: 0 };
    if text.len() > MOST_TEXT {
        return Err(reader.mistake("this is too long for a value", ""));
    }
    let value = reader.value()?;
    reader.skip_blanks();
    if reader.at < text.len() {
        return Err(reader.mistake("this value ends before its text does", HOW));
    }
    Ok(value)
}

const HOW: &str =
    "a value is a word with steps, as in `path.id`, `body.items.0.sku` or `state.orders[path.id]`, or a \"text\"";

struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// Values around the one that is read.
    deep: usize,
}

type Read<T> = Result<T, Mistake>;

impl<'a> Reader<'a> {
    fn mistake(&self, title: impl Into<String>, help: impl Into<String>) -> Mistake {
        let length = self.rest().chars().next().map_or(0, char::len_utf8);
        Mistake { at: self.at, length, title: title.into(), help: help.into() }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn takes(&mut self, token: &str) -> bool {
        self.skip_blanks();
        let there = self.rest().starts_with(token);
        self.at += if there { token.len() } else { 0 };
        there
    }

    /// From behind `{{`, which stands at `open`.
    fn hole(&mut self, open: usize) -> Read<Hole> {
        let value = self.value()?;
        let mut filters = Vec::new();
        while self.takes("|") {
            if filters.len() == MOST_STEPS {
                return Err(self.mistake(format!("more than {MOST_STEPS} filters"), ""));
            }
            filters.push(self.filter()?);
        }
        if self.takes("}}") {
            return Ok(Hole { value, filters });
        }
        if self.rest().is_empty() {
            let title = "this `{{` has no `}}`";
            let help = "to write two braces as they are: {{\"{{\"}}";
            return Err(Mistake { at: open, length: 2, title: title.into(), help: help.into() });
        }
        Err(self.mistake("`}}` or `|` is wanted here", HOW))
    }

    fn filter(&mut self) -> Read<Filter> {
        self.skip_blanks();
        let at = self.at;
        match self.word() {
            Some("number") => Ok(Filter::Number),
            Some("text") => Ok(Filter::Text),
            Some("or") => self.value().map(Filter::Or),
            other => {
                let word = other.unwrap_or_default().to_owned();
                let title = format!("`{}` is no filter", shown(&word));
                let guess = did_you_mean(&word, FILTERS);
                let help = format!("the filters are {}\n{guess}", FILTERS.join(", "));
                Err(Mistake { at, length: word.len().max(1), title, help: help.trim_end().to_owned() })
            }
        }
    }

    fn value(&mut self) -> Read<Value> {
        if self.deep == MOST_STEPS {
            return Err(self.mistake("values are nested too deeply", format!("the limit is {MOST_STEPS}")));
        }
        self.deep += 1;
        self.skip_blanks();
        let value = if self.rest().starts_with('"') { self.literal().map(Value::Literal) } else { self.named() };
        self.deep -= 1;
        value
    }

    /// A text between quotes. There are no escapes in it.
    fn literal(&mut self) -> Read<String> {
        let Some(end) = self.rest()[1..].find('"') else {
            return Err(self.mistake("this text has no end", "a text stands between two `\"`"));
        };
        let text = self.rest()[1..=end].to_owned();
        self.at += end + 2;
        Ok(text)
    }

    fn named(&mut self) -> Read<Value> {
        let at = self.at;
        let Some(root) = self.word().map(str::to_owned) else {
            return Err(self.mistake("a value is wanted here", HOW));
        };
        let wrong = |title: String, help: String| Mistake { at, length: root.len(), title, help };
        let steps = self.steps()?;
        let one = || match steps.as_slice() {
            [Step::Key(name)] => Ok(name.clone()),
            _ => Err(wrong(format!("`{root}` needs one name"), format!("as in `{root}.id`"))),
        };
        let alone = |value: Value| match steps.as_slice() {
            [] => Ok(value),
            _ => Err(wrong(format!("nothing stands in `{root}`"), format!("write `{{{{{root}}}}}`"))),
        };
        match root.as_str() {
            "path" => one().map(Value::Path),
            "query" => one().map(Value::Query),
            "header" => one().map(|name| Value::Header(name.to_ascii_lowercase())),
            "body" => Ok(Value::Body(steps)),
            "state" => match steps.split_first() {
                Some((Step::Key(name), rest)) => Ok(Value::State(name.clone(), rest.to_vec())),
                _ => Err(wrong("`state` needs a name".into(), "as in `state.orders[path.id]`".into())),
            },
            "uuid" => alone(Value::Uuid),
            "now" => alone(Value::Now),
            "unix" => alone(Value::Unix),
            "origin" => alone(Value::Origin),
            word => {
                let help = format!("a value begins with {}\n{}", ROOTS.join(", "), did_you_mean(word, ROOTS));
                Err(wrong(format!("`{}` is no value", shown(word)), help.trim_end().to_owned()))
            }
        }
    }

    fn steps(&mut self) -> Read<Vec<Step>> {
        let mut steps = Vec::new();
        loop {
            if steps.len() == MOST_STEPS {
                return Err(self.mistake(format!("more than {MOST_STEPS} steps"), ""));
            }
            if self.rest().starts_with('.') {
                self.at += 1;
                let Some(word) = self.word().map(str::to_owned) else {
                    return Err(
                        self.mistake("a name is wanted here", "another name stands in brackets: `body[\"a b\"]`")
                    );
                };
                steps.push(Step::Key(word));
            } else if self.rest().starts_with('[') {
                self.at += 1;
                let value = self.value()?;
                if !self.takes("]") {
                    return Err(self.mistake("`]` is wanted here", HOW));
                }
                steps.push(match value {
                    Value::Literal(key) => Step::Key(key),
                    value => Step::Of(value),
                });
            } else {
                return Ok(steps);
            }
        }
    }

    /// Letters, digits, `_` and `-`.
    fn word(&mut self) -> Option<&'a str> {
        let rest = &self.text[self.at..];
        let end = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-'))).unwrap_or(rest.len());
        self.at += end;
        (end > 0).then(|| &rest[..end])
    }
}
