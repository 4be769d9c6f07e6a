//! How much a vendor lets one account ask: each kind has limits of its own.

use super::Context;
use crate::scenario::diagnostic::{Diagnostic, did_you_mean, listed};
use crate::scenario::model::{DependencyKind, Limits};
use crate::scenario::raw;
use crate::scenario::tree::{At, Place};
use crate::units::shown;
use serde::Deserialize;
use std::collections::BTreeMap;

/// More than any vendor allows in a minute or an hour.
const MOST: u32 = 1_000_000_000;
/// More requests at one time than a mock takes.
const MOST_AT_ONCE: u32 = 1_000_000;

/// The limits that each kind has; a kind that is not here has none.
const OF_KIND: [(DependencyKind, &[&str]); 5] = [
    (DependencyKind::Openai, &["requests_per_minute", "tokens_per_minute"]),
    (DependencyKind::Zendesk, &["requests_per_minute"]),
    (DependencyKind::Statuspage, &["requests_per_minute"]),
    (DependencyKind::Twilio, &["concurrent_requests"]),
    (DependencyKind::Slack, &["messages_per_minute", "calls_per_minute", "events_per_hour"]),
];

/// The methods of Slack that have a limit, from the data of its mock.
#[derive(Deserialize)]
struct OfSlack {
    methods: BTreeMap<String, u8>,
}

fn methods_of_slack() -> Vec<String> {
    let data: OfSlack = serde_yaml::from_str(include_str!("../../../mocks/slack/limits.yaml"))
        .unwrap_or_else(|e| panic!("the shipped limits of Slack are tested: {e}"));
    data.methods.into_keys().collect()
}

/// What is written of one dependency.
pub(super) fn limits(context: &mut Context<'_>, kind: DependencyKind, raw: Option<&raw::Limits>) -> Limits {
    let Some(raw) = raw else { return Limits::default() };
    let known = OF_KIND.iter().find(|(of, _)| *of == kind).map_or(&[][..], |(_, known)| known);
    let mut number = |name: &str, written: &Option<At<u32>>, most: u32| {
        let written = written.as_ref()?;
        belongs(context, kind, known, name, written.place).then(|| context.bounded(name, written, 1, most))
    };
    let mut limits = Limits {
        requests_per_minute: number("requests_per_minute", &raw.requests_per_minute, MOST),
        tokens_per_minute: number("tokens_per_minute", &raw.tokens_per_minute, MOST),
        concurrent_requests: number("concurrent_requests", &raw.concurrent_requests, MOST_AT_ONCE),
        messages_per_minute: number("messages_per_minute", &raw.messages_per_minute, MOST),
        calls_per_minute: Vec::new(),
        events_per_hour: number("events_per_hour", &raw.events_per_hour, MOST),
    };
    for (method, calls) in &raw.calls_per_minute.0 {
        if !belongs(context, kind, known, "calls_per_minute", method.place) {
            break;
        }
        let methods = methods_of_slack();
        if methods.contains(&method.value) {
            limits.calls_per_minute.push((method.value.clone(), context.bounded(&method.value, calls, 1, MOST)));
        } else if method.value == "chat.postMessage" {
            let title = "Slack counts `chat.postMessage` for each channel";
            context.error(Diagnostic::at(method.place, title).help("write `messages_per_minute: 60`"));
        } else {
            let title = format!("`{}` is no method of Slack that has a limit", shown(&method.value));
            let help = did_you_mean(&method.value, methods.iter().map(String::as_str));
            context.error(Diagnostic::at(method.place, title).help(help));
        }
    }
    limits
}

/// Whether a limit is one of this kind's; else that is said.
fn belongs(context: &mut Context<'_>, kind: DependencyKind, known: &[&str], name: &str, place: Place) -> bool {
    if known.contains(&name) {
        return true;
    }
    let title = format!("`kind: {}` has no `{name}`", kind.word());
    let help = if known.is_empty() {
        "take `limits` away: this kind of dependency refuses nobody for asking too often".to_owned()
    } else {
        format!("its limits: {}", listed(known.iter().copied()))
    };
    context.error(Diagnostic::at(place, title).help(help));
    false
}
