//! Faults that are in no catalogue, because a scenario writes them in another way: slowness, a status of one's choice,
//! and what befalls webhooks on their way.

/// What such a fault does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A reply comes late.
    Latency,
    /// A reply of the status that is asked for, or 500, with nothing in it.
    Status,
    /// A gateway's page of the status that is asked for, or 503.
    HtmlError,
    /// A webhook is not delivered.
    Drop,
    /// A webhook comes late.
    Delay,
    /// A webhook comes twice.
    Duplicate,
    /// Of two webhooks the first is held back, so that the second overtakes it.
    Reorder,
}

impl What {
    /// Whether it befalls webhooks, not requests.
    pub fn of_webhooks(self) -> bool {
        matches!(self, Self::Drop | Self::Delay | Self::Duplicate | Self::Reorder)
    }
}

/// A fault of the control API alone.
#[derive(Clone, Copy, Debug)]
pub struct Extra {
    /// Its full name; with a dot, only for the vendor before it.
    pub name: &'static str,
    /// What it does.
    pub what: What,
    /// The one kind of webhook that it befalls.
    pub only: Option<&'static str>,
    /// What it is, in a sentence.
    pub about: &'static str,
    /// Its form on the wire.
    pub wire: &'static str,
    /// How SDKs usually react.
    pub sdk: &'static str,
}

const NO_SDK: &str = "the target's own webhook handler must cope";

const fn extra(name: &'static str, what: What, about: &'static str, wire: &'static str, sdk: &'static str) -> Extra {
    Extra { name, what, only: None, about, wire, sdk }
}

const fn of_status(name: &'static str, what: What, about: &'static str, wire: &'static str) -> Extra {
    Extra { name, what, only: Some("status_callback"), about, wire, sdk: NO_SDK }
}

/// All of them.
pub const EXTRA: [Extra; 16] = [
    extra(
        "latency",
        What::Latency,
        "Replies come late.",
        "delay_ms (1000) before the status line",
        "none reacts until its timeout",
    ),
    extra(
        "status",
        What::Status,
        "An empty reply of the status asked for.",
        "status (500), no body",
        "as to any such status",
    ),
    extra(
        "html_error",
        What::HtmlError,
        "A gateway's page.",
        "status 502, 503 (usual) or 504 with HTML",
        "as `html_503`",
    ),
    extra("webhook_drop", What::Drop, "Webhooks are lost.", "nothing is sent", NO_SDK),
    extra("webhook_delay", What::Delay, "Webhooks come late.", "sent delay_ms (1000) later", NO_SDK),
    extra("webhook_duplicate", What::Duplicate, "Webhooks come twice.", "sent twice, both signed", NO_SDK),
    extra(
        "webhook_reorder",
        What::Reorder,
        "Webhooks overtake each other.",
        "every other one delay_ms (1000) later",
        NO_SDK,
    ),
    extra("slack.events_stop", What::Drop, "Events are lost.", "nothing is sent", NO_SDK),
    extra("slack.events_delay", What::Delay, "Events come late.", "sent delay_ms (1000) later", NO_SDK),
    extra("slack.events_dup", What::Duplicate, "Events come twice.", "sent twice with one event_id", NO_SDK),
    extra("zendesk.webhook_stop", What::Drop, "Webhooks pause.", "nothing is sent", NO_SDK),
    extra(
        "zendesk.circuit_breaker",
        What::Drop,
        "The webhook's circuit breaker is open, as it is after 70 % errors in five minutes.",
        "nothing is sent",
        NO_SDK,
    ),
    of_status("twilio.status_callback_drop", What::Drop, "Status callbacks are lost.", "nothing is sent"),
    of_status("twilio.status_callback_delay", What::Delay, "Status callbacks come late.", "sent delay_ms (1000) later"),
    of_status("twilio.status_callback_dup", What::Duplicate, "Status callbacks come twice.", "sent twice"),
    Extra {
        name: "twilio.webhook_11200",
        what: What::Drop,
        only: Some("voice"),
        about: "Questions what to do with a call are lost: after 20 s the fallback URL is asked, or the call is over.",
        wire: "nothing is sent, then the fallback with ErrorCode=11200 and ErrorUrl",
        sdk: NO_SDK,
    },
];

/// Names that stand in the plan of the mocks and are not built yet.
pub(super) const LATER: [&str; 6] = ["dns_fail", "tls_expired", "tls_reset", "tls_wrong_host", "error_rate", "flap"];
