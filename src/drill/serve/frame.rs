//! What goes over a stream of state: the whole view, or what changed since the one before. Rendered once for everybody who
//! sits alike, however many they are.

use crate::drill::view::{Trend, TrendOf, View};
use hyper::body::Bytes;
use serde::Serialize;
use std::sync::OnceLock;

/// A view as it goes over the wire.
#[derive(Debug)]
pub(super) struct Frame {
    /// Counts up by one for each stand.
    pub(super) revision: u64,
    /// The parts of the view by name, as JSON.
    parts: Vec<(&'static str, String)>,
    trend: Trend,
    /// What differs from the frame before, as an event.
    pub(super) delta: Bytes,
    whole: OnceLock<Bytes>,
}

impl Frame {
    /// The frame of a view; none if nothing differs from the one before.
    pub(super) fn of(view: View, people: String, before: Option<&Self>) -> Option<Self> {
        let parts = parts(&view, people);
        let trend = view.trend;
        let revision = before.map_or(1, |before| before.revision + 1);
        let mut changed: Vec<(&str, String)> = Vec::new();
        for (at, (name, text)) in parts.iter().enumerate() {
            if before.is_none_or(|before| before.parts[at].1 != *text) {
                changed.push((name, text.clone()));
            }
        }
        match before.map(|before| tail(&before.trend, &trend)) {
            Some(Some(more)) if more.from == trend_length(&trend) => {}
            Some(Some(more)) => changed.push(("more", json(&more))),
            Some(None) | None => changed.push(("trend", json(&trend))),
        }
        if changed.is_empty() {
            return None;
        }
        let delta = event(revision, false, &changed);
        Some(Self { revision, parts, trend, delta, whole: OnceLock::new() })
    }

    /// Everything, as an event.
    pub(super) fn whole(&self) -> Bytes {
        let make = || {
            let mut all = self.parts.clone();
            all.push(("trend", json(&self.trend)));
            event(self.revision, true, &all)
        };
        self.whole.get_or_init(make).clone()
    }
}

/// The parts of a view but for its trend, always in this order. The seat is left out: all of a role share a frame.
fn parts(view: &View, people: String) -> Vec<(&'static str, String)> {
    let View {
        seat: _,
        clock,
        floor,
        trend: _,
        dependencies,
        inbox,
        announcements,
        levers,
        decisions,
        script,
        expectations,
        hot_wash,
        improvements,
    } = view;
    vec![
        ("clock", json(clock)),
        ("floor", json(floor)),
        ("dependencies", json(dependencies)),
        ("inbox", json(inbox)),
        ("announcements", json(announcements)),
        ("levers", json(levers)),
        ("decisions", json(decisions)),
        ("script", json(script)),
        ("expectations", json(expectations)),
        ("hot_wash", json(hot_wash)),
        ("improvements", json(improvements)),
        ("people", people),
    ]
}

/// What came at the end of a trend.
#[derive(Serialize)]
struct More<'a> {
    /// The number of samples that are known already.
    from: usize,
    channels: Vec<Tail<'a>>,
}

#[derive(Serialize)]
struct Tail<'a> {
    waiting: &'a [u32],
    backlog: &'a [u32],
    service: &'a [Option<u8>],
}

fn trend_length(trend: &Trend) -> usize {
    trend.channels.iter().map(|one| one.waiting.len().min(one.backlog.len()).min(one.service.len())).min().unwrap_or(0)
}

/// What `now` has more than `before`; none if it is no continuation (after a rewind).
fn tail<'a>(before: &Trend, now: &'a Trend) -> Option<More<'a>> {
    let from = trend_length(before);
    let continues = |(before, now): (&TrendOf, &TrendOf)| {
        before.channel == now.channel
            && now.waiting.starts_with(&before.waiting)
            && now.backlog.starts_with(&before.backlog)
            && now.service.starts_with(&before.service)
    };
    let same = before.every == now.every && before.channels.len() == now.channels.len();
    if !same || !before.channels.iter().zip(&now.channels).all(continues) {
        return None;
    }
    let cut = |one: &'a TrendOf| Tail {
        waiting: &one.waiting[from..],
        backlog: &one.backlog[from..],
        service: &one.service[from..],
    };
    Some(More { from, channels: now.channels.iter().map(cut).collect() })
}

/// A server-sent event. JSON has no line breaks of its own, so it is one line.
fn event(revision: u64, whole: bool, parts: &[(&str, String)]) -> Bytes {
    let length: usize = parts.iter().map(|(name, text)| name.len() + text.len() + 4).sum();
    let mut text = String::with_capacity(length + 64);
    text.push_str(&format!("data: {{\"revision\":{revision},\"whole\":{whole}"));
    for (name, part) in parts {
        text.push_str(&format!(",\"{name}\":{part}"));
    }
    text.push_str("}\n\n");
    Bytes::from(text)
}

pub(super) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("a view has text for keys")
}
