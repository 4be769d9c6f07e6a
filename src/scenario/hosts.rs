//! Host names: which dependency answers for which, where a target's own names of its vendors are intercepted.

use super::Loaded;
use super::diagnostic::Diagnostic;
use super::model::{Dependency, DependencyKind, Id};
use super::tree::Node;
use std::collections::BTreeMap;
use std::fmt;

/// The longest name that DNS knows.
const LONGEST: usize = 253;
/// What stands for labels.
const ANY: &str = "*";

/// A host name, or many: a label `*` stands for one label or more.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pattern {
    /// The text before `*`, or the whole name.
    before: String,
    /// The text behind `*`; `None`: there is none.
    behind: Option<String>,
}

impl Pattern {
    /// Reads one; why not, if it is none.
    pub fn read(text: &str) -> Result<Self, String> {
        let text = text.to_ascii_lowercase();
        let labels: Vec<&str> = text.split('.').collect();
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let good =
            |label: &&str| **label == *ANY || (!label.is_empty() && label.len() < 64 && label.chars().all(plain));
        if text.len() > LONGEST || !labels.iter().all(good) {
            return Err("a host name has letters, digits, `-` and dots, and neither scheme nor port".to_owned());
        }
        if labels.iter().filter(|label| **label == ANY).count() > 1 || labels.last() == Some(&ANY) {
            return Err("one label may be `*`, but not the last".to_owned());
        }
        Ok(match text.split_once(ANY) {
            Some((before, behind)) => Self { before: before.to_owned(), behind: Some(behind.to_owned()) },
            None => Self { before: text, behind: None },
        })
    }

    /// Whether it is for this name, which is in lower case.
    pub fn fits(&self, host: &str) -> bool {
        let Some(behind) = &self.behind else { return host == self.before };
        let middle = host.strip_prefix(self.before.as_str()).and_then(|rest| rest.strip_suffix(behind.as_str()));
        middle.is_some_and(|middle| !middle.is_empty() && !middle.starts_with('.') && !middle.ends_with('.'))
    }

    /// The whole name, if it is only one.
    pub fn name(&self) -> Option<&str> {
        self.behind.is_none().then_some(self.before.as_str())
    }

    /// The narrower of two that fit decides: a whole name, else the longer text.
    fn weight(&self) -> (bool, usize) {
        (self.behind.is_none(), self.before.len() + self.behind.as_ref().map_or(0, String::len))
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.behind {
            Some(behind) => write!(f, "{}{ANY}{behind}", self.before),
            None => f.write_str(&self.before),
        }
    }
}

/// The names that a kind answers for where nothing else is said.
pub fn of_kind(kind: DependencyKind) -> Vec<Pattern> {
    let all: BTreeMap<String, Vec<String>> = serde_yaml::from_str(include_str!("../../mocks/hosts.yaml"))
        .unwrap_or_else(|e| panic!("the shipped hosts are tested: {e}"));
    let shipped = |text: &String| Pattern::read(text).unwrap_or_else(|e| panic!("the shipped hosts are tested: {e}"));
    all.get(kind.word()).map(|texts| texts.iter().map(shipped).collect()).unwrap_or_default()
}

/// A name that two dependencies want.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clash {
    /// The name.
    pub pattern: Pattern,
    /// Who has it, by its place.
    pub first: usize,
    /// Who wants it too.
    pub second: usize,
}

/// Which dependency answers for which names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hosts {
    list: Vec<(Pattern, Id<Dependency>)>,
}

impl Hosts {
    /// Of dependencies in their order: kind, and names of their own in place of the kind's.
    pub fn of<'a>(all: impl IntoIterator<Item = (DependencyKind, &'a [String])>) -> Result<Self, Clash> {
        let mut list: Vec<(Pattern, Id<Dependency>)> = Vec::new();
        for (place, (kind, own)) in all.into_iter().enumerate() {
            // Names that cannot be read have been refused with their place.
            let read = own.iter().filter_map(|text| Pattern::read(text).ok());
            let patterns = if own.is_empty() { of_kind(kind) } else { read.collect() };
            for pattern in patterns {
                if let Some((_, first)) = list.iter().find(|(known, of)| *known == pattern && of.index() != place) {
                    return Err(Clash { pattern, first: first.index(), second: place });
                }
                list.push((pattern, Id::new(place)));
            }
        }
        Ok(Self { list })
    }

    /// Of a scenario that was loaded; two that want the same name are an error where they stand.
    pub fn of_loaded(loaded: &Loaded) -> Result<Self, Box<Diagnostic>> {
        let all = &loaded.scenario.desk.dependencies;
        Self::of(all.iter().map(|one| (one.kind, one.hosts.as_slice()))).map_err(|clash| {
            let (first, second) = (&all[clash.first], &all[clash.second]);
            let title = format!("`{}` and `{}` both answer for the host {}", first.name, second.name, clash.pattern);
            // The one that says nothing of hosts is the one to mend.
            let mend = if second.hosts.is_empty() || !first.hosts.is_empty() { second } else { first };
            let place = loaded.desk.at_path(&["dependencies", &mend.name]).map(|node| mark(node).place);
            Box::new(
                Diagnostic { place, ..Diagnostic::error(title) }
                    .label(format!("`{}` needs hosts of its own to be intercepted", mend.name))
                    .help(format!(
                        "say which the target calls: `hosts: [{}.example]`; without interception it needs none",
                        mend.name
                    )),
            )
        })
    }

    /// Who answers for a name, which is in lower case.
    pub fn find(&self, host: &str) -> Option<Id<Dependency>> {
        let fitting = self.list.iter().filter(|(pattern, _)| pattern.fits(host));
        fitting.max_by_key(|(pattern, _)| pattern.weight()).map(|(_, of)| *of)
    }

    /// All names with who answers for them, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Pattern, Id<Dependency>)> {
        self.list.iter().map(|(pattern, of)| (pattern, *of))
    }
}

/// The part of a dependency that names its hosts, else its kind.
fn mark(dependency: &Node) -> &Node {
    dependency.get("hosts").or_else(|| dependency.get("kind")).unwrap_or(dependency)
}

#[cfg(test)]
mod tests {
    use super::*;
    use DependencyKind::{Openai, Slack, Twilio};

    fn of(all: &[(DependencyKind, &[&str])]) -> Result<Hosts, Clash> {
        let own: Vec<Vec<String>> =
            all.iter().map(|(_, own)| own.iter().map(|text| (*text).to_owned()).collect()).collect();
        Hosts::of(all.iter().zip(&own).map(|((kind, _), own)| (*kind, own.as_slice())))
    }

    #[test]
    fn a_star_is_one_label_or_more() {
        let fits = |pattern: &str, host: &str| Pattern::read(pattern).expect("a pattern").fits(host);
        assert!(fits("*.slack.com", "hooks.slack.com") && fits("*.slack.com", "a.b.slack.com"));
        assert!(!fits("*.slack.com", "slack.com") && !fits("*.slack.com", ".slack.com"));
        assert!(!fits("*.slack.com", "evilslack.com") && !fits("slack.com", "hooks.slack.com"));
        assert!(fits("api.*.twilio.com", "api.dublin.ie1.twilio.com") && !fits("api.*.twilio.com", "api.twilio.com"));
        assert!(!fits("api.*.twilio.com", "api..twilio.com"));
        assert!(fits("API.openai.com", "api.openai.com"));
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for wrong in ["", "https://x.com", "x.com:443", "a..b", "a.*", "*", "*.*.com", "a*.com", "a b.com", "x.com/"] {
            assert!(Pattern::read(wrong).is_err(), "{wrong}");
        }
        assert!(Pattern::read(&"a.".repeat(200)).is_err());
    }

    #[test]
    fn the_narrower_name_decides() {
        let hosts = of(&[(Slack, &[]), (Openai, &["images.slack.com", "*.files.slack.com"])]).expect("no clash");
        assert_eq!(hosts.find("images.slack.com"), Some(Id::new(1)));
        assert_eq!(hosts.find("x.files.slack.com"), Some(Id::new(1)));
        assert_eq!(hosts.find("files.slack.com"), Some(Id::new(0)));
        assert_eq!(hosts.find("example.com"), None);
    }

    #[test]
    fn every_kind_has_hosts_and_two_of_one_kind_need_their_own() {
        for (kind, word) in DependencyKind::ALL {
            assert!(!of_kind(kind).is_empty() || matches!(word, "smtp" | "http" | "tcp"), "{word}");
        }
        let clash = of(&[(Openai, &[]), (Twilio, &[]), (Openai, &[])]).expect_err("both want api.openai.com");
        assert_eq!((clash.first, clash.second, clash.pattern.to_string()), (0, 2, "api.openai.com".into()));
        assert!(of(&[(Openai, &[]), (Openai, &["api.second.example", "api.second.example"])]).is_ok());
    }
}
