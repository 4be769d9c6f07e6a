//! The system under test: only a rehearsal acts on it, all check it.

use super::{Context, Names};
use crate::scenario::defaults;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::model::{Receives, Target, Works};
use crate::scenario::raw;
use crate::scenario::tree::{At, Place};

pub(crate) fn target(context: &mut Context<'_>, names: &Names, raw: &At<raw::Target>) -> Option<Target> {
    let empty = raw.command.as_ref().is_some_and(|words| words.is_empty());
    if raw.command.is_some() == raw.url.is_some() || empty {
        let help = "write `command: [python, bot.py]`, or `url: http://127.0.0.1:3000` for one that already runs";
        context.error(Diagnostic::at(raw.place, "a target is either started or already runs").help(help));
        return None;
    }
    if let Some(url) = &raw.url {
        http(context, url, raw.place);
    }
    let mut receives = Vec::new();
    for (name, one) in &raw.receives.0 {
        match &one.value {
            raw::Receives::SlackEvents(url) | raw::Receives::TwilioVoice(url) | raw::Receives::ZendeskWebhook(url) => {
                http(context, url, one.place);
            }
            raw::Receives::SlackSocket(true) => {}
            raw::Receives::SlackSocket(false) => {
                let help = "write `slack_socket: true`, or `slack_events: http://…` for a target that is called";
                context.error(Diagnostic::at(one.place, "a channel needs a way to the target").help(help));
            }
        }
        let resolved = match &one.value {
            raw::Receives::SlackSocket(_) => Receives::SlackSocket,
            raw::Receives::SlackEvents(url) => Receives::SlackEvents(url.clone()),
            raw::Receives::TwilioVoice(url) => Receives::TwilioVoice(url.clone()),
            raw::Receives::ZendeskWebhook(url) => Receives::ZendeskWebhook(url.clone()),
        };
        if let Some(channel) = context.find(names.channel(), name) {
            receives.push((channel, resolved));
        }
    }
    let mut works = Vec::new();
    for (name, one) in &raw.works.0 {
        let resolved = match &one.value {
            raw::Works::SlackChannel(name) => Works::SlackChannel(name.clone()),
            raw::Works::TwilioQueue(name) => Works::TwilioQueue(name.clone()),
            raw::Works::ZendeskGroup(name) => Works::ZendeskGroup(name.clone()),
        };
        if let Some(team) = context.find(names.team(), name) {
            works.push((team, resolved));
        }
    }
    if let Some(ready) = &raw.ready {
        http(context, &ready.http, raw.place);
    }
    Some(Target {
        command: raw.command.clone(),
        url: raw.url.clone(),
        folder: context.folder.to_string_lossy().into_owned(),
        env: raw.env.clone(),
        ready_http: raw.ready.as_ref().map(|ready| ready.http.clone()),
        ready_within: raw
            .ready
            .as_ref()
            .and_then(|ready| ready.within)
            .map_or(defaults::READY_WITHIN, |length| length.0),
        pace_safe: raw.pace_safe.unwrap_or(false),
        receives,
        works,
    })
}

fn http(context: &mut Context<'_>, url: &str, place: Place) {
    if !url.starts_with("http://") && !url.starts_with("https://") {
        let title = format!("`{}` is no URL", crate::units::shown(url));
        context.error(Diagnostic::at(place, title).help("a URL is written like \"http://127.0.0.1:3000/healthz\""));
    }
}
