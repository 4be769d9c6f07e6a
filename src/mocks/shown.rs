//! What people may be shown of an address: nothing in it that is a secret.

/// Longer paths are cut.
const PATH_KEPT: usize = 256;

/// A path or URL as the record may hold it: without query, fragment, name and password, and what makes it too long. An
/// incoming webhook of Slack is known by its address alone, so that goes too.
pub fn shown(path: &str) -> String {
    let path = &path[..path.find(['?', '#']).unwrap_or(path.len())];
    let authority = path.find("://").map_or(0, |at| at + 3);
    let (scheme, rest) = path.split_at(authority);
    let host_end = if scheme.is_empty() { 0 } else { rest.find('/').unwrap_or(rest.len()) };
    let rest = &rest[rest[..host_end].rfind('@').map_or(0, |at| at + 1)..];
    let (rest, hidden) = match rest.find("/services/T") {
        Some(at) => (&rest[..at], "/services/…"),
        None => (rest, ""),
    };
    format!("{}{}{hidden}", cut(scheme), cut(rest))
}

fn cut(text: &str) -> &str {
    let mut end = text.len().min(PATH_KEPT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_query_never_reaches_the_record() {
        assert_eq!(shown("/api/x?token=xoxb-secret"), "/api/x");
        assert_eq!(shown("http://127.0.0.1:1/hook#rt=1"), "http://127.0.0.1:1/hook");
        assert_eq!(shown("http://me:hunter2@127.0.0.1:1/a@b"), "http://127.0.0.1:1/a@b");
        assert_eq!(shown("http://me:hunter2@localhost?x"), "http://localhost");
        assert_eq!(shown("/services/T1/B2/secret"), "/services/…");
        assert_eq!((shown("/services/42").as_str(), shown("/a@b://c").as_str()), ("/services/42", "/a@b://c"));
        assert!(shown(&"é".repeat(500)).len() <= PATH_KEPT);
    }

    proptest! {
        #[test]
        fn no_query_and_no_password_is_shown(
            scheme in "(https?://|wss://|)", user in "[a-z:%]{0,8}", host in "[a-z0-9.:]{1,12}", path in "(/\\PC{0,9}){0,3}",
            query in "[?#]\\PC{0,20}",
        ) {
            let path: String = path.chars().filter(|c| !matches!(c, '?' | '#')).collect();
            let with = if scheme.is_empty() || user.is_empty() { String::new() } else { format!("{user}@") };
            let shown = shown(&format!("{scheme}{with}{host}{path}{query}"));
            prop_assume!(!path.contains("/services/T") && !format!("{host}{path}").contains("://"));
            prop_assert_eq!(shown, format!("{}{}{}", scheme, host, path));
        }
    }
}
