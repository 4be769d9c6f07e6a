//! Addresses in a document, and how they resolve against the document's own.

/// An address and how it is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Absolute or relative.
    pub url: String,
    /// By POST, else by GET.
    pub post: bool,
}

impl Link {
    /// This link as seen from the document at `base`.
    pub fn from(&self, base: &str) -> Self {
        Self { url: resolve(base, &self.url), post: self.post }
    }
}

/// An address without its fragment, in which Twilio takes overrides of its connection.
pub fn without_fragment(url: &str) -> &str {
    url.split_once('#').map_or(url, |(url, _)| url)
}

/// Host and port of an address, as they are written.
pub(super) fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    authority.rsplit_once('@').map_or(authority, |(_, host)| host)
}

/// An address without the name and password in it, as frameworks see it that check its signature.
pub(super) fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let host = rest[..end].rfind('@').map_or(0, |at| at + 1);
    format!("{scheme}://{}", &rest[host..])
}

/// A reference as seen from an absolute address.
pub fn resolve(base: &str, reference: &str) -> String {
    let reference = reference.trim();
    let base = without_fragment(base);
    if reference.is_empty() {
        return base.to_owned();
    }
    let scheme_end = base.find("://").map_or(0, |at| at + 3);
    let reference_scheme = reference.find("://").unwrap_or(usize::MAX);
    if reference_scheme < reference.find(['/', '?', '#']).unwrap_or(usize::MAX) {
        return reference.to_owned();
    }
    if let Some(rest) = reference.strip_prefix("//") {
        return format!("{}{rest}", &base[..scheme_end]);
    }
    let path_start = base[scheme_end..].find(['/', '?']).map_or(base.len(), |at| scheme_end + at);
    let path_end = base[path_start..].find('?').map_or(base.len(), |at| path_start + at);
    if reference.starts_with('?') || reference.starts_with('#') {
        return format!("{}{reference}", &base[..path_end]);
    }
    let (path, query) = reference.find(['?', '#']).map_or((reference, ""), |at| reference.split_at(at));
    let folder = base[path_start..path_end].rfind('/').map_or("", |at| &base[path_start..path_start + at]);
    let joined = if path.starts_with('/') { path.to_owned() } else { format!("{folder}/{path}") };
    format!("{}{}{query}", &base[..path_start], without_dots(&joined))
}

/// A path without `.` and `..`.
fn without_dots(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let last = path.split('/').next_back().unwrap_or("");
    for part in path.split('/').skip(1) {
        match part {
            "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    if matches!(last, "." | "..") {
        parts.push("");
    }
    format!("/{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The examples of RFC 3986, 5.4, that can stand in a document, and the usual ones.
    #[test]
    fn a_reference_resolves_as_in_a_browser() {
        for (reference, expected) in [
            ("", "http://a/b/c/d;p?q"),
            ("g", "http://a/b/c/g"),
            ("./g", "http://a/b/c/g"),
            ("g/", "http://a/b/c/g/"),
            ("/g", "http://a/g"),
            ("//g", "http://g"),
            ("?y", "http://a/b/c/d;p?y"),
            ("g?y", "http://a/b/c/g?y"),
            ("..", "http://a/b/"),
            ("../g", "http://a/b/g"),
            ("../../../g", "http://a/g"),
            ("https://x/y?z=http://w", "https://x/y?z=http://w"),
            ("/go?to=http://w", "http://a/go?to=http://w"),
        ] {
            assert_eq!(resolve("http://a/b/c/d;p?q", reference), expected, "{reference}");
        }
        assert_eq!(resolve("http://127.0.0.1:8", "menu"), "http://127.0.0.1:8/menu");
        assert_eq!(resolve("http://h:8?x=/y", "menu"), "http://h:8/menu");
        assert_eq!(resolve("http://h/voice#rc=2", ""), "http://h/voice");
        assert_eq!((host_of("http://me:pw@h:8/x?a@b"), host_of("http://h?x=/@")), ("h:8", "h"));
        assert_eq!(without_credentials("http://me:pw@h:8/x?a@b"), "http://h:8/x?a@b");
        assert_eq!(without_credentials("http://h/x?a@b"), "http://h/x?a@b");
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(base in "\\PC{0,30}", reference in "[a-zäß:/.?#]{0,20}") {
            resolve(&base, &reference);
        }
    }
}
