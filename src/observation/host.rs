//! A host's name that fits into an observation.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// So many bytes of a name are kept: its end, which says whose it is.
const KEPT: usize = 46;

/// The name of a host, of a fixed size: observations are copied. A longer one begins with `~`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostName {
    length: u8,
    bytes: [u8; KEPT],
}

impl HostName {
    /// The name, or as much of its end as is kept. What is no plain ASCII becomes `?`.
    pub fn new(name: &str) -> Self {
        let plain = |c: char| if c.is_ascii_graphic() { c as u8 } else { b'?' };
        let all: Vec<u8> = name.chars().map(plain).collect();
        let mut bytes = [0; KEPT];
        let end = &all[all.len().saturating_sub(KEPT)..];
        bytes[..end.len()].copy_from_slice(end);
        if all.len() > KEPT {
            bytes[0] = b'~';
        }
        Self { length: end.len() as u8, bytes }
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        // Only ASCII is ever put in.
        std::str::from_utf8(&self.bytes[..usize::from(self.length)]).unwrap_or_default()
    }
}

impl fmt::Debug for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for HostName {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for HostName {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        if text.len() > KEPT { Err(D::Error::custom("a host's name is too long")) } else { Ok(Self::new(&text)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_keeps_its_end() {
        assert_eq!(HostName::new("huggingface.co").as_str(), "huggingface.co");
        let long = HostName::new(&format!("{}.example.com", "a".repeat(80)));
        assert!(long.as_str().starts_with('~') && long.as_str().ends_with("a.example.com"));
        assert_eq!(long.as_str().len(), KEPT);
        assert_eq!(HostName::new("ä b").as_str(), "??b");
    }

    #[test]
    fn a_name_is_a_text_in_the_journal() {
        let name = HostName::new("huggingface.co");
        let text = serde_json::to_string(&name).expect("it is text");
        assert_eq!((text.as_str(), serde_json::from_str(&text).ok()), (r#""huggingface.co""#, Some(name)));
        assert!(serde_json::from_str::<HostName>(&format!("{:?}", "x".repeat(90))).is_err());
    }
}
