//! The links by which people come in.

use super::seats::Seats;
use crate::drill::view::Seat;
use serde::Serialize;

/// The links of a drill. All but `join` hold a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Links {
    /// The facilitator's start page.
    pub facilitator: String,
    /// For who watches.
    pub observer: String,
    /// For the large screen.
    pub projector: String,
    /// For the evaluators: role and link.
    pub evaluators: Vec<(String, String)>,
    /// For the participants, who type the code.
    pub join: String,
    /// The code.
    pub code: String,
}

impl Links {
    pub(super) fn new(host: &str, port: u16, seats: &Seats) -> Self {
        let base = format!("http://{host}:{port}");
        let mut links = Self {
            facilitator: String::new(),
            observer: String::new(),
            projector: String::new(),
            evaluators: Vec::new(),
            join: format!("{base}/"),
            code: seats.code().to_owned(),
        };
        // Behind the `#`, so that no log of a server or proxy and no referrer ever has it.
        for (seat, token) in seats.fixed() {
            match seat {
                Seat::Facilitator => links.facilitator = format!("{base}/start#{token}"),
                Seat::Observer => links.observer = format!("{base}/watch#{token}"),
                Seat::Projector => links.projector = format!("{base}/screen#{token}"),
                Seat::Participant { role, .. } => links.evaluators.push((role, format!("{base}/play#{token}"))),
            }
        }
        links
    }
}
