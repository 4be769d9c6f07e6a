//! The incident library: what happened to others, as data in `scenarios/incidents/`. A scenario replays an entry with `like:`.

mod embedded;

use super::catalogue::Catalogue;
use super::defaults;
use super::diagnostic::Diagnostic;
use super::model::DependencyKind;
use super::raw::{Incident, IncidentPhase};
use super::tree::{self, At, Node};
use crate::time::Span;
use embedded::EMBEDDED;

/// The names of the shipped incidents, in order.
pub fn names() -> impl Iterator<Item = &'static str> {
    EMBEDDED.iter().map(|(name, _)| *name)
}

/// The file of a shipped incident.
pub fn text(name: &str) -> Option<&'static str> {
    EMBEDDED.iter().find(|(one, _)| *one == name).map(|(_, text)| *text)
}

/// A shipped incident.
pub fn find(name: &str) -> Option<Incident> {
    let tree = tree::read(0, text(name)?, &mut Vec::new());
    let read = tree.map_err(|error| vec![*error]).and_then(|tree| read(&tree));
    Some(read.unwrap_or_else(|errors| panic!("the shipped incidents are tested, and `{name}` is wrong: {errors:?}")))
}

/// An incident from its file, held against the catalogue.
pub fn read(tree: &Node) -> Result<Incident, Vec<Diagnostic>> {
    let incident: Incident = tree::decode(tree).map_err(|error| vec![*error])?;
    let mut errors = Vec::new();
    let empty = |what: &str, help: &str| {
        Diagnostic::at(incident.incident.place, format!("this incident has no {what}")).help(help)
    };
    if incident.fits.is_empty() {
        errors.push(empty("kind of dependency", "write what it is true to: `fits: [slack]`"));
    }
    if incident.sources.is_empty() {
        errors.push(empty("source", "say where this can be read: `sources: [\"status.example.com/1\"]`"));
    }
    match incident.phases.first() {
        None => {
            errors.push(empty("phase", "say what happened: `phases: [{at: 0m, until: 30m, effect: …, fails: {…}}]`"))
        }
        Some(first) if first.at.value.0 > Span::ZERO => {
            let error = Diagnostic::at(first.at.place, "the first phase begins after the incident");
            errors.push(error.label("times count from the first phase: here stands `0m`"));
        }
        Some(_) => {}
    }
    let catalogue = Catalogue::shipped();
    let mut before = Span::ZERO;
    for one in &incident.phases {
        phase(&incident, one, before, &catalogue, &mut errors);
        before = one.at.value.0;
    }
    if errors.is_empty() { Ok(incident) } else { Err(errors) }
}

fn phase(
    incident: &Incident,
    one: &At<IncidentPhase>,
    before: Span,
    catalogue: &Catalogue,
    errors: &mut Vec<Diagnostic>,
) {
    if one.at.value.0 < before {
        errors.push(Diagnostic::at(one.at.place, "this phase begins before the last one").help("put them in order"));
    }
    if let Some(until) = one.until.as_ref().filter(|until| until.value.0 <= one.at.value.0) {
        let error = Diagnostic::at(until.place, "this phase ends before it begins");
        errors.push(error.label(format!("it begins {} after the incident", one.at.value.0)));
    }
    for assumed in one.assumed.iter().filter(|assumed| !assumed.value.is_said(one)) {
        let title = format!("`{}` is not said, so it cannot be assumed", assumed.value.word());
        errors.push(Diagnostic::at(assumed.place, title));
    }
    let Some(with) = one.fails.as_ref().and_then(|fails| fails.with.as_ref()) else { return };
    for kind in &incident.fits {
        let kind: DependencyKind = kind.value.into();
        if catalogue.told_by(kind, &with.value).is_none() {
            let title = format!("nothing of kind {} can fail with `{}`, or in a like way", kind.word(), with.value);
            errors.push(Diagnostic::at(with.place, title));
        }
    }
}

impl IncidentPhase {
    /// Its end after the incident began, its recovery not included: a default where nobody knows.
    pub fn to(&self) -> Span {
        match (&self.until, &self.recovers_over) {
            (Some(until), _) => until.value.0,
            (None, Some(_)) => self.at.value.0,
            (None, None) => self.at.value.0 + defaults::OPEN_END,
        }
    }
    /// Whether its end is not known.
    pub fn is_open(&self) -> bool {
        self.until.is_none() && self.recovers_over.is_none()
    }
    /// The first moment after it, its recovery included.
    pub fn over(&self) -> Span {
        self.to() + self.recovers_over.as_ref().map_or(Span::ZERO, |recovers| recovers.value.0)
    }
}

impl Incident {
    /// From its first moment to the end of the last phase and its recovery.
    pub fn length(&self) -> Span {
        self.phases.iter().map(|phase| phase.over()).max().unwrap_or(Span::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::tree::Sources;

    #[test]
    fn every_shipped_incident_reads_and_is_named_as_its_file() {
        assert_eq!(names().count(), 34);
        for name in names() {
            let incident = find(name).expect("it is embedded");
            assert_eq!(incident.incident.value, name);
            assert!(incident.length() > Span::MINUTE, "{name}");
        }
        let files = std::fs::read_dir("scenarios/incidents").expect("the folder is there").count();
        assert_eq!(files, EMBEDDED.len(), "every file is embedded");
    }

    #[test]
    fn mistakes_are_shown_where_they_stand() {
        let text = "incident: x\ntitle: t\nabout: a\nprovider: P\nlayer: chat\nfits: [slack, smtp]\nbegan: then\nphases:\n  \
                    - { at: 5m, until: 2m, effect: e, fails: {with: slack.msg_dropped}, assumed: [slow] }\n  \
                    - { at: 1m, effect: e }\nsources: []\n";
        let mut sources = Sources::default();
        let source = sources.add("x.yaml", text);
        let tree = tree::read(source, text, &mut Vec::new()).expect("it is YAML");
        let errors = read(&tree).expect_err("it has mistakes");
        let shown: Vec<String> = errors.iter().map(|error| error.title.clone()).collect();
        assert_eq!(
            shown,
            [
                "this incident has no source",
                "the first phase begins after the incident",
                "this phase ends before it begins",
                "`slow` is not said, so it cannot be assumed",
                "nothing of kind smtp can fail with `slack.msg_dropped`, or in a like way",
                "this phase begins before the last one",
            ]
        );
        assert!(errors[3].render(&sources, false).contains("x.yaml:9:"), "{}", errors[3].render(&sources, false));
        let text = text.replace("layer: chat", "layer: chats");
        let tree = tree::read(0, &text, &mut Vec::new()).expect("it is YAML");
        let errors = read(&tree).expect_err("no such layer");
        assert!(errors[0].help.concat().contains("did you mean `chat`"), "{errors:?}");
    }
}
