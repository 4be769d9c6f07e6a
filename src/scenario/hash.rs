//! What a scenario is called by machines: a short hash of what it says, whatever its comments and layout.

use super::tree::{Kind, Node};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// The first twelve hex digits of the SHA-256 of the canonical text of trees and data.
pub(crate) fn hash(trees: &[&Node], data: &[String]) -> String {
    let mut text = String::new();
    for tree in trees {
        write_node(tree, &mut text);
        text.push('\n');
    }
    let mut sum = Sha256::new();
    sum.update(text.as_bytes());
    for data in data {
        sum.update(b"data\n");
        sum.update(data.as_bytes());
    }
    let mut hex = String::new();
    for byte in sum.finalize().iter().take(6) {
        let written = write!(hex, "{byte:02x}");
        debug_assert!(written.is_ok(), "writing to a text cannot fail");
    }
    hex
}

/// The canonical text: maps and lists in the order written (order gives the ids), every scalar quoted.
fn write_node(node: &Node, text: &mut String) {
    match &node.kind {
        Kind::Null | Kind::Empty => text.push_str("null"),
        Kind::Scalar(scalar) => write_scalar(scalar, text),
        Kind::List(items) => {
            text.push('[');
            for item in items {
                write_node(item, text);
                text.push(',');
            }
            text.push(']');
        }
        Kind::Map(entries) => {
            text.push('{');
            // What is null is not there.
            for entry in entries.iter().filter(|entry| !matches!(entry.value.kind, Kind::Null)) {
                write_scalar(&entry.key, text);
                text.push(':');
                write_node(&entry.value, text);
                text.push(',');
            }
            text.push('}');
        }
    }
}

fn write_scalar(scalar: &str, text: &mut String) {
    text.push('"');
    for c in scalar.chars() {
        if matches!(c, '"' | '\\') {
            text.push('\\');
        }
        text.push(c);
    }
    text.push('"');
}
