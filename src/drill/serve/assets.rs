//! The pages: files of `src/drill/web`, in the binary.

use minijinja::{Environment, context};
use std::sync::LazyLock;

/// A file and how it is served.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asset {
    pub(super) kind: &'static str,
    pub(super) bytes: &'static [u8],
}

macro_rules! files {
    ($($file:literal),+ $(,)?) => { [$(($file, include_str!(concat!("../web/", $file)))),+] };
}

/// What pages are made of, and the pages: templates, so that what all have in common stands once.
const TEMPLATES: [(&str, &str); 10] = files![
    "frame.html",
    "panels.html",
    "join.html",
    "start.html",
    "facilitate.html",
    "play.html",
    "watch.html",
    "screen.html",
    "after.html",
    "read-ahead.html",
];

/// Everything else, served below `/web/` as it is.
const FILES: [(&str, &str); 17] = files![
    "base.css",
    "icon.svg",
    "words.js",
    "app.js",
    "about.js",
    "dom.js",
    "script.js",
    "chart.js",
    "parts.js",
    "join.js",
    "start.js",
    "facilitate.js",
    "play.js",
    "watch.js",
    "screen.js",
    "after.js",
    "read-ahead.js",
];

/// Paths and texts of the pages: `/play` is made of `play.html` and runs `play.js`; the first page is the door.
static PAGES: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let mut templates = Environment::new();
    for (name, text) in TEMPLATES {
        templates.add_template(name, text).expect("our own templates are sound: a test makes every page");
    }
    let page = |file: &str| {
        let name = file.strip_suffix(".html")?;
        let made = templates.get_template(file).and_then(|template| template.render(context! { page => name }));
        let path = if name == "join" { "/".to_owned() } else { format!("/{name}") };
        Some((path, made.expect("our own templates are sound: a test makes every page")))
    };
    TEMPLATES[2..].iter().filter_map(|(file, _)| page(file)).collect()
});

/// The file at this path.
pub(super) fn at(path: &str) -> Option<Asset> {
    if let Some((_, text)) = PAGES.iter().find(|(known, _)| known == path) {
        return Some(Asset { kind: "text/html; charset=utf-8", bytes: text.as_bytes() });
    }
    let (file, text) = FILES.iter().find(|(file, _)| path.strip_prefix("/web/") == Some(file))?;
    let kind = match file.rsplit_once('.') {
        Some((_, "css")) => "text/css; charset=utf-8",
        Some((_, "svg")) => "image/svg+xml",
        _ => "text/javascript; charset=utf-8",
    };
    Some(Asset { kind, bytes: text.as_bytes() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Name and text of everything that is served.
    fn served() -> Vec<(&'static str, &'static str)> {
        let pages = PAGES.iter().map(|(path, text)| (path.as_str(), text.as_str()));
        pages.chain(FILES).collect()
    }

    #[test]
    fn every_page_is_a_whole_one_with_its_own_module() {
        assert_eq!(PAGES.len(), 8);
        for (path, text) in PAGES.iter() {
            assert!(text.starts_with("<!doctype html>") && text.trim_end().ends_with("</html>"), "{path}");
            assert!(text.contains("<main id=\"main\"") && !text.contains("{%") && !text.contains("{{"), "{path}");
            // A heading names its panel, and no name is given twice.
            let ids: Vec<&str> = text.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
            let mut once = ids.clone();
            once.sort_unstable();
            once.dedup();
            assert_eq!(once.len(), ids.len(), "{path}: {ids:?}");
            for named in text.split("aria-labelledby=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
                assert!(ids.contains(&named), "{path}: nothing is called {named}");
            }
        }
    }

    #[test]
    fn pages_hold_no_script_and_nothing_from_elsewhere() {
        for (file, text) in served() {
            let namespace = text.replace("http://www.w3.org/2000/svg", "");
            assert!(!namespace.contains("http://") && !namespace.contains("https://"), "{file} names another host");
            for word in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"] {
                assert!(!text.contains(word), "{file} makes markup of text: {word}");
            }
            if file.starts_with('/') {
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
        for (file, text) in served() {
            for after in text.split("\"/web/").skip(1) {
                let name = after.split('"').next().expect("a split has a first part");
                assert!(at(&format!("/web/{name}")).is_some(), "{file} wants {name}");
            }
        }
        assert!(at("/web/../mod.rs").is_none() && at("/etc/passwd").is_none());
    }
}
