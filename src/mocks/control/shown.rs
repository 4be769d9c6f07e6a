//! The journal as JSON. Its shape is public: see the README.

use crate::mocks::front::{Egress, Tried};
use crate::mocks::journal::{Delivered, Entry, Journal, RequestSeen};
use crate::mocks::vendor::Note;
use serde_json::{Value, json};

/// `{entries: [{kind, …}], dropped}`, oldest first. Times are seconds of the mocks' clock. The journal holds no bodies,
/// queries or headers, so no secret; only of mails it holds the text.
pub(super) fn journal(journal: &Journal) -> Value {
    let entries: Vec<Value> = journal.entries().iter().map(entry).collect();
    json!({"entries": entries, "dropped": journal.dropped()})
}

/// `{hosts: [{host, port, first_at, tries}], others}`, in the order of the first tries.
pub(super) fn egress(egress: &Egress) -> Value {
    let (hosts, others) = egress.list();
    let host = |tried: &Tried| json!({"host": tried.host, "port": tried.port, "first_at": tried.first.secs_f64(), "tries": tried.tries});
    json!({"hosts": hosts.iter().map(host).collect::<Vec<_>>(), "others": others})
}

fn entry(entry: &Entry) -> Value {
    match entry {
        Entry::Request(seen) => request(seen),
        Entry::Delivery(delivered) => delivery(delivered),
        Entry::Mail(mail) => json!({
            "kind": "mail",
            "at": mail.at.secs_f64(),
            "from": mail.from,
            "to": mail.to,
            "data": mail.data,
            "size": mail.size,
        }),
        Entry::Note(at, noted) => note(at.secs_f64(), noted),
    }
}

fn note(at: f64, note: &Note) -> Value {
    let mut line = json!({"kind": note.kind, "at": at});
    for (name, value) in &note.fields {
        line[*name] = value.clone();
    }
    line
}

fn request(seen: &RequestSeen) -> Value {
    json!({
        "kind": "request",
        "at": seen.at.secs_f64(),
        "method": seen.method.as_str(),
        "path": seen.path,
        "endpoint": seen.endpoint,
        "status": seen.status,
        "fault": seen.failure,
        "retry_after_s": seen.retry_after.map(|wait| wait.secs_f64()),
        "took_s": seen.took.secs_f64(),
        "gave_up": seen.gave_up,
        "fingerprint": format!("{:016x}", seen.fingerprint),
    })
}

fn delivery(delivered: &Delivered) -> Value {
    json!({
        "kind": "delivery",
        "at": delivered.at.secs_f64(),
        "what": delivered.kind,
        "url": delivered.url,
        "status": delivered.status,
        "error": delivered.error,
        "tries": delivered.tries,
        "took_s": delivered.took.secs_f64(),
    })
}
