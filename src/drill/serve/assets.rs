//! The pages: files of `src/drill/web`, in the binary.

/// A file and how it is served.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asset {
    pub(super) kind: &'static str,
    pub(super) bytes: &'static [u8],
}

macro_rules! assets {
    ($($path:literal => $file:literal),+ $(,)?) => {
        /// Path and file.
        const ASSETS: &[(&str, &str, &[u8])] =
            &[$(($path, $file, include_bytes!(concat!("../web/", $file)))),+];
    };
}

assets! {
    "/" => "join.html",
    "/start" => "start.html",
    "/facilitate" => "facilitate.html",
    "/play" => "play.html",
    "/watch" => "watch.html",
    "/screen" => "screen.html",
    "/after" => "after.html",
    "/read-ahead" => "read-ahead.html",
    "/web/base.css" => "base.css",
    "/web/icon.svg" => "icon.svg",
    "/web/words.js" => "words.js",
    "/web/app.js" => "app.js",
    "/web/about.js" => "about.js",
    "/web/dom.js" => "dom.js",
    "/web/script.js" => "script.js",
    "/web/chart.js" => "chart.js",
    "/web/parts.js" => "parts.js",
    "/web/join.js" => "join.js",
    "/web/start.js" => "start.js",
    "/web/facilitate.js" => "facilitate.js",
    "/web/play.js" => "play.js",
    "/web/watch.js" => "watch.js",
    "/web/screen.js" => "screen.js",
    "/web/after.js" => "after.js",
    "/web/read-ahead.js" => "read-ahead.js",
}

/// The file at this path.
pub(super) fn at(path: &str) -> Option<Asset> {
    let (_, file, bytes) = ASSETS.iter().find(|(known, ..)| *known == path)?;
    let kind = match file.rsplit_once('.') {
        Some((_, "html")) => "text/html; charset=utf-8",
        Some((_, "css")) => "text/css; charset=utf-8",
        Some((_, "svg")) => "image/svg+xml",
        _ => "text/javascript; charset=utf-8",
    };
    Some(Asset { kind, bytes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_hold_no_script_and_nothing_from_elsewhere() {
        for (path, file, bytes) in ASSETS {
            let text = std::str::from_utf8(bytes).expect("assets are text");
            let namespace = text.replace("http://www.w3.org/2000/svg", "");
            assert!(!namespace.contains("http://") && !namespace.contains("https://"), "{path} names another host");
            for word in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"] {
                assert!(!text.contains(word), "{file} makes markup of text: {word}");
            }
            if file.ends_with(".html") {
                assert!(
                    !text.contains("<style") && !text.contains(" style=") && !text.contains(" on"),
                    "{file}: inline"
                );
                let scripts = text.matches("<script").count();
                assert_eq!(
                    scripts,
                    text.matches("<script type=\"module\" src=\"/web/").count(),
                    "{file}: inline script"
                );
            }
        }
    }

    #[test]
    fn every_module_that_is_named_is_there() {
        for (_, file, bytes) in ASSETS {
            let text = std::str::from_utf8(bytes).expect("assets are text");
            for after in text.split("\"/web/").skip(1) {
                let name = after.split('"').next().expect("a split has a first part");
                assert!(at(&format!("/web/{name}")).is_some(), "{file} wants {name}");
            }
        }
        assert!(at("/web/../mod.rs").is_none() && at("/etc/passwd").is_none());
    }
}
