//! Hosts that the target tried and the scenario does not know, as data and in a sentence.

use super::bundle::{Bundle, Finding};
use super::findings::{bad, clock};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A host that the target tried and the scenario does not know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EgressInfo {
    /// Its name.
    pub host: String,
    /// When it was first tried, s from the start.
    pub first: f64,
    /// How often.
    pub tries: u32,
}

/// Hosts that a list in a finding names.
const HOSTS_NAMED: usize = 20;

/// The sentence, if there is anything to say.
pub(super) fn finding(bundle: &Bundle, found: &mut Vec<Finding>) {
    let all = &bundle.undeclared;
    if all.is_empty() {
        return;
    }
    let hosts = if all.len() == 1 { "a host".to_owned() } else { format!("{} hosts", all.len()) };
    let tried = |one: &EgressInfo| {
        let times = if one.tries == 1 { "once".to_owned() } else { format!("{} times", one.tries) };
        format!("{}: {times}, first at {}", one.host, clock(bundle, one.first))
    };
    found.push(bad(
        format!("The target tried {hosts} that the scenario does not know, and was denied."),
        all.iter().take(HOSTS_NAMED).map(tried).collect(),
        Some("What a target cannot do without is a dependency: name it in the desk, or have the target do without."),
    ));
}
