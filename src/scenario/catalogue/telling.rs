//! How a service tells of a failure that was seen at another one.

use super::{Catalogue, Wire};
use crate::scenario::defaults;
use crate::scenario::model::DependencyKind;

/// The status of "too many requests".
const TOO_MANY: u16 = 429;

impl Catalogue {
    /// The mode by which a service of this kind fails where another failed with `mode`: the same if it knows it; else silence
    /// for silence, its own 429 for a 429, a like mishap of webhooks, and its usual failure for any other failure of requests.
    /// `None` where there is nothing like it: what befalls open WebSockets, and what a vendor does in a way of its own.
    pub fn told_by(&self, kind: DependencyKind, mode: &str) -> Option<String> {
        let possible: Vec<&str> = self.names_for(kind.word()).collect();
        if possible.contains(&mode) {
            return Some(mode.to_owned());
        }
        let usual = || Some(defaults::outage_mode(kind, self));
        match &self.get(mode)?.wire {
            Wire::Hang {} | Wire::Stall { .. } => Some("hang".to_owned()),
            Wire::Reply(reply) if reply.status == TOO_MANY => {
                let limits = |name: &&str| match self.get(name).map(|mode| &mode.wire) {
                    Some(Wire::Reply(reply)) => name.contains('.') && reply.status == TOO_MANY,
                    _ => false,
                };
                possible.iter().find(|name| limits(name)).map_or_else(usual, |name| Some((*name).to_owned()))
            }
            Wire::Webhook { does, only: None } => {
                let like = |name: &&str| match self.get(name).map(|mode| &mode.wire) {
                    Some(Wire::Webhook { does: other, only: None }) => !name.contains('.') && other == does,
                    _ => false,
                };
                possible.iter().find(|name| like(name)).map(|name| (*name).to_owned())
            }
            Wire::Webhook { .. } | Wire::SocketEnd { .. } | Wire::SocketMute {} | Wire::Knob { .. } => None,
            _ => usual(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use DependencyKind::{Openai, Slack, Smtp, Tcp, Twilio, Zendesk};

    #[test]
    fn a_failure_is_told_in_the_way_of_the_service_that_has_it() {
        let catalogue = Catalogue::shipped();
        let told = |kind, mode: &str| catalogue.told_by(kind, mode);
        for (kind, mode, by) in [
            (Slack, "slack.html_5xx", "slack.html_5xx"),
            (Slack, "html_502", "html_502"),
            (Slack, "openai.overloaded", "slack.html_5xx"),
            (Zendesk, "openai.rate_limit", "zendesk.rate_limit"),
            (Twilio, "openai.rate_limit", "twilio.too_many_requests_20429"),
            (Openai, "slack.events_stop", "webhook_drop"),
            (Zendesk, "openai.stream_stall", "hang"),
            (Smtp, "html_503", "smtp.unavailable_421"),
            (Tcp, "blackhole", "blackhole"),
        ] {
            assert_eq!(told(kind, mode).as_deref(), Some(by), "{mode}");
        }
        assert_eq!(told(Twilio, "slack.msg_dropped"), None);
        assert_eq!(told(Smtp, "slack.events_stop"), None);
        assert_eq!(told(Slack, "no.such_mode"), None);
    }
}
