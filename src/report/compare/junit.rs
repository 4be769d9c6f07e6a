//! A comparison for build servers: a test case an expectation and a figure.

use super::text::{label, moved};
use super::{Comparison, Way};
use crate::report::junit::written;
use crate::report::terminal::{asked, told};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

/// The XML. What got worse is a failure; what cannot be judged is skipped.
///
/// # Errors
/// Only where the XML cannot be written.
pub fn xml(seen: &Comparison<'_>) -> Result<String, String> {
    let name = &seen.after.scenario.name;
    let mut report = Report::new(format!("holdline compare {name}"));
    let mut suite = TestSuite::new(format!("{name} against the run before"));
    let mut add = |case: &str, way: Way, text: String| {
        let mut status = match way {
            Way::Worse => TestCaseStatus::non_success(NonSuccessKind::Failure),
            Way::Unjudged => TestCaseStatus::skipped(),
            Way::Better | Way::Same => TestCaseStatus::success(),
        };
        if matches!(way, Way::Worse | Way::Unjudged) {
            status.set_message(text.clone());
        }
        let mut case = TestCase::new(case.to_owned(), status);
        case.set_classname(format!("{name}.compare"));
        case.set_system_out(text);
        suite.add_test_case(case);
    };
    add("verdict", seen.verdict, format!("{} → {}", seen.before.verdict, seen.after.verdict));
    for one in &seen.expected {
        let was = one.before.map_or("new", |old| old.met.as_str());
        let text = format!("{}: {}; {was} → {}", asked(one.after), told(one.after, seen.after.runs).0, one.after.met);
        add(&one.after.name, one.way, text);
    }
    for figure in &seen.figures {
        add(&label(figure.after), figure.way, moved(figure));
    }
    report.add_test_suite(suite);
    written(&report).map_err(|e| format!("the JUnit file cannot be written: {e}"))
}
