//! What each mock saw and did: a bounded record for people, and the stream of events for the harness.
//!
//! Policy when full: the record holds [`KEPT`] entries and [`TEXT_KEPT`] bytes of text; for one more it drops its oldest and
//! counts it. The stream never blocks a mock, and what the harness did not take in time is counted as missed, which voids a
//! rehearsal. Neither holds bodies, queries, headers, passwords in addresses or the address of an incoming webhook, so no
//! secret that a target sends can reach them, with one exception: the record holds the text of mails, which is what a
//! customer would read, up to [`MAIL_KEPT`] each.

use super::vendor::{Note, Seen};
use crate::observation::HostName;
use crate::rng::{name_key, text_key};
use crate::scenario::model::{Dependency, Id};
use crate::time::{Span, Time};
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use tokio::sync::mpsc;

/// Entries that a record keeps for one dependency.
pub const KEPT: usize = 10_000;
/// Events that wait for the harness at most.
pub const EVENTS: usize = 65_536;

/// A request that was seen.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestSeen {
    /// When its head and body were complete.
    pub at: Time,
    /// The method.
    pub method: hyper::Method,
    /// The path, without its query.
    pub path: String,
    /// The endpoint, in the vendor's words.
    pub endpoint: &'static str,
    /// The status that was sent; `None`: none was.
    pub status: Option<u16>,
    /// The failure that it met, by its full name.
    pub failure: Option<String>,
    /// How long until the reply was complete, failed, or the client gave up.
    pub took: Span,
    /// The client went away before the reply was complete.
    pub gave_up: bool,
    /// The same number for requests with the same method, path, query and body: a retry is known by it.
    pub fingerprint: u64,
    /// What the judge calls the contact.
    pub contact: Option<u64>,
    /// The wait that the reply asked for in `Retry-After`.
    pub retry_after: Option<Span>,
}

/// A webhook that was delivered, or not.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivered {
    /// When the first try began.
    pub at: Time,
    /// Its kind: `event`, `voice`, …
    pub kind: &'static str,
    /// Where to, without a query.
    pub url: String,
    /// The status of the last reply; `None`: there was none.
    pub status: Option<u16>,
    /// What went wrong, if anything.
    pub error: Option<String>,
    /// How many tries there were; none if it was lost on purpose.
    pub tries: u32,
    /// How long all tries took.
    pub took: Span,
    /// What the harness calls it.
    pub tag: Option<u64>,
}

/// Bytes of a mail's text that are kept.
pub const MAIL_KEPT: usize = 64 * 1024;
/// Bytes of all text in a record, mails above all: beyond them its oldest entries go.
pub const TEXT_KEPT: usize = 16 * 1024 * 1024;

/// A mail that has arrived.
#[derive(Clone, Debug, PartialEq)]
pub struct Mail {
    /// When its text was complete.
    pub at: Time,
    /// Who sent it, by the envelope; empty for a bounce.
    pub from: String,
    /// Whom it was for, by the envelope.
    pub to: Vec<String>,
    /// Headers and body as they were sent, cut at [`MAIL_KEPT`]; bytes that are no UTF-8 are replaced.
    pub data: String,
    /// Bytes of the whole.
    pub size: u64,
}

impl Mail {
    /// Of a mail as it came.
    pub fn new(at: Time, from: String, to: Vec<String>, data: &[u8], size: u64) -> Self {
        let data = String::from_utf8_lossy(&data[..data.len().min(MAIL_KEPT)]).into_owned();
        Self { at, from, to, data, size }
    }
}

/// One line of the record.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// The target asked.
    Request(RequestSeen),
    /// The mock called the target.
    Delivery(Delivered),
    /// Something else that is worth a line.
    Note(Time, Note),
    /// The target sent a mail.
    Mail(Mail),
}

impl Entry {
    /// Bytes of what somebody else chose the length of.
    fn text_bytes(&self) -> usize {
        match self {
            Self::Request(seen) => seen.path.len(),
            Self::Delivery(delivered) => delivered.url.len() + delivered.error.as_ref().map_or(0, String::len),
            Self::Note(_, note) => note.fields.iter().map(|(_, value)| value_bytes(value)).sum(),
            Self::Mail(mail) => mail.data.len() + mail.from.len() + mail.to.iter().map(String::len).sum::<usize>(),
        }
    }
}

/// Bytes of the texts in a value.
fn value_bytes(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(all) => all.iter().map(value_bytes).sum(),
        Value::Object(fields) => fields.iter().map(|(name, value)| name.len() + value_bytes(value)).sum(),
        _ => 0,
    }
}

/// Something that happened at a mock.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Where.
    pub dependency: Id<Dependency>,
    /// When.
    pub at: Time,
    /// What.
    pub kind: EventKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum EventKind {
    /// A request ended.
    Request(RequestSeen),
    /// A webhook was delivered, or failed for good.
    Delivered(Delivered),
    /// The target did something that customers or people can see.
    Seen(Seen),
    /// The target tried a host that nobody answers for, and was denied it.
    Egress(HostName),
}

/// The record and the stream of one dependency.
#[derive(Debug)]
pub struct Journal {
    dependency: Id<Dependency>,
    entries: Mutex<Entries>,
    dropped: AtomicU64,
    listener: Arc<Listener>,
}

#[derive(Debug, Default)]
struct Entries {
    all: VecDeque<Entry>,
    text_bytes: usize,
}

/// Where the harness listens, if it does. Nothing is kept for one that does not.
#[derive(Debug, Default)]
pub struct Listener {
    events: OnceLock<mpsc::Sender<Event>>,
    missed: AtomicU64,
}

impl Listener {
    /// The stream of events from now on; `None`: somebody has it already.
    pub fn listen(&self) -> Option<mpsc::Receiver<Event>> {
        let (events, taken) = mpsc::channel(EVENTS);
        self.events.set(events).ok().map(|()| taken)
    }

    /// Events that found no place because the harness did not take them in time.
    pub fn missed(&self) -> u64 {
        self.missed.load(Ordering::Relaxed)
    }

    pub(super) fn tell(&self, event: impl FnOnce() -> Event) {
        let Some(events) = self.events.get() else { return };
        match events.try_reserve() {
            Ok(place) => place.send(event()),
            Err(mpsc::error::TrySendError::Closed(())) => {}
            Err(mpsc::error::TrySendError::Full(())) => {
                self.missed.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

impl Journal {
    /// An empty one, which also tells the listener.
    pub fn new(dependency: Id<Dependency>, listener: Arc<Listener>) -> Self {
        Self { dependency, entries: Mutex::default(), dropped: AtomicU64::new(0), listener }
    }

    /// What is kept, oldest first.
    pub fn entries(&self) -> Vec<Entry> {
        self.lock().all.iter().cloned().collect()
    }

    /// How many older entries were dropped.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Forgets everything.
    pub fn clear(&self) {
        *self.lock() = Entries::default();
        self.dropped.store(0, Ordering::Relaxed);
    }

    /// Writes down a request.
    pub fn request(&self, seen: RequestSeen, now: Time) {
        self.tell(now, || EventKind::Request(seen.clone()));
        self.keep(Entry::Request(seen));
    }

    /// Tells the harness of something that counts as a request and has a line of its own in the record.
    pub fn counted(&self, seen: RequestSeen, now: Time) {
        self.tell(now, || EventKind::Request(seen));
    }

    /// Writes down a delivery.
    pub fn delivery(&self, delivered: Delivered, now: Time) {
        self.tell(now, || EventKind::Delivered(delivered.clone()));
        self.keep(Entry::Delivery(delivered));
    }

    /// Writes down a mail. The harness learns of it by what its recipients see.
    pub fn mail(&self, mail: Mail) {
        self.keep(Entry::Mail(mail));
    }

    /// Writes down something else. The harness is not told.
    pub fn note(&self, note: Note, now: Time) {
        self.keep(Entry::Note(now, note));
    }

    /// Tells the harness what the target did.
    pub fn seen(&self, seen: Seen, now: Time) {
        self.tell(now, || EventKind::Seen(seen));
    }

    fn tell(&self, at: Time, kind: impl FnOnce() -> EventKind) {
        self.listener.tell(|| Event { dependency: self.dependency, at, kind: kind() });
    }

    fn keep(&self, entry: Entry) {
        let mut entries = self.lock();
        entries.text_bytes += entry.text_bytes();
        while entries.all.len() == KEPT || entries.text_bytes > TEXT_KEPT {
            let Some(oldest) = entries.all.pop_front() else { break };
            entries.text_bytes -= oldest.text_bytes();
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        entries.all.push_back(entry);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// A request in hand: written down when it ends, however it ends.
pub struct Record {
    seen: Option<RequestSeen>,
    journal: Arc<Journal>,
    clock: super::clock::Clock,
}

impl Record {
    /// Begins when the request is complete.
    pub fn begin(seen: RequestSeen, journal: Arc<Journal>, clock: super::clock::Clock) -> Self {
        Self { seen: Some(seen), journal, clock }
    }

    /// What is known so far, to be completed.
    pub fn update(&mut self, change: impl FnOnce(&mut RequestSeen)) {
        if let Some(seen) = &mut self.seen {
            change(seen);
        }
    }

    /// The reply is complete, or the mock has broken it off.
    pub fn finish(mut self) {
        self.write(false);
    }

    fn write(&mut self, gave_up: bool) {
        if let Some(mut seen) = self.seen.take() {
            let now = self.clock.now();
            seen.took = now.since(seen.at);
            seen.gave_up = gave_up;
            self.journal.request(seen, now);
        }
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        // Nobody finished it: the connection went away while the mock was at work.
        self.write(true);
    }
}

/// A stable number of what a client sent, its query included.
pub fn fingerprint(method: &hyper::Method, path: &str, query: &str, body: &[u8]) -> u64 {
    let hash = [path.as_bytes(), query.as_bytes(), body].into_iter().fold(name_key(method.as_str()), text_key);
    hash ^ (hash >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::Method;

    fn request(n: u64) -> RequestSeen {
        RequestSeen {
            at: Time::ZERO,
            method: Method::GET,
            path: "/".into(),
            endpoint: "any",
            status: Some(200),
            failure: None,
            took: Span::ZERO,
            gave_up: false,
            fingerprint: n,
            contact: None,
            retry_after: None,
        }
    }

    #[test]
    fn a_full_record_drops_its_oldest_and_says_so() {
        let journal = Journal::new(Id::new(0), Arc::default());
        for n in 0..KEPT as u64 + 3 {
            journal.request(request(n), Time::ZERO);
        }
        let entries = journal.entries();
        assert_eq!((entries.len(), journal.dropped()), (KEPT, 3));
        assert!(matches!(&entries[0], Entry::Request(seen) if seen.fingerprint == 3));
    }

    #[test]
    fn mails_are_cut_and_the_oldest_go_when_they_are_too_much() {
        let journal = Journal::new(Id::new(0), Arc::default());
        let data = vec![b'x'; MAIL_KEPT + 9];
        for n in 0..300u32 {
            journal.mail(Mail::new(Time::ZERO, n.to_string(), vec!["y".repeat(300)], &data, data.len() as u64));
        }
        let (entries, fit) = (journal.entries(), TEXT_KEPT / (MAIL_KEPT + 303));
        assert_eq!((entries.len(), journal.dropped()), (fit, 300 - fit as u64));
        assert!(matches!(&entries[0], Entry::Mail(mail) if mail.data.len() == MAIL_KEPT && mail.from == "46"));
    }

    #[test]
    fn long_notes_go_like_mails() {
        let journal = Journal::new(Id::new(0), Arc::default());
        let long = serde_json::json!([{ "why": "x".repeat(TEXT_KEPT / 2) }]);
        for _ in 0..3 {
            journal.note(Note::of("unmatched", [("misses", long.clone())]), Time::ZERO);
        }
        assert_eq!((journal.entries().len(), journal.dropped()), (1, 2));
    }

    #[test]
    fn what_the_harness_does_not_take_is_counted() {
        let listener = Arc::new(Listener::default());
        let journal = Journal::new(Id::new(1), listener.clone());
        journal.request(request(7), Time::ZERO);
        let mut taken = listener.listen().expect("nobody listens yet");
        assert!(listener.listen().is_none());
        (0..EVENTS as u64 + 3).for_each(|n| journal.request(request(n), Time::ZERO));
        assert_eq!(listener.missed(), 3);
        assert!(matches!(taken.try_recv(), Ok(Event { kind: EventKind::Request(seen), .. }) if seen.fingerprint == 0));
    }

    #[test]
    fn a_fingerprint_tells_requests_apart() {
        let of = |path: &str, body: &[u8]| fingerprint(&Method::POST, path, "", body);
        assert_eq!(of("/a", b"same body"), of("/a", b"same body"));
        assert_ne!(of("/a", b"same body"), of("/b", b"same body"));
        assert_ne!(of("/a", b"12345678"), of("/a", b"123456789"));
        assert_ne!(of("/ab", b"c"), of("/a", b"bc"));
    }
}
