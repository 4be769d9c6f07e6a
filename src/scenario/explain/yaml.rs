//! Writing YAML for people: short things in one line, every default on a line of its own with its source behind it.

use std::fmt::Write;

/// A piece of YAML to be written.
#[derive(Clone, Debug)]
pub(super) enum Piece {
    /// A single value.
    Text(String),
    /// A list.
    List(Vec<Piece>),
    /// A map in order.
    Map(Vec<Line>),
}

/// One entry of a map.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) key: String,
    pub(super) value: Piece,
    /// The source of a default; `None` if it was written.
    pub(super) note: Option<String>,
    /// It is so, but cannot be written: the line is a comment.
    pub(super) only_said: bool,
}

/// The longest line that is written in one.
const WIDTH: usize = 100;

/// Writes a map.
pub(super) fn write(piece: &Piece) -> String {
    let mut text = String::new();
    match piece {
        Piece::Map(lines) => block_map(lines, 0, &mut text),
        _ => {
            text.push_str(&flow(piece));
            text.push('\n');
        }
    }
    text
}

fn block_map(lines: &[Line], indent: usize, text: &mut String) {
    for line in lines {
        let pad = " ".repeat(indent);
        if line.only_said {
            push(text, &format!("{pad}# {}: {}{}", line.key, plain(&line.value), note(line)));
            continue;
        }
        let head = format!("{pad}{}:", scalar(&line.key));
        value(&head, &line.value, &note(line), indent + 2, text);
    }
}

fn value(head: &str, piece: &Piece, note: &str, indent: usize, text: &mut String) {
    let one_line = flow(piece);
    let short = !marked(piece) && head.len() + one_line.len() < WIDTH;
    match piece {
        Piece::Map(lines) if !short && !lines.is_empty() => {
            push(text, &format!("{head}{note}"));
            block_map(lines, indent, text);
            // A map of nothing but comments would read as nothing.
            if lines.iter().all(|line| line.only_said) {
                push(text, &format!("{}{{}}", " ".repeat(indent)));
            }
        }
        Piece::List(items) if !short && !items.is_empty() => {
            push(text, &format!("{head}{note}"));
            for item in items {
                list_item(item, indent, text);
            }
        }
        _ => push(text, &format!("{head} {one_line}{note}")),
    }
}

/// One item of a list: its first line stands behind the dash.
fn list_item(item: &Piece, indent: usize, text: &mut String) {
    let pad = " ".repeat(indent);
    let mut inside = String::new();
    let short = !marked(item) && indent + flow(item).len() < WIDTH;
    match item {
        Piece::Map(lines) if !short && lines.first().is_some_and(|line| !line.only_said) => {
            block_map(lines, indent + 2, &mut inside);
            text.push_str(&format!("{pad}- {}", inside.trim_start_matches(' ')));
        }
        _ => value(&format!("{pad}-"), item, "", indent + 2, text),
    }
}

fn push(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

fn note(line: &Line) -> String {
    line.note.as_ref().map_or_else(String::new, |note| format!("   # {note}"))
}

/// Whether a default stands anywhere inside.
fn marked(piece: &Piece) -> bool {
    match piece {
        Piece::Text(_) => false,
        Piece::List(items) => items.iter().any(marked),
        Piece::Map(lines) => lines.iter().any(|line| line.note.is_some() || line.only_said || marked(&line.value)),
    }
}

fn flow(piece: &Piece) -> String {
    match piece {
        Piece::Text(text) => scalar(text),
        Piece::List(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<String>>().join(", ")),
        Piece::Map(lines) => {
            let written = lines.iter().filter(|line| !line.only_said);
            let entries: Vec<String> =
                written.map(|line| format!("{}: {}", scalar(&line.key), flow(&line.value))).collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

fn plain(piece: &Piece) -> String {
    match piece {
        Piece::Text(text) => text.clone(),
        _ => flow(piece),
    }
}

/// A scalar, quoted where YAML would read something else.
fn scalar(text: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '/' | '%' | '+' | '-' | ' ');
    let first = text.chars().next().is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '.' | '_'));
    let signed = text.strip_prefix('-').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    if (first || signed) && text.chars().all(safe) && !text.ends_with(' ') && text != "null" {
        return text.to_owned();
    }
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() => {
                let written = write!(quoted, "\\u{:04x}", u32::from(c));
                debug_assert!(written.is_ok(), "writing to a text cannot fail");
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
