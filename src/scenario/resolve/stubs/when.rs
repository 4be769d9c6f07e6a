//! `when`: which requests a stub is for.

use super::{MOST_IN_A_STUB, Scope};
use crate::scenario::diagnostic::{Diagnostic, did_you_mean, listed};
use crate::scenario::model::stubs::{PathPattern, Segment, Want, When};
use crate::scenario::raw::{Named, stubs as raw};
use crate::scenario::resolve::Context;
use crate::scenario::template::Value;
use crate::scenario::tree::At;
use crate::units::shown;

/// Characters of a pattern.
const MOST_PATTERN: usize = 256;
/// Methods that a stub can be for.
const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

pub(super) fn when(context: &mut Context<'_>, scope: &Scope<'_>, raw: &raw::When) -> When {
    let body = raw.body.clone().unwrap_or_default();
    let like = body.like.as_ref().map(|like| pattern(context, like));
    When {
        method: raw.method.as_ref().map(|method| self::method(context, method)),
        path: None,
        query: wants(context, &raw.query, str::to_owned),
        headers: wants(context, &raw.headers, str::to_ascii_lowercase),
        body: Want { is: body.is, contains: body.contains, like, present: None },
        json: pointers(context, &body.json),
        form: wants(context, &body.form, str::to_owned),
        state: state(context, scope, &raw.state),
        story: raw.story.as_ref().map(|story| story.value.clone()),
    }
}

fn method(context: &mut Context<'_>, method: &At<String>) -> String {
    let upper = method.value.to_ascii_uppercase();
    if !METHODS.contains(&upper.as_str()) {
        let title = format!("`{}` is no method", shown(&method.value));
        let label = format!("the methods are {}", listed(METHODS));
        context.error(Diagnostic::at(method.place, title).label(label).help(did_you_mean(&upper, METHODS)));
    }
    upper
}

/// A path as it is written: `/orders/{id}/*`.
pub(super) fn path(context: &mut Context<'_>, path: &At<String>) -> PathPattern {
    let mut pattern = PathPattern::default();
    let mut wrong = |title: &str, help: &str| {
        context.error(Diagnostic::at(path.place, title).help(help));
    };
    let how = "as in `/orders/{id}`; `*` is any one segment, `**` at the end any further ones";
    let Some(rest) = path.value.strip_prefix('/') else {
        wrong("a path begins with `/`", how);
        return pattern;
    };
    if path.value.contains(['?', '#']) || path.value.chars().any(|c| c.is_whitespace() || c.is_control()) {
        wrong("this is more than a path", "the fields of a query stand under `query:`");
        return pattern;
    }
    let parts: Vec<&str> = rest.split('/').filter(|part| !part.is_empty()).collect();
    if parts.len() > MOST_IN_A_STUB {
        wrong("this path has too many segments", "the limit is 100");
        return pattern;
    }
    for (index, part) in parts.iter().enumerate() {
        let inside = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
        pattern.parts.push(match (*part, inside) {
            ("**", _) if index + 1 == parts.len() => {
                pattern.open = true;
                break;
            }
            ("*", _) => Segment::Any,
            (_, Some(name)) if is_word(name) => {
                let segment = Segment::Named(name.to_owned());
                if pattern.parts.contains(&segment) {
                    wrong(&format!("two segments are named `{name}`"), "give one of them another name");
                }
                segment
            }
            (part, None) if !part.contains(['{', '}', '*']) => Segment::Is(part.to_owned()),
            (part, _) => {
                wrong(&format!("`{}` is no segment of a path", shown(part)), how);
                Segment::Any
            }
        });
    }
    pattern
}

fn is_word(name: &str) -> bool {
    !name.is_empty() && name.len() <= 64 && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
}

fn wants(context: &mut Context<'_>, raw: &Named<At<raw::Want>>, name: fn(&str) -> String) -> Vec<(String, Want)> {
    too_many(context, raw);
    raw.0.iter().map(|(key, value)| (name(&key.value), want(context, value))).collect()
}

fn too_many(context: &mut Context<'_>, raw: &Named<At<raw::Want>>) {
    if let Some((further, _)) = raw.0.get(MOST_IN_A_STUB) {
        let label = format!("the limit is {MOST_IN_A_STUB}");
        context.error(Diagnostic::at(further.place, "too many conditions").label(label));
    }
}

fn want(context: &mut Context<'_>, raw: &At<raw::Want>) -> Want {
    let raw::WantMap { is, contains, like, present } = &raw.value.0;
    let like = like.as_ref().map(|like| pattern(context, like));
    let want = Want { is: is.clone(), contains: contains.clone(), like, present: *present };
    if want == Want::default() {
        let help = "write a text, or one of is, contains, like, present";
        context.error(Diagnostic::at(raw.place, "nothing is wanted here").help(help));
    }
    let more = want.is.is_some() || want.contains.is_some() || want.like.is_some();
    if want.present == Some(false) && more {
        context.error(Diagnostic::at(raw.place, "what is not there cannot be like this"));
    }
    want
}

fn pattern(context: &mut Context<'_>, like: &At<String>) -> String {
    if like.value.chars().count() > MOST_PATTERN {
        let label = format!("the limit is {MOST_PATTERN} characters");
        context.error(Diagnostic::at(like.place, "this pattern is too long").label(label));
    }
    like.value.clone()
}

fn pointers(context: &mut Context<'_>, raw: &Named<At<raw::Want>>) -> Vec<(String, Want)> {
    for (pointer, _) in &raw.0 {
        if !pointer.value.is_empty() && !pointer.value.starts_with('/') {
            let title = format!("`{}` is no JSON pointer", shown(&pointer.value));
            let help = format!("it begins with `/`: `/{}`", shown(&pointer.value.replace('.', "/")));
            context.error(Diagnostic::at(pointer.place, title).help(help));
        }
    }
    wants(context, raw, str::to_owned)
}

/// What stands behind `state.` in a template, as a condition.
fn state(context: &mut Context<'_>, scope: &Scope<'_>, raw: &Named<At<raw::Want>>) -> Vec<(Value, Want)> {
    const BEFORE: &str = "state.";
    too_many(context, raw);
    let mut all = Vec::new();
    for (key, value) in &raw.0 {
        let want = want(context, value);
        match Value::read(&format!("{BEFORE}{}", key.value)) {
            Ok(value) => {
                context.check_values(scope, key.place, &key.value, &value.all());
                all.push((value, want));
            }
            Err(mistake) => {
                let at = mistake.at.saturating_sub(BEFORE.len()).min(key.value.len());
                let place = context.inside(key, at, mistake.length);
                context.mistake(place, mistake);
            }
        }
    }
    all
}
