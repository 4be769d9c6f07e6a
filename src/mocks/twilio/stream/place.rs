//! Where a stream leads. A target writes the address at which the public reaches it into its document: a host of a tunnel,
//! one that is written into its code, one whose port got lost. Here it is reached where its document came from.

use crate::mocks::deliver::is_loopback;
use crate::mocks::twilio::link::{resolve, without_fragment};
use hyper::Uri;

/// The address to dial for a `<Stream url>` in the document from `base`: at the target's own host and port, with the path
/// and query of the URL. One on this machine with a port of its own stays as it is. `None`: it is no address of a stream.
pub(super) fn of(url: &str, base: &str) -> Option<String> {
    let whole = whole(url, base);
    let uri: Uri = without_fragment(&whole).parse().ok()?;
    if !matches!(uri.scheme_str()?, "ws" | "wss" | "http" | "https") {
        return None;
    }
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let own = is_loopback(uri.host()?.trim_matches(['[', ']'])) && uri.port_u16().is_some();
    let base: Option<Uri> = without_fragment(base).parse().ok();
    let authority = match base.as_ref().and_then(Uri::authority).filter(|_| !own) {
        Some(authority) => authority,
        None => uri.authority()?,
    };
    Some(format!("ws://{}{path}", authority.as_str().rsplit('@').next()?))
}

/// The address as the target knows it, which is what is signed.
pub(super) fn whole(url: &str, base: &str) -> String {
    let resolved = resolve(base, url);
    match resolved.split_once("://") {
        Some(("http", rest)) => format!("ws://{rest}"),
        Some(("https", rest)) => format!("wss://{rest}"),
        _ => resolved,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BASE: &str = "http://127.0.0.1:5050/incoming-call?x=1";

    #[test]
    fn a_stream_leads_to_the_target_whatever_host_is_written() {
        for (url, place) in [
            ("wss://bot.ngrok.app/media-stream", "ws://127.0.0.1:5050/media-stream"),
            ("wss://bot.example:8443/media?call=7#x", "ws://127.0.0.1:5050/media?call=7"),
            ("wss://127.0.0.1/media", "ws://127.0.0.1:5050/media"),
            ("wss://localhost", "ws://127.0.0.1:5050/"),
            ("ws://localhost:9000/media", "ws://localhost:9000/media"),
            ("wss://[::1]:9000/media", "ws://[::1]:9000/media"),
            ("/media", "ws://127.0.0.1:5050/media"),
            ("https://bot.example/media", "ws://127.0.0.1:5050/media"),
            ("wss://me:secret@bot.example/media", "ws://127.0.0.1:5050/media"),
        ] {
            assert_eq!(of(url, BASE).as_deref(), Some(place), "{url}");
        }
        assert_eq!(of("wss://bot.example/m", "").as_deref(), Some("ws://bot.example/m"), "nothing better is known");
        for nonsense in ["ftp://bot.example/m", "wss://", "wss://a b/m"] {
            assert_eq!(of(nonsense, BASE), None, "{nonsense}");
        }
        assert_eq!(whole("media", BASE), "ws://127.0.0.1:5050/media");
        assert_eq!(whole("wss://bot.example/m", BASE), "wss://bot.example/m");
    }

    proptest! {
        #[test]
        fn any_address_is_mapped_or_refused(url in "\\PC{0,30}", base in "[a-z:/.@\\[\\]0-9?#]{0,30}") {
            of(&url, &base);
        }
    }
}
