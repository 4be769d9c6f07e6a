//! What follows from what a vendor did: each effect goes its way, and the vendor learns what came of it.

use super::journal::{Delivered, RequestSeen, fingerprint};
use super::mock::Mock;
use super::shown::shown;
use super::socket::{Ending, Frame, Opening, SocketId};
use super::vendor::{Delivery, DeliveryOutcome, Effect, Note};
use crate::time::{Span, Time};
use hyper::Method;
use tokio::sync::{Semaphore, mpsc};

impl Mock {
    /// What follows from what a vendor did.
    pub(super) fn follow(&self, effects: Vec<Effect>, life: u64, now: Time) {
        for effect in effects {
            match effect {
                Effect::Seen(seen) => self.journal.seen(seen, now),
                Effect::Socket(id, say) => self.sockets.say(id, say),
                Effect::Answered(key, body) => self.sockets.answer(&key, body),
                Effect::Note(note) => self.journal.note(note, now),
                Effect::Dial(dial) => {
                    if let Err(lost) = self.ways.dialler.try_send((life, dial)) {
                        let (mpsc::error::TrySendError::Full(lost) | mpsc::error::TrySendError::Closed(lost)) = lost;
                        self.socket_refused(&lost.1.opening, "too many calls wait".to_owned());
                    }
                }
                Effect::Deliver(delivery) => {
                    if let Err(lost) = self.ways.courier.try_send((life, delivery)) {
                        let (mpsc::error::TrySendError::Full(lost) | mpsc::error::TrySendError::Closed(lost)) = lost;
                        self.lose(&lost.1, "too many deliveries wait", now);
                    }
                }
            }
        }
    }

    /// A delivery that is never tried. The vendor learns that nothing came of it, so that what must follow it in order does.
    pub(super) fn lose(&self, delivery: &Delivery, why: &str, now: Time) {
        let delivered = Delivered {
            at: now,
            kind: delivery.kind,
            url: shown(&delivery.url),
            status: None,
            error: Some(why.to_owned()),
            tries: 0,
            took: Span::ZERO,
            tag: delivery.tag,
        };
        self.journal.delivery(delivered, now);
        self.act(|vendor, now| ((), vendor.lost(delivery, now)));
    }

    /// Writes down a connection that came no further than the door, because of this mode.
    pub(super) fn turned_away(&self, host: &str, mode: &str, status: Option<u16>) {
        let now = self.clock.now();
        let seen = RequestSeen {
            at: now,
            method: Method::CONNECT,
            path: shown(host),
            endpoint: "connect",
            status,
            failure: Some(mode.to_owned()),
            took: Span::ZERO,
            gave_up: false,
            fingerprint: fingerprint(&Method::CONNECT, host, "", b""),
            contact: None,
            retry_after: None,
        };
        self.journal.request(seen, now);
    }

    /// Carries one delivery to its end and tells the vendor how it went, unless it is only a copy.
    pub(super) async fn deliver(&self, delivery: &Delivery, places: &Semaphore, tells: bool) {
        let at = self.clock.now();
        let outcome = self.carrier.deliver(delivery, &self.sockets, places).await;
        let now = self.clock.now();
        let delivered = Delivered {
            at,
            kind: delivery.kind,
            url: shown(&delivery.url),
            status: outcome.status,
            error: outcome.error.clone(),
            tries: outcome.tries,
            took: now.since(at),
            tag: delivery.tag,
        };
        self.journal.delivery(delivered, now);
        if tells {
            self.tell_delivered(delivery, &outcome);
        }
    }

    pub(super) fn socket_opened(&self, id: SocketId, opening: &Opening) {
        let fields = [("socket", id.0.into()), ("endpoint", opening.endpoint.into())];
        self.journal.note(Note::of("socket_open", fields), self.clock.now());
        self.act(|vendor, now| ((), vendor.opened(id, opening, now)));
    }

    pub(super) fn socket_said(&self, id: SocketId, frame: Frame) {
        self.act(|vendor, now| ((), vendor.said(id, frame, now)));
    }

    pub(super) fn socket_closed(&self, id: SocketId, opening: &Opening, ending: &Ending, fault: Option<String>) {
        let how = ending.to_string();
        let fields = [("socket", id.0.into()), ("endpoint", opening.endpoint.into()), ("how", how.into())];
        let mut note = Note::of("socket_close", fields);
        note.fields.push(("fault", fault.into()));
        self.journal.note(note, self.clock.now());
        self.act(|vendor, now| ((), vendor.closed(Some(id), opening, ending, now)));
    }

    /// A socket that the vendor dialled never opened.
    pub(super) fn socket_refused(&self, opening: &Opening, why: String) {
        let fields = [("endpoint", opening.endpoint.into()), ("how", why.clone().into())];
        self.journal.note(Note::of("socket_refused", fields), self.clock.now());
        self.act(|vendor, now| ((), vendor.closed(None, opening, &Ending::Refused(why), now)));
    }

    fn tell_delivered(&self, delivery: &Delivery, outcome: &DeliveryOutcome) {
        self.act(|vendor, now| ((), vendor.delivered(delivery, outcome, now)));
    }
}
