//! The text of a mail as it comes over the wire: until a line of a dot alone, with the dots that were doubled undone.
//! Only CRLF ends a line (RFC 5321, section 2.3.8), so that nobody smuggles a second mail in behind a bare LF.

/// Where in a line the next byte stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// At its beginning.
    Start,
    /// Behind a dot at its beginning.
    Dot,
    /// Behind a dot at its beginning and a CR.
    DotCr,
    /// Behind a CR.
    Cr,
    /// Anywhere else.
    Middle,
}

/// A mail's text on its way in.
#[derive(Debug)]
pub(super) struct Body {
    /// What has come, as long as it is within the bound.
    pub(super) data: Vec<u8>,
    /// How much has come.
    pub(super) size: u64,
    most: u64,
    at: At,
}

impl Body {
    /// Nothing yet; at most so many bytes are kept.
    pub(super) fn new(most: u64) -> Self {
        Self { data: Vec::new(), size: 0, most, at: At::Start }
    }

    /// Whether more came than is kept.
    pub(super) fn is_too_large(&self) -> bool {
        self.size > self.most
    }

    /// Takes bytes; at the end of the text gives how many of them belonged to it.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Option<usize> {
        for (index, byte) in bytes.iter().enumerate() {
            self.at = match (self.at, byte) {
                (At::Start, b'.') => At::Dot,
                (At::Dot, b'\r') => At::DotCr,
                (At::DotCr, b'\n') => return Some(index + 1),
                (At::DotCr, _) => {
                    self.keep(b'\r');
                    self.after(*byte, true)
                }
                (at, _) => self.after(*byte, at == At::Cr),
            };
        }
        None
    }

    fn after(&mut self, byte: u8, behind_cr: bool) -> At {
        self.keep(byte);
        match byte {
            b'\r' => At::Cr,
            b'\n' if behind_cr => At::Start,
            _ => At::Middle,
        }
    }

    fn keep(&mut self, byte: u8) {
        self.size += 1;
        if self.size <= self.most {
            self.data.push(byte);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(wire: &[u8]) -> Option<(Vec<u8>, usize)> {
        let mut body = Body::new(10_000);
        body.take(wire).map(|end| (body.data, end))
    }

    #[test]
    fn only_a_dot_on_a_line_of_crlf_ends_it() {
        assert_eq!(read(b".\r\n"), Some((vec![], 3)));
        assert_eq!(read(b"a\r\n.\r\nQUIT\r\n"), Some((b"a\r\n".to_vec(), 6)));
        assert_eq!(read(b"..a\r\n.\r\n"), Some((b".a\r\n".to_vec(), 8)));
        for smuggled in ["a\n.\nMAIL FROM:<x>", "a\n.\r\nMAIL", "a\r\n.\nMAIL", "a\r.\r\nMAIL", "a\r\n.\rMAIL"] {
            assert_eq!(read(smuggled.as_bytes()), None, "{smuggled:?}");
        }
    }

    #[test]
    fn what_is_too_large_is_counted_and_not_kept() {
        let mut body = Body::new(4);
        assert_eq!(body.take(b"abcdefgh\r\n.\r\n"), Some(13));
        assert_eq!((body.data.as_slice(), body.size, body.is_too_large()), (b"abcd".as_slice(), 10, true));
    }

    proptest! {
        #[test]
        fn any_bytes_end_or_go_on(bytes in proptest::collection::vec(any::<u8>(), 0..200), ends in "(\r|\n|\\.|a){0,30}") {
            for bytes in [bytes.as_slice(), ends.as_bytes()] {
                let mut body = Body::new(20);
                let taken = body.take(bytes);
                prop_assert!(taken.is_none_or(|taken| taken <= bytes.len()) && body.data.len() <= 20);
            }
        }

        /// Whatever is written, with its dots doubled, is read again, in pieces of any size.
        #[test]
        fn dots_come_and_go(text in "[a.\r\n]{0,60}", piece in 1usize..7) {
            let text = text.replace('\r', "").replace('\n', "\r\n") + "\r\n";
            let stuffed: String = text.split_inclusive("\r\n")
                .map(|line| if line.starts_with('.') { format!(".{line}") } else { line.to_owned() })
                .collect::<String>() + ".\r\nrest";
            let (mut body, mut end) = (Body::new(1_000), None);
            for (at, bytes) in stuffed.as_bytes().chunks(piece).enumerate() {
                if let Some(taken) = body.take(bytes) {
                    end = Some(at * piece + taken);
                    break;
                }
            }
            prop_assert_eq!(end, Some(stuffed.len() - 4));
            prop_assert_eq!(String::from_utf8(body.data).expect("it was text"), text);
        }
    }
}
