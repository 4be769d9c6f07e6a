//! `holdline faults`: what can go wrong at a vendor, with its form on the wire and how SDKs react.

use super::out;
use crate::mocks::control::EXTRA;
use crate::scenario::catalogue::{
    ByteFault, Catalogue, FailureMode, Handshake, OnWay, Substitute, Toxic, Way, Wire, is_for,
};
use crate::scenario::diagnostic::did_you_mean;
use crate::scenario::model::DependencyKind;
use crate::verdict::Exit;

/// List the failure modes of the mocks: what each is on the wire, and the usual reaction of the official SDKs.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdline faults
  holdline faults openai
  holdline faults transport

In a scenario: `fails: {with: openai.overloaded}`. With `holdline mocks`: POST /faults.")]
pub(super) struct Args {
    /// Only those of one vendor: slack, zendesk, openai, twilio, statuspage, smtp, http, tcp, or `transport` for those of all
    vendor: Option<String>,
}

/// The word for the failures that every vendor can suffer.
const TRANSPORT: &str = "transport";
/// A body is shown so far.
const SHOWN: usize = 96;

pub(super) fn main(args: &Args) -> Exit {
    let words: Vec<&str> = DependencyKind::ALL.iter().map(|(_, word)| *word).chain([TRANSPORT]).collect();
    match &args.vendor {
        Some(vendor) if !words.contains(&vendor.as_str()) => {
            let guess = did_you_mean(vendor, words.iter().copied());
            out::complain(&format!("no vendor is called `{vendor}`; there are {}. {guess}", words.join(", ")));
            Exit::Usage
        }
        vendor => out::print(&list(&Catalogue::shipped(), vendor.as_deref())),
    }
}

fn list(catalogue: &Catalogue, vendor: Option<&str>) -> String {
    let wanted = |name: &str| match vendor {
        None => true,
        Some(TRANSPORT) => !name.contains('.'),
        Some(vendor) => name.contains('.') && is_for(name, vendor),
    };
    let mut text = String::new();
    for (name, mode) in catalogue.iter().filter(|(name, _)| wanted(name)) {
        text.push_str(&entry(name, &mode.about, &on_the_wire(mode), &mode.sdk, &mode.source));
    }
    for extra in EXTRA.iter().filter(|extra| wanted(extra.name)) {
        text.push_str(&entry(
            extra.name,
            extra.about,
            extra.wire,
            extra.sdk,
            "only with the control API of `holdline mocks`",
        ));
    }
    text
}

fn entry(name: &str, about: &str, wire: &str, sdk: &str, source: &str) -> String {
    format!("{name}\n  {about}\n  wire    {wire}\n  sdk     {sdk}\n  source  {source}\n\n")
}

/// The wire form in words.
fn on_the_wire(mode: &FailureMode) -> String {
    let form = match &mode.wire {
        Wire::Reply(reply) => substitute(reply),
        Wire::Refuse {} => "RST before a byte is read".into(),
        Wire::Handshake(Handshake::NoName) => "at the front: 502 to CONNECT, `name not resolved`; elsewhere RST".into(),
        Wire::Handshake(Handshake::Expired) => "at the front: a certificate that has run out; elsewhere RST".into(),
        Wire::Handshake(Handshake::WrongHost) => "at the front: a certificate for another host; elsewhere RST".into(),
        Wire::Handshake(Handshake::Reset) => "at the front: RST after the ClientHello; elsewhere RST at once".into(),
        Wire::Hang {} => "the request is read, and nothing comes".into(),
        Wire::Reset {} => "the request is read, then RST".into(),
        Wire::CloseEarly {} => "the request is read, then FIN before a status line".into(),
        Wire::Truncate {} => "the vendor's reply, half of its declared length, then FIN".into(),
        Wire::MalformedJson {} => "the vendor's reply, whose JSON breaks off".into(),
        Wire::Stall { after_chunks } => format!("{after_chunks} chunks of the stream, then silence"),
        Wire::Cut { after_chunks } => format!("{after_chunks} chunks of the stream, then FIN without the last chunk"),
        Wire::EndStream { after_chunks } => format!("{after_chunks} chunks of the stream, then its end in order"),
        Wire::StreamError { after_chunks, text } => format!("{after_chunks} chunks of the stream, then {}", cut(text)),
        Wire::HalfClose {} => "the request is read, then FIN, and the socket stays open".into(),
        Wire::Garbage { .. } => "the request is read, then bytes that are no HTTP".into(),
        Wire::SlowBody { bytes_per_second } => format!("the vendor's reply at {bytes_per_second} bytes a second"),
        Wire::ContentType { value } => format!("the vendor's reply as {value}"),
        Wire::Late { seconds } => format!("the vendor's reply {seconds} s later"),
        Wire::SocketEnd { text, code: None, .. } if text.is_empty() => {
            "an open WebSocket: FIN without a close frame".into()
        }
        Wire::SocketEnd { text, code: None, .. } => format!("an open WebSocket: {}, then FIN", cut(text)),
        Wire::SocketEnd { text, code: Some(code), .. } => {
            format!("an open WebSocket: {}, then its end with code {code}", cut(text))
        }
        Wire::SocketMute {} => "an open WebSocket: nothing arrives on it any more, no ping either".into(),
        Wire::Webhook { does: OnWay::Drop, .. } => "nothing is sent".into(),
        Wire::Webhook { does: OnWay::Delay, .. } => "sent later (1 s, if nothing else is said)".into(),
        Wire::Webhook { does: OnWay::Duplicate, .. } => "sent twice".into(),
        Wire::Webhook { does: OnWay::Reorder, .. } => {
            "every other one sent later (1 s, if nothing else is said)".into()
        }
        Wire::Knob { name } => format!("the vendor's own `{name}`"),
        Wire::Bytes(fault) => of_bytes(*fault),
    };
    let after = if mode.after_commit { "; after the vendor did what was asked" } else { "" };
    let step = mode.step.filter(|_| matches!(mode.wire, Wire::Reply(_)));
    let form = step.map_or(form.clone(), |step| format!("at {}: {form}", step.word()));
    let writes = if mode.writes_only { "; not for GET" } else { "" };
    let list = |names: Vec<&str>| names.join(", ");
    let only = list(mode.only.iter().map(String::as_str).collect());
    let only = if only.is_empty() { only } else { format!("; only at {only}") };
    let at = list(mode.at.keys().map(String::as_str).collect());
    let at = if at.is_empty() { at } else { format!("; in the form of its API at {at}") };
    format!("{form}{after}{writes}{only}{at}")
}

fn of_bytes(ByteFault { way, does }: ByteFault) -> String {
    let way = match way {
        Way::Up => "up",
        Way::Down => "down",
        Way::Both => "both ways",
    };
    match does {
        Toxic::Latency { ms, jitter_ms } => format!("{way}: each piece {ms} ms later, ± {jitter_ms} ms"),
        Toxic::Bandwidth { bytes_per_second } => format!("{way}: {bytes_per_second} bytes a second"),
        Toxic::SlowClose { ms } => format!("{way}: the end {ms} ms later"),
        Toxic::Timeout { ms: 0 } => format!("{way}: nothing is passed on, and the connection stays open"),
        Toxic::Timeout { ms } => format!("{way}: nothing is passed on, FIN after {ms} ms"),
        Toxic::ResetPeer { ms: 0 } => "RST to both sides at once".into(),
        Toxic::ResetPeer { ms } => format!("RST to both sides after {ms} ms"),
        Toxic::Slicer { bytes, varies, pause_ms } => {
            format!("{way}: pieces of {bytes} ± {varies} bytes, {pause_ms} ms apart")
        }
        Toxic::LimitData { bytes } => format!("{way}: FIN after {bytes} bytes"),
    }
}

fn substitute(reply: &Substitute) -> String {
    let retry = reply.headers.get("retry-after").map_or(String::new(), |wait| format!(" retry-after {wait}"));
    let kind = reply.headers.get("content-type").map_or(String::new(), |kind| format!(" {kind}"));
    let body = if reply.body.is_empty() { " no body".to_owned() } else { format!(" {}", cut(&reply.body)) };
    format!("{}{retry}{kind}{body}", reply.status)
}

/// On one line, and not too long.
fn cut(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuspage_is_listed_as_people_read_it() {
        insta::assert_snapshot!(list(&Catalogue::shipped(), Some("statuspage")));
    }

    #[test]
    fn every_fault_is_listed_once_with_all_vendors() {
        let all = list(&Catalogue::shipped(), None);
        let names: Vec<&str> = all.lines().filter(|line| !line.starts_with(' ') && !line.is_empty()).collect();
        assert_eq!(names.len(), Catalogue::shipped().iter().count() + EXTRA.len());
        for vendor in DependencyKind::ALL.iter().map(|(_, word)| *word).chain([TRANSPORT]) {
            assert!(list(&Catalogue::shipped(), Some(vendor)).lines().count() > 10, "{vendor}");
        }
        assert!(all.lines().all(|line| line.chars().count() < 250));
    }
}
