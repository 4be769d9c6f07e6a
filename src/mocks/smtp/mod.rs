//! A mail server that takes everything and sends nothing on: what the target mails is seen and kept in the journal.
//!
//! `session` reads commands, `body` the text of a mail, `text` what a person would read of it, `tls` is STARTTLS; `serve`
//! carries all that over a connection and lets faults strike.

mod body;
pub(super) mod serve;
mod session;
mod text;
mod tls;

use super::vendor::{Effect, Protocol, Seen, Vendor};
use tokio_rustls::TlsAcceptor;

/// Names of faults of this vendor alone: a mail is accepted and lost.
const LOSE_MAIL: &str = "lose_mail";

/// The vendor. It remembers nothing of mails: they are in the journal.
#[derive(Default)]
pub struct Smtp {
    tls: Option<TlsAcceptor>,
}

impl Smtp {
    /// A server without a certificate yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// What follows from a mail that has arrived: each recipient sees it.
    fn arrives(to: &[String], data: &[u8]) -> Vec<Effect> {
        let text = text::of(data);
        to.iter().map(|to| Effect::Seen(Seen::MailSent { to: to.clone(), text: text.clone() })).collect()
    }

    /// The certificate is made when the first client asks for it. `None`: it cannot be made.
    fn acceptor(&mut self) -> Option<TlsAcceptor> {
        if self.tls.is_none() {
            self.tls = tls::acceptor().ok();
        }
        self.tls.clone()
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
