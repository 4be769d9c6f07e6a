//! Uploads: `multipart/form-data` that has come as a whole, taken apart within bounds.

use super::form;
use futures_util::{FutureExt as _, stream};
use hyper::HeaderMap;
use hyper::body::Bytes;
use std::convert::Infallible;

/// Parts of one upload.
const MAX_PARTS: usize = 64;

/// A part of an upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The field's name.
    pub name: String,
    /// The file's name, if it is a file.
    pub file: Option<String>,
    /// What it holds.
    pub data: Bytes,
}

impl Part {
    /// What it holds as text; bytes that are no UTF-8 become replacement characters.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.data).into_owned()
    }
}

/// The parts of a body, in order; `None` if it is no upload, or breaks off.
pub fn parts(headers: &HeaderMap, body: &Bytes) -> Option<Vec<Part>> {
    let boundary = multer::parse_boundary(form::header(headers, "content-type")?).ok()?;
    let whole = body.clone();
    let mut upload = multer::Multipart::new(stream::once(async move { Ok::<_, Infallible>(whole) }), boundary);
    let mut parts = Vec::new();
    // All of the body is here, so nothing is ever waited for.
    while let Some(field) = upload.next_field().now_or_never()?.ok()? {
        let name = field.name().unwrap_or_default().to_owned();
        let file = field.file_name().map(str::to_owned);
        let data = field.bytes().now_or_never()?.ok()?;
        if parts.len() >= MAX_PARTS {
            return None;
        }
        parts.push(Part { name, file, data });
    }
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(kind: &str, body: &[u8]) -> Option<Vec<Part>> {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", kind.parse().expect("a header"));
        parts(&headers, &Bytes::copy_from_slice(body))
    }

    const KIND: &str = "multipart/form-data; boundary=XX";

    #[test]
    fn fields_and_files_are_told_apart() {
        let body = b"--XX\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper-1\r\n\
            --XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\
            Content-Type: audio/wav\r\n\r\nRIFF\r\n\x00--X\r\n--XX--\r\n";
        let parts = read(KIND, body).expect("it is an upload");
        assert_eq!((parts[0].name.as_str(), parts[0].text().as_str()), ("model", "whisper-1"));
        assert_eq!((parts[0].file.as_deref(), parts[1].file.as_deref()), (None, Some("a.wav")));
        assert_eq!(&parts[1].data[..], b"RIFF\r\n\x00--X");
        assert_eq!(read(KIND, &body[..body.len() - 8]), None, "it breaks off");
        assert_eq!(read("application/json", body), None);
        let many = "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n".repeat(MAX_PARTS + 1);
        assert_eq!(read(KIND, format!("{many}--XX--\r\n").as_bytes()), None, "too many parts");
    }

    proptest! {
        #[test]
        fn any_bytes_are_taken_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300), tail in "(--XX\r\n|--XX--|\r\n|: ){0,6}") {
            let mut body = b"--XX\r\n".to_vec();
            body.extend(bytes);
            body.extend(tail.as_bytes());
            read(KIND, &body);
        }
    }
}
