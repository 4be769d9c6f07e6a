//! `reply`: status, headers and one body.

use super::{MOST_IN_A_STUB, Scope, StubFile};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::files;
use crate::scenario::model::stubs::{Answer, AnswerBody};
use crate::scenario::raw::stubs as raw;
use crate::scenario::resolve::Context;
use crate::scenario::tree::{At, Kind, Node};
use crate::units::shown;

/// Bytes of a file that is a body.
const MOST_BODY: u64 = 4 << 20;
/// Headers that the server writes itself.
const OURS: [&str; 5] = ["content-length", "transfer-encoding", "connection", "keep-alive", "upgrade"];

pub(super) fn answer(
    context: &mut Context<'_>,
    scope: &Scope<'_>,
    file: &StubFile,
    raw: Option<&raw::Reply>,
    tree: Option<&Node>,
) -> Answer {
    let Some(raw) = raw else { return Answer { status: 200, headers: Vec::new(), body: AnswerBody::Empty } };
    let status = raw.status.as_ref().map_or(200, |status| status.value);
    if let Some(written) = raw.status.as_ref().filter(|_| !(200..=599).contains(&status)) {
        let title = format!("`{status}` is no status of a reply");
        context.error(Diagnostic::at(written.place, title).label("from 200 to 599 is possible"));
    }
    let headers = headers(context, scope, raw);
    let bodies = [
        raw.json.as_ref().map(|json| ("json", json.place)),
        raw.text.as_ref().map(|text| ("text", text.place)),
        raw.file.as_ref().map(|file| ("file", file.place)),
    ];
    let given: Vec<_> = bodies.into_iter().flatten().collect();
    if let [(first, _), (second, place), ..] = given[..] {
        let title = format!("`{second}` stands beside `{first}`");
        context.error(Diagnostic::at(place, title).label("a reply has one body"));
    }
    if let (204 | 304, Some((_, place))) = (status, given.first()) {
        context.error(Diagnostic::at(*place, format!("a reply of status {status} has no body")));
    }
    let body = if let Some(node) = tree.and_then(|tree| tree.get("json")).filter(|_| raw.json.is_some()) {
        pasted(context, node);
        AnswerBody::Json(context.shape(scope, node))
    } else if let Some(text) = &raw.text {
        AnswerBody::Text(context.template(scope, text))
    } else if let Some(name) = &raw.file {
        from_file(context, file, name)
    } else {
        AnswerBody::Empty
    };
    Answer { status, headers, body }
}

/// JSON in quotes would be sent as a text: most likely somebody pasted it.
fn pasted(context: &mut Context<'_>, node: &Node) {
    if let Kind::Scalar(text) = &node.kind
        && text.trim_start().starts_with(['{', '['])
        && !text.trim_start().starts_with("{{")
    {
        let help = "JSON is YAML: write it without the quotes; or send it as `text:` with a content type of its own";
        context.error(Diagnostic::at(node.place, "this would be sent as a text in quotes").help(help));
    }
}

fn headers(
    context: &mut Context<'_>,
    scope: &Scope<'_>,
    raw: &raw::Reply,
) -> Vec<(String, crate::scenario::template::Template)> {
    let mut all = Vec::new();
    for (name, value) in &raw.headers.0 {
        let lower = name.value.to_ascii_lowercase();
        let token = |c: char| c.is_ascii_alphanumeric() || "-_.!#$%&'*+^`|~".contains(c);
        if lower.is_empty() || lower.len() > 64 || !lower.chars().all(token) {
            let title = format!("`{}` cannot be the name of a header", shown(&name.value));
            context.error(Diagnostic::at(name.place, title));
        }
        if OURS.contains(&lower.as_str()) {
            let title = format!("`{lower}` is written by the server itself");
            let help = "what is wrong with a connection is a fault: see `holdline faults transport`";
            context.error(Diagnostic::at(name.place, title).help(help));
        }
        all.push((lower, context.template(scope, value)));
    }
    if let Some((further, _)) = raw.headers.0.get(MOST_IN_A_STUB) {
        let label = format!("the limit is {MOST_IN_A_STUB}");
        context.error(Diagnostic::at(further.place, "too many headers").label(label));
    }
    all
}

fn from_file(context: &mut Context<'_>, file: &StubFile, name: &At<String>) -> AnswerBody {
    let before: usize = context.data.iter().map(String::len).sum();
    let path = files::below(context.folder, &file.folder, &name.value);
    let read = path.and_then(|path| files::read(&path, MOST_BODY)).and_then(|bytes| {
        let most = files::MOST_DATA;
        let fits = before as u64 + bytes.len() as u64 <= most;
        fits.then_some(bytes).ok_or_else(|| format!("the files of this scenario are more than {} MB", most >> 20))
    });
    match read {
        Ok(bytes) => {
            context.data.push(String::from_utf8_lossy(&bytes).into_owned());
            AnswerBody::File(bytes.into(), content_type(&name.value))
        }
        Err(title) => {
            context.error(Diagnostic::at(name.place, title));
            AnswerBody::Empty
        }
    }
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).as_deref() {
        Some("json") => "application/json; charset=utf-8",
        Some("xml") => "application/xml; charset=utf-8",
        Some("html" | "htm") => "text/html; charset=utf-8",
        Some("txt" | "md") => "text/plain; charset=utf-8",
        Some("csv") => "text/csv; charset=utf-8",
        Some("pdf") => "application/pdf",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        _ => "application/octet-stream",
    }
}
