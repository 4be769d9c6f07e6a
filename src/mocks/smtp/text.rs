//! What a person reads of a mail: its subject and its text, whatever they were encoded in. Lenient, bounded, never a panic.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

/// Parts within parts that are looked into.
const DEPTH: usize = 5;
/// Parts of one mail that are read.
const PARTS: usize = 50;

/// The longest boundary between parts (RFC 2046, 5.1.1), in bytes.
const BOUNDARY: usize = 70;

/// Subject and text.
pub(super) fn of(mail: &[u8]) -> String {
    let (head, _) = halves(mail);
    let mut text = decoded_words(&field(head, "subject").unwrap_or_default());
    let mut parts = PARTS;
    read(mail, DEPTH, &mut parts, &mut text);
    text
}

fn read(part: &[u8], depth: usize, parts: &mut usize, text: &mut String) {
    let Some(left) = parts.checked_sub(1) else { return };
    *parts = left;
    let (head, body) = halves(part);
    let kind = field(head, "content-type").unwrap_or_default();
    if let Some(boundary) = parameter(&kind, "boundary").filter(|boundary| depth > 0 && boundary.len() <= BOUNDARY) {
        split(body, format!("--{boundary}").as_bytes()).for_each(|one| read(one, depth - 1, parts, text));
        return;
    }
    let lower = kind.to_ascii_lowercase();
    if !lower.is_empty() && !lower.starts_with("text/") {
        return;
    }
    let coding = field(head, "content-transfer-encoding").unwrap_or_default().trim().to_ascii_lowercase();
    let bytes = match coding.as_str() {
        "base64" => {
            let packed: Vec<u8> = body.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
            BASE64.decode(packed).unwrap_or_default()
        }
        "quoted-printable" => unquoted(body, false),
        _ => body.to_vec(),
    };
    text.push('\n');
    text.push_str(&worded(&bytes, &parameter(&kind, "charset").unwrap_or_default()));
}

/// Head and body, parted by the first empty line.
fn halves(part: &[u8]) -> (&[u8], &[u8]) {
    let crlf = find(part, b"\r\n\r\n").map(|at| (at + 2, at + 4));
    let lf = find(part, b"\n\n").map(|at| (at + 1, at + 2));
    let first = [crlf, lf].into_iter().flatten().min();
    match first {
        _ if part.starts_with(b"\r\n") => (&[], &part[2..]),
        Some((end, begin)) => (&part[..end], &part[begin..]),
        None => (part, &[]),
    }
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

/// The value of a header, its folded lines joined.
fn field(head: &[u8], name: &str) -> Option<String> {
    let head = String::from_utf8_lossy(head);
    let mut lines = head
        .lines()
        .skip_while(|line| line.split_once(':').is_none_or(|(known, _)| !known.trim_end().eq_ignore_ascii_case(name)));
    let mut value = lines.next()?.split_once(':')?.1.trim().to_owned();
    for folded in lines.take_while(|line| line.starts_with([' ', '\t'])) {
        value.push(' ');
        value.push_str(folded.trim());
    }
    Some(value)
}

/// A parameter of a header's value: `boundary="x"`.
fn parameter(value: &str, name: &str) -> Option<String> {
    value.split(';').skip(1).find_map(|one| {
        let (known, value) = one.split_once('=')?;
        known.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"').to_owned())
    })
}

/// The parts between lines that begin with the mark.
fn split<'a>(body: &'a [u8], mark: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    let mut rest = find(body, mark).map(|at| &body[at + mark.len()..]);
    std::iter::from_fn(move || {
        let all = rest.take()?;
        if all.starts_with(b"--") {
            return None;
        }
        let end = find(all, mark)?;
        rest = Some(&all[end + mark.len()..]);
        let part = &all[..end];
        // What follows on the mark's own line is none of the part.
        let begin = part.iter().position(|byte| *byte == b'\n').map_or(part.len(), |at| at + 1);
        Some(&part[begin..])
    })
}

/// Quoted-printable; in headers an underscore is a blank.
fn unquoted(text: &[u8], header: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let two = text.get(at + 1..at + 3);
        let hex = two.and_then(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok());
        match (byte, two, hex) {
            (b'=', Some(b"\r\n"), _) => at += 3,
            (b'=', Some([b'\n', _]), _) => at += 2,
            (b'=', _, Some(value)) => {
                out.push(value);
                at += 3;
            }
            (b'_', ..) if header => {
                out.push(b' ');
                at += 1;
            }
            _ => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    out
}

/// `=?utf-8?b?…?=` and `=?utf-8?q?…?=` in a header, put in their place.
fn decoded_words(value: &str) -> String {
    let mut out = String::new();
    let mut rest = value;
    while let Some((before, word)) = rest.split_once("=?") {
        let mut parts = word.splitn(3, '?');
        let (charset, coding, tail) = (parts.next(), parts.next(), parts.next());
        let found = tail.and_then(|tail| tail.split_once("?="));
        let (Some(charset), Some(coding), Some((text, after))) = (charset, coding, found) else { break };
        let bytes = match coding {
            "b" | "B" => BASE64.decode(text).unwrap_or_default(),
            _ => unquoted(text.as_bytes(), true),
        };
        // Blanks between two such words belong to none.
        if !before.trim().is_empty() || out.is_empty() {
            out.push_str(before);
        }
        out.push_str(&worded(&bytes, charset));
        rest = after;
    }
    out + rest
}

/// Bytes as text: Latin-1 where it is said, else UTF-8.
fn worded(bytes: &[u8], charset: &str) -> String {
    match charset.to_ascii_lowercase().as_str() {
        "iso-8859-1" | "latin1" | "windows-1252" => bytes.iter().map(|byte| char::from(*byte)).collect(),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_encoding_is_read() {
        let plain = "Subject: Order HL-1\r\nTo: a@b\r\n\r\nHello\r\n";
        assert_eq!(of(plain.as_bytes()), "Order HL-1\nHello\r\n");
        let coded = "Subject: =?utf-8?b?R3LDvMOfZQ==?=\r\n =?utf-8?q?_an_dich?=\r\nContent-Type: text/plain; charset=\"utf-8\"\r\n\
                     Content-Transfer-Encoding: base64\r\n\r\nSMOkbGxv\r\n";
        assert_eq!(of(coded.as_bytes()), "Grüße an dich\nHällo");
        let quoted = "Content-Transfer-Encoding: quoted-printable\n\nH=C3=A4l=\nlo =\r\nyou = 3";
        assert_eq!(of(quoted.as_bytes()), "\nHällo you = 3");
    }

    #[test]
    fn the_texts_of_all_parts_are_read_and_nothing_else() {
        let mail = "Content-Type: multipart/mixed; boundary=\"x\"\r\n\r\npreamble\r\n--x\r\n\
            Content-Type: multipart/alternative;\r\n boundary=y\r\n\r\n--y\r\n\r\nplain\r\n--y\r\nContent-Type: text/html\r\n\r\n\
            <p>html</p>\r\n--y--\r\n--x\r\nContent-Type: image/png\r\n\r\nPNG\r\n--x--\r\n";
        let text = of(mail.as_bytes());
        assert!(text.contains("plain") && text.contains("<p>html</p>"), "{text}");
        assert!(!text.contains("PNG") && !text.contains("preamble"), "{text}");
    }

    proptest! {
        #[test]
        fn nothing_breaks_it(bytes in proptest::collection::vec(any::<u8>(), 0..300), text in "[-=?:;xb\"/ \r\n]{0,120}") {
            of(&bytes);
            of(format!("Content-Type: multipart/x; boundary=x\r\nSubject: {text}\r\n\r\n{text}--x{text}").as_bytes());
        }
    }
}
