//! Faults that are in no catalogue, because a scenario writes them in another way: slowness, and a status of one's choice.

/// What such a fault does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A reply comes late.
    Latency,
    /// A reply of the status that is asked for, or 500, with nothing in it.
    Status,
    /// A gateway's page of the status that is asked for, or 503.
    HtmlError,
    /// A share of requests gets a reply of the status that is asked for, or 500.
    ErrorRate,
    /// It is down and up in turn: while it is down, a reply of the status that is asked for, or 503.
    Flap,
}

/// A fault of the control API alone.
#[derive(Clone, Copy, Debug)]
pub struct Extra {
    /// Its full name; with a dot, only for the vendor before it.
    pub name: &'static str,
    /// What it does.
    pub what: What,
    /// What it is, in a sentence.
    pub about: &'static str,
    /// Its form on the wire.
    pub wire: &'static str,
    /// How SDKs usually react.
    pub sdk: &'static str,
}

const fn extra(name: &'static str, what: What, about: &'static str, wire: &'static str, sdk: &'static str) -> Extra {
    Extra { name, what, about, wire, sdk }
}

/// All of them.
pub const EXTRA: [Extra; 5] = [
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
    extra(
        "error_rate",
        What::ErrorRate,
        "A brownout: some requests fail, the others are well.",
        "share (0.5) of requests: status (500), no body",
        "retries get through sooner or later, so the load on the vendor grows",
    ),
    extra(
        "flap",
        What::Flap,
        "It is down and up in turn, beginning with down.",
        "for down (10 s): status (503), no body; for up (10 s): well; and again",
        "what backs off finds it up or down by chance; circuit breakers open and close in turn",
    ),
];
