//! A mail server that takes everything and sends nothing on: what the target mails is seen and kept in the journal.
//!
//! `session` reads commands, `body` the text of a mail, `text` what a person would read of it; `serve` carries all that over a
//! connection, in TLS if the client wants it, and lets faults strike.

mod body;
pub(super) mod serve;
mod session;
mod text;

use super::vendor::{Effect, Protocol, Seen, Vendor};
use std::sync::Arc;

/// Names of faults of this vendor alone: a mail is accepted and lost.
const LOSE_MAIL: &str = "lose_mail";

/// The vendor. It remembers nothing of mails: they are in the journal.
pub struct Smtp;

impl Smtp {
    /// What follows from a mail that has arrived: each recipient sees it.
    fn arrives(to: &[String], data: &[u8]) -> Vec<Effect> {
        let text: Arc<str> = text::of(data).into();
        to.iter().map(|to| Effect::Seen(Seen::MailSent { to: to.clone(), text: text.clone() })).collect()
    }
}

impl Vendor for Smtp {
    fn protocol(&self) -> Protocol {
        Protocol::Smtp
    }

    fn reset(&mut self) {}

    fn as_any_mut(&mut self) -> &mut dyn std::any::Any {
        self
    }
}
