//! Those faults that are in no catalogue, and the turns of a fault that comes and goes.

use super::bytes;
use super::fault::{Does, failure, nothing_of};
use super::names::{Extra, What};
use crate::mocks::asked::{Asked, Refused};
use crate::scenario::catalogue::{Catalogue, Wire};
use crate::scenario::model::Flaps;
use crate::time::Span;

/// Which share fails in a brownout, where nobody says.
const HALF: f64 = 0.5;
/// How long what flaps is down, and up, where nobody says.
const TURN: Span = Span::from_secs(10);

/// How many requests pass in each window before a limit strikes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Allowance {
    pub(super) requests: u64,
    pub(super) window: Span,
}

impl Allowance {
    /// The how-manieth window it is so long after the fault was posted, and how long until the next.
    pub(super) fn window(self, since: Span) -> (i64, Span) {
        let (since, window) = (since.micros(), self.window.micros().max(1));
        (since.div_euclid(window), Span::from_micros(window - since.rem_euclid(window)))
    }
}

/// What `limit` and `window` (a minute) say, which only a refusal for too many requests has.
pub(super) fn allowance(
    name: &str,
    does: &Does,
    params: &Asked,
    catalogue: &Catalogue,
) -> Result<Option<Allowance>, Refused> {
    let (requests, window) =
        (params.whole("limit", 1, u64::from(u32::MAX))?, params.length("window", Span::from_secs(1))?);
    let Some(requests) = requests else { return nothing_of(name, params, &["window"]).map(|()| None) };
    let wire = match does {
        Does::Fails(failure) => failure.wire.as_deref().or(catalogue.get(name).map(|mode| &mode.wire)),
        _ => None,
    };
    if !matches!(wire, Some(Wire::Reply(reply)) if matches!(reply.status, 420 | 429)) {
        nothing_of(name, params, &["limit"])?;
    }
    match window.unwrap_or(Span::MINUTE) {
        window if window > Span::ZERO => Ok(Some(Allowance { requests, window })),
        _ => Err(Refused::bad("`window` must be longer than nothing")),
    }
}

/// The share that a fault hits where nobody says.
pub(super) fn usual_share(what: Option<What>) -> f64 {
    if what == Some(What::ErrorRate) { HALF } else { 1.0 }
}

/// The turns of a fault that comes and goes; what is there to flap has them in any case.
pub(super) fn flaps(params: &Asked, always: bool) -> Result<Option<Flaps>, Refused> {
    let turn = |name: &str| match params.length(name, Span::from_secs(1))? {
        Some(turn) if turn <= Span::ZERO => Err(Refused::bad(format!("`{name}` must be longer than nothing"))),
        turn => Ok(turn),
    };
    match (turn("down")?, turn("up")?) {
        (None, None) if !always => Ok(None),
        (down, up) if always => Ok(Some(Flaps { down: down.unwrap_or(TURN), up: up.unwrap_or(TURN) })),
        (Some(down), Some(up)) => Ok(Some(Flaps { down, up })),
        _ => Err(Refused::bad("`down` and `up` go together: it comes and goes")),
    }
}

/// What such a fault does.
pub(super) fn extra_fault(extra: &Extra, params: &Asked, catalogue: &Catalogue) -> Result<Does, Refused> {
    let base = match extra.what {
        What::Latency => {
            nothing_of(extra.name, params, &["retry_after", "status", "after_chunks", "error_code", "reason"])?;
            nothing_of(extra.name, params, &bytes::PARAMS)?;
            return Ok(Does::Slows);
        }
        What::Status | What::ErrorRate => "error_500",
        What::Flap => "error_503",
        What::HtmlError => match params.whole("status", 200, 599)? {
            None | Some(503) => "html_503",
            Some(502) => "html_502",
            Some(504) => "html_504",
            Some(_) => return Err(Refused::bad("`html_error` has a page for `status` 502, 503 and 504")),
        },
    };
    let mode = catalogue.get(base).ok_or_else(|| Refused::bad(format!("the catalogue has no `{base}`")))?;
    failure(base, &mode.wire, params).map(Does::Fails)
}

#[cfg(test)]
mod tests {
    use super::super::fault::{Fault, read};
    use super::*;
    use crate::scenario::catalogue::Wire;
    use serde_json::{Value, json};

    fn ask(kind: &str, name: &str, params: Value) -> Fault {
        let params = Asked::new(params, false).expect("an object");
        read(kind, name, &params, &Catalogue::shipped()).expect("it is built")
    }

    /// The status, where it is not the mode's own.
    fn status(fault: &Fault) -> Option<u16> {
        let Does::Fails(failure) = &fault.does else { panic!("{fault:?} befalls no requests") };
        let wire = failure.wire.as_deref()?;
        if let Wire::Reply(reply) = wire { Some(reply.status) } else { panic!("{wire:?} is no reply") }
    }

    #[test]
    fn a_brownout_has_a_share_and_what_flaps_has_turns() {
        let brownout = ask("openai", "error_rate", json!({"status": 529}));
        assert_eq!((brownout.share, brownout.flaps, status(&brownout)), (HALF, None, Some(529)));
        assert_eq!(ask("zendesk", "error_rate", json!({"share": 0.1})).share, 0.1);
        let flap = ask("slack", "flap", json!({"down": 4}));
        let turns = Flaps { down: Span::from_secs(4), up: TURN };
        assert_eq!((flap.flaps, flap.share, status(&flap)), (Some(turns), 1.0, None));
        assert_eq!(status(&ask("slack", "flap", json!({"status": 500, "up": "1m"}))), Some(500));
        let any = ask("openai", "overloaded", json!({"down": 1, "up": 2}));
        assert_eq!(any.flaps, Some(Flaps { down: Span::from_secs(1), up: Span::from_secs(2) }));
    }
}
