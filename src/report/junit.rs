//! `junit.xml`: a test case an expectation, for build servers.

use super::bundle::Bundle;
use super::terminal::{asked, told};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

/// The XML: a suite a plan. Missed is a failure, void an error, empty and inconclusive are skipped with the reason.
pub fn xml(bundle: &Bundle) -> Result<String, String> {
    let mut report = Report::new(format!("holdline {}", bundle.scenario.name));
    for plan in &bundle.plans {
        let mut suite = TestSuite::new(format!("{} ({})", bundle.scenario.name, plan.plan));
        let mut verdict = TestCase::new("verdict", TestCaseStatus::success());
        if let Some(reason) = &plan.reason {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_message(format!("void: {reason}"));
            verdict = TestCase::new("verdict", status);
        }
        verdict.set_classname(format!("{}.{}", bundle.scenario.name, plan.plan));
        suite.add_test_case(verdict);
        for e in &plan.expectations {
            let (figure, interval, remark) = told(e, plan.runs);
            let text = format!("{} in {}: {figure} {interval} {remark}", asked(e), e.window);
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let status = match e.met.as_str() {
                "met" => TestCaseStatus::success(),
                "missed" => {
                    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                    status.set_message(text.clone());
                    status
                }
                _ => {
                    let mut status = TestCaseStatus::skipped();
                    status.set_message(text.clone());
                    status
                }
            };
            let mut case = TestCase::new(e.name.clone(), status);
            case.set_classname(format!("{}.{}", bundle.scenario.name, plan.plan));
            case.set_system_out(text);
            suite.add_test_case(case);
        }
        report.add_test_suite(suite);
    }
    written(&report).map_err(|e| format!("junit.xml cannot be written: {e}"))
}

/// The text of a report. U+FFFE and U+FFFF, which no XML may hold, become the sign for what cannot be shown; control characters
/// are left out already.
pub(super) fn written(report: &Report) -> Result<String, quick_junit::SerializeError> {
    Ok(report.to_string()?.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn whatever_a_name_holds_the_xml_is_well_formed() {
        let mut bundle = fixture::bundle(2);
        bundle.plans[0].plan = "<b>&\"'".into();
        bundle.plans[0].expectations[0].name = "\u{1} \u{fffe} \u{ffff} ]]> <!-- & é 🙂".into();
        let text = xml(&bundle).expect("it is written");
        let read = roxmltree::Document::parse(&text).expect("it is well formed");
        let names: Vec<&str> = read.descendants().filter_map(|node| node.attribute("name")).collect();
        assert!(names.iter().any(|name| name.contains("]]> <!-- & é 🙂") && name.contains('\u{fffd}')), "{names:?}");
        assert!(!text.contains(['\u{1}', '\u{fffe}', '\u{ffff}']));
    }
}
